"""`certsync run` on the sample, as a person runs it."""

from __future__ import annotations

import ast
import email
import email.policy
import re
import shutil
import warnings
import zipfile
from pathlib import Path

import openpyxl
import pytest

from certsync import wiring
from certsync.config import load
from tests.conftest import Validator
from tests.system.program import ROOT, certsync, tree, watched

CONFIG = "workbook: agency.xlsx\nas_of: 2026-03-16\npeople:\n  coordinator: Ruth <ruth@a.example>\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the sample as `agency.xlsx` and a config that writes in place."""
    shutil.copy(ROOT / "sample_workbook.xlsx", tmp_path / "agency.xlsx")
    (tmp_path / "config.yaml").write_text(CONFIG)
    return tmp_path


def cells(path: Path) -> dict[str, dict[str, object]]:
    """Every value of every tab of a workbook that people fill."""
    with warnings.catch_warnings():
        # openpyxl warns of what it would lose if it saved; here it only reads.
        warnings.simplefilter("ignore", UserWarning)
        book = openpyxl.load_workbook(path, data_only=True)
    return {
        sheet.title: {c.coordinate: c.value for row in sheet.iter_rows() for c in row}
        for sheet in book.worksheets
        if sheet.title not in ("Dashboard", "Alert Log")
    }


def test_the_second_run_writes_no_byte_and_sends_nothing(folder: Path) -> None:
    """Run twice on one day: bytes and mtime of the workbook stay, and no new mail is written."""
    first = certsync("run", "--json", cwd=folder)
    assert first.code == 0, first.err
    assert first.json["writes"]["cells"] > 100
    assert first.json["writes"]["tabs"] == ["Dashboard", "Alert Log"]
    assert any(alert["state"] == "sent" for alert in first.json["alerts"])
    before = {k: v for k, v in tree(folder).items() if "ledger" not in k}

    second = certsync("run", "--json", cwd=folder)
    assert second.code == 0, second.err
    assert second.json["writes"] == {"cells": 0, "tabs": [], "skipped": None}
    assert [a for a in second.json["alerts"] if a["state"] == "sent"] == []
    assert {k: v for k, v in tree(folder).items() if "ledger" not in k} == before


def test_output_mode_leaves_the_source_and_writes_once(folder: Path) -> None:
    """With `output` the workbook that is read stays; the copy is written once a day."""
    (folder / "config.yaml").write_text(CONFIG + "output: out/copy.xlsx\n")
    source = tree(folder)["agency.xlsx"]
    assert certsync("run", cwd=folder).code == 0
    copy = tree(folder)["out/copy.xlsx"]
    assert certsync("run", cwd=folder).code == 0
    assert tree(folder)["agency.xlsx"] == source
    assert tree(folder)["out/copy.xlsx"] == copy


def test_a_dry_run_changes_no_file_and_opens_no_socket(folder: Path) -> None:
    """Neither the folder's files nor any audit event of Python show a write or a socket."""
    before = tree(folder)
    ran = watched("run", "--dry-run", cwd=folder)
    assert ran.code == 0, ran.err
    assert tree(folder) == before
    assert ran.err.strip().splitlines()[-1] == "CHANGES []"


def test_a_dry_run_after_a_run_leaves_the_ledger_alone(folder: Path) -> None:
    """Even with a ledger there, a dry run only looks at a copy of it."""
    assert certsync("run", cwd=folder).code == 0
    before = tree(folder)
    ran = watched("run", "--dry-run", "--as-of", "2026-04-20", cwd=folder)
    assert ran.code == 0, ran.err
    assert tree(folder) == before
    # The copy lies in a private folder of the system's that is removed again.
    changes = ast.literal_eval(ran.err.strip().splitlines()[-1].removeprefix("CHANGES "))
    private = re.compile(r"/certsync-\w{8}|ledger\.sqlite', \d|/tmp/\w{8}\W")
    assert [change for change in changes if not private.search(change)] == []


def test_a_dry_run_plans_what_the_run_writes(folder: Path) -> None:
    """The planned cells are the cells that differ after the real run, each with its value."""
    before = cells(folder / "agency.xlsx")
    plan = wiring.run(load(folder / "config.yaml"), dry_run=True).plan
    planned = {(edit.tab, ref): value for edit in plan.columns for ref, value in edit.cells()}
    ran = certsync("run", "--json", cwd=folder)
    assert ran.json["writes"]["cells"] == len(planned)
    after = cells(folder / "agency.xlsx")
    changed = {
        (tab, ref)
        for tab, found in after.items()
        for ref, value in found.items()
        if value != before[tab].get(ref)
    }
    assert changed == set(planned)
    for (tab, ref), value in planned.items():
        seen = after[tab][ref]
        assert getattr(seen, "date", lambda seen=seen: seen)() == value, (tab, ref)


def test_every_other_part_of_the_workbook_stays(folder: Path) -> None:
    """Charts, comments, themes, names of the person: byte for byte what they were."""
    with zipfile.ZipFile(folder / "agency.xlsx") as book:
        before = {name: book.read(name) for name in book.namelist()}
    assert certsync("run", cwd=folder).code == 0
    with zipfile.ZipFile(folder / "agency.xlsx") as book:
        after = {name: book.read(name) for name in book.namelist()}
    assert set(before) <= set(after)
    changed = {name for name in before if before[name] != after[name]}
    allowed = ("xl/worksheets/sheet", "xl/tables/", "xl/styles.xml", "xl/workbook.xml",
               "xl/_rels/workbook.xml.rels", "[Content_Types].xml")  # fmt: skip
    assert all(name.startswith(allowed) for name in changed), changed
    assert any(name.startswith("xl/charts/") for name in before)
    assert any("comments" in name for name in before)


def test_microsofts_validator_finds_nothing(folder: Path, validator: Validator) -> None:
    """The sample after a run, and after a run on another day, is a file Excel accepts."""
    assert certsync("run", cwd=folder).code == 0
    assert validator.validate(folder / "agency.xlsx") == []
    assert certsync("run", "--as-of", "2026-04-20", cwd=folder).code == 0
    assert validator.validate(folder / "agency.xlsx") == []


def test_days_in_a_row_do_not_make_the_file_grow(folder: Path) -> None:
    """Day after day the same parts: no style, no part and no name is added a second time."""
    sizes = []
    for day in range(16, 21):
        ran = certsync("run", "--json", "--as-of", f"2026-03-{day}", cwd=folder)
        assert ran.code == 0, ran.err
        with zipfile.ZipFile(folder / "agency.xlsx") as book:
            sizes.append((len(book.namelist()), len(book.read("xl/styles.xml"))))
    assert len(set(sizes[1:])) == 1, sizes


def test_mails_are_addressed_to_people_of_the_workbook(folder: Path) -> None:
    """Every mail has one recipient, a subject, two parts of text, and nobody who has left."""
    ran = certsync("run", "--json", cwd=folder)
    mails = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in folder.rglob("*.eml")
    ]
    assert mails
    for mail in mails:
        assert len(mail["To"].addresses) == 1
        assert mail["Subject"]
        kinds = {part.get_content_type() for part in mail.walk()}
        assert {"text/plain", "text/html"} <= kinds
    sent = {a["recipient"].lower() for a in ran.json["alerts"] if a["state"] == "sent"}
    assert {mail["To"].addresses[0].addr_spec.lower() for mail in mails} == sent


def test_json_is_one_object_and_nothing_else(folder: Path) -> None:
    """Standard output holds exactly the documented object."""
    found = certsync("run", "--json", cwd=folder).json
    assert list(found)[:4] == ["schema_version", "as_of", "workbook", "outcome"]
    assert found["schema_version"] == 1
    assert found["as_of"] == "2026-03-16"
    assert found["outcome"] == "ok"
    assert {"coverage", "findings", "certifications", "requirements", "pursuits", "alerts"} <= set(
        found
    )
    record = found["certifications"][0]
    assert set(record) >= {
        "cell", "employee_id", "person", "certification", "expiration_date", "days_to_expiry",
        "status",
    }  # fmt: skip
    finding = found["findings"][0]
    assert list(finding) == ["code", "severity", "tab", "cell", "value", "message", "fix"]


def test_check_finds_the_planted_mistakes_with_code_5(folder: Path) -> None:
    """`certsync check` lists the cells, writes nothing and ends with code 5 for errors."""
    before = tree(folder)
    ran = certsync("check", cwd=folder)
    assert ran.code == 5
    assert "Certifications!" in ran.out
    assert tree(folder) == before


def test_an_empty_annual_value_is_no_matter(folder: Path) -> None:
    """Annual Value is optional: a requirement at risk without one is told like any other."""
    path = folder / "agency.xlsx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        book = openpyxl.load_workbook(path)
    for row in book["Partnership Requirements"].iter_rows(min_row=2):
        row[7].value = None
    book.save(path)
    ran = certsync("run", cwd=folder)
    assert ran.code == 0, ran.err
    assert "At Risk" in ran.out
