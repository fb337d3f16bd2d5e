"""Two versions of an agent on the same tasks: tau-bench result files, taken through the offline gate.

A file is a JSON list of rows `{task_id, reward, info, traj, trial}`. Each task is an example and its first trial on
a side is a run, recorded through the SDK as a product would. What a row does not say, such as times and ids, is
derived, so that the same two files give the same events.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID, uuid5

from msgspec import Struct
from msgspec.structs import replace

from loopwright.events import (
    Arm,
    BusinessOutcome,
    Change,
    Diff,
    Event,
    Exposure,
    GateDecision,
    MetricRole,
    Surface,
    Takeover,
    TakeoverReason,
    ToolAudited,
    ToolStatus,
    UseCaseSpec,
)
from loopwright.recorder import Recorder, Run
from services.cli.files import make_folder
from services.cli.replay import SLICES_AFTER, USE_CASES, Counted, begin, counted, pass_time, rows_of
from services.cli.taubench_rows import Row, Side, clean, read_side, shortened, text_of
from services.cli.terminal import Tell, console, facts, grid, odds
from services.cli.terminal import count as counting
from services.kernel import kit
from services.kernel.authored import Mistake
from services.kernel.memory import Memory
from services.kernel.settings import Settings
from services.rollout.domain import release_id

NAMES = UUID("3c0b4a52-8a3e-5a0c-9d6b-7c1f6f0e5b21")
"""The namespace of the ids of replayed runs."""

BEGINNING = 1_767_571_200_000
"""Monday 5 January 2026, 00:00 UTC: rows have no times, and virtual time has to begin somewhere."""

STEP_MS = 1_000
"""Virtual time from one event to the next."""

REWARD = "task_success"
"""The business event that says how a task ended: 1 as it should have, else less."""

TRANSFER = "transfer_to_human_agents"

# Some agents keep a tool's result as an assignment in a comment.
_ERROR = re.compile(r"(?:#\s*\w+\s*=\s*)?[\"']?(Error\b.*)", re.DOTALL)


class Evidence(Struct, frozen=True):
    """An e-value with the bound that it is held against."""

    ln_e: float
    odds: str
    ln_bound: float
    bound: str


class Compared(Struct, frozen=True, kw_only=True):
    """What the gate said of a candidate, and on what."""

    verdict: str
    reason: str
    baseline: str
    candidate: str
    change_id: str
    release_id: str
    metric: str
    margin: float
    examples: int
    wins: int
    losses: int
    both_fail: int
    both_ok: int
    left_out: int
    """Tasks that one side lacks."""
    further_trials: dict[str, int]
    """Trials after the first of a task, by side."""
    not_worse: Evidence
    harm: Evidence
    better: Evidence
    decision_id: str
    counted: Counted


def compare(
    baseline: Path, candidate: Path, settings: Settings, *, out: Path, use_case: Path | None = None, tell: Tell
) -> Compared:
    """Propose the candidate in the baseline's place and take the change through the offline gate.

    Raises:
        Mistake: a file, the use case or the folder is no good.

    """
    started = perf_counter()
    path = use_case or USE_CASES / "agent-tasks.yaml"
    spec = kit.use_case(path).spec()
    _check_measurable(spec, path)
    sides = told_apart(read_side(baseline), read_side(candidate))
    make_folder(out, baseline, candidate)
    clock = count(BEGINNING, STEP_MS).__next__
    arrivals = [
        arrival
        for arm, side in sides.items()
        for row in side.rows
        for arrival in recorded(row, arm, side, spec, settings, release=release_id(change_id(sides)), clock=clock)
    ]
    # Proposed when all runs are long over: a task that one side lacks is then left out before the gate's deadline.
    pause = SLICES_AFTER * max(spec.policy.slice_ms, settings.marks_every_ms)
    change = propose(sides, spec, at=arrivals[-1][0] + pause)
    memory = begin(settings, [spec], at=BEGINNING)
    for at, event in arrivals:
        memory.send("runs.raw", event, at=at)
    memory.send("changes", change, at=change.occurred_at)
    times = [*(at for at, _ in arrivals), change.occurred_at]
    pass_time(memory, times, step=settings.marks_every_ms, tell=tell)
    latest = memory.now + spec.policy.offline_deadline_ms + 2 * pause
    decision = _wait_for_decision(memory, until=latest, step=pause)
    numbers = counted(memory, [spec], settings, out=out, seconds=lambda: perf_counter() - started)
    return _compared(decision, sides, change, numbers)


def told_apart(baseline: Side, candidate: Side) -> dict[Arm, Side]:
    """Both sides under different names: files in two folders may have the same, and may even be the same."""
    name = candidate.name
    if name == baseline.name:
        same = candidate.digest == baseline.digest
        name = f"{name}@{candidate.digest[:8]}{'-again' if same else ''}"
    return {Arm.BASELINE: baseline, Arm.CANDIDATE: replace(candidate, name=name)}


def change_id(sides: Mapping[Arm, Side]) -> str:
    """Derived from the two files, so that the runs can name the release before it is proposed."""
    before, after = sides[Arm.BASELINE], sides[Arm.CANDIDATE]
    both = sha256(f"{before.digest}/{after.digest}".encode()).hexdigest()
    return f"{before.name}-to-{after.name}-{both[:8]}"


def propose(sides: Mapping[Arm, Side], spec: UseCaseSpec, *, at: int) -> Change:
    """The one change: the candidate in the baseline's place, with every task of either side as an example."""
    before, after = sides[Arm.BASELINE], sides[Arm.CANDIDATE]
    tasks = {row.task for side in sides.values() for row in side.rows}
    return Change(
        change_id=change_id(sides),
        use_case_id=spec.use_case_id,
        surface=Surface.AGENT_WORKFLOW,
        title=f"{after.name} in place of {before.name}",
        diff=(Diff(path="agent", from_digest=before.digest, to_digest=after.digest),),
        from_version=before.name,
        to_version=after.name,
        metric=next(one.name for one in spec.metrics if one.role is MetricRole.GOAL),
        expected_ratio=1.0,
        examples=tuple(sorted(tasks, key=lambda task: (len(task), task))),
        author="loopwright replay",
        rollback_target=before.name,
        occurred_at=at,
    )


class _Kept(list[tuple[int, Event]]):
    """A sink that keeps what it is given."""

    def write(self, event: Event, at: int) -> None:
        """Take one event."""
        self.append((at, event))


def recorded(
    row: Row,
    arm: Arm,
    side: Side,
    spec: UseCaseSpec,
    settings: Settings,
    *,
    release: str,
    clock: Callable[[], int],
) -> list[tuple[int, Event]]:
    """One row as the run events that a product would have sent, and when."""
    cause = f"{side.digest}/{arm}/{row.task}/{row.place}"
    number = count()
    kept = _Kept()
    recorder = Recorder(
        kept,
        use_case_id=spec.use_case_id,
        bucket_key=settings.bucket_key.get_secret_value().encode(),
        clock=clock,
        new_id=lambda: str(uuid5(NAMES, f"{cause}/{next(number)}")),
        workflow_version=side.name,
        release_id=release,
        arm=arm,
        exposure=Exposure.OFFLINE,
        intent=spec.intents[0] if len(spec.intents) == 1 else "",
    )
    run_id = str(uuid5(NAMES, cause))
    with recorder.run(session_id=f"session-{run_id}", run_id=run_id, eval_case_id=row.task) as run:
        _tell(run, row.messages)
        # A crashed run is a failure, whatever reward its row carries.
        run.add(BusinessOutcome, name=REWARD, value=0.0 if row.crash else row.reward)
        if row.crash:
            run.failed(row.crash)
    return kept


def _tell(run: Run, messages: Sequence[Mapping[str, Any]]) -> None:
    """Say what a trajectory's messages say, each at its place; the system's and other roles' are not events."""
    results = _results(messages)
    for place, message in enumerate(messages):
        step, text = f"{place}", text_of(message.get("content"))
        if message["role"] == "user":
            run.turn(text, step_id=step)
        elif message["role"] == "assistant":
            if text:
                run.answer(text, step_id=step)
            for nth, call in enumerate(message.get("tool_calls") or ()):
                _tell_call(run, call, step, results.get((place, nth)))


def _tell_call(run: Run, call: Mapping[str, Any], step: str, result: str | None) -> None:
    tool = clean(call["function"]["name"])
    if tool == TRANSFER:
        # The trajectory does not say whether the policy asked for it.
        run.add(Takeover, reason=TakeoverReason.UNKNOWN, point=tool, step_id=step)
        return
    arguments = text_of(call["function"].get("arguments"))
    status, error = outcome_of(result)
    run.add(
        ToolAudited,
        call_id=clean(str(call.get("id") or f"step-{step}")),
        tool=tool,
        args=arguments,
        args_hash=sha256(arguments.encode()).hexdigest(),
        status=status,
        error_code=error,
        step_id=step,
    )


def _results(messages: Sequence[Mapping[str, Any]]) -> dict[tuple[int, int], str]:
    """What each tool call gave, by the place of its message and its place there: by call id, else in order."""
    found: dict[tuple[int, int], str] = {}
    waiting: list[tuple[tuple[int, int], object]] = []
    for place, message in enumerate(messages):
        if message["role"] == "assistant" and message.get("tool_calls"):
            waiting = [((place, nth), call.get("id")) for nth, call in enumerate(message["tool_calls"])]
        elif message["role"] == "tool" and waiting:
            call_id = message.get("tool_call_id")
            mine = next((one for one in waiting if call_id is not None and one[1] == call_id), waiting[0])
            waiting.remove(mine)
            found[mine[0]] = text_of(message.get("content"))
    return found


def outcome_of(result: str | None) -> tuple[ToolStatus, str]:
    """How a tool call ended, by its result, and the error in a few words."""
    if result is None:
        return ToolStatus.UNKNOWN, "no result was recorded"
    match = _ERROR.match(result)
    return (ToolStatus.ERROR, shortened(match[1])) if match else (ToolStatus.OK, "")


def _check_measurable(spec: UseCaseSpec, path: Path) -> None:
    """Refuse a metric that no row can give a value: missing counts against the candidate, so all would fail."""
    for metric in spec.metrics:
        if metric.event not in ("", REWARD):
            raise Mistake(
                f"{path}: metric {metric.name} needs the business event {metric.event}, which tau-bench results do "
                f"not have; measure it by {REWARD}, or give another use case with --use-case"
            )


def _wait_for_decision(memory: Memory, *, until: int, step: int) -> GateDecision:
    """The gate's word on the change; it may have to wait for tasks that one side lacks.

    Raises:
        Mistake: the change was set aside, so nothing will be said.

    """
    while memory.now < until and not memory.read("gates", GateDecision) and "changes.dead" not in memory.dead():
        memory.run(memory.now + step)
    if found := memory.read("gates", GateDecision):
        return found[-1]
    dead = memory.dead().get("changes.dead")
    why = dict(dead[0].headers)["dead.error"].decode() if dead else "the gate said nothing"
    raise Mistake(f"no decision: {why}; give files with other names or fewer tasks")


def _compared(decision: GateDecision, sides: Mapping[Arm, Side], change: Change, numbers: Counted) -> Compared:
    goal = next(one for one in decision.metrics if one.metric == change.metric)
    return Compared(
        verdict=decision.verdict.value,
        reason=decision.reason.value,
        baseline=sides[Arm.BASELINE].name,
        candidate=sides[Arm.CANDIDATE].name,
        change_id=change.change_id,
        release_id=decision.release_id,
        metric=goal.metric,
        margin=goal.margin,
        examples=len(change.examples),
        wins=goal.wins,
        losses=goal.losses,
        both_fail=goal.baseline_fail - goal.wins,
        both_ok=goal.baseline_ok - goal.losses,
        left_out=goal.left_out,
        further_trials={arm.value: side.further for arm, side in sides.items()},
        not_worse=_held(goal.log_e_promote, decision.bound),
        harm=_held(decision.log_e_rollback, decision.rollback_bound),
        better=_held(goal.log_e_improve, decision.bound),
        decision_id=decision.decision_id,
        counted=numbers,
    )


def _held(ln_e: float, bound: float) -> Evidence:
    return Evidence(ln_e, odds(ln_e), bound, odds(bound))


def print_compared(one: Compared) -> None:
    """The verdict and what it rests on, for a person."""
    screen = console()
    screen.print(facts(list(_facts(one))))
    screen.print()
    claims = {
        f"not worse by {one.margin:.0%}": one.not_worse,
        "worse, in any metric": one.harm,
        "better": one.better,
    }
    rows = [
        (claim, f"{held.ln_e:.2f}", held.odds, f"{held.ln_bound:.2f}", held.bound) for claim, held in claims.items()
    ]
    screen.print(grid(("candidate is", "ln e", "evidence", "ln bound", "bound"), rows))


def _facts(one: Compared) -> Iterator[tuple[str, str]]:
    yield "verdict", f"{one.verdict} ({one.reason})"
    yield "change", f"{one.candidate} in place of {one.baseline}"
    yield "metric", one.metric
    yield "tasks", counting(one.examples, "example")
    yield "wins, losses", f"{one.wins} fixed, {one.losses} broken"
    yield "both alike", f"{one.both_fail} fail, {one.both_ok} ok"
    yield "left out", f"{counting(one.left_out, 'task')} that one side lacks" if one.left_out else "none"
    if any(one.further_trials.values()):
        listed = ", ".join(f"{number:,} of the {side.lower()}" for side, number in one.further_trials.items())
        yield "", f"trials after the first of a task: {listed}"
    yield from rows_of(one.counted)
    yield "time", f"{one.counted.seconds:.1f} s"
