"""Rows of the plan become items of products, offers and stock levels by SQL: the same bytes that records give.

A test compares them with what the registrar writes row by row.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from openaisle.catalog.model import Product
from openaisle.catalog.repository import PRODUCTS, listing_shard, product_key, product_listing_partition
from openaisle.inventory.repository import STOCK_KIND
from openaisle.kernel.bulk import SEPARATOR, BulkItem, place
from openaisle.kernel.table import Key
from openaisle.kernel.tabular import Row, Workbench, quoted_text
from openaisle.offers.repository import OFFER_KIND, listing_partition, offer_partition
from openaisle.offers.restrictions import AGE_PATTERN, HAZARDOUS, MINIMUM_AGE, YES

_TEXTS = frozenset(
    {"title", "gtin", "product_reference", "description", "brand", "part_number", "category", "variant_group"}
)
_NUMBERS = frozenset({"weight_grams", "length_mm", "width_mm", "height_mm", "image_count"})
_EMPTY = {"attributes": "{}", "image_urls": "[]"}


class Made(NamedTuple):
    """What a batch creates: its rows as (row, verdict, product_id, offer_id), and the items of all of them.

    Products come in their order, then offers and stock levels in theirs: the order in which the store has to touch
    the fewest places of its indexes.
    """

    rows: Sequence[Row]
    items: Sequence[BulkItem]

    def rows_of(self, *, taken: Collection[Key]) -> set[int]:
        """Return the rows to which these keys belong."""
        partitions = {key.partition for key in taken}
        return {
            row
            for row, _, product_id, offer_id in self.rows
            if f"PRODUCT#{product_id}" in partitions or offer_partition(offer_id=offer_id) in partitions
        }


def make_items(*, workbench: Workbench, source: str, supplier_id: str, at: datetime) -> Made:
    """Return what the rows of ``source``, a query in brackets, create for a supplier; blocks."""
    moment = msgspec.json.encode(at).decode()
    rows: list[Row] = []
    items: list[BulkItem] = []
    for found in workbench.rows(sql=_products_sql(source=source, supplier_id=supplier_id, moment=moment)):
        for row, verdict, product_id, offer_id, body in found:
            rows.append((row, verdict, product_id, offer_id))
            items.append(_product_item(product_id=product_id, body=body))
    for offers in workbench.rows(sql=_offers_sql(source=source, supplier_id=supplier_id, moment=moment)):
        items += offers
    return Made(rows, items)


def _product_item(*, product_id: str, body: bytes) -> BulkItem:
    key = product_key(product_id=product_id)
    text = place(partition=key.partition, sort=key.sort)
    listing = product_listing_partition(shard=listing_shard(identifier=product_id))
    return text, PRODUCTS.kind, body, text, place(partition=listing, sort=product_id)


def _products_sql(*, source: str, supplier_id: str, moment: str) -> str:
    body = _product_sql(supplier_id=supplier_id, moment=moment)
    return f"SELECT row, verdict, product_id, offer_id, encode({body}) FROM {source} ORDER BY product_id"


def _offers_sql(*, source: str, supplier_id: str, moment: str) -> str:
    """Return the query of the items of offers and of their stock levels, in the order of their keys."""
    mark = quoted_text(SEPARATOR)
    listing = quoted_text(place(partition=listing_partition(supplier_id=supplier_id), sort=f"{supplier_id}#"))
    return f"""
        WITH b AS MATERIALIZED (
            SELECT *, 'OFFER#' || offer_id AS named, {listing} || product_id || '#' || offer_id AS listed,
                'PRODUCT#' || product_id || {mark} || 'OFFER#' || offer_id AS joined
            FROM {source}
        )
        SELECT named || {mark} || 'OFFER' AS item_key, {quoted_text(OFFER_KIND)},
            encode({_offer_sql(supplier_id=supplier_id, moment=moment)}), joined, listed FROM b
        UNION ALL
        SELECT named || {mark} || 'STOCK#' || location, {quoted_text(STOCK_KIND)},
            encode({_stock_sql(supplier_id=supplier_id, moment=moment)}),
            joined || '#STOCK#' || location, listed || '#STOCK#' || location FROM b
        ORDER BY item_key
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
        elif field == "supplier_sku":
            pieces += ["',\"supplier_sku\":'", "to_json(supplier_sku)"]
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
        "'\"'",
        _optional(field=HAZARDOUS, sql=_hazardous_sql()),
        _optional(field=MINIMUM_AGE, sql=_minimum_age_sql()),
        quoted_text(f',"created_at":{moment},"changed_at":{moment}' + "}"),
    ]
    return f"concat({', '.join(pieces)})"


def _hazardous_sql() -> str:
    yes = ", ".join(quoted_text(one) for one in YES)
    # Looked at as JSON only where the name occurs at all: a million rows mostly do not have it.
    return f"""CASE WHEN contains(attributes, '"{HAZARDOUS}"')
        AND lower(json_extract_string(attributes, '$.{HAZARDOUS}')) IN ({yes}) THEN 'true' END"""


def _minimum_age_sql() -> str:
    age = f"json_extract_string(attributes, '$.{MINIMUM_AGE}')"
    return f"""CASE WHEN contains(attributes, '"{MINIMUM_AGE}"')
        AND regexp_full_match({age}, '{AGE_PATTERN}') THEN {age} END"""


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
