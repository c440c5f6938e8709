"""What a message says, in both of its parts."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certsync.alerts.alert import Alert
from certsync.alerts.digest import Digest, Message, gather
from certsync.alerts.mail import as_email
from certsync.alerts.message import MAX_BYTES, Letterhead, Writer
from certsync.alerts.notices import braked
from certsync.alerts.page import page
from certsync.alerts.stakes import stakes
from certsync.alerts.tiers import Address
from certsync.sheets.findings import Finding
from tests.alerts.world import (
    LETTERHEAD,
    MAIL,
    NOW,
    PEOPLE,
    PRO,
    REQUIREMENTS,
    TODAY,
    certs,
    due_now,
    world,
)


def written(
    certifications: str,
    *,
    findings: Sequence[Finding] = (),
    letterhead: Letterhead = LETTERHEAD,
    requirements: str = REQUIREMENTS,
) -> dict[str, Message]:
    """Every message of a first run, by the name before the @."""
    facts, found = world(certifications, requirements=requirements)
    alerts = due_now(facts, found, findings)
    writer = Writer(letterhead, facts)
    digests = gather((alert, None, TODAY) for alert in alerts)
    return {d.to.email.partition("@")[0]: writer(d, NOW) for d in digests}


def in_days(days: int) -> date:
    """The date so many days from today."""
    return TODAY + timedelta(days=days)


RENEWING = f"""
| employee_id | certification | expiration_date | renewal_method | renewal_status |
| E1          | {PRO}         | 2026-03-28      | Exam           | Planned        |
| E2          | {PRO}         | 2027-03-28      |                |                |
"""


def test_a_message_says_everything_needed_to_act() -> None:
    """What, when, what follows, what to do, who owns it, and which cell."""
    message = written(RENEWING)["maria"]
    for part in (message.text, plain_text(message.html)):
        for said in (
            "Critical",
            PRO,
            "28 March 2026",
            "Expires in 12 days",
            "AWS Partner Network Advanced falls to 1 of 2 on 29 March 2026.",
            "Business impact: Co-sell, worth 250,000 a year.",
            "Act immediately: take the earliest exam date",
            "Exam, Planned",
            "Maria Lopez (holder), Lee Adler (AWS Partner Network Advanced)",
            "Certifications!C2",
            "you hold a certification",
            "Reply to this message",
        ):
            assert said in part


def test_where_nothing_follows_it_says_so() -> None:
    """A certification no program needs is not made to look like one."""
    text = written(certs(("E1", "PMP", in_days(9))))["maria"].text
    assert "No program or client counts on it." in text


@pytest.mark.parametrize(
    ("rows", "who", "subject"),
    [
        ([("E1", PRO, 12)], "maria", f"Critical: Your {PRO} expires in 12 days (28 Mar)"),
        ([("E1", PRO, 12)], "ann", f"Critical: Maria Lopez: {PRO} expires in 12 days (28 Mar)"),
        ([("E1", "PMP", 100)], "maria", "Your PMP expires in 100 days (24 Jun)"),
        ([("E1", "PMP", 0)], "maria", "Your PMP expires today (16 Mar)"),
        ([("E1", "PMP", 1)], "maria", "Critical: Your PMP expires tomorrow (17 Mar)"),
        ([("E1", "PMP", -1)], "maria", "Your PMP expired yesterday (15 Mar)"),
        ([("E1", "PMP", -400)], "maria", "Your PMP expired 400 days ago (9 Feb 2025)"),
        (
            [("E1", "PMP", 12), ("E1", "CISSP", 20)],
            "maria",
            "Critical: 2 certifications expire within 30 days: PMP (28 Mar), CISSP (5 Apr)",
        ),
        (
            [("E1", "PMP", -2), ("E2", "CISSP", 40), ("E1", "CKA", 50)],
            "ann",
            "1 certification has expired and 2 expire within 60 days: "
            "PMP (Maria Lopez, 14 Mar), CISSP (Tom Reed, 25 Apr), 1 more",
        ),
        (
            [("E1", "PMP", -2), ("E1", "CISSP", -3)],
            "maria",
            "2 certifications have expired: CISSP (13 Mar), PMP (14 Mar)",
        ),
        (
            [("E1", "PMP", 0), ("E1", "CISSP", 0)],
            "maria",
            "2 certifications expire today: CISSP (16 Mar), PMP (16 Mar)",
        ),
    ],
)
def test_the_subject_says_who_what_and_when(
    rows: list[tuple[str, str, int]], who: str, subject: str
) -> None:
    """A list of mails already tells what is urgent."""
    table = certs(*((person, name, in_days(left)) for person, name, left in rows))
    assert written(table)[who].subject == subject


def test_a_subject_stays_short() -> None:
    """Names are listed while there is room; the rest is counted, and the first is always there."""
    subject = many(30, "AWS Certified Solutions Architect - Professional and much more")[
        "lee"
    ].subject
    assert len(subject) <= 150
    assert "(Maria Lopez, 16 Mar)" in subject
    assert subject.endswith(", 29 more")


def test_a_certification_that_is_given_up_asks_for_something_else() -> None:
    """Where the sheet says Not Renewing nobody is told to book an exam."""
    text = written(RENEWING.replace("Planned", "Not Renewing"))["maria"].text
    assert "find who can replace it" in text
    assert "earliest exam date" not in text


def test_somebody_who_owns_two_things_is_named_once() -> None:
    """Holder and program owner in one person stand together."""
    text = written(certs(("E1", PRO, in_days(9))))["maria"].text
    assert "Owners: Maria Lopez (holder), Lee Adler (AWS Partner Network Advanced)" in text
    facts, found = world(certs(("E1", PRO, in_days(9))))
    facts.requirements["owner"] = "Maria Lopez"
    (digest, *_) = gather((alert, None, TODAY) for alert in due_now(facts, found))
    text = Writer(LETTERHEAD, facts)(digest, NOW).text
    assert "Owners: Maria Lopez (holder, AWS Partner Network Advanced)" in text


def test_a_managers_digest_is_grouped_by_person() -> None:
    """The person with the most urgent certification first, then the other ones of that person."""
    rows = certs(
        ("E1", "PMP", in_days(20)), ("E2", "CKA", in_days(5)), ("E2", "CISSP", in_days(50))
    )
    text = written(rows)["ann"].text
    body = text.partition("\nTom Reed\n")[2]
    order = [body.index(word) for word in ("CKA", "[Urgent] CISSP", "\nMaria Lopez\n", "PMP")]
    assert order == sorted(order)


def test_several_certifications_say_first_what_is_at_stake() -> None:
    """Programs that break stand at the top, each once, on its first day."""
    rows = certs(("E1", PRO, in_days(12)), ("E2", PRO, in_days(20)))
    text = written(rows)["lee"].text
    stake = "AWS Partner Network Advanced falls to 1 of 2 on 29 March 2026, worth 250,000 a year"
    assert text.count(f"- {stake}\n") == 1
    assert text.index(stake) < text.index("[Critical]")


def test_the_last_day_is_not_called_expired() -> None:
    """On its expiration date a certification still counts."""
    text = written(certs(("E1", "PMP", TODAY)))["maria"].text
    assert "[Last Day] PMP" in text
    assert "[Expired]" not in text


def test_a_stand_in_learns_why() -> None:
    """The manager of somebody without an address is asked to pass the message on."""
    assert "Nora Mailless has no usable e-mail address" in (
        written(certs(("E5", "PMP", in_days(20))))["ann"].text
    )


FINDING = Finding(
    "date.bad", "error", "Certifications", "C2", "31/02", '"31/02" is not a date.', "Write it so."
)


def test_rows_that_need_fixing_have_a_section() -> None:
    """The coordinator finds cell, problem and fix; alone they make a message of their own."""
    alone = written(certs(("E1", "PMP", "")), findings=[FINDING])["cora"]
    assert alone.subject == "1 row of agency.xlsx needs fixing"
    beside = written(certs(("E1", "PMP", in_days(9))), findings=[FINDING])["cora"]
    assert beside.subject.startswith("Critical: ")
    for message in (alone, beside):
        for part in (message.text, plain_text(message.html)):
            assert 'Certifications!C2: "31/02" is not a date.' in part
            assert "Write it so." in part


def test_a_run_that_stopped_says_why() -> None:
    """The coordinator reads the reason and how to go on."""
    facts, _ = world(certs())
    reasons = ['The tab "Certifications" is empty.']
    alerts = braked(reasons, workbook="agency", people=PEOPLE, channels=[MAIL], day=TODAY)
    (digest,) = gather((alert, None, TODAY) for alert in alerts)
    message = Writer(LETTERHEAD, facts)(digest, NOW)
    assert message.subject == "certsync stopped: nothing in agency.xlsx was written"
    assert reasons[0] in message.text
    assert "--yes" in message.text


def everything_said(value: object) -> list[str]:
    """Every text of a page, however deep."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for part in value for text in everything_said(part)]
    if is_dataclass(value):
        return [text for f in fields(value) for text in everything_said(getattr(value, f.name))]
    return []


def plain_text(source: str) -> str:
    """The text a person reads in an HTML part."""
    body = re.sub(r"<head.*?</head>", "", source, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", "", body)))


LOOKS = {"early", "active", "urgent", "critical", "expired"}


def test_both_parts_say_the_same() -> None:
    """Every text of the page stands in the plain part and in the HTML part."""
    facts, found = world(f"{RENEWING}| E5 | PMP | {in_days(170)} | | |")
    alerts = due_now(facts, found, [FINDING])
    for digest in gather((alert, None, TODAY) for alert in alerts):
        message = Writer(LETTERHEAD, facts)(digest, NOW)
        records = [a.about.record for a in digest.alerts if a.about.record is not None]
        shown = page(
            digest,
            stakes(facts, records),
            workbook="agency.xlsx",
            as_of=TODAY,
            contact="Anything wrong here? Reply to this message.",
            limit=40,
        )
        plain, rich = re.sub(r"\s+", " ", message.text), plain_text(message.html)
        unsaid = {shown.subject, shown.tabs, *(section.tabs for section in shown.sections)}
        for text in set(everything_said(shown)) - LOOKS - unsaid:
            assert text.lower() in plain.lower()
            assert text.lower() in rich.lower()


def test_two_requirements_of_one_program_can_be_told_apart() -> None:
    """Each line says which certifications it counts; a program with one requirement need not."""
    text = written(
        certs(("E1", PRO, in_days(12))),
        requirements=f"""
        | program | tier     | requirement | minimum |
        | AWS     | Advanced | {PRO} \\| PMP | 1 |
        | AWS     | Advanced | {PRO}         | 1 |
        | Globex  |          | {PRO}         | 1 |
        """,
    )["maria"].text
    assert f"AWS Advanced falls to 0 of 1 on 29 March 2026 ({PRO} or PMP)." in text
    assert f"AWS Advanced falls to 0 of 1 on 29 March 2026 ({PRO})." in text
    assert "Globex falls to 0 of 1 on 29 March 2026.\n" in text


def many(count: int, name: str) -> dict[str, Message]:
    """The messages about so many certifications of one person."""
    return written(certs(*(("E1", f"{name} {n}", in_days(n % 60)) for n in range(count))))


@pytest.mark.parametrize("name", ["PMP", "<&>\"'" * 60, "ü" * 300, "宛" * 300])
def test_a_message_stays_below_the_limit_of_gmail(name: str) -> None:
    """However much there is to say: under 100 KB, the rest named in a line each, then counted."""
    message = many(120, name)["lee"]
    assert len(as_email(message).as_bytes()) <= MAX_BYTES < 100_000
    shown = message.text.count("Do now:")
    named = message.text.count(" 2026)\n") - shown
    assert shown >= 2
    assert named >= (50 if name.isascii() else 0)
    if left := 120 - shown - named:
        assert f"And {left} more in the tab Certifications." in message.text
        assert f"And {left} more in the tab Certifications." in plain_text(message.html)
    else:
        assert "more in the tab" not in message.text
    assert f"certifications.ics holds the first {shown} dates." in message.text
    assert message.calendar.count(b"BEGIN:VEVENT") == shown


def test_the_html_is_what_mail_programs_can_show() -> None:
    """Inline styles, tables, no images, no links out, and a dark variant that survives."""
    message = written(RENEWING)["maria"].html
    assert message.count('style="') > 20
    assert "prefers-color-scheme: dark" in message
    assert "max-width: 480px" in message
    assert "color-scheme" in message
    for absent in ("<img", "<script", "http://", "https://", "<div", "url("):
        assert absent not in message


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="<>&\"'=/ abscriptonl{}%#;:()\\", max_size=60))
def test_no_cell_becomes_markup(name: str) -> None:
    """Whatever a certification is called, no tag, attribute or template code comes of it."""
    hostile = f"x <b onclick=alert(1)>{name}".replace("|", "").replace("\\", "")
    message = written(certs(("E1", f'"{hostile}"', in_days(9))))["maria"]
    tags = set(re.findall(r"<(\w+)", message.html))
    assert tags <= {
        "html", "head", "meta", "title", "style", "body", "table", "tbody", "tr", "td", "h1", "p",
        "span", "br",
    }  # fmt: skip
    assert "onclick=alert(1)&gt;" in message.html


def test_the_message_id_names_the_alerts() -> None:
    """The same alerts have the same Message-ID on any day, others another one."""
    first, again, other = (
        written(certs(("E1", name, in_days(9))))["maria"] for name in ("PMP", "PMP", "CISSP")
    )
    assert first.message_id == again.message_id != other.message_id
    assert first.message_id.endswith("@agency.example>")


def test_a_message_that_goes_out_again_keeps_its_id() -> None:
    """An unconfirmed digest is written under the Message-ID of its first attempt."""
    facts, _ = world(certs(("E1", "PMP", in_days(9))))
    digest = digest_of(written(certs(("E1", "PMP", in_days(9))))["maria"])
    assert Writer(LETTERHEAD, facts)(digest, NOW).message_id == "<first@agency.example>"


def digest_of(message: Message) -> Digest:
    """The digest of a message as it is sent again."""
    alerts: tuple[Alert, ...] = message.digest.alerts
    return Digest("outbox", message.digest.to, alerts, TODAY, "<first@agency.example>")


def test_without_a_coordinator_nobody_is_asked_to_reply() -> None:
    """Who cannot be answered does not offer it."""
    head = Letterhead(Address("watch@agency.example"), "agency.xlsx")
    message = written(certs(("E1", "PMP", in_days(9))), letterhead=head)["maria"]
    assert message.reply_to is None
    assert "Reply to this message" not in message.text


def test_a_time_without_a_zone_gets_the_letterheads() -> None:
    """The Date header names a moment, not a wall clock somewhere."""
    head = Letterhead(LETTERHEAD.sender, "agency.xlsx", timezone=NOW.tzinfo)
    facts, _ = world(certs(("E1", "PMP", in_days(9))))
    digest = written(certs(("E1", "PMP", in_days(9))))["maria"].digest
    assert Writer(head, facts)(digest, NOW.replace(tzinfo=None)).written == NOW
    assert Writer(LETTERHEAD, facts)(digest, NOW.replace(tzinfo=None)).written.tzinfo is not None


@pytest.mark.parametrize(("grace", "said"), [(0, False), (19, False), (20, True), (45, True)])
def test_days_of_grace_keep_a_renewal_open(grace: int, said: bool) -> None:
    """After the date a message says until when the renewal is open, while it is."""
    facts, found = world(f"""
        | employee_id | certification | expiration_date | renewal_method |
        | E1          | {PRO}         | {in_days(-20)}  | Exam           |
        """)
    facts = replace(facts, policy=replace(facts.policy, grace_days=grace))
    alerts = due_now(facts, found)
    (digest, *_) = gather((alert, None, TODAY) for alert in alerts)
    text = Writer(LETTERHEAD, facts)(digest, NOW).text
    end = in_days(grace - 20)
    assert (f"Exam, open until {end.day} {end:%B %Y}" in text) == said
