"""Our columns filled by their anchors, looked at in the answer, and put right where rows moved."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from gspread.exceptions import APIError

from certsync.errors import ChangedSinceRead, PartlyWritten
from certsync.sheets.snapshot import cell_ref
from certsync.stores import google_columns
from certsync.stores.google_book import Json
from certsync.stores.google_columns import Anchored
from certsync.stores.google_read import Rows
from certsync.stores.google_rows import Column, align, repair
from certsync.stores.google_values import Entered

Send = Callable[[str, Json, Callable[[], Json | None]], Json]
Look = Callable[[str, Json], Json]

ROUNDS = 3
"""How often cells are put right where rows move under the write."""

_COLUMN = re.compile(r"!\$?([A-Z]+)")
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
        body = google_columns.filling(values, open_tabs)

        def applied() -> Json | None:
            answer = self._look(list(values), open_tabs)
            return answer if self._holds(answer, values) else None

        try:
            answer = self._send(_FILL, body, applied)
        except APIError as error:
            if error.response.status_code == 400 and not self._all_there():
                raise ChangedSinceRead(self._name) from error
            raise
        tabs = self._understood(answer, list(values))
        if closed:
            # An entry for a whole tab would be refused where a part of it is closed to us.
            tabs |= self._understood(self._look([], closed), [])
        return tabs

    def _look(self, anchors: Sequence[int], sheets: Sequence[int]) -> Json:
        """The columns and tabs as they stand, in the form of an answer to a write."""
        filters = [google_columns.filter_of(anchor) for anchor in anchors]
        filters += [{"gridRange": {"sheetId": sheet}} for sheet in sheets]
        body: Json = {
            "dataFilters": filters,
            "valueRenderOption": "UNFORMATTED_VALUE",
            "dateTimeRenderOption": "SERIAL_NUMBER",
        }
        found = self._ask("/values:batchGetByDataFilter", body).get("valueRanges", ())
        responses = [
            {
                "updatedRange": one["valueRange"]["range"],
                "dataFilter": one["dataFilters"][0],
                "updatedData": one["valueRange"],
            }
            for one in found
        ]
        return {"responses": responses}

    def _all_there(self) -> bool:
        """Whether no column of ours was deleted meanwhile."""
        anchors = [c.anchor for mine in self._by_sheet.values() for c in mine]
        found = self._look(anchors, [])["responses"]
        return len(found) == len(anchors)

    def _holds(self, answer: Json, values: Mapping[int, Mapping[int, Entered]]) -> bool:
        """Whether the tabs hold what was sent, as far as there is any."""
        tabs = self._understood(answer, [])
        for sheet, mine in self._by_sheet.items():
            for column in mine:
                place = self.places.get(column.anchor)
                if place is None or sheet not in tabs:
                    continue
                for row, wanted in values.get(column.anchor, {}).items():
                    if _cell(tabs[sheet], row, place - 1) != wanted:
                        return False
        return True

    def _understood(self, answer: Json, asked: Sequence[int]) -> dict[int, Rows]:
        """The whole tabs in an answer; notes where the columns stand.

        Raises ChangedSinceRead if a column that was `asked` for is not in it: it was deleted.
        """
        tabs: dict[int, Rows] = {}
        seen = set()
        for one in answer.get("responses", ()):
            about = one.get("dataFilter", {})
            lookup = about.get("developerMetadataLookup")
            if lookup is not None:
                letters = _COLUMN.search(one.get("updatedRange", ""))
                if letters:
                    self.places[lookup["metadataId"]] = _number(letters[1])
                    seen.add(lookup["metadataId"])
            elif "gridRange" in about:
                sheet = about["gridRange"].get("sheetId", 0)
                tabs[sheet] = one.get("updatedData", {}).get("values", ())
        if not seen >= set(asked):
            raise ChangedSinceRead(self._name)
        return tabs

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


def _cell(rows: Rows, row: int, column: int) -> object:
    line = rows[row] if row < len(rows) else ()
    return line[column] if column < len(line) else ""


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
