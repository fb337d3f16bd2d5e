"""One stage on one partition number, on Kafka: records in, one transaction a batch out.

What holds, and where below:

    1  outputs, dead letters, changed states and the offsets of all inputs are one transaction     `_write`
    2  its transactional id belongs to (stage, partition number): whoever comes later fences who was before    `opened`
    3  nothing is handed on before the states that belong to it are there, and never twice         `opened`, `Source`
    4  a failure of Kafka ends the process; the transaction is aborted by whoever comes next       `run`
"""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from time import perf_counter
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer, TopicPartition  # type: ignore[import-untyped]
from aiokafka.partitioner import murmur2 as _murmur2  # type: ignore[import-untyped]

from loopwright.codec import CODEC
from loopwright.events import Mark
from services.kernel import changelog, metrics
from services.kernel.changelog import Beside, Recovered
from services.kernel.clock import now_ms
from services.kernel.cluster import changelog as changelog_of
from services.kernel.dead import seal
from services.kernel.engine import DeploymentFault, Engine, Output, Record, Taken
from services.kernel.inputs import Inputs
from services.kernel.references import References
from services.kernel.settings import Settings
from services.kernel.stage import RENEWED_EVERY_MS, Awaited, Stage

BATCH = 1_000
"""Records in one transaction, at most: what is decided in about 50 ms."""

TICK_S = 0.1
"""How often a task that has nothing to read lets time pass, seconds."""

WATCHED_MS = 60_000
"""How far a stage's time may be behind the clock while it still says that it watches: else what would have to tell
it of harm may be down."""

LETTERS = 500
"""Dead letters of reference records in one transaction, at most."""

TRANSACTION_TIMEOUT_MS = 15_000
"""After this the broker aborts what a dead process left open, and its readers go on, milliseconds."""

log = structlog.get_logger()

Message = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]
Place = tuple[str, int]
"""A topic, as the broker knows it, and a partition."""


@lru_cache(maxsize=50_000)
def murmur2(key: bytes) -> int:
    """Kafka's default hash of a key: the keys of a session, a user or a use case come again and again."""
    return int(_murmur2(key)) & 0x7FFFFFFF


@dataclass(frozen=True)
class Where:
    """What a process knows of the cluster."""

    settings: Settings
    group: str
    partitions: Mapping[str, int]
    """By topic, without prefix, those beside the map's included."""
    timed: frozenset[str]
    """Topics whose readers wait for time: they carry marks."""

    def name(self, topic: str) -> str:
        """A topic as the broker knows it."""
        return self.settings.topic_prefix + topic

    def place(self, topic: str, key: bytes | None) -> Place:
        """Where a record with this key belongs."""
        return self.name(topic), 0 if key is None else murmur2(key) % self.partitions[topic]


def transactional(where: Where, stage: Stage[Any], partition: int) -> AIOKafkaProducer:
    """The producer of one task."""
    return AIOKafkaProducer(
        bootstrap_servers=where.settings.bootstrap_servers,
        transactional_id=f"{where.settings.topic_prefix}{stage.name}-{partition}",
        transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        max_batch_size=900_000,
        max_request_size=4 << 20,
        retry_backoff_ms=5,
    )


class Task:
    """One stage on one partition number."""

    def __init__(
        self, where: Where, stage: Stage[Any], partition: int, references: References, writers: Mapping[str, int]
    ) -> None:
        """Know nothing yet: `open` it."""
        self.stage = stage
        self.partition = partition
        self.inputs = Inputs(stage, marks_every=where.settings.marks_every_ms, starts={})
        self.engine = Engine(
            stage,
            partition,
            CODEC,
            tables=references.tables,
            writers=writers,
            highest_bytes=where.settings.highest_event_bytes,
            place=lambda key: murmur2(key) % where.partitions[stage.reads[0].name],
        )
        self.producer = transactional(where, stage, partition)
        self.wake = asyncio.Event()
        self._where = where
        self._references = references
        self._changelog = where.name(changelog_of(stage.name)), partition
        self._dead_key = where.settings.dead_key.get_secret_value().encode()
        self._turn = asyncio.Lock()
        self._paused = True
        self._awaits = False
        self._certain: dict[str, int] = {}
        """By input: before this offset, all reference data that was there when a record came is in."""
        self._buried: dict[str, int] = {}
        # One task in all is in charge of what is wrong with a reference topic.
        self._in_charge = {topic.name for topic in stage.refers if topic.refers[0] == stage.name and partition == 0}
        self._quarantined = False
        self._marked = -1
        self._renewed = 0
        self._marked_topics = [topic for topic in stage.writes if topic.name in where.timed]
        self._seconds = metrics.STEP_SECONDS.labels(stage.name)

    async def fence(self) -> None:
        """Take over the transactional id: whoever had it can write no more, and what it left open is aborted."""
        await self.producer.start()
        for topic in self._written():
            # Without this the client may forget a topic that it learnt of at its start.
            await self.producer.client.add_topic(topic)
            await self.producer.partitions_for(topic)

    def restore(self, recovered: Recovered, committed: Mapping[str, int | None]) -> None:
        """Take in what the changelog holds, and where to go on, which it says as well as the group.

        Both are written in one transaction. The group may forget where it was, as brokers do after a while without
        members, all at once; but it is never further than the changelog, and never forgets one input alone.

        Raises:
            DeploymentFault: the changelog, or an input, is not the one that the other knows.

        """
        for key, state in recovered.states.items():
            self.engine.restore(key, state)
        self.engine.restore_kept(recovered.beside.kept)
        self._buried = dict(recovered.beside.buried)
        known = recovered.beside.next
        group = {name: offset for name, offset in committed.items() if offset is not None}
        for name in self.inputs.sources:
            at, topic = known.get(name, 0), f"{self._where.name(name)}[{self.partition}]"
            if group.get(name, 0) > at:
                raise DeploymentFault(
                    f"{self._changelog[0]}[{self.partition}] has states up to {at} of {topic}, which was read up to "
                    f"{group[name]}: states are lost; restore it, or use another LOOPWRIGHT_TOPIC_PREFIX"
                )
            if at and group and name not in group:
                raise DeploymentFault(
                    f"{topic} was read up to {at}, and the broker has forgotten that: somebody made it anew; use "
                    "another LOOPWRIGHT_TOPIC_PREFIX, or delete all topics of this one"
                )
        starts = {name: known.get(name, 0) for name in self.inputs.sources}
        self.inputs = Inputs(self.stage, marks_every=self._where.settings.marks_every_ms, starts=starts)

    def rewind(self) -> dict[str, int]:
        """Forget what was fetched and not handed on; says where to go on, by topic."""
        starts = {name: source.next for name, source in self.inputs.sources.items()}
        self.inputs = Inputs(self.stage, marks_every=self._where.settings.marks_every_ms, starts=starts)
        return starts

    async def close(self) -> None:
        """Let go of the producer."""
        await self.producer.stop()

    async def pause(self) -> None:
        """Finish the transaction at hand and begin no other."""
        self._paused = True
        async with self._turn:
            pass

    def resume(self) -> None:
        """Go on."""
        self._paused = False
        self.wake.set()

    async def run(self) -> None:
        """Take turns, for ever. Raises whatever Kafka raises, and what the engine will not go on after."""
        while True:
            try:
                async with asyncio.timeout(TICK_S):
                    await self.wake.wait()
            except TimeoutError:
                pass
            self.wake.clear()
            while await self._take_turn():
                pass

    async def _take_turn(self) -> bool:
        """One batch; says whether more may be waiting."""
        async with self._turn:
            if self._paused:
                return False
            self._awaits = False
            started = perf_counter()
            records = self._decide()
            for topic, time in self.inputs.times():
                self.engine.observe(topic, time)
            now = now_ms()
            self.engine.advance(now)
            if now >= self._renewed + RENEWED_EVERY_MS and self.engine.refs.time >= now - WATCHED_MS:
                self._renewed = now
                self.engine.renew()
            taken = self.engine.take()
            taken.dead.extend(self._bad_references())
            marks = self._marks(taken.kept.time)
            if records:
                self._seconds.observe(perf_counter() - started)
            if records or taken.outputs or taken.dead or taken.changed or marks:
                await self._write(taken, marks)
                self._count(records, taken)
        if self._awaits:
            fetched = {name: source.position for name, source in self.inputs.sources.items()}
            await self._references.whole()
            self._certain = fetched
            return True
        return bool(self.inputs.waiting and records)

    def _decide(self) -> list[Record]:
        """Let the engine have the next batch, up to a record that must wait for reference data."""
        receive = self.engine.receive
        records = self.inputs.take(BATCH)
        for n, record in enumerate(records):
            try:
                receive(record, certain=record.offset < self._certain.get(record.topic, 0))
            except Awaited:
                self._awaits = True
                self.inputs.give_back(records[n:])
                return records[:n]
        return records

    def _bad_references(self) -> list[Output]:
        """Dead letters of reference records that have not been written yet: every start reads them anew."""
        bad = self._references.bad
        if not bad or not self._in_charge:
            return []
        # What is below was written before: by the transaction of the last turn, or by whoever was in charge before.
        bad[:] = [(record, letter) for record, letter in bad if not self._is_buried(record)]
        mine = [pair for pair in bad if pair[0].topic in self._in_charge][:LETTERS]
        for record, _ in mine:
            self._buried[f"{record.topic}/{record.partition}"] = record.offset + 1
        return [letter for _, letter in mine]

    def _is_buried(self, record: Record) -> bool:
        return record.offset < self._buried.get(f"{record.topic}/{record.partition}", 0)

    def _marks(self, time: int) -> list[Output]:
        if time <= self._marked or time < self._marked + self._where.settings.marks_every_ms:
            return []
        self._marked = time
        value = CODEC.encode(Mark(stage=self.stage.name, partition=self.partition, time=time))
        return [Output(topic.name, b"", value) for topic in self._marked_topics]

    async def _write(self, taken: Taken, marks: Sequence[Output]) -> None:
        where, producer = self._where, self.producer
        messages: dict[Place, list[Message]] = defaultdict(list)
        for output in taken.outputs:
            messages[where.place(output.topic, output.key)].append((output.key, output.value, list(output.headers)))
        for dead in taken.dead:
            sealed = seal(self._dead_key, dead, nonce=os.urandom(12))
            place = where.name(dead.topic), self.partition % where.partitions[dead.topic]
            messages[place].append((sealed.key, sealed.value, list(sealed.headers)))
        for mark in marks:
            for number in range(where.partitions[mark.topic]):
                messages[where.name(mark.topic), number].append((mark.key, mark.value, []))
        beside = Beside(taken.kept, {name: source.next for name, source in self.inputs.sources.items()}, self._buried)
        messages[self._changelog] = [(key, value, []) for key, value in changelog.written(taken.changed, beside)]
        await producer.begin_transaction()
        sent = [future for place, found in messages.items() for future in await _send(producer, place, found)]
        await asyncio.gather(*sent)
        offsets = {TopicPartition(where.name(name), self.partition): next_ for name, next_ in beside.next.items()}
        await producer.send_offsets_to_transaction(offsets, where.group)
        await producer.commit_transaction()

    def _count(self, records: Sequence[Record], taken: Taken) -> None:
        stage = self.stage.name
        counts: dict[str, int] = defaultdict(int)
        for record in records:
            if record.key != b"":  # marks are no events
                counts[record.topic] += 1
        for topic, count in counts.items():
            metrics.EVENTS.labels(stage, topic).inc(count)
        if records:
            metrics.EVENT_AGE_SECONDS.labels(records[-1].topic).observe(
                max(now_ms() - records[-1].appended_at, 0) / 1000
            )
        metrics.written(stage, taken.outputs, taken.dead, taken.late, now=now_ms())
        for letter in taken.dead:
            self._say(dict(letter.headers))

    def _say(self, told: Mapping[str, bytes]) -> None:
        """One line for each dead letter; of a quarantine, which may hold back thousands, for the first."""
        quarantined = told["dead.reason"] == b"quarantined"
        if not (quarantined and self._quarantined):
            said = {name: told[f"dead.{name}"].decode() for name in ("reason", "topic", "partition", "offset")}
            log.warning("quarantine" if quarantined else "dead letter", stage=self.stage.name, **said)
        self._quarantined = quarantined

    def _written(self) -> list[str]:
        beside = chain.from_iterable((topic.dead,) for topic in self.stage.reads)
        return [self._where.name(name) for name in (*(topic.name for topic in self.stage.writes), *beside)] + [
            self._changelog[0]
        ]


async def _send(producer: AIOKafkaProducer, place: Place, messages: Sequence[Message]) -> list[Any]:
    """Hand the messages of one partition to the producer, as whole batches; returns what to wait for."""
    topic, partition = place
    sent = []
    batch = producer.create_batch()
    for key, value, headers in messages:
        if batch.append(timestamp=None, key=key, value=value, headers=headers) is None:
            sent.append(await producer.send_batch(batch, topic, partition=partition))
            batch = producer.create_batch()
            batch.append(timestamp=None, key=key, value=value, headers=headers)
    sent.append(await producer.send_batch(batch, topic, partition=partition))
    return sent
