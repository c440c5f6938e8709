"""The ledger's alerts as a list that people can read, and the way back from such a list.

What the list says must be enough to begin a lost ledger anew, so each line carries its identity.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, time
from typing import Any, NamedTuple

from certsync.alerts.alert import State, parts
from certsync.alerts.programs import seen

Query = Callable[[str, tuple[object, ...]], list[tuple[Any, ...]]]

_COLUMNS = (
    "substr(changed, 1, 10), state, reason, key, channel, series, recipient, tier, days,"
    " follow_up, person, certification, expires,"
    " CASE state WHEN 'uncertain' THEN message_id END"
)


class Logged(NamedTuple):
    """One alert and what became of it last, on `day`.

    `message_id` names the message that it may have gone out with, where nobody knows.
    """

    day: date
    state: State
    reason: str
    key: str
    channel: str
    series: str
    recipient: str
    tier: str
    days: int | None
    follow_up: int
    person: str
    certification: str
    expires: date | None
    message_id: str | None = None

    @property
    def ear(self) -> tuple[str, str]:
        """What is known once: the alert and the channel it goes through."""
        return self.key, self.channel

    @property
    def workbook(self) -> str:
        """The identity of the workbook that the alert belongs to."""
        return parts(self.series)[0]


def select(query: Query, living: Collection[str], most: int) -> tuple[list[Logged], int]:
    """At most so many alerts, in the order of `rank`, and how many there are beside them.

    Those of `living` series come before all others.
    """
    ((count,),) = query("SELECT count(*) FROM alerts", ())
    if count <= most:
        found = query(f"SELECT {_COLUMNS} FROM alerts", ())
    else:
        found = query(
            f"SELECT {_COLUMNS} FROM alerts ORDER BY"
            " series IN (SELECT value FROM json_each(?)) DESC,"
            " substr(changed, 1, 10) DESC, key, channel LIMIT ?",
            (json.dumps(sorted(living)), most),
        )
    return sorted(map(_logged, found), key=rank(living)), count - len(found)


def with_keys(query: Query, keys: Collection[str]) -> list[Logged]:
    """The alerts of these keys, through any channel."""
    which = f"SELECT {_COLUMNS} FROM alerts WHERE key IN (SELECT value FROM json_each(?))"
    return [_logged(row) for row in query(which, (json.dumps(list(keys)),))]


def rank(living: Collection[str]) -> Callable[[Logged], tuple[object, ...]]:
    """A sort key: living series first, then the newest."""
    return lambda one: (one.series not in living, -one.day.toordinal(), one.key, one.channel)


def _logged(row: tuple[Any, ...]) -> Logged:
    day, state, *known, expires, message_id = row
    when = date.fromisoformat(expires) if expires else None
    return Logged._make((date.fromisoformat(day), State(state), *known, when, message_id))


def insert(database: sqlite3.Connection, lines: Sequence[Logged]) -> None:
    """Put the alerts of a list into a ledger that knows nothing yet, and the workbook's name."""
    names = Counter(line.workbook for line in lines)
    database.executemany(
        "INSERT OR REPLACE INTO meta VALUES ('workbook', ?)",
        [(name,) for name, _ in names.most_common(1)],
    )
    database.executemany(
        "INSERT OR REPLACE INTO alerts (changed, state, reason, key, channel, series, recipient,"
        " tier, days, follow_up, person, certification, expires, message_id, since, employee_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')",
        (
            (
                datetime.combine(line.day, time()).isoformat(),
                *line[1:-2],
                line.expires and line.expires.isoformat(),
                line.message_id,
                line.day.isoformat(),
            )
            for line in lines
        ),
    )
    turns = [turn for line in lines if (turn := seen(line.series))]
    # The latest day stands.
    turns.sort(key=lambda turn: turn[2])
    database.executemany("INSERT OR REPLACE INTO states VALUES (?, ?, ?, '')", turns)
    # A message that may have arrived goes out again under the same name.
    database.executemany(
        "INSERT OR REPLACE INTO messages VALUES (?, ?, ?, '[]', ?, 1, ?, '', ?)",
        (
            (
                line.message_id,
                line.channel,
                line.recipient,
                line.day.isoformat(),
                line.state,
                line.day.isoformat(),
            )
            for line in lines
            if line.message_id
        ),
    )
