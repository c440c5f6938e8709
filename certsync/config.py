"""A YAML config becomes settings, or one error that names every problem with its line."""

from __future__ import annotations

import os
import warnings
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from certsync import configsheets as sheets
from certsync.alerts.channels.smtp_settings import SmtpSettings
from certsync.alerts.tiers import DEFAULT_TIERS, People, Tier
from certsync.compute.policy import Policy
from certsync.configfile import Document, parse, unprintable
from certsync.configkeys import AlertKeys, ConfigKeys, GoogleKeys, SmtpKeys, validate
from certsync.errors import ConfigError, ConfigProblem
from certsync.settings import Alerts, Dashboard, Excel, Google, Schedule, Settings, Spreadsheet
from certsync.sheets.names import fold
from certsync.sheets.near import nearest
from certsync.sheets.schema import SCHEMA, Column, Owned

LARGEST_FILE = 1_000_000
LARGEST_SECRET = 65_536

_START = "To start, copy config.example.yaml and put the name of your workbook into it."
_PORTS = {"starttls": 587, "tls": 465, "none": 25}


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
        alerts = self._alerts(written.get("alerts", {}))
        columns = self._columns()
        if workbook is None or timezone is None:
            return None
        return Settings(
            source=self.source,
            workbook=workbook,
            output=output or workbook,
            timezone=timezone,
            alerts=alerts,
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
        )

    def _report(self, message: str, *loc: str | int) -> None:
        self.document.report(message, loc)

    def _given(self, *loc: str) -> bool:
        """Whether the key has a value in the file, be it sound or not."""
        mark = self.document.marks.get(loc)
        return mark is not None and mark.written is not None

    def _path(self, text: str) -> Path:
        path = Path(text)
        if path.parts[:1] == ("~",):
            path = path.expanduser()
        # A workbook behind a symbolic link is written where it lies.
        return Path(os.path.realpath(self.source.parent / path))

    def _workbook(self, name: str) -> Path | Spreadsheet | None:
        if found := sheets.spreadsheet(name, self.source.parent):
            return found
        if problem := sheets.problem(name):
            self._report(problem, "workbook")
        elif name:
            return self._path(name)
        elif not self._given("workbook"):
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
        output = self._path(name)
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
            self._path(written["key_file"]) if "key_file" in written else None,
            key.get_secret_value() if key else None,
        )

    def _local_zone(self) -> ZoneInfo | None:
        from tzlocal import get_localzone_name

        if self._given("timezone"):
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

    def _alerts(self, written: AlertKeys) -> Alerts:
        channels = tuple(dict.fromkeys(written.get("channels", Alerts.channels)))
        smtp_given = self._given("alerts", "smtp")
        if "smtp" in channels:
            for key, what in (("smtp", "the mail server"), ("from", "who the mails come from")):
                if not self._given("alerts", key):
                    message = f"The channel smtp needs `{key}` beside `channels`: {what}."
                    self._report(message, "alerts", "channels")
        elif smtp_given and ("channels" in written or not self._given("alerts", "channels")):
            message = "No mail goes to this server: write `channels: [smtp]`, or remove `smtp`."
            self._report(message, "alerts", "smtp")
        return Alerts(
            outbox=self._path(written.get("outbox", "outbox")),
            enabled=written.get("enabled", Alerts.enabled),
            tiers=self._tiers(written),
            channels=channels,
            sender=written.get("from"),
            digest=written.get("digest", Alerts.digest),
            max_messages=written.get("max_messages", Alerts.max_messages),
            smtp=self._smtp(written["smtp"]) if "smtp" in written else None,
        )

    def _tiers(self, written: AlertKeys) -> tuple[Tier, ...]:
        days: dict[int, str] = {}
        names: dict[str, str] = {}
        for index, tier in enumerate(written.get("tiers", ())):
            here = ("alerts", "tiers", index)
            name = tier["name"]
            if tier["days"] in days:
                first = days[tier["days"]]
                self._report(f"`{first}` begins at {tier['days']} days too. Change one.", *here)
            if fold(name) in names:
                self._report(f"Two tiers are named `{name}`. Give each a name of its own.", *here)
            days.setdefault(tier["days"], name)
            names.setdefault(fold(name), name)
        tiers = [Tier(t["name"], t["days"], tuple(t["to"])) for t in written.get("tiers", ())]
        every = written.get("follow_up_days", 7) or None
        return tuple(
            replace(tier, follow_up_every=every if tier.days == 0 else None)
            for tier in sorted(tiers or DEFAULT_TIERS, key=lambda tier: -tier.days)
        )

    def _smtp(self, written: SmtpKeys) -> SmtpSettings | None:
        here = ("alerts", "smtp")
        named = self._given(*here, "password") or self._given(*here, "password_file")
        password = self._password(written)
        if named != ("username" in written):
            self._report(
                "`username` needs a password beside it, and a password a `username`. Add "
                "`password: ${SMTP_PASSWORD}` or `password_file:`, or remove what is there.",
                *here,
            )
        if named and not password:
            return None
        security = written.get("security", "starttls")
        try:
            return SmtpSettings(
                host=written["host"],
                port=written.get("port", _PORTS[security]),
                security=security,
                username=written.get("username", "") if named else "",
                password=password,
                timeout=written.get("timeout", SmtpSettings.timeout),
                data_timeout=written.get("data_timeout", SmtpSettings.data_timeout),
            )
        except ValueError as error:
            self._report(str(error), *here)
        return None

    def _password(self, written: SmtpKeys) -> str:
        """The password from the environment or a file; empty if there is none that can be used."""
        here = ("alerts", "smtp", "password")
        if "password_file" in written:
            if self._given(*here):
                self._report("`password` and `password_file` are both here. Keep one.", *here)
            return self._secret(written["password_file"], "alerts", "smtp", "password_file")
        if "password" not in written:
            return ""
        if "${" not in (self.document.marks[here].written or ""):
            self._report(
                "A password does not belong into a config. Write `password: ${SMTP_PASSWORD}` "
                "to take it from the environment, or `password_file:` with the path of a file.",
                *here,
            )
        return written["password"].get_secret_value()

    def _secret(self, name: str, *loc: str) -> str:
        """The one line of text in a file; the newline at its end is no part of it."""
        # The name may come from a variable that holds the secret itself.
        shown = self.document.marks[loc].written
        try:
            with (self.source.parent / Path(name)).open("rb") as file:
                text = file.read(LARGEST_SECRET).decode("utf-8-sig").rstrip("\r\n")
        except FileNotFoundError:
            self._report(f"There is no file {shown} in {self.source.parent}.", *loc)
        except (OSError, ValueError):
            self._report(f"{shown} cannot be read as a text file.", *loc)
        else:
            if text and not unprintable(text):
                return text
            self._report(f"{shown} must hold one line of text, the secret alone.", *loc)
        return ""
