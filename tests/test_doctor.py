"""What `certsync doctor` tries: each check where all is well, and where something is wrong."""

from __future__ import annotations

import os
import socket
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from certsync.alerts.channels.base import Channel
from certsync.alerts.channels.outbox import Outbox
from certsync.alerts.channels.smtp import Smtp
from certsync.alerts.channels.smtp_settings import SmtpSettings
from certsync.alerts.ledger import Ledger
from certsync.alerts.tiers import DEFAULT_TIERS, Address, OtherTiers, People
from certsync.doctor import Check, examine
from certsync.errors import WorkbookBusy
from certsync.settings import Alerts, Heartbeat, Settings, Spreadsheet
from certsync.sheets.snapshot import Snapshot
from certsync.stores.base import Store
from certsync.stores.memory import MemoryStore
from tests.alerts.servers import PASSWORD, USER, Mailbox, mail_server
from tests.fakes import tab, workbook
from tests.sheets_service.load import from_snapshot
from tests.sheets_service.service import ACCOUNT, SheetsService
from tests.stores.google_world import store_of
from tests.stores.world import files
from tests.stores.world import store as excel_store
from tests.system.program import ROOT
from tests.watchdog import watching

MEMBERS = tab(
    "Team Members",
    """
    | Employee ID | Full Legal Name | Email          | Status |
    | E1          | Dana Cruz       | dana@a.example | Active |
    """,
)
RECORDS = tab(
    "Certifications",
    """
    | Employee ID | Certification | Expiration Date |
    | E1          | CKA           | 2026-04-01      |
    | E1          | PMP           | does not expire |
    """,
)
NEEDED = tab(
    "Partnership Requirements",
    """
    | Program | Tier | Required Certification | Minimum Count |
    | CNCF    | KCSP | CKA                    | 1             |
    """,
)
PURSUED = tab("Pursuits", "| Team Member | Target Certification | Target Date |")
AGENCY = workbook(MEMBERS, RECORDS, NEEDED, PURSUED)
RUTH = Address("ruth@a.example", "Ruth")
ALL_OK = [("config", "ok"), ("workbook", "ok"), ("tabs", "ok"), ("writing", "ok"), ("ledger", "ok")]


def settings(folder: Path, **changes: Any) -> Settings:
    """A config in `folder` with a coordinator, and mails into an outbox beside it."""
    made = Settings(
        source=folder / "config.yaml",
        workbook=folder / "agency.xlsx",
        output=folder / "agency.xlsx",
        timezone=ZoneInfo("America/Chicago"),
        alerts=Alerts(outbox=folder / "outbox"),
        people=People(RUTH),
    )
    return replace(made, **changes)


def tried(
    config: Settings,
    store: Store | Snapshot = AGENCY,
    channels: Sequence[Channel] = (),
    account: str | None = None,
) -> dict[str, Check]:
    """The checks by their names, in the order they come; nothing in the folder may change."""
    folder = config.source.parent
    before = files(folder), sorted(folder.rglob("*"))
    store = MemoryStore(store) if isinstance(store, Snapshot) else store
    found = {
        check.name: check for check in examine(config, store, channels, account=lambda: account)
    }
    assert (files(folder), sorted(folder.rglob("*"))) == before
    return found


def states(checks: dict[str, Check]) -> list[tuple[str, str]]:
    """Names and states."""
    return [(name, check.state) for name, check in checks.items()]


def test_everything_is_tried_in_the_order_a_run_needs_it(tmp_path: Path) -> None:
    """Config, workbook, tabs, writing, ledger, channels: each ok with what was found."""
    checks = tried(settings(tmp_path), channels=[Outbox(tmp_path / "outbox")])
    assert states(checks) == [*ALL_OK, ("alerts by outbox", "ok")]
    assert {name: check.says for name, check in checks.items()} == {
        "config": "config.yaml is sound.",
        "workbook": "agency.xlsx opens.",
        "tabs": "Rows read: Team Members (1), Certifications (2), Partnership Requirements (1), "
        "Pursuits (0).",
        "writing": "The workbook can be written. Nothing was changed.",
        "ledger": "The first run will make .certsync/ledger.sqlite.",
        "alerts by outbox": "Messages can be handed over. None was sent.",
    }


def test_each_step_is_told_as_it_begins(tmp_path: Path) -> None:
    """A person who waits sees for what."""
    steps: list[str] = []
    channels = [Outbox(tmp_path / "outbox")]
    assert list(examine(settings(tmp_path), MemoryStore(AGENCY), channels, step=steps.append))
    assert steps == ["Reading the workbook", "Trying to write", "Trying the channels"]


def test_a_check_in_json() -> None:
    """Name, state and sentence, as `certsync doctor --json` prints them."""
    check = Check("tabs", "warning", "One cell cannot be read.")
    assert check.to_json() == {
        "name": "tabs",
        "state": "warning",
        "says": "One cell cannot be read.",
    }


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such permissions")
@pytest.mark.parametrize(
    ("mode", "warned"),
    [(0o600, False), (0o400, False), (0o640, True), (0o604, True), (0o644, True)],
)
def test_a_secret_that_others_may_read_is_named(tmp_path: Path, mode: int, warned: bool) -> None:
    """Each such file has its remedy; one of the owner's own is no news, nor is a missing one."""
    mine, token = tmp_path / "mine", tmp_path / "the token"
    for path in (mine, token):
        path.write_text("secret")
    mine.chmod(0o600)
    token.chmod(mode)
    checks = tried(settings(tmp_path, secret_files=(mine, token, tmp_path / "none")))
    assert ("secrets" in checks) == warned
    if warned:
        assert checks["secrets"] == Check(
            "secrets",
            "warning",
            f"Others on this computer may read {token}, which holds a secret. Run "
            f"`chmod 600 '{token}'`.",
        )


# The workbook


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """The sample as a file in a folder of its own."""
    path = tmp_path / "agency.xlsx"
    path.write_bytes((ROOT / "sample_workbook.xlsx").read_bytes())
    return path


def test_a_file_that_can_be_read_and_written(book: Path) -> None:
    """An .xlsx stays byte for byte, and no other file is left beside it."""
    checks = tried(settings(book.parent, date_order="MDY"), excel_store(book))
    assert states(checks)[:2] == ALL_OK[:2]
    assert states(checks)[3:] == ALL_OK[3:]


def test_a_workbook_that_cannot_be_read_ends_no_other_check(tmp_path: Path) -> None:
    """The store's own sentence; the ledger and the channels are tried all the same."""
    checks = tried(
        settings(tmp_path),
        excel_store(tmp_path / "agency.xlsx"),
        [Outbox(tmp_path / "outbox")],
    )
    assert states(checks) == [
        ("config", "ok"),
        ("workbook", "error"),
        ("ledger", "ok"),
        ("alerts by outbox", "ok"),
    ]
    assert "there is no such workbook" in checks["workbook"].says


def test_somebody_has_the_file_open(book: Path) -> None:
    """Excel's lock file: its user, and that nothing is said of a next run."""
    name = "Dana Cruz"
    lock = bytes(55) + len(name).to_bytes(2, "little") + name.encode("utf-16-le")
    (book.parent / "~$agency.xlsx").write_bytes(lock)
    check = tried(settings(book.parent), excel_store(book))["writing"]
    assert check.state == "error"
    assert check.says == (
        f"{book}: Dana Cruz has it open (if not, delete ~$agency.xlsx beside it)."
    )


def test_a_read_only_file(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that its owner made read-only cannot be written."""
    reachable = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: Path(path) != book and reachable(path, mode)
    )
    check = tried(settings(book.parent), excel_store(book))["writing"]
    assert (check.state, check.says) == ("error", f"{book}: it is read-only.")


def test_a_read_only_folder_of_a_copy(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `output` it is the copy's place that counts, and that is named."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("certsync.stores.files.tempfile.mkstemp", refuse)
    copy = book.parent / "out" / "copy.xlsx"
    config = settings(book.parent, output=copy)
    check = tried(config, excel_store(book, copy))["writing"]
    assert check.state == "error"
    assert check.says == f"{copy}: its folder may not be written (Permission denied)."


def test_a_copy_that_can_be_written(book: Path) -> None:
    """With `output` the sentence says that it is a copy; its folder is not made yet."""
    copy = book.parent / "out" / "copy.xlsx"
    config = settings(book.parent, output=copy)
    check = tried(config, excel_store(book, copy))["writing"]
    assert (check.state, check.says) == (
        "ok",
        "The workbook (a copy) can be written. Nothing was changed.",
    )


class Locked(MemoryStore):
    """A workbook that may not be written, for no reason of a file's."""

    def try_write(self) -> None:
        """Refuse."""
        raise WorkbookBusy("agency.xlsx", "the disk is full")


def test_the_reason_stands_without_the_words_for_a_run(tmp_path: Path) -> None:
    """A WorkbookBusy says what the next run will do; the doctor did not run."""
    check = tried(settings(tmp_path), Locked(AGENCY))["writing"]
    assert (check.state, check.says) == ("error", "agency.xlsx: the disk is full.")


# Other tiers


def tiered(folder: Path, *others: OtherTiers) -> Settings:
    """A config with these entries of `tiers_for`."""
    made = settings(folder)
    return replace(made, alerts=replace(made.alerts, other_tiers=others))


def test_tiers_for_something_that_is_not_in_the_workbook(tmp_path: Path) -> None:
    """Each entry that means nothing is told with the nearest names: its tiers never apply."""
    config = tiered(
        tmp_path,
        OtherTiers(DEFAULT_TIERS, program="CNFC"),
        OtherTiers(DEFAULT_TIERS, program="CNCF KCSP"),
        OtherTiers(DEFAULT_TIERS, certification="PPMP"),
        OtherTiers(DEFAULT_TIERS, certification="issuer:Nobody"),
    )
    check = tried(config)["tiers_for"]
    assert check.state == "warning"
    assert check.says == (
        "`program: CNFC` means nothing in the workbook, so its tiers never apply. "
        'Did you mean "CNCF KCSP" or "CNCF"? '
        "`certification: PPMP` means nothing in the workbook, so its tiers never apply. "
        'Did you mean "PMP"? '
        "`certification: issuer:Nobody` means nothing in the workbook, so its tiers never apply. "
        "Check the name."
    )


def test_tiers_for_what_is_in_the_workbook_need_no_word(tmp_path: Path) -> None:
    """A program by its name, with or without its tier, in any case; a certification, a pattern."""
    config = tiered(
        tmp_path,
        OtherTiers(DEFAULT_TIERS, program="cncf"),
        OtherTiers(DEFAULT_TIERS, program="CNCF  kcsp"),
        OtherTiers(DEFAULT_TIERS, certification="pmp"),
        OtherTiers(DEFAULT_TIERS, certification="C*"),
    )
    assert states(tried(config)) == ALL_OK


# The tabs


@pytest.mark.parametrize("title", ["Team Members", "Certifications"])
def test_a_tab_that_everything_needs_is_missing(tmp_path: Path, title: str) -> None:
    """It is named with the nearest one there is; writing is tried all the same."""
    renamed = [replace(t, name=f"{title}x") if t.name == title else t for t in AGENCY.tabs]
    checks = tried(settings(tmp_path), workbook(*renamed))
    assert checks["tabs"].state == "error"
    assert f'Rename the tab "{title}x" to "{title}".' in checks["tabs"].says
    assert checks["writing"].state == "ok"


def test_another_tab_is_missing(tmp_path: Path) -> None:
    """A run goes on without it: a warning with the remedy, and no talk of cells."""
    check = tried(settings(tmp_path), workbook(MEMBERS, RECORDS, NEEDED))["tabs"]
    assert check.state == "warning"
    assert check.says.startswith("Rows read: Team Members (1), Certifications (2), Partnership")
    assert 'There is no tab "Pursuits".' in check.says
    assert "cannot be read" not in check.says


@pytest.mark.parametrize(
    ("dates", "says"),
    [
        (("31/02/2026", "2026-01-31"), "One cell cannot be read: `certsync check` says where."),
        (("31/02/2026", "soon"), "2 cells cannot be read: `certsync check` says where."),
        (("03/04/2026", "2026-01-31"), "One cell cannot be read: `certsync check` says where."),
    ],
)
def test_cells_that_cannot_be_read(tmp_path: Path, dates: tuple[str, str], says: str) -> None:
    """They are counted, as a warning; 03/04/2026 has two meanings where no order is set."""
    rows = "\n".join(f'| E1 | C{n} | "{day}" |' for n, day in enumerate(dates))
    records = tab("Certifications", f"| Employee ID | Certification | Expiration Date |\n{rows}")
    check = tried(settings(tmp_path), workbook(MEMBERS, records, NEEDED, PURSUED))["tabs"]
    assert check.state == "warning"
    assert check.says.endswith(says)


def test_headers_and_dates_are_read_as_the_config_says(tmp_path: Path) -> None:
    """Its mapping of headers and its date order leave nothing to report."""
    records = tab(
        "Certifications",
        """
        | Employee ID | Paper | Expiration Date |
        | E1          | CKA   | "03/04/2026"    |
        """,
    )
    config = settings(
        tmp_path, date_order="DMY", columns={"certifications": {"certification": "Paper"}}
    )
    found = workbook(MEMBERS, records, NEEDED, PURSUED)
    assert tried(config, found)["tabs"].state == "ok"
    assert tried(settings(tmp_path), found)["tabs"].state == "error"


# A spreadsheet


@pytest.fixture
def service() -> Iterator[SheetsService]:
    """A Google without a socket, where AGENCY is shared with the account as `book`."""
    with SheetsService() as made:
        made.add(from_snapshot(AGENCY))
        yield made


def spreadsheet(folder: Path, **changes: Any) -> Settings:
    """A config whose workbook is in Google Sheets."""
    return settings(folder, workbook=Spreadsheet("book"), output=Spreadsheet("book"), **changes)


def test_a_spreadsheet_that_can_be_read_and_written(tmp_path: Path, service: SheetsService) -> None:
    """Who opened it and how days are read; three requests, and no mark is left."""
    before = service.book("book").copy()
    checks = tried(
        spreadsheet(tmp_path, date_order="DMY"), store_of(service, "book"), account=ACCOUNT
    )
    assert states(checks) == ALL_OK
    assert checks["workbook"].says == (
        f'"agency.xlsx" opens for {ACCOUNT}. Days begin by the clock of America/Chicago; a date '
        "typed as text is read day first."
    )
    assert service.book("book") == before
    assert (service.calls("read"), service.calls("write")) == (2, 1)


def test_a_spreadsheet_of_a_person_who_is_signed_in(tmp_path: Path, service: SheetsService) -> None:
    """No address is known then; and without an order no date is guessed."""
    says = tried(spreadsheet(tmp_path), store_of(service, "book"))["workbook"].says
    assert "opens for the account you are signed in with." in says
    assert says.endswith("a date typed as text is read where it can mean one day only.")


def test_a_spreadsheet_shared_for_viewing(tmp_path: Path, service: SheetsService) -> None:
    """It can be read and not written."""
    service.share("book", role="reader")
    checks = tried(spreadsheet(tmp_path), store_of(service, "book"))
    assert states(checks)[1:4] == [("workbook", "ok"), ("tabs", "ok"), ("writing", "error")]
    assert checks["writing"].says == (
        f"agency.xlsx: {ACCOUNT} may only view it. Share it with {ACCOUNT} as Editor."
    )


def test_a_spreadsheet_that_is_not_shared(tmp_path: Path, service: SheetsService) -> None:
    """It cannot be read; writing is not even tried."""
    service.unshare("book")
    checks = tried(spreadsheet(tmp_path), store_of(service, "book"))
    assert states(checks) == [("config", "ok"), ("workbook", "error"), ("ledger", "ok")]
    assert f"not shared with {ACCOUNT}" in checks["workbook"].says
    assert service.calls("write") == 0


# The ledger


def ledger_of(folder: Path) -> Path:
    """A ledger with a run in it."""
    path = folder / ".certsync" / "ledger.sqlite"
    with Ledger.open(path) as ledger:
        ledger.identity("agency.xlsx")
    return path


def test_a_sound_ledger(tmp_path: Path) -> None:
    """It is opened as a copy, so another run may hold it."""
    path = ledger_of(tmp_path)
    with Ledger.open(path):
        check = tried(settings(tmp_path))["ledger"]
    assert (check.state, check.says) == ("ok", ".certsync/ledger.sqlite is sound.")


def test_a_damaged_ledger(tmp_path: Path) -> None:
    """A run would begin a new one and tell everybody again: a warning that says so."""
    ledger_of(tmp_path).write_bytes(b"no database at all, and long enough to be looked at" * 99)
    check = tried(settings(tmp_path))["ledger"]
    assert check.state == "warning"
    assert "is damaged" in check.says
    assert "The next run begins a new one." in check.says


def test_a_ledger_of_a_newer_certsync(tmp_path: Path) -> None:
    """Nothing would be sent, so it is an error."""
    path = ledger_of(tmp_path)
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    check = tried(settings(tmp_path))["ledger"]
    assert check.state == "error"
    assert "a newer certsync wrote this ledger" in check.says


def test_no_folder_for_the_ledger(tmp_path: Path) -> None:
    """A file stands where the folder belongs."""
    (tmp_path / ".certsync").touch()
    check = tried(settings(tmp_path))["ledger"]
    assert check.state == "error"
    assert check.says.startswith(f"The folder {tmp_path / '.certsync'} may not be written")


@pytest.mark.parametrize("name", ["", ".certsync", ".certsync/ledger.sqlite"])
def test_a_ledger_that_may_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The folder to be, the folder, or a file that another user made: an error that names it."""
    if name:
        ledger_of(tmp_path)
    closed, reachable = tmp_path / name, os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: Path(path) != closed and reachable(path, mode)
    )
    check = tried(settings(tmp_path))["ledger"]
    assert check.state == "error"
    assert f"{closed} may not be written" in check.says


# Alerts


def test_an_outbox_that_may_not_be_written(tmp_path: Path) -> None:
    """A file stands where its folder belongs; the other channel is tried all the same."""
    (tmp_path / "outbox").touch()
    channels: list[Channel] = [
        Outbox(tmp_path / "outbox"),
        Outbox(tmp_path / "other", name="second"),
    ]
    checks = tried(settings(tmp_path), channels=channels)
    assert states(checks)[-2:] == [("alerts by outbox", "error"), ("alerts by second", "ok")]
    assert str(tmp_path / "outbox") in checks["alerts by outbox"].says


def test_a_mail_server_that_works(tmp_path: Path) -> None:
    """It is greeted and left; no mail begins."""
    mailbox = Mailbox()
    with mail_server(mailbox, login=True) as port:
        smtp = Smtp(SmtpSettings("127.0.0.1", port, "none", USER, PASSWORD))
        checks = tried(settings(tmp_path), channels=[smtp])
    assert states(checks) == [*ALL_OK, ("alerts by email", "ok")]
    assert (mailbox.connections, mailbox.verbs, mailbox.mails) == (1, ["QUIT"], [])


def test_a_mail_server_that_refuses_the_login(tmp_path: Path) -> None:
    """What to look at, without the password."""
    with mail_server(Mailbox(), login=True) as port:
        smtp = Smtp(SmtpSettings("127.0.0.1", port, "none", USER, "mistaken"))
        check = tried(settings(tmp_path), channels=[smtp])["alerts by email"]
    assert check.state == "error"
    assert "the login was refused" in check.says
    assert "mistaken" not in check.says


def test_a_mail_server_that_is_down(tmp_path: Path) -> None:
    """Where nobody listens: host and port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    smtp = Smtp(SmtpSettings("127.0.0.1", port, "none", timeout=2))
    check = tried(settings(tmp_path), channels=[smtp])["alerts by email"]
    assert check.state == "error"
    assert f"127.0.0.1:{port}: the connection failed" in check.says


class Untouchable(Outbox):
    """A channel that may not be asked anything."""

    def trouble(self) -> str:
        """Never called."""
        raise AssertionError("alerts are off")


def test_alerts_are_off(tmp_path: Path) -> None:
    """One warning, no channel is tried, and nobody misses a coordinator."""
    config = settings(
        tmp_path, alerts=Alerts(outbox=tmp_path / "outbox", enabled=False), people=People()
    )
    checks = tried(config, channels=[Untouchable(tmp_path / "outbox")])
    assert states(checks) == [*ALL_OK, ("alerts", "warning")]
    assert checks["alerts"].says == "Alerts are switched off: `enabled: false`."


def test_no_coordinator(tmp_path: Path) -> None:
    """Somebody should hear of rows to put right."""
    config = settings(tmp_path, people=People())
    checks = tried(config, channels=[Outbox(tmp_path / "outbox")])
    assert states(checks)[-1] == ("people", "warning")
    assert checks["people"].says.endswith("Write one under `people:`.")


# The heartbeat


def test_a_heartbeat_is_looked_at_and_not_sent(tmp_path: Path) -> None:
    """Its form is checked; nothing connects to it, and of the address only the host is shown."""
    with watching() as dog:
        config = settings(tmp_path, heartbeat=Heartbeat(dog.url))
        check = tried(config)["heartbeat"]
    assert dog.connections == 0
    assert check.state == "ok"
    assert check.says == "http://127.0.0.1 hears of each run. No ping was sent."


def test_a_heartbeat_that_is_no_address(tmp_path: Path) -> None:
    """An error with the form it should have; without a heartbeat there is no such check."""
    check = tried(settings(tmp_path, heartbeat=Heartbeat("hc-ping.com/uuid")))["heartbeat"]
    assert check.state == "error"
    assert "https://hc-ping.com/your-uuid" in check.says
    assert "heartbeat" not in tried(settings(tmp_path))
