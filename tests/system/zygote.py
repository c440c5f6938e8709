"""Whole runs of the program in forked processes, which can be killed at a chosen point.

Started as a program it loads what a run needs, then answers one job a line (JSON): it forks so
many runs, tells their process IDs, starts them all at once when it hears "go", and tells how each
one ended, what it printed and the points it passed. A point lies before and after each commit of
the ledger and around each step of replacing the workbook; the clock of a run is an argument.
"""

from __future__ import annotations

import faulthandler
import functools
import gc
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from tests.system import small_agency

ROOT = Path(__file__).parents[2]

LONGEST = 120.0
"""Seconds that a run may take on a machine with much to do."""

Armed = Callable[[int], None]
"""Hears the process ID of a run that is about to start."""


@dataclass(frozen=True)
class Ended:
    """One run that is over; `code` is negative where a signal ended it."""

    code: int
    points: Sequence[str]
    out: str
    err: str

    @property
    def killed(self) -> bool:
        """Whether it was killed, and did not end by itself."""
        return self.code == -signal.SIGKILL

    @property
    def idle(self) -> bool:
        """Whether it wrote nothing into the workbook and sent nothing."""
        result = json.loads(self.out)
        written = result["writes"]["cells"] or result["writes"]["tabs"]
        return not written and all(alert["state"] != "sent" for alert in result["alerts"])


@dataclass
class Zygote:
    """The process that forks runs. One thread at a time may use it."""

    process: subprocess.Popen[str]

    def run(
        self, config: Path, now: datetime, *, kill: int = -1, count: int = 1, armed: Armed = print
    ) -> list[Ended]:
        """So many runs of `config` at once, on a clock that stands at `now`.

        Args:
            config: The config file.
            now: The local time.
            kill: The point at which the runs kill themselves; -1 for never.
            count: How many.
            armed: Called with each process ID before the runs start.
        """
        job = {"config": str(config), "now": now.isoformat(), "kill": kill, "count": count}
        self._say(json.dumps(job))
        for pid in self._hear():
            if armed is not print:
                armed(pid)
        self._say("go")
        return [Ended(*told) for told in self._hear()]

    def _say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def _hear(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())


@contextmanager
def zygote() -> Iterator[Zygote]:
    """A process that forks runs, until it is no longer needed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.system.zygote"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        # A fork takes one thread along: whatever has others must not be loaded with them.
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )
    with process:
        yield Zygote(process)
        assert process.stdin is not None
        process.stdin.close()


@dataclass
class Points:
    """Counts what happens, writes it down, and kills the process at number `kill`."""

    kill: int
    log: IO[bytes]
    count: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, name: str) -> None:
        """Something happens now."""
        with self.lock:
            os.write(self.log.fileno(), f"{name}\n".encode())
            if self.count == self.kill:
                os.kill(os.getpid(), signal.SIGKILL)
            self.count += 1

    def around(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function with a point before and one after it."""

        @functools.wraps(function)
        def watched(*arguments: Any, **options: Any) -> Any:
            self(f"before {name}")
            result = function(*arguments, **options)
            self(f"after {name}")
            return result

        return watched


def watch_commits(point: Points) -> None:
    """Tell of every commit to a database."""

    class Watched(sqlite3.Connection):
        def execute(self, query: str, *parameters: Any) -> sqlite3.Cursor:
            """Run it; a commit has a point before and one after it."""
            run = super().execute
            return (point.around("a commit", run) if query == "COMMIT" else run)(query, *parameters)

        def executescript(self, script: str) -> sqlite3.Cursor:
            """The tables of a new ledger are one commit."""
            cursor: sqlite3.Cursor = point.around("a commit", super().executescript)(script)
            return cursor

    sqlite3.connect = functools.partial(sqlite3.connect, factory=Watched)  # type: ignore[assignment]


def watch_files(point: Points) -> None:
    """Tell of every step of replacing a file: its name, half of it, all of it, the new one."""

    class HalfWay(io.BufferedWriter):
        def write(self, data: Any) -> int:
            """Write in two halves, with a point between them."""
            half = len(data) // 2
            written = super().write(data[:half])
            self.flush()
            point("half of a file")
            return written + super().write(data[half:])

    os.fdopen = lambda handle, *_: HalfWay(io.FileIO(handle, "wb"))  # type: ignore[assignment]
    tempfile.mkstemp = point.around("a file", tempfile.mkstemp)
    os.fsync = point.around("a sync", os.fsync)
    Path.replace = point.around("a replacement", Path.replace)  # type: ignore[method-assign]


def work(job: dict[str, Any], log: IO[bytes]) -> None:
    """`certsync run`, as the command line runs it; the process ends with its exit code."""
    from certsync import backends, cli

    config, now = Path(job["config"]), datetime.fromisoformat(job["now"])
    point = Points(job["kill"], log)
    watch_commits(point)
    watch_files(point)
    backends.local_now = lambda settings: now  # noqa: ARG005 -- by that name it is called
    os.chdir(config.parent)
    sys.argv = ["certsync", "run", "--config", str(config), "--json", "--yes", "--debug"]
    cli.main()


def forked(job: dict[str, Any], gate: tuple[int, int], files: Sequence[IO[bytes]]) -> int:
    """Fork one run that waits at the gate. Returns its process ID."""
    if child := os.fork():
        return child
    out, err, log = files
    try:
        os.close(gate[1])
        os.read(gate[0], 1)
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        # A run that hangs ends by itself, and says where it was.
        faulthandler.dump_traceback_later(LONGEST, exit=True)
        work(job, log)
    finally:
        os._exit(99)


def temporary() -> IO[bytes]:
    """A file that a run writes into and that can be read after its death."""
    return tempfile.TemporaryFile()


def ended(pid: int, files: Sequence[IO[bytes]]) -> tuple[int, list[str], str, str]:
    """How a run ended, what it passed and what it printed."""
    _, status = os.waitpid(pid, 0)
    texts = []
    for file in files:
        file.seek(0)
        texts.append(file.read().decode())
        file.close()
    out, err, log = texts
    return os.waitstatus_to_exitcode(status), log.splitlines(), out, err


def load() -> None:
    """Import and prepare whatever a run needs, by one run that nobody sees."""
    from certsync import cli, config, summary, wiring

    del cli, summary
    with tempfile.TemporaryDirectory() as folder:
        wiring.run(config.load(small_agency.found(Path(folder))), as_of=small_agency.NOW.date())


def main() -> None:
    """Answer jobs until there are no more."""
    load()
    # What lives by now is never looked at again, so that forks share it.
    gc.freeze()
    for line in sys.stdin:
        job = json.loads(line)
        gate = os.pipe()
        files = [[temporary() for _ in range(3)] for _ in range(job["count"])]
        pids = [forked(job, gate, own) for own in files]
        print(json.dumps(pids), flush=True)
        os.close(gate[0])
        sys.stdin.readline()
        os.close(gate[1])
        print(json.dumps([ended(*one) for one in zip(pids, files, strict=True)]), flush=True)


if __name__ == "__main__":
    main()
