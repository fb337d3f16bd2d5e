"""What a run comes to: its facts, gathered in any order, and its metrics, measured at each horizon.

A fact carries the time it happened, and a measurement at time t sees only facts up to t. So it is the same
whenever it is computed, as long as all that happened up to t has arrived.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast
from uuid import uuid5

from msgspec import Struct
from msgspec.structs import replace

from loopwright.events import (
    AnyRunEvent,
    Arm,
    BadIf,
    BusinessOutcome,
    Exposure,
    Measure,
    MetricSpec,
    Outcome,
    RunEvent,
    RunFinished,
    RunStatus,
    UseCaseSpec,
)
from services.detection.domain.evidence import NAMES

MOST_FACTS = 200
"""Facts that one run may have; beyond that its outcome says that it was truncated."""

LONGEST_PAUSE_MS = 24 * 60 * 60 * 1000
"""A measured run that is not whole is remembered this long after its last event: what comes of it by then is the rest
of that run, not another one."""


class Fact(Struct, frozen=True, order=True, gc=False):
    """Something that counts in a metric: the kind of a signal, an end, or a business event."""

    at: int
    what: str
    """`signal`, `end` or `event`."""
    name: str
    value: float = 0.0


class Run(Struct, frozen=True, gc=False):
    """An open run: who, since when, what is known. Every field is gathered so that order cannot matter."""

    run_id: str
    lateness_ms: int
    horizons: tuple[int, ...]
    """Horizons still to be measured, milliseconds, shortest first."""
    born: int
    """occurred_at of the earliest thing known of it, from inside or outside."""
    first: AnyRunEvent | None = None
    """The numbered event with the lowest number: it says who, and which versions ran."""
    started_at: int = -1
    last_at: int = -1
    """occurred_at of its latest numbered event."""
    seen: int = 0
    """Numbered events that are in."""
    expected: int = 0
    """Numbered events that the last one announced; 0 before it is in."""
    sides: tuple[tuple[str, int], ...] = ()
    """The releases and arms its numbered events name, each with its earliest time: more than one is a mixed run."""
    facts: tuple[Fact, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether all numbered events are in."""
        return 0 < self.expected <= self.seen


def gather(run: Run, event: RunEvent, facts: tuple[Fact, ...]) -> Run:
    """The run with one more event and what it shows."""
    # The earliest, and one more that shows that there were more: the same ones in whatever order they came.
    merged = tuple(sorted({*run.facts, *facts})[: MOST_FACTS + 1]) if facts else run.facts
    born = min(run.born, event.occurred_at)
    if event.seq < 0:
        return replace(run, facts=merged, born=born) if facts or born < run.born else run
    first = run.first
    if first is None or (event.seq, event.event_id) < (first.seq, first.event_id):
        first = cast(AnyRunEvent, event)
    expected = event.events if isinstance(event, RunFinished) else 0
    return Run(
        run_id=run.run_id,
        lateness_ms=run.lateness_ms,
        horizons=run.horizons,
        born=born,
        first=first,
        started_at=event.occurred_at if run.started_at < 0 else min(run.started_at, event.occurred_at),
        last_at=max(run.last_at, event.occurred_at),
        seen=run.seen + 1,
        expected=max(run.expected, expected),
        sides=_seen_on(run.sides, f"{event.release_id}/{event.arm}", event.occurred_at),
        facts=merged,
    )


def _seen_on(sides: tuple[tuple[str, int], ...], side: str, at: int) -> tuple[tuple[str, int], ...]:
    known = dict(sides)
    if known.get(side, at + 1) <= at:
        return sides
    return tuple(sorted({**known, side: at}.items()))


def facts_of(event: RunEvent) -> tuple[Fact, ...]:
    """What one event adds to the facts of its run, its signals apart."""
    match event:
        case RunFinished():
            ended = "ok" if event.status is RunStatus.OK else "error"
            return (Fact(event.occurred_at, "end", ended),)
        case BusinessOutcome():
            return (Fact(event.occurred_at, "event", event.name, event.value),)
    return ()


def due(run: Run) -> int:
    """When its next horizon may be measured: nothing that counts can arrive after it. Then, when to forget it."""
    if not run.horizons:
        return run.last_at + LONGEST_PAUSE_MS + run.lateness_ms
    start = run.started_at if run.started_at >= 0 else run.born
    horizon = run.horizons[0] if run.started_at >= 0 else run.horizons[-1]
    return start + horizon + run.lateness_ms


def measurable(run: Run, spec: UseCaseSpec) -> bool:
    """Whether an offline run needs no waiting: all its events are in, and each business event that counts."""
    if run.first is None or run.first.exposure is not Exposure.OFFLINE or not run.whole:
        return False
    known = {fact.name for fact in run.facts if fact.what == "event"}
    failed = any(fact.what == "end" and fact.name == "error" for fact in run.facts)
    needed = {metric.event for metric in spec.metrics if metric.event and not (failed and metric.run_error_is_bad)}
    return needed <= known


def outcome(run: Run, spec: UseCaseSpec, horizon: int) -> Outcome | None:
    """The run's values at one horizon; None for a run of which no numbered event ever came."""
    first = run.first
    if first is None:
        return None
    until = run.started_at + horizon
    return Outcome(
        outcome_id=str(uuid5(NAMES, f"{run.run_id}/{horizon}")),
        unit_id=unit_of(first),
        horizon_ms=horizon,
        started_at=run.started_at,
        session_id=first.session_id,
        run_id=run.run_id,
        user_id=first.user_id,
        user_bucket=first.user_bucket,
        cohort_id=first.cohort_id,
        intent=first.intent,
        use_case_id=first.use_case_id,
        spec_version=first.spec_version,
        release_id=first.release_id,
        release_stage=first.release_stage,
        arm=first.arm,
        exposure=first.exposure,
        eval_case_id=first.eval_case_id,
        metrics=tuple(_measures(run, spec, horizon, until)),
    )


def unit_of(event: RunEvent) -> str:
    """What an outcome is partitioned by: the example of an offline run, else the user's bucket."""
    offline = event.exposure is Exposure.OFFLINE
    return f"example:{event.eval_case_id}" if offline else f"user:{event.user_bucket}"


def _measures(run: Run, spec: UseCaseSpec, horizon: int, until: int) -> Iterator[Measure]:
    facts = [fact for fact in run.facts if fact.at <= until]
    sides = [side for side, at in run.sides if at <= until and not side.endswith(f"/{Arm.NONE}")]
    for metric in spec.metrics:
        if metric.horizon_ms == horizon:
            bad, why = (-1.0, "mixed arms") if len(sides) > 1 else _judge(metric, run, facts)
            yield Measure(name=metric.name, bad=bad, unmeasured=why)


def _judge(metric: MetricSpec, run: Run, facts: list[Fact]) -> tuple[float, str]:
    """1 for bad, 0 for good, or -1 and why nobody can say: what is missing is never taken for good."""
    ends = {fact.name for fact in facts if fact.what == "end"}
    kinds = {fact.name for fact in facts if fact.what == "signal"}
    values = [fact.value for fact in facts if fact.what == "event" and fact.name == metric.event]
    bad = (
        (metric.run_error_is_bad and "error" in ends)
        or not kinds.isdisjoint(metric.signals)
        or any(_bad(metric, value) for value in values)
    )
    if bad:
        return 1.0, ""
    why = "truncated" if len(facts) > MOST_FACTS else ""
    if metric.event and not values:
        why = why or f"no {metric.event}"
    if (metric.run_error_is_bad or metric.signals) and not ends:
        why = why or "unfinished"
    if metric.signals and ends and run.seen < run.expected:  # what is lost may be what would have told
        why = why or "incomplete"
    return (-1.0, why) if why else (0.0, "")


def _bad(metric: MetricSpec, value: float) -> bool:
    if metric.bad_if is BadIf.ABOVE:
        return value > metric.threshold
    return value < metric.threshold if metric.bad_if is BadIf.BELOW else True
