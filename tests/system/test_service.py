"""The daily loop, with real child processes and real signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time as clock
from datetime import date, datetime, time
from pathlib import Path

import pytest

from certsync.service import Service

LOOP = """
import sys
from datetime import datetime, time
from pathlib import Path
from certsync.service import Service

done = Path(sys.argv[1])
service = Service(
    command=[sys.executable, "-c", sys.argv[2], str(done)],
    at=time(0, 0),
    completed=lambda day: done.exists(),
    clock=datetime.now,
    say=lambda text: print(text, flush=True),
    deadline=20,
    look_every=0.05,
    stop_grace=5,
)
sys.exit(service.loop())
"""


def service(command: list[str], said: list[str], *, deadline: float = 10) -> Service:
    """A service on a Monday morning whose day is never complete."""
    return Service(
        command=command,
        at=time(7, 30),
        completed=lambda _day: False,
        clock=lambda: datetime(2026, 3, 16, 8, 0),
        say=said.append,
        deadline=deadline,
    )


def python(code: str) -> list[str]:
    """A child process that runs `code`."""
    return [sys.executable, "-c", textwrap.dedent(code)]


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (0, "The run is done."),
        (1, "The run failed."),
        (3, "The run is done in part."),
        (7, "The run was refused by the brake."),
        (99, "The run ended with code 99."),
    ],
)
def test_each_end_has_a_sentence(code: int, sentence: str) -> None:
    """Every way a run ends is said in one line, with the next run."""
    said: list[str] = []
    service(python(f"raise SystemExit({code})"), said).look()
    assert len(said) == 1
    assert sentence in said[0]
    assert "Next run: Monday, 16 March 2026 at 09:00" in said[0]


def test_a_failing_run_does_not_fire_again_at_the_next_look(tmp_path: Path) -> None:
    """Ninety looks after a failed run start no second one within the hour."""
    count = tmp_path / "count"
    loop = service(python(f"open({str(count)!r}, 'a').write('x'); raise SystemExit(1)"), [])
    for _ in range(90):
        loop.look()
    assert count.read_text() == "x"


def test_a_hanging_run_ends_at_its_deadline() -> None:
    """A run that takes longer than the deadline is ended, and the loop goes on."""
    said: list[str] = []
    started = clock.monotonic()
    service(python("import time; time.sleep(60)"), said, deadline=0.6).look()
    assert clock.monotonic() - started < 10
    assert "it took longer than" in said[0]


def test_a_run_that_cannot_start_is_said() -> None:
    """A missing program is a sentence, never the end of the loop."""
    said: list[str] = []
    service(["/no/such/program"], said).look()
    assert "could not be started" in said[0]


def test_an_unreadable_ledger_does_not_end_the_loop() -> None:
    """When the ledger cannot be read the run is started all the same: it will say why."""

    def broken(_day: date) -> bool:
        raise OSError("disk gone")

    said: list[str] = []
    loop = service(python("pass"), said)
    loop.completed = broken
    loop.look()
    assert "disk gone" in said[0]
    assert "The run is done." in said[-2] + said[-1]


def start_loop(tmp_path: Path, child: str) -> subprocess.Popen[str]:
    """The loop in a process of its own, as systemd would start it."""
    return subprocess.Popen(
        [sys.executable, "-c", LOOP, str(tmp_path / "done"), textwrap.dedent(child)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


def test_sigterm_ends_it_cleanly(tmp_path: Path) -> None:
    """SIGTERM between runs: the loop says so and ends with code 0; one run was made."""
    child = "import sys; p = open(sys.argv[1], 'a'); p.write('x'); p.close()"
    loop = start_loop(tmp_path, child)
    assert loop.stdout is not None
    lines = [loop.stdout.readline(), loop.stdout.readline()]
    clock.sleep(0.4)
    loop.send_signal(signal.SIGTERM)
    rest, _ = loop.communicate(timeout=10)
    assert loop.returncode == 0
    assert "The run is done." in lines[1]
    assert rest.strip() == "certsync has stopped."
    assert (tmp_path / "done").read_text() == "x"


def test_sigterm_lets_a_run_finish(tmp_path: Path) -> None:
    """A run at work when SIGTERM comes is given time to end by itself."""
    child = """
        import sys, time
        time.sleep(1)
        open(sys.argv[1], 'a').write('whole')
    """
    loop = start_loop(tmp_path, child)
    assert loop.stdout is not None
    loop.stdout.readline()
    clock.sleep(0.3)
    loop.send_signal(signal.SIGTERM)
    loop.communicate(timeout=15)
    assert loop.returncode == 0
    assert (tmp_path / "done").read_text() == "whole"
