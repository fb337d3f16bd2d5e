"""What makes two signals the same problem: the fingerprint of their cause.

Teams that share a source share the case, so for a bad source the cause is the source and the use case is left
out; otherwise it is the use case, the tool or step, and the error without its accidents.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b

from loopwright.events import FailureLocus, ReasonCode

RULES_VERSION = 1
"""Part of every fingerprint: better rules make new cases instead of changing old ones."""

BY_SOURCE = frozenset({ReasonCode.WRONG_SOURCE, ReasonCode.MISSING_SOURCE, ReasonCode.STALE_SOURCE})

_ACCIDENTS = (
    (
        re.compile(r"0x[0-9a-f]+|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b(?=\w*\d)[0-9a-f]{12,}\b"),
        "<id>",
    ),
    (re.compile(r"(['\"])(?:(?!\1).)*\1"), "<text>"),
    (re.compile(r"[#/]?\b\w*\d[\w.:-]*"), "<n>"),
    (re.compile(r"\s+"), " "),
)


@lru_cache(maxsize=4096)
def normalised(error: str) -> str:
    """An error without ids, numbers and quoted text: what stays is what went wrong."""
    text = error.lower()[:400]
    for pattern, stand_in in _ACCIDENTS:
        text = pattern.sub(stand_in, text)
    return text.strip()[:120]


@lru_cache(maxsize=65_536)
def fingerprint(reason: ReasonCode, locus: FailureLocus, cause: str) -> str:
    """32 hex digits: the same for the same rules, reason, locus and cause."""
    text = "\x1f".join((str(RULES_VERSION), reason, locus, cause))
    return blake2b(text.encode(errors="replace"), digest_size=16).hexdigest()
