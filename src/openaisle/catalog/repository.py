"""Where the catalog's records stand in the table."""

from __future__ import annotations

import zlib

from openaisle.catalog.model import Product, ProductSubmission, SubmissionState
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


# Of the accepted there are many and nobody asks for all of them at once; the others are what needs attention.
STATES_LISTED_FOR_OPERATOR = frozenset({SubmissionState.SUBMITTED, SubmissionState.IN_REVIEW, SubmissionState.REJECTED})


def submission_key(*, submission_id: str) -> Key:
    """Return the key of a submission (``CatalogQueries.submission``)."""
    return Key(f"SUBMISSION#{submission_id}", "SUBMISSION")


def submissions_of_supplier(*, supplier_id: str) -> str:
    """Return the partition of index1 that lists a supplier's submissions, by state and then as they came."""
    return f"SUBMISSIONS#{supplier_id}"


def submissions_in_state(*, state: SubmissionState, shard: int) -> str:
    """Return the partition of index2 that lists all suppliers' submissions of a state (operator)."""
    return f"SUBMISSIONS_IN#{state.value}#{shard:x}"


def _submission_indexes(submission: ProductSubmission) -> tuple[IndexEntry, ...]:
    state = submission.state
    own = IndexEntry(
        Index.FIRST,
        submissions_of_supplier(supplier_id=submission.supplier_id),
        f"{state.value}#{submission.submission_id}",
    )
    if state not in STATES_LISTED_FOR_OPERATOR:
        return (own,)
    shard = listing_shard(identifier=submission.submission_id)
    return own, IndexEntry(Index.SECOND, submissions_in_state(state=state, shard=shard), submission.submission_id)


SUBMISSIONS = RecordType[ProductSubmission](
    kind="product_submission",
    model=ProductSubmission,
    key=lambda submission: submission_key(submission_id=submission.submission_id),
    indexes=_submission_indexes,
)
