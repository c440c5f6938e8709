"""Text from cells in chats: whatever it says, nobody reads markup in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from certsync.alerts.channels.chat_text import entities, harmless, unformatted

MARKUP = [
    "<!channel>",
    "<!here|here>",
    "<!everyone>",
    "<@U123>",
    "<#C123|general>",
    "<!subteam^S1>",
    "<http://evil.example|your bank>",
    "<mailto:evil@x.example|Maria>",
    "<!date^0^{date}^http://evil.example|today>",
    "&lt;!channel&gt;",
    "&amp;lt;!channel&amp;gt;",
    "=?utf-8?q?=3C!channel=3E?=",
    "@everyone",
    "@here",
    "x@channel",
    "@all",
    "@Maria",
    "<at>Maria</at>",
    "[x](http://evil.example)",
    "![](http://evil.example/pixel.png)",
    "[x][1]",
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "*bold*",
    "_italic_",
    "~struck~",
    "~~struck~~",
    "`code`",
    "```",
    "**bold** __bold__",
    "||spoiler||",
    "# Heading",
    "> quote",
    "\\*",
    "\\",
    '"},{"type":"broadcast","range":"channel"},{"x":"',
    "{{DATE(2026-03-16T00:00:00Z)}}",
    "\u202e@everyone",
    "@\u200beveryone",
    "<\n!channel>",
    "\ud83d",
    "\x00\x1b[31m",
    "\U0001f469\u200d\U0001f4bb" * 60,
    "é" * 400,
]

PINGS = re.compile(r"(?<![\w.+-])@\w|@(everyone|here|channel|all)(?![\w-]|\.\w)", re.IGNORECASE)


def check(text: str, limit: int) -> None:
    """Nothing a chat acts on is left."""
    shown = harmless(text, limit)
    assert len(shown) <= limit
    assert not set("<>") & set(shown)
    assert not PINGS.search(shown)
    assert not re.search(r"[\]!][\[(]", shown)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\ud800-\udfff]", shown)
    plain = unformatted(shown)
    assert not set("*`~|\\") & set(plain)
    assert not re.search(r"(?<![^\W_])_|_(?![^\W_])", plain)
    assert not plain.startswith("#") or not re.match(r"#+\s", plain)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from(MARKUP) | st.text(max_size=9), max_size=5).map("".join),
    st.integers(2, 300),
)
@example("]" * 300 + "(x)", 301)
@example("[]()" * 80, 300)
def test_no_markup_is_left(text: str, limit: int) -> None:
    """Alone, glued to each other and to anything else, and cut anywhere."""
    check(text, limit)


@pytest.mark.parametrize("text", MARKUP)
def test_known_markup_is_harmless(text: str) -> None:
    """Mentions, links, tags and formatting of the services we know."""
    check(text, 300)


@pytest.mark.parametrize(
    "name",
    [
        "Zoë Müller-Ångström",
        "O'Neil, Jr.",
        "宛先",
        "AT&T Certified (Level 2) [2026]",
        "maria@agency.example",
        "maria@here.example",
        "first.last+tag@all-things.example",
        "CompTIA A+ / Network+",
        "C# & .NET",
    ],
)
def test_a_name_is_shown_as_it_is_written(name: str) -> None:
    """Ordinary names and addresses pass unchanged, in any script."""
    assert harmless(name) == name
    assert unformatted(name) == name


def test_what_looked_like_markup_can_still_be_read() -> None:
    """A reader sees what stands in the cell, in signs that look alike."""
    assert harmless("<!channel>") == "\u2039!channel\u203a"
    assert harmless("ask @everyone") == "ask \uff20everyone"
    assert harmless("[x](http://e)") == "[x] (http://e)"
    assert unformatted("*Bold* and snake_case") == "\u2217Bold\u2217 and snake_case"


def test_entities_are_for_slack() -> None:
    """What Slack decodes comes out as it was written."""
    assert entities("A & B &lt;") == "A &amp; B &amp;lt;"
