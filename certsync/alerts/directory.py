"""Who hears of a person's certifications: roles become addresses. Departed people hear nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from certsync.alerts.alert import Reason, Recipient
from certsync.alerts.tiers import Address, People, Tier, usable

if TYPE_CHECKING:
    import pandas as pd


class Directory:
    """The addresses behind the roles of a tier.

    Where the holder cannot be written to, the manager stands in, else the coordinator; where
    nobody at all can be, the coordinator.
    """

    def __init__(self, members: pd.DataFrame, people: People) -> None:
        """Needs of members: ok, employee_id, full_name, email, manager_id, status."""
        # Rows that are not ok come first, so that a sound row of the same ID overrides them.
        rows = members[members["employee_id"].notna()].sort_values("ok", kind="stable")
        columns = (rows[c].tolist() for c in ("employee_id", "full_name", "email", "manager_id"))
        self._members = {
            employee: (name if isinstance(name, str) else "", email, manager)
            for employee, name, email, manager in zip(*columns, strict=True)
        }
        gone = (rows["status"] == "Departed").to_numpy(bool)
        emails = rows["email"].str.lower()
        self.departed = frozenset(rows["employee_id"][gone])
        self._barred = frozenset(emails[gone].dropna()) - frozenset(emails[~gone].dropna())
        self._people = people
        self._known: dict[tuple[str, Tier], tuple[Recipient, ...]] = {}

    def person(self, employee_id: str) -> str:
        """The full name; empty for somebody who is not in Team Members."""
        return self._members[employee_id][0] if employee_id in self._members else ""

    def recipients(self, employee_id: str, tier: Tier) -> tuple[Recipient, ...]:
        """Everybody whom `tier` tells of a certification of this person.

        Never empty: a recipient without an address comes back where nobody can be told.
        """
        known = self._known.get((employee_id, tier))
        if known is None:
            known = self._known[employee_id, tier] = self._resolve(employee_id, tier)
        return known

    def coordinator(self) -> Recipient | None:
        """The coordinator, if there is one who may be written to."""
        for address in self._addresses("coordinator", ""):
            return Recipient(address.email, address.name, ("coordinator",))
        return None

    def _resolve(self, employee_id: str, tier: Tier) -> tuple[Recipient, ...]:
        reached = {role: self._addresses(role, employee_id) for role in tier.to}
        reason: Reason | None = None
        stand_ins: tuple[str, ...] = ("manager", "coordinator")
        if "holder" in reached and not reached["holder"]:
            reason = Reason.HOLDER_WITHOUT_ADDRESS
        elif not any(reached.values()):
            reason, stand_ins = Reason.NOBODY_ELSE, ("coordinator",)
        stand_in = ""
        if reason is not None:
            able = (role for role in stand_ins if self._addresses(role, employee_id))
            stand_in = next(able, "")
            reached.setdefault(stand_in, self._addresses(stand_in, employee_id))
        found: dict[str, tuple[Address, list[str]]] = {}
        for role, addresses in reached.items():
            for address in addresses:
                found.setdefault(address.email.lower(), (address, []))[1].append(role)
        return tuple(
            Recipient(
                address.email, address.name, tuple(roles), reason if stand_in in roles else None
            )
            for address, roles in found.values()
        ) or (Recipient("", "", tier.to),)

    def _addresses(self, role: str, employee_id: str) -> Sequence[Address]:
        found: tuple[Address, ...] = ()
        if role == "holder":
            found = self._member(employee_id)
        elif role == "manager":
            manager = self._members[employee_id][2] if employee_id in self._members else None
            found = self._member(manager)
        elif role == "coordinator":
            found = tuple(filter(None, (self._people.coordinator,)))
        elif role == "leadership":
            found = self._people.leadership
        elif role:
            found = (Address(role),)
        return tuple(address for address in found if address.email.lower() not in self._barred)

    def _member(self, employee_id: object) -> tuple[Address, ...]:
        if not isinstance(employee_id, str) or employee_id not in self._members:
            return ()
        name, email, _ = self._members[employee_id]
        if employee_id in self.departed or not isinstance(email, str) or not usable(email):
            return ()
        return (Address(email, name),)
