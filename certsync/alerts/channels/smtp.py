"""Messages through a mail server, on one connection, with an honest receipt for each.

Up to the final dot of a message the server has not taken it over, whatever happens. From there
until its answer nobody can tell: that is the one place where a receipt says UNCERTAIN.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from certsync.alerts.alert import State
from certsync.alerts.channels.base import Receipt, Session
from certsync.alerts.channels.smtp_connection import FAULTS, Unreachable, connect, safe
from certsync.alerts.channels.smtp_settings import SmtpSettings
from certsync.alerts.digest import Message
from certsync.alerts.mail import as_email

DROPS = 3
"""After so many new connections that broke one after the other the server is left alone."""

_ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_DOTS = re.compile(rb"^\.", re.MULTILINE)

# Refusals in the 500s that say nothing against the recipient, with the days to wait.
_PASSING = {
    "5.4.5": 1,  # Gmail: the daily limit is reached
    "5.7.57": 0,  # Exchange: this login may not send
    "5.7.60": 0,  # Exchange: nor as this sender
    "5.2.252": 0,
}


@dataclass(frozen=True)
class Smtp:
    """Sends through the server of `settings`. `context` decides which certificates are trusted."""

    settings: SmtpSettings
    context: ssl.SSLContext | None = None
    name: str = "email"
    chat: bool = False
    direct: bool = True
    place: str = ""

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """One connection, made for the first message and closed at the end."""
        session = _SmtpSession(self.settings, self.context or ssl.create_default_context())
        try:
            yield session
        finally:
            session.close()

    def trouble(self) -> str:
        """Connect, log in and hang up; see `Channel.trouble`."""
        try:
            client = connect(self.settings, self.context or ssl.create_default_context())
        except Unreachable as unreachable:
            return str(unreachable)
        with contextlib.suppress(*FAULTS):
            client.quit()
        client.close()
        return ""

    def forms(self, message: Message) -> Mapping[str, bytes]:
        """The mail; see `Channel.forms`."""
        return {".eml": as_email(message).as_bytes()}


class _Dropped(Exception):
    """The connection is gone and the message was certainly not taken over."""


class _SmtpSession:
    def __init__(self, settings: SmtpSettings, context: ssl.SSLContext) -> None:
        self._settings = settings
        self._context = context
        self._client: smtplib.SMTP | None = None
        self._drops = 0
        self._given_up = ""

    def send(self, message: Message) -> Receipt:
        """One message to one recipient, on a new connection if the old one broke."""
        content = as_email(message).as_bytes()
        if self._client is not None:
            with contextlib.suppress(_Dropped):
                return self._hand_over(self._client, message, content)
        if self._given_up:
            return Receipt(State.RETRY, self._given_up)
        try:
            self._client = connect(self._settings, self._context)
            receipt = self._hand_over(self._client, message, content)
        except Unreachable as unreachable:
            self._given_up = str(unreachable)
            return Receipt(State.RETRY, self._given_up)
        except _Dropped as dropped:
            self._drops += 1
            if self._drops >= DROPS:
                self._given_up = f"{dropped} It did so {DROPS} times in a row."
            return Receipt(State.RETRY, str(dropped))
        self._drops = 0
        return receipt

    def close(self) -> None:
        """Say goodbye, if anybody is there to hear it."""
        if self._client is not None:
            with contextlib.suppress(*FAULTS):
                self._client.quit()
        self._hang_up()

    def _hand_over(self, client: smtplib.SMTP, message: Message, content: bytes) -> Receipt:
        """MAIL, RCPT, DATA and the content. Raises _Dropped if it broke before the final dot."""
        size = f" SIZE={len(content)}" if client.has_extn("size") else ""
        try:
            for verb, argument, accepted in (
                ("MAIL", f"FROM:<{message.sender.email}>{size}", (250,)),
                ("RCPT", f"TO:<{message.digest.to.email}>", (250, 251, 252)),
                ("DATA", "", (354,)),
            ):
                code, reply = client.docmd(verb, argument)
                if code not in accepted:
                    return self._refusal(client, verb, code, reply)
            client.send(_DOTS.sub(b"..", content))
        except FAULTS as error:
            self._hang_up()
            raise _Dropped(f"{self._who} broke off: {self._safe(error)}.") from error
        return self._final_dot(client)

    def _final_dot(self, client: smtplib.SMTP) -> Receipt:
        try:
            self._wait(client, self._settings.data_timeout)
            client.send(b".\r\n")
            code, reply = client.getreply()
            self._wait(client, self._settings.timeout)
        except FAULTS as error:
            code, reply = -1, str(error).encode()
        if 200 <= code < 300:
            return Receipt(State.SENT, self._safe(reply))
        if 400 <= code < 600:
            return self._refusal(client, "the message", code, reply)
        self._hang_up()
        return Receipt(
            State.UNCERTAIN,
            f"{self._who} took the message and gave no clear answer ({self._safe(reply)}). "
            "It goes out again under the same Message-ID.",
        )

    def _refusal(self, client: smtplib.SMTP, verb: str, code: int, reply: bytes) -> Receipt:
        """The receipt for a no; the connection is made fit for the next message."""
        text = self._safe(reply)
        if code == 421 or not 200 <= code < 600:
            self._hang_up()
            if verb != "the message":
                raise _Dropped(f"{self._who} closed the connection ({code} {text}).")
        else:
            with contextlib.suppress(*FAULTS):
                client.rset()
        detail = f"{self._who} answered {verb} with {code} {text}"
        found = _ENHANCED.search(text)
        if found and found.group() in _PASSING:
            return Receipt(State.RETRY, detail, wait_days=_PASSING[found.group()])
        # MAIL names the sender alone: a no to it is a fault of the config, not of the recipient.
        passing = code < 500 or verb == "MAIL"
        return Receipt(State.RETRY if passing else State.FAILED, detail)

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _safe(self, said: object) -> str:
        return safe(self._settings, said)

    @property
    def _who(self) -> str:
        return f"{self._settings.host}:{self._settings.port}"

    @staticmethod
    def _wait(client: smtplib.SMTP, seconds: float) -> None:
        if client.sock is not None:
            client.sock.settimeout(seconds)
