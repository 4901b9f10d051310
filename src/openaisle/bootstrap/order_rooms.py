"""The rooms of orders, and of what follows them, put together over the ports."""

from __future__ import annotations

from dataclasses import dataclass

from openaisle.bootstrap.allocating import AllocatingRoom, allocating_over
from openaisle.bootstrap.edi import EdiRoom, edi_over
from openaisle.bootstrap.engines import Engines
from openaisle.bootstrap.incidents import IncidentRoom, incidents_over
from openaisle.bootstrap.mail import MailRoom
from openaisle.bootstrap.order_policy import OrderPolicies
from openaisle.bootstrap.order_roads import OrderRoads, order_roads_over
from openaisle.bootstrap.papers import ShippingRoom, shipping_over
from openaisle.bootstrap.people import PeopleRoom
from openaisle.bootstrap.returns import ReturnRoom, returns_over
from openaisle.bootstrap.scorecards import ScorecardRoom, scorecards_over
from openaisle.bootstrap.supplier_roads import SupplierRoads, roads_over
from openaisle.bootstrap.supplier_rooms import SupplierRooms
from openaisle.catalog.queries import CatalogQueries
from openaisle.config import Settings
from openaisle.inventory.queries import InventoryQueries
from openaisle.inventory.use_cases import StockUseCases
from openaisle.orders.address_reads import AddressReads
from openaisle.orders.allocating.allocator import Allocator
from openaisle.orders.model import OrderPolicy
from openaisle.orders.purchase_order_use_cases import PurchaseOrderUseCases
from openaisle.orders.queries import OrderQueries
from openaisle.orders.use_cases import OrderUseCases
from openaisle.returns.units import CameBack
from openaisle.suppliers.queries import SupplierQueries


@dataclass(frozen=True, kw_only=True)
class OrderRooms:
    """What the rooms of orders, and of what follows them, can do and can tell."""

    orders: OrderUseCases
    purchase_orders: PurchaseOrderUseCases
    order_queries: OrderQueries
    allocating: AllocatingRoom
    address_reads: AddressReads
    returns: ReturnRoom
    incidents: IncidentRoom
    scorecards: ScorecardRoom
    order_roads: OrderRoads
    shipping: ShippingRoom
    edi: EdiRoom
    supplier_roads: SupplierRoads


def orders_over(
    *,
    engines: Engines,
    mail: MailRoom,
    people: PeopleRoom,
    suppliers: SupplierRooms,
    catalog: CatalogQueries,
    inventory: InventoryQueries,
) -> OrderRooms:
    """Return the use cases and queries of orders and of what follows them."""
    table, supplier_queries = engines.table, suppliers.supplier_queries
    allocating = allocating_over(engines=engines, inventory=inventory, suppliers=supplier_queries)
    orders = _orders(engines=engines, inventory=inventory, suppliers=supplier_queries, allocator=allocating.allocator)
    order_queries = OrderQueries(
        table=table,
        cipher=engines.cipher,
        suppliers=supplier_queries,
        disclosure=engines.order_policies.disclosure,
        returned=CameBack(table=table),
    )
    purchase_orders = PurchaseOrderUseCases(table=table, offers=inventory, policy=engines.order_policies.shipping)
    address_reads = AddressReads(audit=people.audit)
    returns = returns_over(engines=engines, catalog=catalog, orders=orders, queries=order_queries)
    return OrderRooms(
        orders=orders,
        purchase_orders=purchase_orders,
        order_queries=order_queries,
        allocating=allocating,
        address_reads=address_reads,
        returns=returns,
        incidents=incidents_over(engines=engines, queries=order_queries, refunds=returns.refunds),
        scorecards=scorecards_over(engines=engines, standings=supplier_queries, suppliers=suppliers.suppliers),
        order_roads=order_roads_over(engines=engines, orders=orders, queries=order_queries),
        shipping=shipping_over(
            engines=engines,
            purchase_orders=purchase_orders,
            queries=order_queries,
            reads=address_reads,
            catalog=catalog,
        ),
        edi=edi_over(
            engines=engines,
            suppliers=supplier_queries,
            purchase_orders=purchase_orders,
            stock=StockUseCases(table=table),
        ),
        supplier_roads=roads_over(
            engines=engines,
            suppliers=supplier_queries,
            purchase_orders=purchase_orders,
            stock=StockUseCases(table=table),
            mail=mail.mail,
        ),
    )


def _orders(
    *, engines: Engines, inventory: InventoryQueries, suppliers: SupplierQueries, allocator: Allocator
) -> OrderUseCases:
    return OrderUseCases(
        table=engines.table,
        inventory=inventory,
        suppliers=suppliers,
        cipher=engines.cipher,
        policy=_order_policy(settings=engines.settings, policies=engines.order_policies),
        allocator=allocator,
    )


def _order_policy(*, settings: Settings, policies: OrderPolicies) -> OrderPolicy:
    return OrderPolicy(
        attempts_maximum=settings.order_attempts_maximum,
        reallocate_fixed_offers=settings.fixed_offers_reallocated,
        acknowledge_within_seconds=settings.acknowledge_within_seconds,
        idempotency_hours=settings.idempotency_hours,
        hand_over=policies.allocation.hand_over,
        shipping=policies.shipping,
    )
