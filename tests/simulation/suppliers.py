"""Suppliers of every character: their systems that are called, and their desks that call back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from random import Random
from typing import Any

import msgspec

from openaisle.kernel.context import Principal, Role
from openaisle.kernel.outbound import HttpAnswer
from tests.simulation.checker import Checker
from tests.simulation.ground import START
from tests.simulation.house import Api, ConnectionLost, Reply
from tests.simulation.loop import LifeProcess, SimulatedLoop, Violation

_HOSTILE_SHARE = 0.6


class Character(StrEnum):
    """How a supplier behaves."""

    RELIABLE = "reliable"
    LATER = "later"
    PARTIAL = "partial"
    REJECTING = "rejecting"
    SILENT = "silent"
    FLAPPING = "flapping"
    HANGING = "hanging"
    GARBAGE = "garbage"
    ERROR_IN_200 = "error_in_200"
    ACCEPTS_TWICE = "accepts_twice"
    SHIPS_TOO_MUCH = "ships_too_much"
    SHIPS_TOO_EARLY = "ships_too_early"
    ACKNOWLEDGES_CANCELED = "acknowledges_canceled"
    CHANGES_PRICE = "changes_price"
    TELLS_LESS = "tells_less"


_ANSWERS_LATER = frozenset({Character.LATER, Character.ACCEPTS_TWICE, Character.SHIPS_TOO_EARLY})
_GARBAGE = (
    b"",
    b"<html>Internal Server Error</html>",
    b'{"acknowledgments": "yes"}',
    b'{"acknowledgments": [{"purchase_order_id": 7}, null, []]}',
    b"[" * 5_000,
    b'{"acknowledgments": [',
    b"\xff\xfe\x00",
    b"null",
)


class Supplier:
    """One supplier: implements the network's Server, and runs its desk in the environment."""

    def __init__(
        self,
        *,
        supplier_id: str,
        character: Character,
        loop: SimulatedLoop,
        checker: Checker,
        random: Random,
        api: Callable[[], Api],
        is_calm: Callable[[], bool],
    ) -> None:
        self.supplier_id = supplier_id
        self.character = character
        self._loop = loop
        self._checker = checker
        self._random = random
        self._api = api
        self._is_calm = is_calm
        self._principal = Principal(role=Role.SUPPLIER, subject_id=supplier_id)
        self._received: dict[str, dict[str, Any]] = {}
        self._answers: dict[str, dict[str, Any]] = {}
        self._tried: set[tuple[str, str]] = set()
        self._parcels = 0
        self._goes_down_at = random.uniform(0, 40)

    # The system that is called.

    def is_down(self) -> bool:
        if self.character is not Character.FLAPPING:
            return False
        return (self._loop.time() - self._goes_down_at) % 40 < 20

    def seconds(self) -> float:
        if self.character is Character.HANGING and self._random.random() < _HOSTILE_SHARE:
            return 60.0
        return self._random.uniform(0.005, 0.2)

    def answer(self, *, path: str, body: bytes, caller: LifeProcess) -> HttpAnswer:
        asked = msgspec.json.decode(body)
        if path == "inventory":
            content = self._stock_levels(asked["supplier_skus"])
        elif path == "cancellations":
            content = self._told_of_cancellations(asked)
        else:
            for document in asked["purchase_orders"]:
                self._receive(document, caller)
            content = {"acknowledgments": [self._decided(one) for one in asked["purchase_orders"]]}
        if self.character is Character.GARBAGE and self._random.random() < _HOSTILE_SHARE:
            return HttpAnswer(status=200, headers={}, body=self._random.choice(_GARBAGE))
        if self.character is Character.ERROR_IN_200 and self._random.random() < _HOSTILE_SHARE:
            return HttpAnswer(status=200, headers={}, body=msgspec.json.encode(self._error_within(content)))
        if self.character is Character.FLAPPING and self._random.random() < 0.2:
            return HttpAnswer(status=self._random.choice((500, 503, 429, 422)), headers={}, body=b"no")
        return HttpAnswer(status=200, headers={}, body=msgspec.json.encode(content))

    def _receive(self, document: dict[str, Any], caller: LifeProcess) -> None:
        identifier = document["purchase_order_id"]
        self._checker.sent_to_supplier(supplier_id=self.supplier_id, document=document, caller=caller)
        first = self._received.setdefault(identifier, document)
        before = {line["line_number"]: line for line in first["lines"]}
        for line in document["lines"]:
            known = before.get(line["line_number"])
            same = known is not None and all(
                line[field] == known[field] for field in ("supplier_sku", "unit_price_minor", "shipping_minor")
            )
            if known is None or not same or line["quantity"] > known["quantity"]:
                self._loop.fail(Violation(f"{identifier} was sent again otherwise: {first} and now {document}"))

    def _decided(self, document: dict[str, Any]) -> dict[str, Any]:
        identifier = document["purchase_order_id"]
        if identifier not in self._answers:
            self._answers[identifier] = {"purchase_order_id": identifier, **self._decision(document)}
        return self._answers[identifier]

    def _decision(self, document: dict[str, Any]) -> dict[str, Any]:
        character, random = self.character, self._random
        numbers = [line["line_number"] for line in document["lines"]]
        if character is Character.SILENT or character in _ANSWERS_LATER:
            return {"decision": "later"}
        if character is Character.REJECTING and random.random() < 0.8:
            return {"decision": "rejected", "reason": "out of stock"}
        if character is Character.PARTIAL:
            lines = [
                {"line_number": number, "decision": random.choice(("accepted", "rejected")), "reason": "perhaps"}
                for number in numbers
                if random.random() < 0.8
            ]
            return {"decision": "partial", "lines": lines}
        if character is Character.CHANGES_PRICE:
            lines = [{"line_number": number, "decision": "accepted", "unit_price_minor": 1} for number in numbers]
            return {"decision": "partial", "lines": lines, "currency": "USD"}
        return {"decision": "accepted"}

    def _error_within(self, content: dict[str, Any]) -> dict[str, Any]:
        random = self._random
        if "acknowledgments" not in content or random.random() < 0.4:
            return {"error": {"code": 500, "message": "database is locked"}, "status": "failed"}
        answers = list(content["acknowledgments"])
        if random.random() < 0.5 and answers:
            answers.pop(random.randrange(len(answers)))
        answers.append({"purchase_order_id": f"po_{'z' * 26}_01", "decision": "accepted"})
        if answers and random.random() < 0.5:
            odd = [{"line_number": 99, "decision": "accepted"}]
            answers[0] = {**answers[0], "decision": "partial", "lines": odd}
        return {"acknowledgments": answers}

    def _told_of_cancellations(self, asked: dict[str, Any]) -> dict[str, Any]:
        cancellations = asked.get("cancellations") or asked.get("purchase_orders") or []
        answers = [
            {"purchase_order_id": one["purchase_order_id"], "decision": "accepted", "lines": []}
            for one in cancellations
            if isinstance(one, dict) and "purchase_order_id" in one
        ]
        return {"cancellations": answers, "acknowledgments": answers}

    def _stock_levels(self, skus: list[str]) -> dict[str, Any]:
        levels = []
        for sku in skus:
            for location in ("default", "north"):
                known = self._checker.on_hand(supplier_id=self.supplier_id, supplier_sku=sku, location=location)
                if known is None or self._random.random() < 0.2:
                    continue
                less = self._random.randint(0, 3) if self.character is Character.TELLS_LESS else 0
                levels.append({"supplier_sku": sku, "location": location, "on_hand": max(known - less, 0)})
        return {"stock_levels": levels}

    # The desk that calls back.

    async def work(self) -> None:
        """Look at the open purchase orders now and again and do the next step of each, in this supplier's way."""
        random = self._random
        while True:
            await asyncio.sleep(random.uniform(3, 12) if not self._is_calm() else random.uniform(8, 20))
            if self.character is Character.FLAPPING and self.is_down():
                continue
            try:
                for group in self._groups():
                    await self._work_through(group)
                if not self._is_calm() and random.random() < 0.08:
                    await self._tell_stock()
            except ConnectionLost:
                continue

    def _groups(self) -> tuple[str, ...]:
        curious = self.character in {Character.SHIPS_TOO_EARLY, Character.ACKNOWLEDGES_CANCELED}
        return ("open", "all") if curious and not self._is_calm() else ("open",)

    async def _work_through(self, group: str) -> None:
        query = {"state_group": group, "limit": 50}
        reply = await self._call("list_purchase_orders", query=query)
        if reply.status != 200:
            return
        for purchase_order in reply.value()["purchase_orders"]:
            if self._random.random() < 0.85:
                await self._next_step(purchase_order)

    async def _next_step(self, purchase_order: dict[str, Any]) -> None:
        state, character = purchase_order["state"], self.character
        if character is Character.ACKNOWLEDGES_CANCELED and state == "canceled":
            # Answered before it was canceled, the same answer is none; the checker sees whether it changes anything.
            await self._about(purchase_order, "acknowledge_purchase_order", _acceptance(purchase_order))
        if character is Character.SHIPS_TOO_EARLY and state in {"created", "sent"}:
            body = {"carrier": "DHL", "tracking_number": f"early {purchase_order['purchase_order_id'][-8:]}"}
            # Lines that were accepted by now may go; the checker sees that no other does.
            await self._about(purchase_order, "ship_purchase_order", body)
        pending = [line for line in purchase_order["lines"] if line["answer"] == "pending" and _open(line)]
        if state == "sent" and pending:
            await self._acknowledge(purchase_order, pending)
        elif state in {"accepted", "partially_accepted", "partially_shipped", "sent"}:
            await self._ship(purchase_order)
        elif state == "shipped":
            await self._deliver(purchase_order)

    async def _acknowledge(self, purchase_order: dict[str, Any], pending: list[dict[str, Any]]) -> None:
        if self.character is Character.SILENT:
            return
        random = self._random
        chance_of_rejection = {Character.REJECTING: 0.8, Character.PARTIAL: 0.4}.get(self.character, 0.15)
        named = [line for line in pending if random.random() < 0.8] or pending
        lines = [self._line_answered(line, chance_of_rejection) for line in named]
        reply = await self._about(purchase_order, "acknowledge_purchase_order", {"lines": lines})
        if reply.status == 200 and self.character is Character.ACCEPTS_TWICE:
            again = await self._about(purchase_order, "acknowledge_purchase_order", {"lines": lines})
            if again.status not in {200, 409}:
                self._loop.fail(Violation(f"the same acknowledgment again was answered {again}"))
            accepted = [line for line in lines if line["decision"] == "accepted"]
            if accepted:
                turned = [{**line, "decision": "rejected"} for line in accepted]
                await self._must_be_refused(purchase_order, "acknowledge_purchase_order", {"lines": turned})

    def _line_answered(self, line: dict[str, Any], chance_of_rejection: float) -> dict[str, Any]:
        """Return an answer to a line: accepted, rejected, now and again put off or replaced by something else."""
        random, answer = self._random, {"line_number": line["line_number"], "reason": "later"}
        if random.random() < chance_of_rejection:
            return {**answer, "decision": "rejected"}
        chosen = random.random()
        if chosen < 0.1 and self.character is not Character.ACCEPTS_TWICE:
            day = (START + timedelta(days=random.choice((1, 3, 90)))).date().isoformat()
            return {**answer, "decision": "back_ordered", "expected_ship_date": day}
        if chosen < 0.2 and self.character is not Character.ACCEPTS_TWICE:
            skus = sorted({sku for sku, _, _ in self._checker.places_of(supplier_id=self.supplier_id)})
            return {**answer, "decision": "substituted", "substitute": {"supplier_sku": random.choice(skus)}}
        if self.character is Character.CHANGES_PRICE and random.random() < 0.3:
            return {**answer, "decision": "accepted", "unit_price_minor": line["unit_price_minor"] + 1}
        return {**answer, "decision": "accepted"}

    async def _ship(self, purchase_order: dict[str, Any]) -> None:
        random = self._random
        ready = [line for line in purchase_order["lines"] if line["answer"] == "accepted" and _open(line)]
        if not ready:
            return
        if random.random() < 0.06:
            # It had accepted and finds the shelf empty; the lines go to somebody else.
            await self._about(
                purchase_order, "withdraw_from_purchase_order", {"lines": [], "reason": "the shelf is empty"}
            )
            return
        self._parcels += 1
        body: dict[str, Any] = {"carrier": "DHL", "tracking_number": f"{self.supplier_id[-4:]}-{self._parcels:06d}"}
        identifier = purchase_order["purchase_order_id"]
        if self.character is Character.SHIPS_TOO_MUCH and (identifier, "too much") not in self._tried:
            self._tried.add((identifier, "too much"))
            too_much = [{"line_number": ready[0]["line_number"], "quantity": _open(ready[0]) + 1}]
            await self._must_be_refused(purchase_order, "ship_purchase_order", {**body, "lines": too_much})
        if random.random() < 0.4:
            some = random.sample(ready, random.randint(1, len(ready)))
            body["lines"] = [
                {"line_number": line["line_number"], "quantity": random.randint(1, _open(line))} for line in some
            ]
        reply = await self._about(purchase_order, "ship_purchase_order", body)
        if reply.status == 200:
            self._checker.told_shipped(purchase_order_id=identifier, tracking_number=body["tracking_number"])
            if random.random() < 0.2:
                await self._about(purchase_order, "ship_purchase_order", body)

    async def _deliver(self, purchase_order: dict[str, Any]) -> None:
        await self._about(purchase_order, "deliver_purchase_order", {})

    async def _tell_stock(self) -> None:
        random = self._random
        known = self._checker.places_of(supplier_id=self.supplier_id)
        chosen = random.sample(known, min(2, len(known)))
        rows = [
            {"supplier_sku": sku, "location": location, "on_hand": max(on_hand + random.randint(-4, 4), 0)}
            for sku, location, on_hand in chosen
        ]
        await self._call("set_stock_levels", body={"stock_levels": rows})

    async def _must_be_refused(self, purchase_order: dict[str, Any], operation: str, body: dict[str, Any]) -> None:
        """Ask for what no supplier may do: it is refused with an error of its own, and the checker sees the rest."""
        reply = await self._about(purchase_order, operation, body)
        if reply.status == 200:
            identifier = purchase_order["purchase_order_id"]
            self._loop.fail(Violation(f"{operation} of {identifier} by a {self.character} supplier was done: {body}"))

    async def _about(self, purchase_order: dict[str, Any], operation: str, body: dict[str, Any]) -> Reply:
        """Call about one purchase order until there is an answer."""
        path = {"purchase_order_id": purchase_order["purchase_order_id"]}
        for _ in range(20):
            try:
                return await self._call(operation, path=path, body=body)
            except ConnectionLost:
                await asyncio.sleep(self._random.uniform(0.1, 3))
        raise ConnectionLost

    async def _call(self, operation: str, **given: Any) -> Reply:
        reply = await self._api().call(operation=operation, principal=self._principal, **given)
        if reply.status >= 500 and reply.status != 503:
            self._loop.fail(Violation(f"{operation} was answered {reply}"))
        return reply


def _open(line: dict[str, Any]) -> int:
    return int(line["quantity"] - line["canceled_quantity"] - line["shipped_quantity"])


def _acceptance(purchase_order: dict[str, Any]) -> dict[str, Any]:
    return {"lines": [{"line_number": line["line_number"], "decision": "accepted"} for line in purchase_order["lines"]]}
