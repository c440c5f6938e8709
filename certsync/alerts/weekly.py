"""What the coordinator hears of the workbook's own state: rows to fix, or that all is quiet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from certsync.alerts.alert import Matter, series
from certsync.alerts.refusals import REFUSED
from certsync.alerts.wording import long_date

if TYPE_CHECKING:
    import pandas as pd

    from certsync.compute.facts import Facts
    from certsync.sheets.findings import Finding
    from certsync.sheets.tables import Tables

TOLD_TOO = ("contact.missing", REFUSED)
"""Findings that keep no row from being judged, and that the coordinator has to hear of."""

SNOOZE = "snooze_until"
"""A pause that cannot be read is none, and somebody counts on it."""

IDENTITY = {
    "team_members": ("employee_id", "full_name"),
    "certifications": ("employee_id", "person", "name_key"),
    "pursuits": ("employee_id", "person", "name_key"),
}
"""The columns that know a row again after the tab was sorted."""


def week(today: date, weekday: int) -> date:
    """The last day that was a `weekday` (0: Monday); today, if it is one."""
    return today - timedelta(days=(today.weekday() - weekday) % 7)


def broken_rows(
    facts: Facts,
    tables: Tables,
    findings: Iterable[Finding],
    workbook: str,
    weekday: int | None,
) -> Iterator[Matter]:
    """One matter for each error that keeps something from being judged, the same one once.

    It is told when it is first found, and again from each `weekday` on while it is there.
    """
    errors = [
        f for f in findings if f.severity == "error" or f.code in TOLD_TOO or f.column == SNOOZE
    ]
    identity = _identities(facts, tables, errors)
    since = () if weekday is None else (week(facts.today, weekday).isoformat(),)
    known = set()
    for finding in errors:
        row = identity.get((finding.tab, finding.row), finding.cell or "")
        column = finding.column or ""
        parts = (finding.tab, row, finding.code, finding.value, column, *since)
        name = series(workbook, "row", *parts)
        if name in known:
            continue
        known.add(name)
        yield Matter(
            kind="row",
            series=name,
            step="data",
            tier="Data Issue",
            where=finding.where,
            problem=finding.message,
            fix=finding.fix,
        )


def quiet(facts: Facts, workbook: str, weekday: int) -> Matter:
    """That there was nothing to tell: due once a week, unless there was."""
    begun = week(facts.today, weekday).isoformat()
    frame = facts.certifications
    alive = frame[frame["current"] & (frame["days_to_expiry"] >= 0).fillna(value=False)]
    said = [f"{len(frame):,} certifications are looked at every day."]
    line: Any
    for line in alive.sort_values("days_to_expiry", kind="stable").head(1).itertuples():
        day = long_date(line.expiration_date.date())
        said.append(f"The next to expire is {line.certification} of {line.person}, on {day}.")
    return Matter(
        kind="quiet",
        series=series(workbook, "quiet", begun),
        step=begun,
        tier="All Quiet",
        where=workbook,
        problem=" ".join(said),
    )


def _identities(
    facts: Facts, tables: Tables, findings: Sequence[Finding]
) -> dict[tuple[str, int | None], str]:
    """What each row with a finding is known by, as (tab, row) -> text."""
    frames = {
        "team_members": facts.members,
        "certifications": facts.certifications,
        "pursuits": facts.pursuits,
    }
    found: dict[tuple[str, int | None], str] = {}
    for key, table in tables.items():
        wanted = {f.row for f in findings if f.tab == table.tab and f.row is not None}
        if not wanted:
            continue
        frame, columns = frames.get(key), IDENTITY.get(key)
        if frame is None or columns is None:
            frame = facts.requirements[facts.requirements["tab"] == table.tab]
            columns = ("name", "tier", "requirement")
        rows = frame[frame["row"].isin(wanted)]
        texts = zip(*(_texts(rows[column]) for column in columns), strict=True)
        for row, parts in zip(rows["row"].tolist(), texts, strict=True):
            found[table.tab, row] = "/".join(parts)
    return found


def _texts(column: pd.Series[str]) -> list[str]:
    return column.fillna("").tolist()
