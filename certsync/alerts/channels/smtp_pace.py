"""Not more messages a minute than the provider takes: a window of 60 seconds that slides."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

WINDOW = 60.0


@dataclass(frozen=True)
class Pace:
    """Waits so that no window of 60 seconds holds more than `per_minute` messages.

    `handed` are the moments at which the last ones were done with, of `monotonic`; it is shared by
    all that send through one account. What counts is the end of a message: the server has counted
    it by then at the latest.
    """

    per_minute: int | None
    handed: deque[float]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]

    @property
    def free(self) -> bool:
        """Whether there is no limit to keep to."""
        return self.per_minute is None

    def wait(self) -> None:
        """Return when the next message may begin."""
        if self.per_minute is None or len(self.handed) < self.per_minute:
            return
        # A sleep may end a little early, and a suspended machine makes it end late.
        until = self.handed[-self.per_minute] + WINDOW
        while (left := until - self.monotonic()) > 0:
            self.sleep(left)

    def done(self) -> None:
        """A message has been handed over, or refused."""
        if self.per_minute is not None:
            self.handed.append(self.monotonic())
            while len(self.handed) > self.per_minute:
                self.handed.popleft()
