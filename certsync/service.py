"""The daily run as a service: a loop that looks twice a minute, and a child process for each run.

Whether a run is due comes from `timetable.due`, not from a timer: a machine that slept, a clock
that was moved and a day on which it changes for summer time are all caught up with.
"""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from types import FrameType

import schedule

from certsync import timetable

OUTCOMES = {
    0: "The run is done.",
    1: "The run failed.",
    2: "The run failed: the config needs putting right.",
    3: "The run is done in part.",
    4: "Another run was at work.",
    7: "The run was refused by the brake.",
}


@dataclass
class Service:
    """The loop and what it needs.

    `command` starts one run; `at` is the local time of day; `completed` tells from the ledger
    whether a day's run is complete; `clock` gives the local time; `say` prints one line;
    `deadline` is the longest a run may take, in seconds.
    """

    command: Sequence[str]
    at: time
    completed: Callable[[date], bool]
    clock: Callable[[], datetime]
    say: Callable[[str], None]
    deadline: float
    look_every: float = 30.0
    stop_grace: float = 30.0
    _signal: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _tries: list[datetime] = field(default_factory=list)

    def loop(self) -> int:
        """Look, and run when a run is due, until a signal asks to stop. Returns the exit code."""
        previous = {s: signal.signal(s, self._on_signal) for s in (signal.SIGTERM, signal.SIGINT)}
        scheduler = schedule.Scheduler()
        scheduler.every().second.do(self.look)
        try:
            self.say(f"certsync is watching. Next run: {self._next()}.")
            while not self._stop.is_set():
                # Every job is asked for at each turn: after the clock is set back, the library
                # alone would wait until the old time comes round again.
                scheduler.run_all(delay_seconds=0)
                self._stop.wait(self.look_every)
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
        self.say("certsync has stopped.")
        return 130 if self._signal == signal.SIGINT else 0

    def look(self) -> None:
        """Start the run if it is due; whatever becomes of it, the loop goes on."""
        now = self.clock()
        self._tries = [t for t in self._tries if t.date() == now.date()]
        if not timetable.due(now, self.at, complete=self._complete(now), tries=self._tries):
            return
        self._tries.append(now)
        outcome = self._run()
        self.say(f"{self.clock():%Y-%m-%d %H:%M}  {outcome} Next run: {self._next()}.")

    def _complete(self, now: datetime) -> bool:
        try:
            return self.completed(now.date())
        except Exception as error:  # the loop outlives a ledger it cannot read
            self.say(f"The ledger cannot be read: {error}")
            return False

    def _next(self) -> str:
        now = self.clock()
        at = timetable.next_run(now, self.at, complete=self._complete(now), tries=self._tries)
        return "now" if at == now else f"{at:%A, %d %B %Y at %H:%M}"

    def _run(self) -> str:
        """Run the child to its end, its deadline or the signal to stop. Returns one sentence."""
        try:
            child = subprocess.Popen(self.command)
        except OSError as error:
            return f"The run could not be started: {error}."
        waited = 0.0
        while waited < self.deadline:
            try:
                code = child.wait(timeout=0.2)
                return OUTCOMES.get(code, f"The run ended with code {code}.")
            except subprocess.TimeoutExpired:
                waited += 0.2
            if self._stop.is_set():
                return self._end(child, "The run was interrupted.", self.stop_grace)
        minutes = f"{self.deadline / 60:g} minutes"
        return self._end(child, f"The run was ended: it took longer than {minutes}.", 0)

    def _end(self, child: subprocess.Popen[bytes], sentence: str, grace: float) -> str:
        """Let the child finish within `grace` seconds, then end it. A run can be ended anywhere.

        Whatever it was doing, the workbook is whole and the ledger knows what was sent.
        """
        try:
            code = child.wait(timeout=grace)
            return OUTCOMES.get(code, sentence)
        except subprocess.TimeoutExpired:
            child.terminate()
        try:
            child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        return sentence

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._signal = number
        self._stop.set()
