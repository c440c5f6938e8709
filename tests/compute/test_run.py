"""The facts as a whole: their columns, and workbooks with little in them."""

from __future__ import annotations

import re
from datetime import date
from time import perf_counter

import numpy as np
import pandas as pd
import pytest

from certsync.compute import facts as facts_module
from certsync.compute.consequences import consequences
from certsync.compute.facts import Facts
from certsync.compute.policy import Policy
from certsync.compute.run import compute
from tests.compute.build import Member, Pursuit, Record, Requirement, World

TODAY = date(2026, 11, 23)
FRAMES = ("members", "certifications", "requirements", "holdings", "pursuits")
FULL = World(
    [Member("E1")],
    [Record("E1", "A", date(2027, 1, 1))],
    [Requirement("A"), Requirement("A", client=True)],
    [Pursuit("E1", "A", date(2027, 1, 1))],
)


def documented(frame: str) -> list[str]:
    """The columns that the docstring of `facts` names for a frame."""
    text = facts_module.__doc__ or ""
    found = re.search(rf"^{frame}: (.*?)(?=^\w+: |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found
    names = re.sub(r"\[.*?\]", "", found[1], flags=re.DOTALL)
    return re.findall(r"\w+", names.rpartition(":\n")[2].partition(";")[0])


def kinds(facts: Facts, frame: str) -> dict[str, str]:
    """The kind of each column: dates are dates, whatever their unit."""
    types = getattr(facts, frame).dtypes
    return {key: "date" if kind.kind == "M" else str(kind) for key, kind in types.items()}


@pytest.mark.parametrize("frame", FRAMES)
def test_every_documented_column_is_there(frame: str) -> None:
    """The docstring of `facts` and the frames name the same columns."""
    facts, _ = compute(FULL.tables(), Policy(), TODAY)
    assert set(getattr(facts, frame).columns) == set(documented(frame))


@pytest.mark.parametrize("frame", FRAMES)
def test_an_empty_workbook_has_empty_frames_of_the_same_kinds(frame: str) -> None:
    """Nobody downstream has to ask whether a tab exists or has rows."""
    full, _ = compute(FULL.tables(), Policy(), TODAY)
    for tables in ({}, World().tables()):
        empty, findings = compute(tables, Policy(), TODAY)
        assert findings == []
        assert getattr(empty, frame).empty
        assert kinds(empty, frame) == kinds(full, frame)
        assert consequences(empty, []) == {}


@pytest.mark.parametrize("missing", FULL.tables())
def test_any_tab_may_be_missing(missing: str) -> None:
    """A missing tab is empty; what hangs on it is not counted as fine."""
    tables = {key: table for key, table in FULL.tables().items() if key != missing}
    facts, _ = compute(tables, Policy(), TODAY)
    if missing == "team_members":
        assert list(facts.holdings["reason"]) == ["not judged", "not judged"]
        assert set(facts.requirements["compliance"]) == {"Not Met"}
    if missing == "certifications":
        assert set(facts.requirements["compliance"]) == {"Not Met"}


def test_tables_are_left_as_they_are() -> None:
    """Computing changes nothing of what was read."""
    tables = FULL.tables()
    before = {key: table.frame.copy() for key, table in tables.items()}
    compute(tables, Policy(), TODAY)
    for key, table in tables.items():
        pd.testing.assert_frame_equal(table.frame, before[key])


def test_the_order_of_rows_changes_no_count() -> None:
    """Sorting the tab in Excel moves rows and changes nothing else."""
    days = [date(2027, 1, 1), date(2026, 11, 22), date(2028, 2, 29), date(2026, 12, 1)]
    records = [Record(f"E{at % 3}", f"A{at % 2}", day) for at, day in enumerate(days * 2)]
    members = [Member("E0"), Member("E1", "On Leave"), Member("E2")]
    keys = ["certified", "compliance", "breach_date", "breach_count", "on_leave"]
    wanted = [Requirement("A*", 2), Requirement("A1", 1, "Certifications")]
    one, _ = compute(World(members, records, wanted).tables(), Policy(), TODAY)
    other, _ = compute(World(members, records[::-1], wanted).tables(), Policy(), TODAY)
    pd.testing.assert_frame_equal(one.requirements[keys], other.requirements[keys])


@pytest.mark.campaign
def test_a_hundred_thousand_rows_take_less_than_a_second() -> None:
    """2,000 people, 60 requirements, 400 certifications of six issuers."""
    rng = np.random.default_rng(7)
    who, what, left = rng.integers(0, [[2000], [400], [2100]], (3, 100_000)).tolist()
    names = [
        f"Issuer {at % 6} Certified Topic {at} - {'Expert' if at % 3 else 'Associate'}"
        for at in range(400)
    ]
    start = np.datetime64("2024-06-01")
    records = [
        Record(f"E{p}", names[c], (start + d).item(), None, "Verified", f"Issuer {c % 6}")
        for p, c, d in zip(who, what, left, strict=True)
    ]
    requirements = [
        Requirement(f'issuer:"Issuer {at % 6}" level:Expert' if at % 2 else f"*Topic {at}*", 40)
        for at in range(60)
    ]
    members = [Member(f"E{at}") for at in range(2000)]
    tables = World(members, records, requirements).tables()
    begin = perf_counter()
    facts, _ = compute(tables, Policy(), TODAY)
    assert perf_counter() - begin < 1
    assert len(facts.holdings) > 100_000
