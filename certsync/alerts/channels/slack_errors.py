"""What Slack's words for a refusal mean: whose fault it is, and what to do.

https://docs.slack.dev/reference/methods/chat.postMessage lists them, as do those of
users.lookupByEmail and conversations.open.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any
from urllib.error import URLError

from certsync.alerts.alert import State
from certsync.alerts.channels.base import Receipt

WHO = "Slack"
GAP = 1.0
"""Seconds between two messages to one channel, as Slack asks."""

SCOPES_DIRECT = ("users:read", "users:read.email", "im:write")
"""Slack gives users:read.email only beside users:read: https://api.slack.com/scopes/users:read.email"""
SCOPES = ("chat:write",)

_AT = "under OAuth & Permissions at https://api.slack.com/apps"
_NEW_TOKEN = f"Copy the bot token anew {_AT} into the environment variable the config names"

# The person cannot be reached in Slack: mail is the way.
_PERSON = {
    "users_not_found": "nobody in this Slack has that address",
    "user_not_found": "nobody in this Slack has that address",
    "user_not_visible": "the bot may not see this person",
    "user_disabled": "the account is switched off",
    "cannot_dm_bot": "the address belongs to a bot",
}

# The set-up is wrong: the same message goes out once it is put right. True: so it is for everybody.
_SETUP: dict[str, tuple[bool, str]] = {
    "invalid_auth": (True, f"the token is not valid. {_NEW_TOKEN}"),
    "not_authed": (True, f"there is no token. {_NEW_TOKEN}"),
    "token_revoked": (True, f"the token was revoked. {_NEW_TOKEN}"),
    "token_expired": (True, f"the token has expired. {_NEW_TOKEN}"),
    "account_inactive": (True, f"the bot was removed or switched off. {_NEW_TOKEN}"),
    "not_allowed_token_type": (True, f"the token is none of a bot (xoxb-). {_NEW_TOKEN}"),
    "channel_not_found": (
        False,
        "there is no channel {place}, or the bot may not see it. Check `channel` in the config, "
        "and invite the bot to a private channel with /invite",
    ),
    "not_in_channel": (False, "the bot is not in {place}. Invite it there with /invite"),
    "is_archived": (False, "{place} is archived. Name another channel as `channel` in the config"),
    "restricted_action": (
        False,
        "the bot may not post in {place}. Let it under the channel's posting permissions, or name "
        "another channel as `channel` in the config",
    ),
    "messages_tab_disabled": (
        False,
        "the bot takes no direct messages. Switch the Messages Tab on under App Home at "
        "https://api.slack.com/apps",
    ),
    "ekm_access_denied": (True, "an administrator has suspended posting. Ask them"),
    "team_access_not_granted": (True, "the app was not let into this workspace. Ask its owners"),
}
_SAME_AS = {
    "restricted_action_read_only_channel": "restricted_action",
    "restricted_action_thread_only_channel": "restricted_action",
    "restricted_action_non_threadable_channel": "restricted_action",
}

UNCLEAR = {"internal_error", "fatal_error"}
"""Slack: "It's possible some aspect of the operation succeeded before the error was raised." """

UNREADABLE = {
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_blocks_too_long",
    "invalid_attachments",
    "invalid_metadata_format",
    "invalid_metadata_schema",
    "metadata_too_large",
    "invalid_payload",
}
"""Slack does not take the form of a message; as nothing but text it does."""
UNREADABLE_SAYS = "Slack took the message neither in its form nor as nothing but text."

_WEBHOOK = {
    "invalid_token": "the webhook was removed",
    "no_service": "the webhook was removed or switched off",
    "no_service_id": "the webhook was removed or switched off",
    "no_team": "the workspace is gone",
    "no_active_hooks": "the webhook was removed or switched off",
    "channel_not_found": "its channel is gone",
    "channel_is_archived": "its channel is archived",
    "action_prohibited": "an administrator does not let the webhook post",
    "posting_to_general_channel_denied": "an administrator does not let it post in #general",
    "user_not_found": "whoever made the webhook is gone",
}
_NEW_WEBHOOK = (
    "Make a new one under Incoming Webhooks at https://api.slack.com/apps and put its address into "
    "the environment variable the config names"
)


def refusal(data: Mapping[str, Any], *, place: str) -> tuple[Receipt, bool]:
    """The receipt for an answer that says no, and whether nobody else need be tried."""
    error = str(data.get("error") or "no reason")[:60]
    error = error if error.replace("_", "").isalnum() else "an answer that is none of Slack's"
    error = _SAME_AS.get(error, error)
    if error in _PERSON:
        return Receipt(State.FAILED, f"Slack: {_PERSON[error]} ({error})."), False
    if error == "missing_scope":
        return Receipt(State.RETRY, f"Slack: {missing([str(data.get('needed', ''))])}"), False
    if error in _SETUP:
        for_all, says = _SETUP[error]
        return Receipt(State.RETRY, f"Slack: {says.format(place=place)} ({error})."), for_all
    return Receipt(State.RETRY, f"Slack refused the message ({error})."), False


def missing(scopes: list[str]) -> str:
    """The sentence for scopes the bot lacks."""
    named = ", ".join(filter(None, scopes)) or "a scope"
    return f"the bot lacks {named}. Add it {_AT}, then reinstall the app there."


def webhook_refusal(status: int, body: str) -> Receipt:
    """The receipt for a webhook that says no."""
    word = body.strip()[:60]
    says = _WEBHOOK.get(word, "the webhook is not taken")
    return Receipt(State.RETRY, f"Slack: {says} ({status}). {_NEW_WEBHOOK}.")


def unreached(error: URLError) -> str:
    """The sentence for what urllib wraps: all that goes wrong before a request is handed over."""
    if isinstance(error.reason, ssl.SSLCertVerificationError):
        return "Slack: its certificate cannot be trusted. Check the network and its proxy."
    return "Slack could not be reached. Check the network."
