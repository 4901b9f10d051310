"""The pipes that start the catalog's workflows and bring in what people and the operator decide."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from openaisle.catalog.events import ProductStateChanged, ProductSubmissionSubmitted
from openaisle.catalog.model import ProductState, SubmissionState
from openaisle.catalog.repository import SUBMISSIONS
from openaisle.catalog.workflow import PRODUCT_SUBMISSION_VALIDATION
from openaisle.inventory.registration import SUBJECT_KIND, Registration
from openaisle.kernel.context import Context, system_context
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.stream import Change
from openaisle.kernel.workflow import WorkflowRunner
from openaisle.offers.use_cases import OfferUseCases
from openaisle.reviews.events import ReviewResolved
from openaisle.suppliers.events import SupplierOffboarded

SUBMISSIONS_PER_BATCH = 200

_RESOLVED = msgspec.json.Decoder(ReviewResolved)
_OFFBOARDED = msgspec.json.Decoder(SupplierOffboarded)
_STATE_CHANGED = msgspec.json.Decoder(ProductStateChanged)


def pipes(*, registration: Registration, offers: OfferUseCases, runner: WorkflowRunner) -> tuple[Pipe, ...]:
    """Return the pipes of the catalog, of offers and of inventory."""
    return (
        _submissions(runner=runner),
        _reviews(registration=registration),
        _products(offers=offers),
        _leavers(offers=offers),
    )


def _submissions(*, runner: WorkflowRunner) -> Pipe:
    async def validate(changes: Sequence[Change]) -> None:
        submissions = [SUBMISSIONS.record(change.body) for change in changes if change.body is not None]
        waiting = [one for one in submissions if one.state is SubmissionState.SUBMITTED]
        if not waiting:
            return
        context = _context_of(changes[-1])
        suppliers = {one.supplier_id for one in waiting}
        document = {
            "submission_ids": [one.submission_id for one in waiting],
            "at": context.at.isoformat(),
            "correlation_id": context.correlation_id,
        }
        await runner.run(
            workflow=PRODUCT_SUBMISSION_VALIDATION,
            document=document,
            subject=suppliers.pop() if len(suppliers) == 1 else waiting[0].submission_id,
            context=context,
        )

    return Pipe(
        name="product-submissions",
        handle=validate,
        kinds=frozenset({SUBMISSIONS.kind}),
        event_types=frozenset({ProductSubmissionSubmitted.TYPE}),
        batch_size=SUBMISSIONS_PER_BATCH,
    )


def _reviews(*, registration: Registration) -> Pipe:
    async def conclude(changes: Sequence[Change]) -> None:
        for change in changes:
            for event in change.events:
                if event.type == ReviewResolved.TYPE:
                    resolved = _RESOLVED.decode(event.data)
                    if resolved.subject_kind == SUBJECT_KIND:
                        await registration.conclude_review(resolved=resolved, context=_context_of(change))

    return Pipe(name="product-submission-reviews", handle=conclude, event_types=frozenset({ReviewResolved.TYPE}))


def _products(*, offers: OfferUseCases) -> Pipe:
    async def follow(changes: Sequence[Change]) -> None:
        for change in changes:
            for event in change.events:
                if event.type == ProductStateChanged.TYPE:
                    changed = _STATE_CHANGED.decode(event.data)
                    await offers.follow_product(
                        product_id=changed.product_id,
                        product_state=ProductState(changed.state),
                        context=_context_of(change),
                    )

    return Pipe(name="offers-follow-products", handle=follow, event_types=frozenset({ProductStateChanged.TYPE}))


def _leavers(*, offers: OfferUseCases) -> Pipe:
    async def withdraw(changes: Sequence[Change]) -> None:
        for change in changes:
            for event in change.events:
                if event.type == SupplierOffboarded.TYPE:
                    gone = _OFFBOARDED.decode(event.data)
                    if gone.supplier_id is not None:
                        await offers.withdraw_all(supplier_id=gone.supplier_id, context=_context_of(change))

    return Pipe(name="offers-of-leavers", handle=withdraw, event_types=frozenset({SupplierOffboarded.TYPE}))


def _context_of(change: Change) -> Context:
    # The moment of the change is the moment of what follows from it: running twice says the same.
    return system_context(name="catalog", at=change.at, correlation_id=change.correlation_id)
