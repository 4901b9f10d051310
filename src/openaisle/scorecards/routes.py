"""The HTTP operations of scorecards."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from openaisle.kernel.context import Role
from openaisle.kernel.errors import ChangedMeanwhile
from openaisle.kernel.http import OPERATOR, Answer, Operation, Request
from openaisle.kernel.permissions import Permission
from openaisle.scorecards.model import ScorecardDecisionRefused, ScorecardMissing, Standing
from openaisle.scorecards.queries import ScorecardQueries
from openaisle.scorecards.use_cases import Scorecards
from openaisle.scorecards.views import ScorecardPage, ScorecardView

_TAG = "Scorecards"
_OPERATOR_OR_SUPPLIER = frozenset({Role.OPERATOR, Role.SUPPLIER})


class ScorecardDecision(StrEnum):
    """What the operator may decide about a supplier that was warned."""

    SUSPEND = "suspend"
    FORGIVE = "forgive"


class ScorecardDecisionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The decision; the supplier is told the reason."""

    decision: ScorecardDecision
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]


class ScorecardFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of scorecards, of one standing or of all."""

    standing: Standing | None = None
    after: Annotated[str, msgspec.Meta(max_length=400)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 100


def operations(*, use_cases: Scorecards, queries: ScorecardQueries) -> tuple[Operation, ...]:
    """Return the operations of this room."""

    async def one(request: Request) -> Answer:
        view = await queries.scorecard(supplier_id=_own_or_any(request), at=request.context.at)
        return Answer(value=view)

    async def listed(request: Request) -> Answer:
        wanted: ScorecardFilter = request.query
        page = await queries.listed(standing=wanted.standing, after=wanted.after, limit=wanted.limit)
        return Answer(value=page)

    async def decide(request: Request) -> Answer:
        body: ScorecardDecisionBody = request.body
        supplier_id = request.path["supplier_id"]
        act = use_cases.suspend if body.decision is ScorecardDecision.SUSPEND else use_cases.forgive
        await act(supplier_id=supplier_id, reason=body.reason, context=request.context)
        return Answer(value=await queries.scorecard(supplier_id=supplier_id, at=request.context.at))

    return (
        Operation(
            method="GET",
            path="/v1/suppliers/{supplier_id}/scorecard",
            name="get_scorecard",
            summary="Read how well a supplier keeps its promises",
            description=(
                "Each metric over 7, 30 and 90 days with its cases, limits and points, how the score follows from"
                " them, and every change of standing with the numbers of its day. A supplier reads its own."
            ),
            tag=_TAG,
            roles=_OPERATOR_OR_SUPPLIER,
            handle=one,
            answer=ScorecardView,
            errors=(ScorecardMissing,),
        ),
        Operation(
            method="GET",
            path="/v1/scorecards",
            name="list_scorecards",
            summary="List scorecards, the lowest score first",
            tag=_TAG,
            roles=OPERATOR,
            handle=listed,
            query=ScorecardFilter,
            answer=ScorecardPage,
        ),
        Operation(
            method="POST",
            path="/v1/suppliers/{supplier_id}/scorecard/decisions",
            name="decide_scorecard",
            summary="Suspend a supplier for its scorecard, or forgive it",
            description=(
                "A supplier that was warned may be suspended, or forgiven: then only what comes from the next day on"
                " is judged. One that is suspended is reinstated by its own operation, which forgives it as well."
            ),
            tag=_TAG,
            roles=OPERATOR,
            permission=Permission.SUPPLIERS_CHANGE,
            handle=decide,
            body=ScorecardDecisionBody,
            answer=ScorecardView,
            errors=(ScorecardMissing, ScorecardDecisionRefused, ChangedMeanwhile),
        ),
    )


def _own_or_any(request: Request) -> str:
    """Return the supplier in the path; to a supplier, any other than itself has no scorecard."""
    supplier_id = request.path["supplier_id"]
    if request.principal.role is Role.SUPPLIER and request.principal.subject_id != supplier_id:
        raise ScorecardMissing(detail=f"There is no scorecard of {supplier_id[:40]}.")
    return supplier_id
