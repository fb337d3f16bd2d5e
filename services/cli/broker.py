"""A Kafka broker of one's own, without Docker: one node in KRaft mode, run from jars under Java 17 or newer.

For `loopwright local` and for tests, which also kill it, pause it and start it again on the same port. It listens
on 127.0.0.1 only. What it needs and does not find is a `BrokerFault`, one line that says what to install.
"""

from __future__ import annotations

import ctypes
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[2]
POM = ROOT / "deploy/kafka/pom.xml"
JARS = ROOT / "var/kafka/libs"

HOST = "127.0.0.1"

CLUSTER_ID = "5L6g3nShT-eMCtK--X86sw"
"""Any will do; always the same one lets a data folder outlive the object that made it."""

START_S = 60.0
"""A broker starts in three seconds; on a machine that is busy otherwise it takes its time."""

STOP_S = 10.0

_JAVA = ("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""For a small machine: a start in seconds is worth more here than the last tenth of throughput."""

_PACKAGES = (("java", "openjdk-17-jre-headless"), ("mvn", "maven"))
"""Programs that fetching the jars takes, and the Debian packages that they come in."""

_PR_SET_PDEATHSIG = 1

_STARTED = b"Kafka Server started"

# Below the ports that the system hands to clients (from 32768 on): one of those could be given to a client that
# retries while the broker is away, and the broker could not come back.
_PORTS = range(20_000, 32_000)

_LINES_OF_AN_END = 200
"""After the reason why it ends, Kafka tells at length how each of its parts is shut down."""

_COMPLAINT = re.compile(r"\b(?:\w*(?:Exception|Error)|ERROR|FATAL|fatal)\b|\"level\": \"(?:error|critical)\"")
_NEWS = re.compile(r"\bINFO\b|\binfo\b")


class BrokerFault(Exception):
    """No broker can run here; the message is one line that says why and what to do."""


def end_with_parent() -> None:
    """Between fork and exec: have the kernel end this process when the one that started it is gone, however it went."""
    with suppress(OSError, AttributeError):  # Linux only
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def jars(environ: Mapping[str, str], folder: Path = JARS, tell: Callable[[str], None] | None = None) -> Path:
    """The folder with Kafka's jars: the one that KAFKA_LIBS names, else `folder`, which Maven fills once.

    `tell` is told before something that may take a minute.

    Raises:
        BrokerFault: KAFKA_LIBS names a folder without them, or Maven is missing or could not fetch them.

    """
    if given := environ.get("KAFKA_LIBS"):
        if _holds_kafka(Path(given)):
            return Path(given)
        raise BrokerFault(f"KAFKA_LIBS={given}: no kafka_2.13 jar is there; correct it, or unset it to fetch them")
    if not _holds_kafka(folder):
        _fetch(folder, tell)
    return folder


def free_port() -> int:
    """A port on which nobody listens, and which the system gives to no client.

    Raises:
        BrokerFault: none of fifty is free.

    """
    for port in random.sample(_PORTS, 50):
        if is_free(port):
            return port
    raise BrokerFault(f"no free port between {_PORTS.start} and {_PORTS.stop}; stop what takes them")


def is_free(port: int) -> bool:
    """Whether a service could listen there, on any address of this machine."""
    try:
        socket.create_server(("", port)).close()
    except OSError:
        return False
    return True


def last_words(log: Path, since: int = 0, *, among: int = 1) -> str:
    """What a process wrote last, in one line: the last complaint among so many lines, else the last line.

    `since` is the position in the file from which on it is its.
    """
    try:
        with log.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(since, end - 65_536))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    # Lines of a stack trace are indented: what went wrong is in the line before them.
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line[0].isspace()][-among:]
    complaints = [line for line in lines if _COMPLAINT.search(line) and not _NEWS.search(line)]
    return (complaints or lines or [""])[-1].removeprefix("Caused by: ")[:300]


def single_node(port: int, controller_port: int) -> dict[str, object]:
    """What a broker needs to be its own controller and to hold every copy itself."""
    return {
        "node.id": 1,
        "process.roles": "broker,controller",
        "controller.quorum.voters": f"1@{HOST}:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        # A topic that is missing must be seen, and never be made by whoever asks for it.
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 4,
        # Longer than any record stays that a group may still have to read, dead letters (30 days) included.
        "offsets.retention.minutes": 45 * 24 * 60,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        # The three seconds in which a new group would wait for more members.
        "group.initial.rebalance.delay.ms": 0,
    }


QUICK_RETURN = {"broker.session.timeout.ms": 3_000, "broker.heartbeat.interval.ms": 500}
"""For a broker that is to be killed: after a kill the controller waits so long, instead of nine seconds, before it
believes that the broker has gone and lets it in again. Not for others: a machine that is busy would lose its broker."""


class Broker:
    """One Kafka broker, its data below `folder`; started on the same folder again it has kept everything.

    `port` stays the same for the life of this object, however often it is killed and started. `properties` go
    before its own, as in server.properties. As a context manager it runs inside and is stopped at the end.
    """

    def __init__(
        self, folder: Path, libs: Path, *, port: int | None = None, properties: Mapping[str, object] | None = None
    ) -> None:
        folder = folder.resolve()
        self.folder = folder
        self.port = port or free_port()
        self.log = folder / "kafka.log"
        self._libs = libs
        self._properties = {
            **single_node(self.port, free_port()),
            "log.dirs": folder / "data",
            **(properties or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap_servers(self) -> str:
        """Where clients begin."""
        return f"{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        """The process that runs."""
        return self._running().pid

    def prepare(self) -> tuple[str, ...]:
        """Format the data folder unless that was done, and give the words that start the broker.

        Raises:
            BrokerFault: Java is missing or too old, or the folder cannot be written.

        """
        config = self.folder / "server.properties"
        java = _java(self._libs)
        try:
            (self.folder / "data").mkdir(parents=True, exist_ok=True)
            config.write_text("".join(f"{name}={value}\n" for name, value in self._properties.items()))
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise BrokerFault(f"{self.folder}: {why}; make room, or choose another folder") from error
        # Kafka writes this file last.
        if not (self.folder / "data/meta.properties").exists():
            done = subprocess.run(  # noqa: S603  fixed words
                [*java, "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(config)],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, start_new_session=True,
            )  # fmt: skip
            if done.returncode:
                self.log.write_text(done.stdout)
                raise BrokerFault(f"Kafka cannot format {self.folder / 'data'}: {_why(self.log, 0)}")
        return (*java, "kafka.Kafka", str(config))

    def start(self) -> Self:
        """Start it and wait until clients can come; after a kill too, on the same port with the same data.

        Raises:
            BrokerFault: it ended, or took longer than a minute; with what it said last.

        """
        assert self._process is None, "it runs already"
        words = self.prepare()
        with self.log.open("ab") as log:
            before = log.tell()
            # A session of its own: Ctrl-C at a terminal is for whoever runs the broker, who then stops it in order.
            self._process = subprocess.Popen(  # noqa: S603  fixed words
                words,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=end_with_parent,  # noqa: PLW1509  it takes no lock
            )
        until = time.monotonic() + START_S
        while _STARTED not in _tail(self.log, before):
            if self._process.poll() is not None:
                self._process = None
                raise BrokerFault(f"Kafka ended while it started: {_why(self.log, before)}")
            if time.monotonic() > until:
                self.kill()
                raise BrokerFault(f"Kafka did not start within {START_S:.0f} s; look into {self.log}")
            time.sleep(0.05)
        return self

    def stop(self) -> None:
        """End it in order: SIGTERM, and SIGKILL when that takes longer than ten seconds. No harm when it is down."""
        if self._process is None:
            return
        self._process.terminate()
        self._process.send_signal(signal.SIGCONT)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_S)
        self.kill()

    def kill(self) -> None:
        """End it as a power cut would: SIGKILL. No harm when it is down."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Let it hang: SIGSTOP. Connections stay open and nothing is answered."""
        self._running().send_signal(signal.SIGSTOP)

    def cont(self) -> None:
        """Let it go on after a pause: SIGCONT."""
        self._running().send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        return self.start() if self._process is None else self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "start it first"
        return self._process


def _java(libs: Path) -> tuple[str, ...]:
    program = shutil.which("java")
    if program is None:
        raise BrokerFault("Kafka needs Java: apt-get install openjdk-17-jre-headless")
    return (program, *_JAVA, "-cp", f"{libs.resolve()}/*")


def _holds_kafka(folder: Path) -> bool:
    return any(folder.glob("kafka_2.13-*.jar"))


def _fetch(folder: Path, tell: Callable[[str], None] | None) -> None:
    missing = [package for program, package in _PACKAGES if shutil.which(program) is None]
    if missing:
        raise BrokerFault(f"Kafka's jars come by Maven: apt-get install {' '.join(missing)}")
    if tell:
        tell("fetching Kafka's jars, 60 MB, once")
    # Into a folder beside it first: what was cut off must not look like all of it.
    partial = folder.with_name(f"{folder.name}.{os.getpid()}")
    words = [
        "mvn",
        "-q",
        "-B",
        "-f",
        str(POM),
        "dependency:copy-dependencies",
        f"-DoutputDirectory={partial.resolve()}",
    ]
    try:
        done = subprocess.run(  # noqa: S603  fixed words
            words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if done.returncode or not _holds_kafka(partial):
            said = [line for line in done.stdout.splitlines() if "ERROR" in line] or ["it said nothing"]
            raise BrokerFault(f"Maven could not fetch Kafka's jars: {said[0][:300]}; try `{' '.join(words)}`")
        with suppress(OSError):  # somebody else was quicker
            partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _tail(log: Path, since: int) -> bytes:
    with log.open("rb") as file:
        file.seek(since)
        return file.read()


def _why(log: Path, since: int) -> str:
    said = last_words(log, since, among=_LINES_OF_AN_END) or "it said nothing"
    if "UnsupportedClassVersionError" in said:
        return "this Java is too old; apt-get install openjdk-17-jre-headless"
    return f"{said}; look into {log}"
