"""How many dead letters are too many: a circuit breaker over append time.

One stage's own fault (an inside topic) stops the stage; one producer's fault (an outside topic) quarantines that
producer's use case and nobody else: for a while its events are set aside unread, to be redriven when it is mended.
"""

from __future__ import annotations

from msgspec import Struct


class Limit(Struct, frozen=True, gc=False):
    """How much is too much."""

    most: int
    """Dead letters in one window that are still borne."""
    share: float
    """Of what came in the window, as much must be dead: a busy producer may fail now and then."""
    window_ms: int = 60_000
    rest_ms: int = 600_000
    """How long a quarantine lasts, in append time; then its events are tried again."""


MOST_NAMES = 1_000
"""Names that are counted before those of past windows are forgotten."""

LONGEST_NAME = 128
"""Characters of a name that are looked at: all that is kept is one record, and it must not outgrow a batch."""

INSIDE = Limit(most=100, share=0.0)
OUTSIDE = Limit(most=100, share=0.5)


class Window(Struct, frozen=True, gc=False):
    """What one producer sent in one window."""

    start: int
    seen: int = 0
    dead: int = 0


class Standing(Struct, frozen=True, gc=False):
    """What a breaker remembers: kept with the states, so that a restart forgives nothing."""

    windows: dict[str, Window] = {}
    quarantined: dict[str, int] = {}
    """By use case: until when, append time."""


class Breaker:
    """Counts by name; trips when a name has had too many."""

    def __init__(self, limit: Limit) -> None:
        """Nothing has happened yet."""
        self._limit = limit
        self._windows: dict[str, Window] = {}
        self._quarantined: dict[str, int] = {}

    def resting(self, name: str, at: int) -> bool:
        """Whether a name is in quarantine at `at` (append time, milliseconds)."""
        name = name[:LONGEST_NAME]
        until = self._quarantined.get(name)
        if until is None:
            return False
        if at < until:
            return True
        del self._quarantined[name]
        return False

    def died(self, name: str, at: int) -> bool:
        """Count a dead letter; says whether it was one too many, which begins a quarantine."""
        name = name[:LONGEST_NAME]
        if len(self._windows) >= MOST_NAMES and name not in self._windows:
            self._forget(at)
            if len(self._windows) >= MOST_NAMES:
                return False  # names that nobody has are no use cases: there is nothing to quarantine
        window = self._window(name, at)
        window = Window(window.start, window.seen + 1, window.dead + 1)
        self._windows[name] = window
        if window.dead <= self._limit.most or window.dead < self._limit.share * window.seen:
            return False
        self._quarantined[name] = at + self._limit.rest_ms
        return True

    def lived(self, name: str, at: int) -> None:
        """Count a record that did not die. Only a name that has had dead letters lately is counted at all."""
        name = name[:LONGEST_NAME]
        if name in self._windows:
            window = self._window(name, at)
            self._windows[name] = Window(window.start, window.seen + 1, window.dead)

    def standing(self) -> Standing:
        """What to keep."""
        return Standing(dict(self._windows), dict(self._quarantined))

    def restore(self, standing: Standing) -> None:
        """Put back what was kept."""
        self._windows = dict(standing.windows)
        self._quarantined = dict(standing.quarantined)

    def _forget(self, at: int) -> None:
        """Names come from outside, and anybody can make up new ones: what has passed goes."""
        passed = at - self._limit.window_ms
        self._windows = {name: window for name, window in self._windows.items() if window.start > passed}
        self._quarantined = {name: until for name, until in self._quarantined.items() if until > at}

    def _window(self, name: str, at: int) -> Window:
        known = self._windows.get(name)
        start = at - at % self._limit.window_ms
        return known if known is not None and known.start >= start else Window(start)
