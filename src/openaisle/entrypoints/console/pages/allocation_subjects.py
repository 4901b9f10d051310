"""Lines of orders that no supplier is left for, as review tasks are about them."""

from __future__ import annotations

from datetime import datetime

from openaisle.entrypoints.console.views.reviews import Subject
from openaisle.orders.queries import OrderQueries


class AllocationSubjects:
    """Orders of which a person chooses who fills them."""

    def __init__(self, *, queries: OrderQueries) -> None:
        """Take the queries of orders."""
        self._queries = queries

    async def subject(self, *, subject_id: str, at: datetime) -> Subject:  # noqa: ARG002 - as all subjects are asked
        """Return the order with a field for the offer of each line; raises OrderUnknown."""
        # The records alone: the shopper's address stays closed.
        order, _ = await self._queries.whole(order_id=subject_id)
        return Subject(
            name=f"Order {order.reference}",
            href=f"/console/orders/{subject_id}",
            facts={f"line_{line.line_number}": None for line in order.lines},
            told="Put the identifier of an offer into the line that it is to fill. Approve to have it tried again.",
        )

    async def name(self, *, subject_id: str, at: datetime) -> str:
        """Return the order's reference."""
        return (await self.subject(subject_id=subject_id, at=at)).name
