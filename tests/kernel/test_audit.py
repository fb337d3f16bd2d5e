"""What a decider wrote into its chain cannot be changed afterwards without being found."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from loopwright.codec import CODEC
from loopwright.events import AuditRecord
from services.kernel import audit
from tests import factories as make
from tests.factories import NOON


def chain_of(length: int, *, use_case_id: str = "support-answers") -> list[AuditRecord]:
    chain = audit.Chain("rollout", use_case_id)
    records = []
    for n in range(length):
        chain, record = audit.append(
            chain, actor="gate", action="PROMOTED", subject=f"release-{n}", payload=make.transition(version=n),
            occurred_at=NOON + n,
        )  # fmt: skip
        records.append(record)
    return records


def canonical(value: dict[str, Any]) -> bytes:
    """RFC 8785 for what is only ASCII keys, strings and whole numbers: sorted, without spaces, as it is."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def test_a_hash_is_sha256_over_the_rfc_8785_form_of_all_other_fields() -> None:
    [record] = chain_of(1)
    others = {name: value for name, value in asdict(record).items() if name != "hash"}

    assert record.hash == sha256(canonical(others)).hexdigest()
    assert record.hash == audit.digest(others)


def test_a_payload_is_named_by_the_digest_of_what_was_written() -> None:
    [record] = chain_of(1)

    assert record.payload_digest == sha256(canonical(msgspec.to_builtins(make.transition(version=0)))).hexdigest()


def test_rfc_8785_orders_and_escapes_as_the_standard_says() -> None:
    """Its sample in section 3.2.2, and its order by UTF-16 units, in which an emoji comes before a private letter."""
    sample = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": '\u20ac$\u000f\nA\'B"\\\\"/',
        "literals": [None, True, False],
    }
    written = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )

    assert audit.digest(sample) == sha256(written.encode()).hexdigest()
    assert audit.digest({"\ue000": 1, "\U0001f600": 2}) == sha256('{"\U0001f600":2,"\ue000":1}'.encode()).hexdigest()


def test_a_chain_counts_from_one_and_each_record_names_the_hash_before_it() -> None:
    records = chain_of(3)

    assert [record.sequence for record in records] == [1, 2, 3]
    assert [record.previous_hash for record in records] == ["", records[0].hash, records[1].hash]


@given(st.permutations(chain_of(4) + chain_of(3, use_case_id="support-billing")))
def test_chains_that_nobody_touched_are_intact_in_whatever_order_they_are_read(records: list[AuditRecord]) -> None:
    read_back = [CODEC.decode(CODEC.encode(record)) for record in records]

    assert audit.faults(read_back) == []  # type: ignore[arg-type]
    assert audit.faults([]) == []


CHANGED: dict[str, Any] = {
    "actor": "nobody",
    "action": "DEMOTED",
    "subject": "release-9",
    "payload_digest": "0" * 64,
    "occurred_at": NOON + 9,
    "previous_hash": "0" * 64,
    "hash": "0" * 64,
}


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("name", CHANGED)
def test_a_changed_field_is_found(name: str, place: int) -> None:
    records = chain_of(3)
    records[place] = replace(records[place], **{name: CHANGED[name]})

    assert audit.faults(records) == [
        f"rollout/support-answers record {place + 1}: its content does not give its hash; it was changed"
    ]


@pytest.mark.parametrize("place", [0, 1])
def test_a_changed_record_that_was_hashed_anew_is_found_by_the_next(place: int) -> None:
    records = chain_of(3)
    forged = replace(records[place], actor="nobody", hash="")
    others = {name: value for name, value in asdict(forged).items() if name != "hash"}
    records[place] = replace(forged, hash=audit.digest(others))

    assert audit.faults(records) == [
        f"rollout/support-answers record {place + 2}: it does not follow the record before it"
    ]


@pytest.mark.parametrize("place", [0, 1])
def test_a_removed_record_is_found(place: int) -> None:
    records = chain_of(3)
    del records[place]

    [found] = audit.faults(records)
    assert found == (
        f"rollout/support-answers record {place + 2}: expected record {place + 1}; one is missing or doubled"
    )


def test_a_doubled_record_is_found() -> None:
    records = chain_of(3)

    [found] = audit.faults([*records, records[1]])
    assert found == "rollout/support-answers record 2: expected record 3; one is missing or doubled"


def test_records_that_swapped_places_are_found() -> None:
    one, two, three = chain_of(3)
    swapped = [replace(two, sequence=1), replace(one, sequence=2), three]

    assert len(audit.faults(swapped)) == 1


def test_a_record_that_moved_to_another_chain_is_found() -> None:
    mine, other = chain_of(2), chain_of(1, use_case_id="support-billing")

    assert len(audit.faults([*other, replace(mine[1], use_case_id="support-billing")])) == 1


def test_one_broken_chain_does_not_hide_another() -> None:
    records = [*chain_of(2), *chain_of(2, use_case_id="support-billing")]

    assert len(audit.faults([replace(record, actor="nobody") for record in records])) == 2


def test_a_chain_that_was_cut_off_at_its_end_is_found_by_what_it_should_record() -> None:
    written = [make.transition(version=n) for n in range(5)]
    records = chain_of(5)
    assert audit.unrecorded(records, written) == []

    cut = records[:-2]

    assert audit.faults(cut) == []
    assert len(audit.unrecorded(cut, written)) == 2
    assert "no audit record" in audit.unrecorded(cut, written)[0]
