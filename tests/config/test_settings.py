"""What a sound config means."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from datetime import date, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from certsync.alerts.channels.smtp_settings import SmtpSettings
from certsync.alerts.tiers import DEFAULT_TIERS, Address, OtherTiers, People, Tier
from certsync.compute.policy import Policy
from certsync.config import load
from certsync.configkeys import GROUPS
from certsync.settings import (
    Alerts,
    Apprise,
    Dashboard,
    Excel,
    Google,
    Heartbeat,
    Schedule,
    Settings,
    Slack,
    Spreadsheet,
    Teams,
)
from tests.config.written import SECRET, problems, read, write


def test_one_line_is_a_complete_config(folder: Path) -> None:
    """A workbook is all a config needs; the rest has defaults, and nothing lies far away."""
    loaded = read(folder, "workbook: agency.xlsx\ntimezone: Europe/Oslo\n")
    assert loaded == Settings(
        source=folder / "config.yaml",
        workbook=folder / "agency.xlsx",
        output=folder / "agency.xlsx",
        timezone=ZoneInfo("Europe/Oslo"),
        alerts=Alerts(outbox=folder / "outbox"),
    )
    assert loaded.state == folder / ".certsync"
    assert loaded.alerts.tiers == DEFAULT_TIERS


def test_without_a_time_zone_the_computer_s_own_counts(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default time zone is the local one; where nobody knows it, the config has to say it."""
    monkeypatch.setattr("tzlocal.get_localzone_name", lambda: "Asia/Tokyo")
    assert read(folder, "workbook: a.xlsx").timezone == ZoneInfo("Asia/Tokyo")
    monkeypatch.setattr("tzlocal.get_localzone_name", lambda: None)
    assert problems(folder / "config.yaml") == [
        "0: The time zone of this computer is not known. Add a line such as "
        "`timezone: America/Chicago`."
    ]


def test_every_key_reaches_the_settings(folder: Path) -> None:
    """Each key of a full config is found in the settings under its own name."""
    (folder / "ours").mkdir()
    loaded = read(
        folder,
        """
workbook: a.xlsm
output: out/b.XLSM
as_of: 2026-03-16
timezone: America/Chicago
date_order: DMY
columns: {Staff: {email: Mailbox}, certs: {Team Member: Who, days_to_expiry: Left}}
policy: {expiring_soon_days: 1, at_risk_days: 2, grace_days: 3, strict: true, stalled_days: 4,
  pursuit_risk_days: 5, renewal_window_days: 6}
people:
  coordinator: {name: Ana, email: ana@agency.example}
  leadership: "Bo Li <bo@agency.example>"
alerts:
  enabled: false
  tiers:
    - {name: Last, days: 0, to: boss@agency.example}
    - {name: First, days: 75, to: [Holder, manager], channels: slack, ask: Book it.}
  tiers_for:
    - {certification: issuer:Microsoft, tiers: [{name: Now, days: 0, to: owner}]}
    - {program: AWS Partner Network, tiers: [{name: Soon, days: 9, to: x@agency.example}]}
  follow_up_days: 3
  escalate_after_days: 0
  programs: {to: [Owner, x@agency.example]}
  pursuits: {to: []}
  weekly: Friday
  all_quiet: true
  templates: ours
  channels: [outbox, smtp, slack, teams, apprise]
  from: certs@agency.example
  digest: certification
  max_messages: 9
  outbox: mails
  smtp: {host: smtp.agency.example, port: 2525, security: tls, username: u,
    password: "${SMTP_PASSWORD}", timeout: 5, data_timeout: 600, per_minute: 7, per_day: 70}
  slack: {token: "${SMTP_PASSWORD}", channel: "#certs", direct: false}
  teams: {url: "https://${SMTP_PASSWORD}.example", channel: Certs}
  apprise: {urls: ["x://${SMTP_PASSWORD}", "y://${SMTP_PASSWORD}"]}
dashboard: {enabled: false, title: Overview, act_next: 20}
schedule: {at: 6:05, deadline_minutes: 10}
excel: {max_unpacked_mb: 64, backups: 0}
heartbeat: {url: https://ping.example, timeout: 5}
""",
    )
    assert loaded == Settings(
        source=folder / "config.yaml",
        workbook=folder / "a.xlsm",
        output=folder / "out" / "b.XLSM",
        as_of=date(2026, 3, 16),
        timezone=ZoneInfo("America/Chicago"),
        date_order="DMY",
        columns={
            "team_members": {"email": "Mailbox"},
            "certifications": {"member": "Who", "days_to_expiry": "Left"},
        },
        policy=Policy(1, 2, 3, True, 4, 5, 6),
        people=People(
            Address("ana@agency.example", "Ana"), (Address("bo@agency.example", "Bo Li"),)
        ),
        alerts=Alerts(
            outbox=folder / "mails",
            enabled=False,
            tiers=(
                Tier("First", 75, ("holder", "manager"), channels=("slack",), ask="Book it."),
                Tier("Last", 0, ("boss@agency.example",), follow_up_every=3),
            ),
            other_tiers=(
                OtherTiers((Tier("Now", 0, ("owner",), 3),), certification="issuer:Microsoft"),
                OtherTiers(
                    (Tier("Soon", 9, ("x@agency.example",)),), program="AWS Partner Network"
                ),
            ),
            channels=("outbox", "smtp", "slack", "teams", "apprise"),
            digest="certification",
            programs=("owner", "x@agency.example"),
            pursuits=(),
            escalate_after_days=0,
            weekly="friday",
            all_quiet=True,
            templates=folder / "ours",
            sender=Address("certs@agency.example"),
            max_messages=9,
            smtp=SmtpSettings("smtp.agency.example", 2525, "tls", "u", SECRET, 5, 600, None, 7, 70),
            slack=Slack(token=SECRET, place="#certs", direct=False),
            teams=Teams(f"https://{SECRET}.example", "Certs"),
            apprise=Apprise((f"x://{SECRET}", f"y://{SECRET}")),
        ),
        dashboard=Dashboard(False, "Overview", 20),
        schedule=Schedule(time(6, 5), 10),
        excel=Excel(64, 0),
        heartbeat=Heartbeat("https://ping.example", 5),
    )


def test_settings_cannot_be_changed(folder: Path) -> None:
    """Settings stay what the config said for the whole run."""
    loaded = read(folder, "workbook: a.xlsx")
    with pytest.raises(dataclasses.FrozenInstanceError):
        loaded.workbook = Path("b.xlsx")  # type: ignore[misc]  # the point of the test


def test_a_value_is_the_text_that_was_written(folder: Path) -> None:
    """YAML's own guesses at types (numbers, dates, yes and no, times) never change a value."""
    loaded = read(
        folder,
        "workbook: 0042\nschedule: {at: '07:30'}\nexcel: {backups: '7'}\n"
        "dashboard: {title: 2026-03-16}\ncolumns: {Certifications: {Notes: no, Status: 1.50}}",
    )
    assert Path(str(loaded.workbook)).name == "0042"
    assert loaded.schedule == Schedule(time(7, 30))
    assert (loaded.excel.backups, loaded.dashboard.title) == (7, "2026-03-16")
    assert loaded.columns == {"certifications": {"notes": "no", "status": "1.50"}}


def test_a_key_with_nothing_behind_it_counts_as_absent(folder: Path) -> None:
    """A group whose lines are all switched off is no mistake."""
    text = "workbook: a.xlsx\npolicy:\npeople:\n  coordinator:\nalerts:\n  smtp:\noutput: ~\n"
    assert read(folder, text) == read(folder, "workbook: a.xlsx")


def test_paths_are_relative_to_the_config(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the current folder nor the way the config was named changes what a path means."""
    (folder / "a" / "b").mkdir(parents=True)
    write(folder / "a", "workbook: ../x.xlsx\nalerts: {outbox: b}")
    for here in (folder, folder / "a", folder / "a" / "b"):
        monkeypatch.chdir(here)
        loaded = load(Path(os.path.relpath(folder / "a" / "config.yaml", here)))
        assert loaded.workbook == folder / "x.xlsx"
        assert loaded.alerts.outbox == folder / "a" / "b"
        assert loaded.source == folder / "a" / "config.yaml"


def test_a_path_may_begin_at_home_or_at_the_root(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`~/x` is in the home folder; an absolute path stays what it is."""
    monkeypatch.setenv("HOME", str(folder / "home"))
    monkeypatch.setenv("USERPROFILE", str(folder / "home"))
    assert read(folder, "workbook: ~/x.xlsx").workbook == folder / "home" / "x.xlsx"
    absolute = folder / "elsewhere" / "x.xlsx"
    assert read(folder, f"workbook: '{absolute}'").workbook == absolute


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need rights on Windows")
def test_a_workbook_behind_a_link_is_written_where_it_lies(folder: Path) -> None:
    """Replacing the file must not replace the link to it."""
    (folder / "real").mkdir()
    (folder / "real" / "a.xlsx").touch()
    (folder / "link.xlsx").symlink_to(folder / "real" / "a.xlsx")
    assert read(folder, "workbook: link.xlsx").workbook == folder / "real" / "a.xlsx"


def test_a_variable_may_stand_anywhere_in_a_value(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`${NAME}` is put in once, also into numbers and lists, and never read as YAML."""
    monkeypatch.setenv("WHERE", "here: [and] ${WHERE} #1")
    monkeypatch.setenv("DAYS", "14")
    monkeypatch.setenv("MAIL", "a@b.example")
    loaded = read(
        folder,
        "workbook: x${WHERE}${DAYS}.xlsx\npolicy: {grace_days: '${DAYS}'}\n"
        "people:\n  leadership:\n    - Ana <${MAIL}>\n",
    )
    assert Path(str(loaded.workbook)).name == "xhere: [and] ${WHERE} #114.xlsx"
    assert loaded.policy.grace_days == 14
    assert loaded.people.leadership == (Address("a@b.example", "Ana"),)


SHEET = "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456"


@pytest.mark.parametrize(
    "address",
    [
        SHEET,
        f"https://docs.google.com/spreadsheets/d/{SHEET}",
        f"https://docs.google.com/spreadsheets/d/{SHEET}/edit#gid=0",
        f"https://docs.google.com/spreadsheets/u/1/d/{SHEET}/edit?usp=sharing",
        f"docs.google.com/spreadsheets/d/{SHEET}/edit",
        f"https://docs.google.com/a/agency.example/spreadsheets/d/{SHEET}/edit",
    ],
)
def test_a_spreadsheet_is_known_by_its_address_or_id(folder: Path, address: str) -> None:
    """Whatever the browser shows in its address bar will do, and so will the ID alone."""
    loaded = load(write(folder, f"workbook: {address!r}"))
    assert loaded.workbook == loaded.output == Spreadsheet(SHEET)
    assert not loaded.timezone_given


def test_a_file_that_is_named_like_an_id_is_a_file(folder: Path) -> None:
    """What lies beside the config goes before a spreadsheet nobody may have meant."""
    (folder / SHEET).write_bytes(b"")
    assert load(write(folder, f"workbook: {SHEET}")).workbook == folder.resolve() / SHEET


def test_the_key_to_google_comes_from_a_file_or_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whole JSON key may stand in a variable, its line breaks included; it is never shown."""
    monkeypatch.setenv("GOOGLE_KEY", '{\n"type": "service_account"\n}\n')
    loaded = load(write(folder, f"workbook: {SHEET}\ngoogle:\n  key: ${{GOOGLE_KEY}}"))
    assert loaded.google == Google(None, '{\n"type": "service_account"\n}')
    assert "service_account" not in repr(loaded)
    loaded = load(write(folder, f"workbook: {SHEET}\ngoogle:\n  key_file: secrets/google.json"))
    assert loaded.google == Google(folder.resolve() / "secrets" / "google.json")


def test_each_key_of_a_group_is_a_setting() -> None:
    """No key can be written that the settings do not have, and none of them is out of reach."""
    groups = {
        "policy": Policy,
        "dashboard": Dashboard,
        "schedule": Schedule,
        "excel": Excel,
        "google": Google,
    }
    for group, kind in groups.items():
        names = {field.name for field in dataclasses.fields(kind)}
        assert set(GROUPS[group,].__annotations__) == names
    names = {field.name for field in dataclasses.fields(Settings)}
    assert set(GROUPS[()].__annotations__) == names - {"source", "timezone_given", "secret_files"}
    written = set(GROUPS["alerts",].__annotations__) - {"from", "follow_up_days", "tiers_for"}
    names = {field.name for field in dataclasses.fields(Alerts)}
    assert written | {"sender", "other_tiers"} == names


def test_reading_a_config_needs_nothing_heavy() -> None:
    """A config is read, and its settings passed on, without pandas, numpy or openpyxl."""
    program = (
        "import sys, certsync.settings\n"
        "assert 'pydantic' not in sys.modules\n"
        "import certsync.config\n"
        "print({'pandas', 'numpy', 'openpyxl', 'lxml', 'jinja2'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "set()"
