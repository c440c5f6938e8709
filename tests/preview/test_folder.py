"""The folder of a preview: what lies in it, and that nothing of anybody's is lost for it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certsync.alerts.alert import Recipient
from certsync.alerts.channels.apprise import Apprise
from certsync.alerts.channels.base import Channel
from certsync.alerts.channels.outbox import Outbox
from certsync.alerts.channels.slack import Slack
from certsync.alerts.channels.teams import Teams
from certsync.alerts.digest import Message
from certsync.alerts.mail import as_email
from certsync.errors import FolderTaken
from certsync.preview import folder as folders
from tests.alerts.chats import MARIA, PLACE, written
from tests.alerts.letters import alert, letter
from tests.system.program import tree

CHANNELS: dict[str, Channel] = {
    "outbox": Outbox(Path("unused")),
    "slack": Slack("xoxb-verysecret", place="#certifications"),
    "teams": Teams("https://flow.example/verysecret"),
    "apprise": Apprise(("json://verysecret",)),
}


def mail(name: str = "PMP", to: str = "maria@agency.example", who: str = "Maria Lopez") -> Message:
    """A message with a calendar file."""
    return replace(letter(alert(name, to), to=to, name=who), calendar=b"BEGIN:VCALENDAR\r\n")


def write(folder: Path, *messages: Message, notes: tuple[str, ...] = ()) -> str:
    """The page of a preview of these messages."""
    page = folders.write(
        folder,
        messages,
        channels=CHANNELS,
        workbook="agency.xlsx",
        as_of="today",
        notes=notes,
    )
    return page.read_text(encoding="utf-8")


def test_each_message_lies_there_in_every_form(tmp_path: Path) -> None:
    """HTML, text, calendar and mail, to the byte what would be sent; no calendar where none is."""
    first, second = mail(), letter(to="ann@agency.example", name="")
    page = write(tmp_path / "p", first, second)
    made = tmp_path / "p" / "messages"
    assert sorted(path.name for path in made.iterdir()) == [
        "1_maria@agency.example.eml",
        "1_maria@agency.example.html",
        "1_maria@agency.example.ics",
        "1_maria@agency.example.txt",
        "2_ann@agency.example.eml",
        "2_ann@agency.example.html",
        "2_ann@agency.example.txt",
    ]
    assert (made / "1_maria@agency.example.eml").read_bytes() == as_email(first).as_bytes()
    assert (made / "1_maria@agency.example.html").read_text() == first.html
    assert (made / "1_maria@agency.example.ics").read_bytes() == first.calendar
    assert "2 messages to 2 people" in page
    assert all(f'href="messages/{path.name}"' in page for path in made.iterdir())


def test_every_link_and_frame_of_the_page_leads_somewhere(tmp_path: Path) -> None:
    """Whatever the page points to lies in the folder or on the page, and nowhere else."""
    page = write(tmp_path / "p", mail(), mail("CISSP", "tom@agency.example"))
    targets = re.findall(r'(?:href|src)="([^"]*)"', page)
    assert len(targets) == 2 * (1 + 4 + 4 + 2)
    for target in targets:
        if target.startswith("#"):
            assert f'id="{target[1:]}"' in page
        else:
            assert (tmp_path / "p" / target).is_file()


def test_a_later_preview_takes_the_place_of_the_earlier_one(tmp_path: Path) -> None:
    """Nothing of the earlier one is left, and what a person put there stays."""
    folder = tmp_path / "p"
    write(folder, mail(), mail("CISSP", "tom@agency.example"))
    (folder / "notes.txt").write_text("mine")
    (folder / "messages" / "mine.txt").write_text("mine")
    write(folder, mail(to="ann@agency.example"))
    left = set(tree(folder))
    assert {"notes.txt", "messages/mine.txt"} <= left
    assert {name.split("_")[-1] for name in left if "_" in name} == {
        f"ann@agency.example.{form}" for form in ("eml", "html", "ics", "txt")
    }


@pytest.mark.parametrize("inside", ["a.txt", "index.html", "messages/a.txt"])
def test_a_folder_with_somebodys_files_is_left_alone(tmp_path: Path, inside: str) -> None:
    """What certsync did not make it neither takes away nor writes over."""
    theirs = tmp_path / "p" / inside
    theirs.parent.mkdir(parents=True)
    theirs.write_text("mine")
    before = tree(tmp_path)
    with pytest.raises(FolderTaken, match="holds files that certsync did not make"):
        write(tmp_path / "p", mail())
    assert tree(tmp_path) == before


def test_a_file_in_the_way_is_left_alone(tmp_path: Path) -> None:
    """A file with the folder's name is no folder."""
    (tmp_path / "p").write_text("mine")
    with pytest.raises(FolderTaken, match="is no folder"):
        write(tmp_path / "p", mail())
    assert (tmp_path / "p").read_text() == "mine"


def test_a_forged_list_takes_nothing_outside_away(tmp_path: Path) -> None:
    """A list that names files elsewhere names nothing."""
    outside = tmp_path / "precious.xlsx"
    outside.write_text("mine")
    folder = tmp_path / "p"
    write(folder, mail())
    forged = f"../precious.xlsx\n{outside}\nmessages/../../precious.xlsx\n"
    (folder / folders.LIST).write_text((folder / folders.LIST).read_text() + forged)
    write(folder, mail())
    assert outside.read_text() == "mine"


def test_an_empty_folder_may_be_used(tmp_path: Path) -> None:
    """Nothing is lost in it; and with nothing due there is a page that says so."""
    assert "No message is due" in write(tmp_path)


def test_nobody_commits_a_preview_by_accident(tmp_path: Path) -> None:
    """Git ignores the folder: mails name people."""
    write(tmp_path / "p", mail())
    assert (tmp_path / "p" / ".gitignore").read_text() == "*\n"


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=80))
def test_no_name_becomes_markup(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    """Whatever people, certifications and tiers are called, the page has the tags it always has."""
    hostile = f'"><script>alert(1)</script>{name}'
    message = replace(mail(hostile, who=hostile), subject=hostile)
    plain, attacked = (
        write(tmp_path_factory.mktemp("p"), one, notes=(note,))
        for one, note in ((mail(), "x"), (message, hostile))
    )
    assert re.findall(r"<\w+", attacked) == re.findall(r"<\w+", plain)


def chats(to: Recipient = PLACE) -> list[Message]:
    """The same message by every chat."""
    message = written(to)
    return [
        replace(message, digest=replace(message.digest, channel=name))
        for name in ("slack", "teams", "apprise")
    ]


def test_a_chat_message_is_shown_as_the_chat_shows_it(tmp_path: Path) -> None:
    """The post itself, its text and what the service gets; no mail, no calendar file, no secret."""
    page = write(tmp_path / "p", *chats())
    made = {path.name: path for path in (tmp_path / "p" / "messages").iterdir()}
    assert sorted(made) == sorted(
        f"{n}__certifications.{form}" for n in (1, 2, 3) for form in ("html", "json", "txt")
    )
    assert "3 messages to 1 chat" in page
    for number, name in enumerate(("slack", "teams", "apprise"), start=1):
        shown = {form: made[f"{number}__certifications.{form}"].read_text() for form in FORMS}
        assert shown["json"].encode() == CHANNELS[name].forms(chats()[0])[".json"]
        for form in ("html", "txt"):
            assert all(text.strip() in unescape(shown[form]) for text in said(shown["json"]))
        assert "verysecret" not in "".join(shown.values())


FORMS = ("html", "txt", "json")


def said(payload: str) -> list[str]:
    """The lines a payload shows to readers."""
    found = re.findall(r'"text": "((?:[^"\\\\]|\\\\.)*)"', payload)
    return [line for text in found for line in json.loads(f'"{text}"').splitlines()]


def test_a_direct_message_names_its_reader(tmp_path: Path) -> None:
    """It counts as a person."""
    (message, *_) = chats(MARIA)
    page = write(tmp_path / "p", message, mail(to="tom@agency.example"), chats()[1])
    assert "3 messages to 2 people and 1 chat" in page
    assert (
        "Maria Lopez" in (tmp_path / "p" / "messages" / "1_maria@agency.example.html").read_text()
    )


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=80), st.sampled_from(["slack", "teams", "apprise"]))
def test_no_name_becomes_markup_in_a_chat(
    tmp_path_factory: pytest.TempPathFactory, name: str, channel: str
) -> None:
    """Whatever a certification is called, the drawn post has the tags it always has."""
    (message,) = (m for m in chats() if m.digest.channel == channel)
    assert message.page is not None
    page = message.page

    def tags(text: str) -> set[str]:
        folder = tmp_path_factory.mktemp("p") / "p"
        groups = tuple(replace(group, person=text) for group in page.groups)
        hostile = replace(page, title=text, intro=text, workbook=text, groups=groups)
        write(folder, replace(message, page=hostile, subject=text))
        (html,) = (folder / "messages").glob("*.html")
        # A long name leaves room for less: which tags there are is what matters.
        return set(re.findall(r"<\w+", html.read_text(encoding="utf-8")))

    assert tags(f'"><script>alert(1)</script>{name}') <= tags("plain")
