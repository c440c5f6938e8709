"""The definitions once more, in plain Python: loops over people and days, nothing clever.

Selectors are not parsed here: `means` maps each selector's text to what it means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from certsync.compute.policy import Policy
from tests.compute.build import Member, Pursuit, Record, Requirement, World

DAY = timedelta(days=1)
HORIZON = 30
Means = Mapping[str, Callable[[str, str | None], bool]]


@dataclass(frozen=True)
class Held:
    """One record that a requirement's selector matches."""

    certification: int
    reason: str
    count_after: int | None
    decisive: bool


@dataclass(frozen=True)
class Judged:
    """What holds for one requirement."""

    compliance: str
    certified: int | None
    breach_date: date | None
    breach_count: int | None
    unverified: int | None
    on_leave: int | None
    held: tuple[Held, ...]


@dataclass(frozen=True)
class Oracle:
    """What holds in `world` on `today`; records and people are told by their place in it."""

    world: World
    means: Means
    policy: Policy
    today: date

    def key(self, text: str | None) -> str | None:
        """A name without case, spaces and punctuation."""
        return None if text is None else "".join(c for c in text.lower() if c.isalnum())

    def member(self, employee_id: str | None) -> Member | None:
        """The first good row of this person, if it says whether the person works here."""
        for row in self.world.members:
            if row.ok and row.employee_id is not None and row.employee_id == employee_id:
                return row if row.status in ("Active", "On Leave", "Departed") else None
        return None

    def verified(self, record: Record) -> str:
        """The word under Verified; an empty cell is Pending if anybody uses the column."""
        if record.verified is not None:
            return record.verified
        tracked = self.policy.strict or any(r.verified is not None for r in self.world.records)
        return "Pending" if tracked else "Verified"

    def judged(self, record: Record) -> bool:
        """Whether the row says whose, what and until when."""
        if not record.ok or record.employee_id is None or record.certification is None:
            return False
        return record.expires is not None or record.earned is None

    def waiting(self, record: Record) -> bool:
        """Nothing is earned yet."""
        if not self.judged(record):
            return False
        if record.expires is None:
            return True
        return record.earned is not None and record.earned > self.today

    def may_count(self, record: Record) -> bool:
        """Whether the record may be the one that counts."""
        rejected = self.verified(record) == "Rejected"
        return self.judged(record) and not self.waiting(record) and not rejected

    def valid(self, record: Record, on: date) -> bool:
        """Valid through the day of expiration."""
        if record.expires == "never":
            return True
        return record.expires is not None and record.expires >= on

    def rank(self, place: int) -> tuple[bool, date, date, int]:
        """The greatest rank leads: lifetime, latest expiration, latest earned, first row."""
        record = self.world.records[place]
        ends = record.expires if isinstance(record.expires, date) else date.min
        return (record.expires == "never", ends, record.earned or date.min, -place)

    def leader(self, employee_id: str, key: str, verified_only: bool) -> int | None:
        """The record that counts for a person and certification."""
        places = [
            place
            for place, record in enumerate(self.world.records)
            if self.may_count(record)
            and record.employee_id == employee_id
            and self.key(record.certification) == key
            and not (verified_only and self.verified(record) != "Verified")
        ]
        return max(places, key=self.rank, default=None)

    def current(self, place: int) -> bool:
        """Strict prefers a record that is Verified and valid today."""
        record = self.world.records[place]
        if not self.may_count(record):
            return False
        return self._leads(record) == place

    def _leads(self, record: Record) -> int | None:
        person, key = record.employee_id, self.key(record.certification)
        assert person is not None
        assert key is not None
        if self.policy.strict:
            first = self.leader(person, key, verified_only=True)
            if first is not None and self.valid(self.world.records[first], self.today):
                return first
        return self.leader(person, key, verified_only=False)

    def days(self, place: int) -> int | None:
        """Days to expiry."""
        record = self.world.records[place]
        if not self.judged(record) or not isinstance(record.expires, date):
            return None
        return (record.expires - self.today).days

    def status(self, place: int) -> str:
        """The status of one record."""
        record = self.world.records[place]
        if not self.judged(record):
            return "Unknown"
        if self.waiting(record):
            return "In Progress"
        if self.may_count(record):
            leads = self._leads(record)
            assert leads is not None
            if self.rank(leads) > self.rank(place):
                return "Renewed"
        days = self.days(place)
        if days is None:
            return "Active"
        if days < 0:
            return "Expired"
        return "Expiring Soon" if days <= self.policy.expiring_soon_days else "Active"

    def issuer(self, record: Record) -> str | None:
        """The issuing body; an empty cell takes the one the certification has elsewhere."""
        if record.issuing_body is not None:
            return record.issuing_body
        others = {
            self.key(other.issuing_body): other.issuing_body
            for other in self.world.records
            if other.issuing_body is not None
            and self.key(other.certification) == self.key(record.certification)
        }
        return next(iter(others.values())) if len(others) == 1 else None

    def matches(self, record: Record, selector: str) -> bool:
        """Whether the selector means this record."""
        if record.certification is None:
            return False
        return self.means[selector](record.certification, self.issuer(record))

    def units(
        self, requirement: Requirement, on: date, verified_only: bool
    ) -> set[tuple[str | None, ...]]:
        """Whom or what the requirement counts on a day, if nobody renews."""
        found: set[tuple[str | None, ...]] = set()
        for place, record in enumerate(self.world.records):
            member = self.member(record.employee_id)
            if member is None or member.status == "Departed" or not self.may_count(record):
                continue
            key = self.key(record.certification)
            assert record.employee_id is not None
            assert key is not None
            assert requirement.requirement is not None
            leads = self.leader(record.employee_id, key, verified_only)
            if leads == place and self.valid(record, on):
                if not self.matches(record, requirement.requirement):
                    continue
                pair = (record.employee_id, key)
                found.add(pair if requirement.count == "Certifications" else pair[:1])
        return found

    def reason(self, place: int) -> str:
        """Why a matched record does not count; "" if it does."""
        record = self.world.records[place]
        member = self.member(record.employee_id)
        if member is not None and member.status == "Departed":
            return "departed"
        if member is None or not self.judged(record):
            return "not judged"
        if self.verified(record) == "Rejected":
            return "rejected"
        if self.waiting(record):
            return "not yet earned"
        if self.status(place) == "Renewed":
            return "history"
        if not self.valid(record, self.today):
            return "expired"
        if self.policy.strict and self.verified(record) != "Verified":
            return "unverified"
        return ""

    def known(self, selector: str) -> bool:
        """Whether the selector means any certification held or pursued."""
        held = any(self.matches(record, selector) for record in self.world.records)
        targets = [
            self.matches(Record(None, row.certification), selector) for row in self.world.pursuits
        ]
        return held or any(targets)

    def requirement(self, requirement: Requirement) -> Judged:
        """Everything about one requirement."""
        text, minimum = requirement.requirement, requirement.minimum
        if not requirement.ok or text is None or minimum is None or not self.known(text):
            return Judged("Unknown", None, None, None, None, None, ())
        strict = self.policy.strict

        def count(on: date) -> int:
            return len(self.units(requirement, on, strict))

        now = self.units(requirement, self.today, strict)
        unverified = max(len(now) - len(self.units(requirement, self.today, True)), 0)
        on_leave = 0
        for unit in now:
            member = self.member(unit[0])
            on_leave += member is not None and member.status == "On Leave"
        breach = None
        if len(now) >= minimum:
            for ahead in range(1, HORIZON):
                if count(self.today + ahead * DAY) < minimum:
                    breach = self.today + ahead * DAY
                    break
        soon = self.today + timedelta(days=self.policy.at_risk_days)
        if len(now) < minimum:
            word = "Not Met"
        elif (breach is not None and breach <= soon) or len(now) - unverified < minimum:
            word = "At Risk"
        else:
            word = "Met"
        return Judged(
            compliance=word,
            certified=len(now),
            breach_date=breach,
            breach_count=None if breach is None else count(breach),
            unverified=unverified,
            on_leave=on_leave,
            held=tuple(self._held(requirement)),
        )

    def _held(self, requirement: Requirement) -> Sequence[Held]:
        assert requirement.requirement is not None
        out = []
        for place, record in enumerate(self.world.records):
            if not self.matches(record, requirement.requirement):
                continue
            reason, after, decisive = self.reason(place), None, False
            if not reason and isinstance(record.expires, date):
                pair = (record.employee_id, self.key(record.certification))
                unit = pair if requirement.count == "Certifications" else pair[:1]
                strict = self.policy.strict
                before = self.units(requirement, record.expires, strict)
                later = self.units(requirement, record.expires + DAY, strict)
                after, decisive = len(later), unit in before and unit not in later
            out.append(Held(place, reason, after, decisive))
        return out

    def pursuit(self, pursuit: Pursuit) -> str:
        """The status of one pursuit."""
        policy, today, target = self.policy, self.today, pursuit.target
        person, key = pursuit.employee_id, self.key(pursuit.certification)
        if not pursuit.ok or target is None or person is None or key is None:
            return "Unknown"
        held = [
            record
            for place, record in enumerate(self.world.records)
            if self.current(place)
            and record.employee_id == person
            and self.key(record.certification) == key
        ]
        beyond = target + timedelta(days=policy.renewal_window_days)
        for record in held:
            after_exam = (
                pursuit.exam is not None
                and record.earned is not None
                and record.earned >= pursuit.exam
            )
            far = record.expires == "never" or (
                isinstance(record.expires, date) and record.expires > beyond
            )
            if self.valid(record, today) and (after_exam or far):
                return "Passed"
        if target < today:
            return "Overdue"
        if pursuit.updated is not None and (today - pursuit.updated).days > policy.stalled_days:
            return "Stalled"
        if pursuit.exam is not None and pursuit.exam > target:
            return "At Risk"
        planned = (
            pursuit.exam_scheduled is True
            or pursuit.exam is not None
            or pursuit.study_status == "Ready for Exam"
        )
        if (target - today).days <= policy.pursuit_risk_days and not planned:
            return "At Risk"
        for record in held:
            if isinstance(record.expires, date) and record.expires < target:
                return "At Risk"
        return "On Track"

    def active(self, employee_id: str) -> tuple[int, date | None]:
        """How many current records of a person are valid today, and the first to expire."""
        held = [
            record.expires
            for place, record in enumerate(self.world.records)
            if record.employee_id == employee_id
            and self.current(place)
            and self.valid(record, self.today)
        ]
        return len(held), min((end for end in held if isinstance(end, date)), default=None)
