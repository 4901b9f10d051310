"""The rooms put together over the ports, whatever adapters stand behind them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from openaisle.access import routes as access_routes
from openaisle.access.queries import ApiKeyQueries
from openaisle.access.use_cases import ApiKeys
from openaisle.analytics import routes as analytics_routes
from openaisle.analytics.projection import overview_pipe
from openaisle.analytics.queries import OverviewQueries
from openaisle.bootstrap.engines import Engines
from openaisle.catalog import routes as catalog_routes
from openaisle.catalog.policy import CatalogPolicy
from openaisle.catalog.queries import CatalogQueries
from openaisle.catalog.use_cases import CatalogUseCases
from openaisle.config import Settings
from openaisle.inventory import pipes as inventory_pipes
from openaisle.inventory import routes as inventory_routes
from openaisle.inventory.feeds import FeedApplication
from openaisle.inventory.queries import InventoryQueries
from openaisle.inventory.registrar import Registrar
from openaisle.inventory.registration import Registration
from openaisle.inventory.use_cases import StockUseCases
from openaisle.kernel.http import Operation
from openaisle.kernel.pipe import Pipe, Source, Timer
from openaisle.kernel.records import Event
from openaisle.kernel.workflow import Handler, WorkflowRunner
from openaisle.offers import routes as offers_routes
from openaisle.offers.queries import OfferQueries
from openaisle.offers.use_cases import OfferUseCases
from openaisle.orders import routes as orders_routes
from openaisle.orders.delivery import SupplierDispatcher
from openaisle.orders.model import OrderPolicy
from openaisle.orders.queries import OrderQueries
from openaisle.orders.use_cases import OrderUseCases, PurchaseOrderUseCases
from openaisle.orders.workflow import acknowledgment_timer, allocate_again_pipe
from openaisle.reviews import routes as reviews_routes
from openaisle.reviews.consumer import ReviewQueueConsumer
from openaisle.reviews.queries import ReviewQueries
from openaisle.reviews.use_cases import Reviews
from openaisle.suppliers import pipes as suppliers_pipes
from openaisle.suppliers import routes as suppliers_routes
from openaisle.suppliers.checks.check import Check
from openaisle.suppliers.checks.standard import standard_checks
from openaisle.suppliers.claims import TableClaims
from openaisle.suppliers.connection_use_cases import SupplierConnections
from openaisle.suppliers.queries import SupplierQueries
from openaisle.suppliers.tax_ids import TaxIds
from openaisle.suppliers.use_cases import SUBJECT_KIND as SUPPLIER
from openaisle.suppliers.use_cases import Suppliers, require_corrections
from openaisle.suppliers.verification import STANDARD_POLICY
from openaisle.suppliers.verifier import SupplierVerifier
from openaisle.suppliers.workflow import verification_workflow
from openaisle.webhooks import routes as webhooks_routes
from openaisle.webhooks.dispatcher import WebhookDispatcher
from openaisle.webhooks.queries import WebhookQueries
from openaisle.webhooks.use_cases import WebhookEndpoints


@dataclass(frozen=True, kw_only=True)
class Rooms:
    """What the rooms can do and can tell."""

    api_keys: ApiKeys
    api_key_queries: ApiKeyQueries
    reviews: Reviews
    review_queries: ReviewQueries
    tax_ids: TaxIds
    suppliers: Suppliers
    supplier_connections: SupplierConnections
    supplier_queries: SupplierQueries
    catalog: CatalogUseCases
    catalog_queries: CatalogQueries
    offers: OfferUseCases
    offer_queries: OfferQueries
    stock: StockUseCases
    inventory_queries: InventoryQueries
    orders: OrderUseCases
    purchase_orders: PurchaseOrderUseCases
    order_queries: OrderQueries
    webhook_endpoints: WebhookEndpoints
    webhook_queries: WebhookQueries
    overview_queries: OverviewQueries


def rooms_over(*, engines: Engines) -> Rooms:
    """Return the use cases and queries of all rooms."""
    table, identifiers, cipher = engines.table, engines.identifiers, engines.cipher
    signer, caller = engines.signer, engines.caller
    api_keys = ApiKeys(table=table, identifiers=identifiers, entropy=secrets.token_bytes)
    tax_ids = TaxIds(table=table, cipher=cipher, entropy=secrets.token_bytes)
    supplier_queries = SupplierQueries(table=table, cipher=cipher)
    review_queries = ReviewQueries(table=table)
    catalog_queries = CatalogQueries(table=table)
    offer_queries = OfferQueries(table=table)
    inventory_queries = InventoryQueries(table=table, suppliers=supplier_queries)
    return Rooms(
        api_keys=api_keys,
        api_key_queries=ApiKeyQueries(table=table),
        reviews=Reviews(table=table, queue=engines.manual_verification, guards={SUPPLIER: require_corrections}),
        review_queries=review_queries,
        tax_ids=tax_ids,
        suppliers=Suppliers(table=table, identifiers=identifiers, api_keys=api_keys, tax_ids=tax_ids),
        supplier_connections=SupplierConnections(
            table=table, identifiers=identifiers, cipher=cipher, signer=signer, caller=caller
        ),
        supplier_queries=supplier_queries,
        catalog=CatalogUseCases(table=table, blobs=engines.blobs, identifiers=identifiers, queries=catalog_queries),
        catalog_queries=catalog_queries,
        offers=OfferUseCases(table=table, queries=offer_queries),
        offer_queries=offer_queries,
        stock=StockUseCases(table=table),
        inventory_queries=inventory_queries,
        orders=OrderUseCases(
            table=table,
            inventory=inventory_queries,
            suppliers=supplier_queries,
            cipher=cipher,
            policy=_order_policy(engines.settings),
        ),
        purchase_orders=PurchaseOrderUseCases(table=table),
        order_queries=OrderQueries(table=table, cipher=cipher),
        webhook_endpoints=WebhookEndpoints(
            table=table,
            stream=engines.stream,
            identifiers=identifiers,
            caller=caller,
            signer=signer,
            cipher=cipher,
            known_event_types=event_types(),
        ),
        webhook_queries=WebhookQueries(table=table),
        overview_queries=OverviewQueries(table=table, suppliers=supplier_queries, reviews=review_queries),
    )


def _order_policy(settings: Settings) -> OrderPolicy:
    return OrderPolicy(
        attempts_maximum=settings.order_attempts_maximum,
        reallocate_fixed_offers=settings.fixed_offers_reallocated,
        acknowledge_within_seconds=settings.acknowledge_within_seconds,
        idempotency_hours=settings.idempotency_hours,
    )


def event_types() -> frozenset[str]:
    """Return the type of every event that the rooms state."""
    return frozenset(event.TYPE for event in _every_event(Event) if event.TYPE)


def _every_event(base: type[Event]) -> Iterator[type[Event]]:
    for event in base.__subclasses__():
        yield event
        yield from _every_event(event)


def operations_of(*, rooms: Rooms) -> tuple[Operation, ...]:
    """Return the HTTP operations of all rooms, in the order in which they are documented."""
    return (
        *suppliers_routes.operations(
            use_cases=rooms.suppliers, connections=rooms.supplier_connections, queries=rooms.supplier_queries
        ),
        *reviews_routes.operations(use_cases=rooms.reviews, queries=rooms.review_queries),
        *catalog_routes.operations(use_cases=rooms.catalog, queries=rooms.catalog_queries),
        *offers_routes.operations(use_cases=rooms.offers),
        *inventory_routes.operations(use_cases=rooms.stock, queries=rooms.inventory_queries),
        *orders_routes.operations(
            use_cases=rooms.orders, purchase_orders=rooms.purchase_orders, queries=rooms.order_queries
        ),
        *webhooks_routes.operations(use_cases=rooms.webhook_endpoints, queries=rooms.webhook_queries),
        *analytics_routes.operations(queries=rooms.overview_queries),
        *access_routes.operations(use_cases=rooms.api_keys, queries=rooms.api_key_queries),
    )


class Automation:
    """What the marketplace does by itself: workflows with their handlers, and the pipes and timers that start them."""

    def __init__(self, *, engines: Engines, rooms: Rooms) -> None:
        """Take the ports and the rooms."""
        self._engines = engines
        self._rooms = rooms
        claim_holders = TableClaims(table=engines.table)
        self._checks: tuple[Check, ...] = standard_checks(claim_holders=claim_holders)
        self._verifier = SupplierVerifier(
            table=engines.table,
            tax_ids=rooms.tax_ids,
            reviews=rooms.reviews,
            claim_holders=claim_holders,
            checks=self._checks,
            policy=STANDARD_POLICY,
        )
        registrar = Registrar(table=engines.table, policy=CatalogPolicy(gtin_required=engines.settings.gtin_required))
        self._registration = Registration(
            table=engines.table,
            queries=rooms.catalog_queries,
            registrar=registrar,
            feeds=FeedApplication(
                table=engines.table, blobs=engines.blobs, queries=rooms.catalog_queries, registrar=registrar
            ),
            reviews=rooms.reviews,
        )
        self._dispatcher = SupplierDispatcher(
            table=engines.table,
            suppliers=rooms.supplier_queries,
            stock=rooms.stock,
            caller=engines.caller,
            signer=engines.signer,
            cipher=engines.cipher,
            clock=engines.clock,
            checkpoints=engines.checkpoints,
            holder=engines.holder,
        )

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of every task of every workflow."""
        return {**self._verifier.handlers(), **self._registration.handlers()}

    def pipes(self, *, runner: WorkflowRunner) -> tuple[Pipe, ...]:
        """Return the pipes of all rooms; ``runner`` runs the workflows that they start."""
        rooms, clock = self._rooms, self._engines.clock
        return (
            *suppliers_pipes.pipes(
                runner=runner,
                workflow=verification_workflow(checks=self._checks),
                suppliers=rooms.suppliers,
                reviews=rooms.reviews,
                clock=clock,
            ),
            *inventory_pipes.pipes(registration=self._registration, offers=rooms.offers, runner=runner),
            self._dispatcher.pipe(),
            allocate_again_pipe(use_cases=rooms.orders, clock=clock),
            overview_pipe(table=self._engines.table, clock=clock),
        )

    def timers(self) -> tuple[Timer, ...]:
        """Return the timers of all rooms."""
        return (acknowledgment_timer(use_cases=self._rooms.purchase_orders),)

    def sources(self) -> Mapping[str, Source]:
        """Return what runs beside pipes and timers: queue consumers and dispatchers."""
        engines, rooms = self._engines, self._rooms
        return {
            "purchase-orders": self._dispatcher,
            "reviews": ReviewQueueConsumer(
                queue=engines.manual_verification, reviews=rooms.reviews, clock=engines.clock
            ),
            "webhooks": WebhookDispatcher(
                table=engines.table,
                stream=engines.stream,
                checkpoints=engines.checkpoints,
                endpoints=rooms.webhook_endpoints,
                caller=engines.caller,
                signer=engines.signer,
                clock=engines.clock,
                holder=engines.holder,
            ),
        }
