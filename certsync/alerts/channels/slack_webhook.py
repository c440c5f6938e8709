"""Messages through a webhook of Slack into the one channel it was made for."""

from __future__ import annotations

import json
from typing import Any

from certsync.alerts.alert import PLACE, State
from certsync.alerts.channels.base import Receipt
from certsync.alerts.channels.http import Answer, Clock, Line, NoAnswer, NotSent, Waits, post
from certsync.alerts.channels.slack_blocks import payload, plain_payload
from certsync.alerts.channels.slack_errors import (
    GAP,
    UNREADABLE,
    UNREADABLE_SAYS,
    WHO,
    webhook_refusal,
)
from certsync.alerts.digest import Message

_LONGEST = 1_000
"""Bytes of an answer that are read: Slack says one word."""

_NOT_SLACK = "Slack: something else answers at the webhook's address. Check it and the proxy."
_ELSEWHERE = (
    "Slack: the webhook's address answered with a redirect ({status}), and no message follows it. "
    "Check that the address begins with https://hooks.slack.com/, and check the proxy."
)


class Webhook:
    """One session of a webhook."""

    def __init__(self, url: str, *, timeout: float, clock: Clock) -> None:
        self._url, self._timeout = url, timeout
        self._waits = Waits(clock, GAP)
        self._line = Line(WHO)

    def send(self, message: Message) -> Receipt:
        """One message into the webhook's channel."""
        if PLACE not in message.digest.to.roles:
            return Receipt(State.FAILED, "Slack: a webhook reaches its channel, no person.")
        receipt = self._send(payload(message)) or self._send(plain_payload(message))
        return receipt or Receipt(State.RETRY, UNREADABLE_SAYS)

    def _send(self, made: dict[str, Any]) -> Receipt | None:
        """The receipt; None where Slack does not take the form."""
        while not (closed := self._line.closed):
            self._waits.pace("")
            try:
                answer = self._ask(made)
            except NotSent as error:
                return self._line.close(str(error))
            except NoAnswer as error:
                return self._line.silent(str(error))
            if answer.status != 429:
                return self._receipt(answer)
            if not self._waits.patient(answer.retry_after):
                return self._line.too_fast(answer.retry_after)
        return closed

    def _receipt(self, answer: Answer) -> Receipt | None:
        if 200 <= answer.status < 300 and answer.body.strip() == "ok":
            return self._line.sent()
        if 300 <= answer.status < 400:
            return self._line.close(_ELSEWHERE.format(status=answer.status))
        if answer.status < 400:
            return self._line.close(_NOT_SLACK)
        if answer.status >= 500:
            return self._line.out_of_order(answer.status)
        if answer.status == 400 and answer.body.strip() in UNREADABLE:
            return None
        return self._line.close(webhook_refusal(answer.status, answer.body).detail)

    def _ask(self, made: dict[str, Any]) -> Answer:
        body = json.dumps(made).encode()
        return post(self._url, body, who=WHO, timeout=self._timeout, read=_LONGEST)
