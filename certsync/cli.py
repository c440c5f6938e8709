"""The commands. Each builds what it needs, calls it, prints, and ends with a documented exit code.

Nothing heavy is imported here: `certsync --help` has to answer at once.
"""

from __future__ import annotations

import contextlib
import functools
import json as jsonlib
import os
import sys
import traceback
from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from certsync import __version__
from certsync.errors import CertsyncError

if TYPE_CHECKING:
    from certsync.settings import Settings

EXIT_CODES = (
    "Exit codes: 0 done; 1 error; 2 usage or configuration; 3 done in part (a locked workbook, an "
    "undelivered mail); 4 another run is at work; 5 the workbook has errors (check only); "
    "7 refused by the brake; 130 interrupted."
)

app = typer.Typer(
    name="certsync",
    help="Watches the certification dates in your workbook and says what they endanger.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Scheduler(StrEnum):
    """The schedulers `certsync schedule` writes lines for."""

    cron = "cron"
    systemd = "systemd"
    windows = "windows"
    github = "github"


class Scenario(StrEnum):
    """What people do in the days that `certsync rehearse` plays."""

    nobody_renews = "nobody-renews"
    pursuits_succeed = "pursuits-succeed"


ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="The config file. Default: config.yaml here, then $CERTSYNC_CONFIG.",
        show_default=False,
    ),
]
AsOfOption = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%d"],
        metavar="DATE",
        help="Judge as of this day (2026-03-16) in place of today.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object, nothing else.")]


def _version(value: bool) -> None:
    if value:
        typer.echo(f"certsync {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the full traceback of an error.")
    ] = False,
) -> None:
    del version, debug  # the first is done by its callback, the second by main


def command(body: Callable[..., int]) -> Callable[..., None]:
    """Register a command: it returns its exit code, and an error ends in a sentence and a code."""

    @app.command()
    @functools.wraps(body)
    def guarded(**options: Any) -> None:
        try:
            code = body(**options)
        except KeyboardInterrupt:
            _say("Interrupted. The workbook is whole; the next run goes on from here.")
            code = 130
        except BrokenPipeError:
            raise
        except CertsyncError as error:
            code = error.exit_code
            _fail(error, str(error))
        except OSError as error:
            code = 1
            _fail(error, f"The system refused: {error}. Put that right, then run again.")
        except Exception as error:
            code = 1
            _fail(
                error,
                f"Something unforeseen went wrong: {type(error).__name__}: {error}\n"
                "Nothing is half-written. Run again with --debug and send what it shows.",
            )
        raise typer.Exit(code)

    return guarded


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _fail(error: Exception, sentence: str) -> None:
    """One sentence on standard error; the traceback before it where --debug was given."""
    if os.environ.get("CERTSYNC_DEBUG"):
        traceback.print_exception(error)
    typer.secho("error: ", fg=typer.colors.RED, bold=True, nl=False, err=True)
    _say(sentence)


def _settings(config: Path | None) -> Settings:
    from certsync.config import load

    if config is None:
        here = Path("config.yaml")
        named = os.environ.get("CERTSYNC_CONFIG")
        config = here if here.exists() or not named else Path(named)
    return load(config)


def _day(as_of: datetime | None) -> date | None:
    return as_of.date() if as_of else None


@command
def run(
    config: ConfigOption = None,
    as_of: AsOfOption = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Show what would be written and sent; change nothing."),
    ] = False,
    json: JsonOption = False,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes", help="Carry on where the brake or `max_messages` would refuse. Look first."
        ),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print only what needs somebody's attention.")
    ] = False,
) -> int:
    """Read the workbook, judge it, write the answer back and send the alerts that are due."""
    from certsync import wiring
    from certsync.progress import progress

    settings = _settings(config)
    with progress(enabled=not json) as step:
        result = wiring.run(settings, as_of=_day(as_of), dry_run=dry_run, approved=yes, step=step)
    if json:
        typer.echo(jsonlib.dumps(result.to_json(), ensure_ascii=False))
    else:
        from certsync.summary import show

        show(result, quiet=quiet)
    return result.exit_code


@command
def check(config: ConfigOption = None, as_of: AsOfOption = None, json: JsonOption = False) -> int:
    """Validate the workbook and list every cell to put right. Writes and sends nothing."""
    from certsync import wiring
    from certsync.progress import progress

    settings = _settings(config)
    with progress(enabled=not json) as step:
        result = wiring.check(settings, as_of=_day(as_of), step=step)
    if json:
        typer.echo(jsonlib.dumps(result.to_json(), ensure_ascii=False))
    else:
        from certsync.summary import show

        show(result)
    return result.exit_code


@command
def why(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="WORDS",
            help="Parts of the name of a certification, a person, a program or a client, or an "
            "employee ID.",
            show_default=False,
        ),
    ],
    config: ConfigOption = None,
    as_of: AsOfOption = None,
    json: JsonOption = False,
) -> int:
    """Say of each alert about something whether it was sent, is due, or comes, and why."""
    from certsync import wiring
    from certsync.progress import progress

    settings = _settings(config)
    with progress(enabled=not json) as step:
        answer = wiring.why(settings, " ".join(words), as_of=_day(as_of), step=step)
    if json:
        typer.echo(jsonlib.dumps(answer.to_json(), ensure_ascii=False))
    else:
        from certsync.why.text import nothing_found, show

        show(answer)
        if not answer.found:
            for sentence in (*answer.notes, nothing_found(answer)):
                _say(sentence)
    return answer.exit_code


@command
def rehearse(
    days: Annotated[
        int, typer.Option("--days", min=1, max=3660, help="So many days, beginning today.")
    ] = 30,
    scenario: Annotated[
        Scenario, typer.Option(help="What people do in these days.")
    ] = Scenario.nobody_renews,
    config: ConfigOption = None,
    as_of: AsOfOption = None,
    json: JsonOption = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print one line of CSV an alert.")] = False,
) -> int:
    """Play the coming days and list every message that would go out. Sends and changes nothing."""
    from certsync import wiring
    from certsync.errors import ConfigError, ConfigProblem
    from certsync.progress import progress

    if json and csv:
        problem = ConfigProblem("--json and --csv exclude each other. Give one of them.")
        raise ConfigError("certsync rehearse", [problem])
    settings = _settings(config)
    with progress(enabled=not (json or csv)) as step:
        played = wiring.rehearse(settings, days, scenario.value, as_of=_day(as_of), step=step)
    from certsync.rehearse.report import as_csv, as_json, show

    if json:
        typer.echo(jsonlib.dumps(as_json(played), ensure_ascii=False))
    elif csv:
        typer.echo(as_csv(played), nl=False)
        for note in played.notes:
            _say(note)
    else:
        show(played)
    return 0


@command
def preview(
    config: ConfigOption = None,
    as_of: AsOfOption = None,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="FOLDER",
            help="Where to put the messages. Default: preview, beside the config.",
            show_default=False,
        ),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option("--only", metavar="RECIPIENT", help="One recipient, by address or name."),
    ] = None,
    send_test: Annotated[
        str | None,
        typer.Option(
            "--send-test",
            metavar="ADDRESS",
            help="Also send the messages to this address, marked as a test, and to nobody else.",
        ),
    ] = None,
    show_it: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> int:
    """Show every message of today's run as it would look. Changes nothing, tells nobody."""
    from certsync import wiring
    from certsync.progress import progress

    settings = _settings(config)
    with progress(enabled=True) as step:
        made = wiring.preview(
            settings, as_of=_day(as_of), folder=to, only=only, tester=send_test, step=step
        )
    from certsync.preview.show import show

    show(made)
    if show_it:
        import webbrowser

        webbrowser.open(Path(made.index).resolve().as_uri())
    return made.exit_code


@command
def doctor(config: ConfigOption = None, json: JsonOption = False) -> int:
    """Try whether the set-up works: workbook, key, writing, channels. Changes nothing."""
    from certsync import wiring
    from certsync.progress import progress

    settings = _settings(config)
    with progress(enabled=not json) as step:
        checks = list(wiring.doctor(settings, step=step))
    if json:
        told = {"schema_version": 1, "checks": [check.to_json() for check in checks]}
        typer.echo(jsonlib.dumps(told, ensure_ascii=False))
    else:
        from certsync.summary import show_checks

        show_checks(checks)
    return 1 if any(check.state == "error" for check in checks) else 0


@command
def serve(config: ConfigOption = None) -> int:
    """Run every day at the hour in the config, until stopped. Catches up after a time off."""
    from certsync import wiring

    return wiring.service(_settings(config), say=_say).loop()


@command
def schedule(
    scheduler: Annotated[
        Scheduler | None, typer.Argument(help="Only this one.", show_default=False)
    ] = None,
    config: ConfigOption = None,
) -> int:
    """Print the ready lines for cron, systemd, Windows and GitHub Actions."""
    from certsync import wiring
    from certsync.recipes import RECIPES

    daily = wiring.daily(_settings(config))
    chosen = [scheduler.value] if scheduler else list(RECIPES)
    typer.echo("\n\n".join(RECIPES[name](daily) for name in chosen))
    return 0


def main() -> None:
    """The program `certsync`. `--debug` may stand anywhere on the command line."""
    if "--debug" in sys.argv:
        sys.argv.remove("--debug")
        os.environ["CERTSYNC_DEBUG"] = "1"
    code: object = 1
    try:
        app()
    except SystemExit as ended:
        code = ended.code
    if not isinstance(code, int):
        sys.exit(code)  # type: ignore[arg-type]
    # Everything is closed and on the disk. To take millions of values apart one by one, only for
    # the process to end, costs a large run a tenth of its time.
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
