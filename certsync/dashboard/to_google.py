"""A Layout as requests for one spreadsheets.batchUpdate; equal layouts give equal requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from certsync.dashboard.google_style import Json
from certsync.dashboard.layout import Layout

PROTECTION = "certsync writes this tab"


@dataclass(frozen=True)
class Target:
    """Where the tab stands or will stand.

    Attributes:
        sheet_id: The id of the tab, chosen by the caller where it is new.
        title: What a new tab will be called; one that stands keeps its name.
        new: Whether the requests have to add the tab, as the first one.
        gids: The id of each tab of the spreadsheet by its title, for links.
        chart_ids: The charts that stand on the tab now.
        rules: How many conditional formats it has now.
        banded_ranges: The ids of its alternating colours.
        tables: The ids of its tables.
        protected: Whether it already carries the protection named `PROTECTION`.
    """

    sheet_id: int
    title: str
    new: bool
    gids: Mapping[str, int]
    chart_ids: tuple[int, ...] = ()
    rules: int = 0
    banded_ranges: tuple[int, ...] = ()
    tables: tuple[str, ...] = ()
    protected: bool = False


def render(layout: Layout, target: Target, chart_ids: Sequence[int]) -> list[Json]:
    """Requests that make the tab show the layout, whatever stood there.

    `chart_ids` are the ids of the new charts, one for each chart of the layout; they may be those
    of `target.chart_ids` again.
    """
    raise NotImplementedError
