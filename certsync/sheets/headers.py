"""Which column of a header row is which: by the config's mapping, by name, by alias."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from certsync.sheets.names import fold
from certsync.sheets.schema import TabSpec
from certsync.sheets.snapshot import cell_ref

Mapped = Mapping[str, str]
"""Headers that the config names, by column key."""


@dataclass(frozen=True)
class Headers:
    """One header row as understood. `cells` maps each sheet column to its text.

    `columns` maps a key to its column. `clashes` maps a key to the columns that could all be it:
    one that people fill is then in no `columns`, one of ours is the leftmost.
    """

    spec: TabSpec
    row: int
    cells: Mapping[int, str]
    columns: Mapping[str, int]
    clashes: Mapping[str, tuple[int, ...]]

    @property
    def score(self) -> int:
        """How many of the columns people fill stand here."""
        return sum(c.key in self.columns or c.key in self.clashes for c in self.spec.columns)

    @property
    def missing(self) -> list[tuple[str, ...]]:
        """The required columns that are not here; of a group of several one would do."""
        needed = [(c.key,) for c in self.spec.columns if c.required]
        here = {*self.columns, *self.clashes}
        return [keys for keys in (*needed, *self.spec.any_of) if here.isdisjoint(keys)]

    def ref(self, column: int) -> str:
        """The header's cell, such as F4."""
        return cell_ref(self.row, column)

    def free(self) -> dict[int, str]:
        """The headers that mean nothing to certsync."""
        taken = {*self.columns.values(), *(c for cs in self.clashes.values() for c in cs)}
        return {column: text for column, text in self.cells.items() if column not in taken}


def match(spec: TabSpec, row: int, cells: Mapping[int, str], mapped: Mapped) -> Headers:
    """Understand a header row. A header means one column only, and a column has one header.

    The mapping goes before the schema's own header, and that before its aliases. Where the same
    name stands twice, the one in the table's main block counts: the stretch of neighbouring
    headers in which most names are known. A name of ours counts only there, or among others of
    ours: elsewhere it belongs to something that a person keeps beside the table.
    """
    return _Matcher(spec, cells, mapped).headers(row)


class _Matcher:
    """The state of matching one row: the columns still free, and what was found."""

    def __init__(self, spec: TabSpec, cells: Mapping[int, str], mapped: Mapped) -> None:
        self.spec, self.cells, self.mapped = spec, cells, mapped
        self.free = {column: fold(text) for column, text in cells.items()}
        self.columns: dict[str, int] = {}
        self.clashes: dict[str, tuple[int, ...]] = {}
        blocks = _blocks(sorted(cells))
        known = {fold(n) for c in spec.columns for n in (c.header, *c.aliases)}
        known |= {fold(text) for text in mapped.values()}
        self.main = max(
            blocks, key=lambda block: sum(self.free[c] in known for c in block), default=range(0)
        )
        ours = {fold(owned.header) for owned in spec.owned}
        self.ours = {c for block in blocks if {self.free[c] for c in block} <= ours for c in block}

    def headers(self, row: int) -> Headers:
        for key, header in self.mapped.items():
            self._settle(key, self._named({fold(header)}))
        for column in self.spec.columns:
            if column.key not in self.mapped:
                self._settle(column.key, self._named({fold(column.header)}))
        for owned in self.spec.owned:
            if owned.key not in self.mapped:
                places = self._named({fold(owned.header)})
                self._settle(owned.key, [c for c in places if c in self.main or c in self.ours])
        self._settle_aliases()
        for owned in self.spec.owned:
            if owned.key in self.clashes:
                self.columns[owned.key] = self.clashes[owned.key][0]
        return Headers(self.spec, row, self.cells, self.columns, self.clashes)

    def _named(self, names: set[str]) -> list[int]:
        """The free columns of these folded names, those of the main block if there are any."""
        found = [column for column, name in self.free.items() if name in names]
        return [column for column in found if column in self.main] or found

    def _settle(self, key: str, places: Sequence[int]) -> None:
        """Give the column its place, or note that it could have several."""
        if len(places) == 1:
            self.columns[key] = places[0]
        elif places:
            self.clashes[key] = tuple(places)
        for column in places:
            del self.free[column]

    def _settle_aliases(self) -> None:
        """Columns with one possible place first: that may leave one place for others."""
        aliases = {
            c.key: set(map(fold, c.aliases))
            for c in self.spec.columns
            if not {c.key} & {*self.columns, *self.clashes, *self.mapped}
        }
        while aliases:
            places = {key: self._named(names) for key, names in aliases.items()}
            key = min(places, key=lambda key: (not places[key], len(places[key])))
            self._settle(key, places[key])
            del aliases[key]


def _blocks(columns: Sequence[int]) -> list[list[int]]:
    """Stretches of neighbouring columns."""
    blocks: list[list[int]] = []
    for column in columns:
        if blocks and blocks[-1][-1] == column - 1:
            blocks[-1].append(column)
        else:
            blocks.append([column])
    return blocks
