"""Ready lines for the schedulers people have: cron, systemd, Windows, GitHub Actions."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path, PurePath
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Daily:
    """One config's daily run: the program, the config and the hour, local to `timezone`.

    `year` is the year whose summer and winter time the UTC hour is worked out for; `tracked`
    are the files a run may change, relative to the config, and `secrets` the environment
    variables that hold what nobody else may see.
    """

    program: str
    config: Path
    at: time
    timezone: str
    year: int
    tracked: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """The folder of the config, where the log of cron goes."""
        return self.config.parent


def cron(daily: Daily) -> str:
    """A crontab entry; cron goes by the machine's own time zone."""
    line = shlex.join([daily.program, "run", "--config", str(daily.config)])
    log = shlex.quote(str(daily.folder / "certsync.log"))
    # cron ends the command at a bare percent sign.
    command = f"{line} >> {log} 2>&1".replace("%", r"\%")
    return (
        f"# crontab -e   (cron goes by the machine's time zone; the config says {daily.timezone})\n"
        "# It also looks once an hour until the evening, to catch up after a morning off; a run\n"
        "# with nothing left to do writes nothing and sends nothing.\n"
        f"{daily.at.minute} {daily.at.hour}-{max(daily.at.hour, 18)} * * * {command}"
    )


def systemd(daily: Daily) -> str:
    """A service and a timer that catches up after the machine was off."""
    exec_start = " ".join(
        _systemd_quote(word) for word in (daily.program, "run", "--config", str(daily.config))
    )
    return f"""\
# ~/.config/systemd/user/certsync.service
[Unit]
Description=certsync: watch certification dates

[Service]
Type=oneshot
ExecStart={exec_start}

# ~/.config/systemd/user/certsync.timer
[Unit]
Description=certsync every day at {daily.at:%H:%M}

[Timer]
OnCalendar=*-*-* {daily.at:%H:%M}:00 {daily.timezone}
Persistent=true

[Install]
WantedBy=timers.target

# then
systemctl --user daemon-reload && systemctl --user enable --now certsync.timer
loginctl enable-linger    # so that it also runs while you are logged out"""


def windows(daily: Daily) -> str:
    """A PowerShell command that registers a task which catches up after a missed start."""
    program = _powershell_quote(daily.program)
    arguments = _powershell_quote(f'run --config "{daily.config}"')
    folder = _powershell_quote(str(daily.folder))
    return f"""\
# in PowerShell, once
Register-ScheduledTask -TaskName certsync `
  -Action (New-ScheduledTaskAction -Execute {program} -Argument {arguments} -WorkingDirectory {folder}) `
  -Trigger (New-ScheduledTaskTrigger -Daily -At {daily.at:%H:%M}) `
  -Settings (New-ScheduledTaskSettingsSet -StartWhenAvailable -MultipleInstances IgnoreNew -ExecutionTimeLimit (New-TimeSpan -Hours 1))"""


def github(daily: Daily) -> str:
    """A workflow for a workbook kept in a repository; it commits what the run changed."""
    config = PurePath(daily.config.name)
    tracked = shlex.join([".certsync", *daily.tracked])
    utc = _latest_utc(daily)
    lines = [f"          {name}: ${{{{ secrets.{name} }}}}" for name in daily.secrets]
    secrets = "\n".join(["\n        env:", *lines] if lines else [""])
    return f"""\
# .github/workflows/certsync.yml   (the config, the workbook and .certsync/ lie in this repository)
name: certsync
on:
  schedule:
    - cron: "{utc.minute} {utc.hour} * * *"   # {utc:%H:%M} UTC is {daily.at:%H:%M} {daily.timezone}, or an hour later in summer
  workflow_dispatch:
permissions:
  contents: write
concurrency: certsync
jobs:
  run:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      # The repository variable CERTSYNC_SOURCE is the git address you have certsync from. Take it
      # from there: a package of the same name on PyPI is another program.
      - run: pip install "git+${{{{ vars.CERTSYNC_SOURCE }}}}"
      - run: certsync run --config {shlex.quote(str(config))}{secrets}
      - if: always()   # the ledger must be kept even after a run in part
        run: |
          git config user.name certsync
          git config user.email certsync@users.noreply.github.com
          git add --force {tracked} && (git diff --cached --quiet || git commit -m "Daily certsync run")
          git push"""


RECIPES: Mapping[str, Callable[[Daily], str]] = {
    "cron": cron,
    "systemd": systemd,
    "windows": windows,
    "github": github,
}


def _systemd_quote(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if escaped != word or " " in word else word


def _powershell_quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _latest_utc(daily: Daily) -> time:
    """The hour in UTC in the half of the year where it is later: never before the local hour."""
    naive = [datetime.combine(date(daily.year, month, 15), daily.at) for month in (1, 7)]
    offsets = [local.replace(tzinfo=ZoneInfo(daily.timezone)).utcoffset() for local in naive]
    return (naive[0] - min(o for o in offsets if o is not None)).time()
