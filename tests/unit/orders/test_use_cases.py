from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from openaisle.kernel.context import SupplierScope
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.table import Index
from openaisle.orders.commands import (
    Acknowledgment,
    AcknowledgmentDecision,
    Cancellation,
    DeliveryItem,
    LineAcknowledgment,
    LineToCancel,
    LineToShip,
    NewDelivery,
    NewShipment,
    ShipmentItem,
)
from openaisle.orders.model import CancellationRefused, OrderLineState, OrderPolicy, OrderUnknown, line_progress
from openaisle.orders.purchase_order import (
    AcknowledgmentRefused,
    DeliveryRefused,
    LineAnswer,
    PurchaseOrderLineUnknown,
    PurchaseOrderState,
    PurchaseOrderUnknown,
    ShipmentDiffers,
    ShipmentRefused,
    ShipmentUnknown,
)
from openaisle.orders.purchase_order_use_cases import DeliveryTimeInvalid
from openaisle.orders.repository import ACKNOWLEDGMENT_TOPIC
from openaisle.orders.workflow import acknowledgment_timer
from tests.factories.contexts import NOON, make_context
from tests.factories.orders import OrderRoom, make_line, storefront_context, supplier_context

OWN = SupplierScope(supplier_id="sup_bergmann")
ACCEPTED, REJECTED = AcknowledgmentDecision.ACCEPTED, AcknowledgmentDecision.REJECTED


async def placed_mug(room, *, quantity: int = 1, reference: str = "R-1") -> str:
    mug = await room.stock(on_hand=10)
    placed = await room.place(make_line(offer_id=mug.offer_id, quantity=quantity), reference=reference)
    return placed.purchase_orders[0].purchase_order_id


async def acknowledge(room, purchase_order_id, *answers, scope=OWN, at=NOON):
    lines = [
        LineAcknowledgment(line_number=number, decision=decision, reason="" if decision is ACCEPTED else "sold out")
        for number, decision in enumerate(answers, start=1)
    ]
    return await room.purchase_orders.acknowledge(
        purchase_order_id=purchase_order_id,
        acknowledgment=Acknowledgment(lines=lines),
        context=supplier_context(at=at),
        scope=scope,
    )


async def ship(room, purchase_order_id, *lines, tracking_number="1Z999", scope=OWN):
    shipment = NewShipment(
        carrier="UPS",
        tracking_number=tracking_number,
        lines=[LineToShip(line_number=number, quantity=quantity) for number, quantity in lines],
    )
    return await room.purchase_orders.ship(
        purchase_order_id=purchase_order_id, shipment=shipment, context=supplier_context(), scope=scope
    )


async def deliver(room, purchase_order_id, *, scope=OWN, **given):
    return await room.purchase_orders.deliver(
        purchase_order_id=purchase_order_id,
        delivery=NewDelivery(**given),
        context=supplier_context(),
        scope=scope,
    )


async def cancel(room, order_id, *lines, key="", context=None):
    await room.orders.cancel(
        order_id=order_id,
        cancellation=Cancellation(
            lines=[LineToCancel(line_number=number, quantity=quantity) for number, quantity in lines], reason="changed"
        ),
        key=key,
        context=context or storefront_context(at=NOON + timedelta(minutes=1)),
    )


async def test_a_purchase_order_goes_all_the_way_and_takes_the_stock_with_it(room):
    mug = await room.stock(on_hand=10)
    placed = await room.place(make_line(offer_id=mug.offer_id, quantity=3))
    identifier = placed.purchase_orders[0].purchase_order_id
    assert (await acknowledge(room, identifier, ACCEPTED)).state == PurchaseOrderState.ACCEPTED
    assert (await ship(room, identifier, (1, 1))).state == PurchaseOrderState.PARTIALLY_SHIPPED
    level = await room.level(mug)
    assert (level.on_hand, level.reserved) == (9, 2)
    assert (await ship(room, identifier, tracking_number="1Z998")).state == PurchaseOrderState.SHIPPED
    shipped = await deliver(room, identifier)
    assert shipped.state == PurchaseOrderState.DELIVERED
    level = await room.level(mug)
    assert (level.on_hand, level.reserved, level.available) == (7, 0, 7)
    shown = await room.queries.order(order_id=placed.order_id, principal=storefront_context().principal)
    assert shown.state == OrderLineState.DELIVERED
    assert [entry.action for entry in shown.timeline[3:]] == ["acknowledged", "shipped", "shipped", "delivered"]


async def test_the_same_answer_again_changes_nothing_and_another_is_refused(room):
    identifier = await placed_mug(room)
    first = await acknowledge(room, identifier, ACCEPTED)
    assert await acknowledge(room, identifier, ACCEPTED, at=NOON + timedelta(days=3)) == first
    with pytest.raises(AcknowledgmentRefused):
        await acknowledge(room, identifier, REJECTED)


async def test_lines_may_be_answered_one_by_one(room):
    mug = await room.stock(supplier_sku="MUG-1")
    jug = await room.stock(supplier_sku="JUG-1")
    placed = await room.place(make_line(offer_id=mug.offer_id), make_line(offer_id=jug.offer_id))
    identifier = placed.purchase_orders[0].purchase_order_id
    assert (await acknowledge(room, identifier, ACCEPTED)).state == PurchaseOrderState.SENT
    assert (await ship(room, identifier)).state == PurchaseOrderState.SENT
    answered = await acknowledge(room, identifier, ACCEPTED, REJECTED)
    assert answered.state == PurchaseOrderState.SHIPPED
    assert (await room.level(jug)).reserved == 0


async def test_a_line_that_is_not_there_or_named_twice_is_refused(room):
    identifier = await placed_mug(room)
    for numbers in ([2], [1, 1]):
        lines = [LineAcknowledgment(line_number=number, decision=ACCEPTED) for number in numbers]
        with pytest.raises(PurchaseOrderLineUnknown):
            await room.purchase_orders.acknowledge(
                purchase_order_id=identifier,
                acknowledgment=Acknowledgment(lines=lines),
                context=supplier_context(),
                scope=OWN,
            )


async def test_another_suppliers_purchase_order_is_unknown(room):
    identifier = await placed_mug(room)
    stranger = SupplierScope(supplier_id="sup_stranger")
    for attempt in (
        acknowledge(room, identifier, ACCEPTED, scope=stranger),
        ship(room, identifier, scope=stranger),
        deliver(room, identifier, scope=stranger),
        room.queries.own_purchase_order(scope=stranger, purchase_order_id=identifier, at=NOON),
    ):
        with pytest.raises(PurchaseOrderUnknown):
            await attempt


@pytest.mark.parametrize("identifier", ["", "po_x_01", "po_" + "a" * 26, "ord_" + "a" * 26, "po_" + "a" * 26 + "_01"])
async def test_an_identifier_of_nothing_is_unknown(room, identifier):
    with pytest.raises(PurchaseOrderUnknown):
        await ship(room, identifier)


async def test_what_is_not_accepted_cannot_be_shipped(room):
    identifier = await placed_mug(room, quantity=2)
    with pytest.raises(ShipmentRefused):
        await ship(room, identifier)
    await acknowledge(room, identifier, ACCEPTED)
    with pytest.raises(ShipmentRefused, match="2 of line 1"):
        await ship(room, identifier, (1, 3))


async def test_the_same_parcel_again_changes_nothing_and_with_other_lines_is_refused(room):
    identifier = await placed_mug(room, quantity=3)
    await acknowledge(room, identifier, ACCEPTED)
    first = await ship(room, identifier, (1, 2))
    assert await ship(room, identifier, (1, 2)) == first
    assert await ship(room, identifier) == first
    with pytest.raises(ShipmentDiffers):
        await ship(room, identifier, (1, 1))


async def test_nothing_is_delivered_that_was_not_shipped(room):
    identifier = await placed_mug(room)
    with pytest.raises(DeliveryRefused):
        await deliver(room, identifier)
    await acknowledge(room, identifier, ACCEPTED)
    await ship(room, identifier)
    with pytest.raises(ShipmentUnknown):
        await deliver(room, identifier, shipment_id="shp_other")


@pytest.mark.parametrize(
    "moment", ["yesterday", "2026-11-23T10:00:00", "2027-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00"]
)
async def test_a_delivery_in_the_future_or_without_a_time_zone_is_refused(room, moment):
    identifier = await placed_mug(room)
    await acknowledge(room, identifier, ACCEPTED)
    await ship(room, identifier)
    with pytest.raises(DeliveryTimeInvalid):
        await deliver(room, identifier, delivered_at=moment)


async def test_many_parcels_are_reported_at_once_and_a_bad_one_loses_no_other(room):
    mug = await room.stock(on_hand=100)
    identifiers = []
    for number in range(60):
        placed = await room.place(make_line(offer_id=mug.offer_id), reference=f"R-{number}")
        identifiers.append(placed.purchase_orders[0].purchase_order_id)
    for identifier in identifiers[1:]:
        await acknowledge(room, identifier, ACCEPTED)
    shipments = [
        ShipmentItem(purchase_order_id=identifier, carrier="UPS", tracking_number=f"1Z{number:04d}")
        for number, identifier in enumerate([*identifiers, "po_unknown", identifiers[5]])
    ]
    outcomes = await room.purchase_orders.ship_many(shipments=shipments, context=supplier_context(), scope=OWN)
    assert isinstance(outcomes[0].error, ShipmentRefused)
    assert isinstance(outcomes[60].error, PurchaseOrderUnknown)
    assert isinstance(outcomes[61].error, ShipmentRefused)
    assert all(outcome.error is None for outcome in outcomes[1:60])
    level = await room.level(mug)
    assert (level.on_hand, level.reserved) == (41, 1)
    deliveries = [DeliveryItem(purchase_order_id=identifier) for identifier in identifiers]
    delivered = await room.purchase_orders.deliver_many(deliveries=deliveries, context=supplier_context(), scope=OWN)
    assert isinstance(delivered[0].error, DeliveryRefused)
    assert {outcome.purchase_order.state for outcome in delivered[1:]} == {PurchaseOrderState.DELIVERED}


async def test_two_parcels_of_one_purchase_order_may_come_in_one_batch(room):
    identifier = await placed_mug(room, quantity=2)
    await acknowledge(room, identifier, ACCEPTED)
    shipments = [
        ShipmentItem(
            purchase_order_id=identifier,
            carrier="UPS",
            tracking_number=f"1Z{number:04d}",
            lines=[LineToShip(line_number=1, quantity=1)],
        )
        for number in range(2)
    ]
    outcomes = await room.purchase_orders.ship_many(shipments=shipments, context=supplier_context(), scope=OWN)
    assert [outcome.purchase_order.state for outcome in outcomes] == ["partially_shipped", "shipped"]


async def test_units_that_are_canceled_go_back_on_sale_at_once(room):
    mug = await room.stock(on_hand=10)
    placed = await room.place(make_line(offer_id=mug.offer_id, quantity=3))
    await cancel(room, placed.order_id, (1, 2))
    assert (await room.level(mug)).reserved == 1
    await cancel(room, placed.order_id)
    level = await room.level(mug)
    assert (level.reserved, level.available) == (0, 10)
    shown = await room.queries.order(order_id=placed.order_id, principal=storefront_context().principal)
    assert shown.state == OrderLineState.CANCELED
    assert shown.purchase_orders[0].state == PurchaseOrderState.CANCELED
    with pytest.raises(CancellationRefused):
        await cancel(room, placed.order_id)
    with pytest.raises(AcknowledgmentRefused):
        await acknowledge(room, shown.purchase_orders[0].purchase_order_id, ACCEPTED)


async def test_a_cancellation_repeated_with_its_key_cancels_once(room):
    mug = await room.stock(on_hand=10)
    placed = await room.place(make_line(offer_id=mug.offer_id, quantity=3))
    for _ in range(3):
        await cancel(room, placed.order_id, (1, 1), key="once")
    assert (await room.level(mug)).reserved == 2


async def test_what_was_shipped_cannot_be_canceled(room):
    identifier = await placed_mug(room, quantity=3)
    await acknowledge(room, identifier, ACCEPTED)
    await ship(room, identifier, (1, 2))
    order, _ = await room.whole()
    with pytest.raises(CancellationRefused) as raised:
        await cancel(room, order.order_id, (1, 2))
    assert raised.value.findings[0].code == "shipped"
    await cancel(room, order.order_id, (1, 1))
    _, purchase_orders = await room.whole()
    assert purchase_orders[0].state == PurchaseOrderState.SHIPPED


@pytest.mark.parametrize("lines", [[(7, 1)], [(1, 1), (1, 1)]])
async def test_a_cancellation_of_a_line_that_is_not_there_or_twice_is_refused(room, lines):
    await placed_mug(room)
    order, _ = await room.whole()
    with pytest.raises(CancellationRefused):
        await cancel(room, order.order_id, *lines)


async def test_another_storefronts_order_is_unknown(room):
    await placed_mug(room)
    order, _ = await room.whole()
    stranger = storefront_context(subject_id="sto_other")
    with pytest.raises(OrderUnknown):
        await cancel(room, order.order_id, context=stranger)
    with pytest.raises(OrderUnknown):
        await room.queries.order(order_id=order.order_id, principal=stranger.principal)


async def test_shipping_and_canceling_at_once_end_in_one_truth(room):
    mug = await room.stock(on_hand=100)
    for number in range(20):
        placed = await room.place(make_line(offer_id=mug.offer_id), reference=f"R-{number}")
        identifier = placed.purchase_orders[0].purchase_order_id
        await acknowledge(room, identifier, ACCEPTED)
        both = await asyncio.gather(ship(room, identifier), cancel(room, placed.order_id), return_exceptions=True)
        assert sum(isinstance(one, OpenAisleError) for one in both) == 1
    level = await room.level(mug)
    assert level.reserved == 0


async def test_an_unanswered_purchase_order_expires_at_its_deadline_and_not_before(room):
    mug = await room.stock(on_hand=10)
    placed = await room.place(make_line(offer_id=mug.offer_id))
    timer = acknowledgment_timer(use_cases=room.purchase_orders)

    async def due():
        page = await room.table.query(partition=f"DUE#{ACKNOWLEDGMENT_TOPIC}", index=Index.DUE)
        return page.items

    items = await due()
    await timer.handle(items, NOON + timedelta(minutes=59))
    assert (await room.level(mug)).reserved == 1
    await timer.handle(items, NOON + timedelta(minutes=60))
    await timer.handle(items, NOON + timedelta(minutes=61))
    _, purchase_orders = await room.whole()
    assert purchase_orders[0].state == PurchaseOrderState.EXPIRED
    assert (await room.level(mug)).reserved == 0
    assert await due() == []
    with pytest.raises(AcknowledgmentRefused):
        await acknowledge(room, placed.purchase_orders[0].purchase_order_id, ACCEPTED)


async def test_a_refused_line_goes_to_others_until_nobody_is_left_and_is_then_canceled_with_notice(room):
    mug = await room.stock(supplier_id="sup_a", price_minor=100)
    for supplier_id, price_minor in (("sup_b", 300), ("sup_c", 200)):
        await room.stock(supplier_id=supplier_id, product_id=mug.product_id, price_minor=price_minor)
    placed = await room.place(make_line(offer_id=mug.offer_id, shipping_minor=50))
    asked = []
    for _ in range(4):
        _, purchase_orders = await room.whole()
        latest = purchase_orders[-1]
        asked.append(latest.supplier_id)
        assert latest.lines[0].shipping_minor == 50
        await acknowledge(room, latest.purchase_order_id, REJECTED, scope=None)
        for _ in range(2):
            await room.orders.allocate_again(order_ids=[placed.order_id], context=make_context())
        if len((await room.whole())[1]) == len(purchase_orders):
            break
    assert asked == ["sup_a", "sup_c", "sup_b"]
    order, purchase_orders = await room.whole()
    assert [one.reason for one in order.cancellations] == ["refused_too_often"]
    assert line_progress(order=order, purchase_orders=purchase_orders)[1].state == OrderLineState.CANCELED
    verdicts = {one.offer_id: one.verdict for one in order.allocations[1].lines[0].assessments}
    assert verdicts[mug.offer_id] == "refused_before"


async def test_a_fixed_offer_stays_fixed_where_the_operator_wants_it_so(table):
    room = OrderRoom(table=table, policy=OrderPolicy(reallocate_fixed_offers=False))
    mug = await room.stock(supplier_id="sup_a")
    await room.stock(supplier_id="sup_b", product_id=mug.product_id)
    placed = await room.place(make_line(offer_id=mug.offer_id))
    await acknowledge(room, placed.purchase_orders[0].purchase_order_id, REJECTED, scope=None)
    await room.orders.allocate_again(order_ids=[placed.order_id], context=make_context())
    order, purchase_orders = await room.whole()
    assert len(purchase_orders) == 1
    assert order.cancellations[0].quantity == 1


async def test_refused_lines_of_many_orders_never_take_the_same_last_unit(room):
    mug = await room.stock(supplier_id="sup_a", on_hand=10)
    spare = await room.stock(supplier_id="sup_b", product_id=mug.product_id, on_hand=3)
    order_ids = []
    for number in range(10):
        placed = await room.place(make_line(offer_id=mug.offer_id), reference=f"R-{number}")
        order_ids.append(placed.order_id)
        await acknowledge(room, placed.purchase_orders[0].purchase_order_id, REJECTED, scope=None)
    await room.orders.allocate_again(order_ids=order_ids, context=make_context())
    level = await room.level(spare)
    assert (level.reserved, level.available) == (3, 0)
    second = [len((await room.whole(reference=f"R-{number}"))[1]) for number in range(10)]
    assert sorted(second) == [1] * 7 + [2] * 3


async def test_a_date_to_ship_and_a_reason_are_kept_with_the_answer(room):
    identifier = await placed_mug(room)
    line = LineAcknowledgment(line_number=1, decision=ACCEPTED, expected_ship_date="2026-11-25")
    changed = await room.purchase_orders.acknowledge(
        purchase_order_id=identifier,
        acknowledgment=Acknowledgment(lines=[line]),
        context=supplier_context(),
        scope=OWN,
    )
    assert (changed.lines[0].answer, changed.lines[0].expected_ship_date) == (LineAnswer.ACCEPTED, "2026-11-25")
