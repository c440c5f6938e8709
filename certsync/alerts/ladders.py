"""Which tiers each certification has: those of the config, or its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from certsync.alerts.programs import title
from certsync.alerts.rules import Rules
from certsync.alerts.tiers import OtherTiers, Tier
from certsync.compute.chosen import chosen, chosen_of
from certsync.compute.requirements import stack
from certsync.sheets.cells import either, quoted
from certsync.sheets.names import fold
from certsync.sheets.near import nearby

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from certsync.compute.facts import Facts
    from certsync.sheets.tables import Tables


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
        if wanted in map(fold, _names(line)):
            rows.append(line.Index)
    lines = facts.holdings[facts.holdings["requirement"].isin(rows)]
    found = np.zeros(len(facts.certifications), dtype=np.bool_)
    found[lines["certification"].to_numpy(dtype=np.int64)] = True
    return found


def unmeant(tables: Tables, others: Sequence[OtherTiers]) -> list[str]:
    """The entries of `tiers_for` that mean nothing in the workbook, a sentence each.

    `tables` are as they were read, with Certifications among them.
    """
    rows = tables["certifications"].frame
    certifications = list(dict.fromkeys(rows["certification"].dropna()))
    lines = stack(tables).itertuples()
    programs = list(dict.fromkeys(name for line in lines for name in _names(line)))
    said = []
    for other in others:
        if other.certification and not chosen_of(rows, other.certification).any():
            said.append(_nothing("certification", other.certification, certifications))
        elif other.program and fold(other.program) not in map(fold, programs):
            said.append(_nothing("program", other.program, programs))
    return said


def _names(line: Any) -> tuple[str, ...]:
    """What a program or client may be called in `tiers_for`: its name, or that with its tier."""
    return (line.name, title(line)) if isinstance(line.name, str) else ()


def _nothing(key: str, written: str, known: Sequence[str]) -> str:
    near = nearby(written, known)
    better = f"Did you mean {either(list(map(quoted, near)))}?" if near else "Check the name."
    return f"`{key}: {written}` means nothing in the workbook, so its tiers never apply. {better}"
