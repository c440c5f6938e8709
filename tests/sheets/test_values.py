"""Text, numbers and words of a column, read as a whole."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certsync.sheets.schema import CERTIFICATIONS, PARTNERSHIP_REQUIREMENTS, PURSUITS, Column
from certsync.sheets.snapshot import Value
from certsync.sheets.values import READERS

ID = CERTIFICATIONS.column("employee_id")
NOTES = CERTIFICATIONS.column("notes")
MINIMUM = PARTNERSHIP_REQUIREMENTS.column("minimum")
ATTEMPTS = PURSUITS.column("attempts")
VALUE = PARTNERSHIP_REQUIREMENTS.column("annual_value")
VERIFIED = CERTIFICATIONS.column("verified")
BOOKED = PURSUITS.column("exam_scheduled")


def read(column: Column, *values: Value) -> tuple[list[object], dict[int, str]]:
    """The values, None where there is none, and the codes of problems by index."""
    found, problems = READERS[column.kind](values, column)
    plain = [None if pd.isna(value) else value for value in found]
    return plain, {i: problem.code for i, problem in problems.items()}


def test_ids_keep_their_zeros() -> None:
    """Text stays as typed but for the spaces around it; whole numbers lose their ".0"."""
    values, problems = read(ID, "007", " E-12\u00a0", 123.0, 45, "123.0", "  ", None, True)
    assert values == ["007", "E-12", "123", "45", "123.0", None, None, "TRUE"]
    assert problems == {}


def test_text_of_dates_and_fractions() -> None:
    """Whatever stands in a text column is shown as a person would write it."""
    day = datetime(2026, 3, 4)
    values, _ = read(NOTES, 1.5, date(2026, 3, 4), day, day.replace(hour=9))
    assert values == ["1.5", "2026-03-04", "2026-03-04", "2026-03-04 09:00:00"]


def test_whole_numbers_are_exactly_whole() -> None:
    """A fraction, a word or a tick is no count; nothing is rounded."""
    values, problems = read(ATTEMPTS, 2, 3.0, "4", None, 2.5, "many", True, "1,200", 2.0**60)
    assert values == [2, 3, 4, None, None, None, None, 1200, None]
    assert problems == dict.fromkeys((4, 5, 6, 8), "number.bad")
    assert read(MINIMUM, 2.5)[1] == {0: "minimum.bad"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$1,200", 1200.0),
        ("$ 1,200.50", 1200.5),
        ("US$1,200", 1200.0),
        ("1,200,000 USD", 1200000.0),
        ("\u20ac 99", 99.0),
        ("-$5", -5.0),
        ("\u22125", -5.0),
        ("1200", 1200.0),
        ("0.5", 0.5),
        ("0.125", 0.125),
        ("12,5", None),
        ("1.200", None),
        ("1.200,50", None),
        ("12,00", None),
        ("12 mil", None),
        ("10%", None),
        ("(500)", None),
        ("$", None),
        ("1e5", None),
        ("nan", None),
        ("23E123123", None),
    ],
)
def test_amounts_have_one_meaning(text: str, expected: float | None) -> None:
    """Commas group thousands; what half the world would read otherwise is reported."""
    values, problems = read(VALUE, text)
    assert values == [expected]
    assert problems == ({0: "number.bad"} if expected is None else {})


def test_a_column_of_numbers_is_taken_as_it_is() -> None:
    """Numbers and empty cells need no second look; what no float can hold is reported."""
    assert read(VALUE, 1, 2.5, None) == ([1.0, 2.5, None], {})
    assert read(VALUE, float("inf"), 10**400, 7) == (
        [None, None, 7.0],
        dict.fromkeys((0, 1), "number.bad"),
    )


def test_words_are_those_of_the_list() -> None:
    """Every way to write a word gives the one certsync uses; others list what is allowed."""
    assert read(VERIFIED, "YES", "not verified", True, None, " Rejected ") == (
        ["Verified", "Pending", "Verified", None, "Rejected"],
        {},
    )
    _, problems = READERS["choice"](["maybe"], VERIFIED)
    assert problems[0].message == '"maybe" is no word for Verified.'
    assert problems[0].fix == "Write Pending, Verified or Rejected."


def test_ticks_are_yes_and_no() -> None:
    """Boxes, words and marks are read; a date is not a yes."""
    values, problems = read(BOOKED, True, False, "Yes", "n", "x", 1, 0, "", None, date(2026, 3, 4))
    assert values == [True, False, True, False, True, True, False, None, None, None]
    assert problems == {9: "word.unknown"}


cells = st.lists(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.dates(), st.text(max_size=8),
        st.sampled_from(["$1,200", "yes", "Verified", "  "]),
    ),
    max_size=12,
)  # fmt: skip


@settings(deadline=None)
@given(cells, st.sampled_from([ID, NOTES, MINIMUM, VALUE, VERIFIED, BOOKED]))
def test_a_column_reads_each_cell_as_alone(values: list[Value], column: Column) -> None:
    """Neighbours change nothing, and a cell that is not blank has a value or a problem."""
    together, problems = read(column, *values)
    for i, value in enumerate(values):
        (alone,), problem = read(column, value)
        assert together[i] == alone
        assert problems.get(i) == problem.get(0)
        blank = value is None or (isinstance(value, str) and not value.strip())
        assert blank or alone is not None or problem
