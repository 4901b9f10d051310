"""Ask for events to be sent again."""

from __future__ import annotations

from datetime import datetime

from openaisle.kernel.context import Context
from openaisle.kernel.errors import Finding, RequestInvalid
from openaisle.kernel.identifiers import Identifiers
from openaisle.kernel.stream import ChangeStream
from openaisle.kernel.table import Index, Table
from openaisle.webhooks.cloud_events import outgoing_events
from openaisle.webhooks.event_log import place_before, place_of, require_kept
from openaisle.webhooks.model import Delivery, EndpointMissing, Place, WebhookEndpoint
from openaisle.webhooks.repository import DELIVERIES, ENDPOINTS, delivery_key, endpoint_key
from openaisle.webhooks.resending import (
    MAXIMUM_OPEN_RESENDS,
    RESENDS,
    Resend,
    ResendEventMissing,
    ResendState,
    TooManyResends,
    resends_of,
)
from openaisle.webhooks.use_cases import may_reach

# Those that are open are among the newest: an endpoint has few at once, and each ends within hours.
_LOOKED_AT = 100


class WebhookResends:
    """The use cases of resends. A storefront reaches its own endpoints, the operator all."""

    def __init__(self, *, table: Table, stream: ChangeStream, identifiers: Identifiers) -> None:
        """Take the ports."""
        self._table = table
        self._stream = stream
        self._identifiers = identifiers

    async def request(
        self, *, endpoint_id: str, event_id: str | None, since: datetime | None, context: Context
    ) -> Resend:
        """Have one event sent again, or all that the endpoint had since a moment; the same asked twice is one.

        Raises EndpointMissing, ResendEventMissing, EventsTrimmed, CursorInvalid, TooManyResends, RequestInvalid.
        """
        if (event_id is None) == (since is None):
            raise _invalid(pointer="/event_id", detail="Give either event_id or since.")
        if since is not None and since > context.at:
            raise _invalid(pointer="/since", detail="That moment is yet to come.")
        endpoint, delivery = await self._endpoint(endpoint_id=endpoint_id, context=context)
        found = await self._table.query(
            partition=resends_of(endpoint_id=endpoint_id), index=Index.SECOND, limit=_LOOKED_AT, descending=True
        )
        read = (RESENDS.decode(item).record for item in found.items)
        under_way = [one for one in read if one.state is ResendState.OPEN]
        for one in under_way:
            if one.event_id == event_id and one.since == since:
                return one
        if len(under_way) >= MAXIMUM_OPEN_RESENDS:
            raise TooManyResends(detail=f"{len(under_way)} resends of {endpoint_id} are under way.")
        if event_id is not None:
            place, through = await self._place_of_event(endpoint=endpoint, event_id=event_id)
        else:
            assert since is not None
            place, through = await place_before(stream=self._stream, moment=since), delivery.place
        resend = Resend(
            resend_id=self._identifiers.new(prefix="rsd"),
            endpoint_id=endpoint_id,
            event_id=event_id,
            since=since,
            place=place,
            through=through,
            requested_by=context.principal.actor,
            requested_at=context.at,
        )
        await self._table.commit(writes=[RESENDS.create(resend)], context=context)
        return resend

    async def _endpoint(self, *, endpoint_id: str, context: Context) -> tuple[WebhookEndpoint, Delivery]:
        keys = [endpoint_key(endpoint_id=endpoint_id), delivery_key(endpoint_id=endpoint_id)]
        found, delivery = await self._table.get_many(keys=keys)
        endpoint = ENDPOINTS.decode(found).record if found is not None else None
        if endpoint is None or delivery is None or not may_reach(endpoint=endpoint, principal=context.principal):
            raise EndpointMissing(detail=f"There is no webhook endpoint {endpoint_id[:40]}.")
        return endpoint, DELIVERIES.decode(delivery).record

    async def _place_of_event(self, *, endpoint: WebhookEndpoint, event_id: str) -> tuple[Place, Place]:
        place = place_of(cursor=event_id)
        before = Place(place.sequence, place.number - 1)
        changes = await self._stream.read(after=place.sequence - 1, limit=1)
        await require_kept(stream=self._stream, place=before)
        for event in outgoing_events(change=changes[0]) if changes else ():
            if event.place == place and endpoint.may_see(storefront_id=event.storefront_id):
                return before, place
        raise ResendEventMissing(detail=f"There is no event {event_id[:40]} for this endpoint.")


def _invalid(*, pointer: str, detail: str) -> RequestInvalid:
    return RequestInvalid(detail=detail, findings=[Finding(pointer=pointer, detail=detail)])
