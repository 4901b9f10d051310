"""The HTTP operations of the numbers."""

from __future__ import annotations

from datetime import date

import msgspec

from openaisle.analytics.queries import Overview, OverviewQueries
from openaisle.kernel.http import OPERATOR, Answer, Operation, Request


class OverviewFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which UTC day; the present one if none is named."""

    day: date | None = None


def operations(*, queries: OverviewQueries) -> tuple[Operation, ...]:
    """Return the operations of this room."""

    async def overview(request: Request) -> Answer:
        wanted: OverviewFilter = request.query
        return Answer(value=await queries.overview(at=request.context.at, day=wanted.day))

    return (
        Operation(
            method="GET",
            path="/v1/overview",
            name="get_overview",
            summary="See a day in numbers",
            description="The numbers follow what happens within about a second.",
            tag="Analytics",
            roles=OPERATOR,
            handle=overview,
            query=OverviewFilter,
            answer=Overview,
        ),
    )
