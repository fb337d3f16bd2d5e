"""Flags from releases: the same answer as `assign`, safe when it grows old; and a sink that makes nobody wait."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer  # type: ignore[import-untyped]
from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # type: ignore[import-untyped]
from msgspec.structs import replace
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from openfeature.event import EventDetails, ProviderEvent
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import Reason
from openfeature.provider import ProviderStatus

from loopwright.codec import CODEC, Unwritable
from loopwright.events import Arm, Event, LiveVersion, Mark, Phase, Release, Releases, RunEvent, Span, Surface
from loopwright.flags import PARTS, assign, user_bucket
from loopwright.kafka import STALE_AFTER_MS, KafkaSink, News, ReleasesCopy, ReleasesReader, Tell, serve, stamp
from loopwright.provider import LoopwrightProvider
from loopwright.provider import stamp as stamp_of
from loopwright.recorder import Recorder
from tests.contracts.examples import ok
from tests.kafka import Kafka

KEY = b"a key that never rotates"
EVERYONE = (Span(start=0, end=PARTS),)
NOBODY = "127.0.0.1:9"
"""An address at which no broker answers."""


def release(**fields: object) -> Release:
    kept: Release = ok("Releases").releases[0]
    fields = {
        "surface": Surface.PROMPT,
        "from_version": "p@1",
        "to_version": "p@2",
        "phase": Phase.CANARY,
        "held_from": Phase.UNKNOWN,
        "stage": 2,
        "share": 0.5,
        "slice": EVERYONE,
        **fields,
    }
    return replace(kept, **fields)


def of(*releases: Release, revision: int = 1, use_case_id: str = "support", live: str = "p@1") -> Releases:
    versions = (LiveVersion(surface=Surface.PROMPT, version=live), LiveVersion(surface=Surface.MODEL, version="m@7"))
    return Releases(use_case_id=use_case_id, revision=revision, releases=releases, live=versions)


def users_on(arm: Arm, value: Releases) -> Iterator[str]:
    """Users whom a value of `releases` puts on an arm."""
    for n in count():
        given = assign(value, user_bucket(KEY, f"user-{n}"))
        if given is not None and given.arm is arm:
            yield f"user-{n}"


class Clock:
    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


class Told:
    """A reader without Kafka: it holds what a test puts in, and tells what a test says."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.copy = ReleasesCopy(KEY, self.clock)
        self.tell: Tell = lambda _, __: None
        self.closed = False

    def start(self, tell: Tell) -> None:
        self.tell = tell

    def wait(self, timeout: float) -> bool:
        assert timeout >= 0
        return self.copy.whole

    def close(self) -> None:
        self.closed = True

    def put(self, value: Releases) -> None:
        self.copy.whole = True
        self.copy.take(value)


@pytest.fixture
def reader() -> Told:
    return Told()


@pytest.fixture
def flags(reader: Told) -> Iterator[OpenFeatureClient]:
    reader.put(of(release()))
    api.set_provider_and_wait(LoopwrightProvider(reader), "support")
    yield api.get_client("support")
    api.clear_providers()


def ask(flags: OpenFeatureClient, key: str, user: str, **attributes: str) -> tuple[str, str | None, object]:
    found = flags.get_string_details(key, "built in", EvaluationContext(user, attributes))
    assert found.error_code is None
    return found.value, found.variant, found.reason


def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize(("arm", "version"), [(Arm.CANDIDATE, "p@2"), (Arm.BASELINE, "p@1")])
def test_a_user_in_a_canary_gets_the_version_of_their_arm(flags: OpenFeatureClient, arm: Arm, version: str) -> None:
    user = next(users_on(arm, of(release())))

    assert ask(flags, "support.prompt", user) == (version, arm.lower(), Reason.SPLIT)


def test_the_metadata_say_which_release_counts_the_user_and_stamp_the_run(flags: OpenFeatureClient) -> None:
    user, here = next(users_on(Arm.CANDIDATE, of(release()))), release()
    model = flags.get_string_details("support.model", "", EvaluationContext(user))
    prompt = flags.get_string_details("support.prompt", "", EvaluationContext(user))

    assert prompt.flag_metadata == {
        "release_id": here.release_id,
        "change_id": here.change_id,
        "stage": 2,
        "arm": "CANDIDATE",
        "version": here.version,
    }
    assert stamp_of(model, prompt) == {"release_id": here.release_id, "release_stage": 2, "arm": Arm.CANDIDATE}
    assert stamp_of(prompt) == stamp(assign(of(here), user_bucket(KEY, user)))
    assert stamp_of(model) == {}


def test_a_surface_that_no_release_touches_has_its_live_version(flags: OpenFeatureClient) -> None:
    assert ask(flags, "support.model", "ann") == ("m@7", "live", Reason.STATIC)


@pytest.mark.parametrize("key", ["support.tool_policy", "another.prompt"])
def test_where_nobody_knows_a_version_the_default_is_served(flags: OpenFeatureClient, key: str) -> None:
    assert ask(flags, key, "ann") == ("built in", None, Reason.DEFAULT)


@pytest.mark.parametrize(
    "key", ["prompt", "support.", "support.PROMPT", "support.colour", "support.unknown", ".prompt"]
)
def test_a_key_of_another_form_is_no_flag(flags: OpenFeatureClient, key: str) -> None:
    found = flags.get_string_details(key, "built in", EvaluationContext("ann"))

    assert (found.value, found.error_code) == ("built in", ErrorCode.FLAG_NOT_FOUND)


def test_a_use_case_may_have_dots_in_its_id(reader: Told, flags: OpenFeatureClient) -> None:
    reader.put(of(use_case_id="eu.support", live="p@9"))

    assert ask(flags, "eu.support.prompt", "ann") == ("p@9", "live", Reason.STATIC)


def test_a_flag_needs_a_targeting_key(flags: OpenFeatureClient) -> None:
    assert flags.get_string_details("support.prompt", "").error_code is ErrorCode.TARGETING_KEY_MISSING


def test_a_version_is_text_and_nothing_else(flags: OpenFeatureClient) -> None:
    ann, key = EvaluationContext("ann"), "support.prompt"
    found = (
        flags.get_boolean_details(key, default_value=True, evaluation_context=ann),
        flags.get_integer_details(key, 1, ann),
        flags.get_float_details(key, 1.0, ann),
        flags.get_object_details(key, {}, ann),
    )

    assert {one.error_code for one in found} == {ErrorCode.TYPE_MISMATCH}
    assert [one.value for one in found] == [True, 1, 1.0, {}]


def test_all_flags_of_a_run_answer_as_the_first_one_did(reader: Told, flags: OpenFeatureClient) -> None:
    user = next(users_on(Arm.CANDIDATE, of(release())))
    assert ask(flags, "support.model", user, run_id="r-1")[0] == "m@7"
    reader.put(of(release(phase=Phase.ROLLED_BACK, slice=(), share=0.0), revision=2))

    assert ask(flags, "support.prompt", user, run_id="r-1") == ("p@2", "candidate", Reason.SPLIT)
    assert ask(flags, "support.prompt", user, run_id="r-2") == ("p@1", "live", Reason.STATIC)


def test_a_lower_revision_is_ignored_and_the_same_one_renews_the_age() -> None:
    clock = Clock()
    copy = ReleasesCopy(KEY, clock)
    copy.whole = True

    assert copy.take(of(revision=3, live="p@3"))
    clock.now = STALE_AFTER_MS
    assert not copy.take(of(revision=2, live="p@2"))
    clock.now += 1
    assert copy.stale
    assert not copy.take(of(revision=3, live="p@3"))
    assert not copy.stale
    assert copy.served("support", "ann").version(Surface.PROMPT, "") == "p@3"


def test_nothing_is_known_before_the_topic_has_been_read_to_its_end() -> None:
    copy = ReleasesCopy(KEY)
    copy.take(of(release()))

    assert copy.served("support", "ann").versions == {}
    assert copy.releases("support") is None


def test_what_was_said_long_before_a_product_started_is_stale_from_the_start() -> None:
    copy = ReleasesCopy(KEY, lambda: 1_000_000)
    copy.whole = True
    copy.take(of(release()), age_ms=STALE_AFTER_MS + 1)

    assert copy.stale
    copy.take(of(release()))
    assert not copy.stale


def test_each_use_case_has_an_age_of_its_own() -> None:
    clock = Clock()
    copy = ReleasesCopy(KEY, clock)
    copy.whole = True
    copy.take(of(use_case_id="silent"))
    clock.now = STALE_AFTER_MS + 1
    copy.take(of(use_case_id="heard"))

    assert copy.served("silent", "ann").stale
    assert not copy.served("heard", "ann").stale
    assert copy.forget("silent")
    assert not copy.stale


def test_a_stale_canary_gives_everybody_the_baseline_and_counts_nobody(reader: Told, flags: OpenFeatureClient) -> None:
    user = next(users_on(Arm.CANDIDATE, of(release())))
    reader.clock.now = STALE_AFTER_MS
    assert ask(flags, "support.prompt", user)[0] == "p@2"
    reader.clock.now += 1

    found = flags.get_string_details("support.prompt", "", EvaluationContext(user))
    assert (found.value, found.variant, found.reason) == ("p@1", "baseline", Reason.STALE)
    assert stamp_of(found) == {}
    assert ask(flags, "support.model", user) == ("m@7", "live", Reason.STALE)


@pytest.mark.parametrize("fields", [{"phase": Phase.FULL}, {"phase": Phase.HELD, "held_from": Phase.FULL}])
def test_what_everybody_has_is_not_taken_back_for_silence(fields: dict[str, object]) -> None:
    value = of(release(**fields, share=0.95), live="p@2")
    user = next(users_on(Arm.CANDIDATE, value))
    served = serve(value, user_bucket(KEY, user), stale=True)

    assert served.version(Surface.PROMPT, "") == "p@2"
    assert served.stamp()["arm"] is Arm.CANDIDATE


def test_a_held_canary_is_not_full() -> None:
    value = of(release(phase=Phase.HELD, held_from=Phase.CANARY))
    user = next(users_on(Arm.CANDIDATE, value))

    assert serve(value, user_bucket(KEY, user), stale=True).version(Surface.PROMPT, "") == "p@1"


def test_the_provider_tells_of_changes_of_age_and_of_its_return(reader: Told, flags: OpenFeatureClient) -> None:
    changed: list[EventDetails] = []
    stale: list[EventDetails] = []
    flags.add_handler(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED, changed.append)
    flags.add_handler(ProviderEvent.PROVIDER_STALE, stale.append)
    reader.tell(News.CHANGED, "support")
    reader.tell(News.STALE, "")
    until(lambda: bool(changed and stale))

    assert {"support.prompt", "support.tool_policy"} <= set(changed[0].flags_changed or ())
    assert flags.get_provider_status() is ProviderStatus.STALE
    reader.tell(News.READY, "")
    assert flags.get_provider_status() is ProviderStatus.READY


def test_a_provider_without_a_broker_serves_defaults_and_becomes_ready_later(reader: Told) -> None:
    api.set_provider(LoopwrightProvider(reader, wait=0), "late")
    flags = api.get_client("late")
    until(lambda: flags.get_provider_status() is ProviderStatus.ERROR)
    assert ask(flags, "support.prompt", "ann") == ("built in", None, Reason.DEFAULT)

    reader.put(of(live="p@5"))
    reader.tell(News.READY, "")
    assert flags.get_provider_status() is ProviderStatus.READY
    assert ask(flags, "support.prompt", "ann") == ("p@5", "live", Reason.STATIC)
    api.clear_providers()
    assert reader.closed


def test_an_assignment_needs_no_openfeature(reader: Told) -> None:
    reader.put(of(release()))
    user = next(users_on(Arm.CANDIDATE, of(release())))

    assert LoopwrightProvider(reader).assignment("support", user) == assign(of(release()), user_bucket(KEY, user))


def recorded(sink: KafkaSink, runs: int) -> None:
    """Three events a run."""
    recorder = Recorder(sink, use_case_id="support", bucket_key=KEY)
    for n in range(runs):
        with recorder.run(session_id=f"s-{n}", user_id="ann") as run:
            run.turn("How long do I have to return a kettle?")
            run.answer("30 days.")


def test_a_sink_without_a_broker_holds_what_it_can_and_counts_the_rest() -> None:
    sink = KafkaSink(NOBODY, most=7)
    recorded(sink, runs=3)

    assert (sink.waiting, sink.lost) == (7, 2)
    assert not sink.flush(0.01)
    sink.close(timeout=0.01)
    assert (sink.waiting, sink.lost) == (0, 9)
    recorded(sink, runs=1)
    assert sink.lost == 12


def test_an_event_that_does_not_fit_is_the_callers_fault_and_said_at_once() -> None:
    with closing(KafkaSink(NOBODY)) as sink:
        with pytest.raises(Unwritable, match="seq"):
            sink.write(replace(ok("UserTurn"), seq=1 << 40), 0)
        assert (sink.waiting, sink.lost) == (0, 0)


def test_a_buffer_for_no_event_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        KafkaSink(NOBODY, most=0)


async def make_topics(servers: str, *names: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    await admin.create_topics([NewTopic(name, 3, 1) for name in names])
    await admin.close()


async def say(servers: str, topic: str, *values: Event, commit: bool = True) -> None:
    """Write as rollout does: in a transaction."""
    producer = AIOKafkaProducer(bootstrap_servers=servers, transactional_id=topic)
    await producer.start()
    await producer.begin_transaction()
    for value in values:
        await producer.send_and_wait(topic, CODEC.encode(value), key=getattr(value, "use_case_id", "").encode())
    await (producer.commit_transaction() if commit else producer.abort_transaction())
    await producer.stop()


@pytest.mark.kafka
def test_a_reader_has_what_was_committed_and_learns_what_comes(kafka: Kafka, prefix: str) -> None:
    servers, topic = kafka.bootstrap_servers, f"{prefix}releases"
    asyncio.run(make_topics(servers, topic))
    old, new = of(revision=1, live="p@1"), of(revision=2, live="p@2")
    asyncio.run(say(servers, topic, old, Mark(stage="rollout", partition=0, time=1), of(use_case_id="other")))
    asyncio.run(say(servers, topic, of(revision=9, live="aborted"), commit=False))
    told: list[tuple[News, str]] = []
    changed = threading.Event()

    def hear(news: News, use_case_id: str) -> None:
        told.append((news, use_case_id))
        if news is News.CHANGED:
            changed.set()

    with closing(ReleasesReader(servers, topic, bucket_key=KEY)) as reader:
        reader.start(hear)
        assert reader.wait(20)
        assert reader.copy.releases("support") == old
        asyncio.run(say(servers, topic, new))
        assert changed.wait(20)
        assert reader.served("support", "ann").version(Surface.PROMPT, "") == "p@2"
    assert told == [(News.READY, ""), (News.CHANGED, "support")]


@pytest.mark.kafka
def test_what_is_recorded_before_there_is_a_topic_arrives_when_there_is_one(kafka: Kafka, prefix: str) -> None:
    servers, topic = kafka.bootstrap_servers, f"{prefix}runs.raw"
    with closing(KafkaSink(servers, topic)) as sink:
        recorded(sink, runs=100)
        assert not sink.flush(0.1)
        asyncio.run(make_topics(servers, topic))
        assert sink.flush(60)
        assert sink.lost == 0
    found = asyncio.run(every(servers, topic, 300))
    assert len({event.event_id for event in found}) == 300
    by_run: dict[str, list[int]] = {}
    for event in found:
        by_run.setdefault(event.run_id, []).append(event.seq)
    assert all(numbers == [0, 1, 2] for numbers in by_run.values())


async def every(servers: str, topic: str, wanted: int) -> list[RunEvent]:
    """The first so many events of a topic, in the order of their partitions."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=servers, auto_offset_reset="earliest")
    await consumer.start()
    found: list[RunEvent] = []
    while len(found) < wanted:
        for records in (await consumer.getmany(timeout_ms=20_000)).values():
            for record in records:
                event = CODEC.decode(record.value)
                assert isinstance(event, RunEvent)
                assert record.key == event.session_id.encode()
                found.append(event)
    await consumer.stop()
    return found
