"""What surrounds orders, put together: the roads by which they arrive, and customer service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openaisle.bootstrap.engines import Engines
from openaisle.kernel.http import Operation
from openaisle.kernel.pipe import Pipe, Source, Timer
from openaisle.orders.arriving.arrivals import OrderArrivals
from openaisle.orders.arriving.files import OrderFiles
from openaisle.orders.arriving.folder import OrderFolder
from openaisle.orders.arriving.routes import arriving_operations
from openaisle.orders.caring.routes import caring_operations
from openaisle.orders.caring.use_cases import OrderCare
from openaisle.orders.queries import OrderQueries
from openaisle.orders.use_cases import OrderUseCases


@dataclass(frozen=True, kw_only=True)
class OrderRoads:
    """How orders come in, and what may be done to them afterwards."""

    care: OrderCare
    queries: OrderQueries
    arrivals: OrderArrivals
    files: OrderFiles
    folder: OrderFolder | None

    def operations(self) -> tuple[Operation, ...]:
        """Return the HTTP operations."""
        return (
            *caring_operations(care=self.care, queries=self.queries),
            *arriving_operations(arrivals=self.arrivals, files=self.files),
        )

    def pipes(self) -> tuple[Pipe, ...]:
        """Return the pipes."""
        return ()

    def timers(self) -> tuple[Timer, ...]:
        """Return the timers: holds that nobody ended, files whose orders are to be placed."""
        return (self.care.timer(), self.files.timer())

    def sources(self) -> Mapping[str, Source]:
        """Return what runs beside pipes and timers: what watches the folders of storefronts."""
        return {} if self.folder is None else {"order-folder": self.folder}


def order_roads_over(*, engines: Engines, orders: OrderUseCases, queries: OrderQueries) -> OrderRoads:
    """Return the roads over the ports."""
    arrivals = OrderArrivals(orders=orders)
    files = OrderFiles(
        table=engines.table,
        blobs=engines.blobs,
        cipher=engines.cipher,
        identifiers=engines.identifiers,
        markup=engines.markup_reader,
        arrivals=arrivals,
    )
    return OrderRoads(
        care=OrderCare(table=engines.table, cipher=engines.cipher, policy=engines.order_policies.orders),
        queries=queries,
        arrivals=arrivals,
        files=files,
        folder=None
        if engines.order_inbox is None
        else OrderFolder(
            inbox=engines.order_inbox,
            files=files,
            checkpoints=engines.checkpoints,
            clock=engines.clock,
            holder=engines.holder,
        ),
    )
