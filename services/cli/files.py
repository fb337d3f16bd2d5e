"""Files in and out: lines that may be compressed, and a loop's topics as a folder of JSON-lines files.

What a person gave and cannot be read is a `Mistake`, in one line. Nothing that is written here holds what people
wrote or who they are: of `runs.raw`, which comes before capture, only what identifies an event, and of a dead
letter its headers, size and hashes.
"""

from __future__ import annotations

import gzip
import hmac
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from loopwright.codec import CODEC, Unreadable
from loopwright.events import Mark
from services.kernel.authored import Mistake
from services.kernel.engine import Record
from services.kernel.memory import Memory
from services.kernel.topics import topics

GZIP = b"\x1f\x8b"

RAW = "runs.raw"

SHOWN_OF_RAW = ("event_id", "seq", "occurred_at", "session_id", "run_id", "use_case_id")
"""What is written of an event before capture has dropped its text and made its user a pseudonym."""


def lines(path: Path) -> Iterator[bytes]:
    """The lines of a file, plain or gzip.

    Raises:
        Mistake: it cannot be read, or it is empty.

    """
    try:
        with path.open("rb") as plain:
            start = plain.peek(len(GZIP))[: len(GZIP)]
            if not start:
                raise Mistake(f"{path}: it is empty; give a file with recorded runs")
            zipped = start == GZIP
            if path.suffix == ".gz" and not zipped:
                raise Mistake(f"{path}: it is no gzip file; compress it, or take .gz off its name")
            if not zipped:
                yield from plain
                return
            with gzip.open(plain) as unpacked:
                yield from unpacked
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Mistake(f"{path}: its gzip data are damaged or cut off; copy it again") from error
    except OSError as error:
        raise Mistake(f"{path}: {_why(error)}; give the path of a file that can be read") from error


def content(path: Path) -> bytes:
    """The whole file, unpacked.

    Raises:
        Mistake: as `lines`.

    """
    return b"".join(lines(path))


def make_folder(out: Path, *inputs: Path) -> None:
    """Make the folder that results go into, so that a wrong one is said before the work and not after it.

    Raises:
        Mistake: there is a file in its place, it cannot be made, or an input would be written over.

    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = "a file is in its place" if isinstance(error, FileExistsError | NotADirectoryError) else _why(error)
        raise Mistake(f"{out}: {why}; give another folder with --out") from error
    names = {name for topic in topics().values() for name in (topic.name, topic.dead)}
    mine = {topic_file(out, name).resolve() for name in names}
    for path in inputs:
        if path.resolve() in mine:
            raise Mistake(f"{path}: it would be written over; give another folder with --out")


def write_topics(memory: Memory, out: Path, *, text_key: bytes) -> dict[str, int]:
    """One JSON-lines file for each topic that has records; files of an earlier replay are replaced.

    Returns how many lines each topic has. `text_key` hashes the keys of dead letters.

    Raises:
        Mistake: a file cannot be written.

    """
    written = {}
    try:
        for name in [name for topic in topics().values() for name in (topic.name, topic.dead)]:
            path = topic_file(out, name)
            rows = _rows(memory, name, text_key)
            first = next(rows, None)
            if first is None:
                path.unlink(missing_ok=True)
                continue
            with path.open("wb") as file:
                file.write(first + b"\n")
                written[name] = 1
                for row in rows:
                    file.write(row + b"\n")
                    written[name] += 1
    except OSError as error:
        raise Mistake(f"{path}: {_why(error)}; give another folder with --out") from error
    return written


def topic_file(folder: Path, topic: str) -> Path:
    """The file of a topic, dead-letter topics included."""
    return folder / f"{topic}.jsonl"


def read_topic(folder: Path, topic: str, kind: Any, having: bytes = b"") -> Iterator[Any]:
    """The events of one topic's file whose line has these bytes; nothing where there is no file.

    Raises:
        Mistake: a line is not such an event.

    """
    path = topic_file(folder, topic)
    if not path.exists():
        return
    decoder = msgspec.json.Decoder(kind)
    for number, line in enumerate(lines(path), start=1):
        if having in line:
            try:
                yield decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise Mistake(
                    f"{path}:{number}: {str(error).splitlines()[0]}; replay again into this folder"
                ) from error


def _rows(memory: Memory, name: str, text_key: bytes) -> Iterator[bytes]:
    encode = msgspec.json.Encoder().encode
    order = sorted(memory.records(name), key=lambda one: one.appended_at)
    for record in order:
        if name.endswith(".dead"):
            yield encode(_dead(record, text_key))
        elif name == RAW:
            yield encode(_raw(record, text_key))
        else:
            event = CODEC.decode(record.value)
            if not isinstance(event, Mark):
                yield encode(event)


def _dead(record: Record, text_key: bytes) -> dict[str, Any]:
    return {
        "headers": {name: value.decode(errors="replace") for name, value in record.headers},
        "key_hmac": hmac.digest(text_key, record.key, "sha256").hex() if record.key else "",
        **_fingerprint(record, text_key),
    }


def _raw(record: Record, text_key: bytes) -> dict[str, Any]:
    try:
        event = CODEC.decode(record.value)
    except Unreadable:
        return {"at": record.appended_at, **_fingerprint(record, text_key)}
    shown = {name: getattr(event, name) for name in SHOWN_OF_RAW if hasattr(event, name)}
    return {"type": type(event).__name__, "at": record.appended_at, **shown, **_fingerprint(record, text_key)}


def _fingerprint(record: Record, text_key: bytes) -> dict[str, Any]:
    """A keyed digest: from a plain one, a guessed user or word could be confirmed."""
    return {"hmac": hmac.digest(text_key, record.value, "sha256").hex(), "bytes": len(record.value)}


def _why(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
