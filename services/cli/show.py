"""One run as a story: who, which versions, each event in order, and what the loop made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from loopwright.events import (
    ActionReconciled,
    ActionStatus,
    Alarm,
    Answer,
    BusinessOutcome,
    Case,
    DecisionSnapshot,
    ExplicitFeedback,
    Exposure,
    Measure,
    Outcome,
    ReasonCode,
    RunEvent,
    RunFinished,
    RunStatus,
    Signal,
    Takeover,
    TextRef,
    ToolAudited,
    ToolStatus,
    UserTurn,
)
from services.cli.files import read_topic, topic_file
from services.cli.recording import ANY_RUN_EVENT
from services.cli.terminal import console, count, facts, printable, span, when
from services.kernel.authored import Mistake

A_FEW = 3
"""How many run ids a message names to say what they look like."""

_VERSIONS = {
    "workflow_version": "workflow",
    "prompt_version": "prompt",
    "policy_pack_id": "policy pack",
    "tool_policy_id": "tool policy",
    "model_id": "model",
}


class Story(Struct, frozen=True, kw_only=True):
    """All that is known of one run."""

    run_id: str
    events: tuple[RunEvent, ...]
    """Numbered ones in their order, then what was told from outside."""
    signals: tuple[Signal, ...]
    outcomes: tuple[Outcome, ...]
    alarms: tuple[Alarm, ...]
    cases: tuple[Case, ...]


def read_story(folder: Path, wanted: str) -> Story:
    """The run whose id is this or begins with it, from the files that a replay wrote.

    Raises:
        Mistake: there is none or more than one, or the folder is no such folder.

    """
    events = _one_run(folder, wanted)
    run_id = events[0].run_id
    signals = _about(folder, "signals", Signal, run_id)
    return Story(
        run_id=run_id,
        events=tuple(sorted(events, key=lambda one: (one.seq < 0, one.seq, one.occurred_at))),
        signals=tuple(sorted(signals, key=lambda one: (one.occurred_at, one.signal_id))),
        outcomes=tuple(sorted(_about(folder, "outcomes", Outcome, run_id), key=lambda one: one.horizon_ms)),
        alarms=tuple(sorted(_about(folder, "alarms", Alarm, run_id), key=lambda one: one.occurred_at)),
        cases=tuple(_cases(folder, {one.fingerprint for one in signals})),
    )


def _one_run(folder: Path, wanted: str) -> list[RunEvent]:
    """The events of the one run that is meant."""
    path = topic_file(folder, "runs")
    if not path.is_file():
        raise Mistake(f"{folder}: there is no {path.name} in it; give the folder that `loopwright replay --out` wrote")
    meant: dict[str, list[RunEvent]] = {}
    others: dict[str, None] = {}
    for event in read_topic(folder, "runs", ANY_RUN_EVENT):
        if event.run_id.startswith(wanted):
            meant.setdefault(event.run_id, []).append(event)
        elif len(others) < A_FEW:
            others[event.run_id] = None
    if wanted in meant:
        return meant[wanted]
    if len(meant) == 1:
        return next(iter(meant.values()))
    name = repr(printable(wanted))
    if meant:
        raise Mistake(f"{name} begins {len(meant):,} runs, such as {_listed(meant)}; write more of the id")
    raise Mistake(f"no run begins with {name} in {path}; runs there are, for example, {_listed(others)}")


def _listed(run_ids: dict[str, Any]) -> str:
    return ", ".join(printable(one) for one in list(run_ids)[:A_FEW])


def _about(folder: Path, topic: str, kind: Any, run_id: str) -> list[Any]:
    having = b'"run_id":' + msgspec.json.encode(run_id)
    return [one for one in read_topic(folder, topic, kind, having) if one.run_id == run_id]


def _cases(folder: Path, case_ids: set[str]) -> list[Case]:
    """The last value of each case."""
    every: Iterator[Case] = read_topic(folder, "cases", Case)
    found = {one.case_id: one for one in every if one.case_id in case_ids}
    return sorted(found.values(), key=lambda one: (one.first_seen, one.case_id))


def print_story(story: Story) -> None:
    """The story, for a person: one line for each thing that happened."""
    screen = console()
    numbered = [one for one in story.events if one.seq >= 0]
    outside = [one for one in story.events if one.seq < 0]
    began = min(one.occurred_at for one in numbered or outside)
    screen.print(facts(list(_whose(story, numbered))))
    parts = (
        ("what happened", [_line(one, began) for one in numbered]),
        ("told from outside", [_line(one, began) for one in outside]),
        ("signals", [_signal(one) for one in story.signals]),
        ("outcomes", [_outcome(one) for one in story.outcomes]),
        ("alarms", [_alarm(one) for one in story.alarms]),
        ("cases", [_case(one) for one in story.cases]),
    )
    for title, rows in parts:
        screen.print(f"\n{title}", style="bold")
        for row in rows or ["none"]:
            screen.print(f"  {printable(row)}", markup=False, soft_wrap=True)


def as_json(story: Story) -> dict[str, Any]:
    """The same as plain values."""
    found: dict[str, Any] = msgspec.to_builtins(story)
    return found


def _whose(story: Story, numbered: Sequence[RunEvent]) -> Iterator[tuple[str, str]]:
    first, last = story.events[0], story.events[-1]
    if numbered:
        last = numbered[-1]
    expected = last.events if isinstance(last, RunFinished) else 0
    yield "run", story.run_id
    yield "use case", f"{first.use_case_id}, spec {first.spec_version}"
    yield "when", f"{when(first.occurred_at)}, for {span(last.occurred_at - first.occurred_at)}"
    yield "who", f"{first.user_id or 'no user'}, bucket {first.user_bucket}, session {first.session_id}"
    said = [name for name in (first.role, first.cohort_id, first.intent) if name]
    if said:
        yield "role, cohort, intent", ", ".join(said)
    versions = [f"{word} {getattr(first, name)}" for name, word in _VERSIONS.items() if getattr(first, name)]
    yield "versions", ", ".join(versions) or "none named"
    if first.release_id:
        yield "release", f"{first.release_id}, {first.arm}, stage {first.release_stage}"
    if first.exposure is not Exposure.LIVE:
        yield "exposure", f"{first.exposure}, example {first.eval_case_id}"
    missing = max(expected - len(numbered), 0)
    yield "events", f"{len(numbered)} of {expected or 'an unknown number'}{', some are missing' if missing else ''}"


def _line(event: RunEvent, began: int) -> str:
    after = event.occurred_at - began
    number = f"{event.seq:>3}" if event.seq >= 0 else "  -"
    step = f" (step {event.step_id})" if event.step_id else ""
    return f"{number}  {'-' if after < 0 else '+'}{span(abs(after)):<8} {_said(event)}{step}"


def _said(event: RunEvent) -> str:
    """One event as a sentence."""
    say = _SENTENCES.get(type(event))
    return say(event) if say else type(event).__name__


def _answered(event: Answer) -> str:
    cited = f", citing {', '.join(one.source_id for one in event.citations)}" if event.citations else ""
    refused = f", refusing: {event.refusal_reason or 'no reason given'}" if event.refused else ""
    return f"the system answered: {_text(event.text)}{cited}{refused}"


def _called(event: ToolAudited) -> str:
    went = "ok" if event.status is ToolStatus.OK else f"{event.status}: {event.error_code or 'no error code'}"
    used = f", with {event.scope_used}" if event.scope_used else ""
    return f"tool {event.tool}{used}: {went}"


def _decided(event: DecisionSnapshot) -> str:
    sources = ", ".join(f"{one.source_id}@{one.version or '?'}" for one in event.retrieved)
    chosen = f", chose {event.chosen}" if event.chosen else ""
    return f"decision {event.decision_point}{chosen}{', retrieved ' + sources if sources else ''}"


def _gave_feedback(event: ExplicitFeedback) -> str:
    why = f", {event.reason_code}" if event.reason_code is not ReasonCode.UNKNOWN else ""
    comment = f", comment: {_text(event.comment)}" if event.comment.length else ""
    return f"{event.polarity} feedback from {event.source_kind}: {event.name} {event.value}{why}{comment}"


def _ended(event: RunFinished) -> str:
    return f"the run ended {'ok' if event.status is RunStatus.OK else f'{event.status}: {event.error_code}'}"


_SENTENCES: dict[type[RunEvent], Callable[[Any], str]] = {
    UserTurn: lambda event: f"the user asked: {_text(event.text)}",
    Answer: _answered,
    ToolAudited: _called,
    DecisionSnapshot: _decided,
    ActionReconciled: lambda event: f"action {event.action_id} on {event.target or 'no record'}: {_effect(event)}",
    Takeover: lambda event: f"a person took over: {event.reason}{', at ' + event.point if event.point else ''}",
    ExplicitFeedback: _gave_feedback,
    BusinessOutcome: lambda event: f"business event {event.name}: {event.value:g} {event.unit}".rstrip(),
    RunFinished: _ended,
}


def _effect(event: ActionReconciled) -> str:
    if event.status is not ActionStatus.EXECUTED:
        return event.status
    return "executed as proposed" if event.executed_hash == event.proposed_hash else "executed otherwise than proposed"


def _text(text: TextRef) -> str:
    """What is left of a text: its size and cues, and its words only where the use case keeps them, redacted."""
    cues = [name for name in ("correction", "negation", "thanks", "escalation") if getattr(text, name)]
    size = f"{count(text.length, 'character')}, {count(text.tokens, 'word')}"
    kept = f", “{text.text}”" if text.text else ""
    return f"{size}{'; cues: ' + ', '.join(cues) if cues else ''}{kept}"


def _signal(one: Signal) -> str:
    step = f", step {one.step_id}" if one.step_id else ""
    return (
        f"{one.kind}: {one.reason_code} at {one.failure_locus}{step}, strength {one.strength:.2f}, "
        f"severity {one.severity} ({one.cause}; case {one.fingerprint[:8]})"
    )


def _outcome(one: Outcome) -> str:
    values = ", ".join(_measure(measure) for measure in one.metrics)
    return f"after {span(one.horizon_ms)}: {values or 'nothing matures'}"


def _measure(one: Measure) -> str:
    value = f"unmeasured ({one.unmeasured})" if one.unmeasured else "bad" if one.bad >= 1 else "good"
    return f"{one.name} {value}"


def _alarm(one: Alarm) -> str:
    step = f", step {one.step_id}" if one.step_id else ""
    return f"{one.control_failure}{step}: {one.predicate}"


def _case(one: Case) -> str:
    signals = sum(share.signals for share in one.use_cases)
    return (
        f"{one.case_id[:8]} {one.title}: {count(signals, 'signal')}, {one.severity}, {one.status}, "
        f"owner {one.owner}. {one.advice}"
    )
