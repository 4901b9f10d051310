"""Orders, and a small marketplace to place them in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from openaisle.catalog.repository import PRODUCTS
from openaisle.inventory.model import StockLevel
from openaisle.inventory.queries import InventoryQueries
from openaisle.inventory.repository import STOCK_LEVELS, stock_key
from openaisle.inventory.use_cases import StockUseCases
from openaisle.kernel.context import Clock, Context, Role
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.outbound import HttpAnswer
from openaisle.kernel.table import Table
from openaisle.offers.model import Offer
from openaisle.offers.repository import OFFERS
from openaisle.orders.allocating.allocator import Allocator
from openaisle.orders.channels.roads import called_transports
from openaisle.orders.commands import NewOrder, NewOrderLine, ShipTo
from openaisle.orders.delivery import SupplierDispatcher
from openaisle.orders.disclosure import AddressBeforeAcceptance, DisclosurePolicy
from openaisle.orders.model import Order, OrderPolicy, order_identifier
from openaisle.orders.purchase_order import PurchaseOrder
from openaisle.orders.purchase_order_use_cases import PurchaseOrderUseCases
from openaisle.orders.queries import OrderQueries
from openaisle.orders.repository import ORDER_KIND, ORDERS, PURCHASE_ORDERS, order_partition
from openaisle.orders.use_cases import OrderUseCases
from openaisle.orders.views import PlacedOrder
from openaisle.suppliers.model import SupplierState
from openaisle.suppliers.queries import SupplierConnection
from openaisle.suppliers.views import SupplierPage, SupplierSummary
from tests.factories.catalog import product
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
        self.known: set[str] = set()
        self.connections: dict[str, SupplierConnection | None] = {}

    async def is_active(self, *, supplier_id: str, at: datetime) -> bool:
        return supplier_id not in self.inactive

    async def connection(self, *, supplier_id: str, at: datetime) -> SupplierConnection | None:
        if supplier_id in self.connections:
            return self.connections[supplier_id]
        return make_connection(supplier_id=supplier_id)

    async def listed(self, *, after: str | None = None, limit: int = 100) -> SupplierPage:
        shown = [
            SupplierSummary(
                supplier_id=supplier_id,
                name=supplier_id,
                legal_name=supplier_id,
                country="DE",
                state=SupplierState.ACTIVE,
                connected=True,
                applied_at=NOON,
                changed_at=NOON,
            )
            for supplier_id in sorted(self.known)
        ]
        return SupplierPage(suppliers=shown, next_after=None)


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
        allocator: Allocator | None = None,
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
            allocator=allocator,
        )
        self.purchase_orders = PurchaseOrderUseCases(table=table, offers=self.inventory)
        self.queries = OrderQueries(table=table, cipher=self.cipher)

    async def stock(self, *, on_hand: int = 10, locations: Mapping[str, int] | None = None, **given: Any) -> Offer:
        """Put an offer on sale with stock."""
        made = offer(**given)
        self.suppliers.known.add(made.supplier_id)
        levels = locations or {"default": on_hand}
        writes = [OFFERS.create(made), PRODUCTS.store(product(product_id=made.product_id))]
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


class FakeSigner:
    """Signs nothing; shows what would be signed."""

    def new_secret(self) -> str:
        return "whsec_fake"

    def headers(self, *, secrets: tuple[str, ...], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
        return {"webhook-id": message_id, "webhook-signature": ",".join(secrets)}

    def verify(self, *, secret: str, headers: Mapping[str, str], body: bytes) -> None:
        return None


class FakeSupplierSystem:
    """One supplier's server: remembers what reached it, answers as a test tells it to."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.documents: dict[str, dict[str, Any]] = {}
        self.canceled: list[dict[str, Any]] = []
        self.cancellation: Callable[[dict[str, Any]], dict[str, Any] | None] = canceling
        self.on_hand: dict[str, int] = {}
        self.stock_calls = 0
        self.answer: Callable[[dict[str, Any]], dict[str, Any] | None] = accepting
        self.failure: Callable[[], HttpAnswer | None] = lambda: None
        self.before_answer: Callable[[], Awaitable[None]] | None = None

    async def called(self, *, url: str, body: bytes) -> HttpAnswer:
        asked = msgspec.json.decode(body)
        failed = self.failure()
        if failed is not None:
            return failed
        if "supplier_skus" in asked:
            self.stock_calls += 1
            levels = [
                {"supplier_sku": sku, "location": "default", "on_hand": self.on_hand[sku]}
                for sku in asked["supplier_skus"]
                if sku in self.on_hand
            ]
            return http_answer({"stock_levels": levels})
        if "cancellations" in asked:
            self.canceled.extend(asked["cancellations"])
            told = [self.cancellation(one) for one in asked["cancellations"]]
            return http_answer({"cancellations": [one for one in told if one is not None]})
        self.batches.append([one["purchase_order_id"] for one in asked["purchase_orders"]])
        self.documents.update({one["purchase_order_id"]: one for one in asked["purchase_orders"]})
        if self.before_answer is not None:
            await self.before_answer()
        answers = [self.answer(one) for one in asked["purchase_orders"]]
        return http_answer({"acknowledgments": [one for one in answers if one is not None]})


class FakeCaller:
    """Suppliers' servers by host; a host nobody named accepts everything."""

    def __init__(self) -> None:
        self.systems: dict[str, FakeSupplierSystem] = {}

    def system(self, supplier_id: str) -> FakeSupplierSystem:
        return self.systems.setdefault(f"{supplier_id}.example", FakeSupplierSystem())

    async def call(
        self,
        *,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout_seconds: float,
        maximum_answer_bytes: int = 1_000_000,
    ) -> HttpAnswer:
        host = url.split("/")[2]
        return await self.systems.setdefault(host, FakeSupplierSystem()).called(url=url, body=body)

    async def require_callable(self, *, url: str) -> None:
        return None


def canceling(document: dict[str, Any]) -> dict[str, Any]:
    return {"purchase_order_id": document["purchase_order_id"], "decision": "canceled"}


def accepting(document: dict[str, Any]) -> dict[str, Any]:
    return {"purchase_order_id": document["purchase_order_id"], "decision": "accepted"}


def rejecting(document: dict[str, Any]) -> dict[str, Any]:
    return {"purchase_order_id": document["purchase_order_id"], "decision": "rejected", "reason": "sold out"}


def later(document: dict[str, Any]) -> dict[str, Any]:
    return {"purchase_order_id": document["purchase_order_id"], "decision": "later"}


def http_answer(value: Any, *, status: int = 200, **headers: str) -> HttpAnswer:
    body = value if isinstance(value, bytes) else msgspec.json.encode(value)
    return HttpAnswer(status=status, headers=headers, body=body)


def make_dispatcher(
    *, room: OrderRoom, caller: FakeCaller, clock: Clock, roads: Mapping[str, Any] | None = None, **given: Any
) -> SupplierDispatcher:
    return SupplierDispatcher(
        table=room.table,
        suppliers=room.suppliers,
        stock=StockUseCases(table=room.table),
        transports={**called_transports(caller=caller, signer=FakeSigner(), clock=clock), **(roads or {})},
        cipher=room.cipher,
        disclosure=DisclosurePolicy(address_before_acceptance=AddressBeforeAcceptance.FULL),
        clock=clock,
        checkpoints=room.table,
        chance=lambda: 1.0,
        **({"holder": "here"} | given),
    )
