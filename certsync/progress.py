"""What a run is doing right now, on standard error, while somebody is watching."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Step = Callable[[str], None]
"""Called with what begins now: `step("Reading the workbook")`."""


def silent(_doing: str) -> None:
    """A Step for when nobody is watching."""


@contextmanager
def progress(*, enabled: bool) -> Iterator[Step]:
    """A spinner with the current step where standard error is a terminal; else nothing."""
    from rich.console import Console

    console = Console(stderr=True)
    if not enabled or not console.is_terminal:
        yield silent
        return
    with console.status("Starting") as status:
        yield status.update
