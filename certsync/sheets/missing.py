"""What is missing or double among tabs and headers, with what was seen and the nearest name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from certsync.sheets.cells import either, quoted
from certsync.sheets.findings import Finding, Severity
from certsync.sheets.headers import Headers, Mapped
from certsync.sheets.names import fold
from certsync.sheets.near import closest, nearest, slip
from certsync.sheets.schema import SCHEMA, Column, Owned, TabSpec
from certsync.sheets.snapshot import TabSnapshot, cell_ref

_LISTED = 30
_MAP = "name the right one under `columns` in the config"


def tab(spec: TabSpec, seen: Sequence[str]) -> list[Finding]:
    """No tab of this name. For an optional tab only a slip of the keyboard is worth a word."""
    ours = {name for other in SCHEMA for name in other.names()}
    strangers = [name for name in seen if fold(name) not in ours]
    near = next((name for name in strangers if slip(name, spec.title)), None)
    if near is None and not spec.required:
        return []
    near = near or nearest(spec.title, strangers)
    fix = (
        f"Rename the tab {quoted(near)} to {quoted(spec.title)}."
        if near
        else f"Add the tab {quoted(spec.title)}, or rename the one that holds this."
    )
    message = f"There is no tab {quoted(spec.title)}. The workbook has {_listed(seen)}."
    severity: Severity = "error" if spec.required else "warning"
    return [Finding("tab.missing", severity, spec.title, None, "", message, fix, excludes=True)]


def far(tab: TabSnapshot) -> list[Finding]:
    """Cells that lie so far from the table that nobody means them to belong to it."""
    if not tab.far:
        return []
    refs = [cell_ref(*place) for place in tab.far]
    rows = len({row for row, _ in tab.far})
    message = (
        f"Far from all other cells stand {len(refs):,} more in {rows:,} "
        f"{'row' if rows == 1 else 'rows'}: {_listed(refs[:3])}"
        f"{' and others' if len(refs) > 3 else ''}. They are not read."
    )
    fix = "Clear them, or move them up to the others if they are records."
    return [Finding("cells.far", "error", tab.name, refs[0], "", message, fix)]


def choice(spec: TabSpec, names: Sequence[str]) -> list[Finding]:
    """Several tabs fit, and nothing tells which is meant, so none is read."""
    message = f"Several tabs can be {quoted(spec.title)}: {_listed(names)}. None of them is read."
    fix = f"Rename the right one to {quoted(spec.title)}."
    return [Finding("tab.ambiguous", "error", spec.title, None, "", message, fix, excludes=True)]


def passed_over(spec: TabSpec, read: str, others: Sequence[str]) -> Iterator[Finding]:
    """A tab that is not read although it has the headers of one that is."""
    for name in others:
        message = f"This tab has the headers of {quoted(spec.title)}; only {quoted(read)} is read."
        fix = f"Move its rows to {quoted(read)}, or give the tab a name of another kind."
        yield Finding("tab.ambiguous", "warning", name, None, "", message, fix)


def header_row(spec: TabSpec, name: str, searched: int) -> list[Finding]:
    """No row looks like the headers of this tab."""
    groups = [(c.key,) for c in spec.columns if c.required] + [*spec.any_of]
    needed = [either([quoted(spec.column(key).header) for key in keys]) for keys in groups]
    message = f"None of the first {searched} rows holds the headers {', '.join(needed)}."
    fix = (
        "Write the headers into one row above the records, "
        "or map yours under `columns` in the config."
    )
    severity: Severity = "error" if spec.required else "warning"
    return [Finding("header.missing", severity, name, None, "", message, fix, excludes=True)]


def columns(name: str, headers: Headers, mapped: Mapped) -> Iterator[Finding]:
    """Everything wrong with the header row of the tab called `name`."""
    spec = headers.spec
    people = {column.key: column for column in spec.columns}
    needed = {key for keys in headers.missing for key in keys}
    for key, theirs in mapped.items():
        if key not in headers.columns and key not in headers.clashes:
            yield _unmapped(name, headers, key, theirs, needed=key in needed)
    for key, places in headers.clashes.items():
        yield _double(name, headers, people.get(key), key, places)
    for keys in headers.missing:
        if mapped.keys().isdisjoint(keys):
            yield _absent(name, headers, [people[key] for key in keys])
    for column in spec.columns:
        if not {column.key} & {*headers.columns, *headers.clashes, *needed, *mapped}:
            yield from _slips(name, headers, column)


def _absent(name: str, headers: Headers, wanted: Sequence[Column]) -> Finding:
    """A required column is not here; the header most like it is named."""
    title = either([quoted(column.header) for column in wanted])
    places = {text: cell for cell, text in headers.free().items()}
    names = {name: column for column in wanted for name in (column.header, *column.aliases)}
    near = closest(places, names, 60)
    cell = headers.ref(places[near[0]]) if near else None
    fix = f"Add the column, or {_MAP.replace('right one', 'one you use')}."
    if near:
        ours = quoted(names[near[1]].header)
        fix = f"Rename {quoted(near[0])} in {cell} to {ours} if it is that, or {_MAP}."
    return Finding(
        "column.missing",
        "error",
        name,
        cell,
        near[0] if near else "",
        f"There is no column {title}. Row {headers.row} has {_listed([*headers.cells.values()])}.",
        fix,
        column=wanted[0].key,
        excludes=True,
    )


def _double(
    name: str, headers: Headers, column: Column | None, key: str, places: Sequence[int]
) -> Finding:
    """Several headers can be the same column. None of them is read; of ours one is written."""
    cells = [f"{headers.ref(place)} ({quoted(headers.cells[place])})" for place in places]
    ours = next((o.header for o in headers.spec.owned if o.key == key), "")
    title = quoted(column.header if column else ours)
    message = f"{' and '.join(cells)} can both be the column {title}."
    if column is None:
        message += f" certsync writes {headers.ref(places[0])}."
        fix = "Delete the other one, or rename it."
    else:
        same = len({fold(headers.cells[place]) for place in places}) == 1
        fix = f"Rename the one that is not {title}" + ("." if same else f", or {_MAP}.")
    serious = column is not None and (column.deciding or column.required)
    return Finding(
        "header.duplicate",
        "error" if serious else "warning",
        name,
        headers.ref(places[1]),
        headers.cells[places[1]],
        message,
        fix,
        column=key,
        excludes=serious,
    )


def _unmapped(name: str, headers: Headers, key: str, theirs: str, *, needed: bool) -> Finding:
    """The config maps a column to a header that is not here; the tab may not do without it."""
    columns: tuple[Column | Owned, ...] = (*headers.spec.columns, *headers.spec.owned)
    ours = next(column.header for column in columns if column.key == key)
    message = (
        f"The config says under `columns: {headers.spec.title}` that {quoted(ours)} is headed "
        f"{quoted(theirs)}, and no header here is. "
        f"Row {headers.row} has {_listed([*headers.cells.values()])}."
    )
    near = nearest(theirs, headers.cells.values())
    own = next((at for at, text in headers.free().items() if fold(text) == fold(ours)), None)
    fix = "Write the header that holds it there, or take that line out of the config."
    if near:
        fix = f"Write {quoted(near)} in the config."
    elif own is not None:
        fix = f"Take that line out of the config: {headers.ref(own)} is headed {quoted(ours)}."
    return Finding(
        "column.missing" if needed else "mapping.unknown",
        "error" if needed else "warning",
        name,
        None,
        theirs,
        message,
        fix,
        column=key,
        excludes=needed,
    )


def _slips(name: str, headers: Headers, column: Column) -> Iterator[Finding]:
    """A header that is an optional column's name but for a slip of the keyboard."""
    for place, text in headers.free().items():
        if any(slip(text, known) for known in (column.header, *column.aliases)):
            ref = headers.ref(place)
            message = f"The header {quoted(text)} is not known, so the column is not read."
            fix = f"Rename it to {quoted(column.header)} if it is that."
            yield Finding(
                "header.unknown", "warning", name, ref, text, message, fix, column=column.key
            )


def _listed(names: Sequence[str]) -> str:
    """The names in quotes, at most 30 of them."""
    shown = ", ".join(map(quoted, names[:_LISTED])) or "none"
    return shown + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")
