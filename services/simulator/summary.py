"""What became of a played demo: `summary.json` for machines, the report for people. Read from the topics alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from loopwright.events import (
    Alarm,
    AuditRecord,
    Case,
    Change,
    GateDecision,
    Phase,
    Signal,
    Transition,
)
from services.kernel import audit
from services.simulator.demo import BEGINNING, Played
from services.simulator.product import (
    DAY,
    HOUR,
)
from services.simulator.report import CaseStory, ChangeStory, EvidencePoint, Report, SharePoint, render


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
