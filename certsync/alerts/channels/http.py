"""What channels over HTTP share: a POST with an honest end, waiting when asked to, and addresses.

A request that could not be handed over completely was certainly not acted on. From then until the
answer nobody can tell. Addresses are secrets: no sentence here shows more than their host.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from urllib.request import getproxies

from certsync.alerts.alert import State
from certsync.alerts.channels.base import Receipt

PATIENCE = 60.0
"""Seconds a session waits in total when a service asks for patience."""

SILENCES = 3
"""After so many messages in a row without an answer a service is left alone."""

_GATEWAYS = {502, 504}
_DAY = 86_400.0
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)


class NotSent(Exception):
    """The service was not reached; the text is the sentence for the operator."""


class NoAnswer(Exception):
    """Everything was handed over and no answer came; the text is the sentence."""


@dataclass(frozen=True)
class Answer:
    """What a service said."""

    status: int
    body: str
    headers: Mapping[str, str]

    @property
    def retry_after(self) -> float:
        """Seconds to wait before the next request."""
        return retry_after(self.headers)


@dataclass(frozen=True)
class Clock:
    """How to wait and to measure time, in seconds."""

    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic


@dataclass
class Waits:
    """The waiting of one session: a gap between messages to one place, and what is asked for."""

    clock: Clock
    gap: float
    left: float = PATIENCE
    _last: dict[str, float] = field(default_factory=dict)

    def pace(self, place: str) -> None:
        """Wait until the next message may go to `place`."""
        if place in self._last:
            early = self._last[place] + self.gap - self.clock.monotonic()
            if early > 0:
                self.clock.sleep(early)
        self._last[place] = self.clock.monotonic()

    def patient(self, seconds: float) -> bool:
        """Wait as long as a service asks for; False, at once, if that is too long."""
        if seconds > self.left:
            return False
        self.left -= seconds
        self.clock.sleep(seconds)
        return True


class Line:
    """The state of a session with one service: after some failures the rest need not be tried."""

    def __init__(self, who: str) -> None:
        self._who = who
        self._silences = 0
        self._closed = ""

    @property
    def closed(self) -> Receipt | None:
        """The receipt for every further message, once there is no point in trying."""
        return Receipt(State.RETRY, self._closed) if self._closed else None

    def close(self, sentence: str) -> Receipt:
        """No message of this session has a chance."""
        self._closed = sentence
        return Receipt(State.RETRY, sentence)

    def silent(self, sentence: str) -> Receipt:
        """A message was handed over and nobody knows what became of it."""
        self._silences += 1
        if self._silences >= SILENCES:
            self._closed = f"{self._who} gave no answer {SILENCES} times in a row, so it was left."
        return Receipt(State.UNCERTAIN, sentence)

    def sent(self) -> Receipt:
        """A message was taken over."""
        self._silences = 0
        return Receipt(State.SENT)

    def out_of_order(self, status: int) -> Receipt:
        """The receipt for an answer in the 500s."""
        if status in _GATEWAYS:
            # The gateway answered for a service that may have got the message.
            return self.silent(
                f"{self._who} gave no clear answer ({status}). The message may arrive twice."
            )
        return Receipt(
            State.RETRY, f"{self._who} is out of order ({status}). The next run tries again."
        )

    def too_fast(self, seconds: float) -> Receipt:
        """The receipt after a wait that would be too long."""
        wait = f"{seconds:,.0f} seconds" if seconds <= _DAY else "longer than a day"
        return self.close(f"{self._who} asks to wait {wait}. The next run tries again.")


def post(url: str, body: bytes, *, who: str, timeout: float, read: int = 0) -> Answer:
    """POST JSON, once; of the answer no more than its head and `read` bytes are read.

    A redirect is an answer like any other: whoever it leads to would not get the message.
    `who` names the service in sentences. Raises NotSent or NoAnswer.
    """
    # Imported here: a run without such a channel needs none of it.
    import logging

    import requests

    # At DEBUG it logs whole addresses.
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    try:
        heard = requests.post(
            url,
            data=body,
            headers={"Content-Type": "application/json", "Connection": "close"},
            timeout=(min(timeout, 10.0), timeout),
            allow_redirects=False,
            stream=True,
        )
        with heard:
            said = _beginning(heard.iter_content(read), read) if read else b""
        return Answer(heard.status_code, said.decode(errors="replace"), heard.headers)
    except requests.exceptions.SSLError:
        problem = "its certificate cannot be trusted. Check the address in the config"
    except requests.exceptions.ProxyError:
        problem = "the proxy let nothing through. Check the proxy of this computer"
    except requests.exceptions.ConnectTimeout:
        problem = "it could not be reached in time. Check the network"
    except ValueError:
        problem = "the address is no web address. Check it in the config"
    except requests.exceptions.ConnectionError as error:
        if not _unreached(error):
            raise NoAnswer(unanswered(who)) from None
        problem = "it could not be reached. Check the address and the network"
    except requests.exceptions.RequestException:
        raise NoAnswer(unanswered(who)) from None
    # Nothing is chained: the errors of requests show the whole address.
    raise NotSent(f"{who}: {problem}.") from None


def _beginning(pieces: Iterable[bytes], most: int) -> bytes:
    begun = b""
    for piece in pieces:
        begun += piece
        if len(begun) >= most:
            break
    return begun[:most]


def unanswered(who: str) -> str:
    """The sentence for a message that was handed over without an answer."""
    return f"{who} took the message and gave no answer. It goes out again and may arrive twice."


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds a service asks to wait: a number, or a date by the service's own clock.

    At least one second, and just one where it says neither: `nan` is no wait, nor is `-5`.
    """
    named = {name.lower(): value for name, value in headers.items()}
    said = named.get("retry-after", "").strip()
    if _NUMBER.fullmatch(said):
        return max(float(said), 1.0)
    try:
        until, now = (parsedate_to_datetime(text) for text in (said, named.get("date", "")))
        return max((until - now).total_seconds(), 1.0)
    except (TypeError, ValueError, OverflowError):
        return 1.0


def host(url: str) -> str:
    """All of an address that may be shown."""
    try:
        return urlsplit(url).hostname or "the address"
    except ValueError:
        return "the address"


def unreachable(url: str, *, who: str, timeout: float) -> str:
    """Why nobody answers at an address, in one sentence; nothing is sent to find out."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}[parts.scheme]
        name = parts.hostname or ""
    except (KeyError, ValueError):
        return f"{who}: the address is no web address. It begins with https://."
    if not name:
        return f"{who}: the address names no server."
    if parts.scheme in getproxies():
        return ""  # what a proxy can reach is known only by sending something through it
    try:
        with socket.create_connection((name, port), timeout=min(timeout, 10.0)):
            return ""
    except (OSError, UnicodeError):
        return f"{who}: {name} could not be reached. Check the address and the network."


def _unreached(error: BaseException) -> bool:
    """Whether no connection came about."""
    from urllib3.exceptions import NewConnectionError

    found: list[object] = [error]
    for each in found:
        if isinstance(each, NewConnectionError):
            return True
        if isinstance(each, BaseException) and len(found) < 20:
            found += [*each.args, getattr(each, "reason", None)]
    return False
