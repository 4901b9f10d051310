"""The HTTP operations of what did not reach suppliers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from openaisle.kernel.http import OPERATOR, Answer, Operation, Request
from openaisle.orders.channels.letters import DeadLetters, NotSetAside
from openaisle.orders.channels.notices import CancellationNotices
from openaisle.orders.purchase_order import PurchaseOrderState, PurchaseOrderUnknown

_TAG = "Purchase orders"


class UndeliveredFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page to list."""

    after: Annotated[str, Meta(max_length=500)] | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class UndeliveredPurchaseOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase order that its supplier's system could not take, why, and where it stands by now."""

    purchase_order_id: str
    supplier_id: str
    code: str
    reason: str
    attempts: int
    set_aside_at: datetime
    state: PurchaseOrderState


class UndeliveredPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page, the newest first; ``next_after`` is null on the last page."""

    purchase_orders: list[UndeliveredPurchaseOrder]
    next_after: str | None


class Redelivery(msgspec.Struct, frozen=True, kw_only=True):
    """The purchase order is tried again soon."""

    purchase_order_id: str


class WaitingCancellation(msgspec.Struct, frozen=True, kw_only=True):
    """A cancellation that its supplier was not told yet, and why if it was tried."""

    purchase_order_id: str
    supplier_id: str
    waits_since: str
    reason: str


class WaitingCancellationPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page, the oldest first; ``next_after`` is null on the last page."""

    cancellations: list[WaitingCancellation]
    next_after: str | None


class ChannelOperations:
    """The operations, one method each."""

    def __init__(self, *, dead_letters: DeadLetters, notices: CancellationNotices) -> None:
        """Take what was set aside, and what suppliers are to be told."""
        self._dead_letters = dead_letters
        self._notices = notices

    async def undelivered(self, request: Request) -> Answer:
        """List what was set aside."""
        wanted: UndeliveredFilter = request.query
        page = await self._dead_letters.listed(after=wanted.after, limit=wanted.limit)
        shown = [
            UndeliveredPurchaseOrder(
                purchase_order_id=letter.purchase_order_id,
                supplier_id=letter.supplier_id,
                code=letter.code,
                reason=letter.reason,
                attempts=letter.attempts,
                set_aside_at=letter.set_aside_at,
                state=state,
            )
            for letter, state in page.letters
        ]
        return Answer(value=UndeliveredPage(purchase_orders=shown, next_after=page.next_after))

    async def send_again(self, request: Request) -> Answer:
        """Try one again."""
        purchase_order_id = request.path["purchase_order_id"]
        await self._dead_letters.send_again(purchase_order_id=purchase_order_id, context=request.context)
        return Answer(value=Redelivery(purchase_order_id=purchase_order_id))

    async def cancellations(self, request: Request) -> Answer:
        """List what suppliers are still to be told."""
        wanted: UndeliveredFilter = request.query
        notices, next_after = await self._notices.waiting(after=wanted.after, limit=wanted.limit)
        shown = [
            WaitingCancellation(
                purchase_order_id=one.purchase_order_id,
                supplier_id=one.supplier_id,
                waits_since=one.waits_since,
                reason=one.reason,
            )
            for one in notices
        ]
        return Answer(value=WaitingCancellationPage(cancellations=shown, next_after=next_after))


def operations(*, dead_letters: DeadLetters, notices: CancellationNotices) -> tuple[Operation, ...]:
    """Return the operations."""
    handlers = ChannelOperations(dead_letters=dead_letters, notices=notices)
    return (
        Operation(
            method="GET",
            path="/v1/undelivered-purchase-orders",
            name="list_undelivered_purchase_orders",
            summary="List purchase orders that their suppliers' systems could not take",
            description=(
                "What the system cannot take though it takes others is set aside after attempts_maximum tries, a "
                "setting of the connection. It still expires at its deadline."
            ),
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.undelivered,
            query=UndeliveredFilter,
            answer=UndeliveredPage,
        ),
        Operation(
            method="POST",
            path="/v1/undelivered-purchase-orders/{purchase_order_id}/redelivery",
            name="redeliver_purchase_order",
            summary="Have a purchase order that was set aside tried again",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.send_again,
            answer=Redelivery,
            errors=(PurchaseOrderUnknown, NotSetAside),
        ),
        Operation(
            method="GET",
            path="/v1/waiting-cancellations",
            name="list_waiting_cancellations",
            summary="List cancellations that suppliers have not been told yet",
            description="What is canceled after a supplier had it is told to its system, again until it is known.",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.cancellations,
            query=UndeliveredFilter,
            answer=WaitingCancellationPage,
        ),
    )
