"""What a config says about a mail server, and what its provider allows where the config is silent.

Gmail counts recipients over the last 24 hours: about 500 for a free account and 2,000 for one of
Google Workspace. The smaller figure holds for both, so that is the default; a larger one is
written in the config. Microsoft 365 takes 30 messages a minute and 10,000 recipients a day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from certsync.hosts import is_loopback

# Host or the end of one, messages a minute, messages a day.
_LIMITS: tuple[tuple[str, int | None, int | None], ...] = (
    ("smtp.gmail.com", None, 500),
    ("smtp-relay.gmail.com", None, 500),
    ("smtp.office365.com", 30, 10_000),
    (".outlook.com", 30, 10_000),
)


@dataclass(frozen=True)
class MicrosoftLogin:
    """An application registered in Microsoft Entra, which logs in as itself without a person."""

    tenant: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True)
class SmtpSettings:
    """A mail server. Times are seconds.

    `security` is `starttls` (encrypted before anything is said, or given up), `tls` (encrypted
    from the start) or `none`, which only a server on this machine may have. `data_timeout` is the
    wait for the answer to a whole message: servers may take minutes, and giving up early means
    not knowing.

    `per_minute` and `per_day` limit the messages; None takes what the provider allows, if it is a
    known one, and else sets no limit. The login is by `password`, or by an access token: the
    first line that the program `token_command` prints, or one that Microsoft gives for `oauth`.

    Raises ValueError for `none` with any other server, for a user name without anything to log in
    with, for more than one such thing, and for a limit below 1.
    """

    host: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 30.0
    data_timeout: float = 300.0
    local_hostname: str | None = None
    per_minute: int | None = None
    per_day: int | None = None
    token_command: tuple[str, ...] = field(default=(), repr=False)
    oauth: MicrosoftLogin | None = None

    def __post_init__(self) -> None:
        if self.security == "none" and not is_loopback(self.host):
            raise ValueError(
                f"security: none would send everything in the clear to {self.host}. "
                "Write starttls (port 587) or tls (port 465)."
            )
        ways = [bool(self.password), bool(self.token_command), self.oauth is not None]
        if self.username and not any(ways):
            raise ValueError(
                f"There is a user name for {self.host} but no password, `token_command` or `oauth`."
            )
        if sum(ways) > 1:
            raise ValueError(
                f"There is more than one way to log in at {self.host}. "
                "Keep one of password, `token_command` and `oauth`."
            )
        if self.by_token and not self.username:
            raise ValueError(f"A login by token at {self.host} needs the user name: the mailbox.")
        for key, limit in (("per_minute", self.per_minute), ("per_day", self.per_day)):
            if limit is not None and limit < 1:
                raise ValueError(f"`{key}` is {limit}: with less than 1 nothing is ever sent.")

    @property
    def by_token(self) -> bool:
        """Whether the login is by an access token and not by a password."""
        return bool(self.token_command) or self.oauth is not None

    @property
    def minute_limit(self) -> int | None:
        """Messages a minute at most, None for no limit."""
        return self.per_minute if self.per_minute is not None else self._known()[0]

    @property
    def day_limit(self) -> int | None:
        """Messages within 24 hours at most, None for no limit."""
        return self.per_day if self.per_day is not None else self._known()[1]

    def _known(self) -> tuple[int | None, int | None]:
        host = self.host.lower().rstrip(".")
        for name, minute, day in _LIMITS:
            if host == name or (name.startswith(".") and host.endswith(name)):
                return minute, day
        return None, None
