"""CellData of a request: which fields of a cell it sets, and to what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.sheets_service import formula as formulas
from tests.sheets_service import references
from tests.sheets_service.entry import entered
from tests.sheets_service.masked import everything, mask, updated
from tests.sheets_service.masks import Tree
from tests.sheets_service.model import EMPTY, TEXT_LIMIT, Book, Cell, Json, Sheet, invalid

_REFUSED = ("pivotTable", "dataSourceTable", "chipRuns")


@dataclass(frozen=True)
class Fields:
    """The fields of a cell that a mask lists. `format` is the mask below userEnteredFormat."""

    value: bool
    format: Tree | None
    note: bool
    validation: bool
    runs: bool

    @classmethod
    def of(cls, given: Json) -> Fields:
        """Read the mask of a request. Raises GoogleError as `mask` does."""
        tree = mask(given, "CellData")
        if everything(tree):
            return cls(True, {}, True, True, True)
        return cls(
            "userEnteredValue" in tree,
            tree.get("userEnteredFormat"),
            "note" in tree,
            "dataValidation" in tree,
            "textFormatRuns" in tree,
        )

    @property
    def typed(self) -> bool:
        """Whether it writes what the type of a table's column decides."""
        return self.validation or "numberFormat" in (self.format or {})

    def put(self, book: Book, sheet: Sheet, old: Cell, new: Json, *, value: bool = True) -> Cell:
        """The cell after a write.

        Args:
            book: For what a formula refers to.
            sheet: The tab of the cell.
            old: What stood there.
            new: The CellData; what the mask lists and this lacks is cleared.
            value: False leaves out the value: a merge covers the cell.

        Raises:
            GoogleError: 400 for what no cell can hold.
        """
        for name in _REFUSED:
            if new.get(name):
                raise invalid(f"This service does not know the field {name} of a cell.")
        cell = old
        if self.value and value:
            cell = with_value(book, sheet, cell, new.get("userEnteredValue") or {})
        if self.format is None and not (self.note or self.validation or self.runs):
            return cell
        changes: dict[str, Any] = {}
        if self.format is not None:
            changes["format"] = self.formatted(cell.format, new)
        if self.note:
            changes["note"] = new.get("note") or ""
        if self.validation:
            changes["validation"] = new.get("dataValidation") or None
        if self.runs:
            changes["runs"] = tuple(new.get("textFormatRuns") or ())
        return replace(cell, **changes)

    def formatted(self, old: Mapping[str, Any] | None, new: Json) -> Mapping[str, Any] | None:
        """The userEnteredFormat after a write; cells without one share what is written."""
        given: Json = new.get("userEnteredFormat") or {}
        assert self.format is not None
        if not self.format or everything(self.format):
            return given or None
        return updated(dict(old or {}), given, self.format) or None

    def clear(self, cell: Cell) -> Cell:
        """The cell without all that the mask lists."""
        if cell is EMPTY:
            return cell
        changes: dict[str, Any] = {}
        if self.value:
            changes |= {"value": None, "formula": None, "runs": ()}
        if self.format is not None:
            changes["format"] = self.formatted(cell.format, {})
        if self.note:
            changes["note"] = ""
        if self.validation:
            changes["validation"] = None
        if self.runs:
            changes["runs"] = ()
        return replace(cell, **changes)


def with_value(book: Book, sheet: Sheet, cell: Cell, value: Json) -> Cell:
    """The cell with an ExtendedValue entered. Raises GoogleError for what cannot be entered."""
    if len(value) > 1:
        raise invalid("A userEnteredValue must have one kind of value only.")
    if not value:
        return replace(cell, value=None, formula=None, runs=())
    [(kind, given)] = value.items()
    if kind == "errorValue":
        raise invalid("The errorValue of a cell is read-only.")
    if kind != "formulaValue":
        return entered(book, sheet, cell, given, typed=False)
    return with_formula(book, sheet, cell, given)


def with_formula(book: Book, sheet: Sheet, cell: Cell, text: str) -> Cell:
    """The cell with a formula and its result."""
    if not text.startswith("="):
        raise invalid(f"Invalid formula: {text}")
    if len(text) > TEXT_LIMIT:
        raise invalid(
            f"Your input contains more than the maximum of {TEXT_LIMIT} characters "
            "in a single cell."
        )
    return replace(cell, value=formulas.calculated(book, sheet, text), formula=text, runs=())


def stepped(new: Json, down: int, right: int) -> Json:
    """The CellData of a cell this far from the first: its formula counts on."""
    text = (new.get("userEnteredValue") or {}).get("formulaValue")
    if text is None or not references.names_cells(text):
        return new
    return {**new, "userEnteredValue": {"formulaValue": references.copied(text, down, right)}}
