"""What stands in a cell is printed as it stands, whatever a console would make of it."""

from __future__ import annotations

import io

import pytest
from rich.table import Table
from rich.text import Text

from certsync.terminal import Terminal


def printed(*things: object) -> str:
    """What a console shows of these, without colours."""
    out = io.StringIO()
    console = Terminal(file=out, width=80, color_system=None)
    for thing in things:
        console.print(thing)
    return out.getvalue()


def in_table(text: str) -> Table:
    """A table with this text in its only cell."""
    table = Table(box=None, show_header=False)
    table.add_column()
    table.add_row(text)
    return table


@pytest.mark.parametrize("name", ["Great [/Lakes]", "Ann [bold] Lee", "[/]", ":smile: [link=x]y"])
def test_brackets_stay_brackets(name: str) -> None:
    """No name is markup: neither is it lost, nor does the run end in an error."""
    shown = printed(name, in_table(name), Text(name))
    assert [line.strip() for line in shown.splitlines()] == [name] * 3


@pytest.mark.parametrize("evil", ["\x1b[2J\x1b[31m", "\x07", "\x9b31m", "\u202e", "\u2066", "\x08"])
def test_nothing_is_obeyed(evil: str) -> None:
    """No cell clears the screen, rings, goes back or turns text around."""
    shown = printed(
        f"Ada{evil}Lovelace", in_table(f"Ada{evil}Lovelace"), Text(f"Ada{evil}Lovelace")
    )
    assert not set(shown) & set("\x1b\x07\x08\x9b\u202e\u2066")
    assert shown.count("Ada") == shown.count("Lovelace") == 3


def test_colours_of_our_own_still_come() -> None:
    """What certsync itself colours is coloured on a terminal."""
    out = io.StringIO()
    Terminal(file=out, force_terminal=True, color_system="standard").print(Text("x", style="red"))
    assert "\x1b[31m" in out.getvalue()
