"""How long until a detection that holds 100,000 conversations can go on: from its start, and of that the changelog."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]
from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # type: ignore[import-untyped]

from services.capture import app as capture
from services.cli.broker import Broker
from services.detection import app as detection
from services.kernel import changelog, cluster
from services.kernel.changelog import Beside, recover
from services.kernel.engine import Kept
from services.kernel.memory import Memory
from services.kernel.settings import Settings
from services.kernel.task import murmur2
from services.rollout import app as rollout
from tests.bench.measured import Measured, own_broker
from tests.bench.processes import PARTITIONS, Watched, backlog, loop_settings, prepare
from tests.chaos.loop import settings_for, spec

KEYS = int(os.environ.get("KEYS", "100000"))

ROUNDS = 5

FAUST_TABLE = "loopwright.detection-states-changelog"

Written = Mapping[int, Sequence[tuple[bytes, bytes | None]]]
"""Records by partition."""


def measure() -> Measured:
    """The changelog alone, the process, and Faust's table with the same states."""
    with own_broker() as (broker, folder):
        settings = loop_settings(broker.bootstrap_servers, "ours.")
        prepare(settings)
        records = _written(_states(settings))
        size = sum(len(key) + len(value or b"") for found in records.values() for key, value in found)
        asyncio.run(_fill(settings, settings.topic_prefix + cluster.changelog("detection"), records))
        alone = sorted(_recovered(settings) for _ in range(ROUNDS))
        environ = settings_for(broker.bootstrap_servers, "ours.")
        process = Watched("detection", environ, folder / "detection.log")
        wall, cpu, said = _until(process, '"event": "ready"')
        assert f'"states": {KEYS}' in said, said
        empty = loop_settings(broker.bootstrap_servers, "empty.")
        prepare(empty)
        idle = Watched("detection", settings_for(broker.bootstrap_servers, "empty."), folder / "empty.log")
        wall_empty, cpu_empty, _ = _until(idle, '"event": "ready"')
        rows: list[dict[str, str | float]] = [
            {"": "changelog.recover alone", "s": alone[ROUNDS // 2][0], "CPU s": alone[ROUNDS // 2][1]},
            {"": "detection, start to ready", "s": wall, "CPU s": cpu},
            {"": "the same without a state", "s": wall_empty, "CPU s": cpu_empty},
        ]
        faust, before = _faust(broker, records, folder), _faust(broker, {}, folder)
        rows += [
            {"": "ordinary Faust, start to recovered", "s": faust[0], "CPU s": faust[1]},
            {"": "the same without a state", "s": before[0], "CPU s": before[1]},
        ]
    return Measured(
        f"{KEYS:,} sessions of detection on {PARTITIONS} partitions, {size / KEYS:.0f} bytes each",
        rows,
        (f"changelog alone: middle of {ROUNDS}, {alone[0][0]:.2f} to {alone[-1][0]:.2f} s; the goal is 1 s",
         "Faust keeps the bytes, this runtime decodes each state and sets its timer"),
    )  # fmt: skip


def _states(settings: Settings) -> dict[str, Any]:
    """Sessions as detection has them while their users are at it, under as many names as are wanted."""
    stages = (capture.stage(settings), detection.stage(), rollout.stage())
    told = backlog(settings, 10_000, per_second=2_000)
    start = told[0].after
    memory = Memory(stages, now=start - 1_000, partitions=PARTITIONS, marks_every=settings.marks_every_ms)
    memory.send("usecases", spec(), at=start - 1_000)
    for one in told:
        memory.send(one.topic, one.event, at=one.after)
    memory.run(told[-1].after, tick=500)
    found = [state for task in memory.tasks if task.stage.name == "detection" for state in task.engine.states.values()]
    assert found, "a recovery of nothing shows nothing"
    return {f"session-{n}": state for n, state in zip(range(KEYS), cycle(found), strict=False)}


def _written(states: Mapping[str, Any]) -> Written:
    parts: dict[int, dict[str, Any]] = {number: {} for number in range(PARTITIONS)}
    for key, state in states.items():
        parts[murmur2(key.encode()) % PARTITIONS][key] = state
    return {number: changelog.written(part, Beside(Kept(), {})) for number, part in parts.items()}


async def _fill(settings: Settings, name: str, records: Written) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap_servers, enable_idempotence=True, acks="all", max_batch_size=400_000
    )
    await producer.start()
    try:
        while name not in (await producer.client.fetch_all_metadata()).topics():  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # a creation spreads
        await producer.client.add_topic(name)
        for number, found in records.items():
            batch = producer.create_batch()
            for key, value in found:
                if batch.append(timestamp=None, key=key, value=value) is None:
                    await (await producer.send_batch(batch, name, partition=number))
                    batch = producer.create_batch()
                    batch.append(timestamp=None, key=key, value=value)
            await (await producer.send_batch(batch, name, partition=number))
    finally:
        await producer.stop()


def _recovered(settings: Settings) -> tuple[float, float]:
    """Seconds and CPU seconds of one recovery, in a process that holds nothing else."""
    name = settings.topic_prefix + cluster.changelog("detection")
    words = [sys.executable, "-m", "tests.bench.recovery", settings.bootstrap_servers, name]
    said = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603  our own words
    seconds, cpu, keys = said.split()
    assert int(keys) == KEYS, said
    return float(seconds), float(cpu)


async def _recover(servers: str, name: str) -> None:
    """Print the seconds, the CPU seconds and the states of one recovery.

    Inside the loop, and without returning them: `asyncio.run` would write out what it returns, to throw it away.
    """
    state = detection.stage().state
    began, cpu = time.monotonic(), time.process_time()
    found = await recover(servers, name, range(PARTITIONS), state)
    seconds, used = time.monotonic() - began, time.process_time() - cpu
    print(seconds, used, sum(len(one.states) for one in found.values()))


def _until(process: Watched, word: str) -> tuple[float, float, str]:
    """Start a process and wait for a word of its; seconds, CPU seconds, and what it has said."""
    began = time.monotonic()
    process.start()
    try:
        while word not in process.log.read_text():
            assert process.ended is None, process.said()
            assert time.monotonic() < began + 180, process.said()
            time.sleep(0.01)
        return time.monotonic() - began, process.cpu(), process.said()
    finally:
        process.kill()


def _faust(broker: Broker, records: Written, folder: Any) -> tuple[float, float]:
    """Seconds and CPU seconds from the start of a Faust worker until its table is back."""
    prefix = "faust." if records else "none."
    settings = loop_settings(broker.bootstrap_servers, prefix)
    prepare(settings)
    name = prefix + FAUST_TABLE
    asyncio.run(_create(settings, name))
    if records:
        asyncio.run(_fill(settings, name, records))
    environ = settings_for(broker.bootstrap_servers, prefix)
    words = ("-m", "tests.bench.faust_peer", "detection")
    wall, cpu, _ = _until(Watched("detection", environ, folder / f"{prefix}log", words), '"event": "recovered"')
    return wall, cpu


async def _create(settings: Settings, name: str) -> None:
    client = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
    await client.start()
    try:
        await client.create_topics([NewTopic(name, PARTITIONS, 1, topic_configs={"cleanup.policy": "compact"})])
    finally:
        await client.close()


def main() -> None:
    """Print the table."""
    print(measure().table())


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(_recover(sys.argv[1], sys.argv[2]))
    else:
        main()
