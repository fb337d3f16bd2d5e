"""What a product installs: the SDK alone, without the engine and without data files."""

import shutil
import subprocess
import sys
from pathlib import Path

from services.kernel.contracts import SDK

MODULES = tuple(sorted(path.stem for path in SDK.glob("*.py")))

# Isolated: neither this folder nor what the environment names is on the path.
PROGRAM = """
import importlib, pkgutil, sys
sys.path.insert(0, sys.argv[1])
import loopwright
assert loopwright.__file__.startswith(sys.argv[1]), loopwright.__file__
for found in pkgutil.iter_modules(loopwright.__path__):
    importlib.import_module("loopwright." + found.name)
from loopwright.codec import CODEC
from loopwright.events import Mark
assert CODEC.decode(CODEC.encode(Mark(stage="capture", partition=1, time=2))).time == 2
mine = {name.partition(".")[0] for name in sys.modules}
print(*sorted(name for name in sys.modules if name.startswith("loopwright.")))
print(*sorted(mine & {"services", "pydantic", "prometheus_client", "rich", "ruamel", "structlog", "typer"}))
"""


def test_the_sdk_runs_alone_and_without_a_data_file(tmp_path: Path) -> None:
    package = tmp_path / "loopwright"
    package.mkdir()
    for path in SDK.glob("*.py"):
        shutil.copy(path, package)

    imported, strangers = subprocess.run(  # noqa: S603 (fixed words, no shell)
        [sys.executable, "-I", "-W", "error", "-c", PROGRAM, str(tmp_path)], check=True, capture_output=True, text=True
    ).stdout.splitlines()

    assert {f"loopwright.{name}" for name in MODULES if name != "__init__"} <= set(imported.split())
    assert strangers == ""


def test_the_sdk_says_that_it_is_typed() -> None:
    assert (SDK / "py.typed").exists()
    assert {"events", "codec", "recorder", "flags", "scope", "sketch"} <= set(MODULES)
