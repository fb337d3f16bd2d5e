from pathlib import Path

import pytest
from msgspec.structs import replace

from loopwright.events import RunStatus, ToolStatus
from tests.cli.folder import Command, write_events
from tests.factories import (
    MINUTE,
    NOON,
    SECOND,
    action,
    answer,
    business,
    feedback,
    finished,
    raw,
    retrieved,
    snapshot,
    takeover,
    tool,
    turn,
    whole_run,
)


def told(tmp_path: Path, loopwright: Command) -> Path:
    """A run in which everything happens, and a plain one, replayed."""
    events = (
        turn("I want my money back, not a voucher", seq=0),
        snapshot(retrieved(version="13", updated_at=NOON - 1000 * 24 * 60 * MINUTE), seq=1),
        tool(seq=2, status=ToolStatus.ERROR, error_code="timeout of db-7", step_id="lookup"),
        tool(seq=3, tool="issue_refund", scope_used="refunds:write@tenant"),
        action(seq=4, executed_hash="another"),
        takeover(seq=5),
        answer("No.", seq=6, refused=True, refusal_reason="policy"),
        finished(RunStatus.ERROR, events=8, error_code="gave up", at=NOON + 20 * SECOND),
        feedback(at=NOON + 2 * MINUTE),
        business("reopened", 1.0, at=NOON + 3 * MINUTE),
    )
    other = whole_run("run-2", session_id="session-2")
    path = write_events(tmp_path / "runs.jsonl", [raw(one) for one in (*events, *other)])
    assert loopwright("replay", path, "--out", tmp_path / "out").code == 0
    return tmp_path / "out"


def test_a_story_tells_each_event_in_order_and_what_was_made_of_it(tmp_path: Path, loopwright: Command) -> None:
    story = loopwright("show", "run-1", "--from", told(tmp_path, loopwright)).out
    in_order = (
        "run-1",
        "support-answers, spec 1",
        "2026-01-01 12:00:00 UTC, for 20s",
        "k1:",
        "8 of 8",
        "the user asked: 35 characters, 8 words; cues: negation",
        "decision answer, retrieved refund-policy@13",
        "tool search_orders: ERROR: timeout of db-7 (step lookup)",
        "tool issue_refund, with refunds:write@tenant: ok",
        "action action-1 on no record: executed otherwise than proposed",
        "a person took over: USER_ASKED",
        "the system answered: 3 characters, 1 word; cues: negation, refusing: policy",
        "the run ended ERROR: gave up",
        "told from outside",
        "NEGATIVE feedback from USER: thumbs",
        "business event reopened: 1",
        "STALE_SOURCE: STALE_SOURCE at INPUT_KNOWLEDGE",
        "after 1h: not_helped bad",
        "after 6h: reopened bad",
        "SCOPE_BREACH: tool issue_refund used refunds:write@tenant",
        "Stale source: source refund-policy: 1 signal, HIGH, OPEN, owner knowledge-quality",
    )
    places = [story.find(words) for words in in_order]
    assert -1 not in places, in_order[places.index(-1)]
    assert places == sorted(places)
    assert "voucher" not in story


def test_a_story_is_json_for_scripts(tmp_path: Path, loopwright: Command) -> None:
    story = loopwright("show", "run-2", "--from", told(tmp_path, loopwright), "--json").json
    assert story["run_id"] == "run-2"
    assert [one["type"] for one in story["events"]] == ["UserTurn", "Answer", "RunFinished"]
    assert [one["horizon_ms"] for one in story["outcomes"]] == [60 * MINUTE, 360 * MINUTE]
    assert story["signals"] == story["alarms"] == story["cases"] == []


def test_the_beginning_of_an_id_is_enough_if_it_is_the_only_one(tmp_path: Path, loopwright: Command) -> None:
    runs = [raw(one) for name in ("a-1", "a-11", "b-1") for one in whole_run(name, session_id=name)]
    loopwright("replay", write_events(tmp_path / "runs.jsonl", runs), "--out", tmp_path / "out")

    def show(run: str) -> str:
        said = loopwright("show", run, "--from", tmp_path / "out", "--json")
        return str(said.json["run_id"]) if said.code == 0 else said.mistake

    assert show("b") == "b-1"
    assert show("a-1") == "a-1"
    assert "'a' begins 2 runs, such as a-1, a-11; write more of the id" in show("a")
    assert "no run begins with 'c' in" in show("c")
    assert "for example, a-1, a-11, b-1" in show("c")


def test_a_story_says_which_events_are_missing(tmp_path: Path, loopwright: Command) -> None:
    path = write_events(tmp_path / "runs.jsonl", [raw(one) for one in whole_run()[::2]])
    loopwright("replay", path, "--out", tmp_path / "out")
    assert "2 of 3, some are missing" in loopwright("show", "run-1", "--from", tmp_path / "out").out


def test_what_a_product_writes_cannot_steer_a_terminal(tmp_path: Path, loopwright: Command) -> None:
    hostile = replace(raw(tool(seq=0, tool="\x1b[2Jboo [bold]x[/bold]")), intent="[red]\x07")
    loopwright("replay", write_events(tmp_path / "runs.jsonl", [hostile]), "--out", tmp_path / "out")
    story = loopwright("show", "run-1", "--from", tmp_path / "out").out
    assert "\x1b" not in story
    assert "\x07" not in story
    assert "tool \ufffd[2Jboo [bold]x[/bold]: ok" in story


@pytest.mark.parametrize("what", ["no folder", "an empty folder", "a file"])
def test_a_folder_that_no_replay_wrote_is_named(tmp_path: Path, loopwright: Command, what: str) -> None:
    folder = tmp_path / "from"
    if what == "an empty folder":
        folder.mkdir()
    elif what == "a file":
        folder.write_text("")
    assert "there is no runs.jsonl in it" in loopwright("show", "run-1", "--from", folder).mistake


def test_a_damaged_file_is_named_with_its_line(tmp_path: Path, loopwright: Command) -> None:
    out = told(tmp_path, loopwright)
    with (out / "signals.jsonl").open("a") as file:
        file.write('{"run_id":"run-1"\n')
    assert "signals.jsonl:" in loopwright("show", "run-1", "--from", out).mistake
