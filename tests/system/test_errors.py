"""Everything a person can do wrong ends in a sentence and a documented code, never a traceback."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from certsync.alerts.ledger import Ledger
from tests.system.program import ROOT, certsync, tree

SAMPLE = ROOT / "sample_workbook.xlsx"


def sample(folder: Path) -> Path:
    """A copy of the sample workbook in `folder`."""
    return Path(shutil.copy(SAMPLE, folder / "agency.xlsx"))


def no_config(_folder: Path) -> None:
    """No config file at all."""


def unknown_key(folder: Path) -> None:
    """A key that is misspelt."""
    (folder / "config.yaml").write_text("workbok: agency.xlsx\n")


def not_yaml(folder: Path) -> None:
    """A config that is not YAML."""
    (folder / "config.yaml").write_text("workbook: [agency.xlsx\n  : :\n")


def no_workbook(folder: Path) -> None:
    """A path that does not exist; a near one does."""
    (folder / "config.yaml").write_text("workbook: agency.xlsx\n")
    shutil.copy(SAMPLE, folder / "agencies.xlsx")


def a_folder(folder: Path) -> None:
    """A folder where the workbook should be."""
    (folder / "config.yaml").write_text("workbook: agency.xlsx\n")
    (folder / "agency.xlsx").mkdir()


def a_text_file(folder: Path) -> None:
    """A text file with the ending of a workbook."""
    (folder / "config.yaml").write_text("workbook: agency.xlsx\n")
    (folder / "agency.xlsx").write_text("Employee ID,Name\n")


def empty_file(folder: Path) -> None:
    """A file of no bytes."""
    (folder / "config.yaml").write_text("workbook: agency.xlsx\n")
    (folder / "agency.xlsx").touch()


def cut_off(folder: Path) -> None:
    """A download that was cut off."""
    (folder / "config.yaml").write_text("workbook: agency.xlsx\n")
    (folder / "agency.xlsx").write_bytes(SAMPLE.read_bytes()[:-2000])


def old_format(folder: Path) -> None:
    """The format of Excel 97."""
    (folder / "config.yaml").write_text("workbook: agency.xls\n")
    (folder / "agency.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096))


def password(folder: Path) -> None:
    """A workbook behind a password."""
    (folder / "config.yaml").write_text("workbook: agency.xlsx\n")
    name = "EncryptedPackage".encode("utf-16-le")
    (folder / "agency.xlsx").write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024) + name + bytes(4096)
    )


def a_word_document(folder: Path) -> None:
    """A document of another program."""
    (folder / "config.yaml").write_text("workbook: agency.xlsx\n")
    with zipfile.ZipFile(folder / "agency.xlsx", "w") as document:
        document.writestr("[Content_Types].xml", "<Types/>")
        document.writestr("word/document.xml", "<document/>")


def too_large(folder: Path) -> None:
    """More bytes, unpacked, than the config allows."""
    sample(folder)
    (folder / "config.yaml").write_text(
        "workbook: agency.xlsx\nexcel:\n  max_unpacked_mb: 1\nas_of: 2026-03-16\n"
    )
    with zipfile.ZipFile(folder / "agency.xlsx", "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/media/huge.bin", bytes(3 * 2**20))


def google(folder: Path) -> None:
    """A spreadsheet, and no key at the path that is named."""
    (folder / "config.yaml").write_text(
        "workbook: https://docs.google.com/spreadsheets/d/1AbCdEfGhIjKlMnOpQrStUvWxYz012345678/edit\n"
        "google: {key_file: secrets/google.json}\n"
    )


def no_tabs(folder: Path) -> None:
    """A workbook without our tabs."""
    (folder / "config.yaml").write_text("workbook: agency.xlsx\n")
    book = openpyxl.Workbook()
    book.save(folder / "agency.xlsx")


def a_pipe(folder: Path) -> None:
    """A named pipe, which would be waited for for ever."""
    (folder / "config.yaml").write_text("workbook: agency.xlsx\n")
    os.mkfifo(folder / "agency.xlsx")


def a_loop(folder: Path) -> None:
    """A link that leads to itself."""
    (folder / "config.yaml").write_text("workbook: agency.xlsx\n")
    (folder / "agency.xlsx").symlink_to(folder / "agency.xlsx")


CASES: list[tuple[Callable[[Path], None], int, str]] = [
    (no_config, 2, "config.yaml"),
    (unknown_key, 2, "workbook"),
    (not_yaml, 2, "config.yaml"),
    (no_workbook, 1, "agencies.xlsx"),
    (a_folder, 1, "folder"),
    (a_text_file, 1, "not"),
    (empty_file, 1, "empty"),
    (cut_off, 1, "damaged"),
    (old_format, 1, ".xls"),
    (password, 1, "password"),
    (a_word_document, 1, "workbook"),
    (too_large, 1, "max_unpacked_mb"),
    (google, 1, "key_file"),
    (no_tabs, 7, "Team Members"),
    (a_pipe, 1, "ordinary file"),
    (a_loop, 1, "symbolic links"),
]


@pytest.mark.parametrize(
    ("arrange", "code", "word"), CASES, ids=lambda v: getattr(v, "__name__", "")
)
def test_each_mistake_has_its_sentence(
    tmp_path: Path, arrange: Callable[[Path], None], code: int, word: str
) -> None:
    """A mistake is named in words, with its code; nothing of the person's is changed."""
    arrange(tmp_path)
    before = tree(tmp_path)
    ran = certsync("run", cwd=tmp_path)
    said = ran.out + ran.err
    assert ran.code == code, said
    assert word.lower() in said.lower()
    assert "Traceback" not in said
    after = {k: v for k, v in tree(tmp_path).items() if not k.startswith(".certsync")}
    assert after == before


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    """`--debug` anywhere on the line adds the traceback to the sentence."""
    no_workbook(tmp_path)
    ran = certsync("run", "--debug", cwd=tmp_path)
    assert ran.code == 1
    assert "Traceback" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [("rum",), ("run", "--as-of", "16/03/2026"), ("run", "--no-such"), ("schedule", "at")],
)
def test_a_wrong_command_line_is_code_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """A command line that cannot be read is a usage error."""
    ran = certsync(*arguments, cwd=tmp_path)
    assert ran.code == 2
    assert "Traceback" not in ran.err


def test_open_in_excel(tmp_path: Path) -> None:
    """With Excel's lock file there the mails still go, the workbook stays, and the code is 3."""
    sample(tmp_path)
    # As Excel writes it: the name in the code page, filled up, then its length and it in UTF-16.
    name = "Maria".encode("utf-16-le")
    lock = b"\x05" + b"Maria".ljust(54) + len("Maria").to_bytes(2, "little") + name.ljust(108)
    (tmp_path / "~$agency.xlsx").write_bytes(lock)
    (tmp_path / "config.yaml").write_text("workbook: agency.xlsx\nas_of: 2026-03-16\n")
    book = (tmp_path / "agency.xlsx").read_bytes()
    ran = certsync("run", cwd=tmp_path)
    assert ran.code == 3, ran.err
    assert "Maria" in ran.out
    assert (tmp_path / "agency.xlsx").read_bytes() == book
    mails = list(tmp_path.rglob("*.eml"))
    assert mails

    (tmp_path / "~$agency.xlsx").unlink()
    again = certsync("run", cwd=tmp_path)
    assert again.code == 0, again.out + again.err
    assert (tmp_path / "agency.xlsx").read_bytes() != book
    assert list(tmp_path.rglob("*.eml")) == mails


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    """Where the workbook may not be written the mails still go, and the code is 3."""
    shared = tmp_path / "shared"
    shared.mkdir()
    sample(shared)
    (tmp_path / "config.yaml").write_text("workbook: shared/agency.xlsx\nas_of: 2026-03-16\n")
    shared.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        ran = certsync("run", cwd=tmp_path)
    finally:
        shared.chmod(stat.S_IRWXU)
    assert ran.code == 3, ran.err
    assert list(tmp_path.rglob("*.eml"))


def test_a_second_run_at_the_same_time(tmp_path: Path) -> None:
    """While one run is at work another of the same config ends with code 4."""
    sample(tmp_path)
    (tmp_path / "config.yaml").write_text("workbook: agency.xlsx\nas_of: 2026-03-16\n")
    with Ledger.open(tmp_path / ".certsync" / "ledger.sqlite"):
        ran = certsync("run", cwd=tmp_path)
    assert ran.code == 4
    assert "Another certsync run" in ran.err
