"""Shipments: packages, serial numbers, deadlines, loss, and what is refused by its own name."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.table import Index
from openaisle.orders.commands import (
    Cancellation,
    LineToCancel,
    LineToShip,
    NewDelivery,
    ShipmentItem,
)
from openaisle.orders.model import line_progress
from openaisle.orders.purchase_order import (
    PurchaseOrderState,
    ShippedAfterCancellation,
    ShippedBeforeAccepting,
    ShippedTooMuch,
    TrackingNumberInvalid,
)
from openaisle.orders.purchase_order_use_cases import PurchaseOrderUseCases
from openaisle.orders.repository import SHIPPING_TOPIC
from openaisle.orders.shipment import DeliveryDateInvalid
from openaisle.orders.shipping.contents import PackagesInvalid, SerialNumbersInvalid
from openaisle.orders.shipping.model import TrackingState
from openaisle.orders.shipping.policy import ShippingPolicy
from openaisle.orders.shipping.serials import SerialNumberTaken, shipped_serial
from openaisle.orders.workflow import shipping_timer
from tests.factories.contexts import NOON
from tests.factories.orders import OrderRoom, make_line, storefront_context
from tests.factories.shipping import Desk, packed, serials

SSCC = "006141411234567890"


async def accepted(room: OrderRoom, *, quantity: int = 4, reference: str = "R-1", sku: str = "MUG") -> str:
    known = getattr(room, "mugs", {})
    if sku not in known:
        known[sku] = await room.stock(supplier_sku=sku, on_hand=50)
        room.mugs = known
    placed = await room.place(make_line(offer_id=known[sku].offer_id, quantity=quantity), reference=reference)
    purchase_order_id = placed.purchase_orders[0].purchase_order_id
    await Desk(room=room).answer(purchase_order_id, "accepted")
    return purchase_order_id


async def test_a_shipment_in_packages_is_announced_with_them(room):
    purchase_order_id = await accepted(room)
    packages = [packed(3, sscc=SSCC, weight_grams=900, length_mm=300), packed(1, tracking_number="1Z879E930346834440")]
    changed = await Desk(room=room).ship(purchase_order_id, packages=packages, service="Ground")
    (shipment,) = changed.shipments
    assert (changed.state, shipment.lines[0].quantity) == (PurchaseOrderState.SHIPPED, 4)
    assert shipment.tracking_state is TrackingState.VERIFIED
    assert [one.tracking_state for one in shipment.packages] == [TrackingState.MISSING, TrackingState.VERIFIED]
    told = [event for change in await room.table.read(after=0, limit=1_000) for event in change.events]
    (event,) = [one for one in told if one.type == "purchase_order.shipped"]
    for part in (b'"tracking_state":"verified"', b"https://www.ups.com/", SSCC.encode(), b'"deliver_by":"2026-11-29'):
        assert part in bytes(event.data)
    assert await Desk(room=room).ship(purchase_order_id, packages=packages, service="Ground") == changed


async def test_packages_tell_which_lines_leave(room):
    purchase_order_id = await accepted(room)
    changed = await Desk(room=room).ship(purchase_order_id, packages=[packed(1), packed(1)])
    assert (changed.state, changed.lines[0].open_quantity) == (PurchaseOrderState.PARTIALLY_SHIPPED, 2)


@pytest.mark.parametrize(
    ("lines", "packages"),
    [
        ([(1, 4)], [packed(3)]),
        ([], [packed(1, sscc="006141411234567891")]),
    ],
)
async def test_packages_that_do_not_make_the_shipment_are_refused(room, lines, packages):
    purchase_order_id = await accepted(room)
    with pytest.raises(PackagesInvalid):
        await Desk(room=room).ship(purchase_order_id, *lines, packages=packages)
    _, (own,) = await room.whole()
    assert own.shipments == ()


async def test_a_serial_number_leaves_once_for_a_product_of_a_supplier(room):
    first = await accepted(room)
    await Desk(room=room).ship(first, (1, 2), serials=serials("s-1", "S-2"))
    kept = await shipped_serial(
        table=room.table,
        supplier_id="sup_bergmann",
        product_id=room.mugs["MUG"].product_id,
        serial_number="S-1",
    )
    assert kept.purchase_order_id == first
    with pytest.raises(SerialNumberTaken, match="S-2"):
        await Desk(room=room).ship(first, (1, 1), serials=serials("s-2"), number="1Z879E930346834440")
    second = await accepted(room, reference="R-2")
    with pytest.raises(SerialNumberTaken):
        await Desk(room=room).ship(second, serials=serials("S-1"))
    other = await accepted(room, reference="R-3", sku="CUP")
    changed = await Desk(room=room).ship(other, serials=serials("S-1"))
    assert changed.shipments[0].serials[0].serial_numbers == ("S-1",)
    _, (own,) = await room.whole(reference="R-2")
    assert (own.shipments, own.history[-1].action) == ((), "refused")


@pytest.mark.parametrize("numbers", [("A", "B", "C", "D", "E"), ("A", "a"), tuple(str(one) for one in range(90))])
async def test_serial_numbers_fit_the_units_and_one_commit(room, numbers):
    purchase_order_id = await accepted(room)
    with pytest.raises(SerialNumbersInvalid):
        await Desk(room=room).ship(purchase_order_id, serials=serials(*numbers))


async def test_a_serial_number_named_twice_in_a_batch_is_refused_where_it_comes_second(room):
    desk = Desk(room=room)
    ids = [await accepted(room, reference=f"R-{number}") for number in range(3)]
    items = [
        ShipmentItem(
            purchase_order_id=one, carrier="UPS", tracking_number=f"1Z-{position}", lines=[], serials=serials(serial)
        )
        for position, (one, serial) in enumerate(zip([*ids, ids[2]], ["X", "X", "Y", "Y"], strict=True))
    ]
    items[2] = ShipmentItem(
        purchase_order_id=ids[2],
        carrier="UPS",
        tracking_number="1Z-2",
        lines=[LineToShip(line_number=1, quantity=1)],
        serials=serials("Y"),
    )
    outcomes = await room.purchase_orders.ship_many(shipments=items, context=desk.context, scope=desk.scope)
    assert [None if one.error is None else one.error.code for one in outcomes] == [
        None,
        "serial-number-taken",
        None,
        "serial-number-taken",
    ]


async def test_more_than_was_ordered_too_early_or_after_a_cancellation_is_refused_by_its_name_and_noted(room):
    desk = Desk(room=room)
    mug = await room.stock(supplier_sku="MUG", on_hand=50)
    placed = await room.place(make_line(offer_id=mug.offer_id, quantity=2))
    purchase_order_id = placed.purchase_orders[0].purchase_order_id
    for lines in ([], [(1, 1)]):
        with pytest.raises(ShippedBeforeAccepting):
            await desk.ship(purchase_order_id, *lines)
    await desk.answer(purchase_order_id, "accepted")
    with pytest.raises(ShippedTooMuch):
        await desk.ship(purchase_order_id, (1, 3))
    order, _ = await room.whole()
    await room.orders.cancel(
        order_id=order.order_id, cancellation=Cancellation(reason="no"), key="", context=storefront_context()
    )
    for lines in ([], [(1, 1)]):
        with pytest.raises(ShippedAfterCancellation):
            await desk.ship(purchase_order_id, *lines)
    _, (own,) = await room.whole()
    told = [entry.note.partition(":")[0] for entry in own.history if entry.action == "refused"]
    assert list(dict.fromkeys(told)) == [
        "shipped-before-accepting",
        "shipped-too-much",
        "shipped-after-cancellation",
    ]
    level = await room.level(mug)
    assert (level.on_hand, level.reserved) == (50, 0)


async def test_an_invalid_tracking_number_is_shown_or_refused_as_the_operator_wants(room):
    purchase_order_id = await accepted(room)
    changed = await Desk(room=room).ship(purchase_order_id, (1, 1), number="1Z1111111111111111")
    assert changed.shipments[0].tracking_state is TrackingState.INVALID
    policy = ShippingPolicy(refuse_invalid_tracking=True)
    room.purchase_orders = PurchaseOrderUseCases(table=room.table, offers=room.inventory, policy=policy)
    with pytest.raises(TrackingNumberInvalid):
        await Desk(room=room).ship(purchase_order_id, number="1Z1111111111111112")


@pytest.mark.parametrize("day", ["2026-13-01", "2026-11-01", "2028-01-01"])
async def test_a_day_of_arrival_is_one_that_can_be(room, day):
    purchase_order_id = await accepted(room)
    with pytest.raises(DeliveryDateInvalid):
        await Desk(room=room).ship(purchase_order_id, expected_delivery_date=day)


async def run_timer(room: OrderRoom, **later: float) -> list[str]:
    page = await room.table.query(partition=f"DUE#{SHIPPING_TOPIC}", index=Index.DUE)
    now = NOON + timedelta(**later)
    await shipping_timer(use_cases=room.purchase_orders).handle(page.items, now)
    changes = await room.table.read(after=0, limit=1_000)
    return [event.type for change in changes for event in change.events]


async def test_what_has_not_left_in_time_is_late_once_and_can_still_leave(room):
    purchase_order_id = await accepted(room)
    assert "purchase_order.late" not in await run_timer(room, days=3)
    for days in (3.2, 4):
        assert (await run_timer(room, days=days)).count("purchase_order.late") == 1
    assert (await room.queries.purchase_order(purchase_order_id=purchase_order_id)).lines[0].is_late
    assert (await room.table.query(partition=f"DUE#{SHIPPING_TOPIC}", index=Index.DUE)).items == []
    await Desk(room=room).after(days=5).ship(purchase_order_id)
    shown = await room.queries.purchase_order(purchase_order_id=purchase_order_id)
    assert not shown.lines[0].is_late


async def test_a_back_ordered_line_is_late_only_after_its_own_day(room):
    mug = await room.stock(supplier_sku="MUG", on_hand=50)
    placed = await room.place(make_line(offer_id=mug.offer_id, quantity=2))
    purchase_order_id = placed.purchase_orders[0].purchase_order_id
    await Desk(room=room).answer(purchase_order_id, "back_ordered", expected_ship_date="2026-12-10")
    assert "purchase_order.late" not in await run_timer(room, days=15)
    assert "purchase_order.late" in await run_timer(room, days=19)


async def test_a_shipment_is_late_then_lost_and_delivered_if_it_comes_after_all(room):
    purchase_order_id = await accepted(room)
    await Desk(room=room).ship(purchase_order_id)
    # The day that was promised ends last on earth at noon of the next.
    assert "purchase_order.delivery_late" not in await run_timer(room, days=5)
    assert "purchase_order.delivery_late" in await run_timer(room, days=6)
    shown = (await room.queries.purchase_order(purchase_order_id=purchase_order_id)).shipments[0]
    assert (shown.is_late, shown.is_lost) == (True, False)
    assert "purchase_order.shipment_lost" not in await run_timer(room, days=23)
    assert (await run_timer(room, days=24)).count("purchase_order.shipment_lost") == 1
    assert (await run_timer(room, days=40)).count("purchase_order.shipment_lost") == 1
    desk = Desk(room=room).after(days=50)
    await room.purchase_orders.deliver(
        purchase_order_id=purchase_order_id, delivery=NewDelivery(), context=desk.context, scope=desk.scope
    )
    found = await room.queries.purchase_order(purchase_order_id=purchase_order_id)
    assert (found.state, found.shipments[0].is_lost) == (PurchaseOrderState.DELIVERED, False)


async def test_the_day_promised_by_allocation_is_kept_and_shown_and_parcels_should_arrive_on_it(room):
    purchase_order_id = await accepted(room)
    shipped = await Desk(room=room).ship(purchase_order_id)
    assert shipped.lines[0].promised_on == "2026-11-28"
    assert shipped.shipments[0].deliver_by.startswith("2026-11-29T11:59:59")


async def test_what_leaves_after_the_promised_day_has_the_operators_period(room):
    purchase_order_id = await accepted(room)
    shipped = await Desk(room=room).after(days=6).ship(purchase_order_id)
    assert shipped.shipments[0].deliver_by.startswith("2026-12-09")


async def test_a_told_day_of_arrival_counts_instead_of_the_operators_period(room):
    purchase_order_id = await accepted(room)
    await Desk(room=room).ship(purchase_order_id, expected_delivery_date="2026-11-25")
    assert "purchase_order.delivery_late" in await run_timer(room, days=3)


ACTS = st.lists(
    st.sampled_from(["ship one", "ship all", "cancel one", "cancel all", "take back", "deliver", "put off"]),
    min_size=2,
    max_size=7,
)


@settings(max_examples=40, deadline=None)
@given(acts=ACTS)
def test_whatever_races_with_shipping_ends_in_one_truth(acts):
    async def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            table = LocalTable(path=Path(folder) / "store.db", clock=SystemClock(), durable=False)
            try:
                await _raced(OrderRoom(table=table), acts)
            finally:
                await table.close()

    asyncio.run(run())


async def _raced(room: OrderRoom, acts: list[str]) -> None:
    purchase_order_id = await accepted(room)
    order, _ = await room.whole()
    desk = Desk(room=room)

    async def act(position: int, name: str) -> None:
        lines = [(1, 1)] if name.endswith("one") else []
        if name.startswith("ship"):
            await desk.ship(purchase_order_id, *lines, number=f"PARCEL-{position}")
        elif name.startswith("cancel"):
            body = Cancellation(lines=[LineToCancel(line_number=1, quantity=1)] if lines else [], reason="no")
            await room.orders.cancel(
                order_id=order.order_id, cancellation=body, key=str(position), context=storefront_context()
            )
        elif name == "take back":
            await desk.take_back(purchase_order_id, (1, 1))
        elif name == "put off":
            await desk.answer(purchase_order_id, "back_ordered", expected_ship_date="2026-12-01")
        else:
            await room.purchase_orders.deliver(
                purchase_order_id=purchase_order_id, delivery=NewDelivery(), context=desk.context, scope=desk.scope
            )

    results = await asyncio.gather(*(act(position, name) for position, name in enumerate(acts)), return_exceptions=True)
    assert all(one is None or isinstance(one, OpenAisleError) for one in results), results
    order, (own,) = await room.whole()
    (line,) = own.lines
    level = await room.level(room.mugs["MUG"])
    assert line.shipped_quantity == sum(one.lines[0].quantity for one in own.shipments)
    assert line.shipped_quantity + line.canceled_quantity + line.open_quantity == line.quantity
    assert (level.on_hand, level.reserved) == (50 - line.shipped_quantity, line.open_quantity)
    progress = line_progress(order=order, purchase_orders=[own])[1]
    # What is taken back waits for another supplier, unless it was canceled meanwhile.
    assert 0 <= progress.unallocated <= line.withdrawn_quantity
    assert progress.allocated == line.quantity - line.canceled_quantity
    assert own.state is _state(line=line)


def _state(*, line) -> PurchaseOrderState:
    wanted = line.quantity - line.canceled_quantity
    if not wanted:
        return PurchaseOrderState.CANCELED
    if not line.shipped_quantity:
        return PurchaseOrderState.ACCEPTED
    if line.shipped_quantity < wanted:
        return PurchaseOrderState.PARTIALLY_SHIPPED
    return PurchaseOrderState.DELIVERED if line.delivered_quantity == wanted else PurchaseOrderState.SHIPPED


async def test_a_try_that_is_refused_does_not_let_a_supplier_see_the_address_again(room):
    purchase_order_id = await accepted(room)
    order, _ = await room.whole()
    await room.orders.cancel(
        order_id=order.order_id, cancellation=Cancellation(reason="no"), key="", context=storefront_context()
    )
    later = Desk(room=room).after(days=200)
    with pytest.raises(ShippedAfterCancellation):
        await later.ship(purchase_order_id)
    shown = await room.queries.own_purchase_order(
        scope=later.scope, purchase_order_id=purchase_order_id, at=later.at + timedelta(minutes=1)
    )
    assert shown.ship_to is None
