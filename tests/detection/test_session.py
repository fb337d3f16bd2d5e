"""What the order of a conversation shows: somebody asks again, corrects, or gives up."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from prometheus_client import REGISTRY

from loopwright.events import (
    FailureLocus,
    ReasonCode,
    RunEvent,
    RunStatus,
    SignalKind,
    TakeoverReason,
    UserTurn,
)
from services.capture.domain import Keys, Session, accept
from services.detection.domain.session import MOST_RUNS, REPHRASE_SIMILARITY, REPHRASE_WINDOW_MS
from services.kernel.stage import Refs, Table
from services.kernel.topics import topic
from tests import factories as make
from tests.detection.conversation import (
    LATENESS,
    PATIENCE,
    Arrival,
    Found,
    found,
    kinds,
    listening,
    measured,
    on_time,
    said,
    signals,
)
from tests.factories import DAY, HOUR, MINUTE, NOON, SECOND

KEYS = Keys(pseudonym=b"a key for people", pseudonym_id="k1", text=b"a key for texts!", bucket=b"a key for buckets")


def asked(text: str, *, at: int = NOON, **fields: Any) -> UserTurn:
    """A request as it comes out of capture: its features instead of its words."""
    usecases, releases = Table(topic("usecases")), Table(topic("releases"))
    usecases.put("support-answers@1", make.spec())
    refs = Refs({"usecases": usecases, "releases": releases}, at=at)
    _, [inside] = accept(KEYS, refs, Session(), make.turn(text, at=at, **fields))
    assert isinstance(inside, UserTurn)
    return inside


def conversation(*texts: str, gap: int = MINUTE) -> list[RunEvent]:
    """One run a request, each of which ends well."""
    events: list[RunEvent] = []
    for n, text in enumerate(texts):
        run, at = f"run-{n + 1}", NOON + n * gap
        events += [asked(text, run=run, at=at), make.finished(run=run, at=at + SECOND, events=2)]
    return events


# --------------------------------------------------------------------------------------------- asked again, corrected


AGAIN = ("How long do I have to return a kettle?", "How long do I have for the return of a kettle?")


def test_the_same_need_in_other_words_is_a_rephrase_and_is_about_the_run_before() -> None:
    [one] = signals(*conversation(*AGAIN))

    assert (one.kind, one.run_id, one.occurred_at) == (SignalKind.REPHRASE, "run-1", NOON + MINUTE)
    assert (one.reason_code, one.failure_locus) == (ReasonCode.INSTRUCTION_MISS, FailureLocus.PROMPT_DECISION)
    assert len(one.evidence) == 2
    assert REPHRASE_SIMILARITY <= one.strength <= 1.0


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("How long do I have to return a kettle?", "Where is my parcel?"),
        ("Where is order 4711 right now?", "Where is order 4712 right now?"),
        ("I want to cancel my order", "I do not want to cancel my order"),
        ("", ""),
    ],
    ids=["another need", "another order", "the opposite", "no words"],
)
def test_another_need_is_no_rephrase(first: str, then: str) -> None:
    assert SignalKind.REPHRASE not in kinds(*conversation(first, then))


@pytest.mark.parametrize(("gap", "expected"), [(REPHRASE_WINDOW_MS, 1), (REPHRASE_WINDOW_MS + 1, 0)])
def test_a_request_after_half_an_hour_is_a_new_one(gap: int, expected: int) -> None:
    assert len(signals(*conversation(*AGAIN, gap=gap))) == expected


def test_only_the_request_just_before_counts() -> None:
    assert kinds(*conversation(AGAIN[0], "Where is my parcel?", AGAIN[1])) == []


def test_a_correction_is_about_the_run_before() -> None:
    [one] = signals(*conversation("Where is my order?", "No, that's wrong, I meant the blue one"))

    assert (one.kind, one.run_id) == (SignalKind.CORRECTION, "run-1")
    assert one.reason_code is ReasonCode.INSTRUCTION_MISS


def test_a_correction_that_opens_a_conversation_is_about_nothing() -> None:
    assert kinds(*conversation("No, that's wrong, I meant the blue one")) == []


def test_a_correction_may_repeat_the_request_and_is_both() -> None:
    first = "Return the red kettle to the shop"

    assert kinds(*conversation(first, f"No, I said: {first.lower()}")) in (
        [SignalKind.CORRECTION, SignalKind.REPHRASE],
        [SignalKind.CORRECTION],
    )


def test_requests_of_another_session_do_not_count() -> None:
    one, other = (asked(text, run=f"run-{n}", session_id=f"session-{n}") for n, text in enumerate(AGAIN))

    assert kinds(one, other) == []


def test_requests_within_one_run_count_too() -> None:
    """An agent's run may take several requests."""
    one, other = (asked(text, seq=n, at=NOON + n * MINUTE) for n, text in enumerate(AGAIN))

    assert kinds(one, other, make.finished(at=NOON + 2 * MINUTE)) == [SignalKind.REPHRASE]


def test_what_rests_on_order_is_said_only_after_the_lateness() -> None:
    memory = listening()
    for event in conversation(*AGAIN):
        memory.send("runs", event, at=event.occurred_at)
    memory.run(NOON + MINUTE + LATENESS)
    assert said(memory).signals == {}

    memory.run(NOON + MINUTE + LATENESS + MINUTE)
    assert len(said(memory).signals) == 1


# ----------------------------------------------------------------------------------------------------------- given up


def crashed(at: int = NOON + SECOND) -> tuple[RunEvent, ...]:
    return make.turn(), make.finished(RunStatus.ERROR, at=at, events=2)


def refused(at: int = NOON + SECOND) -> tuple[RunEvent, ...]:
    return make.turn(), make.answer(refused=True, at=at), make.finished(at=at + SECOND)


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        (crashed(), ReasonCode.TOOL_ERROR),
        (refused(), ReasonCode.WRONG_REFUSAL),
        ((make.finished(RunStatus.ABORTED, at=NOON + SECOND),), ReasonCode.TOOL_ERROR),
        ((make.finished(RunStatus.UNKNOWN, at=NOON + SECOND),), ReasonCode.TOOL_ERROR),
    ],
    ids=["an error", "a refusal", "an abort", "an end nobody knows"],
)
def test_silence_after_a_bad_end_is_abandonment(run: tuple[RunEvent, ...], reason: ReasonCode) -> None:
    [one] = signals(*run)

    assert (one.kind, one.reason_code, one.run_id) == (SignalKind.ABANDONMENT, reason, "run-1")
    assert one.occurred_at == NOON + SECOND + PATIENCE


def test_silence_after_a_good_end_is_none() -> None:
    assert kinds(*make.whole_run()) == []


@pytest.mark.parametrize(
    ("after", "gave_up"),
    [(1, False), (PATIENCE, False), (PATIENCE + 1, True), (0, True), (-SECOND, True)],
    ids=["at once", "in time", "too late", "at the same moment", "before the end"],
)
def test_who_asks_once_more_within_the_patience_did_not_give_up(after: int, gave_up: bool) -> None:  # noqa: FBT001
    once_more = make.turn(run="run-2", at=NOON + SECOND + after)

    assert (SignalKind.ABANDONMENT in kinds(*crashed(), once_more)) == gave_up


@pytest.mark.parametrize(
    ("run", "after", "gave_up"),
    [("run-1", 0, False), ("run-1", PATIENCE, False), ("run-1", PATIENCE + 1, True), ("run-2", 0, True)],
    ids=["at once", "in time", "too late", "another run"],
)
def test_a_person_who_took_over_the_run_speaks_for_its_user(run: str, after: int, gave_up: bool) -> None:  # noqa: FBT001
    person = make.takeover(run=run, at=NOON + SECOND + after, seq=2)

    assert (SignalKind.ABANDONMENT in kinds(*crashed(), person)) == gave_up


def test_feedback_or_a_business_event_is_no_answer_to_silence() -> None:
    events = (*crashed(), make.feedback(at=NOON + MINUTE), make.business(at=NOON + MINUTE))

    assert SignalKind.ABANDONMENT in kinds(*events)


def test_a_request_of_another_session_does_not_break_the_silence() -> None:
    elsewhere = make.turn(run="run-2", session_id="session-2", at=NOON + MINUTE)

    assert SignalKind.ABANDONMENT in kinds(*crashed(), elsewhere)


def test_an_offline_run_has_nobody_who_could_give_up() -> None:
    events = [replace(event, exposure="OFFLINE", eval_case_id="example-1") for event in crashed()]

    assert kinds(*events) == []


def test_offline_runs_of_one_session_are_not_compared() -> None:
    events = [replace(event, exposure="OFFLINE", eval_case_id=event.run_id) for event in conversation(*AGAIN)]

    assert kinds(*events) == []


# ----------------------------------------------------------------------------------------------- faults and no faults


def test_a_takeover_that_the_policy_asks_for_is_told_and_does_not_make_the_run_bad() -> None:
    """A transfer to a person is often right: the policy asks for it."""
    right = (*make.whole_run(), make.takeover(TakeoverReason.POLICY_REQUIRED, seq=3))
    wrong = (*make.whole_run(), make.takeover(TakeoverReason.FAILURE, seq=3))

    assert kinds(*right) == kinds(*wrong) == [SignalKind.TAKEOVER]
    assert measured(*right)["not_helped"].bad == 0.0
    assert measured(*wrong)["not_helped"].bad == 1.0


# ------------------------------------------------------------------------------------------------ late, and forgotten


LATE = [*make.whole_run(), make.feedback(at=NOON + MINUTE)]
"""A run, and feedback on it that comes a day later; then another session, so that time goes on."""


def with_late_feedback(delay: int, *, batch: int) -> Found:
    meanwhile = make.whole_run("run-9", at=NOON + 20 * HOUR, session_id="session-9")
    arrivals = [Arrival(event, 0) for event in (*LATE[:-1], *meanwhile)]
    return found([*arrivals, Arrival(LATE[-1], delay)], batch=batch)


def without_feedback() -> Found:
    meanwhile = make.whole_run("run-9", at=NOON + 20 * HOUR, session_id="session-9")
    return on_time(*LATE[:-1], *meanwhile)


def test_late_evidence_makes_its_own_signal_and_moves_no_decision() -> None:
    in_time, late = with_late_feedback(0, batch=1), with_late_feedback(DAY, batch=1)

    assert late.signals == in_time.signals
    assert late.outcomes == without_feedback().outcomes != in_time.outcomes


def test_late_evidence_moves_no_decision_when_a_backlog_is_read_at_once() -> None:
    assert with_late_feedback(DAY, batch=10_000).outcomes == without_feedback().outcomes


def test_a_late_request_is_nobodys_rephrase_and_breaks_no_silence() -> None:
    events = [*crashed(), asked(AGAIN[0], run="run-2", at=NOON + MINUTE)]
    late = found([*(Arrival(event, 0) for event in events[:-1]), Arrival(events[-1], DAY)], tick=HOUR)

    assert late == on_time(*events[:-1])


def test_a_late_alarm_still_acts() -> None:
    event = make.tool(scope_used="orders:read@tenant")

    assert len(found([Arrival(event, DAY)]).alarms) == 1


def test_a_session_is_forgotten_when_nothing_more_can_be_judged_by_it() -> None:
    memory = listening()
    for event in (*crashed(), make.feedback(), make.takeover(run="run-2"), make.business(run="run-3")):
        memory.send("runs", event, at=event.occurred_at)
    memory.run(NOON + HOUR)
    assert memory.tasks[0].engine.states != {}

    memory.run(NOON + 3 * DAY)
    assert memory.tasks[0].engine.states == {}


def test_a_session_without_end_keeps_a_bounded_number_of_runs_and_still_makes_signals() -> None:
    events = [make.feedback(run=f"run-{n}", at=NOON + n) for n in range(MOST_RUNS + 10)]

    assert len(signals(*events)) == len(events)


# ---------------------------------------------------------------------------------------------------------- real words


Pairs = list[tuple[str, str]]


def trec_cast(data: Path) -> tuple[Pairs, Pairs]:
    """Requests beside the same need in full words, and requests beside the next one of their conversation."""
    same, next_one = [], []
    for year in (2020, 2021):
        file = data / "trec-cast" / f"{year}_manual_evaluation_topics_v1.0.json"
        for talk in json.loads(file.read_text(encoding="utf-8")):
            same += [(turn["raw_utterance"], turn["manual_rewritten_utterance"]) for turn in talk["turn"]]
            next_one += list(pairwise(turn["raw_utterance"] for turn in talk["turn"]))
    return [(one, other) for one, other in same if one != other], next_one


def canard(data: Path) -> tuple[Pairs, Pairs]:
    with gzip.open(data / "canard" / "dev.json.gz", "rt", encoding="utf-8") as file:
        turns = json.load(file)[:1_000]
    same = [(turn["Question"], turn["Rewrite"]) for turn in turns if turn["Question"] != turn["Rewrite"]]
    next_one = [
        (one["Question"], other["Question"])
        for one, other in pairwise(turns)
        if one["QuAC_dialog_id"] == other["QuAC_dialog_id"]
    ]
    return same, next_one


def share_of_rephrases(pairs: Pairs) -> float:
    """Each pair as a conversation of its own, through capture's features and all of detection."""
    requests = [
        asked(text, session_id=f"session-{n}", run=f"run-{n}-{place}", at=NOON + place * MINUTE)
        for n, pair in enumerate(pairs)
        for place, text in enumerate(pair)
    ]
    said_so = found([Arrival(request, 0) for request in requests]).signals
    return sum(one.kind is SignalKind.REPHRASE for one in said_so) / len(pairs)


@pytest.mark.parametrize("read", [trec_cast, canard])
def test_real_rewrites_are_found_and_real_neighbours_are_not(
    shared_data: Path, read: Callable[[Path], tuple[Pairs, Pairs]]
) -> None:
    same, next_one = read(shared_data)
    assert min(len(same), len(next_one)) > 300

    assert share_of_rephrases(same) >= 0.70
    assert share_of_rephrases(next_one) <= 0.05


def late_so_far() -> float:
    return REGISTRY.get_sample_value("loopwright_late_total", {"service": "detection"}) or 0.0


def test_late_events_are_counted() -> None:
    memory = listening()
    memory.send("runs", make.turn(), at=NOON + DAY)
    memory.run(NOON + DAY)
    before = late_so_far()

    memory.send("runs", make.turn(event_id="late", at=NOON), at=NOON + DAY + MINUTE)
    memory.run(NOON + DAY + MINUTE)

    assert late_so_far() == before + 1
