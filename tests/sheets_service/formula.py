"""The few formulas the service calculates; every other one shows `#NAME?`.

Numbers, text, TRUE and FALSE, references, `+ - * / &`, brackets, and the functions below. A
reference takes what a cell shows at that moment: nothing is calculated again later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime

from tests.sheets_service import a1
from tests.sheets_service.model import Book, CellError, CellValue, GoogleError, Sheet
from tests.sheets_service.numbers import general, locale, serial

NOW = datetime(2026, 11, 23, 9, 30)
"""What TODAY and NOW say."""

_TOKEN = re.compile(
    r'\s*(?:(?P<number>\d+\.?\d*(?:E[+-]?\d+)?|\.\d+)|"(?P<text>(?:[^"]|"")*)"'
    r"|(?P<reference>(?:'(?:[^']|'')+'!|\w+!)?\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?)(?![\w(])"
    r"|(?P<name>[A-Z_.]+)|(?P<sign>[-+*/&(),;]))",
    re.I,
)
_DIVISION = CellError("DIVIDE_BY_ZERO", "#DIV/0!", "Function DIVIDE parameter 2 cannot be zero.")
UNKNOWN = CellError("NAME", "#NAME?", "Unknown function, or one that the service does not know.")
DATE_FORMATS = {"TODAY": "DATE", "DATE": "DATE", "NOW": "DATE_TIME"}


class _Error(Exception):
    """An error that a formula shows."""

    def __init__(self, error: CellError) -> None:
        super().__init__(error.text)
        self.error = error


def calculated(book: Book, sheet: Sheet, text: str) -> CellValue:
    """What the formula shows that stands in this tab."""
    try:
        return _Formula(book, sheet, text[1:]).result()
    except _Error as found:
        return found.error
    except (ValueError, OverflowError) as error:
        return CellError("NUM", "#NUM!", str(error))


class _Formula:
    def __init__(self, book: Book, sheet: Sheet, text: str) -> None:
        self._book, self._sheet = book, sheet
        self._tokens = _tokens(text)
        self._at = 0

    def result(self) -> CellValue:
        value = self._sum()
        if self._at < len(self._tokens):
            raise _Error(UNKNOWN)
        return 0 if value is None else value

    def _take(self, *signs: str) -> str | None:
        if self._at < len(self._tokens) and self._tokens[self._at] in [("sign", s) for s in signs]:
            self._at += 1
            return self._tokens[self._at - 1][1]
        return None

    def _sum(self) -> CellValue:
        value = self._product()
        while sign := self._take("+", "-", "&"):
            other = self._product()
            if sign == "&":
                value = self._text(value) + self._text(other)
            else:
                value = _number(value) + _number(other) * (1 if sign == "+" else -1)
        return value

    def _product(self) -> CellValue:
        value = self._value()
        while sign := self._take("*", "/"):
            one, other = _number(value), _number(self._value())
            if sign == "/" and not other:
                raise _Error(_DIVISION)
            value = one * other if sign == "*" else one / other
        return value

    def _value(self) -> CellValue:
        if sign := self._take("-", "+"):
            return _number(self._value()) * (1 if sign == "+" else -1)
        if self._take("("):
            value = self._sum()
            self._expect(")")
            return value
        kind, text = self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")
        self._at += 1
        if kind == "number":
            return float(text) if not text.isdigit() else int(text)
        if kind == "text":
            return text.replace('""', '"')
        if kind == "reference":
            return next(self._cells(text))
        if kind == "name" and text.upper() in ("TRUE", "FALSE") and not self._take("("):
            return text.upper() == "TRUE"
        if kind == "name" and self._take("("):
            return self._call(text.upper())
        raise _Error(UNKNOWN)

    def _call(self, name: str) -> CellValue:
        if name not in _FUNCTIONS:
            raise _Error(UNKNOWN)
        given: list[CellValue] = []
        while not self._take(")"):
            kind, text = self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")
            if kind == "reference" and ":" in text:
                self._at += 1
                given += self._cells(text)
            else:
                given.append(self._sum())
            if not self._take(",", ";"):
                self._expect(")")
                break
        return _FUNCTIONS[name](given)

    def _cells(self, text: str) -> Iterator[CellValue]:
        try:
            area = a1.parse(self._book, text)
            if "!" not in text:
                area["sheetId"] = self._sheet.id
            box = a1.box(self._book, area)
        except GoogleError as error:
            raise _Error(CellError("REF", "#REF!", "Reference does not exist.")) from error
        for row in range(box.top, box.bottom):
            for column in range(box.left, box.right):
                value = box.sheet.cell(row, column).value
                if isinstance(value, CellError):
                    raise _Error(value)
                yield value

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise _Error(CellError("ERROR", "#ERROR!", "Formula parse error."))

    def _text(self, value: CellValue) -> str:
        if isinstance(value, bool):
            return str(value).upper()
        if isinstance(value, (int, float)):
            return general(value, locale(self._book.locale))
        return "" if value is None else str(value)


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at, text = [], 0, text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _Error(UNKNOWN)
        kind = match.lastgroup or ""
        found.append((kind, match[kind]))
        at = match.end()
    return found


def _number(value: CellValue) -> float | int:
    if isinstance(value, (bool, int, float)):
        return value + 0
    if value is None:
        return 0
    raise _Error(
        CellError("VALUE", "#VALUE!", f"'{value}' is a text and cannot be coerced to a number.")
    )


def _total(given: list[CellValue]) -> CellValue:
    return sum(v for v in given if isinstance(v, (int, float)) and not isinstance(v, bool))


def _date(given: list[CellValue]) -> CellValue:
    year, month, day = (int(_number(part)) for part in given)
    return serial(date(year, month, day))


def _not_available(_given: list[CellValue]) -> CellValue:
    raise _Error(CellError("N_A", "#N/A", "Did not find a value."))


_FUNCTIONS: dict[str, Callable[[list[CellValue]], CellValue]] = {
    "SUM": _total,
    "DATE": _date,
    "TODAY": lambda _: serial(NOW.date()),
    "NOW": lambda _: serial(NOW),
    "NA": _not_available,
    "TRUE": lambda _: True,
    "FALSE": lambda _: False,
    "HYPERLINK": lambda given: given[-1] if given else UNKNOWN,
}
