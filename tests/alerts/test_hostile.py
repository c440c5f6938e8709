"""Hostile names and titles through every channel, to real servers on loopback.

Each message goes out, to whom it is meant for and to nobody else, and what arrives holds nothing
that a mail program or a chat acts on.
"""

from __future__ import annotations

import contextlib
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from email.parser import BytesParser
from email.policy import compat32, default
from email.utils import getaddresses
from pathlib import Path
from typing import Any

import pytest

from certsync.alerts.alert import Alert, Matter, Reason, Recipient, State
from certsync.alerts.channels.base import Channel
from certsync.alerts.channels.outbox import Outbox
from certsync.alerts.channels.smtp import Smtp
from certsync.alerts.channels.smtp_settings import SmtpSettings
from certsync.alerts.digest import Digest, Message
from certsync.alerts.message import Writer
from certsync.alerts.page import page
from tests.alerts.chat_servers import Heard, chat_server, strings
from tests.alerts.chats import PLACE, bot, hook, others, teams
from tests.alerts.letters import plain
from tests.alerts.servers import Mailbox, mail_server
from tests.alerts.test_chat_text import MARKUP, PINGS
from tests.alerts.test_mail import HEADERS, HOSTILE
from tests.alerts.world import LETTERHEAD, NOW, PRO, TODAY, certs, world

ATTACKS = [*MARKUP, *HOSTILE]
GLUE = ["", "", " ", "x", "\u00e9", "(", "]", "=?", "\r\n", "\u200d", "\U0001f469", "@", "<", "!"]
IN_A_MAIL, IN_A_CHAT = 20, 3
"""Hostile pairs of a name and a title in one message; as many as nothing has to be cut for."""


def hostile(rng: random.Random) -> str:
    """Attacks glued to each other and to anything else."""
    parts = []
    for _ in range(rng.randint(1, 3)):
        parts += [rng.choice(GLUE), rng.choice(ATTACKS)]
    return "".join([*parts, chr(rng.choice([0x41, 0x0A, 0x5B, 0xE9, 0x202E, 0x4E00, 0x1F600]))])


def digests(count: int, each: int) -> Iterator[Digest]:
    """`count` hostile pairs, `each` in one digest, to people with hostile names."""
    rng = random.Random(7)
    for first in range(0, count, each):
        to = Recipient(f"m{first % 5}@agency.example", hostile(rng), ("manager",))
        numbers = range(first, min(first + each, count))
        alerts = (Alert(pair(rng, n), to, "", Reason.TIER_CROSSED) for n in numbers)
        yield Digest("", to, tuple(alerts), TODAY)


def pair(rng: random.Random, n: int) -> Matter:
    """Somebody's certification; every fourth is a row to fix."""
    if n % 4 == 3:
        return Matter(
            "row", f"s|{n}", "row", hostile(rng), hostile(rng),
            title=hostile(rng), problem=hostile(rng), fix=hostile(rng),
        )  # fmt: skip
    return Matter(
        "expiry", f"s|{n}", "tier-90", hostile(rng), hostile(rng), 90,
        employee_id=f"E{n}", person=hostile(rng), certification=hostile(rng),
        expires=TODAY + timedelta(days=n % 90), days_to_expiry=n % 90,
    )  # fmt: skip


def mails(count: int) -> Iterator[Message]:
    """Mails as a run writes them."""
    facts, _ = world(certs(("E1", PRO, "2026-03-28")))
    for number, digest in enumerate(digests(count, IN_A_MAIL)):
        workbook = hostile(random.Random(number))
        yield Writer(replace(LETTERHEAD, workbook=workbook), facts)(digest, NOW)


def chats(count: int) -> Iterator[Message]:
    """The same without what only mails have, which takes long to make."""
    for number, digest in enumerate(digests(count, IN_A_CHAT)):
        workbook = hostile(random.Random(number))
        shown = page(digest, {}, workbook=workbook, as_of=TODAY, contact="", limit=40)
        yield replace(plain(digest, NOW), subject=shown.subject, page=shown)


def check_mail(raw: bytes, to: str) -> None:
    """The headers that were meant, and one recipient, however it is read."""
    mail = BytesParser(policy=default).parsebytes(raw)
    assert sorted(mail.keys()) == sorted(HEADERS)
    old = BytesParser(policy=compat32).parsebytes(raw)
    assert sorted(old.keys()) == sorted(HEADERS)
    assert [a.addr_spec for a in mail["To"].addresses] == [to]
    assert [a for _, a in getaddresses([str(old["To"]).replace("\r\n", "")])] == [to]
    html = mail.get_body(("html",))
    assert html is not None
    assert set(re.findall(r"<(\w+)", html.get_content().lower())) <= TAGS


TAGS = {
    "html", "head", "meta", "title", "style", "body", "table", "tbody", "tr", "td", "h1", "p",
    "span", "br", "strong",
}  # fmt: skip
KEYS = {
    "chat.postMessage": {
        "channel", "metadata", "text", "mrkdwn", "unfurl_links", "unfurl_media", "blocks",
    },
    "hook": {"text", "mrkdwn", "unfurl_links", "unfurl_media", "blocks"},
    "flow": {"type", "attachments"},
    "other": {"version", "title", "message", "attachments", "type"},
}  # fmt: skip
KINDS = {
    "header", "plain_text", "context", "divider", "rich_text", "rich_text_section",
    "rich_text_list", "text", "message", "AdaptiveCard", "RichTextBlock", "TextRun", "Container",
    "warning",
}  # fmt: skip


def kinds(value: Any) -> Iterator[str]:
    """Every `type` in a JSON value."""
    if isinstance(value, dict):
        if "type" in value:
            yield value["type"]
        for each in value.values():
            yield from kinds(each)
    elif isinstance(value, list):
        for each in value:
            yield from kinds(each)


def check_post(post: Heard) -> None:
    """Nothing but text, and no text that a chat acts on."""
    assert set(post.said) == KEYS[post.what]
    assert set(kinds(post.said)) <= KINDS
    assert post.said.get("mrkdwn", False) is False
    for text in strings(post.said):
        assert not set("<>") & set(text)
        assert not PINGS.search(text)
        assert "](" not in text
        assert "![" not in text
        assert not set(map(chr, (*range(10), *range(11, 32), 127, 0x202E))) & set(text)
    if post.what == "other":
        assert not set("*`~|\\") & set(post.said["title"] + post.said["message"])


@dataclass
class Count:
    """What went through one channel."""

    messages: int = 0
    pairs: int = 0

    def add(self, message: Message, said: str) -> None:
        """One message, and the pairs that stand in it: what was cut off is counted in it."""
        left = sum(int(n) for n in re.findall(r"And (\d+) more in the ", said))
        self.messages += 1
        self.pairs += len(message.digest.alerts) - left


def through_mail(folder: Path, count: int) -> dict[str, Count]:
    """Send `count` pairs as mails; what arrived, by channel."""
    box, counts = Mailbox(), {"outbox": Count(), "smtp": Count()}
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(mail_server(box))
        server = stack.enter_context(Smtp(SmtpSettings("127.0.0.1", port, "none")).session())
        outbox = stack.enter_context(Outbox(folder / "outbox").session())
        for message in mails(count):
            to = message.digest.to.email
            receipts = outbox.send(message), server.send(message)
            assert [receipt.state for receipt in receipts] == [State.SENT] * 2
            file = Path(receipts[0].detail)
            check_mail(file.read_bytes(), to)
            assert box.recipients == [[to]]
            assert box.raw == [file.read_bytes()]
            box.recipients.clear()
            box.raw.clear()
            for counted in counts.values():
                counted.add(message, message.text)
    return counts


def through_chats(count: int) -> dict[str, Count]:
    """Send `count` pairs into every chat; what arrived, by channel."""
    with contextlib.ExitStack() as stack:
        chat = stack.enter_context(chat_server())
        ways: dict[str, Channel] = {
            "slack": bot(chat),
            "slack webhook": hook(chat),
            "teams": teams(chat),
            "apprise": others(chat),
        }
        counts = {name: Count() for name in ways}
        sessions = {name: stack.enter_context(way.session()) for name, way in ways.items()}
        for message in chats(count):
            for name, session in sessions.items():
                to = message.digest.to if name == "slack" else PLACE
                receipt = session.send(replace(message, digest=replace(message.digest, to=to)))
                assert receipt.state is State.SENT, (name, receipt)
                (post,) = chat.posts
                check_post(post)
                if name == "slack":
                    assert post.said["channel"] == f"D-U-{to.email}"
                counts[name].add(message, "\n".join(strings(post.said)))
                chat.posts.clear()
    return counts


def test_no_hostile_text_gets_through(tmp_path: Path) -> None:
    """A few of each attack, by every channel."""
    counts = through_mail(tmp_path, 40) | through_chats(120)
    assert [count.messages for count in counts.values()] == [2, 2, 40, 40, 40, 40]


@pytest.mark.campaign
def test_ten_thousand_hostile_texts_get_through_nowhere(tmp_path: Path) -> None:
    """No extra header or recipient, no raw markup, and every message is still sent."""
    counts = through_mail(tmp_path, 10_100) | through_chats(10_100)
    for name, count in counts.items():
        print(f"{name}: {count.messages:,} sent, {count.pairs:,} hostile names and titles in them")
    assert all(count.pairs >= 10_000 for count in counts.values())
