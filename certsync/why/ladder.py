"""The tiers of one certification, widest first, each with its state, its reason and its day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from certsync.alerts.alert import Reason, State
from certsync.alerts.ledger import Told
from certsync.alerts.outcome import Outcome
from certsync.alerts.tiers import Tier
from certsync.dashboard.text import counted
from certsync.why.escalation import Coming

Word = Literal[
    "due now", "retry", "uncertain", "failed", "muted", "cancelled", "sent", "passed", "not yet",
    "none",
]  # fmt: skip
URGENT: tuple[Word, ...] = (
    "failed", "uncertain", "retry", "due now", "muted", "sent", "cancelled", "passed", "not yet",
    "none",
)  # fmt: skip
"""The words for a state; that of a whole tier is the first that one of its people is in."""

Rank = tuple[int, int]
"""The days of a tier, and the number of a follow-up or 0."""

Names = Mapping[str, str]
"""Addresses in small letters -> the names of those behind them."""

Closed = Mapping[tuple[str, str], tuple[State, Reason]]
"""(key, channel) of an open alert -> what the next run makes of it, since it is due no more."""

_DAY = timedelta(days=1)
_ABOVE = "If nothing moves until then: the manager's manager."
_NEXT = "The next run sends it."
_PLANNED: Mapping[Reason, tuple[Word, str]] = {
    Reason.HOLDER_WITHOUT_ADDRESS: (
        "due now",
        f"{_NEXT} The holder cannot be written to, so this person stands in.",
    ),
    Reason.HOLDER_ON_LEAVE: (
        "due now",
        f"{_NEXT} The holder is on leave, so this person stands in.",
    ),
    Reason.NOBODY_ELSE: ("due now", f"{_NEXT} Nobody else can be told."),
    Reason.NO_REACTION: (
        "due now",
        f"{_NEXT} Nothing has moved since the manager was told, so the manager's manager is next.",
    ),
    Reason.CHANNEL_REFUSED: ("due now", f"{_NEXT} The chat does not know this person."),
    Reason.CHANNEL_SILENT: ("due now", f"{_NEXT} The chat has not delivered it for days."),
    Reason.NOT_DELIVERED_YET: ("retry", "It was not delivered; the next run tries again."),
    Reason.UNCONFIRMED: (
        "uncertain",
        "It may have arrived; the next run sends the same message again.",
    ),
}
_HELD: Mapping[Reason, tuple[Word, str]] = {
    Reason.ALREADY_SENT: ("sent", ""),
    Reason.TIGHTER_TIER_SENT: ("muted", "A tighter tier was sent before."),
    Reason.REFUSED_BEFORE: ("failed", "The address was refused; the next tier tries anew."),
    Reason.TAKEN_OVER: ("passed", "Not delivered here for days: mail took over."),
    Reason.NO_RECIPIENT: ("failed", "No address is known of anybody it would go to."),
}
_SETTLED: Mapping[State, tuple[Word, str]] = {
    State.SENT: ("sent", ""),
    State.FAILED: ("failed", "The address was refused; the next tier tries anew."),
    State.UNCERTAIN: ("uncertain", "It may have arrived. It is due no more at this address."),
    State.RETRY: ("retry", "It was not delivered."),
    State.SUPERSEDED: ("muted", "A tighter tier took its place."),
    State.SILENCED: ("muted", "The row was asleep."),
    State.CANCELLED: ("cancelled", "It was due no more."),
}
_ELSEWHERE: tuple[Word, str] = ("cancelled", "Somebody else is told now.")


@dataclass(frozen=True)
class Line:
    """What became of a tier for one person through one channel.

    `on` is the day of the last decision in the ledger, None where there is none yet; of what is
    not yet due it is the day on which it will be. `reason` is a sentence, `detail` what the other
    side answered.
    """

    state: Word
    recipient: str
    name: str
    channel: str
    on: date | None = None
    reason: str = ""
    detail: str = ""

    def as_json(self) -> dict[str, Any]:
        """The line as plain values."""
        return {
            "recipient": self.recipient,
            "channel": self.channel,
            "state": self.state,
            "on": self.on.isoformat() if self.on else None,
            "reason": self.reason,
            "detail": self.detail,
        }


@dataclass(frozen=True)
class Step:
    """One tier or follow-up, for the roles and addresses in `to`.

    Without `lines`, `quiet` is its state and `reason` a few words. `coming` are people who are
    told in it later than the others.
    """

    tier: str
    days: int | None
    follow_up: int
    begins: date | None
    to: tuple[str, ...] = ()
    quiet: Word = "none"
    reason: str = ""
    lines: tuple[Line, ...] = ()
    coming: tuple[Line, ...] = ()

    @property
    def state(self) -> Word:
        """The one word for the whole step."""
        return min((line.state for line in self.lines), key=URGENT.index, default=self.quiet)

    @property
    def title(self) -> str:
        """The tier's name, with the number of a follow-up."""
        return f"{self.tier}, follow-up {self.follow_up}" if self.follow_up else self.tier

    def as_json(self) -> dict[str, Any]:
        """The step as plain values."""
        return {
            "tier": self.tier,
            "days": self.days,
            "follow_up": self.follow_up,
            "to": list(self.to),
            "begins": self.begins.isoformat() if self.begins else None,
            "state": self.state,
            "reason": self.reason,
            "people": [line.as_json() for line in (*self.lines, *self.coming)],
        }


def lines(
    outcomes: Iterable[Outcome], told: Iterable[Told], closed: Closed, names: Names
) -> list[Line]:
    """What the next run does with each alert, and what the ledger holds of all others."""
    known = {(one.key, one.channel): one for one in told}
    found = []
    for outcome in outcomes:
        before = known.pop((outcome.alert.key, outcome.channel), None)
        word, reason = _of(outcome)
        found.append(
            Line(
                word,
                outcome.recipient,
                outcome.alert.to.name,
                outcome.channel,
                before.at.date() if before else None,
                reason,
                before.detail if before and word != "sent" else "",
            )
        )
    for key, one in known.items():
        state, why = closed.get(key, (one.state, one.reason))
        moved = state is State.CANCELLED and why == Reason.NO_LONGER_ADDRESSED
        word, reason = _ELSEWHERE if moved else _SETTLED.get(state, ("cancelled", ""))
        if why == Reason.TAKEN_OVER:
            word, reason = _HELD[Reason.TAKEN_OVER]
        name = names.get(one.recipient.lower(), "")
        detail = one.detail if word != "sent" else ""
        found.append(Line(word, one.recipient, name, one.channel, one.at.date(), reason, detail))
    return found


def _of(outcome: Outcome) -> tuple[Word, str]:
    if outcome.state is State.PLANNED:
        return _PLANNED.get(outcome.reason, ("due now", _NEXT))
    if outcome.reason is Reason.REFUSED_BEFORE and outcome.alert.instead:
        return "failed", f"The chat does not know this person; {outcome.alert.instead} takes over."
    if outcome.reason in _HELD:
        return _HELD[outcome.reason]
    entry, until = outcome.entry, outcome.alert.about.snoozed_until
    if outcome.reason is Reason.WAITING and entry and entry.not_before:
        word: Word = "uncertain" if outcome.state is State.UNCERTAIN else "retry"
        return word, f"It is tried again on {entry.not_before.isoformat()}, not before."
    if until:
        return "muted", f"The row sleeps until {until.isoformat()}."
    return _SETTLED.get(outcome.state, ("muted", outcome.reason.replace("_", " ")))


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The days of one certification's tiers.

    `today` is the day of the next run, `asleep` the end of a snooze after today; `silent` says
    that the record alerts nobody, whatever its date.
    """

    tiers: Collection[Tier]
    expires: date
    today: date
    silent: bool = False
    asleep: date | None = None

    def begins(self, days: int, follow_up: int) -> date | None:
        """The first day of a tier or follow-up; None where the config has none of these days."""
        tier = next((tier for tier in self.tiers if tier.days == days), None)
        if tier is None:
            return None
        return self.expires + timedelta(days=(tier.follow_up_every or 0) * follow_up - days)

    def turning(self) -> set[date]:
        """The days on which a tier or follow-up begins, or the snooze ends.

        Follow-ups of the tightest tier go on for ever: of those the next two are given.
        """
        found = {self.asleep} if self.asleep else set()
        for tier in self.tiers:
            begins = self.expires - timedelta(days=tier.days)
            end = self._ends(tier.days)
            every = timedelta(days=tier.follow_up_every or 0)
            found.add(begins)
            if every:
                gone = max(self.today - begins, timedelta()) // every
                last = gone + 2 if end is None else max((end - begins - _DAY) // every, 0)
                found |= {begins + number * every for number in range(gone, last + 1)}
        return found

    def next_follow_up(self) -> dict[Rank, str]:
        """The follow-up that comes next, unless a tighter tier begins before it."""
        begun = [t for t in self.tiers if self.expires - timedelta(days=t.days) <= self.today]
        tier = min(begun, key=lambda tier: tier.days, default=None)
        if tier is None or tier.follow_up_every is None or self.silent:
            return {}
        since = (self.today - self.expires).days + tier.days
        rank = (tier.days, since // tier.follow_up_every + 1)
        begins, end = self.begins(*rank), self._ends(tier.days)
        return {rank: tier.name} if begins and (end is None or begins < end) else {}

    def quiet(self, days: int, follow_up: int) -> tuple[Word, str]:
        """How a step stands of which neither the ledger nor the next run knows anything."""
        begins, end = self.begins(days, follow_up), self._ends(days)
        if self.silent or begins is None:
            return "none", ""
        if begins <= self.today:
            return "passed", "Not sent: a tighter one had begun."
        if self.asleep is None or self.asleep <= begins:
            return "not yet", f"It begins in {counted((begins - self.today).days, 'day')}."
        sleeps = f"The row sleeps until {self.asleep.isoformat()}"
        if end and end <= self.asleep:
            return "muted", f"{sleeps}; a tighter tier has begun by then."
        return "muted", f"{sleeps}."

    def to(self, days: int) -> tuple[str, ...]:
        """The roles and addresses that a tier tells."""
        return next((tier.to for tier in self.tiers if tier.days == days), ())

    def _ends(self, days: int) -> date | None:
        """The day on which the next tighter tier begins."""
        tighter = max((tier.days for tier in self.tiers if tier.days < days), default=None)
        return None if tighter is None else self.expires - timedelta(days=tighter)


def ladder(
    calendar: Calendar,
    outcomes: Sequence[Outcome],
    told: Sequence[Told],
    closed: Closed,
    names: Names,
    coming: Sequence[Coming] = (),
) -> list[Step]:
    """Every tier of a certification, with the follow-ups that were told and the one that is next.

    Args:
        calendar: The days of its tiers.
        outcomes: What the next run does with each alert of this record.
        told: What the ledger knows of its series.
        closed: What the next run closes.
        names: Who is behind an address.
        coming: What goes to a manager's manager later.
    """
    titles: dict[Rank, str] = {(tier.days, 0): tier.name for tier in calendar.tiers}
    titles |= calendar.next_follow_up()
    planned, known = defaultdict[Rank, list[Outcome]](list), defaultdict[Rank, list[Told]](list)
    for entry in told:
        known[entry.days or 0, entry.follow_up].append(entry)
        titles.setdefault((entry.days or 0, entry.follow_up), entry.tier)
    for outcome in outcomes:
        about = outcome.alert.about
        planned[about.days or 0, about.follow_up].append(outcome)
        titles.setdefault((about.days or 0, about.follow_up), about.tier)
    above = defaultdict[Rank, list[Line]](list)
    for one in coming:
        about, who = one.alert.about, one.alert.to
        titles.setdefault((about.days or 0, about.follow_up), about.tier)
        above[about.days or 0, about.follow_up].append(
            Line("not yet", who.email, who.name, one.alert.channel, one.on, _ABOVE)
        )
    found = []
    for rank in sorted(titles, key=lambda rank: (-rank[0], rank[1])):
        here = tuple(lines(planned[rank], known[rank], closed, names))
        quiet, reason = calendar.quiet(*rank)
        reason = "" if here else reason
        begins, to = calendar.begins(*rank), calendar.to(rank[0])
        found.append(Step(titles[rank], *rank, begins, to, quiet, reason, here, tuple(above[rank])))
    return found
