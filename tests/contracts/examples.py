"""The examples beside the schemas: of each record one event that is right, and some that are wrong, with the reason."""

import json
from functools import cache, reduce
from operator import or_
from typing import Any

import msgspec

from loopwright.events import TYPES, Event
from services.kernel.contracts import snake
from services.kernel.topics import SCHEMAS

EXAMPLES = SCHEMAS / "examples"

RECORDS = tuple(kind.__name__ for kind in TYPES)

READER: msgspec.json.Decoder[Any] = msgspec.json.Decoder(reduce(or_, TYPES))
"""JSON to a typed event, as everything that takes events from outside reads it."""


@cache
def ok(record: str) -> Any:
    return READER.decode((EXAMPLES / f"{snake(record)}.ok.json").read_bytes())


def bad() -> list[tuple[str, str, dict[str, Any]]]:
    """All wrong events: the record, why it is wrong (the field, a colon, the reason), the event."""
    return [
        (record, one["why"], one["event"])
        for record in RECORDS
        for one in json.loads((EXAMPLES / f"{snake(record)}.bad.json").read_text())
    ]


def plain(value: Any) -> Any:
    """An event as the dictionaries and lists that an Avro library takes, with all of its fields."""
    match value:
        case msgspec.Struct():
            return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
        case tuple():
            return [plain(item) for item in value]
        case str():
            return str(value)
    return value


def written(event: Event) -> dict[str, Any]:
    """An event as a person writes it in JSON, with all of its fields in the schema's order."""
    said = msgspec.to_builtins(plain(event), builtin_types=())
    return {"type": type(event).__name__, **said}
