"""What stages may rely on, whichever shell carries them: each promise once, in memory and on a real Kafka.

All tests of a shell share one loop, so each has a use case and sessions of its own, named after it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import pytest
from msgspec.structs import replace

from loopwright.codec import CODEC
from loopwright.events import Mark, Outcome, RunEvent, RunStatus, Signal, SignalKind, TextRef, UseCaseSpec
from services.kernel.inputs import BEHIND_THE_CLOCK
from tests import factories as make
from tests.broker.shells import PARTITIONS, Shell
from tests.chaos.loop import spec
from tests.factories import SECOND

HORIZONS = (4 * SECOND, 8 * SECOND)
LATENESS = 4 * SECOND


@pytest.fixture
def use_case(request: pytest.FixtureRequest, shell: Shell) -> UseCaseSpec:
    """One that is published, and that no other test has."""
    published = replace(spec(LATENESS), use_case_id=request.node.originalname.removeprefix("test_").replace("_", "-"))
    assert tuple(metric.horizon_ms for metric in published.metrics) == HORIZONS
    shell.send("usecases", published)
    return published


def run(of: UseCaseSpec, name: str, at: int, *, status: RunStatus = RunStatus.OK) -> tuple[RunEvent, ...]:
    """A whole run in a session of its own, begun at that time; it takes 0.2 s."""
    session = f"{of.use_case_id}-{name}"
    events = make.whole_run(session, at=at, status=status, session_id=session, use_case_id=of.use_case_id)
    return tuple(make.raw(replace(event, occurred_at=at + 100 * n)) for n, event in enumerate(events))


def turns(of: UseCaseSpec, name: str, at: int, count: int) -> list[RunEvent]:
    """So many requests in one session."""
    session = f"{of.use_case_id}-{name}"
    fields = {"session_id": session, "use_case_id": of.use_case_id}
    return [make.raw(make.turn(run=f"{session}-{n}", event_id=f"{session}-{n}", at=at, **fields)) for n in range(count)]


def let_in(shell: Shell, of: UseCaseSpec) -> list[RunEvent]:
    """What came out of capture, partition by partition."""
    return [one for one in shell.read("runs", RunEvent) if one.use_case_id == of.use_case_id]


def outcomes(shell: Shell, of: UseCaseSpec) -> list[Outcome]:
    return [one for one in shell.read("outcomes", Outcome) if one.use_case_id == of.use_case_id]


def given_up(shell: Shell, of: UseCaseSpec) -> list[str]:
    """The runs whose users gave up."""
    signals = [one for one in shell.read("signals", Signal) if one.use_case_id == of.use_case_id]
    return sorted(one.run_id for one in signals if one.kind is SignalKind.ABANDONMENT)


def dead(shell: Shell, topic: str) -> Counter[str]:
    return Counter(one.headers["dead.reason"] for one in shell.records(f"{topic}.dead"))


def flat(runs: Iterable[Sequence[RunEvent]]) -> list[RunEvent]:
    return [event for events in runs for event in events]


# --------------------------------------------------------------------------------------------------- keys and order


def test_keys_meet_their_state(shell: Shell, use_case: UseCaseSpec) -> None:
    """Every run has one outcome at each horizon, and it was seen whole: its events came to one place."""
    runs = [run(use_case, f"{n}", shell.now()) for n in range(20)]
    for part in zip(*runs, strict=True):
        shell.send("runs.raw", *part)

    shell.until(lambda: len(outcomes(shell, use_case)) >= len(runs) * len(HORIZONS))

    found = outcomes(shell, use_case)
    names = {events[0].run_id for events in runs}
    assert Counter((one.run_id, one.horizon_ms) for one in found) == dict.fromkeys(
        ((name, horizon) for name in names for horizon in HORIZONS), 1
    )
    goal = [measure for one in found for measure in one.metrics if measure.name == use_case.metrics[0].name]
    assert [measure.bad for measure in goal] == [0.0] * len(goal)
    assert len({shell.place(events[0].session_id) for events in runs}) == PARTITIONS


def test_within_a_key_order_stays(shell: Shell, use_case: UseCaseSpec) -> None:
    sent = [turns(use_case, f"{n}", shell.now(), 40) for n in range(6)]
    shell.send("runs.raw", *flat(zip(*sent, strict=True)))

    shell.until(lambda: len(let_in(shell, use_case)) >= 240)

    found = defaultdict(list)
    for event in let_in(shell, use_case):
        found[event.session_id].append(event.event_id)
    assert found == {events[0].session_id: [event.event_id for event in events] for events in sent}


def test_a_repeat_from_outside_goes_nowhere(shell: Shell, use_case: UseCaseSpec) -> None:
    events = flat(run(use_case, f"{n}", shell.now()) for n in range(5))
    shell.send("runs.raw", *events, *reversed(events))
    shell.until(lambda: len(let_in(shell, use_case)) >= len(events))
    shell.send("runs.raw", *events, *(last := run(use_case, "last", shell.now())))
    shell.until(lambda: {one.event_id for one in last} <= {one.event_id for one in let_in(shell, use_case)})
    shell.pass_time(1)

    assert Counter(one.event_id for one in let_in(shell, use_case)) == dict.fromkeys(
        (one.event_id for one in (*events, *last)), 1
    )


# ---------------------------------------------------------------------------------------------------- bad and large


def test_a_bad_record_is_set_aside_with_its_reason_and_the_rest_goes_on(shell: Shell, use_case: UseCaseSpec) -> None:
    before = dead(shell, "runs.raw")
    good = flat(run(use_case, f"{n}", shell.now()) for n in range(8))
    key, value = good[0].session_id.encode(), CODEC.encode(good[0])
    unknown = make.raw(make.turn(event_id="x", session_id="x", at=shell.now(), use_case_id="nobody-knows-it"))
    shell.send("runs.raw", *good[:12])
    shell.send_bytes("runs.raw", (key, b"not avro"), (key, b"\xc3\x0101234567" + value[10:]), (b"another", value))
    shell.send("runs.raw", unknown, *good[12:])

    shell.until(lambda: len(let_in(shell, use_case)) >= len(good))
    shell.until(lambda: (dead(shell, "runs.raw") - before).total() >= 4)

    reasons = ("undecodable", "unknown_schema", "wrong_key", "unknown_use_case")
    assert dead(shell, "runs.raw") - before == dict.fromkeys(reasons, 1)


def test_a_record_of_the_highest_size_passes_and_a_byte_more_is_set_aside(shell: Shell, use_case: UseCaseSpec) -> None:
    before = dead(shell, "runs.raw")
    fitting, oversize = turns(use_case, "a", shell.now(), 2)
    room = shell.highest_bytes - len(CODEC.encode(fitting)) - 2  # a length of thousands takes two bytes more than none
    fitting, oversize = (
        replace(one, text=TextRef(text="x" * size)) for one, size in ((fitting, room), (oversize, room + 1))
    )
    assert [len(CODEC.encode(one)) - shell.highest_bytes for one in (fitting, oversize)] == [0, 1]

    shell.send("runs.raw", oversize, fitting)
    shell.until(lambda: bool(let_in(shell, use_case)) and bool(dead(shell, "runs.raw") - before))

    assert [one.event_id for one in let_in(shell, use_case)] == [fitting.event_id]
    assert dead(shell, "runs.raw") - before == {"oversize": 1}


# --------------------------------------------------------------------------------------------------- reference data


def test_what_was_published_before_an_event_is_known_when_it_comes(shell: Shell) -> None:
    before = dead(shell, "runs.raw")
    published = [replace(spec(), use_case_id=f"published-{n}") for n in range(5)]
    for one in published:
        shell.send("usecases", one)
        shell.send("runs.raw", *run(one, "a", shell.now()))

    shell.until(lambda: all(len(let_in(shell, one)) >= 3 for one in published))
    assert dead(shell, "runs.raw") == before


def test_reference_data_are_read_whole_before_the_first_event(shell: Shell) -> None:
    before = dead(shell, "runs.raw")
    published = [replace(spec(), use_case_id=f"while-down-{n}") for n in range(5)]
    shell.down("capture")
    for one in published:
        shell.send("runs.raw", *run(one, "a", shell.now()))
    shell.send("usecases", *published)
    shell.up("capture")

    shell.until(lambda: all(len(let_in(shell, one)) >= 3 for one in published))
    assert dead(shell, "runs.raw") == before


def test_a_bad_reference_record_is_set_aside_once_and_the_good_one_before_it_stays(
    shell: Shell, use_case: UseCaseSpec
) -> None:
    key = f"{use_case.use_case_id}@{use_case.version}".encode()
    shell.send_bytes("usecases", (key, b"not avro"))
    shell.until(lambda: dead(shell, "usecases") == {"undecodable": 1})

    shell.kill("capture", "detection")
    shell.send("runs.raw", *run(use_case, "a", shell.now()))
    shell.until(lambda: len(let_in(shell, use_case)) >= 3)
    shell.pass_time(1)

    assert dead(shell, "usecases") == {"undecodable": 1}, "every start reads it again"


# ------------------------------------------------------------------------------------------------------------- time


def test_timers_fire_once_time_has_come_and_in_order_of_due_time_and_key(shell: Shell, use_case: UseCaseSpec) -> None:
    now = shell.now()
    runs = [run(use_case, f"{n:02}", now + 200 * (n % 3)) for n in reversed(range(24))]
    shell.send("runs.raw", *flat(runs))
    wanted = len(runs) * len(HORIZONS)
    shell.until(lambda: len(outcomes(shell, use_case)) >= wanted)

    fired = defaultdict(list)
    for record in shell.records("outcomes"):
        one = record.event
        if isinstance(one, Outcome) and one.use_case_id == use_case.use_case_id:
            due = one.started_at + one.horizon_ms + LATENESS
            assert record.appended_at >= due, "not before its time"
            fired[shell.place(one.session_id), record.partition].append((due, one.session_id))
    assert sum(map(len, fired.values())) == wanted
    assert all(dues == sorted(dues) for dues in fired.values()), "of one task, in one place"
    assert any(len(dues) > 4 for dues in fired.values()), "else there would be no order to see"


def test_without_traffic_time_goes_on(shell: Shell) -> None:
    shell.until(lambda: shell.time("detection") > 0)
    earlier = {name: shell.time(name) for name in ("capture", "detection")}
    count = len(shell.read("runs", RunEvent))

    shell.until(lambda: all(shell.time(name) >= earlier[name] + 5 * SECOND for name in earlier))

    assert len(shell.read("runs", RunEvent)) == count
    assert shell.time("detection") <= shell.time("capture") <= shell.now() - BEHIND_THE_CLOCK


def test_a_stage_that_was_down_is_no_silence_downstream(shell: Shell, use_case: UseCaseSpec) -> None:
    """Who asked again while capture was down did not give up; who did not, did."""
    shell.down("capture")
    now = shell.now()
    failed = [run(use_case, name, now, status=RunStatus.ERROR) for name in ("asked-again", "gave-up")]
    session = failed[0][0].session_id
    again = make.turn(run="again", at=now + 700, session_id=session, use_case_id=use_case.use_case_id)
    shell.send("runs.raw", *flat(failed))
    shell.pass_time(0.8)
    shell.send("runs.raw", make.raw(again))
    shell.pass_time((use_case.patience_ms + LATENESS) / 1_000 + 4)
    assert given_up(shell, use_case) == []

    shell.up("capture")
    shell.until(lambda: bool(given_up(shell, use_case)))
    shell.pass_time(3)

    assert given_up(shell, use_case) == [failed[1][0].run_id]


def test_every_writer_marks_every_partition_and_its_time_never_goes_back(shell: Shell) -> None:
    shell.until(lambda: shell.time("detection") > 0)
    shell.pass_time(3)

    marks = defaultdict(list)
    for record in shell.records("runs"):
        if isinstance(record.event, Mark):
            assert record.key == b""
            marks[record.partition, record.event.stage, record.event.partition].append(record.event.time)
    numbers = range(PARTITIONS)
    assert set(marks) == {(place, "capture", writer) for place in numbers for writer in numbers}
    assert all(times == sorted(times) and len(times) > 1 for times in marks.values())


def test_an_event_that_comes_too_late_is_counted_and_moves_no_decision(shell: Shell, use_case: UseCaseSpec) -> None:
    shell.until(lambda: shell.time("detection") > shell.now() - 5 * SECOND)
    counted = shell.late()
    late, in_time = run(use_case, "late", shell.now() - 20 * SECOND), run(use_case, "in-time", shell.now())
    shell.send("runs.raw", *late, *in_time)

    shell.until(lambda: len(outcomes(shell, use_case)) >= len(HORIZONS))

    assert {one.run_id for one in outcomes(shell, use_case)} == {in_time[0].run_id}
    assert shell.late() - counted == len(late)


# ---------------------------------------------------------------------------------------------- restarts and workers


def test_a_restart_keeps_states_timers_and_time(shell: Shell) -> None:
    """Of twelve runs, all but the end is in before it, and all is sent once more after it."""
    patient = spec(20 * SECOND)  # a restart may take a while, and nothing that comes after it may be late
    goal, watch = patient.metrics
    use_case = replace(patient, use_case_id="restart", metrics=(goal, replace(watch, horizon_ms=60 * SECOND)))
    shell.send("usecases", use_case)
    begun = [run(use_case, f"{n}", shell.now()) for n in range(12)]
    shell.send("runs.raw", *flat(events[:2] for events in begun))
    shell.until(lambda: len(let_in(shell, use_case)) >= 24)
    shell.until(lambda: shell.time("detection") > 0)
    time = shell.time("detection")

    shell.kill("capture", "detection")
    shell.until(lambda: shell.time("detection") > 0)
    assert shell.time("detection") >= time, "it never goes back"
    shell.send("runs.raw", *flat(begun))
    shell.until(lambda: len(outcomes(shell, use_case)) >= 12)

    assert Counter(one.event_id for one in let_in(shell, use_case)) == dict.fromkeys(
        (one.event_id for one in flat(begun)), 1
    )
    measured = [measure for one in outcomes(shell, use_case) for measure in one.metrics if measure.name == goal.name]
    assert [measure.bad for measure in measured] == [0.0] * 12, "each run was seen whole, from both lives"


def test_workers_share_partitions_and_hand_them_over_with_their_states(shared: Shell) -> None:
    goal, watch = spec().metrics
    use_case = replace(spec(), use_case_id="handed-over", metrics=(goal, replace(watch, horizon_ms=120 * SECOND)))
    shared.send("usecases", use_case)
    begun = [run(use_case, f"{n}", shared.now()) for n in range(12)]
    parts = [[events[n] for events in begun] for n in range(3)]
    shared.send("runs.raw", *parts[0])

    leave = shared.join("capture")
    shared.send("runs.raw", *parts[0], *parts[1])
    shared.until(lambda: len(let_in(shared, use_case)) >= 24)
    leave()
    shared.send("runs.raw", *parts[0], *parts[1], *parts[2])
    shared.until(lambda: len(let_in(shared, use_case)) >= 36)
    shared.pass_time(1)

    assert Counter(one.event_id for one in let_in(shared, use_case)) == dict.fromkeys(
        (one.event_id for one in flat(begun)), 1
    )
