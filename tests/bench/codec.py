"""The rendered codec, plain and compiled, against fastavro, on the events of a simulated hour: same bytes, same run."""

from collections.abc import Callable, Mapping
from io import BytesIO
from time import process_time
from typing import Any

import fastavro
import msgspec

from loopwright.codec import CODEC
from loopwright.events import SCHEMAS
from tests.bench.fuzz import plain_and_compiled
from tests.bench.stages import an_hour

HEAD = 10
ROUNDS = 5


def main() -> None:
    """Print microseconds per event, and how many times as long as the plain codec each takes."""
    codecs = plain_and_compiled()
    records = [record.value for record in an_hour().log("runs.raw", 0)]
    events = [CODEC.decode(value) for value in records]
    schemas = {name: fastavro.parse_schema(_plain(msgspec.json.decode(texts[-1]))) for name, texts in SCHEMAS.items()}
    bodies = [(schemas[type(event).__name__], value[HEAD:]) for event, value in zip(events, records, strict=True)]
    trees = [(schemas[type(event).__name__], _tree(event)) for event in events]
    types = [type(event) for event in events]

    def fast_decode() -> None:
        for (schema, body), kind in zip(bodies, types, strict=True):
            msgspec.convert(fastavro.schemaless_reader(BytesIO(body), schema, None), kind)

    def dict_encode() -> None:
        for schema, tree in trees:
            fastavro.schemaless_writer(BytesIO(), schema, tree)

    decode = {f"decode, {name}": _each(codec.decode, records) for name, codec in codecs.items()}
    encode = {f"encode, {name}, types checked": _each(codec.encode, events) for name, codec in codecs.items()}
    print(f"{len(events)} run events, {sum(map(len, records)) / len(records):.0f} bytes each")
    print(f"{'':34}{'µs':>8}{'ratio':>8}")
    for works in (
        decode | {"decode, fastavro + msgspec types": fast_decode},
        encode | {"encode, fastavro, nothing checked": dict_encode},
    ):
        took = microseconds(len(events), works)
        first = next(iter(took.values()))
        for name, each in took.items():
            print(f"{name:34}{each:8.2f}{each / first:8.2f}")


def microseconds(count: int, works: Mapping[str, Callable[[], Any]]) -> dict[str, float]:
    """CPU microseconds for each of `count`: the best of some rounds, in turns because a machine's speed drifts."""
    best = dict.fromkeys(works, float("inf"))
    for _ in range(ROUNDS):
        for name, work in works.items():
            started = process_time()
            work()
            best[name] = min(best[name], process_time() - started)
    return {name: seconds / count * 1e6 for name, seconds in best.items()}


def _each(call: Callable[[Any], Any], values: list[Any]) -> Callable[[], None]:
    def all_of_them() -> None:
        for value in values:
            call(value)

    return all_of_them


def _tree(value: Any) -> Any:
    """As fastavro takes it: every field there, because it has no use for a bytes default."""
    if isinstance(value, msgspec.Struct):
        return {name: _tree(field) for name, field in msgspec.structs.asdict(value).items()}
    return [_tree(item) for item in value] if isinstance(value, tuple) else value


def _plain(schema: Any) -> Any:
    """Without logical types: times are plain milliseconds here."""
    if isinstance(schema, dict):
        if "logicalType" in schema:
            return schema["type"]
        return {name: value if name == "default" else _plain(value) for name, value in schema.items()}
    return [_plain(item) for item in schema] if isinstance(schema, list) else schema


if __name__ == "__main__":
    main()
