"""The whole loop as processes on a real Kafka, and what comes out of it, held against the memory shell.

A history is drawn from a seed before it is sent, so a run is repeated from its seed; what the memory shell gets is
what Kafka kept: the outside topics, with their append times, up to the same end.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as altered
from pathlib import Path
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition  # type: ignore[import-untyped]
from aiokafka.admin import AIOKafkaAdminClient  # type: ignore[import-untyped]
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType  # type: ignore[import-untyped]
from msgspec.structs import replace

from loopwright.codec import CODEC
from loopwright.events import Arm, Event, RunEvent, Surface, UseCaseSpec
from loopwright.flags import Assignment
from services.cli.broker import end_with_parent, free_port
from services.kernel import cluster, kit
from services.kernel.memory import Memory
from services.kernel.settings import Settings, load
from services.kernel.topics import topics
from services.loop import stages
from services.simulator.product import DAY, Effect, Product, Use, steady

SERVICES = ("capture", "detection", "triage", "evaluation", "rollout")

OUTSIDE = tuple(name for name, topic in topics().items() if topic.from_outside)

COMPARED = ("runs", "signals", "alarms", "outcomes", "tallies")
"""Topics of which every record must be the same; of compacted ones the last of each key."""

BROKEN_TOOLS = "tools@broken"

PACE = 900
"""How much faster than in life the people of a history react."""


def settings_for(servers: str, prefix: str, **more: str) -> dict[str, str]:
    """The environment of every process of one loop."""
    return {
        "LOOPWRIGHT_BOOTSTRAP_SERVERS": servers,
        "LOOPWRIGHT_TOPIC_PREFIX": prefix,
        "LOOPWRIGHT_REPLICATION": "1",
        "LOOPWRIGHT_PARTITIONS": "4",
        "LOOPWRIGHT_MARKS_EVERY_MS": "1000",
        **more,
    }


@dataclass(frozen=True)
class Told:
    """One event of a history and when it reaches the broker, milliseconds after the beginning."""

    after: int
    topic: str
    event: Event

    def later(self, by: int) -> Told:
        """The same, in a history that begins so many milliseconds later."""
        assert isinstance(self.event, RunEvent)
        return altered(self, event=replace(self.event, occurred_at=self.event.occurred_at + by))


def spec(lateness_ms: int = 4_000, use_case_id: str = "quick") -> UseCaseSpec:
    """The use case of a history: what it waits for is over in seconds."""
    quick = kit.use_case(kit.KIT / "use_cases" / "quick.yaml").spec()
    goal, watch = quick.metrics
    return replace(
        quick,
        use_case_id=use_case_id,
        patience_ms=1_000,
        metrics=(replace(goal, horizon_ms=4_000), replace(watch, horizon_ms=8_000)),
        policy=replace(quick.policy, lateness_ms=lateness_ms),
    )


def history(seed: int, *, events: int, per_second: float, start: int, settings: Settings) -> list[Told]:
    """About so many run events, as users cause them, from `start` on (milliseconds)."""
    bucket_key = settings.bucket_key.get_secret_value().encode()
    told: list[Told] = []
    runs_per_day = per_second / 6 * DAY / 1_000
    use = Use("quick", spec().intents, runs_per_day)
    product = Product(
        seed,
        lambda event, at: told.append(Told(at - start, "runs.raw", event)),
        bucket_key=bucket_key,
        effects={BROKEN_TOOLS: Effect(breach=0.01)},
        users=2_000,
        flags=_halves,
        busy=steady,
        pace=PACE,
    )
    product.started_at = start
    now = start
    while len(told) < events:
        product.serve(use, now, now + 1_000)
        now += 1_000
    return sorted(told, key=lambda one: one.after)


def _halves(_: Use, user: int) -> tuple[Assignment | None, Mapping[Surface, str]]:
    """Half of the users are on a release that nobody has proposed: it is counted, and moves nothing."""
    arm = Arm.CANDIDATE if user % 2 else Arm.BASELINE
    given = Assignment("release-unproposed", "change-unproposed", 1, arm, Surface.TOOL_POLICY, BROKEN_TOOLS)
    return given, {Surface.TOOL_POLICY: BROKEN_TOOLS} if arm is Arm.CANDIDATE else {}


@dataclass
class Process:
    """One service, as its own process."""

    service: str
    environ: Mapping[str, str]
    log: Path
    words: tuple[str, ...] = ()
    """What to run; nothing for the service itself."""
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environ = {**os.environ, **self.environ, "LOOPWRIGHT_HTTP_PORT": str(self.port)}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  our own words
                [sys.executable, *(self.words or ("-m", f"services.{self.service}"))],
                env=environ,
                stdout=log,
                stderr=log,
                cwd=Path(__file__).parents[2],
                start_new_session=True,
                preexec_fn=end_with_parent,  # noqa: PLW1509  no thread of ours holds a lock over a fork
            )

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self, seconds: float) -> int:
        """Wait for its end; returns the exit code."""
        assert self._process is not None
        return self._process.wait(seconds)

    @property
    def ended(self) -> int | None:
        """The exit code, once it has ended."""
        return None if self._process is None else self._process.poll()

    def get(self, path: str) -> tuple[int, str]:
        """Ask it over HTTP; (0, "") when it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=2) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def until_ready(self, seconds: float = 60) -> None:
        wait_for(lambda: self.get("/ready")[0] == 200, seconds, lambda: f"{self.service}: {self.said()}")

    def said(self) -> str:
        return self.log.read_text()[-2_000:] if self.log.exists() else ""

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@dataclass
class Loop:
    """Processes of all services, several of each if asked; a process that ended is started again when told to."""

    servers: str
    prefix: str
    folder: Path
    workers: int = 1
    services: tuple[str, ...] = SERVICES
    more: Mapping[str, str] = field(default_factory=dict)
    lateness_ms: int = 4_000
    words: Callable[[str], tuple[str, ...]] = lambda _: ()
    changelogs: Mapping[str, str] = field(default_factory=dict)
    """Settings of the changelog topics, beside those that they are created with."""
    processes: list[Process] = field(default_factory=list)

    @property
    def environ(self) -> dict[str, str]:
        return settings_for(self.servers, self.prefix, **self.more)

    @property
    def settings(self) -> Settings:
        return load(self.environ)

    def __enter__(self) -> Self:
        asyncio.run(cluster.create(self.settings))
        asyncio.run(self._alter())
        send(self.servers, self.prefix, [Told(0, "usecases", spec(self.lateness_ms))], start=0)
        for service in self.services:
            for n in range(self.workers):
                log = self.folder / f"{service}-{n}.log"
                self.processes.append(Process(service, self.environ, log, self.words(service)))
        for process in self.processes:
            process.start()
        for process in self.processes:
            process.until_ready()
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            process.kill()

    async def _alter(self) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.servers)
        await admin.start()
        try:
            for name in await admin.list_topics() if self.changelogs else ():
                if name.startswith(self.prefix) and name.endswith(".changelog"):
                    wanted = ConfigResource(ConfigResourceType.TOPIC, name, configs=dict(self.changelogs))
                    await admin.alter_configs([wanted])
        finally:
            await admin.close()

    def said(self) -> str:
        """The last words of each process."""
        return "\n".join(process.said()[-300:] for process in self.processes)

    def of(self, service: str) -> list[Process]:
        return [process for process in self.processes if process.service == service]

    def revive(self) -> list[int]:
        """Start again what has ended; returns the exit codes."""
        dead = [process for process in self.processes if process.ended is not None]
        codes = [process.ended or 0 for process in dead]
        for process in dead:
            process.start()
        return codes


def wait_for(what: Callable[[], bool], seconds: float, why: Callable[[], str]) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, f"not within {seconds:.0f} s: {why()}"
        time.sleep(0.1)


def send(servers: str, prefix: str, told: Sequence[Told], *, start: int) -> None:
    """Send a history: each event no sooner than its time after `start` (milliseconds; 0: at once)."""
    asyncio.run(_send(servers, prefix, told, start))


async def _send(servers: str, prefix: str, told: Sequence[Told], start: int) -> None:
    keys = {name: topic.keys() for name, topic in topics().items()}
    producer = AIOKafkaProducer(
        bootstrap_servers=servers, enable_idempotence=True, acks="all", linger_ms=5, request_timeout_ms=120_000
    )
    await producer.start()
    try:
        for topic in {one.topic for one in told}:
            await producer.client.add_topic(prefix + topic)
        sent = []
        for one in told:
            wait = start + one.after - time.time() * 1000
            if wait > 5:
                await asyncio.sleep(wait / 1000)
            key = keys[one.topic](one.event).encode()
            sent.append(await producer.send(prefix + one.topic, CODEC.encode(one.event), key=key))
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


@dataclass(frozen=True)
class Kept:
    """One record as a read-committed reader sees it."""

    key: bytes | None
    value: bytes
    appended_at: int
    partition: int
    offset: int
    headers: tuple[tuple[str, bytes], ...]


def read(servers: str, names: Sequence[str]) -> dict[str, list[Kept]]:
    """Whole topics, by their names at the broker, as a read-committed reader sees them."""
    return asyncio.run(_read(servers, names))


async def _read(servers: str, names: Sequence[str]) -> dict[str, list[Kept]]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers, isolation_level="read_committed", enable_auto_commit=False, fetch_max_wait_ms=50
    )
    await consumer.start()
    found: dict[str, list[Kept]] = {name: [] for name in names}
    try:
        metadata = await consumer._client.fetch_all_metadata()  # noqa: SLF001  the consumer learns of no topic else
        places = [TopicPartition(name, n) for name in names for n in sorted(metadata.partitions_for_topic(name) or ())]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        left = set(places)
        while left:
            for place, records in (await consumer.getmany(*left, timeout_ms=200)).items():
                found[place.topic] += [
                    Kept(one.key, one.value, one.timestamp, one.partition, one.offset, tuple(one.headers))
                    for one in records
                ]
            left = {place for place in left if await consumer.position(place) < ends[place]}
    finally:
        await consumer.stop()
    return found


@dataclass(frozen=True)
class Result:
    """What a loop has said."""

    said: dict[str, Counter[bytes]]
    """By topic: each record and how often it is there."""
    cases: dict[bytes, bytes]
    dead: Counter[tuple[str, str]]
    """By topic and reason."""


def on_kafka(servers: str, prefix: str) -> Result:
    """What a read-committed reader finds."""
    dead_names = [prefix + topic.dead for topic in topics().values() if topic.readers or topic.refers]
    found = read(servers, [prefix + name for name in (*COMPARED, "cases")] + dead_names)
    return Result(
        said={name: Counter(one.value for one in _unmarked(found[prefix + name])) for name in COMPARED},
        cases={one.key: one.value for one in _unmarked(found[prefix + "cases"]) if one.key},
        dead=Counter(
            (name.removeprefix(prefix), dict(one.headers)["dead.reason"].decode())
            for name in dead_names
            for one in found[name]
        ),
    )


def in_memory(servers: str, prefix: str, settings: Settings, *, until: int) -> Result:
    """What the memory shell makes of the outside topics as Kafka kept them."""
    names = [prefix + name for name in OUTSIDE]
    records = sorted(
        ((one, name) for name, found in read(servers, names).items() for one in found),
        key=lambda pair: pair[0].appended_at,
    )
    first = records[0][0].appended_at
    memory = Memory(stages(settings), now=first, partitions=4, marks_every=settings.marks_every_ms)
    for one, name in records:
        memory.send_bytes(name.removeprefix(prefix), one.key, one.value, at=one.appended_at, headers=one.headers)
    memory.run(until, tick=500)
    return Result(
        said={name: Counter(one.value for one in _unmarked(memory.records(name))) for name in COMPARED},
        cases={one.key: one.value for one in _unmarked(memory.records("cases")) if one.key},
        dead=Counter(
            (name, dict(one.headers)["dead.reason"].decode()) for name, found in memory.dead().items() for one in found
        ),
    )


def _unmarked(records: Any) -> Iterator[Any]:
    return (one for one in records if one.key != b"")


def differences(kafka: Result, memory: Result) -> list[str]:
    """Lost, doubled and different, in words."""
    said = []
    for name in COMPARED:
        lost, more = memory.said[name] - kafka.said[name], kafka.said[name] - memory.said[name]
        doubled = sum(count - 1 for count in kafka.said[name].values() if count > 1)
        for what, found in (("lost", lost), ("too many", more)):
            if found:
                first = CODEC.decode(next(iter(found)))
                said.append(f"{name}: {sum(found.values())} {what} of {sum(memory.said[name].values())}, {first}")
        if doubled:
            said.append(f"{name}: {doubled} doubled")
    if kafka.cases != memory.cases:
        strange = {
            key for key in kafka.cases.keys() | memory.cases.keys() if kafka.cases.get(key) != memory.cases.get(key)
        }
        said.append(f"cases: {len(strange)} differ of {len(memory.cases)}")
    if kafka.dead != memory.dead:
        said.append(f"dead letters: {kafka.dead} on Kafka, {memory.dead} in memory")
    return said


def until_quiet(loop: Loop, end: int, seconds: float = 180) -> None:
    """Wait until time in every stage has passed `end` (milliseconds): then nothing that began before is still open."""

    def passed() -> bool:
        loop.revive()
        wanted = {"capture", "detection", "triage", "evaluation.units", "evaluation.gates", "rollout"}
        for process in loop.processes:
            for line in process.get("/metrics")[1].splitlines():
                if line.startswith("loopwright_partition_time_seconds{"):
                    name, value = line.split('"')[1], float(line.rsplit(" ", 1)[1])
                    if value * 1000 >= end:
                        wanted.discard(name)
        return not wanted

    wait_for(passed, seconds, loop.said)
