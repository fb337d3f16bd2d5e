"""Dead letters sent back: each is opened and its record written to `<topic>.retry`.

The stage reads that as one more input, so that a topic keeps its one writer.

    1. Each letter once: what is written back and how far `<topic>.dead` was read go out in one transaction.
    2. One at a time: the transactional id is the topic's, so a second redrive fences the first, which says so and ends.
    3. It ends at the end that the topic had when it began.
    4. A letter that was redriven before and died again is a person's to decide about: see Policy.
    5. A letter that is passed over (a timer's, a damaged one, one that was dropped) is counted, stays in
       `<topic>.dead`, and is not looked at again.

How far it has been read is a consumer group's offset. With `--reason` only letters of that reason move on, so the
offset's metadata says which reasons are further than the rest.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition  # type: ignore[import-untyped]
from aiokafka.admin import AIOKafkaAdminClient  # type: ignore[import-untyped]
from aiokafka.errors import (  # type: ignore[import-untyped]
    InvalidProducerEpoch,
    KafkaConnectionError,
    KafkaError,
    ProducerFenced,
)
from aiokafka.structs import OffsetAndMetadata  # type: ignore[import-untyped]
from msgspec import Struct
from msgspec.structs import replace

from services.kernel.authored import Mistake
from services.kernel.cluster import ANSWER_MS, HIGHEST_BATCH_BYTES, SEALED_BYTES, ClusterFault, unreachable
from services.kernel.dead import TIMER, Damaged, Original, OtherSeal, unseal
from services.kernel.engine import REDRIVEN, Output, Record
from services.kernel.settings import Settings
from services.kernel.topics import Topic, topics

BATCH = 500
"""Letters a transaction."""

TRANSACTION_MS = 10_000
"""After a redrive was killed, the readers of `<topic>.retry` wait this long for the transaction it left open."""

STANDSTILL_S = 30
"""A partition that gives nothing for so long, before its end, has no leader, seconds."""

MISPLACED = "wrong_partition"
"""The reason of a letter whose record lay on another partition than its key's."""

Tell = Callable[[float, str], None]
"""Told which share of the letters has been read (0 to 1), and what was done."""


class Policy(StrEnum):
    """What becomes of a letter that was redriven before and died again."""

    STOP = "stop"
    """Stop before it."""
    AGAIN = "again"
    """Send it back once more."""
    DROP = "drop"
    """Go past it."""


class Passed(StrEnum):
    """Why a letter was passed over though nobody dropped it."""

    TIMER = "timer"
    """It holds no record: a stage raised when it was woken."""
    DAMAGED = "damaged"
    """It cannot be opened, or is no letter of this topic."""
    OTHER_REASON = "other reason"
    """`--reason` asks for another one; it is there for the next redrive."""


class Position(Struct, frozen=True):
    """How far the letters of one partition have been dealt with."""

    offset: int
    """All before it have been."""
    ahead: dict[str, int] = {}
    """By reason: all letters of that reason before this offset have been."""

    def of(self, reason: str | None) -> int:
        """The first offset that may hold a letter of this reason (None: any) not dealt with."""
        return self.offset if reason is None else max(self.offset, self.ahead.get(reason, 0))

    def moved(self, offset: int, reason: str | None) -> Position:
        """After all letters before `offset` have been dealt with, those of this reason or (None) of any."""
        if reason is not None:
            return replace(self, ahead={**self.ahead, reason: max(offset, self.of(reason))})
        return Position(max(offset, self.offset), {name: at for name, at in self.ahead.items() if at > offset})


class Stopped(Struct, frozen=True, kw_only=True):
    """The letter before which a redrive stopped."""

    letter: str
    """Where it lies: topic[partition]@offset."""
    record: str
    """Where the record lay that it was made of."""
    reason: str
    redriven: int
    """How many times it has been sent back."""


class Redriven(Struct, frozen=True, kw_only=True):
    """What a redrive did, or with `dry_run` would do; counts of letters by reason, or by why they were passed over."""

    topic: str
    dry_run: bool
    redriven: dict[str, int]
    dropped: dict[str, int]
    passed: dict[str, int]
    stopped: Stopped | None


class Retry(NamedTuple):
    """A record to be sent back."""

    output: Output
    partition: int | None
    """The one where it lay; None: the one of its key."""


class Sorted(NamedTuple):
    """What is to be done with some letters of one partition."""

    retries: list[Retry]
    redriven: Counter[str]
    dropped: Counter[str]
    passed: Counter[str]
    stopped: Stopped | None
    offset: int | None
    """The letter before which it stopped."""


def topic_to_redrive(name: str, known: Mapping[str, Topic] | None = None) -> Topic:
    """The topic whose dead letters are meant.

    Raises:
        Mistake: there is no such topic, or no stage reads it, so nobody would read what was sent back.

    """
    known = topics() if known is None else known
    found = known.get(name.removesuffix(".dead"))
    if found is None or not found.readers:
        what = "is no topic" if found is None else "is read by no stage: publish what it should hold once more"
        redriven = ", ".join(one.name for one in known.values() if one.readers)
        raise Mistake(f"{name!r} {what}; dead letters are redriven to {redriven}")
    return found


def times_redriven(topic: Topic, original: Original) -> int:
    """How many times a record has been sent back, believed only of one that lay in `<topic>.retry`."""
    said = dict(original.headers).get(REDRIVEN, b"")
    return int(said) if original.topic == topic.retry and said.isdigit() else 0


def sort(
    key: bytes, topic: Topic, letters: Sequence[Record], position: Position, policy: Policy, reason: str | None
) -> Sorted:
    """Decide about some letters of one partition, in their order.

    Raises:
        OtherSeal: one is sealed with another key, or by a newer build.

    """
    done = Sorted([], Counter(), Counter(), Counter(), None, None)
    for letter in letters:
        labelled = dict(letter.headers).get("dead.reason", b"").decode(errors="replace")
        if letter.offset < position.of(labelled):
            continue
        if reason is not None and labelled != reason:
            done.passed[Passed.OTHER_REASON] += 1
            continue
        try:
            original = unseal(key, letter)
        except Damaged:
            done.passed[Passed.DAMAGED] += 1
            continue
        if original.topic not in (topic.name, topic.retry):
            done.passed[Passed.DAMAGED] += 1
            continue
        if original.reason == TIMER:
            done.passed[Passed.TIMER] += 1
            continue
        times = times_redriven(topic, original)
        if times and policy is Policy.STOP:
            return done._replace(stopped=_stopped(letter, original, times), offset=letter.offset)
        if times and policy is Policy.DROP:
            done.dropped[original.reason] += 1
            continue
        done.redriven[original.reason] += 1
        done.retries.append(_retry(topic, original, times))
    return done


def _retry(topic: Topic, original: Original, times: int) -> Retry:
    headers = tuple(one for one in original.headers if one[0] != REDRIVEN)
    again = (*headers, (REDRIVEN, str(times + 1).encode()))
    place = None if original.reason == MISPLACED else original.partition
    return Retry(Output(topic.retry, original.key, original.value, again), place)


def _stopped(letter: Record, original: Original, times: int) -> Stopped:
    return Stopped(
        letter=f"{letter.topic}[{letter.partition}]@{letter.offset}",
        record=f"{original.topic}[{original.partition}]@{original.offset}",
        reason=original.reason,
        redriven=times,
    )


def redrive(
    settings: Settings,
    name: str,
    *,
    policy: Policy = Policy.STOP,
    reason: str | None = None,
    dry_run: bool = False,
    from_start: bool = False,
    tell: Tell = lambda _share, _news: None,
) -> Redriven:
    """Send the dead letters of a topic back, from where the last redrive ended.

    `from_start`: begin with the oldest letter, whatever was redriven before. `dry_run`: open and count, write nothing.

    Raises:
        Mistake: the topic cannot be redriven, or a letter is sealed with another key.
        ClusterFault: no broker answers, it refuses, or another redrive of this topic took over.

    """
    topic = topic_to_redrive(name)
    if from_start and reason is not None:
        raise Mistake("--from-start redrives letters of every reason: leave out --reason")
    run = _Run(settings, topic, policy, reason, tell)
    return asyncio.run(run.dry(from_start=from_start) if dry_run else run.wet(from_start=from_start))


class _Run:
    """One redrive of one topic."""

    def __init__(self, settings: Settings, topic: Topic, policy: Policy, reason: str | None, tell: Tell) -> None:
        self._settings = settings
        self._topic = topic
        self._policy = policy
        self._reason = reason
        self._tell = tell
        self._key = settings.dead_key.get_secret_value().encode()
        self._dead = settings.topic_prefix + topic.dead
        self._retry = settings.topic_prefix + topic.retry
        self._group = f"{settings.topic_prefix}loopwright.redrive.{topic.name}"
        self._redriven: Counter[str] = Counter()
        self._dropped: Counter[str] = Counter()
        self._passed: Counter[str] = Counter()

    async def dry(self, *, from_start: bool) -> Redriven:
        async with self._faults(), _consumer(self._settings) as consumer:
            return await self._read(consumer, None, from_start=from_start)

    async def wet(self, *, from_start: bool) -> Redriven:
        # The producer comes first: once it has the transactional id, no other redrive moves the positions.
        async with (
            self._faults(),
            _producer(self._settings, self._group) as producer,
            _consumer(self._settings) as consumer,
        ):
            return await self._read(consumer, producer, from_start=from_start)

    async def _read(self, consumer: Any, producer: Any, *, from_start: bool) -> Redriven:
        async with _admin(self._settings) as admin:
            partitions, retries = await self._partitions(admin)
            kept = {} if from_start else await _committed(admin, self._group, partitions)
        ends = await consumer.end_offsets(partitions)
        oldest = await consumer.beginning_offsets(partitions)  # retention may have gone past what was not redriven
        if not kept and not from_start and any((await consumer.end_offsets(retries)).values()):
            raise ClusterFault(
                f"{self._dead}: how far it was redriven is forgotten (a broker keeps a group's offsets for "
                "offsets.retention.minutes: set it above the retention of the dead letters): redrive all that is "
                "kept with --from-start, once more what was redriven before"
            )
        positions = {one: kept.get(one, Position(0)).moved(oldest[one], None) for one in partitions}
        if producer is not None:
            # Before the first letter: so records in .retry without positions mean that the positions were lost.
            await self._write(producer, [], positions)
        total = max(sum(ends[one] - positions[one].of(self._reason) for one in partitions), 1)
        before = 0
        stopped = None
        for partition in partitions:
            start, end = positions[partition].of(self._reason), ends[partition]
            async for letters, reached in self._letters(consumer, partition, start, end):
                done = self._sort(letters, positions[partition])
                stopped = done.stopped
                at = reached if done.offset is None else done.offset
                moved = {partition: positions[partition].moved(at, self._reason)}
                self._count(done)
                share = (before + at - start) / total
                news = f"{self._redriven.total():,} redriven"
                if producer is not None:
                    await self._write(producer, done.retries, moved, told=(share, news))
                else:
                    self._tell(share, news)
                positions |= moved
                if stopped:
                    break
            if stopped:
                break
            before += max(end - start, 0)
        return Redriven(
            topic=self._topic.name,
            dry_run=producer is None,
            redriven=dict(sorted(self._redriven.items())),
            dropped=dict(sorted(self._dropped.items())),
            passed=dict(sorted(self._passed.items())),
            stopped=stopped,
        )

    def _sort(self, letters: Sequence[Record], position: Position) -> Sorted:
        try:
            return sort(self._key, self._topic, letters, position, self._policy, self._reason)
        except OtherSeal as error:
            raise Mistake(str(error)) from error

    def _count(self, done: Sorted) -> None:
        self._redriven += done.redriven
        self._dropped += done.dropped
        self._passed += done.passed

    async def _partitions(self, admin: Any) -> tuple[list[Any], list[Any]]:
        """Those of `<topic>.dead`, and those of `<topic>.retry`."""
        there = {one["topic"]: one["partitions"] for one in await admin.describe_topics()}
        for name in (self._dead, self._retry):
            if name not in there:
                raise ClusterFault(f"{name}: it is missing: create it with loopwright topics")
        dead, retry = (
            [TopicPartition(name, number) for number in sorted(one["partition"] for one in there[name])]
            for name in (self._dead, self._retry)
        )
        return dead, retry

    async def _letters(
        self, consumer: Any, partition: Any, start: int, end: int
    ) -> AsyncIterator[tuple[list[Record], int]]:
        """The letters of a partition in batches, each with the offset that was reached."""
        if start >= end:
            return
        consumer.assign([partition])
        consumer.seek(partition, start)
        reached, moved_at = start, time.monotonic()
        while reached < end:
            fetched = await consumer.getmany(partition, timeout_ms=200, max_records=BATCH)
            letters = [self._record(one) for one in fetched.get(partition, ()) if one.offset < end]
            now = min(await consumer.position(partition), end)  # beyond the last letter lie markers of transactions
            if now > reached:
                reached, moved_at = now, time.monotonic()
                yield letters, reached
            elif time.monotonic() - moved_at > STANDSTILL_S:
                raise ClusterFault(
                    f"{self._dead}[{partition.partition}]: nothing came for {STANDSTILL_S} s: "
                    "see whether the partition has a leader, and redrive again"
                )

    def _record(self, one: Any) -> Record:
        return Record(
            self._topic.dead, one.partition, one.offset, one.key, one.value or b"", one.timestamp, tuple(one.headers)
        )

    async def _write(
        self,
        producer: Any,
        retries: Sequence[Retry],
        positions: Mapping[Any, Position],
        *,
        told: tuple[float, str] | None = None,
    ) -> None:
        """One transaction: what is sent back, and how far was read."""
        there = await producer.partitions_for(self._retry)
        strange = {retry.partition for retry in retries if retry.partition is not None} - there
        if strange:
            raise ClusterFault(
                f"{self._retry}: it has no partition {max(strange)}, where a record lay: "
                "it must have as many as the topic, see loopwright topics --check"
            )
        async with producer.transaction():
            sent = [
                await producer.send(
                    self._retry,
                    key=retry.output.key,
                    value=retry.output.value,
                    partition=retry.partition,
                    headers=list(retry.output.headers),
                )
                for retry in retries
            ]
            await asyncio.gather(*sent)
            await producer.send_offsets_to_transaction(
                {
                    partition: OffsetAndMetadata(position.offset, msgspec.json.encode(position.ahead).decode())
                    for partition, position in positions.items()
                },
                self._group,
            )
            if told is not None:
                self._tell(*told)

    @asynccontextmanager
    async def _faults(self) -> AsyncIterator[None]:
        """What Kafka says, in one line."""
        where = self._settings.bootstrap_servers
        try:
            yield
        except (ProducerFenced, InvalidProducerEpoch) as error:
            raise ClusterFault(
                f"{self._topic.name}: another redrive of it began, or this one stood still for "
                f"{TRANSACTION_MS // 1000} s: what it had finished stays; redrive again when no other runs"
            ) from error
        except KafkaConnectionError as error:
            raise unreachable(where) from error
        except (KafkaError, TimeoutError) as error:
            said = " ".join(str(error).split()) or type(error).__name__
            raise ClusterFault(
                f"{self._topic.name}: the Kafka cluster at {where} refused: {said}: what was finished stays; "
                "mend that and redrive again"
            ) from error


@asynccontextmanager
async def _producer(settings: Settings, transactional_id: str) -> AsyncIterator[Any]:
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap_servers,
        transactional_id=transactional_id,
        transaction_timeout_ms=TRANSACTION_MS,
        request_timeout_ms=ANSWER_MS,
        retry_backoff_ms=20,
        max_request_size=HIGHEST_BATCH_BYTES + SEALED_BYTES,
    )
    try:
        await producer.start()
        yield producer
    finally:
        await producer.stop()


@asynccontextmanager
async def _consumer(settings: Settings) -> AsyncIterator[Any]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap_servers,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        request_timeout_ms=ANSWER_MS,
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


@asynccontextmanager
async def _admin(settings: Settings) -> AsyncIterator[Any]:
    client = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap_servers, request_timeout_ms=ANSWER_MS)
    try:
        await client.start()
        yield client
    finally:
        await client.close()


async def _committed(admin: Any, group: str, partitions: Sequence[Any]) -> dict[Any, Position]:
    """The positions that the last redrive wrote: a consumer would give them without their metadata."""
    async with asyncio.timeout(ANSWER_MS / 1000):
        while True:
            try:
                found = await admin.list_consumer_group_offsets(group, partitions=list(partitions))
            except KafkaError as error:
                if not error.retriable:
                    raise
                found = {}
            # Partitions without a position are in the answer, as -1. A coordinator that is only starting leaves out
            # those that have one too, and to take that for none would send back twice.
            if found.keys() >= set(partitions):
                break
            await asyncio.sleep(0.1)
    return {
        partition: Position(one.offset, msgspec.json.decode(one.metadata or "{}", type=dict[str, int]))
        for partition, one in found.items()
        if one.offset >= 0
    }
