"""A server on loopback that hears pings, and answers them well, badly or never."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Answer = Callable[["Watchdog", socket.socket], None]


@dataclass(frozen=True)
class Heard:
    """One request: what stands behind the host, and its body."""

    target: str
    body: str


@dataclass
class Watchdog:
    """What was heard, in order; `answer` says what happens on a connection after its request."""

    answer: Answer
    reads: bool = True
    tls: ssl.SSLContext | None = None
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Its address, with what only its owner may know."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/secret-uuid"

    @property
    def targets(self) -> list[str]:
        """What was heard, without the bodies."""
        return [heard.target for heard in self.heard]

    def serve(self, listening: socket.socket) -> None:
        """Take every connection in a thread of its own."""
        while True:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._meet, args=(line,), daemon=True).start()

    def _meet(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError, IndexError):
            secure = self.tls.wrap_socket(line, server_side=True) if self.tls else line
            with secure:
                if self.reads:
                    self.heard.append(_request(secure))
                self.answer(self, secure)
        line.close()


def _request(line: socket.socket) -> Heard:
    with line.makefile("rb") as stream:
        target = stream.readline().split()[1].decode()
        length = 0
        while header := stream.readline().strip():
            name, _, value = header.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return Heard(target, stream.read(length).decode(errors="ignore"))


@contextlib.contextmanager
def watching(
    answer: Answer | None = None, *, reads: bool = True, tls: ssl.SSLContext | None = None
) -> Iterator[Watchdog]:
    """A watchdog that listens; it says OK to everything where nothing else is asked for."""
    dog = Watchdog(answer or says(200), reads, tls)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        dog.port = listening.getsockname()[1]
        threading.Thread(target=dog.serve, args=(listening,), daemon=True).start()
        try:
            yield dog
        finally:
            dog.closing.set()
            listening.shutdown(socket.SHUT_RDWR)


def says(*codes: int, location: str = "") -> Answer:
    """One status after the other, the last one for ever."""
    left = list(codes)

    def answer(_dog: Watchdog, line: socket.socket) -> None:
        code = left.pop(0) if len(left) > 1 else left[0]
        extra = f"Location: {location}\r\n" if location else ""
        head = f"HTTP/1.1 {code} X\r\n{extra}Content-Length: 2\r\nConnection: close\r\n\r\nOK"
        line.sendall(head.encode())

    return answer


def hangs(dog: Watchdog, line: socket.socket) -> None:
    """Says nothing until the test is over."""
    del line
    dog.closing.wait(30)


def drips(dog: Watchdog, line: socket.socket) -> None:
    """A byte of a header every tenth of a second: each read succeeds, and the answer never ends."""
    line.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while not dog.closing.wait(0.1):
        line.sendall(b"x")


def babbles(_dog: Watchdog, line: socket.socket) -> None:
    """Something that is no HTTP."""
    line.sendall(b"220 mail.example ESMTP\r\n")


def drops(_dog: Watchdog, line: socket.socket) -> None:
    """Hangs up."""
    line.close()


def goes_on(dog: Watchdog, line: socket.socket) -> None:
    """An answer that asks to go on, for ever."""
    while not dog.closing.wait(0.01):
        line.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


def after(seconds: float, then: Answer) -> Answer:
    """Another answer, later."""

    def answer(dog: Watchdog, line: socket.socket) -> None:
        time.sleep(seconds)
        then(dog, line)

    return answer
