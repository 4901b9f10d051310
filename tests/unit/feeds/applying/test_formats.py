"""The same products in every format: what becomes of them does not depend on how they were written."""

from __future__ import annotations

import csv
import gzip
import io
import json

import pytest

from openaisle.catalog.issues import IssueCode
from openaisle.feeds.model import FeedState
from tests.factories.reading import with_part, workbook, zipped

PRODUCTS = [
    {"id": "A-1", "title": "Stoneware mug, blue", "gtin": "4006381333931", "price": "12.99 EUR", "quantity": "10"},
    {"id": "A-2", "title": "Stoneware bowl, größer", "gtin": "4006381333948", "price": "20.00 EUR", "quantity": "3"},
    {"id": "A-3", "title": "Broken number", "gtin": "4006381333930", "price": "1.00 EUR", "quantity": "3"},
]


def delimited(*, delimiter: str = ",") -> str:
    target = io.StringIO(newline="")
    writer = csv.DictWriter(target, fieldnames=list(PRODUCTS[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(PRODUCTS)
    return target.getvalue()


def xlsx() -> bytes:
    rows = [[*product.values()] for product in PRODUCTS]
    for row in rows:
        row[2] = int(row[2])
        row[4] = int(row[4])
    return workbook(sheets={"Cover": [["Spring 2026"]], "Products": [["Our list"], [], [*PRODUCTS[0]], *rows]})


def xml() -> bytes:
    items = "".join(
        "<item>" + "".join(f"<g:{name}>{text}</g:{name}>" for name, text in product.items()) + "</item>"
        for product in PRODUCTS
    )
    head = '<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel>'
    return f"{head}{items}</channel></rss>".encode()


FILES = {
    "csv": delimited().encode(),
    "tsv": delimited(delimiter="\t").encode(),
    "semicolons in windows-1252": delimited(delimiter=";").encode("windows-1252"),
    "utf-16": delimited().encode("utf-16"),
    "csv with one bad row": delimited().encode() + b"bad\n",
    "gzip": gzip.compress(delimited().encode()),
    "zip": zipped(files={"feed.csv": delimited().encode()}),
    "xlsx": xlsx(),
    "xlsm": with_part(data=xlsx(), name="xl/vbaProject.bin", part=b"macros"),
    "json lines": "\n".join(map(json.dumps, PRODUCTS)).encode(),
    "xml": xml(),
}


@pytest.mark.parametrize("name", FILES)
async def test_every_format_makes_the_same_products(marketplace, name):
    feed = await marketplace.feed(FILES[name])
    assert feed.state is FeedState.APPLIED
    bad = name == "csv with one bad row"
    assert (feed.counts.rows, feed.counts.accepted + feed.counts.corrected) == (4 if bad else 3, 2)
    assert feed.counts.rejected == feed.counts.rows - 2
    issues, _ = await marketplace.issues(feed.feed_id)
    assert IssueCode.GTIN_INVALID in {issue.code for issue in issues}
    items = await marketplace.catalog_items()
    assert sum("größer" in body.decode() for _, body in items.values()) >= 1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (gzip.compress(delimited().encode())[:-9], IssueCode.FILE_TRUNCATED),
        (gzip.compress(b"0" * 40_000_000), IssueCode.FILE_TOO_LARGE),
        (b"%PDF-1.7", IssueCode.FORMAT_UNSUPPORTED),
        (xml()[:-20], IssueCode.DOCUMENT_BROKEN),
    ],
)
async def test_a_file_that_cannot_be_trusted_fails_its_feed_with_the_reason(marketplace, data, code):
    feed = await marketplace.feed(data)
    assert feed.state is FeedState.FAILED
    assert [issue.code for issue in feed.issues] == [code]
    assert feed.counts.rows == 0
