"""Text in cells: found and replaced, trimmed, split into columns and pasted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from tests.sheets_service import grid
from tests.sheets_service.a1 import Box
from tests.sheets_service.batch_blocks import PASTES, make_room
from tests.sheets_service.batch_cells import within
from tests.sheets_service.celldata import with_formula
from tests.sheets_service.entry import entered
from tests.sheets_service.model import Cell, CellKey, Json, invalid
from tests.sheets_service.numbers import locale
from tests.sheets_service.shown import shown
from tests.sheets_service.work import Handler, Work


def find_replace(work: Work, given: Json) -> Json:
    """`findReplace`: text stays text, what a number shows is typed in again."""
    pattern, replacement = _pattern(given)
    counts = dict.fromkeys(_COUNTS, 0)
    for box in _searched(work, given):
        changed: dict[CellKey, tuple[Cell, int]] = {}
        for key in within(box):
            old = box.sheet.cells[key]
            if not old.blank and (old.formula is None or given.get("includeFormulas")):
                text = old.formula or shown(old, locale(work.book.locale))
                new, count = pattern.subn(replacement, text)
                if count:
                    changed[key] = _retyped(work, box, old, new), count
        if changed:
            work.guard(box, set(changed))
            counts["sheetsChanged"] += 1
            counts["rowsChanged"] += len({row for row, _ in changed})
        for key, (cell, count) in changed.items():
            formula = box.sheet.cells[key].formula is not None
            counts["formulasChanged" if formula else "valuesChanged"] += 1
            counts["occurrencesChanged"] += count
            box.sheet.put(*key, cell)
    return {name: count for name, count in counts.items() if count}


_COUNTS = (
    "valuesChanged",
    "formulasChanged",
    "rowsChanged",
    "sheetsChanged",
    "occurrencesChanged",
)


def _pattern(given: Json) -> tuple[re.Pattern[str], str]:
    find, by = given.get("find", ""), given.get("replacement", "")
    if not find:
        raise invalid("find must not be empty.")
    if given.get("searchByRegex"):
        # Java writes a group as $1, Python as \g<1>.
        by = re.sub(r"\$(\d)", r"\\g<\1>", by.replace("\\", r"\\"))
    else:
        find, by = re.escape(find), by.replace("\\", r"\\")
    if given.get("matchEntireCell"):
        find = rf"\A(?:{find})\Z"
    try:
        return re.compile(find, 0 if given.get("matchCase") else re.I), by
    except re.error as error:
        raise invalid(f"Invalid regular expression: {find}") from error


def _searched(work: Work, given: Json) -> Iterator[Box]:
    scopes = [name for name in ("range", "sheetId", "allSheets") if name in given]
    if len(scopes) != 1:
        raise invalid("Exactly one of range, sheetId and allSheets must be set.")
    if scopes == ["range"]:
        yield grid.box(work.book, given["range"])
    elif scopes == ["sheetId"]:
        yield grid.box(work.book, {"sheetId": given["sheetId"]})
    else:
        for sheet in work.book.sheets:
            yield grid.box(work.book, {"sheetId": sheet.id})


def _retyped(work: Work, box: Box, old: Cell, text: str) -> Cell:
    if old.formula is not None and text.startswith("="):
        return with_formula(work.book, box.sheet, old, text)
    typed = old.formula is None and not isinstance(old.value, str)
    return entered(work.book, box.sheet, old, text, typed=typed)


def trim(work: Work, given: Json) -> Json:
    """`trimWhitespace`."""
    box = grid.box(work.book, given.get("range", {}))
    changed: dict[CellKey, Cell] = {}
    for key in within(box):
        cell = box.sheet.cells[key]
        if isinstance(cell.value, str) and cell.formula is None:
            text = " ".join(cell.value.split())
            if text != cell.value:
                changed[key] = replace(cell, value=text or None, runs=())
    if changed:
        work.guard(box, set(changed))
    for key, cell in changed.items():
        box.sheet.put(*key, cell)
    return {"cellsChangedCount": len(changed)} if changed else {}


_DELIMITERS = {"COMMA": ",", "SEMICOLON": ";", "PERIOD": ".", "SPACE": " "}


def split(work: Work, given: Json) -> None:
    """`textToColumns`: what stood to the right is overwritten."""
    box = grid.box(work.book, given.get("source", {}))
    if box.right - box.left != 1:
        raise invalid("The source must span exactly one column.")
    sheet = box.sheet
    texts = {
        row: value
        for row, column in within(box)
        if isinstance(value := sheet.cells[row, column].value, str)
    }
    kind = given.get("delimiterType", "AUTODETECT")
    delimiter = given.get("delimiter", "") if kind == "CUSTOM" else _DELIMITERS.get(kind)
    if delimiter is None:
        delimiter = max(",;. ", key=lambda sign: sum(sign in text for text in texts.values()))
    if not delimiter:
        raise invalid("A delimiter must be set where the delimiterType is CUSTOM.")
    pieces = {row: text.split(delimiter) for row, text in texts.items()}
    width = max((len(parts) for parts in pieces.values()), default=1)
    make_room(work, sheet, box.bottom, box.left + width)
    work.guard(replace(box, right=box.left + width))
    for row, parts in pieces.items():
        for right, text in enumerate(parts):
            old = sheet.cell(row, box.left + right)
            cell = entered(work.book, sheet, old, text.strip(), typed=True)
            sheet.put(row, box.left + right, cell)


def paste(work: Work, given: Json) -> None:
    """`pasteData`: text with a delimiter, each piece as if typed."""
    if given.get("html"):
        raise invalid("This service does not paste HTML.")
    sheet, top, left = grid.coordinate(work.book, given.get("coordinate", {}))
    delimiter = given.get("delimiter")
    if not delimiter:
        raise invalid("A delimiter must be set.")
    lines = [line.split(delimiter) for line in given.get("data", "").splitlines()]
    if not lines:
        return
    bottom, right = top + len(lines), left + max(len(line) for line in lines)
    make_room(work, sheet, bottom, right)
    work.guard(Box(sheet, top, bottom, left, right))
    method = PASTES[given.get("type", "PASTE_NORMAL")]
    for row, line in enumerate(lines, top):
        for column, text in enumerate(line, left):
            old = sheet.cell(row, column)
            new = entered(work.book, sheet, Cell(format=old.format), text, typed=True)
            kept = replace(new, note=old.note, validation=old.validation)
            sheet.put(row, column, method(old, kept))


REQUESTS: dict[str, Handler] = {
    "findReplace": find_replace,
    "trimWhitespace": trim,
    "textToColumns": split,
    "pasteData": paste,
}
