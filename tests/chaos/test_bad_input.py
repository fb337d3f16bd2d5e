"""What a cluster or an operator can get wrong: one clear line each, nothing lost, and it goes on or stops as it should.

Services run as processes here, each with a log in which every line is one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition  # type: ignore[import-untyped]
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic  # type: ignore[import-untyped]

from loopwright.codec import CODEC
from loopwright.events import Mark, RunEvent, TextRef, UserTurn
from services.cli.broker import Broker, free_port, jars
from services.kernel import cluster
from services.kernel.serve import BROKEN, FAULT, WRONG
from services.kernel.settings import load
from services.kernel.task import murmur2
from tests import factories as make
from tests.chaos.loop import Kept, Process, Told, read, send, settings_for, spec, wait_for
from tests.kafka import Kafka

pytestmark = pytest.mark.kafka

PARTITIONS = 4


# ------------------------------------------------------------------------------------------------- how it is told


def lines(process: Process) -> list[dict[str, Any]]:
    """What it logged; that each line is an object of its own is half of what these tests are about."""
    return [json.loads(line) for line in process.log.read_text().splitlines()]


def complaints(process: Process) -> list[str]:
    """What we say ourselves of what is wrong; dead letters have a line each, and Kafka's client may add to it."""
    ours = [one for one in lines(process) if one["level"] in ("warning", "error")]
    return [f"{one['event']}: {one['error']}" for one in ours if one["event"] not in ("dead letter", "library")]


def of_libraries(process: Process) -> list[str]:
    return [one["error"] for one in lines(process) if one["event"] == "library"]


def end_of(process: Process, seconds: float = 60) -> int:
    with suppress(subprocess.TimeoutExpired):
        return process.wait(seconds)
    raise AssertionError(f"it has not ended within {seconds:.0f} s: {process.said()}")


@contextmanager
def running(service: str, folder: Path, environ: dict[str, str], *words: str) -> Iterator[Process]:
    process = Process(service, environ, folder / f"{service}-{time.monotonic_ns()}.log", words)
    process.start()
    try:
        yield process
    finally:
        process.kill()


def why_not_ready(process: Process) -> str:
    code, said = process.get("/ready")
    return str(json.loads(said)["why"]) if code == 503 else ""


# ------------------------------------------------------------------------------------------------------ a cluster


def topics_made(servers: str, prefix: str) -> dict[str, str]:
    """All topics and a use case; returns the environment of the services."""
    environ = settings_for(servers, prefix)
    asyncio.run(cluster.create(load(environ)))
    send(servers, prefix, [Told(0, "usecases", spec())], start=0)
    return environ


def with_client(servers: str, work: Callable[[Any], Coroutine[Any, Any, object]]) -> None:
    async def go() -> None:
        client = AIOKafkaAdminClient(bootstrap_servers=servers)
        await client.start()
        try:
            await work(client)
        finally:
            await client.close()

    asyncio.run(go())


def write(
    servers: str,
    topic: str,
    *records: tuple[bytes | None, bytes],
    partition: int | None = None,
    headers: Sequence[tuple[str, bytes]] = (),
) -> None:
    """Write bytes, each where its key belongs or on that partition."""

    async def go() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all", max_request_size=4 << 20)
        await producer.start()
        try:
            await producer.client.add_topic(topic)
            for key, value in records:
                where = murmur2(key or b"") % PARTITIONS if partition is None else partition
                await producer.send_and_wait(topic, value, key=key, partition=where, headers=list(headers))
        finally:
            await producer.stop()

    asyncio.run(go())


def committed(servers: str, group: str, topic: str, partition: int) -> int:
    async def go() -> int:
        consumer = AIOKafkaConsumer(bootstrap_servers=servers, group_id=group, enable_auto_commit=False)
        await consumer.start()
        try:
            return await consumer.committed(TopicPartition(topic, partition)) or 0
        finally:
            await consumer.stop()

    return asyncio.run(go())


def turn(name: str, **fields: Any) -> UserTurn:
    """A turn in a session of its own, now."""
    now = int(time.time() * 1000)
    return make.raw(make.turn(event_id=name, session_id=name, use_case_id="quick", at=now), **fields)


def as_sent(event: RunEvent) -> tuple[bytes, bytes]:
    return event.session_id.encode(), CODEC.encode(event)


def events(records: Sequence[Kept]) -> list[str]:
    """Ids of the run events among them, in order."""
    decoded = (CODEC.decode(one.value) for one in records)
    return [one.event_id for one in decoded if not isinstance(one, Mark) and isinstance(one, UserTurn)]


def let_in(servers: str, prefix: str) -> set[str]:
    return set(events(read(servers, [f"{prefix}runs"])[f"{prefix}runs"]))


def dead(servers: str, prefix: str, topic: str) -> list[str]:
    found = read(servers, [f"{prefix}{topic}.dead"])[f"{prefix}{topic}.dead"]
    return [dict(one.headers)["dead.reason"].decode() for one in found]


def until_in(servers: str, prefix: str, *names: str, seconds: float = 30, why: Process) -> None:
    wait_for(lambda: let_in(servers, prefix) >= set(names), seconds, why.said)


# --------------------------------------------------------------------------------------------------- before it starts


def test_a_broker_that_is_down_at_start_is_waited_for(prefix: str, tmp_path: Path) -> None:
    with Broker(tmp_path / "kafka", jars(os.environ)) as broker:
        environ = topics_made(broker.bootstrap_servers, prefix)
        broker.stop()
        with running("capture", tmp_path, environ) as capture:
            wait_for(lambda: "waiting for Kafka" in capture.said(), 30, capture.said)
            time.sleep(5)  # long enough for it to have asked again

            assert capture.get("/live")[0] == 200
            assert why_not_ready(capture) == "the broker has not answered yet"
            [said] = complaints(capture)
            assert f"no Kafka broker answers at {broker.bootstrap_servers}: start one" in said

            broker.start()
            capture.until_ready()
            assert len(complaints(capture)) == 1


def test_a_missing_topic_is_named_with_how_to_create_it(kafka: Kafka, prefix: str, tmp_path: Path) -> None:
    environ = topics_made(kafka.bootstrap_servers, prefix)
    missing = f"{prefix}runs.raw.retry"
    with_client(kafka.bootstrap_servers, lambda client: client.delete_topics([missing]))

    with running("capture", tmp_path, environ) as capture:
        assert end_of(capture) == WRONG
        assert complaints(capture) == [
            f"topics differ: {missing}: it is missing: create it with loopwright topics",
            "ending: 1 topics differ from what they must be: run loopwright topics",
        ]


def test_a_wrong_number_of_partitions_is_named_with_both_numbers(kafka: Kafka, prefix: str, tmp_path: Path) -> None:
    wrong = NewTopic(f"{prefix}runs.raw", 3, 1, topic_configs={"message.timestamp.type": "LogAppendTime"})
    with_client(kafka.bootstrap_servers, lambda client: client.create_topics([wrong]))
    environ = topics_made(kafka.bootstrap_servers, prefix)

    with running("capture", tmp_path, environ) as capture:
        assert end_of(capture) == WRONG
        said = [one for one in complaints(capture) if "partitions" in one]
        assert len(said) == 1
        assert f"{prefix}runs.raw: found 3 partitions, wanted 4" in said[0]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("LOOPWRIGHT_MARKS_EVERY_MS", "soon", "LOOPWRIGHT_MARKS_EVERY_MS: "),
        ("LOOPWRIGHT_MARK_EVERY_MS", "1000", "LOOPWRIGHT_MARK_EVERY_MS is no setting; take it out, or use one of"),
        ("LOOPWRIGHT_DEAD_KEY", "short", "LOOPWRIGHT_DEAD_KEY: a key has 16 to 64 bytes; correct it"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str, said: str, tmp_path: Path) -> None:
    with running("capture", tmp_path, {name: value}) as capture:
        assert end_of(capture) == WRONG
        [one] = complaints(capture)
        assert said in one


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("", free_port())) as taken, running("capture", tmp_path, {}) as capture:
        capture.kill()
        capture.log.write_text("")
        capture.port = taken.getsockname()[1]
        capture.start()

        assert end_of(capture) == WRONG
        [said] = complaints(capture)
        assert said.startswith(f"ending: port {capture.port}: ")
        assert said.endswith("address already in use; set LOOPWRIGHT_HTTP_PORT to a free one")


# ----------------------------------------------------------------------------------------------------- while it runs


def test_a_topic_that_grows_stops_the_service_before_it_reads_the_new_partition(
    kafka: Kafka, prefix: str, tmp_path: Path
) -> None:
    """With another number of partitions keys no longer meet their states."""
    servers, raw = kafka.bootstrap_servers, f"{prefix}runs.raw"
    environ = topics_made(servers, prefix)
    with running("capture", tmp_path, environ) as capture:
        capture.until_ready()
        write(servers, raw, as_sent(turn("before")))
        until_in(servers, prefix, "before", why=capture)

        with_client(servers, lambda client: client.create_partitions({raw: NewPartitions(PARTITIONS + 1)}))
        write(servers, raw, as_sent(turn("on-the-new-one")), partition=PARTITIONS)

        assert end_of(capture) == FAULT
        said = complaints(capture)
        assert len(said) == 1, said
        assert lines(capture)[-1]["event"] == "ending", "what falls over behind it is not worth a line"
        assert f"ending: capture: {raw}: found 5 partitions, wanted 4" in said[0]
    assert let_in(servers, prefix) == {"before"}
    assert dead(servers, prefix, "runs.raw") == []
    assert committed(servers, f"{prefix}loopwright.capture", raw, PARTITIONS) == 0


UNKNOWN = b"\xc3\x01" + b"made up!"

NEWER = f"""
import runpy
from loopwright import codec
codec.CODEC._newest[{UNKNOWN!r}] = codec.DECODE["UserTurn"]
runpy.run_module("services.detection", run_name="__main__")
"""
"""Detection of a release that knows the schema."""


def test_an_unknown_schema_from_one_of_ours_stops_the_reader_until_a_release_that_knows_it(
    kafka: Kafka, prefix: str, tmp_path: Path
) -> None:
    servers, runs = kafka.bootstrap_servers, f"{prefix}runs"
    environ = topics_made(servers, prefix)
    inside = [make.turn(event_id=str(n), session_id="one", use_case_id="quick") for n in range(3)]
    bytes_of = [CODEC.encode(one) for one in inside]
    of_next_release = UNKNOWN + bytes_of[1][len(UNKNOWN) :]
    group, partition = f"{prefix}loopwright.detection", murmur2(b"one") % PARTITIONS
    with running("detection", tmp_path, environ) as detection:
        detection.until_ready()
        write(servers, runs, (b"one", bytes_of[0]), (b"one", of_next_release), (b"one", bytes_of[2]))

        assert end_of(detection) == FAULT
        [said] = complaints(detection)
        assert f"ending: detection: runs[{partition}]@1: unknown schema" in said
        assert "deploy the reader's new schemas before the writer" in said
    with running("detection", tmp_path, environ) as again:
        assert end_of(again) == FAULT, "a restart changes nothing"
    assert committed(servers, group, runs, partition) <= 1
    assert dead(servers, prefix, "runs") == []

    with running("detection", tmp_path, environ, "-c", NEWER) as newer:
        wait_for(lambda: committed(servers, group, runs, partition) >= 3, 60, newer.said)
        assert newer.ended is None
    assert dead(servers, prefix, "runs") == []


@pytest.mark.parametrize(("more", "reasons"), [(0, []), (1, ["oversize"])])
def test_a_record_of_the_highest_size_with_headers_passes_and_a_byte_more_is_set_aside(
    more: int, reasons: list[str], kafka: Kafka, prefix: str, tmp_path: Path
) -> None:
    """At the highest limit that settings allow, with headers that fill a batch of the topic."""
    servers, highest = kafka.bootstrap_servers, 900_000
    environ = {**topics_made(servers, prefix), "LOOPWRIGHT_HIGHEST_EVENT_BYTES": str(highest)}
    small = len(CODEC.encode(turn("large")))
    # The length of a text takes two bytes more when it is long.
    large = turn("large", text=TextRef(text="x" * (highest + more - small - 2)))
    assert len(CODEC.encode(large)) == highest + more
    headers = [(f"header-{n}", b"x" * 14_000) for n in range(10)]
    with running("capture", tmp_path, environ) as capture:
        capture.until_ready()
        write(servers, f"{prefix}runs.raw", as_sent(large), headers=headers)
        write(servers, f"{prefix}runs.raw", as_sent(turn("next")))
        until_in(servers, prefix, "next", *([] if reasons else ["large"]), why=capture)
        wait_for(lambda: dead(servers, prefix, "runs.raw") == reasons, 10, capture.said)
        assert complaints(capture) == []


def test_the_largest_record_that_a_broker_takes_is_set_aside_whole(kafka: Kafka, prefix: str, tmp_path: Path) -> None:
    servers = kafka.bootstrap_servers
    environ = topics_made(servers, prefix)
    largest = b"x" * (cluster.HIGHEST_BATCH_BYTES - 100)
    with running("capture", tmp_path, environ) as capture:
        capture.until_ready()
        write(servers, f"{prefix}runs.raw", (b"k", largest))
        wait_for(lambda: dead(servers, prefix, "runs.raw") == ["oversize"], 30, capture.said)
        assert capture.ended is None


def test_a_record_where_murmur2_of_its_key_does_not_put_it_is_set_aside(
    kafka: Kafka, prefix: str, tmp_path: Path
) -> None:
    servers = kafka.bootstrap_servers
    environ = topics_made(servers, prefix)
    strays = [turn(f"stray-{n}") for n in range(8)]
    with running("capture", tmp_path, environ) as capture:
        capture.until_ready()
        for one in strays:
            elsewhere = (murmur2(one.session_id.encode()) + 1) % PARTITIONS
            write(servers, f"{prefix}runs.raw", as_sent(one), partition=elsewhere)
        write(servers, f"{prefix}runs.raw", as_sent(turn("at-home")))
        until_in(servers, prefix, "at-home", why=capture)
        wait_for(lambda: dead(servers, prefix, "runs.raw") == ["wrong_partition"] * len(strays), 30, capture.said)
    assert let_in(servers, prefix) == {"at-home"}


def test_a_thousand_events_of_a_use_case_that_nobody_knows_hold_nobody_else_up(
    kafka: Kafka, prefix: str, tmp_path: Path
) -> None:
    """Each might name one that was published a moment ago: that is waited for once, not for each event."""
    servers = kafka.bootstrap_servers
    environ = topics_made(servers, prefix)
    strangers = [as_sent(turn(f"stranger-{n}", use_case_id=f"unknown-{n % 50}")) for n in range(1_000)]
    with running("capture", tmp_path, environ) as capture:
        capture.until_ready()
        write(servers, f"{prefix}runs.raw", *strangers)
        write(servers, f"{prefix}runs.raw", *(as_sent(turn(f"known-{n}")) for n in range(8)))

        until_in(servers, prefix, *(f"known-{n}" for n in range(8)), seconds=15, why=capture)
    assert dead(servers, prefix, "runs.raw") == ["unknown_use_case"] * len(strangers)


def test_while_the_broker_is_away_there_are_some_lines_and_not_thousands(prefix: str, tmp_path: Path) -> None:
    with Broker(tmp_path / "kafka", jars(os.environ)) as broker:
        environ = topics_made(broker.bootstrap_servers, prefix)
        with running("capture", tmp_path, environ) as capture:
            capture.until_ready()
            broker.kill()
            time.sleep(8)

            assert len(of_libraries(capture)) < 30, of_libraries(capture)[-3:]
            broker.start()
            write(broker.bootstrap_servers, f"{prefix}runs.raw", as_sent(turn("after")))
            wait_for(
                lambda: capture.ended is not None or bool(let_in(broker.bootstrap_servers, prefix)), 60, capture.said
            )


# -------------------------------------------------------------------------------------------------------- a full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for a broker that has just begun."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(  # noqa: S603  fixed words
        ["mount", "-t", "tmpfs", "-o", "size=120m", "tmpfs", str(folder)],  # noqa: S607
        check=False,
        capture_output=True,
        text=True,
    )
    if mounted.returncode:
        pytest.skip(f"it takes the right to mount: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607


def fill(folder: Path) -> None:
    """Leave no room at all."""
    with (folder / "ballast").open("wb") as file, suppress(OSError):
        while True:
            file.write(b"x" * 65_536)
            file.flush()


def test_a_full_disk_at_the_broker_loses_nothing_and_is_recovered_from(
    prefix: str, tmp_path: Path, small_disk: Path
) -> None:
    """The broker ends itself; services say so in one line and end, and go on when there is room and somebody starts."""
    small = {
        "log.segment.bytes": 1 << 20, "log.index.size.max.bytes": 4096, "log.cleaner.dedupe.buffer.size": 4 << 20,
        "offsets.topic.segment.bytes": 1 << 20, "transaction.state.log.segment.bytes": 1 << 20,
    }  # fmt: skip
    broker = Broker(small_disk, jars(os.environ), properties=small)
    with broker:
        servers = broker.bootstrap_servers
        environ = topics_made(servers, prefix)
        with running("capture", tmp_path, environ) as capture:
            capture.until_ready()
            write(servers, f"{prefix}runs.raw", as_sent(turn("before")))
            until_in(servers, prefix, "before", why=capture)
            fill(small_disk)

            kept = ["before"]
            with suppress(Exception):  # whatever Kafka's client says of it
                for n in range(100):
                    name = f"while-full-{n}"
                    asyncio.run(asyncio.wait_for(_acknowledged(servers, f"{prefix}runs.raw", turn(name)), 10))
                    kept.append(name)
            assert len(kept) < 100, "the disk was never full"

            (small_disk / "ballast").unlink()
            broker.stop()
            broker.start()
            if capture.ended is None:
                time.sleep(5)
            if capture.ended is not None:
                assert capture.ended == BROKEN
                [said] = complaints(capture)
                assert said.startswith("ending: ")
                assert lines(capture)[-1]["event"] == "ending"
                capture.start()
            capture.until_ready(90)
            write(servers, f"{prefix}runs.raw", as_sent(turn("after")))
            until_in(servers, prefix, *kept, "after", seconds=60, why=capture)
            found = events(read(servers, [f"{prefix}runs"])[f"{prefix}runs"])
            assert len(found) == len(set(found)), "and nothing is doubled"
            capture.send(signal.SIGTERM)
            assert end_of(capture) == 0


async def _acknowledged(servers: str, topic: str, event: RunEvent) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all", request_timeout_ms=5_000)
    await producer.start()
    try:
        key, value = as_sent(event)
        await producer.client.add_topic(topic)
        await producer.send_and_wait(topic, value, key=key, partition=murmur2(key) % PARTITIONS)
    finally:
        await producer.stop()
