"""The service on a socket of the loopback device, one packet for each answer."""

from __future__ import annotations

import select
import socket
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.sheets_service.faults import Fault
from tests.sheets_service.front import Call, Front
from tests.sheets_service.model import GoogleError
from tests.sheets_service.wire import Answer, Request


class Server:
    """Listens on a free port from the moment it is made until `close`."""

    def __init__(self, front: Front) -> None:
        self._http = _Http(front)
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def close(self) -> None:
        """Stop, and cut what is still open or waiting."""
        self._http.closing.set()
        self._http.shutdown()
        self._http.cut_all()
        self._http.server_close()
        self._thread.join()


class _Http(ThreadingHTTPServer):
    # server_close waits for these threads, so that none outlives its test.
    daemon_threads = False

    def __init__(self, front: Front) -> None:
        self.front = front
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, and serve it in a thread of its own."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error; anything else is shown."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def cut_all(self) -> None:
        """Wake the threads that wait for another request of their client."""
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Http
    connection: socket.socket

    def _serve(self) -> None:
        front = self.server.front
        fault = front.fault(self.command, urlsplit(self.path).path)
        if fault is not None and fault.cut == "before":
            return self._reset()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request.of(self.command, self.path, dict(self.headers.items()), body)
        call = front.arrived(request)
        if fault is None:
            return self._send(self._answer(request, call))
        if fault.delay and not fault.after_apply:
            self.server.closing.wait(fault.delay)
            if self._gone():
                return self._reset()
        answer = self._answer(request, call, fault)
        if fault.delay and fault.after_apply:
            self.server.closing.wait(fault.delay)
        if fault.cut == "answer":
            return self._reset()
        return self._send(answer, half=fault.cut == "body")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _answer(self, request: Request, call: Call, fault: Fault | None = None) -> Answer:
        """The answer; a mistake of the service itself is kept for the test to see."""
        try:
            return self.server.front.answer(request, call, fault)
        except Exception as mistake:
            self.server.front.mistakes.append(mistake)
            error = GoogleError(500, "INTERNAL", f"The service itself failed: {mistake!r}")
            return Answer.of(500, error.body()).packed(request)

    def _send(self, answer: Answer, *, half: bool = False) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body[: len(answer.body) // 2] if half else answer.body)
        self.wfile.flush()
        if half:
            self.close_connection = True

    def _gone(self) -> bool:
        """Whether the client has given up."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)

    def _reset(self) -> None:
        """Close at once, as a machine that went down would."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def version_string(self) -> str:
        """Google's own Server header stands among the answer's."""
        return "ESF"

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header goes by the service's clock, so a wrong clock of the client shows."""
        del timestamp
        return super().date_time_string(self.server.front.tokens.clock())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing goes to standard error."""
