"""What this room asks of suppliers/: how a supplier's system is called, and how long it may take to answer."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Protocol

from openaisle.suppliers.connection_settings import quiet_until
from openaisle.suppliers.queries import SupplierConnection
from openaisle.suppliers.views import SupplierPage


class SupplierConnections(Protocol):
    """Finds connections; ``suppliers.queries.SupplierQueries`` is one, read-through, so asking often costs nothing."""

    async def connection(self, *, supplier_id: str, at: datetime) -> SupplierConnection | None:
        """Return the supplier's connection as it holds at ``at``, None for a supplier that has none."""
        ...

    async def listed(self, *, after: str | None = None, limit: int = 100) -> SupplierPage:
        """Return a page of all suppliers."""
        ...


async def acknowledgment_seconds(
    *, suppliers: SupplierConnections, supplier_ids: set[str], default_seconds: int, at: datetime
) -> dict[str, int]:
    """Return how long each supplier may take to answer a purchase order."""
    seconds = {}
    for supplier_id in supplier_ids:
        connection = await suppliers.connection(supplier_id=supplier_id, at=at)
        seconds[supplier_id] = default_seconds if connection is None else _seconds(connection, at)
    return seconds


def _seconds(connection: SupplierConnection, at: datetime) -> int:
    seconds = connection.acknowledge_within_seconds
    if connection.quiet_hours is None:
        return seconds
    # The time to answer begins when the quiet hours end, as nothing is brought in them.
    until = quiet_until(hours=connection.quiet_hours, at=at)
    return seconds if until is None else seconds + math.ceil((until - at).total_seconds())
