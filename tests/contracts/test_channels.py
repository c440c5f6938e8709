"""Every channel keeps the promises of its protocol."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from certsync.alerts.channels.apprise import Apprise
from certsync.alerts.channels.base import Channel
from certsync.alerts.channels.outbox import Outbox
from certsync.alerts.channels.smtp import Smtp
from certsync.alerts.channels.smtp_settings import SmtpSettings
from tests.alerts.chat_servers import Chat, chat_server, strings
from tests.alerts.chats import PLACE, bot, hook, others, teams
from tests.alerts.servers import PASSWORD, USER, Mailbox, mail_server, make_certificate
from tests.contracts.channel import (
    MARIA,
    TOM,
    Arrived,
    ChannelContract,
    MailContract,
    PlaceContract,
    from_mail,
)


class TestOutbox(MailContract):
    """A folder of .eml files."""

    @pytest.fixture
    def channel(self, tmp_path: Path) -> Channel:
        """A folder that does not exist yet."""
        self.folder = tmp_path / "out" / "outbox"
        return Outbox(self.folder)

    @pytest.fixture
    def closed(self, tmp_path: Path) -> Channel:
        """A folder that cannot be made."""
        blocked = tmp_path / "file"
        blocked.touch()
        return Outbox(blocked / "outbox")

    def arrived(self) -> list[Arrived]:
        """What the files hold."""
        parser = BytesParser(policy=default)
        paths = sorted(self.folder.glob("*.eml")) if self.folder.exists() else ()
        mails = [parser.parsebytes(path.read_bytes()) for path in paths]
        return [from_mail(mail) for mail in mails]


class TestSmtp(MailContract):
    """A mail server with STARTTLS and a login."""

    @pytest.fixture(autouse=True)
    def _mailbox(self) -> None:
        self.mailbox = Mailbox()

    @pytest.fixture(scope="class")
    @classmethod
    def tls(cls, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
        """One certificate for the class."""
        return make_certificate(tmp_path_factory.mktemp("tls"))

    @pytest.fixture
    def channel(self, tls) -> Iterator[Channel]:  # type: ignore[no-untyped-def]
        """A server that takes everything."""
        with mail_server(self.mailbox, certificate=tls, login=True) as port:
            yield Smtp(SmtpSettings("127.0.0.1", port, "starttls", USER, PASSWORD), tls.client())

    @pytest.fixture
    def closed(self) -> Channel:
        """A port nobody listens on."""
        return Smtp(SmtpSettings("127.0.0.1", free_port(), "none", timeout=2))

    def arrived(self) -> list[Arrived]:
        """What the server took."""
        return [from_mail(mail) for mail in self.mailbox.mails]


class _Chatting(ChannelContract):
    """A chat on loopback."""

    readers = (PLACE, PLACE)

    @pytest.fixture(autouse=True)
    def _chat(self) -> Iterator[None]:
        with chat_server() as self.chat:
            yield

    @pytest.fixture
    def nowhere(self) -> Chat:
        """A server that is not there."""
        return Chat(free_port())

    def arrived(self) -> list[Arrived]:
        """What the service posted."""
        return [
            Arrived(
                self.reached(post.said),
                "\n".join(strings(post.said)),
                self.message_id(post.said),
            )
            for post in self.chat.posts
        ]

    def reached(self, said: dict[str, Any]) -> str:
        """Whom a post reached."""
        del said
        return PLACE.email

    def message_id(self, said: dict[str, Any]) -> str:
        """The Message-ID a post carries."""
        del said
        return ""


class TestSlackBotToPeople(_Chatting):
    """A bot of Slack that writes direct messages."""

    readers = (MARIA, TOM)

    @pytest.fixture
    def channel(self) -> Channel:
        """A workspace that knows everybody."""
        return bot(self.chat)

    @pytest.fixture
    def closed(self, nowhere: Chat) -> Channel:
        """No Slack."""
        return bot(nowhere)

    def reached(self, said: dict[str, Any]) -> str:
        """Whose conversation it is."""
        return str(said["channel"]).removeprefix("D-U-")

    def message_id(self, said: dict[str, Any]) -> str:
        """What the metadata says."""
        return f"<{said['metadata']['event_payload']['message_id']}>"


class TestSlackBotToAPlace(TestSlackBotToPeople, PlaceContract):
    """A bot of Slack that posts into one channel."""

    readers = (PLACE, PLACE)

    @pytest.fixture
    def channel(self) -> Channel:
        """A workspace with the channel."""
        return bot(self.chat, direct=False)


class TestSlackWebhook(_Chatting, PlaceContract):
    """A webhook of Slack."""

    @pytest.fixture
    def channel(self) -> Channel:
        """One that works."""
        return hook(self.chat)

    @pytest.fixture
    def closed(self, nowhere: Chat) -> Channel:
        """No Slack."""
        return hook(nowhere)


class TestTeams(_Chatting, PlaceContract):
    """A workflow of Teams."""

    @pytest.fixture
    def channel(self) -> Channel:
        """One that works."""
        return teams(self.chat)

    @pytest.fixture
    def closed(self, nowhere: Chat) -> Channel:
        """No Teams."""
        return teams(nowhere)


class TestApprise(_Chatting, PlaceContract):
    """A service apprise knows."""

    @pytest.fixture
    def channel(self) -> Channel:
        """One that works."""
        return others(self.chat)

    @pytest.fixture
    def closed(self) -> Channel:
        """A service apprise does not know."""
        return Apprise(("carrierpigeon://verysecret",))


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
