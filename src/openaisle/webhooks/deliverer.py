"""Delivers to one endpoint, in order, each event until it is taken."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import timedelta

import msgspec

from openaisle.kernel.context import Clock, Context, system_context
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.outbound import HttpAnswer, HttpCaller, Signer
from openaisle.kernel.records import Versioned
from openaisle.kernel.table import CommitRefused, Table
from openaisle.webhooks.cloud_events import (
    BATCH_MEDIA_TYPE,
    SINGLE_MEDIA_TYPE,
    OutgoingEvent,
    batch_body,
    message_id,
)
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
from openaisle.webhooks.use_cases import WebhookEndpoints

_LOGGER = logging.getLogger(__name__)
_TIMEOUT_SECONDS = 15.0
_MAXIMUM_ANSWER_BYTES = 100_000
# The place is stored this often while all goes well: after a crash up to so much is sent again, recognizable by
# its identifiers, and in exchange a delivery costs no write.
_SAVE_EVERY = timedelta(seconds=1)
_IDLE_SECONDS = 1.0
_GONE = 410


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
        self._caller = caller
        self._signer = signer
        self._clock = clock
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
        now = self._clock.now()
        is_batch = self._endpoint.batch_size > 1
        body = batch_body(events=events) if is_batch else events[0].encoded
        identifier = message_id(endpoint_id=self._endpoint.endpoint_id, events=events)
        try:
            secrets = self._endpoints.signing_secrets(endpoint=self._endpoint, at=now)
            headers = self._signer.headers(secrets=secrets, message_id=identifier, at=now, body=body)
            headers["content-type"] = BATCH_MEDIA_TYPE if is_batch else SINGLE_MEDIA_TYPE
            answer = await self._caller.call(
                method="POST",
                url=self._endpoint.url,
                headers=headers,
                body=body,
                timeout_seconds=_TIMEOUT_SECONDS,
                maximum_answer_bytes=_MAXIMUM_ANSWER_BYTES,
            )
        except OpenAisleError as error:
            # Refused, timed out, failed, or a secret that cannot be read: all are told in the endpoint's status.
            await self._failed(reason=error.detail, retry_after_seconds=None)
            return False
        if 200 <= answer.status < 300:
            await self._taken(events)
            return True
        if answer.status == _GONE:
            await self._pause(reason="The receiver answered 410 Gone.")
        await self._failed(reason=f"The receiver answered {answer.status}.", retry_after_seconds=_pause_asked(answer))
        return False

    async def _taken(self, events: list[OutgoingEvent]) -> None:
        recovered = self._delivery.attempts > 0
        self._delivery = after_delivered(
            delivery=self._delivery,
            place=events[-1].place,
            count=len(events),
            last_event_id=events[-1].event_id,
            at=self._clock.now(),
        )
        if recovered or self._clock.now() - self._stored_at >= _SAVE_EVERY:
            await self._store()

    async def _failed(self, *, reason: str, retry_after_seconds: float | None) -> None:
        now = self._clock.now()
        self._delivery = after_failed(
            delivery=self._delivery,
            active_since=self._endpoint.active_since,
            reason=reason,
            retry_after_seconds=retry_after_seconds,
            at=now,
        )
        await self._store()
        _LOGGER.info("webhook endpoint %s: %s", self._endpoint.endpoint_id, reason)
        if gives_up(delivery=self._delivery, at=now):
            await self._pause(reason=f"It failed for three days. {reason}")

    async def _pause(self, *, reason: str) -> None:
        # Somebody may have paused or deleted it while the call was under way; then that stands.
        with contextlib.suppress(EndpointTransitionRefused, EndpointMissing):
            await self._endpoints.set_state(
                endpoint_id=self._endpoint.endpoint_id,
                state=EndpointState.PAUSED,
                reason=reason,
                context=self._context(),
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
        write = DELIVERIES.replace(self._delivery, version=self._version)
        place = self._delivery.place
        await self._table.commit(writes=[write], context=self._context())
        self._version += 1
        self._stored_place = place
        self._stored_at = self._clock.now()

    def _context(self) -> Context:
        return system_context(
            name="webhooks", at=self._clock.now(), correlation_id=f"webhooks:{self._endpoint.endpoint_id}"
        )


def _pause_asked(answer: HttpAnswer) -> float | None:
    asked = answer.headers.get("retry-after", "").strip()
    # The other form, a date, is so rare with machines that our own pause serves as well.
    return float(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else None
