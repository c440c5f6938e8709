"""What is due minus what was sent: for each alert one decision, with its reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from certsync.alerts.alert import OPEN, Alert, Reason, State
from certsync.alerts.ledger import Entry, Ledger


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens to one due alert; `alert.reason` says why.

    `state` is PLANNED for an alert to be sent and the state it rests in otherwise. `entry` is
    what the ledger knew of it before.
    """

    alert: Alert
    state: State
    entry: Entry | None = None


@dataclass(frozen=True)
class Agenda:
    """Every decision of a run. `closed` are open alerts of former runs that are due no more."""

    send: tuple[Decision, ...]
    held: tuple[Decision, ...]
    closed: tuple[tuple[Entry, State, Reason], ...]


def outstanding(alerts: Iterable[Alert], ledger: Ledger, today: date) -> Agenda:
    """Decide on every due alert, and on what the ledger holds open and nobody is due to hear.

    An alert that is there twice counts once. Raises LedgerError if the ledger cannot be read.
    """
    unique = {(alert.key, alert.channel): alert for alert in alerts}
    entries = ledger.entries({alert.about.series for alert in unique.values()})
    heard: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        heard[entry.series, entry.recipient.lower(), entry.channel].append(entry)
    decisions = []
    for alert in unique.values():
        ears = alert.about.series, alert.to.email.lower(), alert.channel
        decisions.append(decide(alert, heard.get(ears, ()), today))
    ranks = {alert.about.series: alert.about.rank for alert in unique.values()}
    closed = [
        (entry, *close)
        for entry in entries
        if entry.state in OPEN
        and (entry.key, entry.channel) not in unique
        and (close := _close(entry, ranks.get(entry.series)))
    ]
    closed += [
        (d.entry, d.state, d.alert.reason)
        for d in decisions
        if d.state is State.SUPERSEDED and d.entry and d.entry.state in OPEN
    ]
    return Agenda(
        send=tuple(d for d in decisions if d.state is State.PLANNED),
        held=tuple(d for d in decisions if d.state is not State.PLANNED),
        closed=tuple(closed),
    )


def decide(alert: Alert, heard: Sequence[Entry], today: date) -> Decision:
    """Whether `alert` is sent, given what this recipient heard of its series on its channel."""
    if alert.reason is Reason.NO_RECIPIENT:
        return Decision(alert, State.FAILED)
    own = next((entry for entry in heard if entry.key == alert.key), None)
    state = own.state if own else None
    sent = [entry.rank for entry in heard if entry.state is State.SENT]

    def held(at: State, reason: Reason) -> Decision:
        return Decision(replace(alert, reason=reason), at, own)

    def send(reason: Reason) -> Decision:
        return Decision(replace(alert, reason=reason), State.PLANNED, own)

    # A tier that was given another name is known by its days.
    if alert.about.rank in sent or state is State.SENT:
        return held(State.SENT, Reason.ALREADY_SENT)
    if any(rank < alert.about.rank for rank in sent):
        return held(State.SUPERSEDED, Reason.TIGHTER_TIER_SENT)
    if state is State.FAILED:
        return held(State.FAILED, Reason.REFUSED_BEFORE)
    if alert.reason is Reason.SNOOZED:
        # What may have gone out stays known as such, for the day the snooze ends.
        unsure = state is State.UNCERTAIN
        return held(State.UNCERTAIN if unsure else State.SILENCED, Reason.SNOOZED)
    if own and own.not_before and own.not_before > today and own.state in OPEN:
        return held(own.state, Reason.WAITING)
    if state is State.UNCERTAIN:
        return send(Reason.UNCONFIRMED)
    if state is State.RETRY:
        return send(Reason.NOT_DELIVERED_YET)
    first = alert.reason is Reason.TIER_CROSSED and not sent
    return send(Reason.FIRST_NOTICE if first else alert.reason)


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
