"""The console of an open marketplace, as the HTTP entry point mounts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from openaisle.entrypoints.console.assembly import ConsoleRooms, HasRoutes, assembled_console, console_sessions
from openaisle.entrypoints.console.pages.exchanges import ExchangePages
from openaisle.entrypoints.console.pages.feeds import ConsoleFeeds
from openaisle.entrypoints.console.pages.incidents import IncidentPages
from openaisle.entrypoints.console.pages.order_care import OrderCarePages
from openaisle.entrypoints.console.pages.returns import ReturnPages
from openaisle.entrypoints.console.pages.scorecards import ScorecardPages
from openaisle.entrypoints.console.pages.substitutes import SubstitutePages
from openaisle.entrypoints.console.pages.undelivered import UndeliveredPages
from openaisle.entrypoints.console.pages.webhook_log import WebhookLogPages
from openaisle.entrypoints.console.sessions.use_cases import Sessions

if TYPE_CHECKING:
    from openaisle.bootstrap import Marketplace, Rooms


def console_application(*, marketplace: Marketplace) -> ASGIApp:
    """Return the application that is mounted at ``/console``."""
    engines, rooms = marketplace.engines, marketplace.rooms
    return assembled_console(
        rooms=ConsoleRooms(
            clock=engines.clock,
            table=engines.table,
            stream=engines.stream,
            api_keys=rooms.api_keys,
            api_key_queries=rooms.api_key_queries,
            suppliers=rooms.suppliers,
            supplier_queries=rooms.supplier_queries,
            supplier_life=rooms.supplier_life,
            supplier_documents=rooms.supplier_documents,
            revealing=rooms.revealing,
            reviews=rooms.reviews,
            review_queries=rooms.review_queries,
            review_histories=rooms.review_histories,
            review_rules=rooms.review_rules,
            review_rule_queries=rooms.review_rule_queries,
            review_groups=rooms.review_groups,
            order_queries=rooms.order_queries,
            catalog_queries=rooms.catalog_queries,
            feeds=ConsoleFeeds(
                queries=rooms.feeds.queries,
                use_cases=rooms.feeds.use_cases,
                progress=rooms.feeds.ways_in.progress,
                reports=rooms.feeds.ways_in.reports,
            ),
            taxonomy_queries=rooms.categories.taxonomy_queries,
            schema_queries=rooms.categories.schema_queries,
            category_schemas=rooms.categories.schemas,
            schema_exports=rooms.categories.exports,
            inventory_queries=rooms.inventory_queries,
            publishing_queries=rooms.publishing.queries,
            webhook_queries=rooms.webhook_queries,
            overview_queries=rooms.overview_queries,
            people=rooms.people,
            mail=rooms.mail.mail,
            mail_queries=rooms.mail.queries,
            duties=rooms.duties,
            terms=rooms.terms,
            terms_queries=rooms.terms_queries,
            more=_further_pages(rooms=rooms),
        )
    )


def _further_pages(*, rooms: Rooms) -> tuple[HasRoutes, ...]:
    """Return the pages that say themselves at which path each is shown."""
    return (
        ScorecardPages(
            use_cases=rooms.scorecards.scorecards,
            queries=rooms.scorecards.queries,
            suppliers=rooms.supplier_queries,
        ),
        SubstitutePages(use_cases=rooms.purchase_orders),
        OrderCarePages(
            care=rooms.order_roads.care,
            orders=rooms.order_queries,
            returns=rooms.returns.queries,
            incidents=rooms.incidents.queries,
        ),
        ReturnPages(
            returns=rooms.returns.returns,
            replacements=rooms.returns.replacements,
            queries=rooms.returns.queries,
            suppliers=rooms.supplier_queries,
            catalog=rooms.catalog_queries,
        ),
        IncidentPages(
            incidents=rooms.incidents.incidents,
            attachments=rooms.incidents.attachments,
            queries=rooms.incidents.queries,
            returns=rooms.returns.queries,
            suppliers=rooms.supplier_queries,
        ),
        WebhookLogPages(queries=rooms.webhook_queries, log=rooms.webhook_logs.log, resends=rooms.webhook_logs.resends),
        UndeliveredPages(
            dead_letters=rooms.supplier_roads.dead_letters,
            notices=rooms.supplier_roads.notices,
            suppliers=rooms.supplier_queries,
        ),
        ExchangePages(queries=rooms.edi.queries, suppliers=rooms.supplier_queries),
    )


def sessions_of(*, marketplace: Marketplace) -> Sessions:
    """Return the console's sessions; ``made_link`` of them makes a link that signs in once."""
    rooms = marketplace.rooms
    return console_sessions(
        table=marketplace.engines.table,
        api_keys=rooms.api_keys,
        api_key_queries=rooms.api_key_queries,
        user_sessions=rooms.people.sessions,
    )
