"""Purchase orders that an earlier version stored are read as they were, and come due no sooner than they did."""

from __future__ import annotations

import msgspec

from openaisle.orders.repository import PURCHASE_ORDERS
from openaisle.orders.shipping.deadlines import answer_due, shipping_due
from openaisle.orders.shipping.model import TrackingState

STORED = {
    "purchase_order_id": "po_00000000000000000000000000_01",
    "order_id": "ord_00000000000000000000000000",
    "storefront_id": "sto_web",
    "order_reference": "R-1",
    "supplier_id": "sup_bergmann",
    "currency": "EUR",
    "state": "shipped",
    "created_at": "2026-11-01T12:00:00.000000Z",
    "acknowledge_by": "2026-11-02T12:00:00.000000Z",
    "lines": [
        {
            "line_number": 1,
            "product_id": "prd_1",
            "offer_id": "off_1",
            "supplier_sku": "MUG",
            "location": "default",
            "quantity": 2,
            "unit_price_minor": 1299,
            "answer": "accepted",
            "shipped_quantity": 2,
        }
    ],
    "shipments": [
        {
            "shipment_id": "shp_1",
            "carrier": "DHL",
            "tracking_number": "JJD01",
            "shipped_at": "2026-11-02T12:00:00.000000Z",
            "lines": [{"line_number": 1, "quantity": 2}],
        }
    ],
    "history": [{"at": "2026-11-02T12:00:00.000000Z", "actor": "supplier:sup_bergmann", "action": "shipped"}],
}


def test_a_shipped_purchase_order_is_read_and_asks_for_nothing() -> None:
    found = PURCHASE_ORDERS.record(msgspec.json.encode(STORED))
    assert found.shipments[0].tracking_state is TrackingState.UNVERIFIED
    assert (shipping_due(found), found.lines[0].back_ordered, found.lines[0].replaced) == ("", False, None)
    # Written anew without change it is the same text: nothing is added to what nobody used.
    assert msgspec.json.decode(msgspec.json.encode(found)) == STORED


def test_an_unanswered_one_expires_when_it_would_have() -> None:
    line = {key: value for key, value in STORED["lines"][0].items() if key not in {"answer", "shipped_quantity"}}
    for state in ("created", "sent"):
        stored = STORED | {"state": state, "lines": [line], "shipments": []}
        found = PURCHASE_ORDERS.record(msgspec.json.encode(stored))
        assert answer_due(found) == STORED["acknowledge_by"]
