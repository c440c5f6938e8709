"""Cells between Google's JSON and ours: serial numbers, padded numbers, errors, text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from certsync.dashboard.google_style import serial, text
from certsync.sheets.edits import Kind
from certsync.sheets.padding import padded, padding
from certsync.sheets.snapshot import CellError, Value

Entered = str | int | float | bool | None
"""A value as the API takes it with RAW: None leaves the cell alone, "" empties it."""

_DAY_ZERO = date(1899, 12, 30)
# Google tells the cause behind the error: "#DIV/0! (Function DIVIDE parameter 2 cannot be zero.)".
_ERROR = re.compile(
    r"(#N/A|#REF!|#VALUE!|#DIV/0!|#NAME\?|#NUM!|#NULL!|#ERROR!|#SPILL!)(?: \(.*\))?", re.DOTALL
)
_MOMENT = re.compile(r"\[[hms]+\]", re.IGNORECASE)


def value(read: object, number_format: Mapping[str, str] | None) -> Value:
    """A cell read with UNFORMATTED_VALUE and SERIAL_NUMBER, by the number format it carries.

    A number is a date where its format shows one, and text where its format pads it with zeros:
    that is how an ID is kept whose zeros a person wants to see.
    """
    if read is None or read == "":
        return None
    if isinstance(read, str):
        error = _ERROR.fullmatch(read) if read.startswith("#") else None
        return CellError(error[1]) if error else read
    if isinstance(read, bool):
        return read
    if not isinstance(read, int | float):
        return str(read)
    return _number(read, number_format) if number_format else read


def _number(number: float, number_format: Mapping[str, str]) -> Value:
    kind, pattern = number_format.get("type"), number_format.get("pattern", "")
    if kind in ("DATE", "DATE_TIME", "TIME"):
        return _moment(number, duration=bool(_MOMENT.search(pattern)))
    if (how := padding(pattern)) and number >= 0 and number == int(number):
        return padded(number, how)
    return number


def _moment(serial: float, *, duration: bool) -> Value:
    """What a serial number shows: a day, a moment, a time of day or a duration."""
    try:
        if duration:
            return timedelta(days=serial)
        days, rest = divmod(round(serial * 86_400), 86_400)
        day = _DAY_ZERO + timedelta(days=days)
    except (OverflowError, ValueError):
        return serial
    clock = time(rest // 3600, rest // 60 % 60, rest % 60)
    if days == 0 and rest:
        return clock
    return datetime.combine(day, clock) if rest else day


def entered(planned: Value, kind: Kind | None = None) -> Entered:
    """A planned value as RAW takes it; dates are serial numbers, and None empties the cell."""
    if planned is None:
        return ""
    if isinstance(planned, date):
        return serial(planned)
    if isinstance(planned, bool | int | float) and kind != "text":
        return planned
    return text(str(planned))
