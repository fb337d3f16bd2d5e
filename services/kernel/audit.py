"""A tamper-evident chain of what was decided: SHA-256 over RFC 8785, each record naming the hash before it.

A chain belongs to one decider and one key, and grows only inside that decider's transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import msgspec
import rfc8785
from msgspec import Struct
from msgspec.structs import replace

from loopwright.events import AuditRecord, Event


class Chain(Struct, frozen=True):
    """The end of a chain: all that is needed to go on."""

    decider: str
    use_case_id: str
    sequence: int = 0
    last_hash: str = ""


def append(
    chain: Chain, *, actor: str, action: str, subject: str, payload: Event, occurred_at: int
) -> tuple[Chain, AuditRecord]:
    """The chain with one more record, and the record."""
    record = AuditRecord(
        decider=chain.decider,
        use_case_id=chain.use_case_id,
        sequence=chain.sequence + 1,
        previous_hash=chain.last_hash,
        actor=actor,
        action=action,
        subject=subject,
        payload_digest=digest(payload),
        occurred_at=occurred_at,
        hash="",
    )
    record = replace(record, hash=_hash(record))
    return replace(chain, sequence=record.sequence, last_hash=record.hash), record


def faults(records: Iterable[AuditRecord]) -> list[str]:
    """What is wrong with a set of records, a sentence each; empty when every chain is intact."""
    chains: dict[tuple[str, str], list[AuditRecord]] = defaultdict(list)
    for record in records:
        chains[record.decider, record.use_case_id].append(record)
    found = []
    for (decider, use_case_id), chain in sorted(chains.items()):
        last = ""
        for expected, record in enumerate(sorted(chain, key=lambda one: one.sequence), start=1):
            where = f"{decider}/{use_case_id} record {record.sequence}"
            if record.sequence != expected:
                found.append(f"{where}: expected record {expected}; one is missing or doubled")
                break
            if record.hash != _hash(record):
                found.append(f"{where}: its content does not give its hash; it was changed")
                break
            if record.previous_hash != last:
                found.append(f"{where}: it does not follow the record before it")
                break
            last = record.hash
    return found


def unrecorded(records: Iterable[AuditRecord], events: Iterable[Event]) -> list[str]:
    """Which events, each of which must have a record, have none: a chain that lacks only its end looks intact."""
    known = {record.payload_digest for record in records}
    lacking = [event for event in events if digest(event) not in known]
    return [f"{type(event).__name__} {digest(event)[:16]} has no audit record" for event in lacking]


def digest(value: Any) -> str:
    """SHA-256, hex, over the RFC 8785 form of a value."""
    return sha256(rfc8785.dumps(msgspec.to_builtins(value))).hexdigest()


def _hash(record: AuditRecord) -> str:
    return digest({name: value for name, value in msgspec.structs.asdict(record).items() if name != "hash"})
