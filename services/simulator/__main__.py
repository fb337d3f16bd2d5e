"""Simulate a product and its people against Kafka: `python -m services.simulator --runs-per-second 100 --once`."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading

import structlog

from services.kernel.authored import Mistake
from services.kernel.settings import BadSettings, load
from services.simulator.live import Choice, live

MOST_RUNS_PER_SECOND = 2_000


def choice(arguments: list[str]) -> Choice:
    """What the arguments say; wrong ones end the process with one line."""
    parser = argparse.ArgumentParser(prog="python -m services.simulator", description="A product and its people.")
    parser.add_argument("--runs-per-second", type=float, default=Choice.runs_per_second, help="how many users come")
    parser.add_argument("--users", type=int, default=Choice.users, help="how many there are")
    parser.add_argument("--seed", type=int, default=Choice.seed)
    parser.add_argument("--once", action="store_true", help="end when every planned change has ended")
    given = parser.parse_args(arguments)
    if not 0 < given.runs_per_second <= MOST_RUNS_PER_SECOND:
        parser.error(
            f"--runs-per-second is {given.runs_per_second:g}; give more than 0, at most {MOST_RUNS_PER_SECOND}"
        )
    if given.users < 1:
        parser.error(f"--users is {given.users}; give at least 1")
    return Choice(runs_per_second=given.runs_per_second, users=given.users, seed=given.seed, once=given.once)


def main(arguments: list[str]) -> int:
    """Run until stopped; returns the exit code."""
    chosen = choice(arguments)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ]
    )
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.WARNING)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it says ten times a second what the SDK says once
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        return live(load(), chosen, stop)
    except (BadSettings, Mistake) as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
