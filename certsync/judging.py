"""What a run is given, and everything that a snapshot says on one day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from certsync.alerts.channels.base import Channel
from certsync.alerts.ledger import Ledger, Run
from certsync.alerts.message import Letterhead
from certsync.alerts.refusals import refused
from certsync.alerts.rules import Rules
from certsync.compute.facts import Facts
from certsync.compute.policy import Policy
from certsync.compute.run import compute
from certsync.sheets.checks import check
from certsync.sheets.findings import Coverage, Finding, in_order
from certsync.sheets.names import fold
from certsync.sheets.read import ReadOptions, read
from certsync.sheets.schema import SCHEMA
from certsync.sheets.snapshot import Snapshot
from certsync.sheets.tables import Tables


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
