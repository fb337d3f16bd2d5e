import pytest

from tests.cli.folder import Command, command


@pytest.fixture
def loopwright(capsys: pytest.CaptureFixture[str]) -> Command:
    return command(capsys)
