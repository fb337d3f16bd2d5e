"""Words for numbers, and the one way in which text from data becomes part of the page.

Every string of the data passes through `as_text`; nothing else may put one into the page.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Final

from services.simulator.report.model import DAY, HOUR

NO_BREAK: Final = "\u00a0"
"""A space that no line breaks at: between a number and its unit."""
DECADE: Final = math.log(10)
_SPELT_DECADES: Final = 6
_SUPERSCRIPT: Final = {
    ord(str(digit)): sign for digit, sign in enumerate("\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")
}
_WHOLE: Final = 100
_SMALL: Final = 10


def as_text(value: str) -> str:
    """Make data text: escaped, and without what no HTML document may hold."""
    clean = value.encode("utf-8", "replace").decode("utf-8")
    return escape("".join(sign if sign.isprintable() or sign == NO_BREAK else " " for sign in clean), quote=True)


def humanised(symbol: str) -> str:
    """Read a symbol of a vocabulary as words; free text stays as it is."""
    return symbol.replace("_", " ").lower() if symbol.replace("_", "").isupper() else symbol


def counted(amount: int, noun: str) -> str:
    return f"{amount:,} {noun}{'' if amount == 1 else 's'}"


def listed(words: Sequence[str]) -> str:
    """Join as a sentence does: commas, and an "and" before the last."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def rounded(value: float) -> str:
    """Write a number with three digits that say something; above a hundred, whole."""
    if not math.isfinite(value):
        return "unknown"
    if abs(value) >= _WHOLE:
        return f"{value:,.0f}"
    return f"{value:.1f}".removesuffix(".0") if abs(value) >= _SMALL else f"{value:.3g}"


def percent(share: float) -> str:
    if not math.isfinite(share):
        return "unknown"
    return f"{100 * share:.3g}{NO_BREAK}%"


def duration(milliseconds: int) -> str:
    hours = milliseconds / HOUR
    if hours < 1:
        return f"{hours * 60:.0f}{NO_BREAK}min"
    if hours < 2 * DAY / HOUR:
        return f"{rounded(hours)}{NO_BREAK}h"
    return f"{rounded(hours * HOUR / DAY)}{NO_BREAK}days"


def odds(evidence: float) -> str:
    """Write an e-value as odds, from its logarithm: 20 : 1 for, 1 : 20 against."""
    if math.isnan(evidence):
        return "unknown"
    size = "infinity" if math.isinf(evidence) else _magnitude(abs(evidence))
    return f"{size}{NO_BREAK}:{NO_BREAK}1" if evidence >= 0 else f"1{NO_BREAK}:{NO_BREAK}{size}"


def _magnitude(logarithm: float) -> str:
    decades = logarithm / DECADE
    if decades < _SPELT_DECADES:
        return rounded(math.exp(logarithm))
    return "10" + f"{decades:.0f}".translate(_SUPERSCRIPT)
