from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.catalog.issues import IssueCode
from openaisle.catalog.reading import FeedReader, FeedUnreadable

HEADER = b"supplier_sku,title,price\n"


def read(body, *, piece=None):
    reader = FeedReader()
    piece = piece or max(1, len(body))
    rows = []
    for start in range(0, len(body), piece):
        rows += reader.rows(chunk=body[start : start + piece])
    rows += reader.last_rows()
    return reader, rows


def cells(rows):
    return [row.cells for row in rows]


@pytest.mark.parametrize(
    ("body", "encoding", "delimiter"),
    [
        ("supplier_sku,title\nA,Mügli\n".encode(), "utf-8", ","),
        ("supplier_sku;title\nA;Mügli\n".encode("utf-8-sig"), "utf-8-sig", ";"),
        ("supplier_sku\ttitle\nA\tMügli\n".encode("latin-1"), "windows-1252", "\t"),
        ("supplier_sku|title\r\nA|Mügli\r\n".encode(), "utf-8", "|"),
        ("supplier_sku,title\rA,Mügli\r".encode(), "utf-8", ","),
        ("supplier_sku,title\nA,Mügli".encode(), "utf-8", ","),
    ],
)
@pytest.mark.parametrize("piece", [3, None])
def test_encoding_delimiter_and_line_ends_are_found(body, encoding, delimiter, piece):
    reader, rows = read(body, piece=piece)
    assert (reader.encoding, reader.delimiter) == (encoding, delimiter)
    assert cells(rows) == [{"supplier_sku": "A", "title": "Mügli"}]


def test_a_euro_sign_of_windows_is_read():
    _, rows = read(HEADER + "A,Mug,5 €\n".encode("cp1252"))
    assert rows[0].cells["price"] == "5 €"


def test_quoted_cells_hold_delimiters_quotes_and_lines():
    _, rows = read(HEADER + b'A,"Mug, ""blue""\nand saucer",5\nB,12" pipe,6\n')
    assert cells(rows) == [
        {"supplier_sku": "A", "title": 'Mug, "blue"\nand saucer', "price": "5"},
        {"supplier_sku": "B", "title": '12" pipe', "price": "6"},
    ]


def test_a_quote_that_never_closes_loses_only_its_own_row():
    lines = b"".join(b"S%d,Mug,5\n" % number for number in range(1000))
    _, rows = read(HEADER + b'A,"Mug,5\n' + lines)
    assert [one.code for one in rows[0].issues] == [IssueCode.QUOTE_NOT_CLOSED]
    assert [row.cells["supplier_sku"] for row in rows[1:]] == [f"S{number}" for number in range(1000)]
    assert [row.number for row in rows] == list(range(2, 1003))


def test_bytes_of_another_encoding_in_the_middle_are_read_and_told():
    body = HEADER + b"".join(b"S%d,Mug,5\n" % number for number in range(10_000)) + "A,Mügli,5\n".encode("cp1252")
    reader, rows = read(body)
    assert reader.encoding == "utf-8"
    assert rows[-1].cells["title"] == "Mügli"
    assert [one.code for one in rows[-1].issues] == [IssueCode.ENCODING_BROKEN]


def test_nul_bytes_are_removed_and_told():
    _, rows = read(HEADER + b"A,M\0ug,5\n")
    assert rows[0].cells["title"] == "Mug"
    assert [one.code for one in rows[0].issues] == [IssueCode.NUL_BYTES_REMOVED]


@pytest.mark.parametrize("piece", [100_000, None])
def test_a_cell_of_five_megabytes_loses_only_its_own_row(piece):
    _, rows = read(HEADER + b"A," + b"x" * 5_000_000 + b",5\nB,Mug,6\n", piece=piece)
    assert [one.code for one in rows[0].issues] == [IssueCode.ROW_TOO_LARGE]
    assert cells(rows) == [{}, {"supplier_sku": "B", "title": "Mug", "price": "6"}]


def test_a_quoted_cell_of_five_megabytes_loses_only_its_own_row():
    _, rows = read(HEADER + b'A,"' + b"x" * 5_000_000 + b'",5\nB,Mug,6\n', piece=100_000)
    assert [one.code for one in rows[0].issues] == [IssueCode.ROW_TOO_LARGE]
    assert rows[-1].cells["supplier_sku"] == "B"


def test_a_cell_that_is_too_large_is_told():
    _, rows = read(HEADER + b"A," + b"x" * 70_000 + b",5\n")
    assert [one.code for one in rows[0].issues] == [IssueCode.CELL_TOO_LARGE]
    assert rows[0].cells == {}
    _, rows = read(HEADER + b'A,"' + b"x" * 200_000 + b'",5\n')
    assert [one.code for one in rows[0].issues] == [IssueCode.CELL_TOO_LARGE]


def test_a_header_may_repeat_a_column_and_the_first_counts():
    reader, rows = read(b"supplier_sku,title,name,hue\nA,Mug,Jug,blue\n")
    assert cells(rows) == [{"supplier_sku": "A", "title": "Mug"}]
    assert [one.code for one in reader.issues] == [IssueCode.HEADER_REPEATED, IssueCode.COLUMN_UNKNOWN]


def test_ragged_rows_are_told():
    _, rows = read(HEADER + b"A,Mug,5,6\nB,Mug\nC,Mug,5,,\n")
    assert [[one.code for one in row.issues] for row in rows] == [
        [IssueCode.ROW_TOO_LONG],
        [IssueCode.ROW_TOO_SHORT],
        [],
    ]


def test_blank_lines_are_passed_over():
    _, rows = read(HEADER + b"\n  \nA,Mug,5\n\n")
    assert len(rows) == 1


@pytest.mark.parametrize("body", [b"", b"\xff\xfea\0", b"a,b\n1,2\n", b"\0" * 100])
def test_what_is_no_feed_is_refused_with_a_reason(body):
    with pytest.raises(FeedUnreadable) as caught:
        read(body)
    assert caught.value.issue.message


@given(body=st.binary(max_size=300), piece=st.integers(1, 50), quoted=st.booleans())
def test_no_bytes_break_the_reader_and_the_pieces_do_not_matter(body, piece, quoted):
    whole = HEADER + (b'"' if quoted else b"") + body
    # A carriage return at the end of a piece may be half of a line end, which is told apart only with the next.
    whole = whole.replace(b"\r", b"")
    try:
        _, rows = read(whole, piece=piece)
    except FeedUnreadable:
        with pytest.raises(FeedUnreadable):
            read(whole)
        return
    assert rows == read(whole)[1]
    assert [row.number for row in rows] == list(range(2, len(rows) + 2))


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\ufeff"), min_size=1, max_size=8)


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=8))
def test_what_a_csv_writer_wrote_is_read_back(table):
    quoted = [[cell.replace('"', '""') for cell in row] for row in table]
    body = HEADER + "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in quoted).encode()
    _, rows = read(body)
    assert [list(row.cells.values()) for row in rows] == table
