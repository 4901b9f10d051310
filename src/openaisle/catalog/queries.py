"""Reading submissions and products; a supplier's queries cannot be written without its scope."""

from __future__ import annotations

import msgspec

from openaisle.catalog.model import (
    Product,
    ProductSubmission,
    ProductUnknown,
    SubmissionState,
    SubmissionUnknown,
)
from openaisle.catalog.repository import (
    LISTING_SHARDS,
    PRODUCTS,
    SUBMISSIONS,
    product_key,
    product_listing_partition,
    submission_key,
    submissions_in_state,
    submissions_of_supplier,
)
from openaisle.kernel.context import SupplierScope
from openaisle.kernel.records import Versioned
from openaisle.kernel.table import Index, Item, Page, Table

_SHARD_DIGITS = "0123456789abcdef"


class SubmissionPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of submissions; ``next_after`` asks for the next page and is null on the last."""

    submissions: list[ProductSubmission]
    next_after: str | None


class ProductPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of products; ``next_after`` asks for the next page and is null on the last."""

    products: list[Product]
    next_after: str | None


class CatalogQueries:
    """The queries of the catalog; ``scope`` None is the operator's or the marketplace's own view."""

    def __init__(self, *, table: Table) -> None:
        """Take the table in which the catalog's records stand."""
        self._table = table

    async def submission(self, *, scope: SupplierScope | None, submission_id: str) -> Versioned[ProductSubmission]:
        """Return a submission with its version; raises SubmissionUnknown."""
        item = await self._table.get(key=submission_key(submission_id=submission_id))
        found = SUBMISSIONS.decode(item) if item is not None else None
        if found is None or (scope is not None and found.record.supplier_id != scope.supplier_id):
            raise SubmissionUnknown(detail=f"There is no product submission {submission_id[:40]}.")
        return found

    async def list_supplier_submissions(
        self, *, scope: SupplierScope, state: SubmissionState | None, after: str | None, limit: int
    ) -> SubmissionPage:
        """Return a page of a supplier's submissions, of one state or of all, grouped by state."""
        page = await self._table.query(
            partition=submissions_of_supplier(supplier_id=scope.supplier_id),
            index=Index.FIRST,
            sort_prefix=f"{state.value}#" if state is not None else "",
            after=after,
            limit=limit,
        )
        return SubmissionPage(
            submissions=[SUBMISSIONS.record(item.body) for item in page.items], next_after=page.cursor
        )

    async def list_submissions(self, *, state: SubmissionState, after: str | None, limit: int) -> SubmissionPage:
        """Return a page of all suppliers' submissions of a state other than accepted, for the operator."""
        page, cursor = await self._of_shards(
            partitions=[submissions_in_state(state=state, shard=shard) for shard in range(LISTING_SHARDS)],
            after=after,
            limit=limit,
        )
        return SubmissionPage(submissions=[SUBMISSIONS.record(item.body) for item in page.items], next_after=cursor)

    async def list_products(self, *, after: str | None, limit: int) -> ProductPage:
        """Return a page of all products, in no order that means anything."""
        page, cursor = await self._of_shards(
            partitions=[product_listing_partition(shard=shard) for shard in range(LISTING_SHARDS)],
            after=after,
            limit=limit,
        )
        return ProductPage(products=[PRODUCTS.record(item.body) for item in page.items], next_after=cursor)

    async def product(self, *, product_id: str) -> Versioned[Product]:
        """Return a product with its version; raises ProductUnknown."""
        item = await self._table.get(key=product_key(product_id=product_id))
        if item is None:
            raise ProductUnknown(detail=f"There is no product {product_id[:40]}.")
        return PRODUCTS.decode(item)

    async def _of_shards(self, *, partitions: list[str], after: str | None, limit: int) -> tuple[Page, str | None]:
        """Return a page filled from shard after shard, and the cursor behind it."""
        shard, _, cursor = (after or "0.").partition(".")
        number = _SHARD_DIGITS.find(shard) if len(shard) == 1 else -1
        number = number if number >= 0 else len(partitions)
        items: list[Item] = []
        while number < len(partitions):
            page = await self._table.query(
                partition=partitions[number], index=Index.SECOND, after=cursor or None, limit=limit - len(items)
            )
            items += page.items
            if page.cursor is not None:
                return Page(items=items, cursor=None), f"{number:x}.{page.cursor}"
            number, cursor = number + 1, ""
            if len(items) == limit:
                return Page(items=items, cursor=None), f"{number:x}." if number < len(partitions) else None
        return Page(items=items, cursor=None), None
