"""The few formulas the service calculates; every other one shows `#NAME?`.

Numbers, text, TRUE and FALSE, references, `+ - * / & = <> < <= > >=`, brackets, and the functions
of `formula_functions`. A reference takes what a cell shows at that moment: of what was calculated
only the formulas with NOW and TODAY are calculated again later, by `refresh`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tests.sheets_service import a1
from tests.sheets_service.formula_functions import (
    FUNCTIONS,
    LAZY,
    Called,
    FormulaError,
    Node,
    number,
    ordered,
)
from tests.sheets_service.model import Book, CellError, CellValue, GoogleError, Sheet
from tests.sheets_service.numbers import general, locale

_TOKEN = re.compile(
    r'\s*(?:(?P<number>\d+\.?\d*(?:E[+-]?\d+)?|\.\d+)|"(?P<text>(?:[^"]|"")*)"'
    r"|(?P<reference>(?:'(?:[^']|'')+'!|\w+!)?\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?)(?![\w(])"
    r"|(?P<name>[A-Z_.]+)|(?P<sign><>|<=|>=|[-+*/&(),;<>=]))",
    re.I,
)
_DIVISION = CellError("DIVIDE_BY_ZERO", "#DIV/0!", "Function DIVIDE parameter 2 cannot be zero.")
UNKNOWN = CellError("NAME", "#NAME?", "Unknown function, or one that the service does not know.")
_PARSE = CellError("ERROR", "#ERROR!", "Formula parse error.")
DATE_FORMATS = {"TODAY": "DATE", "DATE": "DATE", "NOW": "DATE_TIME"}

_VOLATILE = re.compile(r"\b(?:NOW|TODAY)\s*\(", re.I)
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def calculated(book: Book, sheet: Sheet, text: str) -> CellValue:
    """What the formula shows that stands in this tab."""
    try:
        value = _Formula(book, sheet, text[1:]).parsed()()
    except FormulaError as found:
        return found.error
    except IndexError:
        return CellError("N_A", "#N/A", "Wrong number of arguments.")
    except (ValueError, OverflowError) as error:
        return CellError("NUM", "#NUM!", str(error))
    return 0 if value is None else value


def refresh(book: Book) -> None:
    """Calculate anew what speaks of the present moment, `Book.now`.

    One that the service cannot calculate keeps what it shows: a file may have brought its value.
    """
    for sheet in book.sheets:
        for key, cell in sheet.cells.items():
            if cell.formula is not None and _VOLATILE.search(cell.formula):
                value = calculated(book, sheet, cell.formula)
                if value not in (cell.value, UNKNOWN):
                    sheet.cells[key] = replace(cell, value=value)


class _Formula:
    """A formula on its way from text to a node that can be asked for its value."""

    def __init__(self, book: Book, sheet: Sheet, text: str) -> None:
        self._book, self._sheet = book, sheet
        self._tokens = _tokens(text)
        self._at = 0

    def parsed(self) -> Node:
        node = self._comparison()
        if self._at < len(self._tokens):
            raise FormulaError(UNKNOWN)
        return node

    def _take(self, *signs: str) -> str | None:
        if self._at < len(self._tokens) and self._tokens[self._at] in [("sign", s) for s in signs]:
            self._at += 1
            return self._tokens[self._at - 1][1]
        return None

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise FormulaError(_PARSE)

    def _comparison(self) -> Node:
        node = self._joined()
        while sign := self._take(*_COMPARED):
            node = _compared(_COMPARED[sign], node, self._joined())
        return node

    def _joined(self) -> Node:
        node = self._sum()
        while self._take("&"):
            node = self._text(node, self._sum())
        return node

    def _sum(self) -> Node:
        node = self._product()
        while sign := self._take("+", "-"):
            node = _added(node, self._product(), 1 if sign == "+" else -1)
        return node

    def _product(self) -> Node:
        node = self._value()
        while sign := self._take("*", "/"):
            other = self._value()
            node = _multiplied(node, other) if sign == "*" else _divided(node, other)
        return node

    def _value(self) -> Node:
        if sign := self._take("-", "+"):
            return _added(lambda: 0, self._value(), 1 if sign == "+" else -1)
        if self._take("("):
            node = self._comparison()
            self._expect(")")
            return node
        kind, text = self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")
        self._at += 1
        if kind == "number":
            return _constant(float(text) if not text.isdigit() else int(text))
        if kind == "text":
            return _constant(text.replace('""', '"'))
        if kind == "reference":
            return lambda: next(self._cells(text))
        if kind == "name" and text.upper() in ("TRUE", "FALSE") and not self._take("("):
            return _constant(text.upper() == "TRUE")
        if kind == "name" and self._take("("):
            return self._call(text.upper())
        raise FormulaError(UNKNOWN)

    def _call(self, name: str) -> Node:
        given: list[Node | Called] = []
        while not self._take(")"):
            given.append(self._argument())
            if not self._take(",", ";"):
                self._expect(")")
                break
        if name in LAZY:
            nodes = [node for node in given if not isinstance(node, Called)]
            return lambda: LAZY[name](nodes)
        if name not in FUNCTIONS:
            return _failing
        return lambda: FUNCTIONS[name](self._book, list(_values(given)))

    def _argument(self) -> Node | Called:
        """One argument; a range of cells is all of its values."""
        kind, text = self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")
        if kind == "reference" and ":" in text:
            self._at += 1
            return Called(lambda: self._cells(text))
        return self._comparison()

    def _cells(self, text: str) -> Iterator[CellValue]:
        try:
            area = a1.parse(self._book, text)
            if "!" not in text:
                area["sheetId"] = self._sheet.id
            box = a1.box(self._book, area)
        except GoogleError as error:
            raise FormulaError(CellError("REF", "#REF!", "Reference does not exist.")) from error
        for row in range(box.top, box.bottom):
            for column in range(box.left, box.right):
                value = box.sheet.cell(row, column).value
                if isinstance(value, CellError):
                    raise FormulaError(value)
                yield value

    def _text(self, one: Node, other: Node) -> Node:
        of = locale(self._book.locale)

        def spelt(value: CellValue) -> str:
            if isinstance(value, bool):
                return str(value).upper()
            if isinstance(value, (int, float)):
                return general(value, of)
            return "" if value is None else str(value)

        return lambda: spelt(one()) + spelt(other())


def _constant(value: CellValue) -> Node:
    return lambda: value


def _failing() -> CellValue:
    raise FormulaError(UNKNOWN)


def _compared(how: Callable[[Any, Any], bool], one: Node, other: Node) -> Node:
    return lambda: how(*ordered(one(), other()))


def _added(one: Node, other: Node, sign: int) -> Node:
    return lambda: number(one()) + sign * number(other())


def _multiplied(one: Node, other: Node) -> Node:
    return lambda: number(one()) * number(other())


def _divided(one: Node, other: Node) -> Node:
    def node() -> CellValue:
        above, below = number(one()), number(other())
        if not below:
            raise FormulaError(_DIVISION)
        return above / below

    return node


def _values(given: list[Node | Called]) -> Iterator[CellValue]:
    for node in given:
        if isinstance(node, Called):
            yield from node.cells()
        else:
            yield node()


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at, text = [], 0, text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise FormulaError(UNKNOWN)
        kind = match.lastgroup or ""
        found.append((kind, match[kind]))
        at = match.end()
    return found
