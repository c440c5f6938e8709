"""Other services by apprise, on loopback: each gets every message once, whatever the others do."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from certsync.alerts.alert import State
from certsync.alerts.channels.apprise import MAX_TEXT, Apprise
from tests.alerts.chat_servers import DROP, OTHER, Answer, Chat, Reply
from tests.alerts.chats import PLACE, note, others, send, written


def reached(chat: Chat) -> list[str]:
    """Which of the services got something, in order."""
    return [post.headers["n"] for post in chat.posts]


def test_every_service_gets_the_message(chat: Chat) -> None:
    """Title and text, in the form of each."""
    (receipt,) = send(others(chat, count=3), written())
    assert receipt.state is State.SENT
    assert reached(chat) == ["0", "1", "2"]
    said = chat.posts[0].said
    assert said["title"] == "1 certification has expired and 3 expire within 180 days"
    assert "[Critical] AWS Certified Solutions Architect - Professional" in said["message"]


def test_only_who_missed_it_gets_it_again(chat: Chat, tmp_path: Path) -> None:
    """In a later run too: those that have it are left alone, and the memory is gone at the end."""
    memory = tmp_path / "state" / "apprise.json"
    chat.answers["other"] = [Reply(), Reply(500), Reply()]
    (first,) = send(others(chat, memory=memory, count=3), note())
    assert first.state is State.UNCERTAIN
    assert "number 2 (JSON)" in first.detail
    assert "number 1" not in first.detail
    assert memory.is_file()
    chat.answers["other"] = [Reply(500)]
    (second,) = send(others(chat, memory=memory, count=3), note())
    assert second.state is State.UNCERTAIN
    (third,) = send(others(chat, memory=memory, count=3), note())
    assert third.state is State.SENT
    assert len(chat.heard) == 5
    assert reached(chat) == ["1"]
    assert not memory.exists()


def test_another_message_goes_to_all(chat: Chat, tmp_path: Path) -> None:
    """What one service missed says nothing about the next message."""
    memory = tmp_path / "apprise.json"
    chat.answers["other"] = [Reply(500)]
    send(others(chat, memory=memory, count=2), note())
    (receipt,) = send(others(chat, memory=memory, count=2), note(n=1))
    assert receipt.state is State.SENT
    assert reached(chat) == ["1", "0", "1"]


@pytest.mark.parametrize("inside", ["", "[]", "{", '{"a": 1}', "\x00"])
def test_a_damaged_memory_is_none(chat: Chat, tmp_path: Path, inside: str) -> None:
    """A service may get a message again; none goes without."""
    memory = tmp_path / "apprise.json"
    memory.write_text(inside)
    (receipt,) = send(others(chat, memory=memory), note())
    assert receipt.state is State.SENT


def test_a_memory_that_cannot_be_kept_stops_nothing(chat: Chat, tmp_path: Path) -> None:
    """A folder that cannot be made is no reason to send nothing."""
    (tmp_path / "file").touch()
    chat.answers["other"] = [Reply(), Reply(500)]
    (receipt,) = send(others(chat, memory=tmp_path / "file" / "m.json", count=2), note())
    assert receipt.state is State.UNCERTAIN


def test_the_memory_holds_no_secret(chat: Chat, tmp_path: Path) -> None:
    """Neither addresses nor text stand in it."""
    memory = tmp_path / "apprise.json"
    chat.answers["other"] = [Reply(), Reply(500)]
    send(others(chat, memory=memory, count=2), note())
    assert "verysecret" not in memory.read_text()
    assert "127.0.0.1" not in memory.read_text()


@pytest.mark.parametrize("answer", [Reply(500), Reply(404), DROP])
def test_what_nobody_took_is_tried_again(chat: Chat, answer: Answer) -> None:
    """The service is named by its number and kind, and nothing of its address is shown."""
    chat.answers["other"] = [answer, answer]
    (receipt,) = send(others(chat, count=2), note())
    assert receipt.state is State.RETRY
    assert "number 1 (JSON), number 2 (JSON)" in receipt.detail
    assert "verysecret" not in receipt.detail


def test_without_the_library_it_says_how_to_get_it(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The doctor and every message say the same, and nothing breaks."""
    monkeypatch.setattr(importlib.util, "find_spec", {}.get)
    channel = others(chat)
    first, second = send(channel, note(), note(n=1))
    assert first == second
    assert first.state is State.RETRY
    assert first.detail == channel.trouble()
    assert "pip install 'certsync[apprise]'" in first.detail


@pytest.mark.parametrize("url", ["nonsense://verysecret", "verysecret", "", "mailto://"])
def test_an_address_apprise_does_not_know_is_told(chat: Chat, url: str) -> None:
    """By its number: the address itself holds secrets."""
    good = f"json://127.0.0.1:{chat.port}{OTHER}"
    channel = Apprise((good, url), PLACE.email)
    assert "address number 2" in channel.trouble()
    (receipt,) = send(channel, note())
    assert receipt.state is State.RETRY
    assert "verysecret" not in receipt.detail
    assert chat.heard == []


def test_no_address_is_a_sentence() -> None:
    """A channel with nobody behind it says so."""
    assert "no address" in Apprise(()).trouble()


def test_a_long_message_is_cut_from_its_end(chat: Chat) -> None:
    """The most urgent are told, the rest is counted."""
    rows = tuple(("E1", f"Certification {n}", f"2026-04-{1 + n % 28:02d}") for n in range(60))
    send(others(chat), written(PLACE, rows))
    said = chat.posts[0].said["message"]
    assert len(said) <= MAX_TEXT
    shown, named = said.count("Do now: "), said.count("- Maria Lopez: Certification ")
    assert shown > 2
    assert named >= 10
    assert f"And {60 - shown - named} more in the tab Certifications." in said
    assert json.loads(others(chat).forms(written(PLACE, rows))[".json"])["body"] == said
