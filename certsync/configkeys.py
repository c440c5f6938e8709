"""The keys a config may have, group by group, and the sentence for each rule a value can break."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, time
from functools import cache
from typing import Annotated, Any, Literal, Required
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    SecretStr,
    TypeAdapter,
    ValidationError,
    with_config,
)
from typing_extensions import TypedDict

from certsync.alerts.tiers import ROLES, Address, usable
from certsync.configfile import Document, Loc
from certsync.settings import Channel, DateOrder
from certsync.sheets.names import fold
from certsync.sheets.near import nearest
from certsync.sheets.schema import SCHEMA


class Must(ValueError):
    """The rule a value breaks: "must be `rule`, not `value`. `hint`"."""

    def __init__(self, rule: str, hint: str = "") -> None:
        super().__init__(rule)
        self.hint = hint


def _text(value: str) -> str:
    if not value.strip():
        raise Must("some text")
    return value.strip()


def _day(value: object) -> date:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise Must("a day written like 2026-03-16")


def _time_of_day(value: object) -> time:
    if isinstance(value, str) and re.fullmatch(r"\d{1,2}:\d\d", value):
        with suppress(ValueError):
            return time.fromisoformat(value.rjust(5, "0"))
    raise Must("a time of day written like 07:30")


def _zone(value: object) -> ZoneInfo:
    name = value if isinstance(value, str) else ""
    try:
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        cities = {zone.rpartition("/")[2]: zone for zone in sorted(available_timezones())}
        near = nearest(name, cities.values()) or cities.get(nearest(name, cities) or "")
        raise Must(
            "the name of a time zone, such as America/Chicago",
            f"The nearest is {near}." if near else "",
        ) from None


def _address(value: object) -> Address:
    name, email = "", value
    if isinstance(value, dict) and value.keys() <= {"name", "email"}:
        name, email = value.get("name", ""), value.get("email")
    elif isinstance(value, str) and (match := re.fullmatch(r"([^<>]*)<([^<>]*)>\s*", value)):
        name, email = match.groups()
    if not (isinstance(name, str) and isinstance(email, str) and usable(email.strip())):
        raise Must("an e-mail address, such as `Dana Reyes <dana@agency.example>`")
    return Address(email.strip(), name.strip().strip('"'))


def _recipient(value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if text.lower() in ROLES:
        return text.lower()
    if not usable(text):
        raise Must(f"{', '.join(ROLES)} or an e-mail address")
    return text


def _listed(value: object) -> object:
    return [value] if isinstance(value, str | dict) else value


def _tab_title(value: str) -> str:
    # Excel counts a letter outside the basic plane, such as an emoji, as two.
    if (
        len(value.encode("utf-16-le", "replace")) > 2 * 31
        or re.search(r"[\[\]:*?/\\]|^'|'$", value)
        or fold(value) == "history"
    ):
        raise Must("a name Excel allows for a tab: at most 31 letters, none of [ ] : * ? / \\")
    if any(fold(value) in spec.names() for spec in SCHEMA):
        raise Must("a name of its own", "That tab is one that people fill.")
    return value


def _whole(low: int, high: int) -> Any:
    return Field(ge=low, le=high)


Text = Annotated[str, AfterValidator(_text)]
Days = Annotated[int, _whole(0, 3660)]
Person = Annotated[Address, PlainValidator(_address)]


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
    leadership: Annotated[list[Person], BeforeValidator(_listed)]


class TierKeys(TypedDict, total=False):
    """One entry of `alerts: tiers:`."""

    name: Required[Text]
    days: Required[Days]
    to: Required[
        Annotated[
            list[Annotated[str, PlainValidator(_recipient)]],
            BeforeValidator(_listed),
            Field(min_length=1),
        ]
    ]


class SmtpKeys(TypedDict, total=False):
    """`alerts: smtp:`."""

    host: Required[Text]
    port: Annotated[int, _whole(1, 65535)]
    security: Literal["starttls", "tls", "none"]
    username: Text
    password: SecretStr
    password_file: Text
    timeout: Annotated[int, _whole(1, 600)]
    data_timeout: Annotated[int, _whole(1, 3600)]


AlertKeys = TypedDict(
    "AlertKeys",
    {
        "enabled": bool,
        "tiers": Annotated[list[TierKeys], Field(min_length=1)],
        "follow_up_days": Days,
        "channels": Annotated[list[Channel], BeforeValidator(_listed), Field(min_length=1)],
        "from": Person,
        "digest": Literal["recipient"],
        "max_messages": Annotated[int, _whole(1, 100_000)],
        "outbox": Text,
        "smtp": SmtpKeys,
    },
    total=False,
)


class DashboardKeys(TypedDict, total=False):
    """`dashboard:`."""

    enabled: bool
    title: Annotated[Text, AfterValidator(_tab_title)]
    act_next: Annotated[int, _whole(1, 100)]


class ScheduleKeys(TypedDict, total=False):
    """`schedule:`."""

    at: Annotated[time, PlainValidator(_time_of_day)]
    deadline_minutes: Annotated[int, _whole(1, 1440)]


class ExcelKeys(TypedDict, total=False):
    """`excel:`."""

    max_unpacked_mb: Annotated[int, _whole(1, 1_000_000)]
    backups: Annotated[int, _whole(0, 1000)]


class GoogleKeys(TypedDict, total=False):
    """`google:`."""

    key_file: Text
    key: SecretStr


@with_config(ConfigDict(extra="forbid"))
class ConfigKeys(TypedDict, total=False):
    """The whole config."""

    workbook: Text
    output: Text
    as_of: Annotated[date, PlainValidator(_day)]
    timezone: Annotated[ZoneInfo, PlainValidator(_zone)]
    date_order: DateOrder
    columns: dict[str, dict[str, Text]]
    policy: PolicyKeys
    people: PeopleKeys
    alerts: AlertKeys
    dashboard: DashboardKeys
    schedule: ScheduleKeys
    excel: ExcelKeys
    google: GoogleKeys


GROUPS: Mapping[tuple[str, ...], type] = {
    (): ConfigKeys,
    ("policy",): PolicyKeys,
    ("people",): PeopleKeys,
    ("alerts",): AlertKeys,
    ("alerts", "tiers"): TierKeys,
    ("alerts", "smtp"): SmtpKeys,
    ("dashboard",): DashboardKeys,
    ("schedule",): ScheduleKeys,
    ("excel",): ExcelKeys,
    ("google",): GoogleKeys,
}
"""Where each group of keys stands in a config."""

_RULES = {
    "int": "a whole number",
    "bool": "true or false",
    "greater": "{ge} or more",
    "less": "{le} or less",
    "string": "a single value, not a list or a group of keys",
    "list": "a list, each entry on a line of its own behind a dash",
    "too": "a list with at least one entry",
    "dict": "a group of keys, indented below it",
    "literal": "{expected}",
    "value": "{error}",
}
"""What a value must be, by the first word of the type of pydantic's error."""


def validate(document: Document) -> ConfigKeys:
    """The values of `document` that keep the rules; the others are reported to it and left out."""
    values: dict[str, Any] = document.values
    while True:
        try:
            return _adapter().validate_python(values)
        except ValidationError as failed:
            errors = failed.errors(include_url=False)
        for error in errors:
            loc = error["loc"]
            # A key with nothing behind it counts as absent, except in an entry of a list.
            empty = error["input"] is None and not any(isinstance(step, int) for step in loc)
            if error["type"] == "extra_forbidden" or not empty:
                document.report(_sentence(document, error), loc)
            _remove(values, loc[:-1] if error["type"] == "missing" else loc)


@cache
def _adapter() -> TypeAdapter[ConfigKeys]:
    return TypeAdapter(ConfigKeys)


def _remove(values: dict[str, Any], loc: Loc) -> None:
    """Take away the value at `loc`, or the whole list it is an entry of."""
    *path, last = [*loc[: next((i for i, s in enumerate(loc) if isinstance(s, int)), len(loc))]]
    for step in path:
        values = values.get(str(step), {})
    values.pop(str(last), None)


def _sentence(document: Document, error: Mapping[str, Any]) -> str:
    loc = error["loc"]
    names = [step for step in loc if isinstance(step, str)]
    if error["type"] == "extra_forbidden":
        return _unknown_key(tuple(names[:-1]), names[-1])
    if error["type"] == "missing":
        return f"`{names[-1]}` is missing here. Add a line `{names[-1]}: ...`."
    if error["input"] is None:
        return "There is nothing on this line. Write a value, or remove the line."
    context = dict(error.get("ctx", {}))
    cause = context.get("error")
    hint = f" {cause.hint}" if isinstance(cause, Must) and cause.hint else ""
    if "expected" in context:
        context["expected"] = context["expected"].replace("'", "")
    rule = _RULES[re.split("_", error["type"])[0]].format(**context)
    subject = f"`{names[-1]}`" if loc[-1] == names[-1] else f"An entry of `{names[-1]}`"
    return f"{subject} must be {rule}{_not(document, loc)}.{hint}"


def _not(document: Document, loc: Loc) -> str:
    """`, not X` with the text of the file; nothing where it may be a secret."""
    # A single value is taken for a list of one.
    mark = document.marks.get(loc) or document.marks.get(loc[:-1] if loc[-1] == 0 else loc)
    secret = (loc[:2] == ("alerts", "smtp") and loc[-1] != "port") or loc[:1] == ("google",)
    if mark is None or not mark.written or secret:
        return ""
    return f", not `{mark.written if len(mark.written) <= 60 else mark.written[:57] + '...'}`"


def _unknown_key(group: tuple[str, ...], key: str) -> str:
    here = GROUPS[group].__annotations__
    if near := nearest(key, here):
        return f"There is no key `{key}` here. Did you mean `{near}`?"
    homes = [".".join(other) for other, keys in GROUPS.items() if key in keys.__annotations__]
    if homes and homes[0]:
        return f"`{key}` belongs below `{homes[0]}`, indented."
    if homes:
        return f"`{key}` belongs at the left edge, below nothing."
    return f"There is no key `{key}` here. The keys are {', '.join(here)}."
