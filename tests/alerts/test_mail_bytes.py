"""Mails written at once are those that the standard library builds, to the byte."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from certsync.alerts.alert import Recipient
from certsync.alerts.digest import Digest, Message
from certsync.alerts.mail import as_email
from certsync.alerts.mail_bytes import _folded, as_bytes
from certsync.alerts.tiers import Address
from tests.alerts.letters import alert, letter, plain
from tests.alerts.test_mail import HOSTILE
from tests.alerts.world import NOW, PRO, TODAY, alerts_of, certs, writer

WORDS = st.text(st.sampled_from("aZ0 =?_-.:,;()<>@\"'\\\t\r\nüñ宛\u2028\x00~!"), max_size=90)
TEXTS = st.text(st.sampled_from("ab .=\t\r\nü宛\x0c\x85-"), max_size=400)


def named(name: str, subject: str) -> Message:
    """A message with this name in every address and this subject."""
    digest = Digest("email", Recipient("maria@a.example", name, ()), (alert(),), TODAY)
    sender = Address("watch@a.example", name)
    return replace(plain(digest, NOW), subject=subject, sender=sender, reply_to=sender)


@settings(max_examples=200, deadline=None)
@given(name=WORDS | st.text(max_size=120), subject=WORDS | st.text(max_size=300))
@example(name="a" * 60, subject="x" * 59 + " " + "y" * 60 + " z")
@example(name="a b", subject="Critical: " + "word " * 40 + "end")
@example(name="=?x?= b", subject="a =?utf-8?q?x?= b")
def test_headers_are_those_of_the_library(name: str, subject: str) -> None:
    """Whatever stands in a name or a subject, both ways fold, quote and encode it alike."""
    message = named(name, subject)
    assert as_bytes(message) == as_email(message).as_bytes()


@pytest.mark.parametrize("text", HOSTILE)
def test_known_attacks_are_written_alike(text: str) -> None:
    """What is harmless in one of the two is the same bytes in the other."""
    assert as_bytes(named(text, text)) == as_email(named(text, text)).as_bytes()


@pytest.mark.parametrize("length", range(60, 90))
def test_a_subject_is_folded_at_the_same_word(length: int) -> None:
    """Around the 78th character of a line both ways break it at the same blank."""
    for words in ("x" * 30 + " ", "ab ", "word, "):
        message = named("Maria", (words * 40)[:length].strip())
        assert as_bytes(message) == as_email(message).as_bytes()


@settings(max_examples=200, deadline=None)
@given(text=TEXTS | st.text(max_size=300), html=TEXTS, calendar=st.binary(max_size=300))
@example(text="x" * 79, html="ü" * 400, calendar=b"")
@example(
    text=("a" * 80 + "\n") * 10 + "ü" * 400, html=("ü" * 40 + "\n") * 10 + "a" * 900, calendar=b""
)
@example(text="", html="a \nb\t\n" + "=" * 200 + " ", calendar=b"x" * 57)
def test_bodies_are_those_of_the_library(text: str, html: str, calendar: bytes) -> None:
    """Seven bits, quoted-printable or base64: the same choice, and the same lines."""
    if any("\ud800" <= c <= "\udfff" for c in text):
        return
    message = replace(letter(), text=text, html=html, calendar=calendar)
    assert as_bytes(message) == as_email(message).as_bytes()


@pytest.mark.parametrize(
    "email", ["maria@agency.example", "o'neil@agency.example", "x" * 60 + "@a"]
)
@pytest.mark.parametrize(
    "message_id", ["<" + "a" * 40 + "@a.example>", "<x@" + "a" * 80 + ".example>"]
)
def test_addresses_and_ids_are_those_of_the_library(email: str, message_id: str) -> None:
    """Short or long, plain or not."""
    message = letter(to=email, message_id=message_id)
    assert as_bytes(message) == as_email(message).as_bytes()


def test_a_real_message_is_that_of_the_library() -> None:
    """A digest as it is written for people, with its calendar file."""
    rows = certs(("E1", PRO, TODAY.replace(day=28)), ("E1", "Zoë's PMP", TODAY.replace(month=5)))
    digest = Digest(
        "email",
        Recipient("maria@agency.example", "Maria Lopez", ("holder",)),
        tuple(alerts_of(rows)[:2]),
        TODAY,
    )
    message = writer(rows)(digest, NOW)
    assert message.calendar
    assert as_bytes(message) == as_email(message).as_bytes()


def test_a_header_that_came_out_as_two_is_not_written() -> None:
    """Should a library fold a line break into a header, nothing is written at all."""

    class Two(str):
        """A parsed header that folds into two."""

        def fold(self, **_: object) -> str:
            """Fold it."""
            return "Subject: a\r\nBcc: evil@x.example\r\n"

        name = "Subject"

    with pytest.raises(ValueError, match="Subject"):
        _folded("Subject", Two("a"))
