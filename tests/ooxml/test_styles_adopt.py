"""Formats of a fresh workbook, adopted by another: the same look, and nothing grows."""

from __future__ import annotations

import io
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.worksheet.worksheet import Worksheet

from certsync.ooxml.styles import NEW, Styles
from tests.conftest import Validator
from tests.ooxml.test_styles import STYLES, assert_only_appended, book_with, items, styles_of

COLORS = st.sampled_from(["1F2937", "843C0C", "FFFFFF", "000000"])
SIDES = st.builds(
    Side, style=st.sampled_from([None, "thin", "medium"]), color=st.one_of(st.none(), COLORS)
)
LOOKS = st.fixed_dictionaries(
    {
        "font": st.builds(
            Font,
            name=st.sampled_from(["Calibri", "Arial"]),
            size=st.sampled_from([9, 10.5, 24]),
            bold=st.booleans(),
            italic=st.booleans(),
            strike=st.booleans(),
            underline=st.sampled_from([None, "single", "double"]),
            color=st.one_of(st.none(), COLORS),
        ),
        "fill": st.one_of(
            st.just(PatternFill()),
            st.builds(PatternFill, st.sampled_from(["solid", "lightGrid"]), COLORS, COLORS),
        ),
        "border": st.builds(Border, left=SIDES, bottom=SIDES),
        "number_format": st.sampled_from(["General", "0", "0.00%", "yyyy-mm-dd", '0 "days"', "@"]),
        "alignment": st.builds(
            Alignment,
            horizontal=st.sampled_from([None, "left", "center"]),
            vertical=st.sampled_from([None, "top"]),
            wrap_text=st.sampled_from([None, True]),
            indent=st.sampled_from([0, 2]),
        ),
        "protection": st.builds(Protection, locked=st.booleans()),
    }
)


def fresh(looks: list[dict[str, object]]) -> tuple[Workbook, Styles]:
    """A fresh workbook with one cell of column A for each look, and its styles."""
    book = Workbook()
    for row, look in enumerate(looks, 1):
        cell = book.worksheets[0].cell(row, 1, 1)
        for name, value in look.items():
            setattr(cell, name, value)
    return book, Styles(styles_of(book))


def saved_bytes(book: Workbook) -> bytes:
    """The file that openpyxl writes."""
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def sheet(data: bytes) -> Worksheet:
    """The first sheet of a workbook, read by openpyxl."""
    return load_workbook(io.BytesIO(data)).worksheets[0]


def rows(looks: list[dict[str, object]]) -> range:
    """The rows of column A that hold the looks."""
    return range(1, len(looks) + 1)


def shown(cell: Cell | MergedCell) -> tuple[object, ...]:
    """What a person sees of a cell's format."""

    def color(value: object) -> object:
        return getattr(value, "rgb", None) and str(value.rgb)[-6:]  # type: ignore[attr-defined] # any colour

    font, fill, alignment = cell.font, cell.fill, cell.alignment
    sides = (cell.border.left, cell.border.bottom)
    solid = fill.patternType == "solid"
    return (
        (font.name, font.size, bool(font.b), bool(font.i), bool(font.strike), font.u),
        color(font.color),
        (fill.patternType, fill.patternType and color(fill.fgColor)),
        fill.patternType and not solid and color(fill.bgColor),
        [side and side.style and (side.style, color(side.color)) for side in sides],
        cell.number_format,
        (alignment.horizontal, alignment.vertical, bool(alignment.wrap_text), alignment.indent),
        cell.protection.locked,
    )


@settings(deadline=None, max_examples=40)
@given(looks=st.lists(LOOKS, min_size=1, max_size=4))
def test_an_adopted_format_looks_the_same(looks: list[dict[str, object]]) -> None:
    """Font, fill, borders, number format, alignment and protection arrive as they left."""
    book, source = fresh(looks)
    saved = sheet(saved_bytes(book))
    target = Styles(STYLES)
    adopted = [target.adopt(source, int(saved.cell(row, 1).style_id)) for row in rows(looks)]
    arrived = sheet(book_with(target.to_bytes(), *adopted))
    for row, xf in zip(rows(looks), adopted, strict=True):
        if xf:
            assert shown(arrived.cell(row, 1)) == shown(saved.cell(row, 1))
    assert_only_appended(STYLES, target.to_bytes())


@settings(deadline=None, max_examples=30)
@given(looks=st.lists(LOOKS, min_size=1, max_size=6), order=st.randoms())
def test_adopting_again_adds_nothing(looks: list[dict[str, object]], order: object) -> None:
    """The second time every format is found, in whatever order they come."""
    _, source = fresh(looks)
    numbers = list(range(1, len(looks) + 1))
    target = Styles(STYLES)
    first = {number: target.adopt(source, number) for number in numbers}
    again = Styles(target.to_bytes())
    order.shuffle(numbers)  # type: ignore[attr-defined] # a random.Random
    assert {number: again.adopt(source, number) for number in numbers} == first
    assert not again.changed


def test_cells_without_a_format_take_the_workbooks_own() -> None:
    """Format 0 of a fresh workbook is format 0 of any other."""
    target = Styles(STYLES)
    assert target.adopt(Styles(NEW), 0) == 0
    assert not target.changed


def test_an_adopted_format_hangs_on_the_normal_style() -> None:
    """Normal need not be the first cell style of a workbook; it is the one built in as 0."""
    named = NEW.replace(
        b'<cellStyleXfs count="1">',
        b'<cellStyleXfs count="2"><xf numFmtId="9" fontId="0" fillId="0" borderId="0"/>',
    ).replace(b'name="Normal" xfId="0"', b'name="Normal" xfId="1"')
    _, source = fresh([{"number_format": "0.00%"}])
    target = Styles(named)
    (xf,) = items(_with(target, source), "cellXfs")[1:]
    assert (xf.get("xfId"), xf.get("numFmtId"), xf.get("applyNumberFormat")) == ("1", "10", "1")


def _with(target: Styles, source: Styles) -> bytes:
    target.adopt(source, 1)
    return target.to_bytes()


@pytest.mark.parametrize(
    ("bold", "lined", "color"), list(product([True, False], [True, False], [None, "843C0C"]))
)
def test_fonts_come_in_the_order_of_the_schema(bold: bool, lined: bool, color: str | None) -> None:
    """Microsoft's validator rejects the order in which openpyxl writes a font's children."""
    font = Font(
        name="Calibri", b=bold, sz=9, u="single" if lined else None, color=color, family=2, i=True
    )
    _, source = fresh([{"font": font}])
    new = items(_with(Styles(NEW), source), "fonts")[-1]
    names = [str(e.tag).rpartition("}")[2] for e in new]
    order = ["b", "i", "u", "sz", "color", "name", "family", "scheme"]
    assert names == sorted(names, key=order.index)


def test_the_validator_accepts_every_adopted_format(validator: Validator) -> None:
    """Formats of every kind, adopted together, leave a styles part without an error."""
    looks: list[dict[str, object]] = [
        {
            "font": Font(
                name="Arial", b=True, i=True, strike=True, outline=True, shadow=True, u="double",
                vertAlign="superscript", sz=9.5, color="843C0C", family=2, charset=1,
            ),
            "border": Border(diagonal=Side(style="thin"), diagonalUp=True, outline=True),
        },
        {"fill": PatternFill("darkGrid", "843C0C", "FFFFFF"), "number_format": 'd "of" mmm'},
        {"alignment": Alignment(text_rotation=45, shrink_to_fit=True), "protection": Protection()},
    ]  # fmt: skip
    _, source = fresh(looks)
    target = Styles(STYLES)
    last = [target.adopt(source, number) for number in (1, 2, 3)][-1]
    assert not validator.new_errors(book_with(STYLES), book_with(target.to_bytes(), last))
