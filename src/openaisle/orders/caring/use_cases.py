"""Customer service: what storefront and operator do to an order as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from openaisle.kernel.context import Context, system_context
from openaisle.kernel.encryption import DecryptionFailed, FieldCipher
from openaisle.kernel.errors import Finding
from openaisle.kernel.pipe import Timer
from openaisle.kernel.records import decided_anew
from openaisle.kernel.table import Item, Table
from openaisle.kernel.times import sortable_time
from openaisle.orders.cancellation import OrderStep
from openaisle.orders.caring.commands import Goodwill, NewHold, NewNote
from openaisle.orders.caring.model import (
    AddressChangeRefused,
    decide_address,
    decide_confirmation,
    decide_goodwill,
    decide_hold,
    decide_hold_expiry,
    decide_note,
    decide_release,
    note_identifier,
)
from openaisle.orders.commands import ShipTo
from openaisle.orders.model import Order
from openaisle.orders.policy import OrderCarePolicy
from openaisle.orders.repository import HOLD_TOPIC, ORDERS
from openaisle.orders.shopper_data import opened_ship_to, sealed_note, sealed_ship_to
from openaisle.orders.whole_orders import WholeOrder, WholeOrders


class OrderCare:
    """What may be done to orders after they were placed. A storefront reaches its own orders, the operator all.

    ``key`` is the request's Idempotency-Key, which may be empty: what was done under it is not done again.
    """

    def __init__(self, *, table: Table, cipher: FieldCipher, policy: OrderCarePolicy | None = None) -> None:
        """Take the ports and the operator's policy."""
        self._orders = WholeOrders(table=table)
        self._cipher = cipher
        self._policy = policy or OrderCarePolicy()

    async def change_address(self, *, order_id: str, ship_to: ShipTo, key: str, context: Context) -> None:
        """Let what no supplier has yet go elsewhere in the same country.

        Raises OrderUnknown, AddressChangeRefused or OrderRecordFull.
        """
        actor, at = context.principal.actor, sortable_time(context.at)

        def decide(found: WholeOrder) -> OrderStep:
            order = found.order.record
            self._require_same_country(order=order, ship_to=ship_to)
            sealed = sealed_ship_to(order_id=order.order_id, ship_to=ship_to, cipher=self._cipher)
            return decide_address(
                order=order, purchase_orders=found.records, ship_to=sealed, key=key, actor=actor, at=at
            )

        await self._decided(order_id=order_id, decide=decide, context=context)

    async def add_note(self, *, order_id: str, note: NewNote, key: str, context: Context) -> None:
        """Write something down; raises OrderUnknown or OrderRecordFull."""
        actor, at = context.principal.actor, sortable_time(context.at)

        def decide(found: WholeOrder) -> OrderStep:
            order = found.order.record
            note_id = note_identifier(order=order, key=key, at=at)
            sealed = sealed_note(order_id=order.order_id, note_id=note_id, text=note.text, cipher=self._cipher)
            return decide_note(
                order=order, note_id=note_id, text=sealed, visibility=note.visibility, actor=actor, at=at
            )

        await self._decided(order_id=order_id, decide=decide, context=context)

    async def hold(self, *, order_id: str, hold: NewHold, key: str, context: Context) -> None:
        """Let an order wait that no supplier has yet; raises OrderUnknown, HoldRefused or OrderRecordFull."""
        hours = min(hold.hours or self._policy.hold_hours_maximum, self._policy.hold_hours_maximum)
        actor, at = context.principal.actor, sortable_time(context.at)
        until = context.at + timedelta(hours=hours)

        def decide(found: WholeOrder) -> OrderStep:
            return decide_hold(
                order=found.order.record,
                purchase_orders=found.records,
                reason=hold.reason,
                until=until,
                key=key,
                actor=actor,
                at=at,
            )

        await self._decided(order_id=order_id, decide=decide, context=context)

    async def release(self, *, order_id: str, key: str, context: Context) -> None:
        """Let an order go on; raises OrderUnknown, NotOnHold or OrderRecordFull."""
        actor, at = context.principal.actor, sortable_time(context.at)

        def decide(found: WholeOrder) -> OrderStep:
            return decide_release(order=found.order.record, purchase_orders=found.records, key=key, actor=actor, at=at)

        await self._decided(order_id=order_id, decide=decide, context=context)

    async def request_confirmation(self, *, order_id: str, key: str, context: Context) -> None:
        """Have the shopper told of the order once more; raises OrderUnknown or OrderRecordFull."""
        actor, at = context.principal.actor, sortable_time(context.at)

        def decide(found: WholeOrder) -> OrderStep:
            return decide_confirmation(order=found.order.record, key=key, actor=actor, at=at)

        await self._decided(order_id=order_id, decide=decide, context=context)

    async def grant_goodwill(self, *, order_id: str, goodwill: Goodwill, key: str, context: Context) -> None:
        """Grant the shopper an amount; raises OrderUnknown, GoodwillRefused or OrderRecordFull."""
        actor, at = context.principal.actor, sortable_time(context.at)

        def decide(found: WholeOrder) -> OrderStep:
            return decide_goodwill(
                order=found.order.record,
                amount_minor=goodwill.amount_minor,
                reason=goodwill.reason,
                percent_maximum=self._policy.goodwill_percent_maximum,
                key=key,
                actor=actor,
                at=at,
            )

        await self._decided(order_id=order_id, decide=decide, context=context)

    def timer(self) -> Timer:
        """Return the timer that ends holds nobody ended."""

        async def handle(items: Sequence[Item], now: datetime) -> None:
            for item in items:
                order_id = ORDERS.record(item.body).order_id
                context = system_context(name=HOLD_TOPIC, at=now, correlation_id=f"{HOLD_TOPIC}:{order_id}")
                await self._end_hold(order_id=order_id, context=context)

        return Timer(topic=HOLD_TOPIC, handle=handle)

    async def _end_hold(self, *, order_id: str, context: Context) -> None:
        actor, at = context.principal.actor, sortable_time(context.at)

        def decide(found: WholeOrder) -> OrderStep:
            return decide_hold_expiry(order=found.order.record, purchase_orders=found.records, actor=actor, at=at)

        await self._decided(order_id=order_id, decide=decide, context=context)

    async def _decided(self, *, order_id: str, decide: Callable[[WholeOrder], OrderStep], context: Context) -> None:
        async def attempt() -> None:
            found = await self._orders.read(order_id=order_id, context=context)
            await self._orders.commit(found=found, step=decide(found), context=context)

        await decided_anew(attempt)

    def _require_same_country(self, *, order: Order, ship_to: ShipTo) -> None:
        try:
            country = opened_ship_to(order=order, cipher=self._cipher).country
        except DecryptionFailed:
            raise AddressChangeRefused(detail="The address of this order was erased.") from None
        if ship_to.country != country:
            detail = f"The goods were sold to {country}, not to {ship_to.country}."
            raise AddressChangeRefused(
                detail=detail, findings=(Finding(pointer="/country", detail=detail, code="country_differs"),)
            )
