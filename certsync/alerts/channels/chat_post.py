"""A message as a chat shows it, before any service's own form: harmless, and cut where it is long.

What does not fit is left out from the least urgent end and counted. A text is never cut in a form
that has escapes: it is cut first and escaped later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import compress
from operator import not_
from typing import Any, TypeVar

from certsync.alerts.alert import PLACE
from certsync.alerts.channels.chat_text import LINE, harmless
from certsync.alerts.digest import Message
from certsync.alerts.page import Group, Item, Problem, Section, brief

_PAUSE = "To pause a certification, write a date in its Snooze Until cell."
_LINES = {"at_stake": 6, "follows": 4}
_NAMED = (20, 10, 5)
"""So many of the certifications that were left out are named, as far as they fit."""

_TEXT = 2_500
# Characters of a text by the name of its field; one certification then fits any service.
_LIMITS = {
    "tier": 40,
    "when": 40,
    "countdown": 60,
    "certification": 200,
    "where": 80,
    "renewal": 150,
    "owners": 250,
    "note": 250,
    "ask": 250,
    "badge": 40,
}
_URGENCY = {look: at for at, look in enumerate(("expired", "critical", "urgent", "active"))}

T = TypeVar("T")


@dataclass(frozen=True)
class Post:
    """A message in parts, each text on one line; what has no entry of its own is left out.

    `also` names more of them in a line each, `more` counts the others, which are in `tabs`.
    `source` says which workbook was read and when; `closing` are lines of small print.
    """

    title: str
    source: str
    opening: tuple[str, ...]
    at_stake: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
    also: tuple[str, ...] = ()
    more: int = 0
    tabs: str = ""
    sections: tuple[Section, ...] = ()
    closing: tuple[str, ...] = ()


def post(message: Message) -> Post:
    """What a chat shows of a message."""
    page = message.page
    if page is None:
        lines = tuple(filter(str.strip, message.text[:_TEXT].splitlines()))
        made = Post(title=message.subject, source="", opening=lines)
    else:
        to_many = PLACE in message.digest.to.roles
        made = Post(
            title=page.title,
            source=f"{page.workbook}, as of {page.as_of}",
            opening=(page.intro,) if to_many else (page.greeting, page.intro),
            at_stake=page.at_stake,
            groups=page.groups,
            also=page.also[: _NAMED[0]],
            more=page.unnamed + len(page.also[_NAMED[0] :]),
            tabs=page.tabs,
            sections=page.sections,
            closing=("" if to_many else page.why, _PAUSE if page.groups else ""),
        )
    tamed: Post = _tamed(made)
    return tamed


def fitted(whole: Post, fits: Callable[[Post], bool]) -> Post:
    """As much of a post as fits, the most urgent first."""
    if fits(whole):
        return whole
    named = next((n for n in _NAMED if fits(_keeping(whole, 1, n))), 0)
    low, high = 0, len(_ranked(whole))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(_keeping(whole, middle, named)) else (low, middle)
    return _keeping(whole, low, named)


def details(item: Item) -> Iterator[tuple[str, str]]:
    """What is said of a certification below its name, each with the word before it."""
    rows = (
        ("Do now", item.ask),
        ("Renewal", item.renewal),
        ("Owners", item.owners),
        ("Row", item.where),
        ("Note", item.note),
    )
    return ((label, text) for label, text in rows if text)


def left_out(count: int, tabs: str) -> str:
    """The line for what was left out."""
    return f"And {count:,} more in {tabs}."


def headline(problem: Problem) -> str:
    """What a problem is about: its title and its cell, as far as it has them."""
    return " · ".join(filter(None, (problem.title, problem.where)))


def plain_lines(shown: Post) -> list[str]:
    """The post as plain text."""
    lines = [shown.title, *shown.opening]
    if shown.at_stake:
        lines += ["", "At stake:", *(f"- {line}" for line in shown.at_stake)]
    for group in shown.groups:
        lines += ["", group.person] if group.person else []
        for item in group.items:
            lines += ["", f"[{item.tier}] {item.certification}"]
            lines += [f"{capital(item.countdown)}, {item.when}"]
            lines += [f"- {line}" for line in item.follows]
            lines += [f"{label}: {text}" for label, text in details(item)]
    lines += ["", "Also:", *(f"- {line}" for line in shown.also)] if shown.also else []
    lines += ["", left_out(shown.more, shown.tabs)] if shown.more else []
    for section in shown.sections:
        lines += ["", section.heading]
        for problem in section.problems:
            badge = f"[{problem.badge}] " if problem.badge else ""
            lines += [f"{badge}{headline(problem)}: {problem.problem}", problem.fix]
        lines += [left_out(section.more, section.tabs)] if section.more else []
    return [*lines, "", *shown.closing, shown.source]


def capital(text: str) -> str:
    """The text with a capital first letter, and nothing else changed."""
    return text[:1].upper() + text[1:]


def _tamed(value: Any, name: str = "") -> Any:
    """The value of the field `name` with every text in it harmless and short enough."""
    if isinstance(value, str):
        return harmless(value, _LIMITS.get(name, LINE))
    if isinstance(value, tuple):
        return tuple(_tamed(each, name) for each in _first(value, _LINES.get(name)) if each)
    if is_dataclass(value) and not isinstance(value, type):
        tamed = {f.name: _tamed(getattr(value, f.name), f.name) for f in fields(value)}
        return replace(value, **tamed)
    return value


def _first(lines: tuple[Any, ...], limit: int | None) -> tuple[Any, ...]:
    if limit is None or len(lines) <= limit:
        return lines
    return (*lines[: limit - 1], f"and {len(lines) - limit + 1} more in the Dashboard")


def _ranked(whole: Post) -> list[tuple[int, int]]:
    """A place in the order of urgency for each certification, then each problem: rank, position."""
    looks = [item.look for group in whole.groups for item in group.items]
    looks += [problem.look for section in whole.sections for problem in section.problems]
    return sorted((_URGENCY.get(look, len(_URGENCY)), at) for at, look in enumerate(looks))


def _keeping(whole: Post, count: int, named: int) -> Post:
    """The post with its `count` most urgent entries; of those left out so many are `named`."""
    kept = {at for _, at in _ranked(whole)[:count]}
    entry = iter(range(len(_ranked(whole))))
    groups, sections, dropped = [], [], []
    for group in whole.groups:
        items, others = _parted(group.items, entry, kept)
        dropped += [brief(group.person, item) for item in others]
        groups += [replace(group, items=items)] if items else []
    for section in whole.sections:
        problems, _ = _parted(section.problems, entry, kept)
        more = section.more + len(section.problems) - len(problems)
        sections.append(replace(section, problems=problems, more=more))
    also = [*dropped, *whole.also]
    return replace(
        whole,
        groups=tuple(groups),
        also=tuple(also[:named]),
        more=whole.more + len(also[named:]),
        sections=tuple(sections),
    )


def _parted(
    entries: Sequence[T], positions: Iterator[int], kept: set[int]
) -> tuple[tuple[T, ...], tuple[T, ...]]:
    """The entries at positions that are kept, and the others."""
    stays = [next(positions) in kept for _ in entries]
    return tuple(compress(entries, stays)), tuple(compress(entries, map(not_, stays)))
