"""Tabs and headers are found wherever they are; a close miss is suggested, never guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from certsync.sheets.findings import Finding
from certsync.sheets.locate import Place, locate
from certsync.sheets.names import fold
from certsync.sheets.schema import SCHEMA
from certsync.sheets.snapshot import TableRange, TabSnapshot
from tests.fakes import tab, workbook

CERTS = "| Employee ID | Certification | Expiration Date |"
NOTHING: Mapping[str, Mapping[str, str]] = {}


def certs(markdown: str, name: str = "Certifications", **options: object) -> TabSnapshot:
    """A tab of certifications."""
    return tab(name, markdown, **options)  # type: ignore[arg-type]


def find(
    *tabs: TabSnapshot, columns: Mapping[str, str] | None = None, key: str = "certifications"
) -> tuple[Place | None, list[Finding]]:
    """The place of one schema tab, and the findings that are not about the missing others."""
    places, findings = locate(workbook(*tabs), {key: columns} if columns else NOTHING)
    wanted = [s.title for s in SCHEMA if s.key != key]
    found = [f for f in findings if not (f.code == "tab.missing" and f.tab in wanted)]
    return next((p for p in places if p.spec.key == key), None), found


def one(findings: Sequence[Finding]) -> Finding:
    """The only finding."""
    assert len(findings) == 1, [str(f) for f in findings]
    return findings[0]


def test_names_of_tabs_do_not_overlap() -> None:
    """A tab's name can mean one tab of the schema only."""
    names = [name for spec in SCHEMA for name in spec.names()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["Certifications", "CERTIFICATIONS ", "certs", "Credentials"])
def test_a_tab_is_found_by_name_and_alias(name: str) -> None:
    """Case, spaces and punctuation do not matter, and aliases are names too."""
    place, findings = find(certs(CERTS, name))
    assert place is not None
    assert place.tab.name == name
    assert findings == []


def test_a_near_miss_is_suggested_and_not_taken() -> None:
    """A misspelt tab is not read; the finding lists the tabs and names the nearest."""
    place, findings = find(certs(CERTS, "Certifcations"), tab("Budget"))
    assert place is None
    found = one(findings)
    assert (found.code, found.severity) == ("tab.missing", "error")
    assert found.message == (
        'There is no tab "Certifications". The workbook has "Certifcations", "Budget".'
    )
    assert found.fix == 'Rename the tab "Certifcations" to "Certifications".'


def test_an_optional_tab_is_mentioned_only_for_a_slip() -> None:
    """Nobody needs Client Requirements, but "Client Requirments" is probably it."""
    header = "| Client | Required Certification | Minimum Count |"
    _, findings = find(tab("Budget", header), key="client_requirements")
    assert findings == []
    _, findings = find(tab("Client Requirments", header), key="client_requirements")
    assert one(findings).severity == "warning"
    assert one(findings).fix == 'Rename the tab "Client Requirments" to "Client Requirements".'


def test_a_generated_tab_is_never_ours_to_read() -> None:
    """A tab that certsync made is not taken for one people fill."""
    place, findings = find(certs(CERTS, generated="certification_matrix"))
    assert place is None
    assert one(findings).code == "tab.missing"


def test_of_two_tabs_the_exact_title_counts() -> None:
    """With "Certs" beside "Certifications" the title wins; a twin of it is mentioned."""
    place, findings = find(certs(CERTS, "Certs"), certs(CERTS))
    assert place is not None
    assert place.tab.name == "Certifications"
    found = one(findings)
    assert (found.code, found.severity, found.tab) == ("tab.ambiguous", "warning", "Certs")
    place, findings = find(tab("Certs", "| Vendor | Price |"), certs(CERTS))
    assert place is not None
    assert findings == []


def test_of_two_aliases_only_headers_decide() -> None:
    """Two tabs by alias: the only one with the headers is read, and of two alike neither."""
    place, findings = find(certs(CERTS, "Certs"), tab("Credentials", "| Login | Password |"))
    assert place is not None
    assert place.tab.name == "Certs"
    assert findings == []
    place, findings = find(certs(CERTS, "Certs"), certs(CERTS, "Credentials"))
    assert place is None
    found = one(findings)
    assert (found.code, found.severity) == ("tab.ambiguous", "error")
    assert '"Certs", "Credentials"' in found.message


def test_a_customer_list_is_no_client_requirements() -> None:
    """An optional tab found by alias alone must have the headers, or it is something else."""
    crm = tab("Clients", "| Client | Owner | Phone |\n| Acme | Ann | 555 |")
    place, findings = find(crm, key="client_requirements")
    assert place is None
    assert findings == []


def test_the_header_row_may_stand_below_a_title() -> None:
    """The first row with every required header is the header row."""
    place, _ = find(
        certs(
            """
            | Acme certifications |             |               |                 |
            |                     |             |               |                 |
            |                     | employee-id | CERTIFICATION | Expiration_Date |
            |                     | E1          | CKA           | 2027-01-31      |
            """,
            top=3,
            left=2,
        )
    )
    assert place is not None
    assert place.headers.row == 5
    assert place.headers.columns == {
        "employee_id": 3,
        "certification": 4,
        "expiration_date": 5,
    }


def test_a_table_goes_before_the_frozen_row_and_that_before_the_first() -> None:
    """Of several header rows the Excel table's counts, then the last frozen row."""
    rows = f"{CERTS}\n| E1 | A | never |\n{CERTS}\n| E2 | B | never |\n{CERTS}\n| E3 | C | never |"
    place, _ = find(certs(rows))
    assert place is not None
    assert place.headers.row == 1
    place, _ = find(certs(rows, frozen_rows=3))
    assert place is not None
    assert place.headers.row == 3
    table = TableRange("Certs", 5, 1, 6, 3)
    place, _ = find(certs(rows, frozen_rows=3, tables=(table,)))
    assert place is not None
    assert place.headers.row == 5
    assert place.table == table


def test_a_table_without_the_headers_is_passed_over() -> None:
    """A small table beside the records does not hide the header row."""
    rows = "| Vendor | Site |\n| A | B |\n|  |  |  |\n" + CERTS
    place, _ = find(certs(rows, tables=(TableRange("Vendors", 1, 1, 2, 2),)))
    assert place is not None
    assert place.headers.row == 4
    assert place.table is None


def test_no_header_row_is_reported() -> None:
    """A tab of the right name without headers lists those it needs."""
    place, findings = find(certs("| hello |\n| 1 |"))
    assert place is None
    found = one(findings)
    assert found.code == "header.missing"
    assert '"Certification", "Expiration Date", "Employee ID" or "Team Member"' in found.message


def test_a_missing_column_lists_the_headers_and_the_nearest() -> None:
    """A tab without a required column is not read; the nearest header and its cell are named."""
    place, findings = find(certs("| Employee ID | Certification | Expires at |", top=4, left=2))
    assert place is None
    found = one(findings)
    assert (found.code, found.severity, found.cell) == ("column.missing", "error", "D4")
    assert found.message == (
        'There is no column "Expiration Date". '
        'Row 4 has "Employee ID", "Certification", "Expires at".'
    )
    assert found.fix == (
        'Rename "Expires at" in D4 to "Expiration Date" if it is that, '
        "or name the right one under `columns` in the config."
    )


def test_one_column_of_a_group_is_enough() -> None:
    """A record names its holder by ID or by name; without both, either is asked for."""
    place, _ = find(certs("| Team Member | Certification | Expiration Date |"))
    assert place is not None
    place, findings = find(certs("| Certification | Expiration Date | Teem member |"))
    assert place is None
    assert one(findings).message.startswith('There is no column "Employee ID" or "Team Member".')
    assert 'to "Team Member" if it is that' in one(findings).fix


def test_a_slip_in_an_optional_header_is_mentioned() -> None:
    """An optional column that a slip of the keyboard hides is not read in silence."""
    place, findings = find(certs(CERTS + " Verifed | Nickname |"))
    assert place is not None
    assert "verified" not in place.headers.columns
    found = one(findings)
    assert (found.code, found.severity, found.cell) == ("header.unknown", "warning", "D1")
    assert found.fix == 'Rename it to "Verified" if it is that.'


def test_the_own_header_goes_before_an_alias() -> None:
    """Beside "Team Member" a column "Name" is nobody's; alone it is the member."""
    place, findings = find(certs(CERTS + " Name | Team Member |"))
    assert place is not None
    assert place.headers.columns["member"] == 5
    assert findings == []
    place, _ = find(certs(CERTS + " Name |"))
    assert place is not None
    assert place.headers.columns["member"] == 4


def test_an_alias_of_two_columns_goes_to_the_one_that_needs_it() -> None:
    """In Pursuits "Target" is the date where "Certification" stands beside it."""
    header = tab("Pursuits", "| Name | Certification | Target |")
    place, findings = find(header, key="pursuits")
    assert place is not None
    assert place.headers.columns == {"member": 1, "certification": 2, "target_date": 3}
    assert findings == []


def test_duplicate_headers_name_both_cells() -> None:
    """Two columns that could both be a deciding one: neither is read, nor is the tab."""
    place, findings = find(certs(CERTS + " Expiration date |", top=2))
    assert place is None
    found = one(findings)
    assert (found.code, found.severity, found.cell) == ("header.duplicate", "error", "D2")
    assert found.message == (
        'C2 ("Expiration Date") and D2 ("Expiration date") can both be the column '
        '"Expiration Date".'
    )
    assert found.fix == 'Rename the one that is not "Expiration Date".'


def test_duplicates_of_what_decides_nothing_are_a_warning() -> None:
    """Two optional columns of one name are left unread, and the tab is read."""
    place, findings = find(certs(CERTS + " Issued | Earned |"))
    assert place is not None
    assert "date_earned" not in place.headers.columns
    assert one(findings).severity == "warning"
    assert "name the right one under `columns`" in one(findings).fix


def test_a_list_beside_the_table_is_not_part_of_it() -> None:
    """Of equal names the one in the main block counts, and ours counts only there."""
    place, findings = find(certs(CERTS + "  | Certification | Status | Count |"))
    assert place is not None
    assert place.headers.columns["certification"] == 2
    assert "status" not in place.headers.columns
    assert findings == []


def test_our_own_columns_are_found_by_header() -> None:
    """Columns that certsync wrote are found in the block, and behind an empty column."""
    place, _ = find(certs(CERTS + " Status |  | Days to expiry | Sync Notes |"))
    assert place is not None
    assert place.headers.columns["status"] == 4
    assert place.headers.columns["days_to_expiry"] == 6
    assert place.headers.columns["sync_notes"] == 7
    place, findings = find(certs(CERTS + " Status | Status |"))
    assert place is not None
    assert place.headers.columns["status"] == 4
    assert one(findings).severity == "warning"
    assert "certsync writes D1." in one(findings).message


@pytest.mark.parametrize("ours", ["Expiration Date", "expiration_date"])
@pytest.mark.parametrize("key", ["Certifications", "certifications", "Certs"])
def test_the_config_maps_headers(key: str, ours: str) -> None:
    """A mapped header is that column and no other, whatever else would fit."""
    header = "| Employee ID | Certification | Expires | Renew by |"
    places, findings = locate(workbook(certs(header)), {key: {ours: "renew BY"}})
    assert places[0].headers.columns["expiration_date"] == 4
    assert [f.code for f in findings if f.code != "tab.missing"] == []


def test_a_mapped_header_is_not_ours_to_write() -> None:
    """A column "Status" that the config gives to people is no status column of certsync."""
    place, _ = find(certs(CERTS + " Status |"), columns={"Verified": "Status"})
    assert place is not None
    assert place.headers.columns["verified"] == 4
    assert "status" not in place.headers.columns


def test_a_mapping_that_names_nothing_is_reported() -> None:
    """An unknown tab, an unknown column and a header that is not there each get a word."""
    mapping = {
        "Certificatons": {"Notes": "x"},
        "Certifications": {"Colour": "Ends", "Notes": "Remarkz"},
    }
    _, findings = locate(workbook(certs(CERTS + " Remarks |")), mapping)
    found = [f for f in findings if f.code == "mapping.unknown"]
    assert [f.value for f in found] == ["Certificatons", "Colour", "Remarkz"]
    assert [f.tab for f in found] == ["Certificatons", "Certifications", "Certifications"]
    assert found[0].fix == 'Write "Certifications" if that is meant.'
    assert found[1].fix.startswith("Write one of Employee ID, Team Member, ")
    assert found[2].fix == 'Write "Remarks" in the config.'


@pytest.mark.parametrize(
    ("header", "fix"),
    [
        (
            "| Employee ID | Certification | Expiration Date |",
            'Take that line out of the config: C1 is headed "Expiration Date".',
        ),
        ("| Employee ID | Certification | The Nope |", 'Write "The Nope" in the config.'),
        (
            "| Employee ID | Certification | Ends |",
            "Write the header that holds it there, or take that line out of the config.",
        ),
    ],
)
def test_a_needed_column_that_the_config_maps_wrongly(header: str, fix: str) -> None:
    """The config's line is what to put right, and the one thing that is said of the column."""
    place, findings = find(certs(header), columns={"Expiration Date": "Nope"})
    assert place is None
    found = one(findings)
    assert (found.code, found.severity, found.excludes) == ("column.missing", "error", True)
    assert found.message.startswith(
        'The config says under `columns: Certifications` that "Expiration Date" is headed "Nope", '
        "and no header here is. Row 1 has "
    )
    assert found.fix == fix


def test_one_column_of_a_group_is_enough_where_the_other_is_mapped_wrongly() -> None:
    """Who is named by ID can be read; the config's line for the name gets a word."""
    place, findings = find(certs(CERTS), columns={"Team Member": "Nope"})
    assert place is not None
    assert (one(findings).code, one(findings).severity) == ("mapping.unknown", "warning")


def test_every_header_of_the_schema_is_found() -> None:
    """A tab with all its headers is read without a word, and so is each alias in their place."""
    for spec in SCHEMA:
        headers = [c.header for c in spec.columns] + [o.header for o in spec.owned]
        place, findings = find(tab(spec.title, [headers]), key=spec.key)
        assert place is not None
        assert findings == [], spec.key
        keys = [c.key for c in spec.columns] + [o.key for o in spec.owned]
        assert place.headers.columns == {key: i for i, key in enumerate(keys, 1)}
        for column in spec.columns:
            for alias in column.aliases:
                row = [alias if c is column else c.header for c in spec.columns]
                if list(map(fold, row)).count(fold(alias)) == 1:
                    place, _ = find(tab(spec.title, [row]), key=spec.key)
                    assert place is not None, (spec.key, alias)
                    assert place.headers.columns[column.key] == row.index(alias) + 1


def test_cells_far_away_are_reported() -> None:
    """What stands too far from the table to be read has a finding with its first cell."""
    far = ((6001, 1), (6001, 3), (1048576, 1))
    _, findings = locate(workbook(replace(certs(CERTS), far=far)), NOTHING)
    (found,) = [f for f in findings if f.code == "cells.far"]
    assert (found.where, found.severity) == ("Certifications!A6001", "error")
    assert "3 more in 2 rows" in found.message
