"""Conditional formats of our columns: found again, grown with the rows, never doubled."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import unescape

from certsync.ooxml import xml
from certsync.ooxml.ranges import areas
from certsync.sheets.edits import Highlight, Kind
from certsync.sheets.highlights import Look, Rule, rules, written
from certsync.sheets.snapshot import Area

_CELL = re.compile(r"\$?\b[A-Z]{1,3}\$?[1-9][0-9]*\b")
_NUMBER = re.compile(r"\d+(?=\)$)")
_PRIORITY = re.compile(rb"cfRule\s[^>]*?\bpriority\s*=\s*[\"'](\d+)")


@dataclass(frozen=True)
class Highlighted:
    """The data rows of one column, and the conditional format they are to carry.

    `status` is the column whose word "Renewed" quiets the format; None for none.
    """

    area: Area
    highlight: Highlight
    kind: Kind
    soon: int = 90
    status: int | None = None

    def rules(self) -> tuple[Rule, ...]:
        """The rules, the first that is true wins; {c} is still to be filled in."""
        return rules(self.highlight, self.kind, self.soon, history=self.status is not None)

    def written(self, formula: str, row: int) -> str:
        """A rule's formula for the cell of this column in `row`."""
        return written(formula, row, self.area.left, self.status)


def conditional_formats(
    part: bytes,
    children: Sequence[xml.Element],
    wanted: Sequence[Highlighted],
    place: int,
    dxf: Callable[[Look], int],
) -> list[xml.Splice]:
    """The splices that give each column its conditional format.

    Other people's rules stay as they are and win over ours: ours come after them.

    Args:
        part: The worksheet part, shaded.
        children: The children of its root.
        wanted: What to colour; each area is one column wide.
        place: Where a new `conditionalFormatting` may stand.
        dxf: The number of the differential format of a look.
    """
    root = xml.root(part)
    blocks = [_Block(part, e) for e in children if e.local == b"conditionalFormatting"]
    last = max((int(p) for p in _PRIORITY.findall(part, place_of_rules(children))), default=0)
    splices: list[xml.Splice] = []
    for item in wanted:
        own = [block for block in blocks if block.carries(item)]
        alone = [block for block in own if block.only(item)]
        covered = _covered(item.area, [a for block in own for a in block.areas])
        if alone and not covered:
            splices.append(alone[0].grown(item))
            own.remove(alone[0])
        for block in own:
            splices += block.retimed(item)
        if not covered and not alone:
            rules = [(item.written(f, item.area.top), dxf(look)) for f, look in item.rules()]
            numbered = [(f, look, last + n) for n, (f, look) in enumerate(rules, start=1)]
            new = _element(root.prefix.decode(), item.area, numbered)
            splices.append((place, place, new))
            last += len(rules)
    return splices


def place_of_rules(children: Sequence[xml.Element]) -> int:
    """Where the part's rows end: rules stand behind them."""
    return next((e.end for e in children if e.local == b"sheetData"), 0)


@dataclass(frozen=True)
class _Rule:
    """A rule by formula. `place` is where the formula's text stands in the part."""

    formula: str
    place: tuple[int, int]
    dxf: int
    priority: int

    @property
    def shape(self) -> str:
        return _shape(self.formula)


class _Block:
    """One `conditionalFormatting` element of a part."""

    def __init__(self, part: bytes, element: xml.Element) -> None:
        self.element = element
        self.areas = areas(xml.attributes_of(part, element).get("sqref", ""))
        rules = list(xml.children(part, element))
        self.rules = [rule for e in rules if (rule := _rule(part, e)) is not None]
        self.mixed = len(self.rules) < len(rules)

    def carries(self, item: Highlighted) -> bool:
        """True if every rule of ours is here and the column is meant."""
        missing = Counter(_shapes(item)) - Counter(rule.shape for rule in self.rules)
        return not missing and any(_in_column(area, item.area) for area in self.areas)

    def only(self, item: Highlighted) -> bool:
        """True if nothing but our rules for this column is here."""
        ours = len(self.rules) == len(_shapes(item)) and not self.mixed
        return ours and all(area.left == area.right == item.area.left for area in self.areas)

    def grown(self, item: Highlighted) -> xml.Splice:
        """This block over all its rows and the item's, with the formats a person gave it."""
        rows = [a for a in self.areas if _in_column(a, item.area)] + [item.area]
        top, bottom = min(a.top for a in rows), max(a.bottom for a in rows)
        area = Area(top, item.area.left, bottom, item.area.left)
        old = sorted(self.rules, key=lambda rule: rule.priority)
        rules = [
            (item.written(formula, top), rule.dxf, rule.priority)
            for (formula, _), rule in zip(item.rules(), old, strict=True)
        ]
        new = _element(self.element.prefix.decode(), area, rules)
        return self.element.start, self.element.end, new

    def retimed(self, item: Highlighted) -> list[xml.Splice]:
        """The splices that put the item's number of days into our rules."""
        splices = []
        wanted = [formula for formula, _ in item.rules()]
        old = sorted(self.rules, key=lambda rule: rule.priority)
        for shape in dict.fromkeys(map(_shape, wanted)):
            new = [formula for formula in wanted if _shape(formula) == shape]
            for rule, formula in zip([r for r in old if r.shape == shape], new, strict=False):
                cell = _CELL.search(rule.formula)
                known = cell[0] if cell else ""
                text = formula.replace("{c}", known).replace("{s}", known)
                if text != rule.formula:
                    splices.append((*rule.place, xml.escape(text).encode()))
        return splices


def _rule(part: bytes, element: xml.Element) -> _Rule | None:
    values = xml.attributes_of(part, element)
    formulas = [e for e in xml.children(part, element) if e.local == b"formula"]
    if values.get("type") != "expression" or len(formulas) != 1 or "dxfId" not in values:
        return None
    place = formulas[0].inner, formulas[0].close
    text = unescape(part[slice(*place)].decode())
    return _Rule(text, place, xml.whole(values["dxfId"]), xml.whole(values.get("priority")))


def _element(prefix: str, area: Area, rules: Sequence[tuple[str, int, int]]) -> bytes:
    """A `conditionalFormatting` of formula, differential format and priority of each rule."""
    inner = "".join(
        f'<{prefix}cfRule type="expression" dxfId="{dxf}" priority="{priority}">'
        f"<{prefix}formula>{xml.escape(formula)}</{prefix}formula>"
        f"</{prefix}cfRule>"
        for formula, dxf, priority in rules
    )
    name = f"{prefix}conditionalFormatting"
    return f'<{name} sqref="{area}">{inner}</{name}>'.encode()


def _shapes(item: Highlighted) -> list[str]:
    return [_shape(formula) for formula, _ in item.rules()]


def _shape(formula: str) -> str:
    """A formula without the cell it was written for and without its number of days."""
    return _NUMBER.sub("#", _CELL.sub("{c}", formula.replace("{s}", "{c}")))


def _in_column(area: Area, column: Area) -> bool:
    return area.left <= column.left <= area.right


def _covered(wanted: Area, found: Sequence[Area]) -> bool:
    """True if the areas hold every cell of a one-column area."""
    row = wanted.top
    for area in sorted(found, key=lambda a: a.top):
        if _in_column(area, wanted) and area.top <= row:
            row = max(row, area.bottom + 1)
    return row > wanted.bottom
