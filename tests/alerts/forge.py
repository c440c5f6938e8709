"""Runs that are killed at a chosen point, each in a forked process of its own.

Started as a program it reads one job a line (JSON), forks, runs it, and answers with one line:
the exit status and everything that happened until then, in order.
"""

from __future__ import annotations

import json
import os
import signal
import smtplib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from certsync.alerts.alert import Alert
from certsync.alerts.channels import smtp_session
from certsync.alerts.channels.base import Channel
from certsync.alerts.channels.outbox import Outbox
from certsync.alerts.channels.smtp import Smtp
from certsync.alerts.channels.smtp_client import Client
from certsync.alerts.channels.smtp_settings import SmtpSettings
from certsync.alerts.digest import Digest, Message
from certsync.alerts.ledger import Ledger
from certsync.alerts.pipeline import deliver
from tests.alerts.letters import alert, plain
from tests.alerts.world import NOW

PEOPLE = ("maria", "tom", "lee", "ana", "kim")


def due(channel: str) -> list[Alert]:
    """Two certifications, five people: five messages of two alerts; some share a commit."""
    return [
        alert(name, f"{who}@agency.example", channel=channel)
        for who in PEOPLE
        for name in ("AWS", "PMP")
    ]


def telling(digest: Digest, now: datetime) -> Message:
    """A message whose text is the keys of its alerts."""
    message = plain(digest, now)
    keys = "\n".join(one.key for one in digest.alerts)
    return Message(**{**message.__dict__, "text": f"{keys}\n"})


@dataclass
class Points:
    """Counts what happens, writes it down, and kills the process at number `kill`."""

    kill: int
    log: Path
    count: int = 0

    def __call__(self, name: str) -> None:
        """Something happens now."""
        with self.log.open("a") as log:
            log.write(f"{name}\n")
        if self.count == self.kill:
            os.kill(os.getpid(), signal.SIGKILL)
        self.count += 1


class Watched:
    """A database connection that tells of every commit."""

    def __init__(self, database: sqlite3.Connection, point: Points) -> None:
        self._database, self._point = database, point

    def execute(self, query: str, *parameters: Any) -> sqlite3.Cursor:
        """Run it; a commit has a point before and one after it."""
        if query != "COMMIT":
            return self._database.execute(query, *parameters)
        self._point("before commit")
        cursor = self._database.execute(query)
        self._point("after commit")
        return cursor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


def watch_smtp(point: Points) -> None:
    """Tell of everything that goes to a mail server and comes back."""
    send, getreply, push = smtplib.SMTP.send, smtplib.SMTP.getreply, smtp_session.push

    def told_send(client: smtplib.SMTP, data: Any) -> None:
        point("before a line")
        send(client, data)
        point("after a line")

    def told_push(client: Client, content: bytes, after: bytes = b"") -> bool:
        point("before a message")
        push(client, content[:-3])
        point("before the dot")
        whole = push(client, content[-3:], after)
        point("after the dot and more" if after else "after the dot")
        return whole

    def told_getreply(client: smtplib.SMTP) -> tuple[int, bytes]:
        reply = getreply(client)
        point("after an answer")
        return reply

    smtplib.SMTP.send = told_send  # type: ignore[method-assign, assignment]
    smtp_session.push = told_push
    smtplib.SMTP.getreply = told_getreply  # type: ignore[method-assign, assignment]


def work(job: dict[str, Any]) -> None:
    """One run, on the day and with the channel the job names."""
    folder = Path(job["folder"])
    point = Points(job["kill"], folder / "log")
    channel: Channel
    if job["port"]:
        watch_smtp(point)
        channel = Smtp(SmtpSettings("127.0.0.1", job["port"], "none", local_hostname="me"))
    else:
        channel = Outbox(folder / "outbox")
    with Ledger.open(folder / "ledger.sqlite") as ledger:
        ledger._db = cast("sqlite3.Connection", Watched(ledger._db, point))
        now = NOW + timedelta(days=job["day"])
        deliver(due(channel.name), ledger, [channel], telling, now)


def main() -> None:
    """Answer jobs until there are no more."""
    for line in sys.stdin:
        job = json.loads(line)
        log = Path(job["folder"], "log")
        log.unlink(missing_ok=True)
        if not (child := os.fork()):
            try:
                work(job)
            except BaseException as error:
                print(repr(error), file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        happened = log.read_text().splitlines() if log.exists() else []
        print(json.dumps([os.waitstatus_to_exitcode(status), happened]), flush=True)


@dataclass
class Forge:
    """The process that forks runs."""

    process: subprocess.Popen[str]

    def run(self, folder: Path, *, kill: int = -1, port: int = 0, day: int = 0) -> list[str]:
        """One run that is killed at point `kill`. Gives what happened until then.

        Raises AssertionError for a run that ended in any other way than it should.
        """
        job = {"folder": str(folder), "kill": kill, "port": port, "day": day}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{json.dumps(job)}\n")
        self.process.stdin.flush()
        code, happened = json.loads(self.process.stdout.readline())
        assert code in (0, -signal.SIGKILL), f"the run ended with {code}"
        self.killed = code != 0
        return cast("list[str]", happened)

    killed: bool = False


@contextmanager
def forge() -> Iterator[Forge]:
    """A process that forks runs, for as long as a test module needs it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.alerts.forge"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    with process:
        yield Forge(process)
        assert process.stdin is not None
        process.stdin.close()


if __name__ == "__main__":
    main()
