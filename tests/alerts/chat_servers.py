"""A real server on loopback that plays Slack, Teams and any other chat, and misbehaves on request.

It refuses what the real ones are documented to refuse: a wrong token, blocks and cards that are
too large or of an unknown form.
"""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qsl

TOKEN = "xoxb-1111-2222-verysecrettoken"
HOOK = "/services/T000/B000/verysecrethook"
FLOW = "/workflows/abc/triggers/manual/paths/invoke"
FLOW_QUERY = "?api-version=1&sig=verysecretsignature"
OTHER = "/other/verysecretpath"
SECRETS = ("verysecret", TOKEN)

SCOPES = "chat:write,users:read,users:read.email,im:write"

DROP = object()
"""An answer that is none: everything is read, then the connection is closed."""


@dataclass(frozen=True)
class Reply:
    """An answer."""

    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


Answer = Reply | float | object
"""A reply, a wait in seconds before the usual one, or DROP."""


def no(error: str, **more: str) -> Reply:
    """How a method of Slack says no."""
    return Reply(body=json.dumps({"ok": False, "error": error, **more}))


@dataclass(frozen=True)
class Heard:
    """A request: the method of Slack or the path, and what came with it."""

    what: str
    raw: bytes
    said: dict[str, Any]
    headers: dict[str, str]


@dataclass
class Chat:
    """What arrived, and what each path or method is answered with before it answers as usual.

    `strangers` are addresses nobody in Slack has.
    """

    port: int = 0
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    strangers: set[str] = field(default_factory=set)
    heard: list[Heard] = field(default_factory=list)
    posts: list[Heard] = field(default_factory=list)
    scopes: str = SCOPES

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def asked(self) -> list[str]:
        """The methods and paths that were asked for, in order."""
        return [heard.what for heard in self.heard]

    def usual(self, heard: Heard) -> Reply:
        """What a service says that has nothing against it."""
        match heard.what:
            case "flow":
                return self._flow(heard)
            case "hook":
                problem = complaint(heard.said)
                return self._took(heard, "ok") if not problem else Reply(400, problem)
            case "other":
                return self._took(heard, "")
        if heard.headers.get("authorization") != f"Bearer {TOKEN}":
            return no("invalid_auth")
        reply = self._method(heard)
        return Reply(reply.status, reply.body, {"x-oauth-scopes": self.scopes})

    def _method(self, heard: Heard) -> Reply:
        match heard.what:
            case "users.lookupByEmail":
                if heard.said["email"] in self.strangers:
                    return no("users_not_found")
                return _yes(user={"id": f"U-{heard.said['email']}"})
            case "conversations.open":
                return _yes(channel={"id": f"D-{heard.said['users']}"})
            case "chat.postMessage":
                problem = complaint(heard.said)
                if problem:
                    return no(problem)
                return self._took(heard, json.dumps({"ok": True, "ts": "1.1"}))
            case "auth.test":
                return _yes(user="certsync")
        return no("unknown_method")

    def _flow(self, heard: Heard) -> Reply:
        if len(heard.raw) > 28_000:
            return Reply(413, "Request Entity Too Large")
        return self._took(heard, "", 202)

    def _took(self, heard: Heard, body: str, status: int = 200) -> Reply:
        self.posts.append(heard)
        return Reply(status, body)


def _yes(**data: Any) -> Reply:
    return Reply(body=json.dumps({"ok": True, **data}))


RICH = {"rich_text_section", "rich_text_list"}


def complaint(said: dict[str, Any]) -> str:
    """What Slack has against a message, in its word; empty if nothing."""
    blocks = said.get("blocks", [])
    if not said.get("text"):
        return "no_text"
    if len(blocks) > 50 or len({json.dumps(b) for b in blocks}) == 0 < len(blocks):
        return "invalid_blocks"
    if sum(len(json.dumps(block, ensure_ascii=False)) for block in blocks) > 40_000:
        return "msg_blocks_too_long"
    return "" if all(_block_is_good(block) for block in blocks) else "invalid_blocks"


def _block_is_good(block: dict[str, Any]) -> bool:
    match block["type"]:
        case "header":
            return 0 < len(block["text"]["text"]) <= 150
        case "context":
            return 0 < len(block["elements"]) <= 10
        case "divider":
            return True
        case "rich_text":
            return all(
                element["type"] in RICH and element["elements"] for element in block["elements"]
            )
    return False


def strings(value: object) -> Iterator[str]:
    """Every text in a JSON value, however deep."""
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from strings(each)
        case list():
            for each in value:
                yield from strings(each)


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    def do_POST(self) -> None:
        """Read everything, then answer."""
        chat = cast("_Server", self.server).chat
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        heard = Heard(
            _what(self.path),
            raw,
            _said(raw, self.headers.get("Content-Type", "")),
            {name.lower(): value for name, value in self.headers.items()},
        )
        chat.heard.append(heard)
        queue = chat.answers.get(heard.what)
        answer = queue.pop(0) if queue else None
        if answer is DROP:
            self.close_connection = True
            return
        if isinstance(answer, float):
            time.sleep(answer)
        reply = answer if isinstance(answer, Reply) else chat.usual(heard)
        with contextlib.suppress(OSError):
            self._reply(reply)

    do_GET = do_POST

    def _reply(self, reply: Reply) -> None:
        body = reply.body.encode()
        self.send_response_only(reply.status)
        headers = {"Content-Type": "text/plain; charset=utf-8", **reply.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Keep quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    chat: Chat

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever hangs up early may."""


def _what(path: str) -> str:
    plain = path.partition("?")[0]
    if plain.startswith("/api/"):
        return plain.removeprefix("/api/")
    return {HOOK: "hook", FLOW: "flow", OTHER: "other"}.get(plain, plain)


def _said(raw: bytes, kind: str) -> dict[str, Any]:
    if "json" in kind:
        return cast("dict[str, Any]", json.loads(raw))
    return dict(parse_qsl(raw.decode()))


@contextlib.contextmanager
def chat_server(tls: ssl.SSLContext | None = None) -> Iterator[Chat]:
    """A server in a thread of its own, encrypted with `tls`."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        if tls:
            server.socket = tls.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        server.chat = Chat(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server.chat
        finally:
            server.shutdown()
            thread.join(5)
