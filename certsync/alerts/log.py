"""The Alert Log: the ledger's alerts as lines of a tab, and lines of that tab read back.

Days stand in it and no minutes, so that a second run on the same day has nothing to write.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from certsync.alerts.alert import Reason, State, parts
from certsync.alerts.ledger import Ledger
from certsync.alerts.ledger_log import Logged, rank
from certsync.alerts.outcome import Outcome
from certsync.dashboard.alert_log import HEADS, Line
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
    Reason.STATE_CHANGED: "Its state changed",
    Reason.DATA_PROBLEM: "The row cannot be judged",
    Reason.RUN_STOPPED: "The run was stopped",
    Reason.RUN_FAILED: "The run failed",
    Reason.RUN_MISSED: "A run was missing",
    Reason.ALL_QUIET: "There was nothing to tell",
    Reason.SNOOZED: "The row was asleep",
    Reason.TIGHTER_TIER_DUE: "A tighter tier took its place",
    Reason.TIGHTER_TIER_SENT: "A tighter tier was sent",
    Reason.NO_LONGER_DUE: "It was due no more",
    Reason.NO_LONGER_ADDRESSED: "Somebody else is told now",
    Reason.LIMIT_REACHED: "The daily limit was reached",
}
_KEPT = {Reason.UNCONFIRMED, Reason.NOT_DELIVERED_YET}
"""Reasons to send again; the ledger keeps the one that the alert had at first."""


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


def read_back(tab: TabSnapshot) -> list[Logged]:
    """The alerts that a tab tells of, by its column Key; a row without one tells nothing.

    People may have moved, renamed, sorted or overwritten anything in it.
    """
    found: dict[tuple[str, str], Logged] = {}
    heads: Mapping[str, int] = {}
    for row in tab.rows:
        one = next((one for cell in reversed(row) if (one := _parsed(cell))), None)
        if one is None:
            names = {str(cell): at for at, cell in enumerate(row)}
            heads = heads or (names if len(names.keys() & set(HEADS)) > len(HEADS) // 2 else {})
        elif one.ear not in found or one.state is State.SENT:
            found[one.ear] = _named(one, row, heads)
    return list(found.values())


def _parsed(cell: Value) -> Logged | None:
    """The identity in a cell; None where it is none."""
    if not (isinstance(cell, str) and cell.startswith('["')):
        return None
    try:
        key, channel, state, day, days, follow_up, reason, *more = json.loads(cell)
        series, step, ear = key.rsplit("|", 2)
        _, _ = parts(series)[:2]
        told = State(state)
        numbers = (days or 0, follow_up)
        texts = (channel, reason, *more)
        if not (all(type(n) is int for n in numbers) and all(isinstance(t, str) for t in texts)):
            return None
        return Logged(
            date.fromisoformat(day),
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
            more[0] if more and told in (State.UNCERTAIN, State.SENDING) else None,
        )
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def _expiration(series: str) -> date | None:
    names = parts(series)
    try:
        return date.fromisoformat(names[3]) if len(names) == 4 else None
    except ValueError:
        return None


def _named(one: Logged, row: Sequence[Value], heads: Mapping[str, int]) -> Logged:
    """With the names that stand in the row beside the identity."""

    def text(head: str) -> str:
        at = heads.get(head, len(row))
        cell = row[at] if at < len(row) else None
        return cell if isinstance(cell, str) else ""

    tier = text("Tier").removesuffix(f", follow-up {one.follow_up}")
    certification, to = text("Certification"), text("To")
    return one._replace(
        tier=tier or one.tier,
        person=text("Person"),
        certification="" if certification == _matter(one.series) else certification,
        recipient=to if to.lower() == one.recipient else one.recipient,
    )
