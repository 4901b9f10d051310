"""The portal's pages of incidents: what shoppers ask, and what the supplier answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from openaisle.entrypoints.console.return_forms import message_of, objection_of, refund_of, resolution_of
from openaisle.entrypoints.portal.door import PortalDoor, PortalVisit
from openaisle.entrypoints.portal.fields import STEPS
from openaisle.incidents.attachments import Attachments, FileFacts
from openaisle.incidents.model import OPEN, Audience
from openaisle.incidents.queries import IncidentQueries
from openaisle.incidents.routes import downloaded
from openaisle.incidents.use_cases import Incidents
from openaisle.incidents.views import IncidentView
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.permissions import Permission
from openaisle.kernel.times import sortable_time
from openaisle.orders.queries import OrderQueries
from openaisle.orders.views import PurchaseOrderView
from openaisle.suppliers.queries import SupplierQueries

if TYPE_CHECKING:
    from openaisle.bootstrap import Rooms

HREF = "/portal/incidents"
_ROWS = 50
_FILE_NAME_MAXIMUM = 200


class PortalIncidents:
    """The list of a supplier's incidents, and one with its thread."""

    def __init__(
        self,
        *,
        incidents: Incidents,
        attachments: Attachments,
        queries: IncidentQueries,
        orders: OrderQueries,
        suppliers: SupplierQueries,
    ) -> None:
        """Take the use cases, the queries, and what reads purchase orders."""
        self._incidents = incidents
        self._attachments = attachments
        self._queries = queries
        self._orders = orders
        self._suppliers = suppliers

    async def listed(self, visit: PortalVisit) -> Response:
        """Show a page of incidents, the newest first."""
        page = await self._queries.of_supplier(
            supplier_id=visit.session.supplier_id, after=visit.asked(name="after")[:400] or None, limit=_ROWS
        )
        view = await self._suppliers.own(scope=visit.scope, at=visit.now)
        rows = [{"shown": one} for one in page.incidents]
        return visit.page(template="portal_incidents", view=view, steps=STEPS, rows=rows, next_after=page.next_after)

    async def detail(self, visit: PortalVisit) -> Response:
        """Show one incident."""
        return await self._shown(visit)

    async def download(self, visit: PortalVisit) -> Response:
        """Hand out a file, as an attachment."""
        found, content = await self._attachments.one(
            incident_id=_identifier(visit),
            attachment_id=visit.path(name="attachment_id"),
            principal=visit.context.principal,
        )
        answer = downloaded(attachment=found, content=content)
        return Response(answer.raw, media_type=answer.media_type, headers=dict(answer.headers))

    async def say(self, visit: PortalVisit) -> Response:
        """Answer."""
        return await self._done(visit, "said", self._said(visit))

    async def hand_in(self, visit: PortalVisit) -> Response:
        """Hand a file in."""
        return await self._done(visit, "document", self._handed_in(visit))

    async def escalate(self, visit: PortalVisit) -> Response:
        """Ask the operator to decide."""
        return await self._done(visit, "escalated", self._escalated(visit))

    async def resolve(self, visit: PortalVisit) -> Response:
        """Settle without money."""
        return await self._done(visit, "settled", self._resolved(visit))

    async def refund(self, visit: PortalVisit) -> Response:
        """Settle with money."""
        visit.context.principal.require(Permission.PAYMENTS_CHANGE)
        return await self._done(visit, "settled", self._refunded(visit))

    async def _said(self, visit: PortalVisit) -> None:
        wanted = message_of(form=visit.form)
        await self._incidents.say(incident_id=_identifier(visit), wanted=wanted, context=visit.context)

    async def _handed_in(self, visit: PortalVisit) -> None:
        assert visit.upload is not None
        sent = visit.upload

        async def content() -> AsyncIterator[bytes]:
            yield sent.content

        facts = FileFacts(
            file_name=sent.file_name.strip()[:_FILE_NAME_MAXIMUM] or "file",
            media_type=sent.media_type,
            audience=Audience.EVERYONE,
        )
        await self._attachments.add(
            incident_id=_identifier(visit), facts=facts, chunks=content(), context=visit.context
        )

    async def _escalated(self, visit: PortalVisit) -> None:
        objection = objection_of(form=visit.form)
        await self._incidents.escalate(incident_id=_identifier(visit), objection=objection, context=visit.context)

    async def _resolved(self, visit: PortalVisit) -> None:
        settlement = resolution_of(form=visit.form)
        await self._incidents.resolve(incident_id=_identifier(visit), settlement=settlement, context=visit.context)

    async def _refunded(self, visit: PortalVisit) -> None:
        shown = await self._own(visit)
        bought = await self._purchase_order(visit, shown)
        settlement = refund_of(
            form=visit.form,
            currency=bought.currency if bought is not None else "",
            line_numbers=[line.line_number for line in bought.lines] if bought is not None else [],
        )
        await self._incidents.resolve(incident_id=shown.incident_id, settlement=settlement, context=visit.context)

    async def _done(self, visit: PortalVisit, done: str, doing: Awaitable[None]) -> Response:
        try:
            await doing
        except OpenAisleError as error:
            return await self._shown(visit, problem=error)
        return RedirectResponse(f"{HREF}/{_identifier(visit)}?done={done}", status_code=303)

    async def _own(self, visit: PortalVisit) -> IncidentView:
        return await self._queries.one(incident_id=_identifier(visit), principal=visit.context.principal)

    async def _purchase_order(self, visit: PortalVisit, shown: IncidentView) -> PurchaseOrderView | None:
        if shown.purchase_order_id is None:
            return None
        return await self._orders.own_purchase_order(
            scope=visit.scope, purchase_order_id=shown.purchase_order_id, at=visit.now
        )

    async def _shown(self, visit: PortalVisit, problem: OpenAisleError | None = None) -> Response:
        shown = await self._own(visit)
        bought = await self._purchase_order(visit, shown)
        view = await self._suppliers.own(scope=visit.scope, at=visit.now)
        return visit.page(
            template="portal_incident",
            problem=problem,
            view=view,
            steps=STEPS,
            shown=shown,
            base=f"{HREF}/{shown.incident_id}",
            reference=visit.form.get("reference") or f"portal-{sortable_time(visit.now)}",
            sent=visit.form or {},
            is_open=shown.state in OPEN,
            currency=bought.currency if bought is not None else "",
            lines=bought.lines if bought is not None else [],
            may_pay=Permission.PAYMENTS_CHANGE in visit.session.principal.permissions,
        )


def incident_routes(*, door: PortalDoor, rooms: Rooms) -> list[Route]:
    """Return the routes of the pages of incidents."""
    pages = PortalIncidents(
        incidents=rooms.incidents.incidents,
        attachments=rooms.incidents.attachments,
        queries=rooms.incidents.queries,
        orders=rooms.order_queries,
        suppliers=rooms.supplier_queries,
    )
    one = "/incidents/{incident_id}"
    return [
        Route("/incidents", door.page(pages.listed), methods=["GET"]),
        Route(one, door.page(pages.detail), methods=["GET"]),
        Route(f"{one}/files/{{attachment_id}}", door.page(pages.download), methods=["GET"]),
        Route(f"{one}/messages", door.form(pages.say), methods=["POST"]),
        Route(f"{one}/files", door.upload(pages.hand_in), methods=["POST"]),
        Route(f"{one}/escalation", door.form(pages.escalate), methods=["POST"]),
        Route(f"{one}/resolution", door.form(pages.resolve), methods=["POST"]),
        Route(f"{one}/refund", door.form(pages.refund), methods=["POST"]),
    ]


def _identifier(visit: PortalVisit) -> str:
    return visit.path(name="incident_id")
