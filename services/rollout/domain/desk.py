"""What rollout remembers of a use case, and one step's work: what changes, and what is written about it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid5

from msgspec import Struct
from msgspec.structs import replace

from loopwright.events import (
    Approval,
    Arm,
    CaseLink,
    Change,
    Event,
    Exposure,
    LinkState,
    LiveVersion,
    Phase,
    Release,
    Releases,
    Surface,
    Transition,
)
from services.kernel import audit

RELEASES = UUID("5d0c1a52-64f2-5f63-8d53-9a0b1c2d3e4f")
"""The namespace of release and transition ids."""

ENDED = frozenset({Phase.ROLLED_BACK, Phase.REJECTED, Phase.EXPIRED})

LIVE = frozenset({Phase.CANARY, Phase.FULL, Phase.HELD})

ENDED_KEPT = 16
"""Ended releases that stay in the `releases` value: products and gates need to see that they ended."""


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
    """The first on each release, arm and exposure: those on one release stop it for ever, others hold everything."""
    live: dict[Surface, str] = {}
    withdrawn: dict[str, str] = {}
    """Versions that were taken back, as surface/version, and what went in their place."""
    revision: int = 0
    sequence: int = 0
    last_hash: str = ""


Step = tuple[UseCase | None, Sequence[Event]]


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
        if after is self._before and not self._written:
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
        if phase is not Phase.EXPIRED:
            self._withdraw(ended, at)

    def go_live(self, release: Release) -> None:
        """Make its version what everybody gets; an earlier attempt that was taken back is forgiven."""
        name = f"{release.surface}/{release.to_version}"
        withdrawn = {known: target for known, target in self.use_case.withdrawn.items() if known != name}
        self.remember(live={**self.use_case.live, release.surface: release.to_version}, withdrawn=withdrawn)

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
                back = Phase.ROLLED_BACK if other.canary_at else Phase.REJECTED
                self.end(other, back, at, "BASE_WITHDRAWN", (release.change_id,))

    def standing(self, surface: Surface, version: str) -> str:
        """The version itself, or what went in its place when it was taken back."""
        passed: set[str] = set()
        while (name := f"{surface}/{version}") in self.use_case.withdrawn and version not in passed:
            passed.add(version)
            version = self.use_case.withdrawn[name]
        return version


def standing(use_case: UseCase) -> Sequence[Releases]:
    """Where the releases of a use case stand, as last said: nothing before anything was."""
    return (_value(use_case),) if use_case.revision else ()


def _value(use_case: UseCase) -> Releases:
    """What products and gates read: every open release, and the last of those that ended."""
    ordered = [use_case.releases[name] for name in in_order(use_case)]
    done = [one for one in ordered if one.phase in ENDED or one.settled]
    gone = {one.release_id for one in done[:-ENDED_KEPT]}
    over = {one.release_id for one in done}
    shown = [
        replace(one, examples=(), case_ids=()) if one.release_id in over else one
        for one in ordered
        if one.release_id not in gone
    ]
    return Releases(
        use_case_id=use_case.use_case_id,
        revision=use_case.revision,
        releases=tuple(shown),
        live=tuple(LiveVersion(surface=surface, version=one) for surface, one in sorted(use_case.live.items())),
    )


def in_order(use_case: UseCase) -> list[str]:
    rank = {
        name: (use_case.changes[one.change_id].occurred_at, one.change_id) for name, one in use_case.releases.items()
    }
    return sorted(rank, key=rank.__getitem__)
