"""The shipping desk of all simulated suppliers: acknowledges, ships and reports delivery until the marketplace has it.

Each piece of work is one purchase order of one supplier. What is ready goes in batches, a bounded number of calls
runs at once, and what is refused or lost is looked up and tried again. The desk keeps nothing on disk: after a
restart it asks the marketplace which purchase orders are open, so being killed loses nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import msgspec

from openaisle_examples.suppliers.book import Book
from openaisle_examples.suppliers.character import Character, SupplierSetup, tracking_number
from openaisle_examples.suppliers.documents import Acknowledgment
from openaisle_examples.suppliers.marketplace import MarketplaceClient, Unreachable

_LOGGER = logging.getLogger(__name__)
_BATCH = 100
_TOO_MANY = 10_000
_PAGE = 500
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0
_FINISHED = frozenset({"delivered", "canceled", "rejected", "expired", "closed"})


class Step(StrEnum):
    """What is to be done next for a purchase order."""

    ACKNOWLEDGE = "acknowledge"
    SHIP = "ship"
    DELIVER = "deliver"


class Work(msgspec.Struct, gc=False):
    """A purchase order on the desk: its next step, when it is due (seconds of the loop's clock), and its tries."""

    purchase_order_id: str
    step: Step
    due: float
    tries: int = 0
    acknowledgment: Acknowledgment | None = None


class Tray:
    """The work of one supplier."""

    def __init__(self, *, setup: SupplierSetup, book: Book) -> None:
        """Start empty."""
        self.setup = setup
        self.book = book
        self.work: dict[str, Work] = {}
        self.is_called = False


class ShippingDesk:
    """Works off the trays of all suppliers."""

    def __init__(self, *, marketplace: MarketplaceClient, calls_at_once: int = 8) -> None:
        """Take the client of the marketplace and how many calls may run at once."""
        self._marketplace = marketplace
        self._calls_at_once = calls_at_once
        self._trays: dict[str, Tray] = {}
        self._ready: deque[Tray] = deque()
        self._wakened = asyncio.Event()
        self._clerks: list[asyncio.Task[None]] = []
        self._resuming: set[asyncio.Task[None]] = set()
        self._resume_at_once = asyncio.Semaphore(calls_at_once)

    def start(self) -> None:
        """Let the clerks work."""
        self._clerks = [asyncio.create_task(self._clerk()) for _ in range(self._calls_at_once)]

    async def stop(self) -> None:
        """Stop; what was not done is found again by the next start."""
        tasks = [*self._clerks, *self._resuming]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def waiting(self) -> int:
        """How many purchase orders are on the desk."""
        return sum(len(tray.work) for tray in self._trays.values())

    def open_tray(self, *, setup: SupplierSetup, book: Book) -> None:
        """Take a supplier on, and ask the marketplace what is open for it."""
        tray = self._trays.get(setup.handle) or Tray(setup=setup, book=book)
        tray.setup, tray.book = setup, book
        self._trays[setup.handle] = tray
        if setup.api_key:
            task = asyncio.create_task(self._resume(tray))
            self._resuming.add(task)
            task.add_done_callback(self._resuming.discard)

    def put(self, *, handle: str, purchase_order_id: str, acknowledgment: Acknowledgment, later: bool) -> None:
        """Put a purchase order on the desk, to be acknowledged ``later`` or, if it was accepted, to be shipped."""
        tray = self._trays[handle]
        setup = tray.setup
        if not setup.api_key or purchase_order_id in tray.work:
            return
        if later:
            step, seconds = Step.ACKNOWLEDGE, setup.acknowledges_after_seconds
        elif acknowledgment.decision != "rejected" and setup.ships:
            step, seconds = Step.SHIP, setup.ships_after_seconds
        else:
            return
        due = asyncio.get_running_loop().time() + max(seconds, setup.gathers_seconds)
        self._lay(tray, [Work(purchase_order_id, step, due, acknowledgment=acknowledgment)])

    def drop(self, *, handle: str, purchase_order_id: str) -> None:
        """Take a purchase order off the desk: it is canceled."""
        self._trays[handle].work.pop(purchase_order_id, None)

    def _lay(self, tray: Tray, work: Iterable[Work]) -> None:
        for one in work:
            tray.work[one.purchase_order_id] = one
        if tray.work and not tray.is_called:
            tray.is_called = True
            earliest = min(one.due for one in tray.work.values())
            asyncio.get_running_loop().call_at(earliest, self._call, tray)

    def _call(self, tray: Tray) -> None:
        self._ready.append(tray)
        self._wakened.set()

    async def _clerk(self) -> None:
        while True:
            while not self._ready:
                self._wakened.clear()
                await self._wakened.wait()
            tray = self._ready.popleft()
            try:
                await self._work_off(tray)
            except Unreachable as error:
                _LOGGER.info("%s: %s", tray.setup.handle, error)
            except Exception:  # the simulation goes on with the others, and with this one at its next turn
                _LOGGER.exception("%s: the desk stumbled", tray.setup.handle)
            tray.is_called = False
            self._lay(tray, ())

    async def _work_off(self, tray: Tray) -> None:
        for step in Step:
            now = asyncio.get_running_loop().time()
            due = [one for one in tray.work.values() if one.step is step and one.due <= now][:_BATCH]
            if not due:
                continue
            # Until it is known how the call went, the work counts as failed: a lost answer is tried again.
            _postpone(tray, due, now)
            if step is Step.ACKNOWLEDGE:
                for one in due:
                    await self._acknowledge(tray, one)
            else:
                await self._report(tray, step, due)

    async def _acknowledge(self, tray: Tray, work: Work) -> None:
        character = tray.setup.character
        if character is Character.HASTY and work.tries <= 1:
            # It ships before it has accepted, which the marketplace refuses.
            early = {"items": [_parcel(tray.setup, work)]}
            await self._marketplace.post(api_key=tray.setup.api_key, path="/v1/shipments", body=early)
        purchase_order = await self._marketplace.get(
            api_key=tray.setup.api_key, path=f"/v1/purchase-orders/{work.purchase_order_id}"
        )
        if purchase_order is None or purchase_order["state"] != "sent":
            self._continue(tray, work, purchase_order)
            return
        decisions = {line.line_number: line for line in (work.acknowledgment and work.acknowledgment.lines) or ()}
        whole = work.acknowledgment.decision if work.acknowledgment else "accepted"
        reason = work.acknowledgment.reason if work.acknowledgment else None
        lines: list[dict[str, Any]] = []
        for line in purchase_order["lines"]:
            decided = decisions.get(line["line_number"])
            answer = {"line_number": line["line_number"], "decision": decided.decision if decided else whole}
            if answer["decision"] == "rejected":
                answer["reason"] = (decided.reason if decided else reason) or "Not available."
            lines.append(answer)
        status, answered = await self._marketplace.post(
            api_key=tray.setup.api_key,
            path=f"/v1/purchase-orders/{work.purchase_order_id}/acknowledgment",
            body={"lines": lines},
        )
        if status < 300:
            tray.book.counts.acknowledged_later += 1
            self._continue(tray, work, answered)

    async def _report(self, tray: Tray, step: Step, due: list[Work]) -> None:
        """Report shipments or deliveries in one call, and look up each that was refused."""
        path = "/v1/shipments" if step is Step.SHIP else "/v1/deliveries"
        items = [_item(tray.setup, one) for one in due]
        status, answer = await self._marketplace.post(api_key=tray.setup.api_key, path=path, body={"items": items})
        if status >= 300:
            tray.book.counts.retries += len(due)
            return
        done = {one["purchase_order_id"] for one in answer.get("results", ()) if not one.get("problem")}
        for work in due:
            if work.purchase_order_id not in done:
                await self._look_up(tray, work)
            elif step is Step.SHIP:
                tray.book.counts.shipped += 1
                self._next(work, Step.DELIVER, tray.setup.delivers_after_seconds)
            else:
                tray.book.counts.delivered += 1
                del tray.work[work.purchase_order_id]

    async def _look_up(self, tray: Tray, work: Work) -> None:
        tray.book.counts.retries += 1
        purchase_order = await self._marketplace.get(
            api_key=tray.setup.api_key, path=f"/v1/purchase-orders/{work.purchase_order_id}"
        )
        self._continue(tray, work, purchase_order)

    def _continue(self, tray: Tray, work: Work, purchase_order: dict[str, Any] | None) -> None:
        """Do what the state at the marketplace asks for: it knows best."""
        step = None if purchase_order is None else step_of(purchase_order)
        if step is None or (step is not Step.ACKNOWLEDGE and not tray.setup.ships):
            tray.work.pop(work.purchase_order_id, None)
        elif step is not work.step and step is not Step.ACKNOWLEDGE:
            self._next(work, step, 0.0)

    def _next(self, work: Work, step: Step, seconds: float) -> None:
        work.step, work.tries = step, 0
        work.due = asyncio.get_running_loop().time() + seconds

    async def _resume(self, tray: Tray) -> None:
        """Lay out what the marketplace says is open, until it has said so completely."""
        pause, after = _FIRST_PAUSE_SECONDS, ""
        while True:
            try:
                async with self._resume_at_once:
                    page = await self._marketplace.get(
                        api_key=tray.setup.api_key,
                        path=f"/v1/purchase-orders?state_group=open&limit={_PAGE}{after}",
                    )
            except Unreachable:
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
                continue
            if page is None:
                return
            now = asyncio.get_running_loop().time()
            found = (self._resumed(tray, one, now) for one in page["purchase_orders"])
            self._lay(tray, [one for one in found if one is not None and one.purchase_order_id not in tray.work])
            cursor = page["next_after"]
            if not cursor:
                return
            after = f"&after={cursor}"

    def _resumed(self, tray: Tray, purchase_order: dict[str, Any], now: float) -> Work | None:
        identifier, step = purchase_order["purchase_order_id"], step_of(purchase_order)
        entry = tray.book.entries.get(identifier)
        if step is None:
            return None
        if step is Step.ACKNOWLEDGE and entry is None:
            # It was brought to a supplier who has forgotten it; it will be brought again or expire.
            return None
        if step is not Step.ACKNOWLEDGE and not tray.setup.ships:
            return None
        return Work(identifier, step, now, acknowledgment=entry.acknowledgment if entry else None)


def step_of(purchase_order: dict[str, Any]) -> Step | None:
    """Return what a purchase order of the marketplace waits for from its supplier, None when for nothing."""
    state = purchase_order["state"]
    if state in _FINISHED:
        return None
    if state in {"created", "sent"}:
        return Step.ACKNOWLEDGE
    return Step.DELIVER if state == "shipped" else Step.SHIP


def _postpone(tray: Tray, due: list[Work], now: float) -> None:
    for one in due:
        pause = min(_FIRST_PAUSE_SECONDS * 2.0 ** min(one.tries, 10), _LONGEST_PAUSE_SECONDS)
        one.tries += 1
        one.due = now + max(pause, tray.setup.gathers_seconds)


def _item(setup: SupplierSetup, work: Work) -> dict[str, Any]:
    if work.step is Step.DELIVER:
        return {"purchase_order_id": work.purchase_order_id}
    parcel = _parcel(setup, work)
    if setup.character is Character.OVER_SHIPPER and work.tries <= 1:
        parcel["lines"] = [{"line_number": 1, "quantity": _TOO_MANY}]
    return parcel


def _parcel(setup: SupplierSetup, work: Work) -> dict[str, Any]:
    return {
        "purchase_order_id": work.purchase_order_id,
        "carrier": setup.carrier,
        "tracking_number": tracking_number(purchase_order_id=work.purchase_order_id),
    }
