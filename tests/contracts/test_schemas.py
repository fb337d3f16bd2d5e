"""What the files in schemas/ promise by themselves: their names, docs and words, and the Python made from them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.kernel import contracts
from services.kernel.contracts import Contract, envelope_of, load, named_types, render, render_events
from services.kernel.topics import SCHEMAS, topics

CONTRACTS = load()
NEWEST = {name: versions[-1].schema for name, versions in CONTRACTS.items()}

RUN_EVENTS = (
    *("UserTurn", "Answer", "ToolAudited", "DecisionSnapshot", "ActionReconciled", "Takeover"),
    *("ExplicitFeedback", "BusinessOutcome", "RunFinished"),
)

ENVELOPE = (
    *("event_id", "seq", "occurred_at", "session_id", "run_id", "step_id", "parent_step_id"),
    *("user_id", "user_bucket", "role", "cohort_id", "intent", "use_case_id", "spec_version"),
    *("workflow_version", "prompt_version", "policy_pack_id", "tool_policy_id", "model_id", "model_params_hash"),
    *("release_id", "release_stage", "arm", "exposure", "eval_case_id"),
    *("permission_scope", "classification", "trainable", "traceparent"),
)

VOCABULARIES = {
    "ReasonCode": "WRONG_SOURCE MISSING_SOURCE STALE_SOURCE UNSAFE_SCOPE TOOL_ERROR FORMAT_FAIL UNSUPPORTED_CLAIM "
    "INSTRUCTION_MISS WRONG_ACTION PARTIAL_ACTION WRONG_REFUSAL TOO_SLOW TOO_COSTLY POOR_HANDOFF NOT_A_FAULT",
    "FailureLocus": "INPUT_KNOWLEDGE RETRIEVAL PROMPT_DECISION TOOL_POLICY TOOL_CALL OUTPUT_FORMAT VERIFICATION "
    "POLICY_SCOPE HANDOFF ORCHESTRATION MODEL",
    "Surface": "KNOWLEDGE MEMORY RETRIEVAL_CONFIG RANKING_WEIGHTS QUERY_REWRITE PROMPT AGENT_WORKFLOW TOOL_SCHEMA "
    "TOOL_POLICY WRITE_ACTION DATA_SCOPE POLICY_FILTER ACCESS_BEHAVIOUR OUTPUT_VALIDATOR MODEL",
    "RiskTier": "LOW MEDIUM HIGH",
    "Severity": "LOW MEDIUM HIGH CRITICAL",
    "ControlFailure": "NONE SCOPE_BREACH SENSITIVE_FIELD_LEAK SIDE_EFFECT_MISFIRE",
    "Exposure": "LIVE SHADOW OFFLINE",
    "Arm": "NONE BASELINE CANDIDATE",
    "Verdict": "PASS FAIL HOLD NO_DATA INVALID ERROR",
    "Classification": "PUBLIC INTERNAL CONFIDENTIAL RESTRICTED",
    "Phase": "PROPOSED OFFLINE AWAITING_APPROVAL SHADOW CANARY FULL HELD ROLLED_BACK REJECTED EXPIRED",
    "CaseStatus": "OPEN TRIAGED IN_FIX RELEASED VERIFIED REOPENED CLOSED",
    "EffectClass": "READ WRITE IRREVERSIBLE",
    "ToolStatus": "OK ERROR TIMEOUT DENIED",
    "TakeoverReason": "USER_ASKED POLICY_REQUIRED LOW_CONFIDENCE FAILURE",
    "FeedbackTarget": "RUN STEP SESSION TOOL_CALL",
    "FeedbackSource": "USER REVIEWER JUDGE DETECTOR BUSINESS_EVENT",
    # of the kinds that the contract names, those that a detector gives so far
    "SignalKind": "EXPLICIT_NEGATIVE REPHRASE CORRECTION TAKEOVER ABANDONMENT TOOL_FAILURE STALE_SOURCE "
    "INTENT_EFFECT_MISMATCH",
}


def types() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every enum and record in every version, with the file that it is in."""
    for versions in CONTRACTS.values():
        for one in versions:
            for inner in named_types(one.schema):
                yield f"{contracts.snake(one.name)}.v{one.version}.avsc", inner


def test_every_record_of_this_slice_has_a_schema() -> None:
    decisions = {"Change", "Approval", "Tally", "GateDecision", "Releases", "Transition", "AuditRecord", "UseCaseSpec"}
    findings = {"Signal", "Outcome", "Alarm", "Case", "CaseLink", "Mark"}
    assert set(CONTRACTS) == {*RUN_EVENTS} | findings | decisions


def test_versions_count_up_from_one() -> None:
    for versions in CONTRACTS.values():
        assert [one.version for one in versions] == list(range(1, len(versions) + 1))


@pytest.mark.parametrize(
    ("file", "name", "mend"),
    [
        ("Answer.v1.avsc", "Answer", "expected <record>.v<version>.avsc; rename it"),
        ("answer.avsc", "Answer", "expected <record>.v<version>.avsc; rename it"),
        ("reply.v1.avsc", "Answer", "holds Answer; rename it to answer.v1.avsc"),
    ],
)
def test_a_misnamed_file_is_refused_by_name(tmp_path: Path, file: str, name: str, mend: str) -> None:
    (tmp_path / file).write_text(json.dumps({**NEWEST["Answer"], "name": name}))
    with pytest.raises(ValueError, match=f"^{file}: {mend}$"):
        load(tmp_path)


def test_everything_has_a_doc() -> None:
    undocumented = [(file, inner["name"]) for file, inner in types() if not inner.get("doc", "").strip()]
    undocumented += [
        (file, f"{inner['name']}.{field['name']}")
        for file, inner in types()
        for field in inner.get("fields", ())
        if not field.get("doc", "").strip()
    ]
    assert undocumented == []


def test_every_enum_begins_with_unknown_which_old_readers_take_for_a_symbol_they_do_not_know() -> None:
    enums = [(file, inner) for file, inner in types() if inner["type"] == "enum"]
    assert [
        (file, enum["name"]) for file, enum in enums if (enum["symbols"][0], enum.get("default")) != ("UNKNOWN",) * 2
    ] == []
    assert len(enums) > len(VOCABULARIES)


@pytest.mark.parametrize("name", VOCABULARIES)
def test_a_closed_vocabulary_is_the_same_wherever_it_stands(name: str) -> None:
    found = [inner["symbols"] for _, inner in types() if inner["name"] == name]
    assert found
    assert all(symbols == ["UNKNOWN", *VOCABULARIES[name].split()] for symbols in found)


@pytest.mark.parametrize("record", RUN_EVENTS)
def test_every_run_event_begins_with_the_whole_envelope(record: str) -> None:
    assert tuple(field["name"] for field in NEWEST[record]["fields"][: len(ENVELOPE)]) == ENVELOPE


def test_the_envelope_says_the_same_in_every_run_event() -> None:
    said = {json.dumps(NEWEST[record]["fields"][: len(ENVELOPE)]) for record in RUN_EVENTS}
    assert len(said) == 1
    assert tuple(field["name"] for field in envelope_of(CONTRACTS, RUN_EVENTS)) == ENVELOPE


def test_the_topic_of_run_events_carries_every_run_event() -> None:
    assert set(topics()["runs.raw"].records) == set(RUN_EVENTS)


def test_the_python_is_what_the_schemas_say() -> None:
    drifted = [path.name for path, text in render().items() if path.read_text(encoding="utf-8") != text]
    assert drifted == [], "run `make contracts`"
    assert {path.name for path in render()} == {"events.py", "wire.py"}


def test_a_named_type_that_differs_between_two_records_is_not_rendered() -> None:
    text = CONTRACTS["Alarm"][-1].schema_text.replace('"CANDIDATE"]', '"CANDIDATE", "SECOND_CANDIDATE"]')
    torn = {**CONTRACTS, "Alarm": [Contract("Alarm", 1, text)]}
    with pytest.raises(ValueError, match=r"^Arm differs between two schemas; make them the same$"):
        render_events(torn, RUN_EVENTS)


def test_a_type_that_python_could_not_hold_is_not_rendered() -> None:
    schema = CONTRACTS["Mark"][-1].schema
    schema["fields"].append({"name": "note", "type": ["null", "string"], "doc": "A note.", "default": None})
    torn = {**CONTRACTS, "Mark": [Contract("Mark", 1, json.dumps(schema))]}
    with pytest.raises(TypeError, match="use a primitive, an enum, a record or an array"):
        render_events(torn, RUN_EVENTS)


def test_the_folder_holds_nothing_that_nobody_reads() -> None:
    expected = {"topics.yaml", "examples", "CHANGELOG.md"}
    assert {path.name for path in SCHEMAS.iterdir() if path.suffix != ".avsc"} == expected
