"""certsync on a spreadsheet as a person runs it: a process, a real socket, Google's sign-in."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import tab, workbook
from tests.sheets_service.auth import private_pem
from tests.sheets_service.load import from_snapshot, from_xlsx
from tests.sheets_service.model import Book
from tests.sheets_service.service import ACCOUNT, OWNER, Fault, SheetsService
from tests.system.program import ROOT, Ran, certsync, tree, watched

SAMPLE = ROOT / "sample_workbook.xlsx"
ID = "1AbCdEfGhIjKlMnOpQrStUvWxYz012345678"
URL = f"https://docs.google.com/spreadsheets/d/{ID}/edit"
CERTIFICATIONS = 1_007
"""The tab's id, as `from_xlsx` gives it."""

DAY = "as_of: 2026-03-16\n"
PEOPLE = "people:\n  coordinator: Ruth <ruth@a.example>\n"
KEY_FILE = "google:\n  key_file: key.json\n"
SECRETS = ("PRIVATE KEY", "ya29.", "eyJ0eXAi", *private_pem().splitlines()[1:-1])
"""What nobody may see: the key, tokens, and the signed claims that fetch them."""


@dataclass(frozen=True)
class Desk:
    """A person's folder with a config and a key, and the Google that the program talks to."""

    folder: Path
    service: SheetsService

    def config(self, *parts: str, workbook: str = URL) -> None:
        """Write the config: the workbook, and these parts below it."""
        text = f"workbook: {workbook}\n" + "".join(parts)
        (self.folder / "config.yaml").write_text(text, encoding="utf-8")

    def run(self, *arguments: str, **env: str) -> Ran:
        """Run the program; whatever it says or leaves behind holds no secret."""
        ran = certsync(
            *arguments, cwd=self.folder, env={"CERTSYNC_SHEETS_URL": self.service.url, **env}
        )
        told = [ran.out, ran.err]
        told += [path.read_bytes().decode("latin-1") for path in self._left()]
        assert [(secret, text) for secret in SECRETS for text in told if secret in text] == []
        return ran

    def _left(self) -> list[Path]:
        own = self.folder / "key.json"
        return [path for path in self.folder.rglob("*") if path.is_file() and path != own]

    @property
    def book(self) -> Book:
        """The spreadsheet as it stands."""
        return self.service.book(ID)

    @property
    def mails(self) -> list[Path]:
        """What went out."""
        return sorted(self.folder.rglob("*.eml"))


@pytest.fixture(scope="module")
def sample() -> Book:
    """The sample workbook as Google Sheets imports it."""
    return replace(from_xlsx(SAMPLE, id=ID), title="agency.xlsx")


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A key in a folder, and a Google without a spreadsheet."""
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "CERTSYNC_CONFIG", "CERTSYNC_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "desk"
    folder.mkdir()
    with SheetsService() as service:
        service.key_file(folder / "key.json")
        yield Desk(folder, service)


@pytest.fixture
def desk(empty: Desk, sample: Book) -> Desk:
    """The sample, shared with the account whose key is in the folder."""
    empty.service.add(sample.copy())
    empty.config(DAY, PEOPLE, KEY_FILE)
    return empty


def words(ran: Ran) -> str:
    """All a command said, however its lines were broken."""
    return " ".join((ran.out + ran.err).split())


def test_a_run_says_the_same_of_a_spreadsheet_and_of_a_file(desk: Desk, tmp_path: Path) -> None:
    """Eight requests and one sign-in; a second run makes two and changes and sends nothing."""
    told = f"{DAY}{PEOPLE}timezone: Etc/GMT\ndate_order: MDY\n"
    desk.config(told, KEY_FILE)
    first = desk.run("run", "--json")
    assert first.code == 0, first.err
    assert (desk.service.calls("sheets"), desk.service.calls("token")) == (8, 1)
    assert desk.service.calls("drive") == 0
    assert [sheet.title for sheet in desk.book.sheets][:3] == [
        "Dashboard",
        "Alert Log",
        "Team Members",
    ]

    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(SAMPLE, other / "agency.xlsx")
    (other / "config.yaml").write_text(f"workbook: agency.xlsx\n{told}")
    file = certsync("run", "--json", cwd=other)
    assert file.code == 0, file.err
    # An alert names the file its mail lies in.
    assert first.out.replace(str(desk.folder), "") == file.out.replace(str(other), "")

    before, mails = desk.book.copy(), tree(desk.folder / "outbox")
    desk.service.clear_log()
    second = desk.run("run", "--json")
    assert second.code == 0, second.err
    assert (desk.service.calls("read"), desk.service.calls("write")) == (2, 0)
    assert second.json["writes"] == {"cells": 0, "tabs": [], "skipped": None}
    assert [a for a in second.json["alerts"] if a["state"] == "sent"] == []
    assert desk.book == before
    assert tree(desk.folder / "outbox") == mails


def test_a_run_shows_the_title_and_the_address(desk: Desk) -> None:
    """The first line names the spreadsheet, the last one the page to open."""
    ran = desk.run("run")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("certsync  agency.xlsx  as of Monday, 16 Mar 2026")
    assert f"and the tabs Dashboard and Alert Log into {URL} in " in words(ran)


def test_check_takes_the_key_from_the_environment(desk: Desk) -> None:
    """The JSON itself in a variable; the planted mistakes are found with code 5."""
    key = (desk.folder / "key.json").read_text()
    (desk.folder / "key.json").unlink()
    desk.config(DAY, "google:\n  key: ${GOOGLE_KEY}\n")
    before = desk.book.copy()
    ran = desk.run("check", GOOGLE_KEY=key)
    assert ran.code == 5, ran.err
    assert "Certifications!F113 The expiration date is empty." in words(ran)
    assert (desk.service.calls("read"), desk.service.calls("write")) == (2, 0)
    assert desk.book == before


def test_a_dry_run_changes_nothing_with_the_computers_own_sign_in(desk: Desk) -> None:
    """Application-default credentials; nothing is written, in the spreadsheet or the folder."""
    desk.config(DAY, PEOPLE)
    before, files = desk.book.copy(), tree(desk.folder)
    key_file = str(desk.folder / "key.json")
    ran = desk.run("run", "--dry-run", GOOGLE_APPLICATION_CREDENTIALS=key_file)
    assert ran.code == 0, ran.err
    assert f"and the tabs Dashboard and Alert Log into {URL}." in words(ran)
    assert (desk.service.calls("read"), desk.service.calls("write")) == (2, 0)
    assert desk.book == before
    assert tree(desk.folder) == files


def test_doctor_says_that_the_set_up_works(desk: Desk) -> None:
    """Each thing that was tried is told with ok, and nothing is changed, not even a mark left."""
    desk.service.edit(ID, {"updateCells": entry(112, 5, {"stringValue": "does not expire"})})
    before, files = desk.book.copy(), tree(desk.folder)
    ran = desk.run("doctor")
    assert ran.code == 0, ran.err
    assert [line.split()[:2] for line in ran.out.splitlines() if line.startswith("  ok ")] == [
        ["ok", "config"],
        ["ok", "workbook"],
        ["ok", "tabs"],
        ["ok", "writing"],
        ["ok", "ledger"],
        ["ok", "alerts"],
    ]
    assert "The set-up works." in words(ran)
    found = desk.run("doctor", "--json")
    assert found.code == 0
    assert {check["state"] for check in found.json["checks"]} == {"ok"}
    by_name = {check["name"]: check["says"] for check in found.json["checks"]}
    assert by_name["workbook"] == (
        f'"agency.xlsx" opens for {ACCOUNT}. Days begin by the clock of Etc/GMT; a date typed as '
        "text is read month first."
    )
    assert by_name["tabs"].startswith("Rows read: Team Members (43), Certifications (123)")
    assert desk.book == before
    assert tree(desk.folder) == files


def entry(row: int, column: int, value: dict[str, Any]) -> dict[str, Any]:
    """The updateCells request of one value of the tab Certifications, typed by a person."""
    return {
        "start": {"sheetId": CERTIFICATIONS, "rowIndex": row, "columnIndex": column},
        "rows": [{"values": [{"userEnteredValue": value}]}],
        "fields": "userEnteredValue",
    }


# What people do wrong


def not_shared(desk: Desk) -> None:
    """Nobody shared it with the account."""
    desk.service.unshare(ID)


def wrong_id(desk: Desk) -> None:
    """A letter of the address was lost and another one typed."""
    desk.config(DAY, PEOPLE, KEY_FILE, workbook=URL.replace("1AbC", "1AbX"))


def in_drive(desk: Desk) -> None:
    """An Excel file was uploaded, and not turned into a Google Sheet."""
    desk.config(DAY, PEOPLE, KEY_FILE, workbook=URL.replace("1AbC", "2AbC"))
    book = replace(desk.book.copy(), id=ID.replace("1AbC", "2AbC"))
    desk.service.add(book, kind="xlsx")


def api_off(desk: Desk) -> None:
    """The project has no Sheets API."""
    desk.service.api_disabled = True


def no_key(desk: Desk) -> None:
    """The key file lies elsewhere."""
    (desk.folder / "key.json").unlink()


def oauth_client(desk: Desk) -> None:
    """The other JSON that the console offers."""
    told = {"installed": {"client_id": "1-a.apps.googleusercontent.com", "client_secret": "ya29."}}
    (desk.folder / "key.json").write_text(json.dumps(told))


def damaged_key(desk: Desk) -> None:
    """A piece of the private key was lost on the way."""
    key = desk.service.key()
    key["private_key"] = key["private_key"][:300] + key["private_key"][400:]
    (desk.folder / "key.json").write_text(json.dumps(key))


def deleted_key(desk: Desk) -> None:
    """The key was deleted in the console."""
    desk.service.delete_key()


def clock_behind(desk: Desk) -> None:
    """This computer's clock is two hours behind Google's."""
    desk.service.clock = lambda: time.time() + 7_200


def quota_gone(desk: Desk) -> None:
    """Others use the quota up, and Google asks for an hour's rest."""
    desk.service.queue(Fault(status=429, retry_after=3_600))


def tab_renamed(desk: Desk) -> None:
    """Somebody misspelt the name of a tab."""
    properties = {"sheetId": CERTIFICATIONS, "title": "Certificatons"}
    update = {"properties": properties, "fields": "title"}
    desk.service.edit(ID, {"updateSheetProperties": update})


MISTAKES: list[tuple[Callable[[Desk], None], int, tuple[str, ...]]] = [
    (not_shared, 1, (f"not shared with {ACCOUNT}", "press Share", "the role Editor")),
    (wrong_id, 1, ("no spreadsheet with this ID", "Copy the address")),
    (in_drive, 1, ("an Excel file in Google Drive", "File > Save as Google Sheets")),
    (
        api_off,
        1,
        (
            "API is not enabled",
            "Open https://console.developers.google.com/apis/api/sheets.googleapis.com/overview?"
            "project=123456 and press Enable",
        ),
    ),
    (no_key, 1, ("key.json: there is no such file",)),
    (oauth_client, 1, ("an OAuth client, not the key of a service account", "Add key > JSON")),
    (damaged_key, 1, ("its private_key is damaged", "as it was downloaded")),
    (deleted_key, 1, (f"this key of {ACCOUNT} no longer", "make a new key")),
    (clock_behind, 1, ("clock is wrong (2 hours behind)", "Set this computer's date and time")),
    (quota_gone, 1, ("answered 429", "left alone for 60 minutes", "its quota")),
    (tab_renamed, 7, ('Rename the tab "Certificatons" to "Certifications".',)),
]


@pytest.mark.parametrize(
    ("arrange", "code", "told"), MISTAKES, ids=lambda v: getattr(v, "__name__", "")
)
def test_each_mistake_in_the_set_up_has_its_sentence(
    desk: Desk, arrange: Callable[[Desk], None], code: int, told: tuple[str, ...]
) -> None:
    """What is wrong and how to put it right, in words; nothing is written."""
    arrange(desk)
    before = desk.book.copy()
    ran = desk.run("run")
    assert ran.code == code, words(ran)
    assert [part for part in told if part not in words(ran)] == []
    assert "Traceback" not in words(ran)
    assert desk.book == before
    assert desk.service.calls("write") == 0


def view_only(desk: Desk) -> None:
    """Shared as Viewer."""
    desk.service.share(ID, role="reader")


def protected(desk: Desk) -> None:
    """Only the owner may edit the tab Certifications."""
    area = {"range": {"sheetId": CERTIFICATIONS}, "editors": {"users": [OWNER]}}
    desk.service.edit(ID, {"addProtectedRange": {"protectedRange": area}})


@pytest.mark.parametrize(
    ("arrange", "told"),
    [
        (view_only, f"{ACCOUNT} may only view it. Share it with {ACCOUNT} as Editor."),
        (protected, f"protected against {ACCOUNT}. In the spreadsheet open Data > Protect sheets"),
    ],
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_mails_go_out_where_the_spreadsheet_cannot_be_written(
    desk: Desk, arrange: Callable[[Desk], None], told: str
) -> None:
    """The run is done in part: code 3, the sentence, and every mail."""
    arrange(desk)
    before = desk.book.copy()
    ran = desk.run("run")
    assert ran.code == 3, words(ran)
    assert told in words(ran)
    assert "Nothing was written; the next run tries again." in words(ran)
    assert len(desk.mails) > 20
    assert desk.book == before


@pytest.mark.parametrize(
    ("arrange", "name", "told"),
    [
        (not_shared, "workbook", f"it is not shared with {ACCOUNT}."),
        (view_only, "writing", f"agency.xlsx: {ACCOUNT} may only view it."),
        (tab_renamed, "tabs", 'Rename the tab "Certificatons" to "Certifications".'),
    ],
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_doctor_names_what_has_to_be_put_right(
    desk: Desk, arrange: Callable[[Desk], None], name: str, told: str
) -> None:
    """Code 1, and one check with an error that says what a run would say."""
    arrange(desk)
    ran = desk.run("doctor", "--json")
    assert ran.code == 1
    (wrong,) = [check for check in ran.json["checks"] if check["state"] == "error"]
    assert wrong["name"] == name
    assert told in wrong["says"]
    assert desk.mails == []


def test_a_quota_that_fills_again_is_waited_for(desk: Desk) -> None:
    """One read a minute; a minute of Google's passes with each refusal, and the doctor goes on."""
    service = desk.service
    service.limit(reads=1)
    service.clock = lambda: time.time() + 61 * sum(call.status == 429 for call in service.log)
    ran = desk.run("doctor")
    assert ran.code == 0, words(ran)
    statuses = [call.status for call in service.log if call.kind == "sheets"]
    assert statuses == [200, 429, 200, 200]


@pytest.mark.parametrize("arrange", [deleted_key, damaged_key, not_shared])
def test_debug_shows_the_traceback_and_no_secret(
    desk: Desk, arrange: Callable[[Desk], None]
) -> None:
    """Every output of a desk is searched for the key and tokens; so is a traceback."""
    arrange(desk)
    ran = desk.run("run", "--debug")
    assert ran.code == 1
    assert "Traceback" in ran.err


def test_another_computer_never_stands_for_google(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CERTSYNC_SHEETS_URL off this computer is code 2; nothing is written, nobody is called."""
    monkeypatch.setenv("CERTSYNC_SHEETS_URL", "https://sheets.example.com:443")
    before = tree(desk.folder)
    ran = watched("run", cwd=desk.folder)
    assert ran.code == 2
    said, changes = ran.err.rsplit("CHANGES", 1)
    assert "CERTSYNC_SHEETS_URL: this is no address of a service on this computer." in said
    # urllib3 binds a socket of its own to see whether there is IPv6.
    assert [word for word in ("connect", "getaddrinfo", "open ") if word in changes] == []
    assert tree(desk.folder) == before


# What the spreadsheet itself says about dates

KEY_AND_NO_MAILS = f"{KEY_FILE}alerts:\n  enabled: false\n"


def one_record(expires: str, *, locale: str = "en_US", timezone: str = "Etc/GMT") -> Book:
    """An agency of one person with one certification, its date typed as text."""
    members = """
    | Employee ID | Full Legal Name | Email           | Status |
    | E1          | Maria Lopez     | maria@a.example | Active |
    """
    records = f"""
    | Employee ID | Certification | Expiration Date |
    | E1          | CKA           | "{expires}"     |
    """
    needed = """
    | Program | Tier | Required Certification | Minimum Count |
    | CNCF    | KCSP | CKA                    | 1             |
    """
    pursued = "| Team Member | Target Certification | Target Date |"
    content = workbook(
        tab("Team Members", members),
        tab("Certifications", records),
        tab("Partnership Requirements", needed),
        tab("Pursuits", pursued),
    )
    return from_snapshot(content, id=ID, locale=locale, timezone=timezone)


@pytest.mark.parametrize(
    ("timezone", "config", "hours"),
    [
        ("Pacific/Kiritimati", "", 14),
        ("Pacific/Pago_Pago", "", -11),
        ("Pacific/Pago_Pago", "timezone: Pacific/Kiritimati\n", 14),
    ],
)
def test_the_day_is_that_of_the_spreadsheet(
    empty: Desk, timezone: str, config: str, hours: int
) -> None:
    """Kiritimati is always a day or two ahead of Pago Pago; the config goes before both."""
    empty.service.add(one_record("2027-01-31", timezone=timezone))
    empty.config(config, KEY_AND_NO_MAILS)
    there = timedelta(hours=hours)
    before = datetime.now(UTC) + there
    ran = empty.run("check", "--json")
    after = datetime.now(UTC) + there
    assert ran.code == 0, ran.err
    assert before.date() <= date.fromisoformat(ran.json["as_of"]) <= after.date()


@pytest.mark.parametrize(
    ("locale", "config", "expires"),
    [
        ("en_US", "", "2026-03-04"),
        ("en_GB", "", "2026-04-03"),
        ("en_US", "date_order: DMY\n", "2026-04-03"),
        ("", "", None),
    ],
)
def test_a_date_typed_as_text_is_read_by_the_locale(
    empty: Desk, locale: str, config: str, expires: str | None
) -> None:
    """03/04/2026 is March or April; the config goes before the locale, and nothing is guessed."""
    empty.service.add(one_record("03/04/2026", locale=locale))
    empty.config(DAY, config, KEY_AND_NO_MAILS)
    ran = empty.run("check", "--json")
    codes = [finding["code"] for finding in ran.json["findings"]]
    assert codes == ([] if expires else ["date.ambiguous"])
    assert [record["expiration_date"] for record in ran.json["certifications"]] == [expires]
