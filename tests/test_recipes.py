"""The lines `certsync schedule` prints, read back by the rules of each scheduler."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from certsync.recipes import Daily, cron, github, systemd, windows

DAILY = Daily(
    program="/opt/tools/certsync",
    config=Path("/home/me/100% ours/it's.yaml"),
    at=time(7, 30),
    timezone="America/Chicago",
    year=2026,
    tracked=("agency book.xlsx",),
)


def test_cron_line_survives_blanks_quotes_and_percent_signs() -> None:
    """Cron ends a command at a bare percent sign, and the shell splits at blanks."""
    line = cron(DAILY).splitlines()[-1]
    minute, hours, day, month, weekday, command = line.split(" ", 5)
    assert (minute, hours, day, month, weekday) == ("30", "7-18", "*", "*", "*")
    assert "%" not in command.replace(r"\%", "")
    words = shlex.split(command.replace(r"\%", "%"))
    assert words[:4] == ["/opt/tools/certsync", "run", "--config", str(DAILY.config)]


def test_late_hours_are_not_turned_round() -> None:
    """An hour in the evening makes a range of one hour, never 22-18."""
    late = Daily("certsync", Path("/a.yaml"), time(22, 5), "UTC", 2026)
    assert cron(late).splitlines()[-1].startswith("5 22-22 * * *")


def test_systemd_timer_catches_up_in_the_config_s_time_zone() -> None:
    """The timer names the time zone, catches up, and doubles the percent sign for systemd."""
    text = systemd(DAILY)
    assert "OnCalendar=*-*-* 07:30:00 America/Chicago" in text
    assert "Persistent=true" in text
    assert '"/home/me/100%% ours/it\'s.yaml"' in text


def test_windows_task_starts_when_available() -> None:
    """A missed start is caught up with, and a quote in a path is doubled for PowerShell."""
    text = windows(DAILY)
    assert "-StartWhenAvailable" in text
    assert "it''s.yaml" in text
    assert "-At 07:30" in text


@pytest.mark.parametrize(
    ("timezone", "cron_line"),
    [
        ("America/Chicago", "30 13 * * *"),
        ("Europe/Berlin", "30 6 * * *"),
        ("Asia/Kolkata", "0 2 * * *"),
        ("Australia/Sydney", "30 21 * * *"),
    ],
)
def test_github_runs_in_utc_never_before_the_local_hour(timezone: str, cron_line: str) -> None:
    """GitHub counts in UTC: the hour of the half year in which it is later."""
    daily = Daily("certsync", Path("/r/config.yaml"), time(7, 30), timezone, 2026)
    workflow = YAML(typ="safe").load(github(daily))
    assert workflow["on"]["schedule"] == [{"cron": cron_line}]


def test_github_installs_from_where_the_user_has_it() -> None:
    """The bare name is another program on PyPI, and must never be installed."""
    steps = YAML(typ="safe").load(github(DAILY))["jobs"]["run"]["steps"]
    installs = [step["run"] for step in steps if "pip install" in step.get("run", "")]
    assert installs == ['pip install "git+${{ vars.CERTSYNC_SOURCE }}"']


def test_github_workflow_keeps_ledger_and_workbook() -> None:
    """The ledger is committed even after a run in part, or alerts would repeat."""
    steps = YAML(typ="safe").load(github(DAILY))["jobs"]["run"]["steps"]
    assert steps[-1]["if"] == "always()"
    assert "git add --force .certsync 'agency book.xlsx'" in steps[-1]["run"]


def test_github_passes_on_every_secret_of_the_config() -> None:
    """Each variable that the config names comes from the repository's secrets; none, no block."""
    for names in ((), ("SLACK_TOKEN", "SMTP_PASSWORD")):
        steps = YAML(typ="safe").load(github(replace(DAILY, secrets=names)))["jobs"]["run"]["steps"]
        (run,) = [step for step in steps if step.get("run", "").startswith("certsync run")]
        expected = {name: f"${{{{ secrets.{name} }}}}" for name in names}
        assert run.get("env", {}) == expected
