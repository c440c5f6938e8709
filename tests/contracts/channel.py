"""What every channel promises, whatever stands behind it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.utils import parseaddr

import pytest

from certsync.alerts.alert import Recipient, State
from certsync.alerts.channels.base import Channel
from certsync.alerts.digest import Message
from tests.alerts.letters import letter

MARIA = Recipient("maria@agency.example", "Maria Lopez", ("holder",))
TOM = Recipient("tom@agency.example", "Tom Reed", ("holder",))


@dataclass(frozen=True)
class Arrived:
    """A message on the other side: whom it reached, all it says, and the Message-ID it carries.

    `mail` is the whole of it where it is one.
    """

    to: str
    said: str
    message_id: str = ""
    mail: EmailMessage | None = None


class ChannelContract:
    """A class of tests for any channel; give it the fixtures `channel` and `closed`."""

    readers = (MARIA, TOM)
    """Two recipients the channel reaches; the same one twice where it is one place."""

    @pytest.fixture
    def channel(self) -> Channel:
        """A channel that works."""
        raise NotImplementedError

    @pytest.fixture
    def closed(self) -> Channel:
        """The same kind of channel with nothing behind it."""
        raise NotImplementedError

    def arrived(self) -> list[Arrived]:
        """What arrived through `channel` until now."""
        raise NotImplementedError

    def first(self) -> Message:
        """A message to the first reader."""
        return _to(self.readers[0], 1)

    def second(self) -> Message:
        """Another one, to the second reader."""
        return _to(self.readers[1], 2)

    def test_a_message_arrives_as_it_was_written(self, channel: Channel) -> None:
        """It reaches the recipient, and says what it says."""
        with channel.session() as session:
            receipt = session.send(self.first())
        assert receipt.state is State.SENT
        (found,) = self.arrived()
        assert found.to == self.readers[0].email
        assert self.first().subject in found.said
        for line in self.first().text.split("\n"):
            assert line in found.said

    def test_several_messages_share_a_session(self, channel: Channel) -> None:
        """Each message has a receipt of its own, and each arrives."""
        with channel.session() as session:
            receipts = [session.send(self.first()), session.send(self.second())]
        assert [r.state for r in receipts] == [State.SENT, State.SENT]
        assert sorted(found.to for found in self.arrived()) == sorted(r.email for r in self.readers)

    def test_a_session_without_messages_does_nothing(
        self, channel: Channel, closed: Channel
    ) -> None:
        """Opening a channel is no reason to fail, even if nothing stands behind it."""
        for one in (channel, closed):
            with one.session():
                pass
        assert self.arrived() == []

    def test_a_channel_that_cannot_be_opened_answers_retry(self, closed: Channel) -> None:
        """Nothing is raised; every message hears the same sentence and stays for the next run."""
        with closed.session() as session:
            first, second = session.send(self.first()), session.send(self.second())
        assert (first.state, second.state) == (State.RETRY, State.RETRY)
        assert first.detail == second.detail
        assert first.detail

    def test_a_second_attempt_looks_like_the_first(self, channel: Channel) -> None:
        """Every attempt of a message says the same, under the same Message-ID if it has one."""
        for _ in range(2):
            with channel.session() as session:
                session.send(self.first())
        found = self.arrived()
        assert len({(one.said, one.message_id) for one in found}) == 1
        assert found[0].message_id in ("", self.first().message_id)

    def test_no_trouble_where_messages_arrive(self, channel: Channel) -> None:
        """Whether it works is found out without sending anything, before and after a message."""
        assert channel.trouble() == ""
        assert self.arrived() == []
        with channel.session() as session:
            session.send(self.first())
        assert channel.trouble() == ""
        assert len(self.arrived()) == 1

    def test_trouble_is_one_sentence(self, closed: Channel) -> None:
        """Why nothing could be handed over, on one line; asking again gives the same answer."""
        said = closed.trouble()
        assert said.endswith(".")
        assert said.isprintable()
        assert closed.trouble() == said

    def test_the_name_is_a_plain_word(self, channel: Channel) -> None:
        """The name stands in the ledger, in JSON and in the config."""
        assert channel.name.isidentifier()

    def test_its_forms_are_what_is_handed_over(self, channel: Channel) -> None:
        """A preview shows what the message says, and nothing is sent to make it."""
        forms = channel.forms(self.first())
        assert list(forms) == [".json" if channel.chat else ".eml"]
        shown = b"".join(forms.values()).decode()
        assert self.first().subject in shown
        assert self.arrived() == []

    def test_it_reaches_people_or_a_place(self, channel: Channel) -> None:
        """A channel that reaches no person has a place that many read."""
        assert channel.direct or channel.place


class MailContract(ChannelContract):
    """What a channel promises beside, if it sends mails."""

    def test_a_mail_comes_whole(self, channel: Channel) -> None:
        """Recipient, subject, Message-ID and both parts come through, dots at line starts too."""
        message = self.first()
        with channel.session() as session:
            session.send(message)
        (found,) = self.arrived()
        mail = found.mail
        assert mail is not None
        assert parseaddr(str(mail["To"])) == ("Maria Lopez", "maria@agency.example")
        assert mail["Subject"] == message.subject
        assert mail["Message-ID"] == message.message_id
        text, html = mail.get_body(("plain",)), mail.get_body(("html",))
        assert text is not None
        assert html is not None
        assert text.get_content().replace("\r\n", "\n") == message.text
        assert message.html in html.get_content()


class PlaceContract(ChannelContract):
    """What a channel promises beside, if it reaches a place and no person."""

    def test_a_persons_message_is_not_posted_for_all(self, channel: Channel) -> None:
        """It is refused for good, so that another way is taken."""
        with channel.session() as session:
            receipt = session.send(_to(MARIA, 3))
        assert receipt.state is State.FAILED
        assert self.arrived() == []


def from_mail(mail: EmailMessage) -> Arrived:
    """A mail that arrived."""
    part = mail.get_body(("plain",))
    said = part.get_content().replace("\r\n", "\n") if part else ""
    to = parseaddr(str(mail["To"]))[1]
    return Arrived(to, f"{mail['Subject']}\n{said}", str(mail["Message-ID"]), mail)


def _to(reader: Recipient, number: int) -> Message:
    message = letter(to=reader.email, name=reader.name)
    digest = replace(message.digest, to=reader)
    return replace(message, digest=digest, message_id=f"<{number}@agency.example>")
