"""What a stage remembers is its state and nothing else: written down and read back, it goes on as if nothing had been.

This is what a changelog does with it; an engine's timers come from its states, its time from the marks.
"""

from dataclasses import replace as altered
from typing import Any

import msgspec

from services.kernel.engine import Engine
from services.kernel.settings import load
from services.simulator import demo
from services.simulator.product import HOUR
from tests.flow.test_stories import small_world


def written_and_read(engine: Engine) -> dict[str, Any]:
    """Every state of one engine, through bytes."""
    kind = engine.stage.state
    return {key: msgspec.msgpack.decode(msgspec.msgpack.encode(one), type=kind) for key, one in engine.states.items()}


def test_every_state_survives_being_written_down() -> None:
    memory = demo.play(3, load({}), world=altered(small_world(), longest=5 * HOUR)).memory

    for task in memory.tasks:
        assert task.engine.states, task.stage.name
        assert written_and_read(task.engine) == task.engine.states
