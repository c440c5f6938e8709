"""Does the set-up work? Each thing a run needs is tried, and what fails is told with its remedy."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from certsync import heartbeat
from certsync.alerts.channels.base import Channel
from certsync.alerts.ladders import unmeant
from certsync.alerts.ledger import Ledger
from certsync.alerts.templatecheck import check_templates
from certsync.brake import UNREADABLE, unreadable
from certsync.errors import CertsyncError, WorkbookBusy, WorkbookError
from certsync.progress import Step, silent
from certsync.settings import Settings, Spreadsheet
from certsync.sheets.findings import Finding
from certsync.sheets.read import ReadOptions, read
from certsync.sheets.schema import WANTED
from certsync.sheets.snapshot import Snapshot
from certsync.sheets.tables import Tables
from certsync.stores.base import Store

_ORDERS = {"DMY": "day first", "MDY": "month first", "YMD": "year first"}

State = Literal["ok", "warning", "error"]


@dataclass(frozen=True)
class Check:
    """One thing that was tried: `says` is a sentence, with the remedy in it where there is one."""

    name: str
    state: State
    says: str

    def to_json(self) -> dict[str, Any]:
        """The check as `certsync doctor --json` prints it."""
        return asdict(self)


def examine(
    settings: Settings,
    store: Store,
    channels: Sequence[Channel],
    *,
    account: Callable[[], str | None] = lambda: None,
    step: Step = silent,
) -> Iterator[Check]:
    """Try everything a run needs, in the order in which it needs it. Nothing is changed or sent.

    `account` tells, once the workbook was read, who certsync is to Google.
    """
    yield Check("config", "ok", f"{settings.source.name} is sound.")
    if open_to_others := list(filter(_readable_by_others, settings.secret_files)):
        says = " ".join(map(_closing, open_to_others))
        yield Check("secrets", "warning", says)
    step("Reading the workbook")
    try:
        snapshot = store.read(WANTED)
    except WorkbookBusy as busy:
        yield Check("workbook", "error", f"{busy.path}: {busy.reason}.")
    except WorkbookError as error:
        yield Check("workbook", "error", str(error))
    else:
        yield Check("workbook", "ok", _opened(settings, snapshot, account()))
        tables, findings = read(snapshot, ReadOptions(settings.date_order, settings.columns))
        yield _tabs(tables, findings)
        if settings.alerts.enabled and "certifications" in tables:
            yield from _tiers_for(settings, tables)
        step("Trying to write")
        yield _writing(settings, store)
    yield _ledger(settings)
    if settings.alerts.enabled:
        step("Trying the channels")
        yield from map(_channel, channels)
        if channels and all(channel.chat for channel in channels):
            says = "There are chats only. What is urgent should go by mail too: add smtp."
            yield Check("mail", "warning", says)
        if settings.alerts.templates:
            yield _templates(settings.alerts.templates)
        if settings.people.coordinator is None:
            says = "The config names no coordinator, so nobody is told of rows to put right."
            yield Check("people", "warning", f"{says} Write one under `people:`.")
    else:
        yield Check("alerts", "warning", "Alerts are switched off: `enabled: false`.")
    if settings.heartbeat is not None:
        yield _heartbeat(settings.heartbeat.url)


def _readable_by_others(path: Path) -> bool:
    """Whether more people than its owner may read a file; Windows has no such permissions."""
    if os.name != "posix":
        return False
    try:
        return bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
    except OSError:
        # A key that is not there is told of by what needs it.
        return False


def _closing(path: Path) -> str:
    return (
        f"Others on this computer may read {path}, which holds a secret. Run "
        f"`chmod 600 {shlex.quote(str(path))}`."
    )


def _opened(settings: Settings, snapshot: Snapshot, account: str | None) -> str:
    if not isinstance(settings.workbook, Spreadsheet):
        return f"{snapshot.name} opens."
    order = settings.date_order
    how = _ORDERS[order] if order else "where it can mean one day only"
    who = account or "the account you are signed in with"
    return (
        f'"{snapshot.name}" opens for {who}. Days begin '
        f"by the clock of {settings.timezone.key}; a date typed as text is read {how}."
    )


def _tiers_for(settings: Settings, tables: Tables) -> Iterator[Check]:
    wrong = unmeant(tables, settings.alerts.other_tiers)
    if wrong:
        yield Check("tiers_for", "warning", " ".join(wrong))


def _tabs(tables: Tables, findings: Sequence[Finding]) -> Check:
    reasons = unreadable(tables, findings)
    if reasons:
        return Check("tabs", "error", " ".join(reasons))
    rows = [f"{table.tab} ({len(table.frame):,})" for table in tables.values()]
    told = [f"Rows read: {', '.join(rows)}."]
    told += [f"{f.message} {f.fix}" for f in findings if f.code in UNREADABLE]
    wrong = sum(f.severity == "error" and f.code not in UNREADABLE for f in findings)
    if wrong:
        what = "One cell" if wrong == 1 else f"{wrong:,} cells"
        told.append(f"{what} cannot be read: `certsync check` says where.")
    return Check("tabs", "ok" if len(told) == 1 else "warning", " ".join(told))


def _writing(settings: Settings, store: Store) -> Check:
    try:
        store.try_write()
    except WorkbookBusy as busy:
        # A copy is another file than the one that was read; a spreadsheet goes by its title.
        where = busy.path if isinstance(busy.path, Path) else store.name
        return Check("writing", "error", f"{where}: {busy.reason}.")
    except CertsyncError as error:
        return Check("writing", "error", str(error))
    copy = " (a copy)" if settings.output != settings.workbook else ""
    return Check("writing", "ok", f"The workbook{copy} can be written. Nothing was changed.")


def _ledger(settings: Settings) -> Check:
    path = settings.state / "ledger.sqlite"
    try:
        with Ledger.open_copy(path) as ledger:
            notices = ledger.notices
    except CertsyncError as error:
        return Check("ledger", "error", str(error))
    folder = next(folder for folder in path.parents if folder.exists())
    if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        says = f"The folder {folder} may not be written, and the record of alerts belongs there."
        return Check("ledger", "error", says)
    if path.exists() and not os.access(path, os.W_OK):
        says = f"{path} may not be written. Let the user that runs certsync write it."
        return Check("ledger", "error", says)
    if notices:
        return Check("ledger", "warning", " ".join(notices))
    shown = f"{settings.state.name}/{path.name}"
    says = f"{shown} is sound." if path.exists() else f"The first run will make {shown}."
    return Check("ledger", "ok", says)


def _heartbeat(url: str) -> Check:
    if problem := heartbeat.unusable(url):
        return Check("heartbeat", "error", problem)
    says = f"{heartbeat.host(url)} hears of each run. No ping was sent."
    return Check("heartbeat", "ok", says)


def _templates(folder: Path) -> Check:
    wrong = check_templates(folder)
    if wrong:
        says = f"{' '.join(wrong)} Until then these messages go out in certsync's own words."
        return Check("templates", "warning", says)
    return Check("templates", "ok", f"The templates in {folder.name} can be used.")


def _channel(channel: Channel) -> Check:
    trouble = channel.trouble()
    if trouble:
        return Check(f"alerts by {channel.name}", "error", trouble)
    return Check(f"alerts by {channel.name}", "ok", "Messages can be handed over. None was sent.")
