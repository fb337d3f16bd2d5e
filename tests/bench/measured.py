"""What a benchmark on Kafka says: rows of numbers, a table for people or JSON for programs, and how busy it was."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from services.cli.broker import Broker, jars

Row = Mapping[str, str | float]
"""A name under the empty heading, and numbers under theirs."""


@dataclass(frozen=True)
class Measured:
    """What came of one benchmark."""

    title: str
    rows: Sequence[Row]
    notes: Sequence[str] = ()
    load: tuple[float, float, float] = field(default_factory=os.getloadavg)
    """Processes that wanted a core, over 1, 5 and 15 minutes, at the end."""

    def table(self) -> str:
        """All rows under the headings of all of them."""
        headings = list(dict.fromkeys(name for row in self.rows for name in row))
        texts = [headings, *([_text(row.get(name, "")) for name in headings] for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
        first, *others = widths
        lines = [
            line[0].ljust(first) + "".join(f"  {text:>{width}}" for text, width in zip(line[1:], others, strict=True))
            for line in texts
        ]
        load = "load of the machine " + ", ".join(f"{one:.1f}" for one in self.load) + f" on {os.cpu_count()} cores"
        return "\n".join([self.title, *lines, *self.notes, load])

    def as_dict(self) -> dict[str, Any]:
        """The same, for JSON."""
        return asdict(self)


def _text(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 1_000 or value == int(value) else f"{value:,.2f}"


def quantile(values: Sequence[float], share: float) -> float:
    """The value that a share of all does not exceed: nearest rank, so it is one that was measured."""
    return sorted(values)[max(0, min(len(values) - 1, -int(-share * len(values) // 1) - 1))]


@contextmanager
def own_broker() -> Iterator[tuple[Broker, Path]]:
    """A broker that nobody else uses, and a folder for the logs of what uses it.

    SIGTERM ends the block as Ctrl-C does: neither the broker nor a process that uses it may outlive the benchmark.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with TemporaryDirectory(prefix="loopwright-bench-") as made:
        folder = Path(made)
        with Broker(folder / "kafka", jars(os.environ)) as broker:
            yield broker, folder
