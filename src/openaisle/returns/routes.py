"""The HTTP operations of returns: what storefronts, suppliers and the operator call."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from openaisle.kernel.context import Role
from openaisle.kernel.errors import ChangedMeanwhile
from openaisle.kernel.http import OPERATOR, Answer, Operation, Request
from openaisle.kernel.papers import FontUnusable, LogoUnusable, PaperTooLong
from openaisle.kernel.permissions import Permission
from openaisle.orders.model import OrderUnknown
from openaisle.returns.commands import NewReceipt, NewReturn, ParcelSent, Refusal, Settlement, Withdrawal
from openaisle.returns.model import (
    NotReturnable,
    ReceiptDiffers,
    ReplacementImpossible,
    ReturnLinesInvalid,
    ReturnReferenceReused,
    ReturnRefused,
    ReturnsTooMany,
    ReturnUnknown,
)
from openaisle.returns.papers import ReturnPapers
from openaisle.returns.queries import ReturnQueries
from openaisle.returns.replacing import Replacements
from openaisle.returns.use_cases import Returns
from openaisle.returns.views import OrderReturnsView, ReturnLabel, ReturnPage, ReturnsMade, ReturnView, return_view

TAG = "Returns"
STOREFRONT_OR_OPERATOR = frozenset({Role.STOREFRONT, Role.OPERATOR})
_SUPPLIER_OR_OPERATOR = frozenset({Role.SUPPLIER, Role.OPERATOR})
_EVERY_PARTY = frozenset({Role.STOREFRONT, Role.SUPPLIER, Role.OPERATOR})

Cursor = Annotated[str, msgspec.Meta(max_length=400)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=500)]
PartyId = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class AuthorizationNote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be remembered of the decision."""

    note: Annotated[str, msgspec.Meta(max_length=300)] = ""


class LabelQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As what the label is wanted."""

    form: Literal["json", "pdf"] = "json"


class ReturnListQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of which returns; ``supplier_id`` and ``storefront_id`` are the operator's to choose."""

    supplier_id: PartyId | None = None
    storefront_id: PartyId | None = None
    after: Cursor | None = None
    limit: Limit = 100


def operations(
    *, returns: Returns, replacements: Replacements, queries: ReturnQueries, papers: ReturnPapers
) -> tuple[Operation, ...]:
    """Return the operations of returns."""
    return (
        *_of_an_order(returns=returns, queries=queries),
        *_reading(queries=queries),
        _label(queries=queries, papers=papers),
        *_authorizing(returns=returns),
        *_travelling(returns=returns),
        *_settling(returns=returns, replacements=replacements),
    )


def _of_an_order(*, returns: Returns, queries: ReturnQueries) -> tuple[Operation, ...]:
    async def request_return(request: Request) -> Answer:
        made = await returns.request(order_id=request.path["order_id"], wanted=request.body, context=request.context)
        return Answer(value=ReturnsMade(returns=[return_view(one) for one in made]))

    async def get_order_returns(request: Request) -> Answer:
        return Answer(value=await queries.of_order(order_id=request.path["order_id"], principal=request.principal))

    return (
        Operation(
            method="POST",
            path="/v1/orders/{order_id}/returns",
            name="request_return",
            summary="Ask to send goods back",
            description=(
                "The answer has a return for each purchase order that brought the goods, authorized at once where the"
                " policy says so. The reference is the storefront's own; repeated with the same content the answer is"
                " the same. What the operator asks for is an exception from the policy."
            ),
            tag=TAG,
            roles=STOREFRONT_OR_OPERATOR,
            handle=request_return,
            body=NewReturn,
            answer=ReturnsMade,
            errors=(
                OrderUnknown,
                ReturnLinesInvalid,
                NotReturnable,
                ReturnReferenceReused,
                ReturnsTooMany,
                ChangedMeanwhile,
            ),
        ),
        Operation(
            method="GET",
            path="/v1/orders/{order_id}/returns",
            name="get_order_returns",
            summary="Read what came back of an order, in units and in money",
            tag=TAG,
            roles=STOREFRONT_OR_OPERATOR,
            handle=get_order_returns,
            answer=OrderReturnsView,
            errors=(OrderUnknown,),
        ),
    )


def _reading(*, queries: ReturnQueries) -> tuple[Operation, ...]:
    async def list_returns(request: Request) -> Answer:
        query: ReturnListQuery = request.query
        principal, after, limit = request.principal, query.after, query.limit
        if principal.role is Role.SUPPLIER:
            return Answer(value=await queries.of_supplier(supplier_id=principal.subject_id, after=after, limit=limit))
        if principal.role is Role.STOREFRONT:
            return Answer(
                value=await queries.of_storefront(storefront_id=principal.subject_id, after=after, limit=limit)
            )
        if query.supplier_id is not None:
            return Answer(value=await queries.of_supplier(supplier_id=query.supplier_id, after=after, limit=limit))
        if query.storefront_id is not None:
            return Answer(
                value=await queries.of_storefront(storefront_id=query.storefront_id, after=after, limit=limit)
            )
        return Answer(value=await queries.open(after=after, limit=limit))

    async def get_return(request: Request) -> Answer:
        return Answer(value=await queries.one(return_id=request.path["return_id"], principal=request.principal))

    return (
        Operation(
            method="GET",
            path="/v1/returns",
            name="list_returns",
            summary="List returns",
            description=(
                "A supplier and a storefront see their own, the newest first. The operator sees those in which"
                " something comes due, what comes first in front, or all of the supplier or storefront it names."
            ),
            tag=TAG,
            roles=_EVERY_PARTY,
            handle=list_returns,
            query=ReturnListQuery,
            answer=ReturnPage,
        ),
        Operation(
            method="GET",
            path="/v1/returns/{return_id}",
            name="get_return",
            summary="Read a return",
            tag=TAG,
            roles=_EVERY_PARTY,
            handle=get_return,
            answer=ReturnView,
            errors=(ReturnUnknown,),
        ),
    )


def _label(*, queries: ReturnQueries, papers: ReturnPapers) -> Operation:
    async def get_return_label(request: Request) -> Answer:
        query: LabelQuery = request.query
        label = await queries.label(return_id=request.path["return_id"], principal=request.principal)
        if query.form == "json":
            return Answer(value=label)
        return Answer(raw=await papers.label(label=label), media_type="application/pdf")

    return Operation(
        method="GET",
        path="/v1/returns/{return_id}/label",
        name="get_return_label",
        summary="Read or print what stands on the parcel that goes back",
        description=(
            "form is json or pdf. return_id stands on the label as a bar code. There is none for goods that need not"
            " come back."
        ),
        tag=TAG,
        roles=STOREFRONT_OR_OPERATOR,
        handle=get_return_label,
        query=LabelQuery,
        answer=ReturnLabel,
        errors=(ReturnUnknown, PaperTooLong, FontUnusable, LogoUnusable),
    )


def _authorizing(*, returns: Returns) -> tuple[Operation, ...]:
    async def authorize_return(request: Request) -> Answer:
        body: AuthorizationNote = request.body
        done = await returns.authorize(return_id=request.path["return_id"], note=body.note, context=request.context)
        return Answer(value=return_view(done))

    async def refuse_return(request: Request) -> Answer:
        done = await returns.refuse(return_id=request.path["return_id"], refusal=request.body, context=request.context)
        return Answer(value=return_view(done))

    errors = (ReturnUnknown, ReturnRefused, ReturnsTooMany, ChangedMeanwhile)
    return (
        Operation(
            method="POST",
            path="/v1/returns/{return_id}/authorization",
            name="authorize_return",
            summary="Let goods come back",
            description="Where nobody decides by due_at, the return is authorized by itself.",
            tag=TAG,
            roles=_SUPPLIER_OR_OPERATOR,
            handle=authorize_return,
            body=AuthorizationNote,
            answer=ReturnView,
            errors=errors,
        ),
        Operation(
            method="POST",
            path="/v1/returns/{return_id}/refusal",
            name="refuse_return",
            summary="Refuse to take goods back, with the reason",
            description=(
                "A supplier may refuse before the return is authorized, the operator also to refund what came."
            ),
            tag=TAG,
            roles=_SUPPLIER_OR_OPERATOR,
            handle=refuse_return,
            body=Refusal,
            answer=ReturnView,
            errors=errors,
        ),
    )


def _travelling(*, returns: Returns) -> tuple[Operation, ...]:
    async def withdraw_return(request: Request) -> Answer:
        done = await returns.withdraw(
            return_id=request.path["return_id"], withdrawal=request.body, context=request.context
        )
        return Answer(value=return_view(done))

    async def report_return_parcel(request: Request) -> Answer:
        done = await returns.send_back(
            return_id=request.path["return_id"], parcel=request.body, context=request.context
        )
        return Answer(value=return_view(done))

    async def receive_return(request: Request) -> Answer:
        done = await returns.receive(return_id=request.path["return_id"], receipt=request.body, context=request.context)
        return Answer(value=return_view(done))

    errors = (ReturnUnknown, ReturnRefused, ReturnsTooMany, ChangedMeanwhile)
    return (
        Operation(
            method="POST",
            path="/v1/returns/{return_id}/withdrawal",
            name="withdraw_return",
            summary="Keep the goods after all",
            tag=TAG,
            roles=STOREFRONT_OR_OPERATOR,
            handle=withdraw_return,
            body=Withdrawal,
            answer=ReturnView,
            errors=errors,
        ),
        Operation(
            method="POST",
            path="/v1/returns/{return_id}/parcel",
            name="report_return_parcel",
            summary="Report the parcel that the shopper handed in",
            description="From then on the return does not expire.",
            tag=TAG,
            roles=STOREFRONT_OR_OPERATOR,
            handle=report_return_parcel,
            body=ParcelSent,
            answer=ReturnView,
            errors=errors,
        ),
        Operation(
            method="POST",
            path="/v1/returns/{return_id}/receipts",
            name="receive_return",
            summary="Report what came back, and in which condition",
            description=(
                "Goods that are as new are on sale again at once. Without a doubt about them the shopper is refunded"
                " at once. The reference is the supplier's own; the same receipt again changes nothing."
            ),
            tag=TAG,
            roles=_SUPPLIER_OR_OPERATOR,
            handle=receive_return,
            body=NewReceipt,
            answer=ReturnView,
            errors=(*errors, ReturnLinesInvalid, ReceiptDiffers),
        ),
    )


def _settling(*, returns: Returns, replacements: Replacements) -> tuple[Operation, ...]:
    async def settle_return(request: Request) -> Answer:
        done = await returns.settle(
            return_id=request.path["return_id"], settlement=request.body, context=request.context
        )
        return Answer(value=return_view(done))

    async def replace_return(request: Request) -> Answer:
        done = await replacements.replace(return_id=request.path["return_id"], context=request.context)
        return Answer(value=return_view(done))

    errors = (ReturnUnknown, ReturnRefused, ReturnsTooMany, ChangedMeanwhile)
    return (
        Operation(
            method="POST",
            path="/v1/returns/{return_id}/refund",
            name="settle_return",
            summary="Decide what is refunded for goods that came back",
            description=(
                "Lines that are not named are refunded less what the supplier proposed to keep. Where nobody decides by"
                " due_at, everything is refunded."
            ),
            tag=TAG,
            roles=OPERATOR,
            handle=settle_return,
            body=Settlement,
            answer=ReturnView,
            errors=(*errors, ReturnLinesInvalid),
            permission=Permission.PAYMENTS_CHANGE,
        ),
        Operation(
            method="POST",
            path="/v1/returns/{return_id}/replacement",
            name="replace_return",
            summary="Order the goods again for the shopper, at no price",
            tag=TAG,
            roles=OPERATOR,
            handle=replace_return,
            answer=ReturnView,
            errors=(*errors, ReplacementImpossible),
        ),
    )
