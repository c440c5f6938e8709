"""What people mean by a few words."""

from __future__ import annotations

import pytest

from certsync.why import find
from tests.alerts.world import world

CERTIFICATIONS = """
| employee_id | person      | certification                          | expiration_date |
| E1          | Maria Lopez | AWS Certified Developer - Associate    | 2026-05-01      |
| E1          | Maria Lopez | PMP                                    | 2027-05-01      |
| E2          | Tom Reed    | AWS Certified Developer - Professional | 2026-06-01      |
| E12         | Ann Boss    | Azure Administrator                    | 2026-06-01      |
"""


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("maria", [0, 1]),
        ("MARIA LOPEZ", [0, 1]),
        ("lopez maria", [0, 1]),
        ("developer", [0, 2]),
        ("aws certified developer - associate", [0]),
        ("maria aws", [0]),
        ("tom pmp", []),
        ("E1", [0, 1]),
        ("e12", [3]),
        ("E", [0, 1, 2, 3]),
        ("PMP", [1]),
        ("- ?", []),
        ("", []),
    ],
)
def test_each_word_is_part_of_a_name(words: str, found: list[int]) -> None:
    """All words must be found in one record; the whole of a name or an ID means only that."""
    assert find.records(world(CERTIFICATIONS)[0], words) == found


def test_a_misspelt_name_is_suggested() -> None:
    """Words that name nothing bring the nearest names, of people and certifications."""
    facts = world(CERTIFICATIONS)[0]
    assert "Maria Lopez" in find.near(facts, "Maira Lopes")
    assert "Azure Administrator" in find.near(facts, "azur administrater")
    assert find.near(facts, "qqqqqqq") == []


def test_a_member_without_certifications_is_known() -> None:
    """Somebody who holds nothing is told apart from somebody unknown."""
    assert find.people(world(CERTIFICATIONS)[0], "gone") == ["Gone Girard (E4)"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("aws partner", [0]),
        ("advanced", [0]),
        ("AWS Partner Network Advanced", [0]),
        ("network", [0]),
        ("network premier", []),
        ("maria", []),
    ],
)
def test_a_program_is_found_by_its_name_and_tier(words: str, found: list[int]) -> None:
    """The certification that it requires does not name it."""
    assert find.programs(world(CERTIFICATIONS)[0], words) == found


def test_a_misspelt_program_is_suggested() -> None:
    """Near names are those of programs as well."""
    assert find.near(world(CERTIFICATIONS)[0], "AWS Partnr Netwrk")[0] == "AWS Partner Network"
