"""The dashboard as a whole: its grid, its styles, its links."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from certsync.dashboard import theme
from certsync.dashboard.layout import Layout
from certsync.dashboard.text import width
from tests.dashboard.agency import TODAY, agency, agency_of, record
from tests.dashboard.worlds import World, worlds


def check_grid(layout: Layout) -> None:
    """Every cell has a style, a height, room for its text and a place of its own in the grid."""
    taken: set[tuple[int, int]] = set()
    for cell in layout.cells:
        assert cell.style in layout.styles
        assert cell.row in layout.heights
        assert cell.column + cell.across - 1 <= len(layout.widths)
        block = {
            (row, column)
            for row in range(cell.row, cell.row + cell.down)
            for column in range(cell.column, cell.column + cell.across)
        }
        assert not taken & block, f"two cells at {sorted(taken & block)}"
        taken |= block
        style = layout.styles[cell.style]
        if isinstance(cell.value, str) and not style.wrap and cell.row != 1:
            room = sum(layout.widths[cell.column - 1 : cell.column + cell.across - 1])
            assert width(cell.value, style.size, bold=style.bold) < room - 1.3 * style.indent
    for highlight in layout.highlights:
        assert highlight.style in layout.styles
    for chart in layout.charts:
        covered = {
            (row, column)
            for row in range(chart.row, chart.row + chart.rows)
            for column in range(chart.column, chart.column + chart.columns)
        }
        assert not taken & covered


@settings(max_examples=40, deadline=None)
@given(worlds())
def test_no_two_cells_overlap_and_every_style_exists(world: World) -> None:
    """Whatever the workbook holds, the layout is sound, charts included."""
    check_grid(world.agency.layout())


def test_the_whole_agency_is_a_sound_layout() -> None:
    """The believable agency fills every section, and both charts stand."""
    layout = agency().layout()
    check_grid(layout)
    assert [chart.kind for chart in layout.charts] == ["stacked", "doughnut"]


def test_charts_read_the_figures_at_the_end() -> None:
    """Each range of a chart holds its heading, then the numbers that the chart shows."""
    layout = agency().layout()
    at = {(cell.row, cell.column): cell.value for cell in layout.cells}
    stacked, doughnut = layout.charts
    for chart in layout.charts:
        for column in chart.series:
            assert isinstance(at[column.top, column.left], str)
            rows = range(column.top + 1, column.bottom + 1)
            assert all(isinstance(at[row, column.left], int) for row in rows)
            assert (chart.categories.top, chart.categories.bottom) == (rows[0], rows[-1])
    assert at[stacked.categories.top, stacked.categories.left] == "Nov 2026"
    assert len(doughnut.colors) == doughnut.categories.bottom - doughnut.categories.top + 1


def test_a_pale_fill_never_meets_pale_text() -> None:
    """Every style with a fill and text has a contrast of at least 4.5 to 1."""

    def light(color: str) -> float:
        parts = [int(color[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for name, style in theme.STYLES.items():
        if not name.startswith("bar "):
            pair = sorted((light(style.color), light(style.fill or "FFFFFF")))
            assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5, name


def test_it_fits_a_window_and_a_page() -> None:
    """The grid is at most 170 characters wide, and its six tiles are equal."""
    assert sum(theme.WIDTHS) <= 170
    assert {sum(theme.WIDTHS[first - 1 : last]) for first, last in theme.TILES} == {25.75}


def test_a_long_name_makes_its_row_higher_and_is_not_cut() -> None:
    """A text that needs three lines gets the height of three lines."""
    name = "Certified Professional in the Very Long Art of Naming Things at Great Length " * 2
    lines = [record("E1", name, TODAY), record("E1", "Short", TODAY)]
    layout = agency_of({"certifications": lines}).layout()
    heights = {c.value: layout.heights[c.row] for c in layout.cells if c.column == 3}
    assert heights[name.strip()] > 2 * heights["Short"]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 60), st.integers(0, 30))
def test_no_page_is_too_long_and_no_chart_is_cut(records: int, requirements: int) -> None:
    """From break to break there is less than an A4 page, and charts stand on one page."""
    names = [f"Certified Professional of Kind {n} and of Some More Words" for n in range(60)]
    layout = agency_of(
        {
            "certifications": [record("E1", names[n], TODAY) for n in range(records)],
            "partnership_requirements": [
                {"program": f"P{n}", "tier": "T", "requirement": names[n], "minimum": 1 + n % 2}
                for n in range(requirements)
            ],
        }
    ).layout()
    edges = [1, *layout.breaks, max(layout.heights) + 1]
    pages = [
        sum(layout.heights[row] for row in range(top, bottom))
        for top, bottom in itertools.pairwise(edges)
    ]
    assert max(pages) <= 601
    for chart in layout.charts:
        assert not set(layout.breaks) & set(range(chart.row, chart.row + chart.rows))


def test_the_same_run_makes_the_same_layout() -> None:
    """Equal input gives an equal value, so that its text can be hashed."""
    assert repr(agency().layout()) == repr(agency().layout())


@settings(max_examples=25, deadline=None)
@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)))
@example(datetime(2026, 11, 23, 8, 0, 0, 999))
def test_the_banner_says_when_the_last_run_was(moment: datetime) -> None:
    """Cached text and formula name the same moment; no text in the formula is too long."""
    made = agency_of({})
    made.run = replace(made.run, last_run=moment)
    banner = next(c for c in made.layout().cells if c.formula)
    stamp = f"{moment.day} {moment:%b} {moment.year} at {moment:%H:%M}"
    assert stamp in str(banner.value)
    assert banner.formula is not None
    assert banner.formula.count(stamp) == 2
    assert all(len(text) <= 255 for text in banner.formula.split('"')[1::2])


def test_a_hundred_thousand_records_take_no_time() -> None:
    """Building stays far below a second (0.08 s on the machine it was written on)."""
    lines = [
        record(f"E{n % 30000}", f"Name {n % 11}", TODAY + timedelta(n % 1000 - 100))
        for n in range(100_000)
    ]
    made = agency_of({"certifications": lines})
    start = time.perf_counter()
    made.layout()
    assert time.perf_counter() - start < 0.8
