"""Which changes can be released at all, how much review they need, and under which gate."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid5

from loopwright.events import (
    Change,
    GateConfig,
    GateMetric,
    MetricRole,
    Phase,
    Release,
    RiskTier,
    Surface,
    UseCaseSpec,
)
from services.kernel import audit
from services.kernel.stage import Awaited, Refs, Refused, check_clock
from services.rollout.domain.desk import ENDED, RELEASES, UseCase

PEOPLE_BEHIND_MS = 24 * 60 * 60 * 1000
"""A change or approval may be this old when it arrives: a canary must not begin long before anybody could see it."""

MOST_OPEN = 32
"""Open releases of one use case."""

MOST_NAMED_BYTES = 96 * 1024
"""Bytes of the examples and cases that its open releases name: they travel in the `releases` value."""

_LOW = frozenset({Surface.PROMPT, Surface.QUERY_REWRITE, Surface.RANKING_WEIGHTS})
_HIGH = frozenset({Surface.WRITE_ACTION, Surface.DATA_SCOPE, Surface.POLICY_FILTER, Surface.ACCESS_BEHAVIOUR})
_TIERS = (RiskTier.LOW, RiskTier.MEDIUM, RiskTier.HIGH, RiskTier.UNKNOWN)


def release_id(change_id: str) -> str:
    """Derived, so that offline runs can name the release before it exists."""
    return str(uuid5(RELEASES, f"{change_id}/release"))


def tier(change: Change, spec: UseCaseSpec) -> RiskTier:
    """The highest of what the surface, the use case and the author say; an unknown one is read as HIGH."""
    by_surface = (
        RiskTier.LOW if change.surface in _LOW else RiskTier.HIGH if change.surface in _HIGH else RiskTier.MEDIUM
    )
    highest = max(by_surface, spec.tier, change.tier, key=_TIERS.index)
    return RiskTier.HIGH if highest is RiskTier.UNKNOWN else highest


def release_of(refs: Refs, change: Change) -> Release:
    """The release that a change becomes, before its first step.

    Raises:
        Refused: a change that nobody could release.

    """
    spec = refs.newest("usecases", change.use_case_id, UseCaseSpec)
    if spec is None:
        raise Awaited("unknown_use_case", f"no use case {change.use_case_id!r}; publish its spec first")
    check_clock(refs, change.occurred_at, behind_ms=PEOPLE_BEHIND_MS)
    _check(change, spec)
    return Release(
        release_id=release_id(change.change_id),
        use_case_id=change.use_case_id,
        change_id=change.change_id,
        surface=change.surface,
        from_version=change.from_version,
        to_version=change.to_version,
        version=0,
        phase=Phase.UNKNOWN,
        stage=0,
        share=0.0,
        slice=(),
        reason="",
        because=(),
        entered_at=change.occurred_at,
        tier=tier(change, spec),
        diff_digest=audit.digest(change.diff),
        examples=change.examples,
        case_ids=change.case_ids,
        metric=change.metric,
        spec_version=spec.version,
        gate=gate(spec, change.guardrails),
        rollback_target=change.rollback_target,
    )


def check_room(change: Change, use_case: UseCase) -> None:
    """Refuse a change for which the `releases` value has no room, so that no alarm ever finds it full.

    Raises:
        Refused: too many open releases, or too many examples and cases in them.

    """
    open_ones = [one for one in use_case.releases.values() if one.phase not in ENDED and not one.settled]
    named = [*change.examples, *change.case_ids]
    named += [name for one in open_ones for name in (*one.examples, *one.case_ids)]
    if len(open_ones) >= MOST_OPEN or sum(len(name.encode()) + 2 for name in named) > MOST_NAMED_BYTES:
        raise Refused("no_room", f"change {change.change_id}: too many open releases or examples; end one first")


def _check(change: Change, spec: UseCaseSpec) -> None:
    """One change, one surface, one metric of the use case: else nobody could say what it did."""
    metrics = {metric.name for metric in spec.metrics}
    if change.surface is Surface.UNKNOWN:
        raise Refused("bad_value", f"change {change.change_id}: its surface is unknown; name the one it touches")
    if change.metric not in metrics:
        raise Refused("bad_value", f"change {change.change_id}: metric {change.metric!r} is not in the use case's spec")
    if strange := sorted(set(change.guardrails) - metrics):
        raise Refused("bad_value", f"change {change.change_id}: guardrail {strange[0]!r} is not in the use case's spec")
    if not change.change_id or not change.author or not change.diff:
        raise Refused("missing_field", f"change {change.change_id!r}: it needs an id, an author and a diff")
    if not change.to_version or change.to_version in (change.from_version, change.rollback_target):
        raise Refused("bad_value", f"change {change.change_id}: to_version must differ from what it replaces")
    if not change.rollback_target:
        raise Refused("missing_field", f"change {change.change_id}: it needs a rollback_target")
    for metric in spec.metrics:
        if not 0 < metric.target * (1 + metric.margin) < 1:
            raise Refused("bad_value", f"metric {metric.name}: no gate can judge target and margin; lower the target")


def gate(spec: UseCaseSpec, guardrails: Sequence[str]) -> GateConfig:
    """The gate's configuration as the spec has it now; a release keeps it, whatever the spec becomes.

    A metric that the change names as a guardrail must pass, whatever the use case asks of it otherwise.
    """
    policy = spec.policy
    return GateConfig(
        alpha=policy.alpha,
        beta=policy.beta,
        stages=policy.stages,
        metrics=tuple(
            GateMetric(
                name=one.name,
                role=MetricRole.GOAL if one.name in guardrails else one.role,
                target=one.target,
                margin=one.margin,
                weight=one.weight,
                horizon_ms=one.horizon_ms,
            )
            for one in spec.metrics
        ),
        slice=policy.slice,
        slice_ms=policy.slice_ms,
        lateness_ms=policy.lateness_ms,
        min_time_ms=policy.min_time_ms,
        deadline_ms=policy.deadline_ms,
        blind_after_ms=policy.blind_after_ms,
        split_alpha=policy.split_alpha,
        holdback=policy.holdback,
        holdback_ms=policy.holdback_ms,
        offline_deadline_ms=policy.offline_deadline_ms,
    )
