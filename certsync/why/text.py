"""The answer of `certsync why` as a person reads it: a table for each match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from certsync.alerts.wording import countdown
from certsync.dashboard.text import clipped, counted, day, weekday
from certsync.summary import LOOKS
from certsync.terminal import Terminal
from certsync.why.answer import Answer, Match
from certsync.why.ladder import Line, Step
from certsync.why.turns import Turning

SHOWN = 6
"""So many of a kind get a table; the rest are named."""

PEOPLE_SHOWN = 4


def show(answer: Answer, console: Console | None = None) -> None:
    """Print the answer; without a match, the names that may be meant."""
    out = console or Terminal()
    if not answer.found:
        return
    line = Text("certsync  ", style="bold cyan")
    line.append(answer.workbook, style="bold")
    line.append(f"  as of {weekday(answer.as_of)}")
    out.print(line)
    for note in answer.notes:
        _line(note, out, "yellow")
    for match in answer.matches[:SHOWN]:
        _match(match, out)
    if rest := answer.matches[SHOWN:]:
        said = [f"{match.person}: {match.certification}, {match.status}" for match in rest]
        _rest("more certification", said, "Add a name or an ID to see their tiers.", out)
    for kind, found in (("requirement", answer.programs), ("pursuit", answer.pursuits)):
        for one in found[:SHOWN]:
            _turning(one, out)
        if more := found[SHOWN:]:
            said = [f"{one.name}: {one.what}, {one.state}" for one in more]
            _rest(f"more {kind}", said, "Write more of the name to see whom they tell.", out)


def nothing_found(answer: Answer) -> str:
    """The sentence for words that name no record, with the nearest names."""
    asked = f'"{answer.words}"'
    if answer.idle:
        who = ", ".join(answer.idle[:PEOPLE_SHOWN])
        return f"{asked} names {who}, of whom the workbook has no certification."
    near = " or ".join(f'"{name}"' for name in answer.near)
    hint = f"Did you mean {near}?" if near else "Write a part of a name as the workbook has it."
    return f"No person, employee ID, certification or program matches {asked}. {hint}"


def _match(match: Match, out: Console) -> None:
    title = Text(f"\n{match.person}", style="bold")
    title.append(f"  {match.certification}", style="not bold")
    out.print(title)
    _line(f"{_stands(match)} {match.cell}.", out)
    if match.silence:
        _line(match.silence, out, "yellow")
    _table([step for step in match.steps if step.lines or not match.silence], "Tier", out)
    for one in match.earlier:
        when = f"expired on {day(one.expires)}" if one.expires else "has no expiration date"
        told = f"; its last alert was {one.last_alert}" if one.last_alert else ""
        _line(f"Before: {one.cell} {when}{told}.", out, "dim")


def _turning(one: Turning, out: Console) -> None:
    title = Text(f"\n{one.name}", style="bold")
    title.append(f"  {one.what}", style="not bold")
    out.print(title)
    _line(" ".join(filter(None, (f"{one.state}.", one.reason, f"{one.cell}."))), out)
    if one.silence:
        _line(one.silence, out, "yellow")
    _table(one.steps, "Turn", out)


def _rest(what: str, said: Sequence[str], advice: str, out: Console) -> None:
    """What has no table of its own."""
    out.print(Text(f"\n{counted(len(said), what)}", style="bold"))
    for sentence in said:
        _line(sentence, out)
    _line(advice, out, "dim")


def _table(steps: Sequence[Step], title: str, out: Console) -> None:
    if not steps:
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False, expand=True)
    table.add_column("", no_wrap=True)
    table.add_column(title, no_wrap=True)
    table.add_column("When", no_wrap=True)
    table.add_column("To", ratio=6, overflow="fold")
    table.add_column("Why", ratio=5, overflow="fold")
    for step in steps:
        for number, row in enumerate(_rows(step)):
            table.add_row(row[0], "" if number else step.title, *row[1:])
    out.print(Padding(table, (0, 0, 0, 2), expand=False))


def _line(text: str, out: Console, style: str = "") -> None:
    out.print(Padding(Text(text, style=style), (0, 0, 0, 2), expand=False))


def _stands(match: Match) -> str:
    """`Expiring Soon, expires today (16 Mar 2026)`, with a full stop."""
    if match.expires is None:
        return f"{match.status}."
    left = match.days_to_expiry
    if left is None:
        return f"{match.status}, {day(match.expires)}."
    when = f"{countdown(left)} ({day(match.expires)})"
    if when.lower().startswith(match.status.lower()):
        return f"{when[0].upper()}{when[1:]}."
    return f"{match.status}, {when}."


def _rows(step: Step) -> Iterator[tuple[Text, str, str, str]]:
    """State, day, people and reason: one row for all who share them."""
    if not step.lines:
        when = day(step.begins) if step.begins else ""
        yield _word(step.quiet), when, ", ".join(step.to), step.reason
    groups: dict[tuple[str, object, str, str, str], list[Line]] = {}
    for line in (*step.lines, *step.coming):
        key = (line.state, line.on, line.channel, line.reason, line.detail)
        groups.setdefault(key, []).append(line)
    for (state, _, channel, reason, detail), found in groups.items():
        people = list(dict.fromkeys(line.name or line.recipient for line in found))
        to = ", ".join(people[:PEOPLE_SHOWN])
        more = len(people) - PEOPLE_SHOWN
        to += f" and {more} more" if more > 0 else ""
        on = found[0].on
        when = "next run" if state == "due now" else day(on) if on else ""
        why = " ".join(filter(None, (reason, clipped(detail, 120))))
        yield _word(state), when, f"{to or 'nobody'} by {channel}", why


def _word(state: str) -> Text:
    return Text(state, style=LOOKS[state])
