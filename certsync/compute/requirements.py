"""The requirements of both tabs, partnership first, and the records each one's selector means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from certsync.compute.columns import Ints, Kind, Mask, shaped
from certsync.compute.matching import Known
from certsync.compute.records import Records
from certsync.compute.selectors import BadSelector, parse
from certsync.sheets.cells import either, quoted
from certsync.sheets.findings import Finding
from certsync.sheets.names import fold
from certsync.sheets.tables import Table, Tables

# The tabs with requirements: schema key, kind, and the column that names the program or client.
_SOURCES = (
    ("partnership_requirements", "partnership", "program"),
    ("client_requirements", "client", "client"),
)
_COLUMNS: dict[str, Kind] = {
    "row": "row",
    "ok": "flag",
    "tab": "text",
    "kind": "text",
    "name": "text",
    "tier": "text",
    "requirement": "text",
    "minimum": "whole",
    "count": "text",
    "impact": "text",
    "annual_value": "money",
    "owner": "text",
    "deadline": "date",
}


_NO_PAIR: Mask = np.zeros(0, dtype=np.bool_)
_NO_ROW: Ints = np.zeros(0, dtype=np.int64)


def stack(tables: Tables) -> pd.DataFrame:
    """Both tabs in one frame; an empty `count` means People.

    `ok` is False also where the selector or the minimum is missing.
    """
    frames = [
        shaped(_labelled(tables[key], kind, name), _COLUMNS)
        for key, kind, name in _SOURCES
        if key in tables
    ]
    frame = pd.concat([shaped(None, _COLUMNS), *frames], ignore_index=True)
    return frame.assign(
        count=frame["count"].fillna("People"),
        ok=frame["ok"] & frame[["requirement", "minimum"]].notna().all(axis="columns"),
    )


def _labelled(table: Table, kind: str, name: str) -> pd.DataFrame:
    return table.frame.rename(columns={name: "name"}).assign(tab=table.tab, kind=kind)


def known_certifications(
    certifications: pd.DataFrame, records: Records, targets: pd.Series
) -> tuple[Known, Ints]:
    """What selectors are matched with, and the pair that each certification row is of (-1: none).

    Known are all names in Certifications and all `targets` of pursuits. A row without issuing
    body has the one that other rows give the same certification, if they agree.
    """
    issuer, issuers = pd.factorize(certifications["issuing_body"])
    width = len(issuers) + 1
    named = records.typed >= 0
    pair = np.full(len(named), -1, dtype=np.int64)
    pair[named], pairs = pd.factorize(records.typed[named] * width + issuer[named] + 1)
    others = list(dict.fromkeys(targets.dropna()))
    names = [*records.typed_names, *others]
    name = np.append(pairs // width, np.arange(len(names) - len(others), len(names)))
    given = np.append(pairs % width - 1, np.full(len(others), -1))
    return Known(names, list(issuers), name, agreed(names, list(issuers), name, given)), pair


def agreed(names: Sequence[str], issuers: Sequence[str], name: Ints, issuer: Ints) -> Ints:
    """`issuer`, its gaps filled where one issuer alone is given for a certification."""
    seen: dict[str, dict[str, int]] = {}
    keys = [fold(names[at]) for at in name]
    for key, code in zip(keys, issuer.tolist(), strict=True):
        if code >= 0:
            seen.setdefault(key, {})[fold(issuers[code])] = code
    only = {key: next(iter(found.values())) for key, found in seen.items() if len(found) == 1}
    filled = [
        only.get(key, -1) if code < 0 else code
        for key, code in zip(keys, issuer.tolist(), strict=True)
    ]
    return np.array(filled, dtype=np.int64)


@dataclass(frozen=True)
class Matches:
    """The records that the requirements' selectors mean, one entry a pair of the two.

    Sorted by requirement, then certification. `problems` says for each requirement whose
    selector means nothing why that is so.
    """

    requirement: Ints
    certification: Ints
    problems: Mapping[int, str]
    findings: tuple[Finding, ...]


def match(requirements: pd.DataFrame, tables: Tables, known: Known, pair: Ints) -> Matches:
    """Matches every requirement (ok, tab, kind, row, requirement) that is ok.

    A bad or unmatched selector is reported whether or not its row is ok.
    """
    sources = {kind: tables[key] for key, kind, _ in _SOURCES if key in tables}
    rows: list[Ints] = []
    problems: dict[int, str] = {}
    findings: list[Finding] = []
    columns = (requirements[key] for key in ("ok", "kind", "row", "requirement"))
    for at, (ok, kind, row, text) in enumerate(zip(*columns, strict=True)):
        hit = _resolve(text, known) if isinstance(text, str) else _NO_PAIR
        if isinstance(hit, BadSelector):
            problems[at] = hit.message
            findings.append(_finding(hit, sources[kind], int(row), text))
            hit = _NO_PAIR
        # A record of no certification has the pair -1: the last entry, which is not meant.
        rows.append(np.flatnonzero(np.append(hit, False)[pair]) if ok and hit.any() else _NO_ROW)
    return Matches(
        requirement=np.repeat(np.arange(len(rows)), [len(found) for found in rows]),
        certification=np.concatenate([_NO_ROW, *rows]),
        problems=problems,
        findings=tuple(findings),
    )


def _resolve(text: str, known: Known) -> Mask | BadSelector:
    selector = parse(text)
    if isinstance(selector, BadSelector):
        return selector
    hit = known.matching(selector)
    if hit.any():
        return hit
    near = known.nearest(selector)
    return BadSelector(
        f"{quoted(text)} matches no certification in the workbook.",
        f"Did you mean {either(near)}?"
        if near
        else "Write the name as it stands in Certifications; * stands for any text.",
        "selector.unmatched",
    )


def _finding(problem: BadSelector, table: Table, row: int, text: str) -> Finding:
    return Finding(
        code=problem.code,
        severity="error",
        tab=table.tab,
        cell=table.ref(row, "requirement"),
        value=text,
        message=problem.message,
        fix=problem.fix,
        row=row,
        column="requirement",
        excludes=True,
    )
