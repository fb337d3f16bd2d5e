"""`make bench`: every benchmark, one after the other; ARGS names some (`make bench ARGS=codec`).

Each compares in one run, because a shared machine's speed drifts: read the ratios, not the microseconds. With
--json those on Kafka (runtime, costs, hop, alarm, recovery) give their numbers as one JSON object by name:

    make bench ARGS=runtime
    make bench ARGS="hop alarm --json"

EVENTS, ROUNDS, SECONDS, ALARMS and KEYS in the environment make them shorter or longer.
"""

import json
import sys
from importlib import import_module

from services.cli.broker import BrokerFault

ON_KAFKA = ("runtime", "costs", "hop", "alarm", "recovery")
BENCHES = ("codec", "stages", "text", *ON_KAFKA)


def main(words: list[str]) -> int:
    """Run the named benchmarks, or all. Returns the exit code."""
    as_json = "--json" in words
    names = [word for word in words if word != "--json"]
    known = ON_KAFKA if as_json else BENCHES
    if unknown := [name for name in names if name not in known]:
        what = "as JSON there are" if as_json and unknown[0] in BENCHES else f"no benchmark {unknown[0]!r}; there are"
        print(f"{what} {', '.join(known)}", file=sys.stderr)
        return 2
    try:
        if as_json:
            found = {name: import_module(f"tests.bench.{name}").measure().as_dict() for name in names or known}
            print(json.dumps(found, indent=2))
            return 0
        for name in names or known:
            print(f"== {name}")
            import_module(f"tests.bench.{name}").main()
    except BrokerFault as fault:
        print(f"bench: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
