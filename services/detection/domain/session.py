"""What the order of a conversation shows: rephrases, corrections, abandonment; and when each run is measured.

Whatever rests on order or on silence waits until the lateness has passed, and then sees only what happened up
to the moment that it judges. So for one session any order, duplication or delay within the lateness gives the
same signals and outcomes. Evidence that came later still makes its own signal, and moves no decision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from loopwright.events import (
    Answer,
    Event,
    Exposure,
    FailureLocus,
    ReasonCode,
    RunEvent,
    RunFinished,
    RunStatus,
    Severity,
    Signal,
    SignalKind,
    Takeover,
    UseCaseSpec,
    UserTurn,
)
from loopwright.sketch import similarity
from services.detection.domain.evidence import TELLING, alarms, signal, signals
from services.detection.domain.outcomes import Fact, Run, due, facts_of, gather, measurable, outcome
from services.kernel.stage import Awaited, Refs

REPHRASE_SIMILARITY = 0.3
"""At this similarity of two sketches, a second request is the first one asked again. Measured on rewrites of the turn
before (CANARD, TREC CAsT): finds about 80 %, takes 2 % of other turns for rewrites."""

REPHRASE_WINDOW_MS = 30 * 60 * 1000
"""A request that comes later than this after the one before it is a new one, however similar."""

MOST_RUNS = 256
"""Open runs that one session may have; beyond that events of new runs make signals only, and no outcome."""


class Turn(Struct, frozen=True, gc=False):
    """A request, until nothing can be judged by it any more."""

    event: UserTurn
    lateness_ms: int
    kept_until: int
    """No later request or silence can be judged by it after this."""
    judged: bool = False

    @property
    def conversation(self) -> str:
        """What it is compared within: the session, or an offline run, which knows of no other."""
        return self.event.run_id if self.event.exposure is Exposure.OFFLINE else ""

    @property
    def place(self) -> tuple[str, int, str]:
        """Its place in the conversation."""
        return self.conversation, self.event.occurred_at, self.event.event_id


class Ending(Struct, frozen=True, gc=False):
    """A run that ended badly: silence after it is abandonment."""

    event: Answer | RunFinished
    silent_until: int
    lateness_ms: int


class Session(Struct, frozen=True, gc=False):
    """What detection remembers of a conversation."""

    runs: tuple[Run, ...] = ()
    turns: tuple[Turn, ...] = ()
    endings: tuple[Ending, ...] = ()
    takeovers: tuple[tuple[str, int], ...] = ()
    """Runs that a person took over, and when."""


Step = tuple[Session | None, Sequence[Event]]


def observe(refs: Refs, session: Session, event: RunEvent) -> Step:
    """Take in one event: say at once what it shows by itself, and keep what later judgements need.

    Raises:
        Awaited: its use case's spec is not there.

    """
    spec = spec_of(refs, event)
    telling = type(event) in TELLING
    shown: list[Signal] = list(signals(spec, event)) if telling else []
    said: list[Event] = [*shown, *alarms(spec, event)] if telling else []
    if _too_late(refs, spec, event):
        return session, said  # what it could have changed has been decided
    faults = (one for one in shown if one.reason_code is not ReasonCode.NOT_A_FAULT)
    facts = (*facts_of(event), *(Fact(one.occurred_at, "signal", one.kind) for one in faults))
    session = _with_run(session, spec, event, facts)
    match event:
        case UserTurn():
            session = replace(session, turns=(*session.turns, _turn(spec, event)))
        case RunFinished(status=status) if status is not RunStatus.OK:
            session = _ended(session, spec, event)
        case Answer(refused=True):
            session = _ended(session, spec, event)
        case Takeover():
            session = replace(session, takeovers=(*session.takeovers, (event.run_id, event.occurred_at)))
    return _offline(session, spec, event, said)


def late(refs: Refs, event: RunEvent) -> bool:
    """Whether an event comes later than its use case allows."""
    return _too_late(refs, spec_of(refs, event), event)


def _too_late(refs: Refs, spec: UseCaseSpec, event: RunEvent) -> bool:
    return event.occurred_at + spec.policy.lateness_ms <= refs.time


def wakes_at(session: Session) -> int | None:
    """The earliest moment at which something can be judged; with nothing left to judge, the last to forget."""
    times = [due(run) for run in session.runs]
    times += [turn.event.occurred_at + turn.lateness_ms for turn in session.turns if not turn.judged]
    times += [ending.silent_until + ending.lateness_ms for ending in session.endings]
    return min(times) if times else max((turn.kept_until for turn in session.turns), default=None)


def judge(refs: Refs, session: Session, time: int) -> Step:
    """Judge all that can be judged at this time: first the order of requests, then silence, then whole runs."""
    said: list[Event] = []
    session = _judge_turns(session, said, lambda turn: turn.event.occurred_at + turn.lateness_ms <= time)
    session = _judge_endings(session, said, time)
    session = _measure(refs, session, said, time)
    session = _forget(session, time)
    return (session if session.runs or session.endings or session.turns else None), said


def spec_of(refs: Refs, event: RunEvent) -> UseCaseSpec:
    """The spec whose version capture stamped.

    Raises:
        Awaited: there is no such version.

    """
    spec = refs.get("usecases", f"{event.use_case_id}@{event.spec_version}", UseCaseSpec)
    if spec is None:
        raise Awaited("unknown_use_case", f"no spec {event.use_case_id}@{event.spec_version}")
    return spec


def _with_run(session: Session, spec: UseCaseSpec, event: RunEvent, facts: tuple[Fact, ...]) -> Session:
    runs = session.runs
    for n, run in enumerate(runs):
        if run.run_id == event.run_id:
            return replace(session, runs=(*runs[:n], _begun(gather(run, event, facts), spec, event), *runs[n + 1 :]))
    if len(runs) >= MOST_RUNS:
        return session
    fresh = Run(event.run_id, spec.policy.lateness_ms, _horizons(spec), event.occurred_at)
    return replace(session, runs=(*runs, gather(fresh, event, facts)))


def _begun(run: Run, spec: UseCaseSpec, event: RunEvent) -> Run:
    """Its first event says under which spec a run is measured, whichever of its events came first."""
    if run.first is not event or not run.horizons:
        return run
    return replace(run, horizons=_horizons(spec), lateness_ms=spec.policy.lateness_ms)


def _horizons(spec: UseCaseSpec) -> tuple[int, ...]:
    return tuple(sorted({metric.horizon_ms for metric in spec.metrics}))


def _ended(session: Session, spec: UseCaseSpec, event: Answer | RunFinished) -> Session:
    if event.exposure is Exposure.OFFLINE:
        return session  # nobody was there who could have given up
    ending = Ending(event, event.occurred_at + spec.patience_ms, spec.policy.lateness_ms)
    return replace(session, endings=(*session.endings, ending))


def _offline(session: Session, spec: UseCaseSpec, event: RunEvent, said: list[Event]) -> Step:
    """An offline run has nobody who might still say something: it is measured as soon as it is whole."""
    run = next((one for one in session.runs if one.run_id == event.run_id), None)
    if run is None or not measurable(run, spec):
        return session, said
    session = _judge_turns(session, said, lambda turn: turn.event.run_id == event.run_id)
    run = next(one for one in session.runs if one.run_id == event.run_id)
    said += [found for horizon in run.horizons if (found := outcome(run, spec, horizon))]
    runs = tuple(one for one in session.runs if one.run_id != event.run_id)
    turns = tuple(turn for turn in session.turns if turn.conversation != event.run_id)
    session = replace(session, runs=runs, turns=turns)
    return (session if session.runs or session.endings or session.turns else None), said


def _judge_turns(session: Session, said: list[Event], ready: Callable[[Turn], bool]) -> Session:
    """Judge each request that is ready by the one before it."""
    if all(turn.judged or not ready(turn) for turn in session.turns):
        return session
    turns = sorted(session.turns, key=lambda turn: turn.place)
    found: list[Signal] = []
    for before, turn in pairwise(turns):
        if not turn.judged and ready(turn) and before.conversation == turn.conversation:
            found += _asked_again(before.event, turn.event)
    said += found
    judged = [replace(turn, judged=True) if ready(turn) else turn for turn in turns]
    runs = tuple(_told(run, found) for run in session.runs)
    return replace(session, turns=tuple(judged), runs=runs)


def _told(run: Run, found: Sequence[Signal]) -> Run:
    about = [Fact(one.occurred_at, "signal", one.kind) for one in found if one.run_id == run.run_id]
    return replace(run, facts=tuple(sorted({*run.facts, *about}))) if about else run


def _asked_again(before: UserTurn, turn: UserTurn) -> Iterator[Signal]:
    """What a request says about the answer to the one before it."""
    if turn.occurred_at - before.occurred_at > REPHRASE_WINDOW_MS:
        return
    if turn.text.correction:
        yield signal(
            before, SignalKind.CORRECTION, ReasonCode.INSTRUCTION_MISS, FailureLocus.PROMPT_DECISION,
            strength=0.8, severity=Severity.MEDIUM, seen=turn,
        )  # fmt: skip
    # Other numbers or ids make it another question, however alike the words are.
    other = before.text.numbers and turn.text.numbers and before.text.numbers != turn.text.numbers
    likeness = 0.0 if other else similarity(before.text.sketch, turn.text.sketch)
    if likeness >= REPHRASE_SIMILARITY and turn.text.negation == before.text.negation:
        yield signal(
            before, SignalKind.REPHRASE, ReasonCode.INSTRUCTION_MISS, FailureLocus.PROMPT_DECISION,
            strength=likeness, severity=Severity.LOW, seen=turn,
        )  # fmt: skip


def _judge_endings(session: Session, said: list[Event], time: int) -> Session:
    """A run ended badly and its user said nothing more: they gave up. A person who took over speaks for them."""
    ripe = [one for one in session.endings if one.silent_until + one.lateness_ms <= time]
    if not ripe:
        return session
    found = [
        signal(
            one.event, SignalKind.ABANDONMENT, _abandoned_for(one.event), FailureLocus.PROMPT_DECISION,
            strength=0.7, severity=Severity.MEDIUM,
        )
        for one in ripe
        if not any(one.event.occurred_at < turn.event.occurred_at <= one.silent_until for turn in session.turns)
        and not any(run == one.event.run_id and at <= one.silent_until for run, at in session.takeovers)
    ]  # fmt: skip
    silent = {one.event.event_id: one.silent_until for one in ripe}
    found = [replace(one, occurred_at=silent[one.evidence[0]]) for one in found]
    said += found
    endings = tuple(one for one in session.endings if one not in ripe)
    return replace(session, endings=endings, runs=tuple(_told(run, found) for run in session.runs))


def _abandoned_for(event: RunEvent) -> ReasonCode:
    return ReasonCode.WRONG_REFUSAL if isinstance(event, Answer) else ReasonCode.TOOL_ERROR


def _measure(refs: Refs, session: Session, said: list[Event], time: int) -> Session:
    """Measure each run at the horizons that have passed; after the last, keep it only while more of it may come."""
    if all(due(run) > time for run in session.runs):
        return session
    left = []
    for run in session.runs:
        while run.horizons and due(run) <= time:
            if run.first is not None:
                found = outcome(run, spec_of(refs, run.first), run.horizons[0])
                said += [found] if found else []
            run = replace(run, horizons=run.horizons[1:] if run.first is not None else ())  # noqa: PLW2901
        if run.horizons or (run.first is not None and not run.whole and due(run) > time):
            left.append(run)
    return replace(session, runs=tuple(left))


def _forget(session: Session, time: int) -> Session:
    """Drop what nothing can be judged by any more."""
    turns = tuple(turn for turn in session.turns if not turn.judged or turn.kept_until > time)
    waiting = {run.run_id for run in session.runs} | {one.event.run_id for one in session.endings}
    takeovers = tuple(one for one in session.takeovers if one[0] in waiting)
    return replace(session, turns=turns, takeovers=takeovers)


def _turn(spec: UseCaseSpec, event: UserTurn) -> Turn:
    lateness = spec.policy.lateness_ms
    return Turn(event, lateness, event.occurred_at + max(REPHRASE_WINDOW_MS, spec.patience_ms) + lateness)
