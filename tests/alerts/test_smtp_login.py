"""Logging in by an access token, and what is said where a login fails."""

from __future__ import annotations

import base64
import http.server
import json
import shlex
import ssl
import sys
import threading
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from certsync.alerts.alert import State
from certsync.alerts.channels import smtp_token
from certsync.alerts.channels.base import Receipt
from certsync.alerts.channels.smtp import Smtp
from certsync.alerts.channels.smtp_settings import MicrosoftLogin, SmtpSettings
from certsync.alerts.channels.smtp_token import NoToken, token
from tests.alerts.letters import letter
from tests.alerts.servers import (
    PASSWORD,
    USER,
    Certificate,
    Scripted,
    TokenMailbox,
    mail_server,
    serving,
)

SHORT, LONG = "ya29.short-token", "eyJ0" * 150
SECRET = "the~client~secret"


def printing(text: str, code: int = 0) -> tuple[str, ...]:
    """A program that prints this and ends with this code."""
    return (sys.executable, "-c", f"import sys; print({text!r}); sys.exit({code})")


def send(port: int, certificate: Certificate, **login: Any) -> Receipt:
    """One message, with this login."""
    settings = SmtpSettings("127.0.0.1", port, "starttls", USER, timeout=5, **login)
    with Smtp(settings, certificate.client()).session() as session:
        return session.send(letter())


@pytest.mark.parametrize(("secret", "asked"), [(SHORT, "at once"), (LONG, "on request")])
def test_a_token_logs_in(certificate: Certificate, secret: str, asked: str) -> None:
    """XOAUTH2 with the first line the command prints; one too long for a line waits to be asked."""
    mailbox = TokenMailbox(token=secret)
    with mail_server(mailbox, certificate=certificate, login=True) as port:
        receipt = send(port, certificate, token_command=printing(f"{secret}\nand more"))
    assert (receipt.state, len(mailbox.mails), mailbox.asked) == (State.SENT, 1, [asked])


@pytest.mark.parametrize("secret", [SHORT, LONG])
def test_a_refused_token_is_explained_and_not_shown(certificate: Certificate, secret: str) -> None:
    """The challenge with the reason gets its empty line; the sentence does not hold the token."""
    mailbox = TokenMailbox(token="another")
    with mail_server(mailbox, certificate=certificate, login=True) as port:
        receipt = send(port, certificate, token_command=printing(secret))
    assert receipt.state is State.RETRY
    assert "the login was refused (535)" in receipt.detail
    assert "SMTP.SendAsApp" in receipt.detail
    assert secret not in receipt.detail
    assert mailbox.mails == []


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "TAKEN"])
def test_a_server_that_repeats_the_token_is_silenced(certificate: Certificate, verb: str) -> None:
    """Wherever a server shows what it was told, the receipt does not."""
    told = f"user={USER}\1auth=Bearer {SHORT}\1\1"
    forms = [SHORT, base64.b64encode(told.encode()).decode()]
    mailbox = TokenMailbox({verb: [f"451 4.3.0 {' '.join(forms)}"]}, token=SHORT)
    with mail_server(mailbox, certificate=certificate, login=True) as port:
        receipt = send(port, certificate, token_command=printing(SHORT))
    assert receipt.state is State.RETRY
    assert "***" in receipt.detail
    assert not any(form in receipt.detail for form in forms)


def test_a_server_without_xoauth2_gets_no_token(certificate: Certificate) -> None:
    """It is not even asked for where the server offers no such login."""
    with serving(lambda: Scripted("220 ready", lambda *_: "250 AUTH PLAIN LOGIN")) as port:
        settings = SmtpSettings("127.0.0.1", port, "none", USER, token_command=("no-such",))
        with Smtp(settings, certificate.client()).session() as session:
            receipt = session.send(letter())
    assert "does not offer login by token (XOAUTH2)" in receipt.detail


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("no-such-program-anywhere",), "could not be started"),
        (printing(SHORT, code=3), "ended with code 3"),
        (printing(""), "no access token on its first line"),
        (printing("two words"), "no access token on its first line"),
        (printing("tökên"), "no access token on its first line"),
        (("python\0",), "could not be started"),
    ],
)
def test_a_token_command_that_fails_is_one_sentence(command: tuple[str, ...], said: str) -> None:
    """What it printed may be the token, and its arguments a secret: neither is repeated."""
    with pytest.raises(NoToken, match=said) as caught:
        token(SmtpSettings("127.0.0.1", username=USER, token_command=(*command, SECRET)))
    assert SHORT not in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_token_command_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """After its time it is ended, and the run goes on without mail."""
    monkeypatch.setattr(smtp_token, "PATIENCE", 0.2)
    slow = (sys.executable, "-c", "import time; time.sleep(60)")
    with pytest.raises(NoToken, match="longer than"):
        token(SmtpSettings("127.0.0.1", username=USER, token_command=slow))


def test_no_shell_reads_the_token_command(tmp_path: Path) -> None:
    """Arguments arrive as they are written: nothing in them starts another program."""
    marker = tmp_path / "started"
    program = "import sys; print(sys.argv[1].count(';') * 'x')"
    trap = f"; touch {shlex.quote(str(marker))}"
    settings = SmtpSettings(
        "127.0.0.1", username=USER, token_command=(sys.executable, "-c", program, trap)
    )
    assert token(settings) == "x"
    assert not marker.exists()


@dataclass
class Entra:
    """Microsoft's token service on loopback: what it was asked, and what it answers."""

    answer: dict[str, object]
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    address: str = ""


@pytest.fixture
def entra(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Iterator[Entra]:
    """A service that gives SHORT."""
    service = Entra({"access_token": SHORT, "token_type": "Bearer", "expires_in": 3600})

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            base = f"{service.address}{self.path.split('/v2.0')[0]}"
            self._say(
                200,
                {
                    "issuer": base,
                    "authorization_endpoint": f"{base}/authorize",
                    "token_endpoint": f"{base}/token",
                },
            )

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            service.asked.append(urllib.parse.parse_qs(body))
            self._say(200 if "access_token" in service.answer else 401, service.answer)

        def _say(self, code: int, content: dict[str, object]) -> None:
            body = json.dumps(content).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        context: ssl.SSLContext = certificate.server()
        server.socket = context.wrap_socket(server.socket, server_side=True)
        service.address = f"https://127.0.0.1:{server.server_port}"
        monkeypatch.setattr(smtp_token, "_AUTHORITY", service.address)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.certificate))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield service
        server.shutdown()


def microsoft(secret: str = SECRET) -> MicrosoftLogin:
    """An application of the agency's tenant."""
    return MicrosoftLogin("tenant-1", "client-1", secret)


def test_microsoft_gives_the_token(certificate: Certificate, entra: Entra) -> None:
    """The application asks for itself, for the one scope, and logs in with what it got."""
    mailbox = TokenMailbox(token=SHORT)
    with mail_server(mailbox, certificate=certificate, login=True) as port:
        receipt = send(port, certificate, oauth=microsoft())
    assert (receipt.state, len(mailbox.mails)) == (State.SENT, 1)
    (asked,) = entra.asked
    assert asked["grant_type"] == ["client_credentials"]
    assert asked["scope"] == ["https://outlook.office365.com/.default"]
    assert (asked["client_id"], asked["client_secret"]) == (["client-1"], [SECRET])


def test_microsoft_refuses_the_application(certificate: Certificate, entra: Entra) -> None:
    """The sentence names the keys to check and Microsoft's code, and repeats no secret."""
    entra.answer = {
        "error": "invalid_client",
        "error_description": f"AADSTS7000215: Invalid client secret provided: {SECRET}",
        "error_codes": [7000215],
    }
    mailbox = TokenMailbox(token=SHORT)
    with mail_server(mailbox, certificate=certificate, login=True) as port:
        receipt = send(port, certificate, oauth=microsoft())
    assert receipt.state is State.RETRY
    assert "invalid_client, AADSTS7000215" in receipt.detail
    assert "`client_secret`" in receipt.detail
    assert SECRET not in receipt.detail
    assert SECRET not in repr(SmtpSettings("127.0.0.1", username=USER, oauth=microsoft()))


def test_microsoft_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """No way to the service is one sentence as well."""
    monkeypatch.setattr(smtp_token, "_AUTHORITY", "https://127.0.0.1:9")
    with pytest.raises(NoToken, match="can be reached"):
        token(SmtpSettings("127.0.0.1", username=USER, oauth=microsoft()))


@pytest.mark.parametrize(
    ("answer", "password", "by_token"),
    [
        ("535 5.7.139 Authentication unsuccessful, basic authentication", "December 2026", "allow"),
        ("535 5.7.3 Authentication unsuccessful", "`oauth` or `token_command`", "SendAsApp"),
        ("535-5.7.8 Username not accepted, see gmail\r\n535 5.7.8 no", "app p", "mail.google.com"),
        ("534-5.7.9 Application-specific password required\r\n534 5.7.9 x", "app p", "mail.google"),
        ("535 5.7.8 authentication failed", "environment variable", "for this mailbox"),
    ],
)
def test_a_refused_login_has_its_next_step(answer: str, password: str, by_token: str) -> None:
    """What a provider means by its code, for a login by password and for one by token."""
    known = {"EHLO": "250-mail.example\r\n250 AUTH PLAIN XOAUTH2"}
    logins: list[tuple[dict[str, Any], str]] = [
        ({"password": PASSWORD}, password),
        ({"token_command": printing(SHORT)}, by_token),
    ]
    for login, step in logins:
        with serving(lambda: Scripted("220 hi", lambda verb, _: known.get(verb, answer))) as port:
            settings = SmtpSettings("127.0.0.1", port, "none", USER, timeout=5, **login)
            said = Smtp(settings).trouble()
        assert "the login was refused" in said
        assert step in said


@pytest.mark.parametrize(
    ("verb", "answer", "step"),
    [
        ("MAIL", "530 5.7.0 Must issue a STARTTLS command first", "security: starttls"),
        ("MAIL", "530 5.7.0 Authentication Required", "`username`"),
        ("RCPT", "530 5.7.57 Client not authenticated to send mail", "`username`"),
    ],
)
def test_a_server_that_wants_a_login_says_nothing_against_people(
    verb: str, answer: str, step: str
) -> None:
    """530 is a matter of the config: the message waits, and the sentence says what to write."""
    said = {verb: answer}
    with (
        serving(lambda: Scripted("220 hi", lambda verb, _: said.get(verb, "250 OK"))) as port,
        Smtp(SmtpSettings("127.0.0.1", port, "none", timeout=5)).session() as session,
    ):
        receipt = session.send(letter())
    assert receipt.state is State.RETRY
    assert step in receipt.detail


def test_a_login_is_one_thing() -> None:
    """Two ways at once, a token without a mailbox and a limit of nothing are refused early."""
    for wrong, said in (
        ({"username": USER, "password": "x", "token_command": ("a",)}, "more than one way"),
        ({"token_command": ("a",)}, "needs the user name"),
        ({"per_minute": 0}, "per_minute"),
        ({"per_day": 0}, "per_day"),
    ):
        with pytest.raises(ValueError, match=said):
            SmtpSettings("mail.agency.example", **wrong)
