"""One alert as a value: what it is about, who is told, through which channel, and why.

The values are named tuples: a large workbook makes tens of thousands of them in a run.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal, NamedTuple


class State(StrEnum):
    """Where an alert stands. `OPEN` ones still ask for something to happen."""

    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    SILENCED = "silenced"


PLACE = "channel"
"""The role of a recipient who is no person but a place that many read."""

ABOVE = "manager's manager"
"""The role of who is next where the manager was told and nothing moves."""

OPEN = frozenset({State.PLANNED, State.SENDING, State.RETRY, State.UNCERTAIN, State.SILENCED})


class Reason(StrEnum):
    """Why an alert is sent, or why it is not."""

    FIRST_NOTICE = "first_notice"
    TIER_CROSSED = "tier_crossed"
    FOLLOW_UP = "follow_up"
    HOLDER_WITHOUT_ADDRESS = "holder_without_address"
    HOLDER_ON_LEAVE = "holder_on_leave"
    NOBODY_ELSE = "nobody_else"
    NO_REACTION = "no_reaction"
    CHANNEL_REFUSED = "channel_refused"
    CHANNEL_SILENT = "channel_silent"
    STATE_CHANGED = "state_changed"
    DATA_PROBLEM = "data_problem"
    RUN_STOPPED = "run_stopped"
    RUN_FAILED = "run_failed"
    RUN_MISSED = "run_missed"
    ALL_QUIET = "all_quiet"
    NOT_DELIVERED_YET = "not_delivered_yet"
    UNCONFIRMED = "unconfirmed"

    ALREADY_SENT = "already_sent"
    TIGHTER_TIER_SENT = "tighter_tier_sent"
    WAITING = "waiting"
    LIMIT_REACHED = "limit_reached"
    REFUSED_BEFORE = "refused_before"
    TAKEN_OVER = "taken_over"
    SNOOZED = "snoozed"
    NO_RECIPIENT = "no_recipient"
    TIGHTER_TIER_DUE = "tighter_tier_due"
    NO_LONGER_DUE = "no_longer_due"
    NO_LONGER_ADDRESSED = "no_longer_addressed"


Kind = Literal["expiry", "program", "pursuit", "row", "run", "quiet"]


class Matter(NamedTuple):
    """What an alert is about: a certification that expires, a program that turned, a row to fix.

    `series` names it for good (workbook, person, certification and expiration date, or the
    finding); `step` is the tier or follow-up within the series, `days` the tier's days and
    `follow_up` 0 for the tier itself. `where` is a cell such as `Certifications!F17`, `record`
    the position in the certifications of the facts, `requirement` that in the requirements.
    `snoozed_until` is set while the row sleeps. `thread` is the same for matters that belong
    into one message: a program and the certifications that it hangs on. `ask` is what the tier
    asks for where the config says it in words of its own.

    Only a certification has dates, days and a record; anything else has a `title` (a program, a
    pursuit), a `problem` and a `fix`, and in `tier` the word for its state.
    """

    kind: Kind
    series: str
    step: str
    tier: str
    where: str
    days: int | None = None
    follow_up: int = 0
    employee_id: str = ""
    person: str = ""
    certification: str = ""
    expires: date | None = None
    days_to_expiry: int | None = None
    record: int | None = None
    snoozed_until: date | None = None
    problem: str = ""
    fix: str = ""
    title: str = ""
    requirement: int | None = None
    thread: str = ""
    ask: str = ""

    @property
    def name(self) -> str:
        """The certification, or the program that turned; empty for what has no name."""
        return self.certification or self.title

    @property
    def rank(self) -> tuple[int, int]:
        """The smaller, the tighter: fewer days, then the later follow-up."""
        return (self.days or 0, -self.follow_up)


class Recipient(NamedTuple):
    """Somebody who is told, and in which roles. `email` is empty where nobody can be told.

    A place in a chat where everybody reads has its name in `email` and the role `channel`.
    `stands_in` is the reason why this person hears what another one should, or why nobody does.
    """

    email: str
    name: str
    roles: tuple[str, ...]
    stands_in: Reason | None = None


class Alert(NamedTuple):
    """One matter for one person through one channel. `reason` says why, in one word.

    `instead` is the channel that takes over where this one refuses the person for good, or
    delivers nothing for days.
    """

    about: Matter
    to: Recipient
    channel: str
    reason: Reason
    instead: str = ""

    @property
    def key(self) -> str:
        """The identity that goes out at most once through each channel."""
        return f"{self.about.series}|{self.about.step}|{self.to.email.lower()}"


def series(*parts: str) -> str:
    """The name of a series from its parts; a `|` inside a part cannot imitate a border."""
    name = "|".join(parts)
    if name.count("|") < len(parts) and "%" not in name:
        return name
    return "|".join(part.replace("%", "%25").replace("|", "%7C") for part in parts)


def parts(name: str) -> list[str]:
    """The parts `series` made the name of."""
    found = name.split("|")
    if "%" not in name:
        return found
    return [part.replace("%7C", "|").replace("%25", "%") for part in found]
