"""Messages as a browser shows them."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from html import escape
from pathlib import Path

import pytest

from certsync.alerts.alert import Alert, Reason
from certsync.alerts.channels.base import Channel
from certsync.alerts.digest import gather
from certsync.alerts.message import Writer
from certsync.preview.chat import forms
from tests import make_mail_pictures
from tests.alerts.chat_servers import chat_server
from tests.alerts.chats import hook, others, teams, written
from tests.alerts.test_matters import program, pursuit
from tests.alerts.world import LETTERHEAD, NOW, PRO, TODAY, due_now, world

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

WIDE = f"""
| employee_id | certification          | expiration_date | renewal_method | renewal_status |
| E1          | {PRO}                  | 2026-03-28      | Exam           | Planned        |
| E2          | {PRO}                  | 2026-05-10      | CEUs           | Scheduled      |
| E2          | {"Wordwithoutend" * 9} | 2026-03-01      |                |                |
| E5          | PMP                    | 2026-08-30      |                |                |
"""
MEASURE = """
<iframe id="mail" style="width: {width}px; height: 3000px; border: 0" srcdoc="{page}"></iframe>
<script>onload = () => {{
  const shown = document.getElementById("mail").contentDocument.documentElement;
  document.title = `needs ${{shown.scrollWidth}}px`;
}}</script>
"""


def needed(folder: Path, html: str, width: int) -> int:
    """How many pixels a page takes in a window of `width`."""
    page = folder / "page.html"
    page.write_text(MEASURE.format(width=width, page=escape(html, quote=True)))
    shown = subprocess.run(
        [
            str(CHROMIUM),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder / 'profile'}",
            "--window-size=1400,3200",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    found = re.search(r"<title>needs (\d+)px", shown)
    assert found is not None
    return int(found.group(1))


@pytest.mark.campaign
@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium to show messages with")
@pytest.mark.parametrize("width", [380, 640, 1200])
def test_a_message_fits_every_screen(tmp_path: Path, width: int) -> None:
    """From a phone to a desktop nothing sticks out sideways, not even an endless word."""
    facts, found = world(WIDE)
    alerts = due_now(facts, found)
    alerts += [
        Alert(one, to, "outbox", Reason.STATE_CHANGED)
        for to in {alert.to for alert in alerts}
        for one in (program("Endless" * 40, "Not Met"), pursuit("Endless" * 40, "Stalled"))
    ]
    writer = Writer(LETTERHEAD, facts)
    for digest in gather((alert, None, TODAY) for alert in alerts):
        assert needed(tmp_path, writer(digest, NOW).html, width) <= width


@pytest.mark.campaign
@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium to show messages with")
@pytest.mark.parametrize("name", ["slack", "teams", "apprise"])
def test_a_post_fits_a_phone(tmp_path: Path, name: str) -> None:
    """As the preview draws it, too."""
    message = written(rows=(("E1", "Wordwithoutend" * 9, "2026-03-28"), ("E2", PRO, "2026-05-10")))
    message = replace(message, digest=replace(message.digest, channel=name))
    with chat_server() as chat:
        ways: dict[str, Channel] = {
            "slack": hook(chat),
            "teams": teams(chat),
            "apprise": others(chat),
        }
        html = forms(message, ways[name].forms(message)[".json"])[".html"].decode()
    assert needed(tmp_path, html, 380) <= 380


@pytest.mark.campaign
@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium to show messages with")
def test_the_pictures_of_the_readme_can_be_made_again(tmp_path: Path) -> None:
    """A mail about the sample, as wide as a desktop shows it and as a phone, in light and dark."""
    make_mail_pictures.main([str(tmp_path)])
    for name, shot in make_mail_pictures.README.items():
        header = (tmp_path / name).read_bytes()[:24]
        width, height = int.from_bytes(header[16:20]), int.from_bytes(header[20:24])
        assert header.startswith(b"\x89PNG")
        assert (width, height) == (int(shot.width * shot.scale), int(shot.height * shot.scale))
        assert (make_mail_pictures.PICTURES / name).stat().st_size < 200_000


def test_the_mail_of_the_readme_has_everything() -> None:
    """The program that broke, and the certifications of several people, as the pictures show."""
    text = make_mail_pictures.message().text
    for part in ("[Not Met] Microsoft AI Cloud", "Aisha Rahman", "Kenji Watanabe (you)"):
        assert part in text
