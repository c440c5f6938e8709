"""A post as an Adaptive Card for Teams. Text stands in text runs, which know no Markdown.

https://learn.microsoft.com/en-us/adaptive-cards/schema-explorer/text-run: version 1.2 and later.
A whole message is kept under 28 KB, beyond which a workflow fails.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from certsync.alerts.channels.chat_post import (
    Post,
    capital,
    details,
    fitted,
    headline,
    left_out,
    post,
)
from certsync.alerts.digest import Message
from certsync.alerts.page import Item, Problem

MAX_BYTES = 27_000
CONTENT_TYPE = "application/vnd.microsoft.card.adaptive"

Json = dict[str, Any]

# The background of a container by the look of a tier or a state; the word stands in it as well.
_STYLES = {
    "early": "accent",
    "active": "warning",
    "urgent": "warning",
    "critical": "attention",
    "expired": "attention",
}


def payload(message: Message) -> Json:
    """What a workflow gets."""
    return _payload(fitted(post(message), _fits))


def as_bytes(made: Json) -> bytes:
    """The payload as it goes out."""
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()


def _fits(shown: Post) -> bool:
    return len(as_bytes(_payload(shown))) <= MAX_BYTES


def _payload(shown: Post) -> Json:
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": list(_body(shown)),
    }
    attachment = {"contentType": CONTENT_TYPE, "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _body(shown: Post) -> Iterator[Json]:
    title = shown.title or "certsync"
    yield _block([_run(title, size="large", weight="bolder")])
    if shown.source:
        yield _small(shown.source)
    for line in shown.opening:
        yield _block([_run(line)])
    if shown.at_stake:
        yield _block([_bold("At stake:")])
        for line in shown.at_stake:
            yield _block([_run(f"• {line}", color="attention", weight="bolder")], spacing="small")
    for group in shown.groups:
        if group.person:
            yield _block([_run(group.person, size="medium", weight="bolder")], spacing="large")
        for item in group.items:
            yield _container(item.look, _item(item))
    if shown.also:
        yield _block([_bold("Also:")], spacing="large")
        for line in shown.also:
            yield _block([_run(f"• {line}")], spacing="small")
    if shown.more:
        yield _small(left_out(shown.more, shown.tabs))
    for section in shown.sections:
        yield _block([_run(section.heading, size="medium", weight="bolder")], spacing="large")
        for problem in section.problems:
            yield _container(problem.look, _problem(problem))
        if section.more:
            yield _small(left_out(section.more, section.tabs))
    for line in shown.closing:
        yield _small(line)


def _item(item: Item) -> Iterator[Json]:
    yield _block([_bold(item.tier), _run(f" · {capital(item.countdown)}, {item.when}")])
    yield _block([_run(item.certification, size="medium", weight="bolder")], spacing="none")
    for line in item.follows:
        yield _block([_run(f"• {line}")], spacing="small")
    for label, text in details(item):
        yield _block([_bold(f"{label}: "), _run(text)], spacing="small")


def _problem(problem: Problem) -> Iterator[Json]:
    badge = f"{problem.badge} · " if problem.badge else ""
    yield _block([_bold(badge), _bold(headline(problem))])
    for line in (problem.problem, problem.fix):
        yield _block([_run(line)], spacing="small")


def _container(look: str, items: Iterator[Json]) -> Json:
    shown = [item for item in items if item["inlines"]]
    return {"type": "Container", "style": _STYLES.get(look, "emphasis"), "items": shown}


def _block(runs: Sequence[Json], *, spacing: str = "default") -> Json:
    inlines = [run for run in runs if run["text"]]
    made: Json = {"type": "RichTextBlock", "inlines": inlines}
    return made if spacing == "default" else {**made, "spacing": spacing}


def _run(text: str, **look: str) -> Json:
    return {"type": "TextRun", "text": text, **look}


def _bold(text: str) -> Json:
    return _run(text, weight="bolder")


def _small(text: str) -> Json:
    return {
        "type": "RichTextBlock",
        "inlines": [{"type": "TextRun", "text": text, "size": "small", "isSubtle": True}],
    }
