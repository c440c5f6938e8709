"""A web server on loopback that gives the answers of a script, one for each request."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


@dataclass(frozen=True)
class Reply:
    """One answer; `cut` closes the connection after so many bytes of the body, -1 before any."""

    status: int = 200
    body: bytes | Mapping[str, Any] | Sequence[Any] = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    chunked: bool = False

    @property
    def content(self) -> bytes:
        """The body as bytes."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Service:
    """What the server says and saw; the last reply of the script is given again and again."""

    url: str
    script: list[Reply]
    token: Reply = field(
        default_factory=lambda: Reply(
            body={"access_token": "token-1", "expires_in": 3600, "token_type": "Bearer"}
        )
    )
    seen: list[Seen] = field(default_factory=list)
    signed_in: list[Seen] = field(default_factory=list)

    def take(self, request: Seen) -> Reply:
        """The answer to a request."""
        if request.path == "/token":
            self.signed_in.append(request)
            return self.token
        self.seen.append(request)
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]


@contextmanager
def serving(*script: Reply) -> Iterator[Service]:
    """A server for the length of a test."""
    service: Service

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True
        timeout = 10

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            reply = service.take(Seen(self.command, self.path, dict(self.headers), body))
            if reply.cut == -1:
                self.cut_off()
                return
            self.send_response_only(reply.status)
            headers = {"Content-Type": "application/json; charset=UTF-8", **reply.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            body = reply.content[: reply.cut]
            if reply.chunked:
                self.send_header("Transfer-Encoding", "chunked")
                half = len(body) // 2
                parts = [b"%x\r\n%s\r\n" % (len(p), p) for p in (body[:half], body[half:])]
                body = b"".join([*parts, b"0\r\n\r\n" if reply.cut is None else b""])
            else:
                self.send_header("Content-Length", str(len(reply.content)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
            if reply.cut is not None:
                self.cut_off()

        do_GET = do_POST = do_PUT = do_DELETE = answer

        def cut_off(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service = Service(f"http://127.0.0.1:{server.server_port}", list(script) or [Reply()])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Clock:
    """A clock that moves only when somebody sleeps, or when `tick` passes at each look."""

    def __init__(self, tick: float = 0.0) -> None:
        self.now = 1000.0
        self.tick = tick
        self.slept: list[float] = []

    def monotonic(self) -> float:
        """The time; looking at it takes `tick` seconds."""
        self.now += self.tick
        return self.now

    def sleep(self, seconds: float) -> None:
        """Move on at once."""
        self.slept.append(seconds)
        self.now += seconds


BOT = "certsync@agency-1.iam.gserviceaccount.com"


@cache
def private_key() -> str:
    """A private key in PEM, made once."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem.decode()


def key_info(token_uri: str = "https://oauth2.googleapis.com/token") -> dict[str, str]:
    """What a downloaded key of a service account holds."""
    return {
        "type": "service_account",
        "project_id": "agency-1",
        "private_key_id": "abc123",
        "private_key": private_key(),
        "client_email": BOT,
        "client_id": "1",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": token_uri,
        "universe_domain": "googleapis.com",
    }
