"""The dashboard in Google Sheets is the one in Excel: cell by cell, and as a picture."""

from __future__ import annotations

import io
import shutil
import subprocess
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpyxl import Workbook, load_workbook

from tests.dashboard.picture import pixels_of, printed, save
from tests.sheets_service.export import to_xlsx
from tests.sheets_service.service import SheetsService
from tests.stores.google_world import store_of
from tests.stores.test_google_sample import SAMPLE, excel_store, google_sample, sync

DASHBOARD = "Dashboard"


@dataclass(frozen=True)
class Both:
    """The sample after a run: Excel's file, and what Google Sheets would export."""

    files: Mapping[str, bytes]

    @cached_property
    def books(self) -> list[Workbook]:
        """Both, with the values of their formulas."""
        with warnings.catch_warnings():
            # openpyxl warns of parts that it does not read; none of them is wanted here.
            warnings.simplefilter("ignore")
            return [load_workbook(io.BytesIO(data), data_only=True) for data in self.files.values()]

    def tabs(self, name: str) -> list[Any]:
        """A tab of each."""
        return [book[name] for book in self.books]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """Made once: nothing here changes it."""
    folder = tmp_path_factory.mktemp("sample")
    with SheetsService(check_answers=True) as service:
        spreadsheet = google_sample(service)
        sync(store_of(service, spreadsheet), folder / "google")
        sync(excel_store(folder / "excel"), folder / "excel")
        excel = (folder / "excel" / SAMPLE.name).read_bytes()
        yield Both({"excel": excel, "google": to_xlsx(service.book(spreadsheet))})


def width(tab: Any, column: int) -> float:
    """The width of a column, which a file may give for several at once."""
    columns = tab.column_dimensions.values()
    return next(float(found.width) for found in columns if found.min <= column <= found.max)


def rgb(color: Any) -> str | None:
    """RRGGBB; files differ in the byte before it."""
    return color.rgb[2:] if color is not None and isinstance(color.rgb, str) else None


def fill(cell: Any) -> object:
    """The colour of the cell, if it has one."""
    return rgb(cell.fill.fgColor) if cell.fill.fill_type == "solid" else None


def letters(cell: Any) -> object:
    """How the text is written, where there is one."""
    font = cell.font
    look = font.name, font.sz, bool(font.b), bool(font.i), font.u, rgb(font.color)
    return None if cell.value is None else look


def place(cell: Any) -> object:
    """Where the text stands in its cell."""
    at = cell.alignment
    look = at.horizontal, at.vertical, bool(at.wrap_text), at.indent
    return None if cell.value is None else look


def lines(cell: Any) -> object:
    """The lines around the cell."""
    sides = ((side, getattr(cell.border, side)) for side in ("left", "right", "top", "bottom"))
    return [
        (side, line.style, rgb(line.color)) for side, line in sides if line and line.style
    ] or None


def number(cell: Any) -> object:
    """The number format. Google hides a zero that a chart would carry as a label."""
    code = cell.number_format.removesuffix(";-#,##0;;@")
    return None if cell.value is None or code == "General" else code


LOOKS: dict[str, Callable[[Any], object]] = {
    "value": lambda cell: cell.value,
    "fill": fill,
    "letters": letters,
    "place": place,
    "lines": lines,
    "number": number,
    "link": lambda cell: cell.hyperlink.location if cell.hyperlink else None,
}


@pytest.mark.parametrize("look", LOOKS)
def test_each_cell_is_the_same(both: Both, look: str) -> None:
    """What a cell of the dashboard says, and how it looks, is the same in both."""
    excel, google = (
        {
            cell.coordinate: found
            for row in tab.iter_rows()
            for cell in row
            if (found := LOOKS[look](cell)) is not None
        }
        for tab in both.tabs(DASHBOARD)
    )
    assert google == excel
    assert len(excel) > 25


def test_the_tab_is_the_same(both: Both) -> None:
    """Merged blocks, sizes to half a pixel, what is frozen, and the colour of the tab."""
    excel, google = both.tabs(DASHBOARD)
    assert set(map(str, google.merged_cells.ranges)) == set(map(str, excel.merged_cells.ranges))
    assert google.freeze_panes == excel.freeze_panes == "A4"
    assert google.sheet_view.showGridLines is excel.sheet_view.showGridLines is False
    assert rgb(google.sheet_properties.tabColor) == rgb(excel.sheet_properties.tabColor)
    for column in range(1, excel.max_column + 1):
        assert width(google, column) == pytest.approx(width(excel, column), abs=0.5 / 7)
    for index, row in excel.row_dimensions.items():
        assert google.row_dimensions[index].height == pytest.approx(row.height, abs=0.375)


def test_the_banner_turns_red_in_both(both: Both) -> None:
    """The same cells change their colours by the same formula."""

    def rules(tab: Any) -> list[object]:
        return [
            (str(area.sqref), rule.formula, rgb(rule.dxf.fill.bgColor), rgb(rule.dxf.font.color))
            for area in tab.conditional_formatting
            for rule in area.rules
        ]

    excel, google = map(rules, both.tabs(DASHBOARD))
    assert google == excel
    assert len(excel) == 1


@pytest.mark.parametrize(
    ("tab", "header_row"),
    [
        ("Certifications", 4),
        ("Team Members", 1),
        ("Partnership Requirements", 1),
        ("Pursuits", 1),
    ],
)
def test_our_columns_look_like_the_persons_own(both: Both, tab: str, header_row: int) -> None:
    """Header and cells of a column of ours have the same look, width and formats as in Excel."""
    excel, google = both.tabs(tab)
    for column in range(1, excel.max_column + 1):
        for row in (header_row, header_row + 1):
            mine, other = google.cell(row, column), excel.cell(row, column)
            assert (mine.value, fill(mine)) == (other.value, fill(other)), mine.coordinate
        assert width(google, column) == pytest.approx(width(excel, column), abs=0.5 / 7), column


@pytest.fixture
def pdftotext() -> str:
    """The program; skips the test where it or LibreOffice is not installed."""
    if not shutil.which("soffice"):
        pytest.skip("LibreOffice is not installed")
    return shutil.which("pdftotext") or pytest.skip("pdftotext is not installed")


def test_both_are_one_picture(both: Both, pdftotext: str, tmp_path: Path) -> None:
    """Both can be drawn, as high as each other, and no figure is too wide for its cell.

    The two stand side by side in `beside.png`, to be looked at.
    """
    pictures = []
    for name, data in both.files.items():
        pdf = printed(data, DASHBOARD, tmp_path / name)
        words = subprocess.run([pdftotext, pdf, "-"], check=True, capture_output=True, text=True)
        assert "###" not in words.stdout
        assert "certsync has not run since" in words.stdout
        pictures.append(pixels_of(pdf, 1200))
    high, low = (of(len(picture) for picture in pictures) for of in (max, min))
    assert high == pytest.approx(low, rel=0.02)
    white = [np.full((high - len(p), 1200, 3), 255, np.uint8) for p in pictures]
    beside = [np.concatenate(pair)[:, :1200] for pair in zip(pictures, white, strict=True)]
    save(np.concatenate(beside, axis=1), tmp_path / "beside.png")
