"""The HTTP operations of refunds: asked for here, paid by the storefront."""

from __future__ import annotations

import msgspec

from openaisle.kernel.context import Role
from openaisle.kernel.errors import ChangedMeanwhile
from openaisle.kernel.http import OPERATOR, Answer, Operation, Request
from openaisle.kernel.permissions import Permission
from openaisle.orders.commands import IsoDate
from openaisle.orders.model import OrderUnknown
from openaisle.orders.purchase_order import PurchaseOrderUnknown
from openaisle.returns.commands import NewRefund, Payment, Refusal
from openaisle.returns.model import ReturnLinesInvalid, ReturnReferenceReused, ReturnsTooMany
from openaisle.returns.queries import ReturnQueries
from openaisle.returns.refund import RefundRefused, RefundTooLarge, RefundUnknown
from openaisle.returns.refund_use_cases import Refunds
from openaisle.returns.routes import STOREFRONT_OR_OPERATOR, TAG, Cursor, Limit, PartyId
from openaisle.returns.views import RefundPage, RefundView, refund_view

_MONEY = Permission.PAYMENTS_CHANGE


class RefundListQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of which refunds; ``storefront_id`` and ``day`` are the operator's to choose."""

    storefront_id: PartyId | None = None
    day: IsoDate | None = None
    after: Cursor | None = None
    limit: Limit = 100


def refund_operations(*, refunds: Refunds, queries: ReturnQueries) -> tuple[Operation, ...]:
    """Return the operations of refunds."""
    return (*_reading(queries=queries), *_asking(refunds=refunds), *_paying(refunds=refunds))


def _reading(*, queries: ReturnQueries) -> tuple[Operation, ...]:
    async def list_refunds(request: Request) -> Answer:
        query: RefundListQuery = request.query
        principal = request.principal
        storefront_id = principal.subject_id if principal.role is Role.STOREFRONT else query.storefront_id
        if storefront_id is not None:
            page = await queries.unpaid_refunds(storefront_id=storefront_id, after=query.after, limit=query.limit)
            return Answer(value=page)
        day = query.day or f"{request.context.at:%Y-%m-%d}"
        return Answer(value=await queries.refunds_of_day(day=day, after=query.after, limit=query.limit))

    async def get_refund(request: Request) -> Answer:
        return Answer(value=await queries.refund(refund_id=request.path["refund_id"], principal=request.principal))

    return (
        Operation(
            method="GET",
            path="/v1/refunds",
            name="list_refunds",
            summary="List refunds that are to be paid, or all of a day",
            description=(
                "A storefront sees what it has not paid yet, the oldest first. The operator sees the same of the"
                " storefront_id it names, else all refunds of a day."
            ),
            tag=TAG,
            roles=STOREFRONT_OR_OPERATOR,
            handle=list_refunds,
            query=RefundListQuery,
            answer=RefundPage,
        ),
        Operation(
            method="GET",
            path="/v1/refunds/{refund_id}",
            name="get_refund",
            summary="Read a refund",
            tag=TAG,
            roles=STOREFRONT_OR_OPERATOR,
            handle=get_refund,
            answer=RefundView,
            errors=(RefundUnknown,),
        ),
    )


def _asking(*, refunds: Refunds) -> tuple[Operation, ...]:
    async def refund_order(request: Request) -> Answer:
        refund = await refunds.request(order_id=request.path["order_id"], wanted=request.body, context=request.context)
        return Answer(value=refund_view(refund))

    async def ask_for_refund_again(request: Request) -> Answer:
        refund = await refunds.ask_again(refund_id=request.path["refund_id"], context=request.context)
        return Answer(value=refund_view(refund))

    return (
        Operation(
            method="POST",
            path="/v1/orders/{order_id}/refunds",
            name="refund_order",
            summary="Give money back for goods that the shopper keeps",
            description=(
                "At most what was paid for what was shipped of each line, less what went back before. The reference"
                " recognizes a repeated request."
            ),
            tag=TAG,
            roles=OPERATOR,
            handle=refund_order,
            body=NewRefund,
            answer=RefundView,
            errors=(
                OrderUnknown,
                PurchaseOrderUnknown,
                RefundTooLarge,
                ReturnLinesInvalid,
                ReturnReferenceReused,
                ReturnsTooMany,
                ChangedMeanwhile,
            ),
            permission=_MONEY,
        ),
        Operation(
            method="POST",
            path="/v1/refunds/{refund_id}/request",
            name="ask_for_refund_again",
            summary="Ask the storefront once more to pay a refund that failed",
            tag=TAG,
            roles=OPERATOR,
            handle=ask_for_refund_again,
            answer=RefundView,
            errors=(RefundUnknown, RefundRefused, ChangedMeanwhile),
            permission=_MONEY,
        ),
    )


def _paying(*, refunds: Refunds) -> tuple[Operation, ...]:
    async def confirm_refund(request: Request) -> Answer:
        refund = await refunds.paid(refund_id=request.path["refund_id"], payment=request.body, context=request.context)
        return Answer(value=refund_view(refund))

    async def fail_refund(request: Request) -> Answer:
        refund = await refunds.failed(
            refund_id=request.path["refund_id"], refusal=request.body, context=request.context
        )
        return Answer(value=refund_view(refund))

    errors = (RefundUnknown, RefundRefused, ChangedMeanwhile)
    return (
        Operation(
            method="POST",
            path="/v1/refunds/{refund_id}/payment",
            name="confirm_refund",
            summary="Confirm that the shopper was paid",
            description="A return that waited for it is refunded then. Confirmed again it changes nothing.",
            tag=TAG,
            roles=STOREFRONT_OR_OPERATOR,
            handle=confirm_refund,
            body=Payment,
            answer=RefundView,
            errors=errors,
            permission=_MONEY,
        ),
        Operation(
            method="POST",
            path="/v1/refunds/{refund_id}/failure",
            name="fail_refund",
            summary="Tell that the shopper cannot be paid, and why",
            description="The operator sees to it; the refund may still be paid.",
            tag=TAG,
            roles=STOREFRONT_OR_OPERATOR,
            handle=fail_refund,
            body=Refusal,
            answer=RefundView,
            errors=errors,
            permission=_MONEY,
        ),
    )
