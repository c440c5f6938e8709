"""Who has to be told of what on which day: plain dates and dictionaries, and nothing of certsync's.

A second opinion on policy and ledger together. A tier is the pair (days, follow-up), and a pair
with fewer days or a later follow-up is the tighter one. Somebody hears of a certification with
one expiration date only what is tighter than anything they heard of it before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

TIERS = {
    180: ("holder", "manager"),
    90: ("holder", "manager", "coordinator"),
    60: ("holder", "manager", "coordinator", "leadership"),
    30: ("holder", "manager", "coordinator", "leadership"),
    0: ("holder", "manager", "coordinator", "leadership"),
}
WEEK = 7


@dataclass
class Person:
    """A row of Team Members; `manager` is an ID."""

    id: str
    email: str
    manager: str = ""
    status: str = "Active"


@dataclass
class Record:
    """A row of Certifications; `expires` is None for one that does not expire."""

    person: str
    name: str
    expires: date | None
    earned: date | None = None
    snooze: date | None = None
    rejected: bool = False


class Telling(NamedTuple):
    """One alert for one person: the series (person, certification, date), the tier, the address."""

    person: str
    name: str
    expires: date
    days: int
    follow_up: int
    recipient: str

    @property
    def series(self) -> tuple[str, str, date]:
        """What is told of."""
        return self.person, self.name, self.expires

    @property
    def rank(self) -> tuple[int, int]:
        """The smaller, the tighter."""
        return self.days, -self.follow_up


@dataclass
class Oracle:
    """The workbook as plain values, and all that was told: when each telling was, in `history`."""

    people: dict[str, Person]
    records: list[Record]
    coordinator: str
    leadership: Sequence[str]
    history: dict[Telling, date] = field(default_factory=dict)
    best: dict[tuple[tuple[str, str, date], str], tuple[int, int]] = field(default_factory=dict)

    def run(self, today: date) -> set[Telling]:
        """A run on this day: what it tells, which is from now on told."""
        news = {one for one in self.due(today) if self.is_news(one)}
        for one in news:
            self.history[one] = today
            self.best[one.series, one.recipient] = one.rank
        return news

    def is_news(self, telling: Telling) -> bool:
        """Whether this person heard nothing as tight of this certification."""
        best = self.best.get((telling.series, telling.recipient))
        return best is None or telling.rank < best

    def due(self, today: date) -> set[Telling]:
        """All that holds on this day, told before or not."""
        found = set()
        for record in self.leading(today):
            if not self.silent(record) and not asleep(record, today):
                found |= self.of(record, today)
        return found

    def of(self, record: Record, today: date) -> set[Telling]:
        """What holds of one record, awake or not."""
        expires = record.expires
        step = crossed((expires - today).days) if expires else None
        if step is None or expires is None:
            return set()
        return {
            Telling(record.person, record.name, expires, *step, email)
            for email in self.audience(record.person, TIERS[step[0]])
        }

    def silent(self, record: Record) -> bool:
        """Whether it alerts nobody, whatever its date."""
        return record.expires is None or self.people[record.person].status == "Departed"

    def leading(self, today: date) -> list[Record]:
        """Of the records of one person and certification the one that counts."""
        lead: dict[tuple[str, str], Record] = {}
        for record in self.records:
            if record.rejected or (record.earned and record.earned > today):
                continue
            other = lead.get((record.person, record.name))
            if other is None or weight(record) > weight(other):
                lead[record.person, record.name] = record
        return list(lead.values())

    def audience(self, holder: str, roles: Sequence[str]) -> set[str]:
        """The addresses behind the roles; somebody stands in for a holder without one."""
        person = self.people[holder]
        reached: dict[str, set[str]] = {
            "holder": self._address(holder),
            "manager": self._address(person.manager),
            "coordinator": {self.coordinator},
            "leadership": set(self.leadership),
        }
        if person.status == "On Leave":
            instead = reached["manager"] or reached["coordinator"]
            reached["holder"] = instead or reached["holder"]
        told: set[str] = set().union(*(reached[role] for role in roles))
        if not reached["holder"]:
            told |= reached["manager"] or reached["coordinator"]
        return told

    def _address(self, who: str) -> set[str]:
        person = self.people.get(who)
        gone = person is None or person.status == "Departed" or not person.email
        return set() if gone or person is None else {person.email}


def crossed(left: int) -> tuple[int, int] | None:
    """The tightest tier crossed with so many days left, and the number of its follow-up."""
    days = [tier for tier in TIERS if left <= tier]
    if not days:
        return None
    return (0, -left // WEEK) if min(days) == 0 else (min(days), 0)


def asleep(record: Record, today: date) -> bool:
    """Whether its row is snoozed until a later day."""
    return record.snooze is not None and record.snooze > today


def weight(record: Record) -> tuple[date, date]:
    """Of two records the heavier counts: what expires last, then what was earned last."""
    return record.expires or date.max, record.earned or date.min


def by_day(history: Mapping[Telling, date], series: tuple[str, str, date]) -> dict[Telling, date]:
    """What was told of one series, and when."""
    return {one: day for one, day in history.items() if one.series == series}
