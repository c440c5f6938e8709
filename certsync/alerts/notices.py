"""What the coordinator hears about the runs themselves. Times are local, as in the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from certsync.alerts.alert import Alert, Matter, Reason, Recipient, series
from certsync.alerts.ledger import COMPLETE, Run
from certsync.alerts.routes import Reach, Routes
from certsync.alerts.tiers import People
from certsync.dashboard.text import counted, weekday
from certsync.errors import (
    AlreadyRunning,
    CertsyncError,
    ConfigError,
    LedgerError,
    Refused,
    WorkbookError,
)

LONGEST = timedelta(hours=26)
"""From the end of one complete run to the next: a day, an hour for the clock's, one for delays."""

LOOK_BACK = timedelta(days=7)
"""So long the coordinator is owed word of days without a run, should a mail not get through."""

_TOLD_OTHERWISE = (ConfigError, LedgerError, AlreadyRunning, Refused)
"""Nobody can be told of the first two, the third is no failure, and the brake tells of itself."""

_ENDS = (
    ("error", "failed", "failed"),
    ("refused", "stopped without sending anything", "stopped without sending anything"),
    (None, "did not come to its end", "did not come to their end"),
)
_NO_RUN = (
    "Make sure that the computer that runs certsync is on and its scheduler starts it: "
    "`certsync schedule` prints the lines."
)
_TRY = "`certsync doctor` tries what a run needs and says what to put right."
_ENDED = (
    "Find out what ended it: the deadline (`deadline_minutes` under `schedule:`), or a computer "
    "that was switched off."
)


class _Gap(NamedTuple):
    """From the end of a complete run to the next one's start, with the runs in between."""

    since: datetime
    until: datetime
    between: Sequence[Run]


def braked(
    reasons: Sequence[str], *, workbook: str, people: People, channels: Sequence[Reach], day: date
) -> list[Alert]:
    """Tells the coordinator, once a day, why a run stopped before it wrote or sent anything.

    Args:
        reasons: One sentence each.
        workbook: The workbook's identity in the ledger.
        people: Nobody is told where there is no coordinator.
        channels: Those the notice goes through.
        day: The day of the run.
    """
    matters = [
        Matter(
            kind="run",
            series=series(workbook, "run", str(number), day.isoformat()),
            step="stopped",
            tier="Run Stopped",
            where=workbook,
            problem=reason,
            fix="Put it right. Only if a loss of rows is as it should be, run once with --yes.",
        )
        for number, reason in enumerate(reasons, start=1)
    ]
    return _to_coordinator(matters, people, channels, Reason.RUN_STOPPED)


def held(
    reason: str, *, workbook: str, people: People, channels: Sequence[Reach], day: date
) -> list[Alert]:
    """Tells the coordinator, once a day, that nobody was told since it would be too many messages.

    Args:
        reason: How many there are and may be, in a sentence.
        workbook: The workbook's identity in the ledger.
        people: Nobody is told where there is no coordinator.
        channels: Those the notice goes through.
        day: The day of the run.
    """
    matter = Matter(
        kind="run",
        series=series(workbook, "run", "held", day.isoformat()),
        step="held",
        tier="Alerts Held",
        where=workbook,
        problem=reason,
        fix="Until then nobody hears of anything, however urgent it is.",
    )
    return _to_coordinator([matter], people, channels, Reason.RUN_STOPPED)


def failed(
    error: Exception,
    *,
    workbook: str,
    shown: str,
    people: People,
    channels: Sequence[Reach],
    day: date,
) -> list[Alert]:
    """Tells the coordinator, once a day, which error ended a run; nothing of some kinds.

    Args:
        error: What ended it.
        workbook: The workbook's identity in the ledger.
        shown: Its name as people know it.
        people: Nobody is told where there is no coordinator.
        channels: Those the notice goes through.
        day: The day of the run.
    """
    if isinstance(error, _TOLD_OTHERWISE):
        return []
    problem, fix = _sentence(error)
    what = "could not be read or written" if isinstance(error, WorkbookError) else "is not done"
    matter = Matter(
        kind="run",
        series=series(workbook, "run", "failed", day.isoformat()),
        step="failed",
        tier="Run Failed",
        where=shown,
        problem=problem,
        fix=fix,
        title=f"certsync failed: {shown} {what}",
    )
    return _to_coordinator([matter], people, channels, Reason.RUN_FAILED)


def missed(
    runs: Sequence[Run],
    *,
    workbook: str,
    shown: str,
    people: People,
    channels: Sequence[Reach],
    now: datetime,
) -> list[Alert]:
    """Tells the coordinator of more than 26 hours without a complete run, each time of it once.

    A time that is over stays due as long as `runs` reach back to it, so that a mail which does
    not get through today goes out tomorrow.

    Args:
        runs: The last runs, the oldest first, without the present one.
        workbook: The workbook's identity in the ledger.
        shown: Its name as people know it.
        people: Nobody is told where there is no coordinator.
        channels: Those the notice goes through.
        now: When the present run began.
    """
    matters = [
        Matter(
            kind="run",
            series=series(workbook, "run", "missed", gap.since.isoformat()),
            step="missed",
            tier="Run Missing",
            where=shown,
            problem=f"certsync did not complete a run between {_moment(gap.since)} and "
            f"{_moment(gap.until)}. {_between(gap.between)}",
            fix=_look_at(gap.between),
            title=f"certsync had not completed a run since {weekday(gap.since.date())}",
        )
        for gap in _gaps(runs, now)
    ]
    return _to_coordinator(matters, people, channels, Reason.RUN_MISSED)


def _to_coordinator(
    matters: Sequence[Matter], people: People, channels: Sequence[Reach], reason: Reason
) -> list[Alert]:
    if people.coordinator is None:
        return []
    to = Recipient(people.coordinator.email, people.coordinator.name, ("coordinator",))
    ways = Routes(channels).clerical()
    return [alert for matter in matters for alert in ways.alerts(matter, (to,), reason)]


def _sentence(error: Exception) -> tuple[str, str]:
    """What went wrong, and how to put it right."""
    if isinstance(error, CertsyncError):
        remedy = str(getattr(error, "remedy", ""))
        problem = str(error).removesuffix(remedy).strip()
        return problem, remedy or "Put it right, then run certsync again."
    if isinstance(error, OSError):
        return f"The system refused: {error}.", "Put that right, then run certsync again."
    return (
        f"Something unforeseen went wrong: {type(error).__name__}: {error}",
        "Run certsync again with --debug and send what it shows.",
    )


def _gaps(runs: Sequence[Run], now: datetime) -> Iterator[_Gap]:
    since: datetime | None = None
    between: list[Run] = []
    for run in runs:
        if run.outcome not in COMPLETE:
            between.append(run)
            continue
        if since and run.started - since > LONGEST:
            yield _Gap(since, run.started, between)
        since, between = run.ended, []
    if since and now - since > LONGEST:
        yield _Gap(since, now, between)


def _between(runs: Sequence[Run]) -> str:
    """As in: In between, 2 runs failed (the last on Sunday, 15 Mar 2026 at 07:30)."""
    parts = []
    for outcome, one, many in _ENDS:
        found = [run for run in runs if run.outcome == outcome]
        if found:
            last = "the last on " if len(found) > 1 else "on "
            verb = one if len(found) == 1 else many
            at = _moment(found[-1].started)
            parts.append(f"{counted(len(found), 'run')} {verb} ({last}{at})")
    return f"In between, {' and '.join(parts)}." if parts else "No run was begun in between."


def _look_at(runs: Sequence[Run]) -> str:
    outcomes = {run.outcome for run in runs}
    advice = [_ENDED] if None in outcomes else []
    advice += [_TRY] if outcomes - {None} else []
    return " ".join(advice) or _NO_RUN


def _moment(at: datetime) -> str:
    return f"{weekday(at.date())} at {at:%H:%M}"
