"""The sentence and the line of everything that can be wrong in a config."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from certsync.config import load
from certsync.errors import ConfigError
from tests.config.written import KEYS, outcome, problems, write

WRONG = {
    "workbuk: a.xlsx": "1: There is no key `workbuk` here. Did you mean `workbook`?",
    "reports: {}": (
        "1: There is no key `reports` here. The keys are workbook, output, as_of, timezone, "
        "date_order, columns, policy, people, alerts, dashboard, schedule, excel, google, "
        "heartbeat."
    ),
    "coordinator: x": "1: `coordinator` belongs below `people`, indented.",
    "alerts:\n  host: x": "2: `host` belongs below `alerts.smtp`, indented.",
    "policy:\n  timezone: UTC": "2: `timezone` belongs at the left edge, below nothing.",
    "policy:\n  Expiring-Soon: 3": (
        "2: There is no key `Expiring-Soon` here. Did you mean `expiring_soon_days`?"
    ),
    "workbook:": "0: `workbook` is missing. Add a line such as `workbook: agency.xlsx`.",
    "output: o.xlsx": "0: `workbook` is missing. Add a line such as `workbook: agency.xlsx`.",
    "workbook: ' '": "1: `workbook` must be some text, not ` `.",
    "workbook: [a.xlsx]": "1: `workbook` must be a single value, not a list or a group of keys.",
    "workbook: https://docs.google.com/spreadsheets/d/1x/edit": (
        "1: This address has no whole ID in it. Open the spreadsheet in a browser and copy the "
        "whole address from the address bar."
    ),
    "workbook: https://docs.google.com/spreadsheets/d/e/2PACX-1vAbCdEfGhIjKlMnOpQrStUv/pubhtml": (
        "1: This is the address of a published copy. Open the spreadsheet in a browser and copy "
        "the whole address from the address bar: it has /d/ and a long ID."
    ),
    "workbook: https://docs.google.com/document/d/1AbCdEfGhIjKlMnOpQrStUvWxYz0123456/edit": (
        "1: This is the address of another kind of Google document. Open the spreadsheet in a "
        "browser and copy the whole address from the address bar."
    ),
    "workbook: https://drive.google.com/drive/folders/1AbCdEfGhIjKlMnOpQrStUvWxYz0123456": (
        "1: This is the address of a folder or file in Drive. Open the spreadsheet in a browser "
        "and copy the whole address from the address bar: it begins with "
        "https://docs.google.com/spreadsheets/d/."
    ),
    "workbook: https://agency.example/a.xlsx": (
        "1: A workbook is a file, or a spreadsheet in Google Sheets. Download this one and put "
        "the name of the file here."
    ),
    "workbook: 1AbCdEfGhIjKlMnOpQrStUvWxYz0123456\noutput: o.xlsx": (
        "2: `output` is for a workbook in a file. A spreadsheet is written in place: remove this "
        "line. To try certsync out, make a copy in Google Sheets and name that."
    ),
    "workbook: 1AbCdEfGhIjKlMnOpQrStUvWxYz0123456\ngoogle:\n  key: '{}'": (
        "3: A key does not belong into a config. Write `key: ${GOOGLE_KEY}` to take it from the "
        "environment, or `key_file:` with the path of its file."
    ),
    "output: ./x/../a.xlsx": (
        "1: `output` is the workbook itself. Remove this line to write in place."
    ),
    "output: a.xlsm": "1: `output` must end in .xlsx, like the workbook.",
    "as_of: 16/03/2026": "1: `as_of` must be a day written like 2026-03-16, not `16/03/2026`.",
    "as_of: 2026-02-29": "1: `as_of` must be a day written like 2026-03-16, not `2026-02-29`.",
    "timezone: Chicago": (
        "1: `timezone` must be the name of a time zone, such as America/Chicago, not `Chicago`. "
        "The nearest is America/Chicago."
    ),
    "timezone: Europe/Berln": (
        "1: `timezone` must be the name of a time zone, such as America/Chicago, not "
        "`Europe/Berln`. The nearest is Europe/Berlin."
    ),
    "timezone: ../../etc/passwd": (
        "1: `timezone` must be the name of a time zone, such as America/Chicago, not "
        "`../../etc/passwd`."
    ),
    "date_order: dmy": ("1: `date_order` must be DMY, MDY or YMD, not `dmy`. Did you mean `DMY`?"),
    "columns:\n  Certs:\n    Expiry Dte: x": (
        "3: certsync knows no column `Expiry Dte`. Did you mean `Expiration Date`?"
    ),
    "columns:\n  Certification Lst: {}": (
        "2: certsync knows no tab `Certification Lst`. Did you mean `Certifications`?"
    ),
    "columns:\n  Certs:\n    Notes: x\n    notes: y": "4: `notes` or `y` is given twice. Keep one.",
    "columns:\n  Certs:\n    Notes: x\n    Verified: X": (
        "4: `Verified` or `X` is given twice. Keep one."
    ),
    "policy:\n  at_risk_days: -1": "2: `at_risk_days` must be 0 or more, not `-1`.",
    "policy:\n  at_risk_days: 99999": "2: `at_risk_days` must be 3660 or less, not `99999`.",
    "policy:\n  at_risk_days: ninety": "2: `at_risk_days` must be a whole number, not `ninety`.",
    "policy:\n  at_risk_days: 1.5": "2: `at_risk_days` must be a whole number, not `1.5`.",
    "policy:\n  at_risk_days: true": "2: `at_risk_days` must be a whole number, not `true`.",
    "policy:\n  strict: perhaps": "2: `strict` must be true or false, not `perhaps`.",
    "policy: strict": "1: `policy` must be a group of keys, indented below it, not `strict`.",
    "policy:\n  - strict": "1: `policy` must be a group of keys, indented below it.",
    "people:\n  coordinator: Ana": (
        "2: `coordinator` must be an e-mail address, such as `Dana Reyes <dana@agency.example>`, "
        "not `Ana`."
    ),
    "people:\n  coordinator: Ana <ana@bücher.example>": (
        "2: `coordinator` must be an e-mail address, such as `Dana Reyes <dana@agency.example>`, "
        "not `Ana <ana@bücher.example>`. Write the domain as xn--bcher-kva.example."
    ),
    "people:\n  coordinator: ünïcode@x.example": (
        "2: `coordinator` must be an e-mail address, such as `Dana Reyes <dana@agency.example>`, "
        "not `ünïcode@x.example`. Mail servers on the way may not take letters beyond a to z "
        "before the @. Write an address without them."
    ),
    "people:\n  coordinator: {mail: a@b.example}": (
        "2: `coordinator` must be an e-mail address, such as `Dana Reyes <dana@agency.example>`."
    ),
    "people:\n  leadership:\n    - a@b.example\n    -": (
        "4: There is nothing on this line. Write a value, or remove the line."
    ),
    "people:\n  leadership:\n    - a@b.example, c@d.example": (
        "3: An entry of `leadership` must be an e-mail address, such as `Dana Reyes "
        "<dana@agency.example>`, not `a@b.example, c@d.example`."
    ),
    "alerts:\n  tiers: []": "2: `tiers` must be a list with at least one entry.",
    "alerts:\n  tiers: 30": (
        "2: `tiers` must be a list, each entry on a line of its own behind a dash, not `30`."
    ),
    "alerts:\n  tiers:\n    - 30": (
        "3: An entry of `tiers` must be a group of keys, indented below it, not `30`."
    ),
    "alerts:\n  tiers:\n    - {name: A, days: 3}": "3: `to` is missing here. Add a line `to: ...`.",
    "alerts:\n  tiers:\n    - {name: A, days: 3, to: boss}": (
        "3: An entry of `to` must be holder, manager, coordinator, leadership, owner or an e-mail "
        "address, not `boss`."
    ),
    "alerts:\n  channels: [outbox, fax]": (
        "2: An entry of `channels` must be outbox, smtp, slack, teams or apprise, not `fax`."
    ),
    "alerts:\n  digest: weekly": ("2: `digest` must be recipient or certification, not `weekly`."),
    "alerts:\n  max_messages: 0": "2: `max_messages` must be 1 or more, not `0`.",
    "alerts:\n  smtp:\n    host: localhost": (
        "2: No mail goes to this server: write `channels: [smtp]`, or remove `smtp`."
    ),
    "alerts:\n  channels: smtp\n  smtp:\n    host: x": (
        "2: The channel smtp needs `from` beside `channels`: who the mails come from."
    ),
    "alerts:\n  channels: smtp\n  from: a@b.example": (
        "2: The channel smtp needs `smtp` beside `channels`: the mail server."
    ),
    "dashboard:\n  title: Staff": (
        "2: `title` must be a name of its own, not `Staff`. That tab is one that people fill."
    ),
    "dashboard:\n  title: This/That": (
        "2: `title` must be a name Excel allows for a tab: at most 31 letters, none of [ ] : * ? "
        "/ \\, not `This/That`."
    ),
    "schedule:\n  at: 24:00": "2: `at` must be a time of day written like 07:30, not `24:00`.",
    "schedule:\n  at: 7": "2: `at` must be a time of day written like 07:30, not `7`.",
    "excel:\n  backups: few": "2: `backups` must be a whole number, not `few`.",
    "excel:\n  - {\n": (
        "2: A bracket that opens here is not closed, or a comma is missing inside it."
    ),
}


@pytest.mark.parametrize("text", WRONG)
def test_each_mistake_has_its_sentence_and_line(folder: Path, text: str) -> None:
    """Where it is, what it must be, what it is, and where it helps, what was most likely meant."""
    alone = text.startswith("workbook") or WRONG[text].startswith("0:")
    assert problems(write(folder, text if alone else f"{text}\nworkbook: a.xlsx")) == [WRONG[text]]


NOT_YAML = {
    "a:\tb\n\tc: d": (1, "There is a tab here. YAML is indented with spaces"),
    "workbook: a.xlsx\n\toutput: b.xlsx": (2, "There is a tab here."),
    "workbook: a: b": (1, "There is a second colon here"),
    "workbook: a.xlsx\n  output: b": (2, "There is a second colon here, or the line is indented"),
    "workbook:a.xlsx": (1, "A config is made of `key: value` lines"),
    "workbook:a.xlsx\n\n# where\noutput: b": (1, "This line is no `key: value`."),
    "workbook: a\noutput:b\nas_of: c": (2, "This line is no `key: value`."),
    "workbook a.xlsx\noutput: b": (1, "This line is no `key: value`."),
    "workbook: 'a.xlsx\noutput: b": (1, "A quote that opens here is never closed."),
    "workbook: 'a' b": (1, "This line does not line up"),
    "policy:\n    strict: true\n  grace_days: 1": (3, "This line does not line up"),
    "workbook: a\npolicy: {strict: true": (2, "A bracket that opens here is not closed"),
    "workbook: @a": (1, "A value cannot begin with this sign."),
    "workbook: *a": (1, "YAML takes `*` and `&` at the start"),
    'workbook: "C:\\Users\\a.xlsx"': (1, "In double quotes a backslash has a meaning of its own."),
    "workbook: a\n---\nworkbook: b": (2, "A second document begins here."),
    "workbook: a\nworkbook: b": (2, "`workbook` is on line 1 already. Keep one of the two."),
    "workbook: a\npolicy:\n  strict: true\n  strict: true": (
        4,
        "`strict` is on line 3 already.",
    ),
    "workbook: a\n{b: c}: d": (2, "A key is one word"),
    "workbook: a\noutput: {{ name }}": (2, "A key is one word"),
    "workbook: a\ngoogle: {\n  key: ${X}}": (
        3,
        "Between brackets a value with ${...} needs quotes",
    ),
    "workbook: a\nschedule: [${X}]": (2, "Between brackets a value with ${...} needs quotes"),
    "agency.xlsx": (1, "A config is made of `key: value` lines"),
    "# nothing but a comment": (0, "The file is empty. One line is enough"),
    "": (0, "The file is empty."),
    "workbook: a\nx: \x07": (2, "There is an invisible control character on this line."),
    'workbook: a\noutput: "\\ud800.xlsx"': (2, "This value holds a line break or an invisible"),
    "a: &a [*a, *a]": (1, "This is nested too deeply, or is too long, for a config."),
    "[" * 500: (0, "The brackets are nested too deeply for a config."),
    "%YAML 9.9\n---\na: b": (1, "This line cannot be read as YAML."),
}


@pytest.mark.parametrize("text", NOT_YAML)
def test_what_is_not_yaml_is_explained_at_its_line(folder: Path, text: str) -> None:
    """The parser's own words never appear: each says what to change."""
    line, start = NOT_YAML[text]
    found = problems(write(folder, text))
    assert any(problem.startswith(f"{line}: {start}") for problem in found)


def test_every_problem_is_named_at_once(folder: Path) -> None:
    """One run shows everything that is wrong, in the order of the lines."""
    text = """\
workbook: a.xlsx
policy:
  strict: perhaps
  grace: 3
people:
  coordinator: Ana
alerts:
  tiers:
    - {name: A, days: soon, to: [holder, boss]}
  smtp:
    port: 99999
    password: ${NOWHERE}
output: a.pdf
"""
    lines = [problem.partition(":")[0] for problem in problems(write(folder, text))]
    assert lines == ["3", "4", "6", "9", "9", "10", "10", "11", "12", "13"]


def test_a_missing_config_says_what_is_there_and_how_to_start(folder: Path) -> None:
    """Configs in the same folder are named, and the way to a first one."""
    (folder / "agency.yml").touch()
    (folder / "other.txt").touch()
    start = "To start, copy config.example.yaml and put the name of your workbook into it."
    assert problems(folder / "config.yaml") == [
        f"0: There is no such file. In that folder: agency.yml. {start}"
    ]
    assert problems(folder / "x" / "config.yaml") == [
        f"0: There is no such file. There is no folder {folder / 'x'} either. {start}"
    ]
    assert problems(folder) == [
        "0: This is a folder. Name the config in it. In that folder: agency.yml."
    ]


FILES = {
    b"PK\x03\x04 and so on": "0: This is a workbook. Name it in a config: `workbook: config.yaml`.",
    "workbook: a\n# café".encode("latin-1"): "2: A letter here is not written as UTF-8. Save the "
    "file with the encoding UTF-8.",
    b"#"
    * 1_000_001: "0: This file is too large for a config. To start, copy config.example.yaml and "
    "put the name of your workbook into it.",
}


@pytest.mark.parametrize("content", FILES, ids=["workbook", "latin-1", "huge"])
def test_a_file_that_is_no_text_is_explained(folder: Path, content: bytes) -> None:
    """A workbook given as the config, another encoding, a huge file: each has its sentence."""
    (folder / "config.yaml").write_bytes(content)
    assert problems(folder / "config.yaml") == [FILES[content]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_windows_editors_save_is_read(folder: Path, encoding: str, newline: str) -> None:
    """A byte order mark, UTF-16 and CR LF make no difference."""
    text = newline.join(["# Zielińska", "workbook: Größe.xlsx", ""])
    (folder / "config.yaml").write_bytes(text.encode(encoding))
    assert str(load(folder / "config.yaml").workbook).endswith("Größe.xlsx")


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["a.xlsx", "2026-03-16", "holder", "smtp", "a@b.example", "${X}", "DMY", "."]),
)
NAMES = st.sampled_from(
    [loc[-1] for loc in KEYS] + ["Certifications", "Notes", "x", "", "<<", "password_file", "_file"]
)
TREES = st.recursive(
    JUNK,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=20,
)


def settings_or_sentences(path: Path) -> None:
    """Settings, or problems that are whole sentences, each at a line that exists."""
    lines = len(path.read_bytes().splitlines()) + 1
    found = outcome(path)
    if isinstance(found, ConfigError):
        assert found.problems
        for problem in found.problems:
            assert problem.line is None or 1 <= problem.line <= lines
            assert problem.message[-1] in ".?"
            assert "Input should" not in problem.message
            assert "rror" not in problem.message


LONG = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@LONG
@given(text=st.text())
@example("%YAML 9.9\n--- ''")
@example('"\\UFFFFFFFF"')
@example("!!python/object/apply:os.system [ls]")
@example("\x85workbook: a\x85x: \x07")
def test_any_text_gives_settings_or_sentences(folder: Path, text: str) -> None:
    """No text makes anything but a ConfigError."""
    path = folder / "config.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    settings_or_sentences(path)


@LONG
@given(tree=st.dictionaries(NAMES, TREES, max_size=6))
def test_any_tree_of_values_gives_settings_or_sentences(folder: Path, tree: object) -> None:
    """Known keys with values of any kind in any place make nothing but a ConfigError."""
    settings_or_sentences(write(folder, json.dumps(tree)))
