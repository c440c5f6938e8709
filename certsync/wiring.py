"""From a config to a run: what each command needs is built here and handed over.

The workbook is read in the background while pandas and all that stands on it are still loading,
so the engine is imported only after the read has begun.
"""

from __future__ import annotations

import contextlib
import gc
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from certsync import backends
from certsync.alerts.ledger import COMPLETE, Ledger, Run
from certsync.alerts.notices import LOOK_BACK
from certsync.alerts.rebuild import rebuild
from certsync.alerts.tiers import Address
from certsync.errors import (
    CertsyncError,
    ConfigError,
    ConfigProblem,
    Refused,
    WorkbookError,
    WorkbookMissing,
    WorkbookRefused,
)
from certsync.heartbeat import beating
from certsync.progress import Step, silent
from certsync.recipes import Daily
from certsync.service import Service
from certsync.settings import Settings, Spreadsheet
from certsync.sheets.names import fold
from certsync.sheets.schema import WANTED
from certsync.sheets.snapshot import TabSnapshot
from certsync.stores.ahead import ReadAhead
from certsync.stores.base import Store

if TYPE_CHECKING:
    from certsync import judging
    from certsync.alerts.digest import Message
    from certsync.doctor import Check
    from certsync.preview.show import Preview
    from certsync.rehearse.play import Rehearsal
    from certsync.result import SyncResult
    from certsync.why.answer import Answer


_SWITCHED_OFF = "Alerts are switched off (`enabled: false`): a run would send none of these."
_PEOPLE_SHOWN = 12


def run(
    settings: Settings,
    *,
    as_of: date | None = None,
    dry_run: bool = False,
    approved: bool = False,
    step: Step = silent,
) -> SyncResult:
    """One run as the config says. A dry run changes no file, and reads at most.

    Raises AlreadyRunning while another run of the same config is at work, and as `engine.sync`.
    """
    with beating(None if dry_run else settings.heartbeat) as beat:
        return beat.end(_run(settings, beat.start, as_of, dry_run, approved, step))


def _run(
    settings: Settings,
    begun: Callable[[], None],
    as_of: date | None,
    dry_run: bool,
    approved: bool,
    step: Step,
) -> SyncResult:
    """The run itself; `begun` is called once no other run can be at work."""
    started = time.perf_counter()
    # A run makes millions of values that all live to its end: looking for garbage among them
    # costs a tenth of its time and finds none.
    gc.disable()
    workbook = ReadAhead(backends.store(settings, step), WANTED)
    from certsync import engine, telling

    settings = _with_its_own(settings, workbook)
    now = backends.local_now(settings)
    today = as_of or settings.as_of or now.date()
    opened = Ledger.open_copy if dry_run else Ledger.open
    with opened(settings.state / "ledger.sqlite") as ledger:
        begun()
        job = _job(settings, ledger, workbook.name)
        try:
            _rebuild(ledger, settings, workbook, copy=dry_run)
        except WorkbookError as error:
            # Such a run is not noted: the next one begins with the rebuild again.
            if not dry_run:
                telling.tell_failure(job, error, now)
            raise
        number = ledger.start_run(today, now)
        outcome, rows = "error", dict[str, int]()
        try:
            result = engine.sync(
                workbook,
                job,
                today=today,
                now=now,
                dry_run=dry_run,
                approved=approved,
                step=step,
            )
            outcome = result.outcome
            rows = {key: seen.rows for key, seen in result.coverage.items()}
        except Exception as error:
            if not dry_run:
                telling.tell_failure(job, error, now)
            raise
        finally:
            ledger.end_run(number, outcome, rows, backends.local_now(settings))
        notes = (*ledger.notices, *result.notes, *_notes(settings))
    return replace(
        result,
        target=_shown(settings.output),
        notes=notes,
        seconds=time.perf_counter() - started,
    )


def check(settings: Settings, *, as_of: date | None = None, step: Step = silent) -> SyncResult:
    """Read and judge; nothing is written, sent or locked."""
    workbook = ReadAhead(backends.store(settings, step), WANTED)
    from certsync import engine

    settings = _with_its_own(settings, workbook)
    today = as_of or settings.as_of or backends.local_now(settings).date()
    job = _job(settings, None, workbook.name)
    return engine.inspect(workbook, job, today=today, step=step)


def preview(
    settings: Settings,
    *,
    as_of: date | None = None,
    folder: Path | None = None,
    only: str | None = None,
    tester: str | None = None,
    step: Step = silent,
) -> Preview:
    """Every message of today's run in a folder, and as a test to `tester` where that is wanted.

    `only` is the name or the address of one recipient. Workbook and ledger are only read.

    Raises ConfigError for a recipient or a tester nothing can go to, FolderTaken for a folder
    with somebody's files, Refused for more test messages than a run may send.
    """
    to = _tester(settings, tester) if tester else None
    workbook = ReadAhead(backends.store(settings, step), WANTED)
    from certsync import engine
    from certsync.dashboard.text import weekday
    from certsync.preview import folder as folders
    from certsync.preview import trial
    from certsync.preview.show import Preview

    settings = _with_its_own(settings, workbook)
    off = () if settings.alerts.enabled else (_SWITCHED_OFF,)
    settings = replace(settings, alerts=replace(settings.alerts, enabled=True))
    now = backends.local_now(settings)
    today = as_of or settings.as_of or now.date()
    with _copied(settings, workbook) as ledger:
        job = _job(settings, ledger, workbook.name)
        draft = engine.draft(workbook, job, today=today, now=now, step=step)
        notes = [*off, *ledger.notices, *_notes(settings)]
    if len(draft.messages) > settings.alerts.max_messages:
        notes.append(
            f"A run would send none of these without --yes: more than `max_messages` allows, "
            f"{settings.alerts.max_messages:,}."
        )
    if only:
        draft = replace(draft, messages=_only(draft.messages, only))
    mails = [m for m in draft.messages if m.digest.channel == "email"] if to else []
    if len(mails) > settings.alerts.max_messages:
        raise Refused(
            f"That would be {len(mails):,} test messages, more than `max_messages` allows, so none "
            "was sent. Choose a recipient with --only."
        )
    target = Path.cwd() / (folder or settings.source.parent / "preview")
    index = folders.write(
        target,
        draft.messages,
        channels={c.name: c for c in job.alerting.channels} if job.alerting else {},
        workbook=draft.workbook,
        as_of=weekday(today),
        notes=[*draft.refused, *draft.unwritten, *notes],
    )
    made = Preview(draft, _relative(index, Path.cwd()), notes)
    if to is None:
        return made
    step("Sending the test messages")
    trials = trial.send(mails, to, backends.smtp(settings), now)
    return replace(made, tester=to.email, trials=trials)


def _tester(settings: Settings, email: str) -> Address:
    """The address for test messages, if there is a server to send them through."""
    if settings.alerts.smtp is None:
        says = "A test message needs the mail server: write `channels: [smtp]` and `smtp:`."
        raise ConfigError(settings.source.name, [ConfigProblem(says)])
    try:
        return Address(email)
    except ValueError as error:
        raise ConfigError("--send-test", [ConfigProblem(str(error))]) from error


def _only(messages: Sequence[Message], whom: str) -> list[Message]:
    """The messages to one recipient, by address or name."""
    wanted = whom.strip().casefold()
    found = [
        m for m in messages if wanted in (m.digest.to.email.casefold(), m.digest.to.name.casefold())
    ]
    if found or not messages:
        return found
    people = dict.fromkeys(m.digest.to.name or m.digest.to.email for m in messages)
    shown = ", ".join(list(people)[:_PEOPLE_SHOWN])
    more = f" and {len(people) - _PEOPLE_SHOWN} more" if len(people) > _PEOPLE_SHOWN else ""
    says = f'No message goes to "{whom}" today. Messages go to {shown}{more}.'
    raise ConfigError("--only", [ConfigProblem(says)])


def why(
    settings: Settings, words: str, *, as_of: date | None = None, step: Step = silent
) -> Answer:
    """What was and will be told of the certifications `words` name; nothing is changed."""
    workbook = ReadAhead(backends.store(settings, step), WANTED)
    from certsync import judging
    from certsync.why.answer import explain

    settings = _with_its_own(settings, workbook)
    now = backends.local_now(settings)
    today = as_of or settings.as_of or now.date()
    with _copied(settings, workbook) as ledger:
        job = _job(settings, ledger, workbook.name)
        step("Reading the workbook")
        judged = judging.judge(workbook.read(WANTED), job, today)
        answer = explain(words, judged, job, now)
        return replace(answer, notes=(*ledger.notices, *answer.notes))


def rehearse(
    settings: Settings,
    days: int,
    scenario: str,
    *,
    as_of: date | None = None,
    step: Step = silent,
) -> Rehearsal:
    """Every message of the coming days, as runs at the hour of the config would send them.

    Nothing is changed or sent; `scenario` is a value of `rehearse.renewals.Scenario`.
    """
    workbook = ReadAhead(backends.store(settings, step), WANTED)
    from certsync.rehearse.play import rehearse
    from certsync.rehearse.renewals import Scenario

    settings = _with_its_own(settings, workbook)
    now = backends.local_now(settings)
    today = as_of or settings.as_of or now.date()
    with _copied(settings, workbook) as ledger:
        job = _job(settings, ledger, workbook.name)
        step("Reading the workbook")
        snapshot, at = workbook.read(WANTED), settings.schedule.at
        played = rehearse(
            snapshot,
            job,
            now=now,
            first=today,
            days=days,
            at=at,
            scenario=Scenario(scenario),
            step=step,
        )
        return replace(played, notes=(*ledger.notices, *played.notes))


def doctor(settings: Settings, *, step: Step = silent) -> Iterator[Check]:
    """Try what a run of this config needs, without a run."""
    from certsync.doctor import examine

    plain = backends.store(settings, step)
    workbook = ReadAhead(plain, WANTED)
    settings = _with_its_own(settings, workbook)
    channels = backends.channels(settings)
    return examine(
        settings, workbook, channels, account=lambda: getattr(plain, "account", None), step=step
    )


def service(settings: Settings, say: Callable[[str], None]) -> Service:
    """The daily loop of a config; each run is a process of its own."""

    def completed(day: date) -> bool:
        with Ledger.open_copy(settings.state / "ledger.sqlite") as ledger:
            return ledger.last_run("ok", as_of=settings.as_of or day) is not None

    return Service(
        command=[sys.executable, "-m", "certsync", "run", "--config", str(settings.source)],
        at=settings.schedule.at,
        completed=completed,
        clock=lambda: backends.local_now(settings),
        say=say,
        deadline=settings.schedule.deadline_minutes * 60,
    )


def daily(settings: Settings) -> Daily:
    """What the lines for other schedulers need to know of a config."""
    folder = settings.source.parent
    program = shutil.which("certsync") or str(Path(sys.argv[0]).resolve())
    return Daily(
        program=program,
        config=settings.source,
        at=settings.schedule.at,
        timezone=settings.timezone.key,
        year=backends.local_now(settings).year,
        tracked=(
            (Path(_relative(settings.output, folder)).as_posix(),)
            if isinstance(settings.output, Path)
            else ()
        ),
        secrets=_variables(settings),
    )


@contextlib.contextmanager
def _copied(settings: Settings, workbook: ReadAhead) -> Iterator[Ledger]:
    """A copy of a config's ledger; of one that was lost, what the workbook knows of it.

    Raises LedgerError, and WorkbookError where a rebuild needs the workbook.
    """
    with Ledger.open_copy(settings.state / "ledger.sqlite") as ledger:
        _rebuild(ledger, settings, workbook, copy=True)
        yield ledger


def _rebuild(ledger: Ledger, settings: Settings, workbook: ReadAhead, *, copy: bool) -> None:
    rebuild(ledger, lambda key: _generated(settings, workbook, key), copy=copy)


def _generated(settings: Settings, workbook: ReadAhead, key: str) -> TabSnapshot | None:
    """The generated tab of this key with its cells, from where runs write it."""
    written: Store = workbook
    output, source = settings.output, settings.workbook
    if isinstance(output, Path) and output != source:
        written = backends.store(replace(settings, workbook=output))
        try:
            found = written.read(())
        except (WorkbookMissing, WorkbookRefused):
            return None  # the run makes it anew
    else:
        found = workbook.peek()
    named = next((tab for tab in found.tabs if tab.generated == key), None)
    return written.read({fold(named.name)}).tab(named.name) if named else None


def _with_its_own(settings: Settings, workbook: ReadAhead) -> Settings:
    """The time zone and the date order of the spreadsheet, where the config names none."""
    if not isinstance(settings.workbook, Spreadsheet):
        return settings
    if settings.timezone_given and settings.date_order:
        return settings
    try:
        read = workbook.peek()
    except CertsyncError:
        return settings  # the run ends with the same error where it reads
    from certsync.stores.google_locale import date_order, zone

    timezone = settings.timezone if settings.timezone_given else zone(read.timezone)
    return replace(
        settings,
        timezone=timezone or settings.timezone,
        date_order=settings.date_order or date_order(read.locale),
    )


def _job(settings: Settings, ledger: Ledger | None, workbook: str) -> judging.Job:
    """The config as the engine wants it; without a ledger nothing is compared or sent.

    `workbook` is what mails call it.
    """
    from certsync import judging
    from certsync.alerts.message import Letterhead
    from certsync.sheets.read import ReadOptions

    last = ledger.last_run(*COMPLETE) if ledger else None
    alerting = None
    if ledger and settings.alerts.enabled:
        alerting = judging.Alerting(
            ledger=ledger,
            channels=backends.channels(settings),
            letterhead=Letterhead(
                _sender(settings),
                workbook,
                settings.people.coordinator,
                settings.timezone,
                settings.alerts.templates,
            ),
            rules=backends.rules(settings),
            max_messages=settings.alerts.max_messages,
        )
    return judging.Job(
        reading=ReadOptions(settings.date_order, settings.columns),
        policy=settings.policy,
        timezone=settings.timezone.key,
        previous_rows=last.rows if last else {},
        dashboard=settings.dashboard.title if settings.dashboard.enabled else None,
        next_run=f"at {settings.schedule.at:%H:%M}",
        alerting=alerting,
        act_next=settings.dashboard.act_next,
        runs=_recent(settings, ledger) if ledger else (),
    )


def _recent(settings: Settings, ledger: Ledger) -> Sequence[Run]:
    """The runs of the last days, back to a complete one."""
    return ledger.runs_since(backends.local_now(settings) - LOOK_BACK, *COMPLETE)


def _variables(settings: Settings) -> tuple[str, ...]:
    """The environment variables that the config takes something from, as they stand in it."""
    lines = settings.source.read_text(encoding="utf-8", errors="replace").splitlines()
    used = (line for line in lines if not line.lstrip().startswith("#"))
    return tuple(dict.fromkeys(re.findall(r"\$\{(\w+)\}", "\n".join(used))))


def _sender(settings: Settings) -> Address:
    """Who the mails come from: as configured, else the coordinator, else a name on this machine."""
    if settings.alerts.sender:
        return settings.alerts.sender
    return settings.people.coordinator or Address("certsync@localhost", "certsync")


def _notes(settings: Settings) -> tuple[str, ...]:
    notes = []
    if settings.alerts.enabled and settings.people.coordinator is None:
        notes.append(
            "The config names no coordinator, so nobody is told of rows to put right. "
            "Write one under `people:`."
        )
    if settings.as_of:
        notes.append(
            f"The config fixes the day at {settings.as_of.isoformat()}. "
            "Remove `as_of` to judge by today."
        )
    return tuple(notes)


def _shown(path: Path | Spreadsheet) -> str:
    """A path as short as it is clear: relative to where the person stands, if it lies below."""
    if isinstance(path, Spreadsheet):
        return path.url
    return _relative(path, Path.cwd())


def _relative(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
