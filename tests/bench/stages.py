"""What an event costs in each stage of the loop in memory, and where the time goes."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from time import process_time
from typing import Any

from loopwright.codec import CODEC
from services.kernel.engine import Engine, Output, Record
from services.kernel.memory import Memory, Task
from services.kernel.settings import load
from services.kernel.stage import Stage
from services.simulator import demo
from services.simulator.product import HOUR


@cache
def an_hour() -> Memory:
    """Two virtual hours of the demo at four times its traffic."""
    world = replace(demo.shipped(), runs_per_day=dict.fromkeys(demo.USE_CASES, 80_000.0), longest=2 * HOUR)
    return demo.play(1, load({}), world=world).memory


def main() -> None:
    """Print the table: each stage fed again with what it read in the simulated hours."""
    memory = an_hour()
    print(f"{'stage':18}{'records':>9}{'per s':>10}{'µs each':>9}{'codec':>7}{'domain':>8}{'engine':>8}")
    total = 0.0
    for task in memory.tasks:
        records = _inputs(memory, task)
        if not records:
            continue
        whole = _timed(lambda task=task, records=records: _feed(task, records, task.stage))  # type: ignore[misc]
        in_codec = _codec_seconds(task, records)
        domain = _domain_seconds(task, records)
        n = len(records)
        rest = whole - in_codec - domain
        total += whole
        row = f"{task.stage.name:18}{n:9}{n / whole:10.0f}{whole / n * 1e6:9.1f}"
        print(row + "".join(f"{max(part, 0) / whole:8.0%}" for part in (in_codec, domain, rest))[1:])
    events = memory.count("runs.raw")
    print(f"{'all, per run event':18}{events:9}{events / total:10.0f}{total / events * 1e6:9.1f}")


def _inputs(memory: Memory, task: Task) -> list[Record]:
    """What a task read, marks apart: time is moved by hand here."""
    found = [
        record for topic in task.stage.reads for record in memory.log(topic.name, task.partition) if record.key != b""
    ]
    return sorted(found, key=lambda record: record.appended_at)


def _feed(task: Task, records: list[Record], stage: Stage[Any]) -> list[Output]:
    """Let a fresh engine of the stage read it all; returns what it wrote."""
    engine = Engine(stage, task.partition, CODEC, tables=task.engine.refs.tables, writers={})
    written: list[Output] = []
    for n, record in enumerate(records):
        engine.receive(record)
        if n % 500 == 0:
            engine.refs.time = record.appended_at - 1
            engine.advance(engine.refs.time)
            written += engine.take().outputs
    engine.refs.time = records[-1].appended_at + 8 * HOUR
    engine.advance(engine.refs.time)
    return written + engine.take().outputs


def _codec_seconds(task: Task, records: list[Record]) -> float:
    """CPU seconds to decode what it reads and encode what it writes."""
    events = [one.event for one in _feed(task, records, task.stage) if one.event is not None]
    reading = _timed(lambda: [CODEC.decode(record.value) for record in records])
    return reading + _timed(lambda: [CODEC.encode(event) for event in events])


def _domain_seconds(task: Task, records: list[Record]) -> float:
    """CPU seconds inside `step` and `wake`."""
    seconds: list[float] = []

    def watched(work: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            started = process_time()
            try:
                return work(*args)
            finally:
                seconds.append(process_time() - started)

        return call

    stage = replace(task.stage, step=watched(task.stage.step), wake=watched(task.stage.wake))
    _feed(task, records, stage)
    return sum(seconds) - _calibrated() * len(seconds)


@cache
def _calibrated() -> float:
    """CPU seconds that one pair of clock readings adds."""
    count = 20_000
    started = process_time()
    for _ in range(count):
        process_time()
    return (process_time() - started) / count


def _timed(work: Callable[[], Any]) -> float:
    best = float("inf")
    for _ in range(2):
        started = process_time()
        work()
        best = min(best, process_time() - started)
    return best


if __name__ == "__main__":
    main()
