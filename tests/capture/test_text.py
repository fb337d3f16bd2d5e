import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.sketch import KEPT, similarity
from services.capture.text import NUMBERS, WORDS, Features, digest, features

KEY = b"a key of sixteen"
OTHER_KEY = b"another sixteen!"


def seen(text: str) -> Features:
    return features(text, KEY)


def likeness(one: str, other: str) -> float:
    return similarity(seen(one).sketch, seen(other).sketch)


def hashes(packed: bytes) -> list[bytes]:
    return [packed[at : at + 4] for at in range(0, len(packed), 4)]


def words_and_pairs(text: str) -> set[str]:
    words = text.split()
    return {*words, *(f"{one} {other}" for one, other in pairwise(words))}


def test_a_text_is_counted_in_characters_and_words() -> None:
    assert (seen("Where is it?").length, seen("Where is it?").tokens) == (12, 3)
    assert (seen("").length, seen("").tokens, seen("").sketch, seen("").numbers) == (0, 0, b"", b"")


def test_a_sketch_holds_one_sorted_hash_for_each_word_and_pair() -> None:
    sketch = hashes(seen("where is it is it").sketch)

    assert len(sketch) == len({"where", "is", "it", "where is", "is it", "it is"})
    assert sketch == sorted(set(sketch))


def test_a_sketch_says_nothing_without_its_key() -> None:
    one, other = seen("where is my order"), features("where is my order", OTHER_KEY)

    assert similarity(one.sketch, other.sketch) == 0.0


@pytest.mark.parametrize(
    "same",
    [
        "I CANT find my order",
        "i can't find my order!",
        "I can\u2019t   find\nmy order?!",
        "\uff29 can't find my order",  # a full-width I
        "I can't find my o\u0072der \U0001f600",
    ],
)
def test_how_a_text_is_typed_does_not_matter(same: str) -> None:
    assert likeness("I can't find my order", same) == 1.0


@given(st.lists(st.sampled_from("abcdefgh"), max_size=20), st.lists(st.sampled_from("efghijkl"), max_size=20))
def test_the_likeness_of_short_texts_is_exact(one: list[str], other: list[str]) -> None:
    mine, others = words_and_pairs(" ".join(one)), words_and_pairs(" ".join(other))
    expected = len(mine & others) / len(mine | others) if mine and others else 0.0

    assert likeness(" ".join(one), " ".join(other)) == expected


@pytest.mark.parametrize("shared", [0, 100, 200, 300, 400])
def test_the_likeness_of_long_texts_is_estimated(shared: int) -> None:
    one = " ".join(f"x{number}" for number in range(400))
    other = " ".join(f"x{number}" for number in range(400 - shared, 800 - shared))
    mine, others = words_and_pairs(one), words_and_pairs(other)

    assert len(hashes(seen(one).sketch)) == KEPT
    assert likeness(one, other) == likeness(other, one)
    assert likeness(one, other) == pytest.approx(len(mine & others) / len(mine | others), abs=0.2)


def test_a_short_text_is_not_taken_for_the_long_one_that_holds_it() -> None:
    long = " ".join(f"x{number}" for number in range(400))

    assert likeness("x1 x2 x3", long) < 0.1
    assert likeness(long, long) == 1.0


def test_the_same_need_in_other_words_is_nearer_than_the_turn_before(shared_data: Path) -> None:
    same, before = [], []
    for year in (2020, 2021):
        file = shared_data / "trec-cast" / f"{year}_manual_evaluation_topics_v1.0.json"
        for topic in json.loads(file.read_text()):
            turns = [(turn["raw_utterance"], turn["manual_rewritten_utterance"]) for turn in topic["turn"]]
            same += [likeness(raw, rewritten) for raw, rewritten in turns if raw != rewritten]
            before += [likeness(raw, rewritten) for (raw, _), (_, rewritten) in pairwise(turns)]
    nearer = sum((one > other) + (one == other) / 2 for one in same for other in before)

    assert len(same) > 300
    assert len(before) > 300
    assert nearer / (len(same) * len(before)) > 0.95  # the area under the ROC curve


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("order #W2378156", "is w2378156 mine?"),
        ("I paid 1,000 euro", "the 1000 are gone"),
        ("on 2024-05-01", "01 05 2024 it was"),
    ],
)
def test_the_numbers_of_two_texts_can_be_compared(one: str, other: str) -> None:
    assert seen(one).numbers == seen(other).numbers != b""


def test_other_numbers_have_other_hashes() -> None:
    assert seen("ticket 4711").numbers != seen("ticket 4712").numbers
    assert seen("ticket open").numbers == b""


def test_only_so_many_numbers_are_kept() -> None:
    assert len(hashes(seen(" ".join(map(str, range(100)))).numbers)) == NUMBERS


def test_chinese_and_japanese_are_read_by_character() -> None:
    assert seen("\u6211\u7684\u8ba2\u5355").tokens == 4
    assert 0 < likeness("\u6211\u7684\u8ba2\u5355", "\u8ba2\u5355\u5728\u54ea") < 1


@pytest.mark.parametrize(
    "text",
    [
        "no, I meant the blue one",
        "That's wrong.",
        "That is not what I asked for!",
        "I said Thursday",
        "Actually, it's my other account",
        "incorrect",
        "You misunderstood me",
        "you didn't answer my question",
        "that doesn't make any sense",
        "that's not quite right",
        "What are you talking about?",
        "No, not the song. The planet.",
        "I already told you my name",
        "Let me rephrase",
    ],
)
def test_who_sets_the_answer_right_corrects(text: str) -> None:
    assert seen(text).correction


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Where is my order?",
        "Something is wrong with my card",
        "I received the wrong item",
        "No, I don't need anything else",
        "I don't think so, thanks",
        "What do I do if it is not correct?",
        "Actually, I also need a second one",
        "Actually, I changed my mind",
        "What does APR actually mean?",
        "You are not wrong about that",
        "I asked for a refund last week",
    ],
)
def test_who_asks_or_answers_does_not_correct(text: str) -> None:
    assert not seen(text).correction


@pytest.mark.parametrize(
    "text",
    [
        "I want to speak to a human",
        "Can I talk to a real person please?",
        "transfer me to an agent",
        "Connect me to a human!",
        "agent",
        "Representative please",
        "get me your manager",
        "Could I speak with a supervisor?",
        "I need a human",
        "please escalate this",
        "is there someone else I can speak to",
    ],
)
def test_who_asks_for_a_human_escalates(text: str) -> None:
    assert seen(text).escalation


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Are you a human?",
        "Am I talking to a real person?",
        "No need to connect me to a human agent",
        "I don't want to talk to an agent",
        "Transfer money to another person",
        "My manager asked for the report",
        "You are the best agent I have ever spoken to",
        "Can you transfer it to my other account?",
    ],
)
def test_who_only_mentions_people_does_not_escalate(text: str) -> None:
    assert not seen(text).escalation


@pytest.mark.parametrize("text", ["thanks!", "Thank you so much", "thx", "I really appreciate it", "cheers"])
def test_who_is_grateful_thanks(text: str) -> None:
    assert seen(text).thanks


@pytest.mark.parametrize(
    "text", ["", "No thanks", "thanks to the delay I missed it", "I would appreciate a refund", "think"]
)
def test_who_is_only_polite_does_not_thank(text: str) -> None:
    assert not seen(text).thanks


def test_a_word_that_denies_is_a_negation() -> None:
    assert seen("it doesn\u2019t work").negation
    assert seen("Never!").negation
    assert not seen("it works now, and I know").negation


@given(st.text(st.characters()))
def test_any_text_has_features_and_a_digest(text: str) -> None:
    found = seen(text)

    assert len(hashes(found.sketch)) <= KEPT
    assert similarity(found.sketch, found.sketch) == (1.0 if found.tokens else 0.0)
    assert len(bytes.fromhex(digest(text, KEY))) == 16


STRANGE = ["\ud800", "a\0b", "\U0001f600", "x" * 100_000, "x " * 50_000, " " * 100_000]


@pytest.mark.parametrize("text", STRANGE, ids=range(len(STRANGE)))
def test_no_text_is_too_strange_or_too_long(text: str) -> None:
    assert seen(text).length == len(text)
    assert seen(text).tokens <= WORDS


def test_only_the_beginning_of_an_endless_text_is_read() -> None:
    beginning = "word " * WORDS

    assert seen(beginning + "4711 thanks").numbers == b""
    assert not seen(beginning + "4711 thanks").thanks


def test_a_digest_names_a_text_under_its_key_only() -> None:
    assert digest("555-1234", KEY) == digest("555-1234", KEY)
    assert digest("555-1234", KEY) != digest("555-1235", KEY)
    assert digest("555-1234", KEY) != digest("555-1234", OTHER_KEY)
    assert len(digest("", KEY)) == 32


@pytest.mark.parametrize("key", [b"", b"too short", b"k" * 65])
def test_a_key_that_hides_nothing_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="16 to 64 bytes"):
        features("text", key)
    with pytest.raises(ValueError, match="16 to 64 bytes"):
        digest("text", key)
