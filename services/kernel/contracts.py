"""The contracts in schemas/, and the Python made from them.

The .avsc files are the only source. From the newest version of each record two modules of the SDK are
rendered and checked in: `events.py`, the types with the text of every schema version beside them (old
versions stay, because bytes written with them are still in Kafka), and `wire.py`, one straight function per
record and direction, because a generic codec costs several times as much and forgives what it must not.

    python -m services.kernel.contracts          rewrite both
    python -m services.kernel.contracts --check  fail if either would change
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.kernel import wire_source
from services.kernel.topics import SCHEMAS, topics

SDK = Path(__file__).parents[1] / "sdk" / "loopwright"

_FILE_NAME = re.compile(r"(?P<name>[a-z_]+)\.v(?P<version>\d+)\.avsc")

_PRIMITIVES = {
    "boolean": "bool",
    "int": "int",
    "long": "int",
    "double": "float",
    "bytes": "bytes",
    "string": "str",
}

_HEADER = '''"""Generated from schemas/ by `make contracts`. Do not edit.

Times are milliseconds since 1970 UTC. What is absent is empty, 0 or -1, as each field's doc says.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct


class Event(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="type", gc=False
):
    """A fact that has happened. Never changed, only followed by other facts."""


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """A value inside an event."""
'''


@dataclass(frozen=True, order=True)
class Contract:
    """One version of one record's schema."""

    name: str
    version: int
    schema_text: str

    @property
    def schema(self) -> dict[str, Any]:
        """The parsed schema."""
        parsed: dict[str, Any] = json.loads(self.schema_text)
        return parsed


def load(folder: Path = SCHEMAS) -> dict[str, list[Contract]]:
    """Every contract by record name, oldest version first.

    Raises:
        ValueError: a file's name or its record's name breaks the rule.

    """
    contracts = defaultdict(list)
    for path in sorted(folder.glob("*.avsc")):
        match = _FILE_NAME.fullmatch(path.name)
        if match is None:
            raise ValueError(f"{path.name}: expected <record>.v<version>.avsc; rename it")
        text = path.read_text(encoding="utf-8")
        name = json.loads(text)["name"]
        if snake(name) != match["name"]:
            raise ValueError(f"{path.name}: holds {name}; rename it to {snake(name)}.v{match['version']}.avsc")
        contracts[name].append(Contract(name, int(match["version"]), text))
    return {name: sorted(versions) for name, versions in sorted(contracts.items())}


def snake(name: str) -> str:
    """`RunFinished` as `run_finished`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def named_types(avro_type: Any) -> Iterator[dict[str, Any]]:
    """Enums and records defined anywhere inside a type, innermost first."""
    match avro_type:
        case list():
            for branch in avro_type:
                yield from named_types(branch)
        case {"type": "record", "fields": fields}:
            for field in fields:
                yield from named_types(field["type"])
            yield avro_type
        case {"type": "enum"}:
            yield avro_type
        case {"type": "array", "items": inner}:
            yield from named_types(inner)


def envelope_of(contracts: Mapping[str, Sequence[Contract]], records: Sequence[str]) -> list[dict[str, Any]]:
    """The leading fields that all these records share, ignoring where a named type is defined."""
    columns = zip(*(contracts[name][-1].schema["fields"] for name in records), strict=False)
    shared = []
    for column in columns:
        if len({(field["name"], _name_of(field["type"])) for field in column}) > 1:
            break
        shared.append(column[0])
    return shared


def _name_of(avro_type: Any) -> str:
    return str(avro_type.get("name", avro_type["type"])) if isinstance(avro_type, dict) else str(avro_type)


def render_events(contracts: Mapping[str, Sequence[Contract]], run_events: Sequence[str]) -> str:
    """The text of events.py: one class per record in its newest version, run events under one envelope."""
    newest = {name: versions[-1].schema for name, versions in contracts.items()}
    parts: dict[str, dict[str, Any]] = {}
    for schema in newest.values():
        for inner in named_types(schema):
            if inner is not schema:
                known = parts.setdefault(inner["name"], inner)
                if _shape(known) != _shape(inner):
                    raise ValueError(f"{inner['name']} differs between two schemas; make them the same")
    envelope = envelope_of(contracts, run_events)
    inside = {field["name"] for field in envelope}
    blocks = [_enum(part) for part in parts.values() if part["type"] == "enum"]
    blocks += [_record(part, "Part", parts) for part in parts.values() if part["type"] == "record"]
    doc = "What every run event says: which run, whose, and which exact versions ran."
    blocks.append(_record({"name": "RunEvent", "doc": doc, "fields": envelope}, "Event", parts))
    for name, schema in newest.items():
        own = [field for field in schema["fields"] if name not in run_events or field["name"] not in inside]
        base = ("RunEvent" if name in run_events else "Event") + ", tag=True"
        blocks.append(_record({**schema, "fields": own}, base, parts))
    union = "\n    | ".join(run_events)
    doc = "A run event of whatever kind: what a state must say that keeps one."
    anyone = f'\n\nAnyRunEvent: TypeAlias = (\n    {union}\n)\n"""{doc}"""\n'
    texts = {name: tuple(_dense(one.schema) for one in versions) for name, versions in contracts.items()}
    rows = "".join(
        f"    {name!r}: (\n" + "".join(f"        {text!r},\n" for text in versions) + "    ),\n"
        for name, versions in texts.items()
    )
    schemas = (
        "\n\nSCHEMAS: dict[str, tuple[str, ...]] = {\n"
        + rows
        + '}\n"""Every version of every schema, oldest first."""\n'
    )
    kinds = "".join(f"    {name},\n" for name in newest)
    types = f'\nTYPES: tuple[type[Event], ...] = (\n{kinds})\n"""Every record type."""\n'
    return _HEADER + "".join(blocks) + anyone + schemas + types


def _dense(schema: dict[str, Any]) -> str:
    return json.dumps(schema, separators=(",", ":"), ensure_ascii=False)


def _shape(schema: dict[str, Any]) -> Any:
    """What must be equal wherever a named type is repeated: everything except where its inner types are spelled."""
    if schema["type"] == "enum":
        return schema["symbols"]
    return [(field["name"], _name_of(field["type"]), field.get("default")) for field in schema["fields"]]


def _enum(schema: dict[str, Any]) -> str:
    members = "".join(f'    {symbol} = "{symbol}"\n' for symbol in schema["symbols"])
    return f'\n\nclass {schema["name"]}(StrEnum):\n    """{schema["doc"]}"""\n\n{members}'


def _record(schema: dict[str, Any], base: str, parts: Mapping[str, dict[str, Any]]) -> str:
    fields = "".join(_field(field, parts) for field in schema["fields"])
    options = "frozen=True, kw_only=True, gc=False"
    return f'\n\nclass {schema["name"]}({base}, {options}):\n    """{schema["doc"]}"""\n\n{fields}'


def _field(field: dict[str, Any], parts: Mapping[str, dict[str, Any]]) -> str:
    kind = _python_type(field["type"])
    default = f" = {_default(kind, field['default'], parts)}" if "default" in field else ""
    return f'    {field["name"]}: {kind}{default}\n    """{field["doc"]}"""\n'


def _default(kind: str, value: Any, parts: Mapping[str, dict[str, Any]]) -> str:
    if kind in parts:
        return f"{kind}.{value}" if parts[kind]["type"] == "enum" else f"{kind}()"
    if kind == "bytes":
        return repr(str(value).encode("latin-1"))
    return "()" if kind.startswith("tuple") else repr(value)


def _python_type(avro_type: Any) -> str:
    match avro_type:
        case str():
            return _PRIMITIVES.get(avro_type, avro_type)
        case {"type": "array", "items": items}:
            return f"tuple[{_python_type(items)}, ...]"
        case {"name": str(name)}:
            return name
        case {"logicalType": "timestamp-millis"}:
            return "int"
    raise TypeError(f"no Python type for {avro_type!r}; use a primitive, an enum, a record or an array")


def render() -> dict[Path, str]:
    """The rendered files by path."""
    contracts = load()
    newest = {name: versions[-1].schema for name, versions in contracts.items()}
    return {
        SDK / "events.py": render_events(contracts, topics()["runs.raw"].records),
        SDK / "wire.py": wire_source.render(newest),
    }


def main(*, check: bool) -> int:
    """Rewrite the rendered files, or only compare them. Returns the exit code."""
    drifted = [path for path, text in render().items() if not path.exists() or path.read_text("utf-8") != text]
    for path in drifted:
        if check:
            print(f"{path.name} does not match schemas/: run `make contracts`", file=sys.stderr)
        else:
            path.write_text(render()[path], encoding="utf-8")
    return 1 if check and drifted else 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv))
