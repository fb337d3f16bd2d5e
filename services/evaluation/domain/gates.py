"""The gate: what the counts of a release say about it, looked at on every slice boundary. Pure.

The order of judgement (alarms do not wait for a gate, rollout takes them itself):

    1  the split is not the configured one          INVALID  SPLIT     (proves nothing else: no harm, no benefit)
    2  the candidate does harm                      FAIL     HARM      (final: said again to every new version)
    3  every GOAL metric has units in both arms and has reached this stage's bound:
         the least time has not passed yet          HOLD     MIN_TIME
         the data are too old to promote on         HOLD     BLIND
         else                                       PASS     EVIDENCE
    4  the canary's deadline has passed             HOLD     DEADLINE  (rollout ends it: the baseline stays)
    5  no metric has units in both arms yet         NO_DATA  NO_EVIDENCE
    6  else                                         HOLD     NO_EVIDENCE

An offline gate is judged once, when all of the change's examples have closed; what is neither proven nor harmful
then is a HOLD, INCONCLUSIVE. Missing data count against the candidate, never for it.

What a boundary at time B counts is fixed: the slices of assignment time whose horizon and lateness have passed
at B, whatever else has arrived. So the same outcomes give the same decisions, in whatever batches they come;
only BLIND asks how long ago B was. A release that is HELD, be it for its split, can still do harm: there 2 goes
before 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID, uuid5

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from loopwright.events import (
    Event,
    Exposure,
    GateConfig,
    GateDecision,
    GateReason,
    MetricEvidence,
    MetricRole,
    Phase,
    Release,
    Releases,
    Tally,
    Verdict,
)
from services.evaluation.domain.betting import (
    combined_log_evidence,
)
from services.evaluation.domain.counts import Counts, add, evidence_of, mature, named, pair_evidence, split_of
from services.evaluation.domain.units import over
from services.kernel.stage import Refs, Refused

DECISIONS = UUID("b7a9d9a0-3f4d-5c2f-9c55-0d2f0e7a4c11")
"""The namespace of decision ids."""

MOST_UNKNOWN = 64
"""Releases whose users are counted before their change has arrived: invented ids must not fill the state."""

WATCHED = frozenset({Phase.CANARY, Phase.FULL, Phase.HELD})
"""Phases in which users see the candidate."""


class Gates(Struct, frozen=True, gc=False):
    """What the gate stage remembers of one use case."""

    use_case_id: str
    releases: dict[str, Release] = {}
    counts: dict[str, Counts] = {}
    looked_at: int = 0
    """The last slice boundary that was judged, milliseconds."""


Step = tuple[Gates | None, Sequence[Event]]


def take(refs: Refs, gates: Gates, event: Tally | Releases) -> Step:
    """Count a unit in, or learn where the releases stand.

    Raises:
        Refused: a unit of one more release that nobody has proposed than may be waited for.

    """
    if isinstance(event, Releases):
        return _learn(refs, gates, event)
    release = gates.releases.get(event.release_id)
    if release is not None and over(release):
        return gates, ()
    if release is None and event.release_id not in gates.counts:
        unknown = sum(name not in gates.releases for name in gates.counts)
        if unknown >= MOST_UNKNOWN:
            raise Refused("unknown_release", f"{unknown} releases that nobody has proposed are waited for already")
    counts = add(gates.counts.get(event.release_id, Counts()), event)
    said: list[Event] = []
    if event.exposure is Exposure.OFFLINE and release is not None:
        counts = _judge_pairs(release, counts, said)
    return replace(gates, counts={**gates.counts, event.release_id: counts}), said


def looks_at(gates: Gates) -> int | None:
    """The next slice boundary, or an offline gate's deadline, whichever is first."""
    times = []
    for one in gates.releases.values():
        if _watched(one):
            times.append(boundary(max(one.entered_at, gates.looked_at), one.gate))
        elif one.phase is Phase.OFFLINE and gates.counts.get(one.release_id, Counts()).judged < one.version:
            times.append(max(_expires(one), gates.looked_at + 1))
    return min(times, default=None)


def look(refs: Refs, gates: Gates, due: int) -> Step:
    """Judge every release of the use case as of one boundary."""
    said: list[Event] = []
    counts = dict(gates.counts)
    for release in gates.releases.values():
        known = counts.get(release.release_id, Counts())
        if release.phase is Phase.OFFLINE and due >= _expires(release) and known.judged < release.version:
            said.append(_decision(release, (Verdict.HOLD, GateReason.DEADLINE), pair_evidence(release, known), due))
            counts[release.release_id] = replace(known, judged=release.version)
        if not _watched(release):
            continue
        known, decision = _judge(refs, release, mature(release, known, due), due)
        news = f"{decision.decision_id}/{known.matured}/{known.latched}"
        digest = sha256(news.encode()).hexdigest()
        if digest != known.said:
            said.append(decision)
        counts[release.release_id] = replace(known, said=digest)
    return replace(gates, counts=counts, looked_at=due), said


def _watched(release: Release) -> bool:
    """Whether users see the candidate, and nothing has ended yet."""
    return release.phase in WATCHED and release.stage > 0 and not release.settled


def boundary(time: int, config: GateConfig) -> int:
    """The first slice boundary after a time."""
    return time - time % config.slice_ms + config.slice_ms


def _learn(refs: Refs, gates: Gates, known: Releases) -> Step:
    """Take in where the releases stand; a new version hears at once of harm, or of a finished offline gate."""
    releases = {one.release_id: one for one in known.releases}
    if releases == gates.releases:
        return gates, ()  # rollout says every few seconds that it still watches
    news = [
        one
        for one in known.releases
        if (old := gates.releases.get(one.release_id)) is None or old.version < one.version
    ]
    ended = {one.release_id for one in known.releases if over(one)}
    gone = {name for name in gates.releases if name not in releases}
    counts = {name: one for name, one in gates.counts.items() if name not in ended | gone}
    gates = replace(gates, releases=releases, counts=counts)
    said: list[Event] = []
    for release in news:
        mine = counts.get(release.release_id, Counts())
        if _offline(release):
            counts[release.release_id] = _judge_pairs(release, mine, said)
        elif _watched(release) and mine.harm:
            said.append(_judge(refs, release, mine, gates.looked_at)[1])
    return gates, said


def _judge(refs: Refs, release: Release, counts: Counts, due: int) -> tuple[Counts, GateDecision]:
    """The verdict on a release that users see, as of a boundary."""
    config = release.gate
    evidence = [evidence_of(metric, counts) for metric in config.metrics]
    split = split_of(counts, config)
    fair = split < -math.log(config.split_alpha)
    latched = tuple(
        one.metric
        for one in evidence
        if one.metric in counts.latched
        or (fair and one.role is MetricRole.GOAL and one.log_e_promote >= -math.log(config.stages[-1].alpha))
    )
    evidence = [replace(one, latched=one.metric in latched) for one in evidence]
    harmful = (fair or release.phase is Phase.HELD) and _harm(release, evidence) >= -math.log(config.beta)
    counts = replace(
        counts,
        latched=latched,
        improved=counts.improved or (fair and _better(release, evidence)),
        harm=counts.harm or harmful,
    )
    said = _rule(refs, release, counts, evidence, split, due)
    return counts, _decision(release, said, evidence, due, split=split, improved=counts.improved)


def _harm(release: Release, evidence: Sequence[MetricEvidence]) -> float:
    """Ln of the weighted mean of the metrics' rollback evidence (Vovk & Wang 2021: valid whatever their dependence)."""
    weights = [metric.weight for metric in release.gate.metrics]
    return combined_log_evidence([one.log_e_rollback for one in evidence], weights)


def _better(release: Release, evidence: Sequence[MetricEvidence]) -> bool:
    """Whether the change's own metric is proven better than the baseline."""
    bound = -math.log(release.gate.alpha)
    return any(one.metric == release.metric and one.log_e_improve >= bound for one in evidence)


def _rule(
    refs: Refs, release: Release, counts: Counts, evidence: Sequence[MetricEvidence], split: float, due: int
) -> tuple[Verdict, GateReason]:
    config = release.gate
    if counts.harm:  # a decision is final: harm that was proven stays proven
        return Verdict.FAIL, GateReason.HARM
    if split >= -math.log(config.split_alpha):
        return Verdict.INVALID, GateReason.SPLIT
    goals = [one for one in evidence if one.role is MetricRole.GOAL]
    if release.phase is Phase.CANARY and goals and all(_units(one) and _reached(release, one) for one in goals):
        return _promotion(refs, release, counts, due)
    if release.phase is Phase.CANARY and 0 < config.deadline_ms <= due - release.canary_at:
        return Verdict.HOLD, GateReason.DEADLINE
    if not any(_units(one) for one in evidence):
        return Verdict.NO_DATA, GateReason.NO_EVIDENCE
    return Verdict.HOLD, GateReason.NO_EVIDENCE


def _promotion(refs: Refs, release: Release, counts: Counts, due: int) -> tuple[Verdict, GateReason]:
    """The verdict on a release whose evidence is enough: a PASS needs a full cycle of traffic, and fresh data."""
    config = release.gate
    final = release.stage == len(config.stages)
    if final and due - max(release.canary_at, counts.began) < config.min_time_ms:
        return Verdict.HOLD, GateReason.MIN_TIME
    if refs.now - due > config.blind_after_ms:
        return Verdict.HOLD, GateReason.BLIND
    return Verdict.PASS, GateReason.EVIDENCE


def _reached(release: Release, one: MetricEvidence) -> bool:
    final = release.stage == len(release.gate.stages)
    return one.latched if final else one.log_e_promote >= _bound(release)


def _bound(release: Release) -> float:
    """Ln 1/alpha of the stage that a release stands in."""
    stages = release.gate.stages
    return -math.log(stages[min(max(release.stage, 1), len(stages)) - 1].alpha)


def _units(one: MetricEvidence) -> bool:
    baseline = one.baseline_fail + one.baseline_ok + one.baseline_missing
    return baseline > 0 and one.candidate_fail + one.candidate_ok + one.candidate_missing > 0


def _offline(release: Release) -> bool:
    """Whether examples may still decide: also while an alarm holds the release, for then harm still does."""
    return release.phase is Phase.OFFLINE or (release.phase is Phase.HELD and release.held_from is Phase.OFFLINE)


def _expires(release: Release) -> int:
    """When a gate gives up waiting for its examples.

    A lonely example is left out after one deadline from its run, so the gate waits for two from its own beginning.
    """
    return release.entered_at + 2 * release.gate.offline_deadline_ms


def _judge_pairs(release: Release, counts: Counts, said: list[Event]) -> Counts:
    """Say the verdict on paired examples once to each version, when all of the change's examples have closed.

    Its time is that of the last example, which no order of arrival can change.
    """
    pairs = named(release, counts)
    names = {metric.name for metric in release.gate.metrics}
    whole = sum(pair.metric in names for pair in pairs) == len(names) * len(release.examples)
    if not _offline(release) or counts.judged >= release.version or not whole:
        return counts
    evidence = pair_evidence(release, counts)
    goals = [one for one in evidence if one.role is MetricRole.GOAL]
    if _harm(release, evidence) >= -math.log(release.gate.beta):
        verdict = Verdict.FAIL, GateReason.HARM
    elif goals and all(one.log_e_promote >= -math.log(release.gate.alpha) for one in goals):
        verdict = Verdict.PASS, GateReason.EVIDENCE
    elif not any(_units(one) for one in goals):
        verdict = Verdict.NO_DATA, GateReason.NO_EVIDENCE
    else:
        verdict = Verdict.HOLD, GateReason.INCONCLUSIVE
    if release.phase is Phase.HELD and verdict[0] is not Verdict.FAIL:
        return counts  # what does not stop it is said when it goes on
    last = max((pair.slice_start for pair in pairs), default=0)
    said.append(_decision(release, verdict, evidence, max(last, release.entered_at)))
    return replace(counts, judged=release.version)


def _decision(
    release: Release,
    said: tuple[Verdict, GateReason],
    evidence: Sequence[MetricEvidence],
    due: int,
    *,
    split: float = 0.0,
    improved: bool = False,
) -> GateDecision:
    verdict, reason = said
    return GateDecision(
        decision_id=str(uuid5(DECISIONS, f"{release.release_id}/{release.version}/{verdict}/{reason}/{improved}")),
        use_case_id=release.use_case_id,
        release_id=release.release_id,
        change_id=release.change_id,
        phase=release.phase,
        stage=release.stage,
        release_version=release.version,
        verdict=verdict,
        reason=reason,
        metrics=tuple(evidence),
        bound=-math.log(release.gate.alpha) if _offline(release) else _bound(release),
        log_e_rollback=_harm(release, evidence),
        rollback_bound=-math.log(release.gate.beta),
        log_e_split=split,
        improved=improved,
        config_hash=sha256(msgspec.json.encode(release.gate)).hexdigest()[:16],
        watermark=due,
    )
