"""The numbers a run judges by. Days are calendar days."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Policy:
    """`strict` leaves unverified records out of the counts. The last three concern pursuits."""

    expiring_soon_days: int = 90
    at_risk_days: int = 90
    grace_days: int = 0
    strict: bool = False
    stalled_days: int = 30
    pursuit_risk_days: int = 30
    renewal_window_days: int = 180
