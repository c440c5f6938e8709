"""The tabs after reading: one frame a tab, with the addresses of everything in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from certsync.sheets.snapshot import cell_ref

if TYPE_CHECKING:
    import pandas as pd

    from certsync.sheets.schema import TabSpec


@dataclass(frozen=True)
class Table:
    """One tab of the schema as found in the workbook.

    `frame` has a RangeIndex, one line for each row that is not blank, in sheet order: `row`
    [int64, the sheet row], `ok` [bool], and one column for each of the schema's keys that people
    fill, empty where the tab lacks it. `columns` maps each found key, ours included, to its sheet
    column. Data rows are `header_row + 1` to `last_row` (`header_row` if there are none).
    `excel_table` names the Excel table the columns stand in; `right` is the last column of the
    table (of the Excel table, or of the headers and of anything beside the records). `unread`
    holds the cells (row, key) that have a value which could not be read, and so a finding.
    """

    spec: TabSpec
    tab: str
    header_row: int
    last_row: int
    right: int
    columns: Mapping[str, int]
    frame: pd.DataFrame
    excel_table: str | None = None
    unread: Collection[tuple[int, str]] = frozenset()

    def ref(self, row: int, key: str) -> str | None:
        """The cell of `key` in `row`, such as F17; None where the tab lacks the column."""
        column = self.columns.get(key)
        return cell_ref(row, column) if column else None

    def with_frame(self, frame: pd.DataFrame) -> Table:
        """The same table with another frame."""
        return replace(self, frame=frame)


Tables = Mapping[str, Table]
"""Tables by schema key: team_members, certifications, partnership_requirements, pursuits, ..."""
