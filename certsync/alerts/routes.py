"""By which channels a matter goes: chat while there is time, mail as well once it is urgent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from certsync.alerts.alert import PLACE, Alert, Matter, Reason, Recipient

CHAT_BEYOND = 60
"""Tiers of more days than this prefer a chat; tighter ones always go by mail too."""


class Reach(Protocol):
    """What the policy asks of a channel; see `channels.base.Channel`."""

    @property
    def name(self) -> str:
        """The word in the ledger."""

    @property
    def chat(self) -> bool:
        """Whether it is a chat."""

    @property
    def direct(self) -> bool:
        """Whether it reaches people by their address."""

    @property
    def place(self) -> str:
        """A place that many read, or nothing."""


class Way(NamedTuple):
    """A channel that reaches people. `instead` takes over where it refuses or fails for days."""

    channel: str
    instead: str = ""


class Ways(NamedTuple):
    """The channels to people, and the places in which a matter is posted once."""

    people: tuple[Way, ...]
    places: tuple[tuple[str, Recipient], ...]

    def alerts(self, matter: Matter, to: Iterable[Recipient], reason: Reason) -> Iterator[Alert]:
        """One matter for these people and in the places; who stands in for another learns why."""
        for who in to:
            instead = who.stands_in
            why = reason if instead is None or reason is Reason.SNOOZED else instead
            for way in self.people:
                yield Alert(matter, who, way.channel, why, way.instead)
        for channel, place in self.places:
            yield Alert(matter, place, channel, reason)


class Routes:
    """The ways that the channels of a config offer."""

    def __init__(self, channels: Sequence[Reach]) -> None:
        self._channels = tuple(channels)
        self._chats = tuple(c for c in channels if c.chat)
        self._mails = tuple(c for c in channels if not c.chat)
        names = [c.name for c in self._mails]
        self._mail = "email" if "email" in names else next(iter(names), "")
        self._known: dict[tuple[int, tuple[str, ...]], Ways] = {}

    def by_urgency(self, days: int, wanted: tuple[str, ...] = ()) -> Ways:
        """The ways of a tier of so many days; `wanted` are the channels it names, if it does.

        With more than CHAT_BEYOND days a chat takes the place of mail, if there is one. Somebody
        whom the chat does not know gets mail instead.
        """
        known = self._known.get((days, wanted))
        if known is None:
            if wanted:
                chosen = tuple(c for c in self._channels if c.name in wanted)
            else:
                chosen = (days > CHAT_BEYOND and self._chats) or self._channels
            known = self._known[days, wanted] = self._ways(chosen)
        return known

    def clerical(self) -> Ways:
        """The ways of what concerns one person's desk: mail, where there is any."""
        direct = tuple(c for c in self._chats if c.direct)
        return self._ways(self._mails or direct or self._channels)

    def _ways(self, chosen: Sequence[Reach]) -> Ways:
        return Ways(
            tuple(Way(c.name, self._mail if c.chat else "") for c in chosen if c.direct),
            tuple((c.name, Recipient(c.place, c.place, (PLACE,))) for c in chosen if c.place),
        )
