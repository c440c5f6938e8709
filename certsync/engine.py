"""The whole run on one page: read, judge, plan, write, deliver. Knows no back end and no clock."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from certsync import __version__
from certsync.alerts import log, pipeline
from certsync.alerts.alert import Alert, Reason, State
from certsync.alerts.channels.base import Channel
from certsync.alerts.digest import Message
from certsync.alerts.last import last_alerts
from certsync.alerts.ledger import Ledger, Run
from certsync.alerts.message import Letterhead, Writer
from certsync.alerts.notices import braked, failed, held, missed
from certsync.alerts.pipeline import Outcome, TooManyMessages
from certsync.alerts.policy import due, due_of_certifications
from certsync.alerts.refusals import refused
from certsync.alerts.rules import Rules
from certsync.alerts.silence import ripe
from certsync.alerts.watch import observed
from certsync.brake import brake, unreadable
from certsync.compute.facts import Facts
from certsync.compute.policy import Policy
from certsync.compute.run import compute
from certsync.dashboard import alert_log
from certsync.dashboard.build import RunInfo, build
from certsync.errors import ChangedSinceRead, WorkbookBusy, WorkbookError
from certsync.progress import Step, silent
from certsync.result import Mode, SyncResult
from certsync.sheets.checks import check
from certsync.sheets.edits import Plan, TabEdit
from certsync.sheets.findings import Coverage, Finding, in_order
from certsync.sheets.names import fold
from certsync.sheets.read import ReadOptions, read
from certsync.sheets.schema import SCHEMA, WANTED
from certsync.sheets.snapshot import Snapshot
from certsync.sheets.tables import Tables
from certsync.stores.base import Store
from certsync.writeback import plan_columns

TRIES = 3
"""How often a run reads and plans again when somebody saves the workbook meanwhile."""


ASK = "If this is as it should be, run once with --yes."

NOTHING = Plan()


@dataclass(frozen=True)
class Alerting:
    """Whom to tell, how early and how; `ledger` is held by this run, or a copy in a dry run."""

    ledger: Ledger
    channels: Sequence[Channel]
    letterhead: Letterhead
    rules: Rules
    max_messages: int


@dataclass(frozen=True)
class Job:
    """What a run needs beside the store.

    `previous_rows` are the rows each tab had in the last complete run, by schema key. `dashboard`
    is the title of the generated tab, and `alerting` how people are told; None where unwanted.
    `runs` are those of the last days, from a complete one on, without this one.
    """

    reading: ReadOptions
    policy: Policy
    timezone: str
    previous_rows: Mapping[str, int]
    dashboard: str | None
    next_run: str | None
    alerting: Alerting | None
    act_next: int = 15
    runs: Sequence[Run] = ()


@dataclass(frozen=True)
class Judged:
    """A snapshot with everything that follows from it."""

    snapshot: Snapshot
    tables: Tables
    findings: Sequence[Finding]
    facts: Facts

    @property
    def coverage(self) -> Mapping[str, Coverage]:
        """Rows and judged rows of each tab that was read, by schema key."""
        frames = {
            "team_members": self.facts.members,
            "certifications": self.facts.certifications,
            "pursuits": self.facts.pursuits,
        }
        found = self._unread
        for key, table in self.tables.items():
            frame = frames.get(key)
            if frame is None:
                frame = self.facts.requirements
                frame = frame[frame["tab"] == table.tab]
            found[key] = Coverage(len(frame), int(frame["ok"].sum()))
        return found

    @property
    def _unread(self) -> dict[str, Coverage]:
        """Tabs that are there and could not be understood: their rows, none of them judged."""
        found = {}
        for spec in SCHEMA:
            rows = [len(t.rows) for t in self.snapshot.tabs if fold(t.name) in spec.names()]
            if spec.key not in self.tables and rows and max(rows) > 1:
                found[spec.key] = Coverage(max(rows) - 1, 0)
        return found


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


def judge(snapshot: Snapshot, job: Job, today: date) -> Judged:
    """Everything a snapshot says on `today`. Nothing is written or sent."""
    tables, unread = read(snapshot, job.reading)
    return with_refusals(judge_tables(snapshot, tables, unread, job, today), job)


def judge_tables(
    snapshot: Snapshot, tables: Tables, unread: Sequence[Finding], job: Job, today: date
) -> Judged:
    """The same of `tables` and findings that `read` made of the snapshot."""
    tables, wrong = check(tables, today)
    facts, unmatched = compute(tables, job.policy, today)
    findings = in_order([*unread, *wrong, *unmatched], [t.tab for t in tables.values()])
    return Judged(snapshot, tables, findings, facts)


def with_refusals(judged: Judged, job: Job) -> Judged:
    """The same with a finding for each address that the ledger knows as refused."""
    known = job.alerting.ledger.refusals() if job.alerting else {}
    found = [*judged.findings, *refused(judged.tables, known)]
    return replace(judged, findings=in_order(found, [t.tab for t in judged.tables.values()]))


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
        _stopped(alerting, judged, reasons, now)
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


def due_today(job: Job, judged: Judged, now: datetime) -> list[Alert]:
    """Every alert that holds today, whether it was sent before or not."""
    if job.alerting is None:
        return []
    ledger, rules = job.alerting.ledger, job.alerting.rules
    alerts = due(
        judged.facts,
        judged.tables,
        judged.findings,
        workbook=ledger.identity(judged.snapshot.name),
        rules=rules,
        channels=job.alerting.channels,
        states=observed(judged.facts, ledger.states()),
    )
    return ripe(alerts, ledger, now.date(), rules.escalate_after_days)


def certifications_today(job: Job, judged: Judged, now: datetime) -> list[Alert]:
    """Those of `due_today` about certifications: while nobody edits, what each day changes."""
    if job.alerting is None:
        return []
    ledger, rules = job.alerting.ledger, job.alerting.rules
    alerts = due_of_certifications(
        judged.facts,
        judged.tables,
        workbook=ledger.identity(judged.snapshot.name),
        rules=rules,
        channels=job.alerting.channels,
    )
    return ripe(alerts, ledger, now.date(), rules.escalate_after_days)


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
    except TooManyMessages as stopped:
        told = pipeline.deliver(
            held(
                str(stopped),
                workbook=alerting.ledger.identity(result.workbook),
                people=alerting.rules.people,
                channels=alerting.channels,
                day=now.date(),
            ),
            alerting.ledger,
            alerting.channels,
            writer,
            now,
            max_messages=alerting.max_messages,
            approved=True,
            only_these=True,
        )
        outcomes = [*stopped.outcomes, *told]
        result = replace(result, refused=(str(stopped),))
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
        _stopped(alerting, judged, [reason for reason in reasons if reason != ASK], now),
        alerting.ledger,
        alerting.channels,
        Writer(alerting.letterhead, judged.facts),
        now,
        max_messages=alerting.max_messages,
        only_these=True,
    )
    return replace(result, alerts=outcomes)


def _stopped(
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
