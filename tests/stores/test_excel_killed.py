"""A run that is killed at any point leaves the old file or the new one, never a broken one."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from certsync.stores import excel, files
from tests.stores.world import agency, status_plan, store

PLAIN = agency()
WATCHED = {excel.__file__, files.__file__}
KILLED = 87
REPOSITORY = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


def apply(path: Path, day: int) -> None:
    """Write one run's days into the workbook."""
    one = store(path, keep=3)
    one.apply(status_plan(days=[day, day, day]), one.read().revision)


def killed_at(path: Path, line: int) -> bool:
    """Run until the given line of the writing code is about to begin; False if it never does."""
    if child := os.fork():
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        assert code in (0, KILLED)
        return code == KILLED
    left = line

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename not in WATCHED:
            return None
        if event == "line":
            left -= 1
            if not left:
                os._exit(KILLED)
        return trace

    try:
        sys.settrace(trace)
        apply(path, 7)
    except BaseException:
        os._exit(1)
    os._exit(0)


def days(path: Path) -> list[Any]:
    """The days that the file holds; reading fails if it is broken."""
    found = store(path).read().tab("Certifications")
    return [found.value(row, 6) for row in (4, 5, 6)]


def killed_everywhere(path: Path, step: int) -> Iterator[list[Any]]:
    """What the file holds after a kill at every line, or at every few lines."""
    line = 1
    while True:
        # What a killed run left behind would give the next one more lines.
        shutil.rmtree(path.parent)
        path.parent.mkdir()
        path.write_bytes(PLAIN)
        killed = killed_at(path, line)
        yield days(path)
        for backup in (path.parent / "backups").glob("agency*.xlsx"):
            assert backup.read_bytes() == PLAIN
        if not killed:
            return
        line += step


def check(path: Path, step: int) -> int:
    """Kill at many lines; returns how often. Both the old and the new file must occur."""
    path.parent.mkdir()
    seen = list(killed_everywhere(path, step))
    old, new = [None, None, None], [7.0, 7.0, 7.0]
    assert all(found in (old, new) for found in seen)
    assert seen[0] == old
    assert seen[-1] == new
    return len(seen)


def test_killed_at_many_lines(tmp_path: Path) -> None:
    """The file is whole after a kill before every seventh line of the writing code."""
    assert check(tmp_path / "killed" / "agency.xlsx", step=7) > 15


@pytest.mark.campaign
def test_killed_at_every_line(tmp_path: Path) -> None:
    """The file is whole after a kill before each line of the writing code."""
    assert check(tmp_path / "killed" / "agency.xlsx", step=1) > 100


LOOP = """
import sys, itertools, pathlib
sys.path.insert(0, sys.argv[2])
from tests.stores.test_excel_killed import apply
path = pathlib.Path(sys.argv[1])
print("ready", flush=True)
for day in itertools.count():
    apply(path, day)
"""


def kill_at_random(path: Path, rounds: int, seed: int) -> None:
    """Kill a program that writes again and again, from outside, at moments drawn by chance."""
    moments = random.Random(seed)
    for _ in range(rounds):
        path.write_bytes(PLAIN)
        command = [sys.executable, "-c", LOOP, str(path), str(REPOSITORY)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=REPOSITORY) as child:
            assert child.stdout
            assert child.stdout.readline() == b"ready\n"
            time.sleep(moments.uniform(0, 0.4))
            child.send_signal(signal.SIGKILL)
        found = days(path)
        assert len(set(found)) == 1, f"the file is half old and half new: {found}"
        apply(path, 1)
        assert days(path) == [1.0, 1.0, 1.0]


def test_killed_from_outside(tmp_path: Path) -> None:
    """A program killed while it writes leaves one whole state, and the next run goes on."""
    kill_at_random(tmp_path / "agency.xlsx", rounds=2, seed=1)


@pytest.mark.campaign
def test_killed_from_outside_many_times(tmp_path: Path) -> None:
    """Sixty kills at moments drawn by chance."""
    kill_at_random(tmp_path / "agency.xlsx", rounds=60, seed=2)
