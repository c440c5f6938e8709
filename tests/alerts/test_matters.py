"""Messages about programs, pursuits, rows, runs and quiet weeks, alone and together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

import pytest

from certsync.alerts.alert import ABOVE, Alert, Kind, Matter, Reason, Recipient
from certsync.alerts.digest import Digest, Message, urgency
from certsync.alerts.message import Writer
from tests.alerts.letters import alert
from tests.alerts.test_message import plain_text
from tests.alerts.world import LETTERHEAD, NOW, PRO, TODAY, certs, world

MANAGER = Recipient("ann@agency.example", "Ann Boss", ("manager",))
HOLDER = Recipient("maria@agency.example", "Maria Lopez", ("holder",))
PLACE = Recipient("#certifications", "#certifications", ("channel",))


def matter(kind: Kind, tier: str, title: str = "", problem: str = "It is so.") -> Matter:
    """Something else than a certification; `title` is its name."""
    return Matter(
        kind=kind,
        series=f"agency|{kind}|{title}",
        step=tier,
        tier=tier,
        where="Tab!A5",
        person="Tom Reed" if kind == "pursuit" else "",
        certification=title if kind == "pursuit" else "",
        title="" if kind == "pursuit" else title,
        problem=problem,
        fix="Do this.",
    )


def program(title: str, tier: str) -> Matter:
    """A program that turned."""
    return matter("program", tier, title)


def pursuit(title: str, tier: str) -> Matter:
    """A pursuit of Tom Reed's."""
    return matter("pursuit", tier, title)


def expiry(name: str, left: int = 12, days: int = 30) -> Matter:
    """A certification of Maria Lopez."""
    about = alert(name, days=days, left=left).about
    return about._replace(expires=TODAY + timedelta(days=left))


def written(*matters: Matter, to: Recipient = MANAGER) -> Message:
    """A message about these matters, without facts of a workbook."""
    alerts = [Alert(one, to, "email", Reason.TIER_CROSSED) for one in matters]
    digest = Digest("email", to, tuple(sorted(alerts, key=urgency)), TODAY)
    return Writer(LETTERHEAD, None, TODAY)(digest, NOW)


AWS = "AWS Partner Network Advanced"


@pytest.mark.parametrize(
    ("matters", "subject", "headline"),
    [
        ([program(AWS, "At Risk")], f"At Risk: {AWS}", f"{AWS} is At Risk"),
        ([program(AWS, "Recovered")], f"Recovered: {AWS}", f"{AWS} has recovered"),
        (
            [program("Globex", "At Risk"), program(AWS, "Not Met")],
            f"2 programs and clients turned: {AWS} (Not Met), Globex (At Risk)",
            "2 programs and clients turned",
        ),
        (
            [program("Globex", "Recovered"), program(AWS, "Recovered")],
            f"2 programs and clients recovered: {AWS}, Globex",
            "2 programs and clients recovered",
        ),
        (
            [program(AWS, "At Risk"), program(AWS, "Not Met")],
            f"Not Met: {AWS}",
            f"{AWS} is Not Met",
        ),
        (
            [program(AWS, "Recovered"), program(AWS, "At Risk")],
            f"At Risk: {AWS}; Recovered: {AWS}",
            f"{AWS} is At Risk; {AWS} has recovered",
        ),
        (
            [expiry("PMP"), program(AWS, "Not Met")],
            f"Not Met: {AWS}; Critical: Maria Lopez: PMP expires in 12 days (28 Mar)",
            f"{AWS} is Not Met; 1 certification expires in 12 days",
        ),
        (
            [expiry("PMP"), expiry("CKA"), program(AWS, "Not Met"), program("Globex", "At Risk")],
            f"Not Met: {AWS} and 1 more; Critical: 2 certifications expire within 30 days",
            "2 programs and clients turned; 2 certifications expire within 30 days",
        ),
        (
            [expiry("PMP"), expiry("CKA"), program("Globex", "Recovered")],
            "Critical: 2 certifications expire within 30 days: CKA (Maria Lopez, 28 Mar), PMP "
            "(Maria Lopez, 28 Mar); Recovered: Globex",
            "2 certifications expire within 30 days; Globex has recovered",
        ),
        (
            [pursuit("CKA", "Stalled")],
            "Stalled: Tom Reed's pursuit of CKA",
            "1 pursuit is stalled",
        ),
        (
            [pursuit("CKA", "Overdue"), pursuit("PMP", "Stalled")],
            "2 pursuits are overdue or stalled: Tom Reed's pursuit of CKA, Tom Reed's pursuit of "
            "PMP",
            "2 pursuits are overdue or stalled",
        ),
        (
            [expiry("PMP"), pursuit("CKA", "Overdue")],
            "Critical: Maria Lopez: PMP expires in 12 days (28 Mar); Overdue: Tom Reed's pursuit "
            "of CKA",
            "1 certification expires in 12 days; 1 pursuit is overdue",
        ),
        (
            [matter("row", "Row"), pursuit("CKA", "Overdue")],
            "Overdue: Tom Reed's pursuit of CKA",
            "1 pursuit is overdue",
        ),
        (
            [matter("row", "Row"), matter("row", "Row", "again")],
            "2 rows of agency.xlsx need fixing",
            "2 rows of agency.xlsx need fixing",
        ),
        (
            [matter("run", "Run Failed")],
            "certsync failed: the run of agency.xlsx broke off",
            "certsync failed: the run of agency.xlsx broke off",
        ),
        (
            [matter("run", "Run Missing")],
            "certsync had not run: nobody looked at agency.xlsx",
            "certsync had not run: nobody looked at agency.xlsx",
        ),
        (
            [matter("quiet", "All Quiet")],
            "All quiet: nothing needs you this week",
            "All quiet: nothing needs you this week",
        ),
    ],
)
def test_subject_and_headline(matters: Sequence[Matter], subject: str, headline: str) -> None:
    """The worst program first, then certifications, then pursuits; rows only where alone."""
    message = written(*matters)
    assert message.subject == subject
    assert message.text.startswith(f"{headline}\n=")
    assert f">{headline}</h1>" in message.html


@pytest.mark.parametrize("count", [1, 2, 40])
def test_a_subject_about_everything_stays_short(count: int) -> None:
    """However many there are and however long they are called, the worst of each is there."""
    name = "A name that is long enough to fill a subject line all by itself, and then some more"
    numbered = [f"{n} {name}" for n in range(count)]
    subject = written(
        *(program(one, "Not Met") for one in numbered),
        *(expiry(one) for one in numbered),
        *(pursuit(one, "Stalled") for one in numbered),
    ).subject
    assert len(subject) <= 130
    assert subject.startswith("Not Met: 0 A name")
    assert f"Critical: {count} certification" in subject


def test_programs_stand_above_the_certifications_and_pursuits_below() -> None:
    """The stake first, the worst program before the others; rows to fix come last."""
    message = written(
        matter("row", "Row", problem='"31/02" is not a date.'),
        pursuit("CKA", "Stalled"),
        expiry("PMP"),
        program("Initech", "Recovered"),
        program("Globex", "At Risk"),
        program(AWS, "Not Met"),
    )
    order = [
        "Programs and clients", "Not Met", AWS, "At Risk", "Globex", "Recovered", "Initech",
        "Maria Lopez", "PMP", "Pursuits", "Stalled", "Tom Reed's pursuit of CKA",
        "Rows that need fixing", '"31/02" is not a date.',
    ]  # fmt: skip
    for part in (message.text.partition("\n\n")[2], plain_text(message.html)):
        body = part[part.index(order[0]) :]
        places = [body.index(words) for words in order]
        assert places == sorted(places)


@pytest.mark.parametrize(
    ("tier", "colour"),
    [("Not Met", "#c62828"), ("At Risk", "#c79a00"), ("Recovered", "#2e7d4f")],
)
def test_a_program_has_the_colour_of_its_word(tier: str, colour: str) -> None:
    """Red, amber and green, and the word always with it."""
    html = written(program(AWS, tier)).html
    assert f"border-left-color: {colour}" in html
    assert re.search(rf'<span class="badge[^>]*>{tier}</span>', html)


def test_what_a_program_says_is_not_said_again_at_the_top() -> None:
    """A program with a card of its own is not listed once more among what is at stake."""
    facts, _ = world(certs(("E1", PRO, TODAY + timedelta(12)), ("E2", PRO, TODAY + timedelta(20))))
    cards = [expiry(PRO)._replace(record=at) for at in (0, 1)]
    at = int(facts.requirements.index[0])
    found = {}
    for tier, requirement in (("At Risk", at), ("At Risk", at + 1), ("Recovered", at)):
        turned = program("Something", tier)._replace(requirement=requirement)
        alerts = tuple(
            Alert(one, MANAGER, "email", Reason.TIER_CROSSED) for one in (*cards, turned)
        )
        text = Writer(LETTERHEAD, facts)(Digest("email", MANAGER, alerts, TODAY), NOW).text
        found[tier, requirement] = "At stake" in text
    assert found == {("At Risk", at): False, ("At Risk", at + 1): True, ("Recovered", at): True}


def test_the_holder_of_a_pursuit_is_spoken_to() -> None:
    """Your own pursuit is called yours."""
    message = written(pursuit("CKA", "Stalled"), to=HOLDER)
    assert message.subject == "Stalled: Your pursuit of CKA"


def test_a_quiet_week_is_one_short_message() -> None:
    """The facts, no list, nothing to pause, no calendar."""
    facts = "certsync looked on 7 of 7 days; 118 certifications judged."
    message = written(matter("quiet", "All Quiet", problem=facts))
    assert facts in message.text
    assert facts in plain_text(message.html)
    assert len(message.text) < 500
    assert "Snooze Until" not in message.text
    assert message.calendar == b""


def test_a_run_without_facts_needs_a_day() -> None:
    """A message of a failed run says which day it is; without facts and day there is none."""
    message = written(matter("run", "Run Failed", problem="The workbook is not there."))
    assert "The workbook is not there." in message.text
    assert "as of 16 March 2026" in message.text
    with pytest.raises(ValueError, match="facts or a day"):
        Writer(LETTERHEAD, None)


@pytest.mark.parametrize(
    ("reason", "note"),
    [
        (Reason.HOLDER_ON_LEAVE, "Maria Lopez is on leave: you hear this instead."),
        (Reason.NO_REACTION, "Maria Lopez and the manager were told, and nothing has moved"),
        (Reason.HOLDER_WITHOUT_ADDRESS, "Maria Lopez has no usable e-mail address"),
        (Reason.CHANNEL_REFUSED, None),
        (None, None),
    ],
)
def test_a_stand_in_learns_why(reason: Reason | None, note: str | None) -> None:
    """Whoever hears what another one should is told the reason; a refused channel is none."""
    text = written(expiry("PMP"), to=MANAGER._replace(stands_in=reason)).text
    assert ("Note: " in text) == bool(note)
    assert (note or "") in text


def test_who_is_next_after_the_manager_learns_that_nothing_moves() -> None:
    """The subject says so, and the request and the small print are theirs."""
    above = Recipient("top@agency.example", "Tia Top", (ABOVE,), Reason.NO_REACTION)
    message = written(expiry("PMP"), to=above)
    assert message.subject == "No reaction: Maria Lopez: PMP expires in 12 days (28 Mar)"
    assert "Do now: Ask the holder and the manager what stands in the way" in message.text
    assert "because you are next after the manager of a holder." in message.text
    mixed = [
        Alert(expiry("PMP"), above, "email", Reason.NO_REACTION),
        Alert(expiry("CKA"), above._replace(stands_in=None), "email", Reason.TIER_CROSSED),
    ]
    message = Writer(LETTERHEAD, None, TODAY)(Digest("email", above, tuple(mixed), TODAY), NOW)
    assert message.subject.startswith("Critical: 2 certifications")


def test_a_channel_is_addressed_as_a_place() -> None:
    """No name in the greeting, every certification under the name of its holder."""
    text = written(expiry("PMP"), pursuit("CKA", "Stalled"), to=PLACE).text
    assert "\nHello,\n" in text
    assert "\nMaria Lopez\n-----------\n" in text
    assert "This channel is named in the config." in text
    assert "Your" not in text
    assert "(you)" not in text
    assert "You receive" not in text


def test_a_long_digest_for_a_place_is_no_mail() -> None:
    """What is read in a chat is not measured as a mail, which could not be addressed to it."""
    message = written(*(expiry(f"{n} {'ü' * 150}") for n in range(50)), to=PLACE)
    assert message.text.count("Do now:") == 40


def test_an_owner_learns_why() -> None:
    """The owner of a program hears as such."""
    owner = Recipient("o@agency.example", "Olga", ("owner", "manager"))
    text = written(program(AWS, "At Risk"), to=owner).text
    assert "because you own a program or client and manage a holder." in text


def test_the_config_words_what_a_tier_asks_for() -> None:
    """A text of the config stands in the place of ours, on one line and without markup."""
    own = expiry("PMP")._replace(ask="Call <Dana>\nnow.")
    message = written(own)
    assert "Do now: Call <Dana> now.\n" in message.text
    assert "Call &lt;Dana&gt; now." in message.html
    assert "Act immediately" not in message.text


@pytest.mark.parametrize(
    ("days", "left", "follow_up", "words"),
    [
        (180, 170, 0, ["begin planning", "timeline", "resources", "expires in 170 days"]),
        (90, 80, 0, ["on track", "exam date", "study time", "materials"]),
        (60, 50, 0, ["exam scheduled", "escalate"]),
        (30, 20, 0, ["critical: ", "immediately", "earliest exam date", "contingency"]),
        (0, 0, 0, ["last day", "documents of partners and clients", "recertify"]),
        (0, -1, 0, ["expired yesterday", "documents of partners and clients", "recertify"]),
        (0, -7, 1, ["still expired, for 7 days", "reinstate", "steps"]),
    ],
)
def test_each_tier_asks_for_its_own(days: int, left: int, follow_up: int, words: list[str]) -> None:
    """From a plan half a year before to the steps of a reinstatement."""
    message = written(expiry("PMP", left, days)._replace(follow_up=follow_up))
    for word in words:
        assert word in f"{message.subject}\n{message.text}".lower()


def test_only_certifications_have_entries_in_the_calendar() -> None:
    """A program or a pursuit adds nothing to the calendar file."""
    alone = written(expiry("PMP"))
    beside = written(expiry("PMP"), program(AWS, "At Risk"), pursuit("CKA", "Stalled"))
    assert beside.calendar == alone.calendar
    assert b"BEGIN:VEVENT" in alone.calendar
    assert written(program(AWS, "At Risk")).calendar == b""


def test_one_message_for_one_certification_says_as_much() -> None:
    """A message of its own has the certification in subject and headline, and one entry."""
    message = written(expiry("PMP"), to=HOLDER)
    assert message.subject == "Critical: Your PMP expires in 12 days (28 Mar)"
    assert message.text.startswith("1 certification expires in 12 days\n")
    assert message.calendar.count(b"BEGIN:VEVENT") == 1
