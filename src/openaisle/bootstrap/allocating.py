"""The allocation of orders put together over the ports and the rooms that tell it of suppliers."""

from __future__ import annotations

from dataclasses import dataclass

from openaisle.bootstrap.engines import Engines
from openaisle.inventory.queries import InventoryQueries
from openaisle.kernel.http import Operation
from openaisle.orders.allocating.allocator import Allocator
from openaisle.orders.allocating.promise_routes import promise_operations
from openaisle.orders.allocating.promises import DeliveryPromises
from openaisle.orders.allocating.what_if_queries import WhatIfQueries
from openaisle.orders.allocating.what_if_routes import what_if_operations
from openaisle.scorecards.queries import ScorecardQueries
from openaisle.suppliers.queries import SupplierQueries


@dataclass(frozen=True, kw_only=True)
class AllocatingRoom:
    """What allocates orders, what promises deliveries before there is one, and what tries other weights."""

    allocator: Allocator
    promises: DeliveryPromises
    what_ifs: WhatIfQueries

    def operations(self) -> tuple[Operation, ...]:
        """Return the HTTP operations."""
        return (*promise_operations(promises=self.promises), *what_if_operations(what_ifs=self.what_ifs))


def allocating_over(*, engines: Engines, inventory: InventoryQueries, suppliers: SupplierQueries) -> AllocatingRoom:
    """Return the allocation with the operator's policy, suppliers' terms and their scores."""
    policies = engines.order_policies
    allocator = Allocator(
        table=engines.table,
        shipping_terms=suppliers,
        scores=ScorecardQueries(table=engines.table, policy=policies.scorecards),
        policy=policies.allocation,
        optimizer=engines.optimizer,
    )
    return AllocatingRoom(
        allocator=allocator,
        promises=DeliveryPromises(inventory=inventory, allocator=allocator, policy=policies.allocation),
        what_ifs=WhatIfQueries(table=engines.table, weights=policies.allocation.weights, optimizer=engines.optimizer),
    )
