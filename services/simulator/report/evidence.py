"""The evidence of a change over time: a line for each claim, and the bounds that it must reach."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import msgspec

from services.simulator.report.geometry import (
    LEFT,
    POINTS_PER_LINE,
    RIGHT,
    Box,
    Frame,
    Label,
    covered,
    neighbours,
    place,
    thin,
    tick_step,
    ticks_between,
    xy,
)
from services.simulator.report.model import Band, ChangeStory, EvidencePoint, bound_at
from services.simulator.report.numbers import as_text, odds
from services.simulator.report.plot import VALUE_STEPS, border, no_data_label, odds_axis, path_data, value_axis

CLAIMS: Final = {
    "promote": "is not worse by more than the margin",
    "rollback": "does harm",
    "improve": "is better than before",
}
"""What each line is evidence for, said of the candidate."""
_EVIDENCE_AREA: Final = Box(LEFT, 26, RIGHT, 270)
_ALONG: Final = (0.93, 0.8, 0.65, 0.5, 0.4, 0.3, 0.2, 0.1)


class _Series(msgspec.Struct, frozen=True):
    name: str
    values: tuple[float, ...]


def evidence_frame(change: ChangeStory, evidence: Sequence[EvidencePoint], begin: int, end: int) -> Frame:
    """Room for the bounds and what goes on around them; a line far beyond runs along the edge.

    Evidence against the losing hypothesis falls without end, and shown in full it would flatten the
    part that decides.
    """
    levels = (change.alpha, change.beta, *change.stage_alphas)
    bounds = [bound for bound in map(bound_at, levels) if bound is not None]
    values = [v for p in evidence for v in (p.promote, p.rollback, p.improve) if not math.isnan(v)]
    ceiling = max(3 * max(bounds, default=0), 8)
    high = min(max([*values, *bounds, 1]) + 0.8, ceiling)
    low = max(min([*values, 0]) - 0.5, -high)
    return Frame(area=_EVIDENCE_AREA, begin=begin, end=end, low=low, high=high)


def evidence_plot(
    index: int, change: ChangeStory, frame: Frame, evidence: Sequence[EvidencePoint], bands: Sequence[Band]
) -> str:
    step = tick_step(frame.high - frame.low, VALUE_STEPS, 9)
    ticks = [(tick, f"{tick:g}".replace("-", "\u2212")) for tick in ticks_between(frame.low, frame.high, step)]
    axes = value_axis(frame, ticks, "evidence, ln e-value") + odds_axis(frame) + border(frame)
    if not evidence:
        return axes + no_data_label(frame.area)
    times, series = _series(evidence, bands)
    runs = [_line_points(frame, times, line.values) for line in series]
    lines = "".join(
        f'<path class="line {line.name}" d="{path_data(points)}"><title>{as_text(line.name)}</title></path>'
        for line, points in zip(series, runs, strict=True)
    )
    taken = [box for points in runs for box in covered(points)]
    bounds, boxes = _bounds(change, frame, bands, taken)
    names = _line_names(frame, series, runs, [*taken, *boxes])
    area = frame.area
    clip = (
        f'<clipPath id="clip-{index}"><rect x="{xy(area.left)}" y="{xy(area.top - 2)}"'
        f' width="{xy(area.right - area.left)}" height="{xy(area.bottom - area.top + 4)}"/></clipPath>'
    )
    return f'{axes}{clip}<g clip-path="url(#clip-{index})">{lines}</g>{bounds}{names}'


def _series(evidence: Sequence[EvidencePoint], bands: Sequence[Band]) -> tuple[list[int], tuple[_Series, ...]]:
    times = [point.at for point in evidence]
    chosen = [evidence[i] for i in thin(times, neighbours(times, (band.begin for band in bands)), POINTS_PER_LINE)]
    return [point.at for point in chosen], (
        _Series("promote", tuple(point.promote for point in chosen)),
        _Series("rollback", tuple(point.rollback for point in chosen)),
        _Series("improve", tuple(point.improve for point in chosen)),
    )


def _line_points(frame: Frame, times: Sequence[int], values: Sequence[float]) -> list[tuple[float, float] | None]:
    return [
        None if math.isnan(value) else (frame.x(at), frame.y(value)) for at, value in zip(times, values, strict=True)
    ]


def _line_names(
    frame: Frame,
    series: Sequence[_Series],
    runs: Sequence[Sequence[tuple[float, float] | None]],
    taken: Sequence[Box],
) -> str:
    """Each line's name beside it, where there is room; the legend names it in any case."""
    parts, boxes = [], list(taken)
    for line, points in zip(series, runs, strict=True):
        known = [point for point in points if point is not None]
        spots = [known[int(share * (len(known) - 1))] for share in _ALONG] if known else []
        label = place(
            (Label(x, y + shift, "middle", line.name) for x, y in spots for shift in (-8, 18)),
            frame.area,
            boxes,
        )
        if label:
            parts.append(label.svg(f"direct {line.name}"))
            boxes.append(label.box())
    return "".join(parts)


def _bounds(change: ChangeStory, frame: Frame, bands: Sequence[Band], lines: Sequence[Box]) -> tuple[str, list[Box]]:
    """Draw what the evidence must reach: for the next stage as steps, for the ends as lines across."""
    parts: list[str] = []
    boxes: list[Box] = []
    for level, words in _final_bounds(change):
        y = frame.y(level)
        parts.append(f'<path class="bound" d="M{xy(frame.area.left)},{xy(y)}H{xy(frame.area.right)}"/>')
        boxes.append(Box(frame.area.left, y - 1, frame.area.right, y + 1))
        parts += _bound_label(frame, y, words, lines, boxes)
    for band in bands:
        bound = bound_at(band.alpha) if band.alpha is not None else None
        if bound is None:
            continue
        left, right, y = frame.x(band.begin), frame.x(band.end), frame.y(bound)
        parts.append(f'<path class="bound step" d="M{xy(left)},{xy(y)}H{xy(right)}"/>')
        label = place(
            (Label((left + right) / 2, y + shift, "middle", odds(bound)) for shift in (-5, 15)),
            Box(left, frame.area.top, right, frame.area.bottom),
            [*lines, *boxes],
        )
        if label:
            parts.append(label.svg("boundary step"))
            boxes.append(label.box())
    return "".join(parts), boxes


def _final_bounds(change: ChangeStory) -> list[tuple[float, str]]:
    """Name the bounds of taking back and of verifying, as one where they are the same."""
    back, verified = bound_at(change.beta), bound_at(change.alpha)
    if back is not None and verified is not None and math.isclose(back, verified, abs_tol=0.05):
        return [(back, f"taken back or verified at {odds(back)}")]
    named = ((back, "taken back at"), (verified, "verified at"))
    return [(bound, f"{words} {odds(bound)}") for bound, words in named if bound is not None]


def _bound_label(frame: Frame, y: float, words: str, lines: Sequence[Box], boxes: list[Box]) -> list[str]:
    area = frame.area
    width = area.right - area.left
    spots = [area.left + 6 + share * width for share in (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)]
    label = place((Label(x, y + shift, "start", words) for shift in (-5, 15) for x in spots), area, [*lines, *boxes])
    if label is None:
        label = Label(area.right - 6, y - 5, "end", words)
    boxes.append(label.box())
    return [label.svg("boundary")]
