"""The product and its people on the wall clock, against Kafka: what a deployed loop is tried out with.

Two changes are proposed for the use case `quick`, each with half of its users: one helps and goes to everyone,
one reaches beyond its scope and is taken back. The product is built as any other: the SDK's recorder and sink,
and flags by OpenFeature. A change that is in `releases` already is not proposed again, so a restart goes on.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import structlog
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from openfeature.flag_evaluation import FlagEvaluationDetails
from openfeature.provider import ProviderStatus
from prometheus_client import Counter, Gauge, make_wsgi_app

from loopwright.events import Approval, Arm, Change, Event, Phase, Releases, Surface
from loopwright.flags import Assignment
from loopwright.kafka import KafkaSink, ReleasesReader
from loopwright.provider import LoopwrightProvider, flag_key
from services.kernel import kit
from services.kernel.clock import now_ms
from services.kernel.settings import Settings
from services.kernel.topics import topic
from services.simulator.people import ENDED, People, Plan
from services.simulator.product import DAY, FIRST, FIRST_PROMPT, FIRST_TOOL_POLICY, Effect, Flags, Product, Use, steady

USE_CASE = "quick"

PACE = 1_200
"""People react within a quarter of a second, and come back with their problem within 3 to 15."""

PLANS = (
    Plan(
        "prompt-quick-42", "Ask back when a request is ambiguous", USE_CASE, "good", Surface.PROMPT,
        FIRST_PROMPT, "support@42", Effect(failure=0.4), 0.6, 2_000,
    ),
    Plan(
        "tools-quick-8", "Look orders up across the whole tenant", USE_CASE, "breach", Surface.TOOL_POLICY,
        FIRST_TOOL_POLICY, "tools@8", Effect(breach=0.3), 0.9, 4_000,
    ),
)  # fmt: skip

EXPECTED = {"good": Phase.FULL, "breach": Phase.ROLLED_BACK}
"""How a change ends, by what is planted in it."""

APPROVE_AFTER_MS = 3_000
TICK_MS = 50
MOST_BEHIND_MS = 1_000
"""A process that stood still serves no more than this of the time that it missed, milliseconds."""

SPEC_FIRST_MS = 2_000
"""Services learn of a use case before its first run comes."""

LONGEST_MS = 10 * 60 * 1000
"""`--once` gives up after this long."""

RUNS = Counter("loopwright_simulator_runs", "Runs of the simulated product. High: traffic.", ["use_case"])
LOST = Gauge("loopwright_simulator_lost_events", "Run events that the recorder dropped. Above 0: no broker for long.")
_LOG = structlog.get_logger("simulator")


@dataclass(frozen=True)
class Choice:
    """What a person chooses on the command line."""

    runs_per_second: float = 50.0
    users: int = 20_000
    seed: int = 1
    once: bool = False
    """End when every planned change has ended."""


class Later:
    """Events that have been made and whose time has not come: a run is made at once and lasts some seconds."""

    def __init__(self) -> None:
        """Nothing waits."""
        self._heap: list[tuple[int, int, Event]] = []
        self._sent = count()

    def add(self, event: Event, at: int) -> None:
        """Keep an event until `at`, milliseconds."""
        heapq.heappush(self._heap, (at, next(self._sent), event))

    def due(self, now: int) -> Iterator[tuple[Event, int]]:
        """The events whose time has come, and their times."""
        while self._heap and self._heap[0][0] <= now:
            at, _, event = heapq.heappop(self._heap)
            yield event, at


def by_flags(client: OpenFeatureClient) -> Flags:
    """What a user gets, asked for as any product asks: one flag a surface, all of one run."""
    runs = count()

    def ask(use: Use, user: int) -> tuple[Assignment | None, Mapping[Surface, str]]:
        who = EvaluationContext(f"user-{user}", {"run_id": str(next(runs))})
        found = {
            surface: client.get_string_details(flag_key(use.use_case_id, surface), version, who)
            for surface, version in FIRST.items()
        }
        given = (assigned(surface, one) for surface, one in found.items() if "release_id" in one.flag_metadata)
        return next(given, None), {surface: one.value for surface, one in found.items()}

    return ask


def assigned(surface: Surface, flag: FlagEvaluationDetails[str]) -> Assignment:
    """The assignment that a flag's metadata tell of."""
    said = flag.flag_metadata
    return Assignment(
        release_id=str(said["release_id"]),
        change_id=str(said["change_id"]),
        stage=int(said["stage"]),
        arm=Arm(str(said["arm"])),
        surface=surface,
        version=flag.value,
    )


def phases(plans: Sequence[Plan], releases: Mapping[str, Releases]) -> dict[str, Phase]:
    """Where each planned change stands that anybody has heard of."""
    planned = {plan.change_id for plan in plans}
    known = (one for value in releases.values() for one in value.releases)
    return {one.change_id: one.phase for one in known if one.change_id in planned}


def over(plans: Sequence[Plan], stand: Mapping[str, Phase]) -> bool:
    """Whether every planned change has ended."""
    return all(stand.get(plan.change_id) in ENDED for plan in plans)


def as_planned(plans: Sequence[Plan], stand: Mapping[str, Phase]) -> bool:
    """Whether every change ended as what is planted in it says."""
    return all(stand.get(plan.change_id) is EXPECTED[plan.planted] for plan in plans)


class News:
    """Tells what people did and where releases went, a line each."""

    def __init__(self) -> None:
        """Nothing has been told."""
        self._told: dict[str, tuple[Phase, int]] = {}

    def did(self, event: Event) -> None:
        """Somebody proposed or approved."""
        match event:
            case Change():
                _LOG.info("proposed", change=event.change_id, by=event.author, title=event.title)
            case Approval():
                _LOG.info("approved", change=event.change_id, by=event.approver)

    def moved(self, releases: Iterable[Releases]) -> None:
        """Releases may have moved on."""
        for release in (one for value in releases for one in value.releases):
            now = release.phase, release.stage
            if self._told.get(release.change_id) == now:
                continue
            self._told[release.change_id] = now
            _LOG.info(
                "release moved",
                change=release.change_id,
                phase=str(release.phase),
                stage=release.stage,
                share=release.share,
                reason=release.reason,
            )


def live(settings: Settings, choice: Choice, stop: threading.Event) -> int:
    """Play until told to stop, or with `once` until the changes have ended. Returns the exit code.

    0: stopped, or every change ended as planned; 1: one ended otherwise, or none of it within ten minutes.
    """
    servers, prefix = settings.bootstrap_servers, settings.topic_prefix
    bucket_key = settings.bucket_key.get_secret_value().encode()
    reader = ReleasesReader(servers, f"{prefix}releases", bucket_key=bucket_key)
    sinks = {
        name: KafkaSink(servers, f"{prefix}{name}", key=topic(name).keys())
        for name in ("runs.raw", "usecases", "changes", "approvals")
    }
    LOST.set_function(lambda: sinks["runs.raw"].lost)
    api.set_provider(LoopwrightProvider(reader))
    client = api.get_client()

    def ready() -> bool:
        return client.get_provider_status() is ProviderStatus.READY and not sinks["usecases"].waiting

    try:
        with answering(settings.http_host, settings.http_port, ready):
            spec = kit.use_case(kit.KIT / "use_cases" / f"{USE_CASE}.yaml").spec()
            sinks["usecases"].write(spec, now_ms())
            _LOG.info("started", servers=servers, prefix=prefix, runs_per_second=choice.runs_per_second)
            while not ready():
                if stop.wait(TICK_MS / 1000):
                    return 0
            stop.wait(SPEC_FIRST_MS / 1000)
            use = Use(USE_CASE, spec.intents, choice.runs_per_second * DAY / 1000)
            return _play(choice, stop, use, reader, sinks, client, bucket_key)
    finally:
        api.shutdown()
        for sink in sinks.values():
            sink.close()


def _play(
    choice: Choice,
    stop: threading.Event,
    use: Use,
    reader: ReleasesReader,
    sinks: Mapping[str, KafkaSink],
    client: OpenFeatureClient,
    bucket_key: bytes,
) -> int:
    later, news = Later(), News()
    began = now = now_ms()
    product = Product(
        choice.seed + began,  # another life at each start: ids of runs and events are drawn from it
        later.add,
        bucket_key=bucket_key,
        effects={plan.to_version: plan.effect for plan in PLANS},
        users=choice.users,
        flags=by_flags(client),
        busy=steady,
        pace=PACE,
    )
    product.started_at = began

    def say(name: str, event: Event, at: int) -> None:
        sinks[name].write(event, at)
        news.did(event)

    people = People(say, PLANS, began=began, approve_after=APPROVE_AFTER_MS)
    people.proposed.update(phases(PLANS, _known(reader)))
    while not stop.wait(TICK_MS / 1000):
        start, now = max(now, now_ms() - MOST_BEHIND_MS), now_ms()
        before = use.runs
        product.serve(use, start, max(start + 1, now))
        RUNS.labels(use.use_case_id).inc(use.runs - before)
        for event, at in later.due(now):
            sinks["runs.raw"].write(event, at)
        releases = _known(reader)
        people.work(now, releases)
        news.moved(releases.values())
        stand = phases(PLANS, releases)
        if choice.once and (over(PLANS, stand) or now > began + LONGEST_MS):
            for plan in PLANS:
                _LOG.info("ended", change=plan.change_id, phase=str(stand.get(plan.change_id, "NOT_PROPOSED")))
            return 0 if as_planned(PLANS, stand) else 1
    return 0


def _known(reader: ReleasesReader) -> dict[str, Releases]:
    value = reader.copy.releases(USE_CASE)
    return {} if value is None else {USE_CASE: value}


class _Quiet(WSGIRequestHandler):
    """No line for each request: a probe comes every few seconds."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


@contextmanager
def answering(host: str, port: int, ready: Callable[[], bool]) -> Iterator[int]:
    """Answer /live, /ready and /metrics while the block runs; gives the port (0 asks for any that is free)."""
    metrics = make_wsgi_app()

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            return metrics(environ, start)  # type: ignore[no-any-return]
        status = {"/live": "200 OK", "/ready": "200 OK" if ready() else "503 Service Unavailable"}
        said = status.get(path, "404 Not Found")
        start(said, [("Content-Type", "text/plain")])
        return [said.encode() + b"\n"]

    with make_server(host, port, answer, server_class=_Threads, handler_class=_Quiet) as server:
        threading.Thread(target=server.serve_forever, name="http", daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
