"""Generated from schemas/ by `make contracts`. Do not edit.

Avro binary encoding of each record: `ENCODE[name](event)` gives bytes, `DECODE[name](data, start)` gives the
event and the position after it, which is beyond the end when the bytes end inside a value: who decodes checks that
it is the end.

mypyc compiles this text as it is (`make compiled`), and where that was done, the compiled module is the one imported.
What is declared an int, a float or a tuple, it makes one before anybody can ask for the type: True becomes 1, and a
list is refused. So whatever may be of a wrong type is Any until it was looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from struct import Struct as Packed
from typing import Any, Final

from loopwright import events
from loopwright.events import (
    ActionReconciled,
    ActionStatus,
    Alarm,
    Answer,
    Approval,
    Arm,
    AuditRecord,
    BadIf,
    BusinessOutcome,
    Case,
    CaseChange,
    CaseLink,
    CaseShare,
    CaseStatus,
    Change,
    Citation,
    Classification,
    ControlFailure,
    DecisionSnapshot,
    Diff,
    EffectClass,
    Event,
    ExplicitFeedback,
    Exposure,
    FailureLocus,
    FeedbackSource,
    FeedbackTarget,
    GateConfig,
    GateDecision,
    GateMetric,
    GateReason,
    KindCount,
    LinkState,
    LiveVersion,
    Mark,
    Measure,
    MetricEvidence,
    MetricRole,
    MetricSpec,
    Outcome,
    Phase,
    Polarity,
    ReasonCode,
    Release,
    ReleasePolicy,
    Releases,
    RetrievedSource,
    RiskTier,
    RunFinished,
    RunStatus,
    ScopeParent,
    Severity,
    Signal,
    SignalKind,
    SourceRule,
    Span,
    StagePlan,
    Surface,
    Takeover,
    TakeoverReason,
    Tally,
    TextRef,
    ToolAudited,
    ToolRule,
    ToolStatus,
    Transition,
    UseCaseSpec,
    UserTurn,
    Verdict,
)

DIGEST: Final = "2234e90412f87189"
"""Of this text: what was compiled from another one is told by it."""


def check_compiled(digest: str, source: Path) -> None:
    """Refuse to be the compiled form of another text than the one that lies there, if one does.

    Raises:
        ImportError: it is; the import system alone would take the compiled module without a look at its source.

    """
    if source.exists() and f'DIGEST: Final = "{digest}"' not in source.read_text(encoding="utf-8"):
        raise ImportError("loopwright/wire.*.so is compiled from another wire.py: `make compiled`, or remove it")


if not __file__.endswith(".py"):
    check_compiled(DIGEST, Path(events.__file__).with_name("wire.py"))

_DOUBLE: Final = Packed("<d")
_SHORT: Final = tuple(bytes([n]) if n < 128 else bytes([n & 127 | 128, n >> 7]) for n in range(16384))
"""The variable-length form of the zig-zag numbers that nearly all lengths and counts are."""


def _long(value: Any) -> bytes:
    """A long as Avro writes it: zig-zag, seven bits a byte."""
    if type(value) is not int:
        raise TypeError(f"expected an int, got {type(value).__name__}")
    number: int = value
    if 0 <= number < 8192:
        return _SHORT[number << 1]
    if not -0x8000000000000000 <= number <= 0x7FFFFFFFFFFFFFFF:
        raise ValueError(f"{number} does not fit into 64 bits")
    n = number << 1 if number >= 0 else (-number << 1) - 1
    if n < 16384:
        return _SHORT[n]
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def _int(value: Any) -> bytes:
    if type(value) is not int:
        raise TypeError(f"expected an int, got {type(value).__name__}")
    number: int = value
    if 0 <= number < 8192:
        return _SHORT[number << 1]
    if not -0x80000000 <= number <= 0x7FFFFFFF:
        raise ValueError(f"{number} does not fit into 32 bits")
    return _long(number)


def _length(n: int) -> bytes:
    """What goes before the bytes of a text."""
    return _SHORT[n << 1] if n < 8192 else _long(n)


def _double(value: Any) -> bytes:
    if type(value) is not float and type(value) is not int:
        raise TypeError(f"expected a float, got {type(value).__name__}")
    return _DOUBLE.pack(float(value))


def _boolean(value: Any) -> bytes:
    if value is True:
        return b"\x01"
    if value is False:
        return b"\x00"
    raise TypeError(f"expected a bool, got {type(value).__name__}")


def _bytes(value: Any) -> bytes:
    if type(value) is not bytes:
        raise TypeError(f"expected bytes, got {type(value).__name__}")
    data: bytes = value
    return _length(len(data)) + data


def _count(value: Any) -> bytes:
    """What goes before an array's items: nothing when there are none, because the end of the array follows."""
    if type(value) is not tuple and type(value) is not list:
        raise TypeError(f"expected a tuple, got {type(value).__name__}")
    return _long(len(value)) if value else b""


def _string(value: str) -> bytes:
    data = value.encode()
    return _length(len(data)) + data


def _read_long(data: bytes, at: int) -> tuple[int, int]:
    n = shift = 0
    while True:
        byte = data[at]
        at += 1
        n |= (byte & 127) << shift
        if byte < 128:
            break
        shift += 7
        if shift > 63:
            raise ValueError("a number of more than ten bytes")
    if n > 0xFFFFFFFFFFFFFFFF:
        raise ValueError("a number of more than 64 bits")
    return (n >> 1) ^ -(n & 1), at


def _read_int(data: bytes, at: int) -> tuple[int, int]:
    value, at = _read_long(data, at)
    if not -0x80000000 <= value <= 0x7FFFFFFF:
        raise ValueError(f"{value} does not fit into 32 bits")
    return value, at


def _read_bytes(data: bytes, at: int) -> tuple[bytes, int]:
    length, at = _read_long(data, at)
    end = at + length
    if length < 0 or end > len(data):
        raise ValueError("the bytes end inside a value")
    return data[at:end], end


def _read_string(data: bytes, at: int) -> tuple[str, int]:
    value, at = _read_bytes(data, at)
    return value.decode(), at


def _read_double(data: bytes, at: int) -> tuple[float, int]:
    if at + 8 > len(data):
        raise ValueError("the bytes end inside a value")
    return _DOUBLE.unpack_from(data, at)[0], at + 8


def _read_boolean(data: bytes, at: int) -> tuple[bool, int]:
    byte = data[at]
    if byte > 1:
        raise ValueError(f"{byte} is neither true nor false")
    return byte == 1, at + 1


def read_count(data: bytes, at: int) -> tuple[int, int]:
    """The number of items of an array's next block; 0 ends it."""
    count, at = _read_long(data, at)
    if count < 0:
        size, at = _read_long(data, at)
        if size < 0:
            raise ValueError("a block of negative size")
        count = -count
    if count > len(data):
        raise ValueError("more items than bytes")
    return count, at


WRITE: dict[str, Callable[[Any], bytes]] = {
    "boolean": _boolean,
    "int": _int,
    "long": _long,
    "double": _double,
    "bytes": _bytes,
    "string": _string,
}
READ: dict[str, Callable[[bytes, int], tuple[Any, int]]] = {
    "boolean": _read_boolean,
    "int": _read_int,
    "long": _read_long,
    "double": _read_double,
    "bytes": _read_bytes,
    "string": _read_string,
}
"""The primitive types by name, for what walks a schema."""


_Arm: Final[tuple[Arm, ...]] = (Arm.UNKNOWN, Arm.NONE, Arm.BASELINE, Arm.CANDIDATE)
_Arm_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_Arm)}


def _read_Arm(data: bytes, at: int) -> tuple[Arm, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 4:
        raise ValueError(f"{index} is no symbol of Arm")
    return _Arm[index], at


_Exposure: Final[tuple[Exposure, ...]] = (Exposure.UNKNOWN, Exposure.LIVE, Exposure.SHADOW, Exposure.OFFLINE)
_Exposure_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_Exposure)}


def _read_Exposure(data: bytes, at: int) -> tuple[Exposure, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 4:
        raise ValueError(f"{index} is no symbol of Exposure")
    return _Exposure[index], at


_Classification: Final[tuple[Classification, ...]] = (Classification.UNKNOWN, Classification.PUBLIC, Classification.INTERNAL, Classification.CONFIDENTIAL, Classification.RESTRICTED)
_Classification_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_Classification)}


def _read_Classification(data: bytes, at: int) -> tuple[Classification, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 5:
        raise ValueError(f"{index} is no symbol of Classification")
    return _Classification[index], at


_ActionStatus: Final[tuple[ActionStatus, ...]] = (ActionStatus.UNKNOWN, ActionStatus.EXECUTED, ActionStatus.REJECTED, ActionStatus.PENDING)
_ActionStatus_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_ActionStatus)}


def _read_ActionStatus(data: bytes, at: int) -> tuple[ActionStatus, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 4:
        raise ValueError(f"{index} is no symbol of ActionStatus")
    return _ActionStatus[index], at


_ControlFailure: Final[tuple[ControlFailure, ...]] = (ControlFailure.UNKNOWN, ControlFailure.NONE, ControlFailure.SCOPE_BREACH, ControlFailure.SENSITIVE_FIELD_LEAK, ControlFailure.SIDE_EFFECT_MISFIRE)
_ControlFailure_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_ControlFailure)}


def _read_ControlFailure(data: bytes, at: int) -> tuple[ControlFailure, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 5:
        raise ValueError(f"{index} is no symbol of ControlFailure")
    return _ControlFailure[index], at


_ReasonCode: Final[tuple[ReasonCode, ...]] = (ReasonCode.UNKNOWN, ReasonCode.WRONG_SOURCE, ReasonCode.MISSING_SOURCE, ReasonCode.STALE_SOURCE, ReasonCode.UNSAFE_SCOPE, ReasonCode.TOOL_ERROR, ReasonCode.FORMAT_FAIL, ReasonCode.UNSUPPORTED_CLAIM, ReasonCode.INSTRUCTION_MISS, ReasonCode.WRONG_ACTION, ReasonCode.PARTIAL_ACTION, ReasonCode.WRONG_REFUSAL, ReasonCode.TOO_SLOW, ReasonCode.TOO_COSTLY, ReasonCode.POOR_HANDOFF, ReasonCode.NOT_A_FAULT)
_ReasonCode_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_ReasonCode)}


def _read_ReasonCode(data: bytes, at: int) -> tuple[ReasonCode, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 16:
        raise ValueError(f"{index} is no symbol of ReasonCode")
    return _ReasonCode[index], at


_FailureLocus: Final[tuple[FailureLocus, ...]] = (FailureLocus.UNKNOWN, FailureLocus.INPUT_KNOWLEDGE, FailureLocus.RETRIEVAL, FailureLocus.PROMPT_DECISION, FailureLocus.TOOL_POLICY, FailureLocus.TOOL_CALL, FailureLocus.OUTPUT_FORMAT, FailureLocus.VERIFICATION, FailureLocus.POLICY_SCOPE, FailureLocus.HANDOFF, FailureLocus.ORCHESTRATION, FailureLocus.MODEL)
_FailureLocus_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_FailureLocus)}


def _read_FailureLocus(data: bytes, at: int) -> tuple[FailureLocus, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 12:
        raise ValueError(f"{index} is no symbol of FailureLocus")
    return _FailureLocus[index], at


_Severity: Final[tuple[Severity, ...]] = (Severity.UNKNOWN, Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL)
_Severity_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_Severity)}


def _read_Severity(data: bytes, at: int) -> tuple[Severity, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 5:
        raise ValueError(f"{index} is no symbol of Severity")
    return _Severity[index], at


_CaseStatus: Final[tuple[CaseStatus, ...]] = (CaseStatus.UNKNOWN, CaseStatus.OPEN, CaseStatus.TRIAGED, CaseStatus.IN_FIX, CaseStatus.RELEASED, CaseStatus.VERIFIED, CaseStatus.REOPENED, CaseStatus.CLOSED)
_CaseStatus_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_CaseStatus)}


def _read_CaseStatus(data: bytes, at: int) -> tuple[CaseStatus, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 8:
        raise ValueError(f"{index} is no symbol of CaseStatus")
    return _CaseStatus[index], at


_SignalKind: Final[tuple[SignalKind, ...]] = (SignalKind.UNKNOWN, SignalKind.EXPLICIT_NEGATIVE, SignalKind.REPHRASE, SignalKind.CORRECTION, SignalKind.TAKEOVER, SignalKind.ABANDONMENT, SignalKind.TOOL_FAILURE, SignalKind.STALE_SOURCE, SignalKind.INTENT_EFFECT_MISMATCH)
_SignalKind_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_SignalKind)}


def _read_SignalKind(data: bytes, at: int) -> tuple[SignalKind, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 9:
        raise ValueError(f"{index} is no symbol of SignalKind")
    return _SignalKind[index], at


_LinkState: Final[tuple[LinkState, ...]] = (LinkState.UNKNOWN, LinkState.LINKED, LinkState.RELEASED, LinkState.VERIFIED, LinkState.WITHDRAWN)
_LinkState_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_LinkState)}


def _read_LinkState(data: bytes, at: int) -> tuple[LinkState, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 5:
        raise ValueError(f"{index} is no symbol of LinkState")
    return _LinkState[index], at


_Surface: Final[tuple[Surface, ...]] = (Surface.UNKNOWN, Surface.KNOWLEDGE, Surface.MEMORY, Surface.RETRIEVAL_CONFIG, Surface.RANKING_WEIGHTS, Surface.QUERY_REWRITE, Surface.PROMPT, Surface.AGENT_WORKFLOW, Surface.TOOL_SCHEMA, Surface.TOOL_POLICY, Surface.WRITE_ACTION, Surface.DATA_SCOPE, Surface.POLICY_FILTER, Surface.ACCESS_BEHAVIOUR, Surface.OUTPUT_VALIDATOR, Surface.MODEL)
_Surface_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_Surface)}


def _read_Surface(data: bytes, at: int) -> tuple[Surface, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 16:
        raise ValueError(f"{index} is no symbol of Surface")
    return _Surface[index], at


_RiskTier: Final[tuple[RiskTier, ...]] = (RiskTier.UNKNOWN, RiskTier.LOW, RiskTier.MEDIUM, RiskTier.HIGH)
_RiskTier_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_RiskTier)}


def _read_RiskTier(data: bytes, at: int) -> tuple[RiskTier, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 4:
        raise ValueError(f"{index} is no symbol of RiskTier")
    return _RiskTier[index], at


_FeedbackTarget: Final[tuple[FeedbackTarget, ...]] = (FeedbackTarget.UNKNOWN, FeedbackTarget.RUN, FeedbackTarget.STEP, FeedbackTarget.SESSION, FeedbackTarget.TOOL_CALL)
_FeedbackTarget_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_FeedbackTarget)}


def _read_FeedbackTarget(data: bytes, at: int) -> tuple[FeedbackTarget, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 5:
        raise ValueError(f"{index} is no symbol of FeedbackTarget")
    return _FeedbackTarget[index], at


_Polarity: Final[tuple[Polarity, ...]] = (Polarity.UNKNOWN, Polarity.POSITIVE, Polarity.NEGATIVE, Polarity.NEUTRAL)
_Polarity_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_Polarity)}


def _read_Polarity(data: bytes, at: int) -> tuple[Polarity, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 4:
        raise ValueError(f"{index} is no symbol of Polarity")
    return _Polarity[index], at


_FeedbackSource: Final[tuple[FeedbackSource, ...]] = (FeedbackSource.UNKNOWN, FeedbackSource.USER, FeedbackSource.REVIEWER, FeedbackSource.JUDGE, FeedbackSource.DETECTOR, FeedbackSource.BUSINESS_EVENT)
_FeedbackSource_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_FeedbackSource)}


def _read_FeedbackSource(data: bytes, at: int) -> tuple[FeedbackSource, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 6:
        raise ValueError(f"{index} is no symbol of FeedbackSource")
    return _FeedbackSource[index], at


_Phase: Final[tuple[Phase, ...]] = (Phase.UNKNOWN, Phase.PROPOSED, Phase.OFFLINE, Phase.AWAITING_APPROVAL, Phase.SHADOW, Phase.CANARY, Phase.FULL, Phase.HELD, Phase.ROLLED_BACK, Phase.REJECTED, Phase.EXPIRED)
_Phase_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_Phase)}


def _read_Phase(data: bytes, at: int) -> tuple[Phase, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 11:
        raise ValueError(f"{index} is no symbol of Phase")
    return _Phase[index], at


_Verdict: Final[tuple[Verdict, ...]] = (Verdict.UNKNOWN, Verdict.PASS, Verdict.FAIL, Verdict.HOLD, Verdict.NO_DATA, Verdict.INVALID, Verdict.ERROR)
_Verdict_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_Verdict)}


def _read_Verdict(data: bytes, at: int) -> tuple[Verdict, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 7:
        raise ValueError(f"{index} is no symbol of Verdict")
    return _Verdict[index], at


_GateReason: Final[tuple[GateReason, ...]] = (GateReason.UNKNOWN, GateReason.NO_EVIDENCE, GateReason.EVIDENCE, GateReason.HARM, GateReason.SPLIT, GateReason.BLIND, GateReason.DEADLINE, GateReason.MIN_TIME, GateReason.INCONCLUSIVE)
_GateReason_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_GateReason)}


def _read_GateReason(data: bytes, at: int) -> tuple[GateReason, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 9:
        raise ValueError(f"{index} is no symbol of GateReason")
    return _GateReason[index], at


_MetricRole: Final[tuple[MetricRole, ...]] = (MetricRole.UNKNOWN, MetricRole.GOAL, MetricRole.WATCH)
_MetricRole_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_MetricRole)}


def _read_MetricRole(data: bytes, at: int) -> tuple[MetricRole, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 3:
        raise ValueError(f"{index} is no symbol of MetricRole")
    return _MetricRole[index], at


_RunStatus: Final[tuple[RunStatus, ...]] = (RunStatus.UNKNOWN, RunStatus.OK, RunStatus.ERROR, RunStatus.ABORTED)
_RunStatus_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_RunStatus)}


def _read_RunStatus(data: bytes, at: int) -> tuple[RunStatus, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 4:
        raise ValueError(f"{index} is no symbol of RunStatus")
    return _RunStatus[index], at


_TakeoverReason: Final[tuple[TakeoverReason, ...]] = (TakeoverReason.UNKNOWN, TakeoverReason.USER_ASKED, TakeoverReason.POLICY_REQUIRED, TakeoverReason.LOW_CONFIDENCE, TakeoverReason.FAILURE)
_TakeoverReason_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_TakeoverReason)}


def _read_TakeoverReason(data: bytes, at: int) -> tuple[TakeoverReason, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 5:
        raise ValueError(f"{index} is no symbol of TakeoverReason")
    return _TakeoverReason[index], at


_EffectClass: Final[tuple[EffectClass, ...]] = (EffectClass.UNKNOWN, EffectClass.READ, EffectClass.WRITE, EffectClass.IRREVERSIBLE)
_EffectClass_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_EffectClass)}


def _read_EffectClass(data: bytes, at: int) -> tuple[EffectClass, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 4:
        raise ValueError(f"{index} is no symbol of EffectClass")
    return _EffectClass[index], at


_ToolStatus: Final[tuple[ToolStatus, ...]] = (ToolStatus.UNKNOWN, ToolStatus.OK, ToolStatus.ERROR, ToolStatus.TIMEOUT, ToolStatus.DENIED)
_ToolStatus_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_ToolStatus)}


def _read_ToolStatus(data: bytes, at: int) -> tuple[ToolStatus, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 5:
        raise ValueError(f"{index} is no symbol of ToolStatus")
    return _ToolStatus[index], at


_BadIf: Final[tuple[BadIf, ...]] = (BadIf.UNKNOWN, BadIf.NEVER, BadIf.ABOVE, BadIf.BELOW)
_BadIf_BYTES: Final = {symbol: _long(index) for index, symbol in enumerate(_BadIf)}


def _read_BadIf(data: bytes, at: int) -> tuple[BadIf, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < 4:
        raise ValueError(f"{index} is no symbol of BadIf")
    return _BadIf[index], at


def _write_ActionReconciled(event: ActionReconciled) -> bytes:
    """Encode one ActionReconciled."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.event_id.encode())),
            v0,
            _int(untyped.seq),
            _long(untyped.occurred_at),
            _length(len(v3 := event.session_id.encode())),
            v3,
            _length(len(v4 := event.run_id.encode())),
            v4,
            _length(len(v5 := event.step_id.encode())),
            v5,
            _length(len(v6 := event.parent_step_id.encode())),
            v6,
            _length(len(v7 := event.user_id.encode())),
            v7,
            _int(untyped.user_bucket),
            _length(len(v9 := event.role.encode())),
            v9,
            _length(len(v10 := event.cohort_id.encode())),
            v10,
            _length(len(v11 := event.intent.encode())),
            v11,
            _length(len(v12 := event.use_case_id.encode())),
            v12,
            _int(untyped.spec_version),
            _length(len(v14 := event.workflow_version.encode())),
            v14,
            _length(len(v15 := event.prompt_version.encode())),
            v15,
            _length(len(v16 := event.policy_pack_id.encode())),
            v16,
            _length(len(v17 := event.tool_policy_id.encode())),
            v17,
            _length(len(v18 := event.model_id.encode())),
            v18,
            _length(len(v19 := event.model_params_hash.encode())),
            v19,
            _length(len(v20 := event.release_id.encode())),
            v20,
            _int(untyped.release_stage),
            _Arm_BYTES[event.arm],
            _Exposure_BYTES[event.exposure],
            _length(len(v24 := event.eval_case_id.encode())),
            v24,
            _length(len(v25 := event.permission_scope.encode())),
            v25,
            _Classification_BYTES[event.classification],
            (b"\x00" if (v27 := event.trainable) is False else _boolean(v27)),
            _length(len(v28 := event.traceparent.encode())),
            v28,
            _length(len(v29 := event.action_id.encode())),
            v29,
            _length(len(v30 := event.call_id.encode())),
            v30,
            _length(len(v31 := event.target.encode())),
            v31,
            _length(len(v32 := event.proposed_hash.encode())),
            v32,
            _length(len(v33 := event.executed_hash.encode())),
            v33,
            _length(len(v34 := event.system_record_id.encode())),
            v34,
            _ActionStatus_BYTES[event.status],
            _length(len(v36 := event.idempotency_key.encode())),
            v36,
        )
    )


def _read_ActionReconciled(data: bytes, at: int) -> tuple[ActionReconciled, int]:
    """Decode one ActionReconciled."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v1 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v1, at = _read_int(data, at)
    n = data[at]
    if n < 128:
        v2 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v2, at = _read_long(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v3 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v3 = data[at:end].decode()
        at = end
    else:
        v3, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v4 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v4 = data[at:end].decode()
        at = end
    else:
        v4, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v5 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v5 = data[at:end].decode()
        at = end
    else:
        v5, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v6 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v6 = data[at:end].decode()
        at = end
    else:
        v6, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v7 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v7 = data[at:end].decode()
        at = end
    else:
        v7, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v8 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v8, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v9 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v9 = data[at:end].decode()
        at = end
    else:
        v9, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v10 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v10 = data[at:end].decode()
        at = end
    else:
        v10, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v11 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v11 = data[at:end].decode()
        at = end
    else:
        v11, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v12 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v12 = data[at:end].decode()
        at = end
    else:
        v12, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v13 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v13, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v14 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v14 = data[at:end].decode()
        at = end
    else:
        v14, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v15 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v15 = data[at:end].decode()
        at = end
    else:
        v15, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v16 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v16 = data[at:end].decode()
        at = end
    else:
        v16, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v17 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v17 = data[at:end].decode()
        at = end
    else:
        v17, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v18 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v18 = data[at:end].decode()
        at = end
    else:
        v18, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v19 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v19 = data[at:end].decode()
        at = end
    else:
        v19, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v20 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v20 = data[at:end].decode()
        at = end
    else:
        v20, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v21 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v21, at = _read_int(data, at)
    n = data[at]
    if n & 1 or n >= 8:
        v22, at = _read_Arm(data, at)
    else:
        v22 = _Arm[n >> 1]
        at += 1
    n = data[at]
    if n & 1 or n >= 8:
        v23, at = _read_Exposure(data, at)
    else:
        v23 = _Exposure[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v24 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v24 = data[at:end].decode()
        at = end
    else:
        v24, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v25 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v25 = data[at:end].decode()
        at = end
    else:
        v25, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 10:
        v26, at = _read_Classification(data, at)
    else:
        v26 = _Classification[n >> 1]
        at += 1
    v27, at = _read_boolean(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v28 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v28 = data[at:end].decode()
        at = end
    else:
        v28, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v29 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v29 = data[at:end].decode()
        at = end
    else:
        v29, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v30 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v30 = data[at:end].decode()
        at = end
    else:
        v30, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v31 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v31 = data[at:end].decode()
        at = end
    else:
        v31, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v32 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v32 = data[at:end].decode()
        at = end
    else:
        v32, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v33 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v33 = data[at:end].decode()
        at = end
    else:
        v33, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v34 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v34 = data[at:end].decode()
        at = end
    else:
        v34, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 8:
        v35, at = _read_ActionStatus(data, at)
    else:
        v35 = _ActionStatus[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v36 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v36 = data[at:end].decode()
        at = end
    else:
        v36, at = _read_string(data, at - 1)
    event = ActionReconciled(
        event_id=v0,
        seq=v1,
        occurred_at=v2,
        session_id=v3,
        run_id=v4,
        step_id=v5,
        parent_step_id=v6,
        user_id=v7,
        user_bucket=v8,
        role=v9,
        cohort_id=v10,
        intent=v11,
        use_case_id=v12,
        spec_version=v13,
        workflow_version=v14,
        prompt_version=v15,
        policy_pack_id=v16,
        tool_policy_id=v17,
        model_id=v18,
        model_params_hash=v19,
        release_id=v20,
        release_stage=v21,
        arm=v22,
        exposure=v23,
        eval_case_id=v24,
        permission_scope=v25,
        classification=v26,
        trainable=v27,
        traceparent=v28,
        action_id=v29,
        call_id=v30,
        target=v31,
        proposed_hash=v32,
        executed_hash=v33,
        system_record_id=v34,
        status=v35,
        idempotency_key=v36,
    )
    return event, at


def _write_Alarm(event: Alarm) -> bytes:
    """Encode one Alarm."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.alarm_id.encode())),
            v0,
            _length(len(v1 := event.step_id.encode())),
            v1,
            _length(len(v2 := event.session_id.encode())),
            v2,
            _length(len(v3 := event.run_id.encode())),
            v3,
            _length(len(v4 := event.user_id.encode())),
            v4,
            _int(untyped.user_bucket),
            _length(len(v6 := event.role.encode())),
            v6,
            _length(len(v7 := event.cohort_id.encode())),
            v7,
            _length(len(v8 := event.intent.encode())),
            v8,
            _length(len(v9 := event.use_case_id.encode())),
            v9,
            _int(untyped.spec_version),
            _length(len(v11 := event.workflow_version.encode())),
            v11,
            _length(len(v12 := event.prompt_version.encode())),
            v12,
            _length(len(v13 := event.policy_pack_id.encode())),
            v13,
            _length(len(v14 := event.tool_policy_id.encode())),
            v14,
            _length(len(v15 := event.model_id.encode())),
            v15,
            _length(len(v16 := event.release_id.encode())),
            v16,
            _int(untyped.release_stage),
            _Arm_BYTES[event.arm],
            _Exposure_BYTES[event.exposure],
            _length(len(v20 := event.eval_case_id.encode())),
            v20,
            _length(len(v21 := event.permission_scope.encode())),
            v21,
            _ControlFailure_BYTES[event.control_failure],
            _length(len(v23 := event.predicate.encode())),
            v23,
            (b"\x00" if (v24 := untyped.evidence) == () else _count(v24) + b"".join([_string(item) for item in v24]) + b"\x00"),
            _long(untyped.occurred_at),
        )
    )


def _read_Alarm(data: bytes, at: int) -> tuple[Alarm, int]:
    """Decode one Alarm."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v1 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v1 = data[at:end].decode()
        at = end
    else:
        v1, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v2 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v2 = data[at:end].decode()
        at = end
    else:
        v2, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v3 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v3 = data[at:end].decode()
        at = end
    else:
        v3, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v4 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v4 = data[at:end].decode()
        at = end
    else:
        v4, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v5 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v5, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v6 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v6 = data[at:end].decode()
        at = end
    else:
        v6, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v7 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v7 = data[at:end].decode()
        at = end
    else:
        v7, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v8 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v8 = data[at:end].decode()
        at = end
    else:
        v8, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v9 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v9 = data[at:end].decode()
        at = end
    else:
        v9, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v10 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v10, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v11 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v11 = data[at:end].decode()
        at = end
    else:
        v11, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v12 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v12 = data[at:end].decode()
        at = end
    else:
        v12, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v13 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v13 = data[at:end].decode()
        at = end
    else:
        v13, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v14 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v14 = data[at:end].decode()
        at = end
    else:
        v14, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v15 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v15 = data[at:end].decode()
        at = end
    else:
        v15, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v16 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v16 = data[at:end].decode()
        at = end
    else:
        v16, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v17 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v17, at = _read_int(data, at)
    n = data[at]
    if n & 1 or n >= 8:
        v18, at = _read_Arm(data, at)
    else:
        v18 = _Arm[n >> 1]
        at += 1
    n = data[at]
    if n & 1 or n >= 8:
        v19, at = _read_Exposure(data, at)
    else:
        v19 = _Exposure[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v20 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v20 = data[at:end].decode()
        at = end
    else:
        v20, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v21 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v21 = data[at:end].decode()
        at = end
    else:
        v21, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 10:
        v22, at = _read_ControlFailure(data, at)
    else:
        v22 = _ControlFailure[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v23 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v23 = data[at:end].decode()
        at = end
    else:
        v23, at = _read_string(data, at - 1)
    v24_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            n = data[at]
            at += 1
            if n == 0:
                v24_item = ""
            elif n < 128 and not n & 1:
                end = at + (n >> 1)
                v24_item = data[at:end].decode()
                at = end
            else:
                v24_item, at = _read_string(data, at - 1)
            v24_items.append(v24_item)
        count, at = read_count(data, at)
    v24 = tuple(v24_items)
    n = data[at]
    if n < 128:
        v25 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v25, at = _read_long(data, at)
    event = Alarm(
        alarm_id=v0,
        step_id=v1,
        session_id=v2,
        run_id=v3,
        user_id=v4,
        user_bucket=v5,
        role=v6,
        cohort_id=v7,
        intent=v8,
        use_case_id=v9,
        spec_version=v10,
        workflow_version=v11,
        prompt_version=v12,
        policy_pack_id=v13,
        tool_policy_id=v14,
        model_id=v15,
        release_id=v16,
        release_stage=v17,
        arm=v18,
        exposure=v19,
        eval_case_id=v20,
        permission_scope=v21,
        control_failure=v22,
        predicate=v23,
        evidence=v24,
        occurred_at=v25,
    )
    return event, at


def _write_TextRef(event: TextRef) -> bytes:
    """Encode one TextRef."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.text.encode())),
            v0,
            _length(len(v1 := event.ref.encode())),
            v1,
            _length(len(v2 := event.digest.encode())),
            v2,
            _int(untyped.length),
            _int(untyped.tokens),
            (b"\x00" if (v5 := event.correction) is False else _boolean(v5)),
            (b"\x00" if (v6 := event.negation) is False else _boolean(v6)),
            (b"\x00" if (v7 := event.thanks) is False else _boolean(v7)),
            (b"\x00" if (v8 := event.escalation) is False else _boolean(v8)),
            _bytes(event.sketch),
            _bytes(event.numbers),
        )
    )


def _read_TextRef(data: bytes, at: int) -> tuple[TextRef, int]:
    """Decode one TextRef."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v1 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v1 = data[at:end].decode()
        at = end
    else:
        v1, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v2 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v2 = data[at:end].decode()
        at = end
    else:
        v2, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v3 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v3, at = _read_int(data, at)
    n = data[at]
    if n < 128:
        v4 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v4, at = _read_int(data, at)
    v5, at = _read_boolean(data, at)
    v6, at = _read_boolean(data, at)
    v7, at = _read_boolean(data, at)
    v8, at = _read_boolean(data, at)
    v9, at = _read_bytes(data, at)
    v10, at = _read_bytes(data, at)
    event = TextRef(
        text=v0,
        ref=v1,
        digest=v2,
        length=v3,
        tokens=v4,
        correction=v5,
        negation=v6,
        thanks=v7,
        escalation=v8,
        sketch=v9,
        numbers=v10,
    )
    return event, at


def _write_Citation(event: Citation) -> bytes:
    """Encode one Citation."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.source_id.encode())),
            v0,
            _length(len(v1 := event.locator.encode())),
            v1,
            _int(untyped.rank),
        )
    )


def _read_Citation(data: bytes, at: int) -> tuple[Citation, int]:
    """Decode one Citation."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v1 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v1 = data[at:end].decode()
        at = end
    else:
        v1, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v2 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v2, at = _read_int(data, at)
    event = Citation(
        source_id=v0,
        locator=v1,
        rank=v2,
    )
    return event, at


def _write_Answer(event: Answer) -> bytes:
    """Encode one Answer."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.event_id.encode())),
            v0,
            _int(untyped.seq),
            _long(untyped.occurred_at),
            _length(len(v3 := event.session_id.encode())),
            v3,
            _length(len(v4 := event.run_id.encode())),
            v4,
            _length(len(v5 := event.step_id.encode())),
            v5,
            _length(len(v6 := event.parent_step_id.encode())),
            v6,
            _length(len(v7 := event.user_id.encode())),
            v7,
            _int(untyped.user_bucket),
            _length(len(v9 := event.role.encode())),
            v9,
            _length(len(v10 := event.cohort_id.encode())),
            v10,
            _length(len(v11 := event.intent.encode())),
            v11,
            _length(len(v12 := event.use_case_id.encode())),
            v12,
            _int(untyped.spec_version),
            _length(len(v14 := event.workflow_version.encode())),
            v14,
            _length(len(v15 := event.prompt_version.encode())),
            v15,
            _length(len(v16 := event.policy_pack_id.encode())),
            v16,
            _length(len(v17 := event.tool_policy_id.encode())),
            v17,
            _length(len(v18 := event.model_id.encode())),
            v18,
            _length(len(v19 := event.model_params_hash.encode())),
            v19,
            _length(len(v20 := event.release_id.encode())),
            v20,
            _int(untyped.release_stage),
            _Arm_BYTES[event.arm],
            _Exposure_BYTES[event.exposure],
            _length(len(v24 := event.eval_case_id.encode())),
            v24,
            _length(len(v25 := event.permission_scope.encode())),
            v25,
            _Classification_BYTES[event.classification],
            (b"\x00" if (v27 := event.trainable) is False else _boolean(v27)),
            _length(len(v28 := event.traceparent.encode())),
            v28,
            _write_TextRef(event.text),
            (b"\x00" if (v30 := untyped.citations) == () else _count(v30) + b"".join([_write_Citation(item) for item in v30]) + b"\x00"),
            (b"\x00" if (v31 := event.refused) is False else _boolean(v31)),
            _length(len(v32 := event.refusal_reason.encode())),
            v32,
            _length(len(v33 := event.finish_reason.encode())),
            v33,
            _int(untyped.tokens_in),
            _int(untyped.tokens_out),
            _double(untyped.cost),
            _long(untyped.latency_ms),
        )
    )


def _read_Answer(data: bytes, at: int) -> tuple[Answer, int]:
    """Decode one Answer."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v1 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v1, at = _read_int(data, at)
    n = data[at]
    if n < 128:
        v2 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v2, at = _read_long(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v3 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v3 = data[at:end].decode()
        at = end
    else:
        v3, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v4 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v4 = data[at:end].decode()
        at = end
    else:
        v4, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v5 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v5 = data[at:end].decode()
        at = end
    else:
        v5, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v6 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v6 = data[at:end].decode()
        at = end
    else:
        v6, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v7 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v7 = data[at:end].decode()
        at = end
    else:
        v7, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v8 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v8, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v9 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v9 = data[at:end].decode()
        at = end
    else:
        v9, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v10 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v10 = data[at:end].decode()
        at = end
    else:
        v10, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v11 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v11 = data[at:end].decode()
        at = end
    else:
        v11, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v12 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v12 = data[at:end].decode()
        at = end
    else:
        v12, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v13 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v13, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v14 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v14 = data[at:end].decode()
        at = end
    else:
        v14, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v15 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v15 = data[at:end].decode()
        at = end
    else:
        v15, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v16 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v16 = data[at:end].decode()
        at = end
    else:
        v16, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v17 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v17 = data[at:end].decode()
        at = end
    else:
        v17, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v18 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v18 = data[at:end].decode()
        at = end
    else:
        v18, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v19 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v19 = data[at:end].decode()
        at = end
    else:
        v19, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v20 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v20 = data[at:end].decode()
        at = end
    else:
        v20, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v21 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v21, at = _read_int(data, at)
    n = data[at]
    if n & 1 or n >= 8:
        v22, at = _read_Arm(data, at)
    else:
        v22 = _Arm[n >> 1]
        at += 1
    n = data[at]
    if n & 1 or n >= 8:
        v23, at = _read_Exposure(data, at)
    else:
        v23 = _Exposure[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v24 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v24 = data[at:end].decode()
        at = end
    else:
        v24, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v25 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v25 = data[at:end].decode()
        at = end
    else:
        v25, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 10:
        v26, at = _read_Classification(data, at)
    else:
        v26 = _Classification[n >> 1]
        at += 1
    v27, at = _read_boolean(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v28 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v28 = data[at:end].decode()
        at = end
    else:
        v28, at = _read_string(data, at - 1)
    v29, at = _read_TextRef(data, at)
    v30_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            v30_item, at = _read_Citation(data, at)
            v30_items.append(v30_item)
        count, at = read_count(data, at)
    v30 = tuple(v30_items)
    v31, at = _read_boolean(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v32 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v32 = data[at:end].decode()
        at = end
    else:
        v32, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v33 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v33 = data[at:end].decode()
        at = end
    else:
        v33, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v34 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v34, at = _read_int(data, at)
    n = data[at]
    if n < 128:
        v35 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v35, at = _read_int(data, at)
    v36, at = _read_double(data, at)
    n = data[at]
    if n < 128:
        v37 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v37, at = _read_long(data, at)
    event = Answer(
        event_id=v0,
        seq=v1,
        occurred_at=v2,
        session_id=v3,
        run_id=v4,
        step_id=v5,
        parent_step_id=v6,
        user_id=v7,
        user_bucket=v8,
        role=v9,
        cohort_id=v10,
        intent=v11,
        use_case_id=v12,
        spec_version=v13,
        workflow_version=v14,
        prompt_version=v15,
        policy_pack_id=v16,
        tool_policy_id=v17,
        model_id=v18,
        model_params_hash=v19,
        release_id=v20,
        release_stage=v21,
        arm=v22,
        exposure=v23,
        eval_case_id=v24,
        permission_scope=v25,
        classification=v26,
        trainable=v27,
        traceparent=v28,
        text=v29,
        citations=v30,
        refused=v31,
        refusal_reason=v32,
        finish_reason=v33,
        tokens_in=v34,
        tokens_out=v35,
        cost=v36,
        latency_ms=v37,
    )
    return event, at


def _write_Approval(event: Approval) -> bytes:
    """Encode one Approval."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.approval_id.encode())),
            v0,
            _length(len(v1 := event.change_id.encode())),
            v1,
            _length(len(v2 := event.use_case_id.encode())),
            v2,
            _length(len(v3 := event.diff_digest.encode())),
            v3,
            _length(len(v4 := event.decision_id.encode())),
            v4,
            _length(len(v5 := event.approver.encode())),
            v5,
            _length(len(v6 := event.role.encode())),
            v6,
            _long(untyped.occurred_at),
        )
    )


def _read_Approval(data: bytes, at: int) -> tuple[Approval, int]:
    """Decode one Approval."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v1 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v1 = data[at:end].decode()
        at = end
    else:
        v1, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v2 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v2 = data[at:end].decode()
        at = end
    else:
        v2, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v3 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v3 = data[at:end].decode()
        at = end
    else:
        v3, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v4 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v4 = data[at:end].decode()
        at = end
    else:
        v4, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v5 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v5 = data[at:end].decode()
        at = end
    else:
        v5, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v6 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v6 = data[at:end].decode()
        at = end
    else:
        v6, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v7 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v7, at = _read_long(data, at)
    event = Approval(
        approval_id=v0,
        change_id=v1,
        use_case_id=v2,
        diff_digest=v3,
        decision_id=v4,
        approver=v5,
        role=v6,
        occurred_at=v7,
    )
    return event, at


def _write_AuditRecord(event: AuditRecord) -> bytes:
    """Encode one AuditRecord."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.decider.encode())),
            v0,
            _length(len(v1 := event.use_case_id.encode())),
            v1,
            _long(untyped.sequence),
            _length(len(v3 := event.previous_hash.encode())),
            v3,
            _length(len(v4 := event.actor.encode())),
            v4,
            _length(len(v5 := event.action.encode())),
            v5,
            _length(len(v6 := event.subject.encode())),
            v6,
            _length(len(v7 := event.payload_digest.encode())),
            v7,
            _long(untyped.occurred_at),
            _length(len(v9 := event.hash.encode())),
            v9,
        )
    )


def _read_AuditRecord(data: bytes, at: int) -> tuple[AuditRecord, int]:
    """Decode one AuditRecord."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v1 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v1 = data[at:end].decode()
        at = end
    else:
        v1, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v2 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v2, at = _read_long(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v3 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v3 = data[at:end].decode()
        at = end
    else:
        v3, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v4 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v4 = data[at:end].decode()
        at = end
    else:
        v4, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v5 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v5 = data[at:end].decode()
        at = end
    else:
        v5, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v6 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v6 = data[at:end].decode()
        at = end
    else:
        v6, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v7 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v7 = data[at:end].decode()
        at = end
    else:
        v7, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v8 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v8, at = _read_long(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v9 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v9 = data[at:end].decode()
        at = end
    else:
        v9, at = _read_string(data, at - 1)
    event = AuditRecord(
        decider=v0,
        use_case_id=v1,
        sequence=v2,
        previous_hash=v3,
        actor=v4,
        action=v5,
        subject=v6,
        payload_digest=v7,
        occurred_at=v8,
        hash=v9,
    )
    return event, at


def _write_BusinessOutcome(event: BusinessOutcome) -> bytes:
    """Encode one BusinessOutcome."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.event_id.encode())),
            v0,
            _int(untyped.seq),
            _long(untyped.occurred_at),
            _length(len(v3 := event.session_id.encode())),
            v3,
            _length(len(v4 := event.run_id.encode())),
            v4,
            _length(len(v5 := event.step_id.encode())),
            v5,
            _length(len(v6 := event.parent_step_id.encode())),
            v6,
            _length(len(v7 := event.user_id.encode())),
            v7,
            _int(untyped.user_bucket),
            _length(len(v9 := event.role.encode())),
            v9,
            _length(len(v10 := event.cohort_id.encode())),
            v10,
            _length(len(v11 := event.intent.encode())),
            v11,
            _length(len(v12 := event.use_case_id.encode())),
            v12,
            _int(untyped.spec_version),
            _length(len(v14 := event.workflow_version.encode())),
            v14,
            _length(len(v15 := event.prompt_version.encode())),
            v15,
            _length(len(v16 := event.policy_pack_id.encode())),
            v16,
            _length(len(v17 := event.tool_policy_id.encode())),
            v17,
            _length(len(v18 := event.model_id.encode())),
            v18,
            _length(len(v19 := event.model_params_hash.encode())),
            v19,
            _length(len(v20 := event.release_id.encode())),
            v20,
            _int(untyped.release_stage),
            _Arm_BYTES[event.arm],
            _Exposure_BYTES[event.exposure],
            _length(len(v24 := event.eval_case_id.encode())),
            v24,
            _length(len(v25 := event.permission_scope.encode())),
            v25,
            _Classification_BYTES[event.classification],
            (b"\x00" if (v27 := event.trainable) is False else _boolean(v27)),
            _length(len(v28 := event.traceparent.encode())),
            v28,
            _length(len(v29 := event.name.encode())),
            v29,
            _double(untyped.value),
            _length(len(v31 := event.unit.encode())),
            v31,
            _length(len(v32 := event.record_id.encode())),
            v32,
        )
    )


def _read_BusinessOutcome(data: bytes, at: int) -> tuple[BusinessOutcome, int]:
    """Decode one BusinessOutcome."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v1 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v1, at = _read_int(data, at)
    n = data[at]
    if n < 128:
        v2 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v2, at = _read_long(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v3 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v3 = data[at:end].decode()
        at = end
    else:
        v3, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v4 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v4 = data[at:end].decode()
        at = end
    else:
        v4, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v5 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v5 = data[at:end].decode()
        at = end
    else:
        v5, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v6 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v6 = data[at:end].decode()
        at = end
    else:
        v6, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v7 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v7 = data[at:end].decode()
        at = end
    else:
        v7, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v8 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v8, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v9 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v9 = data[at:end].decode()
        at = end
    else:
        v9, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v10 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v10 = data[at:end].decode()
        at = end
    else:
        v10, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v11 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v11 = data[at:end].decode()
        at = end
    else:
        v11, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v12 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v12 = data[at:end].decode()
        at = end
    else:
        v12, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v13 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v13, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v14 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v14 = data[at:end].decode()
        at = end
    else:
        v14, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v15 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v15 = data[at:end].decode()
        at = end
    else:
        v15, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v16 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v16 = data[at:end].decode()
        at = end
    else:
        v16, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v17 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v17 = data[at:end].decode()
        at = end
    else:
        v17, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v18 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v18 = data[at:end].decode()
        at = end
    else:
        v18, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v19 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v19 = data[at:end].decode()
        at = end
    else:
        v19, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v20 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v20 = data[at:end].decode()
        at = end
    else:
        v20, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v21 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v21, at = _read_int(data, at)
    n = data[at]
    if n & 1 or n >= 8:
        v22, at = _read_Arm(data, at)
    else:
        v22 = _Arm[n >> 1]
        at += 1
    n = data[at]
    if n & 1 or n >= 8:
        v23, at = _read_Exposure(data, at)
    else:
        v23 = _Exposure[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v24 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v24 = data[at:end].decode()
        at = end
    else:
        v24, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v25 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v25 = data[at:end].decode()
        at = end
    else:
        v25, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 10:
        v26, at = _read_Classification(data, at)
    else:
        v26 = _Classification[n >> 1]
        at += 1
    v27, at = _read_boolean(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v28 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v28 = data[at:end].decode()
        at = end
    else:
        v28, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v29 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v29 = data[at:end].decode()
        at = end
    else:
        v29, at = _read_string(data, at - 1)
    v30, at = _read_double(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v31 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v31 = data[at:end].decode()
        at = end
    else:
        v31, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v32 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v32 = data[at:end].decode()
        at = end
    else:
        v32, at = _read_string(data, at - 1)
    event = BusinessOutcome(
        event_id=v0,
        seq=v1,
        occurred_at=v2,
        session_id=v3,
        run_id=v4,
        step_id=v5,
        parent_step_id=v6,
        user_id=v7,
        user_bucket=v8,
        role=v9,
        cohort_id=v10,
        intent=v11,
        use_case_id=v12,
        spec_version=v13,
        workflow_version=v14,
        prompt_version=v15,
        policy_pack_id=v16,
        tool_policy_id=v17,
        model_id=v18,
        model_params_hash=v19,
        release_id=v20,
        release_stage=v21,
        arm=v22,
        exposure=v23,
        eval_case_id=v24,
        permission_scope=v25,
        classification=v26,
        trainable=v27,
        traceparent=v28,
        name=v29,
        value=v30,
        unit=v31,
        record_id=v32,
    )
    return event, at


def _write_KindCount(event: KindCount) -> bytes:
    """Encode one KindCount."""
    untyped: Any = event
    return b"".join(
        (
            _SignalKind_BYTES[event.kind],
            _long(untyped.signals),
        )
    )


def _read_KindCount(data: bytes, at: int) -> tuple[KindCount, int]:
    """Decode one KindCount."""
    n = data[at]
    if n & 1 or n >= 18:
        v0, at = _read_SignalKind(data, at)
    else:
        v0 = _SignalKind[n >> 1]
        at += 1
    n = data[at]
    if n < 128:
        v1 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v1, at = _read_long(data, at)
    event = KindCount(
        kind=v0,
        signals=v1,
    )
    return event, at


def _write_CaseShare(event: CaseShare) -> bytes:
    """Encode one CaseShare."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.use_case_id.encode())),
            v0,
            _long(untyped.signals),
            _long(untyped.runs),
            _long(untyped.users),
        )
    )


def _read_CaseShare(data: bytes, at: int) -> tuple[CaseShare, int]:
    """Decode one CaseShare."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v1 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v1, at = _read_long(data, at)
    n = data[at]
    if n < 128:
        v2 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v2, at = _read_long(data, at)
    n = data[at]
    if n < 128:
        v3 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v3, at = _read_long(data, at)
    event = CaseShare(
        use_case_id=v0,
        signals=v1,
        runs=v2,
        users=v3,
    )
    return event, at


def _write_CaseChange(event: CaseChange) -> bytes:
    """Encode one CaseChange."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.change_id.encode())),
            v0,
            _length(len(v1 := event.use_case_id.encode())),
            v1,
            _length(len(v2 := event.release_id.encode())),
            v2,
            _int(untyped.release_version),
            _LinkState_BYTES[event.state],
        )
    )


def _read_CaseChange(data: bytes, at: int) -> tuple[CaseChange, int]:
    """Decode one CaseChange."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v1 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v1 = data[at:end].decode()
        at = end
    else:
        v1, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v2 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v2 = data[at:end].decode()
        at = end
    else:
        v2, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v3 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v3, at = _read_int(data, at)
    n = data[at]
    if n & 1 or n >= 10:
        v4, at = _read_LinkState(data, at)
    else:
        v4 = _LinkState[n >> 1]
        at += 1
    event = CaseChange(
        change_id=v0,
        use_case_id=v1,
        release_id=v2,
        release_version=v3,
        state=v4,
    )
    return event, at


def _write_Case(event: Case) -> bytes:
    """Encode one Case."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.case_id.encode())),
            v0,
            _length(len(v1 := event.title.encode())),
            v1,
            _ReasonCode_BYTES[event.reason_code],
            _FailureLocus_BYTES[event.failure_locus],
            _length(len(v4 := event.cause.encode())),
            v4,
            _Severity_BYTES[event.severity],
            _length(len(v6 := event.owner.encode())),
            v6,
            _length(len(v7 := event.advice.encode())),
            v7,
            _CaseStatus_BYTES[event.status],
            _long(untyped.first_seen),
            _long(untyped.last_seen),
            (b"\x00" if (v11 := untyped.kinds) == () else _count(v11) + b"".join([_write_KindCount(item) for item in v11]) + b"\x00"),
            (b"\x00" if (v12 := untyped.use_cases) == () else _count(v12) + b"".join([_write_CaseShare(item) for item in v12]) + b"\x00"),
            (b"\x00" if (v13 := untyped.changes) == () else _count(v13) + b"".join([_write_CaseChange(item) for item in v13]) + b"\x00"),
            _int(untyped.taxonomy_version),
        )
    )


def _read_Case(data: bytes, at: int) -> tuple[Case, int]:
    """Decode one Case."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v1 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v1 = data[at:end].decode()
        at = end
    else:
        v1, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 32:
        v2, at = _read_ReasonCode(data, at)
    else:
        v2 = _ReasonCode[n >> 1]
        at += 1
    n = data[at]
    if n & 1 or n >= 24:
        v3, at = _read_FailureLocus(data, at)
    else:
        v3 = _FailureLocus[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v4 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v4 = data[at:end].decode()
        at = end
    else:
        v4, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 10:
        v5, at = _read_Severity(data, at)
    else:
        v5 = _Severity[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v6 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v6 = data[at:end].decode()
        at = end
    else:
        v6, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v7 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v7 = data[at:end].decode()
        at = end
    else:
        v7, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 16:
        v8, at = _read_CaseStatus(data, at)
    else:
        v8 = _CaseStatus[n >> 1]
        at += 1
    n = data[at]
    if n < 128:
        v9 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v9, at = _read_long(data, at)
    n = data[at]
    if n < 128:
        v10 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v10, at = _read_long(data, at)
    v11_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            v11_item, at = _read_KindCount(data, at)
            v11_items.append(v11_item)
        count, at = read_count(data, at)
    v11 = tuple(v11_items)
    v12_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            v12_item, at = _read_CaseShare(data, at)
            v12_items.append(v12_item)
        count, at = read_count(data, at)
    v12 = tuple(v12_items)
    v13_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            v13_item, at = _read_CaseChange(data, at)
            v13_items.append(v13_item)
        count, at = read_count(data, at)
    v13 = tuple(v13_items)
    n = data[at]
    if n < 128:
        v14 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v14, at = _read_int(data, at)
    event = Case(
        case_id=v0,
        title=v1,
        reason_code=v2,
        failure_locus=v3,
        cause=v4,
        severity=v5,
        owner=v6,
        advice=v7,
        status=v8,
        first_seen=v9,
        last_seen=v10,
        kinds=v11,
        use_cases=v12,
        changes=v13,
        taxonomy_version=v14,
    )
    return event, at


def _write_CaseLink(event: CaseLink) -> bytes:
    """Encode one CaseLink."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.case_id.encode())),
            v0,
            _length(len(v1 := event.use_case_id.encode())),
            v1,
            _length(len(v2 := event.change_id.encode())),
            v2,
            _length(len(v3 := event.release_id.encode())),
            v3,
            _int(untyped.release_version),
            _LinkState_BYTES[event.state],
            _long(untyped.occurred_at),
        )
    )


def _read_CaseLink(data: bytes, at: int) -> tuple[CaseLink, int]:
    """Decode one CaseLink."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v1 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v1 = data[at:end].decode()
        at = end
    else:
        v1, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v2 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v2 = data[at:end].decode()
        at = end
    else:
        v2, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v3 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v3 = data[at:end].decode()
        at = end
    else:
        v3, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v4 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v4, at = _read_int(data, at)
    n = data[at]
    if n & 1 or n >= 10:
        v5, at = _read_LinkState(data, at)
    else:
        v5 = _LinkState[n >> 1]
        at += 1
    n = data[at]
    if n < 128:
        v6 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v6, at = _read_long(data, at)
    event = CaseLink(
        case_id=v0,
        use_case_id=v1,
        change_id=v2,
        release_id=v3,
        release_version=v4,
        state=v5,
        occurred_at=v6,
    )
    return event, at


def _write_Diff(event: Diff) -> bytes:
    """Encode one Diff."""
    return b"".join(
        (
            _length(len(v0 := event.path.encode())),
            v0,
            _length(len(v1 := event.from_digest.encode())),
            v1,
            _length(len(v2 := event.to_digest.encode())),
            v2,
        )
    )


def _read_Diff(data: bytes, at: int) -> tuple[Diff, int]:
    """Decode one Diff."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v1 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v1 = data[at:end].decode()
        at = end
    else:
        v1, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v2 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v2 = data[at:end].decode()
        at = end
    else:
        v2, at = _read_string(data, at - 1)
    event = Diff(
        path=v0,
        from_digest=v1,
        to_digest=v2,
    )
    return event, at


def _write_Change(event: Change) -> bytes:
    """Encode one Change."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.change_id.encode())),
            v0,
            _length(len(v1 := event.use_case_id.encode())),
            v1,
            _Surface_BYTES[event.surface],
            _length(len(v3 := event.title.encode())),
            v3,
            (b"\x00" if (v4 := untyped.diff) == () else _count(v4) + b"".join([_write_Diff(item) for item in v4]) + b"\x00"),
            _length(len(v5 := event.from_version.encode())),
            v5,
            _length(len(v6 := event.to_version.encode())),
            v6,
            (b"\x00" if (v7 := untyped.case_ids) == () else _count(v7) + b"".join([_string(item) for item in v7]) + b"\x00"),
            _length(len(v8 := event.metric.encode())),
            v8,
            _double(untyped.expected_ratio),
            (b"\x00" if (v10 := untyped.guardrails) == () else _count(v10) + b"".join([_string(item) for item in v10]) + b"\x00"),
            (b"\x00" if (v11 := untyped.examples) == () else _count(v11) + b"".join([_string(item) for item in v11]) + b"\x00"),
            _RiskTier_BYTES[event.tier],
            _length(len(v13 := event.author.encode())),
            v13,
            _length(len(v14 := event.rollback_target.encode())),
            v14,
            _long(untyped.occurred_at),
        )
    )


def _read_Change(data: bytes, at: int) -> tuple[Change, int]:
    """Decode one Change."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v1 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v1 = data[at:end].decode()
        at = end
    else:
        v1, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 32:
        v2, at = _read_Surface(data, at)
    else:
        v2 = _Surface[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v3 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v3 = data[at:end].decode()
        at = end
    else:
        v3, at = _read_string(data, at - 1)
    v4_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            v4_item, at = _read_Diff(data, at)
            v4_items.append(v4_item)
        count, at = read_count(data, at)
    v4 = tuple(v4_items)
    n = data[at]
    at += 1
    if n == 0:
        v5 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v5 = data[at:end].decode()
        at = end
    else:
        v5, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v6 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v6 = data[at:end].decode()
        at = end
    else:
        v6, at = _read_string(data, at - 1)
    v7_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            n = data[at]
            at += 1
            if n == 0:
                v7_item = ""
            elif n < 128 and not n & 1:
                end = at + (n >> 1)
                v7_item = data[at:end].decode()
                at = end
            else:
                v7_item, at = _read_string(data, at - 1)
            v7_items.append(v7_item)
        count, at = read_count(data, at)
    v7 = tuple(v7_items)
    n = data[at]
    at += 1
    if n == 0:
        v8 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v8 = data[at:end].decode()
        at = end
    else:
        v8, at = _read_string(data, at - 1)
    v9, at = _read_double(data, at)
    v10_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            n = data[at]
            at += 1
            if n == 0:
                v10_item = ""
            elif n < 128 and not n & 1:
                end = at + (n >> 1)
                v10_item = data[at:end].decode()
                at = end
            else:
                v10_item, at = _read_string(data, at - 1)
            v10_items.append(v10_item)
        count, at = read_count(data, at)
    v10 = tuple(v10_items)
    v11_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            n = data[at]
            at += 1
            if n == 0:
                v11_item = ""
            elif n < 128 and not n & 1:
                end = at + (n >> 1)
                v11_item = data[at:end].decode()
                at = end
            else:
                v11_item, at = _read_string(data, at - 1)
            v11_items.append(v11_item)
        count, at = read_count(data, at)
    v11 = tuple(v11_items)
    n = data[at]
    if n & 1 or n >= 8:
        v12, at = _read_RiskTier(data, at)
    else:
        v12 = _RiskTier[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v13 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v13 = data[at:end].decode()
        at = end
    else:
        v13, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v14 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v14 = data[at:end].decode()
        at = end
    else:
        v14, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v15 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v15, at = _read_long(data, at)
    event = Change(
        change_id=v0,
        use_case_id=v1,
        surface=v2,
        title=v3,
        diff=v4,
        from_version=v5,
        to_version=v6,
        case_ids=v7,
        metric=v8,
        expected_ratio=v9,
        guardrails=v10,
        examples=v11,
        tier=v12,
        author=v13,
        rollback_target=v14,
        occurred_at=v15,
    )
    return event, at


def _write_RetrievedSource(event: RetrievedSource) -> bytes:
    """Encode one RetrievedSource."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.source_id.encode())),
            v0,
            _length(len(v1 := event.version.encode())),
            v1,
            _long(untyped.updated_at),
            _length(len(v3 := event.scope.encode())),
            v3,
            _double(untyped.score),
        )
    )


def _read_RetrievedSource(data: bytes, at: int) -> tuple[RetrievedSource, int]:
    """Decode one RetrievedSource."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v1 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v1 = data[at:end].decode()
        at = end
    else:
        v1, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v2 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v2, at = _read_long(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v3 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v3 = data[at:end].decode()
        at = end
    else:
        v3, at = _read_string(data, at - 1)
    v4, at = _read_double(data, at)
    event = RetrievedSource(
        source_id=v0,
        version=v1,
        updated_at=v2,
        scope=v3,
        score=v4,
    )
    return event, at


def _write_DecisionSnapshot(event: DecisionSnapshot) -> bytes:
    """Encode one DecisionSnapshot."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.event_id.encode())),
            v0,
            _int(untyped.seq),
            _long(untyped.occurred_at),
            _length(len(v3 := event.session_id.encode())),
            v3,
            _length(len(v4 := event.run_id.encode())),
            v4,
            _length(len(v5 := event.step_id.encode())),
            v5,
            _length(len(v6 := event.parent_step_id.encode())),
            v6,
            _length(len(v7 := event.user_id.encode())),
            v7,
            _int(untyped.user_bucket),
            _length(len(v9 := event.role.encode())),
            v9,
            _length(len(v10 := event.cohort_id.encode())),
            v10,
            _length(len(v11 := event.intent.encode())),
            v11,
            _length(len(v12 := event.use_case_id.encode())),
            v12,
            _int(untyped.spec_version),
            _length(len(v14 := event.workflow_version.encode())),
            v14,
            _length(len(v15 := event.prompt_version.encode())),
            v15,
            _length(len(v16 := event.policy_pack_id.encode())),
            v16,
            _length(len(v17 := event.tool_policy_id.encode())),
            v17,
            _length(len(v18 := event.model_id.encode())),
            v18,
            _length(len(v19 := event.model_params_hash.encode())),
            v19,
            _length(len(v20 := event.release_id.encode())),
            v20,
            _int(untyped.release_stage),
            _Arm_BYTES[event.arm],
            _Exposure_BYTES[event.exposure],
            _length(len(v24 := event.eval_case_id.encode())),
            v24,
            _length(len(v25 := event.permission_scope.encode())),
            v25,
            _Classification_BYTES[event.classification],
            (b"\x00" if (v27 := event.trainable) is False else _boolean(v27)),
            _length(len(v28 := event.traceparent.encode())),
            v28,
            _length(len(v29 := event.decision_point.encode())),
            v29,
            _length(len(v30 := event.policy_config_hash.encode())),
            v30,
            _length(len(v31 := event.retrieval_policy.encode())),
            v31,
            (b"\x00" if (v32 := untyped.retrieved) == () else _count(v32) + b"".join([_write_RetrievedSource(item) for item in v32]) + b"\x00"),
            _double(untyped.confidence),
            _length(len(v34 := event.chosen.encode())),
            v34,
        )
    )


def _read_DecisionSnapshot(data: bytes, at: int) -> tuple[DecisionSnapshot, int]:
    """Decode one DecisionSnapshot."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v1 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v1, at = _read_int(data, at)
    n = data[at]
    if n < 128:
        v2 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v2, at = _read_long(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v3 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v3 = data[at:end].decode()
        at = end
    else:
        v3, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v4 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v4 = data[at:end].decode()
        at = end
    else:
        v4, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v5 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v5 = data[at:end].decode()
        at = end
    else:
        v5, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v6 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v6 = data[at:end].decode()
        at = end
    else:
        v6, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v7 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v7 = data[at:end].decode()
        at = end
    else:
        v7, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v8 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v8, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v9 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v9 = data[at:end].decode()
        at = end
    else:
        v9, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v10 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v10 = data[at:end].decode()
        at = end
    else:
        v10, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v11 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v11 = data[at:end].decode()
        at = end
    else:
        v11, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v12 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v12 = data[at:end].decode()
        at = end
    else:
        v12, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v13 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v13, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v14 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v14 = data[at:end].decode()
        at = end
    else:
        v14, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v15 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v15 = data[at:end].decode()
        at = end
    else:
        v15, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v16 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v16 = data[at:end].decode()
        at = end
    else:
        v16, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v17 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v17 = data[at:end].decode()
        at = end
    else:
        v17, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v18 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v18 = data[at:end].decode()
        at = end
    else:
        v18, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v19 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v19 = data[at:end].decode()
        at = end
    else:
        v19, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v20 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v20 = data[at:end].decode()
        at = end
    else:
        v20, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v21 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v21, at = _read_int(data, at)
    n = data[at]
    if n & 1 or n >= 8:
        v22, at = _read_Arm(data, at)
    else:
        v22 = _Arm[n >> 1]
        at += 1
    n = data[at]
    if n & 1 or n >= 8:
        v23, at = _read_Exposure(data, at)
    else:
        v23 = _Exposure[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v24 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v24 = data[at:end].decode()
        at = end
    else:
        v24, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v25 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v25 = data[at:end].decode()
        at = end
    else:
        v25, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 10:
        v26, at = _read_Classification(data, at)
    else:
        v26 = _Classification[n >> 1]
        at += 1
    v27, at = _read_boolean(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v28 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v28 = data[at:end].decode()
        at = end
    else:
        v28, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v29 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v29 = data[at:end].decode()
        at = end
    else:
        v29, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v30 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v30 = data[at:end].decode()
        at = end
    else:
        v30, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v31 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v31 = data[at:end].decode()
        at = end
    else:
        v31, at = _read_string(data, at - 1)
    v32_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            v32_item, at = _read_RetrievedSource(data, at)
            v32_items.append(v32_item)
        count, at = read_count(data, at)
    v32 = tuple(v32_items)
    v33, at = _read_double(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v34 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v34 = data[at:end].decode()
        at = end
    else:
        v34, at = _read_string(data, at - 1)
    event = DecisionSnapshot(
        event_id=v0,
        seq=v1,
        occurred_at=v2,
        session_id=v3,
        run_id=v4,
        step_id=v5,
        parent_step_id=v6,
        user_id=v7,
        user_bucket=v8,
        role=v9,
        cohort_id=v10,
        intent=v11,
        use_case_id=v12,
        spec_version=v13,
        workflow_version=v14,
        prompt_version=v15,
        policy_pack_id=v16,
        tool_policy_id=v17,
        model_id=v18,
        model_params_hash=v19,
        release_id=v20,
        release_stage=v21,
        arm=v22,
        exposure=v23,
        eval_case_id=v24,
        permission_scope=v25,
        classification=v26,
        trainable=v27,
        traceparent=v28,
        decision_point=v29,
        policy_config_hash=v30,
        retrieval_policy=v31,
        retrieved=v32,
        confidence=v33,
        chosen=v34,
    )
    return event, at


def _write_ExplicitFeedback(event: ExplicitFeedback) -> bytes:
    """Encode one ExplicitFeedback."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.event_id.encode())),
            v0,
            _int(untyped.seq),
            _long(untyped.occurred_at),
            _length(len(v3 := event.session_id.encode())),
            v3,
            _length(len(v4 := event.run_id.encode())),
            v4,
            _length(len(v5 := event.step_id.encode())),
            v5,
            _length(len(v6 := event.parent_step_id.encode())),
            v6,
            _length(len(v7 := event.user_id.encode())),
            v7,
            _int(untyped.user_bucket),
            _length(len(v9 := event.role.encode())),
            v9,
            _length(len(v10 := event.cohort_id.encode())),
            v10,
            _length(len(v11 := event.intent.encode())),
            v11,
            _length(len(v12 := event.use_case_id.encode())),
            v12,
            _int(untyped.spec_version),
            _length(len(v14 := event.workflow_version.encode())),
            v14,
            _length(len(v15 := event.prompt_version.encode())),
            v15,
            _length(len(v16 := event.policy_pack_id.encode())),
            v16,
            _length(len(v17 := event.tool_policy_id.encode())),
            v17,
            _length(len(v18 := event.model_id.encode())),
            v18,
            _length(len(v19 := event.model_params_hash.encode())),
            v19,
            _length(len(v20 := event.release_id.encode())),
            v20,
            _int(untyped.release_stage),
            _Arm_BYTES[event.arm],
            _Exposure_BYTES[event.exposure],
            _length(len(v24 := event.eval_case_id.encode())),
            v24,
            _length(len(v25 := event.permission_scope.encode())),
            v25,
            _Classification_BYTES[event.classification],
            (b"\x00" if (v27 := event.trainable) is False else _boolean(v27)),
            _length(len(v28 := event.traceparent.encode())),
            v28,
            _length(len(v29 := event.feedback_id.encode())),
            v29,
            _FeedbackTarget_BYTES[event.target],
            _length(len(v31 := event.name.encode())),
            v31,
            _length(len(v32 := event.value.encode())),
            v32,
            _Polarity_BYTES[event.polarity],
            _ReasonCode_BYTES[event.reason_code],
            _FailureLocus_BYTES[event.failure_locus],
            _write_TextRef(event.comment),
            _FeedbackSource_BYTES[event.source_kind],
            _length(len(v38 := event.source_id.encode())),
            v38,
        )
    )


def _read_ExplicitFeedback(data: bytes, at: int) -> tuple[ExplicitFeedback, int]:
    """Decode one ExplicitFeedback."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v1 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v1, at = _read_int(data, at)
    n = data[at]
    if n < 128:
        v2 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v2, at = _read_long(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v3 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v3 = data[at:end].decode()
        at = end
    else:
        v3, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v4 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v4 = data[at:end].decode()
        at = end
    else:
        v4, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v5 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v5 = data[at:end].decode()
        at = end
    else:
        v5, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v6 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v6 = data[at:end].decode()
        at = end
    else:
        v6, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v7 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v7 = data[at:end].decode()
        at = end
    else:
        v7, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v8 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v8, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v9 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v9 = data[at:end].decode()
        at = end
    else:
        v9, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v10 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v10 = data[at:end].decode()
        at = end
    else:
        v10, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v11 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v11 = data[at:end].decode()
        at = end
    else:
        v11, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v12 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v12 = data[at:end].decode()
        at = end
    else:
        v12, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v13 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v13, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v14 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v14 = data[at:end].decode()
        at = end
    else:
        v14, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v15 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v15 = data[at:end].decode()
        at = end
    else:
        v15, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v16 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v16 = data[at:end].decode()
        at = end
    else:
        v16, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v17 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v17 = data[at:end].decode()
        at = end
    else:
        v17, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v18 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v18 = data[at:end].decode()
        at = end
    else:
        v18, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v19 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v19 = data[at:end].decode()
        at = end
    else:
        v19, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v20 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v20 = data[at:end].decode()
        at = end
    else:
        v20, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v21 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v21, at = _read_int(data, at)
    n = data[at]
    if n & 1 or n >= 8:
        v22, at = _read_Arm(data, at)
    else:
        v22 = _Arm[n >> 1]
        at += 1
    n = data[at]
    if n & 1 or n >= 8:
        v23, at = _read_Exposure(data, at)
    else:
        v23 = _Exposure[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v24 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v24 = data[at:end].decode()
        at = end
    else:
        v24, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v25 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v25 = data[at:end].decode()
        at = end
    else:
        v25, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 10:
        v26, at = _read_Classification(data, at)
    else:
        v26 = _Classification[n >> 1]
        at += 1
    v27, at = _read_boolean(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v28 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v28 = data[at:end].decode()
        at = end
    else:
        v28, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v29 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v29 = data[at:end].decode()
        at = end
    else:
        v29, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 10:
        v30, at = _read_FeedbackTarget(data, at)
    else:
        v30 = _FeedbackTarget[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v31 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v31 = data[at:end].decode()
        at = end
    else:
        v31, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v32 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v32 = data[at:end].decode()
        at = end
    else:
        v32, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 8:
        v33, at = _read_Polarity(data, at)
    else:
        v33 = _Polarity[n >> 1]
        at += 1
    n = data[at]
    if n & 1 or n >= 32:
        v34, at = _read_ReasonCode(data, at)
    else:
        v34 = _ReasonCode[n >> 1]
        at += 1
    n = data[at]
    if n & 1 or n >= 24:
        v35, at = _read_FailureLocus(data, at)
    else:
        v35 = _FailureLocus[n >> 1]
        at += 1
    v36, at = _read_TextRef(data, at)
    n = data[at]
    if n & 1 or n >= 12:
        v37, at = _read_FeedbackSource(data, at)
    else:
        v37 = _FeedbackSource[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v38 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v38 = data[at:end].decode()
        at = end
    else:
        v38, at = _read_string(data, at - 1)
    event = ExplicitFeedback(
        event_id=v0,
        seq=v1,
        occurred_at=v2,
        session_id=v3,
        run_id=v4,
        step_id=v5,
        parent_step_id=v6,
        user_id=v7,
        user_bucket=v8,
        role=v9,
        cohort_id=v10,
        intent=v11,
        use_case_id=v12,
        spec_version=v13,
        workflow_version=v14,
        prompt_version=v15,
        policy_pack_id=v16,
        tool_policy_id=v17,
        model_id=v18,
        model_params_hash=v19,
        release_id=v20,
        release_stage=v21,
        arm=v22,
        exposure=v23,
        eval_case_id=v24,
        permission_scope=v25,
        classification=v26,
        trainable=v27,
        traceparent=v28,
        feedback_id=v29,
        target=v30,
        name=v31,
        value=v32,
        polarity=v33,
        reason_code=v34,
        failure_locus=v35,
        comment=v36,
        source_kind=v37,
        source_id=v38,
    )
    return event, at


def _write_MetricEvidence(event: MetricEvidence) -> bytes:
    """Encode one MetricEvidence."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.metric.encode())),
            v0,
            _MetricRole_BYTES[event.role],
            _long(untyped.baseline_fail),
            _long(untyped.baseline_ok),
            _long(untyped.baseline_missing),
            _long(untyped.candidate_fail),
            _long(untyped.candidate_ok),
            _long(untyped.candidate_missing),
            _long(untyped.wins),
            _long(untyped.losses),
            _long(untyped.left_out),
            _double(untyped.log_e_promote),
            _double(untyped.log_e_rollback),
            _double(untyped.log_e_improve),
            _double(untyped.margin),
            (b"\x00" if (v15 := event.latched) is False else _boolean(v15)),
        )
    )


def _read_MetricEvidence(data: bytes, at: int) -> tuple[MetricEvidence, int]:
    """Decode one MetricEvidence."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 6:
        v1, at = _read_MetricRole(data, at)
    else:
        v1 = _MetricRole[n >> 1]
        at += 1
    n = data[at]
    if n < 128:
        v2 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v2, at = _read_long(data, at)
    n = data[at]
    if n < 128:
        v3 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v3, at = _read_long(data, at)
    n = data[at]
    if n < 128:
        v4 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v4, at = _read_long(data, at)
    n = data[at]
    if n < 128:
        v5 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v5, at = _read_long(data, at)
    n = data[at]
    if n < 128:
        v6 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v6, at = _read_long(data, at)
    n = data[at]
    if n < 128:
        v7 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v7, at = _read_long(data, at)
    n = data[at]
    if n < 128:
        v8 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v8, at = _read_long(data, at)
    n = data[at]
    if n < 128:
        v9 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v9, at = _read_long(data, at)
    n = data[at]
    if n < 128:
        v10 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v10, at = _read_long(data, at)
    v11, at = _read_double(data, at)
    v12, at = _read_double(data, at)
    v13, at = _read_double(data, at)
    v14, at = _read_double(data, at)
    v15, at = _read_boolean(data, at)
    event = MetricEvidence(
        metric=v0,
        role=v1,
        baseline_fail=v2,
        baseline_ok=v3,
        baseline_missing=v4,
        candidate_fail=v5,
        candidate_ok=v6,
        candidate_missing=v7,
        wins=v8,
        losses=v9,
        left_out=v10,
        log_e_promote=v11,
        log_e_rollback=v12,
        log_e_improve=v13,
        margin=v14,
        latched=v15,
    )
    return event, at


def _write_GateDecision(event: GateDecision) -> bytes:
    """Encode one GateDecision."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.decision_id.encode())),
            v0,
            _length(len(v1 := event.use_case_id.encode())),
            v1,
            _length(len(v2 := event.release_id.encode())),
            v2,
            _length(len(v3 := event.change_id.encode())),
            v3,
            _Phase_BYTES[event.phase],
            _int(untyped.stage),
            _int(untyped.release_version),
            _Verdict_BYTES[event.verdict],
            _GateReason_BYTES[event.reason],
            (b"\x00" if (v9 := untyped.metrics) == () else _count(v9) + b"".join([_write_MetricEvidence(item) for item in v9]) + b"\x00"),
            _double(untyped.bound),
            _double(untyped.log_e_rollback),
            _double(untyped.rollback_bound),
            _double(untyped.log_e_split),
            (b"\x00" if (v14 := event.improved) is False else _boolean(v14)),
            _length(len(v15 := event.config_hash.encode())),
            v15,
            _long(untyped.watermark),
        )
    )


def _read_GateDecision(data: bytes, at: int) -> tuple[GateDecision, int]:
    """Decode one GateDecision."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v1 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v1 = data[at:end].decode()
        at = end
    else:
        v1, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v2 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v2 = data[at:end].decode()
        at = end
    else:
        v2, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v3 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v3 = data[at:end].decode()
        at = end
    else:
        v3, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 22:
        v4, at = _read_Phase(data, at)
    else:
        v4 = _Phase[n >> 1]
        at += 1
    n = data[at]
    if n < 128:
        v5 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v5, at = _read_int(data, at)
    n = data[at]
    if n < 128:
        v6 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v6, at = _read_int(data, at)
    n = data[at]
    if n & 1 or n >= 14:
        v7, at = _read_Verdict(data, at)
    else:
        v7 = _Verdict[n >> 1]
        at += 1
    n = data[at]
    if n & 1 or n >= 18:
        v8, at = _read_GateReason(data, at)
    else:
        v8 = _GateReason[n >> 1]
        at += 1
    v9_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            v9_item, at = _read_MetricEvidence(data, at)
            v9_items.append(v9_item)
        count, at = read_count(data, at)
    v9 = tuple(v9_items)
    v10, at = _read_double(data, at)
    v11, at = _read_double(data, at)
    v12, at = _read_double(data, at)
    v13, at = _read_double(data, at)
    v14, at = _read_boolean(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v15 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v15 = data[at:end].decode()
        at = end
    else:
        v15, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v16 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v16, at = _read_long(data, at)
    event = GateDecision(
        decision_id=v0,
        use_case_id=v1,
        release_id=v2,
        change_id=v3,
        phase=v4,
        stage=v5,
        release_version=v6,
        verdict=v7,
        reason=v8,
        metrics=v9,
        bound=v10,
        log_e_rollback=v11,
        rollback_bound=v12,
        log_e_split=v13,
        improved=v14,
        config_hash=v15,
        watermark=v16,
    )
    return event, at


def _write_Mark(event: Mark) -> bytes:
    """Encode one Mark."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.stage.encode())),
            v0,
            _int(untyped.partition),
            _long(untyped.time),
        )
    )


def _read_Mark(data: bytes, at: int) -> tuple[Mark, int]:
    """Decode one Mark."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v1 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v1, at = _read_int(data, at)
    n = data[at]
    if n < 128:
        v2 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v2, at = _read_long(data, at)
    event = Mark(
        stage=v0,
        partition=v1,
        time=v2,
    )
    return event, at


def _write_Measure(event: Measure) -> bytes:
    """Encode one Measure."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.name.encode())),
            v0,
            _double(untyped.bad),
            _length(len(v2 := event.unmeasured.encode())),
            v2,
        )
    )


def _read_Measure(data: bytes, at: int) -> tuple[Measure, int]:
    """Decode one Measure."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    v1, at = _read_double(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v2 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v2 = data[at:end].decode()
        at = end
    else:
        v2, at = _read_string(data, at - 1)
    event = Measure(
        name=v0,
        bad=v1,
        unmeasured=v2,
    )
    return event, at


def _write_Outcome(event: Outcome) -> bytes:
    """Encode one Outcome."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.outcome_id.encode())),
            v0,
            _length(len(v1 := event.unit_id.encode())),
            v1,
            _long(untyped.horizon_ms),
            _long(untyped.started_at),
            _length(len(v4 := event.session_id.encode())),
            v4,
            _length(len(v5 := event.run_id.encode())),
            v5,
            _length(len(v6 := event.user_id.encode())),
            v6,
            _int(untyped.user_bucket),
            _length(len(v8 := event.cohort_id.encode())),
            v8,
            _length(len(v9 := event.intent.encode())),
            v9,
            _length(len(v10 := event.use_case_id.encode())),
            v10,
            _int(untyped.spec_version),
            _length(len(v12 := event.release_id.encode())),
            v12,
            _int(untyped.release_stage),
            _Arm_BYTES[event.arm],
            _Exposure_BYTES[event.exposure],
            _length(len(v16 := event.eval_case_id.encode())),
            v16,
            (b"\x00" if (v17 := untyped.metrics) == () else _count(v17) + b"".join([_write_Measure(item) for item in v17]) + b"\x00"),
        )
    )


def _read_Outcome(data: bytes, at: int) -> tuple[Outcome, int]:
    """Decode one Outcome."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v1 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v1 = data[at:end].decode()
        at = end
    else:
        v1, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v2 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v2, at = _read_long(data, at)
    n = data[at]
    if n < 128:
        v3 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v3, at = _read_long(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v4 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v4 = data[at:end].decode()
        at = end
    else:
        v4, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v5 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v5 = data[at:end].decode()
        at = end
    else:
        v5, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v6 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v6 = data[at:end].decode()
        at = end
    else:
        v6, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v7 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v7, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v8 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v8 = data[at:end].decode()
        at = end
    else:
        v8, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v9 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v9 = data[at:end].decode()
        at = end
    else:
        v9, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v10 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v10 = data[at:end].decode()
        at = end
    else:
        v10, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v11 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v11, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v12 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v12 = data[at:end].decode()
        at = end
    else:
        v12, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v13 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v13, at = _read_int(data, at)
    n = data[at]
    if n & 1 or n >= 8:
        v14, at = _read_Arm(data, at)
    else:
        v14 = _Arm[n >> 1]
        at += 1
    n = data[at]
    if n & 1 or n >= 8:
        v15, at = _read_Exposure(data, at)
    else:
        v15 = _Exposure[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v16 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v16 = data[at:end].decode()
        at = end
    else:
        v16, at = _read_string(data, at - 1)
    v17_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            v17_item, at = _read_Measure(data, at)
            v17_items.append(v17_item)
        count, at = read_count(data, at)
    v17 = tuple(v17_items)
    event = Outcome(
        outcome_id=v0,
        unit_id=v1,
        horizon_ms=v2,
        started_at=v3,
        session_id=v4,
        run_id=v5,
        user_id=v6,
        user_bucket=v7,
        cohort_id=v8,
        intent=v9,
        use_case_id=v10,
        spec_version=v11,
        release_id=v12,
        release_stage=v13,
        arm=v14,
        exposure=v15,
        eval_case_id=v16,
        metrics=v17,
    )
    return event, at


def _write_Span(event: Span) -> bytes:
    """Encode one Span."""
    untyped: Any = event
    return b"".join(
        (
            _int(untyped.start),
            _int(untyped.end),
        )
    )


def _read_Span(data: bytes, at: int) -> tuple[Span, int]:
    """Decode one Span."""
    n = data[at]
    if n < 128:
        v0 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v0, at = _read_int(data, at)
    n = data[at]
    if n < 128:
        v1 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v1, at = _read_int(data, at)
    event = Span(
        start=v0,
        end=v1,
    )
    return event, at


def _write_StagePlan(event: StagePlan) -> bytes:
    """Encode one StagePlan."""
    untyped: Any = event
    return b"".join(
        (
            _double(untyped.share),
            _double(untyped.alpha),
        )
    )


def _read_StagePlan(data: bytes, at: int) -> tuple[StagePlan, int]:
    """Decode one StagePlan."""
    v0, at = _read_double(data, at)
    v1, at = _read_double(data, at)
    event = StagePlan(
        share=v0,
        alpha=v1,
    )
    return event, at


def _write_GateMetric(event: GateMetric) -> bytes:
    """Encode one GateMetric."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.name.encode())),
            v0,
            _MetricRole_BYTES[event.role],
            _double(untyped.target),
            _double(untyped.margin),
            _double(untyped.weight),
            _long(untyped.horizon_ms),
        )
    )


def _read_GateMetric(data: bytes, at: int) -> tuple[GateMetric, int]:
    """Decode one GateMetric."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 6:
        v1, at = _read_MetricRole(data, at)
    else:
        v1 = _MetricRole[n >> 1]
        at += 1
    v2, at = _read_double(data, at)
    v3, at = _read_double(data, at)
    v4, at = _read_double(data, at)
    n = data[at]
    if n < 128:
        v5 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v5, at = _read_long(data, at)
    event = GateMetric(
        name=v0,
        role=v1,
        target=v2,
        margin=v3,
        weight=v4,
        horizon_ms=v5,
    )
    return event, at


def _write_GateConfig(event: GateConfig) -> bytes:
    """Encode one GateConfig."""
    untyped: Any = event
    return b"".join(
        (
            _double(untyped.alpha),
            _double(untyped.beta),
            (b"\x00" if (v2 := untyped.stages) == () else _count(v2) + b"".join([_write_StagePlan(item) for item in v2]) + b"\x00"),
            (b"\x00" if (v3 := untyped.metrics) == () else _count(v3) + b"".join([_write_GateMetric(item) for item in v3]) + b"\x00"),
            _double(untyped.slice),
            _long(untyped.slice_ms),
            _long(untyped.lateness_ms),
            _long(untyped.min_time_ms),
            _long(untyped.blind_after_ms),
            _double(untyped.split_alpha),
            _double(untyped.holdback),
            _long(untyped.holdback_ms),
            _long(untyped.deadline_ms),
            _long(untyped.offline_deadline_ms),
        )
    )


def _read_GateConfig(data: bytes, at: int) -> tuple[GateConfig, int]:
    """Decode one GateConfig."""
    v0, at = _read_double(data, at)
    v1, at = _read_double(data, at)
    v2_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            v2_item, at = _read_StagePlan(data, at)
            v2_items.append(v2_item)
        count, at = read_count(data, at)
    v2 = tuple(v2_items)
    v3_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            v3_item, at = _read_GateMetric(data, at)
            v3_items.append(v3_item)
        count, at = read_count(data, at)
    v3 = tuple(v3_items)
    v4, at = _read_double(data, at)
    n = data[at]
    if n < 128:
        v5 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v5, at = _read_long(data, at)
    n = data[at]
    if n < 128:
        v6 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v6, at = _read_long(data, at)
    n = data[at]
    if n < 128:
        v7 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v7, at = _read_long(data, at)
    n = data[at]
    if n < 128:
        v8 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v8, at = _read_long(data, at)
    v9, at = _read_double(data, at)
    v10, at = _read_double(data, at)
    n = data[at]
    if n < 128:
        v11 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v11, at = _read_long(data, at)
    n = data[at]
    if n < 128:
        v12 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v12, at = _read_long(data, at)
    n = data[at]
    if n < 128:
        v13 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v13, at = _read_long(data, at)
    event = GateConfig(
        alpha=v0,
        beta=v1,
        stages=v2,
        metrics=v3,
        slice=v4,
        slice_ms=v5,
        lateness_ms=v6,
        min_time_ms=v7,
        blind_after_ms=v8,
        split_alpha=v9,
        holdback=v10,
        holdback_ms=v11,
        deadline_ms=v12,
        offline_deadline_ms=v13,
    )
    return event, at


def _write_Release(event: Release) -> bytes:
    """Encode one Release."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.release_id.encode())),
            v0,
            _length(len(v1 := event.use_case_id.encode())),
            v1,
            _length(len(v2 := event.change_id.encode())),
            v2,
            _Surface_BYTES[event.surface],
            _length(len(v4 := event.from_version.encode())),
            v4,
            _length(len(v5 := event.to_version.encode())),
            v5,
            _int(untyped.version),
            _Phase_BYTES[event.phase],
            _Phase_BYTES[event.held_from],
            _int(untyped.stage),
            _double(untyped.share),
            (b"\x00" if (v11 := untyped.slice) == () else _count(v11) + b"".join([_write_Span(item) for item in v11]) + b"\x00"),
            _length(len(v12 := event.reason.encode())),
            v12,
            (b"\x00" if (v13 := untyped.because) == () else _count(v13) + b"".join([_string(item) for item in v13]) + b"\x00"),
            _long(untyped.entered_at),
            _long(untyped.canary_at),
            _RiskTier_BYTES[event.tier],
            _length(len(v17 := event.diff_digest.encode())),
            v17,
            _length(len(v18 := event.offline_decision_id.encode())),
            v18,
            (b"\x00" if (v19 := untyped.examples) == () else _count(v19) + b"".join([_string(item) for item in v19]) + b"\x00"),
            (b"\x00" if (v20 := untyped.case_ids) == () else _count(v20) + b"".join([_string(item) for item in v20]) + b"\x00"),
            _length(len(v21 := event.metric.encode())),
            v21,
            _int(untyped.spec_version),
            _write_GateConfig(event.gate),
            _length(len(v24 := event.rollback_target.encode())),
            v24,
            _length(len(v25 := event.improved_by.encode())),
            v25,
            (b"\x00" if (v26 := event.settled) is False else _boolean(v26)),
        )
    )


def _read_Release(data: bytes, at: int) -> tuple[Release, int]:
    """Decode one Release."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v1 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v1 = data[at:end].decode()
        at = end
    else:
        v1, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v2 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v2 = data[at:end].decode()
        at = end
    else:
        v2, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 32:
        v3, at = _read_Surface(data, at)
    else:
        v3 = _Surface[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v4 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v4 = data[at:end].decode()
        at = end
    else:
        v4, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v5 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v5 = data[at:end].decode()
        at = end
    else:
        v5, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v6 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v6, at = _read_int(data, at)
    n = data[at]
    if n & 1 or n >= 22:
        v7, at = _read_Phase(data, at)
    else:
        v7 = _Phase[n >> 1]
        at += 1
    n = data[at]
    if n & 1 or n >= 22:
        v8, at = _read_Phase(data, at)
    else:
        v8 = _Phase[n >> 1]
        at += 1
    n = data[at]
    if n < 128:
        v9 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v9, at = _read_int(data, at)
    v10, at = _read_double(data, at)
    v11_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            v11_item, at = _read_Span(data, at)
            v11_items.append(v11_item)
        count, at = read_count(data, at)
    v11 = tuple(v11_items)
    n = data[at]
    at += 1
    if n == 0:
        v12 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v12 = data[at:end].decode()
        at = end
    else:
        v12, at = _read_string(data, at - 1)
    v13_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            n = data[at]
            at += 1
            if n == 0:
                v13_item = ""
            elif n < 128 and not n & 1:
                end = at + (n >> 1)
                v13_item = data[at:end].decode()
                at = end
            else:
                v13_item, at = _read_string(data, at - 1)
            v13_items.append(v13_item)
        count, at = read_count(data, at)
    v13 = tuple(v13_items)
    n = data[at]
    if n < 128:
        v14 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v14, at = _read_long(data, at)
    n = data[at]
    if n < 128:
        v15 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v15, at = _read_long(data, at)
    n = data[at]
    if n & 1 or n >= 8:
        v16, at = _read_RiskTier(data, at)
    else:
        v16 = _RiskTier[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v17 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v17 = data[at:end].decode()
        at = end
    else:
        v17, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v18 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v18 = data[at:end].decode()
        at = end
    else:
        v18, at = _read_string(data, at - 1)
    v19_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            n = data[at]
            at += 1
            if n == 0:
                v19_item = ""
            elif n < 128 and not n & 1:
                end = at + (n >> 1)
                v19_item = data[at:end].decode()
                at = end
            else:
                v19_item, at = _read_string(data, at - 1)
            v19_items.append(v19_item)
        count, at = read_count(data, at)
    v19 = tuple(v19_items)
    v20_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            n = data[at]
            at += 1
            if n == 0:
                v20_item = ""
            elif n < 128 and not n & 1:
                end = at + (n >> 1)
                v20_item = data[at:end].decode()
                at = end
            else:
                v20_item, at = _read_string(data, at - 1)
            v20_items.append(v20_item)
        count, at = read_count(data, at)
    v20 = tuple(v20_items)
    n = data[at]
    at += 1
    if n == 0:
        v21 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v21 = data[at:end].decode()
        at = end
    else:
        v21, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v22 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v22, at = _read_int(data, at)
    v23, at = _read_GateConfig(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v24 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v24 = data[at:end].decode()
        at = end
    else:
        v24, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v25 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v25 = data[at:end].decode()
        at = end
    else:
        v25, at = _read_string(data, at - 1)
    v26, at = _read_boolean(data, at)
    event = Release(
        release_id=v0,
        use_case_id=v1,
        change_id=v2,
        surface=v3,
        from_version=v4,
        to_version=v5,
        version=v6,
        phase=v7,
        held_from=v8,
        stage=v9,
        share=v10,
        slice=v11,
        reason=v12,
        because=v13,
        entered_at=v14,
        canary_at=v15,
        tier=v16,
        diff_digest=v17,
        offline_decision_id=v18,
        examples=v19,
        case_ids=v20,
        metric=v21,
        spec_version=v22,
        gate=v23,
        rollback_target=v24,
        improved_by=v25,
        settled=v26,
    )
    return event, at


def _write_LiveVersion(event: LiveVersion) -> bytes:
    """Encode one LiveVersion."""
    return b"".join(
        (
            _Surface_BYTES[event.surface],
            _length(len(v1 := event.version.encode())),
            v1,
        )
    )


def _read_LiveVersion(data: bytes, at: int) -> tuple[LiveVersion, int]:
    """Decode one LiveVersion."""
    n = data[at]
    if n & 1 or n >= 32:
        v0, at = _read_Surface(data, at)
    else:
        v0 = _Surface[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v1 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v1 = data[at:end].decode()
        at = end
    else:
        v1, at = _read_string(data, at - 1)
    event = LiveVersion(
        surface=v0,
        version=v1,
    )
    return event, at


def _write_Releases(event: Releases) -> bytes:
    """Encode one Releases."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.use_case_id.encode())),
            v0,
            _long(untyped.revision),
            (b"\x00" if (v2 := untyped.releases) == () else _count(v2) + b"".join([_write_Release(item) for item in v2]) + b"\x00"),
            (b"\x00" if (v3 := untyped.live) == () else _count(v3) + b"".join([_write_LiveVersion(item) for item in v3]) + b"\x00"),
        )
    )


def _read_Releases(data: bytes, at: int) -> tuple[Releases, int]:
    """Decode one Releases."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v1 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v1, at = _read_long(data, at)
    v2_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            v2_item, at = _read_Release(data, at)
            v2_items.append(v2_item)
        count, at = read_count(data, at)
    v2 = tuple(v2_items)
    v3_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            v3_item, at = _read_LiveVersion(data, at)
            v3_items.append(v3_item)
        count, at = read_count(data, at)
    v3 = tuple(v3_items)
    event = Releases(
        use_case_id=v0,
        revision=v1,
        releases=v2,
        live=v3,
    )
    return event, at


def _write_RunFinished(event: RunFinished) -> bytes:
    """Encode one RunFinished."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.event_id.encode())),
            v0,
            _int(untyped.seq),
            _long(untyped.occurred_at),
            _length(len(v3 := event.session_id.encode())),
            v3,
            _length(len(v4 := event.run_id.encode())),
            v4,
            _length(len(v5 := event.step_id.encode())),
            v5,
            _length(len(v6 := event.parent_step_id.encode())),
            v6,
            _length(len(v7 := event.user_id.encode())),
            v7,
            _int(untyped.user_bucket),
            _length(len(v9 := event.role.encode())),
            v9,
            _length(len(v10 := event.cohort_id.encode())),
            v10,
            _length(len(v11 := event.intent.encode())),
            v11,
            _length(len(v12 := event.use_case_id.encode())),
            v12,
            _int(untyped.spec_version),
            _length(len(v14 := event.workflow_version.encode())),
            v14,
            _length(len(v15 := event.prompt_version.encode())),
            v15,
            _length(len(v16 := event.policy_pack_id.encode())),
            v16,
            _length(len(v17 := event.tool_policy_id.encode())),
            v17,
            _length(len(v18 := event.model_id.encode())),
            v18,
            _length(len(v19 := event.model_params_hash.encode())),
            v19,
            _length(len(v20 := event.release_id.encode())),
            v20,
            _int(untyped.release_stage),
            _Arm_BYTES[event.arm],
            _Exposure_BYTES[event.exposure],
            _length(len(v24 := event.eval_case_id.encode())),
            v24,
            _length(len(v25 := event.permission_scope.encode())),
            v25,
            _Classification_BYTES[event.classification],
            (b"\x00" if (v27 := event.trainable) is False else _boolean(v27)),
            _length(len(v28 := event.traceparent.encode())),
            v28,
            _RunStatus_BYTES[event.status],
            _length(len(v30 := event.error_code.encode())),
            v30,
            (b"\x00" if (v31 := event.output_valid) is False else _boolean(v31)),
            _int(untyped.events),
            _double(untyped.cost),
            _long(untyped.elapsed_ms),
        )
    )


def _read_RunFinished(data: bytes, at: int) -> tuple[RunFinished, int]:
    """Decode one RunFinished."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v1 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v1, at = _read_int(data, at)
    n = data[at]
    if n < 128:
        v2 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v2, at = _read_long(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v3 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v3 = data[at:end].decode()
        at = end
    else:
        v3, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v4 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v4 = data[at:end].decode()
        at = end
    else:
        v4, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v5 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v5 = data[at:end].decode()
        at = end
    else:
        v5, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v6 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v6 = data[at:end].decode()
        at = end
    else:
        v6, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v7 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v7 = data[at:end].decode()
        at = end
    else:
        v7, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v8 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v8, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v9 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v9 = data[at:end].decode()
        at = end
    else:
        v9, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v10 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v10 = data[at:end].decode()
        at = end
    else:
        v10, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v11 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v11 = data[at:end].decode()
        at = end
    else:
        v11, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v12 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v12 = data[at:end].decode()
        at = end
    else:
        v12, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v13 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v13, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v14 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v14 = data[at:end].decode()
        at = end
    else:
        v14, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v15 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v15 = data[at:end].decode()
        at = end
    else:
        v15, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v16 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v16 = data[at:end].decode()
        at = end
    else:
        v16, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v17 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v17 = data[at:end].decode()
        at = end
    else:
        v17, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v18 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v18 = data[at:end].decode()
        at = end
    else:
        v18, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v19 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v19 = data[at:end].decode()
        at = end
    else:
        v19, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v20 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v20 = data[at:end].decode()
        at = end
    else:
        v20, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v21 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v21, at = _read_int(data, at)
    n = data[at]
    if n & 1 or n >= 8:
        v22, at = _read_Arm(data, at)
    else:
        v22 = _Arm[n >> 1]
        at += 1
    n = data[at]
    if n & 1 or n >= 8:
        v23, at = _read_Exposure(data, at)
    else:
        v23 = _Exposure[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v24 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v24 = data[at:end].decode()
        at = end
    else:
        v24, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v25 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v25 = data[at:end].decode()
        at = end
    else:
        v25, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 10:
        v26, at = _read_Classification(data, at)
    else:
        v26 = _Classification[n >> 1]
        at += 1
    v27, at = _read_boolean(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v28 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v28 = data[at:end].decode()
        at = end
    else:
        v28, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 8:
        v29, at = _read_RunStatus(data, at)
    else:
        v29 = _RunStatus[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v30 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v30 = data[at:end].decode()
        at = end
    else:
        v30, at = _read_string(data, at - 1)
    v31, at = _read_boolean(data, at)
    n = data[at]
    if n < 128:
        v32 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v32, at = _read_int(data, at)
    v33, at = _read_double(data, at)
    n = data[at]
    if n < 128:
        v34 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v34, at = _read_long(data, at)
    event = RunFinished(
        event_id=v0,
        seq=v1,
        occurred_at=v2,
        session_id=v3,
        run_id=v4,
        step_id=v5,
        parent_step_id=v6,
        user_id=v7,
        user_bucket=v8,
        role=v9,
        cohort_id=v10,
        intent=v11,
        use_case_id=v12,
        spec_version=v13,
        workflow_version=v14,
        prompt_version=v15,
        policy_pack_id=v16,
        tool_policy_id=v17,
        model_id=v18,
        model_params_hash=v19,
        release_id=v20,
        release_stage=v21,
        arm=v22,
        exposure=v23,
        eval_case_id=v24,
        permission_scope=v25,
        classification=v26,
        trainable=v27,
        traceparent=v28,
        status=v29,
        error_code=v30,
        output_valid=v31,
        events=v32,
        cost=v33,
        elapsed_ms=v34,
    )
    return event, at


def _write_Signal(event: Signal) -> bytes:
    """Encode one Signal."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.signal_id.encode())),
            v0,
            _length(len(v1 := event.step_id.encode())),
            v1,
            _length(len(v2 := event.session_id.encode())),
            v2,
            _length(len(v3 := event.run_id.encode())),
            v3,
            _length(len(v4 := event.user_id.encode())),
            v4,
            _int(untyped.user_bucket),
            _length(len(v6 := event.role.encode())),
            v6,
            _length(len(v7 := event.cohort_id.encode())),
            v7,
            _length(len(v8 := event.intent.encode())),
            v8,
            _length(len(v9 := event.use_case_id.encode())),
            v9,
            _int(untyped.spec_version),
            _length(len(v11 := event.workflow_version.encode())),
            v11,
            _length(len(v12 := event.prompt_version.encode())),
            v12,
            _length(len(v13 := event.policy_pack_id.encode())),
            v13,
            _length(len(v14 := event.tool_policy_id.encode())),
            v14,
            _length(len(v15 := event.model_id.encode())),
            v15,
            _length(len(v16 := event.release_id.encode())),
            v16,
            _int(untyped.release_stage),
            _Arm_BYTES[event.arm],
            _Exposure_BYTES[event.exposure],
            _length(len(v20 := event.eval_case_id.encode())),
            v20,
            _length(len(v21 := event.permission_scope.encode())),
            v21,
            _SignalKind_BYTES[event.kind],
            _ReasonCode_BYTES[event.reason_code],
            _FailureLocus_BYTES[event.failure_locus],
            _Severity_BYTES[event.severity],
            _ControlFailure_BYTES[event.control_failure],
            _double(untyped.strength),
            _length(len(v28 := event.detector.encode())),
            v28,
            _int(untyped.detector_version),
            (b"\x00" if (v30 := untyped.evidence) == () else _count(v30) + b"".join([_string(item) for item in v30]) + b"\x00"),
            _length(len(v31 := event.fingerprint.encode())),
            v31,
            _length(len(v32 := event.cause.encode())),
            v32,
            _long(untyped.occurred_at),
        )
    )


def _read_Signal(data: bytes, at: int) -> tuple[Signal, int]:
    """Decode one Signal."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v1 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v1 = data[at:end].decode()
        at = end
    else:
        v1, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v2 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v2 = data[at:end].decode()
        at = end
    else:
        v2, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v3 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v3 = data[at:end].decode()
        at = end
    else:
        v3, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v4 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v4 = data[at:end].decode()
        at = end
    else:
        v4, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v5 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v5, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v6 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v6 = data[at:end].decode()
        at = end
    else:
        v6, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v7 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v7 = data[at:end].decode()
        at = end
    else:
        v7, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v8 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v8 = data[at:end].decode()
        at = end
    else:
        v8, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v9 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v9 = data[at:end].decode()
        at = end
    else:
        v9, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v10 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v10, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v11 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v11 = data[at:end].decode()
        at = end
    else:
        v11, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v12 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v12 = data[at:end].decode()
        at = end
    else:
        v12, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v13 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v13 = data[at:end].decode()
        at = end
    else:
        v13, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v14 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v14 = data[at:end].decode()
        at = end
    else:
        v14, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v15 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v15 = data[at:end].decode()
        at = end
    else:
        v15, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v16 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v16 = data[at:end].decode()
        at = end
    else:
        v16, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v17 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v17, at = _read_int(data, at)
    n = data[at]
    if n & 1 or n >= 8:
        v18, at = _read_Arm(data, at)
    else:
        v18 = _Arm[n >> 1]
        at += 1
    n = data[at]
    if n & 1 or n >= 8:
        v19, at = _read_Exposure(data, at)
    else:
        v19 = _Exposure[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v20 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v20 = data[at:end].decode()
        at = end
    else:
        v20, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v21 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v21 = data[at:end].decode()
        at = end
    else:
        v21, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 18:
        v22, at = _read_SignalKind(data, at)
    else:
        v22 = _SignalKind[n >> 1]
        at += 1
    n = data[at]
    if n & 1 or n >= 32:
        v23, at = _read_ReasonCode(data, at)
    else:
        v23 = _ReasonCode[n >> 1]
        at += 1
    n = data[at]
    if n & 1 or n >= 24:
        v24, at = _read_FailureLocus(data, at)
    else:
        v24 = _FailureLocus[n >> 1]
        at += 1
    n = data[at]
    if n & 1 or n >= 10:
        v25, at = _read_Severity(data, at)
    else:
        v25 = _Severity[n >> 1]
        at += 1
    n = data[at]
    if n & 1 or n >= 10:
        v26, at = _read_ControlFailure(data, at)
    else:
        v26 = _ControlFailure[n >> 1]
        at += 1
    v27, at = _read_double(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v28 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v28 = data[at:end].decode()
        at = end
    else:
        v28, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v29 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v29, at = _read_int(data, at)
    v30_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            n = data[at]
            at += 1
            if n == 0:
                v30_item = ""
            elif n < 128 and not n & 1:
                end = at + (n >> 1)
                v30_item = data[at:end].decode()
                at = end
            else:
                v30_item, at = _read_string(data, at - 1)
            v30_items.append(v30_item)
        count, at = read_count(data, at)
    v30 = tuple(v30_items)
    n = data[at]
    at += 1
    if n == 0:
        v31 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v31 = data[at:end].decode()
        at = end
    else:
        v31, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v32 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v32 = data[at:end].decode()
        at = end
    else:
        v32, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v33 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v33, at = _read_long(data, at)
    event = Signal(
        signal_id=v0,
        step_id=v1,
        session_id=v2,
        run_id=v3,
        user_id=v4,
        user_bucket=v5,
        role=v6,
        cohort_id=v7,
        intent=v8,
        use_case_id=v9,
        spec_version=v10,
        workflow_version=v11,
        prompt_version=v12,
        policy_pack_id=v13,
        tool_policy_id=v14,
        model_id=v15,
        release_id=v16,
        release_stage=v17,
        arm=v18,
        exposure=v19,
        eval_case_id=v20,
        permission_scope=v21,
        kind=v22,
        reason_code=v23,
        failure_locus=v24,
        severity=v25,
        control_failure=v26,
        strength=v27,
        detector=v28,
        detector_version=v29,
        evidence=v30,
        fingerprint=v31,
        cause=v32,
        occurred_at=v33,
    )
    return event, at


def _write_Takeover(event: Takeover) -> bytes:
    """Encode one Takeover."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.event_id.encode())),
            v0,
            _int(untyped.seq),
            _long(untyped.occurred_at),
            _length(len(v3 := event.session_id.encode())),
            v3,
            _length(len(v4 := event.run_id.encode())),
            v4,
            _length(len(v5 := event.step_id.encode())),
            v5,
            _length(len(v6 := event.parent_step_id.encode())),
            v6,
            _length(len(v7 := event.user_id.encode())),
            v7,
            _int(untyped.user_bucket),
            _length(len(v9 := event.role.encode())),
            v9,
            _length(len(v10 := event.cohort_id.encode())),
            v10,
            _length(len(v11 := event.intent.encode())),
            v11,
            _length(len(v12 := event.use_case_id.encode())),
            v12,
            _int(untyped.spec_version),
            _length(len(v14 := event.workflow_version.encode())),
            v14,
            _length(len(v15 := event.prompt_version.encode())),
            v15,
            _length(len(v16 := event.policy_pack_id.encode())),
            v16,
            _length(len(v17 := event.tool_policy_id.encode())),
            v17,
            _length(len(v18 := event.model_id.encode())),
            v18,
            _length(len(v19 := event.model_params_hash.encode())),
            v19,
            _length(len(v20 := event.release_id.encode())),
            v20,
            _int(untyped.release_stage),
            _Arm_BYTES[event.arm],
            _Exposure_BYTES[event.exposure],
            _length(len(v24 := event.eval_case_id.encode())),
            v24,
            _length(len(v25 := event.permission_scope.encode())),
            v25,
            _Classification_BYTES[event.classification],
            (b"\x00" if (v27 := event.trainable) is False else _boolean(v27)),
            _length(len(v28 := event.traceparent.encode())),
            v28,
            _length(len(v29 := event.by.encode())),
            v29,
            _TakeoverReason_BYTES[event.reason],
            _length(len(v31 := event.point.encode())),
            v31,
        )
    )


def _read_Takeover(data: bytes, at: int) -> tuple[Takeover, int]:
    """Decode one Takeover."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v1 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v1, at = _read_int(data, at)
    n = data[at]
    if n < 128:
        v2 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v2, at = _read_long(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v3 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v3 = data[at:end].decode()
        at = end
    else:
        v3, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v4 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v4 = data[at:end].decode()
        at = end
    else:
        v4, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v5 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v5 = data[at:end].decode()
        at = end
    else:
        v5, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v6 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v6 = data[at:end].decode()
        at = end
    else:
        v6, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v7 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v7 = data[at:end].decode()
        at = end
    else:
        v7, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v8 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v8, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v9 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v9 = data[at:end].decode()
        at = end
    else:
        v9, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v10 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v10 = data[at:end].decode()
        at = end
    else:
        v10, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v11 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v11 = data[at:end].decode()
        at = end
    else:
        v11, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v12 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v12 = data[at:end].decode()
        at = end
    else:
        v12, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v13 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v13, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v14 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v14 = data[at:end].decode()
        at = end
    else:
        v14, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v15 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v15 = data[at:end].decode()
        at = end
    else:
        v15, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v16 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v16 = data[at:end].decode()
        at = end
    else:
        v16, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v17 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v17 = data[at:end].decode()
        at = end
    else:
        v17, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v18 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v18 = data[at:end].decode()
        at = end
    else:
        v18, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v19 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v19 = data[at:end].decode()
        at = end
    else:
        v19, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v20 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v20 = data[at:end].decode()
        at = end
    else:
        v20, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v21 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v21, at = _read_int(data, at)
    n = data[at]
    if n & 1 or n >= 8:
        v22, at = _read_Arm(data, at)
    else:
        v22 = _Arm[n >> 1]
        at += 1
    n = data[at]
    if n & 1 or n >= 8:
        v23, at = _read_Exposure(data, at)
    else:
        v23 = _Exposure[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v24 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v24 = data[at:end].decode()
        at = end
    else:
        v24, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v25 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v25 = data[at:end].decode()
        at = end
    else:
        v25, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 10:
        v26, at = _read_Classification(data, at)
    else:
        v26 = _Classification[n >> 1]
        at += 1
    v27, at = _read_boolean(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v28 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v28 = data[at:end].decode()
        at = end
    else:
        v28, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v29 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v29 = data[at:end].decode()
        at = end
    else:
        v29, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 10:
        v30, at = _read_TakeoverReason(data, at)
    else:
        v30 = _TakeoverReason[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v31 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v31 = data[at:end].decode()
        at = end
    else:
        v31, at = _read_string(data, at - 1)
    event = Takeover(
        event_id=v0,
        seq=v1,
        occurred_at=v2,
        session_id=v3,
        run_id=v4,
        step_id=v5,
        parent_step_id=v6,
        user_id=v7,
        user_bucket=v8,
        role=v9,
        cohort_id=v10,
        intent=v11,
        use_case_id=v12,
        spec_version=v13,
        workflow_version=v14,
        prompt_version=v15,
        policy_pack_id=v16,
        tool_policy_id=v17,
        model_id=v18,
        model_params_hash=v19,
        release_id=v20,
        release_stage=v21,
        arm=v22,
        exposure=v23,
        eval_case_id=v24,
        permission_scope=v25,
        classification=v26,
        trainable=v27,
        traceparent=v28,
        by=v29,
        reason=v30,
        point=v31,
    )
    return event, at


def _write_Tally(event: Tally) -> bytes:
    """Encode one Tally."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.tally_id.encode())),
            v0,
            _length(len(v1 := event.use_case_id.encode())),
            v1,
            _length(len(v2 := event.release_id.encode())),
            v2,
            _Exposure_BYTES[event.exposure],
            _int(untyped.stage),
            _length(len(v5 := event.metric.encode())),
            v5,
            _Arm_BYTES[event.arm],
            _int(untyped.since),
            _long(untyped.slice_start),
            _length(len(v9 := event.example.encode())),
            v9,
            (b"\x00" if (v10 := untyped.cells) == () else _count(v10) + b"".join([_long(item) for item in v10]) + b"\x00"),
        )
    )


def _read_Tally(data: bytes, at: int) -> tuple[Tally, int]:
    """Decode one Tally."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v1 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v1 = data[at:end].decode()
        at = end
    else:
        v1, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v2 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v2 = data[at:end].decode()
        at = end
    else:
        v2, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 8:
        v3, at = _read_Exposure(data, at)
    else:
        v3 = _Exposure[n >> 1]
        at += 1
    n = data[at]
    if n < 128:
        v4 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v4, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v5 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v5 = data[at:end].decode()
        at = end
    else:
        v5, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 8:
        v6, at = _read_Arm(data, at)
    else:
        v6 = _Arm[n >> 1]
        at += 1
    n = data[at]
    if n < 128:
        v7 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v7, at = _read_int(data, at)
    n = data[at]
    if n < 128:
        v8 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v8, at = _read_long(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v9 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v9 = data[at:end].decode()
        at = end
    else:
        v9, at = _read_string(data, at - 1)
    v10_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            n = data[at]
            if n < 128:
                v10_item = (n >> 1) ^ -(n & 1)
                at += 1
            else:
                v10_item, at = _read_long(data, at)
            v10_items.append(v10_item)
        count, at = read_count(data, at)
    v10 = tuple(v10_items)
    event = Tally(
        tally_id=v0,
        use_case_id=v1,
        release_id=v2,
        exposure=v3,
        stage=v4,
        metric=v5,
        arm=v6,
        since=v7,
        slice_start=v8,
        example=v9,
        cells=v10,
    )
    return event, at


def _write_ToolAudited(event: ToolAudited) -> bytes:
    """Encode one ToolAudited."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.event_id.encode())),
            v0,
            _int(untyped.seq),
            _long(untyped.occurred_at),
            _length(len(v3 := event.session_id.encode())),
            v3,
            _length(len(v4 := event.run_id.encode())),
            v4,
            _length(len(v5 := event.step_id.encode())),
            v5,
            _length(len(v6 := event.parent_step_id.encode())),
            v6,
            _length(len(v7 := event.user_id.encode())),
            v7,
            _int(untyped.user_bucket),
            _length(len(v9 := event.role.encode())),
            v9,
            _length(len(v10 := event.cohort_id.encode())),
            v10,
            _length(len(v11 := event.intent.encode())),
            v11,
            _length(len(v12 := event.use_case_id.encode())),
            v12,
            _int(untyped.spec_version),
            _length(len(v14 := event.workflow_version.encode())),
            v14,
            _length(len(v15 := event.prompt_version.encode())),
            v15,
            _length(len(v16 := event.policy_pack_id.encode())),
            v16,
            _length(len(v17 := event.tool_policy_id.encode())),
            v17,
            _length(len(v18 := event.model_id.encode())),
            v18,
            _length(len(v19 := event.model_params_hash.encode())),
            v19,
            _length(len(v20 := event.release_id.encode())),
            v20,
            _int(untyped.release_stage),
            _Arm_BYTES[event.arm],
            _Exposure_BYTES[event.exposure],
            _length(len(v24 := event.eval_case_id.encode())),
            v24,
            _length(len(v25 := event.permission_scope.encode())),
            v25,
            _Classification_BYTES[event.classification],
            (b"\x00" if (v27 := event.trainable) is False else _boolean(v27)),
            _length(len(v28 := event.traceparent.encode())),
            v28,
            _length(len(v29 := event.call_id.encode())),
            v29,
            _length(len(v30 := event.tool.encode())),
            v30,
            _length(len(v31 := event.args_schema_id.encode())),
            v31,
            _length(len(v32 := event.args_hash.encode())),
            v32,
            _length(len(v33 := event.args.encode())),
            v33,
            _EffectClass_BYTES[event.effect],
            _length(len(v35 := event.target_id.encode())),
            v35,
            _length(len(v36 := event.idempotency_key.encode())),
            v36,
            _ToolStatus_BYTES[event.status],
            _length(len(v38 := event.error_code.encode())),
            v38,
            _length(len(v39 := event.exception_type.encode())),
            v39,
            _length(len(v40 := event.scope_used.encode())),
            v40,
            _long(untyped.elapsed_ms),
        )
    )


def _read_ToolAudited(data: bytes, at: int) -> tuple[ToolAudited, int]:
    """Decode one ToolAudited."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v1 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v1, at = _read_int(data, at)
    n = data[at]
    if n < 128:
        v2 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v2, at = _read_long(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v3 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v3 = data[at:end].decode()
        at = end
    else:
        v3, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v4 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v4 = data[at:end].decode()
        at = end
    else:
        v4, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v5 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v5 = data[at:end].decode()
        at = end
    else:
        v5, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v6 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v6 = data[at:end].decode()
        at = end
    else:
        v6, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v7 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v7 = data[at:end].decode()
        at = end
    else:
        v7, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v8 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v8, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v9 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v9 = data[at:end].decode()
        at = end
    else:
        v9, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v10 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v10 = data[at:end].decode()
        at = end
    else:
        v10, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v11 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v11 = data[at:end].decode()
        at = end
    else:
        v11, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v12 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v12 = data[at:end].decode()
        at = end
    else:
        v12, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v13 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v13, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v14 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v14 = data[at:end].decode()
        at = end
    else:
        v14, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v15 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v15 = data[at:end].decode()
        at = end
    else:
        v15, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v16 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v16 = data[at:end].decode()
        at = end
    else:
        v16, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v17 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v17 = data[at:end].decode()
        at = end
    else:
        v17, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v18 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v18 = data[at:end].decode()
        at = end
    else:
        v18, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v19 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v19 = data[at:end].decode()
        at = end
    else:
        v19, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v20 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v20 = data[at:end].decode()
        at = end
    else:
        v20, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v21 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v21, at = _read_int(data, at)
    n = data[at]
    if n & 1 or n >= 8:
        v22, at = _read_Arm(data, at)
    else:
        v22 = _Arm[n >> 1]
        at += 1
    n = data[at]
    if n & 1 or n >= 8:
        v23, at = _read_Exposure(data, at)
    else:
        v23 = _Exposure[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v24 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v24 = data[at:end].decode()
        at = end
    else:
        v24, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v25 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v25 = data[at:end].decode()
        at = end
    else:
        v25, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 10:
        v26, at = _read_Classification(data, at)
    else:
        v26 = _Classification[n >> 1]
        at += 1
    v27, at = _read_boolean(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v28 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v28 = data[at:end].decode()
        at = end
    else:
        v28, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v29 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v29 = data[at:end].decode()
        at = end
    else:
        v29, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v30 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v30 = data[at:end].decode()
        at = end
    else:
        v30, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v31 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v31 = data[at:end].decode()
        at = end
    else:
        v31, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v32 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v32 = data[at:end].decode()
        at = end
    else:
        v32, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v33 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v33 = data[at:end].decode()
        at = end
    else:
        v33, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 8:
        v34, at = _read_EffectClass(data, at)
    else:
        v34 = _EffectClass[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v35 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v35 = data[at:end].decode()
        at = end
    else:
        v35, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v36 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v36 = data[at:end].decode()
        at = end
    else:
        v36, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 10:
        v37, at = _read_ToolStatus(data, at)
    else:
        v37 = _ToolStatus[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v38 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v38 = data[at:end].decode()
        at = end
    else:
        v38, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v39 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v39 = data[at:end].decode()
        at = end
    else:
        v39, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v40 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v40 = data[at:end].decode()
        at = end
    else:
        v40, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v41 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v41, at = _read_long(data, at)
    event = ToolAudited(
        event_id=v0,
        seq=v1,
        occurred_at=v2,
        session_id=v3,
        run_id=v4,
        step_id=v5,
        parent_step_id=v6,
        user_id=v7,
        user_bucket=v8,
        role=v9,
        cohort_id=v10,
        intent=v11,
        use_case_id=v12,
        spec_version=v13,
        workflow_version=v14,
        prompt_version=v15,
        policy_pack_id=v16,
        tool_policy_id=v17,
        model_id=v18,
        model_params_hash=v19,
        release_id=v20,
        release_stage=v21,
        arm=v22,
        exposure=v23,
        eval_case_id=v24,
        permission_scope=v25,
        classification=v26,
        trainable=v27,
        traceparent=v28,
        call_id=v29,
        tool=v30,
        args_schema_id=v31,
        args_hash=v32,
        args=v33,
        effect=v34,
        target_id=v35,
        idempotency_key=v36,
        status=v37,
        error_code=v38,
        exception_type=v39,
        scope_used=v40,
        elapsed_ms=v41,
    )
    return event, at


def _write_Transition(event: Transition) -> bytes:
    """Encode one Transition."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.transition_id.encode())),
            v0,
            _length(len(v1 := event.use_case_id.encode())),
            v1,
            _length(len(v2 := event.release_id.encode())),
            v2,
            _length(len(v3 := event.change_id.encode())),
            v3,
            _int(untyped.version),
            _Phase_BYTES[event.from_phase],
            _Phase_BYTES[event.to_phase],
            _int(untyped.from_stage),
            _int(untyped.to_stage),
            _double(untyped.share),
            _length(len(v10 := event.reason.encode())),
            v10,
            (b"\x00" if (v11 := untyped.because) == () else _count(v11) + b"".join([_string(item) for item in v11]) + b"\x00"),
            _long(untyped.occurred_at),
        )
    )


def _read_Transition(data: bytes, at: int) -> tuple[Transition, int]:
    """Decode one Transition."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v1 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v1 = data[at:end].decode()
        at = end
    else:
        v1, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v2 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v2 = data[at:end].decode()
        at = end
    else:
        v2, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v3 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v3 = data[at:end].decode()
        at = end
    else:
        v3, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v4 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v4, at = _read_int(data, at)
    n = data[at]
    if n & 1 or n >= 22:
        v5, at = _read_Phase(data, at)
    else:
        v5 = _Phase[n >> 1]
        at += 1
    n = data[at]
    if n & 1 or n >= 22:
        v6, at = _read_Phase(data, at)
    else:
        v6 = _Phase[n >> 1]
        at += 1
    n = data[at]
    if n < 128:
        v7 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v7, at = _read_int(data, at)
    n = data[at]
    if n < 128:
        v8 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v8, at = _read_int(data, at)
    v9, at = _read_double(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v10 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v10 = data[at:end].decode()
        at = end
    else:
        v10, at = _read_string(data, at - 1)
    v11_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            n = data[at]
            at += 1
            if n == 0:
                v11_item = ""
            elif n < 128 and not n & 1:
                end = at + (n >> 1)
                v11_item = data[at:end].decode()
                at = end
            else:
                v11_item, at = _read_string(data, at - 1)
            v11_items.append(v11_item)
        count, at = read_count(data, at)
    v11 = tuple(v11_items)
    n = data[at]
    if n < 128:
        v12 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v12, at = _read_long(data, at)
    event = Transition(
        transition_id=v0,
        use_case_id=v1,
        release_id=v2,
        change_id=v3,
        version=v4,
        from_phase=v5,
        to_phase=v6,
        from_stage=v7,
        to_stage=v8,
        share=v9,
        reason=v10,
        because=v11,
        occurred_at=v12,
    )
    return event, at


def _write_SourceRule(event: SourceRule) -> bytes:
    """Encode one SourceRule."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.source_id.encode())),
            v0,
            _length(len(v1 := event.scope.encode())),
            v1,
            _long(untyped.freshness_ms),
        )
    )


def _read_SourceRule(data: bytes, at: int) -> tuple[SourceRule, int]:
    """Decode one SourceRule."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v1 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v1 = data[at:end].decode()
        at = end
    else:
        v1, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v2 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v2, at = _read_long(data, at)
    event = SourceRule(
        source_id=v0,
        scope=v1,
        freshness_ms=v2,
    )
    return event, at


def _write_ToolRule(event: ToolRule) -> bytes:
    """Encode one ToolRule."""
    return b"".join(
        (
            _length(len(v0 := event.tool.encode())),
            v0,
            _EffectClass_BYTES[event.effect],
            _length(len(v2 := event.scope.encode())),
            v2,
        )
    )


def _read_ToolRule(data: bytes, at: int) -> tuple[ToolRule, int]:
    """Decode one ToolRule."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 8:
        v1, at = _read_EffectClass(data, at)
    else:
        v1 = _EffectClass[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v2 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v2 = data[at:end].decode()
        at = end
    else:
        v2, at = _read_string(data, at - 1)
    event = ToolRule(
        tool=v0,
        effect=v1,
        scope=v2,
    )
    return event, at


def _write_ScopeParent(event: ScopeParent) -> bytes:
    """Encode one ScopeParent."""
    return b"".join(
        (
            _length(len(v0 := event.grant.encode())),
            v0,
            _length(len(v1 := event.under.encode())),
            v1,
        )
    )


def _read_ScopeParent(data: bytes, at: int) -> tuple[ScopeParent, int]:
    """Decode one ScopeParent."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v1 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v1 = data[at:end].decode()
        at = end
    else:
        v1, at = _read_string(data, at - 1)
    event = ScopeParent(
        grant=v0,
        under=v1,
    )
    return event, at


def _write_MetricSpec(event: MetricSpec) -> bytes:
    """Encode one MetricSpec."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.name.encode())),
            v0,
            _length(len(v1 := event.good.encode())),
            v1,
            _MetricRole_BYTES[event.role],
            (b"\x00" if (v3 := untyped.signals) == () else _count(v3) + b"".join([_SignalKind_BYTES[item] for item in v3]) + b"\x00"),
            (b"\x00" if (v4 := event.run_error_is_bad) is False else _boolean(v4)),
            _length(len(v5 := event.event.encode())),
            v5,
            _BadIf_BYTES[event.bad_if],
            _double(untyped.threshold),
            _double(untyped.target),
            _double(untyped.margin),
            _double(untyped.weight),
            _long(untyped.horizon_ms),
        )
    )


def _read_MetricSpec(data: bytes, at: int) -> tuple[MetricSpec, int]:
    """Decode one MetricSpec."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v1 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v1 = data[at:end].decode()
        at = end
    else:
        v1, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 6:
        v2, at = _read_MetricRole(data, at)
    else:
        v2 = _MetricRole[n >> 1]
        at += 1
    v3_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            n = data[at]
            if n & 1 or n >= 18:
                v3_item, at = _read_SignalKind(data, at)
            else:
                v3_item = _SignalKind[n >> 1]
                at += 1
            v3_items.append(v3_item)
        count, at = read_count(data, at)
    v3 = tuple(v3_items)
    v4, at = _read_boolean(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v5 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v5 = data[at:end].decode()
        at = end
    else:
        v5, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 8:
        v6, at = _read_BadIf(data, at)
    else:
        v6 = _BadIf[n >> 1]
        at += 1
    v7, at = _read_double(data, at)
    v8, at = _read_double(data, at)
    v9, at = _read_double(data, at)
    v10, at = _read_double(data, at)
    n = data[at]
    if n < 128:
        v11 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v11, at = _read_long(data, at)
    event = MetricSpec(
        name=v0,
        good=v1,
        role=v2,
        signals=v3,
        run_error_is_bad=v4,
        event=v5,
        bad_if=v6,
        threshold=v7,
        target=v8,
        margin=v9,
        weight=v10,
        horizon_ms=v11,
    )
    return event, at


def _write_ReleasePolicy(event: ReleasePolicy) -> bytes:
    """Encode one ReleasePolicy."""
    untyped: Any = event
    return b"".join(
        (
            _double(untyped.alpha),
            _double(untyped.beta),
            (b"\x00" if (v2 := untyped.stages) == () else _count(v2) + b"".join([_write_StagePlan(item) for item in v2]) + b"\x00"),
            _double(untyped.slice),
            _long(untyped.slice_ms),
            _long(untyped.lateness_ms),
            _long(untyped.min_time_ms),
            _long(untyped.blind_after_ms),
            _double(untyped.split_alpha),
            _double(untyped.holdback),
            _long(untyped.holdback_ms),
            _long(untyped.deadline_ms),
            _long(untyped.offline_deadline_ms),
        )
    )


def _read_ReleasePolicy(data: bytes, at: int) -> tuple[ReleasePolicy, int]:
    """Decode one ReleasePolicy."""
    v0, at = _read_double(data, at)
    v1, at = _read_double(data, at)
    v2_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            v2_item, at = _read_StagePlan(data, at)
            v2_items.append(v2_item)
        count, at = read_count(data, at)
    v2 = tuple(v2_items)
    v3, at = _read_double(data, at)
    n = data[at]
    if n < 128:
        v4 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v4, at = _read_long(data, at)
    n = data[at]
    if n < 128:
        v5 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v5, at = _read_long(data, at)
    n = data[at]
    if n < 128:
        v6 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v6, at = _read_long(data, at)
    n = data[at]
    if n < 128:
        v7 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v7, at = _read_long(data, at)
    v8, at = _read_double(data, at)
    v9, at = _read_double(data, at)
    n = data[at]
    if n < 128:
        v10 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v10, at = _read_long(data, at)
    n = data[at]
    if n < 128:
        v11 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v11, at = _read_long(data, at)
    n = data[at]
    if n < 128:
        v12 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v12, at = _read_long(data, at)
    event = ReleasePolicy(
        alpha=v0,
        beta=v1,
        stages=v2,
        slice=v3,
        slice_ms=v4,
        lateness_ms=v5,
        min_time_ms=v6,
        blind_after_ms=v7,
        split_alpha=v8,
        holdback=v9,
        holdback_ms=v10,
        deadline_ms=v11,
        offline_deadline_ms=v12,
    )
    return event, at


def _write_UseCaseSpec(event: UseCaseSpec) -> bytes:
    """Encode one UseCaseSpec."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.use_case_id.encode())),
            v0,
            _int(untyped.version),
            _length(len(v2 := event.title.encode())),
            v2,
            _length(len(v3 := event.owner.encode())),
            v3,
            _length(len(v4 := event.on_call.encode())),
            v4,
            _RiskTier_BYTES[event.tier],
            (b"\x00" if (v6 := untyped.intents) == () else _count(v6) + b"".join([_string(item) for item in v6]) + b"\x00"),
            (b"\x00" if (v7 := untyped.sources) == () else _count(v7) + b"".join([_write_SourceRule(item) for item in v7]) + b"\x00"),
            (b"\x00" if (v8 := untyped.tools) == () else _count(v8) + b"".join([_write_ToolRule(item) for item in v8]) + b"\x00"),
            (b"\x00" if (v9 := untyped.scope_parents) == () else _count(v9) + b"".join([_write_ScopeParent(item) for item in v9]) + b"\x00"),
            (b"\x00" if (v10 := untyped.raw_fields) == () else _count(v10) + b"".join([_string(item) for item in v10]) + b"\x00"),
            _long(untyped.patience_ms),
            (b"\x00" if (v12 := untyped.metrics) == () else _count(v12) + b"".join([_write_MetricSpec(item) for item in v12]) + b"\x00"),
            _write_ReleasePolicy(event.policy),
            _length(len(v14 := event.published_by.encode())),
            v14,
            _long(untyped.published_at),
        )
    )


def _read_UseCaseSpec(data: bytes, at: int) -> tuple[UseCaseSpec, int]:
    """Decode one UseCaseSpec."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v1 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v1, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v2 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v2 = data[at:end].decode()
        at = end
    else:
        v2, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v3 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v3 = data[at:end].decode()
        at = end
    else:
        v3, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v4 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v4 = data[at:end].decode()
        at = end
    else:
        v4, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 8:
        v5, at = _read_RiskTier(data, at)
    else:
        v5 = _RiskTier[n >> 1]
        at += 1
    v6_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            n = data[at]
            at += 1
            if n == 0:
                v6_item = ""
            elif n < 128 and not n & 1:
                end = at + (n >> 1)
                v6_item = data[at:end].decode()
                at = end
            else:
                v6_item, at = _read_string(data, at - 1)
            v6_items.append(v6_item)
        count, at = read_count(data, at)
    v6 = tuple(v6_items)
    v7_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            v7_item, at = _read_SourceRule(data, at)
            v7_items.append(v7_item)
        count, at = read_count(data, at)
    v7 = tuple(v7_items)
    v8_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            v8_item, at = _read_ToolRule(data, at)
            v8_items.append(v8_item)
        count, at = read_count(data, at)
    v8 = tuple(v8_items)
    v9_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            v9_item, at = _read_ScopeParent(data, at)
            v9_items.append(v9_item)
        count, at = read_count(data, at)
    v9 = tuple(v9_items)
    v10_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            n = data[at]
            at += 1
            if n == 0:
                v10_item = ""
            elif n < 128 and not n & 1:
                end = at + (n >> 1)
                v10_item = data[at:end].decode()
                at = end
            else:
                v10_item, at = _read_string(data, at - 1)
            v10_items.append(v10_item)
        count, at = read_count(data, at)
    v10 = tuple(v10_items)
    n = data[at]
    if n < 128:
        v11 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v11, at = _read_long(data, at)
    v12_items = []
    count, at = read_count(data, at)
    while count:
        for _ in range(count):
            v12_item, at = _read_MetricSpec(data, at)
            v12_items.append(v12_item)
        count, at = read_count(data, at)
    v12 = tuple(v12_items)
    v13, at = _read_ReleasePolicy(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v14 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v14 = data[at:end].decode()
        at = end
    else:
        v14, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v15 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v15, at = _read_long(data, at)
    event = UseCaseSpec(
        use_case_id=v0,
        version=v1,
        title=v2,
        owner=v3,
        on_call=v4,
        tier=v5,
        intents=v6,
        sources=v7,
        tools=v8,
        scope_parents=v9,
        raw_fields=v10,
        patience_ms=v11,
        metrics=v12,
        policy=v13,
        published_by=v14,
        published_at=v15,
    )
    return event, at


def _write_UserTurn(event: UserTurn) -> bytes:
    """Encode one UserTurn."""
    untyped: Any = event
    return b"".join(
        (
            _length(len(v0 := event.event_id.encode())),
            v0,
            _int(untyped.seq),
            _long(untyped.occurred_at),
            _length(len(v3 := event.session_id.encode())),
            v3,
            _length(len(v4 := event.run_id.encode())),
            v4,
            _length(len(v5 := event.step_id.encode())),
            v5,
            _length(len(v6 := event.parent_step_id.encode())),
            v6,
            _length(len(v7 := event.user_id.encode())),
            v7,
            _int(untyped.user_bucket),
            _length(len(v9 := event.role.encode())),
            v9,
            _length(len(v10 := event.cohort_id.encode())),
            v10,
            _length(len(v11 := event.intent.encode())),
            v11,
            _length(len(v12 := event.use_case_id.encode())),
            v12,
            _int(untyped.spec_version),
            _length(len(v14 := event.workflow_version.encode())),
            v14,
            _length(len(v15 := event.prompt_version.encode())),
            v15,
            _length(len(v16 := event.policy_pack_id.encode())),
            v16,
            _length(len(v17 := event.tool_policy_id.encode())),
            v17,
            _length(len(v18 := event.model_id.encode())),
            v18,
            _length(len(v19 := event.model_params_hash.encode())),
            v19,
            _length(len(v20 := event.release_id.encode())),
            v20,
            _int(untyped.release_stage),
            _Arm_BYTES[event.arm],
            _Exposure_BYTES[event.exposure],
            _length(len(v24 := event.eval_case_id.encode())),
            v24,
            _length(len(v25 := event.permission_scope.encode())),
            v25,
            _Classification_BYTES[event.classification],
            (b"\x00" if (v27 := event.trainable) is False else _boolean(v27)),
            _length(len(v28 := event.traceparent.encode())),
            v28,
            _write_TextRef(event.text),
            _length(len(v30 := event.locale.encode())),
            v30,
            _length(len(v31 := event.channel.encode())),
            v31,
        )
    )


def _read_UserTurn(data: bytes, at: int) -> tuple[UserTurn, int]:
    """Decode one UserTurn."""
    n = data[at]
    at += 1
    if n == 0:
        v0 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v0 = data[at:end].decode()
        at = end
    else:
        v0, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v1 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v1, at = _read_int(data, at)
    n = data[at]
    if n < 128:
        v2 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v2, at = _read_long(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v3 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v3 = data[at:end].decode()
        at = end
    else:
        v3, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v4 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v4 = data[at:end].decode()
        at = end
    else:
        v4, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v5 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v5 = data[at:end].decode()
        at = end
    else:
        v5, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v6 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v6 = data[at:end].decode()
        at = end
    else:
        v6, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v7 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v7 = data[at:end].decode()
        at = end
    else:
        v7, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v8 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v8, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v9 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v9 = data[at:end].decode()
        at = end
    else:
        v9, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v10 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v10 = data[at:end].decode()
        at = end
    else:
        v10, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v11 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v11 = data[at:end].decode()
        at = end
    else:
        v11, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v12 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v12 = data[at:end].decode()
        at = end
    else:
        v12, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v13 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v13, at = _read_int(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v14 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v14 = data[at:end].decode()
        at = end
    else:
        v14, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v15 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v15 = data[at:end].decode()
        at = end
    else:
        v15, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v16 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v16 = data[at:end].decode()
        at = end
    else:
        v16, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v17 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v17 = data[at:end].decode()
        at = end
    else:
        v17, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v18 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v18 = data[at:end].decode()
        at = end
    else:
        v18, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v19 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v19 = data[at:end].decode()
        at = end
    else:
        v19, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v20 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v20 = data[at:end].decode()
        at = end
    else:
        v20, at = _read_string(data, at - 1)
    n = data[at]
    if n < 128:
        v21 = (n >> 1) ^ -(n & 1)
        at += 1
    else:
        v21, at = _read_int(data, at)
    n = data[at]
    if n & 1 or n >= 8:
        v22, at = _read_Arm(data, at)
    else:
        v22 = _Arm[n >> 1]
        at += 1
    n = data[at]
    if n & 1 or n >= 8:
        v23, at = _read_Exposure(data, at)
    else:
        v23 = _Exposure[n >> 1]
        at += 1
    n = data[at]
    at += 1
    if n == 0:
        v24 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v24 = data[at:end].decode()
        at = end
    else:
        v24, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v25 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v25 = data[at:end].decode()
        at = end
    else:
        v25, at = _read_string(data, at - 1)
    n = data[at]
    if n & 1 or n >= 10:
        v26, at = _read_Classification(data, at)
    else:
        v26 = _Classification[n >> 1]
        at += 1
    v27, at = _read_boolean(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v28 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v28 = data[at:end].decode()
        at = end
    else:
        v28, at = _read_string(data, at - 1)
    v29, at = _read_TextRef(data, at)
    n = data[at]
    at += 1
    if n == 0:
        v30 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v30 = data[at:end].decode()
        at = end
    else:
        v30, at = _read_string(data, at - 1)
    n = data[at]
    at += 1
    if n == 0:
        v31 = ""
    elif n < 128 and not n & 1:
        end = at + (n >> 1)
        v31 = data[at:end].decode()
        at = end
    else:
        v31, at = _read_string(data, at - 1)
    event = UserTurn(
        event_id=v0,
        seq=v1,
        occurred_at=v2,
        session_id=v3,
        run_id=v4,
        step_id=v5,
        parent_step_id=v6,
        user_id=v7,
        user_bucket=v8,
        role=v9,
        cohort_id=v10,
        intent=v11,
        use_case_id=v12,
        spec_version=v13,
        workflow_version=v14,
        prompt_version=v15,
        policy_pack_id=v16,
        tool_policy_id=v17,
        model_id=v18,
        model_params_hash=v19,
        release_id=v20,
        release_stage=v21,
        arm=v22,
        exposure=v23,
        eval_case_id=v24,
        permission_scope=v25,
        classification=v26,
        trainable=v27,
        traceparent=v28,
        text=v29,
        locale=v30,
        channel=v31,
    )
    return event, at


ENCODE: dict[str, Callable[[Any], bytes]] = {
    'ActionReconciled': _write_ActionReconciled,
    'Alarm': _write_Alarm,
    'Answer': _write_Answer,
    'Approval': _write_Approval,
    'AuditRecord': _write_AuditRecord,
    'BusinessOutcome': _write_BusinessOutcome,
    'Case': _write_Case,
    'CaseLink': _write_CaseLink,
    'Change': _write_Change,
    'DecisionSnapshot': _write_DecisionSnapshot,
    'ExplicitFeedback': _write_ExplicitFeedback,
    'GateDecision': _write_GateDecision,
    'Mark': _write_Mark,
    'Outcome': _write_Outcome,
    'Releases': _write_Releases,
    'RunFinished': _write_RunFinished,
    'Signal': _write_Signal,
    'Takeover': _write_Takeover,
    'Tally': _write_Tally,
    'ToolAudited': _write_ToolAudited,
    'Transition': _write_Transition,
    'UseCaseSpec': _write_UseCaseSpec,
    'UserTurn': _write_UserTurn,
}
DECODE: dict[str, Callable[[bytes, int], tuple[Event, int]]] = {
    'ActionReconciled': _read_ActionReconciled,
    'Alarm': _read_Alarm,
    'Answer': _read_Answer,
    'Approval': _read_Approval,
    'AuditRecord': _read_AuditRecord,
    'BusinessOutcome': _read_BusinessOutcome,
    'Case': _read_Case,
    'CaseLink': _read_CaseLink,
    'Change': _read_Change,
    'DecisionSnapshot': _read_DecisionSnapshot,
    'ExplicitFeedback': _read_ExplicitFeedback,
    'GateDecision': _read_GateDecision,
    'Mark': _read_Mark,
    'Outcome': _read_Outcome,
    'Releases': _read_Releases,
    'RunFinished': _read_RunFinished,
    'Signal': _read_Signal,
    'Takeover': _read_Takeover,
    'Tally': _read_Tally,
    'ToolAudited': _read_ToolAudited,
    'Transition': _read_Transition,
    'UseCaseSpec': _read_UseCaseSpec,
    'UserTurn': _read_UserTurn,
}
