"""What a stage remembers is its state and nothing else: written down and read back, it goes on as if nothing had been.

This is what a changelog does with it; an engine's timers come from its states, its time from the marks.
"""

from dataclasses import replace as altered

from services.kernel.memory import Memory
from services.kernel.settings import load
from services.simulator import demo
from services.simulator.product import HOUR
from tests.flow.test_stories import small_world


def test_a_stage_that_is_killed_every_hour_says_what_it_would_have_said() -> None:
    """All of them, one after the other, in the middle of the demo's stories."""
    world = altered(small_world(), longest=5 * HOUR)
    whole = demo.play(3, load({}), world=world).memory
    killed = demo.play(3, load({}), world=world, every_hour=kill_all).memory

    for topic in ("runs", "signals", "outcomes", "tallies", "gates", "cases", "releases", "transitions", "audit"):
        assert list(killed.records(topic)) == list(whole.records(topic)), topic
    assert whole.count("gates") > 10


def kill_all(memory: Memory) -> None:
    """Restart every stage."""
    for task in memory.tasks:
        task.restart()
