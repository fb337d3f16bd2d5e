"""What every shell needs around the engine, as little as there can be of it: for peers of the runtime."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from loopwright.codec import CODEC
from loopwright.events import Mark
from services.capture import app as capture
from services.detection import app as detection
from services.kernel.engine import Engine, Output, Record, reference
from services.kernel.settings import Settings
from services.kernel.stage import Stage, Table
from services.kernel.task import murmur2
from tests.bench.processes import PARTITIONS
from tests.chaos.loop import read


def stage_of(service: str, settings: Settings) -> Stage[Any]:
    """Capture or detection."""
    return capture.stage(settings) if service == "capture" else detection.stage()


def tables(stage: Stage[Any], settings: Settings) -> Mapping[str, Table]:
    """Reference data, read once: whatever comes later a peer does not see."""
    found = {topic.name: Table(topic) for topic in stage.refers}
    names = {settings.topic_prefix + topic.name: topic for topic in stage.refers}
    for name, records in read(settings.bootstrap_servers, list(names)).items():
        topic = names[name]
        for one in records:
            if one.key:
                record = Record(topic.name, one.partition, 0, one.key, one.value, one.appended_at, one.headers)
                put = reference(topic, CODEC, record, highest_bytes=settings.highest_event_bytes)
                found[topic.name].put(*put)
    return found


def engine_of(stage: Stage[Any], partition: int, known: Mapping[str, Table], settings: Settings) -> Engine:
    """The same engine as the runtime's."""
    return Engine(
        stage,
        partition,
        CODEC,
        tables=known,
        writers={"runs": PARTITIONS},
        highest_bytes=settings.highest_event_bytes,
        place=lambda key: murmur2(key) % PARTITIONS,
    )


class Marks:
    """How far time has come, said after the events that belong to it, as the runtime says it."""

    def __init__(self, stage: Stage[Any], partition: int, every: int) -> None:
        """`every` so many milliseconds; only capture's output has readers here."""
        self._who = stage.name, partition
        self._topics = [topic.name for topic in stage.writes if topic.name == "runs"]
        self._every = every
        self._said = 0

    def due(self, time: int) -> list[Output]:
        """Marks for all partitions of each topic, when it is time for them."""
        if time < self._said + self._every:
            return []
        self._said = time
        stage, partition = self._who
        value = CODEC.encode(Mark(stage=stage, partition=partition, time=time))
        return [Output(name, b"", value) for name in self._topics]


def say_ready() -> None:
    """From here on the process is measured."""
    print(json.dumps({"event": "ready"}), flush=True)
