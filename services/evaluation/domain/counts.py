"""What a gate has counted, and what the counts say: epochs and pairs, their frozen bets, their evidence. Pure.

An epoch is a set of units that had the same chance of the candidate: counts are whole numbers,
bets are frozen when the epoch opens, and evidence is computed from both, so that any order of arrival gives the same.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from loopwright.events import (
    Arm,
    Exposure,
    GateConfig,
    GateMetric,
    MetricEvidence,
    Release,
    Tally,
)
from services.evaluation.domain.betting import (
    Arms,
    Cells,
    Line,
    Side,
    Table,
    alternatives,
    log_evidence,
    table,
)
from services.evaluation.domain.pairs import PairCells, pair_log_evidence, pair_table
from services.evaluation.domain.split import split_log_evidence


class Epoch(Struct, frozen=True, order=True, gc=False):
    """Units that had the same chance of the candidate: of one stage, last seen on the baseline in `since`."""

    metric: str
    stage: int
    since: int


class Bets(Struct, frozen=True, gc=False):
    """The frozen tables of one epoch."""

    promote: Table
    rollback: Table
    improve: Table


class Slice(Struct, frozen=True, gc=False):
    """Counts of one slice of assignment time that has not matured yet."""

    epoch: Epoch
    start: int
    arms: Arms


class Pair(Struct, frozen=True, gc=False):
    """How one example came out for one metric."""

    metric: str
    example: str
    cells: PairCells
    slice_start: int


class Counts(Struct, frozen=True, gc=False):
    """All that is known of one release."""

    matured: tuple[tuple[Epoch, Arms], ...] = ()
    young: tuple[Slice, ...] = ()
    pairs: dict[str, Pair] = {}
    """By metric and example: an example counts once, and only if the change names it."""
    bets: tuple[tuple[Epoch, Bets], ...] = ()
    latched: tuple[str, ...] = ()
    """GOAL metrics that have reached the bound of the last stage once."""
    improved: bool = False
    harm: bool = False
    began: int = 0
    """Start of the first slice that was counted, milliseconds; 0 before."""
    judged: int = 0
    """The release's version to which the offline verdict, or the passing of its deadline, has been said."""
    said: str = ""
    """The last decision and the counts it rested on, so that only news is said."""


def add(counts: Counts, tally: Tally) -> Counts:
    if tally.exposure is Exposure.OFFLINE:
        pair = Pair(tally.metric, tally.example, PairCells(*tally.cells), tally.slice_start)
        return replace(counts, pairs={f"{tally.metric}/{tally.example}": pair, **counts.pairs})
    epoch = Epoch(tally.metric, tally.stage, tally.since)
    cells = Cells(*tally.cells)
    arms = Arms(candidate=cells) if tally.arm is Arm.CANDIDATE else Arms(baseline=cells)
    for n, one in enumerate(counts.young):
        if one.start == tally.slice_start and one.epoch == epoch:
            merged = replace(one, arms=one.arms + arms)
            return replace(counts, young=(*counts.young[:n], merged, *counts.young[n + 1 :]))
    return replace(counts, young=(*counts.young, Slice(epoch, tally.slice_start, arms)))


def mature(release: Release, counts: Counts, due: int) -> Counts:
    """Move the slices that are complete at `due` into their epochs, and freeze the bets of a new epoch."""
    horizons = {metric.name: metric.horizon_ms for metric in release.gate.metrics}
    config = release.gate
    ripe = [
        one
        for one in counts.young
        if one.start + config.slice_ms + horizons.get(one.epoch.metric, 0) + config.lateness_ms <= due
    ]
    if not ripe:
        return counts
    matured, bets = dict(counts.matured), dict(counts.bets)
    for one in ripe:
        matured[one.epoch] = matured.get(one.epoch, Arms()) + one.arms
        metric = next((metric for metric in config.metrics if metric.name == one.epoch.metric), None)
        if one.epoch not in bets and metric is not None and _chance(config, one.epoch) > 0:
            bets[one.epoch] = _freeze(metric, _chance(config, one.epoch))
    young = tuple(one for one in counts.young if one not in ripe)
    began = min([one.start for one in ripe] + [counts.began] * (counts.began > 0))
    return replace(
        counts,
        matured=tuple(sorted(matured.items())),
        bets=tuple(sorted(bets.items())),
        young=young,
        began=began,
    )


def _chance(config: GateConfig, epoch: Epoch) -> float:
    """The chance of the candidate for units of an epoch; 0 where there was no draw.

    With sticky buckets a user who was on the baseline at stage j is on the candidate at stage s with the chance
    (pi_s - pi_j) / (1 - pi_j) (gates.md 6.5).
    """
    shares = [0.0, *(stage.share for stage in config.stages), 1 - config.holdback]
    if not 0 <= epoch.since < epoch.stage < len(shares):
        return 0.0
    now, then = shares[epoch.stage], shares[epoch.since]
    return (now - then) / (1 - then)


def _freeze(metric: GateMetric, share: float) -> Bets:
    promote, rollback, improve = (
        table(side, Line(ratio), alternatives(side, metric.margin, ratio), metric.target, share)
        for side, ratio in _sides(metric)
    )
    return Bets(promote, rollback, improve)


def evidence_of(metric: GateMetric, counts: Counts) -> MetricEvidence:
    """One metric's evidence over all epochs."""
    bets = dict(counts.bets)
    epochs = [(bets[epoch], arms) for epoch, arms in counts.matured if epoch.metric == metric.name and epoch in bets]
    total = sum((arms for _, arms in epochs), Arms())
    return MetricEvidence(
        metric=metric.name,
        role=metric.role,
        baseline_fail=total.baseline.fail,
        baseline_ok=total.baseline.ok,
        baseline_missing=total.baseline.missing,
        candidate_fail=total.candidate.fail,
        candidate_ok=total.candidate.ok,
        candidate_missing=total.candidate.missing,
        log_e_promote=log_evidence(Side.PROMOTE, [(one.promote, arms) for one, arms in epochs]),
        log_e_rollback=log_evidence(Side.ROLLBACK, [(one.rollback, arms) for one, arms in epochs]),
        log_e_improve=log_evidence(Side.PROMOTE, [(one.improve, arms) for one, arms in epochs]),
        margin=metric.margin,
    )


def split_of(counts: Counts, config: GateConfig) -> float:
    """Ln e-value against the configured split, of users at their first exposure in each epoch."""
    first = config.metrics[0].name
    rows = []
    for epoch, arms in counts.matured:
        if epoch.metric == first and 0 < _chance(config, epoch) < 1:
            sides = [one.fail + one.ok + one.missing for one in (arms.candidate, arms.baseline)]
            rows.append((_chance(config, epoch), sides[0], sides[1]))
    return split_log_evidence(rows)


def named(release: Release, counts: Counts) -> list[Pair]:
    """The pairs of the examples that the change names: no others may close its gate."""
    named = frozenset(release.examples)
    return [pair for pair in counts.pairs.values() if pair.example in named]


def pair_evidence(release: Release, counts: Counts) -> list[MetricEvidence]:
    pairs = named(release, counts)
    return [
        _paired(metric, sum((pair.cells for pair in pairs if pair.metric == metric.name), PairCells()))
        for metric in release.gate.metrics
    ]


def _paired(metric: GateMetric, cells: PairCells) -> MetricEvidence:
    """One metric's evidence from paired examples."""
    promote, rollback, improve = (
        pair_log_evidence(pair_table(side, ratio, alternatives(side, metric.margin, ratio), metric.target), cells)
        for side, ratio in _sides(metric)
    )
    return MetricEvidence(
        metric=metric.name,
        role=metric.role,
        baseline_fail=cells.candidate_fixes + cells.both_fail,
        baseline_ok=cells.both_ok + cells.candidate_fails,
        baseline_missing=0,
        candidate_fail=cells.candidate_fails + cells.both_fail,
        candidate_ok=cells.both_ok + cells.candidate_fixes,
        candidate_missing=0,
        wins=cells.candidate_fixes,
        losses=cells.candidate_fails,
        left_out=cells.left_out,
        log_e_promote=promote,
        log_e_rollback=rollback,
        log_e_improve=improve,
        margin=metric.margin,
    )


def _sides(metric: GateMetric) -> tuple[tuple[Side, float], ...]:
    """What is bet on: not worse by the margin, worse than the baseline, better than the baseline."""
    return (Side.PROMOTE, 1 + metric.margin), (Side.ROLLBACK, 1.0), (Side.PROMOTE, 1.0)
