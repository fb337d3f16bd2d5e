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
from fastavro.schema import fingerprint, to_parsing_canonical_form

from loopwright.events import SCHEMAS, TYPES, Event
from loopwright.wire import DECODE, ENCODE

MARKER = b"\xc3\x01"
_HEAD = len(MARKER) + 8

_TYPES = {kind.__name__: kind for kind in TYPES}


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
        try:
            return self._heads[name] + ENCODE[name](event)
        except (TypeError, ValueError, AttributeError, KeyError) as error:
            raise Unwritable(f"{name}: {_why(event, error)}") from error

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
            raise Unreadable(f"undecodable: {str(error) or 'the bytes end inside a value'}") from error
        if end != len(data):
            what = "the bytes end inside a value" if end > len(data) else f"{len(data) - end} bytes left over"
            raise Unreadable(f"undecodable: {what}")
        return event

    def _resolve(self, data: bytes) -> Event:
        """Read what another version of a schema wrote."""
        if data[: len(MARKER)] != MARKER or len(data) < _HEAD:
            raise Unreadable("undecodable: not an Avro single object")
        known = self._others.get(data[:_HEAD])
        if known is None:
            raise UnknownSchema(f"unknown schema {data[len(MARKER) : _HEAD].hex()}")
        name, text = known
        body = BytesIO(data[_HEAD:])
        try:
            fields: Any = fastavro.schemaless_reader(body, _parsed(text), _parsed(SCHEMAS[name][-1]))
            event: Event = msgspec.convert(fields, _TYPES[name], str_keys=True)
        except (ValueError, EOFError, IndexError, TypeError) as error:
            raise Unreadable(f"undecodable: {error}") from error
        if left := len(body.read()):
            raise Unreadable(f"undecodable: {left} bytes left over")
        return event


@cache
def head(schema_text: str) -> bytes:
    """The ten bytes that a message of this schema starts with."""
    canonical = to_parsing_canonical_form(json.loads(schema_text))
    return MARKER + bytes.fromhex(fingerprint(canonical, "CRC-64-AVRO"))


@cache
def _parsed(schema_text: str) -> Any:
    """The schema for fastavro, without logical types: our times are plain milliseconds."""
    return fastavro.parse_schema(_physical(json.loads(schema_text)))


def _physical(schema: Any) -> Any:
    match schema:
        case {"logicalType": _, "type": str(primitive)}:
            return primitive
        case dict():
            return {key: value if key == "default" else _physical(value) for key, value in schema.items()}
        case list():
            return [_physical(item) for item in schema]
    return schema


def _why(event: Event, error: Exception) -> str:
    """Which field does not fit: looked for only when writing failed."""
    try:
        msgspec.convert(msgspec.to_builtins(event), type(event))
    except (msgspec.ValidationError, TypeError, ValueError) as found:
        return str(found)
    return str(error)


CODEC = Codec()
"""The codec of this build."""
