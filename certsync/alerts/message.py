"""A digest written out: subject, text, HTML and calendar file, under 100 KB as a mail."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from certsync.alerts.alert import PLACE, Alert
from certsync.alerts.calendar import calendar
from certsync.alerts.digest import Digest, Message
from certsync.alerts.hygiene import one_line
from certsync.alerts.mail_bytes import as_bytes
from certsync.alerts.page import ALSO, page
from certsync.alerts.stakes import Stake, stakes
from certsync.alerts.templating import HTML, TEXT, Templates, TemplateTrouble
from certsync.alerts.tiers import Address

if TYPE_CHECKING:
    from certsync.compute.facts import Facts

MAX_BYTES = 98_000
"""Of a whole mail as it is sent. Gmail cuts off what it shows at 102 KB."""

# So many certifications with a card of their own, and so many more named in a line.
_SHOWN = (*((cards, ALSO) for cards in (40, 20, 15, 10, 5, 2)), (2, 50), (2, 0))
_HEADERS = 4_000


@dataclass(frozen=True)
class Letterhead:
    """From whom, about which workbook (as people know it), and to whom answers go.

    `timezone` is where a time without one belongs; the machine's own, if it is None. `templates`
    is a folder whose files stand in for certsync's templates.
    """

    sender: Address
    workbook: str
    coordinator: Address | None = None
    timezone: tzinfo | None = None
    templates: Path | None = None


def renderer(letterhead: Letterhead) -> Callable[[Facts], Writer]:
    """What writes messages once the facts of a run are known."""
    return lambda facts: Writer(letterhead, facts)


class Writer:
    """Writes the digests of one run; what hangs on a record is worked out once.

    A run that came to no facts has messages too; it says which day it is with `today`.
    `notices` says, each once, which of the user's templates could not be used, and why: their
    messages are written with certsync's own.

    Raises ValueError if there are neither facts nor a day.
    """

    def __init__(
        self, letterhead: Letterhead, facts: Facts | None, today: date | None = None
    ) -> None:
        day = facts.today if facts else today
        if day is None:
            raise ValueError("A message needs facts or a day.")
        self._letterhead = letterhead
        self._facts = facts
        self._today = day
        self._stakes: dict[int, Stake] = {}
        self._templates = Templates(letterhead.templates)
        self._plain = Templates()
        self.notices: list[str] = []

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
        if records and self._facts is not None:
            self._stakes |= stakes(self._facts, [at for at in records if at is not None])

    def _filled(self, empty: Message) -> Message:
        """The message with as many items as fit into MAX_BYTES."""
        self._learn(empty.digest.alerts)
        if self._letterhead.templates:
            try:
                message = self._fitting(empty, self._templates)
            except TemplateTrouble as trouble:
                self._notice(str(trouble))
            else:
                if _fits(message):
                    return message
                longer = HTML if len(message.html) > len(message.text) else TEXT
                self._notice(f"{longer}: its messages are longer than {MAX_BYTES:,} bytes")
        return self._fitting(empty, self._plain)

    def _fitting(self, empty: Message, templates: Templates) -> Message:
        digest, head = empty.digest, self._letterhead
        for limit, also in _SHOWN:
            shown = page(
                digest,
                self._stakes,
                workbook=head.workbook,
                as_of=self._today,
                contact=self._contact,
                limit=limit,
                also=also,
            )
            written = templates.write(shown)
            message = replace(
                empty,
                subject=one_line(written.subject) or shown.subject,
                text=written.text,
                html=written.html,
                calendar=calendar(
                    digest,
                    self._stakes,
                    written=empty.written,
                    workbook=head.workbook,
                    organizer=head.coordinator or head.sender,
                    limit=limit,
                ),
                page=shown,
            )
            if _fits(message):
                break
        return message

    def _notice(self, trouble: str) -> None:
        said = f"Template {trouble}. Messages go out in certsync's own words until it is put right."
        if said not in self.notices:
            self.notices.append(said)

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
    if PLACE in message.digest.to.roles:
        return True  # no mail can go there, and a chat cuts by its own limits
    size = _longest(message.text) + _longest(message.html) + len(message.calendar) * 7 // 5
    return size + _HEADERS < MAX_BYTES or len(as_bytes(message)) <= MAX_BYTES


def _longest(text: str) -> int:
    """The bytes of a part at most, in either of the two encodings a mail may choose.

    Quoted-printable writes three for everything that is not ASCII and for each `=`, and breaks
    lines; Base64 writes four for three.
    """
    size = len(text.encode())
    strange = size - len(text.encode("ascii", "ignore")) + text.count("=")
    return max((size + 2 * strange) * 27 // 26, size * 7 // 5)
