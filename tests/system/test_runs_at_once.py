"""Eight runs of one config at the same moment: each alert once, and nobody comes to harm.

Every round is another day on which something is due. The runs start together; whoever finds the
ledger held ends with code 4, whoever comes after the others finds nothing left to do. What has to
be told is worked out from the dates alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.alerts.told import Oracle, Person, Record, Telling
from tests.system import small_agency
from tests.system.post_office import Letter, PostOffice, post_office
from tests.system.small_agency import HELD
from tests.system.zygote import Zygote, zygote

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="runs are forked")

AT_ONCE = 8
AT_WORK = 4
"""The exit code of a run that finds another one at work."""


@dataclass
class Rounds:
    """What the rounds were and what came of them."""

    rounds: int = 0
    codes: Counter[int] = field(default_factory=Counter)
    told: int = 0

    def __str__(self) -> str:
        codes = ", ".join(f"{count} with code {code}" for code, count in sorted(self.codes.items()))
        return (
            f"{self.rounds} rounds of {AT_ONCE} runs at once ({codes}): "
            f"{self.told} alerts, each told once"
        )


def oracle() -> Oracle:
    """The small agency, as plain values."""
    people = [Person(who, email, boss) for who, _, email, boss, _ in small_agency.MEMBERS]
    records = [Record(who, what, small_agency.expires(days)) for who, what, days in HELD]
    return Oracle(
        {person.id: person for person in people},
        records,
        "cora@agency.example",
        ["lee@agency.example"],
    )


def play(rounds: int, folder: Path, runs: Zygote, office: PostOffice) -> Rounds:
    """So many rounds, each on a day on which something is due."""
    found, expected, now = Rounds(), oracle(), small_agency.NOW
    config = small_agency.found(folder, port=office.port)
    while found.rounds < rounds:
        due = expected.run(now.date())
        if due:
            found.rounds += 1
            found.told += len(due)
            found.codes += once(config, now, runs, office, due)
        now += timedelta(days=1)
    return found


def once(
    config: Path, now: datetime, runs: Zygote, office: PostOffice, due: set[Telling]
) -> Counter[int]:
    """One round: everybody hears once of what is due to them, in one message."""
    office.empty()
    ended = runs.run(config, now, count=AT_ONCE)
    office.settle()
    codes = Counter(one.code for one in ended)
    assert set(codes) <= {0, AT_WORK}, [one.err for one in ended if one.code not in (0, AT_WORK)]
    assert sum(one.code == 0 and not one.idle for one in ended) == 1, "one run does all the work"
    expected = {(one.recipient, ROWS[one.person, one.name]) for one in due}
    assert told(office.letters) == Counter(expected), f"{now}: somebody was told twice or not"
    addressed = Counter(letter.recipient for letter in office.letters)
    assert set(addressed.values()) == {1}, f"{now}: {addressed}"
    return codes


ROWS = {(who, what): f"Certifications!C{row}" for row, (who, what, _) in enumerate(HELD, start=2)}
_ROW = re.compile(r" in (Certifications!\S+)$")


def told(letters: Sequence[Letter]) -> Counter[tuple[str, str]]:
    """How often each recipient was told of each certification, by its cell."""
    return Counter(
        (letter.recipient, row.group(1))
        for letter in letters
        for item in letter.items
        if (row := _ROW.search(item))
    )


def test_a_few_rounds_of_runs_at_once(in_memory: Path) -> None:
    """Of eight runs at once one tells each alert, and the others end with code 4 or idle."""
    with zygote() as runs, post_office() as office:
        found = play(3, in_memory / "agency", runs, office)
    print(found)
    assert found.codes[AT_WORK] > 0


@pytest.mark.campaign
def test_two_hundred_rounds_of_runs_at_once(in_memory: Path) -> None:
    """Two hundred rounds: no alert is told twice, and no run crashes."""
    with zygote() as runs, post_office() as office:
        found = play(200, in_memory / "agency", runs, office)
    print(found)
    assert found.rounds == 200
    assert found.codes.total() == 200 * AT_ONCE
    assert found.codes[AT_WORK] > 200
