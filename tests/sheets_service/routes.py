"""Which address of the Sheets API does what."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from tests.sheets_service import a1, batch, document, filters, masks, schema, values
from tests.sheets_service.documents import Documents
from tests.sheets_service.model import Book, GoogleError, Json, Sheet, invalid
from tests.sheets_service.sent import metadata_json


@dataclass(frozen=True)
class Visit:
    """One request that found its way. `book` is the visitor's own copy, to be changed."""

    book: Book
    path: Mapping[str, str]
    query: Mapping[str, list[str]]
    body: Json
    email: str
    documents: Documents

    @property
    def url(self) -> str:
        """Where a person would open the spreadsheet."""
        return f"https://docs.google.com/spreadsheets/d/{self.book.id}/edit"

    @property
    def mask(self) -> str | None:
        """The field mask of the answer."""
        return self.query["fields"][-1] if "fields" in self.query else None

    @property
    def params(self) -> dict[str, list[str]]:
        """The query as the values API takes it."""
        return dict(self.query)


Run = Callable[[Visit], Json]


@dataclass(frozen=True)
class Route:
    """An address. `id` is the method's name in Google's schema; `masked` answers as asked."""

    verb: str
    pattern: re.Pattern[str]
    id: str
    run: Run
    writes: bool = False
    masked: bool = False


def _get(visit: Visit) -> Json:
    flag = visit.query.get("includeGridData", ["false"])[-1].lower() == "true"
    ranges = [a1.parse(visit.book, text) for text in visit.query.get("ranges", [])] or None
    return document.spreadsheet(
        visit.book, url=visit.url, ranges=ranges, grid_data=flag, mask=visit.mask
    )


def _by_data_filter(visit: Visit) -> Json:
    return document.by_data_filter(visit.book, visit.body, visit.url, visit.mask)


def _batch_update(visit: Visit) -> Json:
    return batch.apply(visit.book, visit.body, url=visit.url)


def _values_get(visit: Visit) -> Json:
    return values.get(visit.book, visit.path["range"], visit.params)


def _values_update(visit: Visit) -> Json:
    return values.update(visit.book, visit.path["range"], visit.params, visit.body)


def _values_append(visit: Visit) -> Json:
    return values.append(visit.book, visit.path["range"], visit.params, visit.body)


def _values_clear(visit: Visit) -> Json:
    return values.clear(visit.book, visit.path["range"])


def _metadata(visit: Visit) -> Json:
    wanted = {"metadataId": int(visit.path["metadata"])}
    found = filters.lookup(visit.book, wanted)
    if not found:
        raise invalid(f"No developer metadata with id: {wanted['metadataId']}")
    return metadata_json(found[0])


def _search_metadata(visit: Visit) -> Json:
    matched: dict[int, Json] = {}
    for data_filter in visit.body.get("dataFilters", []):
        for piece in filters.lookup(visit.book, data_filter.get("developerMetadataLookup", {})):
            hit = matched.setdefault(
                piece.id,
                {"developerMetadata": metadata_json(piece), "dataFilters": []},
            )
            hit["dataFilters"].append(data_filter)
    return {"matchedDeveloperMetadata": list(matched.values())} if matched else {}


def _copy_to(visit: Visit) -> Json:
    target = visit.documents.opened(
        visit.body.get("destinationSpreadsheetId", ""), visit.email, write=True
    ).book
    book = visit.book if target.id == visit.book.id else target.copy()
    source = visit.book.sheet(int(visit.path["sheet"]))
    copied = copied_sheet(source, book)
    book.sheets.append(copied)
    if book is not visit.book:
        visit.documents.commit(book)
    properties: Json = document.sheet_json(book, copied)["properties"]
    return properties


def copied_sheet(source: Sheet, book: Book) -> Sheet:
    """A copy of a tab for this book, with ids and a title of its own."""
    title, number = f"Copy of {source.title}", 1
    while book.titled(title):
        number += 1
        title = f"Copy of {source.title} {number}"
    copied = source.copy()
    copied.id, copied.title = book.new_id(), title
    for name in (
        "merges",
        "conditional_formats",
        "charts",
        "protected_ranges",
        "banded_ranges",
        "filter_views",
        "basic_filter",
        "dimension_groups",
    ):
        setattr(copied, name, _moved(getattr(copied, name), source.id, copied.id))
    copied.tables = []
    for kind, key in (
        ("charts", "chartId"),
        ("protected_ranges", "protectedRangeId"),
        ("banded_ranges", "bandedRangeId"),
        ("filter_views", "filterViewId"),
    ):
        setattr(copied, kind, [{**one, key: book.new_id()} for one in getattr(copied, kind)])
    return copied


def _moved(value: Any, old: int, new: int) -> Any:
    """The same in Google's form, with one sheet's id put for another's."""
    if isinstance(value, list):
        return [_moved(item, old, new) for item in value]
    if isinstance(value, dict):
        return {
            key: new if key == "sheetId" and item == old else _moved(item, old, new)
            for key, item in value.items()
        }
    return value


def created(body: Json, id: str) -> Book:
    """The book of a `spreadsheets.create`."""
    properties = body.get("properties", {})
    book = Book(
        id,
        properties.get("title", "Untitled spreadsheet"),
        properties.get("locale", "en_US"),
        properties.get("timeZone", "Etc/GMT"),
        [Sheet(0, "Sheet1")],
    )
    if wanted := body.get("sheets"):
        # A spreadsheet is never without a tab: the first one goes when the others are there.
        book.sheets[0] = Sheet(-1, "\0")
        requests: list[Json] = [
            {"addSheet": {"properties": s.get("properties", {})}} for s in wanted
        ]
        batch.apply(book, {"requests": requests}, owner=True)
        book.sheets.pop(0)
    return book


_BASE = r"/v4/spreadsheets/(?P<id>[^/:]+)"
_VALUES = _BASE + "/values"
_RANGE = _VALUES + r"/(?P<range>[^/]+?)"
_METADATA = _BASE + "/developerMetadata"


def _asked(run: Callable[[Book, dict[str, list[str]]], Json]) -> Run:
    """A method that needs its query alone."""
    return lambda visit: run(visit.book, visit.params)


def _told(run: Callable[[Book, Json], Json]) -> Run:
    """A method that needs its body alone."""
    return lambda visit: run(visit.book, visit.body)


_TABLE: tuple[tuple[str, str, str, Run, str], ...] = (
    ("GET", _BASE, "get", _get, "masked"),
    ("POST", _BASE + ":getByDataFilter", "getByDataFilter", _by_data_filter, "masked"),
    ("POST", _BASE + ":batchUpdate", "batchUpdate", _batch_update, "writes"),
    ("POST", _BASE + r"/sheets/(?P<sheet>\d+):copyTo", "sheets.copyTo", _copy_to, "writes"),
    ("GET", _METADATA + r"/(?P<metadata>\d+)", "developerMetadata.get", _metadata, ""),
    ("POST", _METADATA + ":search", "developerMetadata.search", _search_metadata, ""),
    ("GET", _RANGE, "values.get", _values_get, ""),
    ("PUT", _RANGE, "values.update", _values_update, "writes"),
    ("POST", _RANGE + ":append", "values.append", _values_append, "writes"),
    ("POST", _RANGE + ":clear", "values.clear", _values_clear, "writes"),
    ("GET", _VALUES + ":batchGet", "values.batchGet", _asked(values.batch_get), ""),
    *(
        ("POST", f"{_VALUES}:{name}", f"values.{name}", _told(run), how)
        for name, run, how in (
            ("batchUpdate", values.batch_update, "writes"),
            ("batchClear", values.batch_clear, "writes"),
            ("batchGetByDataFilter", values.batch_get_by_data_filter, ""),
            ("batchUpdateByDataFilter", values.batch_update_by_data_filter, "writes"),
            ("batchClearByDataFilter", values.batch_clear_by_data_filter, "writes"),
        )
    ),
)

ROUTES = [
    Route(
        verb, re.compile(path), f"sheets.spreadsheets.{id}", run, "writes" in how, "masked" in how
    )
    for verb, path, id, run, how in _TABLE
]
CREATE = "sheets.spreadsheets.create"


def find(verb: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of a path with escapes, and what stands in its places."""
    for route in ROUTES:
        if route.verb == verb and (match := route.pattern.fullmatch(path)):
            return route, {name: unquote(text) for name, text in match.groupdict().items()}
    return None


def masked(route: Route, answer: Json, mask: str | None) -> Json:
    """The answer, less what its field mask leaves out."""
    if mask is None or route.masked:
        return answer
    return masks.apply(answer, mask, schema.methods("sheets.v4")[route.id]["response"]["$ref"])


def unknown() -> GoogleError:
    """404 for an address that is none."""
    return GoogleError(404, "NOT_FOUND", "Method not found.")
