"""Which version a user gets: one pure function, the same in a product's process and in the simulator.

Each live release of a use case owns an exclusive slice of its users, so two changes in canary never meet in one
user. Both draws, slice and arm, use flagd's published integer form of murmur3, with the candidate first: the
share grows without reshuffling anybody.
"""

from __future__ import annotations

from hashlib import blake2b

import mmh3
from msgspec import Struct

from loopwright.events import Arm, Phase, Releases, Surface

BUCKETS = 1 << 20
"""User buckets: the unit of assignment, of the gate and of partitioning."""

PARTS = 10_000
"""Parts in which the users of a use case are dealt out, and in which shares are counted."""

_SHOWN = frozenset({Phase.CANARY, Phase.FULL, Phase.HELD})


class Assignment(Struct, frozen=True):
    """What one user gets: which release, at which stage, on which side, in which version of the surface."""

    release_id: str
    change_id: str
    stage: int
    arm: Arm
    surface: Surface
    version: str


def user_bucket(key: bytes, identity: str) -> int:
    """The bucket of a user (or, without one, of a session), under a key that never rotates."""
    return int.from_bytes(blake2b(identity.encode(), key=key, digest_size=8).digest(), "big") % BUCKETS


def part(seed: str, bucket: int) -> int:
    """Which of the PARTS a bucket falls into, for one seed: flagd's `(hash * total) >> 32`."""
    return int(mmh3.hash(f"{seed}{bucket}", 0, signed=False)) * PARTS >> 32


def assign(releases: Releases | None, bucket: int) -> Assignment | None:
    """What a user's bucket gets of the releases of one use case; None: the live versions of everything."""
    if releases is None or not releases.releases:
        return None
    place = -1
    for release in releases.releases:
        if release.phase not in _SHOWN or not release.slice:
            continue
        if place < 0:
            place = part(releases.use_case_id, bucket)
        if any(span.start <= place < span.end for span in release.slice):
            candidate = part(release.release_id, bucket) < round(release.share * PARTS)
            return Assignment(
                release_id=release.release_id,
                change_id=release.change_id,
                stage=release.stage,
                arm=Arm.CANDIDATE if candidate else Arm.BASELINE,
                surface=release.surface,
                version=release.to_version if candidate else release.from_version,
            )
    return None
