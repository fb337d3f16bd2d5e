"""What happens to one record, to a timer and to time, whichever shell carries them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct, msgpack

from loopwright.codec import CODEC
from loopwright.events import BusinessOutcome, Mark, RunFinished, RunStatus, UserTurn
from services.kernel.engine import HIGHEST_EVENT_BYTES, DeploymentFault, Engine, Kept, Record, TooManyDead
from services.kernel.limits import INSIDE, OUTSIDE
from services.kernel.stage import Awaited, Refs, Refused, Step
from tests import factories as make
from tests.factories import HOUR, MINUTE, NOON
from tests.kernel.stages import (
    LATENESS,
    TURNS,
    WINDOW,
    Count,
    close,
    closes_at,
    count,
    counted,
    engine,
    headers,
    record,
    said,
    stage,
    topic_of,
)

GOOD = CODEC.encode(make.turn())
UNKNOWN_SCHEMA = b"\xc3\x01" + b"01234567" + GOOD[10:]


def strict(refs: Refs, state: Count, event: UserTurn) -> Step[Count]:
    """Count, but for what the event asks for in `channel`."""
    after, _ = count(refs, state, event)
    match event.channel:
        case "raise":
            raise KeyError("nothing there")
        case "refuse":
            raise Refused("bad_mood", "not today")
        case "unfit":
            return after, (make.business(value="many"),)  # type: ignore[arg-type]
        case "huge":
            return after, (make.business(unit="x" * (HIGHEST_EVENT_BYTES + 1)),)
        case "raise later":
            return Count("session-1", ((-1, 1),)), ()
    return after, ()


def careful(state: Count) -> int | None:
    if state.windows and state.windows[0][0] < 0:
        raise ValueError("no such window")
    return closes_at(state)


def asking(channel: str) -> bytes:
    return CODEC.encode(make.turn(channel=channel))


BAD = {
    "undecodable": (b"not avro", b"session-1", "undecodable"),
    "empty": (b"", b"session-1", "undecodable"),
    "cut short": (GOOD[:-3], b"session-1", "undecodable"),
    "bytes left over": (GOOD + b"!", b"session-1", "undecodable"),
    "unknown schema": (UNKNOWN_SCHEMA, b"session-1", "unknown_schema"),
    "wrong type": (CODEC.encode(make.business()), b"session-1", "wrong_type"),
    "a mark from outside": (CODEC.encode(Mark(stage="capture", partition=0, time=NOON)), b"session-1", "wrong_type"),
    "wrong key": (GOOD, b"session-2", "wrong_key"),
    "null key": (GOOD, None, "null_key"),
    "oversize": (CODEC.encode(make.turn("x" * HIGHEST_EVENT_BYTES)), b"session-1", "oversize"),
    "refused by the step": (asking("refuse"), b"session-1", "bad_mood"),
    "a step that raises": (asking("raise"), b"session-1", "raised"),
    "an output of the wrong type": (asking("unfit"), b"session-1", "unwritable"),
    "an output that is too large": (asking("huge"), b"session-1", "unwritable"),
    "a state whose timer cannot be told": (asking("raise later"), b"session-1", "raised"),
}


@pytest.mark.parametrize(("value", "key", "reason"), BAD.values(), ids=BAD)
def test_a_bad_record_is_set_aside_whole_and_the_next_is_handled(value: bytes, key: bytes | None, reason: str) -> None:
    counting = engine(stage(step=strict, wake_at=careful))
    counting.receive(record(make.turn(), offset=40))
    before = dict(counting.states)
    counting.take()

    counting.receive(Record("turns", 3, 41, key, value, NOON + 1))
    taken = counting.take()

    assert [(letter.topic, letter.key, letter.value) for letter in taken.dead] == [("turns.dead", key, value)]
    told = headers(taken.dead[0])
    assert told.pop("dead.error")
    assert told == {
        "dead.service": "counting",
        "dead.reason": reason,
        "dead.topic": "turns",
        "dead.partition": "3",
        "dead.offset": "41",
        "dead.at": str(NOON + 1),
    }
    assert (taken.outputs, taken.changed, counting.states) == ([], {}, before)

    counting.receive(record(make.turn(), offset=42))

    assert counting.states["session-1"] == Count("session-1", ((NOON, 2),))
    assert counting.take().dead == []


def test_an_event_that_lacks_a_field_or_has_an_unknown_symbol_is_undecodable() -> None:
    ending = engine(stage(reads=(topic_of("ends", RunFinished, writer="outside"),)))
    ok, error = (CODEC.encode(make.finished(status)) for status in (RunStatus.OK, RunStatus.ERROR))
    symbol = next(n for n, (one, other) in enumerate(zip(ok, error, strict=True)) if one != other)
    unknown_symbol = ok[:symbol] + b"\x7e" + ok[symbol + 1 :]
    without_it = ok[:symbol]

    for offset, value in enumerate((unknown_symbol, without_it)):
        ending.receive(Record("ends", 0, offset, b"session-1", value, NOON))

    assert [headers(letter)["dead.reason"] for letter in ending.take().dead] == ["undecodable", "undecodable"]


def test_a_long_error_is_cut_and_stays_one_header() -> None:
    def loud(_: Refs, __: Count, ___: UserTurn) -> Step[Count]:
        raise ValueError("x" * 10_000)

    counting = engine(stage(step=loud))
    counting.receive(record(make.turn()))

    assert len(headers(counting.take().dead[0])["dead.error"]) == 500


def test_an_unknown_schema_from_one_of_ours_stops_the_stage() -> None:
    inside = topic_of("inside", UserTurn, writer="capture")
    counting = engine(stage(reads=(inside,)))

    with pytest.raises(DeploymentFault, match=r"counting: inside\[0\]@7: unknown schema .*; deploy the reader's"):
        counting.receive(Record("inside", 0, 7, b"session-1", UNKNOWN_SCHEMA, NOON))


def test_other_bad_bytes_from_one_of_ours_are_set_aside() -> None:
    counting = engine(stage(reads=(topic_of("inside", UserTurn, writer="capture"),)))

    counting.receive(Record("inside", 0, 7, b"session-1", b"not avro", NOON))

    assert headers(counting.take().dead[0])["dead.reason"] == "undecodable"


def test_an_output_goes_to_the_topic_of_its_type_under_its_own_key() -> None:
    def echo(_: Refs, state: Count, __: UserTurn) -> Step[Count]:
        return state, (counted(NOON, 1, 0, session_id="another"),)

    counting = engine(stage(step=echo))
    counting.receive(record(make.turn()))

    taken = counting.take()
    assert [(output.topic, output.key) for output in taken.outputs] == [("counts", b"another")]
    assert taken.changed == {}, "a state that stays the same is not written again"
    assert counting.take()[:3] == ([], [], {}), "what was taken once is not taken twice"


# ------------------------------------------------------------------------------------------------------ timers


def at_times(counting: Engine, *times: int) -> list[tuple[int, str]]:
    """Let partition time come to each of these; returns the due time and key of what fired, in order."""
    fired = []
    for time in times:
        counting.observe("turns", time)
        counting.advance(NOON)
        for event in said(counting.take().outputs):
            assert isinstance(event, BusinessOutcome)
            fired.append((int(event.record_id), event.session_id))
    return fired


def test_a_timer_fires_when_time_reaches_it_and_not_before_and_is_told_its_due_time() -> None:
    counting = engine()
    counting.receive(record(make.turn()))
    due = NOON + WINDOW + LATENESS

    assert at_times(counting, due - 1) == []
    assert at_times(counting, due + HOUR) == [(due, "session-1")]
    assert at_times(counting, due + 2 * HOUR) == []
    assert counting.states == {}


def test_overdue_timers_fire_in_order_of_time_and_key() -> None:
    counting = engine()
    for session, windows in (("c", (2, 0)), ("a", (1, 2)), ("b", (0, 1))):
        for window in windows:
            counting.receive(record(make.turn(session_id=session, at=NOON + window * WINDOW), key=session.encode()))

    first, second, third = (NOON + n * WINDOW + LATENESS for n in (1, 2, 3))
    assert at_times(counting, NOON + HOUR) == [
        (first, "b"), (first, "c"), (second, "a"), (second, "b"), (third, "a"), (third, "c"),
    ]  # fmt: skip


class Alarm(Struct, frozen=True):
    """A session that wants to be woken when its last event said."""

    session_id: str
    at: int | None = None


def alarm_clock() -> Engine:
    def set_alarm(_: Refs, state: Alarm, event: UserTurn) -> Step[Alarm]:
        return Alarm(state.session_id, int(event.channel) if event.channel else None), ()

    def ring(_: Refs, state: Alarm, due: int) -> Step[Alarm]:
        return Alarm(state.session_id), (counted(NOON, 1, due, session_id=state.session_id),)

    return engine(stage(step=set_alarm, wake_at=lambda state: state.at, wake=ring, start=Alarm))


def set_for(time: int | None, session: str = "session-1") -> Record:
    channel = "" if time is None else str(time)
    return record(make.turn(session_id=session, channel=channel), key=session.encode())


@pytest.mark.parametrize(
    ("settings", "rings"),
    [
        ((10, 20), 20),
        ((20, 10), 10),
        ((10, 20, 10), 10),
        ((10, None), None),
        ((10, None, 10), 10),
        ((10, None, 5), 5),
        ((10, 5, None, 20, 10), 10),
        ((0,), 0),
    ],
)
def test_the_last_word_on_a_timer_counts_and_it_rings_once(settings: tuple[int | None, ...], rings: int | None) -> None:
    clock = alarm_clock()
    for time in settings:
        clock.receive(set_for(time))

    assert at_times(clock, *range(31)) == ([] if rings is None else [(rings, "session-1")])


SETTING = st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 30))
TIME = st.integers(0, 30)


@given(st.lists(SETTING | TIME, max_size=30))
def test_timers_ring_as_from_a_list_that_is_searched_anew_each_time(acts: list[tuple[str, int | None] | int]) -> None:
    clock = alarm_clock()
    wanted: dict[str, int] = {}
    rung, expected = [], []
    now = 0
    for act in acts:
        if isinstance(act, tuple):
            session, time = act
            clock.receive(set_for(time, session))
            wanted.pop(session, None)
            wanted.update({} if time is None else {session: time})
        else:
            now = max(now, act)
            rung += at_times(clock, act)
            expected += sorted((time, session) for session, time in wanted.items() if time <= now)
            wanted = {session: time for session, time in wanted.items() if time > now}

    assert rung == expected


def test_a_timer_that_raises_is_disarmed_and_set_aside_once_and_the_others_fire() -> None:
    def touchy(refs: Refs, state: Count, due: int) -> Step[Count]:
        if state.windows[0][1] == 2:
            raise ZeroDivisionError("two")
        return close(refs, state, due)

    counting = engine(stage(wake=touchy))
    for offset, session in enumerate(("a", "b", "b", "c")):
        counting.receive(record(make.turn(session_id=session), offset=offset, key=session.encode()))
    due = NOON + WINDOW + LATENESS

    counting.observe("turns", due)
    counting.advance(NOON)
    taken = counting.take()

    assert len(taken.outputs) == 2
    assert [(letter.topic, letter.key, json.loads(letter.value)) for letter in taken.dead] == [
        ("turns.dead", b"b", {"stage": "counting", "key": "b", "due": due})
    ]
    told = headers(taken.dead[0])
    assert (told["dead.service"], told["dead.reason"]) == ("counting", "timer")
    assert (told["dead.topic"], told["dead.partition"], told["dead.offset"]) == ("turns", "0", "2")
    assert "ZeroDivisionError" in told["dead.error"]

    counting.observe("turns", due + HOUR)
    counting.advance(NOON)

    assert counting.take()[:3] == ([], [], {})


def stuck(_: Refs, state: Count, __: int) -> Step[Count]:
    return state, (counted(NOON, 1, 0),)


def backwards(_: Refs, state: Count, __: int) -> Step[Count]:
    return Count(state.session_id, ((state.windows[0][0] - WINDOW, 1),)), (counted(NOON, 1, 0),)


def unfit(_: Refs, __: Count, ___: int) -> Step[Count]:
    return None, (make.business(value="many"),)  # type: ignore[arg-type]


def bare(_: Refs, __: Count, ___: int) -> Step[Count]:
    raise LookupError("nothing there")


@pytest.mark.parametrize("wake", [stuck, backwards, unfit, bare])
def test_a_wake_that_does_not_move_on_or_cannot_be_written_is_set_aside_once_and_changes_nothing(wake: Any) -> None:
    counting = engine(stage(wake=wake))
    counting.receive(record(make.turn(), offset=5))
    before = dict(counting.states)
    counting.take()

    for hour in (1, 2, 3):
        counting.observe("turns", NOON + hour * HOUR)
        counting.advance(NOON)

    taken = counting.take()
    assert [headers(letter)["dead.reason"] for letter in taken.dead] == ["timer"]
    assert (taken.outputs, taken.changed, counting.states) == ([], {}, before)


def test_a_disarmed_timer_is_armed_again_by_the_next_event_of_its_key() -> None:
    counting = engine(stage(wake=bare))
    for hour in (1, 2):
        counting.receive(record(make.turn(at=NOON + hour * HOUR), offset=hour))
        counting.observe("turns", NOON + 4 * HOUR)
        counting.advance(NOON)

    assert [headers(letter)["dead.offset"] for letter in counting.take().dead] == ["1", "2"]


def test_a_state_that_was_put_back_has_its_timer_and_is_no_change() -> None:
    counting = engine()
    counting.restore("session-1", Count("session-1", ((NOON, 4),)))

    assert counting.take().changed == {}
    assert at_times(counting, NOON + HOUR) == [(NOON + WINDOW + LATENESS, "session-1")]


# -------------------------------------------------------------------------------------------------------- time


ASKED = topic_of("asked", UserTurn, writer="capture")
TOLD = topic_of("told", UserTurn, writer="detection")


def mark(topic: str, time: int, *, by: str = "capture", partition: int = 0, at: int | None = None) -> Record:
    value = CODEC.encode(Mark(stage=by, partition=partition, time=time))
    return Record(topic, 0, 0, b"", value, time if at is None else at)


def test_the_time_of_an_inside_topic_is_unknown_until_every_partition_of_its_writer_has_marked() -> None:
    counting = engine(stage(reads=(ASKED,)), writers={"asked": 3})

    counting.receive(mark("asked", NOON, partition=0))
    counting.receive(mark("asked", NOON + HOUR, partition=2))
    assert counting.refs.time == 0

    counting.receive(mark("asked", NOON + MINUTE, partition=1))
    assert counting.refs.time == NOON


def test_time_is_the_lowest_of_the_writers_newest_marks() -> None:
    counting = engine(stage(reads=(ASKED,)), writers={"asked": 2})
    for time, partition in ((NOON, 0), (NOON, 1), (NOON + HOUR, 0), (NOON + MINUTE, 1)):
        counting.receive(mark("asked", time, partition=partition))

    assert counting.refs.time == NOON + MINUTE


def test_time_is_the_lowest_of_all_inputs() -> None:
    counting = engine(stage(reads=(TURNS, ASKED)), writers={"asked": 1})
    counting.observe("turns", NOON + HOUR)
    assert counting.refs.time == 0, "nothing is known of the other input"

    counting.receive(mark("asked", NOON))
    assert counting.refs.time == NOON
    counting.receive(mark("asked", NOON + 2 * HOUR))
    assert counting.refs.time == NOON + HOUR


def test_time_never_goes_back() -> None:
    counting = engine(stage(reads=(TURNS, ASKED)), writers={"asked": 1})
    counting.observe("turns", NOON + HOUR)
    counting.receive(mark("asked", NOON + HOUR))

    counting.observe("turns", NOON)
    counting.receive(mark("asked", NOON))

    assert counting.refs.time == NOON + HOUR


def test_an_input_that_answers_the_stage_does_not_hold_its_time_back() -> None:
    counting = engine(stage(reads=(ASKED, TOLD), answers=(TOLD,)), writers={"asked": 1, "told": 1})

    counting.receive(mark("told", NOON - HOUR, by="detection"))
    counting.receive(mark("asked", NOON))

    assert counting.refs.time == NOON
    counting.receive(record(make.turn(), topic="told"))
    assert counting.states["session-1"] == Count("session-1", ((NOON, 1),)), "its records are handled like any other"


def test_a_stage_knows_the_clock_when_it_is_woken_and_how_old_its_time_is() -> None:
    counting = engine(stage(reads=(TURNS,)))
    counting.observe("turns", NOON)

    counting.advance(NOON + HOUR)

    assert (counting.refs.time, counting.refs.now) == (NOON, NOON + HOUR)


def test_a_step_is_told_the_append_time_of_its_record() -> None:
    seen = []

    def listen(refs: Refs, state: Count, _: UserTurn) -> Step[Count]:
        seen.append(refs.at)
        return state, ()

    counting = engine(stage(step=listen))
    for at in (NOON, NOON + 5):
        counting.receive(record(make.turn(), at=at))

    assert seen == [NOON, NOON + 5]


# -------------------------------------------------------------------------------------- order makes no difference


MINUTES = st.integers(0, 60)
TURN = st.tuples(st.sampled_from("abc"), MINUTES, st.integers(0, LATENESS - 1))
"""Whose turn, when, and how late it arrives."""


@given(
    st.lists(TURN, max_size=20),
    st.lists(st.tuples(st.sampled_from("ab"), MINUTES, st.integers(0, LATENESS - 1)), max_size=10),
    st.data(),
)
def test_any_interleaving_that_keeps_each_inputs_order_gives_the_naive_counts(
    outside: list[tuple[str, int, int]], inside: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    """Two inputs, each in order of arrival; their turns are cut and mixed at will, and time is told at will."""
    counting = engine(stage(reads=(TURNS, ASKED)), writers={"asked": 1})
    logs = {name: _arrivals(name, turns) for name, turns in (("turns", outside), ("asked", inside))}
    read = dict.fromkeys(logs, 0)
    outputs: list[Any] = []
    end = NOON + 3 * HOUR
    while any(read[name] < len(log) for name, log in logs.items()):
        name = data.draw(st.sampled_from([one for one, log in logs.items() if read[one] < len(log)]))
        arrived = logs[name][read[name]]
        counting.receive(arrived)
        read[name] += 1
        if data.draw(st.booleans()):
            _tell(counting, name, arrived.appended_at)
        if data.draw(st.booleans()):
            counting.advance(NOON)
            outputs += said(counting.take().outputs)
    for name in logs:
        _tell(counting, name, end)
    counting.advance(NOON)
    outputs += said(counting.take().outputs)

    naive = Counter((session, minute * MINUTE // WINDOW * WINDOW + NOON) for session, minute, _ in (*outside, *inside))
    assert Counter({(one.session_id, one.occurred_at): int(one.value) for one in outputs}) == naive
    assert len(outputs) == len(naive)
    assert all(int(one.record_id) == one.occurred_at + WINDOW + LATENESS for one in outputs)
    assert counting.states == {}


def _arrivals(topic: str, turns: list[tuple[str, int, int]]) -> list[Record]:
    arrived = sorted(
        (NOON + minute * MINUTE + late, session, NOON + minute * MINUTE) for session, minute, late in turns
    )
    return [
        record(make.turn(session_id=session, at=at), topic=topic, offset=n, at=append, key=session.encode())
        for n, (append, session, at) in enumerate(arrived)
    ]


def _tell(counting: Engine, topic: str, time: int) -> None:
    if topic == "turns":
        counting.observe(topic, time)
    else:
        counting.receive(mark(topic, time))


def test_what_was_too_late_before_a_restart_stays_too_late() -> None:
    counting = engine(stage(reads=(TURNS,)))
    counting.observe("turns", NOON)
    kept = counting.take().kept

    fresh = engine(stage(reads=(TURNS,)))
    fresh.restore_kept(kept)

    assert fresh.refs.time == NOON
    fresh.observe("turns", NOON - HOUR)
    assert fresh.refs.time == NOON, "it never goes back"


# -------------------------------------------------------------------------------- reference data that is not there yet


def awaiting(_: Refs, state: Count, event: UserTurn) -> Step[Count]:
    if event.channel == "awaited":
        raise Awaited("unknown_use_case", "no such use case")
    return count(_, state, event)


def test_what_refers_to_something_missing_is_not_decided_before_it_is_certain() -> None:
    counting = engine(stage(step=awaiting))
    missing = record(make.turn(channel="awaited"))

    with pytest.raises(Awaited):
        counting.receive(missing, certain=False)
    assert counting.take()[:3] == ([], [], {})

    counting.receive(missing, certain=True)
    assert [headers(letter)["dead.reason"] for letter in counting.take().dead] == ["unknown_use_case"]


def test_what_is_wrong_in_itself_is_set_aside_at_once() -> None:
    counting = engine(stage(step=strict))

    counting.receive(Record("turns", 0, 0, b"session-1", asking("refuse"), NOON), certain=False)

    assert [headers(letter)["dead.reason"] for letter in counting.take().dead] == ["bad_mood"]


# --------------------------------------------------------------------------------------- where a key does not belong


def test_a_record_from_outside_on_the_wrong_partition_is_set_aside_with_what_to_mend() -> None:
    counting = engine(place={b"session-1": 0, b"session-2": 3}.__getitem__)
    for n, key in enumerate(("session-1", "session-2")):
        counting.receive(record(make.turn(session_id=key), offset=n, key=key.encode()))

    taken = counting.take()
    assert list(taken.changed) == ["session-1"]
    [told] = [headers(letter) for letter in taken.dead]
    assert (told["dead.reason"], told["dead.offset"]) == ("wrong_partition", "1")
    assert "murmur2" in told["dead.error"]


def test_where_one_of_ours_put_a_record_is_not_asked() -> None:
    counting = engine(stage(reads=(topic_of("inside", UserTurn, writer="capture"),)), place=lambda _: 3)
    counting.receive(record(make.turn(), topic="inside"))

    assert counting.take().dead == []


# --------------------------------------------------------------------------------------------- too many dead letters


def bad(n: int, *, topic: str = "turns", at: int = NOON, use_case: str = "quick") -> Record:
    turn = make.turn(channel="refuse", use_case_id=use_case)
    return Record(topic, 0, n, b"session-1", CODEC.encode(turn), at)


def good(n: int, *, at: int = NOON, use_case: str = "quick") -> Record:
    return record(make.turn(use_case_id=use_case), offset=n, at=at)


def reasons(of: Engine) -> Counter[str]:
    return Counter(headers(letter)["dead.reason"] for letter in of.take().dead)


def test_an_inside_stage_that_sets_too_much_aside_stops_and_says_how_to_look_at_it() -> None:
    counting = engine(stage(step=strict, reads=(topic_of("inside", UserTurn, writer="capture"),)))
    for n in range(INSIDE.most):
        counting.receive(bad(n, topic="inside"))

    with pytest.raises(TooManyDead, match=r"^counting: more than 100 .* of inside .*: loopwright redrive inside"):
        counting.receive(bad(INSIDE.most, topic="inside"))


def test_timers_that_raise_count_among_them() -> None:
    counting = engine(stage(wake=bare))
    for n in range(INSIDE.most + 1):
        counting.receive(record(make.turn(session_id=f"session-{n}"), key=f"session-{n}".encode()))
    counting.observe("turns", NOON + HOUR)

    with pytest.raises(TooManyDead):
        counting.advance(NOON)


def test_a_producer_that_sends_too_much_that_is_bad_is_put_in_quarantine_and_nobody_else() -> None:
    counting = engine(stage(step=strict))
    for n in range(OUTSIDE.most + 1):
        counting.receive(bad(n))
    assert reasons(counting) == {"bad_mood": OUTSIDE.most + 1}

    counting.receive(good(200))
    counting.receive(good(201, use_case="another"))
    assert reasons(counting) == {"quarantined": 1}
    assert counting.states["session-1"] == Count("session-1", ((NOON, 1),)), "the other use case's turn"


def test_quarantine_ends_by_append_time_and_its_own_letters_do_not_prolong_it() -> None:
    counting = engine(stage(step=strict))
    for n in range(OUTSIDE.most + 1):
        counting.receive(bad(n))
    for n in range(OUTSIDE.most + 1):
        counting.receive(good(200 + n, at=NOON + 9 * MINUTE))
    counting.take()

    counting.receive(good(400, at=NOON + 10 * MINUTE))

    assert reasons(counting) == {}


def test_bytes_that_nobody_can_read_put_nobody_in_quarantine() -> None:
    """They name no use case."""
    counting = engine(stage(step=strict))
    for n in range(2 * OUTSIDE.most):
        counting.receive(Record("turns", 0, n, b"session-1", b"not avro", NOON))
    counting.receive(good(999, use_case=""))

    assert reasons(counting) == {"undecodable": 2 * OUTSIDE.most}


def test_a_restart_keeps_time_and_quarantine() -> None:
    before, after = (engine(stage(step=strict)) for _ in range(2))
    before.observe("turns", NOON)
    for n in range(OUTSIDE.most + 1):
        before.receive(bad(n))

    kept = msgpack.decode(msgpack.encode(before.take().kept), type=Kept)
    after.restore_kept(kept)
    after.receive(good(200))

    assert after.refs.time == NOON
    assert reasons(after) == {"quarantined": 1}


# ------------------------------------------------------------------------------------------------------- said again


def test_what_holds_is_said_again_when_the_shell_asks_and_changes_nothing() -> None:
    counting = engine(replace(stage(), renews=lambda state: (counted(NOON, len(state.windows), 0),)))
    counting.receive(record(make.turn()))
    counting.take()

    counting.renew()

    taken = counting.take()
    assert said(taken.outputs) == [counted(NOON, 1, 0)]
    assert taken.changed == {}


def test_a_stage_with_nothing_to_say_again_says_nothing() -> None:
    counting = engine()
    counting.receive(record(make.turn()))
    counting.renew()

    assert counting.take().outputs == []
