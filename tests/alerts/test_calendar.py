"""The calendar file of a mail: what it holds, how it moves, and that no cell can break it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from email import policy
from email.parser import BytesParser
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from certsync.alerts.alert import Alert, series
from certsync.alerts.calendar import calendar, uid
from certsync.alerts.digest import Digest, gather
from certsync.alerts.hygiene import one_line
from certsync.alerts.mail import as_email
from certsync.alerts.message import Writer
from certsync.alerts.stakes import Stake
from certsync.alerts.tiers import Address
from certsync.sheets.findings import Finding
from tests.alerts.letters import alert, letter
from tests.alerts.test_mail import HOSTILE
from tests.alerts.world import LETTERHEAD, NOW, PRO, TODAY, certs, due_now, world

CORA = Address("cora@agency.example", "Cora Quinn")


def expires_on(when: date, name: str = "PMP", person: str = "Maria Lopez", id: str = "E1") -> Alert:
    """An alert about a certification with this date."""
    about = alert(name).about._replace(
        series=series("agency", id, name.casefold(), when.isoformat()),
        person=person,
        expires=when,
    )
    return alert(name)._replace(about=about)


VERSION = (b"SEQUENCE:", b"DTSTAMP:")
MORNING = NOW.replace(tzinfo=ZoneInfo("America/Chicago"))


def made(
    *alerts: Alert, written: datetime = MORNING, limit: int = 40, organizer: Address = CORA
) -> bytes:
    """The file of a digest with these alerts."""
    digest = Digest("email", alert().to, alerts, written.date())
    stakes = {0: Stake(("It breaks; something, on 1 May.",))}
    return calendar(
        digest, stakes, written=written, workbook="agency.xlsx", organizer=organizer, limit=limit
    )


def entries(content: bytes) -> list[Any]:
    """Every entry as a calendar program reads it: what a property holds depends on its name."""
    (book,) = icalendar.Calendar.from_ical(content, multiple=True)
    assert book.errors == []
    found = book.walk("VEVENT")
    assert all(event.errors == [] for event in found)
    return list(found)


def test_a_mail_carries_its_dates() -> None:
    """Each mail about certifications has one file, with one entry for each of them, to publish."""
    facts, found = world(certs(("E1", PRO, date(2026, 3, 28)), ("E1", "CISSP", date(2026, 5, 1))))
    alerts = due_now(facts, found)
    digest = gather((one, None, TODAY) for one in alerts if one.to.name == "Maria Lopez")[0]
    raw = as_email(Writer(LETTERHEAD, facts)(digest, NOW)).as_bytes()
    (part,) = BytesParser(policy=policy.default).parsebytes(raw).iter_attachments()
    assert part.get_filename() == "certifications.ics"
    assert part.get_content_type() == "text/calendar"
    assert part["Content-Type"].params["method"] == "PUBLISH"
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    book: Any = icalendar.Calendar.from_ical(content)
    assert (book["METHOD"], book["VERSION"]) == ("PUBLISH", "2.0")
    first, second = entries(content)
    assert first["SUMMARY"] == f"{PRO} expires"
    assert b"DTSTART;VALUE=DATE:20260328\r\n" in content
    assert second["DTSTART"].dt == date(2026, 5, 1)
    assert "AWS Partner Network Advanced falls to 0 of 2 on 29 March 2026" in first["DESCRIPTION"]
    assert first["DESCRIPTION"].endswith("Row: Certifications!C2 of agency.xlsx")
    assert first["ORGANIZER"] == "mailto:cora@agency.example"
    assert "ATTENDEE" not in first
    assert "DTEND" not in first
    (alarm,) = first.walk("VALARM")
    assert alarm["TRIGGER"].dt == timedelta(days=-7)
    assert b"TRIGGER:-P7D\r\n" in content


def test_somebody_elses_date_has_a_name() -> None:
    """The entry of a manager says whose certification it is."""
    other = expires_on(date(2026, 3, 28))
    other = other._replace(to=other.to._replace(roles=("manager",)))
    (event,) = entries(made(other))
    assert event["SUMMARY"] == "PMP expires (Maria Lopez)"


def test_a_mail_without_dates_carries_no_file() -> None:
    """Rows to fix and a stopped run are no dates."""
    facts, found = world(certs())
    finding = Finding("date.bad", "error", "Certifications", "C2", "x", "It is none.", "Fix it.")
    alerts = due_now(facts, found, [finding])
    (digest,) = gather((one, None, TODAY) for one in alerts)
    message = Writer(LETTERHEAD, facts)(digest, NOW)
    assert message.calendar == b""
    assert "certifications.ics" not in message.text
    assert list(as_email(message).iter_attachments()) == []


@settings(max_examples=60, deadline=None)
@given(
    first=st.dates(date(2001, 1, 1), date(2100, 1, 1)),
    second=st.dates(date(2001, 1, 1), date(2100, 1, 1)),
    later=st.one_of(st.integers(1, 2000), st.integers(1, 3000).map(lambda days: days * 1440)),
)
def test_a_new_date_moves_the_entry(first: date, second: date, later: int) -> None:
    """Renewed or corrected, minutes or years later: the same UID and a higher SEQUENCE."""
    (old,) = entries(made(expires_on(first)))
    (new,) = entries(made(expires_on(second), written=MORNING + timedelta(minutes=later)))
    assert old["UID"] == new["UID"]
    assert new["SEQUENCE"] > old["SEQUENCE"] > 0
    assert new["DTSTAMP"].dt > old["DTSTAMP"].dt
    assert new["DTSTART"].dt == second


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), min_size=2, unique=True))
def test_different_certifications_never_share_an_entry(pairs: list[tuple[str, str]]) -> None:
    """Whatever person and certification are called, even with the marks that part names."""
    names = {uid(alert().about._replace(series=series("a", *p, "2026-03-28"))) for p in pairs}
    assert len(names) == len(pairs)
    moved = {uid(alert().about._replace(series=series("a", *p, "2028-03-28"))) for p in pairs}
    assert moved == names


def test_a_message_that_goes_out_again_says_the_same_anew() -> None:
    """It differs in its version alone; at the same time it is the same to the byte."""
    facts, found = world(certs(("E1", PRO, date(2026, 3, 28))))
    (one, *_) = due_now(facts, found)
    digest = Digest("email", one.to, (one,), TODAY, "<first@agency.example>")
    writer = Writer(LETTERHEAD, facts)
    first, again = writer(digest, NOW), writer(digest, NOW + timedelta(days=1, hours=5))
    kept = [
        [line for line in one.calendar.split(b"\r\n") if not line.startswith(VERSION)]
        for one in (first, again)
    ]
    assert kept[0] == kept[1]
    assert first.calendar != again.calendar
    assert as_email(first).as_bytes() == as_email(writer(digest, NOW)).as_bytes()


@pytest.mark.parametrize(("left", "rings"), [(180, True), (8, True), (7, False), (0, False)])
def test_no_reminder_lies_in_the_past(left: int, rings: bool) -> None:
    """Seven days ahead it reminds; where that is today or over it keeps quiet."""
    (event,) = entries(made(expires_on(TODAY + timedelta(days=left))))
    assert bool(event.walk("VALARM")) == rings


def test_the_most_urgent_dates_come_first() -> None:
    """With a limit the first ones stay, each certification once."""
    alerts = [expires_on(TODAY + timedelta(days=n), f"C{n}") for n in range(50)]
    found = entries(made(*alerts, limit=10))
    assert [event["SUMMARY"] for event in found] == [f"C{n} expires" for n in range(10)]
    assert len(entries(made(alerts[0], alerts[0], alerts[1]))) == 2


def check(name: str, person: str) -> None:
    """Read back: one entry, the text that was meant, and no property that was not."""
    other = expires_on(date(2026, 9, 1), name, person)
    other = other._replace(to=other.to._replace(roles=("manager",)))
    content = made(other, organizer=Address("cora@agency.example", person))
    (event,) = entries(content)
    what, who = (one_line(t.replace("\\", "/"), n) for t, n in ((name, 200), (person, 80)))
    assert event["SUMMARY"] == f"{what} expires ({who})"
    assert event["DESCRIPTION"].split("\n")[0] == f"Held by {who}."
    assert event["ORGANIZER"] == "mailto:cora@agency.example"
    assert set(event) == {
        "UID", "SEQUENCE", "DTSTAMP", "DTSTART", "SUMMARY", "DESCRIPTION", "ORGANIZER", "TRANSP",
        "X-MICROSOFT-CDO-BUSYSTATUS",
    }  # fmt: skip
    (alarm,) = event.subcomponents
    assert set(alarm) == {"ACTION", "DESCRIPTION", "TRIGGER"}
    lines = content.split(b"\r\n")
    assert lines[-1] == b""
    assert max(map(len, lines)) <= 75
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert b"\n" not in content.replace(b"\r\n", b"")
    # What a reader sees that only unfolds and splits lines.
    unfolded = content.replace(b"\r\n ", b"").split(b"\r\n")
    assert [line.partition(b":")[0].partition(b";")[0] for line in unfolded].count(b"BEGIN") == 3
    assert not any(line.startswith((b"ATTENDEE", b"ATTACH", b"URL")) for line in unfolded)


ATTACKS = [
    *HOSTILE,
    "x\r\nATTENDEE:mailto:evil@x.example",
    "x\nEND:VEVENT\nBEGIN:VEVENT",
    "x\\nATTACH:http://evil.example",
    "a;b,c:d\\e",
    'x" ;X="y',
    "^n^'^^",
    "ü" * 200,
    "😀" * 100,
]


@pytest.mark.parametrize("text", ATTACKS)
def test_known_attacks_add_nothing(text: str) -> None:
    """Line breaks, escapes, borders of properties and long text change no property."""
    check(text, text)


@settings(max_examples=150, deadline=None)
@given(name=st.text(max_size=250), person=st.text(max_size=100))
@example(name="\\", person="\\;")
@example(name="\\n", person="\\N")
def test_no_text_changes_the_calendar(name: str, person: str) -> None:
    """Whatever a certification or a person is called, the file says that and nothing else."""
    check(name, person)


@pytest.mark.campaign
@settings(max_examples=10_000, deadline=None)
@given(
    name=st.lists(st.sampled_from(ATTACKS) | st.text(max_size=20), max_size=4).map("".join),
    person=st.lists(st.sampled_from(ATTACKS) | st.text(max_size=20), max_size=4).map("".join),
)
def test_no_mixture_of_attacks_changes_the_calendar(name: str, person: str) -> None:
    """Attacks glued to each other and to anything else are as harmless as alone."""
    check(name, person)


def test_a_mail_with_a_file_is_the_same_on_every_attempt() -> None:
    """The borders between its parts come from the message alone, and differ from each other."""
    message = replace(letter(), calendar=made(expires_on(date(2026, 9, 1))))
    first, again = as_email(message), as_email(message)
    assert first.as_bytes() == again.as_bytes()
    body, _ = first.iter_parts()
    assert body.get_content_type() == "multipart/alternative"
    assert body.get_boundary() != first.get_boundary()
