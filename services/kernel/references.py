"""Reference data: small topics that a process reads whole, and goes on reading."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]

from loopwright.codec import CODEC
from services.kernel.clock import now_ms
from services.kernel.engine import Output, Record, dead_headers, reference
from services.kernel.inputs import Source
from services.kernel.stage import Refused, Table
from services.kernel.topics import Topic

WAIT_MS = 100
"""How long the broker may hold an answer back when there is nothing new."""


class References:
    """The tables of some topics, kept up to date."""

    def __init__(
        self,
        servers: str,
        topics: Sequence[Topic],
        *,
        prefix: str,
        partitions: Mapping[str, int],
        highest_bytes: int,
    ) -> None:
        """`partitions` by topic, without prefix."""
        self.tables: Mapping[str, Table] = {topic.name: Table(topic) for topic in topics}
        self._servers = servers
        self._partitions = partitions
        self._topics = {prefix + topic.name: topic for topic in topics}
        self._highest_bytes = highest_bytes
        self.bad: list[tuple[Record, Output]] = []
        """Every record that does not belong there, and its dead letter: whoever is in charge of a topic writes it."""
        self._sources: dict[Any, Source] = {}
        self._read = asyncio.Event()

    async def run(self) -> None:
        """Read, for ever."""
        if not self._topics:
            self._read.set()
            return
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._servers,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            fetch_max_wait_ms=WAIT_MS,
        )
        await consumer.start()
        try:
            places = [
                TopicPartition(name, number)
                for name, topic in self._topics.items()
                for number in range(self._partitions[topic.name])
            ]
            consumer.assign(places)
            self._sources = {place: Source(place.topic, times=False, start=0) for place in places}
            while True:
                for place, records in (await consumer.getmany(timeout_ms=WAIT_MS)).items():
                    for record in records:
                        self._take(self._topics[place.topic], record)
                for place, source in self._sources.items():
                    await _reached(consumer, place, source)
                self._read.set()
                self._read.clear()
        finally:
            await consumer.stop()

    async def whole(self, since: int | None = None) -> None:
        """Wait until all that was there at `since` (this machine's clock, milliseconds; None: now) is in."""
        since = now_ms() if since is None else since
        while self._topics and not (
            self._sources and all(source.certain_until > since for source in self._sources.values())
        ):
            await self._read.wait()

    def _take(self, topic: Topic, raw: Any) -> None:
        record = as_record(topic.name, raw)
        if record.key == b"" and not topic.from_outside:
            return  # a mark: time is no matter of reference data
        try:
            self.tables[topic.name].put(*reference(topic, CODEC, record, highest_bytes=self._highest_bytes))
        except Refused as refused:
            headers = dead_headers(topic.refers[0], refused.reason, str(refused), record)
            self.bad.append((record, Output(topic.dead, record.key, record.value, headers)))


async def _reached(consumer: Any, place: Any, source: Source) -> None:
    # What is committed counts: a transaction that somebody leaves open must not keep everybody waiting.
    end = consumer.last_stable_offset(place)
    if end is not None:
        source.reached(await consumer.position(place), end, consumer.last_poll_timestamp(place))


def as_record(topic: str, raw: Any) -> Record:
    """A record as aiokafka gives it, under the topic's name without prefix."""
    headers = tuple((name, value or b"") for name, value in raw.headers)  # a value may be absent, there as in keys
    return Record(topic, raw.partition, raw.offset, raw.key, raw.value or b"", raw.timestamp, headers)
