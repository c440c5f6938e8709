"""What follows for programs and clients when a certification expires, and the sentence for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from certsync.compute.facts import Facts


@dataclass(frozen=True)
class Consequence:
    """What one expiring record does to one requirement.

    `requirement` indexes `Facts.requirements`; `name` is the program and its tier, or the client;
    `selector` says which certifications it asks for, "" where the program has no other requirement.
    `on` is the first day without the record and `count_after` what counts on that day; if that
    day has come (`lapsed`), what counts today. `breaks`: the requirement is then below its
    minimum and this record makes the count smaller. `impact` is "" and `annual_value` None where
    the workbook says nothing.
    """

    requirement: int
    name: str
    selector: str
    count_after: int
    minimum: int
    on: date
    lapsed: bool
    breaks: bool
    impact: str
    annual_value: float | None


@dataclass(frozen=True)
class _Goal:
    """A requirement, as far as consequences speak of it."""

    name: str
    selector: str
    certified: int
    minimum: int
    impact: str
    annual_value: float | None


def consequences(facts: Facts, certifications: Iterable[int]) -> dict[int, list[Consequence]]:
    """The consequences of these records expiring, the worst first.

    Only a record that counts, or would count had it not expired, has any. The worst are those
    that break a requirement, and among these the ones of most annual value.

    Args:
        facts: What holds today.
        certifications: Indices into `facts.certifications`.

    Returns:
        A list for each index given, empty where nothing follows.
    """
    found: dict[int, list[Consequence]] = {int(at): [] for at in certifications}
    wanted = np.zeros(len(facts.certifications), dtype=np.bool_)
    wanted[list(found)] = True
    hits = facts.holdings[wanted[facts.holdings["certification"]]]
    coming = hits[hits["counted"] & hits["valid_until"].notna()]
    past = hits[hits["reason"] == "expired"]
    present = _present(facts, past)
    goals = _goals(facts.requirements, hits["requirement"])

    for at, goal, until, after, alone in _rows(coming, "count_after", "decisive"):
        made = _consequence(goal, goals[goal], until, int(after), bool(alone), lapsed=False)
        found[at].append(made)
    for at, goal, until, person in _rows(past, "employee_id"):
        missed = (goal, person) not in present
        made = _consequence(goal, goals[goal], until, goals[goal].certified, missed, lapsed=True)
        found[at].append(made)
    for made_list in found.values():
        made_list.sort(key=lambda one: (not one.breaks, -(one.annual_value or 0), one.requirement))
    return found


def sentence(consequence: Consequence) -> str:
    """`AWS Partner Network Advanced falls to 5 of 6 on 14 March 2026`, without a full stop."""
    this = consequence
    count = f"{this.count_after} of {this.minimum}"
    day = f"{this.on.day} {this.on:%B %Y}"
    if this.count_after >= this.minimum:
        return f"{this.name} still has {this.count_after}, needs {this.minimum}"
    if this.lapsed:
        return f"{this.name} is at {count}"
    if this.breaks:
        return f"{this.name} falls to {count} on {day}"
    return f"{this.name} is at {count} on {day}"


def _consequence(
    at: int, goal: _Goal, until: pd.Timestamp, count_after: int, missed: bool, *, lapsed: bool
) -> Consequence:
    return Consequence(
        requirement=at,
        name=goal.name,
        selector=goal.selector,
        count_after=count_after,
        minimum=goal.minimum,
        on=until.date() + timedelta(days=1),
        lapsed=lapsed,
        breaks=missed and count_after < goal.minimum,
        impact=goal.impact,
        annual_value=goal.annual_value,
    )


def _rows(hits: pd.DataFrame, *more: str) -> Iterator[tuple[Any, ...]]:
    return zip(
        *(hits[key] for key in ("certification", "requirement", "valid_until", *more)), strict=True
    )


def _present(facts: Facts, past: pd.DataFrame) -> set[tuple[int, str]]:
    """Requirement and holder of expired records that another record of the holder makes up for."""
    if past.empty:
        return set()
    lines = facts.holdings
    by_person = (facts.requirements["count"] != "Certifications").to_numpy()
    lines = lines[lines["counted"] & by_person[lines["requirement"]]]
    lines = lines[lines["employee_id"].isin(past["employee_id"])]
    return set(zip(lines["requirement"], lines["employee_id"], strict=True))


def _goals(requirements: pd.DataFrame, wanted: pd.Series) -> dict[int, _Goal]:
    titles = (requirements["name"].fillna("") + " " + requirements["tier"].fillna("")).str.strip()
    selectors = requirements["requirement"].fillna("").where(titles.duplicated(keep=False), "")
    rows = requirements.loc[np.unique(wanted)]
    names, asked = titles.loc[rows.index], selectors.loc[rows.index]
    columns = (rows[key] for key in ("certified", "minimum", "annual_value"))
    return {
        at: _Goal(
            name,
            selector,
            int(certified),
            int(minimum),
            impact,
            None if pd.isna(value) else float(value),
        )
        for at, name, selector, impact, certified, minimum, value in zip(
            rows.index.tolist(), names, asked, rows["impact"].fillna(""), *columns, strict=True
        )
    }
