"""The config's own header names, by the keys of the schema."""

from __future__ import annotations

from collections.abc import Mapping

from certsync.sheets.cells import either, quoted
from certsync.sheets.findings import Finding
from certsync.sheets.headers import Mapped
from certsync.sheets.names import fold
from certsync.sheets.near import nearest
from certsync.sheets.schema import SCHEMA, Column, Owned, TabSpec

HeaderMapping = Mapping[str, Mapping[str, str]]
"""`{tab title or key: {our header or key: their header}}`, as `columns` in the config."""


def by_key(mapping: HeaderMapping) -> tuple[dict[str, Mapped], list[Finding]]:
    """Their header by our keys for each tab of the schema, and what names nothing of ours."""
    mapped: dict[str, dict[str, str]] = {spec.key: {} for spec in SCHEMA}
    findings: list[Finding] = []
    for tab, headers in mapping.items():
        spec = next((s for s in SCHEMA if fold(tab) in {*s.names(), fold(s.key)}), None)
        if spec is None:
            findings.append(_unknown(tab, tab, "tab", [s.title for s in SCHEMA]))
            continue
        keys = _keys(spec)
        for ours, theirs in headers.items():
            if key := keys.get(fold(ours)):
                mapped[spec.key][key] = theirs
            else:
                known = [column.header for column in _columns(spec)]
                findings.append(_unknown(spec.title, ours, "column", known))
    return dict(mapped), findings


def _keys(spec: TabSpec) -> dict[str, str]:
    """Column keys by every folded name that the config may use for them."""
    columns = _columns(spec)
    return {fold(name): column.key for column in columns for name in (column.key, column.header)}


def _columns(spec: TabSpec) -> tuple[Column | Owned, ...]:
    return (*spec.columns, *spec.owned)


def _unknown(tab: str, name: str, what: str, known: list[str]) -> Finding:
    near = nearest(name, known)
    return Finding(
        "mapping.unknown",
        "warning",
        tab,
        None,
        name,
        f"`columns` in the config names {quoted(name)}, and certsync knows no such {what}.",
        f"Write {quoted(near)} if that is meant." if near else f"Write one of {either(known)}.",
    )
