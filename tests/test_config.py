"""Configs: what they mean, and the sentence and line of everything that can be wrong in one."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
from datetime import date, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from certsync.alerts.channels.smtp_settings import SmtpSettings
from certsync.alerts.tiers import DEFAULT_TIERS, Address, People, Tier
from certsync.compute.policy import Policy
from certsync.config import load
from certsync.configkeys import GROUPS
from certsync.errors import ConfigError
from certsync.settings import Alerts, Dashboard, Excel, Google, Schedule, Settings, Spreadsheet

SECRET = "hunter2-swordfish"
SMTP = """
workbook: a.xlsx
alerts:
  channels: [smtp]
  from: certs@agency.example
  smtp:
    host: smtp.agency.example
    username: certs
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for configs, which is not the current one; SMTP_PASSWORD is set."""
    monkeypatch.setenv("SMTP_PASSWORD", SECRET)
    monkeypatch.chdir("/")
    return tmp_path


def write(folder: Path, text: str) -> Path:
    """A config of this text."""
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str) -> Settings:
    """The settings of a config of this text."""
    return load(write(folder, text))


def outcome(path: Path) -> Settings | ConfigError:
    """What reading a config leads to."""
    try:
        return load(path)
    except ConfigError as error:
        return error


def problems(path: Path) -> list[str]:
    """Everything wrong in a config, each as `line: message`; no line is 0."""
    error = outcome(path)
    assert isinstance(error, ConfigError)
    assert error.exit_code == 2
    return [f"{problem.line or 0}: {problem.message}" for problem in error.problems]


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
    - {name: First, days: 45, to: [Holder, manager]}
  follow_up_days: 3
  channels: [outbox, smtp]
  from: certs@agency.example
  digest: recipient
  max_messages: 9
  outbox: mails
  smtp: {host: smtp.agency.example, port: 2525, security: tls, username: u,
    password: "${SMTP_PASSWORD}", timeout: 5, data_timeout: 600}
dashboard: {enabled: false, title: Overview, act_next: 20}
schedule: {at: 6:05, deadline_minutes: 10}
excel: {max_unpacked_mb: 64, backups: 0}
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
                Tier("First", 45, ("holder", "manager")),
                Tier("Last", 0, ("boss@agency.example",), follow_up_every=3),
            ),
            channels=("outbox", "smtp"),
            sender=Address("certs@agency.example"),
            max_messages=9,
            smtp=SmtpSettings("smtp.agency.example", 2525, "tls", "u", SECRET, 5, 600),
        ),
        dashboard=Dashboard(False, "Overview", 20),
        schedule=Schedule(time(6, 5), 10),
        excel=Excel(64, 0),
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


WRONG = {
    "workbuk: a.xlsx": "1: There is no key `workbuk` here. Did you mean `workbook`?",
    "reports: {}": (
        "1: There is no key `reports` here. The keys are workbook, output, as_of, timezone, "
        "date_order, columns, policy, people, alerts, dashboard, schedule, excel, google."
    ),
    "coordinator: x": "1: `coordinator` belongs below `people`, indented.",
    "alerts:\n  host: x": "2: `host` belongs below `alerts.smtp`, indented.",
    "policy:\n  timezone: UTC": "2: `timezone` belongs at the left edge, below nothing.",
    "policy:\n  Expiring-Soon: 3": (
        "2: There is no key `Expiring-Soon` here. Did you mean `expiring_soon_days`?"
    ),
    "workbook:": "0: `workbook` is missing. Add a line such as `workbook: agency.xlsx`.",
    "output: o.xlsx": "0: `workbook` is missing. Add a line such as `workbook: agency.xlsx`.",
    "workbook: ' '": "1: `workbook` must be some text, not ` `.",
    "workbook: [a.xlsx]": "1: `workbook` must be a single value, not a list or a group of keys.",
    "workbook: https://docs.google.com/spreadsheets/d/1x/edit": (
        "1: This address has no whole ID in it. Open the spreadsheet in a browser and copy the "
        "whole address from the address bar."
    ),
    "workbook: https://docs.google.com/spreadsheets/d/e/2PACX-1vAbCdEfGhIjKlMnOpQrStUv/pubhtml": (
        "1: This is the address of a published copy. Open the spreadsheet in a browser and copy "
        "the whole address from the address bar: it has /d/ and a long ID."
    ),
    "workbook: https://docs.google.com/document/d/1AbCdEfGhIjKlMnOpQrStUvWxYz0123456/edit": (
        "1: This is the address of another kind of Google document. Open the spreadsheet in a "
        "browser and copy the whole address from the address bar."
    ),
    "workbook: https://drive.google.com/drive/folders/1AbCdEfGhIjKlMnOpQrStUvWxYz0123456": (
        "1: This is the address of a folder or file in Drive. Open the spreadsheet in a browser "
        "and copy the whole address from the address bar: it begins with "
        "https://docs.google.com/spreadsheets/d/."
    ),
    "workbook: https://agency.example/a.xlsx": (
        "1: A workbook is a file, or a spreadsheet in Google Sheets. Download this one and put "
        "the name of the file here."
    ),
    "workbook: 1AbCdEfGhIjKlMnOpQrStUvWxYz0123456\noutput: o.xlsx": (
        "2: `output` is for a workbook in a file. A spreadsheet is written in place: remove this "
        "line. To try certsync out, make a copy in Google Sheets and name that."
    ),
    "workbook: 1AbCdEfGhIjKlMnOpQrStUvWxYz0123456\ngoogle:\n  key: '{}'": (
        "3: A key does not belong into a config. Write `key: ${GOOGLE_KEY}` to take it from the "
        "environment, or `key_file:` with the path of its file."
    ),
    "output: ./x/../a.xlsx": (
        "1: `output` is the workbook itself. Remove this line to write in place."
    ),
    "output: a.xlsm": "1: `output` must end in .xlsx, like the workbook.",
    "as_of: 16/03/2026": "1: `as_of` must be a day written like 2026-03-16, not `16/03/2026`.",
    "as_of: 2026-02-29": "1: `as_of` must be a day written like 2026-03-16, not `2026-02-29`.",
    "timezone: Chicago": (
        "1: `timezone` must be the name of a time zone, such as America/Chicago, not `Chicago`. "
        "The nearest is America/Chicago."
    ),
    "timezone: Europe/Berln": (
        "1: `timezone` must be the name of a time zone, such as America/Chicago, not "
        "`Europe/Berln`. The nearest is Europe/Berlin."
    ),
    "timezone: ../../etc/passwd": (
        "1: `timezone` must be the name of a time zone, such as America/Chicago, not "
        "`../../etc/passwd`."
    ),
    "date_order: dmy": "1: `date_order` must be DMY, MDY or YMD, not `dmy`.",
    "columns:\n  Certs:\n    Expiry Dte: x": (
        "3: certsync knows no column `Expiry Dte`. Did you mean `Expiration Date`?"
    ),
    "columns:\n  Certification Lst: {}": (
        "2: certsync knows no tab `Certification Lst`. Did you mean `Certifications`?"
    ),
    "columns:\n  Certs:\n    Notes: x\n    notes: y": "4: `notes` or `y` is given twice. Keep one.",
    "columns:\n  Certs:\n    Notes: x\n    Verified: X": (
        "4: `Verified` or `X` is given twice. Keep one."
    ),
    "policy:\n  at_risk_days: -1": "2: `at_risk_days` must be 0 or more, not `-1`.",
    "policy:\n  at_risk_days: 99999": "2: `at_risk_days` must be 3660 or less, not `99999`.",
    "policy:\n  at_risk_days: ninety": "2: `at_risk_days` must be a whole number, not `ninety`.",
    "policy:\n  at_risk_days: 1.5": "2: `at_risk_days` must be a whole number, not `1.5`.",
    "policy:\n  at_risk_days: true": "2: `at_risk_days` must be a whole number, not `true`.",
    "policy:\n  strict: perhaps": "2: `strict` must be true or false, not `perhaps`.",
    "policy: strict": "1: `policy` must be a group of keys, indented below it, not `strict`.",
    "policy:\n  - strict": "1: `policy` must be a group of keys, indented below it.",
    "people:\n  coordinator: Ana": (
        "2: `coordinator` must be an e-mail address, such as `Dana Reyes <dana@agency.example>`, "
        "not `Ana`."
    ),
    "people:\n  coordinator: {mail: a@b.example}": (
        "2: `coordinator` must be an e-mail address, such as `Dana Reyes <dana@agency.example>`."
    ),
    "people:\n  leadership:\n    - a@b.example\n    -": (
        "4: There is nothing on this line. Write a value, or remove the line."
    ),
    "people:\n  leadership:\n    - a@b.example, c@d.example": (
        "3: An entry of `leadership` must be an e-mail address, such as `Dana Reyes "
        "<dana@agency.example>`, not `a@b.example, c@d.example`."
    ),
    "alerts:\n  tiers: []": "2: `tiers` must be a list with at least one entry.",
    "alerts:\n  tiers: 30": (
        "2: `tiers` must be a list, each entry on a line of its own behind a dash, not `30`."
    ),
    "alerts:\n  tiers:\n    - 30": (
        "3: An entry of `tiers` must be a group of keys, indented below it, not `30`."
    ),
    "alerts:\n  tiers:\n    - {name: A, days: 3}": "3: `to` is missing here. Add a line `to: ...`.",
    "alerts:\n  tiers:\n    - {name: A, days: 3, to: boss}": (
        "3: An entry of `to` must be holder, manager, coordinator, leadership or an e-mail "
        "address, not `boss`."
    ),
    "alerts:\n  channels: [outbox, fax]": (
        "2: An entry of `channels` must be outbox or smtp, not `fax`."
    ),
    "alerts:\n  digest: weekly": "2: `digest` must be recipient, not `weekly`.",
    "alerts:\n  max_messages: 0": "2: `max_messages` must be 1 or more, not `0`.",
    "alerts:\n  smtp:\n    host: localhost": (
        "2: No mail goes to this server: write `channels: [smtp]`, or remove `smtp`."
    ),
    "alerts:\n  channels: smtp\n  smtp:\n    host: x": (
        "2: The channel smtp needs `from` beside `channels`: who the mails come from."
    ),
    "alerts:\n  channels: smtp\n  from: a@b.example": (
        "2: The channel smtp needs `smtp` beside `channels`: the mail server."
    ),
    "dashboard:\n  title: Staff": (
        "2: `title` must be a name of its own, not `Staff`. That tab is one that people fill."
    ),
    "dashboard:\n  title: This/That": (
        "2: `title` must be a name Excel allows for a tab: at most 31 letters, none of [ ] : * ? "
        "/ \\, not `This/That`."
    ),
    "schedule:\n  at: 24:00": "2: `at` must be a time of day written like 07:30, not `24:00`.",
    "schedule:\n  at: 7": "2: `at` must be a time of day written like 07:30, not `7`.",
    "excel:\n  backups: few": "2: `backups` must be a whole number, not `few`.",
    "excel:\n  - {\n": (
        "2: A bracket that opens here is not closed, or a comma is missing inside it."
    ),
}


@pytest.mark.parametrize("text", WRONG)
def test_each_mistake_has_its_sentence_and_line(folder: Path, text: str) -> None:
    """Where it is, what it must be, what it is, and where it helps, what was most likely meant."""
    alone = text.startswith("workbook") or WRONG[text].startswith("0:")
    assert problems(write(folder, text if alone else f"{text}\nworkbook: a.xlsx")) == [WRONG[text]]


SMTP_WRONG = {
    "    password: ${SMTP_PASSWORD}\n    tmeout: 3": (
        "9: There is no key `tmeout` here. Did you mean `timeout`?"
    ),
    "    password: ${SMTP_PASSWORD}\n    port: 0": "9: `port` must be 1 or more, not `0`.",
    "    password: ${SMTP_PASSWORD}\n    security: ssl": (
        "9: `security` must be starttls, tls or none."
    ),
    "    password: ${SMTP_PASSWORD}\n    security: none": (
        "5: security: none would send everything in the clear to smtp.agency.example. Write "
        "starttls (port 587) or tls (port 465)."
    ),
    "    timeout: 5": (
        "5: `username` needs a password beside it, and a password a `username`. Add `password: "
        "${SMTP_PASSWORD}` or `password_file:`, or remove what is there."
    ),
    f"    password: {SECRET}": (
        "8: A password does not belong into a config. Write `password: ${SMTP_PASSWORD}` to take "
        "it from the environment, or `password_file:` with the path of a file."
    ),
    "    password: ${SMTP_PASWORD}": (
        "8: The environment variable SMTP_PASWORD is not set. Set it before certsync starts."
    ),
    "    password: ${EMPTY}": (
        "8: The environment variable EMPTY is empty. Set it before certsync starts."
    ),
    "    password: ${SMTP PASSWORD}": (
        "8: `${...}` takes the name of an environment variable, such as ${SMTP_PASSWORD}."
    ),
    "    password: ${LINES}": (
        "8: This value holds a line break or an invisible character. Write it on one line."
    ),
    "    password_file: nowhere": "8: There is no file nowhere in FOLDER.",
    "    password_file: ${SMTP_PASSWORD}": "8: There is no file ${SMTP_PASSWORD} in FOLDER.",
    "    password_file: .": "8: . cannot be read as a text file.",
    "    password_file: blank": "8: blank must hold one line of text, the secret alone.",
    "    password_file: two": "8: two must hold one line of text, the secret alone.",
    "    password_file: binary": "8: binary cannot be read as a text file.",
    "    password: ${SMTP_PASSWORD}\n    password_file: good": (
        "8: `password` and `password_file` are both here. Keep one."
    ),
}


@pytest.mark.parametrize("text", SMTP_WRONG)
def test_each_mistake_about_the_mail_server_has_its_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """Values of the mail server are never shown, whatever is wrong with them."""
    monkeypatch.setenv("EMPTY", "")
    monkeypatch.setenv("LINES", f"{SECRET}\n{SECRET}")
    (folder / "good").write_text(SECRET)
    (folder / "blank").write_text("\n")
    (folder / "two").write_text(f"{SECRET}\n{SECRET}\n")
    (folder / "binary").write_bytes(SECRET.encode() + b"\xff")
    found = problems(write(folder, SMTP.lstrip("\n") + text))
    assert [problem.replace(str(folder), "FOLDER") for problem in found] == [SMTP_WRONG[text]]
    assert SECRET not in "".join(found)


NOT_YAML = {
    "a:\tb\n\tc: d": (1, "There is a tab here. YAML is indented with spaces"),
    "workbook: a.xlsx\n\toutput: b.xlsx": (2, "There is a tab here."),
    "workbook: a: b": (1, "There is a second colon here"),
    "workbook: a.xlsx\n  output: b": (2, "There is a second colon here, or the line is indented"),
    "workbook:a.xlsx": (1, "A config is made of `key: value` lines"),
    "workbook:a.xlsx\n\n# where\noutput: b": (1, "This line is no `key: value`."),
    "workbook: a\noutput:b\nas_of: c": (2, "This line is no `key: value`."),
    "workbook a.xlsx\noutput: b": (1, "This line is no `key: value`."),
    "workbook: 'a.xlsx\noutput: b": (1, "A quote that opens here is never closed."),
    "workbook: 'a' b": (1, "This line does not line up"),
    "policy:\n    strict: true\n  grace_days: 1": (3, "This line does not line up"),
    "workbook: a\npolicy: {strict: true": (2, "A bracket that opens here is not closed"),
    "workbook: @a": (1, "A value cannot begin with this sign."),
    "workbook: *a": (1, "YAML takes `*` and `&` at the start"),
    'workbook: "C:\\Users\\a.xlsx"': (1, "In double quotes a backslash has a meaning of its own."),
    "workbook: a\n---\nworkbook: b": (2, "A second document begins here."),
    "workbook: a\nworkbook: b": (2, "`workbook` is on line 1 already. Keep one of the two."),
    "workbook: a\npolicy:\n  strict: true\n  strict: true": (
        4,
        "`strict` is on line 3 already.",
    ),
    "workbook: a\n{b: c}: d": (2, "A key is one word"),
    "workbook: a\noutput: {{ name }}": (2, "A key is one word"),
    "agency.xlsx": (1, "A config is made of `key: value` lines"),
    "# nothing but a comment": (0, "The file is empty. One line is enough"),
    "": (0, "The file is empty."),
    "workbook: a\nx: \x07": (2, "There is an invisible control character on this line."),
    'workbook: a\noutput: "\\ud800.xlsx"': (2, "This value holds a line break or an invisible"),
    "a: &a [*a, *a]": (1, "This is nested too deeply, or is too long, for a config."),
    "[" * 500: (0, "The brackets are nested too deeply for a config."),
    "%YAML 9.9\n---\na: b": (1, "This line cannot be read as YAML."),
}


@pytest.mark.parametrize("text", NOT_YAML)
def test_what_is_not_yaml_is_explained_at_its_line(folder: Path, text: str) -> None:
    """The parser's own words never appear: each says what to change."""
    line, start = NOT_YAML[text]
    found = problems(write(folder, text))
    assert any(problem.startswith(f"{line}: {start}") for problem in found)


def test_every_problem_is_named_at_once(folder: Path) -> None:
    """One run shows everything that is wrong, in the order of the lines."""
    text = """\
workbook: a.xlsx
policy:
  strict: perhaps
  grace: 3
people:
  coordinator: Ana
alerts:
  tiers:
    - {name: A, days: soon, to: [holder, boss]}
  smtp:
    port: 99999
    password: ${NOWHERE}
output: a.pdf
"""
    lines = [problem.partition(":")[0] for problem in problems(write(folder, text))]
    assert lines == ["3", "4", "6", "9", "9", "10", "10", "11", "12", "13"]


def test_a_missing_config_says_what_is_there_and_how_to_start(folder: Path) -> None:
    """Configs in the same folder are named, and the way to a first one."""
    (folder / "agency.yml").touch()
    (folder / "other.txt").touch()
    start = "To start, copy config.example.yaml and put the name of your workbook into it."
    assert problems(folder / "config.yaml") == [
        f"0: There is no such file. In that folder: agency.yml. {start}"
    ]
    assert problems(folder / "x" / "config.yaml") == [
        f"0: There is no such file. There is no folder {folder / 'x'} either. {start}"
    ]
    assert problems(folder) == [
        "0: This is a folder. Name the config in it. In that folder: agency.yml."
    ]


FILES = {
    b"PK\x03\x04 and so on": "0: This is a workbook. Name it in a config: `workbook: config.yaml`.",
    "workbook: a\n# café".encode("latin-1"): "2: A letter here is not written as UTF-8. Save the "
    "file with the encoding UTF-8.",
    b"#"
    * 1_000_001: "0: This file is too large for a config. To start, copy config.example.yaml and "
    "put the name of your workbook into it.",
}


@pytest.mark.parametrize("content", FILES, ids=["workbook", "latin-1", "huge"])
def test_a_file_that_is_no_text_is_explained(folder: Path, content: bytes) -> None:
    """A workbook given as the config, another encoding, a huge file: each has its sentence."""
    (folder / "config.yaml").write_bytes(content)
    assert problems(folder / "config.yaml") == [FILES[content]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_windows_editors_save_is_read(folder: Path, encoding: str, newline: str) -> None:
    """A byte order mark, UTF-16 and CR LF make no difference."""
    text = newline.join(["# Zielińska", "workbook: Größe.xlsx", ""])
    (folder / "config.yaml").write_bytes(text.encode(encoding))
    assert str(load(folder / "config.yaml").workbook).endswith("Größe.xlsx")


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


@pytest.mark.parametrize("content", [f"{SECRET}\n", f"\ufeff{SECRET}\r\n", SECRET])
def test_a_secret_may_stand_in_a_file(folder: Path, content: str) -> None:
    """`password_file` is relative to the config; the newline at its end is no part of it."""
    (folder / "secrets").mkdir()
    (folder / "secrets" / "smtp.txt").write_bytes(content.encode())
    smtp = read(folder, SMTP + "    password_file: secrets/smtp.txt\n").alerts.smtp
    assert smtp is not None
    assert smtp.password == SECRET


KEYS = sorted({(*group, key) for group, keys in GROUPS.items() for key in keys.__annotations__})
LEAVES = [loc for loc in KEYS if loc not in GROUPS and loc != ("alerts", "tiers")]


@pytest.mark.parametrize("loc", LEAVES, ids=".".join)
@pytest.mark.parametrize(
    "written", ["${SMTP_PASSWORD}", "x ${SMTP_PASSWORD} x", "[{a: ${SMTP_PASSWORD}}]"]
)
def test_no_secret_reaches_a_message_or_a_repr(
    folder: Path, loc: tuple[str, ...], written: str
) -> None:
    """Whichever key is given the password by mistake, no error text shows it."""
    here, text = "", "" if loc == ("workbook",) else "workbook: a.xlsx\n"
    for depth, step in enumerate(loc):
        dash = "- " if loc[:depth] == ("alerts", "tiers") else ""
        here = f"{'    ' * depth}{dash}{step}:"
        text += f"{here}\n" if depth < len(loc) - 1 else f"{here} {written}\n"
    found = outcome(write(folder, text))
    shown = found.alerts.smtp if isinstance(found, Settings) else (found, found.problems)
    assert SECRET not in f"{shown} {shown!r}"


def test_the_password_is_never_shown(folder: Path) -> None:
    """Settings can be printed and logged."""
    loaded = read(folder, SMTP + "    password: ${SMTP_PASSWORD}")
    assert loaded.alerts.smtp is not None
    assert loaded.alerts.smtp.password == SECRET
    assert SECRET not in f"{loaded} {loaded!r}"


def test_follow_ups_come_after_the_date(folder: Path) -> None:
    """`follow_up_days` is the rhythm of the tier at 0 days, also of the usual tiers; 0 is never."""
    assert read(folder, "workbook: a\nalerts: {follow_up_days: 3}").alerts.tiers == (
        *DEFAULT_TIERS[:-1],
        dataclasses.replace(DEFAULT_TIERS[-1], follow_up_every=3),
    )
    never = read(folder, "workbook: a\nalerts: {follow_up_days: 0}").alerts.tiers
    assert [tier.follow_up_every for tier in never] == [None] * 5


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465)])
def test_the_port_follows_the_security(folder: Path, security: str, port: int) -> None:
    """Without `port` it is the usual one."""
    text = SMTP + f"    password: ${{SMTP_PASSWORD}}\n    security: {security}\n"
    smtp = read(folder, text).alerts.smtp
    assert smtp is not None
    assert smtp.port == port


def test_tiers_differ_in_days_and_name(folder: Path) -> None:
    """Two tiers at the same day, or of the same name, could not be told apart."""
    text = """\
workbook: a.xlsx
alerts:
  tiers:
    - {name: Soon, days: 30, to: holder}
    - {name: Now, days: 30, to: manager}
    - {name: SOON, days: 7, to: holder}
"""
    assert problems(write(folder, text)) == [
        "5: `Soon` begins at 30 days too. Change one.",
        "6: Two tiers are named `SOON`. Give each a name of its own.",
    ]


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


EXAMPLE = Path(__file__).parents[1] / "config.example.yaml"
SWITCHED_OFF = re.compile(r"^( *)#(?! [^ ]|$)", re.MULTILINE)
"""The mark in front of a setting that is switched off; a remark has one blank behind it."""


def switched_on(folder: Path, *keys: str, channels: str = "outbox") -> Settings:
    """The example with these settings switched on, each with the lines that belong to it."""
    text = EXAMPLE.read_text(encoding="utf-8").replace("[outbox]", f"[{channels}]")
    for block in text.split("\n\n"):
        settings = "\n".join(line for line in block.split("\n") if SWITCHED_OFF.match(line))
        if settings.strip(" #").partition(":")[0] in keys:
            text = text.replace(settings, SWITCHED_OFF.sub(r"\1", settings))
    path = write(folder, text)
    for loc in keys:
        assert re.search(rf"^ *{loc}:", text, re.MULTILINE)
    return load(path)


def off() -> list[str]:
    """The first key of each block of the example that is switched off."""
    blocks = EXAMPLE.read_text(encoding="utf-8").split("\n\n")
    found = (re.search(rf"{SWITCHED_OFF.pattern}(\w+):", block, re.MULTILINE) for block in blocks)
    return [match[2] for match in found if match]


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
    keys = [key for key in off() if key not in ("date_order", "columns", "from", "smtp", "google")]
    assert {"policy", "tiers", "enabled", "dashboard", "schedule", "excel"} <= set(keys)
    assert switched_on(folder, *keys) == switched_on(folder)


@pytest.mark.parametrize("key", off())
def test_each_setting_of_the_example_can_be_switched_on(folder: Path, key: str) -> None:
    """Whatever loses its # is valid, alone too; the mail server with the channel it is for."""
    if key == "smtp":
        assert switched_on(folder, "smtp", "from", channels="outbox, smtp").alerts.smtp
    else:
        assert switched_on(folder, key).alerts.smtp is None


def test_the_example_shows_every_key() -> None:
    """There is no setting that the example does not explain."""
    shown = set(re.findall(r"(\w+):", EXAMPLE.read_text(encoding="utf-8")))
    assert {loc[-1] for loc in KEYS} - shown == set()


def test_the_mail_server_of_the_example_shows_its_defaults(folder: Path) -> None:
    """Host and login are examples, the rest is what a config without these lines has."""
    smtp = switched_on(folder, "smtp", "from", channels="smtp").alerts.smtp
    login = "certs@lakeshore-ai.example"
    assert smtp == SmtpSettings("smtp.lakeshore-ai.example", username=login, password=SECRET)


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["a.xlsx", "2026-03-16", "holder", "smtp", "a@b.example", "${X}", "DMY", "."]),
)
NAMES = st.sampled_from(
    [loc[-1] for loc in KEYS] + ["Certifications", "Notes", "x", "", "<<", "password_file", "_file"]
)
TREES = st.recursive(
    JUNK,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=20,
)


def settings_or_sentences(path: Path) -> None:
    """Settings, or problems that are whole sentences, each at a line that exists."""
    lines = len(path.read_bytes().splitlines()) + 1
    found = outcome(path)
    if isinstance(found, ConfigError):
        assert found.problems
        for problem in found.problems:
            assert problem.line is None or 1 <= problem.line <= lines
            assert problem.message[-1] in ".?"
            assert "Input should" not in problem.message
            assert "rror" not in problem.message


LONG = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@LONG
@given(text=st.text())
@example("%YAML 9.9\n--- ''")
@example('"\\UFFFFFFFF"')
@example("!!python/object/apply:os.system [ls]")
@example("\x85workbook: a\x85x: \x07")
def test_any_text_gives_settings_or_sentences(folder: Path, text: str) -> None:
    """No text makes anything but a ConfigError."""
    path = folder / "config.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    settings_or_sentences(path)


@LONG
@given(tree=st.dictionaries(NAMES, TREES, max_size=6))
def test_any_tree_of_values_gives_settings_or_sentences(folder: Path, tree: object) -> None:
    """Known keys with values of any kind in any place make nothing but a ConfigError."""
    settings_or_sentences(write(folder, json.dumps(tree)))


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
    assert set(GROUPS[()].__annotations__) == names - {"source", "timezone_given"}
    written = set(GROUPS["alerts",].__annotations__) - {"from", "follow_up_days"}
    assert written | {"sender"} == {field.name for field in dataclasses.fields(Alerts)}


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
