"""Evidence from pairs: both versions run the same example. Pure: no clock, no I/O, no randomness.

Each pair bets on D = x_c - ratio x x_b, where x is 1 for a failure. Pairs need far fewer runs than two arms,
because what makes an example hard is hard for both and drops out of the difference. That E[D] is not beyond
zero is all that a bet must survive, so it is fair for any dependence between the two outcomes (Waudby-Smith &
Ramdas, J. R. Stat. Soc. B 86, 2024); the correlation assumed below decides its speed only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from services.evaluation.domain.betting import (
    WEIGHTS,
    Side,
    candidate_rate,
    check_atoms,
    check_rate,
    check_ratio,
    combined_log_evidence,
    rising_root,
)

CORRELATION = 0.3
"""How much the outcomes of two versions on one example usually agree."""

BOLDEST = 0.95
"""The largest share of the bet that could lose everything in one pair."""


class PairLogFactors(NamedTuple):
    """What each kind of pair does to the logarithm of one alternative's wealth."""

    both_ok: float
    candidate_fails: float
    candidate_fixes: float
    both_fail: float


class PairTable(msgspec.Struct, frozen=True):
    """The frozen bets of one side, an entry for each alternative."""

    atoms: tuple[PairLogFactors, ...]


class PairCells(msgspec.Struct, frozen=True):
    """How many pairs ended how. An example without its partner is left out, and counted as that."""

    both_ok: int = 0
    candidate_fails: int = 0
    candidate_fixes: int = 0
    both_fail: int = 0
    left_out: int = 0

    def __post_init__(self) -> None:
        """Refuse a count that nothing can have produced."""
        if min(msgspec.structs.astuple(self)) < 0:
            raise ValueError(f"{self} has a negative count: count each example once, up from zero")

    def __add__(self, other: PairCells) -> PairCells:
        """Merge two shards of the same comparison."""
        return PairCells(
            self.both_ok + other.both_ok,
            self.candidate_fails + other.candidate_fails,
            self.candidate_fixes + other.candidate_fixes,
            self.both_fail + other.both_fail,
            self.left_out + other.left_out,
        )


def pair_table(
    side: Side, line_ratio: float, rhos: Sequence[float], p0: float, correlation: float = CORRELATION
) -> PairTable:
    """Freeze the bets on pairs whose baseline fails at the rate p0.

    An alternative that is not beyond the line gets a bet of nothing, which neither gains nor loses.
    """
    check_rate(p0)
    check_ratio(line_ratio)
    if not -1 <= correlation <= 1:
        raise ValueError(f"correlation {correlation} is not in [-1, 1]: give that of two paired outcomes")
    gains = _gains(side, line_ratio)
    return PairTable(tuple(_atom(gains, _joint(p0, candidate_rate(rho, p0), correlation)) for rho in rhos))


def pair_log_evidence(table: PairTable, cells: PairCells, weights: Sequence[float] = WEIGHTS) -> float:
    """Return ln E of the pairs; exactly 0 without data."""
    check_atoms(len(table.atoms), weights)
    counts = (cells.both_ok, cells.candidate_fails, cells.candidate_fixes, cells.both_fail)
    return combined_log_evidence(
        [math.fsum(count * factor for count, factor in zip(counts, atom, strict=True)) for atom in table.atoms],
        weights,
    )


def _gains(side: Side, ratio: float) -> tuple[float, ...]:
    """Return what a stake of 1 gains on each kind of pair: -D to promote, D to roll back."""
    sign = 1 if side is Side.PROMOTE else -1
    return (0.0, -sign * 1.0, sign * ratio, sign * (ratio - 1))


def _joint(p_b: float, p_c: float, correlation: float) -> tuple[float, ...]:
    """Return the probability of each kind of pair, with as much of the correlation as the rates allow."""
    both = p_b * p_c + correlation * math.sqrt(p_b * (1 - p_b) * p_c * (1 - p_c))
    both = min(max(both, 0.0, p_b + p_c - 1), p_b, p_c)
    return (1 - p_b - p_c + both, p_c - both, p_b - both, both)


def _atom(gains: tuple[float, ...], joint: tuple[float, ...]) -> PairLogFactors:
    stake = _stake(gains, joint)
    return PairLogFactors(*(math.log1p(stake * gain) for gain in gains))


def _stake(gains: tuple[float, ...], joint: tuple[float, ...]) -> float:
    """Return the stake under which the wealth grows fastest, short of risking all of it."""

    def decline(stake: float) -> float:
        return -math.fsum(chance * gain / (1 + stake * gain) for chance, gain in zip(joint, gains, strict=True))

    boldest = BOLDEST / -min(gains)
    if decline(0.0) >= 0:
        return 0.0
    if decline(boldest) <= 0:
        return boldest
    return rising_root(decline, 0.0, boldest)
