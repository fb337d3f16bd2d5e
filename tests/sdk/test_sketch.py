import random
from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.sketch import KEPT, hashes, similarity

WORDS = st.frozensets(st.integers(0, 60), max_size=40)


def sketch(words: frozenset[int]) -> bytes:
    """The lowest hashes of some words, as capture keeps them."""
    return b"".join(sorted(blake2b(str(word).encode(), digest_size=4).digest() for word in words)[:KEPT])


def jaccard(one: frozenset[int], other: frozenset[int]) -> float:
    return len(one & other) / len(one | other)


def test_a_sketch_is_its_hashes() -> None:
    assert hashes(b"aaaabbbb") == {b"aaaa", b"bbbb"}
    assert hashes(b"") == set()


def test_nothing_is_like_nothing() -> None:
    assert similarity(b"", b"") == similarity(b"", b"aaaa") == similarity(b"aaaa", b"") == 0.0


@given(WORDS, WORDS)
def test_similarity_is_exact_while_texts_are_kept_whole(one: frozenset[int], other: frozenset[int]) -> None:
    expected = jaccard(one, other) if one and other else 0.0
    assert similarity(sketch(one), sketch(other)) == expected


@given(WORDS, WORDS)
def test_similarity_has_no_direction(one: frozenset[int], other: frozenset[int]) -> None:
    assert similarity(sketch(one), sketch(other)) == similarity(sketch(other), sketch(one))


@pytest.mark.parametrize(("shared", "of_each"), [(0, 500), (200, 400), (400, 500), (500, 500), (40, 200)])
def test_similarity_of_long_texts_is_estimated_without_a_lean(shared: int, of_each: int) -> None:
    """With 64 of the union's hashes the error of one estimate is below 1/16; of a hundred on average, a tenth of it."""
    draw = random.Random(7)
    errors = []
    for _ in range(100):
        words = draw.sample(range(10**6), 2 * of_each - shared)
        one, other = frozenset(words[:of_each]), frozenset(words[of_each - shared :])
        errors.append(similarity(sketch(one), sketch(other)) - jaccard(one, other))
    assert abs(sum(errors) / len(errors)) < 3 * 0.00625
    assert max(map(abs, errors)) < 5 * 0.0625


def test_a_short_text_inside_a_long_one_is_not_taken_for_the_whole() -> None:
    long, short = frozenset(range(400)), frozenset(range(10))
    assert similarity(sketch(short), sketch(long)) < 0.15
