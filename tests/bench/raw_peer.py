"""A stage on aiokafka and nothing else: python -m tests.bench.raw_peer capture.

The same codec, engine and domain, states in a dict, whole batches by an idempotent producer. It lacks transactions
(what a crash leaves is written twice), a changelog (states are gone with the process), rebalances, several inputs,
reference data that changes, dead letters, metrics and health. What is left is the least that Kafka costs in Python.
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition  # type: ignore[import-untyped]

from services.kernel.clock import now_ms
from services.kernel.references import as_record
from services.kernel.settings import Settings, load
from services.kernel.stage import Stage
from services.kernel.task import murmur2
from tests.bench.peer import Marks, engine_of, say_ready, stage_of, tables
from tests.bench.processes import PARTITIONS

BATCH = 500
"""Records that are handed to an engine before its output is sent: what the runtime's batches have in a backlog."""


async def work(stage: Stage[Any], settings: Settings, known: Any) -> None:  # noqa: C901  it is one loop
    """Read, decide, write, commit, for ever."""
    prefix, topic = settings.topic_prefix, stage.reads[0].name
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap_servers,
        group_id=f"{prefix}loopwright.{stage.name}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=10,
        check_crcs=False,
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap_servers, enable_idempotence=True, acks="all", max_batch_size=900_000
    )
    await consumer.start()
    await producer.start()
    consumer.assign([TopicPartition(prefix + topic, number) for number in range(PARTITIONS)])
    for one in stage.writes:
        await producer.client.add_topic(prefix + one.name)
    engines = [engine_of(stage, number, known, settings) for number in range(PARTITIONS)]
    marks = [Marks(stage, number, settings.marks_every_ms) for number in range(PARTITIONS)]
    say_ready()
    while True:
        read = await consumer.getmany(timeout_ms=50, max_records=BATCH)
        messages: dict[tuple[str, int], list[tuple[bytes | None, bytes]]] = defaultdict(list)
        for place, raw in read.items():
            engine = engines[place.partition]
            for record in raw:
                engine.receive(as_record(topic, record))
            if stage.timed[0].from_outside:
                engine.observe(topic, raw[-1].timestamp)
            engine.advance(now_ms())
            taken = engine.take()
            for output in taken.outputs:
                messages[output.topic, murmur2(output.key) % PARTITIONS].append((output.key, output.value))
            for mark in marks[place.partition].due(taken.kept.time):
                for number in range(PARTITIONS):
                    messages[mark.topic, number].append((mark.key, mark.value))
        sent = []
        for (name, number), found in messages.items():
            batch = producer.create_batch()
            for key, value in found:
                if batch.append(timestamp=None, key=key, value=value) is None:
                    sent.append(await producer.send_batch(batch, prefix + name, partition=number))
                    batch = producer.create_batch()
                    batch.append(timestamp=None, key=key, value=value)
            sent.append(await producer.send_batch(batch, prefix + name, partition=number))
        await asyncio.gather(*sent)
        if read:
            await consumer.commit()


def main() -> None:
    """Be one service until killed."""
    settings = load()
    stage = stage_of(sys.argv[1], settings)
    known = tables(stage, settings)
    asyncio.run(work(stage, settings, known))


if __name__ == "__main__":
    main()
