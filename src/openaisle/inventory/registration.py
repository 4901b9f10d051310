"""What the tasks of the catalog's workflows do; inventory/pipes.py starts the workflows.

It stands here because registering a submission touches product, offer and stock level, and this is the lowest room
that knows all three.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from openaisle.catalog.events import (
    ProductSubmissionRejected,
)
from openaisle.catalog.issues import DOUBTS, Issue, IssueCode, Severity, issue
from openaisle.catalog.model import ProductSubmission, SubmissionState, Verdict, decide_verdict
from openaisle.catalog.queries import CatalogQueries
from openaisle.catalog.repository import SUBMISSIONS, submission_key
from openaisle.catalog.validation import with_person_corrections
from openaisle.catalog.workflow import (
    REQUEST_REVIEWS,
    VALIDATE_SUBMISSIONS,
)
from openaisle.inventory.acceptance import Intake, intake
from openaisle.inventory.packing import Registered
from openaisle.inventory.registrar import Registrar
from openaisle.kernel.context import Context, system_context
from openaisle.kernel.records import Versioned
from openaisle.kernel.table import Table
from openaisle.kernel.workflow import Document, Handler, Json
from openaisle.reviews.events import ReviewResolved
from openaisle.reviews.model import Decision, ReviewFinding
from openaisle.reviews.use_cases import Reviews

SUBJECT_KIND = "product_submission"
_REVIEWS_AT_ONCE = 20
_OWN_CODES = frozenset(IssueCode)


class _BatchDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The document of product_submission_validation."""

    submission_ids: list[str]
    at: datetime
    correlation_id: str


class _ReviewsDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What asking for reviews needs of either document."""

    outcome: _InReview
    at: datetime
    correlation_id: str


class _InReview(msgspec.Struct, frozen=True, kw_only=True):
    """The submissions that wait for a person."""

    in_review: list[str]


class JudgesTables(Protocol):
    """Judges rows by the policy and by rules over whole tables, which the room of feeds above knows."""

    async def __call__(self, *, table: Sequence[Intake]) -> Sequence[Intake]:
        """Return the rows with what was found of each, in their order."""
        ...


class Registration:
    """The work behind the catalog's workflows."""

    def __init__(
        self,
        *,
        table: Table,
        queries: CatalogQueries,
        registrar: Registrar,
        reviews: Reviews,
        judge: JudgesTables | None = None,
    ) -> None:
        """Take the table, the catalog's queries, what registers rows, the reviews, and what judges whole tables.

        Without ``judge`` rows are validated one by one, and no rule over tables holds for them.
        """
        self._judge = judge
        self._table = table
        self._queries = queries
        self._registrar = registrar
        self._reviews = reviews

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handlers of the tasks, by the names that the workflows give them."""
        return {
            VALIDATE_SUBMISSIONS: self._validate_submissions,
            REQUEST_REVIEWS: self._request_reviews,
        }

    async def validate_submissions(self, *, submission_ids: Sequence[str], context: Context) -> list[str]:
        """Validate submissions and register those that pass; returns the identifiers of those in review.

        Submissions that have their verdict already keep it, so it may run twice.
        """
        found = await self._submissions(submission_ids=submission_ids)
        in_review = [one.record.submission_id for one in found if one.record.state is SubmissionState.IN_REVIEW]
        waiting = [_intake_of(one) for one in found if one.record.state is SubmissionState.SUBMITTED]
        for wave in _waves(await self._judged(waiting)):
            registered = await self._registrar.register(table=wave, context=context)
            in_review += _in_review(registered)
        return in_review

    async def conclude_review(self, *, resolved: ReviewResolved, context: Context) -> None:
        """Do what a person decided about a submission; one that no longer waits for it is left alone."""
        (found,) = await self._submissions(submission_ids=[resolved.subject_id]) or (None,)
        if found is None or found.record.state is not SubmissionState.IN_REVIEW:
            return
        submission = found.record
        if resolved.decision in {Decision.REJECTED, Decision.SENT_BACK}:
            await self._reject(found=found, reason=resolved.reason, context=context)
            return
        facts, corrections = submission.facts, submission.corrections
        if resolved.decision is Decision.CORRECTED:
            try:
                facts, made = with_person_corrections(facts=facts, corrections=resolved.corrections)
            except msgspec.ValidationError as error:
                await self._reject(found=found, reason=f"The correction does not fit: {error}", context=context)
                return
            corrections += tuple(msgspec.structs.replace(one, who=resolved.by) for one in made)
        taken = intake(
            supplier_id=submission.supplier_id,
            facts=facts,
            hash_of_facts=submission.facts_hash,
            corrections=corrections,
            settled=True,
            submission=found,
        )
        await self._registrar.register(table=await self._judged([taken]), context=context)

    async def _judged(self, table: Sequence[Intake]) -> Sequence[Intake]:
        return await self._judge(table=table) if self._judge is not None and table else table

    async def _reject(self, *, found: Versioned[ProductSubmission], reason: str, context: Context) -> None:
        submission = found.record
        finding = issue(code=IssueCode.REJECTED_BY_REVIEWER, field="", message=reason[:1000], row=submission.row)
        rejected = decide_verdict(
            submission=submission,
            verdict=Verdict.REJECTED,
            facts=submission.facts,
            issues=(*submission.issues, finding),
            corrections=submission.corrections,
            product_id=None,
            offer_id=None,
            at=context.at,
        )
        event = ProductSubmissionRejected(supplier_id=submission.supplier_id, submission_id=submission.submission_id)
        write = SUBMISSIONS.replace(rejected, version=found.version, events=[event])
        await self._table.commit(writes=[write], context=context)

    async def _submissions(self, *, submission_ids: Sequence[str]) -> list[Versioned[ProductSubmission]]:
        items = await self._table.get_many(keys=[submission_key(submission_id=one) for one in submission_ids])
        return [SUBMISSIONS.decode(item) for item in items if item is not None]

    async def _validate_submissions(self, document: Document) -> Json:
        batch = msgspec.convert(document, _BatchDocument)
        context = _context(at=batch.at, correlation_id=batch.correlation_id)
        return {"in_review": await self.validate_submissions(submission_ids=batch.submission_ids, context=context)}

    async def _request_reviews(self, document: Document) -> Json:
        asked = msgspec.convert(document, _ReviewsDocument)
        context = _context(at=asked.at, correlation_id=asked.correlation_id)
        found = await self._submissions(submission_ids=asked.outcome.in_review)
        for start in range(0, len(found), _REVIEWS_AT_ONCE):
            some = found[start : start + _REVIEWS_AT_ONCE]
            await asyncio.gather(*(self._request_review(submission=one.record, context=context) for one in some))
        return {"requested": len(found)}

    async def _request_review(self, *, submission: ProductSubmission, context: Context) -> None:
        if submission.state is not SubmissionState.IN_REVIEW:
            return
        findings = [
            ReviewFinding(
                field=one.field,
                code=str(one.code),
                severity=one.severity.value,
                message=one.message,
                suggestion=one.suggestion,
                row=one.row,
                evidence={"supplier_sku": submission.facts.supplier_sku, "title": submission.facts.title},
                value=_text_of(submission=submission, field=one.field),
            )
            for one in submission.issues
        ]
        await self._reviews.request(
            subject_kind=SUBJECT_KIND,
            subject_id=submission.submission_id,
            occasion=submission.submission_id,
            causes=sorted({str(one.code) for one in submission.issues if _asks_a_person(one)}),
            findings=findings,
            proposals=[],
            context=context,
        )


def _asks_a_person(one: Issue) -> bool:
    """Return whether an issue may be why a person is asked: codes of rules over tables are not among our own."""
    return one.code in DOUBTS or (one.severity is Severity.WARNING and one.code not in _OWN_CODES)


def _text_of(*, submission: ProductSubmission, field: str) -> str | None:
    value = getattr(submission.facts, field, None)
    return str(value) if isinstance(value, str | int) else None


def _intake_of(found: Versioned[ProductSubmission]) -> Intake:
    submission = found.record
    return intake(supplier_id=submission.supplier_id, facts=submission.facts, submission=found)


def _waves(waiting: Sequence[Intake]) -> list[list[Intake]]:
    """Split submissions so that each wave names an offer once and those of one offer stay in their order."""
    waves: list[list[Intake]] = []
    counts: dict[str, int] = {}
    for taken in waiting:
        position = counts.get(taken.offer_id, 0)
        counts[taken.offer_id] = position + 1
        if position == len(waves):
            waves.append([])
        waves[position].append(taken)
    return waves


def _in_review(registered: Sequence[Registered]) -> list[str]:
    return [
        one.submission_id for one in registered if one.verdict is Verdict.IN_REVIEW and one.submission_id is not None
    ]


def _context(*, at: datetime, correlation_id: str) -> Context:
    return system_context(name="catalog", at=at, correlation_id=correlation_id)
