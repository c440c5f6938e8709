"""What is due minus what was sent: for each alert one decision, with its reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from certsync.alerts.alert import OPEN, Alert, Reason, State
from certsync.alerts.ledger import Entry, Ledger
from certsync.alerts.outcome import Outcome

PATIENCE = timedelta(days=3)
"""For so long a chat may fail to deliver an alert, from the day it was planned, before another
channel takes over."""

_UNDER_WAY = {State.PLANNED, State.RETRY, State.UNCERTAIN}
_ENDED = {State.FAILED, State.CANCELLED}


@dataclass(frozen=True)
class Agenda:
    """Every decision of a run. `closed` are open alerts of former runs that are due no more."""

    send: tuple[Outcome, ...]
    held: tuple[Outcome, ...]
    closed: tuple[tuple[Entry, State, Reason], ...]


def outstanding(
    alerts: Iterable[Alert], ledger: Ledger, today: date, *, chats_tried: bool = False
) -> Agenda:
    """Decide on every due alert, and on what the ledger holds open and nobody is due to hear.

    No two of `alerts` may have the same key and channel. Once `chats_tried` says that this run
    has been through the chats, what they have not delivered for too long is left to others.
    Raises LedgerError if the ledger cannot be read.
    """
    alerts = list(alerts)
    entries = ledger.entries({alert.about.series for alert in alerts})
    if not entries:
        return _agenda(_loud([decide(alert, (), today) for alert in alerts], ledger), [])
    heard: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        heard[entry.series].append(entry)
    outcomes = [decide(alert, heard.get(alert.about.series, ()), today) for alert in alerts]
    outcomes = _handed_over(outcomes, entries, today, chats_tried=chats_tried)
    instead = list(_instead(outcomes))
    alerts += instead
    outcomes += [decide(alert, heard[alert.about.series], today) for alert in instead]
    outcomes = _loud(outcomes, ledger)
    due = {(alert.key, alert.channel) for alert in alerts if alert.about.series in heard}
    ranks = {alert.about.series: alert.about.rank for alert in alerts}
    closed = [
        (entry, *close)
        for entry in entries
        if entry.state in OPEN
        and (entry.key, entry.channel) not in due
        and (close := _close(entry, ranks.get(entry.series)))
    ]
    closed += [
        (o.entry, o.state, o.reason)
        for o in outcomes
        if o.state is State.SUPERSEDED and o.entry and o.entry.state in OPEN
    ]
    return _agenda(outcomes, closed)


def _handed_over(
    outcomes: Sequence[Outcome], entries: Iterable[Entry], today: date, *, chats_tried: bool
) -> list[Outcome]:
    """The outcomes, with what another channel has taken over from a chat, or does now, as such.

    It stays there: the chat does not repeat it when it is back. Only where the other channel
    refuses the person for good is it the chat's again.
    """
    due = {(o.alert.key, o.channel) for o in outcomes}
    known = {(entry.key, entry.channel): entry for entry in entries}
    found = []
    for outcome in outcomes:
        other = (outcome.alert.key, outcome.alert.instead)
        waiting = outcome.reason is Reason.WAITING
        if (
            outcome.alert.instead
            and other not in due
            and (waiting or outcome.state is State.PLANNED)
        ):
            there, own = known.get(other), outcome.entry
            taken = there and there.reason == Reason.CHANNEL_SILENT and there.state not in _ENDED
            tried = chats_tried or waiting
            if taken or (tried and own and _too_long(own, today)):
                outcome = outcome._replace(state=State.SUPERSEDED, reason=Reason.TAKEN_OVER)
        found.append(outcome)
    return found


def _too_long(entry: Entry, today: date) -> bool:
    return entry.state in _UNDER_WAY and entry.since is not None and today - entry.since >= PATIENCE


_INSTEAD = {
    Reason.REFUSED_BEFORE: Reason.CHANNEL_REFUSED,
    Reason.TAKEN_OVER: Reason.CHANNEL_SILENT,
}
"""Why a channel sends nothing -> why another one does."""


def _instead(outcomes: Sequence[Outcome]) -> Iterator[Alert]:
    """What goes through another channel, since its own one refused somebody or failed for days."""
    known = {(o.alert.key, o.channel) for o in outcomes}
    for outcome in outcomes:
        alert, reason = outcome.alert, _INSTEAD.get(outcome.reason)
        if reason and alert.instead and (alert.key, alert.instead) not in known:
            yield alert._replace(channel=alert.instead, instead="", reason=reason)


def _loud(outcomes: list[Outcome], ledger: Ledger) -> list[Outcome]:
    """The outcomes without notes that all is quiet to somebody who hears something else.

    Such a note is about the seven days before the day in its step, and the days since.
    """
    notes = [o for o in outcomes if o.alert.about.kind == "quiet"]
    if not notes:
        return outcomes
    others = [o for o in outcomes if o.alert.about.kind != "quiet"]
    spoken_to = {o.recipient.lower() for o in others if o.state is State.PLANNED}
    return others + [
        note
        for note in notes
        if note.recipient.lower() not in spoken_to
        and not ledger.heard(note.recipient, _week_before(note.alert.about.step))
    ]


def _week_before(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day) - timedelta(days=7), time())


def _agenda(outcomes: list[Outcome], closed: list[tuple[Entry, State, Reason]]) -> Agenda:
    return Agenda(
        send=tuple(outcome for outcome in outcomes if outcome.state is State.PLANNED),
        held=tuple(outcome for outcome in outcomes if outcome.state is not State.PLANNED),
        closed=tuple(closed),
    )


def decide(alert: Alert, heard: Sequence[Entry], today: date) -> Outcome:
    """Whether `alert` is sent, given what anybody was told of its series on any channel."""
    asked = alert.reason
    if asked is Reason.NO_RECIPIENT:
        return Outcome(alert, State.FAILED, asked)
    if not heard and asked is Reason.TIER_CROSSED:
        return Outcome(alert, State.PLANNED, Reason.FIRST_NOTICE)
    ear, channel = alert.to.email.lower(), alert.channel
    heard = [e for e in heard if e.channel == channel and e.recipient.lower() == ear]
    own = next((entry for entry in heard if entry.key == alert.key), None)
    if own and own.state is State.SENT:
        return Outcome(alert, State.SENT, Reason.ALREADY_SENT, entry=own)
    sent = [entry.rank for entry in heard if entry.state is State.SENT]
    if sent and (told := _told(alert, sent)):
        return Outcome(alert, *told, entry=own)
    state = own.state if own else None
    if state is State.FAILED:
        return Outcome(alert, State.FAILED, Reason.REFUSED_BEFORE, entry=own)
    if asked is Reason.SNOOZED:
        # What may have gone out stays known as such, for the day the snooze ends.
        resting = State.UNCERTAIN if state is State.UNCERTAIN else State.SILENCED
        return Outcome(alert, resting, asked, entry=own)
    if own and state in OPEN and own.not_before and own.not_before > today:
        return Outcome(alert, own.state, Reason.WAITING, entry=own)
    if own and own.doubtful:
        asked = Reason.UNCONFIRMED
    elif state is State.RETRY:
        asked = Reason.NOT_DELIVERED_YET
    if asked is Reason.TIER_CROSSED and not sent:
        asked = Reason.FIRST_NOTICE
    return Outcome(alert, State.PLANNED, asked, entry=own)


def _told(alert: Alert, sent: Sequence[tuple[int, int]]) -> tuple[State, Reason] | None:
    """How the tiers that were sent answer the one that is due; a tier is known by its days."""
    rank = alert.about.rank
    if rank in sent:
        return State.SENT, Reason.ALREADY_SENT
    if any(tighter < rank for tighter in sent):
        return State.SUPERSEDED, Reason.TIGHTER_TIER_SENT
    return None


def _close(entry: Entry, due: tuple[int, int] | None) -> tuple[State, Reason] | None:
    """What becomes of an open alert that nobody is due to hear; `due` ranks what is due instead."""
    if due is None or entry.rank < due:
        return State.CANCELLED, Reason.NO_LONGER_DUE
    if entry.rank > due:
        return State.SUPERSEDED, Reason.TIGHTER_TIER_DUE
    if entry.state is State.UNCERTAIN:
        # It may have arrived at an address that has changed since: that stays visible.
        return None
    return State.CANCELLED, Reason.NO_LONGER_ADDRESSED
