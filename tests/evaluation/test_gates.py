"""What the gate says about a release: the order of judgement, and all that must not add up to a PASS."""

import math
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from loopwright.events import (
    Arm,
    Event,
    Exposure,
    GateDecision,
    GateReason,
    MetricEvidence,
    MetricRole,
    Phase,
    Release,
    Tally,
    Verdict,
)
from services.evaluation.domain import gates
from services.evaluation.domain.betting import Arms, Cells, Line, Side, alternatives, log_evidence, table
from services.evaluation.domain.gates import Gates
from services.evaluation.domain.split import split_log_evidence
from services.kernel.stage import Refs, Refused
from tests.factories import DAY, HOUR, NOON, USE_CASE, gate_config, release, releases, tally

CONFIG = gate_config()
GOAL, WATCH = CONFIG.metrics
SLICE = CONFIG.slice_ms
LATENESS = CONFIG.lateness_ms
RIPE = NOON + SLICE + HOUR + LATENESS
"""When the GOAL's slice of noon is complete, horizon and lateness included."""
LOOKED = RIPE - RIPE % SLICE + SLICE * (RIPE % SLICE > 0)
"""The first boundary that counts it."""
LATER = LOOKED + 8 * HOUR

GOOD = ((2850, 6650), (50, 450))
"""Baseline and candidate at 5 %: fail, ok."""
WEAK = ((285, 665), (10, 40))
HARMFUL = ((2850, 6650), (400, 100))
EVEN = ((2850, 6650), (150, 350))
SKEWED = ((700, 1300), (600, 1300))
"""Nearly as many on the candidate as on the baseline, at 5 %, and nearly as good."""
SKEWED_AND_HARMFUL = ((300, 700), (800, 200))

Rates = tuple[tuple[int, ...], tuple[int, ...]]


def counted(rates: Rates, **fields: Any) -> list[Tally]:
    return [
        tally(*cells, *(0,) * (3 - len(cells)), arm=arm, **fields)
        for arm, cells in zip((Arm.BASELINE, Arm.CANDIDATE), rates, strict=True)
        if any(cells)
    ]


class Desk:
    """The gates of one use case, fed by hand: what they said, in order."""

    def __init__(self, *known: Release, behind: int = 0) -> None:
        self.behind = behind
        self.time = 0
        self.gates = Gates(use_case_id=USE_CASE)
        self.said: list[GateDecision] = []
        self.learn(*known)

    def learn(self, *known: Release) -> "Desk":
        return self._take(gates.take(self._refs(), self.gates, releases(*known)))

    def tell(self, *tallies: Tally) -> "Desk":
        for one in tallies:
            self._take(gates.take(self._refs(), self.gates, one))
        return self

    def until(self, time: int, *, at_once: bool = False) -> "Desk":
        """Look at every boundary up to `time`, as time passes or, after a stop, all at once."""
        while (due := gates.looks_at(self.gates)) is not None and due <= time:
            self.time = time if at_once else due
            self._take(gates.look(self._refs(), self.gates, due))
        return self

    @property
    def last(self) -> GateDecision:
        return self.said[-1]

    @property
    def verdict(self) -> tuple[Verdict, GateReason]:
        return self.last.verdict, self.last.reason

    @property
    def goal(self) -> MetricEvidence:
        return self.last.metrics[0]

    def _refs(self) -> Refs:
        return Refs(time=self.time, now=self.time + self.behind)

    def _take(self, step: tuple[Gates | None, Sequence[Event]]) -> "Desk":
        known, events = step
        assert known is not None
        self.gates = known
        self.said += [event for event in events if isinstance(event, GateDecision)]
        return self


def judged(rates: Rates, *known: Release, **fields: Any) -> Desk:
    """One release, one slice, looked at as soon as it is complete."""
    return Desk(*(known or (release(),))).tell(*counted(rates, **fields)).until(LOOKED)


# ---------------------------------------------------------------------------------------- the order of 6.8


def test_good_evidence_in_a_stage_of_the_ramp_is_a_pass() -> None:
    assert judged(GOOD).verdict == (Verdict.PASS, GateReason.EVIDENCE)


def test_harm_is_a_fail() -> None:
    desk = judged(HARMFUL)
    assert desk.verdict == (Verdict.FAIL, GateReason.HARM)
    assert desk.last.log_e_rollback >= desk.last.rollback_bound == -math.log(CONFIG.beta)


def test_harm_that_was_proven_stays_proven_whatever_comes_after() -> None:
    desk = judged(HARMFUL).tell(*counted(((0, 0), (0, 100_000)), slice_start=NOON + SLICE)).until(LATER)
    assert desk.last.log_e_rollback < 0
    assert {one.verdict for one in desk.said if one.watermark >= LOOKED} == {Verdict.FAIL}


def test_a_split_that_is_not_the_configured_one_makes_everything_invalid() -> None:
    desk = judged(SKEWED)
    assert desk.verdict == (Verdict.INVALID, GateReason.SPLIT)
    assert desk.last.log_e_split >= -math.log(CONFIG.split_alpha)


def test_a_broken_split_comes_before_harm_and_before_benefit() -> None:
    assert judged(SKEWED_AND_HARMFUL).verdict[0] is Verdict.INVALID
    better = judged(((900, 1100), (10, 1000)))
    assert better.goal.log_e_promote > better.last.bound
    assert better.verdict[0] is Verdict.INVALID
    assert not better.last.improved
    assert not better.goal.latched


def test_what_is_held_for_its_split_is_still_taken_back_for_harm() -> None:
    held = release(phase=Phase.HELD, held_from=Phase.CANARY, version=4, entered_at=LOOKED)
    desk = judged(SKEWED_AND_HARMFUL).learn(held).until(LOOKED + SLICE)
    assert desk.verdict == (Verdict.FAIL, GateReason.HARM)
    assert (desk.last.phase, desk.last.release_version) == (Phase.HELD, 4)


def test_a_split_that_breaks_after_proven_harm_does_not_unsay_it() -> None:
    desk = judged(HARMFUL).tell(*counted(((0, 0), (0, 5_000)), slice_start=NOON + SLICE)).until(LATER)
    assert desk.last.log_e_split > -math.log(CONFIG.split_alpha)
    assert desk.verdict[0] is Verdict.FAIL


@pytest.mark.parametrize("stage", [1, 2, 3, 4])
@given(st.integers(0, 40), st.integers(0, 40))
@settings(max_examples=20)
def test_each_stage_is_left_at_its_own_bound_and_not_before(stage: int, fails: int, oks: int) -> None:
    share = CONFIG.stages[stage - 1].share
    baseline = round((fails + oks) * (1 - share) / share)
    rates = ((round(baseline * 0.4), baseline - round(baseline * 0.4)), (fails, oks))
    desk = judged(rates, release(stage=stage, canary_at=NOON - 2 * DAY), stage=stage)
    assert desk.last.bound == -math.log(CONFIG.stages[stage - 1].alpha)
    enough = desk.goal.log_e_promote >= desk.last.bound
    if desk.verdict[0] not in (Verdict.FAIL, Verdict.INVALID) and enough:
        assert (
            desk.verdict == (Verdict.HOLD, GateReason.MIN_TIME) if stage == 4 else (Verdict.PASS, GateReason.EVIDENCE)
        )
    else:
        assert desk.verdict[0] is not Verdict.PASS


def test_evidence_that_leaves_an_early_stage_does_not_leave_a_later_one() -> None:
    weak = ((30, 70), (1, 9))
    said = {}
    for stage in (1, 2):
        desk = judged(weak, release(stage=stage), stage=1)
        said[stage] = desk.verdict[0]
        assert -math.log(0.5) <= desk.goal.log_e_promote < -math.log(0.3)
    assert said == {1: Verdict.PASS, 2: Verdict.HOLD}


def test_no_data_is_no_data() -> None:
    desk = Desk(release()).until(LOOKED)
    assert desk.verdict == (Verdict.NO_DATA, GateReason.NO_EVIDENCE)
    assert (desk.goal.log_e_promote, desk.goal.log_e_rollback, desk.last.log_e_split) == (0, 0, 0)


@pytest.mark.parametrize("candidates", [1, 5, 10, 40])
def test_one_silent_arm_never_passes(candidates: int) -> None:
    desk = judged(((0, 0), (0, candidates)))
    assert desk.verdict[0] in (Verdict.NO_DATA, Verdict.INVALID)
    desk = judged(((4_000, 0), (0, 0)))
    assert desk.verdict[0] in (Verdict.NO_DATA, Verdict.INVALID)


def test_one_silent_goal_never_passes_however_good_the_others_are() -> None:
    second = replace(GOAL, name="second")
    config = gate_config(metrics=(replace(GOAL, weight=0.5), replace(second, weight=0.5)))
    desk = judged(GOOD, release(gate=config))
    assert desk.goal.log_e_promote > desk.last.bound
    assert desk.verdict == (Verdict.HOLD, GateReason.NO_EVIDENCE)
    desk.tell(*counted(GOOD, metric="second", slice_start=NOON + SLICE)).until(LATER)
    assert desk.verdict[0] is Verdict.PASS


def test_a_use_case_without_a_goal_is_never_promoted() -> None:
    config = gate_config(metrics=(replace(GOAL, role=MetricRole.WATCH, weight=1.0),))
    assert judged(GOOD, release(gate=config)).verdict[0] is Verdict.HOLD


def test_a_watched_metric_need_not_pass() -> None:
    desk = judged(GOOD).tell(*counted(EVEN, metric=WATCH.name)).until(LATER)
    assert desk.verdict[0] is Verdict.PASS


def test_a_watched_metric_can_take_a_change_back() -> None:
    desk = judged(GOOD).tell(*counted(HARMFUL, metric=WATCH.name)).until(LATER)
    assert desk.goal.log_e_rollback < 0
    assert desk.verdict == (Verdict.FAIL, GateReason.HARM)


# -------------------------------------------------------------------------------------- the last stage


def last_stage(**fields: Any) -> Release:
    return release(**{"stage": 4, "share": 0.5, "canary_at": NOON - 2 * DAY, **fields})


FINAL_GOOD = ((300, 700), (180, 820))


def test_the_last_stage_waits_until_a_full_cycle_of_traffic_is_in() -> None:
    desk = Desk(last_stage()).tell(*counted(FINAL_GOOD, stage=4)).until(NOON + DAY - 1)
    assert desk.verdict == (Verdict.HOLD, GateReason.MIN_TIME)
    assert desk.until(NOON + DAY).verdict == (Verdict.PASS, GateReason.EVIDENCE)


def test_a_canary_that_says_it_began_long_ago_is_not_believed() -> None:
    """A change's time is its author's word; the first slice of users is not."""
    desk = judged(FINAL_GOOD, last_stage(canary_at=NOON - 25 * DAY), stage=4)
    assert desk.verdict == (Verdict.HOLD, GateReason.MIN_TIME)


def test_a_cycle_is_counted_from_the_first_slice_whatever_slice_matures_first() -> None:
    first, second = (counted(FINAL_GOOD, stage=4, slice_start=NOON + n * HOUR) for n in (0, 1))
    desk = Desk(last_stage()).tell(*second, *first).until(NOON + DAY)
    assert desk.verdict[0] is Verdict.PASS


def test_a_goal_that_reached_the_last_bound_once_has_reached_it() -> None:
    desk = Desk(last_stage()).tell(*counted(((150, 350), (135, 365)), stage=4)).until(LOOKED)
    assert desk.goal.latched
    desk.tell(*counted(((90, 210), (110, 190)), stage=4, slice_start=NOON + SLICE)).until(NOON + DAY)
    assert desk.goal.log_e_promote < -math.log(CONFIG.alpha)
    assert desk.verdict[0] is Verdict.PASS


def test_the_last_stage_needs_every_goal_to_have_reached_the_bound_once() -> None:
    config = gate_config(metrics=(replace(GOAL, weight=0.5), replace(GOAL, name="second", weight=0.5)))
    desk = Desk(last_stage(gate=config)).tell(*counted(FINAL_GOOD, stage=4))
    desk.tell(*counted(((60, 140), (60, 140)), stage=4, metric="second")).until(NOON + DAY + HOUR)
    assert [one.latched for one in desk.last.metrics] == [True, False]
    assert desk.verdict[0] is Verdict.HOLD


# ------------------------------------------------------------------------------------------- BLIND


def test_a_pass_on_old_data_is_blind_and_comes_when_the_data_are_fresh_again() -> None:
    desk = Desk(release(), behind=CONFIG.blind_after_ms + 1).tell(*counted(GOOD)).until(LATER)
    assert desk.verdict == (Verdict.HOLD, GateReason.BLIND)
    assert Verdict.PASS not in {one.verdict for one in desk.said}
    desk.behind = CONFIG.blind_after_ms
    assert desk.until(LATER + SLICE).verdict == (Verdict.PASS, GateReason.EVIDENCE)


def test_after_a_stop_only_the_present_boundary_can_pass() -> None:
    desk = Desk(release()).tell(*counted(GOOD)).until(LATER, at_once=True)
    passed = [one.watermark for one in desk.said if one.verdict is Verdict.PASS]
    assert passed == [one for one in passed if one >= LATER - CONFIG.blind_after_ms] != []


def test_being_blind_does_not_stop_a_rollback() -> None:
    desk = Desk(release(), behind=DAY).tell(*counted(HARMFUL)).until(LOOKED)
    assert desk.verdict[0] is Verdict.FAIL


# -------------------------------------------------------------------------------------------- deadline


def test_a_canary_that_has_proven_nothing_by_its_deadline_is_a_hold_that_says_so() -> None:
    end = release().canary_at + CONFIG.deadline_ms
    desk = Desk(release()).tell(*counted(((7, 13), (7, 13)))).until(end - SLICE)
    assert desk.verdict == (Verdict.HOLD, GateReason.NO_EVIDENCE)
    assert desk.until(end + SLICE).verdict == (Verdict.HOLD, GateReason.DEADLINE)


def test_a_pass_or_proven_harm_goes_before_the_deadline() -> None:
    late = NOON + CONFIG.deadline_ms + DAY
    assert Desk(release()).tell(*counted(GOOD)).until(late).verdict[0] is Verdict.PASS
    assert Desk(release()).tell(*counted(HARMFUL)).until(late).verdict[0] is Verdict.FAIL


# ----------------------------------------------------------------------------------------- missing data


@given(
    st.tuples(st.integers(0, 300), st.integers(0, 700), st.integers(0, 50)),
    st.tuples(st.integers(0, 300), st.integers(0, 700), st.integers(0, 50)),
    st.integers(1, 200),
)
@settings(max_examples=60)
def test_missing_data_never_help_the_candidate(
    baseline: tuple[int, int, int], candidate: tuple[int, int, int], lost: int
) -> None:
    """A candidate's unit without a value is never better than one that failed, a baseline's than one that helped."""
    fail, ok, missing = candidate
    as_missing = judged((baseline, (fail, ok, missing + lost))).goal.log_e_promote
    as_success = judged((baseline, (fail, ok + lost, missing))).goal.log_e_promote
    as_failure = judged((baseline, (fail + lost, ok, missing))).goal.log_e_promote
    assert as_missing == as_failure < as_success
    fail, ok, missing = baseline
    as_missing = judged(((fail, ok, missing + lost), candidate)).goal.log_e_promote
    as_success = judged(((fail, ok + lost, missing), candidate)).goal.log_e_promote
    as_failure = judged(((fail + lost, ok, missing), candidate)).goal.log_e_promote
    assert as_missing == as_success < as_failure


# ------------------------------------------------------------------------------------- returning users


def test_returning_users_are_judged_with_the_chance_that_they_had() -> None:
    """Sticky buckets: who was on the baseline in stage 2 is on the candidate in stage 3 with (.25 - .05) / .95."""
    shares = [one.share for one in CONFIG.stages]
    news, back = ((150, 350), (50, 150)), ((190, 570), (50, 150))
    desk = Desk(release(stage=3)).tell(
        *counted(news, stage=3, since=0), *counted(back, stage=3, since=2, slice_start=NOON)
    )
    desk.until(LOOKED)
    epochs = [(shares[2], news), ((shares[2] - shares[1]) / (1 - shares[1]), back)]
    bets = [
        (
            table(Side.PROMOTE, Line(1.2), alternatives(Side.PROMOTE, GOAL.margin, 1.2), GOAL.target, chance),
            Arms(*(Cells(*cells) for cells in rates)),
        )
        for chance, rates in epochs
    ]
    assert desk.goal.log_e_promote == log_evidence(Side.PROMOTE, bets)
    rows = [(chance, sum(rates[1]), sum(rates[0])) for chance, rates in epochs]
    assert desk.last.log_e_split == split_log_evidence(rows)


def test_returning_users_in_their_right_share_do_not_look_like_a_broken_split() -> None:
    chance = (0.5 - 0.25) / 0.75
    n = 30_000
    rates = (
        (round(n * (1 - chance) * 0.3), round(n * (1 - chance) * 0.7)),
        (round(n * chance * 0.3), round(n * chance * 0.7)),
    )
    desk = judged(rates, last_stage(), stage=4, since=3)
    assert desk.last.log_e_split < 0
    assert judged(rates, last_stage(), stage=4).verdict[0] is Verdict.INVALID


@pytest.mark.parametrize("fields", [{"stage": 9}, {"stage": 2, "since": 2}, {"stage": 2, "since": 3}, {"stage": 0}])
def test_units_that_had_no_chance_of_the_candidate_prove_nothing(fields: dict[str, Any]) -> None:
    desk = judged(GOOD, **fields)
    assert desk.verdict == (Verdict.NO_DATA, GateReason.NO_EVIDENCE)


# ----------------------------------------------------------------------------------------- slice boundaries


@pytest.mark.parametrize("metric", CONFIG.metrics, ids=lambda one: str(one.name))
def test_a_slice_counts_from_the_boundary_on_at_which_horizon_and_lateness_have_passed(metric: Any) -> None:
    complete = NOON + SLICE + metric.horizon_ms + LATENESS
    desk = Desk(release()).tell(*counted(EVEN, metric=metric.name)).until(complete - 1)
    assert not any(part.baseline_ok for one in desk.said for part in one.metrics)
    desk.until(complete + SLICE)
    (part,) = (one for one in desk.last.metrics if one.metric == metric.name)
    assert part.baseline_ok == 6650
    assert complete <= desk.last.watermark < complete + SLICE
    assert desk.last.watermark % SLICE == 0


TALLIES = st.lists(
    st.builds(
        lambda fail, arm, stage, since, start, metric: tally(
            int(fail),
            int(not fail),
            0,
            arm=arm,
            stage=stage,
            since=since,
            slice_start=NOON + start * SLICE,
            metric=metric,
        ),
        fail=st.booleans(),
        arm=st.sampled_from((Arm.BASELINE, Arm.CANDIDATE)),
        stage=st.integers(1, 2),
        since=st.integers(0, 1),
        start=st.integers(0, 4),
        metric=st.sampled_from((GOAL.name, WATCH.name)),
    ),
    max_size=40,
)


def _ready(one: Tally) -> int:
    horizon = {metric.name: metric.horizon_ms for metric in CONFIG.metrics}[one.metric]
    return one.slice_start + SLICE + horizon + LATENESS


@given(TALLIES, st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_the_same_counts_in_any_batches_give_the_same_decision_at_every_boundary(
    tallies: list[Tally], rng: Any
) -> None:
    """A boundary counts what had to be in by then, whatever else has arrived already."""
    all_first = Desk(release()).tell(*tallies).until(LATER)
    arrivals = sorted(((rng.uniform(NOON, _ready(one)), n) for n, one in enumerate(tallies)))
    in_time = Desk(release())
    for at, n in arrivals:
        in_time.until(int(at) - 1).tell(tallies[n])
    assert in_time.until(LATER).said == all_first.said


# ------------------------------------------------------------------------------- versions, ids, standing verdicts


def test_a_decision_names_release_phase_stage_and_version() -> None:
    desk = judged(GOOD, release(version=7))
    said = desk.last
    assert (said.release_id, said.change_id, said.phase, said.stage, said.release_version) == (
        "release-1",
        "change-1",
        Phase.CANARY,
        2,
        7,
    )


def test_the_same_verdict_on_the_same_version_has_the_same_id_and_any_other_has_not() -> None:
    desk = judged(GOOD).tell(*counted(GOOD, slice_start=NOON + SLICE)).until(LATER)
    passes = [one for one in desk.said if one.verdict is Verdict.PASS]
    assert len(passes) > 1
    assert len({one.decision_id for one in passes}) == 1
    others = [
        judged(GOOD, release(version=4)),
        judged(HARMFUL),
        judged(GOOD, release("release-2"), release_id="release-2"),
    ]
    assert len({passes[0].decision_id, *(one.last.decision_id for one in others)}) == 4


def test_nothing_new_is_not_said_again() -> None:
    desk = judged(GOOD)
    before = len(desk.said)
    assert len(desk.until(LATER).said) == before


def test_a_pass_is_said_again_to_a_new_version() -> None:
    desk = judged(GOOD).learn(release(version=4)).until(LATER)
    assert (desk.verdict[0], desk.last.release_version) == (Verdict.PASS, 4)


@pytest.mark.parametrize("phase", [Phase.CANARY, Phase.HELD, Phase.FULL])
def test_standing_harm_is_said_to_a_new_version_at_once(phase: Phase) -> None:
    desk = judged(HARMFUL)
    desk.learn(release(version=4, phase=phase, stage=3))
    assert (desk.verdict[0], desk.last.release_version, desk.last.phase) == (Verdict.FAIL, 4, phase)


def test_the_same_version_again_hears_nothing() -> None:
    desk = judged(HARMFUL)
    before = len(desk.said)
    assert len(desk.learn(release(), release("release-2")).said) == before


@pytest.mark.parametrize("phase", [Phase.HELD, Phase.FULL])
def test_only_a_canary_is_promoted(phase: Phase) -> None:
    desk = judged(GOOD, release(phase=phase))
    assert desk.goal.log_e_promote > desk.last.bound
    assert desk.verdict[0] is Verdict.HOLD


@pytest.mark.parametrize(
    "fields",
    [
        {"phase": Phase.ROLLED_BACK},
        {"phase": Phase.REJECTED},
        {"phase": Phase.PROPOSED, "stage": 0},
        {"phase": Phase.HELD, "held_from": Phase.AWAITING_APPROVAL, "stage": 0},
        {"phase": Phase.FULL, "settled": True},
    ],
)
def test_a_release_that_no_user_sees_is_not_judged(fields: dict[str, Any]) -> None:
    desk = Desk(release(**fields)).tell(*counted(HARMFUL))
    assert gates.looks_at(desk.gates) is None
    assert desk.said == []


def test_what_is_full_is_still_watched_for_harm_and_for_benefit() -> None:
    full = release(phase=Phase.FULL, stage=5, share=0.95)
    harmful = judged(((150, 350), (5_000, 4_500)), full, stage=5)
    assert harmful.verdict == (Verdict.FAIL, GateReason.HARM)
    better = judged(((200, 300), (1_900, 7_600)), full, stage=5)
    assert better.last.improved
    assert better.verdict[0] is Verdict.HOLD


def test_only_the_metric_of_the_change_can_prove_it_better() -> None:
    assert judged(GOOD).last.improved
    assert not judged(GOOD, release(metric=WATCH.name)).last.improved


def test_counts_of_a_release_that_nobody_knows_yet_are_kept_and_used() -> None:
    desk = Desk().tell(*counted(GOOD))
    assert gates.looks_at(desk.gates) is None
    assert desk.learn(release()).until(LOOKED).verdict[0] is Verdict.PASS


def test_a_product_that_invents_releases_does_not_fill_the_state() -> None:
    desk = Desk().tell(*(replace(tally(0, 1), release_id=f"invented-{n}") for n in range(gates.MOST_UNKNOWN)))
    with pytest.raises(Refused) as refused:
        desk.tell(replace(tally(0, 1), release_id="one-more"))
    assert refused.value.reason == "unknown_release"
    assert desk.tell(replace(tally(0, 1), release_id="invented-0")).gates.counts.keys() == desk.gates.counts.keys()


def test_an_ended_release_leaves_no_counts_behind() -> None:
    desk = judged(GOOD).learn(release(phase=Phase.ROLLED_BACK, version=4))
    assert desk.gates.counts == {}


def test_two_releases_of_a_use_case_do_not_mix() -> None:
    desk = Desk(release(), release("release-2"))
    desk.tell(*counted(GOOD), *counted(HARMFUL, release_id="release-2")).until(LOOKED)
    assert {one.release_id: one.verdict for one in desk.said} == {"release-1": Verdict.PASS, "release-2": Verdict.FAIL}


# ------------------------------------------------------------------------------------------------ offline


EXAMPLES = tuple(f"example-{n}" for n in range(120))
ONLY_GOAL = gate_config(metrics=(replace(GOAL, weight=1.0),))


def offline(**fields: Any) -> Release:
    known = {"phase": Phase.OFFLINE, "stage": 0, "share": 0.0, "slice": (), "examples": EXAMPLES, "gate": ONLY_GOAL}
    return release(**{**known, **fields})


def pairs(both_ok: int = 0, losses: int = 0, wins: int = 0, both_fail: int = 0, left_out: int = 0) -> list[Tally]:
    """A tally for each pair, as they come."""
    rows = []
    for n, count in enumerate((both_ok, losses, wins, both_fail, left_out)):
        cells = tuple(int(n == m) for m in range(5))
        rows += [tally(*cells, arm=Arm.NONE, exposure=Exposure.OFFLINE, stage=0)] * count
    return [replace(one, example=f"example-{n}") for n, one in enumerate(rows)]


BETTER = {"both_ok": 80, "losses": 4, "wins": 30, "both_fail": 6}
WORSE = {"both_ok": 50, "losses": 45, "wins": 5, "both_fail": 20}
UNCLEAR = {"both_ok": 70, "losses": 18, "wins": 16, "both_fail": 16}


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        (BETTER, (Verdict.PASS, GateReason.EVIDENCE)),
        (WORSE, (Verdict.FAIL, GateReason.HARM)),
        (UNCLEAR, (Verdict.HOLD, GateReason.INCONCLUSIVE)),
        ({"left_out": 120}, (Verdict.NO_DATA, GateReason.NO_EVIDENCE)),
    ],
)
def test_an_offline_gate_judges_once_when_all_examples_have_closed(
    said: dict[str, int], verdict: tuple[Verdict, GateReason]
) -> None:
    rows = pairs(**said)
    desk = Desk(offline()).tell(*rows[:-1])
    assert desk.said == []
    assert desk.tell(rows[-1]).verdict == verdict
    assert desk.tell(*pairs(wins=5, losses=5)).said == [desk.last]
    assert (desk.last.phase, desk.last.stage, desk.last.bound) == (Phase.OFFLINE, 0, -math.log(CONFIG.alpha))


def test_an_example_without_its_partner_is_left_out_and_counted() -> None:
    desk = Desk(offline()).tell(*pairs(both_ok=80, losses=4, wins=30, left_out=6))
    whole = Desk(offline(examples=EXAMPLES[:114])).tell(*pairs(both_ok=80, losses=4, wins=30))
    assert desk.goal.left_out == 6
    assert (desk.goal.wins, desk.goal.losses) == (30, 4)
    assert desk.goal.log_e_promote == whole.goal.log_e_promote


def test_an_offline_verdict_bears_the_time_of_its_last_example_whatever_else_the_gate_looks_at() -> None:
    """The canary counts from there: a gate that took days must not have used up the least time."""
    rows = [replace(one, slice_start=NOON + 3 * DAY) for one in pairs(**BETTER)]
    alone = Desk(offline()).tell(*rows)
    beside = Desk(offline(), release("release-2")).until(NOON + 2 * DAY).tell(*rows)
    assert alone.last.watermark == beside.last.watermark == NOON + 3 * DAY


def test_an_offline_gate_waits_for_every_metric() -> None:
    desk = Desk(offline(gate=CONFIG)).tell(*pairs(**BETTER))
    assert desk.said == []
    watched = [replace(one, metric=WATCH.name) for one in pairs(both_ok=120)]
    desk.tell(*watched[:-1])
    assert desk.said == []
    desk.tell(watched[-1])
    assert desk.verdict[0] is Verdict.PASS


def test_examples_that_closed_before_the_release_was_known_are_used() -> None:
    desk = Desk().tell(*pairs(**BETTER))
    assert desk.said == []
    assert desk.learn(offline()).verdict[0] is Verdict.PASS


def test_a_new_version_of_an_offline_release_hears_its_verdict_again() -> None:
    desk = Desk(offline()).tell(*pairs(**BETTER)).learn(offline(phase=Phase.HELD, held_from=Phase.OFFLINE, version=4))
    assert len(desk.said) == 1
    desk.learn(offline(version=5))
    assert [(one.verdict, one.release_version) for one in desk.said] == [(Verdict.PASS, 3), (Verdict.PASS, 5)]


def test_an_offline_gate_that_has_not_seen_all_examples_by_its_deadline_holds_and_says_so_once() -> None:
    deadline = NOON + 2 * CONFIG.offline_deadline_ms
    desk = Desk(offline(), release("release-2")).tell(*pairs(both_ok=119)).until(deadline - 1)
    assert [one for one in desk.said if one.release_id == "release-1"] == []
    desk.until(deadline + HOUR)
    (said,) = (one for one in desk.said if one.release_id == "release-1")
    assert (said.verdict, said.reason, said.watermark) == (Verdict.HOLD, GateReason.DEADLINE, deadline)
    assert said.metrics[0].baseline_ok == 119


def test_a_deadline_that_an_alarm_overtook_is_said_to_the_resumed_release() -> None:
    """Else the order of the two would decide between HELD and waiting for ever."""
    desk = Desk(offline()).until(NOON + 2 * CONFIG.offline_deadline_ms)
    again = NOON + 20 * DAY
    desk.learn(offline(phase=Phase.HELD, held_from=Phase.OFFLINE, version=4, entered_at=again))
    desk.learn(offline(version=5, entered_at=again)).until(again + 2 * CONFIG.offline_deadline_ms)
    assert [(one.reason, one.release_version) for one in desk.said] == [
        (GateReason.DEADLINE, 3),
        (GateReason.DEADLINE, 5),
    ]


# ------------------------------------------------------------------------------------------- the stored state


def test_tables_and_counts_survive_storage_bit_for_bit() -> None:
    history = [*counted(WEAK), *counted(EVEN, stage=3, since=2), *counted(EVEN, metric=WATCH.name)]
    known = (release(stage=3), offline(release_id="release-2"))
    kept = Desk(*known).tell(*history, *(replace(one, release_id="release-2") for one in pairs(**BETTER))).until(LATER)
    stored = Desk()
    stored.gates = msgspec.msgpack.decode(msgspec.msgpack.encode(kept.gates), type=Gates)
    assert stored.gates == kept.gates
    more = counted(WEAK, slice_start=NOON + 2 * HOUR)
    was = len(kept.said)
    assert stored.tell(*more).until(LATER + DAY).said == kept.tell(*more).until(LATER + DAY).said[was:] != []


def test_the_bets_of_an_epoch_are_frozen_when_it_opens() -> None:
    """A new configuration of the same release would be another gate: what was bet stays bet."""
    desk = judged(WEAK)
    opened = desk.gates.counts["release-1"].bets
    desk.tell(*counted(EVEN, slice_start=NOON + SLICE)).until(LATER)
    assert desk.gates.counts["release-1"].bets == opened


def test_examples_that_the_change_does_not_name_do_not_close_its_gate() -> None:
    """An author could send runs of easier examples until enough have closed."""
    strange = [replace(one, example=f"strange-{n}") for n, one in enumerate(pairs(wins=120))]
    assert Desk(offline()).tell(*strange).said == []
