"""The sample: what it promises to show, and the honest mistakes in it, neither more nor fewer."""

from __future__ import annotations

import warnings
import zipfile
from collections import Counter
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from certsync import wiring
from certsync.config import load
from certsync.result import SyncResult
from tests.conftest import Validator
from tests.make_sample import AS_OF, SAMPLE, build, table

MISTAKES = {
    "manager.unknown": "Team Members!H43",
    "date.ambiguous": "Certifications!F85",
    "expiration.before_earned": "Certifications!F109",
    "expiration.missing": "Certifications!F113",
    "record.duplicate": "Certifications!C124",
    "person.unknown": "Certifications!B125",
}
"""Each finding of the sample, by its code."""

YEARS = {
    "AWS": 3,
    "Microsoft": 1,
    "Google Cloud": 2,
    "Databricks": 2,
    "PMI": 3,
    "ISC2": 3,
    "Associate Cloud Engineer": 3,
    "Generative AI Leader": 3,
}
"""How long a certification is valid: by its name where that is an exception, else by issuer."""


@pytest.fixture(scope="module")
def checked() -> SyncResult:
    """What `certsync check` says of the sample with the example's config."""
    return wiring.check(load(SAMPLE.parent / "config.example.yaml"))


def opened(*, values: bool = False) -> openpyxl.Workbook:
    """The sample as openpyxl sees it, with formulas or with their stored values."""
    with warnings.catch_warnings():
        # openpyxl says that it would lose the data bars on saving; nothing is saved here.
        warnings.filterwarnings("ignore", ".*extension is not supported")
        return openpyxl.load_workbook(BytesIO(SAMPLE.read_bytes()), data_only=values)


def tab(book: openpyxl.Workbook, name: str) -> Worksheet:
    """A worksheet of the sample."""
    sheet = book[name]
    assert isinstance(sheet, Worksheet)
    return sheet


def test_the_script_rebuilds_the_sample(tmp_path: Path) -> None:
    """The tracked workbook is what the script writes, part by part."""
    build(tmp_path / "again.xlsx")
    with zipfile.ZipFile(SAMPLE) as tracked, zipfile.ZipFile(tmp_path / "again.xlsx") as again:
        assert [*tracked.namelist()] == [*again.namelist()]
        differ = [name for name in tracked.namelist() if tracked.read(name) != again.read(name)]
    assert differ == []


def test_the_agency_has_forty_people() -> None:
    """Forty are there, one of them on leave; three have left. IDs keep their zeros."""
    members = table("team_members")
    assert Counter(m["Status"] for m in members) == {"Active": 39, "On Leave": 1, "Departed": 3}
    assert all(m["Employee ID"].startswith("00") for m in members)
    names = {m["Full Legal Name"] for m in members}
    assert {m["Manager"] for m in members} - names == {"", "Greg Halloran"}
    assert len({m["Email"] for m in members}) == len({m["Employee ID"] for m in members}) == 43


def test_there_are_certifications_of_every_kind() -> None:
    """About 120 from six issuers, with renewals as second rows, and some that never expire."""
    rows = table("certifications")
    assert 115 <= len(rows) <= 130
    assert len({row["Issuing Body"] for row in rows}) == 6
    held = Counter((row["Team Member"], row["Certification"]) for row in rows)
    assert sum(count > 1 for count in held.values()) >= 15
    assert sum(row["Expiration Date"] == "Does not expire" for row in rows) >= 5
    assert {row["Verified"] for row in rows} == {"Verified", "Pending", "Rejected", ""}
    assert sum(bool(row["CEUs Required"]) for row in rows) >= 10


def test_each_certification_is_valid_as_long_as_its_issuer_says() -> None:
    """A date earned and the issuer's rule give the expiration date, but for planted mistakes.

    Microsoft's renewals and PMI's and ISC2's cycles run from the old expiration date on.
    """
    previous: dict[tuple[str, str], pd.Timestamp] = {}
    wrong = []
    for row in table("certifications"):
        if not row["Expiration Date"][:4].isdecimal() or not row["Date Earned"]:
            continue
        key = row["Team Member"], row["Certification"]
        earned = pd.Timestamp(row["Date Earned"])
        expires = pd.Timestamp(row["Expiration Date"])
        years = pd.DateOffset(years=YEARS.get(key[1], YEARS[row["Issuing Body"]]))
        begins = [earned, earned - timedelta(days=1)]
        if row["Issuing Body"] == "Microsoft" and key in previous:
            begins = [previous[key]]
        if expires not in [begin + years for begin in begins]:
            wrong.append((*key, row["Expiration Date"]))
        previous[key] = expires
    assert wrong == [
        ("Amara Diallo", "Microsoft Certified: Fabric Data Engineer Associate", "2024-10-20")
    ]


def test_something_is_due_in_every_tier(checked: SyncResult) -> None:
    """Each tier has its certifications, today's among them, and some have lapsed."""
    facts = checked.facts
    present = facts.members["employee_id"][facts.members["status"] != "Departed"]
    certifications = facts.certifications
    due = certifications[certifications["current"] & certifications["employee_id"].isin(present)]
    days = due["days_to_expiry"].dropna().astype(int)
    tiers = pd.cut(days, [-1000, -1, 0, 30, 60, 90, 180], labels=False).value_counts()
    assert all(tiers.get(tier, 0) >= least for tier, least in enumerate([3, 1, 5, 4, 3, 8]))


def test_the_mistakes_are_found_and_nothing_else(checked: SyncResult) -> None:
    """Every planted mistake is a finding at its cell, and no sound cell is one."""
    assert {f.code: f.where for f in checked.findings} == MISTAKES
    assert len(checked.findings) == len(MISTAKES)


def test_the_misspelt_name_gets_its_nearest_member(checked: SyncResult) -> None:
    """The message names who was most likely meant, with the ID as it is written."""
    found = next(f for f in checked.findings if f.code == "person.unknown")
    assert '"Oluwaseun Adeyemi" (0023)' in found.fix


def test_one_program_will_break_one_is_broken_one_is_safe(checked: SyncResult) -> None:
    """AWS is at risk within 90 days, Microsoft is short already, Google Cloud is met."""
    requirements = checked.facts.requirements
    programs = requirements[requirements["kind"] == "partnership"]
    worst = {
        name: "Not Met" if "Not Met" in words else "At Risk" if "At Risk" in words else "Met"
        for name, words in programs.groupby("name")["compliance"].agg(set).items()
    }
    assert worst == {
        "AWS Partner Network": "At Risk",
        "Microsoft AI Cloud Partner": "Not Met",
        "Google Cloud Partner Advantage": "Met",
    }
    at_risk = requirements[requirements["compliance"] == "At Risk"]
    assert len(at_risk) == 1
    story = at_risk.iloc[0]
    assert (story["tier"], story["minimum"], story["certified"]) == ("Advanced", 3, 4)
    assert story["breach_date"].date() == date(2026, 5, 9)
    assert AS_OF < story["breach_date"].date() <= AS_OF + timedelta(days=90)
    assert story["annual_value"] == 600_000
    assert programs[["impact", "annual_value", "owner", "deadline"]].notna().all(axis=None)


def test_the_breach_comes_from_two_certifications_one_of_them_unplanned(
    checked: SyncResult,
) -> None:
    """Both lapses are pursued: the first renewal has its exam, the decisive one has none."""
    facts = checked.facts
    risk = facts.requirements.index[facts.requirements["compliance"] == "At Risk"][0]
    lapses = facts.holdings[
        (facts.holdings["requirement"] == risk)
        & facts.holdings["counted"]
        & (facts.holdings["valid_until"] <= pd.Timestamp(AS_OF + timedelta(days=90)))
    ]
    held = facts.certifications.loc[lapses["certification"]]
    pursued = facts.pursuits.merge(held[["employee_id", "name_key"]])
    status = dict(zip(pursued["person"], pursued["status"], strict=True))
    assert status == {"Miguel Santos": "On Track", "Aisha Rahman": "At Risk"}


def test_pursuits_are_in_every_state(checked: SyncResult) -> None:
    """A dozen: on track, at risk, stalled, overdue and passed."""
    assert checked.facts.pursuits["status"].value_counts().to_dict() == {
        "On Track": 6,
        "At Risk": 2,
        "Stalled": 2,
        "Overdue": 1,
        "Passed": 1,
    }


def test_a_client_loses_out_because_somebody_left(checked: SyncResult) -> None:
    """Of three client requirements one is short: its second holder has departed."""
    clients = checked.facts.requirements
    clients = clients[clients["kind"] == "client"]
    assert dict(zip(clients["name"], clients["compliance"], strict=True)) == {
        "Great Lakes Health Network": "Not Met",
        "Prairie Mutual Insurance": "Met",
        "Fox River Logistics": "Met",
    }


def test_it_looks_like_a_workbook_people_live_in() -> None:
    """Tables, a title row, lists, a note, a chart, people's own formats, a helper, formulas."""
    book = opened()
    members, certifications = tab(book, "Team Members"), tab(book, "Certifications")
    assert members.tables["TeamMembers"].tableStyleInfo.showRowStripes
    assert members.tables["TeamMembers"].autoFilter is not None
    assert members.column_dimensions["K"].hidden
    assert str(members["J2"].value).startswith("=INT(YEARFRAC(")
    assert members["I23"].comment.text.startswith("Teresa Kowalczyk")
    assert "A1:S1" in {str(block) for block in certifications.merged_cells.ranges}
    assert (certifications["A4"].value, certifications.freeze_panes) == ("Employee ID", "C5")
    assert certifications["A5"].value == "0002"
    assert len(certifications.conditional_formatting) >= 2
    rules = certifications.data_validations.dataValidation
    assert {rule.formula1 for rule in rules} >= {"Verified_List", "Renewal_Status_List"}
    assert tab(book, "Client Requirements").tables["ClientRequirements"].totalsRowCount == 1
    with zipfile.ZipFile(SAMPLE) as parts:
        assert "xl/charts/chart1.xml" in parts.namelist()


def test_every_formula_has_its_value() -> None:
    """Nobody has to open the sample in Excel before it can be read."""
    values, formulas = opened(values=True), opened()
    empty = [
        cell.coordinate
        for sheet in formulas
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f" and values[sheet.title][cell.coordinate].value in (None, "")
    ]
    assert empty == []
    assert values["Headcount"]["B11"].value == 40
    assert values["Client Requirements"]["F5"].value == 1_055_000


def test_microsoft_finds_no_error_in_it(validator: Validator) -> None:
    """The sample is valid by Microsoft's own schema."""
    assert validator.validate(SAMPLE) == []
