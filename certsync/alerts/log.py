"""The Alert Log: the ledger's alerts as lines of a tab, and lines of that tab read back.

Days stand in it and no minutes, so that a second run on the same day has nothing to write.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from certsync.alerts.alert import Reason, State, parts
from certsync.alerts.ledger import Ledger
from certsync.alerts.ledger_log import Logged, rank
from certsync.alerts.outcome import Outcome
from certsync.alerts.programs import seen
from certsync.dashboard.alert_log import HEADS, Line
from certsync.sheets.cells import blank
from certsync.sheets.dateforms import EARLIEST, LATEST
from certsync.sheets.snapshot import TabSnapshot, Value

TAB = "alert_log"
"""The key of the generated tab."""

MOST = 1_500
"""So many alerts are shown: more would be too large for one request to Google Sheets."""

_STATES: Mapping[State, tuple[str, str]] = {
    State.PLANNED: ("Planned", "plain"),
    State.SENDING: ("Sending", "plain"),
    State.SENT: ("Sent", "good"),
    State.RETRY: ("Retry", "warn"),
    State.FAILED: ("Failed", "bad"),
    State.UNCERTAIN: ("Uncertain", "warn"),
    State.SUPERSEDED: ("Muted", "plain"),
    State.CANCELLED: ("Cancelled", "plain"),
    State.SILENCED: ("Silenced", "plain"),
}
_UNDELIVERED: Mapping[State, str] = {
    State.RETRY: "Not delivered yet; tried again",
    State.FAILED: "The address was refused",
    State.UNCERTAIN: "It may have arrived; sent again",
}
_REASONS: Mapping[str, str] = {
    Reason.FIRST_NOTICE: "First notice",
    Reason.TIER_CROSSED: "A tighter tier began",
    Reason.FOLLOW_UP: "Not renewed yet",
    Reason.HOLDER_WITHOUT_ADDRESS: "The holder has no address",
    Reason.HOLDER_ON_LEAVE: "The holder is on leave",
    Reason.NOBODY_ELSE: "Nobody else can be told",
    Reason.NO_REACTION: "Nobody had reacted",
    Reason.CHANNEL_REFUSED: "Another channel had refused",
    Reason.CHANNEL_SILENT: "Another channel had failed for days",
    Reason.STATE_CHANGED: "Its state changed",
    Reason.DATA_PROBLEM: "The row cannot be judged",
    Reason.RUN_STOPPED: "The run was stopped",
    Reason.RUN_FAILED: "The run failed",
    Reason.RUN_MISSED: "A run was missing",
    Reason.ALL_QUIET: "There was nothing to tell",
    Reason.SNOOZED: "The row was asleep",
    Reason.TIGHTER_TIER_DUE: "A tighter tier took its place",
    Reason.TIGHTER_TIER_SENT: "A tighter tier was sent",
    Reason.TAKEN_OVER: "Another channel took over",
    Reason.NO_LONGER_DUE: "It was due no more",
    Reason.NO_LONGER_ADDRESSED: "Somebody else is told now",
    Reason.LIMIT_REACHED: "The daily limit was reached",
}
_KEPT = {Reason.UNCONFIRMED, Reason.NOT_DELIVERED_YET}
"""Reasons to send again; the ledger keeps the one that the alert had at first."""

_COUNTS = range(100_000)
"""The days of a tier and the numbers of follow-ups: no two dates are further apart."""

# SQLite measures a text up to its first NUL, and takes no half of a character.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")


@dataclass(frozen=True)
class Log:
    """Alerts, the newest first, and how many older ones are left out."""

    lines: tuple[Logged, ...]
    left_out: int = 0


def log(
    ledger: Ledger,
    outcomes: Iterable[Outcome],
    living: Collection[str],
    today: date,
    most: int = MOST,
) -> Log:
    """What the ledger holds, counting planned `outcomes` as being sent.

    So it is what a run writes before it sends: should it be killed and its ledger lost, they are
    known as such and go out again.

    Where there are more than `most`, those of `living` series are preferred.
    """
    known, left_out = ledger.log(living, most)
    planned = [o for o in outcomes if o.state in (State.PLANNED, State.SILENCED)]
    before = {one.ear: one for one in ledger.logged([o.alert.key for o in planned if o.entry])}
    coming = {
        line.ear: line
        for outcome in planned
        if (line := _coming(outcome, before.get((outcome.alert.key, outcome.channel)), today))
    }
    total = len(known) + left_out + len(coming.keys() - before.keys())
    merged = {one.ear: one for one in known} | coming
    shown = sorted(merged.values(), key=rank(living))[:most]
    return Log(tuple(sorted(shown, key=_newest)), total - len(shown))


def _coming(outcome: Outcome, before: Logged | None, today: date) -> Logged | None:
    """How the ledger will know an alert that is decided on; None where nothing changes."""
    state = State.SENDING if outcome.state is State.PLANNED else outcome.state
    if before is None:
        alert = outcome.alert
        about = alert.about
        return Logged(
            today,
            state,
            outcome.reason,
            alert.key,
            alert.channel,
            about.series,
            alert.to.email,
            about.tier,
            about.days,
            about.follow_up,
            about.person,
            about.name,
            about.expires,
        )
    if before.state is outcome.state is State.SILENCED:
        return None
    kept = outcome.reason in _KEPT or before.state is outcome.state
    reason = before.reason if kept else outcome.reason
    name = before.message_id if state is State.SENDING else None
    return before._replace(day=today, state=state, reason=reason, message_id=name)


def _newest(one: Logged) -> tuple[object, ...]:
    """A sort key: by day, the latest first, and within a day the most urgent."""
    urgency = (one.days is None, one.days or 0, -one.follow_up)
    return (-one.day.toordinal(), *urgency, one.person, one.certification, one.key, one.channel)


def shown(found: Log) -> list[Line]:
    """The lines as people read them."""
    return [_line(one) for one in found.lines]


def _line(one: Logged) -> Line:
    word, look = _STATES[one.state]
    reason = _REASONS.get(one.reason) or one.reason.replace("_", " ").capitalize()
    return Line(
        sent=one.day,
        tier=f"{one.tier}, follow-up {one.follow_up}" if one.follow_up else one.tier,
        person=one.person,
        about=one.certification or _matter(one.series),
        expires=one.expires,
        to=one.recipient,
        channel=one.channel,
        state=word,
        look=look,
        reason=_UNDELIVERED.get(one.state, reason),
        key=_identity(one),
    )


def _matter(series: str) -> str:
    """What an alert is about that is no certification's: what its series names."""
    _, *kind, last = parts(series)
    return " ".join(filter(None, (*kind[1:], last)))


def _identity(one: Logged) -> str:
    known = [one.key, one.channel, one.state, one.day.isoformat(), one.days, one.follow_up]
    more = [one.reason, *([one.message_id] if one.message_id else [])]
    return json.dumps([*known, *more], separators=(",", ":"))


def read_back(tab: TabSnapshot) -> tuple[list[Logged], int]:
    """The alerts that a tab tells of, by its column Key, and how many of its rows tell of none.

    People may have moved, renamed, sorted or overwritten anything in it.
    """
    found: dict[tuple[str, str], Logged] = {}
    heads: Mapping[str, int] = {}
    spoiled = 0
    for row in tab.rows:
        one = next((one for cell in reversed(row) if (one := _parsed(cell))), None)
        if one and (one.ear not in found or one.state is State.SENT):
            found[one.ear] = _named(one, row, heads)
        if one:
            continue
        names = {cell: at for at, cell in enumerate(row) if isinstance(cell, str)}
        if not heads and len(names.keys() & set(HEADS)) > len(HEADS) // 2:
            heads = names
        elif any(map(_began, row)) or (heads and not all(map(blank, row))):
            spoiled += 1
    return list(found.values()), spoiled


def _began(cell: Value) -> bool:
    """Whether a cell looks like an identity from its beginning."""
    return isinstance(cell, str) and cell.startswith('["')


def _parsed(cell: Value) -> Logged | None:
    """The identity in a cell; None where it is none, or one that no run has written."""
    if not (isinstance(cell, str) and _began(cell)):
        return None
    try:
        key, channel, state, day, days, follow_up, reason, *more = json.loads(cell)
        series, step, ear = key.rsplit("|", 2)
        _, _ = parts(series)[:2]
        told, when = State(state), date.fromisoformat(day)
        turn = seen(series)
        days_seen = [when, *([date.fromisoformat(turn[2])] if turn else [])]
        message_id = more[0] if more and told in (State.UNCERTAIN, State.SENDING) else None
        sound = (
            all(isinstance(text, str) for text in (channel, reason, *more))
            and not _UNSTORABLE.search("".join((key, channel, reason, *more)))
            and all(
                type(n) is int and n in _COUNTS for n in (follow_up, 0 if days is None else days)
            )
            and all(EARLIEST <= one <= LATEST for one in days_seen)
            and ear == ear.lower()
            and (message_id is None or _MESSAGE_ID.fullmatch(message_id))
        )
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None
    if not sound:
        return None
    return Logged(
        when,
        State.UNCERTAIN if told is State.SENDING else told,
        reason,
        key,
        channel,
        series,
        ear,
        step.replace("-", " ").title(),
        days,
        follow_up,
        "",
        "",
        _expiration(series),
        message_id,
    )


def _expiration(series: str) -> date | None:
    names = parts(series)
    try:
        day = date.fromisoformat(names[3]) if len(names) == 4 else None
    except ValueError:
        return None
    return day if day and EARLIEST <= day <= LATEST else None


def _named(one: Logged, row: Sequence[Value], heads: Mapping[str, int]) -> Logged:
    """With the names that stand in the row beside the identity."""

    def text(head: str) -> str:
        at = heads.get(head, len(row))
        cell = row[at] if at < len(row) else None
        return _UNSTORABLE.sub("\ufffd", cell) if isinstance(cell, str) else ""

    tier = text("Tier").removesuffix(f", follow-up {one.follow_up}")
    certification, to = text("Certification"), text("To")
    return one._replace(
        tier=tier or one.tier,
        person=text("Person"),
        certification="" if certification == _matter(one.series) else certification,
        recipient=to if to.lower() == one.recipient else one.recipient,
    )
