"""Everything the next run would decide, and the ledger it would decide by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from certsync.alerts.dedup import Agenda, outstanding
from certsync.alerts.directory import Directory
from certsync.alerts.ledger import Told
from certsync.alerts.outcome import Outcome
from certsync.alerts.rules import Rules
from certsync.brake import brake
from certsync.dashboard.text import counted
from certsync.judging import Alerting, Job, Judged
from certsync.telling import due_today, missed_runs
from certsync.why.ladder import Closed, Line, lines


class NextRun:
    """The next run on a workbook, and what is known of those before it.

    Its `outcomes` are by series.
    """

    def __init__(self, judged: Judged, job: Job, now: datetime) -> None:
        self.judged = judged
        self.job = job
        self.alerting: Alerting | None = job.alerting
        self.agenda = Agenda((), (), ())
        self.workbook = judged.snapshot.name
        self.rules = job.alerting.rules if job.alerting else Rules()
        people = self.rules.people
        offices = [who for who in (people.coordinator, *people.leadership) if who]
        self.names = {who.email.lower(): who.name for who in offices}
        members = judged.facts.members[["email", "full_name"]].dropna()
        self.names |= {
            email.lower(): name
            for email, name in zip(members["email"], members["full_name"], strict=True)
        }
        self.departed = Directory(judged.facts.members, people).departed
        if self.alerting:
            ledger = self.alerting.ledger
            self.workbook = ledger.identity(judged.snapshot.name)
            ledger.recover(now)
            due = [*due_today(job, judged, now), *missed_runs(job, now)]
            self.agenda = outstanding(due, ledger, now.date())
        self.outcomes: dict[str, list[Outcome]] = defaultdict(list)
        for outcome in (*self.agenda.send, *self.agenda.held):
            self.outcomes[outcome.alert.about.series].append(outcome)
        self.closed: Closed = {
            (entry.key, entry.channel): (state, reason)
            for entry, state, reason in self.agenda.closed
        }

    def notes(self) -> list[str]:
        """What is to be known of the run as a whole."""
        judged = self.judged
        if self.alerting is None:
            return ["Alerts are switched off in the config, so nothing is sent."]
        if stops := brake(judged.tables, judged.findings, self.job.previous_rows):
            return [f"The next run is refused before it sends anything: {stop}" for stop in stops]
        letters = {
            (o.channel, o.recipient.lower(), o.entry.message_id if o.entry else None)
            for o in self.agenda.send
        }
        if len(letters) > self.alerting.max_messages:
            return [
                f"The next run would send {counted(len(letters), 'message')}, more than the "
                f"{self.alerting.max_messages:,} of `max_messages`: it waits for a run with --yes."
            ]
        return []

    def series(self) -> set[str]:
        """Every series that the ledger knows or the next run has an alert of."""
        known = self.alerting.ledger.series() if self.alerting else []
        return {*known, *self.outcomes}

    def told(self, series: Iterable[str]) -> list[Told]:
        """What the ledger knows of these series."""
        return self.alerting.ledger.history(set(series)) if self.alerting else []

    def lines(self, series: str) -> tuple[Line, ...]:
        """What the next run does with the alerts of a series, and what became of its others."""
        outcomes = self.outcomes.get(series, ())
        return tuple(lines(outcomes, self.told({series}), self.closed, self.names))

    def problems(self, tab: str, row: int) -> str:
        """Why a row cannot be judged, and how to put it right."""
        said = [
            f"{finding.message} {finding.fix}"
            for finding in self.judged.findings
            if (finding.tab, finding.row, finding.severity) == (tab, row, "error")
        ]
        return " ".join(["The row cannot be judged.", *said])
