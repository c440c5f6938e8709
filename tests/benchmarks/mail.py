"""Mails a second beside a bare smtplib loop: the same bytes, on one connection, in the same run.

The server is `sink.py`, a process of its own that only counts, so that what is measured is the
sender. Every round begins with the bare loop, and the best round of each program counts.
certsync sends with a ledger in a file, each intent and each result on the disk before the next
step; nothing is paced. How long the disk takes for that is measured beside it, and the same run
with the ledger in memory (where there is such a folder) shows what is not the disk's.
"""

from __future__ import annotations

import contextlib
import os
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from certsync.alerts.alert import Alert, State
from certsync.alerts.channels.smtp import Smtp
from certsync.alerts.channels.smtp_settings import SmtpSettings
from certsync.alerts.digest import Digest, Message, gather
from certsync.alerts.ledger import Ledger
from certsync.alerts.mail_bytes import as_bytes
from certsync.alerts.message import Writer
from certsync.alerts.pipeline import Render, deliver
from certsync.alerts.rules import Rules
from certsync.compute.facts import Facts
from tests.alerts.world import LETTERHEAD, NOW, PRO, TODAY, Place, due_now, world

LOOP = "bare smtplib loop"
MEMORY = Path("/dev/shm")
SINK = Path(__file__).with_name("sink.py")


def agency(people: int) -> tuple[Facts, list[Alert]]:
    """So many people with a certification that expires soon, and the alert for each of them."""
    members = [
        f"| E{n} | Member {n:05d} | member{n:05d}@agency.example | Active |" for n in range(people)
    ]
    rows = [f"| E{n} | {PRO} | {TODAY + timedelta(days=1 + n % 28)} |" for n in range(people)]
    facts, tables = world(
        "\n".join(["| employee_id | certification | expiration_date |", *rows]),
        members="\n".join(["| employee_id | full_name | email | status |", *members]),
    )
    alerts = due_now(facts, tables, rules=Rules(), channels=(Place("email"),))
    return facts, [one for one in alerts if "holder" in one.to.roles]


@contextlib.contextmanager
def sink() -> Iterator[int]:
    """The server; gives its port."""
    with subprocess.Popen([sys.executable, str(SINK)], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.kill()


def taken(port: int) -> tuple[int, ...]:
    """How many messages the server took since the last time, their bytes and checksums."""
    with smtplib.SMTP("127.0.0.1", port, "me", timeout=10) as client:
        client.ehlo()
        return tuple(int(part) for part in client.docmd("XCOUNT")[1].split())


def bare(port: int, mails: Sequence[tuple[str, str, bytes]]) -> None:
    """What the standard library does by itself: one connection, `sendmail` for each message."""
    with smtplib.SMTP("127.0.0.1", port, "me", timeout=30) as client:
        for sender, recipient, content in mails:
            client.sendmail(sender, [recipient], content)


def delivered(
    port: int, alerts: Sequence[Alert], render: Render, folder: Path | None = None
) -> None:
    """The whole way: ledger, digests, messages, channel."""
    settings = SmtpSettings("127.0.0.1", port, "none", local_hostname="me")
    with (
        tempfile.TemporaryDirectory(dir=folder) as name,
        Ledger.open(Path(name, "ledger.sqlite")) as ledger,
    ):
        outcomes = deliver(alerts, ledger, [Smtp(settings)], render, NOW, approved=True)
        assert {outcome.state for outcome in outcomes} == {State.SENT}


def measure(count: int, rounds: int) -> None:
    """Measure, check that all sent the same, and print the table."""
    facts, alerts = agency(count)
    digests = gather((alert, None, TODAY) for alert in alerts)
    writer = Writer(LETTERHEAD, facts)
    prepared = {digest.to.email: writer(digest, NOW) for digest in digests}
    mails = [(m.sender.email, m.digest.to.email, as_bytes(m)) for m in prepared.values()]

    def ready(digest: Digest, now: datetime) -> Message:
        del now
        return prepared[digest.to.email]

    programs: dict[str, Callable[[int], None]] = {
        LOOP: lambda port: bare(port, mails),
        "messages written before": lambda port: delivered(port, alerts, ready),
        "messages written now": lambda port: delivered(port, alerts, Writer(LETTERHEAD, facts)),
    }
    if MEMORY.is_dir():
        programs["written before, ledger in memory"] = lambda port: delivered(
            port, alerts, ready, MEMORY
        )
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    seen: set[tuple[int, ...]] = set()
    with sink() as port:
        for _ in range(rounds):
            for name, program in programs.items():
                start = time.perf_counter()
                program(port)
                seconds[name].append(time.perf_counter() - start)
                seen.add(taken(port))
    ((arrived, size, _),) = seen
    print(f"\n{arrived:,} messages of {size // arrived:,} bytes, {rounds} rounds")
    print(f"One write that is flushed to the disk takes {flushed() * 1000:.2f} ms.")
    print("| program | seconds | messages a second | of the loop |")
    print("|---|---|---|---|")
    for name, took in seconds.items():
        best = min(took)
        ratio = min(seconds[LOOP]) / best
        print(f"| {name} | {best:.2f} | {arrived / best:,.0f} | {ratio:.2f} |")


def flushed(times: int = 200) -> float:
    """Seconds for 4 KB to be on the disk for good, at the median."""
    took = []
    with tempfile.TemporaryFile() as file:
        for _ in range(times):
            start = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - start)
    return statistics.median(took)
