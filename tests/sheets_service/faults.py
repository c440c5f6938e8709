"""What can go wrong between a client and Google, as values to queue."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Cut = Literal["before", "answer", "body"]

STATUSES = {
    400: ("INVALID_ARGUMENT", "Request contains an invalid argument."),
    401: (
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login "
        "cookie or other valid authentication credential. See "
        "https://developers.google.com/identity/sign-in/web/devconsole-project.",
    ),
    403: ("PERMISSION_DENIED", "The caller does not have permission"),
    404: ("NOT_FOUND", "Requested entity was not found."),
    408: ("DEADLINE_EXCEEDED", "The request timed out."),
    409: ("ABORTED", "The operation was aborted."),
    429: ("RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
    499: ("CANCELLED", "The operation was cancelled."),
    500: ("INTERNAL", "Internal error encountered."),
    501: ("UNIMPLEMENTED", "Operation is not implemented, or supported, or enabled."),
    502: ("UNAVAILABLE", "The service is currently unavailable."),
    503: ("UNAVAILABLE", "The service is currently unavailable."),
    504: ("DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
}

HTML_PAGE = """<!DOCTYPE html>
<html lang=en>
  <meta charset=utf-8>
  <meta name=viewport content="initial-scale=1, minimum-scale=1, width=device-width">
  <title>Error {status} ({title})!!1</title>
  <a href=//www.google.com/><span id=logo aria-label=Google></span></a>
  <p><b>{status}.</b> <ins>That\u2019s an error.</ins>
  <p>{text}  <ins>That\u2019s all we know.</ins>
"""

_HTML_TEXTS = {
    502: "The server encountered a temporary error and could not complete your request.<p>"
    "Please try again in 30 seconds.",
    503: "The service you requested is not available at this time.",
}


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong with one request.

    Args:
        status: Answer this status, with Google's JSON error body.
        html: Answer Google's HTML error page instead of JSON.
        message: The message of the JSON body, where Google's own will not do.
        reason: Its status word, such as `UNAVAILABLE`.
        details: Its details.
        retry_after: The Retry-After header.
        delay: Seconds until anything is answered. Without `after_apply`, a request whose client
            has given up in the meantime is not applied.
        cut: Cut the connection: `before` reading the request's body, before the `answer`, or in
            the middle of the answer's `body`.
        after_apply: Apply the request first, then fail.
        method: Only requests of this method.
        path: Only requests in whose path this regular expression is found. A fault without it
            leaves the token endpoint alone.
        nth: The how-manieth matching request, counted from now.
        times: How many requests in a row it takes.
    """

    status: int | None = None
    html: bool = False
    message: str | None = None
    reason: str | None = None
    details: tuple[Json, ...] = ()
    retry_after: str | int | None = None
    delay: float = 0.0
    cut: Cut | None = None
    after_apply: bool = False
    method: str | None = None
    path: str | None = None
    nth: int = 1
    times: int = 1

    def matches(self, method: str, path: str) -> bool:
        """Whether this request is one it counts."""
        if self.method is not None and self.method.upper() != method.upper():
            return False
        if self.path is None:
            return not path.startswith("/token")
        return re.search(self.path, path) is not None

    def answer(self) -> tuple[dict[str, str], Json | str]:
        """The headers and the body of the answer; a text is an HTML page."""
        status = self.status or 500
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        word, message = STATUSES.get(status, ("UNKNOWN", "An unknown error occurred."))
        if self.html:
            text = _HTML_TEXTS.get(status, "The server encountered an error.")
            title = "Server Error" if status >= 500 else "Error"
            return headers, HTML_PAGE.format(status=status, title=title, text=text)
        error: Json = {
            "code": status,
            "message": self.message or message,
            "status": self.reason or word,
        }
        if self.details:
            error["details"] = list(self.details)
        return headers, {"error": error}


@dataclass
class _Waiting:
    fault: Fault
    skip: int
    left: int


@dataclass
class Faults:
    """Those still to come, in the order they were queued. No two take the same request."""

    _waiting: list[_Waiting] = field(default_factory=list)

    def queue(self, faults: Sequence[Fault]) -> None:
        """Add these."""
        self._waiting += [_Waiting(fault, fault.nth - 1, fault.times) for fault in faults]

    def take(self, method: str, path: str) -> Fault | None:
        """The fault of this request."""
        for waiting in self._waiting:
            if not waiting.fault.matches(method, path):
                continue
            if waiting.skip:
                waiting.skip -= 1
                continue
            waiting.left -= 1
            if not waiting.left:
                self._waiting.remove(waiting)
            return waiting.fault
        return None

    def clear(self) -> None:
        """Forget all that have not come."""
        self._waiting.clear()

    def __len__(self) -> int:
        return len(self._waiting)
