"""The whole run on one page: read, judge, plan, write, deliver. Knows no back end and no clock."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from certsync import __version__
from certsync.alerts import log, pipeline
from certsync.alerts.alert import Alert, Reason, State
from certsync.alerts.digest import Message
from certsync.alerts.last import last_alerts
from certsync.alerts.message import Writer
from certsync.alerts.pipeline import Outcome, TooManyMessages
from certsync.alerts.watch import observed
from certsync.brake import brake, unreadable
from certsync.dashboard import alert_log
from certsync.dashboard.build import RunInfo, build
from certsync.errors import ChangedSinceRead, WorkbookBusy, WorkbookError
from certsync.judging import Alerting, Job, Judged, judge
from certsync.progress import Step, silent
from certsync.result import Mode, SyncResult
from certsync.sheets.edits import Plan, TabEdit
from certsync.sheets.findings import Finding
from certsync.sheets.schema import WANTED
from certsync.stores.base import Store
from certsync.telling import due_today, missed_runs, stopped, too_many
from certsync.writeback import plan_columns

TRIES = 3
"""How often a run reads and plans again when somebody saves the workbook meanwhile."""


ASK = "If this is as it should be, run once with --yes."

NOTHING = Plan()


@dataclass(frozen=True)
class Draft:
    """The messages a run would send. `refused` says why it would stop and tell nobody else.

    `unwritten` has a sentence for each message that cannot be written.
    """

    workbook: str
    as_of: date
    messages: Sequence[Message]
    refused: tuple[str, ...] = ()
    unwritten: Sequence[str] = ()


def inspect(store: Store, job: Job, *, today: date, step: Step = silent) -> SyncResult:
    """`certsync check`: read and judge. Writes and sends nothing."""
    step("Reading the workbook")
    return _result("check", store, judge(store.read(WANTED), job, today))


def draft(store: Store, job: Job, *, today: date, now: datetime, step: Step = silent) -> Draft:
    """`certsync preview`: the messages `sync` would send. Nothing is written, sent or recorded.

    Give the job a copy of the ledger. Raises as `sync`.
    """
    step("Reading the workbook")
    judged = judge(store.read(WANTED), job, today)
    reasons = unreadable(judged.tables, judged.findings) or brake(
        judged.tables, judged.findings, job.previous_rows
    )
    if job.alerting is None:
        return Draft(store.name, today, (), tuple(reasons))
    step("Writing the messages")
    alerting = job.alerting
    alerts = (
        stopped(alerting, judged, reasons, now)
        if reasons
        else [*due_today(job, judged, now), *missed_runs(job, now)]
    )
    writer = Writer(alerting.letterhead, judged.facts)
    messages, unwritten = pipeline.compose(
        alerts, alerting.ledger, writer, now, threads=alerting.rules.threads
    )
    return Draft(store.name, today, messages, tuple(reasons), [*unwritten, *writer.notices])


def sync(
    store: Store,
    job: Job,
    *,
    today: date,
    now: datetime,
    dry_run: bool = False,
    approved: bool = False,
    step: Step = silent,
) -> SyncResult:
    """One whole run; `now`, local to the config, is what the dashboard calls the last run.

    `approved` lets it go on where the brake or the number of messages would refuse. A workbook
    that cannot be written is left for the next run, and the alerts go out all the same.

    Raises WorkbookError and LedgerError as the store and the ledger do.
    """
    mode: Mode = "dry run" if dry_run else "run"
    for tries_left in reversed(range(TRIES)):
        step("Reading the workbook")
        judged = judge(store.read(WANTED), job, today)
        if reasons := unreadable(judged.tables, judged.findings):
            return _braked(mode, store, job, judged, reasons, now)
        reasons = brake(judged.tables, judged.findings, job.previous_rows)
        if reasons and not approved:
            return _braked(mode, store, job, judged, (*reasons, ASK), now)
        alerts = [*due_today(job, judged, now), *missed_runs(job, now)]
        planned = pipeline.plan(alerts, job.alerting.ledger, now) if job.alerting else []
        told = _told(job, alerts, planned, now)
        plan, left_alone = _plan(judged, job, planned, told, now)
        result = _result(mode, store, judged, left_alone, plan=plan, alerts=planned)
        if dry_run:
            return result
        step("Writing the workbook")
        try:
            result = replace(result, written=store.apply(plan, judged.snapshot.revision))
        except ChangedSinceRead as changed:
            if tries_left:
                continue
            result = replace(result, skipped=str(changed))
        except WorkbookBusy as busy:
            result = replace(result, skipped=str(busy))
        break
    if job.alerting:
        step("Sending alerts")
        result = _deliver(result, job.alerting, alerts, now, approved=approved)
        result = _put_right(result, store, job, judged, alerts, told, planned, now)
    return result


def _told(
    job: Job, alerts: Sequence[Alert], planned: Sequence[Outcome], now: datetime
) -> log.Log | None:
    """What the Alert Log shows, `planned` as being sent; None where there is no such tab."""
    if job.alerting is None or job.dashboard is None:
        return None
    living = {alert.about.series for alert in alerts}
    return log.log(job.alerting.ledger, planned, living, now.date())


def _plan(
    judged: Judged, job: Job, alerts: Sequence[Outcome], told: log.Log | None, now: datetime
) -> tuple[Plan, list[Finding]]:
    """Everything to write, and findings about cells that are left alone.

    The column Last Alert has `alerts` as sent: what fails is put right after sending, and so is
    the Alert Log, which shows `told`.
    """
    last = last_alerts(job.alerting.ledger, alerts, now.date()) if job.alerting else {}
    columns, left_alone = plan_columns(
        judged.snapshot, judged.tables, judged.facts, judged.findings, last
    )
    findings = [*judged.findings, *left_alone]
    if job.dashboard is None:
        return Plan(columns), left_alone
    run = _run_info(judged, job, now)
    layout = build(judged.facts, judged.tables, findings, judged.coverage, run, job.act_next)
    layout = replace(layout, title=job.dashboard)
    # The minute stands in the frozen rows at the top and nowhere else.
    body = tuple(cell for cell in layout.cells if cell.row > layout.frozen_rows)
    tabs = [TabEdit("dashboard", layout, _stamp(replace(layout, cells=body), run))]
    if told is not None:
        tabs.append(_log_tab(told, judged, run))
    return Plan(columns, tuple(tabs)), left_alone


def _run_info(judged: Judged, job: Job, now: datetime) -> RunInfo:
    return RunInfo(now, judged.snapshot.name, job.timezone, job.next_run, __version__)


def _log_tab(told: log.Log, judged: Judged, run: RunInfo) -> TabEdit:
    """The generated tab Alert Log."""
    lines, today = log.shown(told), judged.facts.today
    layout = alert_log.build(lines, told.left_out, workbook=run.workbook, as_of=today)
    stamp = _stamp((today, lines, told.left_out), run)
    return TabEdit(log.TAB, layout, stamp, after="dashboard")


def _stamp(content: object, run: RunInfo) -> str:
    """Names the content and the day of a generated tab, not its minute.

    So a second run on the same day with the same answer leaves the tab as it is.
    """
    day, title = run.last_run.date(), (run.workbook, run.timezone, run.next_run, run.version)
    digest = hashlib.sha256(repr((title, content)).encode())
    return f"{digest.hexdigest()[:16]}.{day.isoformat()}"


def _deliver(
    result: SyncResult,
    alerting: Alerting,
    alerts: Sequence[Alert],
    now: datetime,
    *,
    approved: bool,
) -> SyncResult:
    """Send what is due. Too many messages are a refusal, of which the coordinator is told.

    The workbook stays written.
    """
    # Before anything is sent: a turn that was told is known by this day from now on.
    alerting.ledger.observe(observed(result.facts, alerting.ledger.states()))
    writer = Writer(alerting.letterhead, result.facts)
    try:
        outcomes = pipeline.deliver(
            alerts,
            alerting.ledger,
            alerting.channels,
            writer,
            now,
            max_messages=alerting.max_messages,
            approved=approved,
            threads=alerting.rules.threads,
        )
    except TooManyMessages as error:
        told = pipeline.deliver(
            too_many(alerting, result.workbook, error, now),
            alerting.ledger,
            alerting.channels,
            writer,
            now,
            max_messages=alerting.max_messages,
            approved=True,
            only_these=True,
        )
        outcomes = [*error.outcomes, *told]
        result = replace(result, refused=(str(error),))
    return replace(result, alerts=outcomes, notes=(*result.notes, *writer.notices))


def _put_right(
    result: SyncResult,
    store: Store,
    job: Job,
    judged: Judged,
    alerts: Sequence[Alert],
    shown: log.Log | None,
    planned: Sequence[Outcome],
    now: datetime,
) -> SyncResult:
    """Write what became of the alerts: the Alert Log, and Last Alert where it is another."""
    meant = {o.alert.key for o in planned if o.state is State.PLANNED}
    sent = {o.alert.key for o in result.alerts if o.state is State.SENT}
    told = _told(job, alerts, (), now)
    if result.skipped or (meant <= sent and told == shown):
        return result
    try:
        if meant <= sent and told is not None:
            made = _log_tab(told, judged, _run_info(judged, job, now))
            tabs = tuple(made if edit.key == made.key else edit for edit in result.plan.tabs)
            plan = replace(result.plan, tabs=tabs)
            again = store.apply_tabs(plan, judged.snapshot.revision)
        else:
            asleep = [outcome for outcome in planned if outcome.reason is Reason.SNOOZED]
            judged = judge(store.read(WANTED), job, result.as_of)
            plan, _ = _plan(judged, job, asleep, told, now)
            again = store.apply(plan, judged.snapshot.revision)
    except WorkbookError:
        # The next run shows what the ledger says.
        return result
    return replace(result, written=result.written.and_then(again))


def _braked(
    mode: Mode,
    store: Store,
    job: Job,
    judged: Judged,
    reasons: Sequence[str],
    now: datetime,
) -> SyncResult:
    """Nothing is written and nothing resolved; the coordinator is told once a day."""
    result = replace(
        _result(mode, store, judged),
        refused=(*reasons,),
    )
    if job.alerting is None or mode == "dry run":
        return result
    alerting = job.alerting
    outcomes = pipeline.deliver(
        stopped(alerting, judged, [reason for reason in reasons if reason != ASK], now),
        alerting.ledger,
        alerting.channels,
        Writer(alerting.letterhead, judged.facts),
        now,
        max_messages=alerting.max_messages,
        only_these=True,
    )
    return replace(result, alerts=outcomes)


def _result(
    mode: Mode,
    store: Store,
    judged: Judged,
    more_findings: Sequence[Finding] = (),
    plan: Plan = NOTHING,
    alerts: Sequence[Outcome] = (),
) -> SyncResult:
    return SyncResult(
        mode=mode,
        as_of=judged.facts.today,
        workbook=store.name,
        coverage=judged.coverage,
        findings=[*judged.findings, *more_findings],
        tables=judged.tables,
        facts=judged.facts,
        plan=plan,
        alerts=alerts,
    )
