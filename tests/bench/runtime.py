"""Capture and detection on this runtime, against ordinary Faust and against aiokafka alone: same domain, same events.

Each works off a backlog in runs.raw, two processes on a broker of its own; CPU time is what the system counts for
the processes, from their beginning to consume until they have committed all.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from loopwright import wire
from loopwright.codec import CODEC
from services.cli.broker import Broker
from services.kernel.engine import Output, Record
from services.kernel.settings import load
from services.kernel.stage import Table
from services.kernel.task import murmur2
from services.kernel.topics import topic
from tests.bench.measured import Measured, own_broker
from tests.bench.peer import engine_of, stage_of
from tests.bench.processes import PARTITIONS, Spent, Watched, backlog, lay, loop_settings, prepare, work_off
from tests.chaos.loop import settings_for, spec

EVENTS = int(os.environ.get("EVENTS", "100000"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
FAUST_EVENTS = EVENTS // 10

PER_SECOND = 2_000.0
"""How dense the backlog is: about half of what a worker takes."""


def measure() -> Measured:
    """The whole comparison: this runtime and the raw peer in turns, the middle of each; Faust once."""
    with own_broker() as (broker, folder):
        ours, theirs = [], []
        for n in range(ROUNDS):
            ours.append(once(broker, folder, f"ours{n}.", EVENTS, ""))
            theirs.append(once(broker, folder, f"raw{n}.", EVENTS, "tests.bench.raw_peer"))
        faust = once(broker, folder, "faust.", FAUST_EVENTS, "tests.bench.faust_peer")
        floor = min(bare(FAUST_EVENTS) for _ in range(ROUNDS))
    mine, raw = _middle(ours), _middle(theirs)
    per_event = _micros(mine, EVENTS)
    rows: list[dict[str, str | float]] = [
        _row("this runtime, exactly once", mine, EVENTS, per_event),
        _row("aiokafka alone, states lost", raw, EVENTS, per_event),
        _row("ordinary Faust, at least once", faust, FAUST_EVENTS, per_event),
        {"": "codec, engine and domain alone", "CPU µs/event": floor, "x ours": floor / per_event},
    ]
    ranges = [
        f"{min(found):.0f} to {max(found):.0f} {name}"
        for name, some in (("this runtime", ours), ("aiokafka alone", theirs))
        if (found := [_micros(one, EVENTS) for one in some])
    ]
    sizes = [f"{service} {EVENTS / count:.0f}" for service, count in mine.batches.items() if count]
    shares = [
        f"{service}: " + " + ".join(f"{seconds / EVENTS * 1e6:.0f}" for seconds in found if seconds > 0.05)
        for service, found in mine.threads.items()
    ]
    compiled = "compiled" if not str(wire.__file__).endswith(".py") else "plain Python"
    return Measured(
        f"capture + detection, {EVENTS:,} run events ({FAUST_EVENTS:,} for Faust), codec in {compiled}",
        rows,
        (
            f"middle of {ROUNDS}; µs an event: {', '.join(ranges)}",
            f"this runtime, records a batch: {', '.join(sizes)}",
            f"this runtime by thread, µs an event: {', '.join(shares)}",
            f"the shells alone: Faust {(_micros(faust, FAUST_EVENTS) - floor) / (per_event - floor):.0f} x ours",
            f"goal, Faust: 10 x or more; it is {_micros(faust, FAUST_EVENTS) / per_event:.1f}",
            f"goal, aiokafka alone: at most 1.3 x; it is {per_event / _micros(raw, EVENTS):.2f}",
        ),
    )


def bare(events: int) -> float:
    """CPU µs an event of codec, engine and domain of both stages, without any Kafka: what no shell can save."""
    settings = load({})
    records = [
        Record("runs.raw", murmur2(key) % PARTITIONS, n, key, CODEC.encode(one.event), one.after)
        for n, one in enumerate(backlog(settings, events, per_second=PER_SECOND))
        for key in (topic("runs.raw").keys()(one.event).encode(),)
    ]
    known = {topic("usecases").name: Table(topic("usecases")), "releases": Table(topic("releases"))}
    known["usecases"].put(f"quick@{spec().version}", spec())
    began = time.process_time()
    for service in ("capture", "detection"):
        stage = stage_of(service, settings)
        engines = [engine_of(stage, number, known, settings) for number in range(PARTITIONS)]
        written: list[Record] = []
        for n, record in enumerate(records):
            engine = engines[record.partition]
            engine.receive(record)
            if n % 500 == 499:
                for engine in engines:
                    engine.refs.time = record.appended_at - 1_000
                    engine.advance(record.appended_at)
                    written += _as_records(engine.take().outputs, n, record.appended_at)
        records = written
    return (time.process_time() - began) / events * 1e6


def _as_records(outputs: Sequence[Output], n: int, at: int) -> list[Record]:
    return [Record(one.topic, murmur2(one.key or b"") % PARTITIONS, n, one.key, one.value, at) for one in outputs]


def once(broker: Broker, folder: Path, prefix: str, events: int, module: str) -> Spent:
    """Work off one backlog; `module`: what runs a service, nothing for the service itself."""
    settings = loop_settings(broker.bootstrap_servers, prefix)
    prepare(settings)
    told = backlog(settings, events, per_second=PER_SECOND)
    lay(settings, told)
    environ = settings_for(broker.bootstrap_servers, prefix)
    pair = [
        Watched(service, environ, folder / f"{prefix}{service}.log", ("-m", module, service) if module else ())
        for service in ("capture", "detection")
    ]
    return work_off(settings, pair, broker.pid)


def _middle(spent: list[Spent]) -> Spent:
    return sorted(spent, key=lambda one: sum(one.cpu.values()))[len(spent) // 2]


def _micros(spent: Spent, events: int) -> float:
    return sum(spent.cpu.values()) / events * 1e6


def _row(name: str, spent: Spent, events: int, ours: float) -> dict[str, str | float]:
    return {
        "": name,
        "CPU µs/event": _micros(spent, events),
        "x ours": _micros(spent, events) / ours,
        "capture": spent.cpu["capture"] / events * 1e6,
        "detection": spent.cpu["detection"] / events * 1e6,
        "broker": spent.broker / events * 1e6,
        "events/s": events / spent.seconds,
    }


def main() -> None:
    """Print the table."""
    print(measure().table())


if __name__ == "__main__":
    main()
