"""Everything on one machine: a broker from jars, a supervisor, and nothing left when it ends."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition  # type: ignore[import-untyped]
from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # type: ignore[import-untyped]

from services.cli.broker import Broker, BrokerFault, free_port, is_free, jars, last_words
from services.cli.local import Command as Kept
from services.cli.local import Supervisor, pause_after, scraped
from tests.cli.folder import Command
from tests.conftest import ROOT
from tests.kafka import Absent, Kafka, first, given

ANSWERS = """
import http.server, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/ready" else 404)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""

LEAVES_ONE_BEHIND = "exec 9> {pipe}; (trap '' TERM; sleep 60) & echo up; {then}"
"""What it leaves will not hear SIGTERM."""

SAYS_WHEN_IT_ENDS = "trap 'echo {name} >> {log}; exit' TERM; echo up; sleep 60 & wait"

SUPERVISES = """
import sys
from pathlib import Path
from services.cli.local import Command, Supervisor, told_to_stop
with told_to_stop() as stop, Supervisor(Path(sys.argv[1]), print) as supervisor:
    supervisor.add(Command(name="one", words=("sh", "-c", sys.argv[2]), port=1))
    supervisor.hold(stop)
"""


def kept(name: str, *words: str, port: int = 1) -> Kept:
    return Kept(name=name, words=words, port=port)


def shell(name: str, script: str) -> Kept:
    return kept(name, "sh", "-c", script)


def python(name: str, script: str, port: int = 1) -> Kept:
    return kept(name, sys.executable, "-c", script, str(port), port=port)


def wait_for(true: Callable[[], bool], seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def said(log: Path, words: str) -> Callable[[], bool]:
    return lambda: log.exists() and words in log.read_text()


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[int]:
    """The end of tmp_path/pipe from which to read: it ends when the last process that holds the other has ended."""
    os.mkfifo(tmp_path / "pipe")
    end = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    yield end
    os.close(end)


def is_held(pipe: int) -> bool:
    try:
        return bool(os.read(pipe, 1))
    except BlockingIOError:
        return True


@contextmanager
def supervising(folder: Path, *commands: Kept) -> Iterator[tuple[Supervisor, list[str]]]:
    news: list[str] = []
    with Supervisor(folder, news.append) as supervisor:
        for command in commands:
            supervisor.add(command)
        yield supervisor, news


def test_a_process_that_dies_starts_again_and_one_line_says_how_it_died(tmp_path: Path) -> None:
    dies = python("rollout", "print('starting'); print('no room left', flush=True); raise SystemExit(3)")
    with supervising(tmp_path, dies) as (supervisor, news):
        supervisor.hold(lambda: len(news) == 2)
    assert news[0] == "rollout has died, exit code 3: no room left; it starts again in 1 s"
    assert news[1] == "rollout has died, exit code 3: no room left; it starts again in 2 s"


def test_a_process_that_was_killed_is_said_with_the_signal(tmp_path: Path) -> None:
    with supervising(tmp_path, shell("capture", "kill -KILL $$")) as (supervisor, news):
        supervisor.hold(lambda: bool(news))
    assert news == ["capture has died, killed by SIGKILL: it said nothing; it starts again in 1 s"]


def test_the_pause_before_a_start_doubles_up_to_ten_seconds() -> None:
    assert [pause_after(deaths) for deaths in (1, 2, 3, 4, 5, 99)] == [1, 2, 4, 8, 10, 10]


def test_a_process_is_ready_when_it_answers(tmp_path: Path) -> None:
    with supervising(tmp_path, python("capture", ANSWERS, free_port())) as (supervisor, news):
        assert not supervisor.ready
        supervisor.hold(lambda: supervisor.ready)
    assert news[0].startswith("capture is ready, ")


def test_what_a_process_left_behind_ends_with_it(tmp_path: Path, pipe: int) -> None:
    script = LEAVES_ONE_BEHIND.format(pipe=tmp_path / "pipe", then="wait")
    with supervising(tmp_path, shell("capture", script)) as (supervisor, _):
        supervisor.hold(said(tmp_path / "capture.log", "up"))
        assert is_held(pipe)
    wait_for(lambda: not is_held(pipe), 1)


@contextmanager
def started(words: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process that ends with the block, also when the block fails."""
    with subprocess.Popen(words, cwd=ROOT, **options) as running:  # noqa: S603
        try:
            yield running
        finally:
            running.kill()


def test_what_a_dead_process_left_behind_ends_before_the_next_start(tmp_path: Path, pipe: int) -> None:
    script = LEAVES_ONE_BEHIND.format(pipe=tmp_path / "pipe", then="exit 1")
    with supervising(tmp_path, shell("capture", script)) as (supervisor, news):
        supervisor.hold(lambda: bool(news))
        wait_for(lambda: not is_held(pipe), 1)


def test_the_last_that_was_added_ends_first(tmp_path: Path) -> None:
    log = tmp_path / "ended"
    names = ("kafka", "capture")
    commands = [shell(name, SAYS_WHEN_IT_ENDS.format(name=name, log=log)) for name in names]
    with supervising(tmp_path, *commands) as (supervisor, _):
        supervisor.hold(lambda: all(said(tmp_path / f"{name}.log", "up")() for name in names))
    assert log.read_text().split() == ["capture", "kafka"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_supervisor_and_all_that_it_started(
    tmp_path: Path, pipe: int, number: signal.Signals
) -> None:
    script = LEAVES_ONE_BEHIND.format(pipe=tmp_path / "pipe", then="wait")
    with started([sys.executable, "-c", SUPERVISES, str(tmp_path), script]) as supervisor:
        wait_for(said(tmp_path / "one.log", "up"))
        assert is_held(pipe)
        supervisor.send_signal(number)
        assert supervisor.wait(20) == 0
    wait_for(lambda: not is_held(pipe), 1)


def test_a_new_supervisor_begins_new_logs(tmp_path: Path) -> None:
    for _ in range(2):
        with supervising(tmp_path, shell("capture", "echo up; sleep 60")) as (supervisor, _news):
            supervisor.hold(said(tmp_path / "capture.log", "up"))
    assert (tmp_path / "capture.log").read_text() == "up\n"


def test_prometheus_asks_each_command_by_name() -> None:
    text = scraped([kept("capture", "x", port=8101), kept("simulator", "x", port=8106)])
    assert "- {targets: ['127.0.0.1:8101'], labels: {instance: 'capture:8101'}}\n" in text
    assert "- {targets: ['127.0.0.1:8106'], labels: {instance: 'simulator:8106'}}\n" in text


@pytest.fixture
def no_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def libs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "kafka_2.13-4.1.0.jar").touch()
    monkeypatch.setenv("KAFKA_LIBS", str(tmp_path))
    return tmp_path


def local(tmp_path: Path, http_port: int | None = None) -> tuple[object, ...]:
    port = str(http_port or free_port())
    return ("local", "--out", tmp_path / "local", "--http-port", port, "--prometheus-port", free_port())


def test_a_port_that_is_taken_is_named_with_who_wants_it(tmp_path: Path, loopwright: Command) -> None:
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        port = taken.getsockname()[1]
        assert f"port {port} (capture) is taken; end what listens there" in loopwright(*local(tmp_path, port)).mistake


@pytest.mark.usefixtures("no_programs", "libs")
def test_without_java_one_line_says_what_to_install(tmp_path: Path, loopwright: Command) -> None:
    assert loopwright(*local(tmp_path)).mistake.endswith("needs Java: apt-get install openjdk-17-jre-headless")


@pytest.mark.usefixtures("no_programs")
def test_without_jars_and_maven_one_line_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(BrokerFault, match=r"apt-get install openjdk-17-jre-headless maven$"):
        jars({}, tmp_path)


def test_a_folder_without_jars_is_named(tmp_path: Path) -> None:
    with pytest.raises(BrokerFault, match=r"no kafka_2\.13 jar is there; correct it, or unset it"):
        jars({"KAFKA_LIBS": str(tmp_path)})


def test_jars_that_are_there_are_taken(libs: Path, tmp_path: Path) -> None:
    assert jars({}, libs) == libs
    assert jars({"KAFKA_LIBS": str(libs)}, tmp_path / "others") == libs


def test_maven_without_success_is_one_line_with_its_error_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("java", "mvn"):
        (tmp_path / name).write_text("#!/bin/sh\necho '[ERROR] no such host'\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(BrokerFault, match=r"could not fetch Kafka's jars: \[ERROR\] no such host; try `mvn "):
        jars({}, tmp_path / "libs")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["java", "mvn"]


def test_a_broker_elsewhere_is_refused(tmp_path: Path, loopwright: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOPWRIGHT_BOOTSTRAP_SERVERS", "kafka.example:9092")
    assert "kafka.example:9092: a broker is started here; unset it" in loopwright(*local(tmp_path)).mistake


def test_last_words_are_the_last_complaint_among_some_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("up\nValueError: no room\n  at line 1\nINFO no Error\nending\n\n")
    assert last_words(log, among=3) == "ValueError: no room"
    assert last_words(log, among=2) == "ending"
    assert last_words(log, since=log.read_text().index("ending"), among=3) == "ending"
    assert last_words(tmp_path / "none") == ""


def absent(_: ExitStack) -> str:
    raise Absent("no engine")


def test_the_first_kafka_that_is_there_is_taken() -> None:
    ways = (absent, lambda _: given({"LOOPWRIGHT_TEST_KAFKA": "here:1"}), lambda _: "there:2")
    assert first(ways, ExitStack(), {}) == "here:1"


def test_without_kafka_a_test_is_skipped_with_the_reasons_but_fails_in_ci() -> None:
    ways = (lambda _: given({}), absent)
    reasons = "no Kafka: LOOPWRIGHT_TEST_KAFKA is unset; no engine"
    with pytest.raises(pytest.skip.Exception, match=reasons):
        first(ways, ExitStack(), {})
    with pytest.raises(pytest.fail.Exception, match=reasons):
        first(ways, ExitStack(), {"CI": "true"})


async def make_topic(servers: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()


async def write(servers: str, topic: str, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=servers, acks="all") as producer:
        await producer.send_and_wait(topic, value, partition=0)


async def read(servers: str, topic: str, count: int) -> list[bytes]:
    async with AIOKafkaConsumer(bootstrap_servers=servers, auto_offset_reset="earliest") as consumer:
        consumer.assign([TopicPartition(topic, 0)])
        return [(await asyncio.wait_for(consumer.getone(), 10)).value for _ in range(count)]


@pytest.mark.kafka
def test_a_test_has_topics_of_its_own(kafka: Kafka, prefix: str) -> None:
    topic = f"{prefix}runs"
    asyncio.run(make_topic(kafka.bootstrap_servers, topic))
    asyncio.run(write(kafka.bootstrap_servers, topic, b"one"))
    assert asyncio.run(read(kafka.bootstrap_servers, topic, 1)) == [b"one"]


@pytest.fixture
def real_libs() -> Path:
    if shutil.which("java") is None:
        pytest.skip("no Java: apt-get install openjdk-17-jre-headless")
    return jars(os.environ)


@pytest.mark.kafka
def test_a_broker_that_was_killed_or_replaced_has_kept_everything(tmp_path: Path, real_libs: Path) -> None:
    with Broker(tmp_path, real_libs) as broker:
        servers = broker.bootstrap_servers
        asyncio.run(make_topic(servers, "kept"))
        asyncio.run(write(servers, "kept", b"before"))
        broker.kill()
        asyncio.run(write(broker.start().bootstrap_servers, "kept", b"after"))
        assert broker.bootstrap_servers == servers
    assert is_free(broker.port)
    with Broker(tmp_path, real_libs, properties={"log.cleaner.threads": 2}) as other:
        assert asyncio.run(read(other.bootstrap_servers, "kept", 2)) == [b"before", b"after"]


@pytest.mark.kafka
def test_a_broker_that_pauses_takes_what_comes_when_it_goes_on(tmp_path: Path, real_libs: Path) -> None:
    async def meanwhile(broker: Broker) -> None:
        async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers, acks="all") as producer:
            await producer.send_and_wait("kept", b"one")
            broker.pause()
            sent = await producer.send("kept", b"two")
            await asyncio.wait([sent], timeout=1)
            assert not sent.done()
            broker.cont()
            await asyncio.wait_for(sent, 20)

    with Broker(tmp_path, real_libs) as broker:
        asyncio.run(make_topic(broker.bootstrap_servers, "kept"))
        asyncio.run(meanwhile(broker))


@pytest.mark.kafka
def test_a_broker_that_cannot_start_says_why_in_one_line(tmp_path: Path, real_libs: Path) -> None:
    with pytest.raises(BrokerFault, match=r"cannot format .*Invalid value many for") as no:
        Broker(tmp_path, real_libs, properties={"num.io.threads": "many"}).start()
    assert "\n" not in str(no.value)


@pytest.mark.kafka
@pytest.mark.usefixtures("real_libs")
def test_local_runs_a_broker_with_all_topics_and_leaves_nothing_running(tmp_path: Path) -> None:
    port = free_port()
    words = [sys.executable, "-m", "services.cli.main", *map(str, local(tmp_path)), "--no-simulator"]
    environ = {**os.environ, "LOOPWRIGHT_BOOTSTRAP_SERVERS": f"localhost:{port}"}
    printed = tmp_path / "printed"
    with printed.open("wb") as out, started(words, env=environ, stdout=out) as running:
        wait_for(said(printed, "kafka has its topics"), 120)
        assert not is_free(port)
        running.send_signal(signal.SIGINT)
        assert running.wait(20) == 0
    assert is_free(port)
