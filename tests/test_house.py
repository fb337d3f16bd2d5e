"""The house keeps its rules: what stands at the top, what make says, what the lock and the files name."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT, data_folder

FIXED_BY_THE_OWNER = {
    "LICENSE",
    "Makefile",
    "README.md",
    "deploy",
    "docker-compose.yml",
    "pyproject.toml",
    "schemas",
    "services",
    "tests",
}

REGISTRY_HOST = re.compile(
    r"\b(?:pypi\.org|pythonhosted\.org|registry\.npmjs\.org|crates\.io|maven\.org|maven\.apache\.org/maven2"
    r"|proxy\.golang\.org|(?:deb|security|snapshot)\.debian\.org)\b",
)
# A path below somebody's home or workplace; what comes before must not make it a part of an address.
MACHINE_PATH = re.compile(r"(?<![\w.\-}])/(?:root|work|home/\w+|Users/\w+)/[\w.]")


def run(*command: str) -> str:
    """Run a program as a person at a prompt would: without what an outer make hands down."""
    program = shutil.which(command[0])
    assert program is not None, f"install {command[0]}"
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(  # noqa: S603 (fixed words, no shell)
        [program, *command[1:]], cwd=ROOT, env=environ, check=True, capture_output=True, text=True
    )
    return done.stdout


def files() -> list[str]:
    """List what git tracks and what the next commit could add."""
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    return sorted({name for name in listed if name and (ROOT / name).is_file()})


def pins() -> dict[str, str]:
    """Read the lock: one block for each package, by its normalised name."""
    blocks = re.split(r"^(?=\w)", (ROOT / "deploy/requirements.lock").read_text(), flags=re.MULTILINE)
    return {normalised(block): block for block in blocks if block.strip()}


def normalised(requirement: str) -> str:
    match = re.match(r"[\w.\-]+", requirement)
    assert match is not None, f"no name in {requirement!r}"
    return re.sub(r"[-_.]+", "-", match[0]).lower()


def required_by(pyproject: str) -> set[str]:
    table = tomllib.loads((ROOT / pyproject).read_text())
    return {normalised(line) for line in table["build-system"]["requires"] + table["project"]["dependencies"]}


def asked_for() -> set[str]:
    lines = (ROOT / "deploy/requirements.in").read_text().splitlines()
    return {normalised(line) for line in lines if line and not line.startswith("#")}


def test_top_level_is_what_the_owner_fixed() -> None:
    top = {name.split("/")[0] for name in files() if not name.startswith(".")}
    assert top == FIXED_BY_THE_OWNER


def test_make_lists_every_target_with_one_line() -> None:
    rules = re.findall(r"^([a-z][\w-]*):(?!=)", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    listed = re.findall(r"^  make ([a-z][\w-]*) +\S.*$", run("make"), flags=re.MULTILINE)
    assert {"setup", "demo", "test"} <= set(rules)
    assert listed == rules


def test_every_pin_has_a_version_and_a_hash() -> None:
    loose = [name for name, block in pins().items() if "==" not in block or "--hash=sha256:" not in block]
    assert {"msgspec", "pytest", "setuptools"} <= set(pins())
    assert loose == []


def test_lock_names_no_address() -> None:
    text = (ROOT / "deploy/requirements.lock").read_text()
    assert re.findall(r"https?:|index-url|find-links|file:", text) == []


def test_everything_asked_for_is_pinned() -> None:
    own = {"loopwright"}
    required = required_by("pyproject.toml") | required_by("services/sdk/pyproject.toml")
    assert required - own - asked_for() == set()
    assert asked_for() - set(pins()) == set()


def test_no_file_names_a_registry_host_or_a_path_of_a_machine() -> None:
    named = {}
    for name in files():
        text = (ROOT / name).read_bytes().decode(errors="ignore")
        found = [match[0] for rule in (REGISTRY_HOST, MACHINE_PATH) for match in rule.finditer(text)]
        if found:
            named[name] = found
    assert named == {}


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (REGISTRY_HOST, "--index-url https://" + "pypi" + ".org/simple"),
        (MACHINE_PATH, "cache: /" + "home/ada/.cache"),
        (MACHINE_PATH, "'/" + "root/wheels'"),
    ],
)
def test_what_must_not_be_named_would_be_found(rule: re.Pattern[str], text: str) -> None:
    assert rule.search(text)


def test_ci_script_can_be_run() -> None:
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_shared_data_is_found_where_the_variable_says(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    assert data_folder({"CI": "true", "LOOPWRIGHT_SHARED": str(tmp_path)}) == tmp_path / "data"


def test_absent_shared_data_skips_a_test_but_fails_it_in_ci(tmp_path: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match="LOOPWRIGHT_SHARED"):
        data_folder({"LOOPWRIGHT_SHARED": str(tmp_path)})
    with pytest.raises(pytest.fail.Exception, match="LOOPWRIGHT_SHARED"):
        data_folder({"CI": "true", "LOOPWRIGHT_SHARED": str(tmp_path)})
