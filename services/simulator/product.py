"""A support assistant with users, whose faults are known.

Two use cases share their users and one stale policy page. Whether a run helps is drawn from the versions that
ran; what a person then does about a bad one (complains, asks again, corrects, wants a human, gives up) is what
the loop has to notice. Everything leaves through the SDK's recorder, as from a real product.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import exp
from random import Random
from typing import Any

from loopwright.events import (
    Arm,
    Citation,
    DecisionSnapshot,
    EffectClass,
    Event,
    Exposure,
    FeedbackTarget,
    Polarity,
    ReasonCode,
    Releases,
    RetrievedSource,
    Surface,
    Takeover,
    TakeoverReason,
    ToolAudited,
    ToolStatus,
)
from loopwright.flags import Assignment, assign, user_bucket
from loopwright.recorder import Recorder, Run

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

FAILURE = 0.21
"""Share of runs that do not help, when no source is stale."""

STALE_FAILURE = 0.71
"""The same for runs that rest on the stale page."""

PAGE_SHARE = 0.18
"""Share of runs that rest on the policy page: .82 x .21 + .18 x .71 = .30, and 30 % of it is the page's."""

POLICY_PAGE = "refund-policy"
STALE_PAGE, FRESH_PAGE = "refund-policy@12", "refund-policy@13"
FIRST_PROMPT, FIRST_TOOL_POLICY = "support@41", "tools@7"
FIRST = {Surface.PROMPT: FIRST_PROMPT, Surface.TOOL_POLICY: FIRST_TOOL_POLICY, Surface.KNOWLEDGE: STALE_PAGE}
"""What everybody has before any release."""

GRANTS = "kb:read@public orders:read@customer refunds:write@customer"
BREACH_GRANT = "orders:read@tenant"

_REQUESTS: Mapping[str, tuple[str, ...]] = {
    "refund": (
        "how long do i have to send back a {thing} for a refund",
        "can i get my money back for the {thing} that i bought",
    ),
    "return": (
        "where do i send the {thing} that does not fit",
        "which label goes on the parcel with the {thing}",
    ),
    "delivery": ("when will the {thing} arrive at my door", "has my {thing} left the warehouse yet"),
    "account": ("how do i change the address in my account", "why does my password not work any more"),
    "invoice": (
        "where do i find the invoice for the {thing}",
        "the invoice for my {thing} shows the wrong name",
    ),
    "payment": ("which cards can i use to pay for a {thing}", "my payment for the {thing} was taken twice"),
}
_THINGS = ("kettle", "lamp", "jacket", "keyboard", "tent", "bicycle", "drill", "sofa", "camera", "suitcase")
_AGAIN = ("please tell me {}", "{} please", "once more {}", "i still need to know {}", "{} thanks")
_CORRECTIONS = (
    "no that is not what i asked",
    "that is wrong i meant something else",
    "no i meant the other one",
)


@dataclass(frozen=True)
class Effect:
    """What a version does to the product: known here, to be found out there."""

    failure: float = 1.0
    """Factor on the share of runs that do not help."""
    breach: float = 0.0
    """Share of runs that use a grant they do not hold."""


@dataclass
class Use:
    """One use case as its product sees it."""

    use_case_id: str
    intents: tuple[str, ...]
    runs_per_day: float
    releases: Releases | None = None
    exposed: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Users who got the candidate, by change."""
    runs: int = 0


Flags = Callable[[Use, int], tuple[Assignment | None, Mapping[Surface, str]]]
"""What a user (by number) gets: the release that decides about them, if one does, and versions by surface."""

Busy = Callable[[int], float]
"""How busy a moment (milliseconds) is, against the day's mean of 1."""


def by_the_hour(at: int) -> float:
    """Quiet nights, busy afternoons."""
    return _HOURS[at % DAY // HOUR]


def steady(_: int) -> float:
    """The same at any hour."""
    return 1.0


class Product:
    """The assistant and its users. It sends events, and reads `releases` as any product does."""

    def __init__(
        self,
        seed: int,
        send: Callable[[Event, int], None],
        *,
        bucket_key: bytes,
        effects: Mapping[str, Effect],
        users: int,
        page_share: float = PAGE_SHARE,
        flags: Flags | None = None,
        busy: Busy = by_the_hour,
        pace: int = 1,
    ) -> None:
        """`effects` by version; a version that is not there changes nothing.

        `flags`: None for the copy of `releases` that lies in a `Use`. `pace`: how many times faster than in life
        people react and business events come, for a policy that counts in seconds.
        """
        self._users = users
        self._page_share = page_share
        self._random = Random(seed)  # noqa: S311  a simulation is repeated from its seed
        self._send = send
        self._effects = effects
        self._flags = flags or self._own_flags
        self._busy = busy
        self._pace = pace
        self._at = 0
        self._buckets = [user_bucket(bucket_key, f"user-{n}") for n in range(users)]
        self._bucket_key = bucket_key
        self._recorders: dict[str, Recorder] = {}
        self.started_at = 0

    def write(self, event: Event, at: int) -> None:
        """Be the recorder's sink: the event reaches the broker a moment later."""
        self._send(event, at + self._random.randrange(50, 2_000))

    def serve(self, use: Use, start: int, end: int) -> None:
        """Let the users of one use case come, from `start` to `end` (milliseconds)."""
        rate = use.runs_per_day * self._busy(start) / DAY
        for _ in range(self._poisson(rate * (end - start))):
            at = start + self._random.randrange(end - start)
            user = self._random.randrange(self._users)
            intent = self._random.choice(use.intents)
            request = self._request(intent)
            self._run(use, user, self._id(), intent, request, at, asked_before=0)

    def _run(self, use: Use, user: int, session: str, intent: str, request: str, at: int, asked_before: int) -> None:
        rng = self._random
        given, flagged = self._flags(use, user)
        versions = {**FIRST, **flagged}
        use.runs += 1
        if given is not None and given.arm is Arm.CANDIDATE:
            use.exposed[given.change_id].add(user)
        on_page = rng.random() < self._page_share
        stale = on_page and versions[Surface.KNOWLEDGE] == STALE_PAGE
        effects = [self._effects[version] for version in versions.values() if version in self._effects]
        chance = STALE_FAILURE if stale else FAILURE
        for effect in effects:
            chance *= effect.failure
        bad = rng.random() < chance
        reaction = rng.random() if bad else 1.0
        refused = bad and reaction >= 0.9
        context: dict[str, Any] = {
            "intent": intent,
            "cohort_id": f"c{user % 4}",
            "permission_scope": GRANTS,
            "exposure": Exposure.LIVE,
            "prompt_version": versions[Surface.PROMPT],
            "tool_policy_id": versions[Surface.TOOL_POLICY],
        }
        if given is not None:
            context |= {"release_id": given.release_id, "release_stage": given.stage, "arm": given.arm}
        self._at = at
        recorder = self._recorder(use)
        run_id = self._id()
        with recorder.run(session_id=session, user_id=f"user-{user}", run_id=run_id, **context) as run:
            run.turn(request, channel="chat")
            breach = any(rng.random() < effect.breach for effect in effects)
            self._work(run, versions, on_page=on_page, breach=breach)
            self._at += rng.randrange(300, 4_000)
            cited = (Citation(source_id=POLICY_PAGE if on_page else "delivery-times", rank=1),)
            run.answer(
                "I cannot help with that." if refused else "Here is what I found for you.",
                citations=() if refused else cited,
                refused=refused,
                tokens_in=900,
                tokens_out=120,
                latency_ms=1_800,
            )
            if bad and 0.8 <= reaction < 0.9:
                self._at += self._later(10_000, 60_000)
                run.add(Takeover, by=f"agent-{user % 50}", reason=TakeoverReason.USER_ASKED)
        ended = self._at
        if bad and not refused:
            self._react(use, user, session, intent, request, run_id, reaction, ended, asked_before)
        self._at = ended + self._later(HOUR, 5 * HOUR)
        reopened = rng.random() < (0.25 if bad else 0.05)
        recorder.outcome(
            run_id, session_id=session, user_id=f"user-{user}", name="reopened", value=float(reopened), unit="bool"
        )

    def _work(self, run: Run, versions: Mapping[Surface, str], *, on_page: bool, breach: bool) -> None:
        """What the assistant does between question and answer."""
        rng = self._random
        self._at += rng.randrange(100, 900)
        page_at = self.started_at - (200 * DAY if versions[Surface.KNOWLEDGE] == STALE_PAGE else DAY)
        source = RetrievedSource(
            source_id=POLICY_PAGE if on_page else "delivery-times",
            version=versions[Surface.KNOWLEDGE] if on_page else "delivery-times@4",
            updated_at=page_at if on_page else self.started_at - 10 * DAY,
            scope="kb:read@public",
            score=0.8,
        )
        run.add(DecisionSnapshot, decision_point="retrieve", retrieved=(source,), confidence=0.7)
        if breach or rng.random() < 0.4:
            self._at += rng.randrange(100, 900)
            failed = rng.random() < 0.03
            run.add(
                ToolAudited,
                call_id=self._id(),
                tool="search_orders",
                effect=EffectClass.READ,
                status=ToolStatus.TIMEOUT if failed else ToolStatus.OK,
                error_code="upstream timeout" if failed else "",
                scope_used=BREACH_GRANT if breach else "orders:read@customer",
                elapsed_ms=rng.randrange(50, 900),
            )

    def _react(
        self,
        use: Use,
        user: int,
        session: str,
        intent: str,
        request: str,
        run_id: str,
        reaction: float,
        ended: int,
        asked_before: int,
    ) -> None:
        """What a person does about an answer that did not help."""
        rng = self._random
        if reaction < 0.45:
            self._at = ended + self._later(5_000, 5 * MINUTE)
            self._recorder(use).feedback(
                run_id,
                session_id=session,
                user_id=f"user-{user}",
                intent=intent,
                target=FeedbackTarget.RUN,
                name="thumbs",
                value="down",
                polarity=Polarity.NEGATIVE,
                reason_code=rng.choice((ReasonCode.INSTRUCTION_MISS, ReasonCode.WRONG_ACTION, ReasonCode.FORMAT_FAIL)),
            )
        elif reaction < 0.8:
            if asked_before >= 2:
                return  # nobody asks for ever: this bad run goes unnoticed
            again = rng.choice(_CORRECTIONS) if reaction < 0.55 else rng.choice(_AGAIN).format(request)
            self._run(use, user, session, intent, again, ended + self._later(20_000, 3 * MINUTE), asked_before + 1)

    def _own_flags(self, use: Use, user: int) -> tuple[Assignment | None, Mapping[Surface, str]]:
        """From the copy of `releases`: the live version of each surface, or what the release says."""
        given = assign(use.releases, self._buckets[user])
        versions = {one.surface: one.version for one in use.releases.live} if use.releases else {}
        if given is not None:
            versions[given.surface] = given.version
        return given, versions

    def _later(self, soonest: int, latest: int) -> int:
        """How long somebody takes, milliseconds."""
        return self._random.randrange(soonest, latest) // self._pace

    def _recorder(self, use: Use) -> Recorder:
        if use.use_case_id not in self._recorders:
            self._recorders[use.use_case_id] = Recorder(
                self,
                use_case_id=use.use_case_id,
                bucket_key=self._bucket_key,
                clock=lambda: self._at,
                new_id=self._id,
                workflow_version="assistant@3",
                policy_pack_id="pack@2",
                model_id="model@2026-01",
            )
        return self._recorders[use.use_case_id]

    def _request(self, intent: str) -> str:
        return self._random.choice(_REQUESTS[intent]).format(thing=self._random.choice(_THINGS))

    def _id(self) -> str:
        return f"{self._random.getrandbits(96):024x}"

    def _poisson(self, mean: float) -> int:
        """Knuth's method: the means are small."""
        limit, product, n = exp(-mean), self._random.random(), 0
        while product > limit:
            product *= self._random.random()
            n += 1
        return n


_NIGHT, _MORNING = (0.4, 0.3, 0.3, 0.3, 0.4, 0.6), (0.9, 1.2, 1.4, 1.5, 1.5, 1.4)
_AFTERNOON, _EVENING = (1.3, 1.4, 1.5, 1.5, 1.4, 1.3), (1.2, 1.1, 1.0, 0.8, 0.7, 0.6)
_HOURS = (*_NIGHT, *_MORNING, *_AFTERNOON, *_EVENING)
