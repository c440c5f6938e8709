"""From a config to back ends: which store, which channels, which rules. The one table of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from certsync.alerts.channels.apprise import Apprise
from certsync.alerts.channels.base import Channel
from certsync.alerts.channels.outbox import Outbox
from certsync.alerts.channels.slack import Slack
from certsync.alerts.channels.smtp import Smtp
from certsync.alerts.channels.teams import Teams
from certsync.alerts.rules import Rules
from certsync.alerts.tiers import Tier
from certsync.progress import Step, silent
from certsync.settings import WEEKDAYS, Settings, Spreadsheet
from certsync.stores.base import Store
from certsync.stores.excel import ExcelStore


def smtp(settings: Settings) -> Smtp:
    """The mail server of the config."""
    if settings.alerts.smtp is None:
        raise ValueError("a config with the channel smtp has its settings")
    return Smtp(settings.alerts.smtp)


def _slack(settings: Settings) -> Slack:
    given = settings.alerts.slack
    if given is None:
        raise ValueError("a config with the channel slack has its settings")
    return Slack(given.token, given.webhook, given.place, given.direct)


def _teams(settings: Settings) -> Teams:
    if settings.alerts.teams is None:
        raise ValueError("a config with the channel teams has its settings")
    return Teams(settings.alerts.teams.url, settings.alerts.teams.place)


def _apprise(settings: Settings) -> Apprise:
    given = settings.alerts.apprise
    if given is None:
        raise ValueError("a config with the channel apprise has its settings")
    return Apprise(given.urls, given.place, settings.state / "apprise.json")


CHANNELS: Mapping[str, Callable[[Settings], Channel]] = {
    "outbox": lambda settings: Outbox(settings.alerts.outbox),
    "smtp": smtp,
    "slack": _slack,
    "teams": _teams,
    "apprise": _apprise,
}
"""What makes the channel of each word in the config."""


def channels(settings: Settings) -> list[Channel]:
    """The channels the config names."""
    return [CHANNELS[name](settings) for name in settings.alerts.channels]


def local_now(settings: Settings) -> datetime:
    """The time on the config's wall clock, without a zone."""
    return datetime.now(settings.timezone).replace(tzinfo=None)


CHANNEL_NAMES: Mapping[str, str] = {"smtp": "email"}
"""What the ledger calls a channel, where the config has another word for it."""


def rules(settings: Settings) -> Rules:
    """Who hears of what; tiers name their channels as the ledger does."""
    alerts = settings.alerts
    return Rules(
        people=settings.people,
        tiers=_renamed(alerts.tiers),
        other_tiers=[replace(o, tiers=_renamed(o.tiers)) for o in alerts.other_tiers],
        programs=alerts.programs,
        pursuits=alerts.pursuits,
        escalate_after_days=alerts.escalate_after_days,
        weekly=WEEKDAYS.index(alerts.weekly) if alerts.weekly else None,
        all_quiet=alerts.all_quiet,
        threads=alerts.digest == "certification",
    )


def _renamed(tiers: Sequence[Tier]) -> tuple[Tier, ...]:
    return tuple(
        replace(tier, channels=tuple(CHANNEL_NAMES.get(name, name) for name in tier.channels))
        for tier in tiers
    )


def store(settings: Settings, step: Step = silent) -> Store:
    """The store the config's workbook lives in. `step` hears of what is tried again."""
    if isinstance(settings.workbook, Spreadsheet):
        return _google(settings, settings.workbook, step)
    output = settings.output if isinstance(settings.output, Path) else None
    return ExcelStore(
        settings.workbook,
        None if output == settings.workbook else output,
        backups=settings.state / "backups",
        keep=settings.excel.backups,
        max_unpacked=settings.excel.max_unpacked_mb * 2**20,
        clock=lambda: local_now(settings),
    )


def _google(settings: Settings, spreadsheet: Spreadsheet, step: Step) -> Store:
    # Imported here: a workbook in a file needs no Google.
    from certsync.stores.google import GoogleStore
    from certsync.stores.google_auth import GoogleKey
    from certsync.stores.google_client import endpoint_from, open_client

    endpoint = endpoint_from(os.environ)
    key = GoogleKey(settings.google.key_file, settings.google.key)
    return GoogleStore(
        lambda: open_client(key, document=spreadsheet.url, endpoint=endpoint, step=step),
        spreadsheet.id,
    )
