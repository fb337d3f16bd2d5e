"""Recorded run events, line by line: what `loopwright.recorder.FileSink` writes, or bare events.

A line that holds no usable event stops nothing. It is set aside with a reason, as the engine sets a record aside:

    undecodable  wrong_type  missing_field  unknown_field  bad_value  unwritable
"""

from __future__ import annotations

import codecs
import functools
import operator
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from loopwright import events
from loopwright.codec import CODEC, Unwritable
from loopwright.events import RunEvent
from services.cli.files import lines
from services.kernel.engine import Record, dead_headers
from services.kernel.stage import Refused
from services.kernel.topics import topic

LATEST = 253_402_300_799_999
"""The end of the year 9999: virtual time has to end somewhere."""

ANY_RUN_EVENT: Any = functools.reduce(operator.or_, (getattr(events, name) for name in topic("runs.raw").records))
"""Any run event that a product may send."""

_WORD = re.compile(r"[A-Za-z_]\w{0,39}")
"""What may be repeated from a file: a name, and never a text that somebody wrote into the wrong field."""

_FAULTS = (
    (re.compile(r"Invalid value '(.*)' - at `\$\.type`", re.DOTALL), "wrong_type", "no run event is called {}"),
    (re.compile(r"missing required field `type`$"), "wrong_type", "it does not say which type of event it is"),
    (re.compile(r"missing required field `(.*?)`"), "missing_field", "{} is missing"),
    (re.compile(r"contains unknown field `(.*?)`", re.DOTALL), "unknown_field", "no field is called {}"),
    (re.compile(r"Invalid enum value '(.*)' - at", re.DOTALL), "bad_value", "{} is not one of the values allowed"),
    (re.compile(r"(Expected .*), got"), "wrong_type", "{}"),
)
"""What msgspec says of a line, the reason that is counted, and the words for it."""


class Recorded(Struct, frozen=True, gc=False):
    """One usable line."""

    at: int
    event: RunEvent


class Unusable(Struct, frozen=True, gc=False):
    """One line that holds no event, as the dead letter that it becomes."""

    at: int
    line: bytes
    headers: tuple[tuple[str, bytes], ...]


class _Line(Struct, gc=False):
    """A line as far as its wrapping: which of the two forms it has."""

    at: Any = msgspec.UNSET
    event: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_LINE = msgspec.json.Decoder(_Line)
_EVENT = msgspec.json.Decoder(ANY_RUN_EVENT)


def read(path: Path) -> Iterator[Recorded | Unusable]:
    """What each line of a file holds; blank lines hold nothing.

    Raises:
        Mistake: the file cannot be read.

    """
    at = 0
    for number, line in enumerate(lines(path), start=1):
        text = line.removeprefix(codecs.BOM_UTF8).strip()
        if not text:
            continue
        try:
            found = _recorded(text)
        except Refused as refused:
            origin = Record(path.name, 0, number, None, text, at)
            yield Unusable(at, text, dead_headers("replay", refused.reason, str(refused), origin))
            continue
        at = found.at
        yield found


def _recorded(text: bytes) -> Recorded:
    """The event on a line and when it was handed over.

    Raises:
        Refused: there is none.

    """
    try:
        line = _LINE.decode(text)
        event = _EVENT.decode(text if line.event is msgspec.UNSET else line.event)
    except msgspec.ValidationError as error:
        raise _refused(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused("undecodable", "the line is not JSON") from error
    at = event.occurred_at if line.at is msgspec.UNSET else line.at
    if type(at) is not int or not 0 <= at <= LATEST:
        name = "occurred_at" if line.at is msgspec.UNSET else "at"
        raise Refused("bad_value", f"{name} is not a time in milliseconds since 1970")
    try:
        CODEC.encode(event)
    except Unwritable as error:
        raise Refused("unwritable", str(error)) from error
    return Recorded(at, event)


def _refused(said: str) -> Refused:
    """The reason and words for what msgspec said, without any value that is not a plain name."""
    where = said.rpartition(" - at `")[2].removesuffix("`") if " - at `" in said else ""
    for pattern, reason, words in _FAULTS:
        if match := pattern.search(said):
            name = match[1] if match.groups() else ""
            shown = name if reason == "wrong_type" and name.startswith("Expected") else _shown(name)
            return Refused(reason, words.format(shown) + (f", at {where}" if where else ""))
    return Refused("bad_value", f"a value is out of range{', at ' + where if where else ''}")


def _shown(name: str) -> str:
    return name if _WORD.fullmatch(name) else "that"
