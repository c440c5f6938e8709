"""config.example.yaml: it is sound, shows the defaults, and explains every key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from certsync.alerts.channels.smtp_settings import SmtpSettings
from certsync.settings import Apprise, Heartbeat, Settings, Slack, Teams
from tests.config.written import KEYS, SECRET, read

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"
SWITCHED_OFF = re.compile(r"^( *)#(?! [^ ]|$)", re.MULTILINE)
"""The mark in front of a setting that is switched off; a remark has one blank behind it."""

VARIABLES = {
    "GOOGLE_KEY": "{}",
    "MICROSOFT_SECRET": SECRET,
    "SLACK_TOKEN": SECRET,
    "SLACK_WEBHOOK": "https://hooks.example/1",
    "TEAMS_URL": "https://flow.example/1",
    "APPRISE_URL": "discord://1/2",
    "HEARTBEAT_URL": "https://ping.example/1",
}
CHANNELS = ("smtp", "slack", "teams", "apprise")


@pytest.fixture
def folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for a config, with everything the example mentions."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    (folder / "templates").mkdir()
    return folder


@dataclass(frozen=True)
class Block:
    """Lines of the example that are switched off together: the key, the place, the text."""

    key: str
    number: int
    lines: str
    is_example: bool

    def __str__(self) -> str:
        return f"{self.key}-{self.number}"


def blocks() -> list[Block]:
    """The settings of the example that are switched off."""
    found = []
    for number, text in enumerate(EXAMPLE.read_text(encoding="utf-8").split("\n\n")):
        lines = "\n".join(line for line in text.split("\n") if SWITCHED_OFF.match(line))
        if re.match(r" *#\w", lines):
            key = lines.strip(" #").partition(":")[0]
            found.append(Block(key, number, lines, "(example)" in text))
    return found


BLOCKS = blocks()


def switched_on(folder: Path, *chosen: Block) -> Settings:
    """The example with these settings switched on, and the channels that some of them are for."""
    text = EXAMPLE.read_text(encoding="utf-8")
    needed = [block.key for block in chosen if block.key in CHANNELS]
    if "smtp" in needed and "from" not in {block.key for block in chosen}:
        chosen += tuple(block for block in BLOCKS if block.key == "from")
    for block in chosen:
        assert text.count(block.lines) == 1
        text = text.replace(block.lines, SWITCHED_OFF.sub(r"\1", block.lines))
    return read(folder, text.replace("[outbox]", f"[{', '.join(['outbox', *needed])}]", 1))


def test_the_example_is_a_complete_config(folder: Path) -> None:
    """It watches the sample on the day the sample was made for, and keeps everything in `out`."""
    loaded = switched_on(folder)
    assert (loaded.workbook, loaded.output) == (
        folder / "sample_workbook.xlsx",
        folder / "out" / "sample_workbook.xlsx",
    )
    assert loaded.as_of == date(2026, 3, 16)
    assert loaded.alerts.outbox == folder / "out" / "outbox"
    assert loaded.people.coordinator
    assert loaded.date_order is None


def test_the_example_shows_the_defaults(folder: Path) -> None:
    """Switching on a setting that is no example changes nothing."""
    defaults = [block for block in BLOCKS if not block.is_example]
    assert {block.key for block in defaults} >= {
        *("policy", "enabled", "tiers", "follow_up_days", "escalate_after_days", "programs"),
        *("pursuits", "weekly", "all_quiet", "digest", "max_messages", "dashboard", "schedule"),
        "excel",
    }
    assert switched_on(folder, *defaults) == switched_on(folder)


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_each_setting_of_the_example_can_be_switched_on(folder: Path, block: Block) -> None:
    """Whatever loses its # is valid, alone too; a channel's group with the channel it is for."""
    loaded = switched_on(folder, block)
    assert (loaded == switched_on(folder)) is not block.is_example


def test_the_example_shows_each_channel(folder: Path) -> None:
    """Every channel has a group to copy, and all of them go together."""
    first = [next(block for block in BLOCKS if block.key == key) for key in CHANNELS]
    alerts = switched_on(folder, *first).alerts
    assert alerts.channels == ("outbox", *CHANNELS)
    assert alerts.smtp
    assert alerts.slack == Slack(token=SECRET, place="#certifications")
    assert alerts.teams == Teams("https://flow.example/1", "Certifications")
    assert alerts.apprise == Apprise(("discord://1/2",))


def test_the_example_shows_every_key() -> None:
    """There is no setting that the example does not explain."""
    shown = set(re.findall(r"(\w+):", EXAMPLE.read_text(encoding="utf-8")))
    assert {loc[-1] for loc in KEYS} - shown == set()


def test_the_mail_server_of_the_example_shows_its_defaults(folder: Path) -> None:
    """Host, login and pace are examples, the rest is what a config without these lines has."""
    first = next(block for block in BLOCKS if block.key == "smtp")
    login = "certs@lakeshore-ai.example"
    assert switched_on(folder, first).alerts.smtp == SmtpSettings(
        "smtp.lakeshore-ai.example", username=login, password=SECRET, per_minute=30, per_day=2000
    )


def test_the_heartbeat_of_the_example_shows_its_defaults(folder: Path) -> None:
    """The address is an example, the wait is what a config without this line has."""
    (block,) = (block for block in BLOCKS if block.key == "heartbeat")
    assert switched_on(folder, block).heartbeat == Heartbeat("https://ping.example/1")
