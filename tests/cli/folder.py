"""A person at a prompt: commands, what they print, and the folder that a replay leaves."""

import gzip
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from loopwright.events import RunEvent
from loopwright.recorder import FileSink
from services.cli.main import main


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def mistake(self) -> str:
        """The one line that a person's mistake ends with."""
        assert self.code == 2, self
        assert self.out == ""
        (line,) = self.err.splitlines()
        assert line.startswith("loopwright: ")
        return line


Command = Callable[..., Said]


def command(capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*words: object) -> Said:
        capsys.readouterr()
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run


def write_events(path: Path, events: Iterable[RunEvent], at: Callable[[RunEvent], int] | None = None) -> Path:
    """Record events as a product's sink does, handed over when they happened unless said otherwise."""
    sink = FileSink(path)
    for event in events:
        sink.write(event, at(event) if at else event.occurred_at)
    sink.close()
    return path


def write_json(path: Path, value: object) -> Path:
    """Write JSON, compressed where the name says so."""
    text = json.dumps(value).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def rows(folder: Path, topic: str) -> list[dict[str, Any]]:
    """The lines of one topic's file; none where there is no file."""
    path = folder / f"{topic}.jsonl"
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def everything(folder: Path) -> str:
    return "".join(path.read_text() for path in sorted(folder.iterdir()))
