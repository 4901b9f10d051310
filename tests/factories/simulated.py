"""A marketplace as simulated suppliers see it, and calls as the marketplace makes them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any, Self

import aiohttp
import msgspec
from aiohttp import web

from openaisle.adapters.webhook_signer import StandardWebhooksSigner

SECRET = StandardWebhooksSigner().new_secret()
KEY = "oa_supplier_test"


def document(purchase_order_id: str = "po_1", *, lines: int = 1, **given: Any) -> dict[str, Any]:
    facts = {
        "purchase_order_id": purchase_order_id,
        "order_reference": "web-1",
        "created_at": "2026-11-23T12:00:00.000000Z",
        "acknowledge_by": "2026-11-24T12:00:00.000000Z",
        "currency": "EUR",
        "ship_to": {"name": "Ada", "street_lines": ["1 Main St"], "city": "Berlin", "country": "DE"},
        "lines": [
            {
                "line_number": number,
                "supplier_sku": f"MUG-{number}",
                "quantity": 2,
                "unit_price_minor": 500,
                "shipping_minor": 90,
            }
            for number in range(1, lines + 1)
        ],
    }
    return facts | given


async def called(
    url: str, body: object, *, secret: str = SECRET, at: datetime | None = None, timeout_seconds: float = 10
) -> tuple[int, Any]:
    """Call a supplier as the marketplace does; return the status and the decoded answer."""
    encoded = msgspec.json.encode(body)
    headers = StandardWebhooksSigner().headers(
        secrets=(secret,), message_id="msg_1", at=at or datetime.now(UTC), body=encoded
    )
    timeout = aiohttp.ClientTimeout(total=timeout_seconds)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.post(url, data=encoded, headers=headers) as response,
    ):
        return response.status, msgspec.json.decode(await response.read())


class FakeMarketplace:
    """The part of the marketplace's API that suppliers call, over a dict of states.

    It answers 503 ``outages`` times before it works, and loses the answers (not the effects) of the next
    ``lost_answers`` calls.
    """

    def __init__(self) -> None:
        self.states: dict[str, str] = {}
        self.line_counts: Counter[str] = Counter()
        self.effects: Counter[tuple[str, str]] = Counter()
        self.calls: Counter[str] = Counter()
        self.tracking_numbers: dict[str, set[str]] = {}
        self.acknowledged: dict[str, list[dict[str, Any]]] = {}
        self.outages = 0
        self.lost_answers = 0
        self.url = ""
        self._runner: web.ServerRunner | None = None

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_exception: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def has(self, purchase_order_id: str, *, state: str, lines: int = 1) -> None:
        self.states[purchase_order_id] = state
        self.line_counts[purchase_order_id] = lines

    async def all_are(self, state: str) -> bool | None:
        """Whether every purchase order is in the state; for tests.support.waiting."""
        return (bool(self.states) and set(self.states.values()) == {state}) or None

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        self.calls[f"{request.method} {request.path}"] += 1
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return web.Response(status=401)
        if self.outages:
            self.outages -= 1
            return web.Response(status=503)
        body = await request.read()
        answer = self._dispatched(request, msgspec.json.decode(body) if body else {})
        if self.lost_answers and request.method == "POST":
            self.lost_answers -= 1
            assert request.transport is not None
            request.transport.abort()
        return web.Response(body=msgspec.json.encode(answer), content_type="application/json")

    def _dispatched(self, request: web.BaseRequest, body: dict[str, Any]) -> object:
        parts = request.path.split("/")
        match parts[2:]:
            case ["purchase-orders"]:
                return self._page(after=request.query.get("after", ""))
            case ["purchase-orders", identifier]:
                return self._view(identifier)
            case ["purchase-orders", identifier, "acknowledgment"]:
                return self._acknowledge(identifier, body["lines"])
            case ["shipments"]:
                return {"results": [self._ship(item) for item in body["items"]]}
            case _:
                return {"results": [self._deliver(item["purchase_order_id"]) for item in body["items"]]}

    def _page(self, *, after: str) -> dict[str, Any]:
        open_ones = [name for name in sorted(self.states) if self.states[name] not in {"delivered", "canceled"}]
        rest = [name for name in open_ones if name > after]
        return {
            "purchase_orders": [self._view(name) for name in rest[:2]],
            "next_after": rest[1] if len(rest) > 2 else None,
        }

    def _view(self, identifier: str) -> dict[str, Any]:
        lines = [{"line_number": number} for number in range(1, self.line_counts[identifier] + 1)]
        return {"purchase_order_id": identifier, "state": self.states[identifier], "lines": lines}

    def _acknowledge(self, identifier: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
        self.effects["acknowledge", identifier] += 1
        self.acknowledged[identifier] = lines
        rejected = all(line["decision"] == "rejected" for line in lines)
        self.states[identifier] = "rejected" if rejected else "accepted"
        return self._view(identifier)

    def _ship(self, item: dict[str, Any]) -> dict[str, Any]:
        identifier = item["purchase_order_id"]
        if self.states[identifier] not in {"accepted", "shipped"}:
            return {"purchase_order_id": identifier, "status": 409, "problem": {"code": "shipment-refused"}}
        if self.states[identifier] == "accepted":
            self.effects["ship", identifier] += 1
        self.tracking_numbers.setdefault(identifier, set()).add(item["tracking_number"])
        self.states[identifier] = "shipped"
        return {"purchase_order_id": identifier, "status": 200}

    def _deliver(self, identifier: str) -> dict[str, Any]:
        if self.states[identifier] == "shipped":
            self.effects["deliver", identifier] += 1
        self.states[identifier] = "delivered"
        return {"purchase_order_id": identifier, "status": 200}
