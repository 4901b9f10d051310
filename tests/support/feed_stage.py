"""The rooms of catalog, offers, inventory and feeds on real local engines, driven by hand."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from openaisle.adapters.local.blobs import LocalBlobs
from openaisle.adapters.local.bulk import LocalBulkTable
from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from openaisle.adapters.local.workflow_runner import LocalWorkflowRunner
from openaisle.adapters.tabular.workbench import DuckWorkbenches
from openaisle.catalog.model import SubmissionFacts
from openaisle.catalog.policy import CatalogPolicy, always
from openaisle.catalog.queries import CatalogQueries
from openaisle.catalog.table_rules import TableRule
from openaisle.catalog.use_cases import CatalogUseCases
from openaisle.feeds.applying.applying import FeedApplication
from openaisle.feeds.applying.concluding import FeedConclusion
from openaisle.feeds.applying.planning import BatchSizes
from openaisle.feeds.applying.preparing import FeedLimits, FeedPreparation
from openaisle.feeds.applying.steps import FeedHandlers, FeedSteps
from openaisle.feeds.applying.terms_registrar import TermsRegistrar
from openaisle.feeds.applying.undoing import FeedRollback
from openaisle.feeds.doubts.asking import pipes as doubt_pipes
from openaisle.feeds.doubts.deciding import ReviewGroupDecisions
from openaisle.feeds.doubts.queries import ReviewGroupQueries
from openaisle.feeds.judging.submissions import SubmissionJudge
from openaisle.feeds.lanes import FeedLanes
from openaisle.feeds.mapping.queries import MappingQueries
from openaisle.feeds.mapping.use_cases import MappingUseCases
from openaisle.feeds.model import Feed, FeedKind, FeedMode
from openaisle.feeds.queries import FeedQueries
from openaisle.feeds.state.keeping import SupplierState
from openaisle.feeds.state.touched import TouchedOffers
from openaisle.feeds.use_cases import FeedUseCases
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
from tests.factories.reading import PARSERS


class FakeSuppliers:
    """Suppliers that are active unless they are named."""

    def __init__(self) -> None:
        self.inactive: set[str] = set()

    async def is_active(self, *, supplier_id: str, at: datetime) -> bool:
        return supplier_id not in self.inactive


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
        sizes: BatchSizes | None = None,
        limits: FeedLimits | None = None,
        batches_per_step: int = 2,
        policy: CatalogPolicy | None = None,
    ) -> None:
        self.table = table
        self.clock = SystemClock()
        self.identifiers = TimeOrderedIdentifiers(clock=self.clock, entropy=os.urandom)
        self.blobs = LocalBlobs(folder=folder / "blobs")
        self.workbenches = DuckWorkbenches(folder=folder / "work", memory_mebibytes=300, disk_mebibytes=1_000)
        self.bulk = LocalBulkTable(path=folder / "store.db", after_commit=table.wake, durable=False)
        self.catalog = CatalogQueries(table=table)
        self.feed_queries = FeedQueries(table=table, blobs=self.blobs, workbenches=self.workbenches)
        self.inventory = queries
        self.suppliers = suppliers or FakeSuppliers()
        self.use_cases = CatalogUseCases(
            table=table, identifiers=self.identifiers, queries=self.catalog, suppliers=self.suppliers
        )
        self.feeds = FeedUseCases(
            table=table,
            blobs=self.blobs,
            identifiers=self.identifiers,
            queries=self.feed_queries,
            suppliers=self.suppliers,
        )
        self.mappings = MappingUseCases(table=table, queries=MappingQueries(table=table))
        self.offers = OfferUseCases(table=table, queries=OfferQueries(table=table))
        self.stock = StockUseCases(table=table)
        self.queue = FakeQueue()
        self.log = FakeLog()
        self.position = 0
        self.rules: tuple[TableRule, ...] = ()
        self.policy = policy or CatalogPolicy()
        self.registrar = Registrar(table=table, policy=self.policy)
        self.registration = Registration(
            table=table,
            queries=self.catalog,
            registrar=self.registrar,
            reviews=Reviews(table=table, queue=self.queue),
            judge=SubmissionJudge(
                workbenches=self.workbenches, policy=always(self.policy), rules=self._rules_in_force
            ).judged,
        )
        self.reviews = Reviews(table=table, queue=self.queue)
        self.review_groups = ReviewGroupQueries(
            table=table, blobs=self.blobs, workbenches=self.workbenches, feeds=self.feed_queries
        )
        self.decisions = ReviewGroupDecisions(
            table=table,
            blobs=self.blobs,
            workbenches=self.workbenches,
            feeds=self.feed_queries,
            registrar=self.registrar,
            rows_per_portion=30,
        )
        self.touched = TouchedOffers(table=table, stream=table, checkpoints=table)
        handlers = self._handlers(sizes=sizes, limits=limits, batches_per_step=batches_per_step)
        runner = LocalWorkflowRunner(
            handlers={**self.registration.handlers(), **handlers.handlers()},
            log=self.log,
            clock=self.clock,
            identifiers=self.identifiers,
        )
        self.pipes = (
            *pipes(registration=self.registration, offers=self.offers, runner=runner),
            self.touched.pipe(),
            *doubt_pipes(reviews=self.reviews, decisions=self.decisions),
        )
        self.steps = FeedSteps(table=table, queries=self.feed_queries, runner=runner)
        self.lanes = FeedLanes(table=table, checkpoints=table, clock=self.clock, holder="test", steps=self.steps)

    def _handlers(self, *, sizes: BatchSizes | None, limits: FeedLimits | None, batches_per_step: int) -> FeedHandlers:
        ports = {"table": self.table, "blobs": self.blobs, "workbenches": self.workbenches}
        state = SupplierState(table=self.table, blobs=self.blobs, touched=self.touched)

        return FeedHandlers(
            preparation=FeedPreparation(
                **ports,
                queries=self.feed_queries,
                state=state,
                mappings=self.mappings,
                policy=always(self.policy),
                rules=self._rules_in_force,
                parsers=PARSERS,
                limits=limits,
                sizes=sizes or BatchSizes(fast=40, slow=20, terms=20, removed=7),
            ),
            application=FeedApplication(
                **ports,
                bulk=self.bulk,
                queries=self.feed_queries,
                registrar=self.registrar,
                terms=TermsRegistrar(table=self.table, policy=self.policy),
                batches_per_step=batches_per_step,
            ),
            conclusion=FeedConclusion(**ports, queries=self.feed_queries, state=state),
            rollback=FeedRollback(**ports, queries=self.feed_queries, state=state),
        )

    async def _rules_in_force(self) -> tuple[TableRule, ...]:
        return self.rules

    async def pump(self) -> None:
        """Let pipes and lanes do what is to be done, until nothing is left."""
        while True:
            done = await self.lanes.work_off()
            changes = await self.table.read(after=self.position, limit=1000)
            if not changes and not done:
                return
            await self._follow(changes)

    async def _follow(self, changes) -> None:
        for pipe in self.pipes:
            wanted = [change for change in changes if pipe.wants(change)]
            for start in range(0, len(wanted), pipe.batch_size):
                await pipe.handle(wanted[start : start + pipe.batch_size])
        if changes:
            self.position = changes[-1].sequence

    async def submit(self, *table: SubmissionFacts, at: datetime = AT, supplier_id: str = "sup_bergmann"):
        """Hand in, let the pipes run, and return the submissions with their verdicts."""
        scope = SupplierScope(supplier_id=supplier_id)
        taken = await self.use_cases.submit(scope=scope, table=table, context=context(at=at, subject_id=supplier_id))
        await self.pump()
        return [(await self.catalog.submission(scope=scope, submission_id=one.submission_id)).record for one in taken]

    async def send_feed(
        self,
        text: str | bytes,
        *,
        at: datetime = AT,
        supplier_id: str = "sup_bergmann",
        kind: FeedKind = FeedKind.PRODUCTS,
        mode: FeedMode = FeedMode.UPDATE,
    ) -> str:
        """Hand in a feed and return its identifier."""
        body = text.encode() if isinstance(text, str) else text

        async def chunks():
            for start in range(0, len(body), 1000):
                yield body[start : start + 1000]

        feed = await self.feeds.receive(
            scope=SupplierScope(supplier_id=supplier_id),
            chunks=chunks(),
            context=context(at=at, subject_id=supplier_id),
            kind=kind,
            mode=mode,
        )
        return feed.feed_id

    async def feed(self, text: str | bytes, **given) -> Feed:
        """Hand in a feed, let everything run, and return it."""
        feed_id = await self.send_feed(text, **given)
        await self.pump()
        return await self.feed_of(feed_id)

    async def feed_of(self, feed_id: str) -> Feed:
        return (await self.feed_queries.feed(scope=None, feed_id=feed_id)).record

    async def issues(self, feed_id: str):
        """Return every issue and correction of a feed's rows."""
        issues, corrections, after = [], [], None
        while True:
            page = await self.feed_queries.issues(scope=None, feed_id=feed_id, after=after)
            issues += page.issues
            corrections += page.corrections
            after = page.next_after
            if after is None:
                return issues, corrections

    async def rows(self, feed_id: str) -> Mapping[int, str]:
        """Return the verdict of every row of an ended feed."""
        page = await self.feed_queries.rows(scope=None, feed_id=feed_id, verdict=None, after=0, limit=5_000)
        assert page.next_after is None
        return {row.row: row.verdict for row in page.rows}

    async def catalog_items(self) -> dict[tuple[str, str], tuple[str, bytes]]:
        """Return every product, offer and stock level that stands, by its key: kind and body."""
        cursor = self.table._reader.execute(
            "SELECT item_key, kind, body FROM items WHERE kind IN ('product', 'offer', 'stock_level')"
        )
        return {key: (kind, bytes(body)) for key, kind, body in cursor.fetchall()}

    async def close(self) -> None:
        await self.bulk.close()
