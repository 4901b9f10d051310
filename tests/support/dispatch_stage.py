"""Orders, suppliers' servers, and dispatchers over them, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from openaisle.adapters.local.pipe_runner import PipeRunner
from openaisle.adapters.local.queue import LocalQueue
from openaisle.adapters.local.store import LocalTable
from openaisle.orders.channels.notices import cancellations_pipe
from openaisle.orders.delivery import SupplierDispatcher
from openaisle.orders.purchase_order import PurchaseOrder, PurchaseOrderState
from tests.factories.orders import FakeCaller, OrderRoom, make_dispatcher, make_line
from tests.support.virtual_time import VirtualClock


class Stage:
    """A room of orders, suppliers' servers, and dispatchers over them, in virtual time."""

    def __init__(self, *, folder: Path) -> None:
        self.clock = VirtualClock()
        self.table = LocalTable(path=folder / "store.db", clock=self.clock, durable=False)
        self.room = OrderRoom(table=self.table)
        self.caller = FakeCaller()
        self.bergmann = self.caller.system("sup_bergmann")

    def dispatcher(self, **given: object) -> SupplierDispatcher:
        return make_dispatcher(room=self.room, caller=self.caller, clock=self.clock, **given)

    def pipes(self, dispatcher: SupplierDispatcher) -> PipeRunner:
        """What wakes the dispatcher and notes what suppliers are to be told."""
        return PipeRunner(
            pipes=[
                dispatcher.pipe(),
                dispatcher.notices_pipe(),
                cancellations_pipe(table=self.table, suppliers=self.room.suppliers, clock=self.clock),
            ],
            stream=self.table,
            checkpoints=self.table,
            set_aside=LocalQueue(committer=self.table.committer, name="pipe-dead-letters"),
            clock=self.clock,
            holder="here",
        )

    async def purchase_order(self, *, reference: str = "R-1", number: int = 1) -> PurchaseOrder:
        _, purchase_orders = await self.room.whole(reference=reference)
        return purchase_orders[number - 1]

    async def place(self, *offers, reference: str = "R-1", quantity: int = 1):
        lines = [make_line(offer_id=offer.offer_id, quantity=quantity) for offer in offers]
        # No two orders in one moment, so that their order in the queue is known.
        await asyncio.sleep(0.001)
        return await self.room.place(*lines, reference=reference, at=self.clock.now())

    async def state(self, *, reference: str = "R-1", number: int = 1) -> PurchaseOrderState:
        _, purchase_orders = await self.room.whole(reference=reference)
        return purchase_orders[number - 1].state

    async def until(self, *states: str, reference: str = "R-1") -> None:
        async def reached() -> bool:
            _, purchase_orders = await self.room.whole(reference=reference)
            return [one.state for one in purchase_orders] == list(states)

        await self.until_true(reached)

    async def until_true(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(3600):
            # The condition stands in the store, where no event tells of it; the time is virtual.
            while not await condition():  # noqa: ASYNC110
                await asyncio.sleep(0.05)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Stage]:
    stage = Stage(folder=folder)
    yield stage
    await stage.table.close()


@asynccontextmanager
async def running(*sources) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(source.run()) for source in sources]
    yield
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
