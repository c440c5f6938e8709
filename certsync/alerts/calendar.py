"""The dates of a message as a calendar file (RFC 5545), which a later one about the same moves.

An entry is known by workbook, person and certification and not by its date, so a renewal moves it.
Its SEQUENCE is the minute of the message, counted from 2000: a later message is the newer version,
even where it corrects the date to an earlier one, and nothing has to be remembered for that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from certsync.alerts.alert import Alert, Matter, parts, series
from certsync.alerts.digest import Digest
from certsync.alerts.hygiene import one_line
from certsync.alerts.stakes import Stake
from certsync.alerts.tiers import Address

if TYPE_CHECKING:
    import icalendar

FILE_NAME = "certifications.ics"

REMIND = timedelta(days=7)
"""How long before the date the calendar reminds."""

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def calendar(
    digest: Digest,
    stakes: Mapping[int, Stake],
    *,
    written: datetime,
    workbook: str,
    organizer: Address,
    limit: int,
) -> bytes:
    """The expiration dates of `digest` as all-day entries; nothing where it has none.

    Args:
        digest: The alerts, most urgent first.
        stakes: What hangs on each record, by `Matter.record`.
        written: When the message was, with its time zone.
        workbook: Its name as people know it.
        organizer: Who publishes the dates; RFC 5546 wants one, and no attendee.
        limit: How many certifications have an entry at most.
    """
    chosen = expiring(digest.alerts)[:limit]
    if not chosen:
        return b""
    entries: dict[str, bytes] = {}
    for alert in chosen:
        about = alert.about
        stake = stakes.get(-1 if about.record is None else about.record, Stake())
        own = "holder" in alert.to.roles
        # Two records under one name in a damaged workbook: the more urgent one comes first.
        entries.setdefault(uid(about), _entry(about, own, written, stake, workbook, organizer))
    head, end = _book()
    return b"".join((head, *entries.values(), end))


@cache
def _book() -> tuple[bytes, bytes]:
    """What stands before and after the entries."""
    # Imported here: a run that sends nothing need not load it.
    import icalendar

    book = icalendar.Calendar()
    book.add("version", "2.0")
    book.add("prodid", "-//certsync//certification dates//EN")
    book.add("calscale", "GREGORIAN")
    book.add("method", "PUBLISH")
    head, mark, end = bytes(book.to_ical()).partition(b"END:VCALENDAR")
    return head, mark + end


def expiring(alerts: Sequence[Alert]) -> list[Alert]:
    """Those about the expiration date of a certification."""
    return [alert for alert in alerts if alert.about.kind == "expiry" and alert.about.expires]


def uid(about: Matter) -> str:
    """The name of a certification's entry in every calendar: without its date, so that it moves."""
    lasting = series(*parts(about.series)[:-1])
    mark = hashlib.sha256(lasting.encode(errors="backslashreplace")).hexdigest()[:40]
    return f"{mark}@certsync"


# The holder, the manager and the coordinator get the same entries.
@lru_cache(maxsize=4096)
def _entry(
    about: Matter, own: bool, written: datetime, stake: Stake, workbook: str, organizer: Address
) -> bytes:
    import icalendar

    expires = about.expires or date.max
    name, person = _plain(about.certification), _plain(about.person, 80)
    title = f"{name} expires" + ("" if own else f" ({person})")
    row = f"Row: {_plain(about.where, 80)} of {_plain(workbook, 80)}"
    said = [f"Held by {person}.", *(_plain(line, 500) for line in stake.lines), row]
    entry = icalendar.Event()
    entry.add("uid", uid(about))
    entry.add("sequence", max((written - _EPOCH) // timedelta(minutes=1), 0))
    entry.add("dtstamp", written.astimezone(UTC))
    entry.add("dtstart", expires)
    entry.add("summary", title)
    entry.add("description", "\n".join(said))
    # It is a date to know of, not a day that is taken.
    entry.add("transp", "TRANSPARENT")
    entry.add("x-microsoft-cdo-busystatus", "FREE")
    if expires - written.date() > REMIND:
        # A reminder that lies in the past would ring the moment the file is opened.
        alarm = icalendar.Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", title)
        alarm.add("trigger", -REMIND)
        entry.add_component(alarm)
    entry.add("organizer", _organizer(organizer))
    return bytes(entry.to_ical())


def _organizer(address: Address) -> icalendar.vCalAddress:
    import icalendar

    name = _plain(address.name, 80)
    return icalendar.vCalAddress(f"mailto:{address.email}", params={"CN": name} if name else {})


def _plain(text: str, limit: int = 200) -> str:
    """One line without backslashes: programs disagree about which of them are escapes."""
    return one_line(text.replace("\\", "/"), limit)
