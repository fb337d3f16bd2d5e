"""The bets on pairs: fair for any dependence between the outcomes, strong enough for a hundred examples."""

import math
import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.evaluation.domain.betting import Side, alternatives
from services.evaluation.domain.pairs import PairCells, PairTable, pair_log_evidence, pair_table

BOUND = math.log(1 / 0.05)
ROUNDING = 1e-12

sides = st.sampled_from(Side)
rates = st.floats(0.001, 0.99)
ratios = st.floats(0.5, 2)
correlations = st.floats(-1, 1)
weights = st.lists(st.floats(0, 1), min_size=4, max_size=4).filter(lambda drawn: sum(drawn) > 0.01)
counts = st.integers(0, 10**6)
pair_cells = st.builds(PairCells, counts, counts, counts, counts, counts)


def bets(side: Side, ratio: float | None = None, *, p0: float = 0.25, correlation: float = 0.3) -> PairTable:
    if ratio is None:
        ratio = 1.2 if side is Side.PROMOTE else 1
    return pair_table(side, ratio, alternatives(side, 0.2, ratio), p0, correlation)


def on_the_line(joint: list[float], ratio: float) -> list[float]:
    """The nearest joint distribution on the line, by adding pairs of the kind that is too rare."""
    ok, candidate_fails, candidate_fixes, both = (chance / sum(joint) for chance in joint)
    excess = candidate_fails + both - ratio * (candidate_fixes + both)
    if excess < 0:
        candidate_fails -= excess
    else:
        candidate_fixes += excess / ratio
    moved = [ok, candidate_fails, candidate_fixes, both]
    return [chance / sum(moved) for chance in moved]


@given(sides, ratios, rates, correlations, st.tuples(weights, st.floats(0, 1)))
@settings(deadline=None)
def test_no_bet_gains_on_average_on_the_null_for_any_joint_distribution(
    side: Side, ratio: float, p0: float, correlation: float, drawn: tuple[list[float], float]
) -> None:
    joint, beyond = drawn
    worse_or_better = 1 if side is Side.PROMOTE else 2
    null = [(1 - beyond) * chance for chance in on_the_line(joint, ratio)]
    null[worse_or_better] += beyond
    for atom in bets(side, ratio, p0=p0, correlation=correlation).atoms:
        mean = math.fsum(chance * math.exp(factor) for chance, factor in zip(null, atom, strict=True))
        assert mean - 1 <= ROUNDING


@given(sides, ratios, rates, correlations)
@settings(deadline=None)
def test_every_factor_stays_above_zero(side: Side, ratio: float, p0: float, correlation: float) -> None:
    for atom in bets(side, ratio, p0=p0, correlation=correlation).atoms:
        assert min(map(math.exp, atom)) >= 0.05 - ROUNDING
        assert atom.both_ok == 0


def test_a_bet_that_forgets_the_ratio_is_caught() -> None:
    on_line = on_the_line([0.5, 0.1, 0.1, 0.3], 1.2)
    for ratio, fair in ((1.2, True), (1.5, False)):
        atom = bets(Side.PROMOTE, ratio).atoms[0]
        mean = math.fsum(chance * math.exp(factor) for chance, factor in zip(on_line, atom, strict=True))
        assert (mean <= 1 + ROUNDING) is fair


@pytest.mark.parametrize("side", Side)
def test_the_stake_makes_the_wealth_grow_fastest(side: Side) -> None:
    p_b, ratio = 0.25, 1.2 if side is Side.PROMOTE else 1
    p_c = p_b * alternatives(side, 0.2, ratio)[0]
    both = p_b * p_c + 0.3 * math.sqrt(p_b * (1 - p_b) * p_c * (1 - p_c))
    joint = (1 - p_b - p_c + both, p_c - both, p_b - both, both)
    differences = (0, 1, -ratio, 1 - ratio)
    sign = -1 if side is Side.PROMOTE else 1

    def growth(stake: float) -> float:
        return sum(
            chance * math.log1p(sign * stake * difference)
            for chance, difference in zip(joint, differences, strict=True)
        )

    atom = bets(side).atoms[0]
    reached = sum(chance * factor for chance, factor in zip(joint, atom, strict=True))
    assert reached > 0
    assert reached >= max(growth(step / 1000) for step in range(950 if side is Side.PROMOTE else 900)) - ROUNDING


@pytest.mark.parametrize(("assumed", "both_fail"), [(-1, 0.0), (1, 0.15)])
def test_a_correlation_beyond_what_the_rates_allow_counts_as_the_most_they_allow(
    assumed: float, both_fail: float
) -> None:
    p_b, p_c = 0.25, 0.15
    possible = (both_fail - p_b * p_c) / math.sqrt(p_b * (1 - p_b) * p_c * (1 - p_c))
    assert abs(possible) < abs(assumed)
    (beyond,) = pair_table(Side.PROMOTE, 1.2, [p_c / p_b], p_b, assumed).atoms
    (at_most,) = pair_table(Side.PROMOTE, 1.2, [p_c / p_b], p_b, possible).atoms
    assert beyond == pytest.approx(at_most)


def test_a_bet_that_cannot_help_is_not_made() -> None:
    (atom,) = pair_table(Side.PROMOTE, 0.9, [1.0], 0.3).atoms
    assert atom == (0, 0, 0, 0)
    assert pair_log_evidence(PairTable((atom,)), PairCells(3, 4, 5, 6), [1.0]) == 0.0


@pytest.mark.parametrize("side", Side)
def test_no_pairs_are_exactly_no_evidence(side: Side) -> None:
    assert pair_log_evidence(bets(side), PairCells()) == 0.0
    assert pair_log_evidence(bets(side), PairCells(left_out=7)) == 0.0


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("kind", ["candidate_fails", "candidate_fixes", "both_fail"])
def test_a_billion_equal_pairs_give_finite_evidence(side: Side, kind: str) -> None:
    assert math.isfinite(pair_log_evidence(bets(side), PairCells(**{kind: 10**9})))


@given(sides, st.lists(pair_cells, min_size=1, max_size=6), st.randoms())
@settings(deadline=None, max_examples=50)
def test_sharding_order_and_storage_do_not_change_a_bit(
    side: Side, increments: list[PairCells], shuffler: random.Random
) -> None:
    shuffled = shuffler.sample(increments, len(increments))
    shards = [sum(shuffled[part::3], PairCells()) for part in range(3)]
    stored = msgspec.json.decode(msgspec.json.encode(bets(side)), type=PairTable)
    whole = pair_log_evidence(bets(side), sum(increments, PairCells()))
    assert pair_log_evidence(stored, sum(shards, PairCells())) == whole


@pytest.mark.parametrize("p0", [0.2, 0.25, 0.3])
def test_real_agent_versions_are_judged_as_people_would(p0: float) -> None:
    """tau-bench retail, each version against tool-calling-l0-4o on the tasks that both have."""
    versions = {
        "tool-calling-l1-4o": PairCells(77, 9, 24, 5),
        "tool-calling-l2-4o": PairCells(81, 5, 22, 7),
        "assertions-100": PairCells(30, 43, 5, 22, left_out=15),
        "dynamic-subtasks-115": PairCells(58, 28, 12, 17),
    }
    promote = {name: pair_log_evidence(bets(Side.PROMOTE, p0=p0), pairs) for name, pairs in versions.items()}
    rollback = {name: pair_log_evidence(bets(Side.ROLLBACK, p0=p0), pairs) for name, pairs in versions.items()}
    assert promote["tool-calling-l1-4o"] == pytest.approx(4, abs=0.5)
    assert promote["tool-calling-l2-4o"] == pytest.approx(6, abs=0.5)
    assert {name for name, evidence in promote.items() if evidence >= BOUND} == {
        "tool-calling-l1-4o",
        "tool-calling-l2-4o",
    }
    assert {name for name, evidence in rollback.items() if evidence >= BOUND} == {"assertions-100"}


@pytest.mark.parametrize(
    ("ratio", "p0", "correlation", "message"),
    [
        (0, 0.3, 0.3, "line ratio 0 is not"),
        (1.2, 1, 0.3, "p0 1 is not"),
        (1.2, 0.3, 1.1, "correlation 1.1 is not"),
        (1.2, 0.3, math.nan, "correlation nan is not"),
    ],
)
def test_a_bet_on_nonsense_is_refused_in_one_line(ratio: float, p0: float, correlation: float, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}.*: [^\n]+$"):
        pair_table(Side.PROMOTE, ratio, [1], p0, correlation)


def test_impossible_counts_of_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match="negative count"):
        PairCells(left_out=-1)
