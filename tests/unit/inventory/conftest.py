from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from openaisle.adapters.local.blobs import LocalBlobs
from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from openaisle.adapters.local.workflow_runner import LocalWorkflowRunner
from openaisle.catalog.model import Feed, SubmissionFacts
from openaisle.catalog.policy import CatalogPolicy
from openaisle.catalog.queries import CatalogQueries
from openaisle.catalog.use_cases import CatalogUseCases
from openaisle.inventory.feeds import FeedApplication
from openaisle.inventory.pipes import pipes
from openaisle.inventory.queries import InventoryQueries
from openaisle.inventory.registrar import Registrar
from openaisle.inventory.registration import Registration
from openaisle.inventory.use_cases import StockUseCases
from openaisle.kernel.context import Context, SupplierScope
from openaisle.kernel.identifiers import TimeOrderedIdentifiers
from openaisle.kernel.workflow import Execution
from openaisle.offers.queries import OfferQueries
from openaisle.offers.use_cases import OfferUseCases
from openaisle.reviews.use_cases import Reviews
from tests.factories.inventory import context
from tests.factories.offers import AT


class FakeSuppliers:
    """Suppliers that are active unless they are named."""

    def __init__(self) -> None:
        self.inactive: set[str] = set()

    async def is_active(self, *, supplier_id: str, at: datetime) -> bool:
        return supplier_id not in self.inactive


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[LocalTable]:
    table = LocalTable(path=tmp_path / "store.db", clock=SystemClock(), durable=False)
    yield table
    await table.close()


@pytest.fixture
def suppliers() -> FakeSuppliers:
    return FakeSuppliers()


@pytest.fixture
def queries(table: LocalTable, suppliers: FakeSuppliers) -> InventoryQueries:
    return InventoryQueries(table=table, suppliers=suppliers)


class FakeLog:
    """Keeps executions for the test to look at."""

    def __init__(self) -> None:
        self.executions: list[Execution] = []

    async def record(self, *, execution: Execution, context: Context) -> None:
        self.executions.append(execution)


class FakeQueue:
    """The manual-verification queue: keeps what was sent."""

    def __init__(self) -> None:
        self.requests: list[dict] = []

    async def send(self, *, bodies, now, delay_seconds=0):
        self.requests += [msgspec.json.decode(body)["request"] for body in bodies]
        return [str(len(self.requests))]

    @property
    def task_ids(self) -> set[str]:
        return {request["task_id"] for request in self.requests}


class Marketplace:
    """The rooms of catalog, offers and inventory on real local engines, with pipes pumped by hand."""

    def __init__(
        self,
        *,
        folder: Path,
        table: LocalTable,
        queries: InventoryQueries,
        suppliers: FakeSuppliers | None = None,
        rows_per_portion: int = 40,
    ) -> None:
        self.table = table
        self.clock = SystemClock()
        self.identifiers = TimeOrderedIdentifiers(clock=self.clock, entropy=os.urandom)
        self.blobs = LocalBlobs(folder=folder / "blobs")
        self.catalog = CatalogQueries(table=table)
        self.inventory = queries
        self.suppliers = suppliers or FakeSuppliers()
        self.use_cases = CatalogUseCases(
            table=table,
            blobs=self.blobs,
            identifiers=self.identifiers,
            queries=self.catalog,
            suppliers=self.suppliers,
        )
        self.offers = OfferUseCases(table=table, queries=OfferQueries(table=table))
        self.stock = StockUseCases(table=table)
        self.queue = FakeQueue()
        self.log = FakeLog()
        self.position = 0
        registrar = Registrar(table=table, policy=CatalogPolicy())
        feeds = FeedApplication(
            table=table,
            blobs=self.blobs,
            queries=self.catalog,
            registrar=registrar,
            rows_per_portion=rows_per_portion,
        )
        self.registration = Registration(
            table=table,
            queries=self.catalog,
            registrar=registrar,
            feeds=feeds,
            reviews=Reviews(table=table, queue=self.queue),
        )
        runner = LocalWorkflowRunner(
            handlers=self.registration.handlers(), log=self.log, clock=self.clock, identifiers=self.identifiers
        )
        self.pipes = pipes(registration=self.registration, offers=self.offers, runner=runner)

    async def pump(self) -> None:
        """Let the pipes do what is to be done, until nothing is left."""
        while changes := await self.table.read(after=self.position, limit=1000):
            for pipe in self.pipes:
                wanted = [change for change in changes if pipe.wants(change)]
                for start in range(0, len(wanted), pipe.batch_size):
                    await pipe.handle(wanted[start : start + pipe.batch_size])
            self.position = changes[-1].sequence

    async def submit(self, *table: SubmissionFacts, at: datetime = AT, supplier_id: str = "sup_bergmann"):
        """Hand in, let the pipes run, and return the submissions with their verdicts."""
        scope = SupplierScope(supplier_id=supplier_id)
        taken = await self.use_cases.submit(scope=scope, table=table, context=context(at=at, subject_id=supplier_id))
        await self.pump()
        return [(await self.catalog.submission(scope=scope, submission_id=one.submission_id)).record for one in taken]

    async def send_feed(self, text: str | bytes, *, at: datetime = AT, supplier_id: str = "sup_bergmann") -> str:
        """Hand in a feed and return its identifier."""
        body = text.encode() if isinstance(text, str) else text

        async def chunks():
            for start in range(0, len(body), 1000):
                yield body[start : start + 1000]

        feed = await self.use_cases.receive_feed(
            scope=SupplierScope(supplier_id=supplier_id),
            chunks=chunks(),
            context=context(at=at, subject_id=supplier_id),
        )
        return feed.feed_id

    async def feed(self, text: str | bytes, *, at: datetime = AT) -> Feed:
        """Hand in a feed, let the pipes run, and return it."""
        feed_id = await self.send_feed(text, at=at)
        await self.pump()
        return (await self.catalog.feed(scope=None, feed_id=feed_id)).record

    async def issues(self, feed_id: str):
        """Return every issue and correction of a feed's rows."""
        issues, corrections, after = [], [], None
        while True:
            page = await self.catalog.feed_issues(scope=None, feed_id=feed_id, after=after)
            issues += page.issues
            corrections += page.corrections
            after = page.next_after
            if after is None:
                return issues, corrections


@pytest.fixture
def marketplace(tmp_path: Path, table: LocalTable, queries: InventoryQueries) -> Marketplace:
    return Marketplace(folder=tmp_path, table=table, queries=queries)
