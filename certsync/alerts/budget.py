"""What the templates of a user may cost: every value has a size, and every step is paid for.

A size is in characters; whatever is no text, and each item of a list, counts as `ITEM` of them.
Nothing here measures time: a step that costs much for its size is paid for accordingly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Sequence, ValuesView
from dataclasses import is_dataclass
from typing import Any

from jinja2.exceptions import SecurityError

MOST = 1_000_000
"""Characters a template may write or hold in one value. A message is cut to far less."""

ROUNDS = 100_000
"""How often all loops of a template together may go round."""

WORK = 10_000_000
"""Characters a template may handle while it writes one form of one message."""

ROOM = 50_000_000
"""Characters that one call might make before its result is looked at."""

ITEM = 20

_PLAIN = {"default", "d", "int", "float"}
"""Filters whose numbers are no widths and no counts."""

_SHORTER = {"truncate"}
_HELD = (list, tuple, set, frozenset, KeysView, ValuesView, ItemsView)


class TooMuch(SecurityError):
    """A template went beyond its bounds; the text says which."""


class Budget:
    """What is left for one rendering."""

    def __init__(self) -> None:
        self._work, self._rounds = WORK, ROUNDS

    def spend(self, work: int) -> None:
        """Pay for a step. Raises TooMuch when nothing is left."""
        self._work -= work
        if self._work < 0:
            raise TooMuch("it does far more than a message needs")

    def round(self) -> None:
        """Pay for one round of a loop. Raises TooMuch when nothing is left."""
        self.spend(ITEM)
        self._rounds -= 1
        if self._rounds < 0:
            raise TooMuch(f"its loops go round more than {ROUNDS:,} times")

    def weigh(self, value: object) -> int:
        """Pay for a value. Returns its size; raises TooMuch for one that is too large."""
        weight = size(value)
        self.spend(weight)
        return weight

    def pull(self, items: Iterable[object]) -> Iterator[object]:
        """Pay for items one by one, however many come."""
        for item in items:
            self.weigh(item)
            yield item

    def multiply(self, left: object, right: object) -> None:
        """Pay for `left * right`."""
        sizes = [self.weigh(part) for part in (left, right) if not isinstance(part, int)]
        times = [part for part in (left, right) if isinstance(part, int)]
        if any(weight * number > MOST + ITEM * number for weight in sizes for number in times):
            raise _too_large()

    def call(self, name: str, value: object, given: Sequence[object]) -> None:
        """Pay for the filter or method `name` of `value`, before it runs.

        Raises TooMuch where it might make a text out of all proportion.
        """
        weight = self.weigh(value)
        sizes = [self.weigh(part) for part in given]
        if name in ("format", "format_map"):
            _check_format(str(value), max(sizes, default=0))
            return
        if name not in _PLAIN:
            numbers = [abs(part) for part in given if isinstance(part, int)]
            if any(number > MOST for number in numbers):
                raise _too_large()
            self.spend(sum(numbers))
            if name not in _SHORTER and weight * max((0, *sizes, *numbers)) > ROOM:
                raise _too_large()
        if dear := _DEAR.get(name):
            self.spend(dear(value, weight, given))


def size(value: object) -> int:
    """How large a value is with all that it holds. Raises TooMuch beyond `MOST`."""
    total, waiting = 0, [value]
    while waiting:
        one = waiting.pop()
        total += ITEM
        if isinstance(one, str | bytes):
            total += len(one)
        elif isinstance(one, int):
            total += one.bit_length() ** 2 // 10_000  # dividing costs the square of it
        elif isinstance(one, dict):
            total += ITEM * len(one)
            if total <= MOST:
                waiting += [*one.keys(), *one.values()]
        elif isinstance(one, _HELD):
            if total + ITEM * len(one) <= MOST:
                waiting += one
            else:
                total = MOST + 1
        elif is_dataclass(one) and not isinstance(one, type):
            waiting += vars(one).values()
        if total > MOST + ITEM:
            raise _too_large()
    return total


def check_percent(template: object, given: object) -> None:
    """Raises TooMuch for `template % given` that makes a text out of all proportion."""
    if isinstance(template, str):
        _check_format(template, size(given))


def _check_format(template: str, largest: int) -> None:
    """Widths are written out, and neither they nor the fields make too much together."""
    if re.search(r"%[^%A-Za-z]*\*|\{[^{}]*:[^{}]*\{", template):
        raise TooMuch("a width is written out in a format, as in {:>20} or %20d")
    widths = re.findall(r"\d+", template)
    fields = template.count("{") + template.count("%")
    if any(len(width) > len(str(MOST)) for width in widths) or (
        sum(map(int, widths)) > MOST or fields * largest > ROOM
    ):
        raise _too_large()


def _wrapping(value: object, weight: int, given: Sequence[object]) -> int:
    """Wrapping a word looks at all that follows in it again from each of its characters."""
    del given
    return weight * max(map(len, str(value).split()), default=0) // 4


def _stripping(value: object, weight: int, given: Sequence[object]) -> int:
    """Each tag is cut out of the whole text."""
    del given
    return weight * str(value).count("<") // 256


def _summing(value: object, weight: int, given: Sequence[object]) -> int:
    """Lists are copied anew for each that is added."""
    del value
    return weight**2 // 1_000 if any(isinstance(part, list | tuple) for part in given) else 0


_DEAR: dict[str, Callable[[Any, int, Sequence[object]], int]] = {
    "wordwrap": _wrapping,
    "striptags": _stripping,
    "sum": _summing,
}
"""What costs more than its size: what is to be paid on top."""


def _too_large() -> TooMuch:
    return TooMuch(f"it would make more than {MOST:,} characters")
