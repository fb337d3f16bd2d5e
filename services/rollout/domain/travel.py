"""Where each event takes a release: changes, approvals, verdicts, alarms, and the end of a holdback."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from loopwright.events import (
    Alarm,
    Approval,
    Arm,
    Change,
    Exposure,
    GateDecision,
    GateReason,
    LinkState,
    Phase,
    Release,
    RiskTier,
    Span,
    Surface,
    Verdict,
)
from loopwright.flags import PARTS
from services.kernel.stage import Refs, Refused, check_clock
from services.rollout.domain.desk import ENDED, LIVE, Desk, Remembered, Step, UseCase, in_order
from services.rollout.domain.proposal import PEOPLE_BEHIND_MS, check_room, release_of

_APPROVALS = {RiskTier.LOW: 0, RiskTier.MEDIUM: 1, RiskTier.HIGH: 2}

_RAN = {
    Surface.PROMPT: "prompt_version",
    Surface.AGENT_WORKFLOW: "workflow_version",
    Surface.TOOL_POLICY: "tool_policy_id",
    Surface.POLICY_FILTER: "policy_pack_id",
    Surface.MODEL: "model_id",
}
"""Where a run event says which version of a surface ran."""

_GRANTING = frozenset({Surface.WRITE_ACTION, Surface.DATA_SCOPE, Surface.ACCESS_BEHAVIOUR, Surface.TOOL_SCHEMA})
"""Surfaces on which grants hang and whose version no run event says: what everybody has is what ran."""


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
            check_clock(refs, event.occurred_at, behind_ms=PEOPLE_BEHIND_MS)
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


def _propose(refs: Refs, desk: Desk, change: Change) -> None:
    known = desk.use_case.changes.get(change.change_id)
    if known is not None:
        if known != change:
            raise Refused("conflict", f"change {change.change_id} was proposed with other content; give it a new id")
        return
    release = release_of(refs, change)
    check_room(change, desk.use_case)
    desk.remember(changes={**desk.use_case.changes, change.change_id: change})
    desk.note(change.author, "proposed", change.change_id, change, change.occurred_at)
    proposed = desk.move(release, Phase.PROPOSED, change.occurred_at, "PROPOSED", (change.change_id,))
    desk.link(proposed, LinkState.LINKED)
    _go_on(desk, change.occurred_at)


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
        case Phase.CANARY, Verdict.HOLD if decision.reason is GateReason.DEADLINE:
            desk.end(release, Phase.EXPIRED, at, decision.reason, because)
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
    desk.go_live(full)
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
    kind = f"{alarm.release_id}/{alarm.arm}/{alarm.exposure}"
    known = Remembered(alarm.alarm_id, alarm.release_id, alarm.arm, alarm.exposure, alarm.occurred_at)
    before = desk.use_case.alarms.get(kind)
    if before == known:
        return
    if before is None:
        desk.remember(alarms={**desk.use_case.alarms, kind: known})
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
            if everywhere and _ran(desk, release, alarm):
                desk.end(release, Phase.ROLLED_BACK, alarm.occurred_at, "ALARM", (alarm.alarm_id,))
    _go_on(desk, alarm.occurred_at)


def _ran(desk: Desk, release: Release, alarm: Alarm) -> bool:
    """Whether the version that a release brought to everyone is what ran when the alarm was raised."""
    if release.surface in _GRANTING:
        return desk.use_case.live.get(release.surface) == release.to_version
    return bool(getattr(alarm, _RAN.get(release.surface, ""), None) == release.to_version)


def _stops_one(alarm: Remembered) -> bool:
    """Whether an alarm is about one release; on the baseline, or on nobody knows what, it holds all of them."""
    if not alarm.release_id:
        return False
    return alarm.arm is Arm.CANDIDATE or alarm.exposure in (Exposure.SHADOW, Exposure.OFFLINE)


def _go_on(desk: Desk, at: int) -> None:
    """Bring every release as far as it may go now, in the order in which they were proposed."""
    _stop(desk, at)
    holding = _holding(desk.use_case)
    for name in in_order(desk.use_case):
        release = desk.use_case.releases[name]
        if release.phase in ENDED or release.settled:
            continue
        if holding and release.phase is not Phase.HELD:
            desk.move(release, Phase.HELD, at, "ALARM", tuple(holding), held_from=release.phase)
        elif not holding and release.phase is Phase.HELD and release.reason == "ALARM":
            release = desk.move(release, release.held_from, at, "RESUMED", release.because, held_from=Phase.UNKNOWN)
        _enter(desk, desk.use_case.releases[name], at)


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
    if not _stands(desk, release, at):
        return
    slice_ = _free(desk.use_case, release)
    if not slice_:
        _wait(desk, release, "NO_SLICE")
        return
    because = tuple(one.approval_id for one in approvals) or (release.change_id,)
    at = max([at, release.entered_at, *(one.occurred_at for one in approvals)])
    share = release.gate.stages[0].share
    desk.move(release, Phase.CANARY, at, "STARTED", because, stage=1, share=share, slice=slice_, canary_at=at)


def _stands(desk: Desk, release: Release, at: int) -> bool:
    """Whether the version that it is compared with is what everybody has, as far as anybody knows.

    Its baseline arm serves that version: one that was taken back, replaced or never proven must reach nobody.
    """
    use_case, base = desk.use_case, release.from_version
    if desk.standing(release.surface, base) != base:
        desk.end(release, Phase.REJECTED, at, "BASE_WITHDRAWN", (release.change_id,))
        return False
    live = use_case.live.get(release.surface)
    if live == base:
        return True
    if live is not None:
        desk.end(release, Phase.REJECTED, at, "REBASE", (release.change_id,))
        return False
    others = (one for one in use_case.releases.values() if one.surface is release.surface)
    if any(one.to_version == base and one.phase not in ENDED for one in others):
        _wait(desk, release, "BASE_UNPROVEN")
        return False
    return True


def _wait(desk: Desk, release: Release, reason: str) -> None:
    if release.reason != reason:
        desk.put(replace(release, reason=reason))


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
