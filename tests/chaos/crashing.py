"""A service that dies at a chosen point of its transactions, now and then: python -m tests.chaos.crashing SERVICE SEED.

What is bent is Kafka's client, never our code: the process ends as by SIGKILL just before or just after a call.
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Callable
from random import Random
from typing import Any

from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]

POINTS = tuple(
    (call, after)
    for call in ("send_batch", "send_offsets_to_transaction", "commit_transaction")
    for after in (False, True)
)
"""Calls of a producer with a transactional id, and whether the process dies after the call instead of before."""

ONE_IN = 400
"""Calls of a point that are survived, on average, before the one that is not."""


def deadly(call: Callable[..., Any], random: Random, *, after: bool) -> Callable[..., Any]:
    async def called(*args: Any, **options: Any) -> Any:
        dies = random.randrange(ONE_IN) == 0
        if dies and not after:
            os._exit(9)
        answer = await call(*args, **options)
        if dies:
            os._exit(9)
        return answer

    return called


def main(service: str, seed: int) -> None:
    random = Random(f"{seed}/{service}/{os.getpid()}")
    name, after = random.choice(POINTS)
    print(f'{{"event": "will die", "at": "{"after" if after else "before"} {name}"}}', flush=True)  # noqa: T201
    setattr(AIOKafkaProducer, name, deadly(getattr(AIOKafkaProducer, name), random, after=after))
    sys.argv = [service]
    runpy.run_module(f"services.{service}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
