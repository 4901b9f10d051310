"""Workbooks written for strangers: nothing in them runs, and what is typed into them stays what it is."""

from __future__ import annotations

import zipfile

import python_calamine

from openaisle.adapters.files.workbook_writer import XlsxWriter
from openaisle.adapters.files.workbooks import CalamineReader
from openaisle.kernel.spreadsheets import SheetColumn, SheetToWrite, formula_safe

HOSTILE = ['=HYPERLINK("https://evil.example")', "+1", "-1", "@SUM(A1)", "https://a.example", "{=1}", "007", "1e5"]


def test_texts_are_written_as_texts_and_nothing_runs(tmp_path):
    path = tmp_path / "report.xlsx"
    columns = (SheetColumn(title="sku"), SheetColumn(title="=1+1"))
    rows = [(text, number) for number, text in enumerate(HOSTILE)]
    assert XlsxWriter().write(path=path, sheets=[SheetToWrite(name="Report", columns=columns, rows=rows)]) == (8,)
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"<hyperlink" not in sheet
    with CalamineReader().open(path=path) as book:
        read = [list(cells) for _, cells in book.rows(sheet="Report")]
    assert read == [["sku", "=1+1"], *([text, float(number)] for number, text in enumerate(HOSTILE))]


def test_long_numbers_are_written_as_texts_so_that_no_digit_is_lost(tmp_path):
    path = tmp_path / "report.xlsx"
    sheet = SheetToWrite(
        name="Report", columns=(SheetColumn(title="gtin"),), rows=[(12345678901234567,), (None,), (3,)]
    )
    XlsxWriter().write(path=path, sheets=[sheet])
    with CalamineReader().open(path=path) as book:
        assert [cells[0] for _, cells in book.rows(sheet="Report")] == ["gtin", "12345678901234567", "", 3.0]


def test_templates_offer_choices_short_and_long(tmp_path):
    path = tmp_path / "template.xlsx"
    many = tuple(f"Value {number}" for number in range(100))
    columns = (
        SheetColumn(title="condition", choices=("new", "used"), note="How it is", is_required=True),
        SheetColumn(title="color", choices=many, tones={"red": "bad"}),
    )
    XlsxWriter().write(path=path, sheets=[SheetToWrite(name="Products", columns=columns, rows=[("new", "red")])])
    with CalamineReader().open(path=path) as book:
        assert [(sheet.name, sheet.is_hidden) for sheet in book.sheets] == [("Products", False), ("choices", True)]
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "new,used" in sheet
    assert "choices!$B$1" not in sheet
    assert "choices!$A$1:$A$100" in sheet
    assert python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_name("choices").height == 100


def test_texts_of_csv_reports_run_nowhere():
    assert [formula_safe(text=text)[0] for text in ("=1", "+1", "-1", "@x", "\tx", "\rx")] == ["'"] * 6
    assert formula_safe(text="Chair = 1") == "Chair = 1"
