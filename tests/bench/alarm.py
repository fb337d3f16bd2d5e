"""From the append of an alarming run event to the flag provider's answer, through every service as its own process.

Each time another use case, whose release is in its canary, sees a tool of its candidate reach beyond what the run
holds. It ends when the provider in this process no longer answers with the candidate. Once with no other traffic,
once with 200 events a second.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from msgspec.structs import replace
from openfeature.evaluation_context import EvaluationContext

from loopwright.codec import CODEC
from loopwright.events import Alarm, Arm, Event, Phase, Releases, RunEvent, Surface, ToolAudited, ToolStatus
from loopwright.kafka import KafkaSink, ReleasesReader
from loopwright.provider import LoopwrightProvider, flag_key
from services.kernel import kit
from services.kernel.clock import now_ms
from services.kernel.settings import Settings
from services.kernel.topics import topic
from services.simulator.people import People, Plan
from services.simulator.product import FIRST_TOOL_POLICY, Effect
from tests.bench.measured import Measured, own_broker, quantile
from tests.bench.processes import loop_settings, wait_for
from tests.chaos.loop import Loop, history, read, send

ALARMS = int(os.environ.get("ALARMS", "30"))
"""In each of both rounds."""

PER_SECOND = 200.0

CANDIDATE = "tools@8"

HOPS = ("runs.raw", "runs", "alarms", "releases", "answer")

LONGEST_S = 10.0
"""An answer that takes longer never comes."""


def measure() -> Measured:
    """Both rounds; one loop each, so that neither has the other's states."""
    rows = []
    with own_broker() as (broker, folder):
        for name, per_second in (("no other traffic", 0.0), (f"{PER_SECOND:.0f} events/s beside", PER_SECOND)):
            path = folder / f"loop{per_second:.0f}"
            path.mkdir()
            found = alarms(broker.bootstrap_servers, f"alarm{per_second:.0f}.", path, per_second)
            rows += _rows(name, found)
    return Measured(
        f"ms from the append of an alarming run event, {ALARMS} alarms a round",
        rows,
        ("each row but the first: from the append before it to its own; the answer: to when the provider gives it",
         "goals without faults: p50 50, p99 250"),
    )  # fmt: skip


def alarms(servers: str, prefix: str, folder: Path, per_second: float) -> list[dict[str, float]]:
    """Raise every alarm; for each, when each hop had appended what it made of it, milliseconds."""
    with Loop(servers, prefix, folder) as loop, _product(loop.settings) as (sinks, provider):
        _until_canary(loop.settings, sinks, provider)
        raised: dict[str, tuple[str, float]] = {}
        with _traffic(loop, per_second):
            for name in _use_cases():
                time.sleep(random.uniform(0.2, 0.7))
                event_id, at = _alarm(name, sinks["runs.raw"], provider)
                raised[name] = event_id, at
    return _appended(loop_settings(servers, prefix), raised)


def _use_cases() -> list[str]:
    return [f"quick-{n}" for n in range(ALARMS)]


@contextmanager
def _product(settings: Settings) -> Iterator[tuple[Mapping[str, KafkaSink], LoopwrightProvider]]:
    servers, prefix = settings.bootstrap_servers, settings.topic_prefix
    key = settings.bucket_key.get_secret_value().encode()
    provider = LoopwrightProvider(ReleasesReader(servers, f"{prefix}releases", bucket_key=key))
    names = ("runs.raw", "usecases", "changes", "approvals")
    sinks = {name: KafkaSink(servers, f"{prefix}{name}", key=topic(name).keys()) for name in names}
    try:
        provider.initialize(EvaluationContext())
        yield sinks, provider
    finally:
        provider.shutdown()
        for sink in sinks.values():
            sink.close()


def _until_canary(settings: Settings, sinks: Mapping[str, KafkaSink], provider: LoopwrightProvider) -> None:
    """Propose a change for each use case, approve it, and wait until each is served to some."""
    quick = kit.use_case(kit.KIT / "use_cases" / "quick.yaml").spec()
    for name in _use_cases():
        sinks["usecases"].write(replace(quick, use_case_id=name), now_ms())
    wait_for(lambda: not sinks["usecases"].waiting, 30, lambda: "specs were not sent")
    time.sleep(2)  # services learn of a use case before its first change comes
    plans = tuple(
        Plan(f"tools-{name}", "Look orders up across the tenant", name, "breach", Surface.TOOL_POLICY,
             FIRST_TOOL_POLICY, CANDIDATE, Effect(), 0.9, 0)
        for name in _use_cases()
    )  # fmt: skip
    people = People(lambda name, event, at: sinks[name].write(event, at), plans, began=now_ms(), approve_after=0)

    def all_served() -> bool:
        copy = provider._reader.copy  # noqa: SLF001  the whole value, as people look at it
        known = {name: value for name in _use_cases() if (value := copy.releases(name)) is not None}
        people.work(now_ms(), known)
        canaries = sum(one.phase is Phase.CANARY for value in known.values() for one in value.releases)
        return canaries == len(plans)

    wait_for(all_served, 60, lambda: f"not every change reached its canary under {settings.topic_prefix}")


def _alarm(name: str, sink: KafkaSink, provider: LoopwrightProvider) -> tuple[str, float]:
    """Send one alarming event and wait for another answer; gives its id and when the answer was there."""
    user = next(user for n in range(10_000) if _is_candidate(name, user := f"user-{n}", provider))
    given = provider.assignment(name, user)
    assert given is not None
    event_id = f"breach-{name}"
    at = now_ms()
    event = ToolAudited(
        event_id=event_id, occurred_at=at, session_id=f"session-{name}", run_id=f"run-{name}", user_id=user,
        use_case_id=name, intent="refund", seq=1, release_id=given.release_id, release_stage=given.stage,
        arm=Arm.CANDIDATE, tool_policy_id=CANDIDATE, permission_scope="orders:read@customer",
        call_id="call-1", tool="search_orders", status=ToolStatus.OK, scope_used="orders:read@tenant",
    )  # fmt: skip
    sink.write(event, at)
    until = time.monotonic() + LONGEST_S
    flag, who = flag_key(name, Surface.TOOL_POLICY), EvaluationContext(user)
    while provider.resolve_string_details(flag, FIRST_TOOL_POLICY, who).value == CANDIDATE:
        assert time.monotonic() < until, f"{name}: the candidate is served {LONGEST_S:.0f} s after its alarm"
        time.sleep(0.001)
    return event_id, time.time() * 1000


def _is_candidate(name: str, user: str, provider: LoopwrightProvider) -> bool:
    given = provider.assignment(name, user)
    return given is not None and given.arm is Arm.CANDIDATE


@contextmanager
def _traffic(loop: Loop, per_second: float) -> Iterator[None]:
    """Runs of another use case meanwhile."""
    if not per_second:
        yield
        return
    start = now_ms() + 2_000
    told = history(1, events=int(per_second * (ALARMS + 6)), per_second=per_second, start=start, settings=loop.settings)
    sender = threading.Thread(target=send, args=(loop.servers, loop.prefix, told), kwargs={"start": start})
    sender.start()
    time.sleep(4)
    yield
    sender.join()


def _appended(settings: Settings, raised: Mapping[str, tuple[str, float]]) -> list[dict[str, float]]:
    prefix = settings.topic_prefix
    kept = read(settings.bootstrap_servers, [prefix + name for name in HOPS[:-1]])
    found: dict[str, dict[str, float]] = {name: {"answer": at} for name, (_, at) in raised.items()}
    of_event = {event_id: name for name, (event_id, _) in raised.items()}
    for hop in HOPS[:-1]:
        for one in kept[prefix + hop]:
            name = _about(CODEC.decode(one.value), of_event) if one.key else None
            if name is not None:
                found[name].setdefault(hop, one.appended_at)
    return list(found.values())


def _about(event: Event, of_event: Mapping[str, str]) -> str | None:
    """The use case whose alarm a record belongs to."""
    match event:
        case RunEvent():
            return of_event.get(event.event_id)
        case Alarm():
            return of_event.get(event.evidence[0])
        case Releases() if any(one.phase is Phase.ROLLED_BACK for one in event.releases):
            return event.use_case_id
    return None


def _rows(name: str, found: Sequence[Mapping[str, float]]) -> list[dict[str, str | float]]:
    whole = [one["answer"] - one["runs.raw"] for one in found]
    hops = [
        _row(f"  {before} to {after}", [one[after] - one[before] for one in found]) for before, after in pairwise(HOPS)
    ]
    return [_row(name, whole), *hops]


def _row(name: str, found: Sequence[float]) -> dict[str, str | float]:
    return {"": name, **{f"p{share * 100:g}": quantile(found, share) for share in (0.5, 0.9, 0.99)}, "most": max(found)}


def main() -> None:
    """Print the table."""
    print(measure().table())


if __name__ == "__main__":
    main()
