import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.folder import Command, rows, write_json
from tests.conftest import ROOT

Row = dict[str, Any]

CRASH = {"error": "1 validation error for EnvResponse\nobservation", "traceback": "Traceback"}


def row(task: int, reward: float = 1.0, **fields: Any) -> Row:
    known = {"task_id": task, "reward": reward, "info": {}, "traj": [says("user", "Please help")], "trial": 0}
    return {**known, **fields}


def says(role: str, content: object, **fields: object) -> dict[str, object]:
    return {"role": role, "content": content, **fields}


def calls(*names: str, ids: bool = True) -> dict[str, object]:
    return says(
        "assistant",
        None,
        tool_calls=[
            {"type": "function", "function": {"name": name, "arguments": "{'id': 1}"}, **({"id": name} if ids else {})}
            for name in names
        ],
    )


def against(path: Path, baseline: list[Row], candidate: list[Row]) -> tuple[object, ...]:
    """The words that compare two files with these rows."""
    files = write_json(path / "old.json", baseline), write_json(path / "new.json.gz", candidate)
    return "replay", "--baseline", files[0], "--candidate", files[1], "--out", path / "out"


@pytest.mark.parametrize(
    ("version", "code", "verdict", "wins", "losses", "ln_e"),
    [
        ("tool-calling-l1-4o", 0, "PASS", 24, 9, 4.0),
        ("tool-calling-l2-4o", 0, "PASS", 22, 5, 6.1),
        ("assertions-100", 1, "FAIL", 5, 43, -6.3),
        ("dynamic-subtasks-115", 3, "HOLD", 12, 28, -2.7),
    ],
)
def test_real_versions_of_an_agent_are_told_apart(
    tmp_path: Path,
    loopwright: Command,
    shared_data: Path,
    version: str,
    code: int,
    verdict: str,
    wins: int,
    losses: int,
    ln_e: float,
) -> None:
    retail = shared_data / "taubench-retail"
    said = loopwright(
        "replay", "--baseline", retail / "tool-calling-l0-4o.json.gz", "--candidate", retail / f"{version}.json.gz",
        "--out", tmp_path, "--json",
    )  # fmt: skip
    found = said.json
    assert (said.code, said.err) == (code, "")
    assert (found["verdict"], found["wins"], found["losses"]) == (verdict, wins, losses)
    assert found["not_worse"]["ln_e"] == pytest.approx(ln_e, abs=0.1)
    assert found["left_out"] == (15 if version == "assertions-100" else 0)
    assert (found["counted"]["alarms"], found["counted"]["dead"]) == (0, {})
    decision = rows(tmp_path, "gates")[-1]
    assert (decision["verdict"], decision["decision_id"]) == (verdict, found["decision_id"])


def test_other_real_files_raise_no_alarm_and_no_dead_letter(
    tmp_path: Path, loopwright: Command, shared_data: Path
) -> None:
    airline = shared_data / "taubench-airline-gpt4o" / "gpt-4o-airline.json.gz"
    found = loopwright("replay", "--baseline", airline, "--candidate", airline, "--out", tmp_path, "--json").json
    assert (found["examples"], found["wins"], found["losses"]) == (50, 0, 0)
    assert found["further_trials"] == {"BASELINE": 150, "CANDIDATE": 150}
    assert (found["counted"]["alarms"], found["counted"]["dead"]) == (0, {})


def test_a_crashed_run_is_a_failure_whatever_its_reward(tmp_path: Path, loopwright: Command) -> None:
    crashed = row(1, 1.0, info=CRASH, traj=[])
    found = loopwright(*against(tmp_path, [row(1), row(2)], [crashed, row(2)]), "--json").json
    assert (found["losses"], found["both_ok"]) == (1, 1)
    events = rows(tmp_path / "out", "runs")
    assert sorted(one["value"] for one in events if one["type"] == "BusinessOutcome") == [0.0, 1.0, 1.0, 1.0]
    ends = [one for one in events if one["type"] == "RunFinished"]
    assert [one.get("error_code") for one in ends if one["status"] == "ERROR"] == ["1 validation error for EnvResponse"]


def test_only_the_first_trial_of_a_task_counts(tmp_path: Path, loopwright: Command) -> None:
    trials = [row(1, 0.0, trial=2), row(1, 1.0, trial=0), row(1, 0.0, trial=1)]
    said = loopwright(*against(tmp_path, trials, [row(1)]), "--json")
    assert (said.json["both_ok"], said.json["wins"]) == (1, 0)
    assert said.json["further_trials"] == {"BASELINE": 2, "CANDIDATE": 0}


def test_a_task_that_one_side_lacks_is_left_out_and_counted(tmp_path: Path, loopwright: Command) -> None:
    said = loopwright(*against(tmp_path, [row(1), row(2)], [row(2, 0.0), row(3)]), "--json")
    assert (said.json["examples"], said.json["losses"], said.json["left_out"]) == (3, 1, 2)
    assert [one["verdict"] for one in rows(tmp_path / "out", "gates")] == ["HOLD"]
    assert rows(tmp_path / "out", "gates")[-1]["metrics"][0]["left_out"] == 2


def test_without_a_common_task_there_is_no_data(tmp_path: Path, loopwright: Command) -> None:
    said = loopwright(*against(tmp_path, [row(1)], [row(2)]), "--json")
    assert (said.code, said.json["verdict"]) == (3, "NO_DATA")


def test_the_same_files_give_the_same_events(tmp_path: Path, loopwright: Command) -> None:
    words = against(tmp_path, [row(1), row(2)], [row(1), row(2, 0.0)])
    loopwright(*words)
    once = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    loopwright(*words)
    assert once == {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}


def test_files_of_the_same_name_are_told_apart(tmp_path: Path, loopwright: Command) -> None:
    for side, reward in (("old", 1.0), ("new", 0.0)):
        (tmp_path / side).mkdir()
        write_json(tmp_path / side / "results.json", [row(1, reward)])
    files = ("--baseline", tmp_path / "old/results.json", "--candidate", tmp_path / "new/results.json")
    found = loopwright("replay", *files, "--out", tmp_path / "out", "--json").json
    assert found["losses"] == 1
    assert found["baseline"] != found["candidate"]


def test_a_trajectory_becomes_turns_answers_and_tool_calls(tmp_path: Path, loopwright: Command) -> None:
    traj = [
        says("system", "You are an agent."),
        says("user", "I live in 12 Secret Street"),
        calls("find_user", "get_order"),
        says("tool", '{"status": "pending"}', tool_call_id="get_order", name="get_order"),
        says("tool", "Error: user not found", tool_call_id="find_user", name="find_user"),
        says("planner", "a role that nobody knows"),
        says("assistant", "I found your order."),
        calls("transfer_to_human_agents"),
        says("tool", "Transfer successful", tool_call_id="transfer_to_human_agents"),
    ]
    loopwright(*against(tmp_path, [row(1, traj=traj)], [row(1, traj=traj)]))
    run = [one for one in rows(tmp_path / "out", "runs") if one["arm"] == "BASELINE"]
    assert [one["type"] for one in run] == [
        *("UserTurn", "ToolAudited", "ToolAudited", "Answer", "Takeover", "BusinessOutcome", "RunFinished")
    ]
    assert [one.get("seq") for one in run] == list(range(7))
    assert run[-1]["events"] == 7
    assert [(one["tool"], one["status"], one.get("error_code")) for one in run if "tool" in one] == [
        ("find_user", "ERROR", "Error: user not found"),
        ("get_order", "OK", None),
    ]
    assert {one["run_id"] for one in run} == {run[0]["run_id"]}
    assert {(one["exposure"], one["eval_case_id"], one["workflow_version"]) for one in run} == {("OFFLINE", "1", "old")}
    assert "Secret" not in "".join(path.read_text() for path in (tmp_path / "out").iterdir())


def test_results_without_call_ids_belong_to_the_calls_in_their_order(tmp_path: Path, loopwright: Command) -> None:
    traj = [
        calls("first", "second", "third", ids=False),
        says("tool", "fine"),
        says("tool", '# var_6 = "Error: not allowed"'),
    ]
    loopwright(*against(tmp_path, [row(1, traj=traj)], [row(1)]))
    went = {one["tool"]: one["status"] for one in rows(tmp_path / "out", "runs") if one["type"] == "ToolAudited"}
    assert went == {"first": "OK", "second": "ERROR", "third": "UNKNOWN"}


@pytest.mark.parametrize("content", [None, [{"type": "text", "text": "Hello"}], 13.46, {"a": 1}, "half \ud83d"])
def test_content_may_have_any_form_that_clients_write(tmp_path: Path, loopwright: Command, content: object) -> None:
    traj = [says("user", content), says("assistant", content), calls("think"), says("tool", content)]
    found = loopwright(*against(tmp_path, [row(1, traj=traj)], [row(1)]), "--json").json
    assert found["counted"]["dead"] == {}
    assert found["both_ok"] == 1


def test_the_verdict_is_printed_with_what_it_rests_on(tmp_path: Path, loopwright: Command) -> None:
    said = loopwright(*against(tmp_path, [row(n) for n in range(60)], [row(n, 0.0) for n in range(60)]))
    assert said.code == 1
    for words in ("FAIL (HARM)", "new in place of old", "0 fixed, 60 broken", "0 fail, 0 ok", "20 : 1", "dead letters"):
        assert words in said.out


@pytest.mark.parametrize("name", ["task_id", "reward", "info", "traj"])
def test_a_row_that_lacks_a_field_is_named(tmp_path: Path, loopwright: Command, name: str) -> None:
    broken = {key: value for key, value in row(8).items() if key != name}
    mistake = loopwright(*against(tmp_path, [row(1)], [row(1), broken])).mistake
    assert f"new.json.gz: row 2 lacks {name}" in mistake
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"task_id": None}, "row 1: task_id is null"),
        ({"reward": None}, "row 1 (task 1): reward is null"),
        ({"reward": float("nan")}, "row 1 (task 1): reward is nan"),
        ({"reward": "1"}, "row 1 (task 1): reward is a text"),
        ({"info": []}, "row 1 (task 1): info is a list"),
        ({"traj": None}, "row 1 (task 1): traj is null"),
        ({"trial": "first"}, "row 1 (task 1): trial is a text"),
        ({"traj": [{"content": "hello"}]}, "row 1 (task 1), message 1 has no role"),
        ({"traj": [says("assistant", "", tool_calls={})]}, "message 1: tool_calls is an object"),
        ({"traj": [says("assistant", "", tool_calls=[{"id": 1}])]}, "message 1: a tool call has no function.name"),
    ],
)
def test_a_row_with_a_wrong_value_is_named(
    tmp_path: Path, loopwright: Command, fields: dict[str, Any], words: str
) -> None:
    assert words in loopwright(*against(tmp_path, [row(1, **fields)], [row(1)])).mistake


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b'{"rows": []}', "it holds no list but an object"),
        (b"[]", "it holds an empty list"),
        (b'["a"]', "row 1 is a text"),
        (b'[\n{"task_id": 1,}]', "old.json:2:1"),
        (b"\xff\xff", "it is not JSON that can be read"),
        (b"[" * 100_000, "it is not JSON that can be read"),
        (b"[" + b"1" * 5_000 + b"]", "it is not JSON that can be read"),
    ],
)
def test_a_file_that_is_no_result_file_is_named(tmp_path: Path, loopwright: Command, text: bytes, words: str) -> None:
    command = against(tmp_path, [row(1)], [row(1)])
    (tmp_path / "old.json").write_bytes(text)
    assert words in loopwright(*command).mistake


def test_a_use_case_that_results_cannot_measure_is_refused(tmp_path: Path, loopwright: Command) -> None:
    spec = ROOT / "deploy/kit/use_cases/support-answers.yaml"
    mistake = loopwright(*against(tmp_path, [row(1)], [row(1)]), "--use-case", spec).mistake
    assert "support-answers.yaml: metric reopened needs the business event reopened" in mistake


def test_a_change_that_nobody_can_take_in_says_why(
    tmp_path: Path, loopwright: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOPWRIGHT_HIGHEST_EVENT_BYTES", "1024")
    tasks = [row(n, task_id=f"a-task-with-a-long-name-{n}") for n in range(60)]
    assert "no decision: " in (said := loopwright(*against(tmp_path, tasks, tasks))).err
    assert said.code == 2


def test_json_of_a_verdict_is_one_object(tmp_path: Path, loopwright: Command) -> None:
    said = loopwright(*against(tmp_path, [row(1)], [row(1)]), "--json")
    assert json.loads(said.out)["verdict"] == "HOLD"
    assert said.err == ""
