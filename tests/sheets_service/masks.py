"""Field masks on answers, such as `sheets(properties(title),data)`."""

from __future__ import annotations

from tests.sheets_service.model import Json


def apply(answer: Json, mask: str, schema: str = "Spreadsheet") -> Json:
    """The part of an answer that a mask keeps; `schema` names the answer's type."""
    raise NotImplementedError
