"""The rooms put together over the ports, whatever adapters stand behind them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import msgspec

from openaisle.access.queries import ApiKeyQueries
from openaisle.access.use_cases import ApiKeys
from openaisle.analytics.queries import OverviewQueries
from openaisle.bootstrap.categories import CategoryRoom, categories_over
from openaisle.bootstrap.engines import Engines
from openaisle.bootstrap.event_types import event_types
from openaisle.bootstrap.feeds import FeedRoom, feeds_over
from openaisle.bootstrap.mail import MailRoom, mail_over
from openaisle.bootstrap.order_rooms import OrderRooms, orders_over
from openaisle.bootstrap.people import PeopleRoom, people_over
from openaisle.bootstrap.pictures import picture_queries_over
from openaisle.bootstrap.policies import verification_policy
from openaisle.bootstrap.publishing import PublishingRoom, publishing_over
from openaisle.bootstrap.review_groups import review_groups_over
from openaisle.bootstrap.supplier_rooms import SupplierRooms, suppliers_over
from openaisle.bootstrap.webhooks import WebhookLogs, webhook_logs_over
from openaisle.catalog.merging.use_cases import ProductSources
from openaisle.catalog.pictures.queries import PictureQueries
from openaisle.catalog.queries import CatalogQueries
from openaisle.catalog.use_cases import CatalogUseCases
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
from openaisle.orders.handing_over import SUBJECT_KIND as ORDER_ALLOCATION
from openaisle.orders.handing_over import require_chosen_offers
from openaisle.reviews.history import ReviewHistories
from openaisle.reviews.policy import ReviewPolicy
from openaisle.reviews.queries import ReviewQueries
from openaisle.reviews.rules.queries import RuleQueries
from openaisle.reviews.rules.use_cases import KeptRules
from openaisle.reviews.use_cases import Reviews
from openaisle.suppliers.queries import SupplierQueries
from openaisle.suppliers.review_settings import review_policy_of
from openaisle.suppliers.tax_ids import TaxIds
from openaisle.suppliers.use_cases import SUBJECT_KIND as SUPPLIER
from openaisle.suppliers.use_cases import corrections_seal, require_corrections
from openaisle.webhooks.queries import WebhookQueries
from openaisle.webhooks.use_cases import WebhookEndpoints


@dataclass(frozen=True, kw_only=True)
class Rooms(SupplierRooms, OrderRooms):
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
    publishing: PublishingRoom
    webhook_endpoints: WebhookEndpoints
    webhook_queries: WebhookQueries
    webhook_logs: WebhookLogs
    overview_queries: OverviewQueries
    machinery_queries: MachineryQueries


def rooms_over(*, engines: Engines) -> Rooms:
    """Return the use cases and queries of all rooms."""
    table = engines.table
    api_keys = ApiKeys(table=table, identifiers=engines.identifiers, entropy=secrets.token_bytes)
    mail = mail_over(engines=engines)
    people = people_over(engines=engines, api_keys=api_keys, mail=mail.mail)
    supplier_rooms = suppliers_over(engines=engines, api_keys=api_keys, mail=mail, people=people)
    supplier_queries = supplier_rooms.supplier_queries
    review_policy = _review_policy(engines=engines)
    catalog_queries = CatalogQueries(table=table)
    categories = categories_over(engines=engines)
    inventory_queries = InventoryQueries(table=table, suppliers=supplier_queries)
    order_rooms = orders_over(
        engines=engines,
        mail=mail,
        people=people,
        suppliers=supplier_rooms,
        catalog=catalog_queries,
        inventory=inventory_queries,
    )
    return Rooms(
        **vars(supplier_rooms),
        **vars(order_rooms),
        api_keys=api_keys,
        api_key_queries=ApiKeyQueries(table=table),
        mail=mail,
        people=people,
        reviews=_reviews(engines=engines, tax_ids=supplier_rooms.tax_ids, policy=review_policy),
        review_queries=ReviewQueries(table=table),
        review_histories=ReviewHistories(table=table),
        review_rules=KeptRules(table=table, policy=review_policy),
        review_rule_queries=RuleQueries(table=table),
        catalog=_catalog(engines=engines, queries=catalog_queries, suppliers=supplier_queries),
        catalog_queries=catalog_queries,
        categories=categories,
        feeds=feeds_over(engines=engines, suppliers=supplier_queries, categories=categories),
        review_groups=review_groups_over(engines=engines),
        pictures=picture_queries_over(engines=engines),
        product_joins=ProductJoins(table=table, queries=catalog_queries),
        product_sources=ProductSources(table=table, queries=catalog_queries),
        offers=OfferUseCases(table=table, queries=OfferQueries(table=table)),
        offer_queries=OfferQueries(table=table),
        stock=StockUseCases(table=table),
        inventory_queries=inventory_queries,
        reservations=Reservations(table=table, inventory=inventory_queries),
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
        overview_queries=OverviewQueries(table=table, suppliers=supplier_queries, reviews=ReviewQueries(table=table)),
        machinery_queries=_machinery_queries(engines=engines),
    )


def _review_policy(*, engines: Engines) -> ReviewPolicy:
    policy = verification_policy(settings=engines.settings)
    # Reviews know no subject: which of its facts are risky each room says itself.
    return msgspec.structs.replace(
        review_policy_of(settings=policy.reviews, subject_kind=SUPPLIER), ruled_elsewhere=frozenset({PRODUCT_ROWS})
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
