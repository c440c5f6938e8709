"""The dashboard of one run: Facts in, a Layout out. It reads no clock and knows no back end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from certsync.compute.facts import Facts
from certsync.dashboard import figures, header, tiles
from certsync.dashboard.act_next import SHOWN, act_next
from certsync.dashboard.canvas import Canvas, Section
from certsync.dashboard.header import RunInfo
from certsync.dashboard.issues import coverage_section, issues, judged, total
from certsync.dashboard.layout import Layout
from certsync.dashboard.programs import programs
from certsync.dashboard.pursuits import pursuits
from certsync.dashboard.urgency import urgency
from certsync.sheets.findings import Coverage, Finding
from certsync.sheets.schema import spec
from certsync.sheets.tables import Tables

__all__ = ["RunInfo", "build"]

TITLE = "Dashboard"


def build(
    facts: Facts,
    tables: Tables,
    findings: Sequence[Finding],
    coverage: Mapping[str, Coverage],
    run: RunInfo,
    limit: int = SHOWN,
) -> Layout:
    """Everything a coordinator needs on one tab, the most pressing first.

    Args:
        facts: What holds on `facts.today`.
        tables: The tabs as read; links lead to the cells they name.
        findings: What is wrong in the workbook.
        coverage: Rows and judged rows by schema key.
        run: When and where the run took place, for the title and the banner.
        limit: How many rows "Act next" has at most.
    """
    stakes = urgency(facts)
    data = figures.figures(facts, stakes)
    canvas = Canvas()
    header.draw(canvas, facts.today, run, judged(total(coverage)))
    tiles.draw(canvas, tiles.tiles(facts, findings, stakes))
    canvas.section(act_next(facts, tables, stakes, limit))
    canvas.section(_honest(programs(facts, tables), "partnership_requirements", tables, coverage))
    charts_row = figures.reserve(canvas, data)
    canvas.section(_honest(pursuits(facts, tables), "pursuits", tables, coverage))
    canvas.section(issues(findings))
    canvas.section(coverage_section(coverage, tables))
    figures.draw(canvas, data, charts_row)
    return canvas.layout(TITLE, frozen_rows=header.ROWS)


def _honest(
    section: Section, key: str, tables: Tables, coverage: Mapping[str, Coverage]
) -> Section:
    """A section that is empty because its tab could not be read says so."""
    if key in tables or key not in coverage:
        return section
    return replace(section, empty=f"The tab {spec(key).title} could not be read: see Data issues.")
