"""Number formats that show an ID with its leading zeros: `00000`, `"E"000`."""

from __future__ import annotations

import re

_PADDED = re.compile(r"(?:\"([^\"]*)\"|\\(.))?(0{2,})")

Padding = tuple[str, int]
"""What stands before the digits, and how many there are at least."""


def padding(code: str) -> Padding | None:
    """How a number format pads whole numbers with zeros; None if it does not."""
    match = _PADDED.fullmatch(code)
    return (match[1] or match[2] or "", len(match[3])) if match else None


def padded(number: float, how: Padding) -> str:
    """A whole number as it is shown."""
    prefix, digits = how
    return f"{prefix}{int(number):0{digits}d}"
