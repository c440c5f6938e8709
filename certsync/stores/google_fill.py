"""Our columns filled by their anchors, looked at in the answer, and put right where rows moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from gspread.exceptions import APIError

from certsync.errors import ChangedSinceRead, PartlyWritten
from certsync.sheets.snapshot import cell_ref
from certsync.stores import google_columns, google_sight
from certsync.stores.google_book import Json
from certsync.stores.google_columns import Anchored
from certsync.stores.google_read import Rows
from certsync.stores.google_rows import Column, align, cell, repair
from certsync.stores.google_sight import Sight
from certsync.stores.google_values import Entered

Send = Callable[[str, Json, Callable[[], Json | None]], Json]
Look = Callable[[str, Json], Json]

ROUNDS = 3
"""How often cells are put right where rows move under the write."""

_FILL = "/values:batchUpdateByDataFilter"


class Filling:
    """The fill of our columns in all tabs of a plan.

    Args:
        send: Writes, once; see `SheetsClient.send`.
        look: Reads what is asked for with a body.
        name: What to call the spreadsheet.
        columns: Our columns, anchored.
        base: The values of each tab when the plan was made, by the id of the tab.

    Attributes:
        cells: How many cells of the plan were written.
        places: Where each column stands now, 1-based, by its anchor.
    """

    def __init__(
        self,
        send: Send,
        look: Look,
        name: str,
        columns: Sequence[Anchored],
        base: Mapping[int, Rows],
    ) -> None:
        self._send = send
        self._ask = look
        self._name = name
        self._base = base
        self._by_sheet: dict[int, list[Anchored]] = defaultdict(list)
        for column in columns:
            self._by_sheet[column.sheet.id].append(column)
        self._planned = {column.anchor: google_columns.planned(column) for column in columns}
        # Where this run wrote, by anchor; the header of a new column is written as it is added.
        self._written: dict[int, set[int]] = {a: set(cells) for a, cells in self._planned.items()}
        self.cells = sum(map(len, self._planned.values()))
        self.places: dict[int, int] = {}

    def write(self) -> None:
        """Fill the columns. Raises ChangedSinceRead where rows were changed under the write.

        Raises PartlyWritten if rows still moved after `ROUNDS` rounds.
        """
        values: Mapping[int, Mapping[int, Entered]] = self._planned
        formulas: list[Json] = []
        changed = False
        for rounds_left in reversed(range(ROUNDS + 1)):
            if formulas:
                self._send(":batchUpdate", {"requests": formulas}, lambda: None)
            now = self._fill(values)
            values, formulas, changed_now = self._wrong(now)
            changed |= changed_now
            if not any(values.values()) and not formulas:
                if changed:
                    raise ChangedSinceRead(self._name)
                return
            if not rounds_left:
                break
            for anchor, cells in values.items():
                self._written[anchor] |= cells.keys()
        raise PartlyWritten(self._name, "somebody moves rows faster than they can be written")

    def formats(self) -> list[Json]:
        """Requests for the looks of columns that were there before.

        Dates are shown as dates, and what had no anchor so far gets its conditional formats.
        """
        mine = [c for columns in self._by_sheet.values() for c in columns]
        placed = [(c, self.places[c.anchor]) for c in mine if c.anchor in self.places]
        requests = list(google_columns.dated(placed))
        for column, now in placed:
            if column.fresh and column.base and column.edit:
                requests += google_columns.guarded(column.sheet.id, column.edit, now)
        return requests

    def _fill(self, values: Mapping[int, Mapping[int, Entered]]) -> dict[int, Rows]:
        """Write by anchor; gives the whole tabs as they stood after it, by id."""
        open_tabs = [i for i, mine in self._by_sheet.items() if not mine[0].sheet.closed]
        closed = [i for i in self._by_sheet if i not in open_tabs]
        values = {anchor: values.get(anchor, {}) for anchor in self._planned}
        body = google_columns.filling(values, open_tabs)

        def applied() -> Json | None:
            found = self._seen([*values], open_tabs)
            return {"seen": found} if self._holds(found, values) else None

        try:
            answer = self._send(_FILL, body, applied)
        except APIError as error:
            if error.response.status_code == 400 and not self._all_there():
                raise ChangedSinceRead(self._name) from error
            raise
        sight = answer["seen"] if "seen" in answer else google_sight.after_write(answer)
        self._note(sight)
        tabs = dict(sight.values)
        if closed:
            # An entry for a whole tab would be refused where a part of it is closed to us.
            tabs |= self._seen([], closed).values
        return tabs

    def _seen(self, anchors: Sequence[int], sheets: Sequence[int]) -> Sight:
        """These columns and tabs as they stand."""
        question = google_sight.question(anchors, sheets)
        return google_sight.answer(self._ask("/values:batchGetByDataFilter", question))

    def _all_there(self) -> bool:
        """Whether no column of ours was deleted meanwhile."""
        return self._seen([*self._planned], []).places.keys() == self._planned.keys()

    def _note(self, sight: Sight) -> None:
        """Keep where the columns stand. Raises ChangedSinceRead if one was deleted meanwhile."""
        if not sight.places.keys() >= self._planned.keys():
            raise ChangedSinceRead(self._name)
        self.places = dict(sight.places)

    def _holds(self, sight: Sight, values: Mapping[int, Mapping[int, Entered]]) -> bool:
        """Whether the tabs hold what was sent, as far as they can be seen."""
        return all(
            cell(sight.values[sheet], row, sight.places[column.anchor] - 1) == wanted
            for sheet, mine in self._by_sheet.items()
            for column in mine
            if sheet in sight.values and column.anchor in sight.places
            for row, wanted in values.get(column.anchor, {}).items()
        )

    def _wrong(
        self, now: Mapping[int, Rows]
    ) -> tuple[dict[int, dict[int, Entered]], list[Json], bool]:
        """What is still to be put right: values by anchor, formulas; and whether rows changed."""
        values: dict[int, dict[int, Entered]] = {}
        formulas: list[Json] = []
        changed = False
        for sheet, mine in self._by_sheet.items():
            base, rows = self._base[sheet], now[sheet]
            header = next(c.edit.header_row - 1 for c in mine if c.edit)
            then = {c.base - 1 for c in mine if c.base}
            places = {self.places[c.anchor] - 1 for c in mine}
            lines = align(base, rows, header, then, places)
            changed |= bool(lines.lost or lines.strange)
            for column in mine:
                here = self._column(column)
                written = self._written[column.anchor]
                if lines.still and column.base:
                    values[column.anchor] = {}
                    continue
                found = repair(here, base, rows, lines, written)
                values[column.anchor] = dict(found.values)
                for row, was in found.formulas.items():
                    formulas.append(self._formula(column, row, was))
                    written.discard(row)
        return values, formulas, changed

    def _column(self, column: Anchored) -> Column:
        formulas = {
            row - 1: text for (row, at), text in column.sheet.formulas.items() if at == column.base
        }
        return Column(
            base=column.base - 1 if column.base else None,
            now=self.places[column.anchor] - 1,
            planned=self._planned[column.anchor],
            formulas=formulas,
        )

    def _formula(self, column: Anchored, row: int, was: int) -> Json:
        """A person's formula put back where its row is now, spelt for that row."""
        from openpyxl.formula.translate import Translator

        base, place = column.base or 1, self.places[column.anchor]
        text = column.sheet.formulas[was + 1, base]
        spelt = Translator(text, origin=cell_ref(was + 1, base)).translate_formula(
            cell_ref(row + 1, place)
        )
        return {
            "updateCells": {
                "start": {
                    "sheetId": column.sheet.id,
                    "rowIndex": row,
                    "columnIndex": place - 1,
                },
                "rows": [{"values": [{"userEnteredValue": {"formulaValue": spelt}}]}],
                "fields": "userEnteredValue",
            }
        }
