"""What is shipped says what was promised, and what a team writes is checked before anything rests on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from loopwright.codec import CODEC
from loopwright.events import (
    BadIf,
    EffectClass,
    MetricRole,
    ReasonCode,
    RiskTier,
    Severity,
    SignalKind,
    StagePlan,
)
from services.kernel import kit
from services.kernel.authored import Mistake
from services.kernel.topics import topic
from tests.factories import DAY, HOUR, MINUTE

QUICK = kit.KIT / "use_cases" / "quick.yaml"
SHIPPED = sorted(path for path in (kit.KIT / "use_cases").glob("*.yaml") if path != QUICK)

MINE = """\
use_case_id: mine
title: Mine
owner: team
on_call: nobody
patience: 10m
metrics:
  - {name: m, good: It went well., role: GOAL, run_error_is_bad: true, target: 0.3, weight: 1.0, horizon: 1h}
"""


def mine(folder: Path, text: str) -> kit.UseCase:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return kit.use_case(path)


def mistake(folder: Path, text: str) -> str:
    with pytest.raises(Mistake) as found:
        mine(folder, text)
    return str(found.value).removeprefix(f"{folder / 'mine.yaml'}:")


def test_the_shipped_policy_says_what_the_design_says() -> None:
    policy = kit.use_case(SHIPPED[0]).spec().policy

    assert (policy.alpha, policy.slice, policy.lateness_ms, policy.slice_ms) == (0.05, 1.0, 5 * MINUTE, 15 * MINUTE)
    assert [stage.share for stage in policy.stages] == [0.01, 0.05, 0.25, 0.50]
    assert policy.stages[-1] == StagePlan(share=0.50, alpha=0.05)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_each_shipped_use_case_is_sound_and_has_the_shipped_margin(path: Path) -> None:
    spec = kit.use_case(path).spec()

    assert spec.use_case_id == path.stem
    assert (spec.version, spec.tier) == (1, RiskTier.LOW)
    assert [metric.margin for metric in spec.metrics] == [0.20] * len(spec.metrics)
    assert spec.policy == kit.use_case(SHIPPED[0]).spec().policy
    assert CODEC.decode(CODEC.encode(spec)) == spec


def test_three_use_cases_are_shipped_and_one_for_trying_out() -> None:
    assert [path.stem for path in SHIPPED] == ["agent-tasks", "support-answers", "support-billing"]
    assert kit.use_case(QUICK).spec().policy.slice_ms < kit.use_case(SHIPPED[0]).spec().policy.slice_ms


def test_the_support_use_case_reads_as_it_is_written() -> None:
    spec = kit.use_case(kit.KIT / "use_cases" / "support-answers.yaml").spec(version=3, published_by="ann")
    goal, watch = spec.metrics

    assert (spec.version, spec.published_by, spec.patience_ms) == (3, "ann", 10 * MINUTE)
    assert (goal.role, watch.role) == (MetricRole.GOAL, MetricRole.WATCH)
    assert (goal.horizon_ms, watch.horizon_ms) == (HOUR, 6 * HOUR)
    assert goal.signals == (
        SignalKind.EXPLICIT_NEGATIVE,
        SignalKind.REPHRASE,
        SignalKind.CORRECTION,
        SignalKind.TAKEOVER,
        SignalKind.ABANDONMENT,
    )
    assert (watch.event, watch.bad_if, watch.threshold) == ("reopened", BadIf.ABOVE, 0)
    assert {tool.tool: tool.effect for tool in spec.tools} == {
        "search_orders": EffectClass.READ,
        "issue_refund": EffectClass.WRITE,
    }
    assert {source.source_id: source.freshness_ms for source in spec.sources}["refund-policy"] == 90 * DAY


def test_the_shipped_taxonomy_gives_every_reason_an_owner_a_severity_and_advice() -> None:
    taxonomy = kit.taxonomy()

    assert list(taxonomy.reasons) == [*(code for code in ReasonCode if code is not ReasonCode.UNKNOWN), "UNKNOWN"]
    assert all(reason.owner and reason.advice for reason in taxonomy.reasons.values())
    assert taxonomy.reasons[ReasonCode.UNSAFE_SCOPE].severity is Severity.CRITICAL
    assert taxonomy.reasons[ReasonCode.STALE_SOURCE].owner == "knowledge-quality"


def test_a_use_cases_own_policy_is_laid_over_the_shipped_one(tmp_path: Path) -> None:
    use_case = mine(tmp_path, MINE + "policy:\n  margin: 0.1\n  min_time: 48h\n")

    assert (use_case.policy.margin, use_case.policy.min_time, use_case.policy.alpha) == (0.1, 48 * HOUR, 0.05)
    assert use_case.spec().metrics[0].margin == 0.1


def test_a_metrics_own_margin_wins(tmp_path: Path) -> None:
    spec = mine(tmp_path, MINE.replace("target:", "margin: 0.05, target:")).spec()

    assert spec.metrics[0].margin == 0.05


def instead(old: str, new: str) -> str:
    assert old in MINE
    return MINE.replace(old, new)


MISTAKES = {
    "a role nobody knows": (
        instead("GOAL", "UNKNOWN"),
        "7:36: metrics.0.role: UNKNOWN decides nothing; write one of GOAL, WATCH",
    ),
    "a tier nobody knows": (MINE + "tier: UNKNOWN\n", "8:1: tier: UNKNOWN decides nothing"),
    "an effect nobody knows": (
        MINE + "tools: [{tool: t, effect: UNKNOWN}]\n",
        "8:19: tools.0.effect: UNKNOWN decides nothing; write one of READ, WRITE, IRREVERSIBLE",
    ),
    "a rule nobody knows": (
        instead("target:", "event: e, bad_if: UNKNOWN, target:"),
        "7:82: metrics.0.bad_if: UNKNOWN decides nothing; write one of NEVER, ABOVE, BELOW",
    ),
    "a signal nobody knows": (
        instead("target:", "signals: [UNKNOWN], target:"),
        "7:72: metrics.0.signals: UNKNOWN decides nothing; write one of EXPLICIT_NEGATIVE, REPHRASE, ",
    ),
    "an unknown field": (MINE + "ownr: team\n", "8:1: ownr: Extra inputs are not permitted"),
    "an id that is none": (instead("use_case_id: mine", "use_case_id: My Case"), "1:1: use_case_id: "),
    "no metric": (MINE.partition("metrics:")[0] + "metrics: []\n", "6:1: metrics: Tuple should have at least 1 item"),
    "no goal": (instead("GOAL", "WATCH"), "1:1: the file: no metric has the role GOAL"),
    "a metric that can never be bad": (instead("run_error_is_bad: true", "bad_if: NEVER"), "7:5: metrics.0: metric m "),
    "an event without a rule": (instead("target:", "event: e, target:"), "7:5: metrics.0: metric m: an event and "),
    "weights that do not add up": (instead("weight: 1.0", "weight: 0.9"), "1:1: the file: the weights of the metrics"),
    "the same metric twice": (
        MINE.replace("1.0", "0.5") + MINE.replace("1.0", "0.5").splitlines(keepends=True)[-1],
        "1:1: the file: two metrics have the same name",
    ),
    "a raw field that is none": (MINE + "raw_fields: [Answer.txt]\n", "1:1: the file: raw_fields: 'Answer.txt' is not"),
    "a policy that is none": (MINE + "policy: strict\n", "8:1: policy: "),
    "shares that fall": (
        MINE + "policy:\n  stages: [{share: 0.5, alpha: 0.05}, {share: 0.1, alpha: 0.05}]\n",
        "8:1: policy: the shares of the stages must rise",
    ),
    "a last level that is not alpha": (
        MINE + "policy: {alpha: 0.01}\n",
        "8:1: policy: the levels of the stages must not rise, and the last must be alpha",
    ),
    "more lateness than the topics allow": (
        MINE + "policy: {lateness: 2h}\n",
        f"8:1: policy: lateness is more than the {topic('runs').lateness_ms // 1000}s that schemas/topics.yaml allows",
    ),
    "no time for a slice": (MINE + "policy: {slice_length: 0s}\n", "8:10: policy.slice_length: "),
}


@pytest.mark.parametrize(("text", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_wrong_use_case_is_one_line_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    found = mistake(tmp_path, text)

    assert found.startswith(said)
    assert "\n" not in found


def without(name: str) -> Callable[[str], str]:
    return lambda text: "".join(line for line in text.splitlines(keepends=True) if name not in line)


TAXONOMIES: dict[str, tuple[Callable[[str], str], str]] = {
    "a severity nobody knows": (
        lambda text: text.replace("severity: CRITICAL", "severity: UNKNOWN"),
        "reasons.UNSAFE_SCOPE.severity: UNKNOWN decides nothing; write one of LOW, MEDIUM, HIGH, CRITICAL",
    ),
    "a reason that is missing": (without("TOO_SLOW"), "reasons: TOO_SLOW missing"),
    "a reason that is none": (lambda text: text.replace("TOO_SLOW", "TOO_SLO"), "reasons.TOO_SLO"),
    "no version": (lambda text: text.replace("version: 1", "version: 0"), "version: "),
}


@pytest.mark.parametrize(("change", "said"), TAXONOMIES.values(), ids=TAXONOMIES)
def test_a_wrong_taxonomy_is_one_line(tmp_path: Path, change: Callable[[str], str], said: str) -> None:
    path = tmp_path / "taxonomy.yaml"
    path.write_text(change((kit.KIT / "taxonomy.yaml").read_text(encoding="utf-8")), encoding="utf-8")

    with pytest.raises(Mistake) as found:
        kit.taxonomy(path)

    assert said in str(found.value)
    assert "\n" not in str(found.value)
