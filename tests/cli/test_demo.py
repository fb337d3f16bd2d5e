from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loopwright.events import ReasonCode
from services.cli.demo import play, print_summary, sound
from services.kernel.settings import load
from services.simulator import demo
from services.simulator.report import CaseStory, Report
from tests.factories import HOUR, NOON

STALE = CaseStory(
    case_id="case-1",
    title="Stale source: source refund-policy",
    reason_code=ReasonCode.STALE_SOURCE,
    failure_locus="INPUT_KNOWLEDGE",
    severity="HIGH",
    owner="knowledge-quality",
    status="VERIFIED",
    signals_by_use_case=(("support-answers", 1220), ("support-billing", 3922)),
    users=900,
    first_seen=NOON,
    last_seen=NOON,
    change_ids=("kb-answers-13", "kb-billing-13"),
    daily=(),
)


def summary(**fields: Any) -> dict[str, Any]:
    change = {
        "change_id": "kb-answers-13",
        "planted": "stale_source",
        "phase": "FULL",
        "users_exposed": 8857,
        "virtual_seconds": 87_000,
        "verified": True,
    }
    return {"changes": [change], "dead": 0, "audit": "intact", **fields}


def report(*cases: CaseStory) -> Report:
    return Report(
        title="A week", seed=1, started_at=NOON, ended_at=NOON, events=6, runs=1, signals=1, cases_total=1, dead=0,
        audit="intact", changes=(), cases=cases, stages=(), seconds=1.0,
    )  # fmt: skip


def test_a_short_demo_tells_how_far_it_is_and_leaves_its_report(tmp_path: Path) -> None:
    told: list[tuple[float, str]] = []
    world = replace(demo.shipped(), users=200, runs_per_day=dict.fromkeys(demo.USE_CASES, 500.0), longest=3 * HOUR)
    made, page = play(1, load({}), out=tmp_path, tell=lambda done, news: told.append((done, news)), world=world)
    assert sound(made)
    assert page.events == made["events"] > 100
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "summary.json"}
    assert [done for done, _ in told] == pytest.approx([1 / 3, 2 / 3, 1])
    assert told[-1][1].startswith("day 0.1 of at most 0")


def test_the_summary_tells_the_changes_the_stale_page_and_where_the_report_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_summary(summary(), report(STALE), Path("out"))
    said = " ".join(capsys.readouterr().out.split())
    assert "kb-answers-13 stale source FULL 8,857 1d 10m yes" in said
    assert "signals 1,220 in support-answers, 3,922 in support-billing; owner knowledge-quality" in said
    assert "out/report.html" in said


def test_the_summary_says_so_when_no_change_answers_a_stale_page(capsys: pytest.CaptureFixture[str]) -> None:
    print_summary(summary(), report(), Path("out"))
    assert "No case about it was answered by a change." in capsys.readouterr().out


def test_a_demo_is_sound_when_nothing_was_lost_and_the_audit_chain_is_whole() -> None:
    assert sound(summary())
    assert not sound(summary(dead=1))
    assert not sound(summary(audit="rollout/support-answers record 3: it was changed"))
