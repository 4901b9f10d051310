"""Workbooks: cells become the texts that a person reads in them; what else a workbook holds is not looked at."""

from __future__ import annotations

import datetime

import pytest

from openaisle.feeds.reading import FileFormat, ReadingHints, ReadingLimits
from tests.factories.reading import read_bytes, refusal, with_part, workbook

SIMPLE = workbook(sheets={"Items": [["sku", "title", "price"], ["A-1", "Chair", 12.99], ["A-2", "Table", 20]]})
SHEET = "xl/worksheets/sheet1.xml"
SHEET_HEAD = (
    b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
)
SHEET_TAIL = b"</sheetData></worksheet>"


def test_a_workbook_becomes_rows(tmp_path):
    read = read_bytes(folder=tmp_path, data=SIMPLE)
    assert (read.file.format, read.file.sheet) == (FileFormat.SPREADSHEET, "Items")
    assert read.file.headers == ("sku", "title", "price")
    assert read.rows == {2: ("A-1", "Chair", "12.99"), 3: ("A-2", "Table", "20")}


def test_numbers_and_dates_become_what_a_person_reads(tmp_path):
    cells = [4006381333931, 1e12, 0.1 + 0.2, 45567, datetime.date(2026, 1, 2), True, -3]
    names = ["sku", "gtin", "ratio", "serial", "day", "new", "less"]
    read = read_bytes(folder=tmp_path, data=workbook(sheets={"Items": [names, cells]}))
    assert read.rows == {2: ("4006381333931", "1000000000000", "0.3", "45567", "2026-01-02", "true", "-3")}


def test_numbers_that_lost_digits_are_told_of(tmp_path):
    data = workbook(sheets={"Items": [["sku", "serial"], ["A", 12345678901234567], ["B", 123456789012345]]})
    assert read_bytes(folder=tmp_path, data=data).found == [(2, "number_rounded")]


def test_of_formulas_the_kept_value_is_read_and_errors_are_told_of(tmp_path):
    data = workbook(sheets={"Items": [["sku", "price"], ["A", "=1+2"], ["B", 3]]})
    part = (
        SHEET_HEAD
        + (
            b'<row r="1"><c r="A1" t="inlineStr"><is><t>sku</t></is></c>'
            b'<c r="B1" t="inlineStr"><is><t>price</t></is></c></row>'
            b'<row r="2"><c r="A2"><v>1</v></c><c r="B2"><f>1+2</f><v>3</v></c></row>'
            b'<row r="3"><c r="A3"><v>2</v></c><c r="B3" t="e"><f>NA()</f><v>#N/A</v></c></row>'
        )
        + SHEET_TAIL
    )
    read = read_bytes(folder=tmp_path, data=with_part(data=data, name=SHEET, part=part))
    assert read.rows == {2: ("1", "3"), 3: ("2", None)}
    assert read.found == [(3, "cell_in_error")]


def test_macros_pictures_and_links_are_not_looked_at(tmp_path):
    data = with_part(data=SIMPLE, name="xl/vbaProject.bin", part=b"Sub Auto_Open()" * 1_000)
    data = with_part(data=data, name="xl/externalLinks/externalLink1.xml", part=b"<broken")
    read = read_bytes(folder=tmp_path, data=data)
    assert len(read.rows) == 2
    assert read.codes == ["macros_ignored"]


def test_the_first_visible_sheet_with_a_table_is_read_unless_another_is_named(tmp_path):
    table = [["sku", "title"], ["A", "Chair"]]
    sheets = {
        "Hidden": table,
        "Cover": [["Price list"]],
        "Items": table,
        "Old & gone": [["sku", "title"], ["B", "Lamp"]],
    }
    data = workbook(sheets=sheets, hidden=("Hidden",))
    read = read_bytes(folder=tmp_path, data=data)
    assert (read.file.sheet, read.codes) == ("Items", ["sheets_ignored"])
    read = read_bytes(folder=tmp_path, data=data, hints=ReadingHints(sheet="Old & gone"))
    assert read.rows == {2: ("B", "Lamp")}


def test_titles_above_and_blank_rows_between_keep_the_numbers_of_the_sheet(tmp_path):
    rows = [[], ["Price list 2026"], [], ["", "sku", "title"], ["", "A", "Chair"], [], ["", "B", "Lamp"]]
    read = read_bytes(folder=tmp_path, data=workbook(sheets={"Items": rows}))
    assert read.file.header_row == 4
    assert {number: row[-2:] for number, row in read.rows.items()} == {5: ("A", "Chair"), 7: ("B", "Lamp")}


def test_a_sheet_that_reaches_over_a_billion_cells_is_refused(tmp_path):
    part = (
        SHEET_HEAD
        + b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        + SHEET_TAIL
    )
    assert refusal(folder=tmp_path, data=with_part(data=SIMPLE, name=SHEET, part=part)) == "rows_too_many"
    # Cells that do not name their places count as well.
    part = SHEET_HEAD + b"<row>" + b"<c><v>1</v></c>" * 3_000 + b"</row>" + b"<row><c/></row>" * 3_000 + SHEET_TAIL
    assert refusal(folder=tmp_path, data=with_part(data=SIMPLE, name=SHEET, part=part)) == "rows_too_many"


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path):
    part = SHEET_HEAD + b"<row/>" * 5_000_000 + SHEET_TAIL
    data = with_part(data=SIMPLE, name=SHEET, part=part)
    assert refusal(folder=tmp_path, data=data) == "file_too_large"
    limits = ReadingLimits(spreadsheet_unpacked_bytes=1_000)
    assert refusal(folder=tmp_path, data=SIMPLE, limits=limits) == "file_too_large"


@pytest.mark.parametrize("name", ["xl/workbook.xml", SHEET, "xl/sharedStrings.xml"])
def test_a_workbook_whose_parts_are_broken_is_refused(tmp_path, name):
    assert refusal(folder=tmp_path, data=with_part(data=SIMPLE, name=name, part=b"<a><b")) in {
        "document_broken",
        "file_empty",
    }


@pytest.mark.parametrize("kept", [100, 2_000, -1, -30])
def test_a_workbook_without_its_end_is_refused(tmp_path, kept):
    assert refusal(folder=tmp_path, data=SIMPLE[:kept]) == "file_truncated"


def test_rows_wider_than_the_header_are_told_of(tmp_path):
    read = read_bytes(folder=tmp_path, data=workbook(sheets={"Items": [["sku", "title"], ["A", "b", "c"], ["B", "d"]]}))
    assert (read.rows, read.found) == ({3: ("B", "d")}, [(2, "row_too_long")])


def test_a_preview_reads_the_first_rows_alone(tmp_path):
    data = workbook(sheets={"Items": [["sku", "title"], *([f"A-{number}", "x"] for number in range(500))]})
    read = read_bytes(folder=tmp_path, data=data, rows_maximum=5)
    assert (len(read.rows), read.file.complete) == (5, False)
