"""The pieces that every card is put together from: axes, paths, figures with their legends, facts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from services.simulator.report.geometry import WIDTH, Box, Frame, Label, tick_step, ticks_between, xy
from services.simulator.report.model import DAY, HOUR, NO_DATA
from services.simulator.report.numbers import DECADE, as_text, odds

_HOUR_STEPS: Final = (1 / 60, 5 / 60, 0.25, 0.5, 1, 2, 3, 6, 12, 24, 48, 96, 168)
VALUE_STEPS: Final = (1, 2, 5, 10, 20, 50, 100)


def time_axis(frame: Frame, origin: int, since: str, y: float) -> str:
    """Ticks in virtual hours, or days where those are too many."""
    hours = (frame.end - frame.begin) / HOUR
    step = tick_step(hours, _HOUR_STEPS, 9)
    unit, name = (DAY, "days") if step >= DAY / HOUR else (HOUR, "hours")
    ticks = ticks_between((frame.begin - origin) / HOUR, (frame.end - origin) / HOUR, step)
    marks = "".join(
        f'<path class="tick" d="M{xy(x)},{xy(y)}v5"/>'
        + Label(x, y + 18, "middle", f"{tick * HOUR / unit:.4g}").svg("axis")
        for tick in ticks
        for x in (frame.x(origin + tick * HOUR),)
    )
    middle = (frame.area.left + frame.area.right) / 2
    return (
        f'{marks}<text class="axis name" x="{xy(middle)}" y="{xy(y + 36)}" text-anchor="middle">'
        f"virtual {name} since {since}</text>"
    )


def value_axis(frame: Frame, ticks: Iterable[tuple[float, str]], name: str) -> str:
    """Labels and grid lines on the left, and what the values are."""
    area = frame.area
    marks = "".join(
        f'<path class="grid" d="M{xy(area.left)},{xy(y)}H{xy(area.right)}"/>'
        + Label(area.left - 7, y + 4, "end", label).svg("axis")
        for value, label in ticks
        for y in (frame.y(value),)
    )
    return marks + _upright(14, (area.top + area.bottom) / 2, name)


def odds_axis(frame: Frame) -> str:
    """Repeat the scale as odds, on the right, for readers who do not think in logarithms."""
    area = frame.area
    low, high = frame.low / DECADE, frame.high / DECADE
    step = tick_step(high - low, VALUE_STEPS, int((area.bottom - area.top) / 30))
    return "".join(
        f'<path class="tick" d="M{xy(area.right)},{xy(y)}h5"/>'
        + Label(area.right + 8, y + 4, "start", odds(decade * DECADE)).svg("axis")
        for decade in ticks_between(low, high, step)
        for y in (frame.y(decade * DECADE),)
    )


def _upright(x: float, y: float, name: str) -> str:
    return (
        f'<text class="axis name" transform="translate({xy(x)},{xy(y)}) rotate(-90)"'
        f' text-anchor="middle">{as_text(name)}</text>'
    )


def border(frame: Frame) -> str:
    area = frame.area
    return f'<path class="border" d="M{xy(area.left)},{xy(area.top)}V{xy(area.bottom)}H{xy(area.right)}"/>'


def path_data(points: Iterable[tuple[float, float] | None]) -> str:
    """Draw through the points, with a gap where one is missing; a lone point stays visible as a dot."""
    parts: list[str] = []
    pen_down = False
    for point in points:
        if point is None:
            pen_down = False
            continue
        x, y = point
        parts.append(f"{'L' if pen_down else 'M'}{xy(x)},{xy(y)}{'' if pen_down else 'h0'}")
        pen_down = True
    return "".join(parts)


def figure(height: float, label: str, body: str, caption: str) -> str:
    return (
        f'<figure><div class="plot"><svg viewBox="0 0 {WIDTH} {xy(height)}" role="img"'
        f' aria-label="{as_text(label)}">{body}</svg></div><figcaption>{caption}</figcaption></figure>'
    )


def legend_key(style: str, words: str) -> str:
    swatch = f'<svg viewBox="0 0 28 8" aria-hidden="true"><path class="{style}" d="M1,4H27"/></svg>'
    return f'<span class="key">{swatch}{as_text(words)}</span>'


def no_data_label(area: Box) -> str:
    return Label((area.left + area.right) / 2, (area.top + area.bottom) / 2, "middle", NO_DATA).svg("empty")


def empty_note(words: str) -> str:
    return f'<p class="empty">{as_text(words)}</p>'


def fact_grid(facts: Iterable[tuple[str, str]]) -> str:
    items = "".join(f"<div><dd>{as_text(value)}</dd><dt>{as_text(name)}</dt></div>" for value, name in facts)
    return f'<dl class="facts">{items}</dl>'
