import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.folder import Command, write_events
from tests.conftest import ROOT
from tests.factories import raw, whole_run


@pytest.fixture
def one_run(tmp_path: Path) -> Path:
    return write_events(tmp_path / "runs.jsonl", [raw(one) for one in whole_run()])


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.jsonl", None, "missing.jsonl: no such file or directory"),
        ("empty.jsonl", b"", "empty.jsonl: it is empty"),
        ("empty.jsonl.gz", b"", "empty.jsonl.gz: it is empty"),
        ("blank.jsonl", b"\n \n", "blank.jsonl: no line holds anything"),
        ("plain.jsonl.gz", b"{}", "plain.jsonl.gz: it is no gzip file"),
        ("cut.jsonl.gz", gzip.compress(b"{}" * 99, mtime=0)[:-9], "cut.jsonl.gz: its gzip data are damaged or cut off"),
        ("bad.jsonl.gz", gzip.compress(b"{}" * 99, mtime=0)[:12] + b"xxxx", "bad.jsonl.gz: its gzip data are damaged"),
        (".", None, ": is a directory"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, loopwright: Command, name: str, content: bytes | None, words: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert words in loopwright("replay", path, "--out", tmp_path / "out").mistake
    other = ("--candidate", path, "--out", tmp_path / "out")
    assert str(path) in loopwright("replay", "--baseline", path, *other).mistake


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path, loopwright: Command, one_run: Path) -> None:
    (tmp_path / "out").write_text("mine")
    for out in (tmp_path / "out", tmp_path / "out" / "below"):
        assert "a file is in its place" in loopwright("replay", one_run, "--out", out).mistake
        assert "a file is in its place" in loopwright("demo", "--out", out).mistake
    assert (tmp_path / "out").read_text() == "mine"


def test_an_input_is_never_written_over(tmp_path: Path, loopwright: Command, one_run: Path) -> None:
    before = one_run.read_bytes()
    assert "runs.jsonl: it would be written over" in loopwright("replay", one_run, "--out", tmp_path).mistake
    assert one_run.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title: [", "mine.yaml:1:"),
        ("use_case_id: mine\n", "add it"),
        ("- a list\n", "expected a mapping"),
    ],
)
def test_a_wrong_use_case_is_named_with_its_place(
    tmp_path: Path, loopwright: Command, one_run: Path, text: str, words: str
) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    command = ("replay", one_run, "--out", tmp_path / "out", "--use-case", tmp_path / "mine.yaml")
    assert words in loopwright(*command).mistake


def test_a_use_case_whose_metric_can_never_be_bad_is_refused(
    tmp_path: Path, loopwright: Command, one_run: Path
) -> None:
    shipped = ROOT / "deploy/kit/use_cases/agent-tasks.yaml"
    lines = shipped.read_text().splitlines()
    dropped = ("run_error_is_bad", "event:", "bad_if", "threshold")
    (tmp_path / "mine.yaml").write_text("\n".join(line for line in lines if not line.strip().startswith(dropped)))
    command = ("replay", one_run, "--out", tmp_path / "out", "--use-case", tmp_path / "mine.yaml")
    assert "mine.yaml:13:5: metrics.0: metric task_failed can never be bad" in loopwright(*command).mistake


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("replay", "--out", "out"), "give either files of run events, or --baseline FILE and --candidate FILE"),
        (("replay", "--baseline", "a", "--out", "out"), "give either files of run events"),
        (("replay", "f", "--baseline", "a", "--candidate", "b", "--out", "out"), "give either files of run events"),
        (("replay", "f"), "Missing option '--out'"),
        (("replay", "f", "--out", "out", "--bogus"), "No such option: --bogus"),
        (("bogus",), "No such command 'bogus'"),
        (("show", "--from", "x"), "Missing argument 'RUN'"),
        (("demo", "--seed", "x"), "Invalid value for '--seed'"),
    ],
)
def test_wrong_usage_is_one_line(loopwright: Command, words: tuple[str, ...], said: str) -> None:
    assert said in loopwright(*words).mistake


@pytest.mark.parametrize("words", [("replay", "f", "--out", "out"), ("show", "r", "--from", "x"), ("demo",)])
def test_every_command_checks_the_settings_first(
    loopwright: Command, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("LOOPWRIGHT_MARKS_EVERY_MS", "soon")
    assert "LOOPWRIGHT_MARKS_EVERY_MS: " in loopwright(*words).mistake
    monkeypatch.delenv("LOOPWRIGHT_MARKS_EVERY_MS")
    monkeypatch.setenv("LOOPWRIGHT_SPEED", "fast")
    assert "LOOPWRIGHT_SPEED is no setting" in loopwright(*words).mistake


def test_verbose_prints_the_settings_in_one_line_and_no_secret(
    tmp_path: Path, loopwright: Command, monkeypatch: pytest.MonkeyPatch, one_run: Path
) -> None:
    monkeypatch.setenv("LOOPWRIGHT_TEXT_KEY", "a-key-that-nobody-may-see")
    said = loopwright("replay", one_run, "--out", tmp_path / "out", "--verbose")
    (line,) = said.err.splitlines()
    assert "marks_every_ms=5000" in line
    assert "nobody" not in line


def test_an_output_without_room_is_one_line() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "services.cli.main", "--help"], stdout=full, stderr=subprocess.PIPE, text=True,
            cwd=ROOT, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["loopwright: the output: no space left on device; write somewhere else"]


def test_no_words_print_the_help(loopwright: Command) -> None:
    said = loopwright()
    assert said.code == 0
    for name in ("replay", "show", "demo"):
        assert name in said.out
