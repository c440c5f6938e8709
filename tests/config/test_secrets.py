"""Secrets come from the environment, a file or the keyring, and are shown nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from keyring.errors import KeyringLocked, NoKeyringError

from certsync.configkeys import GROUPS, SECRET_GROUPS
from certsync.settings import Settings
from tests.config.conftest import InMemory
from tests.config.written import LEAVES, SECRET, SMTP, outcome, problems, read, with_value, write


@dataclass(frozen=True)
class Kind:
    """A config that lacks one secret, the group and key it belongs to, and one that would do."""

    text: str
    group: tuple[str, ...]
    key: str
    value: str
    keyring_user: str = ""

    def given(self, value: str, ending: str = "") -> str:
        """The config with `value` behind the key, or behind its sister of this ending."""
        written = f"[{value}]" if (self.key, ending) == ("urls", "") else value
        return f"{self.text}{'  ' * len(self.group)}{self.key}{ending}: {written}\n"

    def found(self, settings: Settings) -> object:
        """The secret in the settings."""
        value: object = settings
        for step in self.group:
            value = getattr(value, step)
        return getattr(value, self.key)

    def expected(self) -> object:
        """The secret as the settings hold it."""
        return (self.value,) if self.key == "urls" else self.value


CHATS = "workbook: a.xlsx\nalerts:\n  channels: [outbox, {0}]\n  {0}:\n"
KINDS = {
    "password": Kind(SMTP, ("alerts", "smtp"), "password", SECRET, "certs"),
    "client secret": Kind(
        f"{SMTP}    oauth:\n      tenant: agency.example\n      client_id: '1'\n",
        ("alerts", "smtp", "oauth"),
        "client_secret",
        SECRET,
    ),
    "token": Kind(CHATS.format("slack"), ("alerts", "slack"), "token", f"xoxb-{SECRET}", "slack"),
    "webhook": Kind(
        CHATS.format("slack"), ("alerts", "slack"), "webhook", f"https://hooks.example/{SECRET}"
    ),
    "workflow": Kind(
        CHATS.format("teams"), ("alerts", "teams"), "url", f"https://flow.example/?sig={SECRET}"
    ),
    "service": Kind(
        CHATS.format("apprise"), ("alerts", "apprise"), "urls", f"discord://1/{SECRET}"
    ),
    "heartbeat": Kind(
        "workbook: a.xlsx\nheartbeat:\n", ("heartbeat",), "url", f"https://me:{SECRET}@ping.example"
    ),
}
EACH = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


@EACH
def test_the_files_of_secrets_are_known(tmp_path: Path, kind: Kind) -> None:
    """The doctor is told of each, whatever it holds; a secret from elsewhere has no file."""
    (tmp_path / "secret").write_text(kind.value)
    assert read(tmp_path, kind.given("secret", "_file")).secret_files == (
        (tmp_path / "secret").resolve(),
    )


def test_the_key_to_google_is_a_secret_in_a_file(tmp_path: Path) -> None:
    """Whether it is there or not: what needs it says so."""
    found = read(tmp_path, "workbook: a.xlsx\ngoogle:\n  key_file: key.json\n")
    assert found.secret_files == ((tmp_path / "key.json").resolve(),)
    assert read(tmp_path, "workbook: a.xlsx\n").secret_files == ()


def ways(kind: Kind) -> Iterator[str]:
    """The endings of the keys that may name a secret."""
    yield from ("", "_file", "_keyring") if kind.keyring_user else ("", "_file")


def test_the_kinds_here_are_all_there_are() -> None:
    """Whatever the config takes from a file is one of the secrets tested here, or Google's key."""
    files = {(*group, key) for group, keys in GROUPS.items() for key in keys.__annotations__}
    tested = {(*kind.group, f"{kind.key}_file") for kind in KINDS.values()}
    assert {loc for loc in files if loc[-1].endswith("_file")} == tested | {("google", "key_file")}
    rings = {(*kind.group, f"{kind.key}_keyring") for kind in KINDS.values() if kind.keyring_user}
    assert {loc for loc in files if loc[-1].endswith("_keyring")} == rings
    assert all(any(kind.group[: len(g)] == g for g in SECRET_GROUPS) for kind in KINDS.values())


@EACH
def test_a_secret_comes_from_a_variable_a_file_or_the_keyring(
    folder: Path, ring: InMemory, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    """Each way leads to the same settings but for the file, and printing them shows no secret."""
    monkeypatch.setenv("THE_SECRET", kind.value)
    (folder / "secret.txt").write_text(f"{kind.value}\n", encoding="utf-8")
    ring.kept = {("certs-watch", kind.keyring_user): kind.value}
    sources = {"": '"${THE_SECRET}"', "_file": "secret.txt", "_keyring": "certs-watch"}
    loaded = [
        replace(read(folder, kind.given(sources[way], way)), secret_files=()) for way in ways(kind)
    ]
    assert loaded == loaded[:1] * len(loaded)
    assert kind.found(loaded[0]) == kind.expected()
    assert SECRET not in f"{loaded} {loaded!r}"


@EACH
def test_a_secret_that_stands_in_the_config_is_refused(folder: Path, kind: Kind) -> None:
    """One sentence says how to take it from elsewhere, and no more than that."""
    (found,) = problems(write(folder, kind.given(f"'{kind.value}'")))
    assert "does not belong into a config. Write " in found
    assert f"`{kind.key}_file:` with the path of a file." in found
    assert SECRET not in found


@EACH
def test_a_secret_behind_the_wrong_key_is_not_shown(folder: Path, kind: Kind) -> None:
    """Pasted where a path or a service is wanted, or nested too deeply, it stays hidden."""
    wrong = [kind.given(f"'{kind.value}'", way) for way in ways(kind)]
    wrong += [kind.given(f"{{{json.dumps(kind.value)}: x}}", way) for way in ways(kind)]
    wrong += [f"{kind.text}{'  ' * len(kind.group)}? {json.dumps(kind.value)}\n"]
    wrong += [kind.given("", "") + f"{'  ' * len(kind.group)}chanel: '{kind.value}'\n"]
    for text in wrong:
        found = problems(write(folder, text))
        assert found
        assert SECRET not in "".join(found)


@EACH
def test_a_secret_named_twice_is_refused_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    """Of two ways to name one secret nobody could tell which counts."""
    monkeypatch.setenv("THE_SECRET", kind.value)
    text = kind.given('"${THE_SECRET}"')
    for way in list(ways(kind))[1:]:
        both = text + f"{'  ' * len(kind.group)}{kind.key}{way}: nowhere\n"
        (found,) = problems(write(folder, both))
        assert found.endswith(f": `{kind.key}` and `{kind.key}{way}` are both here. Keep one.")


@pytest.mark.parametrize("loc", LEAVES, ids=".".join)
@pytest.mark.parametrize(
    "written", ["${SMTP_PASSWORD}", "x ${SMTP_PASSWORD} x", "[{a: '${SMTP_PASSWORD}'}]"]
)
def test_no_secret_reaches_a_message(folder: Path, loc: tuple[str, ...], written: str) -> None:
    """Whichever key is given the password by mistake, no error text shows it."""
    found = outcome(write(folder, with_value(loc, written)))
    shown = "" if isinstance(found, Settings) else (found, found.problems)
    assert SECRET not in f"{shown} {shown!r}"


@pytest.mark.parametrize("content", [f"{SECRET}\n", f"\ufeff{SECRET}\r\n", SECRET])
def test_a_secret_may_stand_in_a_file(folder: Path, content: str) -> None:
    """`password_file` is relative to the config; the newline at its end is no part of it."""
    (folder / "secrets").mkdir()
    (folder / "secrets" / "smtp.txt").write_bytes(content.encode())
    smtp = read(folder, SMTP + "    password_file: secrets/smtp.txt\n").alerts.smtp
    assert smtp is not None
    assert smtp.password == SECRET


def test_a_file_of_secrets_may_begin_at_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`~/x` is in the home folder, as with any other path."""
    monkeypatch.setenv("HOME", str(folder / "home"))
    monkeypatch.setenv("USERPROFILE", str(folder / "home"))
    (folder / "home").mkdir()
    (folder / "home" / "smtp.txt").write_text(SECRET)
    smtp = read(folder, SMTP + "    password_file: ~/smtp.txt\n").alerts.smtp
    assert smtp is not None
    assert smtp.password == SECRET


def test_a_file_of_services_has_one_on_each_line(folder: Path) -> None:
    """Blank lines and remarks in it count for nothing; one bad line spoils it."""
    text = CHATS.format("apprise") + "    urls_file: services.txt\n"
    services = folder / "services.txt"
    services.write_text("# ours\n\n discord://1/2 \nntfys://agency.example/x\n")
    apprise = read(folder, text).alerts.apprise
    assert apprise is not None
    assert apprise.urls == ("discord://1/2", "ntfys://agency.example/x")
    services.write_text("discord://1/2\nagency.example\n")
    assert problems(folder / "config.yaml") == [
        "5: This is no address of apprise: each begins with its service, such as `discord://`."
    ]
    services.write_text("# none yet\n")
    assert problems(folder / "config.yaml") == [
        "5: The file at this path must hold addresses, each on a line of its own."
    ]


@pytest.mark.parametrize("kind", [k for k in KINDS.values() if k.keyring_user], ids=lambda k: k.key)
def test_what_is_wrong_with_a_keyring_is_explained(
    folder: Path, ring: InMemory, kind: Kind
) -> None:
    """Nothing stored, nothing to read, and whatever error a back end has of its own."""
    path = write(folder, kind.given("certs-watch", "_keyring"))
    nothing = (
        "The keyring holds no such secret. Store it: `keyring set`, followed by this service and "
        "the user."
    )
    for kept in ({}, {("certs-watch", kind.keyring_user): ""}, {("certs-watch", "x"): SECRET}):
        ring.kept = kept
        assert [found.partition(": ")[2] for found in problems(path)] == [nothing]
    for error in (KeyringLocked(SECRET), NoKeyringError(), OSError(SECRET), RuntimeError("D-Bus")):
        ring.broken = error
        assert [found.partition(": ")[2] for found in problems(path)] == [
            "The keyring cannot be read. It must be open to the account that runs certsync: try "
            "`keyring get` under that account."
        ]


EXTRAS = {
    "keyring": SMTP + "    password_keyring: certs-watch\n",
    "msal": KINDS["client secret"].given('"${SMTP_PASSWORD}"'),
    "apprise": CHATS.format("apprise") + '    urls: "json://x/${SMTP_PASSWORD}"\n',
}


@pytest.mark.parametrize("extra", EXTRAS)
def test_a_package_that_is_not_installed_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, extra: str
) -> None:
    """What an optional package is needed for says how to install it, and is sound with it."""
    monkeypatch.setattr(
        "certsync.configsecrets.find_spec", lambda name: None if name == extra else find_spec(name)
    )
    found = problems(write(folder, EXTRAS[extra]))
    assert [problem.partition(": ")[2] for problem in found] == [
        f"This needs a package that is not installed: `pip install 'certsync[{extra}]'`."
    ]


def test_a_config_without_them_needs_no_optional_package(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keyring, msal and apprise are looked for only where the config asks for them."""
    monkeypatch.setattr("certsync.configsecrets.find_spec", lambda name: pytest.fail(name))
    assert read(folder, SMTP + "    password: ${SMTP_PASSWORD}\n").alerts.smtp


BAD_ADDRESSES = [
    "http://agency.example/x",
    "ftp://agency.example",
    "agency.example",
    "https://",
    "https:///x",
    "https://[x",
    "https://agency.example:x",
    "https://agency.example/a b",
    "http://localhost.agency.example",
    "http://127.0.0.1.agency.example",
    "http://user@agency.example@127.0.0.2.example",
]
GOOD_ADDRESSES = [
    "https://agency.example/x?sig=1%20",
    "HTTPS://agency.example",
    "http://localhost:8000/x",
    "http://127.0.0.1:8000",
    "http://[::1]:8000/x",
]


@pytest.mark.parametrize("name", ["webhook", "workflow", "heartbeat"])
@pytest.mark.parametrize("address", BAD_ADDRESSES + GOOD_ADDRESSES)
def test_addresses_are_https(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, address: str
) -> None:
    """Nothing goes out in the clear, except to this computer."""
    monkeypatch.setenv("THE_SECRET", address)
    found = outcome(write(folder, KINDS[name].given("${THE_SECRET}")))
    if address in GOOD_ADDRESSES:
        assert isinstance(found, Settings)
        assert KINDS[name].found(found) == address
    else:
        assert not isinstance(found, Settings)
        assert [problem.message for problem in found.problems] == [
            "This must be an address that begins with https://. One with http:// may only be on "
            "this computer."
        ]
        assert "agency.example" not in str(found)
