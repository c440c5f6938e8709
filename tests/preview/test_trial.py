"""Test messages: to the tester and nobody else, and never taken for the real ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email.parser import BytesParser
from email.policy import default

import pytest

from certsync.alerts.alert import State
from certsync.alerts.channels.base import Receipt
from certsync.alerts.mail import as_email
from certsync.alerts.tiers import Address
from certsync.preview.trial import Trial, marked, send
from tests.alerts.letters import FakeChannel, letter
from tests.alerts.test_mail import HOSTILE
from tests.alerts.world import NOW

TESTER = Address("me@agency.example")


def test_a_test_goes_to_the_tester_alone() -> None:
    """Envelope and header name the tester; the subject names whom it would go to."""
    channel = FakeChannel()
    (trial,) = send([letter()], TESTER, channel, NOW)
    (message,) = channel.messages
    assert trial.sent
    assert message.digest.to.email == TESTER.email
    mail = as_email(message)
    assert [a.addr_spec for a in mail["To"].addresses] == [TESTER.email]
    assert mail["Subject"] == (
        "[Test, would go to Maria Lopez, maria@agency.example] Something expires"
    )
    assert (message.text, message.html, message.calendar) == (
        letter().text,
        letter().html,
        letter().calendar,
    )


def test_a_test_is_not_taken_for_the_real_one() -> None:
    """It has a Message-ID of its own, another one each time: mailboxes drop what they know."""
    real = letter()
    first, again = marked(real, TESTER, NOW), marked(real, TESTER, NOW + timedelta(seconds=1))
    assert len({real.message_id, first.message_id, again.message_id}) == 3
    assert first.message_id.startswith("<test.")
    assert first.message_id.endswith("@agency.example>")


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_adds_a_recipient_to_a_test(name: str) -> None:
    """Whatever the real recipient is called, one header and one address."""
    message = marked(replace(letter(name=name), subject=name), TESTER, NOW)
    mail = BytesParser(policy=default).parsebytes(as_email(message).as_bytes())
    assert [a.addr_spec for a in mail["To"].addresses] == [TESTER.email]
    assert "Bcc" not in mail
    assert mail["Subject"].startswith("[Test, would go to ")


def test_without_messages_nothing_is_opened() -> None:
    """No connection is made for nothing."""
    channel = FakeChannel()
    assert send([], TESTER, channel, NOW) == []
    assert channel.sessions == 0


def test_an_unclear_answer_promises_nothing() -> None:
    """A test is not sent again by itself, so nothing says so."""
    unclear = Trial(letter(), Receipt(State.UNCERTAIN, "It goes out again."))
    assert not unclear.sent
    assert "again" not in unclear.detail
