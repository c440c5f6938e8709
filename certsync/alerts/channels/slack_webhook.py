"""Messages through a webhook of Slack into the one channel it was made for."""

from __future__ import annotations

import logging
from http.client import InvalidURL
from typing import Any
from urllib.error import URLError

from certsync.alerts.alert import PLACE, State
from certsync.alerts.channels.base import Receipt
from certsync.alerts.channels.http import Answer, Clock, Line, NoAnswer, NotSent, Waits, unanswered
from certsync.alerts.channels.slack_blocks import payload, plain_payload
from certsync.alerts.channels.slack_errors import (
    GAP,
    UNREADABLE,
    UNREADABLE_SAYS,
    WHO,
    unreached,
    webhook_refusal,
)
from certsync.alerts.digest import Message

# The client would tell the whole address.
_QUIET = logging.Logger("certsync.slack", logging.CRITICAL + 1)
_NOT_SLACK = "Slack: something else answers at the webhook's address. Check it and the proxy."


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
        if answer.status < 400:
            return self._line.close(_NOT_SLACK)
        if answer.status >= 500:
            return self._line.out_of_order(answer.status)
        if answer.status == 400 and answer.body.strip() in UNREADABLE:
            return None
        return self._line.close(webhook_refusal(answer.status, answer.body).detail)

    def _ask(self, made: dict[str, Any]) -> Answer:
        from slack_sdk.webhook import WebhookClient

        try:
            client = WebhookClient(
                self._url,
                timeout=self._timeout,  # type: ignore[arg-type]
                logger=_QUIET,
                retry_handlers=[],
            )
            heard = client.send_dict(made)
        except URLError as error:
            raise NotSent(unreached(error)) from None
        except UnicodeDecodeError:
            raise NoAnswer(unanswered(WHO)) from None
        except (ValueError, InvalidURL):
            raise NotSent("Slack: the webhook is no web address. Check it.") from None
        except Exception:
            raise NoAnswer(unanswered(WHO)) from None
        return Answer(heard.status_code, heard.body, heard.headers)
