"""Configs as texts, and what reading one leads to."""

from __future__ import annotations

from pathlib import Path

from certsync.config import load
from certsync.configkeys import GROUPS
from certsync.errors import ConfigError
from certsync.settings import Settings

SECRET = "hunter2-swordfish"
SMTP = """
workbook: a.xlsx
alerts:
  channels: [smtp]
  from: certs@agency.example
  smtp:
    host: smtp.agency.example
    username: certs
"""


def write(folder: Path, text: str) -> Path:
    """A config of this text."""
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str) -> Settings:
    """The settings of a config of this text."""
    return load(write(folder, text))


def outcome(path: Path) -> Settings | ConfigError:
    """What reading a config leads to."""
    try:
        return load(path)
    except ConfigError as error:
        return error


def problems(path: Path) -> list[str]:
    """Everything wrong in a config, each as `line: message`; no line is 0."""
    error = outcome(path)
    assert isinstance(error, ConfigError)
    assert error.exit_code == 2
    return [f"{problem.line or 0}: {problem.message}" for problem in error.problems]


LISTS = {("alerts", "tiers"), ("alerts", "tiers_for"), ("alerts", "tiers_for", "tiers")}
"""The groups of which there are several, each behind a dash."""

KEYS = sorted({(*group, key) for group, keys in GROUPS.items() for key in keys.__annotations__})
LEAVES = [loc for loc in KEYS if loc not in GROUPS]


def with_value(loc: tuple[str, ...], written: str) -> str:
    """A config in which the value of one key is written so, with the groups around it."""
    text = "" if loc == ("workbook",) else "workbook: a.xlsx\n"
    for depth, step in enumerate(loc):
        dash = "- " if loc[:depth] in LISTS else ""
        value = f" {written}" if depth == len(loc) - 1 else ""
        text += f"{'    ' * depth}{dash}{step}:{value}\n"
    return text
