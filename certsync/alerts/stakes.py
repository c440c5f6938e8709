"""What hangs on a certification, in sentences: programs, clients, money, and how it is renewed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from certsync.alerts.hygiene import one_line
from certsync.alerts.wording import long_date

if TYPE_CHECKING:
    from certsync.compute.consequences import Consequence
    from certsync.compute.facts import Facts

_SHOWN = 3


@dataclass(frozen=True)
class Threat:
    """A requirement that breaks: which one, on which day, and the whole of it in one line."""

    requirement: int
    on: date
    line: str


@dataclass(frozen=True)
class Stake:
    """What follows when one certification lapses, worst first.

    `owners` are those of the requirements that break, each with what is theirs; `method` and
    `status` are how the sheet says that the certification is renewed and how far that is, and
    `renewal` puts both in words.
    """

    lines: tuple[str, ...] = ()
    threats: tuple[Threat, ...] = ()
    owners: tuple[tuple[str, str], ...] = ()
    renewal: str = ""
    method: str = ""
    status: str = ""


def stakes(facts: Facts, records: Collection[int]) -> dict[int, Stake]:
    """What hangs on each of these records of `facts.certifications`."""
    from certsync.compute.consequences import consequences

    found = consequences(facts, records)
    records_here = facts.certifications.loc[list(found)]
    rows = records_here[["renewal_method", "renewal_status"]].fillna("")
    until = records_here["expiration_date"] + timedelta(days=facts.policy.grace_days)
    lapsed = records_here["days_to_expiry"].fillna(0) < 0
    return {
        record: _stake(
            facts,
            found[record],
            method,
            status,
            open_until=end.date() if late and end.date() >= facts.today else None,
        )
        for (record, method, status), end, late in zip(
            rows.itertuples(), until, lapsed, strict=True
        )
    }


def _stake(
    facts: Facts,
    found: list[Consequence],
    method: str,
    status: str,
    *,
    open_until: date | None,
) -> Stake:
    from certsync.compute.consequences import sentence

    lines, threats, owners = [], [], []
    for one in found:
        said = one_line(sentence(one))
        if one.selector:
            said += f" ({asked_for(one.selector)})"
        lines.append(f"{said}.")
        if one.breaks:
            row = facts.requirements.loc[one.requirement]
            worth = _worth(one, str(row["kind"]))
            if impact := ", ".join(filter(None, (one_line(one.impact).rstrip("."), worth))):
                lines[-1] += f" Business impact: {impact}."
            if isinstance(row["owner"], str):
                owners.append((one_line(row["owner"], 60), one_line(one.name, 60)))
            line = f"{said}, {worth}" if worth else said
            threats.append(Threat(one.requirement, one.on, line))
    if len(lines) > _SHOWN:
        lines[_SHOWN:] = [f"And {len(lines) - _SHOWN} more: see the Dashboard."]
    return Stake(
        lines=tuple(lines) or ("No program or client counts on it.",),
        threats=tuple(threats),
        owners=tuple(dict.fromkeys(owners))[:_SHOWN],
        renewal=", ".join(
            one_line(word, 60)
            for word in (method, status, open_until and f"open until {long_date(open_until)}")
            if word
        ),
        method=method,
        status=status,
    )


def asked_for(selector: str) -> str:
    """The certifications that a requirement asks for, as typed but fit for a sentence."""
    return one_line(selector.replace(" | ", " or "), 120)


def _worth(consequence: Consequence, kind: str) -> str:
    if not consequence.annual_value:
        return ""
    unit = "a year" if kind == "partnership" else "for the contract"
    return f"worth {consequence.annual_value:,.0f} {unit}"
