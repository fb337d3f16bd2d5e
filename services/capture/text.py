"""What can be said about a text once the text is gone. Pure: no clock, no I/O, no randomness.

Capture computes these features at the edge and drops the words, so that detection can ask "is this
the same need again?", "was that a correction?" and "does it name the same order?" without storing
what a person wrote. The hashes are keyed: without the key, a sketch says nothing about its words.
Whoever holds the key can test words against it, so the key is guarded like the text was.

English first: the cue rules know English words only, and in another language they stay silent. The
sketch, the numbers and the counts work for any script that separates words, and for Chinese and
Japanese, of which each character counts as a word.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

import msgspec

from loopwright.sketch import KEPT

NUMBERS = 16
"""How many distinct numbers and ids of a text are kept."""

WORDS = 2_000
"""How many words of a text are read: nobody rephrases more, and one event must not stall the rest."""

_CHARACTERS = 16 * WORDS  # read at most this far for them: whitespace and one endless word are bounded too
_WORD_LENGTH = 64  # longer words are cut, so that the memo below cannot fill up with pasted blobs
_MEMO = 1 << 16  # some tens of megabytes; a service's vocabulary with its usual pairs fits

_SHORTEST_KEY, _LONGEST_KEY = 16, 64  # bytes: below, guessing is cheap; above, blake2b takes no more

_THOUSANDS = re.compile(r"(?<![\d,])\d{1,3}(?:,\d{3})+(?![\d,])")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_IDEOGRAPHS = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_IDEOGRAPHS}]|[^\W_{_IDEOGRAPHS}]+")
_APOSTROPHES = str.maketrans("", "", "'`\u00b4\u2018\u2019\u02bc")


class Features(msgspec.Struct, frozen=True):
    """What is kept of a text."""

    length: int
    """Characters."""
    tokens: int
    """Words, counted up to `WORDS`."""
    correction: bool
    """The person sets the previous answer right, or asks again because it missed."""
    negation: bool
    """A word that denies."""
    thanks: bool
    """The person is grateful."""
    escalation: bool
    """The person asks for a human."""
    sketch: bytes
    """The `KEPT` lowest keyed hashes of its words and adjacent pairs: sorted, big-endian, 4 bytes each."""
    numbers: bytes
    """The same for the words that contain a digit, the `NUMBERS` lowest: amounts, dates, order numbers."""


def features(text: str, key: bytes) -> Features:
    """Say what a text is like, in a form that does not give its words away."""
    _refuse_weak(key)
    words = _words(text)
    seen = frozenset(words)
    said = f" {' '.join(words)} "
    hashes = {_hash(key, word) for word in seen}
    hashes.update([_hash(key, f"{one} {other}") for one, other in pairwise(words)])
    ids = {_hash(key, word) for word in seen if not word.isalpha()}
    return Features(
        length=len(text),
        tokens=len(words),
        correction=not _CORRECTING.isdisjoint(seen) and _corrects(said),
        negation=not _NEGATIONS.isdisjoint(seen),
        thanks=not _THANKING.isdisjoint(seen) and _THANKS.search(said) is not None,
        escalation=not _PEOPLE.isdisjoint(seen) and _asks_for_a_human(said),
        sketch=_packed(hashes, KEPT),
        numbers=_packed(ids, NUMBERS),
    )


def digest(text: str, key: bytes) -> str:
    """Name a text without telling it.

    Keyed, because a plain hash of a phone number is found by hashing all phone numbers.
    """
    _refuse_weak(key)
    return hmac.digest(key, _encoded(text), "sha256")[:16].hex()


def _words(text: str) -> list[str]:
    """Split off the first words of a text, in the form in which two writers would agree on them."""
    text = text[:_CHARACTERS]
    if text.isascii():
        pattern, text = _ASCII_WORD, text.lower().replace("'", "").replace("`", "")
    else:
        pattern, text = _WORD, unicodedata.normalize("NFKC", text).casefold().translate(_APOSTROPHES)
    if "," in text:
        text = _THOUSANDS.sub(lambda number: number[0].replace(",", ""), text)
    return [word[:_WORD_LENGTH] for word in pattern.findall(text)[:WORDS]]


@lru_cache(maxsize=_MEMO)
def _hash(key: bytes, words: str) -> bytes:
    return blake2b(_encoded(words), digest_size=4, key=key).digest()


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # half an emoji is no reason to lose an event


def _packed(hashes: set[bytes], most: int) -> bytes:
    return b"".join(sorted(hashes)[:most])


def _refuse_weak(key: bytes) -> None:
    """Refuse what would not hide a word: with an empty key, every hash would silently be a plain one."""
    if not _SHORTEST_KEY <= len(key) <= _LONGEST_KEY:
        msg = f"a text key must have {_SHORTEST_KEY} to {_LONGEST_KEY} bytes, this one has {len(key)}"
        raise ValueError(msg)


# The cues: frozen rules over a text's words, lower-cased and without apostrophes, one space around each.
# A set of words of which every phrase of a rule holds one decides first: most texts hold none of them.


def _vocabulary(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _phrases(*phrases: str) -> re.Pattern[str]:
    return re.compile(" (?:" + "|".join(phrases) + ") ")


_NEGATIONS = _vocabulary(
    "no nope nah not never none nothing nobody neither nor without cannot cant dont doesnt didnt isnt arent "
    "wasnt werent wont wouldnt shouldnt couldnt havent hasnt hadnt aint"
)

_THANKING = _vocabulary(
    "thanks thank thankyou thankful thx thnx ty tysm cheers appreciate appreciated grateful obliged"
)
_THANKS = _phrases(
    r"(?<! no )(?:thanks|thx|thnx)(?! to (?!you ))(?! but no )",  # not "no thanks", nor "thanks to the delay"
    r"(?<! no )thank (?:you|u|ya)",
    r"thank a (?:lot|bunch|million|ton)|thankyou|ty|tysm|cheers|much obliged|much appreciated",
    r"(?:i|we|much|really|very|greatly|do|also) (?:really |very much |do )?appreciated?(?! if | it if )",
    r"(?:am|im|so|very|really) (?:so |very |really )?(?:grateful|thankful)(?! if )",
)

_CORRECTING = _vocabulary(
    "actually answer arent asked asking clarify clear correct correction didnt doesnt dont false havent "
    "incorrect isnt mean meant misheard misread mistake mistaken misunderstand misunderstood never no nope "
    "not referring rephrase said sense talking told topic untrue wasnt wrong"
)
_IT_IS = r"(?<! if )(?<! when )(?:that|this|it|thats|its|answer|which)(?: is| was)?"
_CORRECTION = _phrases(
    # it was wrong
    rf"(?:{_IT_IS}|you|your|youre|you are|what you said(?: is| was)?)"
    r"(?: just| all| still| quite| simply| clearly| completely| totally| doing it| got it| got that)*"
    r" (?:wrong|incorrect|mistaken|false|untrue)",
    rf"{_IT_IS} ?(?:not|isnt|wasnt)(?: quite| really| at all| even)?"
    r" (?:right|correct|true|accurate|helpful|(?:an|the|a good) answer)",
    r"(?:thats|that is|no|nope) not it",
    r"(?:not|isnt|wasnt|arent)(?: at all| really| exactly| even)?"
    r" (?:what|the (?:one|thing|question|answer)) i",
    r"wrong (?:answer|question|information|info|source|document|policy)",
    r"you(?: have|ve| just| clearly| completely)? (?:misunderst(?:ood|and)|misread|misheard)",
    r"you(?: have|ve| just)? made a mistake",
    r"you(?: have|ve)? (?:got|understood) (?:it|that|this|me) wrong",
    r"(?:not|doesnt|dont|didnt|isnt|arent)(?: even)? mak(?:e|ing)(?: much| any)? sense",
    r"what (?:are you|you are|youre) talking about|off topic",
    # it missed the question
    r"you (?:still )?(?:didnt|did not|havent|have not|dont|do not|never)(?: even| really)?"
    r" (?:answer|answered|ask|understand|understood|listen|read)",
    r"i(?: just| only| really| actually| already| clearly| specifically)? (?:meant|said|told you|asked you)",
    r"i (?:just|already|clearly|specifically) asked",
    r"i was(?: still| just| actually)? (?:asking|referring|talking)",
    r"i (?:did not|didnt|never)(?: actually| really)? (?:ask|asked|mean|meant|say|said)",
    r"let me (?:rephrase|clarify|correct)|to clarify|not being clear",
    # no, this instead
    r"(?:no|nope|sorry|oh) i mean",
    r"(?:no|nope) (?:i (?:want|wanted|need|needed|asked)|not (?:the|that)|tell me|give me)",
    r"i actually (?:wanted|needed|did not want|didnt want)",
)
_OPENING = re.compile(
    r" (?:oh |no |sorry |well |but )*"
    r"(?:wrong|incorrect|correction"
    r"|actually(?! i (?:also|would|changed|think|have|had|(?:need|want) to|do not|dont) )) "  # a new wish
)

_PEOPLE = _vocabulary(
    "human humans person people agent representative rep manager supervisor operator someone somebody anyone "
    "anybody customer escalate one"
)
_PERSON = (
    r"(?:humans?|(?:real|live|actual) (?:person|people|one)|(?:\w+ )?agent"
    r"|representative|rep|manager|supervisor|operator)"
)
_UNWANTED = (
    r"(?<! no need to )(?<! dont need to )(?<! not need to )(?<! dont want to )(?<! not want to )"
    r"(?<! having to )(?<! dont )(?<! not )"
)
_ESCALATION = _phrases(
    _UNWANTED + r"(?:speak|talk|chat|(?<! am i )(?<! i was )(?<! im )(?<! i am )(?:speaking|talking))"
    rf" (?:to|with)(?: \w+){{0,3}}? (?:{_PERSON}|person|someone|somebody|customer (?:service|support|care))",
    _UNWANTED + r"(?:connect|transfer|put|pass|forward|switch|hand|redirect|get|give) (?:me|us|this|it)"
    rf"(?: \w+){{0,5}}? (?:{_PERSON}|(?:to|with) (?:a |another )?(?:person|someone|somebody))",
    r"(?:want|need|prefer|would like|id like)(?: to have| to get)?"
    rf" (?:a|an|the|your|some) (?:\w+ )?{_PERSON}",
    r"(?:some|any)(?:one|body)(?: else)?(?: that| who)? i (?:can|could) (?:speak|talk) (?:to|with)",
    rf"is there (?:a|any|another) {_PERSON} (?:i|who|that|or|available|there)",
    r"escalate (?:this|it|my|the)",
)
_SUMMONS = re.compile(
    r" (?:please |just |now |a |an |the |i said |get |call )*(?:real |live |actual |human )*"
    r"(?:human|person|agent|representative|rep|operator|manager|supervisor)(?: being)?"
    r"(?: please| pls| now)* "
)


def _asks_for_a_human(said: str) -> bool:
    return _SUMMONS.fullmatch(said) is not None or _ESCALATION.search(said) is not None


def _corrects(said: str) -> bool:
    return _OPENING.match(said) is not None or _CORRECTION.search(said) is not None
