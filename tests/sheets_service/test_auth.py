"""google-auth's own exchange of a signed key for a token, over the socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt
from google.auth.crypt import RSASigner
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2.service_account import Credentials

from tests.sheets_service.auth import GRANT, SCOPES
from tests.sheets_service.model import Book, Sheet
from tests.sheets_service.service import SheetsService

VALUES = "/v4/spreadsheets/agency/values/A1"
WANTED = (SCOPES + "spreadsheets",)


@pytest.fixture
def service() -> Iterator[SheetsService]:
    """A service with one shared spreadsheet."""
    with SheetsService() as running:
        running.add(Book("agency", "Agency", sheets=[Sheet(0, "People")]))
        yield running


def credentials(key: dict[str, Any], scopes: tuple[str, ...] = WANTED, **more: str) -> Any:
    """What google-auth makes of a key; it is untyped."""
    made: Any = Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
        key, scopes=list(scopes), **more
    )
    return made


def authorized(key: dict[str, Any]) -> Any:
    """google-auth's session of a key; it is untyped too."""
    return AuthorizedSession(credentials(key))  # type: ignore[no-untyped-call]


def exchanged(made: Any) -> Any:
    """The same with a token, through a session that is closed again."""
    with requests.Session() as session:
        made.refresh(Request(session))
    return made


def refused(made: Any) -> str:
    """What google-auth says when it gets none."""
    with pytest.raises(RefreshError) as caught:
        exchanged(made)
    return str(caught.value.args[0])


def test_a_key_opens_a_session(service: SheetsService, tmp_path: Path) -> None:
    """A key file is exchanged once, and its token used for what follows."""
    key = json.loads(service.key_file(tmp_path / "key.json").read_text())
    with authorized(key) as session:
        assert [session.get(service.url + VALUES).status_code for _ in range(3)] == [200] * 3
    assert (service.calls("token"), service.calls("sheets")) == (1, 3)


def test_another_key_signs_nothing(service: SheetsService) -> None:
    """A signature is checked with the public half of the key that was given out."""
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    key = service.key() | {"private_key": other.decode()}
    assert refused(credentials(key)) == "invalid_grant: Invalid JWT Signature."


def test_a_deleted_key_signs_nothing(service: SheetsService) -> None:
    """A key deleted in the console is no longer one; a new one is."""
    old = service.key()
    service.delete_key()
    assert refused(credentials(old)) == "invalid_grant: Invalid JWT Signature."
    assert exchanged(credentials(service.key())).token


def test_an_account_that_is_gone(service: SheetsService) -> None:
    """Google knows no account of this name any more."""
    key = service.key()
    service.delete_account()
    assert refused(credentials(key)) == "invalid_grant: Invalid grant: account not found"


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_wrong_clock_gets_no_token(service: SheetsService, hours: int) -> None:
    """A JWT of the past or the future is refused, with the words people search for."""
    real = service.clock
    service.clock = lambda: real() + hours * 3600
    assert refused(credentials(service.key())) == (
        "invalid_grant: Invalid JWT: Token must be a short-lived token (60 minutes) and in a "
        "reasonable timeframe. Check your iat and exp values in the JWT claim."
    )


def test_a_clock_a_minute_off_is_borne(service: SheetsService) -> None:
    """Small differences between clocks do not matter."""
    real = service.clock
    service.clock = lambda: real() - 60
    assert exchanged(credentials(service.key())).valid


def test_a_key_for_another_endpoint(service: SheetsService) -> None:
    """The audience must be this endpoint, or Google's, which google-auth names."""
    key, now = service.key(), int(service.clock())
    times = {"iat": now, "exp": now + 3600, "iss": key["client_email"], "scope": WANTED[0]}
    signer: Any = RSASigner.from_service_account_info(key)  # type: ignore[no-untyped-call]
    signed = jwt.encode(signer, {**times, "aud": "https://example.com"})  # type: ignore[no-untyped-call]
    form = urlencode({"grant_type": GRANT, "assertion": signed}).encode()
    status, _, body = service.handle("POST", "/token", {}, form)
    said = {"error": "invalid_grant", "error_description": "Invalid JWT: Failed audience check."}
    assert (status, json.loads(body)) == (400, said)


def test_scopes_must_be_scopes(service: SheetsService) -> None:
    """A word that is no scope is refused at the exchange already."""
    said = refused(credentials(service.key(), ("spreadsheets",)))
    assert said == "invalid_scope: Invalid OAuth scope or ID token audience provided."


def test_nobody_is_impersonated(service: SheetsService) -> None:
    """Without domain-wide delegation a service account speaks for itself only."""
    said = refused(credentials(service.key(), subject="ada@example.com"))
    assert said.startswith("unauthorized_client: Client is unauthorized to retrieve access tokens")


def test_an_expired_token_is_renewed(service: SheetsService) -> None:
    """The first answer is 401 in Google's form; google-auth then gets another token."""
    with authorized(service.key()) as session:
        session.get(service.url + VALUES)
        service.expire_tokens()
        assert session.get(service.url + VALUES).status_code == 200
    codes = [(call.kind, call.status) for call in service.log]
    assert codes[2:] == [("sheets", 401), ("token", 200), ("sheets", 200)]


def test_a_token_lasts_an_hour(service: SheetsService) -> None:
    """After that its bearer is told so."""
    now = service.clock()
    service.clock = lambda: now
    headers = {"Authorization": f"Bearer {service.token()}"}
    assert service.handle("GET", VALUES, headers)[0] == 200
    now += 3601
    status, answered, body = service.handle("GET", VALUES, headers)
    error = json.loads(body)["error"]
    assert (status, error["status"]) == (401, "UNAUTHENTICATED")
    assert error["message"].startswith("Request had invalid authentication credentials.")
    assert 'error="invalid_token"' in answered["WWW-Authenticate"]


def test_nobody_is_not_let_in(service: SheetsService) -> None:
    """A request without a token is 403, as a request without any identity."""
    status, _, body = service.handle("GET", VALUES, {})
    assert (status, json.loads(body)["error"]["status"]) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (b"grant_type=password", "unsupported_grant_type"),
        (b"", "unsupported_grant_type"),
        (b"grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=a.b", "invalid_grant"),
    ],
)
def test_what_is_no_grant_is_refused(service: SheetsService, form: bytes, said: str) -> None:
    """Only a signed JWT is exchanged."""
    status, _, body = service.handle("POST", "/token", {}, form)
    assert (status, json.loads(body)["error"]) == (400, said)
