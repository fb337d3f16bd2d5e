"""How a product tells what its AI system did: one run, event by event, into a sink.

    from loopwright.recorder import FileSink, Recorder

    recorder = Recorder(FileSink("runs.jsonl"), use_case_id="support-answers", bucket_key=b"a key that never rotates")
    with recorder.run(session_id="s-1", user_id="ann", intent="refund") as run:
        run.turn("How long do I have to return a kettle?")
        run.answer("30 days from delivery.")

The recorder numbers a run's events and the last one says how many there were, so that silence can be told from
loss. Text leaves the product here and ends in capture, which keeps features and drops the words.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import Any, Protocol, TypeVar
from uuid import uuid4  # noqa: TID251  what happens outside has no cause in here to derive its id from

import msgspec

from loopwright.events import (
    Answer,
    BusinessOutcome,
    Event,
    ExplicitFeedback,
    RunEvent,
    RunFinished,
    RunStatus,
    TextRef,
    UserTurn,
)
from loopwright.flags import user_bucket

R = TypeVar("R", bound=RunEvent)

SHORTEST_KEY, LONGEST_KEY = 16, 64
"""Bytes of a bucket key."""


class Sink(Protocol):
    """Where recorded events go."""

    def write(self, event: Event, at: int) -> None:
        """Take one event, handed over at `at` (milliseconds)."""


class FileSink:
    """A JSON-lines file: `{"at": …, "event": {"type": …, …}}`, what `loopwright replay` reads."""

    def __init__(self, path: str | Path) -> None:
        """Append to the file; its folder must exist."""
        self._file = Path(path).open("ab")  # noqa: SIM115  it stays open for the life of the process
        self._encoder = msgspec.json.Encoder()

    def write(self, event: Event, at: int) -> None:
        """Write one line, at once: a crash loses none, and processes that share the file mix lines, not halves."""
        self._file.write(self._encoder.encode({"at": at, "event": event}) + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Give the file back."""
        self._file.close()


class Run:
    """One run being recorded."""

    def __init__(self, recorder: Recorder, context: dict[str, Any]) -> None:
        """`context`: the envelope's fields, the same for every event of the run."""
        self.run_id: str = context["run_id"]
        self._recorder = recorder
        self._context = context
        self._seq = 0
        self._status = RunStatus.OK
        self._error = ""
        self._finished: RunFinished | None = None

    def add(self, kind: type[R], **fields: Any) -> R:
        """Record one event of any kind; returns it."""
        event = self._recorder.put(kind, {**self._context, **fields, "seq": self._seq})
        self._seq += 1
        return event

    def turn(self, text: str, **fields: Any) -> UserTurn:
        """Record what the user asked."""
        return self.add(UserTurn, text=TextRef(text=readable(text)), **fields)

    def answer(self, text: str, **fields: Any) -> Answer:
        """Record what the system answered."""
        return self.add(Answer, text=TextRef(text=readable(text)), **fields)

    def failed(self, error_code: str) -> None:
        """Say that the run ended in an error."""
        self._status, self._error = RunStatus.ERROR, error_code

    def finish(self) -> RunFinished:
        """Record the end, once; `Recorder.run` does it for you."""
        if self._finished is None:
            self._finished = self.add(RunFinished, status=self._status, error_code=self._error, events=self._seq + 1)
        return self._finished


def readable(text: str) -> str:
    """The text, with what no encoding can carry replaced: half an emoji must not break the run it is part of."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return text


class Recorder:
    """Makes events from what a product says and hands them to a sink."""

    def __init__(
        self,
        sink: Sink,
        *,
        use_case_id: str,
        bucket_key: bytes,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        new_id: Callable[[], str] = lambda: str(uuid4()),
        **context: Any,
    ) -> None:
        """`context`: envelope fields of every run, such as the versions that are deployed.

        Raises:
            ValueError: the bucket key is too short to hide anybody, or longer than the hash takes.

        """
        if not SHORTEST_KEY <= len(bucket_key) <= LONGEST_KEY:
            raise ValueError(f"bucket_key has {len(bucket_key)} bytes; give {SHORTEST_KEY} to {LONGEST_KEY}")
        self._sink = sink
        self._clock = clock
        self._new_id = new_id
        self._bucket_key = bucket_key
        self._context = {"use_case_id": use_case_id, **context}

    @contextmanager
    def run(self, *, session_id: str, user_id: str = "", **context: Any) -> Iterator[Run]:
        """Record one run; an exception that leaves the block is recorded as the run's error and goes on."""
        run_id = context.pop("run_id", None) or self._new_id()
        run = Run(self, {**self._context, **context, **self._whose(session_id, user_id), "run_id": run_id})
        try:
            yield run
        except BaseException as error:
            run.failed(type(error).__name__)
            raise
        finally:
            run.finish()

    def feedback(self, run_id: str, *, session_id: str, user_id: str = "", **fields: Any) -> ExplicitFeedback:
        """Record what somebody said about a run, later and from outside it."""
        whose = {**self._context, **self._whose(session_id, user_id), "run_id": run_id}
        return self.put(ExplicitFeedback, {"feedback_id": self._new_id(), **whose, **fields})

    def outcome(
        self, run_id: str, *, session_id: str, name: str, value: float, user_id: str = "", **fields: Any
    ) -> BusinessOutcome:
        """Record what became of a run in the business, later and from outside it.

        Raises:
            ValueError: the value is no finite number.

        """
        if not isfinite(value):
            raise ValueError(f"{name} is {value}; give a number, or record nothing")
        whose = {**self._context, **self._whose(session_id, user_id), "run_id": run_id}
        return self.put(BusinessOutcome, {**whose, "name": name, "value": value, **fields})

    def _whose(self, session_id: str, user_id: str) -> dict[str, Any]:
        session_id, user_id = readable(session_id), readable(user_id)
        bucket = user_bucket(self._bucket_key, user_id or session_id)
        return {"session_id": session_id, "user_id": user_id, "user_bucket": bucket}

    def put(self, kind: type[R], fields: dict[str, Any]) -> R:
        """Make one event and hand it over."""
        at = self._clock()
        event = kind(**{"event_id": self._new_id(), "occurred_at": at, **fields})
        self._sink.write(event, at)
        return event
