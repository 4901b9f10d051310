"""The console on a small marketplace of its own: real rooms on a real store, a clock that stands still."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.applications import Starlette
from starlette.routing import Mount

from openaisle.access.queries import ApiKeyQueries
from openaisle.access.use_cases import ApiKeys
from openaisle.adapters.files.workbook_writer import XlsxWriter
from openaisle.adapters.local.blobs import LocalBlobs
from openaisle.adapters.local.encryption import KeyFileCipher
from openaisle.adapters.local.queue import LocalQueue
from openaisle.adapters.local.search_index import LocalSearchIndex
from openaisle.adapters.local.store import LocalTable
from openaisle.adapters.tabular.workbench import DuckWorkbenches
from openaisle.analytics.model import Day
from openaisle.analytics.queries import OverviewQueries
from openaisle.analytics.repository import DAYS
from openaisle.catalog.queries import CatalogQueries
from openaisle.catalog.repository import PRODUCTS
from openaisle.catalog.schemas.exports import SchemaExports
from openaisle.catalog.schemas.model import AttributeDefinition
from openaisle.catalog.schemas.queries import SchemaQueries
from openaisle.catalog.schemas.use_cases import CategorySchemas
from openaisle.catalog.taxonomy.queries import TaxonomyQueries
from openaisle.catalog.taxonomy.use_cases import Taxonomy
from openaisle.duties.use_cases import Duties
from openaisle.entrypoints.console.assembly import ConsoleRooms, assembled_console, console_sessions
from openaisle.entrypoints.console.pages.exchanges import ExchangePages
from openaisle.entrypoints.console.pages.feeds import ConsoleFeeds
from openaisle.entrypoints.console.pages.order_care import OrderCarePages
from openaisle.entrypoints.console.pages.scorecards import ScorecardPages
from openaisle.entrypoints.console.pages.substitutes import SubstitutePages
from openaisle.entrypoints.console.pages.undelivered import UndeliveredPages
from openaisle.entrypoints.console.pages.webhook_log import WebhookLogPages
from openaisle.feeds.doubts.queries import ReviewGroupQueries
from openaisle.feeds.queries import FeedQueries
from openaisle.feeds.reading import FileParsers
from openaisle.feeds.use_cases import FeedUseCases
from openaisle.feeds.ways_in.progress import FeedProgressStreams
from openaisle.feeds.ways_in.report_file import FeedReportFiles
from openaisle.incidents.policy import IncidentPolicy
from openaisle.incidents.queries import IncidentQueries
from openaisle.inventory.queries import InventoryQueries
from openaisle.kernel.context import Role
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.identifiers import TimeOrderedIdentifiers
from openaisle.kernel.table import Write
from openaisle.mail.queries import MailQueries
from openaisle.mail.use_cases import Mail
from openaisle.offers.model import Offer
from openaisle.orders.caring.use_cases import OrderCare
from openaisle.orders.channels.letters import DeadLetters
from openaisle.orders.channels.notices import CancellationNotices
from openaisle.orders.edi.outgoing import OutgoingInterchanges
from openaisle.orders.edi.queries import EdiQueries
from openaisle.orders.use_cases import OrderUseCases
from openaisle.publishing.queries import PublishingQueries
from openaisle.publishing.standards import StandardsInForce
from openaisle.returns.book import Books
from openaisle.returns.queries import ReturnQueries
from openaisle.reviews.events import ReviewResolved
from openaisle.reviews.history import ReviewHistories
from openaisle.reviews.model import ReviewFinding, ReviewProposal, ReviewRequest, review_task_id
from openaisle.reviews.queries import ReviewQueries
from openaisle.reviews.rules.queries import RuleQueries
from openaisle.reviews.rules.use_cases import KeptRules
from openaisle.reviews.use_cases import Reviews
from openaisle.scorecards.policy import ScorecardPolicy
from openaisle.scorecards.queries import ScorecardQueries
from openaisle.scorecards.use_cases import Scorecards
from openaisle.suppliers.audit import audit_entry
from openaisle.suppliers.contact import SupplierContacts
from openaisle.suppliers.documents import SupplierDocuments
from openaisle.suppliers.facts import Address, SupplierFacts
from openaisle.suppliers.life import SupplierLife
from openaisle.suppliers.model import Supplier, SupplierState
from openaisle.suppliers.policy import TermsPolicy
from openaisle.suppliers.queries import SupplierQueries
from openaisle.suppliers.repository import AUDIT, CORRECTIONS, SUPPLIERS, VERIFICATIONS, CorrectionsMade
from openaisle.suppliers.revealing import Revealing
from openaisle.suppliers.tax_ids import TaxIds
from openaisle.suppliers.terms.queries import TermsQueries
from openaisle.suppliers.terms.use_cases import Terms
from openaisle.suppliers.use_cases import Suppliers
from openaisle.suppliers.verification import (
    CheckFinding,
    Correction,
    Outcome,
    Severity,
    Verdict,
    Verification,
    found,
    passed,
)
from openaisle.webhooks.log_queries import DeliveryLog
from openaisle.webhooks.queries import WebhookQueries
from openaisle.webhooks.resend_use_cases import WebhookResends
from tests.factories.catalog import product
from tests.factories.contexts import NOON, make_context
from tests.factories.http import Called, call
from tests.factories.orders import OrderRoom
from tests.factories.taxonomy import SMALL_TREE
from tests.support.people_stage import PeopleStage

ORIGIN = "http://console.test"
_FORM_TOKEN = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


class StandingClock:
    """Tells the time that a test set."""

    def __init__(self, *, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def pass_by(self, **parts: float) -> None:
        self.at += timedelta(**parts)


class ConsoleStage:
    """A store with the rooms the console shows, and the console."""

    def __init__(self, *, folder: Path) -> None:
        self.clock = StandingClock()
        self.table = LocalTable(path=folder / "store.db", clock=self.clock, durable=False)
        cipher = KeyFileCipher(path=folder / "field.key")
        identifiers = TimeOrderedIdentifiers(clock=self.clock, entropy=secrets.token_bytes)
        self.api_keys = ApiKeys(table=self.table, identifiers=identifiers, entropy=secrets.token_bytes)
        self.api_key_queries = ApiKeyQueries(table=self.table)
        tax_ids = TaxIds(table=self.table, cipher=cipher, entropy=secrets.token_bytes)
        self.suppliers = Suppliers(table=self.table, identifiers=identifiers, api_keys=self.api_keys, tax_ids=tax_ids)
        self.tax_ids = tax_ids
        self.review_queue = LocalQueue(committer=self.table.committer, name="manual-verification")
        self.reviews = Reviews(table=self.table, queue=self.review_queue)
        supplier_queries = SupplierQueries(table=self.table, cipher=cipher)
        inventory = InventoryQueries(table=self.table, suppliers=supplier_queries)
        self.search_index = LocalSearchIndex(path=folder / "search.db", durable=False)
        self.order_room = OrderRoom(table=self.table, cipher=cipher)
        # The room's factory asks suppliers that are always active; here they are real ones.
        self.order_room.orders = OrderUseCases(
            table=self.table, inventory=inventory, suppliers=supplier_queries, cipher=cipher
        )
        self.people = PeopleStage(folder=folder, clock=self.clock, table=self.table)
        self.mail = Mail(table=self.table, cipher=cipher, marketplace_name="Aisle One")
        self.duties = Duties(table=self.table, mail=self.mail, suppliers=self.suppliers, suspend_overdue=False)
        blobs = LocalBlobs(folder=folder / "blobs")
        taxonomy_queries = TaxonomyQueries(table=self.table, blobs=blobs)
        schema_queries = SchemaQueries(table=self.table, taxonomy=taxonomy_queries)
        self.taxonomy = Taxonomy(table=self.table, blobs=blobs, queries=taxonomy_queries)
        self.documents = SupplierDocuments(table=self.table, blobs=blobs, cipher=cipher, identifiers=identifiers)
        self.terms = Terms(
            table=self.table,
            life=SupplierLife(table=self.table, blobs=blobs),
            policy=TermsPolicy(),
        )
        workbenches = DuckWorkbenches(folder=folder / "work", memory_mebibytes=100, disk_mebibytes=100)
        feed_queries = FeedQueries(table=self.table, blobs=blobs, workbenches=workbenches)
        self.rooms = ConsoleRooms(
            review_groups=ReviewGroupQueries(
                table=self.table, blobs=blobs, workbenches=workbenches, feeds=feed_queries
            ),
            taxonomy_queries=taxonomy_queries,
            schema_queries=schema_queries,
            category_schemas=CategorySchemas(table=self.table, queries=schema_queries),
            schema_exports=SchemaExports(schemas=schema_queries, taxonomy=taxonomy_queries, writer=XlsxWriter()),
            mail=self.mail,
            mail_queries=MailQueries(table=self.table, cipher=cipher, words_shown=True),
            duties=self.duties,
            more=(
                WebhookLogPages(
                    queries=WebhookQueries(table=self.table),
                    log=DeliveryLog(table=self.table),
                    resends=WebhookResends(table=self.table, stream=self.table, identifiers=identifiers),
                ),
                self.scorecard_pages(supplier_queries=supplier_queries),
                SubstitutePages(use_cases=self.order_room.purchase_orders),
                self.order_care_pages(cipher=cipher),
                UndeliveredPages(
                    dead_letters=DeadLetters(table=self.table),
                    notices=CancellationNotices(table=self.table),
                    suppliers=supplier_queries,
                ),
                ExchangePages(
                    queries=EdiQueries(
                        table=self.table,
                        outgoing=OutgoingInterchanges(
                            table=self.table, blobs=blobs, cipher=cipher, identifiers=identifiers, outbox=None
                        ),
                    ),
                    suppliers=supplier_queries,
                ),
            ),
            terms=self.terms,
            terms_queries=TermsQueries(table=self.table),
            people=self.people.room,
            clock=self.clock,
            table=self.table,
            stream=self.table,
            api_keys=self.api_keys,
            api_key_queries=self.api_key_queries,
            suppliers=self.suppliers,
            supplier_queries=supplier_queries,
            supplier_life=SupplierLife(table=self.table, blobs=blobs),
            supplier_documents=self.documents,
            revealing=Revealing(table=self.table, tax_ids=tax_ids, audit=self.people.room.audit),
            reviews=self.reviews,
            review_queries=ReviewQueries(table=self.table),
            review_histories=ReviewHistories(table=self.table),
            review_rules=KeptRules(table=self.table),
            review_rule_queries=RuleQueries(table=self.table),
            order_queries=self.order_room.queries,
            catalog_queries=CatalogQueries(table=self.table),
            feeds=ConsoleFeeds(
                queries=feed_queries,
                use_cases=FeedUseCases(
                    table=self.table,
                    blobs=blobs,
                    identifiers=identifiers,
                    queries=feed_queries,
                    suppliers=supplier_queries,
                ),
                progress=FeedProgressStreams(queries=feed_queries),
                reports=FeedReportFiles(
                    blobs=blobs,
                    workbenches=workbenches,
                    queries=feed_queries,
                    parsers=FileParsers(),
                    writer=XlsxWriter(),
                ),
            ),
            inventory_queries=inventory,
            publishing_queries=PublishingQueries(
                index=self.search_index,
                inventory=inventory,
                standards=StandardsInForce(taxonomy=taxonomy_queries, schemas=schema_queries),
                taxonomy=taxonomy_queries,
            ),
            webhook_queries=WebhookQueries(table=self.table),
            overview_queries=OverviewQueries(
                table=self.table, suppliers=supplier_queries, reviews=ReviewQueries(table=self.table)
            ),
        )
        self.sessions = console_sessions(
            table=self.table,
            api_keys=self.api_keys,
            api_key_queries=self.api_key_queries,
            user_sessions=self.people.room.sessions,
        )
        console = Mount("/console", app=assembled_console(rooms=self.rooms))
        self.application = Starlette(routes=[console])

    def order_care_pages(self, *, cipher: FieldCipher) -> OrderCarePages:
        """Return the page on which orders are cared for."""
        orders = self.order_room.queries
        return OrderCarePages(
            care=OrderCare(table=self.table, cipher=cipher),
            orders=orders,
            returns=ReturnQueries(
                table=self.table,
                books=Books(table=self.table, orders=orders),
                contacts=SupplierContacts(table=self.table),
            ),
            incidents=IncidentQueries(table=self.table, orders=orders, cipher=cipher, policy=IncidentPolicy()),
        )

    def scorecard_pages(self, *, supplier_queries: SupplierQueries) -> ScorecardPages:
        """The pages of scorecards, and the use cases behind them."""
        policy = ScorecardPolicy()
        queries = ScorecardQueries(table=self.table, policy=policy)
        self.scorecards = Scorecards(
            table=self.table, queries=queries, standings=supplier_queries, suppliers=self.suppliers, policy=policy
        )
        return ScorecardPages(use_cases=self.scorecards, queries=queries, suppliers=supplier_queries)

    async def category_asking(self, *, names: Sequence[str]) -> None:
        """A small tree of categories, the topmost of furniture asking for these attributes."""

        async def chunks() -> AsyncIterator[bytes]:
            yield SMALL_TREE.encode()

        await self.taxonomy.load(chunks=chunks(), source="tree.txt", context=make_context())
        for name in names:
            await self.rooms.category_schemas.put_attribute(
                category_id="3",
                attribute=AttributeDefinition(name=name, is_required=True),
                replaces=None,
                note="",
                context=make_context(),
            )

    async def key(self, *, role: Role = Role.OPERATOR, subject_id: str = "ana") -> tuple[str, str]:
        """A new API key: its identifier and its text."""
        record, text = await self.api_keys.issue(role=role, subject_id=subject_id, label="test", context=make_context())
        return record.key_id, text

    async def link(self) -> str:
        """The token of a new sign-in link."""
        return await self.sessions.made_link(subject_id="demo", context=make_context(at=self.clock.at))

    async def supplier(
        self,
        *,
        supplier_id: str = "sup_bergmann",
        name: str = "Bergmann Keramik",
        state: SupplierState = SupplierState.ACTIVE,
        review_task_id: str | None = None,
    ) -> Supplier:
        """A supplier with facts, checks, corrections and an audit trail."""
        context = make_context(at=self.clock.at - timedelta(days=3))
        facts = SupplierFacts(
            legal_name=f"{name} GmbH",
            doing_business_as=name,
            country="DE",
            registration_number="HRB 4711",
            email="post@bergmann.example",
            phone="+49 421 1234567",
            address=Address(street_lines=("Am Wall 7",), city="Bremn", postal_code="28195"),
        )
        tax_id = await self.tax_ids.sealed(supplier_id=supplier_id, country="DE", tax_id="DE811569869", context=context)
        supplier = Supplier(
            supplier_id=supplier_id,
            state=state,
            revision=1,
            judged_revision=1,
            facts=facts,
            tax_id=tax_id,
            review_task_id=review_task_id,
            applied_at=context.at,
            changed_at=context.at,
        )
        corrections = CorrectionsMade(
            supplier_id=supplier_id,
            revision=1,
            by_person=False,
            corrections=(
                Correction(
                    field="phone", before="0421 1234567", after="+49 421 1234567", rule="phone_e164",
                    who="system:verification", at=context.at,
                ),
            ),
        )  # fmt: skip
        writes: list[Write] = [
            SUPPLIERS.create(supplier),
            VERIFICATIONS.create(_verification(supplier=supplier, at=context.at)),
            CORRECTIONS.create(corrections),
            AUDIT.create(audit_entry(before=None, after=supplier, action="applied", context=context)),
        ]
        await self.table.commit(writes=writes, context=context)
        return supplier

    async def supplier_in_review(self, *, name: str = "Bergmann Keramik") -> str:
        """A supplier that waits for a decision about its city; the identifier of the task."""
        task_id = review_task_id(subject_kind="supplier", subject_id="sup_bergmann", occasion="1")
        await self.supplier(name=name, state=SupplierState.IN_REVIEW, review_task_id=task_id)
        request = ReviewRequest(
            task_id=task_id,
            subject_kind="supplier",
            subject_id="sup_bergmann",
            occasion="1",
            causes=("city-unknown",),
            findings=(
                ReviewFinding(
                    field="address.city", code="city-unknown", severity="warning",
                    message="There is no Bremn in Germany.", suggestion="Bremen?", value="Bremn",
                ),
            ),
            proposals=(
                ReviewProposal(field="address.city", before="Bremn", after="Bremen", rule="nearest_city"),
            ),
            requested_at=self.clock.at - timedelta(hours=30),
            requested_by="system:verification",
            correlation_id="cor_test",
        )  # fmt: skip
        await self.reviews.file(request=request, context=make_context(at=self.clock.at))
        return task_id

    async def day(self, **numbers: Any) -> None:
        """The numbers of the day."""
        day = Day(day=f"{self.clock.at:%Y-%m-%d}", **numbers)
        await self.table.commit(writes=[DAYS.store(day)], context=make_context())

    async def settle_reviews(self) -> None:
        """Do what the suppliers' pipe does with the decisions in the stream."""
        for change in await self.table.read(after=0, limit=1_000):
            for event in change.events:
                if event.type == ReviewResolved.TYPE:
                    resolved = msgspec.json.decode(event.data, type=ReviewResolved)
                    await self.suppliers.settle_review(resolved=resolved, context=make_context(at=self.clock.at))

    async def offer(self, *, title: str = "Stoneware mug, blue", **given: Any) -> Offer:
        """An offer with stock and its product."""
        made = await self.order_room.stock(**given)
        catalog = product(product_id=made.product_id, title=title, supplier_id=made.supplier_id)
        await self.table.commit(writes=[PRODUCTS.store(catalog)], context=make_context())
        return made


def _verification(*, supplier: Supplier, at: datetime) -> Verification:
    finding = CheckFinding(
        field="address.city",
        code="city-unknown",
        severity=Severity.WARNING,
        message="There is no Bremn in Germany.",
        suggestion="Bremen?",
    )
    return Verification(
        supplier_id=supplier.supplier_id,
        revision=1,
        verdict=Verdict.IN_REVIEW,
        reason="There is no Bremn in Germany.",
        causes=("city-unknown",),
        policy_version="standard-3",
        checks=(
            passed(check="tax_id", evidence={"scheme": "VAT of Germany"}),
            found(check="address", outcome=Outcome.INCONCLUSIVE, findings=[finding], evidence={"looked_in": "cities"}),
        ),
        proposals=(),
        decided_at=at,
    )


class Browser:
    """Calls the console as a browser does: keeps cookies, sends Origin, follows nothing by itself."""

    def __init__(self, *, application: Any, base: str = "/console") -> None:
        self.application = application
        self.base = base
        self.cookies: dict[str, str] = {}

    async def get(self, path: str, *, query: str = "") -> Called:
        return await self._call("GET", path, query=query, body=b"", headers={})

    async def post(
        self,
        path: str,
        fields: Mapping[str, str],
        *,
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
    ) -> Called:
        """Send a form; ``token`` is the form's token, by default that of the page the form stands on."""
        given = {"origin": ORIGIN, "content-type": "application/x-www-form-urlencoded", **(headers or {})}
        body = urlencode({"csrf": token or "", **fields}).encode()
        return await self._call("POST", path, query="", body=body, headers=given)

    async def send(self, path: str, fields: Mapping[str, str], *, page: str) -> Called:
        """Open the page, then send its form."""
        return await self.post(path, fields, token=form_token_in(await self.get(page)))

    async def sign_in(self, *, api_key: str, next_path: str = "") -> Called:
        return await self.send("/sign-in", {"api_key": api_key, "next": next_path}, page="/sign-in")

    async def _call(self, method: str, path: str, *, query: str, body: bytes, headers: Mapping[str, str]) -> Called:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given = {"host": "console.test", **headers, **({"cookie": cookies} if cookies else {})}
        called = await call(
            self.application, method=method, path=f"{self.base}{path}", query=query, body=body, headers=given, key=None
        )
        for name, morsel in SimpleCookie(called.headers.get("set-cookie", "")).items():
            if morsel.value:
                self.cookies[name] = morsel.value
            else:
                self.cookies.pop(name, None)
        return called


def form_token_in(page: Called) -> str:
    """The token that the page's forms carry."""
    found = _FORM_TOKEN.search(page.body.decode())
    assert found is not None, page.body.decode()[:2_000]
    return found[1]


@asynccontextmanager
async def console_in(folder: Path) -> AsyncIterator[ConsoleStage]:
    """A stage in a folder, closed at the end."""
    stage = ConsoleStage(folder=folder)
    try:
        yield stage
    finally:
        await stage.search_index.close()
        await stage.table.close()
