"""`certsync why` and `certsync rehearse` on the sample, as a person runs them."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.system.program import ROOT, certsync, tree, watched

CONFIG = "workbook: agency.xlsx\nas_of: 2026-03-16\npeople:\n  coordinator: Ruth <ruth@a.example>\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the sample as `agency.xlsx`."""
    shutil.copy(ROOT / "sample_workbook.xlsx", tmp_path / "agency.xlsx")
    (tmp_path / "config.yaml").write_text(CONFIG)
    return tmp_path


@pytest.mark.parametrize(
    "command", [("why", "aisha"), ("rehearse", "--days", "20"), ("rehearse", "--json")]
)
def test_neither_changes_a_file_nor_opens_a_socket(folder: Path, command: tuple[str, ...]) -> None:
    """Not a byte, and not one audit event of Python that would show a write or a socket."""
    before = tree(folder)
    ran = watched(*command, cwd=folder)
    assert ran.code == 0, ran.err
    assert tree(folder) == before
    assert ran.err.strip().splitlines()[-1] == "CHANGES []"


def test_why_in_json_agrees_with_the_run_that_follows(folder: Path) -> None:
    """Every person of a tier that is due now is sent it by the run, and then it says sent."""
    due = _people(folder, "due now")
    assert certsync("run", "--quiet", cwd=folder).code == 0
    assert _people(folder, "sent") == due
    assert _people(folder, "due now") == set()
    assert len(due) > 10


def _people(folder: Path, state: str) -> set[tuple[str, str, str]]:
    """Cell, tier and recipient of everything in this state."""
    return {
        (match["cell"], step["tier"], one["recipient"])
        for match in certsync("why", "microsoft", "--json", cwd=folder).json["matches"]
        for step in match["tiers"]
        for one in step["people"]
        if one["state"] == state
    }


def test_words_that_match_nothing_end_with_code_1_and_a_suggestion(folder: Path) -> None:
    """The nearest name is on standard error, and in the JSON under `near`."""
    ran = certsync("why", "Aishe", "Rahmen", cwd=folder)
    assert (ran.code, ran.out) == (1, "")
    assert 'Did you mean "Aisha Rahman"?' in ran.err
    told = certsync("why", "Aishe", "Rahmen", "--json", cwd=folder)
    assert (told.code, told.json["matches"], told.json["near"]) == (1, [], ["Aisha Rahman"])


def test_the_three_forms_of_a_rehearsal_say_the_same(folder: Path) -> None:
    """Table, CSV and JSON have the same messages, and the CSV one line an alert."""
    found = certsync("rehearse", "--days", "40", "--json", cwd=folder).json
    lines = list(
        csv.DictReader(io.StringIO(certsync("rehearse", "--days", "40", "--csv", cwd=folder).out))
    )
    text = certsync("rehearse", "--days", "40", cwd=folder).out
    messages = found["messages"]
    assert [line["recipient"] for line in lines] == [
        one["recipient"] for one in messages for _ in one["alerts"]
    ]
    assert len({line["message"] for line in lines}) == len(messages)
    assert f"{len(messages)} messages to" in text


def test_a_rehearsal_can_be_joined_with_the_run_that_follows(folder: Path) -> None:
    """CSV, JSON and the run agree on each alert of the day, down to tier and reason."""
    shared = ("key", "channel", "tier", "days", "reason", "cell", "days_to_expiry")
    played = certsync("rehearse", "--days", "1", "--json", cwd=folder).json["messages"]
    printed = certsync("rehearse", "--days", "1", "--csv", cwd=folder).out
    lines = [
        {key: value or None for key, value in line.items()}
        for line in csv.DictReader(io.StringIO(printed))
    ]
    alerts = [alert | {"channel": one["channel"]} for one in played for alert in one["alerts"]]
    ran = certsync("run", "--json", cwd=folder).json["alerts"]
    sent = [alert for alert in ran if alert["state"] == "sent"]
    assert _shown(alerts, shared) == _shown(lines, shared) == _shown(sent, shared)
    also = (*shared, "follow_up")
    assert _shown(alerts, also) == _shown(lines, also)
    assert {("Expired", 6), ("Urgent", 0)} <= {(one["tier"], one["follow_up"]) for one in alerts}


def _shown(rows: list[dict[str, Any]], keys: tuple[str, ...]) -> list[tuple[str, ...]]:
    """These values of each row as text, in any order."""
    return sorted(tuple(str(row[key]) for key in keys) for row in rows)


def test_an_escalation_is_marked_in_every_form(folder: Path) -> None:
    """The table says so in words, CSV and JSON by the run's own reason."""
    command = ("rehearse", "--days", "20")
    played = certsync(*command, "--json", cwd=folder).json["messages"]
    told = [[alert["reason"] == "no_reaction" for alert in one["alerts"]] for one in played]
    text = certsync(*command, cwd=folder).out
    assert 0 < sum(first for first, *_ in told) == text.count("Escalated: ")
    assert 0 < sum(any(rest) for _, *rest in told) == text.count(" escalated)")
    lines = certsync(*command, "--csv", cwd=folder).out
    assert lines.count(",no_reaction\n") == sum(map(sum, told))


def test_two_forms_at_once_are_refused(folder: Path) -> None:
    """--json and --csv together are a usage error."""
    ran = certsync("rehearse", "--json", "--csv", cwd=folder)
    assert (ran.code, ran.out) == (2, "")
