"""Two shells around the same stages, and what a test may do to either: capture and detection in memory and on Kafka."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]
from prometheus_client import REGISTRY

from loopwright.codec import CODEC
from loopwright.events import Event
from services.capture import app as capture
from services.detection import app as detection
from services.kernel import cluster
from services.kernel.memory import Memory, partition_of
from services.kernel.settings import load
from services.kernel.task import murmur2
from services.kernel.topics import topics
from tests.chaos import loop
from tests.chaos.loop import Process, settings_for
from tests.factories import NOON

E = TypeVar("E", bound=Event)

PARTITIONS = 4
MARKS_EVERY_MS = 1_000
SERVICES = ("capture", "detection")


class Cannot(Exception):
    """This shell has no such thing."""


class Kept:
    """One record, as either shell keeps it."""

    def __init__(
        self, key: bytes | None, value: bytes, appended_at: int, partition: int, headers: Sequence[tuple[str, bytes]]
    ) -> None:
        self.key = key
        self.event = CODEC.decode(value) if not headers else None
        self.appended_at = appended_at
        self.partition = partition
        self.headers = {name: text.decode() for name, text in headers}


class Shell(ABC):
    """Capture and detection at work; times in milliseconds."""

    highest_bytes = 64 * 1024

    def send(self, topic: str, *events: Event) -> None:
        """Write events from outside."""
        keys = topics()[topic].keys()
        self.send_bytes(topic, *((keys(event).encode(), CODEC.encode(event)) for event in events))

    def read(self, topic: str, kind: type[E]) -> list[E]:
        """The events of a topic, partition by partition, without marks."""
        return [one.event for one in self.records(topic) if isinstance(one.event, kind)]

    def until(self, what: Callable[[], bool], seconds: float = 40) -> None:
        """Let time pass until that is true; it must become true within so many seconds."""
        end = self.now() + seconds * 1_000
        while not what():
            assert self.now() < end, f"not within {seconds} s"
            self.pass_time(0.2)

    @abstractmethod
    def now(self) -> int:
        """The shell's clock."""

    @abstractmethod
    def send_bytes(self, topic: str, *records: tuple[bytes | None, bytes]) -> None:
        """Write bytes from outside, whatever they are."""

    @abstractmethod
    def records(self, topic: str) -> list[Kept]:
        """All records of a topic, partition by partition, marks included."""

    @abstractmethod
    def pass_time(self, seconds: float) -> None:
        """Let time pass."""

    @abstractmethod
    def place(self, key: str) -> int:
        """The partition of a key."""

    @abstractmethod
    def time(self, service: str) -> int:
        """How far time has come in a stage: the lowest of its tasks."""

    @abstractmethod
    def late(self) -> int:
        """Events that came too late, as detection counts them."""

    @abstractmethod
    def down(self, service: str) -> None:
        """Stop a service."""

    @abstractmethod
    def up(self, service: str) -> None:
        """Start it again."""

    @abstractmethod
    def kill(self, *services: str) -> None:
        """End them as by a power cut, and start them again."""

    @abstractmethod
    def join(self, service: str) -> Callable[[], None]:
        """Let one more worker share a service's partitions; returns what lets it leave again.

        Raises:
            Cannot: this shell has one worker.

        """


class InMemory(Shell):
    """The discrete-event loop in virtual time."""

    def __init__(self) -> None:
        self._memory = Memory(
            (capture.stage(load({})), detection.stage()),
            now=NOON,
            partitions=PARTITIONS,
            marks_every=MARKS_EVERY_MS,
            highest_bytes=self.highest_bytes,
        )

    def now(self) -> int:
        return self._memory.now

    def send_bytes(self, topic: str, *records: tuple[bytes | None, bytes]) -> None:
        for key, value in records:
            self._memory.send_bytes(topic, key, value)
        self._memory.run(self._memory.now)

    def records(self, topic: str) -> list[Kept]:
        return [
            Kept(one.key, one.value, one.appended_at, one.partition, one.headers) for one in self._memory.records(topic)
        ]

    def pass_time(self, seconds: float) -> None:
        self._memory.run(self._memory.now + int(seconds * 1_000), tick=100)

    def place(self, key: str) -> int:
        return partition_of(key.encode(), PARTITIONS)

    def time(self, service: str) -> int:
        return min(task.engine.refs.time for task in self._memory.tasks if task.stage.name == service)

    def late(self) -> int:
        return int(REGISTRY.get_sample_value("loopwright_late_total", {"service": "detection"}) or 0)

    def down(self, service: str) -> None:
        self._memory.stop(service)

    def up(self, service: str) -> None:
        self._memory.resume(service)

    def kill(self, *services: str) -> None:
        for service in services:
            self._memory.restart(service)

    def join(self, service: str) -> Callable[[], None]:
        raise Cannot(f"memory runs all tasks of {service} itself")


class OnKafka(Shell):
    """Both services as processes on a real broker."""

    def __init__(self, servers: str, prefix: str, folder: Path) -> None:
        self._servers = servers
        self._prefix = prefix
        self._folder = folder
        self._environ = settings_for(
            servers,
            prefix,
            LOOPWRIGHT_HIGHEST_EVENT_BYTES=str(self.highest_bytes),
            LOOPWRIGHT_MARKS_EVERY_MS=str(MARKS_EVERY_MS),
            LOOPWRIGHT_PARTITIONS=str(PARTITIONS),
        )
        asyncio.run(cluster.create(load(self._environ)))
        self._processes = {service: self._process(service) for service in SERVICES}
        for process in self._processes.values():
            process.start()
        for process in self._processes.values():
            process.until_ready()

    def close(self) -> None:
        for process in self._processes.values():
            process.kill()

    def now(self) -> int:
        return int(time.time() * 1_000)

    def send_bytes(self, topic: str, *records: tuple[bytes | None, bytes]) -> None:
        asyncio.run(self._send(topic, records))

    def records(self, topic: str) -> list[Kept]:
        name = self._prefix + topic
        found = loop.read(self._servers, [name])[name]
        return [Kept(one.key, one.value, one.appended_at, one.partition, one.headers) for one in found]

    def pass_time(self, seconds: float) -> None:
        time.sleep(seconds)

    def place(self, key: str) -> int:
        return murmur2(key.encode()) % PARTITIONS

    def time(self, service: str) -> int:
        return int(self._metric(service, f'loopwright_partition_time_seconds{{service="{service}"}}') * 1_000)

    def late(self) -> int:
        return int(self._metric("detection", 'loopwright_late_total{service="detection"}'))

    def down(self, service: str) -> None:
        self._processes[service].kill()

    def up(self, service: str) -> None:
        self._processes[service].start()
        self._processes[service].until_ready()

    def kill(self, *services: str) -> None:
        for service in services:
            self.down(service)
        for service in services:
            self._processes[service].start()
        for service in services:
            self._processes[service].until_ready()

    def join(self, service: str) -> Callable[[], None]:
        one, other = self._processes[service], self._process(service)
        other.start()

        def shared() -> bool:
            return [tasks(process) for process in (one, other)] == [PARTITIONS // 2, PARTITIONS // 2]

        loop.wait_for(shared, 40, lambda: one.said() + other.said())

        def leave() -> None:
            other.kill()
            loop.wait_for(lambda: tasks(one) == PARTITIONS, 40, one.said)
            one.until_ready()

        return leave

    def _process(self, service: str) -> Process:
        return Process(service, self._environ, self._folder / f"{service}-{time.monotonic_ns()}.log")

    def _metric(self, service: str, name: str) -> float:
        for line in self._processes[service].get("/metrics")[1].splitlines():
            if line.startswith(f"{name} "):
                return float(line.rsplit(" ", 1)[1])
        return 0.0

    async def _send(self, topic: str, records: Sequence[tuple[bytes | None, bytes]]) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self._servers, acks="all", enable_idempotence=True)
        await producer.start()
        try:
            await producer.client.add_topic(self._prefix + topic)
            sent = [await producer.send(self._prefix + topic, value, key=key) for key, value in records]
            await asyncio.gather(*sent)
        finally:
            await producer.stop()


def tasks(process: Process) -> int:
    """The partition numbers that a process works on; none before it is ready."""
    if process.get("/ready")[0] != 200:
        return 0
    found = [line for line in process.get("/metrics")[1].splitlines() if line.startswith("loopwright_tasks{")]
    return int(float(found[0].rsplit(" ", 1)[1])) if found else 0
