"""One plain sentence for each requirement: what counts, what is missing, who lapses first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pandas as pd

# What stands between a requirement and its minimum. History rows stand in nobody's way.
_SHOWN = ("expired", "unverified", "rejected", "not yet earned", "not judged", "departed")


def explain(
    requirements: pd.DataFrame,
    holdings: pd.DataFrame,
    person: pd.Series,
    problems: Mapping[int, str],
) -> pd.Series:
    """The `reason` of each requirement.

    Args:
        requirements: compliance, certified, minimum, unverified, breach_date, breach_count.
        holdings: requirement, certification, reason, valid_until, decisive.
        person: The holder's name of each certification.
        problems: What is wrong with the selector of a requirement.
    """
    lapsing = _lapsing(requirements, holdings, person)
    barred = _barred(requirements, holdings)
    keys = ("compliance", "certified", "minimum", "unverified", "breach_date", "breach_count")
    sentences = []
    for at, (word, certified, minimum, unverified, breach, breach_count) in enumerate(
        zip(*(requirements[key] for key in keys), strict=True)
    ):
        if word == "Unknown":
            sentences.append(problems.get(at, "This row has an error and cannot be judged."))
            continue
        parts = [f"{certified} {'counts' if certified == 1 else 'count'}"]
        if unverified:
            parts[0] += f" ({unverified} of them unverified)"
        parts[0] += f", {minimum} {'is' if minimum == 1 else 'are'} required"
        if at in lapsing:
            left = (
                f"{breach_count} are left"
                if breach_count > 1
                else ("none is left", "1 is left")[breach_count]
            )
            parts.append(f"{left} when {_owners(lapsing[at])} on {breach.day} {breach:%B %Y}")
        if word == "Not Met" and at in barred:
            parts.append(f"not counted: {', '.join(barred[at])}")
        sentences.append("; ".join(parts) + ".")
    return pd.Series(sentences, dtype="str")


def _lapsing(
    requirements: pd.DataFrame, holdings: pd.DataFrame, person: pd.Series
) -> dict[int, list[str]]:
    """The names of those who lapse on the breach date, for each requirement that has one."""
    lapse = holdings["valid_until"] + timedelta(days=1)
    breach = (
        requirements["breach_date"].take(holdings["requirement"].to_numpy()).reset_index(drop=True)
    )
    falls = holdings[holdings["decisive"] & (lapse == breach)]
    names = person.take(falls["certification"].to_numpy())
    found: dict[int, list[str]] = {}
    for at, name in zip(falls["requirement"], names, strict=True):
        known = found.setdefault(at, [])
        if name not in known:
            known.append(name)
    return found


def _owners(names: Sequence[str]) -> str:
    first, *others = names
    if not others:
        return f"{first}'s lapses"
    more = f"{others[0]}'s" if len(others) == 1 else f"{len(others)} others"
    return f"{first}'s and {more} lapse"


def _barred(requirements: pd.DataFrame, holdings: pd.DataFrame) -> dict[int, list[str]]:
    """`2 expired`, `1 departed`: what does not count, for each requirement."""
    unmet = (requirements["compliance"] == "Not Met").to_numpy()
    lines = holdings[unmet[holdings["requirement"]]]
    counts = lines.groupby(["requirement", "reason"]).size().to_dict()
    found: dict[int, list[str]] = {}
    for at in lines["requirement"].unique():
        found[int(at)] = [f"{counts[at, word]} {word}" for word in _SHOWN if (at, word) in counts]
    return {at: parts for at, parts in found.items() if parts}
