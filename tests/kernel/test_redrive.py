"""A redrive sends each dead letter back once, whatever becomes of it on the way."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition  # type: ignore[import-untyped]
from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # type: ignore[import-untyped]

from services.cli.main import main
from services.kernel.authored import Mistake
from services.kernel.cluster import ClusterFault
from services.kernel.dead import OtherSeal, seal
from services.kernel.engine import REDRIVEN, Output, Record, dead_headers
from services.kernel.redrive import (
    Passed,
    Policy,
    Position,
    Redriven,
    Sorted,
    redrive,
    sort,
    topic_to_redrive,
)
from services.kernel.settings import Settings, load
from services.kernel.topics import topic
from tests.kafka import Kafka

RAW = topic("runs.raw")
KEY = b"a key for sealing"
PARTITIONS = 3
SIGKILLED = -signal.SIGKILL
START = Position(0)


def record(number: int = 0, *, redriven: int = 0, key: bytes | None = b"session-1", of: str = "") -> Record:
    """A record of runs.raw, or of its retry when it has been redriven."""
    headers = ((REDRIVEN, str(redriven).encode()),) if redriven else ()
    home = of or (RAW.retry if redriven else RAW.name)
    return Record(home, number % PARTITIONS, number, key, f"value {number}".encode(), 1_000, headers)


def sealed(one: Record, *, reason: str = "bad_value", key: bytes = KEY) -> Output:
    plain = Output(RAW.dead, one.key, one.value, dead_headers("capture", reason, "words", one))
    return seal(key, plain, one.offset.to_bytes(12, "big"))


def letter(offset: int, one: Record | None = None, *, reason: str = "bad_value", key: bytes = KEY) -> Record:
    """A sealed letter as it lies in runs.raw.dead."""
    output = sealed(one or record(offset), reason=reason, key=key)
    return Record(RAW.dead, 0, offset, output.key, output.value, 2_000, output.headers)


def sorted_out(
    *letters: Record, position: Position = START, policy: Policy = Policy.STOP, reason: str | None = None
) -> Sorted:
    return sort(KEY, RAW, letters, position, policy, reason)


def test_a_record_goes_back_to_its_partition_as_it_was_and_says_that_it_was_redriven() -> None:
    (retry,) = sorted_out(letter(7, record(4))).retries

    assert retry.partition == 1
    assert retry.output == Output("runs.raw.retry", b"session-1", b"value 4", ((REDRIVEN, b"1"),))


def test_a_record_that_lay_on_a_wrong_partition_goes_to_that_of_its_key() -> None:
    (retry,) = sorted_out(letter(7, record(4), reason="wrong_partition")).retries

    assert retry.partition is None


def test_a_redrive_stops_before_the_first_letter_that_died_again() -> None:
    done = sorted_out(letter(0), letter(1, record(1, redriven=1)), letter(2))

    assert done.offset == 1
    assert [retry.output.value for retry in done.retries] == [b"value 0"]
    assert done.stopped is not None
    assert (done.stopped.letter, done.stopped.record) == ("runs.raw.dead[0]@1", "runs.raw.retry[1]@1")
    assert (done.stopped.reason, done.stopped.redriven) == ("bad_value", 1)


def test_a_letter_that_died_again_is_sent_back_once_more_when_asked() -> None:
    done = sorted_out(letter(0, record(0, redriven=2)), letter(1), policy=Policy.AGAIN)

    assert [retry.output.headers for retry in done.retries] == [((REDRIVEN, b"3"),), ((REDRIVEN, b"1"),)]


def test_a_letter_that_died_again_is_passed_when_asked() -> None:
    done = sorted_out(letter(0, record(0, redriven=1)), letter(1), policy=Policy.DROP)

    assert [retry.output.value for retry in done.retries] == [b"value 1"]
    assert done.dropped == {"bad_value": 1}


def test_a_producer_cannot_claim_that_its_record_was_redriven() -> None:
    done = sorted_out(letter(0, record(0, redriven=9, of="runs.raw")))

    assert done.stopped is None
    assert [retry.output.headers for retry in done.retries] == [((REDRIVEN, b"1"),)]


@pytest.mark.parametrize("said", [b"", b"-1", b"many", b"\xff"])
def test_a_count_that_is_no_number_counts_as_none(said: bytes) -> None:
    one = Record(RAW.retry, 0, 0, b"k", b"v", 0, ((REDRIVEN, said),))

    assert sorted_out(letter(0, one)).stopped is None


def test_letters_that_hold_no_record_of_the_topic_are_passed_and_counted() -> None:
    good = letter(2)
    damaged = Record(good.topic, 0, 1, good.key, good.value[:-1], 2_000, good.headers)

    done = sorted_out(letter(0, reason="timer"), damaged, good, letter(3, record(3, of="changes")))

    assert [retry.output.value for retry in done.retries] == [b"value 2"]
    assert done.passed == {Passed.TIMER: 1, Passed.DAMAGED: 2}


def test_a_letter_of_another_key_is_not_passed() -> None:
    with pytest.raises(OtherSeal):
        sorted_out(letter(0, key=b"another key for sealing"))


def test_only_letters_of_the_wanted_reason_go_back() -> None:
    done = sorted_out(letter(0), letter(1, reason="raised"), reason="raised")

    assert (done.redriven, done.passed) == ({"raised": 1}, {Passed.OTHER_REASON: 1})


def test_after_one_reason_the_others_are_still_to_be_redriven_and_that_one_is_not() -> None:
    letters = [letter(n, reason=("raised", "bad_value")[n % 2]) for n in range(6)]

    after = Position(0).moved(4, "raised")
    done = sorted_out(*letters, position=after)

    assert (after.of("raised"), after.of("bad_value"), after.of(None)) == (4, 0, 0)
    assert [retry.output.value for retry in done.retries] == [b"value 1", b"value 3", b"value 4", b"value 5"]


def test_a_position_never_goes_back_and_forgets_reasons_that_it_has_caught_up_with() -> None:
    position = Position(10, {"raised": 20, "timer": 40})

    assert position.moved(5, None) == position
    assert position.moved(5, "raised") == position
    assert position.moved(20, None) == Position(20, {"timer": 40})


@pytest.mark.parametrize("name", ["nothing", "usecases", "transitions"])
def test_what_no_stage_reads_cannot_be_redriven_and_the_line_says_what_can(name: str) -> None:
    with pytest.raises(Mistake, match=rf"'{name}'.*runs\.raw, runs, "):
        topic_to_redrive(name)


def test_the_dead_topic_names_its_topic_too() -> None:
    assert topic_to_redrive("runs.raw.dead") == RAW


def test_a_broker_that_is_not_there_is_one_line() -> None:
    settings = load({"LOOPWRIGHT_BOOTSTRAP_SERVERS": "localhost:1"})

    with pytest.raises(ClusterFault, match="no Kafka broker answers at localhost:1"):
        redrive(settings, "runs.raw", dry_run=True)


class Cluster:
    """The topics of one test: runs.raw.dead and its retry."""

    def __init__(self, bootstrap_servers: str, prefix: str) -> None:
        self.environ = {
            "LOOPWRIGHT_BOOTSTRAP_SERVERS": bootstrap_servers,
            "LOOPWRIGHT_TOPIC_PREFIX": prefix,
            "LOOPWRIGHT_DEAD_KEY": KEY.decode(),
        }
        self.settings: Settings = load(self.environ)
        self.servers = bootstrap_servers
        self.dead, self.retry = prefix + RAW.dead, prefix + RAW.retry

    async def create(self, *, retries: int = PARTITIONS) -> None:
        client = AIOKafkaAdminClient(bootstrap_servers=self.servers)
        await client.start()
        await client.create_topics([NewTopic(self.dead, PARTITIONS, 1), NewTopic(self.retry, retries, 1)])
        await client.close()

    async def _write(self, topic: str, outputs: Sequence[Output], transactions: int, *, aborted: bool) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.servers, transactional_id=f"{self.dead}.test")
        await producer.start()
        for start in range(transactions):
            await producer.begin_transaction()
            for one in outputs[start::transactions]:
                await producer.send(topic, key=one.key, value=one.value, headers=list(one.headers))
            await (producer.abort_transaction() if aborted else producer.commit_transaction())
        await producer.stop()

    def write(self, topic: str, outputs: Iterable[Output], *, transactions: int = 1, aborted: bool = False) -> None:
        asyncio.run(self._write(topic, list(outputs), transactions, aborted=aborted))

    def bury(self, letters: Iterable[Output], *, transactions: int = 1, aborted: bool = False) -> None:
        self.write(self.dead, letters, transactions=transactions, aborted=aborted)

    async def _retried(self) -> list[Record]:
        consumer = AIOKafkaConsumer(bootstrap_servers=self.servers, isolation_level="read_committed")
        await consumer.start()
        partitions = [TopicPartition(self.retry, number) for number in range(PARTITIONS)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning()
        ends = await consumer.end_offsets(partitions)
        found: list[Record] = []
        while any([await consumer.position(one) < ends[one] for one in partitions]):
            for fetched in (await consumer.getmany(timeout_ms=100)).values():
                found += [
                    Record(one.topic, one.partition, one.offset, one.key, one.value, one.timestamp, tuple(one.headers))
                    for one in fetched
                ]
        await consumer.stop()
        return found

    def retried(self) -> list[Record]:
        return asyncio.run(self._retried())

    def values(self) -> Counter[bytes]:
        return Counter(one.value for one in self.retried())

    def redrive(self, **fields: object) -> Redriven:
        return redrive(self.settings, "runs.raw", **fields)  # type: ignore[arg-type]

    def start(self, code: str) -> subprocess.Popen[bytes]:
        """Run Python in a process of its own, which has `redrive` and these settings."""
        given = (
            "import os, signal\n"
            "from services.kernel.redrive import redrive\n"
            "from services.kernel.settings import load\n"
        )
        environ = {**os.environ, **self.environ}
        return subprocess.Popen([sys.executable, "-c", given + code], env=environ, stderr=subprocess.PIPE)  # noqa: S603


@pytest.fixture
def cluster(kafka: Kafka, prefix: str) -> Cluster:
    made = Cluster(kafka.bootstrap_servers, prefix)
    asyncio.run(made.create())
    return made


def records(count: int) -> list[Record]:
    return [record(number, key=f"session-{number}".encode()) for number in range(count)]


def expected(count: int) -> Counter[bytes]:
    return Counter(f"value {number}".encode() for number in range(count))


@pytest.mark.kafka
def test_what_was_buried_since_the_last_redrive_is_sent_back_with_key_and_partition(cluster: Cluster) -> None:
    cluster.bury((sealed(one) for one in records(30)), transactions=3)
    first = cluster.redrive()
    found = {one.value: (one.partition, one.key, one.headers) for one in cluster.retried()}
    cluster.bury([sealed(record(99))])

    second, third = cluster.redrive(), cluster.redrive()

    assert (first.redriven, first.stopped, second.redriven, third.redriven) == (
        {"bad_value": 30},
        None,
        {"bad_value": 1},
        {},
    )
    assert found == {one.value: (one.partition, one.key, ((REDRIVEN, b"1"),)) for one in records(30)}
    assert cluster.values() == expected(30) + Counter([b"value 99"])


@pytest.mark.kafka
def test_letters_of_a_transaction_that_was_aborted_are_none(cluster: Cluster) -> None:
    cluster.bury([sealed(record(99))], aborted=True)

    assert cluster.redrive().redriven == {}
    assert cluster.values() == {}


@pytest.mark.kafka
def test_letters_that_are_being_written_are_left_to_the_next_redrive(cluster: Cluster) -> None:
    late = sealed(record(1))

    async def meanwhile() -> tuple[Redriven, Redriven]:
        producer = AIOKafkaProducer(bootstrap_servers=cluster.servers, transactional_id=f"{cluster.dead}.late")
        await producer.start()
        await producer.begin_transaction()
        await producer.send_and_wait(cluster.dead, key=late.key, value=late.value, headers=list(late.headers))
        before = await asyncio.to_thread(cluster.redrive)
        await producer.commit_transaction()
        await producer.stop()
        return before, await asyncio.to_thread(cluster.redrive)

    cluster.bury([sealed(record(0))])

    before, after = asyncio.run(meanwhile())

    assert (before.redriven, after.redriven) == ({"bad_value": 1}, {"bad_value": 1})
    assert cluster.values() == expected(2)


@pytest.mark.kafka
def test_a_dry_run_counts_and_changes_nothing(cluster: Cluster) -> None:
    cluster.bury(sealed(one) for one in records(5))

    assert cluster.redrive(dry_run=True).redriven == {"bad_value": 5}
    assert cluster.values() == {}
    assert cluster.redrive().redriven == {"bad_value": 5}


@pytest.mark.kafka
def test_a_redrive_that_stopped_goes_on_when_a_person_has_decided(cluster: Cluster) -> None:
    cluster.bury([sealed(record(0)), sealed(record(1, redriven=1)), sealed(record(2))])

    stopped, again = cluster.redrive(), cluster.redrive()
    decided = cluster.redrive(policy=Policy.DROP)

    assert stopped.stopped == again.stopped is not None
    assert (again.redriven, decided.redriven, decided.dropped) == ({}, {"bad_value": 1}, {"bad_value": 1})
    assert cluster.values() == Counter([b"value 0", b"value 2"])


@pytest.mark.kafka
def test_each_reason_has_its_own_position_in_the_cluster(cluster: Cluster) -> None:
    cluster.bury(sealed(one, reason=("raised", "bad_value")[one.offset % 2]) for one in records(10))

    assert cluster.redrive(reason="raised").redriven == {"raised": 5}
    assert cluster.redrive(reason="raised").redriven == {}
    assert cluster.redrive().redriven == {"bad_value": 5}
    assert cluster.values() == expected(10)


@pytest.mark.kafka
@pytest.mark.parametrize("batch", [1, 2, 3])
def test_a_redrive_killed_in_the_middle_of_a_transaction_loses_and_doubles_nothing(
    cluster: Cluster, batch: int
) -> None:
    cluster.bury(sealed(one) for one in records(2_400))
    killed = cluster.start(
        "told = 0\n"
        "def tell(*_):\n"
        "    global told\n"
        "    told += 1\n"
        f"    if told == {batch}: os.kill(os.getpid(), signal.SIGKILL)\n"
        "redrive(load(), 'runs.raw', tell=tell)\n"
    )

    assert killed.wait(60) == SIGKILLED
    killed.communicate()
    left = cluster.redrive().redriven["bad_value"]

    assert left == 2_400 if batch == 1 else 0 < left < 2_400
    assert cluster.values() == expected(2_400)


@pytest.mark.kafka
def test_a_redrive_killed_again_and_again_at_any_moment_loses_and_doubles_nothing(cluster: Cluster) -> None:
    cluster.bury(sealed(one) for one in records(6_000))
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")  # noqa: T201  a failure is repeated from it
    chance = random.Random(seed)
    ended = []
    for _ in range(6):
        running = cluster.start("redrive(load(), 'runs.raw')\n")
        time.sleep(chance.uniform(0.6, 1.8))
        running.kill()
        ended.append(running.wait(60))
        running.communicate()

    cluster.redrive()

    assert SIGKILLED in ended
    assert cluster.values() == expected(6_000)


@pytest.mark.kafka
def test_a_second_redrive_fences_the_first_which_says_so_and_nothing_is_doubled(cluster: Cluster) -> None:
    cluster.bury(sealed(one) for one in records(1_600))
    midway, go_on = threading.Event(), threading.Event()
    said: list[str] = []

    def tell(_share: float, _news: str) -> None:
        midway.set()
        go_on.wait(60)

    def first() -> None:
        try:
            cluster.redrive(tell=tell)
        except ClusterFault as fault:
            said.append(str(fault))

    running = threading.Thread(target=first)
    running.start()
    assert midway.wait(60)

    second = cluster.redrive()
    go_on.set()
    running.join(60)

    assert second.redriven == {"bad_value": 1_600}
    assert [line.startswith("runs.raw: another redrive of it began") for line in said] == [True]
    assert cluster.values() == expected(1_600)


@pytest.mark.kafka
def test_a_forgotten_position_is_told_and_what_is_kept_can_be_redriven_from_its_start(cluster: Cluster) -> None:
    cluster.bury(sealed(one) for one in records(3))
    cluster.write(cluster.retry, [Output(RAW.retry, b"session-1", b"value 0")])

    with pytest.raises(ClusterFault, match=r"offsets\.retention\.minutes.*--from-start"):
        cluster.redrive()

    assert cluster.redrive(from_start=True).redriven == {"bad_value": 3}
    assert cluster.redrive().redriven == {}


@pytest.mark.kafka
def test_a_letter_of_another_key_stops_the_redrive_and_waits_for_its_key(cluster: Cluster) -> None:
    other = "another key for sealing"
    cluster.bury([sealed(record(0), key=other.encode())])

    with pytest.raises(Mistake, match="LOOPWRIGHT_DEAD_KEY"):
        cluster.redrive()
    with_its_key = load({**cluster.environ, "LOOPWRIGHT_DEAD_KEY": other})

    assert redrive(with_its_key, "runs.raw").redriven == {"bad_value": 1}


@pytest.mark.kafka
def test_missing_topics_are_one_line(kafka: Kafka, prefix: str) -> None:
    with pytest.raises(ClusterFault, match=rf"{prefix}runs\.raw\.dead: it is missing: .*loopwright topics"):
        Cluster(kafka.bootstrap_servers, prefix).redrive()


@pytest.mark.kafka
def test_a_retry_with_too_few_partitions_is_one_line_and_nothing_is_lost(kafka: Kafka, prefix: str) -> None:
    narrow = Cluster(kafka.bootstrap_servers, prefix)
    asyncio.run(narrow.create(retries=1))
    narrow.bury([sealed(record(2))])

    for _ in range(2):
        with pytest.raises(ClusterFault, match=r"runs\.raw\.retry: it has no partition 2, where a record lay"):
            narrow.redrive()


@pytest.mark.kafka
def test_the_command_says_before_which_letter_it_stopped_and_ends_with_3(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.bury([sealed(record(0, key=b"a")), sealed(record(1, redriven=1))])
    for name, value in cluster.environ.items():
        monkeypatch.setenv(name, value)

    assert main(["redrive", "runs.raw"]) == 3
    assert "runs.raw.retry[1]@1" in capsys.readouterr().out
    assert main(["redrive", "runs.raw", "--policy", "again", "--json"]) == 0
    assert '"stopped": null' in capsys.readouterr().out
