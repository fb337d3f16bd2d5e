"""A use case's history as rollout lives it, with what must hold after every single step checked on the way."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, TypeVar

from loopwright.events import (
    Alarm,
    Approval,
    Arm,
    AuditRecord,
    CaseLink,
    Change,
    Event,
    Exposure,
    GateDecision,
    GateReason,
    LinkState,
    Phase,
    Release,
    Releases,
    Transition,
    UseCaseSpec,
    Verdict,
)
from services.kernel import audit
from services.kernel.stage import Refs, Table
from services.kernel.topics import topic
from services.rollout import domain
from tests import factories
from tests.factories import DAY, NOON, USE_CASE

E = TypeVar("E", bound=Event)

STAGES = factories.spec().policy.stages


class History:
    """Events go in one by one; `written` is all that came out."""

    def __init__(self, *specs: UseCaseSpec) -> None:
        table = Table(topic("usecases"))
        for one in specs or (factories.spec(),):
            table.put(f"{one.use_case_id}@{one.version}", one)
        self.refs = Refs({"usecases": table})
        self.state = domain.UseCase(USE_CASE)
        self.written: list[Event] = []

    def tell(self, *events: Change | Approval | GateDecision | Alarm) -> History:
        for event in events:
            at = event.watermark if isinstance(event, GateDecision) else event.occurred_at
            self.refs.at = max(self.refs.at, at)
            self._take(domain.decide(self.refs, self.state, event))
        return self

    def until(self, time: int) -> History:
        while (due := domain.wakes_at(self.state)) is not None and due <= time:
            self._take(domain.wake(self.refs, self.state, due))
            again = domain.wakes_at(self.state)
            assert again is None or again > due
        return self

    def ignores(self, *events: Change | Approval | GateDecision | Alarm) -> bool:
        """Whether events leave the state as it is, to the bit, and write nothing."""
        for event in events:
            after, out = domain.decide(self.refs, self.state, event)
            if after is not self.state or out:
                return False
        return True

    # What people, gates and detectors say about the release of a change, as it stands now.

    def judge(self, verdict: Verdict, change_id: str = "change-1", *, at: int = NOON, **fields: Any) -> History:
        return self.tell(self.decision(verdict, change_id, at=at, **fields))

    def decision(self, verdict: Verdict, change_id: str = "change-1", *, at: int = NOON, **fields: Any) -> GateDecision:
        now = self.release(change_id)
        reason = {Verdict.FAIL: GateReason.HARM, Verdict.INVALID: GateReason.SPLIT, Verdict.PASS: GateReason.EVIDENCE}
        known = {
            "decision_id": f"{change_id}/{now.version}/{verdict}",
            "release_id": now.release_id,
            "change_id": change_id,
            "phase": now.phase,
            "stage": now.stage,
            "release_version": now.version,
            "reason": reason.get(verdict, GateReason.NO_EVIDENCE),
        }
        return factories.gate_decision(verdict, at=at, **{**known, **fields})

    def approve(self, approver: str, change_id: str = "change-1", *, at: int = NOON, **fields: Any) -> History:
        return self.tell(self.approval(approver, change_id, at=at, **fields))

    def approval(self, approver: str, change_id: str = "change-1", *, at: int = NOON, **fields: Any) -> Approval:
        now = self.release(change_id)
        known = {
            "approval_id": f"{approver} on {change_id}",
            "diff_digest": now.diff_digest,
            "decision_id": now.offline_decision_id,
            "change_id": change_id,
        }
        return factories.approval(at=at, approver=approver, **{**known, **fields})

    def ramp(self, change_id: str = "change-1", *, at: int = NOON) -> History:
        """Every gate says PASS until everyone has the change."""
        while self.phase(change_id) is Phase.CANARY:
            self.judge(Verdict.PASS, change_id, at=at + DAY)
        return self

    # What has become of it.

    def release(self, change_id: str = "change-1") -> Release:
        return self.state.releases[domain.release_id(change_id)]

    def phase(self, change_id: str = "change-1") -> Phase:
        return self.release(change_id).phase

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.written if isinstance(event, kind)]

    def links(self, change_id: str = "change-1") -> list[LinkState]:
        return [one.state for one in self.of(CaseLink) if one.change_id == change_id]

    @property
    def path(self) -> list[tuple[Phase, int]]:
        """Where all releases went, in order."""
        return [(one.to_phase, one.to_stage) for one in self.of(Transition)]

    @property
    def value(self) -> Releases:
        return self.of(Releases)[-1]

    @property
    def live(self) -> dict[str, str]:
        return {one.surface: one.version for one in self.value.live}

    def _take(self, step: tuple[domain.UseCase | None, Sequence[Event]]) -> None:
        before = self.state
        after, events = step
        assert after is not None
        assert (after is before) == (not events), "a change of the state is written, and only that"
        values = [event for event in events if isinstance(event, Releases)]
        assert values in ([], [events[-1]] if events else []), "the value of releases is written once, last"
        changed = (after.releases, after.live) != (before.releases, before.live)
        assert len(values) == changed
        digests = {event.payload_digest for event in events if isinstance(event, AuditRecord)}
        for event in events:
            if isinstance(event, Transition):
                assert audit.digest(event) in digests, "a transition has its audit record in the same step"
        self.state = after
        self.written += events
        assert audit.faults(self.of(AuditRecord)) == []
        self._consistent()

    def _consistent(self) -> None:
        """Versions count transitions, slices are exclusive, and who is not live owns nobody."""
        moves: dict[str, int] = {}
        for one in self.of(Transition):
            assert one.version == moves.get(one.release_id, 0) + 1
            moves[one.release_id] = one.version
        assert moves == {name: one.version for name, one in self.state.releases.items()}
        owned = sorted((span.start, span.end) for one in self.state.releases.values() for span in one.slice)
        assert all(first[1] <= second[0] for first, second in pairwise(owned))
        for release in self.state.releases.values():
            assert not (release.phase in domain.ENDED and (release.slice or release.share))


def proposed(*changes: Change, of: UseCaseSpec | None = None) -> History:
    """A history that begins with these changes, one of the shipped kind unless said otherwise."""
    return History(*((of,) if of else ())).tell(*(changes or (factories.change(),)))


def alarm(change_id: str = "change-1", **fields: Any) -> Alarm:
    """A scope breach of the candidate, unless said otherwise."""
    known = {"release_id": domain.release_id(change_id), "arm": Arm.CANDIDATE, "exposure": Exposure.LIVE}
    return factories.alarm(**{**known, **fields})
