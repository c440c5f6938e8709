"""What a message asks for: by tier, by the way of renewal, and by how far that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from certsync.alerts.alert import Matter, Reason, Recipient
from certsync.alerts.hygiene import one_line
from certsync.alerts.stakes import Stake
from certsync.alerts.wording import long_date

_EARLY = (
    "Begin planning the renewal: write down the way to renew, a timeline, and the resources it "
    "needs."
)
_EXPIRED = "Update the documents of partners and clients that name it, and recertify."
_LAST_DAY = (
    "Today is the last day it counts: renew it today, or update the documents of partners and "
    "clients that name it, and recertify."
)
_GIVEN_UP = "The sheet says Not Renewing: tell who counts on it, and find who can replace it."
_PASSED_ON = (
    "Ask the holder and the manager what stands in the way, and settle who does what by when."
)
_CONTINGENCY = "and agree on a contingency for the time without it."
_ESCALATE = "Escalate today whatever stands in the way."


@dataclass(frozen=True)
class _Way:
    """The words for one way of renewal: from 90, 60 and 30 days, and after a week without it."""

    plan: str
    booked: str
    now: str
    again: str


_EXAM = _Way(
    "the exam date is set, study time is put aside, the materials are there",
    "Have the exam scheduled by now",
    "take the earliest exam date there is",
    "book the exam again",
)
_ASSESSMENT = _Way(
    "the day of the assessment is set, study time is put aside, the materials are there",
    "Have the day of the assessment set by now",
    "take the assessment at the next moment there is",
    "take it anew",
)
_CREDITS = _Way(
    "the credits that are missing are counted, and it is settled where they come from and when",
    "Have the missing credits booked by now",
    "earn and submit the credits that are missing",
    "earn it anew",
)
_OTHER = _Way(
    "the date is set, time is put aside, the materials are there",
    "Have the renewal scheduled by now",
    "take the earliest date there is",
    "earn it anew",
)
# Words under Renewal Method, as parts of what stands there; the first that is found counts.
_WAYS: Mapping[str, _Way] = {
    "exam": _EXAM,
    "assessment": _ASSESSMENT,
    "online": _ASSESSMENT,
    "pdu": _CREDITS,
    "ceu": _CREDITS,
    "cpe": _CREDITS,
    "cme": _CREDITS,
    "credit": _CREDITS,
}


def ask(about: Matter, to: Recipient, stake: Stake) -> str:
    """What to do about an expiring certification, in a sentence or two.

    What the sheet says of the renewal comes first, then what the config asks for in the tier.
    """
    if stake.status == "Not Renewing":
        return _GIVEN_UP
    if to.stands_in is Reason.NO_REACTION:
        return _PASSED_ON
    if about.ask:
        return one_line(about.ask, 300)
    left = about.days_to_expiry or 0
    if stake.status == "Completed":
        return "The sheet says Completed: write the new Expiration Date into the row."
    if stake.status == "Submitted":
        return (
            "It is submitted: ask the issuer how far that is, and write the new Expiration Date "
            "into the row."
        )
    if stake.status == "Scheduled" and left > 0 and about.expires:
        return (
            f"It is scheduled: make sure that the day lies before {long_date(about.expires)}, "
            "and that nothing stands in its way."
        )
    return _by_tier(about.days or 0, left, about.follow_up, _way(stake.method))


def _by_tier(days: int, left: int, follow_up: int, way: _Way) -> str:
    if left == 0:
        return _LAST_DAY
    if follow_up and left < 0:
        return (
            "Reinstate it: ask the issuer which steps that takes and until when it is possible, "
            f"or {way.again}. Keep partners and clients informed."
        )
    if days <= 0:
        return _EXPIRED
    if days <= 30:
        return f"Act immediately: {way.now}, {_CONTINGENCY}"
    if days <= 60:
        return f"{way.booked}. {_ESCALATE}"
    if days <= 90:
        return f"Confirm that the plan is on track: {way.plan}."
    return _EARLY


def _way(method: str) -> _Way:
    plain = method.casefold()
    found = (way for word, way in _WAYS.items() if word in plain)
    return next(found, _OTHER if plain else _EXAM)
