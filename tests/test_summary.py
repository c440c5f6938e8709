"""The summary of a run shows what stands in cells on lines of its own making."""

from __future__ import annotations

import io
from datetime import timedelta

from certsync.result import SyncResult
from certsync.summary import show
from certsync.terminal import Terminal
from tests.dashboard.agency import TODAY, agency_of, record


def test_a_line_break_in_a_program_starts_no_line() -> None:
    """Neither in what follows from a lapse nor among the programs at risk."""
    program = "AWS\n  Met\r\n\x0bEverything\u2028is\x85well"
    agency = agency_of(
        {
            "certifications": [record("E1", "Alpha", TODAY + timedelta(12))],
            "team_members": [{"employee_id": "E1", "full_name": "Ann"}],
            "partnership_requirements": [
                {"program": program, "tier": "Gold", "requirement": "Alpha", "minimum": 1}
            ],
        }
    )
    result = SyncResult(
        mode="run",
        as_of=TODAY,
        workbook="agency.xlsx",
        coverage={},
        findings=(),
        tables={},
        facts=agency.facts,
    )
    out = io.StringIO()
    console = Terminal(file=out, width=400, color_system=None)
    show(result, console=console)
    said = [line for line in out.getvalue().splitlines() if "Everything" in line]
    assert len(said) == 2
    assert all("AWS Met Everything is well" in line for line in said)
