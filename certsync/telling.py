"""What a run has to tell: all that holds today, and what becomes of the runs themselves."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from certsync.alerts import pipeline
from certsync.alerts.alert import Alert
from certsync.alerts.message import Writer
from certsync.alerts.notices import braked, failed, held, missed
from certsync.alerts.policy import due, due_of_certifications
from certsync.alerts.silence import ripe
from certsync.alerts.watch import observed
from certsync.judging import Alerting, Job, Judged


def due_today(job: Job, judged: Judged, now: datetime) -> list[Alert]:
    """Every alert that holds today, whether it was sent before or not."""
    if job.alerting is None:
        return []
    alerting, ledger = job.alerting, job.alerting.ledger
    alerts = due(
        judged.facts,
        judged.tables,
        judged.findings,
        workbook=ledger.identity(judged.snapshot.name),
        rules=alerting.rules,
        channels=alerting.channels,
        states=observed(judged.facts, ledger.states()),
    )
    return _ripe(alerts, alerting, now)


def certifications_today(job: Job, judged: Judged, now: datetime) -> list[Alert]:
    """Those of `due_today` about certifications: while nobody edits, what each day changes."""
    if job.alerting is None:
        return []
    alerting = job.alerting
    alerts = due_of_certifications(
        judged.facts,
        judged.tables,
        workbook=alerting.ledger.identity(judged.snapshot.name),
        rules=alerting.rules,
        channels=alerting.channels,
    )
    return _ripe(alerts, alerting, now)


def _ripe(alerts: Iterable[Alert], alerting: Alerting, now: datetime) -> list[Alert]:
    return ripe(alerts, alerting.ledger, now.date(), alerting.rules.escalate_after_days)


def missed_runs(job: Job, now: datetime) -> list[Alert]:
    """What the coordinator hears about days without a complete run, sent before or not."""
    if job.alerting is None:
        return []
    alerting = job.alerting
    return missed(
        job.runs,
        workbook=alerting.ledger.identity(alerting.letterhead.workbook),
        shown=alerting.letterhead.workbook,
        people=alerting.rules.people,
        channels=alerting.channels,
        now=now,
    )


def stopped(
    alerting: Alerting, judged: Judged, reasons: Sequence[str], now: datetime
) -> list[Alert]:
    """What the coordinator hears about a run that the brake stopped."""
    return braked(
        reasons,
        workbook=alerting.ledger.identity(judged.snapshot.name),
        people=alerting.rules.people,
        channels=alerting.channels,
        day=now.date(),
    )


def too_many(alerting: Alerting, workbook: str, error: Exception, now: datetime) -> list[Alert]:
    """What the coordinator hears where nobody else is told, since it would be too many messages."""
    return held(
        str(error),
        workbook=alerting.ledger.identity(workbook),
        people=alerting.rules.people,
        channels=alerting.channels,
        day=now.date(),
    )


def tell_failure(job: Job, error: Exception, now: datetime) -> None:
    """Tell the coordinator, once a day, of the error that ended a run. Raises nothing.

    Whatever becomes of it, `error` is what the caller has to tell.
    """
    if job.alerting is None:
        return
    alerting = job.alerting
    with contextlib.suppress(Exception):
        alerts = failed(
            error,
            workbook=alerting.ledger.identity(alerting.letterhead.workbook),
            shown=alerting.letterhead.workbook,
            people=alerting.rules.people,
            channels=alerting.channels,
            day=now.date(),
        )
        if not alerts:
            return
        pipeline.deliver(
            alerts,
            alerting.ledger,
            alerting.channels,
            Writer(alerting.letterhead, None, now.date()),
            now,
            approved=True,
            only_these=True,
        )
