"""What happens to a request from the moment it came until its answer goes back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tests.sheets_service import drive, formula, routes, schema
from tests.sheets_service.auth import (
    GOOGLE_TOKEN_URI,
    TokenRefused,
    Tokens,
    scope_insufficient,
)
from tests.sheets_service.documents import Documents
from tests.sheets_service.drive_visit import has_no_quota
from tests.sheets_service.faults import Fault, Faults
from tests.sheets_service.model import GoogleError, Json
from tests.sheets_service.quota import PROJECT, Quota
from tests.sheets_service.wire import Answer, Kind, Request

SERVICES = {
    "sheets": ("sheets.googleapis.com", "Google Sheets API"),
    "drive": ("drive.googleapis.com", "Google Drive API"),
}
TYPES = "type.googleapis.com/google.rpc."


@dataclass
class Call:
    """One request. The rest, from `status` on, is of its answer; 0 while it is coming.

    A request whose connection was cut keeps the status 0; `applied` says whether it changed
    something all the same.
    """

    kind: Kind
    method: str
    path: str
    query: dict[str, list[str]]
    body: Any
    id: str = ""
    writes: bool = False
    status: int = 0
    millis: float = 0.0
    bytes: int = 0
    applied: bool = False


@dataclass
class Front:
    """All that stands between the wire and the documents, behind one lock."""

    documents: Documents
    tokens: Tokens
    quota: Quota
    faults: Faults = field(default_factory=Faults)
    log: list[Call] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    before: Callable[[Call], None] | None = None
    disabled: set[str] = field(default_factory=set)
    scopes: frozenset[str] | None = None
    check_answers: bool = False
    url: str = ""
    mistakes: list[Exception] = field(default_factory=list)

    def fault(self, method: str, path: str) -> Fault | None:
        """What goes wrong with the request that is coming."""
        with self.lock:
            fault = self.faults.take(method, path)
            if fault is not None and fault.cut == "before":
                kind = Request(method, path, {}, {}).kind
                self.log.append(Call(kind, method, unquote(path), {}, None))
            return fault

    def arrived(self, request: Request) -> Call:
        """Note a request that has been read."""
        try:
            body = request.json()
        except GoogleError:
            body = None
        path = unquote(request.path)
        call = Call(request.kind, request.method, path, dict(request.query), body)
        with self.lock:
            self.log.append(call)
        return call

    def answer(self, request: Request, call: Call, fault: Fault | None = None) -> Answer:
        """Handle a request; `fault` is what `fault()` said of it, its waits and cuts aside."""
        with self.lock:
            began = time.perf_counter()
            if self.before is not None and call.kind == "sheets":
                self.before(call)
            fails = fault is not None and (fault.status is not None or fault.cut == "answer")
            if fault is None or not fails:
                answer = self._handled(request, call)
            else:
                if fault.after_apply:
                    self._handled(request, call)
                headers, payload = fault.answer()
                answer = Answer.of(fault.status or 500, payload, headers)
            answer.packed(request)
            if fault is None or fault.cut is None:
                call.status, call.bytes = answer.status, len(answer.body)
            call.millis = (time.perf_counter() - began) * 1000
            return answer

    def _handled(self, request: Request, call: Call) -> Answer:
        try:
            if call.kind == "token":
                audiences = f"{self.url}/token", GOOGLE_TOKEN_URI
                return Answer.of(200, self.tokens.exchange(request.body, audiences))
            if call.kind == "sheets":
                return Answer.of(200, self._sheets(request, call))
            if call.kind == "drive":
                return drive.answer(self, request, call)
            raise routes.unknown()
        except TokenRefused as refusal:
            return Answer.of(refusal.status, refusal.body)
        except GoogleError as error:
            return Answer.of(error.code, error.body(), challenge(error))

    def admit(self, request: Request, call: Call) -> str:
        """The account behind a request. Raises GoogleError where it may not come in."""
        service, title = SERVICES[call.kind]
        token = self.tokens.bearer(request.headers)
        if call.kind in self.disabled:
            raise service_disabled(service, title)
        method = schema.methods(schema.api_of(call.id))[call.id]
        wanted = self.scopes if self.scopes is not None else frozenset(method["scopes"])
        if not wanted & token.scopes:
            raise scope_insufficient(service, _rpc_name(call.id))
        return token.email

    def _sheets(self, request: Request, call: Call) -> Json:
        found = routes.find(request.method, request.path)
        creates = (request.method, request.path) == ("POST", "/v4/spreadsheets")
        if found is None and not creates:
            raise routes.unknown()
        call.id = routes.CREATE if found is None else found[0].id
        call.writes = found is None or found[0].writes
        email = self.admit(request, call)
        body = {} if not request.body.strip() else request.json()
        schema.check_request(call.id, request.query, body)
        drop_nulls(body)
        self.quota.count(email, "write" if call.writes else "read")
        if found is None:
            answer = self._create(request, body, email)
        else:
            answer = self._visit(request, call, found, body, email)
        if self.check_answers:
            schema.check_answer(call.id, answer)
        return answer

    def _visit(
        self,
        request: Request,
        call: Call,
        found: tuple[routes.Route, dict[str, str]],
        body: Json,
        email: str,
    ) -> Json:
        route, places = found
        # A copy of a tab only reads where it comes from.
        needs = route.writes and route.id != "sheets.spreadsheets.sheets.copyTo"
        opened = self.documents.opened(places["id"], email, write=needs)
        book = opened.book.copy() if route.writes else opened.book
        formula.refresh(book)
        visit = routes.Visit(book, places, request.query, body, email, self.documents)
        answer = routes.masked(route, route.run(visit), visit.mask)
        if needs:
            self.documents.commit(book)
        call.applied = route.writes
        return answer

    def _create(self, request: Request, body: Json, email: str) -> Json:
        from tests.sheets_service import document

        if has_no_quota(email):
            raise GoogleError(403, "PERMISSION_DENIED", "The caller does not have permission")
        book = routes.created(body, self.documents.new_id())
        self.documents.add(book, {email: "owner"})
        visit = routes.Visit(book, {}, request.query, body, email, self.documents)
        return document.spreadsheet(book, url=visit.url, mask=visit.mask)


def drop_nulls(value: Any) -> None:
    """Take fields that are null out of a message, as if they had not been sent.

    A null in a list stays: among values it is a cell to be passed over.
    """
    if isinstance(value, dict):
        for name in [name for name, inner in value.items() if inner is None]:
            del value[name]
        for inner in value.values():
            drop_nulls(inner)
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, dict | list):
                drop_nulls(inner)


def challenge(error: GoogleError) -> dict[str, str]:
    """The header that goes with 401."""
    if error.code != 401:
        return {}
    return {
        "WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"'
    }


def _rpc_name(id: str) -> str:
    """Google's name of a method in its details: sheets.spreadsheets.values.get, for one."""
    if not id.startswith("sheets."):
        return f"google.apps.drive.v3.{id.removeprefix('drive.')}"
    names = {"get": "GetSpreadsheet", "create": "CreateSpreadsheet"}
    last = id.removeprefix("sheets.spreadsheets.")
    made = "".join(part[:1].upper() + part[1:] for part in reversed(last.split(".")))
    return f"google.apps.sheets.v4.SpreadsheetsService.{names.get(last, made)}"


def service_disabled(service: str, title: str) -> GoogleError:
    """403 for an API that the project never switched on."""
    page = f"https://console.developers.google.com/apis/api/{service}/overview?project={PROJECT}"
    message = (
        f"{title} has not been used in project {PROJECT} before or it is disabled. Enable it by "
        f"visiting {page} then retry. If you enabled this API recently, wait a few minutes for "
        "the action to propagate to our systems and retry."
    )
    info = {
        "@type": TYPES + "ErrorInfo",
        "reason": "SERVICE_DISABLED",
        "domain": "googleapis.com",
        "metadata": {
            "activationUrl": page,
            "consumer": f"projects/{PROJECT}",
            "containerInfo": PROJECT,
            "service": service,
            "serviceTitle": title,
        },
    }
    localized = {"@type": TYPES + "LocalizedMessage", "locale": "en-US", "message": message}
    links = [{"description": "Google developers console API activation", "url": page}]
    details: list[Json] = [info, localized, {"@type": TYPES + "Help", "links": links}]
    return GoogleError(403, "PERMISSION_DENIED", message, details)
