"""Rollout with the gate stage in the loop ends in the same phase, however the two are interleaved.

Four changes of one use case at a time: one helps, one harms, one breaches its scope, one breaches it offline. What
happens is fixed; when it arrives (within the lateness), which stage runs next, how many records it takes, into how
many partitions the topics are cut and how often the clock ticks is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from loopwright.codec import CODEC
from loopwright.events import (
    Alarm,
    Arm,
    AuditRecord,
    CaseLink,
    Event,
    Exposure,
    GateDecision,
    GateReason,
    LinkState,
    Outcome,
    Phase,
    Releases,
    RiskTier,
    StagePlan,
    Surface,
    Transition,
    Verdict,
)
from services.evaluation import app as evaluation
from services.kernel import audit
from services.kernel.engine import Record
from services.kernel.memory import Memory, Task
from services.rollout import app as rollout
from services.rollout.domain import release_id
from tests.factories import HOUR, MINUTE, NOON, USE_CASE, alarm, approval, change, measure, outcome, spec

SHIPPED = spec()
SPEC = replace(
    SHIPPED,
    metrics=(replace(SHIPPED.metrics[0], weight=1.0),),
    policy=replace(
        SHIPPED.policy,
        stages=(StagePlan(share=0.25, alpha=0.3), StagePlan(share=0.5, alpha=0.05)),
        slice=0.25,
        min_time_ms=4 * HOUR,
        offline_deadline_ms=10 * HOUR,
    ),
)
"""Two stages and a short day, so that a history is short too."""

LATENESS = SPEC.policy.lateness_ms
END = NOON + 9 * HOUR
"""Before any holdback ends."""

HELPS, HARMS, BREACHES, BREACHES_OFFLINE = "helps", "harms", "breaches", "breaches-offline"
ENDS = {
    HELPS: Phase.FULL,
    HARMS: Phase.ROLLED_BACK,
    BREACHES: Phase.ROLLED_BACK,
    BREACHES_OFFLINE: Phase.REJECTED,
}

EXAMPLES = tuple(f"e{n}" for n in range(40))

Sent = tuple[str, Event, int]
"""A topic, an event, and the moment from which on it may arrive."""


# -------------------------------------------------------------------------------------------- what happens


def users(name: str, *, stage: int, start: int, first: int) -> Iterator[Outcome]:
    """A stage's users: of the baseline half of them fail; of the candidate few, or most."""
    baseline, candidate = ((36, 12), (24, 24))[stage - 1]
    for arm, number in ((Arm.BASELINE, baseline), (Arm.CANDIDATE, candidate)):
        for n in range(number):
            bad = n % 2 if arm is Arm.BASELINE else (n % 12 == 0 if name == HELPS else n % 12 != 0)
            yield outcome(
                measure(bad=float(bad)),
                run=f"{name}/{stage}/{arm}/{n}",
                bucket=first + (n if arm is Arm.BASELINE else 100 + n),
                at=start + n * MINUTE,
                arm=arm,
                release_id=release_id(name),
                release_stage=stage,
            )


def examples(name: str) -> Iterator[Outcome]:
    """Both arms of each example; the candidate mends half of those that the baseline fails."""
    for n, example in enumerate(EXAMPLES):
        for arm in (Arm.BASELINE, Arm.CANDIDATE):
            bad = n % 2 == 1 if arm is Arm.BASELINE else n % 4 == 1
            yield outcome(
                measure(bad=float(bad)),
                run=f"{name}/{example}/{arm}",
                example=example,
                at=NOON + n * MINUTE,
                arm=arm,
                release_id=release_id(name),
            )


def history() -> list[Sent]:
    """All that is told from outside, and from when on."""
    known = {
        HELPS: change(HELPS, examples=EXAMPLES, case_ids=("case-1",)),
        HARMS: change(HARMS, tier=RiskTier.MEDIUM),
        BREACHES: change(BREACHES, surface=Surface.TOOL_POLICY),
        BREACHES_OFFLINE: change(BREACHES_OFFLINE, examples=EXAMPLES),
    }
    sent: list[Sent] = [("changes", one, NOON) for one in known.values()]
    digest = audit.digest(known[HARMS].diff)
    sent.append(("approvals", approval(change_id=HARMS, diff_digest=digest), NOON))
    for n, name in enumerate((HELPS, HARMS, BREACHES)):
        for stage, start in ((1, NOON + HOUR), (2, NOON + 3 * HOUR)):
            seen = users(name, stage=stage, start=start, first=1_000 * n + 500 * (stage - 1))
            sent += [("outcomes", one, one.started_at + one.horizon_ms) for one in seen]
    sent += [("outcomes", one, one.started_at + 2 * MINUTE) for one in examples(HELPS)]
    sent += [("alarms", one, one.occurred_at) for one in alarms()]
    return sent


def alarms() -> Iterator[Alarm]:
    """As early as can be, so that they race with the changes themselves."""
    yield alarm("live", at=NOON, release_id=release_id(BREACHES))
    yield alarm("offline", at=NOON, release_id=release_id(BREACHES_OFFLINE), exposure=Exposure.OFFLINE)


HISTORY = history()


# ------------------------------------------------------------------------------------------- how it is played


def play(
    sent: list[Sent],
    *,
    rng: Random | None = None,
    partitions: int = 1,
    tick: int = 15 * MINUTE,
    down: tuple[str, int, int] | None = None,
) -> Memory:
    """The three stages over a history; with `rng`, delayed, interleaved and cut at random."""
    stages = (evaluation.units_stage(), evaluation.gates_stage(), rollout.stage())
    memory = Memory(stages, now=NOON - HOUR, partitions=partitions, marks_every=MINUTE)
    memory.send("usecases", SPEC)
    memory.run(NOON - HOUR + 1)
    if rng is not None:
        memory.choose = chance(rng)
    for topic, event, at in sent:
        memory.send(topic, event, at=at + (rng.randrange(LATENESS) if rng else 0))
    stage, begins, ends = down or ("", END, END)
    memory.run(begins, tick=tick)
    memory.stop(stage)
    memory.run(ends, tick=tick)
    memory.resume(stage)
    memory.run(END, tick=tick)
    assert memory.dead() == {}
    return memory


def chance(rng: Random) -> Callable[[list[Task]], tuple[Task, int]]:
    """Any task may be next, and take any number of records; a run of luck lets one starve for long."""

    def choose(tasks: list[Task]) -> tuple[Task, int]:
        return rng.choice(tasks), rng.choice((1, 3, 30, 300))

    return choose


def phases(memory: Memory) -> dict[str, Phase]:
    return {one.change_id: one.phase for one in memory.last("releases", Releases)[USE_CASE].releases}


def passes(memory: Memory) -> list[GateDecision]:
    return [one for one in memory.read("gates", GateDecision) if one.verdict is Verdict.PASS]


def logs(memory: Memory) -> dict[str, list[Record]]:
    names = ("tallies", "gates", "releases", "transitions", "case.links", "audit")
    return {name: list(memory.records(name)) for name in names}


# --------------------------------------------------------------------------------------------------- tests


def test_in_order_each_change_ends_as_it_deserves() -> None:
    memory = play(HISTORY)
    assert phases(memory) == ENDS
    path = [(one.to_phase, one.to_stage) for one in memory.read("transitions", Transition) if one.change_id == HELPS]
    assert path == [
        (Phase.PROPOSED, 0),
        (Phase.OFFLINE, 0),
        (Phase.CANARY, 1),
        (Phase.CANARY, 2),
        (Phase.FULL, 3),
        (Phase.FULL, 3),
    ]
    assert [one.state for one in memory.read("case.links", CaseLink)] == [
        LinkState.LINKED,
        LinkState.RELEASED,
        LinkState.VERIFIED,
    ]


@given(
    seed=st.integers(0, 2**32),
    partitions=st.integers(1, 3),
    tick=st.sampled_from((5 * MINUTE, 15 * MINUTE, 30 * MINUTE)),
)
@settings(max_examples=25)
def test_any_interleaving_delay_batch_and_partitioning_ends_in_the_same_phases(
    seed: int, partitions: int, tick: int
) -> None:
    memory = play(HISTORY, rng=Random(seed), partitions=partitions, tick=tick)
    assert phases(memory) == ENDS
    assert audit.faults(memory.read("audit", AuditRecord)) == []
    seen = {one.change_id for one in memory.read("transitions", Transition) if one.to_stage > 1}
    assert seen == {HELPS}
    assert [one.state for one in memory.read("case.links", CaseLink)][-1] is LinkState.VERIFIED
    owned = [span for one in memory.last("releases", Releases)[USE_CASE].releases for span in one.slice]
    assert len(owned) == 1


@given(st.integers(0, 2**32))
@settings(max_examples=3)
def test_the_same_history_played_twice_gives_the_same_topics_to_the_byte(seed: int) -> None:
    first, again = (logs(play(HISTORY, rng=Random(seed), partitions=2)) for _ in range(2))
    assert first == again


@given(
    stage=st.sampled_from(("evaluation.units", "evaluation.gates", "rollout")),
    begins=st.integers(0, 5 * 60),
    lasts=st.integers(1, 4 * 60),
    seed=st.one_of(st.none(), st.integers(0, 2**32)),
)
@settings(max_examples=8)
def test_a_stage_that_was_down_for_a_while_changes_no_end(
    stage: str, begins: int, lasts: int, seed: int | None
) -> None:
    down = (stage, NOON + begins * MINUTE, min(NOON + (begins + lasts) * MINUTE, NOON + 6 * HOUR))
    rng = None if seed is None else Random(seed)
    assert phases(play(HISTORY, rng=rng, down=down)) == ENDS


def test_a_gate_whose_counts_do_not_come_says_nothing_instead_of_that_there_is_nothing() -> None:
    """The stage before it is down: its time stands still, and with it every boundary."""
    memory = play(HISTORY, down=("evaluation.units", NOON + 2 * HOUR, END))
    after = [one for one in memory.records("gates") if one.appended_at > NOON + 2 * HOUR + 15 * MINUTE]
    assert after == []
    assert phases(memory)[HELPS] is Phase.CANARY


def test_after_a_stop_the_gate_passes_on_the_present_and_not_on_every_boundary_it_missed() -> None:
    memory = play(HISTORY, down=("evaluation.gates", NOON + 90 * MINUTE, NOON + 6 * HOUR))
    reasons = {one.reason for one in memory.read("gates", GateDecision) if one.change_id == HELPS}
    assert GateReason.BLIND in reasons
    old = [
        one
        for one in passes(memory)
        if one.phase is Phase.CANARY and one.watermark < NOON + 6 * HOUR - SPEC.policy.blind_after_ms
    ]
    assert old == []
    assert phases(memory) == ENDS


def test_a_pass_that_a_hold_overtook_is_not_lost() -> None:
    """The alarm names a release nobody knows; rollout reads it before the PASS, which is then stale."""
    stranger = change("stranger", at=NOON + 4 * HOUR)
    overtaking: list[Sent] = [
        (
            "alarms",
            alarm("stranger", at=NOON + 2 * HOUR, release_id=release_id("stranger")),
            NOON + 2 * HOUR + 20 * MINUTE,
        ),
        ("changes", stranger, NOON + 4 * HOUR),
    ]
    memory = play([*HISTORY, *overtaking], down=("rollout", NOON + 2 * HOUR, NOON + 3 * HOUR))
    stale = [one for one in passes(memory) if one.change_id == HELPS and one.stage == 1]
    held = [
        one for one in memory.read("transitions", Transition) if one.change_id == HELPS and one.to_phase is Phase.HELD
    ]
    assert len(held) == 1
    assert min(one.release_version for one in stale) < held[0].version
    assert phases(memory) == {**ENDS, "stranger": Phase.ROLLED_BACK}


def test_an_alarm_between_a_pass_and_its_reading_wins() -> None:
    late = alarm("late", at=NOON + 2 * HOUR, release_id=release_id(HELPS))
    sent: list[Sent] = [*HISTORY, ("alarms", late, NOON + 2 * HOUR + 20 * MINUTE)]
    memory = play(sent, down=("rollout", NOON + 2 * HOUR, NOON + 5 * HOUR))
    assert any(one.change_id == HELPS and one.stage == 1 for one in passes(memory))
    assert phases(memory)[HELPS] is Phase.ROLLED_BACK
    assert not any(one.to_stage > 1 for one in memory.read("transitions", Transition))


def test_who_waits_for_users_starts_when_a_change_is_taken_back() -> None:
    whole = replace(SPEC, version=2, policy=replace(SPEC.policy, slice=1.0))
    second = change("second", at=NOON + 1)
    known = [one for one in HISTORY if HARMS in repr(one[1])]
    memory = Memory((evaluation.units_stage(), evaluation.gates_stage(), rollout.stage()), now=NOON, partitions=1)
    for one in (SPEC, whole):
        memory.send("usecases", one)
    memory.run(NOON + 1)
    for topic, event, at in [*known, ("changes", second, NOON + 1)]:
        memory.send(topic, event, at=at + 1)
    memory.run(END, tick=15 * MINUTE)
    assert phases(memory) == {HARMS: Phase.ROLLED_BACK, "second": Phase.CANARY}
    ended, started = (
        next(one.occurred_at for one in memory.read("transitions", Transition) if (one.change_id, one.to_phase) == what)
        for what in ((HARMS, Phase.ROLLED_BACK), ("second", Phase.CANARY))
    )
    assert started == ended


# --------------------------------------------------------------------------------------------- not true yet


def test_a_gate_that_works_off_a_backlog_bit_by_bit_is_blind_until_it_is_through() -> None:
    """Each record it reads was fresh when it was appended, so the gate thinks that it is up to date."""

    def in_bits(tasks: list[Task]) -> tuple[Task, int]:
        return tasks[0], 1

    stages = (evaluation.units_stage(), evaluation.gates_stage(), rollout.stage())
    memory = Memory(stages, now=NOON - HOUR, partitions=1, marks_every=MINUTE)
    memory.send("usecases", SPEC)
    memory.run(NOON - HOUR + 1)
    for topic, event, at in HISTORY:
        memory.send(topic, event, at=at)
    memory.run(NOON + 90 * MINUTE, tick=15 * MINUTE)
    memory.stop("evaluation.gates")
    memory.run(NOON + 6 * HOUR, tick=15 * MINUTE)
    memory.resume("evaluation.gates")
    memory.choose = in_bits
    memory.run(END, tick=15 * MINUTE)
    written = {one.value: one.appended_at for one in memory.records("gates")}
    late = [written[CODEC.encode(one)] - one.watermark for one in passes(memory) if one.phase is Phase.CANARY]
    assert late
    assert max(late) <= SPEC.policy.blind_after_ms
