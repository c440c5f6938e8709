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

_PLAIN = frozenset({date, datetime, type(None)})
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
    known: dict[tuple[type, Value], date | bool | Problem | None] = {}
    forever = np.zeros(len(values), dtype=np.bool_)
    problems: dict[int, Problem] = {}
    days = list(values)
    for i in [i for i, value in enumerate(values) if type(value) not in _PLAIN]:
        key = (type(values[i]), values[i])
        if key not in known:
            known[key] = read_date(values[i], rules)
        reading = known[key]
        days[i] = reading if isinstance(reading, date) else None
        forever[i] = reading is True
        if isinstance(reading, Problem):
            problems[i] = reading
    ordinals = np.array(
        [day.toordinal() if day else _NO_DATE for day in days],  # type: ignore[union-attr]
        dtype=np.int64,
    )
    far = (ordinals < EARLIEST.toordinal()) | (ordinals > LATEST.toordinal())
    for i in np.flatnonzero(far & (ordinals != _NO_DATE)).tolist():
        problems[i] = bad(values[i], rules, "is not between 1950 and 2150")
    read = (ordinals - _UNIX_DAY).astype("datetime64[D]").astype("datetime64[us]")
    read[far] = np.datetime64("NaT")
    return DateColumn(read, forever, problems)
