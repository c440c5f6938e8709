"""No token and no address of a chat shows anywhere, whatever goes wrong."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from dataclasses import replace

import pytest

from certsync.alerts.channels.apprise import Apprise
from certsync.alerts.channels.base import Channel
from certsync.alerts.channels.slack import Slack
from certsync.alerts.channels.teams import Teams
from tests.alerts.chat_servers import (
    DROP,
    FLOW,
    FLOW_QUERY,
    SECRETS,
    TOKEN,
    Answer,
    Chat,
    Reply,
    chat_server,
)
from tests.alerts.chats import MARIA, bot, hook, note, others, send, teams
from tests.alerts.servers import Certificate

KINDS: dict[str, Callable[[Chat], Channel]] = {
    "bot": lambda chat: replace(bot(chat), timeout=0.3),
    "hook": lambda chat: replace(hook(chat), timeout=0.3),
    "teams": lambda chat: replace(teams(chat), timeout=0.3),
    "apprise": lambda chat: others(chat, count=2),
}
NOWHERE: dict[str, Channel] = {
    "bot": Slack(TOKEN, api="http://127.0.0.1:9/api/"),
    "hook": Slack(webhook="http://127.0.0.1:9/services/verysecret"),
    "teams": Teams("http://127.0.0.1:9/verysecret?sig=verysecret"),
    "apprise": Apprise(("json://verysecret:verysecret@127.0.0.1:9/verysecret", "verysecret")),
    "hook, no address": Slack(webhook="http://127.0.0.1:9/ very\nsecret verysecret"),
    "hook, no host": Slack(webhook="https:///verysecret"),
    "hook, no scheme": Slack(webhook="verysecret"),
    "bot, odd token": Slack("xoxb verysecret\n\u00e9", api="http://127.0.0.1:9/api/"),
    "teams, no address": Teams("http://verysecret:verysecret@[/verysecret"),
    "teams, odd host": Teams(f"http://{'x' * 70}.example/verysecret"),
}
ANSWERS: list[Answer] = [
    Reply(200),
    Reply(200, "verysecret"),
    Reply(400, "verysecret"),
    Reply(404, f'{{"ok": false, "error": "{TOKEN}"}}'),
    Reply(301, "", {"Location": f"{FLOW}{FLOW_QUERY}"}),
    Reply(429, "", {"Retry-After": "999"}),
    Reply(500, "verysecret"),
    DROP,
]


@pytest.fixture
def said(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Callable[[Channel], str]:
    """Everything a channel says, prints, logs and shows when it is used."""

    def use(channel: Channel) -> str:
        with caplog.at_level(logging.DEBUG):
            heard = [repr(channel), channel.trouble()]
            try:
                with channel.session() as session:
                    heard += [repr(session)]
                heard += [repr(receipt) for receipt in send(channel, note(), note(MARIA))]
            except Exception:
                heard.append(traceback.format_exc())
                raise
            finally:
                heard += [caplog.text, *capfd.readouterr()]
        heard.append(channel.forms(note())[".json"].decode())
        return "\n".join(heard)

    return use


@pytest.mark.parametrize("number", range(len(ANSWERS)))
@pytest.mark.parametrize("kind", KINDS)
def test_no_secret_is_shown(
    chat: Chat, said: Callable[[Channel], str], kind: str, number: int
) -> None:
    """Not in what it is, in a receipt, in a log at its most talkative, or in what is printed."""
    for what in ("auth.test", "users.lookupByEmail", "chat.postMessage", "hook", "flow", "other"):
        chat.answers[what] = [ANSWERS[number]] * 3
    everything = said(KINDS[kind](chat))
    assert chat.heard
    assert [secret for secret in SECRETS if secret in everything] == []


@pytest.mark.parametrize("kind", ["bot", "hook", "teams"])
def test_nobody_is_trusted_without_a_certificate(
    certificate: Certificate, said: Callable[[Channel], str], kind: str
) -> None:
    """A server that cannot prove who it is hears nothing; the message waits for the next run."""
    with chat_server(certificate.server()) as chat:
        channel = KINDS[kind](chat)
        at = {"bot": "api", "hook": "webhook", "teams": "url"}[kind]
        encrypted = getattr(channel, at).replace("http:", "https:")
        channel = replace(channel, **{at: encrypted})  # type: ignore[type-var]
        everything = said(channel)
        assert chat.heard == []
    assert "certificate cannot be trusted" in everything
    assert "State.RETRY" in everything
    assert [secret for secret in SECRETS if secret in everything] == []


@pytest.mark.parametrize("kind", NOWHERE)
def test_no_secret_is_shown_where_nobody_is(said: Callable[[Channel], str], kind: str) -> None:
    """Addresses that lead nowhere, or are none, are errors of libraries that like to quote them."""
    everything = said(NOWHERE[kind])
    assert [secret for secret in SECRETS if secret in everything] == []
