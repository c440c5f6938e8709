"""Who hears of a person's certifications: roles become addresses. Departed people hear nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from certsync.alerts.alert import Reason, Recipient
from certsync.alerts.tiers import Address, People, Tier, usable

if TYPE_CHECKING:
    import pandas as pd

Addresses = tuple[Address, ...]

_STAND_INS = {
    Reason.HOLDER_WITHOUT_ADDRESS: ("manager", "coordinator"),
    Reason.NOBODY_ELSE: ("coordinator",),
}


class Directory:
    """The addresses behind the roles of a tier.

    Where the holder cannot be written to, the manager stands in, else the coordinator; where
    nobody at all can be, the coordinator.
    """

    def __init__(self, members: pd.DataFrame, people: People) -> None:
        """Needs of members: ok, employee_id, full_name, email, manager_id, status."""
        # Rows that are not ok come first, so that a sound row of the same ID overrides them.
        rows = members[members["employee_id"].notna()].sort_values("ok", kind="stable")
        gone = (rows["status"] == "Departed").to_numpy(bool)
        emails = rows["email"].str.lower()
        barred = frozenset(emails[gone].dropna()) - frozenset(emails[~gone].dropna())
        ids = rows["employee_id"].tolist()
        names = rows["full_name"].fillna("").tolist()
        self.departed = frozenset(rows["employee_id"][gone])
        self._names: dict[str, str] = dict(zip(ids, names, strict=True))
        self._managers: dict[str, object] = dict(zip(ids, rows["manager_id"], strict=True))
        self._members: dict[object, Addresses] = {
            employee: (Address(email, name),)
            for employee, email, name in zip(ids, rows["email"].fillna(""), names, strict=True)
            if employee not in self.departed and usable(email)
        }
        self._others: dict[str, Addresses] = {
            "coordinator": _staying(filter(None, (people.coordinator,)), barred),
            "leadership": _staying(people.leadership, barred),
        }
        self._barred = barred
        self._resolved: dict[tuple[str, tuple[str, ...]], tuple[Recipient, ...]] = {}

    def person(self, employee_id: str) -> str:
        """The full name; empty for somebody who is not in Team Members."""
        return self._names.get(employee_id, "")

    def recipients(self, employee_id: str, tier: Tier) -> tuple[Recipient, ...]:
        """Everybody whom `tier` tells of a certification of this person.

        Never empty: a recipient without an address comes back where nobody can be told.
        """
        known = self._resolved.get((employee_id, tier.to))
        if known is None:
            known = self._resolved[employee_id, tier.to] = self._resolve(employee_id, tier.to)
        return known

    def coordinator(self) -> Recipient | None:
        """The coordinator, if there is one who may be written to."""
        for address in self._others["coordinator"]:
            return Recipient(address.email, address.name, ("coordinator",))
        return None

    def _resolve(self, employee_id: str, to: tuple[str, ...]) -> tuple[Recipient, ...]:
        reached = [(role, who) for role in to for who in self._addresses(role, employee_id)]
        if "holder" in to and employee_id not in self._members:
            reason = Reason.HOLDER_WITHOUT_ADDRESS
        elif not reached:
            reason = Reason.NOBODY_ELSE
        else:
            return _joined(reached)
        stand_ins = (role for role in _STAND_INS[reason] if self._addresses(role, employee_id))
        stand_in = next(stand_ins, "")
        if stand_in not in to:
            reached += [(stand_in, who) for who in self._addresses(stand_in, employee_id)]
        found = (
            who._replace(stands_in=reason) if stand_in in who.roles else who
            for who in _joined(reached)
        )
        return tuple(found) or (Recipient("", "", to, Reason.NO_RECIPIENT),)

    def _addresses(self, role: str, employee_id: str) -> Addresses:
        if role == "holder":
            return self._members.get(employee_id, ())
        if role == "manager":
            return self._members.get(self._managers.get(employee_id), ())
        known = self._others.get(role)
        if known is None:
            known = _staying((Address(role),) if role else (), self._barred)
            self._others[role] = known
        return known


def _joined(reached: list[tuple[str, Address]]) -> tuple[Recipient, ...]:
    """One recipient for each address, with every role it was reached in."""
    emails = [who.email.lower() for _, who in reached]
    if len(set(emails)) == len(emails):
        return tuple(Recipient(who.email, who.name, (role,)) for role, who in reached)
    found: dict[str, Recipient] = {}
    for email, (role, who) in zip(emails, reached, strict=True):
        known = found.setdefault(email, Recipient(who.email, who.name, ()))
        if role not in known.roles:
            found[email] = known._replace(roles=(*known.roles, role))
    return tuple(found.values())


def _staying(addresses: Iterable[Address], barred: frozenset[str]) -> Addresses:
    return tuple(address for address in addresses if address.email.lower() not in barred)
