"""How many requests an account may make in a minute."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from tests.sheets_service.model import GoogleError

Side = Literal["read", "write"]
PROJECT = "123456"
_MINUTE = 60.0


@dataclass
class Quota:
    """Reads and writes per minute and account; None for no limit. Refused ones do not count."""

    clock: Callable[[], float]
    limits: dict[Side, int | None] = field(default_factory=lambda: {"read": None, "write": None})
    _seen: dict[tuple[str, Side], deque[float]] = field(default_factory=dict)

    def count(self, email: str, side: Side) -> None:
        """Count one request. Raises GoogleError 429 beyond the limit."""
        limit = self.limits[side]
        if limit is None:
            return
        now = self.clock()
        seen = self._seen.setdefault((email, side), deque())
        while seen and now - seen[0] >= _MINUTE:
            seen.popleft()
        if len(seen) >= limit:
            raise exceeded(side, limit)
        seen.append(now)


def exceeded(side: Side, limit: int = 60) -> GoogleError:
    """429 RESOURCE_EXHAUSTED as Google words it."""
    word = side.capitalize()
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "RATE_LIMIT_EXCEEDED",
        "domain": "googleapis.com",
        "metadata": {
            "consumer": f"projects/{PROJECT}",
            "service": "sheets.googleapis.com",
            "quota_metric": f"sheets.googleapis.com/{side}_requests",
            "quota_limit": f"{word}RequestsPerMinutePerUser",
            "quota_limit_value": str(limit),
            "quota_location": "global",
        },
    }
    links = {
        "@type": "type.googleapis.com/google.rpc.Help",
        "links": [
            {
                "description": "Request a higher quota limit.",
                "url": "https://cloud.google.com/docs/quotas/help/request_increase",
            }
        ],
    }
    message = (
        f"Quota exceeded for quota metric '{word} requests' and limit '{word} requests per minute "
        f"per user' of service 'sheets.googleapis.com' for consumer 'project_number:{PROJECT}'."
    )
    return GoogleError(429, "RESOURCE_EXHAUSTED", message, [info, links])
