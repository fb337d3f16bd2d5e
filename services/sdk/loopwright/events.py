"""Generated from schemas/ by `make contracts`. Do not edit.

Times are milliseconds since 1970 UTC. What is absent is empty, 0 or -1, as each field's doc says.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct


class Event(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="type", gc=False
):
    """A fact that has happened. Never changed, only followed by other facts."""


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """A value inside an event."""


class Arm(StrEnum):
    """Which side of a comparison produced a run."""

    UNKNOWN = "UNKNOWN"
    NONE = "NONE"
    BASELINE = "BASELINE"
    CANDIDATE = "CANDIDATE"


class Exposure(StrEnum):
    """Who saw the run's output."""

    UNKNOWN = "UNKNOWN"
    LIVE = "LIVE"
    SHADOW = "SHADOW"
    OFFLINE = "OFFLINE"


class Classification(StrEnum):
    """Sensitivity of the record, CloudEvents dataclassification."""

    UNKNOWN = "UNKNOWN"
    PUBLIC = "PUBLIC"
    INTERNAL = "INTERNAL"
    CONFIDENTIAL = "CONFIDENTIAL"
    RESTRICTED = "RESTRICTED"


class ActionStatus(StrEnum):
    """What the system of record did with the action."""

    UNKNOWN = "UNKNOWN"
    EXECUTED = "EXECUTED"
    REJECTED = "REJECTED"
    PENDING = "PENDING"


class ControlFailure(StrEnum):
    """A broken control: acts without statistics."""

    UNKNOWN = "UNKNOWN"
    NONE = "NONE"
    SCOPE_BREACH = "SCOPE_BREACH"
    SENSITIVE_FIELD_LEAK = "SENSITIVE_FIELD_LEAK"
    SIDE_EFFECT_MISFIRE = "SIDE_EFFECT_MISFIRE"


class ReasonCode(StrEnum):
    """Why a run went badly, in words that match actual fixes."""

    UNKNOWN = "UNKNOWN"
    WRONG_SOURCE = "WRONG_SOURCE"
    MISSING_SOURCE = "MISSING_SOURCE"
    STALE_SOURCE = "STALE_SOURCE"
    UNSAFE_SCOPE = "UNSAFE_SCOPE"
    TOOL_ERROR = "TOOL_ERROR"
    FORMAT_FAIL = "FORMAT_FAIL"
    UNSUPPORTED_CLAIM = "UNSUPPORTED_CLAIM"
    INSTRUCTION_MISS = "INSTRUCTION_MISS"
    WRONG_ACTION = "WRONG_ACTION"
    PARTIAL_ACTION = "PARTIAL_ACTION"
    WRONG_REFUSAL = "WRONG_REFUSAL"
    TOO_SLOW = "TOO_SLOW"
    TOO_COSTLY = "TOO_COSTLY"
    POOR_HANDOFF = "POOR_HANDOFF"
    NOT_A_FAULT = "NOT_A_FAULT"


class FailureLocus(StrEnum):
    """Where to fix."""

    UNKNOWN = "UNKNOWN"
    INPUT_KNOWLEDGE = "INPUT_KNOWLEDGE"
    RETRIEVAL = "RETRIEVAL"
    PROMPT_DECISION = "PROMPT_DECISION"
    TOOL_POLICY = "TOOL_POLICY"
    TOOL_CALL = "TOOL_CALL"
    OUTPUT_FORMAT = "OUTPUT_FORMAT"
    VERIFICATION = "VERIFICATION"
    POLICY_SCOPE = "POLICY_SCOPE"
    HANDOFF = "HANDOFF"
    ORCHESTRATION = "ORCHESTRATION"
    MODEL = "MODEL"


class Severity(StrEnum):
    """How bad it is."""

    UNKNOWN = "UNKNOWN"
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


class CaseStatus(StrEnum):
    """The life of a case."""

    UNKNOWN = "UNKNOWN"
    OPEN = "OPEN"
    TRIAGED = "TRIAGED"
    IN_FIX = "IN_FIX"
    RELEASED = "RELEASED"
    VERIFIED = "VERIFIED"
    REOPENED = "REOPENED"
    CLOSED = "CLOSED"


class SignalKind(StrEnum):
    """What was noticed."""

    UNKNOWN = "UNKNOWN"
    EXPLICIT_NEGATIVE = "EXPLICIT_NEGATIVE"
    REPHRASE = "REPHRASE"
    CORRECTION = "CORRECTION"
    TAKEOVER = "TAKEOVER"
    ABANDONMENT = "ABANDONMENT"
    TOOL_FAILURE = "TOOL_FAILURE"
    STALE_SOURCE = "STALE_SOURCE"
    INTENT_EFFECT_MISMATCH = "INTENT_EFFECT_MISMATCH"


class LinkState(StrEnum):
    """How far a change that names a case has come."""

    UNKNOWN = "UNKNOWN"
    LINKED = "LINKED"
    RELEASED = "RELEASED"
    VERIFIED = "VERIFIED"
    WITHDRAWN = "WITHDRAWN"


class Surface(StrEnum):
    """What a change touches."""

    UNKNOWN = "UNKNOWN"
    KNOWLEDGE = "KNOWLEDGE"
    MEMORY = "MEMORY"
    RETRIEVAL_CONFIG = "RETRIEVAL_CONFIG"
    RANKING_WEIGHTS = "RANKING_WEIGHTS"
    QUERY_REWRITE = "QUERY_REWRITE"
    PROMPT = "PROMPT"
    AGENT_WORKFLOW = "AGENT_WORKFLOW"
    TOOL_SCHEMA = "TOOL_SCHEMA"
    TOOL_POLICY = "TOOL_POLICY"
    WRITE_ACTION = "WRITE_ACTION"
    DATA_SCOPE = "DATA_SCOPE"
    POLICY_FILTER = "POLICY_FILTER"
    ACCESS_BEHAVIOUR = "ACCESS_BEHAVIOUR"
    OUTPUT_VALIDATOR = "OUTPUT_VALIDATOR"
    MODEL = "MODEL"


class RiskTier(StrEnum):
    """How much review a change needs: none, one approval, two different approvers."""

    UNKNOWN = "UNKNOWN"
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


class FeedbackTarget(StrEnum):
    """What the feedback is about."""

    UNKNOWN = "UNKNOWN"
    RUN = "RUN"
    STEP = "STEP"
    SESSION = "SESSION"
    TOOL_CALL = "TOOL_CALL"


class Polarity(StrEnum):
    """Whether feedback praises or blames; UNKNOWN is read as NEGATIVE."""

    UNKNOWN = "UNKNOWN"
    POSITIVE = "POSITIVE"
    NEGATIVE = "NEGATIVE"
    NEUTRAL = "NEUTRAL"


class FeedbackSource(StrEnum):
    """Who or what gave the feedback."""

    UNKNOWN = "UNKNOWN"
    USER = "USER"
    REVIEWER = "REVIEWER"
    JUDGE = "JUDGE"
    DETECTOR = "DETECTOR"
    BUSINESS_EVENT = "BUSINESS_EVENT"


class Phase(StrEnum):
    """Where a release stands on its way."""

    UNKNOWN = "UNKNOWN"
    PROPOSED = "PROPOSED"
    OFFLINE = "OFFLINE"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    SHADOW = "SHADOW"
    CANARY = "CANARY"
    FULL = "FULL"
    HELD = "HELD"
    ROLLED_BACK = "ROLLED_BACK"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


class Verdict(StrEnum):
    """What a gate says. Missing data, an error or an invalid split never add up to a PASS."""

    UNKNOWN = "UNKNOWN"
    PASS = "PASS"
    FAIL = "FAIL"
    HOLD = "HOLD"
    NO_DATA = "NO_DATA"
    INVALID = "INVALID"
    ERROR = "ERROR"


class GateReason(StrEnum):
    """Why a gate says what it says."""

    UNKNOWN = "UNKNOWN"
    NO_EVIDENCE = "NO_EVIDENCE"
    EVIDENCE = "EVIDENCE"
    HARM = "HARM"
    SPLIT = "SPLIT"
    BLIND = "BLIND"
    DEADLINE = "DEADLINE"
    MIN_TIME = "MIN_TIME"
    INCONCLUSIVE = "INCONCLUSIVE"


class MetricRole(StrEnum):
    """GOAL must pass before a change is promoted; WATCH can roll it back and need not pass."""

    UNKNOWN = "UNKNOWN"
    GOAL = "GOAL"
    WATCH = "WATCH"


class RunStatus(StrEnum):
    """How a run ended; UNKNOWN is read as ERROR."""

    UNKNOWN = "UNKNOWN"
    OK = "OK"
    ERROR = "ERROR"
    ABORTED = "ABORTED"


class TakeoverReason(StrEnum):
    """Why a person took over."""

    UNKNOWN = "UNKNOWN"
    USER_ASKED = "USER_ASKED"
    POLICY_REQUIRED = "POLICY_REQUIRED"
    LOW_CONFIDENCE = "LOW_CONFIDENCE"
    FAILURE = "FAILURE"


class EffectClass(StrEnum):
    """What a tool does to the world."""

    UNKNOWN = "UNKNOWN"
    READ = "READ"
    WRITE = "WRITE"
    IRREVERSIBLE = "IRREVERSIBLE"


class ToolStatus(StrEnum):
    """How a tool call ended."""

    UNKNOWN = "UNKNOWN"
    OK = "OK"
    ERROR = "ERROR"
    TIMEOUT = "TIMEOUT"
    DENIED = "DENIED"


class BadIf(StrEnum):
    """Which values of a business event are bad."""

    UNKNOWN = "UNKNOWN"
    NEVER = "NEVER"
    ABOVE = "ABOVE"
    BELOW = "BELOW"


class TextRef(Part, frozen=True, kw_only=True, gc=False):
    """A text that is not carried: a reference, a keyed digest and features computed at the edge."""

    text: str = ''
    """The text itself: only in runs.raw, or redacted where the use case lists the field in raw_fields."""
    ref: str = ''
    """Id of the text in the source system."""
    digest: str = ''
    """HMAC of the text, hex (a plain hash of a phone number is reversible)."""
    length: int = 0
    """Characters."""
    tokens: int = 0
    """Words."""
    correction: bool = False
    """Cue: it corrects what was said before."""
    negation: bool = False
    """Cue: it negates."""
    thanks: bool = False
    """Cue: it thanks."""
    escalation: bool = False
    """Cue: it asks for a human."""
    sketch: bytes = b''
    """Keyed shingle sketch: the lowest 64 of the 32-bit hashes of its words and word pairs, sorted, big-endian."""
    numbers: bytes = b''
    """The same for its numbers and ids, at most 16."""


class Citation(Part, frozen=True, kw_only=True, gc=False):
    """A source that an answer names."""

    source_id: str
    """The source's stable id."""
    locator: str = ''
    """Where in the source."""
    rank: int = 0
    """Place in the answer, from 1; 0 where unknown."""


class KindCount(Part, frozen=True, kw_only=True, gc=False):
    """How many signals of one kind."""

    kind: SignalKind
    """The kind."""
    signals: int
    """Signals."""


class CaseShare(Part, frozen=True, kw_only=True, gc=False):
    """What one use case contributes to a case."""

    use_case_id: str
    """The use case."""
    signals: int
    """Signals."""
    runs: int
    """Distinct runs (exact to 256, then an estimate)."""
    users: int
    """Distinct users (exact to 256, then an estimate)."""


class CaseChange(Part, frozen=True, kw_only=True, gc=False):
    """A change that names the case."""

    change_id: str
    """The change."""
    use_case_id: str
    """Its use case."""
    release_id: str
    """Its release."""
    release_version: int
    """The release's version that this state comes from."""
    state: LinkState
    """How far it has come."""


class Diff(Part, frozen=True, kw_only=True, gc=False):
    """One path of a change."""

    path: str
    """What changed."""
    from_digest: str = ''
    """Digest before; empty for new."""
    to_digest: str = ''
    """Digest after; empty for removed."""


class RetrievedSource(Part, frozen=True, kw_only=True, gc=False):
    """A source version that retrieval brought in."""

    source_id: str
    """The source's stable id."""
    version: str = ''
    """Its version."""
    updated_at: int = 0
    """When that version was written; 0 where unknown."""
    scope: str = ''
    """The grant needed to read it."""
    score: float = 0.0
    """Retrieval score."""


class MetricEvidence(Part, frozen=True, kw_only=True, gc=False):
    """One metric's evidence in a gate decision."""

    metric: str
    """The metric."""
    role: MetricRole
    """GOAL or WATCH."""
    baseline_fail: int
    """Baseline units that failed."""
    baseline_ok: int
    """Baseline units that did not."""
    baseline_missing: int
    """Baseline units without a value."""
    candidate_fail: int
    """Candidate units that failed."""
    candidate_ok: int
    """Candidate units that did not."""
    candidate_missing: int
    """Candidate units without a value."""
    wins: int = 0
    """Offline: examples that the candidate fixes."""
    losses: int = 0
    """Offline: examples that the candidate breaks."""
    left_out: int = 0
    """Offline: examples that one side lacks."""
    log_e_promote: float
    """ln e-value against 'worse by the margin or more'."""
    log_e_rollback: float
    """ln e-value against 'no worse than the baseline'."""
    log_e_improve: float
    """ln e-value against 'no better than the baseline'."""
    margin: float
    """Relative non-inferiority margin."""
    latched: bool = False
    """It has reached the bound of the last stage once."""


class Measure(Part, frozen=True, kw_only=True, gc=False):
    """One metric's value for one run."""

    name: str
    """The metric."""
    bad: float
    """1 for bad, 0 for good; -1 when unmeasured."""
    unmeasured: str = ''
    """Why there is no value; empty when there is one."""


class Span(Part, frozen=True, kw_only=True, gc=False):
    """A range of the 10000 parts in which a use case's users are dealt out."""

    start: int
    """First part."""
    end: int
    """One after the last part."""


class StagePlan(Part, frozen=True, kw_only=True, gc=False):
    """One step of the share inside CANARY."""

    share: float
    """Share of the slice on the candidate."""
    alpha: float
    """Error level at which the step is left."""


class GateMetric(Part, frozen=True, kw_only=True, gc=False):
    """One metric of a gate, frozen when the release was proposed."""

    name: str
    """The metric."""
    role: MetricRole
    """GOAL must pass, WATCH can roll back."""
    target: float
    """Declared bad rate of the baseline: the bets start from it."""
    margin: float
    """Relative non-inferiority margin."""
    weight: float
    """Weight in the rollback mean; they add up to 1."""
    horizon_ms: int
    """Maturity horizon, milliseconds."""


class GateConfig(Part, frozen=True, kw_only=True, gc=False):
    """The gate's configuration, frozen when the release was proposed."""

    alpha: float
    """Level of a wrong promotion."""
    beta: float
    """Level of a wrong rollback."""
    stages: tuple[StagePlan, ...]
    """Steps of the share."""
    metrics: tuple[GateMetric, ...]
    """The metrics."""
    slice: float
    """Share of the use case's users that the release may own."""
    slice_ms: int
    """Length of a slice of assignment time, milliseconds."""
    lateness_ms: int
    """How late an event may be and still count, milliseconds."""
    min_time_ms: int
    """Least time from CANARY to FULL, milliseconds."""
    blind_after_ms: int
    """A PASS on older data than this is a HOLD, milliseconds."""
    split_alpha: float
    """Level of the split check."""
    holdback: float
    """Share that stays on the baseline in FULL."""
    holdback_ms: int
    """Longest time of the holdback, milliseconds."""
    deadline_ms: int = 0
    """A canary that has proven nothing this long after its start ends, and its users get the baseline back; 0 for no deadline. Milliseconds."""
    offline_deadline_ms: int
    """An example whose partner has not come this long after its run is left out; after twice that the gate holds. Milliseconds."""


class Release(Part, frozen=True, kw_only=True, gc=False):
    """A change on its way."""

    release_id: str
    """uuid5(change_id, 'release')."""
    use_case_id: str
    """Its use case."""
    change_id: str
    """The change."""
    surface: Surface
    """What it touches."""
    from_version: str
    """The surface's version before."""
    to_version: str
    """The surface's version after."""
    version: int
    """Counts this release's own transitions, from 1."""
    phase: Phase
    """Where it stands."""
    held_from: Phase = Phase.UNKNOWN
    """The phase it was held in; UNKNOWN when it is not held."""
    stage: int
    """Step inside CANARY, from 1; one more than the last in FULL; 0 before."""
    share: float
    """Share of the slice on the candidate."""
    slice: tuple[Span, ...]
    """The parts it owns; empty when it owns none."""
    reason: str
    """Why it is where it is."""
    because: tuple[str, ...]
    """Ids of the decisions, alarms and approvals that brought it here."""
    entered_at: int
    """When it came into this phase and stage."""
    canary_at: int = 0
    """When its canary began; 0 before."""
    tier: RiskTier
    """Computed tier, or the author's if that is higher."""
    diff_digest: str
    """Digest of the diff: what an approval must name."""
    offline_decision_id: str = ''
    """The offline decision it passed; empty for none."""
    examples: tuple[str, ...]
    """Offline examples."""
    case_ids: tuple[str, ...]
    """Cases it answers."""
    metric: str
    """The one metric it should move."""
    spec_version: int
    """Version of the use case's spec, frozen."""
    gate: GateConfig
    """The gate's configuration, frozen."""
    rollback_target: str
    """The version to go back to."""
    improved_by: str = ''
    """The decision that proved the metric better; empty before."""
    settled: bool = False
    """The holdback has ended: it owns no users any more."""


class LiveVersion(Part, frozen=True, kw_only=True, gc=False):
    """The version of a surface that everybody gets."""

    surface: Surface
    """The surface."""
    version: str
    """Its version."""


class SourceRule(Part, frozen=True, kw_only=True, gc=False):
    """A source that answers may rest on."""

    source_id: str
    """Stable id."""
    scope: str = ''
    """The grant needed to read it."""
    freshness_ms: int = 0
    """Oldest it may be, milliseconds; 0 for no limit."""


class ToolRule(Part, frozen=True, kw_only=True, gc=False):
    """A tool the system may use."""

    tool: str
    """Name."""
    effect: EffectClass
    """What it does to the world."""
    scope: str = ''
    """The grant it needs."""


class ScopeParent(Part, frozen=True, kw_only=True, gc=False):
    """One step of the hierarchy of grants."""

    grant: str
    """resource:action@boundary."""
    under: str
    """The wider grant that contains it."""


class MetricSpec(Part, frozen=True, kw_only=True, gc=False):
    """What good means, as a number."""

    name: str
    """The metric."""
    good: str
    """One plain sentence of what good means."""
    role: MetricRole
    """GOAL or WATCH."""
    signals: tuple[SignalKind, ...] = ()
    """Signals about the run that make it bad."""
    run_error_is_bad: bool = False
    """A run that ended in an error is bad."""
    event: str = ''
    """The business event that decides; empty for none."""
    bad_if: BadIf = BadIf.NEVER
    """Which values of the event are bad."""
    threshold: float = 0.0
    """Where bad begins."""
    target: float
    """Declared bad rate of the baseline."""
    margin: float
    """Relative non-inferiority margin."""
    weight: float
    """Weight in the rollback mean."""
    horizon_ms: int
    """Milliseconds after the run's start at which it is measured."""


class ReleasePolicy(Part, frozen=True, kw_only=True, gc=False):
    """How changes of this use case are released."""

    alpha: float
    """Level of a wrong promotion."""
    beta: float
    """Level of a wrong rollback."""
    stages: tuple[StagePlan, ...]
    """Steps of the share."""
    slice: float
    """Share of the use case's users that one release may own."""
    slice_ms: int
    """Length of a slice of assignment time, milliseconds."""
    lateness_ms: int
    """How late an event may be and still count, milliseconds."""
    min_time_ms: int
    """Least time from CANARY to FULL, milliseconds."""
    blind_after_ms: int
    """A PASS on older data than this is a HOLD, milliseconds."""
    split_alpha: float
    """Level of the split check."""
    holdback: float
    """Share that stays on the baseline in FULL."""
    holdback_ms: int
    """Longest time of the holdback, milliseconds."""
    deadline_ms: int = 0
    """A canary that has proven nothing this long after its start ends, and its users get the baseline back; 0 for no deadline. Milliseconds."""
    offline_deadline_ms: int
    """An example whose partner has not come this long after its run is left out; after twice that the gate holds. Milliseconds."""


class RunEvent(Event, frozen=True, kw_only=True, gc=False):
    """What every run event says: which run, whose, and which exact versions ran."""

    event_id: str
    """Unique; repeats with the same id are dropped."""
    seq: int = -1
    """Number within the run from 0, stamped by the recorder; -1 for what is told about a run from outside (feedback, business events) and is not counted."""
    occurred_at: int
    """When it happened, by the product's clock. Recorded time is the broker's append time."""
    session_id: str
    """The conversation. Partition key."""
    run_id: str
    """One execution of the AI system for one request."""
    step_id: str = ''
    """The step of the run; empty where there is none."""
    parent_step_id: str = ''
    """The step that started this one; empty at the top."""
    user_id: str = ''
    """The user: raw only in runs.raw, then a pseudonym (key id, keyed hash)."""
    user_bucket: int = -1
    """One of 2^20, from a key that never rotates: unit of assignment, gate and partitioning; -1 before it is known."""
    role: str = ''
    """The user's role."""
    cohort_id: str = ''
    """The user's cohort."""
    intent: str = ''
    """What the user wanted, by the product's own classes."""
    use_case_id: str
    """The use case that defines what good means."""
    spec_version: int = -1
    """Version of the use case's spec, stamped by capture; -1 before."""
    workflow_version: str = ''
    """Version of the workflow that ran."""
    prompt_version: str = ''
    """Version of the prompt that ran."""
    policy_pack_id: str = ''
    """The policy pack that ran."""
    tool_policy_id: str = ''
    """The tool policy that ran."""
    model_id: str = ''
    """The model that ran."""
    model_params_hash: str = ''
    """Hash of the model's parameters."""
    release_id: str = ''
    """The release that the flag provider assigned; empty for none."""
    release_stage: int = 0
    """Stage of the release in the provider's copy when the flag was evaluated; 0 for none."""
    arm: Arm = Arm.NONE
    """Side of the comparison."""
    exposure: Exposure = Exposure.LIVE
    """Who saw the output."""
    eval_case_id: str = ''
    """The example, for an offline run; else empty."""
    permission_scope: str = ''
    """Grants the run holds, resource:action@boundary, separated by spaces."""
    classification: Classification = Classification.INTERNAL
    """Sensitivity of the record."""
    trainable: bool = False
    """Whether records of this class may be used for training."""
    traceparent: str = ''
    """W3C trace context."""


class ActionReconciled(RunEvent, tag=True, frozen=True, kw_only=True, gc=False):
    """What was intended against what the system of record did."""

    action_id: str
    """Unique within the run."""
    call_id: str = ''
    """The tool call that carried it."""
    target: str = ''
    """The record that was meant."""
    proposed_hash: str
    """Hash of the payload that was proposed."""
    executed_hash: str = ''
    """Hash of the payload that was executed; empty where nothing was."""
    system_record_id: str = ''
    """The system of record's response id."""
    status: ActionStatus
    """What the system of record did."""
    idempotency_key: str = ''
    """The key that makes a retry safe."""


class Alarm(Event, tag=True, frozen=True, kw_only=True, gc=False):
    """A confirmed control failure: an exact predicate over declared facts."""

    alarm_id: str
    """uuid5(event_id, control failure)."""
    step_id: str = ''
    """The step; empty for none."""
    session_id: str
    """The conversation."""
    run_id: str
    """One execution of the AI system for one request."""
    user_id: str = ''
    """The user's pseudonym."""
    user_bucket: int = -1
    """One of 2^20, from a key that never rotates: unit of assignment, gate and partitioning."""
    role: str = ''
    """The user's role."""
    cohort_id: str = ''
    """The user's cohort."""
    intent: str = ''
    """What the user wanted, by the product's own classes."""
    use_case_id: str
    """The use case that defines what good means."""
    spec_version: int = -1
    """Version of the use case's spec."""
    workflow_version: str = ''
    """Version of the workflow that ran."""
    prompt_version: str = ''
    """Version of the prompt that ran."""
    policy_pack_id: str = ''
    """The policy pack that ran."""
    tool_policy_id: str = ''
    """The tool policy that ran."""
    model_id: str = ''
    """The model that ran."""
    release_id: str = ''
    """The release that the flag provider assigned; empty for none."""
    release_stage: int = 0
    """Stage of the release in the provider's copy when the flag was evaluated; 0 for none."""
    arm: Arm = Arm.NONE
    """Side of the comparison."""
    exposure: Exposure = Exposure.LIVE
    """Who saw the output."""
    eval_case_id: str = ''
    """The example, for an offline run; else empty."""
    permission_scope: str = ''
    """Grants the run holds, resource:action@boundary, separated by spaces."""
    control_failure: ControlFailure
    """The control that broke."""
    predicate: str
    """What was required and what was found."""
    evidence: tuple[str, ...]
    """Ids of the run events."""
    occurred_at: int
    """When it happened."""


class Answer(RunEvent, tag=True, frozen=True, kw_only=True, gc=False):
    """What the system answered."""

    text: TextRef
    """The answer."""
    citations: tuple[Citation, ...] = ()
    """Sources it names."""
    refused: bool = False
    """It declined to answer."""
    refusal_reason: str = ''
    """Why it declined."""
    finish_reason: str = ''
    """Why generation ended."""
    tokens_in: int = 0
    """Tokens read."""
    tokens_out: int = 0
    """Tokens written."""
    cost: float = 0.0
    """US dollars."""
    latency_ms: int = 0
    """Milliseconds from request to answer."""


class Approval(Event, tag=True, frozen=True, kw_only=True, gc=False):
    """A person lets a change go on."""

    approval_id: str
    """Unique."""
    change_id: str
    """The change."""
    use_case_id: str
    """Partition key."""
    diff_digest: str
    """Digest of the diff that was read; another digest voids it."""
    decision_id: str = ''
    """The offline gate decision it rests on; empty where there was none."""
    approver: str
    """Who."""
    role: str = ''
    """In which role."""
    occurred_at: int
    """When."""


class AuditRecord(Event, tag=True, frozen=True, kw_only=True, gc=False):
    """One link of a decider's tamper-evident chain."""

    decider: str
    """Which stage decided."""
    use_case_id: str
    """The chain's key. Partition key."""
    sequence: int
    """From 1 in each chain."""
    previous_hash: str
    """Hash of the record before; empty for the first."""
    actor: str
    """Who or what caused it."""
    action: str
    """What was done."""
    subject: str
    """To what."""
    payload_digest: str
    """SHA-256 over RFC 8785 of what was written."""
    occurred_at: int
    """When."""
    hash: str
    """SHA-256 over RFC 8785 of all other fields."""


class BusinessOutcome(RunEvent, tag=True, frozen=True, kw_only=True, gc=False):
    """What became of a run in the business, possibly days later."""

    name: str
    """Which event, such as reopened or resolution_time."""
    value: float
    """Its value; 1 and 0 for true and false."""
    unit: str = ''
    """Unit of the value."""
    record_id: str = ''
    """The record in the business system."""


class Case(Event, tag=True, frozen=True, kw_only=True, gc=False):
    """Signals with the same cause, as one problem with one owner."""

    case_id: str
    """The fingerprint. Partition key."""
    title: str
    """The problem in words."""
    reason_code: ReasonCode
    """Why."""
    failure_locus: FailureLocus
    """Where to fix."""
    cause: str
    """The cause in words."""
    severity: Severity
    """How bad: the taxonomy's, or the worst signal's if that is worse."""
    owner: str
    """Team that owns this kind of failure, from the taxonomy."""
    advice: str = ''
    """The cheapest fix first, from the taxonomy."""
    status: CaseStatus
    """Where it stands."""
    first_seen: int
    """Earliest signal."""
    last_seen: int
    """Latest signal."""
    kinds: tuple[KindCount, ...]
    """Signals by kind."""
    use_cases: tuple[CaseShare, ...]
    """What each use case contributes."""
    changes: tuple[CaseChange, ...]
    """Changes that name it."""
    taxonomy_version: int
    """Version of the taxonomy that set severity and owner."""


class CaseLink(Event, tag=True, frozen=True, kw_only=True, gc=False):
    """A change names a case, and how far the change has come."""

    case_id: str
    """Partition key."""
    use_case_id: str
    """The change's use case."""
    change_id: str
    """The change."""
    release_id: str
    """Its release."""
    release_version: int
    """The release's version when this was said."""
    state: LinkState
    """How far it has come."""
    occurred_at: int
    """When."""


class Change(Event, tag=True, frozen=True, kw_only=True, gc=False):
    """One diff of one surface, with the cases it answers and the effect it promises."""

    change_id: str
    """Unique."""
    use_case_id: str
    """Partition key."""
    surface: Surface
    """The one surface it touches."""
    title: str = ''
    """What it does, in words."""
    diff: tuple[Diff, ...]
    """What changed."""
    from_version: str
    """The surface's version before."""
    to_version: str
    """The surface's version after."""
    case_ids: tuple[str, ...] = ()
    """Cases it answers."""
    metric: str
    """The one metric it should move."""
    expected_ratio: float
    """The failure rate it promises, as a multiple of the baseline's."""
    guardrails: tuple[str, ...] = ()
    """Metrics that must not get worse."""
    examples: tuple[str, ...] = ()
    """Offline examples to be run on both arms before users see it; empty for none."""
    tier: RiskTier = RiskTier.LOW
    """The author's tier: may raise the computed one, never lower it; UNKNOWN is read as HIGH."""
    author: str
    """Who proposes it."""
    rollback_target: str
    """The version to go back to."""
    occurred_at: int
    """When it was proposed."""


class DecisionSnapshot(RunEvent, tag=True, frozen=True, kw_only=True, gc=False):
    """What the system knew at a decision point: enough to replay it."""

    decision_point: str
    """Which decision."""
    policy_config_hash: str = ''
    """Hash of the policy configuration."""
    retrieval_policy: str = ''
    """Version of the retrieval policy."""
    retrieved: tuple[RetrievedSource, ...] = ()
    """What retrieval brought in."""
    confidence: float = -1.0
    """0 to 1; -1 where unknown."""
    chosen: str = ''
    """The option taken."""


class ExplicitFeedback(RunEvent, tag=True, frozen=True, kw_only=True, gc=False):
    """Somebody said how a run went."""

    feedback_id: str
    """Unique."""
    target: FeedbackTarget
    """What it is about."""
    name: str
    """The question that was asked, such as thumbs."""
    value: str = ''
    """The answer as given: a boolean, number or category."""
    polarity: Polarity
    """Praise or blame."""
    reason_code: ReasonCode = ReasonCode.UNKNOWN
    """Why: required when negative."""
    failure_locus: FailureLocus = FailureLocus.UNKNOWN
    """Where to fix, where the giver knows."""
    comment: TextRef = TextRef()
    """What they wrote."""
    source_kind: FeedbackSource = FeedbackSource.USER
    """Who or what gave it."""
    source_id: str = ''
    """Which person or judge: a pseudonym."""


class GateDecision(Event, tag=True, frozen=True, kw_only=True, gc=False):
    """What the gate says about a release, and why."""

    decision_id: str
    """uuid5(release, version, verdict, reason, improved): a repeat is no news."""
    use_case_id: str
    """Partition key."""
    release_id: str
    """The release."""
    change_id: str
    """Its change."""
    phase: Phase
    """The phase that was judged."""
    stage: int
    """The stage that was judged."""
    release_version: int
    """The release's version that was judged."""
    verdict: Verdict
    """The verdict."""
    reason: GateReason
    """Why."""
    metrics: tuple[MetricEvidence, ...]
    """Evidence per metric."""
    bound: float
    """ln 1/alpha of this stage."""
    log_e_rollback: float
    """ln of the weighted mean of the rollback e-values."""
    rollback_bound: float
    """ln 1/beta."""
    log_e_split: float
    """ln e-value against the configured split."""
    improved: bool
    """The change's metric has proven better than the baseline."""
    config_hash: str
    """Hash of the gate's configuration."""
    watermark: int
    """The data up to this time are in."""


class Mark(Event, tag=True, frozen=True, kw_only=True, gc=False):
    """A stage's partition time, written into every partition of what it writes."""

    stage: str
    """The stage."""
    partition: int
    """Its partition number."""
    time: int
    """All that is due up to this time has been written."""


class Outcome(Event, tag=True, frozen=True, kw_only=True, gc=False):
    """One run's measured values at one maturity horizon."""

    outcome_id: str
    """uuid5(run_id, horizon)."""
    unit_id: str
    """The user bucket, or the example of an offline run. Partition key."""
    horizon_ms: int
    """Milliseconds from the run's start to this measurement."""
    started_at: int
    """occurred_at of the run's first event."""
    session_id: str
    """The conversation."""
    run_id: str
    """One execution of the AI system for one request."""
    user_id: str = ''
    """The user's pseudonym."""
    user_bucket: int = -1
    """One of 2^20, from a key that never rotates: unit of assignment, gate and partitioning."""
    cohort_id: str = ''
    """The user's cohort."""
    intent: str = ''
    """What the user wanted, by the product's own classes."""
    use_case_id: str
    """The use case that defines what good means."""
    spec_version: int = -1
    """Version of the use case's spec."""
    release_id: str = ''
    """The release that the flag provider assigned; empty for none."""
    release_stage: int = 0
    """Stage of the release in the provider's copy when the flag was evaluated; 0 for none."""
    arm: Arm = Arm.NONE
    """Side of the comparison."""
    exposure: Exposure = Exposure.LIVE
    """Who saw the output."""
    eval_case_id: str = ''
    """The example, for an offline run; else empty."""
    metrics: tuple[Measure, ...]
    """The metrics that mature at this horizon."""


class Releases(Event, tag=True, frozen=True, kw_only=True, gc=False):
    """All releases of a use case, and the live version of each surface."""

    use_case_id: str
    """Key."""
    revision: int
    """Counts every change of this value."""
    releases: tuple[Release, ...]
    """Open ones, and the last of those that ended."""
    live: tuple[LiveVersion, ...]
    """The live version of each surface."""


class RunFinished(RunEvent, tag=True, frozen=True, kw_only=True, gc=False):
    """The run ended."""

    status: RunStatus
    """How."""
    error_code: str = ''
    """The error; empty when OK."""
    output_valid: bool = True
    """The output met its schema."""
    events: int = 0
    """How many numbered events the run has, this one included; 0 where unknown."""
    cost: float = 0.0
    """US dollars in all."""
    elapsed_ms: int = 0
    """Milliseconds in all."""


class Signal(Event, tag=True, frozen=True, kw_only=True, gc=False):
    """Evidence, explicit or implicit, that a run went badly."""

    signal_id: str
    """Derived from the run, the kind and the evidence, so that a replay repeats it."""
    step_id: str = ''
    """The step it is about; empty for the whole run."""
    session_id: str
    """The conversation."""
    run_id: str
    """One execution of the AI system for one request."""
    user_id: str = ''
    """The user's pseudonym."""
    user_bucket: int = -1
    """One of 2^20, from a key that never rotates: unit of assignment, gate and partitioning."""
    role: str = ''
    """The user's role."""
    cohort_id: str = ''
    """The user's cohort."""
    intent: str = ''
    """What the user wanted, by the product's own classes."""
    use_case_id: str
    """The use case that defines what good means."""
    spec_version: int = -1
    """Version of the use case's spec."""
    workflow_version: str = ''
    """Version of the workflow that ran."""
    prompt_version: str = ''
    """Version of the prompt that ran."""
    policy_pack_id: str = ''
    """The policy pack that ran."""
    tool_policy_id: str = ''
    """The tool policy that ran."""
    model_id: str = ''
    """The model that ran."""
    release_id: str = ''
    """The release that the flag provider assigned; empty for none."""
    release_stage: int = 0
    """Stage of the release in the provider's copy when the flag was evaluated; 0 for none."""
    arm: Arm = Arm.NONE
    """Side of the comparison."""
    exposure: Exposure = Exposure.LIVE
    """Who saw the output."""
    eval_case_id: str = ''
    """The example, for an offline run; else empty."""
    permission_scope: str = ''
    """Grants the run holds, resource:action@boundary, separated by spaces."""
    kind: SignalKind
    """What was noticed."""
    reason_code: ReasonCode
    """Why it went badly."""
    failure_locus: FailureLocus
    """Where to fix."""
    severity: Severity
    """How bad."""
    control_failure: ControlFailure = ControlFailure.NONE
    """The control that broke, if one did."""
    strength: float
    """0 (nothing) to 1 (certain)."""
    detector: str
    """Which rule noticed."""
    detector_version: int
    """Version of that rule."""
    evidence: tuple[str, ...]
    """Ids of the run events it rests on."""
    fingerprint: str
    """Same cause, same fingerprint. Partition key; the case's id."""
    cause: str
    """The cause in words: what the fingerprint is made of."""
    occurred_at: int
    """When the evidence appeared."""


class Takeover(RunEvent, tag=True, frozen=True, kw_only=True, gc=False):
    """A person took over from the system."""

    by: str = ''
    """Who took over: a pseudonym."""
    reason: TakeoverReason
    """Why."""
    point: str = ''
    """Where in the run."""


class Tally(Event, tag=True, frozen=True, kw_only=True, gc=False):
    """Exact increments of a gate's counts, by slice of the run's start."""

    tally_id: str
    """uuid5(outcome, metric)."""
    use_case_id: str
    """Partition key."""
    release_id: str
    """The release."""
    exposure: Exposure
    """LIVE or OFFLINE."""
    stage: int
    """Stage of the release that the user saw."""
    metric: str
    """The metric."""
    arm: Arm
    """Side; NONE for pairs, where both sides meet."""
    since: int = 0
    """Last earlier stage in which the user was seen on the baseline; 0 for never."""
    slice_start: int
    """Start of the slice in which the unit was assigned."""
    example: str = ''
    """OFFLINE: the example that closed; empty for users."""
    cells: tuple[int, ...]
    """LIVE: fail, ok, missing. OFFLINE: both ok, candidate fails, candidate fixes, both fail, left out."""


class ToolAudited(RunEvent, tag=True, frozen=True, kw_only=True, gc=False):
    """One tool call, as it was made."""

    call_id: str
    """Unique within the run."""
    tool: str
    """The tool's name."""
    args_schema_id: str = ''
    """Schema of its arguments."""
    args_hash: str = ''
    """Hash of its arguments."""
    args: str = ''
    """Arguments as JSON text: only in runs.raw, or redacted where the use case lists the field in raw_fields."""
    effect: EffectClass = EffectClass.UNKNOWN
    """What it does to the world."""
    target_id: str = ''
    """The record it acted on."""
    idempotency_key: str = ''
    """The key that makes a retry safe."""
    status: ToolStatus
    """How it ended."""
    error_code: str = ''
    """The tool's error code; empty when OK."""
    exception_type: str = ''
    """Class of the exception; empty for none."""
    scope_used: str = ''
    """Grants the call used, resource:action@boundary, separated by spaces; empty where not declared."""
    elapsed_ms: int = 0
    """Milliseconds."""


class Transition(Event, tag=True, frozen=True, kw_only=True, gc=False):
    """One step of a release: the history, never compacted."""

    transition_id: str
    """uuid5(release_id, version)."""
    use_case_id: str
    """Partition key."""
    release_id: str
    """The release."""
    change_id: str
    """Its change."""
    version: int
    """The release's version after this step."""
    from_phase: Phase
    """Phase before."""
    to_phase: Phase
    """Phase after."""
    from_stage: int
    """Stage before."""
    to_stage: int
    """Stage after."""
    share: float
    """Share on the candidate after."""
    reason: str
    """Why."""
    because: tuple[str, ...]
    """Ids of what caused it."""
    occurred_at: int
    """When."""


class UseCaseSpec(Event, tag=True, frozen=True, kw_only=True, gc=False):
    """The one-page job definition."""

    use_case_id: str
    """Stable id."""
    version: int
    """From 1; never changed once published."""
    title: str
    """The job in words."""
    owner: str
    """Owning team."""
    on_call: str
    """Where a page goes."""
    tier: RiskTier = RiskTier.LOW
    """Least tier of any change to it."""
    intents: tuple[str, ...] = ()
    """What users may want."""
    sources: tuple[SourceRule, ...] = ()
    """Allowed sources."""
    tools: tuple[ToolRule, ...] = ()
    """Allowed tools."""
    scope_parents: tuple[ScopeParent, ...] = ()
    """Hierarchy of grants."""
    raw_fields: tuple[str, ...] = ()
    """Text fields that may be stored, redacted, as Record.field."""
    patience_ms: int
    """Silence after a failed run that counts as abandonment, milliseconds."""
    metrics: tuple[MetricSpec, ...]
    """What good means."""
    policy: ReleasePolicy
    """How changes are released."""
    published_by: str
    """Who published this version."""
    published_at: int
    """When."""


class UserTurn(RunEvent, tag=True, frozen=True, kw_only=True, gc=False):
    """What the user asked."""

    text: TextRef
    """The request."""
    locale: str = ''
    """BCP 47 language tag."""
    channel: str = ''
    """Where it was asked."""


AnyRunEvent: TypeAlias = (
    UserTurn
    | Answer
    | ToolAudited
    | DecisionSnapshot
    | ActionReconciled
    | Takeover
    | ExplicitFeedback
    | BusinessOutcome
    | RunFinished
)
"""A run event of whatever kind: what a state must say that keeps one."""


SCHEMAS: dict[str, tuple[str, ...]] = {
    'ActionReconciled': (
        '{"type":"record","name":"ActionReconciled","namespace":"io.loopwright","doc":"What was intended against what the system of record did.","fields":[{"name":"event_id","type":"string","doc":"Unique; repeats with the same id are dropped."},{"name":"seq","type":"int","doc":"Number within the run from 0, stamped by the recorder; -1 for what is told about a run from outside (feedback, business events) and is not counted.","default":-1},{"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, by the product\'s clock. Recorded time is the broker\'s append time."},{"name":"session_id","type":"string","doc":"The conversation. Partition key."},{"name":"run_id","type":"string","doc":"One execution of the AI system for one request."},{"name":"step_id","type":"string","doc":"The step of the run; empty where there is none.","default":""},{"name":"parent_step_id","type":"string","doc":"The step that started this one; empty at the top.","default":""},{"name":"user_id","type":"string","doc":"The user: raw only in runs.raw, then a pseudonym (key id, keyed hash).","default":""},{"name":"user_bucket","type":"int","doc":"One of 2^20, from a key that never rotates: unit of assignment, gate and partitioning; -1 before it is known.","default":-1},{"name":"role","type":"string","doc":"The user\'s role.","default":""},{"name":"cohort_id","type":"string","doc":"The user\'s cohort.","default":""},{"name":"intent","type":"string","doc":"What the user wanted, by the product\'s own classes.","default":""},{"name":"use_case_id","type":"string","doc":"The use case that defines what good means."},{"name":"spec_version","type":"int","doc":"Version of the use case\'s spec, stamped by capture; -1 before.","default":-1},{"name":"workflow_version","type":"string","doc":"Version of the workflow that ran.","default":""},{"name":"prompt_version","type":"string","doc":"Version of the prompt that ran.","default":""},{"name":"policy_pack_id","type":"string","doc":"The policy pack that ran.","default":""},{"name":"tool_policy_id","type":"string","doc":"The tool policy that ran.","default":""},{"name":"model_id","type":"string","doc":"The model that ran.","default":""},{"name":"model_params_hash","type":"string","doc":"Hash of the model\'s parameters.","default":""},{"name":"release_id","type":"string","doc":"The release that the flag provider assigned; empty for none.","default":""},{"name":"release_stage","type":"int","doc":"Stage of the release in the provider\'s copy when the flag was evaluated; 0 for none.","default":0},{"name":"arm","type":{"type":"enum","name":"Arm","doc":"Which side of a comparison produced a run.","symbols":["UNKNOWN","NONE","BASELINE","CANDIDATE"],"default":"UNKNOWN"},"doc":"Side of the comparison.","default":"NONE"},{"name":"exposure","type":{"type":"enum","name":"Exposure","doc":"Who saw the run\'s output.","symbols":["UNKNOWN","LIVE","SHADOW","OFFLINE"],"default":"UNKNOWN"},"doc":"Who saw the output.","default":"LIVE"},{"name":"eval_case_id","type":"string","doc":"The example, for an offline run; else empty.","default":""},{"name":"permission_scope","type":"string","doc":"Grants the run holds, resource:action@boundary, separated by spaces.","default":""},{"name":"classification","type":{"type":"enum","name":"Classification","doc":"Sensitivity of the record, CloudEvents dataclassification.","symbols":["UNKNOWN","PUBLIC","INTERNAL","CONFIDENTIAL","RESTRICTED"],"default":"UNKNOWN"},"doc":"Sensitivity of the record.","default":"INTERNAL"},{"name":"trainable","type":"boolean","doc":"Whether records of this class may be used for training.","default":false},{"name":"traceparent","type":"string","doc":"W3C trace context.","default":""},{"name":"action_id","type":"string","doc":"Unique within the run."},{"name":"call_id","type":"string","doc":"The tool call that carried it.","default":""},{"name":"target","type":"string","doc":"The record that was meant.","default":""},{"name":"proposed_hash","type":"string","doc":"Hash of the payload that was proposed."},{"name":"executed_hash","type":"string","doc":"Hash of the payload that was executed; empty where nothing was.","default":""},{"name":"system_record_id","type":"string","doc":"The system of record\'s response id.","default":""},{"name":"status","type":{"type":"enum","name":"ActionStatus","doc":"What the system of record did with the action.","symbols":["UNKNOWN","EXECUTED","REJECTED","PENDING"],"default":"UNKNOWN"},"doc":"What the system of record did."},{"name":"idempotency_key","type":"string","doc":"The key that makes a retry safe.","default":""}]}',
    ),
    'Alarm': (
        '{"type":"record","name":"Alarm","namespace":"io.loopwright","doc":"A confirmed control failure: an exact predicate over declared facts.","fields":[{"name":"alarm_id","type":"string","doc":"uuid5(event_id, control failure)."},{"name":"step_id","type":"string","doc":"The step; empty for none.","default":""},{"name":"session_id","type":"string","doc":"The conversation."},{"name":"run_id","type":"string","doc":"One execution of the AI system for one request."},{"name":"user_id","type":"string","doc":"The user\'s pseudonym.","default":""},{"name":"user_bucket","type":"int","doc":"One of 2^20, from a key that never rotates: unit of assignment, gate and partitioning.","default":-1},{"name":"role","type":"string","doc":"The user\'s role.","default":""},{"name":"cohort_id","type":"string","doc":"The user\'s cohort.","default":""},{"name":"intent","type":"string","doc":"What the user wanted, by the product\'s own classes.","default":""},{"name":"use_case_id","type":"string","doc":"The use case that defines what good means."},{"name":"spec_version","type":"int","doc":"Version of the use case\'s spec.","default":-1},{"name":"workflow_version","type":"string","doc":"Version of the workflow that ran.","default":""},{"name":"prompt_version","type":"string","doc":"Version of the prompt that ran.","default":""},{"name":"policy_pack_id","type":"string","doc":"The policy pack that ran.","default":""},{"name":"tool_policy_id","type":"string","doc":"The tool policy that ran.","default":""},{"name":"model_id","type":"string","doc":"The model that ran.","default":""},{"name":"release_id","type":"string","doc":"The release that the flag provider assigned; empty for none.","default":""},{"name":"release_stage","type":"int","doc":"Stage of the release in the provider\'s copy when the flag was evaluated; 0 for none.","default":0},{"name":"arm","type":{"type":"enum","name":"Arm","doc":"Which side of a comparison produced a run.","symbols":["UNKNOWN","NONE","BASELINE","CANDIDATE"],"default":"UNKNOWN"},"doc":"Side of the comparison.","default":"NONE"},{"name":"exposure","type":{"type":"enum","name":"Exposure","doc":"Who saw the run\'s output.","symbols":["UNKNOWN","LIVE","SHADOW","OFFLINE"],"default":"UNKNOWN"},"doc":"Who saw the output.","default":"LIVE"},{"name":"eval_case_id","type":"string","doc":"The example, for an offline run; else empty.","default":""},{"name":"permission_scope","type":"string","doc":"Grants the run holds, resource:action@boundary, separated by spaces.","default":""},{"name":"control_failure","type":{"type":"enum","name":"ControlFailure","doc":"A broken control: acts without statistics.","symbols":["UNKNOWN","NONE","SCOPE_BREACH","SENSITIVE_FIELD_LEAK","SIDE_EFFECT_MISFIRE"],"default":"UNKNOWN"},"doc":"The control that broke."},{"name":"predicate","type":"string","doc":"What was required and what was found."},{"name":"evidence","type":{"type":"array","items":"string"},"doc":"Ids of the run events."},{"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened."}]}',
    ),
    'Answer': (
        '{"type":"record","name":"Answer","namespace":"io.loopwright","doc":"What the system answered.","fields":[{"name":"event_id","type":"string","doc":"Unique; repeats with the same id are dropped."},{"name":"seq","type":"int","doc":"Number within the run from 0, stamped by the recorder; -1 for what is told about a run from outside (feedback, business events) and is not counted.","default":-1},{"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, by the product\'s clock. Recorded time is the broker\'s append time."},{"name":"session_id","type":"string","doc":"The conversation. Partition key."},{"name":"run_id","type":"string","doc":"One execution of the AI system for one request."},{"name":"step_id","type":"string","doc":"The step of the run; empty where there is none.","default":""},{"name":"parent_step_id","type":"string","doc":"The step that started this one; empty at the top.","default":""},{"name":"user_id","type":"string","doc":"The user: raw only in runs.raw, then a pseudonym (key id, keyed hash).","default":""},{"name":"user_bucket","type":"int","doc":"One of 2^20, from a key that never rotates: unit of assignment, gate and partitioning; -1 before it is known.","default":-1},{"name":"role","type":"string","doc":"The user\'s role.","default":""},{"name":"cohort_id","type":"string","doc":"The user\'s cohort.","default":""},{"name":"intent","type":"string","doc":"What the user wanted, by the product\'s own classes.","default":""},{"name":"use_case_id","type":"string","doc":"The use case that defines what good means."},{"name":"spec_version","type":"int","doc":"Version of the use case\'s spec, stamped by capture; -1 before.","default":-1},{"name":"workflow_version","type":"string","doc":"Version of the workflow that ran.","default":""},{"name":"prompt_version","type":"string","doc":"Version of the prompt that ran.","default":""},{"name":"policy_pack_id","type":"string","doc":"The policy pack that ran.","default":""},{"name":"tool_policy_id","type":"string","doc":"The tool policy that ran.","default":""},{"name":"model_id","type":"string","doc":"The model that ran.","default":""},{"name":"model_params_hash","type":"string","doc":"Hash of the model\'s parameters.","default":""},{"name":"release_id","type":"string","doc":"The release that the flag provider assigned; empty for none.","default":""},{"name":"release_stage","type":"int","doc":"Stage of the release in the provider\'s copy when the flag was evaluated; 0 for none.","default":0},{"name":"arm","type":{"type":"enum","name":"Arm","doc":"Which side of a comparison produced a run.","symbols":["UNKNOWN","NONE","BASELINE","CANDIDATE"],"default":"UNKNOWN"},"doc":"Side of the comparison.","default":"NONE"},{"name":"exposure","type":{"type":"enum","name":"Exposure","doc":"Who saw the run\'s output.","symbols":["UNKNOWN","LIVE","SHADOW","OFFLINE"],"default":"UNKNOWN"},"doc":"Who saw the output.","default":"LIVE"},{"name":"eval_case_id","type":"string","doc":"The example, for an offline run; else empty.","default":""},{"name":"permission_scope","type":"string","doc":"Grants the run holds, resource:action@boundary, separated by spaces.","default":""},{"name":"classification","type":{"type":"enum","name":"Classification","doc":"Sensitivity of the record, CloudEvents dataclassification.","symbols":["UNKNOWN","PUBLIC","INTERNAL","CONFIDENTIAL","RESTRICTED"],"default":"UNKNOWN"},"doc":"Sensitivity of the record.","default":"INTERNAL"},{"name":"trainable","type":"boolean","doc":"Whether records of this class may be used for training.","default":false},{"name":"traceparent","type":"string","doc":"W3C trace context.","default":""},{"name":"text","type":{"type":"record","name":"TextRef","doc":"A text that is not carried: a reference, a keyed digest and features computed at the edge.","fields":[{"name":"text","type":"string","doc":"The text itself: only in runs.raw, or redacted where the use case lists the field in raw_fields.","default":""},{"name":"ref","type":"string","doc":"Id of the text in the source system.","default":""},{"name":"digest","type":"string","doc":"HMAC of the text, hex (a plain hash of a phone number is reversible).","default":""},{"name":"length","type":"int","doc":"Characters.","default":0},{"name":"tokens","type":"int","doc":"Words.","default":0},{"name":"correction","type":"boolean","doc":"Cue: it corrects what was said before.","default":false},{"name":"negation","type":"boolean","doc":"Cue: it negates.","default":false},{"name":"thanks","type":"boolean","doc":"Cue: it thanks.","default":false},{"name":"escalation","type":"boolean","doc":"Cue: it asks for a human.","default":false},{"name":"sketch","type":"bytes","doc":"Keyed shingle sketch: the lowest 64 of the 32-bit hashes of its words and word pairs, sorted, big-endian.","default":""},{"name":"numbers","type":"bytes","doc":"The same for its numbers and ids, at most 16.","default":""}]},"doc":"The answer."},{"name":"citations","type":{"type":"array","items":{"type":"record","name":"Citation","doc":"A source that an answer names.","fields":[{"name":"source_id","type":"string","doc":"The source\'s stable id."},{"name":"locator","type":"string","doc":"Where in the source.","default":""},{"name":"rank","type":"int","doc":"Place in the answer, from 1; 0 where unknown.","default":0}]}},"doc":"Sources it names.","default":[]},{"name":"refused","type":"boolean","doc":"It declined to answer.","default":false},{"name":"refusal_reason","type":"string","doc":"Why it declined.","default":""},{"name":"finish_reason","type":"string","doc":"Why generation ended.","default":""},{"name":"tokens_in","type":"int","doc":"Tokens read.","default":0},{"name":"tokens_out","type":"int","doc":"Tokens written.","default":0},{"name":"cost","type":"double","doc":"US dollars.","default":0.0},{"name":"latency_ms","type":"long","doc":"Milliseconds from request to answer.","default":0}]}',
    ),
    'Approval': (
        '{"type":"record","name":"Approval","namespace":"io.loopwright","doc":"A person lets a change go on.","fields":[{"name":"approval_id","type":"string","doc":"Unique."},{"name":"change_id","type":"string","doc":"The change."},{"name":"use_case_id","type":"string","doc":"Partition key."},{"name":"diff_digest","type":"string","doc":"Digest of the diff that was read; another digest voids it."},{"name":"decision_id","type":"string","doc":"The offline gate decision it rests on; empty where there was none.","default":""},{"name":"approver","type":"string","doc":"Who."},{"name":"role","type":"string","doc":"In which role.","default":""},{"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When."}]}',
    ),
    'AuditRecord': (
        '{"type":"record","name":"AuditRecord","namespace":"io.loopwright","doc":"One link of a decider\'s tamper-evident chain.","fields":[{"name":"decider","type":"string","doc":"Which stage decided."},{"name":"use_case_id","type":"string","doc":"The chain\'s key. Partition key."},{"name":"sequence","type":"long","doc":"From 1 in each chain."},{"name":"previous_hash","type":"string","doc":"Hash of the record before; empty for the first."},{"name":"actor","type":"string","doc":"Who or what caused it."},{"name":"action","type":"string","doc":"What was done."},{"name":"subject","type":"string","doc":"To what."},{"name":"payload_digest","type":"string","doc":"SHA-256 over RFC 8785 of what was written."},{"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When."},{"name":"hash","type":"string","doc":"SHA-256 over RFC 8785 of all other fields."}]}',
    ),
    'BusinessOutcome': (
        '{"type":"record","name":"BusinessOutcome","namespace":"io.loopwright","doc":"What became of a run in the business, possibly days later.","fields":[{"name":"event_id","type":"string","doc":"Unique; repeats with the same id are dropped."},{"name":"seq","type":"int","doc":"Number within the run from 0, stamped by the recorder; -1 for what is told about a run from outside (feedback, business events) and is not counted.","default":-1},{"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, by the product\'s clock. Recorded time is the broker\'s append time."},{"name":"session_id","type":"string","doc":"The conversation. Partition key."},{"name":"run_id","type":"string","doc":"One execution of the AI system for one request."},{"name":"step_id","type":"string","doc":"The step of the run; empty where there is none.","default":""},{"name":"parent_step_id","type":"string","doc":"The step that started this one; empty at the top.","default":""},{"name":"user_id","type":"string","doc":"The user: raw only in runs.raw, then a pseudonym (key id, keyed hash).","default":""},{"name":"user_bucket","type":"int","doc":"One of 2^20, from a key that never rotates: unit of assignment, gate and partitioning; -1 before it is known.","default":-1},{"name":"role","type":"string","doc":"The user\'s role.","default":""},{"name":"cohort_id","type":"string","doc":"The user\'s cohort.","default":""},{"name":"intent","type":"string","doc":"What the user wanted, by the product\'s own classes.","default":""},{"name":"use_case_id","type":"string","doc":"The use case that defines what good means."},{"name":"spec_version","type":"int","doc":"Version of the use case\'s spec, stamped by capture; -1 before.","default":-1},{"name":"workflow_version","type":"string","doc":"Version of the workflow that ran.","default":""},{"name":"prompt_version","type":"string","doc":"Version of the prompt that ran.","default":""},{"name":"policy_pack_id","type":"string","doc":"The policy pack that ran.","default":""},{"name":"tool_policy_id","type":"string","doc":"The tool policy that ran.","default":""},{"name":"model_id","type":"string","doc":"The model that ran.","default":""},{"name":"model_params_hash","type":"string","doc":"Hash of the model\'s parameters.","default":""},{"name":"release_id","type":"string","doc":"The release that the flag provider assigned; empty for none.","default":""},{"name":"release_stage","type":"int","doc":"Stage of the release in the provider\'s copy when the flag was evaluated; 0 for none.","default":0},{"name":"arm","type":{"type":"enum","name":"Arm","doc":"Which side of a comparison produced a run.","symbols":["UNKNOWN","NONE","BASELINE","CANDIDATE"],"default":"UNKNOWN"},"doc":"Side of the comparison.","default":"NONE"},{"name":"exposure","type":{"type":"enum","name":"Exposure","doc":"Who saw the run\'s output.","symbols":["UNKNOWN","LIVE","SHADOW","OFFLINE"],"default":"UNKNOWN"},"doc":"Who saw the output.","default":"LIVE"},{"name":"eval_case_id","type":"string","doc":"The example, for an offline run; else empty.","default":""},{"name":"permission_scope","type":"string","doc":"Grants the run holds, resource:action@boundary, separated by spaces.","default":""},{"name":"classification","type":{"type":"enum","name":"Classification","doc":"Sensitivity of the record, CloudEvents dataclassification.","symbols":["UNKNOWN","PUBLIC","INTERNAL","CONFIDENTIAL","RESTRICTED"],"default":"UNKNOWN"},"doc":"Sensitivity of the record.","default":"INTERNAL"},{"name":"trainable","type":"boolean","doc":"Whether records of this class may be used for training.","default":false},{"name":"traceparent","type":"string","doc":"W3C trace context.","default":""},{"name":"name","type":"string","doc":"Which event, such as reopened or resolution_time."},{"name":"value","type":"double","doc":"Its value; 1 and 0 for true and false."},{"name":"unit","type":"string","doc":"Unit of the value.","default":""},{"name":"record_id","type":"string","doc":"The record in the business system.","default":""}]}',
    ),
    'Case': (
        '{"type":"record","name":"Case","namespace":"io.loopwright","doc":"Signals with the same cause, as one problem with one owner.","fields":[{"name":"case_id","type":"string","doc":"The fingerprint. Partition key."},{"name":"title","type":"string","doc":"The problem in words."},{"name":"reason_code","type":{"type":"enum","name":"ReasonCode","doc":"Why a run went badly, in words that match actual fixes.","symbols":["UNKNOWN","WRONG_SOURCE","MISSING_SOURCE","STALE_SOURCE","UNSAFE_SCOPE","TOOL_ERROR","FORMAT_FAIL","UNSUPPORTED_CLAIM","INSTRUCTION_MISS","WRONG_ACTION","PARTIAL_ACTION","WRONG_REFUSAL","TOO_SLOW","TOO_COSTLY","POOR_HANDOFF","NOT_A_FAULT"],"default":"UNKNOWN"},"doc":"Why."},{"name":"failure_locus","type":{"type":"enum","name":"FailureLocus","doc":"Where to fix.","symbols":["UNKNOWN","INPUT_KNOWLEDGE","RETRIEVAL","PROMPT_DECISION","TOOL_POLICY","TOOL_CALL","OUTPUT_FORMAT","VERIFICATION","POLICY_SCOPE","HANDOFF","ORCHESTRATION","MODEL"],"default":"UNKNOWN"},"doc":"Where to fix."},{"name":"cause","type":"string","doc":"The cause in words."},{"name":"severity","type":{"type":"enum","name":"Severity","doc":"How bad it is.","symbols":["UNKNOWN","LOW","MEDIUM","HIGH","CRITICAL"],"default":"UNKNOWN"},"doc":"How bad: the taxonomy\'s, or the worst signal\'s if that is worse."},{"name":"owner","type":"string","doc":"Team that owns this kind of failure, from the taxonomy."},{"name":"advice","type":"string","doc":"The cheapest fix first, from the taxonomy.","default":""},{"name":"status","type":{"type":"enum","name":"CaseStatus","doc":"The life of a case.","symbols":["UNKNOWN","OPEN","TRIAGED","IN_FIX","RELEASED","VERIFIED","REOPENED","CLOSED"],"default":"UNKNOWN"},"doc":"Where it stands."},{"name":"first_seen","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"Earliest signal."},{"name":"last_seen","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"Latest signal."},{"name":"kinds","type":{"type":"array","items":{"type":"record","name":"KindCount","doc":"How many signals of one kind.","fields":[{"name":"kind","type":{"type":"enum","name":"SignalKind","doc":"What was noticed.","symbols":["UNKNOWN","EXPLICIT_NEGATIVE","REPHRASE","CORRECTION","TAKEOVER","ABANDONMENT","TOOL_FAILURE","STALE_SOURCE","INTENT_EFFECT_MISMATCH"],"default":"UNKNOWN"},"doc":"The kind."},{"name":"signals","type":"long","doc":"Signals."}]}},"doc":"Signals by kind."},{"name":"use_cases","type":{"type":"array","items":{"type":"record","name":"CaseShare","doc":"What one use case contributes to a case.","fields":[{"name":"use_case_id","type":"string","doc":"The use case."},{"name":"signals","type":"long","doc":"Signals."},{"name":"runs","type":"long","doc":"Distinct runs (exact to 256, then an estimate)."},{"name":"users","type":"long","doc":"Distinct users (exact to 256, then an estimate)."}]}},"doc":"What each use case contributes."},{"name":"changes","type":{"type":"array","items":{"type":"record","name":"CaseChange","doc":"A change that names the case.","fields":[{"name":"change_id","type":"string","doc":"The change."},{"name":"use_case_id","type":"string","doc":"Its use case."},{"name":"release_id","type":"string","doc":"Its release."},{"name":"release_version","type":"int","doc":"The release\'s version that this state comes from."},{"name":"state","type":{"type":"enum","name":"LinkState","doc":"How far a change that names a case has come.","symbols":["UNKNOWN","LINKED","RELEASED","VERIFIED","WITHDRAWN"],"default":"UNKNOWN"},"doc":"How far it has come."}]}},"doc":"Changes that name it."},{"name":"taxonomy_version","type":"int","doc":"Version of the taxonomy that set severity and owner."}]}',
    ),
    'CaseLink': (
        '{"type":"record","name":"CaseLink","namespace":"io.loopwright","doc":"A change names a case, and how far the change has come.","fields":[{"name":"case_id","type":"string","doc":"Partition key."},{"name":"use_case_id","type":"string","doc":"The change\'s use case."},{"name":"change_id","type":"string","doc":"The change."},{"name":"release_id","type":"string","doc":"Its release."},{"name":"release_version","type":"int","doc":"The release\'s version when this was said."},{"name":"state","type":{"type":"enum","name":"LinkState","doc":"How far a change that names a case has come.","symbols":["UNKNOWN","LINKED","RELEASED","VERIFIED","WITHDRAWN"],"default":"UNKNOWN"},"doc":"How far it has come."},{"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When."}]}',
    ),
    'Change': (
        '{"type":"record","name":"Change","namespace":"io.loopwright","doc":"One diff of one surface, with the cases it answers and the effect it promises.","fields":[{"name":"change_id","type":"string","doc":"Unique."},{"name":"use_case_id","type":"string","doc":"Partition key."},{"name":"surface","type":{"type":"enum","name":"Surface","doc":"What a change touches.","symbols":["UNKNOWN","KNOWLEDGE","MEMORY","RETRIEVAL_CONFIG","RANKING_WEIGHTS","QUERY_REWRITE","PROMPT","AGENT_WORKFLOW","TOOL_SCHEMA","TOOL_POLICY","WRITE_ACTION","DATA_SCOPE","POLICY_FILTER","ACCESS_BEHAVIOUR","OUTPUT_VALIDATOR","MODEL"],"default":"UNKNOWN"},"doc":"The one surface it touches."},{"name":"title","type":"string","doc":"What it does, in words.","default":""},{"name":"diff","type":{"type":"array","items":{"type":"record","name":"Diff","doc":"One path of a change.","fields":[{"name":"path","type":"string","doc":"What changed."},{"name":"from_digest","type":"string","doc":"Digest before; empty for new.","default":""},{"name":"to_digest","type":"string","doc":"Digest after; empty for removed.","default":""}]}},"doc":"What changed."},{"name":"from_version","type":"string","doc":"The surface\'s version before."},{"name":"to_version","type":"string","doc":"The surface\'s version after."},{"name":"case_ids","type":{"type":"array","items":"string"},"doc":"Cases it answers.","default":[]},{"name":"metric","type":"string","doc":"The one metric it should move."},{"name":"expected_ratio","type":"double","doc":"The failure rate it promises, as a multiple of the baseline\'s."},{"name":"guardrails","type":{"type":"array","items":"string"},"doc":"Metrics that must not get worse.","default":[]},{"name":"examples","type":{"type":"array","items":"string"},"doc":"Offline examples to be run on both arms before users see it; empty for none.","default":[]},{"name":"tier","type":{"type":"enum","name":"RiskTier","doc":"How much review a change needs: none, one approval, two different approvers.","symbols":["UNKNOWN","LOW","MEDIUM","HIGH"],"default":"UNKNOWN"},"doc":"The author\'s tier: may raise the computed one, never lower it; UNKNOWN is read as HIGH.","default":"LOW"},{"name":"author","type":"string","doc":"Who proposes it."},{"name":"rollback_target","type":"string","doc":"The version to go back to."},{"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it was proposed."}]}',
    ),
    'DecisionSnapshot': (
        '{"type":"record","name":"DecisionSnapshot","namespace":"io.loopwright","doc":"What the system knew at a decision point: enough to replay it.","fields":[{"name":"event_id","type":"string","doc":"Unique; repeats with the same id are dropped."},{"name":"seq","type":"int","doc":"Number within the run from 0, stamped by the recorder; -1 for what is told about a run from outside (feedback, business events) and is not counted.","default":-1},{"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, by the product\'s clock. Recorded time is the broker\'s append time."},{"name":"session_id","type":"string","doc":"The conversation. Partition key."},{"name":"run_id","type":"string","doc":"One execution of the AI system for one request."},{"name":"step_id","type":"string","doc":"The step of the run; empty where there is none.","default":""},{"name":"parent_step_id","type":"string","doc":"The step that started this one; empty at the top.","default":""},{"name":"user_id","type":"string","doc":"The user: raw only in runs.raw, then a pseudonym (key id, keyed hash).","default":""},{"name":"user_bucket","type":"int","doc":"One of 2^20, from a key that never rotates: unit of assignment, gate and partitioning; -1 before it is known.","default":-1},{"name":"role","type":"string","doc":"The user\'s role.","default":""},{"name":"cohort_id","type":"string","doc":"The user\'s cohort.","default":""},{"name":"intent","type":"string","doc":"What the user wanted, by the product\'s own classes.","default":""},{"name":"use_case_id","type":"string","doc":"The use case that defines what good means."},{"name":"spec_version","type":"int","doc":"Version of the use case\'s spec, stamped by capture; -1 before.","default":-1},{"name":"workflow_version","type":"string","doc":"Version of the workflow that ran.","default":""},{"name":"prompt_version","type":"string","doc":"Version of the prompt that ran.","default":""},{"name":"policy_pack_id","type":"string","doc":"The policy pack that ran.","default":""},{"name":"tool_policy_id","type":"string","doc":"The tool policy that ran.","default":""},{"name":"model_id","type":"string","doc":"The model that ran.","default":""},{"name":"model_params_hash","type":"string","doc":"Hash of the model\'s parameters.","default":""},{"name":"release_id","type":"string","doc":"The release that the flag provider assigned; empty for none.","default":""},{"name":"release_stage","type":"int","doc":"Stage of the release in the provider\'s copy when the flag was evaluated; 0 for none.","default":0},{"name":"arm","type":{"type":"enum","name":"Arm","doc":"Which side of a comparison produced a run.","symbols":["UNKNOWN","NONE","BASELINE","CANDIDATE"],"default":"UNKNOWN"},"doc":"Side of the comparison.","default":"NONE"},{"name":"exposure","type":{"type":"enum","name":"Exposure","doc":"Who saw the run\'s output.","symbols":["UNKNOWN","LIVE","SHADOW","OFFLINE"],"default":"UNKNOWN"},"doc":"Who saw the output.","default":"LIVE"},{"name":"eval_case_id","type":"string","doc":"The example, for an offline run; else empty.","default":""},{"name":"permission_scope","type":"string","doc":"Grants the run holds, resource:action@boundary, separated by spaces.","default":""},{"name":"classification","type":{"type":"enum","name":"Classification","doc":"Sensitivity of the record, CloudEvents dataclassification.","symbols":["UNKNOWN","PUBLIC","INTERNAL","CONFIDENTIAL","RESTRICTED"],"default":"UNKNOWN"},"doc":"Sensitivity of the record.","default":"INTERNAL"},{"name":"trainable","type":"boolean","doc":"Whether records of this class may be used for training.","default":false},{"name":"traceparent","type":"string","doc":"W3C trace context.","default":""},{"name":"decision_point","type":"string","doc":"Which decision."},{"name":"policy_config_hash","type":"string","doc":"Hash of the policy configuration.","default":""},{"name":"retrieval_policy","type":"string","doc":"Version of the retrieval policy.","default":""},{"name":"retrieved","type":{"type":"array","items":{"type":"record","name":"RetrievedSource","doc":"A source version that retrieval brought in.","fields":[{"name":"source_id","type":"string","doc":"The source\'s stable id."},{"name":"version","type":"string","doc":"Its version.","default":""},{"name":"updated_at","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When that version was written; 0 where unknown.","default":0},{"name":"scope","type":"string","doc":"The grant needed to read it.","default":""},{"name":"score","type":"double","doc":"Retrieval score.","default":0.0}]}},"doc":"What retrieval brought in.","default":[]},{"name":"confidence","type":"double","doc":"0 to 1; -1 where unknown.","default":-1.0},{"name":"chosen","type":"string","doc":"The option taken.","default":""}]}',
    ),
    'ExplicitFeedback': (
        '{"type":"record","name":"ExplicitFeedback","namespace":"io.loopwright","doc":"Somebody said how a run went.","fields":[{"name":"event_id","type":"string","doc":"Unique; repeats with the same id are dropped."},{"name":"seq","type":"int","doc":"Number within the run from 0, stamped by the recorder; -1 for what is told about a run from outside (feedback, business events) and is not counted.","default":-1},{"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, by the product\'s clock. Recorded time is the broker\'s append time."},{"name":"session_id","type":"string","doc":"The conversation. Partition key."},{"name":"run_id","type":"string","doc":"One execution of the AI system for one request."},{"name":"step_id","type":"string","doc":"The step of the run; empty where there is none.","default":""},{"name":"parent_step_id","type":"string","doc":"The step that started this one; empty at the top.","default":""},{"name":"user_id","type":"string","doc":"The user: raw only in runs.raw, then a pseudonym (key id, keyed hash).","default":""},{"name":"user_bucket","type":"int","doc":"One of 2^20, from a key that never rotates: unit of assignment, gate and partitioning; -1 before it is known.","default":-1},{"name":"role","type":"string","doc":"The user\'s role.","default":""},{"name":"cohort_id","type":"string","doc":"The user\'s cohort.","default":""},{"name":"intent","type":"string","doc":"What the user wanted, by the product\'s own classes.","default":""},{"name":"use_case_id","type":"string","doc":"The use case that defines what good means."},{"name":"spec_version","type":"int","doc":"Version of the use case\'s spec, stamped by capture; -1 before.","default":-1},{"name":"workflow_version","type":"string","doc":"Version of the workflow that ran.","default":""},{"name":"prompt_version","type":"string","doc":"Version of the prompt that ran.","default":""},{"name":"policy_pack_id","type":"string","doc":"The policy pack that ran.","default":""},{"name":"tool_policy_id","type":"string","doc":"The tool policy that ran.","default":""},{"name":"model_id","type":"string","doc":"The model that ran.","default":""},{"name":"model_params_hash","type":"string","doc":"Hash of the model\'s parameters.","default":""},{"name":"release_id","type":"string","doc":"The release that the flag provider assigned; empty for none.","default":""},{"name":"release_stage","type":"int","doc":"Stage of the release in the provider\'s copy when the flag was evaluated; 0 for none.","default":0},{"name":"arm","type":{"type":"enum","name":"Arm","doc":"Which side of a comparison produced a run.","symbols":["UNKNOWN","NONE","BASELINE","CANDIDATE"],"default":"UNKNOWN"},"doc":"Side of the comparison.","default":"NONE"},{"name":"exposure","type":{"type":"enum","name":"Exposure","doc":"Who saw the run\'s output.","symbols":["UNKNOWN","LIVE","SHADOW","OFFLINE"],"default":"UNKNOWN"},"doc":"Who saw the output.","default":"LIVE"},{"name":"eval_case_id","type":"string","doc":"The example, for an offline run; else empty.","default":""},{"name":"permission_scope","type":"string","doc":"Grants the run holds, resource:action@boundary, separated by spaces.","default":""},{"name":"classification","type":{"type":"enum","name":"Classification","doc":"Sensitivity of the record, CloudEvents dataclassification.","symbols":["UNKNOWN","PUBLIC","INTERNAL","CONFIDENTIAL","RESTRICTED"],"default":"UNKNOWN"},"doc":"Sensitivity of the record.","default":"INTERNAL"},{"name":"trainable","type":"boolean","doc":"Whether records of this class may be used for training.","default":false},{"name":"traceparent","type":"string","doc":"W3C trace context.","default":""},{"name":"feedback_id","type":"string","doc":"Unique."},{"name":"target","type":{"type":"enum","name":"FeedbackTarget","doc":"What the feedback is about.","symbols":["UNKNOWN","RUN","STEP","SESSION","TOOL_CALL"],"default":"UNKNOWN"},"doc":"What it is about."},{"name":"name","type":"string","doc":"The question that was asked, such as thumbs."},{"name":"value","type":"string","doc":"The answer as given: a boolean, number or category.","default":""},{"name":"polarity","type":{"type":"enum","name":"Polarity","doc":"Whether feedback praises or blames; UNKNOWN is read as NEGATIVE.","symbols":["UNKNOWN","POSITIVE","NEGATIVE","NEUTRAL"],"default":"UNKNOWN"},"doc":"Praise or blame."},{"name":"reason_code","type":{"type":"enum","name":"ReasonCode","doc":"Why a run went badly, in words that match actual fixes.","symbols":["UNKNOWN","WRONG_SOURCE","MISSING_SOURCE","STALE_SOURCE","UNSAFE_SCOPE","TOOL_ERROR","FORMAT_FAIL","UNSUPPORTED_CLAIM","INSTRUCTION_MISS","WRONG_ACTION","PARTIAL_ACTION","WRONG_REFUSAL","TOO_SLOW","TOO_COSTLY","POOR_HANDOFF","NOT_A_FAULT"],"default":"UNKNOWN"},"doc":"Why: required when negative.","default":"UNKNOWN"},{"name":"failure_locus","type":{"type":"enum","name":"FailureLocus","doc":"Where to fix.","symbols":["UNKNOWN","INPUT_KNOWLEDGE","RETRIEVAL","PROMPT_DECISION","TOOL_POLICY","TOOL_CALL","OUTPUT_FORMAT","VERIFICATION","POLICY_SCOPE","HANDOFF","ORCHESTRATION","MODEL"],"default":"UNKNOWN"},"doc":"Where to fix, where the giver knows.","default":"UNKNOWN"},{"name":"comment","type":{"type":"record","name":"TextRef","doc":"A text that is not carried: a reference, a keyed digest and features computed at the edge.","fields":[{"name":"text","type":"string","doc":"The text itself: only in runs.raw, or redacted where the use case lists the field in raw_fields.","default":""},{"name":"ref","type":"string","doc":"Id of the text in the source system.","default":""},{"name":"digest","type":"string","doc":"HMAC of the text, hex (a plain hash of a phone number is reversible).","default":""},{"name":"length","type":"int","doc":"Characters.","default":0},{"name":"tokens","type":"int","doc":"Words.","default":0},{"name":"correction","type":"boolean","doc":"Cue: it corrects what was said before.","default":false},{"name":"negation","type":"boolean","doc":"Cue: it negates.","default":false},{"name":"thanks","type":"boolean","doc":"Cue: it thanks.","default":false},{"name":"escalation","type":"boolean","doc":"Cue: it asks for a human.","default":false},{"name":"sketch","type":"bytes","doc":"Keyed shingle sketch: the lowest 64 of the 32-bit hashes of its words and word pairs, sorted, big-endian.","default":""},{"name":"numbers","type":"bytes","doc":"The same for its numbers and ids, at most 16.","default":""}]},"doc":"What they wrote.","default":{}},{"name":"source_kind","type":{"type":"enum","name":"FeedbackSource","doc":"Who or what gave the feedback.","symbols":["UNKNOWN","USER","REVIEWER","JUDGE","DETECTOR","BUSINESS_EVENT"],"default":"UNKNOWN"},"doc":"Who or what gave it.","default":"USER"},{"name":"source_id","type":"string","doc":"Which person or judge: a pseudonym.","default":""}]}',
    ),
    'GateDecision': (
        '{"type":"record","name":"GateDecision","namespace":"io.loopwright","doc":"What the gate says about a release, and why.","fields":[{"name":"decision_id","type":"string","doc":"uuid5(release, version, verdict, reason, improved): a repeat is no news."},{"name":"use_case_id","type":"string","doc":"Partition key."},{"name":"release_id","type":"string","doc":"The release."},{"name":"change_id","type":"string","doc":"Its change."},{"name":"phase","type":{"type":"enum","name":"Phase","doc":"Where a release stands on its way.","symbols":["UNKNOWN","PROPOSED","OFFLINE","AWAITING_APPROVAL","SHADOW","CANARY","FULL","HELD","ROLLED_BACK","REJECTED","EXPIRED"],"default":"UNKNOWN"},"doc":"The phase that was judged."},{"name":"stage","type":"int","doc":"The stage that was judged."},{"name":"release_version","type":"int","doc":"The release\'s version that was judged."},{"name":"verdict","type":{"type":"enum","name":"Verdict","doc":"What a gate says. Missing data, an error or an invalid split never add up to a PASS.","symbols":["UNKNOWN","PASS","FAIL","HOLD","NO_DATA","INVALID","ERROR"],"default":"UNKNOWN"},"doc":"The verdict."},{"name":"reason","type":{"type":"enum","name":"GateReason","doc":"Why a gate says what it says.","symbols":["UNKNOWN","NO_EVIDENCE","EVIDENCE","HARM","SPLIT","BLIND","DEADLINE","MIN_TIME","INCONCLUSIVE"],"default":"UNKNOWN"},"doc":"Why."},{"name":"metrics","type":{"type":"array","items":{"type":"record","name":"MetricEvidence","doc":"One metric\'s evidence in a gate decision.","fields":[{"name":"metric","type":"string","doc":"The metric."},{"name":"role","type":{"type":"enum","name":"MetricRole","doc":"GOAL must pass before a change is promoted; WATCH can roll it back and need not pass.","symbols":["UNKNOWN","GOAL","WATCH"],"default":"UNKNOWN"},"doc":"GOAL or WATCH."},{"name":"baseline_fail","type":"long","doc":"Baseline units that failed."},{"name":"baseline_ok","type":"long","doc":"Baseline units that did not."},{"name":"baseline_missing","type":"long","doc":"Baseline units without a value."},{"name":"candidate_fail","type":"long","doc":"Candidate units that failed."},{"name":"candidate_ok","type":"long","doc":"Candidate units that did not."},{"name":"candidate_missing","type":"long","doc":"Candidate units without a value."},{"name":"wins","type":"long","doc":"Offline: examples that the candidate fixes.","default":0},{"name":"losses","type":"long","doc":"Offline: examples that the candidate breaks.","default":0},{"name":"left_out","type":"long","doc":"Offline: examples that one side lacks.","default":0},{"name":"log_e_promote","type":"double","doc":"ln e-value against \'worse by the margin or more\'."},{"name":"log_e_rollback","type":"double","doc":"ln e-value against \'no worse than the baseline\'."},{"name":"log_e_improve","type":"double","doc":"ln e-value against \'no better than the baseline\'."},{"name":"margin","type":"double","doc":"Relative non-inferiority margin."},{"name":"latched","type":"boolean","doc":"It has reached the bound of the last stage once.","default":false}]}},"doc":"Evidence per metric."},{"name":"bound","type":"double","doc":"ln 1/alpha of this stage."},{"name":"log_e_rollback","type":"double","doc":"ln of the weighted mean of the rollback e-values."},{"name":"rollback_bound","type":"double","doc":"ln 1/beta."},{"name":"log_e_split","type":"double","doc":"ln e-value against the configured split."},{"name":"improved","type":"boolean","doc":"The change\'s metric has proven better than the baseline."},{"name":"config_hash","type":"string","doc":"Hash of the gate\'s configuration."},{"name":"watermark","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"The data up to this time are in."}]}',
    ),
    'Mark': (
        '{"type":"record","name":"Mark","namespace":"io.loopwright","doc":"A stage\'s partition time, written into every partition of what it writes.","fields":[{"name":"stage","type":"string","doc":"The stage."},{"name":"partition","type":"int","doc":"Its partition number."},{"name":"time","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"All that is due up to this time has been written."}]}',
    ),
    'Outcome': (
        '{"type":"record","name":"Outcome","namespace":"io.loopwright","doc":"One run\'s measured values at one maturity horizon.","fields":[{"name":"outcome_id","type":"string","doc":"uuid5(run_id, horizon)."},{"name":"unit_id","type":"string","doc":"The user bucket, or the example of an offline run. Partition key."},{"name":"horizon_ms","type":"long","doc":"Milliseconds from the run\'s start to this measurement."},{"name":"started_at","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"occurred_at of the run\'s first event."},{"name":"session_id","type":"string","doc":"The conversation."},{"name":"run_id","type":"string","doc":"One execution of the AI system for one request."},{"name":"user_id","type":"string","doc":"The user\'s pseudonym.","default":""},{"name":"user_bucket","type":"int","doc":"One of 2^20, from a key that never rotates: unit of assignment, gate and partitioning.","default":-1},{"name":"cohort_id","type":"string","doc":"The user\'s cohort.","default":""},{"name":"intent","type":"string","doc":"What the user wanted, by the product\'s own classes.","default":""},{"name":"use_case_id","type":"string","doc":"The use case that defines what good means."},{"name":"spec_version","type":"int","doc":"Version of the use case\'s spec.","default":-1},{"name":"release_id","type":"string","doc":"The release that the flag provider assigned; empty for none.","default":""},{"name":"release_stage","type":"int","doc":"Stage of the release in the provider\'s copy when the flag was evaluated; 0 for none.","default":0},{"name":"arm","type":{"type":"enum","name":"Arm","doc":"Which side of a comparison produced a run.","symbols":["UNKNOWN","NONE","BASELINE","CANDIDATE"],"default":"UNKNOWN"},"doc":"Side of the comparison.","default":"NONE"},{"name":"exposure","type":{"type":"enum","name":"Exposure","doc":"Who saw the run\'s output.","symbols":["UNKNOWN","LIVE","SHADOW","OFFLINE"],"default":"UNKNOWN"},"doc":"Who saw the output.","default":"LIVE"},{"name":"eval_case_id","type":"string","doc":"The example, for an offline run; else empty.","default":""},{"name":"metrics","type":{"type":"array","items":{"type":"record","name":"Measure","doc":"One metric\'s value for one run.","fields":[{"name":"name","type":"string","doc":"The metric."},{"name":"bad","type":"double","doc":"1 for bad, 0 for good; -1 when unmeasured."},{"name":"unmeasured","type":"string","doc":"Why there is no value; empty when there is one.","default":""}]}},"doc":"The metrics that mature at this horizon."}]}',
    ),
    'Releases': (
        '{"type":"record","name":"Releases","namespace":"io.loopwright","doc":"All releases of a use case, and the live version of each surface.","fields":[{"name":"use_case_id","type":"string","doc":"Key."},{"name":"revision","type":"long","doc":"Counts every change of this value."},{"name":"releases","type":{"type":"array","items":{"type":"record","name":"Release","doc":"A change on its way.","fields":[{"name":"release_id","type":"string","doc":"uuid5(change_id, \'release\')."},{"name":"use_case_id","type":"string","doc":"Its use case."},{"name":"change_id","type":"string","doc":"The change."},{"name":"surface","type":{"type":"enum","name":"Surface","doc":"What a change touches.","symbols":["UNKNOWN","KNOWLEDGE","MEMORY","RETRIEVAL_CONFIG","RANKING_WEIGHTS","QUERY_REWRITE","PROMPT","AGENT_WORKFLOW","TOOL_SCHEMA","TOOL_POLICY","WRITE_ACTION","DATA_SCOPE","POLICY_FILTER","ACCESS_BEHAVIOUR","OUTPUT_VALIDATOR","MODEL"],"default":"UNKNOWN"},"doc":"What it touches."},{"name":"from_version","type":"string","doc":"The surface\'s version before."},{"name":"to_version","type":"string","doc":"The surface\'s version after."},{"name":"version","type":"int","doc":"Counts this release\'s own transitions, from 1."},{"name":"phase","type":{"type":"enum","name":"Phase","doc":"Where a release stands on its way.","symbols":["UNKNOWN","PROPOSED","OFFLINE","AWAITING_APPROVAL","SHADOW","CANARY","FULL","HELD","ROLLED_BACK","REJECTED","EXPIRED"],"default":"UNKNOWN"},"doc":"Where it stands."},{"name":"held_from","type":"Phase","doc":"The phase it was held in; UNKNOWN when it is not held.","default":"UNKNOWN"},{"name":"stage","type":"int","doc":"Step inside CANARY, from 1; one more than the last in FULL; 0 before."},{"name":"share","type":"double","doc":"Share of the slice on the candidate."},{"name":"slice","type":{"type":"array","items":{"type":"record","name":"Span","doc":"A range of the 10000 parts in which a use case\'s users are dealt out.","fields":[{"name":"start","type":"int","doc":"First part."},{"name":"end","type":"int","doc":"One after the last part."}]}},"doc":"The parts it owns; empty when it owns none."},{"name":"reason","type":"string","doc":"Why it is where it is."},{"name":"because","type":{"type":"array","items":"string"},"doc":"Ids of the decisions, alarms and approvals that brought it here."},{"name":"entered_at","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it came into this phase and stage."},{"name":"canary_at","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When its canary began; 0 before.","default":0},{"name":"tier","type":{"type":"enum","name":"RiskTier","doc":"How much review a change needs: none, one approval, two different approvers.","symbols":["UNKNOWN","LOW","MEDIUM","HIGH"],"default":"UNKNOWN"},"doc":"Computed tier, or the author\'s if that is higher."},{"name":"diff_digest","type":"string","doc":"Digest of the diff: what an approval must name."},{"name":"offline_decision_id","type":"string","doc":"The offline decision it passed; empty for none.","default":""},{"name":"examples","type":{"type":"array","items":"string"},"doc":"Offline examples."},{"name":"case_ids","type":{"type":"array","items":"string"},"doc":"Cases it answers."},{"name":"metric","type":"string","doc":"The one metric it should move."},{"name":"spec_version","type":"int","doc":"Version of the use case\'s spec, frozen."},{"name":"gate","type":{"type":"record","name":"GateConfig","doc":"The gate\'s configuration, frozen when the release was proposed.","fields":[{"name":"alpha","type":"double","doc":"Level of a wrong promotion."},{"name":"beta","type":"double","doc":"Level of a wrong rollback."},{"name":"stages","type":{"type":"array","items":{"type":"record","name":"StagePlan","doc":"One step of the share inside CANARY.","fields":[{"name":"share","type":"double","doc":"Share of the slice on the candidate."},{"name":"alpha","type":"double","doc":"Error level at which the step is left."}]}},"doc":"Steps of the share."},{"name":"metrics","type":{"type":"array","items":{"type":"record","name":"GateMetric","doc":"One metric of a gate, frozen when the release was proposed.","fields":[{"name":"name","type":"string","doc":"The metric."},{"name":"role","type":{"type":"enum","name":"MetricRole","doc":"GOAL must pass before a change is promoted; WATCH can roll it back and need not pass.","symbols":["UNKNOWN","GOAL","WATCH"],"default":"UNKNOWN"},"doc":"GOAL must pass, WATCH can roll back."},{"name":"target","type":"double","doc":"Declared bad rate of the baseline: the bets start from it."},{"name":"margin","type":"double","doc":"Relative non-inferiority margin."},{"name":"weight","type":"double","doc":"Weight in the rollback mean; they add up to 1."},{"name":"horizon_ms","type":"long","doc":"Maturity horizon, milliseconds."}]}},"doc":"The metrics."},{"name":"slice","type":"double","doc":"Share of the use case\'s users that the release may own."},{"name":"slice_ms","type":"long","doc":"Length of a slice of assignment time, milliseconds."},{"name":"lateness_ms","type":"long","doc":"How late an event may be and still count, milliseconds."},{"name":"min_time_ms","type":"long","doc":"Least time from CANARY to FULL, milliseconds."},{"name":"blind_after_ms","type":"long","doc":"A PASS on older data than this is a HOLD, milliseconds."},{"name":"split_alpha","type":"double","doc":"Level of the split check."},{"name":"holdback","type":"double","doc":"Share that stays on the baseline in FULL."},{"name":"holdback_ms","type":"long","doc":"Longest time of the holdback, milliseconds."},{"name":"deadline_ms","type":"long","doc":"A canary that has proven nothing this long after its start ends, and its users get the baseline back; 0 for no deadline. Milliseconds.","default":0},{"name":"offline_deadline_ms","type":"long","doc":"An example whose partner has not come this long after its run is left out; after twice that the gate holds. Milliseconds."}]},"doc":"The gate\'s configuration, frozen."},{"name":"rollback_target","type":"string","doc":"The version to go back to."},{"name":"improved_by","type":"string","doc":"The decision that proved the metric better; empty before.","default":""},{"name":"settled","type":"boolean","doc":"The holdback has ended: it owns no users any more.","default":false}]}},"doc":"Open ones, and the last of those that ended."},{"name":"live","type":{"type":"array","items":{"type":"record","name":"LiveVersion","doc":"The version of a surface that everybody gets.","fields":[{"name":"surface","type":"Surface","doc":"The surface."},{"name":"version","type":"string","doc":"Its version."}]}},"doc":"The live version of each surface."}]}',
    ),
    'RunFinished': (
        '{"type":"record","name":"RunFinished","namespace":"io.loopwright","doc":"The run ended.","fields":[{"name":"event_id","type":"string","doc":"Unique; repeats with the same id are dropped."},{"name":"seq","type":"int","doc":"Number within the run from 0, stamped by the recorder; -1 for what is told about a run from outside (feedback, business events) and is not counted.","default":-1},{"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, by the product\'s clock. Recorded time is the broker\'s append time."},{"name":"session_id","type":"string","doc":"The conversation. Partition key."},{"name":"run_id","type":"string","doc":"One execution of the AI system for one request."},{"name":"step_id","type":"string","doc":"The step of the run; empty where there is none.","default":""},{"name":"parent_step_id","type":"string","doc":"The step that started this one; empty at the top.","default":""},{"name":"user_id","type":"string","doc":"The user: raw only in runs.raw, then a pseudonym (key id, keyed hash).","default":""},{"name":"user_bucket","type":"int","doc":"One of 2^20, from a key that never rotates: unit of assignment, gate and partitioning; -1 before it is known.","default":-1},{"name":"role","type":"string","doc":"The user\'s role.","default":""},{"name":"cohort_id","type":"string","doc":"The user\'s cohort.","default":""},{"name":"intent","type":"string","doc":"What the user wanted, by the product\'s own classes.","default":""},{"name":"use_case_id","type":"string","doc":"The use case that defines what good means."},{"name":"spec_version","type":"int","doc":"Version of the use case\'s spec, stamped by capture; -1 before.","default":-1},{"name":"workflow_version","type":"string","doc":"Version of the workflow that ran.","default":""},{"name":"prompt_version","type":"string","doc":"Version of the prompt that ran.","default":""},{"name":"policy_pack_id","type":"string","doc":"The policy pack that ran.","default":""},{"name":"tool_policy_id","type":"string","doc":"The tool policy that ran.","default":""},{"name":"model_id","type":"string","doc":"The model that ran.","default":""},{"name":"model_params_hash","type":"string","doc":"Hash of the model\'s parameters.","default":""},{"name":"release_id","type":"string","doc":"The release that the flag provider assigned; empty for none.","default":""},{"name":"release_stage","type":"int","doc":"Stage of the release in the provider\'s copy when the flag was evaluated; 0 for none.","default":0},{"name":"arm","type":{"type":"enum","name":"Arm","doc":"Which side of a comparison produced a run.","symbols":["UNKNOWN","NONE","BASELINE","CANDIDATE"],"default":"UNKNOWN"},"doc":"Side of the comparison.","default":"NONE"},{"name":"exposure","type":{"type":"enum","name":"Exposure","doc":"Who saw the run\'s output.","symbols":["UNKNOWN","LIVE","SHADOW","OFFLINE"],"default":"UNKNOWN"},"doc":"Who saw the output.","default":"LIVE"},{"name":"eval_case_id","type":"string","doc":"The example, for an offline run; else empty.","default":""},{"name":"permission_scope","type":"string","doc":"Grants the run holds, resource:action@boundary, separated by spaces.","default":""},{"name":"classification","type":{"type":"enum","name":"Classification","doc":"Sensitivity of the record, CloudEvents dataclassification.","symbols":["UNKNOWN","PUBLIC","INTERNAL","CONFIDENTIAL","RESTRICTED"],"default":"UNKNOWN"},"doc":"Sensitivity of the record.","default":"INTERNAL"},{"name":"trainable","type":"boolean","doc":"Whether records of this class may be used for training.","default":false},{"name":"traceparent","type":"string","doc":"W3C trace context.","default":""},{"name":"status","type":{"type":"enum","name":"RunStatus","doc":"How a run ended; UNKNOWN is read as ERROR.","symbols":["UNKNOWN","OK","ERROR","ABORTED"],"default":"UNKNOWN"},"doc":"How."},{"name":"error_code","type":"string","doc":"The error; empty when OK.","default":""},{"name":"output_valid","type":"boolean","doc":"The output met its schema.","default":true},{"name":"events","type":"int","doc":"How many numbered events the run has, this one included; 0 where unknown.","default":0},{"name":"cost","type":"double","doc":"US dollars in all.","default":0.0},{"name":"elapsed_ms","type":"long","doc":"Milliseconds in all.","default":0}]}',
    ),
    'Signal': (
        '{"type":"record","name":"Signal","namespace":"io.loopwright","doc":"Evidence, explicit or implicit, that a run went badly.","fields":[{"name":"signal_id","type":"string","doc":"Derived from the run, the kind and the evidence, so that a replay repeats it."},{"name":"step_id","type":"string","doc":"The step it is about; empty for the whole run.","default":""},{"name":"session_id","type":"string","doc":"The conversation."},{"name":"run_id","type":"string","doc":"One execution of the AI system for one request."},{"name":"user_id","type":"string","doc":"The user\'s pseudonym.","default":""},{"name":"user_bucket","type":"int","doc":"One of 2^20, from a key that never rotates: unit of assignment, gate and partitioning.","default":-1},{"name":"role","type":"string","doc":"The user\'s role.","default":""},{"name":"cohort_id","type":"string","doc":"The user\'s cohort.","default":""},{"name":"intent","type":"string","doc":"What the user wanted, by the product\'s own classes.","default":""},{"name":"use_case_id","type":"string","doc":"The use case that defines what good means."},{"name":"spec_version","type":"int","doc":"Version of the use case\'s spec.","default":-1},{"name":"workflow_version","type":"string","doc":"Version of the workflow that ran.","default":""},{"name":"prompt_version","type":"string","doc":"Version of the prompt that ran.","default":""},{"name":"policy_pack_id","type":"string","doc":"The policy pack that ran.","default":""},{"name":"tool_policy_id","type":"string","doc":"The tool policy that ran.","default":""},{"name":"model_id","type":"string","doc":"The model that ran.","default":""},{"name":"release_id","type":"string","doc":"The release that the flag provider assigned; empty for none.","default":""},{"name":"release_stage","type":"int","doc":"Stage of the release in the provider\'s copy when the flag was evaluated; 0 for none.","default":0},{"name":"arm","type":{"type":"enum","name":"Arm","doc":"Which side of a comparison produced a run.","symbols":["UNKNOWN","NONE","BASELINE","CANDIDATE"],"default":"UNKNOWN"},"doc":"Side of the comparison.","default":"NONE"},{"name":"exposure","type":{"type":"enum","name":"Exposure","doc":"Who saw the run\'s output.","symbols":["UNKNOWN","LIVE","SHADOW","OFFLINE"],"default":"UNKNOWN"},"doc":"Who saw the output.","default":"LIVE"},{"name":"eval_case_id","type":"string","doc":"The example, for an offline run; else empty.","default":""},{"name":"permission_scope","type":"string","doc":"Grants the run holds, resource:action@boundary, separated by spaces.","default":""},{"name":"kind","type":{"type":"enum","name":"SignalKind","doc":"What was noticed.","symbols":["UNKNOWN","EXPLICIT_NEGATIVE","REPHRASE","CORRECTION","TAKEOVER","ABANDONMENT","TOOL_FAILURE","STALE_SOURCE","INTENT_EFFECT_MISMATCH"],"default":"UNKNOWN"},"doc":"What was noticed."},{"name":"reason_code","type":{"type":"enum","name":"ReasonCode","doc":"Why a run went badly, in words that match actual fixes.","symbols":["UNKNOWN","WRONG_SOURCE","MISSING_SOURCE","STALE_SOURCE","UNSAFE_SCOPE","TOOL_ERROR","FORMAT_FAIL","UNSUPPORTED_CLAIM","INSTRUCTION_MISS","WRONG_ACTION","PARTIAL_ACTION","WRONG_REFUSAL","TOO_SLOW","TOO_COSTLY","POOR_HANDOFF","NOT_A_FAULT"],"default":"UNKNOWN"},"doc":"Why it went badly."},{"name":"failure_locus","type":{"type":"enum","name":"FailureLocus","doc":"Where to fix.","symbols":["UNKNOWN","INPUT_KNOWLEDGE","RETRIEVAL","PROMPT_DECISION","TOOL_POLICY","TOOL_CALL","OUTPUT_FORMAT","VERIFICATION","POLICY_SCOPE","HANDOFF","ORCHESTRATION","MODEL"],"default":"UNKNOWN"},"doc":"Where to fix."},{"name":"severity","type":{"type":"enum","name":"Severity","doc":"How bad it is.","symbols":["UNKNOWN","LOW","MEDIUM","HIGH","CRITICAL"],"default":"UNKNOWN"},"doc":"How bad."},{"name":"control_failure","type":{"type":"enum","name":"ControlFailure","doc":"A broken control: acts without statistics.","symbols":["UNKNOWN","NONE","SCOPE_BREACH","SENSITIVE_FIELD_LEAK","SIDE_EFFECT_MISFIRE"],"default":"UNKNOWN"},"doc":"The control that broke, if one did.","default":"NONE"},{"name":"strength","type":"double","doc":"0 (nothing) to 1 (certain)."},{"name":"detector","type":"string","doc":"Which rule noticed."},{"name":"detector_version","type":"int","doc":"Version of that rule."},{"name":"evidence","type":{"type":"array","items":"string"},"doc":"Ids of the run events it rests on."},{"name":"fingerprint","type":"string","doc":"Same cause, same fingerprint. Partition key; the case\'s id."},{"name":"cause","type":"string","doc":"The cause in words: what the fingerprint is made of."},{"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When the evidence appeared."}]}',
    ),
    'Takeover': (
        '{"type":"record","name":"Takeover","namespace":"io.loopwright","doc":"A person took over from the system.","fields":[{"name":"event_id","type":"string","doc":"Unique; repeats with the same id are dropped."},{"name":"seq","type":"int","doc":"Number within the run from 0, stamped by the recorder; -1 for what is told about a run from outside (feedback, business events) and is not counted.","default":-1},{"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, by the product\'s clock. Recorded time is the broker\'s append time."},{"name":"session_id","type":"string","doc":"The conversation. Partition key."},{"name":"run_id","type":"string","doc":"One execution of the AI system for one request."},{"name":"step_id","type":"string","doc":"The step of the run; empty where there is none.","default":""},{"name":"parent_step_id","type":"string","doc":"The step that started this one; empty at the top.","default":""},{"name":"user_id","type":"string","doc":"The user: raw only in runs.raw, then a pseudonym (key id, keyed hash).","default":""},{"name":"user_bucket","type":"int","doc":"One of 2^20, from a key that never rotates: unit of assignment, gate and partitioning; -1 before it is known.","default":-1},{"name":"role","type":"string","doc":"The user\'s role.","default":""},{"name":"cohort_id","type":"string","doc":"The user\'s cohort.","default":""},{"name":"intent","type":"string","doc":"What the user wanted, by the product\'s own classes.","default":""},{"name":"use_case_id","type":"string","doc":"The use case that defines what good means."},{"name":"spec_version","type":"int","doc":"Version of the use case\'s spec, stamped by capture; -1 before.","default":-1},{"name":"workflow_version","type":"string","doc":"Version of the workflow that ran.","default":""},{"name":"prompt_version","type":"string","doc":"Version of the prompt that ran.","default":""},{"name":"policy_pack_id","type":"string","doc":"The policy pack that ran.","default":""},{"name":"tool_policy_id","type":"string","doc":"The tool policy that ran.","default":""},{"name":"model_id","type":"string","doc":"The model that ran.","default":""},{"name":"model_params_hash","type":"string","doc":"Hash of the model\'s parameters.","default":""},{"name":"release_id","type":"string","doc":"The release that the flag provider assigned; empty for none.","default":""},{"name":"release_stage","type":"int","doc":"Stage of the release in the provider\'s copy when the flag was evaluated; 0 for none.","default":0},{"name":"arm","type":{"type":"enum","name":"Arm","doc":"Which side of a comparison produced a run.","symbols":["UNKNOWN","NONE","BASELINE","CANDIDATE"],"default":"UNKNOWN"},"doc":"Side of the comparison.","default":"NONE"},{"name":"exposure","type":{"type":"enum","name":"Exposure","doc":"Who saw the run\'s output.","symbols":["UNKNOWN","LIVE","SHADOW","OFFLINE"],"default":"UNKNOWN"},"doc":"Who saw the output.","default":"LIVE"},{"name":"eval_case_id","type":"string","doc":"The example, for an offline run; else empty.","default":""},{"name":"permission_scope","type":"string","doc":"Grants the run holds, resource:action@boundary, separated by spaces.","default":""},{"name":"classification","type":{"type":"enum","name":"Classification","doc":"Sensitivity of the record, CloudEvents dataclassification.","symbols":["UNKNOWN","PUBLIC","INTERNAL","CONFIDENTIAL","RESTRICTED"],"default":"UNKNOWN"},"doc":"Sensitivity of the record.","default":"INTERNAL"},{"name":"trainable","type":"boolean","doc":"Whether records of this class may be used for training.","default":false},{"name":"traceparent","type":"string","doc":"W3C trace context.","default":""},{"name":"by","type":"string","doc":"Who took over: a pseudonym.","default":""},{"name":"reason","type":{"type":"enum","name":"TakeoverReason","doc":"Why a person took over.","symbols":["UNKNOWN","USER_ASKED","POLICY_REQUIRED","LOW_CONFIDENCE","FAILURE"],"default":"UNKNOWN"},"doc":"Why."},{"name":"point","type":"string","doc":"Where in the run.","default":""}]}',
    ),
    'Tally': (
        '{"type":"record","name":"Tally","namespace":"io.loopwright","doc":"Exact increments of a gate\'s counts, by slice of the run\'s start.","fields":[{"name":"tally_id","type":"string","doc":"uuid5(outcome, metric)."},{"name":"use_case_id","type":"string","doc":"Partition key."},{"name":"release_id","type":"string","doc":"The release."},{"name":"exposure","type":{"type":"enum","name":"Exposure","doc":"Who saw the run\'s output.","symbols":["UNKNOWN","LIVE","SHADOW","OFFLINE"],"default":"UNKNOWN"},"doc":"LIVE or OFFLINE."},{"name":"stage","type":"int","doc":"Stage of the release that the user saw."},{"name":"metric","type":"string","doc":"The metric."},{"name":"arm","type":{"type":"enum","name":"Arm","doc":"Which side of a comparison produced a run.","symbols":["UNKNOWN","NONE","BASELINE","CANDIDATE"],"default":"UNKNOWN"},"doc":"Side; NONE for pairs, where both sides meet."},{"name":"since","type":"int","doc":"Last earlier stage in which the user was seen on the baseline; 0 for never.","default":0},{"name":"slice_start","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"Start of the slice in which the unit was assigned."},{"name":"example","type":"string","doc":"OFFLINE: the example that closed; empty for users.","default":""},{"name":"cells","type":{"type":"array","items":"long"},"doc":"LIVE: fail, ok, missing. OFFLINE: both ok, candidate fails, candidate fixes, both fail, left out."}]}',
    ),
    'ToolAudited': (
        '{"type":"record","name":"ToolAudited","namespace":"io.loopwright","doc":"One tool call, as it was made.","fields":[{"name":"event_id","type":"string","doc":"Unique; repeats with the same id are dropped."},{"name":"seq","type":"int","doc":"Number within the run from 0, stamped by the recorder; -1 for what is told about a run from outside (feedback, business events) and is not counted.","default":-1},{"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, by the product\'s clock. Recorded time is the broker\'s append time."},{"name":"session_id","type":"string","doc":"The conversation. Partition key."},{"name":"run_id","type":"string","doc":"One execution of the AI system for one request."},{"name":"step_id","type":"string","doc":"The step of the run; empty where there is none.","default":""},{"name":"parent_step_id","type":"string","doc":"The step that started this one; empty at the top.","default":""},{"name":"user_id","type":"string","doc":"The user: raw only in runs.raw, then a pseudonym (key id, keyed hash).","default":""},{"name":"user_bucket","type":"int","doc":"One of 2^20, from a key that never rotates: unit of assignment, gate and partitioning; -1 before it is known.","default":-1},{"name":"role","type":"string","doc":"The user\'s role.","default":""},{"name":"cohort_id","type":"string","doc":"The user\'s cohort.","default":""},{"name":"intent","type":"string","doc":"What the user wanted, by the product\'s own classes.","default":""},{"name":"use_case_id","type":"string","doc":"The use case that defines what good means."},{"name":"spec_version","type":"int","doc":"Version of the use case\'s spec, stamped by capture; -1 before.","default":-1},{"name":"workflow_version","type":"string","doc":"Version of the workflow that ran.","default":""},{"name":"prompt_version","type":"string","doc":"Version of the prompt that ran.","default":""},{"name":"policy_pack_id","type":"string","doc":"The policy pack that ran.","default":""},{"name":"tool_policy_id","type":"string","doc":"The tool policy that ran.","default":""},{"name":"model_id","type":"string","doc":"The model that ran.","default":""},{"name":"model_params_hash","type":"string","doc":"Hash of the model\'s parameters.","default":""},{"name":"release_id","type":"string","doc":"The release that the flag provider assigned; empty for none.","default":""},{"name":"release_stage","type":"int","doc":"Stage of the release in the provider\'s copy when the flag was evaluated; 0 for none.","default":0},{"name":"arm","type":{"type":"enum","name":"Arm","doc":"Which side of a comparison produced a run.","symbols":["UNKNOWN","NONE","BASELINE","CANDIDATE"],"default":"UNKNOWN"},"doc":"Side of the comparison.","default":"NONE"},{"name":"exposure","type":{"type":"enum","name":"Exposure","doc":"Who saw the run\'s output.","symbols":["UNKNOWN","LIVE","SHADOW","OFFLINE"],"default":"UNKNOWN"},"doc":"Who saw the output.","default":"LIVE"},{"name":"eval_case_id","type":"string","doc":"The example, for an offline run; else empty.","default":""},{"name":"permission_scope","type":"string","doc":"Grants the run holds, resource:action@boundary, separated by spaces.","default":""},{"name":"classification","type":{"type":"enum","name":"Classification","doc":"Sensitivity of the record, CloudEvents dataclassification.","symbols":["UNKNOWN","PUBLIC","INTERNAL","CONFIDENTIAL","RESTRICTED"],"default":"UNKNOWN"},"doc":"Sensitivity of the record.","default":"INTERNAL"},{"name":"trainable","type":"boolean","doc":"Whether records of this class may be used for training.","default":false},{"name":"traceparent","type":"string","doc":"W3C trace context.","default":""},{"name":"call_id","type":"string","doc":"Unique within the run."},{"name":"tool","type":"string","doc":"The tool\'s name."},{"name":"args_schema_id","type":"string","doc":"Schema of its arguments.","default":""},{"name":"args_hash","type":"string","doc":"Hash of its arguments.","default":""},{"name":"args","type":"string","doc":"Arguments as JSON text: only in runs.raw, or redacted where the use case lists the field in raw_fields.","default":""},{"name":"effect","type":{"type":"enum","name":"EffectClass","doc":"What a tool does to the world.","symbols":["UNKNOWN","READ","WRITE","IRREVERSIBLE"],"default":"UNKNOWN"},"doc":"What it does to the world.","default":"UNKNOWN"},{"name":"target_id","type":"string","doc":"The record it acted on.","default":""},{"name":"idempotency_key","type":"string","doc":"The key that makes a retry safe.","default":""},{"name":"status","type":{"type":"enum","name":"ToolStatus","doc":"How a tool call ended.","symbols":["UNKNOWN","OK","ERROR","TIMEOUT","DENIED"],"default":"UNKNOWN"},"doc":"How it ended."},{"name":"error_code","type":"string","doc":"The tool\'s error code; empty when OK.","default":""},{"name":"exception_type","type":"string","doc":"Class of the exception; empty for none.","default":""},{"name":"scope_used","type":"string","doc":"Grants the call used, resource:action@boundary, separated by spaces; empty where not declared.","default":""},{"name":"elapsed_ms","type":"long","doc":"Milliseconds.","default":0}]}',
    ),
    'Transition': (
        '{"type":"record","name":"Transition","namespace":"io.loopwright","doc":"One step of a release: the history, never compacted.","fields":[{"name":"transition_id","type":"string","doc":"uuid5(release_id, version)."},{"name":"use_case_id","type":"string","doc":"Partition key."},{"name":"release_id","type":"string","doc":"The release."},{"name":"change_id","type":"string","doc":"Its change."},{"name":"version","type":"int","doc":"The release\'s version after this step."},{"name":"from_phase","type":{"type":"enum","name":"Phase","doc":"Where a release stands on its way.","symbols":["UNKNOWN","PROPOSED","OFFLINE","AWAITING_APPROVAL","SHADOW","CANARY","FULL","HELD","ROLLED_BACK","REJECTED","EXPIRED"],"default":"UNKNOWN"},"doc":"Phase before."},{"name":"to_phase","type":"Phase","doc":"Phase after."},{"name":"from_stage","type":"int","doc":"Stage before."},{"name":"to_stage","type":"int","doc":"Stage after."},{"name":"share","type":"double","doc":"Share on the candidate after."},{"name":"reason","type":"string","doc":"Why."},{"name":"because","type":{"type":"array","items":"string"},"doc":"Ids of what caused it."},{"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When."}]}',
    ),
    'UseCaseSpec': (
        '{"type":"record","name":"UseCaseSpec","namespace":"io.loopwright","doc":"The one-page job definition.","fields":[{"name":"use_case_id","type":"string","doc":"Stable id."},{"name":"version","type":"int","doc":"From 1; never changed once published."},{"name":"title","type":"string","doc":"The job in words."},{"name":"owner","type":"string","doc":"Owning team."},{"name":"on_call","type":"string","doc":"Where a page goes."},{"name":"tier","type":{"type":"enum","name":"RiskTier","doc":"How much review a change needs: none, one approval, two different approvers.","symbols":["UNKNOWN","LOW","MEDIUM","HIGH"],"default":"UNKNOWN"},"doc":"Least tier of any change to it.","default":"LOW"},{"name":"intents","type":{"type":"array","items":"string"},"doc":"What users may want.","default":[]},{"name":"sources","type":{"type":"array","items":{"type":"record","name":"SourceRule","doc":"A source that answers may rest on.","fields":[{"name":"source_id","type":"string","doc":"Stable id."},{"name":"scope","type":"string","doc":"The grant needed to read it.","default":""},{"name":"freshness_ms","type":"long","doc":"Oldest it may be, milliseconds; 0 for no limit.","default":0}]}},"doc":"Allowed sources.","default":[]},{"name":"tools","type":{"type":"array","items":{"type":"record","name":"ToolRule","doc":"A tool the system may use.","fields":[{"name":"tool","type":"string","doc":"Name."},{"name":"effect","type":{"type":"enum","name":"EffectClass","doc":"What a tool does to the world.","symbols":["UNKNOWN","READ","WRITE","IRREVERSIBLE"],"default":"UNKNOWN"},"doc":"What it does to the world."},{"name":"scope","type":"string","doc":"The grant it needs.","default":""}]}},"doc":"Allowed tools.","default":[]},{"name":"scope_parents","type":{"type":"array","items":{"type":"record","name":"ScopeParent","doc":"One step of the hierarchy of grants.","fields":[{"name":"grant","type":"string","doc":"resource:action@boundary."},{"name":"under","type":"string","doc":"The wider grant that contains it."}]}},"doc":"Hierarchy of grants.","default":[]},{"name":"raw_fields","type":{"type":"array","items":"string"},"doc":"Text fields that may be stored, redacted, as Record.field.","default":[]},{"name":"patience_ms","type":"long","doc":"Silence after a failed run that counts as abandonment, milliseconds."},{"name":"metrics","type":{"type":"array","items":{"type":"record","name":"MetricSpec","doc":"What good means, as a number.","fields":[{"name":"name","type":"string","doc":"The metric."},{"name":"good","type":"string","doc":"One plain sentence of what good means."},{"name":"role","type":{"type":"enum","name":"MetricRole","doc":"GOAL must pass before a change is promoted; WATCH can roll it back and need not pass.","symbols":["UNKNOWN","GOAL","WATCH"],"default":"UNKNOWN"},"doc":"GOAL or WATCH."},{"name":"signals","type":{"type":"array","items":{"type":"enum","name":"SignalKind","doc":"What was noticed.","symbols":["UNKNOWN","EXPLICIT_NEGATIVE","REPHRASE","CORRECTION","TAKEOVER","ABANDONMENT","TOOL_FAILURE","STALE_SOURCE","INTENT_EFFECT_MISMATCH"],"default":"UNKNOWN"}},"doc":"Signals about the run that make it bad.","default":[]},{"name":"run_error_is_bad","type":"boolean","doc":"A run that ended in an error is bad.","default":false},{"name":"event","type":"string","doc":"The business event that decides; empty for none.","default":""},{"name":"bad_if","type":{"type":"enum","name":"BadIf","doc":"Which values of a business event are bad.","symbols":["UNKNOWN","NEVER","ABOVE","BELOW"],"default":"UNKNOWN"},"doc":"Which values of the event are bad.","default":"NEVER"},{"name":"threshold","type":"double","doc":"Where bad begins.","default":0.0},{"name":"target","type":"double","doc":"Declared bad rate of the baseline."},{"name":"margin","type":"double","doc":"Relative non-inferiority margin."},{"name":"weight","type":"double","doc":"Weight in the rollback mean."},{"name":"horizon_ms","type":"long","doc":"Milliseconds after the run\'s start at which it is measured."}]}},"doc":"What good means."},{"name":"policy","type":{"type":"record","name":"ReleasePolicy","doc":"How changes of this use case are released.","fields":[{"name":"alpha","type":"double","doc":"Level of a wrong promotion."},{"name":"beta","type":"double","doc":"Level of a wrong rollback."},{"name":"stages","type":{"type":"array","items":{"type":"record","name":"StagePlan","doc":"One step of the share inside CANARY.","fields":[{"name":"share","type":"double","doc":"Share of the slice on the candidate."},{"name":"alpha","type":"double","doc":"Error level at which the step is left."}]}},"doc":"Steps of the share."},{"name":"slice","type":"double","doc":"Share of the use case\'s users that one release may own."},{"name":"slice_ms","type":"long","doc":"Length of a slice of assignment time, milliseconds."},{"name":"lateness_ms","type":"long","doc":"How late an event may be and still count, milliseconds."},{"name":"min_time_ms","type":"long","doc":"Least time from CANARY to FULL, milliseconds."},{"name":"blind_after_ms","type":"long","doc":"A PASS on older data than this is a HOLD, milliseconds."},{"name":"split_alpha","type":"double","doc":"Level of the split check."},{"name":"holdback","type":"double","doc":"Share that stays on the baseline in FULL."},{"name":"holdback_ms","type":"long","doc":"Longest time of the holdback, milliseconds."},{"name":"deadline_ms","type":"long","doc":"A canary that has proven nothing this long after its start ends, and its users get the baseline back; 0 for no deadline. Milliseconds.","default":0},{"name":"offline_deadline_ms","type":"long","doc":"An example whose partner has not come this long after its run is left out; after twice that the gate holds. Milliseconds."}]},"doc":"How changes are released."},{"name":"published_by","type":"string","doc":"Who published this version."},{"name":"published_at","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When."}]}',
    ),
    'UserTurn': (
        '{"type":"record","name":"UserTurn","namespace":"io.loopwright","doc":"What the user asked.","fields":[{"name":"event_id","type":"string","doc":"Unique; repeats with the same id are dropped."},{"name":"seq","type":"int","doc":"Number within the run from 0, stamped by the recorder; -1 for what is told about a run from outside (feedback, business events) and is not counted.","default":-1},{"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened, by the product\'s clock. Recorded time is the broker\'s append time."},{"name":"session_id","type":"string","doc":"The conversation. Partition key."},{"name":"run_id","type":"string","doc":"One execution of the AI system for one request."},{"name":"step_id","type":"string","doc":"The step of the run; empty where there is none.","default":""},{"name":"parent_step_id","type":"string","doc":"The step that started this one; empty at the top.","default":""},{"name":"user_id","type":"string","doc":"The user: raw only in runs.raw, then a pseudonym (key id, keyed hash).","default":""},{"name":"user_bucket","type":"int","doc":"One of 2^20, from a key that never rotates: unit of assignment, gate and partitioning; -1 before it is known.","default":-1},{"name":"role","type":"string","doc":"The user\'s role.","default":""},{"name":"cohort_id","type":"string","doc":"The user\'s cohort.","default":""},{"name":"intent","type":"string","doc":"What the user wanted, by the product\'s own classes.","default":""},{"name":"use_case_id","type":"string","doc":"The use case that defines what good means."},{"name":"spec_version","type":"int","doc":"Version of the use case\'s spec, stamped by capture; -1 before.","default":-1},{"name":"workflow_version","type":"string","doc":"Version of the workflow that ran.","default":""},{"name":"prompt_version","type":"string","doc":"Version of the prompt that ran.","default":""},{"name":"policy_pack_id","type":"string","doc":"The policy pack that ran.","default":""},{"name":"tool_policy_id","type":"string","doc":"The tool policy that ran.","default":""},{"name":"model_id","type":"string","doc":"The model that ran.","default":""},{"name":"model_params_hash","type":"string","doc":"Hash of the model\'s parameters.","default":""},{"name":"release_id","type":"string","doc":"The release that the flag provider assigned; empty for none.","default":""},{"name":"release_stage","type":"int","doc":"Stage of the release in the provider\'s copy when the flag was evaluated; 0 for none.","default":0},{"name":"arm","type":{"type":"enum","name":"Arm","doc":"Which side of a comparison produced a run.","symbols":["UNKNOWN","NONE","BASELINE","CANDIDATE"],"default":"UNKNOWN"},"doc":"Side of the comparison.","default":"NONE"},{"name":"exposure","type":{"type":"enum","name":"Exposure","doc":"Who saw the run\'s output.","symbols":["UNKNOWN","LIVE","SHADOW","OFFLINE"],"default":"UNKNOWN"},"doc":"Who saw the output.","default":"LIVE"},{"name":"eval_case_id","type":"string","doc":"The example, for an offline run; else empty.","default":""},{"name":"permission_scope","type":"string","doc":"Grants the run holds, resource:action@boundary, separated by spaces.","default":""},{"name":"classification","type":{"type":"enum","name":"Classification","doc":"Sensitivity of the record, CloudEvents dataclassification.","symbols":["UNKNOWN","PUBLIC","INTERNAL","CONFIDENTIAL","RESTRICTED"],"default":"UNKNOWN"},"doc":"Sensitivity of the record.","default":"INTERNAL"},{"name":"trainable","type":"boolean","doc":"Whether records of this class may be used for training.","default":false},{"name":"traceparent","type":"string","doc":"W3C trace context.","default":""},{"name":"text","type":{"type":"record","name":"TextRef","doc":"A text that is not carried: a reference, a keyed digest and features computed at the edge.","fields":[{"name":"text","type":"string","doc":"The text itself: only in runs.raw, or redacted where the use case lists the field in raw_fields.","default":""},{"name":"ref","type":"string","doc":"Id of the text in the source system.","default":""},{"name":"digest","type":"string","doc":"HMAC of the text, hex (a plain hash of a phone number is reversible).","default":""},{"name":"length","type":"int","doc":"Characters.","default":0},{"name":"tokens","type":"int","doc":"Words.","default":0},{"name":"correction","type":"boolean","doc":"Cue: it corrects what was said before.","default":false},{"name":"negation","type":"boolean","doc":"Cue: it negates.","default":false},{"name":"thanks","type":"boolean","doc":"Cue: it thanks.","default":false},{"name":"escalation","type":"boolean","doc":"Cue: it asks for a human.","default":false},{"name":"sketch","type":"bytes","doc":"Keyed shingle sketch: the lowest 64 of the 32-bit hashes of its words and word pairs, sorted, big-endian.","default":""},{"name":"numbers","type":"bytes","doc":"The same for its numbers and ids, at most 16.","default":""}]},"doc":"The request."},{"name":"locale","type":"string","doc":"BCP 47 language tag.","default":""},{"name":"channel","type":"string","doc":"Where it was asked.","default":""}]}',
    ),
}
"""Every version of every schema, oldest first."""

TYPES: tuple[type[Event], ...] = (
    ActionReconciled,
    Alarm,
    Answer,
    Approval,
    AuditRecord,
    BusinessOutcome,
    Case,
    CaseLink,
    Change,
    DecisionSnapshot,
    ExplicitFeedback,
    GateDecision,
    Mark,
    Outcome,
    Releases,
    RunFinished,
    Signal,
    Takeover,
    Tally,
    ToolAudited,
    Transition,
    UseCaseSpec,
    UserTurn,
)
"""Every record type."""
