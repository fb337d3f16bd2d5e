"""The whole system as a stranger sees it: through its topics, as they are committed, and through Prometheus.

    python -m tests.e2e BROKER PROMETHEUS      both host:port; docker-compose.yml runs there, or loopwright local

Waits until each change of the simulator has ended as planned, then until Prometheus shows the same and a loop that
keeps up. Prints a line for each thing seen. Exit codes: 0, all of it was seen; 1, one line says what was not, within
seven minutes or for good; 2, wrong usage.
"""

from __future__ import annotations

import json
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiokafka.errors import KafkaError  # type: ignore[import-untyped]

from loopwright.codec import CODEC
from loopwright.events import Releases, Transition
from services.cli.local import SERVICES
from services.simulator.live import EXPECTED, PLANS, phases
from services.simulator.people import ENDED
from tests.chaos.loop import read

LIMIT_S = 420
EVERY_S = 1.0

FEW_RECORDS = 1_000
"""So many wait for a service in one topic, at most: what the simulator sends within three seconds."""

SECONDS_BEHIND = 20
"""How far time in a stage may be behind the clock, at most. Capture is two seconds behind, and each of the five hops
after it adds the time between two marks, which is a second here."""

ADDRESS = re.compile(r"[\w.\-]+:\d+")


class NotYet(Exception):
    """It has not happened so far; the message says what is missing."""


class Never(Exception):
    """It is otherwise, and waiting would change nothing; the message says how."""


Look = Callable[[], str]
"""Says in one line what it saw, or raises NotYet or Never."""


@dataclass(frozen=True)
class Prometheus:
    """What Prometheus knows, by its HTTP API."""

    address: str

    def ask(self, query: str) -> dict[str, float]:
        """Give what a query finds now, by the values of the labels that it leaves."""
        url = f"http://{self.address}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                found = json.load(answer)["data"]["result"]
        except urllib.error.HTTPError as error:
            raise Never(f"Prometheus refuses {query}: {error}") from None
        except (OSError, ValueError) as error:
            raise NotYet(f"Prometheus does not answer at {self.address}: {error}") from None
        return {" ".join(one["metric"].values()): float(one["value"][1]) for one in found}

    def all_are_up(self) -> str:
        """Every process answers, and is still in its first life."""
        up = self.ask('sum by (instance) (up{job="loopwright"})')
        wanted = {*SERVICES, "simulator"}
        if missing := wanted - {instance.partition(":")[0] for instance, value in up.items() if value == 1}:
            raise NotYet(f"not up: {listed(missing)}")
        started = self.ask('sum by (instance) (changes(process_start_time_seconds{job="loopwright"}[5m]))')
        if again := {instance for instance, times in started.items() if times}:
            raise Never(f"started again: {listed(again)}; the end of its log says why")
        return f"up, each in its first life: {listed(up)}"

    def taken_in(self) -> dict[str, float]:
        """Events that each stage has taken in."""
        return self.ask("sum by (service) (loopwright_events_total)")

    def all_take_in_more(self, before: Mapping[str, float]) -> str:
        now = self.taken_in()
        if standing := {stage for stage in before if now.get(stage, 0) <= before[stage]}:
            raise NotYet(f"took in nothing more: {listed(standing)}")
        if missing := {name for name in SERVICES if not any(stage.partition(".")[0] == name for stage in now)}:
            raise NotYet(f"took in nothing: {listed(missing)}")
        return "events taken in: " + listed(f"{stage} {count:,.0f}" for stage, count in now.items())

    def phases_are_shown(self) -> str:
        shown = self.ask('sum by (surface, phase) (loopwright_release_phase{use_case="quick"}) > 0')
        wanted = {(plan.surface, EXPECTED[plan.planted]) for plan in PLANS}
        if missing := {f"{phase} of {surface}" for surface, phase in wanted if not both(shown, surface, phase)}:
            raise NotYet(f"loopwright_release_phase does not show {listed(missing)}, but {listed(shown) or 'nothing'}")
        return "releases by surface and phase: " + listed(f"{one} {count:.0f}" for one, count in shown.items())

    def alarms_are_counted(self) -> str:
        alarms = self.ask("sum by (kind) (loopwright_alarms_total) > 0")
        if not alarms:
            raise NotYet("loopwright_alarms_total is 0, and a change was taken back for an alarm")
        return "alarms: " + listed(f"{kind} {count:.0f}" for kind, count in alarms.items())

    def nothing_is_dead(self) -> str:
        if dead := self.ask("sum by (topic, reason) (loopwright_dead_total) > 0"):
            raise Never("dead letters: " + listed(f"{which} {count:.0f}" for which, count in dead.items()))
        return "dead letters: none"

    def all_keep_up(self) -> str:
        lag = self.ask("sum by (topic) (loopwright_consumer_lag_records)")
        if not lag:
            raise NotYet("loopwright_consumer_lag_records is not there")
        if long := {f"{topic} {records:.0f}" for topic, records in lag.items() if records > FEW_RECORDS}:
            raise NotYet(f"more than {FEW_RECORDS} records wait: {listed(long)}")
        return f"records that wait: {sum(lag.values()):.0f}, at most {max(lag.values()):.0f} of one topic"

    def time_goes_on(self) -> str:
        # As of the scrape: how old that is says nothing about a stage.
        behind = self.ask(
            "max by (service) (timestamp(loopwright_partition_time_seconds) - loopwright_partition_time_seconds)"
        )
        if not behind:
            raise NotYet("loopwright_partition_time_seconds is not there")
        if far := {f"{stage} {seconds:.0f} s" for stage, seconds in behind.items() if seconds > SECONDS_BEHIND}:
            raise NotYet(f"time is more than {SECONDS_BEHIND} s behind: {listed(far)}")
        return "seconds that time is behind: " + listed(f"{stage} {seconds:.1f}" for stage, seconds in behind.items())


class Decided:
    """What was decided, as `transitions` and `releases` tell it to a read-committed reader."""

    def __init__(self, broker: str) -> None:
        self._broker = broker
        self._told: set[str] = set()

    def as_planned(self) -> str:
        steps, releases = self._read()
        for step in steps:
            if step.transition_id not in self._told:
                self._told.add(step.transition_id)
                moved = f"{step.change_id} {step.from_phase} to {step.to_phase}, {step.share:.0%}, {step.reason}"
                say(f"transitions: {moved}")
        stand = phases(PLANS, releases)
        for plan in PLANS:
            ended, planned = stand.get(plan.change_id), EXPECTED[plan.planted]
            if ended in ENDED and ended is not planned:
                raise Never(f"releases: {plan.change_id} ({plan.planted}) ended {ended}, planned was {planned}")
        if running := [plan.change_id for plan in PLANS if stand.get(plan.change_id) not in ENDED]:
            raise NotYet("releases: not ended: " + listed(f"{one} {stand.get(one, 'unknown')}" for one in running))
        last = {step.change_id: step.to_phase for step in steps}
        if strange := [one for one, phase in stand.items() if last.get(one) is not phase]:
            raise NotYet(f"transitions and releases tell different ends of {listed(strange)}")
        return "releases: " + listed(f"{plan.change_id} ({plan.planted}) {stand[plan.change_id]}" for plan in PLANS)

    def _read(self) -> tuple[list[Transition], dict[str, Releases]]:
        """Every transition in its order, and the last releases of each use case."""
        try:
            found = read(self._broker, ["transitions", "releases"])
        except (KafkaError, OSError) as error:
            raise NotYet(f"Kafka does not answer at {self._broker}: {error}") from None
        # A record with an empty key only says that time has passed.
        told = {
            name: [CODEC.decode(one.value) for one in kept if one.key and one.value] for name, kept in found.items()
        }
        steps = [one for one in told["transitions"] if isinstance(one, Transition)]
        return (
            sorted(steps, key=lambda one: (one.occurred_at, one.release_id, one.version)),
            {one.use_case_id: one for one in told["releases"] if isinstance(one, Releases)},
        )


def both(shown: Mapping[str, float], *labels: str) -> bool:
    return any(set(labels) == set(one.split()) for one in shown)


def listed(words: object) -> str:
    """Give words in one line, in an order that is always the same."""
    return ", ".join(sorted(words))  # type: ignore[call-overload]


def say(line: str) -> None:
    sys.stdout.write(f"e2e: {line}\n")
    sys.stdout.flush()


def wait_for(look: Look, until: float) -> None:
    """Look until it is there, and say so; the last reason why not, when `until` has come."""
    while True:
        try:
            say(look())
        except NotYet as missing:
            if time.monotonic() > until:
                raise Never(f"not within {LIMIT_S} s: {missing}") from None
            time.sleep(EVERY_S)
        else:
            return


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or not all(ADDRESS.fullmatch(one) for one in arguments):
        sys.stderr.write("usage: python -m tests.e2e BROKER PROMETHEUS, both as host:port\n")
        return 2
    broker, prometheus = arguments[0], Prometheus(arguments[1])
    began = time.monotonic()
    until = began + LIMIT_S
    try:
        wait_for(prometheus.all_are_up, until)
        before = prometheus.taken_in()
        wait_for(Decided(broker).as_planned, until)
        for look in (
            lambda: prometheus.all_take_in_more(before),
            prometheus.phases_are_shown,
            prometheus.alarms_are_counted,
            prometheus.all_keep_up,
            prometheus.time_goes_on,
            prometheus.nothing_is_dead,
            prometheus.all_are_up,
        ):
            wait_for(look, until)
    except Never as why:
        sys.stderr.write(f"e2e: {' '.join(str(why).split())}\n")
        return 1
    say(f"all of it within {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
