"""The inputs of one stage on one partition number, as one queue: what a shell has fetched and not yet handed on.

Pure: the shell feeds it and says how far each input has been read; it says what comes next and how far time has
come. The queue is merged by append time (at the same time: in the order of the stage's inputs), and waits for an
input that is neither at its end nor in hand. What comes from outside is handed on in pieces no longer than the time
between two marks, however long the backlog: the stages after this one see time pass between its events as they would
have, had it kept up.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from services.kernel.engine import Record
from services.kernel.stage import Stage

BEHIND_THE_CLOCK = 2_000
"""An outside partition that has been read to its end is this far behind the clock: a record may be in flight, ms."""


class Source:
    """One partition of one topic, as far as it has been fetched."""

    __slots__ = (
        "_fetched_at",
        "_highwater",
        "_last",
        "_seen_at",
        "at_end",
        "at_stable",
        "buffer",
        "next",
        "position",
        "read",
        "times",
        "topic",
    )

    def __init__(self, topic: str, *, times: bool, start: int) -> None:
        """Nothing has been fetched; `times`: its append times are the time of the stage."""
        self.topic = topic
        self.times = times
        self.buffer: list[Record] = []
        self.read = 0
        """How much of the buffer has been handed on."""
        self.next = start
        """The first offset that has not been handed on."""
        self.position = start
        """The first offset that has not been fetched."""
        self.at_end = False
        """Whether, when it was last asked, the broker had no more than what has been fetched."""
        self.at_stable = False
        """Whether it had no more that was committed: an open transaction may have hidden the rest."""
        self._highwater = 0
        self._seen_at = 0
        self._fetched_at = 0
        self._last: int | None = None

    @property
    def waiting(self) -> int:
        """Records in hand."""
        return len(self.buffer) - self.read

    @property
    def lag(self) -> int:
        """Offsets between the broker's end and what has been handed on."""
        return max(self._highwater - self.next, 0)

    def feed(self, records: Sequence[Record]) -> None:
        """Take in what was fetched; what has been handed on before (a position that went back) is dropped."""
        fresh = [record for record in records if record.offset >= self.position]
        if not fresh:
            return
        if self.read:
            del self.buffer[: self.read]
            self.read = 0
        self.buffer += fresh
        self.position = fresh[-1].offset + 1

    def reached(self, position: int, highwater: int, polled_at: int, *, stable: int | None = None) -> None:
        """Hear how far it has been fetched.

        `position`: the next offset to fetch, past control records too. `highwater`: the broker's end, open
        transactions included. `polled_at`: the clock when the broker's answer was read; the answer was given
        after the one before it was read, so that earlier reading is the time for which the end is certain.
        """
        self.position = max(self.position, position)
        self.at_end = self.position >= highwater
        self.at_stable = self.position >= (highwater if stable is None else stable)
        self._highwater = highwater
        if polled_at != self._fetched_at:
            self._seen_at, self._fetched_at = self._fetched_at, polled_at
        if not self.waiting:
            self.next = max(self.next, self.position)

    def hand_on(self, count: int) -> list[Record]:
        """The next `count` records."""
        taken = self.buffer[self.read : self.read + count]
        self.read += len(taken)
        if taken:
            self.next = taken[-1].offset + 1
            self._last = taken[-1].appended_at
        if not self.waiting and self.at_end:
            self.next = max(self.next, self.position)
        return taken

    def give_back(self, records: Sequence[Record]) -> None:
        """Take back the last of what was handed on, to hand it on once more."""
        self.read -= len(records)
        self.next = records[0].offset
        self._last = self.buffer[self.read - 1].appended_at if self.read else None

    @property
    def certain_until(self) -> int:
        """Up to which time (the clock of whoever polled) all there was has been fetched; 0: nobody can say."""
        return self._seen_at if self.at_end else 0

    def time(self) -> int | None:
        """How far the time of this partition has come, milliseconds; None: nobody can say yet."""
        if not self.waiting and self.certain_until:
            return max(self.certain_until - BEHIND_THE_CLOCK, self._last or 0)
        return self._last


class Inputs:
    """All inputs of one stage on one partition number."""

    def __init__(self, stage: Stage[object], *, marks_every: int, starts: dict[str, int]) -> None:
        """`starts`: the first offset of each input, by topic."""
        timed = {topic.name for topic in stage.timed if topic.from_outside}
        self.sources = {
            name: Source(name, times=name in timed, start=starts.get(name, 0))
            for topic in stage.reads
            for name in (topic.name, topic.retry)
        }
        self._outside = timed
        self._marks_every = marks_every

    def take(self, most: int) -> list[Record]:
        """What comes next: at most so many records."""
        taken: list[Record] = []
        cut: int | None = None
        while len(taken) < most:
            # Who may write from outside may leave a transaction open for minutes: an alarm does not wait for that.
            if any(not (one.waiting or one.at_end or (one.times and one.at_stable)) for one in self.sources.values()):
                break
            heads = sorted(
                (source.buffer[source.read].appended_at, place, source)
                for place, source in enumerate(self.sources.values())
                if source.waiting
            )
            if not heads:
                break
            first, place, source = heads[0]
            if self._outside and cut is None:
                cut = first + self._marks_every
            if cut is not None and first > cut:
                break
            ends = [at - (other < place) for at, other, _ in heads[1:2]] + ([] if cut is None else [cut])
            run = _until(source, min(ends)) if ends else source.waiting
            taken += source.hand_on(min(max(run, 1), most - len(taken)))
        return taken

    def give_back(self, records: Sequence[Record]) -> None:
        """Take back the last of what was handed on, to hand it on once more."""
        for source in self.sources.values():
            if mine := [record for record in records if record.topic == source.topic]:
                source.give_back(mine)

    def times(self) -> list[tuple[str, int]]:
        """How far the time of each outside input has come, by topic."""
        known = ((source.topic, source.time()) for source in self.sources.values() if source.times)
        return [(topic, time) for topic, time in known if time is not None]

    @property
    def waiting(self) -> int:
        """Records in hand."""
        return sum(source.waiting for source in self.sources.values())


def _until(source: Source, last: int) -> int:
    """How many of the records in hand were appended up to `last`."""
    return bisect_right(source.buffer, last, lo=source.read, key=_appended_at) - source.read


def _appended_at(record: Record) -> int:
    return record.appended_at
