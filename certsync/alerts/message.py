"""A digest written out: subject, text, HTML and calendar file, under 100 KB as a mail."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

import css_inline
import jinja2

from certsync.alerts.alert import Alert
from certsync.alerts.calendar import calendar
from certsync.alerts.digest import Digest, Message
from certsync.alerts.mail_bytes import as_bytes
from certsync.alerts.page import Page, page
from certsync.alerts.stakes import Stake, stakes
from certsync.alerts.tiers import Address

if TYPE_CHECKING:
    from certsync.compute.facts import Facts

MAX_BYTES = 98_000
"""Of a whole mail as it is sent. Gmail cuts off what it shows at 102 KB."""

_SHOWN = (40, 20, 15, 10, 5, 2)
_WORST_ENCODING = 3.2

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
        empty = Message(
            digest=digest,
            message_id=digest.message_id or f"<{digest.fingerprint}@{domain}>",
            sender=head.sender,
            reply_to=head.coordinator,
            list_name=f"certsync.{domain}",
            subject="",
            text="",
            html="",
            written=_moment(now, head.timezone),
        )
        return self._filled(empty)

    def prepare(self, digests: Iterable[Digest]) -> None:
        """Work out what hangs on everything in these digests at once, which is far quicker."""
        self._learn(alert for digest in digests for alert in digest.alerts)

    def _learn(self, alerts: Iterable[Alert]) -> None:
        records = {alert.about.record for alert in alerts} - {None, *self._stakes}
        if records:
            self._stakes |= stakes(self._facts, [at for at in records if at is not None])

    def _filled(self, empty: Message) -> Message:
        """The message with as many items as fit into MAX_BYTES."""
        digest = empty.digest
        self._learn(digest.alerts)
        for limit in _SHOWN:
            shown = page(
                digest,
                self._stakes,
                workbook=self._letterhead.workbook,
                as_of=self._facts.today,
                contact=self._contact,
                limit=limit,
            )
            message = replace(
                empty,
                subject=shown.subject,
                text=_TEMPLATES.get_template("digest.txt.j2").render(page=shown),
                html=_html(shown),
                calendar=calendar(
                    digest,
                    self._stakes,
                    workbook=self._letterhead.workbook,
                    organizer=self._letterhead.coordinator or self._letterhead.sender,
                    limit=limit,
                ),
                page=shown,
            )
            if _fits(message):
                break
        return message

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


def _fits(message: Message) -> bool:
    plain = len(message.text.encode()) + len(message.html.encode()) + len(message.calendar)
    return plain * _WORST_ENCODING < MAX_BYTES or len(as_bytes(message)) <= MAX_BYTES


def _html(shown: Page) -> str:
    return _INLINER.inline(_TEMPLATES.get_template("digest.html.j2").render(page=shown))
