"""Delimited text: whatever is wrong with a row is told of, and no row costs another."""

from __future__ import annotations

import codecs
import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openaisle.feeds.reading import FileUnreadable, ReadingHints, ReadingLimits
from tests.factories.reading import read_bytes, read_path, refusal

PLAIN = b"sku,title,price\nA-1,Chair,12.99\nA-2,Table,20.00\n"
ROWS = {2: ("A-1", "Chair", "12.99"), 3: ("A-2", "Table", "20.00")}
# More rows than any file here has: a preview is always read row by row, so this compares the two ways.
ROW_BY_ROW = 1_000_000


def test_a_regular_file_is_read_by_the_engine_itself(tmp_path):
    read = read_bytes(folder=tmp_path, data=PLAIN)
    assert read.file.fast
    assert (read.file.headers, read.file.header_row, read.file.row_count) == (("sku", "title", "price"), 1, 2)
    assert (read.rows, read.found, read.codes) == (ROWS, [], [])


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.rstrip(b"\n"),
        PLAIN.replace(b"\n", b"\r\n"),
        PLAIN.replace(b"\n", b"\r"),
        codecs.BOM_UTF8 + PLAIN,
        PLAIN + b"\n\n\n",
        PLAIN + b",,\n,,\n",
        PLAIN.replace(b",", b";"),
        PLAIN.replace(b",", b"\t"),
        PLAIN.replace(b",", b"|"),
        b"sep=;\n" + PLAIN.replace(b",", b";"),
        PLAIN.decode().encode("utf-16"),
        PLAIN.decode().encode("utf-16-le"),
        PLAIN.decode().encode("utf-16-be"),
        PLAIN.decode().encode("utf-32"),
        PLAIN.replace(b"A-1,Chair", b'"A-1","Chair"'),
    ],
)
def test_line_ends_marks_delimiters_and_wide_encodings_are_found(tmp_path, data):
    read = read_bytes(folder=tmp_path, data=data)
    assert list(read.rows.values()) == list(ROWS.values())
    assert read.found == []
    assert read.file.row_count == 2


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("windows-1252", "Größe für Möbel, 12 €, fällt groß aus"),
        ("windows-1250", "Żółta łyżka święta gęś źdźbło"),
        ("windows-1251", "Красный деревянный стул для кухни"),
        ("gb18030", "红色的木头椅子和厨房用的桌子"),
        ("utf-8", "Größe Żółta Красный 红色"),
    ],
)
def test_encodings_before_unicode_are_told_apart(tmp_path, encoding, text):
    data = "sku;title;price\n" + "".join(f"A-{number};{text};1,99\n" for number in range(50))
    read = read_bytes(folder=tmp_path, data=data.encode(encoding))
    assert read.rows[2] == ("A-0", text, "1,99")
    assert read.file.encoding == encoding
    assert read.codes == ([] if encoding == "utf-8" else ["encoding_guessed"])


def test_a_hint_decides_the_encoding(tmp_path):
    read = read_bytes(
        folder=tmp_path, data="sku,title\nA,Žlutý\n".encode("iso-8859-2"), hints=ReadingHints(encoding="iso-8859-2")
    )
    assert read.rows == {2: ("A", "Žlutý")}


def test_an_encoding_that_changes_in_the_middle_costs_no_row(tmp_path):
    lines = [f"A-{number},Möbel {number}\n".encode() for number in range(100)]
    lines[50] = "A-50,Möbel 50\n".encode("windows-1252")
    read = read_bytes(folder=tmp_path, data=b"sku,title\n" + b"".join(lines))
    assert [row[1] for row in read.rows.values()] == [f"Möbel {number}" for number in range(100)]
    assert read.found == [(52, "encoding_broken")]
    assert read.file.encoding == "utf-8"


def test_a_quote_that_never_closes_costs_its_own_row_alone(tmp_path):
    lines = [f"A-{number},Chair {number},1\n" for number in range(1_000)]
    lines[10] = 'A-10,"Chair 10,1\n'
    read = read_bytes(folder=tmp_path, data=("sku,title,price\n" + "".join(lines)).encode())
    assert read.found == [(12, "quote_not_closed")]
    assert set(read.rows) == set(range(2, 1_002)) - {12}
    assert (read.file.row_count, read.file.unreadable_count) == (1_000, 1)


def test_many_quotes_that_never_close_are_read_in_good_time(tmp_path):
    data = b"sku,title,price\n" + (b'A,"Chair\n' + b"B,Table,1\n" * 300) * 200
    read = read_bytes(folder=tmp_path, data=data)
    assert read.file.row_count == len(read.rows) + read.file.unreadable_count
    assert len(read.rows) == 60_000
    assert read.file.unreadable_count == 200


def test_cells_hold_lines_delimiters_and_quotes(tmp_path):
    data = b'sku,title\nA,"Two\nlines"\nB,"a, ""b"""\nC,12" screen\n'
    for rows_maximum in (None, ROW_BY_ROW):
        read = read_bytes(folder=tmp_path, data=data, rows_maximum=rows_maximum)
        assert read.rows == {2: ("A", "Two\nlines"), 3: ("B", 'a, "b"'), 4: ("C", '12" screen')}


def test_ragged_rows_are_told_of(tmp_path):
    read = read_bytes(folder=tmp_path, data=b"sku,title,price\nA,Chair\nB,Table,1,2\nC,Lamp,3,,\nD,Sofa,4\n")
    assert read.rows == {2: ("A", "Chair", None), 4: ("C", "Lamp", "3"), 5: ("D", "Sofa", "4")}
    assert read.found == [(2, "row_too_short"), (3, "row_too_long")]
    assert (read.file.row_count, read.file.unreadable_count) == (4, 1)


def test_nul_bytes_are_taken_out_and_told_of(tmp_path):
    read = read_bytes(folder=tmp_path, data=b"sku,title\nA,Ch\x00air\nB,Table\n")
    assert read.rows == {2: ("A", "Chair"), 3: ("B", "Table")}
    assert read.found == [(2, "nul_bytes_removed")]


def test_blank_lines_keep_the_numbers_that_a_spreadsheet_shows(tmp_path):
    read = read_bytes(folder=tmp_path, data=b"sku,title\nA,Chair\n\n,\nB,Table\n")
    assert set(read.rows) == {2, 5}
    assert read.file.row_count == 2


def test_a_cell_that_is_too_large_costs_its_own_row_alone(tmp_path):
    limits = ReadingLimits(cell_characters=100)
    data = b"sku,title\nA," + b"x" * 101 + b"\nB," + "ä".encode() * 100 + b"\n"
    for rows_maximum in (None, ROW_BY_ROW):
        read = read_bytes(folder=tmp_path, data=data, limits=limits, rows_maximum=rows_maximum)
        assert (set(read.rows), read.found) == ({3}, [(2, "cell_too_large")])
        assert (read.file.row_count, read.file.unreadable_count) == (2, 1)


def test_a_row_that_is_too_large_costs_its_own_row_alone(tmp_path):
    data = b"sku,title\nA,Chair\nB," + b"x" * 3_000_000 + b"\nC,Table\n" + b'D,"' + b"y\n" * 2_000_000 + b'"\nE,Lamp\n'
    read = read_bytes(folder=tmp_path, data=data)
    assert read.rows[2] == ("A", "Chair")
    assert read.rows[4] == ("C", "Table")
    assert ("E", "Lamp") in read.rows.values()
    assert (3, "row_too_large") in read.found


def test_ten_thousand_columns_are_refused(tmp_path):
    header = ",".join(f"name{letters}" for letters in map(chr, range(0x4E00, 0x4E00 + 10_000)))
    row = ",".join("1" for _ in range(10_000))
    assert refusal(folder=tmp_path, data=f"{header}\n{row}\n".encode()) == "columns_too_many"
    assert refusal(folder=tmp_path, data=f"{row}\n{row}\n".encode()) == "columns_too_many"


def test_repeated_headers_keep_their_columns_and_are_told_of(tmp_path):
    read = read_bytes(folder=tmp_path, data=b"sku,title,price,price\nA,Chair,1,2\n")
    assert read.file.headers == ("sku", "title", "price", "price")
    assert read.rows == {2: ("A", "Chair", "1", "2")}
    assert read.codes == ["header_repeated"]


def test_a_file_without_header_is_read_with_numbered_columns(tmp_path):
    read = read_bytes(folder=tmp_path, data=b"A-1,Chair,4006381333931,12.99\nA-2,Table,4006381333948,20.00\n")
    assert read.file.headers == ("column 1", "column 2", "column 3", "column 4")
    assert read.file.header_row is None
    assert set(read.rows) == {1, 2}
    assert read.codes == ["header_missing"]
    assert read.file.row_count == 2


def test_a_hint_decides_whether_there_is_a_header(tmp_path):
    data = b"one,two\nthree,four\n"
    assert len(read_bytes(folder=tmp_path, data=data, hints=ReadingHints(has_header=False)).rows) == 2
    assert len(read_bytes(folder=tmp_path, data=data, hints=ReadingHints(has_header=True)).rows) == 1


def test_titles_above_the_header_are_skipped(tmp_path):
    read = read_bytes(folder=tmp_path, data=b"Price list 2026,,\nNordwind GmbH,,\n,,\nsku,title,price\nA,Chair,1\n")
    assert read.file.header_row == 4
    assert read.rows == {5: ("A", "Chair", "1")}
    assert read.codes == ["rows_before_header"]


@pytest.mark.parametrize("data", [b"", b"\n\n\n", b"   \n", b",,,\n,,\n", codecs.BOM_UTF8])
def test_a_file_without_a_row_is_refused(tmp_path, data):
    assert refusal(folder=tmp_path, data=data) == "file_empty"


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n\x00", b"\xd0\xcf\x11\xe0\xa1\xb1", b"<html><body>"]
)
def test_what_is_no_feed_is_refused_by_its_name(tmp_path, data):
    assert refusal(folder=tmp_path, data=data) == "format_unsupported"


def test_more_rows_than_allowed_are_refused(tmp_path):
    for data in (PLAIN, PLAIN + b"\nB,C,1\n"):
        assert refusal(folder=tmp_path, data=data, limits=ReadingLimits(rows=1)) == "rows_too_many"


def test_a_preview_reads_the_first_rows_alone(tmp_path):
    data = b"sku,title\n" + b"".join(b"A-%d,Chair of some length %d\n" % (n, n) for n in range(200_000))
    read = read_bytes(folder=tmp_path, data=data, rows_maximum=20)
    assert not read.file.complete
    assert list(read.rows) == list(range(2, 22))


def test_a_file_replaced_while_it_is_read_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "feed.csv"
    path.write_bytes(PLAIN)
    from openaisle.feeds.reading import reading as room

    def replaced(**given):
        found = room_read(**given)
        path.write_bytes(PLAIN + b"B,C,1\n")
        return found

    room_read = room._read
    monkeypatch.setattr(room, "_read", replaced)
    with pytest.raises(FileUnreadable) as refused:
        read_path(folder=tmp_path, path=path)
    assert refused.value.issue.code == "file_changed"


CELLS = st.text(alphabet=st.sampled_from("ab ,;\"\n\r\tä€1.'"), max_size=8)
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=40, deadline=None, suppress_health_check=QUIET)
@given(table=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=12), end=st.sampled_from(["\n", "\r\n"]))
def test_what_a_csv_writer_wrote_is_read_back_the_same_both_ways(tmp_path, table, end):
    target = io.StringIO(newline="")
    csv.writer(target, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([("sku", "title", "price"), *table])
    data = target.getvalue().encode()
    expected = [tuple(cell or None for cell in row) for row in table if any(row)]
    hints = ReadingHints(delimiter=",", has_header=True)
    for rows_maximum in (None, ROW_BY_ROW):
        read = read_bytes(folder=tmp_path, data=data, hints=hints, rows_maximum=rows_maximum)
        assert list(read.rows.values()) == expected
        assert read.found == []


@settings(max_examples=40, deadline=None, suppress_health_check=QUIET)
@given(
    body=st.lists(
        st.sampled_from([b'"', b",", b"\n", b"\r\n", b"a", b"\xe4", b"\x00", b'""', b" ", "€".encode()]), max_size=60
    )
)
def test_no_bytes_break_the_reader_and_every_row_is_accounted_for(tmp_path, body):
    data = b"sku,title,price\n" + b"".join(body) + b"\nLAST,Chair,1\n"
    read = read_bytes(folder=tmp_path, data=data)
    assert read.file.row_count == len(read.rows) + read.file.unreadable_count
    refused = {row for row, _ in read.found} - set(read.rows)
    assert len(refused) == read.file.unreadable_count


def irregular(*, end: str, quoted: bool) -> bytes:
    """Return some mebibytes in which few rows are irregular, so that most blocks are copied as they are."""
    lines = []
    for number in range(60_000):
        title = f'"Chair, ""{number}"""' if quoted and number % 3 == 0 else f"Chair of some good length {number} äöü"
        lines.append(f"A-{number},{title},{'text ' * 8}{number}")
    lines[20_000] = "A-20000,short"
    # A quote that follows would close it.
    lines[40_000] = "A-40000,long,x,y" if quoted else 'A-40000,"never closed,x'
    lines.insert(50_000, "")
    return end.join(["sku,title,price", *lines, ""]).encode()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("quoted", [True, False])
def test_blocks_copied_as_they_are_make_the_same_rows(tmp_path, end, quoted):
    data = irregular(end=end, quoted=quoted)
    copied = read_bytes(folder=tmp_path, data=data)
    assert not copied.file.fast
    assert (copied.rows[20_002][0], copied.rows[60_002][0]) == ("A-20000", "A-59999")
    told = "row_too_long" if quoted else "quote_not_closed"
    assert copied.found == [(20_002, "row_too_short"), (40_002, told)]
    one_by_one = read_bytes(folder=tmp_path, data=data, rows_maximum=ROW_BY_ROW)
    assert (copied.rows, copied.found) == (one_by_one.rows, one_by_one.found)


def test_line_ends_that_change_between_blocks_are_read_row_by_row(tmp_path):
    half = b"".join(b"A-%d,Chair of some good length,1\n" % number for number in range(40_000))
    data = b"sku,title,price\n" + half + b"bad,row\n" + half.replace(b"\n", b"\r\n")
    read = read_bytes(folder=tmp_path, data=data)
    assert read.file.row_count == len(read.rows) == 80_001
    assert read.rows[80_002] == ("A-39999", "Chair of some good length", "1")
    assert read.found == [(40_002, "row_too_short")]
