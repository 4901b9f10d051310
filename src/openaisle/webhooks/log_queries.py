"""Read the delivery log of an endpoint and its resends."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.kernel.context import Principal
from openaisle.kernel.table import Index, Table
from openaisle.webhooks.attempts import ATTEMPTS, DeliveryAttempt, log_of
from openaisle.webhooks.model import EndpointMissing
from openaisle.webhooks.repository import ENDPOINTS, endpoint_key
from openaisle.webhooks.resending import RESENDS, Resend, ResendState, resends_of
from openaisle.webhooks.use_cases import may_reach


class DeliveryAttemptView(msgspec.Struct, frozen=True, kw_only=True):
    """One call to an endpoint.

    ``attempt`` counts from 1 for the same events. ``status`` is null where no answer came; ``error`` is null where the
    events were taken. ``resend_id`` is set where they were sent again.
    """

    at: datetime
    attempt: int
    status: int | None
    error: str | None
    duration_milliseconds: int
    message_id: str
    event_count: int
    first_event_id: str
    last_event_id: str
    event_types: tuple[str, ...]
    resend_id: str | None


class DeliveryAttemptPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the delivery log, newest first; ``next_after`` is null on the last page."""

    deliveries: list[DeliveryAttemptView]
    next_after: str | None


class ResendView(msgspec.Struct, frozen=True, kw_only=True):
    """A resend and how it goes.

    ``goes_on_after`` is set where there were more events than one resend holds: ask again for those behind that event.
    """

    resend_id: str
    endpoint_id: str
    event_id: str | None
    since: datetime | None
    state: ResendState
    requested_by: str
    requested_at: datetime
    resent_count: int
    attempts: int
    last_failure: str | None
    next_attempt_at: datetime | None
    ended_at: datetime | None
    goes_on_after: str | None


class ResendPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of resends, newest first; ``next_after`` is null on the last page."""

    resends: list[ResendView]
    next_after: str | None


class DeliveryLog:
    """The queries of the log. A storefront sees that of its own endpoints, the operator all."""

    def __init__(self, *, table: Table) -> None:
        """Take the table."""
        self._table = table

    async def deliveries(
        self,
        *,
        endpoint_id: str,
        principal: Principal,
        failed: bool = False,
        after: str | None = None,
        limit: int = 100,
    ) -> DeliveryAttemptPage:
        """Return a page of what was called, or only of what ``failed``; raises EndpointMissing."""
        await self._require_reachable(endpoint_id=endpoint_id, principal=principal)
        index, partition = log_of(endpoint_id=endpoint_id, failed=failed)
        page = await self._table.query(partition=partition, index=index, after=after, limit=limit, descending=True)
        views = [_attempt_view(ATTEMPTS.decode(item).record) for item in page.items]
        return DeliveryAttemptPage(deliveries=views, next_after=page.cursor)

    async def resends(
        self, *, endpoint_id: str, principal: Principal, after: str | None = None, limit: int = 100
    ) -> ResendPage:
        """Return a page of the resends of an endpoint; raises EndpointMissing."""
        await self._require_reachable(endpoint_id=endpoint_id, principal=principal)
        page = await self._table.query(
            partition=resends_of(endpoint_id=endpoint_id),
            index=Index.SECOND,
            after=after,
            limit=limit,
            descending=True,
        )
        views = [resend_view(resend=RESENDS.decode(item).record) for item in page.items]
        return ResendPage(resends=views, next_after=page.cursor)

    async def _require_reachable(self, *, endpoint_id: str, principal: Principal) -> None:
        item = await self._table.get(key=endpoint_key(endpoint_id=endpoint_id))
        if item is None or not may_reach(endpoint=ENDPOINTS.decode(item).record, principal=principal):
            raise EndpointMissing(detail=f"There is no webhook endpoint {endpoint_id[:40]}.")


def _attempt_view(entry: DeliveryAttempt) -> DeliveryAttemptView:
    return DeliveryAttemptView(
        at=entry.at,
        attempt=entry.attempt,
        status=entry.status,
        error=entry.error or None,
        duration_milliseconds=entry.duration_milliseconds,
        message_id=entry.message_id,
        event_count=entry.event_count,
        first_event_id=entry.first_event_id,
        last_event_id=entry.last_event_id,
        event_types=entry.event_types,
        resend_id=entry.resend_id,
    )


def resend_view(*, resend: Resend) -> ResendView:
    """Return what may be shown of a resend."""
    return ResendView(
        resend_id=resend.resend_id,
        endpoint_id=resend.endpoint_id,
        event_id=resend.event_id,
        since=resend.since,
        state=resend.state,
        requested_by=resend.requested_by,
        requested_at=resend.requested_at,
        resent_count=resend.resent_count,
        attempts=resend.attempts,
        last_failure=resend.last_failure or None,
        next_attempt_at=resend.next_attempt_at,
        ended_at=resend.ended_at,
        goes_on_after=resend.goes_on_after,
    )
