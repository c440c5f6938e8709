"""The way to Google Sheets: gspread's client with timeouts, a retry policy and checked writes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import urlsplit

import requests
from google.auth import exceptions as auth_errors
from google.auth.credentials import Credentials
from google.auth.transport.requests import AuthorizedSession
from gspread.exceptions import APIError
from gspread.http_client import FileType, HTTPClient, ParamsType
from requests import Response

from certsync import __version__
from certsync.errors import ConfigError, ConfigProblem, WorkbookError
from certsync.hosts import is_loopback
from certsync.stores import google_errors, google_retry
from certsync.stores.google_answer import Json, Refusal
from certsync.stores.google_auth import GoogleKey, credentials
from certsync.stores.google_retry import Failed, Failure, GaveUp, Patience, SignInRefused
from certsync.stores.google_session import CONNECT, READ, WRITE, SignIn, bounded, plain

SHEETS_URL = "https://sheets.googleapis.com"
_HOSTS = (SHEETS_URL, "https://www.googleapis.com")
_ENDPOINT = "CERTSYNC_SHEETS_URL"
_HEADERS = {"User-Agent": f"certsync/{__version__} (gzip)", "Accept-Encoding": "gzip"}
# POST, as their question does not fit into an address; they change nothing.
_READING_POSTS = (":batchGetByDataFilter", ":getByDataFilter", "/developerMetadata:search")
# What is kept of the time of a write to look whether it was carried out.
_RESERVE = 30.0

Step = Callable[[str], None]
Applied = Callable[[], Json | None]
"""Reads whether a write was carried out: an answer for it, or None."""


def _silent(_doing: str) -> None:
    """Nobody is watching."""


class SheetsClient(HTTPClient):
    """gspread's HTTP client; every call ends within `patience`, and none leaves Google.

    Args:
        auth: The credentials; with a `session` of one's own, what signs a request is up to it.
        session: Sends the requests in place of the one made from `auth`.
        endpoint: Stands for Google's addresses, see `endpoint_from`.
        account: The address to share with, for messages.
        document: The spreadsheet as a person would call it, for messages.
        patience: How often and how long.
        sleep: Waits.
        monotonic: Measures time.
        draw: A number in [0, 1) for the length of a wait.
        step: Is told when a call is made again.

    `requests`, `reads` and `writes` count the requests sent, repeated ones too, tokens not.
    """

    def __init__(
        self,
        auth: Credentials | None,
        session: requests.Session | None = None,
        *,
        endpoint: str | None = None,
        account: str | None = None,
        document: str = "",
        patience: Patience = Patience(),  # noqa: B008 - it cannot change
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,
        step: Step = _silent,
    ) -> None:
        self._until: float | None = None
        self._monotonic = monotonic
        self._sign_in = SignIn(self._left)
        if session is None:
            session = AuthorizedSession(  # type: ignore[no-untyped-call] # google-auth's own gap
                auth, max_refresh_attempts=0, auth_request=self._sign_in
            )
            plain(session).trust_env = endpoint is None
        self.auth = cast(
            Credentials, auth
        )  # gspread takes none with a session, and says it does not
        super().__init__(self.auth, session)
        self.endpoint = endpoint
        self.account = account
        self.document = document
        self._patience = patience
        self._sleep = sleep
        self._draw = draw
        self._step = step
        self.requests = self.reads = self.writes = 0

    def request(
        self,
        method: str,
        endpoint: str,
        params: ParamsType | None = None,
        data: bytes | None = None,
        json: Mapping[str, Any] | None = None,
        files: FileType = None,
        headers: MutableMapping[str, str] | None = None,
    ) -> Response:
        """One call of Google; a write that may have been carried out is not sent again.

        Raises APIError where Google refuses, GaveUp and SignInRefused; `telling` puts them all
        into words.
        """
        writing = method.lower() not in ("get", "head") and not endpoint.endswith(_READING_POSTS)
        answer: Response = self._carry_out(
            lambda left: self._attempt(
                method,
                endpoint,
                left,
                writing,
                params=params,
                data=data,
                json=json,
                files=files,
                headers={**_HEADERS, **(headers or {})},
            ),
            writing=writing,
        )
        return answer

    def send(self, url: str, *, body: Mapping[str, Any], applied: Applied) -> Json:
        """A write: POST `body`, and the answer.

        After a failure that leaves open whether it was carried out, `applied` is asked before it
        is sent again, and before it is given up. What `applied` returns stands for the answer.
        A late write may still come after a look that did not find it, so writing the same twice
        has to do no harm.
        """
        answer = self._carry_out(
            lambda left: self._attempt("post", url, left, True, json=body, headers=dict(_HEADERS)),
            writing=True,
            applied=applied,
        )
        return answer.json() if isinstance(answer, Response) else answer

    @contextmanager
    def telling(self, *, writing: bool, partly: bool = False) -> Iterator[None]:
        """Whatever goes wrong with Google in here is raised as a WorkbookError in words."""
        try:
            yield
        except google_errors.KINDS as error:
            raise google_errors.explain(
                error,
                document=self.document,
                account=self.account,
                writing=writing,
                partly=partly,
            ) from None

    def _carry_out(
        self,
        attempt: Callable[[float], Response],
        *,
        writing: bool,
        applied: Applied | None = None,
    ) -> Any:
        outer, started = self._until, self._monotonic()
        self._until = min(outer or float("inf"), started + self._patience.seconds)
        try:
            return self._persist(attempt, writing=writing, applied=applied, started=started)
        finally:
            self._until = outer

    def _persist(
        self,
        attempt: Callable[[float], Response],
        *,
        writing: bool,
        applied: Applied | None,
        started: float,
    ) -> Any:
        """Attempts and waits, until an answer, a refusal or the end of patience."""
        reserve = min(_RESERVE, self._patience.seconds / 5) if applied else 0.0
        renewed = doubtful = False
        number = 0
        while True:
            number += 1
            try:
                return attempt(self._left() - reserve)
            except Failed as failed:
                failure = failed.failure
            except APIError as refused:
                if refused.response.status_code == 401 and self.auth and not renewed:
                    # The token has run out; the next attempt fetches another.
                    renewed, self.auth.token = True, None
                    continue
                found = _looked(applied) if doubtful and applied else None
                if found not in (None, _BLIND):
                    return found
                raise
            waiting = google_retry.wait(failure, number, self._draw())
            left = self._left() - reserve
            over = not failure.again or number >= self._patience.attempts or waiting >= left
            unsure = writing and failure.perhaps
            if unsure and not applied:
                raise self._gave_up(failure, number, started, uncertain=True)
            if not over:
                self._step(f"{failure.words}; trying again in {max(1, round(waiting))} s")
                self._sleep(waiting)
            if unsure and applied:
                doubtful = True
                found = _looked(applied)
                if found is _BLIND:
                    raise self._gave_up(failure, number, started, uncertain=True)
                if found is not None:
                    return found
            if over:
                asked = failure.asked is not None and failure.asked >= left
                raise self._gave_up(failure, number, started, too_long=asked)

    def _gave_up(
        self,
        failure: Failure,
        number: int,
        started: float,
        *,
        uncertain: bool = False,
        too_long: bool = False,
    ) -> GaveUp:
        seconds = self._monotonic() - started
        return GaveUp(failure, number, seconds, uncertain=uncertain, too_long=too_long)

    def _attempt(
        self, method: str, url: str, left: float, writing: bool, **kwargs: Any
    ) -> Response:
        """One request. Raises Failed for what the policy knows, and Refusal for a refusal."""
        target = self._target(url)
        until = self._monotonic() + left
        sent = False
        try:
            if self.auth:
                # Before the limits are set, so that a slow sign-in comes out of the same time.
                self.auth.before_request(self._sign_in, method, target, {})  # type: ignore[no-untyped-call]
            left = until - self._monotonic()
            if left <= 0:
                raise Failed(google_retry.USED_UP)
            sent = True
            response = self.session.request(
                method=method,
                url=target,
                timeout=(min(CONNECT, left), min(WRITE if writing else READ, left)),
                allow_redirects=False,
                hooks={"response": bounded(lambda: until - self._monotonic())},
                **kwargs,
            )
        except (auth_errors.GoogleAuthError, OSError, *google_retry.NETWORK) as error:
            if failure := google_retry.of_error(error):
                raise Failed(failure) from error
            if isinstance(error, auth_errors.GoogleAuthError):
                # Its further arguments are Google's whole answer, which nobody should see.
                said = str(error.args[0]) if error.args else type(error).__name__
                raise SignInRefused(said, self._sign_in.ahead) from None
            raise
        finally:
            self.requests += sent
            self.writes += sent and writing
            self.reads += sent and not writing
        if failure := google_retry.of_answer(response, wants_json="/v4/spreadsheets" in target):
            raise Failed(failure)
        if not response.ok:
            raise Refusal(response)
        return response

    def _target(self, url: str) -> str:
        """Where a request goes; a token is shown to nobody but Google or the test's own service."""
        for host in _HOSTS:
            if url.startswith(f"{host}/"):
                return url if self.endpoint is None else self.endpoint + url.removeprefix(host)
        raise ValueError("certsync calls no other address than Google's")

    def _left(self) -> float:
        return float("inf") if self._until is None else self._until - self._monotonic()


_BLIND = object()


def _looked(applied: Applied) -> Json | None:
    """What `applied` finds; _BLIND where Google does not let it look."""
    try:
        return applied()
    except (*google_errors.KINDS, WorkbookError):
        return _BLIND


def open_client(
    key: GoogleKey,
    *,
    document: str,
    endpoint: str | None = None,
    patience: Patience = Patience(),  # noqa: B008 - it cannot change
    step: Step = _silent,
) -> SheetsClient:
    """A client for one spreadsheet. Nothing is sent yet.

    Raises:
        WorkbookRefused: The key cannot be used.
    """
    auth, account = credentials(key)
    return SheetsClient(
        auth,
        endpoint=endpoint,
        account=account,
        document=document,
        patience=patience,
        step=step,
    )


def endpoint_from(environ: Mapping[str, str]) -> str | None:
    """The address that stands for Google's, for tests: a service on this computer, or None.

    Raises:
        ConfigError: It is another address.
    """
    url = environ.get(_ENDPOINT, "")
    if not url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    plainly = f"{parts.scheme}://{shown}:{port}"
    if (
        parts.scheme not in ("http", "https")
        or not is_loopback(host)
        or url.removesuffix("/").lower() != plainly
    ):
        message = (
            "this is no address of a service on this computer. Write it as http://127.0.0.1:8080, "
            "or unset it to use Google."
        )
        raise ConfigError(_ENDPOINT, [ConfigProblem(message)])
    return plainly
