"""The topics in a Kafka cluster: which there must be, made where they are missing, held against what is there.

    <topic>             as schemas/topics.yaml says
    <topic>.retry       beside each input of a stage: dead letters that somebody sent back
    <topic>.dead        beside each input, and beside what is only referred to: what no reader could use
    <stage>.changelog   the states of a stage, compacted

All names begin with the prefix of the settings. What is there already is never changed: a wrong number of
partitions cannot be put right, and the rest is an operator's to decide. `differences` says what to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # type: ignore[import-untyped]
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType  # type: ignore[import-untyped]
from aiokafka.errors import (  # type: ignore[import-untyped]
    ClusterAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    for_code,
)

from services.kernel.settings import Settings
from services.kernel.stage import Stage
from services.kernel.topics import Cleanup, Topic, topics

FOR_EVER = -1
DAY_MS = 24 * 60 * 60 * 1000
RETRY_MS = 7 * DAY_MS
DEAD_MS = 30 * DAY_MS

HIGHEST_BATCH_BYTES = 1024 * 1024
"""The largest batch that a topic takes, bytes: one record of the highest size that settings allow, and its headers."""

SEALED_BYTES = 64 * 1024
"""By how much a dead letter may be larger than the batch that its record came in: the seal, and why it is dead."""

HIGHEST_STATE_BYTES = 4 * 1024 * 1024
"""The largest batch that a changelog takes, bytes: a state holds what many events left, and one that did not fit
would stop its stage for good."""

ANSWER_MS = 15_000
"""How long a broker may take to answer."""

_EXACT = ("message.timestamp.type", "cleanup.policy", "compression.type")
_AT_LEAST = ("retention.ms", "retention.bytes", "min.insync.replicas", "max.message.bytes")

_UNAUTHORISED = (TopicAuthorizationFailedError.errno, ClusterAuthorizationFailedError.errno)


class ClusterFault(Exception):
    """The cluster does not answer or will not do it; the message is one line that says why and how to mend it."""


def unreachable(servers: str) -> ClusterFault:
    """No broker answers there: what to raise."""
    return ClusterFault(
        f"no Kafka broker answers at {servers}: start one with make local or make up, "
        "or set LOOPWRIGHT_BOOTSTRAP_SERVERS to where it is"
    )


@dataclass(frozen=True)
class Laid:
    """One topic as it must be."""

    name: str
    """As the broker knows it, prefix included."""
    partitions: int
    replication: int
    config: Mapping[str, str]


@dataclass(frozen=True)
class Found:
    """One topic as it is."""

    partitions: int
    replication: int
    """Copies of the partition that has the fewest."""
    config: Mapping[str, str]


def changelog(stage: str) -> str:
    """The topic that keeps the states of a stage, without prefix."""
    return f"{stage}.changelog"


def layout(settings: Settings, topics: Mapping[str, Topic]) -> tuple[Laid, ...]:
    """All topics that there must be: each of the map with what lies beside it, then the changelogs."""
    laid = []
    homes: dict[str, Topic] = {}
    for topic in topics.values():
        laid.append(_laid(settings, topic, topic.name, _of_map(topic)))
        if topic.readers:
            laid.append(_laid(settings, topic, topic.retry, _beside(RETRY_MS)))
        if topic.readers or topic.refers:
            laid.append(_laid(settings, topic, topic.dead, _beside(DEAD_MS)))
        for reader in topic.readers:
            homes.setdefault(reader, topic)
    laid += [_laid(settings, home, changelog(stage), _of_changelog()) for stage, home in homes.items()]
    return tuple(laid)


def compare(laid: Sequence[Laid], found: Mapping[str, Found]) -> list[str]:
    """Each difference as one line: the topic, a colon, what is found, what is wanted, how to mend it."""
    return [line for topic in laid for line in _compare(topic, found.get(topic.name))]


def unequal(found: Mapping[str, int], stage: Stage[Any], settings: Settings) -> str | None:
    """What is wrong with the numbers of partitions that a stage meets, in one line; None: nothing.

    All inputs, their retries and the changelog must have the number of the layout. With any other, keys and their
    states no longer meet: a stage that went on would judge with half of what it knows.

    `found` has the numbers by the names that the broker knows; 0 or no entry: no such topic.
    """
    wanted = _partitions(settings, stage.reads[0])
    beside = [name for topic in stage.reads for name in (topic.name, topic.retry)]
    for name in (*beside, changelog(stage.name)):
        physical = settings.topic_prefix + name
        count = found.get(physical, 0)
        if not count:
            return f"{stage.name}: {_missing(physical)}"
        if count != wanted:
            return f"{stage.name}: {_other_count(physical, count, wanted)}"
    return None


def refusal(topic: str, code: int, said: str | None) -> str:
    """Why a broker did not create a topic, in one line, given the error's code and words."""
    if code in _UNAUTHORISED:
        return f"{topic}: not authorised to create it: allow this client CREATE and DESCRIBE on it, or on the cluster"
    why = " ".join((said or for_code(code).message).split()).rstrip(".")
    return f"{topic}: the broker will not create it: {why}: see its log, and mend it there or in schemas/topics.yaml"


async def reachable(settings: Settings) -> None:
    """Return when a broker answers.

    Raises:
        ClusterFault: none does.

    """
    async with _connected(settings):
        pass


async def create(settings: Settings) -> list[str]:
    """Create what is missing and leave what is there; returns the names of what it created, readable by then.

    Raises:
        ClusterFault: no broker answers, or this one may not or cannot create them.

    """
    async with _connected(settings) as client:
        there = await _partitioned(client)
        missing = [topic for topic in layout(settings, topics()) if topic.name not in there]
        if not missing:
            return []
        _check_brokers(settings, missing, len((await client.describe_cluster())["brokers"]))
        answer = await client.create_topics(
            [
                NewTopic(topic.name, topic.partitions, topic.replication, topic_configs=dict(topic.config))
                for topic in missing
            ]
        )
        created = []
        for name, code, said in answer.topic_errors:
            if code == 0:
                created.append(name)
            elif code != TopicAlreadyExistsError.errno:  # another process may be a moment ahead
                raise ClusterFault(refusal(name, code, said))
        await _until_there(client, missing)
        return created


async def differences(settings: Settings) -> list[str]:
    """Each difference between the cluster and the layout, one line each; see `compare`.

    Raises:
        ClusterFault: no broker answers, or this client may not look.

    """
    laid = layout(settings, topics())
    async with _connected(settings) as client:
        there = await _partitioned(client)
        names = [topic.name for topic in laid if topic.name in there]
        configs = await _configs(client, names)
        found = {
            name: Found(len(there[name]), min(len(one["replicas"]) for one in there[name]), configs[name])
            for name in names
            if name in configs
        }
    return compare(laid, found)


def _partitions(settings: Settings, topic: Topic) -> int:
    return min(topic.partitions, settings.partitions or topic.partitions)


def _laid(settings: Settings, topic: Topic, name: str, kept: Mapping[str, str]) -> Laid:
    replication = min(topic.replication, settings.replication or topic.replication)
    config = {
        "message.timestamp.type": "LogAppendTime",  # partition time is the broker's, whatever a producer's clock says
        "min.insync.replicas": str(max(1, replication - 1)),  # one broker may be down, and no record has one copy only
        "max.message.bytes": str(HIGHEST_BATCH_BYTES),
        **kept,
    }
    return Laid(settings.topic_prefix + name, _partitions(settings, topic), replication, config)


def _deleted(retention_ms: int) -> dict[str, str]:
    # A limit in bytes, where the cluster has one by default, would cut history that is to stay.
    return {"cleanup.policy": "delete", "retention.ms": str(retention_ms), "retention.bytes": str(FOR_EVER)}


def _compacted() -> dict[str, str]:
    """Whoever starts reads a compacted topic whole, so what is superseded must go soon.

    A broker compacts only segments that are closed, and by default closes one after a week or a GiB and then waits
    until half is superseded. Here a segment is closed after 16 MiB or ten minutes, and compacted when a tenth is
    superseded: there is little more to read than what is live. Rewriting it that often costs little, as it is small.
    """
    return {
        "cleanup.policy": "compact",
        "segment.bytes": str(16 * 1024 * 1024),
        "segment.ms": str(10 * 60 * 1000),
        "min.cleanable.dirty.ratio": "0.1",
    }


def _of_map(topic: Topic) -> dict[str, str]:
    kept = _compacted() if topic.cleanup is Cleanup.COMPACT else _deleted(topic.retention_ms)
    # The broker unpacks what producers packed, with whichever codec: so readers need none, and the highest size is
    # that of what they get, which must fit into a dead letter too.
    return {**kept, "compression.type": "uncompressed"} if topic.from_outside else kept


def _beside(retention_ms: int) -> dict[str, str]:
    return {**_deleted(retention_ms), "max.message.bytes": str(HIGHEST_BATCH_BYTES + SEALED_BYTES)}


def _of_changelog() -> dict[str, str]:
    # Sessions come and go all day: a day of tombstones, the default, would be most of what a recovery reads. An
    # hour is far more than a recovery takes, and who takes longer has lost the partition meanwhile.
    tombstones = {"delete.retention.ms": str(60 * 60 * 1000)}
    return {**_compacted(), **tombstones, "max.message.bytes": str(HIGHEST_STATE_BYTES)}


def _compare(laid: Laid, found: Found | None) -> Iterator[str]:
    if found is None:
        yield _missing(laid.name)
        return
    if found.partitions != laid.partitions:
        yield _other_count(laid.name, found.partitions, laid.partitions)
    if found.replication < laid.replication:
        yield (
            f"{laid.name}: found {_number(found.replication, 'copy', 'copies')} of each record, "
            f"wanted {laid.replication}: add replicas with kafka-reassign-partitions.sh, "
            f"or set LOOPWRIGHT_REPLICATION={found.replication}"
        )
    for key, wanted in laid.config.items():
        value = found.config.get(key)
        if (key in _EXACT and value != wanted) or (key in _AT_LEAST and _less(value, wanted)):
            yield (
                f"{laid.name}: found {key}={value}, wanted {wanted}: run kafka-configs.sh --alter "
                f"--entity-type topics --entity-name {laid.name} --add-config {key}={wanted}"
            )


def _less(value: str | None, wanted: str) -> bool:
    if value is None:
        return True
    if FOR_EVER in (int(value), int(wanted)):
        return int(value) != FOR_EVER
    return int(value) < int(wanted)


def _missing(name: str) -> str:
    return f"{name}: it is missing: create it with loopwright topics"


def _other_count(name: str, found: int, wanted: int) -> str:
    return (
        f"{name}: found {_number(found, 'partition', 'partitions')}, wanted {wanted}, and it cannot change: "
        "set LOOPWRIGHT_PARTITIONS to what all topics were created with, "
        "or create a new generation of them under another LOOPWRIGHT_TOPIC_PREFIX"
    )


def _number(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def _check_brokers(settings: Settings, missing: Sequence[Laid], brokers: int) -> None:
    copies = max(topic.replication for topic in missing)
    if copies > brokers:
        asks = "the map wants" if settings.replication is None else "LOOPWRIGHT_REPLICATION asks for"
        raise ClusterFault(
            f"the cluster at {settings.bootstrap_servers} has {_number(brokers, 'broker', 'brokers')}, {asks} "
            f"{copies} copies of each record: set LOOPWRIGHT_REPLICATION={max(brokers, 1)} or add brokers"
        )


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[Any]:
    where = settings.bootstrap_servers
    client = AIOKafkaAdminClient(bootstrap_servers=where, request_timeout_ms=ANSWER_MS)
    try:
        await client.start()
        yield client
    except KafkaConnectionError as error:
        raise unreachable(where) from error
    except (KafkaError, TimeoutError) as error:
        said = " ".join(str(error).split()) or f"no answer within {ANSWER_MS // 1000} s"
        raise ClusterFault(
            f"the Kafka cluster at {where} does not do what it is asked: {said}: see its log, and that "
            "advertised.listeners of each broker is an address that this machine reaches"
        ) from error
    finally:
        await client.close()


async def _partitioned(client: Any) -> dict[str, list[Any]]:
    """The partitions of each topic that this client may see.

    All are asked for, not ours by name: a broker that creates topics on its own would make those it is asked about.
    """
    return {one["topic"]: one["partitions"] for one in await client.describe_topics()}


async def _until_there(client: Any, wanted: Sequence[Laid]) -> None:
    """Wait until the broker that is asked knows of each partition, with its leader: a creation spreads."""
    left = {topic.name for topic in wanted}
    try:
        async with asyncio.timeout(ANSWER_MS / 1000):
            while True:
                there = await _partitioned(client)
                left = {name for name in left if not _led(there.get(name, []))}
                if not left:
                    return
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise ClusterFault(
            f"{min(left)}: it is there, yet this client does not see it after {ANSWER_MS // 1000} s: "
            "allow it DESCRIBE on the topic, or see the brokers' logs"
        ) from None


def _led(partitions: Sequence[Any]) -> bool:
    return bool(partitions) and all(one["leader"] >= 0 for one in partitions)


async def _configs(client: Any, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """What is set for each topic, of what is compared; without a topic that was deleted in the meantime."""
    if not names:
        return {}
    asked = dict.fromkeys((*_EXACT, *_AT_LEAST), "")
    answers = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name, asked) for name in names])
    found = {}
    for code, said, _, name, entries in (row for answer in answers for row in answer.resources):
        if code in _UNAUTHORISED:
            raise ClusterFault(f"{name}: not authorised to read its settings: allow this client DESCRIBE_CONFIGS on it")
        if code == UnknownTopicOrPartitionError.errno:
            continue
        if code:
            why = " ".join((said or for_code(code).message).split()).rstrip(".")
            raise ClusterFault(f"{name}: the broker does not tell its settings: {why}: see the broker's log")
        found[name] = {entry[0]: entry[1] for entry in entries}
    return found
