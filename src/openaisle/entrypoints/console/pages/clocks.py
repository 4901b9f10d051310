"""The page of clocks: what the law asks of which supplier next."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from openaisle.duties.model import Clock, ClockState
from openaisle.duties.use_cases import Duties
from openaisle.entrypoints.console.views.common import Paging, paging_of
from openaisle.entrypoints.console.visits import Visit
from openaisle.suppliers.queries import SupplierQueries

LIST_HREF = "/console/clocks"
_ROWS = 100


class ClockRow(msgspec.Struct, frozen=True, kw_only=True):
    """One running clock of one supplier."""

    supplier: str
    supplier_href: str
    clock: Clock


class ClocksPage(msgspec.Struct, frozen=True, kw_only=True):
    """Running clocks, what is due next first."""

    clocks: tuple[ClockRow, ...]
    paging: Paging


class ClockPages:
    """The list of running clocks."""

    def __init__(self, *, duties: Duties, suppliers: SupplierQueries) -> None:
        """Take the duties and the queries that name suppliers."""
        self._duties = duties
        self._suppliers = suppliers

    async def listed(self, visit: Visit) -> Response:
        """Show a page of clocks."""
        after = visit.asked(name="after")
        listed = await self._duties.clocks(after=after or None, limit=_ROWS)
        rows = []
        for duties in listed.suppliers:
            standing = await self._suppliers.standing(supplier_id=duties.supplier_id, at=visit.now)
            rows += [
                ClockRow(
                    supplier=standing.name if standing is not None else duties.supplier_id,
                    supplier_href=f"/console/suppliers/{duties.supplier_id}",
                    clock=clock,
                )
                for clock in duties.clocks
                if clock.due_on is not None and clock.state is not ClockState.DONE
            ]
        rows.sort(key=lambda row: str(row.clock.due_on))
        paging = paging_of(href=LIST_HREF, after=after, next_after=listed.next_after)
        return visit.page(template="clocks", here="clocks", page=ClocksPage(clocks=tuple(rows), paging=paging))
