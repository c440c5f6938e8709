"""Cell formats: found or appended, never moved."""

from __future__ import annotations

import io
import re
import zipfile
from itertools import product

import pytest
from lxml import etree
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side

from certsync.errors import WorkbookRefused
from certsync.ooxml.package import Package
from certsync.ooxml.styles import NEW, Styles, load, save
from tests.conftest import Validator
from tests.ooxml.corpus import corpus_files

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
ORDER = [
    "numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs",
    "tableStyles", "colors", "extLst",
]  # fmt: skip

STYLES = b"""<?xml version='1.0' standalone='yes'?>
<!-- <fonts> made by hand -->
<x:styleSheet xmlns:x='http://schemas.openxmlformats.org/spreadsheetml/2006/main'>
<x:fonts count='2'><x:font><x:sz val='10'/><x:name val='Arial'/></x:font>
<x:font><x:b/><x:u/>
<x:sz val='10'/><x:color rgb='ff0000FF'/><x:name val='Arial'/></x:font></x:fonts>
<x:fills count='1'><x:fill><x:patternFill patternType='none'/></x:fill></x:fills>
<x:borders count='1'><x:border/></x:borders>
<x:cellStyleXfs count='1'><x:xf numFmtId='0' fontId='0' fillId='0' borderId='0'/></x:cellStyleXfs>
<x:cellXfs count='2'><x:xf numFmtId='0' fontId='0' fillId='0' borderId='0' xfId='0'/>
<x:xf numFmtId='14' fontId='1' fillId='0' borderId='0' xfId='0'><x:alignment indent='1'
 horizontal='left'/></x:xf></x:cellXfs>
<x:cellStyles count='1'><x:cellStyle name='Normal' xfId='0' builtinId='0'/></x:cellStyles>
<x:dxfs count='0'/>
</x:styleSheet>"""


def part(**collections: str) -> bytes:
    """A styles part of these collections, in the order they are given."""
    body = "".join(f"<{name}>{items}</{name}>" for name, items in collections.items())
    return f'<styleSheet xmlns="{MAIN}">{body}</styleSheet>'.encode()


def items(xml: bytes, collection: str) -> list[etree._Element]:
    """The items of one collection."""
    return list(etree.fromstring(xml).iterfind(f"{{{MAIN}}}{collection}/*"))


def assert_only_appended(before: bytes, after: bytes) -> None:
    """Every collection begins as it was, in the schema's order, and counts what it holds."""
    old, new = etree.fromstring(before), etree.fromstring(after)
    known = [n for e in new if isinstance(e.tag, str) and (n := etree.QName(e).localname) in ORDER]
    assert known == sorted(known, key=ORDER.index)
    for collection in new.iterfind(f"{{{MAIN}}}*"):
        was = [etree.tostring(e, with_tail=False) for e in old.iterfind(f"{collection.tag}/*")]
        now = [etree.tostring(e, with_tail=False) for e in collection]
        assert now[: len(was)] == was
        if now != was:
            assert collection.get("count") in (str(len(now)), None)


def book_with(styles: bytes, *xfs: int) -> bytes:
    """A workbook with this styles part, whose cells A1, A2, ... have these formats."""
    book = Workbook()
    for row, _ in enumerate(xfs, 1):
        book.worksheets[0].cell(row, 1, 46349)
    stream, result = io.BytesIO(), io.BytesIO()
    book.save(stream)
    with zipfile.ZipFile(stream) as old, zipfile.ZipFile(result, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/styles.xml":
                content = styles
            elif name == "xl/worksheets/sheet1.xml":
                for row, xf in enumerate(xfs, 1):
                    content = content.replace(b'r="A%d"' % row, b'r="A%d" s="%d"' % (row, xf))
            new.writestr(name, content)
    return result.getvalue()


def test_a_new_format_comes_last_and_all_else_stays() -> None:
    """Whatever prefix, quotes and comments a styles part has, appending touches nothing else."""
    styles = Styles(STYLES)
    assert styles.derive(1, number="yyyy-mm-dd", horizontal="center") == 2
    after = styles.to_bytes()
    assert_only_appended(STYLES, after)
    new = b'<x:xf numFmtId="164" fontId="1" fillId="0" borderId="0" xfId="0"'
    assert after.count(new) == 1
    undone = after.replace(b"<x:numFmts", b"\0").split(b"\0")
    undone[1] = undone[1].partition(b"</x:numFmts>")[2]
    restored = re.sub(new + rb".*?</x:xf>", b"", b"".join(undone))
    assert restored.replace(b'count="3"', b"count='2'") == STYLES


def test_an_unchanged_part_is_the_bytes_it_was() -> None:
    """Finding a format that exists appends nothing and returns the very bytes."""
    styles = Styles(STYLES)
    assert styles.derive(1) == 1
    assert not styles.changed
    assert styles.to_bytes() is STYLES


def test_a_format_is_appended_once() -> None:
    """The same wish finds the same format, in this run and in the next."""
    styles = Styles(STYLES)
    wishes = [{"number": "0"}, {"wrap": True}, {"plain_font": True}, {"horizontal": "right"}]
    made = [styles.derive(1, **wish) for wish in wishes]  # type: ignore[arg-type] # one keyword each
    assert made == [2, 3, 4, 5]
    again = Styles(styles.to_bytes())
    assert [again.derive(1, **wish) for wish in wishes] == made  # type: ignore[arg-type] # as above
    assert not again.changed


def test_a_plain_font_keeps_name_and_size() -> None:
    """A plain font is not bold or underlined, and has the colour of ordinary cells."""
    xml = STYLES.replace(b"<x:font><x:sz val='10'/>", b"<x:font><x:color theme='1'/>", 1)
    new = derived(xml, 1)
    font = items(new, "fonts")[int(items(new, "cellXfs")[-1].get("fontId", ""))]
    assert [(etree.QName(e).localname, *e.values()) for e in font] == [
        ("sz", "10"),
        ("color", "1"),
        ("name", "Arial"),
    ]


def test_a_plain_font_is_no_hyperlink() -> None:
    """A cell of the style Hyperlink gives its look but not its style, which would be named so."""
    xf = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"{}/>'
    xml = part(
        cellStyleXfs=xf.format("") * 2,
        cellXfs=xf.format(' xfId="0"') + xf.format(' xfId="1"'),
        cellStyles='<cellStyle name="Normal" xfId="0" builtinId="0"/>',
    )
    assert Styles(xml).derive(1) == 1
    assert Styles(xml).derive(1, plain_font=True) == 0


def derived(xml: bytes, base: int) -> bytes:
    """The styles part after format `base` was derived with a plain font."""
    styles = Styles(xml)
    styles.derive(base, plain_font=True)
    return styles.to_bytes()


@pytest.mark.parametrize(
    ("wish", "alignment"),
    [
        ({"wrap": True}, {"horizontal": "left", "indent": "1", "wrapText": "1"}),
        ({"horizontal": "center"}, {"horizontal": "center"}),
        ({"horizontal": "general"}, {}),
    ],
)
def test_alignment_changes_alone(wish: dict[str, object], alignment: dict[str, str]) -> None:
    """Wrapping keeps what else is aligned; another side takes the indent of the old one away."""
    styles = Styles(STYLES)
    styles.derive(1, **wish)  # type: ignore[arg-type] # one keyword each
    found = items(styles.to_bytes(), "cellXfs")[-1].find(f"{{{MAIN}}}alignment")
    assert ({k: str(v) for k, v in found.items()} if found is not None else {}) == alignment


@pytest.mark.parametrize("missing", ["numFmts", "fonts", "fills", "borders", "cellXfs", "dxfs"])
def test_a_missing_collection_comes_where_the_schema_wants_it(
    missing: str, validator: Validator
) -> None:
    """A collection that the part lacks is made in its place, with the items Excel expects."""
    pattern = rf"<{missing} .*?</{missing}>".encode()
    xml = re.sub(pattern, b"", NEW)
    styles, fresh = Styles(xml), Styles(_look_everywhere())
    xf = styles.adopt(fresh, 1)
    styles.dxf(color="843C0C", fill="F8CBAD", bold=True)
    after = styles.to_bytes()
    assert_only_appended(xml, after)
    assert not validator.validate(book_with(after, xf))
    cell = load_workbook(io.BytesIO(book_with(after, xf))).worksheets[0]["A1"]
    assert (cell.font.name, cell.fill.fgColor.rgb, cell.number_format) == (
        "Georgia",
        "FFE2F0D9",
        "d mmm",
    )


def test_an_empty_stylesheet_can_be_filled(validator: Validator) -> None:
    """Even a part that is one closed tag takes formats."""
    styles = Styles(f'<styleSheet xmlns="{MAIN}"/>'.encode())
    xf = styles.adopt(Styles(_look_everywhere()), 1)
    assert not validator.validate(book_with(styles.to_bytes(), xf))


def _look_everywhere() -> bytes:
    """A fresh workbook's styles whose format 1 has everything of its own."""
    book = Workbook()
    cell = book.worksheets[0]["A1"]
    cell.font = Font(name="Georgia", size=12, bold=True, strike=True, underline="double")
    cell.fill = PatternFill("solid", start_color="E2F0D9")
    cell.border = Border(left=Side(style="thin", color="D1D5DB"))
    cell.number_format = "d mmm"
    cell.alignment = Alignment(horizontal="center", wrap_text=True)
    cell.protection = Protection(locked=False)
    return styles_of(book)


def styles_of(book: Workbook) -> bytes:
    """The styles part that openpyxl writes."""
    stream = io.BytesIO()
    book.save(stream)
    with zipfile.ZipFile(stream) as archive:
        return archive.read("xl/styles.xml")


def test_excel_keeps_the_first_two_fills_for_itself() -> None:
    """A workbook with one fill gets the second that Excel assumes, before any of ours."""
    styles = Styles(STYLES)
    fresh = Workbook()
    fresh.worksheets[0]["A1"].fill = PatternFill("solid", start_color="FFF2CC")
    xf = styles.adopt(Styles(styles_of(fresh)), 1)
    after = styles.to_bytes()
    assert items(after, "cellXfs")[xf].get("fillId") == "2"
    assert [f[0].get("patternType") for f in items(after, "fills")] == ["none", "gray125", "solid"]


def test_a_colour_at_a_place_that_excel_ignores_is_not_used() -> None:
    """A solid fill at number 1 shows as grey dots in Excel, so it is not the fill to find."""
    fill = '<fill><patternFill patternType="solid"><fgColor rgb="FFFFF2CC"/></patternFill></fill>'
    styles = Styles(part(fonts="<font/>", fills="<fill/>" + fill, borders="<border/>"))
    fresh = Workbook()
    fresh.worksheets[0]["A1"].fill = PatternFill("solid", start_color="FFF2CC")
    xf = styles.adopt(Styles(styles_of(fresh)), 1)
    assert items(styles.to_bytes(), "cellXfs")[xf].get("fillId") == "2"


SPELLINGS = {
    "Excel": '<font><b/><sz val="11"/><color rgb="FF1F2937"/><name val="Calibri"/>'
    '<family val="2"/></font>',
    "openpyxl": '<font><name val="Calibri"/><b val="1"/><color rgb="001F2937"/><sz val="11"/>'
    "</font>",
    "LibreOffice": '<font><b val="true"/><sz val="11"/><color rgb="FF1F2937"/>'
    '<name val="Calibri"/><family val="2"/><charset val="1"/></font>',
    "by hand": '<font><i val="0"/><name val="Calibri"/><sz val="11.0"/><b/>'
    '<color rgb="ff1f2937"/></font>',
}


@pytest.mark.parametrize(("here", "there"), list(product(SPELLINGS, SPELLINGS)))
def test_a_font_is_known_however_it_is_spelt(here: str, there: str) -> None:
    """Excel, LibreOffice and openpyxl write one font in many ways; it is one font."""
    xf = '<xf numFmtId="0" fontId="{}" fillId="0" borderId="0"/>'
    other = Styles(part(fonts="<font/>" + SPELLINGS[there], cellXfs=xf.format(0) + xf.format(1)))
    styles = Styles(part(fonts="<font/>" + SPELLINGS[here], cellXfs=xf.format(0)))
    assert styles.adopt(other, 1) == 1
    assert len(items(styles.to_bytes(), "fonts")) == 2


@pytest.mark.parametrize(
    ("collection", "here", "there"),
    [
        ("borders", "<border/>", "<border><left/><right/><top/><bottom/><diagonal/></border>"),
        (
            "borders",
            '<border><left style="none"/><bottom style="thin"><color rgb="00d1d5db"/></bottom>'
            "</border>",
            '<border diagonalUp="0"><left/><bottom style="thin"><color rgb="FFD1D5DB"/></bottom>'
            "<diagonal/></border>",
        ),
        (
            "fills",
            '<fill><patternFill patternType="solid"><fgColor rgb="FFE2F0D9"/>'
            '<bgColor indexed="64"/></patternFill></fill>',
            '<fill><patternFill patternType="solid"><fgColor rgb="00E2F0D9"/>'
            '<bgColor rgb="00E2F0D9"/></patternFill></fill>',
        ),
        (
            "fills",
            '<fill><patternFill patternType="solid"><fgColor rgb="FFE2F0D9"/></patternFill></fill>',
            '<fill><patternFill patternType="solid"><fgColor rgb="FFE2F0D9"/></patternFill></fill>',
        ),
    ],
)
def test_borders_and_fills_are_known_however_they_are_spelt(
    collection: str, here: str, there: str
) -> None:
    """A side without a line is no side, and behind a solid colour no other shows."""
    dull = {
        "fills": '<fill/><fill><patternFill patternType="gray125"/></fill>',
        "borders": '<border><top style="thick"/></border>',
    }[collection]
    number = dull.count(f"<{collection[:-1]}>") + dull.count(f"<{collection[:-1]}/>")
    xf = '<xf numFmtId="0" fontId="0" fillId="{fills}" borderId="{borders}"/>'
    last = xf.format(**{"fills": 0, "borders": 0, collection: number})
    plain = xf.format(fills=0, borders=0)
    other = Styles(part(**{collection: dull + there}, cellXfs=plain + last))
    styles = Styles(part(**{collection: dull + here}, cellXfs=plain + last))
    assert styles.adopt(other, 1) == 1
    assert not styles.changed


@pytest.mark.parametrize(
    "attributes",
    ['quotePrefix="1"', 'pivotButton="1"', 'applyFont="0"', 'applyNumberFormat="false"'],
)
def test_a_format_that_does_more_or_less_is_not_taken(attributes: str) -> None:
    """A format that forces text, draws a button or turns a look off is not the one to find."""
    look = '<xf numFmtId="9" fontId="1" fillId="0" borderId="0" xfId="0" {}/>'
    collections = {
        "fonts": "<font><sz val='11'/></font><font><sz val='9'/></font>",
        "cellStyleXfs": '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>',
    }
    first = '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0"/>'
    plain = Styles(part(**collections, cellXfs=first + look.format("")))
    special = Styles(part(**collections, cellXfs=first + look.format(attributes)))
    assert plain.derive(0, number="0%") == 1
    assert special.derive(0, number="0%") == 2


def test_a_checkbox_does_not_spread() -> None:
    """A cell format of Excel's checkboxes gives its look, not the checkbox."""
    xf = (
        '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"><extLst>'
        '<ext uri="{C7286773-470A-42A8-94C5-96B5CB345126}" xmlns:c="urn:c"><c:complement i="0"/>'
        "</ext></extLst></xf>"
    )
    styles = Styles(part(cellXfs=xf))
    assert styles.derive(0) == 1
    assert b"ext" not in etree.tostring(items(styles.to_bytes(), "cellXfs")[1], with_tail=False)


def test_a_number_that_some_format_uses_is_not_given_a_code() -> None:
    """A format with a number nobody defined shows plain numbers, and goes on doing so."""
    xf = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/><xf numFmtId="164"/>'
    styles = Styles(part(cellXfs=xf))
    styles.derive(0, number="yyyy-mm-dd")
    assert items(styles.to_bytes(), "numFmts")[0].get("numFmtId") == "165"


@pytest.mark.parametrize(
    ("code", "date"),
    [
        ("General", False),
        ("0", False),
        ('0 "days"', False),
        ("0.00_d", False),
        (r"0\d", False),
        ("[Red]0", False),
        ("h:mm", False),
        ("[h]:mm:ss", False),
        ("mm:ss", False),
        ("yyyy-mm-dd", True),
        ("mmm", True),
        ("[$-409]d-mmm-yy;@", True),
        ("m/d/yy h:mm", True),
        ("dddd", True),
    ],
)
def test_a_date_format_is_one_that_shows_a_day_month_or_year(code: str, date: bool) -> None:
    """Literals, colours and times of day are no dates."""
    styles = Styles(NEW)
    xf = styles.derive(0, number=code)
    assert styles.is_date(xf) is date
    assert styles.number_format(xf) == code


def test_a_built_in_format_needs_no_code() -> None:
    """A format that every Excel knows by number is not written out; one of a locale is."""
    styles = Styles(NEW)
    for code in ("0%", "General", "@", "d-mmm-yy"):
        styles.derive(0, number=code, wrap=True)
    after = styles.to_bytes()
    assert [n.get("formatCode") for n in items(after, "numFmts")] == ["d-mmm-yy"]
    assert [xf.get("numFmtId") for xf in items(after, "cellXfs")] == ["0", "9", "0", "49", "164"]


@pytest.mark.parametrize(
    ("number", "code", "date"),
    [(14, "mm-dd-yy", True), (22, "m/d/yy h:mm", True), (30, "General", True), (49, "@", False)],
)
def test_built_in_numbers_are_known(number: int, code: str, date: bool) -> None:
    """A number format without a code of its own has the one that Excel gives it."""
    styles = Styles(part(cellXfs=f'<xf numFmtId="{number}"/>'))
    assert (styles.number_format(0), styles.is_date(0)) == (code, date)


def test_a_format_that_does_not_exist_counts_as_the_first() -> None:
    """A cell may name a format that the workbook lacks; Excel shows it plain, and so do we."""
    assert Styles(NEW).derive(99) == 0
    assert Styles(NEW).number_format(99) == "General"


def test_a_differential_format_is_found_or_appended() -> None:
    """Equal colours are one differential format, whoever wrote it."""
    excel = (
        '<dxf><font><b/><i val="0"/><color rgb="FF843C0C"/></font></dxf><dxf><font><b/>'
        '<color rgb="FF843C0C"/></font><fill><patternFill><bgColor rgb="FFF8CBAD"/></patternFill>'
        "</fill></dxf>"
    )
    styles = Styles(part(dxfs=excel))
    assert styles.dxf(color="843c0c", fill="F8CBAD", bold=True) == 1
    assert styles.dxf(color="843C0C", fill="F8CBAD") == 2
    assert styles.dxf(color=None, fill="F8CBAD") == 3
    assert styles.dxf(color="843C0C", fill="F8CBAD") == 2


def test_utf_16_styles_can_be_edited() -> None:
    """A part in UTF-16 stays as it is until something is appended, and is UTF-8 then."""
    xml = NEW.decode().replace("UTF-8", "UTF-16").encode("utf-16")
    styles = Styles(xml)
    assert styles.to_bytes() == xml
    styles.derive(0, number="yyyy-mm-dd")
    assert_only_appended(NEW, styles.to_bytes())


def test_a_workbook_without_styles_gets_them() -> None:
    """Styles are optional in a workbook; the first format makes the part, linked and typed."""
    stream = io.BytesIO()
    Workbook().save(stream)
    package = Package.open(stream.getvalue())
    workbook = package.workbook_part()
    for link in package.relationships(workbook):
        if link.type.endswith("/styles"):
            package.unrelate(workbook, link.id)
    package.remove("xl/styles.xml")
    package = Package.open(package.to_bytes())
    styles = load(package)
    save(package, styles)
    assert not package.changed
    xf = styles.derive(0, number="yyyy-mm-dd")
    save(package, styles)
    assert load(Package.open(package.to_bytes())).number_format(xf) == "yyyy-mm-dd"


@pytest.mark.campaign
def test_every_format_of_the_corpus_derives_without_damage() -> None:
    """In every public workbook, any format takes a number format, and what was there stays."""
    for path in corpus_files():
        _derive_from_all(path.name, path.read_bytes())


@pytest.mark.parametrize(
    "name", ["phpspreadsheet--namespacenonstd.xlsx", "closedxml--EmptyFill.xlsx", "poi--52348.xlsx"]
)
def test_formats_of_hard_workbooks_derive_without_damage(name: str) -> None:
    """Prefixes, empty fills and missing cell styles are no obstacle."""
    (path,) = (p for p in corpus_files() if p.name == name)
    _derive_from_all(path.name, path.read_bytes())


def _derive_from_all(name: str, data: bytes) -> None:
    try:
        styles = load(Package.open(data, name=name))
    except WorkbookRefused:
        return
    before = styles.to_bytes()
    numbers = [int(xf.get("numFmtId", "0")) for xf in items(before, "cellXfs")]
    for xf in range(len(numbers)):
        new = styles.derive(xf, number="yyyy-mm-dd")
        assert styles.number_format(new) == "yyyy-mm-dd", name
        assert styles.derive(new, number="yyyy-mm-dd") == new, name
    after = styles.to_bytes()
    assert_only_appended(before, after)
    again = Styles(after)
    for xf in range(len(numbers)):
        again.derive(xf, number="yyyy-mm-dd")
    assert not again.changed, name
