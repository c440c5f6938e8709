"""What an answer of Google says: the kind of refusal, Google's own sentence, and when to return."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from gspread.exceptions import APIError, GSpreadException
from requests import Response

Json = Any
"""A decoded body; its form is in Google's discovery document, not in a type."""

_URL = re.compile(r"https://[^\s\"'<>]+")
_LONGEST_QUOTE = 200


@dataclass(frozen=True)
class Answer:
    """An answer that is no success, taken apart.

    `reasons` holds what Google calls the error, in every form it uses: the status of the RPC, the
    reason of an ErrorInfo, the reason of the older `errors` list. `date` is Google's clock,
    `retry_after` the seconds it asks to wait.
    """

    status: int
    said: str = ""
    reasons: frozenset[str] = frozenset()
    metadata: Mapping[str, str] = field(default_factory=dict)
    pages: tuple[str, ...] = ()
    is_json: bool = True
    date: datetime | None = None
    retry_after: float | None = None


class Refusal(APIError):
    """gspread's error for a refusal; gspread's own making of it fails on a body it does not expect.

    `error` is Google's, with a code and a message in any case.
    """

    def __init__(self, response: Response) -> None:
        answer = read(response)
        self.response = response
        self.code = answer.status
        try:
            given = json.loads(response.content)["error"]
        except (ValueError, KeyError, TypeError, RecursionError):
            given = {}
        own = given if isinstance(given, dict) else {}
        self.error = {**own, "code": answer.status, "message": answer.said or response.reason}
        GSpreadException.__init__(self, self.error)


def read(response: Response) -> Answer:
    """Take an answer apart; whatever it holds, this does not fail."""
    date = _date(response.headers.get("Date"))
    found: dict[str, Any] = {
        "status": response.status_code,
        "date": date,
        "retry_after": _seconds(response.headers.get("Retry-After"), date),
    }
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return Answer(is_json=False, **found)
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return Answer(**found)
    said = str(error.get("message", ""))
    parts = list(_parts(error))
    metadata = {
        str(key): str(value)
        for part in parts
        if isinstance(part.get("metadata"), dict)
        for key, value in part["metadata"].items()
    }
    links = [
        str(link.get("url", ""))
        for part in parts
        if isinstance(part.get("links"), list)
        for link in part["links"]
        if isinstance(link, dict)
    ]
    pages = (metadata.get("activationUrl", ""), *links, *_URL.findall(said))
    return Answer(
        said=said,
        reasons=frozenset(
            str(reason)
            for reason in (error.get("status"), *(part.get("reason") for part in parts))
            if reason
        ),
        metadata=metadata,
        pages=tuple(page.rstrip(".,;)") for page in pages if is_google(page.rstrip(".,;)"))),
        **found,
    )


def is_google(url: str) -> bool:
    """Whether a page may be named to a person as Google's: https, on google.com, nothing odd."""
    if not re.fullmatch(r"https://[\x21-\x7e]{1,500}", url) or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    return (host == "google.com" or host.endswith(".google.com")) and not (
        port or "@" in parts.netloc
    )


def quoted(text: str) -> str:
    """Somebody else's words as part of a sentence: one line, shortened, in quotation marks."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(line) > _LONGEST_QUOTE:
        line = f"{line[: _LONGEST_QUOTE - 4].rstrip()} ..."
    return '"{}"'.format(line.replace('"', "'").rstrip("."))


def _parts(error: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for key in ("details", "errors"):
        parts = error.get(key)
        if isinstance(parts, list):
            yield from (part for part in parts if isinstance(part, dict))


def _date(text: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _seconds(text: str | None, date: datetime | None) -> float | None:
    """Retry-After is in seconds or a date; a date is compared with the clock it came from."""
    if text and text.strip().isdecimal() and text.isascii():
        return float(text.strip()[:9])
    until = _date(text)
    return max(0.0, (until - date).total_seconds()) if until and date else None
