"""What a config says, as values that cannot change. `certsync.config.load` makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from certsync.alerts.channels.smtp_settings import SmtpSettings
from certsync.alerts.tiers import DEFAULT_TIERS, Address, OtherTiers, People, Tier
from certsync.compute.policy import Policy

DateOrder = Literal["DMY", "MDY", "YMD"]
Channel = Literal["outbox", "smtp", "slack", "teams", "apprise"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


@dataclass(frozen=True)
class Slack:
    """A bot (`token`) that writes to people and to the channel `place`, or a `webhook`.

    With a token, `direct` sends each person what is theirs; `place` may then be empty. A webhook
    posts into the one channel it was made for, and `place` only says how that is called.
    """

    token: str = field(default="", repr=False)
    webhook: str = field(default="", repr=False)
    place: str = ""
    direct: bool = True


@dataclass(frozen=True)
class Teams:
    """A Workflows address that posts a card; `place` says how the channel behind it is called."""

    url: str = field(repr=False)
    place: str = "Teams"


@dataclass(frozen=True)
class Apprise:
    """Addresses of services in apprise's own notation; each gets every matter, as one place."""

    urls: tuple[str, ...] = field(repr=False)
    place: str = "apprise"


@dataclass(frozen=True)
class Alerts:
    """Who is told what, and how. `outbox` is the folder of the channel of that name.

    `tiers` begin with the widest; `other_tiers` are for some certifications, the first that fits
    one counts. `smtp`, `slack`, `teams` and `apprise` are set where `channels` names them.
    `programs` hear when a program or client turns, `pursuits` when a pursuit stalls or its target
    passes: roles and addresses, () for nobody. `escalate_after_days` of silence the manager's
    manager is told too, 0 for never. `weekly` is the day of the note about rows to fix, None for
    no reminder; `all_quiet` sends one then even if there is nothing to tell. `digest` is
    `certification` where each one has a message of its own. `templates` is the user's folder.
    """

    outbox: Path
    enabled: bool = True
    tiers: tuple[Tier, ...] = DEFAULT_TIERS
    other_tiers: tuple[OtherTiers, ...] = ()
    channels: tuple[Channel, ...] = ("outbox",)
    sender: Address | None = None
    digest: Literal["recipient", "certification"] = "recipient"
    max_messages: int = 200
    programs: tuple[str, ...] = ("owner", "coordinator", "leadership")
    pursuits: tuple[str, ...] = ("holder", "manager")
    escalate_after_days: int = 14
    weekly: Weekday | None = "monday"
    all_quiet: bool = False
    templates: Path | None = None
    smtp: SmtpSettings | None = None
    slack: Slack | None = None
    teams: Teams | None = None
    apprise: Apprise | None = None


@dataclass(frozen=True)
class Heartbeat:
    """An address that hears of each run (healthchecks.io and the like); `timeout` in seconds."""

    url: str = field(repr=False)
    timeout: float = 10.0


@dataclass(frozen=True)
class Dashboard:
    """The generated tab: its title, and how many rows "Act next" has."""

    enabled: bool = True
    title: str = "Dashboard"
    act_next: int = 15


@dataclass(frozen=True)
class Schedule:
    """The daily run: the local time, and the longest it may take."""

    at: time = time(7, 30)
    deadline_minutes: int = 30


@dataclass(frozen=True)
class Excel:
    """How large an unpacked workbook may be, and how many backups are kept."""

    max_unpacked_mb: int = 1024
    backups: int = 10


@dataclass(frozen=True)
class Spreadsheet:
    """A workbook in Google Sheets."""

    id: str

    @property
    def url(self) -> str:
        """The address it opens at in a browser."""
        return f"https://docs.google.com/spreadsheets/d/{self.id}/edit"


@dataclass(frozen=True)
class Google:
    """The key to Google Sheets: a file, or the JSON itself. Neither: this computer's sign-in."""

    key_file: Path | None = None
    key: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Settings:
    """One config, complete. Every path is absolute; `source` is the config file.

    `output` is the workbook to write, the same as `workbook` where a run writes in place. `as_of`
    is a fixed day in place of today. `timezone` is that of this computer, and `timezone_given`
    False, where the config names none: a spreadsheet then goes by its own. `columns` maps the
    key of a tab to the keys of its columns to the headers that stand for them. `secret_files` hold
    the secrets that the config takes from files, a key to Google among them.
    """

    source: Path
    workbook: Path | Spreadsheet
    output: Path | Spreadsheet
    timezone: ZoneInfo
    alerts: Alerts
    timezone_given: bool = True
    as_of: date | None = None
    date_order: DateOrder | None = None
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    people: People = field(default_factory=People)
    dashboard: Dashboard = field(default_factory=Dashboard)
    schedule: Schedule = field(default_factory=Schedule)
    excel: Excel = field(default_factory=Excel)
    google: Google = field(default_factory=Google)
    heartbeat: Heartbeat | None = None
    secret_files: tuple[Path, ...] = ()

    @property
    def state(self) -> Path:
        """The folder of the ledger, the lock and the backups."""
        return self.source.parent / ".certsync"
