"""The sentences of the page: what happened, computed from the data alone.

Nothing here is escaped: a sentence is plain text until `as_text` puts it into the page.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from services.simulator.report.model import (
    HOUR,
    MENDED,
    CaseStory,
    ChangeStory,
    EvidencePoint,
    Report,
    SharePoint,
    bound_at,
    changes_answering,
    in_order,
    signals_of,
)
from services.simulator.report.numbers import NO_BREAK, counted, duration, humanised, listed, odds, percent, rounded


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
    changes = f"{counted(len(report.changes), 'change')}: {', '.join(parts)}" if parts else "No change was proposed"
    return f"{changes}; {_cases_in_words(report)}."


def _cases_in_words(report: Report) -> str:
    answered = [case for case in report.cases if changes_answering(case, report)]
    mended = sum(case.status in MENDED for case in answered)
    found = f"{counted(report.cases_total, 'case')} {'was' if report.cases_total == 1 else 'were'} found"
    if not answered:
        return found
    if mended == len(answered):
        return f"{found}, {mended} of them mended and verified"
    return f"{found}, {len(answered)} of them answered by changes, {mended} mended and verified"


def lede(report: Report) -> str:
    """Whether the run can be believed: what was planted, what was lost, what took how long."""
    span = duration(report.ended_at - report.started_at)
    dead = (
        "No event was set aside as dead" if report.dead == 0 else f"{counted(report.dead, 'event')} set aside as dead"
    )
    through = (
        f"{counted(report.events, 'run event')} of {counted(report.runs, 'run')} over {span} of virtual time"
        f" went through the loop in {rounded(report.seconds)}{NO_BREAK}s."
    )
    whole = f"{dead}; the audit chain is {humanised(report.audit)}."
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
    return f"{words}: {humanised(change.surface)} of {change.use_case_id}."


def _rates(change: ChangeStory) -> str:
    if not change.baseline_n or not change.candidate_n:
        return "The gate counted no outcomes of both arms."
    baseline, candidate = change.baseline_fail / change.baseline_n, change.candidate_fail / change.candidate_n
    ratio = f", {candidate / baseline:.2f} times as many" if baseline else ""
    return (
        f"By the metric {change.metric}, {percent(candidate)} failed with it"
        f" against {percent(baseline)} without it{ratio}."
    )


def _route(change: ChangeStory) -> str:
    shares = in_order(change.shares)
    if not shares:
        return f"Its last phase is {humanised(change.phase)}; no transition was recorded."
    end = _arrival(shares)
    if end.phase == "FULL":
        return f"It {_road(shares)}reached everyone{_after(shares)}{_because_promoted(change, end)}"
    if end.phase == "ROLLED_BACK":
        return f"It was taken back{_after(shares)}{_because_rolled_back(change, end)}"
    if end.phase == "REJECTED":
        return f"It was refused before any user saw it{_recorded(end)}"
    return f"It is {humanised(end.phase)} with {percent(end.share)} of users{_recorded(end)}"


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
    return f"went through {listed([percent(share) for share in passed])} of users and " if passed else ""


def _after(shares: Sequence[SharePoint]) -> str:
    """How far it had come and how long it took, for a change that users saw."""
    took, end = ramp_time(shares), _arrival(shares)
    if took is None:
        return ""
    before = [point.share for point in shares if point.at < end.at][-1:]
    at = f" at {percent(before[0])} of users," if before and end.phase == "ROLLED_BACK" else ""
    return f"{at} after {duration(took)}"


def ramp_time(shares: Sequence[SharePoint]) -> int | None:
    """From the first user on the candidate to the last phase."""
    first = next((point.at for point in shares if point.phase == "CANARY"), None)
    return None if first is None else _arrival(shares).at - first


def _because_promoted(change: ChangeStory, last: SharePoint) -> str:
    reached, bound = _peak([point.promote for point in _until(change, last.at)]), bound_at(change.alpha)
    if reached is None or bound is None:
        return _recorded(last)
    if reached >= bound:
        return (
            f": the evidence that it is not worse by more than the margin reached {odds(reached)},"
            f" and {odds(bound)} was asked."
        )
    return f", though the recorded evidence reached only {odds(reached)} of {odds(bound)}{_recorded(last)}"


def _because_rolled_back(change: ChangeStory, last: SharePoint) -> str:
    reached, bound = _peak([point.rollback for point in _until(change, last.at)]), bound_at(change.beta)
    if reached is None or bound is None:
        return _recorded(last)
    if reached >= bound:
        return f": the evidence that it does harm reached {odds(reached)}, past the bound of {odds(bound)}."
    return (
        f"{_recorded(last)} It did not wait for statistics: the evidence of harm was at most"
        f" {odds(reached)}, and {odds(bound)} would have been needed."
    )


def _recorded(last: SharePoint) -> str:
    return f"; recorded reason: {humanised(last.reason)}." if last.reason else "."


def _verification(change: ChangeStory) -> str:
    reached, bound = _peak([point.improve for point in change.evidence]), bound_at(change.alpha)
    if change.phase != "FULL" and not change.verified:
        return ""
    words = "Verified" if change.verified else "Not verified yet"
    if reached is None or bound is None:
        return f"{words}."
    asked = f"{odds(bound)} is asked"
    return f"{words}: the evidence that it is better than before reached {odds(reached)} ({asked})."


def _until(change: ChangeStory, at: int) -> list[EvidencePoint]:
    return [point for point in change.evidence if point.at <= at]


def _peak(values: Iterable[float]) -> float | None:
    known = [value for value in values if not math.isnan(value)]
    return max(known) if known else None


def case_story(case: CaseStory, changes: Sequence[ChangeStory], report: Report) -> str:
    """How far the fault reached, and what its signals did when the changes came."""
    where = listed([f"{count:,} from {use_case}" for use_case, count in case.signals_by_use_case])
    reach = (
        f"One case for {counted(len(case.signals_by_use_case), 'use case')}:"
        f" {counted(signals_of(case), 'signal')} ({where or 'none'}), {counted(case.users, 'user')},"
        f" answered by {counted(len(changes), 'change')}."
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
        f"Signals went from {rounded(before)} an hour before the first user saw a change"
        f" to {rounded(after)} after the last had reached everyone,"
        f" {100 * after / before:.0f}{NO_BREAK}% of before."
    )


def _reached_full(change: ChangeStory) -> list[SharePoint]:
    return [point for point in in_order(change.shares) if point.phase == "FULL"][:1]


def _hourly(case: CaseStory, begin: int, end: int) -> float | None:
    if end - begin < HOUR:
        return None
    return sum(count for at, count in case.daily if begin <= at < end) * HOUR / (end - begin)
