"""The rooms put together over the ports, whatever adapters stand behind them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import msgspec

from openaisle.access.queries import ApiKeyQueries
from openaisle.access.use_cases import ApiKeys
from openaisle.analytics.queries import OverviewQueries
from openaisle.bootstrap.allocating import AllocatingRoom, allocating_over
from openaisle.bootstrap.categories import CategoryRoom, categories_over
from openaisle.bootstrap.edi import EdiRoom, edi_over
from openaisle.bootstrap.engines import Engines
from openaisle.bootstrap.event_types import event_types
from openaisle.bootstrap.feeds import FeedRoom, feeds_over
from openaisle.bootstrap.incidents import IncidentRoom, incidents_over
from openaisle.bootstrap.mail import MailRoom, mail_over
from openaisle.bootstrap.order_policy import OrderPolicies
from openaisle.bootstrap.order_roads import OrderRoads, order_roads_over
from openaisle.bootstrap.papers import ShippingRoom, shipping_over
from openaisle.bootstrap.people import PeopleRoom, people_over
from openaisle.bootstrap.pictures import picture_queries_over
from openaisle.bootstrap.policies import verification_policy
from openaisle.bootstrap.publishing import PublishingRoom, publishing_over
from openaisle.bootstrap.returns import ReturnRoom, returns_over
from openaisle.bootstrap.review_groups import review_groups_over
from openaisle.bootstrap.scorecards import ScorecardRoom, scorecards_over
from openaisle.bootstrap.supplier_roads import SupplierRoads, roads_over
from openaisle.bootstrap.webhooks import WebhookLogs, webhook_logs_over
from openaisle.catalog.merging.use_cases import ProductSources
from openaisle.catalog.pictures.queries import PictureQueries
from openaisle.catalog.queries import CatalogQueries
from openaisle.catalog.use_cases import CatalogUseCases
from openaisle.config import Settings
from openaisle.duties.use_cases import Duties
from openaisle.feeds.doubts.model import SUBJECT_KIND as PRODUCT_ROWS
from openaisle.feeds.doubts.model import require_group_corrections
from openaisle.feeds.doubts.queries import ReviewGroupQueries
from openaisle.inventory.joining import ProductJoins
from openaisle.inventory.queries import InventoryQueries
from openaisle.inventory.reservations.use_cases import Reservations
from openaisle.inventory.use_cases import StockUseCases
from openaisle.machinery.queries import MachineryQueries, QueueName
from openaisle.offers.queries import OfferQueries
from openaisle.offers.use_cases import OfferUseCases
from openaisle.orders.address_reads import AddressReads
from openaisle.orders.allocating.allocator import Allocator
from openaisle.orders.handing_over import SUBJECT_KIND as ORDER_ALLOCATION
from openaisle.orders.handing_over import require_chosen_offers
from openaisle.orders.model import OrderPolicy
from openaisle.orders.purchase_order_use_cases import PurchaseOrderUseCases
from openaisle.orders.queries import OrderQueries
from openaisle.orders.use_cases import OrderUseCases
from openaisle.reviews.history import ReviewHistories
from openaisle.reviews.policy import ReviewPolicy
from openaisle.reviews.queries import ReviewQueries
from openaisle.reviews.rules.queries import RuleQueries
from openaisle.reviews.rules.use_cases import KeptRules
from openaisle.reviews.use_cases import Reviews
from openaisle.suppliers.application_use_cases import Applications
from openaisle.suppliers.connection_use_cases import SupplierConnections
from openaisle.suppliers.documents import SupplierDocuments
from openaisle.suppliers.life import SupplierLife
from openaisle.suppliers.mailbox_use_cases import Mailboxes
from openaisle.suppliers.queries import SupplierQueries
from openaisle.suppliers.rescreening import Rescreening
from openaisle.suppliers.revealing import Revealing
from openaisle.suppliers.review_settings import review_policy_of
from openaisle.suppliers.shipping_terms_use_cases import SupplierShippingTerms
from openaisle.suppliers.tax_ids import TaxIds
from openaisle.suppliers.terms.queries import TermsQueries
from openaisle.suppliers.terms.use_cases import Terms
from openaisle.suppliers.use_cases import SUBJECT_KIND as SUPPLIER
from openaisle.suppliers.use_cases import Suppliers, corrections_seal, require_corrections
from openaisle.suppliers.verification import VerificationPolicy
from openaisle.webhooks.queries import WebhookQueries
from openaisle.webhooks.use_cases import WebhookEndpoints


@dataclass(frozen=True, kw_only=True)
class Rooms:
    """What the rooms can do and can tell."""

    api_keys: ApiKeys
    api_key_queries: ApiKeyQueries
    mail: MailRoom
    people: PeopleRoom
    reviews: Reviews
    review_queries: ReviewQueries
    review_histories: ReviewHistories
    review_rules: KeptRules
    review_rule_queries: RuleQueries
    tax_ids: TaxIds
    suppliers: Suppliers
    revealing: Revealing
    supplier_connections: SupplierConnections
    supplier_shipping_terms: SupplierShippingTerms
    supplier_queries: SupplierQueries
    supplier_applications: Applications
    supplier_documents: SupplierDocuments
    supplier_life: SupplierLife
    terms: Terms
    terms_queries: TermsQueries
    supplier_mailboxes: Mailboxes
    supplier_rescreening: Rescreening
    catalog: CatalogUseCases
    catalog_queries: CatalogQueries
    categories: CategoryRoom
    feeds: FeedRoom
    review_groups: ReviewGroupQueries
    pictures: PictureQueries
    product_joins: ProductJoins
    product_sources: ProductSources
    offers: OfferUseCases
    offer_queries: OfferQueries
    stock: StockUseCases
    inventory_queries: InventoryQueries
    reservations: Reservations
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
    publishing: PublishingRoom
    webhook_endpoints: WebhookEndpoints
    webhook_queries: WebhookQueries
    webhook_logs: WebhookLogs
    overview_queries: OverviewQueries
    machinery_queries: MachineryQueries
    duties: Duties


def rooms_over(*, engines: Engines) -> Rooms:
    """Return the use cases and queries of all rooms."""
    table, identifiers, cipher = engines.table, engines.identifiers, engines.cipher
    api_keys = ApiKeys(table=table, identifiers=identifiers, entropy=secrets.token_bytes)
    tax_ids = TaxIds(table=table, cipher=cipher, entropy=secrets.token_bytes)
    policy = verification_policy(settings=engines.settings)
    # Reviews know no subject: which of its facts are risky each room says itself.
    review_policy = msgspec.structs.replace(
        review_policy_of(settings=policy.reviews, subject_kind=SUPPLIER), ruled_elsewhere=frozenset({PRODUCT_ROWS})
    )
    supplier_queries = SupplierQueries(table=table, cipher=cipher, policy=policy)
    suppliers = _suppliers(engines=engines, api_keys=api_keys, tax_ids=tax_ids, policy=policy)
    catalog_queries = CatalogQueries(table=table)
    categories = categories_over(engines=engines)
    inventory_queries = InventoryQueries(table=table, suppliers=supplier_queries)
    supplier_life = SupplierLife(table=table, blobs=engines.blobs, policy=policy.life)
    allocating = allocating_over(engines=engines, inventory=inventory_queries, suppliers=supplier_queries)
    orders = _orders(
        engines=engines,
        inventory=inventory_queries,
        suppliers=supplier_queries,
        allocator=allocating.allocator,
    )
    order_queries = OrderQueries(
        table=table, cipher=cipher, suppliers=supplier_queries, disclosure=engines.order_policies.disclosure
    )
    purchase_orders = PurchaseOrderUseCases(
        table=table, offers=inventory_queries, policy=engines.order_policies.shipping
    )
    mail = mail_over(engines=engines)
    people = people_over(engines=engines, api_keys=api_keys, mail=mail.mail)
    address_reads = AddressReads(audit=people.audit)
    returns = returns_over(engines=engines, catalog=catalog_queries, orders=orders, queries=order_queries)
    return Rooms(
        api_keys=api_keys,
        api_key_queries=ApiKeyQueries(table=table),
        mail=mail,
        people=people,
        reviews=_reviews(engines=engines, tax_ids=tax_ids, policy=review_policy),
        review_queries=ReviewQueries(table=table),
        review_histories=ReviewHistories(table=table),
        review_rules=KeptRules(table=table, policy=review_policy),
        review_rule_queries=RuleQueries(table=table),
        tax_ids=tax_ids,
        suppliers=suppliers,
        revealing=Revealing(table=table, tax_ids=tax_ids, audit=people.audit),
        supplier_applications=Applications(
            table=table, identifiers=identifiers, api_keys=api_keys, suppliers=suppliers, policy=policy
        ),
        supplier_documents=_supplier_documents(engines=engines, policy=policy),
        supplier_life=supplier_life,
        supplier_rescreening=Rescreening(table=table, life=supplier_life),
        terms=Terms(table=table, life=supplier_life, policy=policy.terms),
        terms_queries=TermsQueries(table=table),
        supplier_mailboxes=_mailboxes(engines=engines),
        supplier_connections=_supplier_connections(engines=engines),
        supplier_shipping_terms=SupplierShippingTerms(table=table),
        supplier_queries=supplier_queries,
        catalog=_catalog(engines=engines, queries=catalog_queries, suppliers=supplier_queries),
        catalog_queries=catalog_queries,
        categories=categories,
        review_groups=review_groups_over(engines=engines),
        pictures=picture_queries_over(engines=engines),
        feeds=feeds_over(engines=engines, suppliers=supplier_queries, categories=categories),
        product_joins=ProductJoins(table=table, queries=catalog_queries),
        product_sources=ProductSources(table=table, queries=catalog_queries),
        offers=OfferUseCases(table=table, queries=OfferQueries(table=table)),
        offer_queries=OfferQueries(table=table),
        stock=StockUseCases(table=table),
        inventory_queries=inventory_queries,
        reservations=Reservations(table=table, inventory=inventory_queries),
        orders=orders,
        purchase_orders=purchase_orders,
        order_queries=order_queries,
        allocating=allocating,
        address_reads=address_reads,
        shipping=shipping_over(
            engines=engines,
            purchase_orders=purchase_orders,
            queries=order_queries,
            reads=address_reads,
            catalog=catalog_queries,
        ),
        returns=returns,
        incidents=incidents_over(engines=engines, queries=order_queries, refunds=returns.refunds),
        order_roads=order_roads_over(engines=engines, orders=orders, queries=order_queries),
        scorecards=scorecards_over(engines=engines, standings=supplier_queries, suppliers=suppliers),
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
        publishing=publishing_over(
            engines=engines,
            inventory=inventory_queries,
            catalog=catalog_queries,
            taxonomy=categories.taxonomy_queries,
            schemas=categories.schema_queries,
        ),
        webhook_endpoints=_webhook_endpoints(engines=engines),
        webhook_queries=WebhookQueries(table=table),
        webhook_logs=webhook_logs_over(engines=engines),
        machinery_queries=_machinery_queries(engines=engines),
        overview_queries=OverviewQueries(table=table, suppliers=supplier_queries, reviews=ReviewQueries(table=table)),
        duties=_duties(engines=engines, mail=mail, suppliers=suppliers),
    )


def _reviews(*, engines: Engines, tax_ids: TaxIds, policy: ReviewPolicy) -> Reviews:
    return Reviews(
        table=engines.table,
        queue=engines.manual_verification,
        guards={
            SUPPLIER: require_corrections,
            PRODUCT_ROWS: require_group_corrections,
            ORDER_ALLOCATION: require_chosen_offers,
        },
        seals={SUPPLIER: corrections_seal(tax_ids=tax_ids)},
        policy=policy,
    )


def _suppliers(*, engines: Engines, api_keys: ApiKeys, tax_ids: TaxIds, policy: VerificationPolicy) -> Suppliers:
    return Suppliers(
        table=engines.table,
        identifiers=engines.identifiers,
        api_keys=api_keys,
        tax_ids=tax_ids,
        deadlines=policy.deadlines,
    )


def _supplier_documents(*, engines: Engines, policy: VerificationPolicy) -> SupplierDocuments:
    return SupplierDocuments(
        table=engines.table,
        blobs=engines.blobs,
        cipher=engines.cipher,
        identifiers=engines.identifiers,
        life=policy.life,
    )


def _supplier_connections(*, engines: Engines) -> SupplierConnections:
    return SupplierConnections(
        table=engines.table,
        identifiers=engines.identifiers,
        cipher=engines.cipher,
        signer=engines.signer,
        caller=engines.caller,
    )


def _mailboxes(*, engines: Engines) -> Mailboxes:
    return Mailboxes(table=engines.table, entropy=secrets.token_bytes, public_address=engines.settings.reached_at)


def _machinery_queries(*, engines: Engines) -> MachineryQueries:
    queues = {
        QueueName.SET_ASIDE: engines.set_aside,
        QueueName.MANUAL_VERIFICATION: engines.manual_verification,
    }
    return MachineryQueries(executions=engines.executions, queues=queues)


def _webhook_endpoints(*, engines: Engines) -> WebhookEndpoints:
    return WebhookEndpoints(
        table=engines.table,
        stream=engines.stream,
        identifiers=engines.identifiers,
        caller=engines.caller,
        signer=engines.signer,
        cipher=engines.cipher,
        known_event_types=event_types(),
    )


def _catalog(*, engines: Engines, queries: CatalogQueries, suppliers: SupplierQueries) -> CatalogUseCases:
    return CatalogUseCases(table=engines.table, identifiers=engines.identifiers, queries=queries, suppliers=suppliers)


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


def _duties(*, engines: Engines, mail: MailRoom, suppliers: Suppliers) -> Duties:
    return Duties(
        table=engines.table,
        mail=mail.mail,
        suppliers=suppliers,
        suspend_overdue=engines.settings.duties_suspend_overdue,
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
