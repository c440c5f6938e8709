"""The six numbers at the top."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings

from certsync.compute.policy import Policy
from certsync.dashboard.tiles import Tile, rows_to_fix, tiles
from certsync.dashboard.urgency import urgency
from certsync.sheets.findings import Finding
from tests.dashboard.agency import TODAY, Agency, agency_of, record
from tests.dashboard.worlds import World, worlds


def tiles_of(agency: Agency) -> dict[str, Tile]:
    """The tiles by their short names."""
    names = ("active", "soon", "critical", "expired", "programs", "fixes")
    row = tiles(agency.facts, agency.findings, urgency(agency.facts))
    return dict(zip(names, row, strict=True))


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_every_tile_is_a_count_anybody_could_make(world: World) -> None:
    """Each number equals a count made row by row, without frames."""
    days = [world.days(at) for at in world.watched()]
    requirements = world.agency.facts.requirements.to_dict("records")
    at_risk = {
        (r["kind"], r["name"], str(r["tier"]))
        for r in requirements
        if r["compliance"] in ("Not Met", "At Risk")
    }
    broken = {(f.tab, f.row) for f in world.findings if f.row is not None}
    whole_tab = {(f.tab, f.cell, f.code) for f in world.findings if f.row is None}

    assert {name: tile.number for name, tile in tiles_of(world.agency).items()} == {
        "active": sum(d is None or d >= 0 for d in days),
        "soon": sum(d is not None and 0 <= d <= 90 for d in days),
        "critical": sum(d is not None and 0 <= d <= 30 for d in days),
        "expired": sum(d is not None and d < 0 for d in days),
        "programs": len(at_risk),
        "fixes": len(broken) + len(whole_tab),
    }


def test_the_window_is_that_of_the_policy() -> None:
    """The second tile counts, and says, the days up to which the policy calls a record soon."""
    agency = agency_of(
        {"certifications": [record("E1", "Alpha", TODAY + timedelta(100))]},
        policy=Policy(expiring_soon_days=120),
    )
    assert tiles_of(agency)["soon"] == Tile(
        "Expiring within 120 days", 1, "none would break a requirement", "warn"
    )


def test_bad_news_of_none_is_good_news() -> None:
    """An agency without trouble shows green tiles that say so in words."""
    found = tiles_of(
        agency_of(
            {
                "certifications": [record("E1", "Alpha", None)],
                "team_members": [{"employee_id": "E1", "full_name": "Ann"}],
                "partnership_requirements": [
                    {"program": "AWS", "tier": "Gold", "requirement": "Alpha", "minimum": 1}
                ],
            }
        )
    )
    assert {tile.look for tile in found.values()} == {"good"}
    assert found["soon"].caption == "nothing to renew yet"
    assert found["programs"].caption == "every requirement is met"
    assert found["fixes"].caption == "every row reads well"


def test_where_all_has_expired_nothing_is_called_calm() -> None:
    """Nothing else comes up, but it is not true that there is nothing to renew."""
    found = tiles_of(
        agency_of({"certifications": [record("E1", "Alpha", TODAY - timedelta(1))]}),
    )
    assert (found["soon"].number, found["critical"].number, found["expired"].number) == (0, 0, 1)
    assert found["soon"].caption == "nothing beside the expired ones"
    assert found["critical"].caption == "nothing beside the expired ones"


def test_what_breaks_or_lacks_is_said_under_the_number() -> None:
    """A lapse that breaks a requirement, and one that has broken it, are counted in words."""
    found = tiles_of(
        agency_of(
            {
                "team_members": [{"employee_id": "E1"}, {"employee_id": "E2"}],
                "certifications": [
                    record("E1", "Alpha", TODAY + timedelta(10)),
                    record("E2", "Beta", TODAY - timedelta(10)),
                ],
                "partnership_requirements": [
                    {"program": "AWS", "tier": "Gold", "requirement": "Alpha", "minimum": 1},
                    {"program": "AWS", "tier": "Gold", "requirement": "Beta", "minimum": 1},
                    {"program": "Azure", "tier": "Gold", "requirement": "Alpha", "minimum": 1},
                ],
            }
        )
    )
    assert found["soon"].caption == "1 would break a requirement"
    assert found["critical"].caption == "the first on 3 Dec 2026"
    assert found["expired"].caption == "1 would fill a gap"
    assert found["programs"].caption == "1 not met, 1 at risk"


def test_two_findings_in_one_row_are_one_row_to_fix() -> None:
    """Rows are counted, not findings; a finding about a whole tab counts as one."""

    def finding(row: int | None, code: str = "x") -> Finding:
        return Finding(code, "error", "Certifications", None, "", "", "", row=row)

    assert rows_to_fix([finding(4), finding(4, "y"), finding(5), finding(None)]) == 3
