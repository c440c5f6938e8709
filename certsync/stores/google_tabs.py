"""Generated tabs as requests: each rebuilt where it stands, with the mark it carries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

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


def built(edits: Sequence[TabEdit], book: BookInfo, new_id: Callable[[], int]) -> list[Built]:
    """Generated tabs for one request, in this order: rebuilt in their places, or added."""
    titles = {edit.key: old.title for edit in edits if (old := book.generated(edit.key))}
    taken = {sheet.title for sheet in book.sheets}
    places = [sheet.mark.key if sheet.mark else None for sheet in book.sheets]
    made = []
    for edit in edits:
        old = book.generated(edit.key)
        place = places.index(edit.after) + 1 if edit.after in places else 0
        if old is None:
            titles[edit.key] = _free_title(taken, edit.layout.title)
            taken.add(titles[edit.key])
            places.insert(place, edit.key)
        made.append(_built(edit, book, old, titles[edit.key], place, new_id))
    return made


def _built(
    edit: TabEdit,
    book: BookInfo,
    old: SheetInfo | None,
    title: str,
    place: int,
    new_id: Callable[[], int],
) -> Built:
    sheet = old.id if old else new_id()
    charts = tuple(new_id() for _ in edit.layout.charts)
    gids = {info.title: info.id for info in book.sheets} | {title: sheet}
    target = _target(old, Target(sheet, title, new=True, gids=gids, place=place))
    requests = render(edit.layout, target, charts)
    mark = mark_value(edit.key, edit.stamp, sheet, charts)
    return Built(title, sheet, mark, [*requests, *_marked(old, sheet, mark, new_id)])


def _target(old: SheetInfo | None, new: Target) -> Target:
    if old is None or old.mark is None:
        return new
    return replace(
        new,
        new=False,
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


def _free_title(taken: Collection[str], title: str) -> str:
    used = {name.casefold() for name in taken}
    names = [title, f"{title} (certsync)", *(f"{title} (certsync {n})" for n in range(2, 100))]
    return next(name for name in names if name.casefold() not in used)
