"""What every store of workbooks promises."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from certsync.sheets.edits import Plan
from certsync.sheets.snapshot import Snapshot


@dataclass(frozen=True)
class Written:
    """What `Store.apply` did: cells and generated tabs written, and where the backup lies."""

    cells: int = 0
    tabs: tuple[str, ...] = ()
    backup: str | None = None

    def and_then(self, later: Written) -> Written:
        """Both writes as one: cells added up, each tab once, the earlier backup."""
        tabs = tuple(dict.fromkeys((*self.tabs, *later.tabs)))
        return Written(self.cells + later.cells, tabs, self.backup or later.backup)


class Store(Protocol):
    """A workbook that can be read as a whole and changed by a complete plan."""

    @property
    def name(self) -> str:
        """The workbook as a person would call it: a file name or a title."""

    def read(self, wanted: Collection[str] | None = None) -> Snapshot:
        """The workbook at this moment.

        `wanted` are the folded names of tabs whose cells are needed (`sheets.names.fold`); any
        other tab comes with its name and no rows. None reads the cells of every tab.

        Raises WorkbookMissing, WorkbookRefused, or WorkbookBusy if the file may not be read.
        """

    def apply(self, plan: Plan, base: str) -> Written:
        """Write the plan, all of it or nothing, if the workbook is still at revision `base`.

        Only the cells and tabs of the plan change. A tab in the plan whose stamp the workbook
        already carries is not rewritten; with nothing else to write nothing is touched at all
        and Written() comes back. Tabs are written in the order of the plan. A tab of the same
        name that certsync did not make under this key stays, and the generated one takes the
        name with " (certsync)" behind it.

        Raises ChangedSinceRead if the workbook is no longer at `base`, WorkbookBusy if it is
        open elsewhere or may not be written; in both cases nothing was written. A store in which
        several people write at a time raises ChangedSinceRead also after a write that met theirs:
        what it wrote then is right, and what it left out is for the plan that follows.
        """

    def apply_tabs(self, plan: Plan, base: str) -> Written:
        """Write the generated tabs of a plan whose cells `apply` has written, and nothing else.

        Whatever people changed in other tabs since then stays. Raises as `apply`; a store that
        writes into a copy of the workbook makes it anew, and the workbook has to be at `base`.
        """

    def try_write(self) -> None:
        """Find out whether the workbook can be written, and leave it as it is.

        Raises WorkbookBusy if it cannot at the moment, WorkbookRefused if it never can.
        """
