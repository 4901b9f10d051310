from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from openaisle.kernel.context import Context, Role
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.http import Answer, Operation, Request
from openaisle.orders.commands import Acknowledgment, NewOrder, NewShipment
from openaisle.orders.disclosure import ShippingDestination
from openaisle.orders.model import OrderUnknown
from openaisle.orders.purchase_order import PurchaseOrderUnknown
from openaisle.orders.purchase_order_routes import SupplierMissingInQuery
from openaisle.orders.queries import OrderCursorInvalid
from openaisle.orders.routes import operations
from openaisle.orders.views import OrderView, PlacedOrder
from tests.factories.contexts import NOON, make_context
from tests.factories.orders import OrderRoom, make_line, storefront_context, supplier_context

OPERATOR = make_context(role=Role.OPERATOR, subject_id="staff")


class Api:
    """Calls operations as the translation to HTTP does: bodies and queries are decoded from plain values."""

    def __init__(self, *, room: OrderRoom) -> None:
        found = operations(use_cases=room.orders, purchase_orders=room.purchase_orders, queries=room.queries)
        self.operations: dict[str, Operation] = {operation.name: operation for operation in found}

    async def call(self, name: str, *, context: Context, body=None, query=None, headers=None, **path) -> Answer:
        operation = self.operations[name]
        assert context.principal.role in operation.roles
        request = Request(
            context=context,
            path=path,
            query=msgspec.convert(query or {}, operation.query) if operation.query else None,
            body=msgspec.convert(body, operation.body) if operation.body else None,
            headers=headers or {},
        )
        try:
            return await operation.handle(request)
        except operation.errors:
            raise
        except OpenAisleError as error:
            message = f"{name} does not say that it can answer {error.code}"
            raise AssertionError(message) from error


@pytest.fixture
def api(room) -> Api:
    return Api(room=room)


async def order_body(room, **given):
    mug = await room.stock(on_hand=100)
    body = {
        "reference": "R-1",
        "currency": "EUR",
        "lines": [{"offer_id": mug.offer_id, "quantity": 2, "unit_price_minor": 1299}],
        "ship_to": {
            "name": "Ada Fischer",
            "street_lines": ["Lindenweg 4"],
            "city": "Bremen",
            "postal_code": "28195",
            "country": "DE",
        },
    }
    return body | given


async def test_a_storefront_places_reads_lists_and_cancels_its_order(room, api):
    body = await order_body(room)
    web = storefront_context()
    answer = await api.call("place_order", context=web, body=body, headers={"idempotency-key": "k-1"})
    placed = msgspec.json.decode(answer.raw, type=PlacedOrder)
    assert (answer.status, placed.state, placed.total_minor) == (201, "allocated", 2598)
    again = await api.call("place_order", context=web, body=body, headers={"idempotency-key": "k-1"})
    assert again.raw == answer.raw
    assert again.headers == {"idempotent-replayed": "true"}
    read = await api.call("get_order", context=web, order_id=placed.order_id)
    assert isinstance(read.value, OrderView)
    listed = await api.call("list_orders", context=web, query={"limit": 10})
    assert [one.order_id for one in listed.value.orders] == [placed.order_id]
    canceled = await api.call(
        "cancel_order", context=web, order_id=placed.order_id, body={"lines": [{"line_number": 1, "quantity": 1}]}
    )
    assert canceled.value.lines[0].quantities.canceled == 1


async def test_the_operator_lists_the_orders_of_a_day_and_the_newest_of_all(room, api):
    mug = await room.stock(on_hand=100)
    for number in range(7):
        at = NOON - timedelta(days=number // 3)
        await room.place(make_line(offer_id=mug.offer_id), reference=f"R-{number}", at=at)
    day = await api.call("list_orders", context=OPERATOR, query={"day": "2026-11-22"})
    assert sorted(one.reference for one in day.value.orders) == ["R-3", "R-4", "R-5"]
    seen, after, pages = [], None, 0
    while pages < 20:
        query = {"limit": 2} | ({"after": after} if after else {})
        page = (await api.call("list_orders", context=OPERATOR, query=query)).value
        seen += [one.reference for one in page.orders]
        after, pages = page.next_after, pages + 1
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 7
    assert set(seen[:3]) == {"R-0", "R-1", "R-2"}
    assert seen[6] == "R-6"


async def test_a_cursor_that_nobody_gave_out_is_refused(room, api):
    with pytest.raises(OrderCursorInvalid):
        await api.call("list_orders", context=OPERATOR, query={"after": "tomorrow"})


async def test_another_storefront_sees_nothing(room, api):
    mug = await room.stock()
    placed = await room.place(make_line(offer_id=mug.offer_id))
    stranger = storefront_context(subject_id="sto_other")
    with pytest.raises(OrderUnknown):
        await api.call("get_order", context=stranger, order_id=placed.order_id)
    assert (await api.call("list_orders", context=stranger)).value.orders == []


async def test_a_supplier_works_through_its_purchase_orders(room, api):
    mug = await room.stock(on_hand=100)
    placed = await room.place(make_line(offer_id=mug.offer_id, quantity=2))
    identifier = placed.purchase_orders[0].purchase_order_id
    own = supplier_context()
    listed = await api.call("list_purchase_orders", context=own, query={"state_group": "to_deliver"})
    assert [one.purchase_order_id for one in listed.value.purchase_orders] == [identifier]
    read = await api.call("get_purchase_order", context=own, purchase_order_id=identifier)
    assert read.value.ship_to is None
    assert read.value.destination == ShippingDestination(country="DE", postal_code="28195")
    lines = [{"line_number": 1, "decision": "accepted", "expected_ship_date": "2026-11-25"}]
    answered = await api.call(
        "acknowledge_purchase_order", context=own, purchase_order_id=identifier, body={"lines": lines}
    )
    assert answered.value.state == "accepted"
    read = await api.call("get_purchase_order", context=own, purchase_order_id=identifier)
    assert read.value.ship_to.city == "Bremen"
    parcel = {"carrier": "DHL", "tracking_number": "JD0140", "lines": [{"line_number": 1, "quantity": 1}]}
    await api.call("ship_purchase_order", context=own, purchase_order_id=identifier, body=parcel)
    items = [
        {"purchase_order_id": identifier, "carrier": "DHL", "tracking_number": "JD0141"},
        {"purchase_order_id": "po_nothing", "carrier": "DHL", "tracking_number": "JD0142"},
    ]
    shipped = await api.call("report_shipments", context=own, body={"items": items})
    assert [(one.status, one.state) for one in shipped.value.results] == [(200, "shipped"), (404, None)]
    assert shipped.value.results[1].problem.code == "purchase-order-unknown"
    delivered = await api.call("deliver_purchase_order", context=own, purchase_order_id=identifier, body={})
    assert delivered.value.state == "delivered"
    done = await api.call("report_deliveries", context=own, body={"items": [{"purchase_order_id": identifier}]})
    assert done.value.results[0].status == 200
    listed = await api.call("list_purchase_orders", context=own, query={"state_group": "open"})
    assert listed.value.purchase_orders == []
    read = await api.call("get_purchase_order", context=own, purchase_order_id=identifier)
    assert read.value.ship_to.city == "Bremen"
    later = supplier_context(at=NOON + timedelta(days=15))
    read = await api.call("get_purchase_order", context=later, purchase_order_id=identifier)
    assert read.value.ship_to is None
    assert read.value.destination == ShippingDestination(country="DE")


async def test_a_supplier_sees_only_its_own_whatever_it_asks_for(room, api):
    mug = await room.stock()
    placed = await room.place(make_line(offer_id=mug.offer_id))
    identifier = placed.purchase_orders[0].purchase_order_id
    stranger = supplier_context(supplier_id="sup_stranger")
    listed = await api.call("list_purchase_orders", context=stranger, query={"supplier_id": "sup_bergmann"})
    assert listed.value.purchase_orders == []
    with pytest.raises(PurchaseOrderUnknown):
        await api.call("get_purchase_order", context=stranger, purchase_order_id=identifier)


async def test_the_operator_names_whose_purchase_orders_it_wants(room, api):
    mug = await room.stock()
    placed = await room.place(make_line(offer_id=mug.offer_id))
    with pytest.raises(SupplierMissingInQuery):
        await api.call("list_purchase_orders", context=OPERATOR)
    listed = await api.call("list_purchase_orders", context=OPERATOR, query={"supplier_id": "sup_bergmann"})
    assert len(listed.value.purchase_orders) == 1
    identifier = placed.purchase_orders[0].purchase_order_id
    read = await api.call("get_purchase_order", context=OPERATOR, purchase_order_id=identifier)
    assert read.value.ship_to.name == "Ada Fischer"


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (NewOrder, {"lines": []}),
        (NewOrder, {"lines": [{"offer_id": "off_a", "quantity": 0, "unit_price_minor": 1}]}),
        (NewOrder, {"lines": [{"offer_id": "off_a", "quantity": 10_001, "unit_price_minor": 1}]}),
        (NewOrder, {"lines": [{"offer_id": "off_a", "quantity": 1, "unit_price_minor": -1}]}),
        (NewOrder, {"lines": [{"offer_id": "off_a", "quantity": 1, "unit_price_minor": 1.5}]}),
        (NewOrder, {"lines": [{"offer_id": "off_a", "quantity": 1, "unit_price_minor": 1, "more": 1}]}),
        (NewOrder, {"lines": [{"offer_id": "o" * 65, "quantity": 1, "unit_price_minor": 1}]}),
        (NewOrder, {"reference": ""}),
        (NewOrder, {"reference": "a\nb"}),
        (NewOrder, {"reference": "ü" * 3}),
        (NewOrder, {"currency": "eur"}),
        (NewOrder, {"ship_to": {}}),
        (NewShipment, {"carrier": "DHL", "tracking_number": "=CMD()"}),
        (NewShipment, {"carrier": "DHL", "tracking_number": "1" * 61}),
        (Acknowledgment, {"lines": [{"line_number": 1, "decision": "expired"}]}),
        (Acknowledgment, {"lines": []}),
    ],
)
async def test_what_nobody_could_mean_is_refused_before_it_is_looked_at(room, model, change):
    body = await order_body(room) | change if model is NewOrder else change
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(body, model)
