"""Messages through the services apprise knows, each matter once to every address.

Apprise says yes or no and no more. A message that some services took and others did not is
uncertain, so it keeps its Message-ID; by that a memory knows who still waits for it, and the next
attempt goes to those alone.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from certsync.alerts.alert import PLACE, State
from certsync.alerts.channels.apprise_memory import Memory
from certsync.alerts.channels.base import Receipt, Session
from certsync.alerts.channels.chat_post import Post, fitted, plain_lines, post
from certsync.alerts.channels.chat_text import unformatted
from certsync.alerts.digest import Message

if TYPE_CHECKING:
    import apprise

MAX_TEXT = 1_800
"""Characters: what Discord, the narrowest of the common services, takes in one message."""

_MISSING = "The channel apprise needs its library: pip install 'certsync[apprise]'"


@dataclass(frozen=True)
class Apprise:
    """Notifies every one of `urls`, in apprise's notation, together called `place`.

    `memory` is the file that remembers who has a message that others still wait for.
    """

    urls: tuple[str, ...] = field(repr=False)
    place: str = "apprise"
    memory: Path | None = None
    name: str = "apprise"
    chat: bool = True
    direct: bool = False
    per_day: int | None = None

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """Nothing is opened until a message goes out."""
        yield _AppriseSession(self)

    def trouble(self) -> str:
        """Whether the library is there and knows the addresses; see `Channel.trouble`."""
        if importlib.util.find_spec("apprise") is None:
            return f"{_MISSING}."
        if not self.urls:
            return "The channel apprise has no address. Write one under `urls`."
        unknown = [at for at, url in enumerate(self.urls, start=1) if _service(url) is None]
        if not unknown:
            return ""
        which = ", ".join(map(str, unknown))
        return (
            f"apprise does not know how to use address number {which} under `urls`. "
            "Write it as https://appriseit.com/services/ shows."
        )

    def forms(self, message: Message) -> Mapping[str, bytes]:
        """Title and text; see `Channel.forms`."""
        return {".json": json.dumps(payload(message), ensure_ascii=False, indent=2).encode()}


class _AppriseSession:
    def __init__(self, channel: Apprise) -> None:
        self._channel = channel
        self._memory = Memory(channel.memory)
        self._trouble: str | None = None

    def send(self, message: Message) -> Receipt:
        """One message to every service that does not have it yet."""
        if PLACE not in message.digest.to.roles:
            return Receipt(State.FAILED, "apprise: it reaches its services, no person.")
        if self._trouble is None:
            self._trouble = self._channel.trouble()
        if self._trouble:
            return Receipt(State.RETRY, self._trouble)
        said = payload(message)
        missed: list[str] = []
        for at, url in enumerate(self._channel.urls, start=1):
            if self._memory.has(message.message_id, url):
                continue
            service = _service(url)
            if service is not None and _notify(service, said):
                self._memory.took(message.message_id, url)
            else:
                missed.append(f"number {at} ({_named(service)})")
        if not missed:
            self._memory.settled(message.message_id)
            return Receipt(State.SENT)
        detail = f"apprise: {', '.join(missed)} of `urls` did not take it."
        if len(missed) == len(self._channel.urls):
            return Receipt(State.RETRY, f"{detail} The next run tries again.")
        return Receipt(State.UNCERTAIN, f"{detail} The others did; the next run tries again.")


def payload(message: Message) -> dict[str, str]:
    """Title and text, in nothing that Markdown or HTML would make anything of."""
    shown = fitted(post(message), _fits)
    lines = _lines(shown)
    return {"title": lines[0], "body": _cut("\n".join(lines[1:]).strip())}


def _lines(shown: Post) -> list[str]:
    title, *lines = plain_lines(shown)
    return [unformatted(title or "certsync"), *map(unformatted, lines)]


def _fits(shown: Post) -> bool:
    return sum(len(line) + 1 for line in _lines(shown)) <= MAX_TEXT


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"


def _service(url: str) -> apprise.NotifyBase | None:
    """The service at an address; None for one apprise does not know."""
    # Imported here: apprise is an extra, and a run without it needs none of it.
    import apprise

    # It logs addresses.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    try:
        made = apprise.Apprise.instantiate(url, asset=apprise.AppriseAsset(app_id="certsync"))
    except Exception:  # whatever it stumbles over, the address is of no use
        return None
    return made if isinstance(made, apprise.NotifyBase) else None


def _notify(service: apprise.NotifyBase, said: Mapping[str, str]) -> bool:
    import apprise

    # One by one: taken together, nobody could tell who failed.
    alone = apprise.Apprise(service, asset=service.asset)
    try:
        return bool(
            alone.notify(
                body=said["body"],
                title=said["title"],
                notify_type=apprise.NotifyType.WARNING,
                body_format=apprise.NotifyFormat.TEXT,
            )
        )
    except Exception:  # a fault of one service is no fault of the others
        return False


def _named(service: apprise.NotifyBase | None) -> str:
    return str(service.service_name) if service is not None else "unknown"
