"""Events to bytes and back: Avro single-object encoding, no registry needed.

Each message starts with the fingerprint of the schema that wrote it, so that any version ever released can
be read. The newest versions go through `wire`, rendered from the schemas; an older one is resolved by fastavro.

Three ways to fail, because each wants something else done:

    Unwritable     the event does not fit its schema: the caller's fault, nothing was written
    Unreadable     these bytes are no event, and trying again will not make them one
    UnknownSchema  (an Unreadable) written with a schema this build does not know: inside, a deployment-order fault
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from io import BytesIO
from typing import Any

import fastavro
import msgspec
from fastavro.read import SchemaResolutionError
from fastavro.schema import fingerprint, to_parsing_canonical_form

from loopwright.events import SCHEMAS, TYPES, Event
from loopwright.wire import DECODE, ENCODE, READ, WRITE, read_count

MARKER = b"\xc3\x01"
_HEAD = len(MARKER) + 8

_TYPES = {kind.__name__: kind for kind in TYPES}

_CUT = "the bytes end inside a value"

_WANTED = {
    "boolean": "a boolean",
    "int": "a whole number of 32 bits",
    "long": "a whole number of 64 bits",
    "double": "a number",
    "bytes": "bytes",
    "string": "text without lone surrogates",
}


class Unwritable(ValueError):
    """The event does not fit its schema."""


class Unreadable(ValueError):
    """These bytes are not an event, and trying again will not make them one."""


class UnknownSchema(Unreadable):
    """Written with a schema that this build does not know."""


class Codec:
    """Encodes with the newest version of each schema, decodes every version that it knows.

    `schemas` gives by record name the texts of all known versions, oldest first; the versions that the types
    were rendered from are the ones that are written and read into.
    """

    def __init__(self, schemas: Mapping[str, Sequence[str]] = SCHEMAS) -> None:
        """Fingerprint every version once, so that a message costs one look-up."""
        self._heads = {name: head(texts[-1]) for name, texts in SCHEMAS.items()}
        self._newest = {mark: DECODE[name] for name, mark in self._heads.items()}
        self._others = {
            head(text): (name, text)
            for name, texts in schemas.items()
            for text in texts
            if head(text) not in self._newest
        }

    def encode(self, event: Event) -> bytes:
        """The bytes of one event.

        Raises:
            Unwritable: a field has a wrong type, an unknown symbol or a number out of range.

        """
        name = type(event).__name__
        if name not in ENCODE:
            raise Unwritable(f"{name} is no record of schemas/")
        try:
            return self._heads[name] + ENCODE[name](event)
        except (TypeError, ValueError, AttributeError, KeyError, OverflowError) as error:
            text = SCHEMAS[name][-1]
            why = _misfit(_plain(text), event, name, _named(text)) or str(error)
            raise Unwritable(why) from error

    def decode(self, data: bytes) -> Event:
        """The event in these bytes.

        Raises:
            UnknownSchema: the fingerprint is of no known schema.
            Unreadable: anything else is wrong, bytes left over included.

        """
        read = self._newest.get(data[:_HEAD])
        if read is None:
            return self._resolve(data)
        try:
            event, end = read(data, _HEAD)
        except (ValueError, IndexError) as error:
            raise Unreadable(f"undecodable: {str(error) or _CUT}") from error
        if end != len(data):
            raise Unreadable(f"undecodable: {_unended(data, end)}")
        return event

    def _resolve(self, data: bytes) -> Event:
        """Read what another version of a schema wrote."""
        if data[: len(MARKER)] != MARKER or len(data) < _HEAD:
            raise Unreadable("undecodable: not an Avro single object")
        known = self._others.get(data[:_HEAD])
        if known is None:
            raise UnknownSchema(f"unknown schema {data[len(MARKER) : _HEAD].hex()}")
        name, text = known
        try:
            _check(text, data)
            fields: Any = fastavro.schemaless_reader(BytesIO(data[_HEAD:]), _parsed(text), _parsed(SCHEMAS[name][-1]))
            event: Event = msgspec.convert(fields, _TYPES[name], str_keys=True)
        except (ValueError, IndexError, SchemaResolutionError) as error:
            raise Unreadable(f"undecodable: {str(error) or _CUT}") from error
        return event


@cache
def head(schema_text: str) -> bytes:
    """The ten bytes that a message of this schema starts with."""
    canonical = to_parsing_canonical_form(json.loads(schema_text))
    return MARKER + bytes.fromhex(fingerprint(canonical, "CRC-64-AVRO"))


@cache
def _plain(schema_text: str) -> Any:
    """The schema without logical types: our times are plain milliseconds."""
    return _physical(json.loads(schema_text))


@cache
def _parsed(schema_text: str) -> Any:
    """The schema for fastavro."""
    return fastavro.parse_schema(_plain(schema_text))


@cache
def _named(schema_text: str) -> dict[str, Any]:
    """Its enums and records by name: later places only name them."""
    found = {}
    left = [_plain(schema_text)]
    while left:
        match left.pop():
            case {"type": "record", "name": name, "fields": fields} as record:
                found[name] = record
                left += [field["type"] for field in fields]
            case {"type": "enum", "name": name} as enum:
                found[name] = enum
            case {"type": "array", "items": items}:
                left.append(items)
    return found


def _physical(schema: Any) -> Any:
    match schema:
        case {"logicalType": _, "type": str(primitive)}:
            return primitive
        case dict():
            return {key: value if key == "default" else _physical(value) for key, value in schema.items()}
        case list():
            return [_physical(item) for item in schema]
    return schema


def _unended(data: bytes, end: int) -> str:
    left = len(data) - end
    return f"{left} bytes left over" if left > 0 else _CUT


def _check(schema_text: str, data: bytes) -> None:
    """Refuse what fastavro forgives and `wire` does not."""
    end = _after(_plain(schema_text), data, _HEAD, _named(schema_text))
    if end != len(data):
        raise ValueError(_unended(data, end))


def _after(schema: Any, data: bytes, at: int, named: Mapping[str, Any]) -> int:
    """The position after a value that was written with this schema."""
    match schema:
        case {"type": "record", "fields": fields}:
            for field in fields:
                at = _after(field["type"], data, at, named)
        case {"type": "enum", "name": name, "symbols": symbols}:
            index, at = READ["int"](data, at)
            if not 0 <= index < len(symbols):
                raise ValueError(f"{index} is no symbol of {name}")
        case {"type": "array", "items": items}:
            count, at = read_count(data, at)
            while count:
                for _ in range(count):
                    at = _after(items, data, at, named)
                count, at = read_count(data, at)
        case str() if schema in READ:
            _, at = READ[schema](data, at)
        case _:
            at = _after(named[schema], data, at, named)
    return at


def _misfit(schema: Any, value: Any, path: str, named: Mapping[str, Any]) -> str:
    """Which field does not fit, and why; empty when all do. Looked for only when writing failed.

    It shows numbers but never text: what it says is logged, and text may be a user's.
    """
    wanted, fits = "", True
    match schema:
        case {"type": "record", "name": name, "fields": fields}:
            if type(value).__name__ == name:
                inner = ((field["type"], getattr(value, field["name"]), f"{path}.{field['name']}") for field in fields)
                return next((found for found in (_misfit(*one, named) for one in inner) if found), "")
            wanted, fits = name, False
        case {"type": "enum", "name": name, "symbols": symbols}:
            wanted, fits = f"a symbol of {name}", isinstance(value, str) and value in symbols
        case {"type": "array", "items": items}:
            if isinstance(value, tuple | list):
                inner = ((items, item, f"{path}[{place}]") for place, item in enumerate(value))
                return next((found for found in (_misfit(*one, named) for one in inner) if found), "")
            wanted, fits = "a tuple", False
        case str() if schema in READ:
            wanted, fits = _WANTED[schema], _fits(schema, value)
        case _:
            return _misfit(named[schema], value, path, named)
    return "" if fits else f"{path}: expected {wanted}, got {_shown(value)}"


def _shown(value: Any) -> str:
    match value:
        case bool() | int() if -(1 << 64) < value < 1 << 64:
            return str(value)
        case str():
            return "other text"
    return type(value).__name__


def _fits(primitive: str, value: Any) -> bool:
    try:
        WRITE[primitive](value)
    except (TypeError, ValueError, AttributeError, OverflowError):
        return False
    return True


CODEC = Codec()
"""The codec of this build."""
