"""What every channel promises, whatever stands behind it."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import parseaddr

import pytest

from certsync.alerts.alert import State
from certsync.alerts.channels.base import Channel
from tests.alerts.letters import letter

TOM = "tom@agency.example"


class ChannelContract:
    """A class of tests for any channel; give it the fixtures `channel`, `closed` and `arrived`."""

    @pytest.fixture
    def channel(self) -> Channel:
        """A channel that works."""
        raise NotImplementedError

    @pytest.fixture
    def closed(self) -> Channel:
        """The same kind of channel with nothing behind it."""
        raise NotImplementedError

    @pytest.fixture
    def arrived(self) -> list[EmailMessage]:
        """Filled with what arrived through `channel`, once `self.look()` is called."""
        raise NotImplementedError

    def look(self) -> None:
        """Bring `arrived` up to date."""

    def test_a_message_arrives_as_it_was_written(
        self, channel: Channel, arrived: list[EmailMessage]
    ) -> None:
        """Recipient, subject, Message-ID and both parts come through, dots at line starts too."""
        message = letter()
        with channel.session() as session:
            receipt = session.send(message)
        self.look()
        assert receipt.state is State.SENT
        (mail,) = arrived
        assert parseaddr(str(mail["To"])) == ("Maria Lopez", "maria@agency.example")
        assert mail["Subject"] == message.subject
        assert mail["Message-ID"] == message.message_id
        text, html = mail.get_body(("plain",)), mail.get_body(("html",))
        assert text is not None
        assert html is not None
        assert text.get_content().replace("\r\n", "\n") == message.text
        assert message.html in html.get_content()

    def test_several_messages_share_a_session(
        self, channel: Channel, arrived: list[EmailMessage]
    ) -> None:
        """Each message has a receipt of its own, and each arrives."""
        with channel.session() as session:
            receipts = [session.send(letter()), session.send(letter(to=TOM, name="Tom"))]
        self.look()
        assert [r.state for r in receipts] == [State.SENT, State.SENT]
        assert sorted(parseaddr(str(m["To"]))[1] for m in arrived) == ["maria@agency.example", TOM]

    def test_a_session_without_messages_does_nothing(
        self, channel: Channel, closed: Channel, arrived: list[EmailMessage]
    ) -> None:
        """Opening a channel is no reason to fail, even if nothing stands behind it."""
        for one in (channel, closed):
            with one.session():
                pass
        self.look()
        assert arrived == []

    def test_a_channel_that_cannot_be_opened_answers_retry(self, closed: Channel) -> None:
        """Nothing is raised; every message hears the same sentence and stays for the next run."""
        with closed.session() as session:
            first, second = session.send(letter()), session.send(letter(to=TOM))
        assert (first.state, second.state) == (State.RETRY, State.RETRY)
        assert first.detail == second.detail
        assert first.detail

    def test_a_second_attempt_looks_like_the_first(
        self, channel: Channel, arrived: list[EmailMessage]
    ) -> None:
        """Every attempt of a message carries the same Message-ID."""
        with channel.session() as session:
            session.send(letter())
        with channel.session() as session:
            session.send(letter())
        self.look()
        assert len({mail["Message-ID"] for mail in arrived}) == 1

    def test_no_trouble_where_messages_arrive(
        self, channel: Channel, arrived: list[EmailMessage]
    ) -> None:
        """Whether it works is found out without sending anything, before and after a message."""
        assert channel.trouble() == ""
        self.look()
        assert arrived == []
        with channel.session() as session:
            session.send(letter())
        assert channel.trouble() == ""
        self.look()
        assert len(arrived) == 1

    def test_trouble_is_one_sentence(self, closed: Channel) -> None:
        """Why nothing could be handed over, on one line; asking again gives the same answer."""
        said = closed.trouble()
        assert said.endswith(".")
        assert said.isprintable()
        assert closed.trouble() == said

    def test_the_name_is_a_plain_word(self, channel: Channel) -> None:
        """The name stands in the ledger, in JSON and in the config."""
        assert channel.name.isidentifier()
