"""Headers that nothing in a cell can reach, and a body that arrives as it was written."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP, compat32, default
from email.utils import getaddresses

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from certsync.alerts.alert import Recipient
from certsync.alerts.digest import Digest
from certsync.alerts.hygiene import one_line
from certsync.alerts.mail import as_email
from certsync.alerts.tiers import Address
from tests.alerts.letters import alert, letter, plain
from tests.alerts.world import NOW, TODAY

HEADERS = [
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "List-Id",
    "Content-Type",
    "MIME-Version",
]
HOSTILE = [
    "Bob\r\nBcc: evil@x.example",
    "Bob\nBcc: evil@x.example\n\nbody",
    "Bob, evil@x.example",
    '"Bob" <evil@x.example>',
    "=?utf-8?q?x=0D=0ABcc=3A_evil=40x=2Eexample?=",
    "=?utf-8?b?eA0KQmNjOiBldmlsQHguZXhhbXBsZQ==?=",
    "=?utf-8?q?x?= =?utf-8?q?=0ABcc=3A_evil=40x=2Eexample?=",
    "=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3D0ABcc=3A_evil=3F=3D?=",
    "=?nonsense?q?x=0D=0A?=",
    "=?utf-8?b?!!!?=",
    "=\r?utf-8?q?x=0D=0ABcc=3A_evil?=",
    "Bob\x0bBcc: evil@x.example",
    "Bob\x85Bcc: evil@x.example",
    "Bob\u2028Bcc: evil@x.example",
    "Bob\u202egnp.exe",
    "Bob (comment) <a@b.example>",
    "Bob\\",
    'Bob "',
    ";:<>@,()[]",
    "Bob\r\nBcc: evil@x.example" * 4,
    'Bob "the, cert" <evil@x.example>; ' * 3,
    "Müller, Bcc: evil@x.example (x) " * 3,
    "\ud800 half",
    "Zoë Müller-Ångström " * 20,
    "宛先 " * 60,
    "",
    "   ",
    "\0",
]


def sent(name: str, subject: str) -> tuple[bytes, EmailMessage]:
    """A mail with this name and subject, as bytes and as a mail program reads it."""
    message = plain(Digest("email", Recipient("maria@a.example", name, ()), (alert(),), TODAY), NOW)
    message = replace(
        message,
        subject=subject,
        sender=Address("watch@a.example", name),
        reply_to=Address("cora@a.example", name),
    )
    raw = as_email(message).as_bytes()
    return raw, BytesParser(policy=default).parsebytes(raw)


@settings(max_examples=150, deadline=None)
@given(name=st.text(max_size=120), subject=st.text(max_size=300))
@example(name="=?utf-8?q?x=0D=0ABcc=3A_evil=40x=2Eexample?=", subject="=?utf-8?q?a=0A=0Ab?=")
@example(name="\rBcc:x@y.z", subject="\r\nBcc: x@y.z")
def test_no_text_reaches_a_header(name: str, subject: str) -> None:
    """Whatever stands in a name or a title: the same headers, one recipient, one line each."""
    check(name, subject)


@pytest.mark.parametrize("text", HOSTILE)
def test_known_attacks_reach_no_header(text: str) -> None:
    """Line breaks, encoded words, lists of recipients and invisible marks are harmless."""
    check(text, text)


@pytest.mark.campaign
@settings(max_examples=10_000, deadline=None)
@given(
    name=st.lists(st.sampled_from(HOSTILE) | st.text(max_size=20), max_size=4).map("".join),
    subject=st.lists(st.sampled_from(HOSTILE) | st.text(max_size=40), max_size=4).map("".join),
)
def test_no_mixture_of_attacks_reaches_a_header(name: str, subject: str) -> None:
    """Attacks glued to each other and to anything else are as harmless as alone."""
    check(name, subject)


def check(name: str, subject: str) -> None:
    """Build, serialise, read again in three ways: nothing but what was meant."""
    raw, mail = sent(name, subject)
    head = raw.partition(b"\r\n\r\n")[0]
    assert sorted(mail.keys()) == sorted(HEADERS)
    assert mail.defects == []
    # What an older reader, and one that only splits lines, would see.
    assert sorted(BytesParser(policy=compat32).parsebytes(raw).keys()) == sorted(HEADERS)
    lines = [line for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    assert len(lines) == len(HEADERS)
    assert b"\r" not in head.replace(b"\r\n", b"")
    assert b"\n" not in head.replace(b"\r\n", b"")
    for header, email in (
        ("To", "maria@a.example"),
        ("From", "watch@a.example"),
        ("Reply-To", "cora@a.example"),
    ):
        assert [a.addr_spec for a in mail[header].addresses] == [email]
        flat = str(BytesParser(policy=compat32).parsebytes(raw)[header]).replace("\r\n", "")
        assert [a for _, a in getaddresses([flat])] == [email]
    again = BytesParser(policy=default).parsebytes(mail.as_bytes(policy=SMTP))
    assert sorted(again.keys()) == sorted(HEADERS)


@pytest.mark.parametrize("name", [*HOSTILE, "x" * 40, "a, " * 13, "ü, " * 13])
@pytest.mark.parametrize("length", [50, 63, 64, 65, 70, 200])
def test_a_long_address_stays_whole(name: str, length: int) -> None:
    """However the line is broken, the one address after the name is the recipient."""
    email = f"{'m' * 40}@{'.'.join(['a' * 7] * 30)}"[: length - 8].rstrip(".") + ".example"
    digest = Digest("email", Recipient(email, name, ()), (alert(),), TODAY)
    mail = BytesParser(policy=default).parsebytes(as_email(plain(digest, NOW)).as_bytes())
    assert [address.addr_spec for address in mail["To"].addresses] == [email]


def test_a_name_is_shown_as_it_is_written() -> None:
    """Harmless text passes unchanged, in any script; an encoded word is shown decoded."""
    for name in ("Zoë Müller", "O'Neil, Jr.", "宛先", 'Bob "the cert" Hall', "a?=b"):
        assert sent(name, name)[1]["To"].addresses[0].display_name == name
    assert one_line("=?utf-8?q?J=C3=BCrgen?=") == "Jürgen"
    assert "Bcc: evil@x.example" in sent("x", HOSTILE[0])[1]["Subject"]


def test_one_line_keeps_its_limit() -> None:
    """A cell as long as a novel becomes one short line."""
    assert one_line("word " * 9000, 50) == f"{'word ' * 9}word…"
    assert len(one_line("x" * 32_767)) == 200


def test_the_same_message_gives_the_same_bytes() -> None:
    """Every attempt is the same to the byte, so a file can be overwritten and a mail compared."""
    assert as_email(letter()).as_bytes() == as_email(letter()).as_bytes()


def test_machines_know_it_for_a_machines_mail() -> None:
    """Out-of-office programs do not answer, lists can be filtered, answers go to a person."""
    mail = as_email(letter())
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"] == "certsync alerts <certsync.agency.example>"
    assert mail["Reply-To"].addresses[0].addr_spec == "cora@agency.example"
    assert mail["Date"] == "Mon, 16 Mar 2026 07:30:00 -0500"


def test_long_lines_fit_any_server() -> None:
    """No line on the wire is longer than SMTP allows, whatever the body holds."""
    long = replace(letter(), text="x" * 5000 + "\n", html=f"<p>{'ü' * 5000}</p>")
    raw = as_email(long).as_bytes()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.isascii()
