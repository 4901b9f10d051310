"""The HTTP operations of orders and purchase orders."""

from __future__ import annotations

from typing import Annotated

import msgspec

from openaisle.inventory.model import InsufficientStock
from openaisle.inventory.reservations.model import ReservationOver, ReservationUnknown
from openaisle.kernel.context import Role
from openaisle.kernel.errors import ChangedMeanwhile
from openaisle.kernel.http import Answer, Operation, Request
from openaisle.kernel.money import CurrencyMismatch, CurrencyUnknown
from openaisle.orders.commands import (
    Cancellation,
    IsoDate,
    NewOrder,
)
from openaisle.orders.model import (
    CancellationRefused,
    DuplicateReference,
    IdempotencyKeyReused,
    OrderLinesInvalid,
    OrderNotDeliverable,
    OrderOfferNotSellable,
    OrderOfferUnknown,
    OrderTooLarge,
    OrderUnknown,
)
from openaisle.orders.purchase_order_routes import purchase_order_operations
from openaisle.orders.purchase_order_use_cases import PurchaseOrderUseCases
from openaisle.orders.queries import OrderCursorInvalid, OrderQueries
from openaisle.orders.use_cases import OrderUseCases
from openaisle.orders.views import (
    OrderPage,
    OrderView,
    PlacedOrder,
)

STOREFRONT = frozenset({Role.STOREFRONT})
STOREFRONT_OR_OPERATOR = frozenset({Role.STOREFRONT, Role.OPERATOR})

Cursor = Annotated[str, msgspec.Meta(max_length=400)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=500)]


class OrderListQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of orders; ``day`` (``2026-11-23``, UTC) is for the operator, without it the newest come first."""

    day: IsoDate | None = None
    after: Cursor | None = None
    limit: Limit = 100


def operations(
    *, use_cases: OrderUseCases, purchase_orders: PurchaseOrderUseCases, queries: OrderQueries
) -> tuple[Operation, ...]:
    """Return the operations of orders and purchase orders."""
    return (
        *_placing(use_cases=use_cases, queries=queries),
        *_reading_orders(queries=queries),
        *purchase_order_operations(use_cases=purchase_orders, queries=queries),
    )


def _placing(*, use_cases: OrderUseCases, queries: OrderQueries) -> tuple[Operation, ...]:
    async def place_order(request: Request) -> Answer:
        key = request.headers.get("idempotency-key", "")
        answer = await use_cases.place(order=request.body, key=key, context=request.context)
        headers = {"idempotent-replayed": "true"} if answer.replayed else {}
        return Answer(raw=answer.body, status=201, headers=headers)

    async def cancel_order(request: Request) -> Answer:
        order_id = request.path["order_id"]
        key = request.headers.get("idempotency-key", "")[:200]
        await use_cases.cancel(order_id=order_id, cancellation=request.body, key=key, context=request.context)
        return Answer(value=await queries.order(order_id=order_id, principal=request.principal))

    return (
        Operation(
            method="POST",
            path="/v1/orders",
            name="place_order",
            summary="Place an order",
            description=(
                "Reserves the stock of every line and makes one purchase order per supplier, all or nothing. A line"
                " names an offer, or a product whose offer the allocation engine chooses. The same Idempotency-Key"
                " gives the same answer for two days, also after a crash; a reference can be placed once."
            ),
            tag="Orders",
            roles=STOREFRONT,
            handle=place_order,
            body=NewOrder,
            answer=PlacedOrder,
            status=201,
            idempotency_key=True,
            errors=(
                IdempotencyKeyReused,
                DuplicateReference,
                OrderLinesInvalid,
                OrderOfferUnknown,
                OrderOfferNotSellable,
                OrderNotDeliverable,
                CurrencyUnknown,
                CurrencyMismatch,
                InsufficientStock,
                ReservationUnknown,
                ReservationOver,
                OrderTooLarge,
                ChangedMeanwhile,
            ),
        ),
        Operation(
            method="POST",
            path="/v1/orders/{order_id}/cancellations",
            name="cancel_order",
            summary="Cancel lines or quantities that have not been shipped",
            description=(
                "Without lines everything that has not been shipped is canceled. Units go back on sale in the same"
                " moment. A request repeated with the same Idempotency-Key changes nothing more."
            ),
            tag="Orders",
            roles=STOREFRONT_OR_OPERATOR,
            handle=cancel_order,
            body=Cancellation,
            answer=OrderView,
            errors=(OrderUnknown, CancellationRefused, ChangedMeanwhile),
        ),
    )


def _reading_orders(*, queries: OrderQueries) -> tuple[Operation, ...]:
    async def get_order(request: Request) -> Answer:
        return Answer(value=await queries.order(order_id=request.path["order_id"], principal=request.principal))

    async def list_orders(request: Request) -> Answer:
        query: OrderListQuery = request.query
        principal = request.principal
        if principal.role is Role.STOREFRONT:
            page = await queries.storefront_orders(
                storefront_id=principal.subject_id, after=query.after, limit=query.limit
            )
        elif query.day is not None:
            page = await queries.orders_of_day(day=query.day, after=query.after, limit=query.limit)
        else:
            page = await queries.recent_orders(at=request.context.at, after=query.after, limit=query.limit)
        return Answer(value=page)

    return (
        Operation(
            method="GET",
            path="/v1/orders/{order_id}",
            name="get_order",
            summary="Read an order whole",
            description=(
                "Lines with their derived state, purchase orders with shipments, the timeline, and for every run of"
                " the allocation engine why each candidate was chosen or not."
            ),
            tag="Orders",
            roles=STOREFRONT_OR_OPERATOR,
            handle=get_order,
            answer=OrderView,
            errors=(OrderUnknown,),
        ),
        Operation(
            method="GET",
            path="/v1/orders",
            name="list_orders",
            summary="List orders, the newest first",
            description="A storefront lists its own; the operator those of a day, or the newest of all.",
            tag="Orders",
            roles=STOREFRONT_OR_OPERATOR,
            handle=list_orders,
            query=OrderListQuery,
            answer=OrderPage,
            errors=(OrderCursorInvalid,),
        ),
    )
