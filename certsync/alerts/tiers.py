"""Who is told how early: the tiers and the people beside holders and managers."""

from __future__ import annotations

import re
from dataclasses import dataclass

EVERYBODY = ("holder", "manager", "coordinator", "leadership")
"""Whom the tighter tiers tell where the config says nothing else."""

ROLES = (*EVERYBODY, "owner")
"""The words `Tier.to` may use for people; anything else there is an address.

An owner is whoever the workbook names as the owner of the program or client that breaks.
"""

# One plain address: no display name, no comment, no quoting, ASCII alone. Whatever looks different
# might be read as two recipients by some server on the way.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
_ADDRESS = re.compile(rf"(?=.{{1,254}}\Z){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*\Z")


def usable(email: str) -> bool:
    """Whether mail can be sent to this text without any doubt about who receives it."""
    return _ADDRESS.match(email) is not None and "=?" not in email


@dataclass(frozen=True)
class Address:
    """One person who can be written to. `name` may be empty."""

    email: str
    name: str = ""

    def __post_init__(self) -> None:
        if not usable(self.email):
            raise ValueError(
                f'"{self.email}" is not an e-mail address. Write it like name@example.com.'
            )


@dataclass(frozen=True)
class People:
    """Those who are told by office. Anybody may be missing."""

    coordinator: Address | None = None
    leadership: tuple[Address, ...] = ()


@dataclass(frozen=True)
class Tier:
    """One step of a series of alerts: due from `days` before the expiration date on.

    `to` names roles or plain addresses. With `follow_up_every` the alert returns after so many
    days until the next tier begins or the certification is renewed. `channels` are the names of
    the channels it goes through, () for those that suit its urgency; `ask` is what it asks for,
    "" for our own words.

    Raises ValueError for a recipient that is neither a role nor an address.
    """

    name: str
    days: int
    to: tuple[str, ...]
    follow_up_every: int | None = None
    channels: tuple[str, ...] = ()
    ask: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError("A tier needs a name.")
        if self.follow_up_every is not None and self.follow_up_every < 1:
            raise ValueError(f'Tier "{self.name}": follow-ups need at least 1 day between them.')
        for recipient in self.to:
            if recipient not in ROLES and not usable(recipient):
                raise ValueError(
                    f'Tier "{self.name}": "{recipient}" is neither an e-mail address nor one of '
                    f"{', '.join(ROLES)}."
                )

    @property
    def slug(self) -> str:
        """The tier's name as it stands in keys: `early-planning`."""
        return re.sub(r"[\W_]+", "-", self.name.casefold()).strip("-") or str(self.days)


DEFAULT_TIERS = (
    Tier("Early Planning", 180, ("holder", "manager")),
    Tier("Active Planning", 90, ("holder", "manager", "coordinator")),
    Tier("Urgent", 60, EVERYBODY),
    Tier("Critical", 30, EVERYBODY),
    Tier("Expired", 0, EVERYBODY, follow_up_every=7),
)


@dataclass(frozen=True)
class OtherTiers:
    """Tiers of their own for some certifications: those that a selector means, or a program's.

    Exactly one of `certification` (a selector, as in Required Certification) and `program` (the
    name of a program or client, with or without its tier) is given.
    """

    tiers: tuple[Tier, ...]
    certification: str = ""
    program: str = ""
