"""From outcomes to counts: one unit per user and stage, or one pair per offline example. Pure.

A user counts once in each stage of a release, with their first run in it; several runs of one person are not
independent. Which run was first is known once the horizon and the lateness have passed, so until then a unit
waits. A user who was on the candidate in an earlier stage is left out; one who was on the baseline says since
when, because their chance of the candidate is then another one. Only runs that users saw count as
users: nobody complains about an answer in the shadow, so it would look good.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID, uuid5

from msgspec import Struct
from msgspec.structs import replace

from loopwright.events import Arm, Event, Exposure, Measure, Outcome, Phase, Release, Releases, Tally, UseCaseSpec
from services.kernel.stage import Awaited, Refs

TALLIES = UUID("0d5f4d4e-7f0c-5a5e-9f0b-6f0f1a2b3c4d")
"""The namespace of tally ids."""

_SIDES = (Arm.BASELINE, Arm.CANDIDATE)


class Waiting(Struct, frozen=True, gc=False):
    """The first run of a unit, as far as anybody knows yet."""

    outcome: Outcome
    closes_at: int
    slice_ms: int

    @property
    def place(self) -> tuple[int, str]:
        """Earlier runs go first."""
        return self.outcome.started_at, self.outcome.run_id


class Seen(Struct, frozen=True, gc=False):
    """In which stage a user was seen on which side, at one horizon of one release."""

    release_id: str
    horizon_ms: int
    stage: int
    arm: Arm


class Unit(Struct, frozen=True, gc=False):
    """What is remembered of one user bucket, or of one offline example."""

    waiting: tuple[Waiting, ...] = ()
    seen: tuple[Seen, ...] = ()


Step = tuple[Unit | None, Sequence[Event]]


def count(refs: Refs, unit: Unit, outcome: Outcome) -> Step:
    """Take in one outcome.

    Raises:
        Awaited: its use case's spec is not there.

    """
    if not outcome.release_id or outcome.arm not in _SIDES:
        return (unit if unit.waiting or unit.seen else None), ()
    spec = refs.get("usecases", f"{outcome.use_case_id}@{outcome.spec_version}", UseCaseSpec)
    if spec is None:
        raise Awaited("unknown_use_case", f"no spec {outcome.use_case_id}@{outcome.spec_version}")
    if outcome.exposure is Exposure.OFFLINE:
        return _pair(unit, outcome, spec)
    if outcome.exposure is not Exposure.LIVE:
        return (unit if unit.waiting or unit.seen else None), ()
    if any(_same_unit(one, outcome) for one in unit.seen):
        return unit, ()  # this unit has closed; only a run later than the lateness comes here
    closes = outcome.started_at + outcome.horizon_ms + spec.policy.lateness_ms
    fresh = Waiting(outcome, closes, spec.policy.slice_ms)
    rivals = [one for one in unit.waiting if _same_unit(_seen(one.outcome), outcome)]
    if rivals and min(rivals, key=lambda one: one.place).place <= fresh.place:
        return unit, ()
    others = tuple(one for one in unit.waiting if one not in rivals)
    return replace(unit, waiting=(*others, fresh)), ()


def closes_at(unit: Unit) -> int | None:
    """When the next unit is complete."""
    return min((one.closes_at for one in unit.waiting), default=None)


def close(refs: Refs, unit: Unit, due: int) -> Step:
    """Count the units whose first run nobody can precede any more."""
    tallies: list[Event] = []
    ended = _ended(refs, unit)
    seen = tuple(one for one in unit.seen if one.release_id not in ended)
    for one in sorted(unit.waiting, key=lambda one: (one.closes_at, one.place)):
        if one.closes_at > due:
            continue
        outcome = one.outcome
        if outcome.exposure is Exposure.OFFLINE:
            tallies += _pair_tallies(outcome, one.slice_ms, [(measure.name, 4) for measure in outcome.metrics])
            seen = (*seen, _seen(outcome))  # closed: a partner that comes now is late, and nobody is counted twice
            continue
        before = [
            past
            for past in seen
            if past.release_id == outcome.release_id
            and past.horizon_ms == outcome.horizon_ms
            and past.stage < outcome.release_stage
        ]
        if all(past.arm is not Arm.CANDIDATE for past in before):
            tallies += _tallies(outcome, one.slice_ms, since=max((past.stage for past in before), default=0))
        seen = (*seen, _seen(outcome))
    waiting = tuple(one for one in unit.waiting if one.closes_at > due)
    return (Unit(waiting, seen) if waiting or seen else None), tallies


def _seen(outcome: Outcome) -> Seen:
    return Seen(outcome.release_id, outcome.horizon_ms, outcome.release_stage, outcome.arm)


def _same_unit(seen: Seen, outcome: Outcome) -> bool:
    return (
        seen.release_id == outcome.release_id
        and seen.horizon_ms == outcome.horizon_ms
        and seen.stage == outcome.release_stage
    )


def over(release: Release) -> bool:
    """Whether nothing more is decided about a release: its users are free, its counts are no longer needed."""
    return release.settled or release.phase in (Phase.ROLLED_BACK, Phase.REJECTED, Phase.EXPIRED)


def _ended(refs: Refs, unit: Unit) -> frozenset[str]:
    """Releases that send no users any more: what was seen of them is forgotten; one that nobody knows is kept."""
    known = (refs.get("releases", name, Releases) for name in {one.outcome.use_case_id for one in unit.waiting})
    return frozenset(
        release.release_id for value in known if value is not None for release in value.releases if over(release)
    )


def _tallies(outcome: Outcome, slice_ms: int, *, since: int) -> Iterator[Tally]:
    for measure in outcome.metrics:
        cells = (int(measure.bad == 1), int(measure.bad == 0), 0) if _measured(measure) else (0, 0, 1)
        yield _tally(outcome, measure.name, slice_ms, arm=outcome.arm, since=since, cells=cells)


def _measured(measure: Measure) -> bool:
    """Whether there is a value, and it is one: what is out of range is missing, never good."""
    return not measure.unmeasured and measure.bad in {0.0, 1.0}


def _tally(outcome: Outcome, metric: str, slice_ms: int, *, arm: Arm, since: int, cells: tuple[int, ...]) -> Tally:
    return Tally(
        tally_id=str(uuid5(TALLIES, f"{outcome.outcome_id}/{outcome.release_id}/{metric}")),
        use_case_id=outcome.use_case_id,
        release_id=outcome.release_id,
        exposure=outcome.exposure,
        stage=outcome.release_stage,
        metric=metric,
        arm=arm,
        since=since,
        slice_start=outcome.started_at - outcome.started_at % slice_ms,
        example=outcome.eval_case_id if outcome.exposure is Exposure.OFFLINE else "",
        cells=cells,
    )


def _pair(unit: Unit, outcome: Outcome, spec: UseCaseSpec) -> Step:
    """Both arms of an example meet here; one that stays alone is left out and counted."""
    if any(_same_unit(one, outcome) for one in unit.seen):
        return unit, ()
    deadline = spec.policy.offline_deadline_ms
    closes = outcome.started_at + deadline + outcome.horizon_ms + spec.policy.lateness_ms
    fresh = Waiting(outcome, closes, spec.policy.slice_ms)
    here = [one for one in unit.waiting if _same_unit(_seen(one.outcome), outcome)]
    mine = [one for one in here if one.outcome.arm is outcome.arm]
    if mine:
        if mine[0].place <= fresh.place:
            return unit, ()
        return replace(unit, waiting=tuple(fresh if one is mine[0] else one for one in unit.waiting)), ()
    if not here:
        return replace(unit, waiting=(*unit.waiting, fresh)), ()
    other = here[0].outcome
    if abs(other.started_at - outcome.started_at) > deadline:
        return unit, ()  # no partner: the one that waits is left out when its time has come
    baseline, candidate = (other, outcome) if outcome.arm is Arm.CANDIDATE else (outcome, other)
    measured = {measure.name: measure for measure in candidate.metrics}
    cells = [(measure.name, _cell(measure, measured.get(measure.name))) for measure in baseline.metrics]
    seen = _seen(min(baseline, candidate, key=lambda one: one.arm))
    waiting = tuple(one for one in unit.waiting if one not in here)
    pair = replace(baseline, started_at=max(baseline.started_at, candidate.started_at))
    return Unit(waiting, (*unit.seen, seen)), list(_pair_tallies(pair, fresh.slice_ms, cells))


def _cell(baseline: Measure, candidate: Measure | None) -> int:
    """Which cell a pair falls into. Missing counts against the candidate: as its failure, as the baseline's success."""
    failed = _measured(baseline) and baseline.bad == 1
    helped = candidate is not None and _measured(candidate) and candidate.bad == 0
    return 2 * failed + (not helped)


def _pair_tallies(outcome: Outcome, slice_ms: int, cells: list[tuple[str, int]]) -> Iterator[Tally]:
    for metric, cell in cells:
        row = tuple(int(n == cell) for n in range(5))
        yield _tally(outcome, metric, slice_ms, arm=Arm.NONE, since=0, cells=row)
