"""Taking out of a text what must not be stored. Pure: no clock, no I/O, no randomness.

    text -> gate: can any rule match? -> each rule that can: pattern, then check -> [EMAIL] [PHONE] ...

The gate is what most texts cost: a handful of substring searches, and one for a run of digits. A rule
is a pattern that finds candidates and, where a shape alone is no proof, a check that a candidate must
pass (Luhn for a card, a digit count for a phone, "not a word of code" for a password).

Known misses, all deliberate: an address spelled out ("jane at example dot com"), a number spelled in
words, a bare ten-digit number with no word such as "call" before it (order and item numbers look the
same), a PIN, an IBAN (not asked for), a password of letters only after the word "is".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import msgspec

PASSES = 8
"""How often a text is read again after something was taken out of it, at most.

Taking one thing out can uncover another ("a@b.com" glued to a phone number); two passes are usual.
"""


class Redacted(msgspec.Struct, frozen=True):
    """A text without its secrets."""

    text: str
    counts: tuple[tuple[str, int], ...] = ()
    """How many of each kind were replaced, sorted by kind."""


def redact(text: str) -> Redacted:
    """Replace what must not be stored by the name of its kind; doing it twice changes nothing more."""
    if not text:
        return _NOTHING
    found: Counter[str] = Counter()
    for _ in range(PASSES):
        before, text = text, _once(text, found)
        if text == before:
            break
    return Redacted(text, tuple(sorted(found.items())))


_NOTHING = Redacted("")


class _Rule(msgspec.Struct, frozen=True):
    """One kind of secret: what to look for."""

    kind: str
    """What the placeholder says: the name of the kind, in brackets."""
    hints: tuple[str, ...]
    """Lower-cased: a text without any of these has no match. Empty: a text without a run of digits."""
    pattern: re.Pattern[str]
    """Finds a candidate; its group `it`, where there is one, is what to replace."""
    check: Callable[[re.Match[str]], bool] | None = None
    """Says whether a candidate is what it looks like."""


def _once(text: str, found: Counter[str]) -> str:
    lower = text.lower()
    digits = _DIGITS.search(text) is not None
    if not digits and not _hinted(lower):
        return text
    for rule in _RULES:
        if any(hint in lower for hint in rule.hints) if rule.hints else digits:
            text = _apply(rule, text, found)
    return text


def _hinted(lower: str) -> bool:
    for hint in _HINTS:  # noqa: SIM110  this line is what most texts cost, and a generator doubles it
        if hint in lower:
            return True
    return False


def _apply(rule: _Rule, text: str, found: Counter[str]) -> str:
    kept, at = [], 0
    for match in rule.pattern.finditer(text):
        if rule.check is None or rule.check(match):
            start, end = match.span("it" if "it" in match.re.groupindex else 0)
            kept += [text[at:start], f"[{rule.kind}]"]
            at = end
            found[rule.kind] += 1
    return "".join([*kept, text[at:]]) if at else text


# Checks. They only see what a pattern has found already.

_NO_DIGIT = re.compile(r"\D+")

_ISSUED = re.compile(  # the number ranges of the card schemes: most numbers that pass Luhn lie outside them
    r"4\d{15}(?:\d{3})?"  # Visa (its 13-digit cards are gone, and would make cards of a tenth of all EANs)
    r"|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|6(?:011|4[4-9]\d|5\d\d)\d{12}(?:\d{3})?"  # Discover
    r"|62\d{14,17}"  # UnionPay
    r"|35(?:2[89]|[3-8]\d)\d{12}"  # JCB
    r"|3(?:0[0-5]|[689]\d)\d{11}"  # Diners
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}"  # Maestro
)
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)  # a digit doubled, and the digits of that added up
_IBAN_BEFORE = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4})* ?\Z")
_FOURS = re.compile(r"\d{4}(?: \d{4})*(?: \d{1,3})?")
_IBAN_LENGTH = 40

_DATE = re.compile(r"\d{4}([-./])\d{1,2}\1\d{1,2}(?!\d)|\d{1,2}([-./])\d{1,2}\2\d{4}(?!\d)")
_ZIP_PLUS_FOUR = re.compile(r"\d{5}-\d{4}")
_ANNOUNCEMENT = re.compile(
    r"(?ai:(?<![a-z])(?:(?:tele|cell)?(?:phone|fon)|tel(?:efon)?|mobile?|cell|handy|call|ring|fax|whatsapp|sms"
    r"|text me|rufnummer|(?:my|contact|callback) number|meine nummer)(?:nummer)?"
    r"(?:[\s:.()=#\"'_-]|(?:me|us|back|at|on|is|no|nr|number|nummer|under|unter|ist|my|please)(?![a-z])){0,10}\Z)"
)
_ANNOUNCEMENT_LENGTH = 40
_DIGITS_OF_A_PHONE = range(7, 16)
_DIGITS_OF_A_NATIONAL_PHONE = range(9, 13)


def _is_card(match: re.Match[str]) -> bool:
    digits = _NO_DIGIT.sub("", match[0])
    return _ISSUED.fullmatch(digits) is not None and _luhn(digits) and not _in_iban(match)


def _luhn(digits: str) -> bool:
    doubled = sum(_DOUBLED[int(digit)] for digit in digits[-2::-2])
    return (sum(map(int, digits[::-2])) + doubled) % 10 == 0


def _in_iban(match: re.Match[str]) -> bool:
    """Say whether the letters and fours of an account number lead up to this."""
    if _FOURS.fullmatch(match[0]) is None:
        return False
    start = match.start()
    return _IBAN_BEFORE.search(match.string[max(0, start - _IBAN_LENGTH) : start]) is not None


def _is_phone(match: re.Match[str]) -> bool:
    digits = _NO_DIGIT.sub("", match[0])
    return len(digits) in _DIGITS_OF_A_PHONE and _DATE.match(match[0]) is None and not _in_iban(match)


def _is_announced_phone(match: re.Match[str]) -> bool:
    """Take even a bare number for a phone when a word says so: "my number is 5551234567"."""
    start = match.start()
    before = match.string[max(0, start - _ANNOUNCEMENT_LENGTH) : start]
    return _is_phone(match) and _ANNOUNCEMENT.search(before) is not None


def _is_national_phone(match: re.Match[str]) -> bool:
    digits = _NO_DIGIT.sub("", match[0])
    return (
        len(digits) in _DIGITS_OF_A_NATIONAL_PHONE
        and not digits.startswith("00")
        and _ZIP_PLUS_FOUR.fullmatch(match[0]) is None
        and not _in_iban(match)
    )


_LETTER_AND_DIGIT = re.compile(r"(?=[^\d]*\d)(?=[^A-Za-z]*[A-Za-z])")
_LONG_STRETCH = re.compile(r"[A-Za-z0-9]{12}")


def _looks_random(value: str) -> bool:
    return _LETTER_AND_DIGIT.match(value) is not None


def _is_key(match: re.Match[str]) -> bool:
    """Tell a key from a slug: "sk-" also begins things like sk-learn-pipelines-in-version-2."""
    value = match[0]
    return not value.startswith("sk-") or (_looks_random(value) and _LONG_STRETCH.search(value) is not None)


def _is_token(match: re.Match[str]) -> bool:
    """Tell a token from a name: "hf_" also begins identifiers, which are lower-case letters only."""
    value = match[0]
    return not value.startswith("hf_") or not value.islower() or _looks_random(value)


def _is_random(match: re.Match[str]) -> bool:
    return _looks_random(match["it"]) and not _PLACEHOLDER.match(match["it"])


_PLACEHOLDER = re.compile(r"\[(?:EMAIL|PHONE|CARD|KEY|TOKEN|SECRET)\]")
_CODE = re.compile(
    r"[$<{%]|\*{3}|\u2022{3}|[xX.]{3,}\Z|https?://"  # ${VAR}, <password>, {{ template }}, %s, a mask, a page
    r"|[A-Za-z_]\w*(?:\.\w+)+[(\[]|[a-z]+(?:_[a-z]+)+\("  # os.environ[, vault.read(, get_secret(
    r"|(?:getpass|getenv|input|prompt|env|str|bytes)\("
    r"|(?:args|body|cfg|config|ctx|data|env|form|local|module|options|opts|os|params|process|props|req|request"
    r"|secrets|self|settings|state|this|user|var|vault)\.[A-Za-z_]"
    r"|(?:\w+_)?(?:password|passwd|passwort|pwd|secret|token|key)s?\W*\Z",  # password=user_password
    re.IGNORECASE,
)
_PROSE_WORDS = frozenset(
    """and any are automatic bool boolean bytes can change changed check click correct current default
    disabled does empty enabled enter error expired expires false field for forgot forgotten hash
    hashed here hidden how incorrect int integer invalid is ist lost manager max maximum min minimum
    missing must needed needs never new nicht nil none not null number old optional please prompt
    protected redacted required reset same secret see set settings should size str string text the
    this too true type undefined unknown unset update updated use value varchar vergessen was weak
    what when where which why will with wrong your""".split()  # noqa: SIM905  a hundred quotes would hide the words
)
_PUNCTUATION = ".,:;!?()[]\"'`"
_TELLS = re.compile(r"[\d!@#$%^&*+=~|]")


def _is_password(match: re.Match[str]) -> bool:
    """Take what follows "password:" for one, unless it is code or prose."""
    value = match["it"]
    if _is_reference(value):
        return False
    bare = value.strip(_PUNCTUATION)
    if match["says"]:  # "my password is wrong" is no password, "my password is hunter2" is
        return _TELLS.search(bare) is not None
    return bare.lower() not in _PROSE_WORDS


def _is_secret(match: re.Match[str]) -> bool:
    """Take what follows "secret" for one: more readily when quoted or assigned than in a sentence."""
    value = match["it"]
    if _is_reference(value):
        return False
    bare = value.strip(_PUNCTUATION)
    if match["says"] or " " in bare:
        return _looks_random(bare)
    ends = match.end("it")
    in_prose = bare.isalpha() and match["sign"] == ":" and _PROSE.match(match.string, ends) is not None
    return bare.lower() not in _PROSE_WORDS and not in_prose


_PROSE = re.compile(r"[,;]? {1,2}[A-Za-z]")
_SHORTEST_QUOTED = 16


def _is_assigned(match: re.Match[str]) -> bool:
    """Take what follows "token" or "api key" for one only if it looks drawn: max_token=4096 is none."""
    value = match["it"]
    if _is_reference(value):
        return False
    quoted = match.string[match.start("it") - 1] in "\"'`"
    return _looks_random(value) or (quoted and len(value) >= _SHORTEST_QUOTED and " " not in value)


def _is_reference(value: str) -> bool:
    return _PLACEHOLDER.match(value) is not None or _CODE.match(value) is not None


# Patterns. Repeats are possessive or bounded and begin where nothing like them can stand before, so that
# no text, however hostile, costs more than its length.

_ASSIGNED = (  # from the end of a name to the end of its value
    r"""\d?\\?["'`\]]{0,2}"""
    r"""(?:\s{0,3}(?P<sign>:=|=>|==?|:)\s{0,3}|(?<=\w)>|(?P<says>\s(?:is|ist|lautet|was)(?::|\s)\s?)"""
    r"""|(?:(?<=-password)|(?<=-api-key)|(?<=-secret)|(?<=-token))\s)"""
    r"""(?:[bfru]{0,2}\\?["'`])?"""
    r"""(?P<it>(?<=["'`])[^"'`\n]{3,}?(?=\\?["'`])"""
    r"""|(?:[^\s"'`,;<>&]|[,;&](?![\s"'`]|[\w-]{1,40}[=:]|\Z)|["'`](?=\w)){3,}+)"""
)
_OF_A_KEY = "|".join(  # looks back over the k: "key" is found fast, and most keys are of a board or a result
    rf"(?<={name}{gap}.)"
    for name in ("api", "access", "account", "secret", "private", "signing", "encryption")
    for gap in ("", "[ _-]")
)
_SPACE = r" \u00a0"
_DASH = r"\-\u2010-\u2015"
_BREAK = rf"[{_SPACE}.{_DASH}]"
_GAP = rf"[{_SPACE}().{_DASH}/]"
# A number is no part of a longer number, version, amount or id. This looks back over its first character,
# because a pattern that begins with a class is searched for much faster than one that begins with a look.
_FREE = r"(?<![\w#$].)(?<!\w-.)(?<!\d[.,:/].)"
_DONE = rf"(?!\w)(?![.,:/{_DASH}]\d)"
_DIGITS = re.compile(rf"\d(?:{_GAP}{{0,3}}\d){{6}}")

_RULES = (
    _Rule(
        "KEY",
        ("private key",),
        re.compile(
            r"-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
            r"(?=[^-]{0,300}?[A-Za-z0-9+/=]{24})[^-]*+(?:-(?!----)[^-]*+)*+(?:-----END [A-Z0-9 ]{0,60}-----)?"
        ),
    ),
    _Rule(
        "SECRET",
        ("://",),
        re.compile(
            r"://[^\s:/@?#\[\]\"'<>{}]{0,100}:"
            r"(?P<it>(?!\[SECRET\]@|\d{1,5}[/?#])[^\s/\"'<>{}]{1,200})@(?=[\w\[])"
        ),
    ),
    _Rule(
        "TOKEN",
        ("eyj",),
        re.compile(r"(?<![\w-])eyJ[\w-]{8,}+\.[\w-]{8,}+(?:\.[\w-]++){0,3}"),
    ),
    _Rule(
        "KEY",
        ("akia", "asia", "aiza", "sg.", "sk-", "k_live_", "k_test_", "whsec_"),
        re.compile(
            r"(?<![A-Za-z0-9])(?:AKIA[A-Z0-9]{16}(?!\w)|ASIA(?=[A-Z]*\d)[A-Z0-9]{16}(?!\w)|AIza[\w-]{30,}+"
            r"|SG\.[\w-]{16,}+\.[\w-]{16,}+|[sr]k_(?:live|test)_[A-Za-z0-9]{10,}+|whsec_[\w+/=]{16,}+"
            r"|sk-[\w-]{16,}+)"
        ),
        _is_key,
    ),
    _Rule(
        "TOKEN",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "xapp-", "hf_", "npm_"),
        re.compile(
            r"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{20,}+|github_pat_\w{20,}+|glpat-[\w-]{16,}+"
            r"|xox[a-z]-[\w-]{10,}+|xapp-[\w-]{10,}+|hf_[A-Za-z0-9]{24,}+|npm_[A-Za-z0-9]{30,}+)"
        ),
        _is_token,
    ),
    _Rule("TOKEN", (":aa",), re.compile(r"(?<!\w)\d{8,10}:AA[\w-]{30,}+")),  # a Telegram bot
    _Rule(
        "TOKEN",
        ("bearer", "authorization"),
        re.compile(
            r"(?ai:(?<![a-z])(?:bearer[\s:=]{1,3}|authorization[\"']?\s?[:=]\s?[\"']?(?:[a-z]{1,12}\s)?))"
            r"(?P<it>[\w.~+/=-]{12,}+)"
        ),
        _is_random,
    ),
    _Rule(
        "TOKEN",
        ("=",),
        re.compile(r"[?&](?ai:[\w-]{0,20}?(?:sig|signature|token|key|auth))=(?P<it>[^\s&#\"'<>]{8,}+)"),
        _is_random,
    ),
    _Rule(
        "SECRET",
        ("passw", "passp", "passc", "pw", "kennwort", "contrase", "mot de passe"),
        re.compile(
            r"[pPkKcCmM](?ai:(?<=p)(?:ass(?:word|wort|wd|phrase|code)|wd|(?<![a-z].)w)|(?<=k)ennwort"
            r"|(?<=c)ontrase[n\u00f1]a|(?<=m)ot de passe)" + _ASSIGNED
        ),
        _is_password,
    ),
    _Rule(
        "KEY",
        ("key",),
        re.compile(rf"[kK](?ai:{_OF_A_KEY})(?ai:ey)" + _ASSIGNED),
        _is_assigned,
    ),
    _Rule("TOKEN", ("token",), re.compile(r"(?ai:token)" + _ASSIGNED), _is_assigned),
    _Rule("SECRET", ("secret",), re.compile(r"(?ai:secret)" + _ASSIGNED), _is_secret),
    _Rule(
        "EMAIL",
        ("@", "%40"),
        re.compile(
            r"(?<![\w.+-])(?!git@)[\w.+-]++(?:@|%40)(?!\dx\.(?:png|jpe?g|webp|gif|svg))"
            r"(?:[\w-]++\.)+(?:xn--[\w-]++|[^\W\d_]{2,})"
        ),
    ),
    _Rule(
        "CARD",
        (),
        re.compile(
            rf"\d{_FREE}(?:\d{{12,18}}"
            rf"|\d{{3}}(?P<four>{_BREAK})\d{{4}}(?P=four)\d{{4}}(?P=four)\d{{4}}"
            rf"|(?<=3)\d{{3}}(?P<six>{_BREAK})\d{{6}}(?P=six)\d{{4,5}}){_DONE}"
        ),
        _is_card,
    ),
    _Rule(  # +49 171 1234567, 0049 171 1234567, (212) 555-0147, 1-212-555-0147, 212.555.0147, 212 555 0147
        "PHONE",
        (),
        re.compile(
            rf"[+(\d](?:(?<=\+)(?<![\w+].)\(?[1-9](?:{_GAP}{{0,3}}\d){{6,14}}"
            rf"|{_FREE}(?:(?<=0)0[1-9](?:\d{{1,2}}(?:{_BREAK}|/)\d(?:{_GAP}{{0,3}}\d){{5,11}}|\d{{10,12}})"
            rf"|(?<=\()\d{{3}}\)(?:{_BREAK}?\d{{3}}{_BREAK}\d{{4}}| ?\d{{7}})"
            rf"|(?<=1){_BREAK}(?:\(\d{{3}}\){_BREAK}?|\d{{3}}{_BREAK})\d{{3}}{_BREAK}\d{{4}}"
            rf"|(?<=\d)\d\d[.{_DASH}]\d{{3}}{_BREAK}\d{{4}}"
            rf"|(?<=[2-9])\d\d[{_SPACE}][2-9]\d\d{_BREAK}\d{{4}})){_DONE}"
        ),
        _is_phone,
    ),
    _Rule(  # 089/12345678, (089) 123456, 020 7946 0958, 0171 1234567, 01.23.45.67.89, 07911123456
        "PHONE",
        (),
        re.compile(
            rf"[0(]{_FREE}(?:(?<=\()0\d{{1,5}}\)(?:[{_SPACE}/{_DASH}]{{0,3}}\d{{2,8}}){{1,5}}"
            rf"|(?<=0)(?:\d{{2,5}} ?[/{_DASH}] ?\d{{3,8}}(?:[{_SPACE}{_DASH}]\d{{2,6}}){{0,3}}"
            rf"|\d{{1,4}}(?:[{_SPACE}]\d{{2,5}}){{2,4}}"
            rf"|\d{{2,5}}[{_SPACE}]\d{{5,8}}"
            rf"|\d(?:[.{_DASH}]\d\d){{4}}"
            rf"|7\d{{9}}|1[5-7]\d{{8,9}})){_DONE}"
        ),
        _is_national_phone,
    ),
    _Rule(  # whatever follows "call me at"
        "PHONE",
        (),
        re.compile(rf"[+(\d](?<!\w.)(?<!\w-.)\(?(?:{_GAP}{{0,2}}\d){{6,15}}+{_DONE}"),
        _is_announced_phone,
    ),
)
_HINTS = tuple(sorted({hint for rule in _RULES for hint in rule.hints}))
