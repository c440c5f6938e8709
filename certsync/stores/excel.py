"""The store for .xlsx files: patched in place, or written to another file."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from certsync.errors import ChangedSinceRead, WorkbookBusy, WorkbookRefused
from certsync.ooxml import tabs, workbook, xml
from certsync.ooxml.package import Package
from certsync.sheets.edits import Plan
from certsync.sheets.snapshot import Snapshot
from certsync.stores import excel_check, files
from certsync.stores.base import Written
from certsync.stores.excel_patch import Patched, put_plan
from certsync.stores.excel_read import snapshot

_LONGEST_STAMP, _DIGEST = 200, 16


class ExcelStore:
    """A workbook file.

    Args:
        path: The workbook; a link is followed.
        output: Where to write; None writes into the workbook itself.
        backups: The folder that keeps what was overwritten.
        keep: How many backups to keep; 0 for none.
        max_unpacked: The most bytes the workbook's parts may hold when unpacked.
        clock: The time, for the names of backups.
    """

    def __init__(
        self,
        path: Path,
        output: Path | None = None,
        *,
        backups: Path,
        keep: int = 10,
        max_unpacked: int = 2**30,
        clock: Callable[[], datetime],
    ) -> None:
        self._path = path
        self._output = None if output is None or output.resolve() == path.resolve() else output
        self._backups = backups
        self._keep = keep
        self._max_unpacked = max_unpacked
        self._clock = clock
        self._last_read: tuple[str, Package] | None = None

    @property
    def name(self) -> str:
        """The name of the workbook's file."""
        return self._path.name

    def read(self, wanted: Collection[str] | None = None) -> Snapshot:
        """The workbook at this moment; see `Store.read`."""
        data = files.read(self._path)
        revision = files.revision(data)
        with self._refusing(), _no_garbage():
            package = self._opened(data)
            found = snapshot(package, name=self.name, revision=revision, wanted=wanted)
        self._last_read = revision, package
        return found

    def apply(self, plan: Plan, base: str) -> Written:
        """Write the plan, all of it or nothing; see `Store.apply`."""
        if not plan:
            return Written()
        data = files.read(self._path)
        if files.revision(data) != base:
            raise ChangedSinceRead(self._path)
        last, self._last_read = self._last_read, None
        with self._refusing(), _no_garbage():
            package = last[1] if last and last[0] == base else self._opened(data)
            if self._output is None:
                return self._write(package, plan, data, self._path)
            return self._write_copy(package, plan, data, self._output)

    def apply_tabs(self, plan: Plan, base: str) -> Written:
        """Write the generated tabs alone; see `Store.apply_tabs`. No backup is made for that."""
        if self._output is not None:
            # A copy is made of the workbook and the whole plan; its cells are told already.
            return replace(self.apply(plan, base), cells=0)
        data = files.read(self._path)
        with self._refusing(), _no_garbage():
            return self._write(
                self._opened(data), Plan(tabs=plan.tabs), data, self._path, keep=False
            )

    def try_write(self) -> None:
        """Find out whether the file can be written; see `Store.try_write`."""
        target = self._output or self._path
        if user := files.user_at_work(target):
            raise WorkbookBusy(target, user)
        files.try_write(target)

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """A part that is no sound XML is the workbook's fault, and is told as such."""
        try:
            yield
        except (xml.XmlError, UnicodeDecodeError) as error:
            reason = "has text in no known encoding" if isinstance(error, UnicodeError) else error
            raise WorkbookRefused(
                self._path,
                f"a part of it {reason}",
                "Open it in Excel, repair it, save it, and run again.",
            ) from error

    def _opened(self, data: bytes) -> Package:
        return Package.open(data, name=str(self._path), max_unpacked=self._max_unpacked)

    def _write_copy(self, package: Package, plan: Plan, data: bytes, output: Path) -> Written:
        """Write to another file, unless that holds this plan for this workbook already.

        The tabs of a copy carry in their stamps what they were made from, since the time on the
        dashboard makes every copy another one.
        """
        digest = _digest(data, plan)
        marked = {e.key: f"{e.stamp[: _LONGEST_STAMP - _DIGEST - 1]};{digest}" for e in plan.tabs}
        present = {key: stamp for key, (_, stamp) in tabs.generated(package).items()}
        expected = {e.key for e in plan.tabs if present.get(e.key) != e.stamp}
        if expected and output.exists():
            try:
                made = tabs.generated(self._opened(files.read(output)))
            except WorkbookRefused:
                made = {}
            if all(key in made and made[key][1] == marked[key] for key in expected):
                return Written()
        stamped = tuple(replace(e, stamp=marked[e.key]) for e in plan.tabs if e.key in expected)
        return self._write(package, Plan(plan.columns, stamped), data, output)

    def _write(
        self, package: Package, plan: Plan, data: bytes, target: Path, *, keep: bool = True
    ) -> Written:
        """Write the patched package to `target`; what was there before is kept as a backup."""
        patched = put_plan(package, plan)
        in_place = target is self._path
        if in_place and not package.changed:
            return Written()
        new = self._checked(package, patched, data)
        old = data if in_place else (files.read(target) if target.exists() else None)
        if old == new:
            return Written()
        if user := files.user_at_work(target):
            raise WorkbookBusy(target, user)
        backup = None
        if keep and old is not None:
            stamp = f"{self._clock():%Y-%m-%dT%H%M%S}"
            backup = files.back_up(target, old, self._backups, stamp=stamp, keep=self._keep)
        base = files.revision(data)
        files.write(target, new, unchanged=lambda: files.revision(files.read(self._path)) == base)
        return Written(patched.cells, patched.tabs, str(backup) if backup else None)

    def _checked(self, package: Package, patched: Patched, before: bytes) -> bytes:
        """The bytes of the patched workbook, looked through. Packing goes on in the background."""

        def packed() -> bytes:
            after = package.to_bytes()
            excel_check.check_archive(before, after, package.changed)
            return after

        epoch_1904 = workbook.epoch_1904(package)
        try:
            with ThreadPoolExecutor(1) as pool:
                packing = pool.submit(packed)
                for part in package.changed:
                    if part in package:
                        excel_check.check_part(part, package.read(part))
                for part, columns in patched.columns.items():
                    excel_check.check_cells(
                        package.read(part), columns, patched.skipped[part], epoch_1904=epoch_1904
                    )
                return packing.result()
        except excel_check.CheckFailed as error:
            raise WorkbookRefused(
                self._path,
                f"the changed workbook did not pass certsync's own check: {error}",
                "Nothing was written. Please report this, with that cell or part.",
            ) from error


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Make millions of values without a look for garbage among them: it takes a fifth longer."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _digest(data: bytes, plan: Plan) -> str:
    """A short name for this plan on this workbook."""
    columns = [replace(c, rows=list(c.rows), values=list(c.values)) for c in plan.columns]
    stamps = [(edit.key, edit.stamp) for edit in plan.tabs]
    named = repr((files.revision(data), columns, stamps))
    return hashlib.sha256(named.encode()).hexdigest()[:_DIGEST]
