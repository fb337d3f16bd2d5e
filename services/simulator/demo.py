"""The demo: five changes and one stale page go through the whole loop in virtual time.

The product and its people are simulated; what judges them is not. Policy, error levels, margins, horizons and
slice length are the shipped ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

from loopwright.events import Case, Event, Phase, Releases, Surface, UseCaseSpec
from services.kernel import kit
from services.kernel.memory import Memory
from services.kernel.settings import Settings
from services.loop import stages
from services.simulator.people import ENDED, People, Plan
from services.simulator.product import (
    DAY,
    FIRST_PROMPT,
    FIRST_TOOL_POLICY,
    FRESH_PAGE,
    HOUR,
    MINUTE,
    PAGE_SHARE,
    STALE_PAGE,
    Busy,
    Effect,
    Product,
    Use,
    by_the_hour,
)

BEGINNING = 1_767_571_200_000
"""Monday 5 January 2026, 00:00 UTC: virtual time has to begin somewhere."""

TICK = MINUTE
"""How often the product refreshes its copy of `releases`, and how fine virtual time is."""

USE_CASES = ("support-answers", "support-billing")

PLANS = (
    Plan(
        "kb-answers-13", "Bring the refund policy page up to date", USE_CASES[0], "stale_source", Surface.KNOWLEDGE,
        STALE_PAGE, FRESH_PAGE, Effect(), 0.7, 2 * HOUR,
    ),
    Plan(
        "prompt-answers-42", "Ask back when a request is ambiguous", USE_CASES[0], "good", Surface.PROMPT,
        FIRST_PROMPT, "support@42", Effect(failure=0.6), 0.8, 3 * HOUR,
    ),
    Plan(
        "prompt-billing-43", "Answer in half as many words", USE_CASES[1], "bad", Surface.PROMPT,
        FIRST_PROMPT, "support@43", Effect(failure=1.5), 0.9, 1 * HOUR,
    ),
    Plan(
        "tools-billing-8", "Look orders up across the whole tenant", USE_CASES[1], "breach", Surface.TOOL_POLICY,
        FIRST_TOOL_POLICY, "tools@8", Effect(breach=0.2), 0.9, 2 * HOUR,
    ),
    Plan(
        "kb-billing-13", "Bring the refund policy page up to date", USE_CASES[1], "stale_source", Surface.KNOWLEDGE,
        STALE_PAGE, FRESH_PAGE, Effect(), 0.7, 3 * HOUR,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """How large the demo's world is, and by which specs its use cases are judged."""

    specs: tuple[UseCaseSpec, ...]
    plans: tuple[Plan, ...]
    users: int
    runs_per_day: Mapping[str, float]
    """By use case."""
    page_share: float = PAGE_SHARE
    longest: int = 7 * DAY
    tick: int = TICK
    approve_after: int = 20 * MINUTE
    busy: Busy = by_the_hour
    pace: int = 1


def shipped() -> World:
    """The demo: the shipped use cases and policy; three to four virtual days make about 300,000 events.

    Billing is busier: its bad change must show itself on one user in a hundred.
    """
    specs = tuple(kit.use_case(kit.KIT / "use_cases" / f"{name}.yaml").spec() for name in USE_CASES)
    return World(specs, PLANS, users=20_000, runs_per_day=dict(zip(USE_CASES, (5_000.0, 11_000.0), strict=True)))


Progress = Callable[[float, str], None]
"""Told the virtual time since the beginning (days), and what is going on."""


@dataclass
class Played:
    """A demo that has run."""

    memory: Memory
    world: World
    uses: dict[str, Use]
    ended_at: int
    seconds: float
    seed: int
    product_seconds: float


def play(
    seed: int,
    settings: Settings,
    progress: Progress = lambda _, __: None,
    *,
    world: World | None = None,
    every_hour: Callable[[Memory], None] = lambda _: None,
) -> Played:
    """Play the stories until each change has ended, or the longest time has passed; `every_hour` may meddle."""
    world = world or shipped()
    started = perf_counter()
    memory = Memory(stages(settings), now=BEGINNING, partitions=1, marks_every=world.tick)
    for spec in world.specs:
        memory.send("usecases", spec)
    memory.run(BEGINNING + 1)
    effects = {plan.to_version: plan.effect for plan in world.plans}
    bucket_key = settings.bucket_key.get_secret_value().encode()
    product = Product(
        seed,
        _sender(memory),
        bucket_key=bucket_key,
        effects=effects,
        users=world.users,
        page_share=world.page_share,
        busy=world.busy,
        pace=world.pace,
    )
    product.started_at = BEGINNING
    uses = {
        spec.use_case_id: Use(spec.use_case_id, spec.intents, world.runs_per_day[spec.use_case_id])
        for spec in world.specs
    }
    people = People(
        lambda topic, event, at: memory.send(topic, event, at=at),
        world.plans,
        began=BEGINNING,
        approve_after=world.approve_after,
        cases=lambda: memory.last("cases", Case).values(),
    )
    serving = 0.0
    now = BEGINNING
    while now < BEGINNING + world.longest:
        before = perf_counter()
        for use in uses.values():
            product.serve(use, now, now + world.tick)
        serving += perf_counter() - before
        now += world.tick
        memory.run(now)
        releases = {name: use.releases for name, use in uses.items() if use.releases}
        for name, use in uses.items():
            use.releases = memory.reference("releases", name, Releases)
        people.work(now, releases)
        if now % HOUR == 0:
            every_hour(memory)
            progress((now - BEGINNING) / DAY, f"{memory.count('runs.raw'):,} events, {_news(uses)}")
        if len(people.proposed) == len(world.plans) and all(_ended(use, world.plans) for use in uses.values()):
            break
    return Played(memory, world, uses, now, perf_counter() - started, seed, serving)


def _sender(memory: Memory) -> Callable[[Event, int], None]:
    return lambda event, at: memory.send("runs.raw", event, at=at)


def _ended(use: Use, plans: Sequence[Plan]) -> bool:
    """Whether each change of a use case has come to its end, and to its proof if it reached everyone."""
    planned = sum(plan.use_case_id == use.use_case_id for plan in plans)
    releases = use.releases.releases if use.releases else ()
    over = [one for one in releases if one.phase in ENDED and (one.phase is not Phase.FULL or one.improved_by)]
    return len(over) == planned


def _news(uses: Mapping[str, Use]) -> str:
    """Where the releases stand, in a line."""
    open_ones = [one for use in uses.values() if use.releases for one in use.releases.releases]
    shown = [f"{one.change_id} at {one.share:.0%}" for one in open_ones if one.phase is Phase.CANARY]
    return ", ".join(shown) or "no release in canary"
