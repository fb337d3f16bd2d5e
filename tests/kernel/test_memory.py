"""Kafka without Kafka: however the work is cut, delayed or stopped, the results are the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from loopwright.codec import CODEC
from loopwright.events import Alarm, BusinessOutcome, Change, Mark, Outcome, Releases, UseCaseSpec, UserTurn
from services.kernel.inputs import BEHIND_THE_CLOCK
from services.kernel.memory import Memory
from services.kernel.stage import Refs, Stage, Step
from services.kernel.topics import topic
from tests import factories as make
from tests.factories import HOUR, MINUTE, NOON, SECOND
from tests.kernel.stages import LATENESS, headers, session_of, stage

END = NOON + 12 * HOUR

COUNTING = stage(name="capture", reads=(topic("runs.raw"),), writes=(topic("runs"),))
"""Turns to counts per session and window of ten minutes."""


class Hours(Struct, frozen=True):
    """Hours of one session that are not over yet, and the turns in each."""

    session_id: str
    hours: tuple[tuple[int, int], ...] = ()


def add(_: Refs, state: Hours, event: BusinessOutcome) -> Step[Hours]:
    hours = Counter(dict(state.hours))
    hours[event.occurred_at - event.occurred_at % HOUR] += int(event.value)
    return Hours(state.session_id, tuple(sorted(hours.items()))), ()


def over(state: Hours) -> int | None:
    return state.hours[0][0] + HOUR + LATENESS if state.hours else None


def tell(_: Refs, state: Hours, __: int) -> Step[Hours]:
    hour, turns = state.hours[0]
    left = Hours(state.session_id, state.hours[1:]) if state.hours[1:] else None
    return left, (make.outcome(make.measure("turns", turns), run=state.session_id, at=hour, unit_id=state.session_id),)


SUMMING: Stage[Any] = Stage(
    name="detection",
    reads=(topic("runs"),),
    writes=(topic("outcomes"),),
    state=Hours,
    key=session_of,
    start=Hours,
    step=add,
    wake_at=over,
    wake=tell,
)
"""Counts to sums per session and hour. Wrong if time ever runs ahead of what the stage before still has to say."""

Turns = list[tuple[str, int, int]]
TURNS = st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 300), st.integers(0, LATENESS - 1)), max_size=25)
"""Whose turn, in which minute, and how late it arrives."""


def pipeline(turns: Turns, **fields: Any) -> Memory:
    memory = Memory((COUNTING, SUMMING), now=NOON, **fields)
    for session, minute, late in turns:
        at = NOON + minute * MINUTE
        memory.send("runs.raw", make.turn(session_id=session, at=at), at=at + late)
    return memory


def sums(memory: Memory) -> Counter[tuple[str, int, int]]:
    return Counter((one.run_id, one.started_at, int(one.metrics[0].bad)) for one in memory.read("outcomes", Outcome))


def naive(turns: Turns) -> Counter[tuple[str, int, int]]:
    counted = Counter((session, NOON + minute // 60 * HOUR) for session, minute, _ in turns)
    return Counter((session, hour, n) for (session, hour), n in counted.items())


# ------------------------------------------------------------------------------------- the cut makes no difference


@given(
    TURNS,
    st.integers(1, 4),
    st.sampled_from([1, 2, 3, 10_000]),
    st.sampled_from([None, 7 * MINUTE, HOUR]),
    st.sampled_from([1, 5 * SECOND, 20 * MINUTE]),
)
def test_partitions_batches_ticks_and_marks_change_no_result(
    turns: Turns, partitions: int, batch: int, tick: int | None, marks_every: int
) -> None:
    memory = pipeline(turns, partitions=partitions, batch=batch, marks_every=marks_every)

    memory.run(END, tick=tick)

    assert sums(memory) == naive(turns)
    assert memory.dead() == {}


@settings(max_examples=40)
@given(TURNS, st.data())
def test_the_order_in_which_tasks_run_changes_no_result(turns: Turns, data: st.DataObject) -> None:
    memory = pipeline(turns, partitions=2)
    memory.choose = lambda up: (data.draw(st.sampled_from(up)), data.draw(st.sampled_from([1, 2, 100])))

    memory.run(END, tick=2 * HOUR)

    assert sums(memory) == naive(turns)


@given(TURNS, st.lists(st.tuples(st.sampled_from(["capture", "detection"]), st.booleans()), max_size=8))
def test_stages_that_go_down_and_come_back_lose_nothing(turns: Turns, outages: list[tuple[str, bool]]) -> None:
    memory = pipeline(turns, partitions=2, batch=3)
    for n, (name, down) in enumerate(outages, start=1):
        (memory.stop if down else memory.resume)(name)
        memory.run(NOON + n * HOUR, tick=20 * MINUTE)
    for name in ("capture", "detection"):
        memory.resume(name)

    memory.run(END)

    assert sums(memory) == naive(turns)


# ------------------------------------------------------------------------------------------------ silence and delay


def time_of(memory: Memory, name: str) -> int:
    return min(task.engine.refs.time for task in memory.tasks if task.stage.name == name)


def test_a_stage_that_is_down_lets_no_time_pass_downstream() -> None:
    turns = [("a", 1, 0), ("a", 2, 0), ("b", 70, 0)]
    memory = pipeline(turns, partitions=2)
    memory.run(NOON + MINUTE, tick=MINUTE)
    memory.stop("capture")
    memory.run(NOON + 5 * HOUR, tick=10 * MINUTE)

    assert time_of(memory, "detection") <= NOON + MINUTE
    assert sums(memory) == Counter()

    memory.resume("capture")
    memory.run(END)

    assert sums(memory) == naive(turns)


def test_a_backlog_read_in_small_batches_is_never_silence() -> None:
    """While capture has records to read, nobody's time may pass the last one that it has read."""
    turns = [("a", minute, 0) for minute in range(0, 180, 9)]
    memory = pipeline(turns, partitions=1, marks_every=1)
    memory.stop("capture")
    memory.run(NOON + 6 * HOUR, tick=HOUR)
    counting, summing = memory.tasks

    for _, minute, _ in turns[:-1]:
        counting.turn(1)
        summing.turn(100)
        assert time_of(memory, "capture") == NOON + minute * MINUTE, "the append time of the last record read"
        assert time_of(memory, "detection") <= NOON + minute * MINUTE
    counting.turn(1)
    summing.turn(100)

    assert time_of(memory, "detection") == time_of(memory, "capture") == memory.now - BEHIND_THE_CLOCK
    assert sums(memory) == naive(turns)


def test_outside_time_stays_a_little_behind_the_clock() -> None:
    memory = pipeline([("a", 0, 0)], partitions=1)

    memory.run(NOON + HOUR)

    assert time_of(memory, "capture") == NOON + HOUR - BEHIND_THE_CLOCK


def test_every_writer_marks_every_partition_of_what_it_writes() -> None:
    memory = pipeline([], partitions=3)

    memory.run(NOON + MINUTE, tick=10 * SECOND)

    for partition in range(3):
        marks = [CODEC.decode(record.value) for record in memory.log("runs", partition)]
        by_writer = defaultdict(list)
        for mark in marks:
            assert isinstance(mark, Mark)
            by_writer[mark.stage, mark.partition].append(mark.time)
        assert set(by_writer) == {("capture", n) for n in range(3)}
        assert all(times == sorted(set(times)) for times in by_writer.values())


def test_marks_are_not_written_where_nobody_waits_for_them() -> None:
    memory = pipeline([("a", 0, 0)], partitions=1)

    memory.run(END)

    assert memory.count("outcomes") == len(memory.read("outcomes", Outcome)) == 1


# -------------------------------------------------------------------------------------------- queues and partitions


class Heard(Struct, frozen=True):
    """What a use case heard, in order."""

    use_case_id: str
    ids: tuple[str, ...] = ()


def hear(_: Refs, state: Heard, event: Any) -> Step[Heard]:
    said = event.change_id if isinstance(event, Change) else event.alarm_id
    return Heard(state.use_case_id, (*state.ids, said)), ()


LISTENING: Stage[Any] = Stage(
    name="rollout",
    reads=(topic("changes"), topic("alarms")),
    writes=(),
    state=Heard,
    key=lambda event: str(event.use_case_id),
    start=Heard,
    step=hear,
)


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 20)), max_size=15),
    st.integers(1, 3),
)
def test_several_inputs_are_one_queue_in_order_of_append_time(sent: list[tuple[bool, int]], batch: int) -> None:
    memory = Memory((LISTENING,), now=NOON, partitions=1, batch=batch)
    for n, (is_change, at) in enumerate(sent):
        event: Change | Alarm = make.change(f"id-{n}") if is_change else make.alarm(alarm_id=f"id-{n}")
        memory.send("changes" if is_change else "alarms", event, at=NOON + at)

    memory.run(NOON + MINUTE)

    heard = [state.ids for task in memory.tasks for state in task.engine.states.values()]
    changes_first = sorted(range(len(sent)), key=lambda n: (sent[n][1], not sent[n][0], n))
    assert heard == ([tuple(f"id-{n}" for n in changes_first)] if sent else [])


@given(st.lists(st.sampled_from([f"session-{n}" for n in range(12)]), max_size=30), st.integers(1, 5))
def test_a_key_stays_on_one_partition_and_keeps_its_order(sessions: list[str], partitions: int) -> None:
    memory = Memory((COUNTING,), now=NOON, partitions=partitions)
    for n, session in enumerate(sessions):
        memory.send("runs.raw", make.turn(session_id=session, event_id=str(n)), at=NOON + n)

    memory.run(NOON + MINUTE)

    places = defaultdict(set)
    for partition in range(partitions):
        log = memory.log("runs.raw", partition)
        assert [record.offset for record in log] == list(range(len(log)))
        events = [CODEC.decode(record.value) for record in log]
        numbers = [int(event.event_id) for event in events if isinstance(event, UserTurn)]
        assert numbers == sorted(numbers)
        for record in log:
            places[record.key].add(partition)
    assert all(len(found) == 1 for found in places.values())
    assert sum(memory.count(name) for name in ("runs.raw",)) == len(sessions)


def test_append_times_of_a_partition_never_fall() -> None:
    memory = Memory((COUNTING,), now=NOON, partitions=1)
    memory.send("runs.raw", make.turn(event_id="1"))
    memory.run(NOON + MINUTE)
    memory.send("runs.raw", make.turn(event_id="2"), at=NOON - HOUR)
    memory.run(NOON + 2 * MINUTE)

    assert [record.appended_at for record in memory.log("runs.raw", 0)] == [NOON, NOON]


def test_nothing_arrives_before_its_time() -> None:
    memory = Memory((COUNTING,), now=NOON, partitions=1)
    memory.send("runs.raw", make.turn(), at=NOON + HOUR)

    memory.run(NOON + HOUR - 1)
    assert memory.count("runs.raw") == 0

    memory.run(NOON + HOUR)
    assert memory.count("runs.raw") == 1


def test_a_compacted_topic_gives_the_last_value_of_each_key() -> None:
    memory = Memory((COUNTING,), now=NOON)
    for use_case, revision in (("one", 1), ("two", 1), ("one", 2)):
        memory.send("releases", make.releases(use_case_id=use_case, revision=revision))
    memory.run(NOON + 1)

    last = memory.last("releases", Releases)

    assert {key: value.revision for key, value in last.items()} == {"one": 2, "two": 1}


# ------------------------------------------------------------------------------------------------- what is set aside


def test_a_bad_record_goes_aside_with_its_place_and_the_stage_goes_on() -> None:
    memory = pipeline([("a", 0, 0), ("a", 5, 0)], partitions=1)
    memory.send_bytes("runs.raw", b"a", b"not avro", at=NOON + MINUTE)

    memory.run(END)

    assert sums(memory) == naive([("a", 0, 0), ("a", 5, 0)])
    [(name, [letter])] = memory.dead().items()
    told = headers(letter)
    assert (name, letter.key, letter.value) == ("runs.raw.dead", b"a", b"not avro")
    assert (told["dead.service"], told["dead.reason"]) == ("capture", "undecodable")
    assert (told["dead.topic"], told["dead.partition"], told["dead.offset"]) == ("runs.raw", "0", "1")


SPEC = make.spec()
BAD_REFERENCES = {
    "undecodable": (b"support-answers@2", b"not avro", "undecodable"),
    "unknown schema": (b"support-answers@2", b"\xc3\x01" + b"01234567" + b"body", "unknown_schema"),
    "wrong type": (b"support-answers@2", CODEC.encode(make.turn()), "wrong_type"),
    "wrong key": (b"another@1", CODEC.encode(SPEC), "wrong_key"),
    "null key": (None, CODEC.encode(SPEC), "null_key"),
    "oversize": (b"support-answers@1", CODEC.encode(make.spec(title="x" * 300_000)), "oversize"),
}


@pytest.mark.parametrize(("key", "value", "reason"), BAD_REFERENCES.values(), ids=BAD_REFERENCES)
def test_a_bad_reference_record_goes_aside_and_the_good_one_before_it_stays(
    key: bytes | None, value: bytes, reason: str
) -> None:
    memory = Memory((replace(COUNTING, refers=(topic("usecases"),)),), now=NOON)
    memory.send("usecases", SPEC)
    memory.send_bytes("usecases", key, value, at=NOON + 1)

    memory.run(NOON + MINUTE)

    assert memory.reference("usecases", "support-answers@1", UseCaseSpec) == SPEC
    assert memory.reference("usecases", "another@1", UseCaseSpec) is None
    [(name, [letter])] = memory.dead().items()
    told = headers(letter)
    assert (name, letter.value, told["dead.reason"]) == ("usecases.dead", value, reason)
    assert (told["dead.service"], told["dead.topic"], told["dead.offset"]) == ("capture", "usecases", "1")


# --------------------------------------------------------------------------------------- stages against the topic map


def refusal(stages: Iterable[Stage[Any]], **fields: Any) -> str:
    with pytest.raises(ValueError, match=r"^[^\n]+$") as refused:
        Memory(tuple(stages), now=NOON, **fields)
    return str(refused.value)


def test_a_stage_that_reads_what_is_not_its_to_read_is_refused() -> None:
    assert refusal([replace(COUNTING, reads=(topic("signals"),))]) == (
        "capture uses signals: add it to its readers in schemas/topics.yaml"
    )


def test_a_stage_that_refers_to_what_is_not_its_to_refer_to_is_refused() -> None:
    assert refusal([replace(COUNTING, refers=(topic("outcomes"),))]) == (
        "capture uses outcomes: add it to its refers in schemas/topics.yaml"
    )


def test_a_stage_that_writes_what_another_writes_is_refused() -> None:
    assert refusal([replace(COUNTING, writes=(topic("signals"),))]) == (
        "capture writes signals, whose writer is detection: mend the map"
    )


def test_inputs_that_differ_in_partitions_are_refused() -> None:
    said = refusal([LISTENING], partitions={"changes": 2, "alarms": 3})

    assert said == ("rollout: its inputs differ in partitions {'changes': 2, 'alarms': 3}; give them the same number")
