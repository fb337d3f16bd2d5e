"""What one event shows by itself. It rests on presence, so it is said at once, whatever comes before or after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid5

from loopwright.events import (
    ActionReconciled,
    ActionStatus,
    Alarm,
    ControlFailure,
    DecisionSnapshot,
    ExplicitFeedback,
    FailureLocus,
    Polarity,
    ReasonCode,
    RunEvent,
    Severity,
    Signal,
    SignalKind,
    SourceRule,
    Takeover,
    TakeoverReason,
    ToolAudited,
    ToolStatus,
    UseCaseSpec,
)
from loopwright.scope import outside
from services.detection.domain.cause import BY_SOURCE, fingerprint, normalised

NAMES = UUID("6f1c1f5e-0d3b-5f5c-8a51-2b9d5b1f3a10")
"""The namespace of ids derived from ids that are no UUIDs themselves."""

DETECTOR_VERSION = 1

_COPIED = (
    *("session_id", "run_id", "user_id", "user_bucket", "role", "cohort_id", "intent", "use_case_id"),
    *("spec_version", "workflow_version", "prompt_version", "policy_pack_id", "tool_policy_id", "model_id"),
    *("release_id", "release_stage", "arm", "exposure", "eval_case_id", "permission_scope"),
)
"""What a signal says of the run it is about, copied from one of the run's events."""

_TAKEOVER = {
    TakeoverReason.UNKNOWN: (ReasonCode.UNKNOWN, 0.5),
    TakeoverReason.USER_ASKED: (ReasonCode.INSTRUCTION_MISS, 0.8),
    TakeoverReason.POLICY_REQUIRED: (ReasonCode.NOT_A_FAULT, 0.1),
    TakeoverReason.LOW_CONFIDENCE: (ReasonCode.MISSING_SOURCE, 0.5),
    TakeoverReason.FAILURE: (ReasonCode.TOOL_ERROR, 1.0),
}
"""What a takeover says, by its reason: a transfer that the policy asks for is right, not a fault."""

_LOCUS = {
    ReasonCode.WRONG_SOURCE: FailureLocus.RETRIEVAL,
    ReasonCode.MISSING_SOURCE: FailureLocus.INPUT_KNOWLEDGE,
    ReasonCode.STALE_SOURCE: FailureLocus.INPUT_KNOWLEDGE,
    ReasonCode.UNSAFE_SCOPE: FailureLocus.POLICY_SCOPE,
    ReasonCode.TOOL_ERROR: FailureLocus.TOOL_CALL,
    ReasonCode.FORMAT_FAIL: FailureLocus.OUTPUT_FORMAT,
    ReasonCode.UNSUPPORTED_CLAIM: FailureLocus.VERIFICATION,
    ReasonCode.WRONG_ACTION: FailureLocus.TOOL_CALL,
    ReasonCode.PARTIAL_ACTION: FailureLocus.TOOL_CALL,
    ReasonCode.POOR_HANDOFF: FailureLocus.HANDOFF,
}
"""Where a fault of this kind is mended when its reporter does not know; else where decisions are made."""


TELLING = frozenset({ExplicitFeedback, ToolAudited, Takeover, DecisionSnapshot, ActionReconciled})
"""The kinds of event that show something by themselves."""


def signals(spec: UseCaseSpec, event: RunEvent) -> Iterator[Signal]:
    """The signals that an event is evidence of."""
    match event:
        case ExplicitFeedback(polarity=Polarity.NEGATIVE | Polarity.UNKNOWN):
            yield _feedback(event)
        case ToolAudited(status=status) if status is not ToolStatus.OK:
            yield _tool_failure(event)
        case Takeover():
            reason, strength = _TAKEOVER[event.reason]
            yield signal(
                event, SignalKind.TAKEOVER, reason, FailureLocus.HANDOFF, strength=strength, severity=Severity.MEDIUM,
                about=event.reason.lower(),
            )  # fmt: skip
        case DecisionSnapshot():
            yield from _stale_sources(spec, event)
        case ActionReconciled():
            yield from _mismatch(event)


def alarms(spec: UseCaseSpec, event: RunEvent) -> Iterator[Alarm]:
    """Confirmed control failures: grants used or read without being held. A call that was denied used none."""
    match event:
        case ToolAudited(status=status) if status is not ToolStatus.DENIED:
            needed = (rule.scope for rule in spec.tools if rule.tool == event.tool)
            used, what = event.scope_used or _needed(event, needed), f"tool {event.tool}"
        case DecisionSnapshot(retrieved=sources):
            scopes = (one.scope or _needed(event, (_scope(spec, one.source_id),)) for one in sources)
            used, what = " ".join(scopes), "retrieval"
        case _:
            return
    beyond = outside(event.permission_scope, used, _parents(spec))
    if beyond:
        yield Alarm(
            alarm_id=str(uuid5(NAMES, f"{event.event_id}/{ControlFailure.SCOPE_BREACH}")),
            step_id=event.step_id,
            **_whose(event),
            control_failure=ControlFailure.SCOPE_BREACH,
            predicate=f"{what} used {' '.join(beyond)}, the run holds {event.permission_scope or 'nothing'}",
            evidence=(event.event_id,),
            occurred_at=event.occurred_at,
        )


def _needed(event: RunEvent, scopes: Iterable[str]) -> str:
    """What the use case says was needed: a fact about a run only where the run says what it holds."""
    return " ".join(scopes) if event.permission_scope else ""


def _scope(spec: UseCaseSpec, source_id: str) -> str:
    rule = _rule(spec, source_id)
    return rule.scope if rule else ""


def signal(
    event: RunEvent,
    kind: SignalKind,
    reason: ReasonCode,
    locus: FailureLocus,
    *,
    strength: float,
    severity: Severity,
    about: str = "",
    cause: str = "",
    seen: RunEvent | None = None,
) -> Signal:
    """A signal about the run of `event`, noticed in `seen` (the same event unless said otherwise).

    `about`: the tool, step or error that goes into the cause; `cause`: the whole cause, where it is a source.
    """
    seen = seen or event
    cause = cause or f"{event.use_case_id} · {about or event.intent or kind.lower()}"
    evidence = (event.event_id,) if seen is event else (event.event_id, seen.event_id)
    return Signal(
        signal_id=str(uuid5(NAMES, f"{event.run_id}/{kind}/{seen.event_id}/{cause}")),
        step_id=event.step_id,
        **_whose(event),
        kind=kind,
        reason_code=reason,
        failure_locus=locus,
        severity=severity,
        strength=strength,
        detector=kind.lower(),
        detector_version=DETECTOR_VERSION,
        evidence=evidence,
        fingerprint=fingerprint(reason, locus, cause),
        cause=cause,
        occurred_at=seen.occurred_at,
    )


def _whose(event: RunEvent) -> dict[str, Any]:
    return {name: getattr(event, name) for name in _COPIED}


@lru_cache(maxsize=256)
def _parents_of(pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return dict(pairs)


def _parents(spec: UseCaseSpec) -> dict[str, str]:
    return _parents_of(tuple((one.grant, one.under) for one in spec.scope_parents))


def _feedback(event: ExplicitFeedback) -> Signal:
    locus = event.failure_locus
    if locus is FailureLocus.UNKNOWN:
        locus = _LOCUS.get(event.reason_code, FailureLocus.PROMPT_DECISION)
    return signal(
        event, SignalKind.EXPLICIT_NEGATIVE, event.reason_code, locus, strength=1.0, severity=Severity.MEDIUM
    )  # fmt: skip


def _tool_failure(event: ToolAudited) -> Signal:
    error = normalised(event.error_code or event.exception_type or event.status)
    return signal(
        event, SignalKind.TOOL_FAILURE, ReasonCode.TOOL_ERROR, FailureLocus.TOOL_CALL, strength=1.0,
        severity=Severity.MEDIUM, about=f"{event.tool} · {error}",
    )  # fmt: skip


def _stale_sources(spec: UseCaseSpec, event: DecisionSnapshot) -> Iterator[Signal]:
    for source in event.retrieved:
        rule = _rule(spec, source.source_id)
        if rule is None or rule.freshness_ms == 0:
            continue
        unknown = source.updated_at <= 0  # an age nobody knows is not taken for fresh
        if unknown or event.occurred_at - source.updated_at > rule.freshness_ms:
            yield signal(
                event, SignalKind.STALE_SOURCE, ReasonCode.STALE_SOURCE, FailureLocus.INPUT_KNOWLEDGE,
                strength=0.5 if unknown else 1.0, severity=Severity.MEDIUM, cause=f"source {source.source_id}",
            )  # fmt: skip


def _rule(spec: UseCaseSpec, source_id: str) -> SourceRule | None:
    return next((rule for rule in spec.sources if rule.source_id == source_id), None)


def _mismatch(event: ActionReconciled) -> Iterator[Signal]:
    """Intent differs from effect: what was executed is not what was proposed, or nobody can show that it was."""
    if event.status is ActionStatus.PENDING:
        return
    executed = event.status is ActionStatus.EXECUTED and event.executed_hash != ""
    if executed and event.executed_hash == event.proposed_hash and event.system_record_id:
        return
    reason = ReasonCode.WRONG_ACTION if executed else ReasonCode.PARTIAL_ACTION
    what = "executed otherwise" if executed else "not executed"
    if executed and event.executed_hash == event.proposed_hash:
        what = "no record of it"
    yield signal(
        event, SignalKind.INTENT_EFFECT_MISMATCH, reason, FailureLocus.TOOL_CALL, strength=1.0,
        severity=Severity.HIGH, about=f"{event.intent} · {what}",
    )  # fmt: skip


__all__ = ["BY_SOURCE", "NAMES", "alarms", "signal", "signals"]
