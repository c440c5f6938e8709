"""Every channel keeps the promises of its protocol."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

import pytest

from certsync.alerts.channels.base import Channel
from certsync.alerts.channels.outbox import Outbox
from certsync.alerts.channels.smtp import Smtp
from certsync.alerts.channels.smtp_settings import SmtpSettings
from tests.alerts.servers import PASSWORD, USER, Mailbox, mail_server, make_certificate
from tests.contracts.channel import ChannelContract


class TestOutbox(ChannelContract):
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

    @pytest.fixture
    def arrived(self) -> list[EmailMessage]:
        """What the files hold."""
        self.mails: list[EmailMessage] = []
        return self.mails

    def look(self) -> None:
        """Read the folder."""
        parser = BytesParser(policy=default)
        for path in sorted(self.folder.glob("*.eml")) if self.folder.exists() else ():
            self.mails.append(parser.parsebytes(path.read_bytes()))


class TestSmtp(ChannelContract):
    """A mail server with STARTTLS and a login."""

    @pytest.fixture(scope="class")
    @classmethod
    def tls(cls, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
        """One certificate for the class."""
        return make_certificate(tmp_path_factory.mktemp("tls"))

    @pytest.fixture
    def mailbox(self) -> Mailbox:
        """What arrived at the server."""
        return Mailbox()

    @pytest.fixture
    def channel(self, mailbox: Mailbox, tls) -> Iterator[Channel]:  # type: ignore[no-untyped-def]
        """A server that takes everything."""
        with mail_server(mailbox, certificate=tls, login=True) as port:
            yield Smtp(SmtpSettings("127.0.0.1", port, "starttls", USER, PASSWORD), tls.client())

    @pytest.fixture
    def closed(self) -> Channel:
        """A port nobody listens on."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        return Smtp(SmtpSettings("127.0.0.1", port, "none", timeout=2))

    @pytest.fixture
    def arrived(self, mailbox: Mailbox) -> list[EmailMessage]:
        """What the server took."""
        return mailbox.mails
