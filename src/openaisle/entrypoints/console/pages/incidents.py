"""The pages of incidents: what waits for whom, the thread, and how it is settled."""

from __future__ import annotations

from collections.abc import Awaitable

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from openaisle.entrypoints.console.door import Door, Handler
from openaisle.entrypoints.console.pages.parties import supplier_names
from openaisle.entrypoints.console.return_forms import message_of, refund_of, resolution_of
from openaisle.entrypoints.console.views.common import Paging, paging_of
from openaisle.entrypoints.console.visits import Visit
from openaisle.incidents.attachments import Attachments
from openaisle.incidents.model import OPEN, Audience, Outcome
from openaisle.incidents.queries import IncidentQueries
from openaisle.incidents.routes import downloaded
from openaisle.incidents.use_cases import Incidents
from openaisle.incidents.views import IncidentSummary, IncidentView
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.money import Money
from openaisle.kernel.permissions import Permission
from openaisle.kernel.times import sortable_time
from openaisle.returns.queries import ReturnQueries
from openaisle.suppliers.queries import SupplierQueries

LIST_HREF = "/console/incidents"
_ROWS = 100
_OUTCOMES = tuple(one for one in Outcome if one not in {Outcome.REFUNDED, Outcome.NO_ANSWER})


class IncidentRow(msgspec.Struct, frozen=True, kw_only=True):
    """One incident in the list."""

    shown: IncidentSummary
    supplier: str


class IncidentsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Incidents in which something comes due, or those of one supplier."""

    rows: tuple[IncidentRow, ...]
    supplier: str
    paging: Paging


class RefundableLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the order, and what may still go back of it."""

    line_number: int
    left: Money


class IncidentDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One incident with its thread; ``reference`` recognizes a message that is sent twice."""

    shown: IncidentView
    supplier: str
    currency: str
    reference: str
    is_open: bool
    audiences: tuple[Audience, ...]
    outcomes: tuple[Outcome, ...]
    lines: tuple[RefundableLine, ...]
    may_refund: bool
    base: str


class IncidentPages:
    """The list of incidents and one incident."""

    def __init__(
        self,
        *,
        incidents: Incidents,
        attachments: Attachments,
        queries: IncidentQueries,
        returns: ReturnQueries,
        suppliers: SupplierQueries,
    ) -> None:
        """Take the use cases, the queries, what knows what may be refunded, and what names suppliers."""
        self._incidents = incidents
        self._attachments = attachments
        self._queries = queries
        self._returns = returns
        self._suppliers = suppliers

    def routes(self, *, door: Door) -> list[Route]:
        """Return which path shows which page."""
        one = "/incidents/{incident_id}"
        read: dict[str, Handler] = {
            "/incidents": self.listed,
            one: self.detail,
            f"{one}/files/{{attachment_id}}": self.download,
        }
        sent: dict[str, Handler] = {
            f"{one}/messages": self.say,
            f"{one}/resolution": self.resolve,
            f"{one}/refund": self.refund,
        }
        return [
            *(Route(path, door.page(handler), methods=["GET"]) for path, handler in read.items()),
            *(Route(path, door.form(handler), methods=["POST"]) for path, handler in sent.items()),
        ]

    async def listed(self, visit: Visit) -> Response:
        """Show what comes due next, or the incidents of a supplier."""
        after, supplier_id = visit.asked(name="after"), visit.asked(name="supplier_id")
        if supplier_id:
            found = await self._queries.of_supplier(supplier_id=supplier_id, after=after or None, limit=_ROWS)
        else:
            found = await self._queries.due(after=after or None, limit=_ROWS)
        names = await supplier_names(
            queries=self._suppliers,
            supplier_ids=[one.supplier_id for one in found.incidents if one.supplier_id],
            at=visit.now,
        )
        rows = tuple(IncidentRow(shown=one, supplier=names.get(one.supplier_id or "", "")) for one in found.incidents)
        href = f"{LIST_HREF}?supplier_id={supplier_id}" if supplier_id else LIST_HREF
        page = IncidentsPage(
            rows=rows,
            supplier=names.get(supplier_id, supplier_id),
            paging=paging_of(href=href, after=after, next_after=found.next_after),
        )
        return visit.page(template="incidents", here="incidents", page=page)

    async def detail(self, visit: Visit) -> Response:
        """Show one incident."""
        return await self._shown(visit)

    async def download(self, visit: Visit) -> Response:
        """Hand out a file, as an attachment."""
        found, content = await self._attachments.one(
            incident_id=_identifier(visit),
            attachment_id=visit.path(name="attachment_id"),
            principal=visit.context.principal,
        )
        answer = downloaded(attachment=found, content=content)
        return Response(answer.raw, media_type=answer.media_type, headers=dict(answer.headers))

    async def say(self, visit: Visit) -> Response:
        """Say something."""
        return await self._done(visit, "said", self._said(visit))

    async def resolve(self, visit: Visit) -> Response:
        """Settle without money."""
        return await self._done(visit, "incident-resolved", self._resolved(visit))

    async def refund(self, visit: Visit) -> Response:
        """Settle with money."""
        visit.context.principal.require(Permission.PAYMENTS_CHANGE)
        return await self._done(visit, "incident-resolved", self._refunded(visit))

    async def _said(self, visit: Visit) -> None:
        wanted = message_of(form=visit.form)
        await self._incidents.say(incident_id=_identifier(visit), wanted=wanted, context=visit.context)

    async def _resolved(self, visit: Visit) -> None:
        settlement = resolution_of(form=visit.form)
        await self._incidents.resolve(incident_id=_identifier(visit), settlement=settlement, context=visit.context)

    async def _refunded(self, visit: Visit) -> None:
        shown = await self._queries.one(incident_id=_identifier(visit), principal=visit.context.principal)
        book = await self._returns.of_order(order_id=shown.order_id, principal=visit.context.principal)
        numbers = [line.line_number for line in book.lines]
        settlement = refund_of(form=visit.form, currency=book.currency, line_numbers=numbers)
        await self._incidents.resolve(incident_id=shown.incident_id, settlement=settlement, context=visit.context)

    async def _done(self, visit: Visit, done: str, doing: Awaitable[object]) -> Response:
        try:
            await doing
        except OpenAisleError as error:
            return await self._shown(visit, problem=error)
        return visit.sent_on(href=f"{LIST_HREF}/{_identifier(visit)}?done={done}")

    async def _shown(self, visit: Visit, problem: OpenAisleError | None = None) -> Response:
        principal = visit.context.principal
        shown = await self._queries.one(incident_id=_identifier(visit), principal=principal)
        book = await self._returns.of_order(order_id=shown.order_id, principal=principal)
        supplier = ""
        if shown.supplier_id is not None:
            names = await supplier_names(queries=self._suppliers, supplier_ids=[shown.supplier_id], at=visit.now)
            supplier = names[shown.supplier_id]
        page = IncidentDetail(
            shown=shown,
            supplier=supplier,
            currency=book.currency,
            reference=visit.form.get("reference") or f"console-{sortable_time(visit.now)}",
            is_open=shown.state in OPEN,
            audiences=tuple(Audience),
            outcomes=_OUTCOMES,
            lines=tuple(
                RefundableLine(
                    line_number=line.line_number,
                    left=Money(amount_minor=line.left_minor, currency=book.currency),
                )
                for line in book.lines
                if line.left_minor
            ),
            may_refund=Permission.PAYMENTS_CHANGE in principal.permissions,
            base=f"{LIST_HREF}/{shown.incident_id}",
        )
        return visit.page(template="incident", here="incidents", page=page, problem=problem)


def _identifier(visit: Visit) -> str:
    return visit.path(name="incident_id")
