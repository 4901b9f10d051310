"""Records that name their own fields: JSON Lines, arrays of JSON, Google Merchant XML."""

from __future__ import annotations

import json

import pytest

from openaisle.feeds.reading import FileFormat, ReadingLimits
from tests.factories.reading import read_bytes, refusal

HEAD = '<?xml version="1.0" encoding="{encoding}"?><rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel>'
TAIL = "</channel></rss>"


def rss(*items: str, encoding: str = "UTF-8") -> bytes:
    listed = "".join(f"<item>{item}</item>" for item in items)
    return (HEAD.format(encoding=encoding) + "<title>Feed</title>" + listed + TAIL).encode(encoding)


def test_json_lines_become_rows_with_the_columns_of_all_records(tmp_path):
    lines = [
        {"sku": "A", "price": 12.5, "gtin": 4006381333931, "size": {"width": 3}},
        {"sku": "B", "images": ["https://a.example/1,2.jpg", "https://a.example/2.jpg"], "new": True, "note": None},
    ]
    read = read_bytes(folder=tmp_path, data="\n".join(map(json.dumps, lines)).encode())
    assert read.file.format is FileFormat.JSON_LINES
    assert read.file.headers == ("sku", "price", "gtin", "size.width", "images", "new", "note")
    assert read.rows == {
        2: ("A", "12.5", "4006381333931", "3", None, None, None),
        3: ("B", None, None, None, "https://a.example/1%2C2.jpg,https://a.example/2.jpg", "true", None),
    }


def test_lines_that_are_no_objects_cost_themselves_alone(tmp_path):
    data = b'{"sku":"A"}\n\nnonsense\n[1]\n{"sku":\n{"sku":"B","t":"\xff"}\n' + b"[" * 5_000 + b'\n{"sku":"C"}\n'
    read = read_bytes(folder=tmp_path, data=data)
    assert read.rows[2] == ("A", *read.rows[2][1:])
    assert list(read.rows)[-1] == 8
    assert [code for _, code in read.found if code == "record_unreadable"] == ["record_unreadable"] * 4
    assert read.file.row_count == len(read.rows) + read.file.unreadable_count == 7


def test_a_record_that_is_too_large_costs_itself_alone(tmp_path):
    data = b'{"sku":"A"}\n{"sku":"' + b"x" * 5_000_000 + b'"}\n{"sku":"C"}\n'
    read = read_bytes(folder=tmp_path, data=data)
    assert (read.rows, read.found) == ({2: ("A",), 4: ("C",)}, [(3, "row_too_large")])


def test_an_array_of_objects_is_read_as_lines_are(tmp_path):
    records = [{"sku": f"A-{number}", "title": "Möbel"} for number in range(20_000)]
    read = read_bytes(folder=tmp_path, data=json.dumps(records, indent=1, ensure_ascii=False).encode())
    assert len(read.rows) == 20_000
    assert read.rows[20_001] == ("A-19999", "Möbel")


def test_an_array_that_breaks_off_is_refused(tmp_path):
    assert refusal(folder=tmp_path, data=b'[{"sku":"A"},{"sku":"B"') == "document_broken"


def test_more_different_fields_than_allowed_are_refused(tmp_path):
    data = "\n".join(json.dumps({f"f{number}": 1}) for number in range(2_000)).encode()
    assert refusal(folder=tmp_path, data=data) == "columns_too_many"


def test_google_xml_becomes_rows_with_the_names_of_that_format(tmp_path):
    shipping = "<g:shipping><g:country>{}</g:country><g:price>{}</g:price></g:shipping>"
    data = rss(
        "<g:id>A</g:id><title>Chair &amp; table</title><link>https://a.example/a</link><g:price>12.99 EUR</g:price>",
        "<g:id>B</g:id><title><![CDATA[Lamp <b>red</b>]]></title>"
        "<g:additional_image_link>https://a.example/1</g:additional_image_link>"
        "<g:additional_image_link>https://a.example/2</g:additional_image_link>"
        + shipping.format("US", "16.00 USD")
        + shipping.format("DE", "4.00 EUR"),
    )
    read = read_bytes(folder=tmp_path, data=data)
    assert read.file.format is FileFormat.GOOGLE_XML
    assert read.file.headers == ("id", "title", "link", "price", "additional_image_link", "shipping")
    assert read.rows == {
        2: ("A", "Chair & table", "https://a.example/a", "12.99 EUR", None, None),
        3: (
            "B",
            "Lamp <b>red</b>",
            None,
            None,
            "https://a.example/1,https://a.example/2",
            "US:::16.00 USD,DE:::4.00 EUR",
        ),
    }


def test_atom_is_read_as_rss_is(tmp_path):
    data = (
        b'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><title>Feed</title>'
        b'<entry><g:id>A</g:id><title>Chair</title><link href="https://a.example/a"/></entry></feed>'
    )
    read = read_bytes(folder=tmp_path, data=data)
    assert (read.file.headers, read.rows) == (("id", "title", "link"), {2: ("A", "Chair", "https://a.example/a")})


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "ISO-8859-1", "windows-1252", "windows-1251"])
def test_xml_is_read_in_the_encoding_that_it_declares(tmp_path, encoding):
    title = "Красный" if encoding == "windows-1251" else "Größe"
    read = read_bytes(folder=tmp_path, data=rss(f"<g:id>A</g:id><title>{title}</title>", encoding=encoding))
    assert read.rows == {2: ("A", title)}


def test_bytes_of_another_encoding_cost_no_item(tmp_path):
    items = [f"<g:id>A-{number}</g:id><title>Größe {number}</title>" for number in range(50)]
    data = rss(*items).replace("Größe 7<".encode(), "Größe 7<".encode("windows-1252"))
    read = read_bytes(folder=tmp_path, data=data)
    assert len(read.rows) == 50
    assert read.rows[9][1].startswith("Gr\ufffd")
    assert read.codes == ["encoding_broken"]


@pytest.mark.parametrize(
    "data",
    [
        rss("<g:id>A</g:id>")[:-10],
        rss("<g:id>A</g:id>").replace(b"</g:id>", b"</g:ix>"),
        rss("<g:id>A & B</g:id>"),
        rss("<x>" * 100 + "</x>" * 100),
        b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + b"<rss><item><id>&b;</id></item></rss>",
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + b"<rss><item><id>&x;</id></item></rss>",
    ],
)
def test_xml_that_is_broken_or_declares_entities_is_refused(tmp_path, data):
    assert refusal(folder=tmp_path, data=data) == "document_broken"


def test_xml_without_an_item_is_refused(tmp_path):
    assert refusal(folder=tmp_path, data=rss()) == "file_empty"


def test_an_item_that_is_too_large_costs_itself_alone(tmp_path):
    data = rss("<g:id>A</g:id>", f"<g:id>B</g:id><title>{'x' * 3_000_000}</title>", "<g:id>C</g:id>")
    read = read_bytes(folder=tmp_path, data=data, limits=ReadingLimits())
    assert (read.rows, read.found) == ({2: ("A",), 4: ("C",)}, [(3, "row_too_large")])
