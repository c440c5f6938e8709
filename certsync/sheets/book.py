"""The tables under check, with the people in them resolved, and what the checks ask of them."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.extensions import ExtensionArray

from certsync.sheets.cells import Problem
from certsync.sheets.names import fold
from certsync.sheets.people import Directory, Match, Positions, texts_of
from certsync.sheets.tables import Tables
from certsync.sheets.values import text_array

Mask = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]
Pair = tuple[str | None, str | None]
"""A person's employee ID as resolved, and a folded certification."""


class Misnamed(NamedTuple):
    """A record by its position in the frame, the ID it gives, and what is wrong."""

    position: int
    employee: str | None
    problem: Problem


_NOBODY = pd.DataFrame({name: [] for name in ("row", "employee_id", "full_name", "email")})


class Book:
    """The tables; `ok` stands beside them, so that a check sees what earlier ones left out.

    `misnamed` are the records whose ID or name is not quite right, and `managers` the members
    that the manager's cell of each member can mean. Where Team Members could not be read no
    record is judged.
    """

    def __init__(self, tables: Tables, today: date) -> None:
        self.tables = dict(tables)
        self.today = np.datetime64(today, "us")
        self.ok: dict[str, Mask] = {
            key: table.frame["ok"].to_numpy(dtype=np.bool_, copy=True)
            for key, table in tables.items()
        }
        self._unread: dict[str, dict[str, list[int]]] = {key: {} for key in tables}
        for key, table in tables.items():
            for row, column in table.unread:
                self._unread[key].setdefault(column, []).append(row)
        self.people = Directory(self.frame("team_members") if "team_members" in tables else _NOBODY)
        self.managers: list[Positions] = []
        self.misnamed: dict[str, list[Misnamed]] = {}
        if "team_members" in tables:
            self._resolve_members()
        for key in ("certifications", "pursuits"):
            if key in tables:
                self._resolve_records(key)

    def frame(self, key: str) -> pd.DataFrame:
        """The frame of a tab, with the people resolved."""
        return self.tables[key].frame

    def assign(self, key: str, **columns: ExtensionArray | Mask | pd.Series) -> None:
        """Put these columns into the frame of a tab."""
        table = self.tables[key]
        self.tables[key] = table.with_frame(table.frame.assign(**columns))

    def unread(self, key: str, column: str) -> Mask:
        """The rows whose cell has a value that could not be read."""
        return np.isin(self.frame(key)["row"].to_numpy(), self._unread[key].get(column, []))

    def empty(self, key: str, column: str) -> Mask:
        """The rows whose cell is empty."""
        gone = self.frame(key)[column].isna().to_numpy(dtype=np.bool_)
        return gone & ~self.unread(key, column) if gone.any() else gone

    def days(self, key: str, column: str) -> Days:
        """A column of dates; a comparison with NaT is False."""
        return self.frame(key)[column].to_numpy("datetime64[us]")

    def pairs(self, key: str, rows: Mask) -> list[Pair]:
        """Person and certification of these rows, in their order."""
        frame = self.frame(key).loc[rows, ["employee_id", "certification"]]
        names = texts_of(frame["certification"])
        folded = {name: name and fold(name) for name in set(names)}
        return list(zip(texts_of(frame["employee_id"]), map(folded.get, names), strict=True))

    @cached_property
    def here(self) -> Mask:
        """The members who have not left."""
        status = self.frame("team_members")["status"]
        return (status != "Departed").to_numpy(dtype=np.bool_)

    @cached_property
    def holders(self) -> frozenset[str]:
        """The employee IDs of everybody with a certification that is judged."""
        if "certifications" not in self.tables:
            return frozenset()
        held = self.frame("certifications")["employee_id"][self.ok["certifications"]]
        return frozenset(held.dropna().unique())

    def _resolve_members(self) -> None:
        people = self.people
        typed = texts_of(self.frame("team_members")["manager"])
        known = {text: people.find(text) for text in set(typed) if text is not None}
        self.managers = [known[text] if text is not None else () for text in typed]
        labels = [people.labels[m[0]] if len(m) == 1 else None for m in self.managers]
        self.assign(
            "team_members",
            employee_id=text_array(people.labels),
            manager_id=text_array(labels),
        )

    def _resolve_records(self, key: str) -> None:
        """Adds `person`, as in Team Members or as typed, and the member's `employee_id`."""
        frame, people = self.frame(key), self.people
        names = texts_of(frame["member"])
        ids = texts_of(frame["employee_id"]) if "employee_id" in frame else [None] * len(names)
        typed = list(zip(ids, names, strict=True))
        codes = {pair: code for code, pair in enumerate(dict.fromkeys(typed))}
        matches = [Match(None)] * len(codes)
        if "team_members" in self.tables:
            matches = [people.record_of(*pair) for pair in codes]
        else:
            self.ok[key][:] = False
        labels: list[str | None] = []
        shown: list[str | None] = []
        for (employee, name), match in zip(codes, matches, strict=True):
            labels.append(None if match.member is None else people.labels[match.member])
            known = None if match.member is None else people.names[match.member]
            shown.append(known or name or employee)
        rows = np.fromiter(map(codes.__getitem__, typed), dtype=np.int64, count=len(typed))
        wrong = np.array([match.problem is not None for match in matches], dtype=np.bool_)
        self.misnamed[key] = [
            Misnamed(i, typed[i][0], problem)
            for i in np.flatnonzero(wrong[rows]).tolist()
            if (problem := matches[rows[i]].problem)
        ]
        self.assign(
            key, employee_id=text_array(labels).take(rows), person=text_array(shown).take(rows)
        )
