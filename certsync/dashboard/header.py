"""The top of the dashboard: title, the moment it speaks of, and a banner that ages by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from certsync.dashboard import theme
from certsync.dashboard.canvas import Canvas
from certsync.dashboard.layout import Highlight, Range
from certsync.dashboard.text import clipped, moment, weekday
from certsync.sheets.snapshot import column_letters

STALE_DAYS = 2
ROWS = 3

_MARGIN_RIGHT = len(theme.WIDTHS)
_LAST_RUN = (7, 12)


@dataclass(frozen=True)
class RunInfo:
    """The run that makes the dashboard. `last_run` is local to `timezone` and has no zone itself.

    `next_run` is ready text, None where nothing is scheduled.
    """

    last_run: datetime
    workbook: str
    timezone: str
    next_run: str | None
    version: str


def draw(canvas: Canvas, today: date, run: RunInfo, judged: str) -> None:
    """Three rows: the title, the facts of the run, and the banner.

    The banner compares the clock of whoever looks with the cell that holds the last run. `judged`
    is how much of the workbook could be judged, in words.
    """
    canvas.put(1, 1, None, "title")
    canvas.put(theme.FIRST, 10, "Certification dashboard", "title")
    canvas.put(11, theme.LAST, clipped(run.workbook, 80), "title right")
    canvas.put(_MARGIN_RIGHT, _MARGIN_RIGHT, None, "title")
    canvas.next_row(34.0)

    last_run_row = canvas.row
    canvas.put(1, 1, None, "meta")
    canvas.put(theme.FIRST, _LAST_RUN[0] - 1, f"As of {weekday(today)}", "meta")
    canvas.put(*_LAST_RUN, run.last_run.replace(microsecond=0), "last run")
    rest = [f"Next run {run.next_run}"] if run.next_run else []
    rest += [run.timezone, f"certsync {run.version}"]
    canvas.put(_LAST_RUN[1] + 1, theme.LAST, clipped("  ·  ".join(rest), 100), "meta right")
    canvas.put(_MARGIN_RIGHT, _MARGIN_RIGHT, None, "meta")
    canvas.next_row(24.0)

    stamp = f"${column_letters(_LAST_RUN[0])}${last_run_row}"
    fresh, stale_head, stale_tail = _sentences(run, judged)
    age = f"NOW()-{stamp}"
    canvas.put(1, 1, None, "fresh")
    canvas.put(
        theme.FIRST,
        theme.LAST,
        fresh,
        "fresh",
        formula=f'IF({age}>{STALE_DAYS},"{stale_head}"&INT({age})&"{stale_tail}","{fresh}")',
    )
    canvas.put(_MARGIN_RIGHT, _MARGIN_RIGHT, None, "fresh")
    row = Range(canvas.row, 1, canvas.row, _MARGIN_RIGHT)
    canvas.highlights.append(Highlight(row, f"NOW()-{stamp}>{STALE_DAYS}", "stale"))
    canvas.next_row(24.0)


def _sentences(run: RunInfo, judged: str) -> tuple[str, str, str]:
    """What the banner says when fresh, and when stale: before and after the number of days.

    Excel takes at most 255 characters of text in a formula; none of these has a quotation mark.
    """
    last = moment(run.last_run)
    return (
        f"Up to date: last run {last}, {judged}. "
        f"This line turns red when certsync has not run for {STALE_DAYS} days.",
        f"STALE: last run {last}, ",
        " days ago. certsync has not run since: the figures below may be wrong, "
        "and no alert has been sent. Ask whoever runs certsync.",
    )
