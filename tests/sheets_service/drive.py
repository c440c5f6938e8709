"""The part of the Drive API that belongs to spreadsheets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tests.sheets_service import drive_query, schema
from tests.sheets_service.documents import ANYONE, SHEET, Document, Documents, Role
from tests.sheets_service.model import Book, GoogleError, Json, Sheet
from tests.sheets_service.wire import Answer, Request

if TYPE_CHECKING:
    from tests.sheets_service.front import Call, Front

ROBOTS = ".gserviceaccount.com"
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


class DriveError(GoogleError):
    """A refusal as Drive writes it, with a list of errors and no status word of its own."""

    def __init__(
        self, code: int, reason: str, message: str, *, domain: str = "global", place: str = ""
    ) -> None:
        super().__init__(code, "", message)
        self._error: Json = {"message": message, "domain": domain, "reason": reason}
        if place:
            self._error |= {"locationType": "parameter", "location": place}

    def body(self) -> Json:
        """The body of the answer."""
        return {"error": {"code": self.code, "message": self.message, "errors": [self._error]}}


def not_found(id: str) -> DriveError:
    """404 for a file that is not there, or not for this account."""
    return DriveError(404, "notFound", f"File not found: {id}.", place="fileId")


def has_no_quota(email: str) -> bool:
    """Whether this account can own no file, as service accounts cannot."""
    return email.endswith(ROBOTS)


@dataclass(frozen=True)
class Visit:
    """One request that found its way."""

    documents: Documents
    path: Mapping[str, str]
    query: Mapping[str, list[str]]
    body: Json
    email: str
    raw: bytes = b""

    def param(self, name: str, default: str = "") -> str:
        """A value of the query."""
        return self.query.get(name, [default])[-1]

    def file(self, needs: Role = "reader") -> Document:
        """The file of the path. Raises DriveError where this account may not do that."""
        document = self.documents.by_id.get(self.path["id"])
        role = document.role(self.email) if document is not None else None
        if document is None or role is None:
            raise not_found(self.path["id"])
        allowed: dict[Role, set[Role]] = {
            "reader": {"reader", "writer", "owner"},
            "writer": {"writer", "owner"},
            "owner": {"owner"},
        }
        if role not in allowed[needs]:
            raise DriveError(
                403,
                "insufficientFilePermissions",
                "The user does not have sufficient permissions for this file.",
            )
        return document


def _file(visit: Visit, document: Document) -> Json:
    owners = [_user(email) for email, role in document.roles.items() if role == "owner"]
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


def _user(email: str) -> Json:
    return {"kind": "drive#user", "displayName": email.partition("@")[0], "emailAddress": email}


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


def permission_id(email: str) -> str:
    """The number that Drive knows an account by."""
    return (
        "anyoneWithLink"
        if email == ANYONE
        else str(int(sha256(email.encode()).hexdigest()[:16], 16))
    )


def _permission(email: str, role: Role) -> Json:
    found: Json = {"kind": "drive#permission", "id": permission_id(email), "role": role}
    if email == ANYONE:
        return {**found, "type": "anyone", "allowFileDiscovery": False}
    return {
        **found,
        "type": "user",
        "emailAddress": email,
        "displayName": email.partition("@")[0],
        "deleted": False,
        "pendingOwner": False,
    }


def _permissions(visit: Visit) -> Json:
    document = visit.file("writer")
    found = [_permission(email, role) for email, role in document.roles.items()]
    return {"kind": "drive#permissionList", "permissions": found}


def _permission_of(visit: Visit, document: Document) -> str:
    for email in document.roles:
        if permission_id(email) == visit.path["permission"]:
            return email
    message = f"Permission not found: {visit.path['permission']}."
    raise DriveError(404, "notFound", message, place="permissionId")


def _get_permission(visit: Visit) -> Json:
    document = visit.file()
    email = _permission_of(visit, document)
    return _permission(email, document.roles[email])


_GIVEN: dict[str, Role] = {"reader": "reader", "commenter": "reader", "writer": "writer"}
"""The roles that can be given; a commenter may change no cell either."""


def _share(visit: Visit) -> Json:
    document, kind = visit.file("writer"), visit.body.get("type")
    named = {"anyone": ANYONE, "domain": visit.body.get("domain")}
    email = str(named.get(str(kind), visit.body.get("emailAddress")) or "").casefold()
    if kind not in ("user", "group", "domain", "anyone"):
        message = "The permission type field is required."
        raise DriveError(400, "badRequest", message, place="permission.type")
    if not email:
        message = "The specified emailAddress is invalid or not applicable for the given permission"
        raise DriveError(400, "invalidSharingRequest", message)
    role = document.roles.get(email)
    if role != "owner":
        if visit.body.get("role") not in _GIVEN:
            raise _not_given(visit.body.get("role"))
        role = document.roles[email] = _GIVEN[visit.body["role"]]
    return _permission(email, role)


def _not_given(role: object) -> DriveError:
    if role == "owner":
        message = (
            "The transferOwnership parameter must be enabled when the permission role is 'owner'."
        )
        return DriveError(403, "forbidden", message, place="transferOwnership")
    message = "The permission role field is required."
    return DriveError(400, "required", message, place="permission.role")


def _change_permission(visit: Visit) -> Json:
    document = visit.file("writer")
    email, role = _permission_of(visit, document), visit.body.get("role")
    if role == "owner" and visit.param("transferOwnership").lower() == "true":
        for other, had in document.roles.items():
            document.roles[other] = "writer" if had == "owner" else had
        document.roles[email] = "owner"
    elif role in ("reader", "writer"):
        document.roles[email] = role
    return {**_permission(email, document.roles[email]), **_pending(visit.body)}


def _pending(body: Json) -> Json:
    return {"pendingOwner": True} if body.get("pendingOwner") else {}


def _unshare(visit: Visit) -> None:
    document = visit.file("writer")
    email = _permission_of(visit, document)
    if document.roles[email] == "owner":
        message = "The owner of a file cannot be removed."
        raise DriveError(403, "insufficientFilePermissions", message)
    del document.roles[email]


def _comments(visit: Visit) -> Json:
    return {"kind": "drive#commentList", "comments": visit.file().comments}


def _comment(visit: Visit) -> Json:
    document = visit.file()
    made = {
        **visit.body,
        "kind": "drive#comment",
        "id": f"AAAA{len(document.comments)}",
        "author": _user(visit.email),
    }
    document.comments.append(made)
    return made


def _about(visit: Visit) -> Json:
    return {"kind": "drive#about", "user": _user(visit.email)}


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
        ("GET", _GRANTS, "permissions.list", _permissions),
        ("POST", _GRANTS, "permissions.create", _share),
        ("GET", _GRANT, "permissions.get", _get_permission),
        ("PATCH", _GRANT, "permissions.update", _change_permission),
        ("DELETE", _GRANT, "permissions.delete", _unshare),
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
