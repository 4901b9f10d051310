"""X12 put together over the ports: what reads and writes interchanges, and tells of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from openaisle.bootstrap.engines import Engines
from openaisle.inventory.use_cases import StockUseCases
from openaisle.kernel.http import Operation
from openaisle.kernel.pipe import Timer
from openaisle.orders.edi.applying import EdiDocuments
from openaisle.orders.edi.outgoing import OutgoingInterchanges
from openaisle.orders.edi.queries import EdiQueries
from openaisle.orders.edi.receiving import EdiReceiver
from openaisle.orders.edi.routes import edi_operations
from openaisle.orders.edi.transport import X12Transport
from openaisle.orders.exchange import FileTaker
from openaisle.orders.purchase_order_use_cases import PurchaseOrderUseCases
from openaisle.suppliers.connection_settings import Transport
from openaisle.suppliers.queries import SupplierQueries


@dataclass(frozen=True, kw_only=True)
class EdiRoom:
    """What X12 can do and can tell."""

    receiver: EdiReceiver
    transport: X12Transport
    outgoing: OutgoingInterchanges
    queries: EdiQueries
    suppliers: SupplierQueries

    def operations(self) -> tuple[Operation, ...]:
        """Return the HTTP operations."""
        return edi_operations(receiver=self.receiver, queries=self.queries)

    def timers(self) -> tuple[Timer, ...]:
        """Return the timer of interchanges that wait to be left, or for their 997."""
        return (self.outgoing.timer(),)

    async def taker(self, supplier_id: str, at: datetime) -> FileTaker | None:
        """Return what reads a supplier's files, None unless it is connected by X12."""
        connection = await self.suppliers.connection(supplier_id=supplier_id, at=at)
        if connection is None or connection.transport is not Transport.X12:
            return None
        return self.receiver


def edi_over(
    *, engines: Engines, suppliers: SupplierQueries, purchase_orders: PurchaseOrderUseCases, stock: StockUseCases
) -> EdiRoom:
    """Return X12 over the ports."""
    table = engines.table
    outgoing = OutgoingInterchanges(
        table=table,
        blobs=engines.blobs,
        cipher=engines.cipher,
        identifiers=engines.identifiers,
        outbox=engines.exchange_outbox,
    )
    documents = EdiDocuments(table=table, purchase_orders=purchase_orders, stock=stock)
    return EdiRoom(
        receiver=EdiReceiver(
            table=table,
            suppliers=suppliers,
            documents=documents,
            outgoing=outgoing,
        ),
        transport=X12Transport(
            table=table, outgoing=outgoing, clock=engines.clock, operator=engines.settings.marketplace_name
        ),
        outgoing=outgoing,
        queries=EdiQueries(table=table, outgoing=outgoing),
        suppliers=suppliers,
    )
