"""Makes the README's `.github/mail.png` and `mail-phone.png`: a mail about the sample workbook.

Run it as `python -m tests.make_mail_pictures [folder]`; it needs Chromium. With `--all` it makes
whole mails instead, for desktop and phone, light and dark.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

from certsync import judging
from certsync.alerts.alert import Reason
from certsync.alerts.digest import Digest, Message, urgency
from certsync.alerts.message import Letterhead, Writer
from certsync.alerts.policy import due
from certsync.alerts.rules import Rules
from certsync.alerts.tiers import Address, People
from certsync.alerts.watch import observed
from certsync.compute.policy import Policy
from certsync.sheets.read import ReadOptions
from certsync.sheets.schema import WANTED
from certsync.stores.excel import ExcelStore
from tests.alerts.world import Place
from tests.make_sample import AS_OF, SAMPLE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PICTURES = SAMPLE.parent / ".github"

NOW = datetime(2026, 3, 16, 7, 30, tzinfo=ZoneInfo("America/Chicago"))
TERESA = Address("teresa.kowalczyk@lakeshore-ai.example", "Teresa Kowalczyk")
READER = "Kenji Watanabe"


@dataclass(frozen=True)
class Shot:
    """A picture: how wide the mail is shown, how much of it, and whether the reader is in the dark.

    `scale` is how many dots a pixel has.
    """

    width: int
    height: int
    dark: bool
    scale: float


README = {
    "mail.png": Shot(700, 800, False, 1.5),
    "mail-phone.png": Shot(390, 844, True, 1.5),
}
ALL = {
    f"{name}-{'dark' if dark else 'light'}.png": Shot(width, 3400, dark, 1)
    for name, width in (("desktop", 700), ("phone", 390))
    for dark in (False, True)
}

FRAME = """<!doctype html><style>body {{ margin: 0; overflow: hidden }}</style>
<iframe style="width: {width}px; height: {height}px; border: 0" scrolling="no" srcdoc="{page}">
</iframe>"""


def message() -> Message:
    """The mail of a manager who owns a program: both, as a first run would send it."""
    with tempfile.TemporaryDirectory() as folder:
        store = ExcelStore(SAMPLE, backups=Path(folder), clock=lambda: NOW)
        job = judging.Job(ReadOptions(), Policy(), "America/Chicago", {}, None, "", None)
        judged = judging.judge(store.read(WANTED), job, AS_OF)
    alerts = due(
        judged.facts,
        judged.tables,
        judged.findings,
        workbook=SAMPLE.name,
        rules=Rules(People(TERESA)),
        channels=(Place("email"),),
        states=observed(judged.facts, {}),
    )
    # A first run does not send what waits for the end of a silence or of a snooze.
    waiting = (Reason.NO_REACTION, Reason.SNOOZED)
    told = [a for a in alerts if a.to.name == READER and a.reason not in waiting]
    head = Letterhead(Address("certsync@lakeshore-ai.example", "certsync"), SAMPLE.name, TERESA)
    digest = Digest("email", told[0].to, tuple(sorted(told, key=urgency)), AS_OF)
    return Writer(head, judged.facts)(digest, NOW)


def shoot(html: str, shot: Shot, target: Path) -> None:
    """Show a mail in Chromium and keep what is seen."""
    if shot.dark:
        html = html.replace("(prefers-color-scheme: dark)", "all")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        page.write_text(
            FRAME.format(width=shot.width, height=shot.height, page=escape(html, quote=True)),
            encoding="utf-8",
        )
        subprocess.run(
            [
                str(CHROMIUM),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                f"--user-data-dir={folder}/profile",
                f"--force-device-scale-factor={shot.scale}",
                f"--window-size={shot.width},{shot.height}",
                f"--screenshot={target.resolve()}",
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )


def main(arguments: list[str]) -> None:
    """Make the pictures."""
    shots = ALL if "--all" in arguments else README
    folders = [Path(word) for word in arguments if not word.startswith("--")]
    folder = folders[0] if folders else PICTURES
    folder.mkdir(parents=True, exist_ok=True)
    html = message().html
    for name, shot in shots.items():
        shoot(html, shot, folder / name)


if __name__ == "__main__":
    main(sys.argv[1:])
