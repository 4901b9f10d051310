"""What is remembered of the calls to one supplier: a circuit breaker that all processes share through the table."""

from __future__ import annotations

from collections.abc import Callable

from openaisle.kernel.breaker import Breaker, after_failure, after_success, decide_call
from openaisle.kernel.context import Clock, Context
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.records import Versioned
from openaisle.kernel.table import CommitRefused, Table
from openaisle.orders.repository import SUPPLIER_HEALTH, SupplierHealth, supplier_health_key

_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 60.0
_HEALTHY = Breaker()


class SupplierHealthKeeper:
    """Reads the breaker once, writes it when something changes; a healthy supplier costs no write."""

    def __init__(
        self,
        *,
        supplier_id: str,
        table: Table,
        clock: Clock,
        chance: Callable[[], float],
        context: Callable[[], Context],
    ) -> None:
        """Take the supplier, the ports, and what makes the context of a write."""
        self._supplier_id = supplier_id
        self._table = table
        self._clock = clock
        self._chance = chance
        self._context = context
        self._health: Versioned[SupplierHealth] | None = None
        self._is_read = False

    async def is_troubled(self) -> bool:
        """Return whether the last call failed."""
        return bool((await self._breaker()).failures)

    async def seconds_until_allowed(self) -> float:
        """Return how long the breaker keeps calls back, 0 if it does not."""
        now = self._clock.now()
        decision = decide_call(breaker=await self._breaker(), now=now)
        if decision.allowed or decision.retry_at is None:
            return 0.0
        return max((decision.retry_at - now).total_seconds(), 0.01)

    async def may_call(self) -> bool:
        """Reserve the probe of a breaker that is half open; False if another process makes it."""
        breaker = await self._breaker()
        decision = decide_call(breaker=breaker, now=self._clock.now())
        if not decision.allowed:
            return False
        return decision.breaker is breaker or await self._store(decision.breaker)

    async def note_success(self) -> None:
        """Remember that the supplier's system answered."""
        breaker = await self._breaker()
        after = after_success(breaker=breaker, now=self._clock.now())
        if after is not breaker:
            await self._store(after)

    async def note_failure(self, *, error: OpenAisleError) -> float:
        """Remember that it did not; return the seconds until the next try."""
        breaker = await self._breaker()
        after = after_failure(breaker=breaker, now=self._clock.now(), reason=error.detail)
        if after is not breaker:
            await self._store(after)
        doubled: float = _FIRST_WAIT_SECONDS * 2 ** min(after.failures, 16)
        jitter = 0.5 + self._chance() / 2
        return max(min(doubled, _LONGEST_WAIT_SECONDS) * jitter, float(error.retry_after_seconds or 0))

    async def _breaker(self) -> Breaker:
        if not self._is_read:
            item = await self._table.get(key=supplier_health_key(supplier_id=self._supplier_id))
            self._health = None if item is None else SUPPLIER_HEALTH.decode(item)
            self._is_read = True
        return _HEALTHY if self._health is None else self._health.record.breaker

    async def _store(self, breaker: Breaker) -> bool:
        record = SupplierHealth(supplier_id=self._supplier_id, breaker=breaker)
        version = 0 if self._health is None else self._health.version
        write = SUPPLIER_HEALTH.replace(record, version=version) if version else SUPPLIER_HEALTH.create(record)
        try:
            await self._table.commit(writes=[write], context=self._context())
        except CommitRefused:
            # Another process calls the same supplier; what it found out counts from now on.
            self._is_read = False
            return False
        self._health = Versioned(record, version + 1)
        return True
