"""A supplier sees the shopper's address from acceptance on, for as long as it needs it, and no longer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from openaisle.kernel.times import sortable_time
from openaisle.orders.commands import ShipTo
from openaisle.orders.disclosure import (
    AddressBeforeAcceptance,
    DisclosurePolicy,
    ShippingDestination,
    disclosed,
    disclosed_before,
)
from openaisle.orders.events import LineQuantity
from openaisle.orders.purchase_order import (
    HistoryEntry,
    LineAnswer,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderState,
    Shipment,
)
from tests.factories.contexts import NOON

SHIP_TO = ShipTo(
    name="Ada Fischer",
    street_lines=["Lindenweg 4"],
    city="Bremen",
    region="HB",
    postal_code="28195",
    country="DE",
    phone="+49 421 1",
    email="ada@example.org",
)
POLICY = DisclosurePolicy(address_days_after_end=14, address_days_after_shipment=60)
WHOLE = ShippingDestination(country="DE", region="HB", postal_code="28195")


def make_purchase_order(
    *,
    state: PurchaseOrderState,
    answer: LineAnswer = LineAnswer.ACCEPTED,
    shipped_days_ago: int | None = None,
    delivered_days_ago: int | None = None,
    changed_days_ago: int = 0,
) -> PurchaseOrder:
    line = PurchaseOrderLine(
        line_number=1,
        product_id="prd_1",
        offer_id="off_1",
        supplier_sku="A",
        location="default",
        quantity=1,
        unit_price_minor=100,
        answer=answer,
    )
    shipments: tuple[Shipment, ...] = ()
    if shipped_days_ago is not None:
        shipments = (
            Shipment(
                shipment_id="shp_1",
                carrier="DHL",
                tracking_number="JJD01",
                shipped_at=days_ago(shipped_days_ago),
                lines=(LineQuantity(line_number=1, quantity=1),),
                delivered_at=None if delivered_days_ago is None else days_ago(delivered_days_ago),
            ),
        )
    return PurchaseOrder(
        purchase_order_id="po_00000000000000000000000000_01",
        order_id="ord_00000000000000000000000000",
        storefront_id="sto_web",
        order_reference="R-1",
        supplier_id="sup_bergmann",
        currency="EUR",
        state=state,
        created_at=days_ago(100),
        acknowledge_by=days_ago(99),
        lines=(line,),
        shipments=shipments,
        history=(HistoryEntry(at=days_ago(changed_days_ago), actor="system:test", action="canceled"),),
    )


def days_ago(days: int) -> str:
    return sortable_time(NOON - timedelta(days=days))


_S = PurchaseOrderState


@pytest.mark.parametrize(
    ("purchase_order", "shown", "destination"),
    [
        (make_purchase_order(state=_S.CREATED, answer=LineAnswer.PENDING), False, WHOLE),
        (make_purchase_order(state=_S.SENT, answer=LineAnswer.PENDING), False, WHOLE),
        (make_purchase_order(state=_S.SENT), True, WHOLE),
        (make_purchase_order(state=_S.ACCEPTED, changed_days_ago=90), True, WHOLE),
        (make_purchase_order(state=_S.PARTIALLY_SHIPPED, shipped_days_ago=80), True, WHOLE),
        (make_purchase_order(state=_S.SHIPPED, shipped_days_ago=60), True, WHOLE),
        (
            make_purchase_order(state=_S.SHIPPED, shipped_days_ago=61),
            False,
            ShippingDestination(country="DE", region="HB"),
        ),
        (make_purchase_order(state=_S.DELIVERED, shipped_days_ago=20, delivered_days_ago=14), True, WHOLE),
        (
            make_purchase_order(state=_S.DELIVERED, shipped_days_ago=20, delivered_days_ago=15),
            False,
            ShippingDestination(country="DE", region="HB"),
        ),
        (make_purchase_order(state=_S.CANCELED, changed_days_ago=14), True, WHOLE),
        (
            make_purchase_order(state=_S.CANCELED, changed_days_ago=15),
            False,
            ShippingDestination(country="DE", region="HB"),
        ),
        (make_purchase_order(state=_S.CANCELED, answer=LineAnswer.PENDING), False, WHOLE),
        (make_purchase_order(state=_S.REJECTED, answer=LineAnswer.REJECTED), False, WHOLE),
        (make_purchase_order(state=_S.EXPIRED, answer=LineAnswer.EXPIRED), False, WHOLE),
    ],
    ids=lambda one: one.state.value if isinstance(one, PurchaseOrder) else "",
)
def test_the_address_is_shown_only_while_it_is_needed(
    purchase_order: PurchaseOrder, shown: bool, destination: ShippingDestination
) -> None:
    found = disclosed(purchase_order=purchase_order, ship_to=SHIP_TO, policy=POLICY, share_contact=True, at=NOON)
    assert (found.ship_to is not None) is shown
    assert found.destination == destination


def test_without_contact_the_address_comes_without_phone_and_mail() -> None:
    accepted = make_purchase_order(state=_S.ACCEPTED)
    found = disclosed(purchase_order=accepted, ship_to=SHIP_TO, policy=POLICY, share_contact=False, at=NOON)
    assert found.ship_to is not None
    assert (found.ship_to.phone, found.ship_to.email, found.ship_to.name) == (None, None, "Ada Fischer")


def test_before_acceptance_a_document_carries_what_the_policy_says() -> None:
    coarse = disclosed_before(ship_to=SHIP_TO, rule=AddressBeforeAcceptance.DESTINATION, share_contact=True)
    assert (coarse.ship_to, coarse.destination) == (None, WHOLE)
    full = disclosed_before(ship_to=SHIP_TO, rule=AddressBeforeAcceptance.FULL, share_contact=False)
    assert full.ship_to is not None
    assert full.ship_to.street_lines == ["Lindenweg 4"]
    assert full.ship_to.email is None
