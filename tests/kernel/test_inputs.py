"""The inputs of one stage on one partition number as one queue: what comes next, and how far time has come."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.events import UserTurn
from services.kernel.engine import Record
from services.kernel.inputs import BEHIND_THE_CLOCK, Inputs
from tests.factories import NOON, SECOND
from tests.kernel.stages import stage, topic_of

TURNS = topic_of("turns", UserTurn, writer="outside")
ASKED = topic_of("asked", UserTurn, writer="capture")

MARKS_EVERY = 5 * SECOND


def inputs(*topics: str, starts: dict[str, int] | None = None) -> Inputs:
    """The inputs of a stage that reads these topics, and nothing has been fetched; their retries are at their end."""
    known = {"turns": TURNS, "asked": ASKED}
    found = Inputs(stage(reads=[known[name] for name in topics]), marks_every=MARKS_EVERY, starts=starts or {})
    for name, source in found.sources.items():
        if name.endswith(".retry"):
            source.reached(0, 0, NOON)
    return found


def records(topic: str, *times: int, first: int = 0) -> list[Record]:
    """Records appended at these times, milliseconds after noon."""
    return [Record(topic, 0, first + n, b"key", b"", NOON + at) for n, at in enumerate(times)]


def fed(of: Inputs, topic: str, *times: int, first: int = 0, more: int = 0) -> None:
    """Let these be fetched, with so many more at the broker."""
    found = records(topic, *times, first=first)
    of.sources[topic].feed(found)
    end = found[-1].offset + 1 if found else first
    of.sources[topic].reached(end, end + more, NOON)


def taken(of: Inputs, most: int = 1_000) -> list[tuple[str, int]]:
    return [(record.topic, record.appended_at - NOON) for record in of.take(most)]


# ---------------------------------------------------------------------------------------------------- what comes next


def test_inputs_are_merged_by_append_time() -> None:
    two = inputs("turns", "asked")
    fed(two, "turns", 1, 4)
    fed(two, "asked", 2, 3, 5)

    assert taken(two) == [("turns", 1), ("asked", 2), ("asked", 3), ("turns", 4), ("asked", 5)]
    assert two.waiting == 0


@pytest.mark.parametrize("reads", [("turns", "asked"), ("asked", "turns")])
def test_what_was_appended_at_the_same_time_comes_in_the_order_in_which_a_stage_names_its_inputs(
    reads: tuple[str, str],
) -> None:
    """As in memory: a millisecond has room for several records, and a replay must repeat what happened."""
    two = inputs(*reads)
    fed(two, "turns", 4, 5, 5)
    fed(two, "asked", 4, 5, 5)

    assert taken(two) == [(name, at) for at, count in ((4, 1), (5, 2)) for name in reads for _ in range(count)]


def test_a_retry_is_one_more_input_and_does_not_move_time() -> None:
    one = inputs("turns")
    fed(one, "turns", 1, 3, more=1)
    fed(one, "turns.retry", 2)

    assert taken(one) == [("turns", 1), ("turns.retry", 2), ("turns", 3)]
    assert one.times() == [("turns", NOON + 3)]


def test_an_input_that_is_neither_in_hand_nor_at_its_end_is_waited_for() -> None:
    two = inputs("turns", "asked")
    fed(two, "turns", 1, 4)
    two.sources["asked"].reached(0, 7, NOON)
    assert taken(two) == [], "what is still to come of the other may be older"

    fed(two, "asked", 2, more=6)
    assert taken(two) == [("turns", 1), ("asked", 2)], "and after what is in hand of it, something older may follow"

    fed(two, "asked", first=7)
    assert taken(two) == [("turns", 4)]


def test_control_records_at_the_end_of_an_input_are_passed() -> None:
    one = inputs("turns")
    fed(one, "turns", 1, 2)
    assert one.sources["turns"].lag == 2
    assert len(one.take(1)) == 1
    one.sources["turns"].reached(3, 3, NOON)
    assert one.sources["turns"].next == 1, "not while something before them has not been handed on"

    one.take(1)

    source = one.sources["turns"]
    assert (source.at_end, source.next, source.lag) == (True, 3, 0)


def test_control_records_alone_are_passed_when_they_are_fetched() -> None:
    one = inputs("turns", starts={"turns": 5})
    one.sources["turns"].reached(7, 7, NOON)

    assert one.sources["turns"].next == 7


def test_behind_an_open_transaction_an_input_is_not_at_its_end() -> None:
    """What a reader of committed records has no more of may be there already: its broker's end is further on."""
    one = inputs("turns")
    fed(one, "turns", 1, more=3)

    assert taken(one) == [("turns", 1)]
    assert not one.sources["turns"].at_end
    assert one.sources["turns"].next == 1


def test_what_others_leave_open_outside_holds_back_time_and_nothing_else() -> None:
    """An alarm must not wait for a transaction that somebody has left open on another input."""
    two = inputs("turns", "asked")
    two.sources["turns"].reached(0, 1, NOON, stable=0)
    fed(two, "asked", 2)

    assert taken(two) == [("asked", 2)]
    assert two.times() == []


def test_what_was_handed_on_before_is_not_taken_in_again() -> None:
    one = inputs("turns", starts={"turns": 2})
    one.sources["turns"].feed(records("turns", 0, 1, 2, 3))
    one.sources["turns"].reached(4, 4, NOON)

    assert taken(one) == [("turns", 2), ("turns", 3)]


@given(st.lists(st.integers(0, 20), max_size=30), st.lists(st.integers(0, 20), max_size=30), st.integers(1, 7))
def test_however_it_is_cut_all_is_handed_on_once_in_order(outside: list[int], inside: list[int], most: int) -> None:
    two = inputs("turns", "asked")
    fed(two, "turns", *sorted(outside))
    fed(two, "asked", *sorted(inside))

    found: list[tuple[str, int]] = []
    while batch := taken(two, most):
        assert len(batch) <= most
        found += batch

    assert sorted(found) == sorted([*(("turns", at) for at in outside), *(("asked", at) for at in inside)])
    assert all(one <= other for (_, one), (_, other) in pairwise(found))


# ----------------------------------------------------------------------------------------------- pieces of one interval


def test_a_backlog_from_outside_comes_in_pieces_of_one_mark_interval() -> None:
    one = inputs("turns")
    fed(one, "turns", 0, 4_999, 5_000, 5_001, 10_001, 60_000)

    assert [taken(one) for _ in range(4)] == [
        [("turns", 0), ("turns", 4_999), ("turns", 5_000)],
        [("turns", 5_001), ("turns", 10_001)],
        [("turns", 60_000)],
        [],
    ]


def test_another_input_does_not_reach_over_the_end_of_a_piece() -> None:
    two = inputs("turns", "asked")
    fed(two, "turns", 0)
    fed(two, "asked", 1, 5_000, 5_001)

    assert taken(two) == [("turns", 0), ("asked", 1), ("asked", 5_000)]


def test_a_backlog_from_inside_comes_whole_because_its_marks_cut_it() -> None:
    one = inputs("asked")
    fed(one, "asked", 0, 60_000)

    assert len(taken(one)) == 2


# --------------------------------------------------------------------------------------------------------- given back


def test_what_is_given_back_is_handed_on_once_more() -> None:
    two = inputs("turns", "asked")
    fed(two, "turns", 1, 3)
    fed(two, "asked", 2, 4)
    batch = two.take(10)

    two.give_back(batch[1:])

    assert {name: source.next for name, source in two.sources.items() if source.next} == {"turns": 1}
    assert taken(two) == [("asked", 2), ("turns", 3), ("asked", 4)]


def test_what_is_given_back_holds_time_back() -> None:
    """Timers would fire, and events be too late, by the time of what nobody has decided about."""
    one = inputs("turns")
    fed(one, "turns", 1, 2, 3)

    one.give_back(one.take(10)[1:])
    assert one.times() == [("turns", NOON + 1)]

    one.give_back(one.take(10)[1:])
    assert one.times() == [("turns", NOON + 2)]


# ------------------------------------------------------------------------------------------------------------- time


def test_time_is_the_append_time_of_the_last_record_that_was_handed_on() -> None:
    one = inputs("turns")
    assert one.times() == [], "nobody can say yet"

    fed(one, "turns", 1, 2, 3)
    one.take(2)

    assert one.times() == [("turns", NOON + 2)]


def test_at_its_end_an_input_is_as_far_as_the_answer_before_the_last_one_and_a_little_less() -> None:
    """The broker may have appended something between its answer and the reading of it: only the one before is sure."""
    one = inputs("turns")
    source = one.sources["turns"]
    source.reached(0, 0, NOON)
    assert one.times() == [], "one answer says nothing about when it was given"

    source.reached(0, 0, NOON + 10_000)
    assert one.times() == [("turns", NOON - BEHIND_THE_CLOCK)]

    source.reached(0, 0, NOON + 10_000)
    assert one.times() == [("turns", NOON - BEHIND_THE_CLOCK)], "the same answer, read again, is no later one"

    source.reached(0, 0, NOON + 20_000)
    assert one.times() == [("turns", NOON + 10_000 - BEHIND_THE_CLOCK)], "time goes on without traffic"


def test_the_clock_does_not_take_back_what_a_record_said() -> None:
    one = inputs("turns")
    fed(one, "turns", 500)
    one.take(1)
    one.sources["turns"].reached(1, 1, NOON + 600)

    assert one.times() == [("turns", NOON + 500)]


def test_an_end_that_was_reached_and_lost_again_says_nothing_of_the_clock() -> None:
    one = inputs("turns")
    source = one.sources["turns"]
    fed(one, "turns", 1)
    one.take(1)
    source.reached(1, 1, NOON + 10_000)
    source.reached(1, 9, NOON + 20_000)

    assert source.certain_until == 0
    assert one.times() == [("turns", NOON + 1)], "a backlog is no silence"


def test_inside_topics_say_their_time_by_marks_and_not_here() -> None:
    one = inputs("asked")
    fed(one, "asked", 1)
    one.take(1)

    assert one.times() == []
