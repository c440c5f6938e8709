"""The agency that all cases start from is a sound one."""

from __future__ import annotations

from pathlib import Path

from tests.cases.tracker import text_of, tracker


def test_the_plain_agency_is_judged_and_notified(tmp_path: Path) -> None:
    """Nothing is found in it, and its one certification is mailed to holder and manager."""
    agency = tracker(tmp_path)
    ran = agency.run()
    assert (ran["code"], ran["findings"]) == (0, [])
    assert agency.column("Certifications", "Status") == ["Expiring Soon"]
    to = {mail["To"].addresses[0].addr_spec: text_of(mail) for mail in agency.mails()}
    assert "CISSP" in to["ida@agency.example"]
    assert "Ida Falk" in to["nora@agency.example"]
