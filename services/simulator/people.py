"""The people around the product: somebody proposes changes, somebody else approves them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from loopwright.events import (
    Approval,
    Case,
    Change,
    Diff,
    Event,
    Phase,
    ReasonCode,
    Release,
    Releases,
    Surface,
)
from services.simulator.product import POLICY_PAGE, Effect

ENDED = frozenset({Phase.FULL, Phase.ROLLED_BACK, Phase.REJECTED, Phase.EXPIRED})
"""Where a change has come to its end, as far as its author cares."""


@dataclass(frozen=True)
class Plan:
    """A change that somebody will propose, and what is planted in it."""

    change_id: str
    title: str
    use_case_id: str
    planted: str
    surface: Surface
    from_version: str
    to_version: str
    effect: Effect
    expected: float
    after: int
    """Milliseconds from the beginning."""
    author: str = "mo"

    @property
    def answers_case(self) -> bool:
        """Whether it is proposed because of a case, and names it."""
        return self.planted == "stale_source"


def _no_cases() -> Iterable[Case]:
    return ()


@dataclass
class People:
    """Who proposes and approves: they look at cases and releases, as people do."""

    send: Callable[[str, Event, int], None]
    """Told the topic, the event and the time (milliseconds)."""
    plans: tuple[Plan, ...]
    began: int
    """When they began, milliseconds."""
    approve_after: int
    """How long they read a change before they approve it, milliseconds."""
    cases: Callable[[], Iterable[Case]] = _no_cases
    """The cases that are known now."""
    proposed: set[str] = field(default_factory=set)
    approved: set[str] = field(default_factory=set)

    def work(self, now: int, releases: Mapping[str, Releases]) -> None:
        """Propose what is due, approve what waits for it."""
        for plan in self.plans:
            if plan.change_id not in self.proposed and now >= self.began + plan.after:
                self._propose(plan, now)
        for value in releases.values():
            for release in value.releases:
                waits = release.phase is Phase.AWAITING_APPROVAL and release.change_id not in self.approved
                if waits and now >= release.entered_at + self.approve_after:
                    self._approve(release, now)

    def _propose(self, plan: Plan, now: int) -> None:
        case_ids: tuple[str, ...] = ()
        if plan.answers_case:
            case_ids = tuple(one.case_id for one in self.cases() if _about_the_page(one))
            if not case_ids:
                return  # nothing asks for it yet
        self.proposed.add(plan.change_id)
        diff = Diff(
            path=f"{plan.surface.lower()}/{plan.use_case_id}",
            from_digest=sha256(plan.from_version.encode()).hexdigest(),
            to_digest=sha256(plan.to_version.encode()).hexdigest(),
        )
        change = Change(
            change_id=plan.change_id,
            use_case_id=plan.use_case_id,
            surface=plan.surface,
            title=plan.title,
            diff=(diff,),
            from_version=plan.from_version,
            to_version=plan.to_version,
            case_ids=case_ids,
            metric="not_helped",
            expected_ratio=plan.expected,
            author=plan.author,
            rollback_target=plan.from_version,
            occurred_at=now,
        )
        self.send("changes", change, now)

    def _approve(self, release: Release, now: int) -> None:
        self.approved.add(release.change_id)
        approval = Approval(
            approval_id=f"approval-{release.change_id}",
            change_id=release.change_id,
            use_case_id=release.use_case_id,
            diff_digest=release.diff_digest,
            decision_id=release.offline_decision_id,
            approver="kim",
            role="owner",
            occurred_at=now,
        )
        self.send("approvals", approval, now)


def _about_the_page(case: Case) -> bool:
    return case.reason_code is ReasonCode.STALE_SOURCE and POLICY_PAGE in case.cause
