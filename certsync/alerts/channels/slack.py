"""Messages into Slack: by a bot to people and a channel, or by a webhook into its one channel."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from certsync.alerts.channels.base import Session
from certsync.alerts.channels.http import Clock, unreachable
from certsync.alerts.channels.slack_blocks import payload
from certsync.alerts.channels.slack_bot import API, Bot
from certsync.alerts.channels.slack_errors import WHO
from certsync.alerts.channels.slack_webhook import Webhook
from certsync.alerts.digest import Message


@dataclass(frozen=True)
class Slack:
    """A bot with `token` that writes to people (`direct`) and to `place`, or a `webhook`.

    Its bot needs the scopes chat:write, and for people users:read, users:read.email and im:write.
    `place` is a channel's name or ID; of a webhook it only says how its channel is called.
    `timeout` is in seconds, `api` the address of Slack's methods.

    Raises ValueError for both a token and a webhook, and for neither.
    """

    token: str = field(default="", repr=False)
    webhook: str = field(default="", repr=False)
    place: str = ""
    direct: bool = True
    name: str = "slack"
    chat: bool = True
    per_day: int | None = None
    timeout: float = 30.0
    api: str = API
    clock: Clock = field(default=Clock(), repr=False)

    def __post_init__(self) -> None:
        if bool(self.token) == bool(self.webhook):
            raise ValueError("Slack takes either the token of a bot or a webhook.")
        if self.webhook:
            object.__setattr__(self, "direct", False)
            object.__setattr__(self, "place", self.place or "Slack")

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """Nothing has to be opened: each message is a request of its own."""
        yield self._webhook() if self.webhook else self._bot()

    def trouble(self) -> str:
        """Whether the token is good for what is to be sent; see `Channel.trouble`."""
        if self.webhook:
            return unreachable(self.webhook, who=WHO, timeout=self.timeout)
        return self._bot().trouble()

    def forms(self, message: Message) -> Mapping[str, bytes]:
        """The post without the channel it goes to; see `Channel.forms`."""
        return {".json": json.dumps(payload(message), ensure_ascii=False, indent=2).encode()}

    def _bot(self) -> Bot:
        return Bot(
            self.token,
            place=self.place,
            direct=self.direct,
            timeout=self.timeout,
            api=self.api,
            clock=self.clock,
        )

    def _webhook(self) -> Webhook:
        return Webhook(self.webhook, timeout=self.timeout, clock=self.clock)
