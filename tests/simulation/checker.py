"""The invariants of docs/domain, looked at after every commit, over a copy of the records that the stream tells of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Any

import apsw
import msgspec

from openaisle.adapters.local.change_log import ChangeLog
from openaisle.adapters.local.connection import open_connection
from openaisle.inventory.model import StockLevel
from openaisle.inventory.repository import STOCK_LEVELS
from openaisle.kernel.stream import Change
from openaisle.orders.model import Order
from openaisle.orders.purchase_order import PurchaseOrder, PurchaseOrderState
from openaisle.orders.repository import ORDERS, PURCHASE_ORDERS
from tests.simulation.ground import Ground, Place
from tests.simulation.holds import Holds
from tests.simulation.laws import (
    FINAL_STATES,
    REFUSALS,
    order_went_well,
    progress_of,
    purchase_order_went_well,
    require,
)
from tests.simulation.loop import LifeProcess, SimulatedLoop, Violation
from tests.simulation.sendbacks import SendBacks

# What reaches a supplier may have been canceled while the message was on its way, but not long before.
_ON_ITS_WAY_SECONDS = 4.0
_CHANGES_AT_ONCE = 1_000


class _Only(msgspec.Struct, frozen=True):
    """Of an event only what is summed."""

    order_id: str = ""
    purchase_order_id: str = ""
    line_number: int = 0
    quantity: int = 0
    reason: str = ""
    lines: list[dict[str, Any]] = []


class Checker:
    """Follows the stream and fails the simulation at the first commit that breaks a law."""

    def __init__(self, *, loop: SimulatedLoop, ground: Ground, store_file: Path) -> None:
        self._loop = loop
        reader = open_connection(path=store_file, durable=False)
        # The last to close would tidy a file that nobody will read again.
        reader.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        self._log = ChangeLog(reader=reader)
        self._position = self._log.latest()
        self._digest = blake2b()
        self.changes_count = 0
        self.stock: dict[Place, StockLevel] = {}
        self.orders: dict[str, Order] = {}
        self.purchase_orders: dict[str, PurchaseOrder] = {}
        self._purchase_orders_of: defaultdict[str, dict[str, PurchaseOrder]] = defaultdict(dict)
        self._versions: dict[str, int] = {}
        self._reserved: Counter[Place] = Counter()
        self._ended_at: dict[str, float] = {}
        self._events: Counter[tuple[str, str]] = Counter()
        self._canceled_units: Counter[tuple[str, int]] = Counter()
        self._references: dict[tuple[str, str], str] = {}
        self._sendbacks = SendBacks()
        self._holds = Holds()
        self._told_shipped: list[tuple[str, str]] = []
        self._sku_of = {one.offer_id: (one.supplier_id, one.supplier_sku) for one in ground.offers.values()}
        self._offer_of = {names: offer_id for offer_id, names in self._sku_of.items()}
        self._read_stock(store_file=store_file)

    def _read_stock(self, *, store_file: Path) -> None:
        connection = open_connection(path=store_file, durable=False)
        for (body,) in connection.execute("SELECT body FROM items WHERE kind = ?", (STOCK_LEVELS.kind,)).fetchall():
            level = STOCK_LEVELS.record(body)
            self.stock[Place(level.offer_id, level.location)] = level
        connection.close()

    def close(self) -> None:
        self._log._reader.close()

    @property
    def digest(self) -> str:
        """What happened, in one number: the same seed gives the same."""
        return self._digest.hexdigest()[:16]

    # Looking at commits.

    def look(self) -> None:
        """Look at what was committed since; called after every commit of any process."""
        changes = self._log.read(after=self._position, limit=_CHANGES_AT_ONCE)
        if not changes:
            return
        self._position = changes[-1].sequence
        self.changes_count += len(changes)
        touched: set[Place] = set()
        changed_orders: set[str] = set()
        try:
            for change in changes:
                self._digest.update(f"{change.key}{change.version}{change.operation}".encode())
                self._count_events(change)
                if self._loop.trace is not None:
                    self._loop.note(_told(change))
                order_id = self._take(change, touched)
                if order_id is not None:
                    changed_orders.add(order_id)
            # A place may be touched by purchase orders alone, where the movement was forgotten.
            for place in touched:
                self._check_stock(place)
            for order_id in changed_orders:
                self._check_order(order_id)
        except Violation as violation:
            self._loop.fail(violation)

    def _take(self, change: Change, touched: set[Place]) -> str | None:
        """Take a change in; return the order it is about."""
        if change.body is None:
            return None
        if change.kind == STOCK_LEVELS.kind:
            level = STOCK_LEVELS.record(change.body)
            place = Place(level.offer_id, level.location)
            self.stock[place] = level
            touched.add(place)
            return None
        if change.kind == ORDERS.kind:
            return self._order(change, ORDERS.record(change.body))
        if change.kind == PURCHASE_ORDERS.kind:
            return self._purchase_order(change, PURCHASE_ORDERS.record(change.body), touched)
        touched |= self._holds.take(change)
        return self._sendbacks.take(change)

    def _order(self, change: Change, order: Order) -> str:
        order_id = order.order_id
        before = self.orders.get(order_id)
        if before is None:
            names = (order.storefront_id, order.reference)
            require(names not in self._references, f"{order_id} has the reference of {self._references.get(names)}")
            self._references[names] = order_id
            placed = [event for event in change.events if event.type == "order.placed"]
            require(len(placed) == 1, f"{order_id} was made with {len(placed)} events of its placing")
        else:
            self._require_next_version(order_id, change)
            order_went_well(before=before, after=order)
        self._versions[order_id] = change.version
        self.orders[order_id] = order
        return order_id

    def _purchase_order(self, change: Change, after: PurchaseOrder, touched: set[Place]) -> str:
        identifier = after.purchase_order_id
        before = self.purchase_orders.get(identifier)
        if before is not None:
            self._require_next_version(identifier, change)
        purchase_order_went_well(before=before, after=after, events=change.events)
        if before is None:
            self._check_not_refused_before(after)
        for one, sign in ((before, -1), (after, 1)):
            for line in one.lines if one is not None else ():
                place = Place(line.offer_id, line.location)
                self._reserved[place] += sign * line.open_quantity
                touched.add(place)
        self._versions[identifier] = change.version
        self.purchase_orders[identifier] = after
        self._purchase_orders_of[after.order_id][identifier] = after
        if after.state in FINAL_STATES:
            self._ended_at.setdefault(identifier, self._loop.time())
        return after.order_id

    def _check_not_refused_before(self, new: PurchaseOrder) -> None:
        refused = {
            (line.line_number, line.offer_id)
            for one in self.purchase_orders_of(new.order_id)
            for line in one.lines
            if line.answer.value in REFUSALS
        }
        for line in new.lines:
            again = (line.line_number, line.offer_id) in refused
            require(not again, f"{new.purchase_order_id} offers {line.offer_id} what it refused before")

    def _require_next_version(self, name: str, change: Change) -> None:
        known = self._versions[name]
        require(change.version == known + 1, f"{name} was written as version {change.version} over version {known}")

    def _count_events(self, change: Change) -> None:
        for event in change.events:
            told = msgspec.json.decode(event.data, type=_Only)
            if event.type == "order.line_canceled":
                self._canceled_units[told.order_id, told.line_number] += told.quantity
            elif event.type in {"purchase_order.shipped", "purchase_order.delivered"}:
                units = sum(line["quantity"] for line in told.lines)
                self._events[event.type, told.purchase_order_id] += units

    def held_beside(self, place: Place) -> int:
        """Return what is reserved at a place for something other than purchase orders."""
        return self._holds.at(place)

    def _check_stock(self, place: Place) -> None:
        level = self.stock.get(place)
        wanted = self._reserved[place] + self.held_beside(place)
        if level is None:
            require(wanted == 0, f"{place} holds {wanted} and has no stock level")
            return
        numbers = f"{place}: on hand {level.on_hand}, reserved {level.reserved}, available {level.available}"
        require(0 <= level.reserved <= level.on_hand, f"oversold: {numbers}")
        available = level.on_hand - level.reserved - level.safety_stock
        require(level.available == available, f"available does not follow: {numbers}")
        require(level.held == self.held_beside(place), f"{level.held} are held at {place}, by nobody: {numbers}")
        require(level.reserved == wanted, f"reserved is not the sum of {wanted} open units: {numbers}")

    def _check_order(self, order_id: str) -> None:
        order = self.orders.get(order_id)
        require(order is not None, f"there are purchase orders of {order_id}, and no such order")
        assert order is not None
        progress = progress_of(order=order, purchase_orders=self.purchase_orders_of(order_id))
        self._sendbacks.check(order=order, progress=progress)
        for number, line in progress.items():
            told = f"line {number} of {order_id}: {line}"
            require(line.ordered >= line.canceled + line.allocated, f"filled twice: {told}")
            units = self._canceled_units[order_id, number]
            require(units == line.canceled, f"{units} units were told as canceled: {told}")

    # What actors tell and ask.

    def purchase_orders_of(self, order_id: str) -> Iterable[PurchaseOrder]:
        return self._purchase_orders_of[order_id].values()

    def sent_to_supplier(self, *, supplier_id: str, document: dict[str, Any], caller: LifeProcess) -> None:
        """A supplier's system got this purchase order just now."""
        identifier = document["purchase_order_id"]
        self._digest.update(identifier.encode())
        self._loop.note(f"{supplier_id} receives {document}")
        known = self.purchase_orders.get(identifier)
        try:
            require(known is not None, f"{identifier} reached a supplier and is not in the store")
            assert known is not None
            require(
                known.supplier_id == supplier_id, f"{identifier} reached {supplier_id}, it is {known.supplier_id}'s"
            )
            ended_at = self._ended_at.get(identifier)
            if ended_at is not None:
                late = self._loop.time() - ended_at
                slept = caller.last_resumed_at >= ended_at
                require(
                    slept or late < _ON_ITS_WAY_SECONDS, f"{identifier} was sent {late} s after it was {known.state}"
                )
        except Violation as violation:
            self._loop.fail(violation)

    def told_shipped(self, *, purchase_order_id: str, tracking_number: str) -> None:
        """A supplier was answered that its parcel is known."""
        self._told_shipped.append((purchase_order_id, tracking_number))

    def on_hand(self, *, supplier_id: str, supplier_sku: str, location: str) -> int | None:
        """What the store knows that a supplier has."""
        offer_id = self._offer_of.get((supplier_id, supplier_sku))
        level = None if offer_id is None else self.stock.get(Place(offer_id, location))
        return None if level is None else level.on_hand

    def places_of(self, *, supplier_id: str) -> list[tuple[str, str, int]]:
        """Where a supplier has stock: SKU, location, on hand."""
        return [
            (self._sku_of[place.offer_id][1], place.location, level.on_hand)
            for place, level in self.stock.items()
            if self._sku_of[place.offer_id][0] == supplier_id
        ]

    # The end.

    def unfinished(self) -> list[str]:
        """The orders that are not in a final state yet."""
        return [
            order_id
            for order_id, order in self.orders.items()
            if any(
                line.delivered + line.canceled != line.ordered
                for line in progress_of(order=order, purchase_orders=self.purchase_orders_of(order_id)).values()
            )
        ]

    def conclude(self) -> None:
        """Check what must be true in the end; raises Violation."""
        for order_id in self.unfinished():
            order = self.orders[order_id]
            progress = progress_of(order=order, purchase_orders=self.purchase_orders_of(order_id))
            states = [f"{one.purchase_order_id} {one.state}" for one in self.purchase_orders_of(order_id)]
            require(False, f"{order_id} reaches no final state: {progress}; {states}")
        for identifier, one in self.purchase_orders.items():
            for event, attribute in (
                ("purchase_order.shipped", "shipped_quantity"),
                ("purchase_order.delivered", "delivered_quantity"),
            ):
                units, told = sum(getattr(line, attribute) for line in one.lines), self._events[event, identifier]
                require(units == told, f"{identifier}: {units} units {attribute}, and events told of {told}")
            require(one.state is not PurchaseOrderState.CREATED, f"{identifier} never left")
        for identifier, tracking_number in self._told_shipped:
            kept = self.purchase_orders[identifier].shipments
            known = any(one.tracking_number == tracking_number for one in kept)
            require(known, f"the parcel {tracking_number} of {identifier} was answered and is lost")
        for place, level in self.stock.items():
            require(level.reserved == self.held_beside(place), f"{level.reserved} stay reserved at {place}")


def _told(change: Change) -> str:
    events = ", ".join(f"{event.type} {bytes(event.data).decode()}" for event in change.events)
    body = b"" if change.body is None else bytes(change.body)
    return (
        f"{change.key.partition} {change.key.sort} version {change.version} by {change.actor}: {events or body[:400]!r}"
    )
