"""What fastavro makes of our schemas and bytes, with the strictness added that it lacks: a second opinion."""

import json
from functools import cache
from io import BytesIO
from typing import Any

import fastavro

from loopwright.events import SCHEMAS, Event
from tests.contracts.examples import plain


@cache
def parsed(record: str) -> Any:
    """The newest schema of a record, its times as the plain numbers that they are on the wire."""
    return fastavro.parse_schema(json.loads(SCHEMAS[record][-1], object_hook=_without_logical_type))


def _without_logical_type(node: dict[str, Any]) -> Any:
    return node["type"] if "logicalType" in node else node


def encoded(event: Event) -> bytes:
    """The body of an event, without the ten bytes before it."""
    body = BytesIO()
    fastavro.schemaless_writer(body, parsed(type(event).__name__), plain(event), strict=True)
    return body.getvalue()


def decoded(record: str, body: bytes) -> Any:
    """The value in these bytes; None when they are refused or when some are left over."""
    stream = BytesIO(body)
    try:
        value = fastavro.schemaless_reader(stream, parsed(record), None)
    except (ValueError, EOFError, IndexError, OverflowError, MemoryError):
        return None
    return None if stream.read() else value
