"""Number formats: built-in numbers, codes, and which of them show a date."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from certsync.ooxml.formats import Node

# ECMA-376 part 1, 18.8.30; 5 to 8, 14 to 22 and 37 to 44 follow the reader's locale.
BUILTIN: Final[Mapping[int, str]] = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00",
    5: '"$"#,##0_);("$"#,##0)', 6: '"$"#,##0_);[Red]("$"#,##0)',
    7: '"$"#,##0.00_);("$"#,##0.00)', 8: '"$"#,##0.00_);[Red]("$"#,##0.00)',
    9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    14: "mm-dd-yy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy",
    18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "m/d/yy h:mm",
    37: "#,##0_);(#,##0)", 38: "#,##0_);[Red](#,##0)",
    39: "#,##0.00_);(#,##0.00)", 40: "#,##0.00_);[Red](#,##0.00)",
    41: '_(* #,##0_);_(* \\(#,##0\\);_(* "-"_);_(@_)',
    42: '_("$"* #,##0_);_("$"* \\(#,##0\\);_("$"* "-"_);_(@_)',
    43: '_(* #,##0.00_);_(* \\(#,##0.00\\);_(* "-"??_);_(@_)',
    44: '_("$"* #,##0.00_);_("$"* \\(#,##0.00\\);_("$"* "-"??_);_(@_)',
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mmss.0", 48: "##0.0E+0", 49: "@",
}  # fmt: skip
_SAME_EVERYWHERE = (0, 1, 2, 3, 4, 9, 10, 11, 12, 13, 45, 46, 47, 48, 49)
BUILTIN_IDS: Final[Mapping[str, int]] = {BUILTIN[i]: i for i in _SAME_EVERYWHERE}
# East Asian date formats, whose codes depend on the language of Excel.
_EAST_ASIAN_DATES = (*range(27, 37), *range(50, 59))

_LITERALS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|am/pm|a/p', re.IGNORECASE)
_LAST_BUILTIN = 163


class Numbers:
    """The number formats of a workbook; a new one gets a number that nothing uses.

    A format is known in every workbook by its code, or by its number where it is built in.
    """

    def __init__(self, items: Iterable[Node], used: Iterable[int]) -> None:
        self._codes = {item.whole("numFmtId"): item.get("formatCode") for item in items}
        # A number that some format uses without a code must not get one by accident.
        self._last = max([_LAST_BUILTIN, *self._codes, *used])
        self.added: list[Node] = []

    def code(self, number: int) -> int | str:
        """What a number of this workbook means: a built-in number or a code."""
        code = self._codes.get(number)
        return number if code is None else BUILTIN_IDS.get(code, code)

    def place(self, code: int | str) -> int:
        """The number of a format, found or appended."""
        code = BUILTIN_IDS.get(code, code) if isinstance(code, str) else code
        if isinstance(code, int):
            return code
        for number, known in self._codes.items():
            if known == code:
                return number
        self._last += 1
        self._codes[self._last] = code
        self.added.append(Node("numFmt", (("numFmtId", str(self._last)), ("formatCode", code))))
        return self._last


def shows_date(number: int | str) -> bool:
    """True if a number format, by built-in number or by code, shows a day, a month or a year."""
    if isinstance(number, int):
        if number in _EAST_ASIAN_DATES:
            return True
        number = BUILTIN.get(number, "General")
    if number.lower() == "general":
        return False
    letters = set(_LITERALS.sub("", number).lower())
    return bool(letters & {"d", "y"}) or ("m" in letters and not letters & {"h", "s"})
