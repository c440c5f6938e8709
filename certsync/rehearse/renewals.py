"""What becomes of the certifications if pursuits succeed: a new record on each target date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from certsync.compute.facts import Facts
    from certsync.sheets.tables import Table

DEFAULT_MONTHS = 24
"""How long a certification is valid of which no record has both dates."""

_DAYS_A_MONTH = 365.25 / 12


class Scenario(StrEnum):
    """What people do in the days that are played."""

    NOBODY_RENEWS = "nobody-renews"
    PURSUITS_SUCCEED = "pursuits-succeed"


@dataclass(frozen=True)
class Renewal:
    """One certification renewed on the day `on`.

    `record` is the position of the record it replaces, `months` how long it is valid, and `basis`
    says where these come from.
    """

    on: date
    record: int
    person: str
    certification: str
    expires: date
    months: int
    basis: str

    def as_json(self) -> dict[str, Any]:
        """The renewal as plain values."""
        return {
            "date": self.on.isoformat(),
            "person": self.person,
            "certification": self.certification,
            "expiration_date": self.expires.isoformat(),
            "months": self.months,
            "basis": self.basis,
        }


def renewals(facts: Facts, last: date) -> tuple[list[Renewal], list[str]]:
    """The renewals up to `last` if each open pursuit succeeds on its target date, and notes.

    A pursuit is open if its target date has not passed and it is not Passed. Only one of a
    certification that the person holds, and that expires, renews anything.
    """
    frame, found = facts.certifications, dict[int, Renewal]()
    held: dict[tuple[str, str], int] = {
        (who, what): at
        for at, who, what, current in zip(
            range(len(frame)),
            frame["employee_id"].fillna(""),
            frame["name_key"].fillna(""),
            frame["current"],
            strict=True,
        )
        if current
    }
    late = other = 0
    pursuit: Any
    for pursuit in facts.pursuits.itertuples():
        if pursuit.status in ("Passed", "Unknown") or pd.isna(pursuit.target_date):
            continue
        on = pursuit.target_date.date()
        at = held.get((pursuit.employee_id, pursuit.name_key))
        if on < facts.today:
            late += 1
        elif at is None or pd.isna(frame["expiration_date"].iloc[at]):
            other += 1
        elif on <= last and (at not in found or on < found[at].on):
            found[at] = _renewal(frame, at, on)
    return sorted(found.values(), key=lambda one: (one.on, one.record)), _notes(late, other)


def _renewal(frame: pd.DataFrame, at: int, on: date) -> Renewal:
    record: Any = frame.iloc[at]
    months, basis = _validity(frame, at)
    until = (pd.Timestamp(on) + pd.DateOffset(months=months)).date()
    return Renewal(on, at, record["person"], record["certification"], until, months, basis)


def _validity(frame: pd.DataFrame, at: int) -> tuple[int, str]:
    """How many months the certification of this record is valid, and how that is known."""
    if own := _months(frame.iloc[[at]]):
        return own[0], "as this record was"
    others = _months(frame[frame["name_key"] == frame["name_key"].iloc[at]])
    if others:
        return Counter(others).most_common(1)[0][0], "as most others of this certification"
    return DEFAULT_MONTHS, "assumed: no record of it has both dates"


def _months(records: pd.DataFrame) -> list[int]:
    """Whole months from the date earned to the expiration date, where a record has both."""
    days = (records["expiration_date"] - records["date_earned"]).dt.days.dropna()
    return [max(1, round(length / _DAYS_A_MONTH)) for length in days.tolist() if length > 0]


def _notes(late: int, other: int) -> list[str]:
    notes = []
    if late:
        what = "pursuit has" if late == 1 else "pursuits have"
        notes.append(f"{late} {what} a target date in the past: left out.")
    if other:
        what = "pursuit aims" if other == 1 else "pursuits aim"
        notes.append(f"{other} {what} at something new, or that does not expire: left out.")
    return notes


def renewed(table: Table, done: Collection[Renewal]) -> Table:
    """The tab Certifications with a row for each of these renewals below the others.

    Positions in the tab are those in the facts: both have one line for each row.
    """
    if not done:
        return table
    rows = table.frame.iloc[[one.record for one in done]].copy()
    rows["row"] = range(table.last_row + 1, table.last_row + 1 + len(rows))
    rows["date_earned"] = _dates([one.on for one in done], rows)
    rows["expiration_date"] = _dates([one.expires for one in done], rows)
    for empty in ("snooze_until", "renewal_status"):
        rows[empty] = pd.Series(None, index=rows.index, dtype=rows[empty].dtype)
    return table.with_frame(pd.concat([table.frame, rows], ignore_index=True))


def _dates(days: Sequence[date], rows: pd.DataFrame) -> pd.Series:
    return pd.Series(pd.to_datetime(pd.Series(days)).to_numpy(), rows.index, "datetime64[us]")


def on_or_before(found: Iterable[Renewal], day: date) -> list[Renewal]:
    """The renewals that have happened by the end of `day`."""
    return [one for one in found if one.on <= day]
