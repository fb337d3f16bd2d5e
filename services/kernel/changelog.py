"""The states of a stage, kept in a compacted topic that only its tasks write, and read back in bulk.

A record is one state: the key is `s` and the state's key, the value its msgpack bytes, none for a state that was
forgotten. The key `k` holds what is kept beside the states, and how far each input had been handed on when they were
written. All of it goes out in the transaction that it belongs to, so what is read back belongs together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]
from msgspec import Struct, msgpack

from services.kernel.engine import Kept

KEPT = b"k"
STATE = b"s"

RECOVERY_S = 300
"""How long a recovery may go without coming to its end, seconds."""


class Beside(Struct, frozen=True, gc=False):
    """What is kept beside the states."""

    kept: Kept
    next: dict[str, int]
    """By input topic, without prefix: the first offset that had not been handed on."""
    buried: dict[str, int] = {}
    """By reference topic and partition: the first offset whose record, should it be bad, had not been set aside."""


@dataclass
class Recovered:
    """What a changelog partition holds."""

    states: dict[str, Any] = field(default_factory=dict)
    beside: Beside = field(default_factory=lambda: Beside(Kept(), {}))


def written(changed: Mapping[str, Any], beside: Beside) -> list[tuple[bytes, bytes | None]]:
    """Changed states and what is kept beside them, as records."""
    encode = msgpack.encode
    records = [(STATE + key.encode(), None if state is None else encode(state)) for key, state in changed.items()]
    records.append((KEPT, encode(beside)))
    return records


async def recover(servers: str, topic: str, partitions: Sequence[int], state: type[Any]) -> dict[int, Recovered]:
    """Read whole partitions of one changelog (its name as the broker knows it), all at once.

    Raises:
        TimeoutError: no end came in sight.

    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers,
        enable_auto_commit=False,
        auto_offset_reset="earliest",  # the default would go past all states of a log whose beginning was cut off
        isolation_level="read_committed",
        fetch_max_wait_ms=50,
        max_partition_fetch_bytes=4 << 20,
        check_crcs=False,
    )
    raw: dict[int, dict[bytes, bytes]] = {number: {} for number in partitions}
    await consumer.start()
    try:
        left = {TopicPartition(topic, number) for number in partitions}
        consumer.assign(list(left))
        for place in left:
            consumer.seek(place, 0)
        async with asyncio.timeout(RECOVERY_S):
            while left:
                for place, records in (await consumer.getmany(*left, timeout_ms=100)).items():
                    known = raw[place.partition]
                    for record in records:
                        if record.value is None:
                            known.pop(record.key, None)
                        else:
                            known[record.key] = record.value
                left = {place for place in left if not await _at_end(consumer, place)}
    finally:
        await consumer.stop()
    return {number: _decoded(known, state) for number, known in raw.items()}


async def _at_end(consumer: Any, place: Any) -> bool:
    """Whether all that is committed has been read. The task's producer has ended what was open before."""
    end = consumer.last_stable_offset(place)
    return end is not None and await consumer.position(place) >= end


def _decoded(raw: Mapping[bytes, bytes], state: type[Any]) -> Recovered:
    found = Recovered()
    decode = msgpack.Decoder(state).decode
    for key, value in raw.items():
        if key == KEPT:
            found.beside = msgpack.decode(value, type=Beside)
        else:
            found.states[key[1:].decode()] = decode(value)
    return found
