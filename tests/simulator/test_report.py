import math
import re
from html.parser import HTMLParser
from itertools import pairwise

import msgspec
import pytest
from msgspec.structs import replace

from services.simulator.report import (
    DAY,
    HOUR,
    POINTS_PER_LINE,
    CaseStory,
    ChangeStory,
    EvidencePoint,
    Report,
    SharePoint,
    case_story,
    headline,
    lede,
    render,
    story,
    thin,
)

BEGAN = 1_760_000_000_000
HOSTILE = "<script>alert('x')</script>&\" onload=\"alert(1)\ud800\x00"
LEGEND = "M1,4H27"
VOID = {"meta", "br"}


def evidence(*points: tuple[float, float, float]) -> tuple[EvidencePoint, ...]:
    """One point an hour, from the first hour on."""
    return tuple(
        EvidencePoint(at=BEGAN + hour * HOUR, promote=p, rollback=r, improve=i)
        for hour, (p, r, i) in enumerate(points, start=1)
    )


def share(hour: int, percent: float, phase: str = "CANARY", *, stage: int = 0, reason: str = "") -> SharePoint:
    return SharePoint(at=BEGAN + hour * HOUR, share=percent / 100, phase=phase, stage=stage, reason=reason)


RAMP = (
    share(0, 0, "PROPOSED"),
    share(1, 1),
    share(2, 5, stage=1),
    share(3, 25, stage=2),
    share(4, 50, stage=3),
)

GOOD = ChangeStory(
    change_id="c1",
    title="Ask for the order number",
    use_case_id="orders",
    surface="PROMPT",
    planted="good",
    phase="FULL",
    metric="answer_failed",
    started_at=BEGAN,
    ended_at=BEGAN + 9 * HOUR,
    users_exposed=900,
    alpha=0.05,
    beta=0.05,
    stage_alphas=(0.5, 0.3, 0.15, 0.05),
    baseline_fail=300,
    baseline_n=1000,
    candidate_fail=90,
    candidate_n=500,
    verified=True,
    case_ids=(),
    evidence=evidence((0, 0, 0), (1, -1, 1), (2, -2, 2), (3.5, -3, 3), (5, -4, 4)),
    shares=(*RAMP, share(5, 95, "FULL", stage=3)),
)
BAD = replace(
    GOOD,
    change_id="c2",
    planted="bad",
    phase="ROLLED_BACK",
    verified=False,
    evidence=evidence((0, 0, 0), (-2, 4, -2)),
    shares=(share(0, 0, "PROPOSED"), share(1, 1), share(3, 0, "ROLLED_BACK", reason="HARM")),
)
CASE = CaseStory(
    case_id="k1",
    title="Stale source: refunds.md",
    reason_code="STALE_SOURCE",
    failure_locus="RETRIEVAL",
    severity="HIGH",
    owner="knowledge",
    status="OPEN",
    signals_by_use_case=(("orders", 30), ("refunds", 10)),
    users=25,
    first_seen=BEGAN,
    last_seen=BEGAN + DAY,
    change_ids=("c1",),
    daily=tuple((BEGAN + hour * HOUR, 10 if hour < 5 else 1) for hour in range(24)),
)


def report(*changes: ChangeStory, cases: tuple[CaseStory, ...] = ()) -> Report:
    return Report(
        title="Demo",
        seed=1,
        started_at=BEGAN,
        ended_at=BEGAN + DAY,
        events=3000,
        runs=600,
        signals=40,
        cases_total=len(cases),
        dead=0,
        audit="intact",
        changes=changes,
        cases=cases,
        stages=(("capture", 3000, 50.0),),
        seconds=2.0,
    )


class Page(HTMLParser):
    """What a browser would make of the page, strictly: every element is closed by its own end tag."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data.replace("\u00a0", " ")

    def paths(self, style: str) -> list[str]:
        """The lines of a style in the plots, without the legend's."""
        drawn = [attrs["d"] or "" for _, attrs in self.tags if attrs.get("class") == style]
        return [path for path in drawn if path != LEGEND]


def plain(sentence: str) -> str:
    return sentence.replace("\u00a0", " ")


def test_the_headline_counts_how_the_changes_ended() -> None:
    held = replace(GOOD, phase="HELD")

    assert headline(report(GOOD, GOOD, GOOD, BAD, BAD, held, cases=(CASE,))) == (
        "6 changes: 3 reached everyone, 2 were taken back, 1 is held;"
        " 1 case was found, 1 of them answered by changes, 0 mended and verified."
    )


def test_the_headline_says_when_nothing_was_proposed() -> None:
    assert headline(report()) == "No change was proposed; 0 cases were found."


def test_a_case_that_a_change_mended_is_in_the_headline() -> None:
    mended = replace(CASE, status="VERIFIED")

    assert "1 case was found, 1 of them mended and verified." in headline(report(GOOD, cases=(mended,)))


def test_a_change_that_ended_otherwise_than_planted_is_named() -> None:
    surprise = replace(BAD, title="Surprise", phase="FULL")

    assert "1 of 2 did not end as planted: Surprise" in lede(report(GOOD, surprise))
    assert "All 2 ended as planted." in lede(report(GOOD, BAD))


def test_a_good_change_is_told_with_its_road_its_evidence_and_its_verification() -> None:
    told = plain(story(GOOD))

    assert "18 % failed with it against 30 % without it, 0.60 times as many" in told
    assert "went through 1 %, 5 %, 25 % and 50 % of users and reached everyone after 4 h" in told
    assert "reached 148 : 1, and 20 : 1 was asked." in told
    assert "Verified: the evidence that it is better than before reached 54.6 : 1" in told


def test_a_bad_change_is_told_with_the_harm_that_ended_it() -> None:
    told = plain(story(BAD))

    assert "taken back at 1 % of users, after 2 h: the evidence that it does harm reached 54.6 : 1" in told
    assert "did not wait" not in told


def test_an_alarm_is_not_mistaken_for_statistics() -> None:
    breach = replace(
        BAD,
        planted="breach",
        evidence=evidence((0, 0, 0)),
        shares=(*BAD.shares[:2], share(3, 0, "ROLLED_BACK", reason="SCOPE_BREACH")),
    )
    told = plain(story(breach))

    assert "recorded reason: scope breach." in told
    assert "It did not wait for statistics: the evidence of harm was at most 1 : 1" in told


def test_evidence_that_came_after_the_decision_does_not_explain_it() -> None:
    late = replace(GOOD, evidence=evidence(*[(0.0, 0.0, 0.0)] * 5, (9, 0, 0)))

    assert "though the recorded evidence reached only 1 : 1 of 20 : 1" in plain(story(late))


def test_a_later_transition_within_the_last_phase_does_not_lengthen_the_road() -> None:
    told = story(replace(GOOD, shares=(*GOOD.shares, share(9, 100, "FULL"))))

    assert told == story(GOOD)


def test_a_mended_case_is_told_by_its_signals_before_and_after() -> None:
    told = plain(case_story(CASE, (GOOD,), report(GOOD, cases=(CASE,))))

    assert "One case for 2 use cases: 40 signals (30 from orders and 10 from refunds)" in told
    assert "went from 10 an hour before the first user saw a change to 1 after" in told
    assert "10 % of before" in told


@pytest.mark.parametrize("spared", [frozenset(), frozenset({"phase", "planted", "status"})])
def test_data_is_text_wherever_it_stands(spared: frozenset[str]) -> None:
    page = render(_hostile(report(GOOD, BAD, replace(GOOD, shares=(), evidence=()), cases=(CASE,)), spared))
    tags = Page(page).tags

    assert "script" not in {tag for tag, _ in tags}
    assert "onload" not in {name for _, attrs in tags for name in attrs}
    assert page.count("&lt;script&gt;") > 20
    assert "\x00" not in page
    assert page.encode("utf-8")


def _hostile(value: Report, spared: frozenset[str]) -> Report:
    """The same report with every string replaced, except where a vocabulary would choose another sentence."""

    def poison(part: object) -> object:
        if isinstance(part, str):
            return HOSTILE
        if isinstance(part, tuple | list):
            return [poison(inner) for inner in part]
        if isinstance(part, dict):
            return {key: inner if key in spared else poison(inner) for key, inner in part.items()}
        return part

    return msgspec.convert(poison(msgspec.to_builtins(value)), Report)


def test_the_page_needs_nothing_but_itself() -> None:
    page = render(report(GOOD, BAD, cases=(CASE,)))
    attributes = [(name, value) for _, attrs in Page(page).tags for name, value in attrs.items()]

    assert not re.search(r"https?:|//|@import|url\((?!#)", page)
    assert {name for name, _ in attributes}.isdisjoint({"src", "srcset", "data", "onclick", "onload"})
    assert all((value or "").startswith("#") for name, value in attributes if name == "href")


def test_every_reference_within_the_page_has_one_target() -> None:
    page = render(report(replace(GOOD, case_ids=("k1",)), BAD, cases=(CASE,)))
    ids = [attrs["id"] for _, attrs in Page(page).tags if "id" in attrs]
    wanted = re.findall(r'(?:href="#|url\(#)([\w-]+)', page)

    assert len(ids) == len(set(ids))
    assert set(wanted) == {"case-0", "clip-0", "clip-1"}
    assert set(wanted) <= set(ids)


@pytest.mark.parametrize("value", [math.inf, -math.inf, 1e300, -1e300, math.nan])
def test_no_evidence_is_drawn_outside_of_its_plot(value: float) -> None:
    odd = replace(GOOD, evidence=evidence((0, 0, 0), (value, value, value), (1, 1, 1), (2, 2, 2)))
    page = Page(render(report(odd)))
    points = re.findall(r"[ML]([^,]+),([^LMh]+)", "".join(page.paths("line promote")))

    assert len(points) >= 3
    assert all(62 <= float(x) <= 748 and 26 <= float(y) <= 270 for x, y in points)
    assert not any(re.search(r"nan|inf", value or "") for _, attrs in page.tags for value in attrs.values())


def test_an_unknown_value_leaves_a_gap_in_its_line() -> None:
    gap = replace(GOOD, evidence=evidence((0, 0, 0), (math.nan, 0, 0), (1, 0, 0), (2, 0, 0)))
    [plot] = Page(render(report(gap))).paths("line promote")

    assert plot.count("M") == 2


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, math.nan])
def test_an_error_level_that_is_none_draws_no_bound(level: float) -> None:
    page = Page(render(report(replace(GOOD, alpha=level, beta=level, stage_alphas=(level,)))))

    assert page.paths("bound") == []
    assert page.paths("bound step") == []


def test_each_stage_shows_the_bound_that_ends_it_however_stages_are_counted() -> None:
    later = replace(GOOD, shares=tuple(replace(point, stage=point.stage + 1) for point in GOOD.shares))

    for change in (GOOD, later):
        page = Page(render(report(change)))
        assert len({path.split(",")[1].split("H")[0] for path in page.paths("bound step")}) == 4
        assert "1 % ends at 2 : 1, 5 % ends at 3.33 : 1, 25 % ends at 6.67 : 1, 50 % ends at 20 : 1" in page.text


def test_the_share_is_drawn_as_steps() -> None:
    [steps] = Page(render(report(GOOD))).paths("line share")
    points = [tuple(map(float, point.split(","))) for point in re.split(r"[ML]", steps.replace("h0", ""))[1:]]

    assert len(points) == 2 * len(GOOD.shares)
    assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(points))


def test_the_end_of_a_release_is_marked() -> None:
    assert "FULL 95 %" in Page(render(report(GOOD))).text
    assert ">ROLLED BACK</text>" in render(report(BAD))


def test_what_is_empty_says_so() -> None:
    nothing = replace(GOOD, evidence=(), shares=(), candidate_n=0, baseline_n=0)
    silent = replace(CASE, daily=())
    page = Page(render(replace(report(nothing, cases=(silent,)), stages=())))

    assert page.text.count("no data") == 2 + 2 + 1 + 1  # rates, both plots of the change, the case, throughput
    assert "The gate counted no outcomes of both arms." in page.text
    assert "no transition was recorded" in page.text
    assert "no data" in Page(render(report())).text


def test_a_case_shows_when_its_changes_came() -> None:
    page = Page(render(report(GOOD, replace(BAD, case_ids=("k1",)), cases=(CASE,))))

    assert page.text.count("orders: first users") == 2
    assert page.text.count("orders: everyone") == 1
    assert page.text.count("orders: taken back") == 1


def test_a_case_that_no_change_answers_has_no_plot() -> None:
    assert Page(render(report(GOOD, cases=(replace(CASE, change_ids=()),)))).paths("counts") == []
    assert len(Page(render(report(GOOD, cases=(CASE,)))).paths("counts")) == 1


def test_the_table_shows_the_cases_with_the_most_signals() -> None:
    cases = tuple(
        replace(CASE, title=f"case {n:02}", change_ids=(), signals_by_use_case=(("orders", n),)) for n in range(20)
    )
    text = Page(render(report(cases=cases))).text

    assert re.findall(r"case \d\d", text) == [f"case {n:02}" for n in range(19, 7, -1)]


def test_thinning_keeps_the_ends_and_what_must_be_kept() -> None:
    chosen = thin(range(1000), keep=(333, 334, 777), most=100)

    assert {0, 333, 334, 777, 999} <= set(chosen)
    assert list(chosen) == sorted(chosen)
    assert 90 <= len(chosen) <= 100
    assert thin(range(100), keep=(), most=100) == tuple(range(100))


def test_a_long_line_is_thinned_around_its_transitions_and_the_page_stays_small() -> None:
    points = tuple(
        EvidencePoint(at=BEGAN + n * 60_000, promote=math.sin(n), rollback=math.cos(n), improve=math.sin(2 * n))
        for n in range(500)
    )
    long = replace(GOOD, evidence=points)
    page = render(report(*[long] * 6, cases=(CASE,)))
    line = Page(page).paths("line promote")[0]

    assert POINTS_PER_LINE * 0.95 <= len(re.findall("[ML]", line)) <= POINTS_PER_LINE
    assert len(page.encode()) < 400_000


def test_the_same_report_gives_the_same_page() -> None:
    assert render(report(GOOD, BAD, cases=(CASE,))) == render(report(GOOD, BAD, cases=(CASE,)))
