"""A mistake in a file that a person writes is one line: where it is, what it is, how to mend it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BeforeValidator, Field, model_validator

from services.kernel.authored import Mistake, Written, laid_over, milliseconds, parse


class Colour(StrEnum):
    UNKNOWN = "UNKNOWN"
    RED = "RED"
    BLUE = "BLUE"


class Pot(Written):
    name: str
    colour: Colour = Colour.RED
    litres: float = Field(default=1.0, gt=0)
    wait: Annotated[int, BeforeValidator(milliseconds)] = 0


class Kitchen(Written):
    pots: tuple[Pot, ...] = ()
    lids: tuple[Colour, ...] = ()
    by_colour: dict[Colour, int] = Field(default_factory=dict)
    main: Pot | None = None
    threshold: float = 0.0

    @model_validator(mode="after")
    def _sound(self) -> Kitchen:
        if len({pot.name for pot in self.pots}) < len(self.pots):
            raise ValueError("two pots have the same name")
        return self


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "kitchen.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def mistake(folder: Path, text: str | bytes) -> str:
    path = written(folder, text)
    with pytest.raises(Mistake) as found:
        parse(path, Kitchen)
    said = str(found.value)
    assert said.startswith(f"{path}:"), "an editor can jump there"
    assert "\n" not in said
    return said.removeprefix(str(path))


MISTAKES: dict[str, tuple[str | bytes, str]] = {
    "an unknown field": (
        "pots:\n  - name: big\n    colur: RED\n",
        ":3:5: pots.0.colur: Extra inputs are not permitted; take it out or correct its name",
    ),
    "a missing field": ("pots:\n  - name: big\n  - colour: RED\n", ":3:5: pots.1.name: Field required; add it"),
    "a missing field of the only mapping": ("main:\n  colour: RED\n", ":1:1: main.name: Field required; add it"),
    "a bad symbol": (
        "pots:\n- {name: big, colour: GREEN}\n",
        ":2:15: pots.0.colour: Input should be 'RED' or 'BLUE'; correct the value",
    ),
    "the symbol that decides nothing": (
        "pots:\n- {name: big, colour: UNKNOWN}\n",
        ":2:15: pots.0.colour: UNKNOWN decides nothing; write one of RED, BLUE; correct the value",
    ),
    "the symbol that decides nothing, in a list": (
        "lids: [RED, UNKNOWN]\n",
        ":1:1: lids: UNKNOWN decides nothing; write one of RED, BLUE; correct the value",
    ),
    "a bad duration": (
        "main:\n  name: big\n  wait: 5 minutes\n",
        ":3:3: main.wait: '5 minutes' is not a duration: write a whole number and a unit, such as 30s, 15m, 24h, 7d;",
    ),
    "a number out of range": (
        "main: {name: big, litres: 0}\n",
        ":1:19: main.litres: Input should be greater than 0; correct the value",
    ),
    "a number that is none": (
        "threshold: .nan\n",
        ":1:1: threshold: Input should be a finite number; correct the value",
    ),
    "an infinite number": (
        "threshold: -.inf\n",
        ":1:1: threshold: Input should be a finite number; correct the value",
    ),
    "a list in place of a mapping": ("pots: []\nmain: []\n", ":2:1: main: Input should be a valid dictionary"),
    "a rule over several fields": (
        "pots: [{name: a}, {name: a}]\n",
        ":1:1: the file: two pots have the same name; correct the value",
    ),
    "a key twice": ("main:\n  name: big\n  name: small\n", ':3:3: found duplicate key "name"'),
    "not YAML": ("pots: [\n  {name: big\n", ":3:1: "),
    "a tab as indentation": ("main:\n\tname: big\n", ":2:1: "),
    "two documents": ("main: {name: a}\n---\nmain: {name: b}\n", ":2:1: "),
    "a reference to nothing": ("main: *pot\n", ":1:7: "),
    "a control character": ("main: {name: \x01}\n", ": not YAML (unacceptable character"),
    "a list in place of the file": (
        "- pots\n",
        ":1:1: expected a mapping of fields; begin with one of pots, lids, by_colour, main, threshold",
    ),
    "a word in place of the file": ("pots\n", ":1:1: expected a mapping of fields"),
    "an empty file": ("", ":1:1: expected a mapping of fields"),
    "not UTF-8": (b"main: {name: \xff\xfe}\n", ": cannot be read (not utf-8 text); give the path of a YAML file"),
    "a value within itself": ("&file\nmain: *file\n", ":1:1: a value lies within itself, or too deep; "),
    "too deep a value": (f"main: {'[' * 400}{']' * 400}\n", ":1:1: a value lies within itself, or too deep; "),
}


@pytest.mark.parametrize(("text", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_line_with_its_place(tmp_path: Path, text: str | bytes, said: str) -> None:
    assert mistake(tmp_path, text).startswith(said)


def test_a_mistake_says_how_to_mend_it(tmp_path: Path) -> None:
    for text, _ in MISTAKES.values():
        assert ";" in mistake(tmp_path, text)


def test_a_missing_file_and_a_folder_are_mistakes(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "none.yaml", "no such file or directory"), (tmp_path, "is a directory")):
        with pytest.raises(Mistake) as found:
            parse(path, Kitchen)
        assert str(found.value) == f"{path}: cannot be read ({why}); give the path of a YAML file"


def test_a_good_file_is_read_with_its_defaults(tmp_path: Path) -> None:
    path = written(tmp_path, "main: {name: gr\u00f6\u00dfer Topf, wait: 5m}\nby_colour: {RED: 1, UNKNOWN: 2}\n")

    kitchen = parse(path, Kitchen)

    assert kitchen.main == Pot.model_construct(
        name="gr\u00f6\u00dfer Topf", colour=Colour.RED, litres=1.0, wait=300_000
    )
    assert kitchen.by_colour == {Colour.RED: 1, Colour.UNKNOWN: 2}, "a key may stand for what is not known"


def test_what_a_file_leaves_out_comes_from_what_lies_under_it(tmp_path: Path) -> None:
    path = written(tmp_path, "main:\n  litres: 3\n")

    kitchen = parse(path, Kitchen, under={"main": {"name": "small", "litres": 1}, "by_colour": {"RED": 1}})

    assert kitchen.main == Pot(name="small", litres=3)
    assert kitchen.by_colour == {Colour.RED: 1}


def test_a_list_is_replaced_whole_and_neither_side_is_changed() -> None:
    under = {"a": {"b": [1, 2], "c": 1}, "d": 1}
    over = {"a": {"b": [3]}, "d": {"e": 1}}

    assert laid_over(under, over) == {"a": {"b": [3], "c": 1}, "d": {"e": 1}}
    assert (under, over) == ({"a": {"b": [1, 2], "c": 1}, "d": 1}, {"a": {"b": [3]}, "d": {"e": 1}})


@pytest.mark.parametrize(
    ("text", "expected"),
    [("500ms", 500), ("30s", 30_000), ("15m", 900_000), ("24h", 86_400_000), ("7d", 604_800_000), ("0s", 0)],
)
def test_a_duration_is_a_whole_number_and_a_unit(text: str, expected: int) -> None:
    assert milliseconds(text) == expected


@pytest.mark.parametrize("text", ["", "30", 30, "-1s", "1.5h", "1 h", "1w", "h", "1h30m", None, True, "1h\n"])
def test_anything_else_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="is not a duration: write a whole number and a unit"):
        milliseconds(text)
