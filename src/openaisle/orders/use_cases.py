"""Orders are placed, canceled and allocated again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from openaisle.inventory.model import OfferWithStock
from openaisle.inventory.queries import InventoryQueries
from openaisle.kernel.context import Context
from openaisle.kernel.encryption import DecryptionFailed, FieldCipher
from openaisle.kernel.errors import Finding
from openaisle.kernel.records import decided_anew
from openaisle.kernel.table import CommitRefused, RefusalReason, Table, Write
from openaisle.kernel.times import sortable_time
from openaisle.orders.allocating.allocator import Allocator
from openaisle.orders.allocating.request import Destination
from openaisle.orders.cancellation import (
    OrderStep,
    Unfilled,
    decide_allocated_again,
    decide_cancellation,
    decide_hand_over,
    unfilled_lines,
    waiting_lines,
)
from openaisle.orders.commands import (
    Cancellation,
    NewOrder,
)
from openaisle.orders.connections import SupplierConnections, acknowledgment_seconds
from openaisle.orders.model import CancellationRefused, HandOverOutcome, Order, OrderPolicy, refused_offers
from openaisle.orders.placement import PlacementAnswer, PlaceOrder
from openaisle.orders.purchase_order import PurchaseOrder
from openaisle.orders.recording import destination_of, request_for_rest
from openaisle.orders.shopper_data import opened_ship_to
from openaisle.orders.whole_orders import WholeOrder, WholeOrders

_ALLOCATIONS_AT_ONCE = 16
_NO_OFFERS: Mapping[int, str] = {}
_DECIDED = "decided_by_a_person"


class OrderUseCases:
    """What storefronts and the marketplace itself do with orders."""

    def __init__(
        self,
        *,
        table: Table,
        inventory: InventoryQueries,
        suppliers: SupplierConnections,
        cipher: FieldCipher,
        policy: OrderPolicy | None = None,
        allocator: Allocator | None = None,
    ) -> None:
        """Take the ports, the operator's ``policy`` and the ``allocator``; without one the standard weights decide."""
        self._whole_orders = WholeOrders(table=table)
        self._cipher = cipher
        self._inventory = inventory
        self._suppliers = suppliers
        self._policy = policy or OrderPolicy()
        self._allocator = allocator or Allocator(table=table)
        self._placing = PlaceOrder(
            table=table,
            inventory=inventory,
            suppliers=suppliers,
            cipher=cipher,
            policy=self._policy,
            allocator=self._allocator,
        )

    async def place(self, *, order: NewOrder, key: str, context: Context) -> PlacementAnswer:
        """Place an order under an Idempotency-Key; see PlaceOrder.place for what it raises."""
        return await self._placing.place(order=order, key=key, context=context)

    async def cancel(self, *, order_id: str, cancellation: Cancellation, key: str, context: Context) -> None:
        """Cancel units that are not shipped; a repeated ``key`` (may be empty) changes nothing.

        Raises OrderUnknown or CancellationRefused.
        """
        quantities = _wanted_quantities(cancellation)

        async def attempt() -> None:
            found = await self._whole_orders.read(order_id=order_id, context=context)
            step = decide_cancellation(
                order=found.order.record,
                purchase_orders=found.records,
                quantities=quantities,
                reason=cancellation.reason,
                cancellation_key=key,
                actor=context.principal.actor,
                at=sortable_time(context.at),
            )
            await self._whole_orders.commit(found=found, step=step, context=context)

        await decided_anew(attempt)

    async def end_hand_over(
        self,
        *,
        order_id: str,
        number: int,
        outcome: HandOverOutcome,
        offers: Mapping[int, str],
        context: Context,
    ) -> None:
        """Do what a person decided about lines that were handed over; idempotent, as a hand-over ends only once.

        ``offers`` are those chosen, by line number; lines without one are allocated anew. An offer that cannot fill
        its line any more leads to another hand-over. Raises OrderUnknown.
        """

        async def attempt() -> bool:
            found = await self._whole_orders.read(order_id=order_id, context=context)
            step = decide_hand_over(
                order=found.order.record,
                purchase_orders=found.records,
                number=number,
                outcome=outcome,
                actor=context.principal.actor,
                at=sortable_time(context.at),
            )
            if step.order is found.order.record:
                return True
            further: list[Write] = []
            one = next(one for one in step.order.handed_over if one.number == number)
            waiting = waiting_lines(order=step.order, purchase_orders=found.records, hand_over=one)
            chosen = {line.line_number: line.quantity for line in waiting if line.line_number in offers}
            if chosen:
                given, further = await self._allocated(
                    order=step.order,
                    records=found.records,
                    unfilled=Unfilled(chosen, {}),
                    context=context,
                    offers=offers,
                )
                step = given._replace(events=(*step.events, *given.events))
            return await self._committed(found=found, step=step, context=context, further=further)

        while not await decided_anew(attempt):
            pass
        await self.allocate_again(order_ids=[order_id], context=context)

    async def allocate_again(self, *, order_ids: Sequence[str], context: Context) -> None:
        """Give whatever waits for a supplier to the next one, or cancel it with notice; idempotent."""
        for start in range(0, len(order_ids), _ALLOCATIONS_AT_ONCE):
            part = order_ids[start : start + _ALLOCATIONS_AT_ONCE]
            # Side by side, so that their commits share a trip to the disk.
            await asyncio.gather(*(self._allocate_again(order_id=order_id, context=context) for order_id in part))

    async def _allocate_again(self, *, order_id: str, context: Context) -> None:
        async def attempt() -> bool:
            found = await self._whole_orders.read(order_id=order_id, context=context)
            unfilled = unfilled_lines(
                order=found.order.record,
                purchase_orders=found.records,
                attempts_maximum=self._policy.attempts_maximum,
                reallocate_fixed_offers=self._policy.reallocate_fixed_offers,
            )
            if not unfilled.to_allocate and not unfilled.to_give_up:
                return True
            step, further = await self._allocated(
                order=found.order.record, records=found.records, unfilled=unfilled, context=context
            )
            return await self._committed(found=found, step=step, context=context, further=further)

        while not await decided_anew(attempt):
            pass

    async def _committed(
        self, *, found: WholeOrder, step: OrderStep, context: Context, further: Sequence[Write]
    ) -> bool:
        """Return whether the step holds: False if somebody else took the stock, so that it is to be decided anew."""
        try:
            await self._whole_orders.commit(found=found, step=step, context=context, further=further)
        except CommitRefused as refused:
            # Somebody else took the stock: with what is left now the engine decides otherwise.
            if any(one.reason is RefusalReason.MINIMUM for one in refused.refusals):
                return False
            raise
        return True

    async def _allocated(
        self,
        *,
        order: Order,
        records: Sequence[PurchaseOrder],
        unfilled: Unfilled,
        context: Context,
        offers: Mapping[int, str] = _NO_OFFERS,
    ) -> tuple[OrderStep, list[Write]]:
        request = request_for_rest(
            order=order,
            quantities=tuple(unfilled.to_allocate.items()),
            destination=self._destination(order),
            at=context.at,
        )
        products = {line.line_number: line.product_id for line in order.lines}
        candidates: dict[int, Sequence[OfferWithStock]] = {
            line.line_number: await self._inventory.offers_of_product(
                product_id=products[line.line_number], at=context.at
            )
            for line in request.lines
        }
        excluded = refused_offers(purchase_orders=records)
        if offers:
            # A person may choose an offer that refused before: they may have talked about it.
            excluded = {number: refused for number, refused in excluded.items() if number not in offers}
            lines = tuple(msgspec.structs.replace(one, offer_id=offers[one.line_number]) for one in request.lines)
            request = msgspec.structs.replace(request, lines=lines)
            candidates = {
                number: [one for one in found if one.offer.offer_id == offers[number]]
                for number, found in candidates.items()
            }
        decision = await self._allocator.allocate(request=request, candidates=candidates, excluded=excluded)
        seconds = await acknowledgment_seconds(
            suppliers=self._suppliers,
            supplier_ids={share.candidate.offer.supplier_id for share in decision.shares},
            default_seconds=self._policy.acknowledge_within_seconds,
            at=context.at,
        )
        step = decide_allocated_again(
            order=order,
            purchase_orders=records,
            unfilled=unfilled,
            decision=decision,
            seconds=seconds,
            actor=context.principal.actor,
            at=context.at,
            policy=self._policy.shipping,
            hand_over=self._policy.hand_over,
            cause=_DECIDED if offers else None,
        )
        return step, await self._allocator.capacity_writes(decision=decision, at=context.at)

    def _destination(self, order: Order) -> Destination | None:
        try:
            ship_to = opened_ship_to(order=order, cipher=self._cipher)
        except DecryptionFailed:
            # Erased, or of a lost key: then nobody is ruled out for where the goods go.
            return None
        return destination_of(ship_to=ship_to)


def _wanted_quantities(cancellation: Cancellation) -> dict[int, int] | None:
    if not cancellation.lines:
        return None
    quantities: dict[int, int] = {}
    for position, line in enumerate(cancellation.lines):
        if line.line_number in quantities:
            pointer = f"/lines/{position}/line_number"
            finding = Finding(pointer=pointer, detail=f"Line {line.line_number} is named twice.", code="repeated")
            raise CancellationRefused(detail=finding.detail, findings=(finding,))
        quantities[line.line_number] = line.quantity
    return quantities
