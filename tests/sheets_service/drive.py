"""The part of the Drive API that belongs to spreadsheets."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tests.sheets_service import drive_permissions, drive_query, schema
from tests.sheets_service.documents import SHEET, Document
from tests.sheets_service.drive_visit import DriveError, Visit, has_no_quota, user
from tests.sheets_service.model import Book, Json, Sheet
from tests.sheets_service.wire import Answer, Request

if TYPE_CHECKING:
    from tests.sheets_service.front import Call, Front

_FILE = "kind,id,name,mimeType"
_MASKS = {
    "files.list": f"kind,nextPageToken,incompleteSearch,files({_FILE})",
    "permissions.list": "kind,permissions(id,type,kind,role)",
    "permissions.create": "id,type,kind,role",
    "permissions.get": "id,type,kind,role",
    "permissions.update": "id,type,kind,role",
    "comments.list": "kind,nextPageToken,comments",
    "comments.create": "*",
    "about.get": "user",
}


def _file(visit: Visit, document: Document) -> Json:
    owners = [user(email) for email, role in document.roles.items() if role == "owner"]
    return {
        "kind": "drive#file",
        "id": document.book.id,
        "name": document.book.title,
        "mimeType": document.mime_type,
        "createdTime": visit.documents.time(document.created),
        "modifiedTime": visit.documents.time(document.modified),
        "owners": owners,
        "ownedByMe": document.role(visit.email) == "owner",
        "shared": len(document.roles) > 1,
        "trashed": False,
        "webViewLink": f"https://docs.google.com/spreadsheets/d/{document.book.id}/edit",
    }


def _list(visit: Visit) -> Json:
    try:
        wanted = drive_query.compiled(visit.param("q"))
    except ValueError:
        raise DriveError(400, "invalid", "Invalid Value", place="q") from None
    seen = [d for d in visit.documents.by_id.values() if d.role(visit.email)]
    files = [found for found in (_file(visit, d) for d in seen) if wanted(found)]
    files.sort(key=lambda found: str(found["modifiedTime"]), reverse=True)
    size, start = int(visit.param("pageSize", "100")), int(visit.param("pageToken") or "0")
    answer: Json = {"kind": "drive#fileList", "incompleteSearch": False}
    answer["files"] = files[start : start + size]
    if start + size < len(files):
        answer["nextPageToken"] = str(start + size)
    return answer


def _owned(visit: Visit, book: Book) -> Json:
    """The file of a new book, which this account then owns."""
    if has_no_quota(visit.email):
        message = "The user's Drive storage quota has been exceeded."
        raise DriveError(403, "storageQuotaExceeded", message, domain="usageLimits")
    return _file(visit, visit.documents.add(book, {visit.email: "owner"}))


def _create(visit: Visit) -> Json:
    if visit.body.get("mimeType", SHEET) != SHEET:
        raise DriveError(400, "badRequest", "Bad Request")
    title = visit.body.get("name", "Untitled")
    return _owned(visit, Book(visit.documents.new_id(), title, sheets=[Sheet(0, "Sheet1")]))


def _copy(visit: Visit) -> Json:
    source = visit.file()
    book = source.book.copy()
    book.id = visit.documents.new_id()
    book.title = visit.body.get("name") or f"Copy of {source.book.title}"
    return _owned(visit, book)


def _get(visit: Visit) -> Json:
    return _file(visit, visit.file())


def _rename(visit: Visit) -> Json:
    document = visit.file("writer")
    if "name" in visit.body:
        book = document.book.copy()
        book.title = visit.body["name"]
        visit.documents.commit(book)
    return _file(visit, document)


def _delete(visit: Visit) -> None:
    visit.file("owner")
    del visit.documents.by_id[visit.path["id"]]


def _export(visit: Visit) -> bytes:
    from tests.sheets_service import export

    document, wanted = visit.file(), visit.param("mimeType")
    if document.kind != "sheet":
        message = "Export only supports Docs Editors files."
        raise DriveError(403, "fileNotExportable", message)
    if wanted not in export.FORMATS:
        message = "The requested conversion is not supported."
        raise DriveError(400, "badRequest", message, place="convertTo")
    return export.FORMATS[wanted](document.book)


def _import_csv(visit: Visit) -> Json:
    from tests.sheets_service import export

    document = visit.file("writer")
    book = document.book.copy()
    book.sheets = [export.sheet_of_csv(visit.raw.decode(), book)]
    visit.documents.commit(book)
    # The second version of Drive calls these names otherwise.
    return {"kind": "drive#file", "id": book.id, "title": book.title, "mimeType": SHEET}


def _comments(visit: Visit) -> Json:
    return {"kind": "drive#commentList", "comments": visit.file().comments}


def _comment(visit: Visit) -> Json:
    document = visit.file()
    made = {
        **visit.body,
        "kind": "drive#comment",
        "id": f"AAAA{len(document.comments)}",
        "author": user(visit.email),
    }
    document.comments.append(made)
    return made


def _about(visit: Visit) -> Json:
    return {"kind": "drive#about", "user": user(visit.email)}


_FILES = "/drive/v3/files"
_ONE = _FILES + "/(?P<id>[^/]+)"
_GRANTS = _ONE + "/permissions"
_GRANT = _GRANTS + "/(?P<permission>[^/]+)"
_Run = Callable[[Visit], Any]
_ROUTES: list[tuple[str, re.Pattern[str], str, _Run]] = [
    (verb, re.compile(path), id, run)
    for verb, path, id, run in (
        ("GET", "/drive/v3/about", "about.get", _about),
        ("GET", _FILES, "files.list", _list),
        ("POST", _FILES, "files.create", _create),
        ("GET", _ONE, "files.get", _get),
        ("PATCH", _ONE, "files.update", _rename),
        ("DELETE", _ONE, "files.delete", _delete),
        ("POST", _ONE + "/copy", "files.copy", _copy),
        ("GET", _ONE + "/export", "files.export", _export),
        ("GET", _GRANTS, "permissions.list", drive_permissions.listed),
        ("POST", _GRANTS, "permissions.create", drive_permissions.given),
        ("GET", _GRANT, "permissions.get", drive_permissions.got),
        ("PATCH", _GRANT, "permissions.update", drive_permissions.changed),
        ("DELETE", _GRANT, "permissions.delete", drive_permissions.taken),
        ("GET", _ONE + "/comments", "comments.list", _comments),
        ("POST", _ONE + "/comments", "comments.create", _comment),
        # A file's content is changed where the second version of Drive changes it.
        ("PUT", "/upload/drive/v2/files/(?P<id>[^/]+)", "files.update", _import_csv),
    )
]


def _route(verb: str, path: str) -> tuple[str, _Run, dict[str, str]]:
    """Method and function of a path with escapes, and what stands in its places."""
    for known, pattern, id, run in _ROUTES:
        if known == verb and (match := pattern.fullmatch(path)):
            return id, run, {name: unquote(text) for name, text in match.groupdict().items()}
    raise DriveError(404, "notFound", "Not Found")


def answer(front: Front, request: Request, call: Call) -> Answer:
    """Handle one request to Drive."""
    id, run, places = _route(request.method, request.path)
    call.id, call.writes = f"drive.{id}", request.method != "GET"
    email = front.admit(request, call)
    uploads = request.path.startswith("/upload/")
    body = {} if uploads else request.json() or {}
    if not uploads:
        schema.check_request(call.id, request.query, body)
    visit = Visit(front.documents, places, request.query, body, email, request.body)
    found = run(visit)
    call.applied = call.writes
    if found is None or isinstance(found, bytes):
        return Answer.of(204 if found is None else 200, found)
    if uploads:
        return Answer.of(200, found)
    if front.check_answers:
        schema.check_answer(call.id, found)
    mask = visit.param("fields") or _MASKS.get(id, _FILE)
    return Answer.of(200, drive_query.masked(found, mask))
