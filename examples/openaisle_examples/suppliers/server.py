"""The HTTP server of all simulated suppliers of a process. This is a simulation: see the package's docstring."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import msgspec
from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from openaisle_examples.suppliers.book import Book, BookReport, Entry, Journal
from openaisle_examples.suppliers.character import (
    Character,
    SupplierSetup,
    answers_later,
    decide_acknowledgment,
    hostile_body,
    is_down,
)
from openaisle_examples.suppliers.desk import ShippingDesk
from openaisle_examples.suppliers.documents import (
    CANCELLATIONS,
    ENCODER,
    PURCHASE_ORDERS,
    STOCK_QUESTION,
    Acknowledgment,
    Acknowledgments,
    CancellationAnswer,
    CancellationAnswers,
    CancellationDocument,
    PurchaseOrderDocument,
    StockLevel,
    StockLevels,
)
from openaisle_examples.suppliers.marketplace import MarketplaceClient

_FOR_EVER_SECONDS = 3_600.0


class _Line(msgspec.Struct, frozen=True, array_like=True):
    handle: str
    entry: Entry


class _Outage(msgspec.Struct, frozen=True):
    handle: str
    seconds: float


class _Supplier:
    """One supplier of the process."""

    def __init__(self, *, setup: SupplierSetup, book: Book, started_at: float) -> None:
        self.setup = setup
        self.book = book
        self.started_at = started_at
        self.down_until = 0.0
        self.webhooks = [Webhook(secret) for secret in setup.signing_secrets]

    def is_down(self, now: float) -> bool:
        return now < self.down_until or is_down(setup=self.setup, seconds=now - self.started_at)

    def believes(self, request: web.BaseRequest, body: bytes) -> bool:
        """Return whether one of the secrets signed the body."""
        if not self.webhooks:
            return True
        headers = {name: request.headers.get(name, "") for name in ("webhook-id", "webhook-timestamp")}
        headers["webhook-signature"] = request.headers.get("webhook-signature", "")
        for webhook in self.webhooks:
            with contextlib.suppress(WebhookVerificationError, ValueError):
                webhook.verify(body, headers, json_parse=False)
                return True
        return False


class SimulatedSuppliers:
    """Any number of simulated suppliers behind one port.

    Each answers at ``/suppliers/<handle>/purchase-orders``, ``…/inventory`` and ``…/cancellations``, and with an API
    key ships what it accepted. Under ``/control`` stands what no real supplier has: reports, outages, new suppliers.
    Usable inside a test or a benchmark, and as a process of its own (``python -m openaisle_examples.suppliers``).
    """

    def __init__(
        self,
        *,
        marketplace_url: str = "",
        setups: Iterable[SupplierSetup] = (),
        host: str = "127.0.0.1",
        port: int = 0,
        journal: Path | None = None,
        calls_at_once: int = 8,
    ) -> None:
        """Take where the marketplace is and who is to be played; ``port`` 0 takes a free one.

        With a ``journal`` the books survive the process, and a repetition after a restart is known as one.
        """
        self._setups = list(setups)
        self._host = host
        self._port = port
        self._journal_path = journal
        self._journal = Journal(path=None)
        self._suppliers: dict[str, _Supplier] = {}
        self._books: dict[str, Book] = {}
        self._marketplace = MarketplaceClient(base_url=marketplace_url, connections=calls_at_once * 2)
        self._desk = ShippingDesk(marketplace=self._marketplace, calls_at_once=calls_at_once)
        self._runner: web.ServerRunner | None = None

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        """Stop."""
        await self.stop()

    async def start(self) -> None:
        """Read the journal, listen, and go on with what the marketplace says is open."""
        self._journal = Journal(path=self._journal_path)
        for line in self._journal.lines():
            kept = msgspec.json.decode(line, type=_Line)
            # Each delivery has a line, so the last one of a purchase order knows how many there were.
            self._book(kept.handle).entries[kept.entry.purchase_order_id] = kept.entry
        # handler_cancellation: a supplier that hangs stops hanging when the marketplace hangs up.
        server = web.Server(self._answer, handler_cancellation=True, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port, backlog=1024)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self._desk.start()
        for setup in self._setups:
            self.add(setup=setup)

    async def stop(self) -> None:
        """Stop listening and shipping; a later start goes on."""
        await self._desk.stop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        await self._marketplace.close()
        self._journal.close()

    def add(self, *, setup: SupplierSetup) -> None:
        """Play one more supplier, or give a known one new settings; its book stays."""
        book = self._book(setup.handle)
        started_at = asyncio.get_running_loop().time()
        self._suppliers[setup.handle] = _Supplier(setup=setup, book=book, started_at=started_at)
        self._desk.open_tray(setup=setup, book=book)

    @property
    def base_url(self) -> str:
        """Where the suppliers answer, once started."""
        return f"http://{self._host}:{self._port}"

    def order_acceptance_url(self, *, handle: str) -> str:
        """The address of one supplier's Order Acceptance API."""
        return f"{self.base_url}/suppliers/{handle}/purchase-orders"

    def inventory_url(self, *, handle: str) -> str:
        """The address of one supplier's Inventory API."""
        return f"{self.base_url}/suppliers/{handle}/inventory"

    def cancellation_url(self, *, handle: str) -> str:
        """The address of one supplier's Cancellation API."""
        return f"{self.base_url}/suppliers/{handle}/cancellations"

    def canceled(self, *, handle: str) -> dict[str, dict[str, int]]:
        """Return what one supplier was told is canceled, by purchase order and line number."""
        return self._book(handle).canceled

    @property
    def waiting(self) -> int:
        """How many purchase orders are still to be acknowledged, shipped or delivered."""
        return self._desk.waiting

    def report(self) -> dict[str, BookReport]:
        """Return what each supplier received, by handle."""
        return {handle: book.report() for handle, book in self._books.items()}

    def entries(self, *, handle: str) -> dict[str, Entry]:
        """Return the purchase orders of one supplier, by identifier."""
        return self._book(handle).entries

    def go_down(self, *, handle: str, seconds: float) -> None:
        """Let a supplier answer 503 for so long; 0 ends it."""
        self._suppliers[handle].down_until = asyncio.get_running_loop().time() + seconds

    def _book(self, handle: str) -> Book:
        return self._books.setdefault(handle, Book())

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        parts = request.path.split("/")
        if request.method == "POST" and len(parts) == 4 and parts[1] == "suppliers":
            supplier = self._suppliers.get(parts[2])
            if supplier is None:
                return _json(404, {"error": f"nobody called {parts[2]} is played here"})
            return await self._answer_as(supplier, parts[3], request)
        if len(parts) == 3 and parts[1] == "control":
            return await self._control(parts[2], request)
        return _json(
            404, {"error": "see /suppliers/<handle>/purchase-orders, …/inventory, …/cancellations, and /control"}
        )

    async def _answer_as(self, supplier: _Supplier, what: str, request: web.BaseRequest) -> web.Response:
        counts, setup = supplier.book.counts, supplier.setup
        counts.calls += 1
        if supplier.is_down(asyncio.get_running_loop().time()):
            counts.while_down += 1
            return _json(503, {"error": "down for maintenance"})
        body = await request.read()
        if not supplier.believes(request, body):
            counts.refused_signatures += 1
            return _json(401, {"error": "the signature does not fit"})
        if setup.character is Character.SILENT:
            await asyncio.sleep(_FOR_EVER_SECONDS)
        if setup.character is Character.SLOW:
            await asyncio.sleep(setup.slow_seconds)
        try:
            return self._answer_about(supplier, what, body)
        except msgspec.DecodeError as error:
            return _json(400, {"error": str(error)})

    def _answer_about(self, supplier: _Supplier, what: str, body: bytes) -> web.Response:
        match what:
            case "purchase-orders":
                return self._take(supplier, PURCHASE_ORDERS.decode(body).purchase_orders)
            case "cancellations":
                return self._cancel(supplier, CANCELLATIONS.decode(body).cancellations)
            case "inventory":
                return _stock(supplier, STOCK_QUESTION.decode(body).supplier_skus)
            case _:
                return _json(404, {"error": f"there is no {what}"})

    def _take(self, supplier: _Supplier, documents: list[PurchaseOrderDocument]) -> web.Response:
        setup = supplier.setup
        answers: list[Acknowledgment] = []
        lines: list[bytes] = []
        spoiled = hostile_body(setup=setup)
        if spoiled is not None:
            return web.Response(body=spoiled, content_type="application/json")
        is_later = answers_later(setup=setup)
        for document in documents:
            decided = decide_acknowledgment(setup=setup, document=document)
            entry = supplier.book.entered(document=document, acknowledgment=decided)
            lines.append(ENCODER.encode(_Line(setup.handle, entry)))
            self._desk.put(
                handle=setup.handle,
                purchase_order_id=document.purchase_order_id,
                acknowledgment=entry.acknowledgment,
                later=is_later,
            )
            answers.append(Acknowledgment(document.purchase_order_id, "later") if is_later else entry.acknowledgment)
        self._journal.append(lines=lines)
        return _json(200, Acknowledgments(answers * 2 if setup.character is Character.TWICE else answers))

    def _cancel(self, supplier: _Supplier, documents: list[CancellationDocument]) -> web.Response:
        supplier.book.counts.cancellations += len(documents)
        answers = []
        for document in documents:
            known = document.purchase_order_id in supplier.book.entries
            canceled = {str(line.line_number): line.canceled_quantity for line in document.lines}
            supplier.book.canceled[document.purchase_order_id] = canceled
            if document.complete and supplier.setup.character is not Character.DEAF:
                self._desk.drop(handle=supplier.setup.handle, purchase_order_id=document.purchase_order_id)
            answers.append(CancellationAnswer(document.purchase_order_id, "canceled" if known else "unknown"))
        return _json(200, CancellationAnswers(answers))

    async def _control(self, what: str, request: web.BaseRequest) -> web.Response:
        match request.method, what:
            case "GET", "report":
                return _json(200, {"suppliers": self.report(), "waiting": self.waiting})
            case "POST", "outages":
                outage = msgspec.json.decode(await request.read(), type=_Outage)
                self.go_down(handle=outage.handle, seconds=outage.seconds)
                return _json(200, {})
            case "PUT", "suppliers":
                # Thousands of suppliers are more than the megabyte that request.read() allows.
                body = b"".join([piece async for piece in request.content.iter_any()])
                setups = msgspec.json.decode(body, type=list[SupplierSetup])
                for setup in setups:
                    self.add(setup=setup)
                return _json(200, {"suppliers": len(self._suppliers)})
            case _:
                return _json(404, {"error": "GET /control/report, POST /control/outages, PUT /control/suppliers"})


def _stock(supplier: _Supplier, skus: list[str]) -> web.Response:
    supplier.book.counts.stock_questions += 1
    setup = supplier.setup
    on_hand = 0 if setup.character is Character.OUT_OF_STOCK else setup.on_hand
    known = [sku for sku in skus if not setup.assortment or sku in setup.assortment]
    return _json(200, StockLevels([StockLevel(sku, "default", on_hand) for sku in known]))


def _json(status: int, value: object) -> web.Response:
    return web.Response(status=status, body=ENCODER.encode(value), content_type="application/json")
