"""A store with the rooms access, reviews and suppliers on it, and a hand that turns their pipes and queue."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from openaisle.access.queries import ApiKeyQueries
from openaisle.access.use_cases import ApiKeys
from openaisle.adapters.execution_log import TableExecutionLog
from openaisle.adapters.http.caller import GuardedHttpCaller
from openaisle.adapters.local.blobs import LocalBlobs
from openaisle.adapters.local.encryption import KeyFileCipher
from openaisle.adapters.local.name_lists import LocalNameLists
from openaisle.adapters.local.queue import LocalQueue
from openaisle.adapters.local.store import LocalTable
from openaisle.adapters.local.workflow_runner import LocalWorkflowRunner
from openaisle.adapters.webhook_signer import StandardWebhooksSigner
from openaisle.kernel.context import Context, Role
from openaisle.kernel.identifiers import TimeOrderedIdentifiers
from openaisle.kernel.table import Index
from openaisle.kernel.times import sortable_time
from openaisle.kernel.workflow import Handler
from openaisle.reviews.consumer import ReviewQueueConsumer
from openaisle.reviews.decisions import Verdict
from openaisle.reviews.events import ReviewResolved
from openaisle.reviews.model import Decision
from openaisle.reviews.queries import ReviewQueries, ReviewTaskView
from openaisle.reviews.use_cases import Reviews
from openaisle.suppliers.application_use_cases import Applications
from openaisle.suppliers.checks.check import Check
from openaisle.suppliers.checks.standard import standard_checks
from openaisle.suppliers.claims import TableClaims
from openaisle.suppliers.connection_use_cases import SupplierConnections
from openaisle.suppliers.documents import SupplierDocuments
from openaisle.suppliers.facts import ClearFacts
from openaisle.suppliers.life import SupplierLife, supplier_timer
from openaisle.suppliers.mailbox_use_cases import Mailboxes, mailboxes_pipe
from openaisle.suppliers.name_index import TableSimilarNames
from openaisle.suppliers.pipes import pipes
from openaisle.suppliers.queries import SupplierQueries
from openaisle.suppliers.rescreening import Rescreening, rescreening_pipe
from openaisle.suppliers.screening.screening import NameScreening
from openaisle.suppliers.tax_ids import TaxIds
from openaisle.suppliers.use_cases import SUBJECT_KIND, Suppliers, require_corrections
from openaisle.suppliers.verification import STANDARD_POLICY, VerificationPolicy
from openaisle.suppliers.verifier import SupplierVerifier
from openaisle.suppliers.views import SupplierView
from openaisle.suppliers.workflow import verification_workflow
from tests.factories.contexts import make_context
from tests.support.clocks import FakeClock


class FakeMails:
    """Keeps what would have been mailed, one mail for each key."""

    def __init__(self) -> None:
        self.sent: dict[str, dict[str, str]] = {}

    async def send(
        self,
        *,
        template: str,
        to: str,
        language: str,
        data: Mapping[str, str],
        deduplication_key: str,
        context: Context,
    ) -> object:
        told = {"template": template, "to": to, "language": language, **data}
        return self.sent.setdefault(deduplication_key, told)


class SupplierStage:
    """The rooms as bootstrap would put them together."""

    def __init__(
        self,
        *,
        folder: Path,
        extra_checks: Sequence[Check] = (),
        around: Callable[[Handler], Handler] = lambda handler: handler,
        policy: VerificationPolicy = STANDARD_POLICY,
    ) -> None:
        """``around`` puts something around each handler of the workflow, such as a sudden end."""
        self.clock = FakeClock()
        self.table = LocalTable(path=folder / "store.db", clock=self.clock)
        self.cipher = KeyFileCipher(path=folder / "keys.json")
        self.queue = LocalQueue(committer=self.table.committer, name="manual-verification")
        self.identifiers = TimeOrderedIdentifiers(clock=self.clock, entropy=secrets.token_bytes)
        self.caller = GuardedHttpCaller()
        self.signer = StandardWebhooksSigner()
        self.api_keys = ApiKeys(table=self.table, identifiers=self.identifiers, entropy=secrets.token_bytes)
        self.api_key_queries = ApiKeyQueries(table=self.table)
        self.reviews = Reviews(table=self.table, queue=self.queue, guards={SUBJECT_KIND: require_corrections})
        self.review_queries = ReviewQueries(table=self.table)
        self.consumer = ReviewQueueConsumer(queue=self.queue, reviews=self.reviews, clock=self.clock)
        self.tax_ids = TaxIds(table=self.table, cipher=self.cipher, entropy=secrets.token_bytes)
        self.suppliers = Suppliers(
            table=self.table, identifiers=self.identifiers, api_keys=self.api_keys, tax_ids=self.tax_ids
        )
        self.blobs = LocalBlobs(folder=folder / "blobs")
        self.applications = Applications(
            table=self.table,
            identifiers=self.identifiers,
            api_keys=self.api_keys,
            suppliers=self.suppliers,
            policy=policy,
        )
        self.mailboxes = Mailboxes(
            table=self.table, entropy=secrets.token_bytes, public_address="https://market.example"
        )
        self.mails = FakeMails()
        self.documents = SupplierDocuments(
            table=self.table, blobs=self.blobs, cipher=self.cipher, identifiers=self.identifiers
        )
        self.life = SupplierLife(table=self.table, blobs=self.blobs)
        self.rescreening = Rescreening(table=self.table, life=self.life, batch_size=3)
        self.timer = supplier_timer(life=self.life)
        self.connections = SupplierConnections(
            table=self.table,
            identifiers=self.identifiers,
            cipher=self.cipher,
            signer=self.signer,
            caller=self.caller,
        )
        self.queries = SupplierQueries(table=self.table, cipher=self.cipher)
        self.claim_holders = TableClaims(table=self.table)
        self.lists = LocalNameLists(folder=folder / "lists")
        standard = standard_checks(
            claim_holders=self.claim_holders,
            names=TableSimilarNames(table=self.table),
            screening=NameScreening(lists=self.lists),
        )
        self.checks = (*standard, *extra_checks)
        self.verifier = SupplierVerifier(
            table=self.table,
            tax_ids=self.tax_ids,
            reviews=self.reviews,
            claim_holders=self.claim_holders,
            checks=self.checks,
            policy=policy,
        )
        self.workflow = verification_workflow(checks=self.checks)
        self.log = TableExecutionLog(table=self.table)
        self.runner = LocalWorkflowRunner(
            handlers={name: around(handler) for name, handler in self.verifier.handlers().items()},
            log=self.log,
            clock=self.clock,
            identifiers=self.identifiers,
            sleep=_no_sleep,
        )
        self.pipes = (
            *pipes(
                runner=self.runner,
                workflow=self.workflow,
                suppliers=self.suppliers,
                reviews=self.reviews,
                clock=self.clock,
            ),
            rescreening_pipe(rescreening=self.rescreening, clock=self.clock),
            mailboxes_pipe(mailboxes=self.mailboxes, table=self.table, mail=self.mails, clock=self.clock),
        )
        self._position = 0

    def operator(self) -> Context:
        return make_context(at=self.clock.now(), role=Role.OPERATOR, subject_id="anna")

    def anyone(self) -> Context:
        return make_context(at=self.clock.now(), role=Role.ANYONE, subject_id="anyone")

    async def settle(self) -> None:
        """Hand all news to the pipes and all messages to the consumer, until nothing is left."""
        while True:
            self.clock.go_on(seconds=1)
            changes = await self.table.read(after=self._position, limit=1000)
            for pipe in self.pipes:
                wanted = [change for change in changes if pipe.wants(change)]
                if wanted:
                    await pipe.handle(wanted)
            handled = await self.consumer.run_once()
            if not changes and not handled:
                return
            if changes:
                self._position = changes[-1].sequence

    async def days_pass(self, days: int) -> None:
        """Let days pass, hand every clock that ran out to its timer, and let all settle."""
        self.clock.go_on(seconds=days * 86_400)
        while True:
            now = self.clock.now()
            due = await self.table.query(
                partition=f"DUE#{self.timer.topic}", index=Index.DUE, sort_through=sortable_time(now)
            )
            if not due.items:
                break
            await self.timer.handle(due.items, now)
        await self.settle()

    def start_over(self) -> None:
        """Let the pipes meet every change again, as after a crash before any checkpoint."""
        self._position = 0

    async def applied(self, application: ClearFacts) -> str:
        """Hand an application in and return the supplier's identifier; nothing is verified yet."""
        self.clock.go_on(seconds=1)
        applicant = await self.suppliers.apply(application=application, context=self.anyone())
        return applicant.supplier.supplier_id

    async def verified(self, application: ClearFacts) -> SupplierView:
        """Hand an application in, let all settle, and return what became of it."""
        supplier_id = await self.applied(application)
        await self.settle()
        return await self.view(supplier_id)

    async def view(self, supplier_id: str) -> SupplierView:
        return await self.queries.supplier(supplier_id=supplier_id, at=self.clock.now())

    async def open_tasks(self) -> list[ReviewTaskView]:
        return (await self.review_queries.listed(at=self.clock.now())).review_tasks

    async def decided(
        self, *, task_id: str, decision: Decision, corrections: dict[str, str | int | bool | None] | None = None
    ) -> None:
        """Claim a task, decide it as a person would, and let all settle."""
        await self.reviews.claim(task_id=task_id, assignee="anna", context=self.operator())
        self.clock.go_on(seconds=1)
        await self.reviews.resolve(
            task_id=task_id,
            verdict=Verdict(decision=decision, corrections=corrections or {}, reason="I have looked it up."),
            context=self.operator(),
        )
        await self.settle()

    async def settled_review(self, *, supplier_id: str, decision: Decision) -> None:
        """Decide the review that a supplier, or its open revision, waits for, as the reviews would tell it."""
        view = await self.view(supplier_id)
        opened = view.open_revision
        task_id = opened.review_task_id if opened is not None else view.review_task_id
        resolved = ReviewResolved(
            task_id=task_id or "",
            subject_kind=SUBJECT_KIND,
            subject_id=supplier_id,
            decision=decision,
            corrections={},
            reason="I have looked it up.",
            by="operator:anna",
            occasion="revision-1",
        )
        await self.suppliers.settle_review(resolved=resolved, context=self.operator())
        await self.settle()


async def _no_sleep(_seconds: float) -> None:
    pass


@asynccontextmanager
async def supplier_stage_in(
    folder: Path,
    *,
    extra_checks: Sequence[Check] = (),
    around: Callable[[Handler], Handler] = lambda handler: handler,
    policy: VerificationPolicy = STANDARD_POLICY,
) -> AsyncIterator[SupplierStage]:
    """A stage in a folder, closed at the end."""
    stage = SupplierStage(folder=folder, extra_checks=extra_checks, around=around, policy=policy)
    try:
        yield stage
    finally:
        await stage.caller.close()
        await stage.table.close()
