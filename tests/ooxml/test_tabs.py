"""Generated tabs: carried into a workbook, whose other parts stay the bytes they were."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.table import Table

from certsync.errors import WorkbookRefused
from certsync.ooxml import tabs
from certsync.ooxml.defined_names import names
from certsync.ooxml.package import Package
from certsync.ooxml.references import renamed
from certsync.ooxml.workbook import sheets
from tests.conftest import Validator
from tests.ooxml.agency import MAIN, TABS, agency, edited, packed, parts, with_calc_chain
from tests.ooxml.built import dashboard
from tests.ooxml.corpus import corpus_file
from tests.ooxml.render import render

WORKBOOK = "xl/workbook.xml"
TOUCHED = {"[Content_Types].xml", "xl/styles.xml", WORKBOOK, "xl/_rels/workbook.xml.rels"}


def carried(data: bytes, built: bytes | None = None, **wanted: Any) -> bytes:
    """The workbook with the dashboard of `built` carried in."""
    package = Package.open(data)
    given = {"key": "dashboard", "title": "Dashboard", "stamp": "v1"} | wanted
    tabs.carry(package, built or dashboard(), **given)
    return package.to_bytes()


def titles(data: bytes) -> list[str]:
    """The names of all sheets, in tab order."""
    return [sheet.name for sheet in sheets(Package.open(data))]


def tab_part(data: bytes, key: str = "dashboard") -> str:
    """The part of the generated tab."""
    package = Package.open(data)
    name = tabs.generated(package)[key][0]
    return next(sheet.part for sheet in sheets(package) if sheet.name == name)


def tree(data: bytes, part: str) -> etree._Element:
    """One part of a workbook."""
    return etree.fromstring(parts(data)[part])


def names_by_sheet(data: bytes) -> dict[tuple[str | None, str], str]:
    """(sheet's title, name) -> formula, for every name that people gave or Excel knows."""
    package = Package.open(data)
    known = sheets(package)
    return {
        (None if n.sheet is None else known[n.sheet].name, n.name): n.formula
        for n in names(package.read(package.workbook_part()))
        if not n.name.startswith("_certsync.")
    }


def test_a_new_tab_comes_first_and_arrives_whole() -> None:
    """Values, formulas, merged cells, links, conditional formats, charts, print setup arrive."""
    sheet = load_workbook(io.BytesIO(carried(agency()))).worksheets[0]
    assert sheet.title == "Dashboard"
    assert sheet["A1"].value == "Certifications & partners <Chicago>"
    assert sheet["A3"].value == "='Dashboard'!C5*2"
    assert (sheet["C5"].value, sheet["C5"].font.size, sheet["C5"].fill.fgColor.rgb) == (
        118,
        24,
        "FFE2F0D9",
    )
    assert sheet["B10"].value == " Person 10\nsecond line "
    assert sheet["E10"].value is True
    assert {str(block) for block in sheet.merged_cells.ranges} == {"A1:H1", "C5:D6"}
    assert sheet["F10"].hyperlink.location == "'Data 1'!F17"
    assert sheet["F12"].hyperlink.target == "https://example.org/a?b=1&c=2"
    rules = [rule for block in sheet.conditional_formatting for rule in block.rules]
    assert [rule.type for rule in rules] == ["cellIs", "expression", "dataBar"]
    assert (rules[0].dxf.font.b, rules[0].dxf.fill.bgColor.rgb) == (True, "FFF8CBAD")
    assert len(getattr(sheet, "_charts")) == 2  # noqa: B009 # the stubs hide it
    assert (sheet.freeze_panes, sheet.sheet_view.showGridLines) == ("A4", False)
    assert (sheet.print_area, sheet.print_title_rows) == ("'Dashboard'!$A$1:$H$24", "$1:$3")
    assert sheet.column_dimensions["B"].width == 24


@pytest.mark.parametrize("first", [True, False])
def test_every_other_part_stays_the_bytes_it_was(first: bool) -> None:
    """Only the parts that must know of a new tab change; tabs of people are not among them."""
    before = agency(chart_sheet=True)
    old, new = parts(before), parts(carried(before, first=first))
    assert {name for name in old if new[name] != old[name]} == TOUCHED
    assert sorted(new.keys() - old.keys()) == [
        "xl/charts/chart2.xml",
        "xl/charts/chart3.xml",
        "xl/drawings/_rels/drawing2.xml.rels",
        "xl/drawings/drawing2.xml",
        "xl/worksheets/_rels/sheet4.xml.rels",
        "xl/worksheets/sheet4.xml",
    ]


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("active", [0, 1, 3])
def test_the_tab_in_front_stays_in_front_and_alone_selected(active: int, first: bool) -> None:
    """Two selected tabs are edited together, so ours is not selected beside another."""
    after = carried(agency(active=active, chart_sheet=True), first=first)
    book = load_workbook(io.BytesIO(after))
    assert book.active is not None
    assert book.active.title == (*TABS, "Chart")[active]
    package = Package.open(after)
    selected = [
        sheet.name for sheet in sheets(package) if b'tabSelected="1"' in package.read(sheet.part)
    ]
    assert selected in ([(*TABS, "Chart")[active]], [])


def test_a_scrolled_tab_bar_stays_where_it_was() -> None:
    """The first tab that the bar shows is still that one; an unscrolled bar shows the new tab."""
    scrolled = edited(agency(), WORKBOOK, ('firstSheet="0"', 'firstSheet="2"'))
    for before, place in ((scrolled, "3"), (agency(), "0")):
        (window,) = tree(carried(before), WORKBOOK).iter(f"{{{MAIN}}}workbookView")
        assert window.get("firstSheet") == place


def test_a_workbook_without_windows_keeps_its_front_tab() -> None:
    """Without a window the first tab is in front; after a new first tab it is the second."""
    bare = edited(agency(), WORKBOOK, ("<bookViews>.*</bookViews>", ""))
    after = load_workbook(io.BytesIO(carried(bare)))
    assert after.active is not None
    assert after.active.title == "Team Members"


SHEET_NAMES = st.lists(
    st.text("abc '&.!", min_size=1, max_size=8)
    .map(str.strip)
    .filter(lambda s: s and s[0] + s[-1] != "''" and "'" not in (s[0], s[-1])),
    min_size=1,
    max_size=6,
    unique_by=str.casefold,
)


@settings(deadline=None, max_examples=25)
@given(titles_=SHEET_NAMES, first=st.booleans())
def test_names_stay_with_their_sheets(titles_: list[str], first: bool) -> None:
    """Names count sheets by place; each still belongs to the sheet it belonged to."""
    before = agency(*titles_)
    after = names_by_sheet(carried(before, first=first))
    ours = {key: after.pop(key) for key in list(after) if key[0] == "Dashboard"}
    assert after == names_by_sheet(before)
    assert ours == {
        ("Dashboard", "_xlnm.Print_Area"): "'Dashboard'!$A$1:$H$24",
        ("Dashboard", "_xlnm.Print_Titles"): "'Dashboard'!$1:$3",
    }


def test_a_tab_that_certsync_did_not_make_is_left_alone() -> None:
    """A person's Dashboard stays; ours takes another name and refers to itself by it."""
    before = agency("Certifications", "dashboard")
    after = carried(before)
    assert titles(after) == ["Dashboard (certsync)", "Certifications", "dashboard"]
    assert parts(after)["xl/worksheets/sheet2.xml"] == parts(before)["xl/worksheets/sheet2.xml"]
    ours = load_workbook(io.BytesIO(after)).worksheets[0]
    assert ours["A3"].value == "='Dashboard (certsync)'!C5*2"
    assert ours["F11"].hyperlink.location == "'Dashboard (certsync)'!A1"
    area = names_by_sheet(after)["Dashboard (certsync)", "_xlnm.Print_Area"]
    assert area == "'Dashboard (certsync)'!$A$1:$H$24"
    charts = [content for name, content in parts(after).items() if "charts/chart" in name]
    assert all(b"'Dashboard (certsync)'!" in chart for chart in charts)
    assert not any(b"'Dashboard'!" in chart for chart in charts)


@pytest.mark.parametrize(
    ("taken", "title", "name"),
    [
        (["Data"], "Dashboard", "Dashboard"),
        (["DASHBOARD"], "Dashboard", "Dashboard (certsync)"),
        (["Dashboard", "Dashboard (certsync)"], "Dashboard", "Dashboard (certsync 2)"),
        (["Data"], "x" * 40, "x" * 31),
        (["x" * 31], "x" * 40, "x" * 20 + " (certsync)"),
    ],
)
def test_a_title_is_free_and_fits(taken: list[str], title: str, name: str) -> None:
    """Names of sheets are unique whatever their case, and have at most 31 characters."""
    package = Package.open(agency(*taken))
    assert tabs.carry(package, dashboard(), key="dashboard", title=title, stamp="v1") == name


@pytest.mark.parametrize(
    ("formula", "after"),
    [
        ("Old!A1+'Old'!B2", "'It''s'!A1+'It''s'!B2"),
        ("'OLD'!$A$1:$B$2", "'It''s'!$A$1:$B$2"),
        ('IF(A1>0,"Old!A1","x")&Old!A1', "IF(A1>0,\"Old!A1\",\"x\")&'It''s'!A1"),
        ("Older!A1+My.Old!A1+[1]Old!A1", "Older!A1+My.Old!A1+[1]Old!A1"),
        ("'Very Old'!A1", "'Very Old'!A1"),
        ("SUM(A1:A9)", "SUM(A1:A9)"),
    ],
)
def test_references_follow_a_sheet_to_its_new_name(formula: str, after: str) -> None:
    """Only references to that very sheet change, and no text in quotes."""
    assert renamed(formula, "Old", "It's") == after


def test_links_lead_where_they_led() -> None:
    """The numbers of links change on the way; pictures, charts and pages are still found."""
    swap = (('"rId1"', '"rId_"'), ('"rId2"', '"rId1"'), ('"rId_"', '"rId2"'))
    built = edited(dashboard(), "xl/worksheets/sheet1.xml", *swap)
    built = edited(built, "xl/worksheets/_rels/sheet1.xml.rels", *swap)
    # In the drawing the ids alone change places, and so do the charts.
    built = edited(built, "xl/drawings/_rels/drawing1.xml.rels", *swap)
    sheet = load_workbook(io.BytesIO(carried(agency(), built))).worksheets[0]
    assert sheet["F12"].hyperlink.target == "https://example.org/a?b=1&c=2"
    charts = getattr(sheet, "_charts")  # noqa: B009 # the stubs hide it
    assert {c.anchor._from.row: type(c).__name__ for c in charts} == {
        9: "DoughnutChart",
        25: "BarChart",
    }


def test_carrying_again_changes_nothing() -> None:
    """The same tab a second time leaves every part as it is."""
    package = Package.open(carried(agency()))
    tabs.carry(package, dashboard(), key="dashboard", title="Dashboard", stamp="v1")
    assert not package.changed


def test_the_same_inputs_give_the_same_bytes() -> None:
    """Nothing depends on the clock or on chance."""
    assert carried(agency()) == carried(agency())


def test_thirty_days_do_not_make_a_workbook_grow() -> None:
    """Day after day other numbers and rows: the same parts, the same styles, the same size."""
    data = carried(agency())
    known, styles = sorted(parts(data)), parts(data)["xl/styles.xml"]
    for day in range(30):
        data = carried(data, dashboard(active=100 + day, rows=12 + day % 3), stamp=f"v{day}")
    assert sorted(parts(data)) == known
    assert parts(data)["xl/styles.xml"] == styles
    assert tabs.generated(Package.open(data)) == {"dashboard": ("Dashboard", "v29")}


def test_charts_come_and_go_with_the_tab() -> None:
    """A tab without charts takes the parts of the old charts away, with all that names them."""
    with_charts = carried(agency())
    without = carried(with_charts, dashboard(charts=False))
    assert not [name for name in parts(without) if "chart" in name or "drawing" in name]
    assert b"chart" not in parts(without)["[Content_Types].xml"]
    assert sorted(parts(carried(without))) == sorted(parts(with_charts))


def test_a_chart_that_another_sheet_shows_stays() -> None:
    """Tidying up takes only parts that hang on our tab alone."""
    data = carried(agency(chart_sheet=True))
    members = parts(data)
    rels = members["xl/chartsheets/_rels/sheet1.xml.rels"]
    members["xl/chartsheets/_rels/sheet1.xml.rels"] = rels.replace(b"drawing1", b"drawing2")
    after = parts(carried(packed(members), dashboard(charts=False)))
    assert after["xl/drawings/drawing2.xml"] == members["xl/drawings/drawing2.xml"]
    assert after["xl/charts/chart2.xml"] == members["xl/charts/chart2.xml"]


def test_two_generated_tabs_stand_side_by_side() -> None:
    """Each key has its own tab; a tab that comes last leaves the places of all others."""
    data = carried(
        carried(agency()), dashboard("Issues"), key="issues", title="Issues", first=False
    )
    assert titles(data) == ["Dashboard", *TABS, "Issues"]
    assert tabs.generated(Package.open(data)) == {
        "dashboard": ("Dashboard", "v1"),
        "issues": ("Issues", "v1"),
    }
    again = Package.open(data)
    tabs.carry(again, dashboard(), key="dashboard", title="Dashboard", stamp="v1")
    assert not again.changed


@pytest.mark.parametrize(("active", "scrolled"), [(0, 0), (1, 1), (2, 0)])
def test_a_tab_behind_another_of_ours_moves_only_what_follows(active: int, scrolled: int) -> None:
    """Names, print areas and the tab in front stay with their sheets."""
    before = carried(agency(active=active))
    before = edited(before, WORKBOOK, (r'firstSheet="\d+"', f'firstSheet="{scrolled}"'))
    known = names_by_sheet(before)
    after = carried(
        before, dashboard("Log", charts=False), key="alert_log", title="Log", after="dashboard"
    )
    assert titles(after) == ["Dashboard", "Log", *TABS]
    assert {key: one for key, one in names_by_sheet(after).items() if key[0] != "Log"} == known
    book = load_workbook(io.BytesIO(after))
    assert book.active is not None
    assert book.active.title == TABS[active]
    assert book.views[0].firstSheet == 2 * scrolled


def test_the_stamp_comes_back() -> None:
    """The stamp of the last carrying is found again, whatever characters it holds."""
    stamp = '"day=2026-11-23";"quoted" & <odd>' + "x" * 150 + '"'
    after = carried(agency(), stamp=stamp)
    assert tabs.generated(Package.open(after)) == {"dashboard": ("Dashboard", stamp)}
    (mark,) = (n for n in names(parts(after)[WORKBOOK]) if n.name == "_certsync.dashboard")
    doubled = stamp.replace('"', '""')
    assert (mark.formula, mark.sheet, mark.hidden) == (f'"{doubled}"', 0, True)


def test_a_workbook_without_generated_tabs_has_none() -> None:
    """Nothing is taken for ours by its name alone."""
    assert tabs.generated(Package.open(agency("Dashboard"))) == {}


def test_a_new_tab_gets_a_number_of_its_own() -> None:
    """Numbers of sheets have gaps where sheets were deleted; a new one is above them all."""
    gap = edited(agency(), WORKBOOK, ('sheetId="2"', 'sheetId="7"'))
    assert [sheet.sheet_id for sheet in sheets(Package.open(carried(gap)))] == [8, 1, 7, 3]


def test_print_settings_follow_the_layout_and_other_names_stay() -> None:
    """Print titles that the layout no longer has go; a name that a person gave our cells stays."""
    mine = '<definedName name="mine" localSheetId="0">Dashboard!$C$5</definedName></definedNames>'
    data = edited(carried(agency()), WORKBOOK, ("</definedNames>", mine))
    bare = edited(
        dashboard(), WORKBOOK, ('<definedName name="_xlnm.Print_Titles".*?</definedName>', "")
    )
    after = names_by_sheet(carried(data, bare))
    assert {name for sheet, name in after if sheet == "Dashboard"} == {"_xlnm.Print_Area", "mine"}


def test_dates_follow_the_calendar_of_the_workbook() -> None:
    """In a workbook that counts days from 1904 a date is the same day."""
    data = corpus_file("closedxml--Date1904System.xlsx")
    sheet = load_workbook(io.BytesIO(carried(data))).worksheets[0]
    assert str(sheet["E5"].value) == "2026-11-23 00:00:00"
    assert sheet["C10"].value == 30


def test_shared_strings_stand_in_their_cells() -> None:
    """Texts of the fresh workbook come along; the strings of the workbook stay as they are."""
    members = parts(dashboard())
    strings = (
        f'<sst xmlns="{MAIN}"><si><t>plain</t></si>'
        '<si><r><t xml:space="preserve">two </t></r><r><rPr><b/></rPr><t>runs</t></r></si></sst>'
    )
    sheet = members["xl/worksheets/sheet1.xml"].decode()
    for number, cell in enumerate(("A10", "A11")):
        sheet = re.sub(
            rf'<c r="{cell}" t="inlineStr">.*?</c>',
            f'<c r="{cell}" t="s"><v>{number}</v></c>',
            sheet,
        )
    members["xl/worksheets/sheet1.xml"] = sheet.encode()
    members["xl/sharedStrings.xml"] = strings.encode()
    rels = members["xl/_rels/workbook.xml.rels"].decode()
    link = (
        '<Relationship Id="rId99" Target="sharedStrings.xml" Type="http://schemas.openxmlformats.'
        'org/officeDocument/2006/relationships/sharedStrings"/></Relationships>'
    )
    members["xl/_rels/workbook.xml.rels"] = rels.replace("</Relationships>", link).encode()
    ours = load_workbook(io.BytesIO(carried(agency(), packed(members)))).worksheets[0]
    assert (ours["A10"].value, ours["A11"].value) == ("plain", "two runs")


def test_a_formula_has_its_result_or_none() -> None:
    """A known result comes along; an empty one does not, so that Excel calculates."""
    members = parts(dashboard())
    sheet = members["xl/worksheets/sheet1.xml"].decode()
    members["xl/worksheets/sheet1.xml"] = sheet.replace(
        "C5*2</f><v></v>", "C5*2</f><v>236</v>"
    ).encode()
    after = carried(agency(), packed(members))
    cells = {c.get("r"): c for c in tree(after, tab_part(after)).iter(f"{{{MAIN}}}c")}
    assert [c.tag.rpartition("}")[2] for c in cells["A2"]] == ["f"]
    assert cells["A3"].findtext(f"{{{MAIN}}}v") == "236"


CHAIN = ['<c r="D2" i="1"/>', '<c r="D2" i="2"/>']


def test_formulas_that_go_leave_the_calculation_chain() -> None:
    """Excel offers a repair for an entry without a formula; entries inherit the sheet's id."""
    data = carried(agency())
    ours = next(s.sheet_id for s in sheets(Package.open(data)) if s.name == "Dashboard")
    assert ours == 4
    chained = with_calc_chain(
        data, CHAIN[0], '<c r="A2" i="4"/>', '<c r="A3"/>', '<c r="A4" l="1"/>', CHAIN[1]
    )
    after = parts(carried(chained, stamp="v2"))["xl/calcChain.xml"]
    assert after == f'<calcChain xmlns="{MAIN}">{"".join(CHAIN)}</calcChain>'.encode()


def test_an_empty_calculation_chain_goes() -> None:
    """A chain of our formulas alone is taken out, with its link and its content type."""
    chained = with_calc_chain(carried(agency()), '<c r="A2" i="4"/>', '<c r="A3"/>')
    after = parts(carried(chained, stamp="v2"))
    assert "xl/calcChain.xml" not in after
    assert b"calcChain" not in after["[Content_Types].xml"]
    assert b"calcChain" not in after["xl/_rels/workbook.xml.rels"]


def test_a_fresh_workbook_must_not_bring_a_table() -> None:
    """A table has a number and a name in the whole workbook; generated tabs have none."""
    book = Workbook()
    book.worksheets[0].append(["a", "b"])
    book.worksheets[0].append([1, 2])
    book.worksheets[0].add_table(Table(displayName="T", ref="A1:B2"))
    stream = io.BytesIO()
    book.save(stream)
    with pytest.raises(ValueError, match="table"):
        carried(agency(), stream.getvalue())


@pytest.mark.parametrize(("key", "stamp"), [("Alert Log", "v1"), ("", "v1"), ("log", "x" * 201)])
def test_a_key_and_a_stamp_fit_into_a_name(key: str, stamp: str) -> None:
    """Excel takes neither spaces in names nor long texts behind them."""
    with pytest.raises(ValueError, match="key"):
        carried(agency(), key=key, stamp=stamp)


def test_a_broken_workbook_is_refused() -> None:
    """A part that is no XML ends in a sentence that names the workbook."""
    members = parts(agency())
    members["xl/styles.xml"] = members["xl/styles.xml"][:-20]
    with pytest.raises(WorkbookRefused, match=r"workbook: its part xl/styles\.xml"):
        carried(packed(members))
    listless = edited(agency(), WORKBOOK, ("<sheets>.*</sheets>", ""))
    with pytest.raises(WorkbookRefused, match="lists no sheets"):
        carried(listless)


HARD = [
    "phpspreadsheet--namespacenonstd.xlsx",
    "phpspreadsheet--rootZipFiles.xlsx",
    "closedxml--DialogSheet.xlsx",
    "closedxml--simple-cell-changes.xlsx",
    "poi--xlmmacro.xlsm",
    "xlsxwriter--chartsheet09.xlsx",
]


@pytest.mark.parametrize("name", HARD)
def test_the_validator_finds_nothing_new_in_hard_workbooks(name: str, validator: Validator) -> None:
    """Odd prefixes and folders, chart and macro sheets, shared workbooks: all take a tab."""
    before = corpus_file(name)
    after = carried(carried(before), dashboard(active=7), stamp="v2")
    assert not validator.new_errors(before, after)


def test_the_validator_finds_nothing_in_a_carried_tab(validator: Validator) -> None:
    """What openpyxl writes in an order of its own arrives in that of the schema."""
    assert validator.validate(dashboard())
    before = agency(chart_sheet=True)
    assert not validator.new_errors(before, carried(before))


def test_libreoffice_shows_a_carried_tab(tmp_path: Path) -> None:
    """Another program opens the workbook and prints the tab as its first page."""
    assert render(carried(agency()), tmp_path)


def test_a_zip_keeps_its_members_in_order() -> None:
    """New parts come behind the old ones, which stand where they stood."""
    before = agency()
    with zipfile.ZipFile(io.BytesIO(carried(before))) as archive:
        assert archive.namelist()[: len(parts(before))] == list(parts(before))
