"""A dead letter comes back: what was refused for want of a spec is sent again once there is one, and counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from loopwright.codec import CODEC
from loopwright.events import UserTurn
from services.kernel import redrive
from services.kernel.clock import now_ms
from tests import factories as make
from tests.chaos.loop import Loop, Told, read, send, spec, wait_for
from tests.kafka import Kafka

pytestmark = pytest.mark.kafka


def test_what_was_refused_for_want_of_a_spec_comes_back_and_counts(kafka: Kafka, prefix: str, tmp_path: Path) -> None:
    turn = make.raw(make.turn(use_case_id="later", session_id="s", at=now_ms()))
    with Loop(kafka.bootstrap_servers, prefix, tmp_path, services=("capture",)) as loop:
        send(loop.servers, prefix, [Told(0, "runs.raw", turn)], start=0)
        wait_for(lambda: bool(read(loop.servers, [prefix + "runs.raw.dead"])[prefix + "runs.raw.dead"]), 30, loop.said)
        send(loop.servers, prefix, [Told(0, "usecases", spec(use_case_id="later"))], start=0)
        assert redrive.redrive(loop.settings, "runs.raw").redriven == {"unknown_use_case": 1}
        runs = prefix + "runs"
        wait_for(lambda: any(one.key for one in read(loop.servers, [runs])[runs]), 30, loop.said)

        (event,) = [CODEC.decode(one.value) for one in read(loop.servers, [runs])[runs] if one.key]
        assert isinstance(event, UserTurn)
        assert (event.event_id, event.use_case_id) == (turn.event_id, "later")
        assert redrive.redrive(loop.settings, "runs.raw").redriven == {}, "each letter once"
