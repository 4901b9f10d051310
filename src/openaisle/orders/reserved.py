"""An order that uses a reservation: filled with what is held where that is enough, in the same commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from openaisle.inventory.model import OfferWithStock
from openaisle.inventory.reservations.using import UsableReservation
from openaisle.kernel.context import Context
from openaisle.kernel.table import Write
from openaisle.orders.allocating.allocator import Allocator
from openaisle.orders.allocating.model import AllocationDecision
from openaisle.orders.allocating.request import AllocationRequest
from openaisle.orders.purchase_order import Movement
from openaisle.orders.stock_writes import movement_writes, without_held


async def allocated_with(
    *,
    reservation: UsableReservation,
    allocator: Allocator,
    request: AllocationRequest,
    candidates: Mapping[int, Sequence[OfferWithStock]],
) -> AllocationDecision:
    """Return who fills the lines: what is held if that fills them, else whoever can, with what is held on top."""
    decision = await allocator.allocate(request=request, candidates=reservation.of_held_alone(candidates=candidates))
    if decision.unfilled:
        decision = await allocator.allocate(request=request, candidates=reservation.with_held(candidates=candidates))
    return decision


def writes_with(
    *, reservation: UsableReservation, movements: Sequence[Movement], order_id: str, context: Context
) -> list[Write]:
    """Return the writes that reserve for the order what was held before, give back the rest, and say so."""
    moved = without_held(writes=movement_writes(movements=movements), held=reservation.held)
    return [reservation.committed(order_id=order_id, context=context), *moved]
