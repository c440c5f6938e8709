"""One request and one answer, as they travel."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from tests.sheets_service.model import invalid

Kind = Literal["sheets", "drive", "token", "other"]

_HEADERS = {
    "Vary": "Origin, X-Origin, Referer",
    "Cache-Control": "private",
    "X-XSS-Protection": "0",
    "X-Frame-Options": "SAMEORIGIN",
    "X-Content-Type-Options": "nosniff",
}
_STARTS: dict[str, Kind] = {
    "/v4/": "sheets",
    "/drive/": "drive",
    "/upload/drive/": "drive",
    "/token": "token",
}


@dataclass(frozen=True)
class Request:
    """What came. `path` is as sent, with its escapes; header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes = b""

    @classmethod
    def of(cls, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Request:
        """From a URL or the target of a request line."""
        parts = urlsplit(url)
        query = parse_qs(parts.query, keep_blank_values=True)
        lower = {name.lower(): value for name, value in headers.items()}
        return cls(method.upper(), parts.path, query, lower, body)

    @property
    def kind(self) -> Kind:
        """Which of Google's services it is for."""
        return next((k for start, k in _STARTS.items() if self.path.startswith(start)), "other")

    def json(self) -> Any:
        """The body; None where there is none. Raises GoogleError for what is no JSON."""
        if not self.body.strip():
            return None
        try:
            return json.loads(self.body)
        except ValueError as error:
            text = f"Invalid JSON payload received. Unexpected token.\n{self.body[:60]!r}"
            raise invalid(text) from error


@dataclass
class Answer:
    """What goes back."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, status: int, payload: object, headers: Mapping[str, str] | None = None) -> Answer:
        """JSON, a text as an HTML page, bytes as they are, or None for nothing."""
        if payload is None:
            kind, body = "text/html", b""
        elif isinstance(payload, bytes):
            kind, body = "application/octet-stream", payload
        elif isinstance(payload, str):
            kind, body = "text/html; charset=UTF-8", payload.encode()
        else:
            kind = "application/json; charset=UTF-8"
            body = json.dumps(payload, ensure_ascii=False).encode("utf-8", "surrogatepass")
        return cls(status, body, {"Content-Type": kind, **_HEADERS, **(headers or {})})

    def packed(self, request: Request) -> Answer:
        """Compressed, where the request asks for it as Google wants to be asked."""
        wanted = request.headers.get("accept-encoding", ""), request.headers.get("user-agent", "")
        if self.body and all("gzip" in value for value in wanted):
            self.headers["Content-Encoding"] = "gzip"
            self.body = gzip.compress(self.body, 1)
        self.headers["Content-Length"] = str(len(self.body))
        return self
