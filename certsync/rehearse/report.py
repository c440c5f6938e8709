"""A rehearsal as text, CSV and JSON: each message by day, recipient, tier and what it is about."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from certsync.alerts.alert import Alert, Reason
from certsync.alerts.hygiene import one_line
from certsync.alerts.wording import countdown
from certsync.dashboard.text import MONTHS, counted, day, weekday
from certsync.rehearse.play import Letter, Rehearsal
from certsync.rehearse.renewals import Scenario
from certsync.terminal import Terminal

SCHEMA_VERSION = 1

COLUMNS = (
    "date", "message", "channel", "recipient", "name", "tier", "employee_id", "person",
    "certification", "expiration_date", "days_to_expiry", "cell", "problem", "key", "days",
    "follow_up", "reason",
)  # fmt: skip

_SAYS = {
    Scenario.NOBODY_RENEWS: "if nobody renews",
    Scenario.PURSUITS_SUCCEED: "if pursuits succeed",
}
_LOOKS = {
    "Critical": "yellow",
    "At Risk": "yellow",
    "Stalled": "yellow",
    "Expired": "red",
    "Not Met": "red",
    "Overdue": "red",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NAME, _TIER, _CHANNEL = 24, 16, 8


def as_json(played: Rehearsal) -> dict[str, Any]:
    """The object `--json` prints."""
    return {
        "schema_version": SCHEMA_VERSION,
        "as_of": played.first.isoformat(),
        "until": played.last.isoformat(),
        "days": played.days,
        "workbook": played.workbook,
        "scenario": played.scenario.value,
        "renewals": [one.as_json() for one in played.renewals],
        "messages": [
            {
                "date": letter.on.isoformat(),
                "channel": letter.channel,
                "recipient": letter.recipient,
                "name": letter.name,
                "alerts": [_fields(alert) for alert in letter.alerts],
            }
            for letter in played.letters
        ],
        "notes": list(played.notes),
    }


def as_csv(played: Rehearsal) -> str:
    """One line for each alert; those with one number in `message` go out together.

    A text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    out = io.StringIO()
    lines = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    lines.writeheader()
    for number, letter in enumerate(played.letters, start=1):
        shared = {
            "date": letter.on.isoformat(),
            "message": number,
            "channel": letter.channel,
            "recipient": letter.recipient,
            "name": letter.name,
        }
        for alert in letter.alerts:
            line = shared | _fields(alert)
            lines.writerow({key: _harmless(line[key]) for key in COLUMNS})
    return out.getvalue()


def _fields(alert: Alert) -> dict[str, Any]:
    """The alert under the names that `certsync run --json` has for the same."""
    about = alert.about
    return {
        "tier": about.tier,
        "employee_id": about.employee_id or None,
        "person": about.person or None,
        "certification": about.certification or None,
        "expiration_date": about.expires.isoformat() if about.expires else None,
        "days_to_expiry": about.days_to_expiry,
        "cell": about.where,
        "problem": about.problem or None,
        "key": alert.key,
        "days": about.days,
        "follow_up": about.follow_up,
        "reason": alert.reason.value,
    }


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def show(played: Rehearsal, console: Console | None = None) -> None:
    """Print the messages by day, and how many each person gets in each month."""
    out = console or Terminal()
    line = Text("certsync  ", style="bold cyan")
    line.append(played.workbook, style="bold")
    line.append(f"  {counted(played.days, 'day')} from {weekday(played.first)}, ")
    line.append(_SAYS[played.scenario])
    out.print(line)
    for note in played.notes:
        out.print(Padding(Text(note, style="yellow"), (0, 0, 0, 2), expand=False))
    _renewals(played, out)
    several = len({letter.channel for letter in played.letters}) > 1
    for on, letters in groupby(played.letters, key=lambda letter: letter.on):
        # One text a day, not a table: there may be thousands of lines.
        out.print(_day(on, list(letters), out.width, channel=several), soft_wrap=True)
    _totals(played, out)


def _renewals(played: Rehearsal, out: Console) -> None:
    if played.scenario is not Scenario.PURSUITS_SUCCEED:
        return
    out.print(Text("\nRenewed meanwhile", style="bold"))
    if not played.renewals:
        out.print("  Nothing in these days.")
    for one in played.renewals:
        text = f"{day(one.on)}: {one.person}, {one.certification}, until {day(one.expires)}"
        known = f"({counted(one.months, 'month')}, {one.basis})"
        out.print(Padding(Text(f"{text} {known}"), (0, 0, 0, 2), expand=False))


def _day(on: date, letters: Sequence[Letter], width: int, *, channel: bool) -> Text:
    text = Text(f"\n{weekday(on)}", style="bold")
    text.append(f"  {counted(len(letters), 'message')}", style="not bold dim")
    room = max(20, width - _NAME - _TIER - 6 - (_CHANNEL + 2 if channel else 0))
    for letter in letters:
        first = letter.alerts[0].about
        text.append(f"\n  {_fit(letter.name or letter.recipient, _NAME)}  ", style="not bold")
        if channel:
            text.append(f"{_fit(letter.channel, _CHANNEL)}  ", style="not bold")
        text.append(_fit(first.tier, _TIER), style=f"not bold {_LOOKS.get(first.tier, '')}")
        text.append(f"  {_about(letter, room)}", style="not bold")
    return text


def _about(letter: Letter, room: int) -> str:
    """The most urgent matter, and how many more the message tells.

    What the manager's manager hears because nothing moves is called escalated.
    """
    about = letter.alerts[0].about
    more = f" and {len(letter.alerts) - 1:,} more" if len(letter.alerts) > 1 else ""
    first, *rest = (alert.reason is Reason.NO_REACTION for alert in letter.alerts)
    if any(rest):
        more += f" ({sum(rest):,} escalated)"
    if about.days_to_expiry is None:
        said, left = f"{about.title or about.where}: {about.problem}", ""
    else:
        left = f" {countdown(about.days_to_expiry)}"
        said = about.certification
        if "holder" not in letter.alerts[0].to.roles:
            said = f"{about.person}: {said}"
    mark = "Escalated: " if first else ""
    return f"{mark}{_clip(one_line(said), room - len(mark) - len(left) - len(more))}{left}{more}"


def _clip(text: str, room: int) -> str:
    if cell_len(text) <= room:
        return text
    return set_cell_size(text, max(1, room - 1)).rstrip() + "…"


def _fit(text: str, size: int) -> str:
    """The text on one line in exactly `size` columns."""
    return set_cell_size(_clip(one_line(text), size), size)


def _totals(played: Rehearsal, out: Console) -> None:
    """Messages by recipient and month; the months in as many tables as the width asks for."""
    if not played.letters:
        out.print(Text("\nNothing would be sent in these days.", style="bold"))
        return
    names = {letter.recipient.lower(): letter.name or letter.recipient for letter in played.letters}
    counts: dict[str, Counter[tuple[int, int]]] = defaultdict(Counter)
    for letter in played.letters:
        counts[letter.recipient.lower()][letter.on.year, letter.on.month] += 1
    months = sorted(set().union(*counts.values()))
    order = sorted(counts, key=lambda who: (-counts[who].total(), names[who]))
    people = counted(len(order), "person", "people")
    title = Text(f"\n{counted(len(played.letters), 'message')} to {people}", style="bold")
    out.print(title)
    at_once = max(1, (out.width - _NAME - 12) // 9)
    for begin in range(0, len(months), at_once):
        shown = months[begin : begin + at_once]
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
        table.add_column("To", no_wrap=True, max_width=_NAME)
        for year, month in shown:
            table.add_column(f"{MONTHS[month - 1]} {year % 100:02}", justify="right", no_wrap=True)
        table.add_column("Total", justify="right", no_wrap=True)
        for who in order:
            row = [f"{counts[who][month]:,}" if counts[who][month] else "" for month in shown]
            table.add_row(names[who], *row, f"{counts[who].total():,}")
        sums = [f"{sum(one[month] for one in counts.values()):,}" for month in shown]
        table.add_row("All", *sums, f"{len(played.letters):,}", style="bold")
        out.print(Padding(table, (0, 0, 1 if begin + at_once < len(months) else 0, 2)))
