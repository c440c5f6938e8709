"""Each run told to an address that notices when none comes (healthchecks.io and the like).

`URL/start` when a run begins, `URL` when everything promised has happened, else `URL/<exit code>`.
All waiting for it together is bounded by its `timeout`, and its troubles are one sentence.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

from certsync.errors import AlreadyRunning, CertsyncError

if TYPE_CHECKING:
    from certsync.ping import Ping
    from certsync.result import SyncResult
    from certsync.settings import Heartbeat

MAX_BODY = 8_000
"""Bytes of what is said with a ping."""

_NOT_SENT = "could not be asked"
_HOST = re.compile(r"[A-Za-z0-9.:_-]+\Z")


class Beat:
    """The pings of one run; without a heartbeat nothing is sent."""

    def __init__(self, heartbeat: Heartbeat | None) -> None:
        self._heartbeat = heartbeat
        self._start: Ping | None = None
        self._started = 0.0

    def start(self) -> None:
        """The run begins: told beside it, and not waited for."""
        if self._heartbeat:
            self._started = time.monotonic()
            self._start = self._sent(self._heartbeat, "start", "")

    def end(self, result: SyncResult) -> SyncResult:
        """The run has ended like this; the result comes back with a note on any trouble."""
        trouble = self._finish(result.exit_code, _summary(result))
        return replace(result, notes=(*result.notes, trouble)) if trouble else result

    def fail(self, error: BaseException) -> None:
        """The run was ended by `error`. Another run that is at work tells of itself."""
        if not isinstance(error, AlreadyRunning):
            self._finish(_exit_code(error), f"certsync run: error\n{_sentence(error)}\n")

    def _finish(self, exit_code: int, body: str) -> str:
        heartbeat, self._heartbeat = self._heartbeat, None
        if heartbeat is None:
            return ""
        until = time.monotonic() + heartbeat.timeout
        began = "" if self._start is None else self._begun(self._start, heartbeat.timeout / 2)
        last = self._sent(heartbeat, str(exit_code) if exit_code else "", body)
        ended = _NOT_SENT if last is None else last.settle(until - time.monotonic())
        return _note(heartbeat.url, began, ended)

    def _begun(self, start: Ping, most: float) -> str:
        """Before the last ping the first one has arrived, or it never will."""
        return start.settle(self._started + most - time.monotonic())

    @staticmethod
    def _sent(heartbeat: Heartbeat, suffix: str, body: str) -> Ping | None:
        if unusable(heartbeat.url):
            return None
        from certsync.ping import Ping  # urllib is loaded only where there is a heartbeat

        try:
            short = body.encode()[:MAX_BODY]
            ping = Ping(address(heartbeat.url, suffix), short, heartbeat.timeout / 2)
            ping.start()
        except RuntimeError:  # this computer has no room for another thread
            return None
        return ping


@contextlib.contextmanager
def beating(heartbeat: Heartbeat | None) -> Iterator[Beat]:
    """The pings around a run: its `end` tells how it went, and an error tells of itself."""
    beat = Beat(heartbeat)
    try:
        yield beat
    except BaseException as error:
        beat.fail(error)
        raise


def address(url: str, suffix: str) -> str:
    """The address with the suffix at the end of its path; what follows a `?` stays behind it."""
    parts = urlsplit(url)
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~")
    if suffix:
        path = f"{path.rstrip('/')}/{suffix}"
    return urlunsplit(
        (parts.scheme, parts.netloc, path, quote(parts.query, safe="/%:@!$&'()*+,;=~?"), "")
    )


def host(url: str) -> str:
    """The part of an address that may be shown: the rest of it is as good as a password."""
    parts = urlsplit(url)
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{name}"


def unusable(url: str) -> str:
    """Why nothing can be sent to this address, in one sentence; empty if it looks right."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and (parts.port is None or parts.port > 0)
        name = parts.hostname or ""
    except ValueError:
        known, name = False, ""
    if not known or not _HOST.match(name):
        return "The address after `heartbeat:` is none. Write it as https://hc-ping.com/your-uuid."
    if "@" in parts.netloc:
        return "The address after `heartbeat:` has a user name in it. Write it without."
    return ""


def _note(url: str, began: str, ended: str) -> str:
    """One sentence for all that went wrong."""
    if not began and not ended:
        return ""
    if problem := unusable(url):
        return f"The heartbeat was not sent: {problem}"
    trouble = ended or began
    verb = "was not taken" if trouble.startswith("answered") else "did not answer"
    when = "" if ended else " at the start of the run"
    return f"The heartbeat {verb}{when}: {host(url)} {trouble}."


def _summary(result: SyncResult) -> str:
    """How a run went, in numbers: no name and no text of a cell leaves the house."""
    errors = sum(finding.severity == "error" for finding in result.findings)
    rows, judged = (
        sum(getattr(c, key) for c in result.coverage.values()) for key in ("rows", "judged")
    )
    sent = sum(outcome.state == "sent" for outcome in result.alerts)
    missed = sum(outcome.undelivered for outcome in result.alerts)
    lines = [
        f"certsync run: {result.outcome}",
        f"Rows judged: {judged:,} of {rows:,}",
        f"Cells to put right: {errors:,}",
        f"Cells written: {result.written.cells:,}",
        f"Alerts sent: {sent:,}, not delivered: {missed:,}",
        *(["The workbook could not be written."] if result.skipped else []),
        *result.refused,
    ]
    return "\n".join(lines) + "\n"


def _exit_code(error: BaseException) -> int:
    if isinstance(error, KeyboardInterrupt):
        return 130
    return error.exit_code if isinstance(error, CertsyncError) else 1


def _sentence(error: BaseException) -> str:
    """What went wrong; of what was not foreseen only its kind, for a cell may stand in its text."""
    if isinstance(error, CertsyncError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "The run was interrupted."
    if isinstance(error, OSError) and error.strerror:
        return f"The system refused: {error.strerror}."
    return f"Something unforeseen went wrong: {type(error).__name__}."
