"""Conditional formats of our columns: there once, over every row, behind everybody else's."""

from __future__ import annotations

import re

import pytest

from certsync.ooxml.highlights import Highlighted
from certsync.ooxml.sheet import patch
from certsync.sheets import highlights
from certsync.sheets.edits import Highlight
from certsync.sheets.highlights import Look
from certsync.sheets.snapshot import Area
from tests.ooxml.handmade import worksheet

LOOKS = [getattr(highlights, name) for name in ("GREEN", "AMBER", "RED", "DARK", "GREY", "SLATE")]


def number(look: Look) -> int:
    """The differential format a look has in these tests."""
    return 10 + LOOKS.index(look)


def days(first: int, last: int, soon: int = 90, column: int = 4) -> Highlighted:
    """The days column D (or another) with its rows."""
    return Highlighted(Area(first, column, last, column), "days", "whole", soon)


def highlighted(part: str, *wanted: Highlighted) -> str:
    """A worksheet part after its conditional formats were put in."""
    return patch(part.encode(), [], highlights=wanted, dxf=number).part.decode()


def formats(part: str) -> list[str]:
    """The conditional formats of a part, each as one text."""
    return re.findall(r"<conditionalFormatting.*?</conditionalFormatting>", part)


def rule(formula: str, dxf: int, priority: int) -> str:
    """One rule by formula."""
    return (
        f'<cfRule type="expression" dxfId="{dxf}" priority="{priority}">'
        f"<formula>{formula}</formula></cfRule>"
    )


def test_days_are_dark_red_and_yellow() -> None:
    """Expired days are dark, those up to 30 red, those up to the policy's yellow; in that order."""
    assert formats(highlighted(worksheet(""), days(5, 104))) == [
        '<conditionalFormatting sqref="D5:D104">'
        + rule("AND(ISNUMBER(D5),D5&lt;0)", 13, 1)
        + rule("AND(ISNUMBER(D5),D5&lt;=30)", 12, 2)
        + rule("AND(ISNUMBER(D5),D5&lt;=90)", 11, 3)
        + "</conditionalFormatting>"
    ]


def test_dates_are_compared_with_today() -> None:
    """A column of dates is coloured by its distance from the day somebody looks."""
    dates = Highlighted(Area(2, 1, 3, 1), "days", "date", 60)
    (block,) = formats(highlighted(worksheet(""), dates))
    assert re.findall(r"<formula>(.*?)</formula>", block) == [
        "AND(ISNUMBER(A2),A2&lt;TODAY())",
        "AND(ISNUMBER(A2),A2&lt;=TODAY()+30)",
        "AND(ISNUMBER(A2),A2&lt;=TODAY()+60)",
    ]


@pytest.mark.parametrize(
    ("highlight", "words"),
    [
        ("status", ["Expired", "Expiring Soon", "Active", "Renewed", "In Progress", "Unknown"]),
        ("compliance", ["Met", "At Risk", "Not Met", "Unknown"]),
        ("pursuit", ["On Track", "At Risk", "Stalled", "Overdue", "Passed"]),
    ],
)
def test_every_word_has_its_colour(highlight: Highlight, words: list[str]) -> None:
    """Each word a status column can show has a rule, and an empty cell has none."""
    item = Highlighted(Area(2, 1, 3, 1), highlight, "text")
    (block,) = formats(highlighted(worksheet(""), item))
    assert re.findall(r"A2=&quot;(.*?)&quot;", block) == words


@pytest.mark.parametrize("look", LOOKS)
def test_colours_can_be_read(look: Look) -> None:
    """Text and fill differ by a contrast of at least 4.5, as WCAG 2 asks of normal text."""

    def luminance(color: str) -> float:
        channels = [int(color[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(look.color), luminance(look.fill)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_the_same_rows_change_nothing() -> None:
    """A column that is coloured already gets no second conditional format."""
    once = highlighted(worksheet(""), days(5, 104))
    assert highlighted(once, days(5, 104)) == once
    assert highlighted(once, days(7, 50)) == once


def test_new_rows_are_covered() -> None:
    """The format grows with the rows, down and up, and keeps its numbers."""
    once = highlighted(worksheet(""), days(5, 104))
    assert highlighted(once, days(5, 120)) == once.replace("D5:D104", "D5:D120")
    up = highlighted(once, days(3, 100))
    assert up == once.replace("D5:D104", "D3:D104").replace("D5", "D3")


def test_another_number_of_days_takes_the_place_of_the_old() -> None:
    """A policy of 60 days instead of 90 changes the rule that is there."""
    once = highlighted(worksheet(""), days(5, 104))
    assert highlighted(once, days(5, 104, soon=60)) == once.replace("D5&lt;=90", "D5&lt;=60")


def test_a_look_that_a_person_chose_stays() -> None:
    """Somebody gave our rule other colours and another rank: both stay when it grows."""
    once = highlighted(worksheet(""), days(5, 104))
    chosen = once.replace('dxfId="12" priority="2"', 'dxfId="3" priority="9"').replace(
        'priority="3"', 'priority="12"'
    )
    assert highlighted(chosen, days(5, 120)) == chosen.replace("D5:D104", "D5:D120")


def test_other_peoples_formats_stay_and_win() -> None:
    """Rules that are there keep their bytes and ranks; ours come behind all of them."""
    theirs = (
        '<conditionalFormatting sqref="A1:Z99"><cfRule type="cellIs" dxfId="0" priority="4" '
        'operator="lessThan"><formula>3</formula></cfRule></conditionalFormatting>'
    )
    extension = (
        '<extLst><ext uri="{x}"><x14:conditionalFormattings><x14:cfRule type="dataBar" '
        'priority="7" id="{y}"/></x14:conditionalFormattings></ext></extLst>'
    )
    part = worksheet("", after=f"{theirs}<pageMargins/>{extension}")
    new = highlighted(part, days(5, 9))
    ours = formats(new)[1]
    assert re.findall(r'priority="(\d+)"', ours) == ["8", "9", "10"]
    assert new.replace(ours, "") == part
    assert new.index(theirs) < new.index(ours) < new.index("<pageMargins/>")


def test_a_rule_beside_ours_is_left_alone() -> None:
    """Excel writes rules over the same cells as one block: a person's rule in it never grows."""
    theirs = rule("D5=7", 2, 4)
    once = highlighted(worksheet(""), days(5, 104)).replace(
        "</conditionalFormatting>", f"{theirs}</conditionalFormatting>"
    )
    assert highlighted(once, days(5, 104)) == once
    grown = highlighted(once, days(5, 120))
    assert formats(grown)[0] == formats(once)[0]
    assert formats(grown)[1].startswith('<conditionalFormatting sqref="D5:D120">')
    assert highlighted(grown, days(5, 120)) == grown
    shorter = highlighted(once, days(5, 104, soon=60))
    assert shorter == once.replace("D5&lt;=90", "D5&lt;=60")


def test_pieces_that_excel_made_of_ours_still_count() -> None:
    """Cutting and inserting rows makes several areas and blocks of one; together they cover."""
    block = formats(highlighted(worksheet(""), days(5, 104)))[0]
    pieces = block.replace("D5:D104", "D5:D50 D61:D104") + block.replace("D5:D104", "D51:D60")
    part = worksheet("", after=pieces.replace("D51:D60", "$D$51:$D$60"))
    assert highlighted(part, days(5, 104)) == part


def test_a_copied_column_gets_no_mixed_block() -> None:
    """After somebody copied our cells to another column, ours grows in a block of its own."""
    once = highlighted(worksheet(""), days(5, 104)).replace("D5:D104", "D5:D104 H5:H104")
    assert highlighted(once, days(5, 104)) == once
    grown = highlighted(once, days(5, 120))
    assert formats(grown)[0] == formats(once)[0]
    assert len(formats(grown)) == 2


def test_a_new_format_stands_where_the_schema_wants_it() -> None:
    """Behind merged cells and phonetics, before validations, links and margins."""
    after = (
        "<sheetProtection/><autoFilter/><mergeCells/><phoneticPr/>"
        "<dataValidations/><hyperlinks/><pageMargins/>"
    )
    new = highlighted(worksheet("", after=after), days(5, 9))
    assert new.index("<phoneticPr/>") < new.index("<conditionalFormatting")
    assert new.index("</conditionalFormatting>") < new.index("<dataValidations/>")
