"""A transport for requests that hands everything to the service without a socket."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse

from tests.sheets_service.front import Front
from tests.sheets_service.wire import Request

GOOGLE = (
    "https://sheets.googleapis.com/",
    "https://www.googleapis.com/",
    "https://oauth2.googleapis.com/",
)


class InProcess(BaseAdapter):
    """Faults cost no time here: a wait beyond the client's timeout is a timeout at once."""

    def __init__(self, front: Front) -> None:
        super().__init__()
        self._front = front

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Answer a prepared request."""
        del stream, verify, cert, proxies
        body = request.body or b""
        if not isinstance(body, str | bytes):
            raise TypeError("This transport takes whole bodies only.")
        asked = Request.of(
            request.method or "GET",
            request.url or "",
            {name: str(value) for name, value in request.headers.items()},
            body.encode() if isinstance(body, str) else body,
        )
        fault = self._front.fault(asked.method, urlsplit(request.url or "").path)
        patience = timeout[1] if isinstance(timeout, tuple) else timeout
        late = fault is not None and patience is not None and fault.delay >= patience
        if fault is not None and fault.cut == "before":
            raise requests.ConnectionError("Connection reset by peer", request=request)
        call = self._front.arrived(asked)
        if late and fault is not None and not fault.after_apply:
            raise requests.ReadTimeout("Read timed out.", request=request)
        answer = self._front.answer(asked, call, fault)
        if late:
            raise requests.ReadTimeout("Read timed out.", request=request)
        if fault is not None and fault.cut == "answer":
            raise requests.ConnectionError("Remote end closed connection", request=request)
        if fault is not None and fault.cut == "body":
            raise requests.exceptions.ChunkedEncodingError("Connection broken", request=request)
        response = requests.Response()
        response.status_code = answer.status
        response.headers = CaseInsensitiveDict(answer.headers)
        response.encoding = requests.utils.get_encoding_from_headers(response.headers)
        response.raw = HTTPResponse(
            io.BytesIO(answer.body), answer.headers, answer.status, preload_content=False
        )
        response.url, response.request = request.url or "", request
        return response

    def close(self) -> None:
        """Nothing is open."""
