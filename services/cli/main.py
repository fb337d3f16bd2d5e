"""The command `loopwright`.

    loopwright replay FILE... --out DIR                       recorded run events through the whole loop
    loopwright replay --baseline FILE --candidate FILE --out DIR     a release decision from tau-bench results
    loopwright show RUN --from DIR                            one run of a replay, as a story
    loopwright demo                                           five changes and a stale page, in virtual time

What it ends with, for scripts:

    0   done; PASS; nothing was set aside
    1   FAIL; the demo lost an event or its audit chain is broken
    2   wrong usage, setting or input: one line on stderr says what, where and how to mend it
    3   any verdict other than PASS and FAIL
    4   done, or PASS, and some of the recorded events were set aside
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from loopwright.events import Verdict
from services.cli import demo as demos
from services.cli import replay as replays
from services.cli import show as stories
from services.cli import taubench
from services.cli.terminal import progress
from services.kernel.authored import Mistake
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


def main(args: Sequence[str] | None = None) -> int:
    """Run the command; a person's mistake is one line on stderr and never a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that lacks a character must not end the command
    given = list(sys.argv[1:] if args is None else args) or ["--help"]
    try:
        ended = int(app(given, prog_name="loopwright", standalone_mode=False) or DONE)
        sys.stdout.flush()
    except (Mistake, BadSettings) as mistake:
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
