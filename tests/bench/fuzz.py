"""The codec, plain and compiled, against fastavro on messages that were damaged on purpose.

    make fuzz ARGS="--messages 1000000 --seed 1"

What is asked of every message: do both read the same value or both refuse it, does the compiled codec say what the
plain one says, and does writing what was read give fastavro's bytes. Where ours refuses what fastavro forgives, the
refusal must name one of the `STRICTER` reasons, and fastavro itself must not be able to write those bytes.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import util
from io import BytesIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import fastavro

from loopwright.codec import Codec, Unreadable, head
from loopwright.events import SCHEMAS, Event
from services.kernel.compiled import NAME, NotCompiled, compile_wire
from services.kernel.contracts import SDK
from tests.contracts.examples import RECORDS, ok, plain
from tests.sdk import oracle
from tests.sdk.made import smallest

HEAD = 10

STRICTER = (
    "is no symbol of",
    "neither true nor false",
    "more than ten bytes",
    "more than 64 bits",
    "does not fit into 32 bits",
    "a block of negative size",
)
"""What ours refuses and fastavro forgives."""

KEPT = 64
"""Bodies kept of each record; a damaged one that could be read takes the place of another."""

LONGEST = 4096
"""Bytes of a body that is damaged further."""

SHOWN = 20


@dataclass(frozen=True)
class Difference:
    """A message that the codec and fastavro, or the plain and the compiled codec, do not take alike."""

    record: str
    body: bytes
    what: str

    def __str__(self) -> str:
        return f"{self.record}: {self.what}: {self.body.hex()}"


@dataclass
class Found:
    """What became of the messages."""

    counts: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)


def fuzz(codecs: Mapping[str, Codec], messages: int, seed: int) -> Found:
    """Damage valid messages of each record in turn; the first codec is compared with fastavro, the others with it."""
    random = Random(seed)
    bodies = {record: [oracle.encoded(ok(record)), oracle.encoded(smallest(record))] for record in RECORDS}
    found = Found()
    for n in range(messages):
        record = RECORDS[n % len(RECORDS)]
        kept = bodies[record]
        body = damaged(random, random.choice(kept), random.choice(bodies[random.choice((record, *RECORDS))]))
        became, what = compared(codecs, record, body)
        found.counts[became] += 1
        if what:
            found.differences.append(Difference(record, body, what))
        if became == "read" and len(body) <= LONGEST:
            if len(kept) < KEPT:
                kept.append(body)
            else:
                kept[random.randrange(2, KEPT)] = body
    return found


def compared(codecs: Mapping[str, Codec], record: str, body: bytes) -> tuple[str, str]:
    """What became of a message, and in what the codecs or fastavro differ over it; empty when in nothing."""
    (first, codec), *others = codecs.items()
    ours = _read(codec, record, body)
    for name, other in others:
        said = _read(other, record, body)
        if repr(said) != repr(ours):
            return "differs", f"{first} {ours!r}, {name} {said!r}"
    theirs = oracle.decoded(record, body)
    if isinstance(ours, str):
        return ("refused", "") if theirs is None else _forgiven(record, body, ours, theirs)
    if repr(plain(ours)) != repr(theirs):
        return "differs", f"ours reads {ours!r}, fastavro {theirs!r}"
    wanted = oracle.encoded(ours)
    for name, each in codecs.items():
        if each.encode(ours)[HEAD:] != wanted:
            return "differs", f"{name} and fastavro write {ours!r} in different bytes"
    return "read", ""


def _forgiven(record: str, body: bytes, refusal: str, theirs: Any) -> tuple[str, str]:
    """What became of a message that only fastavro reads."""
    reason = next((reason for reason in STRICTER if reason in refusal), None)
    if reason is None or _would_write(record, theirs, body):
        return "differs", f"ours refuses ({refusal}), fastavro reads {theirs!r}"
    return f"refused, and fastavro forgives: {reason}", ""


def _read(codec: Codec, record: str, body: bytes) -> Event | str:
    """The event, or why there is none. Anything but `Unreadable` ends the run: readers survive nothing else."""
    try:
        return codec.decode(head(SCHEMAS[record][-1]) + body)
    except ValueError as refused:
        # By name: a codec on a wire of its own has a class of its own.
        if type(refused).__name__ != Unreadable.__name__:
            raise
        return str(refused)


def _would_write(record: str, value: Any, body: bytes) -> bool:
    """Whether these are the bytes in which fastavro writes the value, and all in it fits."""
    schema, written = oracle.parsed(record), BytesIO()
    if not fastavro.validate(value, schema, raise_errors=False):
        return False
    fastavro.schemaless_writer(written, schema, value)
    return written.getvalue() == body


def damaged(random: Random, body: bytes, other: bytes) -> bytes:
    """The body with up to four bits, lengths or pieces of it changed, or joined with a piece of the other."""
    damage = bytearray(body)
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        at = random.randint(0, len(damage))
        until = min(len(damage), at + random.randint(0, 12))
        match random.randrange(12):
            case 0 | 1 | 2 | 3 if at < len(damage):
                damage[at] ^= 1 << random.randrange(8)
            case 4 if at < len(damage):
                damage[at] = random.choice((0x00, 0x01, 0x02, 0x03, 0x7F, 0x80, 0xFF))
            case 5:
                del damage[at:]
            case 6:
                damage += random.randbytes(random.randint(1, 12))
            case 7:
                del damage[at:until]
            case 8:
                damage[at:at] = damage[at:until]
            case 9:
                start = random.randint(0, len(other))
                damage[at:] = other[start:]
            case _:
                damage[at : at + random.randint(0, 2)] = number(random)
    return bytes(damage)


def number(random: Random) -> bytes:
    """A number of any size up to 72 bits, with up to two bytes more than it takes: most are lengths that lie."""
    left = random.getrandbits(random.randint(1, 72))
    out = bytearray()
    while left > 127:
        out.append(left & 127 | 128)
        left >>= 7
    out.append(left)
    for _ in range(random.choice((0, 0, 0, 1, 2))):
        out[-1] |= 128
        out.append(0)
    return bytes(out)


def plain_and_compiled() -> dict[str, Codec]:
    """The codec on the plain wire.py and, if there is a C compiler, on the compiled one."""
    codecs = {"plain": codec_on(SDK / "wire.py")}
    if (SDK / NAME).exists():
        return codecs | {"compiled": codec_on(SDK / NAME)}
    with TemporaryDirectory() as folder:
        print("compiling wire.py, a minute (`make compiled` keeps it)", file=sys.stderr)
        try:
            return codecs | {"compiled": codec_on(compile_wire(Path(folder)))}
        except NotCompiled as error:
            print(f"plain only: {error}", file=sys.stderr)
            return codecs


def codec_on(wire: Path) -> Codec:
    """The SDK's codec as it would be if this wire.py, or what was compiled from it, were the one beside it."""
    imported = sys.modules["loopwright.wire"]
    sys.modules["loopwright.wire"] = imported if imported.__file__ == str(wire) else _module("loopwright.wire", wire)
    try:
        codec: Codec = _module("loopwright.codec", SDK / "codec.py").Codec()
    finally:
        sys.modules["loopwright.wire"] = imported
    return codec


def _module(name: str, path: Path) -> ModuleType:
    spec = util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(arguments: list[str]) -> int:
    """Print what became of the messages and the first differences. Returns the exit code: 1 if there are any."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fuzz")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    codecs = plain_and_compiled()
    found = fuzz(codecs, asked.messages, asked.seed)
    print(f"{asked.messages} messages, seed {asked.seed}, {' and '.join(codecs)}")
    for became, count in found.counts.most_common():
        print(f"{count:10} {became}")
    print(f"{len(found.differences):10} differences")
    for difference in found.differences[:SHOWN]:
        print(f"  {difference}")
    return 1 if found.differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
