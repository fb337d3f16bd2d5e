"""Processes whose CPU time is read from outside, and a backlog for them to work off."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition  # type: ignore[import-untyped]
from aiokafka.admin import AIOKafkaAdminClient  # type: ignore[import-untyped]
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType  # type: ignore[import-untyped]

from loopwright.codec import CODEC
from services.kernel import cluster
from services.kernel.settings import Settings, load
from services.kernel.task import murmur2
from services.kernel.topics import topics
from tests.chaos.loop import Process, Told, history, send, settings_for, spec, wait_for

PARTITIONS = 4

_TICKS = os.sysconf("SC_CLK_TCK")

_CREATE_TIME = 0
"""What a broker says of a record that kept the time that it was given."""

_READY = '"event": "ready"'
"""What a service says when it begins to consume; what is measured beside it says the same."""


_BATCHES = "loopwright_event_age_seconds_count"
"""Observed once for each batch with records."""


@dataclass
class Watched(Process):
    """A process whose CPU time is looked at."""

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def cpu(self) -> float:
        """CPU seconds so far, of all threads."""
        return cpu_of(Path(f"/proc/{self.pid}/stat"))

    def threads(self) -> dict[int, float]:
        """CPU seconds so far, by thread."""
        return {int(one.name): cpu_of(one / "stat") for one in Path(f"/proc/{self.pid}/task").iterdir()}

    def batches(self) -> float:
        """Batches with records that it has written so far; 0 where it does not tell."""
        lines = (line for line in self.get("/metrics")[1].splitlines() if _BATCHES in line)
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    @property
    def consumes(self) -> bool:
        """Whether it has begun to consume."""
        assert self.ended is None, self.said()
        return _READY in self.log.read_text()


def cpu_of(stat: Path) -> float:
    """User and system seconds of a process or a thread, at the system's resolution (10 ms)."""
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def loop_settings(servers: str, prefix: str) -> Settings:
    """The settings of every process under a prefix."""
    return load(settings_for(servers, prefix))


def prepare(settings: Settings) -> None:
    """All topics, and the use case of a history."""
    asyncio.run(cluster.create(settings))
    send(settings.bootstrap_servers, settings.topic_prefix, [Told(0, "usecases", spec())], start=0)


def backlog(settings: Settings, events: int, *, per_second: float, seed: int = 1) -> list[Told]:
    """About so many run events that came in before now, as `per_second` of them come in."""
    start = int(time.time() * 1000) - int(events / per_second * 1_100) - 60_000
    told = history(seed, events=events, per_second=per_second, start=start, settings=settings)
    return [Told(start + one.after, one.topic, one.event) for one in told[:events]]


def lay(settings: Settings, told: Sequence[Told]) -> None:
    """Put a backlog into runs.raw, with the append times that it would have had: time in the stages follows them."""
    asyncio.run(_lay(settings, told))


async def _lay(settings: Settings, told: Sequence[Told]) -> None:
    name = settings.topic_prefix + "runs.raw"
    # The broker writes its own time; while it is told not to, a record keeps the time that it is given.
    await _configure(settings, name, {"message.timestamp.type": "CreateTime"})
    lines: dict[int, list[tuple[int, bytes, bytes]]] = {number: [] for number in range(PARTITIONS)}
    for one in told:
        key = topics()[one.topic].keys()(one.event).encode()
        lines[murmur2(key) % PARTITIONS].append((one.after, key, CODEC.encode(one.event)))
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap_servers, enable_idempotence=True, acks="all", max_batch_size=200_000
    )
    await producer.start()
    try:
        await producer.client.add_topic(name)
        for number, records in lines.items():
            batch = producer.create_batch()
            sent = []
            for at, key, value in records:
                if batch.append(timestamp=at, key=key, value=value) is None:
                    sent.append(await producer.send_batch(batch, name, partition=number))
                    batch = producer.create_batch()
                    batch.append(timestamp=at, key=key, value=value)
            sent.append(await producer.send_batch(batch, name, partition=number))
            kept = [one.timestamp_type == _CREATE_TIME for one in await asyncio.gather(*sent)]
            assert all(kept), "the broker wrote its own times: this backlog is no backlog; run it again"
    finally:
        await producer.stop()
    await _configure(settings, name, {})


async def _configure(settings: Settings, name: str, changes: Mapping[str, str]) -> None:
    laid = next(one for one in cluster.layout(settings, topics()) if one.name == name)
    client = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
    await client.start()
    try:
        resource = ConfigResource(ConfigResourceType.TOPIC, name, {**laid.config, **changes})
        answer = await client.alter_configs([resource])
        assert all(code == 0 for one in answer for code, *_ in one.resources), answer
        wanted = resource.configs["message.timestamp.type"]
        asked = ConfigResource(ConfigResourceType.TOPIC, name, {"message.timestamp.type": ""})
        while _first_value(await client.describe_configs([asked])) != wanted:  # noqa: ASYNC110  only the broker knows
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)  # the log takes it over a moment after the broker says so
    finally:
        await client.close()


def _first_value(answers: Sequence[Any]) -> str:
    """The value of the one entry that was asked for."""
    *_, entries = answers[0].resources[0]
    return str(entries[0][1])


@dataclass(frozen=True)
class Spent:
    """What working off a backlog took."""

    seconds: float
    """From the first process that began to consume until both have committed all."""
    cpu: Mapping[str, float]
    """CPU seconds by service, from its beginning to consume until it has committed all."""
    threads: Mapping[str, Sequence[float]]
    """The same by thread, the busiest first."""
    broker: float
    """CPU seconds of the broker, from the first that began to consume."""
    batches: Mapping[str, float]
    """Batches with records by service, where it counts them."""


def work_off(
    settings: Settings,
    pair: Sequence[Watched],
    broker_pid: int,
    *,
    end: Callable[[Watched], None] = Watched.kill,
    longest_s: float = 600,
) -> Spent:
    """Start capture and detection (in this order) on a backlog; `end` ends each when both have committed all.

    Both start at once, as they do in life, so detection begins on what capture has written by then.
    """
    began: dict[str, float] = {}
    cpu: dict[str, float] = {}
    threads: dict[str, dict[int, float]] = {}
    broker = 0.0
    spent: dict[str, float] = {}
    by_thread: dict[str, list[float]] = {}
    stat = Path(f"/proc/{broker_pid}/stat")

    def all_begun() -> bool:
        nonlocal broker
        for process in pair:
            if process.service not in began and process.consumes:
                broker = broker or cpu_of(stat)
                began[process.service] = time.monotonic()
                cpu[process.service] = process.cpu()
                threads[process.service] = process.threads()
        return len(began) == len(pair)

    def ended(process: Watched) -> None:
        all_begun()
        spent[process.service] = process.cpu() - cpu[process.service]
        before = threads[process.service]
        used = (seconds - before.get(name, 0.0) for name, seconds in process.threads().items())
        by_thread[process.service] = sorted(used, reverse=True)

    try:
        for process in pair:
            process.start()
        _quickly(all_begun, longest_s)
        capture, detection = pair
        asyncio.run(_until_committed(settings, "capture", "runs.raw", longest_s))
        ended(capture)
        asyncio.run(_until_committed(settings, "detection", "runs", longest_s))
        ended(detection)
        seconds = time.monotonic() - min(began.values())
        spent_by_broker = cpu_of(stat) - broker
        batches = {process.service: process.batches() for process in pair}
        for process in pair:
            end(process)
        return Spent(seconds, spent, by_thread, spent_by_broker, batches)
    finally:
        for process in pair:
            process.kill()


def _quickly(what: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, f"not within {seconds:.0f} s"
        time.sleep(0.005)


async def _until_committed(settings: Settings, service: str, topic: str, longest_s: float) -> None:
    """Wait until a group has committed all that is in a topic now, but for a last mark of a transaction."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap_servers,
        group_id=f"{settings.topic_prefix}loopwright.{service}",
        enable_auto_commit=False,
        isolation_level="read_committed",
    )
    await consumer.start()
    try:
        places = [TopicPartition(settings.topic_prefix + topic, number) for number in range(PARTITIONS)]
        ends = await consumer.end_offsets(places)
        async with asyncio.timeout(longest_s):
            for place in places:
                while (await consumer.committed(place) or 0) < ends[place] - 1:  # noqa: ASYNC110  only the broker knows
                    await asyncio.sleep(0.05)
    finally:
        with suppress(Exception):
            await consumer.stop()


__all__ = ["PARTITIONS", "Spent", "Watched", "backlog", "lay", "loop_settings", "prepare", "wait_for", "work_off"]
