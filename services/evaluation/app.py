"""Evaluation, wired: outcomes to tallies per unit, tallies to gate decisions per use case."""

from __future__ import annotations

from loopwright.events import Outcome, Releases, Tally
from services.evaluation.domain import gates, units
from services.kernel.stage import Stage
from services.kernel.topics import topic


def unit_of(event: Outcome) -> str:
    """The state key of the first stage."""
    return event.unit_id


def use_case_of(event: Tally | Releases) -> str:
    """The state key of the second stage."""
    return event.use_case_id


def units_stage() -> Stage[units.Unit]:
    """One unit per user and stage, or per offline example."""
    return Stage(
        name="evaluation.units",
        reads=(topic("outcomes"),),
        refers=(topic("usecases"), topic("releases")),
        writes=(topic("tallies"),),
        state=units.Unit,
        key=unit_of,
        start=lambda _: units.Unit(),
        step=units.count,
        wake_at=units.closes_at,
        wake=units.close,
    )


def gates_stage() -> Stage[gates.Gates]:
    """The gates of a use case. Where its releases stand is rollout's answer to what the gates said."""
    return Stage(
        name="evaluation.gates",
        reads=(topic("tallies"), topic("releases")),
        answers=(topic("releases"),),
        writes=(topic("gates"),),
        state=gates.Gates,
        key=use_case_of,
        start=gates.Gates,
        step=gates.take,
        wake_at=gates.looks_at,
        wake=gates.look,
    )
