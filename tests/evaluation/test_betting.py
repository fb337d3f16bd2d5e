"""The bets on two arms: fair on the null, fast beyond it, the same however the counts came together."""

import functools
import itertools
import math
import random

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.evaluation.domain.betting import (
    WEIGHTS,
    Arms,
    Cells,
    Line,
    LogFactors,
    Side,
    Table,
    alternatives,
    combined_log_evidence,
    log_evidence,
    table,
)

ALPHA = 0.05
BOUND = math.log(1 / ALPHA)
ROUNDING = 1e-12
HALVED = math.log(1 / (2 * ALPHA))
HOPELESS = -4
EVENTS = 300
FEW_RUNS = 60
RUNS = 400
MARGIN_RUNS = 1500  # enough to tell the allowed rate from that of a threshold halved

sides = st.sampled_from(Side)
shares = st.floats(0.005, 0.995)
rates = st.floats(0.001, 0.7)
margins = st.floats(0.05, 0.4)
fractions = st.floats(0, 1)
counts = st.integers(0, 10**6)
cells = st.builds(Cells, counts, counts, counts)
arms = st.builds(Arms, cells, cells)


def line_of(side: Side, margin: float) -> Line:
    return Line(1 + margin if side is Side.PROMOTE else 1)


def bets(side: Side, *, margin: float = 0.2, p0: float = 0.3, share: float = 0.5) -> Table:
    line = line_of(side, margin)
    return table(side, line, alternatives(side, margin, line.ratio), p0, share)


def expected(atom: LogFactors, share: float, p_b: float, p_c: float) -> float:
    fail, ok, baseline_fail, baseline_ok = map(math.exp, atom)
    return share * (p_c * fail + (1 - p_c) * ok) + (1 - share) * (p_b * baseline_fail + (1 - p_b) * baseline_ok)


def most_gained_on_null(side: Side, line: Line, bets: Table, share: float) -> float:
    """The expectation is linear in both rates, so its maximum lies in a corner of the null."""
    ends = [0.0, min(1.0, (1 - line.delta) / line.ratio), 1.0]
    corners = [
        (p_b, p_c)
        for p_b in ends
        for p_c in (0.0, min(1.0, line.at(p_b)), 1.0)
        if (p_c >= line.at(p_b) if side is Side.PROMOTE else p_c <= line.at(p_b))
    ]
    return max(expected(atom, share, p_b, p_c) - 1 for atom in bets.atoms for p_b, p_c in corners)


@given(sides, shares, rates, margins, st.tuples(fractions, fractions))
@settings(deadline=None)
def test_no_bet_gains_on_average_when_the_candidate_is_not_beyond_the_line(
    side: Side, share: float, p0: float, margin: float, point: tuple[float, float]
) -> None:
    line = line_of(side, margin)
    p_b = point[0] / line.ratio
    on_line = line.at(p_b)
    p_c = on_line + point[1] * (1 - on_line) if side is Side.PROMOTE else point[1] * on_line
    for atom in bets(side, margin=margin, p0=p0, share=share).atoms:
        assert expected(atom, share, p_b, p_c) - 1 <= ROUNDING


@given(sides, shares, rates, st.floats(0.02, 0.2), fractions)
@settings(deadline=None)
def test_no_bet_gains_on_average_with_an_absolute_margin(
    side: Side, share: float, p0: float, delta: float, u: float
) -> None:
    line = Line(1, delta if side is Side.PROMOTE else -delta)
    assume(line.at(p0) > 0)
    rhos = alternatives(side, 0.2, 1)
    for atom in table(side, line, rhos, p0, share).atoms:
        p_b = abs(line.delta) + u * (1 - 2 * abs(line.delta))
        assert expected(atom, share, p_b, line.at(p_b)) == pytest.approx(1, abs=ROUNDING)


@given(sides, shares, rates, margins, fractions)
@settings(deadline=None)
def test_on_the_line_every_bet_is_exactly_balanced_whatever_the_baseline_does(
    side: Side, share: float, p0: float, margin: float, u: float
) -> None:
    line = line_of(side, margin)
    p_b = u / line.ratio
    for atom in bets(side, margin=margin, p0=p0, share=share).atoms:
        assert expected(atom, share, p_b, line.at(p_b)) == pytest.approx(1, abs=ROUNDING)


@given(sides, shares, rates, margins)
@settings(deadline=None)
def test_a_bet_gains_on_average_at_its_own_alternative(side: Side, share: float, p0: float, margin: float) -> None:
    line = line_of(side, margin)
    atom = bets(side, margin=margin, p0=p0, share=share).atoms[0]
    beyond = p0 * alternatives(side, margin, line.ratio)[0]
    if side is Side.ROLLBACK:
        beyond = min(beyond, 1 - (1 - p0) / (2 * (1 + margin)))
    assert expected(atom, share, p0, beyond) > 1


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
@pytest.mark.parametrize(
    ("side", "line", "p0"),
    [
        (Side.PROMOTE, Line(1.2), 0.3),
        (Side.PROMOTE, Line(1, 0.2), 0.05),
        (Side.ROLLBACK, Line(1), 0.3),
        (Side.ROLLBACK, Line(1, -0.5), 0.7),
    ],
)
def test_the_nearest_bet_grows_at_the_rate_of_the_best_possible_test(
    side: Side, line: Line, p0: float, share: float
) -> None:
    rho = alternatives(side, 0.2, line.ratio)[0]
    c = p0 * rho
    (atom,) = table(side, line, [rho], p0, share).atoms
    fail, ok, baseline_fail, baseline_ok = atom
    growth = share * (c * fail + (1 - c) * ok) + (1 - share) * (p0 * baseline_fail + (1 - p0) * baseline_ok)

    def divergence(p: float, q: float) -> float:
        return p * math.log(p / q) + (1 - p) * math.log((1 - p) / (1 - q))

    oracle = min(
        share * divergence(c, line.at(q)) + (1 - share) * divergence(p0, q)
        for q in (step / 10_000 for step in range(1, 10_000))
        if 0 < line.at(q) < 1
    )
    assert growth == pytest.approx(oracle, rel=1e-4)


@given(sides, shares, st.floats(1e-6, 0.6), st.floats(0.05, 0.6))
@settings(deadline=None)
def test_no_event_costs_more_than_the_allowed_part_of_the_stake(
    side: Side, share: float, p0: float, margin: float
) -> None:
    factors = [math.exp(factor) for atom in bets(side, margin=margin, p0=p0, share=share).atoms for factor in atom]
    assert min(factors) >= 0.05 - ROUNDING


def test_scaling_down_a_bet_that_risks_too_much_keeps_its_balance() -> None:
    bold = bets(Side.PROMOTE, margin=0.6, p0=0.2, share=0.3)
    assert min(math.exp(factor) for atom in bold.atoms for factor in atom) == pytest.approx(0.05)
    assert abs(most_gained_on_null(Side.PROMOTE, Line(1.6), bold, 0.3)) <= ROUNDING


def test_a_balance_computed_without_the_ratio_is_caught() -> None:
    def without_ratio(atom: LogFactors) -> LogFactors:
        return atom._replace(
            baseline_fail=math.log1p(math.expm1(atom.baseline_fail) / 1.2),
            baseline_ok=math.log1p(math.expm1(atom.baseline_ok) / 1.2),
        )

    right = bets(Side.PROMOTE, margin=0.2, p0=0.1, share=0.5)
    wrong = Table(tuple(map(without_ratio, right.atoms)))
    assert most_gained_on_null(Side.PROMOTE, Line(1.2), right, 0.5) <= ROUNDING
    assert most_gained_on_null(Side.PROMOTE, Line(1.2), wrong, 0.5) > 1e-3


def test_alternatives_lie_beyond_the_line_at_growing_distance() -> None:
    assert alternatives(Side.PROMOTE, 0.2, 1.2) == pytest.approx((1, 1.2**-1, 1.2**-3, 1.2**-7))
    assert alternatives(Side.ROLLBACK, 0.2, 1) == pytest.approx((1.2, 1.2**2, 1.2**4, 1.2**8))


@pytest.mark.parametrize("side", Side)
def test_no_data_is_exactly_no_evidence(side: Side) -> None:
    uneven = (0.1, 0.2, 0.3, 0.4)
    assert log_evidence(side, []) == 0.0
    assert log_evidence(side, [(bets(side), Arms())] * 3, uneven) == 0.0
    assert combined_log_evidence([0.0, 0.0], [0.5, 0.5 + 1e-15]) == 0.0


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("arm", ["baseline", "candidate"])
@pytest.mark.parametrize("cell", ["fail", "ok", "missing"])
def test_a_billion_equal_events_in_one_arm_give_finite_evidence(side: Side, arm: str, cell: str) -> None:
    evidence = log_evidence(side, [(bets(side, share=0.01), Arms(**{arm: Cells(**{cell: 10**9})}))])
    assert math.isfinite(evidence)
    assert evidence != 0


@given(sides, st.lists(st.tuples(st.sampled_from([0.01, 0.05, 0.5]), arms), max_size=4), st.randoms())
@settings(deadline=None, max_examples=50)
def test_order_of_epochs_does_not_change_a_bit(
    side: Side, epochs: list[tuple[float, Arms]], shuffler: random.Random
) -> None:
    counted = [(bets(side, share=share), arms) for share, arms in epochs]
    shuffled = shuffler.sample(counted, len(counted))
    assert log_evidence(side, shuffled) == log_evidence(side, counted)


@given(sides, st.lists(arms, min_size=1, max_size=8), st.randoms(), st.integers(1, 7))
@settings(deadline=None, max_examples=50)
def test_sharding_and_order_of_events_do_not_change_a_bit(
    side: Side, increments: list[Arms], shuffler: random.Random, parts: int
) -> None:
    shuffled = shuffler.sample(increments, len(increments))
    shards = [sum(shuffled[part::parts], Arms()) for part in range(parts)]
    whole, merged = sum(increments, Arms()), sum(shards, Arms())
    assert log_evidence(side, [(bets(side), merged)]) == log_evidence(side, [(bets(side), whole)])


@given(sides, shares, rates, arms)
@settings(deadline=None, max_examples=50)
def test_stored_state_gives_the_same_evidence_to_the_bit(side: Side, share: float, p0: float, arms: Arms) -> None:
    epoch = (bets(side, p0=p0, share=share), arms)
    loaded = msgspec.json.decode(msgspec.json.encode(epoch), type=tuple[Table, Arms])
    assert loaded == epoch
    assert log_evidence(side, [loaded]) == log_evidence(side, [epoch])


@given(arms)
def test_a_missing_outcome_counts_against_the_claim(arms: Arms) -> None:
    b, c = arms.baseline, arms.candidate
    worst = {
        Side.PROMOTE: Arms(Cells(b.fail, b.ok + b.missing), Cells(c.fail + c.missing, c.ok)),
        Side.ROLLBACK: Arms(Cells(b.fail + b.missing, b.ok), Cells(c.fail, c.ok + c.missing)),
    }
    for side in Side:
        assert log_evidence(side, [(bets(side), arms)]) == log_evidence(side, [(bets(side), worst[side])])


def test_evidence_of_several_metrics_is_their_weighted_mean() -> None:
    combined = combined_log_evidence([math.log(40), math.log(0.5), -1000], [0.5, 0.3, 0.2])
    assert combined == pytest.approx(math.log(0.5 * 40 + 0.3 * 0.5))
    assert combined_log_evidence([1e8, 0], [0.25, 0.75]) == pytest.approx(1e8 + math.log(0.25))
    assert combined_log_evidence([1e8, 3], [0, 1]) == 3


@pytest.mark.parametrize(
    ("logs", "weights"),
    [
        ([1, 2], [0.5, 0.4]),
        ([1, 2], [1.5, -0.5]),
        ([1, 2], [1]),
        ([1], [math.nan]),
        ([math.nan], [1]),
        ([], []),
    ],
)
def test_weights_that_are_not_a_split_of_one_are_refused(logs: list[float], weights: list[float]) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+: [^\n]+$"):
        combined_log_evidence(logs, weights)


@pytest.mark.parametrize(
    ("side", "line", "p0", "share", "message"),
    [
        (Side.PROMOTE, Line(1.2), 0.3, 0, "share 0 is not"),
        (Side.PROMOTE, Line(1.2), 0.3, 1, "share 1 is not"),
        (Side.PROMOTE, Line(1.2), 0, 0.5, "p0 0 is not"),
        (Side.PROMOTE, Line(1.2), math.nan, 0.5, "p0 nan is not"),
        (Side.PROMOTE, Line(1.2), 0.9, 0.5, "the line is at 1.08"),
        (Side.PROMOTE, Line(1, -0.4), 0.3, 0.5, "the line is at -0.1"),
        (Side.PROMOTE, Line(0), 0.3, 0.5, "line ratio 0 is not"),
        (Side.PROMOTE, Line(0.9), 0.3, 0.5, "alternative 1 x 0.3 is not beyond"),
        (Side.ROLLBACK, Line(1.1), 0.3, 0.5, "alternative 1 x 0.3 is not beyond"),
    ],
)
def test_a_bet_that_cannot_be_made_is_refused_in_one_line(
    side: Side, line: Line, p0: float, share: float, message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{message}.*: [^\n]+$"):
        table(side, line, [1], p0, share)


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="negative count"):
        Cells(fail=-1)


def test_weights_for_other_bets_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^4 alternatives but 3 weights"):
        log_evidence(Side.PROMOTE, [(bets(Side.PROMOTE), Arms())], [0.5, 0.3, 0.2])


@functools.cache
def highest_evidence(
    side: Side, p_b: float, p_c: float, *, runs: int, hidden: float = 0, dropped: bool = False
) -> list[float]:
    """Per run the highest ln E, looked at after every event that could cross either threshold.

    The candidate hides a part of its failures. A run ends when it is decided or hopeless: from that little
    wealth even a fair game reaches a threshold with the chance of wealth over threshold only.
    """
    draw = random.Random(f"{side} {p_b} {p_c} {hidden}")
    frozen = bets(side, margin=0.5, p0=p_b)
    largest_step = max(map(max, frozen.atoms))
    chances = list(
        itertools.accumulate([p_c * (1 - hidden) / 2, (1 - p_c) / 2, p_c * hidden / 2, p_b / 2, (1 - p_b) / 2])
    )
    highest = []
    for _ in range(runs):
        counts = [0, 0, 0, 0, 0]
        events, evidence, best = 0, 0.0, 0.0
        while events < EVENTS and evidence > HOPELESS and best < BOUND:
            ahead = min(bound for bound in (HALVED, BOUND) if bound > best)
            unseen = min(max(1, int((ahead - evidence) / largest_step)), EVENTS - events)
            for cell in draw.choices(range(5), cum_weights=chances, k=unseen):
                counts[cell] += 1
            events += unseen
            fail, ok, missing, baseline_fail, baseline_ok = counts
            candidate = Cells(fail, ok, 0 if dropped else missing)
            evidence = log_evidence(side, [(frozen, Arms(Cells(baseline_fail, baseline_ok), candidate))])
            best = max(best, evidence)
        highest.append(best)
    return highest


def tolerated(runs: int) -> float:
    return ALPHA + 3.3 * math.sqrt(ALPHA * (1 - ALPHA) / runs)


def reached(bound: float, evidence: list[float]) -> float:
    return sum(highest >= bound for highest in evidence) / len(evidence)


def test_a_candidate_at_the_margin_is_promoted_no_more_often_than_allowed() -> None:
    evidence = highest_evidence(Side.PROMOTE, 0.5, 0.75, runs=MARGIN_RUNS)
    assert 0 < reached(BOUND, evidence) <= tolerated(MARGIN_RUNS)


def test_a_threshold_halved_is_caught_at_the_margin() -> None:
    evidence = highest_evidence(Side.PROMOTE, 0.5, 0.75, runs=MARGIN_RUNS)
    assert reached(HALVED, evidence) > tolerated(MARGIN_RUNS)


def test_an_equal_candidate_is_rolled_back_no_more_often_than_allowed() -> None:
    evidence = highest_evidence(Side.ROLLBACK, 0.5, 0.5, runs=RUNS)
    assert 0 < reached(BOUND, evidence) <= tolerated(RUNS)


def test_a_candidate_that_hides_its_failures_is_not_promoted_for_it() -> None:
    evidence = highest_evidence(Side.PROMOTE, 0.5, 0.75, runs=RUNS, hidden=0.5)
    assert 0 < reached(BOUND, evidence) <= tolerated(RUNS)


def test_dropping_missing_outcomes_is_caught_when_failures_are_hidden() -> None:
    evidence = highest_evidence(Side.PROMOTE, 0.5, 0.75, runs=FEW_RUNS, hidden=0.5, dropped=True)
    assert reached(BOUND, evidence) > tolerated(FEW_RUNS)


@pytest.mark.parametrize(("side", "p_c"), [(Side.PROMOTE, 0.3), (Side.ROLLBACK, 0.7)])
def test_a_clear_difference_is_found(side: Side, p_c: float) -> None:
    frozen = bets(side, margin=0.5, p0=0.4)
    failures = round(1000 * p_c)
    found = Arms(Cells(400, 600), Cells(failures, 1000 - failures))
    assert log_evidence(side, [(frozen, found)], WEIGHTS) > BOUND
