"""A service as a process: checked before it starts, watched while it runs, ended by a signal or by what broke.

What it ends with, for supervisors:

    0    somebody asked it to
    2    settings, contracts or topics are wrong: a person must mend them, a restart changes nothing
    65   a deployment fault: going on would lose something; a restart changes nothing before it is mended
    70   something broke, Kafka most likely: start it again, it goes on where it was
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.kernel import cluster
from services.kernel.authored import Mistake
from services.kernel.cluster import ClusterFault
from services.kernel.engine import DeploymentFault
from services.kernel.runtime import Runtime
from services.kernel.settings import BadSettings, Settings, load
from services.kernel.stage import Stage, check
from services.kernel.topics import topics

DONE, WRONG, FAULT, BROKEN = 0, 2, 65, 70

BROKER_EVERY_S = 2.0
"""How often a broker that does not answer is asked again, seconds."""

SAID_AGAIN_S = 60.0
"""How soon a library's error is worth a line again, seconds."""

GRACE_S = 10.0
"""How long a process may take to end; then it is ended."""

log = structlog.get_logger()


def serve(service: str, stages: Callable[[Settings], Sequence[Stage[Any]]]) -> None:
    """Run the stages of a service until a signal or a failure ends it; does not return."""
    _write_lines()
    try:
        settings = load()
        wired = stages(settings)
        check(wired, {topic.name: topic.partitions for topic in topics().values()})
    except (BadSettings, Mistake, ValueError) as mistake:
        log.error("not started", service=service, error=" ".join(str(mistake).split()))  # noqa: TRY400
        sys.exit(WRONG)
    ended = asyncio.run(_Process(service, wired, settings).run())
    sys.stdout.flush()
    # Threads of Kafka clients may still hang on to a broker that is gone; what matters has been committed.
    os._exit(ended)


class _Process:
    """One service, running."""

    def __init__(self, service: str, stages: Sequence[Stage[Any]], settings: Settings) -> None:
        self._service = service
        self._stages = stages
        self._settings = settings
        self._runtime: Runtime | None = None
        self._why_not = "the broker has not answered yet"
        self._stopped = asyncio.Event()

    async def run(self) -> int:
        """Returns the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stopped.set)
        try:
            site = await self._answer()
        except OSError as error:
            port = self._settings.http_port
            self._log_end(f"port {port}: {error.strerror or error}; set LOOPWRIGHT_HTTP_PORT to a free one")
            return WRONG
        log.info("starting", service=self._service, settings=self._settings.line())
        try:
            return await self._work()
        except Exception as error:  # noqa: BLE001  whatever it is, the process ends with one line and a code
            return self._broke(error)
        finally:
            _end_after(GRACE_S)
            await site.cleanup()

    async def _work(self) -> int:
        if not await self._until_stopped(self._connect()):
            return DONE
        if differences := await cluster.differences(self._settings):
            for line in differences:
                log.error("topics differ", service=self._service, error=line)
            self._log_end(f"{len(differences)} topics differ from what they must be: run loopwright topics")
            return WRONG
        self._runtime = runtime = Runtime(self._service, self._stages, self._settings)
        if await self._until_stopped(runtime.start(), runtime.failed):
            await self._until_stopped(runtime.failed)
        if not runtime.failed.done():
            try:
                await asyncio.wait_for(runtime.stop(), GRACE_S)
            except TimeoutError:
                log.warning("stopped without leaving the group: no broker answers", service=self._service)
            else:
                log.info("stopped", service=self._service)
            return DONE
        return self._broke(runtime.failed.result())

    def _broke(self, error: BaseException) -> int:
        self._why_not = "it is ending because something broke"
        fault = isinstance(error, DeploymentFault)
        said, kind = str(error), type(error).__name__
        self._log_end(said if fault or said.startswith(kind) else f"{kind}: {said}")
        return FAULT if fault else BROKEN

    async def _connect(self) -> None:
        """Wait for a broker; one line says that it waits."""
        client = logging.getLogger("aiokafka")
        client.setLevel(logging.CRITICAL)  # it would say at each attempt what is said here once
        said = False
        while True:
            try:
                await cluster.reachable(self._settings)
            except ClusterFault as fault:
                if not said:
                    log.warning("waiting for Kafka", service=self._service, error=str(fault))
                said = True
                await asyncio.sleep(BROKER_EVERY_S)
            else:
                client.setLevel(logging.NOTSET)
                return

    async def _until_stopped(self, *work: Any) -> bool:
        """Wait for the first of some work, or for a signal; says whether it was the work. Raises what it raises."""
        stopped = asyncio.create_task(self._stopped.wait())
        waiting = [asyncio.ensure_future(one) for one in work]
        await asyncio.wait([stopped, *waiting], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        done = [one for one in waiting if one.done()]
        for one in waiting:
            if isinstance(one, asyncio.Task):
                one.cancel()
        for one in done:
            one.result()
        return bool(done)

    async def _answer(self) -> web.AppRunner:
        """Say over HTTP how it is: before Kafka answers, too."""
        app = web.Application()
        app.router.add_get("/live", self._live)
        app.router.add_get("/ready", self._ready)
        app.router.add_get("/metrics", self._metrics)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, self._settings.http_host, self._settings.http_port).start()
        return runner

    async def _live(self, _: web.Request) -> web.Response:
        return web.json_response({"service": self._service})

    async def _ready(self, _: web.Request) -> web.Response:
        why = self._runtime.not_ready() if self._runtime else self._why_not
        return web.json_response({"service": self._service, "ready": not why, "why": why}, status=503 if why else 200)

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    def _log_end(self, error: str) -> None:
        log.error("ending", service=self._service, error=" ".join(error.split()))
        # This was the last word: what libraries say of being torn down is nothing that anybody could act on.
        logging.disable()
        threading.excepthook = lambda _: None


def _end_after(seconds: float) -> None:
    """A process that has decided to end must not linger, however its clients hang."""
    timer = threading.Timer(seconds, os._exit, [BROKEN])
    timer.daemon = True
    timer.start()


def _write_lines() -> None:
    """One JSON line on stdout for each thing worth one; of the libraries, only what is an error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.ERROR, handlers=[_AsLine()], force=True)
    # It says ERROR of what each new group meets; what keeps a consumer out of its group for good, the runtime says.
    logging.getLogger("aiokafka.consumer.group_coordinator").setLevel(logging.CRITICAL)


class _AsLine(logging.Handler):
    """What a library says in an error, as one of our lines: Kafka's clients say the same ten times a second."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        what = f"{record.name}: {record.msg}"
        if time.monotonic() < self._said.get(what, -SAID_AGAIN_S) + SAID_AGAIN_S:
            return
        self._said[what] = time.monotonic()
        log.error("library", logger=record.name, error=" ".join(record.getMessage().split()))
