"""Where offers stand in the table."""

from __future__ import annotations

from openaisle.catalog.repository import LISTING_SHARDS, listing_shard
from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Index, IndexEntry, Key
from openaisle.offers.model import Offer

OFFER_KIND = "offer"
OFFER_SHARDS = LISTING_SHARDS


def offer_partition(*, offer_id: str) -> str:
    """Return the partition of an offer and its stock levels (``InventoryQueries.sellable_offers``: one query)."""
    return f"OFFER#{offer_id}"


def offer_key(*, offer_id: str) -> Key:
    """Return the key of an offer. Access pattern: one offer by its identifier (``OfferQueries.offer``)."""
    return Key(f"OFFER#{offer_id}", "OFFER")


def product_partition(*, product_id: str) -> str:
    """Return the partition of index1 that holds a product, its offers and their stock (get product: one query)."""
    return f"PRODUCT#{product_id}"


def listing_partition(*, supplier_id: str) -> str:
    """Return the partition of index2 in which a supplier's offers and stock levels are listed.

    Sort keys start with the supplier's identifier, so a supplier's offers are a prefix of one shard and all
    offers are the shards one after the other (``InventoryQueries.list_offers``).
    """
    return every_listing_partition(shard=listing_shard(identifier=supplier_id))


def every_listing_partition(*, shard: int) -> str:
    """Return the partition of index2 that lists the offers of one shard of suppliers."""
    return f"OFFERS#{shard:x}"


def listing_sort(*, supplier_id: str, product_id: str, offer_id: str) -> str:
    """Return the sort key of an offer within its listing; those of its stock levels start with it.

    Offers are listed in the order of their products: a feed is applied in that order, so its million offers go to
    one place of the index after the other instead of anywhere.
    """
    return f"{supplier_id}#{product_id}#{offer_id}"


def _offer_indexes(offer: Offer) -> tuple[IndexEntry, ...]:
    return (
        IndexEntry(Index.FIRST, f"PRODUCT#{offer.product_id}", f"OFFER#{offer.offer_id}"),
        IndexEntry(
            Index.SECOND,
            listing_partition(supplier_id=offer.supplier_id),
            listing_sort(supplier_id=offer.supplier_id, product_id=offer.product_id, offer_id=offer.offer_id),
        ),
    )


OFFERS = RecordType[Offer](
    kind=OFFER_KIND,
    model=Offer,
    key=lambda offer: offer_key(offer_id=offer.offer_id),
    indexes=_offer_indexes,
)
