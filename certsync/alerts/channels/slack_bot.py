"""A bot's messages into Slack: to people by their e-mail address, and into a channel.

Slack does not know a message that it was given twice. Each carries its Message-ID in its metadata
(event type `certsync_alert`), where somebody in doubt finds it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.error import URLError

from certsync.alerts.alert import PLACE, Recipient, State
from certsync.alerts.channels.base import Receipt
from certsync.alerts.channels.http import Answer, Clock, Line, NoAnswer, NotSent, Waits, unanswered
from certsync.alerts.channels.slack_blocks import payload, plain_payload
from certsync.alerts.channels.slack_errors import (
    GAP,
    SCOPES,
    SCOPES_DIRECT,
    UNCLEAR,
    UNREADABLE,
    UNREADABLE_SAYS,
    WHO,
    missing,
    refusal,
    unreached,
)
from certsync.alerts.digest import Message

if TYPE_CHECKING:
    from slack_sdk.web import WebClient

API = "https://slack.com/api/"

_QUIET = logging.Logger("certsync.slack", logging.CRITICAL + 1)
_NO_PLACE = "Slack: the config names no channel (`channel`) for what many read."
_NO_PERSON = "Slack: direct messages are not set up, so it reaches no person."


class _Closed(Exception):
    """There is no point in going on with this message; the receipt says why."""

    def __init__(self, receipt: Receipt) -> None:
        self.receipt = receipt
        super().__init__(receipt.detail)


class _Unreadable(Exception):
    """Slack did not take the form of a message, and certainly did not post it."""


class Bot:
    """One session of a bot."""

    def __init__(
        self, token: str, *, place: str, direct: bool, timeout: float, api: str, clock: Clock
    ) -> None:
        self._place, self._direct = place, direct
        self._waits = Waits(clock, GAP)
        self._line = Line(WHO)
        self._conversations: dict[str, str | Receipt] = {}
        self._token, self._api, self._timeout = token, api, timeout

    def send(self, message: Message) -> Receipt:
        """One message into the channel, or to a person."""
        try:
            where = self._where(message.digest.to)
            metadata = {
                "event_type": "certsync_alert",
                "event_payload": {"message_id": message.message_id.strip("<>")},
            }
            try:
                self._post({"channel": where, "metadata": metadata, **payload(message)})
            except _Unreadable:
                self._post({"channel": where, **plain_payload(message)})
        except _Unreadable:
            return Receipt(State.RETRY, UNREADABLE_SAYS)
        except _Closed as closed:
            return closed.receipt
        return self._line.sent()

    def trouble(self) -> str:
        """Ask whose token it is, and what it may do."""
        if not (self._direct or self._place):
            return _NO_PLACE
        try:
            heard = self._call("auth.test", {})
        except _Closed as closed:
            return closed.receipt.detail
        said = {name.lower(): value for name, value in heard.items()}.get("x-oauth-scopes")
        if said is None:
            return ""
        granted = {scope.strip() for scope in said.split(",")}
        needed = (*SCOPES, *(SCOPES_DIRECT if self._direct else ()))
        lacking = [scope for scope in needed if scope not in granted]
        return f"Slack: {missing(lacking)}" if lacking else ""

    def _where(self, to: Recipient) -> str:
        """The conversation with a recipient. Raises _Closed where there is none."""
        if PLACE in to.roles:
            if not self._place:
                raise _Closed(Receipt(State.RETRY, _NO_PLACE))
            return self._place
        if not self._direct:
            raise _Closed(Receipt(State.FAILED, _NO_PERSON))
        email = to.email.lower()
        if email not in self._conversations:
            self._conversations[email] = self._open(to.email)
        known = self._conversations[email]
        if isinstance(known, Receipt):
            raise _Closed(known)
        return known

    def _open(self, email: str) -> str | Receipt:
        """The direct conversation with a person, or why there can be none."""
        found: dict[str, Any] = {}
        try:
            self._call("users.lookupByEmail", {"email": email}, into=found)
            user = found.get("user") or {}
            if user.get("deleted") or user.get("is_bot"):
                word = "user_disabled" if user.get("deleted") else "cannot_dm_bot"
                return refusal({"error": word}, place=email)[0]
            self._call("conversations.open", {"users": str(user.get("id", ""))}, into=found)
        except _Closed as closed:
            if closed.receipt.state is State.FAILED:
                return closed.receipt
            raise
        return str((found.get("channel") or {}).get("id", ""))

    def _post(self, made: dict[str, Any]) -> None:
        self._waits.pace(made["channel"])
        self._call("chat.postMessage", made, posting=True)

    def _call(
        self,
        method: str,
        arguments: dict[str, Any],
        *,
        into: dict[str, Any] | None = None,
        posting: bool = False,
    ) -> Mapping[str, str]:
        """Call one method; its answer goes `into` a dict. Returns the headers.

        Raises _Closed, and _Unreadable for the form of a message.
        """
        while True:
            if self._line.closed:
                raise _Closed(self._line.closed)
            try:
                heard, data = self._ask(method, arguments, posting=posting)
            except NotSent as error:
                raise _Closed(self._line.close(str(error))) from None
            except NoAnswer as error:
                raise _Closed(self._line.silent(str(error))) from None
            if heard.status == 200 and data.get("ok"):
                if into is not None:
                    into |= data
                return heard.headers
            slow = heard.status == 429 or data.get("error") in ("ratelimited", "rate_limited")
            if not slow:
                self._refuse(heard.status, data, posting=posting)
            if not self._waits.patient(heard.retry_after):
                raise _Closed(self._line.too_fast(heard.retry_after))

    def _refuse(self, status: int, data: Mapping[str, Any], *, posting: bool) -> None:
        """Raise what a no means."""
        error = data.get("error")
        if posting and error in UNREADABLE:
            raise _Unreadable
        if posting and error in UNCLEAR:
            raise _Closed(self._line.silent(f"Slack gave no clear answer ({error})."))
        if status >= 500:
            raise _Closed(self._line.out_of_order(status if posting else 500))
        receipt, for_all = refusal(data, place=self._place or "the conversation")
        raise _Closed(self._line.close(receipt.detail) if for_all else receipt)

    def _ask(
        self, method: str, arguments: dict[str, Any], *, posting: bool
    ) -> tuple[Answer, dict[str, Any]]:
        """One request. Raises NotSent, and NoAnswer where something may have been posted."""
        from slack_sdk.errors import SlackApiError

        # Only posting takes JSON everywhere: https://docs.slack.dev/apis/web-api
        how = {"json": arguments} if posting else {"data": arguments}
        try:
            response = self._client.api_call(method, **how)  # type: ignore[arg-type]
        except SlackApiError as error:
            response = error.response
        except URLError as error:
            raise NotSent(unreached(error)) from None
        except Exception as error:
            if isinstance(error, ValueError) and not isinstance(error, UnicodeDecodeError):
                # No header can carry such a token.
                raise NotSent("Slack: the token is none. It begins with xoxb-.") from None
            if posting:
                raise NoAnswer(unanswered(WHO)) from None
            raise NotSent("Slack gave no answer. The next run tries again.") from None
        data = response.data if isinstance(response.data, dict) else {}
        return Answer(response.status_code, "", response.headers), data

    @cached_property
    def _client(self) -> WebClient:
        # Imported here: a run without Slack needs none of it.
        from slack_sdk.web import WebClient

        return WebClient(
            self._token,
            base_url=self._api,
            timeout=self._timeout,  # type: ignore[arg-type]
            logger=_QUIET,
            # Its own would send a message again that was handed over before the connection broke.
            retry_handlers=[],
        )
