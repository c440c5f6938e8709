"""Service-account keys, the exchange of a signed JWT for an access token, and those tokens."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.sheets_service.model import GoogleError

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPES = "https://www.googleapis.com/auth/"
LIFETIME = 3600
SKEW = 300
"""How far, in seconds, Google lets the client's clock be off."""

GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token"

BAD_TIME = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)


class TokenRefused(Exception):
    """What the token endpoint answers instead of a token."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.status = status
        self.body = {"error": error, "error_description": description}


@cache
def private_key() -> rsa.RSAPrivateKey:
    """The one key of this process; making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def private_pem() -> str:
    """The same, as it stands in a key file."""
    return (
        private_key()
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


@dataclass(frozen=True)
class Token:
    """An access token and what it allows."""

    email: str
    scopes: frozenset[str]
    expires: float


@dataclass
class Tokens:
    """The accounts Google knows, their keys, and the tokens that were given out."""

    clock: Callable[[], float]
    _keys: dict[str, str] = field(default_factory=dict)
    _tokens: dict[str, Token] = field(default_factory=dict)

    def key(self, email: str, token_uri: str) -> dict[str, Any]:
        """A key file of this account, as Google gives it out."""
        key_id = self._keys.setdefault(email, secrets.token_hex(20))
        name, _, domain = email.partition("@")
        return {
            "type": "service_account",
            "project_id": domain.split(".", maxsplit=1)[0],
            "private_key_id": key_id,
            "private_key": private_pem(),
            "client_email": email,
            "client_id": str(100000000000000000000 + len(self._keys)),
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": token_uri,
            "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
            "client_x509_cert_url": (
                f"https://www.googleapis.com/robot/v1/metadata/x509/{name}%40{domain}"
            ),
            "universe_domain": "googleapis.com",
        }

    def delete_key(self, email: str) -> None:
        """The keys given out so far sign nothing any more; the account stays."""
        self._keys[email] = secrets.token_hex(20)

    def delete_account(self, email: str) -> None:
        """Nobody of this name any more; its tokens end too."""
        self._keys.pop(email, None)
        self._tokens = {k: t for k, t in self._tokens.items() if t.email != email}

    def issue(self, email: str, scopes: frozenset[str], seconds: float = LIFETIME) -> str:
        """A new access token."""
        name = f"ya29.c.{secrets.token_urlsafe(40)}"
        self._tokens[name] = Token(email, scopes, self.clock() + seconds)
        return name

    def expire(self) -> None:
        """Every token given out so far has had its time."""
        self._tokens.clear()

    def exchange(self, body: bytes, audiences: tuple[str, ...]) -> dict[str, Any]:
        """What the token endpoint answers. Raises TokenRefused."""
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if form.get("grant_type") != GRANT:
            raise TokenRefused(
                "unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type', '')}"
            )
        header, claims, signed, signature = _parts(form.get("assertion", ""))
        email = str(claims.get("iss", ""))
        if email not in self._keys:
            raise TokenRefused("invalid_grant", "Invalid grant: account not found")
        if header.get("alg") != "RS256" or header.get("kid", "") != self._keys[email]:
            raise TokenRefused("invalid_grant", "Invalid JWT Signature.")
        try:
            private_key().public_key().verify(
                signature, signed, padding.PKCS1v15(), hashes.SHA256()
            )
        except InvalidSignature:
            raise TokenRefused("invalid_grant", "Invalid JWT Signature.") from None
        if claims.get("aud") not in audiences:
            raise TokenRefused("invalid_grant", "Invalid JWT: Failed audience check.")
        self._check_time(claims)
        if claims.get("sub", email) != email:
            raise TokenRefused(
                "unauthorized_client",
                "Client is unauthorized to retrieve access tokens using this method, or client "
                "not authorized for any of the scopes requested.",
                401,
            )
        scopes = frozenset(str(claims.get("scope", "")).split())
        if not scopes or not all(scope.startswith("https://") for scope in scopes):
            raise TokenRefused(
                "invalid_scope", "Invalid OAuth scope or ID token audience provided."
            )
        # Google pads with dots so that clients do not count on a length; and says 3599.
        return {
            "access_token": self.issue(email, scopes),
            "expires_in": LIFETIME - 1,
            "token_type": "Bearer",
        }

    def _check_time(self, claims: Mapping[str, Any]) -> None:
        begins, ends, now = claims.get("iat"), claims.get("exp"), self.clock()
        if not isinstance(begins, int) or not isinstance(ends, int):
            raise TokenRefused("invalid_grant", BAD_TIME)
        if ends - begins > LIFETIME or ends <= begins or begins > now + SKEW or ends < now - SKEW:
            raise TokenRefused("invalid_grant", BAD_TIME)

    def bearer(self, headers: Mapping[str, str]) -> Token:
        """Who makes this request. Raises GoogleError as Google does for nobody."""
        kind, _, name = headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not name:
            raise GoogleError(
                403,
                "PERMISSION_DENIED",
                "Method doesn't allow unregistered callers (callers without established "
                "identity). Please use API Key or other form of API consumer identity to call "
                "this API.",
            )
        token = self._tokens.get(name)
        if token is None or token.expires <= self.clock():
            raise unauthenticated()
        return token


def unauthenticated(service: str = "sheets.googleapis.com") -> GoogleError:
    """401 for a token that is no longer, or never was, one."""
    return GoogleError(
        401,
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login "
        "cookie or other valid authentication credential. See "
        "https://developers.google.com/identity/sign-in/web/devconsole-project.",
        [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "ACCESS_TOKEN_EXPIRED",
                "domain": "googleapis.com",
                "metadata": {"service": service},
            }
        ],
    )


def scope_insufficient(service: str, method: str) -> GoogleError:
    """403 for a token without the scope that this method asks for."""
    return GoogleError(
        403,
        "PERMISSION_DENIED",
        "Request had insufficient authentication scopes.",
        [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
                "domain": "googleapis.com",
                "metadata": {"service": service, "method": method},
            }
        ],
    )


def _parts(assertion: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """Header, claims, what is signed, and the signature."""
    try:
        header, claims, signature = assertion.split(".")
        read_header, read_claims = json.loads(_decoded(header)), json.loads(_decoded(claims))
        if not isinstance(read_header, dict) or not isinstance(read_claims, dict):
            raise ValueError
        return read_header, read_claims, f"{header}.{claims}".encode(), _decoded(signature)
    except ValueError:
        raise TokenRefused("invalid_grant", "Bad Request") from None


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
