"""A pursuit that stalled, or whose target date passed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from certsync.alerts.alert import Matter, parts, series

if TYPE_CHECKING:
    from certsync.compute.facts import Facts
    from certsync.sheets.tables import Tables

_FIXES = {
    "Stalled": "Write how far it is into Study Status and the day into Last Updated, or set a new "
    "Target Date.",
    "Overdue": "If it is passed, add the record to Certifications; else set a new Target Date.",
}

_PURSUIT = "pursuit"
_COLUMNS = [
    "row", "employee_id", "person", "certification", "name_key", "target_date", "last_updated",
    "status", "reason",
]  # fmt: skip


def halted(facts: Facts, tables: Tables, workbook: str) -> Iterator[Matter]:
    """Each pursuit that goes no further, once for each time it stopped.

    A stalled one is known by the day it was last updated, one that is overdue by its target: who
    takes it up again and lets it lie again is told again.
    """
    table = tables.get("pursuits")
    frame = facts.pursuits
    known = set()
    line: Any
    for line in frame.loc[frame["status"].isin(list(_FIXES)), _COLUMNS].itertuples():
        stopped = line.last_updated if line.status == "Stalled" else line.target_date
        who = line.employee_id if isinstance(line.employee_id, str) else line.person
        name = series(
            workbook,
            _PURSUIT,
            who.casefold(),
            line.name_key,
            line.status,
            stopped.date().isoformat(),
        )
        if table is None or name in known:
            continue
        known.add(name)
        yield Matter(
            kind="pursuit",
            series=name,
            step="stopped",
            tier=line.status,
            where=f"{table.tab}!{table.ref(int(line.row), 'certification')}",
            employee_id=line.employee_id if isinstance(line.employee_id, str) else "",
            person=line.person,
            certification=line.certification,
            title=f"{line.person}: {line.certification}",
            problem=line.reason,
            fix=_FIXES[line.status],
        )


def stopped(name: str) -> tuple[str, str, str, str] | None:
    """Of whom and what a series of `halted` tells, in which state, and the day it is known by.

    None for another series. Whom is an employee ID or a name in small letters, what is folded.
    """
    found = parts(name)
    if len(found) != 6 or found[1] != _PURSUIT:
        return None
    return found[2], found[3], found[4], found[5]
