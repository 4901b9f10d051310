"""The one place that chooses adapters and puts the rooms together; nothing connects before it is asked to."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from openaisle.access import routes as access_routes
from openaisle.access.queries import ApiKeyQueries
from openaisle.access.use_cases import ApiKeys
from openaisle.adapters.api_client import ApiClient
from openaisle.adapters.http.caller import GuardedHttpCaller
from openaisle.adapters.local.blobs import LocalBlobs
from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.encryption import KeyFileCipher
from openaisle.adapters.local.housekeeper import Housekeeper
from openaisle.adapters.local.pipe_runner import PipeRunner
from openaisle.adapters.local.queue import LocalQueue
from openaisle.adapters.local.store import LocalTable
from openaisle.adapters.local.ticker import Ticker
from openaisle.adapters.webhook_signer import StandardWebhooksSigner
from openaisle.catalog import routes as catalog_routes
from openaisle.catalog.queries import CatalogQueries
from openaisle.catalog.use_cases import CatalogUseCases
from openaisle.config import Settings, SettingsInvalid
from openaisle.inventory import routes as inventory_routes
from openaisle.inventory.queries import InventoryQueries
from openaisle.inventory.use_cases import StockUseCases
from openaisle.kernel.blobs import Blobs
from openaisle.kernel.context import Clock
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.errors import Finding
from openaisle.kernel.http import Operation
from openaisle.kernel.identifiers import Identifiers, TimeOrderedIdentifiers
from openaisle.kernel.marketplace_api import MarketplaceApi
from openaisle.kernel.outbound import HttpCaller, Signer
from openaisle.kernel.pipe import Pipe, Source, Timer
from openaisle.kernel.records import Event
from openaisle.kernel.table import Key
from openaisle.offers import routes as offers_routes
from openaisle.offers.queries import OfferQueries
from openaisle.offers.use_cases import OfferUseCases
from openaisle.orders import routes as orders_routes
from openaisle.orders.model import OrderPolicy
from openaisle.orders.queries import OrderQueries
from openaisle.orders.use_cases import OrderUseCases, PurchaseOrderUseCases
from openaisle.orders.workflow import acknowledgment_timer, allocate_again_pipe
from openaisle.reviews import routes as reviews_routes
from openaisle.reviews.consumer import ReviewQueueConsumer
from openaisle.reviews.queries import ReviewQueries
from openaisle.reviews.use_cases import Reviews
from openaisle.suppliers import routes as suppliers_routes
from openaisle.suppliers.connection_use_cases import SupplierConnections
from openaisle.suppliers.queries import SupplierQueries
from openaisle.suppliers.tax_ids import TaxIds
from openaisle.suppliers.use_cases import Suppliers
from openaisle.webhooks import routes as webhooks_routes
from openaisle.webhooks.dispatcher import WebhookDispatcher
from openaisle.webhooks.queries import WebhookQueries
from openaisle.webhooks.use_cases import WebhookEndpoints

_NOWHERE = Key("READINESS", "READINESS")
_SET_ASIDE = "set-aside"
_MANUAL_VERIFICATION = "manual-verification"


@dataclass(frozen=True, kw_only=True)
class Engines:
    """The ports with the adapters chosen for them; ``holder`` names this process where processes take turns."""

    settings: Settings
    holder: str
    clock: Clock
    identifiers: Identifiers
    table: LocalTable
    blobs: Blobs
    cipher: FieldCipher
    signer: Signer
    caller: HttpCaller
    set_aside: LocalQueue
    manual_verification: LocalQueue


@dataclass(frozen=True, kw_only=True)
class Rooms:
    """What the rooms can do and can tell."""

    api_keys: ApiKeys
    api_key_queries: ApiKeyQueries
    reviews: Reviews
    review_queries: ReviewQueries
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


@dataclass(frozen=True, kw_only=True)
class Marketplace:
    """An open marketplace: what entry points call, and what a worker runs."""

    engines: Engines
    rooms: Rooms
    operations: tuple[Operation, ...]
    pipes: tuple[Pipe, ...]
    timers: tuple[Timer, ...]
    sources: Mapping[str, Source]

    @property
    def settings(self) -> Settings:
        """The settings it was opened with."""
        return self.engines.settings

    @property
    def clock(self) -> Clock:
        """The clock that entry points ask."""
        return self.engines.clock

    async def require_ready(self) -> None:
        """Read from the store; raises what the store raises if it cannot be read."""
        await self.engines.table.get(key=_NOWHERE)


@asynccontextmanager
async def open_marketplace(*, settings: Settings) -> AsyncIterator[Marketplace]:
    """Open the store and everything around it for one process, and close them in the end.

    Raises SettingsInvalid, or the named error of the adapter that cannot be opened.
    """
    settings.home_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    clock = SystemClock()
    cipher = KeyFileCipher(path=settings.key_file)
    caller = _caller(settings=settings)
    table = LocalTable(path=settings.store_file, clock=clock, durable=settings.durable)
    try:
        engines = Engines(
            settings=settings,
            holder=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
            clock=clock,
            identifiers=TimeOrderedIdentifiers(clock=clock, entropy=secrets.token_bytes),
            table=table,
            blobs=LocalBlobs(folder=settings.blobs_directory),
            cipher=cipher,
            signer=StandardWebhooksSigner(),
            caller=caller,
            set_aside=LocalQueue(committer=table.committer, name=_SET_ASIDE),
            manual_verification=LocalQueue(committer=table.committer, name=_MANUAL_VERIFICATION),
        )
        yield _put_together(engines)
    finally:
        await caller.close()
        await table.close()


def api_client(*, base_url: str, api_key: str | None = None) -> MarketplaceApi:
    """Return a client of a marketplace's HTTP API; it connects with its first call."""
    return ApiClient(base_url=base_url, api_key=api_key)


def event_types() -> frozenset[str]:
    """Return the type of every event that the rooms state."""
    return frozenset(event.TYPE for event in _every_event(Event) if event.TYPE)


def _every_event(base: type[Event]) -> Iterator[type[Event]]:
    for event in base.__subclasses__():
        yield event
        yield from _every_event(event)


def _caller(*, settings: Settings) -> GuardedHttpCaller:
    try:
        return GuardedHttpCaller(
            allowed_private_hosts=settings.allowed_private_hosts, plain_http=settings.outbound_plain_http_allowed
        )
    except ValueError as error:
        finding = Finding(pointer="allowed_private_hosts", detail=str(error))
        raise SettingsInvalid(detail=f"allowed_private_hosts: {error}.", findings=[finding]) from None


def _put_together(engines: Engines) -> Marketplace:
    rooms = _rooms(engines)
    pipes = _pipes(engines, rooms)
    timers = _timers(rooms)
    return Marketplace(
        engines=engines,
        rooms=rooms,
        operations=_operations(rooms),
        pipes=pipes,
        timers=timers,
        sources=_sources(engines, rooms, pipes, timers),
    )


def _rooms(engines: Engines) -> Rooms:
    table, identifiers, cipher = engines.table, engines.identifiers, engines.cipher
    signer, caller, settings = engines.signer, engines.caller, engines.settings
    api_keys = ApiKeys(table=table, identifiers=identifiers, entropy=secrets.token_bytes)
    supplier_queries = SupplierQueries(table=table, cipher=cipher)
    catalog_queries = CatalogQueries(table=table)
    offer_queries = OfferQueries(table=table)
    inventory_queries = InventoryQueries(table=table, suppliers=supplier_queries)
    return Rooms(
        api_keys=api_keys,
        api_key_queries=ApiKeyQueries(table=table),
        reviews=Reviews(table=table, queue=engines.manual_verification),
        review_queries=ReviewQueries(table=table),
        suppliers=Suppliers(
            table=table,
            identifiers=identifiers,
            api_keys=api_keys,
            tax_ids=TaxIds(table=table, cipher=cipher, entropy=secrets.token_bytes),
        ),
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
            policy=_order_policy(settings),
        ),
        purchase_orders=PurchaseOrderUseCases(table=table),
        order_queries=OrderQueries(table=table, cipher=cipher),
        webhook_endpoints=WebhookEndpoints(
            table=table,
            stream=table,
            identifiers=identifiers,
            caller=caller,
            signer=signer,
            cipher=cipher,
            known_event_types=event_types(),
        ),
        webhook_queries=WebhookQueries(table=table),
    )


def _order_policy(settings: Settings) -> OrderPolicy:
    return OrderPolicy(
        attempts_maximum=settings.order_attempts_maximum,
        reallocate_fixed_offers=settings.fixed_offers_reallocated,
        acknowledge_within_seconds=settings.acknowledge_within_seconds,
        idempotency_hours=settings.idempotency_hours,
    )


def _operations(rooms: Rooms) -> tuple[Operation, ...]:
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
        *access_routes.operations(use_cases=rooms.api_keys, queries=rooms.api_key_queries),
    )


def _pipes(engines: Engines, rooms: Rooms) -> tuple[Pipe, ...]:
    return (allocate_again_pipe(use_cases=rooms.orders, clock=engines.clock),)


def _timers(rooms: Rooms) -> tuple[Timer, ...]:
    return (acknowledgment_timer(use_cases=rooms.purchase_orders),)


def _sources(
    engines: Engines, rooms: Rooms, pipes: tuple[Pipe, ...], timers: tuple[Timer, ...]
) -> Mapping[str, Source]:
    table, clock, holder = engines.table, engines.clock, engines.holder
    return {
        "pipes": PipeRunner(
            pipes=pipes, stream=table, checkpoints=table, set_aside=engines.set_aside, clock=clock, holder=holder
        ),
        "timers": Ticker(timers=timers, table=table, checkpoints=table, clock=clock, holder=holder),
        "reviews": ReviewQueueConsumer(queue=engines.manual_verification, reviews=rooms.reviews, clock=clock),
        "webhooks": WebhookDispatcher(
            table=table,
            stream=table,
            checkpoints=table,
            endpoints=rooms.webhook_endpoints,
            caller=engines.caller,
            signer=engines.signer,
            clock=clock,
            holder=holder,
        ),
        "housekeeping": Housekeeper(
            table=table, clock=clock, changes_kept_for=timedelta(days=engines.settings.changes_kept_days)
        ),
    }
