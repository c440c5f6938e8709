"""Rebuilds `sample_workbook.xlsx` from the tables in `tests/sample/`.

Run it as `python tests/make_sample.py [path]`. The agency is invented. Its workbook looks like one
people live in, with a few honest mistakes; those are listed in `tests/test_sample.py`.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range, xl_range_abs
from xlsxwriter.worksheet import Worksheet

DATA = Path(__file__).parent / "sample"
SAMPLE = Path(__file__).parent.parent / "sample_workbook.xlsx"
AS_OF = date(2026, 3, 16)

NAVY, TEAL, MIST, LINE, GOLD = "#12344D", "#1F7A8C", "#EAF2F4", "#CBD5DC", "#E3A72F"
AMBER, RED, GREEN = ("#FFF2CC", "#7F6000"), ("#F8CBAD", "#843C0C"), ("#E2F0D9", "#375623")

LISTS = {
    "Department": (
        "Leadership",
        "Machine Learning",
        "Data Engineering",
        "Cloud Platform",
        "Client Delivery",
        "Security and Compliance",
        "Operations",
    ),
    "Location": (
        "Chicago - Loop",
        "Chicago - Fulton Market",
        "Remote - Milwaukee",
        "Remote - Madison",
        "Remote - Detroit",
        "Remote - Indianapolis",
    ),
    "Member Status": ("Active", "On Leave", "Departed"),
    "Issuing Body": ("AWS", "Microsoft", "Google Cloud", "Databricks", "PMI", "ISC2"),
    "Renewal Status": (
        "Planned",
        "Scheduled",
        "In Progress",
        "Submitted",
        "Completed",
        "Not Renewing",
    ),
    "Verified": ("Pending", "Verified", "Rejected"),
    "Study Status": ("Not Started", "In Progress", "Ready for Exam"),
    "Yes or No": ("Yes", "No"),
}

Look = dict[str, Any]

LOOKS: dict[str, Look] = {
    "text": {},
    "id": {"num_format": "@"},
    "wrapped": {"text_wrap": True},
    "date": {"num_format": "mmm d, yyyy", "align": "left"},
    "whole": {"num_format": "0", "align": "center"},
    "money": {"num_format": "$#,##0_)"},
    "link": {"font_color": TEAL, "underline": 1, "font_size": 9},
    "ours": {"bg_color": MIST},
}


HAIRLINE: Look = {"bottom": 1, "bottom_color": LINE}


@dataclass(frozen=True)
class Col:
    """A column: how its cells look, how wide it is, and the list its cells are chosen from."""

    look: str
    width: float
    choices: str | None = None


TEAM = {
    "Employee ID": Col("id", 14),
    "Full Legal Name": Col("text", 22),
    "Email": Col("text", 39),
    "Role": Col("text", 29),
    "Department": Col("text", 24, "Department"),
    "Location": Col("text", 24, "Location"),
    "Start Date": Col("date", 14),
    "Manager": Col("text", 20),
    "Status": Col("text", 12, "Member Status"),
}
CERTIFICATIONS = {
    "Employee ID": Col("id", 12),
    "Team Member": Col("text", 20),
    "Certification": Col("text", 56),
    "Issuing Body": Col("text", 14, "Issuing Body"),
    "Date Earned": Col("date", 14),
    "Expiration Date": Col("date", 16),
    "Status": Col("ours", 15),
    "Days to Expiry": Col("ours", 11),
    "Renewal Method": Col("text", 18),
    "Renewal Status": Col("text", 14, "Renewal Status"),
    "CEUs Required": Col("whole", 11),
    "CEUs Earned": Col("whole", 13),
    "CEU Deadline": Col("date", 14),
    "Verified": Col("text", 11, "Verified"),
    "Credential ID": Col("id", 36),
    "Verification URL": Col("link", 58),
    "Certificate Document": Col("text", 22),
    "Snooze Until": Col("date", 14),
    "Notes": Col("text", 62),
}
PARTNERSHIPS = {
    "Program": Col("wrapped", 30),
    "Tier": Col("wrapped", 18),
    "Tier Renewal Date": Col("date", 14),
    "Required Certification": Col("wrapped", 46),
    "Minimum Count": Col("whole", 11),
    "Count": Col("text", 14),
    "Business Impact": Col("wrapped", 46),
    "Annual Value": Col("money", 12),
    "Owner": Col("text", 18),
}
PURSUITS = {
    "Team Member": Col("text", 20),
    "Target Certification": Col("text", 54),
    "Target Date": Col("date", 14),
    "Study Status": Col("text", 15, "Study Status"),
    "Exam Scheduled": Col("text", 12, "Yes or No"),
    "Exam Date": Col("date", 14),
    "Attempts": Col("whole", 10),
    "Resources": Col("text", 42),
    "Last Updated": Col("date", 14),
}
CLIENTS = {
    "Client": Col("text", 28),
    "Contract Reference": Col("text", 18),
    "Required Certification": Col("text", 58),
    "Minimum Count": Col("whole", 11),
    "Audit Date": Col("date", 14),
    "Contract Value": Col("money", 15),
    "Owner": Col("text", 20),
}


Columns = dict[str, Col]
Rows = list[dict[str, str]]


def table(name: str) -> Rows:
    """The rows of one table as they stand in `tests/sample/`."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Book:
    """The workbook being written, with one format for each look that is asked for."""

    def __init__(self, path: Path) -> None:
        self.file = xlsxwriter.Workbook(path)
        self.file.set_size(2400, 1400)
        self.file.set_properties(
            {
                "title": "Certification register",
                "author": "Teresa Kowalczyk",
                "company": "Lakeshore AI",
                "comments": "An invented agency. Rebuilt by tests/make_sample.py.",
                "created": datetime(2024, 1, 8, 9, 0),
            }
        )
        self._formats: dict[str, Format] = {}

    def look(self, **look: Any) -> Format:
        """The format of this look."""
        key = repr(sorted(look.items()))
        if key not in self._formats:
            self._formats[key] = self.file.add_format({"valign": "vcenter", **look})
        return self._formats[key]

    def tab(self, name: str, color: str, columns: Columns) -> Worksheet:
        """A new tab with the widths of its columns."""
        sheet = self.file.add_worksheet(name)
        sheet.set_tab_color(color)
        sheet.set_default_row(18)
        for index, column in enumerate(columns.values()):
            sheet.set_column(index, index, column.width)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        return sheet

    def headers(self, sheet: Worksheet, row: int, columns: Columns) -> None:
        """A dark header row that stays in sight and is printed on every page."""
        sheet.set_row(row, 34)
        for index, (header, column) in enumerate(columns.items()):
            sheet.write(row, index, header, self.header(column))
        sheet.freeze_panes(row + 1, 2)
        sheet.repeat_rows(row)

    def header(self, column: Col) -> Format:
        """White on dark, above numbers in the middle like them."""
        align = LOOKS[column.look].get("align", "left")
        return self.look(
            bold=True, font_color="#FFFFFF", bg_color=NAVY, text_wrap=True, align=align
        )

    def table_columns(self, columns: Columns, extra: dict[str, Look]) -> list[Look]:
        """The columns of an Excel table, with what is `extra` about some of them."""
        return [
            {"header": header, "header_format": self.header(column)}
            | {"format": self.look(**LOOKS[column.look])}
            | extra.get(header, {})
            for header, column in columns.items()
        ]

    def rows(self, sheet: Worksheet, top: int, columns: Columns, rows: Rows, **look: Any) -> None:
        """The rows of a table from row `top` on, with drop-down lists."""
        last = top + len(rows) - 1
        ids = []
        for index, (header, column) in enumerate(columns.items()):
            style = self.look(**LOOKS[column.look], **look)
            for row, record in enumerate(rows, top):
                write(sheet, row, index, record.get(header, ""), column.look, style)
            if column.choices:
                source = f"={column.choices.replace(' ', '_')}_List"
                rule = {"validate": "list", "source": source, "error_type": "warning"}
                sheet.data_validation(top, index, last, index, rule)
            if column.look == "id":
                ids.append(xl_range(top, index, last, index))
        if ids:
            sheet.ignore_errors({"number_stored_as_text": " ".join(ids)})


def write(sheet: Worksheet, row: int, column: int, text: str, look: str, style: Format) -> None:
    """One cell: a date, a number or a link where the column holds them, else text."""
    if not text:
        sheet.write_blank(row, column, None, style)
    elif look in ("whole", "money"):
        sheet.write_number(row, column, int(text), style)
    elif look == "link":
        sheet.write_url(row, column, text, style)
    elif look == "date" and text[:4].isdecimal():
        sheet.write_datetime(row, column, date.fromisoformat(text), style)
    else:
        sheet.write_string(row, column, text, style)


def team_members(book: Book) -> None:
    """An Excel table with banding and filters, a formula column and a hidden helper."""
    rows = table("team_members")
    columns = TEAM | {"Years Here": Col("whole", 13), "Login": Col("text", 20)}
    sheet = book.tab("Team Members", NAVY, columns)
    sheet.set_row(0, 34)
    sheet.freeze_panes(1, 2)
    sheet.repeat_rows(0)
    started, email = (f"TeamMembers[[#This Row],[{key}]]" for key in ("Start Date", "Email"))
    formulas = {
        "Years Here": f"=INT(YEARFRAC({started},TODAY()))",
        "Login": f'=LEFT({email},FIND("@",{email})-1)',
    }
    extra = {header: {"formula": formula} for header, formula in formulas.items()}
    options = {
        "name": "TeamMembers",
        "style": "Table Style Medium 2",
        "columns": book.table_columns(columns, extra),
    }
    sheet.add_table(0, 0, len(rows), len(columns) - 1, options)
    book.rows(sheet, 1, TEAM, rows, **HAIRLINE)
    years, login = (list(columns).index(header) for header in formulas)
    for row, record in enumerate(rows, 1):
        start = date.fromisoformat(record["Start Date"])
        full = AS_OF.year - start.year - ((AS_OF.month, AS_OF.day) < (start.month, start.day))
        whole, text = book.look(**LOOKS["whole"], **HAIRLINE), book.look()
        sheet.write_formula(row, years, formulas["Years Here"], whole, full)
        sheet.write_formula(row, login, formulas["Login"], text, record["Email"].split("@")[0])
        if record["Status"] == "On Leave":
            note(sheet, row, 8, "Teresa Kowalczyk:\nParental leave until June 1, 2026.")
    sheet.set_column(login, login, 20, None, {"hidden": True})
    grey = book.file.add_format({"font_color": "#8A8A8A", "italic": True})
    rule = {"type": "formula", "criteria": '=$I2="Departed"', "format": grey}
    sheet.conditional_format(1, 0, len(rows), len(TEAM), rule)


def certifications(book: Book) -> None:
    """A band with the agency's name above the header row, a note, and a person's own formats."""
    rows = table("certifications")
    sheet = book.tab("Certifications", TEAL, CERTIFICATIONS)
    right = len(CERTIFICATIONS) - 1
    band = book.look(bold=True, font_size=18, font_color="#FFFFFF", bg_color=TEAL, indent=1)
    motto = book.look(italic=True, font_color="#FFFFFF", bg_color=TEAL, indent=1)
    sheet.set_row(0, 34)
    sheet.merge_range(0, 0, 0, right, "", band)
    gold = book.look(bold=True, font_size=18, font_color=GOLD)
    white = book.look(bold=True, font_size=18, font_color="#FFFFFF")
    sheet.write_rich_string(
        0, 0, gold, "\u25e2\u25e4 ", white, "LAKESHORE AI   Certifications", band
    )
    sheet.set_row(1, 20)
    text = "One row for each certificate. A renewal gets a row of its own, the old one stays."
    sheet.merge_range(1, 0, 1, right, text, motto)
    sheet.set_row(2, 6)
    book.headers(sheet, 3, CERTIFICATIONS)
    book.rows(sheet, 4, CERTIFICATIONS, rows, **HAIRLINE)
    bottom = 3 + len(rows)
    sheet.autofilter(3, 0, bottom, right)
    names = list(CERTIFICATIONS)
    note(
        sheet,
        3,
        names.index("Status"),
        "Teresa Kowalczyk:\ncertsync fills this column. Please do not type here.",
    )
    verified, earned = names.index("Verified"), names.index("CEUs Earned")
    for word, (fill, ink) in (("Pending", AMBER), ("Rejected", RED)):
        style = book.file.add_format({"bg_color": fill, "font_color": ink})
        rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": style}
        sheet.conditional_format(4, verified, bottom, verified, rule)
    bar = {"type": "data_bar", "bar_color": "#9CCBD3", "bar_solid": True, "data_bar_2010": True}
    sheet.conditional_format(4, earned, bottom, earned, bar)


def partnerships(book: Book) -> None:
    """A plain range with wrapped texts, one block for each program."""
    rows = table("partnership_requirements")
    sheet = book.tab("Partnership Requirements", GOLD, PARTNERSHIPS)
    book.headers(sheet, 0, PARTNERSHIPS)
    for row, record in enumerate(rows, 1):
        ends = row == len(rows) or rows[row]["Program"] != record["Program"]
        line = {"bottom": 2, "bottom_color": NAVY} if ends else HAIRLINE
        sheet.set_row(row, 50 if len(record["Required Certification"]) > 90 else 34)
        book.rows(sheet, row, PARTNERSHIPS, [record], **line)
    note(sheet, 1, 4, "Marcus Bell:\nAWS counts people, and checks on the day of renewal.")


def pursuits(book: Book) -> None:
    """Who studies for what, with a filter and drop-down lists."""
    rows = table("pursuits")
    sheet = book.tab("Pursuits", "#5B8C5A", PURSUITS)
    book.headers(sheet, 0, PURSUITS)
    book.rows(sheet, 1, PURSUITS, rows, **HAIRLINE)
    sheet.autofilter(0, 0, len(rows), len(PURSUITS) - 1)
    ready = book.file.add_format({"bg_color": GREEN[0], "font_color": GREEN[1]})
    rule = {"type": "text", "criteria": "begins with", "value": "Ready", "format": ready}
    sheet.conditional_format(1, 3, len(rows), 3, rule)


def clients(book: Book) -> None:
    """An Excel table with a totals row."""
    rows = table("client_requirements")
    sheet = book.tab("Client Requirements", "#8E6C8A", CLIENTS)
    sheet.set_row(0, 34)
    sheet.freeze_panes(1, 1)
    total = sum(int(row["Contract Value"]) for row in rows)
    extra: dict[str, Look] = {
        "Client": {"total_string": "Total"},
        "Contract Value": {"total_function": "sum", "total_value": total},
    }
    options = {
        "name": "ClientRequirements",
        "style": "Table Style Medium 7",
        "total_row": True,
        "columns": book.table_columns(CLIENTS, extra),
    }
    last = len(rows) + 1
    sheet.add_table(0, 0, last, len(CLIENTS) - 1, options)
    book.rows(sheet, 1, CLIENTS, rows, **HAIRLINE)
    for column in range(len(CLIENTS)):
        sheet.write_blank(last, column, None, book.look(bold=True, top=6))
    sheet.write(last, 0, "Total", book.look(bold=True, top=6))
    # LibreOffice cannot calculate the formula without the table's name, which Excel leaves out.
    money = book.look(bold=True, top=6, **LOOKS["money"])
    formula = "=SUBTOTAL(109,ClientRequirements[Contract Value])"
    sheet.write_formula(last, list(CLIENTS).index("Contract Value"), formula, money, total)


def headcount(book: Book) -> None:
    """A tab of somebody's own, with formulas and a chart."""
    sheet = book.tab(
        "Headcount", "#7A7A7A", {"Department": Col("text", 26), "People": Col("whole", 10)}
    )
    sheet.hide_gridlines(2)
    sheet.set_row(0, 30)
    sheet.write(
        0, 0, "Headcount by department", book.look(bold=True, font_size=16, font_color=NAVY)
    )
    head = book.look(bold=True, bottom=2, bottom_color=TEAL)
    sheet.write_row(2, 0, ("Department", "People"), head)
    counts = Counter(r["Department"] for r in table("team_members") if r["Status"] != "Departed")
    departments = LISTS["Department"]
    for row, department in enumerate(departments, 3):
        formula = f'=COUNTIFS(TeamMembers[Department],A{row + 1},TeamMembers[Status],"<>Departed")'
        sheet.write(row, 0, department, book.look())
        sheet.write_formula(row, 1, formula, book.look(align="center"), counts[department])
    last = 2 + len(departments)
    top = book.look(bold=True, top=1, top_color=LINE)
    sheet.write(last + 1, 0, "All", top)
    sheet.write_formula(
        last + 1,
        1,
        f"=SUM(B4:B{last + 1})",
        book.look(bold=True, top=1, top_color=LINE, align="center"),
        counts.total(),
    )
    chart = book.file.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": "People",
            "categories": ["Headcount", 3, 0, last, 0],
            "values": ["Headcount", 3, 1, last, 1],
            "fill": {"color": TEAL},
            "gap": 60,
            "data_labels": {"value": True},
        }
    )
    chart.set_title({"name": "Where we work", "name_font": {"size": 13, "color": NAVY}})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True, "line": {"none": True}})
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
    chart.set_size({"width": 560, "height": 320})
    sheet.insert_chart(2, 3, chart)


def lists(book: Book) -> None:
    """The words the drop-down lists offer."""
    columns = {name: Col("text", 26) for name in LISTS}
    sheet = book.tab("Lists", "#BFBFBF", columns)
    book.headers(sheet, 0, columns)
    for index, (name, words) in enumerate(LISTS.items()):
        sheet.write_column(1, index, words, book.look())
        block = xl_range_abs(1, index, len(words), index)
        book.file.define_name(f"{name.replace(' ', '_')}_List", f"=Lists!{block}")


def note(sheet: Worksheet, row: int, column: int, text: str) -> None:
    """A comment as Excel shows it."""
    author = text.partition(":")[0]
    sheet.write_comment(row, column, text, {"x_scale": 1.5, "y_scale": 0.7, "author": author})


def build(path: Path) -> None:
    """Write the sample workbook to `path`; the same bytes every time."""
    book = Book(path)
    for part in (team_members, certifications, partnerships, pursuits, clients, headcount, lists):
        part(book)
    book.file.close()


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE)
