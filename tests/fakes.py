r"""Workbooks and tables written as Markdown, so that a test shows its input.

A cell is written as a person sees it: `2026-03-04` is a real date, `2026-03-04 10:00` a datetime,
`12` and `12.5` numbers, `TRUE` and `FALSE` booleans, `#N/A` an error, `=?` a formula that nobody
has calculated. Everything else is text, and so is anything in double quotes: `"2026-03-04"`,
`" padded "`. `007` is text, as in a workbook that keeps its zeros. `\|` is a pipe inside a cell.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd

from certsync.sheets.names import fold
from certsync.sheets.schema import DTYPES, LIFETIME_WORDS, spec
from certsync.sheets.snapshot import (
    UNCALCULATED,
    CellError,
    Snapshot,
    TableRange,
    TabSnapshot,
    Value,
)
from certsync.sheets.tables import Table, Tables

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DATETIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?")
_WHOLE = re.compile(r"-?(0|[1-9]\d*)")
_DECIMAL = re.compile(r"-?\d+\.\d+")
_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!"}
_WORDS: dict[str, Value] = {"": None, "TRUE": True, "FALSE": False, "=?": UNCALCULATED}
_LIFETIME = frozenset(map(fold, LIFETIME_WORDS))
_EXTRA_DTYPES = {
    "row": "int64",
    "ok": "bool",
    "does_not_expire": "bool",
    "employee_id": "str",
    "person": "str",
    "manager_id": "str",
}


def value(text: str) -> Value:
    """One cell from its Markdown: the module's docstring gives the notation."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1]
    if text in _WORDS:
        return _WORDS[text]
    if text in _ERRORS:
        return CellError(text)
    if _DATE.fullmatch(text):
        return date.fromisoformat(text)
    if _DATETIME.fullmatch(text):
        return datetime.fromisoformat(text)
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def grid(markdown: str) -> list[list[Value]]:
    """The cells of a Markdown table, padded to one width; a `|---|` line is left out."""
    lines = [line.strip() for line in markdown.strip().splitlines()]
    rows = [
        [value(cell.replace("\\|", "|")) for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
        for line in lines
        if line and not re.fullmatch(r"\|[\s:|-]*-[\s:|-]*\|", line)
    ]
    width = max(map(len, rows), default=0)
    return [row + [None] * (width - len(row)) for row in rows]


def tab(
    name: str,
    markdown: str | Sequence[Sequence[Value]] = "",
    *,
    top: int = 1,
    left: int = 1,
    excel_table: str | None = None,
    tables: tuple[TableRange, ...] = (),
    frozen_rows: int = 0,
    visible: bool = True,
    formulas: Mapping[int, Collection[int]] | None = None,
    generated: str | None = None,
) -> TabSnapshot:
    """A tab whose first cell stands at (`top`, `left`).

    `excel_table` makes the whole grid an Excel table of that name; `tables` gives them in full.
    """
    rows = grid(markdown) if isinstance(markdown, str) else markdown
    if excel_table is not None:
        bottom, right = top + len(rows) - 1, left + len(rows[0]) - 1
        tables = (*tables, TableRange(excel_table, top, left, bottom, right))
    return TabSnapshot(
        name, rows, top, left, visible, frozen_rows, tables, formulas or {}, generated
    )


def workbook(*tabs: TabSnapshot, name: str = "agency.xlsx", revision: str = "1") -> Snapshot:
    """A workbook of these tabs, as a store would have read it."""
    return Snapshot(name, tabs, revision)


def table(key: str, markdown: str, *, header_row: int = 1, left: int = 1) -> Table:
    """The tab of this schema key as `read` and `check` hand it on, without running them.

    The headers are column keys (`employee_id`), or the schema's headers (`Employee ID`). Besides
    the schema's columns a test may give `row`, `ok`, `person`, `employee_id` and `manager_id`;
    left out, they are: the row below the header and on, True, the member as written, nothing, and
    the manager as written. A lifetime word in an expiry column sets `does_not_expire`.
    """
    tab_spec = spec(key)
    cells = grid(markdown)
    known = {fold(name): c.key for c in tab_spec.columns for name in (c.header, c.key)}
    keys = [known.get(fold(str(header)), fold_key(str(header))) for header in cells[0]]
    given = {name: [row[i] for row in cells[1:]] for i, name in enumerate(keys)}
    count = len(cells) - 1
    data: dict[str, Any] = {
        "row": given.pop("row", range(header_row + 1, header_row + 1 + count)),
        "ok": given.pop("ok", [True] * count),
    }
    for column in tab_spec.columns:
        values = given.pop(column.key, [None] * count)
        if column.kind == "expiry":
            lifetime = [isinstance(v, str) and fold(v) in _LIFETIME for v in values]
            values = [None if word else v for v, word in zip(values, lifetime, strict=True)]
            data[column.key], data["does_not_expire"] = values, lifetime
        elif DTYPES[column.kind] == "str":
            data[column.key] = [None if v is None else str(v) for v in values]
        else:
            data[column.key] = values
    if key in ("certifications", "pursuits"):
        data["person"] = given.pop("person", data["member"])
        data.setdefault("employee_id", given.pop("employee_id", [None] * count))
    if key == "team_members":
        data["manager_id"] = given.pop("manager_id", data["manager"])
    assert not given, f"unknown columns of {key}: {sorted(given)}"
    dtypes = {c.key: DTYPES[c.kind] for c in tab_spec.columns} | _EXTRA_DTYPES
    frame = pd.DataFrame(
        {
            name: pd.Series([None if v is None else v for v in values], dtype=dtypes[name])
            for name, values in data.items()
        }
    )
    columns = {name: left + i for i, name in enumerate(keys) if name in frame}
    last_row = int(frame["row"].max()) if count else header_row
    right = left + len(keys) - 1
    return Table(tab_spec, tab_spec.title, header_row, last_row, right, columns, frame)


def fold_key(header: str) -> str:
    """`Manager ID` -> manager_id, for the columns that only frames have."""
    return header.strip().lower().replace(" ", "_")


def tables(**markdown: str) -> Tables:
    """Several tabs by schema key: `tables(team_members=..., certifications=...)`."""
    return {key: table(key, text) for key, text in markdown.items()}
