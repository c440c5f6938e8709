"""One date as a person wrote it. With two readings, or none, it is a problem, never a guess."""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from certsync.sheets.cells import Problem, either, plain, quoted
from certsync.sheets.names import fold
from certsync.sheets.schema import LIFETIME_WORDS
from certsync.sheets.snapshot import Value

Order = Literal["DMY", "MDY", "YMD"]

EARLIEST, LATEST = date(1950, 1, 1), date(2150, 12, 31)
_LIFETIME = frozenset(map(fold, LIFETIME_WORDS))
_MONTH_NAMES = (
    "january february march april may june july august september october november december"
)
_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = {name[:n]: i for i, name in enumerate(_MONTH_NAMES.split(), 1) for n in (3, 9)}
_MONTHS["sept"] = 9
_WEEKDAYS = {day.casefold()[:n]: i for i, day in enumerate(_DAY_NAMES) for n in (3, 4, 5, 9)}
_FILLERS = frozenset({"of", "the", "st", "nd", "rd", "th"})
_PLAIN = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")  # dashes, the minus sign
    | dict.fromkeys("\u2018\u2019", "'")
    | dict.fromkeys("\u200b\u2060\ufeff", "")  # they come with text copied from web pages
    | {"\u2044": "/"}
)
_WRITTEN = re.compile(r"['a-z0-9][a-z0-9\s,./'-]*", re.ASCII)
_WORD = re.compile(r"[a-z]+|[0-9]+")
_TIME = re.compile(
    r"(?:t|,? )(?:at )?\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?"
    r"(?: ?[ap]\.?m\.?)?(?: ?(?:z|utc|[+-]\d\d:?\d\d))?$"
)


@dataclass(frozen=True)
class DateRules:
    """How one column is read.

    `order` settles numeric dates, `lifetime` allows the words for "does not expire". A
    `required` cell may not be left empty, so nobody is advised to.
    """

    order: Order | None = None
    lifetime: bool = False
    required: bool = False
    epoch_1904: bool = False


def read_date(value: Value, rules: DateRules) -> date | bool | Problem | None:
    """One cell that is no date by itself. True is "does not expire", None an empty cell."""
    if isinstance(value, str):
        return _read_text(value, rules)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return bad(value, rules)
    return _from_serial(value, rules) or _digits(value, rules)


def _read_text(text: str, rules: DateRules) -> date | bool | Problem | None:
    """A text, by its shape: Y a year, M a month's name, n one or two digits."""
    clean = " ".join(unicodedata.normalize("NFKC", plain(text)).translate(_PLAIN).split())
    clean = clean.casefold()
    if not clean:
        return None
    if rules.lifetime and fold(clean) in _LIFETIME:
        return True
    if clean.isascii() and clean.isdigit() and len(clean) > 4:
        return _digits(text, rules)
    clean = _TIME.sub("", clean)
    if not _WRITTEN.fullmatch(clean):
        return bad(text, rules)
    words = [word for word in _WORD.findall(clean) if word not in _FILLERS]
    weekday = _WEEKDAYS.get(words[0]) if words else None
    if weekday is not None:
        words = words[1:]
    reader = _SHAPES.get("".join(map(_letter, words)))
    reading = reader(text, [_MONTHS.get(w) or int(w) for w in words], rules) if reader else None
    if isinstance(reading, date) and weekday not in (None, reading.weekday()):
        return bad(
            text, rules, f"is not a date: {reading} is a {_DAY_NAMES[reading.weekday()]}", [reading]
        )
    return reading or bad(text, rules)


def _letter(word: str) -> str:
    """The letter of one word in a date's shape."""
    if word in _MONTHS:
        return "M"
    return {4: "Y", 2: "n", 1: "n"}.get(len(word), "?") if word.isdigit() else "?"


def _in_order(order: str) -> Callable[[str, list[int], DateRules], date | Problem]:
    """Reads a shape that has one reading: the numbers stand in `order`, such as "DMY"."""

    def read(text: str, numbers: list[int], rules: DateRules) -> date | Problem:
        year, month, day = (numbers[order.index(part)] for part in "YMD")
        return _day(year, month, day) or bad(text, rules, forms=_month_end(year, month, day))

    return read


def _numeric(text: str, numbers: list[int], rules: DateRules) -> date | Problem:
    """`03/04/2026`: by the order that is set; without one, only if there is one reading."""
    first, second, year = numbers
    readings = {"DMY": _day(year, second, first), "MDY": _day(year, first, second)}
    forms = _distinct(readings.values())
    if not forms:
        ends = (*_month_end(year, second, first), *_month_end(year, first, second))
        return bad(text, rules, forms=ends)
    if rules.order is not None:
        says = f"is not a date in the order {rules.order}, which applies to this workbook"
        return readings.get(rules.order) or bad(text, rules, says, forms)
    if len(forms) > 1:
        return Problem(
            "date.ambiguous",
            f"{quoted(text)} can be read as two dates.",
            f"Write it as {forms[0]} or {forms[1]}, or set date_order in the config.",
        )
    return forms[0]


def _short_year(*orders: Order) -> Callable[[str, list[int], DateRules], Problem]:
    """Reports a year of two digits, with the dates it may mean in this century."""

    def read(text: str, numbers: list[int], rules: DateRules) -> Problem:
        forms = _distinct(
            _day(2000 + numbers[o.index("Y")], numbers[o.index("M")], numbers[o.index("D")])
            for o in ((rules.order,) if rules.order in orders else orders)
        )
        says = "has a year of two digits"
        return bad(text, rules, says, forms, "date.short_year")

    return read


def _no_day(order: str) -> Callable[[str, list[int], DateRules], Problem]:
    """Reports a month without a day; its last day is what people mean by "valid through"."""

    def read(text: str, numbers: list[int], rules: DateRules) -> Problem:
        ends = _month_end(numbers[order.index("Y")], numbers[order.index("M")], 31)
        return bad(text, rules, "has no day", ends)

    return read


_SHAPES: Mapping[str, Callable[[str, list[int], DateRules], date | Problem]] = {
    "Ynn": _in_order("YMD"),
    "YMn": _in_order("YMD"),
    "nMY": _in_order("DMY"),
    "MnY": _in_order("MDY"),
    "nnY": _numeric,
    "nnn": _short_year("DMY", "MDY", "YMD"),
    "nMn": _short_year("DMY"),
    "Mnn": _short_year("MDY"),
    "MY": _no_day("MY"),
    "YM": _no_day("YM"),
    "nY": _no_day("MY"),
    "Yn": _no_day("YM"),
}


def _from_serial(number: float, rules: DateRules) -> date | None:
    """The day of an Excel serial number, if it lies in the plausible years."""
    epoch = date(1904, 1, 1) if rules.epoch_1904 else date(1899, 12, 30)
    if not (EARLIEST - epoch).days <= number < (LATEST - epoch).days + 1:
        return None
    return epoch + timedelta(days=int(number))


def _digits(value: Value, rules: DateRules) -> Problem:
    """Reports digits without separators, with the dates they may mean."""
    text = plain(value)
    forms: list[date] = []
    if isinstance(value, str):
        forms = _distinct([_from_serial(int(text), rules)] if len(text) < 7 else [])
    if len(text) == 8 and text.isdigit():
        a, b, year = int(text[:2]), int(text[2:4]), int(text[4:])
        packed = (
            _day(int(text[:4]), int(text[4:6]), int(text[6:])),
            _day(year, b, a),
            _day(year, a, b),
        )
        forms = _distinct(day for day in packed if day and EARLIEST <= day <= LATEST)
    if not forms:
        return bad(value, rules, "is a number and not a date")
    says = f"is a bare number, which as a date would be {either([*map(str, forms)])}"
    return bad(value, rules, says, forms, "date.digits")


def bad(
    value: Value,
    rules: DateRules,
    says: str = "is not a date",
    forms: Sequence[date] = (),
    code: str = "date.bad",
) -> Problem:
    """The problem of a cell, with a right form to write: the nearest ones, else an example."""
    if forms:
        also = (
            "" if rules.required or rules.lifetime or len(forms) > 1 else " or leave the cell empty"
        )
        return Problem(
            code, f"{quoted(value)} {says}.", f"Write it as {either([*map(str, forms)])}{also}."
        )
    also = "" if rules.required else ", or leave the cell empty"
    also = ', or "does not expire"' if rules.lifetime else also
    return Problem(code, f"{quoted(value)} {says}.", f"Write a date such as 2026-12-31{also}.")


def _day(year: int, month: int, day: int) -> date | None:
    """The date, if there is such a day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month_end(year: int, month: int, day: int) -> tuple[date, ...]:
    """The last day of the month for a day of 29 to 31 that the month lacks."""
    if not (1 <= month <= 12 and 28 < day <= 31 and year):
        return ()
    return (date(year, month, calendar.monthrange(year, month)[1]),)


def _distinct(days: Iterable[date | None]) -> list[date]:
    """The days that exist, each once, in the order given."""
    return list(dict.fromkeys(day for day in days if day))
