"""A real mail server on loopback that misbehaves on request, and the certificate it shows."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ipaddress
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "watch@agency.example", "correct horse battery staple"

DROP = object()
"""An answer that is none: the connection is closed."""

Answer = str | float | object
"""What a verb is answered with: a line, a wait in seconds before a yes, or DROP."""


@dataclass
class Mailbox:
    """The server's handler: what arrived, and what each verb is answered with.

    `answers` maps a verb to answers that are used up one after the other, then it says yes. The
    verb `TAKEN` is the answer after the message was taken over for good, `DATA` the one before.
    `refuse` maps a recipient to the answer it always gets. `pipelining` is offered on request.
    """

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    refuse: dict[str, str] = field(default_factory=dict)
    pipelining: bool = False
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    verbs: list[str] = field(default_factory=list)
    connections: int = 0

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, name: str, lines: list[str]
    ) -> list[str]:
        """Says hello."""
        del server, envelope
        session.host_name = name
        return [lines[0], "250-PIPELINING", *lines[1:]] if self.pipelining else lines

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answers MAIL FROM."""
        del session
        answer = await self._answer("MAIL", server)
        if answer.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answers RCPT TO."""
        del session, options
        answer = self.refuse.get(address) or await self._answer("RCPT", server)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_RSET(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Answers RSET."""
        del server, session, envelope
        self.verbs.append("RSET")
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Says goodbye."""
        del server, session, envelope
        self.verbs.append("QUIT")
        return "221 bye"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Answers a whole message."""
        del session
        answer = await self._answer("DATA", server)
        if not answer.startswith("250"):
            return answer
        content = cast("bytes", envelope.content)
        self.raw.append(content)
        self.mails.append(BytesParser(policy=default).parsebytes(content))
        self.recipients.append(list(envelope.rcpt_tos))
        return await self._answer("TAKEN", server)

    async def _answer(self, verb: str, server: SMTP) -> str:
        self.verbs.append(verb)
        queue = self.answers.get(verb)
        answer = queue.pop(0) if queue else "250 OK"
        if answer is DROP:
            cast("asyncio.Transport", server.transport).abort()
            return "421 nobody hears this"
        if isinstance(answer, int | float):
            await asyncio.sleep(answer)
            return "250 OK"
        return str(answer)


@dataclass
class TokenMailbox(Mailbox):
    """A mailbox that lets USER in with `token` by XOAUTH2, and tells why not in a challenge."""

    token: str = ""
    asked: list[str] = field(default_factory=list)

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        """Checks the token; without one on the first line it asks for it."""
        self.asked.append("at once" if len(args) > 1 else "on request")
        said = base64.b64decode(args[1]) if len(args) > 1 else await server.challenge_auth("")
        if said == f"user={USER}\1auth=Bearer {self.token}\1\1".encode():
            return AuthResult(success=True)
        answer = await server.challenge_auth('{"status":"401","schemes":"bearer"}')
        assert answer == b""
        return AuthResult(success=False, handled=False, message=f"535 5.7.3 no {said!r}")


class Scripted(asyncio.Protocol):
    """A server that says whatever `answer` makes of a verb and the whole line."""

    def __init__(self, greeting: str, answer: Callable[[str, str], str]) -> None:
        self._greeting, self._answer = greeting, answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greets."""
        self._transport = cast("asyncio.Transport", transport)
        self._say(self._greeting)

    def data_received(self, data: bytes) -> None:
        """Answers a line."""
        line = data.decode(errors="replace").strip()
        self._say(self._answer(line.partition(" ")[0].upper(), line))

    def _say(self, lines: str) -> None:
        self._transport.write(f"{lines}\r\n".encode())


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate for 127.0.0.1 in two files, and who trusts it."""

    certificate: Path
    key: Path

    def server(self) -> ssl.SSLContext:
        """What the server shows."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def client(self) -> ssl.SSLContext:
        """A client that trusts this certificate and checks everything else."""
        return ssl.create_default_context(cafile=str(self.certificate))


def make_certificate(folder: Path, host: str = "127.0.0.1") -> Certificate:
    """A fresh certificate for `host` in `folder`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    made = Certificate(folder / "server.pem", folder / "server.key")
    made.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return made


def check_login(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
) -> AuthResult:
    """Lets USER in with PASSWORD."""
    del server, session, envelope, mechanism
    right = (
        isinstance(data, LoginPassword)
        and data.login.decode() == USER
        and data.password.decode() == PASSWORD
    )
    return AuthResult(success=right, handled=False)


@contextlib.contextmanager
def serving(factory: Callable[[], Any], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server in a thread of its own; gives its port on 127.0.0.1."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(factory, "127.0.0.1", 0, ssl=tls))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_closed(server), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def _closed(server: asyncio.Server) -> None:
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@contextlib.contextmanager
def mail_server(
    mailbox: Mailbox,
    *,
    certificate: Certificate | None = None,
    implicit_tls: bool = False,
    login: bool = False,
    **options: Any,
) -> Iterator[int]:
    """A mail server for `mailbox`; gives its port. With a certificate it wants STARTTLS or TLS."""
    context = certificate.server() if certificate else None
    if context and not implicit_tls:
        options |= {"tls_context": context, "require_starttls": True}
    if login:
        options |= {
            "authenticator": check_login,
            "auth_required": True,
            "auth_require_tls": not implicit_tls and context is not None,
        }

    def connected() -> SMTP:
        mailbox.connections += 1
        with warnings.catch_warnings():
            # It warns of a login without STARTTLS, which is the point of some tests.
            warnings.simplefilter("ignore", UserWarning)
            return SMTP(mailbox, hostname="localhost", enable_SMTPUTF8=False, **options)

    with serving(connected, context if implicit_tls else None) as port:
        yield port
