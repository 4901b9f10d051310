"""Sees to it that one process at a time runs a consumer, and that another takes over when it dies."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from openaisle.kernel.context import Clock
from openaisle.kernel.stream import Checkpoints, Lease, LeaseLost

_LOGGER = logging.getLogger(__name__)
_PROLONGED_PER_LEASE = 3
_ASK_AGAIN_SECONDS = 1.0


class LeaseKeeper:
    """Runs work while its consumer's lease is held: prolongs the lease, cancels the work when it is lost."""

    def __init__(
        self,
        *,
        checkpoints: Checkpoints,
        clock: Clock,
        holder: str,
        lease_seconds: float = 15.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Take the ``holder``'s name, different for each process; a dead one's work waits ``lease_seconds``."""
        self._checkpoints = checkpoints
        self._clock = clock
        self._holder = holder
        self._lease_seconds = lease_seconds
        self._sleep = sleep

    async def run(self, *, consumer: str, work: Callable[[Lease], Awaitable[None]]) -> None:
        """Run ``work`` each time the lease is ours, until canceled; work that raises is started again."""
        while True:
            try:
                await self._run_once(consumer, work)
            except* LeaseLost:
                _LOGGER.warning("%s was taken over by another process", consumer)
            except* Exception:
                _LOGGER.exception("%s broke off and is started again", consumer)
            await self._sleep(_ASK_AGAIN_SECONDS)

    async def _run_once(self, consumer: str, work: Callable[[Lease], Awaitable[None]]) -> None:
        asked_at = self._clock.now()
        lease = await self._acquire(consumer)
        if lease is None:
            return
        try:
            async with asyncio.TaskGroup() as group:
                keeping = group.create_task(self._keep(lease, held_since=asked_at))
                await work(lease)
                keeping.cancel()
        finally:
            await self._release(lease)

    async def _keep(self, lease: Lease, *, held_since: datetime) -> None:
        """Prolong the lease again and again; raises LeaseLost when it is gone."""
        prolonged_at = held_since
        while True:
            await self._sleep(self._lease_seconds / _PROLONGED_PER_LEASE)
            asked_at = self._clock.now()
            try:
                prolonged = await self._acquire(lease.consumer)
            except Exception:
                _LOGGER.exception("the lease of %s could not be prolonged", lease.consumer)
                # The store did not answer; another process may hold the lease once ours has run out.
                if (asked_at - prolonged_at).total_seconds() >= self._lease_seconds:
                    raise LeaseLost(lease.consumer) from None
                continue
            if prolonged is None or prolonged.token != lease.token:
                raise LeaseLost(lease.consumer)
            prolonged_at = asked_at

    async def _acquire(self, consumer: str) -> Lease | None:
        return await self._checkpoints.acquire(
            consumer=consumer, holder=self._holder, now=self._clock.now(), seconds=self._lease_seconds
        )

    async def _release(self, lease: Lease) -> None:
        try:
            await self._checkpoints.release(lease=lease)
        except Exception:
            # It runs out by itself.
            _LOGGER.exception("the lease of %s could not be given back", lease.consumer)
