"""The codec against the specification, against fastavro, and against bytes that nobody should send."""

import json
import math
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from loopwright.codec import CODEC, Codec, UnknownSchema, Unreadable, Unwritable, head
from loopwright.events import (
    SCHEMAS,
    Arm,
    BusinessOutcome,
    Citation,
    Event,
    Exposure,
    Mark,
    Outcome,
    TextRef,
    UserTurn,
)
from loopwright.wire import DECODE, DIGEST, ENCODE, check_compiled
from services.kernel.compiled import NAME, NotCompiled, compile_wire
from services.kernel.contracts import SDK
from tests.bench.fuzz import codec_on, compared, fuzz
from tests.contracts.examples import RECORDS, ok, plain
from tests.sdk import oracle
from tests.sdk.made import any_event, smallest

HEAD = 10


def rabin(text: str) -> int:
    """CRC-64-AVRO, bit by bit, as the specification writes it."""
    empty = 0xC15D213AA4D7A795
    fingerprint = empty
    for byte in text.encode():
        fingerprint ^= byte
        for _ in range(8):
            fingerprint = (fingerprint >> 1) ^ (empty if fingerprint & 1 else 0)
    return fingerprint


def canonical(node: Any) -> Any:
    """The parsing canonical form: full names, fixed order, and nothing that does not change how bytes are read."""
    match node:
        case {"type": "record", "name": name, "fields": fields}:
            inner = [{"name": field["name"], "type": canonical(field["type"])} for field in fields]
            return {"name": f"io.loopwright.{name}", "type": "record", "fields": inner}
        case {"type": "enum", "name": name, "symbols": symbols}:
            return {"name": f"io.loopwright.{name}", "type": "enum", "symbols": symbols}
        case {"type": "array", "items": items}:
            return {"type": "array", "items": canonical(items)}
        case {"logicalType": _, "type": primitive}:
            return primitive
        case str() if node[0].isupper():
            return f"io.loopwright.{node}"
    return node


def body(event: Event) -> bytes:
    """The bytes of a message after its schema's fingerprint."""
    return CODEC.encode(event)[HEAD:]


def message(record: str, body: bytes) -> bytes:
    return head(SCHEMAS[record][-1]) + body


MARK = Mark(stage="c", partition=0, time=0)
TALLY = replace(ok("Tally"), cells=())
OUTCOME, TURN, ANSWER = ok("Outcome"), ok("UserTurn"), ok("Answer")

EMPTY_TURN = UserTurn(event_id="", occurred_at=0, session_id="", run_id="", use_case_id="", text=TextRef())
"""Nothing in it is longer than a byte, so a field is where its number says, and `trainable` is the 28th."""

STRICTER = {
    "an index below zero, which fastavro counts from the end": (
        *("CaseLink", body(ok("CaseLink"))[:-7] + b"\x01" + body(ok("CaseLink"))[-6:]),
        "is no symbol of",
    ),
    "a boolean that is neither 0 nor 1, which fastavro takes for true": (
        *("UserTurn", body(EMPTY_TURN)[:27] + b"\x02" + body(EMPTY_TURN)[28:]),
        "neither true nor false",
    ),
    "a number of eleven bytes, of which fastavro keeps some": (
        *("Mark", body(MARK)[:-1] + b"\x80" * 10 + b"\x00"),
        "more than ten bytes",
    ),
    "a number of ten bytes with a bit too many, which fastavro drops": (
        *("Mark", body(MARK)[:-1] + b"\xff" * 9 + b"\x02"),
        "more than 64 bits",
    ),
    "an int as long as a long": (
        *("Mark", body(MARK)[:-2] + b"\xfe\xff\xff\xff\x1f\x00"),
        "does not fit into 32 bits",
    ),
    "a block of less than no bytes, which fastavro does not look at": (
        *("Tally", body(TALLY)[:-1] + b"\x01\x01\x02\x00"),
        "a block of negative size",
    ),
}
"""What ours refuses and fastavro forgives, apart from the bytes left over that the oracle looks for itself."""


@pytest.mark.parametrize(("record", "theirs", "reason"), STRICTER.values(), ids=STRICTER)
def test_what_fastavro_forgives_is_refused(record: str, theirs: bytes, reason: str) -> None:
    assert oracle.decoded(record, theirs) is not None
    with pytest.raises(Unreadable, match=reason):
        CODEC.decode(message(record, theirs))


@pytest.mark.parametrize("record", RECORDS)
def test_a_message_begins_with_the_marker_and_the_fingerprint_of_its_schema(record: str) -> None:
    form = json.dumps(canonical(json.loads(SCHEMAS[record][-1])), separators=(",", ":"), ensure_ascii=False)
    expected = b"\xc3\x01" + rabin(form).to_bytes(8, "little")

    assert CODEC.encode(ok(record))[:HEAD] == expected == head(SCHEMAS[record][-1])


def test_the_fingerprint_is_the_one_that_the_specification_publishes() -> None:
    assert rabin('"null"') == 0x63DD24E7CC258F8A
    assert head('"null"') == b"\xc3\x01" + bytes.fromhex("8a8f25cce724dd63")


def test_no_two_records_begin_alike() -> None:
    assert len({head(text) for texts in SCHEMAS.values() for text in texts}) == sum(map(len, SCHEMAS.values()))


@settings(max_examples=600)
@given(any_event())
def test_any_event_has_the_same_bytes_and_value_in_fastavro(event: Event) -> None:
    data = CODEC.encode(event)

    assert data[HEAD:] == oracle.encoded(event)
    read = CODEC.decode(data)
    assert repr(read) == repr(event)  # by their words, because NaN differs from itself
    assert repr(plain(read)) == repr(oracle.decoded(type(event).__name__, data[HEAD:]))


WHOLE = [event for record in RECORDS for event in (ok(record), smallest(record))]


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """A message with some bytes changed, put in, taken out or cut off."""
    event = draw(st.sampled_from(WHOLE))
    damage = bytearray(body(event))
    byte = st.sampled_from([0x00, 0x01, 0x02, 0x03, 0x7F, 0x80, 0xFF]) | st.integers(0, 255)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(damage)))
        match draw(st.sampled_from(["change", "change", "insert", "delete", "cut", "long"])):
            case "change":
                damage[at : at + 1] = bytes([draw(byte)])
            case "insert":
                damage[at:at] = bytes([draw(byte)])
            case "delete":
                del damage[at : at + 1]
            case "cut":
                del damage[at:]
            case "long":
                damage[at : at + 1] = b"\xff" * draw(st.integers(1, 11)) + bytes([draw(byte)])
    return type(event).__name__, bytes(damage)


@settings(max_examples=1200)
@given(damaged())
def test_damaged_bytes_are_read_alike_by_fastavro_or_refused_for_a_known_reason(sent: tuple[str, bytes]) -> None:
    theirs, known = oracle.decoded(*sent), False
    try:
        ours = CODEC.decode(message(*sent))
    except Unreadable as refused:
        known = any(reason in str(refused) for *_, reason in STRICTER.values())
        ours = None
    if ours is None:
        assert theirs is None or known
    else:
        assert repr(plain(ours)) == repr(theirs)


def available() -> dict[str, Codec]:
    """The codec on the plain wire.py and, after `make compiled`, on the compiled one."""
    found = {"plain": SDK / "wire.py", "compiled": SDK / NAME}
    return {name: codec_on(path) for name, path in found.items() if path.exists()}


def test_thousands_of_damaged_messages_are_read_alike_by_fastavro() -> None:
    found = fuzz(available(), messages=3000, seed=7)
    assert [str(difference) for difference in found.differences] == []
    assert found.counts["read"] > 300 < found.counts["refused"]


def test_a_refusal_of_what_fastavro_would_write_is_a_difference() -> None:
    class Picky(Codec):
        def decode(self, data: bytes) -> Event:
            raise Unreadable(f"{data[0]} does not fit into 32 bits")

    assert compared({"picky": Picky()}, "Mark", body(MARK))[0] == "differs"
    assert compared({"picky": Picky()}, "Mark", body(MARK)[:-2] + b"\xfe\xff\xff\xff\x1f\x00")[0].endswith("32 bits")


def test_a_compiled_codec_that_says_something_else_is_a_difference() -> None:
    class Other(Codec):
        def decode(self, data: bytes) -> Event:
            return replace(super().decode(data), time=1)

    assert compared({"plain": CODEC, "other": Other()}, "Mark", body(MARK))[0] == "differs"
    assert compared({"plain": CODEC, "other": CODEC}, "Mark", body(MARK)) == ("read", "")


def test_what_was_compiled_from_another_text_is_not_imported(tmp_path: Path) -> None:
    source = tmp_path / "wire.py"
    check_compiled(DIGEST, source)  # there is none: an installation without sources
    source.write_text((SDK / "wire.py").read_text(encoding="utf-8"), encoding="utf-8")
    check_compiled(DIGEST, source)
    source.write_text(source.read_text(encoding="utf-8").replace(DIGEST, "0123456789abcdef"), encoding="utf-8")
    with pytest.raises(ImportError, match=r"compiled from another wire\.py: `make compiled`, or remove it$"):
        check_compiled(DIGEST, source)


def test_without_a_c_compiler_nothing_is_compiled_and_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("CC", "gcc")
    with pytest.raises(NotCompiled, match=r"^gcc, the C compiler of this Python, is not here: apt-get install gcc$"):
        compile_wire(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("record", RECORDS)
def test_a_message_that_is_cut_anywhere_is_refused(record: str) -> None:
    data = CODEC.encode(ok(record))
    for length in range(HEAD, len(data)):
        with pytest.raises(Unreadable, match=r"undecodable: ."):
            CODEC.decode(data[:length])


@pytest.mark.parametrize("record", RECORDS)
def test_bytes_left_over_are_refused(record: str) -> None:
    with pytest.raises(Unreadable, match="undecodable: 1 bytes left over"):
        CODEC.decode(CODEC.encode(ok(record)) + b"\x00")


@pytest.mark.parametrize(
    ("event", "kept", "instead", "reason"),
    [
        (MARK, 0, b"\x01\x00\x00", "the bytes end inside a value"),  # a text of -1 bytes
        (MARK, 0, b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f", "the bytes end inside a value"),  # of 2^61 bytes
        (TALLY, -1, b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f\x00", "more items than bytes"),
        (TALLY, -1, b"\xfd\xff\xff\xff\xff\xff\xff\xff\x7f\x02\x00", "more items than bytes"),
    ],
)
def test_lengths_that_lie_are_refused(event: Event, kept: int, instead: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        CODEC.decode(message(type(event).__name__, body(event)[:kept] + instead))


def test_an_array_may_come_in_blocks_with_and_without_their_size() -> None:
    blocks = b"\x02\x02" + b"\x01\x02\x04" + b"\x02\x06" + b"\x00"  # 1; 2 (a block of one byte); 3
    data = CODEC.encode(TALLY)[:-1] + blocks
    assert CODEC.decode(data) == replace(TALLY, cells=(1, 2, 3))


@pytest.mark.parametrize(
    "data", [b"", b"\xc3", b"\xc3\x01\x00\x00", b"\x00\x00\x00\x00\x01abcdefgh", b'{"type": "Mark"}']
)
def test_what_is_no_single_object_is_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable, match="not an Avro single object") as refused:
        CODEC.decode(data)
    assert not isinstance(refused.value, UnknownSchema)


def test_a_fingerprint_that_no_known_schema_has_is_said() -> None:
    with pytest.raises(UnknownSchema, match="unknown schema 0123456789abcdef"):
        CODEC.decode(b"\xc3\x01" + bytes.fromhex("0123456789abcdef") + b"rest")


def test_text_that_is_no_utf_8_is_refused() -> None:
    data = CODEC.encode(Mark(stage="ab", partition=0, time=0)).replace(b"ab", b"\xff\xfe")
    with pytest.raises(Unreadable, match="utf-8"):
        CODEC.decode(data)


@pytest.mark.parametrize("value", [math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308])
def test_the_edges_of_a_double_survive(value: float) -> None:
    read = CODEC.decode(CODEC.encode(replace(ok("BusinessOutcome"), value=value)))
    assert isinstance(read, BusinessOutcome)
    assert (read.value, math.copysign(1, read.value)) == (value, math.copysign(1, value))


def test_what_is_not_a_number_survives_bit_by_bit() -> None:
    quiet = struct.unpack("<d", bytes.fromhex("010000000000f87f"))[0]
    read = CODEC.decode(CODEC.encode(replace(ok("BusinessOutcome"), value=quiet)))
    assert isinstance(read, BusinessOutcome)
    assert struct.pack("<d", read.value).hex() == "010000000000f87f"


def test_a_whole_number_may_stand_for_a_double() -> None:
    assert CODEC.encode(replace(ok("BusinessOutcome"), value=1)) == CODEC.encode(ok("BusinessOutcome"))


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (replace(OUTCOME, release_stage=True), "Outcome.release_stage: expected a whole number of 32 bits, got True"),
        (replace(OUTCOME, release_stage=2**31), "Outcome.release_stage: .* got 2147483648"),
        (replace(OUTCOME, started_at=False), "Outcome.started_at: expected a whole number of 64 bits, got False"),
        (replace(OUTCOME, started_at=2**63), "Outcome.started_at: .* got 9223372036854775808"),
        (replace(OUTCOME, started_at=10**5000), "Outcome.started_at: expected a whole number of 64 bits, got int"),
        (replace(OUTCOME, started_at=1.0), "Outcome.started_at: expected a whole number of 64 bits, got float"),
        (replace(OUTCOME, intent=None), "Outcome.intent: expected text without lone surrogates, got NoneType"),
        (replace(OUTCOME, intent=b"refund"), "Outcome.intent: expected text without lone surrogates, got bytes"),
        (replace(OUTCOME, intent="a \ud800"), "Outcome.intent: expected text without lone surrogates, got other text"),
        (replace(OUTCOME, arm="TREATMENT"), "Outcome.arm: expected a symbol of Arm, got other text"),
        (replace(OUTCOME, arm=Exposure.LIVE), "Outcome.arm: expected a symbol of Arm"),
        (replace(OUTCOME, arm=None), "Outcome.arm: expected a symbol of Arm, got NoneType"),
        (replace(OUTCOME, metrics=None), "Outcome.metrics: expected a tuple, got NoneType"),
        (replace(OUTCOME, metrics=0), "Outcome.metrics: expected a tuple, got 0"),
        (replace(OUTCOME, metrics=("not_helped",)), r"Outcome.metrics\[0\]: expected Measure, got other text"),
        (
            replace(OUTCOME, metrics=(OUTCOME.metrics[0], replace(OUTCOME.metrics[0], bad=True))),
            r"Outcome.metrics\[1\].bad: expected a number, got True",
        ),
        (replace(ok("BusinessOutcome"), value=10**400), "BusinessOutcome.value: expected a number, got int"),
        (replace(ok("Alarm"), evidence="event-1"), "Alarm.evidence: expected a tuple, got other text"),
        (replace(ok("Alarm"), evidence=("event-1", 2)), r"Alarm.evidence\[1\]: expected text .*, got 2"),
        (replace(TURN, trainable=1), "UserTurn.trainable: expected a boolean, got 1"),
        (replace(TURN, text="How?"), "UserTurn.text: expected TextRef, got other text"),
        (replace(TURN, text=Citation(source_id="s")), "UserTurn.text: expected TextRef, got Citation"),
        (replace(TURN, text=replace(TextRef(), sketch="text")), "UserTurn.text.sketch: expected bytes, got other text"),
        (replace(TURN, text=TextRef(text="\udfff")), "UserTurn.text.text: expected text without lone surrogates"),
    ],
)
def test_what_does_not_fit_is_not_written_and_the_field_is_named(event: Event, reason: str) -> None:
    with pytest.raises(Unwritable, match=f"^{reason}"):
        CODEC.encode(event)


def test_a_refusal_shows_no_text() -> None:
    with pytest.raises(Unwritable) as refused:
        CODEC.encode(replace(TURN, text=TextRef(text="my card is 4111 1111 \ud800")))
    assert "4111" not in str(refused.value)


def test_what_is_no_record_of_the_contract_is_not_written() -> None:
    class Guess(Event, frozen=True):
        pass

    with pytest.raises(Unwritable, match=r"^Guess is no record of schemas/$"):
        CODEC.encode(Guess())


def test_a_list_is_as_good_as_a_tuple() -> None:
    for citations in ([], list(ANSWER.citations)):
        data = CODEC.encode(replace(ANSWER, citations=citations))
        assert data == CODEC.encode(replace(ANSWER, citations=tuple(citations)))


def test_a_codec_writes_the_newest_version_whatever_it_can_read_besides() -> None:
    assert Codec({}).encode(TURN) == CODEC.encode(TURN)
    assert Codec({}).decode(CODEC.encode(TURN)) == TURN


def test_every_decoded_value_has_the_type_that_it_was_given() -> None:
    outcome = CODEC.decode(CODEC.encode(OUTCOME))
    assert isinstance(outcome, Outcome)
    assert (type(outcome.arm), type(outcome.metrics), type(outcome.metrics[0].bad)) == (Arm, tuple, float)


def test_the_rendered_functions_know_every_record() -> None:
    assert set(DECODE) == set(ENCODE) == set(RECORDS) == set(SCHEMAS)
