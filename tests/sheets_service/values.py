"""The values methods: get, update, append and clear, by A1 range or by data filter.

Each takes a book, which the writing ones change, and what came with the request. What a batch
answers is read after all of its writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.sheets_service import a1, appending, filters, reading, writing
from tests.sheets_service.a1 import Box
from tests.sheets_service.model import Book, GoogleError, Json, invalid
from tests.sheets_service.numbers import locale
from tests.sheets_service.reading import Options
from tests.sheets_service.writing import Written

Params = Mapping[str, list[str]]


def get(book: Book, range: str, params: Params) -> Json:
    """`spreadsheets.values.get`. Raises GoogleError, as every method here does."""
    return _value_range(book, a1.parse(book, range), Options.of(_single(params)))


def batch_get(book: Book, params: Params) -> Json:
    """`spreadsheets.values.batchGet`: in the order of the ranges."""
    options = Options.of(_single(params))
    areas = [a1.parse(book, text) for text in params.get("ranges", [])]
    found = [_value_range(book, area, options) for area in areas]
    return _answer(book, valueRanges=found)


def batch_get_by_data_filter(book: Book, body: Json) -> Json:
    """`spreadsheets.values.batchGetByDataFilter`: a range of two filters is answered once."""
    options = Options.of(body)
    found: dict[str, Json] = {}
    for i, data_filter in enumerate(body.get("dataFilters", [])):
        with _at(f"dataFilters[{i}]"):
            for area in filters.ranges(book, data_filter):
                name = a1.write(book, area)
                if name not in found:
                    values = _value_range(book, area, options)
                    found[name] = {"valueRange": values, "dataFilters": []}
                if data_filter not in found[name]["dataFilters"]:
                    found[name]["dataFilters"].append(data_filter)
    return _answer(book, valueRanges=list(found.values()))


def update(book: Book, range: str, params: Params, body: Json) -> Json:
    """`spreadsheets.values.update`."""
    given = _single(params)
    typed = _typed(given)
    written = writing.write(book, a1.parse(book, range), body, typed=typed, name=range)
    return _answer(book, **written.answer(book, given))


def batch_update(book: Book, body: Json) -> Json:
    """`spreadsheets.values.batchUpdate`."""
    typed, done = _typed(body), []
    for i, data in enumerate(body.get("data", [])):
        with _at(f"data[{i}]"):
            name = data.get("range", "")
            area = a1.parse(book, name)
            done.append(writing.write(book, area, data, typed=typed, name=name, path=f"data[{i}]"))
    answers = [_answer(book, **written.answer(book, body)) for written in done]
    return _answer(book, **writing.totals(done), responses=answers)


def batch_update_by_data_filter(book: Book, body: Json) -> Json:
    """`spreadsheets.values.batchUpdateByDataFilter`: a filter that selects nothing writes nothing.

    Every range is found before anything is written.
    """
    typed, found = _typed(body), []
    for i, data in enumerate(body.get("data", [])):
        with _at(f"data[{i}]"):
            wanted = data.get("dataFilter", {})
            found += [(i, data, area) for area in filters.ranges(book, wanted)]
    done: list[tuple[Json, Written]] = []
    for i, data, area in found:
        with _at(f"data[{i}]"):
            written = writing.write(book, area, data, typed=typed, path=f"data[{i}]")
            done.append((data["dataFilter"], written))
    answers = [{**w.answer(book, body), "dataFilter": wanted} for wanted, w in done]
    return _answer(book, **writing.totals([w for _, w in done]), responses=answers)


def append(book: Book, range: str, params: Params, body: Json) -> Json:
    """`spreadsheets.values.append`: behind the last table that the range touches."""
    given = _single(params)
    typed = _typed(given)
    box = a1.box(book, a1.parse(book, range))
    table = appending.table(box)
    top, left = (table.bottom, table.left) if table else (box.top, box.left)
    table_range = table.a1() if table else None
    lines = body.get("values") or []
    down, across = len(lines), max((len(x) for x in lines if isinstance(x, list)), default=0)
    if body.get("majorDimension") == "COLUMNS":
        down, across = across, down
    room = Box(box.sheet, top, top + max(down, 1), left, left + max(across, 1))
    if given.get("insertDataOption") == "INSERT_ROWS" and top < box.sheet.rows and lines:
        room = _inserted(book, room)
    appending.grow(book, room)
    written = writing.write(book, room.grid_range(), body, typed=typed)
    updates = _answer(book, **written.answer(book, given))
    return _answer(book, tableRange=table_range, updates=updates)


def clear(book: Book, range: str) -> Json:
    """`spreadsheets.values.clear`."""
    return _answer(book, clearedRange=_cleared(book, a1.parse(book, range)))


def batch_clear(book: Book, body: Json) -> Json:
    """`spreadsheets.values.batchClear`."""
    cleared = []
    for i, text in enumerate(body.get("ranges", [])):
        with _at(f"range[{i}]"):
            cleared.append(_cleared(book, a1.parse(book, text)))
    return _answer(book, clearedRanges=cleared)


def batch_clear_by_data_filter(book: Book, body: Json) -> Json:
    """`spreadsheets.values.batchClearByDataFilter`."""
    cleared = []
    for i, data_filter in enumerate(body.get("dataFilters", [])):
        with _at(f"dataFilters[{i}]"):
            areas = filters.ranges(book, data_filter)
            cleared += [_cleared(book, area) for area in areas]
    return _answer(book, clearedRanges=cleared)


def _value_range(book: Book, area: Json, options: Options) -> Json:
    return reading.value_range(a1.box(book, area), options, locale(book.locale))


def _cleared(book: Book, area: Json) -> str:
    box = a1.box(book, area)
    writing.clear(book, box)
    return box.a1()


def _inserted(book: Book, room: Box) -> Box:
    """The room, after rows were inserted for it."""
    from tests.sheets_service import batch

    rows = {"sheetId": room.sheet.id, "dimension": "ROWS"}
    rows |= {"startIndex": room.top, "endIndex": room.bottom}
    insert = {"insertDimension": {"range": rows, "inheritFromBefore": room.top > 0}}
    batch.apply(book, {"requests": [insert]}, owner=True)
    return Box(book.sheet(room.sheet.id), room.top, room.bottom, room.left, room.right)


def _typed(given: Json) -> bool:
    """Whether values are USER_ENTERED. Raises GoogleError where the request does not say."""
    option = given.get("valueInputOption")
    if option not in ("RAW", "USER_ENTERED"):
        raise invalid("'valueInputOption' is required but not specified")
    return bool(option == "USER_ENTERED")


def _single(params: Params) -> Json:
    """The query with one value for each name; the last one counts."""
    given: Json = {name: texts[-1] for name, texts in params.items() if texts}
    if "includeValuesInResponse" in given:
        given["includeValuesInResponse"] = given["includeValuesInResponse"].lower() == "true"
    return given


def _answer(book: Book, **parts: Any) -> Json:
    """An answer with the spreadsheet's id; what is empty is left out."""
    return {"spreadsheetId": book.id} | {k: v for k, v in parts.items() if v not in (None, [])}


@contextmanager
def _at(path: str) -> Iterator[None]:
    """Say in a refusal which part of the request it is about."""
    try:
        yield
    except GoogleError as error:
        if error.message.startswith("Invalid "):
            raise
        message = f"Invalid {path}: {error.message}"
        raise GoogleError(error.code, error.status, message, error.details) from error
