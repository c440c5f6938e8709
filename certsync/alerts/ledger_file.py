"""The ledger's SQLite file: its tables, how it is opened, checked and set aside when damaged."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from certsync.alerts.alert import State
from certsync.errors import AlreadyRunning, LedgerError

VERSION = 3

_STATES = ", ".join(f"'{state}'" for state in State)
_MESSAGES = f"""
CREATE TABLE messages (
    message_id TEXT NOT NULL, channel TEXT NOT NULL, recipient TEXT NOT NULL, keys TEXT NOT NULL,
    day TEXT NOT NULL, attempts INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ({_STATES})), detail TEXT NOT NULL DEFAULT '',
    changed TEXT NOT NULL,
    UNIQUE (message_id, channel)
);
"""
_STATES_SEEN = """
CREATE TABLE states (
    subject TEXT PRIMARY KEY, state TEXT NOT NULL, since TEXT NOT NULL, before TEXT NOT NULL
) WITHOUT ROWID;
"""
_SCHEMA = f"""
BEGIN;
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE alerts (
    key TEXT NOT NULL, channel TEXT NOT NULL, series TEXT NOT NULL, recipient TEXT NOT NULL,
    tier TEXT NOT NULL, days INTEGER, follow_up INTEGER NOT NULL,
    employee_id TEXT NOT NULL, person TEXT NOT NULL, certification TEXT NOT NULL, expires TEXT,
    state TEXT NOT NULL CHECK (state IN ({_STATES})), reason TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT '', not_before TEXT, message_id TEXT, changed TEXT NOT NULL,
    since TEXT,
    PRIMARY KEY (key, channel)
) WITHOUT ROWID;
CREATE INDEX alerts_by_series ON alerts (series);
{_MESSAGES}
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, as_of TEXT NOT NULL, started TEXT NOT NULL, ended TEXT,
    outcome TEXT, rows TEXT NOT NULL DEFAULT '{{}}'
);
{_STATES_SEEN}
PRAGMA user_version = {VERSION};
COMMIT;
"""
_UPGRADES = {
    1: f"BEGIN; {_STATES_SEEN} PRAGMA user_version = 2; COMMIT;",
    # What is written with every message stands together, and in one place less. Since when an
    # alert is planned is not known of older ones: the last change stands for it.
    2: f"""
BEGIN;
DROP INDEX alerts_by_state;
ALTER TABLE messages RENAME TO messages_before;
{_MESSAGES}
INSERT INTO messages SELECT * FROM messages_before;
DROP TABLE messages_before;
ALTER TABLE alerts ADD COLUMN since TEXT;
UPDATE alerts SET since = substr(changed, 1, 10);
PRAGMA user_version = 3;
COMMIT;
""",
}
"""What makes a ledger of one version one of the next."""

# What a run makes of the values of these columns.
_READ_AS: Mapping[str, Mapping[str, Callable[[Any], object]]] = {
    "alerts": {
        "changed": datetime.fromisoformat,
        "expires": lambda day: day is None or date.fromisoformat(day),
        "not_before": lambda day: day is None or date.fromisoformat(day),
        "since": lambda day: day is None or date.fromisoformat(day),
        "days": lambda days: days is None or range(days),
        "follow_up": range,
    },
    "messages": {"day": date.fromisoformat},
    "runs": {
        "as_of": date.fromisoformat,
        "started": datetime.fromisoformat,
        "ended": lambda at: at is None or datetime.fromisoformat(at),
        "rows": lambda rows: dict(json.loads(rows)),
    },
    "states": {"since": date.fromisoformat},
}
_TABLES = {"meta", "alerts", "messages", "runs"}
_DAMAGE = ("SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_IOERR_SHORT_READ", "SQLITE_CANTOPEN_FULLPATH")


class Damaged(Exception):
    """The file is no ledger any more."""


def unusable(name: object, error: Exception) -> LedgerError:
    """The sentence for a ledger that cannot be read or written."""
    return LedgerError(
        f"{name}: the record of alerts cannot be used ({error}), so nothing more is sent. "
        "Make sure that the folder can be written and the disk has room, then run again."
    )


def open_held(path: Path) -> tuple[sqlite3.Connection, tuple[str, ...]]:
    """The database at `path`, created or begun anew where need be, and what the operator is told.

    It stays held until it is closed. Raises AlreadyRunning or LedgerError.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return _connect(path), ()
        except Damaged as damage:
            aside = _set_aside(path)
            return _connect(path), (
                f"The ledger {path} was damaged ({damage}) and is now kept as {aside.name}. A new "
                "one has begun.",
            )
    except (OSError, sqlite3.Error) as error:
        if _name(error) == "SQLITE_BUSY":
            raise AlreadyRunning(path) from error
        raise unusable(path, error) from error


def open_copy(path: Path) -> tuple[sqlite3.Connection, tuple[str, ...]]:
    """The same as a copy in memory: no file is changed, held or created. Raises LedgerError."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    copy.text_factory = _lenient
    try:
        if not path.exists():
            copy.executescript(_SCHEMA)
            return copy, ()
        with tempfile.TemporaryDirectory(prefix="certsync-") as folder:
            twin = Path(folder, path.name)
            for original in filter(Path.exists, (path, _wal(path))):
                shutil.copyfile(original, twin.with_name(original.name))
            with contextlib.closing(_connect(twin)) as source:
                source.backup(copy)
        return copy, ()
    except Damaged as damage:
        copy.executescript(_SCHEMA)
        return copy, (f"The ledger {path} is damaged ({damage}). The next run begins a new one.",)
    except (OSError, sqlite3.Error) as error:
        raise unusable(path, error) from error


def _connect(path: Path) -> sqlite3.Connection:
    """Open, check and if need be create. Raises Damaged, LedgerError, sqlite3.Error."""
    database = sqlite3.connect(path, isolation_level=None, timeout=0)
    database.text_factory = _lenient
    try:
        # Exclusive: the second of two runs is turned away, and a killed one leaves no lock behind.
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        # Room for all of it: a run that sends thousands of messages touches every page.
        database.execute("PRAGMA cache_size = -65536")
        database.execute("PRAGMA wal_autocheckpoint = 8000")
        (version,) = database.execute("PRAGMA user_version").fetchone()
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_schema")}
        if not tables:
            database.executescript(_SCHEMA)
        elif version > VERSION:
            raise LedgerError(
                f"{path}: a newer certsync wrote this ledger. Install that version; "
                "nothing is sent until then."
            )
        else:
            (verdict,) = database.execute("PRAGMA integrity_check(1)").fetchone()
            if verdict != "ok" or not (version and tables >= _TABLES):
                raise Damaged(verdict if verdict != "ok" else "it has other tables")
            for older in range(version, VERSION):
                database.executescript(_UPGRADES[older])
            _look_through(database)
        database.execute("BEGIN IMMEDIATE")
        database.execute("COMMIT")
    except sqlite3.Error as error:
        database.close()
        if _name(error).startswith(_DAMAGE):
            raise Damaged(str(error)) from error
        raise
    except BaseException:
        database.close()
        raise
    return database


def _look_through(database: sqlite3.Connection) -> None:
    """Raises Damaged for a value that SQLite takes and a run could not read."""
    for table, columns in _READ_AS.items():
        for column, read in columns.items():
            try:
                for (value,) in database.execute(f"SELECT DISTINCT {column} FROM {table}"):
                    read(value)
            except (ValueError, TypeError) as error:
                raise Damaged(f"{column} of {table}: {error}") from error
    tails = "SELECT DISTINCT recipient, substr(key, -1 - length(recipient)) FROM alerts"
    for recipient, tail in database.execute(tails):
        if recipient.isascii() and tail != f"|{recipient.lower()}":
            raise Damaged(f"recipient of alerts: {recipient} is not that of its key")


def _set_aside(path: Path) -> Path:
    """Rename the file and its log; the first free number keeps what was set aside before."""
    number = 1
    while (aside := path.with_name(f"{path.stem}-damaged-{number}{path.suffix}")).exists():
        number += 1
    for part, target in ((_wal(path), _wal(aside)), (path, aside)):
        if part.exists():
            part.rename(target)
    return aside


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _name(error: BaseException) -> str:
    return getattr(error, "sqlite_errorname", "")


def _lenient(raw: bytes) -> str:
    """A damaged character is no reason to stop."""
    return raw.decode(errors="replace")
