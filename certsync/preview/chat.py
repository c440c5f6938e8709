"""A chat message as its service would show it, as HTML and as text, made of what the service gets.

What is drawn is the payload itself and not the page it was made of, so what a service's limits cut
off is missing here too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jinja2

from certsync.alerts.digest import Message

Json = dict[str, Any]

_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("certsync.preview"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Run:
    """Some text in one look: `bold`, `code` and the like, with spaces between them."""

    text: str
    look: str = ""


@dataclass(frozen=True)
class Line:
    """A paragraph. `kind` is title, text, small, bullet or rule."""

    kind: str
    runs: tuple[Run, ...] = ()


@dataclass(frozen=True)
class Box:
    """Lines that stand together; `style` names the colour behind them, if there is one."""

    lines: tuple[Line, ...]
    style: str = ""


def forms(message: Message, payload: bytes) -> Mapping[str, bytes]:
    """HTML and text of a payload, by file ending."""
    service = message.digest.channel
    boxes = list(_BOXES.get(service, _text)(json.loads(payload)))
    html = _TEMPLATES.get_template("chat.html.j2").render(
        service=service if service in _BOXES else "other",
        subject=message.subject,
        place=message.digest.to.name or message.digest.to.email,
        time=f"{message.written:%H:%M}",
        boxes=boxes,
    )
    text = "\n\n".join("\n".join(map(_plain, box.lines)) for box in boxes if box.lines)
    return {".html": html.encode(), ".txt": f"{text}\n".encode()}


def _plain(line: Line) -> str:
    text = "".join(run.text for run in line.runs)
    ways = {"rule": "---", "bullet": f"- {text}", "title": f"{text}\n{'=' * len(text)}"}
    return ways.get(line.kind, text)


def _slack(payload: Json) -> Iterator[Box]:
    for block in payload["blocks"]:
        yield Box(tuple(_slack_lines(block)))


def _slack_lines(block: Json) -> Iterator[Line]:
    match block["type"]:
        case "header":
            yield Line("title", (Run(block["text"]["text"]),))
        case "context":
            for element in block["elements"]:
                yield Line("small", (Run(element["text"]),))
        case "divider":
            yield Line("rule")
        case _:
            for element in block["elements"]:
                if element["type"] == "rich_text_list":
                    for entry in element["elements"]:
                        yield Line("bullet", _slack_runs(entry))
                else:
                    yield Line("text", _slack_runs(element))


def _slack_runs(section: Json) -> tuple[Run, ...]:
    return tuple(Run(run["text"], " ".join(run.get("style", {}))) for run in section["elements"])


def _teams(payload: Json) -> Iterator[Box]:
    for element in payload["attachments"][0]["content"]["body"]:
        if element["type"] == "Container":
            lines = tuple(map(_teams_line, element["items"]))
            yield Box(lines, element["style"])
        else:
            yield Box((_teams_line(element),))


def _teams_line(block: Json) -> Line:
    runs = tuple(Run(run["text"], _teams_look(run)) for run in block["inlines"])
    first = block["inlines"][0]
    if first.get("size") == "large":
        return Line("title", runs)
    return Line("small" if first.get("size") == "small" else "text", runs)


def _teams_look(run: Json) -> str:
    named = (run.get("weight") == "bolder" and "bold", run.get("size"), run.get("color"))
    return " ".join(look for look in named if look)


def _text(payload: Json) -> Iterator[Box]:
    lines = [Line("text", (Run(line),)) for line in str(payload.get("body", "")).splitlines()]
    yield Box((Line("title", (Run(str(payload.get("title", ""))),)), *lines))


_BOXES: Mapping[str, Callable[[Json], Iterator[Box]]] = {"slack": _slack, "teams": _teams}
