"""The state each program and client was last seen in, and since when: so a turn is noticed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from certsync.alerts.alert import series

if TYPE_CHECKING:
    from certsync.compute.facts import Facts

BAD = ("At Risk", "Not Met")


class Seen(NamedTuple):
    """A state, the day it was first seen on, and the state before it; "" before the first."""

    state: str
    since: date
    before: str = ""


States = Mapping[str, Seen]
"""The subject of a requirement (`subject`) -> what was seen of it."""


def subject(kind: str, name: str, tier: str, requirement: str) -> str:
    """What a requirement is known by, wherever its row stands."""
    return series("requirement", kind, name, tier, requirement)


def observed(facts: Facts, states: States) -> dict[str, Seen]:
    """What is to be remembered from today on of every requirement of the workbook.

    One that cannot be judged today stays in the state it was last seen in.
    """
    found: dict[str, Seen] = {}
    for name, word in _today(facts):
        known = states.get(name)
        if word == "Unknown":
            if known:
                found[name] = known
        elif known is None or known.state != word:
            found[name] = Seen(word, facts.today, known.state if known else "")
        else:
            found[name] = known
    return found


def _today(facts: Facts) -> Iterator[tuple[str, str]]:
    """Each requirement with its word; of two alike rows the first."""
    known = set()
    for name, word in zip(subjects(facts), facts.requirements["compliance"], strict=True):
        if name not in known:
            known.add(name)
            yield name, word


def subjects(facts: Facts) -> list[str]:
    """The subject of each row of `facts.requirements`."""
    frame = facts.requirements
    columns = (frame[key].fillna("") for key in ("kind", "name", "tier", "requirement"))
    return [subject(*texts) for texts in zip(*columns, strict=True)]
