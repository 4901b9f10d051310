"""The work behind the tasks of the verification workflow. Each may run twice, or stop anywhere and run again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import msgspec

from openaisle.kernel.context import Context, system_context
from openaisle.kernel.records import Event, Versioned, decided_anew
from openaisle.kernel.table import Table, Write
from openaisle.kernel.workflow import Document, Handler, Json
from openaisle.reviews.model import ReviewFinding, ReviewProposal, review_task_id
from openaisle.reviews.use_cases import Reviews
from openaisle.suppliers.audit import audit_entry
from openaisle.suppliers.checks.check import Check, CheckContext
from openaisle.suppliers.checks.duplicate import DUPLICATE, duplicate_result
from openaisle.suppliers.claims import ClaimHolders, claims_of
from openaisle.suppliers.clocks import ClockKind, clock_of
from openaisle.suppliers.corrections.apply import corrected
from openaisle.suppliers.corrections.provenance import corrections_made, proposals_of
from openaisle.suppliers.documents import documents_of
from openaisle.suppliers.events import (
    SupplierActivated,
    SupplierRejected,
    SupplierReviewRequested,
    SupplierSentBack,
)
from openaisle.suppliers.facts import TAX_ID, fact_texts
from openaisle.suppliers.model import (
    Readiness,
    Supplier,
    SupplierMissing,
    SupplierState,
    decide_judged,
    decide_verifying,
    readiness,
)
from openaisle.suppliers.repository import (
    AUDIT,
    CLAIMS,
    CLOCKS,
    CORRECTIONS,
    SUPPLIERS,
    VERIFICATIONS,
    UniquenessClaim,
    revision_writes,
    supplier_key,
    verification_key,
)
from openaisle.suppliers.revisions import bank_account_change, candidate_of, folded, told
from openaisle.suppliers.tax_ids import TaxIds
from openaisle.suppliers.use_cases import SUBJECT_KIND
from openaisle.suppliers.verification import (
    Approval,
    CheckResult,
    Judgment,
    Proposal,
    Severity,
    Verdict,
    Verification,
    VerificationPolicy,
    could_not_run,
    judged,
)
from openaisle.suppliers.workflow import CLAIM, CORRECT, JUDGE, REQUEST_REVIEW, check_handler, explain_handler

WORKER = "supplier-verification"


class VerificationInput(msgspec.Struct, frozen=True, kw_only=True):
    """What an execution starts with; no fact of the supplier, since executions are logged."""

    supplier_id: str
    revision: int
    at: datetime
    correlation_id: str

    @property
    def context(self) -> Context:
        """The circumstances under which the workflow's tasks act."""
        return system_context(name=WORKER, at=self.at, correlation_id=self.correlation_id)


class SupplierVerifier:
    """The handlers of the verification workflow."""

    def __init__(
        self,
        *,
        table: Table,
        tax_ids: TaxIds,
        reviews: Reviews,
        claim_holders: ClaimHolders,
        checks: Sequence[Check],
        policy: VerificationPolicy,
    ) -> None:
        """Take the table, what opens tax ids, the reviews, who holds numbers, the checks and the policy."""
        self._table = table
        self._tax_ids = tax_ids
        self._reviews = reviews
        self._claim_holders = claim_holders
        self._checks = tuple(checks)
        self._policy = policy
        self._policy_digest = policy.digest

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handlers by the names that the workflow's tasks give."""
        named: dict[str, Handler] = {
            CLAIM: self.claim,
            CORRECT: self.correct,
            JUDGE: self.judge,
            REQUEST_REVIEW: self.request_review,
        }
        for check in self._checks:
            named[check_handler(check=check.name)] = partial(self._examine, check)
            named[explain_handler(check=check.name)] = partial(_explained, check)
        return named

    async def claim(self, document: Document) -> Json:
        """Return what is to be done: verify, hand over a verdict reached before, or nothing."""
        given = _given(document)
        supplier = candidate_of(supplier=(await self._load(given)).record)
        verdict = Verdict.IN_REVIEW if supplier.state is SupplierState.IN_REVIEW else None
        return {"readiness": readiness(supplier=supplier, revision=given.revision), "verdict": verdict}

    async def correct(self, document: Document) -> Json:
        """Take the verification up and make every certain mend, in one commit."""
        given = _given(document)

        async def attempt() -> int:
            found = await self._load(given)
            supplier = candidate_of(supplier=found.record)
            if readiness(supplier=supplier, revision=given.revision) is not Readiness.READY:
                return 0
            opened = self._tax_ids.opened(supplier=supplier)
            result = corrected(clear=opened)
            if supplier.state is SupplierState.VERIFYING and not result.made:
                return 0
            facts = result.clear.facts
            tax_id = supplier.tax_id
            if any(mend.field in {TAX_ID, "country"} for mend in result.made):
                tax_id = await self._tax_ids.sealed(
                    supplier_id=supplier.supplier_id,
                    country=facts.country,
                    tax_id=result.clear.tax_id,
                    context=given.context,
                )
            sealed = supplier.sealed
            if result.clear.secrets != opened.secrets:
                sealed = await self._tax_ids.sealed_secrets(
                    supplier_id=supplier.supplier_id, secrets=result.clear.secrets, context=given.context
                )
            after = decide_verifying(
                supplier=supplier, facts=facts, tax_id=tax_id, sealed=sealed, context=given.context
            )
            record = folded(supplier=found.record, candidate=after)
            entry = audit_entry(before=supplier, after=after, action="verification_started", context=given.context)
            writes: list[Write] = [SUPPLIERS.replace(record, version=found.version), AUDIT.store(entry)]
            if result.made:
                writes.append(
                    CORRECTIONS.store(
                        corrections_made(
                            supplier_id=given.supplier_id,
                            revision=given.revision,
                            made=result.made,
                            context=given.context,
                        )
                    )
                )
            await self._table.commit(writes=writes, context=given.context)
            return len(result.made)

        return {"corrections": await decided_anew(attempt)}

    async def _examine(self, check: Check, document: Document) -> Json:
        given = _given(document)
        supplier = candidate_of(supplier=(await self._load(given)).record)
        facts = supplier.facts
        rule = self._policy.rule(check=check.name, country=facts.country, business_model=facts.business_model)
        if not rule.concerns(country=facts.country, business_model=facts.business_model):
            return None
        clear = self._tax_ids.opened(supplier=supplier)
        context = CheckContext(
            supplier_id=supplier.supplier_id,
            tax_id=clear.tax_id,
            tax_id_fingerprint=supplier.tax_id.fingerprint if supplier.tax_id is not None else None,
            at=given.at,
            secrets=clear.secrets,
            sealed=supplier.sealed,
            documents=await documents_of(table=self._table, supplier=supplier),
            confirmed_mailbox=supplier.confirmed_mailbox,
            policy=self._policy,
        )
        return await check.examine(facts=supplier.facts, context=context)

    async def judge(self, document: Document) -> Json:
        """Reach the verdict on the results of all checks and put it into force, in one commit."""
        given = _given(document)
        results = [one for one in msgspec.convert(document["results"], list[CheckResult | None]) if one is not None]

        async def attempt() -> Verdict | None:
            found = await self._load(given)
            supplier = candidate_of(supplier=found.record)
            if readiness(supplier=supplier, revision=given.revision) is not Readiness.READY:
                return None
            return await self._judge(found=found, results=results, given=given)

        return await decided_anew(attempt)

    async def _judge(
        self, *, found: Versioned[Supplier], results: list[CheckResult], given: VerificationInput
    ) -> Verdict:
        supplier, context = candidate_of(supplier=found.record), given.context
        fingerprint = supplier.tax_id.fingerprint if supplier.tax_id is not None else None
        claims = claims_of(facts=supplier.facts, tax_id_fingerprint=fingerprint, sealed=supplier.sealed)
        holders = await self._claim_holders.holders(claims=claims)
        # Another supplier may have become active since the check; the commit below makes sure of this answer.
        duplicate = duplicate_result(supplier_id=supplier.supplier_id, claims=claims, holders=holders)
        results = [duplicate if result.check == DUPLICATE else result for result in results]
        change = bank_account_change(supplier=found.record)
        results += [change] if change is not None else []
        judgment = judged(
            policy=self._policy,
            results=results,
            approvals=supplier.approvals,
            country=supplier.facts.country,
            business_model=supplier.facts.business_model,
        )
        answer_by = context.at + timedelta(days=self._policy.deadlines.supplier_answers_days)
        if judgment.verdict is Verdict.ASKED:
            by = answer_by.date()
            judgment = msgspec.structs.replace(judgment, reason=f"{judgment.reason} Please answer by {by}.")
        own = tuple(
            claim for claim, holder in zip(claims, holders, strict=True) if holder in {None, supplier.supplier_id}
        )
        task_id = review_task_id(
            subject_kind=SUBJECT_KIND, subject_id=supplier.supplier_id, occasion=occasion_of(revision=given.revision)
        )
        after = decide_judged(
            supplier=supplier,
            judgment=judgment,
            claims=own,
            review_task_id=task_id,
            context=context,
            answer_by=answer_by,
        )
        kept = folded(supplier=found.record, candidate=after)
        proposals: tuple[Proposal, ...] = ()
        if judgment.verdict is Verdict.IN_REVIEW:
            proposals = proposals_of(made=corrected(clear=self._tax_ids.opened(supplier=supplier)).proposed)
        record = Verification(
            supplier_id=supplier.supplier_id,
            revision=given.revision,
            verdict=judgment.verdict,
            reason=judgment.reason,
            causes=judgment.causes,
            policy_version=self._policy.version,
            policy_digest=self._policy_digest,
            checks=tuple(results),
            proposals=proposals,
            decided_at=context.at,
        )
        entry = audit_entry(
            before=supplier, after=after, action=f"judged_{judgment.verdict}", context=context, reason=judgment.reason
        )
        events = told(before=found.record, after=kept, event=_verdict_event(supplier=after, judgment=judgment))
        writes: list[Write] = [
            SUPPLIERS.replace(kept, version=found.version, events=events),
            VERIFICATIONS.store(record),
            AUDIT.store(entry),
            *revision_writes(before=found.record, candidate=after, after=kept),
            *self._next_turn(supplier=kept, judgment=judgment, context=context),
        ]
        for claim, holder in zip(claims, holders, strict=True):
            if claim in kept.claims and holder is None:
                held = UniquenessClaim(claim=claim, supplier_id=supplier.supplier_id, claimed_at=context.at)
                writes.append(CLAIMS.create(held))
        await self._table.commit(writes=writes, context=context)
        return judgment.verdict

    def _next_turn(self, *, supplier: Supplier, judgment: Judgment, context: Context) -> list[Write]:
        """Return the clock that has an active supplier verified again in time, or one that is asked reminded."""
        periods = {
            Verdict.ACTIVE: (ClockKind.REVERIFICATION, self._policy.life.reverification_days),
            Verdict.ASKED: (ClockKind.ANSWER, self._policy.deadlines.supplier_answers_days),
        }
        if judgment.verdict not in periods:
            return []
        kind, days = periods[judgment.verdict]
        return [CLOCKS.store(clock_of(supplier_id=supplier.supplier_id, kind=kind, at=context.at, days=days))]

    async def request_review(self, document: Document) -> Json:
        """Ask a person to decide, unless the review is over by now; asked again, nothing more happens."""
        given = _given(document)
        supplier = candidate_of(supplier=(await self._load(given)).record)
        item = await self._table.get(key=verification_key(supplier_id=given.supplier_id, revision=given.revision))
        current = readiness(supplier=supplier, revision=given.revision) is Readiness.JUDGED
        if item is None or not current or supplier.review_task_id is None:
            return None
        verification = VERIFICATIONS.decode(item).record
        return await self._reviews.request(
            subject_kind=SUBJECT_KIND,
            subject_id=given.supplier_id,
            occasion=occasion_of(revision=given.revision),
            causes=verification.causes,
            findings=_review_findings(
                results=verification.checks,
                approvals=supplier.approvals,
                texts=fact_texts(facts=supplier.facts),
            ),
            proposals=[
                ReviewProposal(field=one.field, before=one.before, after=one.after, rule=one.rule)
                for one in verification.proposals
            ],
            context=given.context,
        )

    async def _load(self, given: VerificationInput) -> Versioned[Supplier]:
        item = await self._table.get(key=supplier_key(supplier_id=given.supplier_id))
        if item is None:
            raise SupplierMissing(detail=f"There is no supplier {given.supplier_id}.")
        return SUPPLIERS.decode(item)


def occasion_of(*, revision: int) -> str:
    """Return the occasion under which a review of this revision is asked for."""
    return f"revision-{revision}"


def _given(document: Document) -> VerificationInput:
    return msgspec.convert(document, VerificationInput)


async def _explained(check: Check, document: Document) -> Json:
    failure = document["failure"]
    return could_not_run(check=check.name, error=failure["error"], cause=failure["cause"])


def _verdict_event(*, supplier: Supplier, judgment: Judgment) -> Event:
    match judgment.verdict:
        case Verdict.ACTIVE:
            return SupplierActivated(
                supplier_id=supplier.supplier_id, revision=supplier.revision, name=supplier.facts.name
            )
        case Verdict.IN_REVIEW:
            return SupplierReviewRequested(
                supplier_id=supplier.supplier_id,
                revision=supplier.revision,
                causes=judgment.causes,
                task_id=supplier.review_task_id or "",
            )
        case Verdict.ASKED:
            return SupplierSentBack(supplier_id=supplier.supplier_id, questions=supplier.questions or judgment.reason)
        case Verdict.REJECTED:
            return SupplierRejected(supplier_id=supplier.supplier_id, reason=judgment.reason)


def _review_findings(
    *, results: Sequence[CheckResult], approvals: Sequence[Approval], texts: Mapping[str, str | None]
) -> list[ReviewFinding]:
    return [
        ReviewFinding(
            field=finding.field,
            code=finding.code,
            severity=finding.severity,
            message=finding.message,
            check=result.check,
            suggestion=finding.suggestion,
            evidence=result.evidence,
            # Secrets are not among the texts, so no rule can ever be made of one.
            value=texts.get(finding.field),
        )
        for result in results
        for finding in result.findings
        if finding.severity is not Severity.INFO
        and not any(one.covers(check=result.check, finding=finding) for one in approvals)
    ]
