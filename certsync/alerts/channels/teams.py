"""Messages as cards into a Teams channel, through the address of a workflow.

A workflow answers as soon as it has taken the card; whether it then posts it is seen in Teams.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from certsync.alerts.alert import PLACE, State
from certsync.alerts.channels.base import Receipt, Session
from certsync.alerts.channels.http import (
    Answer,
    Clock,
    Line,
    NoAnswer,
    NotSent,
    Waits,
    host,
    post,
    unreachable,
)
from certsync.alerts.channels.teams_card import as_bytes, payload
from certsync.alerts.digest import Message

WHO = "Teams"
GAP = 0.25
"""Seconds between two cards: Teams takes four a second."""

_RETIRED = ("webhook.office.com", "outlook.office.com", "outlook.office365.com")
_RETIRED_SAYS = (
    "Teams: {host} belongs to the connectors, which Microsoft has retired. In the channel choose "
    '"..." > Workflows, make "Send webhook alerts to a channel", and use its address.'
)
_NEW = 'In Teams make "Send webhook alerts to a channel" again under Workflows and use its address.'
_REMEDIES = {
    400: "its workflow cannot read the card. It has to begin with a Teams webhook trigger that "
    "posts the card it gets",
    401: 'its workflow lets only some post. Choose "Anyone" in its trigger, or use its new address',
    403: 'its workflow lets only some post. Choose "Anyone" in its trigger, or use its new address',
    404: f"its workflow is gone or switched off. {_NEW[:-1]}",
    405: "the address is none of a workflow's trigger. Copy it anew from the workflow",
    410: f"its workflow is gone. {_NEW[:-1]}",
    413: "the card is too large for its workflow",
}
_COPY = "Copy the address anew from the workflow."
_ELSE = f"the answer is none of a workflow. {_COPY[:-1]}"


@dataclass(frozen=True)
class Teams:
    """Posts through the workflow at `url` into the channel that is called `place`.

    `timeout` is in seconds.
    """

    url: str = field(repr=False)
    place: str = "Teams"
    name: str = "teams"
    chat: bool = True
    direct: bool = False
    per_day: int | None = None
    timeout: float = 30.0
    clock: Clock = field(default=Clock(), repr=False)

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """Nothing has to be opened: each card is a request of its own."""
        session = _TeamsSession(self)
        if retired := self._retired:
            session.line.close(retired)
        yield session

    def trouble(self) -> str:
        """Whether a server is at the address; see `Channel.trouble`."""
        return self._retired or unreachable(self.url, who=WHO, timeout=self.timeout)

    def forms(self, message: Message) -> Mapping[str, bytes]:
        """The card; see `Channel.forms`."""
        return {".json": json.dumps(payload(message), ensure_ascii=False, indent=2).encode()}

    @property
    def _retired(self) -> str:
        where = host(self.url)
        old = any(where == name or where.endswith(f".{name}") for name in _RETIRED)
        return _RETIRED_SAYS.format(host=where) if old else ""


class _TeamsSession:
    def __init__(self, channel: Teams) -> None:
        self._channel = channel
        self._waits = Waits(channel.clock, GAP)
        self.line = Line(WHO)

    def send(self, message: Message) -> Receipt:
        """One card."""
        if PLACE not in message.digest.to.roles:
            return Receipt(State.FAILED, f"{WHO}: a workflow reaches its channel, no person.")
        body = as_bytes(payload(message))
        while not (closed := self.line.closed):
            self._waits.pace("")
            try:
                answer = post(self._channel.url, body, who=WHO, timeout=self._channel.timeout)
            except NotSent as error:
                return self.line.close(str(error))
            except NoAnswer as error:
                return self.line.silent(str(error))
            if answer.status != 429:
                return self._receipt(answer)
            if not self._waits.patient(answer.retry_after):
                return self.line.too_fast(answer.retry_after)
        return closed

    def _receipt(self, answer: Answer) -> Receipt:
        status = answer.status
        if "html" in answer.headers.get("Content-Type", ""):
            return self.line.close(f"{WHO}: a web page answers at the address ({status}). {_COPY}")
        if 200 <= status < 300:
            return self.line.sent()
        if status >= 500:
            return self.line.out_of_order(status)
        return self.line.close(f"{WHO} answered {status}: {_REMEDIES.get(status, _ELSE)}.")
