"""Kafka without Kafka: the same stages as a discrete-event loop over partitioned topics in virtual time.

For tests, demo, replay and backtest. Nothing flows here that could not flow in Kafka: bytes pass through the
codec, records lie on the partition of their key, time comes from append times and marks, and a stage sees one
queue per partition number. What can be varied: partitions, batch size, the length of a tick, when a record
arrives, which task runs next, which stage is down, and when one is killed and started again.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from itertools import count
from time import perf_counter
from typing import Any, TypeVar

import mmh3
from msgspec import msgpack

from loopwright.codec import CODEC, Codec
from loopwright.events import Event, Mark
from services.kernel import metrics
from services.kernel.engine import HIGHEST_EVENT_BYTES, Engine, Output, Record, dead_headers, reference
from services.kernel.inputs import BEHIND_THE_CLOCK
from services.kernel.stage import Refused, Stage, Table, check
from services.kernel.topics import Topic, topics

E = TypeVar("E", bound=Event)


class Task:
    """One stage on one partition number, with the places up to which it has read."""

    def __init__(
        self,
        memory: Memory,
        stage: Stage[Any],
        partition: int,
        fresh: Callable[[], Engine],
        absent: AbstractSet[str],
    ) -> None:
        """Start at the beginning of every input; those in `absent` have no writer here, so their time is the clock.

        `fresh` makes an engine that knows nothing yet.
        """
        self.stage = stage
        self.partition = partition
        self.engine = fresh()
        self._fresh = fresh
        self.seconds = 0.0
        self.records = 0
        self._memory = memory
        self._logs = [memory.log(topic.name, partition) for topic in stage.reads]
        self._read = [0] * len(self._logs)
        self._outside = [n for n, topic in enumerate(stage.reads) if topic.name in absent and topic in stage.timed]
        self._marked = -1

    def unread(self) -> int:
        """How many records wait."""
        return sum(len(log) - read for log, read in zip(self._logs, self._read, strict=True))

    def restart(self) -> None:
        """Go on with a fresh engine and what a changelog would have kept: each state, through bytes, and the time."""
        engine = self._fresh()
        for key, state in self.engine.states.items():
            engine.restore(key, msgpack.decode(msgpack.encode(state), type=self.stage.state))
        engine.restore_kept(self.engine.kept())
        self.engine = engine

    def turn(self, batch: int) -> bool:
        """Read up to `batch` records, act on time, write. Says whether anything happened."""
        started = perf_counter()
        before = list(self._read)
        taken = self._receive(batch)
        self._observe()
        self.engine.advance(self._memory.now)
        out = self.engine.take()
        self._memory.append_all(out.outputs)
        self._memory.append_all(out.dead)
        marked = self._write_marks()
        self.seconds += perf_counter() - started
        self.records += taken
        for topic, log, start, end in zip(self.stage.reads, self._logs, before, self._read, strict=True):
            if end > start:
                events = sum(record.key != b"" for record in log[start:end])  # marks are no events
                metrics.EVENTS.labels(self.stage.name, topic.name).inc(events)
        metrics.written(self.stage.name, out.outputs, out.dead, out.late, now=self._memory.now)
        return bool(taken or out.outputs or out.dead or marked)

    def _receive(self, batch: int) -> int:
        """Several inputs are one queue, merged by append time.

        What comes from outside is taken in pieces no longer than the time between two marks, however long the
        backlog: the stages after this one see time pass between its events as they would have, had it kept up.
        """
        receive = self.engine.receive
        taken = 0
        if len(self._logs) == 1:
            log, start = self._logs[0], self._read[0]
            end = start + batch
            if self._outside and start < len(log):
                last = log[start].appended_at + self._memory.marks_every
                end = min(end, bisect_right(log, last, lo=start, key=_appended_at))
            for record in log[start:end]:
                receive(record)
                taken += 1
            self._read[0] = start + taken
            return taken
        cut: int | None = None
        while taken < batch:
            waiting = [
                (log[read].appended_at, n)
                for n, (log, read) in enumerate(zip(self._logs, self._read, strict=True))
                if read < len(log)
            ]
            if not waiting:
                break
            first, n = min(waiting)
            if self._outside and cut is None:
                cut = first + self._memory.marks_every
            if cut is not None and first > cut:
                break
            receive(self._logs[n][self._read[n]])
            self._read[n] += 1
            taken += 1
        return taken

    def _observe(self) -> None:
        """The time of what is written from outside: the last record read or, at its end, nearly the clock."""
        now = self._memory.now
        for n in self._outside:
            log, read = self._logs[n], self._read[n]
            if read == len(log):
                self.engine.observe(self.stage.reads[n].name, now - BEHIND_THE_CLOCK)
            elif read:
                self.engine.observe(self.stage.reads[n].name, log[read - 1].appended_at)

    def _write_marks(self) -> bool:
        time = self.engine.refs.time
        if time <= self._marked or time < self._marked + self._memory.marks_every:
            return False
        self._marked = time
        mark = Mark(stage=self.stage.name, partition=self.partition, time=time)
        return self._memory.append_mark(self.stage.writes, mark)


def _appended_at(record: Record) -> int:
    return record.appended_at


class Memory:
    """Every topic as lists, every stage as tasks over them, and a clock that is turned by hand."""

    def __init__(
        self,
        stages: Sequence[Stage[Any]],
        *,
        now: int,
        partitions: int | Mapping[str, int] | None = None,
        batch: int = 10_000,
        marks_every: int = 5_000,
        highest_bytes: int = HIGHEST_EVENT_BYTES,
        codec: Codec = CODEC,
    ) -> None:
        """`partitions`: for all topics, by topic, or as the map says. Times in milliseconds.

        Raises:
            ValueError: the stages do not agree with the topic map.

        """
        self.now = now
        self.marks_every = marks_every
        self._batch = batch
        self._codec = codec
        self._topics = topics()
        self._keys = {name: topic.keys() for name, topic in self._topics.items()}
        self._partitions = {
            name: partitions if isinstance(partitions, int) else (partitions or {}).get(name, topic.partitions)
            for name, topic in self._topics.items()
        }
        check(stages, self._partitions)
        self._logs: dict[tuple[str, int], list[Record]] = defaultdict(list)
        self._in_flight: list[tuple[int, int, Output]] = []
        self._sent = count()
        self._down: set[str] = set()
        self._highest_bytes = highest_bytes
        self._tables = {topic.name: Table(topic) for stage in stages for topic in stage.refers}
        self._referring = {topic.name: stage.name for stage in reversed(stages) for topic in stage.refers}
        counts = {stage.name: self._partitions[stage.reads[0].name] for stage in stages}
        absent = {name for name, topic in self._topics.items() if topic.writer not in counts}
        self._timed_readers = {topic.name for stage in stages for topic in stage.timed}
        writers = {name: counts.get(topic.writer, 1) for name, topic in self._topics.items()}
        self.tasks = [
            Task(
                self,
                stage,
                partition,
                partial(
                    Engine,
                    stage,
                    partition,
                    codec,
                    tables=self._tables,
                    writers=writers,
                    highest_bytes=highest_bytes,
                ),
                absent,
            )
            for stage in stages
            for partition in range(counts[stage.name])
        ]
        self.choose: Callable[[list[Task]], tuple[Task, int]] | None = None
        """For tests: which task runs next and how many records it may take; None: all in order, whole batches."""

    def send(self, topic: str, event: Event, *, at: int | None = None) -> None:
        """Write an event from outside, to be appended at `at` (milliseconds; None: now)."""
        self.send_bytes(topic, self._keys[topic](event).encode(), self._codec.encode(event), at=at)

    def send_bytes(
        self,
        topic: str,
        key: bytes | None,
        value: bytes,
        *,
        at: int | None = None,
        headers: tuple[tuple[str, bytes], ...] = (),
    ) -> None:
        """Write bytes from outside, whatever they are."""
        when = self.now if at is None else at
        heapq.heappush(self._in_flight, (when, next(self._sent), Output(topic, key, value, headers)))

    def run(self, until: int, *, tick: int | None = None) -> None:
        """Let time pass up to `until`, in steps of `tick` milliseconds (None: one step), and settle after each."""
        while self.now < until or (self._in_flight and self._in_flight[0][0] <= self.now):
            self.now = until if tick is None else min(self.now + tick, until)
            while self._in_flight and self._in_flight[0][0] <= self.now:
                at, _, output = heapq.heappop(self._in_flight)
                self._append(output, at)
            self.settle()
            if self.now >= until:
                return

    def settle(self) -> None:
        """Let every stage that is up read until nothing is left to read."""
        if self.choose is not None:
            self._settle_by_choice(self.choose)
            return
        busy = True
        while busy:
            busy = False
            for task in self.tasks:
                if task.stage.name not in self._down:
                    busy |= task.turn(self._batch)

    def _settle_by_choice(self, choose: Callable[[list[Task]], tuple[Task, int]]) -> None:
        idle: set[int] = set()
        while True:
            up = [
                task
                for task in self.tasks
                if task.stage.name not in self._down and (task.unread() or id(task) not in idle)
            ]
            if not up:
                return
            task, batch = choose(up)
            if task.turn(batch):
                idle.clear()
            else:
                idle.add(id(task))

    def stop(self, stage: str) -> None:
        """Take a stage down: it reads nothing and its time stands still."""
        self._down.add(stage)

    def resume(self, stage: str) -> None:
        """Bring it back, with its state."""
        self._down.discard(stage)

    def restart(self, stage: str) -> None:
        """Kill a stage and start it again: what it had not written down is gone."""
        for task in self.tasks:
            if task.stage.name == stage:
                task.restart()

    def log(self, topic: str, partition: int) -> list[Record]:
        """One partition, oldest record first."""
        return self._logs[topic, partition]

    def records(self, topic: str) -> Iterator[Record]:
        """All records of a topic, partition by partition, marks included."""
        for name, partition in sorted(self._logs):
            if name == topic:
                yield from self._logs[name, partition]

    def read(self, topic: str, kind: type[E]) -> list[E]:
        """All events of a topic, partition by partition, without marks."""
        events = (self._codec.decode(record.value) for record in self.records(topic))
        return [event for event in events if isinstance(event, kind)]

    def last(self, topic: str, kind: type[E]) -> dict[str, E]:
        """The last value of each key of a compacted topic."""
        return {self._keys[topic](event): event for event in self.read(topic, kind)}

    def reference(self, topic: str, key: str, kind: type[E]) -> E | None:
        """The last value of a key of a topic that some stage refers to: what a product's copy of it holds."""
        found = self._tables[topic].get(key)
        return found if isinstance(found, kind) else None

    def count(self, topic: str) -> int:
        """How many records a topic holds, marks included."""
        return sum(len(log) for (name, _), log in self._logs.items() if name == topic)

    def costs(self) -> Iterator[tuple[str, int, float]]:
        """By stage: the records it took in, and the microseconds that each took."""
        for stage in dict.fromkeys(task.stage.name for task in self.tasks):
            mine = [task for task in self.tasks if task.stage.name == stage]
            records = sum(task.records for task in mine)
            yield stage, records, sum(task.seconds for task in mine) / max(records, 1) * 1e6

    def dead(self) -> dict[str, list[Record]]:
        """Every dead letter, by dead-letter topic."""
        names = sorted({name for name, _ in self._logs if name.endswith(".dead")})
        return {name: found for name in names if (found := list(self.records(name)))}

    def append_all(self, outputs: Iterable[Output]) -> None:
        """Append what a stage wrote, at the present time."""
        for output in outputs:
            self._append(output, self.now)

    def append_mark(self, writes: Sequence[Topic], mark: Mark) -> bool:
        """Append a mark to every partition of the topics whose readers wait for time."""
        value = self._codec.encode(mark)
        written = False
        for topic in writes:
            if topic.name in self._timed_readers:
                for partition in range(self._partitions[topic.name]):
                    log = self._logs[topic.name, partition]
                    log.append(Record(topic.name, partition, len(log), b"", value, self.now))
                written = True
        return written

    def _append(self, output: Output, at: int) -> None:
        topic = output.topic.removesuffix(".dead")
        partition = partition_of(output.key, self._partitions[topic])
        log = self._logs[output.topic, partition]
        # Append times of one partition never fall, as with the broker's own clock.
        at = max(at, log[-1].appended_at) if log else at
        record = Record(output.topic, partition, len(log), output.key, output.value, at, output.headers)
        log.append(record)
        if topic in self._tables and topic == output.topic:
            self._refer(record, output.event)

    def _refer(self, record: Record, event: Event | None) -> None:
        """Take a reference record into its table; one that does not belong there is set aside."""
        topic = self._topics[record.topic]
        try:
            known = reference(topic, self._codec, record, highest_bytes=self._highest_bytes, event=event)
        except Refused as refused:
            headers = dead_headers(self._referring[topic.name], refused.reason, str(refused), record)
            self._append(Output(topic.dead, record.key, record.value, headers), record.appended_at)
        else:
            self._tables[topic.name].put(*known)


def partition_of(key: bytes | None, partitions: int) -> int:
    """The partition of a key: only that equal keys meet matters here, so a fast hash serves."""
    return 0 if key is None or partitions == 1 else mmh3.hash(key, 0, signed=False) % partitions
