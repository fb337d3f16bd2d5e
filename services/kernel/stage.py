"""What a stage is, before it meets Kafka: topics in, a pure step, topics out.

    service     a folder under services/: one or more stages
    Stage       one judgement with the state it keeps per key, and where it stands in the flow
    Refs        what a step may look up: reference data, and how far time has come

`step` and `wake` are pure: same arguments, same answer, no clock, no I/O, no randomness. The shells rely on
it: a step that raised would raise again, so its record is set aside in the dead-letter topic, while a failure
of Kafka itself is worth another try.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from loopwright.events import Event
from services.kernel.topics import Topic

S = TypeVar("S")
K = TypeVar("K", bound=Event)

Step = tuple[S | None, Sequence[Event]]
"""The state to remember (None: forget the key) and the events to write."""


class Refused(Exception):
    """A step's word that an event is invalid: `reason` is a short label, the message says what is wrong."""

    def __init__(self, reason: str, message: str) -> None:
        """Keep the label apart from the words: labels are counted, words are read."""
        super().__init__(message)
        self.reason = reason


class Awaited(Refused):
    """It refers to reference data that is not there: perhaps not yet, so a shell may read on and try once more."""


AHEAD_MS = 60 * 60 * 1000
"""A clock outside may run this far ahead of the broker's."""

BEHIND_MS = 30 * 24 * 60 * 60 * 1000
"""What is told may be this old when it arrives: business events come days later, a clock a year off never does."""


def check_clock(refs: Refs, occurred_at: int, *, behind_ms: int = BEHIND_MS) -> None:
    """Hold the clock of whoever told something against the broker's.

    Raises:
        Refused: it is too far off to be believed.

    """
    drift = occurred_at - refs.at
    if drift > AHEAD_MS or -drift > behind_ms:
        raise Refused("clock", f"occurred_at is {drift / 86_400_000:+.1f} days off the broker's clock; set it right")


class Table:
    """One reference topic, read whole: the last value of each key, and of each id its newest version."""

    def __init__(self, topic: Topic) -> None:
        """Start empty; keys of the form id@version also give the newest version of each id."""
        self._fields = topic.key.split("@")
        self._values: dict[str, Event] = {}
        self._newest: dict[str, Event] = {}

    def put(self, key: str, event: Event) -> None:
        """Take in one record."""
        self._values[key] = event
        if len(self._fields) > 1:
            stem, version = (getattr(event, name) for name in self._fields)
            known = self._newest.get(stem)
            if known is None or getattr(known, self._fields[1]) <= version:
                self._newest[stem] = event

    def get(self, key: str) -> Event | None:
        """The last value of a key."""
        return self._values.get(key)

    def newest(self, stem: str) -> Event | None:
        """The highest version of an id, for a topic whose key is id@version."""
        return self._newest.get(stem)


@dataclass(slots=True)
class Refs:
    """What a step may look up besides its state and its event. Frozen for the length of a batch."""

    tables: Mapping[str, Table] = field(default_factory=dict)
    time: int = 0
    """Partition time: all that is due up to it is in, milliseconds."""
    now: int = 0
    """The shell's clock when it last let time pass, milliseconds. For judging what is too old; no event may hold it."""
    at: int = 0
    """Append time of the record at hand, milliseconds. For judging a producer's clock; no event may hold it."""

    def get(self, topic: str, key: str, kind: type[K]) -> K | None:
        """The last value of a key of a reference topic."""
        found = self.tables[topic].get(key)
        return found if isinstance(found, kind) else None

    def newest(self, topic: str, stem: str, kind: type[K]) -> K | None:
        """The newest version of an id of a reference topic."""
        found = self.tables[topic].newest(stem)
        return found if isinstance(found, kind) else None


RENEWED_EVERY_MS = 10_000
"""How often a shell says again what a stage renews."""


def _never(_: Any) -> int | None:
    return None


def _asleep(_: Refs, state: Any, __: int) -> Step[Any]:
    return state, ()


@dataclass(frozen=True)
class Stage(Generic[S]):
    """One judgement and where it stands in the flow.

    `wake_at` says when a state wants to be woken (milliseconds; None: never); `wake` is told that time, once
    partition time has reached it, in order of (time, key), and must move it on.
    """

    name: str
    reads: tuple[Topic, ...]
    writes: tuple[Topic, ...]
    state: type[S]
    key: Callable[[Any], str]
    start: Callable[[str], S]
    step: Callable[[Refs, S, Any], Step[S]]
    wake_at: Callable[[S], int | None] = _never
    wake: Callable[[Refs, S, int], Step[S]] = _asleep
    late: Callable[[Refs, Any], bool] | None = None
    """Whether an event comes too late to move a decision; None: this stage has no such thing. For counting."""
    renews: Callable[[S], Sequence[Event]] | None = None
    """What a shell says again every `RENEWED_EVERY_MS`, so that whoever acts on it knows that it still holds."""
    shows: Callable[[S], tuple[str, ...] | None] | None = None
    """The labels under which a state is counted in the stage's gauge (`metrics.SHOWN`); None: not at all."""
    refers: tuple[Topic, ...] = ()
    answers: tuple[Topic, ...] = ()
    """Those of `reads` that answer what this stage itself said: they do not hold its time back, because their
    writer's time already waits for this stage's."""

    @property
    def timed(self) -> tuple[Topic, ...]:
        """The inputs whose time this stage waits for."""
        return tuple(topic for topic in self.reads if topic not in self.answers)


def check(stages: Sequence[Stage[Any]], partitions: Mapping[str, int]) -> None:
    """Refuse a set of stages that does not agree with the topic map.

    Raises:
        ValueError: one line that says which stage and topic, and what to mend.

    """
    for stage in stages:
        for role, named in (("readers", stage.reads), ("refers", stage.refers)):
            for topic in named:
                if stage.name not in getattr(topic, role):
                    raise ValueError(f"{stage.name} uses {topic.name}: add it to its {role} in schemas/topics.yaml")
        for topic in stage.writes:
            if topic.writer != stage.name:
                raise ValueError(f"{stage.name} writes {topic.name}, whose writer is {topic.writer}: mend the map")
        counts = {topic.name: partitions[topic.name] for topic in stage.reads}
        if len(set(counts.values())) > 1:
            raise ValueError(f"{stage.name}: its inputs differ in partitions {counts}; give them the same number")
