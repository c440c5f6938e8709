"""What certsync is compared with, each a program: `python peers.py NAME FILE OUT`."""

from __future__ import annotations

import sys
import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path

TODAY = date(2026, 3, 16)


def script(source: Path, target: Path) -> None:
    """The script a user would write: pandas to judge, openpyxl to set two columns and save."""
    import pandas as pd
    from openpyxl import load_workbook

    frame = pd.read_excel(source, sheet_name="Certifications", engine="openpyxl")
    days = (pd.to_datetime(frame["Expiration Date"]) - pd.Timestamp(TODAY)).dt.days
    status = pd.Series("Active", index=frame.index)
    status[days <= 90] = "Expiring Soon"
    status[days < 0] = "Expired"
    book = load_workbook(source)
    sheet = book["Certifications"]
    column = sheet.max_column + 1
    sheet.cell(1, column, "Status")
    sheet.cell(1, column + 1, "Days to Expiry")
    for row, (word, left) in enumerate(zip(status, days, strict=True), start=2):
        sheet.cell(row, column, word)
        sheet.cell(row, column + 1, None if pd.isna(left) else int(left))
    book.save(target)


def floor(source: Path, target: Path) -> None:
    """The least any program could do: calamine reads every tab, and every part is zipped again."""
    from python_calamine import CalamineWorkbook

    data = source.read_bytes()
    book = CalamineWorkbook.from_filelike(BytesIO(data))
    for name in book.sheet_names:
        book.get_sheet_by_name(name).to_python()
    with (
        zipfile.ZipFile(BytesIO(data)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for item in old.infolist():
            new.writestr(item, old.read(item))


def imports(source: Path, target: Path) -> None:
    """Starting Python with pandas and openpyxl, and nothing else."""
    import openpyxl
    import pandas

    del source, target, openpyxl, pandas


if __name__ == "__main__":
    {"script": script, "floor": floor, "imports": imports}[sys.argv[1]](
        Path(sys.argv[2]), Path(sys.argv[3])
    )
