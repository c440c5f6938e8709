"""Programs, clients and pursuits somebody asks for: each turn that is told, to whom and when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from certsync.alerts import programs as turned
from certsync.alerts import pursued
from certsync.alerts.watch import BAD, Seen, observed, subjects
from certsync.dashboard.text import counted
from certsync.why.ladder import Step
from certsync.why.next_run import NextRun

_GOES_ON = ("On Track", "At Risk")
_NOBODY = "Nobody can be told: the config names no such person, or none with an address."

_ALIKE = "A row above has the same name, tier and requirement: its turns are told."


@dataclass(frozen=True)
class Turning:
    """Something whose turns are told, with each of its turns; `name` and `what` are its names.

    `silence` says why there is nothing to tell of how it stands; empty if there is. `fields` are
    what JSON has of it beside these.
    """

    cell: str
    name: str
    what: str
    state: str
    reason: str
    silence: str
    steps: tuple[Step, ...]
    fields: Mapping[str, str | None]

    def as_json(self) -> dict[str, Any]:
        """The answer as plain values."""
        return {
            "cell": self.cell,
            **self.fields,
            "reason": self.reason or None,
            "silence": self.silence or None,
            "turns": [step.as_json() for step in self.steps],
        }


class _Turn(NamedTuple):
    """A turn with its first day, the word for it and its series of alerts."""

    since: date
    word: str
    series: str


def programs(run: NextRun, wanted: Sequence[int]) -> list[Turning]:
    """The answer for these positions in the requirements of the facts."""
    if not wanted:
        return []
    facts, known = run.judged.facts, defaultdict[str, list[_Turn]](list)
    for series in run.series():
        if seen := turned.seen(series):
            subject, word, since = seen
            known[subject].append(_Turn(date.fromisoformat(since), word, series))
    states = observed(facts, run.alerting.ledger.states()) if run.alerting else {}
    names, to = subjects(facts), run.rules.programs
    found = []
    line: Any
    for line in facts.requirements.iloc[list(wanted)].itertuples():
        table, turns = run.judged.tables[turned.TABS[line.kind]], known[names[line.Index]]
        now = states.get(names[line.Index])
        ahead = list(_breach(line, facts.policy.at_risk_days))
        if not line.ok:
            silence = run.problems(table.tab, int(line.row))
        elif names.index(names[line.Index]) != line.Index:
            silence, turns, ahead = _ALIKE, [], []
        elif now is None or any(turn.series in run.outcomes for turn in turns):
            silence = ""
        else:
            silence = _of_program(now)
        fields = {
            "kind": line.kind,
            "name": _text(line.name),
            "tier": _text(line.tier) or None,
            "requirement": _text(line.requirement),
            "compliance": line.compliance,
        }
        found.append(
            Turning(
                cell=f"{table.tab}!{table.ref(int(line.row), 'requirement')}",
                name=turned.title(line),
                what=_text(line.requirement),
                state=line.compliance,
                reason=_text(line.reason),
                silence=silence,
                steps=_steps(run, turns, ahead, to, "if nobody renews"),
                fields=fields,
            )
        )
    return found


def pursuits(run: NextRun, wanted: Sequence[int]) -> list[Turning]:
    """The answer for these positions in the pursuits of the facts."""
    if not wanted:
        return []
    facts, known = run.judged.facts, defaultdict[tuple[str, str], list[_Turn]](list)
    for series in run.series():
        if stopped := pursued.stopped(series):
            who, what, word, since = stopped
            silent = facts.policy.stalled_days if word == "Stalled" else 0
            begun = date.fromisoformat(since) + timedelta(days=silent + 1)
            known[who, what].append(_Turn(begun, word, series))
    table, to = run.judged.tables["pursuits"], run.rules.pursuits
    found = []
    line: Any
    for line in facts.pursuits.iloc[list(wanted)].itertuples():
        employee, person = _text(line.employee_id), _text(line.person)
        turns = known[(employee or person).casefold(), _text(line.name_key)]
        silence, ahead = "", list[tuple[str, date]]()
        if not line.ok:
            silence = run.problems(table.tab, int(line.row))
        elif employee in run.departed:
            silence = f"{person} has departed, so nobody is told."
        elif not to:
            silence = "The config tells nobody of pursuits."
        else:
            ahead = list(_halt(line, facts.policy.stalled_days))
            if line.status in _GOES_ON:
                silence = "There is nothing to tell while it goes on."
        found.append(
            Turning(
                cell=f"{table.tab}!{table.ref(int(line.row), 'certification')}",
                name=person,
                what=_text(line.certification),
                state=line.status,
                reason=_text(line.reason),
                silence=silence,
                steps=_steps(run, turns, ahead, to, "if nobody updates it"),
                fields={
                    "employee_id": employee or None,
                    "person": person,
                    "certification": _text(line.certification),
                    "target_date": _iso(line.target_date),
                    "status": line.status,
                },
            )
        )
    return found


def _steps(
    run: NextRun,
    turns: Sequence[_Turn],
    ahead: Sequence[tuple[str, date]],
    to: tuple[str, ...],
    unless: str,
) -> tuple[Step, ...]:
    """The turns that were told or are due, the oldest first, and those to come."""
    if run.alerting is None:
        return ()
    today = run.judged.facts.today
    told = [
        Step(
            turned.RECOVERED if turn.word == "Met" else turn.word,
            None,
            0,
            turn.since,
            to,
            lines=run.lines(turn.series),
        )
        for turn in sorted(turns)
    ]
    coming = [
        Step(word, None, 0, begins, to, "not yet", f"In {counted(left, 'day')}, {unless}.")
        for word, begins in ahead
        if (left := (begins - today).days) > 0
    ]
    return (*told, *coming)


def _of_program(now: Seen) -> str:
    """Why there is nothing to tell of a requirement that is in this state."""
    if now.state in BAD:
        return _NOBODY
    if now.before in BAD:
        return f"It is met again since {now.since.isoformat()}, which is no news any more."
    return "It is met, so there is nothing to tell."


def _breach(line: Any, at_risk_days: int) -> Iterator[tuple[str, date]]:
    """The states to come if nobody renews, each with its first day."""
    breach = _day(line.breach_date)
    if breach:
        if line.compliance == "Met":
            yield "At Risk", breach - timedelta(days=at_risk_days)
        yield "Not Met", breach


def _halt(line: Any, stalled_days: int) -> Iterator[tuple[str, date]]:
    """The states to come if nobody touches the row, each with its first day."""
    target, updated = _day(line.target_date), _day(line.last_updated)
    if target is None or line.status not in (*_GOES_ON, "Stalled"):
        return
    if updated and line.status in _GOES_ON:
        stalls = updated + timedelta(days=stalled_days + 1)
        if stalls <= target:
            yield "Stalled", stalls
    yield "Overdue", target + timedelta(days=1)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _day(value: Any) -> date | None:
    return None if value is None or value != value else value.date()


def _iso(value: Any) -> str | None:
    day = _day(value)
    return day.isoformat() if day else None
