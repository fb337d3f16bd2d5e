"""YAML that people write: read with line and column, checked against a model, mistakes in one line.

A wrong file stops its reader with a `Mistake`: where (file, line, column), what is wrong, how to mend it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

M = TypeVar("M", bound="Written")

_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_UNDECIDED = "UNKNOWN"
_DURATION = re.compile(r"(\d+)(ms|s|m|h|d)")


_TOO_DEEP = "a value lies within itself, or too deep; write it out, flatter"


LONGEST_MS = 3650 * 86_400_000
"""No duration that a person means is longer, milliseconds."""


class Mistake(Exception):
    """Something a person wrote is wrong; the message is one line that says where, what and how to mend it."""


class Written(BaseModel):
    """What people write, field by field; an unknown field is a mistake, not a comment."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("*")
    @classmethod
    def _known(cls, value: Any) -> Any:
        """UNKNOWN is how an old reader takes a new symbol; who writes it has not decided."""
        for symbol in value if isinstance(value, tuple) else (value,):
            if isinstance(symbol, StrEnum) and symbol == _UNDECIDED:
                others = (other for other in type(symbol) if other != _UNDECIDED)
                raise ValueError(f"{_UNDECIDED} decides nothing; write one of {', '.join(others)}")
        return value


def milliseconds(text: object) -> int:
    """A duration as people write it (500ms, 30s, 15m, 1h, 7d) in milliseconds.

    Raises:
        ValueError: it is not written like that.

    """
    match = _DURATION.fullmatch(str(text))
    if match is None:
        raise ValueError(f"{text!r} is not a duration: write a whole number and a unit, such as 30s, 15m, 24h, 7d")
    found = int(match[1]) * _UNITS_MS[match[2]]
    if found > LONGEST_MS:
        raise ValueError(f"{text!r} is more than ten years; write a shorter duration")
    return found


def read(path: Path) -> Any:
    """The parsed file, with positions; duplicate keys are refused.

    Raises:
        Mistake: it cannot be read, or it is not YAML.

    """
    try:
        return YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "not UTF-8 text"
        raise Mistake(f"{path}: cannot be read ({why.lower()}); give the path of a YAML file") from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        problem = (error.problem or "not YAML").splitlines()[0]
        raise Mistake(f"{path}{where}: {problem}; mend the YAML there") from error
    except YAMLError as error:
        raise Mistake(f"{path}: not YAML ({str(error).splitlines()[0]}); mend it") from error
    except RecursionError as error:
        raise Mistake(f"{path}:1:1: {_TOO_DEEP}") from error


def parse(path: Path, model: type[M], *, under: Mapping[str, Any] | None = None) -> M:
    """The file as the given model; `under` supplies what the file leaves out, key by key.

    Raises:
        Mistake: with the line and column of the first field that does not fit.

    """
    tree = read(path)
    if not isinstance(tree, Mapping):
        raise Mistake(f"{path}:1:1: expected a mapping of fields; begin with one of {', '.join(model.model_fields)}")
    try:
        return model.model_validate(_plain(tree) if under is None else laid_over(under, _plain(tree)))
    except ValidationError as error:
        # A misspelt name is a missing field too: what stands there is what to point at.
        first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        location = [str(step) for step in first["loc"]]
        where = _position(tree, first["loc"])
        what = first["msg"].removeprefix("Value error, ").replace(f"'{_UNDECIDED}', ", "")
        name = ".".join(location) or "the file"
        mend = {
            "extra_forbidden": "take it out or correct its name",
            "missing": "add it",
        }.get(first["type"], "correct the value")
        raise Mistake(f"{path}:{where[0]}:{where[1]}: {name}: {what}; {mend}") from error
    except RecursionError as error:
        raise Mistake(f"{path}:1:1: {_TOO_DEEP}") from error


def laid_over(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Two trees of fields as one: what `over` says wins, field by field."""
    merged = dict(under)
    for name, value in over.items():
        below = merged.get(name)
        both = isinstance(value, Mapping) and isinstance(below, Mapping)
        merged[name] = laid_over(below, value) if both and isinstance(below, Mapping) else value
    return merged


def _plain(node: Any) -> Any:
    """Ruamel's commented containers as plain ones: pydantic is strict about types."""
    if isinstance(node, Mapping):
        return {str(name): _plain(value) for name, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return node if kind is bool else kind(node)
    return node


def _position(tree: Any, location: Sequence[int | str]) -> tuple[int, int]:
    """Line and column, from 1, of the deepest step of a location that the file really has."""
    line, column, node = 1, 1, tree
    for step in location:
        marks = getattr(node, "lc", None)
        try:
            if isinstance(node, Mapping):
                line, column = (mark + 1 for mark in marks.key(step))  # type: ignore[union-attr]
                node = node[step]
            elif isinstance(node, list) and isinstance(step, int):
                line, column = (mark + 1 for mark in marks.item(step))  # type: ignore[union-attr]
                node = node[step]
            else:
                break
        except (KeyError, IndexError, AttributeError, TypeError):
            break
    return line, column
