"""Which services have a message already while others still wait for it, kept in a small file.

Nothing but fingerprints stands in it, and only of messages that some service did not take.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path


class Memory:
    """What `file` says; without one, or if it cannot be read, what happened in this session."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._had: dict[str, list[str]] = {}
        if file is not None:
            with contextlib.suppress(OSError, ValueError, AttributeError, TypeError):
                said = json.loads(file.read_bytes())
                self._had = {str(key): [str(url) for url in urls] for key, urls in said.items()}

    def has(self, message_id: str, url: str) -> bool:
        """Whether the service at `url` has the message."""
        return _mark(message_id, url) in self._had.get(_mark(message_id), ())

    def took(self, message_id: str, url: str) -> None:
        """The service at `url` has it now."""
        self._had.setdefault(_mark(message_id), []).append(_mark(message_id, url))
        self._keep()

    def settled(self, message_id: str) -> None:
        """Every service has it."""
        if self._had.pop(_mark(message_id), None):
            self._keep()

    def _keep(self) -> None:
        if self._file is None:
            return
        spare = self._file.with_name(f".{self._file.name}.tmp")
        # Without the file the others get it again: that is no reason to stop.
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            if not self._had:
                self._file.unlink(missing_ok=True)
                return
            spare.write_text(json.dumps(self._had), encoding="utf-8")
            spare.replace(self._file)


def _mark(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode(errors="replace")).hexdigest()[:32]
