"""Where the catalog's records stand in the table."""

from __future__ import annotations

import zlib

from openaisle.catalog.model import Product
from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Index, IndexEntry, Key

# A listing of everything is spread over this many partitions, so that no store has to write all of it to one place.
LISTING_SHARDS = 16


def listing_shard(*, identifier: str) -> int:
    """Return the shard of a listing in which an identifier stands; it never changes."""
    return zlib.crc32(identifier.encode()) % LISTING_SHARDS


def product_key(*, product_id: str) -> Key:
    """Return the key of a product. Access pattern: one product by its identifier (``Products.get``)."""
    return Key(f"PRODUCT#{product_id}", "PRODUCT")


def product_listing_partition(*, shard: int) -> str:
    """Return the partition of index2 that lists the products of a shard (``CatalogQueries.list_products``)."""
    return f"PRODUCTS#{shard:x}"


def _product_indexes(product: Product) -> tuple[IndexEntry, ...]:
    # index1 gathers a product with its offers and their stock levels: get product is one query.
    shard = listing_shard(identifier=product.product_id)
    return (
        IndexEntry(Index.FIRST, f"PRODUCT#{product.product_id}", "PRODUCT"),
        IndexEntry(Index.SECOND, product_listing_partition(shard=shard), product.product_id),
    )


PRODUCTS = RecordType[Product](
    kind="product",
    model=Product,
    key=lambda product: product_key(product_id=product.product_id),
    indexes=_product_indexes,
)
