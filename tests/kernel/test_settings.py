"""Settings are few, checked at start-up, and told without their secrets."""

from __future__ import annotations

import pytest

from services.kernel.settings import BadSettings, Settings, load

KEY = "a secret of some length"


def wrong(**environ: str) -> str:
    with pytest.raises(BadSettings) as found:
        load(environ)
    said = str(found.value)
    assert "\n" not in said
    return said


def test_settings_come_from_variables_with_our_prefix() -> None:
    settings = load({"LOOPWRIGHT_MARKS_EVERY_MS": "200", "LOOPWRIGHT_TEXT_KEY": KEY, "PATH": "/bin", "TEXT_KEY": "no"})

    assert settings.marks_every_ms == 200
    assert settings.text_key.get_secret_value() == KEY
    assert settings.pseudonym_key_id == "k1"


def test_only_the_given_environment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOPWRIGHT_MARKS_EVERY_MS", "200")

    assert load().marks_every_ms == 200
    assert load({}).marks_every_ms == 5_000


def test_an_unknown_variable_is_an_error_that_lists_the_known_ones() -> None:
    said = wrong(LOOPWRIGHT_MARKS_EVERY="200")

    assert said.startswith(
        "LOOPWRIGHT_MARKS_EVERY is no setting; take it out, or use one of LOOPWRIGHT_BOOTSTRAP_SERVERS, "
    )
    assert "LOOPWRIGHT_MARKS_EVERY_MS" in said


def test_what_only_tests_use_is_no_error() -> None:
    assert load({"LOOPWRIGHT_SHARED": "anywhere"}) == load({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOOPWRIGHT_MARKS_EVERY_MS", "often"),
        ("LOOPWRIGHT_MARKS_EVERY_MS", "0"),
        ("LOOPWRIGHT_HIGHEST_EVENT_BYTES", "10"),
        ("LOOPWRIGHT_PSEUDONYM_KEY_ID", "Key 1"),
        ("LOOPWRIGHT_PSEUDONYM_KEY", "too short"),
        ("LOOPWRIGHT_BUCKET_KEY", "x" * 65),
    ],
)
def test_a_bad_value_is_an_error_that_names_the_variable(name: str, value: str) -> None:
    said = wrong(**{name: value})

    assert said.startswith(f"{name}: ")
    assert said.endswith("; correct it")


def test_a_secret_is_told_neither_in_the_line_nor_in_an_error() -> None:
    names = ("PSEUDONYM_KEY", "TEXT_KEY", "BUCKET_KEY")
    settings = load({f"LOOPWRIGHT_{name}": f"{KEY} {n}" for n, name in enumerate(names)})

    assert KEY not in settings.line()
    assert KEY not in repr(settings)
    for name in names:
        assert f"{name.lower()}=*" in settings.line()
    with pytest.raises(BadSettings) as found:
        load({"LOOPWRIGHT_TEXT_KEY": "tooshort"})
    assert "tooshort" not in f"{found.value} {found.value.__cause__}"


def test_the_line_tells_every_setting() -> None:
    line = load({"LOOPWRIGHT_MARKS_EVERY_MS": "200"}).line()

    assert "\n" not in line
    assert "marks_every_ms=200" in line
    assert [part.split("=")[0] for part in line.split(" ") if "=" in part] == list(Settings.model_fields)
