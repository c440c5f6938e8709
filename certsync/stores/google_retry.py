"""When a call of Google Sheets is made again, how long to wait before, and when to give up."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace

import requests
import urllib3
from google.auth import exceptions as auth
from requests import Response

from certsync.stores import google_answer
from certsync.stores.google_answer import Answer

SHEETS, SIGN_IN = "Google Sheets", "Google's sign-in"
_LONGEST_WAIT = 64.0
_NUMBERS = ("three", "four", "five", "six", "seven", "eight")
_WORDS = ("", "once", "twice", *(f"{number} times" for number in _NUMBERS))


@dataclass(frozen=True)
class Patience:
    """How often one call may be made, and how long it may take in all, waiting included."""

    attempts: int = 8
    seconds: float = 300.0


@dataclass(frozen=True)
class Failure:
    """What came of one attempt.

    `words` is a clause that "three times" may follow. `again` says that another attempt may
    help, `perhaps` that a write may have been carried out all the same. `asked` are the seconds
    Google wants to be left alone, `quota` the limit that was reached.
    """

    words: str
    again: bool = True
    perhaps: bool = False
    asked: float | None = None
    quota: str | None = None
    remedy: str = ""


USED_UP = Failure("the time for a call was used up")
"""No attempt was made any more."""


class GaveUp(Exception):
    """The last attempt failed too; `uncertain` if a write may have been carried out."""

    def __init__(
        self,
        failure: Failure,
        attempts: int = 1,
        seconds: float = 0.0,
        *,
        uncertain: bool = False,
        too_long: bool = False,
    ) -> None:
        self.failure = failure
        self.attempts = attempts
        self.uncertain = uncertain
        often = _WORDS[attempts] if attempts < len(_WORDS) else f"{attempts} times"
        text = failure.words if attempts == 1 else f"{failure.words} {often} in {span(seconds)}"
        if too_long and failure.asked:
            text += f" and asks to be left alone for {span(failure.asked)}"
        super().__init__(text)


class Failed(Exception):
    """One attempt failed in a way the policy knows."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.words)
        self.failure = failure


class SignInRefused(Exception):
    """Google gave no token; `said` is its answer, `ahead` the seconds this clock is ahead of it."""

    def __init__(self, said: str, ahead: float | None = None) -> None:
        super().__init__(said)
        self.said = said
        self.ahead = ahead


def wait(failure: Failure, attempt: int, draw: float) -> float:
    """Seconds before the next attempt: twice as long each time, with `draw` in [0, 1) of it.

    A quota is one of requests a minute, so its waits add up to a minute however the draw falls:
    https://developers.google.com/workspace/sheets/api/limits
    """
    longest = min(_LONGEST_WAIT, 2.0 ** (attempt - 1))
    drawn = longest * ((1 + draw) / 2 if failure.quota else draw)
    return max(drawn, failure.asked or 0.0)


# UNAVAILABLE, INTERNAL, ABORTED and the timeouts do not say whether a write was carried out: "it is
# not always safe to retry non-idempotent operations", says google.rpc.Code of the first of them.
_MAY_HAVE_WRITTEN = {408, 409, 499, 500, 502, 503, 504}
_RATE = {
    "RATE_LIMIT_EXCEEDED",
    "RESOURCE_EXHAUSTED",
    "quotaExceeded",
    "rateLimitExceeded",
    "userRateLimitExceeded",
}
_DAILY = re.compile(r"per ?day|daily", re.IGNORECASE)


def of_answer(response: Response, who: str = SHEETS, *, wants_json: bool = True) -> Failure | None:
    """What is to be tried again about an answer; None if it is good, or refused for good."""
    status = response.status_code
    if response.ok and not 300 <= status < 400:
        if not _is_page(response) and (not wants_json or _is_json(response)):
            return None
        what = "a web page" if _is_page(response) else "an answer that breaks off"
        return Failure(f"{who} answered {status} with {what}", perhaps=True)
    answer = google_answer.read(response)
    if 300 <= status < 400:
        words = f"{who} was answered for by another address"
        return Failure(words, asked=answer.retry_after, remedy=_LOG_IN_PAGE)
    if status == 429 or (status == 403 and (answer.reasons & _RATE or _limit(answer))):
        if is_daily(answer):
            return None
        limit = _limit(answer) or "requests per minute"
        return Failure(f"{who} answered {status}", asked=answer.retry_after, quota=limit)
    known = status in _MAY_HAVE_WRITTEN and (status != 409 or "ABORTED" in answer.reasons)
    if known or not answer.is_json:
        page = " with a web page" if _is_page(response) else ""
        # A page with another status comes from something before Google, or may do so.
        return Failure(f"{who} answered {status}{page}", perhaps=True, asked=answer.retry_after)
    return None


def is_daily(answer: Answer) -> bool:
    """Whether an answer speaks of a limit that another minute does not lift."""
    told = " ".join((answer.said, *answer.reasons, *answer.metadata.values()))
    return bool(_DAILY.search(told)) or "storageQuotaExceeded" in answer.reasons


def _limit(answer: Answer) -> str | None:
    """The name of the limit in "Quota exceeded for ... and limit 'Read requests per minute'"."""
    found = re.search(r"\blimit '([\w \-]{1,80})'", answer.said)
    return found[1] if found else None


def _is_page(response: Response) -> bool:
    return "html" in response.headers.get("Content-Type", "") or response.content[
        :200
    ].lstrip().lower().startswith((b"<!doctype", b"<html"))


def _is_json(response: Response) -> bool:
    if response.status_code == 204:
        return True
    try:
        parsed = response.json()
    except (ValueError, RecursionError):
        return False
    # It may have megabytes, so whoever asks for it next gets it without parsing it again.
    response.json = lambda **_: parsed  # type: ignore[method-assign]
    return True


_LOG_IN_PAGE = "If this network wants a log-in, open any page in a browser and log in."
_OFFLINE = "Look whether this computer is online."
_CERTIFICATE = (
    "Set this computer's date and time. If the network looks into secure connections, "
    "set REQUESTS_CA_BUNDLE to the file with its certificate."
)
_PROXY = "Look at HTTPS_PROXY and NO_PROXY in the environment."
_ERRORS: tuple[tuple[tuple[type[BaseException], ...], Failure], ...] = (
    (
        (ssl.SSLCertVerificationError,),
        Failure("the certificate of {who} is not trusted here", again=False, remedy=_CERTIFICATE),
    ),
    (
        (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema),
        Failure("the proxy or the address of {who} is not valid", again=False, remedy=_PROXY),
    ),
    (
        (requests.exceptions.ProxyError, urllib3.exceptions.ProxyError),
        Failure("the proxy of this network let no connection to {who} through", remedy=_PROXY),
    ),
    (
        (socket.gaierror, urllib3.exceptions.NameResolutionError),
        Failure("the address of {who} could not be looked up", remedy=_OFFLINE),
    ),
    (
        (urllib3.exceptions.NewConnectionError, requests.exceptions.ConnectTimeout),
        Failure("no connection to {who} could be made", remedy=_OFFLINE),
    ),
    (
        (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, TimeoutError),
        Failure("{who} did not answer in time", perhaps=True),
    ),
    (
        (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, ssl.SSLError),
        Failure("the connection to {who} was cut", perhaps=True),
    ),
    (
        # requests says so of a bundle of certificates that is not there.
        (OSError,),
        Failure("no secure connection could be set up", again=False, remedy=_CERTIFICATE),
    ),
)


NETWORK = (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, Failed)
"""What a connection raises; requests lets some errors of urllib3 through."""


def of_error(error: BaseException) -> Failure | None:
    """What came of an attempt that ended in an exception; None if it is none of the network's."""
    if isinstance(error, Failed | GaveUp):
        return error.failure
    signing_in = isinstance(error, auth.GoogleAuthError)
    linked = list(_linked(error))
    for kinds, failure in _ERRORS:
        if any(isinstance(each, kinds) for each in linked):
            words = failure.words.format(who=SIGN_IN if signing_in else SHEETS)
            # Before there is a token nothing is written.
            return replace(failure, words=words, perhaps=failure.perhaps and not signing_in)
    if isinstance(error, auth.TransportError) or getattr(error, "retryable", False):
        return Failure(f"{SIGN_IN} was out of order")
    return None


def _linked(error: BaseException) -> Iterator[BaseException]:
    """An error and those it was made from, as requests, urllib3 and google-auth wrap them."""
    seen: list[BaseException] = []
    found: list[object] = [error]
    while found:
        each = found.pop()
        if isinstance(each, BaseException) and not any(each is other for other in seen):
            seen.append(each)
            found += [*each.args, each.__cause__, getattr(each, "reason", None)]
    yield from seen


def span(seconds: float) -> str:
    """A length of time as people say it."""
    if seconds < 90:
        whole = max(1, round(seconds))
        return "a second" if whole == 1 else f"{whole} seconds"
    if seconds < 5400:
        return f"{round(seconds / 60)} minutes"
    if seconds < 172_800:
        return f"{round(seconds / 3600)} hours"
    return f"{round(seconds / 86_400)} days"
