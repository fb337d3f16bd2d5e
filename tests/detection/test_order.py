"""For one session any order and any delay within the lateness gives the same signals, outcomes and alarms.

The stage is driven by partition time, as in production; nothing is sorted for it. Repeats are capture's to drop.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from loopwright.events import (
    ActionStatus,
    Arm,
    Exposure,
    Polarity,
    RunEvent,
    RunStatus,
    TakeoverReason,
    TextRef,
    ToolStatus,
)
from tests import factories as make
from tests.detection.conversation import LATENESS, PATIENCE, Arrival, found
from tests.factories import DAY, HOUR, MINUTE, NOON, SECOND

# The times at which something is decided, and the moments around them.
DECIDING = [LATENESS, PATIENCE, 30 * MINUTE, HOUR, HOUR + LATENESS, 6 * HOUR]
GAPS = st.one_of(
    st.integers(0, 90).map(lambda seconds: seconds * SECOND),
    st.builds(lambda at, off: at + off, st.sampled_from(DECIDING), st.sampled_from([-MINUTE, -1, 0, 1, 2 * MINUTE])),
)

SKETCHES = st.sampled_from([b"", b"aaaabbbbcccc", b"aaaabbbbdddd", b"eeeeffff"])
TEXTS = st.builds(
    TextRef,
    sketch=SKETCHES,
    numbers=st.sampled_from([b"", b"1111", b"2222"]),
    correction=st.booleans(),
    negation=st.booleans(),
)
SOURCES = st.builds(
    make.retrieved,
    st.sampled_from(["refund-policy", "account-help", "no-such-source"]),
    updated_at=st.sampled_from([0, NOON - DAY, NOON - 100 * DAY]),
    scope=st.sampled_from(["", "kb:read@public", "hr:read@tenant"]),
)


@st.composite
def numbered(draw: st.DrawFn, run: str, at: int, seq: int, whose: dict[str, Any]) -> RunEvent:
    """Something that happens within a run."""
    fields: dict[str, Any] = {"run": run, "at": at, "seq": seq, **whose}
    match draw(st.sampled_from(["turn", "answer", "tool", "snapshot", "action", "takeover"])):
        case "turn":
            return make.turn(draw(TEXTS), **fields)
        case "answer":
            return make.answer(refused=draw(st.booleans()), **fields)
        case "tool":
            used = draw(st.sampled_from(["", "orders:read@customer", "orders:read@tenant"]))
            return make.tool(status=draw(st.sampled_from(ToolStatus)), scope_used=used, **fields)
        case "snapshot":
            return make.snapshot(*draw(st.lists(SOURCES, max_size=2)), **fields)
        case "action":
            effect = draw(st.sampled_from(["a-payload", "another", ""]))
            return make.action(status=draw(st.sampled_from(ActionStatus)), executed_hash=effect, **fields)
    return make.takeover(draw(st.sampled_from(TakeoverReason)), **fields)


@st.composite
def session_of(draw: st.DrawFn, exposure: Exposure = Exposure.LIVE) -> list[RunEvent]:
    """Some runs of one conversation, with what is said about them from outside; some of it is lost."""
    events: list[RunEvent] = []
    start = NOON
    for n in range(draw(st.integers(1, 3))):
        run, at = f"run-{n}", start
        whose: dict[str, Any] = {"intent": draw(st.sampled_from(["refund", "return"])), "exposure": exposure}
        if exposure is Exposure.OFFLINE:
            whose["eval_case_id"] = f"example-{n}"
        mine: list[RunEvent] = [make.turn(draw(TEXTS), run=run, at=at, seq=0, **whose)]
        for seq in range(1, draw(st.integers(1, 5))):
            at += draw(GAPS)
            arm = {"release_id": "release-1", "arm": draw(st.sampled_from([Arm.BASELINE, Arm.BASELINE, Arm.CANDIDATE]))}
            mine.append(draw(numbered(run, at, seq, {**whose, **arm})))
        at += draw(GAPS)
        status = draw(st.sampled_from([RunStatus.OK, RunStatus.OK, RunStatus.ERROR, RunStatus.ABORTED]))
        mine.append(make.finished(status, run=run, at=at, events=len(mine) + 1, **whose))
        if exposure is Exposure.LIVE:
            lost = draw(st.sets(st.integers(0, len(mine) - 1), max_size=1)) if draw(st.booleans()) else set()
            mine = [event for place, event in enumerate(mine) if place not in lost]
            for _ in range(draw(st.integers(0, 2))):
                polarity = draw(st.sampled_from(Polarity))
                said = start + draw(GAPS)
                mine.append(make.feedback(polarity, run=run, at=said, event_id=f"{run}/feedback/{len(mine)}", **whose))
        for value in draw(st.lists(st.sampled_from([0.0, 1.0]), max_size=1)):
            mine.append(make.business("reopened", value, run=run, at=start + draw(GAPS), **whose))
        events += mine
        start += draw(GAPS)
    return events


@st.composite
def deliveries(draw: st.DrawFn, exposure: Exposure = Exposure.LIVE) -> tuple[list[RunEvent], list[Arrival]]:
    """A session, and one way in which it arrives: any order and any delay, within the lateness."""
    events = draw(session_of(exposure))
    delays = st.integers(0, LATENESS - 1) | st.sampled_from([0, LATENESS - 1])
    arrivals = [Arrival(event, draw(delays)) for event in draw(st.permutations(events))]
    return events, arrivals


@settings(max_examples=150)
@given(deliveries(), st.sampled_from([1, 2, 10_000]), st.sampled_from([None, 7 * MINUTE, HOUR]))
def test_no_order_and_no_delay_changes_what_is_found(
    delivery: tuple[list[RunEvent], list[Arrival]], batch: int, tick: int | None
) -> None:
    events, arrivals = delivery

    assert found(arrivals, batch=batch, tick=tick) == found([Arrival(event, 0) for event in events], batch=1)


@settings(max_examples=150)
@given(deliveries(Exposure.OFFLINE), st.sampled_from([1, 10_000]))
def test_no_order_and_no_delay_changes_what_is_found_in_offline_runs(
    delivery: tuple[list[RunEvent], list[Arrival]], batch: int
) -> None:
    events, arrivals = delivery

    assert found(arrivals, batch=batch) == found([Arrival(event, 0) for event in events], batch=1)
