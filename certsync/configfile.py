"""A YAML file as text values, each with its line, and with environment variables put in.

Every value stays the text that was written: its type comes from the setting, not from its look.
So `07:30`, `0042`, `no` and `2026-03-16` mean what they say, in quotes or not. A key with nothing
behind it has the value None. `${NAME}` is the environment variable NAME.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from certsync.errors import ConfigProblem

Tree = str | list["Tree"] | dict[str, "Tree"] | None
Loc = tuple[str | int, ...]

MOST_VALUES = 20_000
DEEPEST = 12
NULL = "tag:yaml.org,2002:null"

MANY_LINES = {("google", "key")}
"""Where a value may have more than one line: a key is a whole JSON document."""

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

# What the parser says, and what it means to the person who typed the line.
_YAML_SENTENCES = (
    (
        r"found character '\\t'",
        "There is a tab here. YAML is indented with spaces: put spaces in its place.",
    ),
    (
        r"found character",
        "A value cannot begin with this sign. Put the value in single quotes.",
    ),
    (
        r"mapping values are not allowed",
        "There is a second colon here, or the line is indented too far. "
        "Put the value in quotes, or line the key up with its neighbours.",
    ),
    (
        r"could not find expected ':'",
        "This line is no `key: value`. Put a colon and a space behind the key.",
    ),
    (
        r"expected <block end>",
        "This line does not line up with those above it, or text follows a closing quote. "
        "Indent it like its neighbours.",
    ),
    (
        r"unexpected end of stream",
        "A quote that opens here is never closed. Close it at the end of the value.",
    ),
    (
        r"expected ',' or",
        "A bracket that opens here is not closed, or a comma is missing inside it.",
    ),
    (
        r"alias|anchor|expected alphabetic",
        "YAML takes `*` and `&` at the start of a value for a reference. Put the value in quotes.",
    ),
    (
        r"escape",
        "In double quotes a backslash has a meaning of its own. "
        r"Use single quotes, as in 'C:\certs\agency.xlsx'.",
    ),
    (
        r"another document|<document start>",
        "A second document begins here. Keep one, and remove the line `---` between them.",
    ),
)
_BARE_VARIABLE = 'Between brackets a value with ${...} needs quotes, such as "${SMTP_PASSWORD}".'
_NOT_YAML = "This line cannot be read as YAML. Compare it with the same key in config.example.yaml."


@dataclass(frozen=True)
class Mark:
    """Where a value stands. `written` is its text before variables are put in; None if empty."""

    line: int
    written: str | None


@dataclass
class Document:
    """The values of a file with the mark of each, and what is wrong so far.

    `readable` is False where there are no values to go on with.
    """

    values: dict[str, Tree] = field(default_factory=dict)
    marks: dict[Loc, Mark] = field(default_factory=dict)
    problems: list[ConfigProblem] = field(default_factory=list)
    readable: bool = False

    def line(self, loc: Loc) -> int | None:
        """The line of `loc`, or of the nearest thing around it."""
        while loc and loc not in self.marks:
            loc = loc[:-1]
        return self.marks[loc].line if loc else None

    def given(self, *loc: str | int) -> bool:
        """Whether there is a value at `loc` in the file, be it sound or not."""
        mark = self.marks.get(loc)
        return mark is not None and mark.written is not None

    def written(self, loc: Loc) -> str:
        """The text of the value at `loc` before variables are put in; empty for a group or list.

        A single value stands for a list of one and for a group with one key.
        """
        if loc in self.marks:
            return self.marks[loc].written or ""
        around = self.marks.get(loc[:-1])
        return (around.written or "") if around else ""

    def report(self, message: str, loc: Loc) -> None:
        """One more problem, at the line of `loc`."""
        self.problems.append(ConfigProblem(message, self.line(loc)))


def parse(text: str, environment: Mapping[str, str]) -> Document:
    """The values of a YAML text, and everything that is wrong with it. Never raises."""
    document = Document()
    root = _compose(text, document)
    if document.problems:
        return document
    if root is None:
        document.report(
            "The file is empty. One line is enough, such as `workbook: agency.xlsx`.", ()
        )
    elif not isinstance(root, MappingNode):
        line = root.start_mark.line + 1
        message = "A config is made of `key: value` lines, such as `workbook: agency.xlsx`."
        document.problems.append(ConfigProblem(message, line))
    else:
        values = _Builder(document, environment).build(root, ())
        if isinstance(values, dict):
            document.values, document.readable = values, True
    return document


def _compose(text: str, document: Document) -> Node | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            node: Node | None = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        problem = str(error.problem or "")
        begins = re.search("end of stream|expected [':]", problem)
        mark = (begins and error.context_mark) or error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        misled = re.search("mapping values|<document start>", problem)
        if misled and line and (bare := _bare_line(text, line)):
            problem, line = "could not find expected ':'", bare
        sentence = next((s for p, s in _YAML_SENTENCES if re.search(p, problem)), _NOT_YAML)
        if "expected ',' or" in problem and (found := _bare_variable(text, error.problem_mark)):
            sentence, line = _BARE_VARIABLE, found
        document.problems.append(ConfigProblem(sentence, line))
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        sentence = "There is an invisible control character on this line. Type the line again."
        document.problems.append(ConfigProblem(sentence, line))
    except RecursionError:
        document.problems.append(ConfigProblem("The brackets are nested too deeply for a config."))
    except Exception:
        # Broken directives, tags and escapes come out of ruamel.yaml as plain errors of Python.
        document.problems.append(
            ConfigProblem("This file is not YAML. Start from a copy of config.example.yaml.")
        )
    else:
        return node
    return None


def _bare_line(text: str, line: int) -> int | None:
    """The line above `line` if it is no `key: value`: YAML blames the line that comes after it."""
    above = [*enumerate(text.splitlines()[: line - 1], 1)]
    for number, content in reversed(above):
        if content.strip() and not content.lstrip().startswith("#"):
            return None if re.search(r":(\s|$)|^\s*-", content) else number
    return None


def _bare_variable(text: str, mark: Any) -> int | None:
    """The line of `mark` if the brace there is that of a `${...}`; None if it is any other."""
    if mark is None:
        return None
    before = "".join(text.splitlines()[mark.line : mark.line + 1])[: mark.column]
    return int(mark.line) + 1 if before.endswith("$") else None


class _Reported(Exception):
    """The value cannot be used, and the document says why."""


class _Builder:
    """Nodes to values. Aliases are followed, within limits that no real config comes near."""

    def __init__(self, document: Document, environment: Mapping[str, str]) -> None:
        self.document = document
        self.environment = environment
        self.full = False

    def build(self, node: Node, loc: Loc) -> Tree:
        line = node.start_mark.line + 1
        if len(loc) > DEEPEST or len(self.document.marks) > MOST_VALUES:
            if not self.full:
                self._report("This is nested too deeply, or is too long, for a config.", line)
            self.full = True
            raise _Reported
        if isinstance(node, MappingNode):
            return dict(self._pairs(node, loc))
        if isinstance(node, SequenceNode):
            return self._items(node, loc)
        if node.tag == NULL:
            return None
        return self._scalar(node.value, line, many_lines=loc in MANY_LINES)

    def _pairs(self, node: Node, loc: Loc) -> Iterator[tuple[str, Tree]]:
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self._report(
                    "A key is one word, such as `workbook:`. Put a value with { or [ in quotes.",
                    line,
                )
                continue
            key: str = key_node.value
            if key in first:
                self._report(f"`{key}` is on line {first[key]} already. Keep one of the two.", line)
                continue
            first[key] = line
            self.document.marks[*loc, key] = Mark(line, _written(value_node))
            with suppress(_Reported):
                yield key, self.build(value_node, (*loc, key))

    def _items(self, node: Node, loc: Loc) -> list[Tree]:
        items: list[Tree] = []
        for item in node.value:
            here = (*loc, len(items))
            self.document.marks[here] = Mark(item.start_mark.line + 1, _written(item))
            with suppress(_Reported):
                items.append(self.build(item, here))
        return items

    def _scalar(self, text: str, line: int, *, many_lines: bool) -> str:
        value = _VARIABLE.sub(lambda match: self._variable(match[1], line), text)
        if unprintable(value.replace("\n", "").replace("\r", "") if many_lines else value):
            raise self._refusal(
                "This value holds a line break or an invisible character. Write it on one line.",
                line,
            )
        return value

    def _variable(self, name: str, line: int) -> str:
        if not _VARIABLE_NAME.fullmatch(name):
            raise self._refusal(
                "`${...}` takes the name of an environment variable, such as ${SMTP_PASSWORD}.",
                line,
            )
        value = self.environment.get(name, "").rstrip("\r\n")
        if not value:
            state = "is empty" if name in self.environment else "is not set"
            raise self._refusal(
                f"The environment variable {name} {state}. Set it before certsync starts.", line
            )
        return value

    def _report(self, message: str, line: int) -> None:
        self.document.problems.append(ConfigProblem(message, line))

    def _refusal(self, message: str, line: int) -> _Reported:
        self._report(message, line)
        return _Reported()


def _written(node: Node) -> str | None:
    if node.tag == NULL:
        return None
    return str(node.value) if isinstance(node, ScalarNode) else ""


def unprintable(text: str) -> bool:
    """Whether a text holds a line break, a control character or half of a character."""
    return any(unicodedata.category(c) in ("Cc", "Cs") for c in text)
