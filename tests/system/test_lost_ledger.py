"""A ledger that is lost, damaged or in the way, as a person meets it on the command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.system.program import ROOT, Ran, certsync
from tests.system.test_run import CONFIG

LEDGER = Path(".certsync") / "ledger.sqlite"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after its first run: everybody was told, and the workbook says so."""
    folder = tmp_path_factory.mktemp("told")
    shutil.copy(ROOT / "sample_workbook.xlsx", folder / "agency.xlsx")
    (folder / "config.yaml").write_text(CONFIG)
    assert certsync("run", cwd=folder).code == 0
    return folder


def heard(folder: Path) -> Counter[str]:
    """How many mails each person got, as the outbox has them."""
    mails = (message_from_bytes(path.read_bytes()) for path in folder.rglob("*.eml"))
    return Counter(str(mail["To"]) for mail in mails)


def cut(path: Path) -> None:
    """Half of it is gone."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def directory(path: Path) -> None:
    """A folder stands in its place."""
    path.unlink()
    path.mkdir()


def as_is(ran: Ran) -> str:
    """What a run says, on one line, without a traceback."""
    assert "Traceback" not in ran.out + ran.err
    return " ".join((ran.out + ran.err).split())


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [(Path.unlink, "The record of alerts was missing and has been rebuilt from the tab Alert Log"),
     (cut, "was damaged")],
    ids=["missing", "cut"],
)  # fmt: skip
def test_a_lost_ledger_is_rebuilt(
    told: Path, tmp_path: Path, spoil: Callable[[Path], None], sentence: str
) -> None:
    """The run says so, tells nobody again and writes nothing; a dry run says it before."""
    folder = Path(shutil.copytree(told, tmp_path / "agency"))
    before, workbook = heard(folder), (folder / "agency.xlsx").read_bytes()
    spoil(folder / LEDGER)
    dry = certsync("run", "--dry-run", "--json", cwd=folder)
    assert [one for one in dry.json["alerts"] if one["state"] == "planned"] == []
    ran = certsync("run", cwd=folder)
    assert ran.code == 0
    assert sentence in as_is(ran)
    assert "rebuilt from the tab Alert Log" in as_is(ran)
    assert heard(folder) == before
    assert (folder / "agency.xlsx").read_bytes() == workbook


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [(Path.unlink, "is missing; the next run rebuilds it from the tab Alert Log"),
     (cut, "is damaged")],
    ids=["missing", "cut"],
)  # fmt: skip
@pytest.mark.parametrize(
    "command",
    [("why", "aisha"), ("why", "qqqq"), ("rehearse", "--days", "2"),
     ("rehearse", "--days", "2", "--csv")],
    ids=["why", "why, nothing found", "rehearse", "rehearse --csv"],
)  # fmt: skip
def test_whoever_looks_ahead_hears_of_a_lost_ledger(
    told: Path, tmp_path: Path, spoil: Callable[[Path], None], sentence: str, command: list[str]
) -> None:
    """`why` and `rehearse` say what the next run makes of it, in JSON under `notes`."""
    folder = Path(shutil.copytree(told, tmp_path / "agency"))
    spoil(folder / LEDGER)
    assert sentence in as_is(certsync(*command, cwd=folder))
    if "--csv" not in command:
        assert sentence in " ".join(certsync(*command, "--json", cwd=folder).json["notes"])


def test_a_folder_in_its_place_ends_in_a_sentence(told: Path, tmp_path: Path) -> None:
    """Nothing is sent, with code 1; once it is gone, nothing is repeated."""
    folder = Path(shutil.copytree(told, tmp_path / "agency"))
    before = heard(folder)
    directory(folder / LEDGER)
    ran = certsync("run", cwd=folder)
    assert ran.code == 1
    assert "cannot be used" in as_is(ran)
    (folder / LEDGER).rmdir()
    assert certsync("run", cwd=folder).code == 0
    assert heard(folder) == before


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
)
@pytest.mark.parametrize("what", [LEDGER, LEDGER.parent])
def test_what_may_not_be_written_ends_in_a_sentence(told: Path, tmp_path: Path, what: Path) -> None:
    """A ledger or a folder that is read-only: nothing is sent, with code 1."""
    folder = Path(shutil.copytree(told, tmp_path / "agency"))
    before = heard(folder)
    mode = (folder / what).stat().st_mode
    (folder / what).chmod(mode & ~0o222)
    try:
        ran = certsync("run", cwd=folder)
    finally:
        (folder / what).chmod(mode)
    assert ran.code == 1
    assert "cannot be used" in as_is(ran)
    assert certsync("run", cwd=folder).code == 0
    assert heard(folder) == before


@pytest.mark.skipif(sys.platform == "win32", reason="the size of files can be limited on Unix")
@pytest.mark.parametrize(
    "room",
    [0, 30_000, *(pytest.param(n, marks=pytest.mark.campaign) for n in (3_000, 60_000, 90_000))],
)
def test_a_full_disk_ends_in_a_sentence(told: Path, tmp_path: Path, room: int) -> None:
    """No file grows beyond some size: no traceback, a known code, and then each mail once."""
    shutil.copy(ROOT / "sample_workbook.xlsx", tmp_path / "agency.xlsx")
    (tmp_path / "config.yaml").write_text(CONFIG)
    limited = (
        "import resource, sys\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))\n"
        "sys.argv = ['certsync', 'run']\n"
        "from certsync.cli import main\n"
        "main()\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", limited], cwd=tmp_path, env=env, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    as_is(Ran(ran.returncode, ran.stdout, ran.stderr))
    assert ran.returncode in (0, 1, 3)
    assert certsync("run", cwd=tmp_path).code == 0
    assert heard(tmp_path) == heard(told)
