"""The functions that formulas may call, and how their arguments are taken."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tests.sheets_service.model import Book, CellError, CellValue
from tests.sheets_service.numbers import serial

Node = Callable[[], CellValue]
"""A part of a formula that can be asked for its value. Raises FormulaError."""


class FormulaError(Exception):
    """An error that a formula shows."""

    def __init__(self, error: CellError) -> None:
        super().__init__(error.text)
        self.error = error


@dataclass(frozen=True)
class Called:
    """A range given to a function."""

    cells: Callable[[], Iterator[CellValue]]


def number(value: CellValue) -> float | int:
    """The value as a number; nothing is 0. Raises FormulaError for text."""
    if isinstance(value, (bool, int, float)):
        return value + 0
    if value is None:
        return 0
    raise FormulaError(
        CellError("VALUE", "#VALUE!", f"'{value}' is a text and cannot be coerced to a number.")
    )


def ordered(one: CellValue, other: CellValue) -> tuple[object, object]:
    """Two values as they compare: numbers before text before TRUE; text without case."""
    return _rank(one, other), _rank(other, one)


def _rank(value: CellValue, beside: CellValue) -> tuple[int, object]:
    if value is None:
        value = "" if isinstance(beside, str) else False if isinstance(beside, bool) else 0
    if isinstance(value, bool):
        return 2, value
    return (1, value.casefold()) if isinstance(value, str) else (0, value)


def _true(value: CellValue) -> bool:
    if isinstance(value, str) and value.upper() in ("TRUE", "FALSE"):
        return value.upper() == "TRUE"
    return bool(number(value))


def _numbers(given: list[CellValue]) -> list[float | int]:
    return [v for v in given if isinstance(v, (int, float)) and not isinstance(v, bool)]


def _average(given: list[CellValue]) -> CellValue:
    found = _numbers(given)
    if not found:
        raise FormulaError(CellError("DIVIDE_BY_ZERO", "#DIV/0!", "AVERAGE has no numbers."))
    return sum(found) / len(found)


def _date(given: list[CellValue]) -> CellValue:
    year, month, day = (int(number(part)) for part in given)
    return serial(date(year, month, day))


def _day(given: list[CellValue]) -> date:
    return date(1899, 12, 30) + timedelta(days=math.floor(number(given[0])))


def _round(given: list[CellValue]) -> CellValue:
    """Half away from zero, as spreadsheets do."""
    places = 10 ** int(number(given[1]) if len(given) > 1 else 0)
    value = number(given[0])
    found = math.copysign(math.floor(abs(value) * places + 0.5) / places, value)
    return int(found) if found.is_integer() else found


def _not_available(_book: Book, _given: list[CellValue]) -> CellValue:
    raise FormulaError(CellError("N_A", "#N/A", "Did not find a value."))


def _plain(run: Callable[[list[CellValue]], CellValue]) -> Callable[..., CellValue]:
    """A function that needs no more than its arguments."""
    return lambda _book, given: run(given)


FUNCTIONS: dict[str, Callable[[Book, list[CellValue]], CellValue]] = {
    "TODAY": lambda book, _: serial(book.now.date()),
    "NOW": lambda book, _: serial(book.now),
    "NA": _not_available,
    "ABS": _plain(lambda given: abs(number(given[0]))),
    "AND": _plain(lambda given: all(_true(value) for value in given if value is not None)),
    "AVERAGE": _plain(_average),
    "COUNT": _plain(lambda given: len(_numbers(given))),
    "COUNTA": _plain(lambda given: sum(value is not None for value in given)),
    "DATE": _plain(_date),
    "DAY": _plain(lambda given: _day(given).day),
    "FALSE": _plain(lambda _: False),
    "HYPERLINK": _plain(lambda given: given[-1]),
    "INT": _plain(lambda given: math.floor(number(given[0]))),
    "ISBLANK": _plain(lambda given: given[0] is None),
    "ISTEXT": _plain(lambda given: isinstance(given[0], str)),
    "LEN": _plain(lambda given: len(str("" if given[0] is None else given[0]))),
    "MAX": _plain(lambda given: max(_numbers(given), default=0)),
    "MIN": _plain(lambda given: min(_numbers(given), default=0)),
    "MOD": _plain(lambda given: number(given[0]) % number(given[1])),
    "MONTH": _plain(lambda given: _day(given).month),
    "NOT": _plain(lambda given: not _true(given[0])),
    "OR": _plain(lambda given: any(_true(value) for value in given if value is not None)),
    "ROUND": _plain(_round),
    "SUM": _plain(lambda given: sum(_numbers(given))),
    "TRUE": _plain(lambda _: True),
    "YEAR": _plain(lambda given: _day(given).year),
}
"""By name; each takes the book and its arguments, the cells of a range one by one."""


def _if(given: Sequence[Node]) -> CellValue:
    if _true(given[0]()):
        return given[1]()
    return given[2]() if len(given) > 2 else False


def _if_error(given: Sequence[Node]) -> CellValue:
    try:
        return given[0]()
    except FormulaError:
        return given[1]() if len(given) > 1 else None


def _is_number(given: Sequence[Node]) -> CellValue:
    try:
        return bool(_numbers([given[0]()]))
    except FormulaError:
        return False


def _is_error(given: Sequence[Node]) -> CellValue:
    try:
        given[0]()
    except FormulaError:
        return True
    return False


LAZY: dict[str, Callable[[Sequence[Node]], CellValue]] = {
    "IF": _if,
    "IFERROR": _if_error,
    "ISERROR": _is_error,
    "ISNUMBER": _is_number,
}
"""Those that do not ask every argument for its value, or survive its error."""
