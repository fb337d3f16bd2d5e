"""The demo's report: one HTML page that tells in words and plots what happened. Pure.

    render
      headline, numbers
      a card per change   the story, evidence over time, share over time
      cases               a table, and a plot for each case that a change answers
      throughput          a table

The page needs nothing but itself: styles inside, plots as SVG, no script. Every sentence is computed
from the data, because a page that praises a run which failed is worse than none. All text from data
passes through `_text`; nothing else may put a string of the data into the page.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from itertools import pairwise
from typing import Final

import msgspec

HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR
POINTS_PER_LINE: Final = 400
"""More cannot be seen on a plot this wide, and the page has to stay small."""
CASES_SHOWN: Final = 12
NO_DATA: Final = "no data"


class EvidencePoint(msgspec.Struct, frozen=True):
    """What the gate knew at a moment: natural logarithms of its three e-values."""

    at: int
    promote: float
    rollback: float
    improve: float


class SharePoint(msgspec.Struct, frozen=True):
    """A transition of the release: from here on this share (0 to 1) of users is on the candidate.

    `stage` counts the canary's stages; the lowest one of a story belongs to its first stage alpha.
    """

    at: int
    share: float
    phase: str
    stage: int
    reason: str


class ChangeStory(msgspec.Struct, frozen=True):
    """One change from proposal to its end; counts are those of the gate, by arm."""

    change_id: str
    title: str
    use_case_id: str
    surface: str
    planted: str
    phase: str
    metric: str
    started_at: int
    ended_at: int
    users_exposed: int
    alpha: float
    beta: float
    stage_alphas: tuple[float, ...]
    baseline_fail: int
    baseline_n: int
    candidate_fail: int
    candidate_n: int
    verified: bool
    case_ids: tuple[str, ...]
    evidence: tuple[EvidencePoint, ...]
    shares: tuple[SharePoint, ...]


class CaseStory(msgspec.Struct, frozen=True):
    """One fault as its owner sees it; `daily` holds (hour, signals), hours without any may be left out."""

    case_id: str
    title: str
    reason_code: str
    failure_locus: str
    severity: str
    owner: str
    status: str
    signals_by_use_case: tuple[tuple[str, int], ...]
    users: int
    first_seen: int
    last_seen: int
    change_ids: tuple[str, ...]
    daily: tuple[tuple[int, int], ...]


class Report(msgspec.Struct, frozen=True):
    """Everything the page is made of; `stages` holds (stage, events, microseconds per event)."""

    title: str
    seed: int
    started_at: int
    ended_at: int
    events: int
    runs: int
    signals: int
    cases_total: int
    dead: int
    audit: str
    changes: tuple[ChangeStory, ...]
    cases: tuple[CaseStory, ...]
    stages: tuple[tuple[str, int, float], ...]
    seconds: float


def render(report: Report) -> str:
    """Write the whole page."""
    cards = "".join(_change_card(index, change, report) for index, change in enumerate(report.changes))
    plots = "".join(_case_card(index, case, report) for index, case in enumerate(report.cases) if _linked(case, report))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{_text(report.title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<header class="top">
<p class="eyebrow">{_text(report.title)}</p>
<h1>{_text(headline(report))}</h1>
<p class="lede">{_text(lede(report))}</p>
</header>
{_numbers(report)}
<section><h2>Changes</h2>{cards or _empty("No change was proposed.")}</section>
<section><h2>Cases</h2>{_case_table(report)}{plots}</section>
<section><h2>Throughput</h2>{_throughput(report)}</section>
</main>
</body>
</html>
"""


# --- in words


class _Planted(msgspec.Struct, frozen=True):
    """A fault or mending that the simulator knows of, and the phases in which it should end."""

    words: str
    ends: frozenset[str]


_TAKEN_BACK: Final = frozenset({"ROLLED_BACK", "REJECTED"})
_PLANTED: Final = {
    "good": _Planted("A change planted to be better", frozenset({"FULL"})),
    "bad": _Planted("A change planted to be worse", _TAKEN_BACK),
    "breach": _Planted("A change planted to reach beyond its scope", _TAKEN_BACK),
    "stale_source": _Planted("The mending of a stale source", frozenset({"FULL"})),
}
_ENDINGS: Final = {
    "FULL": "reached everyone",
    "ROLLED_BACK": "{was} taken back",
    "REJECTED": "{was} refused before any user saw {it}",
    "EXPIRED": "ran out of time",
    "HELD": "{is} held",
}
_UNDER_WAY: Final = "{is} still under way"
_MENDED: Final = frozenset({"VERIFIED", "CLOSED"})
_WORDS_OF_COUNT: Final = {
    True: {"was": "was", "is": "is", "it": "it"},
    False: {"was": "were", "is": "are", "it": "them"},
}


def headline(report: Report) -> str:
    """Say in one sentence what happened."""
    ends = Counter(change.phase if change.phase in _ENDINGS else "" for change in report.changes)
    parts = [
        f"{ends[phase]} {words.format(**_WORDS_OF_COUNT[ends[phase] == 1])}"
        for phase, words in {**_ENDINGS, "": _UNDER_WAY}.items()
        if ends[phase]
    ]
    changes = f"{_count(len(report.changes), 'change')}: {', '.join(parts)}" if parts else "No change was proposed"
    return f"{changes}; {_cases_in_words(report)}."


def _cases_in_words(report: Report) -> str:
    answered = [case for case in report.cases if _linked(case, report)]
    mended = sum(case.status in _MENDED for case in answered)
    found = f"{_count(report.cases_total, 'case')} {'was' if report.cases_total == 1 else 'were'} found"
    if not answered:
        return found
    if mended == len(answered):
        return f"{found}, {mended} of them mended and verified"
    return f"{found}, {len(answered)} of them answered by changes, {mended} mended and verified"


def lede(report: Report) -> str:
    """Whether the run can be believed: what was planted, what was lost, what took how long."""
    span = _duration(report.ended_at - report.started_at)
    dead = "No event was set aside as dead" if report.dead == 0 else f"{_count(report.dead, 'event')} set aside as dead"
    through = (
        f"{_count(report.events, 'run event')} of {_count(report.runs, 'run')} over {span} of virtual time"
        f" went through the loop in {_number(report.seconds)}{_JOIN}s."
    )
    whole = f"{dead}; the audit chain is {_humanised(report.audit)}."
    return " ".join(filter(None, (through, _as_planted(report.changes), whole)))


def _as_planted(changes: Sequence[ChangeStory]) -> str:
    known = [change for change in changes if change.planted in _PLANTED]
    astray = [change.title for change in known if change.phase not in _PLANTED[change.planted].ends]
    if not known:
        return ""
    if not astray:
        return f"{'It' if len(known) == 1 else f'All {len(known)}'} ended as planted."
    return (
        f"{len(astray)} of {len(known)} did not end as planted: {'; '.join(astray)}"
        " (a gate may err at its stated rates)."
    )


def story(change: ChangeStory) -> str:
    """Tell what the change was, how it went and why it ended."""
    return " ".join(part for part in (_what(change), _rates(change), _route(change), _verification(change)) if part)


def _what(change: ChangeStory) -> str:
    planted = _PLANTED.get(change.planted)
    words = planted.words if planted else "A change"
    return f"{words}: {_humanised(change.surface)} of {change.use_case_id}."


def _rates(change: ChangeStory) -> str:
    if not change.baseline_n or not change.candidate_n:
        return "The gate counted no outcomes of both arms."
    baseline, candidate = change.baseline_fail / change.baseline_n, change.candidate_fail / change.candidate_n
    ratio = f", {candidate / baseline:.2f} times as many" if baseline else ""
    return (
        f"By the metric {change.metric}, {_percent(candidate)} failed with it"
        f" against {_percent(baseline)} without it{ratio}."
    )


def _route(change: ChangeStory) -> str:
    shares = _in_order(change.shares)
    if not shares:
        return f"Its last phase is {_humanised(change.phase)}; no transition was recorded."
    end = _arrival(shares)
    if end.phase == "FULL":
        return f"It {_road(shares)}reached everyone{_after(shares)}{_because_promoted(change, end)}"
    if end.phase == "ROLLED_BACK":
        return f"It was taken back{_after(shares)}{_because_rolled_back(change, end)}"
    if end.phase == "REJECTED":
        return f"It was refused before any user saw it{_recorded(end)}"
    return f"It is {_humanised(end.phase)} with {_percent(end.share)} of users{_recorded(end)}"


def _arrival(shares: Sequence[SharePoint]) -> SharePoint:
    """When the release entered its last phase; later transitions within it are not news."""
    end = shares[-1]
    for point in reversed(shares):
        if point.phase != end.phase:
            break
        end = point
    return end


def _road(shares: Sequence[SharePoint]) -> str:
    passed = dict.fromkeys(point.share for point in shares if point.phase == "CANARY")
    return f"went through {_listed([_percent(share) for share in passed])} of users and " if passed else ""


def _after(shares: Sequence[SharePoint]) -> str:
    """How far it had come and how long it took, for a change that users saw."""
    took, end = _ramp_time(shares), _arrival(shares)
    if took is None:
        return ""
    before = [point.share for point in shares if point.at < end.at][-1:]
    at = f" at {_percent(before[0])} of users," if before and end.phase == "ROLLED_BACK" else ""
    return f"{at} after {_duration(took)}"


def _ramp_time(shares: Sequence[SharePoint]) -> int | None:
    """From the first user on the candidate to the last phase."""
    first = next((point.at for point in shares if point.phase == "CANARY"), None)
    return None if first is None else _arrival(shares).at - first


def _because_promoted(change: ChangeStory, last: SharePoint) -> str:
    reached, bound = _peak([point.promote for point in _until(change, last.at)]), _bound(change.alpha)
    if reached is None or bound is None:
        return _recorded(last)
    if reached >= bound:
        return (
            f": the evidence that it is not worse by more than the margin reached {_odds(reached)},"
            f" and {_odds(bound)} was asked."
        )
    return f", though the recorded evidence reached only {_odds(reached)} of {_odds(bound)}{_recorded(last)}"


def _because_rolled_back(change: ChangeStory, last: SharePoint) -> str:
    reached, bound = _peak([point.rollback for point in _until(change, last.at)]), _bound(change.beta)
    if reached is None or bound is None:
        return _recorded(last)
    if reached >= bound:
        return f": the evidence that it does harm reached {_odds(reached)}, past the bound of {_odds(bound)}."
    return (
        f"{_recorded(last)} It did not wait for statistics: the evidence of harm was at most"
        f" {_odds(reached)}, and {_odds(bound)} would have been needed."
    )


def _recorded(last: SharePoint) -> str:
    return f"; recorded reason: {_humanised(last.reason)}." if last.reason else "."


def _verification(change: ChangeStory) -> str:
    reached, bound = _peak([point.improve for point in change.evidence]), _bound(change.alpha)
    if change.phase != "FULL" and not change.verified:
        return ""
    words = "Verified" if change.verified else "Not verified yet"
    if reached is None or bound is None:
        return f"{words}."
    asked = f"{_odds(bound)} is asked"
    return f"{words}: the evidence that it is better than before reached {_odds(reached)} ({asked})."


def _until(change: ChangeStory, at: int) -> list[EvidencePoint]:
    return [point for point in change.evidence if point.at <= at]


def _peak(values: Iterable[float]) -> float | None:
    known = [value for value in values if not math.isnan(value)]
    return max(known) if known else None


def _bound(level: float) -> float | None:
    """Give the logarithm that an e-value must reach at this error level (Ville's inequality)."""
    return -math.log(level) if 0 < level < 1 else None


# --- words for numbers


_JOIN: Final = "\u00a0"
"""A space that no line breaks at: between a number and its unit."""


def _text(value: str) -> str:
    """Make data text: escaped, and without what no HTML document may hold."""
    clean = value.encode("utf-8", "replace").decode("utf-8")
    return escape("".join(sign if sign.isprintable() or sign == _JOIN else " " for sign in clean), quote=True)


def _humanised(symbol: str) -> str:
    """Read a symbol of a vocabulary as words; free text stays as it is."""
    return symbol.replace("_", " ").lower() if symbol.replace("_", "").isupper() else symbol


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


_WHOLE: Final = 100
_SMALL: Final = 10


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "unknown"
    if abs(value) >= _WHOLE:
        return f"{value:,.0f}"
    return f"{value:.1f}".removesuffix(".0") if abs(value) >= _SMALL else f"{value:.3g}"


def _percent(share: float) -> str:
    if not math.isfinite(share):
        return "unknown"
    return f"{100 * share:.3g}{_JOIN}%"


def _duration(milliseconds: int) -> str:
    hours = milliseconds / HOUR
    if hours < 1:
        return f"{hours * 60:.0f}{_JOIN}min"
    if hours < 2 * DAY / HOUR:
        return f"{_number(hours)}{_JOIN}h"
    return f"{_number(hours * HOUR / DAY)}{_JOIN}days"


_SPELT_DECADES: Final = 6
_DECADE: Final = math.log(10)


def _odds(evidence: float) -> str:
    """Write an e-value as odds, from its logarithm: 20 : 1 for, 1 : 20 against."""
    if math.isnan(evidence):
        return "unknown"
    size = "infinity" if math.isinf(evidence) else _magnitude(abs(evidence))
    return f"{size}{_JOIN}:{_JOIN}1" if evidence >= 0 else f"1{_JOIN}:{_JOIN}{size}"


def _magnitude(logarithm: float) -> str:
    decades = logarithm / _DECADE
    if decades < _SPELT_DECADES:
        return _number(math.exp(logarithm))
    return "10" + f"{decades:.0f}".translate(_SUPERSCRIPT)


_SUPERSCRIPT: Final = {
    ord(str(digit)): sign for digit, sign in enumerate("\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")
}


# --- geometry


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


_WIDTH: Final = 820
_LEFT: Final = 62
_RIGHT: Final = 748
_LETTER: Final = 7.0
"""The width of a letter in most fonts, bold included: text cannot be measured here."""
_LINE: Final = 13


class _Label(msgspec.Struct, frozen=True):
    x: float
    y: float
    anchor: str
    text: str

    def box(self) -> Box:
        width = _LETTER * len(self.text)
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return Box(left, self.y - _LINE + 3, left + width, self.y + 3)

    def svg(self, style: str) -> str:
        return (
            f'<text x="{_xy(self.x)}" y="{_xy(self.y)}" text-anchor="{self.anchor}" class="{style}">'
            f"{_text(self.text)}</text>"
        )


def _place(candidates: Iterable[_Label], area: Box, taken: Sequence[Box]) -> _Label | None:
    """Take the first candidate that lies in the area and covers nothing."""
    return next(
        (
            label
            for label in candidates
            if label.box().within(area) and not any(label.box().meets(other) for other in taken)
        ),
        None,
    )


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


def _around(times: Sequence[int], moments: Iterable[int]) -> set[int]:
    """Find the points on both sides of each moment."""
    chosen: set[int] = set()
    for moment in moments:
        after = next((index for index, at in enumerate(times) if at >= moment), len(times) - 1)
        chosen |= {max(after - 1, 0), after}
    return chosen


def _steps(span: float, choices: Sequence[float], most: int) -> float:
    step = next((choice for choice in choices if span / choice <= most), choices[-1])
    while span / step > most:
        step *= 2
    return step


def _ticks(low: float, high: float, step: float) -> list[float]:
    return [index * step for index in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _xy(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


# --- the pieces of a plot


_HOURS: Final = (1 / 60, 5 / 60, 0.25, 0.5, 1, 2, 3, 6, 12, 24, 48, 96, 168)
_VALUES: Final = (1, 2, 5, 10, 20, 50, 100)


def _time_axis(frame: Frame, origin: int, since: str, y: float) -> str:
    """Ticks in virtual hours, or days where those are too many."""
    hours = (frame.end - frame.begin) / HOUR
    step = _steps(hours, _HOURS, 9)
    unit, name = (DAY, "days") if step >= DAY / HOUR else (HOUR, "hours")
    ticks = _ticks((frame.begin - origin) / HOUR, (frame.end - origin) / HOUR, step)
    marks = "".join(
        f'<path class="tick" d="M{_xy(x)},{_xy(y)}v5"/>'
        + _Label(x, y + 18, "middle", f"{tick * HOUR / unit:.4g}").svg("axis")
        for tick in ticks
        for x in (frame.x(origin + tick * HOUR),)
    )
    middle = (frame.area.left + frame.area.right) / 2
    return (
        f'{marks}<text class="axis name" x="{_xy(middle)}" y="{_xy(y + 36)}" text-anchor="middle">'
        f"virtual {name} since {since}</text>"
    )


def _value_axis(frame: Frame, ticks: Iterable[tuple[float, str]], name: str) -> str:
    """Labels and grid lines on the left, and what the values are."""
    area = frame.area
    marks = "".join(
        f'<path class="grid" d="M{_xy(area.left)},{_xy(y)}H{_xy(area.right)}"/>'
        + _Label(area.left - 7, y + 4, "end", label).svg("axis")
        for value, label in ticks
        for y in (frame.y(value),)
    )
    return marks + _upright(14, (area.top + area.bottom) / 2, name)


def _odds_axis(frame: Frame) -> str:
    """Repeat the scale as odds, on the right, for readers who do not think in logarithms."""
    area = frame.area
    low, high = frame.low / _DECADE, frame.high / _DECADE
    step = _steps(high - low, _VALUES, int((area.bottom - area.top) / 30))
    return "".join(
        f'<path class="tick" d="M{_xy(area.right)},{_xy(y)}h5"/>'
        + _Label(area.right + 8, y + 4, "start", _odds(decade * _DECADE)).svg("axis")
        for decade in _ticks(low, high, step)
        for y in (frame.y(decade * _DECADE),)
    )


def _upright(x: float, y: float, name: str) -> str:
    return (
        f'<text class="axis name" transform="translate({_xy(x)},{_xy(y)}) rotate(-90)"'
        f' text-anchor="middle">{_text(name)}</text>'
    )


def _border(frame: Frame) -> str:
    area = frame.area
    return f'<path class="border" d="M{_xy(area.left)},{_xy(area.top)}V{_xy(area.bottom)}H{_xy(area.right)}"/>'


def _path(points: Iterable[tuple[float, float] | None]) -> str:
    """Draw through the points, with a gap where one is missing; a lone point stays visible as a dot."""
    parts: list[str] = []
    pen_down = False
    for point in points:
        if point is None:
            pen_down = False
            continue
        x, y = point
        parts.append(f"{'L' if pen_down else 'M'}{_xy(x)},{_xy(y)}{'' if pen_down else 'h0'}")
        pen_down = True
    return "".join(parts)


def _figure(height: float, label: str, body: str, caption: str) -> str:
    return (
        f'<figure><div class="plot"><svg viewBox="0 0 {_WIDTH} {_xy(height)}" role="img"'
        f' aria-label="{_text(label)}">{body}</svg></div><figcaption>{caption}</figcaption></figure>'
    )


def _empty(words: str) -> str:
    return f'<p class="empty">{_text(words)}</p>'


# --- a change: evidence above, share below, one time axis


class _Series(msgspec.Struct, frozen=True):
    name: str
    meaning: str
    values: tuple[float, ...]


class _Band(msgspec.Struct, frozen=True):
    """A time in which phase and share stayed as they were."""

    begin: int
    end: int
    phase: str
    share: float
    alpha: float | None


_EVIDENCE_AREA: Final = Box(_LEFT, 26, _RIGHT, 270)
_SHARE_AREA: Final = Box(_LEFT, 290, _RIGHT, 410)
_CHANGE_HEIGHT: Final = 452
_LAST_PHASE: Final = 16
"""Per cent of the time before, that the last phase is shown at least: room for its name."""
_STYLES: Final = {"CANARY": "canary", "FULL": "full", "ROLLED_BACK": "back", "REJECTED": "back"}
_LAST_MARKS: Final = {"FULL": "FULL", "ROLLED_BACK": "ROLLED BACK", "REJECTED": "REJECTED"}


def _change_card(index: int, change: ChangeStory, report: Report) -> str:
    shown = {case.case_id for case in report.cases if _linked(case, report)}
    cases = [
        f'<a href="#case-{position}">{_text(case.title)}</a>'
        for position, case in enumerate(report.cases)
        if case.case_id in change.case_ids and case.case_id in shown
    ]
    answers = f" It answers the case {_listed(cases)}." if cases else ""
    chips = _phase_chip(change.phase) + ('<span class="chip full">verified</span>' if change.verified else "")
    return f"""
<article class="card" id="change-{index}">
<header><h3>{_text(change.title)}</h3><span class="chips">{chips}</span></header>
<p class="meta">{_text(change.use_case_id)} &middot; {_text(_humanised(change.surface))} &middot;
planted: {_text(_humanised(change.planted).replace("_", " ") or "nothing")} &middot;
<code>{_text(change.change_id)}</code></p>
<p>{_text(story(change))}{answers}</p>
{_change_facts(change)}
{_change_plot(index, change)}
</article>"""


def _phase_chip(phase: str) -> str:
    return f'<span class="chip {_STYLES.get(phase, "")}">{_text(phase.replace("_", " "))}</span>'


def _change_facts(change: ChangeStory) -> str:
    took = _ramp_time(_in_order(change.shares))
    return _facts(
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
            ("no canary" if took is None else _duration(took), "from canary to the last phase"),
        )
    )


def _rate(failures: int, total: int) -> str:
    return _percent(failures / total) if total else NO_DATA


def _change_plot(index: int, change: ChangeStory) -> str:
    evidence = tuple(sorted(change.evidence, key=lambda point: point.at))
    shares = _in_order(change.shares)
    begin, end = _span(change, evidence, shares)
    upper = _evidence_frame(change, evidence, begin, end)
    lower = Frame(area=_SHARE_AREA, begin=begin, end=end, low=0, high=1)
    bands = _bands(change, shares, end)
    body = (
        _band_backgrounds(upper, bands)
        + _evidence_plot(index, change, upper, evidence, bands)
        + _share_plot(lower, bands)
        + _time_axis(lower, change.started_at, "the change was proposed", lower.area.bottom)
    )
    label = f"Evidence and share over virtual time for {change.title}"
    return _figure(_CHANGE_HEIGHT, label, body, _change_caption(change, shares))


def _in_order(shares: Sequence[SharePoint]) -> tuple[SharePoint, ...]:
    return tuple(sorted(shares, key=lambda point: point.at))


def _span(change: ChangeStory, evidence: Sequence[EvidencePoint], shares: Sequence[SharePoint]) -> tuple[int, int]:
    """Span all of the data, and enough of the last phase to see it."""
    moments = [change.started_at, change.ended_at, *(p.at for p in evidence), *(p.at for p in shares)]
    begin, end = min(moments), max(moments)
    if shares:
        end = max(end, shares[-1].at + (end - begin) * _LAST_PHASE // 100)
    return begin, max(end, begin + HOUR)


def _bands(change: ChangeStory, shares: Sequence[SharePoint], end: int) -> tuple[_Band, ...]:
    first = min((point.stage for point in shares if point.phase == "CANARY"), default=0)
    ends = [*(point.at for point in shares[1:]), end]
    return tuple(
        _Band(
            begin=point.at,
            end=until,
            phase=point.phase,
            share=point.share if math.isfinite(point.share) else 0.0,
            alpha=_asked(change, point, first),
        )
        for point, until in zip(shares, ends, strict=False)
    )


def _asked(change: ChangeStory, point: SharePoint, first: int) -> float | None:
    """Give the error level that ends this part of the road, where evidence for the candidate does."""
    if point.phase == "OFFLINE":
        return change.alpha
    if point.phase != "CANARY":
        return None
    stage = point.stage - first
    return change.stage_alphas[stage] if stage < len(change.stage_alphas) else change.alpha


def _evidence_frame(change: ChangeStory, evidence: Sequence[EvidencePoint], begin: int, end: int) -> Frame:
    """Room for the bounds and what goes on around them; a line far beyond runs along the edge.

    Evidence against the losing hypothesis falls without end, and shown in full it would flatten the
    part that decides.
    """
    levels = (change.alpha, change.beta, *change.stage_alphas)
    bounds = [bound for bound in map(_bound, levels) if bound is not None]
    values = [v for p in evidence for v in (p.promote, p.rollback, p.improve) if not math.isnan(v)]
    ceiling = max(3 * max(bounds, default=0), 8)
    high = min(max([*values, *bounds, 1]) + 0.8, ceiling)
    low = max(min([*values, 0]) - 0.5, -high)
    return Frame(area=_EVIDENCE_AREA, begin=begin, end=end, low=low, high=high)


def _band_backgrounds(frame: Frame, bands: Sequence[_Band]) -> str:
    """Colour the phases of the release, behind both plots."""
    return "".join(
        f'<rect class="band {_STYLES.get(band.phase, "waiting")}" x="{_xy(left)}" y="{_xy(frame.area.top)}"'
        f' width="{_xy(right - left)}" height="{_xy(_SHARE_AREA.bottom - frame.area.top)}">'
        f"<title>{_text(_band_name(band))}</title></rect>"
        f'<path class="edge" d="M{_xy(left)},{_xy(frame.area.top - 4)}V{_xy(_SHARE_AREA.bottom)}"/>'
        f"{_band_label(band, left, right)}"
        for band in bands
        for left, right in ((frame.x(band.begin), frame.x(band.end)),)
    )


def _band_name(band: _Band) -> str:
    return f"canary {_percent(band.share)}" if band.phase == "CANARY" else _humanised(band.phase)


def _band_label(band: _Band, left: float, right: float) -> str:
    """Use the longest name that fits its band, or none."""
    names = [_band_name(band)]
    if band.phase == "CANARY":
        names.append(_percent(band.share))
    label = next((name for name in names if len(name) * _LETTER + 4 < right - left), None)
    return _Label((left + right) / 2, 16, "middle", label).svg("phase") if label else ""


def _evidence_plot(
    index: int, change: ChangeStory, frame: Frame, evidence: Sequence[EvidencePoint], bands: Sequence[_Band]
) -> str:
    step = _steps(frame.high - frame.low, _VALUES, 9)
    ticks = [(tick, f"{tick:g}".replace("-", "\u2212")) for tick in _ticks(frame.low, frame.high, step)]
    axes = _value_axis(frame, ticks, "evidence, ln e-value") + _odds_axis(frame) + _border(frame)
    if not evidence:
        return axes + _no_data(frame.area)
    times, series = _series(evidence, bands)
    runs = [_line_points(frame, times, line.values) for line in series]
    lines = "".join(
        f'<path class="line {line.name}" d="{_path(points)}"><title>{_text(line.name)}</title></path>'
        for line, points in zip(series, runs, strict=True)
    )
    taken = [box for points in runs for box in _covered(points)]
    bounds, boxes = _bounds(change, frame, bands, taken)
    names = _line_names(frame, series, runs, [*taken, *boxes])
    area = frame.area
    clip = (
        f'<clipPath id="clip-{index}"><rect x="{_xy(area.left)}" y="{_xy(area.top - 2)}"'
        f' width="{_xy(area.right - area.left)}" height="{_xy(area.bottom - area.top + 4)}"/></clipPath>'
    )
    return f'{axes}{clip}<g clip-path="url(#clip-{index})">{lines}</g>{bounds}{names}'


def _series(evidence: Sequence[EvidencePoint], bands: Sequence[_Band]) -> tuple[list[int], tuple[_Series, ...]]:
    times = [point.at for point in evidence]
    chosen = [evidence[i] for i in thin(times, _around(times, (band.begin for band in bands)), POINTS_PER_LINE)]
    return [point.at for point in chosen], (
        _Series("promote", "is not worse by more than the margin", tuple(point.promote for point in chosen)),
        _Series("rollback", "does harm", tuple(point.rollback for point in chosen)),
        _Series("improve", "is better than before", tuple(point.improve for point in chosen)),
    )


def _line_points(frame: Frame, times: Sequence[int], values: Sequence[float]) -> list[tuple[float, float] | None]:
    return [
        None if math.isnan(value) else (frame.x(at), frame.y(value)) for at, value in zip(times, values, strict=True)
    ]


def _covered(points: Sequence[tuple[float, float] | None]) -> list[Box]:
    """Box the area along a line, which no label may cover."""
    return [
        Box(min(a[0], b[0]) - 1, min(a[1], b[1]) - 2, max(a[0], b[0]) + 1, max(a[1], b[1]) + 2)
        for a, b in pairwise(points)
        if a is not None and b is not None
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
        label = _place(
            (_Label(x, y + shift, "middle", line.name) for x, y in spots for shift in (-8, 18)),
            frame.area,
            boxes,
        )
        if label:
            parts.append(label.svg(f"direct {line.name}"))
            boxes.append(label.box())
    return "".join(parts)


_ALONG: Final = (0.93, 0.8, 0.65, 0.5, 0.4, 0.3, 0.2, 0.1)


def _bounds(change: ChangeStory, frame: Frame, bands: Sequence[_Band], lines: Sequence[Box]) -> tuple[str, list[Box]]:
    """Draw what the evidence must reach: for the next stage as steps, for the ends as lines across."""
    parts: list[str] = []
    boxes: list[Box] = []
    for level, words in _final_bounds(change):
        y = frame.y(level)
        parts.append(f'<path class="bound" d="M{_xy(frame.area.left)},{_xy(y)}H{_xy(frame.area.right)}"/>')
        boxes.append(Box(frame.area.left, y - 1, frame.area.right, y + 1))
        parts += _bound_label(frame, y, words, lines, boxes)
    for band in bands:
        bound = _bound(band.alpha) if band.alpha is not None else None
        if bound is None:
            continue
        left, right, y = frame.x(band.begin), frame.x(band.end), frame.y(bound)
        parts.append(f'<path class="bound step" d="M{_xy(left)},{_xy(y)}H{_xy(right)}"/>')
        label = _place(
            (_Label((left + right) / 2, y + shift, "middle", _odds(bound)) for shift in (-5, 15)),
            Box(left, frame.area.top, right, frame.area.bottom),
            [*lines, *boxes],
        )
        if label:
            parts.append(label.svg("boundary step"))
            boxes.append(label.box())
    return "".join(parts), boxes


def _final_bounds(change: ChangeStory) -> list[tuple[float, str]]:
    """Name the bounds of taking back and of verifying, as one where they are the same."""
    back, verified = _bound(change.beta), _bound(change.alpha)
    if back is not None and verified is not None and math.isclose(back, verified, abs_tol=0.05):
        return [(back, f"taken back or verified at {_odds(back)}")]
    named = ((back, "taken back at"), (verified, "verified at"))
    return [(bound, f"{words} {_odds(bound)}") for bound, words in named if bound is not None]


def _bound_label(frame: Frame, y: float, words: str, lines: Sequence[Box], boxes: list[Box]) -> list[str]:
    area = frame.area
    width = area.right - area.left
    spots = [area.left + 6 + share * width for share in (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)]
    label = _place((_Label(x, y + shift, "start", words) for shift in (-5, 15) for x in spots), area, [*lines, *boxes])
    if label is None:
        label = _Label(area.right - 6, y - 5, "end", words)
    boxes.append(label.box())
    return [label.svg("boundary")]


def _share_plot(frame: Frame, bands: Sequence[_Band]) -> str:
    """Draw the share as steps, on a square-root scale so that 1 % can be told from 5 %."""
    ticks = [(math.sqrt(share), _percent(share)) for share in (0, 0.05, 0.25, 0.5, 1)]
    axes = _value_axis(frame, ticks, "users") + _border(frame)
    if not bands:
        return axes + _no_data(frame.area)
    steps: list[tuple[float, float] | None] = []
    for band in bands:
        y = _share_y(frame, band)
        steps += [(frame.x(band.begin), y), (frame.x(band.end), y)]
    return f'{axes}<path class="line share" d="{_path(steps)}"/>{_share_labels(frame, bands, steps)}'


def _share_labels(frame: Frame, bands: Sequence[_Band], steps: Sequence[tuple[float, float] | None]) -> str:
    """How the release ended, marked; then every share on the way that has room for its label."""
    last = next(band for band in bands if band.phase == bands[-1].phase and band.begin >= _last_begin(bands))
    style = _STYLES.get(last.phase, "")
    x, y = frame.x(last.begin), _share_y(frame, last)
    percent = _percent(last.share)
    name = _LAST_MARKS.get(last.phase, "")
    ending = f"{name} {percent}".strip() if last.share > 0 else name
    wanted = [(last, ending, f"direct mark {style}")] if ending else []
    wanted += [(band, _percent(band.share), "direct share") for band in bands if 0 < band.share != last.share]
    taken, parts = _covered(steps), []
    for band, words, look in wanted:
        corner = _corner(frame.x(band.begin), _share_y(frame, band), words)
        label = _place(corner, _roomy(frame.area), taken)
        if label:
            parts.append(label.svg(look))
            taken.append(label.box())
    return "".join(parts) + f'<circle class="mark {style}" cx="{_xy(x)}" cy="{_xy(y)}" r="4.5"/>'


def _last_begin(bands: Sequence[_Band]) -> int:
    others = [band.end for band in bands if band.phase != bands[-1].phase]
    return max(others, default=bands[0].begin)


def _share_y(frame: Frame, band: _Band) -> float:
    return frame.y(math.sqrt(max(band.share, 0)))


def _corner(x: float, y: float, words: str) -> list[_Label]:
    """Above and left of a rising step there is always room; else above it, below it, or at its side."""
    return [
        _Label(x - 5, y + 4, "end", words),
        _Label(x + 4, y - 6, "start", words),
        _Label(x - 5, y - 6, "end", words),
        _Label(x + 7, y + 16, "start", words),
        _Label(x - 7, y + 16, "end", words),
        _Label(x - 7, y - 20, "end", words),
        _Label(x - 7, y - 40, "end", words),
    ]


def _roomy(area: Box) -> Box:
    return Box(area.left + 3, area.top - 14, _WIDTH, area.bottom)


def _no_data(area: Box) -> str:
    return _Label((area.left + area.right) / 2, (area.top + area.bottom) / 2, "middle", NO_DATA).svg("empty")


def _change_caption(change: ChangeStory, shares: Sequence[SharePoint]) -> str:
    """Write the legend, with the bounds of all stages, since a short stage has no room for its label."""
    ramp = {point.stage: point for point in shares if point.phase == "CANARY"}
    first = min(ramp, default=0)
    asked = [
        (point, _bound(level))
        for stage, point in sorted(ramp.items())
        for level in (_asked(change, point, first),)
        if level is not None
    ]
    ladder = [f"{_percent(point.share)} ends at {_odds(bound)}" for point, bound in asked if bound is not None]
    legend = "".join(_key(f"line {line.name}", f"{line.name}: it {line.meaning}") for line in _series((), ())[1])
    stages = _key("bound step", f"to promote: {', '.join(ladder)}") if ladder else ""
    return (
        f"{legend}{stages}<br>Above: evidence for each claim about the candidate; a line that leaves the plot"
        " runs along its edge. Below: users on the candidate, square-root scale."
    )


def _key(style: str, words: str) -> str:
    swatch = f'<svg viewBox="0 0 28 8" aria-hidden="true"><path class="{style}" d="M1,4H27"/></svg>'
    return f'<span class="key">{swatch}{_text(words)}</span>'


# --- cases


class _Marker(msgspec.Struct, frozen=True):
    """A moment in the life of a linked change, drawn into its case's plot."""

    at: int
    words: str
    style: str


_CASE_PLOT: Final = 150
_MARKED: Final = {
    "CANARY": ("first users", "canary"),
    "FULL": ("everyone", "full"),
    "ROLLED_BACK": ("taken back", "back"),
}
_LONGEST: Final = 24


def _linked(case: CaseStory, report: Report) -> tuple[ChangeStory, ...]:
    """Find the changes that answer the case, whichever of the two names the other."""
    return tuple(
        change for change in report.changes if change.change_id in case.change_ids or case.case_id in change.case_ids
    )


def _signals(case: CaseStory) -> int:
    return sum(count for _, count in case.signals_by_use_case)


def _case_table(report: Report) -> str:
    if not report.cases:
        return _empty(NO_DATA)
    top = sorted(enumerate(report.cases), key=lambda item: -_signals(item[1]))[:CASES_SHOWN]
    rows = "".join(_case_row(index, case, report) for index, case in top)
    return f"""
<p>{_text(_shown(len(top), report.cases_total))}</p>
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
    title = _text(case.title)
    name = f'<a href="#case-{index}">{title}</a>' if _linked(case, report) else title
    per_use_case = "<br>".join(f"{_text(use_case)} {count:,}" for use_case, count in case.signals_by_use_case)
    first, last = (_number((at - report.started_at) / DAY) for at in (case.first_seen, case.last_seen))
    return (
        f'<tr><td class="title">{name}<br><span class="soft">{_text(_humanised(case.reason_code))} &middot;'
        f" {_text(_humanised(case.failure_locus))}</span></td>"
        f"<td>{_text(_humanised(case.severity))}</td><td>{_text(case.owner)}</td><td>{_status_chip(case)}</td>"
        f'<td class="n">{_signals(case):,}<br><span class="soft">{per_use_case}</span></td>'
        f'<td class="n">{case.users:,}</td><td class="n">{first} to {last}</td></tr>'
    )


def _status_chip(case: CaseStory) -> str:
    style = "full" if case.status in _MENDED else ""
    return f'<span class="chip {style}">{_text(_humanised(case.status))}</span>'


def _case_card(index: int, case: CaseStory, report: Report) -> str:
    changes = _linked(case, report)
    return f"""
<article class="card" id="case-{index}">
<header><h3>{_text(case.title)}</h3><span class="chips">{_status_chip(case)}</span></header>
<p class="meta">{_text(_humanised(case.reason_code))} &middot;
{_text(_humanised(case.failure_locus))} &middot; {_text(case.owner)} &middot;
<code>{_text(case.case_id)}</code></p>
<p>{_text(case_story(case, changes, report))}</p>
{_case_plot(case, changes, report)}
</article>"""


def case_story(case: CaseStory, changes: Sequence[ChangeStory], report: Report) -> str:
    """How far the fault reached, and what its signals did when the changes came."""
    where = _listed([f"{count:,} from {use_case}" for use_case, count in case.signals_by_use_case])
    reach = (
        f"One case for {_count(len(case.signals_by_use_case), 'use case')}:"
        f" {_count(_signals(case), 'signal')} ({where or 'none'}), {_count(case.users, 'user')},"
        f" answered by {_count(len(changes), 'change')}."
    )
    return " ".join(filter(None, (reach, _effect(case, changes, report))))


def _effect(case: CaseStory, changes: Sequence[ChangeStory], report: Report) -> str:
    """Signals an hour before the first user saw a change, and after all changes had reached everyone."""
    ramps = [point.at for change in changes for point in change.shares if point.phase == "CANARY"]
    ends = [point.at for change in changes for point in _reached_full(change)]
    if not ramps or len(ends) < len(changes):
        return ""
    before = _hourly(case, report.started_at, min(ramps))
    after = _hourly(case, max(ends), report.ended_at)
    if not before or after is None:
        return ""
    return (
        f"Signals went from {_number(before)} an hour before the first user saw a change"
        f" to {_number(after)} after the last had reached everyone,"
        f" {100 * after / before:.0f}{_JOIN}% of before."
    )


def _reached_full(change: ChangeStory) -> list[SharePoint]:
    return [point for point in _in_order(change.shares) if point.phase == "FULL"][:1]


def _hourly(case: CaseStory, begin: int, end: int) -> float | None:
    if end - begin < HOUR:
        return None
    return sum(count for at, count in case.daily if begin <= at < end) * HOUR / (end - begin)


def _markers(changes: Sequence[ChangeStory]) -> list[_Marker]:
    found = []
    for change in changes:
        firsts = {point.phase: point for point in reversed(_in_order(change.shares))}
        name = change.use_case_id
        short = name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "\u2026"
        found += [
            _Marker(firsts[phase].at, f"{short}: {words}", style)
            for phase, (words, style) in _MARKED.items()
            if phase in firsts
        ]
    return sorted(found, key=lambda marker: marker.at)


def _case_plot(case: CaseStory, changes: Sequence[ChangeStory], report: Report) -> str:
    begin = min([report.started_at, *(at for at, _ in case.daily)])
    end = max([report.ended_at, begin + HOUR, *(at + HOUR for at, _ in case.daily)])
    hours = -(-(end - begin) // HOUR)
    width = -(-hours // POINTS_PER_LINE)
    bins = _binned(case.daily, begin, hours, width)
    smooth = _trailing(bins, max(round(DAY / HOUR / width), 1))
    markers = _markers(changes)
    plain = Frame(area=Box(_LEFT, 0, _RIGHT, _CASE_PLOT), begin=begin, end=end, low=0, high=max([*bins, 1]) * 1.05)
    lanes = _lanes(plain, markers)
    top = 8 + 16 * (1 + max(lanes, default=-1))
    frame = msgspec.structs.replace(plain, area=Box(_LEFT, top, _RIGHT, top + _CASE_PLOT))
    step = _steps(frame.high, _VALUES, 5)
    ticks = [(tick, f"{tick:,g}") for tick in _ticks(0, frame.high, step)]
    body = (
        _value_axis(frame, ticks, "signals per hour")
        + (_counts(frame, bins, smooth, width) if case.daily else _no_data(frame.area))
        + _border(frame)
        + "".join(_marker(frame, marker, lane) for marker, lane in zip(markers, lanes, strict=True))
        + _time_axis(frame, report.started_at, "the demo began", frame.area.bottom)
    )
    per = "hour" if width == 1 else f"hour, as means of {width} hours"
    caption = f"Grey: signals per {per}. Line: mean of the 24 hours before."
    return _figure(top + _CASE_PLOT + 42, f"Signals per hour of {case.title}", body, caption)


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
    tops = "".join(f"V{_xy(frame.y(value))}H{_xy(edges[index + 1])}" for index, value in enumerate(bins))
    ground = _xy(frame.area.bottom)
    line = _path([(edges[index + 1], frame.y(value)) for index, value in enumerate(smooth)])
    counts = f"M{_xy(edges[0])},{ground}{tops}V{ground}Z"
    return f'<path class="counts" d="{counts}"/><path class="line smooth" d="{line}"/>'


def _lanes(frame: Frame, markers: Sequence[_Marker]) -> list[int]:
    """Give each label a row above the plot, so that none covers another or is crossed by its line."""
    rows: list[tuple[float, int]] = []
    lanes = []
    for marker in reversed(markers):
        x = frame.x(marker.at)
        right = x + 6 + _LETTER * len(marker.words)
        lane = max((other + 1 for start, other in rows if start <= right), default=0)
        rows.append((x, lane))
        lanes.append(lane)
    return lanes[::-1]


def _marker(frame: Frame, marker: _Marker, lane: int) -> str:
    x, y = frame.x(marker.at), frame.area.top - 4 - 16 * lane
    label = _Label(x + 4, y, "start", marker.words)
    if label.box().right > _WIDTH:
        label = _Label(x - 4, y, "end", marker.words)
    return (
        f'<path class="moment {marker.style}" d="M{_xy(x)},{_xy(y - 10)}V{_xy(frame.area.bottom)}"/>'
        f"{label.svg(f'direct mark {marker.style}')}"
    )


# --- numbers and throughput


def _numbers(report: Report) -> str:
    rate = report.events / report.seconds if report.seconds > 0 else math.nan
    return _facts(
        (
            (f"{report.events:,}", "run events"),
            (f"{report.runs:,}", "runs"),
            (f"{report.signals:,}", "signals"),
            (f"{report.cases_total:,}", "cases"),
            (f"{report.dead:,}", "dead letters"),
            (_humanised(report.audit), "audit chain"),
            (_duration(report.ended_at - report.started_at), "virtual time"),
            (f"{_number(report.seconds)} s", "real time"),
            (_number(rate), "run events per second"),
            (str(report.seed), "seed"),
        )
    )


def _facts(facts: Iterable[tuple[str, str]]) -> str:
    items = "".join(f"<div><dd>{_text(value)}</dd><dt>{_text(name)}</dt></div>" for value, name in facts)
    return f'<dl class="facts">{items}</dl>'


_MICRO: Final = 1_000_000


def _throughput(report: Report) -> str:
    known = [row for row in report.stages if math.isfinite(row[2])]
    total = sum(events * micros for _, events, micros in known)
    if not known:
        return _empty(NO_DATA)
    rows = "".join(
        f'<tr><td>{_text(name)}</td><td class="n">{events:,}</td><td class="n">{_number(micros)}</td>'
        f'<td class="n">{_number(_MICRO / micros) if micros > 0 else NO_DATA}</td>'
        f'<td class="n">{_number(events * micros / _MICRO)}</td>'
        f'<td class="share"><span class="bar" style="width:{_xy(90 * part)}px"></span>'
        f"{_percent(part)}</td></tr>"
        for name, events, micros in known
        for part in (events * micros / total if total > 0 else 0.0,)
    )
    return f"""
<div class="wide"><table>
<thead><tr><th>stage</th><th class="n">events</th><th class="n">&micro;s per event</th>
<th class="n">events per second</th><th class="n">seconds</th><th>share of the time</th></tr></thead>
<tbody>{rows}</tbody>
</table></div>"""


_LIGHT: Final = """
--page:#f6f7f9;--card:#fff;--ink:#1b2129;--soft:#5a6573;--rule:#dfe3e8;--grid:#e8ebef;
--promote:#0068a8;--rollback:#c24a00;--improve:#00805c;--neutral:#7b8592;
--waiting:#eceff3;--canary:#e3eefa;--full:#dcf3ea;--back:#fbe6da;--counts:#c3cad3;
"""
_DARK: Final = """
--page:#12161b;--card:#1a2027;--ink:#e7ebf0;--soft:#9da8b5;--rule:#303943;--grid:#28303a;
--promote:#5db7f0;--rollback:#ff9152;--improve:#3ccb9c;--neutral:#8f9aa7;
--waiting:#222a33;--canary:#1b2f42;--full:#173629;--back:#40291d;--counts:#465260;
"""
_STYLE: Final = (
    f":root{{color-scheme:light dark;{_LIGHT}}}"
    f"@media screen and (prefers-color-scheme:dark){{:root{{{_DARK}}}}}"
    """
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
overflow-wrap:anywhere}
main{max-width:940px;margin:0 auto;padding:32px 20px 64px}
h1{font-size:27px;line-height:1.25;margin:4px 0 10px;letter-spacing:-.01em;text-wrap:balance}
h2{font-size:20px;margin:40px 0 12px}
h3{font-size:17px;line-height:1.35;margin:0}
p{margin:8px 0}
a{color:var(--promote)}
code{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.eyebrow,.meta,.soft,figcaption{color:var(--soft);font-size:13px}
.eyebrow{margin:0}
.lede{color:var(--soft);font-size:16px;max-width:75ch}
.card{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:18px 20px;margin:16px 0}
.card header{display:flex;gap:12px;justify-content:space-between;align-items:flex-start}
.chips{display:flex;gap:6px;flex-wrap:wrap;justify-content:flex-end;flex-shrink:0}
.chip{display:inline-block;font-size:12px;line-height:20px;padding:0 9px;border-radius:10px;
white-space:nowrap;background:var(--waiting)}
.chip.canary{background:var(--canary)}.chip.full{background:var(--full)}.chip.back{background:var(--back)}
.facts{display:grid;grid-template-columns:repeat(4,1fr);gap:1px;margin:14px 0;
background:var(--rule);border:1px solid var(--rule);border-radius:8px;overflow:hidden}
.facts div{background:var(--card);padding:9px 13px}
.facts dd{margin:0;font-size:18px;font-weight:600;font-variant-numeric:tabular-nums}
.facts dt{color:var(--soft);font-size:12.5px;line-height:1.35}
.top+.facts{grid-template-columns:repeat(5,1fr)}
figure{margin:14px 0 0}
.plot{overflow-x:auto}
.plot svg{display:block;width:100%;min-width:560px;height:auto}
figcaption{margin-top:6px}
.key{display:inline-flex;align-items:center;gap:6px;margin-right:16px}
.key svg{width:28px;height:8px;flex:none}
svg text{font-size:12.5px;fill:var(--ink);font-family:inherit}
svg .axis,svg .phase{fill:var(--soft);font-size:12px}
svg .empty{fill:var(--soft);font-size:14px}
.empty{color:var(--soft)}
.grid{stroke:var(--grid);fill:none}
.border,.tick{stroke:var(--neutral);fill:none}
.band.waiting{fill:var(--waiting)}.band.canary{fill:var(--canary)}
.band.full{fill:var(--full)}.band.back{fill:var(--back)}
.band{opacity:.55}
.edge{stroke:var(--neutral);opacity:.45;fill:none}
.line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.line.promote{stroke:var(--promote)}
.line.rollback{stroke:var(--rollback);stroke-dasharray:7 4}
.line.improve{stroke:var(--improve);stroke-dasharray:1.5 4.5;stroke-width:2.4}
.line.share,.line.smooth{stroke:var(--ink)}
.bound{fill:none;stroke:var(--neutral);stroke-width:1.4;stroke-dasharray:9 3 2 3}
.bound.step{stroke:var(--promote);stroke-dasharray:3 2;stroke-width:1.6}
.boundary,.direct{paint-order:stroke;stroke:var(--card);stroke-width:3px;stroke-linejoin:round}
svg .boundary{fill:var(--soft);font-size:12px}
svg .mark{fill:var(--ink)}
svg .boundary.step,svg .direct.promote{fill:var(--promote)}
svg .direct.rollback,svg .mark.back{fill:var(--rollback)}
svg .direct.improve,svg .mark.full{fill:var(--improve)}
svg .mark.canary{fill:var(--promote)}
.direct{font-weight:600}
circle.mark{stroke:var(--card);stroke-width:1.5}
.moment{fill:none;stroke-width:1.5}
.moment.canary{stroke:var(--promote);stroke-dasharray:4 3}
.moment.full{stroke:var(--improve)}
.moment.back{stroke:var(--rollback);stroke-dasharray:8 3}
.counts{fill:var(--counts)}
.wide{overflow-x:auto;background:var(--card);border:1px solid var(--rule);border-radius:10px}
table{border-collapse:collapse;width:100%;font-size:13.5px;line-height:1.4}
th,td{text-align:left;vertical-align:top;padding:8px 12px;border-top:1px solid var(--rule);
overflow-wrap:normal}
thead th{border-top:0;color:var(--soft);font-weight:500;font-size:12.5px}
td.title{min-width:170px;overflow-wrap:anywhere}
td .soft{font-size:12px}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.share{white-space:nowrap}th.n{white-space:normal}
.bar{display:inline-block;height:9px;border-radius:2px;background:var(--promote);margin-right:8px}
@media (max-width:760px){main{padding:20px 12px 40px}h1{font-size:22px}.card{padding:14px}
th,td{padding:7px 6px}
table{font-size:12.5px}td.title{min-width:130px}}
@media (max-width:560px){.facts,.top+.facts{grid-template-columns:repeat(2,1fr)}}
@media print{body{background:#fff;font-size:11pt}main{max-width:none;padding:0}
.card,.facts,tr{break-inside:avoid}.card,.wide{border-radius:0}h2,h2+p{break-after:avoid}
.plot,.wide{overflow:visible}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""
)
