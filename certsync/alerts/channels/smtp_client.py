"""The standard library's client, with an end to every answer: in time, and in size.

A time-out of a socket counts from one byte to the next, so a server that drips, or that greets
without end, would hold a run for ever.
"""

from __future__ import annotations

import smtplib
import socket
import time
from typing import Any

LONGEST = 65_536
"""So many bytes of one answer are read."""

_AT_ONCE = 8_192
_NEARLY = 0.9
"""A time-out of the socket that is nearly what is left of the time need not be set."""


class Client(smtplib.SMTP):
    """A client whose answers come whole within `patience` seconds, or not at all."""

    def __init__(
        self, host: str, port: int, local_hostname: str | None, *, timeout: float, **more: Any
    ) -> None:
        self.patience = timeout
        self._answers: _Answers | None = None
        super().__init__(host, port, local_hostname, timeout=timeout, **more)

    def getreply(self) -> tuple[int, bytes]:
        """The next answer; see `smtplib.SMTP.getreply`."""
        if self.file is None and self.sock is not None:
            self._answers = _Answers(self.sock)
            self.file = self._answers
        if self._answers:
            self._answers.expect(self.patience)
        return super().getreply()


class TlsClient(Client, smtplib.SMTP_SSL):
    """The same, encrypted from the start."""


class _Answers:
    """What a server says, line by line as `smtplib` asks for it; one answer at a time is due."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._heard = b""
        self._until, self._room = 0.0, 0

    def expect(self, seconds: float) -> None:
        """The next answer begins now."""
        self._until, self._room = time.monotonic() + seconds, LONGEST

    def readline(self, limit: int) -> bytes:
        """The next line, or so many bytes of it; nothing where the connection has ended.

        Raises OSError where the answer is too long or takes too long.
        """
        heard = self._heard
        while (end := heard.find(b"\n", 0, limit) + 1) == 0 and len(heard) < limit:
            piece = self._received()
            if not piece:
                break
            heard += piece
        end = end or limit
        line, self._heard = heard[:end], heard[end:]
        self._room -= len(line)
        if self._room < 0:
            raise OSError("its answer has no end")
        return line

    def close(self) -> None:
        """There is nothing to let go of: the socket is the client's."""

    def _received(self) -> bytes:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        usual = self._sock.gettimeout() or left
        if usual * _NEARLY <= left <= usual:
            return self._sock.recv(_AT_ONCE)
        self._sock.settimeout(left)
        try:
            return self._sock.recv(_AT_ONCE)
        finally:
            self._sock.settimeout(usual)
