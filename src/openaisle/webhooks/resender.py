"""Carries out one resend, beside the deliveries of new events and never in their way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Set as AbstractSet

import msgspec

from openaisle.kernel.context import Clock, Context, system_context
from openaisle.kernel.records import Versioned
from openaisle.kernel.stream import ChangeStream
from openaisle.kernel.table import Index, Table
from openaisle.webhooks.attempts import ATTEMPTS, DeliveryAttempt, attempt_of
from openaisle.webhooks.cloud_events import OutgoingEvent, outgoing_events
from openaisle.webhooks.event_log import EventsTrimmed, require_kept
from openaisle.webhooks.model import ALL_EVENTS, EndpointState, Place, WebhookEndpoint
from openaisle.webhooks.repository import ENDPOINTS, endpoint_key
from openaisle.webhooks.resending import (
    MAXIMUM_RESENT_EVENTS,
    OPEN_RESENDS,
    RESENDS,
    Resend,
    ResendState,
    after_resend_failed,
    after_resent,
    ended,
    given_up,
)
from openaisle.webhooks.sending import EndpointCaller

_LOGGER = logging.getLogger(__name__)
_CHANGES_PER_PAGE = 500
_OPEN_LOOKED_AT = 500


class Resender:
    """Sends the events of one resend until they are taken, it is given up, or the endpoint is paused."""

    def __init__(
        self, *, resend: Versioned[Resend], sender: EndpointCaller, table: Table, stream: ChangeStream, clock: Clock
    ) -> None:
        """Take the resend as it stands, who sends, and the ports."""
        self._resend = resend.record
        self._version = resend.version
        self._sender = sender
        self._table = table
        self._stream = stream
        self._clock = clock

    async def run(self) -> None:
        """Send until there is nothing left to do; a resend of a paused endpoint goes on once that is resumed."""
        while self._resend.state is ResendState.OPEN:
            due = self._resend.next_attempt_at
            if due is not None:
                await asyncio.sleep(max(0.0, (due - self._clock.now()).total_seconds()))
            # Read anew each time: its secret, its address or its state may have changed.
            endpoint = await self._endpoint()
            if endpoint is None:
                await self._store(given_up(resend=self._resend, reason="The endpoint is gone.", at=self._clock.now()))
            elif endpoint.state is not EndpointState.ACTIVE:
                return
            else:
                await self._send_page(endpoint)

    async def _endpoint(self) -> WebhookEndpoint | None:
        item = await self._table.get(key=endpoint_key(endpoint_id=self._resend.endpoint_id))
        return ENDPOINTS.decode(item).record if item is not None else None

    async def _send_page(self, endpoint: WebhookEndpoint) -> None:
        place, through = self._resend.place, self._resend.through
        changes = await self._stream.read(after=place.read_after, limit=_CHANGES_PER_PAGE)
        try:
            await require_kept(stream=self._stream, place=place)
        except EventsTrimmed as trimmed:
            await self._store(given_up(resend=self._resend, reason=trimmed.detail, at=self._clock.now()))
            return
        wanted = [event for change in changes for event in outgoing_events(change=change) if self._is_asked(event)]
        wanted = [event for event in wanted if self._is_for(endpoint, event)]
        room = MAXIMUM_RESENT_EVENTS - self._resend.resent_count
        for start in range(0, min(len(wanted), room), endpoint.batch_size):
            if not await self._send(endpoint, wanted[start : min(start + endpoint.batch_size, room)]):
                return
            if self._resend.state is not ResendState.OPEN:
                return
        end = Place(changes[-1].sequence, ALL_EVENTS) if changes else through
        if end >= through:
            await self._store(ended(resend=self._resend, at=self._clock.now()))
        else:
            await self._store(msgspec.structs.replace(self._resend, place=end))

    def _is_asked(self, event: OutgoingEvent) -> bool:
        resend = self._resend
        return resend.place < event.place <= resend.through and (resend.since is None or event.at >= resend.since)

    def _is_for(self, endpoint: WebhookEndpoint, event: OutgoingEvent) -> bool:
        # An event that was asked for by its name is sent, though the endpoint may not ask for its like any more.
        is_wanted = self._resend.event_id is not None or endpoint.wants(event_type=event.type)
        return is_wanted and endpoint.may_see(storefront_id=event.storefront_id)

    async def _send(self, endpoint: WebhookEndpoint, events: list[OutgoingEvent]) -> bool:
        resend = self._resend
        outcome = await self._sender.send(endpoint=endpoint, events=events, resend_id=resend.resend_id)
        entry = attempt_of(
            endpoint_id=endpoint.endpoint_id,
            outcome=outcome,
            events=events,
            attempt=resend.attempts + 1,
            number=resend.calls,
            resend_id=resend.resend_id,
        )
        now = self._clock.now()
        if outcome.error:
            _LOGGER.info("resend %s: %s", resend.resend_id, outcome.error)
            await self._store(after_resend_failed(resend=resend, outcome=outcome, at=now), entry)
            return False
        last = events[-1]
        moved = after_resent(resend=resend, place=last.place, count=len(events), last_event_id=last.event_id, at=now)
        await self._store(moved, entry)
        return True

    async def _store(self, resend: Resend, entry: DeliveryAttempt | None = None) -> None:
        writes = [RESENDS.replace(resend, version=self._version)]
        if entry is not None:
            writes.append(ATTEMPTS.store(entry))
        await self._table.commit(writes=writes, context=self._context())
        self._resend = resend
        self._version += 1

    def _context(self) -> Context:
        return system_context(
            name="webhooks", at=self._clock.now(), correlation_id=f"webhooks:{self._resend.resend_id}"
        )


class ResendRunner:
    """Runs the resends that are open, of each endpoint one at a time and the oldest first."""

    def __init__(self, *, table: Table, stream: ChangeStream, sender: EndpointCaller, clock: Clock) -> None:
        """Take the ports and who sends."""
        self._table = table
        self._stream = stream
        self._sender = sender
        self._clock = clock
        self._running: dict[str, asyncio.Task[None]] = {}

    async def look(self, *, active: AbstractSet[str]) -> None:
        """Start what is open for the endpoints that are ``active`` and has not begun."""
        for endpoint_id in [one for one, task in self._running.items() if task.done()]:
            task = self._running.pop(endpoint_id)
            if not task.cancelled() and task.exception() is not None:
                # It is begun again at this look, from where it was stored.
                _LOGGER.error("a resend of %s stopped", endpoint_id, exc_info=task.exception())
        page = await self._table.query(partition=OPEN_RESENDS, index=Index.FIRST, limit=_OPEN_LOOKED_AT)
        for item in page.items:
            found = RESENDS.decode(item)
            endpoint_id = found.record.endpoint_id
            if endpoint_id not in self._running and (endpoint_id in active or await self._is_gone(endpoint_id)):
                resender = Resender(
                    resend=found, sender=self._sender, table=self._table, stream=self._stream, clock=self._clock
                )
                task = asyncio.create_task(resender.run(), name=f"resend:{found.record.resend_id}")
                self._running[endpoint_id] = task

    async def _is_gone(self, endpoint_id: str) -> bool:
        return await self._table.get(key=endpoint_key(endpoint_id=endpoint_id)) is None

    async def stop(self) -> None:
        """Stop all; another process, or the next start, goes on with them."""
        tasks = list(self._running.values())
        self._running.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
