"""The manager's manager is next, where nothing moves for too long after the manager was told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from certsync.alerts.alert import Alert, Reason
from certsync.alerts.ledger import Ledger

if TYPE_CHECKING:
    from certsync.compute.facts import Facts

FROM_DAYS = 60
"""Tiers of so many days and fewer are passed on; the wider ones leave time to answer."""

_UNDER_WAY = ("On Track", "At Risk", "Passed")


class Reactions:
    """Which certifications somebody has reacted to, as far as the workbook shows it.

    A word under Renewal Status is a reaction, and so is a pursuit of it that goes on.
    """

    def __init__(self, facts: Facts) -> None:
        self._answered = facts.certifications["renewal_status"].notna().tolist()
        self._names = facts.certifications["name_key"].tolist()
        going = facts.pursuits[facts.pursuits["status"].isin(list(_UNDER_WAY))]
        self._pursued = set(zip(going["employee_id"], going["name_key"], strict=True))

    def to(self, record: int | None, employee_id: str) -> bool:
        """Whether there is one to this record."""
        if record is None:
            return True
        return self._answered[record] or (employee_id, self._names[record]) in self._pursued


def ripe(alerts: Iterable[Alert], ledger: Ledger, today: date, after: int) -> list[Alert]:
    """`alerts` without those for a manager's manager whose time has not come.

    It comes `after` days after anybody was first told of the certification in one of the tiers
    that are passed on.
    """
    alerts = list(alerts)
    waiting = {a.about.series for a in alerts if a.reason is Reason.NO_REACTION}
    if not waiting:
        return alerts
    first = ledger.first_sent(waiting, FROM_DAYS)
    return [
        alert
        for alert in alerts
        if alert.reason is not Reason.NO_REACTION
        or (alert.about.series in first and (today - first[alert.about.series]).days >= after)
    ]
