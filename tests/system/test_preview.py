"""`certsync preview` on the sample, as a person runs it."""

from __future__ import annotations

import ast
import re
import shutil
import sqlite3
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

import pytest

from tests.alerts.servers import Mailbox, mail_server
from tests.system.program import ROOT, certsync, tree, watched

CONFIG = "workbook: agency.xlsx\nas_of: 2026-03-16\npeople:\n  coordinator: Ruth <ruth@a.example>\n"
SMTP = (
    "alerts:\n  channels: [smtp]\n  from: watch@a.example\n"
    "  smtp: {{host: 127.0.0.1, port: {port}, security: none}}\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the sample as `agency.xlsx` and a config that writes in place."""
    shutil.copy(ROOT / "sample_workbook.xlsx", tmp_path / "agency.xlsx")
    (tmp_path / "config.yaml").write_text(CONFIG)
    return tmp_path


def besides(folder: Path, *names: str) -> dict[str, tuple[str, int]]:
    """Every file of the folder that does not lie in one of these."""
    return {k: v for k, v in tree(folder).items() if k.split("/")[0] not in names}


def changes(err: str) -> list[str]:
    """What `watched` saw."""
    found = ast.literal_eval(err.strip().splitlines()[-1].removeprefix("CHANGES "))
    assert isinstance(found, list)
    return found


def test_a_preview_shows_what_the_run_sends(folder: Path) -> None:
    """The same recipients, subjects and texts as in the outbox of the run that follows."""
    ran = certsync("preview", cwd=folder)
    assert ran.code == 0, ran.err
    assert certsync("run", cwd=folder).code == 0

    def parts(path: Path) -> str:
        mail = BytesParser(policy=default).parsebytes(path.read_bytes())
        del mail["Date"]
        texts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
        # The version of an entry in the calendar is the minute at which it was written.
        return re.sub(r"(SEQUENCE|DTSTAMP):.*", "", "\n".join([*map(str, mail.items()), *texts]))

    seen = sorted(parts(path) for path in (folder / "preview").rglob("*.eml"))
    assert seen == sorted(parts(path) for path in (folder / "outbox").glob("*.eml"))
    assert f"{len(seen)} messages to {len(seen)} people" in ran.out
    assert "open preview/index.html in a browser" in ran.out


def test_a_preview_touches_nothing_but_its_folder(folder: Path) -> None:
    """Before the first run no ledger, lock or outbox is made, and no socket is opened."""
    before = besides(folder)
    ran = watched("preview", "--to", "look", cwd=folder)
    assert ran.code == 0, ran.err
    assert besides(folder, "look") == before
    assert [c for c in changes(ran.err) if f"{folder}/look" not in c] == []


def test_a_preview_after_a_run_leaves_the_ledger_alone(folder: Path) -> None:
    """It looks at a copy; what was sent is not shown again, and what comes later is."""
    assert certsync("run", cwd=folder).code == 0
    before = besides(folder)
    ran = certsync("preview", cwd=folder)
    assert ran.code == 0, ran.err
    assert "No message is due" in ran.out
    later = watched("preview", "--as-of", "2026-04-20", cwd=folder)
    assert later.code == 0, later.err
    assert re.search(r"\d+ messages to \d+ people", later.out)
    assert besides(folder, "preview") == before
    private = re.compile(r"/certsync-\w{8}|ledger\.sqlite', \d|/tmp/\w{8}\W")
    elsewhere = [c for c in changes(later.err) if f"{folder}/preview" not in c]
    assert [c for c in elsewhere if not private.search(c)] == []


def test_a_folder_with_somebodys_files_is_refused(folder: Path) -> None:
    """One sentence, exit code 1, and every file as it was."""
    (folder / "preview").mkdir()
    (folder / "preview" / "index.html").write_text("mine")
    before = tree(folder)
    ran = certsync("preview", cwd=folder)
    assert ran.code == 1
    assert "holds files that certsync did not make" in ran.err
    assert tree(folder) == before


def test_a_run_that_would_stop_is_told(folder: Path) -> None:
    """Where the brake would refuse, the one mail about it is shown and the exit code is 7."""
    assert certsync("run", cwd=folder).code == 0
    with sqlite3.connect(folder / ".certsync" / "ledger.sqlite") as ledger:
        ledger.execute("""UPDATE runs SET rows = '{"certifications": 900}'""")
    ledger.close()
    ran = certsync("preview", cwd=folder)
    assert ran.code == 7, ran.out + ran.err
    assert "A run would be refused" in ran.out
    assert "1 message to 1 person" in ran.out
    (mail,) = (folder / "preview" / "messages").glob("*.txt")
    assert "certsync stopped" in mail.read_text()


def test_alerts_that_are_switched_off_can_be_looked_at(folder: Path) -> None:
    """Before going live one sees what would go out, and that it does not."""
    (folder / "config.yaml").write_text(f"{CONFIG}alerts:\n  enabled: false\n")
    ran = certsync("preview", cwd=folder)
    assert ran.code == 0, ran.err
    assert "Alerts are switched off" in ran.out
    assert list((folder / "preview").rglob("*.eml"))


def test_one_recipient_can_be_chosen(folder: Path) -> None:
    """By name or address, in any case; somebody who gets nothing is a mistake on the line."""
    for whom in ("aisha rahman", "AISHA.RAHMAN@lakeshore-ai.example"):
        ran = certsync("preview", "--only", whom, cwd=folder)
        assert ran.code == 0, ran.err
        assert len(list((folder / "preview").rglob("*.eml"))) == 1
    ran = certsync("preview", "--only", "Nobody", cwd=folder)
    assert ran.code == 2
    assert 'No message goes to "Nobody" today. Messages go to Ruth, Kenji' in ran.err


def test_a_test_goes_to_one_address_and_is_not_recorded(folder: Path) -> None:
    """Through the configured server; afterwards the run still sends everything."""
    box = Mailbox()
    with mail_server(box) as port:
        (folder / "config.yaml").write_text(CONFIG + SMTP.format(port=port))
        before = besides(folder)
        ran = certsync("preview", "--send-test", "me@a.example", cwd=folder)
        assert ran.code == 0, ran.out + ran.err
        count = len(list((folder / "preview").rglob("*.eml")))
        assert f"Sent {count} test messages to me@a.example, and to nobody else." in ran.out
        assert box.recipients == [["me@a.example"]] * count
        assert all(mail["Subject"].startswith("[Test, would go to ") for mail in box.mails)
        assert besides(folder, "preview") == before
        ran = certsync(
            "preview", "--send-test", "me@a.example", "--only", "Aisha Rahman", cwd=folder
        )
        assert "Sent 1 test message to me@a.example" in ran.out
        run = certsync("run", "--json", cwd=folder).json
        assert len({a["recipient"] for a in run["alerts"] if a["state"] == "sent"}) == count


def test_a_test_that_is_refused_is_told(folder: Path) -> None:
    """The server's words, once, and exit code 3; the folder is made all the same."""
    box = Mailbox(refuse={"me@a.example": "550 5.1.1 nobody of that name"})
    with mail_server(box) as port:
        (folder / "config.yaml").write_text(CONFIG + SMTP.format(port=port))
        ran = certsync("preview", "--send-test", "me@a.example", cwd=folder)
    assert ran.code == 3
    assert ran.out.count("nobody of that name") == 1
    assert (folder / "preview" / "index.html").is_file()


@pytest.mark.parametrize(
    ("address", "server", "said"),
    [("me@a.example", False, "channels: [smtp]"), ("me", True, "is not an e-mail address")],
)
def test_a_test_nobody_can_get_is_a_mistake(
    folder: Path, address: str, server: bool, said: str
) -> None:
    """Without a server or an address nothing is begun."""
    (folder / "config.yaml").write_text(CONFIG + (SMTP.format(port=9) if server else ""))
    ran = certsync("preview", "--send-test", address, cwd=folder)
    assert ran.code == 2
    assert said in ran.err
    assert not (folder / "preview").exists()


def test_too_many_tests_are_refused(folder: Path) -> None:
    """A mailbox is not filled by mistake: more than `max_messages` wait for --only."""
    config = CONFIG + SMTP.format(port=9) + "  max_messages: 3\n"
    (folder / "config.yaml").write_text(config)
    assert "without --yes" in certsync("preview", cwd=folder).out
    ran = certsync("preview", "--send-test", "me@a.example", cwd=folder)
    assert ran.code == 7
    assert "--only" in ran.err
