"""A product and its people on the wall clock: what they see, when they send, how it must end; and the quick policy."""

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from openfeature import api
from openfeature.client import OpenFeatureClient
from structlog.testing import capture_logs

from loopwright.events import Arm, Phase, Release, Releases, Span, Surface, Transition
from loopwright.flags import PARTS, Assignment, assign, user_bucket
from loopwright.kafka import ReleasesCopy, Tell
from loopwright.provider import LoopwrightProvider
from services.kernel import kit
from services.kernel.settings import load
from services.simulator import demo
from services.simulator.__main__ import choice
from services.simulator.live import (
    APPROVE_AFTER_MS,
    PACE,
    PLANS,
    USE_CASE,
    Later,
    News,
    answering,
    as_planned,
    by_flags,
    over,
    phases,
)
from services.simulator.product import DAY, FIRST, FIRST_PROMPT, MINUTE, Use, steady
from tests.contracts.examples import ok

KEY = b"a key that never rotates"
GOOD, BREACH = (plan.change_id for plan in PLANS)


def quick() -> kit.UseCase:
    return kit.use_case(kit.KIT / "use_cases" / "quick.yaml")


def release(change_id: str, phase: Phase, **fields: object) -> Release:
    kept: Release = ok("Releases").releases[0]
    everyone = (Span(start=0, end=PARTS),)
    return replace(kept, change_id=change_id, use_case_id=USE_CASE, phase=phase, **{"slice": everyone, **fields})


def of(*releases: Release) -> dict[str, Releases]:
    return {USE_CASE: Releases(use_case_id=USE_CASE, revision=1, releases=releases, live=())}


def test_quick_differs_from_the_shipped_policy_in_its_times_its_steps_and_its_slice() -> None:
    own, shipped = quick().policy, kit.policy()

    for level in ("alpha", "beta", "margin", "split_alpha", "holdback"):
        assert getattr(own, level) == getattr(shipped, level)
    assert own.stages[-1] == shipped.stages[-1]
    assert own.slice == 0.5


@pytest.mark.parametrize("seed", [1, 2])
def test_under_quick_the_good_change_reaches_everyone_and_the_breach_is_taken_back_within_90_s(seed: int) -> None:
    world = demo.World(
        specs=(quick().spec(),),
        plans=PLANS,
        users=20_000,
        runs_per_day={USE_CASE: 50.0 * DAY / 1000},
        longest=3 * MINUTE,
        tick=500,
        approve_after=APPROVE_AFTER_MS,
        busy=steady,
        pace=PACE,
    )
    played = demo.play(seed, load({}), world=world)
    ends = {
        (one.change_id, one.to_phase): (one.occurred_at - demo.BEGINNING, one.reason)
        for one in reversed(played.memory.read("transitions", Transition))
    }

    at, reason = ends[GOOD, Phase.FULL]
    assert (reason, at <= 90_000) == ("EVIDENCE", True)
    at, reason = ends[BREACH, Phase.ROLLED_BACK]
    assert (reason, at <= 30_000) == ("ALARM", True)
    assert played.memory.dead() == {}


def test_an_event_leaves_when_its_time_has_come_and_not_before() -> None:
    later = Later()
    first, second = ok("UserTurn"), ok("Answer")
    later.add(second, 20)
    later.add(first, 10)

    assert list(later.due(9)) == []
    assert list(later.due(20)) == [(first, 10), (second, 20)]
    assert list(later.due(30)) == []


class Still:
    """A reader of `releases` that holds one value."""

    def __init__(self, value: Releases) -> None:
        self.copy = ReleasesCopy(KEY)
        self.copy.take(value)
        self.copy.whole = True

    def start(self, tell: Tell) -> None:
        """Nothing will be told."""

    def wait(self, timeout: float) -> bool:
        return timeout > 0

    def close(self) -> None:
        """Nothing to close."""


@pytest.fixture
def canary() -> Releases:
    value = release(GOOD, Phase.CANARY, surface=Surface.PROMPT, from_version=FIRST_PROMPT, to_version="p@2", share=0.5)
    return of(value)[USE_CASE]


@pytest.fixture
def client(canary: Releases) -> Iterator[OpenFeatureClient]:
    api.set_provider_and_wait(LoopwrightProvider(Still(canary)), USE_CASE)
    yield api.get_client(USE_CASE)
    api.clear_providers()


def test_the_product_gets_by_flags_what_the_releases_assign(client: OpenFeatureClient, canary: Releases) -> None:
    use, ask = Use(USE_CASE, (), 1.0), by_flags(client)
    arms = set()
    for user in range(50):
        given, versions = ask(use, user)
        expected = assign(canary, user_bucket(KEY, f"user-{user}"))
        assert isinstance(expected, Assignment)
        assert given == expected
        assert versions == {**FIRST, Surface.PROMPT: expected.version}
        arms.add(expected.arm)
    assert arms == {Arm.BASELINE, Arm.CANDIDATE}


def test_it_is_over_when_every_planned_change_has_ended() -> None:
    stand = phases(PLANS, of(release(GOOD, Phase.FULL), release("another", Phase.CANARY)))

    assert stand == {GOOD: Phase.FULL}
    assert not over(PLANS, stand)
    assert over(PLANS, {**stand, BREACH: Phase.EXPIRED})


def test_it_went_as_planned_when_each_change_ended_as_what_is_planted_in_it() -> None:
    assert as_planned(PLANS, {GOOD: Phase.FULL, BREACH: Phase.ROLLED_BACK})
    assert not as_planned(PLANS, {GOOD: Phase.EXPIRED, BREACH: Phase.ROLLED_BACK})
    assert not as_planned(PLANS, {GOOD: Phase.FULL})


def test_each_move_of_a_release_is_told_once() -> None:
    news = News()
    with capture_logs() as lines:
        for phase in (Phase.CANARY, Phase.CANARY, Phase.FULL):
            news.moved(of(release(GOOD, phase)).values())
        news.did(ok("Change"))
        news.did(ok("Approval"))

    assert [line["phase"] for line in lines if line["event"] == "release moved"] == ["CANARY", "FULL"]
    assert [line["event"] for line in lines[-2:]] == ["proposed", "approved"]


def test_it_answers_probes_and_metrics() -> None:
    ready = False
    with answering("127.0.0.1", 0, lambda: ready) as port:

        def get(path: str) -> tuple[int, str]:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as found:
                    return found.status, found.read().decode()
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, ""

        assert get("/live")[0] == 200
        assert get("/ready")[0] == 503
        ready = True
        assert get("/ready")[0] == 200
        assert get("/other")[0] == 404
        assert "loopwright_simulator_lost_events" in get("/metrics")[1]


@pytest.mark.parametrize("wrong", [["--runs-per-second", "0"], ["--runs-per-second", "1e9"], ["--users", "0"]])
def test_a_choice_that_cannot_be_is_refused_in_one_line(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        choice(wrong)
    assert f"error: {wrong[0]} is" in capsys.readouterr().err.splitlines()[-1]
