"""The loop on a real Kafka, hurt on purpose: nothing is lost, nothing is doubled, and it says what memory says.

    make test-kafka                  a short table: some thousand events for the most telling ways to hurt it
    make chaos                       the long one: 200,000 events each (EVENTS=, SEED= to choose)

Each row prints its seed, what was done, and how the processes ended.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from services.cli.broker import QUICK_RETURN, Broker, BrokerFault, jars
from services.kernel import cluster
from tests.chaos.loop import (
    SERVICES,
    Loop,
    Process,
    differences,
    history,
    in_memory,
    on_kafka,
    read,
    send,
    until_quiet,
    wait_for,
)
from tests.kafka import without

pytestmark = pytest.mark.kafka

EVENTS = int(os.environ.get("EVENTS", "4000"))
PER_SECOND = float(os.environ.get("PER_SECOND", "500"))
SEED = int(os.environ.get("SEED", "0")) or time.time_ns() % 1_000_000

AWAY_S = 60.0 if EVENTS >= 100_000 else 12.0
"""The use case's patience is 1 s, its longest horizon 8 s."""

CLEANS_AT_ONCE = {"log.cleaner.backoff.ms": 200, "log.cleaner.threads": 1, "log.segment.delete.delay.ms": 500}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker of its own: it is killed, and nobody else may mind."""
    try:
        libs = jars(os.environ)
    except BrokerFault as fault:
        raise without(f"no broker to be killed: {fault}", os.environ) from fault
    with Broker(tmp_path_factory.mktemp("kafka"), libs, properties={**QUICK_RETURN, **CLEANS_AT_ONCE}) as running:
        yield running


Hurt = Callable[[Loop, Random, Callable[[], bool]], list[str]]
"""Does harm until it is told to end; says what it did."""


def play(loop: Loop, hurt: Hurt, events: int = EVENTS) -> list[str]:
    """Send a history, do harm meanwhile, wait for the end, compare."""
    random = Random(SEED)
    drawn_at = int(time.time() * 1000)
    told = history(SEED, events=events, per_second=PER_SECOND, start=drawn_at, settings=loop.settings)
    start = int(time.time() * 1000) + 1_000
    told = [one.later(start - drawn_at) for one in told]  # however long drawing it took
    sender = threading.Thread(target=send, args=(loop.servers, loop.prefix, told), kwargs={"start": start}, daemon=True)
    sender.start()
    did = hurt(loop, random, lambda: not sender.is_alive())
    sender.join()
    wait_for(lambda: loop.revive() is not None and all(one.ended is None for one in loop.processes), 60, lambda: "")
    last = max(one.after for one in told) + start
    end = max(last, int(time.time() * 1000)) + 10_000 + loop.lateness_ms  # the longest horizon is 8 s
    until_quiet(loop, end)
    kafka = on_kafka(loop.servers, loop.prefix)
    memory = in_memory(loop.servers, loop.prefix, loop.settings, until=end + 10_000)
    counts = ", ".join(f"{sum(found.values())} {name}" for name, found in kafka.said.items())
    row = f"seed {SEED}: {len(told)} events; {'; '.join(did)}; {counts}; dead {sum(kafka.dead.values())}"
    print(row)  # noqa: T201  the table is read by people
    assert sum(memory.said["runs"].values()) == len(told), "the history itself must be whole"
    assert all((*memory.said.values(), memory.cases)), "a comparison of nothing with nothing shows nothing"
    return differences(kafka, memory)


def unhurt(_: Loop, __: Random, over: Callable[[], bool]) -> list[str]:
    wait_for(over, 3_600, lambda: "still sending")
    return ["nothing was done"]


def kill_each(loop: Loop, random: Random, over: Callable[[], bool]) -> list[str]:
    """kill -9 of each service in turn, again and again."""
    killed: dict[str, int] = dict.fromkeys(SERVICES, 0)
    turns = [*SERVICES]
    while not over() or not all(killed.values()):
        if not turns:
            turns = [*SERVICES]
        service = turns.pop(random.randrange(len(turns)))
        random.choice(loop.of(service)).kill()
        killed[service] += 1
        time.sleep(random.uniform(0.2, 1.0))
        loop.revive()
        time.sleep(random.uniform(0.5, 4.0))
    return ["killed " + ", ".join(f"{service} {count}" for service, count in killed.items())]


def freeze(loop: Loop, random: Random, over: Callable[[], bool]) -> list[str]:
    """SIGSTOP until the group has moved on, then SIGCONT: what wakes up late must be fenced, and end."""
    codes: list[str] = []
    while not over() or len(codes) < 2:
        codes.append(freeze_one(loop, random))
    return codes


def freeze_one(loop: Loop, random: Random) -> str:
    frozen = random.choice([one for one in loop.processes if one.service in ("capture", "detection")])
    heir = next(one for one in loop.of(frozen.service) if one is not frozen)
    frozen.send(signal.SIGSTOP)
    wait_for(lambda: tasks(heir) == all_tasks(frozen.service), 60, heir.said)
    frozen.send(signal.SIGCONT)
    wait_for(lambda: frozen.ended is not None or tasks(heir) < all_tasks(frozen.service), 60, frozen.said)
    said = f"{frozen.service} ended {frozen.ended}"
    loop.revive()
    wait_for(lambda: all(one.ended is None and tasks(one) for one in loop.of(frozen.service)), 60, frozen.said)
    return said


def all_tasks(service: str) -> int:
    return 8 if service == "evaluation" else 4


def tasks(process: Process) -> int:
    for line in process.get("/metrics")[1].splitlines():
        if line.startswith("loopwright_tasks{"):
            return int(float(line.rsplit(" ", 1)[1]))
    return 0


def storm(loop: Loop, random: Random, over: Callable[[], bool]) -> list[str]:
    """Workers come and go, in order and not: partitions swap all the time."""
    moves = 0
    while not over() or moves < 6:
        one = random.choice(loop.processes)
        if random.random() < 0.5:
            one.kill()
        else:
            one.send(signal.SIGTERM)
            one.wait(30)
        time.sleep(random.uniform(0.1, 1.5))
        loop.revive()
        time.sleep(random.uniform(0.5, 2.0))
        moves += 1
    return [f"{moves} workers left and came back"]


def crash(loop: Loop, _: Random, over: Callable[[], bool]) -> list[str]:
    """Processes die in the middle of transactions; somebody starts them again."""
    codes: list[int] = []
    while not over():
        codes += loop.revive()
        time.sleep(0.2)
    for one in loop.processes:  # the rest of the way without harm
        one.words = ()
        one.kill()
    loop.revive()
    assert codes, "nobody died"
    return [f"{len(codes)} deaths within transactions"]


def stop_for_long(loop: Loop, _: Random, over: Callable[[], bool]) -> list[str]:
    """A stage is away for much longer than anybody waits for a user: nobody may be taken for gone meanwhile."""
    for service in ("capture", "detection"):
        time.sleep(2)
        for one in loop.of(service):
            one.kill()
        time.sleep(AWAY_S)
        loop.revive()
        for one in loop.of(service):
            one.until_ready()
    wait_for(over, 3_600, lambda: "still sending")
    return [f"capture, then detection away for {AWAY_S:.0f} s"]


@pytest.mark.chaos
def test_unhurt_it_says_what_memory_says(broker: Broker, prefix: str, tmp_path: Path) -> None:
    with Loop(broker.bootstrap_servers, prefix, tmp_path) as loop:
        assert play(loop, unhurt) == []


def test_each_service_killed_in_turn(broker: Broker, prefix: str, tmp_path: Path) -> None:
    with Loop(broker.bootstrap_servers, prefix, tmp_path) as loop:
        assert play(loop, kill_each) == []


def test_frozen_until_the_group_has_moved_on(broker: Broker, prefix: str, tmp_path: Path) -> None:
    with Loop(broker.bootstrap_servers, prefix, tmp_path, workers=2) as loop:
        assert play(loop, freeze) == []


@pytest.mark.chaos
def test_workers_that_swap_partitions_all_the_time(broker: Broker, prefix: str, tmp_path: Path) -> None:
    with Loop(broker.bootstrap_servers, prefix, tmp_path, workers=2) as loop:
        assert play(loop, storm) == []


def test_dying_in_the_middle_of_transactions(broker: Broker, prefix: str, tmp_path: Path) -> None:
    def words(service: str) -> tuple[str, ...]:
        return "-m", "tests.chaos.crashing", service, str(SEED)

    with Loop(broker.bootstrap_servers, prefix, tmp_path, words=words) as loop:
        assert play(loop, crash) == []


@pytest.mark.chaos
def test_a_stage_that_is_away_for_long(broker: Broker, prefix: str, tmp_path: Path) -> None:
    with Loop(broker.bootstrap_servers, prefix, tmp_path) as loop:
        assert play(loop, stop_for_long) == []


@pytest.mark.chaos
def test_killed_while_tiny_segments_of_the_changelogs_are_compacted(
    broker: Broker, prefix: str, tmp_path: Path
) -> None:
    tiny = {
        "cleanup.policy": "compact",
        "message.timestamp.type": "LogAppendTime",
        "max.message.bytes": str(cluster.HIGHEST_STATE_BYTES),
        "segment.ms": "500",
        "min.cleanable.dirty.ratio": "0.001",
        "max.compaction.lag.ms": "500",
        "delete.retention.ms": "100",
    }
    with Loop(broker.bootstrap_servers, prefix, tmp_path, changelogs=tiny) as loop:
        assert play(loop, kill_each) == []
        (records,) = read(broker.bootstrap_servers, [prefix + "capture.changelog"]).values()
        written = sum({one.partition: one.offset for one in records}.values())
        assert len(records) < written / 2, "nothing was compacted"


def test_a_broker_that_is_killed_and_comes_back(broker: Broker, prefix: str, tmp_path: Path) -> None:
    def kill_broker(_: Loop, random: Random, over: Callable[[], bool]) -> list[str]:
        kills = 0
        while not over() or not kills:
            time.sleep(random.uniform(2.0, 5.0))
            broker.kill()
            time.sleep(random.uniform(0.0, 1.0))
            broker.start()
            kills += 1
            time.sleep(3)
        return [f"broker killed {kills} times"]

    with Loop(broker.bootstrap_servers, prefix, tmp_path, lateness_ms=40_000) as loop:
        assert play(loop, kill_broker) == []
