"""Pages become subject, text and HTML: by certsync's templates, or by those in a user's folder.

A file in that folder stands in for certsync's of the same name, `subject.txt.j2`, `digest.txt.j2`
or `digest.html.j2`; further files are parts that these include, best named `*.txt.j2` or
`*.html.j2` too: only `.txt` is not escaped. Certsync's own are there as `certsync/digest.html.j2`
and so on, with the blocks `style`, `top` and `foot`, so that a template can extend them.

A template gets `page` (`certsync.alerts.page.Page`), in which everything is a text, a number or a
tuple:

- `subject`, `title`, `greeting`, `intro`; `at_stake`, lines of text.
- `groups`, each with `person` (empty for the reader's own) and `items`, each with `tier`, `look`,
  `certification`, `when`, `countdown`, `follows` (lines), `ask`, `owners`, `renewal`, `where` and
  `note`; `more`, the number of those that did not fit, which `also` names in a line each, but for
  the last `unnamed`; these are in `tabs` ("the tab Certifications").
- `sections`, each with `heading`, `problems`, `more`, `tabs` and `above` (whether it belongs above
  the certifications); a problem has `where`, `problem`, `fix`, `title`, `badge` and `look`.
- `calendar`, `why`, `pause`, `workbook`, `as_of`.

Templates run in jinja2's sandbox, within bounds on what they write, hold and do; `lipsum`,
`cycler`, `joiner` and the filters `pprint`, `random`, `tojson`, `urlize` and `xmlattr` are not
there. CSS in a `<style>` of the HTML is written into its tags; nothing is loaded from anywhere for
that.
"""

from __future__ import annotations

import re
import traceback
from collections import Counter
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import css_inline
import jinja2

from certsync.alerts.budget import TooMuch
from certsync.alerts.page import Page
from certsync.alerts.sandbox import Sandbox

SUBJECT, TEXT, HTML = "subject.txt.j2", "digest.txt.j2", "digest.html.j2"
NAMES = (SUBJECT, TEXT, HTML)

OURS = "certsync/"
"""What stands before a name that means certsync's own template in any case."""

_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
DEEPEST = 1_000
"""Tags of a user's HTML that may be open at once: css_inline recurses into each."""

MATCHES = 200_000_000
"""Characters of CSS times tags of a user's HTML: each rule is tried on each tag."""

_TAG = re.compile(r"<(/?)([a-z][^\s/>]*)")
_ANY_TAG = re.compile(r"<[^<>]*>")
_UNSEEN = (
    ("<!--", "-->"),
    ("<style", "</style>"),
    ("<script", "</script>"),
    ("<title", "</title>"),
)
"""What nobody sees of HTML, from where to where."""

_VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
_CODE = re.compile(r"\{%.*?%\}|\{#.*?#\}|\{\{.*?\}\}", re.DOTALL)


class TemplateTrouble(Exception):
    """A template that cannot be used; the text says which, where, and why."""


@dataclass(frozen=True)
class Written:
    """A page in its three forms. The subject is one line, not yet made harmless."""

    subject: str
    text: str
    html: str


class Templates:
    """The templates of one folder in front of certsync's own; only those without a folder.

    Raises nothing for a folder that is not there: `write` then finds certsync's own. A template
    that went beyond its bounds once is not tried again: each try would take as long.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._jinja = environment(folder) if folder else _own()
        self._inline = folder is not None and (folder / HTML).is_file()
        self._too_much: TemplateTrouble | None = None

    def write(self, page: Page) -> Written:
        """The page written out.

        Raises TemplateTrouble for whatever goes wrong in a template of the user's, and for a mail
        in which there is nothing to see.
        """
        html, text = self._render(HTML, page), self._render(TEXT, page)
        for name, seen in ((HTML, visible(html)), (TEXT, text)) if self._folder else ():
            if not any(letter.isprintable() and letter != " " for letter in seen):
                raise TemplateTrouble(f"{name}: it writes nothing that anybody could see")
        if self._inline:
            html = _styled(html)
        return Written(self._render(SUBJECT, page), text, html)

    def _render(self, name: str, page: Page) -> str:
        if self._too_much:
            raise self._too_much
        try:
            return self._jinja.render_within(name, page=page)
        except TooMuch as error:
            self._too_much = TemplateTrouble(trouble(error, name, self._folder))
            raise self._too_much from error
        except Exception as error:  # a template can do anything, and the alert has to go out
            raise TemplateTrouble(trouble(error, name, self._folder)) from error


def visible(html: str) -> str:
    """The text of HTML: without tags, comments, styles, scripts and the title.

    Each step takes as long as the text is, whatever is open and never closed in it.
    """
    left = html.lower()
    for begin, end in _UNSEEN:
        first, *rest = left.split(begin)
        left = first + "".join(part.partition(end)[2] for part in rest)
    return unescape(_ANY_TAG.sub("", left))


def _styled(html: str) -> str:
    if _depth(html) > DEEPEST:
        raise TemplateTrouble(f"{HTML}: more than {DEEPEST:,} tags are open at once")
    css = sum(len(part.partition("</style")[0]) for part in html.lower().split("<style")[1:])
    if css * html.count("<") > MATCHES:
        raise TemplateTrouble(f"{HTML}: it has too much CSS for so many tags")
    try:
        return _INLINER.inline(html)
    except css_inline.InlineError as error:
        raise TemplateTrouble(f"{HTML}: its CSS cannot be read ({error})") from error


def _depth(html: str) -> int:
    """How many tags are open at once, at most."""
    open_tags, depth, deepest = Counter[str](), 0, 0
    for closing, name in _TAG.findall(html.lower()):
        if not closing and name not in _VOID:
            open_tags[name] += 1
            depth += 1
            deepest = max(deepest, depth)
        elif closing and open_tags[name]:
            open_tags[name] -= 1
            depth -= 1
    return deepest


def environment(folder: Path | None) -> Sandbox:
    """Where a name is looked for: the folder, then certsync's own."""
    ours = jinja2.PackageLoader("certsync.alerts")
    loaders: list[jinja2.BaseLoader] = [_Inlined(ours), jinja2.PrefixLoader({OURS[:-1]: ours})]
    if folder:
        loaders.insert(0, jinja2.FileSystemLoader(folder))
    return Sandbox(
        bounded=folder is not None,
        loader=jinja2.ChoiceLoader(loaders),
        autoescape=lambda name: name is None or ".txt" not in name,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )


@cache
def _own() -> Sandbox:
    return environment(None)


class _Inlined(jinja2.BaseLoader):
    """Templates with their CSS already in their tags: once for all messages."""

    def __init__(self, loader: jinja2.BaseLoader) -> None:
        self._loader = loader

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, Any, Any]:
        source, path, fresh = self._loader.get_source(environment, template)
        return (inlined(source) if ".html" in template else source), path, fresh


def inlined(source: str) -> str:
    """A template whose CSS stands in its tags, with its code where it was.

    Code outside of a tag must be where HTML may have a comment, or write text into a cell.
    """
    kept: list[str] = []

    def mark(found: re.Match[str]) -> str:
        kept.append(found[0])
        token = f"jinja{len(kept) - 1}code"
        line = source[source.rfind("\n", 0, found.start()) + 1 : found.start()]
        inside = line.rfind("<") > line.rfind(">")
        text = found[0].startswith("{{") and line.strip()
        return token if inside or text else f"<!--{token}-->"

    # A parser puts the rows of a table into a body, which might begin inside of a loop.
    made = re.sub("</?tbody>", "", _INLINER.inline(_CODE.sub(mark, source)))
    return re.sub(
        r"<!--jinja(\d+)code-->|jinja(\d+)code", lambda at: kept[int(at[1] or at[2])], made
    )


def trouble(error: Exception, name: str, folder: Path | None) -> str:
    """`digest.html.j2, line 3: 'pag' is undefined`."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return f"{error.name or name}, line {error.lineno}: {(error.message or '').rstrip('.')}"
    if isinstance(error, jinja2.TemplateNotFound):
        return f"{name}: there is no template {error.name}"
    where = name
    if folder:
        for frame in traceback.extract_tb(error.__traceback__):
            if Path(frame.filename).is_relative_to(folder):
                where = f"{Path(frame.filename).relative_to(folder)}, line {frame.lineno}"
    says = {
        UnicodeDecodeError: "it is not written in UTF-8",
        RecursionError: "it includes itself",
        MemoryError: "it makes too much text",
    }.get(type(error), str(error) or type(error).__name__)
    return f"{where}: {says.rstrip('.')}"
