"""Rows of the plan become bodies of products, offers and stock levels by SQL: the same bytes that records give.

A test compares them with what the registrar writes row by row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from openaisle.catalog.model import Product
from openaisle.catalog.repository import PRODUCTS, listing_shard, product_key, product_listing_partition
from openaisle.inventory.repository import STOCK_KIND
from openaisle.kernel.bulk import BulkItem
from openaisle.kernel.tabular import Row, quoted_text
from openaisle.offers.repository import OFFER_KIND, listing_partition, listing_sort

_TEXTS = frozenset(
    {"title", "gtin", "product_reference", "description", "brand", "part_number", "category", "variant_group"}
)
_NUMBERS = frozenset({"weight_grams", "length_mm", "width_mm", "height_mm", "image_count"})
_EMPTY = {"attributes": "{}", "image_urls": "[]"}

BODY_COLUMNS = ("row", "verdict", "offer_id", "product_id", "location")


def bodies_sql(*, source: str, supplier_id: str, at: datetime) -> str:
    """Return the query of BODY_COLUMNS and the three bodies, for each row of ``source`` in the order of products."""
    moment = msgspec.json.encode(at).decode()
    return f"""
        SELECT {", ".join(BODY_COLUMNS)},
            encode({_product_sql(supplier_id=supplier_id, moment=moment)}),
            encode({_offer_sql(supplier_id=supplier_id, moment=moment)}),
            encode({_stock_sql(supplier_id=supplier_id, moment=moment)})
        FROM {source} ORDER BY product_id
    """


def _product_sql(*, supplier_id: str, moment: str) -> str:
    pieces = ['\'{"product_id":"\'', "product_id", "'\"'"]
    for field in Product.__struct_fields__:
        if field in {"product_id", "state"}:
            continue
        if field in _TEXTS:
            pieces.append(_optional(field=field, sql=f"to_json({field})"))
        elif field in _NUMBERS:
            pieces.append(_optional(field=field, sql=f"{field}::VARCHAR"))
        elif field in _EMPTY:
            pieces.append(_optional(field=field, sql=f"nullif({field}, '{_EMPTY[field]}')"))
        elif field == "supplier_id":
            pieces.append(quoted_text(f',"supplier_id":{_json(supplier_id)}'))
        elif field in {"created_at", "changed_at"}:
            pieces.append(quoted_text(f',"{field}":{moment}'))
    pieces.append("'}'")
    return f"concat({', '.join(pieces)})"


def _offer_sql(*, supplier_id: str, moment: str) -> str:
    pieces = [
        '\'{"offer_id":"\'',
        "offer_id",
        '\'","product_id":"\'',
        "product_id",
        quoted_text(f'","supplier_id":{_json(supplier_id)},"supplier_sku":'),
        "to_json(supplier_sku)",
        "',\"price_minor\":'",
        "price_minor::VARCHAR",
        "',\"currency\":'",
        "to_json(currency)",
        "',\"lead_time_days\":'",
        "lead_time_days::VARCHAR",
        _optional(field="condition", sql="to_json(nullif(condition, 'new'))"),
        _optional(field="product_reference", sql="to_json(product_reference)"),
        '\',"facts_hash":"\'',
        "facts_hash",
        quoted_text(f'","created_at":{moment},"changed_at":{moment}' + "}"),
    ]
    return f"concat({', '.join(pieces)})"


def _stock_sql(*, supplier_id: str, moment: str) -> str:
    pieces = [
        '\'{"offer_id":"\'',
        "offer_id",
        quoted_text(f'","supplier_id":{_json(supplier_id)},"product_id":"'),
        "product_id",
        '\'","location":\'',
        "to_json(location)",
        "',\"on_hand\":'",
        "on_hand::VARCHAR",
        '\',"reserved":0,"available":\'',
        "on_hand::VARCHAR",
        quoted_text(f',"confirmed_at":{moment}' + "}"),
    ]
    return f"concat({', '.join(pieces)})"


def _optional(*, field: str, sql: str) -> str:
    # What is NULL makes the whole text NULL, and concat leaves that out: as records leave out what is not said.
    name = quoted_text(f',"{field}":')
    return f"({name} || ({sql})::VARCHAR)"


def _json(text: str) -> str:
    return msgspec.json.encode(text).decode()


def groups_of(*, rows: Sequence[Row], supplier_id: str) -> Iterator[list[BulkItem]]:
    """Yield of each row of the query its product, offer and stock level, which stand or fall together."""
    listing = listing_partition(supplier_id=supplier_id)
    for _row, _verdict, offer_id, product_id, location, product_body, offer_body, stock_body in rows:
        product_partition = f"PRODUCT#{product_id}"
        offer_partition = f"OFFER#{offer_id}"
        listed = listing_sort(supplier_id=supplier_id, offer_id=offer_id)
        key = product_key(product_id=product_id)
        shard = listing_shard(identifier=product_id)
        yield [
            BulkItem(
                key.partition,
                key.sort,
                PRODUCTS.kind,
                product_body,
                product_partition,
                "PRODUCT",
                product_listing_partition(shard=shard),
                product_id,
            ),
            BulkItem(
                offer_partition, "OFFER", OFFER_KIND, offer_body, product_partition, offer_partition, listing, listed
            ),
            BulkItem(
                offer_partition,
                f"STOCK#{location}",
                STOCK_KIND,
                stock_body,
                product_partition,
                f"{offer_partition}#STOCK#{location}",
                listing,
                f"{listed}#STOCK#{location}",
            ),
        ]
