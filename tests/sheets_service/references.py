"""References in formulas: they follow the cells they name, and change where a formula is copied."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from tests.sheets_service.a1 import quoted
from tests.sheets_service.grid import FAR
from tests.sheets_service.model import Json, column_index, column_letters

LOST = "#REF!"
"""What stands in a formula for a cell that is gone."""

_CELL, _COLUMN, _ROW = r"\$?[A-Z]{1,3}\$?[1-9]\d*", r"\$?[A-Z]{1,3}", r"\$?[1-9]\d*"
_TOKEN = re.compile(
    rf"""
    "(?:[^"]|"")*"
    | (?P<tab>(?:'(?:[^']|'')+'|[^\W\d][\w.]*)!)?
      (?P<area>{_CELL}(?::(?:{_CELL}|{_COLUMN}|{_ROW}))?
        |{_COLUMN}:(?:{_CELL}|{_COLUMN})|{_ROW}:(?:{_CELL}|{_ROW}))(?![\w(.!\[])
    | (?P<gone>(?:'(?:[^']|'')+'|[^\W\d][\w.]*)!)\#REF!
    | '(?:[^']|'')*' | [^\W\d][\w.]* | \d[\w.]*
    """,
    re.X | re.I,
)
_CORNER = re.compile(r"(?:(\$?)([A-Z]{1,3}))?(?:(\$?)(\d+))?", re.I)


@dataclass(frozen=True)
class Corner:
    """One end of a reference. A row or column of None is not bounded; `fixed` ones have a $."""

    row: int | None
    column: int | None
    row_fixed: bool
    column_fixed: bool

    def text(self) -> str:
        """As it stands in a formula."""
        column = "" if self.column is None else column_letters(self.column)
        row = "" if self.row is None else str(self.row + 1)
        return f"{'$' * self.column_fixed}{column}{'$' * self.row_fixed}{row}"


@dataclass(frozen=True)
class Reference:
    """A cell or range named in a formula. `tab` is how the formula spells the title, with `!`."""

    tab: str
    first: Corner
    last: Corner | None
    text: str

    @property
    def title(self) -> str | None:
        """The title of the tab it names; None for the formula's own."""
        if not self.tab:
            return None
        name = self.tab[:-1]
        return name[1:-1].replace("''", "'") if name[0] == "'" else name

    def grid_range(self, sheet: int) -> Json:
        """The cells it names, on the tab with this id."""
        last = self.last or self.first
        area: Json = {"sheetId": sheet}
        for side, one, other in (
            ("Row", self.first.row, last.row),
            ("Column", self.first.column, last.column),
        ):
            ends = [index for index in (one, other) if index is not None]
            if one is not None:
                area[f"start{side}Index"] = min(ends)
            if other is not None and (one is not None or self.last is not None):
                area[f"end{side}Index"] = max(ends) + 1
        return area

    def at(self, area: Json) -> str:
        """The same reference, to other cells."""
        last = self.last or self.first
        first = replace(
            self.first,
            row=None if self.first.row is None else area.get("startRowIndex", 0),
            column=None if self.first.column is None else area.get("startColumnIndex", 0),
        )
        end = replace(
            last,
            row=None if last.row is None else area.get("endRowIndex", FAR) - 1,
            column=None if last.column is None else area.get("endColumnIndex", FAR) - 1,
        )
        text = first.text() if self.last is None else f"{first.text()}:{end.text()}"
        return self.tab + text


Parts = tuple[str | Reference, ...]


@lru_cache(maxsize=1 << 16)
def parts(formula: str) -> Parts:
    """A formula as references and the text between them."""
    found: list[str | Reference] = []
    at = 0
    for match in _TOKEN.finditer(formula):
        if match["gone"]:
            gone = Reference(match["gone"], Corner(None, None, False, False), None, match[0])
            found += [formula[at : match.start()], gone]
            at = match.end()
        elif match["area"]:
            first, _, last = match["area"].partition(":")
            ends = _corner(first), _corner(last) if last else None
            found += [formula[at : match.start()], Reference(match["tab"] or "", *ends, match[0])]
            at = match.end()
    return *found, formula[at:]


def names_cells(formula: str) -> bool:
    """Whether a formula refers to anything."""
    return len(parts(formula)) > 1


def rewritten(formula: str, change: Callable[[Reference], str | None]) -> str:
    """The formula with each reference replaced by what `change` says; None keeps it."""
    split = parts(formula)
    if len(split) == 1:
        return formula
    texts: list[str] = []
    for part in split:
        if isinstance(part, str):
            texts.append(part)
        else:
            new = change(part)
            texts.append(part.text if new is None else new)
    return "".join(texts)


def carried(
    formula: str,
    own: int,
    ids: dict[str, int],
    area: Callable[[Json], Json | None],
    titles: dict[int, str],
) -> str:
    """The formula after cells moved.

    Args:
        formula: As it was.
        own: The id of the tab it stands in.
        ids: The ids of tabs by their folded titles.
        area: Where a GridRange is now; None where it is gone.
        titles: The titles of tabs by id.
    """

    def change(reference: Reference) -> str | None:
        title = reference.title
        sheet = own if title is None else ids.get(title.casefold())
        if sheet is None or reference.first == _NOWHERE:
            return None
        old = reference.grid_range(sheet)
        new = area(old)
        if new is None:
            return LOST
        if new == old:
            return None
        if new["sheetId"] != sheet:
            reference = replace(reference, tab=f"{quoted(titles[new['sheetId']])}!")
        return reference.at(new)

    return rewritten(formula, change)


def copied(formula: str, down: int, right: int) -> str:
    """The formula as it is when its cell is copied this far away: fixed ends stay."""
    if not (down or right):
        return formula

    def end(corner: Corner) -> Corner | None:
        row, column = corner.row, corner.column
        if row is not None and not corner.row_fixed:
            row += down
        if column is not None and not corner.column_fixed:
            column += right
        beyond = (row is not None and row < 0) or (column is not None and column < 0)
        return None if beyond else replace(corner, row=row, column=column)

    def change(reference: Reference) -> str | None:
        first = end(reference.first)
        last = end(reference.last) if reference.last else None
        if first is None or (reference.last and last is None):
            return LOST
        return reference.tab + first.text() + (f":{last.text()}" if last else "")

    return rewritten(formula, change)


def retitled(formula: str, old: str, new: str | None) -> str:
    """The formula after a tab got another title, or was deleted."""

    def change(reference: Reference) -> str | None:
        title = reference.title
        if title is None or title.casefold() != old.casefold():
            return None
        return LOST if new is None else quoted(new) + "!" + reference.text[len(reference.tab) :]

    return rewritten(formula, change)


_NOWHERE = Corner(None, None, False, False)


def _corner(text: str) -> Corner:
    match = _CORNER.fullmatch(text)
    assert match is not None
    row = int(match[4]) - 1 if match[4] else None
    column = column_index(match[2]) if match[2] else None
    return Corner(row, column, bool(match[3]), bool(match[1]))
