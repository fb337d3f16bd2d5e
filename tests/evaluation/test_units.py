"""One unit per user and stage, one pair per example: what counts, when, and that no order changes it."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from loopwright.events import Arm, Event, Exposure, Measure, Outcome, Phase, Releases, Tally, UseCaseSpec
from services.evaluation.domain.units import Unit, close, closes_at, count
from services.kernel.stage import Refs, Refused, Table
from services.kernel.topics import topic
from tests.factories import DAY, HOUR, MINUTE, NOON, measure, outcome, release, releases, spec

SPEC = spec()
LATENESS = SPEC.policy.lateness_ms
DEADLINE = SPEC.policy.offline_deadline_ms
SLICE = SPEC.policy.slice_ms

Counted = Counter[tuple[int, Arm, int, int, str, tuple[int, ...]]]


def references(*known: Releases, of: UseCaseSpec = SPEC) -> Refs:
    tables = {"usecases": Table(topic("usecases")), "releases": Table(topic("releases"))}
    tables["usecases"].put(f"{of.use_case_id}@{of.version}", of)
    for value in known:
        tables["releases"].put(value.use_case_id, value)
    return Refs(tables)


REFS = references()


class User:
    """One unit's state, fed by hand; time passes between outcomes as far as it is said to."""

    def __init__(self, refs: Refs = REFS) -> None:
        self.refs = refs
        self.unit = Unit()
        self.tallies: list[Tally] = []

    def tell(self, *outcomes: Outcome) -> "User":
        for one in outcomes:
            self._take(*count(self.refs, self.unit, one))
        return self

    def until(self, time: float = math.inf) -> "User":
        while (due := closes_at(self.unit)) is not None and due <= time:
            self._take(*close(self.refs, self.unit, due))
        return self

    def _take(self, unit: Unit | None, events: Sequence[Event]) -> None:
        self.unit = unit or Unit()
        self.tallies += [event for event in events if isinstance(event, Tally)]


def cells(tallies: Iterable[Tally], metric: str = "not_helped") -> list[tuple[int, ...]]:
    return [one.cells for one in tallies if one.metric == metric]


def sums(tallies: Iterable[Tally]) -> Counted:
    counted: Counted = Counter()
    for one in tallies:
        for n, number in enumerate(one.cells):
            cell = tuple(int(n == m) for m in range(len(one.cells)))
            counted[one.stage, one.arm, one.since, one.slice_start, one.metric, cell] += number
    return +counted


def test_a_user_counts_with_the_first_run_of_the_stage_whatever_arrives_first() -> None:
    early = outcome(measure(bad=1.0), run="early", at=NOON)
    late = outcome(measure(bad=0.0), run="late", at=NOON + MINUTE)
    for order in ((early, late), (late, early)):
        assert cells(User().tell(*order).until().tallies) == [(1, 0, 0)]


def test_runs_of_the_same_millisecond_are_ordered_by_their_id() -> None:
    first, second = outcome(measure(bad=1.0), run="a"), outcome(measure(bad=0.0), run="b")
    for order in ((first, second), (second, first)):
        assert cells(User().tell(*order).until().tallies) == [(1, 0, 0)]


def test_a_unit_closes_when_horizon_and_lateness_have_passed_since_the_run_started() -> None:
    user = User().tell(outcome(at=NOON, horizon_ms=HOUR))
    assert closes_at(user.unit) == NOON + HOUR + LATENESS
    assert user.until(NOON + HOUR + LATENESS - 1).tallies == []
    assert len(user.until(NOON + HOUR + LATENESS).tallies) == 1


def test_an_earlier_run_brings_the_closing_forward() -> None:
    user = User().tell(outcome(run="late", at=NOON + MINUTE), outcome(run="early", at=NOON))
    assert closes_at(user.unit) == NOON + HOUR + LATENESS


def test_a_unit_that_has_closed_counts_no_other_run_of_its_stage() -> None:
    user = User().tell(outcome(run="one")).until()
    user.tell(outcome(measure(bad=1.0), run="two", at=NOON + 2 * HOUR)).until()
    assert cells(user.tallies) == [(0, 1, 0)]


def test_a_repeat_of_an_outcome_counts_once() -> None:
    one = outcome()
    assert cells(User().tell(one, one).until().tell(one).until().tallies) == [(0, 1, 0)]


def test_a_user_never_seen_before_says_so() -> None:
    assert [one.since for one in User().tell(outcome(release_stage=3)).until().tallies] == [0]


def test_a_user_seen_on_the_baseline_says_in_which_stage_last() -> None:
    user = User()
    for stage in (1, 2, 4):
        user.tell(outcome(run=f"run-{stage}", at=NOON + stage * DAY, release_stage=stage))
    assert [(one.stage, one.since) for one in user.until().tallies] == [(1, 0), (2, 1), (4, 2)]


def test_a_user_who_was_on_the_candidate_in_an_earlier_stage_is_left_out() -> None:
    user = User().tell(outcome(run="one", release_stage=1, arm=Arm.CANDIDATE)).until()
    user.tell(outcome(measure(bad=1.0), run="two", at=NOON + DAY, release_stage=2, arm=Arm.CANDIDATE)).until()
    user.tell(outcome(measure(bad=0.0), run="three", at=NOON + 2 * DAY, release_stage=3, arm=Arm.BASELINE)).until()
    assert [one.stage for one in user.tallies] == [1]


def test_a_user_who_came_to_the_candidate_from_the_baseline_counts_there_once() -> None:
    user = User()
    for stage, arm in ((1, Arm.BASELINE), (2, Arm.CANDIDATE), (3, Arm.CANDIDATE)):
        user.tell(outcome(run=f"run-{stage}", at=NOON + stage * DAY, release_stage=stage, arm=arm)).until()
    assert [(one.stage, one.arm, one.since) for one in user.tallies] == [(1, Arm.BASELINE, 0), (2, Arm.CANDIDATE, 1)]


def test_a_later_stage_seen_first_is_no_earlier_one() -> None:
    """A process with an old copy of the releases may serve stage 1 after another has served stage 2."""
    user = User().tell(outcome(run="one", release_stage=2)).until()
    user.tell(outcome(run="two", at=NOON + DAY, release_stage=1)).until()
    assert [(one.stage, one.since) for one in user.tallies] == [(2, 0), (1, 0)]


def test_what_was_seen_in_another_release_does_not_matter() -> None:
    user = User().tell(outcome(run="one", release_id="other", release_stage=1, arm=Arm.CANDIDATE)).until()
    user.tell(outcome(run="two", at=NOON + DAY, release_stage=2)).until()
    assert [(one.release_id, one.since) for one in user.tallies] == [("other", 0), ("release-1", 0)]


def test_each_horizon_has_its_own_unit() -> None:
    user = User().tell(
        outcome(run="one", horizon_ms=HOUR),
        outcome(measure("reopened", 1.0), run="one", horizon_ms=6 * HOUR),
        outcome(measure(bad=1.0), run="two", at=NOON + MINUTE, horizon_ms=HOUR),
    )
    assert closes_at(user.unit) == NOON + HOUR + LATENESS
    assert cells(user.until(NOON + 2 * HOUR).tallies) == [(0, 1, 0)]
    assert cells(user.until().tallies, "reopened") == [(1, 0, 0)]


def test_the_candidate_of_one_horizon_leaves_out_later_stages_of_each_horizon_alone() -> None:
    user = User().tell(outcome(run="one", release_stage=1, arm=Arm.CANDIDATE, horizon_ms=HOUR)).until()
    user.tell(outcome(run="two", at=NOON + DAY, horizon_ms=6 * HOUR)).until()
    assert [one.stage for one in user.tallies] == [1, 2]


@pytest.mark.parametrize(
    "fields",
    [
        {"release_id": ""},
        {"arm": Arm.NONE},
        {"arm": Arm.UNKNOWN},
        {"exposure": Exposure.SHADOW, "arm": Arm.CANDIDATE},
        {"exposure": Exposure.UNKNOWN, "arm": Arm.CANDIDATE},
    ],
)
def test_a_run_that_no_user_saw_in_an_arm_of_a_release_is_ignored_and_leaves_nothing_behind(
    fields: dict[str, Any],
) -> None:
    assert count(REFS, Unit(), outcome(**fields)) == (None, ())


def test_a_run_without_a_release_leaves_what_is_remembered_alone() -> None:
    user = User().tell(outcome())
    assert count(REFS, user.unit, outcome(run="two", release_id=""))[0] is user.unit


@pytest.mark.parametrize(
    ("said", "cell"),
    [
        (measure(bad=1.0), (1, 0, 0)),
        (measure(bad=0.0), (0, 1, 0)),
        (measure(unmeasured="no reopened"), (0, 0, 1)),
        (Measure(name="not_helped", bad=0.0, unmeasured="truncated"), (0, 0, 1)),
        (Measure(name="not_helped", bad=-1.0), (0, 0, 1)),
        (Measure(name="not_helped", bad=math.nan), (0, 0, 1)),
        (Measure(name="not_helped", bad=0.5), (0, 0, 1)),
    ],
)
def test_a_value_is_a_failure_or_a_success_and_everything_else_is_missing(said: Measure, cell: tuple[int, ...]) -> None:
    assert cells(User().tell(outcome(said)).until().tallies) == [cell]


def test_a_tally_carries_the_slice_in_which_the_run_started() -> None:
    at = NOON + SLICE + 1
    (tally,) = User().tell(outcome(at=at, arm=Arm.CANDIDATE, release_stage=3)).until().tallies
    assert tally.slice_start == NOON + SLICE
    assert (tally.release_id, tally.stage, tally.arm, tally.exposure) == (
        "release-1",
        3,
        Arm.CANDIDATE,
        Exposure.LIVE,
    )


def test_a_use_case_that_nobody_knows_is_refused() -> None:
    with pytest.raises(Refused, match="no spec support-answers@9") as refused:
        count(REFS, Unit(), outcome(spec_version=9))
    assert refused.value.reason == "unknown_use_case"


def test_the_users_of_an_ended_release_are_forgotten_and_those_of_an_unknown_one_are_not() -> None:
    ended = releases(release("ended", phase=Phase.ROLLED_BACK), release("open"))
    user = User(references(ended))
    for n, name in enumerate(("ended", "open", "unknown", "open")):
        user.tell(outcome(run=f"run-{n}", at=NOON + n * DAY, release_id=name, release_stage=n + 1)).until()
    assert {one.release_id for one in user.unit.seen} == {"open", "unknown"}


# ---------------------------------------------------------------------------------------------- any order


@st.composite
def _histories(draw: st.DrawFn) -> list[Outcome]:
    """Some runs of one user over a ramp; the stage never falls while time goes on."""
    minutes = sorted(draw(st.lists(st.integers(0, 300), min_size=1, max_size=6)))
    stages = sorted(draw(st.lists(st.integers(1, 4), min_size=len(minutes), max_size=len(minutes))))
    made = []
    for n, (minute, stage) in enumerate(zip(minutes, stages, strict=True)):
        arm = draw(st.sampled_from((Arm.BASELINE, Arm.CANDIDATE)))
        bad = draw(st.sampled_from((0.0, 1.0)))
        common: dict[str, Any] = {"run": f"run-{n}", "at": NOON + minute * MINUTE, "arm": arm, "release_stage": stage}
        made.append(outcome(measure(bad=bad), **common))
        made.append(outcome(measure("reopened", bad), horizon_ms=6 * HOUR, **common))
    return made


@given(_histories(), st.randoms(use_true_random=False), st.data())
def test_any_order_and_delay_within_the_lateness_gives_the_same_counts(
    history: list[Outcome], rng: Any, data: st.DataObject
) -> None:
    """An outcome may come at any moment before its unit closes: that is when the stage before has written it."""
    in_order = User().tell(*sorted(history, key=lambda one: one.started_at)).until()
    arrivals = [
        (one.started_at + one.horizon_ms + data.draw(st.integers(0, LATENESS)), rng.random(), one)
        for one in [*history, *history[:2]]
    ]
    shuffled = User()
    for at, _, one in sorted(arrivals, key=lambda arrival: arrival[:2]):
        shuffled.until(at - 1).tell(one)
    assert sums(shuffled.until().tallies) == sums(in_order.tallies)


# ------------------------------------------------------------------------------------------ offline examples


def example(arm: Arm, bad: float = 0.0, *, name: str = "e1", unmeasured: str = "", **fields: Any) -> Outcome:
    return outcome(measure(bad=bad, unmeasured=unmeasured), run=f"{name}/{arm}", example=name, arm=arm, **fields)


BOTH = (Arm.BASELINE, Arm.CANDIDATE)


@pytest.mark.parametrize(
    ("baseline", "candidate", "cell"),
    [(0.0, 0.0, 0), (0.0, 1.0, 1), (1.0, 0.0, 2), (1.0, 1.0, 3)],
)
@pytest.mark.parametrize("first", BOTH)
def test_both_arms_of_an_example_meet_and_give_one_of_four_cells(
    baseline: float, candidate: float, cell: int, first: Arm
) -> None:
    pair = [example(Arm.BASELINE, baseline), example(Arm.CANDIDATE, candidate)]
    user = User().tell(*sorted(pair, key=lambda one: one.arm is not first))
    assert cells(user.tallies) == [tuple(int(n == cell) for n in range(5))]
    (tally,) = user.tallies
    assert (tally.arm, tally.exposure, tally.since) == (Arm.NONE, Exposure.OFFLINE, 0)
    assert closes_at(user.unit) is None


@pytest.mark.parametrize(
    ("baseline", "candidate", "cell"),
    [
        ((0.0, ""), (-1.0, "unfinished"), 1),
        ((1.0, ""), (-1.0, "unfinished"), 3),
        ((-1.0, "unfinished"), (0.0, ""), 0),
        ((-1.0, "unfinished"), (1.0, ""), 1),
        ((-1.0, "unfinished"), (-1.0, "unfinished"), 1),
        ((0.0, ""), (math.nan, ""), 1),
        ((math.nan, ""), (0.0, ""), 0),
        ((0.0, ""), (-1.0, ""), 1),
    ],
)
def test_what_is_missing_counts_against_the_candidate(
    baseline: tuple[float, str], candidate: tuple[float, str], cell: int
) -> None:
    pair = [
        outcome(Measure(name="not_helped", bad=bad, unmeasured=why), run=arm, example="e1", arm=arm)
        for arm, (bad, why) in zip(BOTH, (baseline, candidate), strict=True)
    ]
    assert cells(User().tell(*pair).tallies) == [tuple(int(n == cell) for n in range(5))]


def test_a_metric_that_the_candidate_does_not_even_name_is_its_failure() -> None:
    pair = (
        outcome(measure(), measure("reopened"), run="b", example="e1"),
        outcome(measure(), run="c", example="e1", arm=Arm.CANDIDATE),
    )
    user = User().tell(*pair)
    assert cells(user.tallies) == [(1, 0, 0, 0, 0)]
    assert cells(user.tallies, "reopened") == [(0, 1, 0, 0, 0)]


def test_a_second_run_of_the_same_arm_changes_nothing_whichever_of_the_two_comes_first() -> None:
    first = example(Arm.CANDIDATE, 1.0)
    again = replace(example(Arm.CANDIDATE, 0.0), run_id="another", outcome_id="another", started_at=NOON + MINUTE)
    for runs in ((first, again), (again, first)):
        user = User().tell(*runs, example(Arm.BASELINE), again)
        assert cells(user.tallies) == [(0, 1, 0, 0, 0)]


@pytest.mark.parametrize("arm", BOTH)
def test_an_example_that_stays_alone_is_left_out_and_counted_at_its_deadline(arm: Arm) -> None:
    """Not before a partner that ran in time can have been measured and have come."""
    alone = example(arm, at=NOON)
    closes = NOON + DEADLINE + alone.horizon_ms + LATENESS
    user = User().tell(alone)
    assert user.until(closes - 1).tallies == []
    assert cells(user.until(closes).tallies) == [(0, 0, 0, 0, 1)]


@pytest.mark.parametrize("arm", BOTH)
def test_a_partner_that_comes_after_the_deadline_is_not_counted_and_nobody_is_left_out_twice(arm: Arm) -> None:
    other = Arm.CANDIDATE if arm is Arm.BASELINE else Arm.BASELINE
    user = User().tell(example(arm)).until().tell(example(other, at=NOON + DEADLINE)).until()
    user.tell(example(arm, at=NOON + 2 * DEADLINE)).until()
    assert cells(user.tallies) == [(0, 0, 0, 0, 1)]


def test_a_lonely_example_says_of_each_metric_that_it_is_left_out() -> None:
    user = User().tell(outcome(measure(), measure("reopened"), example="e1")).until()
    assert {one.metric for one in user.tallies} == {"not_helped", "reopened"}


def _orders(pairs: Sequence[Outcome]) -> Iterator[list[Outcome]]:
    yield list(pairs)
    yield list(reversed(pairs))


def test_a_pair_belongs_to_the_slice_in_which_the_later_of_the_two_ran() -> None:
    pair = (example(Arm.BASELINE, at=NOON), example(Arm.CANDIDATE, at=NOON + DAY))
    for order in _orders(pair):
        assert [one.slice_start for one in User().tell(*order).tallies] == [NOON + DAY]


def test_the_same_example_in_two_releases_makes_two_pairs() -> None:
    pairs = [example(arm, release_id=name, bad=float(name == "r2")) for name in ("r1", "r2") for arm in BOTH]
    for order in _orders(pairs):
        user = User().tell(*order)
        assert sorted((one.release_id, one.cells.index(1)) for one in user.tallies) == [("r1", 0), ("r2", 3)]
