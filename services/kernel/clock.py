"""The one place where the engine looks at a clock. Everything else is told."""

import time


def now_ms() -> int:
    """Milliseconds since 1970, by the clock of this machine."""
    return time.time_ns() // 1_000_000
