"""The page of one webhook endpoint: its delivery log, and the forms that send events again."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.responses import Response
from starlette.routing import Route

from openaisle.entrypoints.console.door import Door
from openaisle.entrypoints.console.views.common import Choice, paging_of
from openaisle.entrypoints.console.views.webhooks import LIST_HREF, WebhookPage, endpoint_card
from openaisle.entrypoints.console.visits import FieldMissing, Visit
from openaisle.kernel.errors import Finding
from openaisle.webhooks.log_queries import DeliveryLog
from openaisle.webhooks.queries import WebhookQueries
from openaisle.webhooks.resend_use_cases import WebhookResends

_ROWS = 50
_RESENDS = 5


class WebhookLogPages:
    """One endpoint with what was sent to it."""

    def __init__(self, *, queries: WebhookQueries, log: DeliveryLog, resends: WebhookResends) -> None:
        """Take the queries and use cases."""
        self._queries = queries
        self._log = log
        self._resends = resends

    def routes(self, *, door: Door) -> list[Route]:
        """Return which path shows which page."""
        path = "/webhooks/{endpoint_id}"
        return [
            Route(path, door.page(self.detail), methods=["GET"]),
            Route(path + "/resends", door.form(self.resend), methods=["POST"]),
        ]

    async def detail(self, visit: Visit) -> Response:
        """Show one endpoint."""
        endpoint_id, principal = visit.path(name="endpoint_id"), visit.context.principal
        after, only_failed = visit.asked(name="after"), visit.asked(name="failed") == "1"
        view = await self._queries.endpoint(endpoint_id=endpoint_id, principal=principal)
        listed = await self._log.deliveries(
            endpoint_id=endpoint_id, principal=principal, failed=only_failed, after=after or None, limit=_ROWS
        )
        resends = await self._log.resends(endpoint_id=endpoint_id, principal=principal, limit=_RESENDS)
        href = f"{LIST_HREF}/{view.endpoint_id}"
        page = WebhookPage(
            card=endpoint_card(view=view),
            href=href,
            calls=tuple(listed.deliveries),
            resends=tuple(resends.resends),
            choices=(
                Choice(label="All", href=href, chosen=not only_failed),
                Choice(label="Failed", href=f"{href}?failed=1", chosen=only_failed),
            ),
            paging=paging_of(
                href=f"{href}?failed=1" if only_failed else href, after=after, next_after=listed.next_after
            ),
        )
        return visit.page(template="webhook", here="webhooks", page=page)

    async def resend(self, visit: Visit) -> Response:
        """Have one event sent again, or all since a moment."""
        endpoint_id = visit.path(name="endpoint_id")
        event_id, since = (visit.form.get(name, "").strip()[:40] for name in ("event_id", "since"))
        await self._resends.request(
            endpoint_id=endpoint_id,
            event_id=event_id or None,
            since=_moment(since) if since else None,
            context=visit.context,
        )
        return visit.sent_on(href=f"{LIST_HREF}/{endpoint_id}?done=events-again")


def _moment(written: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as wrong:
        finding = Finding(pointer="/since", detail="is not a moment")
        raise FieldMissing(detail=f"{written!r} is not a moment.", findings=[finding]) from wrong
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
