"""Columns of cells that are no dates: text, numbers, words. Each column is read as a whole."""

from __future__ import annotations

import math
import re
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.extensions import ExtensionArray

from certsync.sheets.cells import Problem, either, plain, quoted
from certsync.sheets.names import fold
from certsync.sheets.schema import Column, Kind
from certsync.sheets.snapshot import Value

Problems = dict[int, Problem]
"""What is wrong in a column, by the index of the cell."""

_MOST = 2**53
_LARGEST = sys.float_info.max
_CODES = "USD|EUR|GBP|CAD|AUD|NZD|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|MXN|BRL|ZAR|SGD|HKD"
_AMOUNT = re.compile(
    rf"(?P<minus>-?)\s*(?:(?:US|CA|AU)?[$€£¥₹]|{_CODES})?\s*"
    rf"(?P<number>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*(?:[$€£¥₹]|{_CODES})?",
    re.ASCII | re.IGNORECASE,
)
_EITHER_MARK = re.compile(r"\D*[1-9]\d{0,2}\.\d{3}\D*")
_YES = frozenset({"yes", "y", "true", "x", "✓", "✔", "1"})
_NO = frozenset({"no", "n", "false", "0"})


def read_texts(values: Sequence[Value], _column: Column) -> tuple[ExtensionArray, Problems]:
    """Text without the spaces around it; numbers as digits, so that an ID of 123.0 is "123"."""
    return text_array(texts(values)), {}


def read_ids(values: Sequence[Value], _column: Column) -> tuple[ExtensionArray, Problems]:
    """As texts, without characters that nobody can see: two IDs that look the same are."""
    return text_array([t if t is None or t.isascii() else _seen(t) for t in texts(values)]), {}


def _seen(text: str) -> str | None:
    return "".join(c for c in text if unicodedata.category(c) != "Cf").strip() or None


def text_array(values: Sequence[str | None]) -> ExtensionArray:
    """Text as a frame holds it [str, NaN where there is none]."""
    return pd.array(np.array(values, dtype=object), dtype="str")


def texts(values: Sequence[Value]) -> list[str | None]:
    """The text of each cell, None where there is nothing but spaces."""
    kinds = set(map(type, values))
    if kinds == {type(None)}:
        return [None] * len(values)
    if kinds <= {str, type(None)}:
        return [v.strip() or None if v else None for v in values]  # type: ignore[union-attr]
    return [plain(v) or None for v in values]


def read_wholes(values: Sequence[Value], column: Column) -> tuple[ExtensionArray, Problems]:
    """Whole numbers [Int64]; whole means exactly so."""
    if column.key == "minimum":
        code, advice = "minimum.bad", "Write a whole number of 1 or more, such as 2."
    else:
        code, advice = "number.bad", "Write a whole number such as 2, or leave the cell empty."

    def problem(value: Value) -> Problem:
        return Problem(code, f"{quoted(value)} is not a whole number.", advice)

    numbers, problems = _numbers(values, problem)
    known = ~np.isnan(numbers)
    wrong = known & ((np.floor(numbers) != numbers) | (np.abs(numbers) > _MOST))
    problems |= {i: problem(values[i]) for i in np.flatnonzero(wrong).tolist()}
    known &= ~wrong
    integers = np.where(known, numbers, 0).astype(np.int64)
    return pd.arrays.IntegerArray(integers, ~known), problems


def read_amounts(values: Sequence[Value], _column: Column) -> tuple[ExtensionArray, Problems]:
    """Numbers and amounts of money [Float64]; `$1,200` is 1200."""
    numbers, problems = _numbers(
        values,
        lambda value: Problem(
            "number.bad",
            f"{quoted(value)} is not a number with one meaning.",
            "Write the digits alone, such as 1200 or 1200.50, or leave the cell empty.",
        ),
    )
    return pd.arrays.FloatingArray(numbers, np.isnan(numbers)), problems


def _numbers(
    values: Sequence[Value], problem: Callable[[Value], Problem]
) -> tuple[npt.NDArray[np.float64], Problems]:
    """The cells as floats; nan where there is nothing, or a problem."""
    amounts: Sequence[Value] = values
    if not set(map(type, values)) <= {int, float, type(None)}:
        amounts = [_amount(v) for v in values]
    try:
        numbers = np.array(amounts, dtype=np.float64)
    except OverflowError:
        numbers = np.array([_amount(v) for v in values], dtype=np.float64)
    unknown = np.flatnonzero(~np.isfinite(numbers))
    numbers[unknown] = np.nan
    return numbers, {i: problem(values[i]) for i in unknown.tolist() if not _empty(values[i])}


def _empty(value: Value) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _amount(value: Value) -> float:
    """One number or amount as text; nan where the cell holds neither."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value) if abs(value) <= _LARGEST else math.nan
    text = plain(value).replace("\u2212", "-").replace("\xa0", " ")
    match = _AMOUNT.fullmatch(text)
    # Half the world writes 1.200 for 1200, so a dot before three digits is left to the person.
    if match is None or _EITHER_MARK.fullmatch(text):
        return math.nan
    number = float(match["number"].replace(",", ""))
    return -number if match["minus"] else number


def read_words(values: Sequence[Value], column: Column) -> tuple[ExtensionArray, Problems]:
    """Words of a fixed list, each as certsync writes it: "left" in a status is Departed."""
    canonical = {fold(word): name for name, words in column.choices for word in (name, *words)}
    written = texts(values)
    known = {text: canonical.get(fold(text)) for text in set(written) if text}
    allowed = either([name for name, _ in column.choices])
    unknown = {text for text, word in known.items() if word is None}
    problems = {
        i: Problem(
            "word.unknown",
            f"{quoted(text)} is no word for {column.header}.",
            f"Write {allowed}.",
        )
        for i, text in enumerate(written if unknown else ())
        if text in unknown
    }
    return text_array([known.get(text) if text else None for text in written]), problems


def read_yes_no(values: Sequence[Value], column: Column) -> tuple[ExtensionArray, Problems]:
    """Ticks and words for yes and no [boolean]."""
    problems: Problems = {}
    answers: list[bool | None] = []
    for i, value in enumerate(values):
        word = plain(value).casefold()
        answers.append(True if word in _YES else False if word in _NO else None)
        if word and answers[-1] is None:
            problems[i] = Problem(
                "word.unknown",
                f"{quoted(value)} is neither yes nor no.",
                f"Write Yes or No in {column.header}.",
            )
    return pd.array(answers, dtype="boolean"), problems


READERS: Mapping[Kind, Callable[[Sequence[Value], Column], tuple[ExtensionArray, Problems]]] = {
    "text": read_texts,
    "id": read_ids,
    "email": read_texts,
    "url": read_texts,
    "whole": read_wholes,
    "money": read_amounts,
    "choice": read_words,
    "yesno": read_yes_no,
}
"""How a column of each kind is read, dates apart."""
