"""What happens by itself: refused lines go to the next supplier, unanswered purchase orders expire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from openaisle.kernel.context import Clock, system_context
from openaisle.kernel.pipe import Pipe, Timer
from openaisle.kernel.stream import Change
from openaisle.kernel.table import Item
from openaisle.orders.changes import Outcome
from openaisle.orders.events import (
    PurchaseOrderExpired,
    PurchaseOrderPartiallyAccepted,
    PurchaseOrderRejected,
    PurchaseOrderWithdrawn,
)
from openaisle.orders.purchase_order_use_cases import PurchaseOrderUseCases
from openaisle.orders.repository import ACKNOWLEDGMENT_TOPIC, PURCHASE_ORDER_KIND, PURCHASE_ORDERS, SHIPPING_TOPIC
from openaisle.orders.use_cases import OrderUseCases

ALLOCATE_AGAIN = "allocate-again"
EXPIRE = "expire-purchase-orders"
FIND_LATE = "find-late-shipments"


def allocate_again_pipe(*, use_cases: OrderUseCases, clock: Clock) -> Pipe:
    """Return the pipe that gives refused lines to the next supplier; safe to run twice, as it follows the records."""

    async def handle(changes: Sequence[Change]) -> None:
        # The order's identifier is its partition; several refusals of one order need one run.
        order_ids = list(dict.fromkeys(change.key.partition.removeprefix("ORDER#") for change in changes))
        context = system_context(name=ALLOCATE_AGAIN, at=clock.now(), correlation_id=changes[0].correlation_id)
        await use_cases.allocate_again(order_ids=order_ids, context=context)

    return Pipe(
        name=ALLOCATE_AGAIN,
        handle=handle,
        kinds=frozenset({PURCHASE_ORDER_KIND}),
        event_types=frozenset(
            {
                PurchaseOrderRejected.TYPE,
                PurchaseOrderExpired.TYPE,
                PurchaseOrderPartiallyAccepted.TYPE,
                PurchaseOrderWithdrawn.TYPE,
            }
        ),
    )


def acknowledgment_timer(*, use_cases: PurchaseOrderUseCases) -> Timer:
    """Return the timer that reminds suppliers to answer, and lets expire what nobody answered in time."""

    async def handle(items: Sequence[Item], now: datetime) -> None:
        context = system_context(name=EXPIRE, at=now, correlation_id=f"{EXPIRE}:{now.isoformat()}")
        identifiers = [PURCHASE_ORDERS.record(item.body).purchase_order_id for item in items]
        outcomes = await use_cases.expire(purchase_order_ids=identifiers, context=context)
        _raise_first(outcomes)

    return Timer(topic=ACKNOWLEDGMENT_TOPIC, handle=handle)


def shipping_timer(*, use_cases: PurchaseOrderUseCases) -> Timer:
    """Return the timer that finds lines which should have left, and shipments which should have arrived."""

    async def handle(items: Sequence[Item], now: datetime) -> None:
        context = system_context(name=FIND_LATE, at=now, correlation_id=f"{FIND_LATE}:{now.isoformat()}")
        identifiers = [PURCHASE_ORDERS.record(item.body).purchase_order_id for item in items]
        _raise_first(await use_cases.find_late(purchase_order_ids=identifiers, context=context))

    return Timer(topic=SHIPPING_TOPIC, handle=handle)


def _raise_first(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        if outcome.error is not None:
            # The ticker then hands the items one by one, so that one bad item holds up no other.
            raise outcome.error
