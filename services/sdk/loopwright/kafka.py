"""A product's two ties to Kafka: run events go out, releases come in. Neither ever makes the product wait.

    from loopwright.kafka import KafkaSink, ReleasesReader
    from loopwright.recorder import Recorder

    recorder = Recorder(KafkaSink("localhost:9092", "runs.raw"), use_case_id="support-answers", bucket_key=KEY)
    releases = ReleasesReader("localhost:9092", "releases", bucket_key=KEY)
    releases.start()

    served = releases.served("support-answers", "ann")  # once, at the start of a run
    with recorder.run(session_id="s-1", user_id="ann", **served.stamp()) as run:
        prompt = served.version(Surface.PROMPT, "prompt@1")

A run keeps what it was served: hold the value, do not ask again. `loopwright.provider` offers the same as
OpenFeature flags. Each tie is a thread with a loop of its own, which tries for ever to reach the broker.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import Enum
from functools import partial
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer  # type: ignore[import-untyped]
from aiokafka.errors import (  # type: ignore[import-untyped]
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)
from msgspec import Struct

from loopwright.codec import CODEC, Unreadable
from loopwright.events import Event, Phase, Release, Releases, Surface
from loopwright.flags import Assignment, assign, user_bucket

STALE_AFTER_MS = 60_000
"""A value that nobody has said for this long must not hold users on what is not proven, milliseconds."""

AGAIN_S = 1.0
"""Seconds between two tries to reach the broker."""

_LOG = logging.getLogger(__name__)

_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)

_LINGER_MS = 10
"""Events that come within it share a request: at hundreds a second the broker's cost is the request."""

_BATCH_BYTES = 64 * 1024

_CLOSING_S = 5.0

_START_S = 5.0
"""Seconds after which a topic that the broker does not know is worth a word: the client would wait in silence."""


def monotonic_ms() -> int:
    """The product's own clock, milliseconds: only how much time passes matters."""
    return time.monotonic_ns() // 1_000_000


class Served(Struct, frozen=True):
    """What one user gets of one use case, all surfaces at once, so that a run never mixes two answers."""

    given: Assignment | None = None
    """On which arm of a release this user counts; None: on none."""
    versions: Mapping[Surface, str] = MappingProxyType({})
    """The version to serve by surface; a surface that is not there has no known version."""
    release: Release | None = None
    """The release that owns this user; without `given` it is withheld, because the copy is stale."""
    stale: bool = False

    def version(self, surface: Surface, default: str) -> str:
        """The version of a surface; `default`, the one that the product was built with, when nobody knows."""
        return self.versions.get(surface, default)

    def stamp(self) -> dict[str, Any]:
        """The envelope fields of a run that was served this: `recorder.run(..., **served.stamp())`."""
        return stamp(self.given)


def stamp(given: Assignment | None) -> dict[str, Any]:
    """The envelope fields that say on which side of which release a run was; none for a run outside of all."""
    if given is None:
        return {}
    return {"release_id": given.release_id, "release_stage": given.stage, "arm": given.arm}


def serve(value: Releases | None, bucket: int, *, stale: bool = False) -> Served:
    """What a bucket gets of a value of `releases`.

    A stale copy may have missed a rollback. So every release that is not FULL (or HELD from FULL: everybody has
    it) gives its users the version from before, and no arm: they are not served what the release says, so their
    runs must not count for it. What is FULL stays: it is proven, and to take it back is news like any other.
    """
    if value is None:
        return Served()
    versions = {one.surface: one.version for one in value.live}
    given = assign(value, bucket)
    if given is None:
        return Served(versions=MappingProxyType(versions), stale=stale)
    release = next(one for one in value.releases if one.release_id == given.release_id)
    if stale and Phase.FULL not in (release.phase, release.held_from):
        versions[release.surface] = release.from_version
        return Served(versions=MappingProxyType(versions), release=release, stale=True)
    versions[given.surface] = given.version
    return Served(given=given, versions=MappingProxyType(versions), release=release, stale=stale)


class _Known(NamedTuple):
    value: Releases
    said_at: int


class ReleasesCopy:
    """A product's copy of `releases`: the newest value of each use case, and since when nobody has said it again.

    The age of a value is the time since rollout last said it, by the product's clock. Rollout says every value
    again at least every 10 s, so silence means that the broker, the way to it, or rollout is gone, and in each of
    these cases a rollback would not arrive. That a poll found nothing new proves less: the client answers the same
    without a broker, and a broker that answers says nothing about who decides.
    """

    def __init__(self, bucket_key: bytes, clock: Callable[[], int] = monotonic_ms) -> None:
        """`clock` in milliseconds; it may begin anywhere."""
        self.whole = False
        """Whether the topic has been read to its end once; before that nothing is known."""
        self._bucket_key = bucket_key
        self._clock = clock
        self._known: dict[str, _Known] = {}  # replaced as a whole: product threads read it without a lock

    def take(self, value: Releases, age_ms: int = 0) -> bool:
        """Take in a value that was said so long ago; says whether it is news.

        A lower revision is ignored, the same one renews the age.
        """
        known = self._known.get(value.use_case_id)
        if known is not None and value.revision < known.value.revision:
            return False
        self._known = {**self._known, value.use_case_id: _Known(value, self._clock() - age_ms)}
        return known is None or value.revision > known.value.revision

    def forget(self, use_case_id: str) -> bool:
        """Forget a use case whose value was deleted; says whether it was known."""
        known = use_case_id in self._known
        self._known = {name: one for name, one in self._known.items() if name != use_case_id}
        return known

    def releases(self, use_case_id: str) -> Releases | None:
        """The newest value of a use case, however old."""
        known = self._known.get(use_case_id) if self.whole else None
        return None if known is None else known.value

    @property
    def stale(self) -> bool:
        """Whether any value is too old."""
        now = self._clock()
        return any(self._old(one, now) for one in self._known.values())

    def served(self, use_case_id: str, user: str) -> Served:
        """What a user (or, without one, a session) gets."""
        known = self._known.get(use_case_id) if self.whole else None
        if known is None:
            return Served()
        bucket = user_bucket(self._bucket_key, user)
        return serve(known.value, bucket, stale=self._old(known, self._clock()))

    @staticmethod
    def _old(known: _Known, now: int) -> bool:
        return now - known.said_at > STALE_AFTER_MS


class News(Enum):
    """What a reader of `releases` has to tell."""

    READY = "READY"
    """The copy is whole and nothing in it is too old: at first, and again after STALE."""
    CHANGED = "CHANGED"
    """A use case has a new value."""
    STALE = "STALE"
    """Some value is too old."""


Tell = Callable[[News, str], None]
"""Told the news and, for CHANGED, the use case. Called on the reader's thread: be quick."""


def _untold(_: News, __: str) -> None:
    return None


class ReleasesReader:
    """Keeps a copy of the topic `releases`, on a thread of its own: all partitions, no group, committed records."""

    def __init__(
        self,
        bootstrap_servers: str,
        topic: str = "releases",
        *,
        bucket_key: bytes,
        clock: Callable[[], int] = monotonic_ms,
    ) -> None:
        """`topic` with its prefix; `bucket_key` must be the recorder's. Nothing happens before `start`."""
        self.copy = ReleasesCopy(bucket_key, clock)
        self._servers = bootstrap_servers
        self._topic = topic
        self._tell: Tell = _untold
        self._whole = threading.Event()
        self._positions: dict[Any, int] = {}
        self._was_stale: bool | None = None
        self._thread = _LoopThread(f"loopwright {topic}")

    def start(self, tell: Tell = _untold) -> None:
        """Begin to read."""
        self._tell = tell
        self._thread.start(self._follow)

    def wait(self, timeout: float) -> bool:
        """Wait until the copy is whole, for at most so many seconds; says whether it is."""
        return self._whole.wait(timeout)

    def close(self) -> None:
        """Stop reading; the copy grows old."""
        self._thread.stop()

    def served(self, use_case_id: str, user: str) -> Served:
        """What a user (or, without one, a session) gets. Ask once for each run, and hold the answer."""
        return self.copy.served(use_case_id, user)

    def assignment(self, use_case_id: str, user: str) -> Assignment | None:
        """The release and arm of a user; None when no release counts them."""
        return self.served(use_case_id, user).given

    async def _follow(self) -> None:
        watch = asyncio.ensure_future(self._watch())
        try:
            await _for_ever(self._read, f"releases are not read from {self._topic} at {self._servers}")
        finally:
            watch.cancel()

    async def _watch(self) -> None:
        """Age comes without an event of its own."""
        while True:
            await asyncio.sleep(AGAIN_S / 2)
            self._look()

    async def _read(self) -> None:
        """Read to the end, then whatever comes. After a fault reading goes on where it was.

        Raises:
            KafkaError: the broker is gone, or there is no such topic.

        """
        consumer = AIOKafkaConsumer(
            self._topic,
            bootstrap_servers=self._servers,
            client_id="loopwright-releases",
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        try:
            try:
                await asyncio.wait_for(consumer.start(), _START_S)
            except TimeoutError:
                raise KafkaError(f"no such topic within {_START_S:g} s: make it, or correct its prefix") from None
            partitions = consumer.assignment()
            for partition in partitions & self._positions.keys():
                consumer.seek(partition, self._positions[partition])
            ends = await consumer.end_offsets(partitions)
            while True:
                for partition, records in (await consumer.getmany(timeout_ms=200)).items():
                    for record in records:
                        # What lay there already is as old as it is: a product that starts while nobody watches must
                        # not take it for fresh. Later, how far the broker's clock is off must not count.
                        self._take(record, max(int(time.time() * 1000) - record.timestamp, 0) if ends else 0)
                    self._positions[partition] = records[-1].offset + 1
                if ends and all([await consumer.position(one) >= end for one, end in ends.items()]):
                    ends = {}
                    self.copy.whole = True
                    self._look()
        finally:
            await consumer.stop()

    def _take(self, record: Any, age_ms: int) -> None:
        if record.value is None:
            name = (record.key or b"").decode(errors="replace")
            changed = self.copy.forget(name)
        else:
            try:
                event = CODEC.decode(record.value)
            except Unreadable as error:
                _LOG.warning(
                    "%s[%s]@%s is left out: %s; install a newer loopwright",
                    record.topic, record.partition, record.offset, error,
                )  # fmt: skip
                return
            if not isinstance(event, Releases):
                return  # a mark: how far rollout's time has come
            name, changed = event.use_case_id, self.copy.take(event, age_ms)
        if changed and self.copy.whole:
            self._tell(News.CHANGED, name)

    def _look(self) -> None:
        """Tell when the copy becomes whole, too old, or young again."""
        if not self.copy.whole:
            return
        stale = self.copy.stale
        if stale != self._was_stale:
            self._was_stale = stale
            self._tell(News.STALE if stale else News.READY, "")
        self._whole.set()


class KafkaSink:
    """Where a recorder's events go: a topic, through a buffer that never makes the product wait.

    1. `write` puts the event in the buffer and comes back; a thread of its own sends it, with acks from all copies.
    2. An event leaves the buffer when the broker has acknowledged it. While the broker is away they gather.
    3. With `most` events in the buffer, further ones are dropped and counted in `lost`; so are events that the
       broker says are too large. Nothing else is lost but what is in the buffer when the process ends: `close` it.
    4. The producer is idempotent. Only where it had to be replaced after a fault may an event arrive twice, with
       the same event_id, by which capture drops it; and events of a run may change places, which `seq` mends.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        topic: str = "runs.raw",
        *,
        most: int = 10_000,
        key: Callable[[Any], str] = attrgetter("session_id"),
    ) -> None:
        """`topic` with its prefix; `key` gives its partition key. Begins to look for the broker at once.

        Raises:
            ValueError: a buffer for no event.

        """
        if most < 1:
            raise ValueError(f"most is {most}; a buffer holds at least 1 event")
        self._servers = bootstrap_servers
        self._topic = topic
        self._most = most
        self._key = key
        self._lock = threading.Condition()
        self._waiting: deque[tuple[bytes, bytes]] = deque()
        self._held = 0
        self._lost = 0
        self._full = False
        self._closed = False
        self._idle: asyncio.Event | None = None
        self._fault: BaseException | None = None
        self._thread = _LoopThread(f"loopwright {topic}")
        self._thread.start(self._send_all)

    @property
    def lost(self) -> int:
        """Events that were dropped."""
        return self._lost

    @property
    def waiting(self) -> int:
        """Events that the broker has not acknowledged yet."""
        return self._held

    def write(self, event: Event, at: int) -> None:  # noqa: ARG002  the broker stamps its own time
        """Take one event, handed over at `at` (milliseconds).

        Raises:
            Unwritable: the event does not fit its schema, which is the caller's fault.

        """
        record = self._key(event).encode(), CODEC.encode(event)
        with self._lock:
            if self._closed or self._held >= self._most:
                self._drop()
                return
            self._held += 1
            self._waiting.append(record)
            idle, self._idle = self._idle, None
        if idle is not None:
            self._thread.call(idle.set)

    def flush(self, timeout: float) -> bool:
        """Wait until all that was written is acknowledged, at most so many seconds; says whether it is."""
        with self._lock:
            return self._lock.wait_for(lambda: not self._held, timeout)

    def close(self, timeout: float = _CLOSING_S) -> None:
        """Flush and stop; what is not acknowledged within so many seconds is lost, and counted."""
        self.flush(timeout)
        with self._lock:
            self._closed = True
        self._thread.stop()
        with self._lock:
            if self._held:
                _LOG.error("%d events were not acknowledged by %s and are lost", self._held, self._servers)
            self._lost += self._held
            self._held = 0
            self._waiting.clear()

    def _drop(self) -> None:
        self._lost += 1
        if not self._full and not self._closed:
            self._full = True
            _LOG.error(
                "%d events wait for %s at %s and the buffer is full: further ones are lost until it answers",
                self._held, self._topic, self._servers,
            )  # fmt: skip

    async def _send_all(self) -> None:
        await _for_ever(self._send, f"events for {self._topic} wait for {self._servers}")

    async def _send(self) -> None:
        """Send what is written, until a fault of the broker or the producer.

        Raises:
            KafkaError: what it was.

        """
        producer = AIOKafkaProducer(
            bootstrap_servers=self._servers,
            client_id="loopwright-recorder",
            acks="all",
            enable_idempotence=True,
            linger_ms=_LINGER_MS,
            max_batch_size=_BATCH_BYTES,
        )
        self._fault = None
        try:
            await producer.start()
            while self._fault is None:
                record = await self._next()
                if record is not None:
                    await self._hand_over(producer, record)
            raise self._fault
        finally:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(producer.stop(), AGAIN_S)

    async def _next(self) -> tuple[bytes, bytes] | None:
        """The next event; None when there may be one now, or a fault to look at."""
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._idle = idle = asyncio.Event()
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(idle.wait(), AGAIN_S)
        return None

    async def _hand_over(self, producer: Any, record: tuple[bytes, bytes]) -> None:
        key, value = record
        try:
            sent = await producer.send(self._topic, value, key=key)
        except _TOO_LARGE as error:
            self._refused(error)
        except BaseException:
            self._put_back(record)
            raise
        else:
            sent.add_done_callback(partial(self._settle, record))

    def _settle(self, record: tuple[bytes, bytes], sent: asyncio.Future[Any]) -> None:
        error = KafkaError("the producer was stopped") if sent.cancelled() else sent.exception()
        if isinstance(error, _TOO_LARGE):
            self._refused(error)
        elif error is not None:
            self._put_back(record)
            self._fault = self._fault or error
        else:
            self._let_go()

    def _refused(self, error: BaseException) -> None:
        with self._lock:
            self._lost += 1
        _LOG.error("an event for %s is lost, it is too large for the broker: %s", self._topic, error)
        self._let_go()

    def _put_back(self, record: tuple[bytes, bytes]) -> None:
        with self._lock:
            self._waiting.appendleft(record)

    def _let_go(self) -> None:
        with self._lock:
            self._held -= 1
            if self._full and self._held < self._most // 2:
                self._full = False
                _LOG.warning("%s answers again; %d events were lost so far", self._servers, self._lost)
            if not self._held:
                self._lock.notify_all()


async def _for_ever(work: Callable[[], Any], trouble: str) -> None:
    """Do it again after each fault; each new reason is one line in the log."""
    said = ""
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001  whatever the client raises: a thread that ends would tell nobody
            why = str(error) or type(error).__name__
            if why != said:
                _LOG.warning("%s (%s); trying again", trouble, why)
            said = why
        await asyncio.sleep(AGAIN_S)


class _LoopThread:
    """A daemon thread with an event loop that runs one coroutine until it is stopped."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread: threading.Thread | None = None

    def start(self, work: Callable[[], Any]) -> None:
        """Start once; starting again does nothing."""
        if self._thread is None:
            running = threading.Event()
            self._thread = threading.Thread(target=self._run, args=(work, running), name=self._name, daemon=True)
            self._thread.start()
            running.wait()

    def call(self, function: Callable[[], object]) -> None:
        """Have the loop call a function."""
        with suppress(RuntimeError):  # the loop has ended, and with it whoever would have listened
            assert self._loop is not None
            self._loop.call_soon_threadsafe(function)

    def stop(self) -> None:
        """Cancel the work and wait until it has let go of its connections."""
        if self._task is not None and self._thread is not None:
            self.call(self._task.cancel)
            self._thread.join(2 * AGAIN_S)

    def _run(self, work: Callable[[], Any], running: threading.Event) -> None:
        async def main() -> None:
            self._loop = asyncio.get_running_loop()
            self._task = asyncio.ensure_future(work())
            running.set()
            with suppress(asyncio.CancelledError):
                await self._task

        asyncio.run(main())
