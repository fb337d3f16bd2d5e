"""The map of the topics is true: its records exist, its keys are fields, and the stages do what it says."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from loopwright.events import TYPES, Mark
from services import loop
from services.kernel.authored import Mistake
from services.kernel.settings import Settings
from services.kernel.stage import Stage
from services.kernel.topics import OUTSIDE, Cleanup, Topic, topic, topics
from tests.contracts.examples import ok

TYPE = {kind.__name__: kind for kind in TYPES}
STAGES = loop.stages(Settings())
SEVERAL_INPUTS = [stage for stage in STAGES if len(stage.reads) > 1]


def faults(mapped: Mapping[str, Topic], stages: Sequence[Stage[Any]]) -> list[str]:
    """Where the map contradicts itself, the records or the stages, a sentence each."""
    return [*_of_entries(mapped), *_of_roles(mapped, stages), *_of_inputs(mapped, stages)]


def _of_entries(mapped: Mapping[str, Topic]) -> list[str]:
    found = []
    for name, entry in mapped.items():
        for record in entry.records:
            if record not in TYPE:
                found.append(f"{name} carries {record}, which has no schema")
                continue
            missing = [field for field in entry.key.split("@") if field not in TYPE[record].__struct_fields__]
            found += [f"{name} is keyed by {field}, which {record} lacks" for field in missing]
        if entry.cleanup is Cleanup.COMPACT and entry.retention_ms != -1:
            found.append(f"{name} is compacted, yet its values expire")
    carried = {record for entry in mapped.values() for record in entry.records}
    return [*found, *(f"{record} has no topic" for record in sorted(set(TYPE) - carried - {Mark.__name__}))]


def _of_roles(mapped: Mapping[str, Topic], stages: Sequence[Stage[Any]]) -> list[str]:
    said: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for name, entry in mapped.items():
        said["is written by"] |= {(name, entry.writer)} - {(name, OUTSIDE)}
        said["is read by"] |= {(name, reader) for reader in entry.readers}
        said["is referred to by"] |= {(name, reader) for reader in entry.refers}
    done = {
        "is written by": {(one.name, stage.name) for stage in stages for one in stage.writes},
        "is read by": {(one.name, stage.name) for stage in stages for one in stage.reads},
        "is referred to by": {(one.name, stage.name) for stage in stages for one in stage.refers},
    }
    return [
        f"{name} {role} {stage} only in {where}"
        for role in done
        for where, pairs in (("the map", said[role] - done[role]), ("the code", done[role] - said[role]))
        for name, stage in sorted(pairs)
    ]


def _of_inputs(mapped: Mapping[str, Topic], stages: Sequence[Stage[Any]]) -> list[str]:
    counts = {
        stage.name: {one.name: mapped[one.name].partitions for one in stage.reads if one.name in mapped}
        for stage in stages
    }
    return [f"the inputs of {name} differ: {found}" for name, found in counts.items() if len(set(found.values())) > 1]


def test_the_map_is_what_the_records_and_the_stages_say() -> None:
    assert faults(topics(), STAGES) == []


@pytest.mark.parametrize(
    ("name", "changes", "sentence"),
    [
        ("cases", {"records": ("Case", "Problem")}, "cases carries Problem, which has no schema"),
        ("cases", {"records": ("CaseLink",)}, "Case has no topic"),
        ("usecases", {"key": "use_case_id@revision"}, "usecases is keyed by revision, which UseCaseSpec lacks"),
        ("signals", {"key": "case_id"}, "signals is keyed by case_id, which Signal lacks"),
        ("releases", {"retention_ms": 86_400_000}, "releases is compacted, yet its values expire"),
        ("gates", {"writer": "rollout"}, "gates is written by rollout only in the map"),
        ("gates", {"writer": OUTSIDE}, "gates is written by evaluation.gates only in the code"),
        ("gates", {"readers": ("rollout", "triage")}, "gates is read by triage only in the map"),
        ("gates", {"readers": ()}, "gates is read by rollout only in the code"),
        ("usecases", {"refers": ("capture",)}, "usecases is referred to by detection only in the code"),
        ("signals", {"partitions": 6}, "the inputs of triage differ: {'signals': 6, 'case.links': 12}"),
    ],
)
def test_a_map_that_is_not_true_is_found_out(name: str, changes: dict[str, Any], sentence: str) -> None:
    torn = {**topics(), name: topics()[name].model_copy(update=changes)}
    assert sentence in faults(torn, STAGES)


def test_a_stage_that_the_map_knows_and_nobody_wrote_is_found_out() -> None:
    without_triage = [stage for stage in STAGES if stage.name != "triage"]
    assert faults(topics(), without_triage) == [
        "cases is written by triage only in the map",
        "case.links is read by triage only in the map",
        "signals is read by triage only in the map",
    ]


def test_stages_have_names_of_their_own() -> None:
    names = [stage.name for stage in STAGES]
    assert sorted(set(names)) == sorted(names)
    assert len(SEVERAL_INPUTS) > 1


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_a_partition_brings_together_what_one_state_needs(stage: Stage[Any]) -> None:
    """Equal state keys must mean equal partition keys: here each is a function of the other, or the same."""
    for one in stage.reads:
        for record in one.records:
            assert one.keys()(ok(record)) == stage.key(ok(record))


@pytest.mark.parametrize("stage", SEVERAL_INPUTS, ids=lambda stage: stage.name)
def test_the_keys_of_a_stage_with_several_inputs_meet(stage: Stage[Any]) -> None:
    """The examples are of one use case and one case, so whatever one stage reads of them has one key."""
    keys = {(one.name, one.keys()(ok(record))) for one in stage.reads for record in one.records}
    assert len(keys) == len(stage.reads)
    assert len({key for _, key in keys}) == 1


def test_history_and_reference_data_stay_for_ever() -> None:
    history = {"transitions", "changes", "approvals", "audit"}
    assert {
        name for name in history if topic(name).retention_ms != -1 or topic(name).cleanup is Cleanup.COMPACT
    } == set()
    assert {name for name, entry in topics().items() if entry.refers} == {"usecases", "releases"}
    assert all(entry.cleanup is Cleanup.COMPACT for entry in topics().values() if entry.refers)


def test_records_stay_longer_than_the_latest_one_counts() -> None:
    for entry in topics().values():
        assert entry.lateness_ms > 0
        assert entry.retention_ms == -1 or entry.retention_ms > entry.lateness_ms


def test_one_record_has_one_home_among_what_a_stage_writes() -> None:
    for stage in STAGES:
        records = [record for one in stage.writes for record in one.records]
        assert sorted(set(records)) == sorted(records)


ENTRY = (
    "cases:\n  {key: case_id, writer: triage, records: [Case], partitions: 12, retention: 7d, cleanup: delete,\n"
    "   lateness: 1h, replication: 3}\n"
)


def test_the_entry_that_the_wrong_ones_below_are_made_from_is_right(tmp_path: Path) -> None:
    path = tmp_path / "topics.yaml"
    path.write_text(ENTRY)
    assert topics(path)["cases"].retention_ms == 7 * 86_400_000


@pytest.mark.parametrize(
    ("right", "wrong", "about"),
    [
        ("key: case_id", "kee: case_id", "key"),
        ("key: case_id, ", "", "key"),
        ("records: [Case]", "records: []", "records"),
        ("records: [Case]", "records: Case", "records"),
        ("partitions: 12", "partitions: 0", "partitions"),
        ("partitions: 12", "partitions: twelve", "partitions"),
        ("retention: 7d", "retention: a week", "retention"),
        ("retention: 7d", "retention: 7", "retention"),
        ("lateness: 1h", "lateness: soon", "lateness"),
        ("cleanup: delete", "cleanup: shred", "cleanup"),
        ("replication: 3", "replication: -1", "replication"),
        ("replication: 3", "replication: 3, colour: red", "colour"),
    ],
)
def test_a_wrong_map_ends_in_one_line_that_names_the_entry(tmp_path: Path, right: str, wrong: str, about: str) -> None:
    path = tmp_path / "topics.yaml"
    path.write_text("# first line\n" + ENTRY.replace(right, wrong))
    with pytest.raises(Mistake) as found:
        topics(path)
    assert re.fullmatch(rf"{re.escape(str(path))}:2:1: cases[.:][^\n]+", str(found.value))
    assert about in str(found.value)
    assert "[type=" not in str(found.value)


@pytest.mark.parametrize("text", ["cases: 12\n", "cases: [Case]\n", "cases:\n", "- cases\n", "cases\n", ""])
def test_a_map_of_another_shape_ends_in_one_line_too(tmp_path: Path, text: str) -> None:
    path = tmp_path / "topics.yaml"
    path.write_text(text)
    with pytest.raises(Mistake, match=r"^[^\n]+$"):
        topics(path)


def test_an_entry_that_stands_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "topics.yaml"
    path.write_text(ENTRY + ENTRY)
    with pytest.raises(Mistake, match=r"^[^\n]*:4:1: [^\n]*cases[^\n]*$"):
        topics(path)


def test_a_topic_that_the_map_lacks_is_asked_for_by_name() -> None:
    with pytest.raises(Mistake, match=r"^schemas/topics.yaml: no topic 'casess'; add it or correct the name$"):
        topic("casess")
