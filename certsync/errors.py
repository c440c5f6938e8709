"""What can go wrong, each with its own sentence and exit code.

CertsyncError                   1   anything a person can put right
├── ConfigError                 2   the config file or the command line, every problem at once
├── WorkbookError               1   the workbook cannot be read or written
│   ├── WorkbookMissing             there is no such file
│   ├── WorkbookRefused             it is no workbook that can be patched without damage
│   ├── WorkbookBusy                somebody has it open, or it may not be written
│   │   ├── PartlyWritten           a later one of several writes was refused or lost
│   │   └── WriteUncertain          a write was sent, and nobody can tell whether it arrived
│   └── ChangedSinceRead            it is no longer the file that was read
├── LedgerError                 1   the record of alerts cannot be read or written; nothing is sent
├── FolderTaken                 1   a folder to write into holds files of somebody's
├── AlreadyRunning              4   another run holds the lock
└── Refused                     7   the brake: carrying on would do harm

A bad cell is a Finding and never an exception: the run goes on without that row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class CertsyncError(Exception):
    """An error that ends the run with one sentence and `exit_code`."""

    exit_code = 1


@dataclass(frozen=True)
class ConfigProblem:
    """One thing wrong in a config file; `line` is 1-based, None for the whole file."""

    message: str
    line: int | None = None


class ConfigError(CertsyncError):
    """The config cannot be used; carries every problem found."""

    exit_code = 2

    def __init__(self, source: str, problems: Sequence[ConfigProblem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        lines = [f"{source}{f':{p.line}' if p.line else ''}: {p.message}" for p in self.problems]
        super().__init__("\n".join(lines))


class WorkbookError(CertsyncError):
    """The workbook cannot be read or written."""


class WorkbookMissing(WorkbookError):
    """There is no file at the path the config names."""

    def __init__(self, path: Path, nearby: Sequence[str] = ()) -> None:
        what = "this is a folder, not a workbook" if path.is_dir() else "there is no such workbook"
        hint = f" In that folder: {', '.join(nearby)}." if nearby else ""
        super().__init__(f"{path}: {what}. Put the right path after `workbook:`.{hint}")


class WorkbookRefused(WorkbookError):
    """The file is no workbook that can be patched without damage; it is left as it is."""

    def __init__(self, path: Path | str, reason: str, remedy: str) -> None:
        self.reason = reason
        self.remedy = remedy
        super().__init__(f"{path}: {reason}. {remedy}")


class WorkbookBusy(WorkbookError):
    """The workbook cannot be written at the moment; the next run repairs it."""

    outcome = "Nothing was written; the next run tries again."

    def __init__(self, path: Path | str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}. {self.outcome}")


class PartlyWritten(WorkbookBusy):
    """Some of what was planned is written, each cell of it right; the next run writes the rest."""

    outcome = "A part was written; the next run tries to write the rest."


class WriteUncertain(WorkbookBusy):
    """A write was sent, and no answer says whether it was carried out."""

    outcome = "It is not known whether the change arrived; the next run looks and puts it right."


class ChangedSinceRead(WorkbookError):
    """The workbook is no longer at the revision the plan was made for; nothing was written."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(f"{path}: somebody saved it while certsync was working. Run again.")


class LedgerError(CertsyncError):
    """The record of alerts cannot be read or written, so nothing is sent."""


class FolderTaken(CertsyncError):
    """There is something in the way that certsync did not make; it is left as it is."""

    def __init__(self, folder: Path) -> None:
        what = "holds files that certsync did not make" if folder.is_dir() else "is no folder"
        super().__init__(f"{folder} {what}. Name another folder with --to.")


class AlreadyRunning(CertsyncError):
    """Another run of the same config holds the lock."""

    exit_code = 4

    def __init__(self, lock: Path) -> None:
        super().__init__(
            f"Another certsync run is at work on this config (lock: {lock}). "
            "Wait until it has ended, then run again."
        )


class Refused(CertsyncError):
    """The brake: carrying on would do harm, so nothing is written or sent."""

    exit_code = 7
