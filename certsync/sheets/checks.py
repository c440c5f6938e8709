"""The checks, as a table. Each finds cells at fault; `check` runs them all over the tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from certsync.sheets import faults
from certsync.sheets.book import Book
from certsync.sheets.cells import plain
from certsync.sheets.faults import Fault, Rule
from certsync.sheets.findings import Finding, Severity, in_order
from certsync.sheets.schema import SCHEMA
from certsync.sheets.tables import Table, Tables


@dataclass(frozen=True)
class Check:
    """One rule. `tab` and `column` are schema keys: the cell that a finding names.

    A tab without the column is not checked; None leaves the cell to the rule. `excludes` leaves
    the row out of what it would falsify. `clears` empties the cell in the frame, so that nobody
    uses what is written there.
    """

    code: str
    severity: Severity
    tab: str
    column: str | None
    rule: Rule
    excludes: bool = False
    clears: bool = False


_HAVE_THEIR_OWN = frozenset({"email", "member", "expiration_date", "minimum"})
_EMPTY = tuple(
    Check(
        "value.missing",
        "error",
        spec.key,
        column.key,
        faults.left_empty(spec.key, column.key, column.header),
        excludes=column.deciding,
    )
    for spec in SCHEMA
    for column in spec.columns
    if column.required and column.key not in _HAVE_THEIR_OWN
)
_PEOPLE = tuple(
    Check(code, "error", tab, None, faults.misnamed(tab, code), excludes=True)
    for tab in ("certifications", "pursuits")
    for code in (
        "person.missing",
        "person.unknown",
        "person.ambiguous",
        "person.contradicts",
        "person.without_id",
    )
)
_MISNAMED = tuple(
    Check(code, "warning", tab, None, faults.misnamed(tab, code))
    for tab in ("certifications", "pursuits")
    for code in ("person.misnamed", "id.unknown")
)
_MANAGERS = tuple(
    Check(code, "error", "team_members", "manager", faults.managers(wrong))
    for code, wrong in (
        ("manager.unknown", faults.unknown_manager),
        ("manager.ambiguous", faults.ambiguous_manager),
        ("manager.departed", faults.departed_manager),
    )
)
_REQUIREMENTS = ("partnership_requirements", "client_requirements")
_MINIMUMS = tuple(
    Check("minimum.bad", "error", tab, "minimum", faults.bad_minimum(tab), excludes=True)
    for tab in _REQUIREMENTS
)
_OWNERS = tuple(
    Check(code, "warning", tab, "owner", faults.owners(tab, wrong))
    for tab in _REQUIREMENTS
    for code, wrong in (
        ("owner.unknown", faults.unknown_owner),
        ("owner.ambiguous", faults.ambiguous_owner),
        ("owner.departed", faults.departed_owner),
    )
)
CHECKS = (
    *_EMPTY,
    Check("id.duplicate", "error", "team_members", "employee_id", faults.shared_ids),
    Check("id.duplicate", "error", "team_members", "employee_id", faults.repeated_members, True),
    Check("email.bad", "error", "team_members", "email", faults.bad_emails, clears=True),
    *_MANAGERS,
    *_PEOPLE,
    *_MISNAMED,
    *_MINIMUMS,
    *_OWNERS,
    Check("url.bad", "warning", "certifications", "verification_url", faults.bad_urls, clears=True),
    Check("earned.future", "error", "certifications", "date_earned", faults.earned_later, True),
    Check(
        "expiration.before_earned",
        "error",
        "certifications",
        "expiration_date",
        faults.expired_before_earned,
        excludes=True,
    ),
    Check(
        "expiration.missing",
        "error",
        "certifications",
        "expiration_date",
        faults.no_expiration,
        excludes=True,
    ),
    # The last ones look at what the others left in.
    Check(
        "record.duplicate",
        "error",
        "certifications",
        "certification",
        faults.repeated_records,
        True,
    ),
    Check("target.past", "warning", "pursuits", "target_date", faults.past_target),
    Check("contact.missing", "warning", "team_members", "email", faults.no_address),
    Check("contact.missing", "warning", "team_members", "manager", faults.no_manager),
)


def check(tables: Tables, today: date) -> tuple[Tables, list[Finding]]:
    """Resolve the people and run every check.

    Returns the tables with these changes, and the findings by tab, row and column:
    certifications and pursuits get `employee_id` [str, the member's, NaN where nobody is found]
    and `person` [str, the member's full name, else as typed]; team_members gets `manager_id`
    [str]. E-mails and links that are wrong are emptied.

    What holds of rows that are `ok`: a member has a name, a status and an `employee_id` that no
    other such member has (members who share one get one each, such as `E12 (Ann Lee)`); a
    record has a member, a certification, and an expiration date or `does_not_expire`, but for a
    row with neither date that an open pursuit explains. The member of a record need not be `ok`.
    """
    book = Book(tables, today)
    findings: list[Finding] = []
    for one in CHECKS:
        table = tables.get(one.tab)
        if table is None or (one.column is not None and one.column not in table.columns):
            continue
        found = list(one.rule(book))
        findings += [_finding(one, fault, table) for fault in found]
        positions = [fault.position for fault in found]
        if one.excludes and found:
            book.ok[one.tab][positions] = False
        if one.clears and found and one.column is not None:
            values = book.frame(one.tab)[one.column].copy()
            values.iloc[positions] = None
            book.assign(one.tab, **{one.column: values})
    for key, ok in book.ok.items():
        book.assign(key, ok=ok)
    return book.tables, in_order(findings, [table.tab for table in tables.values()])


def _finding(one: Check, fault: Fault, table: Table) -> Finding:
    """The finding of one fault, with the cell and the value that stands in it."""
    column = fault.column or one.column or ""
    row = int(table.frame["row"].to_numpy()[fault.position])
    return Finding(
        one.code,
        one.severity,
        table.tab,
        table.ref(row, column),
        _shown(table.frame[column].iat[fault.position]),
        fault.message,
        fault.fix,
        row,
        column,
        one.excludes,
    )


def _shown(value: Any) -> str:
    """A value of a frame as it stands in its cell; nothing for an empty one."""
    return "" if pd.isna(value) else plain(value)
