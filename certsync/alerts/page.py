"""What a message shows, as plain values: the text and the HTML part are made of the same page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from certsync.alerts import headlines, wording
from certsync.alerts.alert import ABOVE, PLACE, Alert, Matter, Reason, Recipient
from certsync.alerts.asks import ask
from certsync.alerts.calendar import FILE_NAME
from certsync.alerts.digest import Digest
from certsync.alerts.hygiene import one_line
from certsync.alerts.stakes import Stake, Threat

_STAND_IN = {
    Reason.HOLDER_WITHOUT_ADDRESS: (
        "{person} has no usable e-mail address in Team Members: please pass this on, and write "
        "the address there."
    ),
    Reason.HOLDER_ON_LEAVE: "{person} is on leave: you hear this instead.",
    Reason.NOBODY_ELSE: "Nobody else can be told of this one: please take care of it.",
    Reason.NO_REACTION: (
        "{person} and the manager were told, and nothing has moved in the workbook since."
    ),
}

ALSO = 200
"""So many certifications without a card of their own are named in a line each."""

_AT_STAKE = 5
_HEADINGS = {
    "program": "Programs and clients",
    "run": "",
    "pursuit": "Pursuits",
    "row": "Rows that need fixing",
}
"""The sections in their order; that of a run says what happened to it."""

_ABOVE = {"program"}
"""What stands above the certifications: it is what they endanger."""

_PAUSE = "To pause a certification, write a date in its Snooze Until cell."
_ROWS = (
    "certsync cannot judge these rows as they stand, so nobody is warned about them until they "
    "are put right."
)
_ROLES = {
    "holder": "hold a certification",
    "manager": "manage a holder",
    ABOVE: "are next after the manager of a holder",
    "owner": "own a program or client",
    "coordinator": "coordinate certifications",
    "leadership": "lead the agency",
}


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

    `badge` is the word for its state, such as Not Met, and `look` names the colours of that. What
    has no badge has no title either: its `where` comes first.
    """

    where: str
    problem: str
    fix: str
    title: str = ""
    badge: str = ""
    look: str = "row"


@dataclass(frozen=True)
class Section:
    """Problems of one kind under their heading; `more` counts those that did not fit.

    `tabs` says where they are: `the tab Pursuits`. `above` where it belongs above the
    certifications.
    """

    heading: str
    problems: tuple[Problem, ...]
    more: int
    tabs: str = "the Dashboard"
    above: bool = False


@dataclass(frozen=True)
class Page:
    """A whole message. `more` counts the certifications that have no card.

    `also` names them in a line each, but for the last `unnamed`; these are in `tabs`. `calendar`
    says what the calendar file holds; it is empty where there is none.
    """

    subject: str
    title: str
    greeting: str
    intro: str
    at_stake: tuple[str, ...]
    groups: tuple[Group, ...]
    more: int
    also: tuple[str, ...]
    unnamed: int
    tabs: str
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
    also: int = ALSO,
) -> Page:
    """What `digest` says.

    Args:
        digest: The alerts, most urgent first.
        stakes: What hangs on each record, by `Matter.record`.
        workbook: Its name as people know it.
        as_of: The day the alerts were decided on.
        contact: Whom to ask, in a few words.
        limit: How many certifications and how many rows to fix are shown at most.
        also: How many more certifications are named at most.
    """
    alerts = digest.alerts
    expiring = [alert for alert in alerts if alert.about.kind == "expiry"]
    return Page(
        subject=headlines.subject(alerts, workbook, as_of),
        title=headlines.headline(alerts, workbook),
        greeting=_greeting(digest.to),
        intro=_intro(alerts),
        at_stake=tuple(_at_stake(alerts, expiring, stakes)),
        groups=tuple(_groups(expiring[:limit], stakes)),
        more=max(len(expiring) - limit, 0),
        also=tuple(
            brief(group.person, item)
            for group in _groups(expiring[limit : limit + also], stakes)
            for item in group.items
        ),
        unnamed=max(len(expiring) - limit - also, 0),
        tabs=_tabs(expiring),
        calendar=_calendar(len(expiring), limit),
        sections=tuple(_sections(alerts, limit)),
        why=_why(alerts),
        pause=f"{_PAUSE} {contact}" if expiring else contact,
        workbook=one_line(workbook, 80),
        as_of=wording.long_date(as_of),
    )


def _greeting(to: Recipient) -> str:
    name = "" if PLACE in to.roles else one_line(to.name, 80)
    return f"Hello {name}," if name else "Hello,"


def _intro(alerts: Sequence[Alert]) -> str:
    by_kind = {alert.about.kind: alert.about for alert in reversed(alerts)}
    if run := headlines.run_alone(alerts):
        return wording.run_words(run).intro
    expiring = [alert for alert in alerts if alert.about.kind == "expiry"]
    whose = "" if all("holder" in alert.to.roles for alert in expiring) else "whose it is, "
    parts = {
        "program": "what turned",
        "expiry": f"what expires, {whose}what hangs on it",
        "pursuit": "what does not move on",
    }
    if {alert.about.tier for alert in alerts} == {"Recovered"}:
        return "Here is what turned for the better."
    said = [part for kind, part in parts.items() if kind in by_kind]
    if said:
        return f"Here is {', '.join(said)}, and what to do now."
    return _ROWS if "row" in by_kind else one_line(by_kind["quiet"].problem, 500)


def _calendar(dates: int, limit: int) -> str:
    if not dates:
        return ""
    if dates == 1:
        return f"For your calendar: {FILE_NAME} holds the date."
    held = f"the first {limit} dates" if dates > limit else f"these {dates} dates"
    return f"For your calendar: {FILE_NAME} holds {held}."


def _at_stake(
    alerts: Sequence[Alert], expiring: Sequence[Alert], stakes: Mapping[int, Stake]
) -> list[str]:
    """Every requirement that breaks, on its first day; nothing where one card says it all."""
    if len(expiring) < 2:
        return []
    told = {
        alert.about.requirement
        for alert in alerts
        if alert.about.kind == "program" and alert.about.tier != "Recovered"
    }
    first: dict[int, Threat] = {}
    for alert in expiring:
        for threat in _stake(alert.about, stakes).threats:
            if threat.requirement in told:
                continue
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


def _sections(alerts: Sequence[Alert], limit: int) -> Iterator[Section]:
    for kind, heading in _HEADINGS.items():
        found = [alert for alert in alerts if alert.about.kind == kind]
        if found:
            if kind == "program":
                found.sort(key=lambda alert: headlines.severity(alert.about))
            yield Section(
                heading or wording.run_words(found[0].about).heading,
                tuple(_problem(alert) for alert in found[:limit]),
                max(len(found) - limit, 0),
                _tabs(found),
                kind in _ABOVE,
            )


def _problem(alert: Alert) -> Problem:
    about = alert.about
    plain = Problem(
        one_line(about.where, 80), one_line(about.problem, 300), one_line(about.fix, 300)
    )
    if about.kind not in ("program", "pursuit"):
        return plain
    title = one_line(about.title, 80) if about.kind == "program" else headlines.pursued(alert)
    return replace(
        plain,
        title=title,
        badge=one_line(about.tier, 40),
        look=wording.look(about),
    )


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
        look=wording.look(about),
        certification=one_line(about.certification),
        when=wording.long_date(expires),
        countdown=wording.remaining(about),
        follows=stake.lines,
        ask=ask(about, alert.to, stake),
        owners=_owners(about, stake),
        renewal=stake.renewal,
        where=one_line(about.where, 80),
        note=note.format(person=one_line(about.person, 80)) if note else "",
    )


def brief(person: str, item: Item) -> str:
    """One certification in a line: `Tom Reed: CKA, expired yesterday (15 March 2026)`."""
    whose = f"{person}: " if person else ""
    return f"{whose}{one_line(item.certification, 80)}, {item.countdown} ({item.when})"


def _tabs(alerts: Sequence[Alert]) -> str:
    """`the tabs Certifications and Pursuits`: where these alerts have their rows."""
    names = [alert.about.where.rpartition("!")[0] for alert in alerts]
    *first, last = dict.fromkeys(one_line(name, 40) for name in names if name) or [""]
    if not last:
        return "the Dashboard"
    return f"the tabs {', '.join(first)} and {last}" if first else f"the tab {last}"


def _owners(about: Matter, stake: Stake) -> str:
    """Who has to act, each with what is theirs."""
    owned = {one_line(about.person, 80): ["holder"]}
    for name, what in stake.owners:
        owned.setdefault(name, []).append(what)
    return ", ".join(f"{name} ({', '.join(what)})" for name, what in owned.items())


def _why(alerts: Sequence[Alert]) -> str:
    roles = dict.fromkeys(role for alert in alerts for role in alert.to.roles)
    if PLACE in roles:
        return "This channel is named in the config."
    known = [_ROLES[role] for role in roles if role in _ROLES] or ["are named in the config"]
    return f"You receive this because you {' and '.join(known)}."
