"""The demo: five changes and one stale page go through the whole loop in virtual time.

The product and its people are simulated; what judges them is not. Policy, error levels, margins, horizons and
slice length are the shipped ones.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any

from loopwright.events import (
    Alarm,
    Approval,
    AuditRecord,
    Case,
    Change,
    Diff,
    Event,
    GateDecision,
    Phase,
    ReasonCode,
    Release,
    Releases,
    Signal,
    Surface,
    Transition,
    UseCaseSpec,
)
from services.kernel import audit, kit
from services.kernel.memory import Memory
from services.kernel.settings import Settings
from services.loop import stages
from services.simulator.product import (
    DAY,
    FIRST_PROMPT,
    FIRST_TOOL_POLICY,
    FRESH_PAGE,
    HOUR,
    MINUTE,
    PAGE_SHARE,
    POLICY_PAGE,
    STALE_PAGE,
    Effect,
    Product,
    Use,
)
from services.simulator.report import CaseStory, ChangeStory, EvidencePoint, Report, SharePoint, render

BEGINNING = 1_767_571_200_000
"""Monday 5 January 2026, 00:00 UTC: virtual time has to begin somewhere."""

TICK = MINUTE
"""How often the product refreshes its copy of `releases`, and how fine virtual time is."""

USE_CASES = ("support-answers", "support-billing")

ENDED = frozenset({Phase.FULL, Phase.ROLLED_BACK, Phase.REJECTED, Phase.EXPIRED})


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
    """Virtual milliseconds from the beginning."""
    author: str = "mo"

    @property
    def answers_case(self) -> bool:
        """Whether it is proposed because of a case, and names it."""
        return self.planted == "stale_source"


PLANS = (
    Plan(
        "kb-answers-13", "Bring the refund policy page up to date", USE_CASES[0], "stale_source", Surface.KNOWLEDGE,
        STALE_PAGE, FRESH_PAGE, Effect(), 0.7, 2 * HOUR,
    ),
    Plan(
        "prompt-answers-42", "Ask back when a request is ambiguous", USE_CASES[0], "good", Surface.PROMPT,
        FIRST_PROMPT, "support@42", Effect(failure=0.6), 0.8, 3 * HOUR,
    ),
    Plan(
        "prompt-billing-43", "Answer in half as many words", USE_CASES[1], "bad", Surface.PROMPT,
        FIRST_PROMPT, "support@43", Effect(failure=1.5), 0.9, 1 * HOUR,
    ),
    Plan(
        "tools-billing-8", "Look orders up across the whole tenant", USE_CASES[1], "breach", Surface.TOOL_POLICY,
        FIRST_TOOL_POLICY, "tools@8", Effect(breach=0.2), 0.9, 2 * HOUR,
    ),
    Plan(
        "kb-billing-13", "Bring the refund policy page up to date", USE_CASES[1], "stale_source", Surface.KNOWLEDGE,
        STALE_PAGE, FRESH_PAGE, Effect(), 0.7, 3 * HOUR,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """How large the demo's world is, and by which specs its use cases are judged."""

    specs: tuple[UseCaseSpec, ...]
    plans: tuple[Plan, ...]
    users: int
    runs_per_day: Mapping[str, float]
    """By use case."""
    page_share: float = PAGE_SHARE
    longest: int = 7 * DAY


def shipped() -> World:
    """The demo: the shipped use cases and policy; three to four virtual days make about 300,000 events.

    Billing is busier: its bad change must show itself on one user in a hundred.
    """
    specs = tuple(kit.use_case(kit.KIT / "use_cases" / f"{name}.yaml").spec() for name in USE_CASES)
    return World(specs, PLANS, users=20_000, runs_per_day=dict(zip(USE_CASES, (5_000.0, 11_000.0), strict=True)))


Progress = Callable[[float, str], None]
"""Told the virtual time since the beginning (days), and what is going on."""


@dataclass
class People:
    """Who proposes and approves: they look at cases and releases, as people do."""

    memory: Memory
    plans: tuple[Plan, ...]
    proposed: set[str] = field(default_factory=set)
    approved: set[str] = field(default_factory=set)

    def work(self, now: int, releases: Mapping[str, Releases]) -> None:
        """Propose what is due, approve what waits for it."""
        for plan in self.plans:
            if plan.change_id not in self.proposed and now >= BEGINNING + plan.after:
                self._propose(plan, now)
        for value in releases.values():
            for release in value.releases:
                waits = release.phase is Phase.AWAITING_APPROVAL and release.change_id not in self.approved
                if waits and now >= release.entered_at + 20 * MINUTE:
                    self._approve(release, now)

    def _propose(self, plan: Plan, now: int) -> None:
        case_ids: tuple[str, ...] = ()
        if plan.answers_case:
            case_ids = tuple(case.case_id for case in self._stale_cases())
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
        self.memory.send("changes", change, at=now)

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
        self.memory.send("approvals", approval, at=now)

    def _stale_cases(self) -> Iterator[Case]:
        for case in self.memory.last("cases", Case).values():
            if case.reason_code is ReasonCode.STALE_SOURCE and POLICY_PAGE in case.cause:
                yield case


@dataclass
class Played:
    """A demo that has run."""

    memory: Memory
    world: World
    uses: dict[str, Use]
    ended_at: int
    seconds: float
    seed: int
    product_seconds: float


def play(
    seed: int,
    settings: Settings,
    progress: Progress = lambda _, __: None,
    *,
    world: World | None = None,
    every_hour: Callable[[Memory], None] = lambda _: None,
) -> Played:
    """Play the stories until each change has ended, or the longest time has passed; `every_hour` may meddle."""
    world = world or shipped()
    started = perf_counter()
    memory = Memory(stages(settings), now=BEGINNING, partitions=1, marks_every=TICK)
    for spec in world.specs:
        memory.send("usecases", spec)
    memory.run(BEGINNING + 1)
    effects = {plan.to_version: plan.effect for plan in world.plans}
    bucket_key = settings.bucket_key.get_secret_value().encode()
    product = Product(
        seed,
        _sender(memory),
        bucket_key=bucket_key,
        effects=effects,
        users=world.users,
        page_share=world.page_share,
    )
    product.started_at = BEGINNING
    uses = {
        spec.use_case_id: Use(spec.use_case_id, spec.intents, world.runs_per_day[spec.use_case_id])
        for spec in world.specs
    }
    people = People(memory, world.plans)
    serving = 0.0
    now = BEGINNING
    while now < BEGINNING + world.longest:
        before = perf_counter()
        for use in uses.values():
            product.serve(use, now, now + TICK)
        serving += perf_counter() - before
        now += TICK
        memory.run(now)
        releases = {name: use.releases for name, use in uses.items() if use.releases}
        for name, use in uses.items():
            use.releases = memory.reference("releases", name, Releases)
        people.work(now, releases)
        if now % HOUR == 0:
            every_hour(memory)
            progress((now - BEGINNING) / DAY, f"{memory.count('runs.raw'):,} events, {_news(uses)}")
        if len(people.proposed) == len(world.plans) and all(_ended(use, world.plans) for use in uses.values()):
            break
    return Played(memory, world, uses, now, perf_counter() - started, seed, serving)


def _sender(memory: Memory) -> Callable[[Event, int], None]:
    return lambda event, at: memory.send("runs.raw", event, at=at)


def _ended(use: Use, plans: Sequence[Plan]) -> bool:
    """Whether each change of a use case has come to its end, and to its proof if it reached everyone."""
    planned = sum(plan.use_case_id == use.use_case_id for plan in plans)
    releases = use.releases.releases if use.releases else ()
    over = [one for one in releases if one.phase in ENDED and (one.phase is not Phase.FULL or one.improved_by)]
    return len(over) == planned


def _news(uses: Mapping[str, Use]) -> str:
    """Where the releases stand, in a line."""
    open_ones = [one for use in uses.values() if use.releases for one in use.releases.releases]
    shown = [f"{one.change_id} at {one.share:.0%}" for one in open_ones if one.phase is Phase.CANARY]
    return ", ".join(shown) or "no release in canary"


def summary(played: Played) -> dict[str, Any]:
    """What `summary.json` says."""
    memory = played.memory
    transitions = memory.read("transitions", Transition)
    releases = {one.change_id: one for use in played.uses.values() if use.releases for one in use.releases.releases}
    rows = []
    for plan in played.world.plans:
        mine = [
            one for one in transitions if one.change_id == plan.change_id and one.reason not in ("SETTLED", "VERIFIED")
        ]
        began = [one.occurred_at for one in mine if one.to_phase is Phase.CANARY]
        release = releases.get(plan.change_id)
        rows.append(
            {
                "change_id": plan.change_id,
                "planted": plan.planted,
                "phase": str(release.phase) if release else "NOT_PROPOSED",
                "users_exposed": len(played.uses[plan.use_case_id].exposed[plan.change_id]),
                "virtual_seconds": (mine[-1].occurred_at - began[0]) // 1000 if began else 0,
                "verified": bool(release and release.phase is Phase.FULL and release.improved_by),
            }
        )
    records = memory.read("audit", AuditRecord)
    faults = [*audit.faults(records), *audit.unrecorded(records, transitions)]
    return {
        "seed": played.seed,
        "changes": rows,
        "events": memory.count("runs.raw"),
        "runs": sum(use.runs for use in played.uses.values()),
        "signals": len(memory.read("signals", Signal)),
        "cases": len(memory.last("cases", Case)),
        "alarms": len(memory.read("alarms", Alarm)),
        "dead": sum(len(records) for records in memory.dead().values()),
        "audit": faults[0] if faults else "intact",
        "virtual_days": round((played.ended_at - BEGINNING) / DAY, 2),
        "seconds": round(played.seconds, 1),
    }


def report(played: Played, facts: Mapping[str, Any]) -> Report:
    """What the page shows."""
    memory = played.memory
    signals = memory.read("signals", Signal)
    cases = memory.last("cases", Case)
    return Report(
        title="Loopwright: one week of a support assistant",
        seed=played.seed,
        started_at=BEGINNING,
        ended_at=played.ended_at,
        events=facts["events"],
        runs=facts["runs"],
        signals=len(signals),
        cases_total=len(cases),
        dead=facts["dead"],
        audit=facts["audit"],
        changes=tuple(_change_stories(played, facts)),
        cases=tuple(_case_stories(cases, signals)),
        stages=tuple(memory.costs()),
        seconds=played.seconds,
    )


def _change_stories(played: Played, facts: Mapping[str, Any]) -> Iterator[ChangeStory]:
    memory = played.memory
    decisions = memory.read("gates", GateDecision)
    transitions = memory.read("transitions", Transition)
    changes = {one.change_id: one for one in memory.read("changes", Change)}
    policies = {spec.use_case_id: spec.policy for spec in played.world.specs}
    for plan, row in zip(played.world.plans, facts["changes"], strict=True):
        mine = [one for one in decisions if one.change_id == plan.change_id]
        moved = [one for one in transitions if one.change_id == plan.change_id]
        goal = next((one for one in mine[-1].metrics if one.metric == "not_helped"), None) if mine else None
        policy = policies[plan.use_case_id]
        yield ChangeStory(
            change_id=plan.change_id,
            title=plan.title,
            use_case_id=plan.use_case_id,
            surface=plan.surface,
            planted=plan.planted,
            phase=row["phase"],
            metric="not_helped",
            started_at=moved[0].occurred_at if moved else BEGINNING,
            ended_at=moved[-1].occurred_at if moved else BEGINNING,
            users_exposed=row["users_exposed"],
            alpha=policy.alpha,
            beta=policy.beta,
            stage_alphas=tuple(stage.alpha for stage in policy.stages),
            baseline_fail=goal.baseline_fail if goal else 0,
            baseline_n=goal.baseline_fail + goal.baseline_ok + goal.baseline_missing if goal else 0,
            candidate_fail=goal.candidate_fail if goal else 0,
            candidate_n=goal.candidate_fail + goal.candidate_ok + goal.candidate_missing if goal else 0,
            verified=row["verified"],
            case_ids=changes[plan.change_id].case_ids if plan.change_id in changes else (),
            evidence=tuple(_evidence(one) for one in mine),
            shares=tuple(
                SharePoint(
                    at=one.occurred_at,
                    share=one.share,
                    phase=one.to_phase,
                    stage=one.to_stage,
                    reason=one.reason,
                )
                for one in moved
            ),
        )


def _evidence(decision: GateDecision) -> EvidencePoint:
    goal = next(one for one in decision.metrics if one.metric == "not_helped")
    return EvidencePoint(
        at=decision.watermark,
        promote=goal.log_e_promote,
        rollback=decision.log_e_rollback,
        improve=goal.log_e_improve,
    )


def _case_stories(cases: Mapping[str, Case], signals: list[Signal]) -> Iterator[CaseStory]:
    hours: dict[str, Counter[int]] = {}
    for signal in signals:
        hours.setdefault(signal.fingerprint, Counter())[signal.occurred_at // HOUR * HOUR] += 1
    for case in sorted(cases.values(), key=lambda one: -sum(share.signals for share in one.use_cases)):
        yield CaseStory(
            case_id=case.case_id,
            title=case.title,
            reason_code=case.reason_code,
            failure_locus=case.failure_locus,
            severity=case.severity,
            owner=case.owner,
            status=case.status,
            signals_by_use_case=tuple((share.use_case_id, share.signals) for share in case.use_cases),
            users=sum(share.users for share in case.use_cases),
            first_seen=case.first_seen,
            last_seen=case.last_seen,
            change_ids=tuple(change.change_id for change in case.changes),
            daily=tuple(sorted(hours.get(case.case_id, Counter()).items())),
        )


def write(played: Played, out: Path) -> tuple[dict[str, Any], Report]:
    """Write summary.json and report.html; returns what they say."""
    out.mkdir(parents=True, exist_ok=True)
    facts = summary(played)
    page = report(played, facts)
    (out / "summary.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    (out / "report.html").write_text(render(page), encoding="utf-8")
    return facts, page
