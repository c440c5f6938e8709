"""Mails a second beside a bare smtplib loop: the same bytes, on one connection, in the same run.

The server is `sink.py`, a process of its own that only counts, so that what is measured is the
sender. Every round begins with the bare loop, and the medians count. certsync sends with a ledger
in a file, each intent and each result on the disk before the next step; nothing is paced.
"""

from __future__ import annotations

import contextlib
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from certsync.alerts.alert import Alert, State
from certsync.alerts.channels.smtp import Smtp
from certsync.alerts.channels.smtp_settings import SmtpSettings
from certsync.alerts.digest import Message, gather
from certsync.alerts.ledger import Ledger
from certsync.alerts.mail import as_email
from certsync.alerts.message import Writer
from certsync.alerts.pipeline import Render, deliver
from certsync.alerts.policy import due
from certsync.alerts.tiers import People
from certsync.compute.facts import Facts
from tests.alerts.world import LETTERHEAD, NOW, PRO, TODAY, world

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
    alerts = due(facts, tables, (), workbook="agency", people=People(), channels=("email",))
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


def delivered(port: int, alerts: Sequence[Alert], render: Render) -> None:
    """The whole way: ledger, digests, messages, channel."""
    settings = SmtpSettings("127.0.0.1", port, "none", local_hostname="me")
    with tempfile.TemporaryDirectory() as name, Ledger.open(Path(name, "ledger.sqlite")) as ledger:
        outcomes = deliver(alerts, ledger, [Smtp(settings)], render, NOW, approved=True)
        assert {outcome.state for outcome in outcomes} == {State.SENT}


def measure(count: int, rounds: int) -> None:
    """Measure, check that all sent the same, and print the table."""
    facts, alerts = agency(count)
    digests = gather((alert, None, TODAY) for alert in alerts)
    writer = Writer(LETTERHEAD, facts)
    prepared = {digest.to.email: writer(digest, NOW) for digest in digests}
    mails = [(m.sender.email, m.digest.to.email, as_email(m).as_bytes()) for m in prepared.values()]

    def ready(digest: object, now: object) -> Message:
        del now
        return prepared[digest.to.email]  # type: ignore[attr-defined]

    programs: dict[str, Callable[[int], None]] = {
        "bare smtplib loop": lambda port: bare(port, mails),
        "certsync, messages written before": lambda port: delivered(port, alerts, ready),
        "certsync, messages written now": lambda port: delivered(
            port, alerts, Writer(LETTERHEAD, facts)
        ),
    }
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
    loop = statistics.median(seconds["bare smtplib loop"])
    print(f"\n{arrived:,} messages of {size // arrived:,} bytes, {rounds} rounds")
    print("| program | seconds | messages a second | of the loop |")
    print("|---|---|---|---|")
    for name, took in seconds.items():
        middle = statistics.median(took)
        print(f"| {name} | {middle:.2f} | {arrived / middle:,.0f} | {loop / middle:.2f} |")
