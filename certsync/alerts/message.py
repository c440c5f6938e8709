"""A digest written out: subject, text and HTML from the templates, under 100 KB."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

import css_inline
import jinja2

from certsync.alerts.digest import Digest, Message
from certsync.alerts.page import Page, page
from certsync.alerts.stakes import Stake, stakes
from certsync.alerts.tiers import Address

if TYPE_CHECKING:
    from certsync.compute.facts import Facts

MAX_BYTES = 90_000
"""Gmail cuts a message off at 102 KB; headers and encoding need room too."""

_SHOWN = (40, 20, 10, 5, 2)

_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("certsync.alerts"),
    autoescape=lambda name: name is not None and ".html" in name,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


@dataclass(frozen=True)
class Letterhead:
    """From whom, about which workbook (as people know it), and to whom answers go.

    `timezone` is where a time without one belongs; the machine's own, if it is None.
    """

    sender: Address
    workbook: str
    coordinator: Address | None = None
    timezone: tzinfo | None = None


def renderer(letterhead: Letterhead) -> Callable[[Facts], Writer]:
    """What writes messages once the facts of a run are known."""
    return lambda facts: Writer(letterhead, facts)


class Writer:
    """Writes the digests of one run; what hangs on a record is worked out once."""

    def __init__(self, letterhead: Letterhead, facts: Facts) -> None:
        self._letterhead = letterhead
        self._facts = facts
        self._stakes: dict[int, Stake] = {}

    def __call__(self, digest: Digest, now: datetime) -> Message:
        """The message for `digest`. The same digest and time give the same message."""
        head = self._letterhead
        domain = head.sender.email.rpartition("@")[2]
        subject, text, html = self._fitting(digest)
        return Message(
            digest=digest,
            message_id=digest.message_id or f"<{digest.fingerprint}@{domain}>",
            sender=head.sender,
            reply_to=head.coordinator,
            list_name=f"certsync.{domain}",
            subject=subject,
            text=text,
            html=html,
            written=_moment(now, head.timezone),
        )

    def _fitting(self, digest: Digest) -> tuple[str, str, str]:
        """Subject, text and HTML with as many items as fit into MAX_BYTES."""
        records = {alert.about.record for alert in digest.alerts} - {None, *self._stakes}
        self._stakes |= stakes(self._facts, [at for at in records if at is not None])
        for limit in _SHOWN:
            shown = page(
                digest,
                self._stakes,
                workbook=self._letterhead.workbook,
                as_of=self._facts.today,
                contact=self._contact,
                limit=limit,
            )
            html = _html(shown)
            if len(html.encode()) <= MAX_BYTES:
                break
        return shown.subject, _TEMPLATES.get_template("digest.txt.j2").render(page=shown), html

    @property
    def _contact(self) -> str:
        if not self._letterhead.coordinator:
            return "Anything else is put right in the workbook."
        return "Anything wrong here? Reply to this message."


def _moment(now: datetime, timezone: tzinfo | None) -> datetime:
    """The time with its zone, so that the Date header names a moment."""
    if now.tzinfo:
        return now
    return now.replace(tzinfo=timezone) if timezone else now.astimezone()


def _html(shown: Page) -> str:
    return _INLINER.inline(_TEMPLATES.get_template("digest.html.j2").render(page=shown))
