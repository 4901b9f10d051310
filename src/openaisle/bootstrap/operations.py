"""The HTTP operations of all rooms, in the order in which they are documented."""

from __future__ import annotations

from openaisle.access import routes as access_routes
from openaisle.analytics import routes as analytics_routes
from openaisle.bootstrap.rooms import Rooms
from openaisle.catalog import routes as catalog_routes
from openaisle.catalog.pictures import routes as pictures_routes
from openaisle.duties import routes as duties_routes
from openaisle.feeds.doubts import routes as review_groups_routes
from openaisle.inventory import joining_routes
from openaisle.inventory import routes as inventory_routes
from openaisle.inventory.reservations import routes as reservation_routes
from openaisle.kernel.http import Operation
from openaisle.machinery import routes as machinery_routes
from openaisle.offers import routes as offers_routes
from openaisle.orders import routes as orders_routes
from openaisle.orders.address_reads import noting
from openaisle.reviews import routes as reviews_routes
from openaisle.reviews.rules import routes as review_rules_routes
from openaisle.suppliers import revealing_routes
from openaisle.suppliers import routes as suppliers_routes
from openaisle.suppliers.application_routes import application_operations
from openaisle.suppliers.mailbox_routes import mailbox_operations
from openaisle.suppliers.shipping_terms_routes import shipping_terms_operations
from openaisle.suppliers.terms import routes as terms_routes
from openaisle.webhooks import routes as webhooks_routes


def operations_of(*, rooms: Rooms) -> tuple[Operation, ...]:
    """Return the HTTP operations of all rooms, in the order in which they are documented."""
    operations = (
        *suppliers_routes.operations(
            use_cases=rooms.suppliers, connections=rooms.supplier_connections, queries=rooms.supplier_queries
        ),
        *application_operations(
            applications=rooms.supplier_applications,
            documents=rooms.supplier_documents,
            life=rooms.supplier_life,
            queries=rooms.supplier_queries,
        ),
        *mailbox_operations(mailboxes=rooms.supplier_mailboxes),
        *shipping_terms_operations(shipping_terms=rooms.supplier_shipping_terms),
        *terms_routes.operations(use_cases=rooms.terms, queries=rooms.terms_queries),
        *reviews_routes.operations(
            use_cases=rooms.reviews, queries=rooms.review_queries, histories=rooms.review_histories
        ),
        *review_rules_routes.operations(use_cases=rooms.review_rules, queries=rooms.review_rule_queries),
        *catalog_routes.operations(use_cases=rooms.catalog, queries=rooms.catalog_queries),
        *rooms.categories.operations(),
        *rooms.feeds.operations(),
        *rooms.publishing.operations(),
        *review_groups_routes.operations(queries=rooms.review_groups),
        *pictures_routes.operations(queries=rooms.pictures),
        *joining_routes.operations(joins=rooms.product_joins, sources=rooms.product_sources),
        *offers_routes.operations(use_cases=rooms.offers),
        *inventory_routes.operations(use_cases=rooms.stock, queries=rooms.inventory_queries),
        *reservation_routes.operations(reservations=rooms.reservations),
        *orders_routes.operations(
            use_cases=rooms.orders, purchase_orders=rooms.purchase_orders, queries=rooms.order_queries
        ),
        *rooms.shipping.operations(),
        *rooms.order_roads.operations(),
        *rooms.supplier_roads.operations(),
        *rooms.edi.operations(),
        *rooms.returns.operations(),
        *rooms.incidents.operations(),
        *rooms.scorecards.operations(),
        *webhooks_routes.operations(use_cases=rooms.webhook_endpoints, queries=rooms.webhook_queries),
        *rooms.webhook_logs.operations(),
        *analytics_routes.operations(queries=rooms.overview_queries),
        *machinery_routes.operations(queries=rooms.machinery_queries),
        *duties_routes.operations(duties=rooms.duties),
        *rooms.allocating.operations(),
        *rooms.people.operations(),
        *revealing_routes.operations(revealing=rooms.revealing),
        *access_routes.operations(use_cases=rooms.api_keys, queries=rooms.api_key_queries),
    )
    return noting(operations=operations, reads=rooms.address_reads)
