"""Conditional formats and banding."""

from __future__ import annotations

from tests.sheets_service import a1, grid, ids
from tests.sheets_service.masked import mask, updated
from tests.sheets_service.model import Book, Json, Sheet, invalid
from tests.sheets_service.work import Handler, Work


def add_rule(work: Work, given: Json) -> None:
    """`addConditionalFormatRule`: the rules behind it move on by one."""
    rule, sheet = _rule(work.book, given.get("rule", {}))
    index = given.get("index", 0)
    if not 0 <= index <= len(sheet.conditional_formats):
        raise invalid(_no_rule(index, sheet))
    sheet.conditional_formats.insert(index, rule)


def update_rule(work: Work, given: Json) -> Json:
    """`updateConditionalFormatRule`: a new rule in its place, or the same one elsewhere."""
    index = given.get("index", 0)
    if ("rule" in given) == ("newIndex" in given):
        raise invalid("Exactly one of rule and newIndex must be set.")
    if "rule" in given:
        rule, sheet = _rule(work.book, given["rule"])
        old = _at(sheet, index)
        sheet.conditional_formats[index] = rule
        return {"newRule": rule, "newIndex": index, "oldRule": old}
    sheet = work.book.sheet(given.get("sheetId", 0))
    rule, new = _at(sheet, index), given["newIndex"]
    _at(sheet, new)
    sheet.conditional_formats.insert(new, sheet.conditional_formats.pop(index))
    return {"newRule": rule, "newIndex": new, "oldIndex": index}


def delete_rule(work: Work, given: Json) -> Json:
    """`deleteConditionalFormatRule`: the rules behind it move up by one."""
    sheet, index = work.book.sheet(given.get("sheetId", 0)), given.get("index", 0)
    rule = _at(sheet, index)
    del sheet.conditional_formats[index]
    return {"rule": rule}


def _rule(book: Book, given: Json) -> tuple[Json, Sheet]:
    rule = grid.with_sheet_ids(given)
    if not rule.get("ranges"):
        raise invalid("A conditional format rule must have at least one range.")
    if ("booleanRule" in rule) == ("gradientRule" in rule):
        raise invalid("Exactly one of booleanRule and gradientRule must be set.")
    if len({area["sheetId"] for area in rule["ranges"]}) > 1:
        raise invalid("All ranges of a conditional format rule must be on the same sheet.")
    condition = rule.get("booleanRule", {}).get("condition", {})
    if "booleanRule" in rule and not condition.get("type"):
        raise invalid("A boolean rule must have a condition with a type.")
    # Google fills in the bounds of these ranges: a rule ends where the grid does.
    rule["ranges"] = [grid.filled(book, area) for area in rule["ranges"]]
    return rule, book.sheet(rule["ranges"][0]["sheetId"])


def _at(sheet: Sheet, index: int) -> Json:
    if not 0 <= index < len(sheet.conditional_formats):
        raise invalid(_no_rule(index, sheet))
    return sheet.conditional_formats[index]


def _no_rule(index: int, sheet: Sheet) -> str:
    return (
        f"No conditional format on sheet: {sheet.id} at index: {index}. "
        f"The sheet has {len(sheet.conditional_formats)}."
    )


_MISSING = "No banding with id: {}"


def add_banding(work: Work, given: Json) -> Json:
    """`addBanding`."""
    book, new = work.book, grid.with_sheet_ids(given.get("bandedRange", {}))
    sheet = _banded(book, new, None)
    new["bandedRangeId"] = ids.chosen(
        book, "banded_ranges", new.get("bandedRangeId"), "banded range"
    )
    sheet.banded_ranges.append(new)
    return {"bandedRange": new}


def update_banding(work: Work, given: Json) -> None:
    """`updateBanding`."""
    new, tree = grid.with_sheet_ids(given.get("bandedRange", {})), mask(given, "BandedRange")
    sheet, place = ids.found(work.book, "banded_ranges", new.get("bandedRangeId"), _MISSING)
    old = sheet.banded_ranges[place]
    banded = updated(old, new, tree)
    banded["bandedRangeId"] = old["bandedRangeId"]
    to = _banded(work.book, banded, old)
    del sheet.banded_ranges[place]
    to.banded_ranges.insert(place if to is sheet else len(to.banded_ranges), banded)


def delete_banding(work: Work, given: Json) -> None:
    """`deleteBanding`."""
    wanted = given.get("bandedRangeId")
    sheet, place = ids.found(work.book, "banded_ranges", wanted, _MISSING)
    del sheet.banded_ranges[place]


def _banded(book: Book, banded: Json, own: Json | None) -> Sheet:
    """The tab of a banded range, which gets its bounds and is checked."""
    if not (banded.get("rowProperties") or banded.get("columnProperties")):
        raise invalid("At least one of rowProperties and columnProperties must be specified.")
    banded["range"] = grid.filled(book, banded.get("range", {}))
    sheet = book.sheet(banded["range"]["sheetId"])
    for other in sheet.banded_ranges:
        if other is not own and a1.overlaps(other["range"], banded["range"]):
            raise invalid(
                "You cannot add alternating background colors to a range that already has "
                "alternating background colors."
            )
    return sheet


REQUESTS: dict[str, Handler] = {
    "addConditionalFormatRule": add_rule,
    "updateConditionalFormatRule": update_rule,
    "deleteConditionalFormatRule": delete_rule,
    "addBanding": add_banding,
    "updateBanding": update_banding,
    "deleteBanding": delete_banding,
}
