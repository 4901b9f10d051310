"""The texts of exports: how each format begins, says one product, and ends. Pure.

Cells that a spreadsheet would run as formulas are written so that it does not; characters that XML cannot hold are
left out.
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from typing import Protocol

import msgspec

from openaisle.inventory.views import StoredProductAnswer, offer_view
from openaisle.kernel.spreadsheets import formula_safe
from openaisle.publishing.documents import PublishedProduct
from openaisle.publishing.exporting.rows import COLUMNS, row_of

_ENCODER = msgspec.json.Encoder()
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_GOOGLE_TITLE_MAXIMUM = 150
_GOOGLE_DESCRIPTION_MAXIMUM = 5_000
_GOOGLE_IMAGES_MAXIMUM = 10
_GOOGLE_PLAIN = {
    "g:color": "color",
    "g:size": "size",
    "g:material": "material",
    "g:gender": "gender",
    "g:age_group": "age_group",
    "g:item_group_id": "variant_group",
}


class Writer(Protocol):
    """One format: bytes before all products, of each, and behind them."""

    def begin(self) -> bytes:
        """Return what stands before the first product."""
        ...

    def product(self, *, found: PublishedProduct) -> bytes:
        """Return one product; empty if the format cannot say it."""
        ...

    def end(self) -> bytes:
        """Return what stands behind the last product."""
        ...


class JsonLinesWriter:
    """One JSON object a line, as GET /v1/products/{product_id} answers it."""

    def begin(self) -> bytes:
        """Return nothing: the first line is the first product."""
        return b""

    def product(self, *, found: PublishedProduct) -> bytes:
        """Return the product with all its offers and their stock."""
        offers = [offer_view(joined=one) for one in found.offers]
        answer = StoredProductAnswer(product=found.stored, available=found.available, offers=offers)
        return _ENCODER.encode(answer) + b"\n"

    def end(self) -> bytes:
        """Return nothing."""
        return b""


class JsonRowsWriter:
    """The rows of tables as JSON Lines; an engine makes Parquet of them."""

    def __init__(self, *, page: str) -> None:
        """Take the storefront's address of a product."""
        self._page = page

    def begin(self) -> bytes:
        """Return nothing."""
        return b""

    def product(self, *, found: PublishedProduct) -> bytes:
        """Return the row."""
        return _ENCODER.encode(row_of(found=found, page=self._page)) + b"\n"

    def end(self) -> bytes:
        """Return nothing."""
        return b""


class CsvWriter:
    """CSV in UTF-8 by RFC 4180, one row a product."""

    def __init__(self, *, page: str) -> None:
        """Take the storefront's address of a product."""
        self._page = page

    def begin(self) -> bytes:
        """Return the header."""
        return _csv_line(list(COLUMNS))

    def product(self, *, found: PublishedProduct) -> bytes:
        """Return the row."""
        cells = row_of(found=found, page=self._page).values()
        return _csv_line(["" if cell is None else _safe(cell) for cell in cells])

    def end(self) -> bytes:
        """Return nothing."""
        return b""


def _safe(cell: str | int) -> str | int:
    return formula_safe(text=cell) if isinstance(cell, str) else cell


def _csv_line(cells: list[str | int] | list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    # A lone half of a character, which JSON lets through, is no UTF-8.
    return line.getvalue().encode(errors="replace")


class GoogleXmlWriter:
    """The product data of Google Merchant Center: RSS 2.0 with its ``g:`` names.

    Source: Google Merchant Center, "Product data specification" and "RSS 2.0 specification".
    """

    def __init__(self, *, page: str, title: str) -> None:
        """Take the storefront's address of a product, and the marketplace's name."""
        self._page = page
        self._title = title

    def begin(self) -> bytes:
        """Return the head of the channel."""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0">\n'
            f"<channel>\n<title>{_escaped(self._title)}</title>\n<description>All products</description>\n"
            f"<link>{_escaped(self._page.partition('{')[0])}</link>\n"
        ).encode()

    def product(self, *, found: PublishedProduct) -> bytes:
        """Return the item; nothing for a product that nobody offers, as the format asks for a price."""
        row = row_of(found=found, page=self._page)
        if row["price"] is None:
            return b""
        lines = "".join(f"<{name}>{_escaped(value)}</{name}>\n" for name, value in _google_facts(row) if value)
        return f"<item>\n{lines}</item>\n".encode(errors="replace")

    def end(self) -> bytes:
        """Return the end of the channel."""
        return b"</channel>\n</rss>\n"


def _google_facts(row: dict[str, str | int | None]) -> Iterator[tuple[str, str]]:
    def text(name: str) -> str:
        value = row[name]
        return "" if value is None else str(value)

    yield "g:id", text("product_id")
    yield "g:title", text("title")[:_GOOGLE_TITLE_MAXIMUM]
    yield "g:description", (text("description") or text("title"))[:_GOOGLE_DESCRIPTION_MAXIMUM]
    yield "g:link", text("url")
    yield "g:image_link", text("image_url")
    for address in text("additional_image_urls").split(" ")[:_GOOGLE_IMAGES_MAXIMUM]:
        yield "g:additional_image_link", address
    yield "g:availability", text("availability")
    yield "g:price", text("price")
    yield "g:condition", text("condition")
    yield "g:brand", text("brand")
    yield "g:gtin", text("gtin")
    yield "g:mpn", text("part_number")
    if not row["gtin"] and not (row["brand"] and row["part_number"]):
        yield "g:identifier_exists", "no"
    yield "g:product_type", text("category")
    for name, column in _GOOGLE_PLAIN.items():
        yield name, text(column)
    if row["weight_grams"]:
        yield "g:shipping_weight", f"{row['weight_grams']} g"


def _escaped(text: str) -> str:
    return html.escape(_NOT_IN_XML.sub("", text), quote=False)
