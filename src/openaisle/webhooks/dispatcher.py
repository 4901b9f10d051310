"""Runs one deliverer for each endpoint, in one process at a time."""

from __future__ import annotations

import asyncio
import logging

import msgspec

from openaisle.kernel.context import Clock
from openaisle.kernel.outbound import HttpCaller, Signer
from openaisle.kernel.records import Versioned
from openaisle.kernel.stream import ChangeStream, Checkpoints, Lease, LeaseLost
from openaisle.kernel.table import Index, Table
from openaisle.webhooks.deliverer import EndpointDeliverer
from openaisle.webhooks.model import Delivery, EndpointState, WebhookEndpoint
from openaisle.webhooks.reader import EventReader
from openaisle.webhooks.repository import ALL_ENDPOINTS, DELIVERIES, ENDPOINTS, delivery_key
from openaisle.webhooks.resender import ResendRunner
from openaisle.webhooks.sending import EndpointCaller
from openaisle.webhooks.use_cases import WebhookEndpoints

_LOGGER = logging.getLogger(__name__)
CONSUMER = "webhooks"
_LEASE_SECONDS = 30.0
_STANDBY_SECONDS = 5.0
_LOOK_SECONDS = 1.0
_PROLONG_EVERY_LOOKS = 8


class _Running(msgspec.Struct, kw_only=True):
    version: int
    deliverer: EndpointDeliverer
    task: asyncio.Task[None]


class WebhookDispatcher:
    """Delivers events to all endpoints: a Source for a worker.

    Each endpoint has a task and a place of its own, so one that is dead holds up no other. Of several
    processes one dispatches, the others stand by. What the stream must keep is told to the checkpoints: the
    place of the endpoint that is furthest behind, also of those that are paused.
    """

    def __init__(
        self,
        *,
        table: Table,
        stream: ChangeStream,
        checkpoints: Checkpoints,
        endpoints: WebhookEndpoints,
        caller: HttpCaller,
        signer: Signer,
        clock: Clock,
        holder: str,
    ) -> None:
        """Take the ports and ``holder``, a name that no other process has."""
        self._table = table
        self._stream = stream
        self._checkpoints = checkpoints
        self._endpoints = endpoints
        self._caller = caller
        self._signer = signer
        self._clock = clock
        self._holder = holder
        self._running: dict[str, _Running] = {}
        self._resends = ResendRunner(
            table=table,
            stream=stream,
            sender=EndpointCaller(endpoints=endpoints, caller=caller, signer=signer, clock=clock),
            clock=clock,
        )

    async def run(self) -> None:
        """Dispatch until canceled, standing by while another process does."""
        while True:
            lease = await self._acquired()
            if lease is None:
                await asyncio.sleep(_STANDBY_SECONDS)
                continue
            try:
                await self._dispatch(lease)
            except LeaseLost:
                _LOGGER.info("another process took the webhooks over")
            finally:
                await self._checkpoints.release(lease=lease)

    async def _acquired(self) -> Lease | None:
        return await self._checkpoints.acquire(
            consumer=CONSUMER, holder=self._holder, now=self._clock.now(), seconds=_LEASE_SECONDS
        )

    async def _dispatch(self, lease: Lease) -> None:
        reader = EventReader(stream=self._stream)
        following = asyncio.create_task(reader.follow())
        try:
            looks = 0
            while not following.done():
                floor = await self._look(reader=reader)
                if looks % _PROLONG_EVERY_LOOKS == 0:
                    if await self._acquired() != lease:
                        raise LeaseLost(CONSUMER)
                    await self._checkpoints.save(lease=lease, position=floor)
                looks += 1
                await asyncio.sleep(_LOOK_SECONDS)
            await following
        finally:
            following.cancel()
            await asyncio.gather(
                following,
                *(self._stop(one) for one in self._running.values()),
                self._resends.stop(),
                return_exceptions=True,
            )
            self._running.clear()

    async def _look(self, *, reader: EventReader) -> int:
        """Start and stop deliverers as the endpoints ask; return the sequence up to which all are done."""
        # What is committed after this moment is needed by endpoints that are registered after it.
        floor = await self._stream.latest()
        found = await self._all_endpoints()
        for endpoint_id in self._running.keys() - found.keys():
            await self._stop(self._running.pop(endpoint_id))
        for endpoint_id, (endpoint, version) in found.items():
            floor = min(floor, await self._attend(endpoint_id, endpoint, version, reader))
        await self._resends.look(
            active={one.endpoint_id for one, _ in found.values() if one.state is EndpointState.ACTIVE}
        )
        return floor

    async def _attend(self, endpoint_id: str, endpoint: WebhookEndpoint, version: int, reader: EventReader) -> int:
        """Let one endpoint's deliverer run as it should; return the sequence up to which it is done."""
        running = self._running.get(endpoint_id)
        if running is not None and running.version == version and not running.task.done():
            return running.deliverer.place.read_after
        if running is not None:
            await self._stop(self._running.pop(endpoint_id))
        item = await self._table.get(key=delivery_key(endpoint_id=endpoint_id))
        if item is None:
            return await self._stream.latest()
        delivery = DELIVERIES.decode(item)
        if endpoint.state is EndpointState.ACTIVE:
            self._start(endpoint=endpoint, version=version, delivery=delivery, reader=reader)
        return delivery.record.place.read_after

    def _start(
        self, *, endpoint: WebhookEndpoint, version: int, delivery: Versioned[Delivery], reader: EventReader
    ) -> None:
        deliverer = EndpointDeliverer(
            endpoint=endpoint,
            delivery=delivery,
            reader=reader,
            endpoints=self._endpoints,
            table=self._table,
            caller=self._caller,
            signer=self._signer,
            clock=self._clock,
        )
        task = asyncio.create_task(deliverer.run(), name=f"webhooks:{endpoint.endpoint_id}")
        self._running[endpoint.endpoint_id] = _Running(version=version, deliverer=deliverer, task=task)

    async def _stop(self, running: _Running) -> None:
        running.task.cancel()
        (outcome,) = await asyncio.gather(running.task, return_exceptions=True)
        if isinstance(outcome, Exception):
            # One endpoint's trouble is its own; it is started again at the next look.
            _LOGGER.error("the deliveries of %s stopped", running.task.get_name(), exc_info=outcome)

    async def _all_endpoints(self) -> dict[str, tuple[WebhookEndpoint, int]]:
        found: dict[str, tuple[WebhookEndpoint, int]] = {}
        after: str | None = None
        while True:
            page = await self._table.query(partition=ALL_ENDPOINTS, index=Index.FIRST, after=after, limit=500)
            for item in page.items:
                read = ENDPOINTS.decode(item)
                found[read.record.endpoint_id] = (read.record, read.version)
            if page.cursor is None:
                return found
            after = page.cursor
