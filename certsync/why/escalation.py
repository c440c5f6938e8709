"""When a manager's manager is told next, if nothing moves: asked of the rules day by day."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from certsync.alerts.alert import Alert, Reason, State
from certsync.alerts.outcome import Outcome
from certsync.alerts.policy import due_of_certifications
from certsync.alerts.silence import FROM_DAYS
from certsync.compute.facts import later
from certsync.judging import Alerting, Judged

_UNTOLD = (Reason.NO_REACTION, Reason.SNOOZED, Reason.NO_RECIPIENT)


@dataclass(frozen=True)
class Coming:
    """An alert of a day to come."""

    on: date
    alert: Alert


class Escalations:
    """Looks into the days to come of one workbook, as it is today.

    `today` is the day that is judged and `clock` that by which runs note what they send: the same
    unless somebody asks as of another day.
    """

    def __init__(self, judged: Judged, alerting: Alerting, workbook: str, clock: date) -> None:
        self.judged, self.alerting, self.workbook = judged, alerting, workbook
        self.today = judged.facts.today
        self._ahead = self.today - clock
        self._known: dict[date, list[Alert]] = {}

    def next(
        self, series: str, outcomes: Sequence[Outcome], turning: Collection[date]
    ) -> list[Coming]:
        """The first day on which somebody above is told of a series, and what of; may be empty.

        Args:
            series: That of a certification.
            outcomes: What the next run, which takes place today, does with its alerts.
            turning: The days on which another alert of it may become due than on the day before.
        """
        rules, told = self.alerting.rules, {(o.alert.key, o.channel) for o in outcomes}
        if not rules.escalate_after_days:
            return []
        first = self._first(series, outcomes)
        days = sorted({day for day in turning if day > self.today} | set(_waits(outcomes)))
        for day in days:
            if first is None and self._reaches_somebody(series, outcomes, day):
                first = day
        if first is None:
            return []
        ripe = first + timedelta(days=rules.escalate_after_days)
        for day in sorted({ripe, *days}):
            if day < ripe or day <= self.today:
                continue
            found = [
                Coming(day, alert)
                for alert in self._on(day)
                if alert.about.series == series
                and alert.reason is Reason.NO_REACTION
                and (alert.key, alert.channel) not in told
            ]
            if found:
                return found
        return []

    def _first(self, series: str, outcomes: Sequence[Outcome]) -> date | None:
        """When somebody was first told in a tier that is passed on; today, if the next run does."""
        sent = self.alerting.ledger.first_sent([series], FROM_DAYS)
        if series in sent:
            return sent[series] + self._ahead
        now = any(
            o.state is State.PLANNED and (o.alert.about.days or 0) <= FROM_DAYS for o in outcomes
        )
        return self.today if now else None

    def _reaches_somebody(self, series: str, outcomes: Sequence[Outcome], day: date) -> bool:
        """Whether on this day somebody can be told in a tier that is passed on."""
        refused = {(o.alert.key, o.channel) for o in outcomes if o.state is State.FAILED}
        return any(
            alert.about.series == series
            and (alert.about.days or 0) <= FROM_DAYS
            and alert.reason not in _UNTOLD
            and (alert.key, alert.channel) not in refused
            for alert in self._on(day)
        )

    def _on(self, day: date) -> list[Alert]:
        """What is due of certifications on this day."""
        known = self._known.get(day)
        if known is None:
            known = self._known[day] = due_of_certifications(
                later(self.judged.facts, day),
                self.judged.tables,
                workbook=self.workbook,
                rules=self.alerting.rules,
                channels=self.alerting.channels,
            )
        return known


def _waits(outcomes: Sequence[Outcome]) -> Iterator[date]:
    """The days before which a server asked not to come again."""
    for outcome in outcomes:
        if outcome.reason is Reason.WAITING and outcome.entry and outcome.entry.not_before:
            yield outcome.entry.not_before
