"""How alike two texts are, when only their sketches are left."""

from __future__ import annotations

KEPT = 64
"""How many of a text's lowest hashes its sketch keeps: a text with fewer is kept whole."""

_WIDTH = 4


def similarity(one: bytes, other: bytes) -> float:
    """Estimate what share of two texts' words and pairs they have in common, from their sketches: 0 to 1.

    The bottom-k rule: the lowest hashes of the union are a random sample of it, and how many of them
    lie in both sketches estimates the Jaccard index. Exact while both texts were kept whole. When one
    of them was cut, only the `KEPT` lowest of the union are known for certain, so only they count.
    """
    mine, others = hashes(one), hashes(other)
    if not mine or not others:
        return 0.0
    sample = mine | others
    if max(len(mine), len(others)) >= KEPT:
        sample = set(sorted(sample)[:KEPT])
    return len(sample & mine & others) / len(sample)


def hashes(sketch: bytes) -> set[bytes]:
    """The hashes in a sketch."""
    return {sketch[at : at + _WIDTH] for at in range(0, len(sketch), _WIDTH)}
