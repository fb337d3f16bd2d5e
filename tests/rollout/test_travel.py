"""How a change travels: by gate decisions, approvals and free users, and by nothing else."""

from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace

from loopwright.events import (
    AuditRecord,
    Diff,
    GateReason,
    LinkState,
    MetricRole,
    Phase,
    Releases,
    RiskTier,
    Span,
    Surface,
    Transition,
    Verdict,
)
from loopwright.flags import PARTS
from services.kernel import audit
from services.kernel.stage import Refused
from services.rollout import domain
from tests.factories import DAY, HOUR, MINUTE, NOON, change, gate_config, spec
from tests.rollout.history import STAGES, History, alarm, proposed

EXAMPLES = ("e1", "e2")


def with_policy(**fields: Any) -> Any:
    return spec(policy=replace(spec().policy, **fields))


# ------------------------------------------------------------------------------------------- the whole life


def test_a_low_change_goes_through_its_stages_to_everyone_by_passes_alone() -> None:
    history = proposed().ramp()
    assert history.path == [
        (Phase.PROPOSED, 0),
        (Phase.CANARY, 1),
        (Phase.CANARY, 2),
        (Phase.CANARY, 3),
        (Phase.CANARY, 4),
        (Phase.FULL, 5),
    ]
    shares = [one.share for one in history.of(Transition)]
    assert shares == [0.0, *(one.share for one in STAGES), 1 - spec().policy.holdback]
    assert history.live == {Surface.PROMPT: "p2"}


def test_every_step_says_what_it_rests_on() -> None:
    history = proposed().judge(Verdict.PASS)
    started, promoted = history.of(Transition)[1:]
    assert (started.reason, started.because) == ("STARTED", ("change-1",))
    assert (promoted.reason, promoted.because) == (GateReason.EVIDENCE, ("change-1/2/PASS",))


@pytest.mark.parametrize(("tier", "needed"), [(RiskTier.LOW, 0), (RiskTier.MEDIUM, 1), (RiskTier.HIGH, 2)])
def test_a_tier_waits_for_as_many_different_approvers_as_it_needs(tier: RiskTier, needed: int) -> None:
    history = proposed(change(tier=tier))
    for n in range(needed):
        assert history.phase() is Phase.AWAITING_APPROVAL
        history.approve(f"person-{n}", at=NOON + n)
    assert history.phase() is Phase.CANARY
    assert history.release().because == (tuple(f"person-{n} on change-1" for n in range(needed)) or ("change-1",))
    assert history.release().tier is tier


def test_a_change_with_examples_goes_offline_first_then_waits_for_approval() -> None:
    history = proposed(change(tier=RiskTier.MEDIUM, examples=EXAMPLES))
    history.judge(Verdict.PASS)
    decided = history.release().offline_decision_id
    assert decided == "change-1/2/PASS"
    assert history.of(Transition)[-1].because == (decided,)
    history.approve("lee")
    assert [phase for phase, _ in history.path] == [
        Phase.PROPOSED,
        Phase.OFFLINE,
        Phase.AWAITING_APPROVAL,
        Phase.CANARY,
    ]


def test_a_low_change_with_examples_goes_from_offline_to_its_canary() -> None:
    history = proposed(change(examples=EXAMPLES))
    assert history.phase() is Phase.OFFLINE
    assert history.judge(Verdict.PASS).phase() is Phase.CANARY


def test_a_release_keeps_the_configuration_it_was_proposed_with() -> None:
    history = proposed()
    newer = spec(version=2, policy=replace(spec().policy, alpha=0.2))
    history.refs.tables["usecases"].put("support-answers@2", newer)
    history.judge(Verdict.PASS)
    assert history.release().gate == gate_config()
    assert history.release().spec_version == 1


# --------------------------------------------------------------------------------------------------- tier


TIERS = {
    RiskTier.LOW: (Surface.PROMPT, Surface.QUERY_REWRITE, Surface.RANKING_WEIGHTS),
    RiskTier.HIGH: (Surface.WRITE_ACTION, Surface.DATA_SCOPE, Surface.POLICY_FILTER, Surface.ACCESS_BEHAVIOUR),
}


@pytest.mark.parametrize("surface", [one for one in Surface if one is not Surface.UNKNOWN])
def test_the_surface_says_how_much_review_a_change_needs(surface: Surface) -> None:
    expected = next((tier for tier, surfaces in TIERS.items() if surface in surfaces), RiskTier.MEDIUM)
    assert domain.tier(change(surface=surface), spec()) is expected


@pytest.mark.parametrize("author", RiskTier)
@pytest.mark.parametrize("use_case", RiskTier)
@pytest.mark.parametrize("surface", [Surface.PROMPT, Surface.MODEL, Surface.DATA_SCOPE])
def test_author_and_use_case_may_raise_a_tier_and_never_lower_it(
    surface: Surface, use_case: RiskTier, author: RiskTier
) -> None:
    by_surface = {Surface.PROMPT: RiskTier.LOW, Surface.MODEL: RiskTier.MEDIUM, Surface.DATA_SCOPE: RiskTier.HIGH}
    ranks = {RiskTier.LOW: 0, RiskTier.MEDIUM: 1, RiskTier.HIGH: 2, RiskTier.UNKNOWN: 2}
    said = domain.tier(change(surface=surface, tier=author), spec(tier=use_case))
    assert ranks[said] == max(ranks[author], ranks[use_case], ranks[by_surface[surface]])
    assert said is not RiskTier.UNKNOWN


# ----------------------------------------------------------------------------------------------- approvals


WAITING = change(tier=RiskTier.MEDIUM)


@pytest.mark.parametrize(
    "fields",
    [
        {"approver": "kim"},
        {"approver": ""},
        {"diff_digest": "of another diff"},
        {"diff_digest": ""},
        {"decision_id": "a decision that nobody made"},
    ],
)
def test_an_approval_by_the_author_or_of_something_else_does_not_count(fields: dict[str, Any]) -> None:
    history = proposed(WAITING)
    history.tell(replace(history.approval("lee"), **fields))
    assert history.phase() is Phase.AWAITING_APPROVAL


def test_the_same_person_approving_twice_is_one_approver() -> None:
    history = proposed(change(tier=RiskTier.HIGH)).approve("lee", approval_id="one").approve("lee", approval_id="two")
    assert history.phase() is Phase.AWAITING_APPROVAL
    assert history.approve("ash").phase() is Phase.CANARY


def test_the_author_is_not_one_of_two_approvers() -> None:
    history = proposed(change(tier=RiskTier.HIGH)).approve("lee").approve("kim")
    assert history.phase() is Phase.AWAITING_APPROVAL


def test_an_approval_before_the_change_is_known_is_kept() -> None:
    approval = proposed(WAITING).approval("lee")
    history = History().tell(approval)
    assert history.state.releases == {}
    assert history.tell(WAITING).phase() is Phase.CANARY


def test_an_approval_given_before_the_offline_decision_does_not_rest_on_it() -> None:
    history = proposed(change(tier=RiskTier.MEDIUM, examples=EXAMPLES))
    history.approve("lee", approval_id="too early").judge(Verdict.PASS)
    assert history.phase() is Phase.AWAITING_APPROVAL
    assert history.approve("lee").phase() is Phase.CANARY


def test_no_approval_replaces_the_offline_gate() -> None:
    history = proposed(change(tier=RiskTier.MEDIUM, examples=EXAMPLES))
    history.approve("lee").approve("ash", decision_id="made up")
    assert history.phase() is Phase.OFFLINE


def test_an_approval_of_one_change_does_not_count_for_another() -> None:
    history = proposed(WAITING, replace(WAITING, change_id="change-2"))
    history.approve("lee", "change-2")
    assert history.phase() is Phase.AWAITING_APPROVAL


def test_the_same_approval_again_is_ignored() -> None:
    history = proposed(change(tier=RiskTier.HIGH)).approve("lee")
    assert history.ignores(history.approval("lee"))


def test_an_approval_that_says_it_is_old_does_not_make_the_canary_older() -> None:
    """The least time of a canary counts from its start."""
    history = proposed(WAITING).approve("lee", at=NOON - 20 * HOUR)
    assert history.release().canary_at == NOON
    history = proposed(change(tier=RiskTier.MEDIUM, examples=EXAMPLES)).judge(Verdict.PASS, at=NOON + DAY)
    assert history.approve("lee", at=NOON).release().canary_at == NOON + DAY


# ------------------------------------------------------------------------------- stale, repeated, misplaced verdicts


def test_a_repeated_pass_does_nothing() -> None:
    history = proposed()
    said = history.decision(Verdict.PASS)
    history.tell(said)
    assert history.release().stage == 2
    assert history.ignores(said)


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize(
    "fields", [{"release_version": 1}, {"release_version": 3}, {"stage": 2}, {"phase": Phase.HELD}]
)
def test_a_verdict_about_another_version_stage_or_phase_does_nothing(verdict: Verdict, fields: dict[str, Any]) -> None:
    history = proposed()
    assert history.ignores(history.decision(verdict, **fields))


@pytest.mark.parametrize("verdict", Verdict)
def test_a_verdict_on_a_release_that_has_ended_does_nothing(verdict: Verdict) -> None:
    history = proposed().judge(Verdict.FAIL)
    assert history.phase() is Phase.ROLLED_BACK
    assert history.ignores(history.decision(verdict), history.decision(verdict, phase=Phase.CANARY, release_version=2))


@pytest.mark.parametrize("verdict", Verdict)
def test_a_verdict_on_a_release_that_nobody_knows_does_nothing(verdict: Verdict) -> None:
    history = proposed()
    assert history.ignores(history.decision(verdict, release_id="nobody's"))


def test_a_metric_that_a_change_names_as_a_guardrail_must_pass() -> None:
    roles = {one.name: one.role for one in proposed(change(guardrails=("reopened",))).release().gate.metrics}
    assert roles == {"not_helped": MetricRole.GOAL, "reopened": MetricRole.GOAL}
    assert proposed().release().gate.metrics[1].role is MetricRole.WATCH


def test_a_canary_whose_deadline_has_passed_expires_and_its_users_are_free() -> None:
    history = proposed(ANSWERS)
    history.tell(history.decision(Verdict.HOLD, reason=GateReason.DEADLINE))
    assert history.phase() is Phase.EXPIRED
    assert (history.release().share, history.release().slice) == (0.0, ())
    assert history.links()[-1] is LinkState.WITHDRAWN


def test_a_version_that_was_taken_back_once_may_go_live_with_another_change() -> None:
    history = proposed().judge(Verdict.FAIL)
    again = change("change-2", occurred_at=NOON + DAY)
    history.tell(again).ramp("change-2", at=NOON + DAY)
    assert history.live == {Surface.PROMPT: "p2"}


@pytest.mark.parametrize("verdict", [Verdict.HOLD, Verdict.NO_DATA, Verdict.ERROR, Verdict.UNKNOWN])
@pytest.mark.parametrize("stage", [1, 4])
def test_whatever_is_neither_pass_nor_fail_nor_invalid_leaves_a_canary_where_it_is(
    verdict: Verdict, stage: int
) -> None:
    history = proposed()
    while history.release().stage < stage:
        history.judge(Verdict.PASS)
    assert history.ignores(history.decision(verdict))


@pytest.mark.parametrize("verdict", [Verdict.HOLD, Verdict.NO_DATA, Verdict.ERROR, Verdict.UNKNOWN, Verdict.INVALID])
def test_an_offline_gate_that_did_not_pass_holds_the_change(verdict: Verdict) -> None:
    history = proposed(change(examples=EXAMPLES)).judge(verdict)
    assert (history.phase(), history.release().held_from) == (Phase.HELD, Phase.OFFLINE)
    assert history.ignores(history.decision(Verdict.PASS))


def test_an_offline_gate_that_failed_rejects_the_change() -> None:
    history = proposed(change(examples=EXAMPLES, case_ids=("case-1",))).judge(Verdict.FAIL)
    assert history.phase() is Phase.REJECTED
    assert history.links() == [LinkState.LINKED, LinkState.WITHDRAWN]


@pytest.mark.parametrize("stage", [1, 2, 3, 4, 5])
def test_a_fail_takes_a_change_back_from_every_stage_and_frees_its_users(stage: int) -> None:
    history = proposed()
    while history.release().stage < stage:
        history.judge(Verdict.PASS)
    history.judge(Verdict.FAIL)
    gone = history.release()
    assert (gone.phase, gone.share, gone.slice, gone.reason) == (Phase.ROLLED_BACK, 0.0, (), "HARM")
    assert history.live == ({Surface.PROMPT: "p1"} if stage == 5 else {})


@pytest.mark.parametrize("stage", [1, 4, 5])
def test_an_invalid_split_holds_a_release_with_its_share_until_a_fail(stage: int) -> None:
    history = proposed()
    while history.release().stage < stage:
        history.judge(Verdict.PASS)
    before = history.release()
    held = history.judge(Verdict.INVALID).release()
    assert (held.phase, held.held_from, held.reason) == (Phase.HELD, before.phase, "SPLIT")
    assert (held.share, held.stage, held.slice) == (before.share, before.stage, before.slice)
    assert history.ignores(history.decision(Verdict.PASS), history.decision(Verdict.INVALID))
    assert history.judge(Verdict.FAIL).phase() is Phase.ROLLED_BACK


@pytest.mark.parametrize("phase", [Phase.PROPOSED, Phase.AWAITING_APPROVAL])
def test_a_pass_lets_nobody_in_who_is_not_in_a_canary(phase: Phase) -> None:
    history = proposed(change("change-0"), change(tier=RiskTier.LOW if phase is Phase.PROPOSED else RiskTier.HIGH))
    assert history.phase() is phase
    assert history.ignores(history.decision(Verdict.PASS))


def test_an_offline_pass_said_twice_while_it_waits_for_users_does_nothing() -> None:
    history = proposed(change("change-0"), change(examples=EXAMPLES))
    history.judge(Verdict.PASS)
    assert (history.phase(), history.release().reason) == (Phase.OFFLINE, "NO_SLICE")
    assert history.ignores(
        history.decision(Verdict.PASS),
        history.decision(Verdict.PASS, decision_id="the same, in other words"),
        history.decision(Verdict.HOLD, reason=GateReason.DEADLINE),
    )
    assert history.judge(Verdict.FAIL, "change-0").phase() is Phase.CANARY


def test_time_that_goes_backwards_is_not_followed() -> None:
    history = proposed().judge(Verdict.PASS, at=NOON + DAY).judge(Verdict.PASS, at=NOON - DAY)
    times = [one.occurred_at for one in history.of(Transition)]
    assert times == sorted(times)
    assert history.release().entered_at == NOON + DAY


# ----------------------------------------------------------------------------------------------- slices


def test_a_release_without_free_users_waits_and_starts_when_they_are_free() -> None:
    history = proposed(change("change-0"), change(at=NOON + 1))
    assert (history.phase(), history.release().reason) == (Phase.PROPOSED, "NO_SLICE")
    assert history.release().slice == ()
    history.judge(Verdict.FAIL, "change-0", at=NOON + HOUR)
    assert history.phase() is Phase.CANARY
    assert history.release().canary_at == NOON + HOUR
    assert history.release().slice == (Span(start=0, end=PARTS),)


def test_who_was_proposed_first_starts_first_whoever_is_approved_first() -> None:
    first, second = (change(f"change-{n}", at=NOON + n, tier=RiskTier.MEDIUM) for n in (1, 2))
    history = proposed(change("change-0"), second, first)
    for name in ("change-2", "change-1"):
        history.approve("lee", name)
    history.judge(Verdict.FAIL, "change-0")
    assert (history.phase("change-1"), history.phase("change-2")) == (Phase.CANARY, Phase.AWAITING_APPROVAL)


def test_two_releases_never_share_a_user_and_a_third_takes_what_is_left() -> None:
    changes = [change(f"change-{n}", at=NOON + n) for n in range(4)]
    history = proposed(*changes, of=with_policy(slice=0.4))
    assert [history.release(one.change_id).slice for one in changes] == [
        (Span(start=0, end=4_000),),
        (Span(start=4_000, end=8_000),),
        (Span(start=8_000, end=10_000),),
        (),
    ]
    history.judge(Verdict.FAIL, "change-1")
    assert history.release("change-3").slice == (Span(start=4_000, end=8_000),)


def test_a_release_may_own_several_spans() -> None:
    changes = [change(f"change-{n}", at=NOON + n) for n in range(4)]
    history = proposed(*changes[:3], of=with_policy(slice=0.4))
    history.judge(Verdict.FAIL, "change-0").judge(Verdict.FAIL, "change-2")
    history.tell(change("change-5", at=NOON + 9), change("change-6", at=NOON + 10))
    assert history.release("change-5").slice == (Span(start=0, end=4_000),)
    assert history.release("change-6").slice == (Span(start=8_000, end=10_000),)


def test_a_held_release_keeps_its_users_to_itself() -> None:
    history = proposed(change("change-0"), change(at=NOON + 1)).judge(Verdict.INVALID, "change-0")
    assert history.phase() is Phase.PROPOSED


def test_a_change_that_waits_for_users_has_not_begun_its_canary() -> None:
    history = proposed(change("change-0"), change(at=NOON + 1))
    assert history.release().canary_at == 0
    assert history.release().version == 1


# ------------------------------------------------------------------------------- everyone has it: cases, holdback


ANSWERS = change(case_ids=("case-1", "case-2"))


def test_when_everyone_has_a_change_its_cases_are_released() -> None:
    assert proposed(ANSWERS).ramp().links() == [LinkState.LINKED] * 2 + [LinkState.RELEASED] * 2


@pytest.mark.parametrize("stage", [1, 4])
def test_an_improvement_proven_in_the_ramp_verifies_the_change_once_everyone_has_it(stage: int) -> None:
    history = proposed(ANSWERS)
    while history.release().stage < stage:
        history.judge(Verdict.PASS)
    history.judge(Verdict.PASS, improved=True)
    assert LinkState.VERIFIED not in history.links() or stage == 4
    history.ramp()
    assert history.links()[2:] == [LinkState.RELEASED] * 2 + [LinkState.VERIFIED] * 2
    assert history.release().improved_by == f"change-1/{stage + 1}/PASS"


def test_an_improvement_proven_on_the_holdback_verifies_the_change() -> None:
    history = proposed(ANSWERS).ramp().judge(Verdict.HOLD, improved=True, at=NOON + 2 * DAY)
    assert history.links()[-2:] == [LinkState.VERIFIED] * 2
    assert history.ignores(history.decision(Verdict.HOLD, improved=True, decision_id="again"))


def test_an_improvement_said_about_another_version_proves_nothing() -> None:
    history = proposed(ANSWERS).ramp()
    assert history.ignores(history.decision(Verdict.HOLD, improved=True, release_version=1))


def test_a_change_that_is_taken_back_is_withdrawn_from_its_cases_even_when_it_was_verified() -> None:
    history = proposed(ANSWERS).ramp().judge(Verdict.HOLD, improved=True).judge(Verdict.FAIL)
    assert history.links()[-2:] == [LinkState.WITHDRAWN] * 2
    assert history.live == {Surface.PROMPT: "p1"}


def test_what_is_taken_back_with_its_improvement_is_not_verified() -> None:
    history = proposed(ANSWERS).ramp().judge(Verdict.FAIL, improved=True)
    assert history.release().improved_by == ""
    assert LinkState.VERIFIED not in history.links()


def test_the_holdback_of_a_verified_change_ends_after_one_cycle() -> None:
    policy = spec().policy
    history = proposed().ramp().judge(Verdict.HOLD, improved=True, at=NOON + DAY + HOUR)
    entered = history.release().entered_at
    assert domain.wakes_at(history.state) == entered + policy.min_time_ms
    settled = history.until(entered + policy.min_time_ms).release()
    assert (settled.phase, settled.settled, settled.share, settled.slice) == (Phase.FULL, True, 1.0, ())
    assert history.live == {Surface.PROMPT: "p2"}
    assert domain.wakes_at(history.state) is None


def test_the_holdback_of_an_unverified_change_ends_at_its_longest() -> None:
    history = proposed().ramp()
    ends = history.release().entered_at + spec().policy.holdback_ms
    assert not history.until(ends - 1).release().settled
    assert history.until(ends).release().settled


def test_a_change_whose_base_everybody_has_left_is_rejected_when_its_turn_comes() -> None:
    """Its baseline arm would take the proven version from everybody."""
    history = proposed(change(), change("change-2", at=NOON + 1, to_version="p3")).ramp()
    history.until(history.release().entered_at + spec().policy.holdback_ms)
    assert (history.phase("change-2"), history.release("change-2").reason) == (Phase.REJECTED, "REBASE")


def test_a_change_waits_for_the_version_that_it_builds_on_to_be_proven() -> None:
    after = change("change-2", at=NOON + 1, from_version="p2", to_version="p3", rollback_target="p2")
    history = proposed(change(tier=RiskTier.HIGH), after)
    assert (history.phase("change-2"), history.release("change-2").reason) == (Phase.PROPOSED, "BASE_UNPROVEN")


def test_nobody_gets_the_version_of_a_change_that_an_alarm_stopped() -> None:
    after = change("change-2", at=NOON + 1, from_version="p2", to_version="p3", rollback_target="p2")
    stopped = alarm(release_id=domain.release_id("change-1"))
    told: list[Any] = [change(), after, stopped]
    for events in permutations(told):
        history = History().tell(*events)
        phases = {history.phase(), history.phase("change-2")}
        assert phases <= {Phase.ROLLED_BACK, Phase.REJECTED}, events


def test_a_change_for_which_the_value_has_no_room_is_refused() -> None:
    many = tuple(f"example-{n:09}" for n in range(6_000))
    with pytest.raises(Refused) as refused:
        proposed(change(examples=many))
    assert refused.value.reason == "no_room"


def test_the_end_of_a_holdback_frees_the_users_for_who_waits() -> None:
    history = proposed(change(), change("change-2", at=NOON + 1, surface=Surface.QUERY_REWRITE)).ramp()
    assert history.phase("change-2") is Phase.PROPOSED
    ends = history.release().entered_at + spec().policy.holdback_ms
    assert history.until(ends).phase("change-2") is Phase.CANARY
    assert history.release("change-2").canary_at == ends


def test_a_version_that_others_have_replaced_since_stays_replaced_when_it_is_taken_back() -> None:
    history = proposed().ramp().until(NOON + 30 * DAY)
    after = change("change-2", at=NOON + 30 * DAY, from_version="p2", to_version="p3", rollback_target="p2")
    history.tell(after).ramp("change-2", at=NOON + 31 * DAY)
    history.tell(alarm(at=NOON + 40 * DAY))
    assert history.phase() is Phase.ROLLED_BACK
    assert history.live == {Surface.PROMPT: "p3"}


# ------------------------------------------------------------------------------------------- what is written


def test_an_unbroken_chain_of_audit_records_tells_who_did_what() -> None:
    history = proposed(change(tier=RiskTier.MEDIUM)).approve("lee").judge(Verdict.PASS).tell(alarm())
    records = history.of(AuditRecord)
    assert [one.actor for one in records] == [
        "kim",
        "rollout",
        "rollout",
        "lee",
        "rollout",
        "rollout",
        "detection",
        "rollout",
    ]
    assert [one.sequence for one in records] == list(range(1, 9))
    assert audit.faults([*records[:3], *records[4:]]) != []
    assert audit.faults([replace(records[0], actor="somebody else"), *records[1:]]) != []


def test_the_value_of_releases_counts_its_revisions_and_shows_the_last_ended() -> None:
    history = proposed()
    for n in range(2, domain.ENDED_KEPT + 4):
        history.tell(change(f"change-{n}", at=NOON + n)).tell(alarm(f"change-{n}", event_id=f"event-{n}"))
    values = history.of(Releases)
    assert [one.revision for one in values] == list(range(1, len(values) + 1))
    shown = [one.change_id for one in history.value.releases]
    assert len(shown) == domain.ENDED_KEPT + 1
    assert shown[0] == "change-1"
    assert f"change-{domain.ENDED_KEPT + 3}" in shown


# ------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("fields", "reason", "message"),
    [
        ({"use_case_id": "nobody's"}, "unknown_use_case", "no use case"),
        ({"metric": "beauty"}, "bad_value", "metric 'beauty'"),
        ({"guardrails": ("reopened", "beauty")}, "bad_value", "guardrail 'beauty'"),
        ({"surface": Surface.UNKNOWN}, "bad_value", "surface"),
        ({"author": ""}, "missing_field", "author"),
        ({"change_id": ""}, "missing_field", "id"),
        ({"diff": ()}, "missing_field", "diff"),
        ({"to_version": ""}, "bad_value", "to_version"),
        ({"to_version": "p1"}, "bad_value", "to_version"),
        ({"rollback_target": "p2"}, "bad_value", "to_version"),
        ({"rollback_target": ""}, "missing_field", "rollback_target"),
    ],
)
def test_a_change_that_nobody_could_release_is_refused_in_one_line(
    fields: dict[str, Any], reason: str, message: str
) -> None:
    with pytest.raises(Refused, match=message) as refused:
        History().tell(change(**fields))
    assert refused.value.reason == reason
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("drift", [2 * HOUR, 365 * DAY, -365 * DAY])
def test_a_clock_far_off_is_refused(drift: int) -> None:
    """A canary dated into the future would have no gate until then."""
    history = proposed(WAITING)
    for event in (change("change-2", at=NOON + drift), history.approval("lee", at=NOON + drift)):
        with pytest.raises(Refused, match="clock") as refused:
            domain.decide(history.refs, history.state, event)
        assert refused.value.reason == "clock"


def test_a_use_case_that_no_gate_could_judge_is_refused() -> None:
    goal = replace(spec().metrics[0], target=0.9)
    with pytest.raises(Refused, match="lower the target"):
        proposed(of=spec(metrics=(goal, *spec().metrics[1:])))


def test_the_same_change_again_is_ignored_in_every_phase() -> None:
    history = proposed()
    assert history.ignores(change())
    history.ramp()
    assert history.ignores(change())
    history.judge(Verdict.FAIL)
    assert history.ignores(change())


@pytest.mark.parametrize(
    "fields",
    [
        {"diff": (Diff(path="prompts/refund.md", from_digest="p1", to_digest="another"),)},
        {"tier": RiskTier.HIGH},
        {"author": "somebody else"},
        {"occurred_at": NOON + MINUTE},
    ],
)
def test_another_change_under_a_known_id_is_refused_and_the_first_stays(fields: dict[str, Any]) -> None:
    """So an approval of the first diff can never cover a second one."""
    history = proposed()
    before = history.state
    with pytest.raises(Refused, match="other content") as refused:
        history.tell(replace(change(), **fields))
    assert refused.value.reason == "conflict"
    assert history.state is before
