"""When each certification was last alerted: a view of the ledger for the workbook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from certsync.alerts.alert import State, parts
from certsync.alerts.ledger import Ledger
from certsync.alerts.pipeline import Outcome

LastAlerts = Mapping[tuple[str, str, str], str]
"""(employee ID or name, casefolded; folded certification; ISO expiration) -> its last alert.

An entry reads like "Critical on 2026-03-16".
"""


def last_alerts(ledger: Ledger, outcomes: Iterable[Outcome], today: date) -> LastAlerts:
    """The last alert of each certification, counting planned `outcomes` as sent today."""
    told = {series: (tier, day) for series, tier, day in ledger.last_sent()}
    for outcome in outcomes:
        if outcome.state is State.PLANNED:
            about = outcome.alert.about
            told[about.series] = (about.tier, today)
    texts = {moment: f"{moment[0]} on {moment[1].isoformat()}" for moment in set(told.values())}
    found = {}
    for series, moment in told.items():
        names = parts(series)
        if len(names) == 4:
            found[names[1], names[2], names[3]] = texts[moment]
    return found
