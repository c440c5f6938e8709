"""From what is due to what was sent: decide, commit the intent, send, commit the result.

One message's or one channel's failure never keeps another from being sent.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Protocol, runtime_checkable

from certsync.alerts.alert import Alert, Reason, State
from certsync.alerts.channels.base import Channel
from certsync.alerts.dedup import Agenda, outstanding
from certsync.alerts.digest import Digest, Message, gather
from certsync.alerts.ledger import Ledger
from certsync.alerts.outcome import Outcome
from certsync.alerts.sending import send_all
from certsync.errors import LedgerError, Refused

__all__ = ["Outcome", "Render", "TooManyMessages", "compose", "deliver", "plan"]

Render = Callable[[Digest, datetime], Message]


@runtime_checkable
class Foresighted(Protocol):
    """A render that works quicker if it knows beforehand what it will be asked for."""

    def prepare(self, digests: Iterable[Digest]) -> None:
        """Hear of the digests before the first of them is written."""


_DAY = timedelta(hours=24)
_KNOWN = {Reason.ALREADY_SENT, Reason.TIGHTER_TIER_SENT, Reason.TAKEN_OVER}
_INSTEAD = {Reason.CHANNEL_REFUSED, Reason.CHANNEL_SILENT}


class TooManyMessages(Refused):
    """More messages than one run may send without a yes; nothing was sent.

    `outcomes` are the alerts as they are planned.
    """

    def __init__(self, count: int, limit: int, outcomes: Sequence[Outcome]) -> None:
        self.outcomes = tuple(outcomes)
        super().__init__(
            f"This run would send {count:,} messages, more than the {limit:,} that `max_messages` "
            "allows, so nothing was sent. Look at them with --dry-run, then run once with --yes."
        )


def plan(alerts: Iterable[Alert], ledger: Ledger, now: datetime) -> list[Outcome]:
    """What `deliver` would do, with state PLANNED for what it would send.

    Give it a copy of the ledger: what a crash left behind is put right in it first.
    """
    ledger.recover(now)
    return _planned(outstanding(alerts, ledger, now.date()))


def compose(
    alerts: Iterable[Alert],
    ledger: Ledger,
    render: Render,
    now: datetime,
    *,
    threads: bool = False,
) -> tuple[list[Message], list[str]]:
    """The messages `deliver` would send, the most urgent first, and why any cannot be written.

    Give it a copy of the ledger, as `plan`.
    """
    ledger.recover(now)
    agenda = outstanding(alerts, ledger, now.date())
    digests = _digests(agenda, now.date(), threads=threads)
    spoiled: list[tuple[Digest, State, str]] = []
    messages = list(_written(digests, render, now, spoiled))
    return messages, [f"To {digest.to.email}: {detail}" for digest, _, detail in spoiled]


def deliver(
    alerts: Iterable[Alert],
    ledger: Ledger,
    channels: Sequence[Channel],
    render: Render,
    now: datetime,
    *,
    max_messages: int = 200,
    approved: bool = False,
    only_these: bool = False,
    threads: bool = False,
) -> list[Outcome]:
    """Send what is due and was not sent before, one digest for each recipient and channel.

    Alerts that were sent before, or whose tighter tier was, have no outcome: nothing happens.
    Chats go first: what one of them refuses for good, or has not delivered for days, goes by mail
    in the same run.

    Args:
        alerts: What is due, each through a channel that is among `channels`.
        ledger: Held by this run.
        channels: The open ways to people.
        render: Makes a message of a digest.
        now: The local time of the run.
        max_messages: More than these are refused, unless `approved`.
        approved: Somebody has seen how many there are.
        only_these: `alerts` are not all that is due, so nothing else is taken as settled.
        threads: Each matter has a message of its own; see `digest.gather`.

    Raises:
        TooManyMessages: Nothing was sent and nothing recorded.
        LedgerError: An intent or a result could not be committed; nothing was sent after that.
    """
    alerts = list(alerts)
    ledger.recover(now)
    agenda = outstanding(alerts, ledger, now.date())
    digests = _carried_first(_digests(agenda, now.date(), threads=threads), agenda)
    if len(digests) > max_messages and not approved:
        raise TooManyMessages(len(digests), max_messages, _planned(agenda))
    ledger.plan(_wanted(agenda), () if only_these else agenda.closed, now)
    done: list[tuple[Digest, State, str]] = []
    try:
        for wave in _waves(channels):
            if done:
                agenda = outstanding(alerts, ledger, now.date(), chats_tried=True)
                instead = [o for o in agenda.send if o.reason in _INSTEAD]
                left = [one for one in agenda.closed if one[-1] is Reason.TAKEN_OVER]
                ledger.plan(((o.alert, o.state, o.reason) for o in instead), left, now)
                digests = _digests(agenda, now.date(), threads=threads)
            for channel in wave:
                own = [digest for digest in digests if digest.channel == channel.name]
                for result in _through(channel, own, ledger, render, now):
                    done.append(result)
    except LedgerError as error:
        sent = sum(state is State.SENT for _, state, _ in done)
        says = f"At least {sent} of {len(digests)} messages had been sent."
        raise LedgerError(f"{error} {says}") from error
    told = [
        Outcome(alert, state, alert.reason, detail)
        for digest, state, detail in done
        for alert in digest.alerts
    ]
    left_to_mail = {(o.alert.key, o.channel) for o in agenda.held if o.reason is Reason.TAKEN_OVER}
    told = [
        outcome._replace(state=State.SUPERSEDED, reason=Reason.TAKEN_OVER)
        if (outcome.alert.key, outcome.channel) in left_to_mail
        else outcome
        for outcome in told
    ]
    tried = {(outcome.alert.key, outcome.channel) for outcome in told}
    return [*(o for o in _held(agenda) if (o.alert.key, o.channel) not in tried), *told]


def _waves(channels: Sequence[Channel]) -> Iterator[Sequence[Channel]]:
    """Chats before mail, since mail takes over what a chat refuses."""
    yield [channel for channel in channels if channel.chat]
    yield [channel for channel in channels if not channel.chat]


def _digests(agenda: Agenda, today: date, *, threads: bool) -> list[Digest]:
    return gather((_addressed(outcome, today) for outcome in agenda.send), threads=threads)


def _planned(agenda: Agenda) -> list[Outcome]:
    return [*_held(agenda), *agenda.send]


def _held(agenda: Agenda) -> list[Outcome]:
    """The alerts that are due and stay unsent; those that somebody heard of are no news."""
    return [outcome for outcome in agenda.held if outcome.reason not in _KNOWN]


def _addressed(outcome: Outcome, today: date) -> tuple[Alert, str | None, date]:
    alert, entry = outcome.alert._replace(reason=outcome.reason), outcome.entry
    if entry and entry.doubtful:
        return alert, entry.message_id, entry.day or today
    return alert, None, today


def _wanted(agenda: Agenda) -> Iterator[tuple[Alert, State, Reason]]:
    """What is new to the ledger: an alert that is under way already keeps its state."""
    for outcome in (*agenda.send, *agenda.held):
        if outcome.reason in (Reason.UNCONFIRMED, Reason.NOT_DELIVERED_YET):
            continue
        if outcome.state in (State.PLANNED, State.SILENCED):
            yield outcome.alert, outcome.state, outcome.reason


def _through(
    channel: Channel, digests: Sequence[Digest], ledger: Ledger, render: Render, now: datetime
) -> Iterator[tuple[Digest, State, str]]:
    """Send these digests through one channel and yield what became of each."""
    digests, spoiled = _allowed(channel, digests, ledger, now)
    if not digests:
        yield from spoiled
        return
    yield from send_all(channel, _written(digests, render, now, spoiled), ledger, now)
    yield from spoiled


def _allowed(
    channel: Channel, digests: Sequence[Digest], ledger: Ledger, now: datetime
) -> tuple[Sequence[Digest], list[tuple[Digest, State, str]]]:
    """The digests that the channel may still take today, and the rest with the reason.

    The rest, the least urgent, is not begun: in the ledger it stays as it was planned.
    """
    limit = channel.per_day
    if limit is None or not digests:
        return digests, []
    left = max(limit - ledger.sent_since(channel.name, now - _DAY), 0)
    kept = digests[left:]
    wait = "1 message waits" if len(kept) == 1 else f"{len(kept):,} messages wait"
    detail = f"The daily limit of {limit:,} messages is reached; {wait} for the next run."
    return digests[:left], [(_limited(digest), State.RETRY, detail) for digest in kept]


def _limited(digest: Digest) -> Digest:
    reason = Reason.LIMIT_REACHED
    return replace(digest, alerts=tuple(alert._replace(reason=reason) for alert in digest.alerts))


def _carried_first(digests: Sequence[Digest], agenda: Agenda) -> list[Digest]:
    """The digests, those first that an earlier run meant to send and did not, for any reason."""
    carried = {
        (outcome.alert.key, outcome.channel)
        for outcome in agenda.send
        if outcome.entry and outcome.entry.state is not State.SILENCED
    }
    return sorted(
        digests,
        key=lambda digest: carried.isdisjoint((a.key, a.channel) for a in digest.alerts),
    )


def _written(
    digests: Iterable[Digest],
    render: Render,
    now: datetime,
    spoiled: list[tuple[Digest, State, str]],
) -> Iterator[Message]:
    """One message after the other; a digest that cannot be written goes to `spoiled`."""
    if isinstance(render, Foresighted):
        digests = list(digests)
        # What goes wrong here goes wrong again for the one message that is to blame.
        with contextlib.suppress(Exception):
            render.prepare(digests)
    for digest in digests:
        try:
            message = render(digest, now)
        except Exception as error:  # whatever is in a cell, the other messages go out
            detail = f"The message could not be written ({type(error).__name__}: {error})."
            spoiled.append((digest, State.RETRY, detail))
        else:
            yield message
