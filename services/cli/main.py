"""The command `loopwright`.

    loopwright replay FILE... --out DIR                       recorded run events through the whole loop
    loopwright replay --baseline FILE --candidate FILE --out DIR     a release decision from tau-bench results
    loopwright show RUN --from DIR                            one run of a replay, as a story
    loopwright demo                                           five changes and a stale page, in virtual time
    loopwright local [--fresh] [--no-simulator]               Kafka and every service on this machine, until Ctrl-C
    loopwright topics [--check]                               the topics in the Kafka cluster, created and checked
    loopwright redrive TOPIC [--policy stop|again|drop]       the dead letters of a topic, sent back to its stage

What it ends with, for scripts:

    0   done; PASS; nothing was set aside
    1   FAIL; the demo lost an event or its audit chain is broken; a topic in the cluster is not as wanted
    2   wrong usage, setting or input, or no Kafka: one line on stderr says what, where and how to mend it
    3   any verdict other than PASS and FAIL; a redrive stopped before a letter that had been redriven before
    4   done, or PASS, and some of the recorded events were set aside
"""

from __future__ import annotations

import io
import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from loopwright.events import Verdict
from services.cli import cluster, taubench
from services.cli import demo as demos
from services.cli import local as here
from services.cli import replay as replays
from services.cli import show as stories
from services.cli.broker import BrokerFault
from services.cli.terminal import console, count, facts, progress
from services.kernel import redrive as redrives
from services.kernel.authored import Mistake
from services.kernel.cluster import ClusterFault
from services.kernel.settings import BadSettings, Settings, load

DONE, FAILED, WRONG, UNDECIDED, SET_ASIDE = 0, 1, 2, 3, 4

app = typer.Typer(
    name="loopwright", help="A feedback loop for AI systems: real runs in, release decisions out.",
    add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
)  # fmt: skip

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Print the settings on stderr first.")]
UseCase = Annotated[Path | None, typer.Option("--use-case", metavar="FILE", help="The use case, YAML.")]


@app.callback()
def _loopwright() -> None:
    """A feedback loop for AI systems: real runs in, release decisions out."""


@app.command()
def replay(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the topics go, a JSON-lines file each.")],
    files: Annotated[list[Path] | None, typer.Argument(metavar="FILE...", help="Recorded run events.")] = None,
    baseline: Annotated[Path | None, typer.Option(metavar="FILE", help="tau-bench results of today.")] = None,
    candidate: Annotated[Path | None, typer.Option(metavar="FILE", help="tau-bench results to compare.")] = None,
    use_case: UseCase = None,
    *,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """Take recorded runs through the whole loop, or compare two versions on the same tasks."""
    settings = _settings(verbose=verbose)
    if baseline and candidate and not files:
        with progress("replaying", 1.0) as tell:
            compared = taubench.compare(baseline, candidate, settings, out=out, use_case=use_case, tell=tell)
        _print_json(compared) if as_json else taubench.print_compared(compared)
        ended = {Verdict.PASS: DONE, Verdict.FAIL: FAILED}.get(Verdict(compared.verdict), UNDECIDED)
        return SET_ASIDE if ended == DONE and compared.counted.dead else ended
    if baseline or candidate or not files:
        raise Mistake("replay: give either files of run events, or --baseline FILE and --candidate FILE")
    with progress("replaying", 1.0) as tell:
        counted = replays.run_events(files, settings, out=out, use_case=use_case, tell=tell)
    _print_json(counted) if as_json else replays.print_counted(counted)
    return SET_ASIDE if counted.dead else DONE


@app.command()
def show(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or the beginning of it.")],
    folder: Annotated[Path, typer.Option("--from", metavar="DIR", help="The folder that a replay wrote.")],
    *,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """Print one run as a story."""
    _settings(verbose=verbose)
    story = stories.read_story(folder, run)
    _print_json(story) if as_json else stories.print_story(story)
    return DONE


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the report goes.")] = Path("var/demo"),
    seed: Annotated[int, typer.Option(help="Another seed, other users.")] = 1,
    *,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """Play five changes and a stale page through the whole loop, in virtual time."""
    settings = _settings(verbose=verbose)
    with progress("playing", 1.0) as tell:
        summary, report = demos.play(seed, settings, out=out, tell=tell)
    _print_json(summary) if as_json else demos.print_summary(summary, report, out)
    return DONE if demos.sound(summary) else FAILED


@app.command()
def topics(
    *,
    check: Annotated[bool, typer.Option("--check", help="Create nothing, only look.")] = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """Create the topics that the Kafka cluster lacks, and say what is not as wanted."""
    found = cluster.look(_settings(verbose=verbose), create=not check)
    _print_json(found) if as_json else cluster.print_cluster(found)
    return FAILED if found.differences else DONE


@app.command()
def local(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where data and logs go.")] = Path("var/local"),
    http_port: Annotated[int, typer.Option(help="The first of the ports on which services answer.")] = 8101,
    prometheus_port: Annotated[int, typer.Option(help="Where Prometheus answers, if it is installed.")] = 9090,
    *,
    simulator: Annotated[bool, typer.Option(help="Simulate a product and its people.")] = True,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget the data of earlier times.")] = False,
    verbose: Verbose = False,
) -> int:
    """Run Kafka and every service on this machine, without Docker, until Ctrl-C."""
    _settings(verbose=verbose)
    choice = here.Choice(
        out=out, http_port=http_port, prometheus_port=prometheus_port, simulator=simulator, fresh=fresh
    )
    here.run(choice, os.environ)
    return DONE


@app.command()
def redrive(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="The topic whose dead letters are meant.")],
    policy: Annotated[
        redrives.Policy, typer.Option(help="With a letter that was redriven before and died again.")
    ] = redrives.Policy.STOP,
    reason: Annotated[str | None, typer.Option(metavar="LABEL", help="Only letters that died of this.")] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Open and count them, send none back.")] = False,
    from_start: Annotated[
        bool, typer.Option("--from-start", help="Begin with the oldest letter, whatever was redriven before.")
    ] = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """Send dead letters back to the stage that reads their topic, each once, from where the last redrive ended."""
    settings = _settings(verbose=verbose)
    # What the client says of a broker that does not answer would stand beside the one line that says it better.
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())
    with progress("redriving", 1.0) as tell:
        done = redrives.redrive(
            settings, topic, policy=policy, reason=reason, dry_run=dry_run, from_start=from_start, tell=tell
        )
    _print_json(done) if as_json else _print_redriven(done)
    return UNDECIDED if done.stopped else DONE


def _print_redriven(done: redrives.Redriven) -> None:
    def counted(by: Mapping[str, int]) -> str:
        """`3 letters (2 bad_value, 1 raised)`."""
        each = ", ".join(f"{number:,} {label}" for label, number in by.items())
        return count(sum(by.values()), "letter") + (f" ({each})" if each else "")

    rows = [
        ("would be redriven" if done.dry_run else "redriven", counted(done.redriven)),
        ("would be dropped" if done.dry_run else "dropped", counted(done.dropped)),
        ("passed over", counted(done.passed)),
    ]
    if done.stopped:
        one = done.stopped
        said = f"redriven {count(one.redriven, 'time')} and died again, {one.reason}"
        rows.append(("stopped before", f"{one.letter}: {one.record}, {said}; go on with --policy again or drop"))
    console().print(facts(rows))


def main(args: Sequence[str] | None = None) -> int:
    """Run the command; a person's mistake is one line on stderr and never a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that lacks a character must not end the command
    given = list(sys.argv[1:] if args is None else args) or ["--help"]
    try:
        ended = int(app(given, prog_name="loopwright", standalone_mode=False) or DONE)
        sys.stdout.flush()
    except (Mistake, BadSettings, BrokerFault, ClusterFault) as mistake:
        wrong = str(mistake)
    except typer.TyperException as error:
        wrong = f"{error.format_message()} See loopwright --help"
    except OSError as error:
        # Whoever read the output has gone, or there is no room for it: what is left of it must not be tried again.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            return FAILED
        wrong = f"{error.filename or 'the output'}: {(error.strerror or str(error)).lower()}; write somewhere else"
    else:
        return ended
    sys.stderr.write(f"loopwright: {' '.join(wrong.split())}\n")
    return WRONG


def _settings(*, verbose: bool) -> Settings:
    settings = load()
    if verbose:
        sys.stderr.write(f"{settings.line()}\n")
    return settings


def _print_json(value: Any) -> None:
    print(json.dumps(msgspec.to_builtins(value), indent=2))


if __name__ == "__main__":
    sys.exit(main())
