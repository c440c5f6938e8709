"""Google's own description of its requests and answers, and what it says to a wrong one.

The description ships with google-api-python-client. Google's texts name fields in snake_case.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from tests.sheets_service.model import GoogleError, Json, invalid

Api = Literal["sheets.v4", "drive.v3"]
TYPES = "type.googleapis.com/google.apps.sheets.v4."

# Under which name the body lies in Google's message, where it is not the message itself.
_BODY = {
    "sheets.spreadsheets.create": "spreadsheet",
    "sheets.spreadsheets.values.update": "data",
    "sheets.spreadsheets.values.append": "data",
}
_ENUM_TYPES = {
    "majorDimension": "Dimension",
    "responseValueRenderOption": "ValueRenderOption",
    "responseDateTimeRenderOption": "DateTimeRenderOption",
}
_CAPITAL = re.compile("(?<!^)([A-Z])")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, seen from where the check began."""

    path: str
    text: str

    def below(self, name: str) -> Problem:
        """The same, seen from further out."""
        joint = "" if not self.path or self.path.startswith("[") else "."
        return Problem(f"{name}{joint}{self.path}", self.text)

    def sentence(self) -> str:
        """Google's sentence for it."""
        place = f" at '{self.path}'" if self.path else ""
        return self.text.replace(" {at}", place).replace("{place}", self.path)


Problems = list[Problem]
Checker = Callable[[Any], Problems]
_FINE: Problems = []


def snake(name: str) -> str:
    """The name as Google's messages write it: valueInputOption is value_input_option."""
    return _CAPITAL.sub(r"_\1", name).lower()


@cache
def document(api: Api) -> Json:
    """The discovery document of this API."""
    package = find_spec("googleapiclient")
    if package is None or package.origin is None:
        raise RuntimeError(
            "The Sheets service checks requests against Google's own schema, which comes with "
            "google-api-python-client. Install it with: pip install '.[test]'"
        )
    folder = Path(package.origin).parent / "discovery_cache" / "documents"
    loaded: Json = json.loads((folder / f"{api}.json").read_text(encoding="utf-8"))
    return loaded


@cache
def methods(api: Api) -> dict[str, Json]:
    """Its methods by id, such as `sheets.spreadsheets.values.get`."""

    def walk(node: Json) -> Iterable[tuple[str, Json]]:
        for method in node.get("methods", {}).values():
            yield method["id"], method
        for below in node.get("resources", {}).values():
            yield from walk(below)

    return dict(walk(document(api)))


def api_of(method: str) -> Api:
    """The API a method belongs to."""
    return "drive.v3" if method.startswith("drive.") else "sheets.v4"


def check_request(method: str, query: Mapping[str, list[str]], body: object) -> None:
    """Raises GoogleError, as Google would, for a request that does not fit the schema.

    Drive looks over what it does not know, so only kinds of values are checked there.
    """
    api = api_of(method)
    problems = _query(method, query)
    request = methods(api)[method].get("request")
    if request is not None:
        found = _schema(api, request["$ref"], False)(body)
        name = _BODY.get(method)
        problems += [problem.below(name) if name else problem for problem in found]
    elif body not in (None, {}):
        problems.append(Problem("", _json_error("Request body is not allowed.")))
    if api == "drive.v3":
        problems = [p for p in problems if "Unknown name" not in p.text]
    if problems:
        raise bad_request(problems)


def check_answer(method: str, answer: object) -> None:
    """Raises AssertionError for an answer that Google could not have given."""
    api = api_of(method)
    response = methods(api)[method].get("response")
    if response is None:
        assert answer in (None, {}), f"{method} answers nothing, not {answer!r}"
        return
    problems = _schema(api, response["$ref"], True)(answer)
    assert not problems, f"{method}: " + "; ".join(p.sentence() for p in problems[:5])


def bad_request(problems: Problems) -> GoogleError:
    """400 INVALID_ARGUMENT with a violation for each."""
    violations = [
        {"field": p.path, "description": p.sentence()} if p.path else {"description": p.sentence()}
        for p in problems
    ]
    details = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations}
    return invalid("\n".join(p.sentence() for p in problems), [details])


def _json_error(text: str) -> str:
    return f"Invalid JSON payload received. {text}"


def _unknown(name: str, why: str = "Cannot find field.") -> Problem:
    return Problem("", _json_error(f'Unknown name "{name}" {{at}}: {why}'))


def _wrong(kind: str, value: object) -> Problems:
    if isinstance(value, dict) and kind.startswith("TYPE_"):
        return [Problem("", f"Invalid value {{at}} ({kind}), Starting an object on a scalar field")]
    return [Problem("", f"Invalid value {{at}} ({kind}), {json.dumps(value)}")]


@cache
def _parameters(method: str) -> dict[str, Json]:
    api = api_of(method)
    own = methods(api)[method].get("parameters", {})
    common: dict[str, Json] = document(api)["parameters"]
    return common | {name: spec for name, spec in own.items() if spec["location"] == "query"}


def _query(method: str, query: Mapping[str, list[str]]) -> Problems:
    problems: Problems = []
    for name, values in query.items():
        parameter = _parameters(method).get(name)
        if parameter is None:
            why = (
                "Cannot bind query parameter. "
                f"Field '{name}' could not be found in request message."
            )
            problems.append(Problem("", _json_error(f'Unknown name "{name}": {why}')))
            continue
        if len(values) > 1 and not parameter.get("repeated"):
            problems.append(_unknown(name, "Proto field is not repeating, cannot start list."))
        check = _scalar(parameter, name, False)
        for value in values:
            asked: Any = value.lower() if parameter["type"] == "boolean" else value
            problems += [problem.below(snake(name)) for problem in check(asked)]
    return problems


@cache
def _schema(api: Api, name: str, answer: bool) -> Checker:
    """A checker of the messages of this name; they may hold themselves."""
    fields: dict[str, tuple[Checker, str]] = {}
    declared: Json = document(api)["schemas"][name].get("properties", {})
    kind = TYPES + name
    # In Google's own description each kind of request is a field of one `oneof` called kind.
    is_request = api == "sheets.v4" and name == "Request"

    def check(value: Any) -> Problems:
        if not isinstance(value, dict):
            if isinstance(value, list):
                return [_unknown("", "Proto field is not repeating, cannot start list.")]
            return _wrong(kind, value)
        problems: Problems = []
        for key, inner in value.items():
            known = fields.get(key)
            if known is None:
                if key not in declared:
                    problems.append(_unknown(key))
                    continue
                checker = _field(api, declared[key], key, answer)
                known = fields[key] = checker, key if answer else snake(key)
            if inner is None and not answer:
                continue
            if found := known[0](inner):
                problems += [problem.below(known[1]) for problem in found]
        if is_request and not answer and not problems:
            problems += _one_kind(value)
        return problems

    return check


def _one_kind(request: Json) -> Problems:
    set_here = [key for key, value in request.items() if value is not None]
    if not set_here:
        return [Problem("", "Invalid {place}: No request set.")]
    return [
        Problem(
            "",
            f"Invalid value {{at}} (oneof), oneof field 'kind' is already set. Cannot set '{key}'",
        )
        for key in set_here[1:]
    ]


def _field(api: Api, spec: Json, name: str, answer: bool) -> Checker:
    if "$ref" in spec:
        # Asked for late: a message may hold itself.
        return lambda value: _schema(api, spec["$ref"], answer)(value)
    if spec["type"] == "array":
        return _list(_field(api, spec["items"], name, answer))
    if spec["type"] == "object":
        inner = spec.get("additionalProperties")
        return _map(_field(api, inner, name, answer)) if inner else _anything
    if spec["type"] == "any":
        return _anything
    return _scalar(spec, name, answer)


def _anything(_value: Any) -> Problems:
    return _FINE


def _list(check: Checker) -> Checker:
    def checked(value: Any) -> Problems:
        if not isinstance(value, list):
            return _wrong("type.googleapis.com/google.protobuf.ListValue", value)
        problems: Problems = []
        for index, item in enumerate(value):
            if found := check(item):
                problems += [problem.below(f"[{index}]") for problem in found]
        return problems

    return checked


def _map(check: Checker) -> Checker:
    def checked(value: Any) -> Problems:
        if not isinstance(value, dict):
            return _wrong("type.googleapis.com/google.protobuf.Struct", value)
        return [p.below(key) for key, item in value.items() for p in check(item)]

    return checked


def _is_int(value: Any, answer: bool) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, str) and not answer:
        return re.fullmatch(r"-?\d+", value) is not None
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return whole and -(2**31) <= value < 2**31


def _is_number(value: Any, answer: bool) -> bool:
    if isinstance(value, str) and not answer:
        try:
            float(value)
        except ValueError:
            return False
        return True
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_bool(value: Any, answer: bool) -> bool:
    return isinstance(value, bool) or (not answer and value in ("true", "false"))


def _is_text(value: Any, _answer: bool) -> bool:
    return isinstance(value, str)


_SCALARS: dict[str, tuple[str, Callable[[Any, bool], bool]]] = {
    "int32": ("TYPE_INT32", _is_int),
    "integer": ("TYPE_INT32", _is_int),
    "double": ("TYPE_DOUBLE", _is_number),
    "float": ("TYPE_FLOAT", _is_number),
    "number": ("TYPE_DOUBLE", _is_number),
    "boolean": ("TYPE_BOOL", _is_bool),
    "string": ("TYPE_STRING", _is_text),
}


def _scalar(spec: Json, name: str, answer: bool) -> Checker:
    if "enum" in spec:
        return _enum(frozenset(spec["enum"]), name)
    label, fits = _SCALARS.get(spec.get("format", ""), _SCALARS[spec["type"]])
    return lambda value: _FINE if fits(value, answer) else _wrong(label, value)


def _enum(words: frozenset[str], name: str) -> Checker:
    kind = TYPES + _ENUM_TYPES.get(name, name[:1].upper() + name[1:])
    return lambda value: _FINE if value in words else _wrong(kind, value)
