"""A value as the inside of a cell: text that stays text, and dates as serial numbers."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta

from certsync.sheets.snapshot import CellError, Value

LONGEST = 32_767
"""The most UTF-16 units Excel keeps in one cell."""

_CUT = "... (cut)"
_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_NO_XML = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_EDGES = re.compile(r"^\s|\s$|[\n\t]|\s\s")
_EPOCH = datetime(1899, 12, 30)
_EPOCH_1904 = datetime(1904, 1, 1)
# Excel believes in 29 February 1900, so days before it count from one day later.
_FALSE_LEAP_DAY = datetime(1900, 3, 1)


def serial(moment: date | datetime, *, epoch_1904: bool = False) -> float | int | None:
    """The serial number of a date; None before the first day Excel can show."""
    at = moment if isinstance(moment, datetime) else datetime(*moment.timetuple()[:3])
    at = at.replace(tzinfo=None)
    past = at - (_EPOCH_1904 if epoch_1904 else _EPOCH)
    if not epoch_1904 and at < _FALSE_LEAP_DAY:
        past -= timedelta(1)
    if past < timedelta(0 if epoch_1904 else 1):
        return None
    days = past / timedelta(1)
    return int(days) if days.is_integer() else days


def rendered(value: Value, prefix: bytes = b"", *, epoch_1904: bool = False) -> tuple[bytes, bytes]:
    """The type attribute (with its leading space) and the content of a cell.

    None gives an empty cell; so does a number that no cell can hold. A date before Excel's first
    day becomes text. `prefix` is that of the sheet's elements, such as `x:`.
    """
    if isinstance(value, date):
        number = serial(value, epoch_1904=epoch_1904)
        value = value.isoformat() if number is None else number
    elif isinstance(value, time):
        value = timedelta(
            hours=value.hour,
            minutes=value.minute,
            seconds=value.second,
            microseconds=value.microsecond,
        ) / timedelta(1)
    elif isinstance(value, timedelta):
        value = value / timedelta(1)
    match value:
        case bool():
            return b' t="b"', _element(prefix, b"v", b"1" if value else b"0")
        case int() | float() if math.isfinite(value):
            return b"", _element(prefix, b"v", repr(value).removesuffix(".0").encode())
        case CellError():
            return b' t="e"', _element(prefix, b"v", value.code.encode())
        case str():
            return b' t="inlineStr"', _inline(value, prefix)
        case _:
            return b"", b""


def _element(prefix: bytes, name: bytes, content: bytes) -> bytes:
    return b"<%s%s>%s</%s%s>" % (prefix, name, content, prefix, name)


def _inline(text: str, prefix: bytes) -> bytes:
    shown = _ESCAPED.sub("_x005F_", _within(text))
    shown = _NO_XML.sub(_as_excel_escapes, shown)
    kept = ' xml:space="preserve"' if _EDGES.search(shown) else ""
    shown = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    name = prefix.decode()
    return f"<{name}is><{name}t{kept}>{shown}</{name}t></{name}is>".encode()


def _as_excel_escapes(match: re.Match[str]) -> str:
    character = match[0]
    return "\ufffd" if "\ud800" <= character <= "\udfff" else f"_x{ord(character):04X}_"


def _within(text: str) -> str:
    """The text, cut where it is longer than a cell may be, with a mark at the cut."""
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * LONGEST:
        return text
    kept = units[: 2 * (LONGEST - len(_CUT))]
    return kept.decode("utf-16-le", "ignore") + _CUT
