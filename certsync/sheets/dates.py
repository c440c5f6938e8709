"""A column of dates, read at once: each distinct text or number is looked at a single time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import numpy.typing as npt

from certsync.sheets.cells import Problem
from certsync.sheets.dateforms import EARLIEST, LATEST, DateRules, bad, read_date
from certsync.sheets.snapshot import Value

_NO_DATE = -1
_UNIX_DAY = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class DateColumn:
    """A column of dates: `days` [datetime64[us]], `does_not_expire` [bool], problems by index."""

    days: npt.NDArray[np.datetime64]
    does_not_expire: npt.NDArray[np.bool_]
    problems: dict[int, Problem]


def read_dates(values: Sequence[Value], rules: DateRules) -> DateColumn:
    """Each cell of a column as a date, as "does not expire", as nothing, or as a problem.

    Dates before 1950 and after 2150 are problems. The time of day is dropped.
    """
    forever = np.zeros(len(values), dtype=np.bool_)
    problems: dict[int, Problem] = {}
    if not set(map(type, values)) <= {date, datetime, type(None)}:
        values = _settle(values, rules, forever, problems)
    ordinals = np.array(
        [day.toordinal() if isinstance(day, date) else _NO_DATE for day in values], dtype=np.int64
    )
    far = (ordinals < EARLIEST.toordinal()) | (ordinals > LATEST.toordinal())
    for i in np.flatnonzero(far & (ordinals != _NO_DATE)).tolist():
        problems[i] = bad(values[i], rules, "is not between 1950 and 2150")
    days = (ordinals - _UNIX_DAY).astype("datetime64[D]").astype("datetime64[us]")
    days[far] = np.datetime64("NaT")
    return DateColumn(days, forever, problems)


def _settle(
    values: Sequence[Value],
    rules: DateRules,
    forever: npt.NDArray[np.bool_],
    problems: dict[int, Problem],
) -> list[Value]:
    """The column with a date or None in each cell; each distinct value is read once."""
    known: dict[tuple[type, Value], date | bool | Problem | None] = {}
    settled: list[Value] = []
    for i, value in enumerate(values):
        reading: date | bool | Problem | None
        if value is None or isinstance(value, date):
            reading = value
        else:
            key = (type(value), value)
            if key not in known:
                known[key] = read_date(value, rules)
            reading = known[key]
        if isinstance(reading, Problem):
            problems[i] = reading
        elif reading is True:
            forever[i] = True
        settled.append(reading if isinstance(reading, date) else None)
    return settled
