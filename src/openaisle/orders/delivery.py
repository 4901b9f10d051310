"""The dispatcher: sees that every purchase order reaches its supplier, whatever falls down in between."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from openaisle.inventory.use_cases import StockUseCases
from openaisle.kernel.context import Clock
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.stream import Change, Checkpoints, Lease
from openaisle.kernel.table import Index, Table
from openaisle.orders.caring.events import PurchaseOrderReleased
from openaisle.orders.changes import PurchaseOrderChanges
from openaisle.orders.channels.document_maker import DocumentMaker
from openaisle.orders.channels.letters import DeadLetters
from openaisle.orders.channels.notices import NOTICE_KIND, NOTICES, NoticeState, to_tell_partition
from openaisle.orders.channels.pacing import Pacer
from openaisle.orders.channels.transport import Transports
from openaisle.orders.connections import SupplierConnections
from openaisle.orders.disclosure import DisclosurePolicy
from openaisle.orders.events import PurchaseOrderCreated
from openaisle.orders.repository import PURCHASE_ORDER_KIND, to_deliver_partition
from openaisle.orders.stock_confirmation import StockConfirmation
from openaisle.orders.supplier_channel import ChannelTools, SupplierChannel

_LOGGER = logging.getLogger(__name__)

CONSUMER = "purchase-order-dispatcher"
WAKE_DISPATCHER = "wake-dispatcher"
WAKE_FOR_NOTICES = "wake-dispatcher-for-cancellations"
STANDARD_DISCLOSURE = DisclosurePolicy()
_LEASE_SECONDS = 15.0
_PROLONG_SECONDS = 5.0
_STANDBY_SECONDS = 2.0
_SUPPLIERS_PER_PAGE = 500
# Looking at every supplier may take a hundredth of the time, however many there are.
_SCAN_SHARE = 100
_AFTER_CRASH_SECONDS = 5.0


class _SupplierOnly(msgspec.Struct, frozen=True):
    """A purchase order of which only the supplier is read."""

    supplier_id: str


_SUPPLIER_DECODER = msgspec.json.Decoder(_SupplierOnly)


class SupplierDispatcher:
    """Brings purchase orders to suppliers' systems: a Source for a worker.

    One channel for each supplier that something waits for, none for the others; a supplier that is slow or down
    holds up nobody else. Which suppliers to look at is told by the change stream, as a hint only: what waits
    stands in the table, and all suppliers are looked at once at the start and then now and again. Of several
    processes one dispatches, the others stand by.
    """

    def __init__(
        self,
        *,
        table: Table,
        suppliers: SupplierConnections,
        stock: StockUseCases,
        transports: Transports,
        cipher: FieldCipher,
        clock: Clock,
        checkpoints: Checkpoints,
        holder: str,
        disclosure: DisclosurePolicy = STANDARD_DISCLOSURE,
        calls_at_once: int = 256,
        gather_seconds: float = 0.15,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Take the ports and ``holder``, a name that no other process has.

        At most ``calls_at_once`` suppliers are called at a time, and beside them a quarter of that many whose last
        call failed. A supplier whose last batch was not full is
        left to gather more for ``gather_seconds``.
        """
        changes = PurchaseOrderChanges(table=table)
        self._tools = ChannelTools(
            table=table,
            suppliers=suppliers,
            transports=transports,
            confirmation=StockConfirmation(table=table, stock=stock, changes=changes),
            changes=changes,
            letters=DeadLetters(table=table),
            pacer=Pacer(),
            documents=DocumentMaker(table=table, cipher=cipher, disclosure=disclosure),
            clock=clock,
            slots=asyncio.Semaphore(calls_at_once),
            troubled_slots=asyncio.Semaphore(max(1, calls_at_once // 4)),
            gather_seconds=gather_seconds,
            sleep=sleep,
            chance=chance,
        )
        self._checkpoints = checkpoints
        self._holder = holder
        self._channels: dict[str, SupplierChannel] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._dispatching = False

    def pipe(self) -> Pipe:
        """Return the pipe that wakes the dispatcher of this process when purchase orders are created."""

        async def handle(changes: Sequence[Change]) -> None:
            for change in changes:
                if change.body is not None:
                    self.wake(supplier_id=_SUPPLIER_DECODER.decode(change.body).supplier_id)

        return Pipe(
            name=WAKE_DISPATCHER,
            handle=handle,
            kinds=frozenset({PURCHASE_ORDER_KIND}),
            event_types=frozenset({PurchaseOrderCreated.TYPE, PurchaseOrderReleased.TYPE}),
            batch_size=1_000,
        )

    def notices_pipe(self) -> Pipe:
        """Return the pipe that wakes the dispatcher of this process when suppliers are to be told of cancellations."""

        async def handle(changes: Sequence[Change]) -> None:
            for change in changes:
                if change.body is not None:
                    notice = NOTICES.record(change.body)
                    if notice.state is NoticeState.WAITING:
                        self.wake(supplier_id=notice.supplier_id)

        return Pipe(name=WAKE_FOR_NOTICES, handle=handle, kinds=frozenset({NOTICE_KIND}), batch_size=1_000)

    def wake(self, *, supplier_id: str) -> None:
        """Look at a supplier soon; nothing where this process does not dispatch."""
        if not self._dispatching:
            return
        channel = self._channels.get(supplier_id)
        if channel is not None:
            channel.wake()
            return
        channel = SupplierChannel(supplier_id=supplier_id, tools=self._tools)
        self._channels[supplier_id] = channel
        task = asyncio.get_running_loop().create_task(self._run_channel(supplier_id, channel))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def run(self) -> None:
        """Dispatch until canceled, standing by while another process does."""
        while True:
            lease = await self._acquired()
            if lease is None:
                await self._tools.sleep(_STANDBY_SECONDS)
                continue
            try:
                await self._dispatch(lease)
            except Exception:
                _LOGGER.exception("the dispatcher broke off and is started again")
                await self._tools.sleep(_AFTER_CRASH_SECONDS)
            finally:
                self._dispatching = False
                await self._stop_channels()
                await self._checkpoints.release(lease=lease)

    async def _acquired(self) -> Lease | None:
        return await self._checkpoints.acquire(
            consumer=CONSUMER, holder=self._holder, now=self._tools.clock.now(), seconds=_LEASE_SECONDS
        )

    async def _dispatch(self, lease: Lease) -> None:
        self._dispatching = True
        scan = asyncio.create_task(self._scan_again_and_again())
        try:
            while not scan.done():
                await self._tools.sleep(_PROLONG_SECONDS)
                if await self._acquired() != lease:
                    _LOGGER.info("another process took the dispatching over")
                    return
            await scan
        finally:
            scan.cancel()
            await asyncio.gather(scan, return_exceptions=True)

    async def _scan_again_and_again(self) -> None:
        """Find what no hint told of: what waited when this process started, or was told to another one."""
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            await self._scan()
            await self._tools.sleep(max(_PROLONG_SECONDS, (loop.time() - started) * _SCAN_SHARE))

    async def _scan(self) -> None:
        after: str | None = None
        while True:
            page = await self._tools.suppliers.listed(after=after, limit=_SUPPLIERS_PER_PAGE)
            for supplier in page.suppliers:
                if supplier.supplier_id not in self._channels:
                    await self._look_at(supplier.supplier_id)
            after = page.next_after
            if after is None:
                return
            # Reads are answered at once and never yield; the channels must get their turn.
            await asyncio.sleep(0)

    async def _look_at(self, supplier_id: str) -> None:
        partition = to_deliver_partition(supplier_id=supplier_id)
        page = await self._tools.table.query(partition=partition, index=Index.SECOND, limit=1)
        if not page.items:
            partition = to_tell_partition(supplier_id=supplier_id)
            page = await self._tools.table.query(partition=partition, index=Index.SECOND, limit=1)
        if page.items:
            self.wake(supplier_id=supplier_id)

    async def _run_channel(self, supplier_id: str, channel: SupplierChannel) -> None:
        try:
            while True:
                try:
                    await channel.run()
                except Exception:
                    _LOGGER.exception("the channel of %s broke off and is started again", supplier_id)
                    await self._tools.sleep(_AFTER_CRASH_SECONDS)
                else:
                    return
        finally:
            del self._channels[supplier_id]

    async def _stop_channels(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
