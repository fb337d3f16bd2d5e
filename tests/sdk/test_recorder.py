import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from loopwright import recorder as module
from loopwright.codec import CODEC
from loopwright.events import (
    Answer,
    Arm,
    Event,
    FeedbackTarget,
    Polarity,
    ReasonCode,
    RunEvent,
    RunFinished,
    RunStatus,
    ToolAudited,
    ToolStatus,
    UserTurn,
)
from loopwright.flags import user_bucket
from loopwright.recorder import FileSink, Recorder
from tests.contracts.examples import READER

KEY = b"a key that never rotates"
T0 = 1_772_359_200_000


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.taken: list[tuple[int, Event]] = []

    def write(self, event: Event, at: int) -> None:
        self.taken.append((at, event))

    @property
    def events(self) -> list[RunEvent]:
        return [event for _, event in self.taken if isinstance(event, RunEvent)]


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def recorder(kept: Kept) -> Recorder:
    """Its clock ticks once a second and its ids count up, so that a test can say what it expects."""
    ids, times = count(1), count(T0, 1_000)
    return Recorder(
        kept,
        use_case_id="support-answers",
        bucket_key=KEY,
        clock=lambda: next(times),
        new_id=lambda: f"id-{next(ids)}",
        prompt_version="prompt@3",
    )


def to(sink: FileSink) -> Recorder:
    return Recorder(sink, use_case_id="support-answers", bucket_key=KEY)


def lines(path: Path) -> Iterator[tuple[int, Any]]:
    for line in path.read_bytes().splitlines():
        row = json.loads(line)
        assert set(row) == {"at", "event"}
        yield row["at"], READER.decode(json.dumps(row["event"]))


def test_the_five_lines_of_the_docstring_leave_a_run_in_a_file(tmp_path: Path) -> None:
    code = [line.removeprefix("    ") for line in (module.__doc__ or "").splitlines() if line.startswith("    ")]
    assert len(code) == 5
    subprocess.run(  # noqa: S603 (our own words, no shell)
        [sys.executable, "-W", "error", "-c", "\n".join(code)], check=True, cwd=tmp_path
    )

    events = [event for _, event in lines(tmp_path / "runs.jsonl")]
    assert [type(event) for event in events] == [UserTurn, Answer, RunFinished]
    assert [event.seq for event in events] == [0, 1, 2]
    assert events[-1].events == 3
    assert {event.session_id for event in events} == {"s-1"}
    assert len({event.event_id for event in events}) == 3
    assert len({event.run_id for event in events}) == 1


def test_a_run_is_numbered_and_says_at_its_end_how_many_events_it_has(recorder: Recorder, kept: Kept) -> None:
    with recorder.run(session_id="s-1", user_id="ann", intent="refund") as run:
        run.turn("Where is it?")
        run.add(ToolAudited, call_id="call-1", tool="search_orders", status=ToolStatus.OK)
        run.answer("On its way.", latency_ms=900)

    assert [event.seq for event in kept.events] == [0, 1, 2, 3]
    finished = kept.events[-1]
    assert isinstance(finished, RunFinished)
    assert (finished.events, finished.status, finished.error_code) == (4, RunStatus.OK, "")


def test_a_run_without_events_ends_nevertheless(recorder: Recorder, kept: Kept) -> None:
    with recorder.run(session_id="s-1"):
        pass
    assert [(event.seq, event.events) for event in kept.events if isinstance(event, RunFinished)] == [(0, 1)]


def test_every_event_of_a_run_says_whose_it_is_and_what_ran(recorder: Recorder, kept: Kept) -> None:
    with recorder.run(session_id="s-1", user_id="ann", arm=Arm.CANDIDATE, release_id="release-1") as run:
        turn = run.turn("Where is it?")
        run.answer("Here.", prompt_version="prompt@4")

    assert {(event.session_id, event.user_id, event.arm, event.release_id) for event in kept.events} == {
        ("s-1", "ann", Arm.CANDIDATE, "release-1")
    }
    assert {event.user_bucket for event in kept.events} == {user_bucket(KEY, "ann")}
    assert {event.run_id for event in kept.events} == {run.run_id}
    assert [event.prompt_version for event in kept.events] == ["prompt@3", "prompt@4", "prompt@3"]
    assert turn is kept.events[0]


def test_events_are_stamped_with_the_clock_and_ids_of_their_own(recorder: Recorder, kept: Kept) -> None:
    with recorder.run(session_id="s-1", run_id="run-7") as run:
        run.turn("Where is it?")
        run.answer("Here.", occurred_at=T0 - 1)

    assert [(at, event.occurred_at) for at, event in kept.taken if isinstance(event, RunEvent)] == [
        (T0, T0),
        (T0 + 1_000, T0 - 1),
        (T0 + 2_000, T0 + 2_000),
    ]
    assert [event.event_id for event in kept.events] == ["id-1", "id-2", "id-3"]
    assert run.run_id == "run-7"


def test_without_a_user_the_session_gives_the_bucket(recorder: Recorder, kept: Kept) -> None:
    with recorder.run(session_id="s-1"):
        pass
    assert (kept.events[0].user_id, kept.events[0].user_bucket) == ("", user_bucket(KEY, "s-1"))


def test_two_runs_at_once_are_numbered_apart(recorder: Recorder, kept: Kept) -> None:
    with recorder.run(session_id="s-1") as one, recorder.run(session_id="s-2") as other:
        one.turn("Where is it?")
        other.turn("How long?")
        one.answer("Here.")

    assert one.run_id != other.run_id
    assert [(event.run_id, event.seq) for event in kept.events] == [
        (one.run_id, 0),
        (other.run_id, 0),
        (one.run_id, 1),
        (other.run_id, 1),
        (one.run_id, 2),
    ]


@pytest.mark.parametrize("error", [TimeoutError("30 s"), KeyboardInterrupt()])
def test_an_error_that_leaves_the_block_is_the_runs_error_and_goes_on(
    recorder: Recorder, kept: Kept, error: BaseException
) -> None:
    def product() -> None:
        with recorder.run(session_id="s-1") as run:
            run.turn("Where is it?")
            raise error

    with pytest.raises(type(error)) as raised:
        product()

    assert raised.value is error
    finished = kept.events[-1]
    assert isinstance(finished, RunFinished)
    assert (finished.status, finished.error_code, finished.events) == (RunStatus.ERROR, type(error).__name__, 2)


def test_a_product_that_handled_its_error_can_say_so(recorder: Recorder, kept: Kept) -> None:
    with recorder.run(session_id="s-1") as run:
        run.failed("TOOL_DOWN")
    finished = kept.events[-1]
    assert isinstance(finished, RunFinished)
    assert (finished.status, finished.error_code) == (RunStatus.ERROR, "TOOL_DOWN")


def test_an_event_that_could_not_be_made_takes_no_number(recorder: Recorder, kept: Kept) -> None:
    with recorder.run(session_id="s-1") as run:
        with pytest.raises(TypeError, match="colour"):
            run.turn("Where is it?", colour="red")
        run.turn("Where is it?")
    assert [event.seq for event in kept.events] == [0, 1]


def test_what_is_told_later_about_a_run_is_not_counted_in_it(recorder: Recorder, kept: Kept) -> None:
    recorder.feedback(
        "run-7",
        session_id="s-1",
        target=FeedbackTarget.RUN,
        name="thumbs",
        polarity=Polarity.NEGATIVE,
        reason_code=ReasonCode.STALE_SOURCE,
    )
    recorder.outcome("run-7", session_id="s-1", name="reopened", value=1.0)

    assert [(event.run_id, event.session_id, event.seq) for event in kept.events] == [("run-7", "s-1", -1)] * 2
    assert {event.use_case_id for event in kept.events} == {"support-answers"}
    assert len({event.event_id for event in kept.events}) == 2


def test_what_a_recorder_makes_fits_the_contract(recorder: Recorder, kept: Kept) -> None:
    with recorder.run(session_id="s-1", user_id="ann") as run:
        run.turn("Where is it?")
        run.answer("Here.")
    recorder.outcome("run-7", session_id="s-1", name="reopened", value=0)
    for event in kept.events:
        assert CODEC.decode(CODEC.encode(event)) == event


def test_a_file_has_each_event_at_once_and_on_a_line_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    with closing(FileSink(path)) as sink, to(sink).run(session_id="s-1", user_id="ann") as run:
        turn = run.turn('It says:\n\u2028"gone" \U0001f600')
        assert [event for _, event in lines(path)] == [turn]
    assert len(list(lines(path))) == 2


def test_a_file_is_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    for session in ("s-1", "s-2"):
        with closing(FileSink(str(path))) as sink, to(sink).run(session_id=session):
            pass
    assert [event.session_id for _, event in lines(path)] == ["s-1", "s-2"]


def test_processes_that_share_a_file_mix_lines_and_not_halves(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    with closing(FileSink(path)) as one, closing(FileSink(path)) as other:
        recorders = [to(one), to(other)]
        for number in range(60):
            with recorders[number % 2].run(session_id=f"s-{number}") as run:
                run.turn("x" * 300 * (number % 50))
    assert len(list(lines(path))) == 120


def test_a_file_in_a_folder_that_is_not_there_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileSink(tmp_path / "nowhere" / "runs.jsonl")
