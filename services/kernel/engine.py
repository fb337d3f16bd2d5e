"""What happens to the records of one stage on one partition number, whichever shell carries them.

The engine decides and remembers; it does no I/O. A shell hands it records (`receive`), tells it how far
outside time has come (`observe`), lets it act on the passing of time (`advance`), and takes what it wants
written (`take`): outputs, dead letters and changed states, which belong in one transaction.

What ends in `<topic>.dead`, and why nothing else stops: the code between is pure, so a retry would fail alike.

    null_key  oversize  undecodable  unknown_schema  wrong_type  wrong_key   the record itself
    wrong_partition                                                          it lies where its key does not belong
    refused labels of the stages (see their domains)                         the event breaks a rule
    quarantined                                                              its use case sent too much of the above
    raised    timer                                                          the stage raised
    unwritable                                                               what it wanted to write does not fit
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import Struct

from loopwright.codec import Codec, UnknownSchema, Unreadable, Unwritable
from loopwright.events import TYPES, Event, Mark
from services.kernel.limits import INSIDE, OUTSIDE, Breaker, Standing
from services.kernel.stage import Awaited, Refs, Refused, Stage, Table
from services.kernel.topics import Topic

_TYPES = {kind.__name__: kind for kind in TYPES}

HIGHEST_EVENT_BYTES = 256 * 1024
"""The largest record that is let in, bytes: well under the broker's limit with headers and batch."""


REDRIVEN = "dead.redriven"
"""Header of a record that was a dead letter before: how many times it has been sent back. It stays with it."""


class Record(Struct, frozen=True, gc=False):
    """One record as a broker keeps it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    appended_at: int
    """Broker append time, milliseconds."""
    headers: tuple[tuple[str, bytes], ...] = ()


class Output(Struct, frozen=True, gc=False):
    """Something to be written; the shell chooses the partition from the key."""

    topic: str
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()
    event: Event | None = None


class Kept(Struct, frozen=True, gc=False):
    """What an engine knows besides its states: kept with them, so that a restart neither goes back nor forgives."""

    time: int = 0
    """Partition time, milliseconds."""
    outside: Standing = Standing()
    inside: Standing = Standing()
    disarmed: dict[str, int] = {}
    """Timers that raised, by key, and when they were due: they must not raise again at every start."""


class Taken(NamedTuple):
    """All that belongs into one transaction."""

    outputs: list[Output]
    dead: list[Output]
    changed: dict[str, Any]
    """Changed states by key; None for a key that was forgotten."""
    kept: Kept
    """What is kept beside the states."""
    late: int
    """Events that came too late to move a decision. Counted, not written."""


class DeploymentFault(Exception):
    """An inside topic carries a schema this build does not know: stop, deploy readers before writers."""


class TooManyDead(DeploymentFault):
    """An inside stage sets aside so much that something must be broken: stop before more of it is lost to sight."""


class _Input:
    """What is looked at for each record of one input topic."""

    __slots__ = ("key_of", "topic", "types")

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self.types = frozenset(_TYPES[record] for record in topic.records)
        self.key_of = topic.keys()


class Engine:
    """One stage on one partition number: its states, its timers and its time."""

    def __init__(
        self,
        stage: Stage[Any],
        partition: int,
        codec: Codec,
        *,
        tables: Mapping[str, Table],
        writers: Mapping[str, int],
        highest_bytes: int = HIGHEST_EVENT_BYTES,
        place: Callable[[bytes], int] | None = None,
    ) -> None:
        """`writers` says by inside topic how many partitions its writing stage has: time waits for all of them.

        `place` says on which partition a key belongs; None: the shell places every record itself.
        """
        self.stage = stage
        self.partition = partition
        self.states: dict[str, Any] = {}
        self.refs = Refs(tables)
        self._codec = codec
        self._highest_bytes = highest_bytes
        self._place = place
        self._inputs = {name: _Input(topic) for topic in stage.reads for name in (topic.name, topic.retry)}
        self._home = {_TYPES[record]: (topic.name, topic.keys()) for topic in stage.writes for record in topic.records}
        self._writers = writers
        self._times: dict[str, dict[tuple[str, int], int]] = {topic.name: {} for topic in stage.timed}
        self._due: dict[str, int] = {}
        self._set: dict[str, int] = {}
        self._disarmed: dict[str, int] = {}
        self._armed_by: dict[str, Record] = {}
        self._heap: list[tuple[int, str]] = []
        self._outputs: list[Output] = []
        self._dead: list[Output] = []
        self._changed: dict[str, Any] = {}
        self._late = 0
        self._outside = Breaker(OUTSIDE)
        self._inside = Breaker(INSIDE)

    def receive(self, record: Record, *, certain: bool = True) -> None:
        """Let the stage decide about one record.

        `certain`: all reference data that was there when the record came is in.

        Raises:
            Awaited: it is not certain, and some is missing; nothing has been decided.
            DeploymentFault: going on would lose something.

        """
        source = self._inputs[record.topic]
        event: Event | None = None
        try:
            event = self._opened(source.topic, record)
            if source.topic.from_outside:
                self._admit(source, record, event)
            elif type(event) is Mark:
                self._mark(record.topic, event)
            else:
                _belongs(source, record, event)
                self._decide(record, event)
        except Exception as error:  # whatever pure code raises, it would raise again
            if isinstance(error, Awaited) and not certain:
                raise
            if isinstance(error, UnknownSchema) and not source.topic.from_outside:
                raise DeploymentFault(
                    f"{self.stage.name}: {record.topic}[{record.partition}]@{record.offset}: {error}; "
                    "deploy the reader's new schemas before the writer"
                ) from error
            self._bury(record, *_why(error), event)

    def observe(self, topic: str, time: int) -> None:
        """Tell how far the time of an input from outside has come (milliseconds)."""
        self._times[topic]["", 0] = time
        self._move_time()

    def advance(self, now: int) -> None:
        """Fire the timers that partition time has reached, in order of (time, key). `now` is the shell's clock."""
        time = self.refs.time
        self.refs.now = now
        while self._heap and self._heap[0][0] <= time:
            set_for, key = heapq.heappop(self._heap)
            if self._set.get(key) != set_for:
                continue  # an earlier entry of the same key took its place
            del self._set[key]
            due = self._due.get(key)
            if due is None:
                continue  # disarmed since
            if due > set_for:
                self._arm(key, due)  # it moved on while it waited
                continue
            del self._due[key]
            try:
                after, events = self.stage.wake(self.refs, self.states[key], due)
                outputs = [self._output(event) for event in events]
                again = None if after is None else self.stage.wake_at(after)
                _moved_on(due, again)
            except Exception as error:  # noqa: BLE001  disarmed: it would raise again at every tick
                self._disarmed[key] = due
                self._bury_timer(key, due, error)
                continue
            self._outputs += outputs
            self._remember(key, after)

    def renew(self) -> None:
        """Say again what holds, for whoever must know that somebody still watches."""
        if self.stage.renews is not None:
            self._outputs += [
                self._output(event) for state in self.states.values() for event in self.stage.renews(state)
            ]

    def take(self) -> Taken:
        """What is to be written since the last call."""
        taken = Taken(self._outputs, self._dead, self._changed, self.kept(), self._late)
        self._outputs, self._dead, self._changed, self._late = [], [], {}, 0
        return taken

    def kept(self) -> Kept:
        """What is to be kept beside the states."""
        return Kept(self.refs.time, self._outside.standing(), self._inside.standing(), dict(self._disarmed))

    def restore_kept(self, kept: Kept) -> None:
        """Put back what a shell kept: what was too late before stays too late, who was in quarantine stays in it."""
        self.refs.time = max(self.refs.time, kept.time)
        self._outside.restore(kept.outside)
        self._inside.restore(kept.inside)
        self._disarmed = dict(kept.disarmed)
        for key, due in kept.disarmed.items():
            if self._due.get(key) == due:
                del self._due[key]

    def restore(self, key: str, state: Any) -> None:
        """Put back a state that a shell kept."""
        self._remember(key, state)
        self._changed.pop(key, None)

    def _opened(self, topic: Topic, record: Record) -> Event:
        if len(record.value) > self._highest_bytes:
            raise Refused("oversize", f"{len(record.value)} bytes, the limit is {self._highest_bytes}")
        if record.key is None:
            raise Refused("null_key", f"no key; records of {topic.name} need {topic.key}")
        return self._codec.decode(record.value)

    def _admit(self, source: _Input, record: Record, event: Event) -> None:
        """An event from outside, with what only those can have wrong."""
        _belongs(source, record, event)
        use_case = getattr(event, "use_case_id", "")
        if self._place is not None and record.key is not None and self._place(record.key) != record.partition:
            raise Refused("wrong_partition", "partition keys with murmur2 (librdkafka: partitioner=murmur2_random)")
        if self._outside.resting(use_case, record.appended_at):
            raise Refused("quarantined", f"use case {use_case!r} sent too many dead letters; mend it, then redrive")
        self._decide(record, event)
        self._outside.lived(use_case, record.appended_at)

    def _decide(self, record: Record, event: Event) -> None:
        key = self.stage.key(event)
        state = self.states.get(key)
        if state is None:
            state = self.stage.start(key)
        self.refs.at = record.appended_at
        if self.stage.late is not None and self.stage.late(self.refs, event):
            self._late += 1
        after, events = self.stage.step(self.refs, state, event)
        outputs = [self._output(event) for event in events] if events else ()
        if after is not state:
            self._remember(key, after)
            if after is not None:
                self._armed_by[key] = record
        self._outputs += outputs

    def _output(self, event: Event) -> Output:
        """Encoded here, so that what does not fit is found while the state is still unchanged."""
        topic, key_of = self._home[type(event)]
        value = self._codec.encode(event)
        if len(value) > self._highest_bytes:
            raise Unwritable(f"{type(event).__name__} of {len(value)} bytes, the limit is {self._highest_bytes}")
        return Output(topic, key_of(event).encode(), value, (), event)

    def _remember(self, key: str, state: Any) -> None:
        due = None if state is None else self.stage.wake_at(state)  # may raise: so before anything is changed
        self._changed[key] = state
        if self._disarmed:
            self._disarmed.pop(key, None)
        if state is None:
            self.states.pop(key, None)
            self._due.pop(key, None)
            self._armed_by.pop(key, None)
            return
        self.states[key] = state
        if due is None:
            self._due.pop(key, None)
        else:
            self._due[key] = due
            self._arm(key, due)

    def _arm(self, key: str, due: int) -> None:
        """One heap entry a key: a timer that moves on, as most do, is looked at again when its old time comes."""
        known = self._set.get(key)
        if known is None or due < known:
            self._set[key] = due
            heapq.heappush(self._heap, (due, key))

    def _mark(self, topic: str, mark: Mark) -> None:
        times = self._times.get(topic)
        if times is None:
            return
        writer = (mark.stage, mark.partition)
        if mark.time > times.get(writer, -1):
            times[writer] = mark.time
            self._move_time()

    def _move_time(self) -> None:
        """A stage's time is the lowest of its inputs', an input's the lowest of its writers'; it never goes back."""
        if any(len(times) < self._writers.get(topic, 1) for topic, times in self._times.items()):
            return
        lowest = min((time for times in self._times.values() for time in times.values()), default=0)
        self.refs.time = max(self.refs.time, lowest)

    def _bury(self, record: Record, reason: str, error: str, event: Event | None) -> None:
        topic = self._inputs[record.topic].topic
        headers = dead_headers(self.stage.name, reason, error, record)
        self._dead.append(Output(topic.dead, record.key, record.value, headers))
        if not topic.from_outside:
            self._count_inside(topic.name, record.appended_at)
        elif event is not None and reason != "quarantined":
            self._outside.died(getattr(event, "use_case_id", ""), record.appended_at)

    def _count_inside(self, what: str, at: int) -> None:
        if self._inside.died(what, at):
            raise TooManyDead(
                f"{self.stage.name}: more than {INSIDE.most} dead letters of {what} within a minute; "
                f"look at them with: loopwright redrive {what} --dry-run"
            )

    def _bury_timer(self, key: str, due: int, error: Exception) -> None:
        """A timer has no record of its own: it is set aside beside the record that armed it."""
        home = self.stage.reads[0]
        armed = self._armed_by.get(key, Record(home.name, self.partition, -1, key.encode(), b"", due))
        what = json.dumps({"stage": self.stage.name, "key": key, "due": due}).encode()
        headers = dead_headers(self.stage.name, "timer", f"{type(error).__name__}: {error}", armed)
        topic = self._inputs[armed.topic].topic
        self._dead.append(Output(topic.dead, key.encode(), what, headers))
        self._count_inside(topic.name, due)


def _belongs(source: _Input, record: Record, event: Event) -> None:
    """Refuse an event that is not of its topic, or not of its key."""
    if type(event) not in source.types:
        raise Refused("wrong_type", f"{record.topic} carries no {type(event).__name__}")
    if source.key_of(event).encode() != record.key:
        raise Refused("wrong_key", f"the key is not the record's {source.topic.key}")


def _moved_on(due: int, again: int | None) -> None:
    if again is not None and again <= due:
        raise ValueError(f"woken at {due}, it asks for {again}: wake must move its time on")


def _why(error: Exception) -> tuple[str, str]:
    """Label and words of what a record died of."""
    match error:
        case Refused():
            return error.reason, str(error)
        case UnknownSchema():
            return "unknown_schema", str(error)
        case Unreadable():
            return "undecodable", str(error)
        case Unwritable():
            return "unwritable", str(error)
        case _:
            return "raised", f"{type(error).__name__}: {error}"


def reference(
    topic: Topic, codec: Codec, record: Record, *, highest_bytes: int, event: Event | None = None
) -> tuple[str, Event]:
    """Key and event of a reference record (its event, where the shell has it in hand).

    Raises:
        Refused: it does not belong there.
        DeploymentFault: one of our stages wrote it, with a schema that this build does not know.

    """
    if len(record.value) > highest_bytes:
        raise Refused("oversize", f"{len(record.value)} bytes, the limit is {highest_bytes}")
    if record.key is None:
        raise Refused("null_key", f"no key; records of {topic.name} need {topic.key}")
    try:
        event = event or codec.decode(record.value)
    except UnknownSchema as error:
        if not topic.from_outside:
            raise DeploymentFault(f"{record.topic}[{record.partition}]@{record.offset}: {error}") from error
        raise Refused("unknown_schema", str(error)) from error
    except Unreadable as error:
        raise Refused("undecodable", str(error)) from error
    if type(event).__name__ not in topic.records:
        raise Refused("wrong_type", f"{topic.name} carries no {type(event).__name__}")
    key = topic.keys()(event)
    if key.encode() != record.key:
        raise Refused("wrong_key", f"the key is not the record's {topic.key}")
    return key, event


def dead_headers(service: str, reason: str, error: str, record: Record) -> tuple[tuple[str, bytes], ...]:
    """The headers of a dead letter: who set what aside, why, where the original is; then the record's own."""
    said: Sequence[tuple[str, object]] = (
        ("dead.service", service),
        ("dead.reason", reason),
        ("dead.error", error[:500]),
        ("dead.topic", record.topic),
        ("dead.partition", record.partition),
        ("dead.offset", record.offset),
        ("dead.at", record.appended_at),
    )
    own = [(name, value) for name, value in record.headers if name == REDRIVEN or not name.startswith("dead.")]
    return (*((name, str(value).encode(errors="replace")) for name, value in said), *own)
