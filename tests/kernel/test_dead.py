"""A sealed dead letter tells nobody what was in it, and gives back everything to who has the key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.kernel.dead import NONCE_BYTES, Damaged, OtherSeal, hashed, key_id, seal, unseal
from services.kernel.engine import Output, Record, dead_headers

KEY = b"a key for sealing"
OTHER = b"another key for sealing"
NONCE = bytes(range(NONCE_BYTES))
SECRET = b"ada@example.org"


def letter(
    *,
    key: bytes | None = SECRET,
    value: bytes = b"words of " + SECRET,
    headers: tuple[tuple[str, bytes], ...] = (),
    reason: str = "bad_value",
    error: str = "no use case 'ada@example.org'; publish its spec first",
) -> Output:
    """A dead letter as the engine makes it, of a record with these headers."""
    record = Record("runs.raw", 3, 41, key, value, 1_000)
    return Output("runs.raw.dead", key, value, (*dead_headers("capture", reason, error, record), *headers))


def kept(sealed: Output, *, offset: int = 7) -> Record:
    """The letter as it lies on the broker."""
    return Record(sealed.topic, 0, offset, sealed.key, sealed.value, 2_000, sealed.headers)


def shown(sealed: Output) -> dict[str, str]:
    return {name: value.decode() for name, value in sealed.headers}


@given(
    key=st.none() | st.binary(),
    value=st.binary(),
    headers=st.lists(st.tuples(st.sampled_from(["ce_id", "src", "dead.redriven"]), st.binary())).map(tuple),
    reason=st.sampled_from(["bad_value", "raised", "timer"]),
    error=st.text(max_size=100),
    nonce=st.binary(min_size=NONCE_BYTES, max_size=NONCE_BYTES),
)
def test_what_is_sealed_comes_back_whole(
    key: bytes | None, value: bytes, headers: tuple[tuple[str, bytes], ...], reason: str, error: str, nonce: bytes
) -> None:
    sealed = seal(KEY, letter(key=key, value=value, headers=headers, reason=reason, error=error), nonce)

    original = unseal(KEY, kept(sealed))

    assert original.record == Record("runs.raw", 3, 41, key, value, 1_000, headers)
    assert (original.reason, original.error) == (reason, error.encode(errors="replace").decode())


@pytest.mark.parametrize("reason", ["bad_value", "raised", "timer"])
def test_no_part_of_a_sealed_letter_quotes_the_record(reason: str) -> None:
    of_a_header = (("src", SECRET),)

    sealed = seal(KEY, letter(reason=reason, error=f"KeyError: {SECRET.decode()}", headers=of_a_header), NONCE)

    assert SECRET not in repr(sealed).encode()


def test_headers_say_who_set_it_aside_and_why_and_where_it_was_and_which_key_opens_it() -> None:
    assert shown(seal(KEY, letter(), NONCE)) == {
        "dead.service": "capture",
        "dead.reason": "bad_value",
        "dead.topic": "runs.raw",
        "dead.partition": "3",
        "dead.offset": "41",
        "dead.at": "1000",
        "dead.key_id": key_id(KEY),
    }


def test_of_what_raised_the_name_of_the_exception_is_shown() -> None:
    assert shown(seal(KEY, letter(reason="raised", error="KeyError: 'ada'"), NONCE))["dead.error"] == "KeyError"


def test_how_often_a_record_was_redriven_can_be_seen_without_the_key() -> None:
    assert shown(seal(KEY, letter(headers=(("dead.redriven", b"2"),)), NONCE))["dead.redriven"] == "2"


def test_letters_of_one_key_lie_together_and_those_without_a_key_have_none() -> None:
    one, same, other, none = (seal(KEY, letter(key=key), NONCE).key for key in (b"a", b"a", b"b", None))

    assert one == same == hashed(KEY, b"a")
    assert one != other
    assert none is None
    assert seal(KEY, letter(key=b""), NONCE).key is not None
    assert hashed(OTHER, b"a") != one


def test_a_letter_can_only_be_opened_with_its_key_and_the_error_says_which_that_is() -> None:
    sealed = kept(seal(KEY, letter(), NONCE))

    with pytest.raises(OtherSeal, match=rf"runs.raw.dead\[0\]@7 .*{key_id(KEY)}.*{key_id(OTHER)}.*LOOPWRIGHT_DEAD_KEY"):
        unseal(OTHER, sealed)


def test_a_letter_of_another_key_cannot_be_opened_under_a_false_name() -> None:
    sealed = kept(seal(KEY, letter(), NONCE))

    with pytest.raises(Damaged):
        unseal(OTHER, replace(sealed, headers=(("dead.key_id", key_id(OTHER).encode()),)))


@given(place=st.integers(min_value=0, max_value=200), bit=st.integers(min_value=0, max_value=7))
def test_a_letter_that_was_changed_is_damaged_or_of_a_newer_format(place: int, bit: int) -> None:
    sealed = kept(seal(KEY, letter(), NONCE))
    place %= len(sealed.value)
    changed = bytearray(sealed.value)
    changed[place] ^= 1 << bit

    with pytest.raises((Damaged, OtherSeal) if place == 0 else Damaged):
        unseal(KEY, replace(sealed, value=bytes(changed)))


@pytest.mark.parametrize("value", [b"", b"\x01", b"\x01" + NONCE, b"not sealed at all"])
def test_what_is_too_short_or_no_letter_is_damaged(value: bytes) -> None:
    with pytest.raises(Damaged):
        unseal(KEY, Record("runs.raw.dead", 0, 7, None, value, 2_000))
    with pytest.raises((Damaged, OtherSeal)):
        unseal(KEY, Record("runs.raw.dead", 0, 7, None, value, 2_000, (("dead.key_id", key_id(KEY).encode()),)))


def test_a_newer_format_asks_for_a_newer_build() -> None:
    sealed = kept(seal(KEY, letter(), NONCE))

    with pytest.raises(OtherSeal, match=r"format 2.*newer build"):
        unseal(KEY, replace(sealed, value=b"\x02" + sealed.value[1:]))


def test_a_nonce_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="11 bytes"):
        seal(KEY, letter(), NONCE[:-1])


def test_a_letter_sealed_by_the_first_build_opens_in_this_one() -> None:
    sealed = bytes.fromhex(
        "01000102030405060708090a0b40a94d04acfcc25377b655f34f9a95949882d850c659bd67f11ee59e8753b3844f74dc"
        "94f1d63dfd9d4497fb82b2e30946a2dd8d4313fa014e7f141a770e355361bacbc564d4dd349af4deb53853b0ff202c21"
        "ae099484e53d0c3b58033b040126a68ac28540e2651dbeb15986171816cc7dc707b76b31393f865a72d89bf2a54415fa"
        "42f65e89fe10260b151a636161a637545a5923"
    )

    original = unseal(KEY, Record("runs.raw.dead", 0, 7, None, sealed, 2_000, (("dead.key_id", b"bf15fdfb"),)))

    assert original.record == Record("runs.raw", 3, 41, SECRET, b"words of " + SECRET, 1_000, (("src", b"app"),))
