"""What capture pays for a text: microseconds for each. Run: python -m tests.bench.text."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from timeit import repeat

from loopwright.sketch import similarity
from services.capture.redaction import redact
from services.capture.text import digest, features

KEY = b"a key of sixteen"
SENTENCE = "Your order has two items and will arrive within five days of the payment. "
TEXTS = {
    "15 words": "please transfer me to a human, I cannot find my order #W2378156 from last week",
    "15 words, no cue": "how do I reset the password of my work account on the new phone today",
    "with umlauts": "Die Gr\u00f6\u00dfe passt nicht, ich m\u00f6chte die Bestellung W2378156 \u00e4ndern",
    "with a mail address": "Sure, my email is jane.doe@example.com and my zip code is 19122, thanks a lot",
    "an answer": SENTENCE * 11,
    "100 kB": SENTENCE * 1_350,
}


def microseconds(work: Callable[[], object]) -> float:
    times = max(1, round(0.05 / min(repeat(work, number=1, repeat=3))))
    return min(repeat(work, number=times, repeat=3)) / times * 1e6


def main() -> None:
    print(f"{'microseconds a text':24}{'features':>10}{'digest':>10}{'redact':>10}")
    for name, text in TEXTS.items():
        works = (partial(features, text, KEY), partial(digest, text, KEY), partial(redact, text))
        print(f"{name:24}" + "".join(f"{microseconds(work):10.1f}" for work in works))

    number = count()
    unseen = microseconds(lambda: features(" ".join(f"w{next(number)}" for _ in range(15)), KEY))
    one, other = (features(text, KEY).sketch for text in list(TEXTS.values())[:2])
    print(f"{'15 words never seen':24}{unseen:10.1f}")
    print(f"\nsimilarity of two texts {microseconds(partial(similarity, one, other)):10.1f}")


if __name__ == "__main__":
    main()
