"""Imports point one way, and only the outermost rooms know the time."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "certsync"

VALUES = {"errors", "hosts", "dashboard.layout", "sheets"}
"""What every room may build on."""

MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "hosts": set(),
    "dashboard.layout": set(),
    "sheets": {"errors", "dashboard.layout"},
    "compute": VALUES,
    "ooxml": VALUES,
    "writeback": VALUES | {"compute"},
    "dashboard": VALUES | {"compute"},
    "dashboard.to_excel": VALUES | {"dashboard"},
    "dashboard.to_google": VALUES | {"dashboard"},
    "alerts": VALUES | {"compute", "dashboard.text", "dashboard.alert_log"},
    "brake": VALUES,
    "stores.base": VALUES,
    "stores": VALUES
    | {"stores.base", "ooxml", "dashboard.to_excel", "dashboard.to_google", "progress"}
    | {"dashboard.google_style"},
    "progress": set(),
    "terminal": set(),
    "timetable": set(),
    "recipes": set(),
    "settings": VALUES | {"compute.policy", "alerts.tiers", "alerts.channels.smtp_settings"},
    "result": VALUES | {"compute", "stores.base", "alerts"},
    "summary": VALUES | {"compute", "dashboard", "result", "alerts", "doctor", "terminal"},
    "judging": VALUES | {"compute", "alerts"},
    "telling": VALUES | {"alerts", "judging"},
    "engine": VALUES
    | {"compute", "writeback", "brake", "dashboard.build", "dashboard.alert_log"}
    | {"stores.base", "alerts", "result", "judging", "telling"}
    | {"progress"},
    "why": VALUES
    | {"compute", "alerts", "dashboard.text", "brake", "judging", "telling", "summary", "terminal"},
    "rehearse": VALUES
    | {"compute", "alerts", "dashboard.text", "brake", "judging", "telling", "summary", "terminal"}
    | {"progress"},
    "preview": VALUES | {"alerts", "dashboard.text", "engine", "terminal"},
    "service": {"timetable"},
    "ping": set(),
    "heartbeat": VALUES | {"ping", "result", "settings"},
    "doctor": VALUES | {"stores.base", "alerts", "brake", "settings", "progress"} | {"heartbeat"},
}
"""A room, or a module apart from its room, and what it may import beside itself.

`cli`, `config`, `backends` and `wiring` stand at the outer edge and may import everything.
"""

EDGE = {
    "backends",
    "cli",
    "config",
    "configalerts",
    "configchannels",
    "configcheck",
    "configfile",
    "configkeys",
    "configsecrets",
    "configsheets",
    "configvalues",
    "wiring",
    "__init__",
    "__main__",
}

CLOCK = {("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "time")}
MAY_READ_CLOCK = {"backends", "cli", "service", "wiring"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the package by its dotted name below `certsync`."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        yield name.removesuffix(".__init__"), ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.AST) -> Iterator[str]:
    """The modules of this package that a module imports, wherever the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("certsync"):
            base = (node.module or "").removeprefix("certsync").removeprefix(".")
            for alias in node.names:
                inner = f"{base}.{alias.name}".strip(".")
                path = PACKAGE / Path(*inner.split("."))
                is_module = path.with_suffix(".py").exists() or path.is_dir()
                yield inner if is_module else base
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("certsync."):
                    yield alias.name.removeprefix("certsync.")


def within(module: str, rooms: set[str]) -> bool:
    """Whether a module is one of the rooms or lies in one."""
    return any(module == room or module.startswith(f"{room}.") for room in rooms)


def room_of(module: str) -> str:
    """The entry of the table that speaks for a module: the most exact one."""
    parts = module.split(".")
    while parts and ".".join(parts) not in MAY_IMPORT:
        parts.pop()
    return ".".join(parts)


def test_every_module_has_a_room() -> None:
    """A new module is placed in the table before it lands."""
    assert [name for name, _ in modules() if not room_of(name) and name not in EDGE] == []


def test_imports_point_one_way() -> None:
    """No module imports from a room that stands further out than its own."""
    wrong = [
        f"{name} imports {other}"
        for name, tree in modules()
        if name not in EDGE
        for other in imported(tree)
        if other and not within(other, MAY_IMPORT[room_of(name)] | {room_of(name)})
    ]
    assert wrong == []


def test_no_room_imports_in_a_circle() -> None:
    """Seen as rooms, the arrows of the table have no circle: each can be understood by itself."""
    seen: list[str] = []

    def visit(room: str, path: tuple[str, ...]) -> None:
        assert room not in path, " -> ".join((*path, room))
        for other in MAY_IMPORT.get(room, ()):
            if not within(other, {room}) and not within(room, {other}):
                visit(other, (*path, room))
        seen.append(room)

    for room in MAY_IMPORT:
        visit(room, ())
    assert set(seen) >= set(MAY_IMPORT)


def test_only_the_edge_reads_a_clock() -> None:
    """Everything else is told what day it is."""
    readers = [
        name
        for name, tree in modules()
        if name not in MAY_READ_CLOCK
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in CLOCK
    ]
    assert readers == []


@pytest.mark.parametrize("heavy", ["pandas", "openpyxl", "gspread", "lxml"])
def test_the_command_line_imports_nothing_heavy(heavy: str) -> None:
    """`certsync --help` answers at once: what it imports at module level imports no frames."""
    light = {"cli", "errors", "progress"}
    for name, tree in modules():
        if name in light:
            top = [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
            names = [a.name for n in top if isinstance(n, ast.Import) for a in n.names]
            names += [n.module or "" for n in top if isinstance(n, ast.ImportFrom)]
            assert not any(n.split(".")[0] == heavy for n in names)


@pytest.mark.parametrize("heavy", ["slack_sdk", "requests", "apprise"])
def test_a_channel_is_loaded_with_the_first_message(heavy: str) -> None:
    """A run without a chat loads no library of one: each is imported where it is used."""
    top = {
        alias.name.split(".")[0]
        if isinstance(node, ast.Import)
        else (node.module or "").split(".")[0]
        for name, tree in modules()
        if name.startswith("alerts")
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert heavy not in top
