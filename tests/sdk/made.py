"""Events as Hypothesis makes them: of every record, with any value that the schema allows."""

import json
from functools import cache
from typing import Any

import msgspec
from hypothesis import strategies as st

from loopwright import events
from loopwright.events import SCHEMAS, TYPES, Event

# The lengths at which a variable-length number, written zig-zag, takes one byte more.
_EDGES = sorted({sign * (1 << bits) + step for bits in (6, 13, 14, 20, 27) for sign in (1, -1) for step in (-1, 0, 1)})

_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "int": st.sampled_from([*_EDGES, -(2**31), 2**31 - 1]) | st.integers(-(2**31), 2**31 - 1),
    "long": st.sampled_from([*_EDGES, -(2**63), 2**63 - 1]) | st.integers(-(2**63), 2**63 - 1),
    "double": st.floats(),
    "bytes": st.binary(max_size=6) | st.binary(min_size=64, max_size=70),
    "string": st.text(st.characters(codec="utf-8"), max_size=6) | st.sampled_from(["é" * 32, "x" * 64, "\0"]),
}
_LEAST: dict[str, Any] = {"boolean": False, "int": 0, "long": 0, "double": 0.0, "bytes": b"", "string": ""}


@cache
def _fields(name: str) -> dict[str, Any]:
    """The types of a record's fields, wherever the record is defined."""
    found: dict[str, dict[str, Any]] = {}
    left: list[Any] = [json.loads(texts[-1]) for texts in SCHEMAS.values()]
    while left:
        match left.pop():
            case {"type": "record", "fields": fields, "name": str(record)}:
                found[record] = {field["name"]: field["type"] for field in fields}
                left += found[record].values()
            case {"type": "array", "items": items}:
                left.append(items)
    return found[name]


def _name(avro_type: Any) -> str:
    match avro_type:
        case {"name": str(name)}:
            return name
        case {"type": str(primitive)}:
            return primitive
    return str(avro_type)


@cache
def values(avro_type_json: str) -> st.SearchStrategy[Any]:
    """Values of a type; the type as JSON, so that each strategy is built once."""
    avro_type = json.loads(avro_type_json)
    if isinstance(avro_type, dict) and avro_type["type"] == "array":
        return st.lists(values(json.dumps(avro_type["items"])), max_size=3).map(tuple)
    name = _name(avro_type)
    if name in _VALUES:
        return _VALUES[name]
    kind = getattr(events, name)
    return records(name) if issubclass(kind, msgspec.Struct) else st.sampled_from(list(kind))


def least(avro_type: Any) -> Any:
    """The smallest value of a type."""
    if isinstance(avro_type, dict) and avro_type["type"] == "array":
        return ()
    name = _name(avro_type)
    if name in _LEAST:
        return _LEAST[name]
    kind = getattr(events, name)
    return smallest(name) if issubclass(kind, msgspec.Struct) else next(iter(kind))


def smallest(name: str) -> Any:
    """The record in which everything is zero or empty."""
    return getattr(events, name)(**{field: least(inner) for field, inner in _fields(name).items()})


@cache
def records(name: str) -> st.SearchStrategy[Any]:
    """The smallest one with a few fields changed: quick to make, and it shrinks to what matters."""
    fields, base = _fields(name), smallest(name)

    @st.composite
    def made(draw: st.DrawFn) -> Any:
        some = draw(st.lists(st.sampled_from(sorted(fields)), max_size=4, unique=True))
        changes = {field: draw(values(json.dumps(fields[field]))) for field in some}
        return msgspec.structs.replace(base, **changes)

    return made()


def any_event() -> st.SearchStrategy[Event]:
    return st.sampled_from([kind.__name__ for kind in TYPES]).flatmap(records)
