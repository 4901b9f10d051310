"""Where stock levels stand in the table: beside their offer, in the table and in both indexes."""

from __future__ import annotations

from openaisle.inventory.model import StockLevel
from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Index, IndexEntry, Key
from openaisle.offers.repository import listing_partition, listing_sort

STOCK_KIND = "stock_level"
STOCK_PREFIX = "STOCK#"


def stock_key(*, offer_id: str, location: str) -> Key:
    """Return the key of a stock level, in the partition of its offer: one query reads an offer with its stock."""
    return Key(f"OFFER#{offer_id}", f"STOCK#{location}")


def _stock_indexes(stock: StockLevel) -> tuple[IndexEntry, ...]:
    # index1: get product with offers and stock; index2: the listing of offers, each followed by its stock.
    listed = listing_sort(supplier_id=stock.supplier_id, product_id=stock.product_id, offer_id=stock.offer_id)
    return (
        IndexEntry(Index.FIRST, f"PRODUCT#{stock.product_id}", f"OFFER#{stock.offer_id}#STOCK#{stock.location}"),
        IndexEntry(Index.SECOND, listing_partition(supplier_id=stock.supplier_id), f"{listed}#STOCK#{stock.location}"),
    )


STOCK_LEVELS = RecordType[StockLevel](
    kind=STOCK_KIND,
    model=StockLevel,
    key=lambda stock: stock_key(offer_id=stock.offer_id, location=stock.location),
    indexes=_stock_indexes,
)
