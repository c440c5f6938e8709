"""Reaching a mail server: encrypted, logged in, and with a sentence for everything that fails."""

from __future__ import annotations

import base64
import smtplib
import socket
import ssl

from certsync.alerts.channels.smtp_settings import SmtpSettings
from certsync.alerts.hygiene import one_line

FAULTS = (OSError, smtplib.SMTPException)
"""Everything smtplib raises when a server or the way to it fails."""

# What a refused login means, by a word in the host's name or the server's answer.
_ADVICE = (
    (
        "5.7.139",
        "Microsoft 365 takes no password for this mailbox. An administrator can allow "
        '"Authenticated SMTP" for it while Microsoft offers that; else use another server.',
    ),
    (
        "gmail",
        "Gmail takes app passwords only: turn 2-step verification on, make one at "
        "https://myaccount.google.com/apppasswords and use it as the password.",
    ),
    ("", "Check the user name, and the environment variable that holds the password."),
)


class Unreachable(Exception):
    """The server cannot be used; the text is the sentence for the operator."""


def connect(settings: SmtpSettings, context: ssl.SSLContext) -> smtplib.SMTP:
    """A connection ready for MAIL. Raises Unreachable; its text holds no secret."""
    where = f"{settings.host}:{settings.port}"
    client: smtplib.SMTP | None = None
    stage = "the connection"
    try:
        client = _greet(settings, context)
        if client.sock is not None:
            # The final dot goes out alone; it must not wait for what went before to be confirmed.
            client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if settings.security == "starttls":
            stage = "STARTTLS"
            client.starttls(context=context)
        stage = "EHLO"
        client.ehlo_or_helo_if_needed()
        if settings.username:
            stage = "login"
            client.login(settings.username, settings.password)
    except Exception as error:
        if client is not None:
            client.close()
        # Nothing is chained: an SMTP traceback shows the lines that were sent.
        raise Unreachable(f"{where}: {_sentence(settings, stage, error)}") from None
    return client


def safe(settings: SmtpSettings, said: object) -> str:
    """What a server or an error said, on one line and without the password."""
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    secret = settings.password
    if secret:
        plain = f"\0{settings.username}\0{secret}"
        for hidden in (secret, *(base64.b64encode(t.encode()).decode() for t in (secret, plain))):
            text = text.replace(hidden, "***")
    return one_line(text)


def _greet(settings: SmtpSettings, context: ssl.SSLContext) -> smtplib.SMTP:
    host, port = settings.host, settings.port
    if settings.security == "tls":
        return smtplib.SMTP_SSL(
            host, port, settings.local_hostname, timeout=settings.timeout, context=context
        )
    return smtplib.SMTP(host, port, settings.local_hostname, timeout=settings.timeout)


def _sentence(settings: SmtpSettings, stage: str, error: Exception) -> str:
    """What went wrong on the way, and the next step."""
    match error:
        case smtplib.SMTPAuthenticationError():
            heard = f"{settings.host} {error.smtp_error!r}".lower()
            advice = next(text for word, text in _ADVICE if word in heard)
            return f"the login was refused ({error.smtp_code}). {advice}"
        case smtplib.SMTPNotSupportedError():
            return f"the server does not offer {stage}, so nothing was sent. Check host and port."
        case ssl.SSLCertVerificationError():
            reason = error.verify_message
            return f"its certificate cannot be trusted ({reason}). Check the host in the config."
        case UnicodeError():
            return "user name and password may hold plain ASCII characters only."
        case smtplib.SMTPResponseException():
            heard = safe(settings, error.smtp_error)
            return f"{stage} failed ({error.smtp_code} {heard}). The next run tries again."
        case _:
            return f"{stage} failed ({safe(settings, error)}). Check host and port."
