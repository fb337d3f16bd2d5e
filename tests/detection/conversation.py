"""A conversation told to detection, and all that detection said about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from loopwright.events import Alarm, Measure, Outcome, RunEvent, Signal, SignalKind, UseCaseSpec
from services.detection import app
from services.kernel.memory import Memory
from tests import factories as make
from tests.factories import DAY, HOUR, NOON

SPEC = make.spec()
LATENESS = SPEC.policy.lateness_ms
PATIENCE = SPEC.patience_ms
LONG_AFTER = NOON + 5 * DAY


class Arrival(NamedTuple):
    """An event, and how long it was on its way."""

    event: RunEvent
    delay: int


class Found(NamedTuple):
    """All that detection said, each record as often as it was said."""

    signals: Counter[Signal]
    outcomes: Counter[Outcome]
    alarms: Counter[Alarm]


def found(
    arrivals: Sequence[Arrival],
    *,
    specs: Sequence[UseCaseSpec] = (SPEC,),
    batch: int = 10_000,
    tick: int | None = None,
) -> Found:
    """What detection says when the events arrive like this, once nothing more can come."""
    memory = listening(specs, batch=batch)
    for event, delay in arrivals:
        memory.send("runs", event, at=event.occurred_at + delay)
    memory.run(LONG_AFTER, tick=tick)
    assert memory.dead() == {}
    assert all(task.engine.states == {} for task in memory.tasks), "a session is forgotten in the end"
    return said(memory)


def listening(specs: Sequence[UseCaseSpec] = (SPEC,), *, batch: int = 10_000) -> Memory:
    memory = Memory((app.stage(),), now=NOON - HOUR, partitions=1, batch=batch)
    for spec in specs:
        memory.send("usecases", spec, at=NOON - HOUR)
    return memory


def said(memory: Memory) -> Found:
    return Found(
        Counter(memory.read("signals", Signal)),
        Counter(memory.read("outcomes", Outcome)),
        Counter(memory.read("alarms", Alarm)),
    )


def on_time(*events: RunEvent, specs: Sequence[UseCaseSpec] = (SPEC,)) -> Found:
    """What detection says when each event arrives at once."""
    return found([Arrival(event, 0) for event in events], specs=specs, batch=1)


def signals(*events: RunEvent, specs: Sequence[UseCaseSpec] = (SPEC,)) -> list[Signal]:
    return sorted(on_time(*events, specs=specs).signals.elements(), key=lambda one: (one.occurred_at, one.kind))


def kinds(*events: RunEvent, specs: Sequence[UseCaseSpec] = (SPEC,)) -> list[SignalKind]:
    return [signal.kind for signal in signals(*events, specs=specs)]


def measured(*events: RunEvent, run: str = "run-1", specs: Sequence[UseCaseSpec] = (SPEC,)) -> dict[str, Measure]:
    """The metrics of one run, by name."""
    outcomes = on_time(*events, specs=specs).outcomes.elements()
    return {measure.name: measure for one in outcomes if one.run_id == run for measure in one.metrics}
