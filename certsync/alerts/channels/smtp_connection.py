"""Reaching a mail server: encrypted, logged in, and with a sentence for everything that fails."""

from __future__ import annotations

import smtplib
import socket
import ssl
from base64 import b64encode

from certsync.alerts.channels.smtp_client import Client, TlsClient
from certsync.alerts.channels.smtp_secrets import Secrets, xoauth2
from certsync.alerts.channels.smtp_settings import SmtpSettings
from certsync.alerts.channels.smtp_token import NoToken, token

FAULTS = (OSError, smtplib.SMTPException)
"""Everything smtplib raises when a server or the way to it fails."""

_FIRST_LINE = 512 - len("AUTH XOAUTH2 \r\n")
"""What fits into one command line (RFC 4954, 4): a longer token waits until it is asked for."""

_SECRET = "the environment variable that holds the password"

# What a refused login means: words of which one is in the host's name or the server's answer, and
# what to do about it with a password and with a token.
_ADVICE: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("5.7.139",),
        "Microsoft 365 takes no password for this mailbox: it ends that for existing tenants at "
        "the end of December 2026, unless an administrator allows it again. Log in by `oauth` or "
        "`token_command` in place of the password.",
        "Microsoft 365 does not let this mailbox send by SMTP. An administrator has to allow "
        '"Authenticated SMTP" for it.',
    ),
    (
        ("5.7.3", "office365", "outlook"),
        f"Check the user name and {_SECRET}. Microsoft 365 also answers so where "
        '"Authenticated SMTP" is off for the mailbox; the login by `oauth` or `token_command` is '
        "the one that lasts.",
        "Microsoft 365 does not take the token for this mailbox: the application needs the "
        "permission SMTP.SendAsApp with an administrator's consent, and full access to the "
        "mailbox in Exchange; the user name is the mailbox.",
    ),
    (
        ("5.7.9", "gmail"),
        "Gmail takes app passwords only: turn 2-step verification on, make one at "
        "https://myaccount.google.com/apppasswords and use it as the password.",
        "Gmail does not take the token: it has to be fresh, for this user, and for the scope "
        "https://mail.google.com/.",
    ),
    (
        ("",),
        f"Check the user name, and {_SECRET}.",
        "Check the user name, and that the token is for this mailbox and for sending mail.",
    ),
)


class Unreachable(Exception):
    """The server cannot be used; the text is the sentence for the operator.

    `passing` where it broke off or was busy: another try may be worth it. A server that says
    nothing, refuses the login or is the wrong one is not tried again in the same run.
    """

    def __init__(self, says: str, *, passing: bool = False) -> None:
        self.passing = passing
        super().__init__(says)


def connect(
    settings: SmtpSettings, context: ssl.SSLContext | None, secrets: Secrets | None = None
) -> Client:
    """A connection ready for MAIL; a token it took is added to `secrets`.

    Without a context certificates and host names are checked against the system's authorities.

    Raises Unreachable; its text holds no secret.
    """
    where = f"{settings.host}:{settings.port}"
    secrets = secrets or Secrets(settings)
    client: Client | None = None
    stage = "the connection"
    try:
        if context is None and settings.security != "none":
            context = ssl.create_default_context()
        client = _greet(settings, context)
        if client.sock is not None:
            # The final dot goes out alone; it must not wait for what went before to be confirmed.
            client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if settings.security == "starttls":
            stage = "STARTTLS"
            client.starttls(context=context)
        stage = "EHLO"
        client.ehlo_or_helo_if_needed()
        if settings.by_token:
            stage = "login by token (XOAUTH2)"
            _by_token(client, settings, secrets)
        elif settings.username:
            stage = "login"
            client.login(settings.username, settings.password)
    except Exception as error:
        if client is not None:
            client.close()
        says = f"{where}: {_sentence(settings, secrets, stage, error)}"
        # Nothing is chained: an SMTP traceback shows the lines that were sent.
        raise Unreachable(says, passing=_passing(error)) from None
    return client


def _by_token(client: Client, settings: SmtpSettings, secrets: Secrets) -> None:
    if "XOAUTH2" not in str(client.esmtp_features.get("auth", "")).upper().split():
        raise smtplib.SMTPNotSupportedError
    fresh = token(settings)
    secrets.add(fresh)
    credentials = xoauth2(settings.username, fresh)
    answers = iter([credentials])
    # To a refusal with its reason in a challenge (334) an empty line is the answer; 535 follows.
    client.auth(
        "XOAUTH2",
        lambda _=None: next(answers, ""),
        initial_response_ok=len(b64encode(credentials.encode())) <= _FIRST_LINE,
    )


def _greet(settings: SmtpSettings, context: ssl.SSLContext | None) -> Client:
    host, port = settings.host, settings.port
    if settings.security == "tls":
        return TlsClient(
            host, port, settings.local_hostname, timeout=settings.timeout, context=context
        )
    return Client(host, port, settings.local_hostname, timeout=settings.timeout)


def _passing(error: Exception) -> bool:
    match error:
        case smtplib.SMTPAuthenticationError() | smtplib.SMTPNotSupportedError():
            return False
        case smtplib.SMTPServerDisconnected():
            # smtplib gives a time-out the same name as a connection that was closed.
            return not isinstance(error.__context__, TimeoutError)
        case smtplib.SMTPConnectError() | smtplib.SMTPHeloError():
            return error.smtp_code < 500
        case smtplib.SMTPResponseException() | ConnectionResetError() | BrokenPipeError():
            return True
        case _:
            return False


def _sentence(settings: SmtpSettings, secrets: Secrets, stage: str, error: Exception) -> str:
    """What went wrong on the way, and the next step."""
    match error:
        case NoToken():
            return str(error)
        case smtplib.SMTPAuthenticationError():
            heard = f"{settings.host} {error.smtp_error!r}".lower()
            by_password, by_token = next(
                advice for words, *advice in _ADVICE if any(word in heard for word in words)
            )
            advice = by_token if settings.by_token else by_password
            return f"the login was refused ({error.smtp_code}). {advice}"
        case smtplib.SMTPNotSupportedError():
            return f"the server does not offer {stage}, so nothing was sent. Check host and port."
        case ssl.SSLCertVerificationError():
            reason = error.verify_message
            return f"its certificate cannot be trusted ({reason}). Check the host in the config."
        case UnicodeError():
            return "user name and password may hold plain ASCII characters only."
        case smtplib.SMTPResponseException():
            heard = secrets.safe(error.smtp_error)
            return f"{stage} failed ({error.smtp_code} {heard}). The next run tries again."
        case _:
            return f"{stage} failed ({secrets.safe(error)}). Check host and port."
