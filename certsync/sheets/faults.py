"""What each check looks for: one function a rule, giving the cells at fault and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from certsync.sheets.addresses import deliverable, foreign, inside
from certsync.sheets.book import Book, Mask, Pair
from certsync.sheets.cells import listed, quoted
from certsync.sheets.names import fold
from certsync.sheets.people import texts_of


class Fault(NamedTuple):
    """One cell at fault: the position of its row in the frame, and the two sentences.

    `column` is given where it is not the one that the check names.
    """

    position: int
    message: str
    fix: str
    column: str | None = None


Faults = Iterator[Fault]
Rule = Callable[[Book], Faults]

_URL = re.compile(r"https?://[^\s/]+\S*", re.IGNORECASE)
MISSING, MISNAMED = "person.missing", "person.misnamed"
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def all_at(rows: Mask, message: str, fix: str) -> Faults:
    """The same sentences for each of these rows."""
    return (Fault(i, message, fix) for i in np.flatnonzero(rows).tolist())


def left_empty(tab: str, column: str, header: str) -> Rule:
    """A required cell is empty."""
    message, fix = f"{header} is empty.", f"Write the {header} of this row."
    return lambda book: all_at(book.empty(tab, column), message, fix)


def shared_ids(book: Book) -> Faults:
    """Several people have one employee ID."""
    people = book.people
    for sharing in people.by_id.values():
        if len(sharing) > 1:
            titles = listed(sharing, lambda i: f"{quoted(people.names[i])} in row {people.rows[i]}")
            message = f"Several members have the ID {quoted(people.ids[sharing[0]])}: {titles}."
            for i in sharing:
                yield Fault(i, message, "Give each member an employee ID of their own.")


def repeated_members(book: Book) -> Faults:
    """A member stands in two rows."""
    for i, original in book.people.repeats.items():
        message = f"This member stands in row {book.people.rows[original]} already."
        yield Fault(i, message, "Delete one of the two rows.")


def bad_emails(book: Book) -> Faults:
    """No mail could be delivered to what stands in the cell."""
    for i, email in enumerate(texts_of(book.frame("team_members")["email"])):
        if email is None or deliverable(email):
            continue
        found = inside(email)
        fix = f"Write {found} alone." if found else foreign(email)
        fix = fix or "Write one address, such as ann@example.com."
        yield Fault(i, f"{quoted(email)} is not one e-mail address.", fix)


def bad_urls(book: Book) -> Faults:
    """A link that does not lead to a web page."""
    for i, url in enumerate(texts_of(book.frame("certifications")["verification_url"])):
        if url is None or _URL.fullmatch(url):
            continue
        fix = "Write a link that begins with https://, or leave the cell empty."
        if not _SCHEME.match(url) and _URL.fullmatch(f"https://{url}") and "." in url:
            fix = f"Write https://{url} if that is the page."
        yield Fault(i, f"{quoted(url)} is not a link to a web page.", fix)


def managers(wrong: Callable[[Book, int, str], tuple[str, str] | None]) -> Rule:
    """Something is wrong with the manager of somebody who has not left."""

    def rule(book: Book) -> Faults:
        for i, text in enumerate(texts_of(book.frame("team_members")["manager"])):
            if text is not None and book.here[i] and (sentences := wrong(book, i, text)):
                yield Fault(i, *sentences)

    return rule


def unknown_manager(book: Book, i: int, text: str) -> tuple[str, str] | None:
    """Nobody of this name, ID or address."""
    if book.managers[i]:
        return None
    return f"The manager {quoted(text)} is not in Team Members.", book.people.advice(text)


def ambiguous_manager(book: Book, i: int, text: str) -> tuple[str, str] | None:
    """Several members of this name."""
    if len(book.managers[i]) < 2:
        return None
    titles = listed(book.managers[i], book.people.title)
    return f"{quoted(text)} can mean {titles}.", "Write the manager's employee ID or e-mail."


def departed_manager(book: Book, i: int, text: str) -> tuple[str, str] | None:
    """The manager has left, so reminders to them reach nobody."""
    if len(book.managers[i]) != 1:
        return None
    if book.here[book.managers[i][0]]:
        return None
    return f"The manager {quoted(text)} has left.", "Write who the manager is now."


def owners(tab: str, wrong: Callable[[Book, str], tuple[str, str] | None]) -> Rule:
    """Something is wrong with who owns a requirement; an address of anybody will do."""

    def rule(book: Book) -> Faults:
        if "team_members" not in book.tables:
            return
        for i, text in enumerate(texts_of(book.frame(tab)["owner"])):
            if text is not None and (sentences := wrong(book, text)):
                yield Fault(i, *sentences)

    return rule


def unknown_owner(book: Book, text: str) -> tuple[str, str] | None:
    """Nobody of this name or ID, and no address."""
    if book.people.find(text) or deliverable(text):
        return None
    found = inside(text)
    fix = f"Write {found} alone." if found else foreign(text)
    fix = fix or f"{book.people.advice(text)} An e-mail address will do too."
    return f"The owner {quoted(text)} is not in Team Members, so nobody hears as owner.", fix


def ambiguous_owner(book: Book, text: str) -> tuple[str, str] | None:
    """Several members of this name."""
    found = book.people.find(text)
    if len(found) < 2:
        return None
    message = f"{quoted(text)} can mean {listed(found, book.people.title)}."
    return message, "Write the owner's employee ID or e-mail."


def departed_owner(book: Book, text: str) -> tuple[str, str] | None:
    """The owner has left, so nobody hears as owner."""
    found = book.people.find(text)
    if len(found) != 1 or book.here[found[0]]:
        return None
    return f"The owner {quoted(text)} has left.", "Write who the owner is now."


def no_address(book: Book) -> Faults:
    """Somebody who should be reminded has no e-mail: a holder, or the manager of one."""
    frame = book.frame("team_members")
    holding = _holding(book)
    reports = frame["manager_id"][holding].dropna()
    managing = frame["employee_id"].isin(reports).to_numpy() & book.here
    missing = book.empty("team_members", "email")
    fix = "Write the address that reminders go to."
    yield from all_at(holding & missing, "This holder of certifications has no e-mail.", fix)
    alone = managing & ~holding & missing
    yield from all_at(alone, "This manager of certified people has no e-mail.", fix)


def no_manager(book: Book) -> Faults:
    """A holder without a manager."""
    return all_at(
        _holding(book) & book.empty("team_members", "manager"),
        "This holder of certifications has no manager.",
        "Write the manager's name, ID or e-mail, or the person's own name if nobody is above.",
    )


def _holding(book: Book) -> Mask:
    """Members who have not left and hold a certification that is judged."""
    here = book.here & book.ok["team_members"]
    return here & book.frame("team_members")["employee_id"].isin(book.holders).to_numpy()


def misnamed(tab: str, code: str) -> Rule:
    """What `people` says about whom a record names, for one code of it."""

    def rule(book: Book) -> Faults:
        columns = book.tables[tab].columns
        reported = book.unread(tab, "member") | book.unread(tab, "employee_id")
        for i, employee, problem in book.misnamed[tab]:
            if problem.code == code and not (code == MISSING and reported[i]):
                by_id = "member" not in columns or (employee is not None and code != MISNAMED)
                column = "employee_id" if by_id else "member"
                yield Fault(i, problem.message, problem.fix, column)

    return rule


def earned_later(book: Book) -> Faults:
    """Earned on a day that has not come."""
    earned = book.days("certifications", "date_earned")
    for i in np.flatnonzero(earned > book.today).tolist():
        fix = "Write the day it was earned, or leave the cell empty until then."
        yield Fault(i, f"The date earned, {_iso(earned[i])}, is in the future.", fix)


def expired_before_earned(book: Book) -> Faults:
    """The dates are the wrong way round."""
    earned = book.days("certifications", "date_earned")
    expires = book.days("certifications", "expiration_date")
    for i in np.flatnonzero(expires < earned).tolist():
        message = f"It expires on {_iso(expires[i])}, before it was earned on {_iso(earned[i])}."
        yield Fault(i, message, "Correct the date that is wrong.")


def no_expiration(book: Book) -> Faults:
    """Neither a date nor the words for none; a pursuit explains a row without any date."""
    key = "certifications"
    lifetime = book.frame(key)["does_not_expire"].to_numpy(dtype=np.bool_)
    missing = book.empty(key, "expiration_date") & ~lifetime
    undated = missing & book.empty(key, "date_earned")
    if undated.any() and "pursuits" in book.tables:
        pursued = set(book.pairs("pursuits", book.ok["pursuits"]))
        missing[undated] = [pair not in pursued for pair in book.pairs(key, undated)]
    fix = 'Write the date, or "does not expire".'
    return all_at(missing, "The expiration date is empty.", fix)


def repeated_records(book: Book) -> Faults:
    """A record that counts stands in two rows."""
    key = "certifications"
    frame = book.frame(key)
    lifetime = frame["does_not_expire"].to_numpy(dtype=np.bool_)
    dated = lifetime | frame["expiration_date"].notna().to_numpy(dtype=np.bool_)
    rejected = (frame["verified"] == "Rejected").to_numpy(dtype=np.bool_)
    counting = np.flatnonzero(book.ok[key] & dated & ~rejected & ~book.unread(key, "date_earned"))
    codes, names = pd.factorize(frame["certification"])
    folded, _ = pd.factorize(np.array([*map(fold, names), ""], dtype=object))
    record = pd.DataFrame(
        {
            "person": pd.factorize(frame["employee_id"])[0],
            "certification": folded[codes],
            "expires": book.days(key, "expiration_date").view(np.int64),
            "earned": book.days(key, "date_earned").view(np.int64),
        }
    ).take(counting)
    again = record.duplicated().to_numpy()
    if not again.any():
        return
    first = record.groupby(list(record), sort=False).ngroup()
    rows = frame["row"].to_numpy()[counting]
    original = dict(zip(first[~again], rows[~again], strict=True))
    for i, group in zip(counting[again].tolist(), first[again], strict=True):
        message = f"Row {original[group]} has the same person, certification and dates."
        yield Fault(i, message, "Delete one of the two rows, or correct its dates.")


def bad_minimum(tab: str) -> Rule:
    """A minimum count below 1, or none."""

    def rule(book: Book) -> Faults:
        fix = "Write a whole number of 1 or more, such as 2."
        yield from all_at(book.empty(tab, "minimum"), "Minimum Count is empty.", fix)
        small = (book.frame(tab)["minimum"] < 1).fillna(False).to_numpy(dtype=np.bool_)
        yield from all_at(small, "A minimum count below 1 asks for nothing.", fix)

    return rule


def past_target(book: Book) -> Faults:
    """The target date of a pursuit has passed, and the certification is not held."""
    target = book.days("pursuits", "target_date")
    late = target < book.today
    held: set[Pair] = set()
    if late.any() and "certifications" in book.tables:
        frame = book.frame("certifications")
        valid = book.days("certifications", "expiration_date") >= book.today
        valid |= frame["does_not_expire"].to_numpy(dtype=np.bool_)
        held = set(book.pairs("certifications", valid & book.ok["certifications"]))
    rows = np.flatnonzero(late).tolist()
    for i, pair in zip(rows, book.pairs("pursuits", late), strict=True):
        if pair not in held:
            message = f"The target date, {_iso(target[i])}, has passed."
            fix = "Write a new target date, or delete the row if the goal is given up."
            yield Fault(i, message, fix)


def _iso(day: np.datetime64) -> str:
    return str(day)[:10]
