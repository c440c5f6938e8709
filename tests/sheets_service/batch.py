"""`spreadsheets.batchUpdate`: each request is of one kind, and each kind has its own function."""

from __future__ import annotations

from tests.sheets_service import (
    batch_blocks,
    batch_cells,
    batch_charts,
    batch_filters,
    batch_metadata,
    batch_ranges,
    batch_rows,
    batch_rules,
    batch_sheets,
    batch_tables,
    batch_text,
    dimension_groups,
    dimensions,
)
from tests.sheets_service.model import Book, GoogleError, Json, invalid
from tests.sheets_service.work import Handler, Work

HANDLERS: dict[str, Handler] = {
    kind: handler
    for room in (
        batch_blocks,
        batch_cells,
        batch_charts,
        batch_filters,
        batch_metadata,
        batch_ranges,
        batch_rows,
        batch_rules,
        batch_sheets,
        batch_tables,
        batch_text,
        dimension_groups,
        dimensions,
    )
    for kind, handler in room.REQUESTS.items()
}
"""What each kind of request does. Every other kind is refused."""


def apply(book: Book, body: Json, *, url: str = "", owner: bool = False) -> Json:
    """Apply a BatchUpdateSpreadsheetRequest and answer it.

    Args:
        book: Is changed, also by the requests before one that fails: hand in a copy.
        body: The request, already checked against Google's schema.
        url: The spreadsheet's address, for an answer that includes the spreadsheet.
        owner: Whether its owner edits by hand, whom no protected range stops.

    Raises:
        GoogleError: 400 "Invalid requests[0].insertDimension: ..." as Google says it.
    """
    requests = body.get("requests") or []
    if not requests:
        raise invalid("Must specify at least one request.")
    work = Work(book, owner)
    replies = [_reply(work, number, request) for number, request in enumerate(requests)]
    answer: Json = {"spreadsheetId": book.id, "replies": replies}
    if body.get("includeSpreadsheetInResponse"):
        answer["updatedSpreadsheet"] = _spreadsheet(book, body, url)
    return answer


def _reply(work: Work, number: int, request: Json) -> Json:
    if len(request) != 1:
        wrong = "No request set." if not request else "More than one kind of request set."
        raise invalid(f"Invalid requests[{number}]: {wrong}")
    [(kind, given)] = request.items()
    handler = HANDLERS.get(kind)
    where = f"Invalid requests[{number}].{kind}"
    if handler is None:
        raise invalid(f"{where}: This service does not know this kind of request.")
    try:
        reply = handler(work, given)
    except GoogleError as error:
        raise GoogleError(
            error.code, error.status, f"{where}: {error.message}", error.details
        ) from error
    return {} if reply is None else {kind: reply}


def _spreadsheet(book: Book, body: Json, url: str) -> Json:
    from tests.sheets_service import a1, document

    ranges = [a1.parse(book, text) for text in body.get("responseRanges", [])] or None
    grid_data = bool(body.get("responseIncludeGridData"))
    return document.spreadsheet(book, url=url, ranges=ranges, grid_data=grid_data)
