"""A mail server that does as little as one can: `python sink.py` prints its port, then serves.

It offers PIPELINING and SIZE as the large providers do, looks at verbs only as far as it must,
and keeps of a message no more than a checksum. `XCOUNT` answers with how many messages came since
the last time, how many bytes, and the sum of their checksums: two programs that sent the same
messages get the same answer.
"""

from __future__ import annotations

import socket
import zlib
from collections.abc import Iterator

_ANSWERS = {
    b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250 SIZE 50000000\r\n",
    b"HELO": b"250 sink\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
}


def main() -> None:
    """Serve one connection after the other until killed."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        totals = [0, 0, 0]
        while True:
            connection, _ = server.accept()
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.sendall(b"220 sink\r\n")
                for answer in _answers(connection, totals):
                    connection.sendall(answer)


def _answers(connection: socket.socket, totals: list[int]) -> Iterator[bytes]:
    """What to say, all answers to what came in one piece together."""
    buffer = b""
    said = b""
    while True:
        while (end := buffer.find(b"\r\n")) >= 0:
            line, buffer = buffer[:end], buffer[end + 2 :]
            verb = line[:4].upper()
            if verb == b"XCOU":
                said += b"250 %d %d %d\r\n" % tuple(totals)
                totals[:] = [0, 0, 0]
                continue
            said += _ANSWERS.get(verb, b"250 OK\r\n")
            if verb == b"DATA":
                yield said
                content, buffer = _content(connection, buffer)
                totals[0] += 1
                totals[1] += len(content)
                totals[2] += zlib.crc32(content)
                said = b"250 taken\r\n"
            elif verb == b"QUIT":
                yield said
                return
        if said:
            yield said
            said = b""
        if not (piece := connection.recv(1 << 18)):
            return
        buffer += piece


def _content(connection: socket.socket, buffer: bytes) -> tuple[bytes, bytes]:
    """A message up to its final dot, and what came after that."""
    pieces, tail = [buffer], b"\r\n" + buffer
    while b"\r\n.\r\n" not in tail:
        if not (piece := connection.recv(1 << 18)):
            raise ConnectionError("the message has no end")
        tail = (tail[-4:] if len(tail) > 4 else tail) + piece
        pieces.append(piece)
    whole = b"\r\n" + b"".join(pieces)
    content, _, rest = whole.partition(b"\r\n.\r\n")
    return content[2:], rest


if __name__ == "__main__":
    main()
