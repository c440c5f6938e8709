"""Workbooks of any size, as an agency of that size would keep them, written by XlsxWriter."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import xlsxwriter

TODAY = date(2026, 3, 16)
NAMES = (
    ("AWS Certified Solutions Architect - Professional", "Amazon Web Services", 1095),
    ("AWS Certified Machine Learning - Specialty", "Amazon Web Services", 1095),
    ("AWS Certified Developer - Associate", "Amazon Web Services", 1095),
    ("Microsoft Certified: Azure AI Engineer Associate", "Microsoft", 365),
    ("Microsoft Certified: Azure Solutions Architect Expert", "Microsoft", 365),
    ("Google Cloud Certified Professional Cloud Architect", "Google Cloud", 730),
    ("Google Cloud Certified Professional Machine Learning Engineer", "Google Cloud", 730),
    ("Databricks Certified Machine Learning Professional", "Databricks", 730),
    ("HashiCorp Certified: Terraform Associate", "HashiCorp", 730),
    ("Project Management Professional (PMP)", "PMI", 1095),
)
CERTIFICATION_HEADERS = (
    "Employee ID", "Team Member", "Certification", "Issuing Body", "Credential ID",
    "Verification URL", "Date Earned", "Expiration Date", "Renewal Method", "CEUs Required",
    "CEUs Earned", "CEU Deadline", "Renewal Status", "Verified", "Certificate Document",
    "Snooze Until", "Notes",
)  # fmt: skip


def build(path: Path, rows: int) -> None:
    """Write a workbook of `rows` certifications, a member for every ten of them, to `path`."""
    chance = random.Random(rows)
    members = max(rows // 10, 4)
    book = xlsxwriter.Workbook(str(path), {"strings_to_urls": False})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    bold = book.add_format({"bold": True, "bg_color": "#DDE7F3", "border": 1})

    sheet = book.add_worksheet("Team Members")
    headers = ("Employee ID", "Full Legal Name", "Email", "Role", "Department", "Location",
               "Start Date", "Manager", "Status")  # fmt: skip
    sheet.write_row(0, 0, headers, bold)
    for i in range(members):
        sheet.write_row(i + 1, 0, (f"{i:06d}", f"Member {i:06d}", f"m{i:06d}@agency.example",
                                   "Consultant", "Delivery", "Chicago"))  # fmt: skip
        sheet.write_datetime(i + 1, 6, TODAY - timedelta(days=chance.randrange(30, 3000)), day)
        sheet.write_row(i + 1, 7, (f"Member {i // 10:06d}", "Active"))

    sheet = book.add_worksheet("Certifications")
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, CERTIFICATION_HEADERS, bold)
    for i in range(rows):
        who = i // 10
        name, issuer, valid = NAMES[i % len(NAMES)]
        earned = TODAY - timedelta(days=chance.randrange(1, valid + 60))
        sheet.write_row(i + 1, 0, (f"{who:06d}", f"Member {who:06d}", name, issuer, f"C-{i:07d}",
                                   f"https://verify.example/{i:07d}"))  # fmt: skip
        sheet.write_datetime(i + 1, 6, earned, day)
        sheet.write_datetime(i + 1, 7, earned + timedelta(days=valid), day)
        sheet.write_row(i + 1, 8, ("Exam", 60, chance.randrange(60)))
        sheet.write_datetime(i + 1, 11, earned + timedelta(days=valid - 30), day)
        sheet.write_row(i + 1, 12, (("Planned", "Scheduled", "In Progress")[i % 3], "Verified",
                                    f"certificates/{i:07d}.pdf"))  # fmt: skip
        if i % 7 == 0:
            sheet.write(i + 1, 16, f"Remark on record {i}")

    sheet = book.add_worksheet("Partnership Requirements")
    sheet.write_row(0, 0, ("Program", "Tier", "Tier Renewal Date", "Required Certification",
                           "Minimum Count", "Count", "Business Impact", "Annual Value",
                           "Owner"), bold)  # fmt: skip
    for i, (name, issuer, _) in enumerate(NAMES):
        sheet.write_row(i + 1, 0, (issuer, "Advanced"))
        sheet.write_datetime(i + 1, 2, TODAY + timedelta(days=200), day)
        sheet.write_row(i + 1, 3, (name, max(members // 2, 1), "People", "Co-sell funding",
                                   100_000 + i, "Member 000001"))  # fmt: skip

    sheet = book.add_worksheet("Pursuits")
    sheet.write_row(0, 0, ("Team Member", "Target Certification", "Target Date", "Study Status",
                           "Exam Scheduled", "Last Updated"), bold)  # fmt: skip
    for i in range(max(rows // 100, 3)):
        sheet.write_row(i + 1, 0, (f"Member {i:06d}", NAMES[i % len(NAMES)][0]))
        sheet.write_datetime(i + 1, 2, TODAY + timedelta(days=chance.randrange(1, 200)), day)
        sheet.write_row(i + 1, 3, ("In Progress", "No"))
        sheet.write_datetime(i + 1, 5, TODAY - timedelta(days=chance.randrange(40)), day)
    book.close()
