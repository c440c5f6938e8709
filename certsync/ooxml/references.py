"""References to a sheet inside formulas, when the sheet gets another name."""

from __future__ import annotations

import re

# A text in quotes, a quoted sheet name, or a plain one; only the last two end in `!`.
_TOKEN = re.compile(r"""("(?:[^"]|"")*")|'((?:[^']|'')*)'!|(?<![\w.\]])([^\W\d][\w.]*)!""")


def renamed(formula: str, old: str, new: str) -> str:
    """A formula, or the target of a link, that means sheet `new` wherever it meant `old`."""

    def replace(match: re.Match[str]) -> str:
        text, quoted, bare = match.groups()
        if text is not None:
            return text
        name = bare if quoted is None else quoted.replace("''", "'")
        return f"{quoted_name(new)}!" if name.casefold() == old.casefold() else match[0]

    return formula if old == new else _TOKEN.sub(replace, formula)


def quoted_name(sheet: str) -> str:
    """A sheet's name as it stands in a formula."""
    return "'" + sheet.replace("'", "''") + "'"
