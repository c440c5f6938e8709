"""Running the program as people do: a process, its output and its exit code."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

WATCHED = """
import sys
changes = []
WRITING = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "os.chmod", "os.link",
           "os.symlink", "os.utime", "shutil.copyfile", "shutil.move", "tempfile.mkstemp",
           "tempfile.mkdtemp", "socket.connect", "socket.bind", "socket.getaddrinfo",
           "subprocess.Popen"}
def hook(event, args):
    if event == "open":
        path, mode, flags = args
        writing = isinstance(mode, str) and any(letter in mode for letter in "wax+")
        import os
        low = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if (writing or (mode is None and low)) and path != os.devnull:
            changes.append(f"open {path} {mode}")
    elif event in WRITING:
        changes.append(f"{event} {args}")
    elif event == "sqlite3.connect" and args[0] != ":memory:":
        changes.append(f"sqlite3.connect {args[0]}")
import os
from certsync.cli import main
leave = os._exit
def tell(code):
    print("CHANGES", changes, file=sys.stderr, flush=True)
    leave(code)
os._exit = tell
sys.addaudithook(hook)
main()
"""


@dataclass(frozen=True)
class Ran:
    """One command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """What `--json` printed: the whole of standard output must be one object."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


def certsync(*arguments: str, cwd: Path, env: dict[str, str] | None = None) -> Ran:
    """Run `certsync` with these arguments in `cwd`, a terminal 100 columns wide."""
    return _run([sys.executable, "-m", "certsync", *arguments], cwd, env)


def watched(*arguments: str, cwd: Path) -> Ran:
    """As `certsync`; standard error ends with every file, socket and process it touched."""
    return _run([sys.executable, "-c", WATCHED, *arguments], cwd, None)


def _run(command: list[str], cwd: Path, env: dict[str, str] | None) -> Ran:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "COLUMNS": "100",
        "NO_COLOR": "1",
        **(env or {}),
    }
    environment.pop("CERTSYNC_CONFIG", None) if not env else None
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def tree(folder: Path) -> dict[str, tuple[str, int]]:
    """Every file below a folder with the hash of its bytes and its mtime in nanoseconds."""
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime_ns,
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
