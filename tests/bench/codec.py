"""The rendered codec against fastavro, on the events of a simulated hour: same bytes, same run."""

from collections.abc import Callable
from io import BytesIO
from time import process_time
from typing import Any

import fastavro
import msgspec

from loopwright.codec import CODEC
from loopwright.events import SCHEMAS
from tests.bench.stages import an_hour

HEAD = 10


def main() -> None:
    """Print microseconds per event and how many times as long fastavro takes."""
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

    ours_decode = microseconds(len(events), lambda: [CODEC.decode(value) for value in records])
    ours_encode = microseconds(len(events), lambda: [CODEC.encode(event) for event in events])
    print(f"{len(events)} run events, {sum(map(len, records)) / len(records):.0f} bytes each")
    print(f"{'':34}{'µs':>8}{'ratio':>8}")
    print(f"{'decode, rendered':34}{ours_decode:8.2f}{1:8.2f}")
    theirs = microseconds(len(events), fast_decode)
    print(f"{'decode, fastavro + msgspec types':34}{theirs:8.2f}{theirs / ours_decode:8.2f}")
    print(f"{'encode, rendered, types checked':34}{ours_encode:8.2f}{1:8.2f}")
    theirs = microseconds(len(events), dict_encode)
    print(f"{'encode, fastavro, nothing checked':34}{theirs:8.2f}{theirs / ours_encode:8.2f}")


def microseconds(count: int, work: Callable[[], Any]) -> float:
    """The best of three runs, CPU microseconds for each of `count`."""
    best = float("inf")
    for _ in range(3):
        started = process_time()
        work()
        best = min(best, process_time() - started)
    return best / count * 1e6


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
