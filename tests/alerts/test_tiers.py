"""Tiers, people and the addresses they may have."""

from __future__ import annotations

import subprocess
import sys

import pytest

from certsync.alerts.tiers import DEFAULT_TIERS, Address, Tier, usable


@pytest.mark.parametrize(
    "email",
    ["maria@agency.example", "m.lopez+certs@a-b.agency.example", "o'neil@localhost", "x@1.example"],
)
def test_a_plain_address_is_usable(email: str) -> None:
    """One mailbox, one @, ASCII: mail can be sent to it."""
    assert usable(email)


@pytest.mark.parametrize(
    "email",
    [
        "",
        "maria",
        "maria@",
        "@agency.example",
        "maria@agency..example",
        "maria@-agency.example",
        "maria lopez@agency.example",
        "Maria <maria@agency.example>",
        "maria@agency.example, tom@agency.example",
        "maria@agency.example\n",
        "maria@agency.example\r\nBcc: x@y.example",
        '"maria"@agency.example',
        "maria(comment)@agency.example",
        "jürgen@agency.example",
        "=?utf-8?q?x?=@agency.example",
        "a@b@c.example",
        f"{'a' * 250}@agency.example",
    ],
)
def test_anything_else_is_not(email: str) -> None:
    """What a server might read as several recipients, or as none, is never written to."""
    assert not usable(email)
    with pytest.raises(ValueError, match="not an e-mail address"):
        Address(email)


def test_the_default_tiers_are_those_of_the_design() -> None:
    """180 to holder and manager, 90 also the coordinator, from 60 on everybody; weekly after 0."""
    assert [(t.days, len(t.to), t.follow_up_every) for t in DEFAULT_TIERS] == [
        (180, 2, None),
        (90, 3, None),
        (60, 4, None),
        (30, 4, None),
        (0, 4, 7),
    ]


@pytest.mark.parametrize(
    ("name", "to", "every", "message"),
    [
        (" ", ("holder",), None, "needs a name"),
        ("Urgent", ("hodler",), None, '"hodler" is neither'),
        ("Urgent", ("holder",), 0, "at least 1 day"),
    ],
)
def test_a_tier_that_cannot_work_says_why(
    name: str, to: tuple[str, ...], every: int | None, message: str
) -> None:
    """A wrong tier is refused when it is made, in a sentence."""
    with pytest.raises(ValueError, match=message):
        Tier(name, 60, to, every)


def test_a_slug_is_stable_and_never_empty() -> None:
    """The tier's name in keys has no spaces; a name of signs alone falls back to its days."""
    assert Tier("Early Planning", 180, ()).slug == "early-planning"
    assert Tier("!!!", 45, ()).slug == "45"


def test_tiers_need_no_pandas() -> None:
    """The config reads tiers before anything heavy is loaded."""
    code = "import sys, certsync.alerts.tiers; print('pandas' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
