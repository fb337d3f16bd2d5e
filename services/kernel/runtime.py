"""Stages on Kafka, in micro-batches inside Faust. The only module that knows Faust.

Faust keeps what happens once per rebalance: group membership, assignment, the consumer's thread, its life cycle.
What it does once per event is replaced: a fetch goes to the tasks as lists of records, and what a task wants written
leaves in one transaction (see `task`). What is used of Faust and aiokafka beyond their documented surface:

    faust.App._new_transport, Transport.Consumer      so that the consumer is ours
    BootStrategy.enable_*                             so that nothing else is started
    Consumer._getmany, ._new_consumer_thread          the fetch, and the thread that does it
    Consumer.on_partitions_revoked / _assigned        when tasks pause, close and open
    Consumer.verify_event_path                        a watch over commits that Faust does not do here
    AIOKafkaConsumerThread._create_worker_consumer, ._ensure_consumer, .call_thread
    AIOKafkaConsumer._coordinator                     .member_id, ._coordination_task and ._pending_exception
    AIOKafkaConsumer._client.fetch_all_metadata       how many partitions topics really have
    AIOKafkaProducer.client.add_topic                 else a client forgets topics that it learnt of at its start

Both are pinned, and tests/kernel/test_seams.py notices when one of these changes.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import faust
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]
from aiokafka.coordinator.assignors.range import RangePartitionAssignor  # type: ignore[import-untyped]
from aiokafka.errors import IllegalStateError  # type: ignore[import-untyped]
from faust.app.base import BootStrategy
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from services.kernel import cluster, metrics
from services.kernel.changelog import recover
from services.kernel.clock import now_ms
from services.kernel.engine import DeploymentFault
from services.kernel.references import References, as_record
from services.kernel.settings import Settings
from services.kernel.stage import Stage
from services.kernel.task import Task, Where
from services.kernel.topics import Topic, topics

FETCH_WAIT_MS = 100
"""How long the broker may hold an answer back when there is nothing new. It answers at once when there is, so a short
wait buys little but empty fetches (10 ms cost twice the idle CPU); it bounds how long a partition whose records were
just taken waits for its next fetch while nothing else comes, because one fetch at a time is under way."""

POLL_MS = 50
"""How long one turn of the fetch loop takes, at most."""

ENOUGH = 5_000
"""Records in hand from which on an input is not asked for more."""

SESSION_S = 6.0
"""After this without a heartbeat a worker's partitions go to others; the least that a broker accepts."""

SILENT_S = 10.0
"""After so many seconds without an answer of a broker a service is not ready."""

MEASURE_S = 2.0
"""How often what is not counted as it happens is measured, seconds."""

METADATA_MS = 10_000
"""How soon a topic that has grown is noticed."""

log = structlog.get_logger()


class Runtime:
    """The stages of one service in one process."""

    def __init__(self, service: str, stages: Sequence[Stage[Any]], settings: Settings) -> None:
        """Nothing is connected yet."""
        known = topics()
        prefix = settings.topic_prefix
        laid = {one.name.removeprefix(prefix): one.partitions for one in cluster.layout(settings, known)}
        self.service = service
        self.stages = {stage.name: stage for stage in stages}
        self.settings = settings
        self.where = Where(
            settings,
            group=f"{prefix}loopwright.{service}",
            partitions=laid,
            timed=frozenset(name for name, topic in known.items() if topic.readers),
        )
        self._writers = {name: 1 if topic.from_outside else laid[_home(topic, known)] for name, topic in known.items()}
        refers = {topic.name: topic for stage in stages for topic in stage.refers}
        self.references = References(
            settings.bootstrap_servers,
            tuple(refers.values()),
            prefix=prefix,
            partitions=laid,
            highest_bytes=settings.highest_event_bytes,
        )
        self.tasks: dict[tuple[str, int], Task] = {}
        self.failed: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
        self._running: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._readers = {name: stage for stage in stages for topic in stage.reads for name in (topic.name, topic.retry)}
        self._assigned: set[Any] = set()
        self._wanted: set[tuple[str, int]] = set()
        self._fresh: list[tuple[str, int]] = []
        self._generation: tuple[int, str] = (-1, "")
        self._moves = 0
        """Counts what makes an opening that is under way pointless."""
        self._why_not_ready = "it has no partitions yet"
        self._heard_at = 0
        self._app = _App(self)
        self._background: list[asyncio.Task[None]] = []

    # What the process around it calls.

    async def start(self) -> None:
        """Join the group and begin."""
        self._background.append(self._watched(self.references.run(), "reference data"))
        await self.references.whole()
        self._background.append(self._watched(self._watch(), "group"))  # a join that fails lets `start` wait for ever
        await self._app.start()
        self._background.append(self._watched(self._measure(), "measuring"))

    async def stop(self) -> None:
        """Finish the transactions at hand, leave the group, let go of everything."""
        self._why_not_ready = "it is stopping"
        await self.pause()
        for task in self._background:
            task.cancel()
        await self._app.stop()
        await self._close(list(self.tasks))

    def not_ready(self) -> str:
        """Why it cannot do its work now; empty when it can."""
        silent = (now_ms() - self._heard_at) / 1000
        if not self._why_not_ready and self._assigned and silent > SILENT_S:
            return f"no broker has answered for {silent:.0f} s"
        return self._why_not_ready

    def fail(self, error: BaseException) -> None:
        """End the process: Kafka redelivers what was not committed to whoever comes next."""
        if not self.failed.done():
            self.failed.set_result(error)

    # What the consumer calls.

    async def pause(self) -> None:
        """Let every task finish its transaction and begin no other."""
        self._moves += 1
        await asyncio.gather(*(task.pause() for task in self.tasks.values()))

    async def assigned(self, consumer: ConsumerThread, places: Iterable[TP], generation: int) -> None:
        """Take over the partitions that this worker has from now on."""
        self._moves += 1
        metrics.REBALANCES.labels(self.service).inc()
        self._why_not_ready = "its partitions were just dealt out"
        mine, member = {TopicPartition(*place) for place in places}, consumer.member()
        kept = self._generation == (generation - 1, member)  # else somebody may have had them in between
        self._generation = (generation, member)
        self._check(await consumer.counts(), mine)
        wanted = {(self._readers[self._logical(place)].name, place.partition) for place in mine}
        await self._close([key for key in self.tasks if not kept or key not in wanted])
        self._assigned = mine
        self._wanted = wanted
        self._fresh = sorted(wanted - set(self.tasks))
        if not mine:
            self._why_not_ready = ""  # there are more workers than partitions: it stands by
        log.info("rebalanced", service=self.service, generation=generation, tasks=len(wanted), new=len(self._fresh))

    async def fetch(self, consumer: ConsumerThread) -> None:
        """One turn of the fetch loop: open what is new, hand on what has come."""
        if self._why_not_ready:
            await self._open(consumer)
        hungry = [place for place in self._assigned if (source := self._source(place)) and source.waiting < ENOUGH]
        if not hungry:
            await asyncio.sleep(POLL_MS / 1000)
            return
        records, ends = await consumer.take(hungry)
        for place, raw in records.items():
            name = self._logical(place)
            source = self._source(place)
            if source is not None:
                source.feed([as_record(name, record) for record in raw])
        for place, (position, highwater, stable, polled_at) in ends.items():
            source = self._source(place)
            if source is not None and highwater is not None:
                source.reached(position, highwater, polled_at, stable=stable)
                self._heard_at = max(self._heard_at, polled_at)
                task = self.tasks[self._readers[self._logical(place)].name, place.partition]
                if task.inputs.waiting:
                    task.wake.set()  # that this input has no more may be what the others waited for

    # The rest.

    async def _open(self, consumer: ConsumerThread) -> None:
        fresh, self._fresh = self._fresh, []
        moves = self._moves
        opened = {
            (name, number): Task(self.where, self.stages[name], number, self.references, self._writers)
            for name, number in fresh
        }
        await asyncio.gather(*(task.fence() for task in opened.values()))
        for name in {name for name, _ in fresh}:
            await self._recover(consumer, name, {n: task for (one, n), task in opened.items() if one == name})
        await self.references.whole()
        if moves != self._moves:
            self._fresh = sorted({*fresh, *self._fresh} & self._wanted)
            await asyncio.gather(*(task.close() for task in opened.values()))
            return  # dealt out anew meanwhile: the next turn opens what is then wanted
        self.tasks |= opened
        for key, task in opened.items():
            self._running[key] = self._watched(task.run(), f"{key[0]}-{key[1]}")
        starts = {
            TopicPartition(self.where.name(name), number): start
            for (_, number), task in self.tasks.items()
            for name, start in task.rewind().items()
        }
        self._check_starts(starts, *await consumer.bounds(list(starts)))
        await consumer.seek_all(starts)
        if moves != self._moves:
            return
        for task in self.tasks.values():
            task.resume()
        metrics.TASKS.labels(self.service).set(len(self.tasks))
        self._why_not_ready = ""
        self._heard_at = now_ms()
        log.info("ready", service=self.service, tasks=len(self.tasks), states=self._states())

    async def _recover(self, consumer: ConsumerThread, name: str, opened: Mapping[int, Task]) -> None:
        stage = self.stages[name]
        changelog = self.where.name(cluster.changelog(name))
        found = await recover(self.settings.bootstrap_servers, changelog, list(opened), stage.state)
        for number, task in opened.items():
            committed = await consumer.committed(
                {topic: TopicPartition(self.where.name(topic), number) for topic in task.inputs.sources}
            )
            task.restore(found[number], committed)

    async def _close(self, keys: Sequence[tuple[str, int]]) -> None:
        """Let go of tasks, between two of their transactions."""
        for key in keys:
            running = self._running.pop(key, None)
            if running is not None:
                running.cancel()
        if "rollout" in {name for name, _ in keys}:
            metrics.PHASE.clear()  # those that stay here are renewed within seconds
            metrics.SHARE_RATIO.clear()
        await asyncio.gather(*(self.tasks.pop(key).close() for key in keys))
        metrics.TASKS.labels(self.service).set(len(self.tasks))

    def _check(self, counts: Mapping[str, int], mine: set[Any]) -> None:
        """Refuse partitions with which keys would not meet their states.

        Raises:
            DeploymentFault: a topic has another number of partitions, or this worker has some inputs only.

        """
        for stage in self.stages.values():
            if wrong := cluster.unequal(counts, stage, self.settings):
                raise DeploymentFault(wrong)
            names = [self.where.name(name) for topic in stage.reads for name in (topic.name, topic.retry)]
            for number in {place.partition for place in mine if place.topic in names}:
                if missing := [name for name in names if TopicPartition(name, number) not in mine]:
                    raise DeploymentFault(
                        f"{stage.name}: partition {number} of {missing[0]} went to another worker than the rest of "
                        f"its inputs: stop all workers of group {self.where.group}, then start those of one release"
                    )

    def _check_starts(self, starts: Mapping[Any, int], first: Mapping[Any, int], end: Mapping[Any, int]) -> None:
        """Hold where to go on against what is there.

        Raises:
            DeploymentFault: a topic ends before the place up to which it has been read.

        """
        for place, start in starts.items():
            if start > end[place]:
                raise DeploymentFault(
                    f"{place.topic}[{place.partition}] ends at {end[place]} and has been read up to {start}: somebody "
                    "made it anew; use another LOOPWRIGHT_TOPIC_PREFIX, or delete all topics of this one"
                )
            if start < first[place]:
                missed = first[place] - start
                metrics.EXPIRED.labels(self._logical(place)).inc(missed)
                log.error("expired", topic=place.topic, partition=place.partition, unread=missed, start=first[place])

    def _source(self, place: Any) -> Any:
        name = self._logical(place)
        task = self.tasks.get((self._readers[name].name, place.partition))
        return task and task.inputs.sources[name]

    def _logical(self, place: Any) -> str:
        name: str = place.topic.removeprefix(self.settings.topic_prefix)
        return name

    def _states(self) -> int:
        return sum(len(task.engine.states) for task in self.tasks.values())

    def _watched(self, work: Any, what: str) -> asyncio.Task[None]:
        """Run something that never ends by itself; whatever it raises ends the process."""
        task = asyncio.create_task(work, name=f"{self.service}: {what}")
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            if task in self._running.values():
                self.fail(RuntimeError(f"{task.get_name()} was cancelled"))
        elif (error := task.exception()) is not None:
            self.fail(error)

    async def _watch(self) -> None:
        """Raise what keeps Faust from working: it would wait for ever, and fetches nothing that could say so."""
        while True:
            await asyncio.sleep(1)
            consumer: Any = self._app.consumer
            for part in (self._app, consumer, consumer.thread):
                if part.crashed:
                    raise part.crash_reason or RuntimeError(f"{part.label} crashed")
            if fault := consumer.thread.group_fault():
                raise fault

    async def _measure(self) -> None:
        while True:
            await asyncio.sleep(MEASURE_S)
            lags: dict[str, int] = {}
            for task in self.tasks.values():
                for name, source in task.inputs.sources.items():
                    lags[name] = lags.get(name, 0) + source.lag
            metrics.LAG_RECORDS.clear()
            metrics.PARTITION_TIME_SECONDS.clear()  # what went to another worker is that one's to say
            for name, lag in lags.items():
                metrics.LAG_RECORDS.labels(name, self.where.group).set(lag)
            for stage in self.stages:
                times = [task.engine.refs.time for (name, _), task in self.tasks.items() if name == stage]
                if times:
                    metrics.PARTITION_TIME_SECONDS.labels(stage).set(min(times) / 1000)
            for name, gauge in metrics.SHOWN.items():
                if name in self.stages:
                    self._show(name, gauge)

    def _show(self, name: str, gauge: Any) -> None:
        shows = self.stages[name].shows
        assert shows is not None
        states = (
            state for (stage, _), task in self.tasks.items() if stage == name for state in task.engine.states.values()
        )
        counts = Counter(shows(state) for state in states)
        gauge.clear()
        for labels, count in counts.items():
            if labels is not None:
                gauge.labels(*labels).set(count)


def _home(topic: Topic, known: Mapping[str, Topic]) -> str:
    """An input of the stage that writes a topic: it has as many partitions as that stage has tasks."""
    return next(name for name, one in known.items() if topic.writer in one.readers)


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread in which the consumer lives, with a consumer that reads what is committed and does not dawdle."""

    app: _App

    def _create_worker_consumer(self, transport: Any) -> Any:  # noqa: ARG002
        runtime = self.app.runtime
        return AIOKafkaConsumer(
            group_id=runtime.where.group,
            bootstrap_servers=runtime.settings.bootstrap_servers,
            # Equal counts, equal subscriptions: the same numbers of all topics go to the same worker.
            partition_assignment_strategy=[RangePartitionAssignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            fetch_max_wait_ms=FETCH_WAIT_MS,
            session_timeout_ms=int(SESSION_S * 1000),
            heartbeat_interval_ms=1_000,
            rebalance_timeout_ms=30_000,
            metadata_max_age_ms=METADATA_MS,
            check_crcs=False,
        )

    async def take(self, hungry: Sequence[Any]) -> tuple[Any, Any]:
        answer: tuple[Any, Any] = await self.call_thread(self._take, hungry)
        return answer

    async def _take(self, hungry: Sequence[Any]) -> tuple[Any, Any]:
        """Records, and how far each partition has been read: together, so that one fits the other."""
        consumer = self._ensure_consumer()
        try:
            records = await consumer.getmany(*hungry, timeout_ms=POLL_MS)
            ends = {
                place: (
                    await consumer.position(place),
                    consumer.highwater(place),
                    consumer.last_stable_offset(place),
                    consumer.last_poll_timestamp(place),
                )
                for place in hungry
            }
        except (IllegalStateError, AssertionError):
            if consumer.assignment().issuperset(hungry):
                raise
            return {}, {}  # dealt out anew meanwhile
        return records, ends

    async def seek_all(self, starts: Mapping[Any, int]) -> None:
        await self.call_thread(self._seek_all, starts)

    async def _seek_all(self, starts: Mapping[Any, int]) -> None:
        consumer = self._ensure_consumer()
        for place, start in starts.items():
            if place in consumer.assignment():
                consumer.seek(place, start)

    async def bounds(self, places: Sequence[Any]) -> tuple[Any, Any]:
        answer: tuple[Any, Any] = await self.call_thread(self._bounds, places)
        return answer

    async def _bounds(self, places: Sequence[Any]) -> tuple[Any, Any]:
        consumer = self._ensure_consumer()
        first, end = await asyncio.gather(consumer.beginning_offsets(places), consumer.end_offsets(places))
        return first, end

    async def committed(self, places: Mapping[str, Any]) -> dict[str, int | None]:
        answer: dict[str, int | None] = await self.call_thread(self._committed, places)
        return answer

    async def _committed(self, places: Mapping[str, Any]) -> dict[str, int | None]:
        consumer = self._ensure_consumer()
        found = await asyncio.gather(*(consumer.committed(place) for place in places.values()))
        return dict(zip(places, found, strict=True))

    async def counts(self) -> dict[str, int]:
        answer: dict[str, int] = await self.call_thread(self._counts)
        return answer

    async def _counts(self) -> dict[str, int]:
        metadata = await self._ensure_consumer()._client.fetch_all_metadata()  # noqa: SLF001
        return {name: len(metadata.partitions_for_topic(name) or ()) for name in metadata.topics()}

    def member(self) -> str:
        return str(self._ensure_consumer()._coordinator.member_id)  # noqa: SLF001

    def group_fault(self) -> BaseException | None:
        """What keeps this consumer out of its group for good; it would say so only to who polls."""
        worker, coordinator = self._thread, self._consumer and self._consumer._coordinator  # noqa: SLF001
        if coordinator is None:
            return None  # it has not started yet
        if worker is None or not worker.is_alive():
            return RuntimeError("the thread of the consumer ended")
        task = coordinator._coordination_task  # noqa: SLF001
        if task is not None and task.done():
            return RuntimeError("group coordination ended") if task.cancelled() else task.exception()
        fault: BaseException | None = coordinator._pending_exception  # noqa: SLF001
        return fault


class Consumer(driver.Consumer):
    """Faust's consumer, which hands what it fetches to the tasks."""

    app: _App
    _thread: ConsumerThread

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(self, active_partitions: Any, timeout: float) -> Any:  # noqa: ARG002, ASYNC109
        try:
            await self.app.runtime.fetch(self._thread)
        except Exception as error:  # noqa: BLE001  the process ends, and says why
            self.app.runtime.fail(error)
            await asyncio.Event().wait()
        return {}

    @property
    def thread(self) -> ConsumerThread:
        """Where the consumer lives."""
        return self._thread

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        await self.app.runtime.pause()
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        try:
            await self.app.runtime.assigned(self._thread, assigned, generation_id)
        except Exception as error:  # noqa: BLE001
            self.app.runtime.fail(error)
        await super().on_partitions_assigned(assigned, generation_id)

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Faust would miss the commits that it does not do."""


class _Transport(driver.Transport):
    Consumer = Consumer


class _Boot(BootStrategy):
    """No producer of Faust's own, and no web server: tasks have producers, and the process answers for itself."""

    enable_kafka_producer = False
    enable_web = False
    enable_sensors = False


class _App(faust.App):
    BootStrategy = _Boot

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        servers = runtime.settings.bootstrap_servers.split(",")
        super().__init__(
            runtime.where.group,
            broker=";".join(f"kafka://{server}" for server in servers),
            store="memory://",
            datadir=tempfile.gettempdir(),  # it keeps nothing there, and makes the folder all the same
            autodiscover=False,
            topic_disable_leader=True,
            topic_allow_declare=False,
            web_enabled=False,
            broker_session_timeout=SESSION_S,
            broker_heartbeat_interval=1.0,
            stream_recovery_delay=0.0,
        )
        for stage in runtime.stages.values():
            for topic in stage.reads:
                for name in (topic.name, topic.retry):
                    self.topics.add(self.topic(runtime.where.name(name), key_type=bytes, value_type=bytes))

    def _new_transport(self) -> Any:
        return _Transport(self.conf.broker_consumer, self)
