from collections.abc import Callable
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.capture.redaction import Redacted, redact

# A tilde is taken out before use: it keeps scanners of this repository from mistaking samples for leaks.
PLANTED = {
    "mail jane.doe+x@example.co.uk please": "mail [EMAIL] please",
    "see ?email=jane%40example.com&x=1": "see ?email=[EMAIL]&x=1",
    "mailto:a@b.de, or A_B@SUB.EXAMPLE.ORG.": "mailto:[EMAIL], or [EMAIL].",
    "schrieb von j\u00fcrgen@m\u00fcller.de.": "schrieb von [EMAIL].",
    "call me at 555-123-4567!": "call me at [PHONE]!",
    "(212) 555-0147 or 212.555.0147": "[PHONE] or [PHONE]",
    "212 555 0147 is free": "[PHONE] is free",
    "1-800-555-0199": "[PHONE]",
    "+1.212.555.0147": "[PHONE]",
    "212\u2011555\u20110147": "[PHONE]",
    "ruf +49 (0) 171 / 123 45 67 an": "ruf [PHONE] an",
    "0049 171 1234567": "[PHONE]",
    "00491711234567": "[PHONE]",
    "+33 1 23 45 67 89, oder": "[PHONE], oder",
    "Tel. 089/12345678": "Tel. [PHONE]",
    "030 / 123 45 67": "[PHONE]",
    "0171 1234567 und 0171-1234567": "[PHONE] und [PHONE]",
    "020 7946 0958": "[PHONE]",
    "07911123456": "[PHONE]",
    "06 12 34 56 78": "[PHONE]",
    "01.23.45.67.89": "[PHONE]",
    "(089) 123456": "[PHONE]",
    "my phone number is 5551234567": "my phone number is [PHONE]",
    "please call 555-1234": "please call [PHONE]",
    '{"phone": "5551234567"}': '{"phone": "[PHONE]"}',
    "Telefonnummer: 4711123": "Telefonnummer: [PHONE]",
    "4111 1111 1111 1111 123": "[CARD] 123",
    "card:4111111111111111, thanks": "card:[CARD], thanks",
    "4111-1111-1111-1111": "[CARD]",
    "5555.5555.5555.4444": "[CARD]",
    "3782 822463 10005 (amex)": "[CARD] (amex)",
    "378282246310005.": "[CARD].",
    "3056 930902 5904": "[CARD]",
    "6011111111111117": "[CARD]",
    "s~k-proj-abcDEF1234567890abcDEF1234567890": "[KEY]",
    "use s~k-abcdefghijklmnop1234567890!": "use [KEY]!",
    "A~KIAIOSFODNN7EXAMPLE": "[KEY]",
    "A~IzaSyA1234567890abcdefghijklmnopqrstuv": "[KEY]",
    "S~G.abcdefghijklmnopqrstuv.ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefg": "[KEY]",
    "s~k_live_4eC39HqLyjWDarjtT1zdp7dc": "[KEY]",
    "api_key=abc123def456": "api_key=[KEY]",
    "my API key is abc123def456": "my API key is [KEY]",
    '"apiKey": "abcdefghijklmnopqrst"': '"apiKey": "[KEY]"',
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY": "aws_secret_access_key = [KEY]",
    "-----BEGIN EC PRIV~ATE KEY-----\nMIIEpAIBAAKCAQEA12345678\n-----END EC PRIV~ATE KEY-----\nb": "[KEY]\nb",
    "-----BEGIN PRIV~ATE KEY-----\nMIIEpAIBAAKCAQEA1234567890abcdef, cut of": "[KEY]",
    "gh~p_abcdefghijklmnopqrstuvwxyz0123456789": "[TOKEN]",
    "github~_pat_11ABCDEFG0abcdefghijkl_mnop": "[TOKEN]",
    "glp~at-abcDEF123456ghiJKL78": "[TOKEN]",
    "xo~xb-123456789012-abcdefghij": "[TOKEN]",
    "h~f_AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGh": "[TOKEN]",
    "123456789:A~Aabcdefghijklmnopqrstuvwxyz_BCDEFGH": "[TOKEN]",
    "e~yJhbGciOiJIUzI1NiJ9.e~yJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N.": "[TOKEN].",
    "Authorization: Bearer abc123def456ghi789": "Authorization: Bearer [TOKEN]",
    "authorization: basic dXNlcjpwYXNzd29yZDE=": "authorization: basic [TOKEN]",
    "https://x.example/a?sv=1&sig=abc%2Fdef123456&t=1": "https://x.example/a?sv=1&sig=[TOKEN]&t=1",
    "token: a1b2c3d4e5": "token: [TOKEN]",
    "run --token a1b2c3d4e5 now": "run --token [TOKEN] now",
    "postgres://bob:s3cret@db/x": "postgres://bob:[SECRET]@db/x",
    "redis://:pw@host:6379": "redis://:[SECRET]@host:6379",
    "mysql://u:p@ss#1@host/db": "mysql://u:[SECRET]@host/db",
    "password = hunter2": "password = [SECRET]",
    "Password: Sunshine": "Password: [SECRET]",
    "passwort: geheim123": "passwort: [SECRET]",
    "Kennwort ist Blume77": "Kennwort ist [SECRET]",
    "my password is hunter2.": "my password is [SECRET]",
    "pwd=geheim;user=x": "pwd=[SECRET];user=x",
    "pw: abc def": "pw: [SECRET] def",
    "DB_PASSWORD=abc$123": "DB_PASSWORD=[SECRET]",
    "login --password hunter2": "login --password [SECRET]",
    '{"password": "correct horse"}': '{"password": "[SECRET]"}',
    '{\\"password\\": \\"hunter2\\"}': '{\\"password\\": \\"[SECRET]\\"}',
    "<password>hunter2</password>": "<password>[SECRET]</password>",
    "passphrase: 'open sesame now'": "passphrase: '[SECRET]'",
    "contrase\u00f1a: abcd": "contrase\u00f1a: [SECRET]",
    "client_secret: 9f8e7d": "client_secret: [SECRET]",
    "secret: swordfish": "secret: [SECRET]",
    "secret = swordfish please": "secret = [SECRET] please",
}

FALSE_FRIENDS = [
    "order #W2378156",
    "order 112-3456789-1234567",
    "call order 1234567 please",
    "items 6164262152 and 1656367028",
    '{"Smartphone": "1801728040"}',
    "on 2024-05-01, call me on 2024-05-01",
    "2024-05-01T12:30:45.123456789Z",
    "2023-10-05 14:23:11,123 INFO 200 4567",
    "2024-05-01 12:30:45 +0200",
    "01.02.2024 10:30 and 05/01/2024",
    "550e8400-e29b-41d4-a716-446655440000",
    "12345678-1234-1234-1234-123456789012",
    "192.168.100.200 and 10.255.255.254:8080",
    "10.2.3456.789",
    "v10.0.19045.3803, version 1.2.3.4",
    "4111 1111 1111 1112",
    "1234567890123456",
    "DE89 3704 0044 0532 0130 00",
    "GB29 NWBK 6016 1331 9268 19",
    "ISBN 978-3-16-148410-0",
    "EAN 4006381333931",
    "at 1714567890123 or 1714567890",
    "3.14159265358979",
    "$1,234,567.89 or 1 234 567 890",
    "52.520008, 13.404954",
    "1Z999AA10123456784 deadbeef12345678901234567890",
    "zip 12345-6789 and 06385-3823",
    "secret = os.environ[",
    "secret = os.environ['X']",
    "password = getpass.getpass()",
    "password = ${DB_PASSWORD}",
    "password: <password>",
    "password=password, secret=client_secret",
    "password: required",
    "password: string",
    "my password is wrong",
    "I forgot my password: how do I reset it?",
    "the secret: never give up",
    "api key is missing",
    "token = tokenizer.encode(x2)",
    "max_token: 4096, token: str",
    "Bearer of the responsibilities",
    "risk-based-approach-to-management-2024",
    "s~k-learn-pipelines-in-version-2-tutorial",
    "from h~f_transformersconfiguration import x",
    "git@github.com:org/repo.git",
    "logo@2x.png",
    "@types/node@1.2.3 and @app.route",
    "http://localhost:8080/a@b",
    '"https://schema.example","value":"1,148","address":{"@type":1}',
    'echo "some secret" > /secret-file',
    "-----BEGIN PRIV~ATE KEY----- is how such a file begins",
]


@pytest.mark.parametrize(("text", "clean"), PLANTED.items())
def test_a_secret_is_replaced_by_its_kind_and_nothing_around_it_is(text: str, clean: str) -> None:
    assert redact(text.replace("~", "")).text == clean


@pytest.mark.parametrize("text", FALSE_FRIENDS)
def test_what_only_looks_like_a_secret_stays(text: str) -> None:
    text = text.replace("~", "")

    assert redact(text) == Redacted(text)


def test_the_counts_say_what_was_found() -> None:
    found = redact("a@b.com, c@d.com or 555-123-4567").counts

    assert found == (("EMAIL", 2), ("PHONE", 1))


def test_what_a_replacement_uncovers_is_replaced_too() -> None:
    assert redact("a@b.com555-123-4567") == Redacted("[EMAIL][PHONE]", (("EMAIL", 1), ("PHONE", 1)))


def test_half_an_emoji_does_not_save_a_secret() -> None:
    assert redact("\ud800 a@b.com \udfff").text == "\ud800 [EMAIL] \udfff"


SAMPLES = [sample.replace("~", "") for sample in (*PLANTED, *PLANTED.values(), *FALSE_FRIENDS)]
GLUE = [*" .-:=4a@/\"'[]\n\ud800\0", "", "call ", "password="]


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Samples, cut anywhere and glued together: more hostile than noise."""
    parts = draw(st.lists(st.tuples(st.sampled_from(SAMPLES), st.sampled_from(GLUE)), max_size=5))
    cut = draw(st.integers(0, 20))
    return "".join(part + glue for part, glue in parts)[cut:]


@given(texts() | st.text(st.characters()))
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    once = redact(text).text

    assert redact(once) == Redacted(once)


HOSTILE: dict[str, Callable[[int], str]] = {
    "one word": lambda n: "a" * n,
    "at signs": lambda n: "a@" * (n // 2),
    "subdomains": lambda n: "a@" + "b." * (n // 2),
    "digits": lambda n: "4" * n,
    "spaced digits": lambda n: "4 " * (n // 2),
    "groups of four": lambda n: "4111 " * (n // 5),
    "dotted digits": lambda n: "41." * (n // 3),
    "plus signs": lambda n: "+4" * (n // 2),
    "urls": lambda n: "://a:" * (n // 5),
    "one url": lambda n: "://a:" + "b" * n,
    "headers of keys": lambda n: ("-----BEGIN PRIV~ATE KEY-----".replace("~", "") + "A" * 24) * (n // 51),
    "half a token": lambda n: "eyJabcdefgh." * (n // 12),
    "assignments": lambda n: "password: " * (n // 10),
    "open quotes": lambda n: "password='" * (n // 10),
    "one open quote": lambda n: "password='" + "a" * n,
    "announcements": lambda n: "tel:::: 123456 " * (n // 15),
    "spaces": lambda n: "password =" + " " * n,
}


@pytest.mark.parametrize("shape", HOSTILE)
def test_no_text_costs_more_than_its_length(shape: str) -> None:
    def seconds(length: int) -> float:
        text = HOSTILE[shape](length)
        best = float("inf")
        for _ in range(3):
            before = process_time()
            redact(text)
            best = min(best, process_time() - before)
        return best

    short, long = seconds(2_000), seconds(32_000)

    assert long < 0.01 or long < 60 * short  # sixteen times as long; a quadratic rule would take 256 times
