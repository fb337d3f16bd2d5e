"""Every metric, in one place, with what a high value means. Labels are never ids of runs, users or cases."""

from __future__ import annotations

from prometheus_client import Counter

EVENTS = Counter(
    "loopwright_events",
    "Events a stage took in. High: traffic; a stage whose rate falls behind its input's is the bottleneck.",
    ["service", "topic"],
)

DEAD = Counter(
    "loopwright_dead",
    "Records set aside in a dead-letter topic. High: a producer breaks the contract, or a stage raises.",
    ["topic", "reason"],
)

LATE = Counter(
    "loopwright_late",
    "Events later than their use case's lateness; they move no decision. High: a producer buffers its events.",
    ["service"],
)
