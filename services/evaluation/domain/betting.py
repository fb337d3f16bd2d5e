"""Evidence from two arms, by betting on failures. Pure: no clock, no I/O, no randomness.

The failure rates p_b of the baseline and p_c of the candidate are compared with a line,
p_c = ratio x p_b + delta. Evidence E is the wealth of a gambler who bets that the candidate is beyond it, on
the good side (promote) or on the bad side (rollback). If it is not, no bet gains on average, so that E ever
reaches 1/alpha with probability alpha at most, however often one looks (Ville's inequality).

    side      claims                      a missing outcome counts as
    PROMOTE   p_c < ratio x p_b + delta   failure of the candidate, success of the baseline
    ROLLBACK  p_c > ratio x p_b + delta   success of the candidate, failure of the baseline

An improvement is PROMOTE with ratio 1. The bets are likelihood ratios of an alternative against its
projection on the line (Turner, Ly & Grünwald, J. Stat. Plan. Inference 230, 2024), balanced between the arms
by the share of traffic. So they are fair for any course of the baseline's rate: only the random assignment is
trusted.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

WEIGHTS = (0.6, 0.2, 0.12, 0.08)
"""How the gambler splits the stake over the alternatives, the nearest one first."""

DISTANCES = (1, 2, 4, 8)
"""How far the alternatives lie from the line, in steps of log(1 + margin)."""

LEAST_FACTOR = 0.05
"""No single event may cost more of the stake than leaves this share of it."""

HALVINGS = 200
"""More than a float has digits, so that bisection ends at neighbouring numbers."""

WEIGHT_TOLERANCE = 1e-12


class Side(enum.StrEnum):
    """What is claimed of the candidate."""

    PROMOTE = "PROMOTE"
    ROLLBACK = "ROLLBACK"


class Line(msgspec.Struct, frozen=True):
    """The boundary p_c = ratio x p_b + delta between what is good enough and what is not."""

    ratio: float
    delta: float = 0.0

    def at(self, baseline: float) -> float:
        """Return the candidate's failure rate on the line."""
        return self.ratio * baseline + self.delta


class LogFactors(NamedTuple):
    """What each kind of event does to the logarithm of one alternative's wealth."""

    candidate_fail: float
    candidate_ok: float
    baseline_fail: float
    baseline_ok: float


class Table(msgspec.Struct, frozen=True):
    """The frozen bets of one side in one epoch, an entry for each alternative.

    It is stored with the counts rather than computed again, so that a replay on another machine, whose
    logarithm may round otherwise, sees the same evidence.
    """

    atoms: tuple[LogFactors, ...]


class Cells(msgspec.Struct, frozen=True):
    """How many units of one arm ended how. Integers, so that any sharding adds up to the same state."""

    fail: int = 0
    ok: int = 0
    missing: int = 0

    def __post_init__(self) -> None:
        """Refuse a count that nothing can have produced."""
        if min(self.fail, self.ok, self.missing) < 0:
            raise ValueError(f"{self} has a negative count: count each unit once, up from zero")

    def __add__(self, other: Cells) -> Cells:
        """Merge two shards of the same arm."""
        return Cells(self.fail + other.fail, self.ok + other.ok, self.missing + other.missing)


class Arms(msgspec.Struct, frozen=True):
    """The counts of both arms in one epoch."""

    baseline: Cells = Cells()
    candidate: Cells = Cells()

    def __add__(self, other: Arms) -> Arms:
        """Merge two shards of the same epoch."""
        return Arms(self.baseline + other.baseline, self.candidate + other.candidate)


def alternatives(side: Side, margin: float, ratio: float) -> tuple[float, ...]:
    """Return the ratios p_c/p_b to bet on, beyond the line at `ratio`: downwards to promote, else upwards.

    Several, because the true effect is unknown: a near one for small effects, far ones for large effects.
    """
    if not (margin > 0 and math.isfinite(margin)):
        raise ValueError(f"margin {margin} is not above 0: give the tolerated relative increase, such as 0.2")
    check_ratio(ratio)
    steps = [(1 + margin) ** distance for distance in DISTANCES]
    return tuple(ratio / step if side is Side.PROMOTE else ratio * step for step in steps)


def table(side: Side, line: Line, rhos: Sequence[float], p0: float, share: float) -> Table:
    """Freeze the bets for an epoch with this baseline failure rate and share of traffic on the candidate.

    A wrong p0 costs speed and nothing else; a wrong share costs the guarantee.
    """
    check_rate(p0)
    check_ratio(line.ratio)
    if not 0 < share < 1:
        raise ValueError(f"share {share} is not between 0 and 1: both arms need traffic to be compared")
    if not 0 < line.at(p0) < 1:
        raise ValueError(f"the line is at {line.at(p0)} for p0 {p0}, not in (0, 1): choose a smaller margin")
    return Table(tuple(_atom(side, line, rho, p0, share) for rho in rhos))


def log_evidence(side: Side, epochs: Sequence[tuple[Table, Arms]], weights: Sequence[float] = WEIGHTS) -> float:
    """Return ln E of all epochs together; exactly 0 without data.

    The sums are exactly rounded, so that the order of the epochs does not matter either.
    """
    for bets, _ in epochs:
        check_atoms(len(bets.atoms), weights)
    counted = [(bets.atoms, _counts(side, arms)) for bets, arms in epochs]
    return combined_log_evidence(
        [
            math.fsum(
                count * factor for atoms, counts in counted for count, factor in zip(counts, atoms[number], strict=True)
            )
            for number in range(len(weights))
        ],
        weights,
    )


def combined_log_evidence(logs: Sequence[float], weights: Sequence[float]) -> float:
    """Return the logarithm of the weighted mean of several evidences, given their logarithms.

    A mean of evidences is evidence, whatever their dependence: so it joins alternatives, and metrics.
    """
    if len(logs) != len(weights):
        raise ValueError(f"{len(logs)} logs but {len(weights)} weights: give one weight to each")
    total = math.fsum(weights)
    if not (abs(total - 1) <= WEIGHT_TOLERANCE and min(weights) >= 0):
        raise ValueError(f"weights {tuple(weights)} sum to {total}: let them be at least 0 and sum to 1")
    if not all(math.isfinite(log) for log in logs):
        raise ValueError(f"log evidences {tuple(logs)} are not all finite: leave out what was not computed")
    weighted = [(log, weight) for log, weight in zip(logs, weights, strict=True) if weight > 0]
    peak = max(log for log, _ in weighted)  # taken out first, so that no exponential overflows
    # Divided by the total, which may differ from 1 by rounding, so that no data is exactly no evidence.
    return peak + math.log(math.fsum(weight * math.exp(log - peak) for log, weight in weighted) / total)


def candidate_rate(rho: float, p0: float) -> float:
    """Return the failure rate of a candidate that fails rho times as often, kept below certainty."""
    if not (rho > 0 and math.isfinite(rho)):
        raise ValueError(f"alternative ratio {rho} is not a positive number: give p_c/p_b, such as 0.8")
    return min(rho * p0, 1 - (1 - p0) / (2 * max(rho, 1)))


def rising_root(function: Callable[[float], float], low: float, high: float) -> float:
    """Return where a function that is negative at `low` and positive at `high` crosses zero."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if function(middle) > 0:
            high = middle
        else:
            low = middle
    return (low + high) / 2


def check_rate(p0: float) -> None:
    """Refuse a baseline failure rate of never, always, or nonsense: nothing can be bet on it."""
    if not 0 < p0 < 1:
        raise ValueError(f"p0 {p0} is not between 0 and 1: give the baseline's expected failure rate")


def check_atoms(atoms: int, weights: Sequence[float]) -> None:
    """Refuse weights for other bets than these."""
    if atoms != len(weights):
        raise ValueError(f"{atoms} alternatives but {len(weights)} weights: give one weight to each")


def check_ratio(ratio: float) -> None:
    if not (ratio > 0 and math.isfinite(ratio)):
        raise ValueError(f"line ratio {ratio} is not a positive number: give 1 + margin, such as 1.2")


def _atom(side: Side, line: Line, rho: float, p0: float, share: float) -> LogFactors:
    """Bet on one alternative (p0, c) against its projection (q, g) on the line."""
    c = candidate_rate(rho, p0)
    if (c >= line.at(p0)) if side is Side.PROMOTE else (c <= line.at(p0)):
        # A bet on the wrong side of the line would gain under the very hypothesis that it must not reject.
        raise ValueError(
            f"alternative {rho} x {p0} is not beyond the line at {line.at(p0)} for {side}: "
            "choose alternatives further away, or a line nearer to 1"
        )
    q = _projection(line, c, p0, share)
    g = line.at(q)
    lam = (g - c) / (g * (1 - g))
    # From lam, never from p0: this balance is what makes the bet fair for any baseline rate.
    kap = share * line.ratio * lam / (1 - share)
    smallest_gain = min(-lam * (1 - g), lam * g, kap * (1 - q), -kap * q)
    if 1 + smallest_gain < LEAST_FACTOR:
        scale = (LEAST_FACTOR - 1) / smallest_gain  # the same for both arms, so that the balance stays
        lam, kap = lam * scale, kap * scale
    return LogFactors(
        candidate_fail=math.log1p(-lam * (1 - g)),
        candidate_ok=math.log1p(lam * g),
        baseline_fail=math.log1p(kap * (1 - q)),
        baseline_ok=math.log1p(-kap * q),
    )


def _projection(line: Line, c: float, p0: float, share: float) -> float:
    """Return the baseline rate at which the line is hardest to tell from the alternative (p0, c)."""

    def slope(q: float) -> float:
        g = line.at(q)
        return share * line.ratio * (g - c) / (g * (1 - g)) - (1 - share) * (p0 - q) / (q * (1 - q))

    on_line = (c - line.delta) / line.ratio
    return rising_root(slope, max(0.0, min(p0, on_line)), min(1.0, max(p0, on_line)))


def _counts(side: Side, arms: Arms) -> tuple[int, int, int, int]:
    """Return the counts in the order of `LogFactors`, each missing unit where it hurts the claim."""
    candidate, baseline = arms.candidate, arms.baseline
    if side is Side.PROMOTE:
        return (
            candidate.fail + candidate.missing,
            candidate.ok,
            baseline.fail,
            baseline.ok + baseline.missing,
        )
    return (candidate.fail, candidate.ok + candidate.missing, baseline.fail + baseline.missing, baseline.ok)
