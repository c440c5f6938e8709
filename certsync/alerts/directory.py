"""Who hears of a person's certifications: roles become addresses. Departed people hear nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from certsync.alerts.alert import ABOVE, Reason, Recipient
from certsync.alerts.tiers import Address, People, usable
from certsync.sheets.names import fold

if TYPE_CHECKING:
    import pandas as pd

Recipients = tuple[Recipient, ...]

_STAND_INS = {
    Reason.HOLDER_WITHOUT_ADDRESS: ("manager", "coordinator"),
    Reason.HOLDER_ON_LEAVE: ("manager", "coordinator"),
    Reason.NOBODY_ELSE: ("coordinator",),
}


class Directory:
    """The addresses behind the roles of a tier.

    Where the holder is on leave or cannot be written to, the manager stands in, else the
    coordinator; where nobody at all can be reached, the coordinator. A holder on leave is written
    to all the same where there is nobody else.
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
        self._on_leave = frozenset(rows["employee_id"][rows["status"] == "On Leave"])
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
        self._resolved: dict[tuple[str, tuple[str, ...], bool], Recipients] = {}
        self._called: dict[str, Recipients] = {}

    def person(self, employee_id: str) -> str:
        """The full name; empty for somebody who is not in Team Members."""
        return self._names.get(employee_id, "")

    def recipients(
        self, employee_id: str, to: tuple[str, ...], *, stand_in: bool = True
    ) -> Recipients:
        """Everybody whom the roles and addresses in `to` mean for a certification of this person.

        Never empty: a recipient without an address comes back where nobody can be told. Without
        `stand_in` nobody takes another one's place, and there may be nobody.
        """
        key = (employee_id, to, stand_in)
        known = self._resolved.get(key)
        if known is None:
            known = self._resolved[key] = self._resolve(employee_id, to, stand_in=stand_in)
        return known

    def above(self, employee_id: str) -> Recipients:
        """The manager's manager, if there is one who can be written to."""
        found = self._boss(self._managers.get(str(self._managers.get(employee_id))))
        return tuple(who._replace(roles=(ABOVE,), stands_in=Reason.NO_REACTION) for who in found)

    def owner(self, written: str) -> Recipients:
        """Whom a cell under Owner means: an ID, a name or an address. Nobody is guessed."""
        known = self._called.get(written)
        if known is None:
            known = self._called[written] = self._named(written.strip())
        return known

    def coordinator(self) -> Recipient | None:
        """The coordinator, if there is one who may be written to."""
        return next(iter(self._others["coordinator"]), None)

    def _resolve(self, employee_id: str, to: tuple[str, ...], *, stand_in: bool) -> Recipients:
        reached = [who for role in to for who in self._in_role(role, employee_id)]
        if "holder" in to and employee_id not in self._holders:
            reason = Reason.HOLDER_WITHOUT_ADDRESS
        elif "holder" in to and employee_id in self._on_leave:
            reason = Reason.HOLDER_ON_LEAVE
            reached = [who for who in reached if who.roles != ("holder",)]
        elif not reached:
            reason = Reason.NOBODY_ELSE
        else:
            return joined(reached)
        if not stand_in:
            return joined(reached)
        roles = (role for role in _STAND_INS[reason] if self._in_role(role, employee_id))
        instead = next(roles, "")
        if instead and instead not in to:
            reached += self._in_role(instead, employee_id)
        if not reached and reason is Reason.HOLDER_ON_LEAVE:
            reached += self._in_role("holder", employee_id)
        found = (
            who._replace(stands_in=reason) if instead in who.roles else who
            for who in joined(reached)
        )
        return tuple(found) or (Recipient("", "", to, Reason.NO_RECIPIENT),)

    def _named(self, written: str) -> Recipients:
        key = fold(written)
        found = [
            employee
            for employee, name in self._names.items()
            if key in (fold(name), fold(str(employee)))
            or any(who.email.lower() == written.lower() for who in self._holders.get(employee, ()))
        ]
        if len(found) == 1:
            return tuple(who._replace(roles=("owner",)) for who in self._holders.get(found[0], ()))
        if not found and usable(written):
            return self._staying("owner", (Address(written),))
        return ()

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


def joined(reached: list[Recipient]) -> Recipients:
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
