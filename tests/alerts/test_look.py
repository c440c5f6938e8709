"""Messages as a browser shows them."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from html import escape
from pathlib import Path

import pytest

from certsync.alerts.channels.base import Channel
from certsync.alerts.digest import gather
from certsync.alerts.message import Writer
from certsync.alerts.policy import due
from certsync.preview.chat import forms
from tests.alerts.chat_servers import chat_server
from tests.alerts.chats import hook, others, teams, written
from tests.alerts.world import LETTERHEAD, NOW, PEOPLE, PRO, TODAY, world

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
    alerts = due(facts, found, [], workbook="agency", people=PEOPLE)
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
