"""The HTTP operations of groups of doubtful rows; they are decided as review tasks are."""

from __future__ import annotations

from typing import Annotated

import msgspec

from openaisle.feeds.doubts.model import ReviewGroupUnknown
from openaisle.feeds.doubts.queries import (
    ReviewGroupList,
    ReviewGroupQueries,
    ReviewGroupRowPage,
    ReviewGroupView,
)
from openaisle.feeds.model import FeedUnknown
from openaisle.kernel.context import Principal, Role, SupplierScope
from openaisle.kernel.http import Answer, Operation, Request

_ROLES = frozenset({Role.SUPPLIER, Role.OPERATOR})
_TAG = "Feeds"


class ReviewGroupRowsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of a group's rows; ``after`` is the number of a row."""

    after: Annotated[int, msgspec.Meta(ge=0, le=2**53)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 100


def operations(*, queries: ReviewGroupQueries) -> tuple[Operation, ...]:
    """Return the operations of groups."""

    async def one(request: Request) -> Answer:
        return Answer(value=await queries.group(scope=_scope(request.principal), group_id=request.path["group_id"]))

    async def of_feed(request: Request) -> Answer:
        return Answer(value=await queries.of_feed(scope=_scope(request.principal), feed_id=request.path["feed_id"]))

    async def rows(request: Request) -> Answer:
        asked: ReviewGroupRowsQuery = request.query or ReviewGroupRowsQuery()
        page = await queries.rows(
            scope=_scope(request.principal),
            group_id=request.path["group_id"],
            after=asked.after,
            limit=asked.limit,
        )
        return Answer(value=page)

    return (
        Operation(
            method="GET",
            path="/v1/feeds/{feed_id}/review-groups",
            name="list_review_groups",
            summary="List what a feed's doubtful rows wait for",
            description="Rows that are in doubt for the same cause share a group, which one decision settles.",
            tag=_TAG,
            roles=_ROLES,
            handle=of_feed,
            answer=ReviewGroupList,
            errors=(FeedUnknown,),
        ),
        Operation(
            method="GET",
            path="/v1/review-groups/{group_id}",
            name="get_review_group",
            summary="Read a group of doubtful rows, with how far its decision is applied",
            tag=_TAG,
            roles=_ROLES,
            handle=one,
            answer=ReviewGroupView,
            errors=(ReviewGroupUnknown,),
        ),
        Operation(
            method="GET",
            path="/v1/review-groups/{group_id}/rows",
            name="list_review_group_rows",
            summary="Read the rows of a group with their facts",
            tag=_TAG,
            roles=_ROLES,
            handle=rows,
            query=ReviewGroupRowsQuery,
            answer=ReviewGroupRowPage,
            errors=(ReviewGroupUnknown,),
        ),
    )


def _scope(principal: Principal) -> SupplierScope | None:
    return SupplierScope(supplier_id=principal.subject_id) if principal.role is Role.SUPPLIER else None
