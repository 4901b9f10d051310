"""The roads to suppliers, put together: which transports there are, and what runs them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from openaisle.bootstrap.engines import Engines
from openaisle.bootstrap.rooms import Rooms
from openaisle.kernel.pipe import Pipe, Source
from openaisle.orders.channels.notices import cancellations_pipe
from openaisle.orders.channels.transport import SupplierTransport
from openaisle.orders.delivery import SupplierDispatcher
from openaisle.orders.exchange import ExchangeFolder, FileTaker
from openaisle.suppliers.connection_settings import Transport


class SupplierChannels:
    """What brings purchase orders and cancellations to suppliers, and takes in what they leave."""

    def __init__(self, *, engines: Engines, rooms: Rooms) -> None:
        """Take the ports and the rooms."""
        self._engines = engines
        self._rooms = rooms
        self._dispatcher = SupplierDispatcher(
            table=engines.table,
            suppliers=rooms.supplier_queries,
            stock=rooms.stock,
            transports=self._transports(),
            cipher=engines.cipher,
            clock=engines.clock,
            checkpoints=engines.checkpoints,
            holder=engines.holder,
            disclosure=engines.order_policies.disclosure,
        )

    def pipes(self) -> tuple[Pipe, ...]:
        """Return what wakes the dispatcher and notes what suppliers are to be told."""
        return (
            self._dispatcher.pipe(),
            self._dispatcher.notices_pipe(),
            cancellations_pipe(
                table=self._engines.table, suppliers=self._rooms.supplier_queries, clock=self._engines.clock
            ),
        )

    def sources(self) -> Mapping[str, Source]:
        """Return what runs beside pipes."""
        engines = self._engines
        folder: dict[str, Source] = {}
        if engines.exchange_inbox is not None:
            folder["exchange-folder"] = ExchangeFolder(
                inbox=engines.exchange_inbox,
                find_taker=self._taker,
                checkpoints=engines.checkpoints,
                clock=engines.clock,
                holder=engines.holder,
            )
        return {"purchase-orders": self._dispatcher, **folder}

    async def _taker(self, supplier_id: str, at: datetime) -> FileTaker | None:
        connection = await self._rooms.supplier_queries.connection(supplier_id=supplier_id, at=at)
        if connection is not None and connection.transport is Transport.FOLDER:
            return self._rooms.supplier_roads.csv
        return await self._rooms.edi.taker(supplier_id, at)

    def _transports(self) -> Mapping[Transport, SupplierTransport]:
        return {**self._rooms.supplier_roads.transports, Transport.X12: self._rooms.edi.transport}
