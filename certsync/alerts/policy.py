"""What is due today: every matter that holds, for everybody it tells, through every channel.

A tier is a window, not a day: it is due from its first day on until it was sent. Nothing here
asks what was sent before; that is `dedup`'s part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from certsync.alerts.alert import Alert, Matter, Reason
from certsync.alerts.directory import Directory, Recipients, joined
from certsync.alerts.expiring import Crossed, expiring
from certsync.alerts.programs import RECOVERED, thread, turned
from certsync.alerts.pursued import halted
from certsync.alerts.routes import CHAT_BEYOND, Reach, Routes
from certsync.alerts.rules import Rules
from certsync.alerts.silence import FROM_DAYS, Reactions
from certsync.alerts.tiers import Tier
from certsync.alerts.watch import States, subjects
from certsync.alerts.weekly import broken_rows, quiet

if TYPE_CHECKING:
    from certsync.compute.consequences import Consequence
    from certsync.compute.facts import Facts
    from certsync.sheets.findings import Finding
    from certsync.sheets.tables import Tables

_CALM, _URGENT = CHAT_BEYOND + 1, 0


def due(
    facts: Facts,
    tables: Tables,
    findings: Iterable[Finding],
    *,
    workbook: str,
    rules: Rules,
    channels: Sequence[Reach],
    states: States,
) -> list[Alert]:
    """Every alert that holds today, one for each matter, recipient and channel.

    A snoozed record comes with `Reason.SNOOZED`, one that nobody can be told of with
    `Reason.NO_RECIPIENT`; what waits for a silence to end with `Reason.NO_REACTION`, and the note
    that all is quiet whether or not it is.

    Args:
        facts: What holds today.
        tables: The tabs the facts were computed from; they give the cells.
        findings: What is wrong in them.
        workbook: The workbook's identity in the ledger.
        rules: Who hears of what.
        channels: Those the alerts go through.
        states: What was seen of each program up to today; see `watch.observed`.
    """
    caller = _Caller(facts, tables, workbook, rules, channels)
    return [
        *caller.programs(states),
        *caller.certifications(),
        *caller.pursuits(),
        *caller.desk(findings),
    ]


def due_of_certifications(
    facts: Facts, tables: Tables, *, workbook: str, rules: Rules, channels: Sequence[Reach]
) -> list[Alert]:
    """Those of `due` about certifications: while nobody edits, the only ones each day changes."""
    return list(_Caller(facts, tables, workbook, rules, channels).certifications())


class _Caller:
    """One look at the facts: matters become alerts."""

    def __init__(
        self,
        facts: Facts,
        tables: Tables,
        workbook: str,
        rules: Rules,
        channels: Sequence[Reach],
    ) -> None:
        self.facts, self.tables, self.workbook, self.rules = facts, tables, workbook, rules
        self.directory = Directory(facts.members, rules.people)
        self.routes = Routes(channels)

    def certifications(self) -> Iterator[Alert]:
        """Records that expire, for the people of the tightest tier they crossed."""
        crossed = expiring(self.facts, self.tables, self.workbook, self.directory, self.rules)
        hangs = self._consequences(crossed)
        reactions = Reactions(self.facts)
        names = subjects(self.facts) if self.rules.threads else []
        for matter, tier, reason in crossed:
            breaks = [one for one in hangs.get(matter.record or 0, ()) if one.breaks]
            if self.rules.threads and breaks:
                program = names[breaks[0].requirement]
                matter = matter._replace(thread=thread(self.workbook, program))
            if tier.ask:
                matter = matter._replace(ask=tier.ask)
            to = self._holders_people(matter, tier, breaks)
            ways = self.routes.by_urgency(tier.days, tier.channels)
            yield from ways.alerts(matter, to, reason)
            if (
                reason is not Reason.SNOOZED
                and self.rules.escalate_after_days
                and tier.days <= FROM_DAYS
                and "manager" in tier.to
                and not reactions.to(matter.record, matter.employee_id)
            ):
                known = {who.email.lower() for who in to}
                above = self.directory.above(matter.employee_id)
                next_up = [who for who in above if who.email.lower() not in known]
                only_people = ways._replace(places=())
                yield from only_people.alerts(matter, next_up, Reason.NO_REACTION)

    def programs(self, states: States) -> Iterator[Alert]:
        """Programs and clients that turned."""
        for matter, owner in turned(self.facts, self.tables, states, self.workbook):
            to = [
                who
                for role in self.rules.programs
                for who in (
                    self.directory.owner(owner)
                    if role == "owner"
                    else self.directory.recipients("", (role,), stand_in=False)
                )
            ]
            if "owner" in self.rules.programs and owner and not self.directory.owner(owner):
                missing = f'The owner "{owner}" is not in Team Members, so nobody hears as owner.'
                matter = matter._replace(fix=f"{matter.fix} {missing}".strip())
            days = _CALM if matter.tier == RECOVERED else _URGENT
            if to:
                ways = self.routes.by_urgency(days)
                yield from ways.alerts(matter, joined(to), Reason.STATE_CHANGED)

    def pursuits(self) -> Iterator[Alert]:
        """Pursuits that stalled or are overdue, but not those of people who have departed."""
        if not self.rules.pursuits:
            return
        ways = self.routes.by_urgency(_CALM)
        for matter in halted(self.facts, self.tables, self.workbook):
            if matter.employee_id not in self.directory.departed:
                to = self.directory.recipients(matter.employee_id, self.rules.pursuits)
                yield from ways.alerts(matter, to, Reason.STATE_CHANGED)

    def desk(self, findings: Iterable[Finding]) -> Iterator[Alert]:
        """What the coordinator alone hears: rows to put right, and that all is quiet."""
        coordinator = self.directory.coordinator()
        if coordinator is None:
            return
        ways, weekday = self.routes.clerical(), self.rules.weekly
        for matter in broken_rows(self.facts, self.tables, findings, self.workbook, weekday):
            yield from ways.alerts(matter, (coordinator,), Reason.DATA_PROBLEM)
        if self.rules.all_quiet and weekday is not None:
            matter = quiet(self.facts, self.workbook, weekday)
            yield from ways.alerts(matter, (coordinator,), Reason.ALL_QUIET)

    def _holders_people(
        self, matter: Matter, tier: Tier, breaks: Sequence[Consequence]
    ) -> Recipients:
        """Everybody a tier tells of a certification."""
        if "owner" not in tier.to:
            return self.directory.recipients(matter.employee_id, tier.to)
        roles = tuple(role for role in tier.to if role != "owner")
        written = self.facts.requirements["owner"]
        owners = [
            who
            for one in breaks
            if isinstance(written.iloc[one.requirement], str)
            for who in self.directory.owner(written.iloc[one.requirement])
        ]
        alone = not owners
        others = self.directory.recipients(matter.employee_id, roles, stand_in=alone)
        return joined([*others, *owners])

    def _consequences(self, crossed: Sequence[Crossed]) -> dict[int, list[Consequence]]:
        """What hangs on the records for which somebody asks that."""
        wanted = [
            matter.record
            for matter, tier, _ in crossed
            if matter.record is not None and (self.rules.threads or "owner" in tier.to)
        ]
        if not wanted:
            return {}
        from certsync.compute.consequences import consequences

        return consequences(self.facts, wanted)
