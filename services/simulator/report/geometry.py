"""Where things lie in a plot: boxes, scales, labels that cover nothing, thinned lines, ticks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from services.simulator.report.numbers import as_text

POINTS_PER_LINE: Final = 400
"""More cannot be seen on a plot this wide, and the page has to stay small."""
WIDTH: Final = 820
LEFT: Final = 62
RIGHT: Final = 748
LETTER_WIDTH: Final = 7.0
"""The width of a letter in most fonts, bold included: text cannot be measured here."""
_LINE_HEIGHT: Final = 13


class Box(msgspec.Struct, frozen=True):
    """A rectangle in the plot's units; y grows downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether the two share any area."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def within(self, other: Box) -> bool:
        """Whether this one lies inside the other."""
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.top >= other.top
            and self.bottom <= other.bottom
        )


class Frame(msgspec.Struct, frozen=True):
    """A plot area with its two scales. What lies outside is drawn at the edge, never beyond it."""

    area: Box
    begin: int
    end: int
    low: float
    high: float

    def x(self, at: float) -> float:
        """Where a moment lies."""
        share = (min(max(at, self.begin), self.end) - self.begin) / (self.end - self.begin)
        return self.area.left + share * (self.area.right - self.area.left)

    def y(self, value: float) -> float:
        """Where a value lies; a value must be a number."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.area.bottom - share * (self.area.bottom - self.area.top)


class Label(msgspec.Struct, frozen=True):
    """A piece of text at a point, with the box that it covers."""

    x: float
    y: float
    anchor: str
    text: str

    def box(self) -> Box:
        width = LETTER_WIDTH * len(self.text)
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return Box(left, self.y - _LINE_HEIGHT + 3, left + width, self.y + 3)

    def svg(self, style: str) -> str:
        return (
            f'<text x="{xy(self.x)}" y="{xy(self.y)}" text-anchor="{self.anchor}" class="{style}">'
            f"{as_text(self.text)}</text>"
        )


def place(candidates: Iterable[Label], area: Box, taken: Sequence[Box]) -> Label | None:
    """Take the first candidate that lies in the area and covers nothing."""
    return next(
        (
            label
            for label in candidates
            if label.box().within(area) and not any(label.box().meets(other) for other in taken)
        ),
        None,
    )


def covered(points: Sequence[tuple[float, float] | None]) -> list[Box]:
    """Box the area along a line, which no label may cover."""
    return [
        Box(min(a[0], b[0]) - 1, min(a[1], b[1]) - 2, max(a[0], b[0]) + 1, max(a[1], b[1]) + 2)
        for a, b in pairwise(points)
        if a is not None and b is not None
    ]


def thin(times: Sequence[int], keep: Iterable[int], most: int) -> tuple[int, ...]:
    """Choose at most so many indices: evenly, with the first, the last and those to keep.

    What must be kept is kept, even if that alone is more.
    """
    total = len(times)
    if total <= most:
        return tuple(range(total))
    kept = {0, total - 1, *keep}
    room = max(most - len(kept), 0)
    kept.update(round(step * (total - 1) / (room + 1)) for step in range(1, room + 1))
    return tuple(sorted(kept))


def neighbours(times: Sequence[int], moments: Iterable[int]) -> set[int]:
    """Find the points on both sides of each moment."""
    chosen: set[int] = set()
    for moment in moments:
        after = next((index for index, at in enumerate(times) if at >= moment), len(times) - 1)
        chosen |= {max(after - 1, 0), after}
    return chosen


def tick_step(span: float, choices: Sequence[float], most: int) -> float:
    """Choose the first step that needs at most so many ticks, or the last one doubled until it does."""
    step = next((choice for choice in choices if span / choice <= most), choices[-1])
    while span / step > most:
        step *= 2
    return step


def ticks_between(low: float, high: float, step: float) -> list[float]:
    return [index * step for index in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def xy(value: float) -> str:
    """Write a coordinate, to a tenth: finer cannot be seen."""
    return f"{value:.1f}".removesuffix(".0")
