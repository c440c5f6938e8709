"""Dates in every form people write them, and none of them guessed."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certsync.sheets.cells import Problem
from certsync.sheets.dateforms import EARLIEST, LATEST, DateRules, Order, read_date
from certsync.sheets.dates import read_dates
from certsync.sheets.snapshot import Value

MARCH_4 = date(2026, 3, 4)
ORDERS: tuple[Order | None, ...] = (None, "DMY", "MDY", "YMD")
days = st.dates(EARLIEST, LATEST)
orders = st.sampled_from(ORDERS)
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def problem(value: Value, rules: DateRules | None = None) -> Problem:
    """The problem of a cell that must have one."""
    found = read_date(value, rules or DateRules())
    assert isinstance(found, Problem)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-04",
        " 2026-3-4 ",
        "2026/03/04",
        "2026.03.04",
        "2026-03-04T10:30:00",
        "2026-03-04 00:00:00",
        "2026-03-04T10:30:00.123Z",
        "4 March 2026",
        "4 Mar 2026",
        "04-MAR-2026",
        "04Mar2026",
        "4th of March 2026",
        "March 4, 2026",
        "Mar. 4th 2026",
        "Wednesday, 4 March 2026",
        "Wed 4 Mar 2026 9:15 am",
        "2026 March 4",
        "2026\u201303\u201304",
        "4\u00a0March\u00a02026",
        "\ufeff2026-03-04",
    ],
)
def test_forms_with_one_reading_are_read(text: str) -> None:
    """ISO text and a month by its name mean one date, whatever the order that is set."""
    for order in ORDERS:
        assert read_date(text, DateRules(order)) == MARCH_4


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("25/04/2026", None, date(2026, 4, 25)),
        ("04/25/2026", None, date(2026, 4, 25)),
        ("04/04/2026", None, date(2026, 4, 4)),
        ("03/04/2026", "DMY", date(2026, 4, 3)),
        ("03/04/2026", "MDY", date(2026, 3, 4)),
        ("3.4.2026", "DMY", date(2026, 4, 3)),
        ("3-4-2026", "MDY", date(2026, 3, 4)),
        ("03/04/2026 10:30 PM", "DMY", date(2026, 4, 3)),
        ("04/04/2026", "YMD", date(2026, 4, 4)),
    ],
)
def test_numeric_dates_follow_the_order(text: str, order: Order | None, expected: date) -> None:
    """Day and month are told apart by the order that is set, or by there being no thirteenth."""
    if order == "YMD":
        assert problem(text, DateRules(order)).code == "date.bad"
    else:
        assert read_date(text, DateRules(order)) == expected


def test_an_ambiguous_date_is_reported_with_both_readings() -> None:
    """03/04/2026 without an order is never read, and the advice shows both dates."""
    found = problem("03/04/2026")
    assert found.code == "date.ambiguous"
    assert found.message == '"03/04/2026" can be read as two dates.'
    assert found.fix == "Write it as 2026-04-03 or 2026-03-04, or set date_order in the config."


@pytest.mark.parametrize(
    ("value", "code", "fix"),
    [
        ("31/02/2026", "date.bad", "Write it as 2026-02-28 or leave the cell empty."),
        ("2028-02-30", "date.bad", "Write it as 2028-02-29 or leave the cell empty."),
        ("June 31, 2026", "date.bad", "Write it as 2026-06-30 or leave the cell empty."),
        ("March 2026", "date.bad", "Write it as 2026-03-31 or leave the cell empty."),
        ("03/2026", "date.bad", "Write it as 2026-03-31 or leave the cell empty."),
        ("Monday, 4 March 2026", "date.bad", "Write it as 2026-03-04 or leave the cell empty."),
        ("03/04/26", "date.short_year", "Write it as 2026-04-03, 2026-03-04 or 2003-04-26."),
        ("4-Mar-26", "date.short_year", "Write it as 2026-03-04 or leave the cell empty."),
        ("46085", "date.digits", "Write it as 2026-03-04 or leave the cell empty."),
        ("20260304", "date.digits", "Write it as 2026-03-04 or leave the cell empty."),
        ("25042026", "date.digits", "Write it as 2026-04-25 or leave the cell empty."),
        (20260304, "date.digits", "Write it as 2026-03-04 or leave the cell empty."),
        ("TBD", "date.bad", "Write a date such as 2026-12-31, or leave the cell empty."),
        ("13/13/2026", "date.bad", "Write a date such as 2026-12-31, or leave the cell empty."),
        ("-2026-03-04", "date.bad", "Write a date such as 2026-12-31, or leave the cell empty."),
        (2026, "date.bad", "Write a date such as 2026-12-31, or leave the cell empty."),
        (True, "date.bad", "Write a date such as 2026-12-31, or leave the cell empty."),
        (time(9, 30), "date.bad", "Write a date such as 2026-12-31, or leave the cell empty."),
        (timedelta(1), "date.bad", "Write a date such as 2026-12-31, or leave the cell empty."),
        (float("nan"), "date.bad", "Write a date such as 2026-12-31, or leave the cell empty."),
        (float("inf"), "date.bad", "Write a date such as 2026-12-31, or leave the cell empty."),
    ],
)
def test_a_bad_date_comes_with_a_right_one(value: Value, code: str, fix: str) -> None:
    """The advice shows a concrete form: the last day of the month, the year in full."""
    found = problem(value)
    assert (found.code, found.fix) == (code, fix)


def test_a_date_against_the_order_is_bad() -> None:
    """25/04/2026 under MDY has one reading, but not the one that the config promises."""
    found = problem("25/04/2026", DateRules("MDY"))
    assert found.message == (
        '"25/04/2026" is not a date in the order MDY, which applies to this workbook.'
    )
    assert found.fix == "Write it as 2026-04-25 or leave the cell empty."


def test_words_for_no_expiry() -> None:
    """The lifetime words count in an expiry column only; an empty cell is neither."""
    rules = DateRules(lifetime=True, required=True)
    for text in ("does not expire", "Doesn't expire", "N/A", "NEVER", "Lifetime", "no-expiry"):
        assert read_date(text, rules) is True
        assert problem(text).code == "date.bad"
    assert read_date("  ", rules) is None
    assert problem("someday", rules).fix == (
        'Write a date such as 2026-12-31, or "does not expire".'
    )


def test_serial_numbers_count_from_the_workbooks_epoch() -> None:
    """46085 is 4 March 2026, and 1,462 days later in a workbook of 1904."""
    assert read_date(46085.75, DateRules()) == MARCH_4
    assert read_date(46085 - 1462, DateRules(epoch_1904=True)) == MARCH_4
    assert read_date(46085, DateRules(epoch_1904=True)) == MARCH_4 + timedelta(1462)


def test_a_column_keeps_its_rows() -> None:
    """Dates, words, numbers and problems of a mixed column stay in their rows."""
    column = read_dates(
        [MARCH_4, None, "never", "31/02/2026", datetime(2026, 3, 4, 23, 59), 46085, "1905-01-01"],
        DateRules(lifetime=True, required=True),
    )
    march = np.datetime64("2026-03-04", "us")
    nothing = np.datetime64("NaT", "us")
    expected = np.array([march, nothing, nothing, nothing, march, march, nothing])
    np.testing.assert_array_equal(column.days, expected)
    assert str(column.days.dtype) == "datetime64[us]"
    assert column.does_not_expire.tolist() == [False, False, True, False, False, False, False]
    assert sorted(column.problems) == [3, 6]
    assert column.problems[6].message == '"1905-01-01" is not between 1950 and 2150.'


@settings(deadline=None)
@given(days, orders)
def test_a_date_written_in_any_form_comes_back(day: date, order: Order | None) -> None:
    """What a date is written as is read as that date, or reported; never as another date."""
    d, m, y = day.day, day.month, day.year
    month, weekday = MONTHS[m - 1], WEEKDAYS[day.weekday()]
    sure = [
        f"{y}-{m:02}-{d:02}",
        f"{y}/{m}/{d}",
        f"{d} {month} {y}",
        f"{month[:3]} {d}, {y}",
        f"{weekday}, {d} {month.upper()} {y}",
        f"{d:02}-{month[:3]}-{y}",
    ]
    for text in sure:
        assert read_date(text, DateRules(order)) == day
    assert read_date((day - date(1899, 12, 30)).days, DateRules(order)) == day
    for first, second, written in ((d, m, "DMY"), (m, d, "MDY")):
        found = read_date(f"{first:02}/{second}/{y}", DateRules(order))
        if order == written or (order is None and (d > 12 or d == m)):
            assert found == day
        elif order in ("DMY", "MDY") and d <= 12:
            assert found == date(y, d, m)
        else:
            assert isinstance(found, Problem)
            assert str(day) in found.fix
    for text in (f"{d}/{m}/{y % 100:02}", f"{d} {month[:3]} {y % 100:02}", f"{y}{m:02}{d:02}"):
        assert isinstance(read_date(text, DateRules(order)), Problem)


@settings(deadline=None)
@given(st.text(alphabet="0123456789/-. ,:TmarchAPRIL'", max_size=16), orders)
def test_a_text_that_is_read_shows_its_year_and_day(text: str, order: Order | None) -> None:
    """Whatever is read stands in the text: four digits for the year, and the day."""
    found = read_date(text, DateRules(order))
    if isinstance(found, date):
        assert str(found.year) in text
        assert str(found.day) in text


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
    st.text(max_size=12),
    days.map(str),
    st.sampled_from(["never", "03/04/2026", "1/2/26", "46085"]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(values, max_size=20), orders, st.booleans())
def test_a_column_is_its_cells(cells: list[Value], order: Order | None, lifetime: bool) -> None:
    """A column reads each cell as alone; every cell that is not blank is read or a problem."""
    rules = DateRules(order, lifetime)
    column = read_dates(cells, rules)
    for i, cell in enumerate(cells):
        alone = cell if isinstance(cell, date) or cell is None else read_date(cell, rules)
        if isinstance(alone, datetime):
            alone = alone.date()
        if isinstance(alone, date) and not EARLIEST <= alone <= LATEST:
            assert i in column.problems
            continue
        assert (i in column.problems) == isinstance(alone, Problem)
        assert bool(column.does_not_expire[i]) == (alone is True)
        read = None if np.isnat(column.days[i]) else column.days[i].astype(object).date()
        assert read == (alone if isinstance(alone, date) else None)
