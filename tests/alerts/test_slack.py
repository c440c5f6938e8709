"""Slack on loopback, well behaved and not: each message has the honest receipt and is sent once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from certsync.alerts.alert import Recipient, State
from certsync.alerts.channels.http import PATIENCE, SILENCES
from certsync.alerts.channels.slack import Slack
from certsync.alerts.digest import Message
from certsync.alerts.page import Problem, Section
from tests.alerts.chat_servers import DROP, TOKEN, Answer, Chat, Reply, no, strings
from tests.alerts.chats import MARIA, PLACE, Time, bot, hook, note, send, written

TOM = Recipient("tom@agency.example", "Tom Reed", ("holder",))

POST = "chat.postMessage"
LOOK_UP = "users.lookupByEmail"
OPEN = "conversations.open"


def slow(seconds: str) -> Reply:
    """Too many requests."""
    return Reply(429, "ratelimited", {"Retry-After": seconds})


@pytest.mark.parametrize(
    ("where", "answer", "state", "says"),
    [
        (LOOK_UP, no("users_not_found"), State.FAILED, "nobody in this Slack"),
        (LOOK_UP, no("user_not_visible"), State.FAILED, "may not see"),
        (OPEN, no("cannot_dm_bot"), State.FAILED, "belongs to a bot"),
        (OPEN, no("user_disabled"), State.FAILED, "switched off"),
        (POST, no("messages_tab_disabled"), State.RETRY, "Messages Tab"),
        (LOOK_UP, no("invalid_auth"), State.RETRY, "Copy the bot token anew"),
        (POST, no("token_revoked"), State.RETRY, "revoked"),
        (POST, no("account_inactive"), State.RETRY, "removed or switched off"),
        (LOOK_UP, no("missing_scope", needed="users:read.email"), State.RETRY, "users:read.email"),
        (OPEN, no("missing_scope", needed="im:write"), State.RETRY, "im:write"),
        (POST, no("something_new"), State.RETRY, "something_new"),
        (POST, no("<b>verysecret</b>"), State.RETRY, "none of Slack's"),
        (LOOK_UP, Reply(500, "oh"), State.RETRY, "out of order"),
        (LOOK_UP, Reply(502, "oh"), State.RETRY, "out of order"),
        (LOOK_UP, Reply(200, "<html>a hotel's page</html>"), State.RETRY, "none of Slack's"),
        (LOOK_UP, DROP, State.RETRY, "no answer"),
        (OPEN, DROP, State.RETRY, "no answer"),
        (OPEN, 1.0, State.RETRY, "no answer"),
        (POST, Reply(503, "oh"), State.RETRY, "out of order"),
        (POST, Reply(504, "oh"), State.UNCERTAIN, "twice"),
        (POST, no("internal_error"), State.UNCERTAIN, "no clear answer"),
        (POST, DROP, State.UNCERTAIN, "twice"),
        (POST, 1.0, State.UNCERTAIN, "twice"),
    ],
)
def test_each_answer_to_a_bot_has_its_receipt(
    chat: Chat, where: str, answer: Answer, state: State, says: str
) -> None:
    """The person's fault fails, the set-up's is tried again, a silence after sending is unclear."""
    chat.answers[where] = [answer]
    (receipt,) = send(bot(chat, timeout=0.4), note(MARIA))
    assert receipt.state is state
    assert says in receipt.detail
    assert receipt.detail.endswith(".")
    assert "verysecret" not in receipt.detail
    assert chat.asked.count(POST) <= 1


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("channel_not_found", "there is no channel #certifications"),
        ("not_in_channel", "Invite it there with /invite"),
        ("is_archived", "#certifications is archived"),
        ("restricted_action", "may not post in #certifications"),
        ("restricted_action_read_only_channel", "may not post in #certifications"),
    ],
)
def test_a_channel_that_takes_nothing_keeps_nobody_else_waiting(
    chat: Chat, error: str, says: str
) -> None:
    """It is the set-up's fault, so it is tried again; people still get theirs."""
    chat.answers[POST] = [no(error)]
    place, person = send(bot(chat), note(), note(MARIA))
    assert place.state is State.RETRY
    assert says in place.detail
    assert person.state is State.SENT


def test_a_bad_token_is_asked_once(chat: Chat) -> None:
    """Once the token is refused nobody else has a chance, and Slack is left alone."""
    receipts = send(bot(chat, token="xoxb-verysecret"), note(), note(MARIA), note(TOM))
    assert {receipt.state for receipt in receipts} == {State.RETRY}
    assert len({receipt.detail for receipt in receipts}) == 1
    assert chat.asked == [POST]


def test_people_and_the_place_get_theirs(chat: Chat) -> None:
    """Each person in their own conversation, the channel in the channel; nobody is looked up twice.

    An address in capitals is the same person.
    """
    shouted = MARIA._replace(email="MARIA@agency.example")
    receipts = send(bot(chat), note(MARIA), note(), note(TOM), note(shouted))
    assert [receipt.state for receipt in receipts] == [State.SENT] * 4
    assert [post.said["channel"] for post in chat.posts] == [
        "D-U-maria@agency.example",
        "#certifications",
        "D-U-tom@agency.example",
        "D-U-maria@agency.example",
    ]
    assert chat.asked.count(LOOK_UP) == 2
    assert chat.asked.count(OPEN) == 2


def test_a_stranger_fails_alone(chat: Chat) -> None:
    """Somebody Slack does not know is told by mail; the others get theirs."""
    chat.strangers = {MARIA.email}
    first, again, tom = send(bot(chat), note(MARIA), note(MARIA), note(TOM))
    assert (first.state, again.state, tom.state) == (State.FAILED, State.FAILED, State.SENT)
    assert chat.asked.count(LOOK_UP) == 2


@pytest.mark.parametrize("mark", [{"deleted": True}, {"is_bot": True}])
def test_nobody_reads_what_a_left_account_gets(chat: Chat, mark: dict[str, bool]) -> None:
    """An account that was switched off, or is a bot, is no person."""
    user = f'{{"ok": true, "user": {{"id": "U1", {str(mark)[1:-1].lower()}}}}}'
    chat.answers[LOOK_UP] = [Reply(200, user.replace("'", '"'))]
    (receipt,) = send(bot(chat), note(MARIA))
    assert receipt.state is State.FAILED
    assert chat.posts == []


def test_without_a_place_only_people_are_reached(chat: Chat) -> None:
    """A bot without `channel` says so, and posts nowhere."""
    place, person = send(bot(chat, place=""), note(), note(MARIA))
    assert bot(chat, place="").trouble() == ""
    assert "`channel`" in bot(chat, place="", direct=False).trouble()
    assert place.state is State.RETRY
    assert "`channel`" in place.detail
    assert person.state is State.SENT


@pytest.mark.parametrize(
    ("answer", "state", "says"),
    [
        (Reply(403, "action_prohibited"), State.RETRY, "administrator"),
        (Reply(404, "channel_not_found"), State.RETRY, "channel is gone"),
        (Reply(404, "no_service"), State.RETRY, "removed"),
        (Reply(410, "channel_is_archived"), State.RETRY, "archived"),
        (Reply(400, "verysecret\nwhat"), State.RETRY, "Make a new one"),
        (Reply(200, "<html>a hotel's page</html>"), State.RETRY, "something else answers"),
        (Reply(500, "rollup_error"), State.RETRY, "out of order"),
        (Reply(502, ""), State.UNCERTAIN, "twice"),
        (
            Reply(200, "\u00e9", {"Content-Type": "text/plain; charset=ascii"}),
            State.RETRY,
            "something else answers",
        ),
        (DROP, State.UNCERTAIN, "twice"),
        (1.0, State.UNCERTAIN, "twice"),
    ],
)
def test_each_answer_to_a_webhook_has_its_receipt(
    chat: Chat, answer: Answer, state: State, says: str
) -> None:
    """A webhook that is gone is made anew, so nothing is lost; a silence is unclear."""
    chat.answers["hook"] = [answer]
    (receipt,) = send(hook(chat, timeout=0.4), note())
    assert receipt.state is state
    assert says in receipt.detail
    assert "verysecret" not in receipt.detail
    assert chat.asked == ["hook"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_of_a_webhook_is_not_followed(chat: Chat, status: int) -> None:
    """Whoever answers "ok" elsewhere has not got the message, so it is kept for the next run."""
    elsewhere = {"Location": chat.url("/elsewhere")}
    chat.answers = {"hook": [Reply(status, "ok", elsewhere)], "/elsewhere": [Reply(200, "ok")]}
    (receipt,) = send(hook(chat), note())
    assert receipt.state is State.RETRY
    assert receipt.detail.startswith(
        f"Slack: the webhook's address answered with a redirect ({status}), and no message follows"
    )
    assert chat.asked == ["hook"]


@pytest.mark.parametrize("kind", ["bot", "hook"])
def test_slack_is_waited_for(chat: Chat, kind: str) -> None:
    """As long as it asks for, then the same message goes out, once."""
    time = Time()
    chat.answers = {POST: [slow("7"), slow("30")], "hook": [slow("7"), slow("30")]}
    channel = bot(chat, time) if kind == "bot" else hook(chat, time)
    (receipt,) = send(channel, note())
    assert receipt.state is State.SENT
    assert sum(time.waits) >= 37
    assert time.waits[:1] == [7.0]
    assert len(chat.posts) == 1


@pytest.mark.parametrize("kind", ["bot", "hook"])
def test_patience_has_an_end(chat: Chat, kind: str) -> None:
    """A minute in all; then the rest waits for the next run, and Slack is left alone."""
    time = Time()
    chat.answers = {where: [slow("40"), slow("40")] for where in (POST, "hook")}
    channel = bot(chat, time) if kind == "bot" else hook(chat, time)
    receipts = send(channel, note(), note(n=1))
    assert [receipt.state for receipt in receipts] == [State.RETRY, State.RETRY]
    assert "asks to wait 40 seconds" in receipts[0].detail
    assert sum(time.waits) <= PATIENCE + 2
    assert len(chat.heard) == 2


@pytest.mark.parametrize("kind", ["bot", "hook"])
def test_one_message_a_second_for_each_channel(chat: Chat, kind: str) -> None:
    """People do not wait for each other; the one channel is not flooded."""
    time = Time()
    if kind == "bot":
        send(bot(chat, time), note(MARIA), note(TOM), note(), note(n=1), note(n=2))
    else:
        send(hook(chat, time), note(), note(n=1), note(n=2))
    assert time.waits == [1.0, 1.0]


def test_after_some_silences_slack_is_left_alone(chat: Chat) -> None:
    """Each silence may be a message that arrived: no run makes two hundred of them."""
    chat.answers[POST] = [DROP] * 9
    receipts = send(bot(chat), *(note(n=n) for n in range(6)))
    assert [receipt.state for receipt in receipts] == [State.UNCERTAIN] * 3 + [State.RETRY] * 3
    assert len(chat.heard) == SILENCES


def test_a_form_slack_does_not_take_goes_out_as_text(chat: Chat) -> None:
    """Better without bold letters than not at all."""
    chat.answers = {POST: [no("invalid_blocks")], "hook": [Reply(400, "invalid_blocks")]}
    for channel in (bot(chat), hook(chat)):
        (receipt,) = send(channel, written())
        assert receipt.state is State.SENT
    for post in chat.posts:
        assert "blocks" not in post.said
        assert "CISSP" in post.said["text"]


def test_a_form_slack_never_takes_is_not_tried_for_ever(chat: Chat) -> None:
    """Two attempts a run, and a sentence."""
    chat.answers = {POST: [no("invalid_blocks")] * 2, "hook": [Reply(400, "invalid_payload")] * 2}
    for channel in (bot(chat), hook(chat)):
        (receipt,) = send(channel, written())
        assert receipt.state is State.RETRY
        assert "nothing but text" in receipt.detail


@pytest.mark.parametrize(
    ("scopes", "direct", "says"),
    [
        ("chat:write,users:read,users:read.email,im:write", True, ""),
        ("chat:write,users:read.email,im:write", True, "the bot lacks users:read."),
        ("chat:write, users:read, users:read.email", True, "the bot lacks im:write."),
        ("chat:write", True, "the bot lacks users:read, users:read.email, im:write."),
        ("chat:write", False, ""),
        ("im:write", False, "the bot lacks chat:write."),
    ],
)
def test_a_missing_scope_is_found_without_sending(
    chat: Chat, scopes: str, direct: bool, says: str
) -> None:
    """The doctor names each one; who reaches no person needs none for it."""
    chat.scopes = scopes
    said = bot(chat, direct=direct).trouble()
    assert says in said
    assert bool(said) is bool(says)
    assert chat.asked == ["auth.test"]


@pytest.mark.parametrize(
    "url",
    [
        "hooks.slack.com/verysecret",
        "https://",
        "http://[verysecret",
        "http://127.0.0.1/very secret",
    ],
)
def test_an_address_that_is_none_is_told(url: str) -> None:
    """Nothing of it is shown."""
    channel = Slack(webhook=url)
    said = channel.trouble()
    assert said.endswith(".")
    assert "verysecret" not in said
    (receipt,) = send(channel, note())
    assert receipt.state is State.RETRY
    assert "verysecret" not in receipt.detail


@pytest.mark.parametrize("token", ["xoxb-v\u0416rysecret", "xoxb\r\nHost: rysecret"])
def test_a_token_that_is_none_is_told(chat: Chat, token: str) -> None:
    """Nothing of it is shown, and nothing is taken for sent."""
    (receipt,) = send(bot(chat, token=token), note())
    assert receipt.state is State.RETRY
    assert "rysecret" not in receipt.detail
    assert chat.heard == []


@pytest.mark.parametrize("wrong", [{}, {"token": TOKEN, "webhook": "https://x"}])
def test_it_is_a_bot_or_a_webhook(wrong: dict[str, str]) -> None:
    """Neither and both are mistakes."""
    with pytest.raises(ValueError, match="either"):
        Slack(**wrong)  # type: ignore[arg-type]


def test_a_long_message_is_cut_from_its_end(chat: Chat) -> None:
    """The most urgent are shown, the rest is counted, and Slack's limits hold."""
    rows = tuple(
        ("E1", f"{'Long name ' * 15}{n}", f"2026-0{4 + n % 5}-{1 + n % 28:02d}") for n in range(90)
    )
    message = written(PLACE, rows)
    for channel in (bot(chat), hook(chat)):
        assert send(channel, message)[0].state is State.SENT
    blocks = chat.posts[0].said["blocks"]
    shown = " ".join(strings(blocks))
    rows_shown = shown.count("Do now: ")
    assert f"And {90 - rows_shown - 20} more in the tab Certifications." in shown
    assert rows_shown >= 8
    assert "1 April 2026" in shown
    assert chat.posts[1].said["blocks"] == blocks


def test_many_short_entries_are_cut_too(chat: Chat) -> None:
    """Slack takes fifty blocks, however small."""
    message = written()
    assert message.page is not None
    rows = tuple(Problem(f"A{n}", "No date.", "Write one.") for n in range(70))
    page = replace(message.page, sections=(Section("Rows that need fixing", rows, 2),))
    assert send(bot(chat), replace(message, page=page))[0].state is State.SENT
    blocks = chat.posts[0].said["blocks"]
    assert len(blocks) <= 50
    shown = " ".join(strings(blocks))
    assert f"And {72 - shown.count('No date.')} more in the Dashboard." in shown


def test_what_is_least_urgent_goes_first() -> None:
    """Whoever's it is: an expired certification of the last person stays."""
    from certsync.alerts.channels.chat_post import fitted, post

    whole = post(written())

    def count(shown: object) -> int:
        return str(shown).count("Item(")

    assert count(whole) == 4
    for keep, left in ((3, "PMP"), (1, "CISSP")):
        shorter = fitted(whole, lambda shown, keep=keep: count(shown) <= keep)  # type: ignore[misc]
        names = [item.certification for group in shorter.groups for item in group.items]
        assert len(names) == keep
        assert (left in names) is (left == "CISSP")
        assert len(shorter.also) + shorter.more == 4 - keep
        assert not set(names) & {line.split(",")[0].split(": ")[-1] for line in shorter.also}


def test_a_place_is_not_greeted(chat: Chat) -> None:
    """A person is; and who many read is told nothing about one reader."""
    send(bot(chat), written(MARIA), written())
    person, place = (" ".join(strings(post.said)) for post in chat.posts)
    assert "Hello Maria Lopez," in person
    assert "You receive this" in person
    assert "Hello" not in place
    assert "You receive this" not in place


def test_a_bots_message_can_be_found_again(chat: Chat) -> None:
    """Its Message-ID stands in its metadata, the same on every attempt."""
    message: Message = written(MARIA)
    send(bot(chat), message)
    send(bot(chat), message)
    found = [post.said["metadata"]["event_payload"]["message_id"] for post in chat.posts]
    assert found == [message.message_id.strip("<>")] * 2
