"""Secrets a config names: from the environment, a file or this computer's keyring, never its text.

No sentence here shows a value. What stands in the wrong place may be the secret itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from certsync.configfile import Document, Loc, unprintable
from certsync.configvalues import located
from certsync.hosts import is_loopback

LARGEST_FILE = 65_536


@dataclass(frozen=True)
class Secret:
    """A kind of secret: the key that takes it, what people call it, and a name for its variable.

    An `address` is checked as one. `many` may be given, in a file one a line. A `plain` one may
    stand in the config, unless a password is part of it.
    """

    key: str
    what: str
    variable: str
    address: bool = False
    many: bool = False
    plain: bool = False

    @property
    def keys(self) -> tuple[str, str, str]:
        """Every key that may name it: itself, from a file, from the keyring."""
        return self.key, f"{self.key}_file", f"{self.key}_keyring"

    @property
    def example(self) -> str:
        """How to write it."""
        variable = f"${{{self.variable}}}"
        return f'`{self.key}: ["{variable}"]`' if self.many else f"`{self.key}: {variable}`"


PASSWORD = Secret("password", "A password", "SMTP_PASSWORD")
CLIENT_SECRET = Secret("client_secret", "A client secret", "MICROSOFT_SECRET")
TOKEN = Secret("token", "A token", "SLACK_TOKEN")
WEBHOOK = Secret("webhook", "A webhook", "SLACK_WEBHOOK", address=True)
TEAMS_URL = Secret("url", "The address of a workflow", "TEAMS_URL", address=True)
APPRISE_URLS = Secret("urls", "The address of a service", "APPRISE_URL", address=True, many=True)
HEARTBEAT_URL = Secret(
    "url", "An address with a password", "HEARTBEAT_URL", address=True, plain=True
)


def missing(extra: str) -> str | None:
    """What to do about an optional package, which is an extra of its name; None if it is here."""
    if find_spec(extra):
        return None
    return f"This needs a package that is not installed: `pip install 'certsync[{extra}]'`."


class Vault:
    """Reads the secrets that a config names; what is wrong with one goes to the document.

    `files` are those it read one from.
    """

    def __init__(self, document: Document, folder: Path) -> None:
        """`folder` is where relative paths begin."""
        self.files: list[Path] = []
        self._document = document
        self._folder = folder

    def names(self, kind: Secret, here: Loc) -> list[str]:
        """The keys by which the group at `here` names such a secret, be it of use or not."""
        if kind.plain and self._document.written(here):
            return [kind.key]  # the address alone, in place of the group
        return [name for name in kind.keys if self._document.given(*here, name)]

    def one(self, kind: Secret, values: Mapping[str, object], here: Loc, user: str = "") -> str:
        """The secret that the group at `here` names; empty if there is none that can be used."""
        return next(iter(self.all(kind, values, here, user)), "")

    def all(
        self, kind: Secret, values: Mapping[str, object], here: Loc, user: str = ""
    ) -> tuple[str, ...]:
        """Every secret of a kind that the group at `here` names; none if one cannot be used.

        `values` are the sound values of the group, and `user` is whose secret a keyring is asked
        for.
        """
        names = self.names(kind, here)
        if len(names) > 1:
            message = f"`{names[0]}` and `{names[1]}` are both here. Keep one."
            self._document.report(message, (*here, names[0]))
        if len(names) != 1 or names[0] not in values:
            return ()
        name, value = names[0], values[names[0]]
        if name == kind.key:
            found = self._from_config(kind, value, (*here, name))
        elif name.endswith("_file"):
            found = self._from_file(kind, str(value), (*here, name))
        else:
            found = self._from_keyring(str(value), user, (*here, name))
        if not kind.address:
            return found
        addresses = tuple(text.strip() for text in found)
        problems = [problem for text in addresses if (problem := _address_problem(kind, text))]
        for problem in problems:
            self._document.report(problem, (*here, name))
        return () if problems else addresses

    def _from_config(self, kind: Secret, value: object, loc: Loc) -> tuple[str, ...]:
        secrets = value if isinstance(value, list) else [value]
        texts = tuple(s.get_secret_value() for s in secrets if isinstance(s, SecretStr))
        sound = True
        for index, text in enumerate(texts):
            at = (*loc, index) if kind.many else loc
            plain = kind.plain and not re.match("[^/]*//[^/]*@", text)
            if not plain and "${" not in self._document.written(at):
                sound = False
                self._document.report(
                    f"{kind.what} does not belong into a config. Write {kind.example} to take it "
                    f"from the environment, or `{kind.key}_file:` with the path of a file.",
                    at,
                )
        return texts if sound else ()

    def _from_file(self, kind: Secret, name: str, loc: Loc) -> tuple[str, ...]:
        """The text in a file; the newline at its end is no part of it."""
        try:
            path = located(self._folder, name)
            with path.open("rb") as file:
                text = file.read(LARGEST_FILE).decode("utf-8-sig").rstrip("\r\n")
        except FileNotFoundError:
            message = f"There is no file at this path. Paths begin at {self._folder}."
        except (OSError, ValueError):
            message = "The file at this path cannot be read as text."
        else:
            lines = _entries(text) if kind.many else [text]
            if any(lines) and not any(map(unprintable, lines)):
                self.files.append(path)
                return tuple(lines)
            message = (
                "The file at this path must hold addresses, each on a line of its own."
                if kind.many
                else "The file at this path must hold one line of text, the secret alone."
            )
        self._document.report(message, loc)
        return ()

    def _from_keyring(self, service: str, user: str, loc: Loc) -> tuple[str, ...]:
        message = missing("keyring")
        if message is None:
            import keyring

            try:
                value = keyring.get_password(service, user)
            except Exception:
                # Each back end of keyring has errors of its own, and they share no class.
                message = (
                    "The keyring cannot be read. It must be open to the account that runs "
                    "certsync: try `keyring get` under that account."
                )
            else:
                if value and not unprintable(value):
                    return (value,)
                message = (
                    "The keyring holds no such secret. Store it: `keyring set`, followed by "
                    "this service and the user."
                )
        self._document.report(message, loc)
        return ()


def _entries(text: str) -> Sequence[str]:
    """The lines of a text without blank ones and remarks."""
    lines = map(str.strip, text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _address_problem(kind: Secret, text: str) -> str | None:
    """What is wrong with an address; None if it can be used."""
    if kind.many:
        if re.match("[A-Za-z][A-Za-z0-9+.-]*://.", text):
            return None
        return "This is no address of apprise: each begins with its service, such as `discord://`."
    try:
        parts = urlsplit(text)
        host, scheme, _ = parts.hostname or "", parts.scheme, parts.port
    except ValueError:
        host = scheme = ""
    safe = scheme == "https" or (scheme == "http" and is_loopback(host))
    if safe and host and not re.search(r"\s", text):
        return None
    return (
        "This must be an address that begins with https://. One with http:// may only be on this "
        "computer."
    )
