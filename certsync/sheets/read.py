"""A workbook's tabs as frames. What cannot be read is a finding, and its row is not judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import numpy as np
import pandas as pd

from certsync.sheets.cells import ERROR_TEXTS, Problem, plain, unreadable
from certsync.sheets.dateforms import DateRules, Order
from certsync.sheets.dates import read_dates
from certsync.sheets.findings import Finding, in_order
from certsync.sheets.locate import Place, locate
from certsync.sheets.mapping import HeaderMapping
from certsync.sheets.rows import records
from certsync.sheets.schema import Column
from certsync.sheets.snapshot import CellError, Snapshot, Uncalculated, Value, cell_ref
from certsync.sheets.tables import Table, Tables
from certsync.sheets.values import READERS

_LOST = frozenset({CellError, Uncalculated})
_REACHING = frozenset({"email", "manager"})
"""Columns that decide whom an alert reaches: a wrong value there is an error."""


@dataclass(frozen=True)
class ReadOptions:
    """What the config says about reading.

    `date_order` settles texts such as 03/04/2026; without one they are findings. `columns` is
    `{tab title or key: {our header or key: their header}}`.
    """

    date_order: Order | None = None
    columns: HeaderMapping = field(default_factory=dict)


def read(snapshot: Snapshot, options: ReadOptions | None = None) -> tuple[Tables, list[Finding]]:
    """Every tab of the schema that can be read, by its key, and what is wrong in the workbook.

    Frames are as `Table` describes them; `expiration_date` has the column `does_not_expire`
    [bool] beside it. A row is not `ok` if a deciding cell of it cannot be read. A tab that lacks
    a required column is reported and not in the tables, since no row of it could be judged.
    """
    options = options or ReadOptions()
    places, findings = locate(snapshot, options.columns)
    tables: dict[str, Table] = {}
    for place in places:
        tables[place.spec.key], more = _table(place, options.date_order, snapshot.epoch_1904)
        findings += more
    return tables, in_order(findings, [table.tab for table in tables.values()])


def _table(place: Place, order: Order | None, epoch_1904: bool) -> tuple[Table, list[Finding]]:
    """One tab as a table."""
    headers, spec = place.headers, place.spec
    found = records(place)
    findings = list(found.findings)
    unread: set[tuple[int, str]] = set()
    ok = np.ones(len(found.rows), dtype=np.bool_)
    data: dict[str, Any] = {"row": np.array(found.rows, dtype=np.int64), "ok": ok}
    for column in spec.columns:
        place_in_row = headers.columns.get(column.key)
        if place_in_row is None:
            values: list[Value] = [None] * len(found.rows)
        else:
            values = list(map(itemgetter(place_in_row - place.tab.left), found.cells))
        read_column, problems = _column(values, column, order, epoch_1904)
        data |= read_column
        if place_in_row is None or not problems:
            continue
        for i in sorted(problems):
            row = found.rows[i]
            cell = cell_ref(row, place_in_row)
            findings.append(_finding(place.tab.name, row, cell, values[i], column, problems[i]))
            unread.add((row, column.key))
        if column.deciding:
            ok[list(problems)] = False
    table = Table(
        spec,
        place.tab.name,
        headers.row,
        found.last_row,
        found.right,
        headers.columns,
        pd.DataFrame(data, copy=False),
        place.table.name if place.table else None,
        frozenset(unread),
    )
    return table, findings


def _column(
    values: list[Value], column: Column, order: Order | None, epoch_1904: bool
) -> tuple[dict[str, Any], dict[int, Problem]]:
    """The frame's column or columns for one column of the tab, and the problems by index."""
    lost: dict[int, Problem] = {}
    kinds = set(map(type, values))
    if not kinds.isdisjoint(_LOST) or (str in kinds and not ERROR_TEXTS.isdisjoint(values)):
        lost = {i: problem for i, v in enumerate(values) if (problem := unreadable(v))}
        values = [None if i in lost else v for i, v in enumerate(values)]
    if column.kind not in ("date", "expiry"):
        read_values, problems = READERS[column.kind](values, column)
        return {column.key: read_values}, lost | problems
    rules = DateRules(order, column.kind == "expiry", column.required, epoch_1904)
    dates = read_dates(values, rules)
    data: dict[str, Any] = {column.key: dates.days}
    if rules.lifetime:
        data["does_not_expire"] = dates.does_not_expire
    return data, lost | dates.problems


def _finding(
    tab: str, row: int, cell: str, value: Value, column: Column, problem: Problem
) -> Finding:
    """A cell that cannot be read. It is an error where its row or an alert depends on it."""
    return Finding(
        problem.code,
        "error" if column.deciding or column.key in _REACHING else "warning",
        tab,
        cell,
        plain(value),
        problem.message,
        problem.fix,
        row,
        column.key,
        column.deciding,
    )
