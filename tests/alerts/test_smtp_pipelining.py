"""Where commands may go out together: the next envelope with the content before it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import pytest
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as Visit

from certsync.alerts.alert import State
from certsync.alerts.channels.base import Patient, Receipt, Session
from certsync.alerts.channels.smtp import Smtp
from certsync.alerts.channels.smtp_client import Client
from certsync.alerts.channels.smtp_session import push
from certsync.alerts.channels.smtp_settings import SmtpSettings
from certsync.alerts.mail_bytes import as_bytes
from tests.alerts.letters import letter
from tests.alerts.servers import (
    Mailbox,
    mail_server,
)

PEOPLE = [f"person{n}@agency.example" for n in range(5)]


@dataclass
class Heard(Mailbox):
    """A mailbox that notes whether more than the message had come when it took one."""

    early: list[bool] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Visit, envelope: Envelope) -> str:
        """Look into the buffer."""
        await asyncio.sleep(0.01)
        self.early.append(b"MAIL" in bytes(vars(server._reader)["_buffer"]))
        return await super().handle_DATA(server, session, envelope)


class Opened:
    """A session through a server on loopback that is told which message follows."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.to = cache(lambda person: letter(to=person))

    def send(self, to: str, then: str | None = None) -> Receipt:
        """Send to one person and announce what goes to another."""
        assert isinstance(self.session, Patient)
        self.session.upcoming = self.to(then) if then else None
        return self.session.send(self.to(to))


@contextlib.contextmanager
def opened(port: int, per_minute: int | None = None) -> Iterator[Opened]:
    """A session without encryption."""
    settings = SmtpSettings(
        "127.0.0.1", port, "none", timeout=0.3, data_timeout=0.3, per_minute=per_minute
    )
    with Smtp(settings).session() as session:
        yield Opened(session)


@pytest.mark.parametrize(("offered", "per_minute"), [(True, None), (True, 100), (False, None)])
def test_an_envelope_goes_out_with_the_content_before_it(
    offered: bool, per_minute: int | None
) -> None:
    """Where the server takes it and no pace is kept; each message arrives once and whole."""
    mailbox = Heard(pipelining=offered)
    with mail_server(mailbox) as port, opened(port, per_minute) as session:
        for person, then in zip(PEOPLE, [*PEOPLE[1:], None], strict=True):
            assert session.send(person, then).state is State.SENT
        sent = [as_bytes(session.to(person)) for person in PEOPLE]
    assert mailbox.recipients == [[person] for person in PEOPLE]
    assert mailbox.raw == sent
    together = offered and per_minute is None
    assert mailbox.early == [together] * 4 + [False]


def test_a_message_that_only_looks_like_the_announced_one_goes_out_by_itself() -> None:
    """What was announced is this very message: nothing said of another one is taken for it."""
    mailbox = Mailbox(pipelining=True)
    with mail_server(mailbox) as port, opened(port) as session:
        session.send(PEOPLE[0], PEOPLE[1])
        assert session.session.send(letter(to=PEOPLE[1])).state is State.SENT
    assert mailbox.raw == [as_bytes(letter(to=person)) for person in PEOPLE[:2]]
    assert mailbox.connections == 2


def test_an_announced_message_that_never_comes_is_not_sent() -> None:
    """The connection is closed without a word: QUIT would be taken for the content."""
    mailbox = Mailbox(pipelining=True)
    with mail_server(mailbox) as port:
        with opened(port) as session:
            assert session.send(PEOPLE[0], PEOPLE[1]).state is State.SENT
        with opened(port) as session:
            assert session.send(PEOPLE[2]).state is State.SENT
    assert mailbox.recipients == [[PEOPLE[0]], [PEOPLE[2]]]
    assert mailbox.verbs.count("QUIT") == 1


def test_another_message_than_the_announced_one_goes_out_by_itself() -> None:
    """The server waits for the content for one person: another's must not come in its place."""
    mailbox = Mailbox(pipelining=True)
    with mail_server(mailbox) as port, opened(port) as session:
        session.send(PEOPLE[0], PEOPLE[1])
        assert session.send(PEOPLE[2]).state is State.SENT
    assert mailbox.recipients == [[PEOPLE[0]], [PEOPLE[2]]]
    assert mailbox.connections == 2


@pytest.mark.parametrize("wrong", ["two@agency.example>\r\nRCPT TO:<x@x.example", "é@x.example"])
def test_an_envelope_that_cannot_be_written_spoils_no_other_message(wrong: str) -> None:
    """What is wrong with the next message is not the fault of this one."""
    mailbox = Mailbox(pipelining=True)
    with mail_server(mailbox) as port, opened(port) as session:
        assert session.send(PEOPLE[0], wrong).state is State.SENT
        with pytest.raises(ValueError, match="is not an e-mail address"):
            session.send(wrong, PEOPLE[1])
        assert session.send(PEOPLE[1]).state is State.SENT
    assert mailbox.recipients == [[PEOPLE[0]], [PEOPLE[1]]]


class Torn:
    """A socket that breaks after so many bytes."""

    def __init__(self, room: int) -> None:
        self.room, self.taken = room, b""

    def send(self, data: memoryview) -> int:
        """Take what there is room for."""
        if not self.room:
            raise ConnectionResetError
        piece = bytes(data[: min(self.room, 7)])
        self.room -= len(piece)
        self.taken += piece
        return len(piece)


def test_what_breaks_after_the_final_dot_does_not_count_as_not_sent() -> None:
    """Up to the last byte of the message a break means: not taken. After it: who knows."""
    content, after = b"one\r\n.\r\n", b"MAIL FROM:<a@b>\r\n"
    for room in range(len(content + after) + 1):
        client = Client("", 0, None, timeout=1)
        client.sock = torn = Torn(room)  # type: ignore[assignment]
        if room < len(content):
            with pytest.raises(ConnectionResetError):
                push(client, content, after)
        else:
            assert push(client, content, after) == (room == len(content + after))
        assert torn.taken == (content + after)[:room]
