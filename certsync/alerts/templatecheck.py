"""Whether the templates in a user's folder can be used, found out before a message needs them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import jinja2
from jinja2.meta import find_referenced_templates

from certsync.alerts.page import Group, Item, Page, Problem, Section
from certsync.alerts.templating import NAMES, Templates, TemplateTrouble, environment, trouble
from certsync.sheets.near import nearest

_ITEM = Item(
    tier="Critical",
    look="critical",
    certification="AWS Certified Solutions Architect - Professional",
    when="28 March 2026",
    countdown="expires in 12 days",
    follows=("AWS Partner Network Advanced falls to 1 of 2 on 29 March 2026.",),
    ask="Take the earliest exam date there is.",
    owners="Maria Lopez (holder)",
    renewal="Exam, Planned",
    where="Certifications!C2",
    note="Tom Reed is on leave: you hear this instead.",
)
_EMPTY = Page(
    subject="All quiet: nothing needs you this week",
    title="All quiet: nothing needs you this week",
    greeting="Hello,",
    intro="certsync looked on 7 of 7 days.",
    at_stake=(),
    groups=(),
    more=0,
    also=(),
    unnamed=0,
    tabs="the Dashboard",
    calendar="",
    sections=(),
    why="This channel is named in the config.",
    pause="",
    workbook="agency.xlsx",
    as_of="16 March 2026",
)
_PROGRAM = Problem(
    where="Partnership Requirements!A5",
    problem="4 count, 3 are required; 2 are left on 9 May 2026.",
    fix="Certify one more person.",
    title="AWS Partner Network Advanced",
    badge="At Risk",
    look="active",
)
_ROW = Problem("Certifications!F9", '"31/02" is not a date.', "Write it as 2026-02-28.")
SAMPLES = (
    replace(
        _EMPTY,
        at_stake=("AWS Partner Network Advanced falls to 1 of 2 on 29 March 2026",),
        groups=(Group("Maria Lopez", (_ITEM, replace(_ITEM, note="", renewal=""))),),
        more=3,
        also=("Tom Reed: PMP, expires in 3 days (19 March 2026)",),
        unnamed=2,
        tabs="the tab Certifications",
        calendar="For your calendar: certifications.ics holds the date.",
        sections=(
            Section("Programs and clients", (_PROGRAM,), 0, above=True),
            Section("Rows that need fixing", (_ROW,), 3),
        ),
    ),
    _EMPTY,
)
"""Pages to try templates with: one that has everything, one that has next to nothing."""


def check_templates(folder: Path) -> list[str]:
    """What is wrong with the templates in a folder, a sentence each; empty where all is well.

    Each is written once with an invented page that has everything, and once with one that has
    next to nothing.
    """
    if not folder.is_dir():
        return [f"The folder of templates {folder} does not exist."]
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.j2"))
    jinja, found, used = environment(folder), [], set[str]()
    for name in names:
        try:
            parsed = jinja.parse((folder / name).read_text(encoding="utf-8"), name)
        except (jinja2.TemplateSyntaxError, UnicodeDecodeError, OSError) as error:
            found.append(f"Template {trouble(error, name, folder)}.")
        else:
            used |= {part for part in find_referenced_templates(parsed) if part}
    found += [_stranger(name) for name in names if name not in NAMES and name not in used]
    if not any(said.startswith("Template") for said in found):
        templates = Templates(folder)
        try:
            for page in SAMPLES:
                templates.write(page)
        except TemplateTrouble as error:
            found.append(f"Template {error}.")
    return found


def _stranger(name: str) -> str:
    near = nearest(name, NAMES)
    better = f"Did you mean {near}?" if near else f"Those are called {', '.join(NAMES)}."
    return f"{name} is no template of certsync's, and none includes it. {better}"
