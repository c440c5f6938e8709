"""One HTTP request that nobody has to wait for: in a thread of its own, given up at any moment.

What was given up sends nothing afterwards: a connection that is made too late is dropped before
a byte of the request is on it. A time-out alone would not do, for it is counted anew with every
byte that a slow server sends, and no time-out ends the search for a name.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import urllib.error
import urllib.request
from http import HTTPStatus

from certsync import __version__

TRIES = 2
_PAUSE = 0.1
"""Before the second try, as a share of the time-out."""

_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}

_REDIRECT = ", a redirect, and no ping follows it. Write the address itself after `heartbeat:`"

_SILENCE = "gave no answer in time"
_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (ssl.SSLCertVerificationError, "showed a certificate that is not trusted"),
    (ssl.SSLError, "could not agree on a secure connection"),
    (socket.gaierror, "was not found"),
    (TimeoutError, _SILENCE),
    (ConnectionRefusedError, "refused the connection"),
    (ConnectionError, "broke off the connection"),
    (OSError, "could not be reached"),
)
"""What an error says of the other side, the most exact one first."""


class Ping(threading.Thread):
    """A POST of `body` to `url`, tried twice where it fails for the moment.

    `timeout` is the longest that a step of one try may take, in seconds. `trouble` says what the
    other side did the last time, as the end of a sentence; empty if it took the ping.
    """

    def __init__(self, url: str, body: bytes, timeout: float) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self.trouble = _SILENCE
        self._url, self._body, self._timeout = url, body, timeout
        self._lock = threading.Lock()
        self._given_up = threading.Event()
        self._line: socket.socket | None = None

    def run(self) -> None:
        """Try, and try again."""
        for tries_left in reversed(range(TRIES)):
            trouble, passing = self._try()
            if self._given_up.is_set():
                return
            self.trouble = trouble
            if not passing or not tries_left or self._given_up.wait(self._timeout * _PAUSE):
                return

    def settle(self, seconds: float) -> str:
        """Wait so long for it, then give it up. Returns the trouble, if there was any."""
        try:
            if seconds > 0:
                self.join(seconds)
            return self.trouble
        finally:
            self._give_up()

    def hold(self, line: socket.socket) -> None:
        """Send nothing on a connection that comes too late."""
        with self._lock:
            if self._given_up.is_set():
                raise ConnectionAbortedError
            self._line = line

    def _give_up(self) -> None:
        with self._lock:
            self._given_up.set()
            if self._line is not None:
                with contextlib.suppress(OSError):
                    # The plain socket's own: that of a TLS one would first forget the encryption.
                    socket.socket.shutdown(self._line, socket.SHUT_RDWR)

    def _try(self) -> tuple[str, bool]:
        """What went wrong, and whether it may go better the next time."""
        try:
            request = urllib.request.Request(
                self._url,
                self._body,
                {
                    "User-Agent": f"certsync/{__version__}",
                    "Content-Type": "text/plain; charset=utf-8",
                },
            )
            with _opener(self).open(request, timeout=self._timeout):
                return "", False
        except urllib.error.HTTPError as error:
            error.close()
            return f"answered {_status(error.code)}", error.code >= 500 or error.code in _PASSING
        except Exception as error:  # whatever the other side does, the run goes on
            return _words(error), True


def _status(code: int) -> str:
    named = f"{code} {http.client.responses.get(code, '')}".strip()
    return named + _REDIRECT if 300 <= code < 400 else named


def _words(error: Exception) -> str:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    known = (words for kind, words in _WORDS if isinstance(cause, kind))
    return next(known, "sent what is no answer")


def _opener(ping: Ping) -> urllib.request.OpenerDirector:
    """What opens http and https, through the proxy of the environment.

    It follows no redirect: the ping would arrive as another request, without what it says.
    """
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        _Handler(ping),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


class _Handler(urllib.request.AbstractHTTPHandler):
    """Connections that tell the ping of themselves before anything is sent on them."""

    def __init__(self, ping: Ping) -> None:
        super().__init__()
        self._ping = ping

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        """Named as urllib looks for it."""
        ping = self._ping

        class Plain(http.client.HTTPConnection):
            def connect(self) -> None:
                super().connect()
                ping.hold(self.sock)

        return self.do_open(Plain, request)

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        """Named as urllib looks for it."""
        ping = self._ping

        class Secure(http.client.HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                ping.hold(self.sock)

        return self.do_open(Secure, request)

    http_request = https_request = urllib.request.AbstractHTTPHandler.do_request_
