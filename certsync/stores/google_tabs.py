"""Generated tabs as requests: the dashboard rebuilt where it stands, and the mark it carries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from certsync.dashboard.to_google import PROTECTION, Target, render
from certsync.sheets.edits import TabEdit
from certsync.stores.google_book import TAB_KEY, BookInfo, Json, SheetInfo, mark_value
from certsync.stores.google_sight import filter_of


@dataclass(frozen=True)
class Built:
    """The requests for one generated tab, its title, and the mark that tells that they came in."""

    title: str
    sheet: int
    mark: str
    requests: Sequence[Json]


def built(edit: TabEdit, book: BookInfo, new_id: Callable[[], int]) -> Built:
    """A generated tab, rebuilt in its place or added as the first one."""
    old = book.generated(edit.key)
    sheet = old.id if old else new_id()
    title = old.title if old else _free_title(book, edit.layout.title)
    charts = tuple(new_id() for _ in edit.layout.charts)
    gids = {info.title: info.id for info in book.sheets} | {title: sheet}
    requests = render(edit.layout, _target(old, sheet, title, gids), charts)
    mark = mark_value(edit.key, edit.stamp, sheet, charts)
    return Built(title, sheet, mark, [*requests, *_marked(old, sheet, mark, new_id)])


def _target(old: SheetInfo | None, sheet: int, title: str, gids: dict[str, int]) -> Target:
    if old is None or old.mark is None:
        return Target(sheet, title, new=True, gids=gids)
    return Target(
        sheet,
        title,
        new=False,
        gids=gids,
        # A chart that a person put there is the person's.
        chart_ids=tuple(chart for chart in old.charts if chart in old.mark.charts),
        rules=len(old.rules),
        banded_ranges=old.bandings,
        tables=tuple(table["tableId"] for table in old.google_tables),
        protected=any(p.get("description") == PROTECTION for p in old.protections),
    )


def _marked(
    old: SheetInfo | None, sheet: int, mark: str, new_id: Callable[[], int]
) -> Iterator[Json]:
    """The mark put on the tab, in place of an older one.

    It is made anew, not updated: in a copy of a spreadsheet an update may change nothing.
    """
    if old is not None and old.mark is not None:
        yield {"deleteDeveloperMetadata": {"dataFilter": filter_of(old.mark.metadata)}}
    piece = {
        "metadataId": new_id(),
        "metadataKey": TAB_KEY,
        "metadataValue": mark,
        "visibility": "DOCUMENT",
        "location": {"sheetId": sheet},
    }
    yield {"createDeveloperMetadata": {"developerMetadata": piece}}


def _free_title(book: BookInfo, title: str) -> str:
    taken = {sheet.title.casefold() for sheet in book.sheets}
    names = [title, f"{title} (certsync)", *(f"{title} (certsync {n})" for n in range(2, 100))]
    return next(name for name in names if name.casefold() not in taken)
