"""A mail server that does one thing wrong at one verb, and everything else right."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Literal

Verb = Literal["banner", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "dot", "RSET", "QUIT"]
Kind = Literal["4xx", "5xx", "421", "drop", "hang", "slow", "letters", "long", "nul", "partial"]

TIMEOUT = 1.0
"""How long the sender waits, in seconds; a slow server takes a part of it, a hanging one more."""

SLOW = 0.3

_YES = {"banner": "220 ready", "AUTH": "235 welcome", "DATA": "354 go on", "QUIT": "221 bye"}
_RCPT = re.compile(r"<(.*)>")
_MESSAGE_ID = re.compile(rb"^Message-ID: (\S+)", re.MULTILINE | re.IGNORECASE)


class _Closed(Exception):
    """The connection ends here."""


@dataclass
class Faulty:
    """The server: the `nth` time it hears `verb` it does `kind`, once.

    `refuse` maps recipients to the answer they always get. With `keeps` a message whose final dot
    is answered wrongly was taken over all the same. With `lenient` DATA is answered by 354 even
    where nobody is to receive anything.
    """

    verb: Verb | None = None
    kind: Kind = "4xx"
    nth: int = 1
    pipelining: bool = True
    refuse: Mapping[str, str] = field(default_factory=dict)
    keeps: bool = True
    lenient: bool = False
    taken: list[tuple[str, str]] = field(default_factory=list)
    heard: Counter[str] = field(default_factory=Counter)

    def ids(self, recipient: str) -> list[str]:
        """The Message-IDs that this recipient got, in order."""
        return [message_id for whom, message_id in self.taken if whom == recipient]

    @contextlib.contextmanager
    def serving(self) -> Iterator[int]:
        """Serve from threads; gives the port."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            threading.Thread(target=self._accept, args=(server,), daemon=True).start()
            yield server.getsockname()[1]
            server.shutdown(socket.SHUT_RDWR)

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with contextlib.suppress(_Closed, OSError):
                self._say(connection, "banner")
                self._talk(connection, lines)

    def _talk(self, connection: socket.socket, lines: BinaryIO) -> None:
        recipient, begun = "", True
        while line := lines.readline():
            verb = line[:4].strip().decode(errors="replace").upper()
            if verb == "EHLO":
                offered = ["me", *(["PIPELINING"] if self.pipelining else []), "AUTH PLAIN"]
                more = "\r\n".join(f"250-{word}" for word in offered[:-1])
                self._say(connection, "EHLO", f"{more}\r\n250 {offered[-1]}")
            elif verb == "MAIL":
                begun = self._say(connection, "MAIL")
            elif verb == "RCPT":
                found = _RCPT.search(line.decode())
                whom = found[1] if found else ""
                answer = self.refuse.get(whom) if begun else "503 no sender"
                recipient = whom if self._say(connection, "RCPT", answer) else ""
            elif verb == "DATA":
                wanted = bool(recipient) or self.lenient
                if self._say(connection, "DATA", None if wanted else "503 nobody to send to"):
                    self._content(connection, lines, recipient)
                recipient = ""
            else:
                self._say(connection, verb)
                if verb == "QUIT":
                    return

    def _content(self, connection: socket.socket, lines: BinaryIO, recipient: str) -> None:
        content = b""
        while (line := lines.readline()) != b".\r\n":
            if not line:
                return
            content += line
        if not recipient:
            self._say(connection, "dot", "554 nobody to send to")
            return
        found = _MESSAGE_ID.search(content)
        kept = (recipient, found[1].decode() if found else "")
        due = self.verb == "dot" and self.heard["dot"] + 1 == self.nth
        if (
            not due
            or self.kind == "slow"
            or (self.keeps and self.kind not in ("4xx", "5xx", "421"))
        ):
            self.taken.append(kept)
        self._say(connection, "dot")

    def _say(self, connection: socket.socket, verb: str, answer: str | None = None) -> bool:
        """Answer, rightly or wrongly. Returns whether it was a yes."""
        self.heard[verb] += 1
        yes = answer or _YES.get(verb, "250 OK")
        if verb == self.verb and self.heard[verb] == self.nth:
            return self._fail(connection, yes)
        connection.sendall(f"{yes}\r\n".encode())
        return yes[0] in "23"

    def _fail(self, connection: socket.socket, yes: str) -> bool:
        if self.kind == "drop":
            raise _Closed
        if self.kind == "hang":
            while connection.recv(65536):
                pass  # until the other side has had enough
            raise _Closed
        if self.kind == "slow":
            time.sleep(SLOW)
            connection.sendall(f"{yes}\r\n".encode())
            return True
        connection.sendall(_WRONG[self.kind])
        if self.kind in ("421", "partial"):
            raise _Closed
        return False


_WRONG: Mapping[str, bytes] = {
    "4xx": b"451 4.3.0 not now\r\n",
    "5xx": b"554 5.6.0 no\r\n",
    "421": b"421 4.3.2 closing\r\n",
    "letters": b"what do you mean?\r\n",
    "long": b"250 " + b"x" * 20_000 + b"\r\n",
    "nul": b"\0\0\0\0\0\0\r\n",
    "partial": b"2",
}
