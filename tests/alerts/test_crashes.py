"""A run that is killed anywhere loses nothing, and repeats only what nobody could know about."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

import pytest

from certsync.alerts.alert import State
from certsync.alerts.ledger import Ledger
from tests.alerts.forge import Forge, due, forge
from tests.alerts.servers import Mailbox, mail_server

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="runs are killed in forks")

BEFORE_A_DOT = "before the dot"
AFTER_A_DOT = ("after the dot", "after the dot and more")
EXPECTED = {one.key.replace("outbox", "email") for one in due("email")}


@pytest.fixture(scope="module")
def smithy() -> Iterator[Forge]:
    """The process that forks the runs of this file."""
    with forge() as started:
        yield started


def keys_of(text: str) -> list[str]:
    """The alerts a message tells of."""
    return [line for line in text.splitlines() if line.startswith("agency|")]


def settled(folder: Path) -> set[str]:
    """The states the ledger ends with."""
    with Ledger.open(folder / "ledger.sqlite") as ledger:
        return {entry.state for entry in ledger.entries({a.about.series for a in due("email")})}


def could_not_know(happened: list[str]) -> bool:
    """Whether the kill fell between the final dot of a message and the commit of its result."""
    dots = [at for at, what in enumerate(happened) if what in AFTER_A_DOT or what == BEFORE_A_DOT]
    return bool(dots) and "after commit" not in happened[dots[-1] :]


def arrivals(mailbox: Mailbox) -> tuple[Counter[str], dict[str, set[str]]]:
    """How often each alert arrived, and under which Message-IDs."""
    counts: Counter[str] = Counter()
    ids: dict[str, set[str]] = {}
    for mail in list(mailbox.mails):
        body = mail.get_body(("plain",))
        assert body is not None
        for key in keys_of(body.get_content()):
            counts[key] += 1
            ids.setdefault(key, set()).add(str(mail["Message-ID"]))
    return counts, ids


def killed_then_run_again(
    smithy: Forge, folder: Path, kill: int, mailbox: Mailbox, port: int
) -> bool:
    """Kill one run at this point, run again until quiet, and check. False if nothing was killed."""
    mailbox.mails.clear()
    folder.mkdir()
    happened = smithy.run(folder, kill=kill, port=port)
    killed = smithy.killed
    if happened and happened[-1] in AFTER_A_DOT:
        # What is on the wire may still be taken over after the death of the sender.
        time.sleep(0.02)
    smithy.run(folder, port=port, day=kill % 2)
    if kill % 4 == 0:
        sent = len(mailbox.mails)
        smithy.run(folder, port=port, day=kill % 2)
        assert len(mailbox.mails) == sent, "the third run had nothing to do"
    counts, ids = arrivals(mailbox)
    assert set(counts) == EXPECTED, "nothing is lost"
    assert all(len(found) == 1 for found in ids.values()), "every copy has the same Message-ID"
    repeated = [key for key, count in counts.items() if count > 1]
    assert max(counts.values()) <= 2
    assert not repeated or could_not_know(happened), f"repeated after {happened[-1]}"
    assert settled(folder) == {State.SENT}
    return killed


@pytest.mark.parametrize("pipelining", [False, True])
def test_a_run_killed_at_any_point_loses_nothing(
    smithy: Forge, in_memory: Path, pipelining: bool
) -> None:
    """At every commit and SMTP verb: nothing lost, and what is repeated is repeated as itself."""
    points, mailbox = 0, Mailbox(pipelining=pipelining)
    with mail_server(mailbox) as port:
        while killed_then_run_again(smithy, in_memory / str(points), points, mailbox, port):
            points += 1
        (in_memory / "whole").mkdir()
        happened = smithy.run(in_memory / "whole", port=port)
    assert points > 60
    assert ("after the dot and more" in happened) == pipelining


def test_a_folder_never_holds_a_message_twice(smithy: Forge, in_memory: Path) -> None:
    """Killed at any point and run again on the next day, the outbox has each message once."""
    for kill in range(99):
        folder = in_memory / str(kill)
        folder.mkdir()
        smithy.run(folder, kill=kill)
        if not smithy.killed:
            break
        smithy.run(folder, day=1)
        files = sorted((folder / "outbox").iterdir())
        mails = [BytesParser(policy=default).parsebytes(path.read_bytes()) for path in files]
        bodies = [mail.get_body(("plain",)) for mail in mails]
        keys = [key for body in bodies if body for key in keys_of(body.get_content())]
        assert sorted(keys) == sorted(one.key for one in due("outbox"))
    assert kill > 8


@pytest.mark.campaign
def test_kills_upon_kills_lose_nothing(smithy: Forge, in_memory: Path) -> None:
    """Five hundred runs killed one after the other at any point: 0 lost, one Message-ID each."""
    kills = repeated = lost = round_number = 0
    while kills < 500:
        folder = in_memory / str(round_number)
        folder.mkdir()
        mailbox = Mailbox(pipelining=round_number % 2 == 0)
        with mail_server(mailbox) as port:
            for step in range(7):
                smithy.run(folder, kill=(round_number * 13 + step * 31) % 61, port=port)
                kills += smithy.killed
                time.sleep(0.02)
            smithy.run(folder, port=port, day=1)
        counts, ids = arrivals(mailbox)
        lost += len(EXPECTED - set(counts))
        repeated += sum(count - 1 for count in counts.values())
        assert all(len(found) == 1 for found in ids.values())
        round_number += 1
    print(f"{kills} kills in {round_number} rounds: {lost} lost, {repeated} repeated")
    assert lost == 0
