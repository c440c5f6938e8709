"""What the coordinator hears about a run itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from certsync.alerts.alert import Alert, Matter, Reason, Recipient, series
from certsync.alerts.tiers import People


def braked(
    reasons: Sequence[str], *, workbook: str, people: People, channels: Sequence[str], day: date
) -> list[Alert]:
    """Tells the coordinator, once a day, why a run stopped before it wrote or sent anything.

    Args:
        reasons: One sentence each.
        workbook: The workbook's identity in the ledger.
        people: Nobody is told where there is no coordinator.
        channels: The names of the channels.
        day: The day of the run.
    """
    if people.coordinator is None:
        return []
    to = Recipient(people.coordinator.email, people.coordinator.name, ("coordinator",))
    return [
        Alert(
            Matter(
                kind="run",
                series=series(workbook, "run", str(number), day.isoformat()),
                step="stopped",
                tier="Run Stopped",
                where=workbook,
                problem=reason,
                fix="Put it right. Only if a loss of rows is as it should be, run once with --yes.",
            ),
            to,
            channel,
            Reason.RUN_STOPPED,
        )
        for number, reason in enumerate(reasons, start=1)
        for channel in channels
    ]
