"""Reading orders and purchase orders; what a supplier reads cannot be asked for without its scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from openaisle.kernel.breaker import Breaker
from openaisle.kernel.context import Principal, Role, SupplierScope
from openaisle.kernel.encryption import DecryptionFailed, FieldCipher
from openaisle.kernel.errors import Finding, RequestInvalid
from openaisle.kernel.table import Index, Item, Table
from openaisle.orders.caring.records import NoteVisibility, OrderNote
from openaisle.orders.disclosure import STANDARD_DISCLOSURE, Disclosed, DisclosurePolicy, disclosed
from openaisle.orders.model import Order, unknown_order
from openaisle.orders.purchase_order import OPEN, PurchaseOrder, PurchaseOrderState, PurchaseOrderUnknown
from openaisle.orders.repository import (
    ORDER_KIND,
    ORDERS,
    PURCHASE_ORDER_KIND,
    PURCHASE_ORDERS,
    SUPPLIER_HEALTH,
    TROUBLED_SUPPLIERS,
    day_partition,
    open_partition,
    order_key,
    order_partition,
    purchase_order_key,
    storefront_orders_partition,
    supplier_health_key,
    supplier_purchase_orders_partition,
    to_deliver_partition,
)
from openaisle.orders.shopper_data import opened_contact, opened_note, opened_ship_to
from openaisle.orders.showing import order_summary, order_view, purchase_order_view
from openaisle.orders.views import (
    OrderNoteView,
    OrderPage,
    OrderSummary,
    OrderView,
    PurchaseOrderPage,
    PurchaseOrderView,
)
from openaisle.suppliers.queries import SupplierConnection

_WHOLE_ORDER = 1_000
_DAYS_LOOKED_BACK = 31
_STATE_GROUPS = ("to_deliver", "open", "all")
_MAY_SEE_NOTES = OPEN | {PurchaseOrderState.CREATED}


class OrderCursorInvalid(RequestInvalid):
    """A cursor of the newest orders that no page gave out."""

    code = "order-cursor-invalid"
    title = "That cursor was not given out by a list of orders"
    mend = "Take next_after of the page before, unchanged, or start without one."


class SharesContact(Protocol):
    """What this room asks of suppliers/: whether a supplier gets the shopper's e-mail and phone."""

    async def connection(self, *, supplier_id: str, at: datetime) -> SupplierConnection | None:
        """Return the supplier's connection, None for a supplier that has none."""
        ...


class ReturnedUnits(Protocol):
    """What this room asks of returns/: how many units of an order came back."""

    async def of_order(self, *, order_id: str) -> Mapping[int, int]:
        """Return the units that came back to suppliers, by line number."""
        ...


class OrderQueries:
    """The queries of orders and purchase orders."""

    def __init__(
        self,
        *,
        table: Table,
        cipher: FieldCipher,
        suppliers: SharesContact | None = None,
        disclosure: DisclosurePolicy = STANDARD_DISCLOSURE,
        returned: ReturnedUnits | None = None,
    ) -> None:
        """Take the table, the cipher that opens addresses, and what says how much of them suppliers are shown.

        Without ``suppliers`` every supplier gets the shopper's e-mail and phone with the address; without ``returned``
        nothing ever comes back.
        """
        self._table = table
        self._cipher = cipher
        self._suppliers = suppliers
        self._disclosure = disclosure
        self._returned = returned

    async def order(self, *, order_id: str, principal: Principal) -> OrderView:
        """Return an order whole, for the operator or the storefront that placed it; raises OrderUnknown."""
        order, purchase_orders = await self._whole(order_id=order_id)
        if order is None or not _may_read(order=order, principal=principal):
            raise unknown_order(order_id=order_id)
        return order_view(
            order=order,
            purchase_orders=purchase_orders,
            ship_to=opened_ship_to(order=order, cipher=self._cipher),
            contact=opened_contact(order=order, cipher=self._cipher),
            notes=self._notes(order=order, notes=order.notes),
            returned=await self._came_back(order_id=order_id, purchase_orders=purchase_orders),
        )

    async def _came_back(self, *, order_id: str, purchase_orders: Sequence[PurchaseOrder]) -> Mapping[int, int]:
        # Only what was shipped can come back, and most orders that are looked at were not shipped yet.
        if self._returned is None or not any(one.shipments for one in purchase_orders):
            return {}
        return await self._returned.of_order(order_id=order_id)

    async def whole(self, *, order_id: str) -> tuple[Order, list[PurchaseOrder]]:
        """Return the records of an order and its purchase orders, for rooms that follow orders; raises OrderUnknown."""
        order, purchase_orders = await self._whole(order_id=order_id)
        if order is None:
            raise unknown_order(order_id=order_id)
        return order, purchase_orders

    async def storefront_orders(
        self, *, storefront_id: str, after: str | None = None, limit: int = 100, descending: bool = True
    ) -> OrderPage:
        """Return a page of a storefront's orders, the newest first unless asked otherwise."""
        partition = storefront_orders_partition(storefront_id=storefront_id)
        page = await self._table.query(
            partition=partition, index=Index.FIRST, after=after, limit=limit, descending=descending
        )
        return OrderPage(orders=await self._summaries(page.items), next_after=page.cursor)

    async def orders_of_day(
        self, *, day: str, after: str | None = None, limit: int = 100, descending: bool = True
    ) -> OrderPage:
        """Return a page of all orders placed on ``day`` (``2026-11-23``, UTC); for the operator."""
        page = await self._table.query(
            partition=day_partition(day=day), index=Index.SECOND, after=after, limit=limit, descending=descending
        )
        return OrderPage(orders=await self._summaries(page.items), next_after=page.cursor)

    async def recent_orders(self, *, at: datetime, after: str | None = None, limit: int = 100) -> OrderPage:
        """Return a page of all orders, the newest first, no further back than a month of days without any.

        ``after`` is ``<day>`` or ``<day>|<cursor>``, as an earlier page gave it; raises OrderCursorInvalid.
        """
        text, _, cursor = (after or at.date().isoformat()).partition("|")
        try:
            day = datetime.fromisoformat(text).date()
        except ValueError:
            finding = Finding(pointer="after", detail="not a cursor", code="invalid")
            raise OrderCursorInvalid(detail="The cursor cannot be read.", findings=(finding,)) from None
        # Nothing was placed before the days that a calendar knows.
        for _ in range(min(_DAYS_LOOKED_BACK, day.toordinal() - 1)):
            page = await self.orders_of_day(day=day.isoformat(), after=cursor or None, limit=limit)
            if page.next_after is not None:
                return OrderPage(orders=page.orders, next_after=f"{day.isoformat()}|{page.next_after}")
            day -= timedelta(days=1)
            cursor = ""
            if page.orders:
                return OrderPage(orders=page.orders, next_after=day.isoformat())
        return OrderPage(orders=[], next_after=None)

    async def purchase_order(self, *, purchase_order_id: str) -> PurchaseOrderView:
        """Return any purchase order, with the address; for the operator. Raises PurchaseOrderUnknown."""
        found = await self._purchase_order(purchase_order_id)
        order = await self._order_of(found)
        if order is None:
            return purchase_order_view(purchase_order=found, ship_to=None)
        ship_to = opened_ship_to(order=order, cipher=self._cipher)
        notes = self._notes(order=order, notes=order.notes)
        return purchase_order_view(purchase_order=found, ship_to=ship_to, notes=notes)

    async def own_purchase_order(
        self, *, scope: SupplierScope, purchase_order_id: str, at: datetime
    ) -> PurchaseOrderView:
        """Return a supplier's own purchase order, with the address while the supplier needs it (``disclosure.py``).

        Raises PurchaseOrderUnknown, also for another supplier's.
        """
        found = await self._purchase_order(purchase_order_id)
        if found.supplier_id != scope.supplier_id:
            raise _unknown(purchase_order_id)
        order = await self._order_of(found)
        if order is None:
            return purchase_order_view(purchase_order=found, ship_to=None)
        shown = disclosed(
            purchase_order=found,
            ship_to=opened_ship_to(order=order, cipher=self._cipher),
            policy=self._disclosure,
            share_contact=await self._shares_contact(supplier_id=scope.supplier_id, at=at),
            at=at,
        )
        if order.shopper_erased_at:
            shown = Disclosed(destination=shown.destination)
        notes = None
        if found.state in _MAY_SEE_NOTES:
            shared = [one for one in order.notes if one.visibility is NoteVisibility.SUPPLIER]
            notes = self._notes(order=order, notes=shared)
        return purchase_order_view(
            purchase_order=found, ship_to=shown.ship_to, destination=shown.destination, notes=notes
        )

    async def purchase_orders(
        self, *, scope: SupplierScope, state_group: str = "all", after: str | None = None, limit: int = 100
    ) -> PurchaseOrderPage:
        """Return a page of one supplier's purchase orders, oldest first.

        ``state_group`` is ``to_deliver`` (not yet brought to the supplier), ``open`` (the supplier has them and
        has not finished) or ``all``.
        """
        index, partition = _listing(supplier_id=scope.supplier_id, state_group=state_group)
        page = await self._table.query(partition=partition, index=index, after=after, limit=limit)
        shown = [
            purchase_order_view(purchase_order=PURCHASE_ORDERS.record(item.body), ship_to=None) for item in page.items
        ]
        return PurchaseOrderPage(purchase_orders=shown, next_after=page.cursor)

    async def _shares_contact(self, *, supplier_id: str, at: datetime) -> bool:
        connection = (
            None if self._suppliers is None else await self._suppliers.connection(supplier_id=supplier_id, at=at)
        )
        return connection is None or connection.share_contact

    async def supplier_health(self, *, supplier_id: str) -> Breaker:
        """Return how the calls to a supplier's system went lately."""
        item = await self._table.get(key=supplier_health_key(supplier_id=supplier_id))
        return Breaker() if item is None else SUPPLIER_HEALTH.record(item.body).breaker

    async def troubled_suppliers(self, *, limit: int = 100) -> dict[str, Breaker]:
        """Return the suppliers whose systems cannot be called or failed just now, by identifier."""
        page = await self._table.query(partition=TROUBLED_SUPPLIERS, index=Index.FIRST, limit=limit)
        found = [SUPPLIER_HEALTH.record(item.body) for item in page.items]
        return {health.supplier_id: health.breaker for health in found}

    async def _summaries(self, items: Sequence[Item]) -> list[OrderSummary]:
        summaries = []
        for item in items:
            order = ORDERS.record(item.body)
            _, purchase_orders = await self._whole(order_id=order.order_id)
            summaries.append(order_summary(order=order, purchase_orders=purchase_orders))
        return summaries

    async def _whole(self, *, order_id: str) -> tuple[Order | None, list[PurchaseOrder]]:
        page = await self._table.query(partition=order_partition(order_id=order_id), limit=_WHOLE_ORDER)
        order = None
        purchase_orders = []
        for item in page.items:
            if item.kind == PURCHASE_ORDER_KIND:
                purchase_orders.append(PURCHASE_ORDERS.record(item.body))
            elif item.kind == ORDER_KIND:
                order = ORDERS.record(item.body)
        return order, purchase_orders

    async def _purchase_order(self, purchase_order_id: str) -> PurchaseOrder:
        item = await self._table.get(key=purchase_order_key(purchase_order_id=purchase_order_id))
        if item is None:
            raise _unknown(purchase_order_id)
        return PURCHASE_ORDERS.record(item.body)

    async def _order_of(self, purchase_order: PurchaseOrder) -> Order | None:
        item = await self._table.get(key=order_key(order_id=purchase_order.order_id))
        return None if item is None else ORDERS.record(item.body)

    def _notes(self, *, order: Order, notes: Sequence[OrderNote]) -> list[OrderNoteView]:
        return [
            OrderNoteView(
                note_id=note.note_id,
                at=note.at,
                actor=note.actor,
                visibility=note.visibility,
                text=self._note_text(order=order, note=note),
            )
            for note in notes
        ]

    def _note_text(self, *, order: Order, note: OrderNote) -> str | None:
        try:
            return opened_note(order_id=order.order_id, note=note, cipher=self._cipher)
        except DecryptionFailed:
            # Erased with the rest of what was known of the shopper; that there was a note is still to be seen.
            return None


def _may_read(*, order: Order, principal: Principal) -> bool:
    if principal.role is Role.STOREFRONT:
        return order.storefront_id == principal.subject_id
    return principal.role in {Role.OPERATOR, Role.SYSTEM}


def _listing(*, supplier_id: str, state_group: str) -> tuple[Index, str]:
    if state_group == "to_deliver":
        return Index.SECOND, to_deliver_partition(supplier_id=supplier_id)
    if state_group == "open":
        return Index.SECOND, open_partition(supplier_id=supplier_id)
    if state_group not in _STATE_GROUPS:
        message = f"there is no state group {state_group!r}"
        raise ValueError(message)
    return Index.FIRST, supplier_purchase_orders_partition(supplier_id=supplier_id)


def _unknown(purchase_order_id: str) -> PurchaseOrderUnknown:
    return PurchaseOrderUnknown(detail=f"There is no purchase order {purchase_order_id[:64]}.")
