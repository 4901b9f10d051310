"""A simulated storefront that receives webhooks: it verifies, recognizes repetitions, and counts.

This is a simulation of the retailer's shop system, in the form that docs/how-to/receive-webhooks.md explains.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from typing import Self

import msgspec
from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError


class ReceivedEvent(msgspec.Struct, frozen=True):
    """What this storefront reads of a CloudEvent."""

    id: str
    type: str
    subject: str
    data: msgspec.Raw


class StorefrontReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was received: ``repeats`` had an identifier that was known already."""

    events: int
    repeats: int
    calls: int
    refused_signatures: int
    by_type: dict[str, int]
    in_order: bool


_ONE = msgspec.json.Decoder(ReceivedEvent)
_SEVERAL = msgspec.json.Decoder(list[ReceivedEvent])


class SimulatedStorefront:
    """Receives webhooks at ``/webhooks``; ``/control/report`` tells what came."""

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen on ``port``, 0 for a free one, once started."""
        self._host = host
        self._port = port
        self._webhooks: list[Webhook] = []
        self._known: set[str] = set()
        self._by_type: Counter[str] = Counter()
        self._repeats = 0
        self._calls = 0
        self._refused = 0
        self._newest = (0, 0)
        self._in_order = True
        self._down = False
        self._received = asyncio.Event()
        self._runner: web.ServerRunner | None = None

    async def __aenter__(self) -> Self:
        """Start."""
        server = web.Server(self._answer, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_exception: object) -> None:
        """Stop."""
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """What to register as a webhook endpoint."""
        return f"http://{self._host}:{self._port}/webhooks"

    def trust(self, *, signing_secret: str) -> None:
        """Accept messages signed with this secret from now on; until the first, nothing is believed."""
        self._webhooks.append(Webhook(signing_secret))

    def go_down(self, *, down: bool) -> None:
        """Answer 503, or take messages again."""
        self._down = down

    def report(self) -> StorefrontReport:
        """Return what was received."""
        return StorefrontReport(
            events=len(self._known),
            repeats=self._repeats,
            calls=self._calls,
            refused_signatures=self._refused,
            by_type=dict(self._by_type),
            in_order=self._in_order,
        )

    async def until(self, *, events: int, timeout_seconds: float = 30.0) -> None:
        """Return once so many distinct events were received; raises TimeoutError."""
        async with asyncio.timeout(timeout_seconds):
            while len(self._known) < events:
                self._received.clear()
                await self._received.wait()

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        if request.path == "/control/report":
            return web.Response(body=msgspec.json.encode(self.report()), content_type="application/json")
        if request.method != "POST" or request.path != "/webhooks":
            return web.Response(status=404)
        self._calls += 1
        if self._down:
            return web.Response(status=503)
        body = await request.read()
        if not self._believes(dict(request.headers), body):
            self._refused += 1
            return web.Response(status=401)
        try:
            events = _SEVERAL.decode(body) if body.startswith(b"[") else [_ONE.decode(body)]
        except msgspec.DecodeError:
            return web.Response(status=400)
        for event in events:
            self._take(event)
        self._received.set()
        return web.Response(status=204)

    def _believes(self, headers: dict[str, str], body: bytes) -> bool:
        for webhook in self._webhooks:
            with contextlib.suppress(WebhookVerificationError, ValueError):
                webhook.verify(body, headers, json_parse=False)
                return True
        return False

    def _take(self, event: ReceivedEvent) -> None:
        if event.id in self._known:
            self._repeats += 1
            return
        self._known.add(event.id)
        self._by_type[event.type] += 1
        sequence, _, number = event.id.partition("-")
        place = (int(sequence), int(number))
        self._in_order = self._in_order and place > self._newest
        self._newest = max(self._newest, place)
