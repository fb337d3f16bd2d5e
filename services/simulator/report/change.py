"""A change: its card, with the evidence above, the share of users below, and one time axis for both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from services.simulator.report.evidence import CLAIMS, evidence_frame, evidence_plot
from services.simulator.report.geometry import LEFT, LETTER_WIDTH, RIGHT, WIDTH, Box, Frame, Label, covered, place, xy
from services.simulator.report.model import (
    HOUR,
    NO_DATA,
    Band,
    ChangeStory,
    EvidencePoint,
    Report,
    SharePoint,
    bands_of,
    bound_at,
    changes_answering,
    in_order,
    level_asked,
)
from services.simulator.report.numbers import as_text, duration, humanised, listed, odds, percent
from services.simulator.report.plot import (
    border,
    fact_grid,
    figure,
    legend_key,
    no_data_label,
    path_data,
    time_axis,
    value_axis,
)
from services.simulator.report.words import ramp_time, story

_SHARE_AREA: Final = Box(LEFT, 290, RIGHT, 410)
_CHANGE_HEIGHT: Final = 452
_LAST_PHASE: Final = 16
"""Per cent of the time before, that the last phase is shown at least: room for its name."""
_STYLES: Final = {"CANARY": "canary", "FULL": "full", "ROLLED_BACK": "back", "REJECTED": "back"}
_LAST_MARKS: Final = {"FULL": "FULL", "ROLLED_BACK": "ROLLED BACK", "REJECTED": "REJECTED"}


def change_card(index: int, change: ChangeStory, report: Report) -> str:
    shown = {case.case_id for case in report.cases if changes_answering(case, report)}
    cases = [
        f'<a href="#case-{position}">{as_text(case.title)}</a>'
        for position, case in enumerate(report.cases)
        if case.case_id in change.case_ids and case.case_id in shown
    ]
    answers = f" It answers the case {listed(cases)}." if cases else ""
    chips = _phase_chip(change.phase) + ('<span class="chip full">verified</span>' if change.verified else "")
    return f"""
<article class="card" id="change-{index}">
<header><h3>{as_text(change.title)}</h3><span class="chips">{chips}</span></header>
<p class="meta">{as_text(change.use_case_id)} &middot; {as_text(humanised(change.surface))} &middot;
planted: {as_text(humanised(change.planted).replace("_", " ") or "nothing")} &middot;
<code>{as_text(change.change_id)}</code></p>
<p>{as_text(story(change))}{answers}</p>
{_change_facts(change)}
{_change_plot(index, change)}
</article>"""


def _phase_chip(phase: str) -> str:
    return f'<span class="chip {_STYLES.get(phase, "")}">{as_text(phase.replace("_", " "))}</span>'


def _change_facts(change: ChangeStory) -> str:
    took = ramp_time(in_order(change.shares))
    return fact_grid(
        (
            (
                _rate(change.baseline_fail, change.baseline_n),
                f"baseline fails, of {change.baseline_n:,} counted",
            ),
            (
                _rate(change.candidate_fail, change.candidate_n),
                f"candidate fails, of {change.candidate_n:,} counted",
            ),
            (f"{change.users_exposed:,}", "users exposed to the candidate"),
            ("no canary" if took is None else duration(took), "from canary to the last phase"),
        )
    )


def _rate(failures: int, total: int) -> str:
    return percent(failures / total) if total else NO_DATA


def _change_plot(index: int, change: ChangeStory) -> str:
    evidence = tuple(sorted(change.evidence, key=lambda point: point.at))
    shares = in_order(change.shares)
    begin, end = _span(change, evidence, shares)
    upper = evidence_frame(change, evidence, begin, end)
    lower = Frame(area=_SHARE_AREA, begin=begin, end=end, low=0, high=1)
    bands = bands_of(change, shares, end)
    body = (
        _band_backgrounds(upper, bands)
        + evidence_plot(index, change, upper, evidence, bands)
        + _share_plot(lower, bands)
        + time_axis(lower, change.started_at, "the change was proposed", lower.area.bottom)
    )
    label = f"Evidence and share over virtual time for {change.title}"
    return figure(_CHANGE_HEIGHT, label, body, _change_caption(change, shares))


def _span(change: ChangeStory, evidence: Sequence[EvidencePoint], shares: Sequence[SharePoint]) -> tuple[int, int]:
    """Span all of the data, and enough of the last phase to see it."""
    moments = [change.started_at, change.ended_at, *(p.at for p in evidence), *(p.at for p in shares)]
    begin, end = min(moments), max(moments)
    if shares:
        end = max(end, shares[-1].at + (end - begin) * _LAST_PHASE // 100)
    return begin, max(end, begin + HOUR)


def _band_backgrounds(frame: Frame, bands: Sequence[Band]) -> str:
    """Colour the phases of the release, behind both plots."""
    return "".join(
        f'<rect class="band {_STYLES.get(band.phase, "waiting")}" x="{xy(left)}" y="{xy(frame.area.top)}"'
        f' width="{xy(right - left)}" height="{xy(_SHARE_AREA.bottom - frame.area.top)}">'
        f"<title>{as_text(_band_name(band))}</title></rect>"
        f'<path class="edge" d="M{xy(left)},{xy(frame.area.top - 4)}V{xy(_SHARE_AREA.bottom)}"/>'
        f"{_band_label(band, left, right)}"
        for band in bands
        for left, right in ((frame.x(band.begin), frame.x(band.end)),)
    )


def _band_name(band: Band) -> str:
    return f"canary {percent(band.share)}" if band.phase == "CANARY" else humanised(band.phase)


def _band_label(band: Band, left: float, right: float) -> str:
    """Use the longest name that fits its band, or none."""
    names = [_band_name(band)]
    if band.phase == "CANARY":
        names.append(percent(band.share))
    label = next((name for name in names if len(name) * LETTER_WIDTH + 4 < right - left), None)
    return Label((left + right) / 2, 16, "middle", label).svg("phase") if label else ""


def _share_plot(frame: Frame, bands: Sequence[Band]) -> str:
    """Draw the share as steps, on a square-root scale so that 1 % can be told from 5 %."""
    ticks = [(math.sqrt(share), percent(share)) for share in (0, 0.05, 0.25, 0.5, 1)]
    axes = value_axis(frame, ticks, "users") + border(frame)
    if not bands:
        return axes + no_data_label(frame.area)
    steps: list[tuple[float, float] | None] = []
    for band in bands:
        y = _share_y(frame, band)
        steps += [(frame.x(band.begin), y), (frame.x(band.end), y)]
    return f'{axes}<path class="line share" d="{path_data(steps)}"/>{_share_labels(frame, bands, steps)}'


def _share_labels(frame: Frame, bands: Sequence[Band], steps: Sequence[tuple[float, float] | None]) -> str:
    """How the release ended, marked; then every share on the way that has room for its label."""
    last = next(band for band in bands if band.phase == bands[-1].phase and band.begin >= _last_begin(bands))
    style = _STYLES.get(last.phase, "")
    x, y = frame.x(last.begin), _share_y(frame, last)
    reached = percent(last.share)
    name = _LAST_MARKS.get(last.phase, "")
    ending = f"{name} {reached}".strip() if last.share > 0 else name
    wanted = [(last, ending, f"direct mark {style}")] if ending else []
    wanted += [(band, percent(band.share), "direct share") for band in bands if 0 < band.share != last.share]
    taken, parts = covered(steps), []
    for band, words, look in wanted:
        corner = _corner(frame.x(band.begin), _share_y(frame, band), words)
        label = place(corner, _roomy(frame.area), taken)
        if label:
            parts.append(label.svg(look))
            taken.append(label.box())
    return "".join(parts) + f'<circle class="mark {style}" cx="{xy(x)}" cy="{xy(y)}" r="4.5"/>'


def _last_begin(bands: Sequence[Band]) -> int:
    others = [band.end for band in bands if band.phase != bands[-1].phase]
    return max(others, default=bands[0].begin)


def _share_y(frame: Frame, band: Band) -> float:
    return frame.y(math.sqrt(max(band.share, 0)))


def _corner(x: float, y: float, words: str) -> list[Label]:
    """Above and left of a rising step there is always room; else above it, below it, or at its side."""
    return [
        Label(x - 5, y + 4, "end", words),
        Label(x + 4, y - 6, "start", words),
        Label(x - 5, y - 6, "end", words),
        Label(x + 7, y + 16, "start", words),
        Label(x - 7, y + 16, "end", words),
        Label(x - 7, y - 20, "end", words),
        Label(x - 7, y - 40, "end", words),
    ]


def _roomy(area: Box) -> Box:
    return Box(area.left + 3, area.top - 14, WIDTH, area.bottom)


def _change_caption(change: ChangeStory, shares: Sequence[SharePoint]) -> str:
    """Write the legend, with the bounds of all stages, since a short stage has no room for its label."""
    ramp = {point.stage: point for point in shares if point.phase == "CANARY"}
    first = min(ramp, default=0)
    asked = [
        (point, bound_at(level))
        for stage, point in sorted(ramp.items())
        for level in (level_asked(change, point, first),)
        if level is not None
    ]
    ladder = [f"{percent(point.share)} ends at {odds(bound)}" for point, bound in asked if bound is not None]
    legend = "".join(legend_key(f"line {name}", f"{name}: it {meaning}") for name, meaning in CLAIMS.items())
    stages = legend_key("bound step", f"to promote: {', '.join(ladder)}") if ladder else ""
    return (
        f"{legend}{stages}<br>Above: evidence for each claim about the candidate; a line that leaves the plot"
        " runs along its edge. Below: users on the candidate, square-root scale."
    )
