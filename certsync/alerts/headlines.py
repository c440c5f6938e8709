"""The headline and the subject line of a message: fit to be read in a list of mails.

A program that is Not Met or At Risk comes first, it is what the certifications endanger. Rows to
fix are named only where there is nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from certsync.alerts.alert import Alert, Matter, Reason
from certsync.alerts.hygiene import one_line
from certsync.alerts.wording import countdown, run_words, short_date

ALL_QUIET = "All quiet: nothing needs you this week"

_LENGTH = 120
_WORST_FIRST = ("Not Met", "At Risk", "Recovered")


def headline(alerts: Sequence[Alert], workbook: str) -> str:
    """`2 certifications expire within 30 days`; one matter is told in full in the subject."""
    name = one_line(workbook, 60)
    if run := run_alone(alerts):
        return one_line(run.title, _LENGTH) or run_words(run).headline.format(workbook=name)
    turned, recovered = _programs(alerts)
    clauses = [
        _turned(turned),
        _expiring([alert for alert in alerts if alert.about.kind == "expiry"]),
        _pursuing([alert for alert in alerts if alert.about.kind == "pursuit"]),
        _turned(recovered),
    ]
    said = [clause for clause in clauses if clause]
    if said:
        return "; ".join(said[:2])
    rows = sum(alert.about.kind == "row" for alert in alerts)
    if not rows:
        return ALL_QUIET
    return f"{counted(rows, 'row')} of {name} {'needs' if rows == 1 else 'need'} fixing"


def subject(alerts: Sequence[Alert], workbook: str, today: date) -> str:
    """Who, what and when, the most urgent first, in about 120 characters."""
    if run_alone(alerts):
        return headline(alerts, workbook)
    turned, recovered = _programs(alerts)
    expiring = [alert for alert in alerts if alert.about.kind == "expiry"]
    pursuits = [alert for alert in alerts if alert.about.kind == "pursuit"]
    alone = all(alert.about.kind == "program" for alert in alerts)
    said = _programs_named(turned, _LENGTH, alone=alone and not recovered)
    if expiring:
        room = _LENGTH - len(said) - 2
        said += "; " * bool(said) + _certifications_named(expiring, today, room, alone=not said)
    for more in (
        _pursuits_named(pursuits, _LENGTH),
        _programs_named(recovered, _LENGTH, alone=alone and not turned),
    ):
        if more and (not said or len(said) + len(more) <= _LENGTH):
            said += f"; {more}" if said else more
    return said or headline(alerts, workbook)


def run_alone(alerts: Sequence[Alert]) -> Matter | None:
    """The run that a message is about: one that stopped or failed, or whatever else is nothing.

    That runs were missing is a section of its own where the same message tells what was missed.
    """
    runs = [alert.about for alert in alerts if alert.about.kind == "run"]
    if runs and runs[0].tier == "Run Missing" and len(runs) < len(alerts):
        return None
    return runs[0] if runs else None


def counted(number: int, noun: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def severity(about: Matter) -> tuple[int, str]:
    """A sort key for programs and clients: the worst first, then by name."""
    return _WORST_FIRST.index(_state(about)), about.title


def _programs(alerts: Sequence[Alert]) -> tuple[list[Matter], list[Matter]]:
    """The programs that turned to the worse, and those that recovered, each once in its worst."""
    about = [alert.about for alert in alerts if alert.about.kind == "program"]
    found: dict[tuple[str, bool], Matter] = {}
    for one in sorted(about, key=severity):
        found.setdefault((one.title, _state(one) == "Recovered"), one)
    good = [one for (_, recovered), one in found.items() if recovered]
    return [one for (_, recovered), one in found.items() if not recovered], good


def _state(about: Matter) -> str:
    return about.tier if about.tier in _WORST_FIRST else "At Risk"


def _turned(found: Sequence[Matter]) -> str:
    if not found:
        return ""
    good = _state(found[0]) == "Recovered"
    if len(found) > 1:
        return f"{len(found):,} programs and clients {'recovered' if good else 'turned'}"
    return f"{one_line(found[0].title, 60)} {'has recovered' if good else f'is {found[0].tier}'}"


def _programs_named(found: Sequence[Matter], length: int, *, alone: bool) -> str:
    if not found:
        return ""
    if len(found) == 1:
        return f"{found[0].tier}: {one_line(found[0].title, 80 if alone else 50)}"
    if not alone:
        return f"{found[0].tier}: {one_line(found[0].title, 40)} and {len(found) - 1:,} more"
    good = _state(found[0]) == "Recovered"
    names = [one_line(about.title, 50) + ("" if good else f" ({about.tier})") for about in found]
    return _listed(_turned(found), names, length)


def _expiring(alerts: Sequence[Alert]) -> str:
    left = [a.about.days_to_expiry or 0 for a in alerts]
    past, ahead = [d for d in left if d < 0], [d for d in left if d >= 0]
    parts = []
    if past:
        verb = "has" if len(past) == 1 else "have"
        parts.append(f"{counted(len(past), 'certification')} {verb} expired")
    if ahead:
        verb = "expires" if len(ahead) == 1 else "expire"
        what = f"{len(ahead):,}" if past else counted(len(ahead), "certification")
        parts.append(f"{what} {verb} {_within(alerts, ahead)}")
    return " and ".join(parts)


def _within(alerts: Sequence[Alert], ahead: Sequence[int]) -> str:
    if len(ahead) == 1 or max(ahead) == 0:
        return countdown(ahead[0]).removeprefix("expires ")
    widest = max(a.about.days or 0 for a in alerts if (a.about.days_to_expiry or 0) >= 0)
    return f"within {widest:,} days"


def _certifications_named(alerts: Sequence[Alert], today: date, length: int, *, alone: bool) -> str:
    """With names as far as they fit; alone, the first one is always named."""
    prefix = "Critical: " if any(0 < (a.about.days or 0) <= 30 for a in alerts) else ""
    if all(alert.to.stands_in is Reason.NO_REACTION for alert in alerts):
        prefix = "No reaction: "
    said = prefix + _expiring(alerts)
    if len(alerts) == 1:
        single = prefix + _single(alerts[0], today)
        return single if alone or len(single) <= length else said
    names = [_named(alert, today) for alert in alerts]
    return _listed(said, names, length, always=alone)


def _single(alert: Alert, today: date) -> str:
    about = alert.about
    whose = "Your" if "holder" in alert.to.roles else f"{one_line(about.person, 50)}:"
    name, day = one_line(about.certification, 80), short_date(about.expires or today, today)
    return f"{whose} {name} {countdown(about.days_to_expiry or 0)} ({day})"


def _named(alert: Alert, today: date) -> str:
    about = alert.about
    day = short_date(about.expires or today, today)
    who = "" if "holder" in alert.to.roles else f"{one_line(about.person, 30)}, "
    return f"{one_line(about.certification, 50)} ({who}{day})"


def _pursuing(alerts: Sequence[Alert]) -> str:
    if not alerts:
        return ""
    states = Counter(one_line(alert.about.tier, 20).lower() for alert in alerts)
    kinds = " or ".join(states)
    if len(alerts) == 1:
        return f"1 pursuit is {kinds}"
    return f"{len(alerts):,} pursuits are {kinds}"


def _pursuits_named(alerts: Sequence[Alert], length: int) -> str:
    if not alerts:
        return ""
    names = [pursued(alert) for alert in alerts]
    if len(alerts) == 1:
        return f"{one_line(alerts[0].about.tier, 20)}: {names[0]}"
    return _listed(_pursuing(alerts), names, length)


def pursued(alert: Alert) -> str:
    """`Your pursuit of CKA`, `Tom Reed's pursuit of CKA`."""
    about = alert.about
    whose = "Your" if "holder" in alert.to.roles else f"{one_line(about.person, 50)}'s"
    return f"{whose} pursuit of {one_line(about.certification or about.title, 80)}"


def _listed(said: str, names: Sequence[str], length: int, *, always: bool = True) -> str:
    """`said: name, name, 2 more` in so many characters; the first name is there if `always`."""
    for number, name in enumerate(names):
        more = f"{', ' if number else ': '}{name}"
        if (number or not always) and len(said) + len(more) > length:
            return f"{said}, {len(names) - number:,} more" if number else said
        said += more
    return said
