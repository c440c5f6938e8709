"""jinja2's sandbox with bounds: no template of a user's runs without end or fills the memory.

The compiled template pays for every value it handles, every round and every call; see `Budget`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any, cast

import jinja2
from jinja2 import nodes, pass_context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from jinja2.visitor import NodeTransformer

from certsync.alerts.budget import MOST, Budget, TooMuch, check_percent

_WEIGHED, _ROUND = "weighed by the sandbox", "counted by the sandbox"
_CALL, _TEMPLATE = 200, 1_000
"""What calls and templates cost beside what they handle, as `Budget` counts."""

_NEEDLESS = ("lipsum", "cycler", "joiner")
_NEEDLESS_FILTERS = ("pprint", "random", "tojson", "urlize", "xmlattr")
_NEEDLESS_METHODS = {"encode", "decode", "to_bytes", "from_bytes"}


class Sandbox(ImmutableSandboxedEnvironment):
    """The sandbox; where it is `bounded`, everything in a template is paid for."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self, *, bounded: bool, **options: Any) -> None:
        # What is worked out while a template is compiled would not be counted.
        super().__init__(optimized=not bounded, **options)
        self._bounded = bounded
        self._budget = Budget()
        for name in _NEEDLESS:
            del self.globals[name]
        self.globals["namespace"] = _Notes
        for name in _NEEDLESS_FILTERS:
            del self.filters[name]
        if bounded:
            self.filters |= {name: self._paid(name, does) for name, does in self.filters.items()}
            self.filters |= {_WEIGHED: self._weighed, _ROUND: self._round}

    def render_within(self, name: str, **variables: object) -> str:
        """What the template `name` writes.

        Raises TooMuch beyond the bounds, else what the template raises.
        """
        self._budget = Budget()
        length, pieces = 0, []
        for piece in self.get_template(name).generate(**variables):
            length += len(piece)
            if length > MOST:
                raise TooMuch(f"it writes more than {MOST:,} characters")
            pieces.append(piece)
        return "".join(pieces)

    def get_template(self, *args: Any, **kwargs: Any) -> jinja2.Template:
        """A template, which may be one that is included."""
        self._budget.spend(_TEMPLATE)
        return super().get_template(*args, **kwargs)

    def select_template(self, names: Any, *args: Any, **kwargs: Any) -> jinja2.Template:
        """The first that there is of several templates."""
        self._budget.spend(_TEMPLATE * len(names))
        return super().select_template(names, *args, **kwargs)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """No template needs bytes, and some ways to make them take for ever."""
        return attr not in _NEEDLESS_METHODS and super().is_safe_attribute(obj, attr, value)

    def call_binop(
        self, context: jinja2.runtime.Context, operator: str, left: Any, right: Any
    ) -> Any:
        """Multiply and format, as long as it stays small."""
        if operator == "**":
            raise TooMuch("** is not for templates")
        if operator == "*":
            self._budget.multiply(left, right)
        else:
            check_percent(left, right)
        return super().call_binop(context, operator, left, right)

    def call(
        __self,  # named like this by jinja2: no argument of a macro is
        __context: jinja2.runtime.Context,
        __obj: Any,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Call a macro or a method, and pay for it."""
        budget = __self._budget
        budget.spend(_CALL)
        method = getattr(__obj, "__wrapped__", __obj)
        value = getattr(method, "__self__", None)
        if __self._bounded and isinstance(value, str | bytes | int | float | list | tuple | dict):
            budget.call(method.__name__, value, [*args, *kwargs.values()])
        return super().call(__context, __obj, *args, **kwargs)

    def _paid(self, name: str, does: Callable[..., Any]) -> Callable[..., Any]:
        first = 1 if hasattr(does, "jinja_pass_arg") else 0

        @functools.wraps(does)
        def paid(*args: Any, **kwargs: Any) -> Any:
            value, *given = args[first:]
            if isinstance(value, range | Iterator):
                value = list(self._budget.pull(value))
            self._budget.call(name, value, [*given, *kwargs.values()])
            made = does(*args[:first], value, *given, **kwargs)
            if isinstance(made, Iterator):
                made = list(self._budget.pull(made))
            self._budget.weigh(made)
            return made

        return paid

    # A filter that is passed the context is never worked out while a template is compiled.
    @pass_context
    def _weighed(self, _context: jinja2.runtime.Context, value: object) -> object:
        self._budget.weigh(value)
        return value

    @pass_context
    def _round(self, _context: jinja2.runtime.Context, value: object) -> object:
        self._budget.round()
        return value

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,
    ) -> str:
        if self._bounded:
            source = _Paying().visit(source)
        return super()._generate(source, name, filename, defer_init)


class _Notes(Namespace):
    """jinja2's namespace, which does not write out what it holds."""

    def __repr__(self) -> str:
        return "namespace"


class _Paying(NodeTransformer):
    """Puts the filters that count into a template."""

    def generic_visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> nodes.Node:
        """All there is to weigh is weighed, from the innermost on."""
        node = super().generic_visit(node, *args, **kwargs)
        if isinstance(node, _HEAVY) and getattr(node, "ctx", "load") == "load":
            return _filtered(node, _WEIGHED)
        return node

    def visit_Const(self, node: nodes.Const) -> nodes.Node:
        """Of what is written into a template only texts have a size."""
        return _filtered(node, _WEIGHED) if isinstance(node.value, str) else node

    def visit_TemplateData(self, node: nodes.TemplateData) -> nodes.Node:
        """What a template writes as it is; HTML stays HTML."""
        text = nodes.Const(node.data, lineno=node.lineno)
        return _filtered(nodes.MarkSafeIfAutoescape(text, lineno=node.lineno), _WEIGHED)

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:
        """Of `page.groups` the groups are weighed and not the whole page."""
        self._look_into(node)
        return _filtered(node, _WEIGHED)

    def visit_For(self, node: nodes.For) -> nodes.Node:
        """Each round is counted, also one that its condition passes over."""
        node = cast("nodes.For", self.generic_visit(node))
        counted = _filtered(nodes.Const(True, lineno=node.lineno), _ROUND)
        if node.test:
            node.test = nodes.And(counted, node.test, lineno=node.lineno)
        else:
            node.body.insert(0, nodes.ExprStmt(counted, lineno=node.lineno))
        return node

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.Node:
        """The call of a block stays a call."""
        node = cast("nodes.CallBlock", self.generic_visit(node))
        if isinstance(node.call, nodes.Filter):
            node.call = cast("nodes.Call", node.call.node)
        return node

    def _template(self, node: Any) -> nodes.Node:
        if not isinstance(node.template, nodes.Const):
            node.template = self.visit(node.template)
        return cast("nodes.Node", node)

    visit_Extends = visit_Include = visit_Import = visit_FromImport = _template

    def _look_into(self, node: nodes.Getattr) -> None:
        if isinstance(node.node, nodes.Getattr):
            self._look_into(node.node)
        elif not isinstance(node.node, nodes.Name):
            node.node = self.visit(node.node)


_HEAVY = (
    nodes.Name,
    nodes.Getitem,
    nodes.Call,
    nodes.Filter,
    nodes.Concat,
    nodes.BinExpr,
    nodes.List,
    nodes.Tuple,
    nodes.Dict,
)


def _filtered(node: nodes.Expr, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)
