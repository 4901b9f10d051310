"""Orders, and a small marketplace to place them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from openaisle.inventory.model import StockLevel
from openaisle.inventory.queries import InventoryQueries
from openaisle.inventory.repository import STOCK_LEVELS, stock_key
from openaisle.kernel.context import Context, Role
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.table import Table
from openaisle.offers.model import Offer
from openaisle.offers.repository import OFFERS
from openaisle.orders.allocation import DEFAULT_STRATEGY, AllocationStrategy
from openaisle.orders.commands import NewOrder, NewOrderLine, ShipTo
from openaisle.orders.model import Order, OrderPolicy, order_identifier
from openaisle.orders.purchase_order import PurchaseOrder
from openaisle.orders.queries import OrderQueries
from openaisle.orders.repository import ORDER_KIND, ORDERS, PURCHASE_ORDERS, order_partition
from openaisle.orders.use_cases import OrderUseCases, PurchaseOrderUseCases
from openaisle.orders.views import PlacedOrder
from openaisle.suppliers.queries import SupplierConnection
from tests.factories.contexts import NOON, make_context
from tests.factories.inventory import stock_level
from tests.factories.offers import offer

STOREFRONT = "sto_web"
SHIP_TO = ShipTo(name="Ada Fischer", street_lines=["Lindenweg 4"], city="Bremen", postal_code="28195", country="DE")


def make_line(**given: Any) -> NewOrderLine:
    facts = {"quantity": 1, "unit_price_minor": 1299}
    return NewOrderLine(**(facts | given))


def make_new_order(*, lines: Sequence[NewOrderLine], reference: str = "R-1", currency: str = "EUR") -> NewOrder:
    return NewOrder(reference=reference, currency=currency, lines=list(lines), ship_to=SHIP_TO)


def make_connection(*, supplier_id: str, **given: Any) -> SupplierConnection:
    facts = {
        "order_acceptance_url": f"https://{supplier_id}.example/purchase-orders",
        "inventory_url": None,
        "signing_secrets": ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",),
        "timeout_seconds": 5,
        "maximum_batch": 50,
        "acknowledge_within_seconds": 3600,
        "inventory_freshness_seconds": 60,
    }
    return SupplierConnection(supplier_id=supplier_id, **(facts | given))


class FakeSuppliers:
    """Suppliers that are active and connected unless a test says otherwise."""

    def __init__(self) -> None:
        self.inactive: set[str] = set()
        self.connections: dict[str, SupplierConnection | None] = {}

    async def is_active(self, *, supplier_id: str, at: datetime) -> bool:
        return supplier_id not in self.inactive

    async def connection(self, *, supplier_id: str, at: datetime) -> SupplierConnection | None:
        if supplier_id in self.connections:
            return self.connections[supplier_id]
        return make_connection(supplier_id=supplier_id)


class PlainCipher:
    """Marks texts instead of encrypting them, bound to their place like the real one."""

    def encrypt(self, *, plaintext: bytes, place: str) -> str:
        return f"{place}|{plaintext.decode()[::-1]}"

    def decrypt(self, *, ciphertext: str, place: str) -> bytes:
        found, _, text = ciphertext.partition("|")
        assert found == place
        return text[::-1].encode()


class OrderRoom:
    """The room of orders on a table, with what a test does most."""

    def __init__(
        self,
        *,
        table: Table,
        cipher: FieldCipher | None = None,
        policy: OrderPolicy | None = None,
        strategy: AllocationStrategy = DEFAULT_STRATEGY,
    ) -> None:
        self.table = table
        self.suppliers = FakeSuppliers()
        self.inventory = InventoryQueries(table=table, suppliers=self.suppliers)
        self.cipher = cipher or PlainCipher()
        self.orders = OrderUseCases(
            table=table,
            inventory=self.inventory,
            suppliers=self.suppliers,
            cipher=self.cipher,
            policy=policy,
            strategy=strategy,
        )
        self.purchase_orders = PurchaseOrderUseCases(table=table)
        self.queries = OrderQueries(table=table, cipher=self.cipher)

    async def stock(self, *, on_hand: int = 10, locations: Mapping[str, int] | None = None, **given: Any) -> Offer:
        """Put an offer on sale with stock."""
        made = offer(**given)
        levels = locations or {"default": on_hand}
        writes = [OFFERS.create(made)]
        for location, quantity in levels.items():
            writes.append(STOCK_LEVELS.create(stock_level(of=made, location=location, on_hand=quantity)))
        await self.table.commit(writes=writes, context=make_context())
        return made

    async def place(
        self, *lines: NewOrderLine, reference: str = "R-1", key: str | None = None, at: datetime = NOON
    ) -> PlacedOrder:
        context = storefront_context(at=at)
        order = make_new_order(lines=lines, reference=reference)
        answer = await self.orders.place(order=order, key=key or f"key-{reference}", context=context)
        return msgspec.json.decode(answer.body, type=PlacedOrder)

    async def level(self, of: Offer, *, location: str = "default") -> StockLevel:
        item = await self.table.get(key=stock_key(offer_id=of.offer_id, location=location))
        return STOCK_LEVELS.record(item.body)

    async def whole(self, *, reference: str = "R-1") -> tuple[Order, list[PurchaseOrder]]:
        order_id = order_identifier(storefront_id=STOREFRONT, reference=reference)
        page = await self.table.query(partition=order_partition(order_id=order_id))
        orders = [ORDERS.record(item.body) for item in page.items if item.kind == ORDER_KIND]
        return orders[0], [PURCHASE_ORDERS.record(item.body) for item in page.items if item.kind != ORDER_KIND]


def storefront_context(*, at: datetime = NOON, subject_id: str = STOREFRONT) -> Context:
    return make_context(at=at, role=Role.STOREFRONT, subject_id=subject_id)


def supplier_context(*, supplier_id: str = "sup_bergmann", at: datetime = NOON + timedelta(minutes=5)) -> Context:
    return make_context(at=at, role=Role.SUPPLIER, subject_id=supplier_id)
