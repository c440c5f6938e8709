"""How cells of our columns are coloured: formulas and looks, alike in Excel and Google Sheets."""

from __future__ import annotations

from dataclasses import dataclass

from certsync.sheets.edits import Highlight, Kind
from certsync.sheets.snapshot import cell_ref


@dataclass(frozen=True)
class Look:
    """Text and fill colour, RRGGBB; each pair has a contrast of at least 4.5 to 1."""

    color: str
    fill: str


GREEN = Look("375623", "E2F0D9")
AMBER = Look("7F6000", "FFF2CC")
RED = Look("843C0C", "F8CBAD")
DARK = Look("FFFFFF", "3B3B3B")
GREY = Look("404040", "E7E6E6")
SLATE = Look("334155", "DCE6F1")

Rule = tuple[str, Look]
"""A formula and how the cell looks if it is true.

In the formula {c} is the cell, {s} the status in its row, and {soon} the number of days.
"""


def _words(*words: tuple[str, Look]) -> tuple[Rule, ...]:
    return tuple((f'{{c}}="{word}"', look) for word, look in words)


_HISTORY: Rule = ('{s}="Renewed"', GREY)
"""The days of a record that was renewed alarm nobody."""

_DATES: tuple[Rule, ...] = (
    ("AND(ISNUMBER({c}),{c}<TODAY())", DARK),
    ("AND(ISNUMBER({c}),{c}<=TODAY()+30)", RED),
    ("AND(ISNUMBER({c}),{c}<=TODAY()+{soon})", AMBER),
)
_RULES: dict[Highlight, tuple[Rule, ...]] = {
    "days": (
        ("AND(ISNUMBER({c}),{c}<0)", DARK),
        ("AND(ISNUMBER({c}),{c}<=30)", RED),
        ("AND(ISNUMBER({c}),{c}<={soon})", AMBER),
    ),
    "status": _words(
        ("Expired", DARK),
        ("Expiring Soon", AMBER),
        ("Active", GREEN),
        ("Renewed", GREY),
        ("In Progress", SLATE),
        ("Unknown", SLATE),
    ),
    "compliance": _words(("Met", GREEN), ("At Risk", AMBER), ("Not Met", RED), ("Unknown", GREY)),
    "pursuit": _words(
        ("On Track", GREEN),
        ("At Risk", AMBER),
        ("Stalled", AMBER),
        ("Overdue", RED),
        ("Passed", GREY),
    ),
}


def rules(highlight: Highlight, kind: Kind, soon: int, *, history: bool) -> tuple[Rule, ...]:
    """The rules of a column, the first that is true wins; {c} and {s} are still to be filled in.

    `soon` is the number of days up to which days are yellow; with `history` the word "Renewed" in
    the status column quiets the colour.
    """
    table = _DATES if (highlight, kind) == ("days", "date") else _RULES[highlight]
    chosen = (_HISTORY, *table) if history else table
    return tuple((formula.replace("{soon}", str(soon)), look) for formula, look in chosen)


def written(formula: str, row: int, column: int, status: int | None) -> str:
    """A rule's formula for one cell; `status` is the column of the statuses."""
    return formula.replace("{c}", cell_ref(row, column)).replace("{s}", cell_ref(row, status or 1))
