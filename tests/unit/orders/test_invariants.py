"""Whatever suppliers, shoppers and the clock do, in whatever order: nothing is lost, doubled or oversold."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from openaisle.inventory.model import InsufficientStock
from openaisle.kernel.errors import OpenAisleError
from openaisle.orders.commands import (
    Acknowledgment,
    AcknowledgmentDecision,
    Cancellation,
    Consent,
    LineAcknowledgment,
    LineConsent,
    LineToCancel,
    LineToShip,
    NewDelivery,
    NewShipment,
    NewSubstitute,
    Withdrawal,
)
from openaisle.orders.model import OrderLineState, line_progress, order_state
from openaisle.orders.purchase_order import TRANSITIONS, PurchaseOrder, PurchaseOrderLine
from openaisle.orders.purchase_order_use_cases import REFUSED
from tests.factories.contexts import NOON, make_context
from tests.factories.orders import OrderRoom, make_line, storefront_context, supplier_context

NUMBERS = st.integers(0, 11)
LINES = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4)), max_size=2)
# Most acts make sense, so that orders get far; some name lines that are not there or not ready.
ANSWERS = st.lists(st.sampled_from([True, True, True, False, None]), min_size=3, max_size=3)
ACTIONS = st.one_of(
    st.tuples(st.just("answer"), NUMBERS, ANSWERS),
    st.tuples(st.just("answer"), NUMBERS, st.just([True, True, True])),
    st.tuples(st.just("acknowledge"), NUMBERS, st.lists(st.tuples(st.integers(1, 3), st.booleans()), max_size=2)),
    st.tuples(st.just("ship"), NUMBERS, st.just([]), NUMBERS),
    st.tuples(st.just("ship"), NUMBERS, LINES, NUMBERS),
    st.tuples(st.just("deliver"), NUMBERS),
    st.tuples(st.just("put_off"), NUMBERS, st.integers(1, 3), st.sampled_from([0, 3, 30, 40])),
    st.tuples(st.just("substitute"), NUMBERS, st.integers(1, 3), st.sampled_from(["P", "Q", "SKU-1"])),
    st.tuples(st.just("consent"), NUMBERS, st.integers(1, 3), st.booleans()),
    st.tuples(st.just("withdraw"), NUMBERS, LINES),
    st.tuples(st.just("find_late"), st.sampled_from([1, 30])),
    st.tuples(st.just("cancel"), NUMBERS, LINES),
    st.tuples(st.just("expire"), st.sampled_from([10, 61])),
    st.tuples(st.just("allocate_again")),
)


class World:
    """Three suppliers of one product, one of another, and the orders a test placed."""

    def __init__(self, *, folder: Path) -> None:
        self.table = LocalTable(path=folder / "store.db", clock=SystemClock(), durable=False)
        self.room = OrderRoom(table=self.table)
        self.references: list[str] = []
        self.offers = []
        self.at: datetime = NOON

    async def open(self, *, stock: list[int], quantities: list[list[int]]) -> None:
        first = await self.room.stock(supplier_id="sup_a", supplier_sku="P", on_hand=stock[0])
        same = {"product_id": first.product_id}
        second = await self.room.stock(supplier_id="sup_b", locations={"east": stock[1], "west": stock[2]}, **same)
        third = await self.room.stock(supplier_id="sup_c", supplier_sku="P", on_hand=stock[3], **same)
        other = await self.room.stock(supplier_id="sup_a", supplier_sku="Q", on_hand=stock[4])
        self.offers = [(first, "default"), (second, "east"), (second, "west"), (third, "default"), (other, "default")]
        self.bought = {(of.offer_id, location): stock[n] for n, (of, location) in enumerate(self.offers)}
        for number, (fixed, chosen, last) in enumerate(quantities):
            lines = [
                make_line(offer_id=first.offer_id, quantity=fixed, shipping_minor=7),
                make_line(product_id=first.product_id, quantity=chosen, shipping_minor=10),
                make_line(offer_id=other.offer_id, quantity=last),
            ]
            try:
                await self.room.place(*lines, reference=f"R-{number}")
            except InsufficientStock:
                continue
            self.references.append(f"R-{number}")

    async def purchase_orders(self) -> list[PurchaseOrder]:
        found = []
        for reference in self.references:
            found += (await self.room.whole(reference=reference))[1]
        return found

    async def snapshot(self) -> tuple:
        whole = [await self.room.whole(reference=reference) for reference in self.references]
        # What a supplier tried in vain is noted, and nothing else of a refused command is left behind.
        orders = [(order, [without_notes(one) for one in purchase_orders]) for order, purchase_orders in whole]
        levels = [await self.room.level(of, location=location) for of, location in self.offers]
        return orders, levels

    async def act(self, action: tuple) -> None:
        self.at += timedelta(seconds=1)
        name, *details = action
        before = await self.snapshot()
        refused: OpenAisleError | None = None
        try:
            await getattr(self, f"_{name}")(*details)
        except OpenAisleError as error:
            refused = error
        if refused is not None:
            assert refused.status in {409, 422}
            assert await self.snapshot() == before
        event(f"{name} {'done' if refused is None else refused.code}")
        check_transitions(before[0], (await self.snapshot())[0])
        await self.check()

    async def _answer(self, number: int, answers: list[bool | None]) -> None:
        purchase_order = await self._chosen(number)
        if purchase_order is not None:
            waiting = [line.line_number for line in purchase_order.lines if line.answer == "pending"]
            told = [(line, answer) for line, answer in zip(waiting, answers, strict=False) if answer is not None]
            await self._acknowledge(number, told)

    async def _acknowledge(self, number: int, answers: list[tuple[int, bool]]) -> None:
        purchase_order = await self._chosen(number)
        if purchase_order is None or not answers:
            return
        lines = [
            LineAcknowledgment(
                line_number=line,
                decision=AcknowledgmentDecision.ACCEPTED if accepted else AcknowledgmentDecision.REJECTED,
            )
            for line, accepted in answers
        ]
        for _ in range(2):
            await self.room.purchase_orders.acknowledge(
                purchase_order_id=purchase_order.purchase_order_id,
                acknowledgment=Acknowledgment(lines=lines),
                context=supplier_context(at=self.at),
                scope=None,
            )

    async def _put_off(self, number: int, line: int, days: int) -> None:
        day = (self.at + timedelta(days=days)).date().isoformat()
        decision = AcknowledgmentDecision.BACK_ORDERED
        await self._answered(number, LineAcknowledgment(line_number=line, decision=decision, expected_ship_date=day))

    async def _substitute(self, number: int, line: int, sku: str) -> None:
        decision, substitute = AcknowledgmentDecision.SUBSTITUTED, NewSubstitute(supplier_sku=sku)
        await self._answered(number, LineAcknowledgment(line_number=line, decision=decision, substitute=substitute))

    async def _answered(self, number: int, line: LineAcknowledgment) -> None:
        purchase_order = await self._chosen(number)
        if purchase_order is not None:
            for _ in range(2):
                await self.room.purchase_orders.acknowledge(
                    purchase_order_id=purchase_order.purchase_order_id,
                    acknowledgment=Acknowledgment(lines=[line]),
                    context=supplier_context(at=self.at),
                    scope=None,
                )

    async def _consent(self, number: int, line: int, granted: bool) -> None:
        purchase_order = await self._chosen(number)
        if purchase_order is not None:
            for _ in range(2):
                await self.room.purchase_orders.consent(
                    purchase_order_id=purchase_order.purchase_order_id,
                    consent=Consent(lines=[LineConsent(line_number=line, granted=granted)]),
                    context=storefront_context(at=self.at),
                )

    async def _withdraw(self, number: int, lines: list[tuple[int, int]]) -> None:
        purchase_order = await self._chosen(number)
        if purchase_order is not None:
            await self.room.purchase_orders.withdraw(
                purchase_order_id=purchase_order.purchase_order_id,
                withdrawal=Withdrawal(
                    lines=[LineToCancel(line_number=line, quantity=some) for line, some in lines], reason="broken"
                ),
                context=supplier_context(at=self.at),
                scope=None,
            )

    async def _find_late(self, days: int) -> None:
        identifiers = [one.purchase_order_id for one in await self.purchase_orders()]
        context = make_context(at=self.at + timedelta(days=days))
        for outcome in await self.room.purchase_orders.find_late(purchase_order_ids=identifiers, context=context):
            assert outcome.error is None

    async def _ship(self, number: int, lines: list[tuple[int, int]], parcel: int) -> None:
        purchase_order = await self._chosen(number)
        if purchase_order is None:
            return
        shipment = NewShipment(
            carrier="DHL",
            tracking_number=f"PARCEL-{parcel}",
            lines=[LineToShip(line_number=line, quantity=quantity) for line, quantity in lines],
        )
        for _ in range(2):
            await self.room.purchase_orders.ship(
                purchase_order_id=purchase_order.purchase_order_id,
                shipment=shipment,
                context=supplier_context(at=self.at),
                scope=None,
            )

    async def _deliver(self, number: int) -> None:
        purchase_order = await self._chosen(number)
        if purchase_order is not None:
            await self.room.purchase_orders.deliver(
                purchase_order_id=purchase_order.purchase_order_id,
                delivery=NewDelivery(),
                context=supplier_context(at=self.at),
                scope=None,
            )

    async def _cancel(self, number: int, lines: list[tuple[int, int]]) -> None:
        if not self.references:
            return
        order, _ = await self.room.whole(reference=self.references[number % len(self.references)])
        cancellation = Cancellation(lines=[LineToCancel(line_number=line, quantity=some) for line, some in lines])
        for _ in range(2):
            await self.room.orders.cancel(
                order_id=order.order_id,
                cancellation=cancellation,
                key=f"{self.at}",
                context=storefront_context(at=self.at),
            )

    async def _expire(self, minutes: int) -> None:
        identifiers = [one.purchase_order_id for one in await self.purchase_orders()]
        context = make_context(at=self.at + timedelta(minutes=minutes))
        for outcome in await self.room.purchase_orders.expire(purchase_order_ids=identifiers, context=context):
            assert outcome.error is None

    async def _allocate_again(self) -> None:
        order_ids = [(await self.room.whole(reference=reference))[0].order_id for reference in self.references]
        await self.room.orders.allocate_again(order_ids=order_ids, context=make_context(at=self.at))

    async def _chosen(self, number: int) -> PurchaseOrder | None:
        found = await self.purchase_orders()
        return found[number % len(found)] if found else None

    async def check(self) -> None:
        purchase_orders = await self.purchase_orders()
        reserved: dict[tuple[str, str], int] = dict.fromkeys(self.bought, 0)
        shipped: dict[tuple[str, str], int] = dict.fromkeys(self.bought, 0)
        for line in (line for one in purchase_orders for line in one.lines):
            reserved[line.offer_id, line.location] += line.open_quantity
            shipped[line.offer_id, line.location] += line.shipped_quantity
        for of, location in self.offers:
            level = await self.room.level(of, location=location)
            assert level.reserved == reserved[of.offer_id, location]
            assert level.on_hand == self.bought[of.offer_id, location] - shipped[of.offer_id, location]
            assert 0 <= level.reserved <= level.on_hand
            assert level.available == level.on_hand - level.reserved
        for reference in self.references:
            order, own = await self.room.whole(reference=reference)
            for line in line_progress(order=order, purchase_orders=own).values():
                assert line.unallocated >= 0
                assert 0 <= line.delivered <= line.shipped <= line.accepted <= line.allocated
                assert line.allocated + line.canceled <= line.ordered
            for ordered in order.lines:
                live = [line for one in own for line in one.lines if line.is_live and not _is_taken_back(line)]
                charged = sum(line.shipping_minor for line in live if line.line_number == ordered.line_number)
                assert 0 <= charged <= ordered.shipping_minor

    async def settle(self) -> None:
        """Let everybody do what they ought to, until there is nothing left to do."""
        for parcel in range(4):
            await self._allocate_again()
            for one in await self.purchase_orders():
                pending = [(line.line_number, True) for line in one.lines if line.answer == "pending"]
                wanted = [(number, True) for number, _ in pending if _is_open(one, number)]
                identifiers = [known.purchase_order_id for known in await self.purchase_orders()]
                number = identifiers.index(one.purchase_order_id)
                for line in one.lines:
                    if line.answer == "proposed" and line.open_quantity:
                        await self._consent(number, line.line_number, True)
                await self._acknowledge(number, wanted)
                if any(line.open_quantity for line in one.lines):
                    await self._ship(number, [], 100 + parcel)
                if any(line.open_quantity or line.shipped_quantity for line in one.lines):
                    await self._deliver(number)
        await self.check()
        for reference in self.references:
            order, own = await self.room.whole(reference=reference)
            progress = line_progress(order=order, purchase_orders=own)
            assert order_state(progress=progress) in {OrderLineState.DELIVERED, OrderLineState.CANCELED}
            for line in progress.values():
                assert line.delivered + line.canceled == line.ordered


def _is_open(purchase_order: PurchaseOrder, number: int) -> bool:
    return any(line.line_number == number and line.open_quantity for line in purchase_order.lines)


def _is_taken_back(line: PurchaseOrderLine) -> bool:
    return bool(line.withdrawn_quantity) and not line.wanted_quantity


def without_notes(purchase_order: PurchaseOrder) -> PurchaseOrder:
    history = tuple(entry for entry in purchase_order.history if entry.action != REFUSED)
    return msgspec.structs.replace(purchase_order, history=history)


def check_transitions(before: list, after: list) -> None:
    for (_, old), (_, new) in zip(before, after, strict=True):
        for one, other in zip(old, new, strict=False):
            assert one.purchase_order_id == other.purchase_order_id
            if one.state is not other.state:
                reachable, edge = set(), {one.state}
                while edge:
                    reachable |= edge
                    edge = {state for known in edge for state in TRANSITIONS[known]} - reachable
                assert other.state in reachable


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    stock=st.lists(st.integers(3, 14), min_size=5, max_size=5),
    quantities=st.lists(st.lists(st.integers(1, 4), min_size=3, max_size=3), min_size=1, max_size=3),
    actions=st.lists(ACTIONS, min_size=10, max_size=40),
)
def test_nothing_is_lost_doubled_or_oversold_whatever_happens(stock, quantities, actions):
    async def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            world = World(folder=Path(folder))
            try:
                await world.open(stock=stock, quantities=quantities)
                await world.check()
                for action in actions:
                    await world.act(action)
                states = {one.state for one in await world.purchase_orders()}
                await world.settle()
                event(f"states {sorted(states)}")
            finally:
                await world.table.close()

    asyncio.run(run())
