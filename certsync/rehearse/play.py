"""Each coming day's run on a ledger in memory and a transport that keeps the messages.

The workbook is judged anew only on days on which more changes than the days that are left: when
a record is earned or renewed, a requirement turns, a pursuit stops, and under `strict` when a
record expires. Between two such days the certifications are the same but for their countdown, and
that is all the policy of alerts asks.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from certsync.alerts import pipeline
from certsync.alerts.alert import Alert, State
from certsync.alerts.channels.base import Channel, Receipt, Session
from certsync.alerts.digest import Digest, Message
from certsync.alerts.message import Letterhead
from certsync.alerts.watch import observed
from certsync.brake import brake, unreadable
from certsync.compute.facts import Facts, later
from certsync.compute.policy import Policy
from certsync.dashboard.text import counted, day
from certsync.errors import Refused
from certsync.judging import Alerting, Job, Judged, judge_tables, with_refusals
from certsync.progress import Step, silent
from certsync.rehearse.renewals import Renewal, Scenario, on_or_before, renewals, renewed
from certsync.sheets.findings import Finding
from certsync.sheets.read import read
from certsync.sheets.snapshot import Snapshot
from certsync.sheets.tables import Tables
from certsync.telling import certifications_today, due_today, missed_runs

MOST_DAYS = 3660


@dataclass(frozen=True)
class Letter:
    """One message of the rehearsal, with what it tells, the most urgent first."""

    on: date
    recipient: str
    name: str
    channel: str
    alerts: tuple[Alert, ...]


@dataclass(frozen=True)
class Rehearsal:
    """Every message from `first` on for so many days. `notes` are sentences for the operator."""

    workbook: str
    first: date
    days: int
    scenario: Scenario
    letters: tuple[Letter, ...]
    renewals: tuple[Renewal, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def last(self) -> date:
        """The last day that was played."""
        return self.first + timedelta(days=self.days - 1)


def rehearse(
    snapshot: Snapshot,
    job: Job,
    *,
    now: datetime,
    first: date,
    days: int,
    at: time = time(7, 30),
    scenario: Scenario = Scenario.NOBODY_RENEWS,
    step: Step = silent,
) -> Rehearsal:
    """Play a run at `at` on each of `days` days, beginning with `first`; `now` is the clock's.

    `job.alerting` holds a copy of the ledger in memory: it is written to. A day with more
    messages than `max_messages` is played as if somebody had said yes, and noted.

    Raises Refused if the workbook lacks what nothing can be judged without.
    """
    world = _World(snapshot, job, first, first + timedelta(days=days - 1), scenario)
    if job.alerting is None:
        note = "Alerts are switched off in the config, so nothing is sent."
        return Rehearsal(snapshot.name, first, days, scenario, (), world.renewals, (note,))
    letters = tuple(_play(world, job, job.alerting, now, at, step))
    notes = (*world.notes, *_too_many(letters, job.alerting.max_messages))
    return Rehearsal(snapshot.name, first, days, scenario, letters, world.renewals, notes)


def _play(
    world: _World, job: Job, alerting: Alerting, clock: datetime, at: time, step: Step
) -> Iterator[Letter]:
    posts = [_Post(channel) for channel in alerting.channels]
    job = replace(job, alerting=replace(alerting, channels=posts))
    ledger, rules = alerting.ledger, alerting.rules
    render = _Blank(alerting.letterhead)
    heard: set[tuple[str, str]] = set()
    month = ""
    others: list[Alert] = []
    refusals: Mapping[str, str] = {}
    owed = missed_runs(job, _first_run(world.first, at, clock))
    for judged, anew in world.each_day():
        today = judged.facts.today
        now = datetime.combine(today, at)
        if month != (month := f"{today:%B %Y}"):
            step(f"Playing {month}")
        if anew or today.weekday() == rules.weekly or refusals != ledger.refusals():
            refusals = ledger.refusals()
            due = due_today(job, with_refusals(judged, job), now)
            ledger.observe(observed(judged.facts, ledger.states()))
            others = [alert for alert in due if alert.about.kind != "expiry"]
        else:
            # Rows, programs and pursuits are as yesterday, and so is who is told of them.
            due = [*certifications_today(job, judged, now), *others]
        alerts = _news([*due, *owed], heard)
        outcomes = pipeline.deliver(
            alerts, ledger, posts, render, now, approved=True, threads=rules.threads
        )
        open_still = {(o.alert.key, o.channel) for o in outcomes if o.state is not State.SENT}
        heard |= {(alert.key, alert.channel) for alert in alerts} - open_still
        for post in posts:
            yield from (_letter(digest, today) for digest in post.taken())


def _first_run(first: date, at: time, clock: datetime) -> datetime:
    """When the first run looks back for days without one: at its hour, unless that has passed.

    Where another day than today is judged, a run still goes by the clock.
    """
    return max(clock, datetime.combine(first, at)) if first == clock.date() else clock


def _news(alerts: Sequence[Alert], heard: Collection[tuple[str, str]]) -> list[Alert]:
    """The alerts of each matter of which somebody has not heard yet.

    All others would be decided as sent before; to ask the ledger of them each day is most of
    the work. A matter comes whole, for what is due to one decides what is closed for another.
    """
    keys = [(alert, (alert.key, alert.channel)) for alert in alerts]
    news = {alert.about.series for alert, key in keys if key not in heard}
    return [alert for alert in alerts if alert.about.series in news]


def _letter(digest: Digest, today: date) -> Letter:
    return Letter(today, digest.to.email, digest.to.name, digest.channel, digest.alerts)


def _too_many(letters: Sequence[Letter], limit: int) -> Iterator[str]:
    for on, count in sorted(Counter(letter.on for letter in letters).items()):
        if count > limit:
            yield (
                f"On {day(on)} a run would send {counted(count, 'message')}, more than the "
                f"{limit:,} of `max_messages`. They wait for a run with --yes; here they go out."
            )


class _World:
    """The workbook on each of the days."""

    def __init__(
        self, snapshot: Snapshot, job: Job, first: date, last: date, scenario: Scenario
    ) -> None:
        self.snapshot, self.job, self.first, self.last = snapshot, job, first, last
        self.tables, self.unread = read(snapshot, job.reading)
        self.renewals: tuple[Renewal, ...] = ()
        begin = self._judge(first)
        if reasons := unreadable(begin.tables, begin.findings):
            raise Refused(" ".join(reasons))
        self.notes = [
            f"The next run is refused before it sends anything: {reason}"
            for reason in brake(begin.tables, begin.findings, job.previous_rows)
        ]
        if scenario is Scenario.PURSUITS_SUCCEED:
            found, notes = renewals(begin.facts, last)
            self.renewals = tuple(found)
            self.notes += notes

    def each_day(self) -> Iterator[tuple[Judged, bool]]:
        """What holds on each day, and whether it was judged anew or is as yesterday."""
        known = turning_days(self.tables, self.job.policy) | {one.on for one in self.renewals}
        today, judged = self.first, self._judge(self.first)
        turning = known | turns(judged.facts)
        while today <= self.last:
            anew = today in turning or today == self.first
            if today in turning:
                judged = self._judge(today)
                turning = known | turns(judged.facts)
            yield replace(judged, facts=later(judged.facts, today)), anew
            today += timedelta(days=1)

    def _judge(self, today: date) -> Judged:
        tables: Tables = self.tables
        if done := on_or_before(self.renewals, today):
            tables = {**tables, "certifications": renewed(tables["certifications"], done)}
        unread: list[Finding] = self.unread
        return judge_tables(self.snapshot, tables, unread, self.job, today)


def turning_days(tables: Tables, policy: Policy) -> set[date]:
    """The days on which other records count, or others are wrong, than on the day before."""
    table = tables.get("certifications")
    if table is None:
        return set()
    found = {at.date() for at in table.frame["date_earned"].dropna()}
    if policy.strict:
        expires = table.frame["expiration_date"].dropna()
        found |= {at.date() + timedelta(days=1) for at in expires}
    return found


def turns(facts: Facts) -> set[date]:
    """The days on which a requirement or a pursuit may turn, if no record is added till then."""
    policy, found = facts.policy, set[date]()
    for breach in facts.requirements["breach_date"].dropna():
        found |= {breach.date(), breach.date() - timedelta(days=policy.at_risk_days)}
    pursuits, records = facts.pursuits, facts.certifications
    for target in pursuits["target_date"].dropna():
        found.add(target.date() + timedelta(days=1))
    for updated in pursuits["last_updated"].dropna():
        found.add(updated.date() + timedelta(days=policy.stalled_days + 1))
    pursued = set(zip(pursuits["employee_id"], pursuits["name_key"], strict=True))
    held = zip(records["employee_id"], records["name_key"], records["expiration_date"], strict=True)
    for who, what, expires in held:
        if (who, what) in pursued and expires == expires:
            found.add(expires.date() + timedelta(days=1))
    return found


class _Post:
    """A channel that takes everything over and keeps it."""

    def __init__(self, channel: Channel) -> None:
        self.name, self.chat = channel.name, channel.chat
        self.direct, self.place = channel.direct, channel.place
        self.per_day = channel.per_day
        self._taken: list[Digest] = []

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """Nothing has to be opened."""
        yield self

    def send(self, message: Message) -> Receipt:
        """Keep what the message tells."""
        self._taken.append(message.digest)
        return Receipt(State.SENT)

    def forms(self, message: Message) -> Mapping[str, bytes]:
        """It has none: nobody looks at it."""
        del message
        return {}

    def trouble(self) -> str:
        """There is none."""
        return ""

    def taken(self) -> list[Digest]:
        """What was taken over since the last time."""
        found, self._taken = self._taken, []
        return found


@dataclass(frozen=True)
class _Blank:
    """Messages without a word: nobody reads them."""

    letterhead: Letterhead

    def __call__(self, digest: Digest, now: datetime) -> Message:
        return Message(
            digest=digest,
            message_id=digest.message_id or f"<{digest.fingerprint}@rehearsal>",
            sender=self.letterhead.sender,
            reply_to=None,
            list_name="",
            subject="",
            text="",
            html="",
            written=now,
        )
