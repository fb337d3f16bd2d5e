"""The demo's end, in words: what was planted, what became of it, and where to look further."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from loopwright.events import ReasonCode
from services.cli.files import make_folder
from services.cli.terminal import Tell, console, facts, grid, span
from services.kernel.settings import Settings
from services.simulator import demo
from services.simulator.product import DAY
from services.simulator.report import Report, headline, lede, story
from services.simulator.summary import write


def play(
    seed: int, settings: Settings, *, out: Path, tell: Tell, world: demo.World | None = None
) -> tuple[dict[str, Any], Report]:
    """Play the stories and write the report; returns the summary and what the report was made of.

    Raises:
        Mistake: the folder is no good.

    """
    make_folder(out)
    world = world or demo.shipped()
    longest = world.longest / DAY

    def progress(days: float, news: str) -> None:
        tell(days / longest, f"day {days:.1f} of at most {longest:.0f}: {news}")

    played = demo.play(seed, settings, progress, world=world)
    return write(played, out)


def sound(summary: Mapping[str, Any]) -> bool:
    """Whether nothing was lost and nobody changed the record: what must hold however the stories end."""
    return bool(summary["dead"] == 0 and summary["audit"] == "intact")


def print_summary(summary: Mapping[str, Any], report: Report, out: Path) -> None:
    """The summary, for a person."""
    screen = console()
    for text in (headline(report), lede(report)):
        screen.print(f"{text}\n", markup=False)
    head = ("change", "planted", "phase", "users exposed", "virtual time", "verified")
    screen.print(grid(head, list(_rows(summary))))
    for title, texts in (("Changes", map(story, report.changes)), ("The stale page", _stale(report))):
        screen.print(f"\n{title}", style="bold")
        for text in texts:
            screen.print(f"  {text}", markup=False)
    screen.print()
    screen.print(facts([("report", str(out / "report.html")), ("summary", str(out / "summary.json"))]))


def _rows(summary: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for one in summary["changes"]:
        yield (
            one["change_id"],
            one["planted"].replace("_", " "),
            one["phase"],
            f"{one['users_exposed']:,}",
            span(one["virtual_seconds"] * 1000),
            "yes" if one["verified"] else "no",
        )


def _stale(report: Report) -> Iterator[str]:
    """The case behind the stale page: what it is, how large, who owns it, what mends it."""
    mended = [one for one in report.cases if one.reason_code == ReasonCode.STALE_SOURCE and one.change_ids]
    for one in mended:
        shares = ", ".join(f"{signals:,} in {use_case}" for use_case, signals in one.signals_by_use_case)
        changes = ", ".join(one.change_ids)
        yield f"{one.title}: signals {shares}; owner {one.owner}; answered by {changes}; {one.status}."
    if not mended:
        yield "No case about it was answered by a change."
