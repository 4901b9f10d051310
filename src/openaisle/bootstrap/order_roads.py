"""What surrounds orders, put together: the roads by which they arrive, and customer service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openaisle.bootstrap.engines import Engines
from openaisle.kernel.http import Operation
from openaisle.kernel.pipe import Pipe, Source, Timer
from openaisle.orders.caring.routes import caring_operations
from openaisle.orders.caring.use_cases import OrderCare
from openaisle.orders.queries import OrderQueries


@dataclass(frozen=True, kw_only=True)
class OrderRoads:
    """How orders come in, and what may be done to them afterwards."""

    care: OrderCare
    queries: OrderQueries

    def operations(self) -> tuple[Operation, ...]:
        """Return the HTTP operations."""
        return caring_operations(care=self.care, queries=self.queries)

    def pipes(self) -> tuple[Pipe, ...]:
        """Return the pipes."""
        return ()

    def timers(self) -> tuple[Timer, ...]:
        """Return the timers: holds that nobody ended."""
        return (self.care.timer(),)

    def sources(self) -> Mapping[str, Source]:
        """Return what runs beside pipes and timers."""
        return {}


def order_roads_over(*, engines: Engines, queries: OrderQueries) -> OrderRoads:
    """Return the roads over the ports."""
    return OrderRoads(
        care=OrderCare(table=engines.table, cipher=engines.cipher, policy=engines.order_policies.orders),
        queries=queries,
    )
