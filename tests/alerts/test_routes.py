"""Which channel a matter takes: chat while there is time, mail as well once it is urgent."""

from __future__ import annotations

import pytest

from certsync.alerts.routes import Routes, Way
from tests.alerts.world import Place

MAIL, BOX = Place("email"), Place("outbox")
SLACK = Place("slack", chat=True)
ROOM = Place("slack", chat=True, place="#certifications")
TEAMS = Place("teams", chat=True, direct=False, place="Teams")

Names = list[str]


def people(*channels: Place, days: int, wanted: tuple[str, ...] = ()) -> Names:
    """The channels to people of a tier of so many days."""
    return [way.channel for way in Routes(channels).by_urgency(days, wanted).people]


def places(*channels: Place, days: int, wanted: tuple[str, ...] = ()) -> Names:
    """The places it is posted in."""
    return [to.email for _, to in Routes(channels).by_urgency(days, wanted).places]


@pytest.mark.parametrize(
    ("days", "to", "posted"),
    [
        (180, ["slack"], ["#certifications"]),
        (90, ["slack"], ["#certifications"]),
        (61, ["slack"], ["#certifications"]),
        (60, ["slack", "email"], ["#certifications"]),
        (0, ["slack", "email"], ["#certifications"]),
    ],
)
def test_chat_is_preferred_until_it_is_urgent(days: int, to: Names, posted: Names) -> None:
    """180 and 90 days go to the chat alone; 60 and tighter also go by mail."""
    assert people(ROOM, MAIL, days=days) == to
    assert places(ROOM, MAIL, days=days) == posted


@pytest.mark.parametrize("days", [180, 60, 0])
def test_without_a_chat_everything_goes_by_mail(days: int) -> None:
    """Both ways of mail carry every tier."""
    assert people(BOX, MAIL, days=days) == ["outbox", "email"]


def test_a_place_alone_is_a_chat_too() -> None:
    """A channel in Teams reaches nobody by address; what is not urgent is posted there."""
    assert people(TEAMS, MAIL, days=90) == []
    assert places(TEAMS, MAIL, days=90) == ["Teams"]
    assert people(TEAMS, MAIL, days=60) == ["email"]
    assert places(TEAMS, MAIL, days=60) == ["Teams"]


def test_a_tier_that_names_its_channels_takes_these() -> None:
    """What the config says of a tier goes before what suits its urgency."""
    assert people(ROOM, MAIL, days=180, wanted=("email",)) == ["email"]
    assert people(ROOM, MAIL, TEAMS, days=0, wanted=("slack", "teams")) == ["slack"]
    assert places(ROOM, MAIL, TEAMS, days=0, wanted=("slack", "teams")) == [
        "#certifications",
        "Teams",
    ]


def test_mail_takes_over_what_a_chat_refuses() -> None:
    """Each way through a chat names the mail that stands in for it, the real one if there is."""
    assert Routes((SLACK, BOX, MAIL)).by_urgency(180).people == (Way("slack", "email"),)
    assert Routes((SLACK, BOX)).by_urgency(180).people == (Way("slack", "outbox"),)
    assert Routes((SLACK,)).by_urgency(180).people == (Way("slack", ""),)


@pytest.mark.parametrize(
    ("channels", "to", "posted"),
    [
        ((ROOM, MAIL), ["email"], []),
        ((ROOM, TEAMS), ["slack"], ["#certifications"]),
        ((SLACK, TEAMS), ["slack"], []),
        ((TEAMS,), [], ["Teams"]),
    ],
)
def test_what_lies_on_the_coordinators_desk_goes_by_mail(
    channels: tuple[Place, ...], to: Names, posted: Names
) -> None:
    """Rows to fix are one person's work: by mail, else to them in a chat, else where all read."""
    ways = Routes(channels).clerical()
    assert [way.channel for way in ways.people] == to
    assert [place.email for _, place in ways.places] == posted
