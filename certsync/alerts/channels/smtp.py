"""The channel that sends mail: one connection a run, at the provider's pace."""

from __future__ import annotations

import contextlib
import ssl
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from certsync.alerts.channels.base import Session
from certsync.alerts.channels.smtp_connection import FAULTS, Unreachable, connect
from certsync.alerts.channels.smtp_pace import Pace
from certsync.alerts.channels.smtp_session import SmtpSession
from certsync.alerts.channels.smtp_settings import SmtpSettings
from certsync.alerts.digest import Message
from certsync.alerts.mail_bytes import as_bytes


@dataclass(frozen=True)
class Smtp:
    """Sends through the server of `settings`. `context` decides which certificates are trusted.

    `monotonic` and `sleep` keep the pace; both count in seconds.
    """

    settings: SmtpSettings
    context: ssl.SSLContext | None = None
    name: str = "email"
    chat: bool = False
    direct: bool = True
    place: str = ""
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _handed: deque[float] = field(default_factory=deque, init=False, repr=False, compare=False)

    @property
    def per_day(self) -> int | None:
        """What the provider, or the config, allows within 24 hours; see `Channel.per_day`."""
        return self.settings.day_limit

    def pace(self) -> Pace:
        """What keeps to the minute's limit, over all sessions."""
        return Pace(self.settings.minute_limit, self._handed, self.monotonic, self.sleep)

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """One connection, made for the first message and closed at the end."""
        session = SmtpSession(self.settings, self.context, self.pace())
        try:
            yield session
        finally:
            session.close()

    def trouble(self) -> str:
        """Connect, log in and hang up; see `Channel.trouble`."""
        try:
            client = connect(self.settings, self.context)
        except Unreachable as unreachable:
            return str(unreachable)
        with contextlib.suppress(*FAULTS):
            client.quit()
        client.close()
        return ""

    def forms(self, message: Message) -> Mapping[str, bytes]:
        """The mail; see `Channel.forms`."""
        return {".eml": as_bytes(message)}
