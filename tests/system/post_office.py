"""A real mail server on loopback that writes down what it takes over, and may kill the sender.

What happens at it is a list of moments: before and after each of its answers, when the final dot
of a message has come (`the dot`), and when the message is taken over for good (`accepted`).
"""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import default
from typing import Any, AnyStr, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.alerts.servers import serving

_ITEM = re.compile(r"^\* (.+)((?:\n  .+)*)", re.MULTILINE)
_ROW = re.compile(r"\n  Row: (\S+)")


@dataclass(frozen=True)
class Letter:
    """One message that was taken over. `items` are what it tells: tier, name and cell of each."""

    message_id: str
    recipient: str
    items: tuple[str, ...]


@dataclass
class PostOffice:
    """The server's handler: the letters it took over, and the moments since `expect`."""

    letters: list[Letter] = field(default_factory=list)
    moments: list[str] = field(default_factory=list)
    port: int = 0
    visitors: int = 0
    _kill: int = -1
    _victim: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def expect(self, victim: int, kill: int = -1) -> None:
        """A new run begins; it is killed at moment number `kill`."""
        self.moments, self._victim, self._kill = [], victim, kill

    def empty(self) -> None:
        """Forget every letter."""
        self.letters.clear()

    def moment(self, name: str) -> bool:
        """Something happens now. True if the sender was killed over it."""
        self.moments.append(name)
        if len(self.moments) - 1 != self._kill:
            return False
        kill(self._victim)
        return True

    def settle(self) -> None:
        """Wait until what dead senders left on the wire is dealt with."""
        deadline = time.monotonic() + 10
        while self.visitors:
            assert time.monotonic() < deadline, "the server does not come to rest"
            time.sleep(0.001)

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, name: str, lines: list[str]
    ) -> list[str]:
        """Say hello, and that commands may come together."""
        del server, envelope
        session.host_name = name
        return [lines[0], "250-PIPELINING", *lines[1:]]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a message over, unless its sender dies at this very moment."""
        del server, session
        if self.moment("the dot"):
            return "451 nobody hears this"
        content = cast("bytes", envelope.content)
        self.letters.append(opened(content, *envelope.rcpt_tos))
        self.moment("accepted")
        return "250 OK"


class Clerk(SMTP):
    """A server that tells of its answers."""

    def connection_made(self, transport: Any) -> None:
        """Somebody comes."""
        with self.event_handler._lock:
            self.event_handler.visitors += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Somebody has gone."""
        super().connection_lost(error)
        with self.event_handler._lock:
            self.event_handler.visitors -= 1

    async def push(self, status: AnyStr) -> None:
        """Give an answer."""
        code = str(status)[:3]
        self.event_handler.moment(f"before {code}")
        await super().push(status)
        self.event_handler.moment(f"after {code}")


def opened(content: bytes, recipient: str) -> Letter:
    """What a message says, and to whom."""
    mail = BytesParser(policy=default).parsebytes(content)
    body = mail.get_body(("plain",))
    assert body is not None
    text = body.get_content().replace("\r\n", "\n")
    return Letter(str(mail["Message-ID"]), recipient, tuple(_items(text)))


def _items(text: str) -> Iterator[str]:
    for item in _ITEM.finditer(text):
        row = _ROW.search(item.group(2))
        yield f"{item.group(1)} in {row.group(1)}" if row else item.group()


def kill(pid: int) -> None:
    """End a process that is no child of this one, and wait until it is dead."""
    os.kill(pid, signal.SIGKILL)
    while _alive(pid):
        time.sleep(0.0005)


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@contextmanager
def post_office() -> Iterator[PostOffice]:
    """A mail server in a thread of its own."""
    office = PostOffice()
    with serving(lambda: Clerk(office, hostname="localhost", enable_SMTPUTF8=False)) as port:
        office.port = port
        yield office


def told(letters: Sequence[Letter]) -> set[tuple[str, str]]:
    """Who was told of what, but for days without a run: a killed run makes these other days."""
    return {
        (letter.recipient, item)
        for letter in letters
        for item in letter.items
        if "did not complete a run between" not in item
    }
