"""A generated tab that people changed: what they chose stays when it is carried again."""

from __future__ import annotations

import io

import pytest
from lxml import etree
from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.worksheet.table import Table

from certsync.ooxml import tabs
from certsync.ooxml.package import RELATIONSHIPS, Package
from certsync.ooxml.workbook import sheets
from tests.conftest import Validator
from tests.ooxml.agency import MAIN, TABS, agency, edited, packed, parts
from tests.ooxml.built import dashboard
from tests.ooxml.corpus import corpus_file
from tests.ooxml.render import saved_again
from tests.ooxml.test_tabs import WORKBOOK, carried, names_by_sheet, tab_part, titles, tree

OURS = "xl/worksheets/sheet4.xml"


def again(data: bytes, active: int = 7) -> bytes:
    """The workbook on the next day, with another number on the dashboard."""
    after = carried(data, dashboard(active=active), stamp="v2")
    assert tabs.generated(Package.open(after))["dashboard"][1] == "v2"
    number = next(
        c for c in tree(after, tab_part(after)).iter(f"{{{MAIN}}}c") if c.get("r") == "C5"
    )
    assert number.findtext(f"{{{MAIN}}}v") == str(active)
    return after


def saved_by_openpyxl(data: bytes, change: str) -> bytes:
    """The workbook after somebody's script changed the dashboard and saved."""
    book = load_workbook(io.BytesIO(data))
    sheet = book["Dashboard"]
    match change:
        case "move":
            book.move_sheet(sheet, 2)
        case "rename":
            sheet.title = "Übersicht & Co"
        case "hide":
            sheet.sheet_state = "veryHidden"
        case "colour":
            sheet.sheet_properties.tabColor = "FF00FF"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_moved_tab_stays_where_it_is() -> None:
    """People decide where the tab stands; its name and those of all others follow."""
    moved = edited(
        carried(agency()),
        WORKBOOK,
        (r'(<sheet [^>]*name="Dashboard"[^>]*/>)(.*)</sheets>', r"\2\1</sheets>"),
        (
            'name="_certsync.dashboard" localSheetId="0"',
            'name="_certsync.dashboard" localSheetId="3"',
        ),
        ('Print_Titles" localSheetId="0"', 'Print_Titles" localSheetId="3"'),
        ('Print_Area" localSheetId="0"', 'Print_Area" localSheetId="3"'),
    )
    after = again(moved)
    assert titles(after) == [*TABS, "Dashboard"]
    assert names_by_sheet(after) == names_by_sheet(moved)


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_tab_stays_hidden(state: str) -> None:
    """A tab that somebody hid is kept up to date out of sight."""
    hidden = edited(
        carried(agency()),
        WORKBOOK,
        (r'name="Dashboard"', f'name="Dashboard" state="{state}"'),
        ('activeTab="2"', 'activeTab="1"'),
    )
    after = again(hidden)
    assert sheets(Package.open(after))[0].state == state
    assert (
        parts(after)[WORKBOOK]
        .replace(b'"v2"', b'"v1"')
        .replace(b"&quot;v2&quot;", b"&quot;v1&quot;")
        == parts(hidden)[WORKBOOK]
    )


def test_a_renamed_tab_keeps_its_name() -> None:
    """Charts, links, formulas and print areas speak of the tab by the name people gave it."""
    renamed = edited(carried(agency()), WORKBOOK, ('name="Dashboard"', 'name="Bob\'s &amp; mine"'))
    after = again(renamed)
    assert titles(after)[0] == "Bob's & mine"
    sheet = load_workbook(io.BytesIO(after)).worksheets[0]
    assert sheet["A3"].value == "='Bob''s & mine'!C5*2"
    assert sheet["F11"].hyperlink.location == "'Bob''s & mine'!A1"
    area = names_by_sheet(after)["Bob's & mine", "_xlnm.Print_Area"]
    assert area == "'Bob''s & mine'!$A$1:$H$24"
    assert b"'Bob''s &amp; mine'!$C$10" in parts(after)["xl/charts/chart1.xml"]
    once_more = Package.open(after)
    tabs.carry(once_more, dashboard(active=7), key="dashboard", title="Dashboard", stamp="v2")
    assert not once_more.changed


@pytest.mark.parametrize(
    ("color", "kept"),
    [('<tabColor theme="5" tint="0.4"/>', {"theme": "5", "tint": "0.4"}), ("", None)],
)
def test_a_recoloured_tab_keeps_its_colour(color: str, kept: dict[str, str] | None) -> None:
    """Another colour stays, and so does no colour."""
    after = again(edited(carried(agency()), OURS, ("<tabColor [^>]*/>", color)))
    found = tree(after, OURS).find(f"{{{MAIN}}}sheetPr/{{{MAIN}}}tabColor")
    assert (None if found is None else {k: str(v) for k, v in found.items()}) == kept


def test_an_untouched_colour_is_ours() -> None:
    """Nobody chose another: the colour of the fresh tab stands."""
    found = tree(again(carried(agency())), OURS).find(f"{{{MAIN}}}sheetPr/{{{MAIN}}}tabColor")
    assert found is not None
    assert found.get("rgb") == "001F4E79"


def test_a_view_stays_and_panes_are_ours() -> None:
    """Zoom, gridlines and selected tabs are people's; frozen rows belong to the layout."""
    viewed = edited(
        carried(agency()),
        OURS,
        (
            "<sheetView [^>]*>",
            '<sheetView zoomScale="55" tabSelected="1" topLeftCell="C9" workbookViewId="0">',
        ),
        ("<pane .*?/>", ""),
    )
    (view,) = tree(again(viewed), OURS).iter(f"{{{MAIN}}}sheetView")
    assert {k: str(v) for k, v in view.items()} == {
        "zoomScale": "55",
        "tabSelected": "1",
        "workbookViewId": "0",
    }
    assert [etree.QName(child).localname for child in view] == ["pane", "selection"]


def test_page_layout_has_no_frozen_panes() -> None:
    """Excel shows pages without frozen panes; both together it would repair."""
    paged = edited(carried(agency()), OURS, ("<sheetView ", '<sheetView view="pageLayout" '))
    (view,) = tree(again(paged), OURS).iter(f"{{{MAIN}}}sheetView")
    assert (view.get("view"), len(view)) == ("pageLayout", 0)


def test_every_window_keeps_its_view() -> None:
    """A workbook open in two windows has two views of each tab."""
    two = edited(
        carried(agency()),
        OURS,
        ("</sheetView>", '</sheetView><sheetView zoomScale="40" workbookViewId="1"/>'),
    )
    views = list(tree(again(two), OURS).iter(f"{{{MAIN}}}sheetView"))
    assert [(view.get("workbookViewId"), view.get("zoomScale")) for view in views] == [
        ("0", "90"),
        ("1", "40"),
    ]


def test_a_protected_tab_stays_protected(validator: Validator) -> None:
    """Somebody locked the tab against typing; it is built anew under the same lock."""
    lock = '<sheetProtection sheet="1" objects="1" scenarios="1"/>'
    locked = edited(carried(agency()), OURS, ("</sheetData>", f"</sheetData>{lock}"))
    after = again(locked)
    assert tree(after, OURS).find(f"{{{MAIN}}}sheetProtection") is not None
    assert not validator.new_errors(locked, after)


def test_the_name_that_macros_use_stays() -> None:
    """Excel gives the sheets of a macro workbook code names; ours keeps the one it got."""
    first = carried(corpus_file("calamine--vba.xlsm"))
    part = tab_part(first)
    assert b"codeName" not in parts(first)[part]
    named = edited(first, part, ("<sheetPr", '<sheetPr codeName="Sheet9"'))
    found = tree(again(named), part).find(f"{{{MAIN}}}sheetPr")
    assert found is not None
    assert found.get("codeName") == "Sheet9"


def test_comments_on_the_tab_stay(validator: Validator) -> None:
    """A remark that somebody left on the dashboard is theirs, day after day."""
    book = load_workbook(io.BytesIO(carried(agency())))
    book.worksheets[0]["A1"].comment = Comment("Ask Ada about this", "Bob")
    stream = io.BytesIO()
    book.save(stream)
    remarked = stream.getvalue()
    after = again(again(remarked), active=8)
    comment = load_workbook(io.BytesIO(after)).worksheets[0]["A1"].comment
    assert comment is not None
    assert comment.text == "Ask Ada about this"
    (shape,) = tree(after, "xl/worksheets/sheet1.xml").iter(f"{{{MAIN}}}legacyDrawing")
    links = {r.id: r.target for r in Package.open(after).relationships("xl/worksheets/sheet1.xml")}
    assert links[str(shape.get(f"{{{RELATIONSHIPS}}}id"))].endswith(".vml")
    assert sorted(parts(after)) == sorted(parts(remarked))
    assert not validator.new_errors(remarked, after)


def test_what_excel_hangs_on_a_chart_goes_with_the_chart() -> None:
    """Excel adds styles and colours to charts, printer settings to tabs; none is left over."""
    package = Package.open(carried(agency()))
    base = "application/vnd.ms-office.chart"
    for kind, target in (("style", "xl/charts/style1.xml"), ("colors", "xl/charts/colors1.xml")):
        package.put(target, b"<x/>", f"{base}{kind}+xml")
        link = f"http://schemas.microsoft.com/office/2011/relationships/chart{kind.title()}"
        package.relate("xl/charts/chart1.xml", link, target)
    printer = "xl/printerSettings/printerSettings1.bin"
    package.put(printer, b"\0", "application/vnd.openxmlformats-officedocument.printerSettings")
    package.relate(OURS, f"{RELATIONSHIPS}/printerSettings", printer)
    data = again(package.to_bytes())
    assert Package.open(data).relationships("xl/charts/chart1.xml") == ()
    after = parts(data)
    known = {*parts(carried(agency())), "xl/charts/_rels/chart1.xml.rels"}
    assert set(after) == known
    assert b"style1" not in after["[Content_Types].xml"]


def test_a_tab_with_a_persons_table_becomes_theirs(validator: Validator) -> None:
    """A table cannot be swept away under formulas that use it: a new tab is made beside it."""
    book = load_workbook(io.BytesIO(carried(agency())))
    ours = book.worksheets[0]
    ours["J1"], ours["J2"] = "Mine", 1
    ours.add_table(Table(displayName="Mine", ref="J1:J2"))
    stream = io.BytesIO()
    book.save(stream)
    tabled = stream.getvalue()
    after = again(tabled)
    assert titles(after) == ["Dashboard (certsync)", "Dashboard", *TABS]
    assert parts(after)["xl/worksheets/sheet1.xml"] == parts(tabled)["xl/worksheets/sheet1.xml"]
    assert parts(after)["xl/tables/table1.xml"] == parts(tabled)["xl/tables/table1.xml"]
    assert not validator.new_errors(tabled, after)
    assert titles(again(after)) == titles(after)


def test_a_copy_of_the_tab_is_the_persons_own() -> None:
    """Of two tabs with our mark the older one is ours; a copy that somebody made stays as it is."""
    members = parts(carried(agency()))
    members["xl/worksheets/sheet9.xml"] = members[OURS].split(b"<drawing")[0] + b"</worksheet>"
    package = Package.open(packed(members))
    part = package.workbook_part()
    package.put("xl/worksheets/sheet9.xml", package.read("xl/worksheets/sheet9.xml"), _SHEET_TYPE)
    rel_id = package.relate(part, f"{RELATIONSHIPS}/worksheet", "xl/worksheets/sheet9.xml")
    text = package.read(part).decode()
    text = text.replace('localSheetId="', 'localSheetId="_').replace(
        "<sheets>",
        f'<sheets><sheet name="Dashboard (2)" sheetId="9" xmlns:r="{RELATIONSHIPS}"'
        f' r:id="{rel_id}"/>',
    )
    for index in range(4, -1, -1):
        text = text.replace(f'localSheetId="_{index}"', f'localSheetId="{index + 1}"')
    mark = '<definedName name="_certsync.dashboard" localSheetId="0" hidden="1">"v1"</definedName>'
    package.put(part, text.replace("<definedNames>", f"<definedNames>{mark}").encode())
    copied = package.to_bytes()
    assert tabs.generated(Package.open(copied)) == {"dashboard": ("Dashboard", "v1")}
    after = parts(again(copied))
    assert after["xl/worksheets/sheet9.xml"] == parts(copied)["xl/worksheets/sheet9.xml"]


_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"


@pytest.mark.parametrize("change", ["move", "rename", "hide", "colour"])
def test_a_tab_survives_other_programs(change: str) -> None:
    """A script that loads and saves with openpyxl keeps our mark, and we keep its change."""
    saved = saved_by_openpyxl(carried(agency()), change)
    before, after = Package.open(saved), Package.open(again(saved))
    shown = [(sheet.name, sheet.state) for sheet in sheets(after)]
    assert shown == [(sheet.name, sheet.state) for sheet in sheets(before)]
    if change == "colour":
        assert b"FF00FF" in after.read(tab_part(after.to_bytes()))


def test_a_tab_survives_libreoffice(validator: Validator) -> None:
    """LibreOffice writes every part anew; our mark stays, and the tab is found and replaced."""
    saved = saved_again(carried(agency(), stamp="day=2026-11-23;abc:1"))
    assert tabs.generated(Package.open(saved)) == {
        "dashboard": ("Dashboard", "day=2026-11-23;abc:1")
    }
    after = again(saved)
    assert titles(after) == titles(saved)
    assert not validator.new_errors(saved, after)
