"""What a run comes to: measured once at each horizon, not before it, and nothing missing is taken for good."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from loopwright.codec import CODEC
from loopwright.events import Arm, BadIf, Exposure, Outcome, ReasonCode, RunEvent, RunStatus, SignalKind, UseCaseSpec
from services.detection.domain.outcomes import MOST_FACTS
from tests import factories as make
from tests.detection.conversation import LATENESS, Arrival, found, listening, measured, on_time, said
from tests.factories import DAY, HOUR, MINUTE, NOON, SECOND

SIX_HOURS = 6 * HOUR


def outcomes(*events: RunEvent, specs: tuple[UseCaseSpec, ...] = (make.spec(),)) -> list[Outcome]:
    return sorted(on_time(*events, specs=specs).outcomes.elements(), key=lambda one: (one.run_id, one.horizon_ms))


def values(*events: RunEvent) -> dict[str, tuple[float, str]]:
    return {name: (one.bad, one.unmeasured) for name, one in measured(*events).items()}


# --------------------------------------------------------------------------------------------------------------- when


def test_a_run_is_measured_once_at_each_horizon_of_its_use_case() -> None:
    found_outcomes = outcomes(*make.whole_run(), make.business(value=0.0))

    assert [one.horizon_ms for one in found_outcomes] == [HOUR, SIX_HOURS]
    assert [[measure.name for measure in one.metrics] for one in found_outcomes] == [["not_helped"], ["reopened"]]
    assert len({one.outcome_id for one in found_outcomes}) == 2


@pytest.mark.parametrize("horizon", [HOUR, SIX_HOURS])
def test_an_outcome_is_written_when_start_horizon_and_lateness_have_passed_and_never_earlier(horizon: int) -> None:
    """However the events come: the run's first event is what counts."""
    memory = listening(batch=1)
    for event in reversed(make.whole_run()):
        memory.send("runs", event, at=NOON + MINUTE)
    due = NOON + horizon + LATENESS

    memory.run(due + 2 * SECOND - 1)  # a partition read to its end is two seconds behind the clock
    assert horizon not in {one.horizon_ms for one in said(memory).outcomes}

    memory.run(due + 2 * SECOND)
    assert horizon in {one.horizon_ms for one in said(memory).outcomes}


def test_an_outcome_says_whose_run_it_was_and_on_which_side() -> None:
    versions: dict[str, Any] = {
        "release_id": "release-1", "release_stage": 2, "arm": Arm.CANDIDATE, "cohort_id": "new", "user_bucket": 99,
    }  # fmt: skip
    one = outcomes(*make.whole_run(at=NOON + MINUTE, **versions))[0]

    for name, value in {**versions, "user_id": "k1:ann", "intent": "refund", "spec_version": 1}.items():
        assert getattr(one, name) == value, name
    assert (one.started_at, one.unit_id, one.exposure) == (NOON + MINUTE, "user:99", Exposure.LIVE)
    assert CODEC.decode(CODEC.encode(one)) == one


def test_what_is_told_about_a_run_that_never_came_is_no_outcome() -> None:
    assert outcomes(make.feedback(), make.business()) == []


# --------------------------------------------------------------------------------------------------------------- what


def test_a_run_that_ended_well_and_of_which_nothing_bad_is_known_is_good() -> None:
    assert values(*make.whole_run(), make.business(value=0.0)) == {"not_helped": (0.0, ""), "reopened": (0.0, "")}


@pytest.mark.parametrize("status", [RunStatus.ERROR, RunStatus.ABORTED, RunStatus.UNKNOWN])
def test_a_run_that_ended_in_an_error_is_a_failure_and_not_missing(status: RunStatus) -> None:
    assert values(*make.whole_run(status=status))["not_helped"] == (1.0, "")


def test_a_signal_that_the_metric_names_makes_it_bad() -> None:
    assert values(*make.whole_run(), make.feedback())["not_helped"] == (1.0, "")


def test_a_signal_that_it_does_not_name_does_not() -> None:
    events = (make.turn(), make.tool(status="TIMEOUT"), make.finished())  # type: ignore[arg-type]
    counting = make.spec(metrics=(replace(make.spec().metrics[0], signals=(SignalKind.TOOL_FAILURE,)),))

    assert measured(*events)["not_helped"].bad == 0.0
    assert measured(*events, specs=[counting])["not_helped"].bad == 1.0


def test_blame_for_what_is_no_fault_does_not_make_it_bad() -> None:
    assert values(*make.whole_run(), make.feedback(reason=ReasonCode.NOT_A_FAULT))["not_helped"] == (0.0, "")


def test_a_run_without_an_end_is_unmeasured() -> None:
    assert values(make.turn(), make.answer())["not_helped"] == (-1.0, "unfinished")


def test_a_run_without_an_end_of_which_something_bad_is_known_is_bad() -> None:
    assert values(make.turn(), make.feedback())["not_helped"] == (1.0, "")


def test_a_missing_business_event_is_unmeasured_with_the_reason() -> None:
    assert values(*make.whole_run())["reopened"] == (-1.0, "no reopened")
    assert values(*make.whole_run(), make.business("resolved"))["reopened"] == (-1.0, "no reopened")


@pytest.mark.parametrize(
    ("bad_if", "value", "bad"),
    [
        (BadIf.ABOVE, 2.0, 0.0),
        (BadIf.ABOVE, 2.1, 1.0),
        (BadIf.BELOW, 2.0, 0.0),
        (BadIf.BELOW, 1.9, 1.0),
        (BadIf.UNKNOWN, 2.0, 1.0),
    ],
)
def test_a_business_event_is_judged_by_its_threshold_and_a_rule_nobody_knows_by_the_strictest(
    bad_if: BadIf, value: float, bad: float
) -> None:
    rule = replace(make.spec().metrics[1], bad_if=bad_if, threshold=2.0)
    spec = make.spec(metrics=(make.spec().metrics[0], rule))

    assert measured(*make.whole_run(), make.business(value=value), specs=[spec])["reopened"].bad == bad


def test_a_business_event_that_was_good_first_and_bad_later_is_bad() -> None:
    later = make.business(event_id="later", value=1.0, at=NOON + 2 * HOUR)
    for events in permutations((make.business(value=0.0), later)):
        assert values(*make.whole_run(), *events)["reopened"] == (1.0, "")


def test_an_event_and_the_runs_error_may_decide_one_metric() -> None:
    """As in agent-tasks: a crashed run is a failure, whether or not anybody counted its task."""
    tasks = make.spec("agent-tasks")

    def task(*more: RunEvent, status: RunStatus = RunStatus.OK) -> tuple[float, str]:
        events = (*make.whole_run(status=status), *more)
        mine = [replace(event, use_case_id="agent-tasks") for event in events]
        one = measured(*mine, specs=[tasks])["task_failed"]
        return one.bad, one.unmeasured

    assert task(make.business("task_success", 1.0)) == (0.0, "")
    assert task(make.business("task_success", 0.0)) == (1.0, "")
    assert task(status=RunStatus.ERROR) == (1.0, "")
    assert task() == (-1.0, "no task_success")


# ------------------------------------------------------------------------------------------------------- the horizon


@pytest.mark.parametrize(("after", "bad"), [(HOUR, 1.0), (HOUR + 1, 0.0)])
def test_a_fact_after_the_horizon_does_not_count(after: int, bad: float) -> None:
    assert values(*make.whole_run(), make.feedback(at=NOON + after))["not_helped"] == (bad, "")


def test_an_end_after_the_horizon_is_unfinished_and_the_longer_horizon_sees_it() -> None:
    metrics = tuple(replace(make.spec().metrics[0], name=str(hours), horizon_ms=hours * HOUR) for hours in (1, 6))
    events = (make.turn(), make.finished(at=NOON + 2 * HOUR, events=2))

    got = measured(*events, specs=[make.spec(metrics=metrics)])

    assert [(got[name].bad, got[name].unmeasured) for name in ("1", "6")] == [(-1.0, "unfinished"), (0.0, "")]


@pytest.mark.parametrize("late", [0, LATENESS - 1])
@pytest.mark.parametrize("end", [HOUR + MINUTE, HOUR + LATENESS, SIX_HOURS + LATENESS, SIX_HOURS + 12 * HOUR])
def test_a_run_that_goes_on_after_its_last_horizon_is_not_measured_twice(end: int, late: int) -> None:
    events = (make.turn(), make.answer(at=NOON + end - SECOND), make.finished(at=NOON + end))

    one_by_one = found([Arrival(event, late if event.seq else 0) for event in events], batch=1)

    assert sorted(one.horizon_ms for one in one_by_one.outcomes.elements()) == [HOUR, SIX_HOURS]
    assert {one.started_at for one in one_by_one.outcomes} == {NOON}


# ------------------------------------------------------------------------------------------------------- mixed arms


def side(arm: Arm, release_id: str = "release-1") -> dict[str, Any]:
    return {"arm": arm, "release_id": release_id}


def test_a_run_that_was_on_both_sides_counts_as_missing() -> None:
    events = (
        make.turn(**side(Arm.BASELINE)),
        make.answer(**side(Arm.CANDIDATE)),
        make.finished(RunStatus.ERROR, **side(Arm.CANDIDATE)),
        make.business(value=1.0),
    )

    assert values(*events) == {"not_helped": (-1.0, "mixed arms"), "reopened": (-1.0, "mixed arms")}


def test_a_run_that_met_two_releases_counts_as_missing() -> None:
    events = (make.turn(**side(Arm.BASELINE)), make.finished(events=2, **side(Arm.BASELINE, "release-2")))

    assert values(*events)["not_helped"] == (-1.0, "mixed arms")


def test_events_without_a_side_do_not_mix_it() -> None:
    events = (make.turn(), make.answer(**side(Arm.CANDIDATE)), make.finished(**side(Arm.CANDIDATE)))

    assert values(*events)["not_helped"] == (0.0, "")


@pytest.mark.parametrize("late", [0, LATENESS - 1])
def test_what_is_mixed_after_the_horizon_was_not_mixed_at_it(late: int) -> None:
    first = (make.turn(**side(Arm.BASELINE)), make.answer(**side(Arm.BASELINE)))
    after = make.finished(at=NOON + HOUR + MINUTE, **side(Arm.CANDIDATE))
    arrivals = [*(Arrival(event, 0) for event in first), Arrival(after, late)]

    got = {one.horizon_ms: one.metrics[0].unmeasured for one in found(arrivals, batch=1).outcomes}

    assert got == {HOUR: "unfinished", SIX_HOURS: "mixed arms"}


# ------------------------------------------------------------------------------------------------------ offline runs


def offline(*events: RunEvent, example: str = "example-1") -> list[RunEvent]:
    return [replace(event, exposure=Exposure.OFFLINE, eval_case_id=example) for event in events]


def said_by(moment: int, events: list[RunEvent]) -> list[Outcome]:
    memory = listening(batch=1)
    for event in events:
        memory.send("runs", event, at=event.occurred_at)
    memory.run(moment)
    return sorted(said(memory).outcomes.elements(), key=lambda one: one.horizon_ms)


def test_an_offline_run_is_measured_as_soon_as_it_is_whole() -> None:
    events = offline(*make.whole_run(), make.business(at=NOON + MINUTE))

    assert said_by(NOON + MINUTE - 1, events) == []
    got = said_by(NOON + MINUTE, events)
    assert [(one.horizon_ms, one.unit_id, one.eval_case_id) for one in got] == [
        (HOUR, "example:example-1", "example-1"),
        (SIX_HOURS, "example:example-1", "example-1"),
    ]
    assert [measure.bad for one in got for measure in one.metrics] == [0.0, 0.0]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_an_offline_run_is_whole_when_the_last_of_it_comes_whichever_that_is(order: tuple[int, ...]) -> None:
    events = offline(*make.whole_run(), make.business(at=NOON + MINUTE))
    memory = listening(batch=1)
    for moment, place in enumerate(order):
        memory.send("runs", events[place], at=NOON + MINUTE + moment)

    memory.run(NOON + MINUTE + 2)
    assert said(memory).outcomes == {}
    memory.run(NOON + MINUTE + 3)
    assert len(said(memory).outcomes) == 2


def test_an_offline_run_that_lacks_an_event_waits_for_its_horizon_and_is_unmeasured() -> None:
    events = offline(make.turn(), make.finished(), make.business(at=NOON + MINUTE))

    assert said_by(NOON + 30 * MINUTE, events) == []
    assert [one.metrics[0].unmeasured for one in said_by(NOON + DAY, events)] == ["incomplete", ""]


def test_a_run_that_lost_events_is_not_good_because_nothing_bad_came() -> None:
    lost = [event for event in make.whole_run() if event.seq != 1]
    assert values(*lost)["not_helped"] == (-1.0, "incomplete")


def test_a_run_that_lost_events_is_bad_when_something_bad_came() -> None:
    lost = [event for event in make.whole_run() if event.seq != 1]
    assert values(*lost, make.feedback())["not_helped"] == (1.0, "")


def test_an_offline_run_without_its_business_event_waits_and_is_unmeasured() -> None:
    events = offline(*make.whole_run())

    assert said_by(NOON + 30 * MINUTE, events) == []
    assert [one.metrics[0].unmeasured for one in said_by(NOON + DAY, events)] == ["", "no reopened"]


def test_a_crashed_offline_run_need_not_wait_for_an_event_that_cannot_come() -> None:
    tasks = make.spec("agent-tasks")
    crashed = offline(*make.whole_run(status=RunStatus.ERROR))
    memory = listening([tasks], batch=1)
    for event in crashed:
        memory.send("runs", replace(event, use_case_id="agent-tasks"), at=event.occurred_at)
    memory.run(NOON + MINUTE)

    assert [one.metrics[0].bad for one in said(memory).outcomes] == [1.0]


def test_a_live_run_that_is_whole_still_waits() -> None:
    assert said_by(NOON + 30 * MINUTE, [*make.whole_run(), make.business()]) == []


# ------------------------------------------------------------------------------------------------ bounds and versions


@settings(max_examples=10)
@given(st.randoms(use_true_random=False), st.sampled_from([MOST_FACTS - 2, MOST_FACTS, MOST_FACTS + 40]))
def test_a_run_with_too_many_facts_comes_to_the_same_in_any_order(random: Any, many: int) -> None:
    events: list[RunEvent] = [*make.whole_run(), make.feedback(at=NOON + many * SECOND // 2)]
    events += [make.business("page_seen", n, at=NOON + n * SECOND, event_id=f"seen-{n}") for n in range(many)]
    shuffled = [Arrival(event, 0) for event in events]
    random.shuffle(shuffled)
    at_once = [Arrival(event, NOON + many * SECOND - event.occurred_at) for event, _ in shuffled]

    assert found(at_once, batch=1) == found([Arrival(event, 0) for event in events], batch=1)


def test_a_run_with_too_many_facts_says_so() -> None:
    def run_with(facts: int) -> tuple[float, str]:
        seen = [make.business("page_seen", n, at=NOON + MINUTE, event_id=f"seen-{n}") for n in range(facts)]
        return values(*make.whole_run(), *seen)["not_helped"]

    assert run_with(MOST_FACTS - 1) == (0.0, "")
    assert run_with(MOST_FACTS) == (-1.0, "truncated")


def test_too_many_facts_after_the_horizon_do_not_matter_at_it() -> None:
    seen = [
        make.business("page_seen", n, at=NOON + HOUR + MINUTE, event_id=f"seen-{n}") for n in range(MOST_FACTS + 10)
    ]

    assert values(*make.whole_run(), *seen)["not_helped"] == (0.0, "")


@pytest.mark.parametrize("first_to_come", [0, 1])
def test_the_spec_of_a_runs_first_event_says_when_it_is_measured(first_to_come: int) -> None:
    """A new version of the spec may be published while a run is under way."""
    metrics = (replace(make.spec().metrics[0], horizon_ms=2 * HOUR),)
    specs = (make.spec(), make.spec(version=2, metrics=metrics))
    events = [make.turn(spec_version=2), make.finished(spec_version=1, events=2)]
    arrivals = [Arrival(event, MINUTE * (place != first_to_come)) for place, event in enumerate(events)]

    got = found(arrivals, specs=specs, batch=1).outcomes

    assert [(one.spec_version, one.horizon_ms, one.metrics[0].bad) for one in got] == [(2, 2 * HOUR, 0.0)]


LOSSES: dict[str, Callable[[RunEvent], bool]] = {
    "the first": lambda event: event.seq == 0,
    "the middle": lambda event: event.seq == 1,
    "the last": lambda event: event.seq == 2,
}


@pytest.mark.parametrize("lost", LOSSES.values(), ids=LOSSES)
def test_a_run_that_lost_an_event_is_still_measured_once_at_each_horizon(lost: Callable[[RunEvent], bool]) -> None:
    got = outcomes(*(event for event in make.whole_run() if not lost(event)))

    assert [one.horizon_ms for one in got] == [HOUR, SIX_HOURS]
