"""The known name that a misspelt one most likely means. It is shown to people, never used."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process, utils
from rapidfuzz.distance import OSA

from certsync.sheets.names import fold


def nearest(text: str, names: Iterable[str], cutoff: float = 70) -> str | None:
    """The name most like `text` in letters, whatever the order of its words; None below `cutoff`.

    `cutoff` is a similarity from 0 to 100. A name of which `text` is whole words is near too.
    """
    known = list(names)
    for scorer, least in ((fuzz.token_sort_ratio, cutoff), (fuzz.token_set_ratio, 100)):
        found = process.extractOne(
            text, known, scorer=scorer, processor=utils.default_process, score_cutoff=least
        )
        if found:
            return found[0]
    return None


def nearby(text: str, names: Iterable[str], limit: int = 3, cutoff: float = 70) -> list[str]:
    """The names that `text` may be a part of but for its spelling, the most alike first."""
    found = process.extract(
        text,
        list(dict.fromkeys(names)),
        scorer=fuzz.WRatio,
        processor=utils.default_process,
        limit=limit,
        score_cutoff=cutoff,
    )
    return [name for name, _, _ in found]


def closest(texts: Iterable[str], names: Iterable[str], cutoff: float) -> tuple[str, str] | None:
    """The text and the name that are most alike in letters; None below `cutoff`."""
    pairs = [(text, name) for text in texts for name in names]
    likeness = [fuzz.ratio(fold(text), fold(name), score_cutoff=cutoff) for text, name in pairs]
    best = max(likeness, default=0)
    return pairs[likeness.index(best)] if best else None


def slip(text: str, name: str) -> bool:
    """True if `text` is `name` but for a slip of the keyboard: one letter, two in long names."""
    ours, theirs = fold(name), fold(text)
    return len(ours) > 3 and 0 < OSA.distance(ours, theirs) <= max(1, len(ours) // 8)
