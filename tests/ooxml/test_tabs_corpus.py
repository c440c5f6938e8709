"""Generated tabs in hard public workbooks: nothing but the allowed parts ever changes."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

import pytest
from lxml import etree

from certsync.errors import WorkbookRefused
from certsync.ooxml import tabs
from certsync.ooxml.package import RELATIONSHIPS, Package, members_changed
from certsync.ooxml.workbook import sheets
from tests.conftest import Validator
from tests.ooxml.agency import MAIN
from tests.ooxml.built import dashboard
from tests.ooxml.corpus import corpus_files
from tests.ooxml.render import render
from tests.ooxml.test_styles import assert_only_appended
from tests.ooxml.test_tabs import carried, names_by_sheet

NEW_PART = re.compile(r"(.*/)?(worksheets/sheet|drawings/drawing|charts/chart)\d+\.xml(\.rels)?")


def openable() -> dict[str, bytes]:
    """The workbooks of the corpus that can be patched, by name."""
    found = {}
    for path in corpus_files():
        data = path.read_bytes()
        try:
            sheets(Package.open(data, name=path.name))
        except WorkbookRefused:
            continue
        found[path.name] = data
    return found


def in_front(package: Package) -> list[str]:
    """The tab that each window of the workbook shows."""
    workbook = etree.fromstring(package.xml(package.workbook_part()))
    windows = workbook.findall(f"{{{MAIN}}}bookViews/{{{MAIN}}}workbookView")
    places = [int(window.get("activeTab", "0")) for window in windows] or [0]
    return [sheets(package)[place].name for place in places]


def assert_carried_cleanly(name: str, before: bytes) -> bytes:
    """Carry a tab twice and compare all that must not differ; the workbook with the tab."""
    after = carried(before)
    old, new = Package.open(before), Package.open(after)
    workbook = old.workbook_part()
    styles = next(
        (r.target for r in new.relationships(workbook) if r.type == f"{RELATIONSHIPS}/styles"), ""
    )
    folder, base = posixpath.split(workbook)
    allowed = {
        "[Content_Types].xml",
        workbook,
        posixpath.join(folder, "_rels", f"{base}.rels"),
        styles,
    }
    changed = members_changed(before, after)
    assert {part for part in changed if part in old} <= allowed, name
    added = {part for part in changed if part not in old} - {styles}
    assert all(NEW_PART.fullmatch(part.replace("_rels/", "")) for part in added), name
    assert sheets(new)[1:] == sheets(old), name
    assert in_front(new) == in_front(old), name
    kept = {k: v for k, v in names_by_sheet(after).items() if k[0] != sheets(new)[0].name}
    assert kept == names_by_sheet(before), name
    if styles in old:
        assert_only_appended(old.xml(styles), new.xml(styles))
    again = Package.open(after)
    tabs.carry(again, dashboard(), key="dashboard", title="Dashboard", stamp="v1")
    assert not again.changed, name
    return after


def test_every_workbook_that_opens_takes_a_tab() -> None:
    """A hundred odd workbooks: other parts, sheets, names and formats stay; once more adds none."""
    books = openable()
    assert len(books) > 100
    for name, before in books.items():
        assert_carried_cleanly(name, before)


@pytest.mark.campaign
def test_the_validator_finds_nothing_new_in_the_corpus(validator: Validator) -> None:
    """Microsoft's validator has no more to say about any workbook than it had before."""
    for name, before in openable().items():
        replaced = carried(carried(before), dashboard(active=7, rows=3), stamp="v2")
        assert (name, validator.new_errors(before, replaced)) == (name, [])


@pytest.mark.campaign
def test_libreoffice_opens_what_it_opened_before(tmp_path: Path) -> None:
    """Every tenth workbook of the corpus still opens, with the new tab as its first page."""
    for number, (name, before) in enumerate(openable().items()):
        if number % 10 == 0:
            assert render(carried(before), tmp_path / name)
