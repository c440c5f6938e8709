"""When each certification was last alerted: a view of the ledger for the workbook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from certsync.alerts.alert import Reason, State, parts
from certsync.alerts.ledger import Ledger
from certsync.alerts.pipeline import Outcome

LastAlerts = Mapping[tuple[str, str, str], str]
"""(employee ID or name, casefolded; folded certification; ISO expiration) -> its last alert.

An entry reads like "Critical on 2026-03-16", and while the row sleeps "Snoozed until 2026-04-01".
"""


def last_alerts(ledger: Ledger, outcomes: Iterable[Outcome], today: date) -> LastAlerts:
    """The last alert of each certification, counting planned `outcomes` as sent today.

    Where `outcomes` say that a row sleeps, its day of waking stands there instead.
    """
    outcomes = list(outcomes)
    told = {series: (tier, day) for series, tier, day in ledger.last_sent()}
    for outcome in outcomes:
        if outcome.state is State.PLANNED:
            about = outcome.alert.about
            told[about.series] = (about.tier, today)
    texts = {moment: f"{moment[0]} on {moment[1].isoformat()}" for moment in set(told.values())}
    said = {series: texts[moment] for series, moment in told.items()}
    for about in (o.alert.about for o in outcomes if o.reason is Reason.SNOOZED):
        if about.snoozed_until:
            said[about.series] = f"Snoozed until {about.snoozed_until.isoformat()}"
    found = {}
    for series, text in said.items():
        names = parts(series)
        if len(names) == 4:
            found[names[1], names[2], names[3]] = text
    return found
