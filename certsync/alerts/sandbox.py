"""jinja2's sandbox with bounds: no template of a user's runs without end or fills the memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

MOST = 1_000_000
"""Characters a template may write. A message is cut to far less before it is sent."""

ROUNDS = 100_000
"""How often all loops of a template together may go round."""

_COUNTED = "counted by the sandbox"


class Sandbox(ImmutableSandboxedEnvironment):
    """The sandbox, in which loops are counted and nothing is multiplied to more than `MOST`."""

    intercepted_binops = frozenset({"*", "**"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._rounds = 0
        self.filters[_COUNTED] = self._counted

    def render_within(self, name: str, **variables: object) -> str:
        """What the template `name` writes.

        Raises SecurityError beyond the bounds, else what the template raises.
        """
        self._rounds, length, pieces = 0, 0, []
        for piece in self.get_template(name).generate(**variables):
            length += len(piece)
            if length > MOST:
                raise SecurityError(f"it writes more than {MOST:,} characters")
            pieces.append(piece)
        return "".join(pieces)

    def call_binop(
        self, context: jinja2.runtime.Context, operator: str, left: Any, right: Any
    ) -> Any:
        """Multiply, as long as it stays small."""
        if operator == "**":
            raise SecurityError("** is not for templates")
        sizes = [len(part) for part in (left, right) if hasattr(part, "__len__")]
        times = [part for part in (left, right) if isinstance(part, int)]
        if any(size * number > MOST for size in sizes for number in times):
            raise SecurityError(f"it would make more than {MOST:,} characters")
        return super().call_binop(context, operator, left, right)

    def _counted(self, items: Iterable[object]) -> Iterator[object]:
        for item in items:
            self._rounds += 1
            if self._rounds > ROUNDS:
                raise SecurityError(f"its loops go round more than {ROUNDS:,} times")
            yield item

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,
    ) -> str:
        for loop in list(source.find_all(nodes.For)):
            loop.iter = nodes.Filter(loop.iter, _COUNTED, [], [], None, None, lineno=loop.lineno)
        return super()._generate(source, name, filename, defer_init)
