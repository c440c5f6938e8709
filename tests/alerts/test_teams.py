"""A workflow of Teams on loopback: honest receipts, and cards that always fit."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import dropwhile, takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certsync.alerts.alert import Recipient, State
from certsync.alerts.channels.base import Channel
from certsync.alerts.channels.teams import Teams
from certsync.alerts.channels.teams_card import CONTENT_TYPE, as_bytes, payload
from certsync.alerts.page import Group, Item, Problem, Section
from tests.alerts.chat_servers import DROP, Answer, Chat, Reply, strings
from tests.alerts.chats import MARIA, PLACE, Time, bot, hook, note, send, teams, written


@pytest.mark.parametrize(
    ("answer", "state", "says"),
    [
        (Reply(200), State.SENT, ""),
        (Reply(202), State.SENT, ""),
        (Reply(400, "verysecret"), State.RETRY, "cannot read the card"),
        (Reply(401), State.RETRY, '"Anyone"'),
        (Reply(403), State.RETRY, '"Anyone"'),
        (Reply(404), State.RETRY, "gone or switched off"),
        (Reply(410), State.RETRY, "gone"),
        (Reply(413), State.RETRY, "too large"),
        (Reply(418), State.RETRY, "none of a workflow"),
        (Reply(302, "", {"Location": "http://127.0.0.1:9/verysecret"}), State.RETRY, "302"),
        (Reply(200, "<p>", {"Content-Type": "text/html"}), State.RETRY, "a web page answers"),
        (Reply(500), State.RETRY, "out of order"),
        (Reply(503), State.RETRY, "out of order"),
        (Reply(502), State.UNCERTAIN, "twice"),
        (Reply(504), State.UNCERTAIN, "twice"),
        (DROP, State.UNCERTAIN, "twice"),
        (1.0, State.UNCERTAIN, "twice"),
    ],
)
def test_each_answer_has_its_receipt(chat: Chat, answer: Answer, state: State, says: str) -> None:
    """What the workflow refuses is put right and tried again; a silence is unclear."""
    chat.answers["flow"] = [answer]
    (receipt,) = send(teams(chat, timeout=0.4), note())
    assert receipt.state is state
    assert says in receipt.detail
    assert "verysecret" not in receipt.detail
    assert chat.asked == ["flow"]


def test_a_workflow_that_is_gone_is_asked_once(chat: Chat) -> None:
    """Every further message hears the same and stays for the next run."""
    chat.answers["flow"] = [Reply(404)]
    receipts = send(teams(chat), note(), note(n=1), note(n=2))
    assert {receipt.state for receipt in receipts} == {State.RETRY}
    assert len({receipt.detail for receipt in receipts}) == 1
    assert chat.asked == ["flow"]


@pytest.mark.parametrize(
    ("headers", "waited"),
    [
        ({"Retry-After": "12"}, 12.0),
        ({"Retry-After": "0.2"}, 1.0),
        ({}, 1.0),
        ({"Retry-After": "soon"}, 1.0),
        (
            {
                "Retry-After": "Mon, 16 Mar 2026 12:30:20 GMT",
                "Date": "Mon, 16 Mar 2026 12:30:00 GMT",
            },
            20.0,
        ),
    ],
)
def test_teams_is_waited_for(chat: Chat, headers: dict[str, str], waited: float) -> None:
    """As many seconds as it says, or until the moment it names; then the card goes out once."""
    time = Time()
    chat.answers["flow"] = [Reply(429, "", headers)]
    (receipt,) = send(teams(chat, time), note())
    assert receipt.state is State.SENT
    assert time.waits[0] == waited
    assert len(chat.posts) == 1


NOON = "Mon, 16 Mar 2026 12:00:00 GMT"


@pytest.mark.parametrize("kind", ["bot", "hook", "teams"])
@pytest.mark.parametrize(
    ("said", "waited"),
    [
        ("nan", 1.0),
        ("inf", 1.0),
        ("-inf", 1.0),
        ("-7", 1.0),
        ("1_0", 1.0),
        ("\u00b2", 1.0),
        ("", 1.0),
        ("Mon, 16 Mar 2026 12:00:07 GMT", 7.0),
        ("Mon, 16 Mar 1926 12:00:00 GMT", 1.0),
        ("Mon, 16 Mar 2026 12:00:07", 1.0),
        ("Mon, 16 Mar 99999999999999999999 12:00:00 GMT", 1.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
        ("99999999999", None),
        ("9" * 400, None),
    ],
)
def test_no_wait_that_is_asked_for_costs_a_message(
    chat: Chat, kind: str, said: str, waited: float | None
) -> None:
    """A 429 was not taken: it goes out once after a wait that makes sense, else by the next run."""
    time = Time()
    slow = Reply(429, "ratelimited", {"Retry-After": said, "Date": NOON})
    chat.answers = {where: [slow] for where in ("flow", "hook", "chat.postMessage")}
    channels: dict[str, Channel] = {
        "bot": bot(chat, time),
        "hook": hook(chat, time),
        "teams": teams(chat, time),
    }
    (receipt,) = send(channels[kind], note())
    if waited is None:
        assert receipt.state is State.RETRY
        assert receipt.detail.endswith("asks to wait longer than a day. The next run tries again.")
        assert (time.waits, chat.posts) == ([], [])
    else:
        assert receipt.state is State.SENT
        assert time.waits[0] == waited
        assert len(chat.posts) == 1


def test_patience_has_an_end(chat: Chat) -> None:
    """A wait of more than a minute is left to the next run."""
    time = Time()
    chat.answers["flow"] = [Reply(429, "", {"Retry-After": "300"})]
    receipts = send(teams(chat, time), note(), note(n=1))
    assert [receipt.state for receipt in receipts] == [State.RETRY] * 2
    assert time.waits == []
    assert len(chat.heard) == 1


def test_four_cards_a_second(chat: Chat) -> None:
    """No card comes less than a quarter of a second after the one before."""
    time = Time()
    send(teams(chat, time), *(note(n=n) for n in range(5)))
    assert time.waits == [0.25] * 4


@pytest.mark.parametrize(
    "url",
    [
        "https://agency.webhook.office.com/webhookb2/verysecret",
        "https://outlook.office.com/webhook/verysecret",
    ],
)
def test_a_retired_address_is_told_and_never_asked(url: str) -> None:
    """The old connectors are gone; the sentence says what takes their place."""
    channel = Teams(url)
    (receipt,) = send(channel, note())
    assert receipt.state is State.RETRY
    assert receipt.detail == channel.trouble()
    assert "Microsoft has retired" in receipt.detail
    assert "Send webhook alerts to a channel" in receipt.detail
    assert "verysecret" not in receipt.detail


@pytest.mark.parametrize(
    "url", ["prod.example/verysecret", "ftp://x/verysecret", "http://[verysecret"]
)
def test_an_address_that_is_none_is_told(url: str) -> None:
    """Nothing of it is shown, and nothing is sent anywhere."""
    channel = Teams(url)
    (receipt,) = send(channel, note())
    assert receipt.state is State.RETRY
    for said in (receipt.detail, channel.trouble()):
        assert said.endswith(".")
        assert "verysecret" not in said


def test_the_card_is_an_adaptive_card(chat: Chat) -> None:
    """The form a workflow's webhook trigger asks for; colours beside words, never instead."""
    send(teams(chat), written())
    said = chat.posts[0].said
    (attachment,) = said["attachments"]
    assert (said["type"], attachment["contentType"]) == ("message", CONTENT_TYPE)
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    boxes = [element for element in card["body"] if element["type"] == "Container"]
    assert [box["style"] for box in boxes] == ["attention", "attention", "accent", "warning"]
    words = [box["items"][0]["inlines"][0]["text"] for box in boxes]
    assert words == ["Expired", "Critical", "Early Planning", "Urgent"]


LOOKS = ("expired", "critical", "urgent", "active", "early", "row", "of another day")
# Text that is long as JSON, as UTF-8, or made of what one could cut in two.
TEXTS = st.sampled_from(
    ['"\\' * 200, "\U0001f469\u200d\U0001f4bb" * 200, "é" * 400, "x", "<&>" * 99]
)


@settings(max_examples=30, deadline=None)
@given(
    texts=st.lists(TEXTS, min_size=1, max_size=6),
    items=st.integers(0, 40),
    problems=st.integers(0, 40),
    lines=st.integers(0, 9),
    to=st.sampled_from([PLACE, MARIA]),
)
def test_no_card_is_too_large(
    texts: list[str], items: int, problems: int, lines: int, to: Recipient
) -> None:
    """Under 28 KB as UTF-8, whatever it says; what is left out is counted."""

    def text(n: int) -> str:
        return texts[n % len(texts)]

    follows = tuple(text(n) for n in range(lines))
    found = tuple(
        Item(text(n), LOOKS[n % 7], text(n + 1), text(n), text(n), follows, *(text(n),) * 5)
        for n in range(items)
    )
    rows = tuple(Problem(*(text(n),) * 5, look=LOOKS[n % 7]) for n in range(problems))
    message = written(to)
    assert message.page is not None
    page = replace(
        message.page,
        groups=(Group(text(0), found[: items // 2]), Group(text(1), found[items // 2 :])),
        sections=(Section(text(2), rows, 0),),
        at_stake=follows,
        title=text(3),
        greeting=text(3),
        intro=text(3),
        why=text(3),
        workbook=text(3),
        as_of=text(3),
    )
    made = payload(replace(message, page=page))
    raw = as_bytes(made)
    assert len(raw) < 28_000
    assert json.loads(raw) == made
    shown = [box for box in made["attachments"][0]["content"]["body"] if "items" in box]
    left = sum(
        int(said.removeprefix("And ").split()[0])
        for said in strings(made)
        if said.startswith("And ")
    )
    body = made["attachments"][0]["content"]["body"]
    after = list(dropwhile(lambda block: "Also:" not in strings(block), body))[1:]
    named = len(list(takewhile(lambda block: any(s[:2] == "• " for s in strings(block)), after)))
    assert len(shown) + named + left == items + problems
    assert shown or not items + problems


def test_behind_a_proxy_nobody_is_called_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a proxy reaches is known only by sending something, and to find out nothing is sent."""
    channel = Teams("https://127.0.0.1:9/verysecret")
    assert "127.0.0.1 could not be reached" in channel.trouble()
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    assert channel.trouble() == ""
