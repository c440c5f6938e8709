"""Keys of Google: the right one works, each wrong one is named, and none is ever shown."""

from __future__ import annotations

import json
import traceback
from pathlib import Path

import pytest
from google.auth import exceptions
from google.auth.credentials import Credentials
from google.oauth2 import credentials as user
from google.oauth2 import service_account

from certsync.errors import WorkbookRefused
from certsync.stores.google_auth import SCOPE, GoogleKey, credentials
from tests.stores.scripted import BOT, key_info, private_key

KEY = json.dumps(key_info(), indent=2)
PERSON = {
    "type": "authorized_user",
    "client_id": "1.apps.googleusercontent.com",
    "client_secret": "GOCSPX-s3cret",
    "refresh_token": "1//0s3cret",
}
CLIENT = {
    "installed": {
        "client_id": "1.apps.googleusercontent.com",
        "client_secret": "GOCSPX-s3cret",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
}


def changed(**changes: str) -> str:
    """A key with some fields replaced; an empty one is left out."""
    return json.dumps({k: v for k, v in {**key_info(), **changes}.items() if v})


WRONG = {
    "empty": ("", "it is empty"),
    "spaces": ("  \n", "it is empty"),
    "truncated": (KEY[:700], "breaks off in the middle"),
    "quotes lost": (KEY.replace('"', ""), "no sound JSON"),
    "quotes of a shell": (f"'{KEY}'", "no sound JSON"),
    "a list": ("[1, 2]", "JSON, but no key"),
    "API key": ("AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY", "an API key"),
    "PEM alone": (private_key(), "the private key alone"),
    "web page": ("<!DOCTYPE html><html></html>", "a web page"),
    "path": ("/home/me/keys/certsync-key.json", "the path of a file"),
    "OAuth client": (json.dumps(CLIENT), "an OAuth client"),
    "web client": (json.dumps({"web": CLIENT["installed"]}), "an OAuth client"),
    "person": (json.dumps(PERSON), "the sign-in of a person"),
    "federated": (json.dumps({"type": "external_account"}), "federated account"),
    "other JSON": ('{"name": "package"}', "not the key of a service account"),
    "no address": (changed(client_email=""), "lacks client_email"),
    "two gone": (changed(client_email="", token_uri=""), "lacks client_email and token_uri"),
    "line ends lost": (changed(private_key=private_key().replace("\n", "n")), "lost its line ends"),
    "key cut off": (changed(private_key=private_key()[:400]), "private_key is cut off"),
    "key damaged": (changed(private_key=private_key().replace("A", "B")), "is damaged"),
    "public key": (
        changed(private_key=private_key().replace("PRIVATE", "PUBLIC")),
        "is damaged",
    ),
    "token elsewhere": (changed(token_uri="http://example.com/token"), "not a secure address"),
}


def test_a_key_from_the_environment_gives_the_address_to_share_with() -> None:
    """The scope is spreadsheets alone: no Drive, no other file of anybody."""
    made, address = credentials(GoogleKey(text=KEY))
    assert isinstance(made, service_account.Credentials)
    assert address == BOT
    assert made.scopes == [SCOPE] == ["https://www.googleapis.com/auth/spreadsheets"]


@pytest.mark.parametrize(
    "text",
    [
        KEY.replace("\\n", "\n"),
        json.dumps({**key_info(), "private_key": private_key().replace("\n", "\\n")}),
        changed(private_key=private_key().replace("\n", " ")),
        changed(private_key=private_key().replace("\n", "")),
        f"\ufeff{KEY}\n",
    ],
    ids=["real line ends", "doubled backslashes", "spaces", "nothing", "byte order mark"],
)
def test_a_key_that_a_shell_has_bent_still_works(text: str) -> None:
    """What can be read without a guess is read."""
    assert credentials(GoogleKey(text=text))[1] == BOT


def test_a_key_file_works(tmp_path: Path) -> None:
    """A file saved by an editor of Windows begins with a byte order mark."""
    file = tmp_path / "key.json"
    file.write_text(KEY, encoding="utf-8-sig")
    assert credentials(GoogleKey(file=file))[1] == BOT


@pytest.mark.parametrize(("text", "reason"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_key_is_named(text: str, reason: str, tmp_path: Path) -> None:
    """The same sentence for a file as for a variable, with what to do."""
    file = tmp_path / "key.json"
    file.write_text(text)
    for key, where in ((GoogleKey(text=text), "google.key: "), (GoogleKey(file=file), str(file))):
        with pytest.raises(WorkbookRefused, match=reason) as caught:
            credentials(key)
        assert where in str(caught.value)
        assert str(caught.value).endswith(".")


@pytest.mark.parametrize("text", [text for text, _ in WRONG.values()], ids=WRONG.keys())
def test_no_message_holds_a_part_of_a_key(text: str) -> None:
    """Not the sentence, not the traceback with what it was raised from, not the repr of the key."""
    key = GoogleKey(text=text)
    with pytest.raises(WorkbookRefused) as caught:
        credentials(key)
    shown = "".join(traceback.format_exception(caught.value)) + repr(key) + repr(caught.value)
    secrets = [*private_key().split("\n")[1:-2], "s3cret", "AIzaSyD", "abc123"]
    assert [secret for secret in secrets if secret in shown] == []


def test_a_key_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Not there, a folder, an old P12 key, no text."""
    with pytest.raises(WorkbookRefused, match="there is no such file"):
        credentials(GoogleKey(file=tmp_path / "gone.json"))
    with pytest.raises(WorkbookRefused, match="this is no file"):
        credentials(GoogleKey(file=tmp_path))
    file = tmp_path / "key.p12"
    file.write_bytes(b"\x30\x82\x09\x00")
    with pytest.raises(WorkbookRefused, match="a P12 key"):
        credentials(GoogleKey(file=file))
    file.write_bytes(b"\xff\x00\xfe")
    with pytest.raises(WorkbookRefused, match="no JSON key file"):
        credentials(GoogleKey(file=file))


def test_a_key_file_that_may_not_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's reason stands in the sentence."""
    file = tmp_path / "key.json"
    file.write_text(KEY)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(WorkbookRefused, match=r"cannot be read \(Permission denied\)"):
        credentials(GoogleKey(file=file))


# The sign-in of the computer


def test_the_sign_in_of_the_computer_may_be_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that GOOGLE_APPLICATION_CREDENTIALS names has an address to share with."""
    file = tmp_path / "key.json"
    file.write_text(KEY)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    made, address = credentials(GoogleKey())
    assert isinstance(made, service_account.Credentials)
    assert (address, made.scopes) == (BOT, [SCOPE])


def test_a_person_who_is_signed_in_has_no_address_to_share_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The spreadsheet is their own."""
    file = tmp_path / "adc.json"
    file.write_text(json.dumps(PERSON))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    made, address = credentials(GoogleKey())
    assert isinstance(made, user.Credentials)
    assert address is None


@pytest.mark.parametrize("text", [KEY[:500], "{}", "[]", json.dumps(CLIENT)])
def test_a_wrong_sign_in_of_the_computer_is_told(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable is named, the content is not."""
    file = tmp_path / "adc.json"
    file.write_text(text)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    with pytest.raises(WorkbookRefused, match="GOOGLE_APPLICATION_CREDENTIALS names is no key"):
        credentials(GoogleKey())


def test_a_key_put_into_the_variable_for_a_path_is_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Google's library would print it as the name of a file that is not there."""
    for text in (KEY, KEY.replace("\n", " "), private_key(), KEY[:100]):
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", text)
        with pytest.raises(WorkbookRefused, match="does not name a file") as caught:
            credentials(GoogleKey())
        shown = "".join(traceback.format_exception(caught.value))
        assert "PRIVATE" not in shown
        assert "abc123" not in shown


def test_a_key_put_after_key_file_is_not_shown() -> None:
    """A path stands in the sentence; what is none does not."""
    for text in (KEY, KEY.replace("\n", " "), private_key(), KEY[:100]):
        with pytest.raises(WorkbookRefused, match="looks like the key itself") as caught:
            credentials(GoogleKey(file=Path(text)))
        shown = "".join(traceback.format_exception(caught.value))
        assert "PRIVATE" not in shown
        assert "abc123" not in shown


def test_a_computer_that_is_not_signed_in_is_told_both_ways_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Sign in with the right scope, or name a key."""

    def nobody(**_: object) -> tuple[Credentials, None]:
        raise exceptions.DefaultCredentialsError

    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setattr("google.auth.default", nobody)
    with pytest.raises(WorkbookRefused) as caught:
        credentials(GoogleKey())
    assert "gcloud auth application-default login --scopes=" in str(caught.value)
    assert SCOPE in str(caught.value)
    assert "google.key_file" in str(caught.value)
