"""What the next run does about everything somebody asks for, and what runs did before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import pandas as pd

from certsync.alerts.alert import State, series
from certsync.alerts.ladders import ladders
from certsync.brake import unreadable
from certsync.errors import Refused
from certsync.judging import Job, Judged
from certsync.why import find, turns
from certsync.why.escalation import Escalations
from certsync.why.ladder import Calendar, Step, ladder
from certsync.why.next_run import NextRun
from certsync.why.turns import Turning

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
    """Every match: certifications, the most urgent first, then programs, clients and pursuits.

    `idle` are members whom the words name where they name no certification, `near` the names that
    may be meant where they name nothing. `notes` are sentences about the next run as a whole.
    """

    as_of: date
    workbook: str
    words: str
    matches: tuple[Match, ...]
    programs: tuple[Turning, ...] = ()
    pursuits: tuple[Turning, ...] = ()
    idle: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0, or 1 where nothing matches."""
        return 0 if self.found else 1

    @property
    def found(self) -> bool:
        """Whether the words name anything that alerts are about."""
        return bool(self.matches or self.programs or self.pursuits)

    def to_json(self) -> dict[str, Any]:
        """The object `--json` prints."""
        return {
            "schema_version": SCHEMA_VERSION,
            "as_of": self.as_of.isoformat(),
            "workbook": self.workbook,
            "matches": [match.as_json() for match in self.matches],
            "programs": [one.as_json() for one in self.programs],
            "pursuits": [one.as_json() for one in self.pursuits],
            "without_certification": list(self.idle),
            "near": list(self.near),
            "notes": list(self.notes),
        }


def explain(words: str, judged: Judged, job: Job, now: datetime) -> Answer:
    """What was, is and will be told of the certifications, programs and pursuits `words` name.

    `job.alerting` holds a copy of the ledger, since what a crash left behind is put right in it;
    None where alerts are switched off.

    Raises Refused if the workbook lacks what nothing can be judged without.
    """
    if reasons := unreadable(judged.tables, judged.findings):
        raise Refused(" ".join(reasons))
    facts = judged.facts
    records = find.records(facts, words)
    of_programs, of_pursuits = find.programs(facts, words), find.pursuits(facts, words)
    idle = [] if records else find.people(facts, words)
    empty = Answer(facts.today, judged.snapshot.name, words, (), idle=tuple(idle))
    if not (records or of_programs or of_pursuits):
        return empty if idle else replace(empty, near=tuple(find.near(facts, words)))
    run = NextRun(judged, job, now)
    mine = _Records(run, now.date())
    matches = (mine.match(at, earlier) for at, earlier in _groups(facts.certifications, records))
    return replace(
        empty,
        matches=tuple(sorted(matches, key=_urgency)),
        programs=tuple(turns.programs(run, of_programs)),
        pursuits=tuple(turns.pursuits(run, of_pursuits)),
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


class _Records:
    """What the next run does about certifications."""

    def __init__(self, run: NextRun, clock: date) -> None:
        self.run, self.judged, self.alerting = run, run.judged, run.alerting
        self.ladders, self.choice = ladders(run.judged.facts, run.rules)
        self.of_cell: dict[str, list[str]] = defaultdict(list)
        for name, outcomes in run.outcomes.items():
            about = outcomes[0].alert.about
            if about.kind == "row":
                self.of_cell[about.where].append(name)
        if run.alerting:
            self.escalations = Escalations(run.judged, run.alerting, run.workbook, clock)

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
        told, outcomes = self.run.told({name}), self.run.outcomes.get(name, ())
        coming = [] if silent else self.escalations.next(name, outcomes, calendar.turning())
        return ladder(calendar, outcomes, told, self.run.closed, self.run.names, coming)

    def _data_steps(self, row: int) -> list[Step]:
        """What the coordinator is told of a row that cannot be judged."""
        found = []
        table = self.judged.tables["certifications"]
        for finding in self.judged.findings:
            if (finding.tab, finding.row, finding.severity) == (table.tab, row, "error"):
                series = self.of_cell.get(finding.where, [])
                here = tuple(line for name in series for line in self.run.lines(name))
                reason = "" if here else "The config names no coordinator to tell of it."
                found.append(
                    Step("Data Issue", None, 0, None, ("coordinator",), "none", reason, here)
                )
        return found

    def _series(self, record: Any, expires: date) -> str:
        """The name the policy gives the alerts of this record."""
        who = _text(record["employee_id"]) or _text(record["person"])
        return series(
            self.run.workbook, who.casefold(), _text(record["name_key"]), expires.isoformat()
        )

    def _earlier(self, at: int) -> Earlier:
        record: Any = self.judged.facts.certifications.iloc[at]
        expires = _day(record["expiration_date"])
        told = self.run.told({self._series(record, expires)}) if expires else []
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
            return self.run.problems(self.judged.tables["certifications"].tab, int(record["row"]))
        if _text(record["employee_id"]) in self.run.departed:
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


def _empty(value: Any) -> bool:
    return bool(pd.isna(value))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _day(value: Any) -> date | None:
    return None if _empty(value) else value.date()
