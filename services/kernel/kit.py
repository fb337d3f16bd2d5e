"""What a team writes to start from: the use case, the release policy under it, the taxonomy.

YAML in deploy/kit/, validated here, published as events: every judgement names the version it used, so that a
replay repeats it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from loopwright import events
from loopwright.events import BadIf, EffectClass, MetricRole, ReasonCode, RiskTier, Severity, SignalKind
from loopwright.flags import PARTS
from services.kernel.authored import Mistake, Written, laid_over, milliseconds, parse, read
from services.kernel.topics import topic

KIT = Path(__file__).parents[2] / "deploy" / "kit"

Duration = Annotated[int, BeforeValidator(milliseconds)]
"""Milliseconds, written as 30s, 15m, 24h or 7d."""

Share = Annotated[float, Field(gt=0, le=1)]
Level = Annotated[float, Field(gt=0, le=0.5)]


WEIGHT_TOLERANCE = 1e-9
"""Weights are written in decimals and added up in binary."""


class StagePlan(Written):
    """One step of the share inside the canary."""

    share: float = Field(gt=0, lt=1)
    alpha: Level


class Policy(Written):
    """How changes are released: deploy/kit/release-policy.yaml, with a use case's own values laid over it."""

    alpha: Level
    beta: Level
    margin: float = Field(gt=0, lt=1)
    stages: tuple[StagePlan, ...] = Field(min_length=1)
    slice: Share
    slice_length: Duration = Field(gt=0)
    lateness: Duration
    min_time: Duration
    deadline: Duration
    blind_after: Duration = Field(gt=0)
    split_alpha: Level
    holdback: float = Field(gt=0, lt=0.5)
    holdback_at_most: Duration
    offline_deadline: Duration = Field(gt=0)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        shares = [stage.share for stage in self.stages]
        levels = [stage.alpha for stage in self.stages]
        if shares != sorted(set(shares)) or shares[-1] >= 1 - self.holdback:
            raise ValueError("the shares of the stages must rise and stay under 1 - holdback")
        if levels != sorted(levels, reverse=True) or levels[-1] != self.alpha:
            raise ValueError("the levels of the stages must not rise, and the last must be alpha")
        if self.deadline <= self.min_time:
            raise ValueError("deadline must be longer than min_time")
        if any(share < 1 / PARTS for share in (shares[0], self.slice, self.holdback)):
            raise ValueError(f"a share, slice or holdback under {1 / PARTS} has no users; write a larger one")
        most = topic("runs").lateness_ms
        if self.lateness > most:
            raise ValueError(f"lateness is more than the {most // 1000}s that schemas/topics.yaml allows")
        return self

    def event(self) -> events.ReleasePolicy:
        """As the contract says it."""
        return events.ReleasePolicy(
            alpha=self.alpha,
            beta=self.beta,
            stages=tuple(events.StagePlan(share=one.share, alpha=one.alpha) for one in self.stages),
            slice=self.slice,
            slice_ms=self.slice_length,
            lateness_ms=self.lateness,
            min_time_ms=self.min_time,
            deadline_ms=self.deadline,
            blind_after_ms=self.blind_after,
            split_alpha=self.split_alpha,
            holdback=self.holdback,
            holdback_ms=self.holdback_at_most,
            offline_deadline_ms=self.offline_deadline,
        )


class Source(Written):
    """A source that answers may rest on."""

    source_id: str
    scope: str = ""
    freshness: Duration = 0


class Tool(Written):
    """A tool the system may use."""

    tool: str
    effect: EffectClass
    scope: str = ""


class ScopeParent(Written):
    """One step of the hierarchy of grants."""

    grant: str
    under: str


class Metric(Written):
    """What good means, as a number: bad by the run's signals, by its end, or by a business event."""

    name: str
    good: str
    role: MetricRole
    signals: tuple[SignalKind, ...] = ()
    run_error_is_bad: bool = False
    event: str = ""
    bad_if: BadIf = BadIf.NEVER
    threshold: float = 0.0
    target: float = Field(gt=0, lt=1)
    margin: float | None = Field(default=None, gt=0, lt=1)
    weight: float = Field(gt=0, le=1)
    horizon: Duration = Field(gt=0)

    @model_validator(mode="after")
    def _decidable(self) -> Self:
        if not (self.signals or self.run_error_is_bad or self.event):
            raise ValueError(f"metric {self.name} can never be bad; give it signals, run_error_is_bad or an event")
        if bool(self.event) != (self.bad_if in (BadIf.ABOVE, BadIf.BELOW)):
            raise ValueError(f"metric {self.name}: an event and bad_if ABOVE or BELOW belong together")
        return self


class UseCase(Written):
    """The one-page job definition, as a person writes it."""

    use_case_id: str = Field(min_length=1, pattern=r"^[a-z0-9][a-z0-9.-]*$")
    title: str
    owner: str = Field(min_length=1)
    on_call: str
    tier: RiskTier = RiskTier.LOW
    intents: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    tools: tuple[Tool, ...] = ()
    scope_parents: tuple[ScopeParent, ...] = ()
    raw_fields: tuple[str, ...] = ()
    patience: Duration = Field(gt=0)
    metrics: tuple[Metric, ...] = Field(min_length=1)
    policy: Policy

    @model_validator(mode="after")
    def _gated(self) -> Self:
        names = [metric.name for metric in self.metrics]
        if len(set(names)) < len(names):
            raise ValueError("two metrics have the same name")
        if not any(metric.role is MetricRole.GOAL for metric in self.metrics):
            raise ValueError("no metric has the role GOAL, so nothing could ever be promoted")
        if abs(sum(metric.weight for metric in self.metrics) - 1) > WEIGHT_TOLERANCE:
            raise ValueError("the weights of the metrics must add up to 1")
        for metric in self.metrics:
            margin = self.policy.margin if metric.margin is None else metric.margin
            if metric.target * (1 + margin) >= 1:
                raise ValueError(f"metric {metric.name}: its target and margin leave no room under 1; lower one")
        known = {"UserTurn.text", "Answer.text", "ToolAudited.args", "ExplicitFeedback.comment"}
        for field in self.raw_fields:
            if field not in known:
                raise ValueError(f"raw_fields: {field!r} is not one of {', '.join(sorted(known))}")
        return self

    def spec(self, *, version: int = 1, published_by: str = "kit", published_at: int = 0) -> events.UseCaseSpec:
        """As the contract says it, under a version that never changes once published."""
        return events.UseCaseSpec(
            use_case_id=self.use_case_id,
            version=version,
            title=self.title,
            owner=self.owner,
            on_call=self.on_call,
            tier=self.tier,
            intents=self.intents,
            sources=tuple(
                events.SourceRule(source_id=one.source_id, scope=one.scope, freshness_ms=one.freshness)
                for one in self.sources
            ),
            tools=tuple(events.ToolRule(tool=one.tool, effect=one.effect, scope=one.scope) for one in self.tools),
            scope_parents=tuple(events.ScopeParent(grant=one.grant, under=one.under) for one in self.scope_parents),
            raw_fields=self.raw_fields,
            patience_ms=self.patience,
            metrics=tuple(
                events.MetricSpec(
                    name=one.name,
                    good=one.good,
                    role=one.role,
                    signals=one.signals,
                    run_error_is_bad=one.run_error_is_bad,
                    event=one.event,
                    bad_if=one.bad_if,
                    threshold=one.threshold,
                    target=one.target,
                    margin=self.policy.margin if one.margin is None else one.margin,
                    weight=one.weight,
                    horizon_ms=one.horizon,
                )
                for one in self.metrics
            ),
            policy=self.policy.event(),
            published_by=published_by,
            published_at=published_at,
        )


class Reason(Written):
    """Who owns the fix of one kind of failure, how bad it is by default, and what to try first."""

    owner: str
    severity: Severity
    advice: str


class Taxonomy(Written):
    """The failure labels that all teams share."""

    version: int = Field(ge=1)
    reasons: dict[ReasonCode, Reason]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if missing := [code for code in ReasonCode if code not in self.reasons]:
            raise ValueError(f"reasons: {', '.join(missing)} missing")
        return self


def use_case(path: Path) -> UseCase:
    """A use case with the shipped release policy under its own.

    Raises:
        Mistake: one line with file, line and column.

    """
    shipped = read(KIT / "release-policy.yaml")
    return parse(path, UseCase, under={"policy": laid_over({}, shipped)})


def policy(path: Path = KIT / "release-policy.yaml") -> Policy:
    """The shipped release policy.

    Raises:
        Mistake: one line with file, line and column.

    """
    return parse(path, Policy)


def taxonomy(path: Path = KIT / "taxonomy.yaml") -> Taxonomy:
    """The taxonomy.

    Raises:
        Mistake: one line with file, line and column.

    """
    return parse(path, Taxonomy)


__all__ = ["KIT", "Metric", "Mistake", "Policy", "Taxonomy", "UseCase", "policy", "taxonomy", "use_case"]
