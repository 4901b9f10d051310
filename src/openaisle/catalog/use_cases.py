"""Handing in submissions, and the operator's decisions on products."""

from __future__ import annotations

from collections.abc import Sequence

from openaisle.catalog.events import (
    ProductStateChanged,
    ProductSubmissionSubmitted,
)
from openaisle.catalog.model import (
    Product,
    ProductState,
    ProductSubmission,
    SubmissionFacts,
    SupplierNotActive,
    decide_product_state,
)
from openaisle.catalog.queries import CatalogQueries
from openaisle.catalog.repository import PRODUCTS, SUBMISSIONS
from openaisle.kernel.context import Context, SupplierScope
from openaisle.kernel.identifiers import Identifiers
from openaisle.kernel.records import decided_anew
from openaisle.kernel.table import MAXIMUM_WRITES_PER_COMMIT, Table
from openaisle.suppliers.queries import SupplierQueries


class CatalogUseCases:
    """What suppliers and the operator may do in the catalog."""

    def __init__(
        self,
        *,
        table: Table,
        identifiers: Identifiers,
        queries: CatalogQueries,
        suppliers: SupplierQueries,
    ) -> None:
        """Take the ports, the queries of the catalog, and those that say which supplier is active."""
        self._table = table
        self._identifiers = identifiers
        self._queries = queries
        self._suppliers = suppliers

    async def submit(
        self, *, scope: SupplierScope, table: Sequence[SubmissionFacts], context: Context
    ) -> list[ProductSubmission]:
        """Take submissions in, to be validated soon; returns them in their order. Raises SupplierNotActive."""
        await self._require_active(scope=scope, context=context)
        submissions = [
            ProductSubmission(
                submission_id=self._identifiers.new(prefix="sub"),
                supplier_id=scope.supplier_id,
                facts=facts,
                submitted_at=context.at,
            )
            for facts in table
        ]
        writes = [
            SUBMISSIONS.create(
                submission,
                events=[
                    ProductSubmissionSubmitted(supplier_id=scope.supplier_id, submission_id=submission.submission_id)
                ],
            )
            for submission in submissions
        ]
        for start in range(0, len(writes), MAXIMUM_WRITES_PER_COMMIT):
            await self._table.commit(writes=writes[start : start + MAXIMUM_WRITES_PER_COMMIT], context=context)
        return submissions

    async def _require_active(self, *, scope: SupplierScope, context: Context) -> None:
        if not await self._suppliers.is_active(supplier_id=scope.supplier_id, at=context.at):
            raise SupplierNotActive(detail="This supplier is not active, so nothing was taken in.")

    async def set_product_state(self, *, product_id: str, state: ProductState, context: Context) -> Product:
        """Withdraw a product or bring it back; its offers learn of it within seconds.

        Raises ProductUnknown and ProductTransitionRefused; asking for the state it has changes nothing.
        """

        async def attempt() -> Product:
            found = await self._queries.product(product_id=product_id)
            if found.record.state is state:
                return found.record
            product = decide_product_state(product=found.record, state=state, at=context.at)
            event = ProductStateChanged(product_id=product_id, state=state.value)
            await self._table.commit(
                writes=[PRODUCTS.replace(product, version=found.version, events=[event])], context=context
            )
            return product

        return await decided_anew(attempt)
