"""Who is meant by an ID, a name or an e-mail address. Nobody is guessed; the nearest is named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from certsync.sheets.cells import Problem, listed, quoted
from certsync.sheets.names import fold
from certsync.sheets.near import nearest

_SAME = 85
"""A name as near as this to that of an ID's holder is a misspelling of it, from 0 to 100."""

_SUGGESTIONS = 50
"""So many unknown names get a suggestion; with more, the tab is wrong and not the spelling."""

Positions = Sequence[int]


@dataclass(frozen=True)
class Match:
    """The member found, by position, or None; and what is wrong with how they are named."""

    member: int | None
    problem: Problem | None = None


class Directory:
    """The members by every name they go by.

    `labels` are their employee IDs as the program uses them: one label, one person. Of
    those who share an ID the first keeps it, and the others are told apart by name, as in
    `E12 (Ann Lee)`. `repeats` maps a row that repeats
    the ID and name of another to that row's position; only the first of them is ever found.
    """

    def __init__(self, members: pd.DataFrame) -> None:
        """Needs of members: row, employee_id, full_name, email."""
        self.rows: list[int] = members["row"].tolist()
        self.ids = texts_of(members["employee_id"])
        self.names = texts_of(members["full_name"])
        self.by_id: Mapping[str, Positions]
        self.repeats: dict[int, int] = {}
        by_id, by_name, by_email = (defaultdict[str, list[int]](list) for _ in range(3))
        first: dict[tuple[str, str], int] = {}
        folded = [name and fold(name) for name in self.names]
        for i, (employee, name, email) in enumerate(
            zip(self.ids, folded, texts_of(members["email"]), strict=True)
        ):
            if employee is not None:
                key = (employee.casefold(), name or "")
                if first.setdefault(key, i) != i:
                    self.repeats[i] = first[key]
                    continue
                by_id[key[0]].append(i)
            if name:
                by_name[name].append(i)
            if email is not None:
                by_email[email.casefold()].append(i)
        self.by_id, self._by_name, self._by_email = by_id, by_name, by_email
        self.labels: list[str | None] = list(self.ids)
        for sharing in by_id.values():
            if len(sharing) > 1:
                for i in sharing[1:]:
                    self.labels[i] = f"{self.ids[i]} ({self.names[i] or f'row {self.rows[i]}'})"
        for i, original in self.repeats.items():
            self.labels[i] = self.labels[original]
        self._suggested: dict[str, int | None] = {}

    def find(self, text: str) -> Positions:
        """The members whose ID, e-mail address or full name this is."""
        plain = text.casefold()
        return self.by_id.get(plain) or self._by_email.get(plain) or self._called(text)

    def record_of(self, employee: str | None, name: str | None) -> Match:
        """The member a record belongs to, by ID, else by name; both must mean the same person."""
        if employee is None:
            return self.named(name)
        holders = self.by_id.get(employee.casefold(), ())
        called = self._called(name) if name is not None else ()
        if not holders:
            return self._unknown_id(employee, called)
        if len(holders) > 1:
            named = [i for i in holders if i in called]
            return Match(named[0]) if named else self._shared(employee, holders)
        member = holders[0]
        known = self.names[member]
        if name is None or known is None or member in called:
            return Match(member)
        if not called and nearest(name, [known], _SAME):
            message = f"{quoted(employee)} is {quoted(known)} in Team Members, not {quoted(name)}."
            return Match(member, Problem("person.misnamed", message, f"Write {quoted(known)}."))
        other = (
            f", and {quoted(name)} is {self._list(called)}" if called else f", not {quoted(name)}"
        )
        message = f"{quoted(employee)} is {quoted(known)} in Team Members{other}."
        fix = "Write the ID and the name of the same person."
        return Match(None, Problem("person.contradicts", message, fix))

    def named(self, text: str | None) -> Match:
        """The member of this name; an ID or an e-mail address will do."""
        if text is None:
            fix = "Write the person's full name or employee ID."
            return Match(None, Problem("person.missing", "This row names nobody.", fix))
        found = self.find(text)
        if len(found) > 1:
            message = f"Several members are {quoted(text)}: {self._list(found)}."
            return Match(None, Problem("person.ambiguous", message, "Write the employee ID."))
        if not found:
            message = f"Nobody in Team Members is called {quoted(text)}."
            return Match(None, Problem("person.unknown", message, self.advice(text)))
        if self.labels[found[0]] is None:
            message = f"{quoted(text)} has no employee ID in Team Members."
            fix = f"Write one into row {self.rows[found[0]]} of Team Members."
            return Match(None, Problem("person.without_id", message, fix))
        return Match(found[0])

    def advice(self, text: str) -> str:
        """How to write somebody who is not found: the nearest name and ID, if any is near."""
        near = self._nearest(text)
        if near is None:
            return "Write the name as it is in Team Members, or add the person there."
        return f"Write {self.title(near)} if that is meant, or add the person to Team Members."

    def title(self, member: int) -> str:
        """`"Ann Lee" (E12)`."""
        return f"{quoted(self.names[member])} ({self.ids[member] or 'no ID'})"

    def _called(self, name: str) -> Positions:
        return self._by_name.get(fold(name), ())

    def _unknown_id(self, employee: str, called: Positions) -> Match:
        """An ID that nobody has. A name that one member has decides, and the ID is put right."""
        message = f"Nobody in Team Members has the ID {quoted(employee)}."
        if len(called) == 1 and self.ids[called[0]] is not None:
            fix = f"Write {self.ids[called[0]]}, the ID of {quoted(self.names[called[0]])}."
            return Match(called[0], Problem("id.unknown", message, fix))
        fix = "Write the ID as it is in Team Members, or add the person there."
        near = self._bare_ids.get(_bare(employee))
        if near is not None:
            fix = f"Write {self.ids[near]} if {quoted(self.names[near])} is meant."
        return Match(None, Problem("person.unknown", message, fix))

    def _shared(self, employee: str, holders: Positions) -> Match:
        """An ID that several members have, in a row whose name does not decide."""
        message = f"Several members have the ID {quoted(employee)}: {self._list(holders)}."
        fix = "Give each member an ID of their own, or write the member's full name here."
        return Match(None, Problem("person.ambiguous", message, fix))

    @cached_property
    def _bare_ids(self) -> dict[str, int]:
        """Members by their ID without punctuation and leading zeros."""
        return {_bare(employee): found[0] for employee, found in self.by_id.items()}

    def _list(self, members: Positions) -> str:
        return listed(members, self.title)

    def _nearest(self, text: str) -> int | None:
        """The member whose name is most like this one."""
        if text not in self._suggested and len(self._suggested) < _SUGGESTIONS:
            name = nearest(text, [name for name in self.names if name])
            self._suggested[text] = None if name is None else self.names.index(name)
        return self._suggested.get(text)


def _bare(employee: str) -> str:
    return fold(employee).lstrip("0")


def texts_of(column: pd.Series) -> list[str | None]:
    """A column of text as a list, None where there is nothing."""
    return column.astype(object).where(column.notna(), None).tolist()
