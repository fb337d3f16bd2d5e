"""What one event shows by itself: each detector on what it must find and on what it must leave alone."""

from __future__ import annotations

from typing import Any

import pytest

from loopwright.codec import CODEC
from loopwright.events import (
    ActionStatus,
    Alarm,
    Arm,
    ControlFailure,
    Exposure,
    FailureLocus,
    Polarity,
    ReasonCode,
    RunEvent,
    ScopeParent,
    Severity,
    Signal,
    SignalKind,
    TakeoverReason,
    ToolStatus,
)
from services.detection.domain import evidence
from services.detection.domain.cause import BY_SOURCE, fingerprint, normalised
from tests import factories as make
from tests.factories import DAY, NOON, SCOPE, SECOND

SPEC = make.spec()
FRESH_FOR = 90 * DAY


def shown(event: RunEvent) -> list[Signal]:
    return list(evidence.signals(SPEC, event))


def alarms(event: RunEvent, parents: tuple[ScopeParent, ...] | None = None) -> list[Alarm]:
    spec = SPEC if parents is None else make.spec(scope_parents=parents)
    return list(evidence.alarms(spec, event))


# -------------------------------------------------------------------------------------------------- explicit feedback


@pytest.mark.parametrize("polarity", [Polarity.NEGATIVE, Polarity.UNKNOWN])
def test_blame_is_a_signal_with_its_reason(polarity: Polarity) -> None:
    [found] = shown(make.feedback(polarity, ReasonCode.WRONG_SOURCE))

    assert (found.kind, found.reason_code) == (SignalKind.EXPLICIT_NEGATIVE, ReasonCode.WRONG_SOURCE)
    assert (found.failure_locus, found.strength) == (FailureLocus.RETRIEVAL, 1.0)


def test_where_the_giver_of_feedback_knows_where_to_fix_that_counts() -> None:
    [found] = shown(make.feedback(failure_locus=FailureLocus.MODEL))

    assert found.failure_locus is FailureLocus.MODEL


@pytest.mark.parametrize("polarity", [Polarity.POSITIVE, Polarity.NEUTRAL])
def test_praise_is_no_signal(polarity: Polarity) -> None:
    assert shown(make.feedback(polarity)) == []


# -------------------------------------------------------------------------------------------------------------- tools


@pytest.mark.parametrize("status", [status for status in ToolStatus if status is not ToolStatus.OK])
def test_a_tool_call_that_did_not_end_well_is_a_tool_failure(status: ToolStatus) -> None:
    [found] = shown(make.tool(status=status, error_code="order 17 not found", step_id="step-4"))

    assert (found.kind, found.reason_code, found.failure_locus) == (
        SignalKind.TOOL_FAILURE,
        ReasonCode.TOOL_ERROR,
        FailureLocus.TOOL_CALL,
    )
    assert (found.step_id, found.cause) == ("step-4", "support-answers · search_orders · order <n> not found")


def test_a_tool_call_that_ended_well_is_none() -> None:
    assert shown(make.tool(error_code="E-17")) == []


def test_a_tool_failure_without_a_code_is_named_by_its_exception_or_its_status() -> None:
    [by_exception] = shown(make.tool(status=ToolStatus.ERROR, exception_type="KeyError"))
    [by_status] = shown(make.tool(status=ToolStatus.TIMEOUT))

    assert by_exception.cause.endswith(" · keyerror")
    assert by_status.cause.endswith(" · timeout")


# ---------------------------------------------------------------------------------------------------------- takeovers


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        (TakeoverReason.USER_ASKED, ReasonCode.INSTRUCTION_MISS),
        (TakeoverReason.LOW_CONFIDENCE, ReasonCode.MISSING_SOURCE),
        (TakeoverReason.FAILURE, ReasonCode.TOOL_ERROR),
        (TakeoverReason.UNKNOWN, ReasonCode.UNKNOWN),
        (TakeoverReason.POLICY_REQUIRED, ReasonCode.NOT_A_FAULT),
    ],
)
def test_a_takeover_is_a_signal_whose_reason_follows_from_its_own(why: TakeoverReason, reason: ReasonCode) -> None:
    [found] = shown(make.takeover(why))

    assert (found.kind, found.reason_code, found.failure_locus) == (
        SignalKind.TAKEOVER,
        reason,
        FailureLocus.HANDOFF,
    )
    assert found.cause == f"support-answers · {why.lower()}"


def test_no_reason_for_a_takeover_is_forgotten() -> None:
    assert all(len(shown(make.takeover(why))) == 1 for why in TakeoverReason)


def test_a_takeover_that_the_policy_asks_for_weighs_less_than_any_other() -> None:
    weights = {why: shown(make.takeover(why))[0].strength for why in TakeoverReason}

    assert min(weights, key=weights.__getitem__) is TakeoverReason.POLICY_REQUIRED


# ------------------------------------------------------------------------------------------------------ stale sources


AT = NOON + SECOND


@pytest.mark.parametrize(
    ("updated_at", "strength"),
    [(AT - FRESH_FOR - 1, 1.0), (0, 0.5), (-1, 0.5), (AT - FRESH_FOR, None), (AT - DAY, None), (AT + DAY, None)],
)
def test_a_source_is_stale_beyond_its_limit_or_when_nobody_knows_its_age(
    updated_at: int, strength: float | None
) -> None:
    found = shown(make.snapshot(make.retrieved(updated_at=updated_at), at=AT))

    assert [one.strength for one in found] == ([] if strength is None else [strength])
    assert all((one.kind, one.reason_code) == (SignalKind.STALE_SOURCE, ReasonCode.STALE_SOURCE) for one in found)


@pytest.mark.parametrize("source", ["account-help", "no-such-source"])
def test_a_source_without_a_limit_is_never_stale(source: str) -> None:
    assert shown(make.snapshot(make.retrieved(source, updated_at=1))) == []


def test_each_stale_source_of_a_decision_is_a_signal_of_its_own() -> None:
    old = [make.retrieved(source, updated_at=1) for source in ("refund-policy", "delivery-times", "account-help")]

    found = shown(make.snapshot(*old))

    assert [one.cause for one in found] == ["source refund-policy", "source delivery-times"]
    assert len({one.signal_id for one in found}) == 2


# -------------------------------------------------------------------------------------------------- intent and effect


@pytest.mark.parametrize(
    ("fields", "reason", "what"),
    [
        ({"executed_hash": "another"}, ReasonCode.WRONG_ACTION, "executed otherwise"),
        ({"system_record_id": ""}, ReasonCode.WRONG_ACTION, "no record of it"),
        ({"executed_hash": ""}, ReasonCode.PARTIAL_ACTION, "not executed"),
        ({"status": ActionStatus.REJECTED}, ReasonCode.PARTIAL_ACTION, "not executed"),
        ({"status": ActionStatus.UNKNOWN}, ReasonCode.PARTIAL_ACTION, "not executed"),
    ],
)
def test_an_effect_that_is_not_what_was_meant_is_a_mismatch(
    fields: dict[str, Any], reason: ReasonCode, what: str
) -> None:
    [found] = shown(make.action(**fields))

    assert (found.kind, found.reason_code, found.severity) == (
        SignalKind.INTENT_EFFECT_MISMATCH,
        reason,
        Severity.HIGH,
    )
    assert found.cause == f"support-answers · refund · {what}"


def test_an_effect_that_is_what_was_meant_is_none_and_a_pending_one_is_none_yet() -> None:
    assert shown(make.action()) == []
    assert shown(make.action(status=ActionStatus.PENDING, executed_hash="")) == []


@pytest.mark.parametrize("event", [make.turn(), make.answer(), make.business(), make.finished()])
def test_other_events_show_nothing_by_themselves(event: RunEvent) -> None:
    assert shown(event) == []
    assert alarms(event) == []


# ------------------------------------------------------------------------------------------------- what a signal says


def test_a_signal_says_whose_run_it_is_about_and_which_versions_ran() -> None:
    event = make.feedback(
        cohort_id="new", workflow_version="w1", prompt_version="p1", model_id="m1", release_id="release-1",
        release_stage=2, arm=Arm.CANDIDATE, exposure=Exposure.SHADOW,
    )  # fmt: skip
    [found] = shown(event)

    for name in set(found.__struct_fields__) & set(event.__struct_fields__) - {"failure_locus"}:
        assert getattr(found, name) == getattr(event, name), name
    assert found.evidence == (event.event_id,)
    assert CODEC.decode(CODEC.encode(found)) == found


def test_a_signals_id_follows_from_what_it_is_about() -> None:
    one, again, other = (shown(make.feedback(event_id=event_id))[0] for event_id in ("1", "1", "2"))

    assert one == again
    assert one.signal_id != other.signal_id
    assert one.fingerprint == other.fingerprint


# -------------------------------------------------------------------------------------------------------- fingerprints


def test_use_cases_that_share_a_bad_source_share_its_case() -> None:
    old = make.retrieved(updated_at=1)
    one, other = (make.snapshot(old, use_case_id=name) for name in ("support-answers", "support-billing"))

    assert shown(one)[0].fingerprint == shown(other)[0].fingerprint
    assert ReasonCode.STALE_SOURCE in BY_SOURCE


def test_use_cases_share_no_other_case() -> None:
    one, other = (make.tool(status=ToolStatus.ERROR, use_case_id=name) for name in ("support-answers", "another"))

    assert shown(one)[0].fingerprint != shown(other)[0].fingerprint


def test_another_reason_locus_or_cause_is_another_case() -> None:
    prints = {
        fingerprint(reason, locus, cause)
        for reason in (ReasonCode.TOOL_ERROR, ReasonCode.STALE_SOURCE)
        for locus in (FailureLocus.TOOL_CALL, FailureLocus.RETRIEVAL)
        for cause in ("a", "b")
    }

    assert len(prints) == 8
    assert all(len(bytes.fromhex(one)) == 16 for one in prints)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("order 4711 not found", "order 12 not found"),
        ("Order #W2378156 not found", "order #A1 not found"),
        ("user 123e4567-e89b-12d3-a456-426614174000 is gone", "user 00000000-0000-0000-0000-000000000000 is gone"),
        ("bad pointer 0xdeadbeef", "bad pointer 0x12"),
        ("no key 'ann'", "no key 'bob and his friends'"),
        ('no key "ann"', 'no key "bob"'),
        ("timeout after 30.5s at 10:31:07", "timeout after 7s at 23:59:59"),
        ("too  many\n requests", "Too many requests"),
        ("digest 9f86d081884c7d65 differs", "digest 60303ae22b998861 differs"),
    ],
)
def test_numbers_ids_and_quotes_do_not_split_a_case(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("order not found", "user not found"), ("timeout", "denied"), ("no key 'a'", "bad key 'a'"), ("", "error")],
)
def test_what_went_wrong_does(one: str, other: str) -> None:
    assert normalised(one) != normalised(other)


def test_an_endless_error_is_cut() -> None:
    assert len(normalised("very " * 10_000)) <= 120


# -------------------------------------------------------------------------------------------------------- scope breach


def test_a_tool_that_uses_what_the_run_does_not_hold_is_an_alarm() -> None:
    event = make.tool(scope_used="orders:read@customer orders:read@tenant", release_id="release-1", arm=Arm.CANDIDATE)

    [found] = alarms(event)

    assert (found.control_failure, found.evidence) == (ControlFailure.SCOPE_BREACH, (event.event_id,))
    assert found.predicate == f"tool search_orders used orders:read@tenant, the run holds {SCOPE}"
    assert (found.use_case_id, found.release_id, found.arm) == ("support-answers", "release-1", Arm.CANDIDATE)
    assert CODEC.decode(CODEC.encode(found)) == found


def test_a_tool_that_uses_what_the_run_holds_is_none() -> None:
    assert alarms(make.tool(scope_used=SCOPE)) == []
    assert alarms(make.tool(scope_used="")) == []


def test_a_call_that_was_denied_used_nothing() -> None:
    assert alarms(make.tool(scope_used="orders:read@tenant", status=ToolStatus.DENIED)) == []


def test_a_retrieved_source_whose_scope_the_run_does_not_hold_is_an_alarm() -> None:
    event = make.snapshot(make.retrieved(), make.retrieved("salaries", scope="hr:read@tenant"))

    [found] = alarms(event)

    assert found.predicate == f"retrieval used hr:read@tenant, the run holds {SCOPE}"
    assert alarms(make.snapshot(make.retrieved(), make.retrieved("news", scope=""))) == []


def test_a_run_that_holds_nothing_may_use_nothing() -> None:
    [found] = alarms(make.tool(scope_used="orders:read@customer", permission_scope=""))

    assert found.predicate.endswith("the run holds nothing")


def test_a_grant_contains_what_the_use_case_declares_below_it_and_not_what_is_above() -> None:
    below, above = "orders:read@customer", "orders:read@tenant"

    assert alarms(make.tool(scope_used=below, permission_scope=above)) == []
    assert len(alarms(make.tool(scope_used=above, permission_scope=below))) == 1
    assert len(alarms(make.tool(scope_used=below, permission_scope=above), parents=())) == 1


def test_a_grant_may_be_several_steps_below() -> None:
    parents = (ScopeParent(grant="a:r@1", under="a:r@2"), ScopeParent(grant="a:r@2", under="a:r@3"))

    assert alarms(make.tool(scope_used="a:r@1", permission_scope="a:r@3"), parents=parents) == []


@pytest.mark.parametrize(
    "unknown", ["orders:read@everyone", "orders:*@customer", "*", "orders:read", "ORDERS:READ@CUSTOMER"]
)
def test_an_unknown_grant_is_contained_in_nothing(unknown: str) -> None:
    assert len(alarms(make.tool(scope_used=unknown))) == 1


def test_a_hierarchy_that_goes_round_contains_nothing() -> None:
    parents = (ScopeParent(grant="a:r@1", under="a:r@2"), ScopeParent(grant="a:r@2", under="a:r@1"))

    assert len(alarms(make.tool(scope_used="a:r@1", permission_scope="a:r@9"), parents=parents)) == 1


def test_an_alarm_has_one_id_however_often_it_is_found() -> None:
    one, again, other = (alarms(make.tool(scope_used="x:y@z", event_id=name))[0] for name in ("1", "1", "2"))

    assert one == again
    assert one.alarm_id != other.alarm_id
