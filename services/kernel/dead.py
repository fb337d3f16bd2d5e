"""Dead letters, sealed: what was set aside may hold a user's words, and a dead-letter topic keeps them for weeks.

    value     version byte, nonce of 12 bytes, AES-GCM ciphertext of the original record and of what was said about it
    key       keyed hash of the original key, 32 hex digits: letters of one key stay together, nobody learns which;
              None stays None
    headers   dead.service, dead.reason, dead.topic, dead.partition, dead.offset, dead.at as the engine gives them,
              dead.redriven where the record had one, and dead.key_id: which key opens it
              dead.error only as the name of the exception, for what raised: its words may quote the record,
              so they are sealed with it

Pure: the shell draws the nonce, once for each letter and never again under the same key.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import DecodeError, Struct, ValidationError, msgpack

from services.kernel.engine import REDRIVEN, Output, Record

NONCE_BYTES = 12

KEY_ID = "dead.key_id"

TIMER = "timer"
"""The reason of a letter that holds no record: a timer raised. Its value is a JSON that says which."""

_VERSION = b"\x01"
_HEAD = len(_VERSION) + NONCE_BYTES
_NAMED_AFTER_EXCEPTION = frozenset({"raised", TIMER})


class OtherSeal(Exception):
    """Sealed with another key, or in a newer format: whoever has that can open it."""


class Damaged(Exception):
    """Not a dead letter of ours, or changed since: nobody can open it."""


class Original(Struct, frozen=True, array_like=True):
    """What a dead letter was made of. Its layout is the format under the seal: a change needs another version byte."""

    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]
    topic: str
    partition: int
    offset: int
    appended_at: int
    """Broker append time, milliseconds."""
    reason: str
    error: str
    """What was said about it, whole; it may quote the record."""

    @property
    def record(self) -> Record:
        """The record as it was read."""
        return Record(self.topic, self.partition, self.offset, self.key, self.value, self.appended_at, self.headers)


class _Keys(NamedTuple):
    """One secret, three uses: so that what one of them shows tells nothing about another."""

    sealing: AESGCM
    hashing: bytes
    key_id: str


@lru_cache(maxsize=8)
def _keys(key: bytes) -> _Keys:
    def derived(use: bytes, size: int) -> bytes:
        return blake2b(key=key, person=use, digest_size=size).digest()

    return _Keys(AESGCM(derived(b"dead.sealing", 32)), derived(b"dead.hashing", 32), derived(b"dead.key_id", 4).hex())


def key_id(key: bytes) -> str:
    """Which key this is, without the key: 8 hex digits."""
    return _keys(key).key_id


def hashed(key: bytes, record_key: bytes | None) -> bytes | None:
    """The key under which the letters of a record key lie, for who looks for them: 32 hex digits, or None for None."""
    if record_key is None:
        return None
    return blake2b(record_key, key=_keys(key).hashing, digest_size=16).hexdigest().encode()


def seal(key: bytes, letter: Output, nonce: bytes) -> Output:
    """A dead letter as the engine made it, so that a broker may keep it.

    Its `dead.*` headers say where the record was; all its other headers, and `dead.redriven`, are the record's.

    Raises:
        ValueError: the nonce has not 12 bytes.

    """
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"a nonce of {len(nonce)} bytes; give {NONCE_BYTES}")
    told = {name: value.decode() for name, value in letter.headers if name.startswith("dead.") and name != REDRIVEN}
    original = Original(
        key=letter.key,
        value=letter.value,
        headers=tuple(one for one in letter.headers if one[0] not in told),
        topic=told["dead.topic"],
        partition=int(told["dead.partition"]),
        offset=int(told["dead.offset"]),
        appended_at=int(told["dead.at"]),
        reason=told["dead.reason"],
        error=told.pop("dead.error"),
    )
    if original.reason in _NAMED_AFTER_EXCEPTION:
        told["dead.error"] = original.error.partition(":")[0]
    keys = _keys(key)
    redriven = tuple(one for one in letter.headers if one[0] == REDRIVEN)
    return Output(
        letter.topic,
        hashed(key, letter.key),
        _VERSION + nonce + keys.sealing.encrypt(nonce, msgpack.encode(original), _VERSION),
        (*((name, value.encode()) for name, value in told.items()), *redriven, (KEY_ID, keys.key_id.encode())),
    )


def unseal(key: bytes, letter: Record) -> Original:
    """What a sealed dead letter was made of.

    Raises:
        OtherSeal: another key or a newer build opens it.
        Damaged: nobody can.

    """
    keys = _keys(key)
    sealed_with = dict(letter.headers).get(KEY_ID, b"").decode(errors="replace")
    where = f"{letter.topic}[{letter.partition}]@{letter.offset}"
    if not sealed_with:
        raise Damaged(f"{where} is no sealed dead letter: it names no key")
    if sealed_with != keys.key_id:
        raise OtherSeal(
            f"{where} is sealed with key {sealed_with!r}, the key at hand is {keys.key_id!r}; "
            "set LOOPWRIGHT_DEAD_KEY to the one it was sealed with"
        )
    version, nonce, ciphertext = letter.value[:1], letter.value[1:_HEAD], letter.value[_HEAD:]
    if version > _VERSION:
        raise OtherSeal(f"{where} is sealed in format {version[0]}, this build knows {_VERSION[0]}; use a newer build")
    try:
        return msgpack.decode(keys.sealing.decrypt(nonce, ciphertext, version), type=Original)
    except (InvalidTag, ValueError, DecodeError, ValidationError) as error:
        raise Damaged(f"{where} was changed after it was sealed") from error
