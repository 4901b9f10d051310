"""The road of suppliers that take events: purchase orders as CloudEvents, answered later through our API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from openaisle.kernel.context import Clock
from openaisle.kernel.times import sortable_time
from openaisle.orders.channels.calls import ENCODER, SignedCalls
from openaisle.orders.channels.documents import (
    CancellationAnswer,
    CancellationDecision,
    CancellationDocument,
    PurchaseOrderDocument,
)
from openaisle.orders.channels.transport import Placed, WithoutStockLevels, taken, told
from openaisle.suppliers.queries import SupplierConnection

PLACED_TYPE = "org.openaisle.supplier.purchase_order.placed"
CANCELED_TYPE = "org.openaisle.supplier.purchase_order.canceled"
_CONTENT_TYPE = "application/cloudevents-batch+json"
_SOURCE = "/openaisle/purchase-orders"


class SupplierEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A CloudEvent 1.0 as a supplier gets it; ``id`` is the same however often it is sent."""

    specversion: str = "1.0"
    id: str
    source: str = _SOURCE
    type: str
    subject: str
    time: str
    datacontenttype: str = "application/json"
    data: PurchaseOrderDocument | CancellationDocument


class WebhookTransport(WithoutStockLevels):
    """Implements SupplierTransport: any status of the 200s means that the supplier has them."""

    def __init__(self, *, calls: SignedCalls, clock: Clock) -> None:
        """Take what makes signed calls and the clock that dates events."""
        self._calls = calls
        self._clock = clock

    async def place(self, *, connection: SupplierConnection, documents: Sequence[PurchaseOrderDocument]) -> Placed:
        """Send one event for each purchase order; raises as SignedCalls.post."""
        events = [
            SupplierEvent(
                id=f"{one.purchase_order_id}.placed",
                type=PLACED_TYPE,
                subject=one.purchase_order_id,
                time=one.created_at,
                data=one,
            )
            for one in documents
        ]
        await self._send(connection=connection, events=events)
        return taken(documents=documents, note="sent as an event")

    async def cancel(
        self, *, connection: SupplierConnection, documents: Sequence[CancellationDocument]
    ) -> Mapping[str, CancellationAnswer]:
        """Send one event for each cancellation; raises as SignedCalls.post."""
        now = sortable_time(self._clock.now())
        events = [
            SupplierEvent(id=one.cancellation_id, type=CANCELED_TYPE, subject=one.purchase_order_id, time=now, data=one)
            for one in documents
        ]
        await self._send(connection=connection, events=events)
        return told(documents=documents, decision=CancellationDecision.TOLD)

    async def _send(self, *, connection: SupplierConnection, events: Sequence[SupplierEvent]) -> None:
        assert connection.order_acceptance_url is not None
        await self._calls.post(
            connection=connection,
            url=connection.order_acceptance_url,
            body=ENCODER.encode(events),
            items=len(events),
            content_type=_CONTENT_TYPE,
        )
