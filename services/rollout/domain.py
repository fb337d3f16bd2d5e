"""How a change travels. Pure: no clock, no I/O, no randomness.

    PROPOSED ─▶ OFFLINE ─▶ AWAITING_APPROVAL ─▶ CANARY 1 … n ─▶ FULL
                   └▶ REJECTED        HELD ◀─┐       └───────────┴▶ ROLLED_BACK

What it rests on, and why nothing fails open:

  * a gate decision counts only while it names the release's present phase, stage and version, so a repeated or
    stale PASS does nothing, and a right one that was late is said again to the new version;
  * an alarm acts at once, in every phase, and is remembered by its release, also when it comes first;
  * an approval counts for one digest of the diff and one offline decision;
  * each live release owns its users alone, so two changes never meet in one user;
  * whatever happens is a transition with its causes, and a record in the audit chain, in the same step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID, uuid5

from msgspec import Struct
from msgspec.structs import replace

from loopwright.events import (
    Alarm,
    Approval,
    Arm,
    CaseLink,
    Change,
    Event,
    Exposure,
    GateConfig,
    GateDecision,
    GateMetric,
    GateReason,
    LinkState,
    LiveVersion,
    Phase,
    Release,
    Releases,
    RiskTier,
    Span,
    Surface,
    Transition,
    UseCaseSpec,
    Verdict,
)
from loopwright.flags import PARTS
from services.kernel import audit
from services.kernel.stage import Refs, Refused

RELEASES = UUID("5d0c1a52-64f2-5f63-8d53-9a0b1c2d3e4f")
"""The namespace of release and transition ids."""

ENDED = frozenset({Phase.ROLLED_BACK, Phase.REJECTED, Phase.EXPIRED})

LIVE = frozenset({Phase.CANARY, Phase.FULL, Phase.HELD})

ENDED_KEPT = 16
"""Ended releases that stay in the `releases` value: products and gates need to see that they ended."""

AHEAD_MS = 60 * 60 * 1000
"""A person's clock may run this far ahead of the broker's: a gate first looks after a release was entered."""

BEHIND_MS = 30 * 24 * 60 * 60 * 1000
"""A change or an approval may be this old when it arrives."""

_LOW = frozenset({Surface.PROMPT, Surface.QUERY_REWRITE, Surface.RANKING_WEIGHTS})
_HIGH = frozenset({Surface.WRITE_ACTION, Surface.DATA_SCOPE, Surface.POLICY_FILTER, Surface.ACCESS_BEHAVIOUR})
_TIERS = (RiskTier.LOW, RiskTier.MEDIUM, RiskTier.HIGH, RiskTier.UNKNOWN)
_APPROVALS = {RiskTier.LOW: 0, RiskTier.MEDIUM: 1, RiskTier.HIGH: 2}

_RAN = {
    Surface.PROMPT: "prompt_version",
    Surface.AGENT_WORKFLOW: "workflow_version",
    Surface.TOOL_POLICY: "tool_policy_id",
    Surface.POLICY_FILTER: "policy_pack_id",
    Surface.MODEL: "model_id",
}
"""Where a run event says which version of a surface ran."""


class Remembered(Struct, frozen=True, gc=False):
    """An alarm, as long as it can still matter."""

    alarm_id: str
    release_id: str
    arm: Arm
    exposure: Exposure
    occurred_at: int


class UseCase(Struct, frozen=True, gc=False):
    """What rollout remembers of one use case."""

    use_case_id: str
    changes: dict[str, Change] = {}
    releases: dict[str, Release] = {}
    approvals: dict[str, tuple[Approval, ...]] = {}
    alarms: dict[str, Remembered] = {}
    """Alarms by id: those on one release stop it for ever, the others hold everything."""
    live: dict[Surface, str] = {}
    withdrawn: dict[str, str] = {}
    """Versions that were taken back, as surface/version, and what went in their place."""
    revision: int = 0
    sequence: int = 0
    last_hash: str = ""


Step = tuple[UseCase | None, Sequence[Event]]


def decide(refs: Refs, use_case: UseCase, event: Change | Approval | GateDecision | Alarm) -> Step:
    """Take in one change, approval, gate decision or alarm.

    Raises:
        Refused: a change that nobody could release, or a clock far off.

    """
    desk = Desk(use_case)
    match event:
        case Change():
            _propose(refs, desk, event)
        case Approval():
            _check_clock(refs, event)
            _approve(desk, event)
        case GateDecision():
            _obey(desk, event)
        case Alarm():
            _raise_alarm(desk, event)
    return desk.closed()


def wakes_at(use_case: UseCase) -> int | None:
    """When the next holdback ends."""
    return min((_holdback_ends(one) for one in use_case.releases.values() if _held_back(one)), default=None)


def wake(_: Refs, use_case: UseCase, due: int) -> Step:
    """End the holdbacks that are due."""
    desk = Desk(use_case)
    for release in use_case.releases.values():
        if _held_back(release) and _holdback_ends(release) <= due:
            desk.move(release, Phase.FULL, due, "SETTLED", (), settled=True, slice=(), share=1.0)
    _go_on(desk, due)
    return desk.closed()


def release_id(change_id: str) -> str:
    """Derived, so that offline runs can name the release before it exists."""
    return str(uuid5(RELEASES, f"{change_id}/release"))


def tier(change: Change, spec: UseCaseSpec) -> RiskTier:
    """The highest of what the surface, the use case and the author say; an unknown one is read as HIGH."""
    by_surface = (
        RiskTier.LOW if change.surface in _LOW else RiskTier.HIGH if change.surface in _HIGH else RiskTier.MEDIUM
    )
    highest = max(by_surface, spec.tier, change.tier, key=_TIERS.index)
    return RiskTier.HIGH if highest is RiskTier.UNKNOWN else highest


class Desk:
    """One step's work: the state as it becomes, and what is to be written, in order."""

    def __init__(self, use_case: UseCase) -> None:
        """Begin from what is remembered."""
        self.use_case = use_case
        self._before = use_case
        self._written: list[Event] = []
        self._chain = audit.Chain("rollout", use_case.use_case_id, use_case.sequence, use_case.last_hash)

    def closed(self) -> Step:
        """The new state and all that is written; the `releases` value goes last, once."""
        after = self.use_case
        if after is self._before:
            return after, ()
        changed = after.releases != self._before.releases or after.live != self._before.live
        after = replace(
            after,
            revision=after.revision + changed,
            sequence=self._chain.sequence,
            last_hash=self._chain.last_hash,
        )
        return after, [*self._written, *((_value(after),) if changed else ())]

    def remember(self, **fields: object) -> None:
        """Change what is remembered."""
        self.use_case = replace(self.use_case, **fields)

    def put(self, release: Release) -> None:
        """Remember a release."""
        self.remember(releases={**self.use_case.releases, release.release_id: release})

    def note(self, actor: str, action: str, subject: str, payload: Event, at: int) -> None:
        """Append to the audit chain."""
        self._chain, record = audit.append(
            self._chain, actor=actor, action=action, subject=subject, payload=payload, occurred_at=at
        )
        self._written.append(record)

    def move(
        self,
        release: Release,
        phase: Phase,
        at: int,
        reason: str,
        because: Sequence[str],
        *,
        actor: str = "rollout",
        **fields: object,
    ) -> Release:
        """Take a release to a phase: one version more, a transition, an audit record, news to its cases."""
        at = max(at, release.entered_at)
        after = replace(
            release,
            phase=phase,
            version=release.version + 1,
            reason=reason,
            because=tuple(because),
            entered_at=at,
            **fields,
        )
        self.put(after)
        transition = Transition(
            transition_id=str(uuid5(RELEASES, f"{release.release_id}/{after.version}")),
            use_case_id=after.use_case_id,
            release_id=after.release_id,
            change_id=after.change_id,
            version=after.version,
            from_phase=release.phase,
            to_phase=phase,
            from_stage=release.stage,
            to_stage=after.stage,
            share=after.share,
            reason=reason,
            because=after.because,
            occurred_at=at,
        )
        self._written.append(transition)
        self.note(actor, f"{release.phase} to {phase}: {reason}", after.change_id, transition, at)
        return after

    def link(self, release: Release, state: LinkState) -> None:
        """Tell the cases that the change names how far it has come."""
        self._written += [
            CaseLink(
                case_id=case_id,
                use_case_id=release.use_case_id,
                change_id=release.change_id,
                release_id=release.release_id,
                release_version=release.version,
                state=state,
                occurred_at=release.entered_at,
            )
            for case_id in release.case_ids
        ]

    def end(self, release: Release, phase: Phase, at: int, reason: str, because: Sequence[str]) -> None:
        """Take a change back: its users get the baseline, its cases lose it, its users are free."""
        ended = self.move(release, phase, at, reason, because, share=0.0, slice=(), held_from=Phase.UNKNOWN)
        self.link(ended, LinkState.WITHDRAWN)
        if release.canary_at:
            self._withdraw(ended, at)

    def _withdraw(self, release: Release, at: int) -> None:
        """Let nobody get a version that was taken back: not as live, not as another release's baseline or target."""
        name = f"{release.surface}/{release.to_version}"
        self.remember(withdrawn={**self.use_case.withdrawn, name: release.rollback_target})
        live = self.use_case.live.get(release.surface)
        if live is not None:
            self.remember(live={**self.use_case.live, release.surface: self.standing(release.surface, live)})
        for other in list(self.use_case.releases.values()):
            stands_on = release.to_version in (other.from_version, other.rollback_target)
            if other.surface is not release.surface or not stands_on or other.phase in ENDED or other.settled:
                continue
            if other.phase is Phase.FULL:  # nearly everyone has what replaced it: the rest must not keep the base
                self.move(
                    other, Phase.FULL, at, "BASE_WITHDRAWN", (release.change_id,), settled=True, slice=(), share=1.0
                )
            else:
                self.end(other, Phase.ROLLED_BACK, at, "BASE_WITHDRAWN", (release.change_id,))

    def standing(self, surface: Surface, version: str) -> str:
        """The version itself, or what went in its place when it was taken back."""
        passed: set[str] = set()
        while (name := f"{surface}/{version}") in self.use_case.withdrawn and version not in passed:
            passed.add(version)
            version = self.use_case.withdrawn[name]
        return version


def _propose(refs: Refs, desk: Desk, change: Change) -> None:
    known = desk.use_case.changes.get(change.change_id)
    if known is not None:
        if known != change:
            raise Refused("conflict", f"change {change.change_id} was proposed with other content; give it a new id")
        return
    spec = refs.newest("usecases", change.use_case_id, UseCaseSpec)
    if spec is None:
        raise Refused("unknown_use_case", f"no use case {change.use_case_id!r}; publish its spec first")
    _check_clock(refs, change)
    _check(change, spec)
    release = Release(
        release_id=release_id(change.change_id),
        use_case_id=change.use_case_id,
        change_id=change.change_id,
        surface=change.surface,
        from_version=change.from_version,
        to_version=change.to_version,
        version=0,
        phase=Phase.UNKNOWN,
        stage=0,
        share=0.0,
        slice=(),
        reason="",
        because=(),
        entered_at=change.occurred_at,
        tier=tier(change, spec),
        diff_digest=audit.digest(change.diff),
        examples=change.examples,
        case_ids=change.case_ids,
        metric=change.metric,
        spec_version=spec.version,
        gate=gate(spec),
        rollback_target=change.rollback_target,
    )
    if desk.standing(change.surface, change.from_version) != change.from_version:
        raise Refused(
            "withdrawn", f"change {change.change_id}: {change.from_version} was taken back; start from another"
        )
    desk.remember(changes={**desk.use_case.changes, change.change_id: change})
    desk.note(change.author, "proposed", change.change_id, change, change.occurred_at)
    desk.link(
        desk.move(release, Phase.PROPOSED, change.occurred_at, "PROPOSED", (change.change_id,)),
        LinkState.LINKED,
    )
    _go_on(desk, change.occurred_at)


def _check_clock(refs: Refs, event: Change | Approval) -> None:
    """A canary that begins in a year would be looked at in a year."""
    drift = event.occurred_at - refs.at
    if drift > AHEAD_MS or -drift > BEHIND_MS:
        raise Refused("clock", f"occurred_at is {drift / 86_400_000:+.1f} days off the broker's clock; set it right")


def _check(change: Change, spec: UseCaseSpec) -> None:
    """One change, one surface, one metric of the use case: else nobody could say what it did."""
    metrics = {metric.name for metric in spec.metrics}
    if change.surface is Surface.UNKNOWN:
        raise Refused("bad_value", f"change {change.change_id}: its surface is unknown; name the one it touches")
    if change.metric not in metrics:
        raise Refused("bad_value", f"change {change.change_id}: metric {change.metric!r} is not in the use case's spec")
    if strange := sorted(set(change.guardrails) - metrics):
        raise Refused("bad_value", f"change {change.change_id}: guardrail {strange[0]!r} is not in the use case's spec")
    if not change.change_id or not change.author or not change.diff:
        raise Refused("missing_field", f"change {change.change_id!r}: it needs an id, an author and a diff")
    if not change.to_version or change.to_version in (change.from_version, change.rollback_target):
        raise Refused("bad_value", f"change {change.change_id}: to_version must differ from what it replaces")
    if not change.rollback_target:
        raise Refused("missing_field", f"change {change.change_id}: it needs a rollback_target")
    for metric in spec.metrics:
        if not 0 < metric.target * (1 + metric.margin) < 1:
            raise Refused("bad_value", f"metric {metric.name}: no gate can judge target and margin; lower the target")


def gate(spec: UseCaseSpec) -> GateConfig:
    """The gate's configuration as the spec has it now: a release keeps it, whatever the spec becomes."""
    policy = spec.policy
    return GateConfig(
        alpha=policy.alpha,
        beta=policy.beta,
        stages=policy.stages,
        metrics=tuple(
            GateMetric(
                name=one.name,
                role=one.role,
                target=one.target,
                margin=one.margin,
                weight=one.weight,
                horizon_ms=one.horizon_ms,
            )
            for one in spec.metrics
        ),
        slice=policy.slice,
        slice_ms=policy.slice_ms,
        lateness_ms=policy.lateness_ms,
        min_time_ms=policy.min_time_ms,
        blind_after_ms=policy.blind_after_ms,
        split_alpha=policy.split_alpha,
        holdback=policy.holdback,
        holdback_ms=policy.holdback_ms,
        offline_deadline_ms=policy.offline_deadline_ms,
    )


def _approve(desk: Desk, approval: Approval) -> None:
    given = desk.use_case.approvals.get(approval.change_id, ())
    if any(one.approval_id == approval.approval_id for one in given):
        return
    desk.remember(approvals={**desk.use_case.approvals, approval.change_id: (*given, approval)})
    desk.note(approval.approver, "approved", approval.change_id, approval, approval.occurred_at)
    _go_on(desk, approval.occurred_at)


def _obey(desk: Desk, decision: GateDecision) -> None:
    """Act on a verdict, if it is about where the release stands now."""
    release = desk.use_case.releases.get(decision.release_id)
    if release is None or release.phase in ENDED:
        return
    meant = (decision.release_version, decision.phase, decision.stage)
    if (release.version, release.phase, release.stage) != meant:
        return
    _follow(desk, release, decision)
    if decision.improved:
        _improve(desk, decision)
    _go_on(desk, decision.watermark)


def _follow(desk: Desk, release: Release, decision: GateDecision) -> None:
    """Take the release where the verdict sends it, if anywhere."""
    at, because = decision.watermark, (decision.decision_id,)
    match release.phase, decision.verdict:
        case Phase.OFFLINE, Verdict.PASS if release.offline_decision_id:
            pass  # said again while it waits for a slice: approvals rest on the first
        case Phase.OFFLINE, Verdict.PASS:
            desk.put(replace(release, offline_decision_id=decision.decision_id))
            desk.note("evaluation", "offline PASS", release.change_id, decision, at)
        case Phase.OFFLINE, Verdict.FAIL:
            desk.end(release, Phase.REJECTED, at, decision.reason, because)
        case Phase.OFFLINE, _:
            if not release.offline_decision_id:
                desk.move(release, Phase.HELD, at, decision.reason, because, held_from=Phase.OFFLINE)
        case ((Phase.CANARY | Phase.FULL | Phase.HELD), Verdict.FAIL):
            unseen = release.held_from is Phase.OFFLINE
            desk.end(release, Phase.REJECTED if unseen else Phase.ROLLED_BACK, at, decision.reason, because)
        case Phase.CANARY, Verdict.PASS:
            _promote(desk, release, at, because)
        case ((Phase.CANARY | Phase.FULL), Verdict.INVALID):
            desk.move(release, Phase.HELD, at, decision.reason, because, held_from=release.phase)


def _promote(desk: Desk, release: Release, at: int, because: Sequence[str]) -> None:
    stages = release.gate.stages
    if release.stage < len(stages):
        share = stages[release.stage].share
        desk.move(release, Phase.CANARY, at, GateReason.EVIDENCE, because, stage=release.stage + 1, share=share)
        return
    share = 1 - release.gate.holdback
    full = desk.move(release, Phase.FULL, at, GateReason.EVIDENCE, because, stage=release.stage + 1, share=share)
    desk.remember(live={**desk.use_case.live, release.surface: release.to_version})
    desk.link(full, LinkState.RELEASED)
    if full.improved_by:
        _verify(desk, full, at)


def _improve(desk: Desk, decision: GateDecision) -> None:
    """The change's metric is proven better: said once, whatever the verdict of the moment."""
    release = desk.use_case.releases[decision.release_id]
    if release.improved_by or release.phase not in LIVE:
        return
    release = replace(release, improved_by=decision.decision_id)
    desk.put(release)
    desk.note("evaluation", "improved", release.change_id, decision, decision.watermark)
    if release.phase is Phase.FULL:
        _verify(desk, release, decision.watermark)


def _verify(desk: Desk, release: Release, at: int) -> None:
    """A change that everyone has and that is proven better is verified; its holdback may end."""
    since = release.entered_at
    verified = desk.move(release, Phase.FULL, at, "VERIFIED", (release.improved_by,))
    desk.put(replace(verified, entered_at=since))
    desk.link(verified, LinkState.VERIFIED)


def _raise_alarm(desk: Desk, alarm: Alarm) -> None:
    if alarm.alarm_id in desk.use_case.alarms:
        return
    known = Remembered(alarm.alarm_id, alarm.release_id, alarm.arm, alarm.exposure, alarm.occurred_at)
    desk.remember(alarms={**desk.use_case.alarms, alarm.alarm_id: known})
    desk.note(
        "detection",
        f"alarm {alarm.control_failure}",
        alarm.release_id or alarm.run_id,
        alarm,
        alarm.occurred_at,
    )
    if not _stops_one(known):
        for release in desk.use_case.releases.values():
            everywhere = Phase.FULL in (release.phase, release.held_from)
            if everywhere and getattr(alarm, _RAN.get(release.surface, ""), None) == release.to_version:
                desk.end(release, Phase.ROLLED_BACK, alarm.occurred_at, "ALARM", (alarm.alarm_id,))
    _go_on(desk, alarm.occurred_at)


def _stops_one(alarm: Remembered) -> bool:
    """Whether an alarm is about one release; on the baseline, or on nobody knows what, it holds all of them."""
    if not alarm.release_id:
        return False
    return alarm.arm is Arm.CANDIDATE or alarm.exposure in (Exposure.SHADOW, Exposure.OFFLINE)


def _go_on(desk: Desk, at: int) -> None:
    """Bring every release as far as it may go now, in the order in which they were proposed."""
    _stop(desk, at)
    holding = _holding(desk.use_case)
    for name in _in_order(desk.use_case):
        release = desk.use_case.releases[name]
        if release.phase in ENDED or release.settled:
            continue
        if holding and release.phase is not Phase.HELD:
            desk.move(release, Phase.HELD, at, "ALARM", tuple(holding), held_from=release.phase)
        elif not holding and release.phase is Phase.HELD and release.reason == "ALARM":
            release = desk.move(release, release.held_from, at, "RESUMED", release.because, held_from=Phase.UNKNOWN)
        _enter(desk, desk.use_case.releases[name], at)


def _in_order(use_case: UseCase) -> list[str]:
    rank = {
        name: (use_case.changes[one.change_id].occurred_at, one.change_id) for name, one in use_case.releases.items()
    }
    return sorted(rank, key=rank.__getitem__)


def _stop(desk: Desk, at: int) -> None:
    """Alarms on one release stop it, in every phase and for ever; one that reached users outweighs the others."""
    for alarm in desk.use_case.alarms.values():
        release = desk.use_case.releases.get(alarm.release_id)
        if release is None or not _stops_one(alarm):
            continue
        phase = Phase.ROLLED_BACK if alarm.exposure not in (Exposure.SHADOW, Exposure.OFFLINE) else Phase.REJECTED
        if release.phase is Phase.ROLLED_BACK or (release.phase in ENDED and phase is Phase.REJECTED):
            continue
        desk.end(release, phase, max(at, alarm.occurred_at), "ALARM", (alarm.alarm_id,))


def _holding(use_case: UseCase) -> list[str]:
    """The alarms that hold everything: on the baseline, or on a release that nobody has heard of yet."""
    return [
        alarm.alarm_id
        for alarm in use_case.alarms.values()
        if not _stops_one(alarm) or alarm.release_id not in use_case.releases
    ]


def _enter(desk: Desk, release: Release, at: int) -> None:
    """Take a release that users do not see yet one step further, if nothing is missing."""
    if release.phase is Phase.PROPOSED and release.examples:
        desk.move(release, Phase.OFFLINE, at, "EXAMPLES", ())
        return
    waits = release.phase in (Phase.PROPOSED, Phase.AWAITING_APPROVAL)
    if not waits and not (release.phase is Phase.OFFLINE and release.offline_decision_id):
        return
    approvals = list(_valid(desk.use_case, release))
    if len({one.approver for one in approvals}) < _APPROVALS[release.tier]:
        if release.phase is not Phase.AWAITING_APPROVAL:
            rests_on = (release.offline_decision_id,) if release.offline_decision_id else ()
            desk.move(release, Phase.AWAITING_APPROVAL, at, f"{release.tier}_RISK", rests_on)
        return
    slice_ = _free(desk.use_case, release)
    if not slice_:
        if release.reason != "NO_SLICE":
            desk.put(replace(release, reason="NO_SLICE"))
        return
    because = tuple(one.approval_id for one in approvals) or (release.change_id,)
    at = max([at, release.entered_at, *(one.occurred_at for one in approvals)])
    share = release.gate.stages[0].share
    desk.move(release, Phase.CANARY, at, "STARTED", because, stage=1, share=share, slice=slice_, canary_at=at)


def _valid(use_case: UseCase, release: Release) -> Iterator[Approval]:
    """Approvals by somebody else than the author, of this diff, on this offline decision."""
    author = use_case.changes[release.change_id].author
    for one in use_case.approvals.get(release.change_id, ()):
        same = one.diff_digest == release.diff_digest and one.decision_id == release.offline_decision_id
        if same and one.approver and one.approver != author:
            yield one


def _free(use_case: UseCase, release: Release) -> tuple[Span, ...]:
    """As many free parts of the use case's users as the policy lets one release own; none until there are any."""
    taken = sorted((span.start, span.end) for one in use_case.releases.values() for span in one.slice)
    wanted = round(release.gate.slice * PARTS)
    spans, at = [], 0
    for start, end in [*taken, (PARTS, PARTS)]:
        if at < start and wanted > 0:
            span = Span(start=at, end=min(start, at + wanted))
            spans.append(span)
            wanted -= span.end - span.start
        at = max(at, end)
    return tuple(spans)


def _held_back(release: Release) -> bool:
    return release.phase is Phase.FULL and not release.settled


def _holdback_ends(release: Release) -> int:
    """One full traffic cycle after everyone has a verified change; an unverified one keeps it longer."""
    wait = release.gate.min_time_ms if release.improved_by else release.gate.holdback_ms
    return release.entered_at + wait


def _value(use_case: UseCase) -> Releases:
    """What products and gates read: every open release, and the last of those that ended."""
    ordered = [use_case.releases[name] for name in _in_order(use_case)]
    done = [one for one in ordered if one.phase in ENDED or one.settled]
    shown = [one for one in ordered if one not in done[:-ENDED_KEPT]]
    return Releases(
        use_case_id=use_case.use_case_id,
        revision=use_case.revision,
        releases=tuple(shown),
        live=tuple(LiveVersion(surface=surface, version=one) for surface, one in sorted(use_case.live.items())),
    )
