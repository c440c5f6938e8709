"""What becomes of an alert, as the run decides it, does it and shows it."""

from __future__ import annotations

from typing import NamedTuple

from certsync.alerts.alert import Alert, Reason, State
from certsync.alerts.ledger import Entry

_UNDELIVERED = {State.RETRY, State.FAILED, State.UNCERTAIN}


class Outcome(NamedTuple):
    """What becomes of one due alert, and why.

    `state` is PLANNED for an alert that is to be sent, and where it rests otherwise; after a
    delivery it is what came of it, with one sentence or nothing in `detail`. `entry` is what the
    ledger knew of the alert before.
    """

    alert: Alert
    state: State
    reason: Reason
    detail: str = ""
    entry: Entry | None = None

    @property
    def undelivered(self) -> bool:
        """Whether somebody who should know does not, or may not.

        Where another channel takes over what this one refuses, that one's outcome tells.
        """
        taken_over = self.state is State.FAILED and bool(self.alert.instead)
        return self.state in _UNDELIVERED and not taken_over

    @property
    def shown(self) -> bool:
        """Whether the summary of a run speaks of it."""
        return self.state is not State.SILENCED and self.reason is not Reason.TAKEN_OVER

    @property
    def channel(self) -> str:
        """The channel's name."""
        return self.alert.channel

    @property
    def recipient(self) -> str:
        """The address; empty where nobody can be told."""
        return self.alert.to.email

    @property
    def tier(self) -> str:
        """The tier's name, or what kind of alert it is."""
        return self.alert.about.tier

    @property
    def about(self) -> str:
        """What it is about, in a few words."""
        about = self.alert.about
        if about.title:
            return about.title
        return f"{about.person}: {about.certification}" if about.person else about.where

    def as_json(self) -> dict[str, object]:
        """The alert as `certsync run --json` shows it."""
        about = self.alert.about
        return {
            "key": self.alert.key,
            "tier": about.tier,
            "days": about.days,
            "employee_id": about.employee_id,
            "person": about.person,
            "certification": about.certification,
            "expiration_date": about.expires.isoformat() if about.expires else None,
            "days_to_expiry": about.days_to_expiry,
            "cell": about.where,
            "channel": self.alert.channel,
            "recipient": self.alert.to.email,
            "roles": list(self.alert.to.roles),
            "state": self.state.value,
            "reason": self.reason.value,
            "detail": self.detail,
        }
