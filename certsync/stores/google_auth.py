"""Who certsync is to Google: a service-account key, or the computer's own sign-in."""

from __future__ import annotations

import json
import os
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import google.auth
from google.auth import exceptions
from google.auth.credentials import Credentials
from google.oauth2 import service_account

from certsync.errors import WorkbookRefused
from certsync.hosts import is_loopback

SCOPE = "https://www.googleapis.com/auth/spreadsheets"
"""All that is asked for: reading and writing spreadsheets shared with the account, no Drive."""

_VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
_LARGEST_KEY = 1_000_000
MAKE_A_KEY = (
    "Make a key of a service account: console.cloud.google.com > IAM & Admin > Service Accounts > "
    "the account > Keys > Add key > JSON."
)
_DOWNLOAD_AGAIN = f"Take the file as it was downloaded. {MAKE_A_KEY}"


@dataclass(frozen=True)
class GoogleKey:
    """What the config says: a file, or the JSON itself; neither means the computer's sign-in."""

    file: Path | None = None
    text: str | None = field(default=None, repr=False)


def credentials(key: GoogleKey) -> tuple[Credentials, str | None]:
    """Credentials for spreadsheets alone, and the address to share a spreadsheet with.

    The address is None where a person is signed in. No message holds any part of the key.

    Raises:
        WorkbookRefused: The key is missing, of the wrong kind or damaged.
    """
    if key.file is None and key.text is None:
        return _default()
    if key.file is None:
        return _service_account("google.key", _decoded("google.key", key.text or ""))
    if not _may_be_path(str(key.file)):
        reason = "this is no path; it looks like the key itself"
        raise WorkbookRefused("google.key_file", reason, "Put the path of the key file there.")
    where = f"google.key_file {key.file}"
    return _service_account(where, _decoded(where, _content(where, key.file)))


def _may_be_path(text: str) -> bool:
    """Whether a text can be shown as a path: a key put there by mistake is shown nowhere."""
    return text.isprintable() and len(text) < 1000 and not re.search(r"\"|-----|AIza", text)


def _content(where: str, path: Path) -> str:
    try:
        if not path.exists():
            raise WorkbookRefused(where, "there is no such file", "Put the right path there.")
        if not path.is_file():
            raise WorkbookRefused(where, "this is no file", "Put the path of the key file there.")
        with path.open("rb") as file:
            data = file.read(_LARGEST_KEY)
    except OSError as error:
        reason = f"it cannot be read ({error.strerror})"
        raise WorkbookRefused(where, reason, "Let the user that runs certsync read it.") from None
    if data[:2] == b"\x30\x82":
        raise WorkbookRefused(where, "this is a P12 key, and certsync needs JSON", MAKE_A_KEY)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise WorkbookRefused(where, "this is no JSON key file", _DOWNLOAD_AGAIN) from None


_NOT_JSON: tuple[tuple[str, str, str], ...] = (
    (r"$", "it is empty", _DOWNLOAD_AGAIN),
    (
        r"AIza[\w-]{20,}$",
        "this is an API key, which can open public spreadsheets only",
        MAKE_A_KEY,
    ),
    (r"-----BEGIN", "this is the private key alone, not the whole JSON", _DOWNLOAD_AGAIN),
    (r"<", "this is a web page, not a key", _DOWNLOAD_AGAIN),
    (
        r"[\w.~:/\\ -]{1,300}\.(?:json|JSON)$",
        "this is the path of a file, not what the file holds",
        "Put the path after `key_file:` instead.",
    ),
)


def _decoded(where: str, text: str) -> Mapping[str, Any]:
    text = text.lstrip("\ufeff").strip()
    try:
        # Lenient: a shell may have made real line ends of the \n in the private key.
        info = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        for pattern, reason, remedy in _NOT_JSON:
            if re.match(pattern, text):
                raise WorkbookRefused(where, reason, remedy) from None
        if text.startswith("{") and not text.endswith("}"):
            reason = "the key breaks off in the middle"
        else:
            reason = "this is no sound JSON: characters were lost, added or quoted on the way"
        raise WorkbookRefused(where, reason, _DOWNLOAD_AGAIN) from None
    if not isinstance(info, dict):
        raise WorkbookRefused(where, "this is JSON, but no key", MAKE_A_KEY)
    return info


_WRONG_KIND: Mapping[str, tuple[str, str]] = {
    "authorized_user": (
        "this is the sign-in of a person (authorized_user), not a service account's key",
        f"Leave the key out of the config to use the sign-in of this computer. Or: {MAKE_A_KEY}",
    ),
    "external_account": (
        "this describes a federated account (external_account), not a service account's key",
        f"Leave the key out of the config and set {_VARIABLE} to this file.",
    ),
    "impersonated_service_account": (
        "this describes an impersonated account, not a service account's key",
        f"Leave the key out of the config and set {_VARIABLE} to this file.",
    ),
}
_NEEDED = ("client_email", "private_key", "token_uri")


def _service_account(where: str, info: Mapping[str, Any]) -> tuple[Credentials, str]:
    kind = str(info.get("type", ""))
    if "installed" in info or "web" in info:
        reason = "this is an OAuth client, not the key of a service account"
        raise WorkbookRefused(where, reason, MAKE_A_KEY)
    if kind in _WRONG_KIND:
        raise WorkbookRefused(where, *_WRONG_KIND[kind])
    if kind != "service_account":
        raise WorkbookRefused(where, "this is not the key of a service account", MAKE_A_KEY)
    if missing := [name for name in _NEEDED if not str(info.get(name) or "").strip()]:
        raise WorkbookRefused(where, f"the key lacks {' and '.join(missing)}", _DOWNLOAD_AGAIN)
    token_uri = urlsplit(str(info["token_uri"]))
    if token_uri.scheme != "https" and not is_loopback(token_uri.hostname):
        raise WorkbookRefused(where, "its token_uri is not a secure address", _DOWNLOAD_AGAIN)
    # A variable written with \\n holds a backslash and an n where a line ends.
    private_key = str(info["private_key"]).replace("\\n", "\n")
    try:
        # google-auth says it is typed, and leaves most functions without annotations.
        made: Credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
            {**info, "private_key": private_key}, scopes=[SCOPE]
        )
    except (ValueError, TypeError, exceptions.GoogleAuthError):
        raise WorkbookRefused(where, _damage(private_key), _DOWNLOAD_AGAIN) from None
    return made, str(info["client_email"])


def _damage(private_key: str) -> str:
    if "-----BEGIN" not in private_key or "-----END" not in private_key:
        return "its private_key is cut off"
    if private_key.strip().count("\n") < 3:
        return "its private_key has lost its line ends (\\n), as in an environment variable"
    return "its private_key is damaged"


LOG_IN = (
    "Run `gcloud auth application-default login --scopes="
    f"https://www.googleapis.com/auth/cloud-platform,{SCOPE}`, "
    f"or set google.key_file. {MAKE_A_KEY}"
)


def _default() -> tuple[Credentials, str | None]:
    where = "Google sign-in"
    named = os.environ.get(_VARIABLE, "")
    # What stands in the variable is never shown: it may be the key itself, put there by mistake.
    if named and not (_may_be_path(named) and Path(named).is_file()):
        reason = f"{_VARIABLE} does not name a file"
        raise WorkbookRefused(where, reason, "Set it to the path of the key file.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made, _ = google.auth.default(scopes=[SCOPE])
    except (exceptions.GoogleAuthError, OSError, ValueError, TypeError, AttributeError):
        if named:
            reason = f"the file that {_VARIABLE} names is no key that Google's library can use"
            raise WorkbookRefused(where, reason, _DOWNLOAD_AGAIN) from None
        reason = "the config names no key, and this computer is not signed in to Google"
        raise WorkbookRefused(where, reason, LOG_IN) from None
    address = str(getattr(made, "service_account_email", "") or "")
    return made, address if "@" in address else None
