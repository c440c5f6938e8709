"""A worksheet part read cell by cell: slower, for sheets that the quick reader cannot take."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO
from xml.etree.ElementTree import Element, iterparse

from certsync.ooxml import xml
from certsync.ooxml.ranges import column_number
from certsync.sheets.snapshot import UNCALCULATED, CellError, Value

Show = Callable[[int, float], Value]
"""From a cell format and a number to the value it shows."""

_REFERENCE = re.compile(r"([A-Za-z]+)(\d+)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LATEST = 2_958_466


def shared_strings(part: bytes) -> list[str]:
    """The texts of a shared strings part."""
    texts = []
    for _, element in iterparse(BytesIO(part)):
        if _local(element) == "si":
            texts.append(_text(element))
            element.clear()
    return texts


def cells(
    part: bytes, strings: Sequence[str], show: Show
) -> Iterator[tuple[int, int, Value, bool]]:
    """Each cell with a value or a formula: row, column (1-based), value, has it a formula.

    A row or cell without reference follows the one before, as the format says.
    """
    row = column = 0
    for event, element in iterparse(BytesIO(part), ("start", "end")):
        name = _local(element)
        if event == "start" and name == "row":
            row, column = xml.whole(element.get("r"), row + 1), 0
        elif event == "end" and name == "c":
            place = _REFERENCE.fullmatch(element.get("r", ""))
            column = column_number(place[1]) if place else column + 1
            value = _value(element, strings, show)
            formula = any(_local(child) == "f" for child in element)
            if value is not None or formula:
                yield row, column, value, formula
        elif event == "end" and name == "row":
            element.clear()


def moment(serial: float, *, epoch_1904: bool = False, duration: bool = False) -> Value:
    """What a serial number means in a cell that shows a date, a time or a duration.

    A number that is no date (negative, or past the year 9999) stays a number.
    """
    if duration:
        return timedelta(seconds=round(serial * 86_400))
    days = serial + (1462 if epoch_1904 else 0)
    if serial < 0 or days >= _LATEST:
        return serial
    if serial < 1:
        return (datetime(1900, 1, 1) + timedelta(seconds=round(serial * 86_400))).time()
    # Excel believes in 29 February 1900, so days before it count from one day later.
    start = date(1899, 12, 31) if days < 60 else date(1899, 12, 30)
    at = datetime.combine(start, time()) + timedelta(seconds=round(days * 86_400))
    return at.date() if serial == int(serial) else at


def _value(cell: Element, strings: Sequence[str], show: Show) -> Value:
    kind = cell.get("t", "n")
    parts = {_local(child): child for child in cell}
    if kind == "inlineStr" and "is" in parts:
        return _text(parts["is"]) or None
    stored = parts["v"].text if "v" in parts else None
    if not stored:
        return UNCALCULATED if "f" in parts and kind != "str" else None
    if kind == "s":
        index = xml.whole(stored, -1)
        return (strings[index] if 0 <= index < len(strings) else "") or None
    if kind == "str":
        return _plain(stored) or None
    if kind == "b":
        return stored.strip() in ("1", "true")
    if kind == "e":
        return CellError(stored.strip())
    try:
        if kind == "d":
            at = datetime.fromisoformat(stored.strip())
            return at.date() if "T" not in stored else at
        return show(xml.whole(cell.get("s")), float(stored))
    except (ValueError, OverflowError):
        return stored


def _text(element: Element) -> str:
    """The text of a rich or plain string, without the phonetic guide."""
    pieces = []
    for child in element:
        name = _local(child)
        if name == "t":
            pieces.append(child.text or "")
        elif name == "r":
            pieces += [t.text or "" for t in child if _local(t) == "t"]
    return _plain("".join(pieces))


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]
