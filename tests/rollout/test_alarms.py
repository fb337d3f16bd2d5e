"""An alarm acts at once, in every phase, and nothing that comes before or after it can undo that."""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from loopwright.events import Alarm, Arm, AuditRecord, Change, Exposure, LinkState, Phase, RiskTier, Surface, Verdict
from services.rollout import domain
from tests.factories import DAY, HOUR, NOON, change, spec
from tests.rollout.history import History, alarm, proposed

EXAMPLES = ("e1",)


def in_stage(stage: int) -> History:
    history = proposed(change(case_ids=("case-1",)))
    while history.release().stage < stage:
        history.judge(Verdict.PASS, at=NOON + HOUR)
    return history


PHASES: dict[str, Callable[[], History]] = {
    "PROPOSED": lambda: proposed(change("change-0", at=NOON - 1), change(case_ids=("case-1",))),
    "OFFLINE": lambda: proposed(change(examples=EXAMPLES, case_ids=("case-1",))),
    "AWAITING_APPROVAL": lambda: proposed(change(tier=RiskTier.HIGH, case_ids=("case-1",))),
    "CANARY 1": lambda: in_stage(1),
    "CANARY 4": lambda: in_stage(4),
    "FULL": lambda: in_stage(5),
    "FULL, settled": lambda: in_stage(5).until(NOON + 30 * DAY),
    "HELD for its split": lambda: in_stage(2).judge(Verdict.INVALID),
    "HELD from FULL": lambda: in_stage(5).judge(Verdict.INVALID),
    "HELD offline": lambda: proposed(change(examples=EXAMPLES, case_ids=("case-1",))).judge(Verdict.HOLD),
    "HELD by an alarm": lambda: in_stage(2).tell(alarm(event_id="other", arm=Arm.BASELINE)),
}


@pytest.mark.parametrize("phase", PHASES)
def test_an_alarm_on_the_candidate_takes_the_release_back_in_every_phase(phase: str) -> None:
    history = PHASES[phase]()
    assert str(history.phase()) in phase
    history.tell(alarm(at=NOON + DAY))
    gone = history.release()
    assert (gone.phase, gone.share, gone.slice) == (Phase.ROLLED_BACK, 0.0, ())
    assert (gone.reason, gone.because) == ("ALARM", ("event-1/SCOPE_BREACH",))
    assert history.links()[-1] is LinkState.WITHDRAWN
    assert domain.wakes_at(history.state) is None
    assert history.state.live.get(Surface.PROMPT) in {None, "p1"}


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("exposure", [Exposure.OFFLINE, Exposure.SHADOW])
@pytest.mark.parametrize("arm", [Arm.CANDIDATE, Arm.BASELINE])
def test_an_alarm_out_of_users_sight_rejects_the_change(phase: str, exposure: Exposure, arm: Arm) -> None:
    history = PHASES[phase]().tell(alarm(exposure=exposure, arm=arm))
    assert history.phase() is Phase.REJECTED
    assert history.release().slice == ()


@pytest.mark.parametrize(
    "fields",
    [{"arm": Arm.BASELINE}, {"arm": Arm.NONE}, {"arm": Arm.UNKNOWN}, {"release_id": ""}, {"release_id": "nobody's"}],
)
@pytest.mark.parametrize("phase", [name for name in PHASES if not name.startswith(("HELD", "FULL, settled"))])
def test_an_alarm_that_is_not_about_one_known_candidate_holds_every_release(phase: str, fields: dict[str, Any]) -> None:
    history = PHASES[phase]()
    before = history.release()
    history.tell(alarm(**fields))
    held = history.release()
    assert (held.phase, held.held_from, held.reason) == (Phase.HELD, before.phase, "ALARM")
    assert (held.share, held.slice, held.stage) == (before.share, before.slice, before.stage)
    assert all(one.phase is Phase.HELD for one in history.state.releases.values())
    assert history.ignores(history.decision(Verdict.PASS), alarm(**fields))


def test_what_is_proposed_while_everything_is_held_is_held() -> None:
    history = in_stage(1).tell(alarm(arm=Arm.BASELINE)).tell(change("change-2", at=NOON + HOUR))
    assert history.phase("change-2") is Phase.HELD
    history.tell(change("change-3", at=NOON + HOUR, tier=RiskTier.HIGH)).approve("lee", "change-3")
    history.approve("ash", "change-3")
    assert history.phase("change-3") is Phase.HELD


def test_a_release_that_an_alarm_holds_is_still_taken_back_for_harm() -> None:
    history = in_stage(2).tell(alarm(arm=Arm.BASELINE)).judge(Verdict.FAIL)
    assert history.phase() is Phase.ROLLED_BACK


@pytest.mark.parametrize("exposure", [Exposure.LIVE, Exposure.OFFLINE])
def test_an_alarm_before_its_release_is_known_holds_the_others_until_it_is(exposure: Exposure) -> None:
    history = in_stage(3).tell(alarm("change-2", exposure=exposure))
    assert (history.phase(), history.release().held_from) == (Phase.HELD, Phase.CANARY)
    history.tell(change("change-2", at=NOON + HOUR))
    assert history.phase("change-2") is (Phase.ROLLED_BACK if exposure is Exposure.LIVE else Phase.REJECTED)
    resumed = history.release()
    assert (resumed.phase, resumed.stage, resumed.share, resumed.reason) == (Phase.CANARY, 3, 0.25, "RESUMED")


@pytest.mark.parametrize("phase", ["OFFLINE", "AWAITING_APPROVAL", "CANARY 4", "FULL"])
def test_a_release_goes_on_where_it_was_held(phase: str) -> None:
    history = PHASES[phase]()
    before = history.release()
    history.tell(alarm("change-2")).tell(change("change-2", at=NOON + HOUR))
    after = history.release()
    assert (after.phase, after.stage, after.share, after.slice) == (
        before.phase,
        before.stage,
        before.share,
        before.slice,
    )
    assert (after.version, after.held_from) == (before.version + 2, Phase.UNKNOWN)


def test_a_hold_for_its_split_does_not_end_with_a_hold_by_an_alarm() -> None:
    history = in_stage(2).judge(Verdict.INVALID).tell(alarm("change-2")).tell(change("change-2", at=NOON + HOUR))
    assert (history.phase(), history.release().reason) == (Phase.HELD, "SPLIT")


def test_everything_is_held_as_long_as_one_alarm_holds() -> None:
    history = in_stage(2).tell(alarm("change-2"), alarm(event_id="on the baseline", arm=Arm.BASELINE))
    history.tell(change("change-2", at=NOON + HOUR))
    assert history.phase() is Phase.HELD


# --------------------------------------------------------------------- a version that runs everywhere


TOOLS = change(surface=Surface.TOOL_POLICY, from_version="t1", to_version="t2", rollback_target="t1")
ON_NOBODY = {"release_id": "", "arm": Arm.NONE, "tool_policy_id": "t2"}


def everywhere(what: Change = TOOLS) -> History:
    return proposed(what).approve("lee").approve("max").ramp()


@pytest.mark.parametrize("days", [1, 30])
@pytest.mark.parametrize("fields", [ON_NOBODY, {**ON_NOBODY, "release_id": "another", "arm": Arm.BASELINE}])
def test_a_full_release_whose_version_is_what_ran_is_taken_back(days: int, fields: dict[str, Any]) -> None:
    history = everywhere().until(NOON + days * DAY)
    assert history.release().settled == (days == 30)
    history.tell(alarm(at=NOON + 31 * DAY, **fields))
    assert history.phase() is Phase.ROLLED_BACK
    assert history.live == {Surface.TOOL_POLICY: "t1"}


def test_a_full_release_whose_version_did_not_run_is_held() -> None:
    history = everywhere().tell(alarm(at=NOON + 2 * DAY, **{**ON_NOBODY, "tool_policy_id": "t1"}))
    assert history.phase() is Phase.HELD


def test_it_is_taken_back_too_when_another_alarm_held_it_first() -> None:
    alarms = (alarm(at=NOON + 2 * DAY, **ON_NOBODY), alarm(event_id="other", at=NOON + 2 * DAY, arm=Arm.BASELINE))
    for order in permutations(alarms):
        assert everywhere().tell(*order).phase() is Phase.ROLLED_BACK


def test_an_unsettled_release_that_another_surface_shares_its_version_name_with_is_only_held() -> None:
    history = everywhere().tell(alarm(at=NOON + 2 * DAY, release_id="", arm=Arm.NONE, prompt_version="t2"))
    assert history.phase() is Phase.HELD


# ---------------------------------------------------------------------------------- races, repeats


def test_a_pass_that_was_said_before_the_alarm_and_read_after_it_does_nothing() -> None:
    history = in_stage(2)
    said = history.decision(Verdict.PASS)
    history.tell(alarm())
    assert history.ignores(said)


def test_a_pass_that_was_said_before_a_hold_does_not_act_after_it() -> None:
    history = in_stage(2)
    said = history.decision(Verdict.PASS)
    history.tell(alarm("change-2"))
    assert history.ignores(said)
    history.tell(change("change-2", at=NOON + HOUR))
    assert history.ignores(said)
    assert history.judge(Verdict.PASS).release().stage == 3


@pytest.mark.parametrize(
    "surface", [Surface.DATA_SCOPE, Surface.WRITE_ACTION, Surface.ACCESS_BEHAVIOUR, Surface.TOOL_SCHEMA]
)
def test_an_alarm_takes_back_what_everybody_has_where_no_run_says_its_version(surface: Surface) -> None:
    """Grants hang on it, and what everybody has is what ran."""
    history = everywhere(replace(TOOLS, surface=surface)).until(NOON + 30 * DAY)
    assert history.release().settled
    history.tell(alarm("nobody", release_id="", arm=Arm.NONE, at=NOON + 31 * DAY))
    assert history.phase() is Phase.ROLLED_BACK
    assert history.live == {surface: "t1"}


def test_many_alarms_of_one_kind_are_remembered_as_one() -> None:
    history = in_stage(2)
    for n in range(50):
        history.tell(alarm(event_id=f"event-{n}"))
    assert len(history.state.alarms) == 1


def test_the_same_alarm_again_is_ignored() -> None:
    history = in_stage(2).tell(alarm())
    assert history.ignores(alarm())


def test_a_second_alarm_on_what_has_ended_is_recorded_and_moves_nothing() -> None:
    history = in_stage(2).tell(alarm())
    before = history.state.releases
    history.tell(alarm(event_id="event-2"))
    assert history.state.releases is before
    assert history.of(AuditRecord)[-1].action == "alarm SCOPE_BREACH"


def test_an_ended_release_never_starts_again() -> None:
    history = proposed(change(tier=RiskTier.MEDIUM)).tell(alarm())
    assert history.approve("lee").phase() is Phase.ROLLED_BACK
    assert history.ignores(change(tier=RiskTier.MEDIUM), history.decision(Verdict.PASS))
    assert history.until(NOON + 99 * DAY).phase() is Phase.ROLLED_BACK


def test_users_of_a_release_that_was_stopped_go_to_the_next_one() -> None:
    history = proposed(change(), change("change-2", at=NOON + 1)).tell(alarm(at=NOON + HOUR))
    assert history.phase("change-2") is Phase.CANARY
    assert history.release("change-2").canary_at == NOON + HOUR


HALF = spec(policy=replace(spec().policy, slice=0.5))
"""Two changes fit beside each other, so that neither's place depends on who came first."""


def _ingredients() -> tuple[Any, ...]:
    """Changes, approvals and alarms of two changes: one gets by, one breaches."""
    quiet, loud = change(tier=RiskTier.MEDIUM), change("change-2", at=NOON + 1, tier=RiskTier.HIGH)
    known = proposed(quiet, loud, of=HALF)
    approvals = [known.approval("lee"), *(known.approval(who, "change-2") for who in ("lee", "ash"))]
    return quiet, loud, *approvals, alarm("change-2"), alarm("change-2", event_id="event-2")


@given(st.permutations(_ingredients()), st.integers(0, 6))
@settings(max_examples=150)
def test_any_interleaving_of_changes_approvals_and_alarms_ends_in_the_same_phases(order: list[Any], again: int) -> None:
    history = History(HALF).tell(*order, order[again])
    quiet, loud = history.release(), history.release("change-2")
    assert (quiet.phase, quiet.stage) == (Phase.CANARY, 1)
    assert (loud.phase, loud.share, loud.slice) == (Phase.ROLLED_BACK, 0.0, ())


@given(
    st.permutations(
        [
            change(case_ids=("case-1",)),
            change("change-2", at=NOON + 1),
            alarm(event_id="on the baseline", arm=Arm.BASELINE),
            alarm("change-2", event_id="on an example", exposure=Exposure.OFFLINE),
            alarm("never proposed", event_id="on what nobody knows"),
        ]
    )
)
@settings(max_examples=120)
def test_any_order_of_alarms_that_hold_and_alarms_that_stop_ends_in_the_same_phases(
    order: list[Any],
) -> None:
    history = History(HALF).tell(*order)
    assert (history.phase(), history.phase("change-2")) == (Phase.HELD, Phase.REJECTED)


def test_a_change_with_an_alarm_offline_and_one_on_users_ends_in_one_phase_whichever_comes_first() -> None:
    alarms: tuple[Alarm, ...] = (alarm(), alarm(event_id="event-2", exposure=Exposure.OFFLINE))
    ends = {in_stage(1).tell(*order).phase() for order in permutations(alarms)}
    assert len(ends) == 1


# ------------------------------------------------------------------------------------------ not true yet


def test_nobody_gets_a_version_that_was_taken_back_as_a_baseline() -> None:
    """t2 is everywhere and breaches; t3, built on it, is in its canary: its baseline arm serves from_version."""
    history = everywhere().until(NOON + 30 * DAY)
    late = NOON + 30 * DAY
    history.tell(
        replace(TOOLS, change_id="change-2", from_version="t2", to_version="t3", rollback_target="t2", occurred_at=late)
    )
    history.approve("lee", "change-2", at=late)
    second = domain.release_id("change-2")
    history.tell(alarm(at=late + HOUR, release_id=second, arm=Arm.BASELINE, tool_policy_id="t2"))
    assert history.phase() is Phase.ROLLED_BACK
    serving = history.release("change-2")
    assert not serving.slice or serving.from_version != "t2"


def test_an_offline_fail_rejects_a_change_that_an_alarm_holds() -> None:
    """Without it the order of the two decides between HELD and REJECTED; both are closed."""
    history = proposed(change(examples=EXAMPLES)).tell(alarm("someone", arm=Arm.BASELINE)).judge(Verdict.FAIL)
    assert history.phase() is Phase.REJECTED


def test_a_rollback_does_not_go_back_to_a_version_that_was_taken_back() -> None:
    history = everywhere().until(NOON + 30 * DAY)
    late = NOON + 30 * DAY
    history.tell(
        replace(TOOLS, change_id="change-2", from_version="t2", to_version="t3", rollback_target="t2", occurred_at=late)
    )
    history.approve("lee", "change-2", at=late).ramp("change-2", at=late).until(late + 30 * DAY)
    history.tell(alarm(at=late)).tell(alarm("change-2", event_id="event-2", at=late + 31 * DAY))
    assert (history.phase(), history.phase("change-2")) == (Phase.ROLLED_BACK, Phase.ROLLED_BACK)
    assert history.live[Surface.TOOL_POLICY] != "t2"
