"""The kinds of values in a config: each makes its own out of the text, or raises `Must`."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, SecretStr

from certsync.alerts.tiers import EVERYBODY, ROLES, Address, usable
from certsync.settings import Channel, Weekday
from certsync.sheets.addresses import foreign
from certsync.sheets.names import fold
from certsync.sheets.near import nearest
from certsync.sheets.schema import SCHEMA

PROGRAM_ROLES = ("owner", "coordinator", "leadership")
"""Who can be told of a program or a client: it has no holder."""

WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


class Must(ValueError):
    """The rule a value breaks: "must be `rule`, not `value`. `hint`"."""

    def __init__(self, rule: str, hint: str = "") -> None:
        super().__init__(rule)
        self.hint = hint


def located(folder: Path, text: str) -> Path:
    """The absolute path a value means; `folder` is where relative ones begin.

    What lies behind a symbolic link is meant, so that writing it leaves the link in place.
    """
    path = Path(text)
    if path.parts[:1] == ("~",):
        path = path.expanduser()
    return Path(os.path.realpath(folder / path))


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
        hint = foreign(email) if isinstance(email, str) else None
        raise Must("an e-mail address, such as `Dana Reyes <dana@agency.example>`", hint or "")
    return Address(email.strip(), name.strip().strip('"'))


def _recipient(roles: Sequence[str]) -> Callable[[object], str]:
    """One of `roles`, or an address."""

    def read(value: object) -> str:
        text = value.strip() if isinstance(value, str) else ""
        if text.lower() in roles:
            return text.lower()
        if not usable(text):
            # An address is none of the roles, whatever words it is made of.
            near = nearest(text, roles) if text and "@" not in text else None
            hint = f"Did you mean `{near}`?" if near else foreign(text)
            raise Must(f"{', '.join(roles)} or an e-mail address", hint or "")
        return text

    return read


def _weekday(value: object) -> Weekday | None:
    text = value.strip().lower() if isinstance(value, str) else ""
    if text == "never":
        return None
    if text not in WEEKDAYS:
        near = nearest(text, (*WEEKDAYS, "never")) if text else None
        hint = f"Did you mean `{near}`?" if near else ""
        raise Must("a day such as monday, or never", hint)
    return text


def _command(value: object) -> tuple[str, ...]:
    words: object = value
    if isinstance(value, str):
        with suppress(ValueError):  # a quote that is not closed
            words = shlex.split(value)
    if not (isinstance(words, list) and words and all(isinstance(w, str) and w for w in words)):
        raise Must("a command and its words, such as [mail-token, certs@agency.example]")
    return tuple(words)


def listed(value: object) -> object:
    """A single value as a list of one."""
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


def whole(low: int, high: int) -> Any:
    """The limits of a number, both within."""
    return Field(ge=low, le=high)


Text = Annotated[str, AfterValidator(_text)]
Days = Annotated[int, whole(0, 3660)]
Day = Annotated[date, PlainValidator(_day)]
TimeOfDay = Annotated[time, PlainValidator(_time_of_day)]
Zone = Annotated[ZoneInfo, PlainValidator(_zone)]
TabTitle = Annotated[Text, AfterValidator(_tab_title)]
Person = Annotated[Address, PlainValidator(_address)]
Persons = Annotated[list[Person], BeforeValidator(listed)]
Role = Annotated[str, PlainValidator(_recipient(ROLES))]
ProgramRole = Annotated[str, PlainValidator(_recipient(PROGRAM_ROLES))]
PursuitRole = Annotated[str, PlainValidator(_recipient(EVERYBODY))]
Recipients = Annotated[list[Role], BeforeValidator(listed), Field(min_length=1)]
ProgramRecipients = Annotated[list[ProgramRole], BeforeValidator(listed)]
PursuitRecipients = Annotated[list[PursuitRole], BeforeValidator(listed)]
Channels = Annotated[list[Channel], BeforeValidator(listed), Field(min_length=1)]
DayOrNever = Annotated[Weekday | None, PlainValidator(_weekday)]
Command = Annotated[tuple[str, ...], PlainValidator(_command)]
Secrets = Annotated[list[SecretStr], BeforeValidator(listed), Field(min_length=1)]
