"""The pages of scorecards: who keeps its promises least, why, and what is decided of it."""

from __future__ import annotations

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from openaisle.entrypoints.console.door import Door, Handler
from openaisle.entrypoints.console.views.common import Choice, Paging, paging_of
from openaisle.entrypoints.console.visits import Visit
from openaisle.kernel.errors import OpenAisleError
from openaisle.scorecards.model import Standing
from openaisle.scorecards.queries import ScorecardQueries
from openaisle.scorecards.use_cases import Scorecards
from openaisle.scorecards.views import ScorecardSummary, ScorecardView
from openaisle.suppliers.queries import SupplierQueries

LIST_HREF = "/console/scorecards"
REASON_MAXIMUM = 1_000
_ROWS = 100


class ScorecardRow(msgspec.Struct, frozen=True, kw_only=True):
    """One supplier's card in the list."""

    supplier: str
    href: str
    card: ScorecardSummary


class ScorecardsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Cards, the lowest score first."""

    rows: tuple[ScorecardRow, ...]
    choices: tuple[Choice, ...]
    paging: Paging


class ScorecardDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One supplier's card with every number, and what may be decided."""

    supplier: str
    supplier_href: str
    card: ScorecardView
    may_decide: bool


class ScorecardPages:
    """The list of cards and one card."""

    def __init__(self, *, use_cases: Scorecards, queries: ScorecardQueries, suppliers: SupplierQueries) -> None:
        """Take the use cases, the queries, and what names suppliers."""
        self._use_cases = use_cases
        self._queries = queries
        self._suppliers = suppliers

    def routes(self, *, door: Door) -> list[Route]:
        """Return which path shows which page."""
        read: dict[str, Handler] = {"/scorecards": self.listed, "/scorecards/{supplier_id}": self.detail}
        sent: dict[str, Handler] = {
            "/scorecards/{supplier_id}/suspension": self.suspend,
            "/scorecards/{supplier_id}/forgiveness": self.forgive,
        }
        return [
            *(Route(path, door.page(handler), methods=["GET"]) for path, handler in read.items()),
            *(Route(path, door.form(handler), methods=["POST"]) for path, handler in sent.items()),
        ]

    async def listed(self, visit: Visit) -> Response:
        """Show a page of cards."""
        after, asked = visit.asked(name="after"), visit.asked(name="standing")
        standing = Standing(asked) if asked in set(Standing) else None
        listed = await self._queries.listed(standing=standing, after=after or None, limit=_ROWS)
        rows = tuple(
            [
                ScorecardRow(
                    supplier=await self._name(visit, supplier_id=card.supplier_id),
                    href=f"{LIST_HREF}/{card.supplier_id}",
                    card=card,
                )
                for card in listed.scorecards
            ]
        )
        href = LIST_HREF if standing is None else f"{LIST_HREF}?standing={standing.value}"
        page = ScorecardsPage(
            rows=rows,
            choices=(
                Choice(label="All", href=LIST_HREF, chosen=standing is None),
                *(
                    Choice(
                        label=one.value.capitalize(), href=f"{LIST_HREF}?standing={one.value}", chosen=one is standing
                    )
                    for one in Standing
                ),
            ),
            paging=paging_of(href=href, after=after, next_after=listed.next_after),
        )
        return visit.page(template="scorecards", here="scorecards", page=page)

    async def detail(self, visit: Visit) -> Response:
        """Show one card."""
        return await self._shown(visit)

    async def suspend(self, visit: Visit) -> Response:
        """Suspend a supplier for its card."""
        supplier_id = visit.path(name="supplier_id")
        try:
            reason = visit.required(name="reason", maximum=REASON_MAXIMUM)
            await self._use_cases.suspend(supplier_id=supplier_id, reason=reason, context=visit.context)
        except OpenAisleError as error:
            return await self._shown(visit, problem=error)
        return visit.sent_on(href=f"{LIST_HREF}/{supplier_id}?done=suspended")

    async def forgive(self, visit: Visit) -> Response:
        """Judge a supplier only by what comes."""
        supplier_id = visit.path(name="supplier_id")
        try:
            reason = visit.required(name="reason", maximum=REASON_MAXIMUM)
            await self._use_cases.forgive(supplier_id=supplier_id, reason=reason, context=visit.context)
        except OpenAisleError as error:
            return await self._shown(visit, problem=error)
        return visit.sent_on(href=f"{LIST_HREF}/{supplier_id}?done=forgiven")

    async def _shown(self, visit: Visit, problem: OpenAisleError | None = None) -> Response:
        supplier_id = visit.path(name="supplier_id")
        card = await self._queries.scorecard(supplier_id=supplier_id, at=visit.now)
        page = ScorecardDetail(
            supplier=await self._name(visit, supplier_id=supplier_id),
            supplier_href=f"/console/suppliers/{supplier_id}",
            card=card,
            may_decide=card.standing in {Standing.WARNED, Standing.NOTICE, Standing.DUE},
        )
        return visit.page(template="scorecard", here="scorecards", page=page, problem=problem)

    async def _name(self, visit: Visit, *, supplier_id: str) -> str:
        standing = await self._suppliers.standing(supplier_id=supplier_id, at=visit.now)
        return standing.name if standing is not None else supplier_id
