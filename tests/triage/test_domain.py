"""Signals with the same cause are one case, whatever order they come in."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopwright.codec import CODEC
from loopwright.events import (
    Case,
    CaseLink,
    CaseStatus,
    FailureLocus,
    KindCount,
    LinkState,
    ReasonCode,
    Severity,
    Signal,
    SignalKind,
)
from services.kernel import kit
from services.kernel.memory import Memory
from services.kernel.stage import Refs
from services.triage import app
from services.triage.domain import LOWEST_HASHES, Distinct, Problem, status, take
from tests import factories as make
from tests.factories import HOUR, MINUTE, NOON

TAXONOMY = kit.taxonomy()


def problem_of(*events: Signal | CaseLink) -> tuple[Problem, list[Case]]:
    """What is remembered of case-1 after these, and every version of it that was written."""
    problem, written = Problem("case-1"), []
    for event in events:
        problem, cases = take(TAXONOMY, Refs(), problem, event)
        written += [case for case in cases if isinstance(case, Case)]
    return problem, written


def case_of(*events: Signal | CaseLink) -> Case:
    """The last version of the case."""
    return problem_of(*events)[1][-1]


def last_cases(events: Sequence[Signal | CaseLink], *, batch: int = 10_000, partitions: int = 1) -> dict[str, Case]:
    """The cases as the compacted topic holds them in the end."""
    memory = Memory((app.stage(TAXONOMY),), now=NOON, batch=batch, partitions=partitions)
    for event in events:
        memory.send("signals" if isinstance(event, Signal) else "case.links", event)
    memory.run(NOON + HOUR)
    assert memory.dead() == {}
    return memory.last("cases", Case)


# -------------------------------------------------------------------------------------------------- one case a cause


def test_signals_with_the_same_fingerprint_are_one_case_and_others_another() -> None:
    cases = last_cases(
        [
            make.signal(run="run-1"),
            make.signal(run="run-2", use_case_id="support-billing"),
            make.signal(run="run-3", fingerprint="case-2"),
        ],
        partitions=3,
    )

    assert set(cases) == {"case-1", "case-2"}
    assert [(one.use_case_id, one.signals) for one in cases["case-1"].use_cases] == [
        ("support-answers", 1),
        ("support-billing", 1),
    ]


def test_a_case_says_what_it_is_and_since_when() -> None:
    case = case_of(make.signal(at=NOON), make.signal(at=NOON + HOUR, run="run-2"), make.signal(at=NOON - HOUR))

    assert (case.case_id, case.title) == ("case-1", "Stale source: source refund-policy")
    assert (case.reason_code, case.failure_locus) == (ReasonCode.STALE_SOURCE, FailureLocus.INPUT_KNOWLEDGE)
    assert (case.first_seen, case.last_seen) == (NOON - HOUR, NOON + HOUR)
    assert (case.status, case.changes, case.taxonomy_version) == (CaseStatus.OPEN, (), TAXONOMY.version)
    assert CODEC.decode(CODEC.encode(case)) == case


def test_a_case_counts_its_signals_by_kind_and_each_run_and_user_once() -> None:
    case = case_of(
        make.signal(SignalKind.STALE_SOURCE, run="run-1", user_bucket=1),
        make.signal(SignalKind.STALE_SOURCE, run="run-2", user_bucket=1),
        make.signal(SignalKind.EXPLICIT_NEGATIVE, run="run-2", user_bucket=2),
    )

    assert case.kinds == (
        KindCount(kind=SignalKind.EXPLICIT_NEGATIVE, signals=1),
        KindCount(kind=SignalKind.STALE_SOURCE, signals=2),
    )
    [share] = case.use_cases
    assert (share.signals, share.runs, share.users) == (3, 2, 2)


def test_what_is_no_fault_opens_no_case_and_adds_to_none() -> None:
    no_fault = make.signal(SignalKind.TAKEOVER, reason_code=ReasonCode.NOT_A_FAULT)

    problem, written = problem_of(no_fault)
    assert (problem, written) == (Problem("case-1"), [])
    assert problem_of(make.signal(), no_fault)[0] == problem_of(make.signal())[0]


# ------------------------------------------------------------------------------------------------ severity and owner


@pytest.mark.parametrize("reason", [code for code in ReasonCode if code is not ReasonCode.NOT_A_FAULT])
def test_owner_and_advice_come_from_the_taxonomy(reason: ReasonCode) -> None:
    case = case_of(make.signal(reason_code=reason, severity=Severity.LOW))

    assert (case.owner, case.advice) == (TAXONOMY.reasons[reason].owner, TAXONOMY.reasons[reason].advice)
    assert case.severity == TAXONOMY.reasons[reason].severity


@pytest.mark.parametrize(
    ("signals", "expected"),
    [
        ([Severity.LOW], Severity.MEDIUM),
        ([Severity.HIGH, Severity.LOW], Severity.HIGH),
        ([Severity.LOW, Severity.CRITICAL, Severity.HIGH], Severity.CRITICAL),
        ([Severity.UNKNOWN, Severity.HIGH], Severity.UNKNOWN),
        ([Severity.UNKNOWN, Severity.CRITICAL], Severity.CRITICAL),
    ],
)
def test_the_worst_of_taxonomy_and_signals_counts(signals: list[Severity], expected: Severity) -> None:
    """A severity that nobody knows is read as nearly the worst."""
    events = [
        make.signal(run=f"run-{n}", severity=one, reason_code=ReasonCode.TOOL_ERROR) for n, one in enumerate(signals)
    ]

    assert case_of(*events).severity is expected


# --------------------------------------------------------------------------------------------------------- counting


@pytest.mark.parametrize("number", [0, 1, 255, 256])
def test_what_is_few_is_counted_exactly(number: int) -> None:
    distinct = Distinct()
    for n in [*range(number), *range(number)]:
        distinct = distinct.add(f"run-{n}")

    assert distinct.count == number


@pytest.mark.parametrize("number", [300, 1_000, 5_000])
@pytest.mark.parametrize("prefix", ["run", "user", "4f7c"])
def test_what_is_much_is_estimated_and_within_a_fifth(number: int, prefix: str) -> None:
    distinct = Distinct()
    for n in range(number):
        distinct = distinct.add(f"{prefix}-{n}")

    assert distinct.count == pytest.approx(number, rel=0.20)
    assert len(distinct.lowest) == LOWEST_HASHES


def test_a_case_of_five_thousand_runs_says_about_how_many() -> None:
    events = [make.signal(run=f"run-{n}", user_bucket=n % 200) for n in range(5_000)]
    [share] = case_of(*events).use_cases

    assert (share.signals, share.users) == (5_000, 200)
    assert share.runs == pytest.approx(5_000, rel=0.20)


@given(st.permutations([f"run-{n % 9}" for n in range(20)]))
def test_order_and_repeats_do_not_change_what_is_counted(names: list[str]) -> None:
    distinct = Distinct()
    for name in names:
        distinct = distinct.add(name)

    assert distinct.count == 9


# --------------------------------------------------------------------------------------------------- changes


S = LinkState


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ([], CaseStatus.OPEN),
        ([S.LINKED], CaseStatus.IN_FIX),
        ([S.RELEASED], CaseStatus.RELEASED),
        ([S.VERIFIED], CaseStatus.VERIFIED),
        ([S.WITHDRAWN], CaseStatus.OPEN),
        ([S.UNKNOWN], CaseStatus.IN_FIX),
        ([S.VERIFIED, S.VERIFIED], CaseStatus.VERIFIED),
        ([S.VERIFIED, S.RELEASED], CaseStatus.RELEASED),
        ([S.VERIFIED, S.LINKED], CaseStatus.IN_FIX),
        ([S.RELEASED, S.LINKED], CaseStatus.IN_FIX),
        ([S.VERIFIED, S.UNKNOWN], CaseStatus.IN_FIX),
        ([S.VERIFIED, S.WITHDRAWN], CaseStatus.VERIFIED),
        ([S.RELEASED, S.WITHDRAWN], CaseStatus.RELEASED),
        ([S.LINKED, S.WITHDRAWN], CaseStatus.IN_FIX),
        ([S.WITHDRAWN, S.WITHDRAWN], CaseStatus.OPEN),
    ],
)
def test_a_case_is_as_far_as_the_change_that_is_least_far(links: list[LinkState], expected: CaseStatus) -> None:
    assert status(links) is expected
    assert status(links[::-1]) is expected
    events = [make.link(state, change_id=f"change-{n}") for n, state in enumerate(links)]
    assert case_of(*events, make.signal()).status is expected


def test_a_change_may_name_a_case_before_its_first_signal_comes() -> None:
    problem, written = problem_of(make.link())
    assert written == []

    _, [case] = take(TAXONOMY, Refs(), problem, make.signal())

    assert isinstance(case, Case)
    assert case.status is CaseStatus.IN_FIX
    assert [(one.change_id, one.state) for one in case.changes] == [("change-1", LinkState.LINKED)]


def test_an_older_word_on_a_change_does_not_count() -> None:
    signal, verified = make.signal(), make.link(LinkState.VERIFIED, version=5)

    _, written = problem_of(signal, verified, make.link(LinkState.LINKED, version=1))

    assert written[-1].status is CaseStatus.VERIFIED
    assert len(written) == 2, "a word that changes nothing writes nothing"


def test_a_change_that_was_taken_back_reopens_its_case_and_stays_in_its_history() -> None:
    case = case_of(make.signal(), make.link(LinkState.RELEASED, version=2), make.link(LinkState.WITHDRAWN, version=3))

    assert case.status is CaseStatus.OPEN
    assert [one.state for one in case.changes] == [LinkState.WITHDRAWN]


def test_a_case_that_two_use_cases_share_is_verified_when_both_changes_are() -> None:
    one = make.link(LinkState.VERIFIED, change_id="answers", version=9)
    other = make.link(LinkState.RELEASED, change_id="billing", version=7, use_case_id="support-billing")

    assert case_of(make.signal(), one, other).status is CaseStatus.RELEASED
    verified = make.link(LinkState.VERIFIED, change_id="billing", version=8, use_case_id="support-billing")
    assert case_of(make.signal(), one, other, verified).status is CaseStatus.VERIFIED


# ------------------------------------------------------------------------------------------ order makes no difference


SIGNALS = st.builds(
    lambda n, kind, run, minute, severity, bucket, use_case: make.signal(
        kind,
        run=f"run-{run}",
        at=NOON + minute * MINUTE,
        signal_id=str(n),
        severity=severity,
        user_bucket=bucket,
        use_case_id=use_case,
    ),
    st.integers(),
    st.sampled_from(SignalKind),
    st.integers(0, 5),
    st.integers(-60, 60),
    st.sampled_from(Severity),
    st.integers(0, 5),
    st.sampled_from(["support-answers", "support-billing"]),
)
HISTORIES = st.dictionaries(
    st.sampled_from(["change-1", "change-2", "change-3"]), st.lists(st.sampled_from(LinkState), max_size=4), max_size=3
).map(
    lambda histories: [
        make.link(state, change_id=change_id, version=version)
        for change_id, states in histories.items()
        for version, state in enumerate(states, start=1)
    ]
)


@settings(max_examples=60)
@given(st.lists(SIGNALS, min_size=1, max_size=12), HISTORIES, st.data())
def test_any_order_gives_the_same_last_case(signals: list[Signal], links: list[CaseLink], data: st.DataObject) -> None:
    events: list[Signal | CaseLink] = [*signals, *links]
    shuffled = data.draw(st.permutations(events))
    batch, partitions = data.draw(st.sampled_from([1, 3, 100])), data.draw(st.integers(1, 3))

    assert last_cases(shuffled, batch=batch, partitions=partitions) == last_cases(events)


@given(st.permutations([make.signal(run=f"run-{n}", user_bucket=n) for n in range(400)]))
@settings(max_examples=5)
def test_any_order_gives_the_same_estimate(signals: list[Signal]) -> None:
    assert case_of(*signals) == case_of(*sorted(signals, key=lambda one: one.signal_id))
