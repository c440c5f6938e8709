"""Who hears of a person's certifications: roles become addresses. Departed people hear nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from certsync.alerts.alert import Reason, Recipient
from certsync.alerts.tiers import Address, People, Tier, usable

if TYPE_CHECKING:
    import pandas as pd

Recipients = tuple[Recipient, ...]

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
        self._holders: dict[object, Recipients] = {
            employee: (Recipient(email, name, ("holder",)),)
            for employee, email, name in zip(ids, rows["email"].fillna(""), names, strict=True)
            if employee not in self.departed and usable(email)
        }
        self._bosses: dict[object, Recipients] = {}
        self._barred = barred
        self._others: dict[str, Recipients] = {
            "coordinator": self._staying("coordinator", filter(None, (people.coordinator,))),
            "leadership": self._staying("leadership", people.leadership),
        }
        self._resolved: dict[tuple[str, tuple[str, ...]], Recipients] = {}

    def person(self, employee_id: str) -> str:
        """The full name; empty for somebody who is not in Team Members."""
        return self._names.get(employee_id, "")

    def recipients(self, employee_id: str, tier: Tier) -> Recipients:
        """Everybody whom `tier` tells of a certification of this person.

        Never empty: a recipient without an address comes back where nobody can be told.
        """
        known = self._resolved.get((employee_id, tier.to))
        if known is None:
            known = self._resolved[employee_id, tier.to] = self._resolve(employee_id, tier.to)
        return known

    def coordinator(self) -> Recipient | None:
        """The coordinator, if there is one who may be written to."""
        return next(iter(self._others["coordinator"]), None)

    def _resolve(self, employee_id: str, to: tuple[str, ...]) -> Recipients:
        reached = [who for role in to for who in self._in_role(role, employee_id)]
        if "holder" in to and employee_id not in self._holders:
            reason = Reason.HOLDER_WITHOUT_ADDRESS
        elif not reached:
            reason = Reason.NOBODY_ELSE
        else:
            return _joined(reached)
        stand_ins = (role for role in _STAND_INS[reason] if self._in_role(role, employee_id))
        stand_in = next(stand_ins, "")
        if stand_in and stand_in not in to:
            reached += self._in_role(stand_in, employee_id)
        found = (
            who._replace(stands_in=reason) if stand_in in who.roles else who
            for who in _joined(reached)
        )
        return tuple(found) or (Recipient("", "", to, Reason.NO_RECIPIENT),)

    def _in_role(self, role: str, employee_id: str) -> Recipients:
        if role == "holder":
            return self._holders.get(employee_id, ())
        if role == "manager":
            return self._boss(self._managers.get(employee_id))
        known = self._others.get(role)
        if known is None:
            known = self._others[role] = self._staying(role, (Address(role),))
        return known

    def _boss(self, employee_id: object) -> Recipients:
        known = self._bosses.get(employee_id)
        if known is None:
            known = tuple(
                who._replace(roles=("manager",)) for who in self._holders.get(employee_id, ())
            )
            self._bosses[employee_id] = known
        return known

    def _staying(self, role: str, addresses: Iterable[Address]) -> Recipients:
        return tuple(
            Recipient(who.email, who.name, (role,))
            for who in addresses
            if who.email.lower() not in self._barred
        )


def _joined(reached: list[Recipient]) -> Recipients:
    """One recipient for each address, with every role it was reached in."""
    emails = [who.email.lower() for who in reached]
    if len(set(emails)) == len(emails):
        return tuple(reached)
    found: dict[str, Recipient] = {}
    for email, who in zip(emails, reached, strict=True):
        known = found.setdefault(email, who)
        roles = tuple(dict.fromkeys((*known.roles, *who.roles)))
        found[email] = known._replace(roles=roles)
    return tuple(found.values())
