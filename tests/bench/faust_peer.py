"""A stage as Faust's documentation has it, an agent and a table: python -m tests.bench.faust_peer capture.

The same codec, engine and domain; each changed state goes into a Faust table with its changelog, each output by
`topic.send`. At least once as Faust does it: after a crash states are applied twice. It lacks what the raw peer
lacks, but for the changelog.
"""

from __future__ import annotations

import sys
from tempfile import mkdtemp
from typing import Any

import faust
from msgspec import msgpack

from services.kernel.clock import now_ms
from services.kernel.engine import Record
from services.kernel.settings import load
from tests.bench.peer import Marks, engine_of, say_ready, stage_of, tables
from tests.bench.processes import PARTITIONS

TABLE = "states"


def app_of(service: str) -> faust.App:  # noqa: C901  one function, as Faust's documentation writes applications
    """The whole application of one service, as the environment says."""
    settings = load()
    prefix = settings.topic_prefix
    stage = stage_of(service, settings)
    topic = stage.reads[0].name
    app = faust.App(
        f"{prefix}loopwright.{service}",
        broker=f"kafka://{settings.bootstrap_servers}",
        store="memory://",
        datadir=mkdtemp(),
        autodiscover=False,
        web_enabled=False,
        topic_partitions=PARTITIONS,
        topic_replication_factor=1,
        topic_disable_leader=True,
        stream_recovery_delay=0.0,
    )
    kinds: dict[str, Any] = {"key_type": bytes, "value_type": bytes}
    raw_codec: dict[str, Any] = {"key_serializer": "raw", "value_serializer": "raw"}
    sources = {one.name: app.topic(prefix + one.name, **kinds, **raw_codec) for one in (*stage.reads, *stage.writes)}
    states = app.Table(TABLE, partitions=PARTITIONS, **kinds)
    known = tables(stage, settings)
    engines = [engine_of(stage, number, known, settings) for number in range(PARTITIONS)]
    marks = [Marks(stage, number, settings.marks_every_ms) for number in range(PARTITIONS)]

    @app.agent(sources[topic])
    async def work(stream: Any) -> None:
        begun = False
        async for event in stream.events():
            if not begun:
                begun = True
                say_ready()
            raw = event.message
            engine = engines[raw.partition]
            at = int(raw.timestamp * 1000)
            engine.receive(Record(topic, raw.partition, raw.offset, raw.key, raw.value, at))
            if stage.timed[0].from_outside:
                engine.observe(topic, at)
            engine.advance(now_ms())
            taken = engine.take()
            for key, state in taken.changed.items():
                if state is None:
                    states.pop(key.encode(), None)
                else:
                    states[key.encode()] = msgpack.encode(state)
            for output in taken.outputs:
                await sources[output.topic].send(key=output.key, value=output.value)
            for mark in marks[raw.partition].due(taken.kept.time):
                for number in range(PARTITIONS):
                    await sources[mark.topic].send(key=mark.key, value=mark.value, partition=number)

    @app.task  # type: ignore[untyped-decorator]
    async def recovered() -> None:
        """Faust runs this when the tables have been recovered."""
        print('{"event": "recovered"}', flush=True)

    return app


def main() -> None:
    """Be one service until killed."""
    worker = faust.Worker(
        app_of(sys.argv[1]), loglevel="ERROR", override_logging=True, redirect_stdouts=False, quiet=True
    )
    worker.execute_from_commandline()


if __name__ == "__main__":
    main()
