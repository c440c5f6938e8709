"""Addresses that a mail server refused, as findings: somebody has to correct the cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from certsync.alerts.hygiene import one_line
from certsync.sheets.findings import Finding
from certsync.sheets.tables import Tables

REFUSED = "email.refused"


def refused(tables: Tables, refusals: Mapping[str, str]) -> Iterator[Finding]:
    """A finding for each address of Team Members to which nothing could be delivered.

    Args:
        tables: The tabs as they were read.
        refusals: What the other side said, by the address in lower case; see `Ledger.refusals`.
    """
    table = tables.get("team_members")
    if table is None or not refusals:
        return
    member: Any
    for member in table.frame.itertuples():
        email = member.email if isinstance(member.email, str) else ""
        said = refusals.get(email.strip().lower())
        if said is not None:
            row = int(member.row)
            yield Finding(
                REFUSED,
                "warning",
                table.tab,
                table.ref(row, "email"),
                email,
                f"Mail to this address was refused: {one_line(said, 200)}.",
                "Correct the address: the next run then sends again. If it is right, have the "
                "mailbox opened: the next tier tries it anew.",
                row=row,
                column="email",
            )
