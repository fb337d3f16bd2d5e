"""The source of the SDK's wire.py: Avro binary, one straight function per record and direction.

Straight, because each call, union and loop costs as much as decoding a field; and strict where fastavro
forgives: a wrong type, an unknown symbol, a length below zero or bytes left over are refused.

The text is plain Python that mypyc also compiles (`services.kernel.compiled`), to the same results and refusals.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

_HEADER = '''"""Generated from schemas/ by `make contracts`. Do not edit.

Avro binary encoding of each record: `ENCODE[name](event)` gives bytes, `DECODE[name](data, start)` gives the
event and the position after it, which is beyond the end when the bytes end inside a value: who decodes checks that
it is the end.

mypyc compiles this text as it is (`make compiled`), and where that was done, the compiled module is the one imported.
What is declared an int, a float or a tuple, it makes one before anybody can ask for the type: True becomes 1, and a
list is refused. So whatever may be of a wrong type is Any until it was looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from struct import Struct as Packed
from typing import Any, Final

from loopwright import events
from loopwright.events import (
{imports}
)

DIGEST: Final = "{digest}"
"""Of this text: what was compiled from another one is told by it."""


def check_compiled(digest: str, source: Path) -> None:
    """Refuse to be the compiled form of another text than the one that lies there, if one does.

    Raises:
        ImportError: it is; the import system alone would take the compiled module without a look at its source.

    """
    if source.exists() and f'DIGEST: Final = "{{digest}}"' not in source.read_text(encoding="utf-8"):
        raise ImportError("loopwright/wire.*.so is compiled from another wire.py: `make compiled`, or remove it")


if not __file__.endswith(".py"):
    check_compiled(DIGEST, Path(events.__file__).with_name("wire.py"))

_DOUBLE: Final = Packed("<d")
_SHORT: Final = tuple(bytes([n]) if n < 128 else bytes([n & 127 | 128, n >> 7]) for n in range(16384))
"""The variable-length form of the zig-zag numbers that nearly all lengths and counts are."""


def _long(value: Any) -> bytes:
    """A long as Avro writes it: zig-zag, seven bits a byte."""
    if type(value) is not int:
        raise TypeError(f"expected an int, got {{type(value).__name__}}")
    number: int = value
    if 0 <= number < 8192:
        return _SHORT[number << 1]
    if not -0x8000000000000000 <= number <= 0x7FFFFFFFFFFFFFFF:
        raise ValueError(f"{{number}} does not fit into 64 bits")
    n = number << 1 if number >= 0 else (-number << 1) - 1
    if n < 16384:
        return _SHORT[n]
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def _int(value: Any) -> bytes:
    if type(value) is not int:
        raise TypeError(f"expected an int, got {{type(value).__name__}}")
    number: int = value
    if 0 <= number < 8192:
        return _SHORT[number << 1]
    if not -0x80000000 <= number <= 0x7FFFFFFF:
        raise ValueError(f"{{number}} does not fit into 32 bits")
    return _long(number)


def _length(n: int) -> bytes:
    """What goes before the bytes of a text."""
    return _SHORT[n << 1] if n < 8192 else _long(n)


def _double(value: Any) -> bytes:
    if type(value) is not float and type(value) is not int:
        raise TypeError(f"expected a float, got {{type(value).__name__}}")
    return _DOUBLE.pack(float(value))


def _boolean(value: Any) -> bytes:
    if value is True:
        return b"\\x01"
    if value is False:
        return b"\\x00"
    raise TypeError(f"expected a bool, got {{type(value).__name__}}")


def _bytes(value: Any) -> bytes:
    if type(value) is not bytes:
        raise TypeError(f"expected bytes, got {{type(value).__name__}}")
    data: bytes = value
    return _length(len(data)) + data


def _count(value: Any) -> bytes:
    """What goes before an array's items: nothing when there are none, because the end of the array follows."""
    if type(value) is not tuple and type(value) is not list:
        raise TypeError(f"expected a tuple, got {{type(value).__name__}}")
    return _long(len(value)) if value else b""


def _string(value: str) -> bytes:
    data = value.encode()
    return _length(len(data)) + data


def _read_long(data: bytes, at: int) -> tuple[int, int]:
    n = shift = 0
    while True:
        byte = data[at]
        at += 1
        n |= (byte & 127) << shift
        if byte < 128:
            break
        shift += 7
        if shift > 63:
            raise ValueError("a number of more than ten bytes")
    if n > 0xFFFFFFFFFFFFFFFF:
        raise ValueError("a number of more than 64 bits")
    return (n >> 1) ^ -(n & 1), at


def _read_int(data: bytes, at: int) -> tuple[int, int]:
    value, at = _read_long(data, at)
    if not -0x80000000 <= value <= 0x7FFFFFFF:
        raise ValueError(f"{{value}} does not fit into 32 bits")
    return value, at


def _read_bytes(data: bytes, at: int) -> tuple[bytes, int]:
    length, at = _read_long(data, at)
    end = at + length
    if length < 0 or end > len(data):
        raise ValueError("the bytes end inside a value")
    return data[at:end], end


def _read_string(data: bytes, at: int) -> tuple[str, int]:
    value, at = _read_bytes(data, at)
    return value.decode(), at


def _read_double(data: bytes, at: int) -> tuple[float, int]:
    if at + 8 > len(data):
        raise ValueError("the bytes end inside a value")
    return _DOUBLE.unpack_from(data, at)[0], at + 8


def _read_boolean(data: bytes, at: int) -> tuple[bool, int]:
    byte = data[at]
    if byte > 1:
        raise ValueError(f"{{byte}} is neither true nor false")
    return byte == 1, at + 1


def read_count(data: bytes, at: int) -> tuple[int, int]:
    """The number of items of an array's next block; 0 ends it."""
    count, at = _read_long(data, at)
    if count < 0:
        size, at = _read_long(data, at)
        if size < 0:
            raise ValueError("a block of negative size")
        count = -count
    if count > len(data):
        raise ValueError("more items than bytes")
    return count, at


WRITE: dict[str, Callable[[Any], bytes]] = {{
    "boolean": _boolean,
    "int": _int,
    "long": _long,
    "double": _double,
    "bytes": _bytes,
    "string": _string,
}}
READ: dict[str, Callable[[bytes, int], tuple[Any, int]]] = {{
    "boolean": _read_boolean,
    "int": _read_int,
    "long": _read_long,
    "double": _read_double,
    "bytes": _read_bytes,
    "string": _read_string,
}}
"""The primitive types by name, for what walks a schema."""
'''

_ENUM = """

_{name}: Final[tuple[{name}, ...]] = ({members})
_{name}_BYTES: Final = {{symbol: _long(index) for index, symbol in enumerate(_{name})}}


def _read_{name}(data: bytes, at: int) -> tuple[{name}, int]:
    index, at = _read_int(data, at)
    if not 0 <= index < {count}:
        raise ValueError(f"{{index}} is no symbol of {name}")
    return _{name}[index], at
"""


_ONE_BYTE = 64
"""Symbols of an enum whose index is one byte on the wire."""


def render(newest: Mapping[str, dict[str, Any]]) -> str:
    """The text of wire.py for the newest schema of each record."""
    parts: dict[str, dict[str, Any]] = {}
    for schema in newest.values():
        _collect(schema, parts)
    imports = "\n".join(f"    {name}," for name in sorted({*parts, "Event"}))
    blocks = [
        _ENUM.format(
            name=name,
            members=", ".join(f"{name}.{symbol}" for symbol in part["symbols"]),
            count=len(part["symbols"]),
        )
        for name, part in parts.items()
        if part["type"] == "enum"
    ]
    blocks += [_record(part, parts) for part in parts.values() if part["type"] == "record"]
    tables = "\n\nENCODE: dict[str, Callable[[Any], bytes]] = {\n"
    tables += "".join(f"    {name!r}: _write_{name},\n" for name in newest) + "}\n"
    tables += "DECODE: dict[str, Callable[[bytes, int], tuple[Event, int]]] = {\n"
    tables += "".join(f"    {name!r}: _read_{name},\n" for name in newest) + "}\n"
    after = "".join(blocks) + tables
    digest = sha256((_HEADER.format(imports=imports, digest="") + after).encode()).hexdigest()[:16]
    return _HEADER.format(imports=imports, digest=digest) + after


def _collect(avro_type: Any, parts: dict[str, dict[str, Any]]) -> None:
    match avro_type:
        case {"type": "record", "fields": fields, "name": name}:
            for field in fields:
                _collect(field["type"], parts)
            parts.setdefault(name, avro_type)
        case {"type": "enum", "name": name}:
            parts.setdefault(name, avro_type)
        case {"type": "array", "items": inner}:
            _collect(inner, parts)


def _kind(avro_type: Any) -> str:
    match avro_type:
        case {"type": "array"}:
            return "array"
        case {"name": str(name)}:
            return name
        case {"type": str(primitive)}:
            return primitive
    return str(avro_type)


def _record(schema: dict[str, Any], parts: Mapping[str, dict[str, Any]]) -> str:
    name = schema["name"]
    pieces = ",\n".join(
        f"            {_write(field['type'], _event(field['type']) + field['name'], f'v{n}', parts)}"
        for n, field in enumerate(schema["fields"])
    )
    untyped = "    untyped: Any = event\n" if "untyped." in pieces else ""
    reads = "".join(_read(field["type"], f"v{n}", parts, "    ") for n, field in enumerate(schema["fields"]))
    named = ",\n".join(f"        {field['name']}=v{n}" for n, field in enumerate(schema["fields"]))
    return (
        f"\n\ndef _write_{name}(event: {name}) -> bytes:\n"
        f'    """Encode one {name}."""\n'
        f'{untyped}    return b"".join(\n        (\n{pieces},\n        )\n    )\n'
        f"\n\ndef _read_{name}(data: bytes, at: int) -> tuple[{name}, int]:\n"
        f'    """Decode one {name}."""\n{reads}'
        f"    event = {name}(\n{named},\n    )\n    return event, at\n"
    )


def _event(avro_type: Any) -> str:
    """What a field of this type is read from: `untyped` where compiled code would convert instead of refusing."""
    return "untyped." if _kind(avro_type) in ("array", "int", "long", "double") else "event."


def _write(avro_type: Any, value: str, name: str, parts: Mapping[str, dict[str, Any]]) -> str:
    """The pieces of one field. A text is two, its length and its bytes, because joining all pieces is cheaper."""
    kind = _kind(avro_type)
    if kind == "array":
        items = (
            "_string(item)" if avro_type["items"] == "string" else _write(avro_type["items"], "item", f"{name}i", parts)
        )
        some = f'_count({name}) + b"".join([{items} for item in {name}]) + b"\\x00"'
        return f'(b"\\x00" if ({name} := {value}) == () else {some})'
    if kind in parts:
        return f"_{kind}_BYTES[{value}]" if parts[kind]["type"] == "enum" else f"_write_{kind}({value})"
    if kind == "string":
        return f"_length(len({name} := {value}.encode())),\n            {name}"
    if kind == "boolean":
        return f'(b"\\x00" if ({name} := {value}) is False else _boolean({name}))'
    return f"_{kind}({value})"


def _read(avro_type: Any, into: str, parts: Mapping[str, dict[str, Any]], indent: str) -> str:
    kind = _kind(avro_type)
    if kind == "array":
        inner = _read(avro_type["items"], f"{into}_item", parts, indent + "        ")
        return (
            f"{indent}{into}_items = []\n"
            f"{indent}count, at = read_count(data, at)\n"
            f"{indent}while count:\n"
            f"{indent}    for _ in range(count):\n{inner}"
            f"{indent}        {into}_items.append({into}_item)\n"
            f"{indent}    count, at = read_count(data, at)\n"
            f"{indent}{into} = tuple({into}_items)\n"
        )
    if kind == "string":  # spelled out, like the two below: nearly every field is short
        return (
            f"{indent}n = data[at]\n"
            f"{indent}at += 1\n"
            f"{indent}if n == 0:\n"
            f'{indent}    {into} = ""\n'
            f"{indent}elif n < 128 and not n & 1:\n"
            f"{indent}    end = at + (n >> 1)\n"
            f"{indent}    {into} = data[at:end].decode()\n"
            f"{indent}    at = end\n"
            f"{indent}else:\n"
            f"{indent}    {into}, at = _read_string(data, at - 1)\n"
        )
    if kind in ("int", "long"):
        return (
            f"{indent}n = data[at]\n"
            f"{indent}if n < 128:\n"
            f"{indent}    {into} = (n >> 1) ^ -(n & 1)\n"
            f"{indent}    at += 1\n"
            f"{indent}else:\n"
            f"{indent}    {into}, at = _read_{kind}(data, at)\n"
        )
    if kind in parts and parts[kind]["type"] == "enum" and len(parts[kind]["symbols"]) <= _ONE_BYTE:
        return (
            f"{indent}n = data[at]\n"
            f"{indent}if n & 1 or n >= {2 * len(parts[kind]['symbols'])}:\n"
            f"{indent}    {into}, at = _read_{kind}(data, at)\n"
            f"{indent}else:\n"
            f"{indent}    {into} = _{kind}[n >> 1]\n"
            f"{indent}    at += 1\n"
        )
    return f"{indent}{into}, at = _read_{kind}(data, at)\n"
