"""What a config says below `alerts:`, with the rules that concern more than one key of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from certsync.alerts.tiers import DEFAULT_TIERS, OtherTiers, Tier
from certsync.compute.selectors import BadSelector, parse
from certsync.configchannels import ChannelReader
from certsync.configfile import Document, Loc
from certsync.configkeys import AlertKeys, OtherTiersKeys, TierKeys
from certsync.configvalues import located
from certsync.settings import Alerts, Channel
from certsync.sheets.names import fold

ALSO_BY_MAIL = 60
"""From so many days before the date on, a chat alone is not enough."""

MAIL: tuple[Channel, ...] = ("smtp", "outbox")
"""The channels that are mail, the one to name first."""

_NEEDS = {
    "smtp": (("smtp", "the mail server"), ("from", "who the mails come from")),
    "slack": (("slack", "the bot or the webhook"),),
    "teams": (("teams", "the workflow that posts"),),
    "apprise": (("apprise", "the services"),),
}
"""The keys a channel cannot do without, and what each of them is."""

_IDLE = {
    "smtp": "No mail goes to this server: write `channels: [smtp]`, or remove `smtp`.",
    "slack": "Nothing goes to Slack: write `channels: [slack, ...]`, or remove `slack`.",
    "teams": "Nothing goes to Teams: write `channels: [teams, ...]`, or remove `teams`.",
    "apprise": "Nothing goes through apprise: write `channels: [apprise, ...]`, or remove this.",
}
"""What is wrong with the group of a channel that is not used."""


class AlertReader:
    """Settings from the keys below `alerts:`; what is wrong goes to the document."""

    def __init__(self, document: Document, folder: Path, channels: ChannelReader) -> None:
        """`folder` is where relative paths begin."""
        self._document = document
        self._folder = folder
        self._groups = channels

    def alerts(self, written: AlertKeys) -> Alerts:
        """The settings of this group."""
        channels = tuple(dict.fromkeys(written.get("channels", Alerts.channels)))
        # Where `channels` is not sound, nothing can be said about what is missing from it.
        known = "channels" in written or not self._document.given("alerts", "channels")
        self._match(channels, known)
        usable = channels if known else None
        groups = self._groups
        return Alerts(
            outbox=located(self._folder, written.get("outbox", "outbox")),
            enabled=written.get("enabled", Alerts.enabled),
            tiers=self._tiers(written, usable),
            other_tiers=self._other_tiers(written, usable),
            channels=channels,
            sender=written.get("from"),
            digest=written.get("digest", Alerts.digest),
            max_messages=written.get("max_messages", Alerts.max_messages),
            programs=tuple(written.get("programs", {}).get("to", Alerts.programs)),
            pursuits=tuple(written.get("pursuits", {}).get("to", Alerts.pursuits)),
            escalate_after_days=written.get("escalate_after_days", Alerts.escalate_after_days),
            weekly=written.get("weekly", Alerts.weekly),
            all_quiet=self._all_quiet(written),
            templates=self._templates(written),
            smtp=groups.smtp(written["smtp"]) if "smtp" in written else None,
            slack=groups.slack(written["slack"]) if "slack" in written else None,
            teams=groups.teams(written["teams"]) if "teams" in written else None,
            apprise=groups.apprise(written["apprise"]) if "apprise" in written else None,
        )

    def _report(self, message: str, *loc: str | int) -> None:
        self._document.report(message, loc)

    def _match(self, channels: Sequence[Channel], known: bool) -> None:
        """Each channel has its group, and each group its channel."""
        for channel, needs in _NEEDS.items():
            for key, what in needs if channel in channels else ():
                if not self._document.given("alerts", key):
                    message = f"The channel {channel} needs `{key}` beside `channels`: {what}."
                    self._report(message, "alerts", "channels")
            if channel not in channels and known and self._document.given("alerts", channel):
                self._report(_IDLE[channel], "alerts", channel)

    def _all_quiet(self, written: AlertKeys) -> bool:
        quiet = written.get("all_quiet", Alerts.all_quiet)
        if quiet and written.get("weekly", Alerts.weekly) is None:
            self._report(
                "`all_quiet` is said on the day of `weekly`, which is never here. Name a day "
                "there, or remove this line.",
                "alerts",
                "all_quiet",
            )
        return quiet

    def _templates(self, written: AlertKeys) -> Path | None:
        if "templates" not in written:
            return None
        folder = located(self._folder, written["templates"])
        if not folder.is_dir():
            shown = self._document.written(("alerts", "templates"))
            self._report(
                f"There is no folder {shown}; paths begin at {self._folder}. Make it, or remove "
                "this line.",
                "alerts",
                "templates",
            )
        return folder

    def _other_tiers(
        self, written: AlertKeys, channels: Sequence[Channel] | None
    ) -> tuple[OtherTiers, ...]:
        others: list[OtherTiers] = []
        taken: set[tuple[str, ...]] = set()
        for index, entry in enumerate(written.get("tiers_for", ())):
            here = ("alerts", "tiers_for", index)
            given = [k for k in ("certification", "program") if self._document.given(*here, k)]
            means = (*given, *(fold(text) for text in _means(entry)))
            if len(given) != 1:
                self._report(
                    "Each entry of `tiers_for` says what it is for: `certification: ...` or "
                    "`program: ...`, one of the two.",
                    *here,
                )
            elif means in taken:
                self._report(
                    "An entry further up is for the same, and the first one counts. Remove one.",
                    *here,
                )
            taken.add(means)
            self._check_selector(entry, (*here, "certification"))
            self._check_tiers(entry["tiers"], (*here, "tiers"), channels)
            others.append(
                OtherTiers(
                    _ordered(entry["tiers"], written),
                    entry.get("certification", ""),
                    entry.get("program", ""),
                )
            )
        return tuple(others)

    def _check_selector(self, entry: OtherTiersKeys, loc: Loc) -> None:
        bad = parse(entry["certification"]) if "certification" in entry else None
        if isinstance(bad, BadSelector):
            # The message quotes the selector, and a variable in it may hold anything.
            own = "${" not in self._document.written(loc)
            message = f"{bad.message} {bad.fix}" if own else "This is no selector."
            self._report(message, *loc)

    def _tiers(self, written: AlertKeys, channels: Sequence[Channel] | None) -> tuple[Tier, ...]:
        self._check_tiers(written.get("tiers", ()), ("alerts", "tiers"), channels)
        return _ordered(written.get("tiers", ()), written)

    def _check_tiers(
        self, tiers: Sequence[TierKeys], loc: Loc, channels: Sequence[Channel] | None
    ) -> None:
        days: dict[int, str] = {}
        names: dict[str, str] = {}
        for index, tier in enumerate(tiers):
            here = (*loc, index)
            name = tier["name"]
            if tier["days"] in days:
                first = days[tier["days"]]
                self._report(f"`{first}` begins at {tier['days']} days too. Change one.", *here)
            if fold(name) in names:
                self._report(f"Two tiers are named `{name}`. Give each a name of its own.", *here)
            days.setdefault(tier["days"], name)
            names.setdefault(fold(name), name)
            if "channels" in tier and channels is not None:
                self._check_channels(tier, (*here, "channels"), channels)

    def _check_channels(self, tier: TierKeys, loc: Loc, channels: Sequence[Channel]) -> None:
        unused = [channel for channel in tier["channels"] if channel not in channels]
        for channel in dict.fromkeys(unused):
            self._report(
                f"`{channel}` is not among the `channels` of `alerts`. Add it there, or remove it "
                "here.",
                *loc,
            )
        mail = next((channel for channel in MAIL if channel in channels), None)
        urgent = tier["days"] <= ALSO_BY_MAIL
        if urgent and mail and not unused and not set(MAIL) & set(tier["channels"]):
            self._report(
                f"From {ALSO_BY_MAIL} days on a message in a chat alone is easily missed. Add "
                f"`{mail}` to these `channels`.",
                *loc,
            )


def _means(entry: OtherTiersKeys) -> tuple[str, str]:
    return entry.get("certification", ""), entry.get("program", "")


def _ordered(tiers: Sequence[TierKeys], written: AlertKeys) -> tuple[Tier, ...]:
    """The tiers, the widest first; the usual ones where there are none."""
    made = [
        Tier(
            name=tier["name"],
            days=tier["days"],
            to=tuple(tier["to"]),
            channels=tuple(dict.fromkeys(tier.get("channels", ()))),
            ask=tier.get("ask", ""),
        )
        for tier in tiers
    ]
    every = written.get("follow_up_days", 7) or None
    return tuple(
        replace(tier, follow_up_every=every if tier.days == 0 else None)
        for tier in sorted(made or DEFAULT_TIERS, key=lambda tier: -tier.days)
    )
