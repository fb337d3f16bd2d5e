"""The topics in a cluster: which there must be, what differs, and, on a broker, that they are created so."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # type: ignore[import-untyped]

from services import loop
from services.cli.main import main
from services.kernel.cluster import (
    ClusterFault,
    Found,
    Laid,
    changelog,
    compare,
    create,
    differences,
    layout,
    refusal,
    unequal,
)
from services.kernel.engine import Record, dead_headers
from services.kernel.settings import Settings
from services.kernel.stage import Stage
from services.kernel.topics import Cleanup, topics

STAGES = loop.stages(Settings())
TRIAGE = next(stage for stage in STAGES if stage.name == "triage")


def laid(settings: Settings | None = None) -> dict[str, Laid]:
    return {topic.name: topic for topic in layout(settings or Settings(), topics())}


def beside(name: str) -> set[str]:
    """The names that begin with a topic's and a dot, of those that are on no map."""
    return {other.removeprefix(name) for other in laid() if other.startswith(f"{name}.") and other not in topics()}


def as_wanted(settings: Settings | None = None) -> dict[str, Found]:
    """A cluster that has all topics as they must be."""
    return {name: Found(one.partitions, one.replication, one.config) for name, one in laid(settings).items()}


def counts(stage: Stage[Any], partitions: int) -> dict[str, int]:
    """The topics of a stage, all with the same number of partitions."""
    names = [name for topic in stage.reads for name in (topic.name, topic.retry)]
    return dict.fromkeys([*names, changelog(stage.name)], partitions)


def test_every_topic_of_the_map_is_laid_out_as_the_map_says() -> None:
    for name, topic in topics().items():
        assert (laid()[name].partitions, laid()[name].replication) == (topic.partitions, topic.replication)


def test_a_topic_has_beside_it_what_its_readers_need() -> None:
    assert beside("signals") == {".retry", ".dead"}  # an input
    assert beside("releases") == {".retry", ".dead"}  # an input of one stage, referred to by others
    assert beside("usecases") == {".dead"}  # only referred to
    assert beside("transitions") == set()  # read by nobody of ours


def test_a_retry_has_the_partitions_of_its_topic_because_keys_must_meet_their_states() -> None:
    for topic in topics().values():
        if topic.readers:
            assert laid()[topic.retry].partitions == topic.partitions


def test_every_stage_has_a_compacted_changelog_with_the_partitions_of_its_inputs() -> None:
    for stage in STAGES:
        assert laid()[changelog(stage.name)].partitions == stage.reads[0].partitions
        assert laid()[changelog(stage.name)].config["cleanup.policy"] == "compact"


def test_every_topic_has_the_brokers_time_and_survives_the_loss_of_one_broker() -> None:
    assert {topic.config["message.timestamp.type"] for topic in laid().values()} == {"LogAppendTime"}
    assert {(topic.replication, topic.config["min.insync.replicas"]) for topic in laid().values()} == {(3, "2")}


def test_records_stay_as_long_as_the_map_says() -> None:
    for name, topic in topics().items():
        if topic.cleanup is Cleanup.DELETE:
            assert laid()[name].config["retention.ms"] == str(topic.retention_ms)
        else:
            assert laid()[name].config.keys() & {"retention.ms", "retention.bytes"} == set()


def test_dead_letters_stay_longer_than_those_that_were_sent_back() -> None:
    assert laid()["runs.retry"].config["retention.ms"] == str(7 * 86_400_000)
    assert laid()["runs.dead"].config["retention.ms"] == str(30 * 86_400_000)


def test_the_largest_event_that_settings_allow_fits_with_room_for_headers() -> None:
    largest = Settings(highest_event_bytes=900_000).highest_event_bytes
    for topic in laid().values():
        assert largest + 64 * 1024 < int(topic.config["max.message.bytes"])


def test_whatever_came_through_a_topic_fits_into_its_dead_letters_sealed_and_with_the_reason() -> None:
    record = Record(topic="r" * 249, partition=2**31, offset=2**63, key=b"", value=b"", appended_at=2**63)
    headers = dead_headers("s" * 249, "unknown_schema", "é" * 10_000, record)
    more = sum(len(name) + len(value) + 10 for name, value in headers) + 1024
    for name, topic in topics().items():
        if topic.readers:
            limits = {one: int(laid()[one].config["max.message.bytes"]) for one in (name, topic.dead, topic.retry)}
            assert limits[name] + more < min(limits[topic.dead], limits[topic.retry])


def test_settings_lower_partitions_and_copies_and_never_raise_them() -> None:
    small = laid(Settings(partitions=4, replication=1))
    assert {topic.partitions for name, topic in small.items() if not name.startswith("usecases")} == {4}
    assert small["usecases"].partitions == 1
    assert {(topic.replication, topic.config["min.insync.replicas"]) for topic in small.values()} == {(1, "1")}
    assert laid(Settings(partitions=400, replication=5)) == laid()


def test_every_name_has_the_prefix() -> None:
    assert set(laid(Settings(topic_prefix="team-a."))) == {f"team-a.{name}" for name in laid()}


def test_a_cluster_that_is_as_wanted_has_no_differences() -> None:
    assert compare(tuple(laid().values()), as_wanted()) == []


@pytest.mark.parametrize(
    ("name", "changes", "line"),
    [
        ("runs", {"partitions": 6}, "runs: found 6 partitions, wanted 12, and it cannot change: "),
        ("runs", {"partitions": 13}, "runs: found 13 partitions, wanted 12, and it cannot change: "),
        ("runs", {"replication": 1}, "runs: found 1 copy of each record, wanted 3: "),
        ("runs", {"message.timestamp.type": "CreateTime"}, "runs: found message.timestamp.type=CreateTime, wanted L"),
        ("runs", {"cleanup.policy": "compact"}, "runs: found cleanup.policy=compact, wanted delete: "),
        ("cases", {"cleanup.policy": "compact,delete"}, "cases: found cleanup.policy=compact,delete, wanted compact: "),
        ("runs", {"retention.ms": "2591999999"}, "runs: found retention.ms=2591999999, wanted 2592000000: "),
        ("audit", {"retention.ms": "2592000000"}, "audit: found retention.ms=2592000000, wanted -1: "),
        ("audit", {"retention.bytes": "1000000000"}, "audit: found retention.bytes=1000000000, wanted -1: "),
        ("runs", {"min.insync.replicas": "1"}, "runs: found min.insync.replicas=1, wanted 2: "),
        ("runs", {"max.message.bytes": "1000"}, "runs: found max.message.bytes=1000, wanted 1048576: "),
    ],
)
def test_a_difference_is_one_line_with_what_is_found_and_wanted(
    name: str, changes: Mapping[str, Any], line: str
) -> None:
    (said,) = compare(tuple(laid().values()), {**as_wanted(), name: changed(as_wanted()[name], changes)})
    assert said.startswith(line)
    assert "\n" not in said


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("runs", {"replication": 5}),
        ("runs", {"retention.ms": "-1"}),
        ("runs", {"max.message.bytes": "2000000"}),
        ("rollout.changelog", {"segment.bytes": "1048576"}),
    ],
)
def test_more_than_is_wanted_is_no_difference_nor_is_what_only_costs_time(
    name: str, changes: Mapping[str, Any]
) -> None:
    assert compare(tuple(laid().values()), {**as_wanted(), name: changed(as_wanted()[name], changes)}) == []


def changed(found: Found, changes: Mapping[str, Any]) -> Found:
    fields = {name: value for name, value in changes.items() if name in {"partitions", "replication"}}
    config = {name: value for name, value in changes.items() if name not in fields}
    return replace(found, config={**found.config, **config}, **fields)


def test_a_missing_topic_is_a_difference() -> None:
    found = as_wanted()
    del found["gates"]
    assert compare(tuple(laid().values()), found) == ["gates: it is missing: create it with loopwright topics"]


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_a_stage_accepts_the_partitions_of_the_layout(stage: Stage[Any]) -> None:
    found = {name: topic.partitions for name, topic in laid().items()}
    assert unequal(found, stage, Settings()) is None


@pytest.mark.parametrize("name", counts(TRIAGE, 0))
def test_a_stage_refuses_one_topic_that_grew_or_is_missing(name: str) -> None:
    grown = unequal({**counts(TRIAGE, 12), name: 13}, TRIAGE, Settings())
    missing = unequal({**counts(TRIAGE, 12), name: 0}, TRIAGE, Settings())
    assert str(grown).startswith(f"triage: {name}: found 13 partitions, wanted 12")
    assert missing == f"triage: {name}: it is missing: create it with loopwright topics"
    assert unequal({key: 12 for key in counts(TRIAGE, 12) if key != name}, TRIAGE, Settings()) == missing


def test_a_stage_refuses_topics_that_grew_together() -> None:
    assert unequal(counts(TRIAGE, 24), TRIAGE, Settings()) is not None
    assert unequal(counts(TRIAGE, 4), TRIAGE, Settings()) is not None
    assert unequal(counts(TRIAGE, 4), TRIAGE, Settings(partitions=4)) is None


def test_a_stage_looks_at_the_topics_with_its_prefix_only() -> None:
    found = {f"a.{name}": partitions for name, partitions in counts(TRIAGE, 12).items()}
    assert unequal({**found, "signals": 5}, TRIAGE, Settings(topic_prefix="a.")) is None
    assert unequal(found, TRIAGE, Settings(topic_prefix="b.")) is not None


@pytest.mark.parametrize(
    ("code", "said", "line"),
    [
        (29, None, "runs: not authorised to create it: allow this client CREATE "),
        (31, "Cluster authorization failed.", "runs: not authorised to create it: allow this client CREATE "),
        (44, "at most\n9 topics.", "runs: the broker will not create it: at most 9 topics: "),
        (44, None, "runs: the broker will not create it: POLICY_VIOLATION: "),
    ],
)
def test_a_refusal_is_one_line_that_says_how_to_mend_it(code: int, said: str | None, line: str) -> None:
    assert refusal("runs", code, said).startswith(line)
    assert "\n" not in refusal("runs", code, said)


@pytest.mark.parametrize("ask", [create, differences])
def test_a_broker_that_is_down_is_one_line_with_its_address(ask: Callable[[Settings], Awaitable[list[str]]]) -> None:
    async def asked() -> list[str]:
        return await ask(Settings(bootstrap_servers="localhost:1"))

    with pytest.raises(ClusterFault, match=r"^no Kafka broker answers at localhost:1: start one [^\n]+$"):
        asyncio.run(asked())


def test_the_command_ends_with_2_and_one_line_when_no_broker_answers(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOPWRIGHT_BOOTSTRAP_SERVERS", "localhost:1")
    assert main(["topics"]) == 2
    said = capfd.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith("loopwright: no Kafka broker answers at localhost:1: ")


@pytest.fixture
def one_broker(kafka: Any, prefix: str) -> Settings:
    return Settings(bootstrap_servers=kafka.bootstrap_servers, topic_prefix=prefix, replication=1, partitions=2)


async def made_otherwise(settings: Settings, name: str, partitions: int, config: Mapping[str, str]) -> None:
    """Create one topic by hand, as somebody may who does not know the layout."""
    client = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
    await client.start()
    await client.create_topics([NewTopic(settings.topic_prefix + name, partitions, 1, topic_configs=dict(config))])
    await client.close()


@pytest.mark.kafka
def test_a_broker_has_all_topics_as_wanted_after_they_are_created(one_broker: Settings) -> None:
    assert len(asyncio.run(differences(one_broker))) == len(laid())
    assert sorted(asyncio.run(create(one_broker))) == sorted(laid(one_broker))
    assert asyncio.run(differences(one_broker)) == []


@pytest.mark.kafka
def test_topics_that_are_there_stay_as_they_are(one_broker: Settings) -> None:
    asyncio.run(made_otherwise(one_broker, "runs", 3, {"message.timestamp.type": "CreateTime"}))
    runs = f"{one_broker.topic_prefix}runs"

    assert runs not in asyncio.run(create(one_broker))
    partitions, time, *others = asyncio.run(differences(one_broker))

    assert partitions.startswith(f"{runs}: found 3 partitions, wanted 2")
    assert time.startswith(f"{runs}: found message.timestamp.type=CreateTime, wanted LogAppendTime: ")
    assert all(line.startswith(f"{runs}: ") for line in others)
    assert asyncio.run(create(one_broker)) == []


@pytest.mark.kafka
def test_two_services_that_create_the_topics_at_once_do_not_fail(one_broker: Settings) -> None:
    async def both() -> None:
        await asyncio.gather(create(one_broker), create(one_broker))

    asyncio.run(both())
    assert asyncio.run(differences(one_broker)) == []


@pytest.mark.kafka
def test_more_copies_than_brokers_is_one_line_and_creates_nothing(one_broker: Settings) -> None:
    settings = one_broker.model_copy(update={"replication": None})
    missing = asyncio.run(differences(settings))

    with pytest.raises(ClusterFault, match=r"1 broker, the map wants 3 copies .* LOOPWRIGHT_REPLICATION=1 or add b"):
        asyncio.run(create(settings))

    assert asyncio.run(differences(settings)) == missing


@pytest.mark.kafka
def test_the_command_looks_creates_and_is_content(
    one_broker: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("bootstrap_servers", "topic_prefix", "replication", "partitions"):
        monkeypatch.setenv(f"LOOPWRIGHT_{name.upper()}", str(getattr(one_broker, name)))

    assert main(["topics", "--check"]) == 1
    assert "it is missing" in capsys.readouterr().out
    assert main(["topics"]) == 0
    assert f"{len(laid())} created, 0 not as wanted" in capsys.readouterr().out
    assert main(["topics", "--check", "--json"]) == 0
    assert '"created": []' in capsys.readouterr().out
