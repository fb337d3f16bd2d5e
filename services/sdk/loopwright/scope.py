"""Permission scopes: sets of grants `resource:action@boundary`, and when one contains another.

One function for every question of access, so that no two places answer it differently.
"""

from __future__ import annotations

from collections.abc import Mapping


def outside(granted: str, used: str, parents: Mapping[str, str]) -> tuple[str, ...]:
    """The grants in `used` that `granted` does not contain, in their order.

    A grant is contained when it is in `granted`, or below one of its grants in the hierarchy (`parents`: grant to
    the wider grant that contains it). An unknown grant is contained in nothing. Both scopes are grants separated
    by spaces.
    """
    held = frozenset(granted.split())
    return tuple(grant for grant in used.split() if not _held(grant, held, parents))


def _held(grant: str, held: frozenset[str], parents: Mapping[str, str]) -> bool:
    climbed: set[str] = set()
    while grant not in climbed:
        if grant in held:
            return True
        climbed.add(grant)
        wider = parents.get(grant)
        if wider is None:
            return False
        grant = wider
    return False  # the declared hierarchy is a circle: it contains nothing
