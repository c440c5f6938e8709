"""Messages as .eml files in a folder: for a first look, and for machines without a mail server."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from certsync.alerts.alert import State
from certsync.alerts.channels.base import Receipt, Session
from certsync.alerts.digest import Message
from certsync.alerts.mail_bytes import as_bytes


@dataclass(frozen=True)
class Outbox:
    """Writes each message to `folder`, which is made when the first one comes."""

    folder: Path
    name: str = "outbox"
    chat: bool = False
    direct: bool = True
    place: str = ""
    per_day: int | None = None

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """Nothing has to be opened."""
        yield self

    def trouble(self) -> str:
        """Whether files can be written where the folder is or will be; see `Channel.trouble`."""
        folder = next(f for f in (self.folder, *self.folder.parents) if f.exists())
        if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
            return ""
        return f"Messages cannot be written: {folder} is no folder that may be written."

    def forms(self, message: Message) -> Mapping[str, bytes]:
        """The mail; see `Channel.forms`."""
        return {".eml": as_bytes(message)}

    def send(self, message: Message) -> Receipt:
        """Write one file, whole or not at all; the same message again overwrites it."""
        target = self.folder / file_name(message)
        spare = target.with_name(f".{target.name}.tmp")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with spare.open("wb") as file:
                file.write(as_bytes(message))
                file.flush()
                os.fsync(file.fileno())
            spare.replace(target)
        except OSError as error:
            with contextlib.suppress(OSError):
                spare.unlink(missing_ok=True)
            reason = error.strerror or str(error)
            return Receipt(State.RETRY, f"{self.folder}: no file could be written ({reason}).")
        return Receipt(State.SENT, str(target))


def file_name(message: Message) -> str:
    """`2026-03-16_maria.lopez@example.com_1f2e3d4c5b6a.eml`, the same on every attempt."""
    recipient = re.sub(r"[^A-Za-z0-9@._+-]", "_", message.digest.to.email)[:100]
    mark = hashlib.sha256(message.message_id.encode()).hexdigest()[:12]
    return f"{message.digest.day.isoformat()}_{recipient}_{mark}.eml"
