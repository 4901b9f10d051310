"""Which news moves suppliers: applications and corrections start a verification, reviewers' decisions are acted on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from openaisle.kernel.context import Clock, Context, Principal, Role, system_context
from openaisle.kernel.identifiers import derived_identifier
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.stream import Change
from openaisle.kernel.workflow import Workflow, WorkflowRunner
from openaisle.reviews.events import ReviewResolved
from openaisle.reviews.repository import REVIEW_TASKS
from openaisle.reviews.use_cases import Reviews
from openaisle.suppliers.events import (
    SupplierApplied,
    SupplierApproved,
    SupplierCorrected,
    SupplierReverified,
    SupplierRevised,
)
from openaisle.suppliers.repository import SUPPLIERS
from openaisle.suppliers.use_cases import SUBJECT_KIND, Suppliers
from openaisle.suppliers.verifier import WORKER

_EXECUTIONS_AT_ONCE = 32
_STARTING = frozenset(
    {SupplierApplied.TYPE, SupplierCorrected.TYPE, SupplierApproved.TYPE, SupplierRevised.TYPE, SupplierReverified.TYPE}
)


class _Revised(msgspec.Struct, frozen=True, kw_only=True):
    """What the events that start a verification have in common."""

    supplier_id: str
    revision: int
    withdrawn_task_id: str | None = None


def pipes(
    *, runner: WorkflowRunner, workflow: Workflow, suppliers: Suppliers, reviews: Reviews, clock: Clock
) -> tuple[Pipe, ...]:
    """Return the pipes of this room."""
    verification = _Verification(runner=runner, workflow=workflow, reviews=reviews, clock=clock)
    decisions = _Decisions(suppliers=suppliers, clock=clock)
    return (
        Pipe(
            name=WORKER,
            handle=verification.handle,
            kinds=frozenset({SUPPLIERS.kind}),
            event_types=_STARTING,
        ),
        Pipe(
            name="supplier-review-decisions",
            handle=decisions.handle,
            kinds=frozenset({REVIEW_TASKS.kind}),
            event_types=frozenset({ReviewResolved.TYPE}),
        ),
    )


class _Verification:
    """Runs the workflow for each revision that needs it."""

    def __init__(self, *, runner: WorkflowRunner, workflow: Workflow, reviews: Reviews, clock: Clock) -> None:
        self._runner = runner
        self._workflow = workflow
        self._reviews = reviews
        self._clock = clock
        self._turns = asyncio.Semaphore(_EXECUTIONS_AT_ONCE)

    async def handle(self, changes: Sequence[Change]) -> None:
        """Verify what is named; of several revisions of one supplier only the newest needs it."""
        newest: dict[str, tuple[_Revised, Change]] = {}
        for change in changes:
            for event in change.events:
                if event.type in _STARTING:
                    revised = msgspec.json.decode(event.data, type=_Revised)
                    newest[revised.supplier_id] = (revised, change)
                    await self._withdraw(revised, change)
        results = await asyncio.gather(
            *(self._verify(revised, change) for revised, change in newest.values()), return_exceptions=True
        )
        # Everybody has had a turn before the first failure is told, so one supplier never holds up the others.
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _withdraw(self, revised: _Revised, change: Change) -> None:
        if revised.withdrawn_task_id is not None:
            context = system_context(name=WORKER, at=self._clock.now(), correlation_id=change.correlation_id)
            await self._reviews.request_withdrawal(
                task_id=revised.withdrawn_task_id, reason="The supplier has changed its application.", context=context
            )

    async def _verify(self, revised: _Revised, change: Change) -> None:
        async with self._turns:
            at = self._clock.now()
            await self._runner.run(
                workflow=self._workflow,
                document={
                    "supplier_id": revised.supplier_id,
                    "revision": revised.revision,
                    "at": at.isoformat(),
                    "correlation_id": change.correlation_id,
                },
                subject=revised.supplier_id,
                context=system_context(name=WORKER, at=at, correlation_id=change.correlation_id),
                # One record for each revision, however often its execution has to be run.
                execution_id=derived_identifier(
                    prefix="exe", parts=(self._workflow.name, revised.supplier_id, str(revised.revision))
                ),
            )


class _Decisions:
    """Acts on reviewers' decisions about suppliers."""

    def __init__(self, *, suppliers: Suppliers, clock: Clock) -> None:
        self._suppliers = suppliers
        self._clock = clock

    async def handle(self, changes: Sequence[Change]) -> None:
        """Settle the reviews in the order in which they were resolved."""
        for change in changes:
            for event in change.events:
                if event.type != ReviewResolved.TYPE:
                    continue
                resolved = msgspec.json.decode(event.data, type=ReviewResolved)
                if resolved.subject_kind == SUBJECT_KIND:
                    # What follows is the reviewer's doing, and the audit trail is to say so.
                    context = Context(
                        principal=_principal(actor=resolved.by),
                        at=self._clock.now(),
                        correlation_id=change.correlation_id,
                    )
                    await self._suppliers.settle_review(resolved=resolved, context=context)


def _principal(*, actor: str) -> Principal:
    role, _, subject_id = actor.partition(":")
    return Principal(role=Role(role), subject_id=subject_id)
