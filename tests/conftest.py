"""What every test may lean on: Hypothesis settings, and the real trajectories beside the repository."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ("tests.kafka",)

ROOT = Path(__file__).resolve().parent.parent

# No deadline: on shared cores it fails for the neighbour's load. CI repeats itself, so that a red run is
# about the change; elsewhere each run looks at new examples and remembers what failed.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "default")


def data_folder(environ: Mapping[str, str]) -> Path:
    """Find the recorded trajectories, or say why the test that wants them cannot run.

    They are for tests only and are not part of the repository, so a checkout may lack them. CI has
    them: there a skip would hide that nothing was tested.
    """
    shared = Path(environ.get("LOOPWRIGHT_SHARED", ROOT.parent / "shared"))
    data = shared / "data"
    if data.is_dir():
        return data
    message = f"no folder {data}: set LOOPWRIGHT_SHARED to the folder that holds data/"
    if environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    return data_folder(os.environ)
