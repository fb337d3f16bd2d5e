"""Real trajectories through the loop on Kafka: the gate says of two versions of an agent what it says in memory.

In memory the shipped use case is taken, whose waits are days of virtual time; on Kafka one whose waits are seconds.
Error levels and margins are the same, and the waits have no part in the evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import TypeVar

import pytest
from msgspec.structs import replace

from loopwright.codec import CODEC
from loopwright.events import GateDecision, UseCaseSpec
from services.cli import taubench
from services.cli.replay import USE_CASES
from services.cli.taubench_rows import read_side
from services.kernel import kit
from services.kernel.clock import now_ms
from services.kernel.settings import load
from services.rollout.domain import release_id
from tests.chaos.loop import Loop, Told, on_kafka, read, send, wait_for
from tests.factories import SECOND
from tests.kafka import Kafka

pytestmark = pytest.mark.kafka

T = TypeVar("T")

WITHIN_S = 240
"""How long a gate may take: what one side lacks is left out when the waits below are over, a minute and more."""


def hurried() -> UseCaseSpec:
    """The shipped use case with waits of seconds."""
    shipped = kit.use_case(USE_CASES / "agent-tasks.yaml").spec()
    waits = {"slice_ms": 2 * SECOND, "lateness_ms": 30 * SECOND, "offline_deadline_ms": 60 * SECOND}
    policy = replace(shipped.policy, **waits)
    metrics = tuple(replace(metric, horizon_ms=SECOND) for metric in shipped.metrics)
    return replace(shipped, policy=policy, metrics=metrics)


def compare_on(loop: Loop, baseline: Path, candidate: Path, spec: UseCaseSpec) -> None:
    """Send what two files say, some rows of both at a time and each as of now, and then the change."""
    sides = taubench.told_apart(read_side(baseline), read_side(candidate))
    release = release_id(taubench.change_id(sides))
    rows = [(arm, side, row) for arm, side in sides.items() for row in side.rows]
    rows.sort(key=lambda one: (len(one[2].task), one[2].task))
    for chunk in batched(rows, 20):
        clock = count(now_ms()).__next__
        told = [
            Told(0, "runs.raw", event)
            for arm, side, row in chunk
            for _, event in taubench.recorded(row, arm, side, spec, loop.settings, release=release, clock=clock)
        ]
        send(loop.servers, loop.prefix, told, start=0)
    change = taubench.propose(sides, spec, at=now_ms())
    send(loop.servers, loop.prefix, [Told(0, "changes", change)], start=0)


def batched(rows: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (rows[n : n + size] for n in range(0, len(rows), size))


@pytest.mark.parametrize(("version", "verdict"), [("tool-calling-l1-4o", "PASS"), ("assertions-100", "FAIL")])
def test_two_versions_of_an_agent_get_the_verdict_that_they_get_in_memory(
    version: str, verdict: str, kafka: Kafka, prefix: str, tmp_path: Path, shared_data: Path
) -> None:
    retail = shared_data / "taubench-retail"
    files = retail / "tool-calling-l0-4o.json.gz", retail / f"{version}.json.gz"
    memory = taubench.compare(*files, load({}), out=tmp_path / "memory", tell=lambda _share, _what: None)
    assert memory.verdict == verdict
    spec = hurried()

    with Loop(kafka.bootstrap_servers, prefix, tmp_path) as loop:
        send(loop.servers, prefix, [Told(0, "usecases", spec)], start=0)
        compare_on(loop, *files, spec)

        def decisions() -> list[GateDecision]:
            found = (CODEC.decode(one.value) for one in read(loop.servers, [f"{prefix}gates"])[f"{prefix}gates"])
            return [one for one in found if isinstance(one, GateDecision)]

        wait_for(lambda: bool(decisions()), WITHIN_S, lambda: "".join(one.said()[-300:] for one in loop.processes))
        decision = decisions()[-1]
        assert on_kafka(loop.servers, prefix).dead == {}

    goal = next(one for one in decision.metrics if one.metric == memory.metric)
    assert (decision.verdict.value, decision.reason.value) == (memory.verdict, memory.reason)
    assert decision.release_id == memory.release_id
    assert (goal.wins, goal.losses, goal.left_out) == (memory.wins, memory.losses, memory.left_out)
    assert (goal.log_e_promote, goal.log_e_improve) == (memory.not_worse.ln_e, memory.better.ln_e)
    assert (decision.log_e_rollback, decision.bound) == (memory.harm.ln_e, memory.not_worse.ln_bound)
    assert decision.rollback_bound == memory.harm.ln_bound
