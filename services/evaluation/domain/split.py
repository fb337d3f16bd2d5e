"""Evidence that traffic is not split as configured. Pure: no clock, no I/O, no randomness.

The gate trusts the random assignment and nothing else, so a share that is not the configured one (a sample
ratio mismatch) makes every other number worthless. The test is sequential like the gate: a Beta mixture of
shares around the configured one against that share (Lindon & Malek, NeurIPS 2022).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

CONCENTRATION = 400
"""How many assignments the mixture's prior is worth: high looks for small deviations, low for large ones."""


def split_log_evidence(epochs: Sequence[tuple[float, int, int]]) -> float:
    """Return ln E against the configured splits of epochs (share, candidate, baseline).

    It is exactly 0 without data. Counted are first exposures, in any order.
    """
    return math.fsum(term for epoch in epochs for term in _terms(*epoch))


def _terms(share: float, candidate: int, baseline: int) -> Iterator[float]:
    """Yield the terms of the log ratio of beta-binomial to binomial likelihood, to be summed exactly."""
    if not 0 < share < 1:
        raise ValueError(f"share {share} is not between 0 and 1: give the candidate's configured share")
    if min(candidate, baseline) < 0:
        raise ValueError(f"counts {candidate} and {baseline} must not be negative: count each unit once")
    a, b = CONCENTRATION * share, CONCENTRATION * (1 - share)
    yield from (math.lgamma(a + candidate), -math.lgamma(a))
    yield from (math.lgamma(b + baseline), -math.lgamma(b))
    yield from (-math.lgamma(a + b + candidate + baseline), math.lgamma(a + b))
    yield from (-candidate * math.log(share), -baseline * math.log1p(-share))
