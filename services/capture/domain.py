"""What may come in, and in which form. Pure: no clock, no I/O, no randomness.

An event that breaks a rule is refused with a label and a sentence, and ends in runs.raw.dead:

    missing_field  unknown_use_case  bad_value  clock  reason_missing  session_too_long

An accepted one goes on with its spec's version stamped, its people as pseudonyms and its texts as features; a
repeat of an accepted one goes nowhere.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from math import isfinite
from operator import attrgetter
from typing import Any, TypeVar, get_origin

from msgspec import Struct, structs
from msgspec.structs import replace

from loopwright.events import (
    Answer,
    BusinessOutcome,
    DecisionSnapshot,
    ExplicitFeedback,
    Exposure,
    Polarity,
    ReasonCode,
    Release,
    Releases,
    RunEvent,
    RunFinished,
    Takeover,
    TextRef,
    ToolAudited,
    UseCaseSpec,
    UserTurn,
)
from loopwright.flags import BUCKETS, user_bucket
from services.capture.redaction import redact
from services.capture.text import digest, features
from services.kernel.stage import Awaited, Refs, Refused, check_clock

E = TypeVar("E", bound=RunEvent)

MOST_IDS = 4096
"""Events that one session may have within a horizon: forgetting some would let repeats through."""


class Keys(Struct, frozen=True, gc=False):
    """The secrets that pseudonyms, digests and buckets are made with."""

    pseudonym: bytes
    pseudonym_id: str
    """Goes before each pseudonym, so that a rotated key can be told from its successor."""
    text: bytes
    bucket: bytes
    """Never rotates: a user who changed bucket would change arm."""


class Session(Struct, frozen=True, gc=False):
    """What capture remembers of a conversation: the events it let in, so that repeats can be dropped."""

    seen: dict[str, int] = {}
    """Event id to the time until which a repeat may come, milliseconds."""


def accept(keys: Keys, refs: Refs, session: Session, event: RunEvent) -> tuple[Session, Sequence[RunEvent]]:
    """Let an event in, once.

    Raises:
        Refused: it breaks a rule of the contract or of its use case.

    """
    if event.event_id in session.seen:
        return session, ()
    spec = check(refs, event)
    until = max(event.occurred_at, refs.at) + memory_ms(spec)
    if len(session.seen) >= MOST_IDS:
        raise Refused("session_too_long", f"more than {MOST_IDS} events within one horizon; begin a new session")
    seen = {**session.seen, event.event_id: until}
    return Session(seen), (_inside(keys, spec, event),)


def forgets_at(session: Session) -> int | None:
    """When the first of them can be forgotten."""
    return min(session.seen.values()) if session.seen else None


def forget(_: Refs, session: Session, due: int) -> tuple[Session | None, Sequence[RunEvent]]:
    """Drop what no repeat can come of any more."""
    left = {event_id: until for event_id, until in session.seen.items() if until > due}
    return (Session(left) if left else None), ()


def memory_ms(spec: UseCaseSpec) -> int:
    """How long a repeat is recognised: as long as the event could still count."""
    return max(metric.horizon_ms for metric in spec.metrics) + spec.policy.lateness_ms


def check(refs: Refs, event: RunEvent) -> UseCaseSpec:
    """The spec under which an event comes in.

    Raises:
        Refused: a field is missing, has no sense, or the use case is not known.

    """
    if not (event.event_id and event.session_id and event.run_id and event.use_case_id):
        names = ("event_id", "session_id", "run_id", "use_case_id")
        missing = next(name for name in names if not getattr(event, name))
        raise Refused("missing_field", f"{missing} is empty; every run event needs it")
    if any("@" in name or " " in name for name in (event.event_id, event.session_id, event.run_id)):
        raise Refused("bad_value", "an id holds @ or a space, like an address; give opaque ids")
    for scope in (event.permission_scope, getattr(event, "scope_used", "")):
        _grants(scope)
    check_clock(refs, event.occurred_at)
    if event.seq < -1 or event.user_bucket < -1 or event.user_bucket >= BUCKETS:
        raise Refused("bad_value", f"seq {event.seq} or user_bucket {event.user_bucket} is out of range")
    if event.exposure is Exposure.OFFLINE and not event.eval_case_id:
        raise Refused("missing_field", "eval_case_id is empty; an offline run needs its example")
    match event:
        case ExplicitFeedback(polarity=Polarity.NEGATIVE | Polarity.UNKNOWN, reason_code=ReasonCode.UNKNOWN):
            raise Refused("reason_missing", "negative feedback needs a reason_code; make the form ask for one")
        case BusinessOutcome(name=""):
            raise Refused("missing_field", "name is empty; a business event needs it")
        case BusinessOutcome(value=float(number)) | DecisionSnapshot(confidence=float(number)):
            _finite(number)
        case Answer(cost=float(number)) | RunFinished(cost=float(number)):
            _finite(number)
    return _spec(refs, event)


def _finite(number: float) -> None:
    if not isfinite(number):
        raise Refused("bad_value", f"{number} is no number to count with")


def _spec(refs: Refs, event: RunEvent) -> UseCaseSpec:
    """The version that the run's release pinned, else the newest."""
    release = _release(refs, event) if event.release_id else None
    pinned = release and refs.get("usecases", f"{event.use_case_id}@{release.spec_version}", UseCaseSpec)
    spec = pinned or refs.newest("usecases", event.use_case_id, UseCaseSpec)
    if spec is None:
        raise Awaited("unknown_use_case", f"no use case {event.use_case_id!r}; publish its spec first")
    return spec


def _release(refs: Refs, event: RunEvent) -> Release | None:
    known = refs.get("releases", event.use_case_id, Releases)
    return next((one for one in known.releases if one.release_id == event.release_id), None) if known else None


def _inside(keys: Keys, spec: UseCaseSpec, event: RunEvent) -> RunEvent:
    """The event as the inside of the system sees it."""
    changes: dict[str, Any] = {"spec_version": spec.version, "user_id": pseudonym(keys, event.user_id)}
    if event.user_bucket < 0:
        changes["user_bucket"] = user_bucket(keys.bucket, event.user_id or event.session_id)
    changes.update(_clean_envelope(_ENVELOPE_OF(event)))
    for name in _body(type(event)):
        value = getattr(event, name)
        if value and (clean := _clean(value)) is not value:
            changes[name] = clean
    inside = _INSIDE.get(type(event))
    if inside is not None:
        inside(keys, frozenset(spec.raw_fields), event, changes)
    return replace(event, **changes)


def pseudonym(keys: Keys, person: str) -> str:
    """A person's id as the inside sees it: the key's id and a keyed hash."""
    return f"{keys.pseudonym_id}:{_mac(keys.pseudonym, person)}" if person else ""


OWN = frozenset(
    {"event_id", "session_id", "run_id", "use_case_id", "user_id", "by", "source_id", "args", "text", "comment"}
)
"""Fields with a treatment of their own: opaque ids are refused when they are not, people are pseudonyms, prose goes."""

SCOPES = frozenset({"permission_scope", "scope_used", "scope"})
"""Fields that hold grants: they have a form, and only what has it comes in."""

_GRANT = re.compile(r"[\w.*/-]+:[\w.*/-]+@[\w.*/-]+")
_CATEGORY = re.compile(r"[\w.+-]{1,40}")


def _strings(kind: type[Struct]) -> tuple[str, ...]:
    """The fields of a record whose strings are redacted, whoever fills them: all but those with their own treatment."""
    told = (field for field in structs.fields(kind) if field.name not in OWN | SCOPES)
    return tuple(field.name for field in told if field.type is str or get_origin(field.type) is tuple)


_ENVELOPE = _strings(RunEvent)
_ENVELOPE_OF = attrgetter(*_ENVELOPE)


@lru_cache(maxsize=1 << 14)
def _clean_envelope(values: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """What changes in an envelope's strings: looked at once for all events that share them, as those of a run do."""
    pairs = zip(_ENVELOPE, values, strict=True)
    return tuple((name, clean) for name, value in pairs if (clean := _redacted(value)) != value)


@cache
def _body(kind: type[Struct]) -> tuple[str, ...]:
    return tuple(name for name in _strings(kind) if name not in _ENVELOPE)


def _clean(value: Any) -> Any:
    """A string, or a tuple of parts, without secrets; the same object where there were none."""
    if isinstance(value, str):
        clean = _redacted(value)
        return value if clean == value else clean
    parts = tuple(_part(part) for part in value)
    return value if all(one is other for one, other in zip(parts, value, strict=True)) else parts


@cache
def _of_part(kind: type[Struct]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names = tuple(field.name for field in structs.fields(kind) if field.type is str)
    return tuple(name for name in names if name in SCOPES), tuple(name for name in names if name not in SCOPES)


def _part(part: Any) -> Any:
    """A citation or a retrieved source; its grants are checked, its strings redacted."""
    kind: type[Struct] = type(part)
    scopes, names = _of_part(kind)
    for name in scopes:
        _grants(getattr(part, name))
    found = {name: clean for name in names if (clean := _redacted(getattr(part, name))) != getattr(part, name)}
    return replace(part, **found) if found else part


@lru_cache(maxsize=1 << 14)
def _grants(scope: str) -> None:
    """Refuse a scope that is not made of grants: what has no form could be anything, a person's address too."""
    for grant in scope.split():
        if _GRANT.fullmatch(grant) is None:
            raise Refused("bad_value", "a scope is not made of resource:action@boundary; write grants, apart by spaces")


@lru_cache(maxsize=1 << 14)
def _redacted(value: str) -> str:
    """A technical string without secrets; the same few come again and again."""
    return redact(value).text if value else value


@lru_cache(maxsize=1 << 16)
def _mac(key: bytes, person: str) -> str:
    return hmac.digest(key, person.encode(errors="surrogatepass"), "sha256").hex()[:32]


def _text(keys: Keys, text: TextRef, *, allowed: bool) -> TextRef:
    """Features instead of words; the words only where the use case allows them, and redacted."""
    if not text.text:
        return TextRef(ref=_redacted(text.ref))  # features are ours to compute: nobody else has the key
    seen = features(text.text, keys.text)
    return TextRef(
        text=redact(text.text).text if allowed else "",
        ref=_redacted(text.ref),
        digest=digest(text.text, keys.text),
        length=seen.length,
        tokens=seen.tokens,
        correction=seen.correction,
        negation=seen.negation,
        thanks=seen.thanks,
        escalation=seen.escalation,
        sketch=seen.sketch,
        numbers=seen.numbers,
    )


def _turn(keys: Keys, raw: frozenset[str], event: Any, changes: dict[str, Any]) -> None:
    changes["text"] = _text(keys, event.text, allowed="UserTurn.text" in raw)


def _answer(keys: Keys, raw: frozenset[str], event: Any, changes: dict[str, Any]) -> None:
    changes["text"] = _text(keys, event.text, allowed="Answer.text" in raw)


def _tool(_: Keys, raw: frozenset[str], event: Any, changes: dict[str, Any]) -> None:
    changes["args"] = redact(event.args).text if "ToolAudited.args" in raw else ""


def _feedback(keys: Keys, raw: frozenset[str], event: Any, changes: dict[str, Any]) -> None:
    changes["comment"] = _text(keys, event.comment, allowed="ExplicitFeedback.comment" in raw)
    if _CATEGORY.fullmatch(event.value) is None:
        changes["value"] = ""  # a boolean, a number or a category has no spaces: this was prose
    changes["source_id"] = pseudonym(keys, event.source_id)


def _takeover(keys: Keys, _: frozenset[str], event: Any, changes: dict[str, Any]) -> None:
    changes["by"] = pseudonym(keys, event.by)


_INSIDE: dict[type[RunEvent], Callable[[Keys, frozenset[str], Any, dict[str, Any]], None]] = {
    UserTurn: _turn,
    Answer: _answer,
    ToolAudited: _tool,
    ExplicitFeedback: _feedback,
    Takeover: _takeover,
}
