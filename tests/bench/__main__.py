"""`make bench`: every benchmark, one after the other; ARGS names one (`make bench ARGS=codec`).

Each compares in one run, because a shared machine's speed drifts: read the ratios, not the microseconds.
"""

import sys
from importlib import import_module

BENCHES = ("codec", "stages", "text")


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all. Returns the exit code."""
    if unknown := [name for name in names if name not in BENCHES]:
        print(f"no benchmark {unknown[0]!r}; there are {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    for name in names or BENCHES:
        print(f"== {name}")
        import_module(f"tests.bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
