"""The HTTP operations beside the answer and the shipment: consents, withdrawals, papers."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from openaisle.kernel.context import Principal, Role, SupplierScope
from openaisle.kernel.errors import ChangedMeanwhile
from openaisle.kernel.http import Answer, Operation, Request
from openaisle.kernel.papers import FontUnusable, LogoUnusable, PaperTooLong
from openaisle.orders.commands import Consent, Identifier, Withdrawal
from openaisle.orders.purchase_order import (
    ConsentRefused,
    PurchaseOrderLineUnknown,
    PurchaseOrderUnknown,
    ShipmentUnknown,
    WithdrawalRefused,
)
from openaisle.orders.purchase_order_use_cases import PurchaseOrderUseCases
from openaisle.orders.shipping.papers import LabelData, PapersNotReady
from openaisle.orders.shipping.printing import ShippingPapers
from openaisle.orders.showing import purchase_order_view
from openaisle.orders.views import PurchaseOrderView

_TAG = "Purchase orders"
_SUPPLIER_OR_OPERATOR = frozenset({Role.SUPPLIER, Role.OPERATOR})
_STOREFRONT_OR_OPERATOR = frozenset({Role.STOREFRONT, Role.OPERATOR})
PDF = "application/pdf"


class PackingSlipQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of which shipment; without it, of all that is wanted."""

    shipment_id: Identifier | None = None


class LabelQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of which shipment and which of its packages, and whether as data or as a PDF."""

    shipment_id: Identifier | None = None
    package_number: Annotated[int, msgspec.Meta(ge=1, le=50)] = 1
    form: Literal["json", "pdf"] = "json"


def shipping_operations(*, use_cases: PurchaseOrderUseCases, papers: ShippingPapers) -> tuple[Operation, ...]:
    """Return the operations of consents, withdrawals and papers."""
    return (_consenting(use_cases=use_cases), _withdrawing(use_cases=use_cases), *_printing(papers=papers))


def _consenting(*, use_cases: PurchaseOrderUseCases) -> Operation:
    async def decide_substitutes(request: Request) -> Answer:
        changed = await use_cases.consent(
            purchase_order_id=request.path["purchase_order_id"], consent=request.body, context=request.context
        )
        return Answer(value=purchase_order_view(purchase_order=changed, ship_to=None))

    return Operation(
        method="POST",
        path="/v1/purchase-orders/{purchase_order_id}/consents",
        name="decide_substitutes",
        summary="Consent to substitutes that a supplier proposed, or refuse them",
        description=(
            "A refused line goes to another supplier, as does one that nobody decides until consent_by. The same"
            " decision may be sent again."
        ),
        tag=_TAG,
        roles=_STOREFRONT_OR_OPERATOR,
        handle=decide_substitutes,
        body=Consent,
        answer=PurchaseOrderView,
        errors=(PurchaseOrderUnknown, PurchaseOrderLineUnknown, ConsentRefused, ChangedMeanwhile),
    )


def _withdrawing(*, use_cases: PurchaseOrderUseCases) -> Operation:
    async def withdraw_from_purchase_order(request: Request) -> Answer:
        withdrawal: Withdrawal = request.body
        changed = await use_cases.withdraw(
            purchase_order_id=request.path["purchase_order_id"],
            withdrawal=withdrawal,
            key=request.headers.get("idempotency-key", "")[:200],
            context=request.context,
            scope=_scope(request.principal),
        )
        return Answer(value=purchase_order_view(purchase_order=changed, ship_to=None))

    return Operation(
        method="POST",
        path="/v1/purchase-orders/{purchase_order_id}/withdrawals",
        name="withdraw_from_purchase_order",
        summary="Say that units that were accepted cannot be shipped",
        description=(
            "They go to another supplier at once. Without lines: all that is accepted and not shipped. It counts as"
            " the supplier's cancellation. With an Idempotency-Key it may be sent again."
        ),
        tag=_TAG,
        roles=_SUPPLIER_OR_OPERATOR,
        handle=withdraw_from_purchase_order,
        body=Withdrawal,
        answer=PurchaseOrderView,
        errors=(PurchaseOrderUnknown, PurchaseOrderLineUnknown, WithdrawalRefused, ChangedMeanwhile),
    )


def _printing(*, papers: ShippingPapers) -> tuple[Operation, ...]:
    async def get_packing_slip(request: Request) -> Answer:
        purchase_order_id = request.path["purchase_order_id"]
        query: PackingSlipQuery = request.query
        made = await papers.packing_slip(
            purchase_order_id=purchase_order_id,
            shipment_id=query.shipment_id,
            context=request.context,
            scope=_scope(request.principal),
        )
        return _pdf(made, name=f"packing-slip-{purchase_order_id}")

    async def get_label(request: Request) -> Answer:
        purchase_order_id = request.path["purchase_order_id"]
        query: LabelQuery = request.query
        scope = _scope(request.principal)
        if query.form == "json":
            data = await papers.label_data(
                purchase_order_id=purchase_order_id,
                shipment_id=query.shipment_id,
                context=request.context,
                scope=scope,
            )
            return Answer(value=data)
        made = await papers.label(
            purchase_order_id=purchase_order_id,
            shipment_id=query.shipment_id,
            package_number=query.package_number,
            context=request.context,
            scope=scope,
        )
        return _pdf(made, name=f"label-{purchase_order_id}")

    errors = (PurchaseOrderUnknown, ShipmentUnknown, PapersNotReady, PaperTooLong, FontUnusable, LogoUnusable)
    return (
        Operation(
            method="GET",
            path="/v1/purchase-orders/{purchase_order_id}/packing-slip",
            name="get_packing_slip",
            summary="Print the packing slip in the retailer's brand",
            description="A PDF, while the supplier may see the shopper's address. It names no prices.",
            tag=_TAG,
            roles=_SUPPLIER_OR_OPERATOR,
            handle=get_packing_slip,
            query=PackingSlipQuery,
            answer=bytes,
            errors=errors,
        ),
        Operation(
            method="GET",
            path="/v1/purchase-orders/{purchase_order_id}/label",
            name="get_label",
            summary="Read the data of a parcel's label, or print an address label",
            description="form is json or pdf. A carrier's own label comes from the carrier; this is what it needs.",
            tag=_TAG,
            roles=_SUPPLIER_OR_OPERATOR,
            handle=get_label,
            query=LabelQuery,
            answer=LabelData,
            errors=errors,
        ),
    )


def _scope(principal: Principal) -> SupplierScope | None:
    """Return the supplier's scope; None only for the operator, who may act for any supplier."""
    return None if principal.role is Role.OPERATOR else SupplierScope(supplier_id=principal.subject_id)


def _pdf(content: bytes, *, name: str) -> Answer:
    # It names a shopper: no cache on the way may keep it.
    headers = {"content-disposition": f'inline; filename="{name}.pdf"', "cache-control": "no-store"}
    return Answer(raw=content, media_type=PDF, headers=headers)
