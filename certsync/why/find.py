"""What a person means by a few words: certifications, programs, pursuits; and names near to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from certsync.sheets.names import fold
from certsync.sheets.near import nearby

if TYPE_CHECKING:
    import pandas as pd

    from certsync.compute.facts import Facts

Names = tuple[str, ...]


def records(facts: Facts, words: str) -> list[int]:
    """Positions in `facts.certifications` of the records that `words` name.

    Each word is a part of the person's name, the employee ID or the certification, whatever its
    case. Where all the words together are the whole of one of these, only such records are meant.
    """
    frame = facts.certifications
    return _matching(words, _rows(frame, "person", "employee_id", "certification"))


def programs(facts: Facts, words: str) -> list[int]:
    """Positions in `facts.requirements` of the programs and clients that `words` name.

    Each word is a part of the name or the tier; all of both, as in `AWS Partner Network
    Advanced`, mean that tier alone.
    """
    rows = _rows(facts.requirements, "name", "tier")
    return _matching(words, [(name, tier, f"{name} {tier}") for name, tier in rows])


def pursuits(facts: Facts, words: str) -> list[int]:
    """Positions in `facts.pursuits` of those that `words` name, as in `records`."""
    return _matching(words, _rows(facts.pursuits, "person", "employee_id", "certification"))


def people(facts: Facts, words: str) -> list[str]:
    """The members whom `words` name: `Ann Lee (E12)`."""
    rows = _rows(facts.members, "full_name", "employee_id")
    return [f"{rows[i][0]} ({rows[i][1]})" for i in _matching(words, rows)]


def near(facts: Facts, words: str) -> list[str]:
    """People, certifications and programs that may be meant by words which name nothing."""
    members, frame, programs = facts.members, facts.certifications, facts.requirements
    columns = (
        members["full_name"],
        frame["person"],
        frame["certification"],
        programs["name"],
        facts.pursuits["certification"],
    )
    return nearby(words, (name for column in columns for name in column.dropna()))


def _rows(frame: pd.DataFrame, *columns: str) -> list[Names]:
    return list(zip(*(frame[column].fillna("").tolist() for column in columns), strict=True))


def _matching(words: str, rows: Sequence[Names]) -> list[int]:
    whole = fold(words)
    parts = [part for part in map(fold, words.split()) if part]
    if not parts:
        return []
    folded = [tuple(map(fold, row)) for row in rows]
    exact = [i for i, row in enumerate(folded) if whole in row]
    if exact:
        return exact
    return [
        i
        for i, row in enumerate(folded)
        if any(whole in name for name in row)
        or all(any(part in name for name in row) for part in parts)
    ]
