"""The whole loop on this machine without Docker: Kafka from jars, every service a process, until Ctrl-C.

A supervisor starts again what dies, and says so in one line. Nothing that it started is left when it ends: each
process leads a process group of its own, so that a signal reaches what it may have started itself, and Ctrl-C at
a terminal reaches the supervisor alone, which ends the services first and the broker last.
"""

from __future__ import annotations

import asyncio
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from services.cli.broker import HOST, ROOT, Broker, end_with_parent, is_free, jars, last_words
from services.cli.terminal import console, grid, printable
from services.kernel import cluster
from services.kernel.authored import Mistake
from services.kernel.settings import PREFIX, load

SERVICES = ("capture", "detection", "triage", "evaluation", "rollout")

FOR_A_LAPTOP = {"LOOPWRIGHT_REPLICATION": "1", "LOOPWRIGHT_PARTITIONS": "4", "LOOPWRIGHT_MARKS_EVERY_MS": "1000"}
"""Unless the environment says otherwise: one broker, few partitions, decisions soon."""

LONGEST_PAUSE_S = 10.0
"""Between a death and the next start; the first is a second, each further one twice as long."""

SETTLED_S = 60.0
"""Who has lived so long begins again with a pause of a second."""

ENDED_WITHIN_S = 5.0
"""Between SIGTERM and SIGKILL. A service that is killed loses nothing: that is what its transactions are for."""

_STEP_S = 0.1

Tell = Callable[[str], None]
"""Told one line about what has just happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A process to keep alive."""

    name: str
    words: tuple[str, ...]
    port: int
    """Where it listens."""
    ready: str = "/ready"
    """What it answers with 200 when it is ready; empty: that it takes a connection is enough."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """On top of the supervisor's own."""

    @property
    def address(self) -> str:
        """Where a person finds it."""
        return f"http://localhost:{self.port}" if self.ready else f"localhost:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a person may choose."""

    out: Path
    """The folder of data and logs."""
    http_port: int
    """The first of those on which the services answer."""
    prometheus_port: int
    simulator: bool = True
    fresh: bool = False
    """Forget the data of earlier times."""


def run(choice: Choice, environ: Mapping[str, str]) -> None:
    """Start everything, and keep it alive until SIGINT, SIGTERM or SIGHUP; returns when nothing of it is left.

    Raises:
        BadSettings: a setting is unknown or wrong.
        Mistake: a port is taken, or the settings name a broker elsewhere.
        BrokerFault: Java or Kafka's jars are missing.
        ClusterFault: the topics cannot be created.

    """
    environ = {**FOR_A_LAPTOP, **environ}
    settings = load(environ)
    kafka_port = _own_port(settings.bootstrap_servers)
    # Settings are in the environment already; what is not the same for all is added for each.
    commands = [
        *_services(choice, environ),
        *_prometheus(choice, shutil.which("prometheus", path=environ.get("PATH"))),
    ]
    _refuse_taken([("kafka", kafka_port), *((one.name, one.port) for one in commands)])
    libs = jars(environ, tell=tell)
    if choice.fresh:
        for name in ("kafka", "prometheus"):
            shutil.rmtree(choice.out / name, ignore_errors=True)
    broker = Broker(choice.out / "kafka", libs, port=kafka_port)
    kafka = Command(name="kafka", words=broker.prepare(), port=broker.port, ready="")
    if (prometheus := commands[-1]).name == "prometheus":
        (choice.out / "prometheus.yml").write_text(scraped([one for one in commands if one is not prometheus]))
    _print_table([kafka, *commands], choice.out)
    with told_to_stop() as stop, Supervisor(choice.out, tell) as supervisor:
        supervisor.add(kafka)
        supervisor.hold(lambda: stop() or supervisor.ready)
        if stop():
            return
        made = asyncio.run(cluster.create(settings))
        tell(f"kafka has its topics, {len(made)} of them new")
        supervisor.add(*commands)
        supervisor.hold(lambda: stop() or supervisor.ready)
        if not stop():
            tell("all are ready; Ctrl-C ends them")
        supervisor.hold(stop)
        tell("ending all of them")


def tell(line: str) -> None:
    """Print what has just happened, with the time of day."""
    print(f"{time.strftime('%H:%M:%S')}  {printable(line)}", flush=True)


@contextmanager
def told_to_stop() -> Iterator[Callable[[], bool]]:
    """Whether this process was told to end. Inside, signals only leave a note: no work is broken off halfway."""
    notes: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {one: signal.signal(one, lambda number, _frame: notes.append(number)) for one in numbers}
    try:
        yield lambda: bool(notes)
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def pause_after(deaths: int) -> float:
    """Seconds until the next start, after so many deaths in a row."""
    return min(2.0 ** (deaths - 1), LONGEST_PAUSE_S)


class Supervisor:
    """Keeps commands alive; each has a log, `<folder>/<name>.log`. When it is left, all of them have ended."""

    def __init__(self, folder: Path, tell: Tell) -> None:
        self._folder = folder
        self._tell = tell
        self._tiers: list[list[_Child]] = []

    def add(self, *commands: Command) -> None:
        """Start these. They are ended together, before those that were added earlier."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._tiers.append([_Child(one, self._folder / f"{one.name}.log") for one in commands])

    @property
    def ready(self) -> bool:
        """Whether each command was ready since it last started."""
        return all(child.ready for tier in self._tiers for child in tier)

    def hold(self, until: Callable[[], bool]) -> None:
        """Keep all alive until that is true."""
        while not until():
            for tier in self._tiers:
                for child in tier:
                    if news := child.step(time.monotonic()):
                        self._tell(news)
            time.sleep(_STEP_S)

    def stop(self) -> None:
        """End all, the last added first: SIGTERM to each one's group, and SIGKILL to what is left of it."""
        while self._tiers:
            tier = self._tiers[-1]
            for child in tier:
                child.signal(signal.SIGTERM)
            until = time.monotonic() + ENDED_WITHIN_S
            while any(child.runs for child in tier) and time.monotonic() < until:
                time.sleep(0.02)
            for child in tier:
                child.end()
            self._tiers.pop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Child:
    """One command: it runs, or it waits for its next start."""

    def __init__(self, command: Command, log: Path) -> None:
        self.ready = False
        self._command = command
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._since = 0
        """Where in the log this life begins."""
        self._deaths = 0
        self._next_start = 0.0
        log.write_bytes(b"")

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def step(self, now: float) -> str | None:
        """Do what is due; returns what has happened, if anything."""
        if self._process is None:
            if now >= self._next_start:
                self._start(now)
        elif (code := self._process.poll()) is not None:
            return self._died(code, now)
        elif not self.ready and _answers(self._command):
            self.ready = True
            return f"{self._command.name} is ready, {now - self._started:.1f} s after its start"
        return None

    def signal(self, number: int) -> None:
        # The whole group; that its leader has ended does not mean that the others have.
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def end(self) -> None:
        self.signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
        self._process = None

    def _start(self, now: float) -> None:
        environ = {**os.environ, "PYTHONUNBUFFERED": "1", **self._command.environ}
        with self._log.open("ab") as log:
            self._since = log.tell()
            self._process = subprocess.Popen(  # noqa: S603  commands are ours
                self._command.words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT, env=environ,
                start_new_session=True, preexec_fn=end_with_parent,  # noqa: PLW1509  one thread
            )  # fmt: skip
        self._started = now

    def _died(self, code: int, now: float) -> str:
        self.end()
        self.ready = False
        self._deaths = 1 if now - self._started > SETTLED_S else self._deaths + 1
        pause = pause_after(self._deaths)
        self._next_start = now + pause
        how = f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
        # One that failed may say more after its reason; one that was told to end or killed has not failed.
        said = last_words(self._log, self._since, among=20 if code > 0 else 1) or "it said nothing"
        return f"{self._command.name} has died, {how}: {said}; it starts again in {pause:g} s"


def scraped(commands: Sequence[Command]) -> str:
    """Prometheus' configuration: every command asked for its metrics, and the alert rules where there are any."""
    rules = ROOT / "deploy/prometheus/rules.yml"
    lines = ["global: {scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 2s}"]
    lines += [f"rule_files: ['{rules}']"] if rules.exists() else []
    lines += ["scrape_configs:", "  - job_name: loopwright", "    static_configs:"]
    lines += [
        f"      - {{targets: ['{HOST}:{one.port}'], labels: {{instance: '{one.name}:{one.port}'}}}}" for one in commands
    ]
    return "\n".join(lines) + "\n"


def _services(choice: Choice, environ: Mapping[str, str]) -> Iterator[Command]:
    names = [*SERVICES, *(["simulator"] if choice.simulator else [])]
    ours = {name: value for name, value in environ.items() if name.startswith(PREFIX)}
    for port, name in enumerate(names, start=choice.http_port):
        words = (sys.executable, "-m", f"services.{name}")
        yield Command(
            name=name,
            words=words,
            port=port,
            environ={**ours, "LOOPWRIGHT_HTTP_HOST": HOST, "LOOPWRIGHT_HTTP_PORT": str(port)},
        )


def _prometheus(choice: Choice, program: str | None) -> Iterator[Command]:
    if program is None:
        return
    out = choice.out.resolve()
    words = (
        program,
        f"--config.file={out / 'prometheus.yml'}",
        f"--storage.tsdb.path={out / 'prometheus'}",
        f"--web.listen-address={HOST}:{choice.prometheus_port}",
    )
    yield Command(name="prometheus", words=words, port=choice.prometheus_port, ready="/-/ready")


def _own_port(bootstrap_servers: str) -> int:
    host, _, port = bootstrap_servers.rpartition(":")
    if host not in {"localhost", HOST}:
        raise Mistake(
            f"LOOPWRIGHT_BOOTSTRAP_SERVERS={bootstrap_servers}: a broker is started here;"
            " unset it, or give localhost:PORT"
        )
    return int(port)


def _refuse_taken(wanted: Sequence[tuple[str, int]]) -> None:
    for name, port in wanted:
        if not is_free(port):
            raise Mistake(f"port {port} ({name}) is taken; end what listens there (see: ss -ltnp 'sport = :{port}')")


def _answers(command: Command) -> bool:
    try:
        if not command.ready:
            socket.create_connection((HOST, command.port), timeout=0.5).close()
            return True
        connection = http.client.HTTPConnection(HOST, command.port, timeout=0.5)
        try:
            connection.request("GET", command.ready)
            return connection.getresponse().status == http.client.OK
        finally:
            connection.close()
    except (OSError, http.client.HTTPException):
        return False


def _print_table(commands: Sequence[Command], out: Path) -> None:
    rows = [(one.name, one.address, str(out / f"{one.name}.log")) for one in commands]
    console().print(grid(("what", "where", "log"), rows))
