"""One hop at 200 events a second: from a record's append until a read-committed reader has what capture made of it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition  # type: ignore[import-untyped]

from loopwright.codec import CODEC
from loopwright.events import RunEvent
from services.cli.broker import Broker
from services.kernel.settings import Settings
from services.kernel.topics import topic
from tests.bench.measured import Measured, own_broker, quantile
from tests.bench.processes import PARTITIONS, Watched, loop_settings, prepare, wait_for
from tests.chaos.loop import Told, history, settings_for

PER_SECOND = 200.0
SECONDS = int(os.environ.get("SECONDS", "20"))

_WARM_S = 3
"""So long nothing counts: caches fill, and the first transactions look for their coordinators."""


def measure() -> Measured:
    """The hop on this runtime and on the raw peer, and what reading alone takes."""
    with own_broker() as (broker, folder):
        rows = [
            _row("capture on this runtime", hop(broker, folder, "ours.", ())),
            _row(
                "capture on aiokafka alone",
                hop(broker, folder, "raw.", ("-m", "tests.bench.raw_peer", "capture")),
            ),
            _row("no hop: append to reader", asyncio.run(_through(_prepared(broker, "none."), "runs.raw"))),
        ]
    return Measured(
        f"ms from append to read-committed visibility, {PER_SECOND:.0f} events/s for {SECONDS} s",
        rows,
        ("append times are whole milliseconds, so half a millisecond too much on average",),
    )


def hop(broker: Broker, folder: Path, prefix: str, words: tuple[str, ...]) -> list[float]:
    """Milliseconds of each event through capture."""
    settings = _prepared(broker, prefix)
    environ = settings_for(broker.bootstrap_servers, prefix)
    process = Watched("capture", environ, folder / f"{prefix}capture.log", words)
    process.start()
    try:
        wait_for(lambda: process.consumes, 60, process.said)
        return asyncio.run(_through(settings, "runs"))
    finally:
        process.kill()


def _prepared(broker: Broker, prefix: str) -> Settings:
    settings = loop_settings(broker.bootstrap_servers, prefix)
    prepare(settings)
    return settings


async def _through(settings: Settings, output: str) -> list[float]:
    """Send a history and watch what comes out; milliseconds for each event."""
    seconds = SECONDS + _WARM_S
    start = int(time.time() * 1000) + 2_000
    told = history(1, events=int(PER_SECOND * seconds), per_second=PER_SECOND, start=start, settings=settings)
    told = [one for one in told if one.after < seconds * 1_000]
    seen: dict[str, float] = {}
    watching = asyncio.create_task(_watch(settings, output, seen))
    try:
        await asyncio.sleep(max(0.5, start / 1000 - time.time()))
        appended = await _tell(settings, told, int(time.time() * 1000))
        async with asyncio.timeout(60):
            while not appended.keys() <= seen.keys():
                assert not watching.done(), watching.exception()
                await asyncio.sleep(0.05)
    finally:
        watching.cancel()
    warm = min(appended.values()) + _WARM_S * 1_000
    return [seen[event_id] - at for event_id, at in appended.items() if at >= warm]


async def _tell(settings: Settings, told: Sequence[Told], start: int) -> dict[str, int]:
    """Send each event at its time; returns when the broker has appended each, milliseconds."""
    key_of = topic("runs.raw").keys()
    name = settings.topic_prefix + "runs.raw"
    producer = AIOKafkaProducer(bootstrap_servers=settings.bootstrap_servers, enable_idempotence=True, acks="all")
    await producer.start()
    appended = {}
    try:
        await producer.client.add_topic(name)
        sent = []
        for one in told:
            wait = (start + one.after) / 1000 - time.time()
            if wait > 0:
                await asyncio.sleep(wait)
            assert isinstance(one.event, RunEvent)
            future = await producer.send(name, CODEC.encode(one.event), key=key_of(one.event).encode())
            sent.append((one.event.event_id, future))
        for event_id, future in sent:
            appended[event_id] = (await future).timestamp
    finally:
        await producer.stop()
    return appended


async def _watch(settings: Settings, output: str, seen: dict[str, float]) -> None:
    """Note when each event is there for a read-committed reader, milliseconds."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap_servers, isolation_level="read_committed", enable_auto_commit=False
    )
    await consumer.start()
    try:
        consumer.assign([TopicPartition(settings.topic_prefix + output, number) for number in range(PARTITIONS)])
        while True:
            found = await consumer.getmany(timeout_ms=1_000)
            now = time.time() * 1000
            for record in (one for records in found.values() for one in records):
                event = CODEC.decode(record.value)
                if isinstance(event, RunEvent):
                    seen.setdefault(event.event_id, now)
    finally:
        await consumer.stop()


def _row(name: str, found: Sequence[float]) -> dict[str, str | float]:
    return {
        "": name,
        "events": len(found),
        **{f"p{share * 100:g}": quantile(found, share) for share in (0.5, 0.9, 0.99)},
        "most": max(found),
    }


def main() -> None:
    """Print the table."""
    print(measure().table())


if __name__ == "__main__":
    main()
