"""The SDK's wire.py as an extension module, compiled with mypyc: the same text, a few times as fast.

    python -m services.kernel.compiled           put it beside wire.py, where Python prefers it
    python -m services.kernel.compiled FOLDER    put it there instead

It takes a C compiler and about a minute. Without it everything runs as it does with it, only slower. The module
knows of which text it was made and refuses to be imported beside another one; `make contracts` removes it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from tempfile import TemporaryDirectory

SDK = Path(__file__).parents[1] / "sdk" / "loopwright"

NAME = f"wire{EXTENSION_SUFFIXES[0]}"
"""The file name of the extension module: it says for which Python and machine it is."""

_SHOWN = 200
"""Characters of what a compiler said: its command line alone may have thousands."""


class NotCompiled(Exception):
    """There is no compiler, or it would not: one line says why."""


def compile_wire(into: Path) -> Path:
    """Compile wire.py, put the extension module into the folder and return its path.

    It is built somewhere else and moved there whole, because others may import it at any moment.

    Raises:
        NotCompiled: there is no C compiler or no mypyc, or one of them refused.

    """
    compiler = str(os.environ.get("CC") or sysconfig.get_config_var("CC")).split()[0]
    if not shutil.which(compiler):
        raise NotCompiled(f"{compiler}, the C compiler of this Python, is not here: apt-get install gcc")
    with TemporaryDirectory(prefix="loopwright-wire-") as made:
        folder = Path(made)
        # Alone in a folder it is a module of its own, so mypyc makes one file of it and no library beside.
        shutil.copy(SDK / "wire.py", folder)
        environ = os.environ | {"MYPYPATH": str(SDK.parent), "MYPYC_DEBUG_LEVEL": "0"}
        done = subprocess.run(
            [sys.executable, "-m", "mypyc", "--strict", "wire.py"],
            cwd=folder,
            env=environ,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode != 0:
            lines = done.stdout.splitlines()
            reason = next((line for line in lines if "error:" in line), "".join(lines[-1:]))
            raise NotCompiled(f"mypyc or {compiler} refuses wire.py, mend wire_source.py: {reason.strip()[:_SHOWN]}")
        into.mkdir(parents=True, exist_ok=True)
        # Beside the target first: a rename within one file system is the only move that nobody sees half done.
        beside = Path(shutil.copy(folder / NAME, into / f".{NAME}.{os.getpid()}"))
        return beside.replace(into / NAME)


def main(arguments: list[str]) -> int:
    """Compile into the folder named, or beside wire.py. Returns the exit code."""
    try:
        compile_wire(Path(arguments[0]) if arguments else SDK)
    except NotCompiled as error:
        sys.stderr.write(f"compiled: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
