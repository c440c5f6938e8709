"""What a config says about a mail server."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class MicrosoftLogin:
    """An application in Microsoft 365 that may send mail, signed in by its own secret."""

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

    `token_command` prints a token that takes the place of the password, and `oauth` is a login at
    Microsoft 365 that gets one. `per_minute` and `per_day` are the most messages a server takes,
    None for what is known of the provider.

    Raises ValueError for `none` with any other server, and for a user name without a password.
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
    token_command: tuple[str, ...] = ()
    oauth: MicrosoftLogin | None = None

    def __post_init__(self) -> None:
        if self.security == "none" and not _loopback(self.host):
            raise ValueError(
                f"security: none would send everything in the clear to {self.host}. "
                "Write starttls (port 587) or tls (port 465)."
            )
        if self.username and not (self.password or self.token_command or self.oauth):
            raise ValueError(f"There is a user name for {self.host} but no password.")


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
