"""What a person at a terminal reads: times, sizes, odds, tables and progress, in the same words everywhere."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

NARROWEST = 100
"""Columns where the terminal does not say: output in a file or a pipe must not be cut at eighty."""

HIGHEST_SPELT_OUT = math.log(1e7)
"""Odds above this are written as a power of ten."""

_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))


def console() -> Console:
    """The standard output, as wide as it is."""
    wide = Console(highlight=False)
    return wide if wide.is_terminal else Console(highlight=False, width=max(wide.width, NARROWEST))


def printable(text: str) -> str:
    """A text from a product, without what could steer a terminal."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def when(ms: int) -> str:
    """A moment, UTC."""
    return datetime.fromtimestamp(ms / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def span(ms: int) -> str:
    """A length of time in its two largest units: 1h, 3m 20s, 250ms."""
    parts, left = [], max(ms, 0)
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2]) or "0s"


def odds(log_e: float) -> str:
    """An e-value, given its natural logarithm, as odds against its hypothesis."""
    if abs(log_e) > HIGHEST_SPELT_OUT:
        return f"1e{log_e / math.log(10):+.0f} : 1"
    return f"{math.exp(log_e):.3g} : 1"


def count(number: int, what: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def facts(rows: Sequence[tuple[str, str]]) -> Table:
    """A table of names and values."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(Text(name), Text(printable(value)))
    return table


def grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A table with a line of heads."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in head:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    return table


Tell = Callable[[float, str], None]
"""Told how much is done, and what is going on."""


@contextmanager
def progress(title: str, total: float) -> Iterator[Tell]:
    """A bar on stderr while something long goes on; nothing where nobody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TextColumn("{task.fields[news]}"))
    watched = sys.stderr.isatty()
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not watched) as bar:
        task = bar.add_task(title, total=total, news="")

        def tell(done: float, news: str = "") -> None:
            if watched:
                bar.update(task, completed=done, news=printable(news))

        yield tell
