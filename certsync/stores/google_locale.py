"""What a spreadsheet's own locale and time zone mean for its dates."""

from __future__ import annotations

from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError

_ORDERS: dict[str, Literal["DMY", "MDY", "YMD"]] = {"dMy": "DMY", "Mdy": "MDY", "yMd": "YMD"}


def date_order(locale: str | None) -> Literal["DMY", "MDY", "YMD"] | None:
    """How people of this locale (en_US) write a date in figures; None for one nobody knows.

    The order is that of the Unicode CLDR's short date.
    """
    try:
        pattern = Locale.parse(locale or "").date_formats["short"].pattern
    except (ValueError, UnknownLocaleError, KeyError):
        return None
    figures = dict.fromkeys(letter for letter in pattern if letter in "dMy")
    return _ORDERS.get("".join(figures))


def zone(name: str | None) -> ZoneInfo | None:
    """The time zone of this name, such as America/New_York; None for one nobody knows."""
    try:
        return ZoneInfo(name or "")
    except (ValueError, KeyError, OSError):
        return None
