"""An .xlsx file as parts: what nobody changed stays the bytes it was."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certsync.errors import WorkbookRefused
from certsync.ooxml import archive
from certsync.ooxml.package import RELATIONSHIPS, Package, Relationship, members_changed
from tests.ooxml.corpus import corpus_files
from tests.ooxml.handmade import book, worksheet

PLAIN = book({"Certifications": worksheet('<row r="1"/>'), "Lists": worksheet("")})
SHEET = "xl/worksheets/sheet1.xml"
WORKSHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive in this order, packed as zipfile packs."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as target:
        for name, content in members:
            target.writestr(name, content)
    return stream.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    """Every member, its checksum checked by zipfile."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        return {name: source.read(name) for name in source.namelist()}


def test_nothing_changed_gives_the_very_bytes() -> None:
    """A package nobody changed is the file it was opened from."""
    assert Package.open(PLAIN).to_bytes() is PLAIN


def test_putting_equal_bytes_is_no_change() -> None:
    """A part put back as it was is no change, even after it had been another."""
    package = Package.open(PLAIN)
    old = package.read(SHEET)
    package.put(SHEET, old)
    assert not package.changed
    package.put(SHEET, b"<other/>")
    assert package.changed == {SHEET}
    package.put(SHEET, old)
    assert not package.changed
    assert package.to_bytes() is PLAIN


def test_only_the_changed_member_changes() -> None:
    """One replaced part leaves the packed bytes of every other member alone, in place and order."""
    package = Package.open(PLAIN)
    package.put(SHEET, b"<worksheet/>")
    after = package.to_bytes()
    assert members_changed(PLAIN, after) == {SHEET}
    assert list(unzipped(after)) == list(unzipped(PLAIN))
    assert unzipped(after)[SHEET] == b"<worksheet/>"


def test_the_date_of_a_replaced_member_stays() -> None:
    """A replaced part keeps its date, and a new one gets a fixed one: no clock is in the file."""
    package = Package.open(PLAIN)
    package.put(SHEET, b"<worksheet/>")
    package.put("xl/new.xml", b"<new/>", "application/xml")
    with zipfile.ZipFile(io.BytesIO(package.to_bytes())) as after:
        assert after.getinfo(SHEET).date_time == (2026, 1, 1, 0, 0, 0)
        assert after.getinfo("xl/new.xml").date_time == (1980, 1, 1, 0, 0, 0)


def test_the_same_changes_give_the_same_bytes() -> None:
    """What is written hangs on nothing but the file and the changes."""
    written = set()
    for _ in range(2):
        package = Package.open(PLAIN)
        package.put("xl/a.xml", b"<a/>" * 500_000, "application/xml")
        written.add(package.to_bytes())
    assert len(written) == 1


def test_a_new_part_is_declared_and_read_again() -> None:
    """A new part carries its content type, and its links come back with their targets."""
    package = Package.open(PLAIN)
    package.put("xl/worksheets/sheet9.xml", b"<worksheet/>", WORKSHEET_TYPE)
    rel_id = package.relate(
        "xl/workbook.xml", f"{RELATIONSHIPS}/worksheet", "xl/worksheets/sheet9.xml"
    )
    again = Package.open(package.to_bytes())
    assert again.content_type("xl/worksheets/sheet9.xml") == WORKSHEET_TYPE
    assert Relationship(
        rel_id, f"{RELATIONSHIPS}/worksheet", "xl/worksheets/sheet9.xml"
    ) in again.relationships("xl/workbook.xml")
    assert again.changed == set()


def test_a_type_the_extension_gives_is_not_declared_twice() -> None:
    """A part whose extension already has its type needs no entry of its own."""
    package = Package.open(PLAIN)
    package.put("xl/custom.xml", b"<a/>", "application/xml")
    assert package.changed == {"xl/custom.xml"}


def test_removing_a_part_takes_its_type_and_links_along() -> None:
    """A part that is removed leaves neither a content type nor a .rels behind."""
    package = Package.open(PLAIN)
    package.relate(
        SHEET, f"{RELATIONSHIPS}/hyperlink", "https://example.com/?a=1&b=2", external=True
    )
    assert package.relationships(SHEET)[0].target == "https://example.com/?a=1&b=2"
    package.remove(SHEET)
    after = package.to_bytes()
    assert SHEET not in unzipped(after)
    assert not [name for name in unzipped(after) if "sheet1.xml.rels" in name]
    assert b"/sheet1.xml" not in unzipped(after)["[Content_Types].xml"]


def test_undoing_links_gives_the_old_bytes() -> None:
    """A link that is added and taken out again leaves the part as it was."""
    package = Package.open(PLAIN)
    rel_id = package.relate("xl/workbook.xml", f"{RELATIONSHIPS}/theme", "xl/theme/theme1.xml")
    package.unrelate("xl/workbook.xml", rel_id)
    assert not package.changed


def test_an_equal_link_is_used_again() -> None:
    """Relating twice to the same part gives the same link."""
    package = Package.open(PLAIN)
    kind = f"{RELATIONSHIPS}/worksheet"
    assert package.relate("xl/workbook.xml", kind, SHEET) == "rId1"
    assert not package.changed


@pytest.mark.parametrize(
    "name", ["/xl/worksheets/sheet1.xml", "XL/Worksheets/Sheet1.xml", "xl\\worksheets\\sheet1.xml"]
)
def test_names_compare_as_part_names_do(name: str) -> None:
    """A leading slash, case and backslashes make no other part of a name."""
    package = Package.open(PLAIN)
    assert name in package
    assert package.read(name) == package.read(SHEET)
    package.put(name, b"<worksheet/>")
    assert package.changed == {SHEET}


def test_targets_resolve_from_the_part_that_names_them() -> None:
    """Relative targets, absolute ones and encoded blanks lead where they should."""
    rels = (
        '<Relationships xmlns="x">'
        '<Relationship Id="a" Type="t" Target="../tables/t1.xml"/>'
        "<Relationship Target='/xl/tables/t1.xml' Type='t' Id='b'/>"
        '<Relationship Id="c" Type="t" Target="my%20part.xml#Sheet1!A1"/>'
        '<!-- <Relationship Id="d" Type="t" Target="hidden.xml"/> -->'
        '<Relationship Id="e" Type="t" Target="file:///c:/a b.xlsx" TargetMode="External" />'
        "</Relationships>"
    )
    package = Package.open(
        book({"A": worksheet("")}, extra={"xl/worksheets/_rels/sheet1.xml.rels": rels.encode()})
    )
    assert [(r.id, r.target) for r in package.relationships(SHEET)] == [
        ("a", "xl/tables/t1.xml"),
        ("b", "xl/tables/t1.xml"),
        ("c", "xl/worksheets/my part.xml"),
        ("e", "file:///c:/a b.xlsx"),
    ]


def test_a_utf_16_part_is_edited_in_utf_8() -> None:
    """A part in UTF-16 is handed out for editing in UTF-8, its declaration put right."""
    text = '<?xml version="1.0" encoding="UTF-16"?><worksheet>Grüße</worksheet>'
    package = Package.open(book({"A": text.encode("utf-16")}))
    assert package.xml(SHEET).decode() == text.replace("UTF-16", "UTF-8")
    assert not package.changed


def test_a_part_with_a_document_type_is_not_edited() -> None:
    """A document type could give every name another meaning, so such a part is refused."""
    package = Package.open(book({"A": '<!DOCTYPE a [<!ENTITY b "<c>">]><worksheet/>'}))
    with pytest.raises(WorkbookRefused, match=r"sheet1\.xml has a document type declaration"):
        package.xml(SHEET)


def test_members_with_descriptors_and_stored_ones_are_kept() -> None:
    """Streams written with data descriptors and members that are not packed stay as they are."""
    members = unzipped(PLAIN)
    stream = io.BytesIO()

    class Unseekable(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            return stream.write(data)  # type: ignore[arg-type] # bytes-like, as zipfile gives

    with zipfile.ZipFile(io.BufferedWriter(Unseekable()), "w") as target:
        for index, (name, content) in enumerate(members.items()):
            target.writestr(
                name, content, zipfile.ZIP_STORED if index % 2 else zipfile.ZIP_DEFLATED
            )
    before = stream.getvalue()
    assert before.count(b"PK\7\x08") == len(members)
    records = [member.record for member in archive.members(before)]
    assert [end for _, end in records][:-1] == [start for start, _ in records][1:]
    package = Package.open(before)
    package.put(SHEET, b"<worksheet/>")
    after = package.to_bytes()
    assert members_changed(before, after) == {SHEET}
    assert unzipped(after) == members | {SHEET: b"<worksheet/>"}


def test_zip64_members_are_read_and_written_plainly() -> None:
    """Sizes kept in zip64 fields are read, and the new directory needs none."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in unzipped(PLAIN).items():
            with target.open(name, "w", force_zip64=True) as member:
                member.write(content)
    package = Package.open(stream.getvalue())
    package.put(SHEET, b"<worksheet/>")
    assert unzipped(package.to_bytes())[SHEET] == b"<worksheet/>"


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}\.(xml|bin)", fullmatch=True), st.binary(max_size=300), max_size=6
    ),
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}\.(xml|bin)", fullmatch=True),
        st.none() | st.binary(max_size=300),
        max_size=6,
    ),
)
@settings(deadline=None, max_examples=60)
def test_any_changes_read_back(before: dict[str, bytes], changes: dict[str, bytes | None]) -> None:
    """Whatever is replaced, added and removed, zipfile reads back exactly that."""
    data = zipped(*before.items())
    old = archive.members(data)
    after = archive.rebuilt(data, old, {name.encode(): c for name, c in changes.items()})
    kept = {n: c for n, c in {**before, **changes}.items() if c is not None}
    assert unzipped(after) == kept
    assert members_changed(data, after) <= set(changes)


def test_hard_workbooks_stay_whole() -> None:
    """A changed workbook part leaves every other member of a hard workbook as it was."""
    checked = 0
    for path in corpus_files():
        before = path.read_bytes()
        try:
            package = Package.open(before, name=path.name)
        except WorkbookRefused:
            continue
        part = package.workbook_part()
        package.put(part, package.read(part) + b" ")
        after = package.to_bytes()
        assert members_changed(before, after) == {part}, path.name
        names = [m.text for m in archive.members(before)]
        assert [m.text for m in archive.members(after)] == names, path.name
        checked += 1
    assert checked > 100
