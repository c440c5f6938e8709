"""The record that makes each alert go out once: SQLite, held by one run at a time.

An intent is committed before anything is sent, and the result right after. What a crash leaves
in `sending` may have been sent or not: it becomes `uncertain` and goes out again under the same
Message-ID. Times are ISO texts; no alert ever ages out.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Self

from certsync.alerts import ledger_log
from certsync.alerts.alert import OPEN, Alert, Reason, State
from certsync.alerts.channels.base import Receipt
from certsync.alerts.digest import Message
from certsync.alerts.ledger_file import open_copy, open_held, unusable
from certsync.alerts.ledger_log import Logged
from certsync.alerts.watch import Seen, States

COMPLETE = ("ok", "partial")
"""Outcomes of a complete run: the next one is compared with the rows it read."""

_GONE = {State.SENT, State.UNCERTAIN, State.SENDING}
_INTERRUPTED = "The run ended before the answer was recorded."


class Entry(NamedTuple):
    """One alert as the ledger knows it.

    `day` is when its message was first to be sent; `doubtful` says that this message may have
    arrived, whatever became of the alert since. `since` is the day it was planned on.
    """

    key: str
    channel: str
    series: str
    recipient: str
    rank: tuple[int, int]
    state: State
    message_id: str | None
    not_before: date | None
    day: date | None
    doubtful: bool
    reason: str
    since: date | None


class Told(NamedTuple):
    """What was decided last about one alert, and when; `detail` is what the other side said."""

    at: datetime
    state: State
    key: str
    channel: str
    series: str
    recipient: str
    tier: str
    days: int | None
    follow_up: int
    reason: str
    detail: str


@dataclass(frozen=True)
class Run:
    """One run; `ended` and `outcome` are None where it did not come to its end.

    `rows` counts the rows of each tab that the run read.
    """

    as_of: date
    started: datetime
    ended: datetime | None
    outcome: str | None
    rows: Mapping[str, int]


class Ledger:
    """The ledger of one config. Every method raises LedgerError if the file cannot be used.

    `notices` are sentences for the operator about what was found on opening.
    """

    def __init__(self, database: sqlite3.Connection, name: str, notices: tuple[str, ...]) -> None:
        self._db = database
        self._name = name
        self.notices = notices

    @classmethod
    def open(cls, path: Path) -> Self:
        """The ledger at `path`, begun if there is none, and held until it is closed.

        A damaged file is set aside under a clear name and a new ledger begun.

        Raises AlreadyRunning while another process holds it, LedgerError if it cannot be used.
        """
        database, notices = open_held(path)
        return cls(database, str(path), notices)

    @classmethod
    def open_copy(cls, path: Path) -> Self:
        """What `open` would give, as a copy in memory: no file is changed, held or created."""
        database, notices = open_copy(path)
        return cls(database, str(path), notices)

    def close(self) -> None:
        """Let go of the file."""
        with contextlib.suppress(sqlite3.Error):
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def identity(self, workbook: str) -> str:
        """The name alerts know the workbook by: the first it ever had, whatever it is now."""
        with self._commit() as database:
            database.execute("INSERT OR IGNORE INTO meta VALUES ('workbook', ?)", (workbook,))
            query = "SELECT value FROM meta WHERE name = 'workbook'"
            return str(database.execute(query).fetchone()[0])

    def start_run(self, as_of: date, now: datetime) -> int:
        """Note that a run begins. Returns its number."""
        with self._commit() as database:
            cursor = database.execute(
                "INSERT INTO runs (as_of, started) VALUES (?, ?)",
                (as_of.isoformat(), now.isoformat()),
            )
            return int(cursor.lastrowid or 0)

    def end_run(self, run: int, outcome: str, rows: Mapping[str, int], now: datetime) -> None:
        """Note how a run ended, and how many rows of each tab it read."""
        with self._commit() as database:
            database.execute(
                "UPDATE runs SET ended = ?, outcome = ?, rows = ? WHERE id = ?",
                (now.isoformat(), outcome, json.dumps(dict(rows)), run),
            )

    def last_run(self, *outcomes: str, as_of: date | None = None) -> Run | None:
        """The latest run with one of these outcomes (with any, if none is named)."""
        names, day = json.dumps(outcomes), as_of and as_of.isoformat()
        found = self._rows(
            "SELECT as_of, started, ended, outcome, rows FROM runs"
            " WHERE (? = '[]' OR outcome IN (SELECT value FROM json_each(?)))"
            " AND (? IS NULL OR as_of = ?) ORDER BY id DESC LIMIT 1",
            (names, names, day, day),
        )
        return _run(*found[0]) if found else None

    def runs_since(self, moment: datetime, *outcomes: str) -> list[Run]:
        """The last run with one of these outcomes that had ended by `moment`, and all after it."""
        found = self._rows(
            "SELECT as_of, started, ended, outcome, rows FROM runs WHERE id >= coalesce("
            "(SELECT max(id) FROM runs WHERE ended <= ?"
            " AND outcome IN (SELECT value FROM json_each(?))), 0) ORDER BY id",
            (moment.isoformat(), json.dumps(outcomes)),
        )
        return [_run(*row) for row in found]

    def recover(self, now: datetime) -> None:
        """Turn what a crash left in `sending` into `uncertain`."""
        values = (State.UNCERTAIN, _INTERRUPTED, now.isoformat(), State.SENDING)
        with self._commit() as database:
            for table in ("alerts", "messages"):
                database.execute(
                    f"UPDATE {table} SET state = ?, detail = ?, changed = ? WHERE state = ?", values
                )

    def entries(self, series: Collection[str]) -> list[Entry]:
        """Everything known of these series, and every open alert of any other."""
        known = set(self.series())
        rows = self._rows(
            "SELECT a.key, a.channel, a.series, a.recipient, a.days, a.follow_up, a.state,"
            " a.message_id, a.not_before, m.day, m.state, a.reason, a.since FROM alerts a"
            " LEFT JOIN messages m ON m.message_id = a.message_id AND m.channel = a.channel"
            " WHERE a.series IN (SELECT value FROM json_each(?))"
            " OR a.state IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(known.intersection(series))), json.dumps(sorted(OPEN))),
        )
        return [
            Entry(
                key,
                channel,
                name,
                recipient,
                (days or 0, -follow_up),
                State(state),
                message_id,
                date.fromisoformat(wait) if wait else None,
                date.fromisoformat(day) if day else None,
                arrived == State.UNCERTAIN,
                reason,
                date.fromisoformat(since) if since else None,
            )
            for key, channel, name, recipient, days, follow_up, state, message_id, wait, day,
            arrived, reason, since in rows
        ]  # fmt: skip

    def history(self, series: Collection[str]) -> list[Told]:
        """Every alert of these series, the oldest decision first."""
        rows = self._rows(
            "SELECT changed, state, key, channel, series, recipient, tier, days, follow_up, reason,"
            " detail FROM alerts WHERE series IN (SELECT value FROM json_each(?))"
            " ORDER BY changed, key, channel",
            (json.dumps(sorted(series)),),
        )
        return [
            Told(datetime.fromisoformat(at), State(state), *known) for at, state, *known in rows
        ]

    def series(self) -> list[str]:
        """The name of every series that it knows an alert of."""
        return [name for (name,) in self._rows("SELECT DISTINCT series FROM alerts", ())]

    def last_sent(self) -> list[tuple[str, str, date]]:
        """Series, tier and day of the last alert that was sent in each series."""
        rows = self._rows(
            "SELECT series, tier, max(changed) FROM alerts WHERE state = ? GROUP BY series",
            (State.SENT,),
        )
        return [(name, tier, datetime.fromisoformat(at).date()) for name, tier, at in rows]

    def first_sent(self, series: Collection[str], days: int) -> dict[str, date]:
        """The day each of these series was first told in a tier of at most so many days."""
        rows = self._rows(
            "SELECT series, min(changed) FROM alerts WHERE state = ? AND days <= ?"
            " AND series IN (SELECT value FROM json_each(?)) GROUP BY series",
            (State.SENT, days, json.dumps(sorted(series))),
        )
        return {name: datetime.fromisoformat(at).date() for name, at in rows}

    def heard(self, recipient: str, since: datetime) -> bool:
        """Whether anything but a note that all is quiet was sent to somebody since a moment."""
        rows = self._rows(
            "SELECT 1 FROM alerts WHERE state = ? AND lower(recipient) = ? AND changed >= ?"
            " AND reason <> ? LIMIT 1",
            (State.SENT, recipient.lower(), since.isoformat(), Reason.ALL_QUIET),
        )
        return bool(rows)

    def refusals(self) -> dict[str, str]:
        """What was said last to each address that was refused for good and not reached since.

        Addresses are in lower case. What another channel took over is no refusal.
        """
        refused = self._rows(
            "SELECT lower(recipient), detail, max(changed) FROM alerts a WHERE state = ?"
            " AND recipient <> '' AND NOT EXISTS"
            " (SELECT 1 FROM alerts b WHERE b.key = a.key AND b.state <> a.state)"
            " GROUP BY lower(recipient)",
            (State.FAILED,),
        )
        if not refused:
            return {}
        reached = dict(
            self._rows(
                "SELECT lower(recipient), max(changed) FROM alerts WHERE state = ?"
                " GROUP BY lower(recipient)",
                (State.SENT,),
            )
        )
        return {who: said for who, said, at in refused if reached.get(who, "") < at}

    def states(self) -> States:
        """What was last seen of each program and client."""
        rows = self._rows("SELECT subject, state, since, before FROM states", ())
        return {
            subject: Seen(state, date.fromisoformat(since), before)
            for subject, state, since, before in rows
        }

    def observe(self, states: States) -> None:
        """Commit what was seen today of programs and clients; the others stay as they were."""
        known = self.states()
        news = [(name, *seen) for name, seen in states.items() if known.get(name) != seen]
        if not news:
            return
        with self._commit() as database:
            database.executemany(
                "INSERT INTO states VALUES (?, ?, ?, ?) ON CONFLICT (subject) DO UPDATE SET"
                " state = excluded.state, since = excluded.since, before = excluded.before",
                ((name, state, since.isoformat(), before) for name, state, since, before in news),
            )

    def sent_since(self, channel: str, moment: datetime) -> int:
        """How many messages went out through `channel` after `moment`, or may have."""
        ((count,),) = self._rows(
            "SELECT count(*) FROM messages WHERE channel = ?"
            " AND state IN (SELECT value FROM json_each(?)) AND julianday(changed) > julianday(?)",
            (channel, json.dumps(sorted(_GONE)), moment.isoformat()),
        )
        return int(count)

    @property
    def is_new(self) -> bool:
        """Whether it knows nothing yet: no run, and no alert but of a run that failed."""
        ((known,),) = self._rows(
            "SELECT (SELECT count(*) FROM runs) + (SELECT count(*) FROM alerts WHERE reason <> ?)",
            (Reason.RUN_FAILED,),
        )
        return not known

    def log(self, living: Collection[str], most: int) -> tuple[list[Logged], int]:
        """The alerts that a list of so many shows, and how many it leaves out.

        Those of `living` series come first, then the newest.
        """
        return ledger_log.select(self._rows, living, most)

    def logged(self, keys: Collection[str]) -> list[Logged]:
        """The alerts of these keys, through any channel."""
        return ledger_log.with_keys(self._rows, keys)

    def restore(self, lines: Sequence[Logged]) -> None:
        """Begin a ledger that knows nothing with what a list of its alerts says."""
        with self._commit() as database:
            ledger_log.insert(database, lines)

    def plan(
        self,
        wanted: Iterable[tuple[Alert, State, Reason]],
        closed: Iterable[tuple[Entry, State, Reason]],
        now: datetime,
    ) -> None:
        """Commit what a run means to do: alerts planned or silenced, open ones closed."""
        stamp = now.isoformat()
        with self._commit() as database:
            database.executemany(
                "INSERT INTO alerts (key, channel, series, recipient, tier, days, follow_up,"
                " employee_id, person, certification, expires, state, reason, changed, since)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (key, channel) DO UPDATE SET state = excluded.state,"
                " reason = excluded.reason, changed = excluded.changed, since = excluded.since,"
                " detail = '', not_before = NULL WHERE state <> excluded.state",
                (_row(alert, state, reason, now) for alert, state, reason in wanted),
            )
            database.executemany(
                "UPDATE alerts SET state = ?, reason = ?, changed = ?"
                " WHERE key = ? AND channel = ?",
                ((state, why, stamp, entry.key, entry.channel) for entry, state, why in closed),
            )

    def begin(self, messages: Iterable[Message], now: datetime) -> None:
        """Commit that these messages are about to be sent."""
        with self._commit() as database:
            _begin(database, messages, now.isoformat())

    def settle(
        self,
        answered: Sequence[tuple[Message, Receipt]],
        now: datetime,
        following: Iterable[Message] = (),
    ) -> list[State]:
        """Commit what became of messages and, in the same breath, that `following` are next.

        Returns the state that the alerts of each are in now: an attempt that failed for the
        moment leaves an unconfirmed message uncertain, for an earlier attempt may have arrived.
        """
        stamp = now.isoformat()
        states = [_settled(message, receipt) for message, receipt in answered]
        with self._commit() as database:
            database.executemany(
                "UPDATE messages SET state = ?, detail = ?, changed = ?"
                " WHERE message_id = ? AND channel = ?",
                [
                    (state, receipt.detail, stamp, message.message_id, message.digest.channel)
                    for (message, receipt), state in zip(answered, states, strict=True)
                ],
            )
            database.executemany(
                "UPDATE alerts SET state = ?, detail = ?, not_before = ?, changed = ?"
                " WHERE key = ? AND channel = ?",
                [
                    (state, receipt.detail, _wait(receipt, now), stamp, alert.key, alert.channel)
                    for (message, receipt), state in zip(answered, states, strict=True)
                    for alert in message.digest.alerts
                ],
            )
            _begin(database, following, stamp)
        return states

    def _rows(self, query: str, parameters: tuple[object, ...]) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(query, parameters).fetchall()
        except sqlite3.Error as error:
            raise unusable(self._name, error) from error

    @contextlib.contextmanager
    def _commit(self) -> Iterator[sqlite3.Connection]:
        """One transaction: at its end all of it is on the disk, or nothing is and it raises."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db
            self._db.execute("COMMIT")
        except BaseException as error:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise unusable(self._name, error) from error
            raise


def _run(as_of: str, started: str, ended: str | None, outcome: str | None, rows: str) -> Run:
    return Run(
        date.fromisoformat(as_of),
        datetime.fromisoformat(started),
        datetime.fromisoformat(ended) if ended else None,
        outcome,
        json.loads(rows),
    )


def _row(alert: Alert, state: State, reason: Reason, now: datetime) -> tuple[object, ...]:
    about = alert.about
    expires = about.expires.isoformat() if about.expires else None
    return (
        alert.key,
        alert.channel,
        about.series,
        alert.to.email,
        about.tier,
        about.days,
        about.follow_up,
        about.employee_id,
        about.person,
        about.name,
        expires,
        state,
        reason,
        now.isoformat(),
        now.date().isoformat(),
    )


def _settled(message: Message, receipt: Receipt) -> State:
    passing = receipt.state is State.RETRY
    return State.UNCERTAIN if passing and message.digest.unconfirmed else receipt.state


def _wait(receipt: Receipt, now: datetime) -> str | None:
    """The day before which nothing is tried, if there is one."""
    days = receipt.wait_days
    return (now.date() + timedelta(days=days)).isoformat() if days else None


def _begin(database: sqlite3.Connection, messages: Iterable[Message], stamp: str) -> None:
    digests = [(message.message_id, message.digest) for message in messages]
    database.executemany(
        "INSERT INTO messages VALUES (?, ?, ?, ?, ?, 1, ?, '', ?)"
        " ON CONFLICT (message_id, channel) DO UPDATE SET keys = excluded.keys, day = excluded.day,"
        " attempts = attempts + 1, state = excluded.state, changed = excluded.changed",
        [
            (
                message_id,
                digest.channel,
                digest.to.email,
                json.dumps([alert.key for alert in digest.alerts]),
                digest.day.isoformat(),
                State.SENDING,
                stamp,
            )
            for message_id, digest in digests
        ],
    )
    database.executemany(
        "UPDATE alerts SET state = ?, message_id = ?, changed = ? WHERE key = ? AND channel = ?",
        [
            (State.SENDING, message_id, stamp, alert.key, digest.channel)
            for message_id, digest in digests
            for alert in digest.alerts
        ],
    )
