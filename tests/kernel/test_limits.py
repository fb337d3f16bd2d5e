"""How many dead letters are too many."""

from __future__ import annotations

import pytest

from services.kernel.limits import INSIDE, LONGEST_NAME, MOST_NAMES, OUTSIDE, Breaker, Limit, Standing
from tests.factories import MINUTE, NOON, SECOND

THREE = Limit(most=3, share=0.0)
HALF = Limit(most=3, share=0.5)


def died(breaker: Breaker, count: int, name: str = "quick", at: int = NOON) -> list[bool]:
    return [breaker.died(name, at) for _ in range(count)]


def test_so_many_are_borne_and_one_more_is_too_many() -> None:
    assert died(Breaker(THREE), 4) == [False, False, False, True]


def test_each_name_is_counted_by_itself() -> None:
    breaker = Breaker(THREE)
    died(breaker, 3)

    assert died(breaker, 3, "another") == [False, False, False]


def test_each_window_begins_anew_on_the_full_minute() -> None:
    breaker = Breaker(THREE)
    died(breaker, 3, at=NOON + 59 * SECOND)

    assert died(breaker, 3, at=NOON + MINUTE) == [False, False, False]


def test_what_is_appended_late_counts_in_the_window_at_hand() -> None:
    """Several inputs are merged by append time, but a retry may be older than what was counted last."""
    breaker = Breaker(THREE)
    died(breaker, 3, at=NOON + MINUTE)

    assert breaker.died("quick", NOON)


@pytest.mark.parametrize(("lived", "too_many"), [(3, True), (4, True), (5, False), (100, False)])
def test_where_a_share_is_borne_both_must_be_exceeded(lived: int, too_many: bool) -> None:  # noqa: FBT001
    breaker = Breaker(HALF)
    died(breaker, 1)
    for _ in range(lived):
        breaker.lived("quick", NOON)

    assert died(breaker, 3)[-1] is too_many


def test_quarantine_begins_with_one_too_many_and_ends_after_ten_minutes_of_append_time() -> None:
    breaker = Breaker(HALF)
    assert not breaker.resting("quick", NOON)
    died(breaker, 4)

    assert breaker.resting("quick", NOON)
    assert breaker.resting("quick", NOON + 10 * MINUTE - 1)
    assert not breaker.resting("another", NOON)
    assert not breaker.resting("quick", NOON + 10 * MINUTE)
    assert not breaker.resting("quick", NOON), "it is over for good"


def test_who_never_sent_a_dead_letter_is_not_remembered() -> None:
    breaker = Breaker(HALF)
    breaker.lived("quick", NOON)

    assert breaker.standing() == Standing()


def test_a_restart_forgives_nothing() -> None:
    before, after = Breaker(HALF), Breaker(HALF)
    died(before, 4, "resting")
    died(before, 3, "nearly")

    after.restore(before.standing())

    assert after.resting("resting", NOON + SECOND)
    assert died(after, 1, "nearly") == [True]
    assert not before.resting("nearly", NOON), "and what was kept is a copy"


def test_names_that_somebody_makes_up_do_not_pile_up() -> None:
    breaker = Breaker(HALF)
    for n in range(3 * MOST_NAMES):
        breaker.died(f"made-up-{n}", NOON + n * MINUTE)

    assert len(breaker.standing().windows) <= MOST_NAMES


def test_who_is_in_quarantine_stays_in_it_when_names_are_forgotten() -> None:
    breaker = Breaker(HALF)
    died(breaker, 4)
    for n in range(MOST_NAMES + 1):
        breaker.died(f"made-up-{n}", NOON + 5 * MINUTE)

    assert breaker.resting("quick", NOON + 9 * MINUTE)


def test_a_stage_bears_a_hundred_a_minute_whatever_their_share_and_a_producer_only_while_most_live() -> None:
    assert (INSIDE.most, INSIDE.share, OUTSIDE.most, OUTSIDE.share) == (100, 0.0, 100, 0.5)
    assert INSIDE.window_ms == OUTSIDE.window_ms == MINUTE


def test_a_name_of_any_length_is_kept_short() -> None:
    """All that is kept is one record: an event with a use case of a megabyte must not make it too large."""
    breaker = Breaker(THREE)
    died(breaker, 4, "x" * 1_000_000)

    assert breaker.resting("x" * 1_000_000, NOON)
    assert max(map(len, breaker.standing().windows)) == LONGEST_NAME


def test_made_up_names_of_one_window_do_not_pile_up() -> None:
    breaker = Breaker(THREE)
    for n in range(3 * MOST_NAMES):
        breaker.died(f"made up {n}", NOON)

    assert len(breaker.standing().windows) == MOST_NAMES
