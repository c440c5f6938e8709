"""A program or client that turned: At Risk, Not Met, or met again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from certsync.alerts.alert import Matter, parts, series
from certsync.alerts.stakes import asked_for
from certsync.alerts.watch import BAD, Seen, States, subjects
from certsync.alerts.wording import long_date

if TYPE_CHECKING:
    from certsync.compute.facts import Facts
    from certsync.sheets.tables import Tables

RECOVERED = "Recovered"
_TURNED = "turned"
NEWS = timedelta(days=30)
"""How long a recovery is worth telling to somebody who has not heard of it."""

# What can be done about a record that does not count, by the reason.
_STEPS = {
    "expired": "renew what has lapsed",
    "unverified": "verify what is earned and write Verified into its row",
    "not judged": "put the rows right that cannot be judged",
}

TABS = {"partnership": "partnership_requirements", "client": "client_requirements"}


def turned(
    facts: Facts, tables: Tables, states: States, workbook: str
) -> Iterator[tuple[Matter, str]]:
    """Each requirement that is not as it should be, or is so again, with its owner as written.

    `states` are those of today (`watch.observed`): a turn is known by the day it was seen on, so
    each is told once and the next one anew.
    """
    news: dict[str, int] = {}
    words = facts.requirements["compliance"]
    for at, (name, word) in enumerate(zip(subjects(facts), words, strict=True)):
        seen = states.get(name)
        if seen and seen.state == word and _is_news(seen, facts.today):
            news.setdefault(name, at)
    line: Any
    for name, line in zip(
        news, facts.requirements.iloc[list(news.values())].itertuples(), strict=True
    ):
        seen = states[name]
        recovered = seen.state == "Met"
        table = tables[TABS[line.kind]]
        yield (
            Matter(
                kind="program",
                series=series(workbook, _TURNED, name, seen.state, seen.since.isoformat()),
                step="turned",
                tier=RECOVERED if recovered else seen.state,
                where=f"{table.tab}!{table.ref(int(line.row), 'requirement')}",
                title=title(line),
                problem=_problem(line),
                fix="" if recovered else _fix(line, _missed(facts, int(line.Index)), facts.today),
                requirement=int(line.Index),
                thread=thread(workbook, name),
            ),
            _text(line.owner),
        )


def seen(name: str) -> tuple[str, str, str] | None:
    """Subject, state and first day that the series of a turn tells of; None for another series."""
    names = parts(name)
    return (names[2], names[3], names[4]) if len(names) == 5 and names[1] == _TURNED else None


def _is_news(seen: Seen, today: date) -> bool:
    recovered = seen.state == "Met" and seen.before in BAD
    return seen.state in BAD or (recovered and today - seen.since <= NEWS)


def title(line: Any) -> str:
    """`AWS Partner Network Advanced`."""
    return " ".join(filter(None, (_text(line.name), _text(line.tier))))


def thread(workbook: str, subject: str) -> str:
    """What the alerts of a requirement and of its certifications have in common."""
    return series(workbook, "thread", subject)


def _problem(line: Any) -> str:
    parts = [f"{asked_for(_text(line.requirement))}: {_text(line.reason)}"]
    worth = line.annual_value
    if isinstance(worth, float) and worth > 0:
        unit = "a year" if line.kind == "partnership" else "for the contract"
        parts.append(f"Worth {worth:,.0f} {unit}.")
    if impact := _text(line.impact).rstrip("."):
        parts.append(f"If it is lost: {impact}.")
    return " ".join(parts)


def _missed(facts: Facts, requirement: int) -> set[str]:
    """Why records that match a requirement do not count."""
    lines = facts.holdings[facts.holdings["requirement"] == requirement]
    return set(lines["reason"])


def _fix(line: Any, missed: set[str], today: date) -> str:
    """The next step, in one sentence; `missed` says why records do not count."""
    if line.compliance == "Not Met":
        more = int(line.minimum) - int(line.certified)
        needed = "One more is needed" if more == 1 else f"{more} more are needed"
        steps = [step for reason, step in _STEPS.items() if reason in missed]
        return f"{needed}: {', or '.join([*steps, 'certify somebody else'])}."
    breach = line.breach_date
    if breach == breach and breach is not None and breach.date() > today:
        return f"Renew before {long_date(breach.date())}, or certify somebody else by then."
    return "Verify the records that it rests on, and write Verified into their rows."


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
