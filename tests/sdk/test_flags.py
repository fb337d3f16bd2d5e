"""Which version a user gets: the same rule as flagd's, users in one release only, and nobody reshuffled."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from loopwright.events import Arm, Phase, Release, Releases, Span
from loopwright.flags import BUCKETS, PARTS, assign, part, user_bucket
from tests.contracts.examples import ok

EVERYONE = (Span(start=0, end=PARTS),)
SHARES = (0.01, 0.05, 0.25, 0.5, 0.95, 1.0)
SHOWN = (Phase.CANARY, Phase.FULL, Phase.HELD)
BUCKET = st.integers(0, BUCKETS - 1)


def murmur3(data: bytes) -> int:
    """MurmurHash3, x86, 32 bits, seed 0: written from its description, to compare with."""
    mask, one, two = 0xFFFFFFFF, 0xCC9E2D51, 0x1B873593

    def mixed(block: int) -> int:
        block = block * one & mask
        return ((block << 15 | block >> 17) & mask) * two & mask

    value, whole = 0, len(data) // 4 * 4
    for at in range(0, whole, 4):
        value ^= mixed(int.from_bytes(data[at : at + 4], "little"))
        value = ((value << 13 | value >> 19) & mask) * 5 + 0xE6546B64 & mask
    if data[whole:]:
        value ^= mixed(int.from_bytes(data[whole:], "little"))
    value ^= len(data)
    value = (value ^ value >> 16) * 0x85EBCA6B & mask
    value = (value ^ value >> 13) * 0xC2B2AE35 & mask
    return value ^ value >> 16


def place(data: str, total: int) -> int:
    """Flagd's place of a key among `total` weights."""
    return murmur3(data.encode()) * total >> 32


def release(name: str = "release-1", **fields: object) -> Release:
    kept: Release = ok("Releases").releases[0]
    fields = {"phase": Phase.CANARY, "stage": 1, "share": 0.5, "slice": EVERYONE, **fields}
    return replace(kept, release_id=name, change_id=f"change of {name}", **fields)


def of(*these: Release, use_case_id: str = "support-answers") -> Releases:
    return Releases(use_case_id=use_case_id, revision=1, releases=these, live=())


def arm(releases: Releases, bucket: int) -> Arm | None:
    assigned = assign(releases, bucket)
    return assigned.arm if assigned else None


@cache
def places(seed: str) -> Sequence[int]:
    """The part of every bucket that there is."""
    return [part(seed, bucket) for bucket in range(BUCKETS)]


@pytest.mark.parametrize(
    ("text", "value"), [("", 0), ("hello", 0x248BFA47), ("headerColorrachel@faas.com", 1805633606)]
)
def test_the_hash_to_compare_with_is_murmur3(text: str, value: int) -> None:
    assert murmur3(text.encode()) == value


@pytest.mark.parametrize(
    ("seed", "person", "value", "colour"),
    [
        ("headerColor", "rachel", 1805633606, "blue"),
        ("headerColor", "monica", 3314683759, "yellow"),
        ("headerColor", "joey", 309582631, "red"),
        ("headerColor", "ross", 1595699981, "blue"),
        ("my-seed", "rachel", 2931187178, "green"),
        ("my-seed", "monica", 309002457, "red"),
        ("my-seed", "joey", 1300152927, "blue"),
        ("my-seed", "ross", 3030988938, "green"),
    ],
)
def test_the_rule_to_compare_with_is_flagds(seed: str, person: str, value: int, colour: str) -> None:
    key = f"{seed}{person}@faas.com"
    assert murmur3(key.encode()) == value
    assert ("red", "blue", "green", "yellow")[place(key, 100) // 25] == colour


@given(st.text(st.characters(codec="utf-8"), max_size=20), BUCKET)
def test_both_draws_follow_flagds_rule(seed: str, bucket: int) -> None:
    assert part(seed, bucket) == place(f"{seed}{bucket}", PARTS)


@given(BUCKET, st.sampled_from(SHARES), st.sampled_from(SHOWN))
def test_the_candidate_comes_first(bucket: int, share: float, phase: Phase) -> None:
    releases = of(release(share=share, phase=phase))
    candidate = place(f"release-1{bucket}", PARTS) < share * PARTS
    assert arm(releases, bucket) is (Arm.CANDIDATE if candidate else Arm.BASELINE)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.25, 0.5, 0.95])
def test_a_share_ends_exactly_where_it_says(share: float) -> None:
    last = round(share * PARTS) - 1
    inside, beyond = (places("release-1").index(part) for part in (last, last + 1))
    assert arm(of(release(share=share)), inside) is Arm.CANDIDATE
    assert arm(of(release(share=share)), beyond) is Arm.BASELINE


@given(BUCKET)
def test_a_user_who_has_the_candidate_keeps_it_while_the_share_grows(bucket: int) -> None:
    arms = [arm(of(release(share=share)), bucket) for share in SHARES]
    since = arms.index(Arm.CANDIDATE)
    assert arms == [Arm.BASELINE] * since + [Arm.CANDIDATE] * (len(SHARES) - since)


@given(BUCKET)
def test_a_user_is_in_the_one_release_that_owns_their_part(bucket: int) -> None:
    owners = {"first": 0, "second": 1, "third": 2}
    slices = [(Span(start=0, end=2_000), Span(start=9_000, end=PARTS)), (Span(start=2_000, end=6_000),), ()]
    releases = [release(name, slice=slices[number]) for name, number in owners.items()]
    drawn = place(f"support-answers{bucket}", PARTS)
    owner = "first" if drawn < 2_000 or drawn >= 9_000 else "second" if drawn < 6_000 else None

    assigned = assign(of(*releases), bucket)
    assert (assigned and assigned.release_id) == owner
    assert assigned == assign(of(*reversed(releases)), bucket)


def test_the_slices_of_a_use_case_deal_out_every_user_once() -> None:
    bounds = [0, 1, 3_333, 9_999, PARTS]
    releases = of(*(release(str(n), slice=(Span(start=n, end=end),)) for n, end in pairwise(bounds)))
    edges = [bound + step for bound in bounds for step in (-1, 0, 1) if 0 <= bound + step < PARTS]
    for bucket in [places(releases.use_case_id).index(edge) for edge in edges]:
        owners = [one.release_id for one in releases.releases if assign(of(one), bucket)]
        assigned = assign(releases, bucket)
        assert assigned is not None
        assert owners == [assigned.release_id]


@pytest.mark.parametrize("share", [0.01, 0.5])
def test_the_share_of_all_buckets_is_the_one_asked_for(share: float) -> None:
    got = sum(place < share * PARTS for place in places("release-1"))
    spread = (BUCKETS * share * (1 - share)) ** 0.5
    assert abs(got - BUCKETS * share) < 4 * spread


def test_slice_and_arm_are_drawn_apart() -> None:
    """Else a release on a small slice would have all of its users, or none, on the candidate."""
    owned = [arm for owner, arm in zip(places("support-answers"), places("release-1"), strict=True) if owner < 500]
    candidates = sum(place < 0.5 * PARTS for place in owned)
    assert abs(candidates - len(owned) / 2) < 4 * (len(owned) / 4) ** 0.5


def test_two_releases_on_the_same_slice_draw_apart() -> None:
    pairs = zip(places("release-1"), places("support-answers"), strict=True)
    both = sum(one < 0.5 * PARTS and other < 0.5 * PARTS for one, other in pairs)
    assert abs(both - BUCKETS / 4) < 4 * (BUCKETS * 3 / 16) ** 0.5


def test_in_full_the_holdback_keeps_the_baseline_and_they_are_the_last_who_would_get_it() -> None:
    full = of(release(phase=Phase.FULL, stage=5, share=0.95))
    held_back = [bucket for bucket in range(20_000) if arm(full, bucket) is Arm.BASELINE]

    assert 0.04 < len(held_back) / 20_000 < 0.06
    assert all(arm(of(release(share=0.5)), bucket) is Arm.BASELINE for bucket in held_back)


@pytest.mark.parametrize("bucket", [0, 1, BUCKETS - 1])
def test_an_assignment_says_what_the_run_must_carry(bucket: int) -> None:
    one = release(stage=3, share=1.0, from_version="p@7", to_version="p@8")
    assigned = assign(of(one), bucket)
    assert assigned is not None
    assert (assigned.release_id, assigned.change_id, assigned.stage) == (one.release_id, one.change_id, 3)
    assert (assigned.arm, assigned.surface, assigned.version) == (Arm.CANDIDATE, one.surface, "p@8")

    other = assign(of(replace(one, share=0.0)), bucket)
    assert other is not None
    assert (other.arm, other.version) == (Arm.BASELINE, "p@7")


@pytest.mark.parametrize("phase", sorted(set(Phase) - {*SHOWN}))
def test_a_release_that_users_do_not_see_gives_nothing(phase: Phase) -> None:
    assert {assign(of(release(phase=phase)), bucket) for bucket in range(50)} == {None}


def test_a_release_whose_holdback_has_ended_gives_nothing() -> None:
    settled = release(phase=Phase.FULL, slice=(), share=1.0, settled=True)
    assert {assign(of(settled), bucket) for bucket in range(50)} == {None}
    assert arm(of(settled, release("release-2")), 1) in (Arm.BASELINE, Arm.CANDIDATE)


def test_without_releases_everybody_gets_the_live_versions() -> None:
    assert assign(None, 1) is None
    assert assign(of(), 1) is None


def test_the_bucket_of_a_user_never_changes() -> None:
    """Golden: another value would give every user of every product another arm in the middle of a release."""
    assert user_bucket(b"a key that never rotates", "ann") == 646_694
    assert user_bucket(b"a key that never rotates", "Zoë") == 337_142


@given(st.text(st.characters(codec="utf-8")))
def test_a_bucket_is_one_of_2_to_the_20(identity: str) -> None:
    assert 0 <= user_bucket(b"a key", identity) < BUCKETS == 2**20


def test_another_key_deals_users_out_anew() -> None:
    people = [f"user-{n}" for n in range(2_000)]
    same = sum(user_bucket(b"one key", one) == user_bucket(b"other key", one) for one in people)
    assert same < 5
    assert len({user_bucket(b"one key", one) for one in people}) > 1_990
