"""The page of webhook endpoints."""

from __future__ import annotations

from starlette.responses import Response

from openaisle.entrypoints.console.views.common import paging_of
from openaisle.entrypoints.console.views.webhooks import LIST_HREF, WebhooksPage, endpoint_card
from openaisle.entrypoints.console.visits import Visit
from openaisle.webhooks.queries import WebhookQueries

_ROWS = 50


class WebhookPages:
    """The list of webhook endpoints with how their deliveries go."""

    def __init__(self, *, queries: WebhookQueries) -> None:
        """Take the room's queries."""
        self._queries = queries

    async def listed(self, visit: Visit) -> Response:
        """Show a page of endpoints."""
        return visit.page(template="webhooks", here="webhooks", page=await self._page(visit))

    async def list_fragment(self, visit: Visit) -> Response:
        """Show the endpoints alone."""
        return visit.fragment(template="webhooks", page=await self._page(visit))

    async def _page(self, visit: Visit) -> WebhooksPage:
        after = visit.asked(name="after")
        listed = await self._queries.listed(principal=visit.context.principal, after=after or None, limit=_ROWS)
        return WebhooksPage(
            endpoints=tuple(endpoint_card(view=view) for view in listed.webhook_endpoints),
            paging=paging_of(href=LIST_HREF, after=after, next_after=listed.next_after),
        )
