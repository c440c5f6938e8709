"""A store whose first read begins before it is asked for."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor

from certsync.sheets.edits import Plan
from certsync.sheets.snapshot import Snapshot
from certsync.stores.base import Store, Written


class ReadAhead:
    """Another store, read in the background while the program is still loading its libraries.

    The first `read` for the same tabs takes that result, or raises what it raised; everything
    else goes straight to the store.
    """

    def __init__(self, store: Store, wanted: Collection[str]) -> None:
        self._store = store
        self._wanted = wanted
        pool = ThreadPoolExecutor(1)
        self._ahead: Future[Snapshot] | None = pool.submit(store.read, wanted)
        pool.shutdown(wait=False)

    @property
    def name(self) -> str:
        """The name of the store's workbook."""
        return self._store.name

    def read(self, wanted: Collection[str] | None = None) -> Snapshot:
        """The workbook at this moment, or as it was when the run began; see `Store.read`."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None and wanted == self._wanted:
            return ahead.result()
        return self._store.read(wanted)

    def peek(self) -> Snapshot:
        """What the first `read` will give, or what it will raise; waits for it."""
        return self._store.read(self._wanted) if self._ahead is None else self._ahead.result()

    def apply(self, plan: Plan, base: str) -> Written:
        """Write the plan, all of it or nothing; see `Store.apply`."""
        return self._store.apply(plan, base)

    def apply_tabs(self, plan: Plan, base: str) -> Written:
        """Write the generated tabs alone; see `Store.apply_tabs`."""
        return self._store.apply_tabs(plan, base)

    def try_write(self) -> None:
        """Find out whether the workbook can be written; see `Store.try_write`."""
        self._store.try_write()
