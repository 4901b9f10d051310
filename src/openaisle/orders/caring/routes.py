"""The HTTP operations of caring for orders."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from openaisle.kernel.context import Role
from openaisle.kernel.errors import ChangedMeanwhile, OpenAisleError
from openaisle.kernel.http import Answer, Operation, Request
from openaisle.orders.caring.commands import Goodwill, NewHold, NewNote
from openaisle.orders.caring.model import (
    AddressChangeRefused,
    GoodwillRefused,
    HoldRefused,
    NotOnHold,
    OrderRecordFull,
)
from openaisle.orders.caring.use_cases import OrderCare
from openaisle.orders.commands import ShipTo
from openaisle.orders.model import OrderUnknown
from openaisle.orders.queries import OrderQueries
from openaisle.orders.views import OrderView

_ROLES = frozenset({Role.STOREFRONT, Role.OPERATOR})
_PATH = "/v1/orders/{order_id}"
_REPEATED = "A request repeated with the same Idempotency-Key changes nothing more."

Deed = Callable[[str, Request, str], Awaitable[None]]


def caring_operations(*, care: OrderCare, queries: OrderQueries) -> tuple[Operation, ...]:
    """Return the operations; each answers with the order as it is then."""
    return (
        *_telling(care=care, queries=queries),
        *_holding(care=care, queries=queries),
        *_pleasing(care=care, queries=queries),
    )


def _telling(*, care: OrderCare, queries: OrderQueries) -> tuple[Operation, ...]:
    async def change_address(order_id: str, request: Request, key: str) -> None:
        await care.change_address(order_id=order_id, ship_to=request.body, key=key, context=request.context)

    async def add_note(order_id: str, request: Request, key: str) -> None:
        await care.add_note(order_id=order_id, note=request.body, key=key, context=request.context)

    return (
        _operation(
            queries=queries,
            deed=change_address,
            method="PUT",
            path="ship-to",
            name="change_order_address",
            summary="Let an order go to another address",
            description="Possible until a supplier has the first purchase order of it, and within the same country.",
            body=ShipTo,
            errors=(AddressChangeRefused,),
        ),
        _operation(
            queries=queries,
            deed=add_note,
            path="notes",
            name="add_order_note",
            summary="Write a note about an order",
            description="Notes are never changed. One that is visible to suppliers stands in their purchase orders.",
            body=NewNote,
        ),
    )


def _holding(*, care: OrderCare, queries: OrderQueries) -> tuple[Operation, ...]:
    async def hold(order_id: str, request: Request, key: str) -> None:
        await care.hold(order_id=order_id, hold=request.body, key=key, context=request.context)

    async def release(order_id: str, request: Request, key: str) -> None:
        await care.release(order_id=order_id, key=key, context=request.context)

    return (
        _operation(
            queries=queries,
            deed=hold,
            path="hold",
            name="hold_order",
            summary="Put an order on hold before it is sent",
            description=(
                "Its purchase orders are brought to nobody until it is released; its stock stays reserved. A hold that"
                " nobody ends cancels the order when it runs out."
            ),
            body=NewHold,
            errors=(HoldRefused,),
        ),
        _operation(
            queries=queries,
            deed=release,
            path="release",
            name="release_order",
            summary="Let an order on hold go on",
            description="Its suppliers have as long to answer as if it had never waited.",
            errors=(NotOnHold,),
        ),
    )


def _pleasing(*, care: OrderCare, queries: OrderQueries) -> tuple[Operation, ...]:
    async def confirm(order_id: str, request: Request, key: str) -> None:
        await care.request_confirmation(order_id=order_id, key=key, context=request.context)

    async def grant(order_id: str, request: Request, key: str) -> None:
        await care.grant_goodwill(order_id=order_id, goodwill=request.body, key=key, context=request.context)

    return (
        _operation(
            queries=queries,
            deed=confirm,
            path="confirmations",
            name="request_order_confirmation",
            summary="Have the confirmation of an order sent once more",
            description="States order.confirmation_requested with the data of order.placed; the storefront sends it.",
        ),
        _operation(
            queries=queries,
            deed=grant,
            path="goodwill",
            name="grant_order_goodwill",
            summary="Grant the shopper an amount as goodwill",
            description="States order.goodwill_granted; who holds the payment gives the amount back.",
            body=Goodwill,
            errors=(GoodwillRefused,),
        ),
    )


def _operation(
    *,
    queries: OrderQueries,
    deed: Deed,
    path: str,
    name: str,
    summary: str,
    description: str,
    method: str = "POST",
    body: type | None = None,
    errors: tuple[type[OpenAisleError], ...] = (),
) -> Operation:
    async def handle(request: Request) -> Answer:
        order_id = request.path["order_id"]
        await deed(order_id, request, request.headers.get("idempotency-key", "")[:200])
        return Answer(value=await queries.order(order_id=order_id, principal=request.principal))

    return Operation(
        method=method,
        path=f"{_PATH}/{path}",
        name=name,
        summary=summary,
        description=f"{description} {_REPEATED}",
        tag="Orders",
        roles=_ROLES,
        handle=handle,
        body=body,
        answer=OrderView,
        errors=(OrderUnknown, *errors, OrderRecordFull, ChangedMeanwhile),
    )
