import json
from io import BytesIO
from typing import Any

import fastavro
import pytest
from msgspec import ValidationError

from loopwright.codec import CODEC, Unwritable, head
from loopwright.events import SCHEMAS, TYPES, Phase, RunEvent
from loopwright.flags import assign
from services.capture import domain as capture
from services.detection.domain.cause import fingerprint
from services.kernel import audit
from services.kernel.contracts import snake
from services.kernel.stage import Refs, Table
from services.kernel.topics import topic
from services.rollout.domain import release_id
from tests.contracts.examples import EXAMPLES, READER, RECORDS, bad, ok, plain, written
from tests.sdk.oracle import parsed

RUN_EVENTS = tuple(kind.__name__ for kind in TYPES if issubclass(kind, RunEvent))


def test_each_record_has_its_two_files_and_there_are_no_others() -> None:
    expected = {f"{snake(record)}.{kind}.json" for record in RECORDS for kind in ("ok", "bad")}
    assert {path.name for path in EXAMPLES.iterdir()} == expected


@pytest.mark.parametrize("record", RECORDS)
def test_a_right_example_shows_every_field_in_the_order_of_the_schema(record: str) -> None:
    text = (EXAMPLES / f"{snake(record)}.ok.json").read_text()
    assert list(json.loads(text).items()) == list(written(ok(record)).items())


@pytest.mark.parametrize("record", RECORDS)
def test_a_right_example_survives_the_wire(record: str) -> None:
    assert CODEC.decode(CODEC.encode(ok(record))) == ok(record)


@pytest.mark.parametrize("record", RECORDS)
def test_a_right_example_has_the_same_bytes_and_value_in_another_implementation(record: str) -> None:
    schema, data = parsed(record), CODEC.encode(ok(record))
    theirs = BytesIO()
    fastavro.schemaless_writer(theirs, schema, plain(ok(record)), strict=True)

    assert data == head(SCHEMAS[record][-1]) + theirs.getvalue()
    theirs.seek(0)
    assert fastavro.schemaless_reader(theirs, schema, None) == plain(ok(record))


@pytest.mark.parametrize(("record", "why", "event"), bad(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_wrong_example_is_refused_and_the_reason_names_the_field(
    record: str, why: str, event: dict[str, Any]
) -> None:
    assert event["type"] == record
    with pytest.raises((ValidationError, Unwritable)) as refused:
        CODEC.encode(READER.decode(json.dumps(event)))
    assert why.partition(":")[0] in str(refused.value)


def test_a_wrong_example_is_wrong_in_each_way_that_the_contract_knows() -> None:
    ways = {"is missing": "missing required", "a strange field": "unknown field", "no symbol": "Invalid enum value"}
    ways |= {
        "a boolean": "got `bool`",
        "another type": "got `str`",
        "null": "got `null`",
        "too many bits": " bits, got ",
    }
    reasons = []
    for _, _, event in bad():
        with pytest.raises((ValidationError, Unwritable)) as refused:
            CODEC.encode(READER.decode(json.dumps(event)))
        reasons.append(str(refused.value))
    assert {way for way, words in ways.items() if any(words in reason for reason in reasons)} == set(ways)


def story(record: str, *fields: str) -> tuple[Any, ...]:
    return tuple(getattr(ok(record), field) for field in fields)


def test_the_examples_tell_of_one_run_of_one_user() -> None:
    whose = {story(record, "session_id", "run_id", "user_id", "user_bucket", "use_case_id") for record in RUN_EVENTS}
    numbers = [ok(record).seq for record in RUN_EVENTS if ok(record).seq >= 0]

    assert len(whose) == 1
    assert sorted(numbers) == list(range(ok("RunFinished").events))
    for told in ("Signal", "Outcome"):
        assert story(told, "session_id", "run_id", "user_bucket", "release_id", "arm") == story(
            "UserTurn", "session_id", "run_id", "user_bucket", "release_id", "arm"
        )
    assert ok("Signal").evidence == (ok("DecisionSnapshot").event_id,)


def test_the_examples_run_through_the_same_use_case_case_change_and_release() -> None:
    of_the_use_case = {ok(record).use_case_id for record in RECORDS if hasattr(ok(record), "use_case_id")}
    of_the_change = {ok(record).change_id for record in RECORDS if hasattr(ok(record), "change_id")}
    of_the_release = {ok(record).release_id for record in RECORDS if hasattr(ok(record), "release_id")}
    signal, change, release = ok("Signal"), ok("Change"), ok("Releases").releases[0]

    assert of_the_use_case == {release.use_case_id}
    assert of_the_change == {release.change_id}
    assert of_the_release == {release.release_id} == {release_id(change.change_id)}
    assert signal.fingerprint == fingerprint(signal.reason_code, signal.failure_locus, signal.cause)
    assert {signal.fingerprint} == {ok("Case").case_id, ok("CaseLink").case_id, *change.case_ids, *release.case_ids}
    assert ok("Approval").diff_digest == release.diff_digest == audit.digest(change.diff)


def test_the_example_release_stands_where_its_decision_and_transition_took_it() -> None:
    decision, transition, release = ok("GateDecision"), ok("Transition"), ok("Releases").releases[0]

    assert (decision.phase, decision.stage) == (transition.from_phase, transition.from_stage)
    assert decision.release_version + 1 == transition.version == release.version
    assert transition.because == release.because == (decision.decision_id,)
    assert (transition.to_phase, transition.to_stage) == (release.phase, release.stage) == (Phase.CANARY, 2)
    assert (ok("Tally").stage, ok("Tally").arm) == story("Outcome", "release_stage", "arm")


def test_the_example_user_is_on_the_side_that_assignment_gives() -> None:
    assigned = assign(ok("Releases"), ok("Alarm").user_bucket)
    assert assigned is not None
    assert (assigned.release_id, assigned.stage, assigned.arm) == story("Alarm", "release_id", "release_stage", "arm")


def test_the_example_audit_record_seals_the_example_change() -> None:
    assert audit.faults([ok("AuditRecord")]) == []
    assert ok("AuditRecord").payload_digest == audit.digest(ok("Change"))


@pytest.mark.parametrize("record", RUN_EVENTS)
def test_capture_accepts_the_example_of_every_run_event(record: str) -> None:
    spec = ok("UseCaseSpec")
    known = Table(topic("usecases"))
    known.put(f"{spec.use_case_id}@{spec.version}", spec)
    refs = Refs({"usecases": known, "releases": Table(topic("releases"))}, at=ok(record).occurred_at)

    assert capture.check(refs, ok(record)) == spec
