"""Messages in a folder, each as mail, HTML, text and calendar file, and a page that shows them all.

The folder is certsync's own: a hidden list in it names every file it made. A later preview takes
away what the list names and nothing else, and writes over nothing.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2

from certsync.alerts import wording
from certsync.alerts.digest import Message
from certsync.alerts.hygiene import one_line
from certsync.alerts.mail_bytes import as_bytes
from certsync.dashboard.text import counted
from certsync.errors import FolderTaken

INDEX = "index.html"
LIST = ".certsync-preview"

_FORMS = {".html": "HTML", ".txt": "Text", ".ics": "Calendar", ".eml": "Mail"}
_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("certsync.preview"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Card:
    """One message on the page. `files` has a name and a path for each form of it."""

    name: str
    email: str
    tier: str
    look: str
    subject: str
    channel: str
    holds: str
    page: str
    files: tuple[tuple[str, str], ...]


def write(
    folder: Path,
    messages: Sequence[Message],
    *,
    workbook: str,
    as_of: str,
    notes: Sequence[str] = (),
) -> Path:
    """Put the messages into `folder`, in place of an earlier preview. Returns the page.

    Raises FolderTaken, with everything left as it is, if certsync did not make what is there.
    """
    earlier = _earlier(folder)
    content: dict[str, bytes] = {}
    cards = []
    for number, message in enumerate(messages, start=1):
        name = f"messages/{_name(number, len(messages), message)}"
        forms = _forms(message)
        content |= {f"{name}{ending}": made for ending, made in forms.items()}
        cards.append(_card(message, name, forms))
    page = _TEMPLATES.get_template("index.html.j2").render(
        cards=cards,
        summary=summary(messages),
        workbook=one_line(workbook),
        as_of=as_of,
        notes=notes,
    )
    # Mails name people: nobody should commit them by accident.
    content |= {".gitignore": b"*\n", INDEX: page.encode()}
    _clear(folder, earlier)
    (folder / "messages").mkdir(parents=True, exist_ok=True)
    # First of all, so that even a preview that was cut off is known for what it is.
    (folder / LIST).write_text("\n".join([*content, ""]), encoding="utf-8")
    for name, made in content.items():
        with (folder / name).open("xb") as file:
            file.write(made)
    return folder / INDEX


def summary(messages: Sequence[Message]) -> str:
    """`28 messages to 27 people`."""
    people = len({message.digest.to.email.lower() for message in messages})
    if not messages:
        return "No message is due"
    return f"{counted(len(messages), 'message')} to {counted(people, 'person', 'people')}"


def _forms(message: Message) -> Mapping[str, bytes]:
    made = {
        ".html": message.html.encode(),
        ".txt": message.text.encode(),
        ".ics": message.calendar,
        ".eml": as_bytes(message),
    }
    return {ending: content for ending, content in made.items() if content}


def _card(message: Message, name: str, forms: Iterable[str]) -> Card:
    digest, first = message.digest, message.digest.alerts[0].about
    kinds = [alert.about.kind for alert in digest.alerts]
    certifications = kinds.count("expiry")
    parts = [counted(certifications, "certification")] if certifications else []
    if rows := kinds.count("row"):
        parts.append(f"{counted(rows, 'row')} to fix")
    return Card(
        name=one_line(digest.to.name, 80) or digest.to.email,
        email=digest.to.email,
        tier=one_line(first.tier, 40),
        look=wording.tone(first.days or 0).look if first.kind == "expiry" else "row",
        subject=one_line(message.subject),
        channel=digest.channel,
        holds=", ".join(parts),
        page=f"{name}.html",
        files=tuple((_FORMS[ending], f"{name}{ending}") for ending in forms),
    )


def _name(number: int, count: int, message: Message) -> str:
    """`03_maria.lopez@example.com`: in the order of the page, and safe on every disk."""
    recipient = re.sub(r"[^A-Za-z0-9@._+-]", "_", message.digest.to.email)[:100]
    return f"{number:0{len(str(count))}d}_{recipient}"


def _earlier(folder: Path) -> list[Path]:
    """The files of an earlier preview in `folder`."""
    if not folder.exists():
        return []
    if not folder.is_dir():
        raise FolderTaken(folder)
    listed = folder / LIST
    if not listed.is_file():
        if any(folder.iterdir()):
            raise FolderTaken(folder)
        return []
    return list(_inside(folder, listed.read_text(encoding="utf-8").splitlines()))


def _inside(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    """Those of the names that lie in the folder, whatever somebody wrote into the list."""
    root = folder.resolve()
    for name in filter(None, names):
        path = folder / name
        if path.parent.resolve() in (root, root / "messages"):
            yield path


def _clear(folder: Path, files: Iterable[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        (folder / "messages").rmdir()
