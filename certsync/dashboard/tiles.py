"""The six numbers at the top of the dashboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from certsync.compute.facts import Facts
from certsync.dashboard import theme
from certsync.dashboard.canvas import Canvas
from certsync.dashboard.text import counted, day
from certsync.dashboard.urgency import Urgency
from certsync.sheets.findings import Finding

CRITICAL_DAYS = 30


@dataclass(frozen=True)
class Tile:
    """One number: what it counts, a few words about it, and its colour."""

    label: str
    number: int
    caption: str
    look: str


def tiles(facts: Facts, findings: Sequence[Finding], urgency: Urgency) -> tuple[Tile, ...]:
    """Active, expiring within 90 and 30 days, expired, programs at risk, rows that need a fix."""
    return (*_records(facts, urgency), _programs(facts), _fixes(findings))


def rows_to_fix(findings: Sequence[Finding]) -> int:
    """How many rows have a finding; one about a whole tab counts as a row of its own."""
    return len({(f.tab, f.row) if f.row is not None else (f.tab, f.cell, f.code) for f in findings})


def draw(canvas: Canvas, row: Sequence[Tile]) -> None:
    """Four rows of cells: a bar in the tile's colour, the label, the number, the caption."""
    canvas.gap(10.0)
    parts = (("bar", 4.0), ("label", 20.0), ("number", 34.0), ("caption", 20.0))
    for part, height in parts:
        for (first, last), tile in zip(theme.TILES, row, strict=True):
            value = None if part == "bar" else getattr(tile, part)
            canvas.put(first, last, value, f"bar {tile.look}" if part == "bar" else f"tile {part}")
        canvas.next_row(height)
    canvas.gap()


def _records(facts: Facts, urgency: Urgency) -> tuple[Tile, ...]:
    ours = facts.certifications[urgency.watched]
    days, soon_days = ours["days_to_expiry"], facts.policy.expiring_soon_days
    active = ours["status"].isin(("Active", "Expiring Soon"))
    soon = days.between(0, soon_days).fillna(False).astype(bool)
    critical = days.between(0, CRITICAL_DAYS).fillna(False).astype(bool)
    expired = ours["status"] == "Expired"
    breaking = int((soon.to_numpy() & urgency.breaks[ours.index]).sum())
    needed = int((expired.to_numpy() & urgency.needed[ours.index]).sum())
    holders = ours.loc[active, "employee_id"].nunique()
    first = ours.loc[critical, "expiration_date"].min()
    return (
        Tile(
            "Active", int(active.sum()), f"held by {counted(holders, 'person', 'people')}", "good"
        ),
        _tile(
            f"Expiring within {soon_days} days",
            int(soon.sum()),
            f"{breaking:,} would break a requirement"
            if breaking
            else "none would break a requirement",
            "nothing beside the expired ones" if expired.any() else "nothing to renew yet",
            "warn",
        ),
        _tile(
            f"Expiring within {CRITICAL_DAYS} days",
            int(critical.sum()),
            f"the first on {day(first.date())}" if critical.any() else "",
            "nothing beside the expired ones" if expired.any() else "nothing urgent",
            "bad",
        ),
        _tile(
            "Expired",
            int(expired.sum()),
            (f"{needed:,} would fill a gap" if needed else "no requirement needs them"),
            "nothing has lapsed",
            "dark",
        ),
    )


def _programs(facts: Facts) -> Tile:
    worst = worst_compliance(facts)
    not_met, at_risk, unknown = (worst.count(w) for w in ("Not Met", "At Risk", "Unknown"))
    parts = [
        f"{number:,} {word}"
        for number, word in ((not_met, "not met"), (at_risk, "at risk"), (unknown, "unknown"))
        if number
    ]
    look = "bad" if not_met else "warn" if at_risk else "plain" if unknown or not worst else "good"
    calm = "every requirement is met" if worst else "no requirements listed"
    return Tile("Programs and clients at risk", not_met + at_risk, ", ".join(parts) or calm, look)


def worst_compliance(facts: Facts) -> list[str]:
    """The worst word of each program tier and each client."""
    frame = facts.requirements
    rank = frame["compliance"].map({word: n for n, word in enumerate(COMPLIANCE)})
    keys = [frame["kind"], frame["name"].fillna(""), frame["tier"].fillna("")]
    return [COMPLIANCE[int(n)] for n in rank.groupby(keys).min()]


COMPLIANCE = ("Not Met", "At Risk", "Unknown", "Met")
"""From worst to best."""


def _fixes(findings: Sequence[Finding]) -> Tile:
    errors = sum(f.severity == "error" for f in findings)
    warnings = len(findings) - errors
    parts = [counted(n, word) for n, word in ((errors, "error"), (warnings, "warning")) if n]
    look = "bad" if errors else "warn"
    return _tile(
        "Rows that need a fix",
        rows_to_fix(findings),
        ", ".join(parts),
        "every row reads well",
        look,
    )


def _tile(label: str, number: int, caption: str, calm: str, look: str) -> Tile:
    """A tile of bad news; zero of it is good."""
    return Tile(label, number, caption, look) if number else Tile(label, 0, calm, "good")
