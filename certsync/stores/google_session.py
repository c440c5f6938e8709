"""The connections of the Google client: bounded in time, and to Google or this computer alone."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from google.auth.transport import requests as transport
from requests import Response

from certsync.hosts import is_loopback
from certsync.stores import google_answer, google_retry

CONNECT, READ, WRITE = 10.0, 60.0, 180.0
"""Seconds for a connection, and without a byte from Google while reading or writing."""

_SIGN_IN = 30.0
_CHUNK = 65_536

Left = Callable[[], float]
"""The seconds that are left of a call's time."""


class SignIn(transport.Request):  # type: ignore[misc,unused-ignore]
    """Fetches tokens: one attempt each, in the time that is left of the call that needs one.

    google-auth retries by itself and sleeps meanwhile, outside the policy. It does so for answers
    that it sees, so those worth another attempt are raised from here instead.
    """

    def __init__(self, left: Left) -> None:
        super().__init__(plain(requests.Session()))
        self._left = left
        self.ahead: float | None = None

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: Any = None,
        headers: Any = None,
        timeout: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Make one request; see `google.auth.transport.Request`."""
        left = self._left()
        limit = min(timeout, _SIGN_IN) if isinstance(timeout, int | float) else _SIGN_IN
        if left <= 0:
            raise google_retry.Failed(google_retry.USED_UP)
        self.session.trust_env = not is_loopback(urlsplit(url).hostname)
        # A token is asked for by POST; the metadata server of a cloud machine answers GET.
        asking = method.upper() == "POST"
        answer = super().__call__(  # type: ignore[no-untyped-call] # google-auth's own gap
            url,
            method=method,
            body=body,
            headers=headers,
            timeout=(min(CONNECT, left), min(limit, left)),
            allow_redirects=False,
            hooks={"response": bounded(self._left)},
            **kwargs,
        )
        response: Response = answer._response
        if asking:
            self.ahead = _ahead(body, response)
            if failure := google_retry.of_answer(response, google_retry.SIGN_IN):
                raise google_retry.Failed(failure)
        return answer


def plain(session: requests.Session) -> requests.Session:
    """A session that sends the headers it is given; requests would look for others in .netrc."""
    session.auth = lambda request: request
    return session


def bounded(left: Left) -> Callable[..., Response]:
    """A hook that reads the body while time is left.

    The timeout of requests begins anew with every byte; a body that drips in has none.
    """

    def read(response: Response, *_: Any, **__: Any) -> Response:
        parts = []
        while part := response.raw.read1(_CHUNK, decode_content=True):
            parts.append(part)
            if left() <= 0:
                response.close()
                raise requests.ReadTimeout(request=response.request)
        response._content = b"".join(parts)
        response._content_consumed = True  # type: ignore[attr-defined,unused-ignore]
        response.raw.release_conn()
        return response

    return read


def _ahead(body: Any, response: Response) -> float | None:
    """Seconds this computer's clock is ahead of Google's: the time it signed, and the answer's."""
    date = google_answer.read(response).date
    try:
        form = parse_qs(body.decode("ascii") if isinstance(body, bytes) else str(body))
        claims = form["assertion"][0].split(".")[1]
        issued = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["iat"]
        return float(issued) - date.timestamp() if date else None
    except (KeyError, IndexError, ValueError, TypeError):
        return None
