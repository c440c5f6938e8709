"""What is wrong in an agency's workbook, and which rows that leaves out."""

from __future__ import annotations

from datetime import date

import pytest

from certsync.sheets.checks import check
from certsync.sheets.findings import CODES, Finding
from certsync.sheets.read import read
from certsync.sheets.tables import Table, Tables
from tests.fakes import tab, workbook

TODAY = date(2026, 3, 16)
MEMBERS = """
    | Employee ID | Full Legal Name | Email         | Manager | Status   |
    | 012         | John Smith      | john@acme.com | Eva Roe | Active   |
    | E13         | Ann Lee         | ann@acme.com  | Eva Roe | Active   |
    | E14         | Bob Fox         | bob@acme.com  | Eva Roe | On Leave |
    | E15         | Old Timer       | old@acme.com  | Eva Roe | Departed |
    | E16         | Eva Roe         | eva@acme.com  | Eva Roe | Active   |
    """
FUTURE = "error earned.future D2 x"
CERT_HEADER = "| Employee ID | Team Member | Certification | Date Earned | Expiration Date |"


def checked(
    *, members: str = MEMBERS, certs: str = "", pursuits: str = "", requirements: str = ""
) -> tuple[Tables, list[Finding]]:
    """Read and checked tables of the tabs given, and every finding that is not of a missing tab."""
    sheets = [
        tab(name, markdown)
        for name, markdown in (
            ("Team Members", members),
            ("Certifications", f"{CERT_HEADER}\n{certs}" if certs[:1] != "=" else certs[1:]),
            ("Pursuits", pursuits),
            ("Partnership Requirements", requirements),
        )
        if markdown
    ]
    tables, unread = read(workbook(*sheets))
    tables, wrong = check(tables, TODAY)
    found = [f for f in [*unread, *wrong] if f.code != "tab.missing"]
    assert {f.code for f in found} <= set(CODES)
    return tables, found


def told(findings: list[Finding]) -> list[str]:
    """Each finding as severity, code and cell; an excluding one has a cross."""
    return [f"{f.severity} {f.code} {f.cell}{' x' if f.excludes else ''}" for f in findings]


def ok(table: Table) -> list[bool]:
    """Which rows are judged."""
    return list(table.frame["ok"])


def test_a_sound_workbook_has_no_findings() -> None:
    """Names, IDs and managers resolve; the person is the member's full name."""
    tables, findings = checked(
        certs="""
        | 012 | john smith | CKA | 2025-01-01 | 2027-01-01 |
        |     | ANN  LEE   | CKA | 2025-01-01 | never      |
        | e14 |            | CKA |            | 2026-03-16 |
        |     | E16        | CKA | 2026-03-16 | 2027-01-01 |
        """,
        pursuits="""
        | Team Member  | Target Certification | Target Date |
        | Ann Lee      | CKS                  | 2026-03-16  |
        | bob@acme.com | CKS                  | 2026-06-01  |
        """,
        requirements="""
        | Program | Tier | Required Certification | Minimum Count |
        | AWS     | Gold | CKA                    | 1             |
        """,
    )
    assert findings == []
    certs = tables["certifications"].frame
    assert list(certs["employee_id"]) == ["012", "E13", "E14", "E16"]
    assert list(certs["person"]) == ["John Smith", "Ann Lee", "Bob Fox", "Eva Roe"]
    pursuits = tables["pursuits"].frame
    assert list(pursuits["employee_id"]) == ["E13", "E14"]
    assert list(pursuits["person"]) == ["Ann Lee", "Bob Fox"]
    assert list(tables["team_members"].frame["manager_id"]) == ["E16"] * 5


def test_a_misspelt_name_gets_the_nearest_member() -> None:
    """A record of an unknown person is left out, and the nearest name and ID are shown."""
    tables, (found,) = checked(certs="|  | Jon Smith | CKA | | 2027-01-01 |")
    assert str(found) == (
        'Certifications!B2: Nobody in Team Members is called "Jon Smith". '
        'Write "John Smith" (012) if that is meant, or add the person to Team Members.'
    )
    assert (found.code, found.severity, found.value) == ("person.unknown", "error", "Jon Smith")
    assert ok(tables["certifications"]) == [False]
    assert tables["certifications"].frame["employee_id"].isna().all()
    assert list(tables["certifications"].frame["person"]) == ["Jon Smith"]


@pytest.mark.parametrize(
    ("employee", "name", "expected", "fix"),
    [
        ("E99", "", "error person.unknown A2 x", "Write the ID as it is in Team Members"),
        ("12", "", "error person.unknown A2 x", 'Write 012 if "John Smith" is meant.'),
        ("12", "John Smith", "warning id.unknown A2", 'Write 012, the ID of "John Smith".'),
        ("E13", "John Smith", "error person.contradicts A2 x", "Write the ID and the name of the"),
        ("E13", "Wei Zhang", "error person.contradicts A2 x", "Write the ID and the name of the"),
        ("E13", "Anne Lee", "warning person.misnamed B2", 'Write "Ann Lee".'),
        ("", "", "error person.missing B2 x", "Write the person's full name or employee ID."),
        ("", "Priya Patel", "error person.unknown B2 x", "Write the name as it is in Team Members"),
    ],
)
def test_who_a_record_belongs_to(employee: str, name: str, expected: str, fix: str) -> None:
    """The ID decides, then the name; both must mean one person, and nobody is guessed."""
    tables, findings = checked(certs=f'| "{employee}" | {name} | CKA | | 2027-01-01 |')
    assert told(findings) == [expected]
    assert findings[0].fix.startswith(fix)
    assert ok(tables["certifications"]) == [not expected.endswith("x")]


def test_two_members_of_one_name() -> None:
    """A name of two members says nothing without the ID."""
    members = MEMBERS + "| E20 | Ann Lee | ann2@acme.com | Eva Roe | Active |"
    tables, (found,) = checked(
        members=members,
        certs="""
        |     | Ann Lee | CKA | | 2027-01-01 |
        | E20 | Ann Lee | CKA | | 2027-01-01 |
        """,
    )
    assert told([found]) == ["error person.ambiguous B2 x"]
    assert found.message == 'Several members are "Ann Lee": "Ann Lee" (E13), "Ann Lee" (E20).'
    assert ok(tables["certifications"]) == [False, True]


def test_a_name_close_to_the_holders_may_be_anothers() -> None:
    """An ID of Ann Lee beside the name of Anne Lee, who is a member too, contradicts itself."""
    members = MEMBERS + "| E20 | Anne Lee | anne@acme.com | Eva Roe | Active |"
    _, findings = checked(members=members, certs="| E13 | Anne Lee | CKA | | 2027-01-01 |")
    assert told(findings) == ["error person.contradicts A2 x"]
    assert findings[0].message == (
        '"E13" is "Ann Lee" in Team Members, and "Anne Lee" is "Anne Lee" (E20).'
    )


def test_two_members_of_one_id() -> None:
    """Both are reported; a record is theirs only if its name decides, and they stay apart."""
    members = MEMBERS + "| e13 | Wei Zhang | wei@acme.com | Eva Roe | Active |"
    tables, findings = checked(
        members=members,
        certs="""
        | E13 |           | CKA | | 2027-01-01 |
        | E13 | Wei Zhang | CKA | | 2027-01-01 |
        | E13 | Ann Lee   | CKA | | 2027-01-01 |
        | E13 | Bob Fox   | CKA | | 2027-01-01 |
        """,
    )
    assert told(findings) == [
        "error id.duplicate A3",
        "error id.duplicate A7",
        "error person.ambiguous A2 x",
        "error person.ambiguous A5 x",
    ]
    assert findings[0].message == (
        'Several members have the ID "E13": "Ann Lee" in row 3, "Wei Zhang" in row 7.'
    )
    assert list(tables["certifications"].frame["employee_id"][1:3]) == [
        "e13 (Wei Zhang)",
        "E13",
    ]
    members_frame = tables["team_members"].frame
    assert members_frame["ok"].all()
    assert members_frame["employee_id"].is_unique


def test_a_member_in_two_rows() -> None:
    """The second row of the same ID and name is left out, and records find the first."""
    members = MEMBERS + "| E13 | ANN LEE | other@acme.com | Eva Roe | Departed |"
    tables, findings = checked(members=members, certs="| E13 | | CKA | | 2027-01-01 |")
    assert told(findings) == ["error id.duplicate A7 x"]
    assert findings[0].message == "This member stands in row 3 already."
    assert ok(tables["team_members"])[-1] is False
    assert ok(tables["certifications"]) == [True]


def test_a_member_without_an_id() -> None:
    """A record of somebody without an ID cannot be told from others, so it is left out."""
    tables, findings = checked(
        members=MEMBERS + "|  | Wei Zhang | wei@acme.com | Eva Roe | Active |",
        certs="| | Wei Zhang | CKA | | 2027-01-01 |",
    )
    assert told(findings) == ["error value.missing A7 x", "error person.without_id B2 x"]
    assert findings[1].fix == "Write one into row 7 of Team Members."
    assert ok(tables["certifications"]) == [False]


@pytest.mark.parametrize(
    ("manager", "expected"),
    [
        ("Eva Roe", None),
        ("E16", None),
        ("EVA@acme.com", None),
        ("Eva Row", "error manager.unknown D2"),
        ("Old Timer", "error manager.departed D2"),
        ("Sam Poe", "error manager.ambiguous D2"),
        ("", "warning contact.missing D2"),
    ],
)
def test_managers(manager: str, expected: str | None) -> None:
    """A manager is written as a name, an ID or an e-mail, and must be one person who is here."""
    members = f"""
        | Employee ID | Full Legal Name | Email         | Manager    | Status   |
        | E1          | Ann Lee         | ann@acme.com  | {manager}  | Active   |
        | E16         | Eva Roe         | eva@acme.com  |            | Active   |
        | E17         | Old Timer       | old@acme.com  | Nobody     | Departed |
        | E18         | Sam Poe         | sam@acme.com  |            | Active   |
        | E19         | Sam Poe         | sam2@acme.com |            | Active   |
        """
    tables, findings = checked(members=members, certs="| E1 | | CKA | | 2027-01-01 |")
    assert told(findings) == ([expected] if expected else [])
    resolved = tables["team_members"].frame["manager_id"][0]
    assert (resolved == "E16") == (expected is None)
    assert ok(tables["team_members"]) == [True] * 5


@pytest.mark.parametrize(
    ("owner", "expected", "fix"),
    [
        ("Eva Roe", None, ""),
        ("e16", None, ""),
        ("EVA@acme.com", None, ""),
        ("partners@elsewhere.example", None, ""),
        ("", None, ""),
        (
            "Eva Row",
            "owner.unknown",
            'Write "Eva Roe" (E16) if that is meant, or add the person to Team Members. An e-mail '
            "address will do too.",
        ),
        (
            "The board",
            "owner.unknown",
            "Write the name as it is in Team Members, or add the person there. An e-mail address "
            "will do too.",
        ),
        ("Dana <dana@elsewhere.example>", "owner.unknown", "Write dana@elsewhere.example alone."),
        ("a@bücher.example", "owner.unknown", "Write the domain as xn--bcher-kva.example."),
        ("Sam Poe", "owner.ambiguous", "Write the owner's employee ID or e-mail."),
        ("Old Timer", "owner.departed", "Write who the owner is now."),
        ("old@acme.com", "owner.departed", "Write who the owner is now."),
    ],
)
@pytest.mark.parametrize("name", ["Partnership Requirements", "Client Requirements"])
def test_owners(name: str, owner: str, expected: str | None, fix: str) -> None:
    """An owner nobody can be told as is a warning at the cell; the requirement is judged."""
    members = (
        MEMBERS
        + """
        | E18         | Sam Poe         | sam@acme.com  | Eva Roe | Active   |
        | E19         | Sam Poe         | sam2@acme.com | Eva Roe | Active   |
        """
    )
    partners = f"""
        | Program | Tier | Required Certification | Minimum Count | Owner   |
        | AWS     | Gold | CKA                    | 1             | {owner} |
        """
    clients = f"""
        | Client | Contract Reference | Required Certification | Minimum Count | Owner   |
        | Acme   | A-1                | CKA                    | 1             | {owner} |
        """
    kind = "partnership_requirements" if name.startswith("P") else "client_requirements"
    tables, _ = read(
        workbook(tab("Team Members", members), tab(name, partners if kind[0] == "p" else clients))
    )
    tables, findings = check(tables, TODAY)
    assert told(findings) == ([f"warning {expected} E2"] if expected else [])
    assert [(f.value, f.fix) for f in findings] == ([(owner, fix)] if expected else [])
    assert ok(tables[kind]) == [True]


def test_addresses_of_holders_and_their_managers() -> None:
    """Whoever is to be reminded needs an e-mail; others may be without."""
    members = """
        | Employee ID | Full Legal Name | Email        | Manager | Status   |
        | E1          | Ann Lee         |              | Eva Roe | Active   |
        | E2          | Eva Roe         |              |         | Active   |
        | E3          | Bob Fox         |              |         | Active   |
        | E4          | Old Timer       |              |         | Departed |
        | E5          | Cy Orr          | cy@acme.com  | Ann Lee | Active   |
        """
    certs = "\n".join(f"| {who} | | CKA | | 2027-01-01 |" for who in ("E1", "E4", "E5"))
    _, findings = checked(members=members, certs=certs)
    assert told(findings) == ["warning contact.missing C2", "warning contact.missing C3"]
    assert findings[0].message == "This holder of certifications has no e-mail."
    assert findings[1].message == "This manager of certified people has no e-mail."


@pytest.mark.parametrize(
    ("email", "fix"),
    [
        ("ann.lee+x@mail.acme.co.uk", None),
        ("o'brien@acme.com", None),
        ("ann@acme", "Write one address, such as ann@example.com."),
        ("ann at acme.com", "Write one address, such as ann@example.com."),
        ("Ann Lee <ann@acme.com>", "Write ann@acme.com alone."),
        ("ann@acme.com; bob@acme.com", "Write ann@acme.com alone."),
        ("=?utf-8?q?x=0D=0ABcc=3A_evil=40x=2Eio?=@acme.com", "Write one address, such as"),
        ('"ann@acme.com\nBcc: eve@x.io"', "Write ann@acme.com alone."),
        ("ann..lee@acme.com", "Write one address, such as ann@example.com."),
        ("ann@xn--bcher-kva.xn--p1ai", None),
        ("ünïcode@x.example", "Mail servers on the way may not take letters beyond a to z before"),
        ("a5@bücher.example", "Write the domain as xn--bcher-kva.example."),
        ("ann@acme..com", "Write one address, such as ann@example.com."),
        (f"{'a' * 250}@acme.com", "Write one address, such as ann@example.com."),
    ],
)
def test_addresses_that_cannot_be_delivered(email: str, fix: str | None) -> None:
    """A bad address is an error, the row stays in, and nobody sends to what is written there."""
    rows = [
        ["Employee ID", "Full Legal Name", "Email", "Manager", "Status"],
        ["E1", "Ann Lee", email.strip('"'), "E1", "Active"],
    ]
    tables, _ = read(workbook(tab("Team Members", rows)))
    tables, findings = check(tables, TODAY)
    assert told(findings) == (["error email.bad C2"] if fix else [])
    assert ok(tables["team_members"]) == [True]
    assert tables["team_members"].frame["email"].isna().all() == (fix is not None)
    if fix:
        assert findings[0].fix.startswith(fix)


@pytest.mark.parametrize(
    ("url", "fix"),
    [
        ("https://verify.example/1?x=2", None),
        ("HTTP://verify.example", None),
        ("www.verify.example/1", "Write https://www.verify.example/1 if that is the page."),
        ("javascript:alert(1)", "Write a link that begins with https://"),
        ("file:///etc/passwd", "Write a link that begins with https://"),
        ("https://a b", "Write a link that begins with https://"),
        ("see badge", "Write a link that begins with https://"),
    ],
)
def test_links_lead_to_web_pages(url: str, fix: str | None) -> None:
    """Only http and https are links; another one is a warning and nobody follows it."""
    certs = f"""=| Employee ID | Certification | Expiration Date | Verification URL |
        | E13 | CKA | 2027-01-01 | {url} |"""
    tables, findings = checked(certs=certs)
    assert told(findings) == (["warning url.bad D2"] if fix else [])
    assert tables["certifications"].frame["verification_url"].isna().all() == (fix is not None)
    assert ok(tables["certifications"]) == [True]
    if fix:
        assert findings[0].fix.startswith(fix)


@pytest.mark.parametrize(
    ("earned", "expires", "expected"),
    [
        ("2026-03-16", "2026-03-16", []),
        ("2026-03-17", "2027-01-01", [FUTURE]),
        ("2025-06-01", "2025-05-31", ["error expiration.before_earned E2 x"]),
        ("2026-04-01", "2026-03-31", [FUTURE, "error expiration.before_earned E2 x"]),
        ("2025-06-01", "", ["error expiration.missing E2 x"]),
        ("", "", ["error expiration.missing E2 x"]),
        ("", "lifetime", []),
        ("2026-03-17", "lifetime", [FUTURE]),
        ("", '"31/02/2026"', ["error date.bad E2 x"]),
        ("", "#N/A", ["error cell.error E2 x"]),
    ],
)  # fmt: skip
def test_dates_of_a_record(earned: str, expires: str, expected: list[str]) -> None:
    """A record is earned by today, does not expire before that, and says when it expires."""
    tables, findings = checked(certs=f"| E13 | | CKA | {earned} | {expires} |")
    assert told(findings) == expected
    assert ok(tables["certifications"]) == [not expected]


@pytest.mark.parametrize(
    ("earned", "pursuit", "sound"),
    [
        ("", "| Ann Lee | cka | 2026-06-01 |", True),
        ("", "| Ann Lee | CKS | 2026-06-01 |", False),
        ("", "| Bob Fox | CKA | 2026-06-01 |", False),
        ("", "| Ann Lee | CKA | soon |", False),
        ("2025-01-01", "| Ann Lee | CKA | 2026-06-01 |", False),
        ('"1/1/25"', "| Ann Lee | CKA | 2026-06-01 |", False),
    ],
)
def test_a_pursuit_explains_a_record_without_dates(earned: str, pursuit: str, sound: bool) -> None:
    """A row with neither date is in progress if a sound pursuit of the same kind is open."""
    tables, findings = checked(
        certs=f"| E13 | | CKA | {earned} | |",
        pursuits=f"| Team Member | Target Certification | Target Date |\n{pursuit}",
    )
    assert ("error expiration.missing E2 x" not in told(findings)) == sound
    assert ok(tables["certifications"]) == [sound]
    assert tables["certifications"].frame["expiration_date"].isna().all()


def test_a_repeated_record_is_left_out() -> None:
    """The second of two records that agree in person, certification and dates does not count."""
    tables, findings = checked(
        certs="""
        | E13 |         | CKA      | 2025-01-01 | 2027-01-01 |
        | E13 |         | CKA      | 2025-01-01 | 2028-01-01 |
        |     | Ann Lee | "c.k.a." | 2025-01-01 | 2027-01-01 |
        | E13 |         | CKA      |            | 2027-01-01 |
        | E14 |         | CKA      | 2025-01-01 | 2027-01-01 |
        | E14 |         | CKS      | 2025-01-01 | never      |
        | E14 |         | CKS      | 2025-01-01 | never      |
        | E14 |         | CKS      | 2025-01-01 | N/A        |
        """
    )
    assert told(findings) == [
        "error record.duplicate C4 x",
        "error record.duplicate C8 x",
        "error record.duplicate C9 x",
    ]
    assert findings[0].message == "Row 2 has the same person, certification and dates."
    assert findings[2].message == "Row 7 has the same person, certification and dates."
    assert ok(tables["certifications"]) == [True, True, False, True, True, True, False, False]


def test_a_record_repeats_only_one_that_counts() -> None:
    """A rejected record, or one left out for an error of its own, makes no other a repetition."""
    header = "=| Employee ID | Certification | Expiration Date | Verified |"
    tables, findings = checked(
        certs=f"""{header}
        | E13 | CKA | 2027-01-01 | Rejected |
        | E13 | CKA | 2027-01-01 | Verified |
        | E14 | CKA | 2027-01-01 | perhaps  |
        | E14 | CKA | 2027-01-01 |          |
        """
    )
    assert told(findings) == ["error word.unknown D4 x"]
    assert ok(tables["certifications"]) == [True, True, False, True]


@pytest.mark.parametrize("minimum", ["0", "-2", "2.5", "two", "", "#REF!"])
def test_minimum_counts(minimum: str) -> None:
    """A requirement asks for one or more; anything else is reported once and left out."""
    tables, (found,) = checked(
        requirements=f"""
        | Program | Tier | Required Certification | Minimum Count |
        | AWS     | Gold | CKA                    | {minimum}     |
        | AWS     | Gold | CKA                    | 1             |
        """
    )
    assert found.code == ("cell.error" if minimum == "#REF!" else "minimum.bad")
    assert (found.cell, found.excludes) == ("D2", True)
    assert ok(tables["partnership_requirements"]) == [False, True]


def test_required_cells_are_not_empty() -> None:
    """What a row cannot be judged without is asked for, by its header."""
    tables, findings = checked(
        members="""
        | Employee ID | Full Legal Name | Email | Status |
        | E1          |                 |       | Active |
        | E2          | Ann Lee         |       |        |
        """,
        certs="| E2 | | | | 2027-01-01 |",
        pursuits="| Team Member | Target Certification | Target Date |\n| Ann Lee | | |",
        requirements="""
        | Program | Tier | Required Certification | Minimum Count |
        |         |      |                        | 1             |
        """,
    )
    assert told(findings) == [
        "error value.missing B2 x",
        "error value.missing D3 x",
        "error value.missing C2 x",
        "error value.missing A2 x",
        "error value.missing B2 x",
        "error value.missing C2 x",
        "error value.missing B2 x",
        "error value.missing C2 x",
    ]
    assert findings[1].message == "Status is empty."
    assert findings[1].fix == "Write the Status of this row."
    assert not any(ok(table) == [True] for table in tables.values())


@pytest.mark.parametrize(
    ("target", "expires", "expected"),
    [
        ("2026-03-16", "2025-01-01", []),
        ("2026-03-15", "2025-01-01", ["warning target.past C2"]),
        ("2026-03-15", "2026-03-15", ["warning target.past C2"]),
        ("2026-03-15", "2026-03-16", []),
        ("2026-03-15", "never", []),
    ],
)
def test_target_dates(target: str, expires: str, expected: list[str]) -> None:
    """A target date that has passed is mentioned, unless the certification is held."""
    tables, findings = checked(
        certs=f"| E13 | | CKA | | {expires} |",
        pursuits=f"""
        | Team Member | Target Certification | Target Date |
        | Ann Lee     | CKA                  | {target}    |
        """,
    )
    assert told(findings) == expected
    assert ok(tables["pursuits"]) == [True]


def test_without_team_members_nothing_is_judged() -> None:
    """Records keep the names they have and none of them counts; nobody is called unknown."""
    tables, findings = checked(
        members="",
        certs="| E13 | Ann Lee | CKA | | 2027-01-01 |",
        requirements="""
        | Program | Tier | Required Certification | Minimum Count | Owner   |
        | AWS     | Gold | CKA                    | 1             | Ann Lee |
        """,
    )
    assert findings == []
    frame = tables["certifications"].frame
    assert ok(tables["certifications"]) == [False]
    assert list(frame["person"]) == ["Ann Lee"]
    assert frame["employee_id"].isna().all()


def test_a_person_cell_that_shows_an_error_is_reported_once() -> None:
    """#N/A for a name is a cell error, and not also a record that names nobody."""
    _, findings = checked(certs="|  | #N/A | CKA | | 2027-01-01 |")
    assert told(findings) == ["error cell.error B2 x"]


def test_records_that_name_people_by_id_alone() -> None:
    """In a tab without names the ID's cell is the one to put right."""
    header = "=| Employee ID | Certification | Expiration Date |"
    _, findings = checked(certs=f"{header}\n| | CKA | never |\n| E99 | CKA | never |")
    assert told(findings) == ["error person.missing A2 x", "error person.unknown A3 x"]


def test_the_tables_given_stay_as_they_were() -> None:
    """Checking gives new tables; those of the caller are not changed."""
    tables, _ = read(workbook(tab("Team Members", MEMBERS.replace("ann@acme.com", "ann"))))
    before = tables["team_members"].frame.copy(deep=True)
    check(tables, TODAY)
    assert tables["team_members"].frame.equals(before)
