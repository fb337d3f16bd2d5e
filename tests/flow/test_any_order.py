"""Order, duplication, delay within the lateness, batches, partitions and restarts change nothing that is decided.

The engine is unsorted: histories are thrown at the memory shell as a careless network would deliver them.
"""

from collections import Counter
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import msgspec
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from loopwright.events import (
    ActionReconciled,
    ActionStatus,
    Alarm,
    Answer,
    Arm,
    BusinessOutcome,
    Case,
    DecisionSnapshot,
    ExplicitFeedback,
    Exposure,
    FeedbackTarget,
    Outcome,
    Polarity,
    ReasonCode,
    RetrievedSource,
    RunEvent,
    RunFinished,
    RunStatus,
    Signal,
    Takeover,
    TakeoverReason,
    Tally,
    TextRef,
    ToolAudited,
    ToolStatus,
    UserTurn,
)
from services.kernel import kit
from services.kernel.memory import Memory, Task
from services.kernel.settings import load
from services.loop import stages

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
START = 1_767_571_200_000
SHIPPED = kit.use_case(kit.KIT / "use_cases" / "support-answers.yaml").spec()
SPEC = msgspec.structs.replace(SHIPPED, policy=msgspec.structs.replace(SHIPPED.policy, offline_deadline_ms=DAY))
LATENESS = SPEC.policy.lateness_ms
END = START + 2 * DAY
"""Long after the last horizon, and after the deadline of a lonely offline example."""

TEXTS = (
    "how long do i have to send the kettle back",
    "please how long do i have to send the kettle back",
    "no that is not what i asked",
    "where is order 4711",
    "where is order 4712",
    "thanks",
)


@dataclass(frozen=True)
class Told:
    """One run as somebody might tell it."""

    session: int
    user: int
    minute: int
    text: str
    ending: RunStatus
    tool: ToolStatus
    extras: frozenset[str]
    stage: int
    arm: Arm
    example: int


RUNS = st.builds(
    Told,
    session=st.integers(0, 1),
    user=st.integers(0, 1),
    minute=st.one_of(st.integers(0, 12), st.integers(0, 90)),
    text=st.sampled_from(TEXTS),
    ending=st.sampled_from((RunStatus.OK, RunStatus.OK, RunStatus.ERROR)),
    tool=st.sampled_from((ToolStatus.OK, ToolStatus.ERROR)),
    extras=st.frozensets(
        st.sampled_from(("feedback", "takeover", "stale", "breach", "mismatch", "reopened", "refused", "lost"))
    ),
    stage=st.integers(1, 2),
    arm=st.sampled_from((Arm.BASELINE, Arm.CANDIDATE, Arm.NONE)),
    example=st.sampled_from((1, 2, 3, 0)),
)


def events_of(number: int, told: Told) -> list[RunEvent]:
    """The events of one run; about a quarter of the runs are offline examples."""
    at = START + told.minute * MINUTE + number
    offline = told.example == 0 and told.arm is not Arm.NONE
    arm = (Arm.BASELINE, Arm.CANDIDATE)[number % 2] if offline else told.arm  # one run an example and arm
    common: dict[str, Any] = {
        "session_id": f"offline-{number}" if offline else f"s{told.session}-{told.user}",
        "run_id": f"r{number}",
        "user_id": f"u{told.user}",
        "use_case_id": SPEC.use_case_id,
        "intent": "refund",
        "permission_scope": "orders:read@customer kb:read@public",
        "exposure": Exposure.OFFLINE if offline else Exposure.LIVE,
        "eval_case_id": f"example-{number // 2}" if offline else "",
        "release_id": "" if told.arm is Arm.NONE else "rel",
        "release_stage": 0 if told.arm is Arm.NONE or offline else told.stage,
        "arm": arm,
    }
    made: list[RunEvent] = []

    def add(kind: type[RunEvent], seconds: float, **fields: Any) -> None:
        outside = kind in (ExplicitFeedback, BusinessOutcome)
        seq = -1 if outside else sum(one.seq >= 0 for one in made)
        when = at + round(seconds * 1000)
        made.append(kind(event_id=f"r{number}-{len(made)}", occurred_at=when, seq=seq, **{**common, **fields}))

    add(UserTurn, 0, text=TextRef(text=told.text))
    page = START - (200 * DAY if "stale" in told.extras else DAY)
    source = RetrievedSource(source_id="refund-policy", updated_at=page, scope="kb:read@public")
    add(DecisionSnapshot, 1, decision_point="retrieve", retrieved=(source,))
    scope = "orders:read@tenant" if "breach" in told.extras else "orders:read@customer"
    add(ToolAudited, 2, call_id="c", tool="search_orders", status=told.tool, error_code="E1", scope_used=scope)
    if "mismatch" in told.extras:
        add(ActionReconciled, 2.5, action_id="a", proposed_hash="p", executed_hash="q", status=ActionStatus.EXECUTED)
    add(Answer, 3, text=TextRef(text="here you are"), refused="refused" in told.extras)
    if "takeover" in told.extras:
        add(Takeover, 4, by="agent", reason=TakeoverReason.USER_ASKED)
    add(RunFinished, 5, status=told.ending, events=sum(one.seq >= 0 for one in made) + 1)
    if "feedback" in told.extras:
        add(
            ExplicitFeedback, 200, feedback_id="f", target=FeedbackTarget.RUN, name="thumbs",
            polarity=Polarity.NEGATIVE, reason_code=ReasonCode.FORMAT_FAIL,
        )  # fmt: skip
    if not offline or "reopened" in told.extras:
        add(BusinessOutcome, 7200, name="reopened", value=float("reopened" in told.extras))
    if "lost" in told.extras:
        made.pop(1)
    return made


def run(history: list[tuple[int, RunEvent]], rng: Random | None) -> Memory:
    """The pipeline over events with their append times; with `rng`, cut, interleaved and restarted at random."""
    wanted = {"capture", "detection", "triage", "evaluation.units"}
    flow = [stage for stage in stages(load({})) if stage.name in wanted]
    partitions = 1 if rng is None else rng.choice((1, 2, 3))
    memory = Memory(flow, now=START - 1, partitions=partitions, marks_every=5 * MINUTE)
    if rng is not None:

        def choose(tasks: list[Task]) -> tuple[Task, int]:
            return rng.choice(tasks), rng.randint(1, 9)

        memory.choose = choose
    memory.send("usecases", SPEC)
    memory.run(START)
    for at, event in history:
        memory.send("runs.raw", event, at=at)
    busy = max((at for at, _ in history), default=START) + HOUR
    for until in (busy,) if rng is None else sorted((rng.randrange(START, busy), rng.randrange(START, busy), busy)):
        memory.run(until, tick=MINUTE if rng is None else rng.choice((MINUTE, 20 * MINUTE)))
        if rng is not None:
            memory.restart(rng.choice(sorted(wanted)))
    memory.run(END, tick=6 * HOUR if rng is None else rng.choice((HOUR, DAY)))
    return memory


def decided(memory: Memory) -> dict[str, Any]:
    """All that must not depend on how events arrived."""
    cells: Counter[tuple[object, ...]] = Counter()
    for one in memory.read("tallies", Tally):
        for n, count in enumerate(one.cells):
            key = (one.release_id, one.exposure, one.stage, one.metric, one.arm, one.since, one.slice_start, n)
            cells[key] += count
    return {
        "signals": Counter(msgspec.json.encode(one) for one in memory.read("signals", Signal)),
        "outcomes": Counter(msgspec.json.encode(one) for one in memory.read("outcomes", Outcome)),
        "alarms": Counter(msgspec.json.encode(one) for one in memory.read("alarms", Alarm)),
        "tallies": +cells,
        "cases": memory.last("cases", Case),
        "dead": memory.dead(),
    }


@settings(max_examples=60, phases=(Phase.explicit, Phase.reuse, Phase.generate))  # shrinking would take minutes
@given(st.lists(RUNS, min_size=3, max_size=6), st.integers(0, 2**32))
def test_any_order_repeat_delay_cut_and_partitioning_decides_the_same(told: list[Told], seed: int) -> None:
    rng = Random(seed)
    events = [event for number, one in enumerate(told) for event in events_of(number, one)]
    tidy = sorted((event.occurred_at, event.event_id, event) for event in events)
    careless = [
        (event.occurred_at + rng.randrange(LATENESS), event) for event in events for _ in range(rng.choice((1, 1, 2)))
    ]
    rng.shuffle(careless)

    expected = decided(run([(at, event) for at, _, event in tidy], None))
    found = decided(run(careless, rng))

    assert not expected["dead"]
    for what in expected:
        assert found[what] == expected[what], what


def test_the_property_above_can_fail_when_an_event_is_later_than_the_lateness() -> None:
    told = Told(0, 0, 0, TEXTS[0], RunStatus.OK, ToolStatus.OK, frozenset(), 1, Arm.BASELINE, 1)
    again = replace(told, minute=2, text=TEXTS[1])
    events = [event for number, one in enumerate((told, again)) for event in events_of(number, one)]
    too_late = [
        (event.occurred_at + (3 * HOUR if event.run_id == "r1" and event.seq == 0 else 0), event) for event in events
    ]

    in_time = decided(run([(event.occurred_at, event) for event in events], None))

    assert decided(run(too_late, None))["signals"] != in_time["signals"]
