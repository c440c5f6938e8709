"""Words and widths."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certsync.dashboard.text import clipped, counted, day, lines, moment, weekday, width


def test_dates_are_written_so_that_nobody_can_misread_them() -> None:
    """The month is a word, whatever the machine's language."""
    assert day(date(2026, 4, 3)) == "3 Apr 2026"
    assert weekday(date(2026, 11, 23)) == "Monday, 23 Nov 2026"
    assert moment(datetime(2026, 11, 23, 8, 5)) == "23 Nov 2026 at 08:05"


def test_counts_agree_with_their_noun() -> None:
    """One row, two rows, thousands apart."""
    assert [counted(n, "row") for n in (0, 1, 1204)] == ["0 rows", "1 row", "1,204 rows"]
    assert counted(2, "person", "people") == "2 people"


def test_a_text_is_cut_on_one_line_with_an_ellipsis() -> None:
    """Line breaks become spaces, and the cut shows."""
    assert clipped("one\n two\tthree ", 20) == "one two three"
    assert clipped("x" * 30, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [
        ("Short", 20, 1),
        ("AWS Certified Solutions Architect - Professional", 40, 1),
        ("AWS Certified Solutions Architect - Professional", 30, 2),
        ("W" * 60, 20, 6),
        ("", 20, 1),
    ],
)
def test_lines_are_counted_as_a_cell_breaks_them(text: str, room: float, expected: int) -> None:
    """At spaces where there are some, inside a word that is longer than the cell."""
    assert lines(text, room, 10) == expected


@given(st.text(max_size=80), st.floats(5, 60))
def test_enough_lines_for_all_the_width(text: str, room: float) -> None:
    """The lines together are never narrower than the text."""
    assert lines(text, room, 10) * (room - 1) + 0.01 >= width(text.strip(), 10) - 80 * width(
        " ", 10
    )
    assert lines(text, room, 10) >= 1


def test_wide_letters_take_twice_the_room() -> None:
    """An ideograph is as wide as it is high."""
    assert width("漢字", 10) == pytest.approx(2 * 10 * 96 / 72 / 7)
