"""A mail server that fails at any verb in any way: each recipient ends as the table says.

Seven people are told, each in a message of their own, through the whole delivery with a ledger.
The server does one thing wrong once: at the banner, EHLO and AUTH of the first connection, and
at every other verb of the third message or of the sixth, whose envelope came with the content of
the fifth. Then the server is well again, and a day later everybody who is not refused for good
has been told.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from certsync.alerts.alert import State
from certsync.alerts.channels.smtp import Smtp
from certsync.alerts.channels.smtp_settings import SmtpSettings
from certsync.alerts.ledger import Ledger
from certsync.alerts.pipeline import Outcome, deliver
from tests.alerts.faults import TIMEOUT, Faulty, Kind, Verb
from tests.alerts.letters import alert, plain
from tests.alerts.world import NOW

PEOPLE = [f"p{n}@agency.example" for n in range(7)]
ALERTS = [alert(to=who, left=n, channel="email") for n, who in enumerate(PEOPLE)]

# What becomes of the seven:
# .  all are sent                          1  the first waits for the next run
# r  that one waits for the next run       *  all wait for the next run
# f  that one is refused for good          u  nobody knows whether that one arrived
PREDICTED = """
verb    4xx 5xx 421 drop hang slow letters long nul partial
banner  1   *   1   1    *    .    1       1    1   1
EHLO    *   *   1   1    *    .    *       1    *   1
AUTH    *   *   *   1    *    .    *       1    *   *
MAIL    r   r   .   .    .    .    .       .    .   .
RCPT    r   f   .   .    .    .    .       .    .   .
DATA    r   f   .   .    .    .    .       .    .   .
dot     r   f   r   u    u    .    u       u    u   u
RSET    f   f   f   f    f    f    f       f    f   f
QUIT    .   .   .   .    .    .    .       .    .   .
"""
THAT_ONE = {"r": State.RETRY, "f": State.FAILED, "u": State.UNCERTAIN}


class Case(NamedTuple):
    """One fault, at which message, and what it leads to; `states` are those of the people."""

    verb: Verb
    kind: Kind
    at: int
    states: tuple[State, ...]


def cases() -> Iterator[Case]:
    """The table, cell by cell."""
    head, *rows = [line.split() for line in PREDICTED.strip().splitlines()]
    for verb, *cells in rows:
        for kind, cell in zip(head[1:], cells, strict=True):
            for at in (3, 6) if verb in ("MAIL", "RCPT", "DATA", "dot", "RSET") else (1,):
                states = [State.RETRY if cell == "*" else State.SENT] * len(PEOPLE)
                if cell not in "*.":
                    states[at - 1] = THAT_ONE.get(cell, State.RETRY)
                yield Case(verb, kind, at, tuple(states))  # type: ignore[arg-type]


def run(ledger: Ledger, port: int, day: int = 0, people: int = 5) -> list[Outcome]:
    """A run so many days after the first, for so many people."""
    settings = SmtpSettings(
        "127.0.0.1", port, "none", "me", "password", TIMEOUT, TIMEOUT, local_hostname="me"
    )
    return deliver(ALERTS[:people], ledger, [Smtp(settings)], plain, NOW + timedelta(days=day))


def recorded(ledger: Ledger) -> tuple[State, ...]:
    """The state of each person in the ledger."""
    found = {entry.recipient: entry.state for entry in ledger.entries({ALERTS[0].about.series})}
    return tuple(found[who] for who in PEOPLE if who in found)


def check(folder: Path, server: Faulty, states: tuple[State, ...]) -> Counter[State]:
    """One run against the fault, one against the server when it is well, one more for nothing."""
    people, count = PEOPLE[: len(states)], len(states)
    with Ledger.open(folder / "ledger.sqlite") as ledger, server.serving() as port:
        started = time.monotonic()
        outcomes = run(ledger, port, people=count)
        took = time.monotonic() - started
        assert recorded(ledger) == states
        assert {o.recipient: o.state for o in outcomes} == dict(zip(people, states, strict=True))
        waits = 1 if server.verb and server.kind == "hang" else 0
        assert took < TIMEOUT * waits + 2.5, f"it took {took:.1f} seconds"
        first = {who: server.ids(who) for who in people}

        server.verb, server.refuse = None, {}
        run(ledger, port, 1, count)
        expected = [s if s is State.FAILED else State.SENT for s in states]
        assert recorded(ledger) == tuple(expected)
        for who, before in zip(people, states, strict=True):
            ids = server.ids(who)
            assert len(set(ids)) == (before is not State.FAILED), "one Message-ID for all attempts"
            assert len(ids) <= (2 if before is State.UNCERTAIN else 1)
            if before is State.SENT:
                assert ids == first[who], "who was told is not told again"
            elif before is not State.FAILED:
                assert len(ids) == len(first[who]) + 1, "who was not told is told once"
        taken = len(server.taken)
        assert [o.state for o in run(ledger, port, 2, count)] == [
            State.FAILED for state in states if state is State.FAILED
        ]
        assert len(server.taken) == taken
    return Counter(states)


def faulty(case: Case, *, pipelining: bool = True, keeps: bool = True) -> Faulty:
    """The server of a case; RSET is heard only after a refusal."""
    server = Faulty(case.verb, case.kind, case.at, pipelining, keeps=keeps)
    if case.verb == "RSET":
        server.nth, server.refuse = 1, {PEOPLE[case.at - 1]: "550 5.1.1 no such user"}
    return server


QUICK = [case for case in cases() if case.kind not in ("hang", "slow")]


@pytest.mark.parametrize("case", QUICK, ids=lambda case: f"{case.verb}-{case.kind}-{case.at}")
def test_a_fault_at_any_verb(in_memory: Path, case: Case) -> None:
    """Every verb by every quick fault, with a server that offers pipelining."""
    check(in_memory, faulty(case), case.states)


@pytest.mark.parametrize("code", ["550 5.1.1 no such user", "451 4.7.1 greylisted"])
@pytest.mark.parametrize("count", [1, 3, 5])
@pytest.mark.parametrize("lenient", [False, True])
def test_refused_recipients_delay_nobody(
    in_memory: Path, count: int, code: str, lenient: bool
) -> None:
    """However many are refused, each other one is told in the same run."""
    server = Faulty(refuse=dict.fromkeys(PEOPLE[:count], code), lenient=lenient)
    state = State.FAILED if code[0] == "5" else State.RETRY
    check(in_memory, server, tuple([state] * count + [State.SENT] * (5 - count)))


@pytest.mark.parametrize("verb", ["MAIL", "RCPT"])
def test_the_daily_limit_of_a_provider_waits_for_tomorrow(in_memory: Path, verb: str) -> None:
    """550 5.4.5 is no fault of the recipient's: not again today, and tomorrow it is sent."""
    server = Faulty(refuse={PEOPLE[1]: "550 5.4.5 Daily user sending limit exceeded"})
    if verb == "MAIL":
        server = Faulty(refuse=dict.fromkeys(PEOPLE, "550-5.4.5 Daily limit\r\n550 5.4.5 x"))
    with Ledger.open(in_memory / "ledger.sqlite") as ledger, server.serving() as port:
        run(ledger, port)
        waiting = recorded(ledger).count(State.RETRY)
        assert waiting == (5 if verb == "MAIL" else 1)
        server.refuse = {}
        heard = server.heard["RCPT"]
        run(ledger, port)
        assert server.heard["RCPT"] == heard, "nothing more was tried on the same day"
        run(ledger, port, day=1)
        assert recorded(ledger) == (State.SENT,) * 5


@pytest.mark.campaign
def test_every_fault_has_its_state(in_memory: Path) -> None:
    """Nine verbs by ten faults at two messages, pipelined or not, kept or not; all refusals."""
    counts: Counter[State] = Counter()
    number = itertools.count()

    def tried(server: Faulty, states: tuple[State, ...]) -> None:
        folder = in_memory / str(next(number))
        folder.mkdir()
        counts.update(check(folder, server, states))

    for case in cases():
        for pipelining, keeps in itertools.product((True, False), (True, False)):
            if keeps or case.verb == "dot":
                tried(faulty(case, pipelining=pipelining, keeps=keeps), case.states)
    faults = next(number)
    for chosen in itertools.product((False, True), repeat=5):
        for code, pipelining in itertools.product(("550 5.1.1", "451 4.7.1"), (True, False)):
            server = Faulty(
                refuse={w: f"{code} no" for w, no in zip(PEOPLE, chosen, strict=False) if no},
                pipelining=pipelining,
                lenient=sum(chosen) % 2 == 0,
            )
            state = State.FAILED if code[0] == "5" else State.RETRY
            tried(server, tuple(state if no else State.SENT for no in chosen))
    told = ", ".join(f"{count} {state}" for state, count in counts.most_common())
    print(f"{faults} faults and {next(number) - faults - 1} sets of refusals: {told}")
