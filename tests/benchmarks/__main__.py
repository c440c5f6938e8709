"""Speed and memory beside what a user would do instead: `python -m tests.benchmarks [ROWS ...]`.

`--mail [MESSAGES]` measures how quickly mails go out instead: see `mail.py`.

Every program runs as a process of its own, one after the other, on the same workbook in the same
run; the best of `--repeat` runs counts. Ratios are what to compare: seconds depend on the machine.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import mail, workbooks

ROOT = Path(__file__).parents[2]
PEERS = Path(__file__).with_name("peers.py")
CONFIG = "workbook: {source}\noutput: {output}\nas_of: 2026-03-16\nalerts:\n  enabled: {alerts}\n"


@dataclass(frozen=True)
class Measured:
    """The best of several runs: wall clock seconds and peak memory in MB."""

    seconds: float
    megabytes: float


def measure(command: list[str], repeat: int, before: Path | None = None) -> Measured:
    """Run a command `repeat` times; `before` is a file removed before each run."""
    best = Measured(float("inf"), float("inf"))
    for _ in range(repeat):
        if before:
            before.unlink(missing_ok=True)
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        code = os.waitstatus_to_exitcode(status)
        if code != 0:
            raise SystemExit(f"{' '.join(command)} ended with code {code}")
        best = Measured(min(best.seconds, seconds), min(best.megabytes, usage.ru_maxrss / 1024))
    return best


def certsync(*arguments: str) -> list[str]:
    """The installed program, by its own entry point."""
    return [str(Path(sys.executable).with_name("certsync")), *arguments]


def sized(rows: int, folder: Path, repeat: int) -> dict[str, Measured]:
    """Every program on one workbook of `rows` certifications."""
    source, output = folder / f"{rows}.xlsx", folder / f"{rows}-out.xlsx"
    workbooks.build(source, rows)
    configs = {}
    for alerts in ("true", "false"):
        configs[alerts] = folder / f"{rows}-{alerts}.yaml"
        configs[alerts].write_text(
            CONFIG.format(source=source.name, output=output.name, alerts=alerts)
        )
    peer = [sys.executable, str(PEERS)]
    dry = certsync("run", "--dry-run", "--config", str(configs["true"]))
    write = certsync("run", "--config", str(configs["false"]))
    return {
        "certsync run --dry-run": measure(dry, repeat),
        "certsync run, with the write": measure(write, repeat, before=output),
        "pandas + openpyxl script": measure([*peer, "script", str(source), str(output)], 1),
        "floor": measure([*peer, "floor", str(source), str(output)], repeat),
    }


def main() -> None:
    """Measure every size asked for and print one table a size, then the small commands."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", type=int, default=[1_000, 10_000, 100_000])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument(
        "--mail", type=int, metavar="MESSAGES", nargs="?", const=5_000, help="mails, and no rows"
    )
    asked = parser.parse_args()
    if asked.mail:
        mail.measure(asked.mail, asked.repeat)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for rows in asked.rows:
            results = sized(rows, folder, asked.repeat)
            script, floor = results["pandas + openpyxl script"], results["floor"]
            print(f"\n{rows:,} certification rows")
            print("| program | seconds | MB | script takes | of the floor |")
            print("|---|---|---|---|---|")
            for label, m in results.items():
                print(
                    f"| {label} | {m.seconds:.2f} | {m.megabytes:.0f} "
                    f"| {script.seconds / m.seconds:.1f} x | {m.seconds / floor.seconds:.2f} x |"
                )
        small(folder, asked.repeat)


def small(folder: Path, repeat: int) -> None:
    """`--help` and the run on the sample, beside importing pandas and openpyxl."""
    help_ = measure(certsync("--help"), repeat)
    peer = [sys.executable, str(PEERS), "imports", "-", "-"]
    imports = measure(peer, repeat)
    # A folder of its own: the ledger beside the config remembers the larger workbooks.
    config = folder / "sample" / "config.yaml"
    config.parent.mkdir()
    config.write_text(
        f"workbook: {ROOT / 'sample_workbook.xlsx'}\noutput: sample-out.xlsx\nas_of: 2026-03-16\n"
    )
    sample = measure(certsync("run", "--config", str(config)), 1)
    print(f"\ncertsync --help              {help_.seconds:.2f} s   (to reach: 0.25 s)")
    print(f"import pandas, openpyxl      {imports.seconds:.2f} s")
    print(
        f"certsync run on the sample   {sample.seconds:.2f} s   "
        f"(to reach: {2 * imports.seconds + 0.5:.2f} s)"
    )


if __name__ == "__main__":
    main()
