"""What a message shows, as plain values: the text and the HTML part are made of the same page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from certsync.alerts import wording
from certsync.alerts.alert import Alert, Matter, Reason
from certsync.alerts.calendar import FILE_NAME
from certsync.alerts.digest import Digest
from certsync.alerts.hygiene import one_line
from certsync.alerts.stakes import Stake, Threat

_STAND_IN = {
    Reason.HOLDER_WITHOUT_ADDRESS: (
        "{person} has no usable e-mail address in Team Members: please pass this on, and write "
        "the address there."
    ),
    Reason.NOBODY_ELSE: "Nobody else can be told of this one: please take care of it.",
}

_AT_STAKE = 5
_HEADINGS = {"run": "Why the run stopped", "row": "Rows that need fixing"}
_INTROS = {
    "run": "certsync stopped before it wrote or sent anything else. Please look at the workbook.",
    "row": "These rows cannot be judged as they stand, so nobody is warned about them.",
}
_RUNS = {
    "Run Failed": (
        "Why the run failed",
        "The daily run ended with an error: the workbook may not show where things stand, and "
        "others may not have been warned.",
    ),
    "Run Missed": (
        "A time without a complete run",
        "certsync runs again. Whatever fell due meanwhile is told now.",
    ),
}
"""Heading and first sentence of what is told of a run, by its tier, where it was not the brake."""


@dataclass(frozen=True)
class Item:
    """One certification. `look` names the colours of its tier."""

    tier: str
    look: str
    certification: str
    when: str
    countdown: str
    follows: tuple[str, ...]
    ask: str
    owners: str
    renewal: str
    where: str
    note: str = ""


@dataclass(frozen=True)
class Group:
    """The certifications of one person; no name where they are all the reader's own."""

    person: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Problem:
    """One row that needs fixing, one reason why a run stopped, one program or pursuit.

    `badge` is the word for its state, such as Not Met, and `look` names the colours of that.
    """

    where: str
    problem: str
    fix: str
    title: str = ""
    badge: str = ""
    look: str = "row"


@dataclass(frozen=True)
class Section:
    """Problems of one kind under their heading; `more` counts those that did not fit."""

    heading: str
    problems: tuple[Problem, ...]
    more: int


@dataclass(frozen=True)
class Page:
    """A whole message. `more` counts the certifications that did not fit.

    `calendar` says what the calendar file holds; it is empty where there is none.
    """

    subject: str
    title: str
    greeting: str
    intro: str
    at_stake: tuple[str, ...]
    groups: tuple[Group, ...]
    more: int
    calendar: str
    sections: tuple[Section, ...]
    why: str
    pause: str
    workbook: str
    as_of: str


def page(
    digest: Digest,
    stakes: Mapping[int, Stake],
    *,
    workbook: str,
    as_of: date,
    contact: str,
    limit: int,
) -> Page:
    """What `digest` says.

    Args:
        digest: The alerts, most urgent first.
        stakes: What hangs on each record, by `Matter.record`.
        workbook: Its name as people know it.
        as_of: The day the alerts were decided on.
        contact: Whom to ask, in a few words.
        limit: How many certifications and how many rows to fix are shown at most.
    """
    expiring = [alert for alert in digest.alerts if alert.about.kind == "expiry"]
    name = one_line(digest.to.name, 80)
    return Page(
        subject=wording.subject(digest.alerts, workbook, as_of),
        title=wording.headline(digest.alerts, workbook),
        greeting=f"Hello {name}," if name else "Hello,",
        intro=_intro(digest.alerts),
        at_stake=tuple(_at_stake(expiring, stakes)),
        groups=tuple(_groups(expiring[:limit], stakes)),
        more=max(len(expiring) - limit, 0),
        calendar=_calendar(len(expiring), limit),
        sections=tuple(_sections([alert.about for alert in digest.alerts], limit)),
        why=_why(digest.alerts),
        pause=f"To pause a certification, write a date in its Snooze Until cell. {contact}",
        workbook=one_line(workbook, 80),
        as_of=wording.long_date(as_of),
    )


def _intro(alerts: Sequence[Alert]) -> str:
    expiring = [alert for alert in alerts if alert.about.kind == "expiry"]
    if not expiring:
        first = alerts[0].about
        return _RUNS[first.tier][1] if first.tier in _RUNS else _INTROS[first.kind]
    if all("holder" in alert.to.roles for alert in expiring):
        return "Here is what expires, what hangs on it, and what to do now."
    return "Here is what expires, whose it is, what hangs on it, and what to do now."


def _calendar(dates: int, limit: int) -> str:
    if not dates:
        return ""
    if dates == 1:
        return f"For your calendar: {FILE_NAME} holds the date."
    held = f"the first {limit} dates" if dates > limit else f"these {dates} dates"
    return f"For your calendar: {FILE_NAME} holds {held}."


def _at_stake(expiring: Sequence[Alert], stakes: Mapping[int, Stake]) -> list[str]:
    """Every requirement that breaks, on its first day; nothing where one card says it all."""
    if len(expiring) < 2:
        return []
    first: dict[int, Threat] = {}
    for alert in expiring:
        for threat in _stake(alert.about, stakes).threats:
            known = first.setdefault(threat.requirement, threat)
            if threat.on < known.on:
                first[threat.requirement] = threat
    ordered = sorted(first.values(), key=lambda threat: (threat.on, threat.line))
    lines = [threat.line for threat in ordered[:_AT_STAKE]]
    if len(ordered) > _AT_STAKE:
        lines.append(f"and {len(ordered) - _AT_STAKE} more in the Dashboard")
    return lines


def _stake(about: Matter, stakes: Mapping[int, Stake]) -> Stake:
    return stakes.get(-1 if about.record is None else about.record, Stake())


def _sections(matters: Sequence[Matter], limit: int) -> Iterator[Section]:
    for kind, heading in _HEADINGS.items():
        found = [matter for matter in matters if matter.kind == kind]
        if found:
            problems = (
                Problem(one_line(m.where), one_line(m.problem, 300), one_line(m.fix, 300))
                for m in found[:limit]
            )
            heading = _RUNS.get(found[0].tier, (heading,))[0]
            yield Section(heading, tuple(problems), max(len(found) - limit, 0))


def _groups(expiring: Sequence[Alert], stakes: Mapping[int, Stake]) -> Iterator[Group]:
    """One group a person, the person with the most urgent certification first."""
    first: dict[str, int] = {}
    for position, alert in enumerate(expiring):
        first.setdefault(_holder(alert.about), position)
    alone = all("holder" in alert.to.roles for alert in expiring)
    ordered = sorted(expiring, key=lambda alert: first[_holder(alert.about)])
    for _, alerts in groupby(ordered, key=lambda alert: _holder(alert.about)):
        members = list(alerts)
        person = "" if alone else one_line(members[0].about.person, 80)
        if person and "holder" in members[0].to.roles:
            person += " (you)"
        yield Group(person, tuple(_item(alert, stakes) for alert in members))


def _holder(about: Matter) -> str:
    return about.employee_id or about.person


def _item(alert: Alert, stakes: Mapping[int, Stake]) -> Item:
    about = alert.about
    stake = _stake(about, stakes)
    expires = about.expires or date.max
    today = about.days_to_expiry == 0 and not about.days
    note = _STAND_IN.get(alert.to.stands_in) if alert.to.stands_in else None
    return Item(
        tier="Last Day" if today else one_line(about.tier, 40),
        look=wording.tone(about.days or 0).look,
        certification=one_line(about.certification),
        when=wording.long_date(expires),
        countdown=wording.countdown(about.days_to_expiry or 0),
        follows=stake.lines,
        ask=wording.GIVEN_UP if stake.given_up else wording.ask(about),
        owners=_owners(about, stake),
        renewal=stake.renewal,
        where=one_line(about.where, 80),
        note=note.format(person=one_line(about.person, 80)) if note else "",
    )


def _owners(about: Matter, stake: Stake) -> str:
    """Who has to act, each with what is theirs."""
    owned = {one_line(about.person, 80): ["holder"]}
    for name, what in stake.owners:
        owned.setdefault(name, []).append(what)
    return ", ".join(f"{name} ({', '.join(what)})" for name, what in owned.items())


def _why(alerts: Sequence[Alert]) -> str:
    words = {
        "holder": "hold a certification",
        "manager": "manage a holder",
        "coordinator": "coordinate certifications",
        "leadership": "lead the agency",
    }
    roles = dict.fromkeys(role for alert in alerts for role in alert.to.roles)
    known = [words[role] for role in roles if role in words] or ["are named in the config"]
    return f"You receive this because you {' and '.join(known)}."
