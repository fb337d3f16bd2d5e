"""Where the CPU time of capture and detection goes on this runtime: one backlog, each process under cProfile.

A profiler makes small functions look larger than they are: read the order and the shares, not the microseconds.
"""

from __future__ import annotations

import asyncio
import cProfile
import json
import os
import pstats
import signal
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from services.kernel.runtime import Runtime
from services.kernel.settings import load
from tests.bench.measured import Measured, own_broker
from tests.bench.peer import say_ready, stage_of
from tests.bench.processes import Watched, backlog, lay, loop_settings, prepare, work_off
from tests.chaos.loop import settings_for

EVENTS = int(os.environ.get("EVENTS", "100000"))

PLACES = (
    ("the codec", ("loopwright/codec", "loopwright/wire", "loopwright/events")),
    ("the domain", ("services/capture", "services/detection", "loopwright/sketch", "loopwright/flags", "/re/")),
    ("the engine", ("kernel/engine", "kernel/stage", "kernel/limits", "kernel/topics")),
    ("states to the changelog", ("kernel/changelog",)),
    ("inputs and records", ("kernel/inputs", "kernel/references")),
    ("the task", ("kernel/task",)),
    ("metrics", ("kernel/metrics", "prometheus_client")),
    ("aiokafka, reading", ("aiokafka/consumer",)),
    ("aiokafka, writing", ("aiokafka/producer",)),
    ("aiokafka, records and protocol", ("aiokafka/",)),
    ("Faust and mode", ("faust/", "mode/")),
    ("asyncio", ("asyncio/", "selectors")),
)
"""What a file belongs to: the first that is in its path."""

Function = tuple[str, int, str]


def measure() -> Measured:
    """The shares of both processes together, and the costliest functions of each."""
    with own_broker() as (broker, folder):
        settings = loop_settings(broker.bootstrap_servers, "costs.")
        prepare(settings)
        lay(settings, backlog(settings, EVENTS, per_second=2_000.0))
        environ = settings_for(broker.bootstrap_servers, "costs.")
        pair = [
            Watched(service, environ, folder / f"{service}.log", ("-m", "tests.bench.costs", service, str(folder)))
            for service in ("capture", "detection")
        ]
        work_off(settings, pair, broker.pid, end=_ended)
        found = {one.service: json.loads((folder / f"{one.service}.json").read_text()) for one in pair}
    whole = sum(sum(one["places"].values()) for one in found.values())
    names = {name for one in found.values() for name in one["places"]}
    rows = [
        {
            "": name,
            "%": 100 * sum(one["places"].get(name, 0.0) for one in found.values()) / whole,
            **{service: one["places"].get(name, 0.0) / EVENTS * 1e6 for service, one in found.items()},
        }
        for name in names
    ]
    rows.sort(key=lambda row: -float(row["%"]))
    notes = [
        f"{service}: " + "; ".join(f"{name} {seconds / EVENTS * 1e6:.1f}" for name, seconds in one["functions"])
        for service, one in found.items()
    ]
    return Measured(f"µs an event under cProfile, {EVENTS:,} run events; CPU time of each thread", rows, notes)


def _ended(process: Watched) -> None:
    process.send(signal.SIGTERM)
    process.wait(60)


class Profiles:
    """One profile for each thread that runs Python."""

    def __init__(self) -> None:
        self.all: list[tuple[threading.Thread, cProfile.Profile]] = []

    @contextmanager
    def running(self) -> Iterator[None]:
        """Profile this thread, and each that is started inside."""
        threading.setprofile(self._begin)
        mine = self._new()
        mine.enable()
        try:
            yield
        finally:
            mine.disable()
            threading.setprofile(None)

    def _begin(self, _: FrameType, __: str, ___: Any) -> None:
        """The first call in a new thread: from then on its profile listens instead of this."""
        sys.setprofile(None)
        self._new().enable()

    def _new(self) -> cProfile.Profile:
        profile = cProfile.Profile(time.thread_time)  # CPU time: whoever waits for a core costs nothing
        self.all.append((threading.current_thread(), profile))
        return profile

    def costs(self) -> dict[Function, float]:
        """Own seconds of each Python function, those of what it calls in C included; waiting for I/O apart."""
        own: dict[Function, float] = defaultdict(float)
        for thread, profile in self.all:
            if thread.is_alive() and thread is not threading.current_thread():
                continue  # what it is in the middle of would be read by another thread's clock
            profile.create_stats()
            for function, (_, _, seconds, _, callers) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
                if function[0] != "~" or not callers:
                    own[function] += seconds
                    continue
                for caller, (_, _, share, _) in callers.items():
                    own[caller] += share if "select.epoll" not in function[2] else 0.0
        return own


def place_of(function: Function) -> str:
    """What the time of a function counts as."""
    path = function[0].replace("\\", "/")
    return next((name for name, parts in PLACES if any(part in path for part in parts)), "the rest")


async def _serve(service: str, profiles: Profiles) -> None:
    settings = load()
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    with profiles.running():
        runtime = Runtime(service, (stage_of(service, settings),), settings)
        await runtime.start()
        while runtime.not_ready():  # noqa: ASYNC110  it tells whoever asks, as a probe does
            await asyncio.sleep(0.01)
        say_ready()
        runtime.failed.add_done_callback(lambda _: stopped.set())
        await stopped.wait()
        await runtime.stop()


def _profiled(service: str, folder: Path) -> None:
    """Run a service under the profiler until SIGTERM, then write what it cost."""
    profiles = Profiles()
    asyncio.run(_serve(service, profiles))
    own = profiles.costs()
    places: dict[str, float] = defaultdict(float)
    for function, seconds in own.items():
        places[place_of(function)] += seconds
    top = sorted(own.items(), key=lambda item: -item[1])[:12]
    functions = [(f"{Path(path).stem}.{name}", seconds) for (path, _, name), seconds in top]
    text = json.dumps({"places": places, "functions": functions})
    (folder / f"{service}.json").write_text(text)
    os._exit(0)  # the consumer's thread still runs


def main() -> None:
    """Print the table."""
    print(measure().table())


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _profiled(sys.argv[1], Path(sys.argv[2]))
    else:
        main()
