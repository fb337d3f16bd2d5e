"""Every metric, in one place, with what a high value means. Labels are never ids of runs, users, cases or releases."""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

from loopwright.events import Alarm, Event, GateDecision, Outcome, Phase, Releases, Signal, Transition
from services.kernel.engine import Output

EVENTS = Counter(
    "loopwright_events",
    "Events a stage took in. High: traffic; a stage whose rate falls behind its input's is the bottleneck.",
    ["service", "topic"],
)

EVENT_AGE_SECONDS = Histogram(
    "loopwright_event_age_seconds",
    "From a record's append to the commit of what it led to, of the last record of each batch. High: a backlog.",
    ["topic"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
)

STEP_SECONDS = Histogram(
    "loopwright_step_seconds",
    "What a stage needed to decide about one batch. High: a slow step, or a machine that is too busy.",
    ["service"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)

LAG_RECORDS = Gauge(
    "loopwright_consumer_lag_records",
    "Records that a service has yet to take in. High: it is down, too slow, or waits for another input.",
    ["topic", "group"],
)

PARTITION_TIME_SECONDS = Gauge(
    "loopwright_partition_time_seconds",
    "How far time has come in a stage (lowest of its tasks), seconds since 1970. Low: an input or its writer stands.",
    ["service"],
)

TASKS = Gauge(
    "loopwright_tasks",
    "Partition numbers that this process works on. Zero on every process of a service: nobody does.",
    ["service"],
)

DEAD = Counter(
    "loopwright_dead",
    "Records set aside in a dead-letter topic. High: a producer breaks the contract, or a stage raises.",
    ["topic", "reason"],
)

LATE = Counter(
    "loopwright_late",
    "Events later than their use case's lateness; they move no decision. High: a producer buffers its events.",
    ["service"],
)

EXPIRED = Counter(
    "loopwright_expired",
    "Records that retention removed before anybody read them. Anything but zero: a stage was down for too long.",
    ["topic"],
)

SIGNALS = Counter(
    "loopwright_signals",
    "Signals that runs went well or badly. High: look at the cases.",
    ["kind", "use_case"],
)

ALARMS = Counter(
    "loopwright_alarms",
    "Confirmed control failures. Anything but zero: an incident.",
    ["kind", "use_case"],
)

UNMEASURED = Counter(
    "loopwright_outcomes_unmeasured",
    "Outcomes without a value. High: gates see less and less; look at what was not sent.",
    ["metric", "use_case"],
)

VERDICTS = Counter(
    "loopwright_gate_verdicts",
    "What gates said. Many HOLD of one reason: that reason keeps changes from moving.",
    ["verdict", "reason"],
)

PHASE = Gauge(
    "loopwright_release_phase",
    "Releases of a surface in each phase, as far as they are still remembered.",
    ["use_case", "surface", "phase"],
)

SHARE_RATIO = Gauge(
    "loopwright_release_share_ratio",
    "The largest share of users that a canary of a surface has.",
    ["use_case", "surface"],
)

ROLLBACK_SECONDS = Histogram(
    "loopwright_rollback_seconds",
    "From when its cause happened (by the product's clock) to the commit of a rollback. High: harm stays too long.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)

CASES_OPEN = Gauge(
    "loopwright_cases_open",
    "Cases that no change has settled yet. High for an owner: more problems than hands.",
    ["severity", "owner"],
)

SHOWN = {"triage": CASES_OPEN}
"""Gauges that count the states of a stage, by the labels that `Stage.shows` gives."""

REBALANCES = Counter(
    "loopwright_rebalances",
    "Times that the partitions of a service were dealt out anew. High: workers come and go.",
    ["service"],
)


def written(service: str, outputs: Sequence[Output], dead: Sequence[Output], late: int, *, now: int) -> None:
    """Count what a stage has written. `now`: the clock of the shell, milliseconds."""
    if late:
        LATE.labels(service).inc(late)
    for letter in dead:
        DEAD.labels(letter.topic.removesuffix(".dead"), dict(letter.headers)["dead.reason"].decode()).inc()
    for output in outputs:
        count = _COUNTED.get(type(output.event))
        if count is not None:
            count(output.event, now)


def _signal(event: Signal, _: int) -> None:
    SIGNALS.labels(event.kind, event.use_case_id).inc()


def _alarm(event: Alarm, _: int) -> None:
    ALARMS.labels(event.control_failure, event.use_case_id).inc()


def _outcome(event: Outcome, _: int) -> None:
    for measure in event.metrics:
        if measure.unmeasured:
            UNMEASURED.labels(measure.name, event.use_case_id).inc()


def _decision(event: GateDecision, _: int) -> None:
    VERDICTS.labels(event.verdict, event.reason).inc()


def _transition(event: Transition, now: int) -> None:
    if event.to_phase is Phase.ROLLED_BACK:
        ROLLBACK_SECONDS.observe(max(now - event.occurred_at, 0) / 1000)


def _releases(event: Releases, _: int) -> None:
    phases = Counts((release.surface, release.phase) for release in event.releases)
    for surface in {release.surface for release in event.releases}:
        for phase in Phase:
            PHASE.labels(event.use_case_id, surface, phase).set(phases[surface, phase])
        shares = [one.share for one in event.releases if one.surface is surface and one.phase is Phase.CANARY]
        SHARE_RATIO.labels(event.use_case_id, surface).set(max(shares, default=0.0))


_COUNTED: Mapping[type[Event | None], Callable[[Any, int], None]] = {
    Signal: _signal,
    Alarm: _alarm,
    Outcome: _outcome,
    GateDecision: _decision,
    Transition: _transition,
    Releases: _releases,
}
