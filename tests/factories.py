"""Events as tests need them: valid by default, so that a test states only what it is about.

Times are milliseconds; count them from NOON. Ids are made from what is said, so the same words give the same event.
Run events look as they do inside, behind capture (a spec version, a bucket); `raw` makes one of them a product's.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from msgspec.structs import replace

from loopwright.events import (
    ActionReconciled,
    ActionStatus,
    Alarm,
    Answer,
    Approval,
    Arm,
    BusinessOutcome,
    CaseLink,
    Change,
    ControlFailure,
    DecisionSnapshot,
    Diff,
    ExplicitFeedback,
    Exposure,
    FailureLocus,
    FeedbackTarget,
    GateConfig,
    GateDecision,
    GateReason,
    LinkState,
    Measure,
    Outcome,
    Phase,
    Polarity,
    ReasonCode,
    Release,
    Releases,
    RetrievedSource,
    RiskTier,
    RunEvent,
    RunFinished,
    RunStatus,
    Severity,
    Signal,
    SignalKind,
    Span,
    Surface,
    Takeover,
    TakeoverReason,
    Tally,
    TextRef,
    ToolAudited,
    ToolStatus,
    Transition,
    UseCaseSpec,
    UserTurn,
    Verdict,
)
from loopwright.flags import PARTS
from services.kernel import kit
from services.rollout.domain.proposal import gate

R = TypeVar("R", bound=RunEvent)

NOON = 1_767_268_800_000
"""Noon of the first day of 2026, UTC."""

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

USE_CASE = "support-answers"
SCOPE = "orders:read@customer kb:read@public refunds:write@customer"
"""What the runs of the shipped use cases hold."""


# ------------------------------------------------------------------------------------------------ run events


def _run_event(kind: type[R], run: str, at: int, fields: dict[str, Any]) -> R:
    seq = fields.get("seq", -1)
    known: dict[str, Any] = {
        "event_id": f"{run}/{kind.__name__}/{seq}/{at - NOON}",
        "occurred_at": at,
        "session_id": "session-1",
        "run_id": run,
        "user_id": "k1:ann",
        "user_bucket": 7,
        "intent": "refund",
        "use_case_id": USE_CASE,
        "spec_version": 1,
        "permission_scope": SCOPE,
    }
    return kind(**{**known, **fields})


def raw(event: R, **fields: Any) -> R:
    """The event as a product sends it: a person's own id, no spec version, no bucket."""
    return replace(event, **{"user_id": "ann", "user_bucket": -1, "spec_version": -1, **fields})


def turn(text: str | TextRef = "", *, run: str = "run-1", at: int = NOON, **fields: Any) -> UserTurn:
    """A request in words, or in features."""
    said = TextRef(text=text) if isinstance(text, str) else text
    return _run_event(UserTurn, run, at, {"seq": 0, "text": said, **fields})


def answer(text: str = "", *, run: str = "run-1", at: int = NOON + SECOND, **fields: Any) -> Answer:
    return _run_event(Answer, run, at, {"seq": 1, "text": TextRef(text=text), **fields})


def tool(
    *, run: str = "run-1", at: int = NOON + SECOND, status: ToolStatus = ToolStatus.OK, **fields: Any
) -> ToolAudited:
    known = {"seq": 1, "call_id": "call-1", "tool": "search_orders", "status": status}
    return _run_event(ToolAudited, run, at, {**known, **fields})


def snapshot(*sources: RetrievedSource, run: str = "run-1", at: int = NOON + SECOND, **fields: Any) -> DecisionSnapshot:
    return _run_event(DecisionSnapshot, run, at, {"seq": 1, "decision_point": "answer", "retrieved": sources, **fields})


def retrieved(source_id: str = "refund-policy", *, updated_at: int = NOON - DAY, **fields: Any) -> RetrievedSource:
    return RetrievedSource(**{"source_id": source_id, "updated_at": updated_at, "scope": "kb:read@public", **fields})


def action(*, run: str = "run-1", at: int = NOON + SECOND, **fields: Any) -> ActionReconciled:
    """An action whose effect is what was meant."""
    known = {
        "seq": 1,
        "action_id": "action-1",
        "proposed_hash": "a-payload",
        "executed_hash": "a-payload",
        "system_record_id": "record-1",
        "status": ActionStatus.EXECUTED,
    }
    return _run_event(ActionReconciled, run, at, {**known, **fields})


def takeover(
    reason: TakeoverReason = TakeoverReason.USER_ASKED, *, run: str = "run-1", at: int = NOON + SECOND, **fields: Any
) -> Takeover:
    return _run_event(Takeover, run, at, {"seq": 1, "reason": reason, "by": "k1:kim", **fields})


def feedback(
    polarity: Polarity = Polarity.NEGATIVE,
    reason: ReasonCode = ReasonCode.WRONG_SOURCE,
    *,
    run: str = "run-1",
    at: int = NOON + MINUTE,
    **fields: Any,
) -> ExplicitFeedback:
    known = {
        "feedback_id": f"{run}/{at - NOON}",
        "target": FeedbackTarget.RUN,
        "name": "thumbs",
        "polarity": polarity,
        "reason_code": reason,
    }
    return _run_event(ExplicitFeedback, run, at, {**known, **fields})


def business(
    name: str = "reopened", value: float = 0.0, *, run: str = "run-1", at: int = NOON + MINUTE, **fields: Any
) -> BusinessOutcome:
    return _run_event(BusinessOutcome, run, at, {"name": name, "value": value, **fields})


def finished(
    status: RunStatus = RunStatus.OK, *, run: str = "run-1", at: int = NOON + 2 * SECOND, events: int = 3, **fields: Any
) -> RunFinished:
    """The end of a run of `events` numbered events."""
    return _run_event(RunFinished, run, at, {"seq": events - 1, "status": status, "events": events, **fields})


def one_of_each() -> tuple[RunEvent, ...]:
    """A run event of every kind."""
    return turn(), answer(), tool(), snapshot(), action(), takeover(), feedback(), business(), finished()


def whole_run(
    run: str = "run-1", *, at: int = NOON, status: RunStatus = RunStatus.OK, text: str = "", **fields: Any
) -> tuple[RunEvent, ...]:
    """A request, its answer and the end."""
    return (
        turn(text, run=run, at=at, **fields),
        answer(run=run, at=at + SECOND, **fields),
        finished(status, run=run, at=at + 2 * SECOND, **fields),
    )


# -------------------------------------------------------------------------------------------- reference data


@cache
def _shipped(use_case_id: str) -> UseCaseSpec:
    return kit.use_case(kit.KIT / "use_cases" / f"{use_case_id}.yaml").spec()


def spec(use_case_id: str = USE_CASE, **fields: Any) -> UseCaseSpec:
    """A use case of the shipped kit, with some fields of its own."""
    return replace(_shipped(use_case_id), **fields)


def gate_config(of: UseCaseSpec | None = None, **fields: Any) -> GateConfig:
    """The gate's configuration as a release of this use case freezes it."""
    return replace(gate(of or spec(), guardrails=()), **fields)


def release(release_id: str = "release-1", **fields: Any) -> Release:
    """A release in the second step of its canary, which owns all users."""
    known = {
        "use_case_id": USE_CASE,
        "change_id": "change-1",
        "surface": Surface.PROMPT,
        "from_version": "p1",
        "to_version": "p2",
        "version": 3,
        "phase": Phase.CANARY,
        "stage": 2,
        "share": 0.05,
        "slice": (Span(start=0, end=PARTS),),
        "reason": "promoted",
        "because": ("decision-1",),
        "entered_at": NOON,
        "canary_at": NOON - HOUR,
        "tier": RiskTier.LOW,
        "diff_digest": "digest",
        "examples": (),
        "case_ids": (),
        "metric": "not_helped",
        "spec_version": 1,
        "gate": gate_config(),
        "rollback_target": "p1",
    }
    return Release(**{"release_id": release_id, **known, **fields})


def releases(*of: Release, use_case_id: str = USE_CASE, **fields: Any) -> Releases:
    return Releases(**{"use_case_id": use_case_id, "revision": 1, "releases": of, "live": (), **fields})


# ---------------------------------------------------------------------------------- what services say to each other


def signal(
    kind: SignalKind = SignalKind.EXPLICIT_NEGATIVE, *, run: str = "run-1", at: int = NOON, **fields: Any
) -> Signal:
    known = {
        "signal_id": f"{run}/{kind}/{at - NOON}",
        "session_id": "session-1",
        "run_id": run,
        "user_id": "k1:ann",
        "user_bucket": 7,
        "use_case_id": USE_CASE,
        "spec_version": 1,
        "kind": kind,
        "reason_code": ReasonCode.STALE_SOURCE,
        "failure_locus": FailureLocus.INPUT_KNOWLEDGE,
        "severity": Severity.MEDIUM,
        "strength": 1.0,
        "detector": kind.lower(),
        "detector_version": 1,
        "evidence": (f"{run}/evidence",),
        "fingerprint": "case-1",
        "cause": "source refund-policy",
        "occurred_at": at,
    }
    return Signal(**{**known, **fields})


def measure(name: str = "not_helped", bad: float = 0.0, unmeasured: str = "") -> Measure:
    return Measure(name=name, bad=-1.0 if unmeasured else bad, unmeasured=unmeasured)


def outcome(
    *measures: Measure,
    run: str = "run-1",
    bucket: int = 7,
    at: int = NOON,
    arm: Arm = Arm.BASELINE,
    example: str = "",
    **fields: Any,
) -> Outcome:
    """A run's outcome; with an example, an offline one."""
    horizon = fields.get("horizon_ms", HOUR)
    known = {
        "outcome_id": f"{run}/{horizon}",
        "unit_id": f"example:{example}" if example else f"user:{bucket}",
        "horizon_ms": horizon,
        "started_at": at,
        "session_id": "session-1",
        "run_id": run,
        "user_id": "k1:ann",
        "user_bucket": bucket,
        "use_case_id": USE_CASE,
        "spec_version": 1,
        "release_id": "release-1",
        "release_stage": 0 if example else 2,
        "arm": arm,
        "exposure": Exposure.OFFLINE if example else Exposure.LIVE,
        "eval_case_id": example,
        "metrics": measures or (measure(),),
    }
    return Outcome(**{**known, **fields})


def alarm(event_id: str = "event-1", *, at: int = NOON, **fields: Any) -> Alarm:
    known = {
        "alarm_id": f"{event_id}/SCOPE_BREACH",
        "session_id": "session-1",
        "run_id": "run-1",
        "user_bucket": 7,
        "use_case_id": USE_CASE,
        "release_id": "release-1",
        "release_stage": 2,
        "arm": Arm.CANDIDATE,
        "control_failure": ControlFailure.SCOPE_BREACH,
        "predicate": "tool search_orders used orders:read@tenant, the run holds nothing",
        "evidence": (event_id,),
        "occurred_at": at,
    }
    return Alarm(**{**known, **fields})


def tally(
    *cells: int, arm: Arm = Arm.BASELINE, metric: str = "not_helped", slice_start: int = NOON, **fields: Any
) -> Tally:
    """Counts of one slice: fail, ok, missing."""
    known = {
        "tally_id": f"{metric}/{arm}/{slice_start - NOON}",
        "use_case_id": USE_CASE,
        "release_id": "release-1",
        "exposure": Exposure.LIVE,
        "stage": 2,
        "metric": metric,
        "arm": arm,
        "slice_start": slice_start,
        "cells": cells or (0, 1, 0),
    }
    return Tally(**{**known, **fields})


def change(change_id: str = "change-1", *, at: int = NOON, **fields: Any) -> Change:
    known = {
        "change_id": change_id,
        "use_case_id": USE_CASE,
        "surface": Surface.PROMPT,
        "title": "Say the refund's steps one by one",
        "diff": (Diff(path="prompts/refund.md", from_digest="p1", to_digest="p2"),),
        "from_version": "p1",
        "to_version": "p2",
        "metric": "not_helped",
        "expected_ratio": 0.6,
        "author": "kim",
        "rollback_target": "p1",
        "occurred_at": at,
    }
    return Change(**{**known, **fields})


def approval(approval_id: str = "approval-1", *, at: int = NOON, **fields: Any) -> Approval:
    known = {
        "change_id": "change-1",
        "use_case_id": USE_CASE,
        "diff_digest": "digest",
        "approver": "lee",
        "occurred_at": at,
    }
    return Approval(**{"approval_id": approval_id, **known, **fields})


def gate_decision(
    verdict: Verdict = Verdict.PASS, *, stage: int = 2, release_version: int = 3, at: int = NOON, **fields: Any
) -> GateDecision:
    known = {
        "decision_id": f"release-1/{release_version}/{verdict}",
        "use_case_id": USE_CASE,
        "release_id": "release-1",
        "change_id": "change-1",
        "phase": Phase.CANARY,
        "stage": stage,
        "release_version": release_version,
        "verdict": verdict,
        "reason": GateReason.EVIDENCE,
        "metrics": (),
        "bound": 1.2,
        "log_e_rollback": 0.0,
        "rollback_bound": 3.0,
        "log_e_split": 0.0,
        "improved": False,
        "config_hash": "config",
        "watermark": at,
    }
    return GateDecision(**{**known, **fields})


def link(
    state: LinkState = LinkState.LINKED, *, change_id: str = "change-1", version: int = 1, at: int = NOON, **fields: Any
) -> CaseLink:
    """How far a change that names case-1 has come."""
    known = {
        "case_id": "case-1",
        "use_case_id": USE_CASE,
        "change_id": change_id,
        "release_id": f"release of {change_id}",
        "release_version": version,
        "state": state,
        "occurred_at": at,
    }
    return CaseLink(**{**known, **fields})


def transition(to_phase: Phase = Phase.CANARY, *, version: int = 2, at: int = NOON, **fields: Any) -> Transition:
    known = {
        "transition_id": f"release-1/{version}",
        "use_case_id": USE_CASE,
        "release_id": "release-1",
        "change_id": "change-1",
        "version": version,
        "from_phase": Phase.PROPOSED,
        "to_phase": to_phase,
        "from_stage": 0,
        "to_stage": 1,
        "share": 0.01,
        "reason": "low risk",
        "because": ("change-1",),
        "occurred_at": at,
    }
    return Transition(**{**known, **fields})
