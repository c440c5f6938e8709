"""What the next run does about each certification somebody asks for, and what runs did before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from certsync.alerts.alert import State, series
from certsync.alerts.dedup import Agenda, outstanding
from certsync.alerts.directory import Directory
from certsync.alerts.ladders import ladders
from certsync.alerts.ledger import Told
from certsync.alerts.outcome import Outcome
from certsync.alerts.rules import Rules
from certsync.alerts.tiers import People
from certsync.brake import brake, unreadable
from certsync.dashboard.text import counted
from certsync.engine import Alerting, Job, Judged, due_today, missed_runs
from certsync.errors import Refused
from certsync.why import find
from certsync.why.escalation import Escalations
from certsync.why.ladder import Calendar, Closed, Step, ladder, lines

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Earlier:
    """A record that a later one replaced, and the last alert of its series, if there was one."""

    cell: str
    expires: date | None
    last_alert: str

    def as_json(self) -> dict[str, Any]:
        """The record as plain values."""
        expires = self.expires.isoformat() if self.expires else None
        return {
            "cell": self.cell,
            "expiration_date": expires,
            "last_alert": self.last_alert or None,
        }


@dataclass(frozen=True)
class Match:
    """One certification of one person. `silence` says why it alerts nobody; empty if it does."""

    cell: str
    employee_id: str
    person: str
    certification: str
    expires: date | None
    days_to_expiry: int | None
    status: str
    silence: str
    steps: tuple[Step, ...]
    earlier: tuple[Earlier, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The answer as plain values."""
        return {
            "cell": self.cell,
            "employee_id": self.employee_id or None,
            "person": self.person,
            "certification": self.certification,
            "expiration_date": self.expires.isoformat() if self.expires else None,
            "days_to_expiry": self.days_to_expiry,
            "status": self.status,
            "silence": self.silence or None,
            "tiers": [step.as_json() for step in self.steps],
            "earlier": [one.as_json() for one in self.earlier],
        }


@dataclass(frozen=True)
class Answer:
    """Every match, the most urgent first.

    Without a match, `idle` are members whom the words name and who hold nothing, `near` the names
    that may be meant. `notes` are sentences about the next run as a whole.
    """

    as_of: date
    workbook: str
    words: str
    matches: tuple[Match, ...]
    idle: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0, or 1 where nothing matches."""
        return 0 if self.matches else 1

    def to_json(self) -> dict[str, Any]:
        """The object `--json` prints."""
        return {
            "schema_version": SCHEMA_VERSION,
            "as_of": self.as_of.isoformat(),
            "workbook": self.workbook,
            "matches": [match.as_json() for match in self.matches],
            "without_certification": list(self.idle),
            "near": list(self.near),
            "notes": list(self.notes),
        }


def explain(words: str, judged: Judged, job: Job, now: datetime) -> Answer:
    """What was, is and will be told of the certifications that `words` name.

    `job.alerting` holds a copy of the ledger, since what a crash left behind is put right in it;
    None where alerts are switched off.

    Raises Refused if the workbook lacks what nothing can be judged without.
    """
    if reasons := unreadable(judged.tables, judged.findings):
        raise Refused(" ".join(reasons))
    facts = judged.facts
    wanted = find.records(facts, words)
    if not wanted:
        idle = find.people(facts, words)
        return Answer(
            facts.today,
            judged.snapshot.name,
            words,
            (),
            tuple(idle),
            () if idle else tuple(find.near(facts, words)),
        )
    run = _NextRun(judged, job, now)
    matches = (run.match(main, earlier) for main, earlier in _groups(facts.certifications, wanted))
    return Answer(
        facts.today,
        judged.snapshot.name,
        words,
        tuple(sorted(matches, key=_urgency)),
        notes=tuple(run.notes()),
    )


def _urgency(match: Match) -> tuple[bool, bool, int, str, str]:
    left = match.days_to_expiry
    return bool(match.silence), left is None, left or 0, match.person, match.certification


def _groups(frame: pd.DataFrame, wanted: Sequence[int]) -> list[tuple[int, list[int]]]:
    """Each record to answer for, with those that it replaced."""
    replaced: dict[tuple[str, str], list[int]] = defaultdict(list)
    leading: dict[tuple[str, str], int] = {}
    found: list[int] = []
    keys = list(zip(frame["employee_id"].fillna(""), frame["name_key"].fillna(""), strict=True))
    current, status = frame["current"].tolist(), frame["status"].tolist()
    for at in wanted:
        if status[at] == "Renewed":
            replaced[keys[at]].append(at)
        else:
            found.append(at)
            if current[at]:
                leading[keys[at]] = at
    # Under `strict` a later record that nobody verified yet may be history of an older one.
    found += [at for key, rows in replaced.items() if key not in leading for at in rows]
    return [(at, replaced[keys[at]] if leading.get(keys[at]) == at else []) for at in found]


class _NextRun:
    """Everything the next run would decide, and the ledger it would decide by."""

    def __init__(self, judged: Judged, job: Job, now: datetime) -> None:
        self.judged = judged
        self.job = job
        self.alerting: Alerting | None = job.alerting
        self.agenda = Agenda((), (), ())
        self.workbook = judged.snapshot.name
        people = job.alerting.rules.people if job.alerting else People()
        offices = [who for who in (people.coordinator, *people.leadership) if who]
        self.names = {who.email.lower(): who.name for who in offices}
        members = judged.facts.members[["email", "full_name"]].dropna()
        self.names |= {
            email.lower(): name
            for email, name in zip(members["email"], members["full_name"], strict=True)
        }
        self.departed = Directory(judged.facts.members, people).departed
        rules = job.alerting.rules if job.alerting else Rules()
        self.ladders, self.choice = ladders(judged.facts, rules)
        if self.alerting:
            ledger = self.alerting.ledger
            self.workbook = ledger.identity(judged.snapshot.name)
            ledger.recover(now)
            due = [*due_today(job, judged, now), *missed_runs(job, now)]
            self.agenda = outstanding(due, ledger, now.date())
            self.escalations = Escalations(judged, self.alerting, self.workbook, now.date())
        self.outcomes: dict[str, list[Outcome]] = defaultdict(list)
        self.of_cell: dict[str, list[Outcome]] = defaultdict(list)
        for outcome in (*self.agenda.send, *self.agenda.held):
            about = outcome.alert.about
            self.outcomes[about.series].append(outcome)
            if about.kind == "row":
                self.of_cell[about.where].append(outcome)
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

    def match(self, at: int, earlier: Sequence[int]) -> Match:
        """The answer for the record at this position."""
        record: Any = self.judged.facts.certifications.iloc[at]
        expires, left = _day(record["expiration_date"]), record["days_to_expiry"]
        silence = self._silence(record)
        steps = self._ladder(at, record, expires, silent=bool(silence)) if expires else []
        if not record["ok"]:
            steps += self._data_steps(int(record["row"]))
        return Match(
            cell=self._cell(int(record["row"])),
            employee_id=_text(record["employee_id"]),
            person=_text(record["person"]),
            certification=_text(record["certification"]),
            expires=expires,
            days_to_expiry=None if _empty(left) else int(left),
            status=_text(record["status"]),
            silence=silence,
            steps=tuple(steps),
            earlier=tuple(self._earlier(position) for position in earlier),
        )

    def _ladder(self, at: int, record: Any, expires: date, *, silent: bool) -> list[Step]:
        if self.alerting is None:
            return []
        facts = self.judged.facts
        snooze = _day(record["snooze_until"])
        calendar = Calendar(
            tiers=self.ladders[self.choice[at]],
            expires=expires,
            today=facts.today,
            silent=silent,
            asleep=snooze if snooze and snooze > facts.today else None,
        )
        name = self._series(record, expires)
        told = self.alerting.ledger.history([name])
        outcomes = self.outcomes.get(name, ())
        coming = [] if silent else self.escalations.next(name, outcomes, calendar.turning())
        return ladder(calendar, outcomes, told, self.closed, self.names, coming)

    def _data_steps(self, row: int) -> list[Step]:
        """What the coordinator is told of a row that cannot be judged."""
        found = []
        table = self.judged.tables["certifications"]
        for finding in self.judged.findings:
            if (finding.tab, finding.row, finding.severity) == (table.tab, row, "error"):
                outcomes = self.of_cell.get(finding.where, [])
                told = self._told({outcome.alert.about.series for outcome in outcomes})
                here = tuple(lines(outcomes, told, self.closed, self.names))
                reason = "" if here else "The config names no coordinator to tell of it."
                found.append(
                    Step("Data Issue", None, 0, None, ("coordinator",), "none", reason, here)
                )
        return found

    def _told(self, names: set[str]) -> list[Told]:
        return self.alerting.ledger.history(names) if self.alerting else []

    def _series(self, record: Any, expires: date) -> str:
        """The name the policy gives the alerts of this record."""
        who = _text(record["employee_id"]) or _text(record["person"])
        return series(self.workbook, who.casefold(), _text(record["name_key"]), expires.isoformat())

    def _earlier(self, at: int) -> Earlier:
        record: Any = self.judged.facts.certifications.iloc[at]
        expires = _day(record["expiration_date"])
        told = self._told({self._series(record, expires)}) if expires else []
        sent = [one for one in told if one.state is State.SENT]
        last = f"{sent[-1].tier} on {sent[-1].at.date().isoformat()}" if sent else ""
        return Earlier(self._cell(int(record["row"])), expires, last)

    def _cell(self, row: int) -> str:
        table = self.judged.tables["certifications"]
        return f"{table.tab}!{table.ref(row, 'certification')}"

    def _silence(self, record: Any) -> str:
        """Why a record alerts nobody, whatever its date; empty where its date decides."""
        facts = self.judged.facts
        if not record["ok"]:
            return self._problems(int(record["row"]))
        if _text(record["employee_id"]) in self.departed:
            return f"{_text(record['person'])} has departed, so nobody is told."
        if record["verified"] == "Rejected":
            return "It is Rejected under Verified, so it counts for nothing and nobody is told."
        expires, earned = _day(record["expiration_date"]), _day(record["date_earned"])
        if record["status"] == "Renewed":
            return "It is renewed: another record of the same certification counts."
        if record["does_not_expire"]:
            return "It does not expire."
        if earned and earned > facts.today:
            return f"It is earned only on {earned.isoformat()}."
        if expires is None:
            return "It has no dates yet: a pursuit says that it is under way."
        return "" if record["current"] else "Another record of the same certification counts."

    def _problems(self, row: int) -> str:
        tab = self.judged.tables["certifications"].tab
        said = [
            f"{finding.message} {finding.fix}"
            for finding in self.judged.findings
            if (finding.tab, finding.row, finding.severity) == (tab, row, "error")
        ]
        return " ".join(["The row cannot be judged.", *said])


def _empty(value: Any) -> bool:
    return bool(pd.isna(value))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _day(value: Any) -> date | None:
    return None if _empty(value) else value.date()
