"""Messages through a mail server, on one connection, with an honest receipt for each.

Up to the final dot of a message the server has not taken it over, whatever happens. From there
until its answer nobody can tell: that is the one place where a receipt says UNCERTAIN.

Where the server offers it (PIPELINING, RFC 2920), sender, recipient and the wish to send go out
together, and where the next message is known, behind the content of the one before; each answer
still counts for its own verb.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
import time
from collections.abc import Callable, Sequence

from certsync.alerts.alert import State
from certsync.alerts.channels.base import Receipt
from certsync.alerts.channels.smtp_client import Client
from certsync.alerts.channels.smtp_connection import FAULTS, Unreachable, connect
from certsync.alerts.channels.smtp_pace import Pace
from certsync.alerts.channels.smtp_secrets import Secrets
from certsync.alerts.channels.smtp_settings import SmtpSettings
from certsync.alerts.digest import Message
from certsync.alerts.mail_bytes import as_bytes

DROPS = 3
"""After so many connections that broke, or unclear answers, in a row the server is left alone."""

_ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")

# Refusals in the 500s that say nothing against the recipient, with the days to wait.
_PASSING = {
    "5.4.5": 1,  # Gmail: the daily limit is reached
    "5.1.90": 1,  # Exchange: so is its own
    "5.2.252": 0,  # Exchange: this login may not send as this sender
}
_POLICY = "5.7."
"""Security and policy (RFC 3463, 3.8): relaying, block lists, what the sender has to prove."""

# The same in words, of servers that give no such code; addresses are no words of theirs.
_POLICY_WORDS = re.compile(r"relay|block(?:ed|list)|blacklist|client host|policy|authenticat", re.I)
_ADDRESS = re.compile(r"\S*@\S*")

# Codes that speak of the login, at whatever verb they come, and the step that puts it right.
_LOGIN = {
    530: "The server wants an encrypted connection and a login: write `security: starttls`, "
    "`username`, and a password, `token_command` or `oauth`.",
    535: "The login does not hold any more. The next run logs in anew.",
    538: "The server wants an encrypted connection: write `security: starttls`.",
}

_END = b".\r\n"
_ENVELOPE = (("MAIL", (250,)), ("RCPT", (250, 251, 252)), ("DATA", (354,)))
"""The verbs before the content, and the answers that let it begin."""


class _Dropped(Exception):
    """The connection is gone and the message was certainly not taken over."""


class SmtpSession:
    """The messages of one run on their way to the server of `settings`; see `Session`."""

    def __init__(self, settings: SmtpSettings, context: ssl.SSLContext | None, pace: Pace) -> None:
        self._settings = settings
        self._context = context
        self._pace = pace
        self._secrets = Secrets(settings)
        self._client: Client | None = None
        self._ready: dict[str, bytes] = {}
        self._begun: Message | None = None
        self._drops = 0
        self._given_up = ""
        self.meanwhile: Callable[[], None] = _nothing
        self.upcoming: Message | None = None

    def send(self, message: Message) -> Receipt:
        """One message to one recipient, on a new connection if the old one broke."""
        if self._given_up:
            return Receipt(State.RETRY, self._given_up)
        content = self._ready.pop(message.message_id, None) or _stuffed(message)
        if self._begun is not None and self._begun is not message:
            self._hang_up()  # the server waits for another one
        self._pace.wait()
        try:
            return self._sent(message, content)
        finally:
            self._pace.done()

    def _sent(self, message: Message, content: bytes) -> Receipt:
        if self._client is not None:
            with contextlib.suppress(_Dropped):
                return self._counted(self._hand_over(self._client, message, content))
        try:
            self._client = connect(self._settings, self._context, self._secrets)
            receipt = self._hand_over(self._client, message, content)
        except (Unreachable, _Dropped) as error:
            self._drops += 1
            if isinstance(error, Unreachable) and not error.passing:
                self._given_up = str(error)
            elif self._drops >= DROPS:
                self._given_up = f"{error} It did so {DROPS} times in a row."
            return Receipt(State.RETRY, str(error))
        if receipt.state is not State.UNCERTAIN:
            self._drops = 0
        return self._counted(receipt)

    def _counted(self, receipt: Receipt) -> Receipt:
        """The receipt; after DROPS unclear answers in a row the server is left alone."""
        if receipt.state is State.UNCERTAIN:
            self._drops += 1
            if self._drops >= DROPS:
                self._given_up = f"{self._who} gave no clear answer {DROPS} times in a row."
        return receipt

    def ready(self, message: Message) -> None:
        """Write what will go over the wire; see `Patient.ready`."""
        self._ready[message.message_id] = _stuffed(message)

    def close(self) -> None:
        """Say goodbye, if anybody is there to hear it."""
        if self._client is not None and self._begun is None:
            with contextlib.suppress(*FAULTS):
                self._client.quit()
        self._hang_up()

    def _hand_over(self, client: Client, message: Message, content: bytes) -> Receipt:
        """MAIL, RCPT, DATA and the content. Raises _Dropped if it broke before the final dot."""
        begun, self._begun = self._begun is message, None
        lines = None if begun else _envelope(client, message, content)
        try:
            if refusal := self._answers(client, lines):
                return refusal
            after = self._announced(client)
            whole = push(client, content, after)
        except FAULTS as error:
            self._hang_up()
            raise _Dropped(f"{self._who} broke off: {self._safe(error)}.") from error
        if after:
            self._begun = self.upcoming
        if begun:
            self.meanwhile()
        receipt = self._final_dot(client)
        if not whole:
            self._hang_up()
        return receipt

    def _announced(self, client: Client) -> bytes:
        """The envelope of the message that comes next, if it may go out with this one."""
        message = self.upcoming
        if message is None or not self._pace.free or not client.has_extn("pipelining"):
            return b""
        # What goes wrong here goes wrong again when it is sent.
        with contextlib.suppress(Exception):
            if message.message_id not in self._ready:
                self.ready(message)
            lines = _envelope(client, message, self._ready[message.message_id])
            return "".join(lines).encode("ascii")
        return b""

    def _answers(self, client: Client, lines: Sequence[str] | None) -> Receipt | None:
        """Say these lines, unless they were said before, and hear the answers.

        Returns the receipt, if it is a no.
        """
        together = lines is None or client.has_extn("pipelining")
        if lines and together:
            client.send("".join(lines))
            self.meanwhile()
        no: tuple[str, int, bytes] | None = None
        for step, (verb, accepted) in enumerate(_ENVELOPE):
            if lines and not together:
                client.send(lines[step])
                if verb == "MAIL":
                    self.meanwhile()
            try:
                code, reply = client.getreply()
                if no and verb == "DATA" and code == 354:
                    # It wants content although it has no recipient: none is the way out.
                    client.docmd(".")
            except FAULTS:
                if no is None:
                    raise
                self._hang_up()  # the no was clear, whatever became of the rest
                break
            if no is None and code not in accepted:
                no = verb, code, reply
                if not together or not _clear_no(code):
                    break
        return self._refusal(client, *no) if no else None

    def _final_dot(self, client: Client) -> Receipt:
        try:
            client.patience = self._settings.data_timeout
            code, reply = client.getreply()
            client.patience = self._settings.timeout
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

    def _refusal(self, client: Client, verb: str, code: int, reply: bytes) -> Receipt:
        """The receipt for a no; the connection is made fit for the next message."""
        text = self._safe(reply)
        if not _clear_no(code):
            self._hang_up()
            if verb != "the message":
                raise _Dropped(f"{self._who} closed the connection ({code} {text}).")
        elif self._client is not None and self._begun is None:
            with contextlib.suppress(*FAULTS):
                client.rset()
        detail = f"{self._who} answered {verb} with {code} {text}"
        if code in _LOGIN:
            return Receipt(State.RETRY, f"{detail}. {_LOGIN[code]}")
        found = _ENHANCED.search(text)
        status = found.group() if found else ""
        if status in _PASSING:
            return Receipt(State.RETRY, detail, wait_days=_PASSING[status])
        if status.startswith(_POLICY) or (not status and _POLICY_WORDS.search(_bare(text))):
            return Receipt(State.RETRY, f"{detail}. It is the server's policy: ask who runs it.")
        # MAIL names the sender alone: a no to it is a fault of the config, not of the recipient.
        passing = code < 500 or verb == "MAIL"
        return Receipt(State.RETRY if passing else State.FAILED, detail)

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
        self._begun = None

    def _safe(self, said: object) -> str:
        return self._secrets.safe(said)

    @property
    def _who(self) -> str:
        return f"{self._settings.host}:{self._settings.port}"


def push(client: Client, content: bytes, after: bytes = b"") -> bool:
    """Send a whole message with its final dot, and `after`. Returns whether all of it went out.

    Raises one of FAULTS only if the end of the message was not handed over, so that nothing was
    taken.
    """
    if client.sock is None:
        raise smtplib.SMTPServerDisconnected("the connection is closed")
    rest = memoryview(content + after)
    until = time.monotonic() + client.patience
    try:
        while rest:
            rest = rest[client.sock.send(rest) :]
            if rest and time.monotonic() > until:
                raise TimeoutError("timed out")
    except FAULTS:
        if len(rest) > len(after):
            raise
        return False
    return True


def _envelope(client: Client, message: Message, content: bytes) -> Sequence[str]:
    """The lines before the content. Raises ValueError if an address would make more of them."""
    size = f" SIZE={len(content) - len(_END)}" if client.has_extn("size") else ""
    lines = (
        f"MAIL FROM:<{message.sender.email}>{size}\r\n",
        f"RCPT TO:<{message.digest.to.email}>\r\n",
        "DATA\r\n",
    )
    if any("\r" in line[:-2] or "\n" in line[:-2] for line in lines):
        raise ValueError("an address holds a line break")
    return lines


def _nothing() -> None:
    """Nobody uses the time."""


def _stuffed(message: Message) -> bytes:
    """What goes over the wire: a dot that begins a line is doubled, and one alone ends it all."""
    return as_bytes(message).replace(b"\n.", b"\n..") + _END


def _bare(text: str) -> str:
    return _ADDRESS.sub("", text)


def _clear_no(code: int) -> bool:
    """Whether it is a refusal after which the connection can still be used."""
    return 400 <= code < 600 and code != 421
