"""Which tiers each certification has: those of the config, or its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from certsync.alerts.programs import title
from certsync.alerts.rules import Rules
from certsync.alerts.tiers import OtherTiers, Tier
from certsync.compute.chosen import chosen
from certsync.sheets.names import fold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from certsync.compute.facts import Facts


def ladders(facts: Facts, rules: Rules) -> tuple[list[Sequence[Tier]], NDArray[np.int64]]:
    """Every set of tiers, and for each record which of them is its own.

    The first of `rules.other_tiers` that means a record counts for it; 0 are the tiers of
    everything else.
    """
    choice = np.zeros(len(facts.certifications), dtype=np.int64)
    for number, other in reversed(list(enumerate(rules.other_tiers, start=1))):
        choice[_meant(facts, other)] = number
    return [rules.tiers, *(other.tiers for other in rules.other_tiers)], choice


def _meant(facts: Facts, other: OtherTiers) -> NDArray[np.bool_]:
    if other.certification:
        return chosen(facts, other.certification)
    wanted, rows = fold(other.program), []
    line: Any
    for line in facts.requirements.itertuples():
        name = line.name if isinstance(line.name, str) else ""
        if wanted in (fold(name), fold(title(line))):
            rows.append(line.Index)
    lines = facts.holdings[facts.holdings["requirement"].isin(rows)]
    found = np.zeros(len(facts.certifications), dtype=np.bool_)
    found[lines["certification"].to_numpy(dtype=np.int64)] = True
    return found
