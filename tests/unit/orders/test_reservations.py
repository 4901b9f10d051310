from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest

from openaisle.inventory.model import InsufficientStock
from openaisle.inventory.reservations.commands import NewReservation, NewReservationLine
from openaisle.inventory.reservations.model import (
    MAXIMUM_HOLDS,
    ReservationKeyReused,
    ReservationLinesInvalid,
    ReservationNotSellable,
    ReservationOver,
    ReservationState,
    ReservationUnknown,
)
from openaisle.inventory.reservations.repository import EXPIRY_TOPIC, RESERVATIONS, reservation_key
from openaisle.inventory.reservations.use_cases import Reservations
from openaisle.inventory.use_cases import StockRow, StockUseCases
from openaisle.kernel.context import Role, SupplierScope
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.table import Index
from openaisle.offers.model import OfferState
from openaisle.orders.commands import Cancellation
from openaisle.orders.model import OrderOfferNotSellable, OrderTooLarge
from tests.factories.contexts import NOON, make_context
from tests.factories.orders import OrderRoom, make_line, make_new_order, storefront_context

LATER = NOON + timedelta(minutes=5)
OVER = NOON + timedelta(minutes=10)


@pytest.fixture
def reservations(room: OrderRoom) -> Reservations:
    return Reservations(table=room.table, inventory=room.inventory)


def wanted(*lines: NewReservationLine, seconds: int = 600, currency: str | None = None) -> NewReservation:
    return NewReservation(lines=list(lines), seconds=seconds, currency=currency)


def of(quantity: int = 1, **named: str) -> NewReservationLine:
    return NewReservationLine(quantity=quantity, **named)


async def hold(reservations: Reservations, *lines: NewReservationLine, key: str = "h", **given):
    return await reservations.hold(wanted=wanted(*lines, **given), key=key, context=storefront_context())


async def buy(room: OrderRoom, *lines, reservation_id: str, reference: str = "R-1", at=LATER):
    order = msgspec.structs.replace(make_new_order(lines=lines, reference=reference), reservation_id=reservation_id)
    return await room.orders.place(order=order, key=f"key-{reference}", context=storefront_context(at=at))


async def numbers(room: OrderRoom, mug, *, location: str = "default") -> tuple[int, int, int]:
    level = await room.level(mug, location=location)
    assert level.available == level.on_hand - level.reserved - level.safety_stock
    return (level.reserved, level.held, level.available)


async def state_of(reservations: Reservations, reservation_id: str) -> ReservationState:
    found = await reservations.one(reservation_id=reservation_id, principal=storefront_context().principal)
    return found.state


# Holding.


async def test_what_is_held_nobody_else_can_buy(room, reservations):
    mug = await room.stock(on_hand=5)
    held = await hold(reservations, of(4, offer_id=mug.offer_id))
    assert held.state is ReservationState.HELD
    assert held.expires_at == NOON + timedelta(seconds=600)
    assert await numbers(room, mug) == (4, 4, 1)
    with pytest.raises(InsufficientStock):
        await room.place(make_line(offer_id=mug.offer_id, quantity=2))


async def test_the_same_request_twice_holds_once_and_another_under_its_key_is_refused(room, reservations):
    mug = await room.stock(on_hand=5)
    first, second = await asyncio.gather(*(hold(reservations, of(2, offer_id=mug.offer_id)) for _ in range(2)))
    assert first == second
    assert await numbers(room, mug) == (2, 2, 3)
    with pytest.raises(ReservationKeyReused):
        await hold(reservations, of(3, offer_id=mug.offer_id))


async def test_a_product_holds_its_cheapest_offer_that_has_enough(room, reservations):
    cheap = await room.stock(supplier_sku="CHEAP", price_minor=900, on_hand=1)
    dear = await room.stock(supplier_sku="DEAR", product_id=cheap.product_id, price_minor=1_500, on_hand=9)
    one = await hold(reservations, of(1, product_id=cheap.product_id), key="one")
    assert one.holds[0].offer_id == cheap.offer_id
    three = await hold(reservations, of(3, product_id=cheap.product_id), key="three")
    assert three.holds[0].offer_id == dear.offer_id


async def test_one_location_holds_a_line_whole_where_one_has_enough(room, reservations):
    mug = await room.stock(locations={"north": 3, "south": 5})
    whole = await hold(reservations, of(4, offer_id=mug.offer_id), key="whole")
    assert [(one.location, one.quantity) for one in whole.holds] == [("south", 4)]
    parts = await hold(reservations, of(4, offer_id=mug.offer_id), key="parts")
    assert [(one.location, one.quantity) for one in parts.holds] == [("north", 3), ("south", 1)]


async def test_all_lines_are_held_or_none(room, reservations):
    good = await room.stock(supplier_sku="GOOD")
    short = await room.stock(supplier_sku="SHORT", on_hand=1)
    with pytest.raises(InsufficientStock) as raised:
        await hold(reservations, of(1, offer_id=good.offer_id), of(2, offer_id=short.offer_id))
    assert [one.pointer for one in raised.value.findings] == ["/lines/1/offer_id"]
    assert await numbers(room, good) == (0, 0, 10)


async def test_two_lines_of_one_offer_are_counted_together(room, reservations):
    mug = await room.stock(on_hand=3)
    with pytest.raises(InsufficientStock):
        await hold(reservations, of(2, offer_id=mug.offer_id), of(2, offer_id=mug.offer_id))
    await hold(reservations, of(2, offer_id=mug.offer_id), of(1, offer_id=mug.offer_id))
    assert await numbers(room, mug) == (3, 3, 0)


async def test_what_cannot_be_held_is_told_with_its_reason(room, reservations):
    paused = await room.stock(supplier_sku="PAUSED", state=OfferState.PAUSED)
    dollars = await room.stock(supplier_sku="DOLLARS", currency="USD")
    with pytest.raises(ReservationNotSellable):
        await hold(reservations, of(1, offer_id=paused.offer_id))
    with pytest.raises(ReservationLinesInvalid):
        await hold(reservations, of(1, offer_id="off_unknown"))
    with pytest.raises(ReservationLinesInvalid):
        await hold(reservations, NewReservationLine(quantity=1))
    with pytest.raises(ReservationNotSellable):
        await hold(reservations, of(1, offer_id=dollars.offer_id), currency="EUR")


# Its end.


async def test_a_released_reservation_gives_everything_back_once(room, reservations):
    mug = await room.stock(on_hand=5)
    held = await hold(reservations, of(4, offer_id=mug.offer_id))
    for _ in range(2):
        context = storefront_context()
        ended = await reservations.release(reservation_id=held.reservation_id, context=context)
        assert ended.state is ReservationState.RELEASED
    assert await numbers(room, mug) == (0, 0, 5)


async def test_another_storefront_knows_nothing_of_it_and_the_operator_does(room, reservations):
    mug = await room.stock()
    held = await hold(reservations, of(4, offer_id=mug.offer_id))
    stranger = storefront_context(subject_id="sto_other")
    with pytest.raises(ReservationUnknown):
        await reservations.release(reservation_id=held.reservation_id, context=stranger)
    order = msgspec.structs.replace(
        make_new_order(lines=[make_line(offer_id=mug.offer_id)]), reservation_id=held.reservation_id
    )
    with pytest.raises(ReservationUnknown):
        await room.orders.place(order=order, key="k", context=stranger)
    operator = make_context(role=Role.OPERATOR)
    assert (await reservations.release(reservation_id=held.reservation_id, context=operator)).ended_at == operator.at


async def test_a_timer_ends_what_nobody_ordered_in_time_once(room, reservations):
    mug = await room.stock(on_hand=5)
    held = await hold(reservations, of(4, offer_id=mug.offer_id))
    page = await room.table.query(partition=f"DUE#{EXPIRY_TOPIC}", index=Index.DUE)
    timer = reservations.timer()
    await timer.handle(page.items, LATER)
    assert await numbers(room, mug) == (4, 4, 1)
    for _ in range(2):
        await timer.handle(page.items, OVER)
    assert await numbers(room, mug) == (0, 0, 5)
    assert await state_of(reservations, held.reservation_id) is ReservationState.EXPIRED
    assert not (await room.table.query(partition=f"DUE#{EXPIRY_TOPIC}", index=Index.DUE)).items


async def test_what_is_over_in_time_serves_no_order_also_before_the_timer_comes(room, reservations):
    mug = await room.stock(on_hand=5)
    held = await hold(reservations, of(4, offer_id=mug.offer_id))
    with pytest.raises(ReservationOver):
        await buy(room, make_line(offer_id=mug.offer_id), reservation_id=held.reservation_id, at=OVER)


# Orders that use it.


async def test_an_order_takes_what_is_held_and_gives_back_the_rest_in_one_commit(room, reservations):
    mug = await room.stock(on_hand=5)
    jug = await room.stock(supplier_sku="JUG", on_hand=2)
    held = await hold(reservations, of(5, offer_id=mug.offer_id), of(2, offer_id=jug.offer_id))
    await buy(room, make_line(offer_id=mug.offer_id, quantity=3), reservation_id=held.reservation_id)
    assert await numbers(room, mug) == (3, 0, 2)
    assert await numbers(room, jug) == (0, 0, 2)
    found = await reservations.one(reservation_id=held.reservation_id, principal=storefront_context().principal)
    order, _ = await room.whole()
    assert (found.state, found.order_id) == (ReservationState.COMMITTED, order.order_id)
    with pytest.raises(ReservationOver):
        await reservations.release(reservation_id=held.reservation_id, context=storefront_context())


async def test_an_order_may_take_more_than_is_held(room, reservations):
    mug = await room.stock(on_hand=5)
    held = await hold(reservations, of(2, offer_id=mug.offer_id))
    await buy(room, make_line(offer_id=mug.offer_id, quantity=4), reservation_id=held.reservation_id)
    assert await numbers(room, mug) == (4, 0, 1)


async def test_a_line_of_a_product_is_filled_by_the_offer_that_is_held_for_it(room, reservations):
    held_offer = await room.stock(supplier_sku="HELD", price_minor=1_500)
    held = await hold(reservations, of(2, product_id=held_offer.product_id))
    await room.stock(supplier_sku="CHEAPER", product_id=held_offer.product_id, price_minor=500)
    await buy(room, make_line(product_id=held_offer.product_id, quantity=2), reservation_id=held.reservation_id)
    _, (purchase_order,) = await room.whole()
    assert purchase_order.lines[0].offer_id == held_offer.offer_id


async def test_an_order_that_cannot_be_filled_leaves_the_reservation_as_it_was(room, reservations):
    mug = await room.stock(on_hand=5)
    paused = await room.stock(supplier_sku="PAUSED", state=OfferState.PAUSED)
    held = await hold(reservations, of(4, offer_id=mug.offer_id))
    lines = [make_line(offer_id=mug.offer_id, quantity=4), make_line(offer_id=paused.offer_id)]
    with pytest.raises(OrderOfferNotSellable):
        await buy(room, *lines, reservation_id=held.reservation_id)
    assert await numbers(room, mug) == (4, 4, 1)
    assert await state_of(reservations, held.reservation_id) is ReservationState.HELD


async def test_the_same_order_again_gets_its_answer_and_another_order_gets_nothing(room, reservations):
    mug = await room.stock(on_hand=5)
    held = await hold(reservations, of(4, offer_id=mug.offer_id))
    line = make_line(offer_id=mug.offer_id, quantity=4)
    first = await buy(room, line, reservation_id=held.reservation_id)
    again = await buy(room, line, reservation_id=held.reservation_id, at=OVER)
    assert (again.body, again.replayed) == (first.body, True)
    with pytest.raises(ReservationOver):
        await buy(room, line, reservation_id=held.reservation_id, reference="R-2")
    assert await numbers(room, mug) == (4, 0, 1)


async def test_an_order_its_release_and_its_expiry_at_once_end_it_one_way(room, reservations):
    for number in range(10):
        mug = await room.stock(supplier_sku=f"MUG-{number}", on_hand=5)
        held = await hold(reservations, of(5, offer_id=mug.offer_id), key=f"h{number}")
        line = make_line(offer_id=mug.offer_id, quantity=5)
        outcomes = await asyncio.gather(
            buy(room, line, reservation_id=held.reservation_id, reference=f"A-{number}"),
            buy(room, line, reservation_id=held.reservation_id, reference=f"B-{number}"),
            reservations.release(reservation_id=held.reservation_id, context=storefront_context()),
            reservations.expire(reservation_id=held.reservation_id, context=make_context(at=OVER)),
            return_exceptions=True,
        )
        placed = sum(not isinstance(one, BaseException) for one in outcomes[:2])
        state = await state_of(reservations, held.reservation_id)
        assert placed <= 1
        assert (state is ReservationState.COMMITTED) == bool(placed)
        assert await numbers(room, mug) == ((5, 0, 0) if placed else (0, 0, 5))


async def test_a_canceled_order_gives_back_what_came_from_a_reservation(room, reservations):
    mug = await room.stock(on_hand=5)
    held = await hold(reservations, of(4, offer_id=mug.offer_id))
    await buy(room, make_line(offer_id=mug.offer_id, quantity=4), reservation_id=held.reservation_id)
    order, _ = await room.whole()
    context = storefront_context(at=LATER)
    await room.orders.cancel(order_id=order.order_id, cancellation=Cancellation(), key="c", context=context)
    assert await numbers(room, mug) == (0, 0, 5)


async def test_the_widest_reservation_can_be_held_used_and_given_back(room, reservations):
    offers = [await room.stock(supplier_sku=f"WIDE-{number}") for number in range(MAXIMUM_HOLDS)]
    held = await hold(reservations, *(of(1, offer_id=one.offer_id) for one in offers))
    lines = [make_line(offer_id=one.offer_id) for one in offers]
    await buy(room, *lines, reservation_id=held.reservation_id)
    assert await numbers(room, offers[-1]) == (1, 0, 9)
    again = await hold(reservations, *(of(1, offer_id=one.offer_id) for one in offers), key="again")
    other = [await room.stock(supplier_sku=f"OTHER-{number}") for number in range(20)]
    lines = [make_line(offer_id=one.offer_id) for one in other]
    with pytest.raises(OrderTooLarge):
        await buy(room, *lines, reservation_id=again.reservation_id, reference="R-2")
    assert await state_of(reservations, again.reservation_id) is ReservationState.HELD


# Many at once.


async def test_a_thousand_orders_at_once_for_a_hundred_units_sell_exactly_a_hundred(room):
    mug = await room.stock(on_hand=100)

    async def bought(number: int) -> bool:
        try:
            await room.place(make_line(offer_id=mug.offer_id), reference=f"R-{number}")
        except InsufficientStock:
            return False
        return True

    assert sum(await asyncio.gather(*(bought(number) for number in range(1_000)))) == 100
    assert await numbers(room, mug) == (100, 0, 0)


async def test_orders_and_holds_that_compete_sell_and_hold_exactly_a_hundred(room, reservations):
    mug = await room.stock(on_hand=100)

    async def taken(number: int) -> str:
        try:
            if number % 2:
                await room.place(make_line(offer_id=mug.offer_id), reference=f"R-{number}")
                return "sold"
            one = await hold(reservations, of(1, offer_id=mug.offer_id), key=f"h{number}")
            if number % 4:
                return "held"
            line = make_line(offer_id=mug.offer_id)
            await buy(room, line, reservation_id=one.reservation_id, reference=f"H-{number}")
        except InsufficientStock:
            return "refused"
        return "sold"

    outcomes = await asyncio.gather(*(taken(number) for number in range(1_000)))
    sold, held = outcomes.count("sold"), outcomes.count("held")
    assert sold + held == 100
    assert held
    assert await numbers(room, mug) == (100, held, 0)


# Safety stock.


async def test_the_safety_stock_is_never_sold_nor_held(room, reservations):
    mug = await room.stock(on_hand=10)
    stock = StockUseCases(table=room.table)
    await stock.set_safety_stock(
        offer_id=mug.offer_id, location="default", safety_stock=8, scope=None, context=make_context()
    )
    assert await numbers(room, mug) == (0, 0, 2)
    for attempt in (
        room.place(make_line(offer_id=mug.offer_id, quantity=3)),
        hold(reservations, of(3, offer_id=mug.offer_id)),
    ):
        with pytest.raises(InsufficientStock):
            await attempt
    await room.place(make_line(offer_id=mug.offer_id, quantity=2), reference="R-2")
    assert await numbers(room, mug) == (2, 0, 0)


async def test_what_is_held_stays_the_orders_when_the_safety_stock_is_raised_over_it(room, reservations):
    mug = await room.stock(on_hand=10)
    held = await hold(reservations, of(6, offer_id=mug.offer_id))
    stock = StockUseCases(table=room.table)
    await stock.set_safety_stock(
        offer_id=mug.offer_id, location="default", safety_stock=9, scope=None, context=make_context()
    )
    assert await numbers(room, mug) == (6, 6, -5)
    with pytest.raises(InsufficientStock):
        await buy(room, make_line(offer_id=mug.offer_id, quantity=7), reservation_id=held.reservation_id)
    await buy(room, make_line(offer_id=mug.offer_id, quantity=6), reservation_id=held.reservation_id, reference="R-2")
    assert await numbers(room, mug) == (6, 0, -5)


async def test_a_told_stock_keeps_the_safety_stock_or_sets_it(room):
    mug = await room.stock(on_hand=10)
    stock = StockUseCases(table=room.table)
    scope = SupplierScope(supplier_id=mug.supplier_id)

    async def told(**given: int):
        row = StockRow(supplier_sku=mug.supplier_sku, location="default", **given)
        return (await stock.set_on_hand(scope=scope, rows=[row], context=make_context()))[0]

    assert (await told(on_hand=10, safety_stock=4)).available == 6
    kept = await told(on_hand=7)
    assert (kept.available, kept.safety_stock) == (3, 4)
    below = await told(on_hand=2)
    assert (below.available, (await room.level(mug)).available) == (0, -2)
    assert (await told(on_hand=2, safety_stock=-1)).findings[0].code == "quantity_invalid"
    assert (await told(on_hand=2, safety_stock=0)).available == 2


async def test_only_the_supplier_itself_and_the_operator_set_a_safety_stock(room):
    mug = await room.stock(on_hand=10)
    stock = StockUseCases(table=room.table)
    for given, code in (
        ({"scope": SupplierScope(supplier_id="sup_other")}, "stock-level-unknown"),
        ({"scope": None, "location": "nowhere"}, "stock-level-unknown"),
        ({"scope": None, "safety_stock": -1}, "quantity-invalid"),
    ):
        facts = {"offer_id": mug.offer_id, "location": "default", "safety_stock": 1} | given
        with pytest.raises(OpenAisleError) as raised:
            await stock.set_safety_stock(context=make_context(), **facts)
        assert raised.value.code == code
    assert await numbers(room, mug) == (0, 0, 10)


async def test_an_ended_reservation_is_forgotten_and_a_held_one_never(room, reservations):
    mug = await room.stock()
    held = await hold(reservations, of(1, offer_id=mug.offer_id))
    put = RESERVATIONS.create(held)
    assert put.expires_at is None
    ended = await reservations.release(reservation_id=held.reservation_id, context=storefront_context())
    assert RESERVATIONS.create(ended).expires_at is not None
    assert (await room.table.get(key=reservation_key(reservation_id=held.reservation_id))) is not None
