"""The demo's stories in small: the same code, a hundredth of the traffic, stronger effects, a faster policy."""

from dataclasses import replace as altered
from functools import cache

import pytest
from msgspec.structs import replace

from loopwright.events import (
    Alarm,
    AuditRecord,
    Case,
    CaseStatus,
    Phase,
    ReasonCode,
    StagePlan,
    Transition,
    UseCaseSpec,
)
from services.kernel import audit, kit
from services.kernel.settings import load
from services.simulator import demo, summary
from services.simulator.demo import PLANS, Played, World
from services.simulator.product import DAY, HOUR, MINUTE, Effect

STRONGER = {
    "prompt-answers-42": Effect(failure=0.3),
    "prompt-billing-43": Effect(failure=2.0),
    "tools-billing-8": Effect(breach=0.5),
}


def faster(spec: UseCaseSpec) -> UseCaseSpec:
    """The shipped spec with a policy of minutes instead of days."""
    stages = (StagePlan(share=0.1, alpha=0.5), StagePlan(share=0.3, alpha=0.15), StagePlan(share=0.5, alpha=0.05))
    policy = replace(spec.policy, stages=stages, min_time_ms=HOUR, slice_ms=5 * MINUTE, lateness_ms=MINUTE)
    goal, watch = spec.metrics
    return replace(spec, policy=policy, metrics=(replace(goal, horizon_ms=20 * MINUTE), watch))


def small_world() -> World:
    """The demo's, with a hundredth of its traffic."""
    return World(
        specs=tuple(faster(spec) for spec in demo.shipped().specs),
        plans=tuple(
            altered(plan, effect=STRONGER.get(plan.change_id, plan.effect), after=plan.after // 6) for plan in PLANS
        ),
        users=1_500,
        runs_per_day=dict.fromkeys(demo.USE_CASES, 12_000.0),
        page_share=0.4,
        longest=DAY,
    )


@cache
def played() -> Played:
    """One small week, played once for all tests here."""
    return demo.play(7, load({}), world=small_world())


def phase_of(change_id: str) -> Phase:
    """Where a change ended."""
    moves = [one for one in played().memory.read("transitions", Transition) if one.change_id == change_id]
    return moves[-1].to_phase


@pytest.mark.parametrize("change_id", ["prompt-answers-42", "kb-answers-13", "kb-billing-13"])
def test_a_change_that_helps_reaches_everyone(change_id: str) -> None:
    assert phase_of(change_id) is Phase.FULL


def test_a_change_that_harms_is_taken_back_by_the_gate() -> None:
    moves = [one for one in played().memory.read("transitions", Transition) if one.change_id == "prompt-billing-43"]

    assert moves[-1].to_phase is Phase.ROLLED_BACK
    assert moves[-1].reason == "HARM"


def test_a_change_that_breaches_its_scope_is_taken_back_at_the_first_alarm() -> None:
    moves = [one for one in played().memory.read("transitions", Transition) if one.change_id == "tools-billing-8"]
    alarms = played().memory.read("alarms", Alarm)

    assert moves[-1].to_phase is Phase.ROLLED_BACK
    assert moves[-1].because == (min(alarms, key=lambda one: one.occurred_at).alarm_id,)


def test_the_stale_page_is_one_case_of_both_use_cases_and_is_verified_when_both_changes_are() -> None:
    [case] = [one for one in played().memory.last("cases", Case).values() if one.reason_code is ReasonCode.STALE_SOURCE]

    assert {share.use_case_id for share in case.use_cases} == set(demo.USE_CASES)
    assert {change.change_id for change in case.changes} == {"kb-answers-13", "kb-billing-13"}
    assert case.status is CaseStatus.VERIFIED


def test_nothing_is_dead_and_the_audit_is_intact() -> None:
    assert played().memory.dead() == {}
    records = played().memory.read("audit", AuditRecord)
    assert records
    assert audit.faults(records) == []


def test_summary_and_report_are_written_from_what_happened() -> None:
    facts = summary.summary(played())

    assert [row["planted"] for row in facts["changes"]] == ["stale_source", "good", "bad", "breach", "stale_source"]
    assert facts["events"] == played().memory.count("runs.raw")
    assert facts["dead"] == 0
    assert facts["audit"] == "intact"


def test_the_demo_runs_on_the_shipped_policy_and_nothing_softer() -> None:
    world = demo.shipped()

    for name, spec in zip(demo.USE_CASES, world.specs, strict=True):
        written = kit.use_case(kit.KIT / "use_cases" / f"{name}.yaml")
        shipped = kit.policy()
        assert written.policy == shipped
        assert spec == written.spec()
        assert {metric.margin for metric in spec.metrics} == {shipped.margin}
        assert spec.policy.slice == 1.0
