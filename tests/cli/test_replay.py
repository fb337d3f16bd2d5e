import gzip
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from loopwright.events import Answer, Exposure, FeedbackTarget, Polarity, ReasonCode, RunEvent
from loopwright.recorder import FileSink, Recorder
from tests.cli.folder import Command, everything, rows, write_events
from tests.factories import DAY, HOUR, MINUTE, NOON, feedback, finished, raw, turn, whole_run


def product(*events: RunEvent) -> Iterator[RunEvent]:
    """Events as the product sends them: with ids of its own, before capture."""
    for event in events:
        yield raw(event)


@pytest.fixture
def one_run(tmp_path: Path) -> Path:
    return write_events(tmp_path / "runs.jsonl", product(*whole_run()))


def test_five_lines_of_a_product_become_a_story(tmp_path: Path, loopwright: Command) -> None:
    sink, moments = FileSink(tmp_path / "runs.jsonl"), iter(range(NOON, NOON + DAY, MINUTE))
    recorder = Recorder(
        sink, use_case_id="support-answers", bucket_key=b"a key that never rotates", clock=lambda: next(moments)
    )  # fmt: skip
    with recorder.run(session_id="s-1", user_id="ann@example.org", intent="refund", prompt_version="p1") as run:
        run.turn("How long do I have to return a kettle?")
        run.answer("90 weeks from delivery.")
    recorder.feedback(
        run.run_id, session_id="s-1", target=FeedbackTarget.RUN, name="thumbs", value="down",
        polarity=Polarity.NEGATIVE, reason_code=ReasonCode.WRONG_SOURCE,
    )  # fmt: skip
    sink.close()

    replayed = loopwright("replay", tmp_path / "runs.jsonl", "--out", tmp_path / "out", "--json")
    story = loopwright("show", run.run_id[:8], "--from", tmp_path / "out")

    assert (replayed.code, replayed.err) == (0, "")
    assert replayed.json["events"] == 4
    assert replayed.json["dead"] == {}
    assert story.code == 0
    for words in (
        run.run_id,
        "prompt p1",
        "the user asked: 38 characters, 9 words",
        "the system answered",
        "the run ended ok",
        "NEGATIVE feedback from USER: thumbs down, WRONG_SOURCE",
        "EXPLICIT_NEGATIVE: WRONG_SOURCE at RETRIEVAL",
        "after 1h: not_helped bad",
        "after 6h: reopened unmeasured (no reopened)",
        "owner retrieval",
    ):
        assert words in story.out
    for secret in ("kettle", "weeks", "ann@example.org"):
        assert secret not in everything(tmp_path / "out")
        assert secret not in story.out


def test_each_topic_with_records_is_a_file_of_its_events(tmp_path: Path, loopwright: Command, one_run: Path) -> None:
    said = loopwright("replay", one_run, "--out", tmp_path / "out", "--json")
    found = {path.name.removesuffix(".jsonl") for path in (tmp_path / "out").iterdir()}
    assert found == {"runs.raw", "runs", "outcomes", "usecases"} == set(said.json["written"])
    assert [row["type"] for row in rows(tmp_path / "out", "runs")] == ["UserTurn", "Answer", "RunFinished"]
    assert [row["horizon_ms"] for row in rows(tmp_path / "out", "outcomes")] == [HOUR, 6 * HOUR]
    assert len(rows(tmp_path / "out", "runs.raw")) == 3


def test_bare_events_and_compressed_files_give_the_same(tmp_path: Path, loopwright: Command, one_run: Path) -> None:
    bare = b"\n".join(msgspec.json.encode(event) for event in product(*whole_run()))
    (tmp_path / "bare.jsonl").write_bytes(bare)
    (tmp_path / "packed.jsonl.gz").write_bytes(gzip.compress(one_run.read_bytes()))
    for name in ("runs.jsonl", "bare.jsonl", "packed.jsonl.gz"):
        assert loopwright("replay", tmp_path / name, "--out", tmp_path / name[0]).code == 0
    assert everything(tmp_path / "r") == everything(tmp_path / "b") == everything(tmp_path / "p")


def test_files_of_an_earlier_replay_are_replaced(tmp_path: Path, loopwright: Command, one_run: Path) -> None:
    out = tmp_path / "out"
    bad = write_events(tmp_path / "bad.jsonl", product(*whole_run("run-2"), feedback(run="run-2")))
    loopwright("replay", bad, "--out", out)
    assert rows(out, "signals")
    loopwright("replay", one_run, "--out", out)
    assert rows(out, "signals") == []
    assert {row["run_id"] for row in rows(out, "runs")} == {"run-1"}


@pytest.mark.parametrize(
    ("line", "reason", "error"),
    [
        (b"Ann lives here", "undecodable", "the line is not JSON"),
        (b'{"at": 1, "event": {"type": "UserTurn"', "undecodable", "the line is not JSON"),
        (b"\xff\xfe{}", "undecodable", "the line is not JSON"),
        (b'{"at": ' + b"[" * 100_000, "undecodable", "the line is not JSON"),
        (b'["Ann lives here"]', "wrong_type", "Expected `object`"),
        (b"{}", "wrong_type", "it does not say which type of event it is"),
        (b'{"at": 1, "event": null}', "wrong_type", "Expected `object`"),
        (b'{"type": "Change"}', "wrong_type", "no run event is called Change"),
        (b'{"type": "Ann lives here"}', "wrong_type", "no run event is called that"),
        (b'{"type": "RunFinished", "seq": "Ann lives here"}', "wrong_type", "Expected `int`, at $.seq"),
        (b'{"type": "UserTurn"}', "missing_field", "event_id is missing"),
        (b'{"type": "RunFinished", "status": "GREAT"}', "bad_value", "GREAT is not one of the values allowed"),
        (b'{"type": "RunFinished", "arm": "Ann lives here"}', "bad_value", "that is not one of the values allowed"),
        (b'{"type": "RunFinished", "Ann lives here": 1}', "unknown_field", "no field is called that"),
    ],
)
def test_a_line_that_holds_no_event_stops_nothing(
    tmp_path: Path, loopwright: Command, one_run: Path, line: bytes, reason: str, error: str
) -> None:
    good = one_run.read_bytes().splitlines()
    one_run.write_bytes(b"\n".join([good[0], line, *good[1:]]))
    said = loopwright("replay", one_run, "--out", tmp_path / "out", "--json")
    assert said.code == 4
    assert said.json["dead"] == {reason: 1}
    (dead,) = rows(tmp_path / "out", "runs.raw.dead")
    assert error in dead["headers"].pop("dead.error")
    assert dead["headers"] == {
        "dead.service": "replay",
        "dead.reason": reason,
        "dead.topic": "runs.jsonl",
        "dead.partition": "0",
        "dead.offset": "2",
        "dead.at": str(NOON),
    }
    assert dead["bytes"] == len(line)
    assert sha256(line).hexdigest() not in str(dead), "a plain hash could confirm a guess"
    assert "Ann lives here" not in everything(tmp_path / "out")
    assert [row["metrics"][0]["bad"] for row in rows(tmp_path / "out", "outcomes")][:1] == [0.0]


@pytest.mark.parametrize(
    ("fields", "reason", "service"),
    [
        ({"occurred_at": -1}, "bad_value", "replay"),
        ({"occurred_at": 10**15}, "bad_value", "replay"),
        ({"seq": 2**40}, "unwritable", "replay"),
        ({"session_id": ""}, "missing_field", "capture"),
        ({"use_case_id": "somebody-elses"}, "unknown_use_case", "capture"),
    ],
)
def test_an_event_out_of_range_is_set_aside(
    tmp_path: Path, loopwright: Command, one_run: Path, fields: dict[str, object], reason: str, service: str
) -> None:
    strange = {**json.loads(msgspec.json.encode(raw(turn(run="strange")))), **fields}
    with one_run.open("ab") as file:
        file.write(json.dumps(strange).encode())
    assert loopwright("replay", one_run, "--out", tmp_path / "out").code == 4
    (dead,) = rows(tmp_path / "out", "runs.raw.dead")
    assert (dead["headers"]["dead.reason"], dead["headers"]["dead.service"]) == (reason, service)
    assert len(rows(tmp_path / "out", "outcomes")) == 2


def test_a_clock_that_is_a_year_off_is_set_aside(tmp_path: Path, loopwright: Command) -> None:
    astray = raw(turn(run="astray", at=NOON + 365 * DAY))
    events = [*product(*whole_run()), astray]
    path = write_events(tmp_path / "runs.jsonl", events, at=lambda event: min(event.occurred_at, NOON + MINUTE))
    said = loopwright("replay", path, "--out", tmp_path / "out", "--json")
    assert (said.code, said.json["dead"]) == (4, {"clock": 1})


def test_what_came_too_late_live_comes_too_late_in_a_replay(tmp_path: Path, loopwright: Command) -> None:
    run, complaint = whole_run(), feedback(at=NOON + MINUTE)
    bad = {}
    for delay in (4 * MINUTE, 30 * MINUTE):
        path, out = tmp_path / f"{delay}.jsonl", tmp_path / f"{delay}"
        write_events(path, product(*run))
        write_events(path, product(complaint), at=lambda event: event.occurred_at + delay)  # noqa: B023
        loopwright("replay", path, "--out", out)
        assert len(rows(out, "signals")) == 1
        bad[delay] = rows(out, "outcomes")[0]["metrics"][0]["bad"]
    assert bad == {4 * MINUTE: 1.0, 30 * MINUTE: 0.0}


def test_lines_may_stand_in_any_order_and_in_several_files(tmp_path: Path, loopwright: Command, one_run: Path) -> None:
    later = write_events(tmp_path / "later.jsonl", product(*whole_run("run-2", at=NOON + DAY)))
    earlier, late = one_run.read_bytes().splitlines(), later.read_bytes().splitlines()
    (tmp_path / "mixed.jsonl").write_bytes(b"\n".join([*late[::-1], *earlier[::-1]]))
    loopwright("replay", one_run, later, "--out", tmp_path / "two")
    loopwright("replay", tmp_path / "mixed.jsonl", "--out", tmp_path / "mixed")
    assert len(rows(tmp_path / "two", "outcomes")) == 4
    assert rows(tmp_path / "two", "outcomes") == rows(tmp_path / "mixed", "outcomes")


def test_an_offline_run_that_stays_alone_is_closed(tmp_path: Path, loopwright: Command) -> None:
    fields = {"exposure": Exposure.OFFLINE, "eval_case_id": "task-1", "release_id": "r", "arm": "BASELINE"}
    alone = msgspec.convert(
        [{**msgspec.to_builtins(event), **fields} for event in product(*whole_run())],
        list[type(turn()) | Answer | type(finished())],  # type: ignore[misc]
    )
    path = write_events(tmp_path / "runs.jsonl", alone)
    assert loopwright("replay", path, "--out", tmp_path / "out").code == 0
    assert {tuple(row["cells"]) for row in rows(tmp_path / "out", "tallies")} == {(0, 0, 0, 0, 1)}


def test_a_use_case_of_ones_own_is_published(tmp_path: Path, loopwright: Command, one_run: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "use_case_id: support-answers\ntitle: Mine\nowner: me\non_call: me\npatience: 1m\npolicy: {}\nmetrics:\n"
        "  - {name: broken, good: It ended., role: GOAL, run_error_is_bad: true,"
        " target: 0.1, weight: 1, horizon: 30m}\n"
    )
    assert loopwright("replay", one_run, "--out", tmp_path / "out", "--use-case", mine).code == 0
    assert [row["title"] for row in rows(tmp_path / "out", "usecases")] == ["Mine"]
    (outcome,) = rows(tmp_path / "out", "outcomes")
    assert outcome["metrics"] == [{"name": "broken", "bad": 0.0}]


def test_the_summary_counts_what_came_out(tmp_path: Path, loopwright: Command) -> None:
    path = write_events(tmp_path / "runs.jsonl", product(*whole_run(), feedback()))
    with path.open("ab") as file:
        file.write(b"nonsense\n")
    said = loopwright("replay", path, "--out", tmp_path / "out")
    assert said.code == 4
    assert "4 of 1 run" in said.out
    assert "1 (1 EXPLICIT_NEGATIVE)" in said.out
    assert "1 (1 undecodable)" in said.out
