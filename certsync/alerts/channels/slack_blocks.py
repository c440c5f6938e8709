"""A post as Slack's blocks. Text stands in rich text elements, in which Slack parses nothing.

Limits: https://docs.slack.dev/reference/block-kit/blocks (50 blocks, 150 characters of a header).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from certsync.alerts.channels.chat_post import (
    Post,
    capital,
    details,
    fitted,
    headline,
    left_out,
    plain_lines,
    post,
)
from certsync.alerts.channels.chat_text import entities, harmless
from certsync.alerts.digest import Message
from certsync.alerts.page import Item, Problem

_TOGETHER = 8
"""So many lines stand in one block."""

MAX_BLOCKS = 50
MAX_HEADER = 150
MAX_TEXT = 3_000
"""Characters in one block."""
MAX_ALL = 12_000
"""Characters in all blocks together; Slack refuses posts with a little over 13,000."""
MAX_PLAIN = 3_500

Json = dict[str, Any]


def payload(message: Message) -> Json:
    """What Slack gets, without the place it goes to."""
    return _payload(fitted(post(message), _fits))


def plain_payload(message: Message) -> Json:
    """The same as nothing but text."""
    text = "\n".join(plain_lines(post(message)))
    short = text if len(text) <= MAX_PLAIN else f"{text[: MAX_PLAIN - 1]}…"
    return {"text": entities(short), **_UNPARSED}


_UNPARSED = {"mrkdwn": False, "unfurl_links": False, "unfurl_media": False}


def _payload(shown: Post) -> Json:
    # The text is what notifications and screen readers say.
    return {"text": entities(shown.title), **_UNPARSED, "blocks": list(_blocks(shown))}


def _fits(shown: Post) -> bool:
    blocks = list(_blocks(shown))
    sizes = [sum(map(len, texts(block))) for block in blocks]
    return len(blocks) <= MAX_BLOCKS and max(sizes) <= MAX_TEXT and sum(sizes) <= MAX_ALL


def texts(value: object) -> Iterator[str]:
    """Every text in a block, however deep."""
    match value:
        case {"text": str(text)}:
            yield text
        case dict():
            for each in value.values():
                yield from texts(each)
        case list():
            for each in value:
                yield from texts(each)


def _blocks(shown: Post) -> Iterator[Json]:
    yield {"type": "header", "text": _plain(harmless(shown.title, MAX_HEADER) or "certsync")}
    if shown.source:
        yield _small(shown.source)
    if shown.opening:
        yield _rich(_section(_lines(_text(line) for line in shown.opening)))
    if shown.at_stake:
        yield _rich(_section([_bold("At stake:")]), _bullets(shown.at_stake))
    for group in shown.groups:
        if group.person:
            yield {"type": "divider"}
            yield _rich(_section([_bold(group.person)]))
        for item in group.items:
            yield _rich(*_item(item))
    if shown.also:
        yield {"type": "divider"}
        yield _rich(_section([_bold("Also:")]))
        for at in range(0, len(shown.also), _TOGETHER):
            yield _rich(_bullets(shown.also[at : at + _TOGETHER]))
    if shown.more:
        yield _small(left_out(shown.more, shown.tabs))
    for section in shown.sections:
        yield {"type": "divider"}
        yield _rich(_section([_bold(section.heading)]))
        for problem in section.problems:
            yield _rich(_section(_problem(problem)))
        if section.more:
            yield _small(left_out(section.more, section.tabs))
    if shown.closing:
        yield _small(" ".join(shown.closing))


def _item(item: Item) -> Iterator[Json]:
    yield _section(
        [
            _badge(item.tier),
            _bold(f" {capital(item.countdown)}"),
            _text(f", {item.when}\n"),
            _bold(item.certification),
        ]
    )
    if item.follows:
        yield _bullets(item.follows)
    rows: list[Json] = []
    for label, text in details(item):
        rows += [_bold(f"{label}: "), _text(f"{text}\n")]
    if rows:
        rows[-1] = _text(rows[-1]["text"].rstrip("\n"))
        yield _section(rows)


def _problem(problem: Problem) -> list[Json]:
    runs = [_badge(problem.badge), _text(" ")] if problem.badge else []
    runs += [_bold(headline(problem)), _text(f"\n{problem.problem}")]
    return [*runs, _text(f"\n{problem.fix}")] if problem.fix else runs


def _lines(runs: Iterator[Json]) -> list[Json]:
    made: list[Json] = []
    for run in runs:
        made += [_text("\n"), run] if made else [run]
    return made


def _rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def _section(runs: Sequence[Json]) -> Json:
    return {"type": "rich_text_section", "elements": [run for run in runs if run["text"]]}


def _bullets(lines: Sequence[str]) -> Json:
    return {
        "type": "rich_text_list",
        "style": "bullet",
        "elements": [_section([_text(line)]) for line in lines],
    }


def _text(text: str) -> Json:
    return {"type": "text", "text": text}


def _bold(text: str) -> Json:
    return {"type": "text", "text": text, "style": {"bold": True}}


def _badge(text: str) -> Json:
    return {"type": "text", "text": text, "style": {"code": True}}


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": False}


def _small(text: str) -> Json:
    return {"type": "context", "elements": [_plain(text)]}
