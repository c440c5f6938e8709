"""A YAML config becomes settings, or one error that names every problem with its line."""

from __future__ import annotations

import os
import warnings
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from contextlib import suppress
from pathlib import Path
from zoneinfo import ZoneInfo

from certsync import configsheets as sheets
from certsync.alerts.tiers import People
from certsync.compute.policy import Policy
from certsync.configalerts import AlertReader
from certsync.configchannels import ChannelReader
from certsync.configcheck import validate
from certsync.configfile import Document, parse
from certsync.configkeys import ConfigKeys, GoogleKeys
from certsync.configsecrets import Vault
from certsync.configvalues import located
from certsync.errors import ConfigError, ConfigProblem
from certsync.settings import Dashboard, Excel, Google, Schedule, Settings, Spreadsheet
from certsync.sheets.names import fold
from certsync.sheets.near import nearest
from certsync.sheets.schema import SCHEMA, Column, Owned

LARGEST_FILE = 1_000_000

_START = "To start, copy config.example.yaml and put the name of your workbook into it."


def load(path: Path) -> Settings:
    """The settings of the config at `path`.

    Raises ConfigError with every problem in it and, as far as they have one, its line.
    """
    source = Path(os.path.normpath(path.absolute()))
    text, problems = _read(source)
    if text is not None:
        document = parse(text, os.environ)
        settings = _Builder(document, source).settings() if document.readable else None
        problems = document.problems
        if settings and not problems:
            return settings
    raise ConfigError(str(path), sorted(problems, key=lambda problem: problem.line or 0))


def _read(path: Path) -> tuple[str | None, list[ConfigProblem]]:
    """The text of the file, or why there is none."""
    line = None
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if content.startswith(b"PK\x03\x04"):
            message = f"This is a workbook. Name it in a config: `workbook: {path.name}`."
        elif len(content) > LARGEST_FILE:
            message = "This file is too large for a config. " + _START
        else:
            utf16 = content.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
            return content.decode("utf-16" if utf16 else "utf-8-sig"), []
    except FileNotFoundError:
        message = f"There is no such file.{_nearby(path)} {_START}"
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = "A letter here is not written as UTF-8. Save the file with the encoding UTF-8."
    except OSError as error:
        if path.is_dir():
            message = f"This is a folder. Name the config in it.{_nearby(path / 'config.yaml')}"
        else:
            message = f"The file cannot be read ({error.strerror}). Check that you may open it."
    return None, [ConfigProblem(message, line)]


def _nearby(path: Path) -> str:
    try:
        found = sorted(p.name for p in path.parent.iterdir() if p.suffix in (".yaml", ".yml"))
    except OSError:
        return f" There is no folder {path.parent} either."
    return f" In that folder: {', '.join(found[:5])}." if found else ""


class _Builder:
    """Settings from what is written, with the checks that concern more than one key."""

    def __init__(self, document: Document, source: Path) -> None:
        self.document = document
        self.written: ConfigKeys = validate(document)
        self.source = source

    def settings(self) -> Settings | None:
        """The settings; None where there can be none, and the document says why."""
        written = self.written
        people = written.get("people", {})
        workbook = self._workbook(written.get("workbook", ""))
        output = self._output(written.get("output"), workbook)
        timezone = written.get("timezone") or self._local_zone()
        google = self._google(written.get("google", {}))
        vault = Vault(self.document, self.source.parent)
        channels = ChannelReader(self.document, vault)
        alerts = AlertReader(self.document, self.source.parent, channels)
        alerting = alerts.alerts(written.get("alerts", {}))
        heartbeat = channels.heartbeat(written["heartbeat"]) if "heartbeat" in written else None
        columns = self._columns()
        if workbook is None or timezone is None:
            return None
        return Settings(
            source=self.source,
            workbook=workbook,
            output=output or workbook,
            timezone=timezone,
            alerts=alerting,
            as_of=written.get("as_of"),
            date_order=written.get("date_order"),
            columns=columns,
            policy=Policy(**written.get("policy", {})),
            people=People(people.get("coordinator"), tuple(people.get("leadership", ()))),
            dashboard=Dashboard(**written.get("dashboard", {})),
            schedule=Schedule(**written.get("schedule", {})),
            excel=Excel(**written.get("excel", {})),
            timezone_given="timezone" in written,
            google=google,
            heartbeat=heartbeat,
            secret_files=(*vault.files, *filter(None, [google.key_file])),
        )

    def _report(self, message: str, *loc: str | int) -> None:
        self.document.report(message, loc)

    def _workbook(self, name: str) -> Path | Spreadsheet | None:
        if found := sheets.spreadsheet(name, self.source.parent):
            return found
        if problem := sheets.problem(name):
            self._report(problem, "workbook")
        elif name:
            return located(self.source.parent, name)
        elif not self.document.given("workbook"):
            self._report("`workbook` is missing. Add a line such as `workbook: agency.xlsx`.")
        return None

    def _output(
        self, name: str | None, workbook: Path | Spreadsheet | None
    ) -> Path | Spreadsheet | None:
        if name is None or workbook is None:
            return None
        if isinstance(workbook, Spreadsheet):
            self._report(
                "`output` is for a workbook in a file. A spreadsheet is written in place: remove "
                "this line. To try certsync out, make a copy in Google Sheets and name that.",
                "output",
            )
            return None
        output = located(self.source.parent, name)
        if os.path.normcase(output) == os.path.normcase(workbook):
            message = "`output` is the workbook itself. Remove this line to write in place."
            self._report(message, "output")
        elif output.suffix.lower() != workbook.suffix.lower():
            ending = workbook.suffix or ".xlsx"
            self._report(f"`output` must end in {ending}, like the workbook.", "output")
        return output

    def _google(self, written: GoogleKeys) -> Google:
        """The key as written; whether it is of use shows when it is used."""
        if "key_file" in written and "key" in written:
            message = "`key` and `key_file` are both here. Keep one."
            self._report(message, "google", "key")
        if "key" in written and "${" not in (self.document.marks["google", "key"].written or ""):
            self._report(
                "A key does not belong into a config. Write `key: ${GOOGLE_KEY}` to take it from "
                "the environment, or `key_file:` with the path of its file.",
                "google",
                "key",
            )
        key = written.get("key")
        return Google(
            located(self.source.parent, written["key_file"]) if "key_file" in written else None,
            key.get_secret_value() if key else None,
        )

    def _local_zone(self) -> ZoneInfo | None:
        from tzlocal import get_localzone_name

        if self.document.given("timezone"):
            return None
        with suppress(ValueError, KeyError, OSError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ZoneInfo(get_localzone_name() or "")
        self._report(
            "The time zone of this computer is not known. Add a line such as "
            "`timezone: America/Chicago`."
        )
        return None

    def _columns(self) -> dict[str, dict[str, str]]:
        mapping: dict[str, dict[str, str]] = {}
        for tab, headers in self.written.get("columns", {}).items():
            spec = next((spec for spec in SCHEMA if fold(tab) in spec.names()), None)
            if spec is None:
                self._unknown("tab", tab, [spec.title for spec in SCHEMA], "columns", tab)
                continue
            columns: list[Column | Owned] = [*spec.columns, *spec.owned]
            keys = {fold(alias): c.key for c in spec.columns for alias in c.aliases}
            keys |= {fold(name): c.key for c in columns for name in (c.header, c.key)}
            taken = mapping.setdefault(spec.key, {})
            for header, theirs in headers.items():
                here = ("columns", tab, header)
                key = keys.get(fold(header))
                if key is None:
                    self._unknown("column", header, [c.header for c in columns], *here)
                elif key in taken or fold(theirs) in map(fold, taken.values()):
                    self._report(f"`{header}` or `{theirs}` is given twice. Keep one.", *here)
                else:
                    taken[key] = theirs
        return mapping

    def _unknown(self, what: str, name: str, known: list[str], *loc: str) -> None:
        near = nearest(name, known)
        hint = f"Did you mean `{near}`?" if near else f"There are {', '.join(known)}."
        self._report(f"certsync knows no {what} `{name}`. {hint}", *loc)
