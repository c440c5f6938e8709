"""Replacing a file so that it is at every moment the old one or the new one, whole."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from certsync.errors import ChangedSinceRead, WorkbookBusy, WorkbookMissing, WorkbookRefused

# Names of unfinished files begin so; those a killed run left behind are cleared away.
_UNFINISHED = ".certsync-"
_ABANDONED_AFTER = 3600.0
_NAME_ANOTHER = "Put the path of a workbook after `workbook:`."
_NEARBY = 5
_EXCEL_SUFFIXES = (".xlsx", ".xlsm", ".xltx", ".xltm", ".xls", ".xlsb", ".ods")


def revision(data: bytes) -> str:
    """What names the content of a file."""
    return hashlib.sha256(data).hexdigest()


def read(path: Path) -> bytes:
    """The bytes of a workbook file.

    Raises:
        WorkbookMissing: There is no such file; tells what workbooks lie beside.
        WorkbookBusy: It may not be read.
        WorkbookRefused: It is no file that can be read.
    """
    try:
        # What is no file, such as a pipe, would be waited for without an end.
        if path.exists() and not path.is_file() and not path.is_dir():
            raise WorkbookRefused(path, "this is no ordinary file", _NAME_ANOTHER)
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise WorkbookMissing(path, _nearby(path)) from error
    except PermissionError as error:
        # Windows says so of a folder too.
        if path.is_dir():
            raise WorkbookMissing(path, _nearby(path)) from error
        raise WorkbookBusy(path, "it may not be read, or a program keeps it to itself") from error
    except OSError as error:
        reason = f"the system cannot read it ({error.strerror})"
        raise WorkbookRefused(path, reason, _NAME_ANOTHER) from error


def write(path: Path, data: bytes, *, unchanged: Callable[[], bool] = lambda: True) -> None:
    """Put `data` at `path` in one step; mode and, where allowed, owner of an old file stay.

    Args:
        path: Where the file stands or is to stand; a link is followed.
        data: Its whole content.
        unchanged: Asked last of all; False if somebody changed the file in between.

    Raises:
        WorkbookBusy: The file or its folder may not be written, or a program keeps it open.
        ChangedSinceRead: `unchanged` said False; nothing was written.
    """
    path = path.resolve()
    if path.exists() and not os.access(path, os.W_OK):
        raise WorkbookBusy(path, "it is read-only")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=_UNFINISHED, suffix=".tmp", dir=path.parent)
    except OSError as error:
        raise WorkbookBusy(path, f"its folder may not be written ({error.strerror})") from error
    temporary = Path(name)
    try:
        _clear_abandoned(temporary)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if temporary.read_bytes() != data:
            raise WorkbookBusy(path, "the disk gave back other bytes than were written to it")
        _take_after(temporary, path)
        if not unchanged():
            raise ChangedSinceRead(path)
        temporary.replace(path)
    except OSError as error:
        reason = f"it cannot be written, or a program has it open ({error.strerror})"
        raise WorkbookBusy(path, reason) from error
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def try_write(path: Path) -> None:
    """Find out whether `write` could write, with a file that is gone again at once.

    Raises:
        WorkbookBusy: The file or its folder may not be written.
    """
    path = path.resolve()
    folder = next(parent for parent in path.parents if parent.exists())
    if path.exists() and not os.access(path, os.W_OK):
        raise WorkbookBusy(path, "it is read-only")
    try:
        handle, name = tempfile.mkstemp(prefix=_UNFINISHED, suffix=".tmp", dir=folder)
        os.close(handle)
        Path(name).unlink()
    except OSError as error:
        raise WorkbookBusy(path, f"its folder may not be written ({error.strerror})") from error


def back_up(path: Path, data: bytes, folder: Path, *, stamp: str, keep: int) -> Path | None:
    """Keep `data`, the content of `path`, in a folder with the last `keep` of its kind."""
    if keep < 1:
        return None
    backup = folder / f"{path.stem}.{stamp}{path.suffix}"
    number = 2
    while backup.exists():
        backup, number = folder / f"{path.stem}.{stamp}-{number}{path.suffix}", number + 1
    write(backup, data)
    kept = sorted(folder.glob(f"{_literal(path.stem)}.[0-9]*{_literal(path.suffix)}"), key=_age)
    for old in kept[:-keep]:
        with contextlib.suppress(OSError):
            old.unlink()
    return backup


def user_at_work(path: Path) -> str | None:
    """Who has the workbook open, by the lock file of Excel or LibreOffice; None if nobody.

    The answer is a clause that names the lock file, as it may be left over from a crash.
    """
    for lock, owner in (
        (path.with_name(f"~${path.name}"), _excel_user),
        (path.with_name(f".~lock.{path.name}#"), _libreoffice_user),
    ):
        try:
            user = owner(lock.read_bytes())
        except FileNotFoundError:
            continue
        except OSError:
            user = ""
        return f"{user or 'somebody'} has it open (if not, delete {lock.name} beside it)"
    return None


def _excel_user(lock: bytes) -> str:
    """The name stands twice: in the code page of the machine, then in UTF-16 from byte 55 on."""
    if len(lock) > 57:
        length = int.from_bytes(lock[55:57], "little")
        return lock[57 : 57 + 2 * length].decode("utf-16-le", "replace").strip()
    return lock[1 : 1 + lock[0]].decode("cp1252", "replace").strip() if lock else ""


def _libreoffice_user(lock: bytes) -> str:
    fields = lock.decode("utf-8", "replace").split(",")
    return (fields[0] or (fields[1] if len(fields) > 1 else "")).strip()


def _take_after(new: Path, old: Path) -> None:
    """Give a new file the mode and the owner of the one it replaces."""
    try:
        before = old.stat()
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        new.chmod(0o666 & ~umask)
        return
    new.chmod(before.st_mode & 0o7777)
    if hasattr(os, "chown"):
        with contextlib.suppress(PermissionError):
            os.chown(new, before.st_uid, before.st_gid)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself last; Windows has no way to, and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        # Some network file systems cannot; the file itself is safe.
        pass
    finally:
        os.close(handle)


def _clear_abandoned(present: Path) -> None:
    """Take away unfinished files that are much older than the present one."""
    now = present.stat().st_mtime
    for path in present.parent.glob(f"{_UNFINISHED}*.tmp"):
        with contextlib.suppress(OSError):
            if now - path.stat().st_mtime > _ABANDONED_AFTER:
                path.unlink()


def _nearby(path: Path) -> list[str]:
    folder = path if path.is_dir() else path.parent
    try:
        found = [p.name for p in folder.iterdir() if p.suffix.lower() in _EXCEL_SUFFIXES]
    except OSError:
        return []
    return sorted(n for n in found if not n.startswith("~$"))[:_NEARBY]


def _literal(text: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)


def _age(path: Path) -> tuple[float, str]:
    try:
        return path.stat().st_mtime, path.name
    except OSError:
        return 0.0, path.name
