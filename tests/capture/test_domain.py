"""What comes in, in which form it goes on, and what never leaves capture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from loopwright.codec import CODEC
from loopwright.events import (
    Event,
    Exposure,
    FeedbackSource,
    Polarity,
    ReasonCode,
    Releases,
    RunEvent,
    TextRef,
    UseCaseSpec,
)
from loopwright.flags import BUCKETS, user_bucket
from services.capture import app
from services.capture.domain import (
    MOST_IDS,
    Keys,
    Session,
    accept,
    check,
    forget,
    forgets_at,
    memory_ms,
    pseudonym,
)
from services.capture.text import features
from services.kernel.memory import Memory
from services.kernel.settings import Settings
from services.kernel.stage import AHEAD_MS, BEHIND_MS, Refs, Refused, Table
from services.kernel.topics import topic
from tests import factories as make
from tests.factories import HOUR, MINUTE, NOON
from tests.kernel.stages import headers

KEYS = Keys(pseudonym=b"a key for people", pseudonym_id="k7", text=b"a key for texts!", bucket=b"a key for buckets")
ALL_RAW = ("UserTurn.text", "Answer.text", "ToolAudited.args", "ExplicitFeedback.comment")


def refs(*specs: UseCaseSpec, releases: Releases | None = None, at: int = NOON) -> Refs:
    tables = {name: Table(topic(name)) for name in ("usecases", "releases")}
    for spec in specs or (make.spec(),):
        tables["usecases"].put(f"{spec.use_case_id}@{spec.version}", spec)
    if releases is not None:
        tables["releases"].put(releases.use_case_id, releases)
    return Refs(tables, at=at)


def inside(event: RunEvent, of: Refs | None = None, keys: Keys = KEYS) -> Any:
    """The one event that capture writes for this one."""
    _, [written] = accept(keys, of or refs(), Session(), event)
    return written


def refusal(event: RunEvent, of: Refs | None = None) -> tuple[str, str]:
    session = Session({"another": NOON})
    with pytest.raises(Refused) as refused:
        accept(KEYS, of or refs(), session, event)
    return refused.value.reason, str(refused.value)


KINDS: dict[str, Callable[..., RunEvent]] = {
    "UserTurn": make.turn,
    "Answer": make.answer,
    "ToolAudited": make.tool,
    "DecisionSnapshot": make.snapshot,
    "ActionReconciled": make.action,
    "Takeover": make.takeover,
    "ExplicitFeedback": make.feedback,
    "BusinessOutcome": make.business,
    "RunFinished": make.finished,
}


def test_every_kind_of_run_event_is_tried_here() -> None:
    assert set(KINDS) == set(topic("runs.raw").records)


# ------------------------------------------------------------------------------------------------------- what comes in


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_event_comes_in_with_its_facts_unchanged(kind: str) -> None:
    event = make.raw(KINDS[kind]())

    written = inside(event)

    changed = {"user_id", "user_bucket", "spec_version", "by", "source_id"}
    same = set(event.__struct_fields__) - changed
    assert {name: getattr(written, name) for name in same} == {name: getattr(event, name) for name in same}
    assert written.spec_version == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["event_id", "session_id", "run_id", "use_case_id"])
def test_an_event_without_an_id_is_refused(kind: str, name: str) -> None:
    reason, said = refusal(make.raw(KINDS[kind](**{name: ""} if name != "run_id" else {"run": ""})))

    assert (reason, said) == ("missing_field", f"{name} is empty; every run event needs it")


def test_an_unknown_use_case_is_refused() -> None:
    reason, said = refusal(make.raw(make.turn(use_case_id="nobody's")))

    assert (reason, said) == ("unknown_use_case", 'no use case "nobody\'s"; publish its spec first')


@pytest.mark.parametrize(
    ("off", "said"),
    [(365 * make.DAY, "+365.0 days"), (-365 * make.DAY, "-365.0 days"), (AHEAD_MS + 1, "+0.0 days")],
)
def test_a_clock_that_is_far_off_is_refused(off: int, said: str) -> None:
    reason, message = refusal(make.raw(make.turn(at=NOON + off)))

    assert (reason, message) == ("clock", f"occurred_at is {said} off the broker's clock; set it right")


@pytest.mark.parametrize("off", [AHEAD_MS, -BEHIND_MS, 0])
def test_a_clock_that_is_a_little_off_is_not(off: int) -> None:
    assert inside(make.raw(make.turn(at=NOON + off))).occurred_at == NOON + off


BAD_VALUES = {
    "a number below -1": make.turn(seq=-2),
    "a bucket below -1": make.turn(user_bucket=-2),
    "a bucket beyond the last": make.turn(user_bucket=BUCKETS),
    "a business value that is no number": make.business(value=float("nan")),
    "an endless business value": make.business(value=float("inf")),
    "a confidence that is no number": make.snapshot(confidence=float("nan")),
    "an answer's cost that is no number": make.answer(cost=float("-inf")),
    "a run's cost that is no number": make.finished(cost=float("nan")),
}


@pytest.mark.parametrize("event", BAD_VALUES.values(), ids=BAD_VALUES)
def test_a_value_without_sense_is_refused(event: RunEvent) -> None:
    assert refusal(event)[0] == "bad_value"


@pytest.mark.parametrize("polarity", [Polarity.NEGATIVE, Polarity.UNKNOWN])
def test_blame_without_a_reason_is_refused(polarity: Polarity) -> None:
    assert refusal(make.raw(make.feedback(polarity, ReasonCode.UNKNOWN))) == (
        "reason_missing",
        "negative feedback needs a reason_code; make the form ask for one",
    )


@pytest.mark.parametrize("polarity", [Polarity.POSITIVE, Polarity.NEUTRAL])
def test_praise_needs_no_reason(polarity: Polarity) -> None:
    assert inside(make.raw(make.feedback(polarity, ReasonCode.UNKNOWN))).polarity is polarity


def test_a_business_event_without_a_name_is_refused() -> None:
    assert refusal(make.raw(make.business(name="")))[0] == "missing_field"


def test_an_offline_run_without_its_example_is_refused() -> None:
    assert refusal(make.raw(make.turn(exposure=Exposure.OFFLINE)))[0] == "missing_field"
    assert inside(make.raw(make.turn(exposure=Exposure.OFFLINE, eval_case_id="example-1"))).eval_case_id == "example-1"


def test_a_refused_event_may_come_again_when_it_is_mended() -> None:
    event = make.raw(make.business(name=""))
    session = Session()
    with pytest.raises(Refused):
        accept(KEYS, refs(), session, event)

    _, written = accept(KEYS, refs(), session, replace(event, name="reopened"))

    assert len(written) == 1


def test_a_wrong_event_ends_in_the_dead_letters_and_the_next_one_comes_in() -> None:
    memory = Memory((app.stage(Settings()),), now=NOON, partitions=1)
    memory.send("usecases", make.spec())
    for event_id, at in (("1", NOON), ("2", NOON - 365 * make.DAY), ("3", NOON)):
        memory.send("runs.raw", make.raw(make.turn(event_id=event_id, at=at)))

    memory.run(NOON + MINUTE)

    assert [event.event_id for event in memory.read("runs", RunEvent)] == ["1", "3"]
    [(name, [letter])] = memory.dead().items()
    assert (name, headers(letter)["dead.reason"], headers(letter)["dead.offset"]) == ("runs.raw.dead", "clock", "1")


# ------------------------------------------------------------------------------------------------------------- repeats


def test_a_repeat_goes_nowhere() -> None:
    event = make.raw(make.turn())
    session, written = accept(KEYS, refs(), Session(), event)
    again, repeated = accept(KEYS, refs(), session, replace(event, locale="de"))

    assert (len(written), repeated, again) == (1, (), session)


def test_a_repeat_is_known_until_the_longest_horizon_and_the_lateness_have_passed() -> None:
    session, _ = accept(KEYS, refs(), Session(), make.raw(make.turn()))
    until = NOON + 6 * HOUR + 5 * MINUTE

    assert memory_ms(make.spec()) == 6 * HOUR + 5 * MINUTE
    assert forgets_at(session) == until
    assert forget(refs(), session, until) == (None, ())


def test_what_is_forgotten_first_leaves_the_rest() -> None:
    session = Session()
    for minute in (2, 0, 1):
        event = make.raw(make.turn(at=NOON + minute * MINUTE, event_id=str(minute)))
        session, _ = accept(KEYS, refs(), session, event)
    first = forgets_at(session)
    assert first is not None

    left, said = forget(refs(), session, first)

    assert left is not None
    assert (set(left.seen), said) == ({"1", "2"}, ())
    assert forgets_at(left) == first + MINUTE


def test_an_empty_session_wants_nothing() -> None:
    assert forgets_at(Session()) is None


def test_a_session_that_never_ends_is_refused_before_a_repeat_could_slip_through() -> None:
    session = Session({str(n): NOON + n for n in range(MOST_IDS)})

    with pytest.raises(Refused) as refused:
        accept(KEYS, refs(), session, make.raw(make.turn(event_id="one-more")))

    assert refused.value.reason == "session_too_long"
    assert accept(KEYS, refs(), session, make.raw(make.turn(event_id="0"))) == (session, ())


@given(st.lists(st.sampled_from("abcdef"), max_size=20), st.integers(1, 4))
def test_each_event_goes_on_once_however_often_it_comes(ids: list[str], batch: int) -> None:
    memory = Memory((app.stage(Settings()),), now=NOON, partitions=1, batch=batch)
    memory.send("usecases", make.spec())
    for n, event_id in enumerate(ids):
        memory.send("runs.raw", make.raw(make.turn(event_id=event_id)), at=NOON + n)

    memory.run(NOON + HOUR)

    assert [event.event_id for event in memory.read("runs", RunEvent)] == list(dict.fromkeys(ids))


def test_capture_keeps_nothing_for_ever() -> None:
    memory = Memory((app.stage(Settings()),), now=NOON, partitions=1)
    memory.send("usecases", make.spec())
    memory.send("runs.raw", make.raw(make.turn()))

    memory.run(NOON + make.DAY)

    assert memory.tasks[0].engine.states == {}


# ------------------------------------------------------------------------------------------------------ spec and bucket


def test_the_newest_spec_counts_where_no_release_pins_one() -> None:
    specs = [make.spec(version=version) for version in (1, 3, 2)]

    assert inside(make.raw(make.turn()), refs(*specs)).spec_version == 3
    assert inside(make.raw(make.turn(release_id="unknown")), refs(*specs)).spec_version == 3


def test_the_spec_that_the_runs_release_pinned_counts() -> None:
    specs = [make.spec(version=version) for version in (1, 2, 3)]
    releases = make.releases(make.release("a", spec_version=2), make.release("b", spec_version=1))
    known = refs(*specs, releases=releases)

    assert inside(make.raw(make.turn(release_id="a")), known).spec_version == 2
    assert inside(make.raw(make.turn(release_id="b")), known).spec_version == 1
    assert inside(make.raw(make.turn()), known).spec_version == 3


def test_what_a_product_says_about_the_spec_version_does_not_count() -> None:
    assert inside(make.turn(spec_version=99)).spec_version == 1


def test_the_pinned_spec_says_what_may_be_kept_raw() -> None:
    specs = [make.spec(version=1), make.spec(version=2, raw_fields=ALL_RAW)]
    known = refs(*specs, releases=make.releases(make.release("a", spec_version=1)))

    assert inside(make.raw(make.turn("hello", release_id="a")), known).text.text == ""
    assert inside(make.raw(make.turn("hello")), known).text.text == "hello"


def test_a_bucket_is_computed_where_the_product_has_none() -> None:
    assert inside(make.raw(make.turn())).user_bucket == user_bucket(KEYS.bucket, "ann")
    assert inside(make.raw(make.turn(), user_id="")).user_bucket == user_bucket(KEYS.bucket, "session-1")


@pytest.mark.parametrize("bucket", [0, 7, BUCKETS - 1])
def test_a_bucket_that_the_product_has_stays(bucket: int) -> None:
    assert inside(make.raw(make.turn(), user_bucket=bucket)).user_bucket == bucket


# ----------------------------------------------------------------------------------------------- people and their words


def test_the_same_person_has_the_same_pseudonym_and_another_has_another() -> None:
    ann, bob = pseudonym(KEYS, "ann"), pseudonym(KEYS, "bob")

    assert inside(make.raw(make.turn())).user_id == ann
    assert inside(make.raw(make.answer())).user_id == ann
    assert inside(make.raw(make.feedback(source_id="ann"))).source_id == ann
    assert inside(make.raw(make.takeover(by="ann"))).by == ann
    assert ann != bob
    assert pseudonym(KEYS, "") == ""


def test_a_pseudonym_names_its_key_and_hides_under_it() -> None:
    other = Keys(pseudonym=b"another key here", pseudonym_id="k8", text=KEYS.text, bucket=KEYS.bucket)

    assert pseudonym(KEYS, "ann").startswith("k7:")
    assert pseudonym(other, "ann").startswith("k8:")
    assert pseudonym(KEYS, "ann").split(":")[1] != pseudonym(other, "ann").split(":")[1]


def test_words_become_features() -> None:
    text = "No, I need a refund for order 4711"
    seen = features(text, KEYS.text)

    written = inside(make.raw(make.turn(text))).text

    assert (written.text, written.length, written.tokens) == ("", len(text), seen.tokens)
    assert (written.sketch, written.numbers) == (seen.sketch, seen.numbers)
    assert (written.correction, written.negation) == (seen.correction, seen.negation)
    assert written.digest not in ("", text)


def test_features_that_somebody_else_computed_do_not_count() -> None:
    """They were not made with our key, and could be anything."""
    known = TextRef(ref="t-1", digest="d", length=9, tokens=2, negation=True, sketch=b"1234")

    assert inside(make.raw(make.turn(), text=known)).text == TextRef(ref="t-1")


@pytest.mark.parametrize("name", ["event_id", "session_id", "run_id"])
def test_an_id_that_looks_like_an_address_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="opaque"):
        inside(make.raw(make.turn(), **{name: "ann@example.com"}))


def test_a_scope_that_is_not_made_of_grants_is_refused() -> None:
    for event in (make.turn(permission_scope="orders:read@ann@example.com"), make.tool(scope_used="everything of Ann")):
        with pytest.raises(Refused, match="resource:action@boundary"):
            inside(make.raw(event))


def test_the_value_of_feedback_is_a_category_and_no_prose() -> None:
    assert inside(make.raw(make.feedback(value="down"))).value == "down"
    assert inside(make.raw(make.feedback(value="my wife is ill"))).value == ""


ADDRESS = "ann.smith@example.com"
"""What must not pass, wherever a product puts it."""


@pytest.mark.parametrize("event", make.one_of_each(), ids=lambda event: type(event).__name__)
def test_no_field_of_any_record_lets_an_address_through(event: RunEvent) -> None:
    """Field by field: it comes in without, or not at all."""
    for field in msgspec.structs.fields(event):
        if field.type is not str or field.name == "use_case_id":
            continue
        try:
            found = inside(make.raw(event, **{field.name: ADDRESS}))
        except Refused:
            continue
        assert ADDRESS.encode() not in CODEC.encode(found), field.name


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (make.tool(exception_type="KeyError: ann@example.com"), "exception_type"),
        (make.tool(error_code="no account ann@example.com"), "error_code"),
        (make.tool(target_id="ann@example.com"), "target_id"),
        (make.snapshot(chosen="mail ann@example.com"), "chosen"),
        (make.finished(error_code="mail to ann@example.com failed"), "error_code"),
        (make.turn(intent="write to ann@example.com"), "intent"),
    ],
)
def test_a_technical_field_is_redacted_without_being_listed(event: RunEvent, field: str) -> None:
    found = getattr(inside(make.raw(event)), field)

    assert "ann@" not in found
    assert "[EMAIL]" in found


def test_a_reference_into_the_source_system_stays_beside_the_features() -> None:
    assert inside(make.raw(make.turn(), text=TextRef(text="hello", ref="t-1"))).text.ref == "t-1"


PRIVATE = "jane.doe@example.com"

WORDED: dict[str, Callable[[str], RunEvent]] = {
    "UserTurn.text": make.turn,
    "Answer.text": make.answer,
    "ToolAudited.args": lambda said: make.tool(args=said),
    "ExplicitFeedback.comment": lambda said: make.feedback(comment=TextRef(text=said)),
}


@pytest.mark.parametrize("field", WORDED)
def test_an_allowed_field_keeps_its_words_without_what_is_private(field: str) -> None:
    event = make.raw(WORDED[field](f"Please write to {PRIVATE} about the kettle"))

    kept = CODEC.encode(inside(event, refs(make.spec(raw_fields=(field,)))))

    assert b"about the kettle" in kept
    assert PRIVATE.encode() not in kept


@pytest.mark.parametrize("field", WORDED)
def test_to_allow_one_field_allows_no_other(field: str) -> None:
    others = tuple(one for one in ALL_RAW if one != field)

    kept = CODEC.encode(inside(make.raw(WORDED[field]("about the kettle")), refs(make.spec(raw_fields=others))))

    assert b"kettle" not in kept


@pytest.mark.parametrize(
    "event",
    [
        make.answer(refused=True, refusal_reason=f"the mail {PRIVATE} is not allowed"),
        make.tool(error_code=f"no such user {PRIVATE}"),
        make.feedback(value=f"ask {PRIVATE}"),
        make.finished(error_code=f"no such user {PRIVATE}"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_an_error_or_a_reason_is_kept_without_what_is_private(event: RunEvent) -> None:
    assert PRIVATE.encode() not in CODEC.encode(inside(make.raw(event)))


LETTERS = st.characters(codec="utf-8", categories=("L", "N"))
PEOPLE = st.text(LETTERS, min_size=1, max_size=20).map(lambda name: f"user {name} of ours")
WORDS = st.text(LETTERS, min_size=1, max_size=40).map(lambda words: f"my words {words} are mine")


def _told_by(kind: str, person: str, words: str) -> RunEvent:
    """An event of this kind that says all it can about a person and in their words."""
    text = TextRef(text=words)
    said: dict[str, dict[str, Any]] = {
        "UserTurn": {"text": text},
        "Answer": {"text": text},
        "ToolAudited": {"args": words},
        "ExplicitFeedback": {"comment": text, "source_id": person, "source_kind": FeedbackSource.USER},
        "Takeover": {"by": person},
    }
    return make.raw(KINDS[kind](), user_id=person, **said.get(kind, {}))


@given(st.sampled_from(sorted(KINDS)), PEOPLE, WORDS)
def test_no_id_of_a_person_and_none_of_their_words_go_on(kind: str, person: str, words: str) -> None:
    written: Event = inside(_told_by(kind, person, words))

    encoded = CODEC.encode(written)
    assert person.encode() not in encoded
    assert words.encode() not in encoded
    assert person not in repr(written)
    assert words not in repr(written)


@given(st.sampled_from(sorted(KINDS)), PEOPLE, WORDS)
def test_no_id_of_a_person_goes_on_where_words_may(kind: str, person: str, words: str) -> None:
    written = inside(_told_by(kind, person, f"{words} {PRIVATE}"), refs(make.spec(raw_fields=ALL_RAW)))

    assert person.encode() not in CODEC.encode(written)
    assert PRIVATE.encode() not in CODEC.encode(written)


def test_what_capture_remembers_of_a_session_names_nobody() -> None:
    session, _ = accept(KEYS, refs(), Session(), _told_by("UserTurn", "user ann of ours", "my words are mine"))

    assert "ann" not in repr(session)
    assert "words" not in repr(session)


def test_a_checked_event_gives_its_spec() -> None:
    assert check(refs(), make.raw(make.turn())) == make.spec()
