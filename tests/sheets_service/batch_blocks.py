"""Requests still to come."""

from __future__ import annotations

from tests.sheets_service.work import Handler

REQUESTS: dict[str, Handler] = {}
