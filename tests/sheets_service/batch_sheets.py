"""The spreadsheet and its tabs: added, deleted, copied, renamed, sized, hidden and moved."""

from __future__ import annotations

from dataclasses import replace

from tests.sheets_service import carried, document, references
from tests.sheets_service.dimensions import Span, remove
from tests.sheets_service.grid import Dimension, size
from tests.sheets_service.ids import retagged
from tests.sheets_service.masked import everything, mask
from tests.sheets_service.model import Book, Json, Sheet, invalid
from tests.sheets_service.work import Handler, Work

_BOOK_FIELDS = {"title": "title", "locale": "locale", "timeZone": "timezone"}
_FLAGS = {"hidden": "hidden", "rightToLeft": "right_to_left"}
_GRID_FLAGS = {"hideGridlines": "hide_gridlines"}
_SIZES: dict[str, Dimension] = {"rowCount": "ROWS", "columnCount": "COLUMNS"}
_FROZEN = {"frozenRowCount": "frozen_rows", "frozenColumnCount": "frozen_columns"}
_WORDS = {"ROWS": "row", "COLUMNS": "column"}


def update_book(work: Work, given: Json) -> None:
    """`updateSpreadsheetProperties`: title, locale and time zone; the rest is passed over."""
    tree, new = mask(given, "SpreadsheetProperties"), given.get("properties", {})
    for name, attribute in _BOOK_FIELDS.items():
        if name in tree or (everything(tree) and name in new):
            if not new.get(name):
                raise invalid(f"{name} must not be empty.")
            setattr(work.book, attribute, new[name])


def add(work: Work, given: Json) -> Json:
    """`addSheet`."""
    book, new = work.book, given.get("properties", {})
    if new.get("sheetType", "GRID") != "GRID":
        raise invalid("This service only adds sheets of the type GRID.")
    title = new.get("title") or _free_title(book, "Sheet")
    _check_title(book, title)
    sheet = Sheet(_new_sheet_id(book, new.get("sheetId")), title, 1000, 26)
    grid = new.get("gridProperties", {})
    for name, dimension in _SIZES.items():
        _set_size(sheet, dimension, grid.get(name) or size(sheet, dimension))
    work.room_for(sheet.rows * sheet.columns)
    _set_looks(sheet, new, {name: {} for name in ("gridProperties", *_LOOKS)})
    _check_frozen(sheet)
    _put(book, sheet, new.get("index"))
    return {"properties": document.sheet_properties(book, sheet)}


def delete(work: Work, given: Json) -> None:
    """`deleteSheet`."""
    book, sheet = work.book, work.book.sheet(given.get("sheetId", 0))
    rest = [other for other in book.sheets if other is not sheet]
    if not rest:
        raise invalid("You can't remove all the sheets in a document.")
    if all(other.hidden for other in rest):
        raise invalid("You can't remove all the visible sheets in a document.")
    work.guard_sheet(sheet)
    book.sheets = rest
    book.metadata = [piece for piece in book.metadata if piece.sheet != sheet.id]
    carried.forget(book, sheet.id)
    carried.formulas(book, lambda text, _own: references.retitled(text, sheet.title, None))


def duplicate(work: Work, given: Json) -> Json:
    """`duplicateSheet`: with all that is on the tab, under ids of its own."""
    book = work.book
    source = book.sheet(given.get("sourceSheetId", 0))
    title = given.get("newSheetName") or _copy_title(book, source.title)
    _check_title(book, title)
    work.room_for(source.rows * source.columns)
    copy = replace(
        source.copy(), id=_new_sheet_id(book, given.get("newSheetId")), title=title, hidden=False
    )
    book.sheets.insert(min(given.get("insertSheetIndex", 0), len(book.sheets)), copy)
    retagged(book, copy, source.id)
    book.metadata += [
        replace(piece, id=book.new_id(), sheet=copy.id)
        for piece in book.metadata
        if piece.sheet == source.id
    ]
    return {"properties": document.sheet_properties(book, copy)}


def update(work: Work, given: Json) -> None:
    """`updateSheetProperties`."""
    book, new = work.book, given.get("properties", {})
    sheet, tree = book.sheet(new.get("sheetId", 0)), mask(given, "SheetProperties")
    if everything(tree):
        tree = {name: {} for name in ("title", "index", "gridProperties", *_LOOKS)}
    if "sheetType" in tree and new.get("sheetType", "GRID") != "GRID":
        raise invalid("The sheetType cannot be changed.")
    work.guard_properties(sheet)
    if "title" in tree:
        _rename(book, sheet, new.get("title") or "")
    _resize(work, sheet, new.get("gridProperties", {}), tree)
    _set_looks(sheet, new, tree)
    _check_frozen(sheet)
    if all(other.hidden for other in book.sheets):
        raise invalid("You can't hide all the sheets in a document.")
    if "index" in tree:
        _move(book, sheet, new.get("index"))


_LOOKS = ("hidden", "rightToLeft", "tabColor", "tabColorStyle")


def _set_looks(sheet: Sheet, new: Json, tree: Json) -> None:
    """Set what needs no other tab; `tree` says which."""
    for name, attribute in _FLAGS.items():
        if name in tree:
            setattr(sheet, attribute, bool(new.get(name)))
    if "tabColor" in tree or "tabColorStyle" in tree:
        style = new.get("tabColorStyle") or {}
        sheet.tab_color = style if style else new.get("tabColor")
    grid = new.get("gridProperties", {})
    for names, kind in ((_GRID_FLAGS, bool), (_FROZEN, int)):
        for name, attribute in names.items():
            if _listed(tree, name):
                setattr(sheet, attribute, kind(grid.get(name) or 0))


def _resize(work: Work, sheet: Sheet, grid: Json, tree: Json) -> None:
    wanted = {
        dimension: grid.get(name, 0)
        for name, dimension in _SIZES.items()
        if _listed(tree, name) and (name in grid or _named(tree, name))
    }
    rows, columns = wanted.get("ROWS", sheet.rows), wanted.get("COLUMNS", sheet.columns)
    work.room_for(rows * columns - sheet.rows * sheet.columns)
    for dimension, count in wanted.items():
        limit = size(sheet, dimension)
        if count < limit and count > 0:
            work.guard_span(sheet, dimension, count, limit)
            remove(work, Span(sheet, dimension, count, limit))
        _set_size(sheet, dimension, count)


def _set_size(sheet: Sheet, dimension: Dimension, count: int) -> None:
    if count < 1:
        raise invalid(f"A sheet must have at least one {_WORDS[dimension]}.")
    if dimension == "ROWS":
        sheet.rows = count
    else:
        sheet.columns = count


def _check_frozen(sheet: Sheet) -> None:
    for dimension, frozen in (("ROWS", sheet.frozen_rows), ("COLUMNS", sheet.frozen_columns)):
        limit = sheet.rows if dimension == "ROWS" else sheet.columns
        if frozen < 0 or frozen >= limit:
            raise invalid(f"You can't freeze all visible {_WORDS[dimension]}s on the sheet.")


def _listed(tree: Json, name: str) -> bool:
    """Whether a mask covers this field of the gridProperties."""
    below = tree.get("gridProperties")
    return below is not None and (not below or name in below or everything(below))


def _named(tree: Json, name: str) -> bool:
    return name in (tree.get("gridProperties") or {})


def _rename(book: Book, sheet: Sheet, title: str) -> None:
    if title == sheet.title:
        return
    if not title:
        raise invalid("The title of a sheet must not be empty.")
    _check_title(book, title, besides=sheet)
    old, sheet.title = sheet.title, title
    carried.formulas(book, lambda text, _own: references.retitled(text, old, title))


def _move(book: Book, sheet: Sheet, index: int | None) -> None:
    """Put a tab before what stands at this index now; without one, to the end."""
    at = book.sheets.index(sheet)
    to = len(book.sheets) if index is None else index
    if to < 0 or to > len(book.sheets):
        raise invalid(f"index[{to}] is not between 0 and {len(book.sheets)}.")
    if to in (at, at + 1):
        return
    book.sheets.pop(at)
    book.sheets.insert(to - 1 if to > at else to, sheet)


def _put(book: Book, sheet: Sheet, index: int | None) -> None:
    if index is not None and not 0 <= index <= len(book.sheets):
        raise invalid(f"index[{index}] is not between 0 and {len(book.sheets)}.")
    book.sheets.insert(len(book.sheets) if index is None else index, sheet)


def _new_sheet_id(book: Book, wanted: int | None) -> int:
    if wanted is None:
        return book.new_id()
    if wanted < 0:
        raise invalid(f"The sheetId must not be negative: {wanted}")
    if any(sheet.id == wanted for sheet in book.sheets):
        raise invalid(f"A sheet with the ID {wanted} already exists.")
    return wanted


def _check_title(book: Book, title: str, besides: Sheet | None = None) -> None:
    taken = book.titled(title)
    if taken is not None and taken is not besides:
        raise invalid(f'A sheet with the name "{title}" already exists. Please enter another name.')
    if len(title) > 100:
        raise invalid("The title of a sheet must not be longer than 100 characters.")


def _free_title(book: Book, base: str) -> str:
    return next(t for n in range(1, 10_000) if book.titled(t := f"{base}{n}") is None)


def _copy_title(book: Book, title: str) -> str:
    names = (f"Copy of {title}" + (f" {n}" if n else "") for n in range(10_000))
    return next(name for name in names if book.titled(name) is None)


REQUESTS: dict[str, Handler] = {
    "updateSpreadsheetProperties": update_book,
    "addSheet": add,
    "deleteSheet": delete,
    "duplicateSheet": duplicate,
    "updateSheetProperties": update,
}
