"""The whole loop over recorded runs, in virtual time.

Time passes as it did live: in steps no longer than the services' own marks, and what a silence decides is decided
before the next word is heard. So an event that was late when it happened is late here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from msgspec import Struct

from loopwright.events import Alarm, Case, Exposure, Outcome, Signal, UseCaseSpec
from services.cli.files import make_folder, write_topics
from services.cli.recording import Recorded, Unusable, read
from services.cli.terminal import Tell, console, count, facts
from services.kernel import kit
from services.kernel.authored import Mistake
from services.kernel.memory import Memory
from services.kernel.settings import Settings
from services.kernel.stage import AHEAD_MS
from services.loop import stages

USE_CASES = kit.KIT / "use_cases"
"""The use cases that are shipped: a file is named after its use case."""

SLICES_AFTER = 4
"""How many slices virtual time goes on for after the last thing that can be judged."""


class Counted(Struct, frozen=True, kw_only=True):
    """What came out of a replay, in numbers."""

    use_cases: tuple[str, ...]
    events: int
    """Run events that went in."""
    runs: int
    signals: dict[str, int]
    outcomes: int
    cases: int
    alarms: int
    dead: dict[str, int]
    """What was set aside, by reason."""
    written: dict[str, int]
    """Lines by topic."""
    seconds: float
    out: str


def run_events(
    files: Sequence[Path], settings: Settings, *, out: Path, use_case: Path | None = None, tell: Tell
) -> Counted:
    """Take recorded run events through the loop and write every topic.

    Raises:
        Mistake: a file, the use case or the folder is no good.

    """
    started = perf_counter()
    given = kit.use_case(use_case).spec() if use_case else None
    make_folder(out, *files)
    found = [one for path in files for one in read(path)]
    if not found:
        raise Mistake(f"{files[0]}: no line holds anything; give files that loopwright.recorder.FileSink wrote")
    recorded = [one for one in found if isinstance(one, Recorded)]
    specs = (given,) if given else shipped({one.event.use_case_id for one in recorded})
    times = [one.at for one in recorded] or [0]
    memory = begin(settings, specs, at=min(times))
    for one in found:
        if isinstance(one, Recorded):
            memory.send("runs.raw", one.event, at=one.at)
        else:
            set_aside(memory, one)
    pass_time(memory, times, step=settings.marks_every_ms, tell=tell)
    offline = any(one.event.exposure is Exposure.OFFLINE for one in recorded)
    memory.run(max(times) + longest(specs, offline=offline) + SLICES_AFTER * settings.marks_every_ms)
    return counted(memory, specs, settings, out=out, seconds=lambda: perf_counter() - started)


def shipped(names: Iterable[str]) -> tuple[UseCaseSpec, ...]:
    """The shipped use cases among these. Events of another are set aside by capture."""
    known = {path.stem: path for path in sorted(USE_CASES.glob("*.yaml"))}
    return tuple(kit.use_case(path).spec() for name, path in known.items() if name in set(names))


def begin(settings: Settings, specs: Iterable[UseCaseSpec], *, at: int) -> Memory:
    """The loop just before its first event, with the use cases published."""
    memory = Memory(
        stages(settings),
        now=at - 1,
        partitions=1,
        marks_every=settings.marks_every_ms,
        highest_bytes=settings.highest_event_bytes,
    )
    for spec in specs:
        memory.send("usecases", spec)
    return memory


def set_aside(memory: Memory, one: Unusable) -> None:
    """Put an unusable line where unusable records go."""
    memory.send_bytes("runs.raw.dead", None, one.line, at=one.at, headers=one.headers)


def pass_time(memory: Memory, times: Iterable[int], *, step: int, tell: Tell) -> None:
    """Let what was sent arrive at its times: in steps, and over each silence in one."""
    ordered = sorted(times)
    arrived = 0
    while arrived < len(ordered):
        opens = max(ordered[arrived] // step * step, memory.now)
        if memory.now < opens - 1:
            memory.run(opens - 1)
        memory.run(opens + step)
        arrived = bisect_right(ordered, memory.now, lo=arrived)
        tell(arrived / len(ordered), f"{arrived:,} of {len(ordered):,} events")


def longest(specs: Sequence[UseCaseSpec], *, offline: bool) -> int:
    """How long after the last event something may still be judged, milliseconds."""
    waits = [
        max(spec.patience_ms, spec.policy.offline_deadline_ms if offline else 0, *_horizons(spec))
        + spec.policy.lateness_ms
        + SLICES_AFTER * spec.policy.slice_ms
        for spec in specs
    ]
    return AHEAD_MS + max(waits, default=0)


def _horizons(spec: UseCaseSpec) -> list[int]:
    return [metric.horizon_ms for metric in spec.metrics]


def counted(
    memory: Memory, specs: Sequence[UseCaseSpec], settings: Settings, *, out: Path, seconds: Callable[[], float]
) -> Counted:
    """Write every topic, and say what there is in numbers."""
    written = write_topics(memory, out, text_key=settings.text_key.get_secret_value().encode())
    outcomes = memory.read("outcomes", Outcome)
    reasons = (dict(one.headers)["dead.reason"].decode() for rows in memory.dead().values() for one in rows)
    return Counted(
        use_cases=tuple(spec.use_case_id for spec in specs),
        events=memory.count("runs.raw"),
        runs=len({one.run_id for one in outcomes}),
        signals=dict(Counter(one.kind.value for one in memory.read("signals", Signal)).most_common()),
        outcomes=len(outcomes),
        cases=len(memory.last("cases", Case)),
        alarms=len(memory.read("alarms", Alarm)),
        dead=dict(Counter(reasons).most_common()),
        written=written,
        seconds=round(seconds(), 2),
        out=str(out),
    )


def print_counted(one: Counted) -> None:
    """The numbers, for a person."""
    console().print(facts([*rows_of(one), ("time", f"{one.seconds:.1f} s")]))


def rows_of(one: Counted) -> list[tuple[str, str]]:
    """Names and values of what came out."""
    return [
        ("use cases", ", ".join(one.use_cases) or "none that is known"),
        ("run events", f"{one.events:,} of {count(one.runs, 'run')}"),
        ("signals", _listed(one.signals)),
        ("outcomes", f"{one.outcomes:,}"),
        ("cases", f"{one.cases:,}"),
        ("alarms", f"{one.alarms:,}"),
        ("dead letters", _listed(one.dead)),
        ("written to", f"{one.out}: {', '.join(one.written)}"),
    ]


def _listed(numbers: dict[str, Any]) -> str:
    total = sum(numbers.values())
    return f"{total:,} ({', '.join(f'{number:,} {name}' for name, number in numbers.items())})" if total else "none"
