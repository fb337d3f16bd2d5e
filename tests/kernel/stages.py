"""Small stages to try the kernel with: a count of turns per session and window of time, and what it needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from loopwright.codec import CODEC
from loopwright.events import BusinessOutcome, Event, UserTurn
from services.kernel.engine import Engine, Output, Record
from services.kernel.stage import Refs, Stage, Step
from services.kernel.topics import Topic
from tests import factories as make
from tests.factories import MINUTE, NOON

WINDOW = 10 * MINUTE
LATENESS = 5 * MINUTE


class Count(Struct, frozen=True):
    """Of one session: the windows of ten minutes that are not yet over, and the turns in each."""

    session_id: str
    windows: tuple[tuple[int, int], ...] = ()


def count(_: Refs, state: Count, event: UserTurn) -> Step[Count]:
    windows = dict(state.windows)
    start = event.occurred_at - event.occurred_at % WINDOW
    windows[start] = windows.get(start, 0) + 1
    return Count(state.session_id, tuple(sorted(windows.items()))), ()


def closes_at(state: Count) -> int | None:
    return state.windows[0][0] + WINDOW + LATENESS if state.windows else None


def close(_: Refs, state: Count, due: int) -> Step[Count]:
    """Tell the count of the first window; the due time is told too, so that a test can see it."""
    start, turns = state.windows[0]
    left = Count(state.session_id, state.windows[1:]) if state.windows[1:] else None
    return left, (counted(start, turns, due, session_id=state.session_id),)


def counted(start: int, turns: int, due: int, *, session_id: str = "session-1") -> BusinessOutcome:
    return make.business("turns", turns, at=start, record_id=str(due), session_id=session_id)


def topic_of(name: str, record: type[Event], *, writer: str, key: str = "session_id") -> Topic:
    """A topic that is on no map."""
    row = {"name": name, "key": key, "writer": writer, "records": (record.__name__,), "partitions": 1}
    rest = {"retention": "7d", "cleanup": "delete", "lateness": "1h", "replication": 1}
    return Topic.model_validate({**row, **rest})


TURNS = topic_of("turns", UserTurn, writer="outside")
COUNTS = topic_of("counts", BusinessOutcome, writer="counting")


def session_of(event: Any) -> str:
    return str(event.session_id)


def stage(
    *,
    step: Callable[[Refs, Any, Any], Step[Any]] = count,
    wake_at: Callable[[Any], int | None] = closes_at,
    wake: Callable[[Refs, Any, int], Step[Any]] = close,
    reads: Sequence[Topic] = (TURNS,),
    answers: Sequence[Topic] = (),
    writes: Sequence[Topic] = (COUNTS,),
    name: str = "counting",
    start: Callable[[str], Any] = Count,
) -> Stage[Any]:
    return Stage(
        name=name,
        reads=tuple(reads),
        answers=tuple(answers),
        writes=tuple(writes),
        state=Count,
        key=session_of,
        start=start,
        step=step,
        wake_at=wake_at,
        wake=wake,
    )


def engine(of: Stage[Any] | None = None, *, writers: dict[str, int] | None = None, **fields: Any) -> Engine:
    return Engine(of or stage(), 0, CODEC, tables={}, writers=writers or {}, **fields)


def record(
    event: Event, *, topic: str = "turns", offset: int = 0, at: int = NOON, key: bytes | None = b"session-1"
) -> Record:
    return Record(topic, 0, offset, key, CODEC.encode(event), at)


def said(outputs: Sequence[Output]) -> list[Event]:
    return [CODEC.decode(output.value) for output in outputs]


def headers(letter: Output | Record) -> dict[str, str]:
    return {name: value.decode() for name, value in letter.headers}
