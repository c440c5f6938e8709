"""Who is told what and when: the keys below `alerts:`."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from certsync.alerts.tiers import DEFAULT_TIERS, OtherTiers, Tier
from certsync.config import load
from certsync.settings import Alerts
from tests.config.written import problems, read, write


def test_follow_ups_come_after_the_date(folder: Path) -> None:
    """`follow_up_days` is the rhythm of the tier at 0 days, also of the usual tiers; 0 is never."""
    assert read(folder, "workbook: a\nalerts: {follow_up_days: 3}").alerts.tiers == (
        *DEFAULT_TIERS[:-1],
        dataclasses.replace(DEFAULT_TIERS[-1], follow_up_every=3),
    )
    never = read(folder, "workbook: a\nalerts: {follow_up_days: 0}").alerts.tiers
    assert [tier.follow_up_every for tier in never] == [None] * 5


def test_tiers_differ_in_days_and_name(folder: Path) -> None:
    """Two tiers at the same day, or of the same name, could not be told apart."""
    text = """\
workbook: a.xlsx
alerts:
  tiers:
    - {name: Soon, days: 30, to: holder}
    - {name: Now, days: 30, to: manager}
    - {name: SOON, days: 7, to: holder}
"""
    assert problems(write(folder, text)) == [
        "5: `Soon` begins at 30 days too. Change one.",
        "6: Two tiers are named `SOON`. Give each a name of its own.",
    ]


def alerts(text: str, channels: str = "outbox") -> str:
    """A config with this below `alerts:`, which begins on line 5."""
    group = "    token: ${SMTP_PASSWORD}" if "slack" in channels else ""
    slack = f"  slack:\n{group}\n" if group else "\n\n"
    return f"workbook: a\nalerts:\n{slack}{text}\n  channels: [{channels}]\n"


TIER = "{name: A, days: 90, to: holder}"
WRONG = {
    "  weekly: mondy": (
        "5: `weekly` must be a day such as monday, or never, not `mondy`. Did you mean `monday`?"
    ),
    "  weekly: [monday]": "5: `weekly` must be a day such as monday, or never.",
    "  weekly: never\n  all_quiet: true": (
        "6: `all_quiet` is said on the day of `weekly`, which is never here. Name a day there, or "
        "remove this line."
    ),
    "  all_quite: true": "5: There is no key `all_quite` here. Did you mean `all_quiet`?",
    "  escalate_after_days: -1": "5: `escalate_after_days` must be 0 or more, not `-1`.",
    "  digest: recipients": (
        "5: `digest` must be recipient or certification, not `recipients`. Did you mean "
        "`recipient`?"
    ),
    "  programs: {to: [holder]}": (
        "5: An entry of `to` must be owner, coordinator, leadership or an e-mail address, not "
        "`holder`."
    ),
    "  programs: {to: [ownr]}": (
        "5: An entry of `to` must be owner, coordinator, leadership or an e-mail address, not "
        "`ownr`. Did you mean `owner`?"
    ),
    "  programs: {to: [owner@bücher.example]}": (
        "5: An entry of `to` must be owner, coordinator, leadership or an e-mail address, not "
        "`owner@bücher.example`. Write the domain as xn--bcher-kva.example."
    ),
    "  programs: [owner]": "5: `programs` must be a group of keys, indented below it.",
    "  pursuits: {to: owner}": (
        "5: An entry of `to` must be holder, manager, coordinator, leadership or an e-mail "
        "address, not `owner`."
    ),
    "  pursuits: {too: holder}": "5: There is no key `too` here. Did you mean `to`?",
    "  templates: nowhere": (
        "5: There is no folder nowhere; paths begin at FOLDER. Make it, or remove this line."
    ),
    "  templates: config.yaml": (
        "5: There is no folder config.yaml; paths begin at FOLDER. Make it, or remove this line."
    ),
    f"  tiers:\n    - {TIER}\n    - {{name: B, days: 3, to: []}}": (
        "7: `to` must be a list with at least one entry."
    ),
    "  tiers:\n    - {name: A, days: 90, to: holder, channels: [slak]}": (
        "6: An entry of `channels` must be outbox, smtp, slack, teams or apprise, not `slak`. Did "
        "you mean `slack`?"
    ),
    "  tiers:\n    - {name: A, days: 90, to: holder, channels: [smtp, smtp]}": (
        "6: `smtp` is not among the `channels` of `alerts`. Add it there, or remove it here."
    ),
    f"  tiers_for:\n    - tiers: [{TIER}]": (
        "6: Each entry of `tiers_for` says what it is for: `certification: ...` or `program: ...`, "
        "one of the two."
    ),
    f"  tiers_for:\n    - {{certification: A, program: B, tiers: [{TIER}]}}": (
        "6: Each entry of `tiers_for` says what it is for: `certification: ...` or `program: ...`, "
        "one of the two."
    ),
    f"  tiers_for:\n    - {{certification: 'AWS *', tiers: [{TIER}]}}\n"
    f"    - {{certification: aws *, tiers: [{TIER}]}}": (
        "7: An entry further up is for the same, and the first one counts. Remove one."
    ),
    "  tiers_for:\n    - program: AWS": "6: `tiers` is missing here. Add a line `tiers: ...`.",
    "  tiers_for:\n    - {program: AWS, tiers: []}": (
        "6: `tiers` must be a list with at least one entry."
    ),
    "  tiers_for:\n    - {program: AWS, tiers: [{name: A, days: 3, to: me}]}": (
        "6: An entry of `to` must be holder, manager, coordinator, leadership, owner or an e-mail "
        "address, not `me`."
    ),
    f"  tiers_for:\n    - {{program: AWS, tiers: [{TIER}, {TIER.replace('A', 'B')}]}}": (
        "6: `A` begins at 90 days too. Change one."
    ),
    "  tiers_for:\n    - {program: AWS, tiers: [{name: A, days: 90, to: holder, chanels: smtp}]}": (
        "6: There is no key `chanels` here. Did you mean `channels`?"
    ),
    f"  tiers_for:\n    - {{certification: 'issuer:', tiers: [{TIER}]}}": (
        "6: A part of the selector is empty. Write a certification's name on each side of | and "
        "after each field and comma."
    ),
    f"  tiers_for:\n    - {{certification: 'isuer:AWS', tiers: [{TIER}]}}": (
        "6: isuer: is not a field of a selector. The fields are issuer, level, name. Put a name "
        "with a colon into quotes."
    ),
    f"  tiers_for:\n    - {{certification: '${{SMTP_PASSWORD}} issuer:AWS', tiers: [{TIER}]}}": (
        "6: This is no selector."
    ),
}


@pytest.mark.parametrize("text", WRONG)
def test_each_mistake_has_its_sentence(folder: Path, text: str) -> None:
    """Where it is, what it must be, what it is, and the nearest name."""
    found = [
        problem.replace(str(folder), "FOLDER") for problem in problems(write(folder, alerts(text)))
    ]
    assert found == [WRONG[text]]


@pytest.mark.parametrize("days", [61, 60, 0])
@pytest.mark.parametrize(
    ("channels", "of_tier", "add"),
    [
        ("outbox, slack", "slack", "outbox"),
        ("outbox, slack, smtp", "slack", "smtp"),
        ("outbox, slack", "[slack, outbox]", ""),
        ("slack", "slack", ""),
    ],
)
@pytest.mark.parametrize("group", ["tiers", "tiers_for"])
def test_what_is_urgent_goes_by_mail_too(
    folder: Path, days: int, channels: str, of_tier: str, add: str, group: str
) -> None:
    """From 60 days on a tier names a mail channel, if the config has one."""
    tier = f"{{name: A, days: {days}, to: holder, channels: {of_tier}}}"
    entry = f"- {tier}" if group == "tiers" else f"- {{program: AWS, tiers: [{tier}]}}"
    mail = "  from: a@b.example\n  smtp: {host: x}\n" if "smtp" in channels else ""
    path = write(folder, alerts(f"  {group}:\n    {entry}\n{mail}", channels))
    if add and days <= 60:
        assert problems(path) == [
            "6: From 60 days on a message in a chat alone is easily missed. Add "
            f"`{add}` to these `channels`."
        ]
    else:
        assert load(path).alerts.channels == tuple(channels.split(", "))


def test_other_tiers_follow_up_too(folder: Path) -> None:
    """`follow_up_days` holds for every tier at 0 days; the widest tier comes first."""
    text = """  follow_up_days: 2
  tiers_for:
    - certification: AWS * | issuer:Microsoft
      tiers:
        - {name: Now, days: 0, to: owner}
        - {name: Soon, days: 9, to: owner, ask: Book it.}"""
    assert read(folder, alerts(text)).alerts.other_tiers == (
        OtherTiers(
            (Tier("Soon", 9, ("owner",), ask="Book it."), Tier("Now", 0, ("owner",), 2)),
            certification="AWS * | issuer:Microsoft",
        ),
    )


def test_nobody_may_be_told_of_programs_and_pursuits(folder: Path) -> None:
    """An empty list switches these messages off; nothing behind `to` leaves the default."""
    off = read(folder, alerts("  programs: {to: []}\n  pursuits:\n    to: []")).alerts
    assert (off.programs, off.pursuits) == ((), ())
    usual = read(folder, alerts("  programs:\n  pursuits:\n    to:")).alerts
    assert (usual.programs, usual.pursuits) == (Alerts.programs, Alerts.pursuits)


def test_the_weekly_note_may_never_come(folder: Path) -> None:
    """`never` is one of the days, in any case of letters."""
    assert read(folder, alerts("  weekly: Never")).alerts.weekly is None
    assert read(folder, alerts("  weekly: SUNDAY\n  all_quiet: yes")).alerts.weekly == "sunday"


def test_a_list_that_cannot_be_read_is_not_also_missing(folder: Path) -> None:
    """What is wrong with a value is said once, also where the group cannot do without it."""
    text = alerts("  tiers:\n    - {name: A, days: 3, to: ['${NOWHERE}']}\n    - {name: '${NO}'}")
    assert problems(write(folder, text)) == [
        "6: The environment variable NOWHERE is not set. Set it before certsync starts.",
        "7: The environment variable NO is not set. Set it before certsync starts.",
        "7: `days` is missing here. Add a line `days: ...`.",
        "7: `to` is missing here. Add a line `to: ...`.",
    ]
