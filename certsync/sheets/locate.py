"""Where each tab of the schema is in a workbook, and its header row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from certsync.sheets import missing
from certsync.sheets.cells import blank, plain
from certsync.sheets.findings import Finding
from certsync.sheets.headers import Headers, Mapped, match
from certsync.sheets.mapping import HeaderMapping, by_key
from certsync.sheets.names import fold
from certsync.sheets.schema import SCHEMA, TabSpec
from certsync.sheets.snapshot import Snapshot, TableRange, TabSnapshot

_SEARCHED = 30


@dataclass(frozen=True)
class Place:
    """A tab of the schema as found: its header row, and the Excel table it heads, if any."""

    tab: TabSnapshot
    headers: Headers
    table: TableRange | None

    @property
    def spec(self) -> TabSpec:
        """The tab of the schema that this is."""
        return self.headers.spec


def locate(snapshot: Snapshot, mapping: HeaderMapping) -> tuple[list[Place], list[Finding]]:
    """Find every tab of the schema, in the schema's order.

    A tab is found by its title or an alias, without regard to case and punctuation. Of several
    the one with the exact title counts, else the only one that has the required headers. One
    that only looks like a tab of ours by its name is suggested in a finding. A tab that lacks a
    required column, or has two that could be a deciding one, is not among the places.
    """
    mapped, findings = by_key(mapping)
    tabs = [tab for tab in snapshot.tabs if tab.generated is None]
    places: list[Place] = []
    for spec in SCHEMA:
        named = [tab for tab in tabs if fold(tab.name) in spec.names()]
        if not named:
            findings += missing.tab(spec, [tab.name for tab in tabs])
            continue
        place, more = _choose(
            spec, {tab.name: _place(tab, spec, mapped[spec.key]) for tab in named}
        )
        findings += more
        if place is not None:
            findings += missing.far(place.tab)
            wrong = list(missing.columns(place.tab.name, place.headers, mapped[spec.key]))
            findings += wrong
            if not any(finding.excludes for finding in wrong):
                places.append(place)
    return places, findings


def _choose(
    spec: TabSpec, found: dict[str, Place | None]
) -> tuple[Place | None, Sequence[Finding]]:
    """The one tab of those whose names fit, and what there is to say about the choice."""
    whole = [name for name, place in found.items() if place and not place.headers.missing]
    titled = [name for name in found if name == spec.title] or [
        name for name in found if fold(name) == fold(spec.title)
    ]
    for names in (titled, whole, list(found)):
        if len(names) == 1:
            name = names[0]
            break
    else:
        return None, missing.choice(spec, whole or list(found))
    place = found[name]
    foreign = place is None or len(place.headers.missing) > 1
    if foreign and not spec.required and name not in titled:
        return None, ()
    if place is None:
        return None, missing.header_row(spec, name, _SEARCHED)
    return place, [*missing.passed_over(spec, name, [n for n in whole if n != name])]


def _place(tab: TabSnapshot, spec: TabSpec, mapped: Mapped) -> Place | None:
    """The first candidate with every required header, else the one with most known headers."""
    best: Place | None = None
    for row, table in _candidates(tab):
        line = tab.rows[row - tab.top]
        cells = {
            column: plain(value)
            for column, value in enumerate(line, tab.left)
            if not blank(value) and _belongs(column, plain(value), tab, spec, table)
        }
        place = Place(tab, match(spec, row, cells, mapped), table)
        if not place.headers.missing:
            return place
        if place.headers.score > max(1, best.headers.score if best else 0):
            best = place
    return best


def _belongs(
    column: int, text: str, tab: TabSnapshot, spec: TabSpec, table: TableRange | None
) -> bool:
    """Whether a header can be one of the table's.

    Beside an Excel table only names of ours can: they stand there where something was in the way.
    """
    if table is None or table.left <= column <= table.right:
        return True
    inside_another = any(
        t.left <= column <= t.right and t.top <= table.top <= t.bottom for t in tab.tables
    )
    ours = {fold(owned.header) for owned in spec.owned}
    return column > table.right and not inside_another and fold(text) in ours


def _candidates(tab: TabSnapshot) -> Iterator[tuple[int, TableRange | None]]:
    """Rows that may hold the headers, likeliest first: tables, the frozen row, the first rows."""
    within = range(tab.top, tab.bottom + 1)
    yield from ((table.top, table) for table in tab.tables if table.top in within)
    if tab.frozen_rows in within:
        yield tab.frozen_rows, None
    yield from ((row, None) for row in within[:_SEARCHED])
