"""What the README shows is what the program does."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from certsync.alerts.templatecheck import check_templates
from certsync.alerts.tiers import DEFAULT_TIERS
from certsync.config import load
from certsync.result import EXIT_CODES
from certsync.settings import Spreadsheet
from certsync.sheets.schema import SCHEMA
from tests.sheets_service.load import from_xlsx
from tests.sheets_service.service import SheetsService
from tests.system.program import ROOT, certsync

README = (ROOT / "README.md").read_text(encoding="utf-8")
FIRST = "pip install . && certsync run --config config.example.yaml"
SECOND = "pip install '.[test]' && pytest"


def blocks(language: str = "") -> list[str]:
    """The fenced blocks of one language, with the indent of a list taken off."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", README, re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, text in found]


def comparable(output: str) -> str:
    """Output without what differs from run to run: the seconds it took, blanks at line ends."""
    lines = [line.rstrip() for line in output.strip().splitlines()]
    return re.sub(r"in \d+\.\d s", "in 1.0 s", "\n".join(lines))


def test_the_two_commands_stand_at_the_top() -> None:
    """The first two blocks are the two commands, and CI runs the same lines."""
    assert [b.strip() for b in blocks()[:2]] == [FIRST, SECOND]
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert FIRST in ci
    assert SECOND in ci


def test_the_shown_output_is_the_real_one(tmp_path: Path) -> None:
    """The summary in the README is what the first command prints, to the letter."""
    for name in ("sample_workbook.xlsx", "config.example.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    ran = certsync("run", "--config", "config.example.yaml", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert comparable(ran.out) == comparable(blocks()[2])


def shown_as(marker: str) -> str:
    """The block below the comment that says which command's output it is."""
    return comparable(README.partition(f"<!-- output of: {marker} -->")[2].split("```")[1])


def test_the_shown_answers_are_the_real_ones(tmp_path: Path) -> None:
    """`certsync why` before the first run of the sample, and `certsync rehearse` after it."""
    for name in ("sample_workbook.xlsx", "config.example.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    sample = ("--config", "config.example.yaml")
    ran = certsync("why", "aisha", "devops", *sample, cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert comparable(ran.out) == shown_as("certsync why aisha devops")
    ran = certsync("why", "great", "lakes", *sample, cwd=tmp_path)
    assert comparable(ran.out) == shown_as("certsync why great lakes")
    assert certsync("run", "--quiet", *sample, cwd=tmp_path).code == 0
    ran = certsync("rehearse", "--days", "5", *sample, cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert comparable(ran.out) == shown_as("certsync rehearse --days 5, after a run")


def test_the_shown_preview_is_the_real_one(tmp_path: Path) -> None:
    """What the README shows of `certsync preview` is what it prints for the sample."""
    for name in ("sample_workbook.xlsx", "config.example.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    shown = README.partition("<!-- output of: certsync preview ")[2]
    options, _, rest = shown.partition(" -->")
    ran = certsync("preview", *options.split(), cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert comparable(ran.out) == comparable(rest.split("```")[1])


SHEET = "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"


def test_the_shown_check_of_a_spreadsheet_is_the_real_one(tmp_path: Path) -> None:
    """What the README shows of `certsync doctor` is what it prints with a spreadsheet."""
    (config,) = [text for text in blocks("yaml") if SHEET in text]
    (tmp_path / "secrets").mkdir()
    (tmp_path / "config.yaml").write_text(
        config + "people:\n  coordinator: teresa.kowalczyk@lakeshore-ai.example\n", encoding="utf-8"
    )
    book = from_xlsx(ROOT / "sample_workbook.xlsx", id=SHEET, timezone="America/Chicago")
    with SheetsService() as service:
        service.add(replace(book, title="Lakeshore certifications"))
        service.key_file(tmp_path / "secrets" / "google.json")
        ran = certsync("doctor", cwd=tmp_path, env={"CERTSYNC_SHEETS_URL": service.url})
    assert ran.code == 0, ran.out + ran.err
    shown = README.partition("<!-- output of: certsync doctor, with a spreadsheet -->")[2]
    assert comparable(ran.out) == comparable(shown.split("```")[1])


COMPLETE = [text for text in blocks("yaml") if "workbook:" in text]
PARTS = [text for text in blocks("yaml") if "workbook:" not in text]
VARIABLES = {
    "APPRISE_URL": "discord://1/2",
    "MICROSOFT_SECRET": "secret",
    "SLACK_TOKEN": "secret",
    "SLACK_WEBHOOK": "https://hooks.example/1",
    "SMTP_PASSWORD": "secret",
    "TEAMS_URL": "https://flow.example/1",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every secret that a config of the README takes from the environment."""
    shown = "".join(blocks("yaml"))
    assert set(re.findall(r"\$\{(\w+)\}", shown)) <= {*VARIABLES, "GOOGLE_KEY"}
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("config", COMPLETE)
def test_every_config_shown_can_be_used(config: str, tmp_path: Path) -> None:
    """Each config in the README loads as it stands."""
    path = tmp_path / "config.yaml"
    path.write_text(config, encoding="utf-8")
    assert load(path).workbook in (tmp_path / "agency.xlsx", Spreadsheet(SHEET))


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("part", PARTS)
def test_every_part_of_a_config_shown_can_be_used(part: str, tmp_path: Path) -> None:
    """What stands alone in the README fits into the config of the set-up, and changes it."""
    yaml, path = YAML(), tmp_path / "config.yaml"
    (whole,) = (yaml.load(text) for text in COMPLETE if "alerts:" in text)
    yaml.dump(whole, path)
    before = load(path)
    for key, value in yaml.load(part).items():
        whole[key] = {**whole.get(key, {}), **value} if isinstance(value, dict) else value
    yaml.dump(whole, path)
    assert load(path) != before


def test_the_template_shown_can_be_used(tmp_path: Path) -> None:
    """The example of a template does what it says with every page."""
    (text,) = blocks("jinja")
    (tmp_path / "digest.html.j2").write_text(text, encoding="utf-8")
    assert check_templates(tmp_path) == []


def test_the_tiers_shown_are_those_of_a_config_without_any() -> None:
    """The table of tiers has each tier with its days, and no other."""
    found = re.findall(r"^\| ([\w ]+) \| (\d+) \| (?:holder|and|all)", README, re.MULTILINE)
    assert found == [(tier.name, str(tier.days)) for tier in DEFAULT_TIERS]


def test_the_json_shown_has_the_keys_of_the_real_one(tmp_path: Path) -> None:
    """Every key of the object in the README is in what `--json` prints, level by level."""
    for name in ("sample_workbook.xlsx", "config.example.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    real = certsync("run", "--json", "--config", "config.example.yaml", cwd=tmp_path).json
    (text,) = blocks("json")
    shown = json.loads(text)
    assert list(shown) == list(real)[: len(shown)]
    for key, value in shown.items():
        if isinstance(value, list) and value:
            assert set(value[0]) <= set(real[key][0]), key
        elif isinstance(value, dict):
            assert set(value) <= set(real[key]), key


def test_every_exit_code_is_in_the_table() -> None:
    """The table of exit codes has each code the program ends with."""
    shown = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert {1, 2, 4, 130} | set(EXIT_CODES.values()) == shown


def test_every_column_is_in_the_table() -> None:
    """The table of tabs names every header of the schema, ours and people's."""
    for tab in SCHEMA:
        (line,) = [
            row
            for row in README.splitlines()
            if row.startswith((f"| {tab.title} |", f"| {tab.title} ("))
        ]
        ours = "as Partnership Requirements" not in line
        headers = [c.header for c in tab.columns] + [o.header for o in tab.owned if ours]
        assert [h for h in headers if h not in line] == []


@pytest.mark.parametrize(
    "command", ["run", "check", "preview", "doctor", "why WORDS", "rehearse", "serve", "schedule"]
)
def test_every_command_is_in_the_table(command: str) -> None:
    """The table of commands has each command of the program, and the program has them."""
    assert f"| `certsync {command}` |" in README


def test_links_lead_somewhere() -> None:
    """Every relative link and picture of the README exists in the repository."""
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    targets += re.findall(r'<img src="([^"]+)"', README)
    assert len(targets) > 3
    assert [t for t in targets if not (ROOT / t).exists()] == []


def test_links_within_the_page_lead_to_a_heading() -> None:
    """Every link to a part of the README meets a heading of it."""
    headings = re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    known = {re.sub(r"[^\w -]", "", text).lower().replace(" ", "-") for text in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) - known == set()
