"""How the dashboard looks: its grid of columns, its colours, and its styles by name."""

from __future__ import annotations

from dataclasses import replace

from certsync.dashboard.layout import Style

# Six equal tiles of 25.75 with gaps of 1.5, cut so that every table below fits the same edges.
WIDTHS = (
    2.0,
    *(18.0, 7.75), 1.5,
    25.75, 1.5,
    *(3.25, 10.75, 7.75, 4.0), 1.5,
    *(7.25, 9.0, 9.5), 1.5,
    *(9.25, 10.75, 5.75), 1.5,
    *(3.0, 14.75, 8.0),
    2.0,
)  # fmt: skip
FIRST, LAST = 2, 22
# A sentence under a row of a table begins at the edge of the second tile.
DETAIL = 5
TILES = ((2, 3), (5, 5), (7, 10), (12, 14), (16, 18), (20, 22))

INK, GREY, LINE, PANEL, NAVY, WHITE = "1F2937", "6B7280", "E5E7EB", "F5F7FA", "17324D", "FFFFFF"
PALE_NAVY, BLUE, STEEL, SILVER = "C9D6E4", "1F5FA8", "4A7DB5", "B4C0CE"
GREEN, AMBER, RED, DARK = "548235", "E0A100", "C0392B", "843C0C"

# Dark text on a pale fill of the same hue; every pair has a contrast of at least 4.5 to 1.
_PILLS = {
    "good": ("375623", "E2F0D9"),
    "warn": ("7F6000", "FFF2CC"),
    "bad": ("843C0C", "F8CBAD"),
    "dark": (WHITE, DARK),
    "plain": ("4B5563", LINE),
}

_FLUSH = Style(size=10, wrap=True, border="bottom", border_color=LINE)
_BODY = replace(_FLUSH, indent=1)
_CENTER = replace(_FLUSH, align="center")
_HEAD = Style(size=9, bold=True, color=GREY, wrap=True, border="bottom", border_color="9CA3AF")
_TILE = Style(size=9, color=GREY, fill=PANEL, indent=1)

# Rows with a sentence below them carry no line: the style's name plus OPEN.
OPEN = ", open"
_TABLE: dict[str, Style] = {
    "text": _BODY,
    "first": replace(_FLUSH, bold=True),
    "strong": replace(_BODY, bold=True),
    "muted": replace(_BODY, color=GREY),
    "owner": replace(_FLUSH, color=GREY),
    "center": _CENTER,
    "date": replace(_CENTER, number="d mmm yyyy"),
    "days": replace(_CENTER, bold=True, number='#,##0;-#,##0;"today"'),
    "whole": replace(_CENTER, number="#,##0"),
    "signed": replace(_CENTER, number="+#,##0;-#,##0;0"),
    "lacking": replace(_CENTER, bold=True, color=DARK, number="+#,##0;-#,##0;0"),
    "money": replace(_BODY, align="right", number="#,##0"),
    "link": replace(_FLUSH, color=BLUE, underline=True),
    "link center": replace(_CENTER, color=BLUE, underline=True),
    **{
        f"pill {name}": replace(
            _CENTER, bold=True, color=color, fill=fill, border="box", border_color=WHITE
        )
        for name, (color, fill) in _PILLS.items()
    },
}  # fmt: skip

STYLES: dict[str, Style] = {
    "title": Style(size=20, bold=True, color=WHITE, fill=NAVY),
    "title right": Style(size=12, color=WHITE, fill=NAVY, align="right"),
    "meta": Style(size=10, color=PALE_NAVY, fill=NAVY, top=True),
    "meta right": Style(size=10, color=PALE_NAVY, fill=NAVY, align="right", top=True),
    "last run": Style(
        size=10,
        color=PALE_NAVY,
        fill=NAVY,
        top=True,
        number='"Last run "d mmm yyyy" at "hh:mm',
    ),
    "fresh": Style(size=10, bold=True, color="375623", fill="E2F0D9"),
    "stale": Style(size=10, bold=True, color=WHITE, fill="C00000"),
    "tile label": replace(_TILE, size=10, bold=True),
    "tile number": replace(_TILE, size=26, bold=True, color=INK, number="#,##0"),
    "tile caption": replace(_TILE, top=True),
    **{
        f"bar {name}": Style(fill=color)
        for name, color in {
            "good": GREEN, "warn": AMBER, "bad": RED, "dark": DARK, "plain": SILVER,
        }.items()
    },
    "heading": Style(size=14, bold=True, color=NAVY),
    "note": Style(size=9, italic=True, color=GREY, align="right"),
    "empty": Style(size=10, italic=True, color=GREY, border="bottom", border_color=LINE),
    "more": Style(size=9, italic=True, color=GREY),
    "head first": _HEAD,
    "head left": replace(_HEAD, indent=1),
    "head center": replace(_HEAD, align="center"),
    "head right": replace(_HEAD, align="right", indent=1),
    "detail": replace(_BODY, size=9, italic=True, color=GREY, top=True),
    **_TABLE,
    **{name + OPEN: replace(style, border="none") for name, style in _TABLE.items()},
    "figure head": replace(_HEAD, wrap=False),
    "figure head center": replace(_HEAD, wrap=False, align="center"),
    "figure": Style(size=9, color=GREY, border="bottom", border_color=LINE),
    "figure number": Style(
        size=9, color=GREY, align="center", border="bottom", border_color=LINE, number="#,##0"
    ),
}  # fmt: skip
