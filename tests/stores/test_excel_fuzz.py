"""Damaged workbooks: each is read and written, or refused with a sentence and left as it is."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from certsync.errors import CertsyncError
from certsync.sheets.edits import Plan
from certsync.stores.base import Written
from tests.contracts.store import AGENCY
from tests.ooxml.agency import packed, parts
from tests.ooxml.corpus import corpus_files
from tests.ooxml.handmade import stored
from tests.stores.world import agency, column, dashboard, store

PARTS = re.compile(r"(sheet\d*|workbook|table\d*|styles|sharedStrings|Types\])\.xml(\.rels)?$")
ODD = (b"<", b">", b'"', b"&x;", b"<!--", b"<![CDATA[", b"\0", b"/>", b"</c>", b"\xff", b"<!A>")
NUMBERS = (b"0", b"-1", b"99999999999", b"1e400", b"x", b"", b"1048577")


def damaged(content: bytes, chance: random.Random) -> bytes:
    """The bytes after one to three small accidents."""
    for _ in range(chance.randint(1, 3)):
        at, length = chance.randrange(len(content) + 1), chance.randint(1, 50)
        kind = chance.randrange(5)
        if kind == 0:
            content = content[:at] + content[at + length :]
        elif kind == 1:
            content = content[: at + length] + content[at:]
        elif kind == 2:
            content = content[:at] + chance.choice(ODD) + content[at:]
        elif kind == 3 and (numbers := list(re.finditer(rb"\d+", content))):
            number = chance.choice(numbers)
            new = chance.choice(NUMBERS)
            content = content[: number.start()] + new + content[number.end() :]
        elif kind == 4 and not chance.randrange(4):
            content = content[:at]
    return content


def accidents(sources: list[bytes], seed: int, count: int) -> Iterator[bytes]:
    """Workbooks in which one part is damaged."""
    chance = random.Random(seed)
    whole = [parts(source) for source in sources]
    for _ in range(count):
        members = dict(chance.choice(whole))
        name = chance.choice([n for n in members if PARTS.search(n)])
        members[name] = damaged(members[name], chance)
        yield packed(members)


def read_and_write(path: Path) -> Written | None:
    """One run that adds a column to the first tab with rows, and a dashboard."""
    one = store(path, keep=0)
    snapshot = one.read()
    tab = next((tab for tab in snapshot.tabs if tab.rows), None)
    if tab is None:
        return None
    table = tab.tables[0].name if tab.tables else None
    words = column(
        tab.right + 1,
        ["Active", None, "x"],
        "Status",
        tab=tab.name,
        highlight="status",
        table=table,
    )
    days = column(tab.left, [1, 2, 3], tab=tab.name, kind="whole")
    return one.apply(Plan((words, days), (dashboard("day1"),)), snapshot.revision)


def survive(path: Path, sources: list[bytes], seed: int, count: int) -> int:
    """Run over many damaged workbooks; returns how many were written."""
    done = 0
    for data in accidents(sources, seed, count):
        path.write_bytes(data)
        try:
            done += read_and_write(path) is not None
        except CertsyncError:
            assert path.read_bytes() == data
    return done


def test_damaged_workbooks_end_in_a_sentence(tmp_path: Path) -> None:
    """Whatever byte is wrong, a run never ends in a traceback, and never writes half a file."""
    sources = [agency(table=True, formula=True), stored(AGENCY)]
    assert survive(tmp_path / "agency.xlsx", sources, seed=1, count=150) > 20


@pytest.mark.campaign
def test_damaged_hard_workbooks_end_in_a_sentence(tmp_path: Path) -> None:
    """The same over the corpus, many times."""
    sources = []
    for source in corpus_files():
        path = tmp_path / "agency.xlsx"
        path.write_bytes(source.read_bytes())
        try:
            read_and_write(path)
        except CertsyncError:
            continue
        sources.append(source.read_bytes())
    assert survive(tmp_path / "agency.xlsx", sources, seed=2, count=3000) > 300
