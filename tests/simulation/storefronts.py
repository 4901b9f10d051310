"""A storefront: places orders, asks again when it hears nothing, repeats itself, contradicts itself, cancels."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

from openaisle.kernel.context import Principal, Role
from tests.simulation.checker import Checker
from tests.simulation.ground import Ground
from tests.simulation.house import Api, ConnectionLost, Reply
from tests.simulation.loop import SimulatedLoop, Violation

SHIP_TO = {
    "name": "Ada Fischer",
    "street_lines": ["Lindenweg 4"],
    "city": "Bremen",
    "postal_code": "28195",
    "country": "DE",
}
_TRY_AGAIN = frozenset({"changed-meanwhile", "commit-refused", "store-unavailable"})


class Storefront:
    """Implements what a shop's developers get right, and what they get wrong."""

    def __init__(
        self,
        *,
        storefront_id: str,
        loop: SimulatedLoop,
        checker: Checker,
        ground: Ground,
        random: Random,
        api: Callable[[], Api],
    ) -> None:
        self.storefront_id = storefront_id
        self.placed = 0
        self.refused = 0
        self._loop = loop
        self._checker = checker
        self._ground = ground
        self._random = random
        self._api = api
        self._principal = Principal(role=Role.STOREFRONT, subject_id=storefront_id)
        self._offer_ids = sorted(ground.offers)

    async def work(self, *, orders: int, within_seconds: float) -> None:
        """Place so many orders side by side and see each of them through."""
        moments = [self._random.uniform(0, within_seconds) for _ in range(orders)]
        await asyncio.gather(*(self._see_through(f"R-{n}", moment) for n, moment in enumerate(moments)))

    async def _see_through(self, reference: str, moment: float) -> None:
        random = self._random
        await asyncio.sleep(moment)
        body = self._new_order(reference)
        key = f"{self.storefront_id}-{reference}"
        # Chance of its own, so that what the other chances bring stays as it is in a world without holds.
        body = await self._held_first(body, key, Random(f"{random.getstate()[1][0]} {key}"))
        if random.random() < 0.15:
            reply, lost = await self._place_twice(body, key)
        else:
            reply, lost = await self._place(body, key)
        if reply.status != 201:
            self._was_refused(reference, reply, lost)
            return
        self.placed += 1
        order_id = reply.value()["order_id"]
        if order_id not in self._checker.orders:
            self._fail(f"{reference} was answered as {order_id} and is not in the store")
        await self._repeat(body, key, reply)
        if random.random() < 0.35:
            await self._cancel(order_id, body)

    async def _held_first(self, body: dict[str, Any], key: str, random: Random) -> dict[str, Any]:
        """Hold what the order wants before it is placed, now and then; then use it, give it back or forget it."""
        if random.random() < 0.7:
            return body
        lines = [
            {name: line[name] for name in ("offer_id", "product_id", "quantity") if name in line}
            for line in body["lines"]
        ]
        wanted = {"lines": lines, "seconds": random.choice((2, 10, 60))}
        reply = await self._until_heard("hold_stock", random, body=wanted, headers={"idempotency-key": key})
        if reply.status != 201:
            return body
        reservation_id = reply.value()["reservation_id"]
        await asyncio.sleep(random.choice((0.0, random.uniform(0, 15))))
        if random.random() < 0.2:
            await self._until_heard("release_reservation", random, path={"reservation_id": reservation_id})
        return body if random.random() < 0.2 else {**body, "reservation_id": reservation_id}

    async def _until_heard(self, operation: str, random: Random, **given: Any) -> Reply:
        while True:
            try:
                reply = await self._call(operation, **given)
            except ConnectionLost:
                reply = None
            if reply is not None and reply.code not in _TRY_AGAIN:
                return reply
            await asyncio.sleep(random.uniform(0.1, 2))

    async def _place_twice(self, body: dict[str, Any], key: str) -> tuple[Reply, int]:
        """Let two servers send the same request at the same moment; their answers must be the same."""

        async def timed() -> tuple[Reply, int, float]:
            reply, lost = await self._place(body, key)
            return reply, lost, self._loop.time()

        found = await asyncio.gather(timed(), timed())
        # Two servers whose clocks differ may differ about whether a hold is over.
        found = [await timed() if one[0].code == "reservation-over" else one for one in found]
        lost = sum(one[1] for one in found)
        early, late = sorted(found, key=lambda one: one[2])
        # What the one heard first was refused for may be no more when the other is heard. Asked again, there is one
        # answer.
        if early[0].code in {"reservation-over", "insufficient-stock"} and late[0].status == 201:
            early = await timed()
        first, second = sorted((early[0], late[0]), key=lambda one: one.status)
        self._require_same(key, first, second)
        return first, lost

    async def _place(self, body: dict[str, Any], key: str) -> tuple[Reply, int]:
        lost = 0
        while True:
            try:
                reply = await self._call("place_order", body=body, headers={"idempotency-key": key})
            except ConnectionLost:
                lost += 1
                await asyncio.sleep(self._random.uniform(0.1, 3))
                continue
            if reply.code not in _TRY_AGAIN:
                return reply, lost
            lost += 1
            await asyncio.sleep(self._random.uniform(0.1, 2))

    def _was_refused(self, reference: str, reply: Reply, lost: int) -> None:
        self.refused += 1
        if reply.status not in {409, 413, 422}:
            self._fail(f"{reference} was answered {reply}")
        known = any(one.reference == reference for one in self._orders())
        # An attempt whose answer was lost may still have been under way when another was refused.
        if known and not lost and not self._api().repeats:
            self._fail(f"{reference} was refused with {reply.code} and is in the store")

    async def _repeat(self, body: dict[str, Any], key: str, reply: Reply) -> None:
        random = self._random
        if random.random() < 0.3:
            again, _ = await self._place(body, key)
            self._require_same(key, reply, again)
        other = {**body, "lines": [{**body["lines"][0], "quantity": body["lines"][0]["quantity"] + 1}]}
        if random.random() < 0.2:
            again, _ = await self._place(other, f"{key}-other")
            if again.code != "duplicate-reference":
                self._fail(f"the reference {body['reference']} with other lines was answered {again}")
        if random.random() < 0.2:
            again, _ = await self._place(other, key)
            if again.code != "idempotency-key-reused":
                self._fail(f"the key {key} with another body was answered {again}")

    async def _cancel(self, order_id: str, body: dict[str, Any]) -> None:
        random = self._random
        await asyncio.sleep(random.choice((0.0, random.uniform(0, 2), random.uniform(0, 60))))
        wanted: dict[str, Any] = {"reason": random.choice(("", "changed my mind"))}
        if random.random() < 0.6:
            number = random.randint(1, len(body["lines"]))
            wanted["lines"] = [{"line_number": number, "quantity": random.randint(1, 2)}]
        headers = {"idempotency-key": f"cancel-{order_id}"} if random.random() < 0.8 else {}
        for _ in range(60):
            try:
                reply = await self._call("cancel_order", path={"order_id": order_id}, body=wanted, headers=headers)
            except ConnectionLost:
                if not headers:
                    return
                await asyncio.sleep(random.uniform(0.1, 3))
                continue
            if reply.code in _TRY_AGAIN:
                await asyncio.sleep(random.uniform(0.1, 2))
                continue
            if reply.status not in {200, 409}:
                self._fail(f"canceling {order_id} was answered {reply}")
            return

    def _new_order(self, reference: str) -> dict[str, Any]:
        random = self._random
        lines = []
        for _ in range(random.choice((1, 1, 2, 2, 3))):
            line: dict[str, Any] = {
                "quantity": random.choice((1, 1, 2, 3, 5)),
                "unit_price_minor": random.randint(900, 3_000),
                "shipping_minor": random.choice((0, 490, 333)),
            }
            if random.random() < 0.5:
                line["offer_id"] = random.choice(self._offer_ids)
            else:
                line["product_id"] = random.choice(self._ground.product_ids)
            lines.append(line)
        return {"reference": reference, "currency": "EUR", "lines": lines, "ship_to": SHIP_TO}

    def _orders(self) -> list[Any]:
        return [one for one in self._checker.orders.values() if one.storefront_id == self.storefront_id]

    def _require_same(self, key: str, first: Reply, second: Reply) -> None:
        if first.status == 201 and (second.status, second.body) != (first.status, first.body):
            self._fail(f"the key {key} was answered first {first}, then {second}")

    def _fail(self, message: str) -> None:
        self._loop.fail(Violation(message))

    async def _call(self, operation: str, **given: Any) -> Reply:
        reply = await self._api().call(operation=operation, principal=self._principal, **given)
        if reply.status >= 500 and reply.status != 503:
            self._fail(f"{operation} was answered {reply}")
        return reply
