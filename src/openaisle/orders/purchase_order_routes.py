"""The HTTP operations of purchase orders: what suppliers, and the operator in their stead, call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from openaisle.inventory.model import InsufficientStock
from openaisle.kernel.context import Principal, Role, SupplierScope
from openaisle.kernel.errors import ChangedMeanwhile, Finding, RequestInvalid
from openaisle.kernel.http import Answer, Operation, Request
from openaisle.orders.answering import (
    AcknowledgedAfterCancellation,
    BackOrderTooLate,
    PriceChanged,
    ShipDateInvalid,
    SubstituteRefused,
)
from openaisle.orders.changes import Outcome
from openaisle.orders.commands import (
    Acknowledgment,
    DeliveryBatch,
    NewDelivery,
    NewShipment,
    ShipmentBatch,
)
from openaisle.orders.purchase_order import (
    AcknowledgmentRefused,
    DeliveryRefused,
    PurchaseOrder,
    PurchaseOrderLineUnknown,
    PurchaseOrderUnknown,
    ShipmentDiffers,
    ShipmentRefused,
    ShipmentUnknown,
    ShippedAfterCancellation,
    ShippedBeforeAccepting,
    ShippedTooMuch,
    TrackingNumberInvalid,
)
from openaisle.orders.purchase_order_use_cases import DeliveryTimeInvalid, PurchaseOrderUseCases
from openaisle.orders.queries import OrderQueries
from openaisle.orders.shipment import DeliveryDateInvalid
from openaisle.orders.shipping.contents import PackagesInvalid, SerialNumbersInvalid
from openaisle.orders.shipping.serials import SerialNumberTaken
from openaisle.orders.showing import purchase_order_view
from openaisle.orders.substitutes import SubstituteInvalid
from openaisle.orders.views import (
    BatchAnswer,
    ItemResult,
    Problem,
    PurchaseOrderPage,
    PurchaseOrderView,
)

SUPPLIER_OR_OPERATOR = frozenset({Role.SUPPLIER, Role.OPERATOR})

Cursor = Annotated[str, msgspec.Meta(max_length=400)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=500)]


class SupplierMissingInQuery(RequestInvalid):
    """The operator lists purchase orders of one supplier at a time and has not said whose."""

    code = "supplier-id-needed"
    title = "Say whose purchase orders"
    mend = "Add supplier_id to the query."


class PurchaseOrderListQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of which purchase orders; ``supplier_id`` is the operator's to choose."""

    supplier_id: Annotated[str, msgspec.Meta(max_length=60)] | None = None
    state_group: Literal["to_deliver", "open", "all"] = "all"
    after: Cursor | None = None
    limit: Limit = 100


def purchase_order_operations(*, use_cases: PurchaseOrderUseCases, queries: OrderQueries) -> tuple[Operation, ...]:
    """Return the operations of purchase orders."""
    return (
        *_reading_purchase_orders(queries=queries),
        _acknowledging(use_cases=use_cases),
        *_shipping(use_cases=use_cases),
        *_delivering(use_cases=use_cases),
    )


def _reading_purchase_orders(*, queries: OrderQueries) -> tuple[Operation, ...]:
    async def get_purchase_order(request: Request) -> Answer:
        purchase_order_id = request.path["purchase_order_id"]
        scope = _scope(request.principal)
        if scope is None:
            return Answer(value=await queries.purchase_order(purchase_order_id=purchase_order_id))
        view = await queries.own_purchase_order(scope=scope, purchase_order_id=purchase_order_id, at=request.context.at)
        return Answer(value=view)

    async def list_purchase_orders(request: Request) -> Answer:
        query: PurchaseOrderListQuery = request.query
        scope = _scope(request.principal)
        if scope is None:
            if query.supplier_id is None:
                finding = Finding(pointer="supplier_id", detail="missing", code="missing")
                raise SupplierMissingInQuery(detail="supplier_id is missing.", findings=(finding,))
            scope = SupplierScope(supplier_id=query.supplier_id)
        page = await queries.purchase_orders(
            scope=scope, state_group=query.state_group, after=query.after, limit=query.limit
        )
        return Answer(value=page)

    return (
        Operation(
            method="GET",
            path="/v1/purchase-orders/{purchase_order_id}",
            name="get_purchase_order",
            summary="Read a purchase order",
            description="The supplier sees the shopper's address while the purchase order is to be shipped.",
            tag="Purchase orders",
            roles=SUPPLIER_OR_OPERATOR,
            handle=get_purchase_order,
            answer=PurchaseOrderView,
            errors=(PurchaseOrderUnknown,),
        ),
        Operation(
            method="GET",
            path="/v1/purchase-orders",
            name="list_purchase_orders",
            summary="List a supplier's purchase orders, the oldest first",
            description=(
                "state_group: to_deliver (not brought to the supplier yet), open (the supplier has them) or all."
            ),
            tag="Purchase orders",
            roles=SUPPLIER_OR_OPERATOR,
            handle=list_purchase_orders,
            query=PurchaseOrderListQuery,
            answer=PurchaseOrderPage,
            errors=(SupplierMissingInQuery,),
        ),
    )


def _acknowledging(*, use_cases: PurchaseOrderUseCases) -> Operation:
    async def acknowledge_purchase_order(request: Request) -> Answer:
        changed = await use_cases.acknowledge(
            purchase_order_id=request.path["purchase_order_id"],
            acknowledgment=request.body,
            context=request.context,
            scope=_scope(request.principal),
        )
        return Answer(value=_shown(changed))

    return Operation(
        method="POST",
        path="/v1/purchase-orders/{purchase_order_id}/acknowledgment",
        name="acknowledge_purchase_order",
        summary="Accept or reject a purchase order line by line",
        description=(
            "Lines that are not named await their answer until acknowledge_by. Rejected lines go to another supplier"
            " at once. A back-ordered line is accepted for a later day, a substituted one is filled with another offer"
            " of the supplier's own: of the same product at once, of another with consent. The same answers may be sent"
            " again."
        ),
        tag="Purchase orders",
        roles=SUPPLIER_OR_OPERATOR,
        handle=acknowledge_purchase_order,
        body=Acknowledgment,
        answer=PurchaseOrderView,
        errors=(
            PurchaseOrderUnknown,
            PurchaseOrderLineUnknown,
            AcknowledgmentRefused,
            AcknowledgedAfterCancellation,
            BackOrderTooLate,
            PriceChanged,
            ShipDateInvalid,
            SubstituteInvalid,
            SubstituteRefused,
            InsufficientStock,
            ChangedMeanwhile,
        ),
    )


def _shipping(*, use_cases: PurchaseOrderUseCases) -> tuple[Operation, ...]:
    async def ship_purchase_order(request: Request) -> Answer:
        changed = await use_cases.ship(
            purchase_order_id=request.path["purchase_order_id"],
            shipment=request.body,
            context=request.context,
            scope=_scope(request.principal),
        )
        return Answer(value=_shown(changed))

    async def report_shipments(request: Request) -> Answer:
        batch: ShipmentBatch = request.body
        outcomes = await use_cases.ship_many(
            shipments=batch.items, context=request.context, scope=_scope(request.principal)
        )
        return Answer(value=_results([item.purchase_order_id for item in batch.items], outcomes))

    errors = (
        PurchaseOrderUnknown,
        PurchaseOrderLineUnknown,
        DeliveryDateInvalid,
        PackagesInvalid,
        SerialNumbersInvalid,
        SerialNumberTaken,
        ShipmentRefused,
        ShippedAfterCancellation,
        ShippedBeforeAccepting,
        ShippedTooMuch,
        TrackingNumberInvalid,
        ShipmentDiffers,
        ChangedMeanwhile,
    )
    return (
        Operation(
            method="POST",
            path="/v1/purchase-orders/{purchase_order_id}/shipments",
            name="ship_purchase_order",
            summary="Report a parcel that left",
            description=(
                "Without lines the shipment holds what its packages hold, or all that is accepted and left. It is known"
                " by its carrier and tracking number; reported again it changes nothing."
            ),
            tag="Purchase orders",
            roles=SUPPLIER_OR_OPERATOR,
            handle=ship_purchase_order,
            body=NewShipment,
            answer=PurchaseOrderView,
            errors=errors,
        ),
        Operation(
            method="POST",
            path="/v1/shipments",
            name="report_shipments",
            summary="Report up to 500 parcels",
            description="Each item has its own result; a refused item never loses another.",
            tag="Purchase orders",
            roles=SUPPLIER_OR_OPERATOR,
            handle=report_shipments,
            body=ShipmentBatch,
            answer=BatchAnswer,
        ),
    )


def _delivering(*, use_cases: PurchaseOrderUseCases) -> tuple[Operation, ...]:
    async def deliver_purchase_order(request: Request) -> Answer:
        changed = await use_cases.deliver(
            purchase_order_id=request.path["purchase_order_id"],
            delivery=request.body,
            context=request.context,
            scope=_scope(request.principal),
        )
        return Answer(value=_shown(changed))

    async def report_deliveries(request: Request) -> Answer:
        batch: DeliveryBatch = request.body
        outcomes = await use_cases.deliver_many(
            deliveries=batch.items, context=request.context, scope=_scope(request.principal)
        )
        return Answer(value=_results([item.purchase_order_id for item in batch.items], outcomes))

    errors = (PurchaseOrderUnknown, ShipmentUnknown, DeliveryRefused, DeliveryTimeInvalid, ChangedMeanwhile)
    return (
        Operation(
            method="POST",
            path="/v1/purchase-orders/{purchase_order_id}/deliveries",
            name="deliver_purchase_order",
            summary="Report that parcels reached the shopper",
            description="Without shipment_id all parcels of the purchase order did. Reported again it changes nothing.",
            tag="Purchase orders",
            roles=SUPPLIER_OR_OPERATOR,
            handle=deliver_purchase_order,
            body=NewDelivery,
            answer=PurchaseOrderView,
            errors=errors,
        ),
        Operation(
            method="POST",
            path="/v1/deliveries",
            name="report_deliveries",
            summary="Report up to 500 deliveries",
            description="Each item has its own result; a refused item never loses another.",
            tag="Purchase orders",
            roles=SUPPLIER_OR_OPERATOR,
            handle=report_deliveries,
            body=DeliveryBatch,
            answer=BatchAnswer,
        ),
    )


def _scope(principal: Principal) -> SupplierScope | None:
    """Return the supplier's scope; None only for the operator, who may act for any supplier."""
    return None if principal.role is Role.OPERATOR else SupplierScope(supplier_id=principal.subject_id)


def _shown(purchase_order: PurchaseOrder) -> PurchaseOrderView:
    return purchase_order_view(purchase_order=purchase_order, ship_to=None)


def _results(identifiers: Sequence[str], outcomes: Sequence[Outcome]) -> BatchAnswer:
    return BatchAnswer(
        results=[
            _result(purchase_order_id=identifier, outcome=outcome)
            for identifier, outcome in zip(identifiers, outcomes, strict=True)
        ]
    )


def _result(*, purchase_order_id: str, outcome: Outcome) -> ItemResult:
    error = outcome.error
    if error is not None:
        problem = Problem(code=error.code, title=error.title, status=error.status, detail=error.detail)
        return ItemResult(purchase_order_id=purchase_order_id, status=error.status, problem=problem)
    state = None if outcome.purchase_order is None else outcome.purchase_order.state
    return ItemResult(purchase_order_id=purchase_order_id, status=200, state=state)
