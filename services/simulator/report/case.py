"""The cases: a table of those with the most signals, and a card with a plot for each that a change answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from services.simulator.report.geometry import (
    LEFT,
    LETTER_WIDTH,
    POINTS_PER_LINE,
    RIGHT,
    WIDTH,
    Box,
    Frame,
    Label,
    tick_step,
    ticks_between,
    xy,
)
from services.simulator.report.model import (
    DAY,
    HOUR,
    MENDED,
    NO_DATA,
    CaseStory,
    ChangeStory,
    Report,
    changes_answering,
    in_order,
    signals_of,
)
from services.simulator.report.numbers import as_text, humanised
from services.simulator.report.plot import (
    VALUE_STEPS,
    border,
    empty_note,
    figure,
    no_data_label,
    path_data,
    time_axis,
    value_axis,
)
from services.simulator.report.words import case_story

CASES_SHOWN: Final = 12
_CASE_PLOT: Final = 150
_MARKED: Final = {
    "CANARY": ("first users", "canary"),
    "FULL": ("everyone", "full"),
    "ROLLED_BACK": ("taken back", "back"),
}
_LONGEST: Final = 24


class _Marker(msgspec.Struct, frozen=True):
    """A moment in the life of a linked change, drawn into its case's plot."""

    at: int
    words: str
    style: str


def case_table(report: Report) -> str:
    if not report.cases:
        return empty_note(NO_DATA)
    top = sorted(enumerate(report.cases), key=lambda item: -signals_of(item[1]))[:CASES_SHOWN]
    rows = "".join(_case_row(index, case, report) for index, case in top)
    return f"""
<p>{as_text(_shown(len(top), report.cases_total))}</p>
<div class="wide"><table>
<thead><tr><th>case</th><th>severity</th><th>owner</th><th>status</th>
<th class="n">signals</th><th class="n">users</th><th class="n">virtual days, first to last</th></tr></thead>
<tbody>{rows}</tbody>
</table></div>"""


def _shown(shown: int, total: int) -> str:
    if shown < total:
        return f"The {shown} with the most signals, of {total:,}."
    return f"All {shown}, most signals first."


def _case_row(index: int, case: CaseStory, report: Report) -> str:
    title = as_text(case.title)
    name = f'<a href="#case-{index}">{title}</a>' if changes_answering(case, report) else title
    per_use_case = "<br>".join(f"{as_text(use_case)} {count:,}" for use_case, count in case.signals_by_use_case)
    first, last = (f"{(at - report.started_at) / DAY:.1f}" for at in (case.first_seen, case.last_seen))
    return (
        f'<tr><td class="title">{name}<br><span class="soft">{as_text(humanised(case.reason_code))} &middot;'
        f" {as_text(humanised(case.failure_locus))}</span></td>"
        f"<td>{as_text(humanised(case.severity))}</td><td>{as_text(case.owner)}</td><td>{_status_chip(case)}</td>"
        f'<td class="n">{signals_of(case):,}<br><span class="soft">{per_use_case}</span></td>'
        f'<td class="n">{case.users:,}</td><td class="n">{first} to {last}</td></tr>'
    )


def _status_chip(case: CaseStory) -> str:
    style = "full" if case.status in MENDED else ""
    return f'<span class="chip {style}">{as_text(humanised(case.status))}</span>'


def case_card(index: int, case: CaseStory, report: Report) -> str:
    changes = changes_answering(case, report)
    return f"""
<article class="card" id="case-{index}">
<header><h3>{as_text(case.title)}</h3><span class="chips">{_status_chip(case)}</span></header>
<p class="meta">{as_text(humanised(case.reason_code))} &middot;
{as_text(humanised(case.failure_locus))} &middot; {as_text(case.owner)} &middot;
<code>{as_text(case.case_id)}</code></p>
<p>{as_text(case_story(case, changes, report))}</p>
{_case_plot(case, changes, report)}
</article>"""


def _case_plot(case: CaseStory, changes: Sequence[ChangeStory], report: Report) -> str:
    begin = min([report.started_at, *(at for at, _ in case.daily)])
    end = max([report.ended_at, begin + HOUR, *(at + HOUR for at, _ in case.daily)])
    hours = -(-(end - begin) // HOUR)
    width = -(-hours // POINTS_PER_LINE)
    bins = _binned(case.daily, begin, hours, width)
    smooth = _trailing(bins, max(round(DAY / HOUR / width), 1))
    markers = _markers(changes)
    plain = Frame(area=Box(LEFT, 0, RIGHT, _CASE_PLOT), begin=begin, end=end, low=0, high=max([*bins, 1]) * 1.05)
    lanes = _lanes(plain, markers)
    top = 8 + 16 * (1 + max(lanes, default=-1))
    frame = msgspec.structs.replace(plain, area=Box(LEFT, top, RIGHT, top + _CASE_PLOT))
    step = tick_step(frame.high, VALUE_STEPS, 5)
    ticks = [(tick, f"{tick:,g}") for tick in ticks_between(0, frame.high, step)]
    body = (
        value_axis(frame, ticks, "signals per hour")
        + (_counts(frame, bins, smooth, width) if case.daily else no_data_label(frame.area))
        + border(frame)
        + "".join(_marker(frame, marker, lane) for marker, lane in zip(markers, lanes, strict=True))
        + time_axis(frame, report.started_at, "the demo began", frame.area.bottom)
    )
    per = "hour" if width == 1 else f"hour, as means of {width} hours"
    caption = f"Grey: signals per {per}. Line: mean of the 24 hours before."
    return figure(top + _CASE_PLOT + 42, f"Signals per hour of {case.title}", body, caption)


def _markers(changes: Sequence[ChangeStory]) -> list[_Marker]:
    found = []
    for change in changes:
        firsts = {point.phase: point for point in reversed(in_order(change.shares))}
        name = change.use_case_id
        short = name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "\u2026"
        found += [
            _Marker(firsts[phase].at, f"{short}: {words}", style)
            for phase, (words, style) in _MARKED.items()
            if phase in firsts
        ]
    return sorted(found, key=lambda marker: marker.at)


def _binned(daily: Iterable[tuple[int, int]], begin: int, hours: int, width: int) -> list[float]:
    """Signals per hour in bins of so many hours; an hour that is not there had none."""
    sums = Counter[int]()
    for at, count in daily:
        sums[(at - begin) // (HOUR * width)] += count
    return [sums[index] / min(width, hours - index * width) for index in range(-(-hours // width))]


def _trailing(bins: Sequence[float], window: int) -> list[float]:
    """Average each bin with those before it: it lags, so that no drop is shown before its cause."""
    return [sum(part) / len(part) for end in range(1, len(bins) + 1) for part in (bins[max(end - window, 0) : end],)]


def _counts(frame: Frame, bins: Sequence[float], smooth: Sequence[float], width: int) -> str:
    edges = [frame.x(frame.begin + index * width * HOUR) for index in range(len(bins) + 1)]
    tops = "".join(f"V{xy(frame.y(value))}H{xy(edges[index + 1])}" for index, value in enumerate(bins))
    ground = xy(frame.area.bottom)
    line = path_data([(edges[index + 1], frame.y(value)) for index, value in enumerate(smooth)])
    counts = f"M{xy(edges[0])},{ground}{tops}V{ground}Z"
    return f'<path class="counts" d="{counts}"/><path class="line smooth" d="{line}"/>'


def _lanes(frame: Frame, markers: Sequence[_Marker]) -> list[int]:
    """Give each label a row above the plot, so that none covers another or is crossed by its line."""
    rows: list[tuple[float, int]] = []
    lanes = []
    for marker in reversed(markers):
        x = frame.x(marker.at)
        right = x + 6 + LETTER_WIDTH * len(marker.words)
        lane = max((other + 1 for start, other in rows if start <= right), default=0)
        rows.append((x, lane))
        lanes.append(lane)
    return lanes[::-1]


def _marker(frame: Frame, marker: _Marker, lane: int) -> str:
    x, y = frame.x(marker.at), frame.area.top - 4 - 16 * lane
    label = Label(x + 4, y, "start", marker.words)
    if label.box().right > WIDTH:
        label = Label(x - 4, y, "end", marker.words)
    return (
        f'<path class="moment {marker.style}" d="M{xy(x)},{xy(y - 10)}V{xy(frame.area.bottom)}"/>'
        f"{label.svg(f'direct mark {marker.style}')}"
    )
