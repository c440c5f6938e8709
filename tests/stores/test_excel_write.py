"""Writing .xlsx files: only what the plan names, and always a whole file."""

from __future__ import annotations

import errno
import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from certsync.errors import ChangedSinceRead, WorkbookBusy, WorkbookRefused
from certsync.ooxml.package import Package, members_changed
from certsync.sheets.edits import Plan
from certsync.stores import excel_patch
from certsync.stores.base import Written
from tests.conftest import Validator
from tests.ooxml.agency import parts
from tests.ooxml.corpus import corpus_file
from tests.ooxml.render import saved_again
from tests.stores.world import (
    FIRST_ROW,
    HEADER_ROW,
    agency,
    column,
    dashboard,
    files,
    sheet,
    status_plan,
    store,
)

SHEET = "xl/worksheets/sheet1.xml"
PLAIN = agency()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The agency's workbook in a folder of its own."""
    path = tmp_path / "agency.xlsx"
    path.write_bytes(PLAIN)
    return path


def applied(path: Path, plan: Plan) -> Written:
    """What a store says after it read the file and wrote the plan."""
    one = store(path)
    return one.apply(plan, one.read().revision)


def calm(data: bytes) -> bytes:
    """The workbook without the word that Excel is to calculate on opening."""
    package = Package.open(data)
    old = package.read("xl/workbook.xml")
    package.put("xl/workbook.xml", old.replace(b' fullCalcOnLoad="1"', b""))
    return package.to_bytes()


def test_only_the_sheet_and_the_formats_change(path: Path) -> None:
    """Chart, picture, comment, list and all other parts stay byte for byte, still packed."""
    applied(path, status_plan())
    assert members_changed(PLAIN, path.read_bytes()) == {SHEET, "xl/styles.xml"}


def test_a_table_part_changes_with_its_table(path: Path) -> None:
    """A table grows in its own part, and its header cells carry the names of its columns."""
    before = agency(table=True)
    path.write_bytes(before)
    applied(path, status_plan(table="Certs"))
    after = path.read_bytes()
    assert members_changed(before, after) == {SHEET, "xl/styles.xml", "xl/tables/table1.xml"}
    certs = sheet(after)
    grown = certs.tables["Certs"]
    assert (grown.ref, grown.autoFilter.ref) == ("A3:F6", "A3:F6")
    assert [c.value for c in certs[HEADER_ROW][:6]] == grown.column_names
    assert grown.column_names[-2:] == ["Status", "Days to Expiry"]


def test_macros_stay(path: Path) -> None:
    """The macros of a workbook are the bytes they were."""
    before = agency(macros=True)
    path.write_bytes(before)
    applied(path, status_plan())
    after = parts(path.read_bytes())
    assert after["xl/vbaProject.bin"] == b"macros of the agency"
    assert members_changed(before, path.read_bytes()) == {SHEET, "xl/styles.xml"}


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("calamine--vba.xlsm", "vbaProject.bin"),
        ("calamine--pivots.xlsx", "pivotTables/"),
        ("phpspreadsheet--namespacestd.xlsx", "threadedComments/"),
        ("phpspreadsheet--32readwriteSurfaceChart2.xlsx", "charts/"),
        ("phpspreadsheet--32readwriteSurfaceChart2.xlsx", "media/"),
        ("phpspreadsheet--issue.2387.xlsx", "docProps/custom.xml"),
        ("closedxml--activex_checkbox.xlsx", "activeX/"),
        ("xlsxwriter--embed_image13.xlsx", "richData/"),
        ("poi--CustomXMLMappings-complex-type.xlsx", "xmlMaps.xml"),
        ("closedxml--CubeFromRange-Input.xlsx", "model/"),
    ],
)
def test_what_excel_made_stays(path: Path, name: str, kept: str) -> None:
    """Parts that Excel wrote and no library understands are carried over still packed."""
    before = corpus_file(name)
    path.write_bytes(before)
    one = store(path)
    snapshot = one.read()
    tab = next((t for t in snapshot.tabs if t.rows), snapshot.tabs[0])
    edit = column(tab.right + 1, ["Active"], "Status", tab=tab.name, like=1)
    one.apply(Plan((edit,)), snapshot.revision)
    assert [n for n in parts(before) if kept in n]
    changed = members_changed(before, path.read_bytes())
    assert changed
    assert not [n for n in changed if not re.search(r"worksheets/|styles|workbook\.xml", n)]


def test_new_cells_look_like_their_neighbours(path: Path) -> None:
    """A header looks like the headers, numbers are numbers, and no link's blue is taken over."""
    applied(path, status_plan())
    certs = sheet(path)
    neighbour, header = certs.cell(HEADER_ROW, 2), certs.cell(HEADER_ROW, 6)
    assert header.font.b
    assert header.fill.fgColor.rgb == neighbour.fill.fgColor.rgb
    assert header.border.left.style == "thin"
    days, status = certs.cell(FIRST_ROW, 6), certs.cell(FIRST_ROW, 5)
    assert (days.number_format, status.number_format) == ("0", "General")
    assert not days.font.u
    assert not status.font.u
    assert certs.column_dimensions["F"].width == 14


def test_a_persons_date_format_stays(path: Path) -> None:
    """A date written into a cell that shows dates keeps its format; elsewhere it gets one."""
    days = [date(2027, 2, 1), date(2027, 2, 2)]
    edits = (column(3, days, kind="date"), column(4, days, kind="date"))
    applied(path, Plan(edits))
    shown = [(c.value, c.number_format.replace("\\", "")) for c in sheet(path)[FIRST_ROW][2:4]]
    moment = datetime(2027, 2, 1)
    assert shown == [(moment, "dd.mm.yyyy"), (moment, "yyyy-mm-dd")]


def test_a_number_in_a_cell_that_shows_dates_is_shown_as_a_number(path: Path) -> None:
    """69 days are not 9 March 1900."""
    applied(path, Plan((column(3, [69], kind="whole"),)))
    cell = sheet(path).cell(FIRST_ROW, 3)
    assert (cell.value, cell.number_format) == (69, "0")


def test_formulas_are_calculated_anew(path: Path) -> None:
    """Excel is told to calculate on opening, as a formula may hang on our cells."""
    path.write_bytes(calm(agency(formula=True)))
    applied(path, status_plan())
    after = parts(path.read_bytes())["xl/workbook.xml"]
    assert re.findall(rb"<calcPr[^>]*>", after) == [b'<calcPr calcId="124519" fullCalcOnLoad="1"/>']


def test_without_formulas_nothing_is_calculated(path: Path) -> None:
    """The ranges of sparklines and charts are no formulas; workbook.xml stays as it is."""
    before = calm(PLAIN)
    path.write_bytes(before)
    applied(path, status_plan())
    assert "xl/workbook.xml" not in members_changed(before, path.read_bytes())


def test_a_workbook_that_says_so_already_is_left_in_that(path: Path) -> None:
    """Where Excel is told to calculate already, workbook.xml stays."""
    before = agency(formula=True)
    path.write_bytes(before)
    assert b'fullCalcOnLoad="1"' in parts(before)["xl/workbook.xml"]
    applied(path, status_plan())
    assert "xl/workbook.xml" not in members_changed(before, path.read_bytes())


def test_formulas_of_our_own_tabs_do_not_count(path: Path) -> None:
    """The dashboard's formulas are calculated as they are; only people's formulas matter."""
    path.write_bytes(calm(PLAIN))
    applied(path, Plan(tabs=(dashboard("day1", formula="1+1"),)))
    applied(path, status_plan())
    assert b"fullCalcOnLoad" not in parts(path.read_bytes())["xl/workbook.xml"]


def test_a_utf_16_sheet_is_patched(path: Path) -> None:
    """A sheet in UTF-16 becomes one in UTF-8 when a cell of it changes."""
    package = Package.open(PLAIN)
    text = package.read(SHEET).decode().replace('encoding="UTF-8"', 'encoding="UTF-16"')
    package.put(SHEET, text.encode("utf-16"))
    path.write_bytes(package.to_bytes())
    applied(path, status_plan())
    assert b'encoding="UTF-8"' in parts(path.read_bytes())[SHEET][:60]
    assert store(path).read().tab("Certifications").value(4, 6) == 69


def test_the_validator_finds_nothing_new(path: Path, validator: Validator) -> None:
    """Microsoft's validator has no complaint about our cells, table, formats and tab."""
    before = agency(table=True, formula=True)
    path.write_bytes(before)
    plan = status_plan(table="Certs")
    applied(path, Plan(plan.columns, (dashboard("day1"),)))
    assert validator.new_errors(before, path.read_bytes()) == []


def test_libreoffice_opens_it(path: Path) -> None:
    """LibreOffice opens the result and keeps our cells when it saves it."""
    applied(path, status_plan())
    certs = sheet(saved_again(path))
    assert [c.value for c in certs[FIRST_ROW][4:6]] == ["Expiring Soon", 69]


def test_nothing_to_change_leaves_file_and_time(path: Path) -> None:
    """A plan whose cells are there already touches nothing: not the bytes, not the time."""
    applied(path, status_plan())
    before, stat = files(path.parent), path.stat()
    plan = status_plan()
    again = Plan(tuple(replace(edit, header=None) for edit in plan.columns))
    assert applied(path, again) == Written()
    assert (files(path.parent), path.stat().st_mtime_ns) == (before, stat.st_mtime_ns)


def test_the_file_is_replaced_in_one_step(path: Path) -> None:
    """A program that reads the old file while it is replaced reads it to its end."""
    with path.open("rb") as reading:
        applied(path, status_plan())
        assert reading.read() == PLAIN
    assert path.read_bytes() != PLAIN


def test_mode_and_link_stay(path: Path) -> None:
    """A file keeps its mode, and a link keeps pointing at the file that was written."""
    path.chmod(0o640)
    link = path.with_name("link.xlsx")
    link.symlink_to(path)
    applied(link, status_plan())
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.read_bytes() != PLAIN


def test_the_old_file_is_kept(path: Path) -> None:
    """What was overwritten lies in the backups, under the time of the run."""
    written = applied(path, status_plan())
    backup = path.parent / "backups" / "agency.2026-11-23T080000.xlsx"
    assert written.backup == str(backup)
    assert backup.read_bytes() == PLAIN


def test_the_last_backups_are_kept(path: Path) -> None:
    """Of many runs the last few backups stay; other files in the folder are not ours."""
    folder = path.parent / "backups"
    folder.mkdir()
    (folder / "agency.notes.xlsx").write_bytes(b"mine")
    now = datetime(2026, 11, 23, 8, 0)
    for run in range(5):
        one = store(path, keep=3, clock=lambda at=now + timedelta(days=run): at)  # type: ignore[misc] # bound now
        one.apply(Plan((column(5, [run], kind="whole"),)), one.read().revision)
    assert sorted(p.name for p in folder.iterdir()) == [
        *(f"agency.2026-11-{day}T080000.xlsx" for day in (25, 26, 27)),
        "agency.notes.xlsx",
    ]


def test_two_backups_of_one_second_are_both_kept(path: Path) -> None:
    """A second write within the second of the first does not overwrite its backup."""
    applied(path, status_plan())
    applied(path, status_plan(days=[1, 2, 3]))
    names = sorted(p.name for p in (path.parent / "backups").iterdir())
    assert names == ["agency.2026-11-23T080000-2.xlsx", "agency.2026-11-23T080000.xlsx"]


def excel_lock(user: str) -> bytes:
    """Excel's lock file: the name in the code page, then in UTF-16 from byte 55 on."""
    head = bytes([len(user)]) + user.encode("cp1252", "replace").ljust(54)
    return head + len(user).to_bytes(2, "little") + user.encode("utf-16-le").ljust(108)


@pytest.mark.parametrize(
    ("lock", "content", "sentence"),
    [
        ("~$agency.xlsx", excel_lock("Jan Havlíček"), r"Jan Havlíček has it open"),
        ("~$agency.xlsx", b"", r"somebody has it open"),
        (".~lock.agency.xlsx#", b",ada,host,23.11.2026 08:00,file:///x;", r"ada has it open"),
    ],
)
def test_a_workbook_that_somebody_has_open_is_left(
    path: Path, lock: str, content: bytes, sentence: str
) -> None:
    """With a lock file beside it nothing is written; the sentence names the person and the file."""
    (path.parent / lock).write_bytes(content)
    before = files(path.parent)
    with pytest.raises(WorkbookBusy, match=sentence + rf" \(if not, delete {re.escape(lock)}"):
        applied(path, status_plan())
    assert files(path.parent) == before


def refuse(code: int) -> Callable[..., None]:
    """A call of the system that fails with this error."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    return fail


@pytest.mark.parametrize(
    ("owner", "call", "code", "sentence"),
    [
        (Path, "replace", errno.EACCES, r"a program has it open \(Permission denied\)"),
        (os, "fsync", errno.ENOSPC, r"cannot be written.*No space left"),
        (tempfile, "mkstemp", errno.EROFS, r"its folder may not be written \(Read-only"),
    ],
)
def test_a_failing_system_leaves_the_file(
    path: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, call: str, code: int, sentence: str
) -> None:
    """Whatever the system refuses, the old file stays whole and no unfinished one is left."""
    one = store(path, keep=0)
    base = one.read().revision
    monkeypatch.setattr(owner, call, refuse(code))
    with pytest.raises(WorkbookBusy, match=sentence):
        one.apply(status_plan(), base)
    assert files(path.parent) == {"agency.xlsx": PLAIN}


def test_a_read_only_file_is_left(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that its owner made read-only is not replaced, though its folder would allow it."""
    one = store(path)
    base = one.read().revision
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(WorkbookBusy, match="it is read-only"):
        one.apply(status_plan(), base)
    assert path.read_bytes() == PLAIN


def test_a_save_at_the_last_moment_is_not_overwritten(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody saves while certsync packs: their file stays, and nothing of ours is left."""
    one = store(path, keep=0)
    base = one.read().revision
    theirs = agency(formula=True)
    pack = Package.to_bytes

    def slow(package: Package) -> bytes:
        path.write_bytes(theirs)
        return pack(package)

    monkeypatch.setattr(Package, "to_bytes", slow)
    with pytest.raises(ChangedSinceRead):
        one.apply(status_plan(), base)
    assert files(path.parent) == {"agency.xlsx": theirs}


def test_a_wrong_result_is_never_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a file is replaced the new one is looked through; a cell amiss stops it."""
    right = excel_patch.__dict__["patch"]

    def wrong(*given: Any, **more: Any) -> Any:
        result = right(*given, **more)
        return replace(result, part=result.part.replace(b"<v>69</v>", b"<v>70</v>"))

    monkeypatch.setattr(excel_patch, "patch", wrong)
    with pytest.raises(WorkbookRefused, match=r"own check: F4 holds 70\.0, not 69"):
        applied(path, status_plan())
    assert files(path.parent) == {"agency.xlsx": PLAIN}


def test_unfinished_files_of_a_killed_run_are_cleared(path: Path) -> None:
    """An unfinished file of long ago goes; a fresh one may belong to a run at work."""
    old, fresh = path.with_name(".certsync-old.tmp"), path.with_name(".certsync-new.tmp")
    for left in (old, fresh):
        left.write_bytes(b"PK")
    os.utime(old, (0, 0))
    applied(path, status_plan())
    assert not old.exists()
    assert fresh.exists()


def test_a_sheet_that_is_gone_is_told(path: Path) -> None:
    """A plan for a tab that the workbook does not have is a mistake of the caller."""
    with pytest.raises(KeyError, match="Pursuits"):
        applied(path, Plan((column(5, ["x"], tab="Pursuits"),)))
