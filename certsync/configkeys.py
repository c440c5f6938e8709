"""The keys a config may have, group by group, and what the value of each may be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Required

from pydantic import BeforeValidator, ConfigDict, Field, SecretStr, with_config
from typing_extensions import TypedDict

from certsync.configvalues import (
    Channels,
    Command,
    Day,
    DayOrNever,
    Days,
    Person,
    Persons,
    ProgramRecipients,
    PursuitRecipients,
    Recipients,
    Secrets,
    TabTitle,
    Text,
    TimeOfDay,
    Zone,
    whole,
)
from certsync.settings import DateOrder


class PolicyKeys(TypedDict, total=False):
    """`policy:`."""

    expiring_soon_days: Days
    at_risk_days: Days
    grace_days: Days
    strict: bool
    stalled_days: Days
    pursuit_risk_days: Days
    renewal_window_days: Days


class PeopleKeys(TypedDict, total=False):
    """`people:`."""

    coordinator: Person
    leadership: Persons


class TierKeys(TypedDict, total=False):
    """One entry of `alerts: tiers:`."""

    name: Required[Text]
    days: Required[Days]
    to: Required[Recipients]
    channels: Channels
    ask: Text


Tiers = Annotated[list[TierKeys], Field(min_length=1)]


class OtherTiersKeys(TypedDict, total=False):
    """One entry of `alerts: tiers_for:`."""

    certification: Text
    program: Text
    tiers: Required[Tiers]


class ProgramsKeys(TypedDict, total=False):
    """`alerts: programs:`."""

    to: ProgramRecipients


class PursuitsKeys(TypedDict, total=False):
    """`alerts: pursuits:`."""

    to: PursuitRecipients


class OauthKeys(TypedDict, total=False):
    """`alerts: smtp: oauth:`."""

    tenant: Required[Text]
    client_id: Required[Text]
    client_secret: SecretStr
    client_secret_file: Text


class SmtpKeys(TypedDict, total=False):
    """`alerts: smtp:`."""

    host: Required[Text]
    port: Annotated[int, whole(1, 65535)]
    security: Literal["starttls", "tls", "none"]
    username: Text
    password: SecretStr
    password_file: Text
    password_keyring: Text
    token_command: Command
    oauth: OauthKeys
    timeout: Annotated[int, whole(1, 600)]
    data_timeout: Annotated[int, whole(1, 3600)]
    per_minute: Annotated[int, whole(1, 100_000)]
    per_day: Annotated[int, whole(1, 10_000_000)]


class SlackKeys(TypedDict, total=False):
    """`alerts: slack:`."""

    token: SecretStr
    token_file: Text
    token_keyring: Text
    webhook: SecretStr
    webhook_file: Text
    channel: Text
    direct: bool


class TeamsKeys(TypedDict, total=False):
    """`alerts: teams:`."""

    url: SecretStr
    url_file: Text
    channel: Text


class AppriseKeys(TypedDict, total=False):
    """`alerts: apprise:`."""

    urls: Secrets
    urls_file: Text


AlertKeys = TypedDict(
    "AlertKeys",
    {
        "enabled": bool,
        "tiers": Tiers,
        "tiers_for": Annotated[list[OtherTiersKeys], Field(min_length=1)],
        "follow_up_days": Days,
        "escalate_after_days": Days,
        "programs": ProgramsKeys,
        "pursuits": PursuitsKeys,
        "weekly": DayOrNever,
        "all_quiet": bool,
        "channels": Channels,
        "from": Person,
        "digest": Literal["recipient", "certification"],
        "max_messages": Annotated[int, whole(1, 100_000)],
        "templates": Text,
        "outbox": Text,
        "smtp": SmtpKeys,
        "slack": SlackKeys,
        "teams": TeamsKeys,
        "apprise": AppriseKeys,
    },
    total=False,
)


def _address_alone(value: object) -> object:
    return {"url": value} if isinstance(value, str) else value


class HeartbeatKeys(TypedDict, total=False):
    """`heartbeat:`."""

    url: SecretStr
    url_file: Text
    timeout: Annotated[int, whole(1, 300)]


class DashboardKeys(TypedDict, total=False):
    """`dashboard:`."""

    enabled: bool
    title: TabTitle
    act_next: Annotated[int, whole(1, 100)]


class ScheduleKeys(TypedDict, total=False):
    """`schedule:`."""

    at: TimeOfDay
    deadline_minutes: Annotated[int, whole(1, 1440)]


class ExcelKeys(TypedDict, total=False):
    """`excel:`."""

    max_unpacked_mb: Annotated[int, whole(1, 1_000_000)]
    backups: Annotated[int, whole(0, 1000)]


class GoogleKeys(TypedDict, total=False):
    """`google:`."""

    key_file: Text
    key: SecretStr


@with_config(ConfigDict(extra="forbid"))
class ConfigKeys(TypedDict, total=False):
    """The whole config."""

    workbook: Text
    output: Text
    as_of: Day
    timezone: Zone
    date_order: DateOrder
    columns: dict[str, dict[str, Text]]
    policy: PolicyKeys
    people: PeopleKeys
    alerts: AlertKeys
    dashboard: DashboardKeys
    schedule: ScheduleKeys
    excel: ExcelKeys
    google: GoogleKeys
    heartbeat: Annotated[HeartbeatKeys, BeforeValidator(_address_alone)]


GROUPS: Mapping[tuple[str, ...], type] = {
    (): ConfigKeys,
    ("policy",): PolicyKeys,
    ("people",): PeopleKeys,
    ("alerts",): AlertKeys,
    ("alerts", "tiers"): TierKeys,
    ("alerts", "tiers_for"): OtherTiersKeys,
    ("alerts", "tiers_for", "tiers"): TierKeys,
    ("alerts", "programs"): ProgramsKeys,
    ("alerts", "pursuits"): PursuitsKeys,
    ("alerts", "smtp"): SmtpKeys,
    ("alerts", "smtp", "oauth"): OauthKeys,
    ("alerts", "slack"): SlackKeys,
    ("alerts", "teams"): TeamsKeys,
    ("alerts", "apprise"): AppriseKeys,
    ("dashboard",): DashboardKeys,
    ("schedule",): ScheduleKeys,
    ("excel",): ExcelKeys,
    ("google",): GoogleKeys,
    ("heartbeat",): HeartbeatKeys,
}
"""Where each group of keys stands in a config."""

SECRET_GROUPS = (
    ("alerts", "smtp"),
    ("alerts", "slack"),
    ("alerts", "teams"),
    ("alerts", "apprise"),
    ("google",),
    ("heartbeat",),
)
"""Where secrets are named: no sentence shows what stands there, right or wrong."""
