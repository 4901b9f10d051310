"""Delivers to one endpoint, in order, each event until it is taken."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import timedelta

import msgspec

from openaisle.kernel.context import Clock, Context, system_context
from openaisle.kernel.outbound import HttpCaller, Signer
from openaisle.kernel.records import Versioned
from openaisle.kernel.table import CommitRefused, Table
from openaisle.webhooks.attempts import ATTEMPTS, DeliveryAttempt, Outcome, attempt_of
from openaisle.webhooks.cloud_events import OutgoingEvent
from openaisle.webhooks.model import (
    Delivery,
    EndpointMissing,
    EndpointState,
    EndpointTransitionRefused,
    Place,
    WebhookEndpoint,
    after_delivered,
    after_failed,
    due_at,
    gives_up,
)
from openaisle.webhooks.reader import EventReader
from openaisle.webhooks.repository import DELIVERIES
from openaisle.webhooks.sending import EndpointCaller
from openaisle.webhooks.use_cases import WebhookEndpoints

_LOGGER = logging.getLogger(__name__)
# The place is stored this often while all goes well: after a crash up to so much is sent again, recognizable by
# its identifiers, and in exchange a delivery costs no write.
_SAVE_EVERY = timedelta(seconds=1)
_IDLE_SECONDS = 1.0
# A commit holds no more than a hundred writes, and a crash should not lose much of the log.
_MAXIMUM_UNLOGGED = 50


class EndpointPaused(Exception):
    """The endpoint was paused; its deliverer has nothing more to do."""


class EndpointDeliverer:
    """Brings the events of the stream to one endpoint, until canceled or the endpoint is paused."""

    def __init__(
        self,
        *,
        endpoint: WebhookEndpoint,
        delivery: Versioned[Delivery],
        reader: EventReader,
        endpoints: WebhookEndpoints,
        table: Table,
        caller: HttpCaller,
        signer: Signer,
        clock: Clock,
    ) -> None:
        """Take the endpoint as it is now, how far it has come, and the ports."""
        self._endpoint = endpoint
        self._delivery = delivery.record
        self._version = delivery.version
        self._reader = reader
        self._endpoints = endpoints
        self._table = table
        self._sender = EndpointCaller(endpoints=endpoints, caller=caller, signer=signer, clock=clock)
        self._clock = clock
        self._unlogged: list[DeliveryAttempt] = []
        self._stored_place = delivery.record.place
        self._stored_at = clock.now()

    @property
    def place(self) -> Place:
        """How far the endpoint has come, as it is stored: nothing before is needed any more."""
        return self._stored_place

    async def run(self) -> None:
        """Deliver until canceled; raises CommitRefused when another process does the same."""
        try:
            while True:
                await self._wait_until_due()
                await self._deliver_next_page()
        except EndpointPaused:
            return
        finally:
            # Refused, if the endpoint was deleted or another process goes on with it: then the place is theirs.
            with contextlib.suppress(CommitRefused):
                await self._store_if_moved()

    async def _wait_until_due(self) -> None:
        due = due_at(delivery=self._delivery, active_since=self._endpoint.active_since)
        if due is not None:
            await asyncio.sleep(max(0.0, (due - self._clock.now()).total_seconds()))

    async def _deliver_next_page(self) -> None:
        head = self._reader.head
        page = await self._reader.page(place=self._delivery.place)
        if page is None:
            if self._clock.now() - self._stored_at >= _SAVE_EVERY:
                await self._store_if_moved()
            await self._reader.wait(head=head, timeout_seconds=_IDLE_SECONDS)
            return
        endpoint = self._endpoint
        wanted = [
            event
            for event in page.beyond(place=self._delivery.place)
            if endpoint.wants(event_type=event.type) and endpoint.may_see(storefront_id=event.storefront_id)
        ]
        for start in range(0, len(wanted), endpoint.batch_size):
            if not await self._deliver(wanted[start : start + endpoint.batch_size]):
                return
        await self._moved_to(page.end)

    async def _deliver(self, events: list[OutgoingEvent]) -> bool:
        """Send one call; return whether the events were taken."""
        outcome = await self._sender.send(endpoint=self._endpoint, events=events)
        if not outcome.error:
            await self._taken(events, outcome)
            return True
        await self._failed(events, outcome)
        return False

    async def _taken(self, events: list[OutgoingEvent], outcome: Outcome) -> None:
        recovered = self._delivery.attempts > 0
        self._log(events, outcome, number=self._delivery.taken_calls)
        self._delivery = after_delivered(
            delivery=self._delivery,
            place=events[-1].place,
            count=len(events),
            last_event_id=events[-1].event_id,
            at=self._clock.now(),
        )
        is_due = self._clock.now() - self._stored_at >= _SAVE_EVERY or len(self._unlogged) >= _MAXIMUM_UNLOGGED
        if recovered or is_due:
            await self._store()
        if self._endpoint.gave_up_at is not None:
            self._endpoint = await self._endpoints.recovered(
                endpoint_id=self._endpoint.endpoint_id, context=self._context()
            )

    async def _failed(self, events: list[OutgoingEvent], outcome: Outcome) -> None:
        now = self._clock.now()
        number = self._delivery.failed_calls
        self._delivery = after_failed(
            delivery=self._delivery,
            active_since=self._endpoint.active_since,
            reason=outcome.error,
            retry_after_seconds=outcome.retry_after_seconds,
            at=now,
        )
        self._log(events, outcome, number=number, attempt=self._delivery.attempts)
        await self._store()
        _LOGGER.info("webhook endpoint %s: %s", self._endpoint.endpoint_id, outcome.error)
        if outcome.gone:
            await self._pause(reason=outcome.error)
        if gives_up(delivery=self._delivery, at=now):
            await self._pause(reason=f"It failed for three days. {outcome.error}")

    def _log(self, events: list[OutgoingEvent], outcome: Outcome, *, number: int, attempt: int | None = None) -> None:
        entry = attempt_of(
            endpoint_id=self._endpoint.endpoint_id,
            outcome=outcome,
            events=events,
            attempt=self._delivery.attempts + 1 if attempt is None else attempt,
            number=number,
        )
        self._unlogged.append(entry)

    async def _pause(self, *, reason: str) -> None:
        # Somebody may have paused or deleted it while the call was under way; then that stands.
        with contextlib.suppress(EndpointTransitionRefused, EndpointMissing):
            await self._endpoints.set_state(
                endpoint_id=self._endpoint.endpoint_id,
                state=EndpointState.PAUSED,
                reason=reason,
                context=self._context(),
                gave_up=True,
            )
        raise EndpointPaused(reason)

    async def _moved_to(self, place: Place) -> None:
        self._delivery = msgspec.structs.replace(self._delivery, place=place)
        if self._clock.now() - self._stored_at >= _SAVE_EVERY:
            await self._store()

    async def _store_if_moved(self) -> None:
        if self._delivery.place != self._stored_place:
            await self._store()

    async def _store(self) -> None:
        # The log goes along with the place, so that it too costs no commit of its own.
        unlogged = list(self._unlogged)
        writes = [
            DELIVERIES.replace(self._delivery, version=self._version),
            *(ATTEMPTS.store(entry) for entry in unlogged),
        ]
        place = self._delivery.place
        await self._table.commit(writes=writes, context=self._context())
        del self._unlogged[: len(unlogged)]
        self._version += 1
        self._stored_place = place
        self._stored_at = self._clock.now()

    def _context(self) -> Context:
        return system_context(
            name="webhooks", at=self._clock.now(), correlation_id=f"webhooks:{self._endpoint.endpoint_id}"
        )
