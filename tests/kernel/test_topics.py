"""The map of the system is read whole, and a mistake in it says where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.kernel.authored import Mistake
from services.kernel.topics import Cleanup, Topic, topic, topics
from tests import factories as make

ROW = (
    "{key: session_id, writer: outside, readers: [capture], records: [UserTurn],\n"
    "   partitions: 12, retention: 7d, cleanup: delete, lateness: 1h, replication: 3}\n"
)


def mistake(folder: Path, text: str) -> str:
    path = folder / "topics.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Mistake) as found:
        topics(path)
    said = str(found.value)
    assert said.startswith(f"{path}:")
    assert "\n" not in said
    return said.removeprefix(str(path))


def test_a_topic_is_read_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "topics.yaml"
    path.write_text(f"in:\n  {ROW}", encoding="utf-8")

    assert topics(path) == {
        "in": Topic(
            name="in",
            key="session_id",
            writer="outside",
            readers=("capture",),
            records=("UserTurn",),
            partitions=12,
            retention="7d",
            cleanup=Cleanup.DELETE,
            lateness="1h",
            replication=3,
        )
    }
    assert topics(path)["in"].retention_ms == 7 * make.DAY


def test_a_key_may_be_made_of_several_fields() -> None:
    assert topic("usecases").keys()(make.spec(version=4)) == "support-answers@4"
    assert topic("runs").keys()(make.turn(session_id="s")) == "s"


def test_a_topic_knows_its_dead_letters_and_whether_it_comes_from_outside() -> None:
    assert topic("runs.raw").dead == "runs.raw.dead"
    assert [topic(name).from_outside for name in ("runs.raw", "runs", "changes", "usecases")] == [
        True,
        False,
        True,
        True,
    ]


def test_an_unknown_topic_is_a_mistake() -> None:
    with pytest.raises(Mistake, match=r"^schemas/topics.yaml: no topic 'rnus'; add it or correct the name$"):
        topic("rnus")


MISTAKES = {
    "an unknown field": (
        ROW.replace("replication: 3", "replication: 3, colour: 1"),
        "in.colour: Extra inputs are not ",
    ),
    "a missing field": (ROW.replace("key: session_id, ", ""), "in.key: Field required"),
    "a bad duration": (ROW.replace("7d", "a week"), "in.retention: 'a week' is not a duration"),
    "no partition": (ROW.replace("12", "0"), "in.partitions: Input should be greater than or equal to 1"),
    "a bad cleanup": (ROW.replace("delete", "shred"), "in.cleanup: Input should be 'delete' or 'compact'"),
    "no mapping": ("12\n", "in: "),
}


@pytest.mark.parametrize(("row", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_wrong_entry_is_one_line_that_names_it(tmp_path: Path, row: str, said: str) -> None:
    found = mistake(tmp_path, f"# topics\nin:\n  {row}")

    assert found.startswith(f":2:1: {said}")
    assert found.endswith("; mend the entry")


@pytest.mark.parametrize("text", ["- in\n", "", "in\n"])
def test_a_map_that_is_no_map_is_one_line(tmp_path: Path, text: str) -> None:
    assert mistake(tmp_path, text).startswith(":1:1: expected a mapping of topics by name")


def test_a_map_that_is_not_yaml_is_one_line(tmp_path: Path) -> None:
    assert mistake(tmp_path, "in: {\n").startswith(":2:1: ")
