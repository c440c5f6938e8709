"""What a cell becomes when something is entered: as it is (RAW) or as typed (USER_ENTERED)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from tests.sheets_service import formula
from tests.sheets_service.model import (
    NOW,
    TEXT_LIMIT,
    Book,
    Cell,
    CellError,
    CellValue,
    Sheet,
    invalid,
)
from tests.sheets_service.numbers import LOCALES, MONTHS, Locale, locale, serial

ERRORS = {
    "#N/A": "N_A",
    "#REF!": "REF",
    "#VALUE!": "VALUE",
    "#DIV/0!": "DIVIDE_BY_ZERO",
    "#NAME?": "NAME",
    "#NUM!": "NUM",
    "#NULL!": "NULL_VALUE",
    "#ERROR!": "ERROR",
}
_WORDS: dict[str, CellValue] = {"TRUE": True, "FALSE": False}
_MONTH = {name[:width].lower(): i for i, name in enumerate(MONTHS, 1) for width in (3, len(name))}
_MONTH["sept"] = 9


@dataclass(frozen=True)
class Typed:
    """What typed text was taken for, and the number format that comes with it."""

    value: CellValue
    format: Mapping[str, str] | None = None


def error(text: str, message: str = "") -> CellError:
    """An error by what it shows: `#N/A`."""
    return CellError(ERRORS.get(text, "ERROR"), text, message)


def entered(book: Book, sheet: Sheet, cell: Cell, value: object, *, typed: bool) -> Cell:
    """The cell after this was entered. Its format, note and validation stay.

    Args:
        book: For the locale, and the cells a formula refers to.
        sheet: The tab of the cell.
        cell: What stood there.
        value: A bool, number or text; empty text empties the cell.
        typed: Whether it is taken as typed by a person (USER_ENTERED) or as it is (RAW).

    Raises:
        GoogleError: 400 for text that is too long.
    """
    if value == "" and isinstance(value, str):
        return replace(cell, value=None, formula=None, runs=())
    if not isinstance(value, str):
        assert isinstance(value, (bool, int, float))
        return replace(cell, value=value, formula=None, runs=())
    if len(value) > TEXT_LIMIT:
        raise invalid(
            f"Your input contains more than the maximum of {TEXT_LIMIT} characters "
            "in a single cell."
        )
    chosen = (cell.format or {}).get("numberFormat") or {}
    if not typed or chosen.get("type") == "TEXT":
        return replace(cell, value=value, formula=None, runs=())
    if value[0] == "=" and len(value) > 1:
        result = formula.calculated(book, sheet, value)
        kind = formula.DATE_FORMATS.get(value[1:].partition("(")[0].strip().upper())
        taken = Typed(result, {"type": kind} if kind else None)
        new = replace(cell, value=taken.value, formula=value, runs=())
    else:
        taken = read(value, locale(book.locale))
        new = replace(cell, value=taken.value, formula=None, runs=())
    return new if chosen or not taken.format else with_number_format(new, taken.format)


def with_number_format(cell: Cell, number_format: Mapping[str, str]) -> Cell:
    """The cell with another number format and the rest of its format kept."""
    kept: Mapping[str, Any] = cell.format or {}
    return replace(cell, format={**kept, "numberFormat": dict(number_format)})


@lru_cache(maxsize=1 << 16)
def read(text: str, of: Locale) -> Typed:
    """Typed text that is no formula: a number, date, boolean or error where it reads as one."""
    if text[0] == "'":
        return Typed(text[1:])
    plain = text.strip()
    if plain.upper() in _WORDS:
        return Typed(_WORDS[plain.upper()])
    if plain.upper() in ERRORS:
        return Typed(error(plain.upper()))
    return _number(plain, of) or _moment(plain, of) or Typed(text)


def _number(text: str, of: Locale) -> Typed | None:
    thousands = "[\u00a0\u202f ]" if of.thousands.isspace() else re.escape(of.thousands)
    decimal, symbol = re.escape(of.decimal), re.escape(of.currency)
    match = re.fullmatch(
        rf"(?P<open>\()?(?P<sign>[-+])?(?P<before>{symbol}\s?)?(?P<inner>[-+])?"
        rf"(?P<whole>\d{{1,3}}(?:{thousands}\d{{3}})+|\d+)?(?P<rest>{decimal}\d*)?"
        rf"(?P<power>[Ee][-+]?\d+)?\s?(?P<percent>%)?(?P<after>{symbol})?(?(open)\))",
        text,
    )
    if match is None or not (match["whole"] or (match["rest"] or "")[1:]):
        return None
    if sum(bool(match[k]) for k in ("open", "sign", "inner")) > 1:
        return None
    whole = re.sub(r"\D", "", match["whole"] or "0")
    decimals = (match["rest"] or "")[1:]
    value = float(f"{whole}.{decimals or 0}{match['power'] or ''}")
    if value == float("inf"):
        return None
    if match["percent"]:
        value = value / 100
    if match["open"] or "-" in (match["sign"], match["inner"]):
        value = -value
    number: float | int = int(value) if value.is_integer() and abs(value) < 2**53 else value
    places = ".00" if decimals else ""
    if match["percent"]:
        return Typed(number, {"type": "PERCENT", "pattern": f"0{places}%"})
    if match["before"] or match["after"]:
        pattern = of.currency_pattern.replace(".00", places)
        return Typed(number, {"type": "CURRENCY", "pattern": pattern})
    if match["power"]:
        return Typed(number, {"type": "SCIENTIFIC", "pattern": "0.00E+00"})
    if match["whole"] and not match["whole"].isdigit():
        return Typed(number, {"type": "NUMBER", "pattern": f"#,##0{places}"})
    return Typed(number)


_CLOCK = re.compile(
    r"(?:(?P<date>.*?)(?:\s+|(?<=\d)T(?=\d)))?"
    r"(?P<h>\d{1,2})(?::(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d(?:\.\d+)?))?)?\s*(?P<half>[AaPp][Mm])?"
)
_ISO = re.compile(r"(?P<y>\d{4})([-/.])(?P<m>\d{1,2})\2(?P<d>\d{1,2})")
_NUMERIC = re.compile(r"(\d{1,2})([-/.])(\d{1,2})(?:\2(\d{4}|\d{2}))?")
_NAMED = (
    re.compile(r"(?P<m>[A-Za-z]{3,9})\.? (?P<d>\d{1,2})(?:, ?(?P<y>\d{4}))?"),
    re.compile(r"(?P<d>\d{1,2})[ -](?P<m>[A-Za-z]{3,9})\.?(?:[ -](?P<y>\d{4}|\d{2}))?"),
)


def _moment(text: str, of: Locale) -> Typed | None:
    """A date, a time, or both."""
    if day := _day(text, of):
        return Typed(serial(day[0]), {"type": "DATE", "pattern": day[1]} if day[1] else _DATE)
    match = _CLOCK.fullmatch(text)
    if match is None or not (match["m"] or match["half"]):
        return None
    hour, minute, second = int(match["h"]), int(match["m"] or 0), float(match["s"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (match["half"].lower() == "pm")
    part = round((hour * 3600 + minute * 60 + second) / 86400, 10)
    if match["date"] is None:
        pattern = "h:mm" + (":ss" if match["s"] else "") + (" am/pm" if match["half"] else "")
        return Typed(part, {"type": "TIME", "pattern": pattern})
    found = _day(match["date"].rstrip(","), of)
    if found is None or hour > 23:
        return None
    return Typed(serial(found[0]) + part, {"type": "DATE_TIME"})


_DATE = {"type": "DATE"}


def _day(text: str, of: Locale) -> tuple[date, str] | None:
    """The date, and the pattern that shows it as it was typed; an empty one is the locale's."""
    if match := _ISO.fullmatch(text):
        pattern = "yyyy-mm-dd" if match[2] == "-" else f"yyyy{match[2]}m{match[2]}d"
        return _made(match["y"], match["m"], match["d"], pattern)
    if match := _NUMERIC.fullmatch(text):
        if match[2] == "." and of.decimal == "." and of is LOCALES["en_US"]:
            return None
        first, second, year = match[1], match[3], match[4]
        # Where the locale puts the year first, a date of two digits is month and day.
        month, day = (second, first) if of.order == "dmy" else (first, second)
        short = f"d{match[2]}m" if of.order == "dmy" else f"m{match[2]}d"
        return _made(year, month, day, "" if year else short)
    for form in _NAMED:
        match = form.fullmatch(text)
        if match and match["m"].lower() in _MONTH:
            pattern = "mmm d, yyyy" if form is _NAMED[0] else "d mmm yyyy"
            return _made(match["y"], str(_MONTH[match["m"].lower()]), match["d"], pattern)
    return None


def _made(year: str | None, month: str, day: str, pattern: str) -> tuple[date, str] | None:
    whole = int(year) if year else NOW.year
    if year and len(year) == 2:
        whole += 2000 if whole < 30 else 1900
    try:
        return date(whole, int(month), int(day)), pattern
    except ValueError:
        return None
