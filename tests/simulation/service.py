"""Customer service and shoppers after the purchase: orders held, readdressed, noted; goods sent back and refunded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

from openaisle.kernel.context import Principal, Role
from tests.simulation.checker import Checker
from tests.simulation.house import Api, ConnectionLost, Reply
from tests.simulation.loop import SimulatedLoop, Violation
from tests.simulation.storefronts import SHIP_TO

_TRY_AGAIN = frozenset({"changed-meanwhile", "commit-refused", "store-unavailable"})
_REASONS = ("changed_mind", "damaged", "wrong_product")
_CONDITIONS = ("as_new", "opened", "damaged", "incomplete")


class CustomerService:
    """Acts on orders that are in the store, at any moment of theirs; everything it asks is done or refused by name."""

    def __init__(
        self,
        *,
        loop: SimulatedLoop,
        checker: Checker,
        random: Random,
        api: Callable[[], Api],
        is_calm: Callable[[], bool],
    ) -> None:
        self._loop = loop
        self._checker = checker
        self._random = random
        self._api = api
        self._is_calm = is_calm
        self._operator = Principal(role=Role.OPERATOR, subject_id="service")
        self._numbers = 0
        self.held: set[str] = set()

    async def work(self) -> None:
        """Do one thing after the other until the world is calm; then only finish what was begun."""
        random = self._random
        while not self._is_calm():
            await asyncio.sleep(random.uniform(1, 6))
            if not self._checker.orders:
                continue
            order_id = random.choice(sorted(self._checker.orders))
            act = random.choice(
                (self._hold, self._hold, self._readdress, self._note, self._grant, self._consent, self._send_back)
            )
            await act(order_id)
        for order_id in sorted(self.held):
            await self._about(order_id, "release_order", None)
        while True:
            # What suppliers propose is answered to the end; otherwise it would wait for days.
            for order_id in sorted(self._checker.unfinished()):
                await self._consent(order_id)
            await asyncio.sleep(random.uniform(5, 10))

    async def _hold(self, order_id: str) -> None:
        self.held.add(order_id)
        await self._about(order_id, "hold_order", {"reason": "the address looks odd", "hours": 1})
        await asyncio.sleep(self._random.choice((0.0, self._random.uniform(0, 15))))
        if self._random.random() < 0.7:
            await self._about(order_id, "release_order", None)

    async def _readdress(self, order_id: str) -> None:
        self._numbers += 1
        await self._about(order_id, "change_order_address", {**SHIP_TO, "street_lines": [f"Lindenweg {self._numbers}"]})

    async def _note(self, order_id: str) -> None:
        visibility = self._random.choice(("internal", "supplier"))
        await self._about(order_id, "add_order_note", {"text": "The shopper called.", "visibility": visibility})

    async def _grant(self, order_id: str) -> None:
        amount_minor = self._random.randint(1, 3_000)
        await self._about(order_id, "grant_order_goodwill", {"amount_minor": amount_minor, "reason": "it took long"})

    async def _consent(self, order_id: str) -> None:
        for purchase_order in list(self._checker.purchase_orders_of(order_id)):
            proposed = [line.line_number for line in purchase_order.lines if line.answer.value == "proposed"]
            if proposed:
                granted = self._random.random() < 0.6
                body = {"lines": [{"line_number": number, "granted": granted} for number in proposed]}
                path = {"purchase_order_id": purchase_order.purchase_order_id}
                await self._call("decide_substitutes", path, body, self._operator)

    async def _send_back(self, order_id: str) -> None:
        """Send goods back, be it too many or too early, and see the return through as far as it goes."""
        random, order = self._random, self._checker.orders[order_id]
        self._numbers += 1
        line = random.choice(order.lines)
        wanted = {"line_number": line.line_number, "quantity": random.randint(1, line.quantity + 1)}
        body = {
            "reference": f"B-{self._numbers}",
            "lines": [{**wanted, "reason": random.choice(_REASONS)}],
            "wish": random.choice(("refund", "refund", "replacement")),
        }
        storefront = Principal(role=Role.STOREFRONT, subject_id=order.storefront_id)
        reply = await self._call("request_return", {"order_id": order_id}, body, storefront)
        if reply is None or reply.status not in {200, 201, 202}:
            return
        answered = reply.value()
        for one in answered.get("returns", [answered]):
            if "return_id" in one:
                await self._see_through(one)

    async def _see_through(self, asked: dict[str, Any]) -> None:
        random, path = self._random, {"return_id": asked["return_id"]}
        supplier = Principal(role=Role.SUPPLIER, subject_id=asked["supplier_id"])
        if random.random() < 0.7:
            await self._call("authorize_return", path, None, self._operator)
        lines = [
            {
                "line_number": line["line_number"],
                "quantity": random.randint(1, line["quantity"] + (random.random() < 0.2)),
                "condition": random.choice(_CONDITIONS),
                "deduction_minor": random.choice((0, 0, 500)),
            }
            for line in asked["lines"]
        ]
        receipt = {"reference": f"W-{self._numbers}", "lines": lines, "more_expected": random.random() < 0.2}
        for _ in range(random.choice((1, 1, 2))):
            await self._call("receive_return", path, receipt, supplier)
        settled = random.choice(("settle_return", "settle_return", "refuse_return", "replace_return"))
        body = (
            {"reason": "not in the box"} if settled == "refuse_return" else {} if settled == "settle_return" else None
        )
        await self._call(settled, path, body, self._operator)

    async def _about(self, order_id: str, operation: str, body: dict[str, Any] | None) -> None:
        self._numbers += 1
        await self._call(operation, {"order_id": order_id}, body, self._operator)

    async def _call(
        self, operation: str, path: dict[str, str], body: dict[str, Any] | None, principal: Principal
    ) -> Reply | None:
        """Call until there is an answer; None where the marketplace has no such operation."""
        self._numbers += 1
        headers = {"idempotency-key": f"service-{self._numbers}"}
        for _ in range(40):
            api = self._api()
            if not api.knows(operation):
                return None
            try:
                reply = await api.call(operation=operation, principal=principal, path=path, body=body, headers=headers)
            except ConnectionLost:
                await asyncio.sleep(self._random.uniform(0.1, 2))
                continue
            if reply.code not in _TRY_AGAIN:
                if reply.status >= 500:
                    self._loop.fail(Violation(f"{operation} was answered {reply}"))
                return reply
            await asyncio.sleep(self._random.uniform(0.1, 2))
        return None
