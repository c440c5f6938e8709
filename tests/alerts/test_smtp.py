"""A real mail server on loopback, well behaved and not: each message has the honest receipt."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
import time
from pathlib import Path

import pytest

from certsync.alerts.alert import State
from certsync.alerts.channels.base import Receipt
from certsync.alerts.channels.smtp import Smtp
from certsync.alerts.channels.smtp_session import DROPS
from certsync.alerts.channels.smtp_settings import SmtpSettings
from tests.alerts.letters import letter
from tests.alerts.servers import (
    DROP,
    PASSWORD,
    USER,
    Answer,
    Certificate,
    Mailbox,
    Scripted,
    check_login,
    mail_server,
    make_certificate,
    serving,
)

PEOPLE = [f"person{n}@agency.example" for n in range(5)]


def send(port: int, *people: str, timeout: float = 0.3) -> list[Receipt]:
    """One message to each of these people through an unencrypted server on loopback."""
    settings = SmtpSettings("127.0.0.1", port, "none", timeout=timeout, data_timeout=timeout)
    with Smtp(settings).session() as session:
        return [session.send(letter(to=person)) for person in people]


@pytest.mark.parametrize(
    ("verb", "answer", "state", "taken"),
    [
        ("RCPT", "550 5.1.1 no such user", State.FAILED, False),
        ("RCPT", "451 4.7.1 greylisted", State.RETRY, False),
        ("RCPT", "550 5.4.5 Daily user sending limit exceeded", State.RETRY, False),
        ("MAIL", "550 5.7.60 not permitted to send as this sender", State.RETRY, False),
        ("MAIL", "451 4.3.0 try later", State.RETRY, False),
        ("DATA", "554 5.6.0 content rejected", State.FAILED, False),
        ("DATA", "554 5.7.1 message rejected as spam", State.RETRY, False),
        ("DATA", "554 blocked by policy", State.RETRY, False),
        ("RCPT", "554 5.7.1 <x@agency.example>: Relay access denied", State.RETRY, False),
        ("RCPT", "550 5.7.1 client host blocked using a block list", State.RETRY, False),
        ("RCPT", "550 relay not permitted", State.RETRY, False),
        ("RCPT", "550 no such user: relay@policy.example", State.FAILED, False),
        ("RCPT", "550 5.1.1 relay: unknown user", State.FAILED, False),
        ("RCPT", "550 5.2.1 mailbox disabled", State.FAILED, False),
        ("DATA", "452 4.3.1 no space", State.RETRY, False),
        ("DATA", "421 4.3.2 shutting down", State.RETRY, False),
        ("DATA", "554 5.2.252 SendAsDenied", State.RETRY, False),
        ("DATA", DROP, State.UNCERTAIN, False),
        ("TAKEN", DROP, State.UNCERTAIN, True),
        ("TAKEN", 1.0, State.UNCERTAIN, True),
        ("TAKEN", "what?", State.UNCERTAIN, True),
        ("TAKEN", "250 OK", State.SENT, True),
    ],
)
def test_each_answer_has_its_receipt(verb: str, answer: Answer, state: State, taken: bool) -> None:
    """What the server says, or does not say, decides the state; the next message goes out."""
    mailbox = Mailbox({verb: [answer]})
    with mail_server(mailbox) as port:
        first, second = send(port, *PEOPLE[:2])
    assert (first.state, second.state) == (state, State.SENT)
    arrived = [[PEOPLE[0]], [PEOPLE[1]]] if taken else [[PEOPLE[1]]]
    assert mailbox.recipients == arrived


@pytest.mark.parametrize("verb", ["MAIL", "RCPT"])
@pytest.mark.parametrize("answer", [DROP, "421 4.3.2 idle too long", "no such answer", 1.0])
def test_a_connection_that_breaks_is_made_again(verb: str, answer: Answer) -> None:
    """Before the final dot nothing is taken over: a stale connection costs no message."""
    mailbox = Mailbox({verb: ["250 OK", answer]})
    with mail_server(mailbox) as port:
        receipts = send(port, *PEOPLE[:3])
    assert [r.state for r in receipts] == [State.SENT] * 3
    assert mailbox.recipients == [[p] for p in PEOPLE[:3]]
    assert mailbox.connections == 2


def test_a_fresh_connection_that_breaks_leaves_the_message_for_later() -> None:
    """One try on a new connection is enough: the message is RETRY, the next one goes out."""
    mailbox = Mailbox({"MAIL": [DROP]})
    with mail_server(mailbox) as port:
        first, second = send(port, *PEOPLE[:2])
    assert (first.state, second.state) == (State.RETRY, State.SENT)
    assert "broke off" in first.detail


def test_unclear_answers_are_not_waited_for_again_and_again() -> None:
    """After three messages in a row without an answer the rest waits for the next run."""
    mailbox = Mailbox({"TAKEN": [DROP] * 99})
    with mail_server(mailbox) as port:
        receipts = send(port, *PEOPLE)
    assert [r.state for r in receipts] == [State.UNCERTAIN] * DROPS + [State.RETRY] * 2
    assert "no clear answer 3 times in a row" in receipts[-1].detail
    assert len(mailbox.recipients) == DROPS


def test_an_answer_in_between_starts_the_count_anew() -> None:
    """Only answers that miss one after the other are a sign that the server is unwell."""
    mailbox = Mailbox({"TAKEN": [DROP, DROP, "250 OK", DROP, DROP]})
    with mail_server(mailbox) as port:
        receipts = send(port, *PEOPLE)
    unclear, sent = State.UNCERTAIN, State.SENT
    assert [r.state for r in receipts] == [unclear, unclear, sent, unclear, unclear]


class Endless(asyncio.Protocol):
    """A server whose answer at one verb has no end: quick lines, or a byte now and then."""

    def __init__(self, verb: str, piece: bytes, pause: float) -> None:
        self.verb, self.piece, self.pause = verb, piece, pause

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._answer("banner", b"220 ready")

    def data_received(self, data: bytes) -> None:
        """Answer a line."""
        self._answer(data[:4].decode(errors="replace"), b"250 OK")

    def _answer(self, verb: str, usual: bytes) -> None:
        if verb == self.verb:
            asyncio.get_running_loop().call_soon(self._drip)
        else:
            self.transport.write(usual + b"\r\n")

    def _drip(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(self.piece)
            asyncio.get_running_loop().call_later(self.pause, self._drip)


@pytest.mark.parametrize("verb", ["banner", "EHLO", "MAIL"])
@pytest.mark.parametrize(
    ("piece", "pause"), [(b"250-more\r\n" * 1000, 0), (b"2", 0.05), (b"250-more\r\n", 0.05)]
)
def test_no_answer_goes_on_for_ever(verb: str, piece: bytes, pause: float) -> None:
    """A time-out counts from the beginning of an answer, and an answer has a size."""
    started = time.monotonic()
    with serving(lambda: Endless(verb, piece, pause)) as port:
        (receipt,) = send(port, PEOPLE[0], timeout=0.4)
    assert receipt.state is State.RETRY
    assert time.monotonic() - started < 3


def test_a_server_that_always_breaks_is_left_alone() -> None:
    """After three broken connections in a row no further message waits for the server."""
    mailbox = Mailbox({"MAIL": [DROP] * 99})
    with mail_server(mailbox) as port:
        receipts = send(port, *PEOPLE)
    assert [r.state for r in receipts] == [State.RETRY] * 5
    assert mailbox.connections == DROPS
    assert "in a row" in receipts[-1].detail


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_bad_addresses_delay_nobody(count: int) -> None:
    """Of five recipients any number may be refused; each other one is served at once."""
    refused = dict.fromkeys(PEOPLE[:count], "550 5.1.1 no such user")
    mailbox = Mailbox(refuse=refused)
    with mail_server(mailbox) as port:
        receipts = send(port, *PEOPLE)
    expected = [State.FAILED] * count + [State.SENT] * (5 - count)
    assert [r.state for r in receipts] == expected
    assert mailbox.connections == 1
    assert mailbox.verbs.count("RSET") == count


def test_the_daily_limit_waits_for_tomorrow() -> None:
    """5.4.5 is a 5xx that passes: the receipt says to wait a day."""
    mailbox = Mailbox({"RCPT": ["550 5.4.5 Daily user sending limit exceeded"]})
    with mail_server(mailbox) as port:
        (receipt,) = send(port, PEOPLE[0])
    assert (receipt.state, receipt.wait_days) == (State.RETRY, 1)


def test_one_connection_serves_a_whole_run() -> None:
    """Five messages, one connection."""
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        send(port, *PEOPLE)
    assert mailbox.connections == 1


def test_a_slow_answer_to_a_whole_message_is_waited_for() -> None:
    """The wait after the final dot has its own, longer limit."""
    mailbox = Mailbox({"TAKEN": [0.6]})
    settings = SmtpSettings
    with mail_server(mailbox) as port:
        server = settings("127.0.0.1", port, "none", timeout=0.3, data_timeout=5)
        with Smtp(server).session() as session:
            receipt = session.send(letter())
    assert receipt.state is State.SENT
    assert settings.data_timeout >= 120


def test_the_content_arrives_to_the_byte() -> None:
    """Dots are stuffed and unstuffed, lines end in CRLF, and nothing needs eight bits."""
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        send(port, PEOPLE[0])
    (raw,) = mailbox.raw
    assert b"\r\n.\r\n.dot\r\n" in raw
    assert raw.replace(b"\r\n", b"").find(b"\n") == -1
    assert raw.isascii()


@pytest.mark.parametrize("implicit", [False, True])
def test_encrypted_and_logged_in(certificate: Certificate, implicit: bool) -> None:
    """STARTTLS and TLS with a login, against a certificate that is checked."""
    mailbox = Mailbox()
    with mail_server(mailbox, certificate=certificate, implicit_tls=implicit, login=True) as port:
        settings = SmtpSettings(
            "127.0.0.1", port, "tls" if implicit else "starttls", USER, PASSWORD
        )
        with Smtp(settings, certificate.client()).session() as session:
            receipt = session.send(letter())
    assert receipt.state is State.SENT
    assert len(mailbox.mails) == 1


def test_a_certificate_nobody_vouches_for_is_refused(certificate: Certificate) -> None:
    """An unknown certificate ends the attempt before anything is said."""
    mailbox = Mailbox()
    with mail_server(mailbox, certificate=certificate, login=True) as port:
        settings = SmtpSettings("127.0.0.1", port, "starttls", USER, PASSWORD)
        with Smtp(settings).session() as session:
            receipt = session.send(letter())
    assert receipt.state is State.RETRY
    assert "certificate cannot be trusted" in receipt.detail
    assert mailbox.verbs == []


def test_a_certificate_for_another_host_is_refused(tmp_path: Path) -> None:
    """The name in the certificate has to be the one in the config."""
    other = make_certificate(tmp_path, "127.0.0.2")
    with mail_server(Mailbox(), certificate=other) as port:
        settings = SmtpSettings("127.0.0.1", port, "starttls")
        with Smtp(settings, other.client()).session() as session:
            receipt = session.send(letter())
    assert "certificate cannot be trusted" in receipt.detail


def test_starttls_never_falls_back_to_plain(certificate: Certificate) -> None:
    """A server, or somebody on the way, that hides STARTTLS gets no login and no mail."""
    mailbox = Mailbox()
    with mail_server(
        mailbox, authenticator=check_login, auth_require_tls=False, auth_required=True
    ) as port:
        settings = SmtpSettings("127.0.0.1", port, "starttls", USER, PASSWORD)
        with Smtp(settings, certificate.client()).session() as session:
            receipt = session.send(letter())
    assert receipt.state is State.RETRY
    assert "does not offer STARTTLS" in receipt.detail
    assert mailbox.mails == []


def test_plain_text_is_for_this_machine_alone() -> None:
    """`security: none` with any other server is refused when the settings are made."""
    SmtpSettings("localhost", 25, "none")
    SmtpSettings("::1", 25, "none")
    with pytest.raises(ValueError, match="in the clear"):
        SmtpSettings("mail.agency.example", 25, "none")
    with pytest.raises(ValueError, match="no password"):
        SmtpSettings("mail.agency.example", username=USER)


def refusing(answer: str) -> Scripted:
    """A server that refuses every login and repeats the line, as careless servers do."""

    def answered(verb: str, line: str) -> str:
        known = {"EHLO": "250-mail.example\r\n250 AUTH PLAIN LOGIN", "QUIT": "221 bye"}
        return known.get(verb, f"{answer} {line}")

    return Scripted("220 mail.example ready", answered)


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        ("535 5.7.139 Authentication unsuccessful, basic authentication is disabled", "Microsoft"),
        (
            "535-5.7.8 Username and Password not accepted. For more go to gmail\r\n535 5.7.8",
            "app p",
        ),
        ("535 5.7.8 authentication failed", "environment variable"),
    ],
)
def test_a_refused_login_is_explained_without_the_password(answer: str, advice: str) -> None:
    """The sentence names the next step, and holds no secret even if the server repeats it."""
    with serving(lambda: refusing(answer)) as port:
        settings = SmtpSettings("127.0.0.1", port, "none", USER, PASSWORD, timeout=2)
        with Smtp(settings).session() as session:
            receipt = session.send(letter())
    assert receipt.state is State.RETRY
    assert advice in receipt.detail
    assert not leaks(receipt.detail)
    assert not leaks(repr(settings))


def forms() -> list[str]:
    """The password in every form it has on the wire."""
    plain = [PASSWORD, f"\0{USER}\0{PASSWORD}"]
    return [PASSWORD, *(base64.b64encode(text.encode()).decode() for text in plain)]


def leaks(text: str) -> bool:
    """Whether a text holds the password in any form."""
    return any(form in text for form in forms())


@pytest.mark.parametrize("stage", ["", "EHLO", "AUTH", "MAIL"])
def test_no_error_holds_a_secret(stage: str) -> None:
    """Wherever a server fails and whatever it repeats, the password is not in the sentence."""
    told = f"554 no {' '.join(forms())}"

    def answered(verb: str, line: str) -> str:
        del line
        welcome = {"EHLO": "250 AUTH PLAIN", "AUTH": "235 welcome"}
        return told if verb in (stage, "HELO") else welcome.get(verb, "250 OK")

    with serving(lambda: Scripted("220 ready" if stage else told, answered)) as port:
        settings = SmtpSettings("127.0.0.1", port, "none", USER, PASSWORD, timeout=2)
        with Smtp(settings).session() as session:
            receipt = session.send(letter())
    assert receipt.state is State.RETRY
    assert receipt.detail
    assert not leaks(receipt.detail)


def test_a_password_that_is_not_ascii_is_explained() -> None:
    """No library sends such a password; the sentence says so without showing it."""
    with serving(lambda: refusing("535 no")) as port:
        settings = SmtpSettings("127.0.0.1", port, "none", USER, "pässwörd", timeout=2)
        with Smtp(settings).session() as session:
            receipt = session.send(letter())
    assert "plain ASCII" in receipt.detail
    assert "ä" not in receipt.detail


def test_a_silent_server_is_not_waited_for_twice() -> None:
    """A server that accepts connections and says nothing costs one time-out, not one a message."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        receipts = send(silent.getsockname()[1], *PEOPLE)
    assert [r.state for r in receipts] == [State.RETRY] * 5
    assert len({r.detail for r in receipts}) == 1


def test_tls_is_never_weaker_than_the_default() -> None:
    """Without a context of the caller's the channel checks certificate and host name."""
    assert Smtp(SmtpSettings("mail.agency.example")).context is None
    context = ssl.create_default_context()
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
