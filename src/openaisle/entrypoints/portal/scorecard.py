"""The portal's page of the scorecard: what is counted of the supplier, what is wanted, and where it stands."""

from __future__ import annotations

from starlette.responses import Response

from openaisle.entrypoints.portal.door import PortalVisit
from openaisle.entrypoints.portal.fields import STEPS
from openaisle.scorecards.model import ScorecardMissing
from openaisle.scorecards.queries import ScorecardQueries
from openaisle.suppliers.queries import SupplierQueries


class ScorecardPage:
    """A supplier's own scorecard."""

    def __init__(self, *, queries: ScorecardQueries, suppliers: SupplierQueries) -> None:
        """Take the queries of scorecards, and what tells of the supplier."""
        self._queries = queries
        self._suppliers = suppliers

    async def show(self, visit: PortalVisit) -> Response:
        """Show every number, or that nothing was counted yet."""
        view = await self._suppliers.own(scope=visit.scope, at=visit.now)
        try:
            card = await self._queries.scorecard(supplier_id=visit.scope.supplier_id, at=visit.now)
        except ScorecardMissing:
            card = None
        return visit.page(template="portal_scorecard", view=view, steps=STEPS, card=card)
