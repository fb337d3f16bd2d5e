"""Rollout, wired: changes, approvals, gate decisions and alarms in; releases, their history and its audit out."""

from __future__ import annotations

from loopwright.events import Alarm, Approval, Change, GateDecision
from services.kernel.stage import Stage
from services.kernel.topics import topic
from services.rollout import domain


def use_case_of(event: Change | Approval | GateDecision | Alarm) -> str:
    """The state key."""
    return event.use_case_id


def stage() -> Stage[domain.UseCase]:
    """The one stage of rollout."""
    return Stage(
        name="rollout",
        reads=(topic("changes"), topic("approvals"), topic("gates"), topic("alarms")),
        refers=(topic("usecases"),),
        writes=(topic("releases"), topic("transitions"), topic("case.links"), topic("audit")),
        state=domain.UseCase,
        key=use_case_of,
        start=domain.UseCase,
        step=domain.decide,
        wake_at=domain.wakes_at,
        wake=domain.wake,
        renews=domain.standing,
    )
