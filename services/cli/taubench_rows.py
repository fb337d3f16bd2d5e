"""tau-bench result files: a JSON list of rows `{task_id, reward, info, traj, trial}`, read and checked row by row.

A file may come from anybody, so whatever is wrong with it is one line that names the row and the field.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from msgspec import Struct

from services.cli.files import content
from services.kernel.authored import Mistake

NEEDED = ("task_id", "reward", "info", "traj")

LONGEST_ERROR = 160
"""Characters of an error that go into an event."""


class Row(Struct, frozen=True):
    """One trial of one task."""

    place: int
    """Which row of its file, from 1."""
    task: str
    trial: int
    reward: float
    crash: str
    """Why the run broke off; empty when it did not."""
    messages: tuple[Mapping[str, Any], ...]


class Side(Struct, frozen=True):
    """One file: one version of the agent."""

    name: str
    digest: str
    rows: tuple[Row, ...]
    """The first trial of each task."""
    further: int
    """Trials of a task after its first, which are left out."""


def read_side(path: Path) -> Side:
    """One result file.

    Raises:
        Mistake: it is not such a file; the line says which row and what is wrong with it.

    """
    data = content(path)
    try:
        tree = json.loads(data)
    except json.JSONDecodeError as error:
        raise Mistake(f"{path}:{error.lineno}:{error.colno}: {error.msg}; give a tau-bench result file") from error
    except (ValueError, RecursionError) as error:
        raise Mistake(f"{path}: it is not JSON that can be read; give a tau-bench result file") from error
    if not isinstance(tree, list) or not tree:
        what = "an empty list" if tree == [] else f"no list but {kind_of(tree)}"
        raise Mistake(f"{path}: it holds {what}; give a tau-bench result file, which is a list of rows")
    rows = [_row(one, place, path) for place, one in enumerate(tree, start=1)]
    first: dict[str, Row] = {}
    for row in sorted(rows, key=lambda one: (one.trial, one.place)):
        first.setdefault(row.task, row)
    kept = tuple(sorted(first.values(), key=lambda one: one.place))
    name = path.name.removesuffix(".gz").removesuffix(".json")
    return Side(clean(name), sha256(data).hexdigest(), kept, len(rows) - len(kept))


def text_of(value: object) -> str:
    """What a message or an argument says, in the forms that clients write it: text, parts, or JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list) and value and all(isinstance(part, dict) and "text" in part for part in value):
        return clean("\n".join(str(part["text"]) for part in value))
    return clean(json.dumps(value))


def clean(text: str) -> str:
    """A text that can be encoded: JSON may hold halves of a character."""
    return text.encode("utf-8", errors="replace").decode()


def shortened(error: str) -> str:
    line = next((line.strip() for line in error.splitlines() if line.strip()), "")
    return clean(line.rstrip("\"'"))[:LONGEST_ERROR]


def _row(one: object, place: int, path: Path) -> Row:
    where = f"{path}: row {place}"
    if not isinstance(one, dict):
        raise Mistake(f"{where} is {kind_of(one)}; a row is an object with {', '.join(NEEDED)}")
    if missing := [name for name in NEEDED if name not in one]:
        raise Mistake(f"{where} lacks {missing[0]}; every row needs {', '.join(NEEDED)}")
    task, reward, info, traj, trial = (one.get(name) for name in (*NEEDED, "trial"))
    if isinstance(task, bool) or not isinstance(task, int | str) or task == "":
        raise Mistake(f"{where}: task_id is {kind_of(task)}; it must be a number or a name")
    where = f"{where} (task {clean(str(task))[:40]})"
    if isinstance(reward, bool) or not isinstance(reward, int | float) or not math.isfinite(reward):
        raise Mistake(f"{where}: reward is {kind_of(reward)}; it must be a finite number, 1 for a success")
    if not isinstance(info, dict):
        raise Mistake(f"{where}: info is {kind_of(info)}; it must be an object, with error if the run crashed")
    if not isinstance(traj, list):
        raise Mistake(f"{where}: traj is {kind_of(traj)}; it must be a list of messages")
    if isinstance(trial, bool) or not isinstance(trial, int | None):
        raise Mistake(f"{where}: trial is {kind_of(trial)}; it must be a whole number")
    for nth, message in enumerate(traj, start=1):
        _check_message(message, f"{where}, message {nth}")
    error = info.get("error")
    crash = "" if error is None or error is False else shortened(text_of(error)) or "crashed"
    return Row(place, clean(str(task)), trial or 0, float(reward), crash, tuple(traj))


def _check_message(message: object, where: str) -> None:
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise Mistake(f"{where} has no role; a message is an object with role and content")
    calls = message.get("tool_calls")
    if not isinstance(calls, list | None):
        raise Mistake(f"{where}: tool_calls is {kind_of(calls)}; it must be a list")
    for call in calls or ():
        function = call.get("function") if isinstance(call, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise Mistake(f"{where}: a tool call has no function.name; add it, or take the call out")


def kind_of(value: object) -> str:
    names = {type(None): "null", dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return names.get(type(value), repr(value))
