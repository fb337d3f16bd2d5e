"""Any two versions of a record read each other, and what is released stays as it is.

There is one version of each record so far, so the rules are shown on versions made here: both go through the same
function as the real files.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from itertools import permutations
from pathlib import Path
from typing import Any

import avro.schema
import pytest
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from msgspec.structs import replace

from loopwright.codec import CODEC, Codec, UnknownSchema, Unreadable, head
from loopwright.events import TakeoverReason
from services.kernel import wire_source
from services.kernel.contracts import SDK, Contract, load, named_types, render_events
from services.kernel.topics import SCHEMAS, topics
from tests.contracts.examples import ok

CONTRACTS = load()
V1 = CONTRACTS["Takeover"][0]


def incompatible(contracts: Mapping[str, Sequence[Contract]]) -> list[str]:
    """Which version cannot read which, and why, a sentence each."""
    found = []
    for name, versions in contracts.items():
        for reader, writer in permutations(versions, 2):
            theirs, ours = (avro.schema.parse(one.schema_text) for one in (writer, reader))
            result = ReaderWriterCompatibilityChecker().get_compatibility(ours, theirs)
            why = sorted(result.messages) if result.compatibility is not SchemaCompatibilityType.compatible else []
            why += retyped(reader.schema, writer.schema)
            if why:
                found.append(f"{name}: version {reader.version} cannot read version {writer.version}: {'; '.join(why)}")
    return found


def retyped(reader: dict[str, Any], writer: dict[str, Any]) -> list[str]:
    """Fields whose type is another one: Avro takes a string for bytes, the Python types do not."""
    before = {inner["name"]: inner for inner in named_types(writer) if inner["type"] == "record"}
    return [
        f"{record['name']}.{one['name']} is another type"
        for record in named_types(reader)
        if record["name"] in before
        for one in record["fields"]
        for other in before[record["name"]]["fields"]
        if one["name"] == other["name"] and type_name(one["type"]) != type_name(other["type"])
    ]


def type_name(avro_type: Any) -> str:
    match avro_type:
        case {"type": "array", "items": items}:
            return f"array of {type_name(items)}"
        case {"name": str(name)}:
            return name
        case {"type": str(primitive)}:
            return primitive
    return str(avro_type)


def thawed(changelog: str, files: Mapping[str, bytes]) -> list[str]:
    """Which released files are gone or changed, a sentence each."""
    found = []
    _, *released = re.split(r"^## .*$", changelog, flags=re.MULTILINE)
    for line in "\n".join(released).splitlines():
        if ".avsc" not in line:
            continue
        entry = re.fullmatch(r"- `([a-z_]+\.v\d+\.avsc)` sha256 ([0-9a-f]{64})", line)
        if entry is None:
            found.append(f"{line!r}: expected - `<file>` sha256 <64 hex digits>")
        elif entry[1] not in files:
            found.append(f"{entry[1]} is released and gone; put it back")
        elif sha256(files[entry[1]]).hexdigest() != entry[2]:
            found.append(f"{entry[1]} is released and changed; put it back, the change goes into a new version")
    return found


def changed(change: Callable[[dict[str, Any]], None], *, of: Contract = V1) -> dict[str, list[Contract]]:
    """The first version of a record and a second one with a change."""
    schema = of.schema
    change(schema)
    return {of.name: [of, Contract(of.name, of.version + 1, json.dumps(schema))]}


def field(schema: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in schema["fields"] if one["name"] == name)
    return found


def grown(schema: dict[str, Any]) -> None:
    """What a second version may do: say more, and know one more word."""
    schema["fields"].append({"name": "waited_ms", "type": "long", "doc": "How long it took, ms.", "default": -1})
    field(schema, "reason")["type"]["symbols"].append("OUT_OF_HOURS")


def added_without_default(schema: dict[str, Any]) -> None:
    schema["fields"].append({"name": "waited_ms", "type": "long", "doc": "How long it took, ms."})


def removed_without_default(schema: dict[str, Any]) -> None:
    schema["fields"].remove(field(schema, "run_id"))


def renamed_field(schema: dict[str, Any]) -> None:
    field(schema, "run_id")["name"] = "trace_id"


def narrowed_type(schema: dict[str, Any]) -> None:
    field(schema, "occurred_at")["type"] = "int"


def widened_type(schema: dict[str, Any]) -> None:
    field(schema, "seq")["type"] = "long"


def other_type(schema: dict[str, Any]) -> None:
    field(schema, "point")["type"] = "bytes"


def list_of_it(schema: dict[str, Any]) -> None:
    field(schema, "user_bucket").update(type={"type": "array", "items": "int"}, default=[])


def optional(schema: dict[str, Any]) -> None:
    field(schema, "by").update(type=["null", "string"], default=None)


def renamed_symbol_without_default(schema: dict[str, Any]) -> None:
    reason = field(schema, "reason")["type"]
    reason["symbols"][reason["symbols"].index("FAILURE")] = "BREAKDOWN"
    del reason["default"]


def renamed_enum(schema: dict[str, Any]) -> None:
    field(schema, "reason")["type"]["name"] = "HandoverReason"


def renamed_record(schema: dict[str, Any]) -> None:
    schema["name"] = "Handover"


def test_any_two_versions_of_a_record_read_each_other() -> None:
    assert incompatible(CONTRACTS) == []


def test_a_version_that_says_more_is_allowed() -> None:
    assert incompatible(changed(grown)) == []


@pytest.mark.parametrize(
    "change",
    [
        added_without_default,
        removed_without_default,
        renamed_field,
        narrowed_type,
        widened_type,
        other_type,
        list_of_it,
        optional,
        renamed_symbol_without_default,
        renamed_enum,
        renamed_record,
    ],
    ids=lambda change: change.__name__,
)
def test_a_version_that_another_cannot_read_is_forbidden(change: Callable[[dict[str, Any]], None]) -> None:
    found = incompatible(changed(change))
    assert found
    assert all(re.match(r"Takeover: version [12] cannot read version [12]: .", sentence) for sentence in found)


def test_versions_are_compared_with_all_others_and_not_only_with_the_one_before() -> None:
    def without_point(schema: dict[str, Any]) -> None:
        schema["fields"].remove(field(schema, "point"))

    def with_another_point(schema: dict[str, Any]) -> None:
        schema["fields"].append({"name": "point", "type": "int", "doc": "Where in the run.", "default": 0})

    second = changed(without_point)["Takeover"][1]
    third = changed(with_another_point, of=second)["Takeover"][1]

    assert incompatible({"Takeover": [V1, second]}) == []
    assert incompatible({"Takeover": [second, third]}) == []
    assert len(incompatible({"Takeover": [V1, second, third]})) == 2


# The build of the next release, as `make contracts` would make it, in a process of its own: it reads one message of
# this release, says what it understood, and writes one.
NEXT_RELEASE = """
import sys
sys.path.insert(0, sys.argv[1])
from loopwright.codec import CODEC
from loopwright.events import TakeoverReason
from msgspec.structs import replace
read = CODEC.decode(bytes.fromhex(sys.argv[2]))
print(read.reason, read.waited_ms, read.run_id)
print(CODEC.encode(replace(read, reason=TakeoverReason.OUT_OF_HOURS, waited_ms=90_000)).hex())
"""


@pytest.fixture(scope="module")
def next_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("next")
    contracts = {**CONTRACTS, **changed(grown)}
    newest = {name: versions[-1].schema for name, versions in contracts.items()}
    (folder / "loopwright").mkdir()
    for name, text in {
        "__init__": "",
        "codec": (SDK / "codec.py").read_text(encoding="utf-8"),
        "events": render_events(contracts, topics()["runs.raw"].records),
        "wire": wire_source.render(newest),
    }.items():
        (folder / "loopwright" / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


def test_two_releases_read_each_other(next_release: Path) -> None:
    takeover = ok("Takeover")
    told = subprocess.run(  # noqa: S603 (fixed words, no shell)
        [sys.executable, "-I", "-c", NEXT_RELEASE, str(next_release), CODEC.encode(takeover).hex()],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    v2 = changed(grown)["Takeover"][1].schema_text

    assert told[0] == f"USER_ASKED -1 {takeover.run_id}"
    understood = Codec({"Takeover": (V1.schema_text, v2)}).decode(bytes.fromhex(told[1]))
    assert understood == replace(takeover, reason=TakeoverReason.UNKNOWN)


def test_a_build_that_was_not_told_of_a_version_says_so() -> None:
    v2 = changed(grown)["Takeover"][1].schema_text
    with pytest.raises(UnknownSchema, match=head(v2)[2:].hex()):
        CODEC.decode(head(v2) + CODEC.encode(ok("Takeover"))[10:])


def of_the_next_version() -> tuple[Codec, bytes, int]:
    """A codec that knows a second version, a message written with it, and how long the part that both share is."""
    v2 = changed(grown)["Takeover"][1].schema_text
    body = CODEC.encode(ok("Takeover"))[10:]
    return Codec({"Takeover": (V1.schema_text, v2)}), head(v2) + body + b"\x02", 10 + len(body)


def test_a_message_of_another_version_is_refused_wherever_it_is_cut() -> None:
    codec, data, _ = of_the_next_version()

    assert codec.decode(data) == ok("Takeover")
    for length in range(10, len(data)):
        with pytest.raises(Unreadable):
            codec.decode(data[:length])


@pytest.mark.parametrize(
    ("instead", "reason"),
    [
        (b"\x02\x00", "1 bytes left over"),
        (b"\x80" * 10 + b"\x01", "more than ten bytes"),
        (b"\xff" * 9 + b"\x03", "more than 64 bits"),
    ],
)
def test_a_message_of_another_version_is_read_as_strictly(instead: bytes, reason: str) -> None:
    codec, data, shared = of_the_next_version()
    with pytest.raises(Unreadable, match=reason):
        codec.decode(data[:shared] + instead)


def test_a_symbol_below_the_first_is_none_in_a_message_of_another_version_either() -> None:
    codec, data, shared = of_the_next_version()
    point = len(ok("Takeover").point) + 1
    reason = shared - point - 1
    assert data[reason] == 2 * list(TakeoverReason).index(ok("Takeover").reason)
    with pytest.raises(Unreadable, match="-1 is no symbol of TakeoverReason"):
        codec.decode(data[:reason] + b"\x01" + data[reason + 1 :])


def test_an_enum_that_only_an_empty_list_would_have_defined_is_known_in_another_version_too() -> None:
    (v1,) = CONTRACTS["Releases"]
    schema = v1.schema
    schema["fields"].append({"name": "note", "type": "string", "doc": "A note.", "default": ""})
    v2 = json.dumps(schema)
    empty = replace(ok("Releases"), releases=())

    assert empty.live  # of a surface, an enum whose definition stands inside the releases
    data = head(v2) + CODEC.encode(empty)[10:] + b"\x00"
    assert Codec({"Releases": (v1.schema_text, v2)}).decode(data) == empty


def test_released_files_are_frozen() -> None:
    files = {path.name: path.read_bytes() for path in SCHEMAS.glob("*.avsc")}
    assert thawed((SCHEMAS / "CHANGELOG.md").read_text(encoding="utf-8"), files) == []


def test_a_released_file_that_is_changed_or_gone_is_found() -> None:
    files = {"answer.v1.avsc": b"{}", "mark.v1.avsc": b"[]", "case.v1.avsc": b"{}"}
    released = "".join(f"- `{name}` sha256 {sha256(text).hexdigest()}\n" for name, text in files.items())
    changelog = f"# Versions\n\nSuch as `tally.v1.avsc`.\n\n## 0.1.0\n\n{released}"

    assert thawed(changelog, files) == []
    assert thawed(changelog, {**files, "tally.v1.avsc": b"not released"}) == []
    assert thawed(changelog, {**files, "mark.v1.avsc": b"[ ]"}) == [
        "mark.v1.avsc is released and changed; put it back, the change goes into a new version"
    ]
    del files["case.v1.avsc"]
    assert thawed(changelog, files) == ["case.v1.avsc is released and gone; put it back"]


def test_a_line_of_the_changelog_that_freezes_nothing_is_found() -> None:
    assert thawed("## 0.1.0\n- answer.v1.avsc\n", {"answer.v1.avsc": b"{}"}) == [
        "'- answer.v1.avsc': expected - `<file>` sha256 <64 hex digits>"
    ]
